"""Whole numbers: the relaxation, a plan of our own by diving from it, branch and bound for what is left.

A dive fixes whole columns in rounds, best candidates first, and solves again by dual simplex from the basis it has,
which takes a fraction of a solve from nothing. The relaxation's proven bound then says how good the plan is; often that
is good enough. Otherwise HiGHS's branch and bound starts from the plan.

The dives, tried in turn until one is within the gap:
nearest   those nearest to a whole number, to it: the relaxation is trusted
up        those with the largest fraction, up: what the relaxation half wants is had whole
down      those with the smallest fraction, down: only what it wants nearly whole is had
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from planner.solve.highs import LARGE_COLUMNS, Engine, hipo_missing
from planner.solve.linear import Basis, Flags, Floats, Linear, Point
from planner.solve.optimum import Answer
from planner.solve.session import Clock, Session
from planner.solve.solution import relative_gap
from planner.solve.tree import branch_and_bound
from planner.solve.verify import WHOLE, prove_feasible

ROUNDS = 8
"""A dive fixes at least this share, one part in `ROUNDS`, of what is not yet fixed and not whole in each round."""

DIVE_SHARE = 0.4
"""Dives together may take this share of the time; the rest is for branch and bound."""

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


@dataclass(frozen=True, eq=False)
class Plan:
    """Whole numbers (one for each whole column) with the best that the rest can do, as the solver claims it."""

    values: Floats
    point: Point
    objective: float
    origin: str


@dataclass(eq=False)
class Search:
    """What is known: the best plan, the best bound and whose word it is, and what happened."""

    bound: float
    plan: Plan | None = None
    bound_from: str = "relaxation"
    infeasible: bool = False
    notes: dict[str, str] = field(default_factory=dict)

    def gap(self, lp: Linear) -> float:
        if self.plan is None:
            return np.inf
        return relative_gap(self.plan.objective, self.bound, lp.noise(self.plan.point.x))

    def offer(self, plan: Plan | None) -> None:
        if plan is not None and (self.plan is None or plan.objective < self.plan.objective):
            self.plan = plan


def search(lp: Linear, whole: Flags, relaxed: Answer, gap: float, session: Session, clock: Clock) -> Search:
    """The best plan that the clock allows, stopping as soon as one is within `gap` of the bound. `relaxed` is the
    proven optimum of `lp` without its whole numbers, with a basis."""
    assert relaxed.point is not None
    assert relaxed.point.basis is not None
    found = Search(bound=relaxed.bound)
    diver = _Diver(lp, whole, relaxed.point, relaxed.point.basis, session)
    dives = Clock(DIVE_SHARE * clock.left_s())
    with session.timed("dives"):
        for name, choice in DIVES.items():
            plan = diver.dive(name, choice, dives, found.plan)
            clock.interrupted = clock.interrupted or dives.interrupted
            if plan is not None:
                found.offer(plan)
                session.say(f"whole numbers: {plan.origin} gives a plan within {found.gap(lp):.2%} of the bound")
            if found.gap(lp) <= gap or dives.stopped:
                break
    if found.gap(lp) > gap and not clock.stopped:
        with session.timed("branch and bound"):
            _grow(lp, whole, found, diver, gap, session, clock)
    return found


def _grow(lp: Linear, whole: Flags, found: Search, diver: _Diver, gap: float, session: Session, clock: Clock) -> None:
    """Branch and bound from the plan there is; its word is taken only where nothing we hold contradicts it."""
    session.say(f"branch and bound: {int(whole.sum()):,} whole columns, at most {clock.left_s():.0f} s")
    start = found.plan.point.x if found.plan is not None else None
    # Inside the tree only the first relaxation is solved by interior point.
    lp_solver = "hipo" if lp.columns >= LARGE_COLUMNS and hipo_missing() is None else "choose"
    tree = branch_and_bound(lp, whole, start, gap, session, clock, lp_solver)
    found.notes["tree"] = tree.end
    if tree.x is not None and tree.x.shape == lp.cost.shape:
        # The last solve of a plan is not held to the limit: the tree's work would be lost for a few seconds.
        after = Clock(max(60.0, clock.left_s()))
        found.offer(diver.complete(np.round(tree.x[whole]), "branch and bound", after))
        clock.interrupted = clock.interrupted or after.interrupted
    if tree.end == "Infeasible":
        if found.plan is None:
            found.infeasible = True
        else:
            found.notes["tree"] = "refused: claimed infeasible, but a plan exists"
        return
    if found.plan is not None and tree.bound > found.plan.objective + lp.noise(found.plan.point.x):
        found.notes["tree"] = f"refused: claimed the bound {tree.bound:.9g}, but a plan costs less"
        return
    if tree.bound > found.bound:
        found.bound, found.bound_from = tree.bound, "branch and bound"


class _Diver:
    """Fixes whole columns of one programme and solves again, from the relaxation's basis."""

    def __init__(self, lp: Linear, whole: Flags, point: Point, basis: Basis, session: Session) -> None:
        self._lp, self._which = lp, np.flatnonzero(whole)
        # A whole column can't use the fraction in its bounds.
        self._lower, self._upper = np.ceil(lp.lower[whole] - WHOLE), np.floor(lp.upper[whole] + WHOLE)
        self._root, self._basis = point, basis
        self._engine = Engine(lp, session, "dives")

    def dive(self, name: str, choice: Choice, clock: Clock, best: Plan | None) -> Plan | None:
        """A plan, or None where the dive ends in a contradiction, past the clock, or above the best plan."""
        lower, upper = self._lower.copy(), self._upper.copy()
        self._engine.set_columns(self._which, lower, upper)
        self._engine.set_basis(self._basis)
        values = self._root.x[self._which]
        while not clock.stopped:
            open_ = np.flatnonzero(lower < upper)
            fraction = np.abs(values[open_] - np.round(values[open_]))
            if not (fraction > WHOLE).any():
                return self.complete(np.clip(np.round(values), lower, upper), f"dive {name}", clock)
            batch = self._batch(values, open_, fraction, choice)
            target = np.clip(choice(values[batch])[1], lower[batch], upper[batch])
            point = self._fix(batch, target, lower, upper, clock)
            if point is None or (best is not None and self._lp.objective(point.x) >= best.objective):
                return None
            values = point.x[self._which]
        return None

    def complete(self, values: Floats, origin: str, clock: Clock) -> Plan | None:
        """The best plan with all whole columns at `values`; None where there is none or the clock stops it."""
        if ((values < self._lower) | (values > self._upper)).any():
            return None
        self._engine.set_columns(self._which, values, values)
        run = self._engine.run("simplex", clock)
        if run.claim != "optimal" or run.point is None or not prove_feasible(self._lp, run.point.x).holds:
            return None
        return Plan(values, run.point, self._lp.objective(run.point.x), origin)

    def _batch(self, values: Floats, open_: Positions, fraction: Floats, choice: Choice) -> Positions:
        """What to fix next: of those not whole the first in the dive's order, and all that are whole already and not
        zero (a zero may still be wanted once others are fixed)."""
        loose = open_[fraction > WHOLE]
        order = np.argsort(choice(values[loose])[0], kind="stable")
        first = loose[order[: max(1, len(loose) // ROUNDS)]]
        settled = open_[(fraction <= WHOLE) & (np.round(values[open_]) > self._lower[open_])]
        return np.concatenate([first, settled])

    def _fix(self, batch: Positions, target: Floats, lower: Floats, upper: Floats, clock: Clock) -> Point | None:
        """Fix the batch; where that is a contradiction only its first, and if need be the other way."""
        kept = lower.copy(), upper.copy()
        lower[batch] = upper[batch] = target
        point = self._solve(lower, upper, clock)
        if point is not None:
            return point
        lower[:], upper[:] = kept
        first, at = batch[0], target[0]
        for low, high in ((at, at), (at + 1.0, kept[1][first]), (kept[0][first], at - 1.0)):
            if clock.stopped or low > high:
                continue
            lower[first], upper[first] = low, high
            point = self._solve(lower, upper, clock)
            if point is not None:
                return point
        return None

    def _solve(self, lower: Floats, upper: Floats, clock: Clock) -> Point | None:
        self._engine.set_columns(self._which, lower, upper)
        run = self._engine.run("simplex", clock)
        return run.point if run.claim == "optimal" else None
