"""Scenarios solved on this machine, each in a process of its own, so many at once.

A process a scenario, and not a pool: one that dies takes nothing with it, and how it died is known. It is spawned and
not forked, because the solver's threads don't survive a fork; it ignores Ctrl-C, which is for the process that waits;
and it ends when that process does, however it ends.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from planner.runs.events import TICK_S, Again, Event, Failed, Finished, Stage, Started, Tick
from planner.runs.one import Outcome, Task, solve

TRIES = 2
SHORTEST_STAGE_S = 0.2
"""Stages are told no more often than this: a search tells thousands."""
ENDS_WITHIN_S = 5.0
LIKELY = {"SIGKILL": "most likely by the system, which was short of memory: try with fewer --jobs"}


@dataclass
class _Worker:
    task: Task
    tries: int
    process: SpawnProcess
    connection: Connection
    folder: Path
    begun: float


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def solve_all(tasks: Sequence[Task], base_run: Path | None, jobs: int, place: Callable[[], Path]) -> Generator[Event]:
    """Solve tasks, `jobs` at once, each in a folder that `place` gives. Closing the iterator ends all processes."""
    waiting = deque((task, 1) for task in tasks)
    running: dict[Connection, _Worker] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                task, tries = waiting.popleft()
                worker = _start(task, tries, base_run, place())
                running[worker.connection] = worker
                yield Started(task.name)
            told = wait(list(running), timeout=TICK_S)
            if not told:
                yield Tick()
            for worker in [running[connection] for connection in list(running) if connection in told]:
                event = _event(worker)
                if not isinstance(event, Stage):
                    del running[worker.connection]
                    _end(worker)
                if isinstance(event, Again):
                    waiting.appendleft((worker.task, worker.tries + 1))
                yield event
    finally:
        for worker in running.values():
            worker.process.terminate()
        for worker in running.values():
            _end(worker)


def _start(task: Task, tries: int, base_run: Path | None, folder: Path) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    given = folder.with_name("task")
    given.write_bytes(pickle.dumps(task))  # as an argument it would hold us up until the process has come to read it
    process = context.Process(target=_work, args=(theirs, given, base_run, folder), name=task.name, daemon=True)
    with _interrupt_blocked():
        process.start()
    theirs.close()
    return _Worker(task, tries, process, ours, folder, time.perf_counter())


def _event(worker: _Worker) -> Event:
    """What a worker tells, or what its silence means."""
    name = worker.task.name
    try:
        told = worker.connection.recv()
    except (EOFError, OSError):
        worker.process.join()
        why = _death(worker.process.exitcode)
        return Again(name, why) if worker.tries < TRIES else Failed(name, f"its process {why}, and a second one too")
    if isinstance(told, Outcome):
        return Finished(name, told, worker.folder, time.perf_counter() - worker.begun)
    if isinstance(told, Failed):
        return told
    return Stage(name, str(told))


def _death(status: int | None) -> str:
    if status is None or status >= 0:
        return f"ended with status {status} before it had an answer"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"was ended by {name}" + (f", {LIKELY[name]}" if name in LIKELY else "")


def _end(worker: _Worker) -> None:
    worker.connection.close()
    worker.process.join(ENDS_WITHIN_S)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()
    worker.process.close()


@contextmanager
def _interrupt_blocked() -> Iterator[None]:
    """A process started within never hears Ctrl-C; this one hears it afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(connection: Connection, given: Path, base_run: Path | None, folder: Path) -> None:
    """The worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    task: Task = pickle.loads(given.read_bytes())
    last = [float("-inf")]

    def say(stage: str) -> None:
        if time.perf_counter() - last[0] >= SHORTEST_STAGE_S:
            last[0] = time.perf_counter()
            connection.send(stage)

    try:
        outcome = solve(task, base_run, folder, say)
    except Exception as fault:  # whatever it is, it must not take the other scenarios with it
        connection.send(Failed(task.name, f"{type(fault).__name__}: {fault}", traceback.format_exc()))
    else:
        connection.send(outcome)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
