"""Branch and bound of our own. It believes nothing of the solver that our arithmetic hasn't proven.

A part of the programme (`Node`) is what the bounds of its whole columns leave. Each is solved without whole numbers by
dual simplex from the basis of the part it came from. Its bound is computed from the row duals (`verify.lower_bound`),
which is valid whatever they are. A part is dropped only where that bound reaches the best plan, or where a ray, which
is checked, proves it infeasible. Where the solver's claim can't be proven the part is solved again from nothing; where
that fails too, its last proven bound stays in the bound of the whole, and the gap tells.

Best bound first. Steps of a whole column that its reduced cost shows to cost more than the best plan are cut from its
bounds. To branch, both sides of a few promising columns are solved and the best pair is kept, until the pseudo-costs of
the most promising one are known. Now and then a dive looks for a better plan. The clock ends it and tells stalls
(`whole`); it changes nothing else: the same programme is searched in the same order.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import replace
from itertools import count

import numpy as np

from planner.solve.integers.branching import PseudoCosts, score
from planner.solve.integers.dives import DIVES, dive
from planner.solve.integers.whole import Node, Programme, Search
from planner.solve.linear import Floats, Point
from planner.solve.optimum import solve_linear
from planner.solve.session import Clock, Session
from planner.solve.solution import SolverFailure
from planner.solve.verify import FEASIBLE, GAP, WHOLE, lower_bound

PROBES = 8
"""Columns whose sides are solved to find the best, where the pseudo-costs of the first aren't known yet."""

DIVE_EFFORT = 0.3
"""Dives go on while their simplex iterations are below this share of those of the tree."""

SLACK = 1e-6
"""Of a step: steps allowed by reduced costs are rounded up by this much, so that rounding can't forbid one."""

MOST_STEPS = 1e6
"""A limit beyond this many steps is none: it would come from a reduced cost that is rounding."""

SAY_EVERY_S = 5.0


class _Stopped(Exception):
    """The clock ended a solve."""


def node_of(
    programme: Programme, lower: Floats, upper: Floats, point: Point, bound: float, origin: Node | None = None
) -> Node:
    """The part between `lower` and `upper` with its relaxed optimum, of which `bound` is known already. Where that has
    no basis, the basis of `origin`, the part it came from, has to do."""
    basis = point.basis if point.basis is not None or origin is None else origin.basis
    assert basis is not None
    priced, d = lower_bound(programme.within(lower, upper), point.row_dual)
    which = programme.which
    return Node(lower, upper, max(bound, priced), point.x[which], basis, d[which], priced)


def branch_and_bound(
    programme: Programme, root: Node, found: Search, gap: float, session: Session, clock: Clock, dives: int = 0
) -> None:
    """Improve `found` until its gap is `gap`, nothing is left, or the clock stops it. `dives` have been made before."""
    session.say(f"branch and bound: {len(programme.which):,} whole columns, at most {clock.left_s():.0f} s")
    programme.engine.mute()
    _Tree(programme, root, found, gap, session, clock, dives).grow()


class _Tree:
    """`_open` are the parts to look at, by bound. `_aside` is the lowest bound of those that nothing more can be proven
    of."""

    def __init__(
        self, programme: Programme, root: Node, found: Search, gap: float, session: Session, clock: Clock, dives: int
    ) -> None:
        self._programme, self._root, self._found = programme, root, found
        self._gap, self._session, self._clock = gap, session, clock
        self._order = count()
        self._open: list[tuple[float, int, Node]] = [(root.bound, next(self._order), root)]
        self._aside = np.inf
        self._put_aside = self._solves = self._solved_again = self._dive_iterations = 0
        self._dives = dives
        self._iterations = programme.engine.iterations
        self._costs = PseudoCosts(len(programme.which))
        self._said = time.monotonic()

    def grow(self) -> None:
        try:
            while self._open and not self._clock.stopped and self._found.gap(self._bound()) > self._gap:
                for part in self._branch(self._open[0][2]):
                    heapq.heappush(self._open, (part.bound, next(self._order), part))
                # Last, so that wherever a stop or Ctrl-C comes nothing is missing: no part's bound is below its own.
                heapq.heappop(self._open)
                self._dive()
                self._say()
        except _Stopped:
            pass
        finally:
            self._conclude()

    def _bound(self) -> float:
        """What no plan costs less than."""
        best = self._found.plan.objective if self._found.plan is not None else np.inf
        return min(best, self._aside, self._open[0][0] if self._open else np.inf)

    def _cutoff(self) -> float:
        """A part whose bound reaches this holds nothing better than the best plan."""
        plan = self._found.plan
        return np.inf if plan is None else plan.objective - plan.noise

    def _enough(self) -> float:
        """A part whose bound reaches this need not be looked at any more, unless a better plan is found."""
        plan = self._found.plan
        return np.inf if plan is None else plan.objective - max(plan.noise, self._gap * abs(plan.objective))

    def _branch(self, node: Node) -> list[Node]:
        """The parts that take the place of `node`."""
        if node.bound >= self._cutoff():
            return []
        lower, upper = self._tightened(node)
        if (lower > upper).any():
            return []
        if not node.solved or ((node.values < lower - WHOLE) | (node.values > upper + WHOLE)).any():
            part = self._solve(lower, upper, node, self._cutoff())
            return [] if part is None else [part]
        loose = np.flatnonzero(lower < upper)
        off = np.abs(node.values[loose] - np.round(node.values[loose]))
        if not off.size or off.max() <= WHOLE:
            if (node.misses or not loose.size) and self._ends(node):
                return []
            if not loose.size:
                self._set_aside(node.bound)
                return []
            return self._sides(int(loose[0]), lower, upper, node)[0]
        ranked = self._costs.ranked(loose[off > WHOLE], node.values[loose[off > WHOLE]])
        best: list[Node] = []
        best_score = -np.inf
        for k in ranked[: 1 if self._costs.known(int(ranked[0])) else PROBES].tolist():
            sides, sides_score = self._sides(k, lower, upper, node)
            if len(sides) < 2:
                return sides
            if sides_score > best_score:
                best, best_score = sides, sides_score
        return best

    def _ends(self, node: Node) -> bool:
        """Is there nothing below this part, whose columns are all whole? Its optimum misses rows, or has nothing left
        to choose: the programme itself is asked."""
        try:
            answer = solve_linear(
                self._programme.within(node.lower, node.upper), self._session, "end of a part", clock=self._clock
            )
        except SolverFailure:
            self._set_aside(node.bound)
            return True
        if answer.point is not None:
            if node.misses and (node.lower < node.upper).any():
                return False
            self._offer(node)
            if node.bound < self._cutoff():
                self._set_aside(node.bound)
        elif answer.status == "stopped" or np.isnan(answer.margin):
            raise _Stopped
        return True

    def _tightened(self, node: Node) -> tuple[Floats, Floats]:
        """The bounds of `node` without the steps that its reduced costs, or those of the root, show to cost more than
        the best plan."""
        lower, upper = node.lower.copy(), node.upper.copy()
        cutoff = self._cutoff()
        if np.isfinite(cutoff):
            for part in (self._root, node):
                up, down = np.flatnonzero(part.prices > 0.0), np.flatnonzero(part.prices < 0.0)
                upper[up] = np.minimum(upper[up], part.lower[up] + _steps(cutoff - part.priced, part.prices[up]))
                lower[down] = np.maximum(
                    lower[down], part.upper[down] - _steps(cutoff - part.priced, -part.prices[down])
                )
        return lower, upper

    def _sides(self, k: int, lower: Floats, upper: Floats, node: Node) -> tuple[list[Node], float]:
        """What is left of `node` where its whole column `k` is below its value and where it is above, and how good a
        pair that is to branch into."""
        value = float(node.values[k])
        at = float(np.clip(np.floor(value), lower[k], upper[k] - 1.0))
        down, up = upper.copy(), lower.copy()
        down[k], up[k] = at, at + 1.0
        below = self._solve(lower, down, node, self._enough())
        above = self._solve(up, upper, node, self._enough())
        if below is None or above is None:
            return [part for part in (below, above) if part is not None], np.inf
        fall, rise = below.bound - node.bound, above.bound - node.bound
        self._costs.learn(k, 0, value - at, fall)
        self._costs.learn(k, 1, at + 1.0 - value, rise)
        return [below, above], score(fall, rise, self._costs.mean())

    def _solve(self, lower: Floats, upper: Floats, origin: Node, cutoff: float) -> Node | None:
        """The part between `lower` and `upper` of `origin`, solved until sure that it costs at least `cutoff`; None
        where there is nothing better than the best plan in it, which is proven, or the part set aside."""
        self._solves += 1
        part = None
        for limit in (cutoff, np.inf):
            run = self._programme.run(lower, upper, self._clock, basis=origin.basis, cutoff=limit)
            if run.claim == "stopped":
                raise _Stopped
            if run.claim == "infeasible" and self._programme.contradictory(lower, upper):
                return None
            if run.point is not None:
                part = node_of(self._programme, lower, upper, run.point, origin.bound, origin)
                part = replace(part, misses=run.misses, solved=run.claim == "optimal")
                if self._proven(run.point, part, limit):
                    break
            self._programme.engine.forget()
        else:
            part = self._solve_again(lower, upper, origin, part)
        if (
            part is not None
            and part.solved
            and not part.misses
            and np.abs(part.values - np.round(part.values)).max() <= WHOLE
        ):
            self._offer(part)
        return None if part is None or part.bound >= self._cutoff() else part

    def _proven(self, point: Point, part: Node, limit: float) -> bool:
        """Does our own bound agree with what the solver claims?"""
        lp = self._programme.lp
        cost = lp.objective(point.x)
        scale = max(abs(cost), float(np.abs(lp.cost) @ np.abs(point.x)), FEASIBLE)
        return part.priced >= min(self._cutoff(), cost - GAP * scale if part.solved else limit)

    def _solve_again(self, lower: Floats, upper: Floats, origin: Node, part: Node | None) -> Node | None:
        """From nothing, by method after method. Where none is to be believed `part` is branched on all the same, as its
        bound is proven, or what is left is set aside."""
        self._solved_again += 1
        try:
            answer = solve_linear(self._programme.within(lower, upper), self._session, "part", clock=self._clock)
        except SolverFailure:
            if part is None:
                self._set_aside(origin.bound)
            return part
        if answer.point is not None:
            return node_of(self._programme, lower, upper, answer.point, origin.bound)
        if answer.status == "stopped" or np.isnan(answer.margin):
            raise _Stopped
        return None

    def _offer(self, part: Node) -> None:
        plan = self._programme.complete(np.round(part.values), "branch and bound", self._clock)
        if self._found.offer(plan):
            self._say_now()

    def _set_aside(self, bound: float) -> None:
        self._aside = min(self._aside, bound)
        self._put_aside += 1

    def _dive(self) -> None:
        """From the most promising part, by each dive in turn."""
        engine = self._programme.engine
        spent = engine.iterations - self._iterations - self._dive_iterations
        if not self._open or self._dive_iterations > DIVE_EFFORT * spent:
            return
        node = self._open[0][2]
        if not node.solved or node.bound >= self._enough():
            return
        before = engine.iterations
        name = list(DIVES)[self._dives % len(DIVES)]
        if self._found.offer(dive(self._programme, node, name, self._clock, self._found.plan)):
            self._say_now()
        self._dives += 1
        self._dive_iterations += engine.iterations - before

    def _say(self) -> None:
        if time.monotonic() - self._said >= SAY_EVERY_S:
            self._say_now()

    def _say_now(self) -> None:
        self._said = time.monotonic()
        bound, plan = self._bound(), self._found.plan
        best = "no plan yet" if plan is None else f"best {plan.objective:,.6g}, gap {self._found.gap(bound):.2%}"
        self._session.say(f"branch and bound: {self._solves:,} solves, {best}, bound {bound:,.6g}")

    def _conclude(self) -> None:
        found, bound = self._found, self._bound()
        found.notes["tree"] = (
            f"{self._solves:,} solves, {self._solved_again:,} of them again from nothing; "
            f"{len(self._open):,} parts open, {self._put_aside:,} unproven"
        )
        found.infeasible = found.plan is None and not self._open and not self._put_aside
        if np.isfinite(bound) and bound > found.bound:
            found.bound, found.bound_from = bound, "branch and bound"


def _steps(room: float, prices: Floats) -> Floats:
    """How many whole steps, each costing its price, `room` leaves; no limit where the price may be rounding."""
    with np.errstate(over="ignore"):
        steps = np.floor(room / prices + SLACK)
    return np.where(steps > MOST_STEPS, np.inf, steps)
