"""Most features in one plan; the two implementations are compared."""

from __future__ import annotations

import math

from tests.independent.cases.registry import OPEN, Expected, case
from tests.independent.cases.workbook import Row, Workbook, api, chip, model, site, speed, trained


def everything(d: Workbook) -> None:
    d.programme(discount_rate=0.06, flexible_share=0.2, residual_values="yes", plan_start="2026-07")
    d["periods"] = [
        {"period": "2027h1", "start": "2027-01", "years": 0.5},
        {"period": "2027h2", "start": "2027-07", "years": 0.5},
        {"period": "2028", "start": "2028-01", "years": 1},
        {"period": "2029", "start": "2029-01", "years": 1},
        {"period": "2030", "start": "2030-01", "years": 2},
    ]
    d["countries"] = [
        {"country": "IN", "group": "home", "grid_co2_kg_per_mwh": 700, "grid_co2_change_per_year": -0.03},
        {"country": "US", "group": "allied", "grid_co2_kg_per_mwh": 350, "operator": "US"},
        {"country": "NO", "group": "haven", "grid_co2_kg_per_mwh": 20, "import_duty": 0.05},
    ]
    ground(d)
    machines(d)
    models(d)
    workloads(d)
    limits(d)


def ground(d: Workbook) -> None:
    none = {"existing_it_mw": None, "existing_mw": None}
    d["sites"] = [
        site(
            "mumbai", max_it_mw=40, existing_it_mw=3, existing_mw=5, build_months=9, fitout_usd_per_w=9, fixed_musd=5,
            opex_usd_per_kw_year=150, pue=1.4, pue_peak=1.55, water_l_per_kwh=1.2, max_build_mw_per_year=15,
        ),
        site(
            "chennai", zone="south", max_it_mw=60, build_months=15, fitout_usd_per_w=8, fixed_musd=8,
            opex_usd_per_kw_year=130, pue=1.35, pue_peak=1.5, flexible_cover_share=0.1, water_l_per_kwh=1.0, **none,
        ),
        site(
            "oslo", country="NO", zone="nordic", max_it_mw=50, build_months=12, fitout_usd_per_w=10, fixed_musd=6,
            opex_usd_per_kw_year=200, pue=1.1, **none,
        ),
    ]  # fmt: skip
    d["grid_offers"] = [
        offer(
            "mumbai", 1, 15, 9, fixed_musd=1, usd_per_kw=150, annual_usd_per_kw=20, firm_share=0.7, curtailed_hours=800
        ),
        offer("mumbai", 2, 40, 24, fixed_musd=2, usd_per_kw=100, annual_usd_per_kw=20),
        offer("chennai", 1, 30, 12, fixed_musd=1.5, usd_per_kw=120, annual_usd_per_kw=15, min_take_share=0.5),
        offer("chennai", 2, 50, 30, usd_per_kw=90, annual_usd_per_kw=15, firm_share=0.8, curtailed_hours=400),
        offer("oslo", 1, 60, 18, fixed_musd=3, usd_per_kw=200, annual_usd_per_kw=25),
    ]
    d["energy_prices"] = [
        price("west", 75, network_usd_per_mwh=8, capacity_usd_per_kw_year=40),
        price("south", 65, network_usd_per_mwh=9, capacity_usd_per_kw_year=30, surplus_mw=10, usd_per_mwh_beyond=95),
        price("nordic", 51, growth_per_year=-0.01),
    ]
    d["profiles"] = [
        {"zone": zone, "hour": hour + 1}
        | {
            "price_index": round(1 + swing * math.sin((hour - 8) / 24 * 2 * math.pi), 4),
            "solar": round(max(0.0, 0.9 * math.sin((hour - 6) / 12 * math.pi)), 4) if 6 <= hour < 18 else 0,
            "wind": round(0.35 + 0.1 * math.cos(hour / 24 * 2 * math.pi), 4),
        }
        for zone, swing in (("west", 0.4), ("south", 0.3), ("nordic", 0.2))
        for hour in range(24)
    ]
    d["energy_assets"] = [
        asset(
            "mumbai", "gas", "gas_turbine", 10, 12, capex_usd_per_kw=900, fixed_usd_per_kw_year=15, fuel_usd_per_mwh=30,
            efficiency=0.4, co2_kg_per_mwh=520, firm_credit=0.9, until="2030-01",
        ),
        asset("mumbai", "block", "contract_firm", 10, 6, life_years=10, variable_usd_per_mwh=62, resale_share=0.7),
        asset("chennai", "pv", "solar", 40, 9, capex_usd_per_kw=550, fixed_usd_per_kw_year=8, life_years=25),
        asset("chennai", "bess", "battery", 20, 6, capex_usd_per_kw=400, storage_hours=4, firm_credit=0.5),
        asset("chennai", "ppa", "contract_wind", 15, 6, life_years=12, variable_usd_per_mwh=45, resale_share=0.6),
    ]  # fmt: skip


def offer(site: str, stage: int, mw: float, lead_months: int, **columns: object) -> Row:
    return {"site": site, "stage": stage, "mw": mw, "lead_months": lead_months} | columns


def price(zone: str, usd_per_mwh: float, **columns: object) -> Row:
    return {"zone": zone, "period": None, "usd_per_mwh": usd_per_mwh} | columns


def asset(site: str, name: str, kind: str, max_mw: float, lead_months: int, **columns: object) -> Row:
    return {"site": site, "asset": name, "kind": kind, "max_mw": max_mw, "lead_months": lead_months} | columns


def machines(d: Workbook) -> None:
    d["accelerators"] = [
        chip(
            "gpu", price_usd=30000, price_date="2026-01", price_decline_per_year=0.15, system_adder=0.35,
            maintenance_share=0.03, lead_months=5, life_years=5, availability=0.92, nameplate_kw=1.5, bf16_tflops=989,
            fp8_tflops=1979, memory_gb=80, resale_loss_per_year=0.2, resale_max_share=0.5,
        ),
        chip(
            "next", price_usd=45000, price_date="2027-06", price_decline_per_year=0.12, system_adder=0.35,
            maintenance_share=0.03, release="2027-01", lead_months=6, life_years=5, availability=0.9, nameplate_kw=2,
            bf16_tflops=2250, fp8_tflops=4500, memory_gb=192, resale_loss_per_year=0.15, resale_max_share=0.4,
        ),
        chip(
            "desi", vendor="D", vendor_country="IN", price_usd=22000, release="2026-01", last_order="2029-06",
            lead_months=3, life_years=4, nameplate_kw=1.2, bf16_tflops=300, fp8_tflops=None, memory_gb=64,
        ),
    ]  # fmt: skip
    most = {"2027h1": 0, "2027h2": 2000, "2028": 4000, "2029": 6000}
    d["supply"] = [{"accelerator": "next", "period": period, "max_units": units} for period, units in most.items()]
    d["fleet"] = [{"site": "mumbai", "accelerator": "gpu", "installed": "2025-06", "units": 1200}]
    d["clouds"] = [
        {
            "cloud": "hyper", "country": "US", "operator_country": "US", "accelerator": "gpu", "usd_per_hour": 2.6,
            "price_change_per_year": -0.1, "term_years": 1, "max_units": 6000, "trains": "yes", "pue": 1.15,
        },
        {
            "cloud": "local", "country": "IN", "operator_country": "IN", "accelerator": "gpu", "usd_per_hour": 3.1,
            "price_change_per_year": -0.08, "term_years": 2, "max_units": 2500, "available_from": "2027-06",
        },
    ]  # fmt: skip
    d["export_rules"] = [
        {"rule": "small", "destination": "IN", "max_tpp": 4800, "outcome": "free"},
        {
            "rule": "big",
            "destination": "IN",
            "min_tpp": 4800,
            "max_tpp": 21000,
            "outcome": "licence",
            "delay_months": 2,
        },
        {
            "rule": "top",
            "destination": "IN",
            "min_tpp": 21000,
            "outcome": "licence",
            "delay_months": 4,
            "price_multiplier": 1.05,
        },
        {"rule": "haven", "destination": "haven", "min_tpp": 4800, "outcome": "notify", "delay_months": 1},
    ]
    d["export_licences"] = [
        pot("b27", "big", "2027-01", 18, mtpp=60),
        pot("b29", "big", "2029-01", 24, units=5000, destination="home"),
        pot("t28", "top", "2027-07", 36, mtpp=150),
    ]
    d["export_caps"] = [
        {"cap": "year", "rule": "haven", "destination": "NO", "kind": "flow_year", "units": 3000},
        {"cap": "stand", "rule": "top", "destination": "IN", "kind": "stock", "h100e": 20000},
    ]


def pot(name: str, rule: str, allocated: str, months: int, **columns: object) -> Row:
    return {
        "licence": name, "rule": rule, "destination": "IN", "allocated": allocated, "expires_after_months": months,
    } | columns  # fmt: skip


def models(d: Workbook) -> None:
    d["models"] = [
        model("base70", available_from="2026-01", total_params_b=70, active_params_b=70),
        trained(
            "tuned", "continue", base="base70", total_params_b=70, active_params_b=70, work_zflop=1500, overhead=2,
            mfu=0.35, max_run_months=6, max_runs=2, shelf_months=30, cost_musd=40,
        ),
        trained(
            "mini", work_zflop=None, tokens_t=12, overhead=2.5, mfu=0.25, max_run_months=4, max_runs=2, shelf_months=36,
            cost_musd=60,
        ),
        trained(
            "large", total_params_b=400, active_params_b=40, work_zflop=6000, overhead=2.5, mfu=0.3, max_run_months=6,
            max_runs=1, shelf_months=36, cost_musd=200, available_from="2028-01",
        ),
        trained(
            "student", "distil", base="large", total_params_b=30, active_params_b=3, work_zflop=200, overhead=1.5,
            mfu=0.2, max_run_months=3, max_runs=1, shelf_months=36, cost_musd=30,
        ),
        api(
            "frontier", usd_per_mtoken=6, price_change_per_year=-0.2, total_params_b=1000, active_params_b=100,
            max_t_per_year=30,
        ),
        model(
            "paid", cost_musd=25, max_runs=1, total_params_b=120, active_params_b=12, available_from="2027-01",
            licence="restricted",
        ),
    ]  # fmt: skip
    rate = {"base70": 600, "tuned": 600, "mini": 4000, "large": 700, "student": 6000, "paid": 2500}
    factor = {"gpu": 1, "next": 2.6, "desi": 0.3}
    d["throughput"] = [
        speed(name, g, round(tokens * f, 3), latency=None, input_rate=round(tokens * f * 8, 3))
        for name, tokens in rate.items()
        for g, f in factor.items()
    ]
    d["throughput"].append(speed("large", "desi", 0, latency="realtime"))
    d["throughput"].append(speed("mini", "gpu", 1500, latency="interactive", input_rate=12000))


def workloads(d: Workbook) -> None:
    d.programme(serving_hours=" ".join(["0.02"] * 8 + ["0.06"] * 8 + ["0.045"] * 8))
    d["workloads"] = [
        {
            "workload": "office", "latency": "interactive", "peak_to_average": 2.2, "deferrable_share": 0.1,
            "foreign_share_max": 0.3, "unserved_usd_per_mtoken": 9, "platform_usd_per_mtoken": 0.3,
        },
        {
            "workload": "records", "latency": "batch", "peak_to_average": 1.2, "deferrable_share": 0.8,
            "foreign_share_max": 0, "foreign_vendor_share_max": 0.9, "unserved_usd_per_mtoken": 1.6,
        },
        {
            "workload": "voice", "latency": "realtime", "peak_to_average": 2.5, "non_allied_share_max": 0.2,
            "unserved_usd_per_mtoken": 14, "platform_usd_per_mtoken": 0.5,
        },
    ]  # fmt: skip
    asked = {"office": (36, 12), "records": (240, 60), "voice": (4, 4)}
    d["demand"] = [
        {"workload": w, "period": row["period"], "input_t_per_year": i * n, "output_t_per_year": o * n}
        for w, (i, o) in asked.items()
        for n, row in enumerate(d["periods"], 1)
    ]
    models = ("base70", "tuned", "mini", "large", "student", "frontier", "paid")
    shares = {
        "office": (0.55, 0.7, 0.4, 0.85, 0.6, 0.95, 0.65),
        "records": (0.7, 0.85, 0.65, 0.95, 0.8, 0.97, 0.75),
        "voice": (0.4, 0.75, 0.6, 0.8, 0.7, 0.7, 0.5),
    }
    d["sufficiency"] = [
        {"workload": w, "model": name, "period": None, "share": share}
        for w, of_models in shares.items()
        for name, share in zip(models, of_models, strict=True)
    ]
    d.add("sufficiency", workload="office", model="frontier", period="2027h1", share=0.9)
    d.add("adoption", workload="office", start_t_per_year=6, uptake_t_per_year_per_musd=1.5, max_musd_per_year=10)


def limits(d: Workbook) -> None:
    names = [row["period"] for row in d["periods"]]
    for layer, carried, musd in (("L1", 0.5, (40, 70, 200, 160, 250)), ("L2", 0, (45, 70, 150, 200, 300))):
        for name, most in zip(names, musd, strict=True):
            d.add("budgets", layer=layer, period=name, musd=most, carry_share=carried)
    d.add("budgets", layer="total", period="2029", musd=400, min_musd=10)
    for policy, period, value in (
        ("home_compute_share_min", None, 0.5),
        ("n_minus_1_share", "2030", 0.7),
        ("withdrawable_share_max", "2030", 0.5),
        ("carbon_kt_max", "2030", 300),
        ("origin_share_max", "2029", 0.97),
    ):
        d.add("policies", policy=policy, period=period, value=value)


@case(5, variants={"linear": "none", "whole_runs": "runs"})
def broad(d: Workbook, integers: str) -> Expected:
    d.programme(integers=integers)
    everything(d)
    return OPEN


@case(5)
def broad_most_served(d: Workbook) -> Expected:
    d.programme(objective="most_served")
    everything(d)
    return OPEN


@case(5, integers="sites stages runs")
def broad_whole_sites_and_stages(d: Workbook) -> Expected:
    """From 2028 and without clouds, so that the plan opens chennai, which is at least 5 MW, and trains at mumbai."""
    everything(d)
    d.change("sites", 1, min_it_mw=5)
    d["clouds"] = []
    for sheet in ("periods", "supply", "demand", "sufficiency", "budgets"):
        d[sheet] = [row for row in d[sheet] if row["period"] not in ("2027h1", "2027h2")]
    return OPEN
