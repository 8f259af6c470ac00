"""Cohorts of accelerators, worked by hand: 1 k costs 1 MUSD, draws 1 MW and gives a year's 8.76 T."""

from __future__ import annotations

import pytest
from pytest import approx

from tests.models.programmes import MH_A_YEAR, demand, solve, years

UNSERVED_YEAR = 1000 * MH_A_YEAR


def test_machines_are_bought_once_and_work_until_their_life_ends() -> None:
    assert solve().objective == approx(1)
    assert solve(accelerators=[{"life_years": 1}]).objective == approx(2)


def test_a_cohort_works_in_every_period_that_starts_before_its_life_ends() -> None:
    assert solve(accelerators=[{"life_years": 1.25}]).objective == approx(1)


def test_less_availability_takes_more_machines() -> None:
    assert solve(accelerators=[{"availability": 0.8}]).objective == approx(1 / 0.8)


def test_the_price_is_that_of_the_order_date_and_all_that_comes_on_top_multiplies() -> None:
    """Ordered a year before the date of the price, on a path that falls by a fifth a year."""
    chip = {"lead_months": 12, "price_date": "2028-01", "price_decline_per_year": 0.2, "system_adder": 0.5}
    rule = {"outcome": "free", "price_multiplier": 1.3}
    plan = solve(accelerators=[chip], countries=[{"import_duty": 0.1}], export_rules=[rule])
    assert plan.objective == approx(UNSERVED_YEAR + 1 / 0.8 * 1.5 * 1.1 * 1.3)
    assert plan.spent("L1|accelerators", "2027") == approx(1 / 0.8 * 1.5 * 1.1 * 1.3)


@pytest.mark.parametrize(("last_order", "cost"), [("2027-06", 1 + 1), ("2028-01", 1 + 0.5)])
def test_an_order_falls_no_later_than_the_last_one_its_day_included(last_order: str, cost: float) -> None:
    """With a year of lead the machines of 2029 are ordered in January 2028, at half the price, or a year too early."""
    chip = {"lead_months": 12, "price_decline_per_year": 0.5, "last_order": last_order}
    plan = solve(accelerators=[chip], periods=years(3), demand=demand(0, 1, 2))
    assert plan.objective == approx(cost)


def test_no_order_falls_before_the_release() -> None:
    assert solve(accelerators=[{"release": "2028-01"}]).objective == approx(UNSERVED_YEAR + 1)


def test_the_vendor_delivers_so_many_to_all_sites_together_and_without_a_row_as_many_as_are_asked_for() -> None:
    plan = solve(sites=[{}, {"site": "agra"}], supply=[{"max_units": 600}])
    assert plan.objective == approx(0.4 * UNSERVED_YEAR + 1)
    assert solve(supply=[{"max_units": 0}]).objective == approx(UNSERVED_YEAR + 1)


def test_maintenance_is_a_share_of_all_that_was_paid_and_none_for_the_fleet_that_stands() -> None:
    chip = {"maintenance_share": 0.1, "system_adder": 0.5}
    assert solve(accelerators=[chip]).objective == approx(1.5 + 2 * 0.1 * 1.5)
    assert solve(accelerators=[chip], fleet=[{}]).objective == approx(0)


def test_the_fleet_ages_from_its_own_date() -> None:
    """Two years from July 2025: it works in 2027, which starts before, and not in 2028."""
    plan = solve(accelerators=[{"life_years": 2}], fleet=[{"installed": "2025-07"}])
    assert plan.objective == approx(1)
    assert plan["procurement.buy", "gpu", "delhi", "2028"] == approx(1)


def test_nameplate_power_fits_the_halls() -> None:
    plan = solve(
        accelerators=[{"nameplate_kw": 2, "price_usd": 1000}], sites=[{"max_it_mw": 1.5, "existing_it_mw": 1.5}]
    )
    assert plan.objective == approx(0.75 + 2 * 0.25 * UNSERVED_YEAR)


@pytest.mark.parametrize(("covered", "thousands"), [(0, 1 / 1.25), (0.1, 1 / (1.25 * 0.9)), (0.2, 1)])
def test_peak_power_has_firm_cover_but_for_what_can_wait(covered: float, thousands: float) -> None:
    plan = solve(sites=[{"existing_mw": 1, "pue_peak": 1.25, "flexible_cover_share": covered}])
    assert plan["procurement.buy"] == approx(thousands)


def test_retired_machines_find_buyers_for_a_part_of_them_at_the_bare_price_less_age_and_loss() -> None:
    """After one of ten years: 0.9 of the life and 0.8 of the value, for half of them; the adder earns nothing."""
    chip = {"system_adder": 0.5, "resale_loss_per_year": 0.2, "resale_max_share": 0.5}
    plan = solve(accelerators=[chip], demand=demand(1, 0))
    assert plan.objective == approx(1.5 - 0.5 * 0.9 * 0.8)
    assert plan.spent("L1|resale", "2028") == approx(-0.36)


def test_only_what_is_retired_is_resold() -> None:
    chip = {"resale_loss_per_year": 0.2}
    assert solve(accelerators=[chip], demand=demand(1, 0.25)).objective == approx(1 - 0.75 * 0.9 * 0.8)
    assert solve(accelerators=[chip]).objective == approx(1)


def test_retiring_early_earns_nothing_without_a_stated_loss() -> None:
    assert solve(demand=demand(1, 0)).objective == approx(1)


def test_the_fleet_that_stands_earns_neither_resale_nor_residual() -> None:
    plan = solve(
        accelerators=[{"resale_loss_per_year": 0.0}],
        fleet=[{}],
        demand=demand(1, 0),
        settings={"residual_values": "yes"},
    )
    assert plan.objective == approx(0)


def test_machines_leave_their_remaining_life_along_the_resale_curve() -> None:
    """Two of ten years old at the horizon, on all that was paid."""
    chip = {"system_adder": 0.5, "resale_loss_per_year": 0.1}
    plan = solve(accelerators=[chip], settings={"residual_values": "yes"})
    assert plan.objective == approx(1.5 * (1 - 0.8 * 0.9**2))


def test_residual_values_can_be_left_out_and_resale_stays() -> None:
    chip = {"resale_loss_per_year": 0.2}
    plan = solve(accelerators=[chip], demand=demand(1, 0), settings={"residual_values": "no"})
    assert plan.objective == approx(1 - 0.9 * 0.8)
