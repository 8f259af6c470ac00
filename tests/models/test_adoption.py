"""Uptake, worked by hand: a workload that asks 8.76 T a year and is served by 1 k of chips for 1 MUSD."""

from __future__ import annotations

from typing import Any

from pytest import approx

from tests.models.programmes import MH_A_YEAR, Plan, demand, solve, years

UNSERVED_YEAR = 1000 * MH_A_YEAR


def taken(row: dict[str, Any], *k: float, **changes: Any) -> Plan:
    return solve(
        adoption=[row],
        periods=changes.pop("periods", years(len(k))),
        demand=changes.pop("demand", demand(*k)),
        **changes,
    )


def test_without_spending_only_the_start_is_taken_up() -> None:
    plan = taken({"start_t_per_year": MH_A_YEAR / 4}, 1, 1)
    assert plan.objective == approx(0.25 + 2 * 0.75 * UNSERVED_YEAR)


def test_money_on_applications_counts_from_the_next_period_and_lasts() -> None:
    """Each MUSD adds a tenth of the demand: 7.5 MUSD in 2027 serve 2028 and 2029."""
    plan = taken({"start_t_per_year": MH_A_YEAR / 4, "uptake_t_per_year_per_musd": MH_A_YEAR / 10}, 1, 1, 1)
    assert plan.objective == approx(0.75 * UNSERVED_YEAR + 1 + 7.5)
    assert plan.spent("L4|applications", "2027") == approx(7.5)


def test_no_more_is_spent_than_can_be_spent_well() -> None:
    row = {"start_t_per_year": 0, "uptake_t_per_year_per_musd": MH_A_YEAR / 10, "max_musd_per_year": 5}
    plan = taken(row, 1, 1, 1)
    assert plan.objective == approx((1 + 0.5) * UNSERVED_YEAR + 1 + 10)


def test_a_limit_is_of_the_year_and_a_period_has_its_years_of_it() -> None:
    """Half a year takes up half of a year's tokens, and two years twice of them."""
    halves = [{"period": "2027", "years": 0.5}, {"period": "2028", "start": "2027-07", "years": 2}]
    row = {"start_t_per_year": MH_A_YEAR / 4, "uptake_t_per_year_per_musd": MH_A_YEAR / 10, "max_musd_per_year": 5}
    plan = taken(row, periods=halves, demand=demand(1, 1))
    assert plan["serving.served_all", "chat", "2027"] == approx(MH_A_YEAR / 4 / 2)
    assert plan["serving.served_all", "chat", "2028"] == approx(2 * MH_A_YEAR * (1 / 4 + 2.5 / 10))


def test_a_workload_without_a_row_has_no_limit() -> None:
    both = [*demand(1, 1), *demand(1, 1, workload="code")]
    plan = taken(
        {"start_t_per_year": 0},
        1,
        1,
        workloads=[{}, {"workload": "code"}],
        sufficiency=[{}, {"workload": "code"}],
        demand=both,
    )
    assert plan.objective == approx(1 + 2 * UNSERVED_YEAR)


def test_answers_of_an_api_are_taken_up_no_faster() -> None:
    api = {"model": "api", "route": "api", "licence": "closed", "origin": "IN"}
    plan = taken({"start_t_per_year": MH_A_YEAR / 4}, 1, 1, models=[api], sufficiency=[{"model": "api"}])
    assert plan.objective == approx(2 * 0.75 * UNSERVED_YEAR)
