"""What the machines draw, hour by hour, and what rented ones emit."""

from __future__ import annotations

from tests.independent.oracle.linear import Lin, total
from tests.independent.oracle.reading import num


def draw_kw(row):
    """(idle, in use) of one unit."""
    kw = num(row, "nameplate_kw")
    return kw * num(row, "idle_share", 0.3), kw * num(row, "average_share", 0.75)


def loads(plan):
    for s in plan.sites:
        for t in plan.periods:
            if not plan.closed(s, t):
                site_load(plan, s, t)
    for u, row in plan.cloud.items():
        g = row["accelerator"]
        idle, in_use = draw_kw(plan.accelerators[g])
        for t in plan.periods:
            used_mh = plan.flat_mh[u, g, t.i] + plan.profile_mh[u, g, t.i]
            gwh = plan.rented[u, t.i] * (8.76 * t.years * idle) + used_mh * (in_use - idle)
            kg_per_kwh = plan.carbon_intensity(row["country"], t) * 1e-3
            plan.carbon[t.i].add(gwh, num(row, "pue", 1.2) * kg_per_kwh)


def site_load(plan, s, t):
    """Serving follows its profile; the flat part may move within the flexible share, the day's energy kept."""
    lp, site = plan.lp, plan.sites[s]
    idle_mw, most_mw, flat_mw, profile_mw = Lin(), Lin(), Lin(), Lin()
    for g, row in plan.accelerators.items():
        idle, in_use = draw_kw(row)
        idle_mw.add(plan.installed[g, s, t.i], idle)
        most_mw.add(plan.installed[g, s, t.i], in_use)
        flat_mw.add(plan.flat_mh[s, g, t.i], (in_use - idle) / (8.76 * t.years))
        profile_mw.add(plan.profile_mh[s, g, t.i], (in_use - idle) / (8.76 * t.years))
    it_gwh = Lin()
    for day in plan.days:
        moved = {h: lp.var("moved", s, t.name, h) for h in day}
        lp.eq(("day kept", s, t.name, day[0]), total(moved.values()), flat_mw * 24)
        for h in day:
            hours, hour_of_day = plan.slices[h]
            lp.ge(("moved at least", s, t.name, h), moved[h], flat_mw * (1 - plan.flexible_share))
            lp.le(("moved at most", s, t.name, h), moved[h], flat_mw * (1 + plan.flexible_share))
            it_mw = idle_mw + moved[h] + profile_mw * (24 * plan.serving_hours[hour_of_day])
            lp.le(("draw", s, t.name, h), it_mw, most_mw)
            lp.eq(("power", s, t.name, h), plan.supply_mw[s, t.i, h], it_mw * num(site, "pue"))
            it_gwh.add(it_mw, hours * 1e-3 * t.years)
    plan.water[t.i].add(it_gwh, num(site, "water_l_per_kwh", 0.0))
