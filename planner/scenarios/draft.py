"""A sheet while changes are made to it, at the level of its cells, so that it is filled and checked like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from compute_lp.schema import Column
from planner.workbook.fill import Filled, fill
from planner.workbook.grid import Cell, Grid, Raw, blank
from planner.workbook.numbers import tidy
from planner.workbook.units import Units, convert
from planner.workbook.values import parse, plain_number

ENDS = ("", "_low", "_high")
_NUMBER = Column("value", "a number of any size")


def _nothing(base: Filled, *, text_only: bool) -> Grid:
    """A sheet that the workbook lacks, without columns yet."""
    name = base.sheet.name
    return Grid(base.sheet, Raw(name, [[]], [1], f"{name}.csv" if text_only else ""), 0, (), None, ())


@dataclass(frozen=True)
class _Changed(Grid):
    """A sheet some of whose rows stand in no sheet, but were added by a change."""

    places: Mapping[int, str] = field(default_factory=dict)
    """By data row, the cell of that change."""

    def cell(self, row: int | None, column: str | None) -> str:
        place = "" if row is None else self.places.get(row, "")
        return place or super().cell(row, column)


class Draft:
    """A sheet's rows, each with a number of its own that it keeps: its position in the workbook, or a later one."""

    def __init__(self, base: Filled, units: Units, *, text_only: bool, stale: bool):
        """`stale`: money was worth something else when `base` was filled."""
        grid = base.grid or _nothing(base, text_only=text_only)
        self.base, self.sheet, self._units = base, base.sheet, units
        self._grid, self._text_only = grid, grid.raw.text_only
        self._header = list(grid.header)
        self._rows: list[Sequence[Cell]] = [grid.raw.rows[i] for i in grid.data]
        self._numbers = [grid.raw.numbers[i] for i in grid.data]
        self._unit_row = [] if grid.unit_at is None else list(grid.raw.rows[grid.unit_at])
        self.ids = list(range(len(self._rows)))
        self._next = len(self._rows)
        self.touched: dict[tuple[int, str], int] = {}
        """By row and column, the last of the changes that wrote there, by its place among them; a setting is a column
        of row 0."""
        self.added: dict[int, int] = {}
        self.removed: dict[int, int] = {}
        self._places: dict[int, str] = {}
        self._in_own_unit: set[str] = set()
        self._filled: Filled | None = None if stale else base

    @property
    def filled(self) -> Filled:
        """The sheet as changed so far."""
        if self._filled is None:
            self._filled = fill(self.sheet, self.grid(), self._units)
        return self._filled

    @property
    def written(self) -> bool:
        """Whether anything has been changed."""
        return bool(self.touched or self.added or self.removed)

    def grid(self) -> Grid:
        grid, raw = self._grid, self._grid.raw
        rows, numbers = list(raw.rows[: grid.at + 1]), list(raw.numbers[: grid.at + 1])
        rows[grid.at] = self._header
        if grid.unit_at is not None:
            if grid.unit_at > grid.at:
                rows.append(self._unit_row)
                numbers.append(raw.numbers[grid.unit_at])
            else:
                rows[grid.unit_at] = self._unit_row
        first = len(rows)
        changed = Raw(raw.sheet, [*rows, *self._rows], [*numbers, *self._numbers], raw.file)
        places = {i: self._places[one] for i, one in enumerate(self.ids) if one in self._places}
        data = tuple(range(first, first + len(self._rows)))
        return _Changed(self.sheet, changed, grid.at, tuple(self._header), grid.unit_at, data, places)

    def put(self, row: int, name: str, value: float | str, change: int) -> None:
        """Writes a cell: a number in the column's own unit, or a text; "" empties it."""
        if isinstance(value, float):
            self._state_in_own_unit(name)
        self._write(row, name, value)
        self.touched.pop((self.ids[row], name), None)
        self.touched[self.ids[row], name] = change
        self._filled = None

    def _write(self, row: int, name: str, value: float | str) -> None:
        if name not in self._header:
            self._header.append(name)
        at = self._header.index(name)
        cells = [*self._rows[row], *[None] * (at + 1 - len(self._rows[row]))]
        if isinstance(value, float) and self._text_only:
            value = plain_number(value)
        cells[at] = None if value == "" else value
        self._rows[row] = cells

    def values(self, name: str) -> npt.NDArray[Any]:
        """What a column's cells hold so far: numbers in its own unit, out of its range or not, or texts; defaults where
        they are blank."""
        column = self.sheet.known[name]
        if column.numeric:
            self._state_in_own_unit(name)
        frame = self.filled.frame
        blanks: npt.NDArray[Any] = np.full(len(frame), np.nan if column.numeric else "", dtype=object)
        values = frame[name].to_numpy() if name in frame else blanks
        if not column.numeric:
            return values
        typed = np.asarray(parse(_NUMBER, self._column(name), text_only=self._text_only).values, dtype=np.float64)
        return np.where(np.isnan(typed), values, typed)

    def setting(self, name: str) -> float | str:
        """What a setting is so far, as `values` says of a cell."""
        row = self._setting_row(name)
        cell = None if row is None else self._column("value")[row]
        if row is None or blank(cell) or not self.sheet.settings[name].numeric:
            old: float | str = self.filled.settings[name]
            return old
        return float(convert(parse(_NUMBER, [cell], text_only=self._text_only).values[0], self._factor(name, row)))

    def put_setting(self, name: str, value: float | str, place: str, change: int) -> None:
        """Sets a setting, a number in its own unit; where the workbook doesn't give it, in a row that is added."""
        row = self._setting_row(name)
        if row is None:
            row = self.append(None, {"key": name}, place, change)
            del self.added[self.ids[row]]
        factor = self._factor(name, row)
        if factor != 1.0:
            for end in ENDS:
                self._convert(f"value{end}", [row], factor)
            self._write(row, "unit", "")
        self._write(row, "value", value)
        self.touched.pop((0, name), None)
        self.touched[0, name] = change
        self._filled = None

    def _setting_row(self, name: str) -> int | None:
        keys = self._column("key")
        return next((i for i, key in enumerate(keys) if isinstance(key, str) and key.strip() == name), None)

    def _factor(self, name: str, row: int) -> float:
        """From the unit that a setting's row states to the setting's. Raises UnitFault."""
        unit, column = self._column("unit")[row], self.sheet.settings[name]
        return 1.0 if blank(unit) or not column.numeric else self._units.factor(tidy(str(unit)), column.unit)

    def append(self, copied: int | None, cells: Mapping[str, float | str], place: str, change: int) -> int:
        """Adds a row below the last, a copy of another where one is given, with these cells; gives its position."""
        for name, value in cells.items():
            if isinstance(value, float):
                self._state_in_own_unit(name)
        self._rows.append([] if copied is None else list(self._rows[copied]))
        self._numbers.append(self._numbers[-1] if self._numbers else self._grid.raw.numbers[self._grid.at])
        self.ids.append(self._next)
        self.added[self._next], self._places[self._next] = change, place
        self._next += 1
        for name, value in cells.items():
            self._write(len(self._rows) - 1, name, value)
        self._filled = None
        return len(self._rows) - 1

    def remove(self, rows: Sequence[int], change: int) -> None:
        for row in sorted(rows, reverse=True):
            one = self.ids.pop(row)
            del self._rows[row], self._numbers[row]
            if one in self.added:
                del self.added[one]
            else:
                self.removed[one] = change
        self._filled = None

    def _column(self, name: str) -> list[Cell]:
        at = self._header.index(name) if name in self._header else None
        return [row[at] if at is not None and at < len(row) else None for row in self._rows]

    def _state_in_own_unit(self, name: str) -> None:
        """Converts a column and its estimates from the unit that the unit row states, as filling it would, so that
        what is written into it later is kept to the last digit."""
        declared = self.sheet.declared
        root = name if name in declared else name.removesuffix("_low").removesuffix("_high")
        if root in self._in_own_unit:
            return
        self._in_own_unit.add(root)
        group = [root + end for end in ENDS if root + end in self._header and root + end in self.sheet.known]
        factors = {one: factor for one in group if (factor := self.filled.factors.get(one, 1.0)) != 1.0}
        for one, factor in factors.items():
            self._convert(one, range(len(self._rows)), factor)
        for one in factors:
            if (at := self._header.index(one)) < len(self._unit_row):
                self._unit_row[at] = None
        if factors:
            self._filled = None

    def _convert(self, name: str, rows: Sequence[int], factor: float) -> None:
        cells = self._column(name)
        values = parse(_NUMBER, [cells[row] for row in rows], text_only=self._text_only).values
        for row, value in zip(rows, convert(np.asarray(values, dtype=np.float64), factor), strict=True):
            if not np.isnan(value):
                self._write(row, name, float(value))
