"""Policies, worked by hand: 1 k of gpu counts for 1 k of H100-equivalents and costs 1 MUSD; one year."""

from __future__ import annotations

from typing import Any

import pytest
from pytest import approx

from tests.models.programmes import MH_A_YEAR, Plan, demand, solve, years

UNSERVED_YEAR = 1000 * MH_A_YEAR
ALLY = {"country": "US", "group": "allied"}
FREE_CLOUD = {"country": "US", "operator_country": "US", "usd_per_hour": 0}


def bound(policy: str, value: float, *k: float, **changes: Any) -> Plan:
    row = {"policy": policy, "value": value}
    asked = k or (1,)
    given: dict[str, Any] = {
        "policies": [row],
        "periods": years(len(asked)),
        "demand": demand(*asked),
        "countries": [{}, ALLY],
    }
    return solve(**{**given, **changes})


def test_a_share_of_compute_installed_and_rented_is_at_home() -> None:
    """The cloud abroad is free and chips at home are not: 0.4 of the 1 k stand at home."""
    plan = bound("home_compute_share_min", 0.4, clouds=[FREE_CLOUD])
    assert plan.objective == approx(0.4)
    assert bound("home_compute_share_min", 0.4, clouds=[{**FREE_CLOUD, "country": "IN"}]).objective == approx(0)


def test_compute_is_counted_in_8_bit_equivalents() -> None:
    """The cloud's chips count three times: (home)/(home + 3·cloud) ≥ 0.4 where home + cloud = 1."""
    chips = [{}, {"accelerator": "big", "price_usd": 1e9}]
    plan = bound(
        "home_compute_share_min",
        0.4,
        accelerators=chips,
        clouds=[{**FREE_CLOUD, "accelerator": "big"}],
        rates={"h100e": {("big",): 3.0}},
    )
    assert plan.objective == approx(0.4 * 3 / (0.6 + 0.4 * 3))


def test_a_policy_of_a_period_holds_in_it_and_a_blank_one_in_the_rest() -> None:
    rows = [
        {"policy": "home_compute_share_min", "value": 0.4},
        {"policy": "home_compute_share_min", "value": 0, "period": "2027"},
    ]
    cloud = [FREE_CLOUD]
    plan = bound("", 0, 1, 1, policies=rows, clouds=cloud, accelerators=[{"life_years": 1}])
    assert plan["procurement.buy"] == approx(0.4)
    assert plan["procurement.buy", "gpu", "delhi", "2027"] == approx(0)


@pytest.mark.parametrize("policy", ["vendor_share_max", "origin_share_max"])
def test_no_vendor_and_no_origin_has_more_than_its_share_home_not_excepted(policy: str) -> None:
    """A second chip, of another vendor and country, costs three times as much; it is the 0.4 that the first may not."""
    dear = {"accelerator": "desi", "vendor": "D", "vendor_country": "IN", "price_usd": 3000}
    assert bound(policy, 0.6, accelerators=[{}, dear]).objective == approx(0.6 * 1 + 0.4 * 3)
    same = {**dear, "vendor": "V", "vendor_country": "US"}
    assert bound(policy, 0.6, accelerators=[{}, same]).objective == approx(UNSERVED_YEAR)


def test_the_largest_site_is_no_larger_than_its_share_and_a_cloud_is_no_site() -> None:
    site = {"existing_it_mw": 9, "existing_mw": 9}
    dear = {**site, "site": "agra", "zone": "south"}
    prices = [{}, {"zone": "south", "usd_per_mwh": 50}]
    plan = bound("n_minus_1_share", 0.7, sites=[site, dear], energy_prices=prices)
    assert plan.objective == approx(1 + 0.3 * 8.76 * 0.05)
    alone = bound("n_minus_1_share", 0.7, clouds=[{**FREE_CLOUD, "usd_per_hour": 1}])
    assert alone.objective == approx(0.7 * 1 + 0.3 * 8.76)
    assert bound("n_minus_1_share", 0.0, clouds=[FREE_CLOUD]).objective == approx(0)


@pytest.mark.parametrize(
    ("weights", "place", "lasts"),
    [
        ({"licence": "open", "origin": "US"}, "IN", True),
        ({"licence": "restricted", "origin": "IN"}, "IN", True),
        ({"licence": "restricted", "origin": "US"}, "IN", False),
        ({"licence": "closed"}, "IN", False),
        ({"licence": "open", "origin": "IN"}, "US", False),
    ],
    ids=["open", "of home origin", "foreign and not open", "of unknown origin", "held abroad"],
)
def test_an_answer_lasts_at_home_by_weights_that_can_not_be_withdrawn(weights: Any, place: str, lasts: bool) -> None:
    """With at most a quarter withdrawable, a free cloud serves all where its answers last, else nothing."""
    plan = bound(
        "withdrawable_share_max",
        0.25,
        models=[weights],
        clouds=[{**FREE_CLOUD, "country": place}],
        supply=[{"max_units": 0}],
    )
    assert plan.objective == approx(0 if lasts else UNSERVED_YEAR)


def test_a_model_trained_without_an_origin_is_of_home() -> None:
    run = {"model": "own", "route": "pretrain", "work_zflop": 1e-3, "overhead": 1, "licence": "closed"}
    plan = bound("withdrawable_share_max", 0, 0, 1, models=[run], sufficiency=[{"model": "own"}])
    assert plan.objective == approx(1)


def test_a_quarter_of_the_tokens_may_be_withdrawable_apis_among_them() -> None:
    """An api for 0.01 a token beside an open model on chips at 1 MUSD."""
    api = {"model": "api", "route": "api", "licence": "closed", "usd_per_mtoken": 0.01}
    plan = bound("withdrawable_share_max", 0.25, models=[{}, api], sufficiency=[{}, {"model": "api"}])
    assert plan.objective == approx(0.75 * 1 + 0.25 * MH_A_YEAR * 0.01)


def test_carbon_and_water_of_a_period_have_their_ceilings() -> None:
    """1 k makes 8.76 GWh: 4.38 kt at 500 g, and 8.76 ML at a litre."""
    dirty = [{"grid_co2_kg_per_mwh": 500}, ALLY]
    assert bound("carbon_kt_max", 4.38 / 2, countries=dirty).objective == approx((1 + UNSERVED_YEAR) / 2)
    assert bound("water_ml_max", 8.76 / 4, sites=[{"water_l_per_kwh": 1}]).objective == approx(
        1 / 4 + UNSERVED_YEAR * 3 / 4
    )
