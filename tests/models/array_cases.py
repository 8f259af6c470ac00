"""Small programmes that the tests of array families share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from compute_lp.family import Arrays, Family, Index, Link, Numbers, Objective, Total, Variables, expand


def small_model() -> Any:
    """Two sites, three hours, import at each; hour 3 is followed by hour 1."""
    m = pyo.ConcreteModel()
    m.SITES = Index.of(["pune", "agra"])
    m.HOURS = Index.of([1, 2, 3])
    m.SITE_HOURS = Index.product(m.SITES, m.HOURS)
    m.next_hour = Link(m.HOURS, of=m.HOURS, codes=[1, 2, 0])
    m.grid = b = pyo.Block()
    b.import_mw = Variables(m.SITE_HOURS, upper=50.0, doc="[MW] power imported")
    b.limit_mw = Numbers(m.SITES, [10.0, 20.0], doc="[MW] connection")
    b.price = Numbers(m.HOURS, [1.0, 2.0, 3.0], doc="[MUSD/MW] price")
    m.cost = Objective(
        rule=lambda m: sum(m.grid.price[h] * m.grid.import_mw[s, h] for s, h in m.SITE_HOURS), doc="[MUSD]"
    )
    return m


def dense(arrays: Arrays, block: str) -> Any:
    return arrays.matrix.toarray()[arrays.rows[block].slice]


def with_rule(rule: Callable[..., Any], index: str = "SITE_HOURS") -> Arrays:
    m = small_model()
    m.claim = Family(getattr(m, index), rule=rule, doc="[MW] what is tried")
    return expand(m)


def ledger() -> Any:
    """power[s,h] is each site's import and, at hours 1 and 2 of agra, half of 3 - store; twice[s] is 2 power[s,1]."""
    m = small_model()
    m.SOME = Index.rows((m.SITES,), ([1],))
    m.grid.store_mw = Variables(m.SOME, doc="[MW] stored")
    m.grid.given_mw = Numbers(m.SOME, 3.0, doc="[MW] given")
    m.power = Total(m.SITE_HOURS, doc="[MW] supply minus use")
    m.power.add(
        "import", over=m.SITE_HOURS, rule=lambda b, s, h: b.import_mw[s, h], to=lambda b, s, h: (s, h), block=m.grid
    )
    m.power.add(
        "store", over=m.SOME, rule=lambda m, s: m.grid.given_mw[s] - m.grid.store_mw[s], to=([3, 4], [0, 0], [0.5, 0.5])
    )
    m.twice = Total(m.SITES, doc="[MW] twice the power at hour 1")
    m.twice.add("power", over=m.SITES, rule=lambda m, s: 2 * m.power[s, 1], to=lambda m, s: s)
    m.balance = Family(m.SITE_HOURS, rule=lambda m, s, h: m.power[s, h] == 0, doc="[MW] power is balanced")
    m.bound = Family(m.SITES, rule=lambda m, s: m.twice[s] + m.power["agra", 2] <= m.grid.limit_mw[s], doc="[MW] bound")
    return m
