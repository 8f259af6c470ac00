"""Ledgers: parts add entries, nobody edits a central equation.

`power[s,t,h]` MW, supply minus use = 0 · `compute[g,p,t]` Mh, hours available minus hours used ≥ 0 · `money[layer,t]`
MUSD, undiscounted, and `discounted[date]` MUSD at plan start, with residual values at the date `end` · `carbon[t]` kt ·
`water[t]` ML. A place p is a site or a cloud.

Every entry of money is named by its layer and heading ("L1|halls"); its rule gives MUSD, its function (payment, flow,
yearly, terms, residual) says when that is spent and how it is discounted, from the periods and sites among the indices
of the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from compute_lp.family import Index, Link, Numbers, Rule, Total, subject_to
from compute_lp.schema import Codes, Floats, Mask
from compute_lp.sparse import sp
from compute_lp.tables import crossed

LAYERS = ("L1", "L2", "L3", "L4")
END = "end"
RESIDUAL = "residual"


@dataclass(frozen=True)
class Spending:
    """An entry of money: where it is spent (codes of sites, or None) and its spread over periods."""

    layer: str
    heading: str
    over: Index
    rule: Rule
    block: Any
    site: Codes | None
    share: Floats


def open_ledgers(m: Any) -> None:
    """Declare the ledgers, empty."""
    m.LAYERS = Index.of(LAYERS)
    m.LAYER_PERIODS = Index.product(m.LAYERS, m.PERIODS)
    m.DATES = Index.of([*m.PERIODS.labels(), END])
    m.SITE_SLICES = crossed(m.SITE_PERIODS, m.SLICES)
    m.power = Total(m.SITE_SLICES, doc="[MW] supply minus use of power")
    m.compute = Total(
        Index.product(m.ACCELERATORS, m.PLACES, m.PERIODS), doc="[Mh] accelerator-hours available minus used"
    )
    m.money = Total(m.LAYER_PERIODS, doc="[MUSD] money spent, undiscounted")
    m.discounted = Total(m.DATES, doc="[MUSD] money spent, discounted to plan start")
    m.carbon = Total(m.PERIODS, doc="[kt] carbon dioxide")
    m.water = Total(m.PERIODS, doc="[ML] water")
    m.spendings = []


def close_ledgers(m: Any) -> None:
    """Balance what the parts have added."""
    m.HELD = Index.product(m.ACCELERATORS, m.PLACES, m.PERIODS, where=m.held)

    @subject_to(m, m.SITE_SLICES, "[MW] supply equals use in every hour")
    def power_is_balanced(m: Any, s: Any, t: Any, h: Any) -> Any:
        return m.power[s, t, h] == 0

    @subject_to(m, m.HELD, "[Mh] no more hours used than there are")
    def compute_suffices(m: Any, g: Any, p: Any, t: Any) -> Any:
        return m.compute[g, p, t] >= 0


def payment(
    b: Any,
    name: str,
    over: Index,
    rule: Rule,
    *,
    lead_years: Floats | float = 0.0,
    site: Link | None = None,
    left: Numbers | None = None,
) -> None:
    """MUSD for what enters service at the start of a row's period, paid evenly over the lead before it.

    `lead_years` is one value or one a row; `site` leads from a base of `over` to sites where those aren't among its
    bases; `left` is the share of the payment that is still there at the horizon, as residual value.
    """
    m = b.model()
    lead = np.broadcast_to(np.asarray(lead_years, dtype=np.float64), (over.size,))
    _enter(b, name, over, rule, site, *m.calendar.instalments(m.calendar.start[_period(b, over)], lead))
    if left is not None:
        residual(b, name, over, lambda b, *row: left[row] * rule(b, *row))


def left(b: Any, over: Index, life_years: Floats, *, site: Link | None = None) -> Numbers:
    """Share left at the horizon of the life of what enters service at the start of a row's period; `life_years` row by
    row. Nothing is left at a site that closes."""
    m = b.model()
    share = m.calendar.residual(m.calendar.start[_period(b, over)], life_years)
    return Numbers(over, m.stays[_site(b, over, site)] * share, doc="[1] share of life left at the horizon")


def flow(b: Any, name: str, over: Index, rule: Rule, *, site: Link | None = None) -> None:
    """MUSD of a row's period, spent evenly within it."""
    m = b.model()
    share = np.zeros((over.size, m.PERIODS.size))
    share[np.arange(over.size), _period(b, over)] = 1.0
    _enter(b, name, over, rule, site, share, share * m.calendar.flow_factor)


def yearly(b: Any, name: str, over: Index, rule: Rule, *, site: Link | None = None) -> None:
    """MUSD a year, throughout a row's period."""
    years, place = b.model().years, over.axis(b.model().PERIODS)
    flow(b, name, over, lambda b, *row: years[row[place]] * rule(b, *row), site=site)


def terms(b: Any, name: str, over: Index, rule: Rule, *, share: Floats) -> None:
    """MUSD of several periods together, `share` (rows, periods) of it spent evenly within each."""
    _enter(b, name, over, rule, None, share, share * b.model().calendar.flow_factor)


def residual(b: Any, name: str, over: Index, rule: Rule) -> None:
    """MUSD (a positive value) left at the horizon: counts against the discounted money, never in a budget."""
    m = b.model()
    if not m.residual_values:
        return
    factor = float(m.calendar.factor(m.calendar.horizon))
    keys = np.full(over.size, m.DATES.size - 1)
    spread = (keys, np.arange(over.size), np.full(over.size, -factor))
    layer, heading = name.split("|")
    m.discounted.add(f"{layer}|{RESIDUAL}|{heading}", over, rule, spread, block=b)


def _period(b: Any, over: Index) -> Codes:
    """Period of each row."""
    return over.codes[over.axis(b.model().PERIODS)]


def _site(b: Any, over: Index, link: Link | None) -> Codes | None:
    """Site of each row, by its own index or a link of it; None where it has none."""
    if link is not None:
        return link.codes[over.codes[over.axis(link.index_set())]]
    sites = b.model().SITES
    return over.codes[over.axis(sites)] if any(base is sites for base in over.bases) else None


def _enter(b: Any, name: str, over: Index, rule: Rule, site: Link | None, share: Floats, discounted: Floats) -> None:
    m, (layer, heading) = b.model(), name.split("|")
    if layer not in LAYERS:
        raise ValueError(f"the entry {name!r} has no layer; one of {', '.join(LAYERS)} stands before its heading")
    rows, times = np.nonzero(share)
    first = m.LAYERS.code(layer) * m.PERIODS.size
    m.money.add(name, over, rule, (first + times, rows, share[rows, times]), block=b)
    rows, times = np.nonzero(discounted)
    m.discounted.add(name, over, rule, (times, rows, discounted[rows, times]), block=b)
    m.spendings.append(Spending(layer, heading, over, rule, b, _site(b, over, site), share))


def spent_at_sites(m: Any, sites: Mask, name: str) -> Total:
    """Total [MUSD] of L1 money spent at the marked sites by the end of each period, resale taken off."""
    total = Total(m.PERIODS, doc=f"[MUSD] L1 money spent so far {name}")
    m.add_component(f"spent_{name}", total)
    for spending in m.spendings:
        if spending.layer != "L1" or spending.site is None or not sites[spending.site].any():
            continue
        share = np.cumsum(spending.share * sites[spending.site][:, None], axis=1)
        total.add(spending.heading, spending.over, spending.rule, sp.csr_array(share.T), block=spending.block)
    return total
