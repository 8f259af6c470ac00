"""Runs and workers that end before their time: nothing that is finished is lost, and nothing is left behind."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest import approx

from planner import runs
from planner.runs import folder, local, many
from planner.runs.events import Failed
from planner.runs.one import Task
from planner.runs.one import solve as solve_one
from tests.planner.runs_scenes import COST_MUSD, Told, leftovers, results, run, scenarios

ENDS_WITHIN_S = 30
COMMAND = """
import argparse, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that starts us in the background has it ignored
from planner.cli import Progress
from planner.runs import verb
parser = argparse.ArgumentParser()
verb.arguments(parser)
given = parser.parse_args()
given.command = ["planner", "run"]
sys.exit(verb.run(given, Progress()))
"""

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenarios().write(tmp_path_factory.mktemp("scenarios") / "workbook")


@pytest.fixture(scope="module")
def undisturbed(workbook: Path) -> dict[str, bytes]:
    run(workbook, workbook.with_name("undisturbed"), jobs=2)
    return results(workbook.with_name("undisturbed"))


@pytest.fixture
def started(workbook: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`planner run --jobs 1` in a session of its own, when dear is finished and cheap is started."""
    arguments = [sys.executable, "-c", COMMAND, str(workbook), "-o", str(tmp_path / "run"), "--jobs", "1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(arguments, start_new_session=True, **quiet) as process:  # type: ignore[call-overload]
        try:
            assert any("cheap: started" in line for line in process.stderr)
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.stderr.read()


def all_gone(session: int) -> bool:
    """Whether every process of a session has ended, within some seconds."""
    until = time.monotonic() + ENDS_WITHIN_S
    while time.monotonic() < until:
        try:
            os.killpg(session, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@needs_signals
def test_ctrl_c_keeps_what_is_finished_and_the_same_again_goes_on(
    started: subprocess.Popen[str], workbook: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    os.killpg(started.pid, signal.SIGINT)  # as a terminal does: to every process
    assert started.wait(ENDS_WITHIN_S) == 3
    assert all_gone(started.pid)
    place = tmp_path / "run"
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["missing"] == ["cheap", "rented"] and manifest["status"] == "stopped"
    headline = json.loads((place / "headline.json").read_text(encoding="utf-8"))
    assert [figures["status"] for figures in headline.values()] == ["optimal", "optimal", "stopped", "stopped"]
    assert sorted(path.name for path in (place / "scenarios").iterdir()) == ["base", "dear"]
    assert leftovers(place) == []

    told = Told()
    assert run(workbook, place, told) == 0
    assert told.holds("base", "reused") and told.holds("dear", "reused") and told.holds("cheap: started")
    assert results(place) == undisturbed


@needs_signals
def test_what_a_killed_run_had_finished_is_taken_over_by_the_next(
    started: subprocess.Popen[str], workbook: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    os.killpg(started.pid, signal.SIGKILL)
    started.wait(ENDS_WITHIN_S)
    place = tmp_path / "run"
    assert not place.exists() and leftovers(place) == [".run.lock", ".run.unfinished"]

    told = Told()
    assert run(workbook, place, told) == 0
    assert told.holds("was ended", "looked at (2)")
    assert told.holds("base", "reused") and told.holds("dear", "reused") and told.holds("cheap: started")
    assert results(place) == undisturbed
    assert leftovers(place) == []


@needs_signals
def test_workers_end_with_the_process_that_waits_for_them(started: subprocess.Popen[str]) -> None:
    started.kill()
    started.wait(ENDS_WITHIN_S)
    assert all_gone(started.pid)


def test_what_a_killed_run_of_another_workbook_had_finished_is_not_taken_over(workbook: Path, tmp_path: Path) -> None:
    book = scenarios()
    book.change("accelerators", price_usd=9000)
    place = tmp_path / "run"
    run(book.write(tmp_path / "workbook"), place, scenarios=["base"])
    place.rename(tmp_path / ".run.unfinished")
    assert run(workbook, place, scenarios=["base"]) == 0
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["by_scenario"]["base"]["reused"] is False
    assert json.loads((place / "headline.json").read_text(encoding="utf-8"))["base"]["cost_musd"] == approx(10)


def kill(name: str) -> None:
    (worker,) = [child for child in multiprocessing.active_children() if child.name == name]
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)


@needs_signals
def test_the_scenario_of_a_worker_that_dies_is_tried_again(
    workbook: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    killed: list[str] = []

    def once(line: str) -> None:
        if line == "dear: started" and not killed:
            killed.append(line)
            kill("dear")

    told = Told(once)
    assert run(workbook, tmp_path / "run", told, jobs=2) == 0
    assert told.holds("dear: its process was ended by SIGKILL", "tried once more")
    assert told.count("dear: started") == 2 and told.count("cheap: started") == 1
    assert results(tmp_path / "run") == undisturbed


@needs_signals
def test_one_whose_workers_die_twice_has_failed_and_the_rest_is_done(
    workbook: Path, undisturbed: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Told(lambda line: kill("dear") if line == "dear: started" else None)
    assert run(workbook, tmp_path / "run", told, jobs=2) == 1
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert {name: record["status"] for name, record in manifest["by_scenario"].items()} == {
        "base": "optimal", "dear": "failed", "cheap": "optimal", "rented": "optimal"
    }  # fmt: skip
    assert manifest["status"] == "failed"
    assert "ended by SIGKILL" in next(line for line in capsys.readouterr().out.splitlines() if line.startswith("dear"))
    kept = {name for name in undisturbed if name.startswith(("scenarios/base", "scenarios/cheap", "scenarios/rented"))}
    after = results(tmp_path / "run")
    assert kept and {name: after[name] for name in kept} == {name: undisturbed[name] for name in kept}


def test_a_fault_of_ours_in_a_worker_comes_back_with_its_traceback(tmp_path: Path) -> None:
    nothing: Any = None

    def place() -> Path:
        (tmp_path / "making").mkdir()
        return tmp_path / "making" / "scenario"

    with closing(local.solve_all([Task("broken", "", nothing)], None, 1, place)) as events:
        (failed,) = [event for event in events if isinstance(event, Failed)]
    assert failed.name == "broken" and failed.why.startswith("TypeError: ")
    assert "Traceback (most recent call last)" in failed.details and "one.py" in failed.details


def test_ctrl_c_while_the_base_is_solved_leaves_its_plan_and_nothing_else(
    workbook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*given: Any) -> Any:
        outcome = solve_one(*given)
        return replace(outcome, record={**outcome.record, "status": "feasible", "interrupted": True})

    monkeypatch.setattr(many, "solve", interrupted)
    assert run(workbook, tmp_path / "run") == 3
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["missing"] == [name for name in COST_MUSD if name != "base"]


def test_two_runs_never_write_to_one_place(workbook: Path, tmp_path: Path) -> None:
    with folder.working(tmp_path / "run"), pytest.raises(runs.FolderInTheWay, match=f"process {os.getpid()}"):
        run(workbook, tmp_path / "run", scenarios=["base"])
    assert leftovers(tmp_path / "run") == []
