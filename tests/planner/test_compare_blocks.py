"""Blocks of a comparison from made-up tables: order and names of scenarios, what is bounded, what is turned round."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.compare.blocks import near, regret
from planner.compare.blocks.common import across, family, in_words, ordered, printed, with_titles
from planner.compare.blocks.differences import change, difference_blocks, families, without_bounds
from planner.compare.blocks.scoreboard import without_plan
from planner.compare.page import MANY, blocks, document, screen
from planner.compare.solved import Solved
from planner.report.blocks import Column, Figure, Heading, Note, Paragraph, Table, shown, texts
from planner.report.to_html import html
from planner.report.to_text import text
from tests.planner import comparison_scene as scene
from tests.planner.comparison_scene import CASES, Made, figures, views

NAMES = ["base", "slow_high", "other", "slow", "slow_low"]
NAN = np.nan
RANGES = pd.DataFrame(
    [
        (decision, unit, best, within, best - less * within * 100, best + more * within * 100)
        for decision, unit, best, less, more in (
            ("halls at pune, 2035", "MW", 100.0, 1.0, 2.0),
            ("halls at agra, 2035", "MW", 4.0, 2.0, 1.0),
            ("home share of compute, 2035", "share", 0.8, 0.1, 0.0),
        )
        for within in (0.01, 0.02, 0.05)
    ],
    columns=["decision", "unit", "best", "within", "least", "most"],
)
UNLIKE = pd.DataFrame(
    [
        (1, "halls at pune, 2035", "MW", 100.0, 40.0, 0.02),
        (1, "halls at agra, 2035", "MW", 4.0, 60.0, 0.02),
        (2, "halls at pune, 2035", "MW", 100.0, 99.0, 0.015),
        (2, "halls at agra, 2035", "MW", 4.0, 0.0, 0.015),
    ],
    columns=["plan", "decision", "unit", "best", "value", "dearer_share"],
)
CURVE = pd.DataFrame(
    [("home", 0.6, "share", 1000.0, 0.0, False), ("home", 0.8, "share", 1010.0, 200.0, True)],
    columns=["what", "value", "unit", "cost_musd", "slope_musd_per_unit", "binding"],
)


def tables(blocks: Any) -> dict[str, Table]:
    return {block.title: block for block in blocks if isinstance(block, Table)}


def test_variants_of_a_family_stand_together_from_low_to_high() -> None:
    assert ordered(NAMES) == ["base", "slow_low", "slow", "slow_high", "other"]
    assert ordered(["slow_high", "x_low"]) == ["slow_high", "x_low"]


@pytest.mark.parametrize(
    ("name", "among", "told"),
    [
        ("slow_high", NAMES, ("slow", "high")),
        ("slow", NAMES, ("slow", "central")),
        ("other", NAMES, ("other", "")),
        ("demand_low", NAMES, ("demand_low", "")),  # alone, so a name like any other
        ("demand_low", ["demand_low", "demand_high"], ("demand", "low")),
    ],
)
def test_a_family_is_known_by_its_members(name: str, among: list[str], told: tuple[str, str]) -> None:
    assert family(name, among) == told


def test_names_are_said_in_words() -> None:
    assert [in_words(name) for name in ("slow_grid_high", "slow_grid", "base", "first/slow_low")] == [
        "slow grid, high",
        "slow grid",
        "base",
        "first/slow, low",
    ]


def test_what_is_printed_says_names_in_words_but_leaves_commands() -> None:
    frame = pd.DataFrame({"scenario": ["slow_grid"], "mw": [1.0]})
    columns = (Column("scenario", "S", kind="text"), Column("mw", "MW"))
    given = [
        Heading("From base to slow_grid"),
        Paragraph("slow_grid is dear. slow_grid_2 is not slow_grid: run **planner run --scenario slow_grid**."),
        Note("Not of base/slow_grid."),
        Table("Of slow_grid", frame, columns),
        Figure("From slow_grid", {}, frame, columns, "Halls of slow_grid.", "Not slow_grid alone."),
    ]
    head, said, note, table, figure = printed(given, ["base", "slow_grid"])
    assert head == Heading("From base to slow grid")
    assert said == Paragraph(
        "Slow grid is dear. slow_grid_2 is not slow grid: run **planner run --scenario slow_grid**."
    )
    assert note == Note("Not of base/slow_grid.")
    assert isinstance(table, Table) and table.title == "Of slow grid"
    assert table.frame.iloc[0].to_list() == ["slow grid", 1.0]
    assert isinstance(figure, Figure)
    assert (figure.title, figure.alt) == ("From slow grid", "Halls of slow grid.")
    assert figure.caution == "Not slow grid alone."


def test_periods_stand_across_in_order_and_missing_ones_are_blank() -> None:
    frame = pd.DataFrame(
        {"name": ["b", "b", "a"], "start": ["2028-01", "2027-01", "2028-01"], "value": [2.0, 1.0, 3.0]}
    )
    wide = across(frame, ["name"], "value", ["2027-01", "2028-01"])
    assert wide["name"].to_list() == ["b", "a"]
    assert wide["2028-01"].to_list() == [2.0, 3.0]
    assert wide["2027-01"].iloc[0] == 1.0 and np.isnan(wide["2027-01"].iloc[1])
    assert across(frame, ["name"], "value", ["2027-01"], 0.0)["2027-01"].to_list() == [1.0, 0.0]


def test_the_pointer_tells_what_a_scenario_stands_for() -> None:
    chart = next(block for block in document_blocks() if isinstance(block, Figure))
    values = chart.spec["data"]["values"]
    told = {row["scenario"]: row["stands_for"] for row in values}
    assert told["political fragility"] == "Budgets are frozen"
    pointer = [layer["encoding"]["tooltip"] for layer in chart.spec["layer"] if "tooltip" in layer.get("encoding", {})]
    assert all(tip[-1]["field"] == "stands_for" for tip in pointer) and pointer
    assert with_titles(chart, "scenario", {}).spec["data"]["values"][0]["stands_for"] == ""


def document_blocks() -> list[Any]:
    return list(blocks(views(), Solved(), "page"))


def test_variants_stand_side_by_side_in_what_differs() -> None:
    made = views()
    found = families(made.tables["differences"], made.names).set_index("what")
    budgets = found.loc["budgets: musd"]
    assert budgets[["low", "central", "high"]].to_list() == ["times 0.8", "times 0.6", "times 0.5"]
    assert found.loc["grid_offers: lead_months", ["old", "low", "central"]].to_list() == ["24", "30", "36"]
    assert found.loc["rows of sites", ["old", "central"]].to_list() == ["", "taken out"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("musd", 0.5, "1 to 2", "0.5 to 1"), "times 0.5"),
        (("musd", 0.5, "2", "1"), "1"),
        (("musd", 0.0, "1 to 2", "0"), "0"),
        (("", NAN, "site=a", "nothing"), "taken out"),
        (("", NAN, "nothing", "site=a"), "added"),
    ],
)
def test_a_change_is_the_value_or_the_factor(given: tuple[Any, ...], said: str) -> None:
    assert change(*given) == said


def test_fields_that_only_bound_another_are_not_printed() -> None:
    found = without_bounds(views().tables["differences"])
    assert "lead_months_low" not in set(found["field"]) and "lead_months" in set(found["field"])
    alone = pd.DataFrame({"sheet": ["a"], "field": ["x_low"]})
    assert len(without_bounds(alone)) == 1


def test_a_screen_of_many_changes_tells_levers_only() -> None:
    made = views()
    many = pd.concat([made.tables["differences"]] * 7, ignore_index=True)
    (_, table) = difference_blocks(views(differences=many), "screen")
    assert isinstance(table, Table)
    assert texts(table)[0] == ["political_fragility_low", "budget cuts, grid delays", "42"]


def test_scenarios_without_plan_are_told_by_their_reason() -> None:
    why = "a" * 200
    cases: Any = (*CASES, Made("first", {}, record={"reason": why}), Made("second", {}, record={"reason": why}))
    (told,) = without_plan(cases)
    assert told == f"No plan to compare: tight_caps (no plan exists); first, second ({'a' * 119}…)."
    assert without_plan(cases[:5]) == []


def test_charts_of_many_scenarios_leave_out_those_of_no_weight() -> None:
    assert views().drawn == [case.name for case in CASES if case.exists]  # few
    more = tuple(Made(f"scenario_{i}", figures(1000 + i, 800 + i, 10, 200)) for i in range(MANY))
    made = views((*CASES, *more))
    assert "all_at_home" not in made.drawn and "base" in made.drawn
    assert made.undrawn == " Scenarios of no weight, which are choices, stand in the tables alone: 1."


def test_firm_and_open_decisions_are_told_by_their_range() -> None:
    # Within 2 %: pune 98 to 104 of 100, agra 0 to 6 of 4, home 0.6 to 0.8 of 0.8.
    assert near.of_ranges(RANGES) == [
        "Within 2 % of the best cost:",
        "Firm: halls at pune, 2035.",
        "Open in size: home share of compute, 2035.",
        "Can be left out: halls at agra, 2035.",
    ]


def test_ranges_and_unlike_plans_stand_across() -> None:
    found = tables(near.alternative_blocks(Solved(ranges=RANGES, unlike=UNLIKE)))
    ranges = found["Ranges of decisions"]
    assert texts(ranges)[1] == ["halls at agra, 2035", "MW", "4", "2", "5", "0", "6", "-6", "9", "can be left out"]
    assert [column.label for column in ranges.columns][3:5] == ["Least, 1\u00a0% dearer", "Most, 1\u00a0% dearer"]
    plans = found["Plans unlike the best that cost little more"]
    assert texts(plans) == [
        ["halls at pune, 2035", "MW", "100", "40", "99"],
        ["halls at agra, 2035", "MW", "4", "60", "0"],
    ]
    assert [column.label for column in plans.columns][3:] == ["Plan 1, 2\u00a0% dearer", "Plan 2, 1.5\u00a0% dearer"]


def test_of_many_decisions_those_that_move_most_are_printed() -> None:
    count = near.MOST_PRINTED + 5
    many = pd.DataFrame(
        [(f"halls at site_{i}", "MW", 100.0, 0.02, 100.0 - i, 100.0) for i in range(count)], columns=RANGES.columns
    )
    kept = tables(near.alternative_blocks(Solved(ranges=many, unlike=UNLIKE), "print"))["Ranges of decisions"]
    assert list(kept.frame["decision"]) == [f"halls at site_{i}" for i in range(5, count)]
    assert "Another 5 decisions" in kept.note


def test_a_slope_of_a_share_is_told_by_the_percentage_point() -> None:
    found = list(near.curve_blocks(Solved(curves=[CURVE]), "print"))
    figure = next(block for block in found if isinstance(block, Figure))
    slope = next(column for column in figure.columns if column.name == "slope_musd_per_unit")
    assert (shown(figure.frame[slope.name].iloc[1], slope), slope.unit) == ("2", "M USD per percentage point")
    (points,) = tables(found).values()
    assert texts(points) == [["60\u00a0%", "1,000", "0"], ["80\u00a0%", "1,010", "2"]]
    assert not any(isinstance(block, Figure) for block in near.curve_blocks(Solved(curves=[CURVE.iloc[:1]])))


def test_wide_regret_stands_in_several_matrices_in_one_order() -> None:
    names = ["base", *(f"s{i}" for i in range(regret.MOST_ACROSS))]
    found = scene.regret(**{plan: {world: float(plan != world) for world in names} for plan in names})
    charts = [block for block in regret.regret_blocks(Solved(regret=found), {}) if isinstance(block, Figure)]
    assert [chart.title[-8:] for chart in charts] == ["(1 of 2)", "(2 of 2)"]
    assert [chart.frame["lived_in"].nunique() for chart in charts] == [regret.MOST_ACROSS, 1]
    assert list(charts[1].frame["plan_of"]) == names


def test_thirty_scenarios_fit_a_screen_and_a_page() -> None:
    more = tuple(
        Made(f"hardware_nationalism_lag_{i}{end}", figures(1000 + 9 * i, 800 + i, 10, 200), title="Chips come late")
        for i in range(8)
        for end in ("_low", "", "_high")
    )
    told = views((*CASES, *more))
    lines = text(screen(told), width=80).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("hardware_nationalism_lag_") for line in lines) >= 24  # no name is broken
    assert html(document(told)).count("hardware_nationalism_lag_7_high") >= 2
