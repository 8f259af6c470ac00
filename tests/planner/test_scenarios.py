"""Scenarios applied to the smallest workbook, in both formats: what is expected is a cell of it, changed by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compute_lp.schema import InputError
from planner.scenarios import Applied, applied, scenarios, what_if
from planner.workbook import Opened, input_hash, opened
from planner.workbook.sheets import sheets_of
from tests.workbooks import UNITS, Sheets, put, smallest, to_csv, to_xlsx

CLOUD = "cloud=rented; accelerator=H100; country=GB; operator_country=GB; usd_per_hour=2; max_units=9"
COLUMNS = ("scenario", "step", "lever", "sheet", "rows", "field", "change", "value", "unit", "source")
Change = dict[str, Any]


def changes(*rows: Change, **parents: str) -> Callable[[Sheets], None]:
    """Adds the sheets of scenarios: those named, and base; a change is of `one` unless it says otherwise."""

    def add(sheets: Sheets) -> None:
        names = dict.fromkeys(["base", *parents, *(row.get("scenario", "one") for row in rows)])
        heads = [[name, parents.get(name, "" if name == "base" else "base")] for name in names]
        sheets["scenarios"] = [["scenario", "parents"], ["unit", None], *heads]
        full = [{"scenario": "one", "step": 1 + i, "change": "set", **row} for i, row in enumerate(rows)]
        lines = [[row.get(name) for name in COLUMNS] for row in full]
        sheets["scenario_changes"] = [list(COLUMNS), ["unit", *[None] * (len(COLUMNS) - 1)], *lines]

    return add


def book(folder: Path, *edits: Callable[[Sheets], None], form: str = "xlsx") -> Opened:
    sheets = smallest()
    for edit in edits:
        edit(sheets)
    made = opened(to_xlsx(sheets, folder / "book.xlsx") if form == "xlsx" else to_csv(sheets, folder / "book"))
    assert made.findings.problems == ()
    return made


def done(made: Opened, name: str = "one") -> Applied:
    """The scenario applied; the workbook stays as it is."""
    assert made.findings.inputs is not None
    before = input_hash(made.findings.inputs)
    result = applied(made, scenarios(made)[name])
    assert input_hash(made.findings.inputs) == before
    return result


def faults(made: Opened, name: str = "one") -> list[str]:
    with pytest.raises(InputError) as raised:
        applied(made, scenarios(made)[name])
    return [str(problem) for problem in raised.value.problems]


def log(result: Applied) -> list[tuple[str, ...]]:
    return [tuple(row) for row in result.log[["cell", "key", "field", "old", "new"]].itertuples(index=False)]


@pytest.fixture(params=["xlsx", "csv"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("name", ["base", "one"])
def test_no_changes_give_the_base_to_the_byte(tmp_path: Path, form: str, name: str) -> None:
    made = book(tmp_path, changes(one="base"), form=form)
    result = done(made, name)
    assert made.findings.inputs is not None
    assert input_hash(result.inputs) == input_hash(made.findings.inputs)
    assert result.log.empty and result.warnings == ()


def test_base_is_there_and_first_whether_or_not_it_is_listed(tmp_path: Path) -> None:
    assert list(scenarios(book(tmp_path))) == ["base"]
    (tmp_path / "b").mkdir()

    def last(sheets: Sheets) -> None:
        sheets["scenarios"] = [["scenario", "weight"], ["unit", None], ["dear", 2], ["base", 1]]

    found = scenarios(book(tmp_path / "b", last))
    assert [(one.name, one.weight, one.run) for one in found.values()] == [("base", 1, True), ("dear", 2, True)]


def test_set_writes_and_a_blank_value_takes_the_default(tmp_path: Path, form: str) -> None:
    rows = [
        {"sheet": "sites", "rows": "country=GB,NO", "field": "max_it_mw", "value": 90},
        {"sheet": "grid_offers", "rows": "site=slough", "field": "firm_share"},
        {"sheet": "programme", "field": "grid_delay", "value": "high"},
        {"sheet": "programme", "field": "gap", "value": 0.02},
    ]
    result = done(book(tmp_path, changes(*rows), form=form))
    assert result.inputs["sites"]["max_it_mw"].to_list() == [80, 90, 90]
    assert result.inputs["grid_offers"]["firm_share"].to_list() == [0.9, 0.8, 1.0, 0.85]
    assert (result.inputs.settings["grid_delay"], result.inputs.settings["gap"]) == ("high", 0.02)
    cells = [(key, field, old, new) for _, key, field, old, new in log(result)]
    assert cells == [
        ("", "grid_delay", "central", "high"),
        ("", "gap", "0.005", "0.02"),
        ("site=slough", "max_it_mw", "60", "90"),
        ("site=rjukan", "max_it_mw", "120", "90"),
        ("site=slough; stage=1", "firm_share", "0.7", "1"),
    ]


def test_the_log_names_the_cell_and_the_last_change_that_touched_it(tmp_path: Path, form: str) -> None:
    rows = [
        {"sheet": "sites", "field": "pue", "change": "multiply", "value": 1.5, "lever": "heat", "source": "met office"},
        {"sheet": "sites", "rows": "site=rjukan", "field": "pue", "value": 1.3, "lever": "heat", "source": "a survey"},
    ]
    found = done(book(tmp_path, changes(*rows), form=form)).log
    cells = ["sites!G6", "sites!G7", "sites!G8"]
    if form == "csv":
        cells = [f"sites.csv line {line}, column pue" for line in (3, 4, 5)]
    assert found["cell"].to_list() == cells
    assert found["new"].to_list() == ["2.1", "1.8", "1.3"]
    assert found["source"].to_list() == ["met office", "met office", "a survey"]
    assert found["step"].to_list() == [1, 1, 2] and set(found["lever"]) == {"heat"}


def test_a_default_taken_from_another_column_follows_its_change(tmp_path: Path, form: str) -> None:
    rows = {"sheet": "sites", "field": "pue", "change": "add", "value": 0.25}
    result = done(book(tmp_path, changes(rows), form=form))
    assert result.inputs["sites"]["pue_peak"].to_list() == [1.65, 1.45, 1.35]
    assert result.log["field"].to_list() == ["pue"] * 3


def test_a_factor_on_a_blank_is_one_on_its_default(tmp_path: Path, form: str) -> None:
    """availability is 0.9 unless it is given, pue_peak is pue."""
    rows = [
        {"sheet": "accelerators", "field": "availability", "change": "multiply", "value": 0.5},
        {"sheet": "sites", "field": "pue_peak", "change": "add", "value": 0.5, "rows": "site=slough"},
    ]
    result = done(book(tmp_path, changes(*rows), form=form))
    assert result.inputs["accelerators"]["availability"].to_list() == [0.45]
    assert result.inputs["sites"]["pue_peak"].to_list() == [1.4, 1.7, 1.1]


def test_twice_no_limit_is_no_limit(tmp_path: Path, form: str) -> None:
    twice = {"sheet": "sites", "field": "max_build_mw_per_year", "change": "multiply", "value": 2}

    def limited(sheets: Sheets) -> None:
        put(sheets, "sites", 1, "max_build_mw_per_year", 30)

    result = done(book(tmp_path, limited, changes(twice), form=form))
    limits = result.inputs["sites"]["max_build_mw_per_year"].to_list()
    assert limits[1] == 60 and np.isnan([limits[0], limits[2]]).all() and len(result.log) == 1
    (tmp_path / "none").mkdir()
    told = faults(book(tmp_path / "none", limited, changes(twice | {"rows": "country=IN,NO"}), form=form))
    assert len(told) == 1 and "every chosen cell of max_build_mw_per_year is blank" in told[0]
    assert "no limit" in told[0]


def test_delay_moves_dates_and_months(tmp_path: Path, form: str) -> None:
    rows = [
        {"sheet": "accelerators", "field": "release", "change": "delay", "value": 15},
        {"sheet": "accelerators", "field": "price_date", "change": "delay", "value": -1, "unit": "year"},
        {"sheet": "grid_offers", "field": "lead_months", "change": "delay", "value": -3, "rows": "lead_months>=12"},
    ]
    result = done(book(tmp_path, changes(*rows), form=form))
    chip = result.inputs["accelerators"].iloc[0]
    assert (chip["release"], chip["price_date"]) == ("2024-01", "2025-01-15")  # 2022-10 and 15 months; 2026-01-15
    assert result.inputs["grid_offers"]["lead_months"].to_list() == [6, 9, 27, 9]


def test_a_day_that_the_month_lacks_is_its_last(tmp_path: Path) -> None:
    made = book(tmp_path, lambda sheets: put(sheets, "accelerators", 0, "price_date", "2026-01-31"))
    result = applied(made, what_if(made, ["accelerators.price_date delay 25"]))
    assert result.inputs["accelerators"]["price_date"].to_list() == ["2028-02-29"]


def test_ends_that_the_programme_reads_move_along_unless_a_change_moves_them(tmp_path: Path) -> None:
    def ends(sheets: Sheets) -> None:
        put(sheets, "grid_offers", 2, "lead_months_low", 24)
        put(sheets, "grid_offers", 2, "lead_months_high", 40)

    made = book(tmp_path, ends)
    later = "grid_offers[site=slough].lead_months += 12"
    moved = applied(made, what_if(made, [later])).inputs["grid_offers"].iloc[2]
    assert moved[["lead_months_low", "lead_months", "lead_months_high"]].to_list() == [36, 42, 52]
    kept = applied(made, what_if(made, [later, "grid_offers[site=slough].lead_months_high = 60"]))
    assert kept.inputs["grid_offers"].iloc[2]["lead_months_high"] == 60


def test_remove_takes_along_what_only_belonged_to_the_row(tmp_path: Path, form: str) -> None:
    rows = {"sheet": "sites", "rows": "site=slough", "change": "remove"}
    result = done(book(tmp_path, changes(rows), form=form))
    assert result.inputs["sites"]["site"].to_list() == ["mumbai", "rjukan"]
    assert result.inputs["grid_offers"]["site"].to_list() == ["mumbai", "mumbai", "rjukan"]
    assert result.log[["sheet", "key", "field", "new"]].to_numpy().tolist() == [
        ["sites", "site=slough", "", ""],
        ["grid_offers", "site=slough; stage=1", "", ""],
    ]
    assert result.log["old"][1] == "site=slough; stage=1; mw=50; lead_months=30; usd_per_kw=150; firm_share=0.7"


def test_what_still_refers_to_a_removed_row_is_an_error(tmp_path: Path, form: str) -> None:
    rows = {"sheet": "countries", "rows": "country=GB", "change": "remove"}
    told = faults(book(tmp_path, changes(rows), form=form))
    where = "scenario_changes!E6" if form == "xlsx" else "scenario_changes.csv line 3, column rows"
    assert len(told) == 1 and told[0].startswith(f"{where}: country of sites") and "(site=slough)" in told[0]
    assert "no such country in countries (found 'GB')" in told[0]


def test_append_adds_a_row_or_copies(tmp_path: Path, form: str) -> None:
    rows = [
        {"sheet": "sites", "rows": "site=mumbai", "change": "append", "value": "site=pune; max_it_mw=40"},
        {"sheet": "grid_offers", "rows": "site=mumbai", "change": "append", "value": "site=pune"},
        {"sheet": "grid_offers", "rows": "site=pune; stage=2", "field": "mw", "value": 15},
        {"sheet": "clouds", "change": "append", "value": CLOUD},
    ]
    result = done(book(tmp_path, changes(*rows), form=form))
    new = result.inputs["sites"].iloc[3]
    assert new[["site", "zone", "max_it_mw", "build_months", "pue"]].to_list() == ["pune", "IN-W", 40, 6, 1.4]
    assert result.inputs["grid_offers"]["mw"].to_list() == [60, 40, 50, 100, 60, 15]
    assert result.inputs["clouds"][["cloud", "usd_per_hour"]].to_numpy().tolist() == [["rented", 2]]
    assert result.log["key"].to_list() == ["site=pune", "site=pune; stage=1", "site=pune; stage=2", "cloud=rented"]
    assert set(result.log["field"]) == {""} and "max_it_mw=40" in result.log["new"][0]


def test_a_row_added_with_a_key_that_stands_is_an_error(tmp_path: Path, form: str) -> None:
    rows = {"sheet": "sites", "rows": "site=mumbai", "change": "append", "value": "max_it_mw=40"}
    told = faults(book(tmp_path, changes(rows), form=form))
    assert len(told) == 1 and "site of the row added (site=mumbai): a key that stands twice" in told[0]
    assert told[0].startswith(
        "scenario_changes!H6:" if form == "xlsx" else "scenario_changes.csv line 3, column value:"
    )


def test_parents_first_a_shared_one_once_and_the_later_change_wins(tmp_path: Path) -> None:
    def of(scenario: str, value: float, change: str = "multiply", step: int = 1) -> Change:
        what = {"sheet": "sites", "rows": "site=mumbai", "field": "max_it_mw", "lever": "land"}
        return {"scenario": scenario, "step": step, "change": change, "value": value, **what}

    rows = [of("top", 3), of("left", 5, step=2), of("left", 1, "add"), of("right", 7), of("join", 2)]
    parents = {"top": "base", "left": "top", "right": "top", "join": "left + right", "reset": "join"}
    made = book(tmp_path, changes(*rows, of("reset", 11, "set"), **parents))
    found = scenarios(made)
    assert [(c.scenario, c.step) for c in found["join"].changes] == [
        ("top", 1), ("left", 1), ("left", 2), ("right", 1), ("join", 1)
    ]  # fmt: skip
    first = {name: applied(made, found[name]).inputs["sites"]["max_it_mw"].iloc[0] for name in found}
    left = (80 * 3 + 1) * 5
    expected = {"base": 80, "top": 80 * 3, "left": left, "right": 80 * 3 * 7, "join": left * 7 * 2, "reset": 11}
    assert first == expected


def test_some_levers_are_the_changes_of_those_levers(tmp_path: Path) -> None:
    rows = [
        {"sheet": "sites", "field": "max_it_mw", "change": "multiply", "value": 2, "lever": "land"},
        {"sheet": "grid_offers", "field": "usd_per_kw", "change": "multiply", "value": 3, "lever": "grid"},
        {"sheet": "sites", "rows": "site=mumbai", "change": "append", "value": "site=pune", "lever": "land"},
        {"sheet": "sites", "rows": "site=pune", "field": "pue", "value": 1.3, "lever": "heat"},
    ]
    made = book(tmp_path, changes(*rows))
    one = scenarios(made)["one"]
    assert one.levers == ("land", "grid", "heat")
    assert made.findings.inputs is not None
    hashes = {levers: input_hash(applied(made, one, levers).inputs) for levers in [(), ("land",), ("grid",), ("heat",)]}
    base = input_hash(made.findings.inputs)
    assert hashes[()] == base and hashes["heat",] == base  # the row it changes is the land's
    assert [name for name in base if hashes["land",][name] != base[name]] == ["sites"]
    assert [name for name in base if hashes["grid",][name] != base[name]] == ["grid_offers"]
    both = input_hash(applied(made, one, ("land", "grid", "heat")).inputs)
    assert both == input_hash(applied(made, one).inputs)
    with pytest.raises(ValueError, match="no lever 'sea'; it has land, grid, heat"):
        applied(made, one, ["sea"])


def test_a_changed_workbook_is_the_workbook_typed_that_way(tmp_path: Path, form: str) -> None:
    def typed(sheets: Sheets) -> None:
        put(sheets, "sites", 1, "pue", 1.5)
        put(sheets, "grid_offers", 1, "firm_share", None)
        put(sheets, "grid_offers", 3, "usd_per_kw", 80 * 1.25)
        del sheets["energy_prices"][5]
        sheets["demand"].append(["forms", "2027", 1, 0.5])
        sheets["demand"][4][0] = "letters"
        sheets["workloads"].append(["letters", "batch"])
        sheets["sufficiency"].append(["letters", "open-8b", None, 0.7])
        sheets["demand"].append(["letters", "2028", 3, 1.5])

    texts = [
        "sites[site=slough].pue = 1.5",
        "grid_offers[site=mumbai; stage=2].firm_share =",
        "grid_offers[site=rjukan].usd_per_kw *= 1.25",
        "energy_prices[zone=NO2; period=2028] remove",
        "workloads append workload=letters; latency=batch",
        "sufficiency append workload=letters; model=open-8b; share=0.7",
        "demand[period=2027] append workload=letters",
        "demand append workload=letters; period=2028; input_t_per_year=3; output_t_per_year=1.5",
    ]
    (tmp_path / "typed").mkdir()
    made, by_hand = book(tmp_path, form=form), book(tmp_path / "typed", typed, form=form)
    result = applied(made, what_if(made, texts))
    assert by_hand.findings.inputs is not None
    assert input_hash(result.inputs) == input_hash(by_hand.findings.inputs)
    assert len(result.log) == len(texts)


def test_untouched_sheets_are_shared(tmp_path: Path) -> None:
    made = book(tmp_path, changes({"sheet": "sites", "field": "pue", "value": 1.5}))
    result = done(made)
    assert made.findings.inputs is not None
    shared = [name for name in result.inputs if result.inputs[name] is made.findings.inputs[name]]
    assert set(made.findings.inputs) - set(shared) == {"sites"}


def rupees(sheets: Sheets) -> None:
    """Connections in rupees, firm shares in percent, as their unit rows say; the value of lost demand in cents."""
    sheets["currencies"] = [["currency", "usd"], ["unit", "USD"], ["INR", 0.011]]
    put(sheets, "grid_offers", UNITS, "usd_per_kw", "INR/kW")
    put(sheets, "grid_offers", UNITS, "firm_share", "%")
    for row, share in enumerate([90, 80, 70, None]):
        put(sheets, "grid_offers", row, "firm_share", share)
        put(sheets, "grid_offers", row, "usd_per_kw", 9000 + row)
    put(sheets, "programme", 7, "unit", "USD/ktoken")
    put(sheets, "programme", 7, "value", 0.02)


def test_a_unit_row_and_the_unit_of_a_change_are_both_honoured(tmp_path: Path, form: str) -> None:
    rows = [
        {"sheet": "grid_offers", "rows": "site=slough", "field": "usd_per_kw", "value": 120},
        {"sheet": "grid_offers", "rows": "site=rjukan", "field": "usd_per_kw", "value": 20000, "unit": "INR/kW"},
        {"sheet": "grid_offers", "rows": "stage=2", "field": "usd_per_kw", "change": "add", "value": 1000}
        | {"unit": "INR/kW"},
        {"sheet": "grid_offers", "rows": "mw>=50; mw!=60", "field": "firm_share", "change": "add", "value": -5}
        | {"unit": "%"},
        {"sheet": "programme", "field": "unserved_usd_per_mtoken", "change": "multiply", "value": 1.5},
    ]  # fmt: skip
    result = done(book(tmp_path, rupees, changes(*rows), form=form))
    offers = result.inputs["grid_offers"]
    assert offers["usd_per_kw"].to_list() == pytest.approx([9000 * 0.011, 10001 * 0.011, 120, 220], rel=1e-14)
    assert offers["firm_share"].to_list() == pytest.approx([0.9, 0.8, 0.65, 0.95], rel=1e-14)
    assert result.inputs.settings["unserved_usd_per_mtoken"] == pytest.approx(30)
    assert log(result)[0][2:] == ("unserved_usd_per_mtoken", "20", "30")


def test_a_rate_counts_for_the_whole_scenario(tmp_path: Path) -> None:
    rows = [
        {"sheet": "grid_offers", "rows": "stage=2", "field": "usd_per_kw", "change": "multiply", "value": 2},
        {"sheet": "currencies", "rows": "currency=INR", "field": "usd", "value": 0.01},
    ]
    result = done(book(tmp_path, rupees, changes(*rows)))
    assert result.inputs["grid_offers"]["usd_per_kw"].to_list() == pytest.approx([90, 180.02, 90.02, 90.03], rel=1e-14)


NUMERIC = [
    (sheet.name, column.name)
    for sheet in sheets_of().values()
    for column in sheet.declared.values()
    if column.numeric and column.kind == "number" and sheet.name in smallest() and not column.key
]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Opened]:
    made = book(tmp_path_factory.mktemp("mixed"), rupees, form="csv")
    return lambda: made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.sampled_from(NUMERIC), power=st.integers(1, 6))
def test_twice_and_half_is_the_base_to_the_byte(
    mixed: Callable[[], Opened], which: tuple[str, str], power: int
) -> None:
    """Of a column with a number in it, given or by default; a column of blanks that say something can't be doubled."""
    sheet, field = which
    made = mixed()
    assert made.findings.inputs is not None
    texts = [f"{sheet}.{field} *= {2**power}", f"{sheet}.{field} *= {0.5**power}"]
    if np.isnan(made.findings.inputs[sheet][field]).all():
        with pytest.raises(InputError, match="every chosen cell"):
            applied(made, what_if(made, texts))
        return
    result = applied(made, what_if(made, texts))
    assert input_hash(result.inputs) == input_hash(made.findings.inputs)
    assert result.log.empty
