"""Everything behind the meter and under contract.

sets            ASSETS e at a site; BUILT: (e,t) with start[t] ≥ plan start + lead, before `until` and closed_from;
                RUNS: (e,t) in which something of it can be in service; of these GENERATION, STORAGE, CONTRACTS
decides         build_mw[e,t], output_mw[e,t,h] (of a contract: what the site uses), sold_mw, charge_mw, discharge_mw,
                stored_mwh, battery_credit_mw[s,t]
derives         capacity_mw[e,t] = Σ build_mw within life and until; firm_credit_mw[s,t]
subject to      capacity_follows · within_asset: capacity ≤ max_mw · within_capacity: output ≤ profile·capacity ·
                within_production: contract output + sold ≤ profile·capacity · permitted_hours · storage_balances
                (cyclic in each day), within_store, charge and discharge ≤ capacity · credit_is_held: battery credit ≤
                battery_credit·capacity · credit_has_a_source: and ≤ non-firm connection + firm credits of generators
ledgers         power + output + discharge − charge · carbon · money L1: energy assets (over the lead), fixed cost,
                variable cost and fuel (contracts: all that is produced), network charges on contract energy, surplus
                sold, residual
not modelled    unit commitment, ramping, seasonal storage, degradation, contracts that bind for a term
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from compute_lp import ledger
from compute_lp.columns import amount, choice, key, month, months, report, share, table
from compute_lp.family import Index, Link, Numbers, Total, Variables, subject_to
from compute_lp.schema import Codes, Column, Floats, Inputs, Mask, Price, Problem, Value
from compute_lp.tables import accumulated, codes, column, crossed, joined, subset, summed, text
from compute_lp.units import KG_PER_MWH, MONTHS, MWH, USD_PER_KW, USD_PER_MWH

LIFE_YEARS = {
    "solar": 25.0,
    "wind": 25.0,
    "battery": 15.0,
    "gas_turbine": 20.0,
    "engine": 20.0,
    "fuel_cell": 20.0,
    "small_reactor": 60.0,
    "geothermal": 30.0,
    "hydro": 60.0,
    "contract_solar": 25.0,
    "contract_wind": 25.0,
    "contract_firm": 25.0,
}
"""Kinds of assets, and their lives where the workbook states none."""
GRID = "grid"
"""The source of imports in energy.csv."""
PROFILED = {"solar": "solar", "wind": "wind", "contract_solar": "solar", "contract_wind": "wind"}
"""Column of the profiles by which a kind's output goes."""

TABLES = (
    table(
        "energy_assets",
        "a plant, a store or a contract that could supply a site",
        key("site", "site it supplies", "sites.site"),
        key("asset", "name of the asset"),
        choice("kind", "what it is", tuple(LIFE_YEARS)),
        amount("max_mw", "largest power", "MW"),
        months("lead_months", "from order to service", high=480),
        amount("capex_usd_per_kw", "price of the asset", "USD/kW", 0.0),
        amount("fixed_usd_per_kw_year", "yearly fixed cost", "USD/kW/year", 0.0),
        Column("variable_usd_per_mwh", "cost per MWh of output; the price of a contract", "USD/MWh", default=0.0),
        amount("fuel_usd_per_mwh", "price per MWh of fuel", "USD/MWh", 0.0),
        Column(
            "efficiency",
            "output per fuel; of a battery, output per charge",
            "share",
            default_by=("kind", {"battery": 0.85}),
            default=1.0,
            above=0,
            high=1,
        ),
        Column(
            "storage_hours",
            "hours a battery can give its full power; it must be stated for a battery",
            "h",
            default=None,
            above=0,
        ),
        Column(
            "life_years",
            "life; the asset then ends and may be rebuilt",
            "years",
            default_by=("kind", LIFE_YEARS),
            default=25.0,
            above=0,
        ),
        amount("co2_kg_per_mwh", "carbon per MWh of output", "kg/MWh", 0.0),
        amount("max_hours_per_year", "permitted full-load hours; blank: no limit", "h/year", None, high=8760),
        share("firm_credit", "share of its power that counts as firm", 0.0),
        share("resale_share", "share of the price that a contract's surplus earns", 0.0),
        month("until", "date by which it leaves, for bridging supply; blank: stays for its life", ""),
    ),
)

GWH = Value("gwh", "GWh", "energy supplied; charging counts as negative", "supplied_gwh")
REPORTS = (
    report(
        "energy_assets",
        "energy assets by site",
        ("site", "asset", "period"),
        Value("build_mw", "MW", "power entering service", "build_mw"),
        Value("capacity_mw", "MW", "power in service", "capacity_mw"),
    ),
    report("energy", "energy by site and source, period sums", ("site", "source", "period"), GWH),
)
PRICES = (
    Price("within_asset", "room for the asset", "USD/kW/year", ("site", "asset", "period"), factor=1e3),
    Price("permitted_hours", "permitted hours", "USD/MWh", ("site", "asset", "period"), factor=1e3),
)


def reach(m: Any, inputs: Inputs) -> None:
    """Firm power that generators and batteries could give by a period [MW]; shape (sites, periods)."""
    b, calendar, assets = m.energy, m.calendar, inputs["energy_assets"]
    b.kind = np.array(text(assets, "kind"), dtype=object)
    b.is_contract = np.array([k.startswith("contract_") for k in b.kind], dtype=bool)
    b.is_store = b.kind == "battery"
    b.is_generator = ~b.is_contract & ~b.is_store
    at, b.until = codes(m.SITES, text(assets, "site")), calendar.since_start(text(assets, "until"), blank=np.inf)
    site_open = m.site_open[at] & calendar.before(b.until)
    b.can_build = site_open & calendar.reached(column(assets, "lead_months") * MONTHS)
    b.can_run = site_open & np.logical_or.accumulate(b.can_build, axis=1)
    credit_mw = np.where(b.can_run, (column(assets, "firm_credit") * column(assets, "max_mw"))[:, None], 0.0)
    m.generator_credit_reach_mw = summed(np.where(b.is_generator[:, None], credit_mw, 0.0), at, m.SITES.size)
    m.battery_credit_reach_mw = summed(np.where(b.is_store[:, None], credit_mw, 0.0), at, m.SITES.size)


def build(m: Any, inputs: Inputs) -> None:
    """Declare assets, stores and contracts."""
    b, calendar, assets = m.energy, m.calendar, inputs["energy_assets"]
    kind, is_contract, is_store, until = b.kind, b.is_contract, b.is_store, b.until
    max_mw = column(assets, "max_mw")
    lead_years = column(assets, "lead_months") * MONTHS
    capex_musd_per_mw = column(assets, "capex_usd_per_kw") * USD_PER_KW
    fixed_musd_per_mw_year = column(assets, "fixed_usd_per_kw_year") * USD_PER_KW
    efficiency = column(assets, "efficiency")
    output_usd_per_mwh = column(assets, "variable_usd_per_mwh") + column(assets, "fuel_usd_per_mwh") / efficiency
    storage_hours = column(assets, "storage_hours", blank=0.0)
    life_years = column(assets, "life_years")
    co2_kt_per_gwh = column(assets, "co2_kg_per_mwh") * KG_PER_MWH
    max_hours_per_year = column(assets, "max_hours_per_year")
    firm_credit = column(assets, "firm_credit")
    resale_share = column(assets, "resale_share")
    site_of_asset = codes(m.SITES, text(assets, "site"))
    backs_up = is_store & (firm_credit > 0)
    is_limited = ~is_store & np.isfinite(max_hours_per_year)

    names = pd.DataFrame({"site": text(assets, "site"), "asset": text(assets, "asset")})
    b.ASSETS, m.names["ASSETS"] = Index.of(joined(names), doc="energy assets"), names
    b.BUILT = Index.product(b.ASSETS, m.PERIODS, where=b.can_build)
    b.RUNS = Index.product(b.ASSETS, m.PERIODS, where=b.can_run)
    asset, period = b.BUILT.codes

    def runs_of(which: Mask) -> Index:
        return subset(b.RUNS, which[b.RUNS.codes[0]])

    b.STORE_PERIODS, b.LIMITED, b.CONTRACTED = runs_of(is_store), runs_of(is_limited), runs_of(is_contract)
    b.GENERATION = crossed(runs_of(b.is_generator), m.SLICES)
    b.CONTRACTS = crossed(b.CONTRACTED, m.SLICES)
    b.STORAGE = crossed(b.STORE_PERIODS, m.SLICES)
    b.OUTPUT = crossed(runs_of(~is_store), m.SLICES)
    b.SOLD = crossed(runs_of(is_contract & (resale_share > 0)), m.SLICES)
    b.site_of = Link(b.ASSETS, of=m.SITES, codes=site_of_asset)
    b.CREDITED = subset(m.SITE_PERIODS, summed(b.can_run & backs_up[:, None], site_of_asset, m.SITES.size) > 0)

    profile = _profiles(m, inputs, kind, site_of_asset)
    sold_asset, sold_period, sold_slice = b.SOLD.codes
    price_musd_per_gwh = m.price_musd_per_gwh[site_of_asset[sold_asset], sold_period, sold_slice]

    b.max_mw = Numbers(b.ASSETS, max_mw, doc="[MW] largest power")
    b.profile = Numbers(
        b.OUTPUT, profile[b.OUTPUT.codes[0], b.OUTPUT.codes[2]], doc="[1] output per power in this hour"
    )
    b.capex_musd_per_mw = Numbers(b.ASSETS, capex_musd_per_mw, doc="[MUSD/MW] price of the asset")
    b.fixed_musd_per_mw_year = Numbers(b.ASSETS, fixed_musd_per_mw_year, doc="[MUSD/MW/yr] fixed cost")
    b.output_musd_per_gwh = Numbers(
        b.ASSETS, output_usd_per_mwh * USD_PER_MWH, doc="[MUSD/GWh] variable cost and fuel per output"
    )
    b.co2_kt_per_gwh = Numbers(b.ASSETS, co2_kt_per_gwh, doc="[kt/GWh] carbon per output")
    b.max_gwh_per_mw_year = Numbers(
        b.ASSETS, np.nan_to_num(max_hours_per_year) * MWH, doc="[GWh/MW/yr] permitted output"
    )
    b.firm_credit = Numbers(b.ASSETS, firm_credit, doc="[1] share that counts as firm")
    b.storage_mwh_per_mw = Numbers(b.ASSETS, storage_hours, doc="[MWh/MW] size of the store")
    b.one_way_efficiency = Numbers(b.ASSETS, np.sqrt(efficiency), doc="[1] efficiency each way")
    b.hour = Numbers(m.SLICES, 1.0, doc="[h] length of an hour")
    b.produced_gwh_per_mw_year = Numbers(b.ASSETS, profile @ m.days.hours * MWH, doc="[GWh/MW/yr] production of a MW")
    b.sale_musd_per_gwh = Numbers(
        b.SOLD, resale_share[sold_asset] * np.maximum(price_musd_per_gwh, 0.0), doc="[MUSD/GWh] earned by surplus"
    )
    b.network_musd_per_gwh = Numbers(
        b.RUNS, m.site_network_musd_per_gwh[site_of_asset], doc="[MUSD/GWh] network charges"
    )

    b.build_mw = Variables(b.BUILT, doc="[MW] power entering service")
    b.capacity_mw = Variables(b.RUNS, doc="[MW] power in service")
    b.output_mw = Variables(b.OUTPUT, doc="[MW] power given to the site")
    b.sold_mw = Variables(b.SOLD, doc="[MW] contract power sold on")
    b.charge_mw = Variables(b.STORAGE, doc="[MW] power taken up")
    b.discharge_mw = Variables(b.STORAGE, doc="[MW] power given back")
    b.stored_mwh = Variables(b.STORAGE, doc="[MWh] stored at the end of the hour")
    b.battery_credit_mw = Variables(b.CREDITED, doc="[MW] firm power that batteries make of what is not firm")

    b.built_mw = Total(b.RUNS, doc="[MW] built and within life")
    ends = np.minimum(calendar.start[period] + life_years[asset], until[asset])
    b.built_mw.add("build", b.BUILT, lambda b, e, t: b.build_mw[e, t], accumulated(b.BUILT, b.RUNS, calendar, ends))
    b.output_gwh_per_year = Total(b.RUNS, doc="[GWh/yr] energy given to the site")
    b.output_gwh_per_year.add("output", b.OUTPUT, lambda b, e, t, h: m.slice_gwh[h] * b.output_mw[e, t, h])
    b.output_gwh_per_year.add("discharge", b.STORAGE, lambda b, e, t, h: m.slice_gwh[h] * b.discharge_mw[e, t, h])
    b.charge_gwh_per_year = Total(b.STORE_PERIODS, doc="[GWh/yr] energy taken up")
    b.charge_gwh_per_year.add("charge", b.STORAGE, lambda b, e, t, h: m.slice_gwh[h] * b.charge_mw[e, t, h])
    b.sales_mw = Total(b.CONTRACTS, doc="[MW] sold on")
    b.sales_mw.add("sold", b.SOLD, lambda b, e, t, h: b.sold_mw[e, t, h])
    m.grid.through_mw.add("contracts", b.CONTRACTS, lambda b, e, t, h: b.output_mw[e, t, h], b.site_of, block=b)

    @subject_to(b, b.RUNS, "[MW] capacity is what was built and still lives")
    def capacity_follows(b: Any, e: Any, t: Any) -> Any:
        return b.capacity_mw[e, t] == b.built_mw[e, t]

    @subject_to(b, b.RUNS, "[MW] no more than the asset can be")
    def within_asset(b: Any, e: Any, t: Any) -> Any:
        return b.capacity_mw[e, t] <= b.max_mw[e]

    @subject_to(b, b.GENERATION, "[MW] output within what sun, wind or plant gives")
    def within_capacity(b: Any, e: Any, t: Any, h: Any) -> Any:
        return b.output_mw[e, t, h] <= b.profile[e, t, h] * b.capacity_mw[e, t]

    @subject_to(b, b.CONTRACTS, "[MW] used and sold within what the contract produces")
    def within_production(b: Any, e: Any, t: Any, h: Any) -> Any:
        return b.output_mw[e, t, h] + b.sales_mw[e, t, h] <= b.profile[e, t, h] * b.capacity_mw[e, t]

    @subject_to(b, b.LIMITED, "[GWh/yr] no more hours than are permitted")
    def permitted_hours(b: Any, e: Any, t: Any) -> Any:
        return b.output_gwh_per_year[e, t] <= b.max_gwh_per_mw_year[e] * b.capacity_mw[e, t]

    _stores(m, b)
    _credits(m, b, runs_of(b.is_generator), runs_of(backs_up))
    _ledgers(m, b, lead_years, life_years, until)
    _sources(m, b, names)


def _profiles(m: Any, inputs: Inputs, kind: np.ndarray, site_of_asset: Codes) -> Floats:
    """Output per MW of each asset in each slice; shape (assets, slices)."""
    zone = codes(m.ZONES, text(inputs["sites"], "zone"))[site_of_asset]
    profile = np.ones((len(kind), m.SLICES.size))
    for name, source in PROFILED.items():
        profile[kind == name] = m.days.slices(getattr(m.days, source))[zone[kind == name]]
    return profile


def _stores(m: Any, b: Any) -> None:
    @subject_to(b, b.STORAGE, "[MWh] what is stored follows charge and discharge, day by day")
    def storage_balances(b: Any, e: Any, t: Any, h: Any) -> Any:
        return b.stored_mwh[e, t, m.following_slice[h]] == b.stored_mwh[e, t, h] + b.hour[h] * (
            b.one_way_efficiency[e] * b.charge_mw[e, t, m.following_slice[h]]
            - b.discharge_mw[e, t, m.following_slice[h]] / b.one_way_efficiency[e]
        )

    @subject_to(b, b.STORAGE, "[MWh] no more stored than the battery holds")
    def within_store(b: Any, e: Any, t: Any, h: Any) -> Any:
        return b.stored_mwh[e, t, h] <= b.storage_mwh_per_mw[e] * b.capacity_mw[e, t]

    @subject_to(b, b.STORAGE, "[MW] charge within power")
    def charge_within_power(b: Any, e: Any, t: Any, h: Any) -> Any:
        return b.charge_mw[e, t, h] <= b.capacity_mw[e, t]

    @subject_to(b, b.STORAGE, "[MW] discharge within power")
    def discharge_within_power(b: Any, e: Any, t: Any, h: Any) -> Any:
        return b.discharge_mw[e, t, h] <= b.capacity_mw[e, t]


def _credits(m: Any, b: Any, generators: Index, batteries: Index) -> None:
    """Firm power on site, which a battery makes of what isn't firm."""
    b.generator_credit_mw = Total(m.SITE_PERIODS, doc="[MW] firm power of generators on site")
    b.generator_credit_mw.add(
        "generators", generators, lambda b, e, t: b.firm_credit[e] * b.capacity_mw[e, t], b.site_of
    )
    b.battery_power_mw = Total(b.CREDITED, doc="[MW] firm power batteries could hold")
    b.battery_power_mw.add("batteries", batteries, lambda b, e, t: b.firm_credit[e] * b.capacity_mw[e, t], b.site_of)
    b.firm_credit_mw = Total(m.SITE_PERIODS, doc="[MW] firm power on site")
    b.firm_credit_mw.add("generators", m.SITE_PERIODS, lambda b, s, t: b.generator_credit_mw[s, t])
    b.firm_credit_mw.add("batteries", b.CREDITED, lambda b, s, t: b.battery_credit_mw[s, t])

    @subject_to(b, b.CREDITED, "[MW] battery credit within the batteries")
    def credit_is_held(b: Any, s: Any, t: Any) -> Any:
        return b.battery_credit_mw[s, t] <= b.battery_power_mw[s, t]

    @subject_to(b, b.CREDITED, "[MW] a battery makes nothing firm by itself")
    def credit_has_a_source(b: Any, s: Any, t: Any) -> Any:
        return b.battery_credit_mw[s, t] <= m.grid.non_firm_mw[s, t] + b.generator_credit_mw[s, t]


def _ledgers(m: Any, b: Any, lead_years: Floats, life_years: Floats, until: Floats) -> None:
    asset, period = b.BUILT.codes
    m.power.add("asset output", b.OUTPUT, lambda b, e, t, h: b.output_mw[e, t, h], b.site_of, block=b)
    m.power.add("battery discharge", b.STORAGE, lambda b, e, t, h: b.discharge_mw[e, t, h], b.site_of, block=b)
    m.power.add("battery charge", b.STORAGE, lambda b, e, t, h: -b.charge_mw[e, t, h], b.site_of, block=b)
    m.carbon.add(
        "energy assets", b.RUNS, lambda b, e, t: m.years[t] * b.co2_kt_per_gwh[e] * b.output_gwh_per_year[e, t], block=b
    )
    life = np.minimum(life_years[asset], until[asset] - m.calendar.start[period])
    b.asset_left = ledger.left(b, b.BUILT, life, site=b.site_of)
    ledger.payment(
        b,
        "L1|energy assets",
        b.BUILT,
        lambda b, e, t: b.capex_musd_per_mw[e] * b.build_mw[e, t],
        lead_years=lead_years[asset],
        site=b.site_of,
        left=b.asset_left,
    )
    ledger.yearly(
        b,
        "L1|energy asset operation",
        b.RUNS,
        lambda b, e, t: b.fixed_musd_per_mw_year[e] * b.capacity_mw[e, t],
        site=b.site_of,
    )
    ledger.yearly(
        b,
        "L1|fuel and variable cost",
        subset(b.RUNS, b.CONTRACTED.find(*b.RUNS.codes) < 0),
        lambda b, e, t: b.output_musd_per_gwh[e] * b.output_gwh_per_year[e, t],
        site=b.site_of,
    )
    ledger.flow(
        b,
        "L1|energy contracts",
        b.CONTRACTED,
        lambda b, e, t: m.years[t] * b.output_musd_per_gwh[e] * b.produced_gwh_per_mw_year[e] * b.capacity_mw[e, t],
        site=b.site_of,
    )
    ledger.yearly(
        b,
        "L1|network charges on contracts",
        b.CONTRACTED,
        lambda b, e, t: b.network_musd_per_gwh[e, t] * b.output_gwh_per_year[e, t],
        site=b.site_of,
    )
    b.sales_musd_per_year = Variables(b.CONTRACTED, doc="[MUSD/yr] earned by contract surplus")
    b.hourly_sales_musd_per_year = Total(b.CONTRACTED, doc="[MUSD/yr] surplus sold, hour by hour")
    b.hourly_sales_musd_per_year.add(
        "sold", b.SOLD, lambda b, e, t, h: m.slice_gwh[h] * b.sale_musd_per_gwh[e, t, h] * b.sold_mw[e, t, h]
    )

    @subject_to(b, b.CONTRACTED, "[MUSD/yr] surplus earns its hour's price")
    def sales_are_earned(b: Any, e: Any, t: Any) -> Any:
        return b.sales_musd_per_year[e, t] == b.hourly_sales_musd_per_year[e, t]

    ledger.yearly(
        b, "L1|contract surplus sold", b.CONTRACTED, lambda b, e, t: -b.sales_musd_per_year[e, t], site=b.site_of
    )


def _sources(m: Any, b: Any, names: pd.DataFrame) -> None:
    """Energy by source: what comes through the connection, what each asset gives, what each battery takes."""
    sites, assets = m.SITES.size, b.ASSETS.size
    source = [GRID] * sites + list(names["asset"]) + [f"{name} (charge)" for name in names["asset"]]
    sources = pd.DataFrame({"site": [*m.SITES.labels(), *names["site"], *names["site"]], "source": source})
    b.SOURCES = Index.of([f"{where}:{what}" for where, what in zip(sources["site"], sources["source"], strict=True)])
    m.names["SOURCES"] = sources
    b.grid_of = Link(m.SITES, of=b.SOURCES, codes=np.arange(sites))
    b.given_by = Link(b.ASSETS, of=b.SOURCES, codes=sites + np.arange(assets))
    b.taken_by = Link(b.ASSETS, of=b.SOURCES, codes=sites + assets + np.arange(assets))
    starts = ((m.SITE_PERIODS, 0), (b.RUNS, sites), (b.STORE_PERIODS, sites + assets))
    supplied = [np.concatenate([index.codes[0] + start for index, start in starts])]
    supplied.append(np.concatenate([index.codes[1] for index, _ in starts]))
    b.supplied_gwh = Total(Index.rows((b.SOURCES, m.PERIODS), supplied), doc="[GWh] energy by source")
    b.supplied_gwh.add("grid", m.SITE_PERIODS, lambda b, s, t: m.years[t] * m.grid.import_gwh_per_year[s, t], b.grid_of)
    b.supplied_gwh.add("assets", b.RUNS, lambda b, e, t: m.years[t] * b.output_gwh_per_year[e, t], b.given_by)
    b.supplied_gwh.add("charge", b.STORE_PERIODS, lambda b, e, t: -m.years[t] * b.charge_gwh_per_year[e, t], b.taken_by)


def check(inputs: Inputs) -> list[Problem]:
    """Batteries without storage hours, sun and wind without a profile, firm credit of a contract, a misleading name."""
    found = []
    zone_of = dict(zip(inputs["sites"]["site"], inputs["sites"]["zone"], strict=True))
    profiles = inputs["profiles"]
    for row in inputs.rows("energy_assets"):
        where = f"{row.asset} at {row.site}"
        if row.asset == GRID:
            found.append(
                row.problem("asset", f"{where} has the name of what comes through the connection", "another name")
            )
        if row.kind == "battery" and np.isnan(row.storage_hours):
            found.append(
                row.problem("storage_hours", f"battery {where} has no storage hours", "hours at full power, say 4")
            )
        if row.kind in PROFILED:
            source, zone = PROFILED[row.kind], zone_of.get(row.site)
            rows = profiles[profiles["zone"] == zone]
            if rows.empty or rows[source].isna().any():
                right = f"the column {source} filled for that zone in profiles"
                found.append(row.problem("kind", f"{where} needs a {source} profile of zone {zone}", right))
        if row.kind.startswith("contract_") and row.firm_credit > 0:
            message = f"{where} is a contract, which comes through the connection; its firm credit counts for nothing"
            found.append(row.problem("firm_credit", message, "blank", "warning"))
    return found
