"""What a part declares about its tables, and what it is handed.

`Table` and `Column` describe a sheet of the workbook once: the blank workbook, its unit row, drop-downs,
validation, the data dictionary and the scenario targets are all made from them. `Report` and `Price` describe what
a part gives back. `Inputs` carries checked tables in the units their columns state; a part converts them where
it reads them, with the factors of `units`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Kind = Literal["number", "integer", "name", "text", "month", "date", "choice", "yes_no", "numbers"]
"""`name` identifies or refers to a row; `month` is YYYY-MM; `date` is YYYY-MM or YYYY-MM-DD; `numbers` is a list of
numbers separated by blanks (settings only)."""


class _Required:
    def __repr__(self) -> str:
        return "required"

    def __reduce__(self) -> str:
        return "REQUIRED"  # stays the one it is when it crosses to another process


REQUIRED = _Required()
"""Default of a column whose blank is an error."""

Default = float | str | _Required | None


@dataclass(frozen=True)
class Column:
    """A column of a sheet, or a setting of a key-value sheet.

    A blank cell takes, in this order: `default_by` (a value that depends on another column), `default_from` (another
    column's value in the same row), `default`. `None` as the default means a blank stays blank and says something of
    its own (no limit, not given), which `meaning` explains.
    """

    name: str
    meaning: str
    unit: str = ""
    _: KW_ONLY
    kind: Kind = "number"
    key: bool = False
    default: Default = REQUIRED
    default_from: str | None = None
    default_by: tuple[str, Mapping[str, float]] | None = None
    low: float | None = None
    high: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    """Columns, as `sheet.column`, one of which must hold the value (`sites.site`)."""

    @property
    def numeric(self) -> bool:
        return self.kind in ("number", "integer")

    @property
    def required(self) -> bool:
        return self.default is REQUIRED and self.default_from is None and self.default_by is None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A sheet: what a row is, its columns, and whether every workbook must have it.

    With `settings` the sheet has the two columns key and value, and `columns` are the keys.
    """

    name: str
    title: str
    row: str
    columns: tuple[Column, ...]
    required: bool = False
    settings: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.key)

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)


@dataclass(frozen=True)
class Value:
    """A column of a result table: the block member it is read from, and the factor from its unit to the table's.
    What is above `most` is told as `most`."""

    name: str
    unit: str
    meaning: str
    of: str
    factor: float = 1.0
    most: float | None = None


@dataclass(frozen=True)
class Report:
    """A result table. `keys` names the index of the members its values are read from, in their order; a member with
    more indices than the table has keys is summed over the rest (`over` names its indices where they differ)."""

    name: str
    meaning: str
    keys: tuple[str, ...]
    values: tuple[Value, ...]
    over: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Per = Literal["year", "sum", "hour", "horizon"]


@dataclass(frozen=True)
class Terms:
    """What a shadow price is told in. `factor` turns MUSD per programme unit into `unit`. `per` says what the
    undiscounting divides by: `year` for a quantity that stands through the period (MW, units), `sum` for a quantity of
    the whole period (a budget, a supply), `hour` for one hour of a year, `horizon` for one without a period."""

    unit: str
    factor: float = 1.0
    per: Per = "year"


@dataclass(frozen=True)
class Price:
    """The shadow price of a constraint: what one more unit of its right-hand side is worth, told in the `Terms` of
    `unit`, `factor` and `per`. Where its rows differ in them, `by_row` names the block's sequence of the `Terms` of
    each, and `unit` says what they have in common."""

    constraint: str
    heading: str
    unit: str
    keys: tuple[str, ...]
    factor: float = 1.0
    per: Per = "year"
    by_row: str = ""


@dataclass(frozen=True)
class Problem:
    """Something wrong with the inputs, where it stands, and what would be right.

    `row` is the position of the row in the table (0 is its first), or None for the sheet as a whole; `cell` is
    filled by whoever knows the file.
    """

    sheet: str
    message: str
    row: int | None = None
    column: str | None = None
    value: Any = None
    right: str = ""
    severity: Literal["error", "warning"] = "error"
    cell: str = ""

    def __str__(self) -> str:
        where = self.cell or "!".join(filter(None, (self.sheet, self.column)))
        stands = "" if self.value is None else f" (found {self.value!r})"
        return f"{where}: {self.message}{stands}" + (f"; {self.right}" if self.right else "")


class Row:
    """A row of a sheet: its cells as attributes, and `problem`, which says what is wrong with one of them."""

    def __init__(self, sheet: str, position: int, cells: Any):
        self._sheet, self._position, self._cells = sheet, position, cells

    def __getattr__(self, column: str) -> Any:
        return getattr(self._cells, column)

    def problem(
        self, column: str, message: str, right: str = "", severity: Literal["error", "warning"] = "error"
    ) -> Problem:
        """A problem of the cell in a column; a blank one isn't shown."""
        value = getattr(self._cells, column)
        blank = value is None or value == "" or value != value
        return Problem(self._sheet, message, self._position, column, None if blank else value, right, severity)


class InputError(Exception):
    """All problems found in the inputs, at once; the user can mend them."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Inputs:
    """Checked tables, one per sheet, in the units their columns state, blanks already filled with defaults.

    Every table of the schema is present with all its columns, empty where the workbook has none; numbers are float64
    (NaN: stays blank), the rest are str (blank: ""). `settings` are the rows of the programme sheet. `derived` are the
    tables the rates package adds. `cells` gives, per sheet, the cell of a table's row and column.
    """

    tables: Mapping[str, pd.DataFrame]
    settings: Settings
    derived: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    cells: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, sheet: str) -> pd.DataFrame:
        return self.tables[sheet]

    def rows(self, sheet: str) -> list[Row]:
        """The rows of a sheet, to be looked at one by one."""
        return [Row(sheet, i, cells) for i, cells in enumerate(self.tables[sheet].itertuples(index=False))]

    def first_row(self, sheet: str, column: str, value: str) -> int:
        """Position of the first row that has a value in a column."""
        return int(np.flatnonzero(self.tables[sheet][column] == value)[0])

    def rates(self, name: str) -> pd.DataFrame:
        return self.derived[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)


Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
