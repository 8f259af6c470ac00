"""What a workbook says is what the inputs hold: units, blanks, defaults, dates, and headers wherever they stand."""

from __future__ import annotations

import datetime
import math
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from compute_lp.schema import Column, Table
from planner.workbook import Default, input_hash, inspect, read
from planner.workbook.sheets import TABLES
from planner.workbook.units import UnitFault, Units, convert
from tests.workbooks import UNITS, Sheets, put, smallest, to_csv, to_xlsx

BOTH = ("xlsx", "csv")


def written(sheets: Sheets, form: str, folder: Path) -> Path:
    return to_xlsx(sheets, folder / "plan.xlsx") if form == "xlsx" else to_csv(sheets, folder / "plan")


def test_xlsx_and_csv_give_the_same_inputs_to_the_byte(tmp_path: Path) -> None:
    from_xlsx, from_csv = (read(written(smallest(), form, tmp_path)) for form in BOTH)
    assert input_hash(from_xlsx) == input_hash(from_csv)
    assert {k: v for k, v in from_xlsx.settings.items() if v == v} == {
        k: v for k, v in from_csv.settings.items() if v == v
    }


def test_every_table_of_the_schema_is_there_with_all_its_columns(tmp_path: Path) -> None:
    inputs = read(to_csv(smallest(), tmp_path / "plan"))
    for table in TABLES:
        if not table.settings:
            assert set(inputs[table.name].columns) >= {column.name for column in table.columns}
            for column in table.columns:
                assert inputs[table.name][column.name].dtype == (np.float64 if column.numeric else "str"), column.name


@pytest.mark.parametrize("form", BOTH)
def test_a_unit_row_converts_to_the_units_of_the_contract(form: str, tmp_path: Path) -> None:
    sheets = smallest()
    sheets["currencies"] = [["currency", "usd"], ["unit", "USD"], ["EUR", 1.25]]
    put(sheets, "sites", UNITS, "max_it_mw", "kW")
    put(sheets, "sites", 0, "max_it_mw", 80_000)
    put(sheets, "sites", UNITS, "build_months", "years")
    put(sheets, "sites", 0, "build_months", 0.5)
    put(sheets, "sites", UNITS, "fitout_usd_per_w", "EUR/kW")
    put(sheets, "sites", 0, "fitout_usd_per_w", 8_000)
    put(sheets, "grid_offers", UNITS, "firm_share", "%")
    for row, percent in enumerate((90, 80, 70, 85)):
        put(sheets, "grid_offers", row, "firm_share", percent)
    put(sheets, "grid_offers", UNITS, "mw_low", None)  # estimates are in the unit of what they estimate
    put(sheets, "grid_offers", UNITS, "mw", "kW")
    inputs = read(written(sheets, form, tmp_path))
    site = inputs["sites"].iloc[0]
    assert site["max_it_mw"] == 80_000 / 1_000
    assert site["build_months"] == 0.5 * 12
    assert site["fitout_usd_per_w"] == 8_000 * 1.25 / 1_000
    assert inputs["grid_offers"]["firm_share"].to_list() == [0.9, 0.8, 0.7, 0.85]
    assert inputs["grid_offers"]["mw_low"].iloc[0] == 50 / 1_000


@pytest.mark.parametrize(
    ("unit", "wanted", "factor"),
    [
        ("kW", "MW", 1e-3), ("GW", "MW", 1e3), ("$/kW", "USD/W", 1e-3), ("USD/kWh", "USD/MWh", 1e3),
        ("USD/kW year", "USD/kW/year", 1), ("USD/kW-yr", "USD/kW/year", 1), ("USD/(kW·month)", "USD/kW/year", 12),
        ("years", "months", 12), ("months", "years", 1 / 12), ("quarters", "months", 3), ("%", "share", 0.01),
        ("%/yr", "1/year", 0.01), ("1/month", "1/year", 12), ("MW/quarter", "MW/year", 4),
        ("hours/year", "h/year", 1), ("EUR/MWh", "USD/MWh", 1.25), ("€/kWh", "USD/MWh", 1250), ("MEUR", "MUSD", 1.25),
        ("crore INR", "MUSD", 0.125), ("M tokens/day", "Ttoken/year", 365e-6), ("T tokens/year", "Ttoken/year", 1),
        ("T/yr", "Ttoken/year", 1), ("USD/M tokens", "USD/Mtoken", 1), ("$ per million tokens", "USD/Mtoken", 1),
        ("USD/1M tokens", "USD/Mtoken", 1), ("USD/ktoken", "USD/Mtoken", 1e3), ("PFLOPS", "TFLOP/s", 1e3),
        ("TOPS", "TOP/s", 1), ("EFLOP", "ZFLOP", 1e-3), ("TPP", "MTPP", 1e-6), ("million TPP", "MTPP", 1),
        ("k accelerators", "units", 1e3), ("GPUs", "units", 1), ("g CO2/kWh", "kg/MWh", 1),
        ("tCO2/MWh", "kg/MWh", 1e3), ("l/kWh", "L/kWh", 1), ("m3/MWh", "L/kWh", 1), ("TB", "GB", 1e3),
        ("Gbit/s", "GB/s", 1 / 8), ("cm²", "mm^2", 100), ("billion", "1e9", 1), ("M parameters", "1e9", 1e-3),
    ],
)  # fmt: skip
def test_units_that_planners_write_are_understood(unit: str, wanted: str, factor: float) -> None:
    assert Units({"EUR": 1.25, "INR": 0.0125}).factor(unit, wanted) == pytest.approx(factor, rel=1e-13)


@pytest.mark.parametrize(
    ("unit", "wanted"), [("kWh", "MW"), ("mW", "MW"), ("USD", "USD/kW"), ("Mw", "MW"), ("share", "MW")]
)
def test_units_of_another_kind_are_refused(unit: str, wanted: str) -> None:
    with pytest.raises(UnitFault):
        Units().factor(unit, wanted)


def test_every_unit_of_the_schema_is_known() -> None:
    units = Units()
    for table in TABLES:
        for column in table.columns:
            if column.numeric:
                units.quantity(column.unit)


def test_kilowatts_become_megawatts_without_a_rounding_error() -> None:
    values = np.arange(1, 5000) * 7.0
    assert (convert(values, 1e-3) == values / 1000).all()
    assert convert(3.0, 1 / 12) == 0.25


@pytest.mark.parametrize("form", BOTH)
def test_a_blank_takes_its_default_and_is_never_zero(form: str, tmp_path: Path) -> None:
    found = inspect(written(smallest(), form, tmp_path))
    assert found.inputs is not None
    site = found.inputs["sites"].iloc[1]
    assert site["pue_peak"] == site["pue"] == 1.2  # default_from
    assert site["hall_life_years"] == 20  # default
    assert math.isnan(site["min_it_mw"])  # a blank that says something of its own
    assert found.inputs.settings["gap"] == 0.005
    assert found.inputs.settings["representative_days"] == 4
    assert math.isnan(found.inputs["profiles"]["solar"].iloc[0])
    assert Default("sites", "hall_life_years", 20.0, 3) in found.defaults
    assert Default("sites", "pue_peak", "as pue", 3) in found.defaults
    assert Default("programme", "gap", 0.005, 1) in found.defaults


def test_a_default_may_depend_on_another_column(tmp_path: Path) -> None:
    kinds = Table(
        name="things",
        title="Things",
        row="a thing",
        columns=(
            Column(name="thing", kind="name", key=True, meaning="name"),
            Column(name="life", default_by=("kind", {"a": 7.0}), default_from="other", default=3.0, meaning="life"),
            Column(name="other", default=None, meaning="another"),
            Column(name="kind", kind="choice", choices=("a", "b"), default="a", meaning="kind"),
        ),
    )
    rows = [["thing", "life", "other", "kind"], [None] * 4, ["v", 1, 5, "a"], ["w", None, 5, "a"], ["x", None, 5, "b"]]
    rows += [["y", None, None, "b"], ["z", None, 5, None]]
    found = inspect(to_csv({"things": rows}, tmp_path / "plan"), tables=(kinds,))
    assert found.inputs is not None
    assert found.inputs["things"]["life"].to_list() == [1, 7, 5, 3, 7]


@pytest.mark.parametrize("form", BOTH)
def test_headers_are_found_and_columns_may_change_places(form: str, tmp_path: Path) -> None:
    sheets = smallest()
    plain = read(written(sheets, form, tmp_path))
    header, units, *rows = sheets["sites"]
    order = [8, 3, 0, 2, 1, 7, 4, 6, 5]
    turned = [[row[i] for i in order] for row in (header, units, *rows)]
    turned[1][0] = "unit"
    turned[1][2] = None
    sheets["sites"] = turned
    moved = read(_again(sheets, form, tmp_path))
    assert input_hash(moved) == input_hash(plain)


def _again(sheets: Sheets, form: str, folder: Path) -> Path:
    (folder / "again").mkdir(exist_ok=True)
    return written(sheets, form, folder / "again")


def test_rows_inserted_above_the_header_do_no_harm(tmp_path: Path) -> None:
    def insert(book: Any) -> None:
        book["sites"].insert_rows(2, 3)
        book["sites"]["B3"] = "checked by the ministry, see the sheet demand"
        book["sites"].insert_cols(1)

    plain = read(to_xlsx(smallest(), tmp_path / "plan.xlsx"))
    moved = read(to_xlsx(smallest(), tmp_path / "moved.xlsx", insert))
    assert input_hash(moved) == input_hash(plain)


@pytest.mark.parametrize("form", BOTH)
def test_a_unit_row_is_not_needed(form: str, tmp_path: Path) -> None:
    sheets = smallest()
    plain = read(written(sheets, form, tmp_path))
    for name, rows in sheets.items():
        sheets[name] = [rows[0], [None] * len(rows[0]), *rows[2:]]
    assert input_hash(read(_again(sheets, form, tmp_path))) == input_hash(plain)


def test_a_unit_row_that_lost_its_mark_still_counts(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "sites", UNITS, "site", None)
    put(sheets, "sites", UNITS, "max_it_mw", "kW")
    assert read(to_xlsx(sheets, tmp_path / "plan.xlsx"))["sites"]["max_it_mw"].iloc[0] == 80 / 1000


@pytest.mark.parametrize("form", BOTH)
def test_private_notes_and_blank_rows_are_nobodys_business(form: str, tmp_path: Path) -> None:
    sheets = smallest()
    plain = read(written(sheets, form, tmp_path))
    put(sheets, "sites", 0, "# ask", "the operator")
    width = len(sheets["sites"][0])
    sheets["sites"].insert(3, ["# the next two are abroad", "#REF!", *[None] * (width - 2)])
    sheets["sites"].insert(4, [None] * width)
    sheets["sites"].append([None] * (width - 1) + ["a thought"])
    assert input_hash(read(_again(sheets, form, tmp_path))) == input_hash(plain)


def test_rows_below_a_table_are_data(tmp_path: Path) -> None:
    def add(book: Any) -> None:
        book["countries"].cell(20, 1, "FR")
        book["countries"].cell(20, 2, "allied")

    inputs = read(to_xlsx(smallest(), tmp_path / "plan.xlsx", add))
    assert inputs["countries"]["country"].to_list() == ["IN", "GB", "NO", "FR"]


@pytest.mark.parametrize("form", BOTH)
def test_blanks_around_a_name_and_unbreakable_ones_are_no_difference(form: str, tmp_path: Path) -> None:
    sheets = smallest()
    plain = read(written(sheets, form, tmp_path))
    put(sheets, "sites", 0, "country", " IN\u00a0")
    put(sheets, "sites", 0, "zone", "IN-W\u200b")
    assert input_hash(read(_again(sheets, form, tmp_path))) == input_hash(plain)


def test_date_cells_are_months_and_days(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "periods", 0, "start", datetime.datetime(2027, 1, 1))
    put(sheets, "accelerators", 0, "price_date", datetime.date(2026, 1, 15))
    put(sheets, "programme", 3, "value", datetime.date(2027, 1, 1))
    inputs = read(to_xlsx(sheets, tmp_path / "plan.xlsx"))
    assert inputs["periods"]["start"].iloc[0] == inputs.settings["plan_start"] == "2027-01"
    assert inputs["accelerators"]["price_date"].iloc[0] == "2026-01-15"


def test_numbers_may_be_names(tmp_path: Path) -> None:
    sheets = smallest()
    for row, period in enumerate((2027, 2028)):
        put(sheets, "periods", row, "period", period)
    assert read(to_xlsx(sheets, tmp_path / "plan.xlsx"))["periods"]["period"].to_list() == ["2027", "2028"]


def store(path: Path, sheet: str, cell: str, formula: str, value: str, kind: str = "") -> None:
    """Puts a formula with a stored value into a file, as a spreadsheet does when it saves."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    number = 1 + openpyxl.load_workbook(path).sheetnames.index(sheet)
    name = f"xl/worksheets/sheet{number}.xml"
    xml = parts[name].decode()
    start = xml.index(f'<c r="{cell}"')
    end = min(i for i in (xml.find("</c>", start) + 4, xml.find("/>", start) + 2) if i > start + 3)
    parts[name] = f'{xml[:start]}<c r="{cell}"{kind}><f>{formula}</f><v>{value}</v></c>{xml[end:]}'.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


def test_the_stored_value_of_a_formula_counts(tmp_path: Path) -> None:
    path = to_xlsx(smallest(), tmp_path / "plan.xlsx")
    store(path, "sites", "D6", "40*2", "80")
    store(path, "sites", "A7", "LOWER(&quot;SLOUGH&quot;)", "slough", ' t="str"')
    assert input_hash(read(path)) == input_hash(read(to_csv(smallest(), tmp_path / "plan")))


def test_an_error_stored_by_a_formula_is_no_blank(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "fixed_musd", 5)
    path = to_xlsx(sheets, tmp_path / "plan.xlsx")
    store(path, "sites", "J6", "1/0", "#DIV/0!", ' t="e"')
    (problem,) = inspect(path).problems
    assert (problem.cell, problem.message, problem.value) == ("sites!J6", "a formula error", "#DIV/0!")


def test_a_formula_that_gives_an_empty_text_is_a_blank(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "fixed_musd", 5)
    path = to_xlsx(sheets, tmp_path / "plan.xlsx")
    store(path, "sites", "J6", "&quot;&quot;", "", ' t="str"')
    assert read(path)["sites"]["fixed_musd"].iloc[0] == 0


@pytest.mark.parametrize("value", [True, "=TRUE()", "yes"])
def test_truth_values_are_yes_and_no(value: Any, tmp_path: Path) -> None:
    sheets = smallest()
    sheets["programme"].append(["residual_values", value, None])
    assert read(to_xlsx(sheets, tmp_path / "plan.xlsx")).settings["residual_values"] == "yes"


def test_settings_have_units_of_their_own(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "programme", 4, "unit", "%/year")
    put(sheets, "programme", 4, "value", 5)
    assert read(to_xlsx(sheets, tmp_path / "plan.xlsx")).settings["discount_rate"] == 0.05


def test_a_rule_may_name_a_group_in_which_no_country_is(tmp_path: Path) -> None:
    sheets = smallest()
    sheets["export_rules"] = [["rule", "destination", "outcome"], [None] * 3, ["all", "other", "denied"]]
    assert inspect(to_csv(sheets, tmp_path / "plan")).problems == ()


def test_problems_of_the_parts_have_cells_too(tmp_path: Path) -> None:
    inputs = read(to_xlsx(smallest(), tmp_path / "plan.xlsx"))
    assert inputs.cells["sites"](1, "pue") == "sites!G7"
    assert inputs.cells["programme"](None, "discount_rate") == "programme!B10"
    assert inputs.cells["sites"](1, "hall_life_years") == "sites!A7"  # the workbook has no such column


def test_reading_a_year_of_hours_costs_little_more_than_openpyxl_itself(tmp_path: Path) -> None:
    sheets = smallest()
    hours = [[zone, hour, 1 + hour % 7 / 8, hour % 9 / 16] for zone in ("NO2", "GB") for hour in range(1, 8761)]
    sheets["profiles"] = [["zone", "hour", "price_index", "wind"], ["unit", "h", "ratio", "share"], *hours]
    path = to_xlsx(sheets, tmp_path / "plan.xlsx")

    def seconds(work: Callable[[], Any]) -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    def floor() -> None:
        book = openpyxl.load_workbook(path, read_only=True)
        for worksheet in book.worksheets:
            assert list(worksheet.iter_rows(values_only=True))
        book.close()

    inspect(path)  # imports
    ratio = min(seconds(lambda: read(path)) for _ in range(3)) / min(seconds(floor) for _ in range(3))
    assert ratio < 3  # about 1.6, and 0.8 s for these 17,520 rows
