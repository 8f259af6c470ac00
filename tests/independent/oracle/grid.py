"""Connections to the grid, what comes through them, and what it costs."""

from __future__ import annotations

from collections import defaultdict

from tests.independent.oracle.linear import EPS, Lin, total
from tests.independent.oracle.reading import num


def grid(plan):
    plan.firm, plan.nonfirm = {}, {}  # (site, period number): MW
    plan.imported, plan.limit = {}, {}  # (site, period number, slice): MW
    plan.peak = {}  # (site, period number): MW
    plan.offers = defaultdict(list)
    for row in plan.sheet["grid_offers"]:
        plan.offers[row["site"]].append(row)
    for s in plan.sites:
        plan.offers[s].sort(key=lambda offer: int(offer["stage"]))
        connected = connections(plan, s)
        for t in plan.periods:
            if plan.closed(s, t):
                plan.firm[s, t.i], plan.nonfirm[s, t.i] = Lin(), Lin()
            else:
                imports(plan, s, t, [connected[n, t.i] for n in range(len(plan.offers[s]))])
    for zone in plan.zones:
        for t in plan.periods:
            surplus_block(plan, zone, t)


def lead_years(plan, offer):
    column = {"low": "lead_months_low", "central": "lead_months", "high": "lead_months_high"}[
        plan.settings["grid_delay"]
    ]
    return num(offer, column, num(offer, "lead_months")) / 12


def connections(plan, s):
    """Connected MW of each stage, by (stage number, period number)."""
    lp, whole = plan.lp, "stages" in plan.integers
    connected = {}
    for n, offer in enumerate(plan.offers[s]):
        mw, lead = num(offer, "mw"), lead_years(plan, offer)
        energise, begun = {}, {}
        for t in plan.periods:
            can = t.start >= lead - EPS and not plan.closed(s, t)
            energise[t.i] = lp.var("energise", s, offer["stage"], t.name, hi=mw if can else 0.0)
            if whole:
                begun[t.i] = lp.var("begun", s, offer["stage"], t.name, hi=1.0 if can else 0.0, whole=True)
            share = begun[t.i] if whole else energise[t.i] / mw
            cost = energise[t.i] * (num(offer, "usd_per_kw", 0.0) * 1e-3) + share * num(offer, "fixed_musd", 0.0)
            plan.pay_over("L1", t.start - lead, t.start, cost, s)
            plan.residual("L1", cost, s, t.start, t.start + num(offer, "life_years", 40.0))
        if whole:
            lp.le(("begin once", s, n), total(begun.values()), 1.0)
        for t in plan.periods:
            here = connected[n, t.i] = total(energise[v.i] for v in plan.up_to(t))
            lp.le(("connected", s, n, t.name), here, mw)
            is_begun = total(begun[v.i] for v in plan.up_to(t)) if whole else None
            if whole:
                lp.le(("begun", s, n, t.name), here, is_begun * mw)
            if n:
                before, mw_before = connected[n - 1, t.i], num(plan.offers[s][n - 1], "mw")
                lp.le(("stage order", s, n, t.name), here / mw, before / mw_before)
                if whole:
                    lp.ge(("stage before is full", s, n, t.name), before, is_begun * mw_before)
    return connected


def imports(plan, s, t, connected):
    lp, site = plan.lp, plan.sites[s]
    zone, existing = site["zone"], num(site, "existing_mw", 0.0)
    plan.firm[s, t.i], plan.nonfirm[s, t.i] = Lin(k=existing), Lin()
    limit = [Lin(k=existing) for _ in plan.slices]
    take = Lin()
    for offer, mw in zip(plan.offers[s], connected, strict=True):
        firm_share = num(offer, "firm_share", 1.0)
        plan.firm[s, t.i].add(mw, firm_share)
        plan.nonfirm[s, t.i].add(mw, 1 - firm_share)
        for h, there in enumerate(nonfirm_availability(plan, zone, num(offer, "curtailed_hours", 0.0))):
            limit[h].add(mw, firm_share + (1 - firm_share) * there)
        plan.flow("L1", t, mw * (num(offer, "annual_usd_per_kw", 0.0) * 1e-3), s)
        take.add(mw, num(offer, "min_take_share", 0.0) * 8.76)
    price = price_row(plan, zone, t)
    plan.peak[s, t.i] = lp.var("peak import", s, t.name)
    plan.flow("L1", t, plan.peak[s, t.i] * (num(price, "capacity_usd_per_kw_year", 0.0) * 1e-3), s)
    gwh_per_year = Lin()
    for h, (hours, _) in enumerate(plan.slices):
        mw = plan.imported[s, t.i, h] = lp.var("import", s, t.name, h)
        plan.limit[s, t.i, h] = limit[h]
        gwh_per_year.add(mw, hours * 1e-3)
        usd_per_mwh = hourly_price(plan, zone, t, h) + num(price, "network_usd_per_mwh", 0.0)
        plan.flow("L1", t, mw * (usd_per_mwh * hours * 1e-6), s)
    if take.c:
        short = lp.var("take short", s, t.name)
        lp.ge(("minimum take", s, t.name), short, take - gwh_per_year)
        plan.flow("L1", t, short * (mean_price(plan, zone, t) * 1e-3), s)
    plan.carbon[t.i].add(gwh_per_year, plan.carbon_intensity(site["country"], t) * 1e-3 * t.years)


def surplus_block(plan, zone, t):
    """Imports of all sites of a zone beyond its block cost the dearer price."""
    row = price_row(plan, zone, t)
    block, beyond = num(row, "surplus_mw", None), num(row, "usd_per_mwh_beyond", None)
    if block is None or beyond is None:
        return
    addition = (beyond - num(row, "usd_per_mwh")) * (1 + num(row, "growth_per_year", 0.0)) ** t.mid
    here = [s for s, site in plan.sites.items() if site["zone"] == zone and not plan.closed(s, t)]
    for h, (hours, _) in enumerate(plan.slices):
        mw = plan.lp.var("beyond", zone, t.name, h)
        plan.lp.ge(("surplus block", zone, t.name, h), mw, total(plan.imported[s, t.i, h] for s in here) - block)
        plan.flow("L1", t, mw * (addition * hours * 1e-6), here[0] if here else None)


def price_row(plan, zone, t):
    rows = [row for row in plan.sheet["energy_prices"] if row["zone"] == zone]
    own = [row for row in rows if row.get("period") == t.name]
    return (own or [row for row in rows if row.get("period") is None])[0]


def mean_price(plan, zone, t):
    row = price_row(plan, zone, t)
    return num(row, "usd_per_mwh") * (1 + num(row, "growth_per_year", 0.0)) ** t.mid


def hourly_price(plan, zone, t, h):
    return mean_price(plan, zone, t) * plan.profile[zone]["price_index"][h]


def nonfirm_availability(plan, zone, curtailed_hours):
    """Share of each slice in which the non-firm part is there: the dearest hours are cut, ties in proportion."""
    index = [round(i, 12) for i in plan.profile[zone]["price_index"]]
    there, left = [1.0] * len(plan.slices), curtailed_hours
    for level in sorted(set(index), reverse=True):
        same = [h for h, i in enumerate(index) if i == level]
        hours = sum(plan.slices[h][0] for h in same)
        cut = min(1.0, left / hours)
        for h in same:
            there[h] = 1 - cut
        left -= cut * hours
    return there
