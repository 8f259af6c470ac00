"""Where compute can stand: countries and sites.

`sites` of the atlas says what is known of a place: prices, wait, carbon, PUE, water, cost of building. `plan_sites`
says which places a programme looks at and what it could have there; a place the atlas doesn't know is `like` one it
does, with a country, price zone and coordinates of its own.

A country without a plan of its own takes every site the atlas has in it, sized by its economy (`generic_sites`: MW per
billion USD of GDP), and the havens of the plan `default`. Without a site there is no plan: an InputError.

Countries: those of the plan `every`, in the groups given there, unless the programme's own rows say otherwise; home is
home, and to a member of the European Union every other member is allied. Carbon is the grid's at one site of the
country, which the row names. The standing connection of leased halls is `SPARE` times their power at peak PUE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compute_lp.columns import amount, choice, key, months, named, per_year, share
from compute_lp.schema import Column, InputError, Inputs, Problem, Row
from planner.prefill.case import CONFIDENCE, DEFAULT, EVERY, Case, atlas_table, judged, number
from planner.prefill.sheet import Cell, Judged, Sheet

EU = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip
"""Its members in 2026."""
SPARE = 1.1
HALL_LIFE_YEARS = 20
PEAK = Column("pue_peak", "power usage effectiveness in the hottest hour", "ratio", low=1, high=4)
PLAN = key("plan", "programme whose choice it is, or `default`")


def text(name: str, meaning: str) -> Column:
    return Column(name, meaning, kind="text", default="")


TABLES = (
    atlas_table(
        "sites",
        "a place where a data centre could stand",
        key("site", "short name, as workbooks have it"),
        Column("name", "name in words", kind="text"),
        named("country", "country it stands in", "countries.country"),
        named("zone", "price zone it buys energy in", "zones.zone"),
        Column("latitude", "north", "degree", low=-90, high=90),
        Column("longitude", "east", "degree", low=-180, high=180),
        amount("wholesale_usd_per_mwh", "mean wholesale price; blank: no market price", "USD/MWh", None),
        amount("wholesale_2026_usd_per_mwh", "the same, January to August 2026; blank: not known", "USD/MWh", None),
        text("wholesale_period", "market and time of the wholesale price"),
        amount("delivered_usd_per_mwh", "price all-in at the site", "USD/MWh"),
        text("delivered_basis", "time of the delivered price"),
        months("wait_months", "wait for a grid connection of the size that queues", high=480),
        text("wait_applies_to", "what the wait holds for"),
        amount("connection_usd_per_kw", "cost of a connection", "USD/kW"),
        amount("grid_co2_kg_per_mwh", "carbon intensity of the grid", "kg/MWh"),
        text("grid_co2_basis", "of what and when the intensity is"),
        Column("pue", "average power usage effectiveness of a new hall", "ratio", low=1, high=3),
        amount("water_l_per_kwh", "water used per kWh of IT energy", "L/kWh"),
        amount("construction_usd_per_w", "cost of a hall with its power and cooling, per W of IT", "USD/W"),
        text("construction_basis", "where that cost is from"),
        months("build_months", "from order to service of a hall", high=240),
        per_year("cost_of_capital_share", "nominal cost of capital", 0, 1),
        share("solar_share", "mean output of a solar plant"),
        share("wind_share", "mean output of a wind plant"),
        text("firm_low_carbon", "firm supply of low carbon in reach"),
        text("headroom", "what is known of power to be had"),
        required=True,
    ),
    atlas_table(
        "plan_countries",
        "a country in a programme's workbook",
        key("plan", "programme, or `every`"),
        key("country", "ISO 3166 two-letter code", "countries.country"),
        choice("group", "how near the country stands to home", ("home", "allied", "haven", "other")),
        named("grid_co2_site", "site whose grid stands for the country's; blank: not needed", "sites.site", default=""),
        per_year("grid_co2_change_per_year", "yearly change of the intensity", -1, 1),
        amount("import_duty", "duty on accelerators", "share", 0.0, high=5),
        required=True,
    ),
    atlas_table(
        "plan_sites",
        "a place a programme looks at, and what it could have there",
        PLAN,
        key("site", "short name, of the atlas or one of its own"),
        named("like", "site of the atlas whose figures stand for it; blank: itself", "sites.site", default=""),
        named("country", "country, of a site of its own", "countries.country", default=""),
        named("zone", "price zone, of a site of its own", "zones.zone", default=""),
        Column("latitude", "north, of a site of its own", "degree", default=None, low=-90, high=90),
        Column("longitude", "east, of a site of its own", "degree", default=None, low=-180, high=180),
        amount("max_it_mw", "largest IT power the programme could have there", "MW"),
        amount("existing_it_mw", "IT power of standing halls it can lease at plan start", "MW"),
        amount("max_build_mw_per_year", "fastest fit-out", "MW/year"),
        amount("fixed_musd", "cost of opening the site", "MUSD"),
        amount("opex_usd_per_kw_year", "yearly operation of halls, per kW of IT", "USD/kW/year"),
        PEAK,
        amount("construction_usd_per_w", "cost of a hall; blank: as in `sites`", "USD/W", None),
        amount("min_it_mw", "smallest worthwhile hall; blank: any size", "MW", None),
        required=True,
    ),
    atlas_table(
        "generic_sites",
        "what a country without a plan could have at each of its sites",
        PLAN,
        amount("max_it_mw_per_busd", "largest IT power, per billion USD of GDP", "MW"),
        amount("least_max_it_mw", "largest IT power in the smallest economies", "MW"),
        amount("existing_it_mw_per_busd", "standing halls to lease, per billion USD of GDP", "MW"),
        share("build_share_per_year", "fastest fit-out, as a share of the largest IT power"),
        amount("fixed_musd", "cost of opening a site", "MUSD"),
        amount("opex_usd_per_kw_year", "yearly operation of halls, per kW of IT", "USD/kW/year"),
        Column("pue_peak_factor", "PUE in the hottest hour, as a multiple of the mean", "ratio", low=1, high=2),
        required=True,
    ),
)


@dataclass(frozen=True)
class Place:
    """A site of a case. `like` is the row of the atlas its figures are from, `choice` the programme's row; None for a
    site of a country without a plan."""

    site: str
    country: str
    zone: str
    like: Row
    choice: Row | None

    @property
    def own(self) -> bool:
        """Whether the atlas knows the place itself, not only one like it."""
        return bool(self.site == self.like.site)


def chosen(case: Case) -> list[Place]:
    """The sites of a case. Raises InputError where home has neither a plan nor a site."""
    found = _home_sites(case) if case.plan == DEFAULT else []
    for row in case.rows("plan_sites"):
        like = case.row("sites", site=row.like or row.site)
        place = Place(row.site, row.country or like.country, row.zone or like.zone, like, row)
        if case.plan != DEFAULT or place.country != case.home:
            found.append(place)
    return found


def _home_sites(case: Case) -> list[Place]:
    rows = case.atlas.rows("sites")
    home = [Place(row.site, row.country, row.zone, row, None) for row in rows if row.country == case.home]
    if home:
        case.defaults["home sites"] = (
            f"sites: all the atlas has in {case.country.name} ({', '.join(place.site for place in home)}), sized by "
            "its economy, with the stages and waits of generic_offers"
        )
        return home
    with_sites = ", ".join(sorted({row.country for row in rows}))
    message = f"the atlas has no site in {case.country.name} ({case.home}), so there is nowhere to build"
    raise InputError([Problem("sites", message, right=f"countries with sites are {with_sites}; add one to the atlas")])


def sheets(case: Case) -> list[Sheet]:
    """Countries, sites."""
    return [countries(case), sites(case)]


def countries(case: Case) -> Sheet:
    """Countries: group, carbon intensity of the grid, duty; home first."""
    sheet = Sheet("countries")
    rows = {row.country: row for row in case.atlas.rows("plan_countries") if row.plan == EVERY}
    own = {row.country: row for row in case.atlas.rows("plan_countries") if row.plan == case.plan}
    rows |= own
    if case.home not in rows:
        message = f"the atlas doesn't say how the grid of {case.country.name} ({case.home}) changes"
        raise InputError([Problem("plan_countries", message, right="add a row of the plan `every`")])
    for country in sorted(rows, key=lambda country: country != case.home):
        row, co2 = rows[country], None
        site = case.row("sites", site=row.grid_co2_site) if row.grid_co2_site else None
        if site is not None:
            co2 = judged(site, "grid_co2_kg_per_mwh")
        sheet.add(
            country=country,
            group=_group(case, row, country in own),
            grid_co2_kg_per_mwh=co2,
            grid_co2_change_per_year=judged(row, "grid_co2_change_per_year") if site is not None else None,
            import_duty=judged(row, "import_duty"),
            source=sources("atlas-sites" if site is not None else "", row.source),
            confidence=weaker(row, site),
            note=row.note if site is None else f"{row.note}. Carbon at {site.name}: {site.grid_co2_basis}",
        )
    return sheet


def _group(case: Case, row: Row, own: bool) -> str:
    if row.country == case.home:
        return "home"
    if not own and {row.country, case.home} <= EU:
        return "allied"
    return str(row.group)


def sites(case: Case) -> Sheet:
    """Sites."""
    sheet = Sheet("sites")
    for place in chosen(case):
        like, size = place.like, size_of(case, place)
        construction = place.choice is not None and judged(place.choice, "construction_usd_per_w")
        sheet.add(
            site=place.site,
            country=place.country,
            zone=place.zone,
            max_it_mw=size.max_it_mw,
            existing_it_mw=size.existing_it_mw,
            build_months=judged(like, "build_months"),
            fitout_usd_per_w=construction or judged(like, "construction_usd_per_w"),
            fixed_musd=judged(size.row, "fixed_musd"),
            max_build_mw_per_year=size.max_build_mw_per_year,
            opex_usd_per_kw_year=judged(size.row, "opex_usd_per_kw_year"),
            pue=_below(judged(like, "pue"), central(size.pue_peak)),
            pue_peak=size.pue_peak,
            water_l_per_kwh=judged(like, "water_l_per_kwh"),
            hall_life_years=HALL_LIFE_YEARS,
            existing_mw=scaled(size.existing_it_mw, SPARE * central(size.pue_peak)),
            min_it_mw=None if place.choice is None else judged(place.choice, "min_it_mw"),
            latitude=like.latitude if place.own or place.choice is None else place.choice.latitude,
            longitude=like.longitude if place.own or place.choice is None else place.choice.longitude,
            source=sources("atlas-sites", size.row.source),
            confidence=weaker(size.row, like if place.own else None),
            note=f"{size.row.note} "
            * bool(size.row.note)
            + f"Prices, construction, PUE and water of {like.name}; construction: {like.construction_basis}, high end "
            "for liquid cooling. Maximum, leased halls, pace, opening and operation are judgements; the standing "
            f"connection is {SPARE:g} times the leased halls at peak PUE",
        )
    return sheet


@dataclass(frozen=True)
class Size:
    """What a case could have at a site, and the row that says so."""

    row: Row
    max_it_mw: Cell
    existing_it_mw: Cell
    max_build_mw_per_year: Cell
    pue_peak: Cell


def size_of(case: Case, place: Place) -> Size:
    row = place.choice
    if row is not None:
        columns = ("max_it_mw", "existing_it_mw", "max_build_mw_per_year", "pue_peak")
        return Size(row, *(judged(row, column) for column in columns))
    row = case.row("generic_sites", plan=DEFAULT)
    busd = case.country.population_m * case.country.gdp_usd_per_head / 1e3
    largest = rounded(judged(row, "max_it_mw_per_busd", max(busd, row.least_max_it_mw / row.max_it_mw_per_busd)))
    return Size(
        row,
        largest,
        rounded(judged(row, "existing_it_mw_per_busd", busd)),
        rounded(judged(row, "build_share_per_year", central(largest))),
        judged(row, "pue_peak_factor", place.like.pue),
    )


def rounded(cell: Cell) -> Cell:
    """To two digits: finer than what is scaled from an economy is known."""
    if isinstance(cell, Judged):
        return Judged(*(float(f"{each:.2g}") for each in (cell.value, cell.low, cell.high)))
    return float(f"{central(cell):.2g}")


def _below(cell: Cell, most: float) -> Cell:
    """A judgement whose high end is at most so much: mean PUE is below that of the hottest hour."""
    return Judged(cell.value, cell.low, min(cell.high, most)) if isinstance(cell, Judged) else cell


def central(cell: Cell) -> float:
    if isinstance(cell, Judged):
        return cell.value
    if cell is None or isinstance(cell, str):
        raise TypeError(f"{cell!r} is no number")
    return float(cell)


def scaled(cell: Cell, factor: float) -> Cell:
    if isinstance(cell, Judged):
        return Judged(cell.value * factor, cell.low * factor, cell.high * factor)
    return central(cell) * factor


def sources(*lists: str) -> str:
    """Keys of sources joined, none twice."""
    return "; ".join(dict.fromkeys(key for keys in lists for key in keys.split("; ") if key))


def weaker(row: Row, other: Row | None) -> str:
    """The weaker confidence of two rows."""
    found = [row.confidence, *([] if other is None else [other.confidence])]
    return str(max(found, key=CONFIDENCE.index))


def check(atlas: Inputs) -> Iterator[Problem]:
    """What is wrong with the tables beyond types, ranges, references and the order of low and high."""
    country_of_zone: dict[str, str] = {}
    for row in atlas.rows("sites"):
        first = country_of_zone.setdefault(row.zone, row.country)
        if first != row.country:
            yield row.problem("zone", f"is a price zone of {first}, where {row.country} is the site's country")
        for column in ("wholesale_usd_per_mwh", "wholesale_2026_usd_per_mwh"):
            if getattr(row, column) > row.delivered_usd_per_mwh_high:
                yield row.problem(column, "is above the highest delivered price", "wholesale ≤ delivered")
        for column in ("delivered_usd_per_mwh", "wait_months", "pue"):
            if None in bounds(row, column):
                yield row.problem(column, "has no low and high")
            elif row.pue_low < 1:
                yield row.problem("pue_low", "is below what physics allows", "at least 1")
    known = {row.site: row for row in atlas.rows("sites")}
    for row in atlas.rows("plan_sites"):
        yield from _check_choice(row, known)
    homes: dict[str, str] = {}
    for row in atlas.rows("plan_countries"):
        if row.group == "home" and row.plan in (EVERY, DEFAULT):
            yield row.problem("group", "the home of every programme isn't one country", "allied, haven or other")
        elif row.group == "home" and homes.setdefault(row.plan, row.country) != row.country:
            yield row.problem("group", f"a second home beside {homes[row.plan]}", "one per programme")
        site = known.get(row.grid_co2_site)
        if site is not None and site.country != row.country:
            yield row.problem("grid_co2_site", f"stands in {site.country}, not in {row.country}")


def _check_choice(row: Row, known: Mapping[str, Row]) -> Iterator[Problem]:
    if row.site not in known and not row.like:
        yield row.problem("site", "is no site of the atlas", "name in `like` the one whose figures stand for it")
    elif row.site in known and row.like:
        yield row.problem("like", "a site of the atlas has figures of its own", "leave it blank")
    elif row.like and (not row.country or not row.zone or number(row, "latitude") is None):
        yield row.problem("like", "a site of its own needs its country, zone, latitude and longitude")
    like = known.get(row.like or row.site)
    lowest = bounds(row, "pue_peak")[0]
    if like is not None and min(row.pue_peak, row.pue_peak if lowest is None else lowest) < like.pue:
        yield row.problem("pue_peak", f"it or its low is below the mean PUE of {like.pue:g}", "at least that")
    if not row.existing_it_mw <= row.max_it_mw:
        yield row.problem("existing_it_mw", "is above the largest IT power", "at most max_it_mw")
    for column in ("max_it_mw", "max_build_mw_per_year", "opex_usd_per_kw_year"):
        if None in bounds(row, column):
            yield row.problem(column, "a judgement without low and high", "state both")


def bounds(row: Row, column: str) -> tuple[float | None, float | None]:
    """Low and high of a figure, None where there are none."""
    found = [getattr(row, f"{column}_{end}", None) for end in ("low", "high")]
    low, high = (None if each is None or each != each else float(each) for each in found)
    return low, high
