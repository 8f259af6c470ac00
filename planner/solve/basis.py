"""Which row duals may not be the only ones: read from the basis matrix B, with our own factorisation of it.

In an optimum, whatever lies strictly between its bounds has reduced cost 0 in *every* optimal dual. So two optimal
duals can differ only by reduced costs on basic columns and slacks that stand at a bound (K, the primal degenerate
ones): y' - y = -B^-T delta, delta nonzero on K only. Row i's dual is therefore unique for certain where
(B^-T e_k)_i = 0 for every k in K. The test is sound. It is also exact where no nonbasic column has reduced cost 0,
for then every delta of the right sign is small enough somewhere to be another optimal dual; otherwise it may mark a row
too many. On the storage programme it marked the 1,067 of 1,071 active rows that two programmes per row (the
smallest and largest dual) showed not to be unique, and no other.

All k at once: one solve with B' and random weights on K. An entry that is nonzero for any k comes out nonzero unless
the weights cancel it exactly, which two draws make next to impossible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from planner.solve.linear import AT_LOWER, AT_UPPER, AT_ZERO, BASIC, Codes, Flags, Floats, Linear, Point

AT_BOUND = 1e-7
"""Nearer than this to a bound, relative to its size, counts as at it: the solver's own tolerance. Larger marks more."""

ZERO = 1e-9
"""Entries of the solves below this, relative to the largest weight, are rounding."""

CONFIRMED = 1e-6
"""How far, relative to its size, the solver's point may be from the one its basis gives."""

DRAWS = 2


@dataclass(frozen=True, eq=False)
class BasisCheck:
    """`confirmed`: the point and its duals are those of its basis, by our own factorisation. Where not, every row is
    marked degenerate. `why` says what failed, or is empty."""

    confirmed: bool
    degenerate: Flags
    why: str = ""


def check_basis(lp: Linear, point: Point) -> BasisCheck:
    """Recompute the point from its basis and mark the rows whose dual may not be unique (flags per row)."""
    everything = np.ones(lp.rows, dtype=np.bool_)
    if point.basis is None:
        return BasisCheck(False, everything, "there is no basis")
    basic_columns = np.flatnonzero(point.basis.columns == BASIC)
    basic_rows = np.flatnonzero(point.basis.rows == BASIC)
    if lp.rows == 0:
        return BasisCheck(True, everything)
    if len(basic_columns) + len(basic_rows) != lp.rows:
        return BasisCheck(False, everything, "the basis is not square")
    slacks = -sp.eye_array(lp.rows, format="csc")[:, basic_rows]
    try:
        # The stubs of scipy don't know that solve takes "T", for the transposed.
        factors: Any = splu(sp.csc_matrix(sp.hstack([lp.matrix[:, basic_columns], slacks])))
    except RuntimeError as error:
        return BasisCheck(False, everything, f"the basis matrix can't be factorised ({error})")

    activity = np.asarray(lp.matrix @ point.x)
    columns = _nonbasic(point.basis.columns, point.x, lp.lower, lp.upper)
    rows = _nonbasic(point.basis.rows, activity, lp.row_lower, lp.row_upper)
    if not (np.isfinite(columns).all() and np.isfinite(rows).all()):
        return BasisCheck(False, everything, "something stands at a bound that isn't there")
    basic = factors.solve(rows - lp.matrix @ columns)
    expected = np.concatenate([point.x[basic_columns], activity[basic_rows]])
    basic_cost = np.concatenate([lp.cost[basic_columns], np.zeros(len(basic_rows))])
    duals = factors.solve(basic_cost, "T")
    apart = max(_apart(basic, expected), _apart(duals, point.row_dual))
    if not apart <= CONFIRMED:
        return BasisCheck(False, everything, f"the point is {apart:.3g} away from that of its basis")

    at_bound = np.concatenate(
        [
            _at_bound(point.x, lp.lower, lp.upper)[basic_columns],
            _at_bound(activity, lp.row_lower, lp.row_upper)[basic_rows],
        ]
    )
    marked = np.zeros(lp.rows, dtype=np.bool_)
    if at_bound.any():
        draw = np.random.default_rng(0)
        for _ in range(DRAWS):
            moved = factors.solve(np.where(at_bound, draw.uniform(1.0, 2.0, lp.rows), 0.0), "T")
            marked |= np.abs(moved) > ZERO
    return BasisCheck(True, marked)


def _nonbasic(codes: Codes, values: Floats, lower: Floats, upper: Floats) -> Floats:
    """Where the basis puts what isn't basic: at its bound, or where it is if it names none; 0 for what is basic."""
    named = [codes == BASIC, codes == AT_LOWER, codes == AT_UPPER, codes == AT_ZERO]
    return np.asarray(np.select(named, [np.zeros_like(values), lower, upper, np.zeros_like(values)], values))


def _apart(found: Floats, expected: Floats) -> float:
    difference = np.abs(found - expected)
    return float((difference / max(1.0, float(np.abs(expected).max(initial=0.0)))).max(initial=0.0))


def _at_bound(values: Floats, lower: Floats, upper: Floats) -> Flags:
    with np.errstate(invalid="ignore"):
        low = values - lower <= AT_BOUND * (1.0 + np.abs(lower))
        high = upper - values <= AT_BOUND * (1.0 + np.abs(upper))
    return np.asarray((low & np.isfinite(lower)) | (high & np.isfinite(upper)))
