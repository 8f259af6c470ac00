"""Dates, discounting and the hours that stand for a year.

Two clocks. Periods have dates and unequal lengths; leads are in months; so what can be in service when is a comparison
of dates, and a lead means the same with yearly and with quarterly periods. Within a period, typical days stand for the
year: 24 slices a day, each as long as the days it stands for.

All dates inside are years since plan start; discounting lives here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from compute_lp.schema import Codes, Floats, Inputs, Mask
from compute_lp.units import MONTHS

HOURS_PER_DAY = 24
DAYS_PER_YEAR = 365
SLACK_YEARS = 1e-9
"""Dates nearer than this are the same date: months don't divide a year evenly in binary."""
PRICE_DECIMALS = 12
"""Price indices that agree so far are the same price; scaling to a mean of 1 leaves rounding beyond."""
LEAST_GAIN = 1e-9
"""A swap of days that improves the fit by a smaller share is rounding, and could go on for ever."""


def date_years(text: Iterable[str]) -> Floats:
    """Dates YYYY-MM or YYYY-MM-DD as years since year 0; a blank is NaN."""

    def years(date: str) -> float:
        if not date:
            return np.nan
        parts = [int(part) for part in date.split("-")]
        day = 0.0
        if len(parts) > 2:
            day = (parts[2] - 1) / pd.Period(year=parts[0], month=parts[1], freq="M").days_in_month
        return float(parts[0] + (parts[1] - 1 + day) * MONTHS)

    return np.array([years(date) for date in text], dtype=np.float64)


@dataclass(frozen=True)
class Calendar:
    """Periods of a plan. `start`, `end`: years since plan start; `years`: lengths; `rate`: discount rate per year."""

    plan_start: float
    start: Floats
    years: Floats
    rate: float

    @classmethod
    def of(cls, inputs: Inputs) -> Calendar:
        plan_start = float(date_years([inputs.settings["plan_start"]])[0])
        periods = inputs["periods"]
        return cls(
            plan_start=plan_start,
            start=date_years(periods["start"]) - plan_start,
            years=periods["years"].to_numpy(float),
            rate=float(inputs.settings["discount_rate"]),
        )

    @property
    def end(self) -> Floats:
        return self.start + self.years

    @property
    def middle(self) -> Floats:
        return self.start + self.years / 2

    @property
    def horizon(self) -> float:
        return float(self.end[-1])

    def since_start(self, dates: Iterable[str], blank: float) -> Floats:
        """Years since plan start of the given dates; blanks are `blank`."""
        years = date_years(dates) - self.plan_start
        return np.where(np.isnan(years), blank, years)

    def factor(self, date: Floats | float) -> Floats:
        """Discount factor of a payment at a date (years since plan start)."""
        return np.asarray((1.0 + self.rate) ** -np.asarray(date, dtype=np.float64))

    def integral(self, first: Floats, last: Floats) -> Floats:
        """Discounted length of the stretch from `first` to `last`, in years."""
        if self.rate == 0:
            return np.asarray(last - first, dtype=np.float64)
        return np.asarray((self.factor(first) - self.factor(last)) / np.log1p(self.rate))

    @property
    def weight(self) -> Floats:
        """Discounted length of each period, in years: the weight of a flow per year."""
        return self.integral(self.start, self.end)

    @property
    def flow_factor(self) -> Floats:
        """Mean discount factor of each period: the weight of a period's sum that flows evenly."""
        return self.weight / self.years

    def reached(self, lead_years: Floats) -> Mask:
        """Whether a period starts at or after plan start + lead; shape (len(lead), periods)."""
        return np.asarray(self.start[None, :] >= np.asarray(lead_years)[:, None] - SLACK_YEARS)

    def before(self, date_years: Floats) -> Mask:
        """Whether a period starts before a date; shape (len(date), periods)."""
        return np.asarray(self.start[None, :] < np.asarray(date_years)[:, None] - SLACK_YEARS)

    def instalments(self, service: Floats, lead_years: Floats) -> tuple[Floats, Floats]:
        """Share of a payment that falls in each period, and the same discounted.

        A payment runs evenly over the lead before service. What would fall before plan start is paid at plan start;
        what falls before the first period counts in the first. Without a lead it is paid at the date of service.

        service, lead_years: years, shape (n,). Returns two arrays of shape (n, periods).
        """
        service, lead_years = np.broadcast_arrays(np.asarray(service, float), np.asarray(lead_years, float))
        order = service - lead_years
        lower = self.start.copy()
        lower[0] = 0.0
        first = np.maximum(np.maximum(order, 0.0)[:, None], lower[None, :])
        last = np.maximum(np.minimum(service[:, None], self.end[None, :]), first)
        length = np.where(lead_years > SLACK_YEARS, lead_years, 1.0)[:, None]
        spread = lead_years[:, None] > SLACK_YEARS
        share = np.where(spread, (last - first) / length, 0.0)
        discounted = np.where(spread, self.integral(first, last) / length, 0.0)
        early = np.where(spread[:, 0], np.clip(-order, 0.0, lead_years) / length[:, 0], 0.0)
        share[:, 0] += early
        discounted[:, 0] += early
        at_once = ~spread[:, 0]
        if at_once.any():
            date = service[at_once]
            period = np.clip(np.searchsorted(self.start, date + SLACK_YEARS, side="right") - 1, 0, len(self.start) - 1)
            share[np.flatnonzero(at_once), period] = 1.0
            discounted[np.flatnonzero(at_once), period] = self.factor(np.maximum(date, 0.0))
        return share, discounted

    def residual(self, service: Floats, life_years: Floats) -> Floats:
        """Remaining life at the horizon as a share of life, of something in service since a date."""
        return np.clip(1.0 - (self.horizon - service) / life_years, 0.0, 1.0)


@dataclass(frozen=True)
class Days:
    """Typical days. `days` of the year each stands for, shape (n,), summing to 365; `price_index`, `solar`, `wind` by
    zone, shape (zones, n, 24), price index with a time mean of 1, solar and wind NaN where the zone has none."""

    days: Floats
    price_index: Floats
    solar: Floats
    wind: Floats

    @property
    def hours(self) -> Floats:
        """Hours a year each slice stands for, shape (n · 24,), summing to 8760."""
        return np.repeat(self.days, HOURS_PER_DAY)

    def slices(self, values: Floats) -> Floats:
        """A profile by zone and slice, shape (zones, n · 24)."""
        return values.reshape(len(values), -1)

    def uncut(self, cut_hours: Floats, price_index: Floats) -> Floats:
        """Share of each slice that is left when the dearest hours of a year are cut; shape (rows, n · 24).

        cut_hours: hours a year, shape (rows,). price_index: shape (rows, n · 24). A slice cut in part counts its
        fraction, equal prices are cut in proportion.
        """
        left = np.ones_like(price_index)
        for row, (cut, price) in enumerate(zip(cut_hours, price_index, strict=True)):
            levels, level = np.unique(-np.round(price, PRICE_DECIMALS), return_inverse=True)
            length = np.bincount(level, weights=self.hours, minlength=len(levels))
            before = np.concatenate([[0.0], np.cumsum(length)[:-1]])
            left[row] = 1.0 - np.clip((cut - before) / length, 0.0, 1.0)[level]
        return left


def typical_days(inputs: Inputs, zones: list[str]) -> Days:
    """The days that stand for the year, from the profiles of all zones together, so that zones stay correlated.

    Identical days merge exactly. More different days than `representative_days` are reduced by k-medoids on all zones'
    normalised columns (Kaufman and Rousseeuw 1990: build, then swap), the day with the dearest energy kept; each day
    stands for its members, and the yearly means of all columns are restored by scaling, output never above 1.
    """
    weight, raw = _all_days(inputs, zones)
    raw, weight = _merged(raw, weight)
    chosen, member = medoids(raw, weight, min(int(inputs.settings["representative_days"]), len(weight)))
    days: Floats = np.bincount(member, weights=weight, minlength=len(chosen)).astype(np.float64)
    mean = yearly_mean(raw, weight)
    price = restored(raw[0][:, chosen], days, mean[0])
    solar, wind = (restored(raw[c][:, chosen], days, mean[c], ceiling=1.0) for c in (1, 2))
    return Days(days=days, price_index=price / yearly_mean(price, days)[:, None, None], solar=solar, wind=wind)


def yearly_mean(profile: Floats, days: Floats) -> Floats:
    """Mean over a year of profiles of shape (…, n, 24) whose days stand for `days` of it."""
    return np.asarray(np.einsum("...dh,d->...", profile, days / days.sum()) / HOURS_PER_DAY)


def restored(profile: Floats, days: Floats, mean: Floats, *, ceiling: float = np.inf) -> Floats:
    """Profiles of shape (…, n, 24) scaled to the given yearly means, shape (…).

    Hours that pass the ceiling are held there and the rest scaled on, until none passes it; so the mean holds wherever
    hours above 0 can bring it. A profile whose mean is 0 stays as it is.
    """
    held = np.zeros(profile.shape, dtype=bool)
    while True:
        free = yearly_mean(np.where(held, 0.0, profile), days)
        missing = mean - yearly_mean(np.where(held, ceiling, 0.0), days)
        scale = np.divide(missing, free, out=np.ones_like(free), where=free != 0)
        scaled = np.where(held, ceiling, profile * scale[..., None, None])
        over = scaled > ceiling
        if not over.any():
            return scaled
        held |= over


def _all_days(inputs: Inputs, zones: list[str]) -> tuple[Floats, Floats]:
    """Days of the profiles sheet: weights, and price index, solar, wind by zone, day and hour."""
    profiles = inputs["profiles"]
    by_zone = {zone: rows.sort_values("hour") for zone, rows in profiles.groupby("zone", sort=False)}
    count = max([len(rows) // HOURS_PER_DAY for rows in by_zone.values()], default=1)
    weight = np.full(count, DAYS_PER_YEAR / count)
    raw = np.full((3, len(zones), count, HOURS_PER_DAY), np.nan)
    raw[0] = 1.0
    for z, zone in enumerate(zones):
        if zone not in by_zone:
            continue
        rows = by_zone[zone]
        if len(rows) == count * HOURS_PER_DAY and rows["days"].notna().all():
            weight = rows["days"].to_numpy(float)[::HOURS_PER_DAY]
        for c, column in enumerate(("price_index", "solar", "wind")):
            raw[c, z] = rows[column].to_numpy(float).reshape(-1, HOURS_PER_DAY)
    return weight, raw


def _merged(raw: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Identical days as one, in order of first appearance."""
    flat = np.nan_to_num(raw.transpose(2, 0, 1, 3).reshape(len(weight), -1), nan=-1.0)
    _, first, inverse = np.unique(flat, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    totals: Floats = np.bincount(inverse.ravel(), weights=weight).astype(np.float64)
    return raw[:, :, first[order], :], totals[order]


def medoids(raw: Floats, weight: Floats, k: int) -> tuple[Codes, Codes]:
    """Positions of k days that stand for all, the dearest among them, and each day's medoid. Deterministic.

    raw: price index, solar, wind; shape (3, zones, days, 24); a column with NaN takes no part. weight: shape (days,).
    """
    n = len(weight)
    if k >= n:
        return np.arange(n), np.arange(n)
    columns = raw.reshape(-1, n, HOURS_PER_DAY)
    columns = columns[~np.isnan(columns).any(axis=(1, 2))]
    mean = np.average(columns.mean(axis=2), axis=1, weights=weight)[:, None, None]
    spread = np.sqrt(np.average(((columns - mean) ** 2).mean(axis=2), axis=1, weights=weight))[:, None, None]
    normal = np.where(spread > 0, (columns - mean) / np.where(spread > 0, spread, 1.0), 0.0)
    features = normal.transpose(1, 0, 2).reshape(n, -1)
    squares = (features**2).sum(axis=1)
    distance = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2 * features @ features.T, 0.0))
    price = raw[0].mean(axis=2)
    scale = np.average(price, axis=1, weights=weight)[:, None]
    chosen = [int(np.argmax((price / scale).sum(axis=0)))]
    while len(chosen) < k:
        nearest = distance[:, chosen].min(axis=1)
        gain = (weight[:, None] * np.maximum(nearest[:, None] - distance, 0.0)).sum(axis=0)
        gain[chosen] = -1.0
        chosen.append(int(np.argmax(gain)))
    cost = float((weight * distance[:, chosen].min(axis=1)).sum())
    improved = True
    while improved:
        improved = False
        for place in range(1, k):
            others = np.delete(chosen, place)
            rest = distance[:, others].min(axis=1)
            costs = (weight[:, None] * np.minimum(rest[:, None], distance)).sum(axis=0)
            costs[others] = np.inf
            best = int(np.argmin(costs))
            if costs[best] < cost - LEAST_GAIN * max(cost, 1.0):
                chosen[place], cost, improved = best, float(costs[best]), True
    chosen_days = np.sort(np.array(chosen))
    return chosen_days, np.argmin(distance[:, chosen_days], axis=1)
