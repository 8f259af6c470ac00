"""Ties broken by rank: of all optimal points, the one that the given rank cost puts first.

The optimal points are exactly those that fit the optimal duals: a column with a reduced cost stays at its bound, a row
with a price stays at its limit, the rest is free within the programme's bounds. On that face every point costs the
same, so minimising the rank cost there chooses among equals and moves the objective by nothing. Prices stay those of
the first solve; they are right for every point of the face.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.solve.highs import Engine
from planner.solve.linear import Flags, Floats, Linear, Point
from planner.solve.session import Clock, Session
from planner.solve.verify import prove_optimal, reduced_costs

SIGNIFICANT = 1e-9
"""A dual above this share of the terms it is the sum of is more than rounding. What is missed by it could move the
objective by as little, which `UNCHANGED` then watches."""

UNCHANGED = 1e-9
"""How far the objective may move, relative to itself."""

ITERATIONS_PER_ROW = 2
"""Limit on the second solve, in iterations and not in seconds: the answer mustn't depend on the machine's speed."""


@dataclass(frozen=True, eq=False)
class Broken:
    """The point to report, and what became of the tie-break."""

    point: Point
    outcome: str


def optimal_face(lp: Linear, point: Point) -> Linear:
    """`lp` restricted to the points that are optimal given the duals of `point`."""
    d = reduced_costs(lp, point.row_dual)
    column_sizes = np.abs(lp.cost) + abs(lp.matrix).T @ np.abs(point.row_dual)
    row_sizes = np.full(lp.rows, float(np.abs(point.row_dual).max(initial=0.0)))
    lower, upper = _held(d, column_sizes, lp.lower, lp.upper)
    row_lower, row_upper = _held(point.row_dual, row_sizes, lp.row_lower, lp.row_upper)
    return replace(lp, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper)


def break_ties(lp: Linear, point: Point, rank_cost: Floats, session: Session, clock: Clock) -> Broken:
    """Minimise `rank_cost` (one number per column) over the optimal points of `lp`, from the basis of `point`, which
    must be proven optimal. The point comes back unchanged, and why, where that fails."""
    if point.basis is None:
        return Broken(point, "not broken: no basis to start from")
    if not rank_cost.any():
        return Broken(point, "not broken: no rank is given")
    face = replace(optimal_face(lp, point), cost=rank_cost, offset=0.0)
    engine = Engine(face, session, "ties")
    engine.set_basis(point.basis)
    run = engine.run("primal simplex", clock, iterations=ITERATIONS_PER_ROW * (lp.rows + lp.columns))
    if run.claim != "optimal" or run.point is None:
        return Broken(point, f"not broken: the second solve ended with {run.detail}")
    chosen = Point(run.point.x, point.row_dual)
    moved = abs(lp.objective(chosen.x) - lp.objective(point.x))
    if moved > UNCHANGED * max(1.0, abs(lp.objective(point.x))):
        return Broken(point, f"not broken: it would move the objective by {moved:.3g}")
    faults = prove_optimal(lp, chosen).faults
    if faults:
        return Broken(point, f"not broken: {'; '.join(faults)}")
    return Broken(chosen, "broken by rank")


def _held(dual: Floats, sizes: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Bounds with what has a dual held at the bound it pushes against."""
    significant: Flags = np.abs(dual) > SIGNIFICANT * sizes
    at_lower = significant & (dual > 0) & np.isfinite(lower)
    at_upper = significant & (dual < 0) & np.isfinite(upper)
    return np.where(at_upper, upper, lower), np.where(at_lower, lower, upper)
