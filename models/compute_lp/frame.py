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

from compute_lp.calendar import DAYS_PER_YEAR, HOURS_PER_DAY, SLACK_YEARS, Calendar, typical_days
from compute_lp.family import Index, Link, Numbers
from compute_lp.index import ABSENT
from compute_lp.ledger import open_ledgers
from compute_lp.schema import Column, Inputs, Problem, Table
from compute_lp.tables import codes, text
from compute_lp.units import MONTHS, MWH

TABLES = (
    Table(
        name="programme",
        title="Programme",
        row="one setting of the plan",
        required=True,
        settings=True,
        columns=(
            Column(name="name", kind="text", meaning="name of the programme, as it stands in reports"),
            Column(
                name="home", kind="name", refers_to=("countries.country",), meaning="country whose programme this is"
            ),
            Column(
                name="base_year",
                kind="integer",
                unit="year",
                low=1990,
                high=2100,
                meaning="all money is real, of this year",
            ),
            Column(
                name="plan_start",
                kind="month",
                meaning="date from which decisions can be taken and money is discounted",
            ),
            Column(name="discount_rate", unit="1/year", low=0, high=1, meaning="real yearly discount rate"),
            Column(
                name="objective",
                kind="choice",
                choices=("least_cost", "most_served"),
                meaning="least_cost: cheapest plan, unserved demand at its value; most_served: largest value served within the budgets, then the cheapest",
            ),
            Column(
                name="grid_delay",
                kind="choice",
                choices=("low", "central", "high"),
                meaning="which lead time of the grid offers the plan is made for",
            ),
            Column(
                name="representative_days",
                kind="integer",
                unit="days",
                default=4,
                low=1,
                high=365,
                meaning="how many typical days stand for the year, the dearest day among them",
            ),
            Column(
                name="serving_hours",
                kind="numbers",
                default="",
                meaning="24 shares of a day's serving, one per hour, separated by blanks; blank: the same in all hours",
            ),
            Column(
                name="flexible_share",
                unit="share",
                default=0.2,
                low=0,
                high=1,
                meaning="how far training and deferrable serving may move up or down in an hour, the day's energy kept",
            ),
            Column(
                name="integers",
                kind="text",
                default="runs",
                meaning="what is whole: none, or any of sites, stages, runs, separated by blanks",
            ),
            Column(
                name="unserved_usd_per_mtoken",
                unit="USD/Mtoken",
                default=None,
                low=0,
                meaning="value of an unserved output token where the workload states none; blank there too: all must be served",
            ),
            Column(
                name="most_served_tolerance",
                unit="share",
                default=0.001,
                low=0,
                high=1,
                meaning="share of the largest value served that may be given up for a cheaper plan",
            ),
            Column(
                name="gap",
                unit="share",
                default=0.005,
                low=0,
                high=1,
                meaning="proven gap at which whole numbers are good enough",
            ),
            Column(name="time_limit_s", unit="s", default=300.0, above=0, meaning="longest search for whole numbers"),
            Column(
                name="profile_file",
                kind="text",
                default="",
                meaning="CSV file beside the workbook that holds the profiles sheet",
            ),
            Column(
                name="residual_values",
                kind="yes_no",
                default="yes",
                meaning="whether what outlives the horizon earns its residual value",
            ),
        ),
    ),
    Table(
        name="periods",
        title="Periods",
        row="a stretch of time in which the plan stands still",
        required=True,
        columns=(
            Column(name="period", kind="name", key=True, meaning="name of the period"),
            Column(name="start", kind="month", meaning="first month"),
            Column(name="years", unit="years", above=0, high=30, meaning="length; down to a quarter of a year"),
        ),
    ),
    Table(
        name="countries",
        title="Countries",
        row="a country in which something may stand, come from or be operated",
        required=True,
        columns=(
            Column(name="country", kind="name", key=True, meaning="ISO 3166 two-letter code"),
            Column(
                name="group",
                kind="choice",
                choices=("home", "allied", "haven", "other"),
                meaning="how near the country stands to home",
            ),
            Column(
                name="grid_co2_kg_per_mwh",
                unit="kg/MWh",
                default=0.0,
                low=0,
                meaning="carbon intensity of the grid at plan start",
            ),
            Column(
                name="grid_co2_change_per_year",
                unit="1/year",
                default=0.0,
                low=-1,
                high=1,
                meaning="yearly change of the intensity",
            ),
            Column(
                name="import_duty",
                unit="share",
                default=0.0,
                low=0,
                high=5,
                meaning="duty on accelerators, on the price with the system adder",
            ),
            Column(
                name="operator",
                kind="name",
                default="",
                refers_to=("countries.country",),
                meaning="country whose law the operator of sites here answers to; blank: home",
            ),
        ),
    ),
)


def build(m: Any, inputs: Inputs) -> None:
    """Declare base sets, the calendar, typical days and the empty ledgers on the model."""
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
    m.site_open = m.calendar.before(m.calendar.since_start(text(sites, "closed_from"), blank=np.inf))
    m.SITE_PERIODS = Index.product(m.SITES, m.PERIODS, where=m.site_open)
    m.held = np.zeros((m.ACCELERATORS.size, m.PLACES.size, m.PERIODS.size), dtype=bool)

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
    found = []
    countries = inputs["countries"]
    group = dict(zip(countries["country"], countries["group"], strict=True))
    if group.get(inputs.settings["home"]) != "home":
        found.append(
            Problem(
                "programme",
                f"home is {inputs.settings['home']}, whose group is {group.get(inputs.settings['home'])!r}",
                column="home",
                value=inputs.settings["home"],
                right="give that country the group home",
            )
        )
    parts = set(str(inputs.settings["integers"]).split())
    if not parts or parts - {"none", "sites", "stages", "runs"} or ("none" in parts and len(parts) > 1):
        found.append(
            Problem(
                "programme",
                "integers names what is whole",
                column="integers",
                value=inputs.settings["integers"],
                right="none, or any of sites, stages, runs, separated by blanks",
            )
        )
    shares = _serving_hours(inputs)
    if (
        shares is None
        or len(shares) not in (0, HOURS_PER_DAY)
        or (len(shares) and (min(shares) < 0 or abs(sum(shares) - 1) > 1e-3))
    ):
        found.append(
            Problem(
                "programme",
                "serving_hours are 24 shares of a day that sum to 1",
                column="serving_hours",
                value=inputs.settings["serving_hours"],
                right="24 numbers separated by blanks, or a blank cell",
            )
        )
    return found


def _serving_hours(inputs: Inputs) -> list[float] | None:
    try:
        return [float(part) for part in str(inputs.settings["serving_hours"]).split()]
    except ValueError:
        return None


def serving_shape(inputs: Inputs) -> np.ndarray:
    """Serving in each hour of the day relative to its mean, shape (24,)."""
    shares = np.array(_serving_hours(inputs) or [1 / HOURS_PER_DAY] * HOURS_PER_DAY)
    return np.asarray(shares / shares.sum() * HOURS_PER_DAY)


def _check_periods(inputs: Inputs) -> list[Problem]:
    periods = inputs["periods"]
    if periods.empty:
        return [Problem("periods", "no period is given", right="at least one row with period, start and years")]
    calendar = Calendar.of(inputs)
    found = [
        Problem(
            "periods",
            f"period {periods['period'].iloc[i]} starts {'before' if gap < 0 else 'after'} the one above ends",
            row=i,
            column="start",
            value=periods["start"].iloc[i],
            right=_month(calendar.plan_start + calendar.end[i - 1]),
        )
        for i, gap in enumerate(calendar.start[1:] - calendar.end[:-1], start=1)
        if abs(gap) > 0.25 * MONTHS
    ]
    if calendar.start[0] < -SLACK_YEARS:
        found.append(
            Problem(
                "programme",
                "plan_start is after the first period's start",
                column="plan_start",
                value=inputs.settings["plan_start"],
                right=f"{periods['start'].iloc[0]} or earlier",
            )
        )
    return found


def _month(years: float) -> str:
    months = round(years / MONTHS)
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def _check_profiles(inputs: Inputs) -> list[Problem]:
    found = []
    profiles = inputs["profiles"]
    lengths = {}
    for zone, rows in profiles.groupby("zone", sort=False):
        first = int(np.flatnonzero(profiles["zone"] == zone)[0])
        count, weights = len(rows), rows.sort_values("hour")["days"].to_numpy(float)
        lengths[zone] = count
        typical = not np.isnan(weights).all()
        if count not in (24, 8760) and not (typical and count % HOURS_PER_DAY == 0):
            found.append(
                Problem(
                    "profiles",
                    f"zone {zone} has {count:,} hours",
                    row=first,
                    column="hour",
                    right="24 hours, 8,760 hours, or 24 for each typical day with its days",
                )
            )
        elif sorted(rows["hour"].astype(int)) != list(range(1, count + 1)):
            found.append(
                Problem(
                    "profiles",
                    f"zone {zone} lacks some of the hours 1 to {count:,}",
                    row=first,
                    column="hour",
                    right=f"each hour from 1 to {count} once",
                )
            )
        elif typical:
            by_day = weights.reshape(-1, HOURS_PER_DAY)
            if (
                np.isnan(by_day).any()
                or (by_day != by_day[:, :1]).any()
                or abs(by_day[:, 0].sum() - DAYS_PER_YEAR) > 1e-6
            ):
                found.append(
                    Problem(
                        "profiles",
                        f"the typical days of zone {zone} don't make a year",
                        row=first,
                        column="days",
                        right="the same days in all 24 hours of a day, 365 over the days",
                    )
                )
        gaps = rows[["price_index", "solar", "wind"]].isna()
        for name in ("price_index", "solar", "wind"):
            if gaps[name].any() and not gaps[name].all():
                at = int(np.flatnonzero((profiles["zone"] == zone) & profiles[name].isna())[0])
                found.append(
                    Problem(
                        "profiles",
                        f"zone {zone} has hours without {name}",
                        row=at,
                        column=name,
                        right="a value in every hour, or in none",
                    )
                )
    if len({length for length in lengths.values() if length != HOURS_PER_DAY}) > 1:
        found.append(
            Problem(
                "profiles",
                f"zones have profiles of different lengths: {lengths}",
                column="hour",
                right="one length for all, or 24 hours",
            )
        )
    elif (
        len(
            {
                tuple(rows.sort_values("hour")["days"].fillna(0))
                for _, rows in profiles.groupby("zone")
                if len(rows) != HOURS_PER_DAY
            }
        )
        > 1
    ):
        found.append(
            Problem(
                "profiles",
                "zones give their typical days different numbers of days",
                column="days",
                right="the same in all zones",
            )
        )
    return found


def _check_places(inputs: Inputs) -> list[Problem]:
    sites = set(inputs["sites"]["site"])
    return [
        Problem(
            "clouds", f"{name} is the name of a site too", row=i, column="cloud", value=name, right="a name of its own"
        )
        for i, name in enumerate(inputs["clouds"]["cloud"])
        if name in sites
    ]
