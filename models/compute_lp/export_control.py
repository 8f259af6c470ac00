"""What may be bought, and by whom.

sets            LICENCES x, pots of permission; LICENSED: (x,g,s,t) purchases that need a licence under the pot's rule, arrive at its
                destination within [allocated, allocated + expires_after_months]; CAPS with the periods they hold in
decides         licensed[x,g,s,t] MTPP
subject to      every_import_is_licensed: Σ_x licensed = TPP·buy · within_pot: Σ licensed[x] ≤ mtpp, and in units · within_cap, by kind:
                flow_year pools the periods that start in a calendar year, limit × max(1, their years) · flow_total since a date ·
                stock in service · share and share_min of all the owner's stock of what the rule controls, in TPP ·
                investment_matches_imports
not modelled    exporters' own export of derived goods, re-export, use restrictions

A rule matches an accelerator, a destination, an owner (the country its site's operator answers to) and a date of arrival; the first matching row wins; minima include,
maxima exclude. Without a match an import is free. Stock and flows count what first matched the cap's rule when it arrived; shares count,
at all sites and whenever it arrived, what has the properties the rule names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from compute_lp import ledger
from compute_lp.calendar import SLACK_YEARS
from compute_lp.family import Family, Index, Numbers, Total, Variables
from compute_lp.schema import Column, Floats, Inputs, Price, Problem, Report, Table, Value
from compute_lp.tables import codes, column, subset, text
from compute_lp.units import MONTHS, TPP, UNITS

TABLES = (
    Table(
        name="export_rules",
        title="Export rules",
        row="a rule on accelerators for a destination; the first matching row wins",
        columns=(
            Column(name="rule", kind="name", key=True, meaning="name of the rule"),
            Column(
                name="destination",
                kind="name",
                refers_to=("countries.country", "countries.group"),
                meaning="country, or group of countries, the accelerators go to",
            ),
            Column(name="min_tpp", unit="TPP", default=None, low=0, meaning="smallest TPP it concerns; blank: any"),
            Column(
                name="max_tpp",
                unit="TPP",
                default=None,
                low=0,
                meaning="TPP from which it no longer concerns them; blank: any",
            ),
            Column(
                name="min_density",
                unit="TPP/mm^2",
                default=None,
                low=0,
                meaning="smallest performance density; blank: any",
            ),
            Column(
                name="max_density",
                unit="TPP/mm^2",
                default=None,
                low=0,
                meaning="performance density from which it no longer holds; blank: any",
            ),
            Column(
                name="min_bandwidth_tb_s",
                unit="TB/s",
                default=None,
                low=0,
                meaning="smallest memory bandwidth; blank: any",
            ),
            Column(
                name="max_bandwidth_tb_s",
                unit="TB/s",
                default=None,
                low=0,
                meaning="memory bandwidth from which it no longer holds; blank: any",
            ),
            Column(
                name="min_interconnect_gb_s",
                unit="GB/s",
                default=None,
                low=0,
                meaning="smallest interconnect bandwidth; blank: any",
            ),
            Column(
                name="market",
                kind="choice",
                choices=("datacentre", "consumer"),
                default="",
                meaning="market it concerns; blank: any",
            ),
            Column(
                name="owner",
                kind="name",
                default="",
                meaning="country or group of the owner's headquarters; blank: any",
            ),
            Column(name="class", kind="text", default="", meaning="label it gives"),
            Column(
                name="outcome", kind="choice", choices=("free", "licence", "denied", "notify"), meaning="what follows"
            ),
            Column(
                name="delay_months",
                unit="months",
                default=0.0,
                low=0,
                high=120,
                meaning="wait between order and the start of the lead time",
            ),
            Column(name="price_multiplier", unit="ratio", default=1.0, above=0, high=20, meaning="factor on the price"),
            Column(
                name="matched_investment",
                unit="ratio",
                default=0.0,
                low=0,
                meaning="money to be spent in the vendor's country per value imported",
            ),
            Column(name="from", kind="month", default="", meaning="first date of arrival it holds for; blank: always"),
            Column(name="to", kind="month", default="", meaning="date from which it no longer holds; blank: no end"),
        ),
    ),
    Table(
        name="export_licences",
        title="Export licences",
        row="a pot of permission, allocated at a date and lapsing at another",
        columns=(
            Column(name="licence", kind="name", key=True, meaning="name of the pot"),
            Column(
                name="rule", kind="name", refers_to=("export_rules.rule",), meaning="rule under which it is granted"
            ),
            Column(
                name="destination",
                kind="name",
                refers_to=("countries.country", "countries.group"),
                meaning="where the accelerators may go",
            ),
            Column(name="allocated", kind="month", meaning="first date of arrival"),
            Column(name="mtpp", unit="MTPP", default=None, low=0, meaning="total TPP, in millions; this or units"),
            Column(name="units", unit="units", default=None, low=0, meaning="number of accelerators; this or mtpp"),
            Column(
                name="expires_after_months",
                unit="months",
                default=None,
                low=0,
                meaning="until when unused permission lasts; blank: for ever",
            ),
        ),
    ),
    Table(
        name="export_caps",
        title="Export caps",
        row="a ceiling on what a destination may import or hold",
        columns=(
            Column(name="cap", kind="name", key=True, meaning="name of the cap"),
            Column(
                name="rule", kind="name", refers_to=("export_rules.rule",), meaning="rule whose accelerators it counts"
            ),
            Column(
                name="destination",
                kind="name",
                refers_to=("countries.country", "countries.group"),
                meaning="where they go",
            ),
            Column(
                name="kind",
                kind="choice",
                choices=("flow_year", "flow_total", "stock", "share", "share_min"),
                meaning="what is capped",
            ),
            Column(
                name="period",
                kind="name",
                default="",
                refers_to=("periods.period",),
                meaning="period it holds in; blank: all",
            ),
            Column(
                name="from", kind="month", default="", meaning="date from which a flow_total counts; blank: plan start"
            ),
            Column(name="mtpp", unit="MTPP", default=None, low=0, meaning="ceiling in million TPP"),
            Column(name="h100e", unit="units", default=None, low=0, meaning="ceiling in 8-bit H100-equivalents"),
            Column(name="units", unit="units", default=None, low=0, meaning="ceiling in accelerators"),
            Column(name="share", unit="share", default=None, low=0, high=1, meaning="share of the owner's whole stock"),
        ),
    ),
)

REPORTS = (
    Report(
        name="export_control",
        meaning="permission used and available",
        keys=("licence", "period"),
        values=(
            Value(
                name="licensed_mtpp", unit="MTPP", meaning="permission used by arrivals of the period", of="used_mtpp"
            ),
            Value(
                name="available_mtpp",
                unit="MTPP",
                meaning="permission left at the start of the period, within its dates",
                of="available_mtpp",
            ),
        ),
    ),
)
PRICES = (
    Price(constraint="within_pot", heading="licence", unit="USD/TPP", keys=("licence",), factor=1.0, per="horizon"),
    Price(
        constraint="within_pot_units", heading="licence", unit="USD/unit", keys=("licence",), factor=1e3, per="horizon"
    ),
    Price(
        constraint="within_cap",
        heading="export cap",
        unit="MUSD per unit of the cap",
        keys=("cap", "period"),
        per="sum",
    ),
)


@dataclass(frozen=True)
class Outcomes:
    """What the rules say of each accelerator, site and date of arrival; arrays of shape (accelerators, sites, dates).

    `rule`: row of the first matching rule, -1 for none. `has_properties`: whether an accelerator has what a rule names, shape
    (rules, accelerators).
    """

    rule: np.ndarray
    denied: np.ndarray
    licence: np.ndarray
    delay_years: Floats
    price_multiplier: Floats
    has_properties: np.ndarray


def _properties(inputs: Inputs, accelerators: list[str]) -> dict[str, Floats]:
    """Control quantities of the accelerators, by the stem of the rule columns that bound them."""
    table = inputs["accelerators"]
    rates = inputs.rates("accelerator_rates").set_index("accelerator").loc[accelerators]
    return {
        "tpp": rates["tpp"].to_numpy(float),
        "density": rates["performance_density"].to_numpy(float),
        "bandwidth_tb_s": column(table, "bandwidth_tb_s"),
        "interconnect_gb_s": column(table, "interconnect_gb_s"),
    }


def _has_properties(inputs: Inputs) -> np.ndarray:
    """Whether an accelerator has what a rule names; shape (rules, accelerators). An unknown figure matches no bound."""
    rules, accelerators = inputs["export_rules"], text(inputs["accelerators"], "accelerator")
    market = np.array(text(inputs["accelerators"], "market"))
    wanted = np.array(text(rules, "market"))
    fits = (wanted[:, None] == "") | (wanted[:, None] == market[None, :])
    for stem, values in _properties(inputs, accelerators).items():
        low = column(rules, f"min_{stem}")[:, None]
        fits &= np.isnan(low) | (values[None, :] >= low)
        if f"max_{stem}" in rules:
            high = column(rules, f"max_{stem}")[:, None]
            fits &= np.isnan(high) | (values[None, :] < high)
    return fits


def outcomes(m: Any, inputs: Inputs, dates: Floats) -> Outcomes:
    """Match rules with accelerators, sites and dates of arrival (years since plan start)."""
    rules, calendar = inputs["export_rules"], m.calendar
    fits = _has_properties(inputs)
    site_country = m.place_country[: m.SITES.size]
    destination = _covers(m, text(rules, "destination"))[:, site_country]
    owner = (
        _covers(m, text(rules, "owner"))[:, m.place_operator[: m.SITES.size]]
        | (np.array(text(rules, "owner")) == "")[:, None]
    )
    first = calendar.since_start(text(rules, "from"), blank=-np.inf)
    last = calendar.since_start(text(rules, "to"), blank=np.inf)
    in_force = (dates[None, :] >= first[:, None] - SLACK_YEARS) & (dates[None, :] < last[:, None] - SLACK_YEARS)
    match = (
        fits[:, :, None, None] & destination[:, None, :, None] & owner[:, None, :, None] & in_force[:, None, None, :]
    )
    rule = (
        np.where(match.any(axis=0), match.argmax(axis=0), -1)
        if len(rules)
        else np.full((m.ACCELERATORS.size, m.SITES.size, len(dates)), -1)
    )
    outcome = np.array([*text(rules, "outcome"), "free"])
    delay_years = np.append(column(rules, "delay_months") * MONTHS, 0.0)
    price_multiplier = np.append(column(rules, "price_multiplier"), 1.0)
    return Outcomes(
        rule=rule,
        denied=outcome[rule] == "denied",
        licence=outcome[rule] == "licence",
        delay_years=delay_years[rule],
        price_multiplier=price_multiplier[rule],
        has_properties=fits,
    )


def _covers(m: Any, places: list[str]) -> np.ndarray:
    """Whether a country or group of countries covers a country; shape (places, countries)."""
    names = np.array(places, dtype=object)[:, None]
    return np.asarray((names == np.array(m.COUNTRIES.labels(), dtype=object)[None, :]) | (names == m.group[None, :]))


def build(m: Any, inputs: Inputs) -> None:
    """Declare the assignment of purchases to pots, and the caps."""
    b, calendar = m.export_control, m.calendar
    rules, licences = inputs["export_rules"], inputs["export_licences"]
    rates = inputs.rates("accelerator_rates").set_index("accelerator").loc[m.ACCELERATORS.labels()]
    m.mtpp_per_k = rates["tpp"].to_numpy(float) * TPP
    m.h100e_per_k = rates["h100e_8bit"].to_numpy(float)
    allocated = calendar.since_start(text(licences, "allocated"), blank=-np.inf)
    expires = allocated + column(licences, "expires_after_months", blank=np.inf) * MONTHS
    pot_mtpp = column(licences, "mtpp")
    pot_k = column(licences, "units") * UNITS
    pot_rule = np.array([text(rules, "rule").index(rule) for rule in text(licences, "rule")], dtype=np.int64)
    site_country = m.place_country[: m.SITES.size]
    reaches = _covers(m, text(licences, "destination"))[:, site_country]

    b.LICENCES = Index.of(text(licences, "licence"), doc="pots of permission")
    buy = m.procurement.BUY
    chip, site, period = buy.codes
    rule = m.export.rule[buy.codes]
    needs = m.export.licence[buy.codes]
    start = calendar.start[period]
    fits = (
        needs[None, :]
        & (rule[None, :] == pot_rule[:, None])
        & reaches[:, site]
        & (start[None, :] >= allocated[:, None] - SLACK_YEARS)
        & (start[None, :] <= expires[:, None] + SLACK_YEARS)
    )
    pot, row = np.nonzero(fits)
    b.NEEDED = subset(buy, needs)
    b.LICENSED = Index.rows((b.LICENCES, *buy.bases), (pot, chip[row], site[row], period[row]))
    b.POTS = Index.rows((b.LICENCES,), (np.flatnonzero(np.isfinite(pot_mtpp)),))
    b.UNIT_POTS = Index.rows((b.LICENCES,), (np.flatnonzero(np.isfinite(pot_k)),))
    b.mtpp_per_k = Numbers(m.ACCELERATORS, m.mtpp_per_k, doc="[MTPP/kacc] control quantity")
    b.pot_mtpp = Numbers(b.POTS, pot_mtpp[b.POTS.codes[0]], doc="[MTPP] size of the pot")
    b.pot_k = Numbers(b.UNIT_POTS, pot_k[b.UNIT_POTS.codes[0]], doc="[kacc] size of the pot")

    b.licensed = Variables(b.LICENSED, doc="[MTPP] permission used")
    b.assigned_mtpp = Total(b.NEEDED, doc="[MTPP] permission given to a purchase")
    b.assigned_mtpp.add(
        "licensed",
        over=b.LICENSED,
        rule=lambda b, x, g, s, t: b.licensed[x, g, s, t],
        to=lambda b, x, g, s, t: (g, s, t),
    )
    b.drawn_mtpp = Total(b.LICENCES, doc="[MTPP] drawn from a pot")
    b.drawn_mtpp.add(
        "licensed", over=b.LICENSED, rule=lambda b, x, g, s, t: b.licensed[x, g, s, t], to=lambda b, x, g, s, t: x
    )
    b.drawn_k = Total(b.LICENCES, doc="[kacc] drawn from a pot")
    b.drawn_k.add(
        "licensed",
        over=b.LICENSED,
        rule=lambda b, x, g, s, t: b.licensed[x, g, s, t] / b.mtpp_per_k[g],
        to=lambda b, x, g, s, t: x,
    )

    def every_import_is_licensed(b: Any, g: Any, s: Any, t: Any) -> Any:
        return b.assigned_mtpp[g, s, t] == b.mtpp_per_k[g] * m.procurement.buy[g, s, t]

    b.every_import_is_licensed = Family(
        b.NEEDED, rule=every_import_is_licensed, doc="[MTPP] every purchase that needs a licence has one"
    )

    def within_pot(b: Any, x: Any) -> Any:
        return b.drawn_mtpp[x] <= b.pot_mtpp[x]

    b.within_pot = Family(b.POTS, rule=within_pot, doc="[MTPP] no more than the pot holds")

    def within_pot_units(b: Any, x: Any) -> Any:
        return b.drawn_k[x] <= b.pot_k[x]

    b.within_pot_units = Family(b.UNIT_POTS, rule=within_pot_units, doc="[kacc] no more than the pot holds")
    in_date = (calendar.start[None, :] >= allocated[:, None] - SLACK_YEARS) & (
        calendar.start[None, :] <= expires[:, None] + SLACK_YEARS
    )
    _permission(m, b, in_date & np.isfinite(pot_mtpp)[:, None])
    _caps(m, b, inputs)
    _matched_investment(m, b, inputs)


def _permission(m: Any, b: Any, counted: np.ndarray) -> None:
    """Permission used in a period, and left at its start while the pot is within its dates."""
    everywhere = Index.product(b.LICENCES, m.PERIODS)
    b.used_mtpp = Total(everywhere, doc="[MTPP] used by arrivals of the period")
    b.used_mtpp.add(
        "licensed", over=b.LICENSED, rule=lambda b, x, g, s, t: b.licensed[x, g, s, t], to=lambda b, x, g, s, t: (x, t)
    )
    left = Index.product(b.LICENCES, m.PERIODS, where=counted)
    b.available_mtpp = Total(left, doc="[MTPP] left at the start of the period")
    b.available_mtpp.add("pot", over=left, rule=lambda b, x, t: b.pot_mtpp[x], to=lambda b, x, t: (x, t))
    x, _, _, t = b.LICENSED.codes
    rows, times = np.nonzero(t[:, None] < np.arange(m.PERIODS.size)[None, :])
    at = left.find(x[rows], times)
    b.available_mtpp.add(
        "used before",
        over=b.LICENSED,
        rule=lambda b, x, g, s, t: b.licensed[x, g, s, t],
        to=(at[at >= 0], rows[at >= 0], -np.ones(int((at >= 0).sum()))),
    )


def _caps(m: Any, b: Any, inputs: Inputs) -> None:
    caps, rules, calendar = inputs["export_caps"], text(inputs["export_rules"], "rule"), m.calendar
    site_country = m.place_country[: m.SITES.size]
    at = _covers(m, text(caps, "destination"))[:, site_country]
    kinds, period_code = text(caps, "kind"), codes(m.PERIODS, text(caps, "period"))
    since = calendar.since_start(text(caps, "from"), blank=0.0)
    measures = {
        "mtpp": (1.0, m.mtpp_per_k),
        "h100e": (UNITS, m.h100e_per_k),
        "units": (UNITS, np.ones(m.ACCELERATORS.size)),
    }
    buy, fleet = m.procurement.BUY, m.procurement.FLEET
    b.CAPS = Index.of(text(caps, "cap"), doc="ceilings")
    rows: list[tuple[int, int]] = []
    limits: list[float] = []
    flows: list[tuple[np.ndarray, np.ndarray]] = []
    stocks: list[tuple[np.ndarray, np.ndarray]] = []
    nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    for c, kind in enumerate(kinds):
        rule = rules.index(text(caps, "rule")[c])
        only = [int(period_code[c])] if period_code[c] >= 0 else list(range(m.PERIODS.size))
        if kind != "flow_total":
            only = [t for t in only if calendar.start[t] >= since[c] - SLACK_YEARS]
        if kind in ("share", "share_min"):
            sign = 1.0 if kind == "share" else -1.0
            weight = np.where(m.export.has_properties[rule], m.mtpp_per_k, 0.0)
            share = float(column(caps, "share")[c])
            for t in only:
                here = np.flatnonzero((fleet.codes[3] == t) & (weight[fleet.codes[0]] > 0))
                g, s = fleet.codes[0][here], fleet.codes[1][here]
                rows.append((c, t)), limits.append(0.0), flows.append(nothing)
                stocks.append((here, sign * weight[g] * (at[c][s] - share)))
            continue
        for name, (unit, per_k) in measures.items():
            limit = float(column(caps, name)[c]) * unit
            if np.isnan(limit):
                continue
            for t, chosen, factor in _windows(kind, only, calendar, float(since[c]), period_code[c] >= 0):
                if kind == "stock":
                    g, s, v, time = fleet.codes
                    here = np.flatnonzero((time == t) & at[c][s] & (m.export.rule[g, s, v] == rule))
                    flows.append(nothing), stocks.append((here, per_k[g[here]]))
                else:
                    g, s, time = buy.codes
                    here = np.flatnonzero(np.isin(time, chosen) & at[c][s] & (m.export.rule[buy.codes] == rule))
                    flows.append((here, per_k[g[here]])), stocks.append(nothing)
                rows.append((c, t)), limits.append(limit * factor)
    b.CAP_ROWS = Index.of([str(i) for i in range(len(rows))])
    m.names["CAP_ROWS"] = pd.DataFrame(
        {"cap": [b.CAPS.labels()[c] for c, _ in rows], "period": [m.PERIODS.labels()[t] for _, t in rows]}
    )
    b.limit = Numbers(b.CAP_ROWS, limits, doc="[1] ceiling, in the unit the cap is written in")
    b.counted = Total(b.CAP_ROWS, doc="[1] what the cap counts, in its unit")
    b.per_k = Numbers(m.ACCELERATORS, 1.0, doc="[1/kacc] weight of one thousand, times the cap's own weight")
    for name, over, parts, rule_of in (
        ("arrivals", buy, flows, lambda b, g, s, t: b.per_k[g] * m.procurement.buy[g, s, t]),
        ("stock", fleet, stocks, lambda b, g, s, v, t: b.per_k[g] * m.procurement.fleet[g, s, v, t]),
    ):
        at_row = np.repeat(np.arange(len(parts)), [len(p[0]) for p in parts])
        column_of = np.concatenate([p[0] for p in parts]) if parts else nothing[0]
        weight_of = np.concatenate([p[1] for p in parts]) if parts else nothing[1]
        b.counted.add(name, over=over, rule=rule_of, to=(at_row, column_of, weight_of))

    def within_cap(b: Any, c: Any) -> Any:
        return b.counted[c] <= b.limit[c]

    b.within_cap = Family(b.CAP_ROWS, rule=within_cap, doc="[1] no more than the cap allows")


def _windows(
    kind: str, only: list[int], calendar: Any, since: float, dated: bool
) -> list[tuple[int, list[int], float]]:
    """Periods that share a limit: (the one it is reported in, those that count, factor on the limit)."""
    if kind == "stock":
        return [(t, [t], 1.0) for t in only]
    if kind == "flow_total":
        last = only[-1]
        counted = [
            t
            for t in range(len(calendar.start))
            if calendar.start[t] >= since - SLACK_YEARS and (not dated or t <= last)
        ]
        return [(last, counted, 1.0)]
    years = np.floor(calendar.plan_start + calendar.start + SLACK_YEARS).astype(int)
    pools = {int(year): [t for t in only if years[t] == year] for year in years[only]}
    return [(pool[-1], pool, max(1.0, float(calendar.years[pool].sum()))) for pool in pools.values()]


def _matched_investment(m: Any, b: Any, inputs: Inputs) -> None:
    """Money spent in the vendor's country by the end of a period ≥ share × value of the chips imported by then."""
    rules = inputs["export_rules"]
    share = column(rules, "matched_investment")
    vendor = codes(m.COUNTRIES, text(inputs["accelerators"], "vendor_country"))
    buy = m.procurement.BUY
    chip, site, period = buy.codes
    site_country = m.place_country[: m.SITES.size]
    rule = m.export.rule[buy.codes]
    b.chip_musd_per_k = Numbers(buy, m.bare_musd_per_k[buy.codes], doc="[MUSD/kacc] chip price at order")
    for r in np.flatnonzero(share > 0):
        for country in np.unique(vendor[chip[rule == r]]):
            name = f"{text(rules, 'rule')[r]}_{country}"
            imported = subset(buy, (rule == r) & (vendor[chip] == country) & (site_country[site] != country))
            spent = ledger.spent_at_sites(m, site_country == country, f"for_{name}")
            rows, times = np.nonzero(imported.codes[2][:, None] <= np.arange(m.PERIODS.size)[None, :])
            value = Total(m.PERIODS, doc="[MUSD] value imported so far, times the share to be matched")
            b.add_component(f"imported_{name}", value)
            value.add(
                "chips",
                over=imported,
                rule=lambda b, g, s, t: b.chip_musd_per_k[g, s, t] * m.procurement.buy[g, s, t],
                to=(times, rows, np.full(len(rows), share[r])),
            )
            b.add_component(
                f"investment_matches_{name}",
                Family(
                    m.PERIODS,
                    rule=lambda b, t, spent=spent, value=value: spent[t] >= value[t],
                    doc="[MUSD] imports are matched by investment",
                ),
            )


def check(inputs: Inputs) -> list[Problem]:
    """Pots and caps without a quantity, pots that lapse before they serve, densities that can't be told."""
    found = []
    rules, accelerators = inputs["export_rules"], inputs["accelerators"]
    names = list(rules["rule"])
    for i, row in enumerate(inputs["export_licences"].itertuples()):
        if np.isnan(row.mtpp) and np.isnan(row.units):
            found.append(
                Problem(
                    "export_licences", f"pot {row.licence} has no quantity", row=i, column="mtpp", right="mtpp or units"
                )
            )
        if row.rule in names and rules["outcome"].iloc[names.index(row.rule)] != "licence":
            found.append(
                Problem(
                    "export_licences",
                    f"pot {row.licence} is under a rule that asks for no licence",
                    row=i,
                    column="rule",
                    value=row.rule,
                    right="a rule whose outcome is licence",
                    severity="warning",
                )
            )
    for i, row in enumerate(inputs["export_caps"].itertuples()):
        wanted = ("share",) if row.kind in ("share", "share_min") else ("mtpp", "h100e", "units")
        if all(np.isnan(getattr(row, name)) for name in wanted):
            found.append(
                Problem(
                    "export_caps",
                    f"cap {row.cap} of kind {row.kind} has no quantity",
                    row=i,
                    column=wanted[0],
                    right=" or ".join(wanted),
                )
            )
    bounded = rules[["min_density", "max_density"]].notna().any(axis=1)
    if bounded.any():
        for i, row in enumerate(accelerators.itertuples()):
            if np.isnan(row.die_mm2) and row.market == "datacentre":
                found.append(
                    Problem(
                        "accelerators",
                        f"{row.accelerator} has no die area, so rule {rules['rule'][bounded].iloc[0]} can't be told",
                        row=i,
                        column="die_mm2",
                        right="the die area that counts",
                        severity="warning",
                    )
                )
    return found
