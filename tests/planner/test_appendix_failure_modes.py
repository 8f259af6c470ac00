"""Appendix I: losses, early signs and hedges of a made-up failure mode, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from planner.appendices.failure_modes import (
    MODES,
    changed,
    failure_modes,
    home_share,
    losses,
    objective_said,
    of_loss,
    signed,
    weights,
)
from planner.compare.blocks.hedges import decided, early, of_orders, of_regret, unlike
from planner.compare.blocks.signs import of_signs, sign
from planner.compare.solved import Solved
from planner.report.blocks import Figure, Heading, Note, Paragraph, Table, texts
from planner.wording import money, said_in
from tests.planner.comparison_scene import CASES, COMMIT, REGRET, Made, bridge, figures, material, orders, regret, views

CASE: Any = {case.name: case for case in CASES}
FRAGILE = next(mode for mode in MODES if mode.key == "political_fragility")
SOLVED = Solved(bridges=[bridge()], regret=regret(**REGRET))


def rows(found: Any = None) -> pd.DataFrame:
    planned = FRAGILE.variants({name: case for name, case in CASE.items() if case.exists})
    return losses(planned, CASE["base"], found)


def words(blocks: Any) -> str:
    return "\n".join(block.text for block in blocks if isinstance(block, Paragraph))


def test_losses_are_differences_from_the_base_from_low_to_high() -> None:
    found = rows(regret(**REGRET)).set_index("variant")
    assert list(found.index) == ["low", "central", "high"]
    assert found["objective_musd"].to_dict() == {"low": 100, "central": 300, "high": 1000}
    assert found["cost_musd"].to_dict() == {"low": -20, "central": -100, "high": -300}
    assert found["unserved_t"].to_dict() == {"low": 2, "central": 10, "high": 30}
    assert found["home"].to_dict() == approx({"low": 1.0, "central": 0.95, "high": 0.9})
    assert found["regret_musd"]["central"] == 30 and np.isnan(found["regret_musd"]["low"])


def test_a_loss_is_told_of_the_central_case_and_from_low_to_high() -> None:
    assert of_loss(rows()) == [
        "In its central case the objective rises by 300 M USD, 30 %: cost falls by 100 M USD, what goes unserved rises "
        "by 10 T.",
        "The objective moves by +100 M USD in its low case to +1 bn USD in its high case.",
        "The home share of compute at the end is 95 % in place of 100 %.",
    ]


def test_a_loss_within_the_gaps_is_none() -> None:
    near: Any = Made("near", figures(1003, 803, 10, 200, bound=998))  # 3 apart, gaps 5 and 0
    assert of_loss(losses({"central": near}, CASE["base"], None)) == [
        "In its central case the gaps allow no difference in the objective to be told.",
        "The home share of compute at the end stays at 100 %.",
    ]


def test_without_compute_there_is_no_home_share() -> None:
    none: Any = Made("none", {**figures(1, 1, 0, 0), "compute_h100e_end": 0.0})
    assert np.isnan(home_share(none))


def test_what_the_objective_is_made_of_is_told() -> None:
    assert "value of what goes unserved" in objective_said(CASE["base"])
    plain: Any = Made("plain", figures(10, 10, 0, 0))
    assert objective_said(plain) == "the objective is the plan's discounted cost"
    served: Any = Made("served", figures(10, 10, 0, 0), most_served=True)
    assert objective_said(served).startswith("the objective is the value served")


@pytest.mark.parametrize(
    ("difference", "said"), [(2.0, "cost rises by 2 M USD"), (-2.0, "cost falls by 2 M USD"), (0.0, "cost stays")]
)
def test_a_difference_is_told_with_its_direction(difference: float, said: str) -> None:
    assert changed("cost", difference, money) == said


def test_signed_money_has_no_minus_nought() -> None:
    assert [signed(musd) for musd in (-0.0, -1e-9, 1200.0, -3.0)] == ["0 M USD", "0 M USD", "+1.2 bn USD", "-3 M USD"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("clouds", "usd_per_hour", "1 to 4", "0.85 to 3.4", 0.85), "15 % below what is planned"),
        (
            ("accelerators", "price_usd", "50,000", "60,000", 1.2),
            "20 % above what is planned, 60,000 in place of 50,000",
        ),
        (("accelerators", "price_decline_per_year", "0.1", "0.17", 1.7), "17 % in place of 10 %"),
        (("sufficiency", "share", "0.5 to 0.9", "0.6 to 1", np.nan), "60 to 100 % in place of 50 to 90 %"),
        (("grid_offers", "lead_months", "9 to 24", "21 to 36", np.nan), "21 to 36 months in place of 9 to 24"),
        (("models", "licence", "open", "restricted", np.nan), "restricted in place of open"),
        (("clouds", "price_change_per_year", "-0.08", "0", -0.0), "0 % in place of -8 %"),
    ],
)
def test_a_sign_says_what_to_watch_and_what_is_planned(change: tuple[Any, ...], said: str) -> None:
    told = sign(*change)
    assert told.endswith(f": {said}")
    assert f"({change[0]}.{change[1]})" in told


def test_a_sign_of_a_share_is_said_in_the_separators_of_the_report() -> None:
    with said_in("de"):
        told = sign("sufficiency", "share", "0,125 to 0,9", "0,6 to 1", np.nan)
    assert told.endswith(": 60 to 100 % in place of 12,5 to 90 %")


def test_signs_are_of_the_lever_that_weighs_most_or_of_each() -> None:
    found = views().tables["differences"]
    low = found[found["scenario"] == "political_fragility_low"]
    assert of_signs(low, "budget cuts", 280.0) == (
        "Watch budget cuts, the lever that weighs most: 280 M USD of the difference. First: the period's money "
        "(budgets.musd): 20 % below what is planned."
    )
    each = of_signs(low, "", 0.0)
    assert each.startswith("No bridge says which of its levers weighs most.")
    assert (
        "(budgets.musd)" in each and "(grid_offers.lead_months): 25 % above what is planned, 30 in place of 24" in each
    )


def test_levers_are_weighed_by_the_bridge_without_whole_numbers() -> None:
    assert weights(SOLVED, "political_fragility") == {"budget cuts": 280.0, "grid delays": -5.0}
    assert weights(SOLVED, "price_shock") == {}


def test_only_orders_before_the_commitment_date_count_and_rents_count_once() -> None:
    told = orders(pune=10, pool=50)
    twice = pd.concat([told.orders, told.orders])
    found = early(type(told)(told.worth, twice), COMMIT)
    assert found.to_dict() == {("site", "pune"): 20.0, ("cloud", "pool"): 50.0}


def test_orders_that_hardly_differ_are_not_told() -> None:
    own, base = early(orders(pune=4, agra=3, chip=1010), COMMIT), early(orders(pune=10, chip=1000, pool=50), COMMIT)
    found = unlike(own, base)
    # Of their kind: pool 50 of 50, pune 6 of 10, agra 3 of 10; chips differ by 1 %.
    assert list(found["decision"]) == ["pool", "pune", "agra"]
    assert of_orders(found, COMMIT) == (
        "In its plan 3 orders differ before 2028-01; chiefly more of: halls at agra (3 MW in place of 0), and less of: "
        "rents of pool (0 units in place of 50); halls at pune (4 MW in place of 10)."
    )
    assert "nothing to hedge now" in of_orders(unlike(own, own), COMMIT)


@pytest.mark.parametrize(
    ("kind", "decision", "said"),
    [
        ("site", "pune", "halls at pune"),
        ("connection", "pune:2", "connection at pune, stage 2"),
        ("energy asset", "pune:solar", "solar at pune"),
        ("model", "open_8b", "runs of open_8b"),
        ("accelerator", "chip", "chip"),
    ],
)
def test_decisions_are_said_in_words(kind: str, decision: str, said: str) -> None:
    assert decided(kind, decision) == said


def test_a_hedge_pays_from_the_likelihood_at_which_both_regrets_weigh_the_same() -> None:
    # p · 30 = (1 - p) · 10 at p = 10 / 40; by weights 0.2 / (0.5 + 0.2).
    assert of_regret(regret(**REGRET), "base", "political_fragility", (0.5, 0.2)) == [
        "Begun with the base's plan, it costs 30 M USD more than having known; begun with its own plan, the base costs "
        "10 M USD more.",
        "Between these two alone, its plan pays where it is likelier than 25 %; by their weights in the workbook it is "
        "28.6 %.",
        "Of the others' plans that of all_at_home loses least in it, 20 M USD.",
    ]


def test_without_regret_its_command_is_told() -> None:
    (told,) = of_regret(None, "base", "price_shock", (1.0, 1.0))
    assert "isn't known: **planner compare RUN** solves for it" in told


def test_a_mode_has_meaning_loss_sign_and_hedge() -> None:
    blocks = failure_modes(material(solved=SOLVED))
    text = words(blocks)
    assert "**Meaning.** Low: Budgets are trimmed. Central: Budgets are frozen. High: Budgets are cut by half." in text
    assert "It moves budget cuts, grid delays." in text
    for part in ("**Loss.**", "**Early sign.** Watch budget cuts", "**Hedge.** In its plan 3 orders differ"):
        assert part in text
    assert "that of political fragility can go least wrong: 10 M USD at most" in text
    signs = next(block for block in blocks if isinstance(block, Table) and block.title.startswith("What political"))
    assert [row[2:] for row in texts(signs)] == [
        ["budgets: musd", "100 to 200", "times 0.8", "times 0.6", "times 0.5"],
        ["grid_offers: lead_months", "24", "30", "36", "–"],
    ]


def test_the_overview_draws_every_variant_that_has_a_plan() -> None:
    blocks = failure_modes(material())
    figure = next(block for block in blocks if isinstance(block, Figure))
    assert list(figure.frame["variant"]) == ["low", "central", "high"]
    table = next(block for block in blocks if isinstance(block, Table))
    assert texts(table)[1] == ["Political fragility", "central", "+300", "-100", "+10", "95\u00a0%"]


def test_modes_that_were_not_run_or_have_no_plan_are_told() -> None:
    failed = Made("price_shock", {}, record={"reason": "the time limit came first"})
    notes = [block.text for block in failure_modes(material(views=views((*CASES, failed)))) if isinstance(block, Note)]
    assert any(note.startswith("The scenario cost curve collapse was not run. **planner run") for note in notes)
    assert any("has no plan: price shock (the time limit came first)" in note for note in notes)


def test_a_run_without_failure_modes_says_so() -> None:
    for alone in (material(views=None), material(views=views(CASES[:1]))):
        head, said = failure_modes(alone)
        assert head == Heading("I The four failure modes")
        assert isinstance(said, Paragraph) and said.text.startswith("None of the scenarios of the failure modes")
