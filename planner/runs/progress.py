"""How far many scenarios are: one line that is rewritten on a terminal, a line per start and end elsewhere.

The time left is told as a range, from the scenarios that this run has finished so far, and not at all before the first
one is. It supposes that those still to come take between the quarter that was fastest and the quarter that was slowest.
"""

from __future__ import annotations

import heapq
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence


class Progress:
    """Tells `say` how far the scenarios are. `at_once` is how many are solved at the same time."""

    def __init__(self, say: Callable[[str], None], names: Sequence[str]) -> None:
        self._say = say
        self._terminal = sys.stderr.isatty()
        self._names = list(names)
        self._done: set[str] = set()
        self._running: dict[str, tuple[float, str]] = {}
        self._took_s: list[float] = []
        self.at_once = 1

    def started(self, name: str) -> None:
        self._running[name] = (time.monotonic(), "started")
        self._event(f"{name}: started")

    def stage(self, name: str, stage: str) -> None:
        if name in self._running:
            self._running[name] = (self._running[name][0], stage)
        self.tick()

    def again(self, name: str, why: str) -> None:
        self._running.pop(name, None)
        self.tell(f"{name}: its process {why}; it is tried once more")

    def finished(self, name: str, what: str, *, counts_s: float | None = None) -> None:
        """`counts_s`: how long it took, where that says something about those still to come."""
        self._running.pop(name, None)
        self._done.add(name)
        if counts_s is not None:
            self._took_s.append(counts_s)
        left = self._left()
        self._event(f"{name}: {what} ({len(self._done)}/{len(self._names)}{', ' + left if left else ''})")

    def tell(self, line: str) -> None:
        """Something that must stay to be read, whatever is told next."""
        if self._terminal:
            getattr(self._say, "close", lambda: None)()
            print(line, file=sys.stderr, flush=True)
        else:
            self._say(line)

    def tick(self) -> None:
        if self._terminal:
            several = len(self._running) > 1  # a terminal's line has no room for more than a word of each
            running = "; ".join(
                f"{name}: {stage.partition(':')[0] if several else stage}" for name, (_, stage) in self._running.items()
            )
            parts = [f"{len(self._done)}/{len(self._names)} done", self._left(), running]
            self._say(" · ".join(part for part in parts if part))

    def _event(self, line: str) -> None:
        if self._terminal:
            self.tick()
        else:
            self._say(line)

    def _left(self) -> str:
        waiting = len(self._names) - len(self._done) - len(self._running)
        if not self._took_s or not (waiting or self._running):
            return ""
        now = time.monotonic()
        return time_left(self._took_s, [now - begun for begun, _ in self._running.values()], waiting, self.at_once)


def time_left(took_s: Sequence[float], running_s: Sequence[float], waiting: int, at_once: int) -> str:
    """In words, how long it is until all are done: `took_s` of those that are finished, `running_s` so far of those
    that are running, and `waiting` more, `at_once` at a time."""
    if len(took_s) < 4:
        fast_s, slow_s = min(took_s), max(took_s)
    else:
        fast_s, _, slow_s = statistics.quantiles(took_s, n=4)
    least_s, most_s = (_until_done(each_s, running_s, waiting, at_once) for each_s in (fast_s, slow_s))
    if any(so_far > max(took_s) for so_far in running_s):
        return f"at least {_words(most_s)} left"  # one takes longer than any before: nobody knows how long
    least, most = _words(least_s), _words(most_s)
    if least == most:
        return f"about {most} left"
    same_unit = least.split()[1] == most.split()[1]
    return f"{least.split()[0] if same_unit else least}–{most} left"


def _until_done(each_s: float, running_s: Iterable[float], waiting: int, at_once: int) -> float:
    """Time until the last ends where each takes `each_s` and whatever is free takes the next."""
    free = [max(0.0, each_s - so_far) for so_far in running_s]
    free += [0.0] * (at_once - len(free))
    heapq.heapify(free)
    for _ in range(waiting):
        heapq.heapreplace(free, free[0] + each_s)
    return max(free)


def _words(seconds: float) -> str:
    """Two figures at most: more would say more than is known."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s" if seconds < 20 else f"{round(seconds, -1):.0f} s"
    minutes = seconds / 60
    if minutes < 90:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f} h"
