"""Runs, worked by hand: a run of 8.76 ZFLOP takes 1 k of gpu a year; the model it gives answers all from then on."""

from __future__ import annotations

from typing import Any

import pytest
from pytest import approx

from tests.models.programmes import MH_A_YEAR, Plan, demand, is_infeasible, solve, years

UNSERVED_YEAR = 1000 * MH_A_YEAR
OWN = {"model": "own", "route": "pretrain", "work_zflop": 8.76, "overhead": 1, "max_run_months": 12, "cost_musd": 3}
RUN = 3.0
"""Staff, data and licences of a run, MUSD."""
WHOLE = {"integers": "runs"}


def trained(run: dict[str, Any] | None = None, *k: float, **changes: Any) -> Plan:
    """A plan in which only `own` answers."""
    asked = k or (0, 1)
    given: dict[str, Any] = {
        "models": [{**OWN, **(run or {})}],
        "sufficiency": [{"model": "own"}],
        "periods": years(len(asked)),
        "demand": demand(*asked),
    }
    return solve(**{**given, **changes})


def test_a_run_takes_a_cluster_for_its_time_and_serves_from_its_end() -> None:
    """1 k trains in 2027 and serves in 2028."""
    assert trained().objective == approx(1 + RUN)
    assert trained(None, 1, 1).objective == approx(UNSERVED_YEAR + 1 + RUN)


def test_a_shorter_run_takes_a_larger_cluster_for_the_same_work() -> None:
    plan = trained({"max_run_months": 6})
    assert plan.objective == approx(2 + RUN)
    assert plan["training.train_mh"] == approx(8.76)


def test_a_period_shorter_than_the_longest_run_asks_for_a_larger_cluster() -> None:
    half = [{"period": "2027", "years": 0.5}, {"period": "2028", "start": "2027-07", "years": 0.5}]
    assert trained(periods=half).objective == approx(2 + RUN)


def test_availability_slows_the_cluster() -> None:
    assert trained(accelerators=[{"availability": 0.5}]).objective == approx(2 + RUN)


def test_experiments_are_worked_off_in_the_year_before_the_end_and_need_no_cluster() -> None:
    """Overhead 3: twice the work more. By years all in 2027; by quarters in the four of 2027, not the one before."""
    assert trained({"overhead": 3}).objective == approx(3 + RUN)
    starts = ["2026-10", "2027-01", "2027-04", "2027-07", "2027-10", "2028-01"]
    quarters = [{"period": str(i), "start": start, "years": 0.25} for i, start in enumerate(starts)]
    asked = [{"period": str(i), "output_t_per_year": MH_A_YEAR if i == 5 else 0} for i in range(6)]
    plan = trained(
        {"overhead": 3, "work_zflop": 2.19, "max_run_months": 3},
        periods=quarters,
        demand=asked,
        settings={"plan_start": "2026-10"},
    )
    # The run's quarter of 1 k for a quarter, and 2 · 2.19 over the year before its end, which is 0.5 k in each quarter;
    # the run is in the last quarter of 2027, or else there is less than a year before it.
    assert plan.objective == approx(0.5 + 2.19 / 8.76 / 0.25 * 0.5 + RUN)


def test_experiments_may_be_done_elsewhere() -> None:
    """Two sites of 1 MW: the run at one, its experiments at the other."""
    site = {"existing_it_mw": 1, "max_it_mw": 1}
    plan = trained({"overhead": 2}, sites=[site, {**site, "site": "agra"}], settings=WHOLE)
    assert plan.objective == approx(2 + RUN)


def test_three_small_sites_are_no_cluster() -> None:
    """A run of 1 k; sites of 0.6 MW. Not even in the plain linear programme, which fractions could glue together."""
    small = {"existing_it_mw": 0.6, "max_it_mw": 0.6}
    sites = [{**small, "site": name} for name in ("delhi", "agra", "pune")]
    for integers in ("none", "runs"):
        assert trained(sites=sites, settings={"integers": integers}).objective == approx(UNSERVED_YEAR)


@pytest.mark.parametrize("integers", ["none", "runs"])
def test_the_most_that_could_stand_by_then_counts_room_power_and_supply(integers: str) -> None:
    settings = {"integers": integers}
    site = {"existing_it_mw": 0, "max_it_mw": 9, "max_build_mw_per_year": 0.9}
    no_supply = [{"max_units": 900}, {"period": "2028", "max_units": 900}]
    assert trained(sites=[site], settings=settings).objective == approx(UNSERVED_YEAR)
    assert trained(sites=[{"existing_mw": 1.1, "pue_peak": 1.2}], settings=settings).objective == approx(UNSERVED_YEAR)
    assert trained(supply=no_supply[:1], settings=settings).objective == approx(UNSERVED_YEAR)
    later = trained(None, 0, 0, 1, supply=no_supply, settings=settings)
    assert later.objective == approx(1 + RUN)


def test_whole_runs_are_hosted_whole_where_fractions_would_be_shared() -> None:
    """Energy is free up to 0.5 MW at each site: two half hosts avoid the dear energy that one whole host needs."""
    sites = [
        {"existing_it_mw": 1, "max_it_mw": 1},
        {"existing_it_mw": 1, "max_it_mw": 1, "site": "agra", "zone": "south"},
    ]
    prices = [{"zone": zone, "surplus_mw": 0.5, "usd_per_mwh_beyond": 100} for zone in ("north", "south")]
    parts = trained(sites=sites, energy_prices=prices)
    whole = trained(sites=sites, energy_prices=prices, settings=WHOLE)
    assert parts.objective == approx(1 + RUN)
    assert whole.objective == approx(1 + RUN + 0.5 * 8.76 * 0.1 * 1 + 0.5 * 8.76 * 0.1 * 1)


def test_a_part_of_a_run_serves_no_more_than_its_part_of_each_workloads_demand() -> None:
    """Two workloads, each worth 8.76·1 served. A run costs 14: one alone doesn't pay it, and it isn't shared out."""
    two = [{}, {"workload": "code"}]
    both = {
        "workloads": two,
        "sufficiency": [{"model": "own"}, {"workload": "code", "model": "own"}],
        "demand": [*demand(0, 1), *demand(0, 1, workload="code")],
        "settings": {"unserved_usd_per_mtoken": 1},
    }
    plan = trained({"cost_musd": 14, "work_zflop": 0.001}, **both)
    # Served: 2 · 8.76 for 14 of the run and 2 of chips; not served it costs 17.52.
    assert plan.objective == approx(14 + 2)
    assert trained({"cost_musd": 16, "work_zflop": 0.001}, **both).objective == approx(2 * 8.76)


def test_a_model_serves_until_its_shelf_life_ends_and_is_then_run_again() -> None:
    """Twelve months: a run in 2027 for 2028, another in 2028 for 2029; 1 k serves, 1 k trains beside it."""
    once = trained({"shelf_months": 24}, 0, 1, 1)
    twice = trained({"shelf_months": 12}, 0, 1, 1)
    limited = trained({"shelf_months": 12, "max_runs": 1}, 0, 1, 1)
    assert once.objective == approx(1 + RUN)
    assert twice.objective == approx(2 + 2 * RUN)
    assert limited.objective == approx(UNSERVED_YEAR + 1 + RUN)


def test_a_base_is_finished_before_the_run_that_starts_from_it() -> None:
    """The base in 2027, the tuned model in 2028, serving in 2029; 2028 stays unserved, for only `tuned` answers."""
    models = [OWN, {**OWN, "model": "tuned", "route": "continue", "base": "own", "cost_musd": 2}]
    plan = trained(None, 0, 1, 1, models=models, sufficiency=[{"model": "tuned"}], settings=WHOLE)
    assert plan.objective == approx(UNSERVED_YEAR + 1 + RUN + 2)


def test_the_weights_of_a_base_do_not_lapse() -> None:
    """Shelf life a year: the base of 2027 is the base of a run in 2029, when it serves no more."""
    models = [
        {**OWN, "shelf_months": 12},
        {**OWN, "model": "tuned", "route": "continue", "base": "own", "available_from": "2029-01"},
    ]
    plan = trained(None, 0, 0, 0, 1, models=models, sufficiency=[{"model": "tuned"}], settings=WHOLE)
    assert plan.objective == approx(1 + RUN + RUN)


def test_a_fraction_of_a_base_carries_a_fraction_of_its_runs() -> None:
    """Money for half a base makes half of the one run that starts from it, and so half of the answers."""
    models = [OWN, {**OWN, "model": "tuned", "route": "continue", "base": "own", "max_runs": 1, "work_zflop": 1e-6}]
    plan = trained(
        None,
        0,
        0,
        1,
        models=models,
        sufficiency=[{"model": "tuned"}],
        budgets=[{"layer": "L2", "period": "2027", "musd": RUN / 2}],
    )
    assert plan["training.available", "tuned", "2029"] == approx(0.5)


def test_an_open_base_serves_from_its_release_for_ever_and_takes_no_run() -> None:
    plan = solve(models=[{"available_from": "2028-01"}])
    assert plan.objective == approx(UNSERVED_YEAR + 1)


def test_adopting_at_a_cost_is_a_run_without_work_that_serves_in_its_own_period() -> None:
    plan = solve(models=[{"cost_musd": 3}])
    assert plan.objective == approx(1 + 3)
    assert solve(models=[{"cost_musd": 3, "shelf_months": 12}]).objective == approx(1 + 2 * 3)


def test_a_machine_that_can_not_carry_the_model_trains_nothing() -> None:
    assert trained(rates={"training": {("own", "gpu"): 0.0}}).objective == approx(UNSERVED_YEAR)


def test_a_rented_pool_hosts_only_where_it_trains() -> None:
    """2 k serve and train at 8.76 MUSD a k-year; the chips to buy are dear."""
    dear = [{"price_usd": 1e9}]
    assert trained(accelerators=dear, clouds=[{"trains": "yes"}]).objective == approx(8.76 * 2 + RUN)
    assert trained(accelerators=dear, clouds=[{"trains": "no"}]).objective == approx(UNSERVED_YEAR)


def test_a_run_waits_for_its_first_date() -> None:
    assert trained({"available_from": "2028-01"}, 0, 1, 1).objective == approx(UNSERVED_YEAR + 1 + RUN)


def test_a_run_that_nobody_can_host_leaves_what_must_be_served_impossible() -> None:
    assert is_infeasible(
        models=[OWN],
        sufficiency=[{"model": "own"}],
        demand=demand(0, 1),
        sites=[{"existing_it_mw": 0.5, "max_it_mw": 0.5}],
        settings={"unserved_usd_per_mtoken": float("nan")},
    )
