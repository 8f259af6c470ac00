"""The scenarios of a workbook: all there or told why not, changes that meet something, ends further and further off."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from compute_lp.schema import Inputs
from planner import prefill, workbook
from planner.prefill import control, scenarios
from planner.prefill.sheet import Sheet
from planner.prefill.write import write
from planner.review.scenario_check import select
from planner.scenarios import applied
from planner.scenarios import scenarios as scenarios_of
from planner.workbook.sheets import sheets_of

ROOT = Path(__file__).parents[2]
MODES = (
    "cost_curve_collapse",
    "price_shock",
    "open_source_convergence",
    "hardware_nationalism_lag",
    "political_fragility",
)
CHOICES = ("small_models_only", "large_models_only", "everything_at_home", "public_only", "public_regulated")
ALONE = ("slow_grid", "diffusion_rule", "tightened", "tight_caps", "closed_havens", "deepseek_shock")
WANTED = {"base", *(f"{mode}{end}" for mode in MODES for end in ("_low", "", "_high")), *ALONE, *CHOICES}
PROGRAMMES = ("united_states", "france", "united_kingdom", "india", "united_arab_emirates", "japan", "south_korea")
DEFAULT_COUNTRY = "NO"


@pytest.fixture(scope="module", params=[*PROGRAMMES, DEFAULT_COUNTRY])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> workbook.Findings:
    name: str = request.param
    if name != DEFAULT_COUNTRY:
        return workbook.inspect(ROOT / "inputs" / f"{name}.xlsx")
    file = tmp_path_factory.mktemp("country") / "norway.xlsx"
    write(prefill.country(name), file)
    return workbook.inspect(file)


@pytest.fixture(scope="module")
def inputs(found: workbook.Findings) -> Inputs:
    assert found.inputs is not None
    return found.inputs


@pytest.mark.parametrize("name", ["india", "united_states"])
def test_every_scenario_can_be_applied_and_every_lever_moves_something(name: str) -> None:
    """Of a scenario with ends the high one, which departs furthest."""
    book = workbook.opened(ROOT / "inputs" / f"{name}.xlsx")
    for scenario in scenarios_of(book).values():
        if scenario.name.removesuffix("_low") not in MODES:
            after = applied(book, scenario)
            assert {*after.log["lever"]} == {*scenario.levers}
            assert after.warnings == ()


def listed(sheet: str) -> pd.DataFrame:
    return prefill.atlas()[sheet]


def told(inputs: Inputs) -> dict[str, str]:
    """What is left out, by its name, and why."""
    rows = inputs["assumptions"]
    said = rows[rows["what"].str.endswith(" is left out")]
    names = said["what"].str.removesuffix(" is left out").str.removeprefix("The scenario ")
    return dict(zip(names, said["why"], strict=True))


def test_every_scenario_is_shipped_or_told_to_be_left_out(inputs: Inputs) -> None:
    names = set(listed("plan_scenarios")["scenario"])
    assert names >= WANTED
    shipped, left_out = set(inputs["scenarios"]["scenario"]), told(inputs)
    assert shipped | {name for name in left_out if name in names} == names
    assert not shipped & set(left_out)


def test_no_change_matches_nothing_and_no_two_levers_one_cell(found: workbook.Findings) -> None:
    assert [str(one) for one in (*found.problems, *found.warnings) if one.sheet.startswith("scenario")] == []


def test_every_scenario_but_the_base_changes_something(inputs: Inputs) -> None:
    assert {*inputs["scenarios"]["scenario"]} - {*inputs["scenario_changes"]["scenario"]} == {"base"}


def test_a_scenario_stands_after_its_parents(inputs: Inputs) -> None:
    before = {"base"}
    for row in inputs.rows("scenarios")[1:]:
        assert row.parents in before
        before.add(row.scenario)


def departures(inputs: Inputs, change: Any) -> Iterator[float]:
    """How far a change takes each cell of numbers from the base, upwards: as a logarithm where it is a factor."""
    sheet = sheets_of()[change.sheet]
    value = float(change.value)
    if change.change == "multiply":
        yield math.log(value)
    elif change.change != "set":
        yield value
    else:
        frame = inputs[change.sheet]
        yield from value - frame[change.field][select(sheet, frame, change.rows)]


@pytest.mark.parametrize("mode", MODES)
def test_each_end_departs_further_from_the_base(mode: str, inputs: Inputs) -> None:
    by_cells: dict[tuple[str, str, str], list[Any]] = {}
    for end in ("_low", "", "_high"):
        for row in inputs.rows("scenario_changes"):
            if row.scenario == f"{mode}{end}":
                by_cells.setdefault((row.sheet, row.rows, row.field), []).append(row)
    in_numbers = {cells: rows for cells, rows in by_cells.items() if cells[2] != "licence"}
    assert in_numbers and all(len(rows) == 3 for rows in in_numbers.values())
    for cells, rows in in_numbers.items():
        for moved in zip(*(departures(inputs, row) for row in rows), strict=True):
            steps = [later - earlier for earlier, later in pairwise([0.0, *moved])]
            assert min(steps) > 0 or max(steps) < 0, (cells, moved)


def test_terms_that_can_be_withdrawn_spread_from_the_larger_bases_to_all(inputs: Inputs) -> None:
    """None in the low end, those above 10B in the middle, the small ones too in the high end."""
    rows = [row for row in inputs.rows("scenario_changes") if row.lever == "licence withdrawal" and row.value]
    by_end = [[row for row in rows if row.scenario == f"open_source_convergence{end}"] for end in ("_low", "", "_high")]
    assert [len(rows) for rows in by_end] == [0, 1, 2]
    late = inputs["models"].query("available_from >= '2028' and route in ('adopt', 'continue', 'finetune')")
    abroad = late[late["origin"] != inputs.settings["home"]]
    sheet = sheets_of()["models"]
    taken = [{*abroad["model"][select(sheet, abroad, row.rows)]} for row in by_end[2]]
    assert set.union(*taken) == {*abroad["model"]} and not set.intersection(*taken)


def test_nothing_is_multiplied_or_added_to_that_is_blank(inputs: Inputs) -> None:
    """What a blank means would be changed, not a figure that stands there."""
    for row in inputs.rows("scenario_changes"):
        if row.change in ("multiply", "add", "delay"):
            frame = inputs[row.sheet]
            cells = frame[row.field][select(sheets_of()[row.sheet], frame, row.rows)]
            assert (cells.notna() & (cells.astype(str) != "")).all(), (row.scenario, row.sheet, row.field)


def test_sizes_switch_every_model_off_on_one_side_of_ten_billion(inputs: Inputs) -> None:
    """Runs stop those trained or adopted at a cost, tokens those that are had without a run."""
    models = inputs["models"]
    large = models["total_params_b"] > 10
    runs = (models["route"] != "api") & ((models["route"] != "adopt") | (models["cost_musd"] > 0))
    for scenario, off in (("small_models_only", large), ("large_models_only", ~large)):
        stopped = {field: pd.Series(data=False, index=models.index) for field in ("max_runs", "max_t_per_year")}
        for row in inputs.rows("scenario_changes"):
            if row.scenario == scenario:
                assert (row.sheet, row.change, row.value) == ("models", "set", "0")
                stopped[row.field] |= select(sheets_of()["models"], models, row.rows)
        assert (off == ((stopped["max_runs"] & runs) | stopped["max_t_per_year"])).all()


def test_the_base_weighs_most_and_a_choice_of_ours_nothing() -> None:
    heads = listed("plan_scenarios").set_index("scenario")
    weights = heads["weight"]
    assert weights.sum() == pytest.approx(1)
    assert weights.idxmax() == "base"
    assert {*weights.index[weights == 0]} == {*CHOICES}
    assert (heads["weight_low"] <= weights).all() and (weights <= heads["weight_high"]).all()


def test_only_the_base_is_solved_unasked(inputs: Inputs) -> None:
    assert [row.scenario for row in inputs.rows("scenarios") if row.run == "yes"] == ["base"]


def test_a_judgement_is_of_low_confidence_and_says_how_far_it_may_lie() -> None:
    """Words and whole switches have no low and high."""
    changes = listed("plan_scenario_changes")
    judged = changes[(changes["source"] == "judgement") & (changes["sheet"] != "programme")]
    assert {*judged["confidence"]} == {"low"}
    numbers = judged[judged["change"].isin(["multiply", "add", "delay"])]
    assert len(numbers) > 0
    assert (numbers[["low", "high"]] != "").all(axis=None)


# By hand: India's own sites are mumbai, chennai, jamnagar, hyderabad and noida; it looks at narvik (NO) and abu_dhabi
# (AE), both havens, and at a cloud in Singapore, a haven too. Its borders are those of everything but IN.
INDIA = {
    ("closed_havens", "sites"): "country=NO,AE",
    ("closed_havens", "clouds"): "country=SG",
    ("everything_at_home", "sites"): "country!=IN",
    ("everything_at_home", "models"): "route=api; origin!=IN",
    ("political_fragility", "grid_offers"): "site=mumbai,chennai,jamnagar,hyderabad,noida; stage=1",
    ("hardware_nationalism_lag", "throughput"): "accelerator=next_2029",
    ("hardware_nationalism_lag", "countries"): "country=IN",
    ("open_source_convergence", "sufficiency"): "model=open_8b_2029,open_30b_2029,open_120b_2029,indic_30b_2029",
    ("tightened", "export_rules"): "rule=tightened_in,tightened_no,tightened_ae",
}


def test_names_are_looked_up_in_the_workbook() -> None:
    inputs = workbook.read(ROOT / "inputs" / "india.xlsx")
    rows = [row for row in inputs.rows("scenario_changes") if (row.scenario, row.sheet) in INDIA]
    first = {(row.scenario, row.sheet): row.rows for row in reversed(rows)}
    assert first == INDIA


def test_the_exporter_rations_and_closes_nothing_of_its_own() -> None:
    """All its chips are of home, and its one site and cloud abroad stand with an ally."""
    inputs = workbook.read(ROOT / "inputs" / "united_states.xlsx")
    assert {*inputs["accelerators"]["vendor_country"]} == {"US"}
    group = inputs["countries"].set_index("country")["group"]
    abroad = {*inputs["sites"]["country"], *inputs["clouds"]["country"]} - {"US"}
    assert {group[country] for country in abroad} == {"allied"}
    assert told(inputs) == {
        "The lever allocations of hardware_nationalism_lag": "this programme has no such rows in supply",
        "closed_havens": "this programme has no such rows in sites and clouds",
    }


def test_a_regime_that_sleeps_nowhere_leaves_no_scenario_nor_what_builds_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "sleeping", lambda case, regime: [])
    monkeypatch.setattr(control, "sleeping_caps", lambda case, regime: [])
    made = prefill.sheets_for(prefill.programme("india"))
    names = [row["scenario"] for sheet in made if sheet.name == "scenarios" for row in sheet.rows]
    assert {*listed("plan_scenarios")["scenario"]} - {*names} == {"diffusion_rule", "tightened", "tight_caps"}
    (log,) = (sheet for sheet in made if sheet.name == "assumptions")
    assert {row["what"]: row["why"] for row in log.rows if "tight" in row["what"]} == {
        "The scenario tightened is left out": "this programme has no such rows in export_rules",
        "The scenario tight_caps is left out": "it builds on tightened",
    }


def test_names_that_choose_nothing_are_left_out_and_an_end_may_leave_a_change_out() -> None:
    """Two of three routes stand in the sheet; the second change sets in at the high end alone."""
    case = prefill.programme("india")
    frames = {name: frame.copy() for name, frame in case.atlas.tables.items()}
    ends = ("mode_low", "mode", "mode_high")
    head = frames["plan_scenarios"].iloc[[0]]
    frames["plan_scenarios"] = pd.concat([head.assign(scenario=name, parents="") for name in ends], ignore_index=True)
    row = frames["plan_scenario_changes"].iloc[[0]].assign(scenario="mode", lever="cost", sheet="models", wakes="")
    row = row.assign(field="cost_musd", change="multiply", rows="route=adopt,finetune,continue")
    frames["plan_scenario_changes"] = pd.concat(
        [
            row.assign(step=1, low="0.9", value="0.8", high="0.7"),
            row.assign(step=2, field="licence", change="set", low="", value="", high="restricted"),
        ],
        ignore_index=True,
    )
    models = Sheet("models")
    for route in ("adopt", "continue", "pretrain"):
        models.add(model=route, route=route, cost_musd=5, source="programme", confidence="low")
    (_, changes), left_out = scenarios.sheets(replace(case, atlas=replace_tables(case.atlas, frames)), [models])
    assert [(row["scenario"], row["step"], row["rows"], row["value"]) for row in changes.rows] == [
        ("mode_low", "1", "route=adopt,continue", "0.9"),
        ("mode", "1", "route=adopt,continue", "0.8"),
        ("mode_high", "1", "route=adopt,continue", "0.7"),
        ("mode_high", "2", "route=adopt,continue", "restricted"),
    ]
    assert left_out == []


def replace_tables(inputs: Inputs, frames: dict[str, pd.DataFrame]) -> Inputs:
    return Inputs(frames, inputs.settings, cells=inputs.cells)


@pytest.mark.parametrize(
    ("table", "where", "column", "value", "said"),
    [
        ("plan_scenario_changes", {"scenario": "tightened"}, "sheet", "sites", "either wakes a regime or changes"),
        ("plan_scenario_changes", {"scenario": "price_shock", "step": 1}, "sheet", "sitse", "did you mean 'sites'?"),
        ("plan_scenario_changes", {"scenario": "price_shock", "step": 1}, "low", "0.01", ""),
        ("plan_scenario_changes", {"scenario": "price_shock", "step": 2}, "low", "1.5", "further and further"),
        ("plan_scenario_changes", {"scenario": "price_shock", "step": 2}, "low", "0.9", "further and further"),
        ("plan_scenario_changes", {"scenario": "price_shock", "step": 2}, "high", "", "further and further"),
        ("plan_scenario_changes", {"scenario": "price_shock", "step": 1}, "scenario", "price_shock_low", "of its own"),
        ("plan_scenario_changes", {"scenario": "price_shock", "step": 2}, "source", "machinse", "did you mean"),
        ("plan_scenarios", {"scenario": "price_shock_low"}, "scenario", "price_shock_mild", "one end stands without"),
    ],
)
def test_defects_of_the_tables_are_caught(
    table: str, where: dict[str, Any], column: str, value: str, said: str
) -> None:
    atlas = prefill.atlas()
    frame = atlas[table].copy()
    chosen = pd.Series(data=True, index=frame.index)
    for name, wanted in where.items():
        chosen &= frame[name] == wanted
    frame.loc[chosen, column] = value
    found = [str(one) for one in scenarios.check(replace_tables(atlas, {**atlas.tables, table: frame}))]
    assert [one for one in found if said and said in one] if said else found == []
