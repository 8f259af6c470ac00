"""Runs: which model, when, hosted where; exploration; what is finished and still serves."""

from __future__ import annotations

import math
from collections import defaultdict

from tests.independent.oracle.eligible import most_zflop_per_mh
from tests.independent.oracle.frame import TRAINED
from tests.independent.oracle.linear import EPS, INF, Lin, total
from tests.independent.oracle.machines import availability, units_at
from tests.independent.oracle.reading import num


def efficiency(plan, m, g):
    """ZFLOP per Mh; 0 where memory or interconnect can't carry the training."""
    chip = plan.accelerators[g]
    needed = math.ceil(16 * num(plan.models[m], "total_params_b") / num(chip, "memory_gb") - EPS)
    if needed > 1024 or (needed > 8 and num(chip, "interconnect_gb_s", 0.0) < 100):
        return 0.0
    own = [row for row in plan.sheet["training_efficiency"] if (row["model"], row["accelerator"]) == (m, g)]
    return 3.6 * num(chip, "bf16_tflops") * num((own or [plan.models[m]])[0], "mfu")


def training(plan):
    plan.run = {}  # (model, period number)
    plan.final_mh, plan.explore_mh = defaultdict(Lin), defaultdict(Lin)  # (place, accelerator, period number)
    for m, row in plan.models.items():
        if row["route"] in TRAINED or (row["route"] == "adopt" and num(row, "cost_musd", 0.0) > 0):
            runs(plan, m, row)
    for m, row in plan.models.items():
        if row["route"] in TRAINED:
            per_mh = {g: efficiency(plan, m, g) for g in plan.accelerators}
            for t in plan.periods:
                hosting(plan, m, t, per_mh)
                exploration(plan, m, t, per_mh)
                base_first(plan, m, t)


def runs(plan, m, row):
    first = plan.since(row.get("available_from"))
    for t in plan.periods:
        can = first is None or t.start >= first - EPS
        plan.run[m, t.i] = plan.lp.var("run", m, t.name, hi=INF if can else 0.0, whole="runs" in plan.integers)
        plan.flow("L2", t, plan.run[m, t.i] * (num(row, "cost_musd", 0.0) / t.years))
    most = num(row, "max_runs", None)
    if most is not None:
        plan.lp.le(("max runs", m), total(plan.run[m, t.i] for t in plan.periods), most)


def final_zflop(plan, m):
    row = plan.models[m]
    given = num(row, "work_zflop", None)
    return 6 * num(row, "active_params_b") * num(row, "tokens_t") if given is None else given


def training_places(plan):
    return [*plan.sites, *(u for u, row in plan.cloud.items() if row.get("trains") == "yes")]


def chips_at(plan, place, per_mh):
    return [g for where, g in plan.places if where == place and per_mh[g] > 0]


def hosting(plan, m, t, per_mh):
    """One place finishes the final run in time, or it doesn't host it."""
    lp, zflop = plan.lp, final_zflop(plan, m)
    months = num(plan.models[m], "max_run_months", 6.0)
    needed = zflop / (8.76 * min(months / 12, t.years))
    hosts = []
    for place in training_places(plan):
        chips = chips_at(plan, place, per_mh)
        if not chips or most_zflop_per_mh(plan, place, t, per_mh) < needed * (1 - 1e-9):
            continue
        hosted = lp.var("hosted", m, place, t.name, whole="runs" in plan.integers)
        hosts.append(hosted)
        there = total(units_at(plan, place, g, t) * (per_mh[g] * availability(plan, place, g)) for g in chips)
        lp.ge(("cluster", m, place, t.name), there, hosted * needed)
        done = Lin()
        for g in chips:
            mh = lp.var("train", m, place, g, t.name)
            plan.final_mh[place, g, t.i].add(mh)
            done.add(mh, per_mh[g])
        lp.eq(("final run", m, place, t.name), done, hosted * zflop)
    lp.eq(("hosted", m, t.name), total(hosts), plan.run[m, t.i])


def exploration(plan, m, t, per_mh):
    """The rest of a run of t is worked off anywhere, in t and the periods that start in the twelve months before its
    end."""
    rest = final_zflop(plan, m) * (num(plan.models[m], "overhead", 2.5) - 1)
    if rest <= 0:
        return
    explored = Lin()
    for v in plan.up_to(t):
        if v is t or v.start >= t.end - 1 - EPS:
            for place in training_places(plan):
                for g in chips_at(plan, place, per_mh):
                    mh = plan.lp.var("explore", m, t.name, place, g, v.name)
                    plan.explore_mh[place, g, v.i].add(mh)
                    explored.add(mh, per_mh[g])
    plan.lp.eq(("exploration", m, t.name), explored, plan.run[m, t.i] * rest)


def base_first(plan, m, t):
    """A derived run needs a finished base; `max_runs` of it share one."""
    base = plan.models[m].get("base")
    finished = None if base is None else finished_by(plan, base, t)
    if finished is not None:
        most = num(plan.models[m], "max_runs", float(len(plan.periods)))
        plan.lp.le(("base", m, t.name), total(plan.run[m, v.i] for v in plan.up_to(t)), finished * most)


def finished_by(plan, m, t):
    """Runs of m finished by the start of t, ever; None where m is there without a run."""
    row = plan.models[m]
    if row["route"] in TRAINED:
        return total(plan.run[m, v.i] for v in plan.periods if v.end <= t.start + EPS)
    if (m, t.i) in plan.run:
        return total(plan.run[m, v.i] for v in plan.up_to(t))
    first = plan.since(row.get("available_from"))
    return None if first is None or t.start >= first - EPS else Lin()


def on_the_shelf(plan, m, t):
    """Runs of m that serve in t; None where m is there without a run."""
    row = plan.models[m]
    shelf = num(row, "shelf_months", 24.0 if row["route"] in TRAINED else INF) / 12
    if row["route"] in TRAINED:
        ends = {v.i: v.end for v in plan.periods if v.end <= t.start + EPS}
        return total(plan.run[m, i] for i, end in ends.items() if t.start < end + shelf - EPS)
    if (m, t.i) in plan.run:
        return total(plan.run[m, v.i] for v in plan.up_to(t) if t.start < v.start + shelf - EPS)
    first = plan.since(row.get("available_from")) or 0.0
    return None if first - EPS <= t.start < first + shelf - EPS else Lin()
