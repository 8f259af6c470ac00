"""Tables with periods across: names down, a column a period, and no wider or longer than a reader can take in.

More periods than `MOST_ACROSS` are pooled, so many at a time; more rows than `MOST_ROWS` are summed into one that says
how many. Amounts are summed unrounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.report.blocks import Column, Kind, Table
from planner.wording import NOTABLE, joined, localised

MOST_ACROSS = 11
"""Columns of periods in a table."""
MOST_ROWS = 15
OTHER = "other"
ALL = "all"
WHOLE = "All"
"""Heading of the sum over all periods."""
LISTED = 3


@dataclass(frozen=True)
class Pool:
    """Periods in their order, and the columns that they are shown in."""

    periods: Sequence[str]

    @property
    def at_a_time(self) -> int:
        return -(-len(self.periods) // MOST_ACROSS)

    @property
    def of(self) -> Mapping[str, str]:
        """The column of each period: its own name, or from the first to the last of those that are pooled."""
        step = self.at_a_time
        groups = [self.periods[i : i + step] for i in range(0, len(self.periods), step)]
        return {
            period: group[0] if len(group) == 1 else f"{group[0]}–{group[-1]}" for group in groups for period in group
        }

    @property
    def columns(self) -> list[str]:
        return list(dict.fromkeys(self.of.values()))

    def note(self, *, flow: bool) -> str:
        if self.at_a_time == 1:
            return ""
        return f"{self.at_a_time} periods a column, {'summed' if flow else 'the last of them shown'}."


def across(
    title: str,
    rows: pd.DataFrame,
    heads: Sequence[Column],
    periods: Sequence[str],
    *,
    kind: Kind = "number",
    flow: bool,
    total: bool = True,
    blank: bool = False,
    most: int = MOST_ROWS,
    note: str = "",
    sheet: str = "",
) -> Table:
    """A table of a long frame with a column for each of `heads`, `period` and `value`, in its rows' order.

    A `flow` is a period's sum and gets a column of sums over all periods; else a value stands at a period. `total` adds
    a row of sums. `blank` leaves out, as –, what has no row in a period, which else is 0. With more rows than `most`,
    those of the largest amounts stay and the rest are summed."""
    pool = Pool(periods)
    keys = [head.name for head in heads]
    found = rows[rows["period"].isin(pool.of)]
    names = found[keys].drop_duplicates()
    wide = found.pivot_table(index=keys, columns="period", values="value", aggfunc="sum", sort=False, observed=True)
    wide = wide.reindex(columns=list(periods))
    wide = wide if blank else wide.fillna(0.0)
    pooled = wide.T.groupby(wide.columns.map(pool.of), sort=False)
    shown = (pooled.sum() if flow else pooled.last()).T.reindex(columns=pool.columns)
    if flow:
        shown[WHOLE] = wide.sum(axis=1)
    shown = shown.reindex(pd.MultiIndex.from_frame(names) if len(keys) > 1 else names[keys[0]])
    sums = shown.sum()
    if len(shown) > most:
        size = shown[WHOLE if flow else pool.columns].abs()
        rank: pd.Series[float] = pd.Series(size.to_numpy().reshape(len(shown), -1).max(axis=1), index=shown.index)
        kept = rank.sort_values(ascending=False, kind="stable").index[: most - 1]
        rest = shown[~shown.index.isin(kept)]
        shown = shown[shown.index.isin(kept)]
        shown.loc[_named(f"{OTHER} ({len(rest)})", len(keys)), :] = rest.sum()
    if total:
        shown.loc[_named(ALL, len(keys)), :] = sums
    told = shown.reset_index()
    told.columns = [*keys, *shown.columns]
    columns = (*heads, *(Column(name, name, kind=kind) for name in shown.columns))
    said = " ".join(part for part in (note, pool.note(flow=flow)) if part)
    return Table(title, told, columns, said, sheet, totals=int(total))


def _named(name: str, keys: int) -> str | tuple[str, ...]:
    return name if keys == 1 else (name, *[""] * (keys - 1))


def notable(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Without names that have no amount in any period."""
    if rows.empty:
        return rows
    return rows[rows.groupby(list(keys), sort=False)["value"].transform(lambda values: values.abs().max()) > NOTABLE]


def largest(rows: pd.DataFrame, key: str, most: int) -> pd.DataFrame:
    """`key`, `period`, `value`, with the names of the smallest amounts summed as other, for a figure; largest first."""
    sums = rows.groupby(key, sort=False)["value"].sum().sort_values(ascending=False, kind="stable")
    kept = list(sums.index[: most if len(sums) <= most else most - 1])
    name = f"{OTHER} ({len(sums) - len(kept)})"
    named = rows.assign(**{key: rows[key].where(rows[key].isin(kept), name)})
    order = [*kept, name]
    told = named.groupby([key, "period"], sort=False)["value"].sum().reset_index()
    return told.sort_values(key, key=lambda names: names.map(order.index), kind="stable").reset_index(drop=True)


def every_period(rows: pd.DataFrame, keys: Sequence[str], periods: Sequence[str]) -> pd.DataFrame:
    """The keys in each period, 0 where there was no row: a figure's layers must not have gaps."""
    every = rows[list(keys)].drop_duplicates().merge(pd.DataFrame({"period": list(periods)}), how="cross")
    told = every.merge(rows, on=[*keys, "period"], how="left")
    return told.assign(value=told["value"].fillna(0.0))


def ranges(chosen: Iterable[str], periods: Sequence[str]) -> str:
    """Periods in few words: 'in every period', 'in 2029 to 2031 and 2034', 'never'."""
    among = set(chosen)
    at = [i for i, period in enumerate(periods) if period in among]
    if not at:
        return "never"
    if len(at) == len(periods):
        return "in every period"
    breaks = np.flatnonzero(np.diff(at) > 1) + 1
    spans = np.split(np.array(at), breaks)
    said = [str(periods[span[0]]) if len(span) == 1 else f"{periods[span[0]]} to {periods[span[-1]]}" for span in spans]
    return f"in {joined(said)}"


def each(rows: pd.DataFrame) -> list[Any]:
    """The rows, one by one, their cells as attributes."""
    return list(rows.itertuples())


def long(wide: pd.DataFrame, value: str) -> pd.DataFrame:
    """A row a row and column of a wide frame, named by both; missing values stay."""
    name = str(wide.columns.name)
    return wide.rename_axis(columns=None).reset_index().melt(list(wide.index.names), var_name=name, value_name=value)


def percent(share: float) -> str:
    """87%, 0.3%, 0%."""
    return localised(f"{share:.0%}" if share >= 0.01 or share < 5e-4 else f"{share:.1%}")
