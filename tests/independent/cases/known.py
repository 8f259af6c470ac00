"""The five small cases with known answers of the design, as workbooks. Their values stand in
tests/end_to_end/test_small_cases.py."""

from __future__ import annotations

from collections.abc import Sequence

from tests.independent.cases.workbook import (
    T_OF_K,
    ZFLOP_OF_K,
    Workbook,
    api,
    base,
    chip,
    cloud,
    model,
    speed,
    trained,
    unbuilt,
)

HOURS_K = 8.76
"""MUSD a year of 1 k at 1 USD an hour."""


def rental(musd_per_unit_year: float) -> Workbook:
    """1. Ten units of 1 k for five years. Site a from year 4 at 8 a unit-year, for operation of 7.5 and a chip of 1
    that works the last two years; site b from year 1 at 12, 11.8 and a chip over five years; or rented by the year,
    twice as many as are wanted."""
    d = base(5)
    d["sites"] = [
        unbuilt("a", build_months=36, fitout_usd_per_w=0, opex_usd_per_kw_year=7500),
        unbuilt("b", fitout_usd_per_w=0, opex_usd_per_kw_year=11800),
    ]
    d.change("grid_offers", site="a")
    d.change("accelerators", price_usd=1000)
    d["clouds"] = [cloud("rent", musd_per_unit_year / HOURS_K, max_units=20_000)]
    d.ask(*[10 * T_OF_K] * 5)
    return d


def banking(lapses_after_years: int) -> Workbook:
    """2. Ten MTPP, of 1 k each, are allocated a year for three years; 25 k are wanted in the third. A chip works a
    year; what isn't served costs ten a T, ten times 31 chips."""
    d = base(3)
    d.ask(0, 0, 25 * T_OF_K)
    d.change("accelerators", tpp=1000, price_usd=1000, life_years=1)
    d.add("export_rules", rule="all", destination="IN", min_tpp=1, outcome="licence")
    for year in (2027, 2028, 2029):
        d.add(
            "export_licences", licence=f"pot{year}", rule="all", destination="IN", allocated=f"{year}-01", mtpp=10,
            expires_after_months=12 * lapses_after_years,
        )  # fmt: skip
    d.change("workloads", unserved_usd_per_mtoken=10)
    return d


def cohorts() -> Workbook:
    """3. Each year a chip 1.4 times as fast at 0.75 of the price, to be had in that year only, with a life of two
    years."""
    d = base(3)
    d.ask(50 * T_OF_K, 100 * T_OF_K, 100 * T_OF_K)
    d["accelerators"] = [
        chip(
            f"g{i}",
            price_usd=1000,
            price_decline_per_year=0.25,
            life_years=2,
            release=f"{2027 + i}-01",
            last_order=f"{2027 + i}-01",
        )
        for i in range(3)
    ]
    d["throughput"] = [speed("open", f"g{i}", 1000 * 1.4**i) for i in range(3)]
    d.change("sites", max_it_mw=1000, existing_it_mw=1000, existing_mw=2000)
    return d


def shared_model(integers: str) -> Workbook:
    """4. Two workloads of 8 T; a model that both can use, for 10 once, with chips that stand there; an api at 1 a T."""
    d = base(1)
    d.programme(integers=integers)
    d["models"] = [model("shared", cost_musd=10, max_runs=1), api(usd_per_mtoken=1)]
    d["workloads"] = [{"workload": w, "latency": "batch", "peak_to_average": 1} for w in ("one", "two")]
    d["demand"], d["sufficiency"] = [], []
    for workload in ("one", "two"):
        d.ask(8, workload=workload)
        for name in ("shared", "api"):
            d.add("sufficiency", workload=workload, model=name, period=None, share=1)
    d["throughput"] = [speed("shared", "chip")]
    d["fleet"] = [{"site": "alpha", "accelerator": "chip", "installed": "2026-01", "units": 1000}]
    return d


def cluster(rooms: Sequence[float], integers: str) -> Workbook:
    """5. A run that needs 100 k at one site; sites at 1.0, 1.1 and 1.2 a k: the chip 0.1, the rest hall; with room
    for so many."""
    d = base(2)
    d.programme(integers=integers)
    d["sites"] = [
        unbuilt(name, max_it_mw=room, fitout_usd_per_w=musd)
        for name, room, musd in zip("abc", rooms, (0.9, 1.0, 1.1), strict=True)
    ]
    d.change("grid_offers", site="a")
    d.change("accelerators", price_usd=100)
    d["models"] = [trained("big", work_zflop=100 * ZFLOP_OF_K)]
    d.change("workloads", unserved_usd_per_mtoken=None)
    d.serve_only("big")
    d.ask(0, T_OF_K)
    return d
