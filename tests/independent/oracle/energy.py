"""Assets behind the meter and contracts; the connection they share with imports; firm credit."""

from __future__ import annotations

import math
from collections import defaultdict

from tests.independent.oracle.grid import hourly_price, price_row
from tests.independent.oracle.linear import EPS, INF, Lin, total
from tests.independent.oracle.reading import num

CONTRACTS = ("contract_solar", "contract_wind", "contract_firm")
PROFILE = {"solar": "solar", "contract_solar": "solar", "wind": "wind", "contract_wind": "wind"}
LIFE_YEARS = {
    "solar": 25, "wind": 25, "battery": 15, "gas_turbine": 20, "engine": 20, "fuel_cell": 20, "small_reactor": 60,
    "hydro": 60, "geothermal": 30,
}  # fmt: skip


def asset_end(plan, asset, start):
    """When an asset in service from `start` ends."""
    ends = [start + num(asset, "life_years", LIFE_YEARS.get(asset["kind"]))]
    ends += [date for date in (plan.since(asset.get("until")), plan.closes(asset["site"])) if date is not None]
    return min(ends)


def energy(plan):
    plan.contract_mw = defaultdict(Lin)  # (site, period number, slice)
    plan.credit = defaultdict(Lin)  # (site, period number): MW
    generators, batteries = defaultdict(Lin), defaultdict(Lin)
    for asset in plan.sheet["energy_assets"]:
        s, kind, credit = asset["site"], asset["kind"], num(asset, "firm_credit", 0.0)
        for t, mw in capacities(plan, asset):
            plan.lp.le(("asset at most", s, asset["asset"], t.name), mw, num(asset, "max_mw"))
            plan.flow("L1", t, mw * (num(asset, "fixed_usd_per_kw_year", 0.0) * 1e-3), s)
            if kind == "battery":
                batteries[s, t.i].add(mw, credit)
                battery(plan, asset, t, mw)
            elif kind in CONTRACTS:
                outputs(plan, asset, t, mw, contract)
            else:
                generators[s, t.i].add(mw, credit)
                outputs(plan, asset, t, mw, generator)
    connection(plan)
    for s in plan.sites:
        for t in plan.periods:
            plan.credit[s, t.i] = generators[s, t.i].copy()
            if batteries[s, t.i].c:
                counted = plan.lp.var("battery credit", s, t.name)
                plan.lp.le(("battery credit", s, t.name), counted, batteries[s, t.i])
                plan.lp.le(("battery credit held", s, t.name), counted, plan.nonfirm[s, t.i] + generators[s, t.i])
                plan.credit[s, t.i].add(counted)


def capacities(plan, asset):
    """(period, MW in service) while the site is open; what is built is paid and leaves its residual."""
    s, lead, built = asset["site"], num(asset, "lead_months") / 12, {}
    for t in plan.periods:
        can = t.start >= lead - EPS and asset_end(plan, asset, t.start) > t.start + EPS
        built[t.i] = plan.lp.var("build", s, asset["asset"], t.name, hi=INF if can else 0.0)
        cost = built[t.i] * (num(asset, "capex_usd_per_kw", 0.0) * 1e-3)
        plan.pay_over("L1", t.start - lead, t.start, cost, s)
        if can:
            plan.residual("L1", cost, s, t.start, asset_end(plan, asset, t.start))
    for t in plan.periods:
        if not plan.closed(s, t):
            working = [v for v in plan.up_to(t) if t.start < asset_end(plan, asset, v.start) - EPS]
            yield t, total(built[v.i] for v in working)


def outputs(plan, asset, t, mw, kind):
    """Output of a generator or a contract in every slice, within its profile and permitted hours."""
    s, zone = asset["site"], plan.sites[asset["site"]]["zone"]
    shape = plan.profile[zone][PROFILE[asset["kind"]]] if asset["kind"] in PROFILE else [1.0] * len(plan.slices)
    mwh_per_year = Lin()
    for h, (hours, _) in enumerate(plan.slices):
        output = plan.lp.var("output", s, asset["asset"], t.name, h)
        plan.supply_mw[s, t.i, h].add(output)
        plan.carbon[t.i].add(output, num(asset, "co2_kg_per_mwh", 0.0) * hours * 1e-6 * t.years)
        mwh_per_year.add(output, hours)
        kind(plan, asset, t, h, output, mw * shape[h])
    most = num(asset, "max_hours_per_year", None)
    if most is not None:
        plan.lp.le(("run hours", s, asset["asset"], t.name), mwh_per_year, mw * most)


def fuel_usd_per_mwh(asset):
    return num(asset, "fuel_usd_per_mwh", 0.0) / num(asset, "efficiency", 1.0)


def generator(plan, asset, t, h, output, available_mw):
    plan.lp.le(("output", asset["site"], asset["asset"], t.name, h), output, available_mw)
    usd_per_mwh = num(asset, "variable_usd_per_mwh", 0.0) + fuel_usd_per_mwh(asset)
    plan.flow("L1", t, output * (usd_per_mwh * plan.slices[h][0] * 1e-6), asset["site"])


def contract(plan, asset, t, h, output, available_mw):
    """Paid for all that is available; used, sold, or spilled; what is used comes through the connection."""
    s, hours = asset["site"], plan.slices[h][0]
    zone = plan.sites[s]["zone"]
    sold = plan.lp.var("sold", s, asset["asset"], t.name, h)
    plan.lp.le(("output", s, asset["asset"], t.name, h), output + sold, available_mw)
    plan.contract_mw[s, t.i, h].add(output)
    network = num(price_row(plan, zone, t), "network_usd_per_mwh", 0.0)
    resale = max(0.0, hourly_price(plan, zone, t, h)) * num(asset, "resale_share", 0.0)
    usd_per_hour = available_mw * num(asset, "variable_usd_per_mwh", 0.0)
    usd_per_hour = usd_per_hour + output * (fuel_usd_per_mwh(asset) + network) - sold * resale
    plan.flow("L1", t, usd_per_hour * (hours * 1e-6), s)


def battery(plan, asset, t, mw):
    """Cyclic in each day; the square root of the efficiency is lost each way."""
    lp, s, a = plan.lp, asset["site"], asset["asset"]
    root = math.sqrt(num(asset, "efficiency", 0.85))
    for day in plan.days:
        stored = {h: lp.var("stored", s, a, t.name, h) for h in day}
        for n, h in enumerate(day):
            charge, discharge = lp.var("charge", s, a, t.name, h), lp.var("discharge", s, a, t.name, h)
            lp.le(("charge", s, a, t.name, h), charge, mw)
            lp.le(("discharge", s, a, t.name, h), discharge, mw)
            lp.le(("stored at most", s, a, t.name, h), stored[h], mw * num(asset, "storage_hours"))
            following = stored[day[(n + 1) % 24]]
            lp.eq(("stored", s, a, t.name, h), following, stored[h] + charge * root - discharge / root)
            plan.supply_mw[s, t.i, h].add(discharge).add(charge, -1.0)
            variable = num(asset, "variable_usd_per_mwh", 0.0)
            plan.flow("L1", t, discharge * (variable * plan.slices[h][0] * 1e-6), s)


def connection(plan):
    """Imports and contracts share the connection and its peak."""
    for (s, i, h), imported in plan.imported.items():
        through = imported + plan.contract_mw[s, i, h]
        plan.lp.le(("connection", s, i, h), through, plan.limit[s, i, h])
        plan.lp.le(("peak", s, i, h), through, plan.peak[s, i])
        plan.supply_mw[s, i, h].add(imported)
