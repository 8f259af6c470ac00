"""The hourly part of the programme, on its own: the same rules, as our array families, in Pyomo, in linopy and as bare
arrays. Every way gives the same matrix, row by row and column by column.

A site has machines whose draw can move within the day, a connection, a solar plant, a battery and a contract; its
power is balanced in every hour. The rules are those of models/compute_lp/load.py, grid.py and energy.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import scipy.sparse as sp

HOURS = 24
HOURLY = ("movable", "imported", "solar", "used", "sold", "charge", "discharge", "stored")
YEARLY = ("following", "steady", "ceiling", "connected", "solar_mw", "battery_mw", "contract_mw")
LOWEST, HIGHEST, STORAGE_HOURS, ONE_WAY = 0.8, 1.2, 4.0, 0.92
"""Draw that can move, over its mean; size of a battery; its efficiency each way."""


@dataclass(frozen=True)
class Data:
    """`sun` and `contract` by site and hour of all days, `shape` by hour of all days, `pue` by site."""

    sites: int
    periods: int
    days: int
    sun: np.ndarray
    contract: np.ndarray
    shape: np.ndarray
    pue: np.ndarray

    @classmethod
    def of(cls, sites: int, periods: int, days: int) -> Data:
        """Made up, the same every time; nothing is 0, so that no way may leave a coefficient out."""
        random = np.random.default_rng(7)
        hours = days * HOURS
        sun, contract = (random.uniform(0.1, 1.0, (sites, hours)) for _ in range(2))
        return cls(
            sites, periods, days, sun, contract, random.uniform(0.5, 1.5, hours), random.uniform(1.1, 1.5, sites)
        )

    @property
    def columns(self) -> int:
        return self.sites * self.periods * (len(HOURLY) * self.days * HOURS + len(YEARLY))


@dataclass(frozen=True)
class Rows:
    """row_lower <= matrix @ x <= row_upper."""

    matrix: sp.csc_array
    row_lower: np.ndarray
    row_upper: np.ndarray


def declared(data: Data) -> Any:
    """The rules as Pyomo's, over our array families."""
    import pyomo.environ as pyo

    from compute_lp.family import Index, Link, Numbers, Objective, Total, Variables, subject_to

    m = pyo.ConcreteModel()
    hours = data.days * HOURS
    m.SITES, m.PERIODS = Index.of([f"site {s}" for s in range(data.sites)]), Index.of(range(data.periods))
    m.SLICES, m.DAYS = Index.of(range(hours)), Index.of(range(data.days))
    m.SITE_PERIODS = Index.product(m.SITES, m.PERIODS)
    m.SITE_HOURS = Index.product(m.SITES, m.SLICES)
    m.SITE_SLICES = Index.product(m.SITES, m.PERIODS, m.SLICES)
    m.SITE_DAYS = Index.product(m.SITES, m.PERIODS, m.DAYS)
    of_hour = np.arange(hours)
    m.day_of = Link(m.SLICES, of=m.DAYS, codes=of_hour // HOURS)
    m.following_slice = Link(m.SLICES, of=m.SLICES, codes=of_hour // HOURS * HOURS + (of_hour + 1) % HOURS)
    m.sun = Numbers(m.SITE_HOURS, data.sun, doc="[1] output of a MW of solar")
    m.contract = Numbers(m.SITE_HOURS, data.contract, doc="[1] output of a MW under contract")
    m.shape = Numbers(m.SLICES, data.shape, doc="[1] serving over its mean")
    m.pue = Numbers(m.SITES, data.pue, doc="[1] facility power per IT power")
    for name in HOURLY:
        m.add_component(name, Variables(m.SITE_SLICES, doc="[MW] in this hour"))
    for name in YEARLY:
        m.add_component(name, Variables(m.SITE_PERIODS, doc="[MW] in this period"))
    m.moved_in_day = Total(m.SITE_DAYS, doc="[MW] of all hours of a day")
    m.moved_in_day.add("movable", m.SITE_SLICES, lambda m, s, t, h: m.movable[s, t, h], m.day_of)
    m.least = Objective(rule=lambda m: 0.0 * m.steady["site 0", 0], doc="[1] nothing")

    @subject_to(m, m.SITE_SLICES, "[MW] supply is draw")
    def balanced(m: Any, s: Any, t: Any, h: Any) -> Any:
        supply = m.imported[s, t, h] + m.solar[s, t, h] + m.used[s, t, h] + m.discharge[s, t, h] - m.charge[s, t, h]
        return supply - m.pue[s] * (m.shape[h] * m.following[s, t] + m.movable[s, t, h]) == 0.0

    @subject_to(m, m.SITE_SLICES, "[MW] what comes through the connection")
    def within_connection(m: Any, s: Any, t: Any, h: Any) -> Any:
        return m.imported[s, t, h] + m.used[s, t, h] - m.connected[s, t] <= 0.0

    @subject_to(m, m.SITE_SLICES, "[MW] no more draw than when all machines work")
    def within_ceiling(m: Any, s: Any, t: Any, h: Any) -> Any:
        return m.shape[h] * m.following[s, t] + m.movable[s, t, h] - m.ceiling[s, t] <= 0.0

    @subject_to(m, m.SITE_SLICES, "[MW] what can move doesn't fall too low")
    def not_below(m: Any, s: Any, t: Any, h: Any) -> Any:
        return LOWEST * m.steady[s, t] - m.movable[s, t, h] <= 0.0

    @subject_to(m, m.SITE_SLICES, "[MW] nor rise too high")
    def not_above(m: Any, s: Any, t: Any, h: Any) -> Any:
        return m.movable[s, t, h] - HIGHEST * m.steady[s, t] <= 0.0

    @subject_to(m, m.SITE_DAYS, "[MW] what moves stays within its day")
    def kept_within_day(m: Any, s: Any, t: Any, d: Any) -> Any:
        return m.moved_in_day[s, t, d] - HOURS * m.steady[s, t] == 0.0

    @subject_to(m, m.SITE_SLICES, "[MW] solar output within what the sun gives")
    def within_capacity(m: Any, s: Any, t: Any, h: Any) -> Any:
        return m.solar[s, t, h] - m.sun[s, h] * m.solar_mw[s, t] <= 0.0

    @subject_to(m, m.SITE_SLICES, "[MW] used and sold within what the contract gives")
    def within_production(m: Any, s: Any, t: Any, h: Any) -> Any:
        return m.used[s, t, h] + m.sold[s, t, h] - m.contract[s, h] * m.contract_mw[s, t] <= 0.0

    @subject_to(m, m.SITE_SLICES, "[MWh] what is stored follows charge and discharge, day by day")
    def storage_balances(m: Any, s: Any, t: Any, h: Any) -> Any:
        later = m.following_slice[h]
        flow = m.discharge[s, t, later] / ONE_WAY - ONE_WAY * m.charge[s, t, later]
        return m.stored[s, t, later] - m.stored[s, t, h] + flow == 0.0

    @subject_to(m, m.SITE_SLICES, "[MWh] no more than the battery holds")
    def within_store(m: Any, s: Any, t: Any, h: Any) -> Any:
        return m.stored[s, t, h] - STORAGE_HOURS * m.battery_mw[s, t] <= 0.0

    @subject_to(m, m.SITE_SLICES, "[MW] charge within power")
    def charge_within_power(m: Any, s: Any, t: Any, h: Any) -> Any:
        return m.charge[s, t, h] - m.battery_mw[s, t] <= 0.0

    @subject_to(m, m.SITE_SLICES, "[MW] discharge within power")
    def discharge_within_power(m: Any, s: Any, t: Any, h: Any) -> Any:
        return m.discharge[s, t, h] - m.battery_mw[s, t] <= 0.0

    return m


def by_families(data: Data) -> Rows:
    """Ours: Pyomo's rules, expanded over arrays."""
    from compute_lp.family import expand

    arrays = expand(declared(data))
    return Rows(arrays.matrix, arrays.row_lower, arrays.row_upper)


def by_linopy(data: Data) -> Rows:
    """linopy, whose arrays have the typical day as a dimension, so that the next hour is a roll along the other."""
    import linopy
    import pandas as pd
    import xarray as xr

    m = linopy.Model()
    site, period = pd.RangeIndex(data.sites, name="s"), pd.RangeIndex(data.periods, name="t")
    day, hour = pd.RangeIndex(data.days, name="d"), pd.RangeIndex(HOURS, name="h")
    by_hour = [data.days, HOURS]
    sun, contract = (
        xr.DataArray(array.reshape(-1, *by_hour), coords=[site, day, hour]) for array in (data.sun, data.contract)
    )
    shape = xr.DataArray(data.shape.reshape(by_hour), coords=[day, hour])
    pue = xr.DataArray(data.pue, coords=[site])
    v = {name: m.add_variables(lower=0, coords=[site, period, day, hour], name=name) for name in HOURLY}
    v |= {name: m.add_variables(lower=0, coords=[site, period], name=name) for name in YEARLY}
    draw = shape * v["following"] + v["movable"]
    supply = v["imported"] + v["solar"] + v["used"] + v["discharge"] - v["charge"]
    later = {name: v[name].roll(h=-1) for name in ("stored", "charge", "discharge")}
    m.add_constraints(supply - pue * draw == 0, name="balanced")
    m.add_constraints(v["imported"] + v["used"] - v["connected"] <= 0, name="within_connection")
    m.add_constraints(draw - v["ceiling"] <= 0, name="within_ceiling")
    m.add_constraints(LOWEST * v["steady"] - v["movable"] <= 0, name="not_below")
    m.add_constraints(v["movable"] - HIGHEST * v["steady"] <= 0, name="not_above")
    m.add_constraints(v["movable"].sum("h") - HOURS * v["steady"] == 0, name="kept_within_day")
    m.add_constraints(v["solar"] - sun * v["solar_mw"] <= 0, name="within_capacity")
    m.add_constraints(v["used"] + v["sold"] - contract * v["contract_mw"] <= 0, name="within_production")
    flow = later["discharge"] / ONE_WAY - ONE_WAY * later["charge"]
    m.add_constraints(later["stored"] - v["stored"] + flow == 0, name="storage_balances")
    m.add_constraints(v["stored"] - STORAGE_HOURS * v["battery_mw"] <= 0, name="within_store")
    m.add_constraints(v["charge"] - v["battery_mw"] <= 0, name="charge_within_power")
    m.add_constraints(v["discharge"] - v["battery_mw"] <= 0, name="discharge_within_power")
    m.add_objective(0.0 * v["steady"].sum())
    found = m.matrices
    equal = np.asarray(found.sense) == "="
    upper = np.asarray(found.b, dtype=np.float64)
    return Rows(sp.csc_array(cast(Any, found.A)), np.where(equal, upper, -np.inf), upper)


def by_numpy(data: Data) -> Rows:
    """Bare arrays: positions and coefficients worked out by hand, and one sparse matrix of them."""
    pairs, hours = data.sites * data.periods, data.days * HOURS
    size = pairs * hours
    pair, hour = np.repeat(np.arange(pairs), hours), np.tile(np.arange(hours), pairs)
    site, every = pair // data.periods, np.arange(size)
    column = {name: i * size + every for i, name in enumerate(HOURLY)}
    column |= {name: len(HOURLY) * size + i * pairs + pair for i, name in enumerate(YEARLY)}
    later = pair * hours + hour // HOURS * HOURS + (hour + 1) % HOURS
    shape, pue, sun, contract = data.shape[hour], data.pue[site], data.sun[site, hour], data.contract[site, hour]
    draw = {"following": shape, "movable": 1.0}
    supply = {"imported": 1.0, "solar": 1.0, "used": 1.0, "discharge": 1.0, "charge": -1.0}
    families: list[tuple[dict[str, Any], bool]] = [
        ({**supply, **{name: -pue * factor for name, factor in draw.items()}}, True),
        ({"imported": 1.0, "used": 1.0, "connected": -1.0}, False),
        ({**draw, "ceiling": -1.0}, False),
        ({"steady": LOWEST, "movable": -1.0}, False),
        ({"movable": 1.0, "steady": -HIGHEST}, False),
        ({}, True),
        ({"solar": 1.0, "solar_mw": -sun}, False),
        ({"used": 1.0, "sold": 1.0, "contract_mw": -contract}, False),
        ({"stored": -1.0, "later stored": 1.0, "later discharge": 1 / ONE_WAY, "later charge": -ONE_WAY}, True),
        ({"stored": 1.0, "battery_mw": -STORAGE_HOURS}, False),
        ({"charge": 1.0, "battery_mw": -1.0}, False),
        ({"discharge": 1.0, "battery_mw": -1.0}, False),
    ]
    column |= {f"later {name}": column[name][later] for name in ("stored", "discharge", "charge")}
    rows, columns, values, equal, count = [], [], [], [], 0
    for terms, balanced in families:
        height = size if terms else pairs * data.days
        for name, factor in terms.items():
            rows.append(count + every)
            columns.append(column[name])
            values.append(np.broadcast_to(factor, size))
        if not terms:
            day = pair * data.days + hour // HOURS
            rows += [count + day, count + np.arange(height)]
            columns += [column["movable"], column["steady"][::HOURS]]
            values += [np.ones(size), np.full(height, -float(HOURS))]
        equal.append(np.full(height, balanced))
        count += height
    where = (np.concatenate(rows), np.concatenate(columns))
    matrix = sp.coo_array((np.concatenate(values), where), shape=(count, data.columns)).tocsc()
    matrix.sort_indices()
    return Rows(matrix, np.where(np.concatenate(equal), 0.0, -np.inf), np.zeros(count))
