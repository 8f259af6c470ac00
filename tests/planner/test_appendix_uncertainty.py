"""Appendix H: every sentence from figures worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from planner.appendices.uncertainty import (
    by,
    moved,
    of_fractions,
    of_gaps,
    of_regret,
    of_switching,
    of_tornado,
    spans,
    uncertainty,
)
from planner.compare.blocks.spread import of_spread, percentile, spread
from planner.compare.solved import Solved
from planner.report.blocks import Figure, Heading, Note, Paragraph, Table, texts
from tests.planner.comparison_scene import CASES, REGRET, material, regret, views

NAN = np.nan
CASE: Any = CASES


def tornado(*rows: tuple[str, str, float, str, float]) -> pd.DataFrame:
    """Field, end, estimate, whether it can be trusted, measured."""
    told = [("sheet", field, field, 3, *rest) for field, *rest in rows]
    columns = ["sheet", "field", "label", "cells", "end", "estimate_musd", "trusted", "measured_musd"]
    return pd.DataFrame(told, columns=columns)


TORNADO = tornado(
    ("waits", "high", 2.0, "yes", NAN),
    ("prices", "low", -90.0, "yes", -100.0),
    ("prices", "high", 50.0, "yes", 60.0),
    ("halls", "low", 0.5, "no", NAN),
    ("halls", "high", 40.0, "yes", 30.0),
    ("taxes", "low", 0.4, "yes", 0.5),
)
SWITCHING = pd.DataFrame(
    [
        ("halls at pune", "9 MW", "prices", 1.0, 1.5, "12 MW", 0.5, 2.0, 0.01),
        ("halls at pune", "9 MW", "waits", 1.0, 0.8, "none", 0.5, 2.0, 0.01),
        ("chips", "40 units", "prices", 1.0, NAN, "", 0.5, 2.0, NAN),
        ("rents", "5 units", "waits", 1.0, 2.5, "3 units", 0.5, 3.0, 0.02),
    ],
    columns=["decision", "now", "lever", "base", "switch", "becomes", "least", "most", "within"],
)


def words(blocks: Any) -> str:
    return " ".join(block.text for block in blocks if isinstance(block, Paragraph))


def test_a_span_reaches_from_least_to_most_of_low_planned_and_high() -> None:
    found = spans(TORNADO).set_index("label")
    assert list(found.index) == ["prices", "halls", "waits", "taxes"]
    assert found["span_musd"].to_dict() == approx({"prices": 160, "halls": 30, "waits": 2, "taxes": 0.5})
    assert found["low_musd"]["waits"] == 0  # it has no low
    assert found["low_musd"]["halls"] == 0.5  # planned, 0, is below both ends


def test_an_assumption_is_as_well_known_as_its_least_known_end() -> None:
    assert spans(TORNADO).set_index("label")["known"].to_dict() == {
        "prices": "solved again",
        "halls": "estimated, not to be trusted",
        "waits": "estimated",
        "taxes": "solved again",
    }


def test_the_tornado_is_told_by_its_widest() -> None:
    assert of_tornado(spans(TORNADO), 3200.0) == [
        "prices moves the objective most: 100 M USD less at its low, 60 M USD more at its high; from end to end 5 % of "
        "the objective.",
        "Next from end to end: halls (30 M USD); waits (2 M USD); taxes (0.5 M USD).",
        "1 of 4 move it by less than a hundredth of the first.",
        "Not to be trusted are the estimates of halls.",
    ]


def test_an_end_without_a_plan_is_told_first_and_not_drawn() -> None:
    found = spans(pd.concat([TORNADO, tornado(("licence", "high", 1.0, "no", np.inf))]))
    assert of_tornado(found, 3200.0)[0] == "There is no plan with licence at its high."
    assert of_tornado(found, 3200.0)[1].startswith("prices moves")
    blocks = uncertainty(material(tornado=pd.concat([TORNADO, tornado(("licence", "high", 1.0, "no", np.inf))])))
    figure = next(block for block in blocks if isinstance(block, Figure))
    assert list(figure.frame["label"]) == ["prices", "halls *", "waits *", "taxes"]
    table = next(block for block in blocks if isinstance(block, Table))
    assert texts(table)[0][:4] == ["licence", "0", "infinite", "infinite"]


def test_nothing_that_moves_the_objective_is_said_so() -> None:
    assert of_tornado(spans(tornado(("a", "low", 0.0, "yes", 0.0))), 10.0) == ["No assumption moves the objective."]


@pytest.mark.parametrize(("musd", "said"), [(0.0, "no change"), (-1500.0, "1.5 bn USD less"), (2.0, "2 M USD more")])
def test_a_change_is_told_with_its_direction(musd: float, said: str) -> None:
    assert moved(musd) == said


def test_the_tightest_switch_comes_first() -> None:
    # |ln 0.8| = 0.22, |ln 1.5| = 0.41, |ln 2.5| = 0.92
    assert of_switching(SWITCHING) == [
        "First to change: halls at pune, from 9 MW to none, at 20 % lower waits.",
        "Next: halls at pune, from 9 MW to 12 MW, at 50 % higher prices.",
        "Next: rents, from 5 units to 3 units, at 2.5 times the waits.",
        "Nothing that was tried changes chips.",
    ]


@pytest.mark.parametrize(
    ("factor", "said"), [(1.12, "at 12 % higher"), (0.5, "at 50 % lower"), (3.0, "at 3 times the")]
)
def test_factors_are_said_in_words(factor: float, said: str) -> None:
    assert by(factor) == said


def test_what_was_not_measured_is_told_with_its_command() -> None:
    blocks = uncertainty(material())
    notes = [block.text for block in blocks if isinstance(block, Note)]
    assert sum("**planner report RUN**" in note for note in notes) == 2
    assert any("**planner compare RUN**" in note for note in notes)
    assert any("**planner compare RUN --view alternatives,tradeoff**" in note for note in notes)


def test_every_part_has_its_heading_and_tables_are_of_the_measures() -> None:
    solved = Solved(regret=regret(**REGRET))
    blocks = uncertainty(material(tornado=TORNADO, switching=SWITCHING, solved=solved))
    headings = [block.text for block in blocks if isinstance(block, Heading)]
    assert headings == [
        "H Uncertainty",
        "What assumptions are worth",
        "Where decisions switch",
        "Regret",
        "Near-best plans and trade-offs",
        "Over scenarios",
        "How differences are to be read",
    ]
    switches = next(block for block in blocks if isinstance(block, Table) and "lever" in block.frame)
    assert [row[3:5] for row in texts(switches)] == [
        ["0.8", "20 % down"],
        ["1.5", "50 % up"],
        ["2.5", "150 % up"],
        ["–", "no change in what was tried"],
    ]


def test_minimax_regret_is_told_against_the_base() -> None:
    # Largest regrets: base 30, political_fragility 10, all_at_home 40; means 35/3, 6, 20.
    told = of_regret(regret(**REGRET))
    assert told[0].startswith("The plan of political_fragility has the smallest largest regret: 10 M USD of cost")
    assert "Beginning with the base's plan can cost 30 M USD more than knowing what comes." in told
    assert told[-1].endswith("the plan of political_fragility costs least to be wrong with: 6 M USD on average.")


@pytest.mark.parametrize(("share", "value"), [(0.1, 1.0), (0.2, 1.0), (0.21, 3.0), (0.9, 8.0), (1.0, 8.0)])
def test_a_percentile_is_the_smallest_value_that_reaches_the_share(share: float, value: float) -> None:
    assert percentile(np.array([8.0, 1.0, 3.0]), np.array([5.0, 2.0, 3.0]), share) == value


def test_spread_weighs_scenarios_and_leaves_choices_out() -> None:
    # 0.5 · 800 + 0.1 · 500 + 0.2 · 780 + 0.2 · 700 = 746; all_at_home has no weight, tight_caps no plan
    table = spread(CASE[:5], CASE[0]).set_index("name")
    cost = table.loc["cost_musd"]
    assert cost["mean"] == approx(746)
    assert (cost["least"], cost["least_in"], cost["most"], cost["most_in"]) == (
        500,
        "political_fragility_high",
        800,
        "base",
    )
    assert (cost["tenth"], cost["ninetieth"]) == (500, 800)  # 500 holds just a tenth


def test_the_base_is_told_against_the_mean() -> None:
    # Objective: 0.5 · 1000 + 0.1 · 2000 + 0.2 · 1100 + 0.2 · 1300 = 1180; 1000 is 15.3 % below
    told = of_spread(spread(CASE[:5], CASE[0]), {"tight_caps": 0.1})
    assert told == [
        "Cost, discounted: the base's, 800 M USD, lies 7.24 % above the mean by weight, 746 M USD; four in five lie "
        "between 500 M USD and 800 M USD.",
        "Objective: the base's, 1 bn USD, lies 15.3 % below the mean by weight, 1.18 bn USD; four in five lie between "
        "1 bn USD and 1.3 bn USD.",
        "Left out, as they have no plan: tight_caps (0.1), by weight.",
    ]


def test_gaps_say_which_differences_can_be_told() -> None:
    wide = type(CASE[1])("wide", {**CASE[1].figures, "bound_musd": 1990.0})
    assert of_gaps(CASE[0], [CASE[0], wide]) == [
        "The plan of base is proven the best.",
        "The widest gap of all scenarios is that of wide, 10 M USD. Two objectives that differ by less than their two "
        "gaps together can't be told apart.",
    ]
    assert of_gaps(wide, [wide]) == ["The plan of wide is proven to within 10 M USD of the best possible objective."]


def test_whole_numbers_are_told_as_a_share_of_the_objective() -> None:
    told = of_fractions({"objective_musd": 1000.0, "relaxation_difference_musd": 5.0})
    assert told[1].startswith("Whole numbers add at most 5 M USD to the objective of this plan, 0.5 %;")
    assert len(of_fractions({"objective_musd": 1000.0, "relaxation_difference_musd": 0.0})) == 1


def test_a_run_of_one_scenario_has_no_spread() -> None:
    assert "Over scenarios" not in [b.text for b in uncertainty(material(views=None)) if isinstance(b, Heading)]
    assert "A spread needs plans of two scenarios" in words(uncertainty(material(views=views(CASES[:1]))))
