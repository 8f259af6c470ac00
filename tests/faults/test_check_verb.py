"""What `planner check` and `planner fields` say, and in which order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planner.cli import main
from planner.review.checked import ABSENT, absent
from planner.workbook import filled_sheets
from planner.workbook.sheets import TABLES
from tests.faults.shipped import all_shipped, shipped
from tests.workbooks import put, smallest, to_xlsx


def test_the_verdict_comes_first_and_defaults_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "pue", "1,4")
    put(sheets, "grid_offers", 3, "firm_share", 1)
    assert main(["check", str(to_xlsx(sheets, tmp_path / "plan.xlsx"))]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert lines[0] == "plan.xlsx: 1 error, 1 warning; it can't be solved before it is mended"
    assert [line for line in lines if not line.startswith(" ")][1:3] == ["1 error:", "1 warning:"]
    assert "sites 8" in lines[-1] and lines[-1].endswith("(--defaults lists them)")


def test_a_sound_workbook_is_said_to_be_sound_in_the_first_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(to_xlsx(smallest(), tmp_path / "plan.xlsx")), "--defaults"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("plan.xlsx: no errors")
    assert "  sites.hall_life_years = 20 in 3 rows" in lines


LOGS = {"assumptions", "decisions", "sources"}
OPTIONAL = [table.name for table in TABLES if not table.required and table.name not in LOGS]


def test_what_the_absence_of_a_sheet_means_is_known_for_every_sheet_but_the_logs() -> None:
    assert list(ABSENT) == OPTIONAL


@pytest.mark.parametrize("sheet", OPTIONAL)
def test_a_sheet_deleted_from_a_shipped_workbook_is_always_told(sheet: str, tmp_path: Path) -> None:
    book = shipped(all_shipped()[0])
    assert (sheet in absent(filled_sheets(book.base))) == (sheet not in book.rows)
    if sheet in book.rows:
        book.removed.add(sheet)
        assert sheet in absent(filled_sheets(book.save("xlsx", tmp_path)))


def test_absent_sheets_are_told_with_their_meaning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(to_xlsx(smallest(), tmp_path / "plan.xlsx"))
    assert main(["check", path]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("15 sheets absent or without rows, which means:")
    assert lines[at + 1] == "  energy_assets: all power comes from the grid"
    assert "  budgets: money has no limit" in lines
    assert main(["check", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["absent"]["budgets"] == "money has no limit"


def test_machines_are_told_where_the_marked_copy_lies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = to_xlsx(smallest(), tmp_path / "plan.xlsx")
    assert main(["check", str(path), "--json", "-o", str(tmp_path / "copy.xlsx")]) == 0
    assert json.loads(capsys.readouterr().out)["marked_copy"] == str(tmp_path / "copy.xlsx")


def test_the_plain_dictionary_shows_ranges_choices_and_where_names_stand(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fields"]) == 0
    shown = capsys.readouterr().out
    assert "[1/year; 0 to 1; usually 0.01 to 0.15; blank: an error]" in shown
    assert "[choice; low, central, high; blank: an error]" in shown
    assert "[name; countries.country; blank: an error]" in shown
