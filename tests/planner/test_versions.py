"""A workbook of an older version is read as one of today's, with a list of what changed; a newer one is refused."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from compute_lp.schema import InputError
from planner import __version__
from planner.cli import main
from planner.prefill import programme
from planner.prefill.write import write
from planner.review import versions
from planner.review.versions import NewDefault, RenamedColumn, RenamedSheet, RenamedValue, Step, current, migrated
from planner.workbook import blank, convert, input_hash, inspect, read
from planner.workbook.folder import read_folder
from planner.workbook.sheets import TABLES, sheets_of
from tests.workbooks import Sheets, csv_cell, put, smallest, to_csv, to_xlsx, xlsx_cell

FIRST_CONTRACT = Path(__file__).parent / "contract_version_1.csv"
BOTH = ("xlsx", "csv")
CELL = {"xlsx": xlsx_cell, "csv": csv_cell}

INVENTED: tuple[Step, ...] = (
    RenamedSheet("connections", "grid_offers"),
    RenamedColumn("grid_offers", "wait_months", "lead_months"),
    RenamedColumn("sites", "efficiency", "pue"),
    RenamedValue("countries", "group", "friend", "allied"),
    RenamedValue("programme", "key", "discount", "discount_rate"),
    NewDefault("sites", "hall_life_years", "15", "20"),
    NewDefault("workloads", "peak_to_average", "3", "2"),
)
"""What a version might change; nothing of the kind has been changed yet."""


def written(sheets: Sheets, form: str, folder: Path) -> Path:
    return to_xlsx(sheets, folder / "plan.xlsx") if form == "xlsx" else to_csv(sheets, folder / "plan")


def stating(version: Any, sheets: Sheets) -> Sheets:
    sheets["programme"].append(["schema", version, None])
    return sheets


def with_caps() -> Sheets:
    sheets = smallest()
    sheets["export_rules"] = [["rule", "destination", "outcome"], ["unit", None, None], ["all", "IN", "free"]]
    sheets["export_caps"] = [
        ["cap", "rule", "destination", "kind", "from", "units"],
        ["unit", None, None, None, None, "units"],
        ["early", "all", "IN", "flow_total", "2027-06", 9000],
        ["open", "all", "IN", "stock", None, 9000],
        ["late", "all", "IN", "flow_year", "2028-01", 9000],
        ["later", "all", "IN", "stock", "2028-01", 9000],
    ]
    return sheets


@pytest.mark.parametrize("form", BOTH)
@pytest.mark.parametrize("state", [lambda sheets: sheets, lambda sheets: stating(1, sheets)], ids=["none", "1"])
def test_version_1_is_told_where_it_may_have_meant_something_else(
    form: str, state: Callable[[Sheets], Sheets], tmp_path: Path
) -> None:
    sheets = state(with_caps())
    found = inspect(written(sheets, form, tmp_path))
    assert [str(warning) for warning in found.warnings] == [
        f"{CELL[form](sheets, 'export_caps', 2, 'from')}: read as version 1: a cap of any kind holds from this date; "
        "version 1 said so of a flow_total alone, and in 1 more cell of the column; "
        "clear the cell if the cap holds from plan start"
    ]
    assert found.inputs is not None
    assert found.inputs.settings["schema"] == current()


@pytest.mark.parametrize("form", BOTH)
def test_a_workbook_of_today_is_read_as_it_stands(form: str, tmp_path: Path) -> None:
    found = inspect(written(stating(current(), with_caps()), form, tmp_path))
    assert (found.problems, found.warnings) == ((), ())


def test_the_sheets_of_a_workbook_of_today_stay_the_same_objects(tmp_path: Path) -> None:
    sheets = sheets_of()
    raws, _ = read_folder(to_csv(stating(current(), with_caps()), tmp_path / "plan"), sheets)
    assert migrated(raws, sheets).raws is raws


def test_converting_writes_todays_version_and_tells_what_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = to_csv(with_caps(), tmp_path / "old"), tmp_path / "new.xlsx"
    assert main(["convert", str(old), str(new)]) == 0
    first, second, change = capsys.readouterr().out.splitlines()
    assert first == f"{new} written from {old}"
    assert second == f"read as version 1, written as version {current()}:"
    assert change.startswith("  export_caps.csv line 5, column from: read as version 1: a cap of any kind")
    assert inspect(new).warnings == ()
    assert input_hash(read(new)) == input_hash(read(old))
    assert convert(new, tmp_path / "again") == []
    lines = (tmp_path / "again" / "programme.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:-1] == (old / "programme.csv").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == f"schema,{current()},"


@pytest.mark.parametrize(("form", "where"), [("xlsx", "programme!B14"), ("csv", "programme.csv line 11, column value")])
def test_a_newer_version_is_refused_with_the_planner_it_needs(
    form: str, where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = current() + 1
    path = written(stating(newer, smallest()), form, tmp_path)
    with pytest.raises(InputError) as raised:
        read(path)
    assert str(raised.value) == (
        f"{where}: a workbook of version {newer}; planner {__version__} reads versions 1 to {current()}; "
        f"a newer planner, one that reads version {newer}"
    )
    assert main(["check", str(path)]) == 1
    assert f"a workbook of version {newer}" in capsys.readouterr().out
    assert main(["convert", str(path), str(tmp_path / "converted")]) == 1
    assert not (tmp_path / "converted").exists()


@pytest.mark.parametrize(
    ("version", "said"), [("two", "text where a number"), (1.5, "not a whole"), (0, "out of range")]
)
def test_a_version_that_is_none_is_told_at_its_cell(version: Any, said: str, tmp_path: Path) -> None:
    (problem,) = inspect(to_xlsx(stating(version, smallest()), tmp_path / "plan.xlsx")).problems
    assert problem.cell == "programme!B14"
    assert said in problem.message


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A version after today's."""
    monkeypatch.setitem(versions.VERSIONS, current() + 1, INVENTED)  # type: ignore[arg-type]
    yield


def todays() -> Sheets:
    """As the invented version has it."""
    sheets = smallest()
    sheets["scenarios"] = [["scenario"], ["unit"], ["slow"]]
    sheets["scenario_changes"] = [
        ["scenario", "step", "sheet", "rows", "field", "change", "value"],
        ["unit", None, None, None, None, None, None],
        ["slow", 1, "grid_offers", "lead_months>=9; site=slough", "lead_months", "multiply", "1.5"],
        ["slow", 2, "sites", None, "pue", "set", "1.3"],
    ]
    put(sheets, "sites", 0, "pue_low", 1.2)
    put(sheets, "sites", 1, "hall_life_years", 25)
    for row in (0, 2):
        put(sheets, "sites", row, "hall_life_years", 15)
    put(sheets, "workloads", 0, "peak_to_average", 3)
    return sheets


def older() -> Sheets:
    """The same, as it was before."""
    sheets = todays()
    for row in (0, 2):
        put(sheets, "sites", row, "hall_life_years", None)
    for row in sheets["workloads"]:
        row.pop()
    put(sheets, "countries", 1, "group", "friend")
    put(sheets, "programme", 4, "key", "discount")
    changes = sheets["scenario_changes"]
    changes[2][2:5] = ["connections", "wait_months>=9; site=slough", "wait_months"]
    changes[3][4] = "efficiency"
    _rename(sheets["grid_offers"][0], lead_months="wait_months")
    _rename(sheets["sites"][0], pue="efficiency", pue_low="efficiency_low")
    return {{"grid_offers": "connections"}.get(name, name): rows for name, rows in sheets.items()}


def _rename(header: list[Any], **names: str) -> None:
    header[:] = [names.get(name, name) for name in header]


@pytest.mark.usefixtures("invented")
@pytest.mark.parametrize("form", BOTH)
def test_names_values_and_defaults_of_an_older_version_are_read_as_todays(form: str, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    sheets = stating(2, older())
    path = written(sheets, form, tmp_path)
    found = inspect(path)
    assert found.inputs is not None, found.problems
    assert input_hash(found.inputs) == input_hash(read(written(stating(3, todays()), form, tmp_path / "a")))
    cell = CELL[form]
    header = {
        "xlsx": ("connections!A1", "connections!D5", "sites!G5", "sites!J5"),
        "csv": (
            "connections.csv",
            "connections.csv line 1, column wait_months",
            "sites.csv line 1, column efficiency",
            "sites.csv line 1, column efficiency_low",
        ),
    }[form]
    added = {"xlsx": "workloads!C6", "csv": "workloads.csv line 3, column peak_to_average"}[form]
    assert [(warning.cell, warning.message.removeprefix("read as version 2: ")) for warning in found.warnings] == [
        (cell(sheets, "programme", 4, "key"), "discount in key of programme is now discount_rate"),
        (cell(sheets, "countries", 1, "group"), "friend in group of countries is now allied"),
        (header[2], "the column efficiency of sites is now pue"),
        (header[3], "the column efficiency_low of sites is now pue_low"),
        (
            cell(sheets, "sites", 0, "hall_life_years"),
            "a blank hall_life_years of sites is now 20; it stays 15 here, and in 1 more cell of the column",
        ),
        (header[0], "the sheet connections is now grid_offers"),
        (header[1], "the column wait_months of grid_offers is now lead_months"),
        (added, "a blank peak_to_average of workloads is now 2; it stays 3 here"),
    ]


@pytest.mark.usefixtures("invented")
@pytest.mark.parametrize("form", BOTH)
def test_an_older_workbook_is_converted_without_loss(form: str, tmp_path: Path) -> None:
    sheets = older()
    put(sheets, "sites", 0, "# ask", "the operator")
    path = written(stating(2, sheets), form, tmp_path)
    told = convert(path, tmp_path / "converted")
    assert told[0] == "read as version 2, written as version 3:"
    assert len(told) == 1 + 8
    assert inspect(tmp_path / "converted").warnings == ()
    assert input_hash(read(tmp_path / "converted")) == input_hash(read(path))
    assert not (tmp_path / "converted" / "connections.csv").exists()
    with (tmp_path / "converted" / "sites.csv").open(encoding="utf-8", newline="") as file:
        names, _, mumbai, *_ = csv.reader(file)
    assert (mumbai[names.index("pue")], mumbai[names.index("# ask")]) == ("1.4", "the operator")


@pytest.mark.usefixtures("invented")
def test_every_version_between_is_gone_through(tmp_path: Path) -> None:
    sheets = older()
    sheets |= {name: rows for name, rows in with_caps().items() if name.startswith("export_")}
    told = [warning.message for warning in inspect(to_csv(sheets, tmp_path / "plan")).warnings]
    assert len(told) == 8 + 1
    assert all(message.startswith("read as version 1: ") for message in told)


def test_what_the_planner_writes_states_todays_version(tmp_path: Path) -> None:
    blank(tmp_path / "empty.xlsx")
    write(programme("india"), tmp_path / "india.xlsx")
    for path in (tmp_path / "empty.xlsx", tmp_path / "india.xlsx"):
        rows = openpyxl.load_workbook(path)["programme"].iter_rows(max_col=2, values_only=True)
        assert dict(rows)["schema"] == current(), path


def contract() -> dict[tuple[str, str], tuple[str, ...]]:
    """By sheet and column of today: unit, kind and what a blank is."""
    found = {}
    for table in TABLES:
        for column in table.columns:
            by = sorted((column.default_by or ("", {}))[1].items())
            last = f"{column.default:g}" if isinstance(column.default, (int, float)) else str(column.default or "")
            blanks = ("; ".join(f"{kind}: {value:g}" for kind, value in by), column.default_from, last)
            found[table.name, column.name] = (column.unit, column.kind, " | ".join(filter(None, blanks)))
    return found


def renamed(steps: Sequence[Step], sheet: str, column: str) -> tuple[str, str]:
    for step in steps:
        if isinstance(step, RenamedSheet) and step.old == sheet:
            sheet = step.new
        elif (isinstance(step, RenamedColumn) and (step.sheet, step.old) == (sheet, column)) or (
            isinstance(step, RenamedValue) and (step.sheet, step.column, step.old) == (sheet, "key", column)
        ):
            column = step.new
    return sheet, column


def test_nothing_of_version_1_is_lost_or_changed_without_a_step() -> None:
    """Names, units, kinds, defaults and choices as they stood in the first workbook's contract."""
    steps = [step for version in sorted(versions.VERSIONS) for step in versions.VERSIONS[version]]
    defaults = {(step.sheet, step.column): step.new for step in steps if isinstance(step, NewDefault)}
    words = {(step.sheet, step.column, step.old): step.new for step in steps if isinstance(step, RenamedValue)}
    today = contract()
    choices = {(table.name, column.name): column.choices for table in TABLES for column in table.columns}
    with FIRST_CONTRACT.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            now = renamed(steps, row["sheet"], row["column"])
            assert now in today, f"{row['sheet']}.{row['column']} is gone: add a step to VERSIONS"
            assert today[now] == (row["unit"], row["kind"], defaults.get(now, row["blank"])), now
            assert {words.get((*now, word), word) for word in row["choices"].split()} <= set(choices[now]), now
