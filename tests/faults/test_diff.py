"""`planner diff` tells what differs between two workbooks, by sheet and key, and nothing that is no input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.cli import main
from planner.review.diff import compare
from planner.workbook import convert, input_hash, read
from tests.faults.shipped import all_shipped
from tests.workbooks import UNITS, Sheets, put, smallest, to_csv, to_xlsx


def told(tmp_path: Path, sheets: Sheets, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """What is printed for the smallest workbook as an xlsx against another as a folder."""
    old, new = to_xlsx(smallest(), tmp_path / "old.xlsx"), to_csv(sheets, tmp_path / "new")
    assert main(["diff", str(old), str(new), *options]) == 0
    return capsys.readouterr().out


def test_rows_are_matched_by_key_and_values_told_old_to_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "max_it_mw", 75)
    put(sheets, "sites", 0, "source", "tender 13")
    put(sheets, "programme", 4, "value", 0.06)
    del sheets["grid_offers"][3]
    sheets["countries"].append(["SE", "haven", 15])
    assert told(tmp_path, sheets, capsys).splitlines() == [
        f"from {tmp_path / 'old.xlsx'} to {tmp_path / 'new'}",
        "",
        "programme: 1 changed",
        "  ~ discount_rate: value 0.05 → 0.06 1/year",
        "",
        "countries: 1 added",
        "  + SE",
        "",
        "sites: 1 changed",
        "  ~ mumbai: max_it_mw 80 → 75 MW; source",
        "",
        "grid_offers: 1 removed",
        "  - mumbai · 2",
    ]


def test_machines_get_every_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "max_it_mw", 75)
    sheets["countries"].append(["SE", "haven", 15])
    record: dict[str, Any] = json.loads(told(tmp_path, sheets, capsys, "--json"))
    assert record["same"] is False
    (change,) = record["sheets"]["sites"]["changed"]
    assert change == {"key": {"site": "mumbai"}, "columns": {"max_it_mw": {"from": "80", "to": "75", "unit": "MW"}}}
    (added,) = record["sheets"]["countries"]["added"]
    assert added["key"] == {"country": "SE"}
    assert added["values"]["grid_co2_kg_per_mwh"] == "15"


def test_other_units_spelt_out_defaults_and_private_notes_are_no_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheets = smallest()
    put(sheets, "sites", UNITS, "max_it_mw", "kW")
    for row, kw in enumerate((80_000, 60_000, 120_000)):
        put(sheets, "sites", row, "max_it_mw", kw)
    put(sheets, "sites", 0, "hall_life_years", 20)
    put(sheets, "sites", 0, "# ask", "the operator")
    sheets["sites"].append(["# abroad", *[None] * (len(sheets["sites"][0]) - 1)])
    assert "hold the same inputs" in told(tmp_path, sheets, capsys)
    assert input_hash(read(tmp_path / "old.xlsx")) == input_hash(read(tmp_path / "new"))


def test_the_order_of_rows_is_a_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = smallest()
    sheets["sites"][2:4] = sheets["sites"][3:1:-1]
    assert "sites: rows in another order" in told(tmp_path, sheets, capsys)


def test_a_faulty_cell_is_compared_as_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "pue", "1,4")
    assert "  ~ mumbai: pue 1.4 → 1,4" in told(tmp_path, sheets, capsys)


def test_a_key_that_stands_twice_is_a_row_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = smallest()
    sheets["countries"].append(list(sheets["countries"][2]))
    assert "  + IN · row 2 of this key" in told(tmp_path, sheets, capsys)


@pytest.mark.parametrize("book", all_shipped(), ids=lambda book: book.stem)
def test_a_shipped_workbook_is_the_same_as_its_folder(book: Path, tmp_path: Path) -> None:
    convert(book, tmp_path / "folder")
    assert compare(book, tmp_path / "folder") == {}


def test_a_workbook_that_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(to_xlsx(smallest(), tmp_path / "a.xlsx")), str(tmp_path / "b.xlsx")]) == 1
    assert "b.xlsx: doesn't exist" in capsys.readouterr().err
