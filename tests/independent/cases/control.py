"""Export rules, licences, caps, matched investment; supply, and chip classes that end."""

from __future__ import annotations

from tests.independent.cases.registry import Expected, by_hand, case
from tests.independent.cases.workbook import T_OF_K, Workbook, chip, fleet, site, speed, unbuilt


def value(d: Workbook, usd_per_mtoken: float) -> None:
    d.change("workloads", unserved_usd_per_mtoken=usd_per_mtoken)


@case(2)
def denied_above_a_threshold(d: Workbook) -> float:
    """chip: 100 TFLOP/s BF16 and no 8-bit format is a TPP of 1,600; the cheaper one's is 16,000."""
    d["accelerators"] = [chip("controlled", price_usd=5000), chip("chip", fp8_tflops=None, bf16_tflops=100)]
    d["throughput"].append(speed("open", "controlled"))
    d.add("export_rules", rule="denied", destination="IN", min_tpp=4800, outcome="denied")
    return 10


@case(2)
def the_first_matching_rule_wins(d: Workbook) -> float:
    """Minima inclusive, maxima exclusive: 4,800 is denied, 4,799 free at 1.2 times the price (reading 27)."""
    d["accelerators"] = [chip("a", tpp=4800, price_usd=5000), chip("chip", tpp=4799)]
    d["throughput"].append(speed("open", "a"))
    d.add("export_rules", rule="friends", destination="US", min_tpp=1, outcome="free")
    d.add("export_rules", rule="low", destination="home", max_tpp=4800, outcome="free", price_multiplier=1.2)
    d.add("export_rules", rule="high", destination="IN", min_tpp=4800, outcome="denied")
    return 10 * 1.2


@case()
def thresholds_join_by_and(d: Workbook) -> float:
    """Only thin, within its licence of 100, and ok can be had: dense is too dense, wide has too much bandwidth,
    gamer is of another market, net is linked too well."""
    chips = {
        "dense": {"price_usd": 1000, "tpp": 2000, "die_mm2": 400},
        "thin": {"price_usd": 1500, "tpp": 2000, "die_mm2": 1000, "bandwidth_tb_s": 1},
        "wide": {"price_usd": 2000, "tpp": 2000, "die_mm2": 1000, "bandwidth_tb_s": 6},
        "gamer": {"price_usd": 3000, "tpp": 9000, "market": "consumer"},
        "net": {"price_usd": 4000, "tpp": 9000, "interconnect_gb_s": 600},
        "ok": {"price_usd": 9000, "tpp": 9000, "interconnect_gb_s": 599},
    }
    d["accelerators"] = [chip(name, **{"market": "datacentre"} | columns) for name, columns in chips.items()]
    d["throughput"] = [speed("open", name) for name in chips]
    low = {"destination": "IN", "max_tpp": 4800}
    d["export_rules"] = [
        {"rule": "density", "min_density": 5, "outcome": "denied"} | low,
        {"rule": "narrow", "max_density": 5, "max_bandwidth_tb_s": 4, "outcome": "licence"} | low,
        {"rule": "broad", "min_bandwidth_tb_s": 4, "outcome": "denied"} | low,
        {"rule": "consumer", "market": "consumer", "outcome": "denied", "destination": "IN"},
        {"rule": "linked", "min_interconnect_gb_s": 600, "outcome": "denied", "destination": "home", "min_tpp": 4800},
    ]
    pot = {"rule": "narrow", "allocated": "2027-01", "expires_after_months": 12}
    d["export_licences"] = [
        {"licence": "some", "destination": "IN", "units": 100} | pot,
        {"licence": "elsewhere", "destination": "US", "units": 900} | pot,
    ]
    return 0.1 * 1.5 + 0.9 * 9


@case(3)
def a_licence_delays_and_limits(d: Workbook) -> float:
    """Lead 3 and delay 9 months: nothing in 2027; then a pot of 600 units."""
    d.change("accelerators", tpp=1000, lead_months=3)
    d.add("export_rules", rule="lic", destination="IN", min_tpp=500, outcome="licence", delay_months=9)
    d.add("export_licences", licence="pot", rule="lic", destination="IN", allocated="2027-01", units=600)
    value(d, 2)
    return 0.6 * 10 + (1 + 2 * 0.4) * T_OF_K * 2


@case(2)
def notification_delays_and_needs_no_pot(d: Workbook) -> float:
    d.change("accelerators", tpp=1000)
    d.add("export_rules", rule="note", destination="IN", min_tpp=500, outcome="notify", delay_months=6)
    value(d, 2)
    return 10 + T_OF_K * 2


@case(2)
def pots_serve_arrivals_within_their_dates(d: Workbook) -> float:
    """a lasts to 2027-01, that month included; b, of 2027-06, never lapses and serves 2028; c is gone before
    anything arrives."""
    d.change("accelerators", tpp=1000)
    d.add("export_rules", rule="lic", destination="IN", min_tpp=500, outcome="licence")
    pot = {"rule": "lic", "destination": "IN", "allocated": "2026-06"}
    d["export_licences"] = [
        pot | {"licence": "a", "destination": "home", "mtpp": 0.3, "expires_after_months": 7},
        pot | {"licence": "b", "allocated": "2027-06", "mtpp": 0.4},
        pot | {"licence": "c", "mtpp": 5, "expires_after_months": 6},
    ]
    value(d, 1)
    return (0.3 + 0.4) * 10 + (0.7 + 0.3) * T_OF_K


def rules_for_dates_and_owners(d: Workbook) -> None:
    """Denied until 2027-07; and denied to owners from the US."""
    d.change("accelerators", tpp=1000)
    d.add("export_rules", rule="old", destination="IN", min_tpp=500, to="2027-07", outcome="denied")
    d.add("export_rules", rule="owner", destination="IN", owner="US", outcome="denied")
    value(d, 2)


@case(2)
def a_rule_ends_at_its_date(d: Workbook) -> float:
    rules_for_dates_and_owners(d)
    return 10 + T_OF_K * 2


@case(2)
def a_rule_is_for_its_owners(d: Workbook) -> Expected:
    """The country's sites are run from the US: denied throughout."""
    rules_for_dates_and_owners(d)
    d.change("countries", operator="US")
    return by_hand(2 * T_OF_K * 2, unserved_t=2 * T_OF_K)


def capped(d: Workbook, kind: str, **columns: object) -> None:
    """Chips of 2,000 TPP and one H100-equivalent at 1 MUSD a k, with a life of two years, under a cap."""
    d["accelerators"] = [chip("chip", tpp=2000, fp8_tflops=1979, price_usd=1000, life_years=2)]
    d.add("export_rules", rule="watch", destination="IN", min_tpp=500, outcome="free")
    d.add("export_caps", cap="c", rule="watch", destination="IN", kind=kind, **columns)
    value(d, 1)


@case(3)
def a_flow_cap_of_each_year(d: Workbook) -> float:
    """400 a year; with a life of two years 0.4, 0.8 and 0.8 k stand."""
    capped(d, "flow_year", units=400)
    return 3 * 0.4 + (0.6 + 0.2 + 0.2) * T_OF_K


@case(3)
def a_flow_cap_pools_the_periods_of_a_year(d: Workbook) -> float:
    """The halves of 2027 share 400; the period of two years may take 800. 0.4 k in the first half still work when it
    starts, and 0.6 more are enough."""
    capped(d, "flow_year", units=400)
    d["periods"] = [
        {"period": "h1", "start": "2027-01", "years": 0.5},
        {"period": "h2", "start": "2027-07", "years": 0.5},
        {"period": "two", "start": "2028-01", "years": 2},
    ]
    d.ask(T_OF_K, T_OF_K, T_OF_K)
    return 0.4 + 0.6 + (0.6 * 0.5 + 0.6 * 0.5) * T_OF_K


@case(3)
def a_flow_cap_since_a_date(d: Workbook) -> float:
    """From 2028 1.0 MTPP, which is 0.5 k; 1 k of 2027, before the cap, is gone in 2029."""
    capped(d, "flow_total", mtpp=1.0, **{"from": "2028-01"})
    return 1 + 0.5 + 0.5 * T_OF_K


@case(3)
def a_stock_cap_is_freed_by_the_end_of_life(d: Workbook) -> float:
    """700 H100-equivalents: 0.7 k in 2027, bought again in 2029."""
    capped(d, "stock", h100e=700)
    return 2 * 0.7 + 3 * 0.3 * T_OF_K


@case(3)
def a_stock_cap_of_one_period(d: Workbook) -> float:
    """700 units in 2028 only: 1 k in 2027, of which 0.3 are retired, and 1 k again in 2029."""
    capped(d, "stock", units=700, period="2028")
    return 1 + 0.3 * T_OF_K + 1


@case(variants={"at_most_abroad": True, "at_least_at_home": False})
def caps_on_shares_of_the_owners_stock(d: Workbook, most_abroad: bool) -> float:
    """Abroad is cheaper, by the duty. 7 % may stand there; or 75 % must stand at home (reading 24)."""
    d["sites"].append(site("fjord", country="NO"))
    d.change("accelerators", tpp=2000)
    d.change("countries", import_duty=0.5)
    d.add("export_rules", rule="watch", destination="haven", min_tpp=500, outcome="free")
    d.add("export_rules", rule="home", destination="IN", min_tpp=500, outcome="free")
    if most_abroad:
        d.add("export_caps", cap="abroad", rule="watch", destination="NO", kind="share", share=0.07)
    d.add("export_caps", cap="athome", rule="home", destination="home", kind="share_min", share=0.75)
    return 15 * 0.93 + 10 * 0.07 if most_abroad else 15 * 0.75 + 10 * 0.25


@case(ties=("carbon_kt",))
def matched_investment(d: Workbook) -> float:
    """L1 money at sites in the vendor's country is at least 0.2 of the bare chip price imported: 2 MUSD of hall
    there."""
    d["sites"].append(unbuilt("texas", country="US"))
    d.add("export_rules", rule="match", destination="IN", min_tpp=500, outcome="free", matched_investment=0.2)
    d.change("accelerators", system_adder=0.5)
    d.change("workloads", foreign_share_max=0)
    return 10 * 1.5 + 0.2 * 10


@case(2)
def a_chip_class_ends(d: Workbook) -> float:
    """chip can't be ordered after 2027-01 and works a year; the next, twice as dear, can be there in 2028."""
    d["accelerators"] = [
        chip("chip", last_order="2027-01", life_years=1),
        chip("late", release="2027-07", lead_months=6, price_usd=20000),
    ]
    d["throughput"].append(speed("open", "late"))
    return 10 + 20


@case(2)
def supply_limits_a_period_and_an_old_fleet_ends(d: Workbook) -> float:
    """300 units of supply and 200 of a fleet in 2027; in 2028, where supply has no row, the fleet is gone: 2025-07
    and 2.5 years."""
    d.add("supply", accelerator="chip", period="2027", max_units=300)
    d["fleet"] = fleet(200, installed="2025-07")
    d.change("accelerators", life_years=2.5)
    value(d, 5)
    return 0.3 * 10 + 0.5 * T_OF_K * 5 + 0.7 * 10
