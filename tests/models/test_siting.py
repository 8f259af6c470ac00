"""Halls, worked by hand: 1 k of gpu needs 1 MW of hall, chips cost 1 MUSD, see `programmes`."""

from __future__ import annotations

import pytest
from pytest import approx

from tests.models.programmes import MH_A_YEAR, demand, is_infeasible, solve, years

NEW = {"existing_it_mw": 0, "fitout_usd_per_w": 5, "fixed_musd": 7, "max_it_mw": 10}
CHIPS, HALL, OPENING = 1.0, 5.0, 7.0
UNSERVED_YEAR = 1000 * MH_A_YEAR


def test_a_hall_is_paid_by_the_mw_and_a_part_of_the_opening_in_a_plain_linear_programme() -> None:
    plan = solve(sites=[NEW])
    assert plan.objective == approx(CHIPS + HALL * 1 + OPENING * 1 / 10)
    assert plan["siting.hall_mw", "delhi", "2028"] == approx(1)


def test_a_whole_site_is_opened_or_not() -> None:
    assert solve(sites=[NEW], settings={"integers": "sites"}).objective == approx(CHIPS + HALL * 1 + OPENING)


def test_a_site_is_opened_once_though_a_second_opening_would_make_room() -> None:
    """20 k ask for 20 MW of the 10 there are; each k not served costs a year's tokens, in both years."""
    plan = solve(sites=[NEW], demand=demand(20, 20))
    assert plan["siting.openings", "delhi"] == approx(1)
    assert plan.objective == approx(10 * CHIPS + 10 * HALL + OPENING + 10 * 2 * UNSERVED_YEAR)


@pytest.mark.parametrize("integers", ["sites", "runs"])
def test_an_open_site_has_its_smallest_hall_and_is_whole_whatever_else_is(integers: str) -> None:
    plan = solve(sites=[{**NEW, "min_it_mw": 3}], settings={"integers": integers})
    assert plan.objective == approx(CHIPS + HALL * 3 + OPENING)


def test_a_smallest_hall_binds_a_part_of_an_opening_in_part() -> None:
    """opened ≥ 1/10 for room, and hall ≥ 0.3 for that; in the plain linear programme nothing is whole."""
    plan = solve(sites=[{**NEW, "min_it_mw": 3}])
    assert plan.objective == approx(CHIPS + HALL * 1 + OPENING * 1 / 10)
    strict = solve(sites=[{**NEW, "min_it_mw": 10, "fixed_musd": 0, "max_it_mw": 10}], demand=demand(0.5, 1))
    assert strict["siting.opened"] * 10 == approx(strict["siting.fitout_mw"])


def test_a_site_that_stands_is_not_asked_for_its_smallest_hall() -> None:
    assert solve(sites=[{**NEW, "existing_it_mw": 1, "min_it_mw": 3}]).objective == approx(CHIPS)


def test_nothing_stands_before_the_build_is_over_and_it_is_paid_while_it_lasts() -> None:
    """18 months from January 2027: first of use in 2029, ordered in July 2027; a third of the time lies in 2027."""
    plan = solve(sites=[{**NEW, "build_months": 18}], periods=years(3), demand=demand(1, 1, 1))
    assert plan.objective == approx(2 * UNSERVED_YEAR + CHIPS + HALL + OPENING / 10)
    assert plan.spent("L1|halls", "2027") == approx(HALL * 6 / 18)
    assert plan.spent("L1|halls", "2028") == approx(HALL * 12 / 18)


def test_fit_out_is_no_faster_than_the_site_can_be_built() -> None:
    plan = solve(sites=[{**NEW, "max_build_mw_per_year": 0.5}])
    assert [plan["siting.hall_mw", "delhi", t] for t in ("2027", "2028")] == approx([0.5, 1])
    assert plan.objective == approx(UNSERVED_YEAR / 2 + CHIPS + HALL + OPENING / 10)


def test_halls_are_operated_by_the_mw_built_also_those_that_stood_before() -> None:
    plan = solve(sites=[{**NEW, "existing_it_mw": 4, "opex_usd_per_kw_year": 100}])
    assert plan.objective == approx(CHIPS + 2 * 0.1 * 4)


def test_halls_and_opening_keep_what_is_left_of_their_life() -> None:
    """Two of 20 years are used, of the chips' 10 too."""
    plan = solve(sites=[NEW], settings={"residual_values": "yes"})
    assert plan.objective == approx((HALL + OPENING / 10) * 2 / 20 + CHIPS * 2 / 10)


def test_a_closed_site_serves_no_more_and_leaves_nothing() -> None:
    plan = solve(sites=[{**NEW, "closed_from": "2028-01"}], settings={"residual_values": "yes"})
    assert plan.objective == approx(CHIPS + HALL + OPENING / 10 + UNSERVED_YEAR)


def test_a_site_closed_within_a_period_works_through_it_and_leaves_nothing() -> None:
    plan = solve(
        sites=[{**NEW, "closed_from": "2027-07"}],
        settings={"residual_values": "yes"},
        periods=years(1),
        demand=demand(1),
    )
    assert plan.objective == approx(CHIPS + HALL + OPENING / 10)


def test_no_hall_means_no_machines() -> None:
    must = [{"unserved_usd_per_mtoken": None}]
    assert is_infeasible(
        sites=[{**NEW, "max_it_mw": 0}], workloads=must, settings={"unserved_usd_per_mtoken": float("nan")}
    )
