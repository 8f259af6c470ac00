"""Accelerators: what could be bought when, under which rule and at what price, and what stands or is rented."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from compute_lp.schema import Floats
from planner.audit.checks import Checks
from planner.audit.known import MONTHS_PER_YEAR, SAME_DATE_YEARS, Flags, Known, Places

K = 1e3
"""units in a programme unit"""
MILLION = 1e6
RULE_LIMITS = (
    ("tpp", "min_tpp", "max_tpp"),
    ("density", "min_density", "max_density"),
    ("bandwidth_tb_s", "min_bandwidth_tb_s", "max_bandwidth_tb_s"),
    ("interconnect_gb_s", "min_interconnect_gb_s", ""),
)


class Machines:
    """Arrays over accelerators, sites and periods; cohorts are numbered by the period they arrived in."""

    def __init__(self, known: Known):
        self.known = known
        k = known
        self.axes = {"accelerator": k.G, "site": k.S, "period": k.T}
        keys = {"accelerator": k.G, "site": k.S, "period": k.T}
        self.buy = k.array("procurement", "buy_units", keys)
        self.installed = k.array("procurement", "installed_units", keys)
        self.retire = k.array("procurement", "retire_units", keys)
        self.rent = k.array("clouds", "rent_units", {"cloud": k.U, "period": k.T})
        self.rented = k.array("clouds", "rented_units", {"cloud": k.U, "period": k.T})
        self.life = k.numbers("accelerators", "life_years")
        self.availability = k.numbers("accelerators", "availability")

    @cached_property
    def held(self) -> Floats:
        """(G, P, T) units installed and rented."""
        return self.known.at_places(self.installed, self.rented)

    @cached_property
    def capacity_mh(self) -> Floats:
        """(G, P, T) million accelerator-hours a year that can be used; rented hours need no availability."""
        return self.known.at_places(self.installed * self.availability[:, None, None], self.rented) * 8.76 / K

    @cached_property
    def tpp(self) -> Floats:
        return self.known.rates("accelerator_rates", "tpp", {"accelerator": self.known.G})

    @cached_property
    def h100e(self) -> Floats:
        return self.known.rates("accelerator_rates", "h100e_8bit", {"accelerator": self.known.G})

    @cached_property
    def named_by_rule(self) -> Flags:
        """(rules, G) whether an accelerator has the properties a rule names: minima inclusive, maxima exclusive."""
        k = self.known
        rates = k.inputs.rates("accelerator_rates")
        density = dict(zip(rates["accelerator"], rates["performance_density"], strict=True))
        figures = {
            "tpp": self.tpp,
            "density": np.array([density.get(name, np.nan) for name in k.G], dtype=np.float64),
            "bandwidth_tb_s": k.numbers("accelerators", "bandwidth_tb_s"),
            "interconnect_gb_s": k.numbers("accelerators", "interconnect_gb_s"),
        }
        market, wanted = np.array(k.text("accelerators", "market")), np.array(k.text("export_rules", "market"))
        fits = (wanted[:, None] == "") | (wanted[:, None] == market[None, :])
        for figure, low, high in RULE_LIMITS:
            least = k.numbers("export_rules", low)[:, None]
            fits &= np.isnan(least) | (figures[figure] >= least)
            if high:
                most = k.numbers("export_rules", high)[:, None]
                fits &= np.isnan(most) | (figures[figure] < most)
        return np.asarray(fits)

    def first_rule(self, arrival: Floats) -> Places:
        """(G, S, arrivals) the first rule that matches an arrival at a date; -1 where none does."""
        k = self.known
        if k.inputs["export_rules"].empty:
            return np.full((len(k.G), len(k.S), len(arrival)), -1)
        places = self.reaches(k.text("export_rules", "destination"), k.place_country[: len(k.S)])
        places &= self.reaches(k.text("export_rules", "owner"), k.place_operator[: len(k.S)])
        begins, ends = k.dates("export_rules", "from", -np.inf), k.dates("export_rules", "to", np.inf)
        dated = (arrival >= begins[:, None] - SAME_DATE_YEARS) & (arrival < ends[:, None] - SAME_DATE_YEARS)
        match = self.named_by_rule[:, :, None, None] & places[:, None, :, None] & dated[:, None, None, :]
        return np.where(match.any(axis=0), match.argmax(axis=0), -1)

    @cached_property
    def rule(self) -> Places:
        """(G, S, T) rule of what arrives at the start of a period."""
        return self.first_rule(self.known.start)

    def reaches(self, wanted: list[str], countries: list[str]) -> Flags:
        """Whether each of the wanted countries or groups (blank: any) is or holds each country."""
        groups = self.known.groups(countries)
        return np.array(
            [
                [not place or place in (country, group) for country, group in zip(countries, groups, strict=True)]
                for place in wanted
            ]
        ).reshape(len(wanted), len(countries))

    def of_rule(self, column: str, without: float) -> Floats:
        """(G, S, T) a number of the matching rule."""
        values = np.append(self.known.numbers("export_rules", column), without)
        return np.asarray(values[self.rule])

    @cached_property
    def outcome(self) -> np.ndarray:
        """(G, S, T) what follows from the matching rule."""
        return np.array([*self.known.text("export_rules", "outcome"), "free"])[self.rule]

    @cached_property
    def lead(self) -> Floats:
        """(G, S, T) years from order to arrival, the rule's delay included."""
        months = self.known.numbers("accelerators", "lead_months")[:, None, None] + self.of_rule("delay_months", 0.0)
        return months / MONTHS_PER_YEAR

    @cached_property
    def order(self) -> Floats:
        """(G, S, T) order date of an arrival, years since plan start."""
        return self.known.start - self.lead

    @cached_property
    def bare_usd(self) -> Floats:
        """(G, S, T) price of the chip at its order date, along the price path."""
        k = self.known
        fall = 1 - k.numbers("accelerators", "price_decline_per_year")[:, None, None]
        age = self.order - k.dates("accelerators", "price_date", 0.0)[:, None, None]
        return np.asarray(k.numbers("accelerators", "price_usd")[:, None, None] * fall**age)

    @cached_property
    def paid_usd(self) -> Floats:
        """(G, S, T) all that is paid for one: price multiplier, system adder and duty included."""
        k = self.known
        duty = k.of_country("import_duty", k.place_country[: len(k.S)])
        adder = 1 + k.numbers("accelerators", "system_adder")
        return np.asarray(
            self.bare_usd * self.of_rule("price_multiplier", 1.0) * adder[:, None, None] * (1 + duty)[None, :, None]
        )

    @cached_property
    def works(self) -> Flags:
        """(G, V, T) whether a cohort that arrived in v still works in t."""
        k = self.known
        ends = k.start[None, :] + self.life[:, None]
        return np.asarray(k.until_now(ends) & (np.arange(len(k.T)) >= np.arange(len(k.T))[:, None]))

    @cached_property
    def fleet_rows(self) -> tuple[Places, Places, Floats]:
        """Accelerator and site of each row of the fleet, and (rows, T) its units within their life."""
        k = self.known
        chip, site = k.codes("fleet", "accelerator", k.G), k.codes("fleet", "site", k.S)
        stands = k.until_now(k.dates("fleet", "installed", 0.0) + self.life[chip]) & k.site_open[site]
        return chip, site, stands * k.numbers("fleet", "units")[:, None]

    @cached_property
    def fleet(self) -> Floats:
        """(G, S, T) of the machines that stood at plan start, those within their life."""
        chip, site, units = self.fleet_rows
        found = np.zeros_like(self.buy)
        np.add.at(found, (chip, site), units)
        return found

    @cached_property
    def alive(self) -> Floats:
        """(G, S, T) machines within their life, as if none had been retired."""
        return np.asarray(np.einsum("gsv,gvt->gst", self.buy, self.works) * self.known.site_open + self.fleet)

    @cached_property
    def retired(self) -> Floats:
        """(G, S, T) machines retired so far."""
        return np.asarray(np.cumsum(self.retire, axis=2))

    def check(self, checks: Checks) -> None:
        self._check_installed(checks)
        self._check_orders(checks)
        self._check_rooms(checks)
        self._check_clouds(checks)

    def _check_installed(self, checks: Checks) -> None:
        """Which cohort a retired machine was of isn't in the tables: what ages out afterwards lies between two ends."""
        before = np.concatenate([np.zeros_like(self.installed[:, :, :1]), self.installed[:, :, :-1]], axis=2)
        first = np.zeros_like(self.installed)
        first[:, :, 0] = self.fleet[:, :, 0]
        aged = np.concatenate([np.zeros_like(first[:, :, :1]), self.alive[:, :, :-1]], axis=2) + self.buy - self.alive
        most = before + first + self.buy - self.retire
        untouched = self.retired <= 1e-6 * K
        low = np.where(untouched, self.alive, np.maximum(most - aged - first, 0.0))
        high = np.where(untouched, self.alive, np.minimum(most, self.alive))
        checks.between(
            "installed accelerators", self.installed, low, high, self.axes, unit="units", one=K, size=self.alive
        )

    def _check_orders(self, checks: Checks) -> None:
        k = self.known
        order = self.order
        allowed = (order >= -SAME_DATE_YEARS) & k.site_open[None] & (self.outcome != "denied")
        allowed &= order >= k.dates("accelerators", "release", -np.inf)[:, None, None] - SAME_DATE_YEARS
        allowed &= order <= k.dates("accelerators", "last_order", np.inf)[:, None, None] + SAME_DATE_YEARS
        limit = np.where(allowed, np.inf, 0.0)
        checks.at_most("orders within their dates and rules", self.buy, limit, self.axes, unit="units", one=K)
        chip, period = k.codes("supply", "accelerator", k.G), k.codes("supply", "period", k.T)
        supply = np.full((len(k.G), len(k.T)), np.inf)
        supply[chip, period] = k.numbers("supply", "max_units")
        axes = {"accelerator": k.G, "period": k.T}
        checks.at_most("supply of accelerators", self.buy.sum(axis=1), supply, axes, unit="units", one=K)

    def _check_rooms(self, checks: Checks) -> None:
        k = self.known
        mw = np.einsum("g,gst->st", k.numbers("accelerators", "nameplate_kw"), self.installed) / K
        axes = {"site": k.S, "period": k.T}
        hall = k.array("siting", "hall_mw", k.at_sites)
        checks.at_most("nameplate within halls", mw, hall, axes, unit="MW")
        needed = k.numbers("sites", "pue_peak") * (1 - k.numbers("sites", "flexible_cover_share"))
        checks.at_most("nameplate within firm power", mw * needed[:, None], firm_mw(k), axes, unit="MW")

    def _check_clouds(self, checks: Checks) -> None:
        k = self.known
        axes = {"cloud": k.U, "period": k.T}
        signed = k.not_before(k.dates("clouds", "available_from", -np.inf))
        signed &= self.known.start <= k.dates("clouds", "available_to", np.inf)[:, None] + SAME_DATE_YEARS
        checks.at_most(
            "commitments within their dates", self.rent, np.where(signed, np.inf, 0.0), axes, unit="units", one=K
        )
        in_force = np.einsum("uv,uvt->ut", self.rent, self.terms)
        checks.equal("rented accelerators", self.rented, in_force, axes, unit="units", one=K)
        market = k.numbers("clouds", "max_units")[:, None]
        checks.at_most("rented within the market", self.rented, market, axes, unit="units", one=K)

    @cached_property
    def terms(self) -> Flags:
        """(U, V, T) whether a commitment signed in v is in force in t."""
        k = self.known
        ends = k.start[None, :] + k.numbers("clouds", "term_years")[:, None]
        return np.asarray(k.until_now(ends) & (np.arange(len(k.T)) >= np.arange(len(k.T))[:, None]))


def firm_mw(k: Known) -> Floats:
    """(S, T) firm connection and the largest firm credit."""
    from planner.audit.power import Power

    power = Power(k)
    generators = power.credit(~power.is_contract & ~power.is_battery)
    batteries = np.minimum(power.credit(power.is_battery), power.connection(1 - power.firm_share, 0.0) + generators)
    return power.connection(power.firm_share, 1.0) + generators + batteries
