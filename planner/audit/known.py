"""What the audit knows: the inputs, in workbook units, and the result tables as arrays over the workbook's labels.

Dates are years since plan start. Everything is worked out here again from the formulation, on purpose without the
programme's own calendar, rows, totals and coefficients; only the days that stand for the year are taken as chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from compute_lp.schema import Floats, Inputs
from planner.audit.checks import AuditFailure, Axes

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
SAME_DATE_YEARS = 1e-9
"""Dates nearer than this are one date: months don't divide a year evenly in binary."""
MONTHS_PER_YEAR = 12
HOURS_PER_YEAR = 8760


def date_years(dates: Sequence[str]) -> Floats:
    """Dates YYYY-MM or YYYY-MM-DD in years; a blank is NaN."""
    known: dict[str, float] = {"": np.nan}
    for text in set(dates) - {""}:
        month = pd.Period(text[:7], freq="M")
        day = (int(text[8:]) - 1) / month.days_in_month if len(text) > 7 else 0.0
        known[text] = month.year + (month.month - 1 + day) / MONTHS_PER_YEAR
    return np.array([known[text] for text in dates], dtype=np.float64)


class Known:
    """Inputs and result tables of one plan.

    Arrays are over labels in the workbook's order: S sites, U clouds, P places (sites, then clouds), T periods, G
    accelerators, M models, W workloads.
    """

    def __init__(self, inputs: Inputs, tables: dict[str, pd.DataFrame]):
        self.inputs = inputs
        self.tables = tables
        settings = inputs.settings
        self.plan_start = float(date_years([str(settings["plan_start"])])[0])
        self.rate = float(settings["discount_rate"])
        self.start = date_years(self.text("periods", "start")) - self.plan_start
        self.years = self.numbers("periods", "years")
        self.end = self.start + self.years
        self.middle = self.start + self.years / 2
        self.horizon = float(self.end[-1])
        self.S = self.text("sites", "site")
        self.U = self.text("clouds", "cloud")
        self.P = [*self.S, *self.U]
        self.T = self.text("periods", "period")
        self.G = self.text("accelerators", "accelerator")
        self.M = self.text("models", "model")
        self.W = self.text("workloads", "workload")
        self.at_sites: dict[str, list[str]] = {"site": self.S, "period": self.T}
        self.whole = set(str(settings["integers"]).split()) - {"none"}

    def text(self, sheet: str, column: str) -> list[str]:
        return [str(value) for value in self.inputs[sheet][column]]

    def numbers(self, sheet: str, column: str, blank: float = np.nan) -> Floats:
        values = self.inputs[sheet][column].to_numpy(np.float64)
        return np.where(np.isnan(values), blank, values)

    def dates(self, sheet: str, column: str, blank: float) -> Floats:
        """Years since plan start."""
        years = date_years(self.text(sheet, column)) - self.plan_start
        return np.where(np.isnan(years), blank, years)

    def codes(self, sheet: str, column: str, labels: Sequence[str]) -> Places:
        """Position of each row's entry among the labels, -1 where it isn't one."""
        return np.asarray(pd.Index(labels).get_indexer(pd.Index(self.text(sheet, column))), dtype=np.int64)

    def positions(self, table: str, rows: pd.DataFrame, keys: Axes) -> tuple[Places, ...]:
        """Position of each row of (a part of) a result table among the labels of its keys."""
        found = []
        for key, labels in keys.items():
            entries = rows[key].astype(str)
            at = pd.Index(labels).get_indexer(pd.Index(entries))
            if (at < 0).any():
                stranger = entries.iloc[int(np.argmax(at < 0))]
                raise AuditFailure(f"audit of names: {table} has the {key} {stranger!r}, which the workbook has not")
            found.append(np.asarray(at, dtype=np.int64))
        return tuple(found)

    def array(self, table: str, name: str, keys: Axes, rows: pd.DataFrame | None = None) -> Floats:
        """A column of a result table, or of some of its rows, as an array over the labels of its keys.

        0 where it has no row. Raises AuditFailure for a label the workbook doesn't have and for a figure that is none.
        """
        rows = self.tables[table] if rows is None else rows
        values = rows[name].to_numpy(np.float64)
        if not np.isfinite(values).all():
            row = rows.iloc[int(np.argmax(~np.isfinite(values)))]
            raise AuditFailure(f"audit of names: {table} has no figure for {name} in the row {row.to_dict()}")
        return summed(values, self.positions(table, rows, keys), tuple(len(labels) for labels in keys.values()))

    def discounted_years(self, first: npt.ArrayLike, last: npt.ArrayLike) -> Floats:
        """∫ (1+r)^-τ dτ from `first` to `last`."""
        first, last = np.asarray(first, dtype=np.float64), np.asarray(last, dtype=np.float64)
        if self.rate == 0:
            return np.asarray(last - first)
        return np.asarray((self.discount(first) - self.discount(last)) / np.log1p(self.rate))

    def discount(self, date: npt.ArrayLike) -> Floats:
        return np.asarray((1 + self.rate) ** -np.asarray(date, dtype=np.float64))

    @cached_property
    def flow_discount(self) -> Floats:
        """Discounted share of a period's sum that flows evenly."""
        return self.discounted_years(self.start, self.end) / self.years

    def instalments(self, service: Floats, lead: Floats) -> tuple[Floats, Floats]:
        """Shares of one payment by period, and the same discounted; shapes (…, T).

        It runs evenly from order to service; what falls before plan start is paid then, what falls before the first
        period counts in it; without a lead it is paid at service.
        """
        service, lead = np.broadcast_arrays(service, lead)
        opens = np.append(-np.inf, self.start[1:])
        order, at = (service - lead)[..., None], service[..., None]
        first, last = np.maximum(order, opens), np.minimum(at, self.end)
        length = np.where(lead > SAME_DATE_YEARS, lead, 1.0)[..., None]
        there = last > first
        share = np.where(there, last - first, 0.0) / length
        early = np.where(there, np.minimum(last, 0.0) - np.minimum(first, 0.0), 0.0)
        later = self.discounted_years(np.maximum(first, 0.0), np.maximum(last, 0.0))
        discounted = (early + np.where(there, later, 0.0)) / length
        at_once = (opens <= at + SAME_DATE_YEARS) & (at < self.end - SAME_DATE_YEARS)
        paid_at_once = (lead <= SAME_DATE_YEARS)[..., None]
        share = np.where(paid_at_once, at_once, share)
        return share, np.where(paid_at_once, at_once * self.discount(np.maximum(at, 0.0)), discounted)

    def not_before(self, dates: Floats) -> Flags:
        """Whether each period starts at or after each date; shape (…, T)."""
        return np.asarray(self.start >= dates[..., None] - SAME_DATE_YEARS)

    def until_now(self, ends: Floats) -> Flags:
        """Whether each period starts before each date; shape (…, T)."""
        return np.asarray(self.start < ends[..., None] - SAME_DATE_YEARS)

    def remaining(self, service: Floats, life: Floats) -> Floats:
        """Remaining life at the horizon as a share of life."""
        return np.clip(1 - (self.horizon - service) / life, 0.0, 1.0)

    @cached_property
    def group(self) -> dict[str, str]:
        return dict(zip(self.text("countries", "country"), self.text("countries", "group"), strict=True))

    def groups(self, countries: Sequence[str]) -> npt.NDArray[np.str_]:
        """Group of each country; one that isn't listed is `other`."""
        return np.array([self.group.get(country, "other") for country in countries], dtype=str)

    def of_country(self, column: str, countries: Sequence[str]) -> Floats:
        """A number of the countries sheet for each of the given countries."""
        values = dict(zip(self.text("countries", "country"), self.numbers("countries", column), strict=True))
        return np.array([values[country] for country in countries], dtype=np.float64)

    @cached_property
    def place_country(self) -> list[str]:
        return [*self.text("sites", "country"), *self.text("clouds", "country")]

    @cached_property
    def place_operator(self) -> list[str]:
        """Country whose law the operator of each place answers to; a blank is home."""
        operator = dict(zip(self.text("countries", "country"), self.text("countries", "operator"), strict=True))
        home = str(self.inputs.settings["home"])
        return [
            *(operator[country] or home for country in self.text("sites", "country")),
            *self.text("clouds", "operator_country"),
        ]

    @cached_property
    def closed_from(self) -> Floats:
        """By site, years since plan start."""
        return self.dates("sites", "closed_from", np.inf)

    @cached_property
    def site_open(self) -> Flags:
        """(S, T)"""
        return self.until_now(self.closed_from)

    @cached_property
    def cloud_accelerator(self) -> Places:
        return self.codes("clouds", "accelerator", self.G)

    def at_places(self, units: Floats, rented: Floats) -> Floats:
        """Accelerators (G, P, T) of those at sites (G, S, T) and in clouds (U, T)."""
        held = np.zeros((len(self.G), len(self.P), len(self.T)))
        held[:, : len(self.S)] = units
        held[self.cloud_accelerator, len(self.S) + np.arange(len(self.U))] = rented
        return held

    def keyed(self, sheet: str, key: str, column: str, labels: Sequence[str], default: float) -> Floats:
        """A number by label and period: the period's own row, else the row without a period, else the default."""
        data, rows = self.numbers(sheet, column), self.codes(sheet, key, labels)
        period = self.codes(sheet, "period", self.T)
        values = np.full((len(labels), len(self.T)), np.nan)
        always = (period < 0) & (rows >= 0)
        values[rows[always]] = data[always, None]
        dated = (period >= 0) & (rows >= 0)
        values[rows[dated], period[dated]] = data[dated]
        return np.where(np.isnan(values), default, values)

    def rates(self, name: str, column: str, keys: Axes) -> Floats:
        """A column of a table of engineering rates as an array over labels; 0 where it has no row."""
        table = self.inputs.rates(name)
        at = tuple(
            np.asarray(pd.Index(labels).get_indexer(pd.Index(table[key].astype(str))), dtype=np.int64)
            for key, labels in keys.items()
        )
        values = np.nan_to_num(table[column].to_numpy(np.float64))
        known = np.all(np.stack(at) >= 0, axis=0)
        shape = tuple(len(labels) for labels in keys.values())
        return summed(values[known], tuple(code[known] for code in at), shape)


def summed(values: Floats, at: tuple[Places, ...], shape: tuple[int, ...]) -> Floats:
    """Values added up at their positions."""
    if not values.size:
        return np.zeros(shape)
    flat = np.ravel_multi_index(at, shape)
    return np.asarray(np.bincount(flat, weights=values, minlength=int(np.prod(shape))).reshape(shape), dtype=np.float64)
