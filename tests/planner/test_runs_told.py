"""What a run tells on its way and at its end."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import pytest

from planner import cli
from planner.runs import EXIT_STATUS, verb
from planner.runs.folder import Entry
from planner.runs.progress import Progress, time_left
from planner.runs.scoreboard import WIDTH, scoreboard
from tests.planner.runs_scenes import Told


def test_the_time_left_is_a_range_from_what_the_finished_ones_took() -> None:
    # Two at a time, one of which has run for 2 s: of 8 s each they end after 6, 8, 14, 16 s; of 9 s after 7 … 18 s.
    assert time_left([8, 9], [2], 3, 2) == "16–18 s left"
    # One for each of the two processes: 60 s of each.
    assert time_left([60, 60], [], 2, 2) == "about 60 s left"
    assert time_left([600, 900], [], 1, 1) == "10–15 min left"
    assert time_left([60, 600], [], 1, 1) == "60 s–10 min left"


def test_one_that_takes_longer_than_any_before_makes_the_estimate_a_bound() -> None:
    assert time_left([7, 9], [50], 2, 1) == "at least 18 s left"


def test_no_time_is_told_before_a_what_if_is_finished() -> None:
    told = Told()
    progress = Progress(told, ["base", "dear", "cheap"])
    progress.started("base")
    progress.finished("base", "optimal, 50.0 s")
    progress.started("dear")
    assert told == ["base: started", "base: optimal, 50.0 s (1/3)", "dear: started"]
    progress.finished("dear", "optimal, 20.0 s", counts_s=20.0)
    assert told[-1] == "dear: optimal, 20.0 s (2/3, about 20 s left)"


def test_on_a_terminal_one_line_tells_what_is_running(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    told = Told()
    progress = Progress(told, ["base", "dear", "cheap"])
    progress.finished("base", "optimal")
    progress.started("dear")
    progress.stage("dear", "solving: 10 columns")
    assert told[-1] == "1/3 done · dear: solving: 10 columns"
    progress.started("cheap")
    assert told[-1] == "1/3 done · dear: solving; cheap: started"
    progress.tell("dear: its process was ended by SIGKILL; it is tried once more")
    assert "SIGKILL" in capsys.readouterr().err and "SIGKILL" not in "".join(told)


def entry(status: str, **figures: Any) -> Entry:
    reason = {} if figures else {"reason": "scenario_changes!H12: below 0, which a price of accelerators can't be"}
    return Entry({"status": status, **reason}, {"status": status, **figures}, "")


def test_the_scoreboard_tells_differences_from_the_base_in_80_columns() -> None:
    figures = {"served_t": 90.0, "unserved_t": 10.0, "hall_mw_end": 1234.0}
    lines = scoreboard(
        {
            "base": entry("optimal", cost_musd=20_000.0, **figures),
            "a_name_longer_than_there_is_room_for": entry("optimal", cost_musd=25_000.0, **figures),
            "same": entry("feasible", cost_musd=20_000.0, **figures),
            "wrong": entry("error"),
        }
    )
    assert max(map(len, lines)) <= WIDTH
    assert lines[1].split() == ["base", "optimal", "20.00", "90.0%", "1,230"]
    assert lines[2].split() == ["a_name_longer_than_there_is_…", "optimal", "+5.00", "+25.0", "90.0%", "1,230"]
    assert lines[3].split() == ["same", "feasible", "+0.00", "+0.0", "90.0%", "1,230"]
    assert lines[4].split()[:3] == ["wrong", "error", "scenario_changes!H12:"]
    reason = " ".join(line[41:].strip() for line in lines[4:])
    assert reason == "scenario_changes!H12: below 0, which a price of accelerators can't be"


def test_the_worst_status_is_an_error_before_an_early_stop_before_done() -> None:
    order = list(EXIT_STATUS)
    assert order[0] == "optimal"
    assert [EXIT_STATUS[status] for status in order] == [0, 3, 3, 1, 1, 1]


def given(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    verb.arguments(parser)
    return parser.parse_args(["plan.xlsx", *arguments], argparse.Namespace(command=["planner", "run"]))


def test_the_arguments_are_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr("planner.runs.run", lambda path, out, **how: seen.update(how, path=path, out=out) or 3)
    arguments = given("--scenario", "a, b", "--set", "x.y = 1", "--set", "x.z = 2", "--jobs", "3", "--fresh")
    assert verb.run(arguments, cli.Progress()) == 3
    assert seen["scenarios"] == ("a", "b") and seen["changes"] == ["x.y = 1", "x.z = 2"]
    assert (seen["jobs"], seen["fresh"], seen["cluster"], seen["out"]) == (3, True, None, None)


@pytest.mark.parametrize("wrong", [["--jobs", "0"], ["--jobs", "many"], ["--scenario", ","]])
def test_wrong_arguments_are_wrong_usage(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        given(*wrong)
    assert stopped.value.code == 2
