"""Runs, exploration, shelves, bases, clusters. A k of chip does 3,153.6 ZFLOP a year; a run of `trained` is half of
that."""

from __future__ import annotations

from tests.independent.cases.registry import INFEASIBLE, OPEN, Expected, by_hand, case
from tests.independent.cases.workbook import (
    T_OF_K,
    ZFLOP_OF_K,
    Workbook,
    api,
    chip,
    cloud,
    fleet,
    model,
    site,
    speed,
    trained,
)


def only_own(d: Workbook, *asked_k: float, **run: object) -> None:
    """One model, trained here, answers all; the work of so many k is asked, year by year."""
    d["models"] = [trained("own", **run)]
    d.serve_only("own")
    d.ask(*(k * T_OF_K for k in asked_k))


@case(2, variants={"linear": "none", "whole": "runs"})
def a_run_within_half_a_year(d: Workbook, integers: str) -> float:
    """Half a year's work of 1 k, within six months, asks for 1 k; it serves from 2028."""
    d.programme(integers=integers)
    only_own(d, 0, 0.2, cost_musd=3, max_run_months=6)
    return 10 * (1 / 2) / (6 / 12) + 3


@case(2, integers="runs")
def exploration_asks_for_hours(d: Workbook) -> float:
    """The run, and one and a half times its work explored, in the same year."""
    only_own(d, 0, 0.2, cost_musd=3, overhead=2.5)
    return 10 * 2.5 * (1 / 2) + 3


@case(2, integers="runs")
def work_from_tokens_at_a_measured_efficiency(d: Workbook) -> float:
    """6 operations a parameter, of 8e9, and token; half a year of 1 k, which at a measured MFU of 0.2 a quarter of 1 k
    does."""
    only_own(d, 0, 0.2, cost_musd=3, work_zflop=None, tokens_t=ZFLOP_OF_K / 2 / (6 * 8))
    d.add("training_efficiency", model="own", accelerator="chip", mfu=0.2)
    return 10 * (1 / 2) * (0.1 / 0.2) + 3


@case(4, integers="runs", ties=("carbon_kt",))
def exploration_in_the_year_before_the_end(d: Workbook) -> float:
    """Half-years. The run of the third explores in the second and third: three times its work in a year, of which
    the run itself, in one half-year, asks for 1 k only."""
    d["periods"] = [
        {"period": f"h{i}", "start": f"{2027 + i // 2}-{'07' if i % 2 else '01'}", "years": 0.5} for i in range(4)
    ]
    only_own(d, 0, 0, 0, 0.1, overhead=3)
    return 10 * 3 * (1 / 2)


@case(4, integers="runs")
def a_model_lapses_from_the_shelf(d: Workbook) -> float:
    """12 months: a run in each of three years; the chips train and serve."""
    only_own(d, 0, 0.1, 0.1, 0.1, shelf_months=12, max_runs=9, cost_musd=2)
    return 10 * (0.5 + 0.1) + 3 * 2


@case(4, integers="runs")
def an_adopted_model_lapses_from_the_shelf(d: Workbook) -> float:
    """24 months from the adoption: adopted in 2027 and in 2029."""
    only_own(d, 0.1, 0.1, 0.1, 0.1)
    d["models"] = [model("own", cost_musd=2, shelf_months=24)]
    return 10 * 0.1 + 2 * 2


@case(3, integers="runs", ties=("carbon_kt",))
def a_derived_run_waits_for_its_base(d: Workbook) -> float:
    """Root in 2027, child, of a tenth of the work, in 2028, serving in 2029."""
    only_own(d, 0, 0, 0.1)
    d["models"] = [
        trained("root", cost_musd=2),
        trained("own", "finetune", base="root", work_zflop=ZFLOP_OF_K / 10, cost_musd=1),
    ]
    d.serve("root", share=0)
    return 10 * 0.5 + 2 + 1


@case(2, integers="runs")
def an_adopted_base_serves_as_one_in_its_own_period(d: Workbook) -> float:
    """Adopting at a cost counts at once (reading 31)."""
    only_own(d, 0, 0.1)
    d["models"] = [
        model("seed", cost_musd=4, max_runs=1, available_from="2027-01"),
        trained("own", "continue", base="seed", work_zflop=ZFLOP_OF_K / 10),
    ]
    d["throughput"].append(speed("seed", "chip"))
    return 10 * 0.1 + 4


@case(2, integers="runs")
def a_large_model_needs_an_interconnect(d: Workbook) -> float:
    """100B at 16 bytes are 16 units of 100 GB; above 8 the link needs 100 GB/s (reading 34)."""
    only_own(d, 0, 0.1, total_params_b=100)
    d["accelerators"] = [chip("slow_net", price_usd=1000, interconnect_gb_s=50), chip("chip")]
    d["throughput"].append(speed("own", "slow_net", 0))
    return 10 * 0.5


@case(2, integers="runs")
def a_pool_hosts_a_run_like_a_site(d: Workbook) -> Expected:
    """The cheaper one doesn't train, and serves. Both draw as owned machines do, at a PUE of 1.2 and their country's
    intensity."""
    only_own(d, 0, 0.1)
    d["clouds"] = [
        cloud("pool", 1, country="US", operator_country="US", trains="yes", max_units=600),
        cloud("no_train", 0.1, trains="no"),
    ]
    abroad, at_home = 0.5 * 8.76, 0.1 * 8.76
    return by_hand(abroad * 1 + at_home * 0.1, carbon_kt=0.75 * 1.2 * (abroad * 0.3 + at_home * 0.7))


@case(2, integers="runs")
def training_steps_back_at_the_peak(d: Workbook) -> float:
    """1 k, no more to be had. 2027: the run takes half the hours, and at the peak 0.5 · (1 - 0.25); chat's peak is
    1.5 times its average. 2028: hard, which only own answers, takes a tenth of both."""
    d.programme(flexible_share=0.25)
    d["models"] = [model("open"), trained("own")]
    d["fleet"] = fleet(1000)
    d.change("accelerators", price_usd=1000000)
    d.change("workloads", peak_to_average=1.5, unserved_usd_per_mtoken=1)
    d.add("workloads", workload="hard", latency="batch", peak_to_average=1)
    d.serve("own", workload="hard")
    d.ask(0, 0.1 * T_OF_K, workload="hard")
    served_2027 = min((1 - 0.5 * 0.75) / 1.5, 1 - 0.5)
    served_2028 = (1 - 0.1) / 1.5
    return (2 - served_2027 - served_2028) * T_OF_K


def cluster_of_100(d: Workbook, **columns: object) -> None:
    """A run that needs 100 k at one of three sites, whose firm power limits what may stand there; PUE 1.25; a k
    costs 0.1."""
    d["sites"] = [site(name, **columns) for name in "abc"]
    d.change("accelerators", price_usd=100)
    d.change("workloads", unserved_usd_per_mtoken=None)
    only_own(d, 0, 1, work_zflop=100 * ZFLOP_OF_K)
    d["grid_offers"] = [{"site": "a", "stage": 1, "mw": 500, "lead_months": 24, "usd_per_kw": 10}]


@case(2, variants={"linear": "none", "whole": "runs"})
def no_cluster_where_firm_power_is_short(d: Workbook, integers: str) -> Expected:
    """60 MW firm power 48 k."""
    cluster_of_100(d, existing_it_mw=120, existing_mw=60, max_it_mw=120, flexible_cover_share=0)
    d.programme(integers=integers)
    return INFEASIBLE


@case(2, variants={"linear": "none", "whole": "runs"})
def an_eligible_site_may_still_lack_energy(d: Workbook, integers: str) -> Expected:
    """With 0.6 of the need covered otherwise 120 k may stand, but the draw of 100, 93.75 MW, passes no connection of
    60: a plan only as fractions, 0.64 and 0.36 of the run at two sites (reading 33)."""
    cluster_of_100(d, existing_it_mw=120, existing_mw=60, max_it_mw=120, flexible_cover_share=0.6)
    d.programme(integers=integers)
    return by_hand(100 * 0.1) if integers == "none" else INFEASIBLE


def cluster_with_power(d: Workbook) -> None:
    """100 MW over 1.25 · 0.5: 160 k may stand, and 100 draw 75 MW."""
    cluster_of_100(d, existing_it_mw=200, existing_mw=100, max_it_mw=200, flexible_cover_share=0.5)
    d.change("accelerators", average_share=0.6)


@case(2)
def flexible_cover_counts_for_eligibility(d: Workbook) -> float:
    cluster_with_power(d)
    return 100 * 0.1


@case(2)
def no_cluster_where_supply_is_short(d: Workbook) -> Expected:
    """40 k of chip and 150 k of weak, at 0.3 of its rate: the best 160 k reach 0.76 of what is needed."""
    cluster_with_power(d)
    d["accelerators"].append(chip("weak", price_usd=1, bf16_tflops=300, average_share=0.6))
    d["throughput"].append(speed("own", "weak", 0))
    for name, units in (("chip", 40000), ("weak", 150000)):
        for period in ("2027", "2028"):
            d.add("supply", accelerator=name, period=period, max_units=units)
    assert 40 + (160 - 40) * 0.3 < 100
    return INFEASIBLE


@case(4, variants={"linear": "none", "whole": "runs"})
def a_fraction_of_a_run(d: Workbook, integers: str) -> Expected:
    """Beside an api; linear, a fraction of the run may be part of the cheapest plan."""
    d.programme(integers=integers, flexible_share=0.2)
    d["models"] = [trained("own", overhead=2, work_zflop=ZFLOP_OF_K), api(usd_per_mtoken=0.5)]
    d.serve_only("own")
    d.add("sufficiency", workload="chat", model="api", period=None, share=1)
    return OPEN
