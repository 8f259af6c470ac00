"""Dates, payments, residual values, resale, maintenance, duty, budgets, and the two objectives."""

from __future__ import annotations

from tests.independent.cases.registry import case
from tests.independent.cases.workbook import (
    GWH_OF_MW,
    RATE,
    T_OF_K,
    USE_MW,
    Workbook,
    api,
    asset,
    at,
    chip,
    fleet,
    flow,
    model,
    speed,
    trained,
    unbuilt,
)


@case(2)
def a_chip_is_paid_between_order_and_arrival(d: Workbook) -> float:
    """Price path to the order, adder, duty; maintenance on all paid; residual: straight-line, and along the resale
    curve."""
    d.programme(discount_rate=RATE, residual_values="yes")
    d["accelerators"] = [
        chip(
            "chip", lead_months=6, life_years=4, price_decline_per_year=0.2, resale_loss_per_year=0.1,
            resale_max_share=0, system_adder=0.3, maintenance_share=0.05,
        )
    ]  # fmt: skip
    d.change("countries", import_duty=0.1)
    d.ask(0, T_OF_K)
    paid = 10 * 0.8**0.5 * 1.3 * 1.1
    return paid * (flow(0.5, 1) / 0.5 + 0.05 * flow(1, 2) - 3 / 4 * 0.9 * at(2))


@case(3)
def a_hall_is_paid_while_it_is_built(d: Workbook) -> float:
    """18 months; of an opening of 4 MW a quarter, linear, with the fit-out of 1 MW; both leave 19 of 20 years;
    operation."""
    d.programme(discount_rate=RATE, residual_values="yes")
    d["sites"] = [unbuilt("alpha", build_months=18, fixed_musd=3, opex_usd_per_kw_year=200, max_it_mw=4)]
    d.change("accelerators", price_usd=10)
    d.ask(0, 0, T_OF_K)
    hall, chips = 5 * 1 + 3 / 4, 0.01
    return hall * (flow(0.5, 2) / 1.5 - 19 / 20 * at(3)) + 0.2 * flow(2, 3) + chips * (at(2) - 9 / 10 * at(3))


@case(2)
def money_before_the_first_period_belongs_to_it(d: Workbook) -> float:
    """Plan start is a year before 2027; discounted at its own dates (reading 1)."""
    d.programme(discount_rate=RATE, plan_start="2026-01")
    d.change("accelerators", lead_months=6)
    d.add("budgets", layer="L1", period="2027", musd=100)
    d.add("budgets", layer="total", period="2028", musd=0)
    return 10 * flow(0.5, 1) / 0.5


@case(2)
def unequal_periods(d: Workbook) -> float:
    """A quarter and seven quarters; growth to the middle of each."""
    d.programme(discount_rate=RATE)
    d["periods"] = [
        {"period": "q1", "start": "2027-01", "years": 0.25},
        {"period": "rest", "start": "2027-04", "years": 1.75},
    ]
    d.ask(T_OF_K, 2 * T_OF_K)
    d.change("energy_prices", usd_per_mwh=100, growth_per_year=0.1)
    energy = USE_MW * GWH_OF_MW * 0.1
    chips = 10 + 10 * at(0.25)
    return chips + energy * 1.1**0.125 * flow(0, 0.25) + 2 * energy * 1.1**1.125 * flow(0.25, 2)


@case(3)
def resale_needs_no_residual_values(d: Workbook) -> float:
    """Half the cohort is resold at age 2, for the bare price · (1 - 2/4) · 0.9²."""
    d.programme(discount_rate=RATE)
    d.change("accelerators", life_years=4, system_adder=0.2, resale_loss_per_year=0.1, resale_max_share=0.5)
    d.ask(T_OF_K, T_OF_K, 0)
    return 10 * 1.2 - 0.5 * 10 * (1 - 2 / 4) * 0.9**2 * at(2)


@case(2)
def life_one_year_is_bought_twice(d: Workbook) -> float:
    d.change("accelerators", life_years=1, price_decline_per_year=0.5)
    return 10 + 10 * 0.5


@case(2)
def a_cohort_works_in_every_period_that_starts_within_its_life(d: Workbook) -> float:
    """Life 1.25 works in the period that starts at 1, to its end."""
    d.change("accelerators", life_years=1.25, price_decline_per_year=0.5)
    return 10


@case(2)
def what_a_budget_leaves_is_carried_in_part(d: Workbook) -> float:
    """Nothing is wanted in 2027: half of its 6 is carried, so 6 + 3 buy 0.9 k in 2028."""
    d.add("budgets", layer="L1", period="2027", musd=6, carry_share=0.5)
    d.add("budgets", layer="L1", period="2028", musd=6)
    d.change("workloads", unserved_usd_per_mtoken=10)
    d.change("accelerators", life_years=1)
    d.ask(0, T_OF_K)
    return (6 + 0.5 * 6) + 0.1 * T_OF_K * 10


@case()
def a_layer_spends_its_least(d: Workbook) -> float:
    """4 MUSD of L2: 4 T through the api, which is dearer."""
    d.add("budgets", layer="L2", period="2027", musd=100, min_musd=4)
    d["models"].append(api(usd_per_mtoken=1))
    d.add("sufficiency", workload="chat", model="api", period=None, share=1)
    return 4 + 10 * (T_OF_K - 4) / T_OF_K


@case(2)
def a_budget_counts_resale(d: Workbook) -> float:
    """The new chip is eight times as fast; 10 MUSD and the resale of old chips at 3/4 of 10 buy 6/8 k of it."""
    d["accelerators"] = [
        chip("chip", life_years=4, resale_loss_per_year=0, resale_max_share=1),
        chip("new", price_usd=20000, release="2028-01"),
    ]
    d["throughput"].append(speed("open", "new", 8000))
    d.ask(T_OF_K, 6 * T_OF_K)
    d.add("budgets", layer="L1", period="2028", musd=10)
    d.change("workloads", unserved_usd_per_mtoken=2)
    return 10 + 6 / 8 * 20 - 10 * 3 / 4


@case(2)
def most_served_serves_the_dearer_workload_first(d: Workbook) -> float:
    """15 MUSD buy 1.5 k; the objective is the value served."""
    d.programme(objective="most_served", discount_rate=RATE, most_served_tolerance=0.001)
    d.change("workloads", unserved_usd_per_mtoken=3)
    d.add("workloads", workload="rich", latency="batch", peak_to_average=1, unserved_usd_per_mtoken=7)
    d.ask(T_OF_K, T_OF_K, workload="rich")
    d.add("sufficiency", workload="rich", model="open", period=None, share=1)
    d.add("budgets", layer="total", period="2027", musd=15)
    d.add("budgets", layer="total", period="2028", musd=0)
    return (7 + 0.5 * 3) * T_OF_K * flow(0, 2)


@case()
def most_served_must_serve_what_has_no_value(d: Workbook) -> float:
    """9 MUSD buy 0.9 k, of which 0.5 serve the workload without a value (reading 37)."""
    d.programme(objective="most_served")
    d["workloads"] = [
        {"workload": "must", "latency": "batch", "peak_to_average": 1},
        {"workload": "chat", "latency": "batch", "peak_to_average": 1, "unserved_usd_per_mtoken": 3},
    ]
    d.ask(T_OF_K / 2, workload="must")
    d.add("sufficiency", workload="must", model="open", period=None, share=1)
    d.add("budgets", layer="L1", period="2027", musd=9)
    return (0.9 - 0.5) * T_OF_K * 3


@case(2, integers="runs")
def a_run_costs_throughout_its_period(d: Workbook) -> float:
    """Staff and data are an even flow (reading 3)."""
    d.programme(discount_rate=RATE)
    d["models"] = [trained("own", cost_musd=30)]
    d["fleet"] = fleet(1000)
    d.serve_only("own")
    d.ask(0, T_OF_K)
    return 30 * flow(0, 1)


@case(2, integers="runs")
def adopting_pays_and_serves_in_its_own_period(d: Workbook) -> float:
    """30 in 2027 save 0.9 a T in both years (reading 3)."""
    d.programme(discount_rate=RATE)
    d["models"] = [model("open", cost_musd=30, max_runs=1)]
    d["fleet"] = fleet(1000)
    d.change("workloads", unserved_usd_per_mtoken=0.9)
    assert 30 * flow(0, 1) < 0.9 * T_OF_K * flow(0, 2)
    return 30 * flow(0, 1)


@case(3)
def an_asset_is_rebuilt_after_its_life(d: Workbook) -> float:
    """Life 1.5 works in two yearly periods; half a MW saves its energy."""
    d.change("energy_prices", usd_per_mwh=100)
    d["energy_assets"] = [asset("cell", "fuel_cell", max_mw=0.5, life_years=1.5, capex_usd_per_kw=50)]
    return 10 + 3 * (USE_MW - 0.5) * GWH_OF_MW * 0.1 + 2 * 0.5 * 0.05


@case(2)
def residuals_of_connection_and_hydro_plant(d: Workbook) -> float:
    """A connection of 8 years, with an eighth of its fixed cost; a hydro plant from 2028, whose default life is 60
    years."""
    d.programme(discount_rate=RATE, residual_values="yes")
    d.change("sites", existing_mw=None)
    d.change("accelerators", price_usd=1000)
    d["grid_offers"] = [
        {"site": "alpha", "stage": 1, "mw": 10, "lead_months": 0, "fixed_musd": 4, "usd_per_kw": 400, "life_years": 8}
    ]
    d.change("energy_prices", usd_per_mwh=300)
    d["energy_assets"] = [asset("dam", "hydro", max_mw=9, lead_months=6, capex_usd_per_kw=900, variable_usd_per_mwh=2)]
    connection = (1.25 * 0.4 + 4 * 1.25 / 10) * (1 - 6 / 8 * at(2))
    chips = 1 - 8 / 10 * at(2)
    dam = USE_MW * 0.9 * (flow(0.5, 1) / 0.5 - 59 / 60 * at(2))
    return connection + chips + dam + USE_MW * GWH_OF_MW * (0.3 * flow(0, 1) + 0.002 * flow(1, 2))


@case(3)
def an_asset_with_an_end_leaves_its_last_year(d: Workbook) -> float:
    """`until` is a year past the horizon: a quarter of a life of four years is left (reading 5)."""
    d.programme(residual_values="yes")
    d.change("energy_prices", usd_per_mwh=300)
    d["energy_assets"] = [asset("bridge", "engine", max_mw=9, capex_usd_per_kw=100, until="2031-01")]
    return 10 * (1 - 7 / 10) + USE_MW * 0.1 * (1 - 1 / 4)


@case(2)
def the_existing_fleet_pays_no_maintenance(d: Workbook) -> float:
    """Nothing of it was paid in the plan (reading 6)."""
    d.change("accelerators", maintenance_share=0.1, system_adder=1)
    d["fleet"] = fleet(400)
    return 0.6 * 20 * (1 + 2 * 0.1)


@case()
def duty_falls_on_chips_of_a_vendor_at_home_too(d: Workbook) -> float:
    """It is the country's column, without exception (reading 8)."""
    d.change("countries", import_duty=0.5)
    d.change("accelerators", vendor_country="IN")
    return 10 * 1.5


@case()
def growth_acts_on_energy_prices_alone(d: Workbook) -> float:
    """On both energy prices, to the middle of the year; not on network and capacity charges (reading 16)."""
    d.change(
        "energy_prices", usd_per_mwh=40, network_usd_per_mwh=10, capacity_usd_per_kw_year=30, growth_per_year=0.21,
        surplus_mw=0.5, usd_per_mwh_beyond=60,
    )  # fmt: skip
    growth = 1.21**0.5
    return 10 + USE_MW * GWH_OF_MW * (0.04 * growth + 0.01) + (USE_MW - 0.5) * GWH_OF_MW * 0.02 * growth + USE_MW * 0.03
