"""The second computation agrees with a plan, and refuses one whose result tables or inputs were tampered with."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from planner.audit import AuditFailure, audit
from planner.audit.checks import Checks
from planner.audit.known import Known, date_years
from planner.audit.machines import Machines
from planner.plan import Plan
from planner.results import tables as result_tables
from tests.independent.cases import CASES
from tests.independent.cases.workbook import base, cloud
from tests.independent.planned import planned
from tests.models.programmes import programme, years

Tables = dict[str, pd.DataFrame]
Solved = Callable[[str], tuple[Plan, Tables]]
BROAD = "broad[whole_runs]"


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Solved:
    """Plan and result tables of a case, solved once."""
    found: dict[str, tuple[Plan, Tables]] = {}

    def of(name: str) -> tuple[Plan, Tables]:
        if name not in found:
            case = next(case for case in CASES if case.name == name)
            plan = planned(case.workbook, tmp_path_factory.mktemp("audit") / "workbook").plan
            found[name] = plan, result_tables(plan)
        return found[name]

    return of


@pytest.mark.parametrize("case", [BROAD, "broad_most_served", "broad_whole_sites_and_stages"])
def test_tables_of_a_plan_agree_with_the_second_computation(case: str, solved: Solved) -> None:
    deviations = audit(*solved(case))
    assert {"audit objective", "audit carbon", "audit energy balance", "audit money by heading"} <= deviations.keys()
    assert all(name.startswith("audit ") for name in deviations)
    assert max(float(deviation) for deviation in deviations.values()) <= 1e-6


CHECK_OF = {
    ("siting", "fitout_mw"): "halls",
    ("siting", "hall_mw"): "halls",
    ("siting", "opened"): "money by heading",
    ("grid", "energise_mw"): "connections",
    ("grid", "connected_mw"): "connections",
    ("energy_assets", "build_mw"): "energy assets",
    ("energy_assets", "capacity_mw"): "energy assets",
    ("energy", "gwh"): "output of energy assets",
    ("procurement", "buy_units"): "installed accelerators",
    ("procurement", "installed_units"): "installed accelerators",
    ("clouds", "rent_units"): "rented accelerators",
    ("clouds", "rented_units"): "rented accelerators",
    ("export_control", "licensed_mtpp"): "purchases under licence",
    ("export_control", "available_mtpp"): "permission left",
    ("training", "runs"): "whole hosts",
    ("training", "zflop"): "work of experiments",
    ("training", "accelerator_hours"): "work by accelerator-hours",
    ("models", "available"): "available models",
    ("models", "run"): "whole runs",
    ("serving", "served_t"): "tokens served and unserved",
    ("unserved", "unserved_t"): "tokens served and unserved",
    ("unserved", "out_of_reach_t"): "tokens served and unserved",
    ("unserved", "demand_t"): "demand",
    ("serving_hours", "accelerator_hours"): "accelerator-hours served",
    ("serving_hours", "tokens_t"): "tokens by accelerator-hours",
    ("load", "average_it_mw"): "energy balance",
    ("load", "idle_mw"): "idle draw",
    ("adoption", "adopt_musd"): "uptake of applications",
    ("adoption", "limit_t"): "uptake of applications",
    ("sovereignty", "compute_h100e"): "compute",
    ("sovereignty", "home_h100e"): "compute at home",
    ("sovereignty", "tokens_t"): "all tokens",
    ("sovereignty", "lasting_tokens_t"): "tokens of lasting weights",
    ("sovereignty", "co2_kt"): "carbon",
    ("sovereignty", "water_ml"): "water",
    ("budgets", "spent_musd"): "spent by layer",
    ("budgets", "budget_musd"): "budgets",
    ("budgets", "carried_musd"): "carried over",
    ("money", "musd"): "money by heading",
    ("money", "discounted_musd"): "discounted money by heading",
}
MUCH_MUSD = 1000.0
"""Carried money is tampered with by more: a plan without need of it carries less than it may."""


@pytest.mark.parametrize(("table", "column"), CHECK_OF)
def test_a_changed_figure_is_refused_by_name(table: str, column: str, solved: Solved) -> None:
    plan, tables = solved(BROAD)
    changed = tables[table].copy()
    figures = changed[column].to_numpy(copy=True)
    figures[np.argmax(np.abs(figures))] *= 1.01
    changed[column] = figures + MUCH_MUSD * (column == "carried_musd")
    with pytest.raises(AuditFailure, match=rf"^audit of {CHECK_OF[table, column]}(,|:)"):
        audit(plan, {**tables, table: changed})


def test_every_figure_of_the_result_tables_is_tampered_with_above(solved: Solved) -> None:
    _, tables = solved(BROAD)
    figures = {
        (name, column)
        for name, table in tables.items()
        for column in table.columns
        if name != "prices" and table[column].dtype.kind == "f"
    }
    nothing_retired = {("procurement", "retire_units")}
    assert figures - nothing_retired == CHECK_OF.keys()


@pytest.mark.parametrize("table", sorted({table for table, _ in CHECK_OF}))
def test_a_missing_row_is_refused(table: str, solved: Solved) -> None:
    plan, tables = solved(BROAD)
    column = next(column for name, column in CHECK_OF if name == table)
    largest = tables[table][column].abs().idxmax()
    with pytest.raises(AuditFailure):
        audit(plan, {**tables, table: tables[table].drop(index=largest)})


UNIT_COSTS = {
    ("sites", "fitout_usd_per_w"): "L1 halls",
    ("sites", "fixed_musd"): "L1 site opening",
    ("sites", "opex_usd_per_kw_year"): "L1 hall operation",
    ("grid_offers", "usd_per_kw"): "L1 grid connection",
    ("grid_offers", "annual_usd_per_kw"): "L1 grid charges",
    ("energy_prices", "network_usd_per_mwh"): "L1 network charges",
    ("energy_assets", "capex_usd_per_kw"): "L1 energy assets",
    ("energy_assets", "fixed_usd_per_kw_year"): "L1 energy asset operation",
    ("accelerators", "price_usd"): "L1 accelerators",
    ("accelerators", "maintenance_share"): "L1 maintenance",
    ("clouds", "usd_per_hour"): "L1 clouds",
    ("models", "cost_musd"): "L2 model runs",
    ("models", "usd_per_mtoken"): "L2 api",
    ("workloads", "platform_usd_per_mtoken"): "L3 platform",
}


@pytest.mark.parametrize(("sheet", "column"), UNIT_COSTS)
def test_money_follows_the_unit_costs_of_the_workbook(sheet: str, column: str, solved: Solved) -> None:
    plan, tables = solved(BROAD)
    dearer = plan.inputs[sheet].copy()
    dearer[column] *= 1.5
    inputs = dataclasses.replace(plan.inputs, tables={**plan.inputs.tables, sheet: dearer})
    with pytest.raises(AuditFailure, match=rf"^audit of money by heading, heading {UNIT_COSTS[sheet, column]}"):
        audit(dataclasses.replace(plan, inputs=inputs), tables)


PHYSICS = {
    ("sites", "pue"): "energy balance",
    ("sites", "water_l_per_kwh"): "water",
    ("countries", "grid_co2_kg_per_mwh"): "carbon",
    ("accelerators", "idle_share"): "idle draw",
    ("demand", "output_t_per_year"): "demand",
    ("grid_offers", "lead_months"): "connections after their lead and within their offer",
    ("accelerators", "nameplate_kw"): "nameplate within halls",
}


@pytest.mark.parametrize(("sheet", "column"), PHYSICS)
def test_physical_figures_follow_the_workbook(sheet: str, column: str, solved: Solved) -> None:
    plan, tables = solved(BROAD)
    changed = plan.inputs[sheet].copy()
    changed[column] *= 1.5
    inputs = dataclasses.replace(plan.inputs, tables={**plan.inputs.tables, sheet: changed})
    with pytest.raises(AuditFailure, match=rf"^audit of {PHYSICS[sheet, column]}"):
        audit(dataclasses.replace(plan, inputs=inputs), tables)


TIGHTENED = {
    "a_licence_delays_and_limits": ("export_licences", ("units", "mtpp"), 0.9, "permission within its pot"),
    "a_flow_cap_of_each_year": ("export_caps", ("units",), 0.9, "cap "),
    "a_flow_cap_pools_the_periods_of_a_year": ("export_caps", ("units",), 0.9, "cap "),
    "a_flow_cap_since_a_date": ("export_caps", ("mtpp",), 0.9, "cap "),
    "a_stock_cap_is_freed_by_the_end_of_life": ("export_caps", ("h100e",), 0.9, "cap "),
    "a_stock_cap_of_one_period": ("export_caps", ("units",), 0.0, "cap "),
    "caps_on_shares_of_the_owners_stock[at_most_abroad]": ("export_caps", ("share",), 0.9, "cap "),
    "caps_on_shares_of_the_owners_stock[at_least_at_home]": ("export_caps", ("share",), 1.1, "cap "),
    "a_budget_counts_resale": ("budgets", ("musd",), 0.9, "budgets"),
}


@pytest.mark.parametrize("case", TIGHTENED)
def test_a_plan_for_a_looser_limit_is_refused(case: str, solved: Solved) -> None:
    plan, tables = solved(case)
    audit(plan, tables)
    sheet, columns, factor, check = TIGHTENED[case]
    tighter = plan.inputs[sheet].copy()
    for column in columns:
        tighter[column] *= factor
    inputs = dataclasses.replace(plan.inputs, tables={**plan.inputs.tables, sheet: tighter})
    with pytest.raises(AuditFailure, match=rf"^audit of {check}"):
        audit(dataclasses.replace(plan, inputs=inputs), tables)


@pytest.mark.parametrize("case", [BROAD, "broad_most_served"])
def test_another_objective_is_refused(case: str, solved: Solved) -> None:
    plan, tables = solved(case)
    with pytest.raises(AuditFailure, match=r"^audit of objective: "):
        audit(dataclasses.replace(plan, objective_musd=1.01 * plan.objective_musd), tables)


def test_a_retired_machine_no_longer_stands(solved: Solved) -> None:
    plan, tables = solved("a_budget_counts_resale")
    audit(plan, tables)
    kept = tables["procurement"].assign(retire_units=0.0)
    with pytest.raises(
        AuditFailure, match=r"^audit of installed accelerators, accelerator chip, site alpha, period 2028"
    ):
        audit(plan, {**tables, "procurement": kept})


def test_a_stranger_and_a_blank_are_refused_by_name(solved: Solved) -> None:
    plan, tables = solved(BROAD)
    site = tables["siting"].replace({"site": {tables["siting"]["site"].iloc[0]: "atlantis"}})
    with pytest.raises(AuditFailure, match="siting has the site 'atlantis'"):
        audit(plan, {**tables, "siting": site})
    blank = tables["grid"].copy()
    blank.loc[0, "connected_mw"] = np.nan
    with pytest.raises(AuditFailure, match="grid has no figure for connected_mw"):
        audit(plan, {**tables, "grid": blank})


def test_a_failure_says_which_check_where_and_by_how_much() -> None:
    checks = Checks()
    checks.equal("halls", [[5.0, 7.0]], [[5.0, 7.000001]], {"site": ["delhi"], "period": ["2027", "2028"]}, unit="MW")
    assert checks.worst["halls"] == approx(1e-6 / (1 + 7.000001))
    with pytest.raises(AuditFailure) as failure:
        checks.at_most("halls", [[5.0, 7.0]], 6.0, {"site": ["delhi"], "period": ["2027", "2028"]}, unit="MW")
    assert str(failure.value).startswith(
        "audit of halls, site delhi, period 2028: the result tables say 7 MW; worked out again from the other tables "
        "and the inputs it may be at most 6 MW (off by 0.12 of its size"
    )


def test_small_figures_are_held_to_a_part_of_a_programme_unit() -> None:
    Checks().equal("units", 5e-4, 0.0, {}, unit="units", one=1e3)
    with pytest.raises(AuditFailure):
        Checks().equal("units", 5e-3, 0.0, {}, unit="units", one=1e3)


def test_dates_are_months_and_days_of_their_year() -> None:
    assert date_years(["2027-01", "2027-07", "2028-02-15", ""]) == approx(
        [2027, 2027.5, 2028 + (1 + 14 / 29) / 12, math.nan], nan_ok=True
    )


def test_a_payment_runs_from_order_to_service_and_is_paid_at_plan_start_if_due_before() -> None:
    """18 months before 2028-01: half a year falls before plan start, one year in 2027."""
    known = Known(programme(settings={"discount_rate": 0.1}, periods=years(2)), {})
    share, discounted = known.instalments(np.array([1.0, 1.0]), np.array([1.5, 0.0]))
    assert share == approx(np.array([[1.0, 0.0], [0.0, 1.0]]))
    in_2027 = (1 - 1 / 1.1) / math.log(1.1)
    assert discounted == approx(np.array([[(0.5 + in_2027) / 1.5, 0.0], [0.0, 1 / 1.1]]))


def test_the_first_matching_rule_wins_and_thresholds_include_below_and_exclude_above() -> None:
    rules: list[dict[str, Any]] = [
        {"rule": "other owner", "destination": "IN", "owner": "US", "outcome": "denied"},
        {"rule": "not yet", "destination": "IN", "from": "2028-01", "outcome": "licence"},
        {"rule": "small", "destination": "home", "max_tpp": 1000, "outcome": "free"},
        {"rule": "rest", "destination": "IN", "min_tpp": 1000, "outcome": "denied"},
    ]
    inputs = programme(export_rules=rules)
    empty = {
        "procurement": pd.DataFrame(
            columns=["accelerator", "site", "period", "buy_units", "installed_units", "retire_units"]
        ),
        "clouds": pd.DataFrame(columns=["cloud", "period", "rent_units", "rented_units"]),
    }
    machines = Machines(Known(inputs, empty))
    assert machines.rule.tolist() == [[[3, 1]]]
    assert machines.outcome.tolist() == [[["denied", "licence"]]]


def test_residency_is_told_by_place_and_by_operator_each(tmp_path: Path) -> None:
    """A quarter may be answered at a foreign place and another quarter by a foreign operator: two limits, not one."""
    book = base(1)
    book.change("accelerators", price_usd=1e6)
    book.change("workloads", foreign_share_max=0.25)
    book.add("clouds", **cloud("abroad", 1, country="US", operator_country="IN"))
    book.add("clouds", **cloud("at_home", 1, country="IN", operator_country="US"))
    plan = planned(book, tmp_path / "workbook").plan
    tables = result_tables(plan)
    rented = tables["clouds"].set_index("cloud")["rented_units"]
    assert rented.to_dict() == approx({"abroad": 250, "at_home": 250})
    audit(plan, tables)
    workloads = plan.inputs["workloads"].assign(foreign_share_max=0.2)
    inputs = dataclasses.replace(plan.inputs, tables={**plan.inputs.tables, "workloads": workloads})
    with pytest.raises(AuditFailure, match=r"^audit of foreign share of tokens by place"):
        audit(dataclasses.replace(plan, inputs=inputs), tables)
