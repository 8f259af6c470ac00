"""Rented machines, worked by hand: 1 k at 1 USD an hour costs 8.76 MUSD a year; buying is made very dear."""

from __future__ import annotations

from typing import Any

from pytest import approx

from tests.models.programmes import MH_A_YEAR, Plan, demand, solve, years

YEAR = 8.76
"""MUSD for a year of 1 k."""
UNSERVED_YEAR = 1000 * MH_A_YEAR


def rented(cloud: dict[str, Any] | None = None, **changes: Any) -> Plan:
    chips = [{"price_usd": 1e8, "availability": 0.5}]
    return solve(accelerators=chips, clouds=[cloud or {}], **changes)


def test_a_rented_hour_needs_no_availability_and_no_hall() -> None:
    assert rented(sites=[{"existing_it_mw": 0, "max_it_mw": 0, "existing_mw": 0}]).objective == approx(2 * YEAR)


def test_a_commitment_keeps_its_price_for_its_term() -> None:
    """The price falls by half a year: signed anew each year, or once for both."""
    assert rented({"price_change_per_year": -0.5, "term_years": 1}).objective == approx(YEAR * (1 + 0.5))
    assert rented({"price_change_per_year": -0.5, "term_years": 2}).objective == approx(YEAR * 2)


def test_a_term_is_paid_whole_in_every_period_that_starts_within_it() -> None:
    """15 months, signed in 2027, are in force through 2028 and paid for it, needed or not."""
    assert rented({"term_years": 1.25}, demand=demand(1, 0)).objective == approx(2 * YEAR)
    assert rented({"term_years": 1}, demand=demand(1, 0)).objective == approx(YEAR)


def test_nothing_is_paid_past_the_horizon() -> None:
    assert rented({"term_years": 5}, demand=demand(0, 1)).objective == approx(YEAR)


def test_commitments_in_force_together_are_no_more_than_the_market_has() -> None:
    """Of 0.6 k, what is committed for two years in 2027 can't be had again in 2028."""
    plan = rented({"term_years": 2, "max_units": 600}, demand=demand(0.5, 1))
    assert plan.objective == approx(0.4 * UNSERVED_YEAR + 0.5 * 2 * YEAR + 0.1 * YEAR)


def test_dates_are_of_signing() -> None:
    late = rented({"available_from": "2028-01"})
    assert late.objective == approx(UNSERVED_YEAR + YEAR)
    early = rented({"available_to": "2027-01", "term_years": 2}, periods=years(3), demand=demand(1, 1, 1))
    assert early.objective == approx(2 * YEAR + UNSERVED_YEAR)
