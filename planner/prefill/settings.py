"""Settings, periods and currencies.

discount rate   cost of capital of the country's sites in the atlas, their mean, less long-run inflation: real, as all
                money is
serving hours   the curve of a day on the country's clock, on UTC (`workloads`)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from statistics import fmean

from compute_lp.columns import amount, key, named, share
from compute_lp.frame import DEMAND_TIERS
from compute_lp.frame import TABLES as FRAME_TABLES
from compute_lp.schema import Column, Inputs, Problem, Row
from planner.prefill import workloads
from planner.prefill.case import DEFAULT, EVERY, PERIODS, Case, atlas_table, judged
from planner.prefill.sheet import Cell, Judged, Sheet
from planner.workbook.names import suggestion

(SETTINGS,) = (table for table in FRAME_TABLES if table.settings)
TIERS_SETTING = "demand_tiers"
AMOUNT = re.compile(r"(INR|EUR|GBP|USD|JPY|KRW|BRL|SEK|C\$)\s?~?([\d,.]+)(?:-([\d,.]+))?(tn|bn|m| crore)\b")
MILLIONS = {"tn": 1e6, "bn": 1e3, "m": 1.0, " crore": 10.0}
OTHER_CODES = {"C$": "CAD"}
SAME = 0.01
"""Announced amounts are rounded to two or three digits."""
KW_PER_ACCELERATOR = (0.3, 5.0)
"""Least and most that an announced site has for each accelerator: a PCIe card of 2022, a rack of 2030 with its hall."""
KW_PER_MW = 1e3


def _text(name: str, meaning: str) -> Column:
    return Column(name, meaning, kind="text", default="")


TABLES = (
    atlas_table(
        "plans",
        "a shipped programme, or the words `default` and `every` of other tables",
        key("plan", "name"),
        named("home", "country whose programme it is", "countries.country", default=""),
        _text("title", "as it stands in reports"),
    ),
    atlas_table(
        "plan_settings",
        "a setting of the programme sheet",
        key("plan", "programme, or every", "plans.plan"),
        key("key", "setting"),
        Column("value", "what it is set to", kind="text"),
        Column("low", "low end of a judgement", default=None),
        Column("high", "high end of a judgement", default=None),
    ),
    atlas_table(
        "currency_rates",
        "a country's currency",
        key("country", "country", "countries.country"),
        named("currency", "ISO 4217 code"),
        Column("per_usd", "units for a USD of 2026", "1/USD", above=0),
        share("inflation_share", "long-run rise of prices a year"),
    ),
    atlas_table(
        "programmes",
        "an announced national programme, and what became of it",
        key("programme", "name"),
        named("country", "country; blank: several", "countries.country", default=""),
        _text("area", "group of countries where it is several"),
        _text("lead", "who leads it"),
        _text("status", "where it stood in 2026"),
        amount("accelerators", "accelerators announced", "1", None),
        _text("accelerator_type", "which"),
        amount("mw", "power announced", "MW", None),
        amount("budget_musd", "money announced", "MUSD", None),
        _text("announced", "money as announced"),
        Column("from_year", "first year of its target", "year", kind="integer", default=None, low=2000, high=2100),
        Column("to_year", "last year of its target; blank: open", "year", kind="integer", default=None, low=2000),
        _text("location", "where"),
    ),
)
ASSUMPTIONS = (
    (
        "The discount rate is the cost of capital of data centres at home less long-run inflation",
        "money is real, of one year; a public programme could take a lower rate",
        "medium",
        "programme.discount_rate",
    ),
)


def sheets(case: Case) -> list[Sheet]:
    """The sheets programme, periods, currencies."""
    return [_programme(case), _periods(), _currencies(case)]


def title(case: Case) -> str:
    """The programme as it stands in reports."""
    own = case.maybe("plans", plan=case.plan)
    years = f"{PERIODS[0].start[:4]} to {PERIODS[-1].start[:4]}"
    name = own.title if own is not None and own.title else case.country.name
    return f"{name}: sovereign AI compute, {years}"


def discount_rate(case: Case) -> tuple[Judged, str]:
    """Real rate a year with its low and high, and where it is from."""
    ends = [_ends(row, "cost_of_capital_share") for row in case.atlas.rows("sites") if row.country == case.home]
    capital = Judged(*(fmean(one) for one in zip(*ends, strict=True)))
    inflation = Judged(*_ends(case.row("currency_rates", country=case.home), "inflation_share"))
    real = Judged(capital.value - inflation.value, max(0.0, capital.low - inflation.high), capital.high - inflation.low)
    return real, f"{capital.value:.1%} nominal cost of capital of the sites less {inflation.value:.1%} inflation"


def _ends(row: Row, column: str) -> tuple[float, float, float]:
    found = judged(row, column)
    if isinstance(found, Judged):
        return found.value, found.low, found.high
    if found is None:
        raise LookupError(f"the atlas has no {column} of {row.country}")
    return found, found, found


def _programme(case: Case) -> Sheet:
    sheet = Sheet("programme")

    def add(name: str, value: Cell, note: str = "", source: str = "programme", confidence: str = "medium") -> None:
        sheet.add(key=name, value=value, source=source, confidence=confidence, note=note)

    rate, why = discount_rate(case)
    add("name", title(case))
    add("home", case.home, confidence="high")
    add("discount_rate", rate, why, "atlas-sites; atlas-currency_rates", "low")
    add(
        "serving_hours",
        workloads.serving_hours(case),
        "on UTC, as the typical days: offices by day, households in the evening, on the clock of most people",
        "atlas-serving_curve; atlas-countries",
        "low",
    )
    add(TIERS_SETTING, list(DEMAND_TIERS)[-1], "public; public_regulated; all: whose workloads count")
    rows = case.rows("plan_settings")
    own = {row.key for row in rows if row.plan != EVERY}
    for row in (row for row in rows if row.plan != EVERY or row.key not in own):
        judgement = row.low == row.low
        value: Cell = Judged(float(row.value), row.low, row.high) if judgement else row.value
        add(row.key, value, row.note, "atlas-plan_settings", row.confidence)
    order = [column.name for column in SETTINGS.columns]
    sheet.rows.sort(key=lambda row: order.index(row["key"]))
    return sheet


def _periods() -> Sheet:
    sheet = Sheet("periods")
    for period in PERIODS:
        sheet.add(period=period.name, start=period.start, years=period.years, source="programme", confidence="high")
    return sheet


def _currencies(case: Case) -> Sheet:
    """The home currency, in which a unit row may state money; none where it is the dollar."""
    sheet = Sheet("currencies")
    row = case.row("currency_rates", country=case.home)
    if row.currency != "USD":
        value, low, high = _ends(row, "per_usd")
        usd = 1 / value if low == high else Judged(1 / value, 1 / high, 1 / low)
        sheet.add(
            currency=row.currency, usd=usd, source="atlas-currency_rates", confidence=row.confidence, note=row.note
        )
    return sheet


def check(atlas: Inputs) -> Iterator[Problem]:
    """Programmes without a home, two for one home, announced figures that contradict each other."""
    homes: dict[str, str] = {}
    for row in atlas.rows("plans"):
        if row.plan in (DEFAULT, EVERY):
            continue
        if not row.home:
            yield row.problem("home", f"{row.plan} has no home", "a country of `countries`")
        elif row.home in homes:
            yield row.problem("home", f"the home of {homes[row.home]} too", "one programme a country")
        homes[row.home] = row.plan
    with_currency = {row.country for row in atlas.rows("currency_rates")}
    for row in atlas.rows("countries"):
        if row.country not in with_currency:
            yield row.problem("country", "a country without a currency", "a row of `currency_rates`")
    known = [column.name for column in SETTINGS.columns]
    for row in atlas.rows("plan_settings"):
        if row.key not in known:
            yield row.problem("key", "no setting of the programme sheet", suggestion(row.key, known))
    yield from _check_programmes(atlas)


def _check_programmes(atlas: Inputs) -> Iterator[Problem]:
    least, most = KW_PER_ACCELERATOR
    usd = {row.currency: 1 / row.per_usd for row in atlas.rows("currency_rates")}
    for row in atlas.rows("programmes"):
        if not row.country and not row.area:
            yield row.problem("country", "a programme of no country", "a country, or the area it is of")
        if row.to_year < row.from_year:
            yield row.problem("to_year", f"ends before {row.from_year:g}, when it begins", "the later year")
        right = converted(row.announced, row.budget_musd, usd)
        if right is not None and abs(right - row.budget_musd) > SAME * right:
            yield row.problem("budget_musd", f"{row.announced} is {right:,.0f} MUSD", "one rate for all rows")
        each = row.mw * KW_PER_MW / row.accelerators if row.accelerators else least
        if not least <= each <= most and each == each:
            yield row.problem(
                "mw", f"{each:.2g} kW for each of {row.accelerators:g} accelerators", f"{least:g} to {most:g} kW"
            )


def converted(announced: str, given_musd: float, usd: Mapping[str, float]) -> float | None:
    """An announced budget in MUSD at the given USD for a unit of each currency; None where the text states no amount.

    A span holds all between its ends, so a given figure within it is right; of several amounts the one nearest to the
    given figure is meant.
    """
    found = []
    for currency, low, high, unit in AMOUNT.findall(announced):
        each = MILLIONS[unit] * usd[OTHER_CODES.get(currency, currency)]
        ends = [each * float(end.replace(",", "")) for end in (low, high or low)]
        found.append(min(max(ends[0], given_musd), ends[1]))
    return min(found, key=lambda musd: abs(musd - given_musd)) if found else None
