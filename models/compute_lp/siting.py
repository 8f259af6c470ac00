"""Where halls stand and how large they are.

sets            SITES s, PERIODS t; FITOUT: (s,t) with start[t] ≥ plan start + build_months, before closed_from;
                OPENING: the same for sites without halls of their own
decides         fitout_mw[s,t] IT MW entering service; opened[s,t] 0…1, whole where `sites` are or a min_it_mw stands
derives         hall_mw[s,t] = existing_it_mw + Σ_{τ≤t} fitout_mw; open_by[s,t] = Σ_{τ≤t} opened (1 where halls stand)
subject to      hall_follows_fitout · within_site: hall ≤ max_it_mw·open_by · worth_opening: min_it_mw·open_by ≤ hall ·
                opened_once · fitout ≤ max_build_mw_per_year·years
ledgers         money L1: site opening, halls (over build_months), hall operation, residual straight-line over
                hall_life_years
not modelled    moving a hall, letting it, closing it before closed_from; min_it_mw of a site that already stands
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp import ledger
from compute_lp.columns import amount, key, month, months, named, report, share, table
from compute_lp.family import Index, Numbers, Total, Variables, subject_to
from compute_lp.schema import Column, Inputs, Price, Problem, Value
from compute_lp.tables import accumulated, column
from compute_lp.units import MONTHS, USD_PER_KW, USD_PER_W

TABLES = (
    table(
        "sites",
        "a place where halls stand or could stand",
        key("site", "name of the site"),
        named("country", "country it stands in", "countries.country"),
        named("zone", "price zone it buys energy in", "energy_prices.zone"),
        amount("max_it_mw", "largest IT power the site can hold", "MW"),
        amount("existing_it_mw", "IT power of halls that stand at plan start", "MW", 0.0),
        months("build_months", "from order to service of a hall", high=240),
        amount("fitout_usd_per_w", "cost of a hall with its power and cooling, per W of IT", "USD/W"),
        amount("fixed_musd", "cost of opening the site", "MUSD", 0.0),
        amount("max_build_mw_per_year", "fastest fit-out; blank: no limit", "MW/year", None),
        amount("opex_usd_per_kw_year", "yearly operation of halls, per kW of IT", "USD/kW/year", 0.0),
        Column("pue", "average power usage effectiveness", "ratio", low=1, high=3),
        Column(
            "pue_peak",
            "power usage effectiveness in the hottest hour; blank: pue",
            "ratio",
            default_from="pue",
            low=1,
            high=4,
        ),
        amount("water_l_per_kwh", "water used per kWh of IT energy", "L/kWh", 0.0),
        Column("hall_life_years", "life for the residual value", "years", default=20.0, above=0),
        amount("existing_mw", "firm grid connection at plan start", "MW", 0.0),
        amount("min_it_mw", "smallest worthwhile hall once the site is open; blank: any size", "MW", None),
        share(
            "flexible_cover_share",
            "share of peak power that may go without firm cover because the load can wait",
            default=0.0,
        ),
        Column("latitude", "for the map", "degree", default=None, low=-90, high=90),
        Column("longitude", "for the map", "degree", default=None, low=-180, high=180),
        month("closed_from", "from then on nothing works here and nothing is resold; blank: stays open", default=""),
        required=True,
    ),
)

REPORTS = (
    report(
        "siting",
        "halls by site",
        ("site", "period"),
        Value("fitout_mw", "MW", "IT power entering service", "fitout_mw"),
        Value("hall_mw", "MW", "IT power of all halls", "hall_mw"),
        Value("opened", "share", "site opened, 1 when whole", "opened"),
    ),
)
PRICES = (Price("within_site", "room at the site", "USD/kW/year", ("site", "period"), factor=1e3),)


def reach(m: Any, inputs: Inputs) -> None:
    """IT power that halls could have by a period [MW]; shape (sites, periods)."""
    b, calendar, sites = m.siting, m.calendar, inputs["sites"]
    max_it_mw = column(sites, "max_it_mw")[:, None]
    existing_it_mw = column(sites, "existing_it_mw")[:, None]
    max_build_mw_per_year = column(sites, "max_build_mw_per_year", blank=np.inf)[:, None]
    b.in_time = m.site_open & calendar.reached(column(sites, "build_months") * MONTHS)
    with np.errstate(invalid="ignore"):
        fastest_mw = np.where(np.isfinite(max_build_mw_per_year), max_build_mw_per_year * calendar.years, max_it_mw)
    grown_mw = np.cumsum(np.where(b.in_time, fastest_mw, 0.0), axis=1)
    m.hall_reach_mw = np.minimum(max_it_mw, existing_it_mw + grown_mw)


def build(m: Any, inputs: Inputs) -> None:
    """Declare halls."""
    b, calendar = m.siting, m.calendar
    sites = inputs["sites"]
    max_it_mw = column(sites, "max_it_mw")
    existing_it_mw = column(sites, "existing_it_mw")
    min_it_mw = column(sites, "min_it_mw", blank=0.0)
    build_years = column(sites, "build_months") * MONTHS
    fitout_musd_per_mw = column(sites, "fitout_usd_per_w") * USD_PER_W
    fixed_musd = column(sites, "fixed_musd")
    max_build_mw_per_year = column(sites, "max_build_mw_per_year", blank=np.inf)
    opex_musd_per_mw_year = column(sites, "opex_usd_per_kw_year") * USD_PER_KW
    hall_life_years = column(sites, "hall_life_years")
    stands = existing_it_mw > 0

    b.FITOUT = Index.product(m.SITES, m.PERIODS, where=b.in_time)
    b.OPENING = Index.product(m.SITES, m.PERIODS, where=b.in_time & ~stands[:, None])
    b.NEW = Index.rows((m.SITES,), (np.flatnonzero(~stands),))
    b.WITH_MINIMUM = Index.product(m.SITES, m.PERIODS, where=m.site_open & (~stands & (min_it_mw > 0))[:, None])
    site, period = b.FITOUT.codes

    b.max_it_mw = Numbers(m.SITES, max_it_mw, doc="[MW] largest IT power")
    b.min_it_mw = Numbers(m.SITES, min_it_mw, doc="[MW] smallest worthwhile hall")
    b.existing_it_mw = Numbers(m.SITES, existing_it_mw, doc="[MW] halls that stand at plan start")
    b.stands = Numbers(m.SITES, stands.astype(float), doc="[1] whether halls stand at plan start")
    b.fitout_musd_per_mw = Numbers(m.SITES, fitout_musd_per_mw, doc="[MUSD/MW] cost of halls")
    b.fixed_musd = Numbers(m.SITES, fixed_musd, doc="[MUSD] cost of opening the site")
    b.opex_musd_per_mw_year = Numbers(m.SITES, opex_musd_per_mw_year, doc="[MUSD/MW/yr] operation of halls")

    b.fitout_mw = Variables(
        b.FITOUT, doc="[MW] IT power entering service", upper=max_build_mw_per_year[site] * calendar.years[period]
    )
    whole_opening = (min_it_mw[b.OPENING.codes[0]] > 0) & bool(m.whole) | ("sites" in m.whole)
    b.opened = Variables(b.OPENING, upper=1.0, whole=whole_opening, doc="[1] the site is opened")
    b.hall_mw = Variables(m.SITE_PERIODS, doc="[MW] IT power of all halls")

    b.fitted_mw = Total(m.SITE_PERIODS, doc="[MW] fitted out so far")
    b.fitted_mw.add(
        "fitout", b.FITOUT, lambda b, s, t: b.fitout_mw[s, t], accumulated(b.FITOUT, m.SITE_PERIODS, calendar)
    )
    b.open_by = Total(m.SITE_PERIODS, doc="[1] open by then")
    b.open_by.add("standing", m.SITE_PERIODS, lambda b, s, t: b.stands[s])
    b.open_by.add("opened", b.OPENING, lambda b, s, t: b.opened[s, t], accumulated(b.OPENING, m.SITE_PERIODS, calendar))
    b.openings = Total(m.SITES, doc="[1] openings of the site")
    b.openings.add("opened", b.OPENING, lambda b, s, t: b.opened[s, t])

    @subject_to(b, m.SITE_PERIODS, "[MW] a hall is what has been fitted out")
    def hall_follows_fitout(b: Any, s: Any, t: Any) -> Any:
        return b.hall_mw[s, t] == b.existing_it_mw[s] + b.fitted_mw[s, t]

    @subject_to(b, m.SITE_PERIODS, "[MW] halls stand at open sites, within their room")
    def within_site(b: Any, s: Any, t: Any) -> Any:
        return b.hall_mw[s, t] <= b.max_it_mw[s] * b.open_by[s, t]

    @subject_to(b, b.WITH_MINIMUM, "[MW] an open site has at least its smallest hall")
    def worth_opening(b: Any, s: Any, t: Any) -> Any:
        return b.min_it_mw[s] * b.open_by[s, t] <= b.hall_mw[s, t]

    @subject_to(b, b.NEW, "[1] a site is opened once")
    def opened_once(b: Any, s: Any) -> Any:
        return b.openings[s] <= 1

    b.hall_left = ledger.left(b, b.FITOUT, hall_life_years[site])
    b.opening_left = ledger.left(b, b.OPENING, hall_life_years[b.OPENING.codes[0]])
    ledger.payment(
        b,
        "L1|site opening",
        b.OPENING,
        lambda b, s, t: b.fixed_musd[s] * b.opened[s, t],
        lead_years=build_years[b.OPENING.codes[0]],
        left=b.opening_left,
    )
    ledger.payment(
        b,
        "L1|halls",
        b.FITOUT,
        lambda b, s, t: b.fitout_musd_per_mw[s] * b.fitout_mw[s, t],
        lead_years=build_years[site],
        left=b.hall_left,
    )
    ledger.yearly(b, "L1|hall operation", m.SITE_PERIODS, lambda b, s, t: b.opex_musd_per_mw_year[s] * b.hall_mw[s, t])


def check(inputs: Inputs) -> list[Problem]:
    """Halls larger than their site, a smallest hall above the largest, a peak PUE below the average."""
    found = []
    for row in inputs.rows("sites"):
        if row.existing_it_mw > row.max_it_mw:
            message = f"{row.site} has more halls than room ({row.max_it_mw:g} MW)"
            found.append(row.problem("existing_it_mw", message, "at most max_it_mw"))
        if row.min_it_mw > row.max_it_mw:
            message = f"the smallest hall of {row.site} is larger than the site ({row.max_it_mw:g} MW)"
            found.append(row.problem("min_it_mw", message, "at most max_it_mw"))
        if row.pue_peak < row.pue:
            message = f"peak PUE of {row.site} is below its average PUE ({row.pue:g})"
            found.append(row.problem("pue_peak", message, "at least pue"))
    return found
