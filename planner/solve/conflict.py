"""Why there is no plan, as a set of limits that contradict each other and none of which can be left out (an irreducible
infeasible set); and what each of them would have to give to make a plan possible.

A ray (Farkas) proves a programme infeasible with few of its rows. They are cut out with the columns they touch, HiGHS
looks for an irreducible set in what is left (`getIis`), and a filter of our own goes over it: each row is left out in
turn, and stays out where the rest is still infeasible, which a ray must prove again. So the set is irreducible by our
arithmetic, whatever the solver says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from planner.solve.highs import Engine
from planner.solve.linear import Flags, Floats, Linear
from planner.solve.optimum import PROVEN_INFEASIBLE, solve_linear, violation
from planner.solve.session import Session
from planner.solve.solution import SolverFailure
from planner.solve.verify import FEASIBLE, infeasibility

if TYPE_CHECKING:
    from compute_lp.family import Arrays

SIGNIFICANT = 1e-7
"""A ray's weight below this share of its largest is rounding: a candidate set without it must be proven anew."""

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Conflict:
    """Rows, by position, that no point can keep together, given the columns' bounds; without any of them one can.

    `bounded` are the columns whose bounds, other than being at least 0, take part."""

    rows: Positions
    bounded: Positions


def find_conflict(
    arrays: Arrays, *, time_limit_s: float = 300.0, progress: Callable[[str], None] | None = None
) -> Conflict | None:
    """An irreducible set of rows of `arrays` without its whole numbers; None where these rows can be met together (so
    that whole numbers alone stand in the way), or the time limit comes first."""
    lp = Linear.of(arrays)
    with Session(time_limit_s, progress) as session:
        soft = violation(lp, 1.0 / row_sizes(lp))
        session.say("looking for the limits that contradict each other")
        least = solve_linear(soft, session, "least violation", clock=session.clock)
        if least.point is None or least.point.row_dual is None:
            return None
        ray = least.point.row_dual
        if infeasibility(lp, ray) <= PROVEN_INFEASIBLE:
            return None
        rows = _support(ray)
        if infeasibility(_cut_out(lp, rows), ray[rows]) <= PROVEN_INFEASIBLE:
            rows = np.flatnonzero(ray)
        rows = _filtered(lp, _shrunk_by_highs(lp, rows, session), session)
        return Conflict(rows, _bounded(lp, rows))


def least_relaxation(
    arrays: Arrays, rows: Positions, *, time_limit_s: float = 300.0, progress: Callable[[str], None] | None = None
) -> Floats | None:
    """By how much each of `rows`, and nothing else, must give for a point to exist, together as little as possible (in
    each row's own unit, relative to its size); None where they don't suffice or time is up."""
    lp = Linear.of(arrays)
    weights = np.zeros(lp.rows)
    weights[rows] = 1.0 / row_sizes(lp)[rows]
    with Session(time_limit_s, progress) as session:
        answer = solve_linear(violation(lp, weights), session, "least relaxation", clock=session.clock)
    if answer.point is None:
        return None
    activity = np.asarray(lp.matrix @ answer.point.x[: lp.columns])[rows]
    short = np.maximum(lp.row_lower[rows] - activity, activity - lp.row_upper[rows])
    return np.where(short > FEASIBLE / weights[rows], short, 0.0)


def relaxed(arrays: Arrays, rows: Positions, amounts: Floats) -> Arrays:
    """The arrays with each of `rows` wider by its amount, on whichever sides it has."""
    lower, upper = arrays.row_lower.copy(), arrays.row_upper.copy()
    lower[rows] -= amounts
    upper[rows] += amounts
    return replace(arrays, row_lower=lower, row_upper=upper)


def row_sizes(lp: Linear) -> Floats:
    """What a violation of each row is measured against: its limit, or its largest coefficient where that is larger (a
    balance whose limit is 0), so that MW and MUSD compare."""
    largest = np.zeros(lp.rows)
    np.maximum.at(largest, lp.matrix.indices, np.abs(lp.matrix.data))
    limit = np.zeros(lp.rows)
    for bound in (lp.row_lower, lp.row_upper):
        limit = np.maximum(limit, np.where(np.isfinite(bound), np.abs(bound), 0.0))
    size = np.maximum(largest, limit)
    return np.where(size > 0.0, size, 1.0)


def _support(ray: Floats) -> Positions:
    return np.flatnonzero(np.abs(ray) > SIGNIFICANT * np.abs(ray).max())


def _cut_out(lp: Linear, rows: Positions) -> Linear:
    """The rows alone, with the columns they touch."""
    matrix = lp.matrix.tocsr()[rows]
    touched = np.unique(matrix.indices)
    return Linear(
        cost=np.zeros(len(touched)),
        offset=0.0,
        matrix=matrix[:, touched].tocsc(),
        row_lower=lp.row_lower[rows],
        row_upper=lp.row_upper[rows],
        lower=lp.lower[touched],
        upper=lp.upper[touched],
    )


def _shrunk_by_highs(lp: Linear, rows: Positions, session: Session) -> Positions:
    """What HiGHS keeps of `rows`, where a ray proves that infeasible; else `rows` again."""
    kept = Engine(_cut_out(lp, rows), session, "irreducible set").irreducible_rows()
    if kept is None or not kept.any():
        return rows
    fewer = rows[kept]
    return fewer if _ray(lp, fewer, session) is not None else rows


def _filtered(lp: Linear, rows: Positions, session: Session) -> Positions:
    """`rows` without those that the contradiction doesn't need."""
    needed: list[int] = []
    left = list(rows)
    while left and not session.clock.stopped:
        tried = left.pop()
        rest = np.array([*needed, *left], dtype=np.intp)
        ray = _ray(lp, rest, session) if rest.size else None
        if ray is None:
            needed.append(tried)
        else:
            still = set(rest[_support(ray)].tolist())
            if _ray(lp, np.array(sorted(still), dtype=np.intp), session) is not None:
                left = [row for row in left if row in still]
                needed = [row for row in needed if row in still]
    return np.array(sorted([*needed, *left]), dtype=np.intp)


def _ray(lp: Linear, rows: Positions, session: Session) -> Floats | None:
    """A ray that proves `rows` contradictory, one weight for each; None where they can be met."""
    part = _cut_out(lp, rows)
    soft = violation(part, 1.0 / row_sizes(part))
    try:
        answer = solve_linear(soft, session, "part of a conflict", clock=session.clock)
    except SolverFailure:
        return None
    if answer.point is None:
        return None
    ray = answer.point.row_dual
    return ray if infeasibility(part, ray) > PROVEN_INFEASIBLE else None


def _bounded(lp: Linear, rows: Positions) -> Positions:
    touched: Flags = np.zeros(lp.columns, dtype=np.bool_)
    touched[np.unique(lp.matrix.tocsr()[rows].indices)] = True
    return np.flatnonzero(touched & ((lp.lower > 0) | np.isfinite(lp.upper)))
