"""A linear programme as bare arrays, and a point of it with its basis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

if TYPE_CHECKING:
    from compute_lp.family import Arrays

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]
Name = Callable[[int], str]

AT_LOWER, BASIC, AT_UPPER, AT_ZERO, NONBASIC = range(5)
"""Codes of a basis, as HiGHS numbers them."""

INFINITE = 1e20
"""HiGHS takes a bound of this size for no bound (its option `infinite_bound`); so do we, or we would verify another
programme than the one it solved."""

SMALLEST_COEFFICIENT = 1e-12
"""The smallest value HiGHS can be told to keep (its option `small_matrix_value`)."""

LARGEST_COEFFICIENT = 1e15
"""HiGHS refuses larger ones (its option `large_matrix_value`)."""

CROSSING = 1e-9
"""Bounds that cross by no more than this, relative to their size, crossed in rounding and are made equal."""


@dataclass(frozen=True, eq=False)
class Linear:
    """Minimise cost @ x + offset with row_lower <= matrix @ x <= row_upper and lower <= x <= upper.

    `matrix` is csc of shape (rows, columns). No bound is NaN, no lower bound above its upper one.
    """

    cost: Floats
    offset: float
    matrix: sp.csc_array
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats

    @classmethod
    def of(cls, arrays: Arrays) -> Linear:
        """The programme of `arrays` without its whole numbers.

        Raises ValueError, naming the column or row, where a number is missing, infinite where it must not be, too small
        or too large for the solver, or where bounds cross.
        """
        matrix = sp.csc_array(arrays.matrix, copy=True)
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        _check_numbers(arrays, matrix)
        lower, upper = _bounds(arrays.lower, arrays.upper, arrays.column_name, "column")
        row_lower, row_upper = _bounds(arrays.row_lower, arrays.row_upper, arrays.row_name, "row")
        cost = np.asarray(arrays.cost, dtype=np.float64)
        return cls(cost, float(arrays.offset), matrix, row_lower, row_upper, lower, upper)

    @property
    def columns(self) -> int:
        return len(self.cost)

    @property
    def rows(self) -> int:
        return len(self.row_lower)

    def objective(self, x: Floats) -> float:
        return float(self.cost @ x) + self.offset

    def noise(self, x: Floats) -> float:
        """What rounding may do to the objective at x: differences below it mean nothing."""
        return 1e-9 * max(1e-3, float(np.abs(self.cost) @ np.abs(x)), abs(self.offset))

    def fixed(self, which: Flags, values: Floats) -> Linear:
        """The programme with the columns `which` (a mask) fixed at `values` (one for each of them)."""
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[which] = upper[which] = values
        return replace(self, lower=lower, upper=upper)


@dataclass(frozen=True, eq=False)
class Basis:
    """The code of every column and row: basic, or at which bound."""

    columns: Codes
    rows: Codes

    def grown(self, lp: Linear) -> Basis | None:
        """The basis of `lp`, whose columns and rows are those of this one and more at the end: a row more is basic, a
        column more at a bound, or at zero where it has none. None where `lp` has fewer, or the count is wrong."""
        more_columns, more_rows = lp.columns - len(self.columns), lp.rows - len(self.rows)
        if more_columns < 0 or more_rows < 0:
            return None
        low, high = (np.isfinite(bound[len(self.columns) :]) for bound in (lp.lower, lp.upper))
        added = np.select([low, high], [AT_LOWER, AT_UPPER], AT_ZERO).astype(np.int8)
        grown = Basis(
            np.concatenate([self.columns, added]), np.concatenate([self.rows, np.full(more_rows, BASIC, dtype=np.int8)])
        )
        count = int((grown.columns == BASIC).sum() + (grown.rows == BASIC).sum())
        return grown if count == lp.rows else None


@dataclass(frozen=True, eq=False)
class Point:
    """Column values with row duals (d objective / d right-hand side), and the basis they belong to, if any."""

    x: Floats
    row_dual: Floats
    basis: Basis | None = None


def _bounds(lower: Floats, upper: Floats, name: Name, kind: str) -> tuple[Floats, Floats]:
    low, high = np.array(lower, dtype=np.float64), np.array(upper, dtype=np.float64)
    for bound, side in ((low, "lower"), (high, "upper")):
        missing = np.flatnonzero(np.isnan(bound))
        if missing.size:
            raise ValueError(
                f"{kind} {name(int(missing[0]))}: its {side} bound is not a number; give one, or infinity."
            )
    low[low <= -INFINITE] = -np.inf
    high[high >= INFINITE] = np.inf
    crossed = low > high
    with np.errstate(invalid="ignore"):
        rounding = crossed & (low - high <= CROSSING * np.maximum(1.0, np.abs(low)))
    low[rounding] = high[rounding]
    wrong = np.flatnonzero((crossed & ~rounding) | (low == np.inf) | (high == -np.inf))
    if wrong.size:
        i = int(wrong[0])
        raise ValueError(
            f"{kind} {name(i)}: its lower bound {low[i]:g} is above its upper bound {high[i]:g}; no value fits between."
        )
    return low, high


def _check_numbers(arrays: Arrays, matrix: sp.csc_array) -> None:
    if not len(arrays.cost):
        raise ValueError("the programme has no columns: there is nothing to decide.")
    wrong = np.flatnonzero(~np.isfinite(arrays.cost))
    if wrong.size:
        j = int(wrong[0])
        raise ValueError(f"column {arrays.column_name(j)}: its cost is {arrays.cost[j]}; a finite number is needed.")
    if not np.isfinite(arrays.offset):
        raise ValueError(f"the objective's constant is {arrays.offset}; a finite number is needed.")
    size = np.abs(matrix.data)
    outside = np.flatnonzero(~((size > SMALLEST_COEFFICIENT) & (size < LARGEST_COEFFICIENT)))
    if outside.size:
        entry = int(outside[0])
        j = int(np.searchsorted(matrix.indptr, entry, side="right")) - 1
        raise ValueError(
            f"row {arrays.row_name(int(matrix.indices[entry]))}: the coefficient of {arrays.column_name(j)} is "
            f"{matrix.data[entry]:g}; the solver takes sizes between {SMALLEST_COEFFICIENT:g} and "
            f"{LARGEST_COEFFICIENT:g}."
        )
