"""Quarters, half-years and years: the same plan told in other periods costs the same, where it should."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from pytest import approx

from tests.models.programmes import MH_A_YEAR, Plan, day, solve

DISCOUNTED = {"discount_rate": 0.1}


def periods(*lengths: float, first: float = 2027.0) -> list[dict[str, Any]]:
    """Periods one after the other, of so many years."""
    rows, start = [], first
    for i, years in enumerate(lengths):
        month = round((start - int(start)) * 12)
        rows.append({"period": f"p{i}", "start": f"{int(start)}-{month + 1:02d}", "years": years})
        start += years
    return rows


YEARS, HALVES = periods(1, 1), periods(0.5, 0.5, 0.5, 0.5)
QUARTERS, MIXED = periods(*[0.25] * 8), periods(0.25, 0.25, 0.5, 1)
WAYS = pytest.mark.parametrize("way", [HALVES, QUARTERS, MIXED], ids=["halves", "quarters", "both and a year"])


def constant(way: Sequence[dict[str, Any]], k: float = 1.0, *, first_year: float | None = None, **changes: Any) -> Plan:
    """The work of so many thousand gpu in each year, of another many in the first."""
    rows = [
        {
            "period": row["period"],
            "output_t_per_year": MH_A_YEAR * (first_year if first_year is not None and row["start"] < "2028" else k),
        }
        for row in way
    ]
    return solve(periods=way, demand=rows, **changes)


@WAYS
def test_a_plan_made_once_costs_the_same_in_shorter_periods(way: Any) -> None:
    """Machines, halls, connection of plan start; energy, maintenance, charges as flows; discounting by the day."""
    changes: dict[str, Any] = {
        "settings": {**DISCOUNTED, "residual_values": "yes"},
        "sites": [
            {"existing_it_mw": 0, "existing_mw": 0, "fitout_usd_per_w": 5, "fixed_musd": 7, "opex_usd_per_kw_year": 100}
        ],
        "grid_offers": [{"usd_per_kw": 100, "annual_usd_per_kw": 30, "min_take_share": 0.5}],
        "energy_prices": [
            {
                "usd_per_mwh": 50,
                "network_usd_per_mwh": 5,
                "capacity_usd_per_kw_year": 60,
                "surplus_mw": 0.5,
                "usd_per_mwh_beyond": 80,
            }
        ],
        "energy_assets": [
            {
                "asset": "gas",
                "variable_usd_per_mwh": 60,
                "max_mw": 0.25,
                "capex_usd_per_kw": 10,
                "max_hours_per_year": 2000,
            },
            {"asset": "cell", "kind": "battery", "storage_hours": 2, "max_mw": 0.5},
        ],
        "profiles": day(price_index=[0.5] * 12 + [1.5] * 12),
        "accelerators": [{"maintenance_share": 0.1, "system_adder": 0.5}],
        "workloads": [{"peak_to_average": 1.25, "platform_usd_per_mtoken": 0.01}],
        "countries": [{"grid_co2_kg_per_mwh": 500}],
    }
    one, other = constant(YEARS, **changes), constant(way, **changes)
    assert other.objective == approx(one.objective)
    for ledger in ("money", "carbon"):
        assert other[ledger] == approx(one[ledger])
    assert other["serving.served_all"] == approx(one["serving.served_all"])


@WAYS
def test_unserved_tokens_are_worth_the_same_in_shorter_periods(way: Any) -> None:
    nothing = {"settings": DISCOUNTED, "sites": [{"max_it_mw": 0, "existing_it_mw": 0}]}
    assert constant(way, **nothing).objective == approx(constant(YEARS, **nothing).objective)


@pytest.mark.parametrize(
    ("way", "waits"),
    [(YEARS, 2.0), (HALVES, 1.5), (QUARTERS, 1.5), (periods(0.75, 0.25, 1), 2.0)],
    ids=["years", "halves", "quarters", "three quarters, one, a year"],
)
def test_a_lead_of_18_months_ends_with_the_first_period_that_starts_after_it(way: Any, waits: float) -> None:
    """Nothing is served for so long; where no period starts after it, never."""
    plan = constant(
        way, sites=[{"existing_mw": 0}], grid_offers=[{"lead_months": 18}], settings={"unserved_usd_per_mtoken": 1}
    )
    served = waits < 2
    assert plan.objective == approx(MH_A_YEAR * waits + served * 1)


def test_a_lead_is_paid_by_the_months_that_fall_in_each_period() -> None:
    """Connected from July 2028 after 18 months, 1/6 of them in each of six quarters."""
    plan = constant(
        QUARTERS, sites=[{"existing_mw": 0}], grid_offers=[{"lead_months": 18, "usd_per_kw": 600}], settings=DISCOUNTED
    )
    paid = [plan.spent("L1|grid connection", f"p{i}") for i in range(8)]
    assert paid == approx([0.1] * 6 + [0, 0])
    integral = (1 - 1.1**-1.5) / math.log(1.1)
    assert plan.spent("L1|grid connection", discounted=True) == approx(0.6 * integral / 1.5)


@WAYS
def test_a_term_of_a_year_lasts_four_quarters_or_two_halves(way: Any) -> None:
    """Rented for each year anew, at the price of its date, which falls by half: signed each January."""
    rented: dict[str, Any] = {
        "clouds": [{"usd_per_hour": 1, "price_change_per_year": -0.5, "term_years": 1}],
        "accelerators": [{"price_usd": 1e9}],
    }
    assert constant(YEARS, **rented).objective == approx(8.76 * (1 + 0.5))
    assert constant(way, **rented).objective == approx(8.76 * (1 + 0.5))


@WAYS
def test_a_life_of_a_year_and_a_half_reaches_as_far_whatever_the_periods(way: Any) -> None:
    """A cohort works in every period that starts before its end: with years it is enough for both."""
    short = {"accelerators": [{"life_years": 1.5}]}
    assert constant(YEARS, **short).objective == approx(1)
    expected = 1 if way is MIXED else 2
    assert constant(way, **short).objective == approx(expected)


@WAYS
def test_uptake_of_a_year_costs_the_same_and_comes_as_soon_as_the_periods_let_it(way: Any) -> None:
    """A tenth of the demand a MUSD, from the next period on: 2028 is served for 7.5 MUSD, spent in 2027."""
    row = [{"start_t_per_year": MH_A_YEAR / 4, "uptake_t_per_year_per_musd": MH_A_YEAR / 10}]
    yearly, finer = (constant(w, 1.0, first_year=0.25, adoption=row) for w in (YEARS, way))
    assert yearly.objective == approx(1 + 7.5)
    assert finer.objective == approx(1 + 7.5)


@WAYS
def test_a_yearly_flow_of_permission_is_pooled_over_the_periods_that_start_in_the_year(way: Any) -> None:
    capped = {"export_rules": [{"outcome": "free"}], "export_caps": [{"kind": "flow_year", "units": 400}]}
    for plan in (constant(YEARS, 2.0, **capped), constant(way, 2.0, **capped)):
        bought = plan.all("procurement.buy")
        starts = plan.model.calendar.start[plan.arrays.columns["procurement.buy"].index.codes[2]]
        assert bought[starts < 1].sum() == approx(0.4) and bought[starts >= 1].sum() == approx(0.4)


def test_a_run_fits_in_its_period_so_quarters_ask_for_a_larger_cluster() -> None:
    """A year's work of 1 k, at most 12 months: 1 k in a year, 4 k in a quarter."""
    own = {"model": "own", "route": "pretrain", "work_zflop": MH_A_YEAR, "overhead": 1, "max_run_months": 12}
    only_own = {"models": [own], "sufficiency": [{"model": "own"}], "settings": {"integers": "runs"}}
    assert constant(YEARS, first_year=0, **only_own).objective == approx(1)
    assert constant(QUARTERS, first_year=0, **only_own).objective == approx(4)
