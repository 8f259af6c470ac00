"""Why there is no plan: the rows that fall short, and by how much, when rows may give way and together give as little
as they can."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from planner.solve.conflict import row_sizes
from planner.solve.integers import search
from planner.solve.linear import Flags, Floats, Linear
from planner.solve.optimum import Answer, solve_linear, violation
from planner.solve.session import Session
from planner.solve.verify import FEASIBLE

if TYPE_CHECKING:
    from compute_lp.family import Arrays

WHOLE_GAP = 0.05
"""Gap of the least violation with whole numbers: an explanation needs no better."""


@dataclass(frozen=True)
class Shortfall:
    """A row that can't be met: `amount`, in the row's unit, is by how much its sum stays `short` of its lower limit or
    goes `over` its upper one, in the plan where all rows together give way least."""

    row: str
    block: str
    labels: tuple[str | int, ...]
    amount: float
    direction: Literal["short", "over"]


def explain_infeasible(
    arrays: Arrays,
    *,
    elastic: Collection[str] | None = None,
    time_limit_s: float = 300.0,
    progress: Callable[[str], None] | None = None,
) -> list[Shortfall]:
    """The least weighted violation of rows that makes `arrays` feasible, largest relative one first; empty where it is
    feasible as it is or the time limit comes first.

    `elastic` names the row blocks that may give way (`grid.within_connection`); all where it is None, and also where
    those named don't suffice. Column bounds never give way: most are zeros that structure asks for. A violation counts
    relative to the row's limit, or to its largest coefficient where that is larger (a balance whose limit is 0), so
    that MW and MUSD compare.

    Raises KeyError where `elastic` names a block that isn't there."""
    lp = Linear.of(arrays)
    weights = 1.0 / row_sizes(lp)
    may_give = np.ones(lp.rows, dtype=np.bool_) if elastic is None else _rows_of(arrays, elastic)
    with Session(time_limit_s, progress) as session:
        x = _least(lp, arrays.whole, np.where(may_give, weights, 0.0), session)
        if x is None and not may_give.all():
            session.say("the rows named can't give way far enough: every row may")
            x = _least(lp, arrays.whole, weights, session)
    if x is None:
        return []
    activity = np.asarray(lp.matrix @ x)
    low, high = lp.row_lower - activity, activity - lp.row_upper
    amount = np.maximum(low, high)
    missed = np.flatnonzero(amount > FEASIBLE / weights)
    order = missed[np.argsort(-(amount * weights)[missed], kind="stable")]
    return [_shortfall(arrays, int(i), float(amount[i]), "short" if low[i] > high[i] else "over") for i in order]


def _least(lp: Linear, whole: Flags, weights: Floats, session: Session) -> Floats | None:
    """The columns of `lp` where the weighted violation is least; None where nothing suffices, or time is up."""
    soft = violation(lp, weights)
    answer = solve_linear(soft, session, "least violation", clock=session.clock)
    if answer.point is None:
        return None
    if whole.any() and answer.bound <= FEASIBLE:
        return _least_whole(
            soft, np.concatenate([whole, np.zeros(soft.columns - lp.columns, np.bool_)]), answer, session
        )[: lp.columns]
    return answer.point.x[: lp.columns]


def _least_whole(soft: Linear, whole: Flags, relaxed: Answer, session: Session) -> Floats:
    """As above with whole numbers, which alone make the programme infeasible; the relaxation's where none is found."""
    found = search(soft, whole, relaxed, WHOLE_GAP, session, session.clock)
    assert relaxed.point is not None
    return found.plan.point.x if found.plan is not None else relaxed.point.x


def _rows_of(arrays: Arrays, names: Collection[str]) -> Flags:
    chosen = np.zeros(len(arrays.row_lower), dtype=np.bool_)
    for name in names:
        if name not in arrays.rows:
            raise KeyError(f"{name} is no block of rows; there are {', '.join(sorted(arrays.rows))}")
        block = arrays.rows[name]
        chosen[block.start : block.start + block.size] = True
    return chosen


def _shortfall(arrays: Arrays, i: int, amount: float, direction: Literal["short", "over"]) -> Shortfall:
    block = next(b for b in arrays.rows.values() if b.start <= i < b.start + b.size)
    labels = tuple(block.index.label(i - block.start))
    return Shortfall(arrays.row_name(i), block.name, labels, amount, direction)
