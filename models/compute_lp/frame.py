"""Sets, calendar and ledgers that every part stands on.

sets            PERIODS t, COUNTRIES k, ZONES, SITES s, CLOUDS u, PLACES p (sites and clouds), ACCELERATORS g, MODELS m,
                WORKLOADS w, SLICES h (hours of typical days)
derives         years[t], the calendar of plan start and periods, typical days, slice_gwh[h]
ledgers         power, compute, money, discounted, carbon, water: opened here, balanced when all parts are built
not modelled    weather years other than the one in the profiles; leap days
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from compute_lp.calendar import DAYS_PER_YEAR, HOURS_PER_DAY, SLACK_YEARS, Calendar, typical_days
from compute_lp.columns import amount, choice, key, month, named, per_year, share, table
from compute_lp.family import Index, Link, Numbers
from compute_lp.index import ABSENT
from compute_lp.ledger import open_ledgers
from compute_lp.schema import Column, Inputs, Problem
from compute_lp.tables import codes, column, text
from compute_lp.units import HOURS_PER_YEAR, MONTHS, MWH

TIERS = ("public", "regulated", "economy")
"""Who asks."""
DEMAND_TIERS = {"public": TIERS[:1], "public_regulated": TIERS[:2], "all": TIERS}
"""Tiers that each choice of the setting `demand_tiers` counts; the planner leaves the others' workloads out."""

TABLES = (
    table(
        "programme",
        "one setting of the plan",
        Column("name", "name of the programme, as it stands in reports", kind="text"),
        named("home", "country whose programme this is", "countries.country"),
        Column("base_year", "all money is real, of this year", "year", kind="integer", low=1990, high=2100),
        month("plan_start", "date from which decisions can be taken and money is discounted"),
        amount("discount_rate", "real yearly discount rate", "1/year", high=1),
        choice(
            "objective",
            "least_cost: cheapest plan, unserved demand at its value; most_served: largest value served within the "
            "budgets, then the cheapest",
            ("least_cost", "most_served"),
        ),
        choice("grid_delay", "which lead time of the grid offers the plan is made for", ("low", "central", "high")),
        Column(
            "representative_days",
            "how many typical days stand for the year, the dearest day among them",
            "days",
            kind="integer",
            default=4,
            low=1,
            high=365,
        ),
        Column(
            "serving_hours",
            "24 shares of a day's serving, one per hour, separated by blanks; blank: the same in all hours",
            kind="numbers",
            default="",
        ),
        share(
            "flexible_share",
            "how far training and deferrable serving may move up or down in an hour, the day's energy kept",
            default=0.2,
        ),
        Column(
            "integers",
            "what is whole: none, or any of sites, stages, runs, separated by blanks",
            kind="text",
            default="runs",
        ),
        amount(
            "unserved_usd_per_mtoken",
            "value of an unserved output token where the workload states none; blank there too: all must be served",
            "USD/Mtoken",
            None,
        ),
        share(
            "most_served_tolerance",
            "share of the largest value served that may be given up for a cheaper plan",
            default=0.001,
        ),
        choice(
            "demand_tiers",
            "whose workloads count: the public tier's, the public and the regulated, or all; one without a tier always "
            "does",
            tuple(DEMAND_TIERS),
            "all",
        ),
        share("gap", "proven gap at which whole numbers are good enough", 0.005),
        Column("time_limit_s", "longest search for whole numbers", "s", default=300.0, above=0),
        Column("profile_file", "CSV file beside the workbook that holds the profiles sheet", kind="text", default=""),
        Column(
            "residual_values",
            "whether what outlives the horizon earns its residual value",
            kind="yes_no",
            default="yes",
        ),
        Column(
            "schema",
            "version of the contract that the workbook keeps to; planner states it, and reads older ones as today's",
            kind="integer",
            default=1,
            low=1,
        ),
        required=True,
        settings=True,
    ),
    table(
        "periods",
        "a stretch of time in which the plan stands still",
        key("period", "name of the period"),
        month("start", "first month"),
        Column("years", "length; down to a quarter of a year", "years", above=0, high=30),
        required=True,
    ),
    table(
        "countries",
        "a country in which something may stand, come from or be operated",
        key("country", "ISO 3166 two-letter code"),
        choice("group", "how near the country stands to home", ("home", "allied", "haven", "other")),
        amount("grid_co2_kg_per_mwh", "carbon intensity of the grid at plan start", "kg/MWh", 0.0),
        per_year("grid_co2_change_per_year", "yearly change of the intensity", -1, 1),
        amount("import_duty", "duty on accelerators, on the price with the system adder", "share", 0.0, high=5),
        named(
            "operator",
            "country whose law the operator of sites here answers to; blank: home",
            "countries.country",
            default="",
        ),
        required=True,
    ),
)
INTEGERS = frozenset({"sites", "stages", "runs"})
"""What may be whole."""
SHARES_SLACK = 1e-3
"""Shares of a day's serving, as people write them, sum to 1 within this."""
DAYS_SLACK = 1e-6
"""Days of the year."""
PERIOD_SLACK_YEARS = 0.25 * MONTHS
"""A week: dates by the month, lengths in years with two decimals."""


def reach(m: Any, inputs: Inputs) -> None:
    """Declare base sets, the calendar and which sites are open when; nothing is held yet."""
    countries, sites, clouds = inputs["countries"], inputs["sites"], inputs["clouds"]
    m.calendar = Calendar.of(inputs)
    m.residual_values = inputs.settings["residual_values"] == "yes"
    m.whole = frozenset(str(inputs.settings["integers"]).split()) - {"none"}
    m.PERIODS = Index.of(text(inputs["periods"], "period"))
    m.COUNTRIES = Index.of(text(countries, "country"))
    m.ZONES = Index.of(list(dict.fromkeys(text(inputs["energy_prices"], "zone"))))
    m.SITES = Index.of(text(sites, "site"))
    m.CLOUDS = Index.of(text(clouds, "cloud"))
    m.PLACES = Index.of([*m.SITES.labels(), *m.CLOUDS.labels()], doc="sites and clouds")
    m.place_of = Link(m.SITES, of=m.PLACES, codes=np.arange(m.SITES.size), doc="a site is a place")
    m.ACCELERATORS = Index.of(text(inputs["accelerators"], "accelerator"))
    m.MODELS = Index.of(text(inputs["models"], "model"))
    m.WORKLOADS = Index.of(text(inputs["workloads"], "workload"))

    m.group = np.array(text(countries, "group"))
    m.home = str(inputs.settings["home"])
    operator = [name or m.home for name in text(countries, "operator")]
    site_country = codes(m.COUNTRIES, text(sites, "country"))
    m.place_country = np.concatenate([site_country, codes(m.COUNTRIES, text(clouds, "country"))])
    site_operator = codes(m.COUNTRIES, operator)[site_country] if m.SITES.size else site_country
    m.place_operator = np.concatenate([site_operator, codes(m.COUNTRIES, text(clouds, "operator_country"))])
    closed_from = m.calendar.since_start(text(sites, "closed_from"), blank=np.inf)
    m.site_open = m.calendar.before(closed_from)
    m.stays = closed_from > m.calendar.horizon + SLACK_YEARS
    m.SITE_PERIODS = Index.product(m.SITES, m.PERIODS, where=m.site_open)
    m.held = np.zeros((m.ACCELERATORS.size, m.PLACES.size, m.PERIODS.size), dtype=bool)


def build(m: Any, inputs: Inputs) -> None:
    """Declare typical days and the empty ledgers on the model."""
    m.days = typical_days(inputs, m.ZONES.labels())
    slices = np.arange(len(m.days.hours))
    m.SLICES = Index.of([int(h) + 1 for h in slices], doc="representative hours")
    m.slice_day = slices // HOURS_PER_DAY
    m.following_slice = Link(
        m.SLICES,
        of=m.SLICES,
        codes=m.slice_day * HOURS_PER_DAY + (slices + 1) % HOURS_PER_DAY,
        doc="next hour of the day",
    )
    m.slice_gwh = Numbers(
        m.SLICES, m.days.hours * MWH, doc="[GWh/MW/yr] energy of a MW in this hour of all days like it"
    )
    m.years = Numbers(m.PERIODS, m.calendar.years, doc="[yr] length")
    m.previous = Link(m.PERIODS, of=m.PERIODS, codes=np.maximum(np.arange(m.PERIODS.size) - 1, 0), doc="period before")
    m.names = {}
    open_ledgers(m)


def groups_of(m: Any, labels: list[str]) -> np.ndarray:
    """Group of each country; one that is not listed is `other`."""
    code = codes(m.COUNTRIES, labels)
    return np.where(code == ABSENT, "other", m.group[code])


def check(inputs: Inputs) -> list[Problem]:
    """Periods that overlap or leave gaps, a home that isn't, profiles that don't fill days, names used twice."""
    return [*_check_programme(inputs), *_check_periods(inputs), *_check_profiles(inputs), *_check_places(inputs)]


def _check_programme(inputs: Inputs) -> list[Problem]:
    settings, countries = inputs.settings, inputs["countries"]
    found = []

    def wrong(field: str, message: str, right: str) -> None:
        found.append(Problem("programme", message, None, field, settings[field], right))

    group = dict(zip(countries["country"], countries["group"], strict=True)).get(settings["home"])
    if group != "home":
        wrong("home", f"home is {settings['home']}, whose group is {group!r}", "give that country the group home")
    parts = set(str(settings["integers"]).split())
    if parts != {"none"} and not (parts and parts <= INTEGERS):
        right = "none, or any of sites, stages, runs, separated by blanks"
        wrong("integers", "integers names what is whole", right)
    shares = _serving_hours(inputs)
    if shares is None or (shares and not _is_day(shares)):
        right = "24 numbers separated by blanks, or a blank cell"
        wrong("serving_hours", "serving_hours are 24 shares of a day that sum to 1", right)
    return found


def _serving_hours(inputs: Inputs) -> list[float] | None:
    try:
        return [float(part) for part in str(inputs.settings["serving_hours"]).split()]
    except ValueError:
        return None


def _is_day(shares: list[float]) -> bool:
    return len(shares) == HOURS_PER_DAY and min(shares) >= 0 and abs(sum(shares) - 1) <= SHARES_SLACK


def serving_shape(inputs: Inputs) -> np.ndarray:
    """Serving in each hour of the day relative to its mean, shape (24,)."""
    shares = np.array(_serving_hours(inputs) or [1 / HOURS_PER_DAY] * HOURS_PER_DAY)
    return np.asarray(shares / shares.sum() * HOURS_PER_DAY)


def _check_periods(inputs: Inputs) -> list[Problem]:
    periods = inputs.rows("periods")
    if not periods:
        return [Problem("periods", "no period is given", right="at least one row with period, start and years")]
    calendar = Calendar.of(inputs)
    found = []
    for period, start, end in zip(periods[1:], calendar.start[1:], calendar.end, strict=False):
        if abs(start - end) > PERIOD_SLACK_YEARS:
            how = "before" if start < end else "after"
            message = f"period {period.period} starts {how} the one above ends"
            found.append(period.problem("start", message, _month(calendar.plan_start + end)))
    if calendar.start[0] < -SLACK_YEARS:
        message, stands = "plan_start is after the first period's start", inputs.settings["plan_start"]
        found.append(Problem("programme", message, None, "plan_start", stands, f"{periods[0].start} or earlier"))
    return found


def _month(years: float) -> str:
    months = round(years / MONTHS)
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def _check_profiles(inputs: Inputs) -> list[Problem]:
    profiles = inputs["profiles"]
    zones = {str(zone): rows.sort_values("hour") for zone, rows in profiles.groupby("zone", sort=False)}
    found = [problem for zone, rows in zones.items() for problem in _check_profile(inputs, zone, rows)]
    long = [rows for rows in zones.values() if len(rows) != HOURS_PER_DAY]
    if len({len(rows) for rows in long}) > 1:
        message = f"zones have profiles of different lengths: { {zone: len(rows) for zone, rows in zones.items()} }"
        found.append(Problem("profiles", message, None, "hour", right="one length for all, or 24 hours"))
    elif len({tuple(rows["days"].fillna(0.0)) for rows in long}) > 1:
        message = "zones give their typical days different numbers of days"
        found.append(Problem("profiles", message, None, "days", right="the same in all zones"))
    return found


def _check_profile(inputs: Inputs, zone: str, rows: pd.DataFrame) -> list[Problem]:
    """Problems of the rows of one zone, sorted by hour."""
    found, profiles = [], inputs["profiles"]

    def wrong(field: str, message: str, right: str, row: int = inputs.first_row("profiles", "zone", zone)) -> None:
        found.append(Problem("profiles", message, row, field, right=right))

    count, weights = len(rows), column(rows, "days")
    typical = not np.isnan(weights).all()
    if count not in (HOURS_PER_DAY, HOURS_PER_YEAR) and not (typical and count % HOURS_PER_DAY == 0):
        right = "24 hours, 8,760 hours, or 24 for each typical day with its days"
        wrong("hour", f"zone {zone} has {count:,} hours", right)
    elif list(rows["hour"].astype(int)) != list(range(1, count + 1)):
        wrong("hour", f"zone {zone} lacks some of the hours 1 to {count:,}", f"each hour from 1 to {count} once")
    elif typical:
        by_day = weights.reshape(-1, HOURS_PER_DAY)
        if (by_day != by_day[:, :1]).any() or abs(by_day[:, 0].sum() - DAYS_PER_YEAR) > DAYS_SLACK:
            right = "the same days in all 24 hours of a day, 365 over the days"
            wrong("days", f"the typical days of zone {zone} don't make a year", right)
    for name in ("price_index", "solar", "wind"):
        blank = rows[name].isna()
        if blank.any() and not blank.all():
            at = int(np.flatnonzero((profiles["zone"] == zone) & profiles[name].isna())[0])
            wrong(name, f"zone {zone} has hours without {name}", "a value in every hour, or in none", at)
    return found


def _check_places(inputs: Inputs) -> list[Problem]:
    sites = set(inputs["sites"]["site"])
    return [
        cloud.problem("cloud", f"{cloud.cloud} is the name of a site too", "a name of its own")
        for cloud in inputs.rows("clouds")
        if cloud.cloud in sites
    ]
