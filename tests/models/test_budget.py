"""Budgets, worked by hand: 1 k of chips costs 1 MUSD (L1) and serves a year's demand, which is worth 8,760."""

from __future__ import annotations

from typing import Any

from pytest import approx

from tests.models.programmes import MH_A_YEAR, Plan, demand, is_infeasible, solve, years

UNSERVED_YEAR = 1000 * MH_A_YEAR
SHORT_LIVED = [{"life_years": 1}]


def granted(*rows: dict[str, Any], **changes: Any) -> Plan:
    count = len(changes["demand"])
    return solve(budgets=rows, periods=years(count), **changes)


def bought(plan: Plan) -> list[float]:
    return list(plan.all("procurement.it_mw"))


def test_no_more_is_spent_than_there_is_in_the_layer_and_in_all() -> None:
    l1 = granted({"layer": "L1", "musd": 0.4}, demand=demand(1), supply=[])
    total = granted({"layer": "total", "musd": 0.4}, demand=demand(1))
    other = granted({"layer": "L2", "musd": 0.4}, demand=demand(1))
    assert [p.objective for p in (l1, total)] == approx([0.4 + 0.6 * UNSERVED_YEAR] * 2)
    assert other.objective == approx(1)


def test_a_share_of_what_is_left_is_carried_and_what_was_carried_in_counts_as_left() -> None:
    """0.8 a year, half carried; nothing to buy before 2029: 0.8 + 0.5·(0.8 + 0.5·0.8)."""
    rows = [{"layer": "L1", "period": t, "musd": 0.8, "carry_share": 0.5} for t in ("2027", "2028", "2029")]
    plan = granted(*rows, demand=demand(0, 0, 9), accelerators=SHORT_LIVED)
    assert bought(plan)[2] == approx(0.8 + 0.5 * (0.8 + 0.5 * 0.8))


def test_what_is_spent_is_not_carried() -> None:
    """All served has the same value: 0.6 spent in 2027 leaves 0.4, so 1.4 in 2028."""
    rows = [{"layer": "total", "period": t, "musd": 1, "carry_share": 1} for t in ("2027", "2028")]
    plan = granted(*rows, demand=demand(0.6, 9), accelerators=SHORT_LIVED)
    assert bought(plan) == approx([0.6, 1.4])


def test_nothing_is_carried_unless_it_is_said_nor_past_a_period_without_a_budget() -> None:
    rows = [{"layer": "L1", "period": "2027", "musd": 1}, {"layer": "L1", "period": "2028", "musd": 1}]
    assert bought(granted(*rows, demand=demand(0, 9), accelerators=SHORT_LIVED))[1] == approx(1)
    gap = [{"layer": "L1", "period": t, "musd": 1, "carry_share": 1} for t in ("2027", "2029")]
    assert bought(granted(*gap, demand=demand(0, 0, 9), accelerators=SHORT_LIVED))[2] == approx(1)


def test_a_budget_counts_resale_and_no_residual() -> None:
    """2 k bought in 2027 and one sold in 2028 for 0.9·0.8; that money buys other chips, at 2 a k."""
    chips = [
        {"resale_loss_per_year": 0.2, "last_order": "2027-01"},
        {"accelerator": "new", "price_usd": 2000, "release": "2028-01"},
    ]
    workloads, sufficiency = [{}, {"workload": "code"}], [{}, {"workload": "code"}]
    rates = {"serving": {("chat", "open", "new"): 0.0, ("code", "open", "gpu"): 0.0, ("code", "open", "new"): 1.0}}
    plan = solve(
        accelerators=chips,
        workloads=workloads,
        sufficiency=sufficiency,
        rates=rates,
        settings={"residual_values": "yes"},
        demand=[*demand(2, 1), *demand(0, 1, workload="code")],
        supply=[{"max_units": 2000}],
        budgets=[{"layer": "L1", "period": "2028", "musd": 0}],
    )
    assert plan["procurement.it_mw", "delhi", "2028"] == approx(1 + 0.9 * 0.8 / 2)


def test_money_counts_in_the_period_it_is_spent_in_not_in_that_of_service() -> None:
    """Chips of 2028 are paid in 2027, through their year of lead."""
    plan = granted(
        {"layer": "L1", "period": "2027", "musd": 0.4}, demand=demand(0, 1), accelerators=[{"lead_months": 12}]
    )
    assert bought(plan)[1] == approx(0.4)


def test_the_least_is_spent_and_what_it_can_not_buy_makes_a_plan_impossible() -> None:
    spent = granted({"layer": "L1", "musd": 9, "min_musd": 3}, demand=demand(1))
    assert spent.objective == approx(3)
    assert is_infeasible(budgets=[{"layer": "L2", "musd": 9, "min_musd": 3}], periods=years(1), demand=demand(1))
