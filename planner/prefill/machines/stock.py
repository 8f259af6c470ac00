"""Stock: what can be had of each machine, what stands, what can be rented.

supply      most units of a machine that can arrive in a period = what vendors ship to buyers outside the six named
            owners (`arrivals`) · the programme's share of it (`plan_arrivals`), to two digits; low is low of both,
            high is high of both. A country without a share of its own has one in proportion to its GDP. 0 where
            nothing is shipped: without a row there would be no limit.
fleet       `plan_fleet`, as it stands: what is at plan start and committed to the programme
clouds      `plan_clouds`, as it stands; sizes per billion USD of GDP for a country without offers of its own
not modelled    machines the six owners let go of; used ones
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from compute_lp.columns import amount, key, month, named, per_year
from compute_lp.schema import Column, Inputs, Problem, Row, Table
from planner.prefill.case import EVERY, PERIODS, Case, atlas_table, judged, number
from planner.prefill.machines import nameplate_kw, product
from planner.prefill.machines.chips import QUARTER, unordered
from planner.prefill.sheet import Judged, Sheet

CUMULATIVE, ADDED = "cumulative shipped, end of year", "added in year"
HELD = "cumulative held, end of year"
OTHERS = "everyone else (neoclouds, sovereigns, enterprise)"
ROUNDING = 1.5
"""Counts written as whole units, and differences of them."""


def _text(name: str, meaning: str, *, key: bool = False) -> Column:
    return Column(name, meaning, kind="text", default="", key=key)


PLAN = key("plan", "programme, or default", "plans.plan")
TABLES: tuple[Table, ...] = (
    atlas_table(
        "supply",
        "a count or a sum for a vendor's chips in a year",
        key("vendor", "vendor, or All"),
        key("chips", "which chips"),
        _text("holder", "who holds them; blank: all", key=True),
        Column("year", "calendar year", "", kind="integer", key=True, low=2015, high=2040),
        key("measure", "what is counted"),
        amount("units", "chips, with the 5th and 95th percentile", "units", None),
        amount("h100e_by_8bit", "the same in H100-equivalents by 8-bit rate", "H100e", None),
        amount("chip_tdp_mw", "their design power, chips alone", "MW", None),
        Column("value", "another quantity", default=None),
        _text("unit", "its unit"),
        _text("status", "estimate, forecast, reported, stated"),
        required=True,
    ),
    atlas_table(
        "price_paths",
        "a price, a change of one, a life or a lead with its period",
        key("series", "what kind of figure"),
        key("item", "of what"),
        key("place", "country (two letters), or wider"),
        _text("period", "of when, as the source says it", key=True),
        Column("age_years", "age of what is resold; blank: new", "years", default=None, low=0, key=True),
        Column("value", "the figure; blank: only a range is known", default=None),
        _text("unit", "its unit"),
        _text("basis", "how it was taken"),
        required=True,
    ),
    atlas_table(
        "arrivals",
        "what vendors ship of a machine in a period to buyers outside the six named owners",
        key("accelerator", "machine", "machines.accelerator"),
        key("period", "period of arrival"),
        amount("units", "how many, world-wide", "units"),
        required=True,
    ),
    atlas_table(
        "plan_arrivals",
        "the share of arrivals that a programme can have",
        PLAN,
        key("accelerator", "machine; blank: all others", "machines.accelerator", default=""),
        Column("share", "share of arrivals", "share", default=None, low=0, high=1),
        amount("share_per_tusd", "the same, for each trillion USD of GDP", "share", None, high=1),
        required=True,
    ),
    atlas_table(
        "plan_fleet",
        "machines that stand at plan start and are committed to a programme",
        PLAN,
        key("site", "site of the programme", "plan_sites.site"),
        key("accelerator", "machine", "machines.accelerator"),
        month("installed", "when they arrived", key=True),
        amount("units", "how many", "units"),
    ),
    atlas_table(
        "plan_clouds",
        "machines a programme can rent",
        PLAN,
        key("cloud", "name of the offer: its kind and its place"),
        named("country", "country they stand in; blank: home", "countries.country", default=""),
        named("operator_country", "country of the operator; blank: home", "countries.country", default=""),
        named("accelerator", "machine", "machines.accelerator"),
        amount("usd_per_hour", "price of one for an hour at plan start", "USD/h"),
        per_year("price_change_per_year", "yearly change of the price until it is signed", -1, 5),
        amount("term_years", "how long a commitment lasts", "years"),
        amount("max_units", "most that can be rented at a time", "units", None),
        amount("max_units_per_busd", "the same, for each billion USD of GDP", "units", None),
        Column("pue", "power usage effectiveness, for carbon", "ratio", low=1, high=3),
        Column("trains", "whether it can host a training run", kind="yes_no"),
        month("available_from", "first date of signing; blank: plan start", ""),
        month("available_to", "last date of signing; blank: no end", ""),
    ),
)


def check(atlas: Inputs) -> Iterator[Problem]:
    """Counts that don't add up, chips shipped before their release, fleets larger than their halls, offers nobody
    could rent."""
    for table in TABLES:
        yield from unordered(atlas, table.name)
    yield from _added_up(atlas.rows("supply"))
    yield from _released(atlas)
    yield from _arrivals(atlas)
    yield from _housed(atlas)
    for row in atlas.rows("plan_clouds"):
        yield from _one_of(row, "max_units", "max_units_per_busd")
        there = {each.country for each in atlas.rows("plan_countries") if each.plan in (row.plan, EVERY)}
        for column in ("country", "operator_country"):
            if getattr(row, column) and getattr(row, column) not in there:
                yield row.problem(column, f"not among the countries of {row.plan}", "a country of plan_countries")


def _one_of(row: Row, first: str, second: str) -> Iterator[Problem]:
    if (number(row, first) is None) == (number(row, second) is None):
        yield row.problem(first, f"given together with {second}, or neither is", "one of the two")


def _added_up(rows: list[Row]) -> Iterator[Problem]:
    """Yearly additions are differences of cumulative counts, and what others hold is what no named owner does."""
    total = {(r.vendor, r.chips, r.year): r.units for r in rows if r.measure == CUMULATIVE}
    named_units: dict[tuple[str, float], float] = defaultdict(float)
    for row in rows:
        if row.measure == HELD and row.holder != OTHERS:
            named_units[row.chips, row.year] += row.units
    for row in rows:
        series = (row.vendor, row.chips)
        right: float | None = None
        if row.measure == ADDED and (*series, row.year) in total:
            right = total[*series, row.year] - total.get((*series, row.year - 1), 0.0)
        elif row.measure == HELD and row.holder == OTHERS:
            right = total[*series, row.year] - named_units[row.chips, row.year]
        if right is not None and not abs(row.units - right) <= ROUNDING:
            yield row.problem("units", "not what the cumulative counts give", f"{right:.0f}")


def _released(atlas: Inputs) -> Iterator[Problem]:
    released = {
        name: int(row.release_quarter[:4])
        for row in atlas.rows("accelerators")
        if QUARTER.fullmatch(row.release_quarter)
        for name in (row.accelerator, *row.aliases.split(";"))
    }
    for row in atlas.rows("supply"):
        if row.measure == ADDED and row.units > 0 and row.year < released.get(row.chips, row.year):
            yield row.problem("year", f"{row.chips} were shipped before their release in {released[row.chips]}")


def _arrivals(atlas: Inputs) -> Iterator[Problem]:
    names = [period.name for period in PERIODS]
    for row in atlas.rows("arrivals"):
        if row.period not in names:
            yield row.problem("period", "no period of the shipped workbooks", ", ".join(names))
    shares = atlas.rows("plan_arrivals")
    for row in shares:
        yield from _one_of(row, "share", "share_per_tusd")
        if row.plan not in {each.plan for each in shares if not each.accelerator}:
            yield row.problem("accelerator", f"{row.plan} has no share of the other machines", "a row with a blank")


def _housed(atlas: Inputs) -> Iterator[Problem]:
    """Fleets need the power of standing halls at their site."""
    halls = {(row.plan, row.site): row.existing_it_mw for row in atlas.rows("plan_sites")}
    kilowatts = {name: _central(kw) for name, kw in nameplate_kw(atlas).items()}
    drawn: dict[tuple[str, str], float] = defaultdict(float)
    for row in atlas.rows("plan_fleet"):
        drawn[row.plan, row.site] += row.units * kilowatts[row.accelerator] / 1000
        there = halls.get((row.plan, row.site))
        if there is None:
            yield row.problem("site", f"no site of {row.plan}", "a site of plan_sites")
        elif drawn[row.plan, row.site] > there:
            message = f"the fleet there needs {drawn[row.plan, row.site]:.1f} MW of halls; plan_sites has {there:g}"
            yield row.problem("units", message, "fewer, or more existing_it_mw")


def _central(figure: Judged | float | None) -> float:
    return figure.value if isinstance(figure, Judged) else figure or 0.0


def sheets(case: Case) -> list[Sheet]:
    """supply, fleet, clouds."""
    return [_supply(case), _fleet(case), _clouds(case)]


def _gdp_busd(case: Case) -> float:
    return float(case.country.population_m * case.country.gdp_usd_per_head / 1e3)


def _two_digits(units: Judged) -> Judged:
    """Whole units to two significant digits: finer isn't known."""
    return Judged(*(int(float(f"{each:.2g}")) for each in (units.value, units.low, units.high)))


def _supply(case: Case) -> Sheet:
    sheet = Sheet("supply")
    shares = {row.accelerator: row for row in case.rows("plan_arrivals")}
    shipped = {(row.accelerator, row.period): row for row in case.atlas.rows("arrivals")}
    for machine in case.atlas.rows("machines"):
        ours = shares.get(machine.accelerator) or shares[""]
        part = judged(ours, "share")
        if part is None:
            part = judged(ours, "share_per_tusd", _gdp_busd(case) / 1e3)
        for period in PERIODS:
            row = shipped.get((machine.accelerator, period.name))
            sheet.add(
                accelerator=machine.accelerator,
                period=period.name,
                max_units=_two_digits(product(judged(row, "units"), part)) if row else 0,
                source=f"atlas-arrivals; atlas-plan_arrivals; {ours.source}",
                confidence="low",
                note=f"judgement: {_central(part):.2%} of the {row.units:,.0f} shipped to buyers outside the six "
                f"largest: {ours.note}"
                if row
                else "not yet, or no longer, made",
            )
    return sheet


def _fleet(case: Case) -> Sheet:
    sheet = Sheet("fleet")
    for row in case.rows("plan_fleet"):
        sheet.add(
            site=row.site,
            accelerator=row.accelerator,
            installed=row.installed,
            units=judged(row, "units"),
            source=f"atlas-plan_fleet; {row.source}",
            confidence=row.confidence,
            note=row.note,
        )
    return sheet


def _clouds(case: Case) -> Sheet:
    sheet = Sheet("clouds")
    for row in case.rows("plan_clouds"):
        size = judged(row, "max_units")
        if size is None:
            size = _two_digits(product(judged(row, "max_units_per_busd"), _gdp_busd(case)))
        sheet.add(
            cloud=row.cloud,
            country=row.country or case.home,
            operator_country=row.operator_country or case.home,
            accelerator=row.accelerator,
            usd_per_hour=judged(row, "usd_per_hour"),
            price_change_per_year=judged(row, "price_change_per_year"),
            term_years=judged(row, "term_years"),
            max_units=size,
            pue=judged(row, "pue"),
            trains=row.trains,
            available_from=row.available_from,
            available_to=row.available_to,
            source=f"atlas-plan_clouds; {row.source}",
            confidence=row.confidence,
            note=row.note,
        )
    return sheet
