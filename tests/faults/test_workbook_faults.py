"""Every kind of error of a workbook, put in one at a time, is found at its cell, in xlsx and in CSV."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from compute_lp.schema import InputError, Problem
from planner.workbook import inspect, read
from tests.workbooks import HEADER, UNITS, Sheets, csv_cell, drop, put, smallest, to_csv, to_xlsx, xlsx_cell

BOTH = ("xlsx", "csv")


@dataclass(frozen=True)
class Fault:
    """A value put into a cell; where it is found unless there; what is said; in which formats it can stand."""

    sheet: str
    row: int
    column: str
    value: Any
    says: str
    right: str = ""
    formats: tuple[str, ...] = BOTH
    severity: str = "error"
    also: Callable[[Sheets], None] | None = None


def add_scenarios(parents: str = "", **change: Any) -> Callable[[Sheets], None]:
    """Two scenarios, the first with one change that is sound but for what is given."""
    sound = {"sheet": "sites", "rows": "site=mumbai", "field": "pue", "change": "set", "value": "1.3"} | change

    def add(sheets: Sheets) -> None:
        sheets["scenarios"] = [["scenario", "parents"], ["unit", None], ["slow", parents], ["slower", "slow"]]
        sheets["scenario_changes"] = [
            ["scenario", "step", *sound],
            ["unit", None, *[None] * len(sound)],
            ["slow", 1, *sound.values()],
        ]

    return add


def add_price_rows(sheets: Sheets) -> None:
    sheets["energy_prices"] += [["IN-W", "2027", 72], ["IN-W", "2028", 74]]


def add_second_accelerator(sheets: Sheets) -> None:
    sheets["accelerators"].append(["H200", *sheets["accelerators"][2][1:]])


def add_currency(sheets: Sheets) -> None:
    sheets["currencies"] = [["currency", "usd"], ["unit", "USD"], ["EUR", 1.1]]


FAULTS = {
    # numbers
    "thousands separators": Fault("sites", 0, "max_it_mw", "1,200", "stored as text", "1200"),
    "a number stored as text": Fault("sites", 0, "max_it_mw", "1200", "stored as text", "1200", ("xlsx",)),
    "points for thousands": Fault("sites", 0, "max_it_mw", "1.200", "stored as text", "1200", ("xlsx",)),
    "points for millions": Fault("sites", 0, "max_it_mw", "1.200.000", "stored as text", "1200000"),
    "a decimal comma": Fault("sites", 1, "pue", "1,3", "decimal comma", "1.3"),
    "a percentage as text": Fault("grid_offers", 0, "firm_share", "12 %", "percentage", "0.12"),
    "a percentage for a share": Fault("grid_offers", 0, "firm_share", 80, "percentage", "0.8"),
    "a percentage for a yearly rate": Fault("programme", 4, "value", 5, "percentage", "0.05"),
    "separators of lakhs": Fault("sites", 0, "max_it_mw", "1,20,000", "with separators", "120000"),
    "a number with its unit": Fault("sites", 2, "max_it_mw", "120 MW", "text behind", "120"),
    "a text for a number": Fault("sites", 2, "max_it_mw", "plenty", "text where a number belongs", "MW"),
    "a range for a number": Fault("sites", 2, "max_it_mw", "100-120", "a range where a number belongs", "MW"),
    "a placeholder for a number": Fault("sites", 2, "max_it_mw", "TBC", "placeholder", "MW"),
    "n/a for a number": Fault("sites", 2, "fixed_musd", "n/a", "placeholder", "leave it blank for the default (0)"),
    "a truth value for a number": Fault("sites", 0, "pue", True, "truth value", "number", ("xlsx",)),
    "a date for a number": Fault("sites", 0, "pue", datetime.date(2027, 1, 1), "date", "format the cell", ("xlsx",)),
    "an underscore in a number": Fault("sites", 0, "max_it_mw", "1_200", "text", "", ("csv",)),
    "not a number": Fault("sites", 0, "max_it_mw", "nan", "placeholder", ""),
    "infinity": Fault("sites", 0, "max_it_mw", "inf", "text where a number belongs"),
    "a number too large": Fault("sites", 0, "max_it_mw", "1e999", "too large", "", ("csv",)),
    "below its range": Fault("sites", 0, "max_it_mw", -5, "out of range", "at least 0"),
    "not above its range": Fault("periods", 0, "years", 0, "out of range", "above 0"),
    "beyond its range": Fault("sites", 0, "pue", 14, "out of range", "at most 3"),
    "not whole": Fault("grid_offers", 0, "stage", 1.5, "not a whole number"),
    "a blank without a default": Fault("sites", 1, "pue", None, "blank without a default"),
    # names
    "a missing key": Fault("sites", 1, "site", None, "key is missing"),
    "a key that stands twice": Fault(
        "accelerators", 1, "accelerator", "H100", "stands twice", "already", also=add_second_accelerator
    ),
    "a key of two columns that stands twice": Fault("grid_offers", 1, "stage", 1, "stands twice", "already"),
    "a reference to nothing": Fault("sites", 0, "zone", "IN-X", "no such zone", "did you mean 'IN-W'?"),
    "UK for GB": Fault("sites", 1, "country", "UK", "no such country", "did you mean 'GB'?"),
    "a country by its name": Fault("sites", 2, "country", "Norway", "no such country", "did you mean 'NO'?"),
    "a reference to nothing from a setting": Fault("programme", 1, "value", "UK", "no such country", "'GB'"),
    "no such choice": Fault("countries", 1, "group", "alied", "no group of that name", "did you mean 'allied'?"),
    "a placeholder for a name": Fault("sites", 0, "zone", "TBD", "placeholder"),
    "a date for a name": Fault("periods", 0, "period", datetime.date(2027, 1, 1), "date", "text", ("xlsx",)),
    "a control character": Fault("accelerators", 0, "vendor", "NV\x7fIDIA", "control character"),
    # dates
    "a date the wrong way round": Fault("periods", 0, "start", "03/2026", "no date", "2026-03"),
    "a month without a zero": Fault("periods", 0, "start", "2027-1", "no date", "2027-01"),
    "a month by name": Fault("periods", 0, "start", "Jan 2027", "no date", "2027-01"),
    "a quarter": Fault("periods", 0, "start", "2027 Q3", "no date", "2027-07"),
    "a thirteenth month": Fault("periods", 0, "start", "2027-13", "doesn't exist"),
    "a day that doesn't exist": Fault("accelerators", 0, "price_date", "2026-02-30", "doesn't exist"),
    "a day where a month belongs": Fault("periods", 0, "start", "2027-01-15", "no date", "2027-01"),
    "a year alone": Fault("periods", 0, "start", 2027, "", "2027-01"),
    "the serial number of a date": Fault(
        "periods", 0, "start", 46388, "number where a date belongs", "2027-01", ("xlsx",)
    ),
    "a placeholder for a date": Fault("periods", 0, "start", "TBC", "placeholder", "YYYY-MM"),
    "a date of another century": Fault("periods", 0, "start", "1027-01", "out of range"),
    "a day that is dropped": Fault(
        "periods", 0, "start", datetime.date(2027, 1, 15), "only the month", "2027-01", ("xlsx",), "warning"
    ),
    # formulas
    "a formula error in a number": Fault("sites", 0, "max_it_mw", "#REF!", "formula error"),
    "a formula error in a name": Fault("sites", 0, "zone", "#N/A", "formula error"),
    "a formula error in a key": Fault("sites", 0, "site", "#NAME?", "formula error"),
    "a LibreOffice error": Fault("sites", 0, "max_it_mw", "Err:502", "formula error"),
    "a formula never calculated": Fault("sites", 0, "max_it_mw", "=40+40", "never calculated", "save", ("xlsx",)),
    # units
    "an unknown unit": Fault("sites", UNITS, "max_it_mw", "MWx", "unknown unit", "MW"),
    "a unit of another kind": Fault("sites", UNITS, "max_it_mw", "MWh", "another kind", "MW"),
    "a formula error for a unit": Fault("sites", UNITS, "max_it_mw", "#REF!", "formula error"),
    "a currency that is no code": Fault("currencies", 0, "currency", "Euro", "ISO 4217", "EUR", also=add_currency),
    "a currency without a rate": Fault(
        "energy_prices", UNITS, "usd_per_mwh", "EUR/MWh", "no rate is known for EUR", "currencies"
    ),
    # columns and settings
    "an unknown column": Fault(
        "sites",
        HEADER,
        "fitout_usd_per_watt",
        "fitout_usd_per_watt",
        "unknown column",
        "did you mean 'fitout_usd_per_w'?",
    ),
    "an unknown setting": Fault("programme", 4, "key", "discount", "unknown setting", "did you mean 'discount_rate'?"),
    "a setting of another kind": Fault("programme", 4, "value", "five", "text where a number belongs"),
    "a setting that isn't a choice": Fault(
        "programme", 5, "value", "cheapest", "no objective of that name", "least_cost"
    ),
    "a setting left blank": Fault("programme", 4, "value", None, "discount_rate is missing"),
    "hours of serving that are none": Fault(
        "programme",
        7,
        "value",
        "0,5 0,5",
        "is no number",
        also=lambda s: put(s, "programme", 7, "key", "serving_hours"),
    ),
    # scenarios
    "a loop of parents": Fault("scenarios", 0, "parents", "slower", "loop of parents", also=add_scenarios("slower")),
    "no such parent": Fault(
        "scenarios", 0, "parents", "slov", "no such scenario", "'slow'", also=add_scenarios("slov")
    ),
    "no such scenario": Fault(
        "scenario_changes", 0, "scenario", "slw", "no such scenario", "'slow'", also=add_scenarios()
    ),
    "a change of no sheet": Fault(
        "scenario_changes", 0, "sheet", "site", "no such sheet", "'sites'", also=add_scenarios()
    ),
    "a change of no column": Fault(
        "scenario_changes", 0, "field", "puee", "no such column", "'pue'", also=add_scenarios()
    ),
    "a change of no row": Fault("scenario_changes", 0, "rows", "site=munbai", "matches no row", also=add_scenarios()),
    "a choice of rows that can't be read": Fault(
        "scenario_changes", 0, "rows", "mumbai", "chooses no rows", also=add_scenarios()
    ),
    "rows by an unknown column": Fault("scenario_changes", 0, "rows", "place=x", "no column", also=add_scenarios()),
    "a change to no number": Fault("scenario_changes", 0, "value", "low", "no number", also=add_scenarios()),
    "a change by no factor": Fault("scenario_changes", 0, "change", "multiply", "", also=add_scenarios(field="zone")),
    "a change in no unit": Fault("scenario_changes", 0, "unit", "MW", "another kind", also=add_scenarios()),
    # what the parts check
    "periods that leave a gap": Fault("periods", 1, "start", "2028-06", "starts after"),
    "periods that overlap": Fault("periods", 1, "start", "2027-06", "starts before"),
    "a profile that lacks an hour": Fault("profiles", 0, "hour", 25, "lacks"),
    # likely slips
    "a price ten times its peers": Fault(
        "energy_prices", 0, "usd_per_mwh", 700, "times the median of its peers", severity="warning", also=add_price_rows
    ),
    "a share ten times off": Fault(
        "accelerators", 0, "availability", 0.09, "an unusual figure", "usually 0.7 to 1", severity="warning"
    ),
    "a rate ten times off": Fault(
        "programme", 4, "value", 0.5, "an unusual figure", "usually 0.01", severity="warning"
    ),
    "a share of one among fractions": Fault("grid_offers", 3, "firm_share", 1, "exactly 1", severity="warning"),
    "low above high": Fault("grid_offers", 0, "mw_low", 90, "out of order", severity="warning"),
}

SHOWN_ELSEWHERE = {
    "low above high": ("grid_offers", 0, "mw"),
    "a key of two columns that stands twice": ("grid_offers", 1, "site"),
}
"""Where the problem is told in another column than the fault was put in."""


def written(sheets: Sheets, form: str, folder: Path, **touch: Any) -> Path:
    return to_xlsx(sheets, folder / "plan.xlsx", **touch) if form == "xlsx" else to_csv(sheets, folder / "plan")


def found_in(path: Path, severity: str = "error") -> tuple[Problem, ...]:
    found = inspect(path)
    return found.problems if severity == "error" else found.warnings


CASES = [(name, form) for name, fault in FAULTS.items() for form in fault.formats]


@pytest.mark.parametrize(("name", "form"), CASES, ids=[f"{form}: {name}" for name, form in CASES])
def test_a_fault_is_found_at_its_cell(name: str, form: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    sheets = smallest()
    if fault.also is not None:
        fault.also(sheets)
    put(sheets, fault.sheet, fault.row, fault.column, fault.value)
    problems = found_in(written(sheets, form, tmp_path), fault.severity)
    sheet, row, column = SHOWN_ELSEWHERE.get(name, (fault.sheet, fault.row, fault.column))
    where = (xlsx_cell if form == "xlsx" else csv_cell)(sheets, sheet, row, column)
    assert [p.cell for p in problems] == [where], "\n".join(map(str, problems))
    assert fault.says in problems[0].message
    assert fault.right in problems[0].right


def test_nothing_is_wrong_with_the_smallest_workbook(tmp_path: Path) -> None:
    for form in BOTH:
        found = inspect(written(smallest(), form, tmp_path))
        assert (found.problems, found.warnings) == ((), ()), form
        assert found.inputs is not None


def test_all_problems_of_all_sheets_are_told_at_once(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "pue", "1,4")
    put(sheets, "countries", 1, "group", "friend")
    put(sheets, "periods", 1, "start", "2028-06")
    with pytest.raises(InputError) as raised:
        read(to_xlsx(sheets, tmp_path / "plan.xlsx"))
    # the gap between periods is seen as well, although countries, which its check also reads, has a fault
    assert {p.cell for p in raised.value.problems} >= {"sites!G6", "countries!B7"}
    assert "sites!G6: a number with a decimal comma (found '1,4'); 1.4" in str(raised.value)


@pytest.mark.parametrize("form", BOTH)
def test_a_missing_sheet_is_told(form: str, tmp_path: Path) -> None:
    sheets = smallest()
    del sheets["demand"]
    problems = found_in(written(sheets, form, tmp_path))
    assert [(p.cell, p.message) for p in problems] == [("demand", "the sheet demand is missing")]


@pytest.mark.parametrize(("form", "where"), [("xlsx", "site!A1"), ("csv", "site.csv")])
def test_an_unknown_sheet_is_told_with_the_nearest(form: str, where: str, tmp_path: Path) -> None:
    sheets = smallest()
    sheets["site"] = [["a", "b"], ["c", "d"]]
    (problem,) = found_in(written(sheets, form, tmp_path))
    assert (problem.cell, problem.message) == (where, "an unknown sheet")
    assert problem.right == "did you mean 'sites'?"


@pytest.mark.parametrize(("form", "where"), [("xlsx", "sites!A5"), ("csv", "sites.csv line 1")])
def test_a_missing_column_is_told_once(form: str, where: str, tmp_path: Path) -> None:
    sheets = smallest()
    drop(sheets, "sites", "pue")
    (problem,) = found_in(written(sheets, form, tmp_path))
    assert (problem.cell, problem.message) == (where, "the column pue is missing")


@pytest.mark.parametrize(("form", "where"), [("xlsx", "sites!J5"), ("csv", "sites.csv line 1, column pue")])
def test_a_column_that_stands_twice_is_told(form: str, where: str, tmp_path: Path) -> None:
    sheets = smallest()
    for row, cell in zip(sheets["sites"], ["pue", "ratio", 1.1, 1.1, 1.1], strict=True):
        row.append(cell)
    (problem,) = found_in(written(sheets, form, tmp_path))
    assert (problem.cell, problem.message) == (where, "a column that stands twice")


@pytest.mark.parametrize(("form", "where"), [("xlsx", "sites!J7"), ("csv", "sites.csv line 4, column J")])
def test_a_value_under_no_field_name_is_told(form: str, where: str, tmp_path: Path) -> None:
    sheets = smallest()
    sheets["sites"][3].append(1.5)
    (problem,) = found_in(written(sheets, form, tmp_path))
    assert (problem.cell, problem.message) == (where, "a value in a column without a name")


@pytest.mark.parametrize(("form", "where"), [("xlsx", "programme!A14"), ("csv", "programme.csv line 11, column key")])
def test_a_setting_that_stands_twice_is_told(form: str, where: str, tmp_path: Path) -> None:
    sheets = smallest()
    sheets["programme"].append(["discount_rate", 0.07, None])
    (problem,) = found_in(written(sheets, form, tmp_path))
    assert (problem.cell, problem.message) == (where, "a setting that stands twice")


@pytest.mark.parametrize("form", BOTH)
def test_a_sheet_without_field_names_is_told(form: str, tmp_path: Path) -> None:
    sheets = smallest()
    sheets["sites"] = [["place", "land"], [None, None], ["mumbai", "IN"]]
    problems = found_in(written(sheets, form, tmp_path))
    assert [p.message for p in problems] == ["no row holds the field names"]
    assert problems[0].cell == ("sites!A1" if form == "xlsx" else "sites.csv")


def test_a_profile_of_8759_hours_is_told(tmp_path: Path) -> None:
    sheets = smallest()
    sheets["profiles"] = [*sheets["profiles"][:2], *(["NO2", hour, 1] for hour in range(1, 8760))]
    (problem,) = found_in(to_csv(sheets, tmp_path / "plan"))
    assert "8,759 hours" in problem.message
    assert problem.cell == "profiles.csv line 3, column hour"
