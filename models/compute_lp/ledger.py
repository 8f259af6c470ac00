"""Ledgers: parts add entries, nobody edits a central equation.

`power[s,t,h]` MW, supply minus use = 0 · `compute[g,p,t]` Mh, hours available minus hours used ≥ 0 · `money[layer,t]`
MUSD, undiscounted, and `discounted[date]` MUSD at plan start, with residual values at the date `end` · `carbon[t]` kt ·
`water[t]` ML. A place p is a site or a cloud.

Every entry of money is named by its layer and heading; its rule gives MUSD, and a spread says in which periods it is
spent and how it is discounted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from compute_lp.family import Family, Index, Rule, Total
from compute_lp.schema import Codes, Floats

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
    m.SITE_SLICES = Index.product(
        m.SITES,
        m.PERIODS,
        m.SLICES,
        where=np.broadcast_to(m.site_open[:, :, None], (m.SITES.size, m.PERIODS.size, m.SLICES.size)),
    )
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

    def power_is_balanced(m: Any, s: Any, t: Any, h: Any) -> Any:
        return m.power[s, t, h] == 0

    m.power_is_balanced = Family(m.SITE_SLICES, rule=power_is_balanced, doc="[MW] supply equals use in every hour")

    def compute_suffices(m: Any, g: Any, p: Any, t: Any) -> Any:
        return m.compute[g, p, t] >= 0

    m.compute_suffices = Family(m.HELD, rule=compute_suffices, doc="[Mh] no more hours used than there are")


def payment(
    m: Any,
    layer: str,
    heading: str,
    *,
    over: Index,
    rule: Rule,
    block: Any,
    period: Codes,
    lead_years: Floats | float = 0.0,
    site: Codes | None = None,
) -> None:
    """MUSD for what enters service at the start of a period, paid evenly over the lead before it."""
    lead = np.broadcast_to(np.asarray(lead_years, dtype=np.float64), (over.size,))
    _enter(m, layer, heading, over, rule, block, site, *m.calendar.instalments(m.calendar.start[period], lead))


def flow(
    m: Any, layer: str, heading: str, *, over: Index, rule: Rule, block: Any, period: Codes, site: Codes | None = None
) -> None:
    """MUSD of a period, spent evenly within it."""
    share = np.zeros((over.size, m.PERIODS.size))
    share[np.arange(over.size), period] = 1.0
    _enter(m, layer, heading, over, rule, block, site, share, share * m.calendar.flow_factor)


def terms(m: Any, layer: str, heading: str, *, over: Index, rule: Rule, block: Any, share: Floats) -> None:
    """MUSD of several periods together, `share` (rows, periods) of it spent evenly within each."""
    _enter(m, layer, heading, over, rule, block, None, share, share * m.calendar.flow_factor)


def residual(m: Any, layer: str, heading: str, *, over: Index, rule: Rule, block: Any) -> None:
    """MUSD (a positive value) left at the horizon: counts against the discounted money, never in a budget."""
    if not m.residual_values:
        return
    factor = float(m.calendar.factor(m.calendar.horizon))
    keys = np.full(over.size, m.DATES.size - 1)
    m.discounted.add(
        f"{layer}|{RESIDUAL}|{heading}",
        over=over,
        rule=rule,
        block=block,
        to=(keys, np.arange(over.size), np.full(over.size, -factor)),
    )


def _enter(
    m: Any,
    layer: str,
    heading: str,
    over: Index,
    rule: Rule,
    block: Any,
    site: Codes | None,
    share: Floats,
    discounted: Floats,
) -> None:
    name = f"{layer}|{heading}"
    rows, times = np.nonzero(share)
    first = m.LAYERS.code(layer) * m.PERIODS.size
    m.money.add(name, over=over, rule=rule, block=block, to=(first + times, rows, share[rows, times]))
    rows, times = np.nonzero(discounted)
    m.discounted.add(name, over=over, rule=rule, block=block, to=(times, rows, discounted[rows, times]))
    m.spendings.append(Spending(layer, heading, over, rule, block, site, share))


def spent_at_sites(m: Any, sites: np.ndarray, name: str) -> Total:
    """Total [MUSD] of L1 money spent at the marked sites by the end of each period, resale taken off."""
    total = Total(m.PERIODS, doc=f"[MUSD] L1 money spent so far {name}")
    m.add_component(f"spent_{name}", total)
    for spending in m.spendings:
        if spending.layer != "L1" or spending.site is None or not sites[spending.site].any():
            continue
        share = np.cumsum(spending.share * sites[spending.site][:, None], axis=1)
        total.add(
            spending.heading, over=spending.over, rule=spending.rule, block=spending.block, to=sp.csr_array(share.T)
        )
    return total
