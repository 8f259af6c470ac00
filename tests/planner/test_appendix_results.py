"""Appendix F of a workbook that is solved by hand, section by section, and its sums against the headline figures.

Three years, nothing discounted. Chat asks for the work of 1.5 k of chips, then of 2 k. Alpha has a hall and power for
1 k; beta can have both from 2028. 1 k of chips may arrive in 2027, at 10 MUSD; at 8 MUSD in 2028. So in 2027 1 k is
bought and 0.5 k rented abroad, at 8.76 MUSD a k and year; in 2028 1 k is bought for beta, whose hall (5 MUSD) and
connection of 1.25 MW (0.125 MUSD) are paid in 2027. The open model costs 3 MUSD to adopt. Forms, worth less than any
rent, are left unserved, and a fifth of them no model can answer. A pot of 20 MTPP, of which 1 k takes 16, lapses in
2027.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pytest import approx

from planner.appendices.material import Material, material
from planner.appendices.results import results
from planner.appendices.results.across import WHOLE
from planner.appendices.results.balance import holdings, tokens, use_of_hours
from planner.appendices.results.budget import budget_line, exhausted, grants, heading_table
from planner.appendices.results.limiters import by_limit, kinds
from planner.appendices.results.portfolio import by_class, models
from planner.appendices.results.power import busiest, by_source, connections, hours
from planner.appendices.results.procurement import caps, ledger, licences, permission_table, purchases
from planner.appendices.results.siting import hall_table, stages
from planner.appendices.results.sovereignty import scores
from planner.appendices.results.unit_costs import owned, token_costs
from planner.compare.insight import worth
from planner.report.blocks import Block, Document, Figure, Heading, Paragraph, Table
from planner.report.to_text import text
from tests.independent.cases.workbook import T_OF_K, api, base, cloud, unbuilt
from tests.planner.runs_scenes import run

PERIODS = ["2027", "2028", "2029"]
RENT_MUSD = 0.5 * 8.76
BOUGHT_MUSD = 10 + 8
HALL_MUSD, CONNECTION_MUSD, ADOPTION_MUSD = 5.0, 0.125, 3.0
COST_MUSD = BOUGHT_MUSD + RENT_MUSD + HALL_MUSD + CONNECTION_MUSD + ADOPTION_MUSD
CHAT_T = [1.5 * T_OF_K, 2 * T_OF_K, 2 * T_OF_K]
GWH_OF_K = 0.75 * 1.25 * 8.76
H100E_OF_ONE = 2000 / 1979


def book() -> Any:
    told = base(3)
    told.change("sites", max_it_mw=1, existing_it_mw=1, latitude=19, longitude=73)
    told.add("sites", **unbuilt("beta", build_months=12, existing_mw=0, latitude=13, longitude=80))
    told["grid_offers"] = [
        {"site": "beta", "stage": 1, "mw": 5, "lead_months": 12, "lead_months_high": 24, "usd_per_kw": 100},
        {"site": "beta", "stage": 2, "mw": 10, "lead_months": 24, "lead_months_high": 36, "usd_per_kw": 100},
    ]
    told.change("accelerators", price_decline_per_year=0.2)
    told.add("supply", accelerator="chip", period="2027", max_units=1000)
    told.add("clouds", **cloud("pool", 1, country="NO", operator_country="NO", term_years=1))
    told.change("models", cost_musd=ADOPTION_MUSD)
    told.ask(*CHAT_T)
    told.add("workloads", workload="forms", latency="batch", peak_to_average=1, unserved_usd_per_mtoken=0.1)
    told.ask(10, 10, 10, workload="forms")
    told.add("sufficiency", workload="forms", model="open", period=None, share=0.8)
    told.add("export_rules", rule="rule", destination="IN", min_tpp=4800, outcome="licence")
    for name, allocated, mtpp, months in (("early", "2027-01", 20, 11), ("late", "2028-01", 32, None)):
        told.add("export_licences", licence=name, rule="rule", destination="IN", allocated=allocated, mtpp=mtpp)
        told.change("export_licences", row=-1, expires_after_months=months)
    told.add("export_caps", cap="ceiling", rule="rule", destination="IN", kind="stock", mtpp=40)
    told.add("policies", policy="home_compute_share_min", period=None, value=0.5)
    for period in PERIODS[1:]:
        told.add("policies", policy="n_minus_1_share", period=period, value=0.5)
    for period, musd in zip(PERIODS, (25, 8, 5), strict=True):
        told.add("budgets", layer="L1", period=period, musd=musd, carry_share=0)
    return told


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Material:
    place = tmp_path_factory.mktemp("results")
    assert run(book().write(place / "book"), place / "run") == 0
    return material(place / "run")


@pytest.fixture(scope="module")
def blocks(planned: Material) -> list[Block]:
    return results(planned)


def by(rows: pd.DataFrame, *keys: str, value: str = "value") -> dict[Any, float]:
    found: dict[Any, float] = rows.set_index(list(keys))[value].to_dict()
    return found


def tables(blocks: list[Block]) -> Iterator[Table]:
    return (block for block in blocks if isinstance(block, Table))


def test_the_plan_is_the_one_worked_by_hand(planned: Material) -> None:
    assert planned.figures["cost_musd"] == approx(COST_MUSD)
    assert planned.figures["served_t"] == approx(sum(CHAT_T))


def test_every_section_begins_with_words_and_every_figure_has_its_words(blocks: list[Block]) -> None:
    heads = [i for i, block in enumerate(blocks) if isinstance(block, Heading)]
    assert len(heads) == 10
    assert blocks[0] == Heading("F Results")
    assert all(isinstance(blocks[i + 1], Paragraph) for i in heads)
    figures = [block for block in blocks if isinstance(block, Figure)]
    assert len(figures) == 10
    assert all(figure.alt and figure.caution and len(figure.frame) for figure in figures)


def test_no_table_is_wider_than_a_page_takes(blocks: list[Block]) -> None:
    for table in tables(blocks):
        assert sum(not column.is_words for column in table.columns) <= 13, table.title
    assert "nan" not in text(Document("F", "", tuple(blocks))).lower().replace("finance", "")


def test_a_hall_and_its_connection_come_a_year_after_their_orders(planned: Material) -> None:
    table = hall_table(planned)
    assert table is not None
    wide = table.frame.set_index("site")
    assert list(wide.loc["alpha", PERIODS]) == approx([1, 1, 1])
    assert list(wide.loc["beta", PERIODS]) == approx([0, 1, 1])
    assert list(wide.loc["all", PERIODS]) == approx([1, 2, 2])
    assert dict(wide.loc[["alpha", "beta"], "first"]) == {"alpha": "none", "beta": "2028"}
    first, second = stages(planned).to_dict("records")
    dates = {name: first[name] for name in ("offered", "ordered", "energised", "high")}
    assert dates == {"offered": "2028-01", "ordered": "2027-01", "energised": "2028-01", "high": "2029-01"}
    assert (first["connected_mw"], first["share"], first["slip_months"]) == approx((1.25, 0.25, 0))
    assert second["offered"] == "2029-01"
    assert pd.isna(second["energised"])
    assert pd.isna(second["ordered"])


def test_the_ledger_tells_each_cohort_with_its_price_and_permission(planned: Material) -> None:
    table = ledger(purchases(planned))
    early, late, every = table.frame.to_dict("records")
    assert (early["units"], early["usd_each"], early["musd"], early["mtpp"]) == approx((1000, 10_000, 10, 16))
    assert (late["units"], late["usd_each"], late["musd"], late["mtpp"]) == approx((1000, 8_000, 8, 16))
    assert (early["period"], early["where"], early["licence"]) == ("2027", "alpha 1,000", "early")
    assert (late["period"], late["where"], late["licence"]) == ("2028", "beta 1,000", "late")
    money = planned.table("money")
    assert every["musd"] == approx(money.loc[money["heading"] == "accelerators", "musd"].sum())


def test_permission_is_used_lapsed_or_left(planned: Material) -> None:
    pots = licences(planned)
    early, late = pots.to_dict("records")
    assert (early["size"], early["used"], early["lapsed"], early["left"]) == approx((20, 16, 4, 0))
    assert (late["size"], late["used"], late["lapsed"], late["left"]) == approx((32, 16, 0, 16))
    assert early["ends"] == "2027-12"
    wide = permission_table(planned, pots).frame.set_index(["licence", "what"])
    assert list(wide.loc[("early", "left at the start"), PERIODS]) == approx([20, 0, 0])
    assert list(wide.loc[("early", "lapsed unused"), PERIODS]) == approx([4, 0, 0])
    assert list(wide.loc[("late", "left at the start"), PERIODS]) == approx([0, 32, 16])
    assert list(wide.loc[("late", "used"), PERIODS]) == approx([0, 16, 0])


def test_a_stock_cap_counts_what_stands(planned: Material) -> None:
    found = caps(planned)
    assert list(found["counted"]) == approx([16, 32, 32])
    assert list(found["limit"]) == approx([40, 40, 40])
    assert set(found["unit"]) == {"MTPP"}


def test_what_answers_demand_sums_to_it(planned: Material) -> None:
    answered = tokens(planned)
    told = by(answered, "where", "period")
    assert told["rented abroad", "2027"] == approx(0.5 * T_OF_K)
    assert [told["owned at home", period] for period in PERIODS] == approx([T_OF_K, 2 * T_OF_K, 2 * T_OF_K])
    assert [told["unserved", period] for period in PERIODS] == approx([8, 8, 8])
    assert [told["out of reach", period] for period in PERIODS] == approx([2, 2, 2])
    whole = planned.figures
    parts = whole["served_t"] + whole["unserved_t"] + whole["out_of_reach_t"]
    assert answered["value"].sum() == approx(parts)


def test_compute_and_hours_are_those_of_the_machines(planned: Material) -> None:
    held = by(holdings(planned), "where", "period")
    assert held["owned at home", "2028"] == approx(2000 * H100E_OF_ONE)
    assert held["rented abroad", "2027"] == approx(500 * H100E_OF_ONE)
    assert sum(held[where, "2029"] for where in ("owned at home", "rented abroad")) == approx(
        planned.figures["compute_h100e_end"]
    )
    used = use_of_hours(planned)
    assert by(used, "where", "use", "period")["owned", "serving", "2028"] == approx(2 * 8.76e6)
    assert used["value"].sum() == approx((1.5 + 2 + 2) * 8.76e6)


def test_a_model_is_told_with_its_run_cost_and_answers(planned: Material) -> None:
    (row,) = models(planned).to_dict("records")
    assert (row["model"], row["runs"]) == ("open", "2027")
    assert (row["musd"], row["served_t"], row["share"]) == approx((ADOPTION_MUSD, sum(CHAT_T), 1))
    assert by(by_class(planned), "class", "period")["small", "2027"] == approx(CHAT_T[0])


def test_energy_by_source_is_what_machines_draw(planned: Material) -> None:
    energy = by_source(planned)
    assert by(energy, "source", "period") == approx(
        {("grid", "2027"): GWH_OF_K, ("grid", "2028"): 2 * GWH_OF_K, ("grid", "2029"): 2 * GWH_OF_K}
    )
    assert energy["value"].sum() == approx(planned.figures["energy_gwh"])
    connected = by(connections(planned), "site", "period")
    assert (connected["alpha", "2027"], connected["beta", "2027"], connected["beta", "2028"]) == approx((200, 0, 1.25))


def test_hours_of_a_site_balance_supply_and_load(planned: Material) -> None:
    found = hours(planned, "beta", "2029").set_index(["source", "hour"])["value"]
    assert len(found["load"]) == 24
    assert list(found["load"]) == approx([0.75 * 1.25] * 24)
    assert list(found["grid"]) == approx(list(found["load"]))
    assert busiest(planned) == ("alpha", "2027"), "the first of equals"


def test_money_by_heading_sums_to_the_cost(planned: Material) -> None:
    every = heading_table(planned).frame.iloc[-1]
    assert every["discounted"] == approx(planned.figures["cost_musd"])
    assert every[WHOLE] == approx(planned.figures["spent_musd"])
    assert every["2027"] == approx(10 + RENT_MUSD + HALL_MUSD + CONNECTION_MUSD + ADOPTION_MUSD)


def test_a_budget_spent_to_the_limit_is_told(planned: Material) -> None:
    assert exhausted(planned) == {"L1 compute": ["2028"]}
    told = by(grants(planned), "layer", "what", "period")
    assert told["L1 compute", "spent", "2028"] == approx(8)
    assert told["L1 compute", "budget", "2027"] == approx(25)
    assert budget_line(grants(planned), PERIODS).empty, "only one layer has a budget"


def test_an_owned_hour_is_all_of_its_layer_over_its_hours(planned: Material) -> None:
    own = owned(planned)
    hours = (1 + 2 + 2) * 8.76e6
    assert own.musd == approx(BOUGHT_MUSD + HALL_MUSD + CONNECTION_MUSD)
    assert (own.hours, own.used) == approx((hours, hours))
    assert own.usd_per_hour == approx((BOUGHT_MUSD + HALL_MUSD + CONNECTION_MUSD) * 1e6 / hours)
    assert own.rented_usd_per_h100e_hour == approx(1 / H100E_OF_ONE)


def test_a_token_costs_its_part_of_the_money(planned: Material) -> None:
    parts = token_costs(planned)
    assert parts["usd_per_mtoken"].iloc[0] == approx(COST_MUSD / sum(CHAT_T))
    assert parts["musd"].iloc[:-1].sum() == approx(parts["musd"].iloc[-1]) == approx(planned.figures["cost_musd"])


def test_the_scorecard_tells_shares_and_where_policy_stands(planned: Material) -> None:
    card = {score.what: score for score in scores(planned)}
    assert list(card["Compute at home"].shares) == approx([2 / 3, 1, 1])
    assert (card["Compute at home"].policy, card["Compute at home"].binds) == ("at least 50%", "never")
    largest = next(score for name, score in card.items() if "N-1" in name)
    assert list(largest.shares) == approx([2 / 3, 0.5, 0.5])
    assert (largest.policy, largest.binds) == ("at most 50% in 2028 to 2029", "in 2028 to 2029")
    assert list(card["Tokens of weights that last"].shares) == approx([2 / 3, 1, 1])
    assert list(card["Compute of vendors abroad"].shares) == approx([1, 1, 1])
    assert list(card["Compute rented abroad, which can be withdrawn"].shares) == approx([1 / 3, 0, 0])
    reach = [demand + 8 for demand in CHAT_T]
    assert list(card["Demand in reach that is answered"].shares) == approx(
        [t / of for t, of in zip(CHAT_T, reach, strict=True)]
    )


def test_limits_by_name_sum_to_those_by_kind(planned: Material) -> None:
    found = kinds(planned)
    assert set(found["scenario"]) == {"base"}
    cells = by_limit(worth(planned.plan), planned.case.prices, PERIODS).dropna()
    by_kind = found.groupby("period")["worth_musd"].sum()
    assert cells.groupby("period")["value"].sum().to_dict() == approx(by_kind[by_kind > 0].to_dict())


def worth_nothing() -> Any:
    told = base(2)
    told.change("workloads", unserved_usd_per_mtoken=0.0001)
    return told


def answered_by_an_api() -> Any:
    told = base(2)
    told["models"] = [api(usd_per_mtoken=1)]
    told["throughput"], told["sufficiency"] = [], []
    told.add("sufficiency", workload="chat", model="api", period=None, share=0.9)
    return told


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (worth_nothing, ["No accelerator is bought.", "No accelerator is owned.", "1 model on offer, none used."]),
        (answered_by_an_api, ["Of 56.8 T in reach of a model: by an api 100%.", "Nothing is answered by models of"]),
    ],
)
def test_every_section_holds_where_nothing_is_built(made: Any, said: list[str], tmp_path: Path) -> None:
    assert run(made().write(tmp_path / "book"), tmp_path / "run") == 0
    words = " ".join(block.text for block in results(material(tmp_path / "run")) if isinstance(block, Paragraph))
    assert [sentence for sentence in said if sentence not in words] == []
