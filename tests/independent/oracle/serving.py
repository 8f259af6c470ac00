"""Which model answers what, on what; residency; hours and the peak hour."""

from __future__ import annotations

from collections import defaultdict

from tests.independent.oracle.linear import INF, Lin, total
from tests.independent.oracle.machines import availability, countries_of, units_at
from tests.independent.oracle.reading import num
from tests.independent.oracle.training import on_the_shelf

DERATE = {"batch": 0.85, "interactive": 0.45, "fast": 0.30}
REALTIME_DERATE_UP_TO_10B, REALTIME_DERATE = 0.20, 0.08
RESIDENCY = (
    ("foreign_share_max", ("place", "operator"), ("home",)),
    ("non_allied_share_max", ("place", "operator"), ("home", "allied")),
    ("foreign_vendor_share_max", ("vendor",), ("home",)),
    ("non_allied_vendor_share_max", ("vendor",), ("home", "allied")),
)


def derate(plan, latency, m):
    if latency != "realtime":
        return DERATE[latency]
    return REALTIME_DERATE_UP_TO_10B if num(plan.models[m], "active_params_b") <= 10 else REALTIME_DERATE


def t_per_mh(plan, w, m, g, t):
    """Output tokens, each with its input; 0 where it can't."""
    if num(plan.models[m], "total_params_b") > 8 * num(plan.accelerators[g], "memory_gb"):
        return 0.0
    latency = plan.workloads[w]["latency"]
    rows = [row for row in plan.sheet["throughput"] if (row["model"], row["accelerator"]) == (m, g)]
    own = [row for row in rows if row.get("latency") == latency]
    saturated = [row for row in rows if row.get("latency") is None]
    if not own and not saturated:
        raise NotImplementedError(f"no throughput row for {m} on {g} at {latency}: the oracle has no roofline")
    row = (own or saturated)[0]
    output, input = num(row, "output_tokens_per_s"), num(row, "input_tokens_per_s", INF)
    if output == 0 or input == 0:
        return 0.0
    asked = plan.demand[w, t.name]
    seconds = 1 / output + num(asked, "input_t_per_year") / num(asked, "output_t_per_year") / input
    return 3.6e-3 / seconds * (1.0 if own else derate(plan, latency, m))


def sufficiency(plan, w, m, t):
    rows = [row for row in plan.sheet["sufficiency"] if (row["workload"], row["model"]) == (w, m)]
    own = [row for row in rows if row.get("period") == t.name]
    general = [row for row in rows if row.get("period") is None]
    return num((own or general)[0], "share") if own or general else 0.0


def token_value(plan, w):
    """MUSD per T, or None where all must be served."""
    return num(plan.workloads[w], "unserved_usd_per_mtoken", num(plan.settings, "unserved_usd_per_mtoken", None))


def serving(plan):
    plan.workloads = {row["workload"]: row for row in plan.sheet["workloads"]}
    plan.demand = {(row["workload"], row["period"]): row for row in plan.sheet["demand"]}
    plan.served = defaultdict(Lin)  # (workload, model, period number): T
    plan.unserved = []  # T
    plan.serve_mh, plan.rate = {}, {}  # (workload, model, place, accelerator, period number)
    plan.value_served, plan.value_unserved = Lin(), Lin()
    for w in plan.workloads:
        for t in plan.periods:
            asked = num(plan.demand[w, t.name], "output_t_per_year") * t.years
            if asked > 0:
                segments(plan, w, t, asked)
                hours_and_prices(plan, w, t)
                residency(plan, w, t)
    for m, row in plan.models.items():
        most = num(row, "max_t_per_year", None)
        for t in plan.periods:
            if most is not None:
                answered = total(plan.served[w, m, t.i] for w in plan.workloads)
                plan.lp.le(("model at most", m, t.name), answered, most * t.years)
    compute(plan)


def segments(plan, w, t, asked):
    """Nested by difficulty; what is above the best share of any model in any period is out of reach."""
    lp, value = plan.lp, token_value(plan, w)
    share = {m: sufficiency(plan, w, m, t) for m in plan.models}
    best = max(sufficiency(plan, w, m, v) for m in plan.models for v in plan.periods)
    weight = plan.integral(t.start, t.end) / t.years * (value or 0.0)
    below = 0.0
    for edge in sorted({*share.values(), best} - {0.0}):
        size, below = asked * (edge - below), edge
        short = lp.var("unserved", w, edge, t.name, hi=0.0 if value is None else INF)
        answered = Lin()
        for m in share:
            if share[m] >= edge - 1e-12:
                tokens, there = lp.var("served", w, edge, m, t.name), on_the_shelf(plan, m, t)
                lp.le(("finished", w, edge, m, t.name), tokens, size if there is None else there * size)
                plan.served[w, m, t.i].add(tokens)
                answered.add(tokens)
        lp.eq(("demand", w, edge, t.name), answered + short, size)
        plan.unserved.append(short)
        plan.value_unserved.add(short, weight)
        plan.value_served.add(answered, weight)


def hours_and_prices(plan, w, t):
    for m, row in plan.models.items():
        tokens = plan.served[w, m, t.i]
        if not tokens.c:
            continue
        plan.flow("L3", t, tokens * (num(plan.workloads[w], "platform_usd_per_mtoken", 0.0) / t.years))
        if row["route"] == "api":
            price = num(row, "usd_per_mtoken") * (1 + num(row, "price_change_per_year", 0.0)) ** t.mid
            plan.flow("L2", t, tokens * (price / t.years))
            continue
        made = Lin()
        for place, g in plan.places:
            rate = t_per_mh(plan, w, m, g, t)
            if rate > 0:
                key = w, m, place, g, t.i
                plan.rate[key] = rate
                plan.serve_mh[key] = plan.lp.var("serve", *key)
                made.add(plan.serve_mh[key], rate)
        plan.lp.eq(("made", w, m, t.name), made, tokens)


def residency(plan, w, t):
    """At most a share of the served tokens away from home: by place, by operator; by chip vendor."""
    everything = total(plan.served[w, m, t.i] for m in plan.models)
    for column, views, inside in RESIDENCY:
        most = num(plan.workloads[w], column, None)
        if most is None:
            continue
        for view in views:
            outside = Lin()
            for (w2, m, place, g, i), mh in plan.serve_mh.items():
                country = {
                    "place": countries_of(plan, place)[0],
                    "operator": countries_of(plan, place)[1],
                    "vendor": plan.accelerators[g]["vendor_country"],
                }[view]
                if w2 == w and i == t.i and plan.group(country) not in inside:
                    outside.add(mh, plan.rate[w2, m, place, g, i])
            for m, row in plan.models.items():
                if row["route"] == "api" and plan.group(row.get("origin")) not in inside:
                    outside.add(plan.served[w, m, t.i])
            plan.lp.le((column, view, w, t.name), outside, everything * most)


def compute(plan):
    """Hours used, flat and by the serving profile, are there; and the peak hour is covered. Exploration isn't asked
    at the peak."""
    plan.flat_mh, plan.profile_mh = defaultdict(Lin), defaultdict(Lin)  # (place, accelerator, period number)
    peak_mh = defaultdict(Lin)
    for key, mh in plan.final_mh.items():
        plan.flat_mh[key].add(mh)
        peak_mh[key].add(mh, 1 - plan.flexible_share)
    for key, mh in plan.explore_mh.items():
        plan.flat_mh[key].add(mh)
    for (w, _, place, g, i), mh in plan.serve_mh.items():
        row = plan.workloads[w]
        can_wait = num(row, "deferrable_share", 0.0)
        plan.flat_mh[place, g, i].add(mh, can_wait)
        plan.profile_mh[place, g, i].add(mh, 1 - can_wait)
        peak_mh[place, g, i].add(mh, num(row, "peak_to_average", 2.0) * (1 - can_wait))
    for place, g in plan.places:
        for t in plan.periods:
            key = place, g, t.i
            available = units_at(plan, place, g, t) * (availability(plan, place, g) * 8.76 * t.years)
            plan.lp.le(("compute", *key), plan.flat_mh[key] + plan.profile_mh[key], available)
            plan.lp.le(("peak", *key), peak_mh[key], available)
