"""Accelerators bought by cohort, and rented ones."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from tests.independent.oracle.control import rule_for
from tests.independent.oracle.linear import EPS, INF, Lin, total
from tests.independent.oracle.reading import num


class Deal(NamedTuple):
    """How an accelerator can arrive at a site at the start of a period."""

    order: float
    bare_price: float
    """MUSD per k, at the order."""
    paid: float
    """MUSD per k, with multiplier, system adder and duty."""
    rule: Any
    """First matching export rule, or None."""


def deal_for(plan, g, s, t):
    """The Deal, or None where it can't arrive."""
    row, rule = plan.accelerators[g], rule_for(plan, g, s, t.start)
    outcome = rule["outcome"] if rule else "free"
    if outcome == "denied" or plan.closed(s, t):
        return None
    delay_months = num(rule, "delay_months", 0.0) if outcome in ("licence", "notify") else 0.0
    order = t.start - (num(row, "lead_months") + delay_months) / 12
    last = plan.since(row.get("last_order"))
    if order < max(0.0, plan.since(row["release"])) - EPS or (last is not None and order > last + EPS):
        return None
    age = order - plan.since(row["price_date"])
    bare = num(row, "price_usd") * 1e-3 * (1 - num(row, "price_decline_per_year", 0.0)) ** age
    multiplier = num(rule, "price_multiplier", 1.0) if rule else 1.0
    duty = num(plan.country[plan.sites[s]["country"]], "import_duty", 0.0)
    return Deal(order, bare, bare * multiplier * (1 + num(row, "system_adder", 0.0)) * (1 + duty), rule)


def procurement(plan):
    plan.buy, plan.deal = {}, {}  # (accelerator, site, period number)
    plan.fleet = defaultdict(list)  # same key: [(arrival, k left)], by cohort
    plan.installed = defaultdict(Lin)  # same key: k
    for g in plan.accelerators:
        for s in plan.sites:
            purchases(plan, g, s)
            existing_fleet(plan, g, s)
    plan.supply = {(row["accelerator"], row["period"]): num(row, "max_units") * 1e-3 for row in plan.sheet["supply"]}
    for g in plan.accelerators:
        for t in plan.periods:
            if (g, t.name) in plan.supply:
                bought = total(x for (g2, _, i), x in plan.buy.items() if g2 == g and i == t.i)
                plan.lp.le(("supply", g, t.name), bought, plan.supply[g, t.name])
    for s, site in plan.sites.items():
        firm_share = num(site, "pue_peak", num(site, "pue")) * (1 - num(site, "flexible_cover_share", 0.0))
        for t in plan.periods:
            nameplate = total(
                plan.installed[g, s, t.i] * num(row, "nameplate_kw") for g, row in plan.accelerators.items()
            )
            plan.lp.le(("within hall", s, t.name), nameplate, plan.hall[s, t.i])
            plan.lp.le(("firm power", s, t.name), nameplate * firm_share, plan.firm[s, t.i] + plan.credit[s, t.i])


def works_in(plan, g, s, arrival):
    """Periods in which a cohort works: those that start within its life, while the site is open."""
    end = arrival + num(plan.accelerators[g], "life_years")
    return [t for t in plan.periods if arrival - EPS <= t.start < end - EPS and not plan.closed(s, t)]


def existing_fleet(plan, g, s):
    """May be retired in any period, for nothing."""
    for n, row in enumerate(plan.sheet["fleet"]):
        if row["site"] == s and row["accelerator"] == g:
            left, arrival = Lin(k=num(row, "units") * 1e-3), plan.since(row["installed"])
            for t in works_in(plan, g, s, arrival):
                left = left - plan.lp.var("retire", g, s, f"fleet {n}", t.name)
                plan.lp.ge(("fleet", g, s, n, t.name), left, 0.0)
                plan.fleet[g, s, t.i].append((arrival, left))
                plan.installed[g, s, t.i].add(left)


def purchases(plan, g, s):
    """A cohort for each period in which it can arrive: paid, maintained, retired or resold later, worth something at
    the end."""
    row = plan.accelerators[g]
    life, loss = num(row, "life_years"), num(row, "resale_loss_per_year", None)
    for arrival in plan.periods:
        deal = deal_for(plan, g, s, arrival)
        if deal is None:
            continue
        plan.deal[g, s, arrival.i] = deal
        bought = plan.buy[g, s, arrival.i] = plan.lp.var("buy", g, s, arrival.name)
        plan.pay_over("L1", deal.order, arrival.start, bought * deal.paid, s)
        left, resold = bought, Lin()
        for t in works_in(plan, g, s, arrival.start):
            if t.i > arrival.i:
                left = left - plan.lp.var("retire", g, s, arrival.name, t.name)
                if loss is not None:
                    sold, age = plan.lp.var("resell", g, s, arrival.name, t.name), t.start - arrival.start
                    left = left - sold
                    resold.add(sold)
                    plan.pay_at("L1", t.start, sold * (-deal.bare_price * (1 - age / life) * (1 - loss) ** age), s)
                plan.lp.ge(("cohort", g, s, arrival.name, t.name), left, 0.0)
            plan.fleet[g, s, t.i].append((arrival.start, left))
            plan.installed[g, s, t.i].add(left)
            plan.flow("L1", t, left * (deal.paid * num(row, "maintenance_share", 0.0)), s)
            if t is plan.periods[-1]:
                plan.residual("L1", left * deal.paid, s, arrival.start, arrival.start + life, loss or 0.0)
        plan.lp.le(("resold", g, s, arrival.name), resold, bought * num(row, "resale_max_share", 1.0))


def clouds(plan):
    plan.cloud = {row["cloud"]: row for row in plan.sheet["clouds"]}
    plan.rented = {}  # (cloud, period number): k
    for u, row in plan.cloud.items():
        first, last = plan.since(row.get("available_from")), plan.since(row.get("available_to"))
        term, rent, price = num(row, "term_years", 1.0), {}, {}
        for t in plan.periods:
            can = (first is None or t.start >= first - EPS) and (last is None or t.start <= last + EPS)
            rent[t.i] = plan.lp.var("rent", u, t.name, hi=INF if can else 0.0)
            price[t.i] = num(row, "usd_per_hour") * (1 + num(row, "price_change_per_year", 0.0)) ** t.start
        for t in plan.periods:
            in_force = [v.i for v in plan.up_to(t) if t.start < v.start + term - EPS]
            plan.rented[u, t.i] = total(rent[i] for i in in_force)
            plan.flow("L1", t, total(rent[i] * (price[i] * 8.76) for i in in_force))
            plan.lp.le(("market", u, t.name), plan.rented[u, t.i], num(row, "max_units") * 1e-3)
    plan.places = [(s, g) for s in plan.sites for g in plan.accelerators]
    plan.places += [(u, row["accelerator"]) for u, row in plan.cloud.items()]


def units_at(plan, place, g, t):
    return plan.rented[place, t.i] if place in plan.cloud else plan.installed[g, place, t.i]


def availability(plan, place, g):
    return 1.0 if place in plan.cloud else num(plan.accelerators[g], "availability", 0.9)


def countries_of(plan, place):
    """(country of the place, country of its operator)"""
    if place in plan.cloud:
        return plan.cloud[place]["country"], plan.cloud[place]["operator_country"]
    country = plan.sites[place]["country"]
    return country, plan.operator(country)
