"""A case: the programme a workbook is prefilled for, the atlas it is filled from, and which defaults it had to take.

Tables of the atlas whose rows are choices of one programme have a column `plan`: the name of a shipped programme,
`every` (a row of all), or `default` (a row of those that have none of their own). Tables without it hold figures about
the world.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from compute_lp.columns import table
from compute_lp.schema import Column, Inputs, Problem, Row, Table
from planner.prefill.sheet import Judged

EVERY, DEFAULT = "every", "default"
WHEN = "2026-11"
"""The month the atlas speaks of as today."""


CONFIDENCE = ("high", "medium", "low")


def atlas_table(name: str, row: str, *columns: Column, required: bool = True) -> Table:
    """A table of the atlas: besides its columns every row says of when its figures are; `source`, `confidence` and
    `note`, which any sheet may have, are needed here (`remark_problems`)."""
    dated = Column("date", "of when the figures are: YYYY, YYYY-MM or YYYY-MM-DD, or a span of them", kind="text")
    return table(name, row, *columns, dated, required=required)


def remark_problems(atlas: Inputs, name: str) -> Iterator[Problem]:
    """Rows of a table of the atlas without source or with an unknown confidence."""
    frame = atlas.tables[name]
    for column, known, right in (
        ("source", (), "where the figure was read, or `judgement`"),
        ("confidence", CONFIDENCE, "high, medium or low"),
    ):
        if column not in frame:
            yield Problem(name, f"the table has no column {column}", right=right)
            continue
        for position, text in enumerate(frame[column]):
            if not text or (known and text not in known):
                yield Problem(name, f"a row without {column}", position, column, text or None, right)


@dataclass(frozen=True)
class Period:
    """A period: name, first month, length in years."""

    name: str
    start: str
    years: float

    @property
    def middle(self) -> float:
        """Its middle as a calendar year with a fraction."""
        year, month = self.start.split("-")
        return int(year) + (int(month) - 1) / 12 + self.years / 2


def half_years_then_years(first: int, halved_to: int, last: int) -> tuple[Period, ...]:
    """Half-years from the first year to the end of `halved_to`, then years to the last, both inclusive."""
    halves = [
        Period(f"{year}H{half}", f"{year}-{1 if half == 1 else 7:02d}", 0.5)
        for year in range(first, halved_to + 1)
        for half in (1, 2)
    ]
    return (*halves, *(Period(str(year), f"{year}-01", 1.0) for year in range(halved_to + 1, last + 1)))


PERIODS = half_years_then_years(2027, 2028, 2035)
"""Half-years while decisions bite, so that leads of 5 to 24 months are told apart; years after."""


@dataclass(frozen=True)
class Case:
    """What a workbook is prefilled for. `plan` is a row of the atlas's `plans`, or `default` for another country;
    `home` its country (two letters); `defaults` collects, in sentences, what had no row of its own."""

    atlas: Inputs
    plan: str
    home: str
    defaults: dict[str, str] = field(default_factory=dict)

    def rows(self, table: str) -> list[Row]:
        """The rows of a table that speak of this case, in their order: its own, or else the defaults (told), and those
        of every case."""
        rows = self.atlas.rows(table)
        own = {row.plan for row in rows}
        taken = self.plan if self.plan in own else DEFAULT
        if taken == DEFAULT and DEFAULT in own:
            self.defaults[table] = f"{table.removeprefix('plan_')}: no rows for {self.home}; the default ones"
        return [row for row in rows if row.plan in (taken, EVERY)]

    def row(self, table: str, /, **match: str) -> Row:
        """The one row of a table of the world whose columns have the given values. Raises LookupError else."""
        found = self.maybe(table, **match)
        if found is None:
            raise LookupError(f"the atlas's {table} has no row with {match}")
        return found

    def maybe(self, table: str, /, **match: str) -> Row | None:
        """As `row`, but None where there is none."""
        found = [row for row in self.atlas.rows(table) if all(getattr(row, c) == v for c, v in match.items())]
        if len(found) > 1:
            raise LookupError(f"the atlas's {table} has {len(found)} rows with {match}, where one is wanted")
        return found[0] if found else None

    @property
    def country(self) -> Row:
        """The home country's row."""
        return self.row("countries", country=self.home)


def number(row: Row, column: str) -> float | None:
    """A number of the atlas; None where the cell is blank."""
    value = float(getattr(row, column))
    return None if value != value else value


def judged(row: Row, column: str, factor: float = 1.0) -> Judged | float | None:
    """A number with its low and high where the atlas gives them, all times a factor; None where the cell is blank."""
    value = number(row, column)
    if value is None:
        return None
    low, high = (_estimate(row, f"{column}_{end}") for end in ("low", "high"))
    if low is None and high is None:
        return value * factor
    return Judged(value * factor, (value if low is None else low) * factor, (value if high is None else high) * factor)


def _estimate(row: Row, column: str) -> float | None:
    value: Any = getattr(row, column, None)
    return None if value is None or value == "" or value != value else float(value)
