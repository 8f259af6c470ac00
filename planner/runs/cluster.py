"""Scenarios handed to the workers of a Dask scheduler (the extra `[cluster]`).

Inputs go and results come back as bytes: workers need no disk in common with us, only this planner with the same code,
solver and libraries, which is checked before anything is solved and once more by each worker that solves. When a worker
dies, Dask gives its scenario to another one. One scenario at a time is solved in a worker process, however many threads
it has: so give a worker process to each core.
"""

from __future__ import annotations

import pickle
import threading
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

from planner.runs import BASE, Refused
from planner.runs.events import TICK_S, Event, Failed, Finished, Handed, Tick
from planner.runs.folder import MANIFEST
from planner.runs.identity import programs
from planner.runs.one import Task, packed, solve, unpack

Client = Any
Future = Any
"""Of `distributed`, whose types are in part missing."""
PATIENCE_S = 20
"""How long a scheduler, and its first worker, may take to answer."""
_ONE_AT_A_TIME = threading.Lock()
"""Pyomo and HiGHS keep state that threads would share."""


class Otherwise(Exception):
    """A worker has other programs than we have."""


@contextmanager
def opened(address: str) -> Iterator[Client]:
    """A scheduler's client, with workers that have the same programs as we. Raises Refused where none answers, there
    are no workers, or one has other programs."""
    with _client(address) as client:
        _check(client)
        yield client


def solve_all(
    tasks: Sequence[Task], base_run: Path | None, client: Client, place: Callable[[], Path]
) -> Generator[Event]:
    """Solve tasks on the workers of a scheduler; each folder is unpacked where `place` says. Closing the iterator
    cancels what isn't solved; what a worker is solving then, it ends for nothing."""
    yield Handed(len(client.scheduler_info(n_workers=-1)["workers"]))
    start = None
    if base_run is not None:
        parts = ("inputs", f"scenarios/{BASE}", MANIFEST)
        # a task and not scattered data: Dask makes it again where the worker that held it died
        start = client.submit(_same, packed(base_run, *parts), pure=False)
    ours = dict(programs())
    futures = {client.submit(work, pickle.dumps(task), start, ours, pure=False): task for task in tasks}
    done: SimpleQueue[Future] = SimpleQueue()
    for future in futures:
        future.add_done_callback(done.put)
    left = len(futures)
    try:
        while left:
            try:
                future = done.get(timeout=TICK_S)
            except Empty:
                yield Tick()
                continue
            left -= 1
            yield _event(futures[future], future, place)
    finally:
        if left:
            client.cancel(list(futures))


def work(pickled: bytes, base_run: bytes | None, wanted: Mapping[str, str]) -> bytes:
    """What a worker does: a scenario solved; its outcome and its folder as bytes."""
    other = _differences(wanted, programs())
    if other:
        raise Otherwise(other)
    task: Task = pickle.loads(pickled)
    with _ONE_AT_A_TIME, TemporaryDirectory(prefix="planner-scenario-") as folder:
        base = None
        if base_run is not None:
            base = Path(folder) / BASE
            unpack(base_run, base)
        made = Path(folder) / "scenario"
        outcome = solve(task, base, made, lambda stage: None)
        return pickle.dumps((outcome, packed(made)))


def _event(task: Task, future: Future, place: Callable[[], Path]) -> Event:
    try:
        outcome, content = pickle.loads(future.result())
    except Otherwise as fault:
        return Failed(task.name, f"a worker that joined has other programs than this planner: {fault}")
    except CancelledError:
        return Failed(task.name, "the scheduler dropped it, or is gone")
    except Exception as fault:  # whatever happened there, the other scenarios go on
        return Failed(task.name, f"{type(fault).__name__}: {fault}", "".join(traceback.format_exception(fault)))
    folder = place()
    unpack(content, folder)
    return Finished(task.name, outcome, folder, float(outcome.record["seconds"]["all"]))


def _client(address: str) -> Client:
    try:
        distributed = import_module("distributed")
    except ImportError as fault:
        raise Refused("--cluster needs Dask: pip install 'sovereign-compute-planner[cluster]'") from fault
    try:
        return distributed.Client(address, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, ValueError) as fault:
        raise Refused(f"no Dask scheduler answers at {address} ({fault}); its address is as tcp://host:8786") from fault


def _check(client: Client) -> None:
    try:
        client.wait_for_workers(1, timeout=PATIENCE_S)
    except TimeoutError as fault:
        raise Refused(f"the scheduler has no workers; start some: dask worker {client.scheduler.address}") from fault
    try:
        found: dict[str, Any] = client.run(programs_there)
    except ImportError as fault:
        raise Refused(f"a worker lacks this planner ({fault}); install it there") from fault
    for worker, there in found.items():
        other = _differences(programs(), there)
        if other:
            raise Refused(f"the worker {worker} has other programs than this planner: {other}; make them the same")


def programs_there() -> dict[str, str]:
    """Of a worker, whatever it has."""
    return dict(programs())


def _differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    names = [name for name in ours if ours[name] != theirs.get(name)]
    return ", ".join(f"{name} {theirs.get(name, 'none')[:12]} instead of {ours[name][:12]}" for name in names)


def _same(content: bytes) -> bytes:
    return content
