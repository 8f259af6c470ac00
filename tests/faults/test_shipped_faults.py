"""Every kind of fault, put one at a time into a shipped workbook, is found where it was put, as xlsx and as CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from compute_lp.schema import Problem
from planner.workbook import folder, inspect, xlsx_read
from tests.faults.catalogue_cells import CELLS
from tests.faults.catalogue_rows import ROWS
from tests.faults.catalogue_sheets import LAYOUT
from tests.faults.shipped import all_shipped, names, shipped

CATALOGUE = CELLS | LAYOUT | ROWS
FIRST_BOOK, *OTHER_BOOKS = all_shipped()
NEEDS_INDIA = {
    "kW typed where MW belongs",
    "currency that is no code",
    "currency without a rate",
    "dollar that is worth something else",
    "reference with a look-alike letter",
    "reference with another dash",
    "country by its name",
    "country by three letters",
    "home by its name",
    "home that is an ally",
    "cells moved by a column",
    "licence that lapses before it starts",
    "licence after the horizon",
    "licence without a quantity",
    "battery without storage",
    "model that starts from itself",
    "name among others that matches nothing",
}
"""Faults put where another workbook may hold something else, or nothing."""
EVERY = 29
"""Steps through the catalogue, of which the other workbooks get half a dozen faults each."""


@pytest.fixture(autouse=True, scope="module")
def unchanged_sheets_are_read_once() -> Iterator[None]:
    """Hundreds of copies differ in a sheet or two; what stands in the others is kept, and checked anew each time."""
    known: dict[Any, Any] = {}
    read_csv, raw = folder.read_csv, xlsx_read._raw

    def csv_once(file: Path, sheet: str) -> Any:
        key = (file.name, sheet, file.read_bytes())
        if key not in known:
            known[key] = read_csv(file, sheet)
        return known[key]

    def xlsx_once(path: Path, worksheet: Any, xml: bytes) -> Any:
        key = (worksheet.title, worksheet.sheet_state, xml)
        if b"<f>" in xml or key not in known:
            known[key] = raw(path, worksheet, xml)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "read_csv", csv_once)
        patch.setattr(xlsx_read, "_raw", xlsx_once)
        yield


def told(path: Path) -> list[Problem]:
    found = inspect(path)
    return [*found.problems, *found.warnings]


@cache
def usual(book: Path) -> Counter[tuple[str, str]]:
    """What is told about the workbook as it is shipped: warnings alone."""
    found = inspect(book)
    assert found.problems == (), book
    return Counter((problem.sheet, problem.message) for problem in found.warnings)


def check(book: Path, name: str, form: str, folder: Path) -> None:
    fault = CATALOGUE[name]
    damaged = shipped(book)
    spot = fault.inject(damaged)
    problems = told(damaged.save(form, folder))
    shown = "\n".join(map(str, problems)) or "nothing was told"
    where = damaged.name(spot, form)
    here = [p for p in problems if p.cell == where and fault.says in p.message and p.severity == fault.severity]
    assert here, f"{where}: {fault.says}\n{shown}"
    assert any(fault.right in p.right for p in here), shown
    if not fault.cascade:
        known = usual(book)
        others = [p for p in problems if p not in here and (p.sheet, p.message) not in known]
        assert [p for p in others if p.severity == "error"] == [], shown
        assert len(here) == 1, shown


CASES = list(names(CATALOGUE))


@pytest.mark.parametrize(("name", "form"), CASES, ids=[f"{form}: {name}" for name, form in CASES])
def test_a_fault_is_found_where_it_was_put(name: str, form: str, tmp_path: Path) -> None:
    check(FIRST_BOOK, name, form, tmp_path)


FOR_ALL = [case for case in CASES if case[0] not in NEEDS_INDIA]
SAMPLE = [(book, *FOR_ALL[(i * EVERY + n) % len(FOR_ALL)]) for n, book in enumerate(OTHER_BOOKS) for i in range(6)]


@pytest.mark.parametrize(
    ("book", "name", "form"), SAMPLE, ids=[f"{book.stem} as {form}: {name}" for book, name, form in SAMPLE]
)
def test_it_is_found_in_the_other_shipped_workbooks_too(book: Path, name: str, form: str, tmp_path: Path) -> None:
    check(book, name, form, tmp_path)


def test_the_catalogue_has_more_than_eighty_kinds() -> None:
    assert len(CATALOGUE) == len(CELLS) + len(LAYOUT) + len(ROWS) > 150
