"""Export control: which rule meets a purchase, pots of permission, caps, matched investment."""

from __future__ import annotations

from collections import defaultdict

from tests.independent.oracle.linear import EPS, INF, Lin, total
from tests.independent.oracle.reading import num


def tpp(plan, g):
    """Total processing performance of one unit: operations a second times bits."""
    row = plan.accelerators[g]
    given = num(row, "tpp", None)
    if given is not None:
        return given
    by_format = (("bf16_tflops", 16), ("fp8_tflops", 8), ("fp4_tflops", 4), ("int8_tops", 8))
    return max(num(row, column, 0.0) * bits for column, bits in by_format)


def h100e(plan, g):
    """8-bit H100-equivalents of one unit."""
    row = plan.accelerators[g]
    eight_bit = max(num(row, "fp8_tflops", 0.0), num(row, "int8_tops", 0.0))
    return eight_bit / 1979 if eight_bit > 0 else num(row, "bf16_tflops") / 989


def chip_meets(plan, rule, g):
    """Minima inclusive, maxima exclusive, joined by and; a chip without the quantity doesn't meet the condition."""
    row = plan.accelerators[g]
    die = num(row, "die_mm2", None)
    quantities = {
        "tpp": tpp(plan, g),
        "density": tpp(plan, g) / die if die else None,
        "bandwidth_tb_s": num(row, "bandwidth_tb_s", None),
        "interconnect_gb_s": num(row, "interconnect_gb_s", None),
    }
    for name, quantity in quantities.items():
        least, most = num(rule, f"min_{name}", None), num(rule, f"max_{name}", None)
        if least is not None and (quantity is None or quantity < least):
            return False
        if most is not None and (quantity is None or quantity >= most):
            return False
    return rule.get("market") in (None, row.get("market"))


def rule_for(plan, g, s, date):
    """First rule that matches an arrival, or None: free."""
    country = plan.sites[s]["country"]
    for rule in plan.sheet["export_rules"]:
        first, last = plan.since(rule.get("from")), plan.since(rule.get("to"))
        owner = rule.get("owner")
        if (
            plan.is_place(rule["destination"], country)
            and (owner is None or plan.is_place(owner, plan.operator(country)))
            and (first is None or date >= first - EPS)
            and (last is None or date < last - EPS)
            and chip_meets(plan, rule, g)
        ):
            return rule
    return None


def export_control(plan):
    licences(plan)
    rules = {rule["rule"]: rule for rule in plan.sheet["export_rules"]}
    for cap in plan.sheet["export_caps"]:
        if cap["kind"] in ("share", "share_min"):
            share_cap(plan, cap, rules[cap["rule"]])
        else:
            quantity_cap(plan, cap, rules[cap["rule"]])


def licences(plan):
    """Purchases that need a licence are assigned to pots, within the pots' dates."""
    lp = plan.lp
    used_mtpp, used_k = defaultdict(Lin), defaultdict(Lin)
    for (g, s, i), deal in plan.deal.items():
        if deal.rule is None or deal.rule["outcome"] != "licence":
            continue
        t, mtpp_per_k = plan.periods[i], tpp(plan, g) * 1e-3
        assigned = Lin()
        for pot in plan.sheet["export_licences"]:
            first = plan.since(pot["allocated"])
            last = first + num(pot, "expires_after_months", INF) / 12
            here = pot["rule"] == deal.rule["rule"] and plan.is_place(pot["destination"], plan.sites[s]["country"])
            if here and first - EPS <= t.start <= last + EPS:
                mtpp = lp.var("licensed", pot["licence"], g, s, t.name)
                assigned.add(mtpp)
                used_mtpp[pot["licence"]].add(mtpp)
                used_k[pot["licence"]].add(mtpp, 1 / mtpp_per_k)
        lp.eq(("licensed", g, s, t.name), assigned, plan.buy[g, s, i] * mtpp_per_k)
    for pot in plan.sheet["export_licences"]:
        name = pot["licence"]
        if num(pot, "mtpp", None) is not None:
            lp.le(("pot", name), used_mtpp[name], num(pot, "mtpp"))
        if num(pot, "units", None) is not None:
            lp.le(("pot, units", name), used_k[name], num(pot, "units") * 1e-3)


def cap_periods(plan, cap):
    since = plan.since(cap.get("from"))
    named = [t for t in plan.periods if cap.get("period") in (None, t.name)]
    return [t for t in named if since is None or t.start >= since - EPS]


def cap_sites(plan, cap):
    return [s for s in plan.sites if plan.is_place(cap["destination"], plan.sites[s]["country"])]


def share_cap(plan, cap, rule):
    """TPP at the destination as a share of that of all sites, over chips that meet the rule's conditions."""
    chips = [g for g in plan.accelerators if chip_meets(plan, rule, g)]

    def mtpp(sites, t):
        return total(plan.installed[g, s, t.i] * (tpp(plan, g) * 1e-3) for g in chips for s in sites)

    for t in cap_periods(plan, cap):
        part, whole = mtpp(cap_sites(plan, cap), t), mtpp(plan.sites, t) * num(cap, "share")
        row = plan.lp.le if cap["kind"] == "share" else plan.lp.ge
        row(("cap", cap["cap"], t.name), part, whole)


def quantity_cap(plan, cap, rule):
    """A flow in a calendar year, a flow since a date, or a stock: of what this rule is the first to match."""
    sites, periods = cap_sites(plan, cap), cap_periods(plan, cap)
    per_k = {"mtpp": lambda g: tpp(plan, g) * 1e-3, "h100e": lambda g: h100e(plan, g) * 1e3, "units": lambda g: 1e3}

    def arriving(t, weight):
        return total(
            bought * weight(g)
            for (g, s, i), bought in plan.buy.items()
            if i == t.i and s in sites and plan.deal[g, s, i].rule is rule
        )

    def standing(t, weight):
        return total(
            units * weight(g)
            for (g, s, i), cohorts in plan.fleet.items()
            if i == t.i and s in sites
            for arrival, units in cohorts
            if rule_for(plan, g, s, arrival) is rule
        )

    for column, weight in per_k.items():
        limit = num(cap, column, None)
        if limit is None:
            continue
        if cap["kind"] == "flow_total":
            plan.lp.le(("cap", cap["cap"]), total(arriving(t, weight) for t in periods), limit)
        elif cap["kind"] == "flow_year":
            pools = defaultdict(list)
            for t in periods:
                pools[(plan.start_month + round(t.start * 12)) // 12].append(t)
            for year, pool in pools.items():
                most = limit * max(1.0, sum(t.years for t in pool))
                plan.lp.le(("cap", cap["cap"], year), total(arriving(t, weight) for t in pool), most)
        elif cap["kind"] == "stock":
            for t in periods:
                plan.lp.le(("cap", cap["cap"], t.name), standing(t, weight), limit)
        else:
            raise ValueError(cap["kind"])


def matched_investment(plan):
    """L1 money at sites in the vendor's country up to t is at least a share of the chip price imported up to t."""
    owed = defaultdict(lambda: defaultdict(Lin))
    for (g, s, i), deal in plan.deal.items():
        share = num(deal.rule, "matched_investment", 0.0) if deal.rule else 0.0
        vendor = plan.accelerators[g]["vendor_country"]
        if share and plan.sites[s]["country"] != vendor:
            owed[vendor][i].add(plan.buy[g, s, i], share * deal.bare_price)
    for vendor, by_period in owed.items():
        spent = defaultdict(Lin)
        for layer, i, musd, _, site in plan.entries:
            if layer == "L1" and i != "end" and site is not None and plan.sites[site]["country"] == vendor:
                spent[i].add(musd)
        for t in plan.periods:
            so_far, due = total(spent[v.i] for v in plan.up_to(t)), total(by_period[v.i] for v in plan.up_to(t))
            plan.lp.ge(("matched investment", vendor, t.name), so_far, due)
