"""`planner check --annotate` marks a copy: every finding is listed, linked and told at its cell; the original stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from compute_lp.schema import Problem
from planner.cli import main
from planner.review.annotate import FINDINGS, annotate
from planner.workbook import input_hash, inspect, read
from tests.faults.shipped import Formula, all_shipped, shipped
from tests.workbooks import put, smallest, to_csv, to_xlsx

RED, YELLOW = "00FFC7CE", "00FFEB9C"


def faulty(sheets: Any) -> Any:
    put(sheets, "sites", 0, "pue", "1,4")
    put(sheets, "sites", 1, "country", "UK")
    put(sheets, "grid_offers", 3, "firm_share", 1)
    del sheets["demand"]
    return sheets


@pytest.fixture
def copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The marked copy of a faulty xlsx."""
    path = to_xlsx(faulty(smallest()), tmp_path / "plan.xlsx")
    before = path.read_bytes()
    assert main(["check", str(path), "--annotate"]) == 1
    assert f"marked copy: {tmp_path / 'plan.checked.xlsx'}" in capsys.readouterr().out
    assert path.read_bytes() == before
    return openpyxl.load_workbook(tmp_path / "plan.checked.xlsx")


def test_faulty_cells_are_coloured_and_have_a_comment(copy: Any) -> None:
    assert copy["sites"]["G6"].fill.fgColor.rgb == RED
    assert copy["sites"]["G6"].comment.text.startswith("error: a number with a decimal comma (found '1,4'); 1.4")
    assert copy["sites"]["G6"].value == "1,4"
    assert copy["grid_offers"]["F9"].fill.fgColor.rgb == YELLOW
    assert copy["grid_offers"]["F9"].comment.text.startswith("warning: a share of exactly 1")
    assert copy["sites"]["G7"].comment is None


def test_the_first_sheet_lists_every_finding_with_a_link(copy: Any) -> None:
    sheet = copy.worksheets[0]
    assert (sheet.title, copy.active.title) == (FINDINGS, FINDINGS)
    assert sheet["A1"].value == "MARKED COPY of plan.xlsx: not the original"
    listed = {row[2].value: row for row in sheet.iter_rows(min_row=6)}
    assert set(listed) == {"demand", "sites!G6", "sites!B7", "grid_offers!F9"}
    assert listed["sites!G6"][2].hyperlink.location == "'sites'!G6"
    assert [cell.value for cell in listed["sites!G6"][1:]] == [
        "error", "sites!G6", "1,4", "a number with a decimal comma", "1.4"
    ]  # fmt: skip
    assert listed["demand"][2].hyperlink is None


def test_the_copy_reads_like_the_original_and_says_that_it_is_a_copy(tmp_path: Path, copy: Any) -> None:
    original, marked = inspect(tmp_path / "plan.xlsx"), inspect(tmp_path / "plan.checked.xlsx")
    assert [(p.cell, p.message) for p in marked.problems] == [(p.cell, p.message) for p in original.problems]
    extra = [w for w in marked.warnings if w not in original.warnings]
    assert [(w.cell, w.right) for w in extra] == [("plan.checked.xlsx", "mend the original and use that")]


def test_a_shipped_workbook_survives_marking(tmp_path: Path) -> None:
    book = all_shipped()[0]
    found = inspect(book)
    copy = annotate(book, found.warnings, tmp_path / "copy.xlsx")
    assert found.inputs is not None
    assert input_hash(read(copy)) == input_hash(found.inputs)


def test_a_folder_is_marked_in_an_xlsx_at_the_same_values(tmp_path: Path) -> None:
    sheets = faulty(smallest())
    put(sheets, "sites", 0, "colour", "green")
    sheets["sites"].insert(3, [None] * len(sheets["sites"][0]))
    sheets["site"] = [["a"], ["b"]]
    folder = to_csv(sheets, tmp_path / "plan")
    found = inspect(folder)
    book = openpyxl.load_workbook(annotate(folder, [*found.problems, *found.warnings]))
    listed = {
        row[2].value: row[2].hyperlink.location for row in book[FINDINGS].iter_rows(min_row=6) if row[2].hyperlink
    }
    for problem in (*found.problems, *found.warnings):
        if problem.cell == "demand":
            continue
        sheet, _, where = listed[problem.cell].partition("!")
        cell = book[sheet.strip("'")][where]
        assert problem.message in cell.comment.text
        if problem.value is not None and problem.row is not None:
            assert cell.value == problem.value
    assert listed["sites.csv line 1, column colour"] == "'sites'!J5"
    assert listed["site.csv"] == "'site'!A1"


def test_a_formula_stays_a_formula(tmp_path: Path) -> None:
    book = shipped(all_shipped()[0])
    book.put("sites", 5, "max_it_mw", Formula("=100+50", 150.0))
    path = book.to_xlsx(tmp_path / "plan.xlsx")
    copy = annotate(path, [Problem("sites", "odd", cell="sites!A6", value="=1+1")])
    marked = openpyxl.load_workbook(copy)
    assert marked["sites"].cell(6, 1 + book.column("sites", "max_it_mw")).value == "=100+50"
    assert (marked[FINDINGS]["D6"].value, marked[FINDINGS]["D6"].data_type) == ("=1+1", "s")


def test_a_second_check_replaces_the_copy_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = to_xlsx(faulty(smallest()), tmp_path / "plan.xlsx")
    for _ in range(2):
        assert main(["check", str(path), "--annotate"]) == 1
    (tmp_path / "mine.xlsx").write_text("mine", encoding="utf-8")
    for out in (path, tmp_path / "mine.xlsx", tmp_path / "mine.ods"):
        assert main(["check", str(path), "-o", str(out)]) == 2
    assert "never marked" in capsys.readouterr().err
    assert (tmp_path / "mine.xlsx").read_text(encoding="utf-8") == "mine"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mine.xlsx", "plan.checked.xlsx", "plan.xlsx"]


def test_where_there_is_no_workbook_there_is_no_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "plan.xlsx"), "--annotate"]) == 1
    assert "no marked copy" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
