"""Writing one format from the other and back changes nothing; a new workbook guides whoever fills it in."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compute_lp.schema import InputError
from planner.workbook import blank, convert, input_hash, inspect, read, write
from planner.workbook.sheets import TABLES
from tests.workbooks import UNITS, Sheets, of_today, put, smallest, to_csv, to_xlsx

LAST_DIGITS = (0.1 + 0.2, 1 / 3, 1.1e-7, 123456789.12345679)
"""Numbers that need all of their 17 digits."""


def rich() -> Sheets:
    """The smallest workbook with all that must survive: notes, estimates, other units, private columns and rows."""
    sheets = of_today(smallest())
    put(sheets, "sites", UNITS, "max_it_mw", "kW")
    for row, kw in enumerate((80_000, 60_000, 120_000)):
        put(sheets, "sites", row, "max_it_mw", kw)
    put(sheets, "sites", 0, "note", 'a "quoted" word, a comma,\nand a second line · ₹ – é')
    put(sheets, "sites", 0, "# ask", "the operator  ")
    put(sheets, "sites", 1, "# ask", 7)
    put(sheets, "sites", 2, "# ask", "007")
    width = len(sheets["sites"][0])
    sheets["sites"].insert(3, ["# abroad", None, "from here on", *[None] * (width - 3)])
    sheets["sites"].insert(4, [None] * width)
    for row, number in enumerate(LAST_DIGITS):
        put(sheets, "grid_offers", row, "usd_per_kw", number)
    put(sheets, "programme", 4, "unit", "%/year")
    put(sheets, "programme", 4, "value", 5)
    put(sheets, "programme", 0, "value", "2027")
    put(sheets, "programme", 4, "value_low", 3)
    sheets["assumptions"] = [["what", "why"], ["unit", None], ["=SUM(A1) is text", "http://example.org"]]
    return sheets


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_csv_to_xlsx_and_back_is_the_same_folder_to_the_byte(tmp_path: Path) -> None:
    source = to_csv(rich(), tmp_path / "given")
    convert(source, tmp_path / "first.xlsx")
    convert(tmp_path / "first.xlsx", tmp_path / "first")
    convert(tmp_path / "first", tmp_path / "second.xlsx")
    convert(tmp_path / "second.xlsx", tmp_path / "second")
    assert contents(tmp_path / "second") == contents(tmp_path / "first")
    assert (tmp_path / "second.xlsx").read_bytes() == (tmp_path / "first.xlsx").read_bytes()
    hashes = [input_hash(read(tmp_path / name)) for name in ("given", "first.xlsx", "first", "second.xlsx")]
    assert hashes[1:] == hashes[:-1]
    for name, rows in rich().items():
        with (tmp_path / "second" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            back = list(csv.reader(file))
        meant = [["" if cell is None else str(cell) for cell in row] for row in rows]
        meant = [row if any(row) else [] for row in meant]
        assert back == [[cell.removesuffix(".0") for cell in row] for row in meant], name


def test_xlsx_to_csv_and_back_keeps_title_labels_units_and_notes(tmp_path: Path) -> None:
    sheets = rich()
    del sheets["assumptions"]  # openpyxl would write its text as a formula
    for row, number in enumerate((0.3, 0.333, 1.1e-7, 123456789.123)):
        put(sheets, "grid_offers", row, "usd_per_kw", number)  # openpyxl writes 16 digits
    source = to_xlsx(sheets, tmp_path / "given.xlsx")
    convert(source, tmp_path / "folder")
    convert(tmp_path / "folder", tmp_path / "back.xlsx")
    before, after = openpyxl.load_workbook(source), openpyxl.load_workbook(tmp_path / "back.xlsx")
    assert after.sheetnames[0] == "README"
    for name in before.sheetnames:
        rows = [list(row) for row in before[name].iter_rows(values_only=True)]
        back = [list(row) for row in after[name].iter_rows(values_only=True)]
        assert back == rows, name
    assert input_hash(read(tmp_path / "back.xlsx")) == input_hash(read(source))


def test_a_folder_without_unit_rows_stays_without(tmp_path: Path) -> None:
    sheets = of_today(smallest())
    source = to_csv({name: [rows[0], *rows[2:]] for name, rows in sheets.items()}, tmp_path / "given")
    convert(source, tmp_path / "plan.xlsx")
    convert(tmp_path / "plan.xlsx", tmp_path / "back")
    for name in sheets:
        assert (tmp_path / "back" / f"{name}.csv").read_text().splitlines() == (
            source / f"{name}.csv"
        ).read_text().splitlines()
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    book["sites"]["D4"] = "kW"  # a unit that someone states in the xlsx since then must not get lost
    book.save(tmp_path / "plan.xlsx")
    convert(tmp_path / "plan.xlsx", tmp_path / "stated")
    assert read(tmp_path / "stated")["sites"]["max_it_mw"].iloc[0] == 80 / 1000


def test_dates_in_an_xlsx_become_months_in_the_csv(tmp_path: Path) -> None:
    import datetime

    sheets = smallest()
    put(sheets, "periods", 0, "start", datetime.date(2027, 1, 1))
    put(sheets, "programme", 3, "value", datetime.date(2027, 1, 1))
    convert(to_xlsx(sheets, tmp_path / "plan.xlsx"), tmp_path / "folder")
    assert input_hash(read(tmp_path / "folder")) == input_hash(read(tmp_path / "plan.xlsx"))


def test_private_sheets_survive(tmp_path: Path) -> None:
    def add(book: Any) -> None:
        book.create_sheet("# thoughts")["B3"] = "not for everyone"

    convert(to_xlsx(smallest(), tmp_path / "plan.xlsx", add), tmp_path / "folder")
    convert(tmp_path / "folder", tmp_path / "back.xlsx")
    assert openpyxl.load_workbook(tmp_path / "back.xlsx")["# thoughts"]["B3"].value == "not for everyone"


def test_sheets_that_are_gone_leave_no_file_behind(tmp_path: Path) -> None:
    folder = to_csv(rich(), tmp_path / "folder")
    (folder / "narrative.md").write_text("mine", encoding="utf-8")
    convert(to_xlsx(smallest(), tmp_path / "plan.xlsx"), folder)
    assert not (folder / "assumptions.csv").exists()
    assert (folder / "narrative.md").exists()


def test_what_would_be_lost_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "colour", "green")
    sheets["site"] = [["a"], ["b"]]
    put(sheets, "demand", 0, "output_t_per_year", "=1/2")
    with pytest.raises(InputError) as raised:
        convert(to_xlsx(sheets, tmp_path / "plan.xlsx"), tmp_path / "folder")
    assert {p.cell for p in raised.value.problems} == {"sites!J5", "site!A1", "demand!D6"}
    assert not (tmp_path / "folder").exists()


def test_faulty_values_are_carried_over_as_they_stand(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "pue", "1,4")
    convert(to_csv(sheets, tmp_path / "given"), tmp_path / "plan.xlsx")
    (problem,) = inspect(tmp_path / "plan.xlsx").problems
    assert (problem.cell, problem.value) == ("sites!G6", "1,4")


def test_the_file_of_profiles_goes_along(tmp_path: Path) -> None:
    sheets = smallest()
    sheets["programme"].append(["profile_file", "hours.csv", None])
    (tmp_path / "a").mkdir()
    to_csv({"profiles": sheets.pop("profiles")}, tmp_path / "apart")
    (tmp_path / "apart" / "profiles.csv").rename(tmp_path / "a" / "hours.csv")
    source = to_xlsx(sheets, tmp_path / "a" / "plan.xlsx")
    convert(source, tmp_path / "b" / "plan")
    convert(tmp_path / "b" / "plan", tmp_path / "c.xlsx")
    hashes = [input_hash(read(path)) for path in (source, tmp_path / "b" / "plan", tmp_path / "c.xlsx")]
    assert hashes[0] == hashes[1] == hashes[2]
    assert not (tmp_path / "b" / "plan" / "profiles.csv").exists()


@pytest.mark.parametrize("name", ["plan.xlsx", "plan"])
def test_inputs_written_out_are_read_back_the_same(name: str, tmp_path: Path) -> None:
    inputs = read(to_csv(rich(), tmp_path / "given"))
    write(inputs, tmp_path / name)
    found = inspect(tmp_path / name)
    assert found.problems == ()
    assert found.inputs is not None
    assert input_hash(found.inputs) == input_hash(inputs)
    assert [d for d in found.defaults if d.sheet != "programme"] == []  # they stand in the sheets now


def test_the_hash_of_a_sheet_changes_with_its_content_and_no_other(tmp_path: Path) -> None:
    plain = input_hash(read(to_csv(smallest(), tmp_path / "plain")))
    sheets = smallest()
    put(sheets, "sites", 0, "pue", 1.41)
    changed = input_hash(read(to_csv(sheets, tmp_path / "changed")))
    assert {name for name in plain if plain[name] != changed[name]} == {"sites"}
    put(sheets, "sites", 0, "pue", 1.4)
    put(sheets, "sites", 0, "hall_life_years", 20)  # the default, spelt out in one row
    assert input_hash(read(to_csv(sheets, tmp_path / "spelt"))) == plain


def test_a_datapackage_describes_the_folder(tmp_path: Path) -> None:
    convert(to_csv(rich(), tmp_path / "plan"), tmp_path / "folder")
    package = json.loads((tmp_path / "folder" / "datapackage.json").read_text(encoding="utf-8"))
    assert package["profile"] == "tabular-data-package"
    sites = next(r for r in package["resources"] if r["name"] == "sites")
    assert sites["path"] == "sites.csv"
    assert sites["schema"]["primaryKey"] == ["site"]
    assert {"fields": "country", "reference": {"resource": "countries", "fields": "country"}} in sites["schema"][
        "foreignKeys"
    ]
    fields = {field["name"]: field for field in sites["schema"]["fields"]}
    assert fields["max_it_mw"]["type"] == "number"
    assert fields["max_it_mw"]["unit"] == "kW"
    assert fields["pue"]["constraints"] == {"required": True}
    assert all((tmp_path / "folder" / r["path"]).is_file() for r in package["resources"])


def test_a_datapackage_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    folder = to_csv(smallest(), tmp_path / "plan")
    (folder / "datapackage.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"datapackage\.json: can't be read"):
        read(folder)


def test_a_text_too_long_for_xlsx_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "note", "x" * 40_000)
    with pytest.raises(InputError) as raised:
        convert(to_csv(sheets, tmp_path / "given"), tmp_path / "plan.xlsx")
    assert raised.value.problems[0].cell == "sites!J6"
    assert [p.name for p in tmp_path.iterdir()] == ["given"]


def test_a_new_workbook_has_every_sheet_and_lacks_nothing_but_the_data(tmp_path: Path) -> None:
    blank(tmp_path / "new.xlsx")
    book = openpyxl.load_workbook(tmp_path / "new.xlsx")
    assert book.sheetnames == ["README", *(table.name for table in TABLES)]
    messages = {problem.message for problem in inspect(tmp_path / "new.xlsx").problems}
    assert all("has no rows" in m or m.startswith("the setting ") for m in messages), messages


def test_a_new_workbook_guides_by_drop_downs_messages_and_frozen_headers(tmp_path: Path) -> None:
    blank(tmp_path / "new.xlsx")
    book = openpyxl.load_workbook(tmp_path / "new.xlsx")
    sites = book["sites"]
    assert sites["A1"].value == "Sites"
    assert sites["A2"].value == "Each row is a place where halls stand or could stand."
    assert [sites.cell(row, 4).value for row in (3, 4, 5)] == ["Max IT MW", "MW", "max_it_mw"]
    assert sites.freeze_panes == "B6"
    rules = {str(rule.sqref): rule for rule in sites.data_validations.dataValidation}
    assert rules["B6:B505"].formula1 == "countries!$A$6:$A$505"
    assert "country it stands in" in str(rules["B6:B505"].prompt).lower()
    groups = book["countries"].data_validations.dataValidation
    assert '"home,allied,haven,other"' in [rule.formula1 for rule in groups]
    keys = [cell.value for cell in book["programme"]["A"]][5:]
    assert keys == [column.name for column in TABLES[0].columns]


def test_a_new_workbook_never_replaces_one(tmp_path: Path) -> None:
    (tmp_path / "new.xlsx").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError):
        blank(tmp_path / "new.xlsx")
    assert (tmp_path / "new.xlsx").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_saves_it_without_changing_the_inputs(tmp_path: Path) -> None:
    sheets = rich()
    for row, number in enumerate((0.3, 0.333, 1.1e-7, 123456789.123)):
        put(sheets, "grid_offers", row, "usd_per_kw", number)  # LibreOffice keeps 15 digits
    sheets["programme"].append(["residual_values", True, *[None] * (len(sheets["programme"][0]) - 2)])
    convert(to_csv(sheets, tmp_path / "given"), tmp_path / "plan.xlsx")
    (tmp_path / "saved").mkdir()
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path / "saved"), str(tmp_path / "plan.xlsx")],
        check=True,
        capture_output=True,
        timeout=180,
    )
    saved = read(tmp_path / "saved" / "plan.xlsx")
    given = read(tmp_path / "plan.xlsx")
    assert {k for k, v in input_hash(saved).items() if v != input_hash(given)[k]} == set()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=30), min_size=3, max_size=3),
    numbers=st.lists(st.floats(0, 1e6), min_size=4, max_size=4),
)
def test_any_text_and_any_number_survive(texts: list[str], numbers: list[float], tmp_path: Path) -> None:
    place = Path(tempfile.mkdtemp(dir=tmp_path))
    sheets = smallest()
    for row, text in enumerate(texts):
        put(sheets, "sites", row, "note", text)
    for row, number in enumerate(numbers):
        put(sheets, "grid_offers", row, "usd_per_kw", number)
    convert(to_csv(sheets, place / "given"), place / "plan.xlsx")
    convert(place / "plan.xlsx", place / "back")
    convert(place / "given", place / "straight")
    assert contents(place / "back") == contents(place / "straight")
    assert input_hash(read(place / "plan.xlsx")) == input_hash(read(place / "given"))
