"""Rates, peaks, segments, what stays unserved; residency and policies; adoption."""

from __future__ import annotations

from tests.independent.cases.registry import Expected, by_hand, case
from tests.independent.cases.workbook import (
    GWH_OF_MW,
    RATE,
    T_OF_K,
    USE_MW,
    Workbook,
    api,
    chip,
    cloud,
    day,
    fleet,
    flow,
    model,
    site,
    speed,
)


@case()
def chips_and_energy(d: Workbook) -> Expected:
    """1 k for a year: chips, and energy at average_share and PUE."""
    d.change("energy_prices", usd_per_mwh=50)
    return by_hand(10 + 0.75 * 1.25 * 8.76 * 0.05, served_t=T_OF_K)


@case()
def availability_leaves_idle_draw(d: Workbook) -> float:
    """Availability 0.8: 1.25 k are bought, which draw idle power all; the rest of the draw is of the 1 k in use."""
    d.change("energy_prices", usd_per_mwh=50)
    d.change("accelerators", availability=0.8)
    return 10 / 0.8 + (0.25 * 1.25 + (0.75 - 0.25) * 1) * 1.25 * 8.76 * 0.05


@case()
def the_peak_of_what_cannot_wait(d: Workbook) -> float:
    d.change("workloads", peak_to_average=3, deferrable_share=0.4)
    return 10 * 3 * (1 - 0.4)


@case()
def saturated_rate_is_derated_after_input_and_output_combine(d: Workbook) -> float:
    """A row without latency: 1/rate = 1/out + (input/output)/in, then the interactive derate 0.45."""
    d.change("workloads", latency="interactive")
    d["throughput"] = [speed("open", "chip", 1000, latency=None, input_rate=4000)]
    d.ask(T_OF_K, input_t_per_year=2 * T_OF_K)
    return 10 * 1000 * (1 / 1000 + 2 / 4000) / 0.45


@case()
def realtime_derate_depends_on_active_parameters(d: Workbook) -> float:
    """0.20 up to 10B, 0.08 above; a blank input rate is free."""
    d["workloads"] = [{"workload": w, "latency": "realtime", "peak_to_average": 1} for w in ("small", "large")]
    d["models"] = [model("m8"), model("m30", total_params_b=30, active_params_b=30)]
    d["demand"], d["throughput"], d["sufficiency"] = [], [], []
    for workload, name in (("small", "m8"), ("large", "m30")):
        d.ask(T_OF_K, workload=workload)
        d["throughput"].append(speed(name, "chip", latency=None))
        d.add("sufficiency", workload=workload, model=name, period=None, share=1)
    return 10 / 0.20 + 10 / 0.08


@case()
def a_rate_of_the_own_latency_wins_and_is_not_derated(d: Workbook) -> float:
    d["throughput"] = [speed("open", "chip", 1000, latency=None), speed("open", "chip", 400)]
    return 10 / 0.4


@case()
def a_rate_of_zero_forbids(d: Workbook) -> float:
    d["accelerators"] = [chip("cheap", price_usd=1000), chip("chip")]
    d["throughput"] = [speed("open", "chip"), speed("open", "cheap", 0)]
    return 10


@case()
def weights_must_fit_on_eight_units(d: Workbook) -> float:
    """FP8 weights of 70B don't fit on 8 units of 8 GB."""
    d["accelerators"] = [chip("small_memory", price_usd=1000, memory_gb=8), chip("chip")]
    d["models"] = [model("open", total_params_b=70, active_params_b=70)]
    d["throughput"].append(speed("open", "small_memory"))
    return 10


@case()
def nested_segments(d: Workbook) -> Expected:
    """Weak answers 0.6, strong 0.9: segments of 0.6 and 0.3; the last 0.1 is out of reach and priced at nothing."""
    d["models"] = [model("weak"), model("strong", total_params_b=30, active_params_b=30)]
    d.serve_only("weak", rate=2000, share=0.6)
    d.serve("strong", rate=500, share=0.9)
    return by_hand(10 * (0.6 / 2 + 0.3 / 0.5), served_t=0.9 * T_OF_K, unserved_t=0)


@case(2, ties=("carbon_kt",))
def reach_is_of_any_period(d: Workbook) -> Expected:
    """The best share, 0.8, comes in 2028: in 2027 what weak doesn't answer of it stays unserved at 2."""
    d["models"] = [model("weak"), model("strong", available_from="2028-01")]
    d.serve_only("weak", share=0.5)
    d["throughput"].append(speed("strong", "chip"))
    d.add("sufficiency", workload="chat", model="strong", period="2028", share=0.8)
    d.change("workloads", unserved_usd_per_mtoken=2)
    return by_hand(10 * 0.8 + 0.3 * T_OF_K * 2, unserved_t=0.3 * T_OF_K)


@case()
def what_costs_more_than_its_value_stays_unserved(d: Workbook) -> Expected:
    """Serving costs 10 / 31.536 = 0.317 a T."""
    d.change("workloads", unserved_usd_per_mtoken=0.3)
    return by_hand(0.3 * T_OF_K, unserved_t=T_OF_K)


@case()
def the_programme_has_a_value_for_workloads_without(d: Workbook) -> float:
    d.programme(unserved_usd_per_mtoken=0.2)
    d.change("workloads", unserved_usd_per_mtoken=None)
    return 0.2 * T_OF_K


@case(2)
def api_price_changes_to_the_middle_of_the_period(d: Workbook) -> float:
    """At most 20 T a year; the platform takes its part; the rest stays unserved at 5."""
    d.programme(discount_rate=RATE)
    d["models"] = [api(usd_per_mtoken=2, price_change_per_year=-0.3, max_t_per_year=20)]
    d["throughput"], d["sufficiency"] = [], [{"workload": "chat", "model": "api", "period": None, "share": 1}]
    d.change("workloads", unserved_usd_per_mtoken=5, platform_usd_per_mtoken=0.1)
    return sum((20 * (2 * 0.7 ** (i + 0.5) + 0.1) + (T_OF_K - 20) * 5) * flow(i, i + 1) for i in (0, 1))


@case()
def flexible_load_moves_to_cheap_hours(d: Workbook) -> float:
    """The deferrable half moves 40 % to the cheap half of the day, the rest of serving follows serving_hours. Of 4 k
    idle units 3 are retired, for nothing: the peak, 2 · 0.5, asks for 1 k."""
    d.programme(flexible_share=0.4, serving_hours=" ".join(["0.025"] * 12 + [f"{0.7 / 12:.17g}"] * 12))
    d["profiles"] = day(price_index=lambda h: 0.5 if h <= 12 else 1.5)
    d.change("workloads", peak_to_average=2, deferrable_share=0.5)
    d.change("energy_prices", usd_per_mwh=100)
    d["fleet"] = fleet(4000)
    cheap_mw = 0.25 + 0.5 * (0.5 * 1.4 + 0.5 * 24 * 0.025)
    dear_mw = 0.25 + 0.5 * (0.5 * 0.6 + 0.5 * 24 * 0.7 / 12)
    assert dear_mw <= 0.75 + 1e-12  # hourly draw is at most average_share of what is installed
    return 1.25 * GWH_OF_MW / 2 * 0.1 * (0.5 * cheap_mw + 1.5 * dear_mw)


@case()
def residency_by_place(d: Workbook) -> float:
    """0.4 abroad, of which at most 0.1 outside the allies; duty makes abroad cheaper."""
    d["sites"] += [site("fjord", country="NO"), site("ohio", country="US")]
    d.change("countries", import_duty=0.5)
    d.change("countries", 1, import_duty=0.2, operator="US")
    d.change("workloads", foreign_share_max=0.4, non_allied_share_max=0.1)
    return 15 * 0.6 + 12 * 0.3 + 10 * 0.1


@case()
def residency_by_operator_counts_the_api_too(d: Workbook) -> float:
    """A cloud at home with a foreign operator and a foreign api share one limit (reading 36)."""
    d["clouds"] = [cloud("hyper", 0.1, operator_country="US")]
    d["models"].append(api(usd_per_mtoken=0.01))
    d.add("sufficiency", workload="chat", model="api", period=None, share=1)
    d.change("workloads", foreign_share_max=0.25)
    return 10 * 0.75 + 0.25 * T_OF_K * 0.01


@case()
def residency_by_vendor(d: Workbook) -> float:
    """0.2 on home chips, 0.3 on chips of a country that isn't listed (other), 0.5 on allied ones."""
    d["accelerators"] += [
        chip("desi", vendor="D", vendor_country="IN", price_usd=30000),
        chip("cn", vendor="C", vendor_country="CN", price_usd=5000),
    ]
    d["throughput"] += [speed("open", "desi"), speed("open", "cn")]
    d.change("workloads", foreign_vendor_share_max=0.8, non_allied_vendor_share_max=0.3)
    return 0.2 * 30 + 0.3 * 5 + 0.5 * 10


@case()
def home_share_of_compute(d: Workbook) -> float:
    d["sites"].append(site("fjord", country="NO"))
    d.change("countries", import_duty=0.5)
    d.add("policies", policy="home_compute_share_min", period=None, value=0.3)
    return 15 * 0.3 + 10 * 0.7


@case()
def no_site_holds_more_than_its_share(d: Workbook) -> float:
    """N-1: at most 0.4 of all compute at a site, so 0.2 goes to the site with the worse PUE; the pool is dear."""
    d["sites"] += [site("beta"), site("gamma", pue=1.5)]
    d["clouds"] = [cloud("pool", 2)]
    d.add("policies", policy="n_minus_1_share", period="2027", value=0.4)
    d.change("energy_prices", usd_per_mwh=50)
    return 10 + 0.75 * 8.76 * 0.05 * (0.8 * 1.25 + 0.2 * 1.5)


@case()
def vendor_shares_are_in_h100_equivalents(d: Workbook) -> float:
    """chip has no 8-bit format: 989/989 = 1; b has 3958/1979 = 2. Of b k of b: 1 - b <= 0.75 (1 - b + 2 b), so b =
    1/7."""
    d["accelerators"] = [
        chip("chip", fp8_tflops=None, bf16_tflops=989),
        chip("b", vendor="W", vendor_country="JP", price_usd=20000, fp8_tflops=3958),
    ]
    d["throughput"].append(speed("open", "b"))
    d.add("policies", policy="vendor_share_max", period=None, value=0.75)
    d.add("policies", policy="origin_share_max", period=None, value=0.8)
    b = 0.25 / 1.75
    return 10 * (1 - b) + 20 * b


@case()
def what_can_be_withdrawn(d: Workbook) -> float:
    """0.7 by open weights at home; the rest by the restricted model, four times as fast, which is cheaper than the
    api."""
    d["models"] += [model("rented", licence="restricted"), api(usd_per_mtoken=0.1)]
    d.serve("rented", rate=4000)
    d.add("sufficiency", workload="chat", model="api", period=None, share=1)
    d.add("policies", policy="withdrawable_share_max", period=None, value=0.3)
    return 10 * 0.7 + 10 / 4 * 0.3


@case(2)
def carbon_and_water_ceilings(d: Workbook) -> float:
    """Water on IT energy in 2027; carbon in 2028, the intensity falling 10 % a year to mid-period. What isn't used
    is retired."""
    d.change("sites", water_l_per_kwh=1.5)
    d.change("countries", grid_co2_change_per_year=-0.1)
    d.change("workloads", unserved_usd_per_mtoken=1)
    d.add("policies", policy="water_ml_max", period="2027", value=5)
    d.add("policies", policy="carbon_kt_max", period="2028", value=2)
    served_2027 = 5 / (0.75 * GWH_OF_MW * 1.5)
    served_2028 = 2 / (USE_MW * GWH_OF_MW * 0.7 * 0.9**1.5)
    return 10 * served_2027 + (2 - served_2027 - served_2028) * T_OF_K


@case(2)
def adoption_costs_before_it_serves(d: Workbook) -> float:
    """10 T a year at first; 4 MUSD lift it to 18 in 2028."""
    d.change("workloads", unserved_usd_per_mtoken=5)
    d.add("adoption", workload="chat", start_t_per_year=10, uptake_t_per_year_per_musd=2, max_musd_per_year=4)
    return 4 + 10 * 18 / T_OF_K + ((T_OF_K - 10) + (T_OF_K - 18)) * 5


@case(2)
def adoption_in_unequal_periods(d: Workbook) -> float:
    """Half a year at 8 MUSD a year lifts the level from 10 to 18 T a year; values and platform are discounted flows."""
    d.programme(discount_rate=RATE)
    d["periods"] = [
        {"period": "a", "start": "2027-01", "years": 0.5},
        {"period": "b", "start": "2027-07", "years": 1.5},
    ]
    d.ask(T_OF_K, T_OF_K)
    d.change("workloads", unserved_usd_per_mtoken=4, platform_usd_per_mtoken=0.5)
    d["fleet"] = fleet(1000)
    d.add("adoption", workload="chat", start_t_per_year=10, uptake_t_per_year_per_musd=2, max_musd_per_year=8)
    first = 8 + 10 * 0.5 + (T_OF_K - 10) * 4
    second = 18 * 0.5 + (T_OF_K - 18) * 4
    return first * flow(0, 0.5) + second * flow(0.5, 2)


@case(3)
def a_cloud_is_priced_at_signing_and_paid_for_its_term(d: Workbook) -> float:
    """Terms of two years, signed up to 2028-01: 1 k in 2027 for 2027 and 2028; for 2029 a signing of 2028, at half
    the price, paid in 2028 as well."""
    d["clouds"] = [cloud("term", 0.2, price_change_per_year=-0.5, term_years=2, available_to="2028-01")]
    d.change("accelerators", price_usd=100000)
    return 2 * 8.76 * 0.2 + 2 * 8.76 * 0.1
