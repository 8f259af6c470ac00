"""Connections, worked by hand: 1 k of gpu draws 1 MW in every hour, 8.76 GWh a year; chips cost 1 MUSD."""

from __future__ import annotations

from typing import Any

import pytest
from pytest import approx

from tests.models.programmes import MH_A_YEAR, day, demand, solve, years

CHIPS = 1.0
GWH_A_YEAR = 8.76
UNSERVED_YEAR = 1000 * MH_A_YEAR
BARE = {"existing_mw": 0}
"""A site without a connection."""
NO_COVER = {"existing_mw": 0, "flexible_cover_share": 1}
"""A site whose load may go without firm cover, so that only the hours count."""
PEAK_LAST_HOUR = day(price_index=[1] * 20 + [2] * 4)


def test_a_connection_comes_after_its_lead_and_is_paid_until_then() -> None:
    plan = solve(sites=[BARE], grid_offers=[{"lead_months": 12, "usd_per_kw": 100, "annual_usd_per_kw": 30}])
    assert plan.objective == approx(UNSERVED_YEAR + CHIPS + 0.1 + 0.03)
    assert plan.spent("L1|grid connection", "2027") == approx(0.1)


@pytest.mark.parametrize(("delay", "waits"), [("low", 0), ("central", 1), ("high", 2)])
def test_the_lead_is_that_of_the_chosen_percentile(delay: str, waits: int) -> None:
    offer = {"lead_months_low": 0, "lead_months": 12, "lead_months_high": 13}
    plan = solve(
        sites=[BARE], grid_offers=[offer], settings={"grid_delay": delay}, periods=years(3), demand=demand(1, 1, 1)
    )
    assert plan.objective == approx(waits * UNSERVED_YEAR + CHIPS)


def test_a_blank_low_or_high_lead_is_the_central_one() -> None:
    for delay in ("low", "high"):
        plan = solve(sites=[BARE], grid_offers=[{"lead_months": 12}], settings={"grid_delay": delay})
        assert plan.objective == approx(UNSERVED_YEAR + CHIPS)


def test_no_more_is_connected_than_the_stage() -> None:
    plan = solve(sites=[BARE], grid_offers=[{"mw": 0.75}])
    assert plan.objective == approx(0.75 * CHIPS + 0.25 * 2 * UNSERVED_YEAR)


STAGES = [{"stage": 1, "mw": 5, "usd_per_kw": 100, "fixed_musd": 1}, {"stage": 2, "mw": 10, "fixed_musd": 2}]


def test_a_later_stage_follows_the_earlier_one_in_proportion() -> None:
    """6 MW: c2/10 ≤ c1/5, so 2 of the first for 4 of the second, though that costs less; fixed costs by the MW."""
    plan = solve(sites=[BARE], grid_offers=STAGES, demand=demand(6, 6))
    assert plan["grid.connected_mw", "delhi:1", "2027"] == approx(2)
    assert plan.objective == approx(6 * CHIPS + 2 * 0.1 + 1 * 2 / 5 + 2 * 4 / 10)


def test_whole_stages_begin_one_after_the_other_and_cost_their_fixed_cost_at_once() -> None:
    plan = solve(sites=[BARE], grid_offers=STAGES, demand=demand(6, 6), settings={"integers": "stages"})
    assert plan["grid.connected_mw", "delhi:1", "2027"] == approx(5)
    assert plan.objective == approx(6 * CHIPS + 5 * 0.1 + 1 + 2)


def test_what_is_not_firm_covers_no_machine() -> None:
    """Firm 0.5 a MW connected and nothing ever curtailed: 2 MW must be connected for 1 MW of machines."""
    plan = solve(sites=[BARE], grid_offers=[{"firm_share": 0.5, "usd_per_kw": 100}])
    assert plan.objective == approx(CHIPS + 2 * 0.1)


@pytest.mark.parametrize(
    ("curtailed_hours", "carried_in_the_dear_hours"),
    [(4 * 365, 0.6), (2 * 365, 0.6 + 0.4 / 2), (1, 0.6 + 0.4 * (1 - 1 / (4 * 365))), (0, 1)],
    ids=["all four dear hours", "equal hours are cut in proportion", "an hour cut in part", "none"],
)
def test_the_rest_is_cut_in_the_dearest_hours(curtailed_hours: float, carried_in_the_dear_hours: float) -> None:
    offer = {"firm_share": 0.6, "curtailed_hours": curtailed_hours, "usd_per_kw": 1000}
    plan = solve(sites=[NO_COVER], grid_offers=[offer], profiles=PEAK_LAST_HOUR)
    assert plan.objective == approx(CHIPS + 1 / carried_in_the_dear_hours)


def test_a_site_connected_already_pays_energy_at_its_hours_prices_and_network_charges() -> None:
    """A price index is divided by its own mean, 28/24: with the load flat the mean price is paid whatever its scale."""
    plan = solve(energy_prices=[{"usd_per_mwh": 50, "network_usd_per_mwh": 8}], profiles=PEAK_LAST_HOUR)
    assert plan.objective == approx(CHIPS + 2 * GWH_A_YEAR * (0.05 + 0.008))


def test_energy_follows_the_hours_of_serving() -> None:
    """Half the hours take twice the serving of the others, 4/3 and 2/3 of the mean; the dear half costs three times."""
    serving = " ".join(["1"] * 12 + ["2"] * 12)
    hours = [float(x) / 36 for x in serving.split()]
    plan = solve(
        settings={"serving_hours": " ".join(map(str, hours))},
        energy_prices=[{"usd_per_mwh": 50}],
        profiles=day(price_index=[1] * 12 + [3] * 12),
    )
    assert plan.objective == approx(4 / 3 * CHIPS + 2 * GWH_A_YEAR * 0.05 * (1 / 3 * 0.5 + 2 / 3 * 1.5))


def test_a_price_grows_from_plan_start_to_the_middle_of_the_period_and_network_charges_do_not() -> None:
    prices = {"usd_per_mwh": 50, "network_usd_per_mwh": 8, "growth_per_year": 0.1}
    plan = solve(energy_prices=[prices])
    assert plan.objective == approx(CHIPS + GWH_A_YEAR * (0.05 * (1.1**0.5 + 1.1**1.5) + 2 * 0.008))


def test_a_period_of_its_own_goes_before_a_blank_one() -> None:
    plan = solve(energy_prices=[{"usd_per_mwh": 50}, {"usd_per_mwh": 20, "period": "2028"}])
    assert plan.objective == approx(CHIPS + GWH_A_YEAR * (0.05 + 0.02))


def test_the_peak_of_the_year_is_charged() -> None:
    serving = " ".join([f"{1 / 36}"] * 12 + [f"{2 / 36}"] * 12)
    plan = solve(
        settings={"serving_hours": serving}, energy_prices=[{"usd_per_mwh": 0, "capacity_usd_per_kw_year": 60}]
    )
    assert plan.objective == approx(4 / 3 * CHIPS + 2 * 0.06 * 4 / 3)


def test_what_a_zone_takes_beyond_its_surplus_costs_a_flat_addition() -> None:
    """Two sites share the block of 0.4 MW; the addition, 30, follows no price index."""
    prices = {"usd_per_mwh": 50, "surplus_mw": 0.4, "usd_per_mwh_beyond": 80}
    sites = [{"max_it_mw": 0.5, "existing_it_mw": 0.5}, {"site": "agra", "max_it_mw": 0.5, "existing_it_mw": 0.5}]
    plan = solve(energy_prices=[prices], sites=sites, profiles=PEAK_LAST_HOUR)
    assert plan.objective == approx(CHIPS + 2 * GWH_A_YEAR * (0.05 + 0.6 * 0.03))


def test_a_surplus_of_nothing_makes_all_energy_dear_and_a_blank_one_none() -> None:
    dear = {"usd_per_mwh": 50, "usd_per_mwh_beyond": 80}
    assert solve(energy_prices=[{**dear, "surplus_mw": 0}]).objective == approx(CHIPS + 2 * GWH_A_YEAR * 0.08)
    assert solve(energy_prices=[dear]).objective == approx(CHIPS + 2 * GWH_A_YEAR * 0.05)


@pytest.mark.parametrize(
    ("own_usd_per_mwh", "year_musd"),
    [
        pytest.param(10, GWH_A_YEAR * (0.5 * 0.058 + 0.5 * 0.01), id="half must be paid, so half is taken"),
        pytest.param(0, GWH_A_YEAR * 0.5 * 0.05, id="paid and not taken: no network charge"),
        pytest.param(90, GWH_A_YEAR * 0.058, id="more is taken than must be"),
    ],
)
def test_a_minimum_take_is_the_larger_of_use_and_promise(own_usd_per_mwh: float, year_musd: float) -> None:
    """A plant without firm credit needs the 1 MW connection for cover, and could replace all its energy."""
    plan = solve(
        sites=[BARE],
        grid_offers=[{"mw": 1, "min_take_share": 0.5}],
        energy_prices=[{"usd_per_mwh": 50, "network_usd_per_mwh": 8}],
        energy_assets=[{"variable_usd_per_mwh": own_usd_per_mwh}],
    )
    assert plan.objective == approx(CHIPS + 2 * year_musd)


def test_a_connection_keeps_what_is_left_of_its_life_however_it_is_paid() -> None:
    def cost(**settings: Any) -> float:
        offer = {"usd_per_kw": 100, "fixed_musd": 3, "mw": 1, "life_years": 40}
        chips = [{"price_usd": 0}]
        return solve(
            sites=[BARE], grid_offers=[offer], accelerators=chips, settings={"residual_values": "yes", **settings}
        ).objective

    assert cost() == approx((0.1 + 3) * 2 / 40)
    assert cost(integers="stages") == approx((0.1 + 3) * 2 / 40)


def test_carbon_of_the_grid_changes_to_the_middle_of_the_period() -> None:
    plan = solve(countries=[{"grid_co2_kg_per_mwh": 700, "grid_co2_change_per_year": -0.1}])
    assert plan["carbon", "2028"] == approx(GWH_A_YEAR * 0.7 * 0.9**1.5)
