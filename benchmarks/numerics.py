"""What a programme's numbers are like: their sizes, and rows and columns that are there for nothing.

A row is parallel to another where its coefficients are a multiple of the other's; of such rows at most two say
something, the tightest from below and from above. A row never binds where its columns' bounds alone keep it. All of
this is what a presolve finds at once; what it finds by going on is in `presolved`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from benchmarks.alone import loaded
from planner.solve.linear import Flags, Floats, Linear

if TYPE_CHECKING:
    from compute_lp.family import Block

SMALLEST, LARGEST = 1e-3, 1e4
"""Goal for the sizes of coefficients."""
SAME = 1e-9
"""Relative difference below which coefficients of two rows, or bounds, count as the same."""

Codes = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Idle:
    """Rows and columns that a programme could do without, as flags."""

    empty: Flags
    """Rows without a coefficient."""
    free: Flags
    """Rows without a limit."""
    never: Flags
    """Other rows that never bind."""
    parallel: Flags
    """Rows that a parallel one, or two of them together, make needless."""
    single: Flags
    """Rows of one coefficient: a bound of a column, told as a row."""
    fixed: Flags
    """Columns that their bounds leave no choice."""
    unused: Flags
    """Columns in no row."""
    twins: Flags
    """Columns with the cost and the coefficients of one before them."""

    @classmethod
    def of(cls, lp: Linear) -> Idle:
        rows = sp.csr_array(lp.matrix)
        in_row, in_column = np.diff(rows.indptr), np.diff(lp.matrix.indptr)
        empty = in_row == 0
        free = np.isinf(lp.row_lower) & np.isinf(lp.row_upper)
        group, scale = parallel(rows)
        columns = sp.csr_array(sp.vstack([lp.matrix, sp.csr_array(lp.cost[None, :])]).T)
        return cls(
            empty=empty,
            free=free,
            never=_never_binding(lp, rows) & ~empty & ~free,
            parallel=_needless(lp, group, scale) & ~empty & ~free,
            single=in_row == 1,
            fixed=lp.lower == lp.upper,
            unused=in_column == 0,
            twins=_twins(columns) & (in_column > 0),
        )


def parallel(rows: sp.csr_array) -> tuple[Codes, Floats]:
    """For every row the number of the group of rows that it is parallel to, and the first coefficient, by which it
    differs from the others. Rows without any are a group.

    Two random weightings of the rows, scaled by that coefficient, tell them apart."""
    rows = rows.sorted_indices()
    count = np.diff(rows.indptr)
    scale = np.ones(rows.shape[0])
    scale[count > 0] = rows.data[rows.indptr[:-1][count > 0]]
    scaled = sp.csr_array((rows.data / np.repeat(scale, count), rows.indices, rows.indptr), shape=rows.shape)
    one, two = np.asarray(scaled @ np.random.default_rng(7).uniform(1.0, 2.0, (rows.shape[1], 2))).T
    order = np.lexsort((one, count))
    sizes = np.asarray(abs(scaled) @ np.ones(rows.shape[1]))
    apart = np.zeros(len(order), dtype=np.bool_)
    apart[1:] = np.diff(count[order]) != 0
    for marks in (one, two):
        apart[1:] |= np.abs(np.diff(marks[order])) > SAME * sizes[order][1:]
    group = np.empty(len(order), dtype=np.intp)
    group[order] = np.cumsum(apart)
    return group, scale


def _needless(lp: Linear, group: Codes, scale: Floats) -> Flags:
    """Rows that others of their group imply: all but the first of the tightest from below and from above."""
    with np.errstate(invalid="ignore"):
        ends = np.stack([lp.row_lower / scale, lp.row_upper / scale])
    lower, upper = np.where(scale > 0, ends, ends[::-1])
    needed = np.zeros(len(group), dtype=np.bool_)
    for bound, other in ((-lower, upper), (upper, -lower)):
        order = np.lexsort((other, _rounded(bound), group))
        first = np.ones(len(order), dtype=np.bool_)
        first[1:] = np.diff(group[order]) != 0
        needed[order[first]] = True
    return ~needed


def _rounded(values: Floats) -> Floats:
    """Values that differ by rounding made the same: nine digits are kept."""
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = 10.0 ** (np.floor(np.log10(np.abs(values))) - 8)
        rounded = np.round(values / unit) * unit
    return np.where(np.isfinite(rounded), rounded, values)


def _never_binding(lp: Linear, rows: sp.csr_array) -> Flags:
    """Rows whose limits the smallest and the largest value that the columns' bounds leave them keep."""
    least, greatest = _least(rows, lp.lower, lp.upper), -_least(rows, -lp.upper, -lp.lower)
    above = least >= lp.row_lower - SAME * np.maximum(1.0, np.abs(lp.row_lower))
    below = greatest <= lp.row_upper + SAME * np.maximum(1.0, np.abs(lp.row_upper))
    return np.asarray(above & below)


def _least(rows: sp.csr_array, lower: Floats, upper: Floats) -> Floats:
    """The smallest value of each row between the columns' bounds."""
    up, down = rows.maximum(0.0), rows.minimum(0.0)
    least, endless = np.zeros(rows.shape[0]), np.zeros(rows.shape[0], dtype=np.bool_)
    for part, bound in ((up, lower), (down, upper)):
        least += part @ np.where(np.isfinite(bound), bound, 0.0)
        endless |= part.astype(np.bool_) @ np.isinf(bound)
    return np.where(endless, -np.inf, least)


def _twins(columns: sp.csr_array) -> Flags:
    """Rows that are the same as one before them: of its group and of its scale."""
    group, scale = parallel(columns)
    scale = _rounded(scale)
    order = np.lexsort((scale, group))
    twins = np.zeros(len(order), dtype=np.bool_)
    twins[order[1:]] = (np.diff(group[order]) == 0) & (np.diff(scale[order]) == 0)
    return twins


def presolved(lp: Linear) -> tuple[int, int, int]:
    """Rows, columns and coefficients that HiGHS's presolve leaves. Raises RuntimeError where it doesn't end well."""
    engine = loaded(lp, {"presolve": "on"})
    engine.presolve()
    status = engine.getModelPresolveStatus().name
    if status not in ("kReduced", "kNotReduced", "kReducedToEmpty"):
        raise RuntimeError(f"HiGHS's presolve ends with {status}; a feasible programme is needed")
    left = engine.getPresolvedLp()
    return left.num_row_, left.num_col_, len(left.a_matrix_.index_)


def figures(lp: Linear, idle: Idle) -> dict[str, int | str]:
    """Sizes and counts, by what they are."""
    size = np.abs(lp.matrix.data)
    left = presolved(lp)
    return {
        "columns": lp.columns,
        "rows": lp.rows,
        "non-zeros": lp.matrix.nnz,
        f"coefficients (goal {SMALLEST:g} to {LARGEST:g})": _range(size),
        "… smaller": int((size < SMALLEST).sum()),
        "… larger": int((size > LARGEST).sum()),
        "costs": _range(lp.cost),
        "columns' bounds": _range(np.concatenate([lp.lower, lp.upper])),
        "rows' limits": _range(np.concatenate([lp.row_lower, lp.row_upper])),
        "rows without a coefficient": int(idle.empty.sum()),
        "rows without a limit": int(idle.free.sum()),
        "rows that never bind": int(idle.never.sum()),
        "rows implied by parallel ones": int(idle.parallel.sum()),
        "rows of one coefficient": int(idle.single.sum()),
        "columns fixed by their bounds": int(idle.fixed.sum()),
        "columns in no row": int(idle.unused.sum()),
        "columns the same as another": int(idle.twins.sum()),
        "rows after presolve": left[0],
        "columns after presolve": left[1],
        "non-zeros after presolve": left[2],
    }


def _range(values: Floats) -> str:
    """The smallest and the largest size of what is neither 0 nor infinite."""
    size = np.abs(values[np.isfinite(values) & (values != 0)])
    return f"{size.min():.0e} to {size.max():.0e}" if size.size else "none"


Row = tuple[object, ...]


HEAD = ("constraint", "rows", "empty", "without limit", "never bind", "implied", "smaller", "larger")


def by_constraint(rows: Mapping[str, Block], lp: Linear, idle: Idle) -> list[Row]:
    """For each block of rows in which there is any: how many rows it has, how many of them are needless, and how many
    coefficients are beyond the goal (HEAD)."""
    matrix = sp.coo_array(lp.matrix)
    size = np.abs(matrix.data)
    small, large = (np.bincount(matrix.coords[0][far], minlength=lp.rows) for far in (size < SMALLEST, size > LARGEST))
    counted = [idle.empty, idle.free, idle.never, idle.parallel, small, large]
    found = [(name, block.size, *(int(kind[block.slice].sum()) for kind in counted)) for name, block in rows.items()]
    return [row for row in found if any(row[2:])]
