"""A shipped workbook edited and saved in LibreOffice is read as whoever edited it means it.

The edits are made by a macro in LibreOffice itself, without a window, on a profile of its own.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter

from compute_lp.schema import Problem
from planner.review.annotate import annotate
from planner.workbook import Findings, input_hash, inspect
from tests.faults.shipped import FIRST, Shipped, all_shipped, shipped

SOFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")
BOOK = all_shipped()[0]

MODULE = """\
Sub Edit
{calls}
  StarDesktop.terminate()
End Sub

Function Opened(source As String) As Object
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  Opened = StarDesktop.loadComponentFromURL(source, "_blank", 0, hidden())
End Function

Sub Saved(book As Object, target As String)
  Dim filter(0) As New com.sun.star.beans.PropertyValue
  filter(0).Name = "FilterName"
  filter(0).Value = "Calc MS Excel 2007 XML"
  book.storeToURL(target, filter())
  book.close(True)
End Sub
"""
PUBLISHER = "-//OpenOffice.org//DTD OfficeDocument 1.0//EN"
ROOT = f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE {{0}} PUBLIC "{PUBLISHER}" "{{1}}">\n'


def cell(book: Shipped, sheet: str, row: int, column: str) -> str:
    """A cell for Basic, by data row and field name."""
    where = f"{get_column_letter(1 + book.column(sheet, column))}{FIRST + 1 + row}"
    return f'book.Sheets.getByName("{sheet}").getCellRangeByName("{where}")'


def filled_row(book: Shipped, row: int) -> list[str]:
    """Statements that type a row of the fleet."""
    names = {"site": book.get("fleet", FIRST, "site"), "accelerator": book.get("fleet", FIRST, "accelerator")}
    return [
        *(f'{cell(book, "fleet", row, name)}.setString("{text}")' for name, text in names.items()),
        f'{cell(book, "fleet", row, "installed")}.setFormula("2020-02")',
        f"{cell(book, 'fleet', row, 'units')}.setValue(77)",
    ]


def edits(book: Shipped) -> dict[str, list[str]]:
    last = len(book.rows["fleet"]) - FIRST
    fleet = 'book.Sheets.getByName("fleet")'
    return {
        "saved": [],
        "added": filled_row(book, last),
        "inserted": [f"{fleet}.Rows.insertByIndex({FIRST + 1}, 1)", *filled_row(book, 1)],
        "above": ['book.Sheets.getByName("sites").Rows.insertByIndex(0, 2)'],
        "moved": [
            "Dim column As New com.sun.star.table.CellRangeAddress",
            f"column = {fleet}.Columns.getByIndex({book.column('fleet', 'units')}).getRangeAddress()",
            f"{fleet}.Columns.insertByIndex(0, 1)",
            f"column = {fleet}.Columns.getByIndex({book.column('fleet', 'units') + 1}).getRangeAddress()",
            f"{fleet}.moveRange({fleet}.getCellByPosition(0, 0).getCellAddress(), column)",
            f"{fleet}.Columns.removeByIndex({book.column('fleet', 'units') + 1}, 1)",
        ],
        "formula": [
            f'{cell(book, "sites", 0, "max_it_mw")}.setFormula("=120+30.5")',
            f'{cell(book, "sites", 1, "max_it_mw")}.setFormula("=2*$sites.'
            f'{get_column_letter(1 + book.column("sites", "max_it_mw"))}{FIRST + 1}")',
        ],
        "truth": [f'{cell(book, "clouds", 0, "trains")}.setFormula("=TRUE()")'],
        "broken": [f'{cell(book, "sites", 0, "max_it_mw")}.setFormula("=1/0")'],
    }


def basic(calls: str, profile: Path) -> None:
    """Puts the module into the profile's own library."""
    library = profile / "user" / "basic" / "Standard"
    library.mkdir(parents=True, exist_ok=True)
    space = 'xmlns:{0}="http://openoffice.org/2000/{0}"'
    module = f'<script:module {space.format("script")} script:name="Module1" script:language="StarBasic">'
    text = ROOT.format("script:module", "module.dtd") + module + escape(MODULE.format(calls=calls)) + "</script:module>"
    (library / "Module1.xba").write_text(text, encoding="utf-8")
    head = f'<library:library {space.format("library")} library:name="Standard" library:readonly="false">'
    text = ROOT.format("library:library", "library.dtd") + head
    text += '<library:element library:name="Module1"/></library:library>'
    (library / "script.xlb").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the workbook as LibreOffice saved it after each edit."""
    folder = tmp_path_factory.mktemp("libreoffice")
    profile, book = folder / "profile", shipped(BOOK)
    assert SOFFICE is not None
    office = [SOFFICE, f"-env:UserInstallation=file://{profile}", "--headless", "--norestore"]
    subprocess.run([*office, "--terminate_after_init"], check=True, capture_output=True, timeout=180)
    marked = annotate(BOOK, [Problem("sites", "odd", 0, "pue", cell="sites!C6")], folder / "marked.xlsx")
    calls = []
    sources = dict.fromkeys(edits(book), BOOK) | {"opened": marked}
    for name, source in sources.items():
        statements = edits(book).get(name, [])
        lines = [f'book = Opened("file://{source}")', *statements, f'Saved(book, "file://{folder}/{name}.xlsx")']
        calls.append("\n".join(f"  {line}" for line in lines))
    basic("  Dim book As Object\n" + "\n".join(calls), profile)
    subprocess.run([*office, "macro:///Standard.Module1.Edit"], check=True, capture_output=True, timeout=300)
    assert (folder / "opened.xlsx").exists(), "LibreOffice did not run the macro to its end"
    return folder


def sound(path: Path) -> Any:
    found: Findings = inspect(path)
    assert found.problems == ()
    assert found.inputs is not None
    return found.inputs


def changed(path: Path) -> set[str]:
    """Sheets that read differently from the shipped ones."""
    old, new = input_hash(sound(BOOK)), input_hash(sound(path))
    return {name for name in old if old[name] != new[name]}


def test_saving_changes_nothing(edited: Path) -> None:
    assert changed(edited / "saved.xlsx") == set()


def test_a_row_added_below_the_table_is_read(edited: Path) -> None:
    before, after = sound(BOOK)["fleet"], sound(edited / "added.xlsx")["fleet"]
    assert changed(edited / "added.xlsx") == {"fleet"}
    assert len(after) == len(before) + 1
    assert (after["installed"].iloc[-1], after["units"].iloc[-1]) == ("2020-02", 77)


def test_a_row_inserted_among_others_is_read_in_its_place(edited: Path) -> None:
    before, after = sound(BOOK)["fleet"], sound(edited / "inserted.xlsx")["fleet"]
    assert (after["installed"].iloc[1], after["units"].iloc[1]) == ("2020-02", 77)
    kept = after.drop(index=1).reset_index(drop=True)
    pd.testing.assert_frame_equal(kept[before.columns], before)


def test_rows_inserted_above_the_header_do_no_harm(edited: Path) -> None:
    assert openpyxl.load_workbook(edited / "above.xlsx")["sites"]["A7"].value == "site"
    assert changed(edited / "above.xlsx") == set()


def test_a_column_moved_to_the_front_is_read_from_there(edited: Path) -> None:
    assert openpyxl.load_workbook(edited / "moved.xlsx")["fleet"]["A5"].value == "units"
    assert changed(edited / "moved.xlsx") == set()


def test_a_formula_typed_is_read_as_its_value(edited: Path) -> None:
    assert sound(edited / "formula.xlsx")["sites"]["max_it_mw"].to_list()[:2] == [150.5, 301]


def test_a_truth_value_is_read_as_yes(edited: Path) -> None:
    assert sound(edited / "truth.xlsx")["clouds"]["trains"].iloc[0] == "yes"


def test_a_formula_that_fails_is_told_at_its_cell(edited: Path) -> None:
    book = shipped(BOOK)
    where = f"sites!{get_column_letter(1 + book.column('sites', 'max_it_mw'))}{FIRST + 1}"
    assert [(p.cell, p.message) for p in inspect(edited / "broken.xlsx").problems] == [(where, "a formula error")]


def test_a_marked_copy_saved_there_still_says_what_it_is(edited: Path) -> None:
    found = inspect(edited / "opened.xlsx")
    assert found.problems == ()
    assert [w.message for w in found.warnings if w.cell == "opened.xlsx"] == [
        "a marked copy that planner check made, not the original"
    ]
