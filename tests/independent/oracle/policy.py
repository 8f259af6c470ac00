"""Adoption, policy rows and budgets."""

from __future__ import annotations

from collections import defaultdict

from tests.independent.oracle.control import h100e
from tests.independent.oracle.linear import INF, Lin, total
from tests.independent.oracle.machines import countries_of, units_at
from tests.independent.oracle.reading import num


def adoption(plan):
    """A workload takes up tokens only as fast as money spent on it before allows; uptake lasts."""
    for row in plan.sheet["adoption"]:
        w, spent = row["workload"], Lin()
        for t in plan.periods:
            level = spent * num(row, "uptake_t_per_year_per_musd", 0.0) + num(row, "start_t_per_year")
            served = total(plan.served[w, m, t.i] for m in plan.models)
            plan.lp.le(("adoption", w, t.name), served / t.years, level)
            adopt = plan.lp.var("adopt", w, t.name, hi=num(row, "max_musd_per_year", INF) * t.years)
            plan.flow("L4", t, adopt / t.years)
            spent = spent + adopt


def sovereignty(plan):
    for row in plan.sheet["policies"]:
        for t in plan.periods:
            if row.get("period") in (None, t.name):
                policy(plan, row["policy"], num(row, "value"), t)


def policy(plan, kind, value, t):
    lp = plan.lp
    compute = [(place, g, units_at(plan, place, g, t) * h100e(plan, g)) for place, g in plan.places]
    everything = total(units for _, _, units in compute)
    if kind == "home_compute_share_min":
        home = total(x for place, _, x in compute if plan.group(countries_of(plan, place)[0]) == "home")
        lp.ge((kind, t.name), home, everything * value)
    elif kind in ("vendor_share_max", "origin_share_max"):
        column = "vendor" if kind == "vendor_share_max" else "vendor_country"
        of = {g: row[column] for g, row in plan.accelerators.items()}
        for name in sorted(set(of.values())):
            lp.le((kind, name, t.name), total(x for _, g, x in compute if of[g] == name), everything * value)
    elif kind == "n_minus_1_share":
        for s in plan.sites:
            lp.le((kind, s, t.name), total(x for place, _, x in compute if place == s), everything * value)
    elif kind == "withdrawable_share_max":
        tokens = total(x for (_, _, i), x in plan.served.items() if i == t.i)
        lp.le((kind, t.name), tokens - not_withdrawable(plan, t), tokens * value)
    elif kind == "carbon_kt_max":
        lp.le((kind, t.name), plan.carbon[t.i], value)
    elif kind == "water_ml_max":
        lp.le((kind, t.name), plan.water[t.i], value)
    else:
        raise ValueError(kind)


def not_withdrawable(plan, t):
    """Tokens answered at a home place by weights that are open or of home origin."""
    tokens = Lin()
    for (w, m, place, g, i), mh in plan.serve_mh.items():
        model = plan.models[m]
        ours = model["licence"] == "open" or plan.group(model.get("origin")) == "home"
        if i == t.i and ours and plan.group(countries_of(plan, place)[0]) == "home":
            tokens.add(mh, plan.rate[w, m, place, g, i])
    return tokens


def budget(plan):
    """Resale counts, residual values don't; a period without a row is unlimited and carries nothing."""
    lp, spent = plan.lp, defaultdict(Lin)
    for layer, i, musd, _, _ in plan.entries:
        if i != "end":
            spent[layer, i].add(musd)
            spent["total", i].add(musd)
    rows = {(row["layer"], row["period"]): row for row in plan.sheet["budgets"]}
    for layer in sorted({layer for layer, _ in rows}):
        carried = Lin()
        for t in plan.periods:
            row = rows.get((layer, t.name))
            if row is None:
                carried = Lin()
                continue
            given, carried = carried + num(row, "musd"), Lin()
            here = spent[layer, t.i]
            lp.le(("budget", layer, t.name), here, given)
            if num(row, "min_musd", None) is not None:
                lp.ge(("least spend", layer, t.name), here, num(row, "min_musd"))
            if num(row, "carry_share", 0.0) > 0:
                carried = lp.var("carry", layer, t.name)
                lp.le(("carry", layer, t.name), carried, (given - here) * num(row, "carry_share"))
