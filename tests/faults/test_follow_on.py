"""A sheet that isn't there is told once, with how many errors only follow from it; other errors are told as ever.

The smallest workbook has four rows of grid_offers, each of a site.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planner.cli import main
from planner.workbook import inspect
from tests.planner.test_scenarios import changes
from tests.workbooks import Sheets, put, smallest, to_csv, to_xlsx

OF_SITES = {"sheet": "sites", "rows": "site=mumbai", "field": "pue", "value": 1.3}
OF_BUDGETS = {"sheet": "budgets", "field": "musd", "change": "multiply", "value": 2}
WHEN_MENDED = "from this and will show, if any are left, when it is mended"


def told(sheets: Sheets, folder: Path, form: str = "xlsx") -> list[tuple[str, str, str]]:
    """Cell, message and what would be right of each error."""
    path = to_xlsx(sheets, folder / "plan.xlsx") if form == "xlsx" else to_csv(sheets, folder / "plan")
    return [(problem.cell, problem.message, problem.right) for problem in inspect(path).problems]


def with_changes(*rows: dict[str, Any]) -> Sheets:
    sheets = smallest()
    changes(*rows)(sheets)
    return sheets


@pytest.mark.parametrize(("form", "cell"), [("xlsx", "stes!A1"), ("csv", "stes.csv")])
def test_of_a_misspelt_sheet_only_its_name_is_told(tmp_path: Path, form: str, cell: str) -> None:
    sheets = with_changes(OF_SITES)
    sheets["stes"] = sheets.pop("sites")
    # four offers, one change, and that sites is missing
    assert told(sheets, tmp_path, form) == [
        (cell, "an unknown sheet", f"did you mean 'sites'? 6 more errors follow {WHEN_MENDED}")
    ]


def test_a_missing_sheet_comes_first_and_what_hangs_on_no_sheet_is_told_beside_it(tmp_path: Path) -> None:
    sheets = smallest()
    del sheets["sites"]
    put(sheets, "countries", 0, "grid_co2_kg_per_mwh", -1)
    missing, other = told(sheets, tmp_path)
    assert missing[:2] == ("sites", "the sheet sites is missing")
    assert missing[2].startswith("add it: ") and missing[2].endswith(f"; 4 more errors follow {WHEN_MENDED}")
    assert other[:2] == ("countries!C6", "out of range")


def test_a_deleted_sheet_that_changes_name_is_told_to_be_absent_once(tmp_path: Path) -> None:
    assert told(with_changes(OF_BUDGETS, OF_SITES, OF_BUDGETS), tmp_path) == [
        (
            "scenario_changes!D6",
            "the sheet is absent",
            f"put it back, or delete the changes of it; 1 more error follows {WHEN_MENDED}",
        )
    ]


def test_a_sheet_without_rows_is_the_cause_of_what_finds_none(tmp_path: Path) -> None:
    sheets = smallest()
    del sheets["sites"][2:]
    ((cell, message, right),) = told(sheets, tmp_path)
    assert (cell, message) == ("sites!A5", "the sheet sites has no rows")
    assert f"4 more errors follow {WHEN_MENDED}" in right


def test_a_reference_that_a_sheet_with_rows_could_hold_is_no_follower(tmp_path: Path) -> None:
    sheets = smallest()
    sheets["stes"] = sheets.pop("sites")
    put(sheets, "energy_prices", 3, "period", "2029")
    assert [cell for cell, _, _ in told(sheets, tmp_path)] == ["stes!A1", "energy_prices!B9"]


def test_units_in_a_currency_hang_on_a_misspelt_sheet_of_rates_but_not_on_none(tmp_path: Path) -> None:
    sheets = smallest()
    for sheet, column, unit in (("energy_prices", 2, "EUR/MWh"), ("sites", 5, "EUR/W"), ("grid_offers", 4, "EUR/kW")):
        sheets[sheet][1][column] = unit
    (tmp_path / "none").mkdir()
    assert len(told(sheets, tmp_path / "none")) == 3
    sheets["curencies"] = [["currency", "usd"], ["unit", "USD"], ["EUR", 1.1]]
    assert told(sheets, tmp_path) == [
        ("curencies!A1", "an unknown sheet", f"did you mean 'currencies'? 3 more errors follow {WHEN_MENDED}")
    ]


def test_a_misspelt_sheet_is_not_said_to_be_meant_to_be_absent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheets = with_changes(OF_BUDGETS)
    sheets["budgts"] = [["layer", "period", "musd"], ["unit", None, "MUSD"], ["L1", None, 100]]
    assert main(["check", str(to_xlsx(sheets, tmp_path / "plan.xlsx"))]) == 1
    out = capsys.readouterr().out
    assert "budgts!A1: an unknown sheet (found 'budgts'); did you mean 'budgets'? 1 more error follows" in out
    assert "money has no limit" not in out and "it can't be solved before it is mended" in out


def test_a_slip_is_told_with_what_is_usual(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "accelerators", 0, "availability", 0.09)
    sheets["grid_offers"][2][4] = 12_000
    said = {p.cell: f"{p.message}; {p.right}" for p in inspect(to_xlsx(sheets, tmp_path / "plan.xlsx")).warnings}
    assert "an unusual figure; usually 0.7 to 1 (" in said["accelerators!Q6"]
    assert "times the median of its peers" in said["grid_offers!E6"]
    assert "usually 10 to 2000 USD/kW (" in said["grid_offers!E6"]
