"""Everything behind the meter and under contract.

sets            ASSETS e at a site; BUILT: (e,t) with start[t] ≥ plan start + lead, before `until` and closed_from; RUNS: (e,t) in
                which something of it can be in service; of these GENERATION, STORAGE, CONTRACTS
decides         build_mw[e,t], output_mw[e,t,h] (of a contract: what the site uses), sold_mw, charge_mw, discharge_mw, stored_mwh,
                battery_credit_mw[s,t]
derives         capacity_mw[e,t] = Σ build_mw within life and until; firm_credit_mw[s,t]
subject to      capacity_follows · within_asset: capacity ≤ max_mw · within_capacity: output ≤ profile·capacity · within_production:
                contract output + sold ≤ profile·capacity · permitted_hours · storage_balances (cyclic in each day), within_store,
                charge and discharge ≤ capacity · credit_is_held: battery credit ≤ battery_credit·capacity, and ≤ non-firm
                connection + firm credits of generators on site
ledgers         power + output + discharge − charge · carbon · money L1: energy assets (over the lead), fixed cost, variable cost and
                fuel (contracts: all that is produced), network charges on contract energy, surplus sold, residual
not modelled    unit commitment, ramping, seasonal storage, degradation, contracts that bind for a term
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from compute_lp import ledger
from compute_lp.family import Family, Index, Link, Numbers, Total, Variables
from compute_lp.schema import Column, Floats, Inputs, Price, Problem, Report, Table, Value
from compute_lp.tables import accumulated, codes, column, subset, text
from compute_lp.units import KG_PER_MWH, MONTHS, MWH, USD_PER_KW, USD_PER_MWH

KINDS = (
    "solar",
    "wind",
    "battery",
    "gas_turbine",
    "engine",
    "fuel_cell",
    "small_reactor",
    "geothermal",
    "hydro",
    "contract_solar",
    "contract_wind",
    "contract_firm",
)
LIFE_YEARS = {
    "solar": 25.0,
    "wind": 25.0,
    "battery": 15.0,
    "gas_turbine": 20.0,
    "engine": 20.0,
    "fuel_cell": 20.0,
    "small_reactor": 60.0,
    "hydro": 60.0,
    "geothermal": 30.0,
    "contract_solar": 25.0,
    "contract_wind": 25.0,
    "contract_firm": 25.0,
}

TABLES = (
    Table(
        name="energy_assets",
        title="Energy assets",
        row="a plant, a store or a contract that could supply a site",
        columns=(
            Column(name="site", kind="name", key=True, refers_to=("sites.site",), meaning="site it supplies"),
            Column(name="asset", kind="name", key=True, meaning="name of the asset"),
            Column(name="kind", kind="choice", choices=KINDS, meaning="what it is"),
            Column(name="max_mw", unit="MW", low=0, meaning="largest power"),
            Column(name="lead_months", unit="months", low=0, high=480, meaning="from order to service"),
            Column(name="capex_usd_per_kw", unit="USD/kW", default=0.0, low=0, meaning="price of the asset"),
            Column(name="fixed_usd_per_kw_year", unit="USD/kW/year", default=0.0, low=0, meaning="yearly fixed cost"),
            Column(
                name="variable_usd_per_mwh",
                unit="USD/MWh",
                default=0.0,
                meaning="cost per MWh of output; the price of a contract",
            ),
            Column(name="fuel_usd_per_mwh", unit="USD/MWh", default=0.0, low=0, meaning="price per MWh of fuel"),
            Column(
                name="efficiency",
                unit="share",
                default_by=("kind", {"battery": 0.85}),
                default=1.0,
                above=0,
                high=1,
                meaning="output per fuel; of a battery, output per charge",
            ),
            Column(
                name="storage_hours",
                unit="h",
                default=None,
                above=0,
                meaning="hours a battery can give its full power; it must be stated for a battery",
            ),
            Column(
                name="life_years",
                unit="years",
                default_by=("kind", LIFE_YEARS),
                default=25.0,
                above=0,
                meaning="life; the asset then ends and may be rebuilt",
            ),
            Column(name="co2_kg_per_mwh", unit="kg/MWh", default=0.0, low=0, meaning="carbon per MWh of output"),
            Column(
                name="max_hours_per_year",
                unit="h/year",
                default=None,
                low=0,
                high=8760,
                meaning="full-load hours a year that are permitted; blank: no limit",
            ),
            Column(
                name="firm_credit",
                unit="share",
                default=0.0,
                low=0,
                high=1,
                meaning="share of its power that counts as firm",
            ),
            Column(
                name="resale_share",
                unit="share",
                default=0.0,
                low=0,
                high=1,
                meaning="share of the price that a contract's surplus earns",
            ),
            Column(
                name="until",
                kind="month",
                default="",
                meaning="date by which it leaves, for bridging supply; blank: stays for its life",
            ),
        ),
    ),
)

PROFILED = {"solar": "solar", "wind": "wind", "contract_solar": "solar", "contract_wind": "wind"}

REPORTS = (
    Report(
        name="energy_assets",
        meaning="energy assets by site",
        keys=("site", "asset", "period"),
        values=(
            Value(name="build_mw", unit="MW", meaning="power entering service", of="build_mw"),
            Value(name="capacity_mw", unit="MW", meaning="power in service", of="capacity_mw"),
        ),
    ),
    Report(
        name="energy",
        meaning="energy by site and source, period sums",
        keys=("site", "source", "period"),
        values=(
            Value(name="gwh", unit="GWh", meaning="energy supplied; charging counts as negative", of="supplied_gwh"),
        ),
    ),
)
PRICES = (
    Price(
        constraint="within_asset",
        heading="room for the asset",
        unit="USD/kW/year",
        keys=("site", "asset", "period"),
        factor=1e3,
    ),
    Price(
        constraint="permitted_hours",
        heading="permitted hours",
        unit="USD/MWh",
        keys=("site", "asset", "period"),
        factor=1e3,
    ),
)


def build(m: Any, inputs: Inputs) -> None:
    """Declare assets, stores and contracts."""
    b, calendar = m.energy, m.calendar
    assets = inputs["energy_assets"]
    kind = np.array(text(assets, "kind"), dtype=object)
    max_mw = column(assets, "max_mw")
    lead_years = column(assets, "lead_months") * MONTHS
    capex_musd_per_mw = column(assets, "capex_usd_per_kw") * USD_PER_KW
    fixed_musd_per_mw_year = column(assets, "fixed_usd_per_kw_year") * USD_PER_KW
    efficiency = column(assets, "efficiency")
    output_musd_per_gwh = (
        column(assets, "variable_usd_per_mwh") + column(assets, "fuel_usd_per_mwh") / efficiency
    ) * USD_PER_MWH
    storage_hours = column(assets, "storage_hours", blank=0.0)
    life_years = column(assets, "life_years")
    co2_kt_per_gwh = column(assets, "co2_kg_per_mwh") * KG_PER_MWH
    max_hours_per_year = column(assets, "max_hours_per_year", blank=np.inf)
    firm_credit = column(assets, "firm_credit")
    resale_share = column(assets, "resale_share")
    until = calendar.since_start(text(assets, "until"), blank=np.inf)
    site_of_asset = codes(m.SITES, text(assets, "site"))
    is_contract = np.array([k.startswith("contract_") for k in kind], dtype=bool)
    is_store = kind == "battery"

    b.ASSETS = Index.of(
        [f"{site}:{asset}" for site, asset in zip(assets["site"], assets["asset"], strict=True)], doc="energy assets"
    )
    m.names["ASSETS"] = pd.DataFrame({"site": text(assets, "site"), "asset": text(assets, "asset")})
    site_open = m.site_open[site_of_asset] & calendar.before(until)
    can_build = site_open & calendar.reached(lead_years)
    b.BUILT = Index.product(b.ASSETS, m.PERIODS, where=can_build)
    runs = site_open & np.logical_or.accumulate(can_build, axis=1)
    b.RUNS = Index.product(b.ASSETS, m.PERIODS, where=runs)
    asset, period = b.BUILT.codes
    ends = np.minimum(calendar.start[period] + life_years[asset], until[asset])
    generator = ~is_contract & ~is_store

    def slices_of(which: np.ndarray) -> Index:
        return Index.product(
            b.ASSETS,
            m.PERIODS,
            m.SLICES,
            where=np.broadcast_to((runs & which[:, None])[:, :, None], (b.ASSETS.size, m.PERIODS.size, m.SLICES.size)),
        )

    b.GENERATION, b.CONTRACTS, b.STORAGE = slices_of(generator), slices_of(is_contract), slices_of(is_store)
    b.OUTPUT = slices_of(~is_store)
    b.SOLD = slices_of(is_contract & (resale_share > 0))
    b.STORE_PERIODS = Index.product(b.ASSETS, m.PERIODS, where=runs & is_store[:, None])
    b.LIMITED = Index.product(b.ASSETS, m.PERIODS, where=runs & (~is_store & np.isfinite(max_hours_per_year))[:, None])
    b.site_of = Link(b.ASSETS, of=m.SITES, codes=site_of_asset)

    profile = _profiles(m, inputs, kind, site_of_asset)
    m.generator_credit_reach_mw, m.battery_credit_reach_mw = _credit_reach(
        m, runs, generator, is_store, site_of_asset, firm_credit * max_mw
    )

    b.max_mw = Numbers(b.ASSETS, max_mw, doc="[MW] largest power")
    b.profile = Numbers(
        b.OUTPUT, profile[b.OUTPUT.codes[0], b.OUTPUT.codes[2]], doc="[1] output per power in this hour"
    )
    b.capex_musd_per_mw = Numbers(b.ASSETS, capex_musd_per_mw, doc="[MUSD/MW] price of the asset")
    b.fixed_musd_per_mw_year = Numbers(b.ASSETS, fixed_musd_per_mw_year, doc="[MUSD/MW/yr] fixed cost")
    b.output_musd_per_gwh = Numbers(b.ASSETS, output_musd_per_gwh, doc="[MUSD/GWh] variable cost and fuel per output")
    b.co2_kt_per_gwh = Numbers(b.ASSETS, co2_kt_per_gwh, doc="[kt/GWh] carbon per output")
    b.max_gwh_per_mw_year = Numbers(
        b.ASSETS,
        np.where(np.isfinite(max_hours_per_year), max_hours_per_year, 0.0) * MWH,
        doc="[GWh/MW/yr] permitted output",
    )
    b.firm_credit = Numbers(b.ASSETS, firm_credit, doc="[1] share that counts as firm")
    b.storage_mwh_per_mw = Numbers(b.ASSETS, storage_hours, doc="[MWh/MW] size of the store")
    b.one_way_efficiency = Numbers(b.ASSETS, np.sqrt(efficiency), doc="[1] efficiency each way")
    b.hour = Numbers(m.SLICES, 1.0, doc="[h] length of an hour")
    b.produced_gwh_per_mw_year = Numbers(b.ASSETS, profile @ m.days.hours * MWH, doc="[GWh/MW/yr] production of a MW")
    sold_asset, sold_period, sold_slice = b.SOLD.codes
    b.sale_musd_per_gwh = Numbers(
        b.SOLD,
        resale_share[sold_asset]
        * np.maximum(m.price_musd_per_gwh[site_of_asset[sold_asset], sold_period, sold_slice], 0.0),
        doc="[MUSD/GWh] earned by surplus",
    )
    b.network_musd_per_gwh = Numbers(
        b.RUNS,
        m.site_network_musd_per_gwh[site_of_asset[b.RUNS.codes[0]], b.RUNS.codes[1]],
        doc="[MUSD/GWh] network charges",
    )

    b.build_mw = Variables(b.BUILT, upper=max_mw[asset], doc="[MW] power entering service")
    b.capacity_mw = Variables(b.RUNS, doc="[MW] power in service")
    b.output_mw = Variables(b.OUTPUT, doc="[MW] power given to the site")
    b.sold_mw = Variables(b.SOLD, doc="[MW] contract power sold on")
    b.charge_mw = Variables(b.STORAGE, doc="[MW] power taken up")
    b.discharge_mw = Variables(b.STORAGE, doc="[MW] power given back")
    b.stored_mwh = Variables(b.STORAGE, doc="[MWh] stored at the end of the hour")
    credited = np.zeros((m.SITES.size, m.PERIODS.size), dtype=bool)
    np.logical_or.at(credited, site_of_asset, runs & (is_store & (firm_credit > 0))[:, None])
    b.CREDITED = subset(m.SITE_PERIODS, credited[m.SITE_PERIODS.codes])
    b.battery_credit_mw = Variables(b.CREDITED, doc="[MW] firm power that batteries make of what is not firm")

    b.built_mw = Total(b.RUNS, doc="[MW] built and within life")
    b.built_mw.add(
        "build", over=b.BUILT, rule=lambda b, e, t: b.build_mw[e, t], to=accumulated(b.BUILT, b.RUNS, calendar, ends)
    )
    b.output_gwh_per_year = Total(b.RUNS, doc="[GWh/yr] energy given to the site")
    b.output_gwh_per_year.add(
        "output",
        over=b.OUTPUT,
        rule=lambda b, e, t, h: m.slice_gwh[h] * b.output_mw[e, t, h],
        to=lambda b, e, t, h: (e, t),
    )
    b.output_gwh_per_year.add(
        "discharge",
        over=b.STORAGE,
        rule=lambda b, e, t, h: m.slice_gwh[h] * b.discharge_mw[e, t, h],
        to=lambda b, e, t, h: (e, t),
    )
    b.charge_gwh_per_year = Total(b.STORE_PERIODS, doc="[GWh/yr] energy taken up")
    b.charge_gwh_per_year.add(
        "charge",
        over=b.STORAGE,
        rule=lambda b, e, t, h: m.slice_gwh[h] * b.charge_mw[e, t, h],
        to=lambda b, e, t, h: (e, t),
    )
    generator_periods = Index.product(b.ASSETS, m.PERIODS, where=runs & generator[:, None])
    b.generator_credit_mw = Total(m.SITE_PERIODS, doc="[MW] firm power of generators on site")
    b.generator_credit_mw.add(
        "generators",
        over=generator_periods,
        rule=lambda b, e, t: b.firm_credit[e] * b.capacity_mw[e, t],
        to=lambda b, e, t: (b.site_of[e], t),
    )
    b.battery_power_mw = Total(b.CREDITED, doc="[MW] firm power batteries could hold")
    b.battery_power_mw.add(
        "batteries",
        over=subset(b.STORE_PERIODS, firm_credit[b.STORE_PERIODS.codes[0]] > 0),
        rule=lambda b, e, t: b.firm_credit[e] * b.capacity_mw[e, t],
        to=lambda b, e, t: (b.site_of[e], t),
    )
    b.firm_credit_mw = Total(m.SITE_PERIODS, doc="[MW] firm power on site")
    b.firm_credit_mw.add(
        "generators", over=m.SITE_PERIODS, rule=lambda b, s, t: b.generator_credit_mw[s, t], to=lambda b, s, t: (s, t)
    )
    b.firm_credit_mw.add(
        "batteries", over=b.CREDITED, rule=lambda b, s, t: b.battery_credit_mw[s, t], to=lambda b, s, t: (s, t)
    )
    m.grid.through_mw.add(
        "contracts",
        over=b.CONTRACTS,
        block=b,
        rule=lambda b, e, t, h: b.output_mw[e, t, h],
        to=lambda b, e, t, h: (b.site_of[e], t, h),
    )

    def capacity_follows(b: Any, e: Any, t: Any) -> Any:
        return b.capacity_mw[e, t] == b.built_mw[e, t]

    b.capacity_follows = Family(b.RUNS, rule=capacity_follows, doc="[MW] capacity is what was built and still lives")

    def within_asset(b: Any, e: Any, t: Any) -> Any:
        return b.capacity_mw[e, t] <= b.max_mw[e]

    b.within_asset = Family(b.RUNS, rule=within_asset, doc="[MW] no more than the asset can be")

    def within_capacity(b: Any, e: Any, t: Any, h: Any) -> Any:
        return b.output_mw[e, t, h] <= b.profile[e, t, h] * b.capacity_mw[e, t]

    b.within_capacity = Family(
        b.GENERATION, rule=within_capacity, doc="[MW] output within what sun, wind or plant gives"
    )
    b.sales_mw = Total(b.CONTRACTS, doc="[MW] sold on")
    b.sales_mw.add("sold", over=b.SOLD, rule=lambda b, e, t, h: b.sold_mw[e, t, h], to=lambda b, e, t, h: (e, t, h))

    def within_production(b: Any, e: Any, t: Any, h: Any) -> Any:
        return b.output_mw[e, t, h] + b.sales_mw[e, t, h] <= b.profile[e, t, h] * b.capacity_mw[e, t]

    b.within_production = Family(
        b.CONTRACTS, rule=within_production, doc="[MW] used and sold within what the contract produces"
    )

    def permitted_hours(b: Any, e: Any, t: Any) -> Any:
        return b.output_gwh_per_year[e, t] <= b.max_gwh_per_mw_year[e] * b.capacity_mw[e, t]

    b.permitted_hours = Family(b.LIMITED, rule=permitted_hours, doc="[GWh/yr] no more hours than are permitted")
    _stores(m, b)
    _ledgers(m, b, lead_years, life_years, until, site_of_asset, is_contract)


def _profiles(m: Any, inputs: Inputs, kind: np.ndarray, site_of_asset: np.ndarray) -> Floats:
    """Output per MW of each asset in each slice; shape (assets, slices)."""
    zone = codes(m.ZONES, text(inputs["sites"], "zone"))[site_of_asset]
    profile = np.ones((len(kind), m.SLICES.size))
    by_name = {"solar": m.days.slices(m.days.solar), "wind": m.days.slices(m.days.wind)}
    for name, source in PROFILED.items():
        profile[kind == name] = by_name[source][zone[kind == name]]
    return profile


def _credit_reach(
    m: Any, runs: np.ndarray, generator: np.ndarray, is_store: np.ndarray, site_of_asset: np.ndarray, credit_mw: Floats
) -> tuple[Floats, Floats]:
    """Largest firm credits of generators and of batteries by site and period."""
    reach = np.zeros((2, m.SITES.size, m.PERIODS.size))
    for i, which in enumerate((generator, is_store)):
        np.add.at(reach[i], site_of_asset, np.where(runs & which[:, None], credit_mw[:, None], 0.0))
    return reach[0], reach[1]


def _stores(m: Any, b: Any) -> None:
    def storage_balances(b: Any, e: Any, t: Any, h: Any) -> Any:
        return b.stored_mwh[e, t, m.following_slice[h]] == b.stored_mwh[e, t, h] + b.hour[h] * (
            b.one_way_efficiency[e] * b.charge_mw[e, t, m.following_slice[h]]
            - b.discharge_mw[e, t, m.following_slice[h]] / b.one_way_efficiency[e]
        )

    b.storage_balances = Family(
        b.STORAGE, rule=storage_balances, doc="[MWh] what is stored follows charge and discharge, day by day"
    )

    def within_store(b: Any, e: Any, t: Any, h: Any) -> Any:
        return b.stored_mwh[e, t, h] <= b.storage_mwh_per_mw[e] * b.capacity_mw[e, t]

    b.within_store = Family(b.STORAGE, rule=within_store, doc="[MWh] no more stored than the battery holds")

    def charge_within_power(b: Any, e: Any, t: Any, h: Any) -> Any:
        return b.charge_mw[e, t, h] <= b.capacity_mw[e, t]

    b.charge_within_power = Family(b.STORAGE, rule=charge_within_power, doc="[MW] charge within power")

    def discharge_within_power(b: Any, e: Any, t: Any, h: Any) -> Any:
        return b.discharge_mw[e, t, h] <= b.capacity_mw[e, t]

    b.discharge_within_power = Family(b.STORAGE, rule=discharge_within_power, doc="[MW] discharge within power")

    def credit_is_held(b: Any, s: Any, t: Any) -> Any:
        return b.battery_credit_mw[s, t] <= b.battery_power_mw[s, t]

    b.credit_is_held = Family(b.CREDITED, rule=credit_is_held, doc="[MW] battery credit within the batteries")

    def credit_has_a_source(b: Any, s: Any, t: Any) -> Any:
        return b.battery_credit_mw[s, t] <= m.grid.non_firm_mw[s, t] + b.generator_credit_mw[s, t]

    b.credit_has_a_source = Family(
        b.CREDITED, rule=credit_has_a_source, doc="[MW] a battery makes nothing firm by itself"
    )


def _ledgers(
    m: Any,
    b: Any,
    lead_years: Floats,
    life_years: Floats,
    until: Floats,
    site_of_asset: np.ndarray,
    is_contract: np.ndarray,
) -> None:
    calendar = m.calendar
    asset, period = b.BUILT.codes
    run_asset, run_period = b.RUNS.codes
    m.power.add(
        "asset output",
        over=b.OUTPUT,
        block=b,
        rule=lambda b, e, t, h: b.output_mw[e, t, h],
        to=lambda b, e, t, h: (b.site_of[e], t, h),
    )
    m.power.add(
        "battery discharge",
        over=b.STORAGE,
        block=b,
        rule=lambda b, e, t, h: b.discharge_mw[e, t, h],
        to=lambda b, e, t, h: (b.site_of[e], t, h),
    )
    m.power.add(
        "battery charge",
        over=b.STORAGE,
        block=b,
        rule=lambda b, e, t, h: -b.charge_mw[e, t, h],
        to=lambda b, e, t, h: (b.site_of[e], t, h),
    )
    m.carbon.add(
        "energy assets",
        over=b.RUNS,
        block=b,
        rule=lambda b, e, t: m.years[t] * b.co2_kt_per_gwh[e] * b.output_gwh_per_year[e, t],
        to=lambda b, e, t: t,
    )

    ledger.payment(
        m,
        "L1",
        "energy assets",
        over=b.BUILT,
        block=b,
        rule=lambda b, e, t: b.capex_musd_per_mw[e] * b.build_mw[e, t],
        period=period,
        lead_years=lead_years[asset],
        site=site_of_asset[asset],
    )
    life = np.minimum(life_years[asset], until[asset] - calendar.start[period])
    left = m.site_open[site_of_asset[asset], -1] * calendar.residual(calendar.start[period], life)
    b.asset_left = Numbers(b.BUILT, left, doc="[1] share of life left at the horizon")
    ledger.residual(
        m,
        "L1",
        "energy assets",
        over=b.BUILT,
        block=b,
        rule=lambda b, e, t: b.asset_left[e, t] * b.capex_musd_per_mw[e] * b.build_mw[e, t],
    )
    ledger.flow(
        m,
        "L1",
        "energy asset operation",
        over=b.RUNS,
        block=b,
        period=run_period,
        site=site_of_asset[run_asset],
        rule=lambda b, e, t: m.years[t] * b.fixed_musd_per_mw_year[e] * b.capacity_mw[e, t],
    )
    own, contract = subset(b.RUNS, ~is_contract[run_asset]), subset(b.RUNS, is_contract[run_asset])
    ledger.flow(
        m,
        "L1",
        "fuel and variable cost",
        over=own,
        block=b,
        period=own.codes[1],
        site=site_of_asset[own.codes[0]],
        rule=lambda b, e, t: m.years[t] * b.output_musd_per_gwh[e] * b.output_gwh_per_year[e, t],
    )
    ledger.flow(
        m,
        "L1",
        "energy contracts",
        over=contract,
        block=b,
        period=contract.codes[1],
        site=site_of_asset[contract.codes[0]],
        rule=lambda b, e, t: (
            m.years[t] * b.output_musd_per_gwh[e] * b.produced_gwh_per_mw_year[e] * b.capacity_mw[e, t]
        ),
    )
    ledger.flow(
        m,
        "L1",
        "network charges on contracts",
        over=contract,
        block=b,
        period=contract.codes[1],
        site=site_of_asset[contract.codes[0]],
        rule=lambda b, e, t: m.years[t] * b.network_musd_per_gwh[e, t] * b.output_gwh_per_year[e, t],
    )
    b.sales_musd_per_year = Variables(contract, doc="[MUSD/yr] earned by contract surplus")
    b.hourly_sales_musd_per_year = Total(contract, doc="[MUSD/yr] surplus sold, hour by hour")
    b.hourly_sales_musd_per_year.add(
        "sold",
        over=b.SOLD,
        to=lambda b, e, t, h: (e, t),
        rule=lambda b, e, t, h: m.slice_gwh[h] * b.sale_musd_per_gwh[e, t, h] * b.sold_mw[e, t, h],
    )

    def sales_are_earned(b: Any, e: Any, t: Any) -> Any:
        return b.sales_musd_per_year[e, t] == b.hourly_sales_musd_per_year[e, t]

    b.sales_are_earned = Family(contract, rule=sales_are_earned, doc="[MUSD/yr] surplus earns its hour's price")
    ledger.flow(
        m,
        "L1",
        "contract surplus sold",
        over=contract,
        block=b,
        period=contract.codes[1],
        site=site_of_asset[contract.codes[0]],
        rule=lambda b, e, t: -m.years[t] * b.sales_musd_per_year[e, t],
    )

    sources = Index.of(
        [f"{site}:grid" for site in m.SITES.labels()]
        + b.ASSETS.labels()
        + [f"{asset}:charge" for asset in b.ASSETS.labels()]
    )
    names = m.names["ASSETS"]
    m.names["SOURCES"] = pd.DataFrame(
        {
            "site": [*m.SITES.labels(), *names["site"], *names["site"]],
            "source": ["grid"] * m.SITES.size + list(names["asset"]) + [f"{name} (charge)" for name in names["asset"]],
        }
    )
    b.SOURCES = sources
    grid_of = Link(m.SITES, of=sources, codes=np.arange(m.SITES.size))
    given_by = Link(b.ASSETS, of=sources, codes=m.SITES.size + np.arange(b.ASSETS.size))
    taken_by = Link(b.ASSETS, of=sources, codes=m.SITES.size + b.ASSETS.size + np.arange(b.ASSETS.size))
    b.grid_of, b.given_by, b.taken_by = grid_of, given_by, taken_by
    supplied = np.zeros((sources.size, m.PERIODS.size), dtype=bool)
    supplied[: m.SITES.size] = m.site_open
    supplied[m.SITES.size + run_asset, run_period] = True
    supplied[m.SITES.size + b.ASSETS.size + b.STORE_PERIODS.codes[0], b.STORE_PERIODS.codes[1]] = True
    b.supplied_gwh = Total(Index.product(sources, m.PERIODS, where=supplied), doc="[GWh] energy by source")
    b.supplied_gwh.add(
        "grid",
        over=m.SITE_PERIODS,
        rule=lambda b, s, t: m.years[t] * m.grid.import_gwh_per_year[s, t],
        to=lambda b, s, t: (b.grid_of[s], t),
    )
    b.supplied_gwh.add(
        "assets",
        over=b.RUNS,
        rule=lambda b, e, t: m.years[t] * b.output_gwh_per_year[e, t],
        to=lambda b, e, t: (b.given_by[e], t),
    )
    b.supplied_gwh.add(
        "charge",
        over=b.STORE_PERIODS,
        rule=lambda b, e, t: -m.years[t] * b.charge_gwh_per_year[e, t],
        to=lambda b, e, t: (b.taken_by[e], t),
    )


def check(inputs: Inputs) -> list[Problem]:
    """Batteries without storage hours, sun and wind without a profile, firm credit of a contract."""
    found = []
    zone_of = dict(zip(inputs["sites"]["site"], inputs["sites"]["zone"], strict=True))
    profiles = inputs["profiles"]
    for i, row in enumerate(inputs["energy_assets"].itertuples()):
        if row.kind == "battery" and np.isnan(row.storage_hours):
            found.append(
                Problem(
                    "energy_assets",
                    f"battery {row.asset} at {row.site} has no storage hours",
                    row=i,
                    column="storage_hours",
                    right="hours at full power, say 4",
                )
            )
        if row.kind in PROFILED:
            rows = profiles[profiles["zone"] == zone_of.get(row.site)]
            if rows.empty or rows[PROFILED[row.kind]].isna().any():
                found.append(
                    Problem(
                        "energy_assets",
                        f"{row.asset} at {row.site} needs a {PROFILED[row.kind]} profile of zone {zone_of.get(row.site)}",
                        row=i,
                        column="kind",
                        value=row.kind,
                        right=f"the column {PROFILED[row.kind]} filled for that zone in profiles",
                    )
                )
        if row.kind.startswith("contract_") and row.firm_credit > 0:
            found.append(
                Problem(
                    "energy_assets",
                    f"{row.asset} at {row.site} is a contract, which comes through the connection; its firm credit counts for nothing",
                    row=i,
                    column="firm_credit",
                    value=row.firm_credit,
                    right="blank",
                    severity="warning",
                )
            )
    return found
