"""Scenarios on the workers of a Dask scheduler: separate processes that share nothing with us but the bytes."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from planner import runs
from planner.runs import cluster, identity
from planner.runs.events import Failed
from planner.runs.one import Task
from tests.planner.runs_scenes import Told, leftovers, results, run, scenarios

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def two_workers() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as local:
        yield local


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_results_are_those_of_a_local_run_to_the_byte_though_a_worker_is_killed(
    two_workers: Any, tmp_path: Path
) -> None:
    workbook = scenarios().write(tmp_path / "workbook")
    killed: list[int] = []

    def kill_one(line: str) -> None:
        if line.startswith("handed to") and told.holds("base: optimal") and not killed:
            killed.append(next(iter(two_workers.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    told = Told(kill_one)
    two = ["dear", "cheap"]
    there, here = tmp_path / "there", tmp_path / "here"
    assert run(workbook, there, told, scenarios=two, cluster=two_workers.scheduler_address) == 0
    assert killed and told.holds("which has 2 workers")
    assert run(workbook, here, scenarios=two, jobs=2) == 0
    assert results(there) == results(here)
    assert leftovers(there) == []


def test_a_worker_with_other_programs_is_told(
    two_workers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbook = scenarios().write(tmp_path / "workbook")
    ours = {**identity.programs(), "highspy": "1.14.0"}
    monkeypatch.setattr(cluster, "programs", lambda: ours)
    there = identity.programs()["highspy"]
    with pytest.raises(
        runs.Refused, match=rf"has other programs than this planner: .*highspy {there} instead of 1\.14\.0"
    ):
        run(workbook, tmp_path / "run", cluster=two_workers.scheduler_address)
    assert leftovers(tmp_path / "run") == []


def test_a_worker_with_other_programs_that_joins_later_solves_nothing(two_workers: Any, tmp_path: Path) -> None:
    nothing: Any = None
    with distributed.Client(two_workers.scheduler_address, set_as_default=False) as client:
        future = client.submit(cluster.work, b"", None, {**identity.programs(), "planner": "0.0.1"}, pure=False)
        event = cluster._event(Task("dear", "", nothing), future, lambda: tmp_path)
    assert isinstance(event, Failed) and "planner 0.1.0 instead of 0.0.1" in event.why


def test_a_scenario_that_the_scheduler_drops_has_failed(two_workers: Any, tmp_path: Path) -> None:
    nothing: Any = None
    with distributed.Client(two_workers.scheduler_address, set_as_default=False) as client:
        future = client.submit(time.sleep, 2, pure=False)
        client.cancel([future])
        event = cluster._event(Task("dear", "", nothing), future, lambda: tmp_path)
    assert isinstance(event, Failed) and event.why == "the scheduler dropped it, or is gone"


def test_a_scheduler_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE_S", 1)
    workbook = scenarios().write(tmp_path / "workbook")
    with pytest.raises(runs.Refused, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        run(workbook, tmp_path / "run", cluster="tcp://127.0.0.1:9")
    assert leftovers(tmp_path / "run") == []


def test_a_scheduler_without_workers_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE_S", 1)
    workbook = scenarios().write(tmp_path / "workbook")
    with (
        distributed.LocalCluster(
            n_workers=0, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as empty,
        pytest.raises(runs.Refused, match="the scheduler has no workers"),
    ):
        run(workbook, tmp_path / "run", cluster=empty.scheduler_address)
