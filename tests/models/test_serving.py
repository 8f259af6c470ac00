"""Who answers what, worked by hand: a workload asks 8.76 T a year at 1 T an Mh: 1 k of chips, for 1 MUSD."""

from __future__ import annotations

from typing import Any

import pytest
from pytest import approx

from tests.models.programmes import MH_A_YEAR, demand, is_infeasible, solve, years

UNSERVED_YEAR = 1000 * MH_A_YEAR
SMALL, BIG = {"model": "small"}, {"model": "big"}
BOTH = [SMALL, BIG]
RATES = {"serving": {("chat", "small"): 2.0, ("chat", "big"): 0.5}}
API = {"model": "api", "route": "api", "licence": "closed", "usd_per_mtoken": 0.1, "origin": "US"}
ALLY = {"country": "US", "group": "allied"}
FAR = {"country": "XX", "group": "other"}


def answers(**shares: float) -> list[dict[str, Any]]:
    return [{"model": model, "share": share} for model, share in shares.items()]


def test_a_weak_model_answers_what_it_can_and_a_strong_one_the_rest() -> None:
    """0.6 of the demand at 2 T an Mh and 0.4 at 0.5: a mean quality of the two is asked of nobody."""
    plan = solve(models=BOTH, sufficiency=answers(small=0.6, big=1), rates=RATES)
    assert plan.objective == approx(0.6 / 2 + 0.4 / 0.5)


def test_a_weak_model_does_not_hide_behind_a_strong_one() -> None:
    """Without machines for the strong one its 0.4 stay unserved, however much of the weak one there is."""
    plan = solve(
        models=BOTH,
        sufficiency=answers(small=0.6, big=1),
        rates={"serving": {("chat", "small"): 2.0, ("chat", "big"): 0.0}},
    )
    assert plan.objective == approx(0.6 / 2 + 2 * 0.4 * UNSERVED_YEAR)
    assert plan["serving.unserved", "chat", 1, "2027"] == approx(0)


def test_shares_that_differ_by_rounding_alone_are_one_share() -> None:
    """0.1 + 0.2 is not 0.3 in binary: two models of that share leave one segment and the rest, not a third."""
    assert 0.1 + 0.2 != 0.3
    plan = solve(models=BOTH, sufficiency=answers(small=0.1 + 0.2, big=0.3), rates=RATES)
    assert plan.model.serving.SEGMENTS.size == 1
    assert plan.objective == approx(0.3 / 2)


def test_segments_are_those_of_the_period() -> None:
    """`small` learns: 0.5 in 2027, all in 2028."""
    share = [*answers(small=1, big=1), {"model": "small", "share": 0.5, "period": "2027"}]
    plan = solve(models=BOTH, sufficiency=share, rates=RATES, accelerators=[{"life_years": 1}])
    assert plan.objective == approx((0.5 / 2 + 0.5 / 0.5) + 1 / 2)


def test_what_no_model_could_ever_answer_is_out_of_reach_and_costs_nothing() -> None:
    plan = solve(sufficiency=answers(open=0.8))
    assert plan.objective == approx(0.8)
    assert plan["serving.out_of_reach", "chat", "2027"] == approx(0.2 * MH_A_YEAR)


def test_what_a_model_answers_only_later_is_unserved_until_then() -> None:
    """0.8 in 2027 and all in 2028: the best of any period is in reach."""
    share = [*answers(open=1), {"model": "open", "share": 0.8, "period": "2027"}]
    plan = solve(sufficiency=share)
    assert plan.objective == approx(1 + 0.2 * UNSERVED_YEAR)
    assert plan["serving.out_of_reach"] == approx(0)


@pytest.mark.parametrize(
    ("peak", "deferrable", "thousands"),
    [(1, 0, 1), (2, 0, 2), (2, 0.25, 2 * 0.75), (2, 0.9, 1)],
    ids=["flat", "peak", "a part can wait", "the average is the least"],
)
def test_capacity_covers_the_peak_of_what_can_not_wait(peak: float, deferrable: float, thousands: float) -> None:
    plan = solve(workloads=[{"peak_to_average": peak, "deferrable_share": deferrable}])
    assert plan["procurement.buy"] == approx(thousands)


def test_peaks_coincide_and_training_gives_way_by_its_flexible_share() -> None:
    """A run of half a k·year, flexible by 0.2, beside a workload of 1 k with a peak of 1.5 and one of 1 k without."""
    run = {"model": "own", "route": "pretrain", "work_zflop": 4.38, "overhead": 1, "max_run_months": 12}
    workloads = [{"peak_to_average": 1.5}, {"workload": "batch"}, {"workload": "next"}]
    plan = solve(
        models=[{}, run],
        workloads=workloads,
        settings={"flexible_share": 0.2},
        sufficiency=[{}, {"workload": "batch"}, {"workload": "next", "model": "own"}],
        demand=[*demand(1, 1), *demand(1, 1, workload="batch"), *demand(0, 0.1, workload="next")],
    )
    peak_2027, peak_2028 = 1.5 + 1 + 0.5 * 0.8, 1.5 + 1 + 0.1
    assert peak_2027 > peak_2028
    assert plan.objective == approx(peak_2027)


def test_experiments_give_way_to_the_peak() -> None:
    """2 k stand for a peak of 2, half of them idle on average: experiments of 1 k·year fill them, no more is bought.

    The run itself, of 0.001 k, does add to the peak.
    """
    run = {"model": "own", "route": "pretrain", "work_zflop": 8.76e-3, "overhead": 999, "max_run_months": 12}
    plan = solve(
        models=[{}, run],
        workloads=[{"peak_to_average": 2}, {"workload": "next"}],
        sufficiency=[{}, {"workload": "next", "model": "own"}],
        demand=[*demand(1, 1), *demand(0, 1e-6, workload="next")],
    )
    assert plan.objective == approx(2 + 0.001)


def test_a_rented_pool_covers_its_own_peak() -> None:
    plan = solve(workloads=[{"peak_to_average": 2}], clouds=[{}], accelerators=[{"price_usd": 1e9}])
    assert plan.objective == approx(2 * 2 * 8.76)


def test_no_more_of_a_model_than_it_may_answer_in_all_workloads() -> None:
    plan = solve(
        models=[{**API, "max_t_per_year": MH_A_YEAR * 1.5, "usd_per_mtoken": 0}],
        workloads=[{}, {"workload": "code"}],
        sufficiency=[{"model": "api"}, {"model": "api", "workload": "code"}],
        demand=[*demand(1, 1), *demand(1, 1, workload="code")],
    )
    assert plan.objective == approx(2 * 0.5 * UNSERVED_YEAR)


def test_an_api_is_paid_by_the_token_at_the_price_of_the_middle_of_the_period() -> None:
    plan = solve(models=[{**API, "price_change_per_year": -0.5}], sufficiency=[{"model": "api"}])
    assert plan.objective == approx(MH_A_YEAR * 0.1 * (0.5**0.5 + 0.5**1.5))
    assert plan.spent("L2|api") == approx(plan.objective)


def test_the_platform_is_paid_by_the_token_whoever_answers() -> None:
    workloads = [{"platform_usd_per_mtoken": 0.2}]
    own = solve(workloads=workloads)
    api = solve(workloads=workloads, models=[API], sufficiency=[{"model": "api"}])
    assert own.objective == approx(1 + 2 * MH_A_YEAR * 0.2)
    assert api.spent("L3|platform") == approx(2 * MH_A_YEAR * 0.2)


def test_a_workloads_own_value_goes_before_the_programmes() -> None:
    plan = solve(
        workloads=[{"unserved_usd_per_mtoken": 0.01}, {"workload": "code"}],
        demand=[*demand(1, 1), *demand(1, 1, workload="code")],
        sufficiency=[{}, {"workload": "code"}],
    )
    assert plan.objective == approx(2 * MH_A_YEAR * 0.01 + 1)


def test_a_workload_without_a_value_must_be_served_in_full() -> None:
    must = {"unserved_usd_per_mtoken": float("nan")}
    assert solve(settings=must, accelerators=[{"price_usd": 1e8}]).objective == approx(1e5)
    assert is_infeasible(settings=must, supply=[{"max_units": 999}])


def test_demand_of_a_period_is_its_years_times_the_yearly() -> None:
    plan = solve(periods=[{"period": "2027", "years": 0.5}, {"period": "2028", "start": "2027-07", "years": 3}])
    assert plan["serving.served_all", "chat", "2028"] == approx(3 * MH_A_YEAR)
    assert plan.objective == approx(1)


CHEAP_CLOUD = {"country": "US", "usd_per_hour": 0.01}
CLOUD_YEAR = 8.76 * 0.01


def resident(limit: dict[str, Any], *, cloud: dict[str, Any], **changes: Any) -> float:
    """Least cost where a cloud would serve for 0.0876 MUSD a year and chips at home cost 1 MUSD, for one year."""
    return solve(
        countries=[{}, ALLY, FAR],
        clouds=[{**CHEAP_CLOUD, **cloud}],
        workloads=[limit],
        periods=years(1),
        demand=demand(1),
        **changes,
    ).objective


@pytest.mark.parametrize(
    ("limit", "cloud", "share_of_cloud"),
    [
        ({}, {}, 1),
        ({"foreign_share_max": 0.25}, {"country": "IN", "operator_country": "IN"}, 1),
        ({"foreign_share_max": 0.25}, {"country": "US", "operator_country": "IN"}, 0.25),
        ({"foreign_share_max": 0.25}, {"country": "IN", "operator_country": "US"}, 0.25),
        ({"non_allied_share_max": 0.25}, {"country": "US", "operator_country": "US"}, 1),
        ({"non_allied_share_max": 0.25}, {"country": "XX", "operator_country": "US"}, 0.25),
        ({"non_allied_share_max": 0.25}, {"country": "US", "operator_country": "XX"}, 0.25),
    ],
    ids=["none", "at home", "place", "operator", "allied", "place not allied", "operator not allied"],
)
def test_a_workload_stays_at_home_by_place_and_by_operator(limit: Any, cloud: Any, share_of_cloud: float) -> None:
    expected = share_of_cloud * CLOUD_YEAR + (1 - share_of_cloud) * 1
    assert resident(limit, cloud=cloud) == approx(expected)


@pytest.mark.parametrize(
    ("limit", "vendor_country", "share_of_cloud"),
    [
        ({"foreign_vendor_share_max": 0.25}, "US", 0.25),
        ({"foreign_vendor_share_max": 0.25}, "IN", 1),
        ({"non_allied_vendor_share_max": 0.25}, "US", 1),
        ({"non_allied_vendor_share_max": 0.25}, "nowhere listed", 0.25),
    ],
)
def test_a_workload_stays_on_chips_of_home_or_allied_make(
    limit: Any, vendor_country: str, share_of_cloud: float
) -> None:
    chips = [{"vendor_country": "IN"}, {"accelerator": "foreign", "vendor_country": vendor_country, "price_usd": 1e9}]
    cloud = {"accelerator": "foreign", "country": "IN"}
    expected = share_of_cloud * CLOUD_YEAR + (1 - share_of_cloud) * 1
    assert resident(limit, cloud=cloud, accelerators=chips) == approx(expected)


@pytest.mark.parametrize(
    ("limit", "share_of_api"),
    [
        ("foreign_share_max", 0.25),
        ("foreign_vendor_share_max", 0.25),
        ("non_allied_share_max", 1),
        ("non_allied_vendor_share_max", 1),
    ],
)
def test_an_api_counts_where_its_origin_is(limit: str, share_of_api: float) -> None:
    """Chips of home make, so that only the api is foreign; it costs 0.0001 a token."""
    plan = solve(
        countries=[{}, ALLY],
        models=[{}, {**API, "usd_per_mtoken": 0.0001}],
        workloads=[{limit: 0.25}],
        periods=years(1),
        sufficiency=[{}, {"model": "api"}],
        demand=demand(1),
        accelerators=[{"vendor_country": "IN"}],
    )
    assert plan.objective == approx(share_of_api * MH_A_YEAR * 0.0001 + (1 - share_of_api) * 1)


def test_residency_is_of_what_is_served() -> None:
    """1 k at home may be joined by a third of it abroad, where more is asked for."""
    plan = solve(
        countries=[{}, ALLY],
        clouds=[{"country": "US", "usd_per_hour": 0}],
        workloads=[{"foreign_share_max": 0.25}],
        sites=[{"existing_it_mw": 1, "max_it_mw": 1}],
        demand=demand(9, 9),
    )
    assert plan["serving.served_all", "chat", "2027"] == approx(MH_A_YEAR * (1 + 1 / 3))
