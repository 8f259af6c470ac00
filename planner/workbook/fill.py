"""Sheets made into tables: cells read, units converted, blanks filled.

Every blank filled from the schema is counted, because a default that nobody noticed is the likeliest wrong input.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from compute_lp.schema import REQUIRED, Column, Problem
from planner.workbook.grid import ERROR_CODE, Broken, Cell, Grid, blank
from planner.workbook.names import nearest, suggestion
from planner.workbook.numbers import tidy
from planner.workbook.sheets import Sheet, form
from planner.workbook.units import UnitFault, Units
from planner.workbook.values import Fault, parse, plain_number

UNKNOWN_SETTING = "an unknown setting"
Mask = npt.NDArray[np.bool_]


class Default(NamedTuple):
    """A value that the schema put where the workbook is blank, and in how many rows."""

    sheet: str
    column: str
    value: float | str
    rows: int


@dataclass
class Filled:
    """A sheet's table, its settings where it is a key-value sheet, and what was found on the way."""

    sheet: Sheet
    frame: pd.DataFrame
    grid: Grid | None
    settings: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    defaults: list[Default] = field(default_factory=list)
    bad: dict[str, Mask] = field(default_factory=dict)
    """By column, the rows whose cell is faulty: reported once, and left out of every further check."""
    given: dict[str, Mask] = field(default_factory=dict)
    """By numeric column, the rows where the workbook itself states a value."""
    factors: dict[str, float] = field(default_factory=dict)
    """By numeric column, from the unit that the unit row states to the column's."""

    def cell(self, row: int | None, column: str | None) -> str:
        return self.grid.cell(row, column) if self.grid else self.sheet.name


def fill(sheet: Sheet, grid: Grid | None, units: Units) -> Filled:
    """The table of a sheet; an empty one where the workbook has no such sheet."""
    filled = Filled(sheet, pd.DataFrame(), grid)
    if sheet.settings:
        _fill_settings(filled, units)
        return filled
    present = grid.positions if grid else {}
    extra = [name for name in present if name not in sheet.declared]
    values: dict[str, Any] = {}
    for name in [*sheet.declared, *extra]:
        values[name] = _read(filled, sheet.known[name], units)
    for column in sorted(sheet.declared.values(), key=lambda c: bool(c.default_by or c.default_from)):
        _fill_blanks(filled, column, values)
    for name in dict.fromkeys(name.removesuffix("_low").removesuffix("_high") for name in extra):
        if name in values and filled.sheet.known[name].numeric:
            _check_estimates(filled, name, values)
    _report_lonely(filled)
    filled.frame = pd.DataFrame(
        {name: v if sheet.known[name].numeric else pd.array(v, dtype="str") for name, v in values.items()}
    )
    return filled


def _report(filled: Filled, column: Column, cells: Any, faults: list[Fault], name: str | None = None) -> None:
    for fault in faults:
        cell = cells[fault.position]
        filled.problems.append(
            Problem(
                filled.sheet.name,
                fault.message,
                fault.position,
                name or column.name,
                _shown(cell),
                fault.right,
                "warning" if fault.warning else "error",
                filled.cell(fault.position, name or column.name),
            )
        )


def _shown(cell: Cell) -> Cell:
    if isinstance(cell, Broken):
        return cell.shown
    return cell if isinstance(cell, (str, int, float)) else str(cell)


def _read(filled: Filled, column: Column, units: Units) -> npt.NDArray[Any]:
    """A column as float64 or str, NaN or "" where it is blank or faulty."""
    grid = filled.grid
    if grid is None or column.name not in grid.positions:
        rows = len(grid.data) if grid else 0
        if column.required:
            _report_missing(filled, column)
            filled.bad[column.name] = np.ones(rows, dtype=bool)
            return np.full(rows, np.nan) if column.numeric else np.full(rows, "", dtype=object)
        filled.bad[column.name] = np.zeros(rows, dtype=bool)
        return np.full(rows, np.nan) if column.numeric else np.full(rows, "", dtype=object)
    cells = grid.column(column.name)
    bad = np.zeros(len(cells), dtype=bool)
    filled.bad[column.name] = bad
    factor = _factor(filled, grid, column, units)
    if factor is None:
        bad[:] = True
        return np.full(len(cells), np.nan)
    filled.factors[column.name] = factor
    parsed = parse(column, cells, text_only=grid.raw.text_only, factor=factor)
    bad[[fault.position for fault in parsed.faults if not fault.warning]] = True
    _report(filled, column, cells, parsed.faults)
    if column.numeric:
        filled.given[column.name] = ~np.isnan(np.asarray(parsed.values))
        return np.asarray(parsed.values)
    return np.array(parsed.values, dtype=object)


def _report_missing(filled: Filled, column: Column) -> None:
    if filled.grid is None:
        return  # so has been the missing sheet, if it is needed
    unknown = [name for name in filled.grid.header if name and name not in filled.sheet.known]
    if any(nearest(name, list(filled.sheet.known)) == column.name for name in unknown):
        return  # it is what the unknown column was told to be
    right = f"add it: {_wanted(column)}"
    message = f"the column {column.name} is missing"
    where = filled.cell(None, None)
    filled.problems.append(Problem(filled.sheet.name, message, None, column.name, None, right, cell=where))


def _factor(filled: Filled, grid: Grid, column: Column, units: Units) -> float | None:
    """From the unit that the unit row states to the column's; None, with a problem, where it can't be used."""
    if not column.numeric:
        return 1.0
    name = column.name
    if not grid.unit(name) and name not in grid.sheet.declared:
        name = name.removesuffix("_low").removesuffix("_high")
    stated = grid.unit(name)
    if not stated:
        return 1.0
    try:
        if ERROR_CODE.fullmatch(stated):
            raise UnitFault("a formula error", "put the unit as text")
        return units.factor(stated, column.unit)
    except UnitFault as fault:
        where = grid.unit_cell(name)
        right = fault.right or f"{column.unit}, or another unit of the same kind"
        filled.problems.append(Problem(grid.sheet.name, str(fault), None, name, stated, right, cell=where))
        return None


def _fill_blanks(filled: Filled, column: Column, values: dict[str, Any]) -> None:
    own = values[column.name]
    blanks = (np.isnan(own) if column.numeric else own == "") & ~filled.bad[column.name]
    if not blanks.any():
        return
    if column.default_by:
        other, by_value = column.default_by
        for value in dict.fromkeys(values[other][blanks]):
            if by_value.get(value) is not None:
                rows = blanks & (values[other] == value)
                _put(filled, column, own, rows, by_value[value])
                blanks &= ~rows
        blanks &= ~filled.bad[other]
    if column.default_from:
        source = values[column.default_from]
        rows = blanks & ~(np.isnan(source) if column.numeric else source == "")
        own[rows] = source[rows]
        _count(filled, column, f"as {column.default_from}", rows)
        blanks &= ~rows & ~filled.bad[column.default_from]
    if column.default is REQUIRED:
        _report_blanks(filled, column, blanks)
    elif column.default is not None and column.default != "":
        _put(filled, column, own, blanks, column.default)


def _put(filled: Filled, column: Column, own: Any, rows: Mask, value: Any) -> None:
    own[rows] = float(value) if column.numeric else str(value)
    _count(filled, column, value, rows)


def _count(filled: Filled, column: Column, value: Any, rows: Mask) -> None:
    if not rows.any():
        return
    last = filled.defaults[-1] if filled.defaults else None
    count = int(rows.sum())
    if last is not None and last[1:3] == (column.name, value):  # the same for another kind
        count += filled.defaults.pop().rows
    filled.defaults.append(Default(filled.sheet.name, column.name, value, count))


def _report_blanks(filled: Filled, column: Column, blanks: Mask) -> None:
    if filled.grid is None or column.name not in filled.grid.positions:
        return  # the missing column has been reported
    what = "a key is missing" if column.key else "a blank without a default"
    right = _wanted(column)
    filled.bad[column.name] |= blanks
    for row in np.flatnonzero(blanks):
        where = filled.cell(int(row), column.name)
        filled.problems.append(Problem(filled.sheet.name, what, int(row), column.name, None, right, cell=where))


def _wanted(column: Column) -> str:
    """What a column is and what may stand in it."""
    return column.meaning + (f": {form(column)}" if form(column) else "")


def _report_lonely(filled: Filled) -> None:
    """A remark under the table is told as one, and not as a row with all its cells missing."""
    sheet, grid = filled.sheet, filled.grid
    required = [column.name for column in sheet.declared.values() if column.required]
    if grid is None or len(required) < 3:
        return
    lonely = {}
    for row, i in enumerate(grid.data):
        places = (position for position, cell in enumerate(grid.raw.rows[i]) if not blank(cell))
        only, another = next(places, None), next(places, None)
        if only is not None and another is None and only < len(grid.header):
            lonely[row] = grid.header[only]
    if not lonely:
        return
    filled.problems = [p for p in filled.problems if not (p.row in lonely and p.column in required and p.value is None)]
    for row, name in lonely.items():
        for column in required:
            filled.bad[column][row] = True
        right = "fill the row in, or put # before a remark"
        what = _shown(grid.column(name)[row]) if name in grid.positions else None
        where = filled.cell(row, name)
        filled.problems.append(Problem(sheet.name, "a row with nothing but this", row, name, what, right, cell=where))


def _check_estimates(filled: Filled, name: str, values: Mapping[str, Any]) -> None:
    """A central value outside what is estimated, where either end is given."""
    none = np.full(len(values[name]), np.nan)
    low, middle, high = values.get(f"{name}_low", none), values[name], values.get(f"{name}_high", none)
    with np.errstate(invalid="ignore"):
        wrong = (low > middle) | (middle > high) | (low > high)
    for row in np.flatnonzero(wrong):
        found = ", ".join("–" if math.isnan(v) else f"{v:g}" for v in (low[row], middle[row], high[row]))
        filled.problems.append(
            Problem(
                filled.sheet.name,
                "low, central and high estimate are out of order",
                int(row),
                name,
                found,
                "low ≤ central ≤ high",
                "warning",
                filled.cell(int(row), name),
            )
        )


def _fill_settings(filled: Filled, units: Units) -> None:
    """Settings by key: float, int or str; NaN or "" where blank means something of its own."""
    sheet, grid = filled.sheet, filled.grid
    given: dict[str, int] = {}
    missing = [name for name in ("key", "value") if grid and name not in grid.positions]
    for name in missing:
        _report_missing(filled, sheet.declared[name])
    if missing:
        filled.grid = grid = None
    if grid is not None:
        keys = parse(sheet.declared["key"], grid.column("key"), text_only=grid.raw.text_only)
        _report(filled, sheet.declared["key"], grid.column("key"), keys.faults)
        for row, key in enumerate(keys.values):
            if isinstance(key, str) and _known_key(filled, key, row, given):
                given[key] = row
    unknown = {str(p.value) for p in filled.problems if p.message == UNKNOWN_SETTING}
    misspelt = {nearest(key, list(sheet.settings)) for key in unknown}
    rows = []
    for name, column in sheet.settings.items():
        value = _setting(filled, column, given.get(name), units, told=name in misspelt)
        filled.settings[name] = value
        beside = _beside(filled, column, given.get(name), units)
        _check_setting(filled, column, given.get(name), value, beside)
        rows.append({"key": name, "value": _setting_text(value), **beside})
    filled.frame = pd.DataFrame(rows, dtype="str").fillna("")


def _known_key(filled: Filled, key: str, row: int, given: Mapping[str, int]) -> bool:
    def report(message: str, right: str) -> bool:
        filled.problems.append(
            Problem(filled.sheet.name, message, row, "key", key or None, right, cell=filled.cell(row, "key"))
        )
        return False

    if not key:
        return report("a key is missing", "the name of a setting, or delete the row")
    if key not in filled.sheet.settings:
        return report(UNKNOWN_SETTING, suggestion(key, list(filled.sheet.settings)))
    if key in given:
        return report("a setting that stands twice", f"first in {filled.cell(given[key], 'value')}; keep one")
    return True


def _setting(filled: Filled, column: Column, row: int | None, units: Units, *, told: bool) -> Any:
    grid = filled.grid
    cell: Cell = grid.column("value")[row] if grid and row is not None else None
    where = filled.cell(row, "value")
    if not blank(cell) and grid is not None and row is not None:
        factor = _setting_factor(filled, column, row, units)
        parsed = parse(column, [cell], text_only=grid.raw.text_only, factor=factor)
        _report(filled, column, {row: cell}, [fault._replace(position=row) for fault in parsed.faults], "value")
        if any(not fault.warning for fault in parsed.faults):
            return math.nan if column.numeric else ""
        return _typed(column, parsed.values[0])
    if column.default is REQUIRED:
        if grid is None or told:
            return math.nan if column.numeric else ""  # the missing sheet or column, or the misspelt key, has been told
        right = f"set {column.name}: {_wanted(column)}"
        filled.problems.append(
            Problem(
                filled.sheet.name, f"the setting {column.name} is missing", row, column.name, None, right, cell=where
            )
        )
        return math.nan if column.numeric else ""
    if column.default is not None and column.default != "":
        filled.defaults.append(Default(filled.sheet.name, column.name, column.default, 1))  # type: ignore[arg-type]
    return _typed(column, column.default)


def _setting_factor(filled: Filled, column: Column, row: int, units: Units, *, report: bool = True) -> float:
    grid = filled.grid
    if grid is None or "unit" not in grid.positions or not column.numeric:
        return 1.0
    stated = grid.column("unit")[row]
    if blank(stated):
        return 1.0
    try:
        return units.factor(tidy(str(stated)), column.unit)
    except UnitFault as fault:
        if not report:
            return 1.0
        right = fault.right or f"{column.unit}, or another unit of the same kind"
        where = filled.cell(row, "unit")
        filled.problems.append(Problem(filled.sheet.name, str(fault), row, "unit", stated, right, cell=where))
        return 1.0


def _typed(column: Column, value: Any) -> float | int | str:
    if not column.numeric:
        return "" if value is None else str(value)
    if value is None:
        return math.nan
    return int(value) if column.kind == "integer" and not math.isnan(value) else float(value)


def _setting_text(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else plain_number(value)
    return str(value)


def _beside(filled: Filled, column: Column, row: int | None, units: Units) -> dict[str, str]:
    """What stands beside a setting: its note, source and confidence; low and high, which read as the setting does."""
    grid = filled.grid
    if grid is None or row is None:
        return {}
    beside = {}
    for name in grid.positions:
        if name in ("key", "value", "unit"):
            continue
        cells = grid.column(name)[row : row + 1]
        as_setting = column.numeric and name in ("value_low", "value_high")
        reads_as = replace(column, name=name) if as_setting else filled.sheet.known[name]
        factor = _setting_factor(filled, column, row, units, report=False) if as_setting else 1.0
        parsed = parse(reads_as, cells, text_only=grid.raw.text_only, factor=factor)
        _report(filled, reads_as, {row: cells[0]}, [f._replace(position=row) for f in parsed.faults])
        beside[name] = _setting_text(float(parsed.values[0]) if as_setting else parsed.values[0])
    return beside


def _check_setting(filled: Filled, column: Column, row: int | None, value: Any, beside: Mapping[str, str]) -> None:
    """Estimates of a setting out of order."""
    if not column.numeric or row is None:
        return
    ends = [beside.get(f"value_{end}", "") for end in ("low", "high")]
    order = [float(text) for text in (ends[0], _setting_text(value), ends[1]) if text]
    if order != sorted(order):
        message, right = "low, central and high estimate are out of order", "low ≤ central ≤ high"
        found, where = ", ".join(f"{number:g}" for number in order), filled.cell(row, "value")
        filled.problems.append(Problem(filled.sheet.name, message, row, "value", found, right, "warning", where))
