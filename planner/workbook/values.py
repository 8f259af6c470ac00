"""Cells read as what their column says they are: numbers, names, months, choices.

Nothing is guessed: a text that only looks like a number is an error that says what to write. Whole columns are
tried first; cells are looked at one by one only where that fails.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from compute_lp.schema import Column, Floats
from planner.workbook.grid import ERROR_CODE, Broken, Cell, blank
from planner.workbook.names import suggestion
from planner.workbook.numbers import NO_VALUE, NUMBER, PLACEHOLDERS, number_fault, percent_meant, tidy
from planner.workbook.units import convert

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
FIRST_YEAR, LAST_YEAR = 1950, 2150
MONTH_NAMES = {
    name.casefold(): i
    for i, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)
}


class Fault(NamedTuple):
    """What is wrong with the cell in a position of a column."""

    position: int
    message: str
    right: str
    warning: bool = False


class CellFault(Exception):
    def __init__(self, message: str, right: str = ""):
        super().__init__(message)
        self.message, self.right = message, right


@dataclass(frozen=True)
class Parsed:
    """A column: float64 (NaN where blank or faulty) or str ("" there), and its faults by position."""

    values: Floats | list[str]
    faults: list[Fault]


def parse(column: Column, cells: Sequence[Cell], *, text_only: bool, factor: float = 1.0) -> Parsed:
    """The cells of a column; `factor` leads from their unit to the column's."""
    if column.numeric:
        return _numbers(column, cells, text_only, factor)
    reader = _READERS[column.kind]
    keys = cells if set(map(type, cells)) <= {str, type(None)} else [(type(cell), cell) for cell in cells]
    known: dict[Cell, str] = {}
    wrong: dict[Cell, CellFault] = {}
    for key, cell in dict(zip(keys, cells, strict=True)).items():
        try:
            known[key] = "" if blank(cell) else reader(column, cell)
        except CellFault as fault:
            known[key], wrong[key] = "", fault
    faults = [Fault(i, wrong[key].message, wrong[key].right) for i, key in enumerate(keys) if key in wrong]
    return Parsed([known[key] for key in keys], faults + _days_dropped(column, cells))


def _numbers(column: Column, cells: Sequence[Cell], text_only: bool, factor: float) -> Parsed:
    values, faults = _text_numbers(column, cells) if text_only else _typed_numbers(column, cells)
    if factor != 1.0:
        values = convert(values, factor)
    with np.errstate(invalid="ignore"):
        outside = np.zeros(len(values), dtype=bool)
        if column.low is not None:
            outside |= values < column.low
        if column.above is not None:
            outside |= values <= column.above
        if column.high is not None:
            outside |= values > column.high
        outside |= np.isinf(values)
        broken = (values != np.rint(values)) & ~np.isnan(values) if column.kind == "integer" else np.zeros_like(outside)
    for position in np.flatnonzero(outside | broken):
        value = float(values[position])
        fault = _out_of_range(column, value) if outside[position] else ("not a whole number", f"{round(value)}?")
        faults.append(Fault(int(position), *fault))
        values[position] = np.nan
    return Parsed(values + 0.0, faults)  # + 0.0 turns -0.0 into 0.0


def _typed_numbers(column: Column, cells: Sequence[Cell]) -> tuple[Floats, list[Fault]]:
    kinds = set(map(type, cells))
    if kinds <= {int, float, type(None)}:
        return np.array(cells, dtype=np.float64), []  # None becomes NaN
    values = np.full(len(cells), np.nan)
    faults = []
    for position, cell in enumerate(cells):
        if type(cell) in (int, float):
            values[position] = cell
        elif not blank(cell):
            faults.append(Fault(position, *number_fault(cell, column, text_only=False)))
    return values, faults


def _text_numbers(column: Column, cells: Sequence[Cell]) -> tuple[Floats, list[Fault]]:
    values = np.full(len(cells), np.nan)
    faults = []
    match = NUMBER.fullmatch
    for position, cell in enumerate(cells):
        if cell is None:
            continue
        if match(cell):
            values[position] = float(cell)
            continue
        text = tidy(cell)
        if match(text):
            values[position] = float(text)
        elif text:
            faults.append(Fault(position, *number_fault(cell, column, text_only=True)))
    return values, faults


def _out_of_range(column: Column, value: float) -> tuple[str, str]:
    if not math.isfinite(value):
        return "too large for a number", "a finite number"
    if percent_meant(column) and 1 < abs(value) <= 100 and (value > 0 or (column.low is not None and column.low < 0)):
        return "a percentage where a share belongs", f"{value / 100:g}, or state % in the unit row"
    low = f"at least {column.low:g}" if column.low is not None else ""
    low = f"above {column.above:g}" if column.above is not None else low
    high = f"at most {column.high:g}" if column.high is not None else ""
    unit = "" if column.unit in ("", "share", "ratio", "1/year") else f" {column.unit}"
    return "out of range", " and ".join(filter(None, (low, high))) + unit


def _as_text(cell: Cell) -> str:
    """A cell as text. Raises CellFault where it has none."""
    if isinstance(cell, Broken):
        raise CellFault(cell.message, cell.right)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return plain_number(cell)
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, (datetime.date, datetime.time, datetime.timedelta)):
        return str(cell)
    text = tidy(str(cell))
    if ERROR_CODE.fullmatch(text):
        raise CellFault("a formula error", "mend the formula")
    if control := CONTROL.search(text):
        raise CellFault(f"holds a control character ({ord(control[0]):#04x})", "type the text again")
    return text


def plain_number(value: float) -> str:
    """A number as short as it can be without losing anything: 200, 0.1, 1e+30."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _text(column: Column, cell: Cell) -> str:
    return _as_text(cell)


def _name(column: Column, cell: Cell) -> str:
    if isinstance(cell, bool):
        raise CellFault("a truth value where a name belongs", "write the name as text")
    if isinstance(cell, (datetime.date, datetime.time, datetime.timedelta)):
        raise CellFault("a date where a name belongs", "format the cell as text, then type the name again")
    text = _as_text(cell)
    if text.casefold() in PLACEHOLDERS:
        raise CellFault(
            "a placeholder where a name belongs",
            "put the name" if column.required else "put the name, or leave it blank",
        )
    if "\n" in text:
        raise CellFault("a name with a line break", "one line")
    return text


def _choice(column: Column, cell: Cell) -> str:
    text = _name(column, cell)
    if text not in column.choices:
        raise CellFault(
            f"no {column.name} of that name", suggestion(text, column.choices) or "one of " + ", ".join(column.choices)
        )
    return text


def _yes_no(column: Column, cell: Cell) -> str:
    text = ("yes" if cell else "no") if isinstance(cell, bool) else _as_text(cell).casefold()
    text = {"true": "yes", "false": "no"}.get(text, text)
    if text not in ("yes", "no"):
        raise CellFault("neither yes nor no", "yes or no")
    return text


def _month(column: Column, cell: Cell) -> str:
    return _date(column, cell)[:7]


def _date(column: Column, cell: Cell) -> str:
    """YYYY-MM, or YYYY-MM-DD where the column is a date."""
    if isinstance(cell, datetime.date):
        text = cell.isoformat()[:10]
    elif isinstance(cell, bool) or not isinstance(cell, (str, int, float)):
        _as_text(cell)
        raise CellFault("no date", _date_form(column))
    elif isinstance(cell, (int, float)):
        raise CellFault("a number where a date belongs", _date_of_number(column, cell))
    else:
        text = _as_text(cell)
        shape = r"\d{4}-\d{2}(-\d{2})?" if column.kind == "date" else r"\d{4}-\d{2}"
        if text.casefold() in NO_VALUE:
            raise CellFault(
                "a placeholder where a date belongs", _date_form(column) + ("" if column.required else ", or blank")
            )
        if not re.fullmatch(shape, text, re.ASCII):
            raise CellFault("no date in the form that is read", _meant_date(column, text))
    try:
        day = datetime.date.fromisoformat(text if len(text) == 10 else f"{text}-01")
    except ValueError as fault:
        raise CellFault("a date that doesn't exist", _date_form(column)) from fault
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise CellFault("a date out of range", f"between {FIRST_YEAR} and {LAST_YEAR}")
    return text


def _date_form(column: Column) -> str:
    return "YYYY-MM or YYYY-MM-DD" if column.kind == "date" else "YYYY-MM, as 2027-01"


def _date_of_number(column: Column, number: float) -> str:
    if FIRST_YEAR <= number <= LAST_YEAR:
        return f"{int(number)}-01, if January is meant"
    if 18_000 < number < 92_000:  # serial numbers of 1949 to 2151; they count days from 1899-12-30
        day = datetime.date(1899, 12, 30) + datetime.timedelta(days=int(number))
        return f"{day:%Y-%m}, if {number:g} is the serial number of a date"
    return _date_form(column)


def _meant_date(column: Column, text: str) -> str:
    """What a date in another form would be here."""
    if found := re.fullmatch(r"(\d{1,2})[./-](\d{4})", text, re.ASCII):
        month, year = int(found[1]), int(found[2])
    elif found := re.fullmatch(r"(\d{4})[./-](\d{1,2})(?:[./-]\d{1,2})?", text, re.ASCII):
        year, month = int(found[1]), int(found[2])
    elif found := re.fullmatch(r"([A-Za-z]{3})[a-z]*[ .-]*(\d{4}|\d{2})", text, re.ASCII):
        month, year = MONTH_NAMES.get(found[1].casefold(), 0), int(found[2]) + (2000 if len(found[2]) == 2 else 0)
    elif found := re.fullmatch(r"(\d{4})(?:[ -]*[QqHh]([1-4]))?", text, re.ASCII):
        step = 6 if "h" in text.casefold() else 3
        year, month = int(found[1]), 1 + step * (int(found[2] or 1) - 1)
    elif found := re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text, re.ASCII):
        first, second, year = map(int, found.groups())
        if first <= 12 and second <= 12 and first != second:
            return f"{year}-{first:02d} or {year}-{second:02d}, whichever is meant"
        month = first if second > 12 else second
    else:
        return _date_form(column)
    return f"{year}-{month:02d}" if 1 <= month <= 12 else _date_form(column)


def _days_dropped(column: Column, cells: Sequence[Cell]) -> list[Fault]:
    if column.kind != "month":
        return []
    return [
        Fault(i, "only the month of this date is used", f"{cell:%Y-%m}", warning=True)
        for i, cell in enumerate(cells)
        if isinstance(cell, datetime.date) and cell.day != 1
    ]


def _number_list(column: Column, cell: Cell) -> str:
    """Numbers separated by blanks, each as short as it can be."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return plain_number(float(cell))
    parts = _as_text(cell).split()
    bad = next((part for part in parts if not NUMBER.fullmatch(part)), None)
    if bad is not None:
        raise CellFault(f"{bad!r} is no number", "numbers with decimal points, separated by blanks")
    numbers = [float(part) for part in parts]
    outside = next((number for number in numbers if _outside(column, number)), None)
    if outside is not None:
        raise CellFault(f"{outside:g} is out of range", _out_of_range(column, outside)[1])
    return " ".join(map(plain_number, numbers))


def _outside(column: Column, number: float) -> bool:
    return (column.low is not None and number < column.low) or (column.high is not None and number > column.high)


_READERS: dict[str, Callable[[Column, Cell], str]] = {
    "name": _name,
    "text": _text,
    "month": _month,
    "date": _date,
    "choice": _choice,
    "yes_no": _yes_no,
    "numbers": _number_list,
}
