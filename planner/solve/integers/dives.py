"""Plans by diving: whole columns are fixed in rounds, best candidates first, and what is left is solved again by dual
simplex from the basis it has, which takes a fraction of a solve from nothing.

nearest   those nearest to a whole number, to it: the relaxation is trusted
up        those with the largest fraction, up: what the relaxation half wants is had whole
down      those with the smallest fraction, down: only what it wants nearly whole is had
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from planner.solve.integers.whole import Node, Plan, Programme
from planner.solve.linear import Floats
from planner.solve.session import Clock
from planner.solve.verify import WHOLE

ROUNDS = 8
"""A dive fixes at least this share, one part in `ROUNDS`, of what is not yet fixed and not whole in each round."""

MOST_ABOVE = 4.0
"""A first plan may cost so much more than the bound, relative to it; what costs more misses rows."""

Positions = npt.NDArray[np.intp]
Choice = Callable[[Floats], tuple[Floats, Floats]]
"""From values to the order in which to fix them (smallest first) and the whole numbers to fix them at."""


def _nearest(values: Floats) -> tuple[Floats, Floats]:
    return np.abs(values - np.round(values)), np.round(values)


def _up(values: Floats) -> tuple[Floats, Floats]:
    return np.ceil(values) - values, np.ceil(values)


def _down(values: Floats) -> tuple[Floats, Floats]:
    return values - np.floor(values), np.floor(values)


DIVES: Mapping[str, Choice] = {"nearest": _nearest, "up": _up, "down": _down}


def dive(programme: Programme, start: Node, name: str, clock: Clock, best: Plan | None) -> Plan | None:
    """A plan from the part `start`, or None where the dive ends in a contradiction, past the clock, or above the best
    plan."""
    return _Dive(programme, start, DIVES[name], clock, best).plan(f"dive {name}")


class _Dive:
    """One dive on its way: the bounds so far and the values they leave."""

    def __init__(self, programme: Programme, start: Node, choice: Choice, clock: Clock, best: Plan | None) -> None:
        self._programme, self._choice, self._clock, self._best = programme, choice, clock, best
        self._cutoff = start.bound + MOST_ABOVE * abs(start.bound) if best is None else best.objective
        self._lower, self._upper = start.lower.copy(), start.upper.copy()
        self._values, self._basis = start.values, start.basis
        self._over = False
        programme.engine.set_basis(start.basis)

    def plan(self, origin: str) -> Plan | None:
        while not self._clock.stopped:
            open_ = np.flatnonzero(self._lower < self._upper)
            fraction = np.abs(self._values[open_] - np.round(self._values[open_]))
            if not (fraction > WHOLE).any():
                values = np.clip(np.round(self._values), self._lower, self._upper)
                return self._programme.complete(values, origin, self._clock)
            batch = self._batch(open_, fraction)
            target = np.clip(self._choice(self._values[batch])[1], self._lower[batch], self._upper[batch])
            if not self._fix(batch, target):
                return None
        return None

    def _batch(self, open_: Positions, fraction: Floats) -> Positions:
        """What to fix next: of those not whole the first in the dive's order, and all that are whole already and not
        at their lower bound (a zero may still be wanted once others are fixed)."""
        loose = open_[fraction > WHOLE]
        order = np.argsort(self._choice(self._values[loose])[0], kind="stable")
        first = loose[order[: max(1, len(loose) // ROUNDS)]]
        settled = open_[(fraction <= WHOLE) & (np.round(self._values[open_]) > self._lower[open_])]
        return np.concatenate([first, settled])

    def _fix(self, batch: Positions, target: Floats) -> bool:
        """Fix the batch; where that is a contradiction only its first, and if need be the other way. Whether it went
        well."""
        lower, upper = self._lower.copy(), self._upper.copy()
        self._lower[batch] = self._upper[batch] = target
        if self._solved():
            return True
        first, at = batch[0], target[0]
        for low, high in ((at, at), (at + 1.0, upper[first]), (lower[first], at - 1.0)):
            if self._clock.stopped or self._over or low > high:
                continue
            self._lower, self._upper = lower.copy(), upper.copy()
            self._lower[first], self._upper[first] = low, high
            if self._solved():
                return True
        return False

    def _solved(self) -> bool:
        """Solve from the last basis that was optimal: what a contradiction leaves behind is far from any."""
        run = self._programme.run(self._lower, self._upper, self._clock, near=self._basis, cutoff=self._cutoff)
        point = run.point if run.claim == "optimal" else None
        above = run.claim == "cut off" or (point is not None and self._programme.lp.objective(point.x) >= self._cutoff)
        self._over = above and not run.misses and self._best is not None
        if above or run.misses or point is None or point.basis is None:
            self._programme.engine.set_basis(self._basis)
            return False
        self._values, self._basis = point.x[self._programme.which], point.basis
        return True
