"""The most training that could stand at a place by a period: what keeps three small sites from passing for one
cluster."""

from __future__ import annotations

from tests.independent.oracle.energy import CONTRACTS, asset_end
from tests.independent.oracle.grid import lead_years
from tests.independent.oracle.linear import EPS, INF
from tests.independent.oracle.machines import availability
from tests.independent.oracle.reading import num


def most_zflop_per_mh(plan, place, t, efficiency):
    """Hours available times `efficiency` {accelerator: ZFLOP per Mh}, of the best mix that room, power and supply
    allow [ZFLOP in 8.76 Mh of a k]. Budgets and licences aren't asked."""
    if place in plan.cloud:
        row = plan.cloud[place]
        return efficiency[row["accelerator"]] * num(row, "max_units") * 1e-3
    if plan.closed(place, t):
        return 0.0
    site = plan.sites[place]
    use = num(site, "pue_peak", num(site, "pue")) * (1 - num(site, "flexible_cover_share", 0.0))
    room_mw = min(most_hall_mw(plan, site, t), most_firm_mw(plan, place, t) / use if use > 0 else INF)
    per_k = {g: efficiency[g] * availability(plan, place, g) for g in plan.accelerators}
    nameplate = {g: num(row, "nameplate_kw") for g, row in plan.accelerators.items()}
    most = 0.0
    for g in sorted(plan.accelerators, key=lambda g: -per_k[g] / nameplate[g]):
        k = min(most_k(plan, g, place, t), room_mw / nameplate[g])
        most += k * per_k[g]
        room_mw -= k * nameplate[g]
    return most


def most_hall_mw(plan, site, t):
    lead, rate = num(site, "build_months") / 12, num(site, "max_build_mw_per_year", INF)
    built = sum(rate * v.years for v in plan.up_to(t) if v.start >= lead - EPS)
    return min(num(site, "existing_it_mw", 0.0) + built, num(site, "max_it_mw"))


def most_firm_mw(plan, place, t):
    firm, nonfirm, generators, batteries = num(plan.sites[place], "existing_mw", 0.0), 0.0, 0.0, 0.0
    for offer in plan.offers[place]:
        if t.start >= lead_years(plan, offer) - EPS:
            mw, share = num(offer, "mw"), num(offer, "firm_share", 1.0)
            firm += share * mw
            nonfirm += (1 - share) * mw
    for asset in plan.sheet["energy_assets"]:
        lead = num(asset, "lead_months") / 12
        works = any(v.start >= lead - EPS and t.start < asset_end(plan, asset, v.start) - EPS for v in plan.up_to(t))
        if asset["site"] == place and works and asset["kind"] not in CONTRACTS:
            credit = num(asset, "firm_credit", 0.0) * num(asset, "max_mw")
            if asset["kind"] == "battery":
                batteries += credit
            else:
                generators += credit
    return firm + generators + min(batteries, nonfirm + generators)


def most_k(plan, g, place, t):
    """Existing fleet and all that supply allowed, of cohorts still working in t."""
    life, k = num(plan.accelerators[g], "life_years"), 0.0
    for row in plan.sheet["fleet"]:
        arrival = plan.since(row["installed"])
        if (row["site"], row["accelerator"]) == (place, g) and arrival - EPS <= t.start < arrival + life - EPS:
            k += num(row, "units") * 1e-3
    for v in plan.up_to(t):
        if (g, place, v.i) in plan.buy and t.start < v.start + life - EPS:
            k += plan.supply.get((g, v.name), INF)
    return k
