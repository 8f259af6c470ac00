"""What can feed a site: stages of grid connections, and supply beside the grid.

`plan_offers` are the stages a programme can have: a stage without a wait of its own waits as long as its site does in
`sites`, low, central and high. A site of a country without a plan gets the stages of `generic_offers`: power as a share
of what the full site draws at peak, wait as a multiple of the site's. Queues of the evidence (`queue_evidence`) are
mostly requests that never come; they bear out waits, and bound nothing.

`energy_options` says what plants and contracts cost and how long they take; `plan_assets` which of them a programme
could have at a site and how large, and what differs there (a blank cell: as in the option). The option's variable cost
is without fuel. Gas has a price where it is bought, in USD/MMBtu by its higher heating value; times the option's gas
per MWh it is the cost of fuel, so the workbook's price per MWh of fuel is that times the efficiency.
"""

from __future__ import annotations

from collections.abc import Iterator

from compute_lp.columns import amount, choice, key, month, months, named, share
from compute_lp.energy import LIFE_YEARS
from compute_lp.schema import Column, Inputs, Problem, Row
from planner.prefill.case import Case, atlas_table, judged, number
from planner.prefill.places import PLAN, Place, bounds, central, chosen, rounded, scaled, size_of, sources, text, weaker
from planner.prefill.sheet import Cell, Judged, Sheet

CONNECTION_LIFE_YEARS = 40
FUELLED = ("engine", "gas_turbine", "fuel_cell")
"""Kinds whose output per fuel matters."""
HOURS_PER_YEAR = 8760
EXACT, CLOSE = 0.02, 0.05
"""How far a figure may be from what its parts give: a rounding, and two of them with a look at gas of another field."""
MMBTU_PER_MWH = 3.412
HIGHER_TO_LOWER = 1.108
"""Heating values of natural gas: gas is sold by the higher one, efficiencies are by the lower."""
GAS_CO2_KG_PER_MWH = 202
"""Carbon of natural gas by its lower heating value (56.1 kg/GJ, IPCC 2006)."""

STAGE = (
    amount("fixed_musd", "cost of the whole stage", "MUSD"),
    amount("annual_usd_per_kw", "yearly charge on connected power", "USD/kW/year"),
    share("firm_share", "share that is always available"),
    amount("curtailed_hours", "hours in which the rest may be unavailable", "h/year", high=HOURS_PER_YEAR),
    share("min_take_share", "share of connected power paid for even if not used"),
)
NUMBER = Column("stage", "1, 2, …: a later stage follows an earlier one", kind="integer", key=True, low=1)
TABLES = (
    atlas_table(
        "plan_offers",
        "a stage of a grid connection that a programme can have",
        PLAN,
        key("site", "site it connects", "plan_sites.site"),
        NUMBER,
        Column("mw", "power of the stage", "MW", above=0),
        months("wait_months", "from order to energisation; blank: the wait in `sites`", None, high=480),
        amount("usd_per_kw", "cost of the connection; blank: as in `sites`", "USD/kW", None),
        *STAGE,
        required=True,
    ),
    atlas_table(
        "generic_offers",
        "a stage of a connection at a site of a country without a plan",
        PLAN,
        key(
            "country",
            "country it is offered in; blank: where there are no rows for it",
            "countries.country",
            default="",
        ),
        NUMBER,
        share("power_share", "power of the stage, as a share of what the full site draws at peak"),
        Column("wait_factor", "wait, as a multiple of the wait in `sites`", "ratio", above=0),
        *STAGE,
        required=True,
    ),
    atlas_table(
        "energy_options",
        "a way to supply a site",
        key("option", "short name"),
        Column("name", "name in words", kind="text"),
        choice("kind", "kind of asset in workbooks; blank: no asset there", tuple(LIFE_YEARS), default=""),
        amount("capex_usd_per_kw", "price; blank: a contract", "USD/kW", None),
        amount("fixed_usd_per_kw_year", "yearly fixed cost", "USD/kW/year"),
        amount("variable_usd_per_mwh", "cost per MWh without fuel; blank: the site's price", "USD/MWh", None),
        amount("heat_mmbtu_per_mwh", "gas per MWh, by the higher heating value; blank: burns none", "MMBTU/MWh", None),
        months("lead_months", "from order to service", high=480),
        Column("life_years", "life", "years", above=0),
        Column("efficiency", "output per fuel or charge, by the lower heating value", "share", above=0, high=1),
        amount("co2_kg_per_mwh", "carbon per MWh of output; blank: the grid's", "kg/MWh", None),
        share("availability_share", "share of hours available, or mean output; blank: the site's", None),
        amount("curtailed_hours", "hours in which it may be cut", "h/year", high=HOURS_PER_YEAR),
        text("firmness", "how firm it is"),
        text("use", "bridge or permanent"),
        required=True,
    ),
    atlas_table(
        "queue_evidence",
        "a fact about a connection queue",
        Column("fact", "number of the fact", kind="integer", key=True, low=1),
        named("country", "ISO 3166 two-letter code; blank: more than one", "countries.country", default=""),
        text("region", "part of the country, or name of the larger area"),
        Column("metric", "what is measured", kind="text"),
        Column("value_low", "low end", default=None),
        Column("value_high", "high end", default=None),
        Column("unit", "unit of both", kind="text"),
        Column("what", "the fact in words", kind="text"),
        text("rule", "reform or rule that bears on it"),
        required=True,
    ),
    atlas_table(
        "plan_assets",
        "a plant, store or contract that a programme could have at a site",
        PLAN,
        key("site", "site it supplies", "plan_sites.site"),
        key("asset", "its name"),
        named("option", "way to supply whose figures stand where a cell here is blank", "energy_options.option"),
        choice("kind", "what it is; blank: as the option", tuple(LIFE_YEARS), default=""),
        amount("max_mw", "largest power", "MW"),
        months("lead_months", "from order to service", None, high=480),
        amount("capex_usd_per_kw", "price", "USD/kW", None),
        amount("fixed_usd_per_kw_year", "yearly fixed cost", "USD/kW/year", None),
        amount("variable_usd_per_mwh", "cost per MWh of output without fuel", "USD/MWh", None),
        amount("gas_usd_per_mmbtu", "price of gas, by the higher heating value", "USD/MMBTU", None),
        Column("storage_hours", "hours a battery can give its full power", "h", default=None, above=0),
        Column("life_years", "life", "years", default=None, above=0),
        amount("co2_kg_per_mwh", "carbon per MWh of output", "kg/MWh", None),
        share("firm_credit", "share of its power that counts as firm; not for contracts", None),
        share("resale_share", "share of the price that a contract's surplus earns", None),
        month("until", "date by which it leaves; blank: stays for its life", ""),
        required=True,
    ),
)


def sheets(case: Case) -> list[Sheet]:
    """Grid offers, energy assets."""
    places = chosen(case)
    return [grid_offers(case, places), energy_assets(case, places)]


def grid_offers(case: Case, places: list[Place]) -> Sheet:
    """Stages of connections, with low, central and high waits."""
    sheet = Sheet("grid_offers")
    rows = case.rows("plan_offers")
    generic = _generic(case) if any(place.choice is None for place in places) else []
    for place in places:
        if place.choice is None:
            size = size_of(case, place)
            peak_mw = scaled(size.max_it_mw, central(size.pue_peak))
            for row in generic:
                mw = rounded(scaled(peak_mw, row.power_share))
                times = "" if row.wait_factor == 1 else f"{row.wait_factor:g} times "
                whence = f"{times}that of {place.like.name} in the atlas"
                _offer(sheet, place, row, mw, _times(place.like, row), None, whence)
            continue
        for row in (row for row in rows if row.site == place.site):
            known = number(row, "wait_months") is None
            wait = judged(place.like if known else row, "wait_months")
            applies = f" ({place.like.wait_applies_to})" if place.like.wait_applies_to else ""
            whence = f"that of {place.like.name} in the atlas{applies}" if known else "judgement"
            _offer(sheet, place, row, judged(row, "mw"), wait, judged(row, "usd_per_kw"), whence)
    return sheet


def _generic(case: Case) -> list[Row]:
    """Stages at home of a country without a plan: its own, else those of any country."""
    rows = case.atlas.rows("generic_offers")
    own = [row for row in rows if row.country == case.home]
    return own or [row for row in rows if not row.country]


def _times(site: Row, stage: Row) -> Judged:
    """The wait of a site times the factor of a stage, low with low and high with high; whole months."""
    waits = zip(_three(site, "wait_months"), _three(stage, "wait_factor"), strict=True)
    low, central, high = (float(round(wait * factor)) for wait, factor in waits)
    return Judged(central, low, high)


def _offer(sheet: Sheet, place: Place, row: Row, mw: Cell, wait: Cell, usd_per_kw: Cell, whence: str) -> None:
    sheet.add(
        site=place.site,
        stage=int(row.stage),
        mw=mw,
        lead_months=wait,
        fixed_musd=judged(row, "fixed_musd"),
        usd_per_kw=judged(place.like, "connection_usd_per_kw") if usd_per_kw is None else usd_per_kw,
        annual_usd_per_kw=judged(row, "annual_usd_per_kw"),
        firm_share=judged(row, "firm_share"),
        curtailed_hours=judged(row, "curtailed_hours"),
        min_take_share=judged(row, "min_take_share"),
        life_years=CONNECTION_LIFE_YEARS,
        source=sources("atlas-sites", row.source),
        confidence=weaker(row, place.like),
        note=f"{row.note}. Wait: {whence}",
    )


def energy_assets(case: Case, places: list[Place]) -> Sheet:
    """What could supply the sites beside the grid."""
    sheet = Sheet("energy_assets")
    names = {place.site for place in places}
    for row in (row for row in case.rows("plan_assets") if row.site in names):
        option = case.row("energy_options", option=row.option)
        kind = row.kind or option.kind

        def figure(column: str, row: Row = row, option: Row = option) -> Cell:
            return judged(option if number(row, column) is None else row, column)

        sheet.add(
            site=row.site,
            asset=row.asset,
            kind=kind,
            max_mw=judged(row, "max_mw"),
            lead_months=figure("lead_months"),
            capex_usd_per_kw=figure("capex_usd_per_kw"),
            fixed_usd_per_kw_year=figure("fixed_usd_per_kw_year"),
            variable_usd_per_mwh=figure("variable_usd_per_mwh"),
            fuel_usd_per_mwh=judged(row, "gas_usd_per_mmbtu", option.heat_mmbtu_per_mwh * option.efficiency),
            efficiency=option.efficiency if kind in (*FUELLED, "battery") else None,
            storage_hours=judged(row, "storage_hours"),
            life_years=figure("life_years"),
            co2_kg_per_mwh=figure("co2_kg_per_mwh"),
            firm_credit=judged(row, "firm_credit"),
            resale_share=judged(row, "resale_share"),
            until=row.until or None,
            source=sources("atlas-energy_options", row.source),
            confidence=weaker(row, option),
            note=f"{row.note}. Else as {option.name}",
        )
    return sheet


def check(atlas: Inputs) -> Iterator[Problem]:
    """What is wrong with the tables beyond types, ranges, references and the order of low and high."""
    yield from _check_offers(atlas)
    yield from _check_options(atlas)
    for row in atlas.rows("queue_evidence"):
        if row.value_low > row.value_high:
            yield row.problem("value_low", f"is above the high end of {row.value_high:g}", "low ≤ high")
    options = {row.option: row for row in atlas.rows("energy_options")}
    for row in atlas.rows("plan_assets"):
        option = options.get(row.option)
        kind = row.kind or (option.kind if option is not None else "")
        if option is not None and not kind:
            yield row.problem("option", "is no asset of a workbook", "an option with a kind")
        if option is not None and (number(row, "gas_usd_per_mmbtu") is None) != (kind not in FUELLED):
            yield row.problem("gas_usd_per_mmbtu", "gas has a price where it is burnt, and only there")
        if kind == "battery" and number(row, "storage_hours") is None:
            yield row.problem("storage_hours", "a battery needs it")
        if None in bounds(row, "max_mw"):
            yield row.problem("max_mw", "a judgement without low and high", "state both")


def _check_offers(atlas: Inputs) -> Iterator[Problem]:
    """Waits and stages rise together, and each site of a plan has power."""
    waits = {row.site: row for row in atlas.rows("sites")}
    like = {(row.plan, row.site): row.like or row.site for row in atlas.rows("plan_sites")}
    last: dict[tuple[str, str], Row] = {}
    for row in atlas.rows("plan_offers"):
        place = (row.plan, row.site)
        if place not in like:
            yield row.problem("site", f"is no site of the plan {row.plan}", "a site of its rows in plan_sites")
            continue
        before = last.get(place)
        if row.stage != (1 if before is None else before.stage + 1):
            yield row.problem("stage", "stages of a site are 1, 2, … in this order")
        if before is not None and like[place] in waits:
            site = waits[like[place]]
            now, then = (
                _three(site if number(each, "wait_months") is None else each, "wait_months") for each in (row, before)
            )
            if any(a < b for a, b in zip(now, then, strict=True)):
                yield row.problem("wait_months", f"is ready before the stage it follows ({now} against {then} months)")
        if row.firm_share < 1 and row.curtailed_hours == 0:
            yield row.problem("curtailed_hours", "a share isn't firm, yet never cut", "the hours it may be cut")
        last[place] = row
    for row in atlas.rows("plan_sites"):
        if (row.plan, row.site) not in last:
            yield row.problem("site", "has no stage in plan_offers", "at least one")


def _three(row: Row, column: str) -> tuple[float, float, float]:
    """Low, central and high of a figure; central where there is no low or high."""
    low, high = bounds(row, column)
    value = float(getattr(row, column))
    return (value if low is None else low, value, value if high is None else high)


def _check_options(atlas: Inputs) -> Iterator[Problem]:
    """Hours of curtailment follow from availability; gas per MWh and its carbon from efficiency."""
    for row in atlas.rows("energy_options"):
        hours = (1 - row.availability_share) * HOURS_PER_YEAR
        if row.curtailed_hours and abs(row.curtailed_hours - hours) > EXACT * hours:
            yield row.problem("curtailed_hours", "contradicts its availability", f"{hours:.0f} h/year")
        if number(row, "heat_mmbtu_per_mwh") is None:
            continue
        for column, right, unit in (
            ("heat_mmbtu_per_mwh", HIGHER_TO_LOWER * MMBTU_PER_MWH / row.efficiency, "MMBTU/MWh"),
            ("co2_kg_per_mwh", GAS_CO2_KG_PER_MWH / row.efficiency, "kg/MWh"),
        ):
            if abs(getattr(row, column) - right) > CLOSE * right:
                yield row.problem(column, "contradicts its efficiency", f"{right:.4g} {unit} for gas")
