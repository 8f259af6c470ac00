"""What one solve shares between its stages: the clock, the solver's log, the progress lines."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType


@contextmanager
def interrupt_held() -> Iterator[None]:
    """Ctrl-C within the block is raised at its end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if handler is None else handler)
    if came:
        raise KeyboardInterrupt


class Clock:
    """A time limit that Ctrl-C ends early."""

    def __init__(self, limit_s: float) -> None:
        self._end = time.perf_counter() + limit_s
        self.interrupted = False

    def left_s(self) -> float:
        return 0.0 if self.interrupted else max(0.0, self._end - time.perf_counter())

    @property
    def stopped(self) -> bool:
        return self.left_s() <= 0.0

    @contextmanager
    def heeding_interrupt(self) -> Iterator[None]:
        """Ctrl-C leaves the block and ends the clock; a second one is raised."""
        try:
            yield
        except KeyboardInterrupt:
            if self.interrupted:
                raise
            self.interrupted = True

    @property
    def reason(self) -> str:
        return "interrupt" if self.interrupted else "time limit"


class Session:
    """Clock, log files, seconds and progress of one solve. Use it in a `with`; the log files go with it."""

    def __init__(self, limit_s: float, progress: Callable[[str], None] | None = None) -> None:
        self.clock = Clock(limit_s)
        self.seconds: dict[str, float] = {}
        self.iterations = 0
        """Of simplex, over all stages: what a solve took, whatever the machine was busy with."""
        self._progress = progress
        self._folder = TemporaryDirectory(prefix="planner-solve-")
        self._logs: list[tuple[str, Path]] = []

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    @property
    def folder(self) -> Path:
        return Path(self._folder.name)

    def say(self, line: str) -> None:
        if self._progress is not None:
            self._progress(line)

    def new_log(self, title: str) -> Path:
        """A path for the solver to log a stage to."""
        path = self.folder / f"{len(self._logs)}-{re.sub('[^a-z0-9]+', '-', title.lower())}.log"
        self._logs.append((title, path))
        return path

    def log(self) -> str:
        """All the logs so far, in order, each under its title."""
        parts = [f"== {title}\n{path.read_text(errors='replace')}" for title, path in self._logs if path.exists()]
        return "\n".join(parts)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start
