"""Tables as arrays: codes of labels, values by period, sums over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from compute_lp.calendar import Calendar
from compute_lp.index import ABSENT, Index
from compute_lp.schema import Codes, Floats, Mask


def column(table: pd.DataFrame, name: str, blank: float = np.nan) -> Floats:
    """A numeric column as float64, blanks replaced."""
    values = table[name].to_numpy(np.float64)
    return np.where(np.isnan(values), blank, values)


def text(table: pd.DataFrame, name: str) -> list[str]:
    """A text column as a list of str."""
    return list(map(str, table[name].to_list()))


def joined(table: pd.DataFrame) -> list[str]:
    """The text columns of a table row by row, joined by a colon: labels of a base whose members have several names."""
    return [":".join(row) for row in table.itertuples(index=False, name=None)]


def codes(base: Index, labels: Sequence[str]) -> Codes:
    """Codes of labels in a base, -1 for one it lacks (a blank)."""
    return base.codes_of(labels)


def by_key_and_period(table: pd.DataFrame, key: str, name: str, base: Index, periods: Index, default: float) -> Floats:
    """A column as an array (base, periods): rows of a period, else rows with a blank period, else the default."""
    values = np.full((base.size, periods.size), np.nan)
    data = column(table, name)
    rows, times = codes(base, text(table, key)), codes(periods, text(table, "period"))
    everywhere = (times == ABSENT) & (rows != ABSENT)
    values[rows[everywhere]] = data[everywhere, None]
    dated = (times != ABSENT) & (rows != ABSENT)
    values[rows[dated], times[dated]] = data[dated]
    return np.where(np.isnan(values), default, values)


def accumulated(over: Index, onto: Index, calendar: Calendar, ends: Floats | None = None) -> tuple[Codes, Codes]:
    """Spread of rows (…, v) onto rows (…, t) of `onto`, for every period t from v on that starts before `ends`.

    `over` and `onto` have the same bases, the period last; `ends` are years since plan start, one per row of `over`.
    """
    count = len(calendar.start)
    later = np.arange(count)[None, :] >= over.codes[-1][:, None]
    if ends is not None:
        later &= calendar.before(ends)
    rows, times = np.nonzero(later)
    positions = onto.find(*(code[rows] for code in over.codes[:-1]), times)
    found = positions != ABSENT
    return positions[found], rows[found]


def mask(bases: Sequence[Index], *codes: Codes) -> Mask:
    """Truth values over the product of the bases, true where the codes point."""
    marked = np.zeros(tuple(base.size for base in bases), dtype=np.bool_)
    marked[codes] = True
    return marked


def crossed(index: Index, base: Index) -> Index:
    """Every row of an index with every member of a base, which runs fastest."""
    own = [np.repeat(code, base.size) for code in index.codes]
    return Index.rows((*index.bases, base), (*own, np.tile(np.arange(base.size), index.size)))


def summed(values: Floats, group: Codes, groups: int) -> Floats:
    """Rows of an array added up by group; shape (groups, …)."""
    total = np.zeros((groups, *values.shape[1:]))
    np.add.at(total, group, values)
    return total


def subset(index: Index, rows: Mask) -> Index:
    """The rows of an index that a mask lets through, a mask of its rows or of the product of its bases."""
    kept = rows[index.codes] if rows.ndim > 1 else rows
    return Index.rows(index.bases, [code[kept] for code in index.codes])
