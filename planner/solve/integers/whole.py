"""A programme with whole columns, loaded once: only the bounds of its whole columns change from one solve to the next.

Arrays of whole columns have one value for each of them, in column order.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from planner.solve.highs import Engine, Run
from planner.solve.linear import Basis, Flags, Floats, Linear, Point
from planner.solve.session import Clock, Session
from planner.solve.solution import relative_gap
from planner.solve.verify import WHOLE, prove_feasible

LAST_SOLVE_S = 60.0
"""What the last solve of a plan may take past the limit: else a search would be lost for a few seconds."""


@dataclass(frozen=True, eq=False)
class Node:
    """A part of the programme, by the bounds of its whole columns, and what solving it without whole numbers proved.

    `bound`: no plan of this part costs less. `values`: its whole columns at the optimum, which may be fractions;
    `basis`: that of the optimum. `prices`: reduced costs of its whole columns, with the bound they prove, `priced`,
    which may be below `bound`. `solved` is False where the solve ended early, sure that the part is dear enough to
    wait.
    """

    lower: Floats
    upper: Floats
    bound: float
    values: Floats
    basis: Basis
    prices: Floats
    priced: float
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
    they can't use."""

    def __init__(self, lp: Linear, whole: Flags, session: Session) -> None:
        self.lp, self.which = lp, np.flatnonzero(whole)
        self.lower, self.upper = np.ceil(lp.lower[whole] - WHOLE), np.floor(lp.upper[whole] + WHOLE)
        self.engine = Engine(lp, session, "whole numbers")

    def within(self, lower: Floats, upper: Floats) -> Linear:
        """The linear programme of a part."""
        low, high = self.lp.lower.copy(), self.lp.upper.copy()
        low[self.which], high[self.which] = lower, upper
        return replace(self.lp, lower=low, upper=high)

    def run(
        self, lower: Floats, upper: Floats, clock: Clock, *, basis: Basis | None = None, cutoff: float = np.inf
    ) -> Run:
        """Solve a part by dual simplex, from `basis` or from wherever the last run ended."""
        self.engine.set_columns(self.which, lower, upper)
        if basis is not None:
            self.engine.set_basis(basis)
        return self.engine.run("simplex", clock, cutoff=cutoff)

    def complete(self, values: Floats, origin: str, clock: Clock) -> Plan | None:
        """The best plan with all whole columns at `values`; None where there is none or Ctrl-C stops it."""
        if ((values < self.lower) | (values > self.upper)).any():
            return None
        last = Clock(max(LAST_SOLVE_S, clock.left_s()))
        run = self.run(values, values, last)
        clock.interrupted = clock.interrupted or last.interrupted
        if run.claim != "optimal" or run.point is None or not prove_feasible(self.lp, run.point.x).holds:
            return None
        x = run.point.x
        return Plan(values, run.point, self.lp.objective(x), self.lp.noise(x), origin)
