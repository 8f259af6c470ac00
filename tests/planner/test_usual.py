"""Figures outside the range in which the field has them are read, and asked about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner.review.usual import USUAL, Usual
from planner.workbook import inspect
from planner.workbook.check import UNUSUAL
from planner.workbook.dictionary import as_markdown, as_text
from planner.workbook.sheets import sheets_of
from tests.faults.shipped import all_shipped
from tests.workbooks import UNITS, put, smallest, to_csv

RANGES = [(sheet, column, known) for sheet, columns in USUAL.items() for column, known in columns.items()]


def asked_about(path: Path) -> list[tuple[str, Any]]:
    found = inspect(path)
    assert found.problems == ()
    return [(warning.cell, warning.value) for warning in found.warnings if warning.message.startswith(UNUSUAL)]


@pytest.mark.parametrize(("sheet", "name", "known"), RANGES, ids=[f"{sheet}.{name}" for sheet, name, _ in RANGES])
def test_a_range_lies_within_the_limits_and_holds_every_default(sheet: str, name: str, known: Usual) -> None:
    column = sheets_of()[sheet].table.column(name)
    assert column.numeric
    assert known.low < known.high
    assert known.low >= (-np.inf if column.low is None else column.low)
    assert known.high <= (np.inf if column.high is None else column.high)
    defaults = [column.default, *(column.default_by or ("", {}))[1].values()]
    numbers = np.array([value for value in defaults if isinstance(value, (int, float))], dtype=np.float64)
    assert not known.outside(numbers).any(), numbers


def test_the_ends_and_zero_are_usual_and_a_blank_is() -> None:
    known = Usual(0.7, 1, "")
    assert known.outside(np.array([0.7, 1, 0, np.nan, 0.69, 1.1])).tolist() == [False] * 4 + [True] * 2


def test_a_figure_is_asked_about_in_the_unit_of_the_contract(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "accelerators", UNITS, "availability", "%")
    put(sheets, "accelerators", 0, "availability", 90)
    assert asked_about(to_csv(sheets, tmp_path / "sound")) == []
    put(sheets, "accelerators", 0, "availability", 9)
    where = "accelerators.csv line 3, column availability"
    assert asked_about(to_csv(sheets, tmp_path / "slip")) == [(where, 0.09)]


def test_a_default_is_never_asked_about(tmp_path: Path) -> None:
    assert asked_about(to_csv(smallest(), tmp_path / "plan")) == []


def test_many_of_a_column_are_told_as_one(tmp_path: Path) -> None:
    sheets = smallest()
    for row in range(4):
        put(sheets, "grid_offers", row, "firm_share", 0.2)
    found = inspect(to_csv(sheets, tmp_path / "plan"))
    (told,) = (warning.message for warning in found.warnings)
    assert told == f"{UNUSUAL}, and 3 more in this column"


@pytest.mark.parametrize("book", all_shipped(), ids=[book.stem for book in all_shipped()])
def test_no_figure_of_a_shipped_workbook_is_unusual(book: Path) -> None:
    assert asked_about(book) == []


def test_the_dictionary_tells_the_usual_range() -> None:
    sheets = sheets_of().values()
    assert "| share | above 0 to 1; usually 0.7 to 1 | 0.9 |" in as_markdown(sheets)
    assert "[share; above 0 to 1; usually 0.7 to 1; blank: 0.9]" in as_text(sheets)
