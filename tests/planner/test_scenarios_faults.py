"""What is wrong with a change is told at its cell: by itself when the workbook is read, else when it is applied."""

from __future__ import annotations

from pathlib import Path

import pytest

from compute_lp.schema import InputError
from planner.scenarios import applied, scenarios, what_if
from planner.workbook import inspect, opened
from tests.planner.test_scenarios import Change, book, changes, done, faults
from tests.workbooks import Sheets, put, smallest, to_csv, to_xlsx

SITE = {"sheet": "sites", "rows": "site=mumbai"}

BY_ITSELF: dict[str, tuple[Change, str, str, str]] = {
    "no such sheet": ({"sheet": "site", "field": "pue", "value": 1}, "D", "no such sheet", "'sites'"),
    "a sheet that is no input": ({"sheet": "sources", "field": "title", "value": "x"}, "D", "no input of the plan", ""),
    "no such column": (SITE | {"field": "puee", "value": 1}, "F", "no such column", "'pue'"),
    "no such setting": ({"sheet": "programme", "field": "grid_dely", "value": "low"}, "F", "no such", "'grid_delay'"),
    "rows of settings": (
        {"sheet": "programme", "rows": "key=grid_delay", "field": "grid_delay", "value": "low"},
        "E",
        "its field names it",
        "leave rows blank",
    ),
    "where inputs lie": (
        {"sheet": "programme", "field": "profile_file", "value": "x.csv"},
        "F",
        "no input",
        "profiles",
    ),
    "no row": (
        {"sheet": "sites", "rows": "site=munbai", "field": "pue", "value": 1},
        "E",
        "matches no row",
        "'mumbai'",
    ),
    "remove with a field": (SITE | {"change": "remove", "field": "pue"}, "F", "whole rows", "blank"),
    "remove with a value": (SITE | {"change": "remove", "value": 50}, "H", "whole rows", "blank"),
    "append with a field": (
        SITE | {"change": "append", "field": "site", "value": "site=a"},
        "F",
        "whole rows",
        "blank",
    ),
    "append of an unknown column": (SITE | {"change": "append", "value": "sit=a"}, "H", "no column of sites", "'site'"),
    "append of nothing": (SITE | {"change": "append"}, "H", "a row without cells", "column=value"),
    "append of no cell": (SITE | {"change": "append", "value": "pune"}, "H", "gives no cell", "column=value"),
    "append of what no column holds": (
        SITE | {"change": "append", "value": "pue=warm"},
        "H",
        "pue of 'warm'",
        "number",
    ),
    "a setting removed": ({"sheet": "programme", "change": "remove"}, "G", "none can remove", "takes the default"),
    "a factor with a unit": (
        SITE | {"field": "pue", "change": "multiply", "value": 2, "unit": "MW"},
        "I",
        "another kind",
        "blank",
    ),
    "a unit of a name": (SITE | {"field": "zone", "value": "GB", "unit": "MW"}, "I", "holds no numbers", "blank"),
    "half a month": (
        {"sheet": "accelerators", "field": "release", "change": "delay", "value": 1.5},
        "H",
        "no whole number",
        "month",
    ),
    "a blank that has no default": (SITE | {"field": "country"}, "H", "has no default", "a value"),
}


@pytest.mark.parametrize("name", BY_ITSELF)
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_nonsense_is_told_when_the_workbook_is_read(tmp_path: Path, name: str, form: str) -> None:
    row, letter, says, right = BY_ITSELF[name]
    sheets = smallest()
    changes(row)(sheets)
    found = inspect(to_xlsx(sheets, tmp_path / "a.xlsx") if form == "xlsx" else to_csv(sheets, tmp_path / "a"))
    assert len(found.problems) == 1
    problem = found.problems[0]
    column = sheets["scenario_changes"][0]["ABCDEFGHI".index(letter)]
    where = f"scenario_changes!{letter}6" if form == "xlsx" else f"scenario_changes.csv line 3, column {column}"
    assert problem.cell == where and says in problem.message and right in problem.right


def test_a_loop_and_an_orphan_are_told_and_nothing_is_applied(tmp_path: Path) -> None:
    sheets = smallest()
    changes(one="two", two="one", three="bas")(sheets)
    found = inspect(to_xlsx(sheets, tmp_path / "a.xlsx"))
    assert [p.cell for p in found.problems] == ["scenarios!B7", "scenarios!B9"]
    assert "loop" in found.problems[0].message and "'base'" in found.problems[1].right


def test_a_result_out_of_range_names_cell_key_and_change(tmp_path: Path) -> None:
    rows = {"sheet": "accelerators", "field": "availability", "change": "multiply", "value": 2}
    told = faults(book(tmp_path, lambda sheets: put(sheets, "accelerators", 0, "availability", 0.9), changes(rows)))
    assert len(told) == 1
    assert told[0].startswith("scenario_changes!H6: availability of accelerators!Q6 (accelerator=H100) becomes 1.8: ")


def test_all_faults_of_a_changed_workbook_are_told_each_at_the_change_that_made_it(tmp_path: Path) -> None:
    rows = [
        {"sheet": "sites", "rows": "site=slough", "field": "zone", "value": "GB-N"},
        {"sheet": "sites", "rows": "site=mumbai", "field": "pue", "change": "multiply", "value": 0.5},
        {"sheet": "periods", "rows": "period=2028", "field": "start", "change": "delay", "value": -6},
        {"sheet": "sites", "rows": "site=rjukan", "field": "site", "value": "narvik"},
    ]
    assert faults(book(tmp_path, changes(*rows))) == [
        "scenario_changes!H6: zone of sites!C7 (site=slough) becomes GB-N: no such zone in energy_prices; "
        "did you mean 'GB'?",
        "scenario_changes!H7: pue of sites!G6 (site=mumbai) becomes 0.7: out of range; at least 1 and at most 3",
        "scenario_changes!H8: start of periods!B7 (period=2028) becomes 2027-07: period 2028 starts before the one "
        "above ends; 2028-01",
        "scenario_changes!H9: site of grid_offers!A9 (site=rjukan; stage=1): no such site in sites (found 'rjukan'); "
        "one of mumbai, slough, narvik",
    ]


def test_a_change_is_judged_on_what_earlier_ones_left(tmp_path: Path) -> None:
    """The second finds the site that the first renamed, the third doesn't find it any more."""
    rows = [
        {"sheet": "grid_offers", "rows": "site=slough", "change": "remove"},
        {"sheet": "sites", "rows": "site=slough", "field": "site", "value": "reading"},
        {"sheet": "sites", "rows": "site=reading", "field": "pue", "value": 1.5},
        {"sheet": "sites", "rows": "site=slough", "field": "pue", "value": 1.6},
    ]
    assert done(book(tmp_path, changes(*rows[:3]))).inputs["sites"]["pue"].to_list() == [1.4, 1.5, 1.1]
    (tmp_path / "b").mkdir()
    told = faults(book(tmp_path / "b", changes(*rows)))
    assert len(told) == 1 and told[0].startswith("scenario_changes!E9: matches no row of sites")


def test_two_levers_on_one_cell_are_told_wherever_they_meet(tmp_path: Path) -> None:
    rows = [
        {"scenario": "a", "step": 1, **SITE, "field": "pue", "value": 1.5, "lever": "heat"},
        {"scenario": "a", "step": 2, "sheet": "sites", "field": "pue", "value": 1.6, "lever": "water"},
        {
            "scenario": "b",
            "step": 1,
            "sheet": "sites",
            "rows": "site=slough",
            "field": "pue",
            "value": 1.7,
            "lever": "wind",
        },
    ]
    made = book(tmp_path, changes(*rows, both="a + b"))
    told = {p.cell: p.message for p in made.findings.warnings}
    assert told["scenario_changes!F7"] == "changed by another lever too, in scenario_changes!F6"
    assert told["scenarios!B7"] == "its parents change pue of sites by the levers water and wind, one after the other"
    assert [p.cell for p in applied(made, scenarios(made)["a"]).warnings] == []  # told with the workbook
    one = applied(made, scenarios(made)["both"]).warnings
    assert [p.cell for p in one] == ["scenario_changes!F8"]


def test_a_workbook_with_errors_has_no_scenarios_applied(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "pue", "hot")
    made = opened(to_xlsx(sheets, tmp_path / "a.xlsx"))
    with pytest.raises(InputError, match="sites!G6"):
        applied(made, scenarios(made)["base"])


def test_a_scenario_may_leave_the_range_of_the_estimates_but_slips_are_told(tmp_path: Path) -> None:
    def dearer(sheets: Sheets) -> None:
        put(sheets, "accelerators", 0, "price_usd_high", 30000)
        for name in ("B200", "B300", "R200"):
            sheets["accelerators"].append([name, *sheets["accelerators"][2][1:]])

    made = book(tmp_path, dearer)
    assert applied(made, what_if(made, ["accelerators[accelerator=H100].price_usd *= 2"])).warnings == ()
    slip = applied(made, what_if(made, ["accelerators[accelerator=H100].price_usd *= 20"])).warnings
    assert [p.cell for p in slip] == ["--set 1"] and "the median of its peers" in slip[0].message
