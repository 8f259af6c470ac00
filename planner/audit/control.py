"""Export control: permission used, banked and lapsed, and ceilings on flows, stocks and shares.

Matched investment isn't checked: money isn't reported by site.
"""

from __future__ import annotations

import numpy as np

from compute_lp.schema import Floats
from planner.audit.checks import Checks
from planner.audit.known import MONTHS_PER_YEAR, SAME_DATE_YEARS, Flags, Known
from planner.audit.machines import MILLION, K, Machines


def check_permission(known: Known, machines: Machines, checks: Checks) -> None:
    """Pots of permission: used for every purchase that needs a licence, within their dates and their size."""
    k = known
    pots = k.text("export_licences", "licence")
    if not pots:
        needing = (machines.outcome == "licence") * machines.buy
        checks.at_most("purchases under licence", needing, 0.0, machines.axes, unit="units", one=K)
        return
    used = k.array("export_control", "licensed_mtpp", {"licence": pots, "period": k.T})
    left = k.array("export_control", "available_mtpp", {"licence": pots, "period": k.T})
    axes = {"licence": pots, "period": k.T}
    rules = k.text("export_rules", "rule")
    rule = k.codes("export_licences", "rule", rules)
    destination = machines.reaches(k.text("export_licences", "destination"), k.place_country[: len(k.S)])
    mtpp = machines.buy * machines.tpp[:, None, None] / MILLION * (machines.outcome == "licence")
    of_rule = np.array([(mtpp * (machines.rule == r)).sum(axis=(0, 1)) for r in range(len(rules))]).reshape(
        -1, len(k.T)
    )
    licensed = np.zeros((len(rules), len(k.T)))
    np.add.at(licensed, rule, used)
    checks.equal("purchases under licence", licensed, of_rule, {"rule": rules, "period": k.T}, unit="MTPP")
    opens = k.dates("export_licences", "allocated", -np.inf)
    lasts = k.numbers("export_licences", "expires_after_months", np.inf) / MONTHS_PER_YEAR
    within = k.not_before(opens) & (k.start <= (opens + lasts)[:, None] + SAME_DATE_YEARS)
    reach = np.array(
        [(mtpp * (machines.rule == r) * destination[x][None, :, None]).sum(axis=(0, 1)) for x, r in enumerate(rule)]
    )
    checks.at_most("permission within its dates", used, np.where(within, reach, 0.0), axes, unit="MTPP")
    pot = k.numbers("export_licences", "mtpp")
    size = np.where(np.isnan(pot), np.inf, pot)
    dearest = np.array([np.max(machines.tpp, initial=0.0, where=(machines.rule == r).any(axis=(1, 2))) for r in rule])
    units = k.numbers("export_licences", "units")
    most = np.minimum(size, np.where(np.isnan(units), np.inf, np.nan_to_num(units) * dearest / MILLION))
    checks.at_most("permission within its pot", used.sum(axis=1), most, {"licence": pots}, unit="MTPP")
    spent = np.cumsum(used, axis=1) - used
    counted = within & ~np.isnan(pot)[:, None]
    expected = np.where(counted, np.nan_to_num(pot)[:, None] - spent, 0.0)
    checks.equal("permission left", left, expected, axes, unit="MTPP", size=spent)


def check_caps(known: Known, machines: Machines, checks: Checks) -> None:
    """Ceilings on flows and stocks of what first matched the cap's rule at arrival, and on shares of what it names."""
    k = known
    caps = k.text("export_caps", "cap")
    rule = k.codes("export_caps", "rule", k.text("export_rules", "rule"))
    there = machines.reaches(k.text("export_caps", "destination"), k.place_country[: len(k.S)])
    since = k.dates("export_caps", "from", 0.0)
    period = k.codes("export_caps", "period", k.T)
    for x, (cap, kind) in enumerate(zip(caps, k.text("export_caps", "kind"), strict=True)):
        holds = (period[x] < 0) | (np.arange(len(k.T)) == period[x])
        if kind != "flow_total":
            holds &= k.start >= since[x] - SAME_DATE_YEARS
        bought = machines.buy * (machines.rule == rule[x]) * there[x][None, :, None]
        if kind in ("share", "share_min"):
            _check_share(known, machines, checks, cap, kind, machines.named_by_rule[rule[x]], there[x], holds)
            continue
        for column, per_unit, unit, one in (
            ("mtpp", machines.tpp / MILLION, "MTPP", 1.0),
            ("h100e", machines.h100e, "H100-equivalents", K),
            ("units", np.ones(len(k.G)), "units", K),
        ):
            limit = k.numbers("export_caps", column, np.inf)[x]
            if not np.isfinite(limit):
                continue
            flow = np.einsum("g,gst->t", per_unit, bought)
            if kind == "flow_year":
                amount, limit = _pooled(k, flow * holds, limit)
            elif kind == "flow_total":
                counts = k.start >= since[x] - SAME_DATE_YEARS
                amount, limit = np.cumsum(flow * counts), np.full(len(k.T), limit)
            else:
                stock = _least_stock(known, machines, rule[x], bought, there[x])
                amount, limit = np.einsum("g,gt->t", per_unit, stock), np.full(len(k.T), limit)
            ceiling = np.where(holds, limit, np.inf)
            checks.at_most(f"cap {cap}", amount, ceiling, {"period": k.T}, unit=unit, one=one)


def _pooled(k: Known, flow: Floats, limit: float) -> tuple[Floats, Floats]:
    """Flows and limits by period, of all periods that start in its calendar year together."""
    year = np.floor(k.plan_start + k.start + SAME_DATE_YEARS)
    together = year[:, None] == year[None, :]
    return together @ flow, limit * np.maximum(1.0, together @ k.years)


def _least_stock(k: Known, machines: Machines, rule: int, bought: Floats, there: Flags) -> Floats:
    """(G, T) what stands at least, all that was retired there taken off: its cohort isn't in the tables."""
    chip, site, units = machines.fleet_rows
    at_arrival = machines.first_rule(k.dates("fleet", "installed", 0.0))
    counts = (at_arrival[chip, site, np.arange(len(chip))] == rule) & there[site]
    stock = np.einsum("gsv,gvt->gst", bought, machines.works) * k.site_open
    np.add.at(stock, (chip[counts], site[counts]), units[counts])
    return np.asarray(np.maximum(stock - machines.retired, 0.0).sum(axis=1))


def _check_share(
    k: Known, machines: Machines, checks: Checks, cap: str, kind: str, named: Flags, there: Flags, holds: Flags
) -> None:
    mtpp = np.einsum("g,gst->st", machines.tpp * named, machines.installed) / MILLION
    part, whole = mtpp[there].sum(axis=0), mtpp.sum(axis=0)
    share = k.numbers("export_caps", "share")[k.text("export_caps", "cap").index(cap)] * whole
    axes = {"period": k.T}
    if kind == "share":
        checks.at_most(f"cap {cap}", part, np.where(holds, share, np.inf), axes, unit="MTPP", size=whole)
    else:
        checks.at_most(f"cap {cap}", np.where(holds, share, 0.0), part, axes, unit="MTPP", size=whole)
