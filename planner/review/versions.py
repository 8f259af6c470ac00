"""Versions of the workbook's contract, and how a workbook of an older one is read as one of today's.

A workbook states its version in the setting `schema`; whatever writes one puts today's there. A workbook that states
none is of version 1, which had no such setting, or was made by hand: it is read as version 1, and what that changes is
told at the cell.

Version 1 is the contract that workbooks were first read by. Columns and settings that are new, and blank in an older
workbook, need no step: a blank there means what was so before. A new unit needs none where the unit row states the old
one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from compute_lp.schema import InputError, Problem
from planner import __version__
from planner.workbook.grid import Cell, Grid, Raw, blank, lay_out
from planner.workbook.numbers import NUMBER
from planner.workbook.sheets import Sheet
from planner.workbook.values import parse

SETTING = "schema"
FIRST = 1
CHANGES = "scenario_changes"
"""The sheet whose cells name sheets and columns."""

Raws = Mapping[str, Raw]
Sheets = Mapping[str, Sheet]


class Told(NamedTuple):
    """What a step changed: at the cell of a row among the data (None: the header) and a position."""

    sheet: str
    message: str
    cell: str
    right: str = ""


class Step(Protocol):
    """What a version changed."""

    def __call__(self, raws: Raws, sheets: Sheets) -> tuple[Raws, list[Told]]:
        """The sheets as the version has them, and what was changed; raws are never changed in place."""


@dataclass(frozen=True)
class RenamedSheet:
    old: str
    new: str

    def __call__(self, raws: Raws, sheets: Sheets) -> tuple[Raws, list[Told]]:
        if self.old not in raws or self.new in raws:
            return raws, []
        raw = raws[self.old]
        told = Told(self.new, f"the sheet {self.old} is now {self.new}", raw.file or raw.cell(None, None))
        moved = {self.new if name == self.old else name: each for name, each in raws.items()}
        return _replaced(moved, sheets, CHANGES, "sheet", {self.old: self.new})[0], [told]


@dataclass(frozen=True)
class RenamedColumn:
    """With its estimates, and where scenarios name it."""

    sheet: str
    old: str
    new: str

    def __call__(self, raws: Raws, sheets: Sheets) -> tuple[Raws, list[Told]]:
        grid = _grid(raws, sheets, self.sheet)
        names = {f"{self.old}{end}": f"{self.new}{end}" for end in ("", "_low", "_high")}
        if grid is None or not names.keys() & set(grid.header):
            return raws, []
        told = [
            Told(self.sheet, f"the column {old} of {self.sheet} is now {new}", _named(grid, grid.header.index(old)))
            for old, new in names.items()
            if old in grid.header
        ]
        header = [names.get(name, cell) for name, cell in zip(grid.header, _padded(grid, grid.at), strict=True)]
        after = {**raws, self.sheet: _with_rows(grid.raw, {grid.at: header})}
        return self._in_scenarios(after, sheets), told

    def _in_scenarios(self, raws: Raws, sheets: Sheets) -> Raws:
        grid = _grid(raws, sheets, CHANGES)
        if grid is None or not {"sheet", "field", "rows"} <= grid.positions.keys():
            return raws
        field, rows = grid.positions["field"], grid.positions["rows"]
        chooses = re.compile(rf"(^|;)(\s*){re.escape(self.old)}(?=\s*[!<>=])")
        changed = {}
        for i, sheet in zip(grid.data, grid.column("sheet"), strict=True):
            cells = _padded(grid, i)
            if sheet == self.sheet:
                cells[field] = self.new if cells[field] == self.old else cells[field]
                cells[rows] = chooses.sub(rf"\1\2{self.new}", str(cells[rows])) if cells[rows] else cells[rows]
                changed[i] = cells
        return {**raws, CHANGES: _with_rows(grid.raw, changed)}


@dataclass(frozen=True)
class RenamedValue:
    """A choice; a setting, where the column is `key`."""

    sheet: str
    column: str
    old: str
    new: str

    def __call__(self, raws: Raws, sheets: Sheets) -> tuple[Raws, list[Told]]:
        after, cells = _replaced(raws, sheets, self.sheet, self.column, {self.old: self.new})
        told = f"{self.old} in {self.column} of {self.sheet} is now {self.new}"
        return after, [Told(self.sheet, f"{told}{_more(cells)}", cells[0])] if cells else []


@dataclass(frozen=True)
class NewDefault:
    """Blanks go on taking the old default, which is put into them."""

    sheet: str
    column: str
    old: str
    new: str

    def __call__(self, raws: Raws, sheets: Sheets) -> tuple[Raws, list[Told]]:
        grid = _grid(raws, sheets, self.sheet)
        if grid is None or not grid.data:
            return raws, []
        at = grid.positions.get(self.column, len(grid.header))
        header = [*_padded(grid, grid.at), *([self.column] if at == len(grid.header) else [])]
        changed: dict[int, list[Cell]] = {}
        for i in grid.data:
            cells = [*_padded(grid, i), *[None] * (len(header) - len(grid.header))]
            if blank(cells[at]):
                cells[at] = _typed(grid.raw, self.old)
                changed[i] = cells
        if not changed:
            return raws, []
        cells_of = [grid.raw.cell(grid.raw.numbers[i], at, self.column) for i in changed]
        told = f"a blank {self.column} of {self.sheet} is now {self.new}; it stays {self.old} here{_more(cells_of)}"
        after = {**raws, self.sheet: _with_rows(grid.raw, {grid.at: header, **changed})}
        return after, [Told(self.sheet, told, cells_of[0])]


@dataclass(frozen=True)
class ToldOtherwise:
    """A column that the dictionary of an older version told otherwise than it was and is read, so that whoever filled
    it in may have meant something else: told where it holds something, but for rows that it was told rightly for."""

    sheet: str
    column: str
    rightly: tuple[str, str]
    """Column and value of rows that it was told rightly for."""
    says: str
    right: str

    def __call__(self, raws: Raws, sheets: Sheets) -> tuple[Raws, list[Told]]:
        grid = _grid(raws, sheets, self.sheet)
        other, value = self.rightly
        if grid is None or not {self.column, other} <= grid.positions.keys():
            return raws, []
        both = enumerate(zip(grid.column(self.column), grid.column(other), strict=True))
        cells = [
            grid.cell(row, self.column) for row, (cell, kind) in both if not blank(cell) and str(kind).strip() != value
        ]
        return raws, [Told(self.sheet, f"{self.says}{_more(cells)}", cells[0], self.right)] if cells else []


VERSIONS: Mapping[int, Sequence[Step]] = {
    2: (
        ToldOtherwise(
            "export_caps",
            "from",
            rightly=("kind", "flow_total"),
            says="a cap of any kind holds from this date; version 1 said so of a flow_total alone",
            right="clear the cell if the cap holds from plan start",
        ),
    )
}
"""By version, what it changed in the one before. Version 2 also added `tier` of workloads, the setting `demand_tiers`
and the setting `schema`."""


class Migration(NamedTuple):
    """A workbook's sheets as today's contract has them, the version they were in, and the list of what changed."""

    raws: Raws
    version: int
    changes: tuple[Problem, ...]
    """Warnings."""
    now: int
    """Today's version, which the sheets state."""

    def told(self) -> list[str]:
        """The list of what changed, as lines; none for a workbook of today's version."""
        if self.version == self.now:
            return []
        heading = f"read as version {self.version}, written as version {self.now}"
        return [f"{heading}:", *(f"  {change}" for change in self.changes)] if self.changes else [heading]


def current(versions: Mapping[int, Sequence[Step]] = VERSIONS) -> int:
    """The version of today's contract."""
    return max(versions, default=FIRST)


def migrated(raws: Raws, sheets: Sheets, versions: Mapping[int, Sequence[Step]] = VERSIONS) -> Migration:
    """A workbook of any version that the planner knows as one of today's; one of today's stays the same object.

    raws: sheets as they stand, by name. Raises InputError for a version that is newer than the planner. A version that
    is none, and a workbook without a sheet of settings, are left to the checks of today's contract.
    """
    now = current(versions)
    grid = _grid(raws, sheets, "programme")
    if grid is None or not {"key", "value"} <= grid.positions.keys() or SETTING not in sheets["programme"].settings:
        return Migration(raws, now, (), now)
    version = _version(grid)
    if version is None or version == now:
        return Migration(raws, now, (), now)
    if version > now:
        message = f"a workbook of version {version}; planner {__version__} reads versions {FIRST} to {now}"
        right = f"a newer planner, one that reads version {version}"
        raise InputError([Problem("programme", message, right=right, cell=grid.setting_cell(SETTING))])
    told: list[Told] = []
    for step in (step for v in range(version + 1, now + 1) for step in versions.get(v, ())):
        raws, more = step(raws, sheets)
        told += more
    changes = tuple(
        Problem(
            one.sheet, f"read as version {version}: {one.message}", None, None, None, one.right, "warning", one.cell
        )
        for one in told
    )
    return Migration({**raws, "programme": _stating(raws, sheets, now)}, version, changes, now)


def _version(grid: Grid) -> int | None:
    """The version that the settings state, the first where they state none; None where it can't be read."""
    keys = [str(key).strip() if key is not None else "" for key in grid.column("key")]
    stated = grid.column("value")[keys.index(SETTING)] if SETTING in keys else None
    if blank(stated):
        return FIRST
    read = parse(grid.sheet.settings[SETTING], [stated], text_only=grid.raw.text_only)
    return None if read.faults else int(read.values[0])


def _stating(raws: Raws, sheets: Sheets, version: int) -> Raw:
    """The sheet of settings with a version in it, in a row of its own below the others where it stated none."""
    grid = _grid(raws, sheets, "programme")
    assert grid is not None
    raw, key_at, value_at = grid.raw, grid.positions["key"], grid.positions["value"]
    for i in grid.data:
        cells = _padded(grid, i)
        if str(cells[key_at]).strip() == SETTING:
            cells[value_at] = _typed(raw, str(version))
            return _with_rows(raw, {i: cells})
    row: list[Cell] = [None] * len(grid.header)
    row[key_at], row[value_at] = SETTING, _typed(raw, str(version))
    return replace(raw, rows=[*raw.rows, row], numbers=[*raw.numbers, raw.numbers[-1] + 1])


def _grid(raws: Raws, sheets: Sheets, name: str) -> Grid | None:
    return lay_out(raws[name], sheets[name]).grid if name in raws and name in sheets else None


def _padded(grid: Grid, i: int) -> list[Cell]:
    row = grid.raw.rows[i]
    return [*row, *[None] * (len(grid.header) - len(row))]


def _with_rows(raw: Raw, changed: Mapping[int, Sequence[Cell]]) -> Raw:
    return replace(raw, rows=[changed.get(i, row) for i, row in enumerate(raw.rows)])


def _typed(raw: Raw, text: str) -> Cell:
    """A value as it would stand in the file."""
    if raw.text_only or not NUMBER.fullmatch(text):
        return text
    return int(text) if text.isdecimal() else float(text)


def _named(grid: Grid, position: int) -> str:
    return grid.raw.cell(grid.raw.numbers[grid.at], position, grid.header[position])


def _replaced(raws: Raws, sheets: Sheets, sheet: str, column: str, values: Mapping[str, str]) -> tuple[Raws, list[str]]:
    """Sheets with other values in a column, and the cells that had one."""
    grid = _grid(raws, sheets, sheet)
    if grid is None or column not in grid.positions:
        return raws, []
    at, changed, cells = grid.positions[column], {}, []
    for row, i in enumerate(grid.data):
        own = _padded(grid, i)
        found = str(own[at]).strip()
        if found in values:
            own[at] = values[found]
            changed[i] = own
            cells.append(grid.cell(row, column))
    return ({**raws, sheet: _with_rows(grid.raw, changed)} if changed else raws), cells


def _more(cells: Sequence[str]) -> str:
    rest = len(cells) - 1
    return f", and in {rest} more cell{'s' * (rest > 1)} of the column" if rest > 0 else ""
