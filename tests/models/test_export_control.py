"""Rules, pots and caps, worked by hand: 1 k of gpu is 1 MTPP, costs 1 MUSD and serves a k of demand."""

from __future__ import annotations

from typing import Any

import pytest
from pytest import approx

from tests.models.programmes import MH_A_YEAR, Plan, demand, solve, years

UNSERVED_YEAR = 1000 * MH_A_YEAR
THREE = years(3)
SHORT_LIVED = [{"life_years": 1}]


def served_k(plan: Plan) -> list[float]:
    """Demand served in each period, in thousand gpu of work a year."""
    return list(plan.all("serving.served_all") / (MH_A_YEAR * plan.model.calendar.years))


@pytest.mark.parametrize(("months", "thousands"), [(0, 1), (12, 2), (24, 3), (None, 3)])
def test_permission_is_kept_until_it_lapses_its_last_day_included(months: int | None, thousands: float) -> None:
    """A pot of 1 MTPP each January, and machines of one year's life asked for in 2029 alone."""
    pots = [
        {"licence": t, "allocated": f"{t}-01", "mtpp": 1, "expires_after_months": months}
        for t in ("2027", "2028", "2029")
    ]
    plan = solve(
        accelerators=SHORT_LIVED, export_rules=[{}], export_licences=pots, periods=THREE, demand=demand(0, 0, 4)
    )
    assert served_k(plan) == approx([0, 0, thousands])


def test_permission_is_never_borrowed() -> None:
    pot = {"allocated": "2028-01", "mtpp": 5}
    plan = solve(accelerators=SHORT_LIVED, export_rules=[{}], export_licences=[pot])
    assert served_k(plan) == approx([0, 1])


def test_a_pot_in_units_counts_units_and_both_limits_hold() -> None:
    """Half a TPP: 2 MTPP are 4 k of it."""
    light = {"tpp": {("gpu",): 500.0}}
    only_units = [{"units": 3000}]
    both = [{"units": 3000, "mtpp": 1}]
    assert served_k(solve(export_rules=[{}], export_licences=only_units, demand=demand(5, 5), rates=light)) == approx(
        [3, 3]
    )
    assert served_k(solve(export_rules=[{}], export_licences=both, demand=demand(5, 5), rates=light)) == approx([2, 2])


def test_a_pot_serves_its_own_destination_and_rule() -> None:
    other_rule = {"rule": "other", "destination": "NO"}
    pots = [{"licence": "a", "destination": "NO", "mtpp": 9}, {"licence": "b", "rule": "other", "mtpp": 9}]
    plan = solve(
        countries=[{}, {"country": "NO", "group": "haven"}], export_rules=[{}, other_rule], export_licences=pots
    )
    assert plan.objective == approx(2 * UNSERVED_YEAR)


def test_a_pot_for_a_group_serves_its_countries() -> None:
    plan = solve(export_rules=[{"destination": "home"}], export_licences=[{"destination": "home", "mtpp": 1}])
    assert plan.objective == approx(1)


def test_the_first_matching_rule_wins_and_minima_include_and_maxima_exclude() -> None:
    below = {"rule": "below", "max_tpp": 1000, "outcome": "denied"}
    wide = {"rule": "from", "min_tpp": 1000, "outcome": "free", "price_multiplier": 2}
    rest = {"rule": "rest", "outcome": "denied"}
    assert solve(export_rules=[below, wide, rest]).objective == approx(2)
    assert solve(export_rules=[rest, wide]).objective == approx(2 * UNSERVED_YEAR)


@pytest.mark.parametrize(
    "condition",
    [
        {"min_tpp": 1001},
        {"max_density": 1},
        {"min_bandwidth_tb_s": 3.1},
        {"max_bandwidth_tb_s": 3},
        {"min_interconnect_gb_s": 0},
        {"market": "consumer"},
        {"owner": "allied"},
        {"destination": "allied"},
        {"to": "2027-01"},
    ],
    ids=str,
)
def test_a_rule_holds_only_where_all_its_conditions_do(condition: dict[str, Any]) -> None:
    """The last conditions of each row fail: an unknown interconnect is in no bounds."""
    rule = {"min_tpp": 1000, "market": "datacentre", "owner": "home", "outcome": "denied"}
    assert solve(export_rules=[rule]).objective == approx(2 * UNSERVED_YEAR)
    assert solve(export_rules=[{**rule, **condition}]).objective == approx(1)


def test_a_rule_is_tested_on_the_day_of_arrival() -> None:
    """Denied from 2028: what arrives in 2027, for the years after too, is free."""
    plan = solve(export_rules=[{"outcome": "denied", "from": "2028-01"}], demand=demand(1, 2))
    assert plan.objective == approx(2)


def test_a_site_belongs_to_its_operator_and_a_blank_operator_is_home() -> None:
    abroad = [{}, {"country": "NO", "group": "haven", "operator": "NO"}]
    denied = [{"rule": "theirs", "destination": "NO", "owner": "haven", "outcome": "denied"}]
    ours = [{**abroad[1], "operator": ""}]
    site = [{"country": "NO"}]
    assert solve(countries=abroad, sites=site, export_rules=denied).objective == approx(2 * UNSERVED_YEAR)
    assert solve(countries=[{}, *ours], sites=site, export_rules=denied).objective == approx(1)


@pytest.mark.parametrize("outcome", ["licence", "notify", "free"])
def test_a_wait_for_permission_comes_before_the_lead_and_is_paid_through(outcome: str) -> None:
    """Six months of permission and six of lead: first in January 2028. Only a licence needs a pot."""
    rule = {"delay_months": 6, "outcome": outcome}
    plan = solve(
        accelerators=[{"lead_months": 6}],
        export_rules=[rule],
        export_licences=[{"mtpp": 1}] if outcome == "licence" else [],
    )
    assert plan.objective == approx(UNSERVED_YEAR + 1)
    assert plan.spent("L1|accelerators", "2027") == approx(1)


def capped(cap: dict[str, Any], *k: float, **changes: Any) -> list[float]:
    plan = solve(
        export_rules=[{"outcome": "free"}], export_caps=[cap], demand=demand(*k), periods=years(len(k)), **changes
    )
    return served_k(plan)


def test_a_flow_in_a_year_is_capped_each_year() -> None:
    assert capped({"kind": "flow_year", "units": 400}, 2, 2, 2) == approx([0.4, 0.8, 1.2])


def test_a_flow_of_half_years_is_pooled_in_the_calendar_year_and_grows_with_longer_periods() -> None:
    """400 a year: 400 in the two halves of 2027 together, 800 in the two years from 2028."""
    halves = [
        {"period": "a", "years": 0.5},
        {"period": "b", "start": "2027-07", "years": 0.5},
        {"period": "c", "start": "2028-01", "years": 2},
    ]
    asked = [{"period": p, "output_t_per_year": 2 * MH_A_YEAR} for p in ("a", "b", "c")]
    plan = solve(
        export_rules=[{"outcome": "free"}],
        export_caps=[{"kind": "flow_year", "units": 400}],
        demand=asked,
        periods=halves,
    )
    assert served_k(plan) == approx([0.4, 0.4, 1.2])


def test_a_flow_of_a_stated_period_is_capped_in_it_alone() -> None:
    assert capped({"kind": "flow_year", "units": 400, "period": "2027"}, 2, 2) == approx([0.4, 2])


def test_a_flow_since_a_date_is_capped_for_good_and_what_retires_frees_nothing() -> None:
    cap = {"kind": "flow_total", "units": 600, "from": "2028-01"}
    assert capped(cap, 0.2, 1, 1) == approx([0.2, 1, 1])
    first, *later = capped(cap, 0.2, 1, 1, accelerators=SHORT_LIVED)
    assert (first, sum(later)) == approx((0.2, 0.6))


def test_a_stock_is_freed_by_what_retires() -> None:
    assert capped({"kind": "stock", "units": 600}, 1, 1, 1, accelerators=SHORT_LIVED) == approx([0.6, 0.6, 0.6])


def test_a_cap_is_in_the_unit_it_is_written_in_and_the_fleet_counts_in_a_stock() -> None:
    heavy = {"tpp": {("gpu",): 2000.0}, "h100e": {("gpu",): 4.0}}
    for quantity, k in (({"mtpp": 1}, 0.5), ({"h100e": 1000}, 0.25), ({"units": 700}, 0.7)):
        assert capped({"kind": "stock", **quantity}, 1, 1, rates=heavy) == approx([k, k])
    assert capped({"kind": "flow_total", "units": 300}, 2, 2, fleet=[{"units": 500}]) == approx([0.8, 0.8])
    assert capped({"kind": "stock", "units": 700}, 2, 2, fleet=[{"units": 500}]) == approx([0.7, 0.7])


NORWAY = {"country": "NO", "group": "haven"}


def test_a_country_holds_at_most_its_share_of_the_owners_whole_stock() -> None:
    """0.25 in NO of all: home has 3 k of room, so NO gets 1."""
    plan = solve(
        countries=[{}, NORWAY],
        sites=[{"existing_it_mw": 3, "max_it_mw": 3}, {"site": "oslo", "country": "NO"}],
        export_rules=[{"destination": "NO", "outcome": "free"}],
        export_caps=[{"destination": "NO", "kind": "share", "share": 0.25}],
        demand=demand(9, 9),
    )
    assert plan["procurement.it_mw", "oslo", "2027"] == approx(1)


def test_a_country_holds_at_least_its_share() -> None:
    """Energy at home is dear, and still three quarters of the 4 k stand there."""
    plan = solve(
        countries=[{}, NORWAY],
        sites=[{}, {"site": "oslo", "country": "NO", "zone": "fjord"}],
        energy_prices=[{"usd_per_mwh": 50}, {"zone": "fjord"}],
        export_rules=[{"outcome": "free"}],
        export_caps=[{"kind": "share_min", "share": 0.75}],
        demand=demand(4, 4),
    )
    assert plan.objective == approx(4 * 1 + 2 * 3 * 8.76 * 0.05)


def test_a_share_is_of_what_the_rule_controls_in_tpp() -> None:
    """1 k of gpu stands at home, so NO may have a third of one; the 4 k of desi beside it are below the rule's TPP."""
    plan = solve(
        countries=[{}, NORWAY],
        accelerators=[{}, {"accelerator": "desi"}],
        rates={"tpp": {("desi",): 99.0}},
        sites=[{}, {"site": "oslo", "country": "NO"}],
        demand=demand(99, 99),
        fleet=[{"units": 1000}, {"accelerator": "desi", "units": 4000}],
        export_rules=[
            {"rule": "big", "destination": "NO", "min_tpp": 100, "outcome": "free"},
            {"rule": "small", "destination": "NO", "outcome": "denied"},
            {"rule": "home", "outcome": "denied"},
        ],
        export_caps=[{"rule": "big", "destination": "NO", "kind": "share", "share": 0.25}],
    )
    assert plan["procurement.it_mw", "oslo", "2028"] == approx(1 / 3)


def test_imports_are_matched_by_money_spent_in_the_vendors_country() -> None:
    """2 MUSD a MUSD of chips at their bare price: 1 k imported needs 2 MUSD spent in US, on halls nobody needs."""
    sites = [{}, {"site": "ohio", "country": "US", "existing_it_mw": 0, "existing_mw": 0, "fitout_usd_per_w": 8}]
    plan = solve(
        countries=[{"import_duty": 0.5}, {"country": "US", "group": "allied"}],
        sites=sites,
        export_rules=[{"outcome": "free", "matched_investment": 2}],
    )
    assert plan.objective == approx(1 * 1.5 + 2)
    assert plan["siting.fitout_mw", "ohio", "2027"] == approx(2 / 8)


def test_permission_used_and_left_is_told_by_period() -> None:
    plan = solve(export_rules=[{}], export_licences=[{"mtpp": 3, "expires_after_months": 12}], demand=demand(1, 2))
    assert [plan["export_control.used_mtpp", "pot", t] for t in ("2027", "2028")] == approx([1, 1])
    assert [plan["export_control.available_mtpp", "pot", t] for t in ("2027", "2028")] == approx([3, 2])
