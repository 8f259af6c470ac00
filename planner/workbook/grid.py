"""A sheet as it stands, and where in it the field names, the unit row and the data are.

The header is found, not assumed: it is the row with most known field names, so rows inserted above it do no harm.
Positions become what a user calls a cell here and nowhere else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from compute_lp.schema import Problem
from planner.workbook.names import suggestion
from planner.workbook.sheets import Sheet

Cell = Any
"""What stands in a cell: None, str, int, float, bool, a date or time, or Broken."""

UNIT_MARKS = ("unit", "units")
HEADER_WITHIN = 200
"""Rows that hold anything among which the header is looked for."""
ERROR_CODE = re.compile(
    r"#(REF!|N/A|DIV/0!|NAME\?|VALUE!|NUM!|NULL!|SPILL!|CALC!|FIELD!|GETTING_DATA|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!)|Err:\d{3}"
)


@dataclass(frozen=True)
class Broken:
    """A cell whose value can't be had."""

    shown: str
    message: str
    right: str


def column_letter(position: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_note(cell: Cell) -> bool:
    """Whether a header or the first cell of a row marks a private note."""
    return isinstance(cell, str) and cell.startswith("#") and not ERROR_CODE.fullmatch(cell.strip())


@dataclass(frozen=True)
class Raw:
    """The rows of a sheet with their numbers, nothing interpreted: of an xlsx sheet those that hold anything, of a CSV
    file all, numbered by the line they begin in."""

    sheet: str
    rows: Sequence[Sequence[Cell]]
    numbers: Sequence[int]
    file: str = ""
    """Name of the CSV file; "" for a sheet of an xlsx."""
    merged: Sequence[tuple[str, int, int]] = ()
    """Merged ranges: text, first and last row."""
    hidden_columns: frozenset[int] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    hidden: bool = False

    @property
    def text_only(self) -> bool:
        """Whether all cells are text by nature, as in a CSV file."""
        return bool(self.file)

    def cell(self, number: int | None, position: int | None, name: str = "") -> str:
        """What the user calls it: `sites!F7`, or `sites.csv line 4, column pue`."""
        if self.file:
            line = f" line {number}" if number else ""
            return f"{self.file}{line}" + (f", column {name}" if name else "")
        return f"{self.sheet}!{column_letter(position or 0)}{number or 1}"


@dataclass(frozen=True)
class Grid:
    """A sheet whose header has been found."""

    sheet: Sheet
    raw: Raw
    at: int
    """Position of the header among the rows."""
    header: tuple[str, ...]
    unit_at: int | None
    data: tuple[int, ...]
    """Positions of the rows that are data: neither private notes nor blank."""

    @cached_property
    def positions(self) -> dict[str, int]:
        """Where the known columns stand; the first of each name."""
        known = self.sheet.known
        found: dict[str, int] = {}
        for position, name in enumerate(self.header):
            if name in known:
                found.setdefault(name, position)
        return found

    @cached_property
    def _columns(self) -> list[Sequence[Cell]]:
        width = len(self.header)
        rows = [self.raw.rows[i] for i in self.data]
        padded = [row if len(row) >= width else [*row, *[None] * (width - len(row))] for row in rows]
        return list(zip(*padded, strict=False)) if padded else [()] * width

    def column(self, name: str) -> Sequence[Cell]:
        """The cells of a known column, one per data row."""
        return self._columns[self.positions[name]]

    def unit(self, name: str) -> str:
        """What the unit row states for a column; "" where it states nothing."""
        position = self.positions.get(name)
        if self.unit_at is None or position is None or position >= len(self.raw.rows[self.unit_at]):
            return ""
        row = self.raw.rows[self.unit_at]
        if _marks_units(row) and all(blank(c) for c in row[:position]):
            return ""  # the mark of the unit row stands over this column
        stated = row[position].shown if isinstance(row[position], Broken) else row[position]
        return "" if blank(stated) else str(stated).strip()

    def unit_cell(self, name: str) -> str:
        assert self.unit_at is not None
        return self.raw.cell(self.raw.numbers[self.unit_at], self.positions[name], name)

    def cell(self, row: int | None, column: str | None) -> str:
        """The cell of a data row and column; of the header where the row is None."""
        if row is not None and not 0 <= row < len(self.data):
            row = None
        number = self.raw.numbers[self.at if row is None else self.data[row]]
        if column is None:
            return self.raw.cell(number, 0)
        if self.sheet.settings and row is None and column in self.sheet.settings:
            return self.setting_cell(column)
        position = self.positions.get(column)
        return self.raw.cell(number, position, column if position is not None or self.raw.file else "")

    def setting_cell(self, key: str) -> str:
        """The value cell of a setting; the header where the setting isn't given."""
        keys = [str(k).strip() if k is not None else "" for k in self.column("key")]
        return self.cell(keys.index(key), "value") if key in keys else self.cell(None, "value")


@dataclass
class Layout:
    """A grid, where a header was found, and what is wrong with the sheet's layout."""

    grid: Grid | None
    problems: list[Problem] = field(default_factory=list)


def lay_out(raw: Raw, sheet: Sheet) -> Layout:
    """Finds header, unit row and data; reports unknown and doubled columns, and hidden or merged headers."""
    at = _find_header(raw, sheet)
    if at is None:
        names = ", ".join(list(sheet.declared)[:4])
        problem = Problem(
            sheet.name, "no row holds the field names", right=f"put {names}, … above the data", cell=raw.cell(None, 0)
        )
        return Layout(None, [problem] if raw.rows else [])
    header = tuple("" if blank(c) else str(c.shown if isinstance(c, Broken) else c).strip() for c in raw.rows[at])
    unit_at = _find_units(raw, sheet, at, header)
    again = {i: what for i in range(at + 1, len(raw.rows)) if i != unit_at and (what := _repeats(raw.rows[i], header))}
    data = tuple(
        i for i in range(at + 1, len(raw.rows)) if i != unit_at and i not in again and _is_data(raw.rows[i], header)
    )
    grid = Grid(sheet, raw, at, header, unit_at, data)
    merged = [text for text, first, last in raw.merged if first <= raw.numbers[at] <= last]
    if merged:
        right = "unmerge it: each field name in a cell of its own"
        return Layout(
            None, [Problem(sheet.name, "the header is merged", right=right, cell=f"{sheet.name}!{merged[0]}")]
        )
    repeated = [
        Problem(sheet.name, message, right="delete the row", cell=raw.cell(raw.numbers[i], None))
        for i, message in again.items()
    ]
    above = _data_above(grid)
    return Layout(grid, [*_header_problems(grid), *above, *repeated, *_stray_problems(grid), *_hidden_problems(grid)])


def _find_header(raw: Raw, sheet: Sheet) -> int | None:
    best, most = None, 0
    for i, row in enumerate(raw.rows[:HEADER_WITHIN]):
        hits = len({c.strip() for c in row if isinstance(c, str)} & sheet.known.keys())
        if hits > most:
            best, most = i, hits
    return best


def _marks_units(row: Sequence[Cell]) -> bool:
    first = next((c for c in row if not blank(c)), None)
    return isinstance(first, str) and first.strip().casefold() in UNIT_MARKS


def _find_units(raw: Raw, sheet: Sheet, at: int, header: Sequence[str]) -> int | None:
    """The row marked `unit` just below the header or anywhere above it; failing that, the row just above it if most of
    its cells over columns with a unit read as units."""
    if at + 1 < len(raw.rows) and _marks_units(raw.rows[at + 1]):
        return at + 1
    for i in range(at - 1, -1, -1):
        if _marks_units(raw.rows[i]):
            return i
    if at == 0:
        return None
    above = raw.rows[at - 1]
    stated = [
        str(cell).strip()
        for cell, name in zip(above, header, strict=False)
        if not blank(cell) and name in sheet.known and sheet.known[name].unit
    ]
    if not stated:
        return None
    from planner.workbook.units import UnitFault, Units

    units, readable = Units(), 0
    for text in stated:
        try:
            units.quantity(text)
        except UnitFault as fault:
            readable += "no rate" in str(fault)
        else:
            readable += 1
    return at - 1 if 2 * readable > len(stated) else None


def _is_data(row: Sequence[Cell], header: Sequence[str]) -> bool:
    for position, cell in enumerate(row):
        if not blank(cell) and not (position < len(header) and is_note(header[position])):
            return not is_note(cell)
    return False


def _repeats(row: Sequence[Cell], header: Sequence[str]) -> str:
    """What a row below the header repeats, as where a table was pasted with its head; "" for ordinary rows."""
    first = next((position for position, cell in enumerate(row) if isinstance(cell, str) and cell.strip()), len(header))
    if first >= len(header) or (row[first].strip() not in (header[first], "") and not _marks_units(row)):
        return ""  # nearly every row, told by its first text
    filled = [(position, cell.strip()) for position, cell in enumerate(row) if isinstance(cell, str) and cell.strip()]
    if len(filled) > 1 and all(position < len(header) and header[position] == text for position, text in filled):
        return "the field names stand here again"
    return "a second unit row" if len(filled) > 1 and _marks_units(row) else ""


def _data_above(grid: Grid) -> list[Problem]:
    """Rows above the header that look like data: numbers under columns of numbers, or settings with a value."""
    raw, sheet = grid.raw, grid.sheet
    numeric = {position for name, position in grid.positions.items() if sheet.known[name].numeric}
    key_at, value_at = grid.positions.get("key"), grid.positions.get("value")
    problems = []
    for i, row in enumerate(raw.rows[: grid.at]):
        cells = {position: cell for position, cell in enumerate(row) if not blank(cell)}
        numbers = [position for position in numeric & cells.keys() if _is_number(cells[position])]
        setting = key_at in cells and value_at in cells and cells[key_at] in sheet.settings
        if i != grid.unit_at and ((numbers and len(cells) > 1) or setting):
            right = "move it below the field names, or put # before it"
            where = raw.cell(raw.numbers[i], None)
            problems.append(Problem(sheet.name, "data above the field names", right=right, cell=where))
    return problems


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, (int, float)) or (isinstance(cell, str) and bool(re.fullmatch(r"[+-]?\d+\.?\d*", cell)))


def _header_problems(grid: Grid) -> list[Problem]:
    sheet, raw = grid.sheet, grid.raw
    number = raw.numbers[grid.at]
    problems = []
    seen: Counter[str] = Counter()
    for position, name in enumerate(grid.header):
        if not name or is_note(name):
            continue
        seen[name] += 1
        where = raw.cell(number, position, name)
        found = raw.rows[grid.at][position]
        if isinstance(found, Broken):
            problems.append(Problem(sheet.name, found.message, None, name, found.shown, found.right, cell=where))
        elif ERROR_CODE.fullmatch(name):
            problems.append(Problem(sheet.name, "a formula error", None, name, name, "put the field name", cell=where))
        elif name not in sheet.known:
            right = suggestion(name, list(sheet.known)) or "mark your own columns with a # before the name"
            problems.append(Problem(sheet.name, "an unknown column", None, name, name, right, cell=where))
        elif seen[name] > 1:
            first = raw.cell(number, grid.positions[name], name)
            problems.append(
                Problem(
                    sheet.name, "a column that stands twice", None, name, name, f"keep {first} or this one", cell=where
                )
            )
    return problems


def _stray_problems(grid: Grid) -> list[Problem]:
    """Values in columns that have no field name."""
    problems = []
    width = len(grid.header)
    named = [bool(name) for name in grid.header]
    reported: set[int] = set()
    if all(named) and all(len(grid.raw.rows[i]) <= width for i in grid.data):
        return []
    for i in grid.data:
        row = grid.raw.rows[i]
        for position, cell in enumerate(row):
            if (position < width and named[position]) or blank(cell) or position in reported:
                continue
            reported.add(position)
            right = "put a field name above it, or # for a private note"
            if grid.raw.file and position >= width:
                right = f"the header has {width} columns; a text that holds a comma must stand in quotes"
            shown = cell.shown if isinstance(cell, Broken) else cell
            where = grid.raw.cell(grid.raw.numbers[i], position, column_letter(position))
            problems.append(
                Problem(grid.sheet.name, "a value in a column without a name", None, None, shown, right, cell=where)
            )
    return problems


def _hidden_problems(grid: Grid) -> list[Problem]:
    sheet, raw = grid.sheet, grid.raw
    number = raw.numbers[grid.at]
    problems = []

    def add(message: str, right: str, cell: str, severity: Any = "error") -> None:
        problems.append(Problem(sheet.name, message, None, None, None, right, severity, cell))

    for text, _, last in raw.merged:
        if last > number:
            add("merged cells among the data", "unmerge them and fill every cell", f"{sheet.name}!{text}")
    if number in raw.hidden_rows:
        add("the header is hidden", "unhide the row", raw.cell(number, 0))
    for name, position in grid.positions.items():
        if position in raw.hidden_columns:
            add(f"the header of {name} is hidden", "unhide the column", raw.cell(number, position, name))
    hidden = [raw.numbers[i] for i in grid.data if raw.numbers[i] in raw.hidden_rows]
    if hidden:
        add(
            f"{len(hidden)} hidden rows are read like any other",
            "unhide or delete them",
            raw.cell(hidden[0], 0),
            "warning",
        )
    if raw.hidden:
        add("a hidden sheet is read like any other", "unhide it", raw.cell(None, 0), "warning")
    return problems
