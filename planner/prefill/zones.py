"""Price zones: what energy costs in them, and the typical days of their price, sun and wind.

A zone is priced by one of its sites (`like`), or by figures of its own. The delivered price of a site is all-in, so

    network = delivered - wholesale - capacity charge / LOAD_HOURS

with the wholesale price of the time the delivered price is of; low and high are those of the delivered price. Where a
later mean of the wholesale price is known, energy costs the mean of both, from one to the other, and all-in as much
more. Without a wholesale
price (a regulated tariff, a long contract) energy costs the delivered price less the capacity charge, at all hours
alike. A structural surplus is a block of MW with a dearer price beyond it.

Typical days are made from hourly series by `inputs/build/atlas_profiles.py`, one set for each programme, so that its
zones stay on one clock, and one (`world`) for all other countries. `profile_losses` says what they lose against the
year. The sun of a zone whose series is of elsewhere is moved by longitude; all output is scaled to the zone's mean.

Known error: one weather year; prices keep the hourly shape of 2023 or 2024 until 2035.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from compute_lp.calendar import DAYS_PER_YEAR, HOURS_PER_DAY, yearly_mean
from compute_lp.columns import amount, choice, key, named, per_year, share
from compute_lp.schema import Column, Floats, Inputs, Problem, Row
from planner.prefill import places
from planner.prefill.case import CONFIDENCE, DEFAULT, EVERY, Case, atlas_table, judged, number
from planner.prefill.sheet import Cell, Judged, Sheet

LOAD_HOURS = 7000
"""Full-load hours over which a capacity charge inside a delivered price is spread."""
WORLD = "world"
"""Clock of countries without a programme of their own."""
COLUMNS = ("price_index", "solar", "wind")
HOURS = tuple(f"h{hour:02d}" for hour in range(HOURS_PER_DAY))
MEAN_SLACK = 1e-3
"""How far, as a share, rounding may move the mean of a profile."""
SERIES_OF = {"price_index": "price_series", "solar": "solar_series", "wind": "wind_series"}
KINDS_OF = {"price_series": ("price",), "solar_series": ("solar",), "wind_series": ("wind", "wind_speed")}
WORDS = {"price_index": "price", "solar": "sun", "wind": "wind"}

TABLES = (
    atlas_table(
        "zones",
        "a price zone",
        key("zone", "price zone"),
        named("country", "country it lies in", "countries.country"),
        named("like", "site it is priced by, and whose place and mean output it has", "sites.site"),
        Column("degrees_east", "longitude; blank: of the site", "degree", default=None, low=-180, high=180),
        amount("delivered_usd_per_mwh", "price all-in; blank: of the site", "USD/MWh", None),
        amount("network_usd_per_mwh", "network charges; blank: what is left of the delivered price", "USD/MWh", None),
        amount("capacity_usd_per_kw_year", "charge on the yearly peak; blank: none of its own", "USD/kW/year", 0.0),
        per_year("growth_per_year", "real growth of the price of energy", -1, 1),
        amount("surplus_mw", "power to be had at the price; blank: no limit", "MW", None),
        amount("usd_per_mwh_beyond", "price beyond the surplus", "USD/MWh", None),
        named(
            "price_series",
            "series of the shape of its price; blank: the same price all hours",
            "series.series",
            default="",
        ),
        named("solar_series", "series of the shape of its sun", "series.series"),
        named("wind_series", "series of the shape of its wind", "series.series"),
        share("solar_share", "mean output of a solar plant; blank: of the site", None),
        share("wind_share", "mean output of a wind plant; blank: of the site", None),
        required=True,
    ),
    atlas_table(
        "series",
        "an hourly series typical days are made from; the series itself isn't part of the project",
        key("series", "its name here"),
        Column("title", "what it is of, in words", kind="text"),
        choice("kind", "price, output of solar or wind, or wind at 10 m", ("price", "solar", "wind", "wind_speed")),
        named("country", "two-letter code of the country it is of"),
        Column("degrees_east", "longitude of its sun", "degree", default=None, low=-180, high=180),
        Column("file", "file it stands in", kind="text"),
        Column("column", "its column there", kind="text"),
        Column("year", "year taken, without 29 February", kind="integer", low=1990, high=2100),
        Column(
            "missing_hours", "hours of that year that are missing, and filled", "h", kind="integer", low=0, high=200
        ),
        required=True,
    ),
    atlas_table(
        "profiles",
        "one typical day of a zone's price, sun or wind",
        key("clock", "programme whose days these are, or `world`"),
        key("zone", "price zone", "zones.zone"),
        choice("column", "relative price, or output per MW", COLUMNS, key=True),
        Column("day", "number of the typical day", kind="integer", key=True, low=1, high=DAYS_PER_YEAR),
        Column("days", "days of the year it stands for", "days", above=0, high=DAYS_PER_YEAR),
        Column("calendar_day", "month and day it is", kind="text"),
        *(Column(name, f"value in the hour from {name[1:]}:00 UTC", "ratio") for name in HOURS),
        required=True,
    ),
    atlas_table(
        "profile_losses",
        "what the typical days of a zone's price, sun or wind lose against the year",
        key("clock", "programme whose days these are, or `world`"),
        key("zone", "price zone", "zones.zone"),
        choice("column", "relative price, or output per MW", COLUMNS, key=True),
        Column("mean_error", "mean of the days over the year's, less 1, before it is restored", "share"),
        Column("dearest_error", "mean of the highest 5 % of hours over the year's, less 1", "share"),
        amount("curve_error", "mean distance of the sorted hours from the year's, over the mean", "share"),
        required=True,
    ),
)


def sheets(case: Case) -> list[Sheet]:
    """Energy prices, profiles."""
    zones = list(dict.fromkeys(place.zone for place in places.chosen(case)))
    return [energy_prices(case, zones), profiles(case, zones)]


def energy_prices(case: Case, zones: list[str]) -> Sheet:
    """Prices of the given zones."""
    sheet = Sheet("energy_prices")
    for zone in zones:
        row = case.row("zones", zone=zone)
        site = case.row("sites", site=row.like)
        own = number(row, "delivered_usd_per_mwh") is not None
        sheet.add(
            zone=zone,
            usd_per_mwh=_energy(row, site),
            network_usd_per_mwh=_network(row, site),
            capacity_usd_per_kw_year=judged(row, "capacity_usd_per_kw_year") if row.capacity_usd_per_kw_year else None,
            growth_per_year=judged(row, "growth_per_year"),
            surplus_mw=judged(row, "surplus_mw"),
            usd_per_mwh_beyond=judged(row, "usd_per_mwh_beyond"),
            source=places.sources("atlas-zones; atlas-sites", row.source),
            confidence=row.confidence if own else places.weaker(row, site),
            note=f"{_method(row, site)} {row.note}".strip(),
        )
    return sheet


def _delivered(row: Row, site: Row) -> Judged:
    """The price all-in, of the zone or of its site. Raises TypeError where it has no low and high (see `check`)."""
    found = judged(row, "delivered_usd_per_mwh") or judged(site, "delivered_usd_per_mwh")
    if not isinstance(found, Judged):
        raise TypeError(f"the delivered price of {row.zone} is no judgement")
    return found


def _less(price: Judged, taken: float) -> Judged:
    return Judged(*(max(0.0, each - taken) for each in (price.value, price.low, price.high)))


def _charge_usd_per_mwh(row: Row) -> float:
    return float(row.capacity_usd_per_kw_year) * 1000 / LOAD_HOURS


def _energy(row: Row, site: Row) -> Cell:
    first, later = (number(site, f"wholesale{year}_usd_per_mwh") for year in ("", "_2026"))
    if first is None:
        return _less(_delivered(row, site), _charge_usd_per_mwh(row))
    if later is None:
        return judged(site, "wholesale_usd_per_mwh")
    return Judged((first + later) / 2, min(first, later), max(first, later))


def _network(row: Row, site: Row) -> Cell:
    wholesale = number(site, "wholesale_usd_per_mwh")
    if number(row, "network_usd_per_mwh") is not None:
        return judged(row, "network_usd_per_mwh")
    if wholesale is None:
        return None
    return _less(_delivered(row, site), wholesale + _charge_usd_per_mwh(row))


def _method(row: Row, site: Row) -> str:
    """How the price of a zone was got, in sentences."""
    delivered = _delivered(row, site)
    basis = f" ({site.delivered_basis})" if number(row, "delivered_usd_per_mwh") is None else ""
    all_in = f"{delivered.value:g} USD/MWh all-in [{delivered.low:g} to {delivered.high:g}]"
    first, later = (number(site, f"wholesale{year}_usd_per_mwh") for year in ("", "_2026"))
    if first is None:
        return f"Delivered{basis}."
    charge = f" and the capacity charge over {LOAD_HOURS:,} h" if row.capacity_usd_per_kw_year else ""
    energy = f"Energy: {site.wholesale_period}."
    if later is not None:
        energy = f"Energy: mean of {first:g} and {later:g} USD/MWh, {site.wholesale_period}."
    if number(row, "network_usd_per_mwh") is not None:
        return energy
    return f"{energy} Network: delivered {all_in}{basis} less {first:g}{charge}."


def profiles(case: Case, zones: list[str]) -> Sheet:
    """Hours 1 to 24 n of each zone, each with the days of the year its day stands for (hour 1 is 00:00 UTC)."""
    sheet = Sheet("profiles")
    clock = WORLD if case.plan == DEFAULT else case.plan
    days = [row for row in case.atlas.rows("profiles") if row.clock == clock]
    for zone in zones:
        row = case.row("zones", zone=zone)
        columns = {name: [day for day in days if (day.zone, day.column) == (zone, name)] for name in COLUMNS}
        standing = next(found for found in columns.values() if found)
        series = [case.row("series", series=name) for c in COLUMNS if (name := getattr(row, SERIES_OF[c]))]
        confidence = max((day.confidence for found in columns.values() for day in found[:1]), key=CONFIDENCE.index)
        for n, day in enumerate(standing):
            for hour, name in enumerate(HOURS):
                values = {c: float(getattr(found[n], name)) for c, found in columns.items() if found}
                sheet.add(
                    zone=zone,
                    hour=n * HOURS_PER_DAY + hour + 1,
                    days=float(day.days),
                    **({"price_index": 1.0} | values),
                    source=places.sources("atlas-profiles", *(each.source for each in series)),
                    confidence=confidence,
                    note=_about(case, clock, row) if n == hour == 0 else "",
                )
    return sheet


def _about(case: Case, clock: str, row: Row) -> str:
    """Where the shapes of a zone are from, and what its typical days lose."""
    titles, losses = [], []
    for column in COLUMNS:
        name = getattr(row, SERIES_OF[column])
        if not name:
            titles.append(f"{WORDS[column]}: the same at all hours")
            continue
        titles.append(f"{WORDS[column]}: {case.row('series', series=name).title}")
        loss = case.row("profile_losses", clock=clock, zone=row.zone, column=column)
        losses.append(
            f"{WORDS[column]}: mean {loss.mean_error:+.0%} before it was restored, highest 5 % of hours "
            f"{loss.dearest_error:+.0%}, sorted hours off by {loss.curve_error:.0%} of the mean"
        )
    return f"Shapes: {'; '.join(titles)}. Lost by the reduction to typical days: {'; '.join(losses)}."


def check(atlas: Inputs) -> Iterator[Problem]:
    """What is wrong with the tables beyond types, ranges, references and the order of low and high."""
    sites = {row.site: row for row in atlas.rows("sites")}
    series = {row.series: row for row in atlas.rows("series")}
    for row in atlas.rows("zones"):
        yield from _check_price(row, sites[row.like])
        for column, kinds in KINDS_OF.items():
            name = getattr(row, column)
            if name and series[name].kind not in kinds:
                yield row.problem(column, f"is a series of {series[name].kind}", f"a series of {' or '.join(kinds)}")
    for row in series.values():
        if row.kind == "solar" and number(row, "degrees_east") is None:
            yield row.problem("degrees_east", "a series of the sun has a longitude")
    yield from _check_days(atlas)


def _check_price(row: Row, site: Row) -> Iterator[Problem]:
    if site.country != row.country:
        yield row.problem("like", f"stands in {site.country}, where the zone lies in {row.country}", "a site there")
    for column in ("delivered_usd_per_mwh", "capacity_usd_per_kw_year", "growth_per_year", "surplus_mw"):
        if number(row, column) and None in places.bounds(row, column):
            yield row.problem(column, "a judgement without low and high", "state both")
    if (number(row, "surplus_mw") is None) != (number(row, "usd_per_mwh_beyond") is None):
        yield row.problem("surplus_mw", "a surplus and the price beyond it go together", "both, or neither")
    priced = site if number(row, "delivered_usd_per_mwh") is None else row
    if None in places.bounds(priced, "delivered_usd_per_mwh"):
        return
    delivered, wholesale = _delivered(row, site).value, number(site, "wholesale_usd_per_mwh") or 0.0
    if number(row, "network_usd_per_mwh") is None and delivered < wholesale + _charge_usd_per_mwh(row):
        message = f"nothing is left for the network: {delivered:g} USD/MWh delivered, {wholesale:g} of them wholesale"
        yield row.problem("capacity_usd_per_kw_year", message, "a lower charge, or another delivered price")
    energy = places.central(_energy(row, site))
    if number(row, "usd_per_mwh_beyond") is not None and row.usd_per_mwh_beyond < energy:
        yield row.problem("usd_per_mwh_beyond", f"is below the price of the surplus, {energy:.4g} USD/MWh")


def _check_days(atlas: Inputs) -> Iterator[Problem]:
    """Typical days that don't make a year, whose mean isn't the zone's, or that a programme's zone lacks."""
    remake = "make the typical days again (inputs/build/atlas.py)"
    sites = {row.site: row for row in atlas.rows("sites")}
    zones = {row.zone: row for row in atlas.rows("zones")}
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in atlas.rows("profiles"):
        found.setdefault((row.clock, row.zone, row.column), []).append(row)
    standing: dict[str, list[float]] = {}
    for (clock, name, column), days in found.items():
        weights = [float(day.days) for day in days]
        if standing.setdefault(clock, weights) != weights or sum(weights) != DAYS_PER_YEAR:
            yield days[0].problem(
                "days", f"the days of {clock} aren't the same in all zones, or don't make a year", remake
            )
        values = np.array([[float(getattr(day, hour)) for hour in HOURS] for day in days])
        mean = 1.0 if column == "price_index" else mean_output(zones[name], sites[zones[name].like], column)
        reached = float(yearly_mean(values, np.array(weights)))
        if abs(reached - mean) > MEAN_SLACK * mean:
            yield days[0].problem("h00", f"the mean of {column} in {name} is {reached:.4g}, not {mean:.4g}", remake)
        if column != "price_index" and not _within_1(values):
            yield days[0].problem("h00", f"{column} in {name} leaves the range 0 to 1", remake)
    for row in atlas.rows("plan_sites"):
        zone = row.zone or sites[row.like or row.site].zone
        for clock in (*standing,) if row.plan == EVERY else (WORLD if row.plan == DEFAULT else row.plan,):
            for column, series in SERIES_OF.items():
                if getattr(zones[zone], series) and (clock, zone, column) not in found:
                    yield row.problem("site", f"its zone {zone} has no typical days of {column} for {clock}", remake)


def _within_1(values: Floats) -> bool:
    return bool(((values >= 0) & (values <= 1)).all())


def mean_output(zone: Row, site: Row, column: str) -> float:
    """Mean output of a solar or wind plant in a zone: its own, or else that of the site it is priced by."""
    own = number(zone, f"{column}_share")
    return float(getattr(site, f"{column}_share")) if own is None else own
