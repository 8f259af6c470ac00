"""What is minimised, worked by hand: discounting, the value of what stays unserved, and the value served."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pytest import approx

from tests.models.programmes import MH_A_YEAR, demand, minimum, solve, years

RATE = 0.1
DISCOUNTED: dict[str, Any] = {"discount_rate": RATE}


def mean_factor(first: float, last: float) -> float:
    """∫ 1.1^-τ dτ from first to last, over its length."""
    return ((1 + RATE) ** -first - (1 + RATE) ** -last) / math.log(1 + RATE) / (last - first)


def test_a_payment_is_discounted_from_its_date_and_a_flow_evenly_over_its_period() -> None:
    """Chips at plan start; energy of 2028 and 2029, bought through the year."""
    plan = solve(settings=DISCOUNTED, energy_prices=[{"usd_per_mwh": 50}])
    year = 8.76 * 0.05
    assert plan.objective == approx(1 + year * mean_factor(0, 1) + year * mean_factor(1, 2))
    assert plan["money"] == approx(1 + 2 * year)


def test_what_is_built_is_paid_evenly_from_order_to_service() -> None:
    """Chips for 2028 with 18 months of lead from plan start in mid-2026, before the first period."""
    plan = solve(
        settings={**DISCOUNTED, "plan_start": "2026-07"}, accelerators=[{"lead_months": 18}], demand=demand(0, 1)
    )
    assert plan.objective == approx(mean_factor(0, 1.5))
    assert plan.spent("L1|accelerators", "2027") == approx(1)


def test_an_order_runs_to_the_first_period_that_starts_after_its_lead() -> None:
    """Three months of lead: in service in January 2028 from an order in October 2027."""
    plan = solve(settings=DISCOUNTED, accelerators=[{"lead_months": 3}], demand=demand(0, 1))
    assert plan.objective == approx(mean_factor(0.75, 1))


def test_unserved_tokens_cost_their_value_as_a_discounted_flow() -> None:
    plan = solve(settings=DISCOUNTED, supply=[{"max_units": 0}, {"period": "2028", "max_units": 0}])
    assert plan.objective == approx(1000 * MH_A_YEAR * (mean_factor(0, 1) + mean_factor(1, 2)))
    assert plan["objective.value_served"] == approx(0)


def test_what_is_worth_less_than_it_costs_is_left() -> None:
    """Served it costs 1 MUSD, unserved 2 · 8.76 · 0.05."""
    assert solve(settings={"unserved_usd_per_mtoken": 0.05}).objective == approx(2 * MH_A_YEAR * 0.05)


def test_residual_values_are_discounted_from_the_horizon() -> None:
    plan = solve(settings={**DISCOUNTED, "residual_values": "yes"})
    assert plan.objective == approx(1 - 0.8 * 1.1**-2)
    assert plan.spent("L1|residual|accelerators", "end", discounted=True) == approx(-0.8 * 1.1**-2)


def test_the_most_is_served_within_the_budgets_by_the_value_of_tokens() -> None:
    """The budget buys 1 k; a token of `code` is worth twice one of `chat`."""
    changes: dict[str, Any] = {
        "settings": {**DISCOUNTED, "objective": "most_served", "unserved_usd_per_mtoken": 1},
        "workloads": [{}, {"workload": "code", "unserved_usd_per_mtoken": 2}],
        "sufficiency": [{}, {"workload": "code"}],
        "demand": [*demand(1), *demand(0.75, workload="code")],
        "budgets": [{"musd": 1}],
        "periods": years(1),
    }
    plan = solve(**changes)
    value = plan.arrays.totals["objective.value_served"]
    _, least, x = minimum(plan.arrays, cost=-np.asarray(value.matrix.sum(axis=0)).ravel())
    assert -least == approx(MH_A_YEAR * (0.75 * 2 + 0.25 * 1) * mean_factor(0, 1))
    # Without the value in the cost, the cheapest plan serves nothing.
    assert plan.objective == approx(0)
    assert value.at(x).sum() == approx(-least)
