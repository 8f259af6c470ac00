"""What every part of the programme stands on: settings, calendar, typical hours, discounting, the ledgers.

Units: MUSD, MW, GWh, k accelerators, Mh, ZFLOP, T tokens, MTPP, kt, ML, years since plan start.
"""

from __future__ import annotations

import math
from collections import defaultdict

from tests.independent.oracle.linear import EPS, Lin, Programme
from tests.independent.oracle.reading import load, months, num

TRAINED = ("pretrain", "continue", "distil", "finetune")


class Period:
    def __init__(self, i, name, start, years):
        self.i, self.name, self.start, self.years = i, name, start, years
        self.end = start + years
        self.mid = start + years / 2


class Plan:
    """A workbook on its way to a programme. Each part adds columns, rows, and attributes that later parts use.

    `entries` is the money ledger: (layer, period number or "end", undiscounted, discounted, site or None). `carbon` and
    `water` are by period number; `supply_mw` is by (site, period number, slice).
    """

    def __init__(self, folder):
        self.sheet = load(folder)
        self.settings = {row["key"]: row["value"] for row in self.sheet["programme"]}
        self.lp = Programme()
        self.entries = []
        self.carbon, self.water = defaultdict(Lin), defaultdict(Lin)
        self.supply_mw = defaultdict(Lin)
        self.home = self.settings["home"]
        self.start_month = months(self.settings["plan_start"])
        self.discount_rate = float(self.settings["discount_rate"])
        self.objective = self.settings["objective"]
        self.integers = set((self.settings.get("integers") or "runs").split()) - {"none"}
        self.with_residual = (self.settings.get("residual_values") or "yes") == "yes"
        self.flexible_share = float(self.settings.get("flexible_share") or 0.2)
        self.country = {row["country"]: row for row in self.sheet["countries"]}
        self.sites = {row["site"]: row for row in self.sheet["sites"]}
        self.accelerators = {row["accelerator"]: row for row in self.sheet["accelerators"]}
        self.models = {row["model"]: row for row in self.sheet["models"]}
        self.zones = sorted({row["zone"] for row in self.sheet["sites"] + self.sheet["energy_prices"]})
        shares = self.settings.get("serving_hours")
        self.serving_hours = [float(share) for share in shares.split()] if shares else [1 / 24] * 24
        self._calendar()
        self._slices()

    def _calendar(self):
        self.periods = []
        for i, row in enumerate(self.sheet["periods"]):
            start = self.since(row["start"])
            if self.periods and abs(self.periods[-1].end - start) > 1e-6:
                raise ValueError("periods overlap or leave a gap")
            self.periods.append(Period(i, row["period"], start, num(row, "years")))
        if self.periods[0].start < -EPS:
            raise ValueError("plan start is after the first period")
        self.horizon = self.periods[-1].end

    def _slices(self):
        """`slices`: (hours a year, hour of the day) each; `days`: lists of 24 slice numbers;
        `profile[zone][column]`."""
        columns = defaultdict(dict)
        for row in self.sheet["profiles"]:
            for name in ("price_index", "solar", "wind"):
                if row.get(name) is not None:
                    columns[row["zone"], name][int(row["hour"])] = float(row[name])
        kinds = self._kinds_of_day(list(columns.values()))
        self.slices, self.days = [], []
        self.profile = {zone: {"price_index": []} for zone in self.zones}
        for zone, name in columns:
            self.profile.setdefault(zone, {})[name] = []
        for day, days_a_year in kinds.items():
            self.days.append(list(range(len(self.slices), len(self.slices) + 24)))
            for hour in range(24):
                self.slices.append((days_a_year, hour))
                for (zone, name), values in zip(columns, day, strict=True):
                    self.profile[zone][name].append(values[hour])
        for zone in self.zones:
            index = self.profile[zone]["price_index"] or [1.0] * len(self.slices)
            mean = sum(i * hours for i, (hours, _) in zip(index, self.slices, strict=True)) / 8760
            self.profile[zone]["price_index"] = [i / mean for i in index]

    def _kinds_of_day(self, columns):
        """{24 values of each column: days a year}: identical days merge; no clustering of days that differ."""
        n_days = 365 if any(len(column) == 8760 for column in columns) else 1
        kinds = {}
        for day in range(n_days):
            first = [day * 24 + 1 if len(column) == 8760 else 1 for column in columns]
            key = tuple(tuple(column[f + k] for k in range(24)) for column, f in zip(columns, first, strict=True))
            kinds[key] = kinds.get(key, 0) + 365 / n_days
        if len(kinds) > int(self.settings.get("representative_days") or 4):
            raise NotImplementedError("more kinds of day than representative_days: the oracle does not cluster")
        return kinds

    def since(self, text):
        """Years from plan start to a date; None for a blank."""
        return None if text is None else (months(text) - self.start_month) / 12

    def up_to(self, t):
        return self.periods[: t.i + 1]

    def integral(self, a, b):
        """Weight of a flow of 1 a year from date a to date b."""
        if self.discount_rate == 0:
            return b - a
        growth = 1 + self.discount_rate
        return (growth**-a - growth**-b) / math.log(growth)

    def at(self, date):
        """Weight of a payment at a date."""
        return (1 + self.discount_rate) ** -date

    def flow(self, layer, t, musd_per_year, site=None):
        """An even flow throughout t."""
        weight = self.integral(t.start, t.end)
        self.entries.append((layer, t.i, musd_per_year * t.years, musd_per_year * weight, site))

    def pay_at(self, layer, date, musd, site=None):
        t = next(p for p in reversed(self.periods) if p.start <= date + EPS or p.i == 0)
        self.entries.append((layer, t.i, musd, musd * self.at(date), site))

    def pay_over(self, layer, order, service, musd, site=None):
        """Paid evenly from order to service; what falls before the first period belongs to the first period."""
        length = service - order
        if length < EPS:
            self.pay_at(layer, service, musd, site)
            return
        for t in self.periods:
            begin, end = max(order, t.start if t.i else 0.0), min(service, t.end)
            if end - begin > EPS:
                self.entries.append(
                    (layer, t.i, musd * ((end - begin) / length), musd * (self.integral(begin, end) / length), site)
                )

    def residual(self, layer, musd, site, paid_at, ends_at, loss=0.0):
        """Straight-line over the life that remains at the horizon, on the amount paid."""
        remaining = (ends_at - self.horizon) / (ends_at - paid_at)
        if not self.with_residual or remaining <= EPS or self.stranded(site):
            return
        worth = musd * (remaining * (1 - loss) ** (self.horizon - paid_at))
        self.entries.append((layer, "end", worth * -1.0, worth * -self.at(self.horizon), site))

    def closes(self, site):
        return self.since(self.sites[site].get("closed_from"))

    def closed(self, site, t):
        date = self.closes(site)
        return date is not None and t.start >= date - EPS

    def stranded(self, site):
        date = self.closes(site)
        return date is not None and date <= self.horizon + EPS

    def group(self, country):
        return self.country[country]["group"] if country in self.country else "other"

    def operator(self, country):
        """Country whose law the operator of the sites of a country answers to."""
        return self.country[country].get("operator") or self.home

    def is_place(self, name, country):
        """Is the country the one named, or of the group named?"""
        return name in (country, self.group(country))

    def carbon_intensity(self, country, t):
        row = self.country[country]
        change = num(row, "grid_co2_change_per_year", 0.0)
        return num(row, "grid_co2_kg_per_mwh", 0.0) * (1 + change) ** t.mid
