"""A programme with whole columns, loaded once: only the bounds of its whole columns change from one solve to the next.

Arrays of whole columns have one value for each of them, in column order.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.solve.highs import Engine, Run
from planner.solve.linear import BASIC, Basis, Flags, Floats, Linear, Point
from planner.solve.optimum import PROVEN_INFEASIBLE
from planner.solve.session import Clock, Session
from planner.solve.solution import relative_gap
from planner.solve.verify import FEASIBLE, WHOLE, infeasibility, prove_feasible

FORBIDDING = 300.0
"""What it costs to miss a row with whole columns by one of them, in costs of the relaxation. With 10 a run above its
budget by 0.03 % was cheaper than none."""

LEAST_PATIENCE_S, PATIENCE, PATIENCE_PER_NONZERO_S = 3.0, 0.25, 1.2e-5
"""A solve from a basis may take so many seconds, or this share of what the relaxation took, or so many for each
non-zero of the programme, which is a quarter of what the relaxation of India's takes from nothing. From some bases
HiGHS makes hardly a step for minutes, where a tenth of a second is usual (seen on the Emirates' programme: a thousand
iterations in 106 s)."""

TRIED_SHARE, LEAST_TRIED = 0.005, 300
"""Iterations a row, and how many more, that trying a plan before may take. Of a dozen what-ifs of India's programme
those where it still was a plan took 230 to 460; where it was none, the last 200 of 890 took most of 14 s."""

LAST_SOLVE_S = 60.0
"""What the last solve of a plan may take past the limit: else a search would be lost for a few seconds."""


@dataclass(frozen=True, eq=False)
class Node:
    """A part of the programme, by the bounds of its whole columns, and what solving it without whole numbers proved.

    `bound`: no plan of this part costs less. `values`: its whole columns at the optimum, which may be fractions;
    `basis`: that of the optimum. `prices`: reduced costs of its whole columns, with the bound they prove, `priced`,
    which may be below `bound`. `misses`: the optimum is of the softer programme alone, and misses rows. `solved` is
    False where the solve ended early, sure that the part is dear enough to wait.
    """

    lower: Floats
    upper: Floats
    bound: float
    values: Floats
    basis: Basis
    prices: Floats
    priced: float
    misses: bool = False
    solved: bool = True


@dataclass(frozen=True, eq=False)
class Plan:
    """Whole numbers with the best that the rest can do, as the solver claims it; its feasibility is checked. `noise` is
    what rounding may do to the objective."""

    values: Floats
    point: Point
    objective: float
    noise: float
    origin: str


@dataclass(eq=False)
class Search:
    """What is known: the best plan, the best bound and where it is from, and what happened. `infeasible`: it is proven
    that there is no plan."""

    bound: float
    plan: Plan | None = None
    bound_from: str = "relaxation"
    infeasible: bool = False
    notes: dict[str, str] = field(default_factory=dict)

    def gap(self, bound: float) -> float:
        """Of the best plan against `bound`; infinite without a plan."""
        return np.inf if self.plan is None else relative_gap(self.plan.objective, bound, self.plan.noise)

    def offer(self, plan: Plan | None) -> bool:
        """Keep it if it is the best so far; whether it is."""
        if plan is None or (self.plan is not None and plan.objective >= self.plan.objective):
            return False
        self.plan = plan
        return True


class Programme:
    """The loaded programme. `lower` and `upper` are those of its whole columns, without the fractions in them, which
    they can't use.

    Where a solve stalls, mostly at a part that is infeasible, a softer programme is solved instead: rows that hold
    whole columns may be missed there, at a price that no plan can afford. No part of it is infeasible, but too dear.
    A bound of the softer programme is one of the programme; a plan is only what keeps all rows.
    """

    def __init__(self, lp: Linear, whole: Flags, session: Session, relaxed: Point) -> None:
        """`relaxed`: the optimum without whole numbers."""
        self.lp, self.which = lp, np.flatnonzero(whole)
        self.lower, self.upper = np.ceil(lp.lower[whole] - WHOLE), np.floor(lp.upper[whole] + WHOLE)
        self.engine = Engine(lp, session, "whole numbers")
        self._session = session
        self._penalty = FORBIDDING * max(1.0, float(np.abs(lp.cost) @ np.abs(relaxed.x)))
        self._softer: tuple[Linear, Engine] | None = None
        self._patience_s = max(
            LEAST_PATIENCE_S, PATIENCE * session.seconds.get("solver", np.inf), PATIENCE_PER_NONZERO_S * lp.matrix.nnz
        )
        self.stalls = 0
        """Solves that were given up for one of the softer programme."""

    def within(self, lower: Floats, upper: Floats) -> Linear:
        """The linear programme of a part."""
        low, high = self.lp.lower.copy(), self.lp.upper.copy()
        low[self.which], high[self.which] = lower, upper
        return replace(self.lp, lower=low, upper=high)

    def run(
        self,
        lower: Floats,
        upper: Floats,
        clock: Clock,
        *,
        basis: Basis | None = None,
        near: Basis | None = None,
        cutoff: float = np.inf,
    ) -> Run:
        """Solve a part by dual simplex, from `basis` or from wherever the last run ended; where that stalls, the softer
        programme, from `basis`, or from `near`, or from nothing.

        Where HiGHS doesn't know what became of a run it often leaves a ray all the same, and the ray is a proof."""
        self.engine.set_columns(self.which, lower, upper)
        if basis is not None:
            self.engine.set_basis(basis)
        patience = Clock(min(clock.left_s(), self._patience_s))
        run = self.engine.run("simplex", patience, cutoff=cutoff)
        clock.interrupted = clock.interrupted or patience.interrupted
        if run.claim not in ("stopped", "failed") or clock.stopped:
            return run
        if self.contradictory(lower, upper):
            return replace(run, claim="infeasible")
        self.stalls += 1
        self.engine.forget()
        return self._run_softer(lower, upper, clock, basis or near)

    def contradictory(self, lower: Floats, upper: Floats) -> bool:
        """Does a ray of the last run prove that a part is infeasible?"""
        ray = self.engine.dual_ray()
        if ray is None:
            return False
        part = self.within(lower, upper)
        return max(infeasibility(part, ray), infeasibility(part, -ray)) > PROVEN_INFEASIBLE

    def _run_softer(self, lower: Floats, upper: Floats, clock: Clock, basis: Basis | None) -> Run:
        if self._softer is None:
            softer = _softened(self.lp, self.which, self._penalty)
            self._softer = softer, Engine(softer, self._session, "whole numbers, softer")
        softer, engine = self._softer
        engine.set_columns(self.which, lower, upper)
        grown = None if basis is None else basis.grown(softer)
        if grown is None:
            engine.forget()
        else:
            engine.set_basis(grown)
        run = engine.run("simplex", clock)
        if run.point is None:
            return run
        missed = run.point.x[self.lp.columns :] > FEASIBLE
        return replace(run, point=self._trimmed(run.point), misses=bool(missed.any()))

    def _trimmed(self, point: Point) -> Point:
        """A point of the softer programme without its own columns; without its basis where they are in it."""
        x, basis = point.x[: self.lp.columns], None
        if point.basis is not None:
            codes = point.basis.columns[: self.lp.columns]
            if int((codes == BASIC).sum() + (point.basis.rows == BASIC).sum()) == self.lp.rows:
                basis = Basis(codes, point.basis.rows)
        return Point(x, point.row_dual, basis)

    def tried(self, values: Floats, basis: Basis | None, clock: Clock, cutoff: float) -> Plan | None:
        """The best plan with all whole columns at `values`, by dual simplex from `basis`, that of the relaxation; None
        where there is none, or it costs `cutoff` or more, or would take long."""
        if basis is None or ((values < self.lower) | (values > self.upper)).any():
            return None
        self.engine.set_columns(self.which, values, values)
        self.engine.set_basis(basis)
        most = int(TRIED_SHARE * self.lp.rows) + LEAST_TRIED
        run = self.engine.run("plain dual simplex", clock, iterations=most, cutoff=cutoff)
        self.engine.forget()
        return self._plan(run, values, "the plan before")

    def complete(self, values: Floats, origin: str, clock: Clock) -> Plan | None:
        """The best plan with all whole columns at `values`; None where there is none or Ctrl-C stops it."""
        if ((values < self.lower) | (values > self.upper)).any():
            return None
        last = Clock(max(LAST_SOLVE_S, clock.left_s()))
        run = self.run(values, values, last)
        clock.interrupted = clock.interrupted or last.interrupted
        return self._plan(run, values, origin)

    def _plan(self, run: Run, values: Floats, origin: str) -> Plan | None:
        if run.claim != "optimal" or run.point is None or not prove_feasible(self.lp, run.point.x).holds:
            return None
        x = run.point.x
        return Plan(values, run.point, self.lp.objective(x), self.lp.noise(x), origin)


def _softened(lp: Linear, which: npt.NDArray[np.intp], penalty: float) -> Linear:
    """`lp` with columns that fill what rows of the columns `which` miss; to miss as much as one unit of its largest
    coefficient there costs `penalty`."""
    own = abs(lp.matrix[:, which]).tocsr()
    rows = np.flatnonzero(np.diff(own.indptr))
    largest = np.maximum.reduceat(own.data, own.indptr[rows]) if rows.size else np.zeros(0)
    low, high = np.isfinite(lp.row_lower[rows]), np.isfinite(lp.row_upper[rows])
    unit = sp.eye_array(lp.rows, format="csc")
    extra = int(low.sum() + high.sum())
    return replace(
        lp,
        cost=np.concatenate([lp.cost, penalty / largest[low], penalty / largest[high]]),
        matrix=sp.csc_array(sp.hstack([lp.matrix, unit[:, rows[low]], -unit[:, rows[high]]], format="csc")),
        lower=np.concatenate([lp.lower, np.zeros(extra)]),
        upper=np.concatenate([lp.upper, np.full(extra, np.inf)]),
    )
