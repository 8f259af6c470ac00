"""Whatever cell of a shipped workbook is spoilt: a finding names it, or the inputs stay the same, or what stands there
now is as good a value as any.

Whether a value is good is judged here from the schema alone, not by the reader. Cells and values are drawn with a fixed
seed, so that a failure can be met again.
"""

from __future__ import annotations

import math
import random
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compute_lp.schema import Column
from planner.workbook import filled_sheets, input_hash, inspect
from planner.workbook.sheets import Sheet, sheets_of
from tests.faults.shipped import FIRST, HEADER_AT, UNITS_AT, Shipped, Spot, all_shipped, shipped

BOOK = all_shipped()[0]
SHEETS = sheets_of()
NO_NUMBERS = ("abc", "1,5", "12 %", "1.2.3", "TBC", "n/a", "#REF!", "2027-01", "12 MW", "yes", "1e", "٣")
NO_DATES = ("soon", "2027", "01/2027", "2027-13", "Jan 2027", "TBC", "#N/A", "202701")
NO_UNITS = ("xyz", "MWx", "12.5", "#REF!", "per", "furlong")


def no_good(column: Column, rng: random.Random) -> Any:
    """Something that can't stand in a cell of the column."""
    if column.required and rng.random() < 0.2:
        return None
    if column.numeric:
        beyond = [limit for limit in (column.high,) if limit is not None and limit < 1e6]
        below = [limit for limit in (column.low, column.above) if limit is not None]
        numbers = [*(limit * 1.5 + 7 for limit in beyond), *(limit - 3 for limit in below)]
        return rng.choice([*NO_NUMBERS, *numbers, *([2.5] if column.kind == "integer" else [])])
    if column.kind in ("month", "date"):
        return rng.choice([*NO_DATES, *([] if column.kind == "date" else ["2027-01-15"])])
    if column.kind == "yes_no":
        return rng.choice(("maybe", "y", "1", "on"))
    if column.choices:
        return rng.choice(column.choices) + rng.choice("xyz ")[:1].strip() + "q"
    if column.refers_to:
        return rng.choice(("nowhere", "TBD", "x-9", "#REF!", "UKK"))
    return rng.choice(("TBC", "#REF!", "a\x07b")) if column.kind == "name" else None


def columns(book: Shipped, sheet: Sheet, *, keys: bool) -> list[Column]:
    """Columns that stand on the sheet and can hold something wrong."""
    there = [name for name in book.rows[sheet.name][HEADER_AT] if name in sheet.known]
    known = [sheet.known[name] for name in there]
    return [column for column in known if column.kind != "text" and (keys or not column.key)]


@pytest.mark.parametrize("seed", range(12))
def test_what_cannot_stand_in_a_cell_is_told_at_that_cell(seed: int, tmp_path: Path) -> None:
    """One cell in each sheet, all at once; keys, to which other sheets refer, are spoilt one at a time below."""
    rng = random.Random(seed)
    book = shipped(BOOK)
    spoilt: dict[str, Any] = {}
    for sheet in SHEETS.values():
        if sheet.settings or sheet.name not in book.rows or len(book.rows[sheet.name]) <= FIRST:
            continue
        usable = columns(book, sheet, keys=False)
        if usable:
            column = rng.choice(usable)
            row = rng.randrange(FIRST, len(book.rows[sheet.name]))
            value = no_good(column, rng)
            spot = book.put(sheet.name, row, column.name, value)
            if value is not None or column.required:
                spoilt[book.name(spot, "csv")] = value
    told = {problem.cell for problem in inspect(book.save("csv", tmp_path)).problems}
    assert len(spoilt) > 15
    assert {cell: value for cell, value in spoilt.items() if cell not in told} == {}


@pytest.mark.parametrize("seed", range(20))
def test_a_spoilt_key_a_unit_or_a_setting_is_told_at_its_cell(seed: int, tmp_path: Path) -> None:
    rng = random.Random(1000 + seed)
    book = shipped(BOOK)
    kind = ("key", "unit", "header", "setting")[seed % 4]
    sheet = rng.choice(
        [s for s in SHEETS.values() if not s.settings and len(book.rows.get(s.name, ())) > FIRST and s.keys]
    )
    if kind == "setting":
        given = [i for i, row in enumerate(book.rows["programme"]) if i >= FIRST]
        row = rng.choice(
            [i for i in given if SHEETS["programme"].settings[book.rows["programme"][i][0]].kind != "text"]
        )
        column = SHEETS["programme"].settings[book.rows["programme"][row][0]]
        value = no_good(column, rng)
        spot = book.put("programme", row, "value", "TBC" if value is None else value)
    elif kind == "key":
        spot = book.put(sheet.name, rng.randrange(FIRST, len(book.rows[sheet.name])), sheet.keys[0], "#REF!")
    elif kind == "unit":
        sheet = SHEETS["sites"]
        numeric = [c for c in columns(book, sheet, keys=False) if c.numeric and c.name in sheet.declared]
        spot = book.put(sheet.name, UNITS_AT, rng.choice(numeric).name, rng.choice(NO_UNITS))
    else:
        name = rng.choice([name for name in book.rows[sheet.name][HEADER_AT] if name])
        spot = book.put(sheet.name, HEADER_AT, name, f"{name}x")
    cell = book.name(spot, "csv")
    told = inspect(book.save("csv", tmp_path)).problems
    assert cell in {problem.cell for problem in told}, (cell, kind, [str(p) for p in told][:5])


@pytest.mark.parametrize("seed", range(30))
def test_another_good_value_is_read_as_it_stands_or_doubted_at_its_cell(seed: int, tmp_path: Path) -> None:
    """A number in its range, another name that exists, a blank that takes its default: no finding need name it, but
    then that cell and no other sheet reads differently."""
    rng = random.Random(2000 + seed)
    book = shipped(BOOK)
    sheet = rng.choice([s for s in SHEETS.values() if not s.settings and len(book.rows.get(s.name, ())) > FIRST])
    column = rng.choice(columns(book, sheet, keys=False) or [sheet.known["note"]])
    row = rng.randrange(FIRST, len(book.rows[sheet.name]))
    before = book.get(sheet.name, row, column.name)
    value = good(book, column, before, rng)
    spot = book.put(sheet.name, row, column.name, value)
    path = book.save("csv", tmp_path)
    found = inspect(path)
    named = book.name(spot, "csv") in {p.cell for p in (*found.problems, *found.warnings)}
    if not named:
        read = filled_sheets(path)[sheet.name].frame[column.name].iloc[row - FIRST]
        assert same(read, value, column), (book.name(spot, "csv"), value, read)
    if found.inputs is not None:
        old, new = usual_hash(), input_hash(found.inputs)
        changed = {name for name in old if old[name] != new[name]}
        assert changed <= {sheet.name}


@cache
def usual_hash() -> dict[str, str]:
    inputs = inspect(BOOK).inputs
    assert inputs is not None
    return input_hash(inputs)


def good(book: Shipped, column: Column, before: Any, rng: random.Random) -> Any:
    if column.numeric:
        low = column.low if column.low is not None else column.above or 0.0
        high = min(column.high or math.inf, abs(before) * 3 + 1 if isinstance(before, (int, float)) else low + 1)
        number = low + (high - low) * rng.uniform(0.1, 0.9)
        return round(number) or 1 if column.kind == "integer" else round(number, 4)
    if column.kind in ("month", "date"):
        return f"20{rng.randrange(20, 40)}-{rng.randrange(1, 13):02d}"
    if column.kind == "yes_no":
        return rng.choice(("yes", "no"))
    if column.choices:
        return rng.choice(column.choices)
    if column.refers_to:
        target, _, name = rng.choice(column.refers_to).partition(".")
        if name == "group":
            return "other"
        return book.get(target, rng.randrange(FIRST, len(book.rows[target])), name)
    return "another"


def same(read: Any, typed: Any, column: Column) -> bool:
    return bool(np.isclose(read, typed)) if column.numeric else read == typed


@pytest.mark.parametrize(
    "touch", ["a title", "a sentence", "a label", "a private column", "a private row", "a blank row", "a padded name"]
)
def test_what_is_no_input_may_be_changed_at_will(touch: str, tmp_path: Path) -> None:
    book = shipped(BOOK)
    rows = book.rows["sites"]
    book.touched.add("sites")
    if touch == "a private column":
        book.put("sites", FIRST, "# my remark", "12 MW?")
    elif touch == "a private row":
        rows.insert(FIRST + 1, ["# ask again", 12, "#REF!"])
    elif touch == "a blank row":
        rows.insert(FIRST + 1, [])
    elif touch == "a padded name":
        book.put("sites", FIRST, "site", f" {book.get('sites', FIRST, 'site')}\u00a0")
        book.put("sites", HEADER_AT, "pue", " pue ")
    else:
        rows[["a title", "a sentence", "a label"].index(touch)][0] = "whatever"
    found = inspect(book.save("xlsx", tmp_path))
    assert found.problems == ()
    assert found.inputs is not None
    assert input_hash(found.inputs) == usual_hash()


def test_a_spot_is_named_as_a_spreadsheet_names_it() -> None:
    book = shipped(BOOK)
    assert book.name(Spot("sites", FIRST, 27), "xlsx") == "sites!AB6"
    assert book.name(Spot("periods", FIRST, 1), "csv") == "periods.csv line 3, column start"
