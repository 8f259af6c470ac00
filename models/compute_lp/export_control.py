"""What may be bought, and by whom.

sets            LICENCES x, pots of permission; LICENSED: (x,g,s,t) purchases that need a licence under the pot's rule,
                arrive at its destination within [allocated, allocated + expires_after_months]; CAPS with the periods
                they hold in, a row of CAP_ROWS each
decides         licensed[x,g,s,t] MTPP
subject to      every_import_is_licensed: Σ_x licensed = TPP·buy · within_pot: Σ licensed[x] ≤ mtpp, and in units
                within_pot_units · within_cap, by kind: flow_year pools the periods that start in a calendar year, limit
                × max(1, their years) · flow_total since a date · stock in service · share and share_min of all the
                owner's stock of what the rule controls, in TPP · investment_matches imports, by rule and vendor country
not modelled    exporters' own export of derived goods, re-export, use restrictions

A rule matches an accelerator, a destination, an owner (the country its site's operator answers to) and a date of
arrival; the first matching row wins; minima include, maxima exclude. Without a match an import is free. Stock and flows
count what first matched the cap's rule when it arrived; shares count, at all sites and whenever it arrived, what has
the properties the rule names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from compute_lp import ledger
from compute_lp.calendar import SLACK_YEARS
from compute_lp.columns import amount, choice, key, month, months, named, report, share, table
from compute_lp.family import Index, Numbers, Total, Variables, subject_to
from compute_lp.index import ABSENT
from compute_lp.schema import Codes, Column, Floats, Inputs, Mask, Per, Price, Problem, Terms, Value
from compute_lp.tables import codes, column, subset, text
from compute_lp.units import MONTHS, TPP, UNITS

SHARES = {"share": 1.0, "share_min": -1.0}
"""Kinds of caps on a share of a stock, and the sign that makes a row with ≤ of each."""
PER: Mapping[str, Per] = {"flow_year": "sum", "flow_total": "horizon", "stock": "year"}
"""Kinds of caps on a quantity, and what their prices are per: a stock is held all year."""

TABLES = (
    table(
        "export_rules",
        "a rule on accelerators for a destination; the first matching row wins",
        key("rule", "name of the rule"),
        named(
            "destination",
            "country, or group of countries, the accelerators go to",
            "countries.country",
            "countries.group",
        ),
        amount("min_tpp", "smallest TPP it concerns; blank: any", "TPP", None),
        amount("max_tpp", "TPP from which it no longer concerns them; blank: any", "TPP", None),
        amount("min_density", "smallest performance density; blank: any", "TPP/mm^2", None),
        amount("max_density", "performance density from which it no longer holds; blank: any", "TPP/mm^2", None),
        amount("min_bandwidth_tb_s", "smallest memory bandwidth; blank: any", "TB/s", None),
        amount("max_bandwidth_tb_s", "memory bandwidth from which it no longer holds; blank: any", "TB/s", None),
        amount("min_interconnect_gb_s", "smallest interconnect bandwidth; blank: any", "GB/s", None),
        choice("market", "market it concerns; blank: any", ("datacentre", "consumer"), ""),
        named("owner", "country or group of the owner's headquarters; blank: any", default=""),
        Column("class", "label it gives", kind="text", default=""),
        choice("outcome", "what follows", ("free", "licence", "denied", "notify")),
        months("delay_months", "wait between order and the start of the lead time", 0.0, high=120),
        Column("price_multiplier", "factor on the price", "ratio", default=1.0, above=0, high=20),
        amount("matched_investment", "money to be spent in the vendor's country per value imported", "ratio", 0.0),
        month("from", "first date of arrival it holds for; blank: always", ""),
        month("to", "date from which it no longer holds; blank: no end", ""),
    ),
    table(
        "export_licences",
        "a pot of permission, allocated at a date and lapsing at another",
        key("licence", "name of the pot"),
        named("rule", "rule under which it is granted", "export_rules.rule"),
        named("destination", "where the accelerators may go", "countries.country", "countries.group"),
        month("allocated", "first date of arrival"),
        amount("mtpp", "total TPP, in millions; this or units", "MTPP", None),
        amount("units", "number of accelerators; this or mtpp", "units", None),
        months("expires_after_months", "until when unused permission lasts; blank: for ever", None),
    ),
    table(
        "export_caps",
        "a ceiling on what a destination may import or hold",
        key("cap", "name of the cap"),
        named("rule", "rule whose accelerators it counts", "export_rules.rule"),
        named("destination", "where they go", "countries.country", "countries.group"),
        choice("kind", "what is capped", ("flow_year", "flow_total", "stock", *SHARES)),
        named("period", "period it holds in; blank: all", "periods.period", default=""),
        month("from", "date from which the cap holds, and a flow_total counts; blank: plan start", ""),
        amount("mtpp", "ceiling in million TPP", "MTPP", None),
        amount("h100e", "ceiling in 8-bit H100-equivalents", "units", None),
        amount("units", "ceiling in accelerators", "units", None),
        share("share", "share of the owner's whole stock", None),
    ),
)

REPORTS = (
    report(
        "export_control",
        "permission used and available",
        ("licence", "period"),
        Value("licensed_mtpp", "MTPP", "permission used by arrivals of the period", "used_mtpp"),
        Value(
            "available_mtpp", "MTPP", "permission left at the start of the period, within its dates", "available_mtpp"
        ),
    ),
)
PRICES = (
    Price("within_pot", "licence", "USD/TPP", ("licence",), factor=1.0, per="horizon"),
    Price("within_pot_units", "licence", "USD/unit", ("licence",), factor=1e3, per="horizon"),
    Price("within_cap", "export cap", "MUSD per unit of the cap", ("cap", "period"), per="sum", by_row="cap_terms"),
)


@dataclass(frozen=True)
class Outcomes:
    """What the rules say of each accelerator, site and date of arrival; arrays of shape (accelerators, sites, dates).

    `rule`: row of the first matching rule, -1 for none. `has_properties`: whether an accelerator has what a rule names,
    shape (rules, accelerators).
    """

    rule: Codes
    denied: Mask
    licence: Mask
    delay_years: Floats
    price_multiplier: Floats
    has_properties: Mask


def _has_properties(inputs: Inputs) -> Mask:
    """Whether an accelerator has what a rule names; shape (rules, accelerators). An unknown figure matches no bound."""
    rules, accelerators = inputs["export_rules"], inputs["accelerators"]
    rates = inputs.rates("accelerator_rates").set_index("accelerator").loc[text(accelerators, "accelerator")]
    properties = {
        "tpp": column(rates, "tpp"),
        "density": column(rates, "performance_density"),
        "bandwidth_tb_s": column(accelerators, "bandwidth_tb_s"),
        "interconnect_gb_s": column(accelerators, "interconnect_gb_s"),
    }
    market, wanted = np.array(text(accelerators, "market")), np.array(text(rules, "market"))[:, None]
    fits: Mask = (wanted == "") | (wanted == market[None, :])
    for stem, values in properties.items():
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
    destination = _reaches(m, text(rules, "destination"))
    operator = m.place_operator[: m.SITES.size]
    owner = _covers(m, text(rules, "owner"))[:, operator] | (np.array(text(rules, "owner")) == "")[:, None]
    first = calendar.since_start(text(rules, "from"), blank=-np.inf)
    last = calendar.since_start(text(rules, "to"), blank=np.inf)
    in_force = (dates[None, :] >= first[:, None] - SLACK_YEARS) & (dates[None, :] < last[:, None] - SLACK_YEARS)
    match = fits[:, :, None, None] & (destination & owner)[:, None, :, None] & in_force[:, None, None, :]
    # A last row that always matches stands for no rule, so that there is a first match everywhere.
    matched = np.concatenate([match, np.ones_like(match, shape=(1, *match.shape[1:]))]).argmax(axis=0)
    rule = np.where(matched == len(rules), -1, matched)
    outcome = np.array([*text(rules, "outcome"), "free"])[rule]
    delay_years = np.append(column(rules, "delay_months") * MONTHS, 0.0)
    price_multiplier = np.append(column(rules, "price_multiplier"), 1.0)
    return Outcomes(rule, outcome == "denied", outcome == "licence", delay_years[rule], price_multiplier[rule], fits)


def _covers(m: Any, places: list[str]) -> Mask:
    """Whether a country or group of countries covers a country; shape (places, countries)."""
    names = np.array(places, dtype=object)[:, None]
    return np.asarray((names == np.array(m.COUNTRIES.labels(), dtype=object)[None, :]) | (names == m.group[None, :]))


def _reaches(m: Any, destinations: list[str]) -> Mask:
    """Whether a site lies in a destination; shape (destinations, sites)."""
    return _covers(m, destinations)[:, m.place_country[: m.SITES.size]]


def reach(m: Any, inputs: Inputs) -> None:
    """Which pots could serve which purchases (`fits`, pots × rows of BUY), and when they are within their dates."""
    b, calendar = m.export_control, m.calendar
    licences, rules = inputs["export_licences"], text(inputs["export_rules"], "rule")
    allocated = calendar.since_start(text(licences, "allocated"), blank=-np.inf)
    expires = allocated + column(licences, "expires_after_months", blank=np.inf) * MONTHS
    pot_rule = np.array([rules.index(rule) for rule in text(licences, "rule")], dtype=np.int64)
    buy, start = m.procurement.BUY.codes, calendar.start[None, :]
    b.in_date = (start >= allocated[:, None] - SLACK_YEARS) & (start <= expires[:, None] + SLACK_YEARS)
    b.fits = m.export.licence[buy][None, :] & (m.export.rule[buy][None, :] == pot_rule[:, None])
    b.fits &= _reaches(m, text(licences, "destination"))[:, buy[1]] & b.in_date[:, buy[2]]


def build(m: Any, inputs: Inputs) -> None:
    """Declare the assignment of purchases to pots, and the caps."""
    b, licences = m.export_control, inputs["export_licences"]
    rates = inputs.rates("accelerator_rates").set_index("accelerator").loc[m.ACCELERATORS.labels()]
    m.mtpp_per_k = rates["tpp"].to_numpy(float) * TPP
    m.h100e_per_k = rates["h100e_8bit"].to_numpy(float)
    pot_mtpp = column(licences, "mtpp")
    pot_k = column(licences, "units") * UNITS
    b.LICENCES = Index.of(text(licences, "licence"), doc="pots of permission")
    buy = m.procurement.BUY
    pot, row = np.nonzero(b.fits)
    b.NEEDED = subset(buy, m.export.licence[buy.codes])
    b.LICENSED = Index.rows((b.LICENCES, *buy.bases), (pot, *(code[row] for code in buy.codes)))
    b.POTS, b.UNIT_POTS = subset(b.LICENCES, np.isfinite(pot_mtpp)), subset(b.LICENCES, np.isfinite(pot_k))
    b.mtpp_per_k = Numbers(m.ACCELERATORS, m.mtpp_per_k, doc="[MTPP/kacc] control quantity")
    b.pot_mtpp = Numbers(b.POTS, pot_mtpp[b.POTS.codes[0]], doc="[MTPP] size of the pot")
    b.pot_k = Numbers(b.UNIT_POTS, pot_k[b.UNIT_POTS.codes[0]], doc="[kacc] size of the pot")

    b.licensed = Variables(b.LICENSED, doc="[MTPP] permission used")
    b.assigned_mtpp = Total(b.NEEDED, doc="[MTPP] permission given to a purchase")
    b.assigned_mtpp.add("licensed", b.LICENSED, lambda b, x, g, s, t: b.licensed[x, g, s, t])
    b.drawn_mtpp = Total(b.LICENCES, doc="[MTPP] drawn from a pot")
    b.drawn_mtpp.add("licensed", b.LICENSED, lambda b, x, g, s, t: b.licensed[x, g, s, t])
    b.drawn_k = Total(b.LICENCES, doc="[kacc] drawn from a pot")
    b.drawn_k.add("licensed", b.LICENSED, lambda b, x, g, s, t: b.licensed[x, g, s, t] / b.mtpp_per_k[g])

    @subject_to(b, b.NEEDED, "[MTPP] every purchase that needs a licence has one")
    def every_import_is_licensed(b: Any, g: Any, s: Any, t: Any) -> Any:
        return b.assigned_mtpp[g, s, t] == b.mtpp_per_k[g] * m.procurement.buy[g, s, t]

    @subject_to(b, b.POTS, "[MTPP] no more than the pot holds")
    def within_pot(b: Any, x: Any) -> Any:
        return b.drawn_mtpp[x] <= b.pot_mtpp[x]

    @subject_to(b, b.UNIT_POTS, "[kacc] no more than the pot holds")
    def within_pot_units(b: Any, x: Any) -> Any:
        return b.drawn_k[x] <= b.pot_k[x]

    _permission(m, b, b.in_date & np.isfinite(pot_mtpp)[:, None])
    _caps(m, b, inputs)
    _matched_investment(m, b, inputs)


def _permission(m: Any, b: Any, counted: Mask) -> None:
    """Permission used in a period, and left at its start while the pot is within its dates."""
    everywhere = Index.product(b.LICENCES, m.PERIODS)
    b.used_mtpp = Total(everywhere, doc="[MTPP] used by arrivals of the period")
    b.used_mtpp.add("licensed", b.LICENSED, lambda b, x, g, s, t: b.licensed[x, g, s, t])
    left = Index.product(b.LICENCES, m.PERIODS, where=counted)
    b.available_mtpp = Total(left, doc="[MTPP] left at the start of the period")
    b.available_mtpp.add("pot", left, lambda b, x, t: b.pot_mtpp[x])
    x, _, _, t = b.LICENSED.codes
    rows, times = np.nonzero(t[:, None] < np.arange(m.PERIODS.size)[None, :])
    at = left.find(x[rows], times)
    later = (at[at != ABSENT], rows[at != ABSENT])
    b.available_mtpp.add("used before", b.LICENSED, lambda b, x, g, s, t: -b.licensed[x, g, s, t], later)


NOTHING: Codes = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class CapRow:
    """A ceiling in a period, in the cap's unit, units and H100-equivalents in thousands; the rows of FLEET (`stock`) or
    BUY that it counts, their weights, and the terms of its price."""

    cap: int
    period: int
    limit: float
    stock: bool
    rows: Codes
    weights: Floats
    terms: Terms


def _caps(m: Any, b: Any, inputs: Inputs) -> None:
    buy, fleet = m.procurement.BUY, m.procurement.FLEET
    rows = _cap_rows(m, inputs)
    b.CAPS = Index.of(text(inputs["export_caps"], "cap"), doc="ceilings")
    b.CAP_ROWS = Index.of([str(i) for i in range(len(rows))])
    names = [(b.CAPS.label(row.cap)[0], m.PERIODS.label(row.period)[0]) for row in rows]
    m.names["CAP_ROWS"] = pd.DataFrame(names, columns=["cap", "period"])
    b.cap_terms = tuple(row.terms for row in rows)
    b.limit = Numbers(b.CAP_ROWS, [row.limit for row in rows], doc="[1] ceiling, in the cap's unit or thousands of it")
    b.counted = Total(b.CAP_ROWS, doc="[1] what the cap counts, in its unit")
    b.per_k = Numbers(m.ACCELERATORS, 1.0, doc="[1/kacc] weight of one thousand, times the cap's own weight")

    def spread(stock: bool) -> tuple[Codes, Codes, Floats]:
        own = [(i, row) for i, row in enumerate(rows) if row.stock == stock]
        at = np.concatenate([NOTHING, *(np.full(len(row.rows), i) for i, row in own)])
        counted = np.concatenate([NOTHING, *(row.rows for _, row in own)])
        return at, counted, np.concatenate([NOTHING, *(row.weights for _, row in own)])

    b.counted.add("arrivals", buy, lambda b, g, s, t: b.per_k[g] * m.procurement.buy[g, s, t], spread(False))
    b.counted.add("stock", fleet, lambda b, g, s, v, t: b.per_k[g] * m.procurement.fleet[g, s, v, t], spread(True))

    @subject_to(b, b.CAP_ROWS, "[1] no more than the cap allows, in MTPP or thousands")
    def within_cap(b: Any, c: Any) -> Any:
        return b.counted[c] <= b.limit[c]


def _cap_rows(m: Any, inputs: Inputs) -> list[CapRow]:
    caps, calendar, fleet = inputs["export_caps"], m.calendar, m.procurement.FLEET
    kinds, reaches = text(caps, "kind"), _reaches(m, text(caps, "destination"))
    rules = [text(inputs["export_rules"], "rule").index(rule) for rule in text(caps, "rule")]
    period, share = codes(m.PERIODS, text(caps, "period")), column(caps, "share")
    since = calendar.since_start(text(caps, "from"), blank=0.0)
    measures = (
        (column(caps, "mtpp"), m.mtpp_per_k, "USD/TPP", 1.0),
        (column(caps, "h100e") * UNITS, m.h100e_per_k, "USD/H100e", 1e3),
        (column(caps, "units") * UNITS, np.ones(m.ACCELERATORS.size), "USD/unit", 1e3),
    )
    found = []
    for c, (kind, rule) in enumerate(zip(kinds, rules, strict=True)):
        dated = period[c] != ABSENT
        only = [int(period[c])] if dated else list(range(m.PERIODS.size))
        if kind != "flow_total":
            only = [t for t in only if calendar.start[t] >= since[c] - SLACK_YEARS]
        if kind in SHARES:
            weight = np.where(m.export.has_properties[rule], m.mtpp_per_k, 0.0)
            counts = SHARES[kind] * weight[fleet.codes[0]] * (reaches[c][fleet.codes[1]] - share[c])
            for t in only:
                here = np.flatnonzero((fleet.codes[3] == t) & (weight[fleet.codes[0]] > 0))
                found.append(CapRow(c, t, 0.0, True, here, counts[here], Terms("USD/TPP/year")))
            continue
        index = fleet if kind == "stock" else m.procurement.BUY
        matches = reaches[c][index.codes[1]] & (m.export.rule[index.codes[:3]] == rule)
        for limit, per_k, unit, worth in measures:
            if np.isnan(limit[c]):
                continue
            terms = Terms(f"{unit}/year" if PER[kind] == "year" else unit, worth, PER[kind])
            for t, times, factor in _windows(kind, only, calendar, float(since[c]), dated):
                here = np.flatnonzero(np.isin(index.codes[-1], times) & matches)
                counts = per_k[index.codes[0][here]]
                found.append(CapRow(c, t, limit[c] * factor, kind == "stock", here, counts, terms))
    return found


def _windows(
    kind: str, only: list[int], calendar: Any, since: float, dated: bool
) -> list[tuple[int, list[int], float]]:
    """Periods that share a limit: (the one it is reported in, those that count, factor on the limit)."""
    if kind == "stock":
        return [(t, [t], 1.0) for t in only]
    if kind == "flow_total":
        last = only[-1]
        begun = np.flatnonzero(calendar.start >= since - SLACK_YEARS)
        return [(last, [int(t) for t in begun if not dated or t <= last], 1.0)]
    years = np.floor(calendar.plan_start + calendar.start + SLACK_YEARS).astype(int)
    pools = {int(year): [t for t in only if years[t] == year] for year in years[only]}
    return [(pool[-1], pool, max(1.0, float(calendar.years[pool].sum()))) for pool in pools.values()]


def _matched_investment(m: Any, b: Any, inputs: Inputs) -> None:
    """Money spent in the vendor's country by the end of a period ≥ share × value of the chips imported by then."""
    share = column(inputs["export_rules"], "matched_investment")
    vendor = codes(m.COUNTRIES, text(inputs["accelerators"], "vendor_country"))
    buy = m.procurement.BUY
    chip, site, _ = buy.codes
    site_country = m.place_country[: m.SITES.size]
    rule = m.export.rule[buy.codes]
    b.chip_musd_per_k = Numbers(buy, m.bare_musd_per_k, doc="[MUSD/kacc] chip price at order")
    for r in np.flatnonzero(share > 0):
        for country in np.unique(vendor[chip[rule == r]]):
            where = "other" if country == ABSENT else m.COUNTRIES.label(int(country))[0]
            name = f"{inputs['export_rules']['rule'].iloc[r]}_{where}"
            imported = subset(buy, (rule == r) & (vendor[chip] == country) & (site_country[site] != country))
            _investment_matches(m, b, name, imported, share[r], site_country == country)


def _investment_matches(m: Any, b: Any, name: str, imported: Index, share: float, sites: Mask) -> None:
    spent = ledger.spent_at_sites(m, sites, f"for_{name}")
    value = Total(m.PERIODS, doc="[MUSD] value imported so far, times the share to be matched")
    b.add_component(f"imported_{name}", value)
    rows, times = np.nonzero(imported.codes[2][:, None] <= np.arange(m.PERIODS.size)[None, :])
    so_far = (times, rows, np.full(len(rows), share))
    value.add("chips", imported, lambda b, g, s, t: b.chip_musd_per_k[g, s, t] * m.procurement.buy[g, s, t], so_far)

    @subject_to(b, m.PERIODS, "[MUSD] imports are matched by investment", name=f"investment_matches_{name}")
    def investment_matches(b: Any, t: Any) -> Any:
        return spent[t] >= value[t]


def check(inputs: Inputs) -> list[Problem]:
    """Pots and caps without a quantity, pots that lapse before they serve, densities that can't be told."""
    found = []
    rules = inputs["export_rules"]
    outcome = dict(zip(rules["rule"], rules["outcome"], strict=True))
    for row in inputs.rows("export_licences"):
        if np.isnan(row.mtpp) and np.isnan(row.units):
            found.append(row.problem("mtpp", f"pot {row.licence} has no quantity", "mtpp or units"))
        if outcome.get(row.rule, "licence") != "licence":
            message = f"pot {row.licence} is under a rule that asks for no licence"
            found.append(row.problem("rule", message, "a rule whose outcome is licence", "warning"))
    for row in inputs.rows("export_caps"):
        wanted = ("share",) if row.kind in SHARES else ("mtpp", "h100e", "units")
        if all(np.isnan(getattr(row, name)) for name in wanted):
            message = f"cap {row.cap} of kind {row.kind} has no quantity"
            found.append(row.problem(wanted[0], message, " or ".join(wanted)))
    bounded = rules["rule"][rules[["min_density", "max_density"]].notna().any(axis=1)]
    for row in inputs.rows("accelerators") if len(bounded) else ():
        if np.isnan(row.die_mm2) and row.market == "datacentre":
            message = f"{row.accelerator} has no die area, so rule {bounded.iloc[0]} can't be told"
            found.append(row.problem("die_mm2", message, "the die area that counts", "warning"))
    return found
