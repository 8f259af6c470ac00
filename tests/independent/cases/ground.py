"""Halls, connections, and energy."""

from __future__ import annotations

from tests.independent.cases.registry import OPEN, Expected, by_hand, case
from tests.independent.cases.workbook import (
    GWH_OF_MW,
    T_OF_K,
    USE_MW,
    Row,
    Workbook,
    asset,
    contract,
    day,
    site,
    unbuilt,
)

CHIPS = 1
"""MUSD of the 1 k that serve chat where a chip costs 1,000 USD."""


def offer(stage: int = 1, **columns: object) -> Row:
    return {"site": "alpha", "stage": stage, "lead_months": 0} | columns


def connected(d: Workbook, **columns: object) -> None:
    """alpha has no connection but this offer, of 100 MW unless told; chips are cheap."""
    d.change("sites", existing_mw=None)
    d["grid_offers"] = [offer(mw=100) | columns]
    d.change("accelerators", price_usd=1000)


def site_with_a_least_size(d: Workbook) -> None:
    """At least 4 MW of hall, opened for 7, at 5 a MW; a connection of 10 MW after 0, 12 or 24 months. Of both 1 k
    takes a tenth or an eighth."""
    d["sites"] = [unbuilt("alpha", existing_mw=None, max_it_mw=10, min_it_mw=4, fixed_musd=7, max_build_mw_per_year=5)]
    leads = {"lead_months_low": 0, "lead_months": 12, "lead_months_high": 24}
    d["grid_offers"] = [offer(mw=10, usd_per_kw=100, fixed_musd=2, annual_usd_per_kw=50) | leads]
    d.change("accelerators", price_usd=1000)
    d.change("workloads", unserved_usd_per_mtoken=100)


CONNECTION = 1.25 * 0.1 + 2 * 1.25 / 10
CHARGE = 1.25 * 0.05


@case(3, integers="runs sites")
def a_least_size_is_built_whole(d: Workbook) -> float:
    """4 MW of hall though 1 is used; the connection by need (reading 11)."""
    site_with_a_least_size(d)
    d.ask(0, T_OF_K, T_OF_K)
    return 7 + 4 * 5 + CONNECTION + 2 * CHARGE + CHIPS


@case(3)
def a_least_size_in_the_linear_programme(d: Workbook) -> float:
    """A tenth is opened, for hall <= max_it_mw · opened, and 1 MW built (readings 11, 12)."""
    site_with_a_least_size(d)
    d.ask(0, T_OF_K, T_OF_K)
    return 7 / 10 + 5 + CONNECTION + 2 * CHARGE + CHIPS


@case(3, variants={"low": 0, "high": 2})
def the_queue_ends_after_the_delay_planned_for(d: Workbook, years: int) -> float:
    """Before that everything is unserved."""
    site_with_a_least_size(d)
    d.programme(grid_delay={0: "low", 2: "high"}[years])
    return 7 / 10 + 5 + CONNECTION + (3 - years) * CHARGE + CHIPS + years * T_OF_K * 100


@case(2)
def halls_grow_no_faster_than_they_are_built(d: Workbook) -> float:
    """2 MW a year: 1 k short in each year."""
    d["sites"] = [unbuilt("alpha", existing_mw=100, max_build_mw_per_year=2)]
    d.change("accelerators", price_usd=1000)
    d.ask(3 * T_OF_K, 5 * T_OF_K)
    d.change("workloads", unserved_usd_per_mtoken=10)
    return 4 * 5 + 4 * CHIPS + 2 * T_OF_K * 10


@case(variants={"whole": "sites", "linear": "none"})
def opening(d: Workbook, integers: str) -> float:
    """8 whole, or a tenth of it with a tenth of the hall."""
    d.programme(integers=integers)
    d["sites"] = [unbuilt("alpha", fixed_musd=8, max_it_mw=10, fitout_usd_per_w=2)]
    d.change("workloads", unserved_usd_per_mtoken=5)
    return (8 if integers == "sites" else 8 / 10) + 2 + 10


@case(variants={"linear": "none", "whole": "stages"})
def stages_in_order(d: Workbook, integers: str) -> float:
    """20 MW are wanted, of 10 MW dear and 30 MW cheap. Linear: the same share of both, so 5 and 15. Whole: the
    second only after all of the first, whose fixed cost is paid at once (reading 14)."""
    d.programme(integers=integers)
    connected(d)
    d["grid_offers"] = [offer(1, mw=10, usd_per_kw=500, fixed_musd=10), offer(2, mw=30, usd_per_kw=100)]
    d.ask(16 * T_OF_K)
    if integers == "none":
        return 16 * CHIPS + 5 * 0.5 + 10 / 2 + 15 * 0.1
    return 16 * CHIPS + 10 * 0.5 + 10 + 10 * 0.1


def dear_evening(d: Workbook) -> None:
    """Two hours three times as dear as the rest; a connection half firm, the other half cut 365 hours a year: in
    half of those 730."""
    d["profiles"] = day(price_index=lambda h: 3 if h in (19, 20) else 1)
    connected(d, usd_per_kw=100, firm_share=0.5, curtailed_hours=365)
    d.change("energy_prices", usd_per_mwh=50)


@case()
def only_the_firm_share_powers_halls(d: Workbook) -> float:
    """2.5 MW connected for a peak of 1.25 MW; the index is divided by its mean, so energy costs the mean price."""
    dear_evening(d)
    return CHIPS + 1.25 / 0.5 * 0.1 + USE_MW * GWH_OF_MW * 0.05


@case()
def the_dearest_hours_are_curtailed(d: Workbook) -> float:
    """A tenth of the hall needs firm power; import in the two hours asks for more: 0.5 + 0.5 · 0.5 of what is
    connected."""
    dear_evening(d)
    d.change("sites", flexible_cover_share=0.9)
    return CHIPS + USE_MW / 0.75 * 0.1 + USE_MW * GWH_OF_MW * 0.05


@case()
def a_battery_leaves_the_dear_hours(d: Workbook) -> Expected:
    dear_evening(d)
    d.change("sites", flexible_cover_share=0.9)
    d["energy_assets"] = [
        asset("store", "battery", max_mw=10, capex_usd_per_kw=1, storage_hours=4, efficiency=0.81, firm_credit=0.5)
    ]
    return OPEN


@case()
def minimum_take_and_capacity_charge(d: Workbook) -> float:
    """Of 1.25 MW connected 0.9 is taken at least: the shortfall at the mean price, without network charge."""
    connected(d, min_take_share=0.9, annual_usd_per_kw=20)
    d.change("energy_prices", usd_per_mwh=40, network_usd_per_mwh=10, capacity_usd_per_kw_year=30)
    short = 0.9 * 1.25 - USE_MW
    return CHIPS + 1.25 * 0.02 + USE_MW * 0.03 + GWH_OF_MW * (USE_MW * 0.05 + short * 0.04)


@case()
def sites_of_a_zone_share_its_surplus(d: Workbook) -> float:
    d["sites"].append(site("beta"))
    d.change("energy_prices", usd_per_mwh=40, surplus_mw=0.5, usd_per_mwh_beyond=100)
    d.change("accelerators", price_usd=1000)
    return CHIPS + GWH_OF_MW * (USE_MW * 0.04 + (USE_MW - 0.5) * 0.06)


@case(ties=("carbon_kt",))
def a_contract_avoids_the_dear_block_and_misses_the_minimum_take(d: Workbook) -> float:
    """At 50 against 90 beyond the block of 0.2 MW. From 0.3125 MW on it also leaves the minimum take short, at no
    gain."""
    connected(d, min_take_share=0.5)
    d.change("accelerators", price_usd=10000)
    d.change("energy_prices", usd_per_mwh=40, network_usd_per_mwh=5, surplus_mw=0.2, usd_per_mwh_beyond=90)
    d["energy_assets"] = [contract("firm", "contract_firm", max_mw=0.5, variable_usd_per_mwh=50)]

    def usd_per_hour(contracted: float) -> float:
        imported = USE_MW - contracted
        short = max(0, 0.5 * 1.25 - imported)
        return contracted * 50 + imported * 40 + max(0, imported - 0.2) * 50 + USE_MW * 5 + short * 40

    return 10 + GWH_OF_MW * 1e-3 * min(usd_per_hour(contracted) for contracted in (0, 0.3125, 0.5))


@case()
def nothing_is_sold_at_a_negative_price(d: Workbook) -> float:
    """Index -1 and 2 over its mean 1.25: -40 and 80. A MW of the wind contract costs 12 · 30 a day; it is used in
    hours 7 to 12, at 80, and spilled in hours 1 to 6; sold at half price it wouldn't pay."""
    d["profiles"] = day(price_index=lambda h: -1 if h <= 6 else 2, wind=lambda h: 1 if h <= 12 else 0)
    d.change("energy_prices", usd_per_mwh=50)
    d["energy_assets"] = [contract("ppa", "contract_wind", max_mw=10, variable_usd_per_mwh=30, resale_share=0.5)]
    return 10 + 365e-6 * USE_MW * (6 * -40 + 18 * 80 + 12 * 30 - 6 * 80)


@case()
def solar_contract_battery_and_flexible_load(d: Workbook) -> Expected:
    shape = [0] * 6 + [0.5] * 2 + [1] * 8 + [0.5] * 2 + [0] * 6
    d["profiles"] = day(price_index=lambda h: 1 + (h - 1) % 3, solar=lambda h: shape[h - 1])
    d.change("energy_prices", usd_per_mwh=60, network_usd_per_mwh=5)
    d["energy_assets"] = [
        asset("pv", "solar", max_mw=3, capex_usd_per_kw=60),
        contract("ppa", "contract_solar", max_mw=2, variable_usd_per_mwh=30, resale_share=0.4),
        asset("store", "battery", max_mw=2, capex_usd_per_kw=20, storage_hours=3, variable_usd_per_mwh=1),
    ]
    d.programme(flexible_share=0.3)
    d.change("workloads", deferrable_share=0.5)
    return OPEN


@case(variants={"used": 0.4, "sold": 0.6})
def a_firm_contract(d: Workbook, resale_share: float) -> float:
    """30 and network 5 against 65. At 0.4 · 60 = 24 no surplus is worth its 30; at 36 all 2 MW are contracted and
    the rest is sold."""
    d.change("energy_prices", usd_per_mwh=60, network_usd_per_mwh=5)
    d["energy_assets"] = [
        contract("firm", "contract_firm", max_mw=2, variable_usd_per_mwh=30, resale_share=resale_share)
    ]
    if resale_share == 0.4:
        return 10 + GWH_OF_MW * USE_MW * (0.030 + 0.005)
    return 10 + GWH_OF_MW * (2 * 0.030 + USE_MW * 0.005 - (2 - USE_MW) * 0.036)


@case(2)
def gas_within_permitted_hours(d: Workbook) -> Expected:
    """From 2028, half the hours of the year: twice the MW, for the grid costs 200; fuel over efficiency."""
    d.change("energy_prices", usd_per_mwh=200)
    d["energy_assets"] = [
        asset(
            "gas", "gas_turbine", max_mw=5, lead_months=12, capex_usd_per_kw=100, fixed_usd_per_kw_year=10,
            variable_usd_per_mwh=4, fuel_usd_per_mwh=20, efficiency=0.4, co2_kg_per_mwh=500, max_hours_per_year=4380,
        )
    ]  # fmt: skip
    gwh = USE_MW * GWH_OF_MW
    gas = 2 * USE_MW * (0.1 + 0.01) + gwh * (0.004 + 0.02 / 0.4)
    assert gas < USE_MW * (0.1 + 0.01) + gwh / 2 * (0.054 + 0.2)  # half gas, half grid
    return by_hand(10 + gwh * 0.2 + gas, carbon_kt=gwh * 0.7 + gwh * 0.5)


@case(3)
def an_engine_bridges_until_the_connection_arrives(d: Workbook) -> float:
    """Its firm credit holds the battery's: x engine and b battery give 0.9 x + min(0.5 b, 0.9 x + non-firm). From
    2029 0.2 of 1.25 MW connected is firm and the non-firm 0.8 holds the battery. The engine is sized by the draw."""
    connected(d, lead_months=24, usd_per_kw=10, firm_share=0.2)
    d.change("accelerators", price_usd=10000)
    d["energy_assets"] = [
        asset(
            "bridge", "engine", max_mw=5, capex_usd_per_kw=100, firm_credit=0.9, until="2029-01", fuel_usd_per_mwh=10
        ),
        asset("store", "battery", max_mw=50, capex_usd_per_kw=20, storage_hours=1, firm_credit=0.5),
    ]
    engine = USE_MW * 0.1 + 2 * USE_MW * GWH_OF_MW * 0.01
    return 10 + engine + 1.25 * 0.01 + 0.8 * 1.25 / 0.5 * 0.02


@case()
def a_battery_and_a_contract_power_no_hall(d: Workbook) -> Expected:
    connected(d, lead_months=24, usd_per_kw=10)
    d["energy_assets"] = [
        asset("store", "battery", max_mw=50, capex_usd_per_kw=20, storage_hours=4, firm_credit=1),
        contract("ppa", "contract_firm", max_mw=9, variable_usd_per_mwh=1, firm_credit=1),
    ]
    d.change("workloads", unserved_usd_per_mtoken=1)
    return by_hand(T_OF_K, unserved_t=T_OF_K)


@case(3)
def a_closed_site_strands_its_chips(d: Workbook) -> float:
    """alpha closes in 2029 and its chips leave nothing; beta takes over and keeps its residual values."""
    d.programme(residual_values="yes")
    d["sites"] = [site("alpha", closed_from="2029-01", opex_usd_per_kw_year=1), unbuilt("beta", build_months=24)]
    d.change("accelerators", price_usd=1000)
    d.change("workloads", unserved_usd_per_mtoken=100)
    return CHIPS + 2 * 100 * 0.001 + 5 * (1 - 19 / 20) + CHIPS * (1 - 9 / 10)


@case(3)
def a_site_works_through_the_period_in_which_it_closes(d: Workbook) -> float:
    """Closed from the middle of 2028, it isn't there in 2029. No residual, nothing resold (reading 9)."""
    d.programme(residual_values="yes")
    connected(d, mw=50, usd_per_kw=100, annual_usd_per_kw=1000)
    d.change("sites", closed_from="2028-07")
    d.change("accelerators", resale_loss_per_year=0, resale_max_share=1, life_years=5)
    d.change("workloads", unserved_usd_per_mtoken=1)
    return CHIPS + 1.25 * 0.1 + 2 * 1.25 + T_OF_K


@case()
def two_kinds_of_day_make_an_hourly_year(d: Workbook) -> Expected:
    """146 days with dear power and much sun, 219 with neither; identical days merge exactly."""
    d.programme(representative_days=4)
    d["profiles"] = []
    for hour in range(8760):
        summer, h = hour // 24 % 5 < 2, hour % 24
        index = (2 if summer else 1) * (2 if h >= 18 else 1)
        sun = (0.8 if summer else 0.3) if 8 <= h < 16 else 0
        d.add("profiles", zone="west", hour=hour + 1, price_index=index, solar=sun)
    d.change("energy_prices", usd_per_mwh=80)
    d["energy_assets"] = [
        asset("pv", "solar", max_mw=2, capex_usd_per_kw=50),
        asset("store", "battery", max_mw=2, capex_usd_per_kw=30, storage_hours=4),
    ]
    connected(d, mw=20, usd_per_kw=40, firm_share=0.9, curtailed_hours=500)
    d.change("accelerators", price_usd=10000)
    return OPEN
