"""Small programmes in which every constraint of a part has rows, and one in which every part has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compute_lp.schema import Inputs
from tests.models.programmes import day, demand, programme, years

ALL_YEAR = [365, 365]
"""Days of the year that the two hours of a day stand for."""
UNITED_STATES = {"country": "US", "group": "allied"}
OWN = {"model": "own", "route": "pretrain", "work_zflop": 4, "overhead": 2, "max_runs": 2, "cost_musd": 3}
TUNED = {"model": "tuned", "route": "continue", "base": "own", "work_zflop": 1, "overhead": 1, "max_runs": 1}
API = {"model": "api", "route": "api", "licence": "closed", "origin": "US", "usd_per_mtoken": 0.5, "max_t_per_year": 2}
ALL_LIMITS = {
    "foreign_share_max": 0.5,
    "non_allied_share_max": 0.25,
    "foreign_vendor_share_max": 0.75,
    "non_allied_vendor_share_max": 0.125,
}
POLICIES = [
    {"policy": "home_compute_share_min", "value": 0.5},
    {"policy": "vendor_share_max", "value": 0.875},
    {"policy": "origin_share_max", "value": 0.75},
    {"policy": "n_minus_1_share", "value": 0.625},
    {"policy": "withdrawable_share_max", "value": 0.25},
    {"policy": "carbon_kt_max", "value": 7},
    {"policy": "water_ml_max", "value": 9},
]

BY_PART: Mapping[str, dict[str, Any]] = {
    "frame": {},
    "siting": {
        "sites": [
            {"existing_it_mw": 0, "max_it_mw": 10, "min_it_mw": 3, "fitout_usd_per_w": 5, "max_build_mw_per_year": 4}
        ]
    },
    "grid": {
        "settings": {"integers": "stages"},
        "sites": [{"existing_mw": 1}],
        "grid_offers": [
            {"mw": 5, "firm_share": 0.5, "curtailed_hours": 73, "min_take_share": 0.25, "fixed_musd": 1},
            {"stage": 2, "mw": 10, "lead_months": 12, "usd_per_kw": 100},
        ],
        "energy_prices": [
            {"usd_per_mwh": 50, "capacity_usd_per_kw_year": 60, "surplus_mw": 3, "usd_per_mwh_beyond": 80}
        ],
        "energy_assets": [{"kind": "contract_firm", "max_mw": 2}],
        "profiles": day(price_index=[0.5, 1.5], days=ALL_YEAR),
    },
    "energy": {
        "sites": [{"existing_mw": 1}],
        "grid_offers": [{"mw": 5, "firm_share": 0.5}],
        "energy_prices": [{"usd_per_mwh": 50}],
        "energy_assets": [
            {"asset": "gas", "max_hours_per_year": 4000, "firm_credit": 0.75, "lead_months": 12},
            {
                "asset": "cell",
                "kind": "battery",
                "storage_hours": 4,
                "efficiency": 0.81,
                "firm_credit": 0.5,
                "life_years": 1,
            },
            {"asset": "sun", "kind": "contract_solar", "resale_share": 0.5, "until": "2028-01"},
        ],
        "profiles": day(price_index=[0.5, 1.5], solar=[0.25, 0.75], days=ALL_YEAR),
    },
    "procurement": {
        "accelerators": [{"resale_loss_per_year": 0.2, "resale_max_share": 0.5, "life_years": 2, "nameplate_kw": 1.5}],
        "sites": [{"existing_mw": 80, "pue_peak": 1.25, "flexible_cover_share": 0.1}],
        "fleet": [{"installed": "2025-07", "units": 500}],
        "supply": [{"max_units": 2000}],
    },
    "clouds": {"clouds": [{"term_years": 2, "max_units": 600}]},
    "export_control": {
        "countries": [{}, UNITED_STATES],
        "sites": [{}, {"site": "ohio", "country": "US"}],
        "accelerators": [{"lead_months": 0}],
        "export_rules": [{"matched_investment": 0.5}, {"rule": "abroad", "destination": "US", "outcome": "free"}],
        "export_licences": [
            {"mtpp": 3, "expires_after_months": 0},
            {"licence": "count", "units": 500, "allocated": "2028-01"},
        ],
        "export_caps": [
            {"cap": "year", "kind": "flow_year", "units": 400, "period": "2028"},
            {"cap": "since", "kind": "flow_total", "mtpp": 5},
            {"cap": "stock", "kind": "stock", "h100e": 700, "period": "2028"},
            {"cap": "least", "kind": "share_min", "share": 0.75, "period": "2028"},
            {"cap": "most", "kind": "share", "share": 0.25, "destination": "US", "period": "2028"},
        ],
        "rates": {"tpp": {("gpu",): 2000.0}, "h100e": {("gpu",): 1.5}},
    },
    "training": {
        "models": [{**OWN, "shelf_months": 12}, {**TUNED, "max_runs": 2}],
        "sufficiency": [{"model": "own"}, {"model": "tuned"}],
        "clouds": [{"trains": "yes", "max_units": 3000}],
        "periods": years(3),
        "demand": demand(0, 0, 1),
        "rates": {"training": {("own",): 2.0}},
    },
    "serving": {
        "models": [{}, {**OWN, "overhead": 1}, API],
        "workloads": [{**ALL_LIMITS, "peak_to_average": 2, "deferrable_share": 0.25}],
        "sufficiency": [{"share": 0.5}, {"model": "own"}, {"model": "api", "share": 0.75}],
        "settings": {"flexible_share": 0.25},
    },
    "loads": {
        "workloads": [{"deferrable_share": 0.25}],
        "accelerators": [{"idle_share": 0.25, "average_share": 0.75}],
        "models": [{}, OWN],
        "sufficiency": [{"share": 0.5}, {"model": "own"}],
        "settings": {"flexible_share": 0.25},
    },
    "adoption": {
        "adoption": [{"start_t_per_year": 2, "uptake_t_per_year_per_musd": 0.5, "max_musd_per_year": 4}],
        "periods": [{}, {"period": "2028", "start": "2028-01", "years": 2}],
    },
    "sovereignty": {
        "countries": [{"grid_co2_kg_per_mwh": 500}, UNITED_STATES],
        "sites": [{"water_l_per_kwh": 1.5}, {"site": "ohio", "country": "US"}],
        "policies": [{**row, "period": "2028"} for row in POLICIES],
    },
    "budget": {
        "budgets": [
            {"layer": "L1", "musd": 5, "carry_share": 0.5, "min_musd": 1},
            {"layer": "L1", "period": "2028", "musd": 6},
            {"period": "2028", "musd": 7},
        ]
    },
    "objective": {
        "settings": {"discount_rate": 0.1, "residual_values": "yes"},
        "energy_prices": [{"usd_per_mwh": 50}],
        "sites": [{"existing_it_mw": 0, "fitout_usd_per_w": 5, "fixed_musd": 7}],
    },
}
"""By block: changes to the smallest programme, with days of two hours."""


def everything(**settings: Any) -> Inputs:
    """A programme with a row of everything: three sites, four periods of unequal length, and days of two hours."""
    periods = [
        {"period": "a", "years": 0.5},
        {"period": "b", "start": "2027-07", "years": 0.5},
        {"period": "c", "start": "2028-01", "years": 1},
        {"period": "d", "start": "2029-01", "years": 2},
    ]
    names = [row["period"] for row in periods]
    chip = {"idle_share": 0.25, "average_share": 0.75, "price_decline_per_year": 0.1, "maintenance_share": 0.02}
    plant = {"capex_usd_per_kw": 500, "fixed_usd_per_kw_year": 5, "co2_kg_per_mwh": 400}
    asked = {"chat": 2.0, "code": 1.0}
    return programme(
        settings={
            "discount_rate": 0.05,
            "residual_values": "yes",
            "flexible_share": 0.25,
            "unserved_usd_per_mtoken": 5.0,
            "integers": "stages",
            "plan_start": "2026-10",
            **settings,
        },
        periods=periods,
        countries=[
            {"grid_co2_kg_per_mwh": 600, "import_duty": 0.1},
            {**UNITED_STATES, "operator": "US", "grid_co2_kg_per_mwh": 300, "grid_co2_change_per_year": -0.05},
            {"country": "NO", "group": "haven", "operator": "NO"},
        ],
        sites=[
            {
                "existing_it_mw": 0.5,
                "existing_mw": 0.75,
                "max_it_mw": 4,
                "fitout_usd_per_w": 3,
                "pue": 1.25,
                "build_months": 3,
            },
            {
                "site": "ohio",
                "country": "US",
                "existing_it_mw": 0,
                "existing_mw": 0,
                "max_it_mw": 3,
                "min_it_mw": 0.25,
                "fitout_usd_per_w": 4,
                "fixed_musd": 1,
                "max_build_mw_per_year": 2,
                "opex_usd_per_kw_year": 100,
                "water_l_per_kwh": 1,
            },
            {
                "site": "oslo",
                "country": "NO",
                "zone": "fjord",
                "existing_it_mw": 0,
                "existing_mw": 0,
                "max_it_mw": 2,
                "fitout_usd_per_w": 5,
                "fixed_musd": 2,
                "flexible_cover_share": 0.1,
                "closed_from": "2029-01",
            },
        ],
        grid_offers=[
            {
                "mw": 1,
                "usd_per_kw": 200,
                "firm_share": 0.5,
                "curtailed_hours": 100,
                "min_take_share": 0.5,
                "annual_usd_per_kw": 20,
            },
            {"stage": 2, "mw": 2, "lead_months": 6, "fixed_musd": 1},
            {"site": "ohio", "mw": 3, "lead_months": 6, "lead_months_high": 9, "usd_per_kw": 100},
            {"site": "oslo", "mw": 2, "usd_per_kw": 50},
        ],
        energy_prices=[
            {
                "usd_per_mwh": 60,
                "network_usd_per_mwh": 5,
                "capacity_usd_per_kw_year": 30,
                "surplus_mw": 1,
                "usd_per_mwh_beyond": 90,
            },
            {"zone": "fjord", "usd_per_mwh": 30, "growth_per_year": 0.02},
        ],
        profiles=[
            *day(price_index=[0.5, 1.5], solar=[0.75, 0], wind=[0.25, 0.5], days=ALL_YEAR),
            *day(zone="fjord", price_index=[0.9, 1.1], wind=[0.5, 0.6], days=ALL_YEAR),
        ],
        energy_assets=[
            {
                **plant,
                "asset": "gas",
                "fuel_usd_per_mwh": 25,
                "efficiency": 0.4,
                "max_hours_per_year": 4000,
                "firm_credit": 0.9,
            },
            {**plant, "asset": "cell", "kind": "battery", "storage_hours": 4, "firm_credit": 0.5, "life_years": 1.5},
            {
                "asset": "sun",
                "kind": "contract_solar",
                "variable_usd_per_mwh": 20,
                "resale_share": 0.5,
                "until": "2029-01",
            },
            {**plant, "site": "oslo", "asset": "mill", "kind": "wind", "lead_months": 3},
        ],
        accelerators=[
            {
                **chip,
                "resale_loss_per_year": 0.2,
                "resale_max_share": 0.5,
                "life_years": 2.5,
                "system_adder": 0.2,
                "die_mm2": 800,
            },
            {
                **chip,
                "accelerator": "desi",
                "vendor": "D",
                "vendor_country": "IN",
                "price_usd": 1500,
                "last_order": "2028-06",
            },
        ],
        supply=[{"period": t, "max_units": 900} for t in names[:3]],
        fleet=[{"units": 300, "installed": "2026-01"}, {"site": "ohio", "accelerator": "desi", "units": 100}],
        clouds=[
            {"country": "US", "operator_country": "US", "usd_per_hour": 0.3, "trains": "yes", "max_units": 1500},
            {"cloud": "local", "accelerator": "desi", "usd_per_hour": 0.4, "term_years": 2, "max_units": 800},
        ],
        export_rules=[
            {"min_tpp": 500, "delay_months": 1, "matched_investment": 0.1, "max_density": 5},
            {"rule": "haven", "destination": "haven", "outcome": "notify", "delay_months": 1},
            {"rule": "abroad", "destination": "US", "outcome": "free"},
        ],
        export_licences=[
            {"mtpp": 1.5, "allocated": "2026-10", "expires_after_months": 12},
            {"licence": "count", "units": 2000, "allocated": "2028-01"},
        ],
        export_caps=[
            {"cap": "year", "kind": "flow_year", "units": 1200},
            {"cap": "since", "kind": "flow_total", "mtpp": 5, "from": "2027-06"},
            {"cap": "stock", "rule": "haven", "destination": "NO", "kind": "stock", "h100e": 700},
            {"cap": "least", "rule": "abroad", "kind": "share_min", "share": 0.25, "period": "d"},
            {"cap": "most", "rule": "haven", "destination": "NO", "kind": "share", "share": 0.5},
        ],
        models=[
            {"origin": "US"},
            {**OWN, "work_zflop": 1, "shelf_months": 18},
            {**TUNED, "work_zflop": 0.2, "origin": "IN"},
            API,
            {"model": "paid", "cost_musd": 0.5, "licence": "restricted", "available_from": "2027-07"},
        ],
        workloads=[
            {**ALL_LIMITS, "peak_to_average": 2, "deferrable_share": 0.25, "platform_usd_per_mtoken": 0.1},
            {"workload": "code", "latency": "batch", "unserved_usd_per_mtoken": 8},
        ],
        demand=[
            {"workload": w, "period": t, "output_t_per_year": k * (1 + i)}
            for w, k in asked.items()
            for i, t in enumerate(names)
        ],
        sufficiency=[
            {"workload": w, "model": m, "share": share}
            for w in asked
            for m, share in {"open": 0.5, "own": 0.7, "tuned": 0.9, "api": 0.8, "paid": 0.6}.items()
        ],
        throughput=[{}],
        training_efficiency=[{"model": "own"}],
        adoption=[{"start_t_per_year": 1.5, "uptake_t_per_year_per_musd": 2, "max_musd_per_year": 1}],
        budgets=[
            *(
                {"layer": "L1", "period": t, "musd": musd, "carry_share": 0.5}
                for t, musd in zip(names, (4, 4, 6, 9), strict=True)
            ),
            {"period": "d", "musd": 40, "min_musd": 2},
        ],
        policies=POLICIES,
        rates={
            "serving": {("chat", "tuned"): 0.8, ("code", "open", "desi"): 0.7},
            "tpp": {("desi",): 400.0},
            "h100e": {("desi",): 0.4},
        },
    )
