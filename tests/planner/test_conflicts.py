"""Planted contradictions: the set that is told names the planted row every time, can't do without any of its limits,
and a way out is what arithmetic says it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import compute_lp
from compute_lp.family import expand
from compute_lp.limits import LIMITS, MATCHED, STRUCTURE
from planner.plan import Plan
from planner.questions.conflict import contradiction
from planner.solve import find_conflict, solve
from tests.models.features import BY_PART
from tests.models.programmes import MH_A_YEAR, Row, demand, minimum, programme, shorten_days, years

MUST: Row = {"unserved_usd_per_mtoken": None}
"""Nothing may stay unserved."""
ABROAD: Sequence[Row] = (
    {"country": "IN", "group": "home"},
    {"country": "SG", "group": "other"},
    {"country": "US", "group": "other"},
)
NOWHERE: Row = {"existing_it_mw": 0, "existing_mw": 0, "max_it_mw": 0}
LICENSED: Mapping[str, Sequence[Row]] = {
    "export_rules": [{"rule": "rule", "outcome": "licence", "delay_months": 0}],
    "export_licences": [{"mtpp": 2}],
}
RENTED_ABROAD: Mapping[str, Sequence[Row]] = {
    "countries": ABROAD,
    "sites": [NOWHERE],
    "clouds": [{"country": "SG", "operator_country": "SG"}],
}

PLANTED: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "supply of a year": ({"supply": [{"max_units": 500}]}, "supply.max_units"),
    "halls": ({"sites": [{"existing_it_mw": 0.5, "max_it_mw": 0.5}]}, "sites.max_it_mw"),
    "halls that take too long": ({"sites": [{"existing_it_mw": 0.5, "build_months": 60}]}, "sites.existing_it_mw"),
    "pace of building": (
        {"sites": [{"existing_it_mw": 0, "max_build_mw_per_year": 0.25}]},
        "sites.max_build_mw_per_year",
    ),
    "standing connection": ({"sites": [{"existing_mw": 0.5}]}, "sites.existing_mw"),
    "size of a stage": ({"sites": [{"existing_mw": 0}], "grid_offers": [{"mw": 0.5}]}, "grid_offers.mw"),
    "wait of a stage": (
        {"sites": [{"existing_mw": 0}], "grid_offers": [{"lead_months": 18, "mw": 10}]},
        "grid_offers.lead_months",
    ),
    "an asset's size": (
        {"sites": [{"existing_mw": 0}], "energy_assets": [{"kind": "gas_turbine", "max_mw": 0.25, "firm_credit": 1}]},
        "energy_assets.max_mw",
    ),
    "hours of a plant": (
        {
            "sites": [{"existing_mw": 0}],
            "energy_assets": [{"kind": "gas_turbine", "max_mw": 10, "firm_credit": 1, "max_hours_per_year": 100}],
        },
        "energy_assets.max_hours_per_year",
    ),
    "market for rent": ({"sites": [NOWHERE], "clouds": [{"max_units": 400}]}, "clouds.max_units"),
    "pot of permission": ({**LICENSED, "export_licences": [{"mtpp": 0.5}]}, "export_licences.mtpp"),
    "pot in units": ({**LICENSED, "export_licences": [{"units": 500}]}, "export_licences.units"),
    "cap on a year's flow": ({**LICENSED, "export_caps": [{"kind": "flow_year", "mtpp": 0.25}]}, "export_caps.mtpp"),
    "cap on all imports": ({**LICENSED, "export_caps": [{"kind": "flow_total", "units": 300}]}, "export_caps.units"),
    "cap on the stock": ({**LICENSED, "export_caps": [{"kind": "stock", "h100e": 300}]}, "export_caps.h100e"),
    "quota of a model": ({"models": [{"max_t_per_year": 4}]}, "models.max_t_per_year"),
    "budget of a layer": ({"budgets": [{"layer": "L1", "musd": 0.5}]}, "budgets.musd"),
    "budget of all": ({"budgets": [{"layer": "total", "musd": 0.5}]}, "budgets.musd"),
    "least spending": (
        {"budgets": [{"layer": "L1", "musd": 100, "min_musd": 50}], "supply": [{"max_units": 2000}]},
        "budgets.min_musd",
    ),
    "carbon": (
        {
            "countries": [{"grid_co2_kg_per_mwh": 1000}],
            "policies": [{"policy": "carbon_kt_max", "period": "2027", "value": 1}],
        },
        "policies.value[carbon_kt_max]",
    ),
    "water": (
        {"sites": [{"water_l_per_kwh": 1}], "policies": [{"policy": "water_ml_max", "period": "2027", "value": 1}]},
        "policies.value[water_ml_max]",
    ),
    "compute at home": (
        {**RENTED_ABROAD, "policies": [{"policy": "home_compute_share_min", "period": "2027", "value": 0.5}]},
        "policies.value[home_compute_share_min]",
    ),
    "one vendor": (
        {"policies": [{"policy": "vendor_share_max", "period": "2027", "value": 0.6}]},
        "policies.value[vendor_share_max]",
    ),
    "one origin": (
        {"policies": [{"policy": "origin_share_max", "period": "2027", "value": 0.6}]},
        "policies.value[origin_share_max]",
    ),
    "one site": (
        {"policies": [{"policy": "n_minus_1_share", "period": "2027", "value": 0.6}]},
        "policies.value[n_minus_1_share]",
    ),
    "answers that can be withdrawn": (
        {
            "models": [{"licence": "restricted"}],
            "policies": [{"policy": "withdrawable_share_max", "period": "2027", "value": 0.5}],
        },
        "policies.value[withdrawable_share_max]",
    ),
    "answers abroad": ({**RENTED_ABROAD, "workloads": [{"foreign_share_max": 0.5}]}, "workloads.foreign_share_max"),
    "answers outside the alliance": (
        {**RENTED_ABROAD, "workloads": [{"non_allied_share_max": 0.5}]},
        "workloads.non_allied_share_max",
    ),
    "chips from abroad": (
        {"countries": ABROAD, "workloads": [{"foreign_vendor_share_max": 0.5}]},
        "workloads.foreign_vendor_share_max",
    ),
    "chips from outside the alliance": (
        {"countries": ABROAD, "workloads": [{"non_allied_vendor_share_max": 0.5}]},
        "workloads.non_allied_vendor_share_max",
    ),
    "uptake": ({"adoption": [{"start_t_per_year": 4}]}, "adoption.start_t_per_year"),
    "a model too weak": ({"sufficiency": [{"share": 1}], "demand": demand(1, 300)}, "demand.output_t_per_year"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_the_planted_limit_is_told(name: str) -> None:
    sheets, planted = PLANTED[name]
    found = contradiction(_without_plan(**sheets))
    column, _, policy = planted.removesuffix("]").partition("[")
    assert column in {cell.where for limit in found.limits for cell in limit.cells}
    assert not policy or planted in {field for limit in found.limits for field in LIMITS.get(limit.name, ())}


@pytest.mark.parametrize("name", PLANTED)
def test_without_any_of_its_limits_the_rest_can_hold(name: str) -> None:
    plan = _without_plan(**PLANTED[name][0])
    conflict = find_conflict(plan.arrays)
    assert conflict is not None
    for left_out in (None, *conflict.rows):
        rows = np.array([row for row in conflict.rows if row != left_out], dtype=np.intp)
        assert _can_hold(plan, rows) == (left_out is not None)


def _can_hold(plan: Plan, rows: Any) -> bool:
    """By scipy's solver, not ours."""
    arrays = plan.arrays
    lower, upper = np.full(len(arrays.row_lower), -np.inf), np.full(len(arrays.row_upper), np.inf)
    lower[rows], upper[rows] = arrays.row_lower[rows], arrays.row_upper[rows]
    free = replace(arrays, row_lower=lower, row_upper=upper, whole=np.zeros_like(arrays.whole))
    return minimum(free, np.zeros(len(arrays.cost)))[0] == 0


def _without_plan(**sheets: Any) -> Plan:
    settings = {**MUST, **sheets.pop("settings", {})}
    inputs = programme(settings=settings, **sheets)
    model = compute_lp.build(inputs)
    arrays = expand(model)
    solution = solve(arrays)
    assert solution.status == "infeasible"
    return Plan(inputs, model, arrays, solution, float("nan"), (), (), {})


def test_every_constraint_is_a_statement_or_structure(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_days(monkeypatch)
    names = {name for feature in BY_PART.values() for name in expand(compute_lp.build(programme(**feature))).rows}
    assert {n for n in names if n not in LIMITS and n not in STRUCTURE and not n.startswith(MATCHED)} == set()
    assert not LIMITS.keys() & STRUCTURE


def test_every_cell_of_a_limit_is_a_column_of_its_sheet() -> None:
    columns = {f"{table.name}.{column.name}" for table in compute_lp.TABLES for column in table.columns}
    assert {field.partition("[")[0] for fields in LIMITS.values() for field in fields} <= columns


def test_a_way_out_gives_the_least_and_is_ranked_by_what_the_plan_costs() -> None:
    # 1 k gpu are needed and 0.5 k can be had, so 0.5 k more must come, or half the demand be let go.
    found = contradiction(_without_plan(supply=[{"max_units": 500}]))
    ways = {way.limit.name: way for way in found.ways}
    assert ways["procurement.within_supply"].amount == pytest.approx(0.5, rel=1e-5)
    assert ways["serving.demand_is_met"].amount == pytest.approx(0.5 * MH_A_YEAR, rel=1e-5)
    # All of 2028 stays to be answered, by 1 k that come then at the latest: 1 MUSD either way.
    assert [way.objective_musd for way in found.ways] == pytest.approx([1.0, 1.0], rel=1e-4)


def test_the_cheaper_way_out_comes_first() -> None:
    # 1 k are needed; 0.5 k can be bought at 1 MUSD per k, 0.4 k rented at 8.76: 0.1 k are missing.
    found = contradiction(
        _without_plan(supply=[{"max_units": 500}], clouds=[{"max_units": 400}], periods=years(1), demand=demand(1))
    )
    cost = {way.limit.name: way.objective_musd for way in found.ways}
    assert list(cost).index("procurement.within_supply") < list(cost).index("clouds.within_market")
    assert cost["procurement.within_supply"] == pytest.approx(0.6 + 0.4 * MH_A_YEAR, rel=1e-4)
    assert cost["clouds.within_market"] == pytest.approx(0.5 + 0.5 * MH_A_YEAR, rel=1e-4)


def test_of_three_waits_the_one_that_is_chosen_is_told() -> None:
    offer = {"mw": 10, "lead_months_low": 0, "lead_months": 0, "lead_months_high": 18}
    found = contradiction(
        _without_plan(settings={"grid_delay": "high"}, sites=[{"existing_mw": 0}], grid_offers=[offer])
    )
    told = {cell.where for limit in found.limits for cell in limit.cells}
    assert "grid_offers.lead_months_high" in told and "grid_offers.lead_months" not in told


def test_two_contradictions_have_no_single_way_out() -> None:
    # Chips are short, and 50 MUSD must be spent on applications that nobody can be sold.
    found = contradiction(
        _without_plan(supply=[{"max_units": 500}], budgets=[{"layer": "L4", "musd": 100, "min_musd": 50}])
    )
    assert found.ways == ()
    assert "No single one of them suffices" in found.lines()[-1]


def test_whole_numbers_alone_can_stand_in_the_way() -> None:
    # The halls of 1 MW need a hundredth of an opening, or a whole one at 10 MUSD, and there are 6.
    plan = _without_plan(
        settings={"integers": "sites"},
        sites=[{"existing_it_mw": 0, "existing_mw": 100, "max_it_mw": 100, "fixed_musd": 10}],
        budgets=[{"layer": "L1", "musd": 6}],
    )
    assert contradiction(plan).whole
    assert "whole ones none does" in contradiction(plan).lines()[0]
