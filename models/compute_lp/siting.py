"""Where halls stand and how large they are.

sets            SITES s, PERIODS t; FITOUT: (s,t) with start[t] ≥ plan start + build_months, before closed_from; OPENING: the
                same for sites without halls of their own
decides         fitout_mw[s,t] IT MW entering service; opened[s,t] 0…1, whole where `sites` are or a min_it_mw stands
derives         hall_mw[s,t] = existing_it_mw + Σ_{τ≤t} fitout_mw; open_by[s,t] = Σ_{τ≤t} opened (1 where halls stand)
subject to      hall_follows_fitout · within_site: hall ≤ max_it_mw·open_by · worth_opening: min_it_mw·open_by ≤ hall ·
                opened_once · fitout ≤ max_build_mw_per_year·years
ledgers         money L1: site opening, halls (over build_months), hall operation, residual straight-line over hall_life_years
not modelled    moving a hall, letting it, closing it before closed_from; min_it_mw of a site that already stands
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp import ledger
from compute_lp.family import Family, Index, Numbers, Total, Variables
from compute_lp.schema import Column, Inputs, Price, Problem, Report, Table, Value
from compute_lp.tables import accumulated, column
from compute_lp.units import MONTHS, USD_PER_KW, USD_PER_W

TABLES = (
    Table(
        name="sites",
        title="Sites",
        row="a place where halls stand or could stand",
        required=True,
        columns=(
            Column(name="site", kind="name", key=True, meaning="name of the site"),
            Column(name="country", kind="name", refers_to=("countries.country",), meaning="country it stands in"),
            Column(name="zone", kind="name", refers_to=("energy_prices.zone",), meaning="price zone it buys energy in"),
            Column(name="max_it_mw", unit="MW", low=0, meaning="largest IT power the site can hold"),
            Column(
                name="existing_it_mw",
                unit="MW",
                default=0.0,
                low=0,
                meaning="IT power of halls that stand at plan start",
            ),
            Column(name="build_months", unit="months", low=0, high=240, meaning="from order to service of a hall"),
            Column(
                name="fitout_usd_per_w",
                unit="USD/W",
                low=0,
                meaning="cost of a hall with its power and cooling, per W of IT",
            ),
            Column(name="fixed_musd", unit="MUSD", default=0.0, low=0, meaning="cost of opening the site"),
            Column(
                name="max_build_mw_per_year",
                unit="MW/year",
                default=None,
                low=0,
                meaning="fastest fit-out; blank: no limit",
            ),
            Column(
                name="opex_usd_per_kw_year",
                unit="USD/kW/year",
                default=0.0,
                low=0,
                meaning="yearly operation of halls, per kW of IT",
            ),
            Column(name="pue", unit="ratio", low=1, high=3, meaning="average power usage effectiveness"),
            Column(
                name="pue_peak",
                unit="ratio",
                default_from="pue",
                low=1,
                high=4,
                meaning="power usage effectiveness in the hottest hour; blank: pue",
            ),
            Column(name="water_l_per_kwh", unit="L/kWh", default=0.0, low=0, meaning="water used per kWh of IT energy"),
            Column(name="hall_life_years", unit="years", default=20.0, above=0, meaning="life for the residual value"),
            Column(name="existing_mw", unit="MW", default=0.0, low=0, meaning="firm grid connection at plan start"),
            Column(
                name="min_it_mw",
                unit="MW",
                default=None,
                low=0,
                meaning="smallest worthwhile hall once the site is open; blank: any size",
            ),
            Column(
                name="flexible_cover_share",
                unit="share",
                default=0.0,
                low=0,
                high=1,
                meaning="share of peak power that may go without firm cover because the load can wait",
            ),
            Column(name="latitude", unit="degree", default=None, low=-90, high=90, meaning="for the map"),
            Column(name="longitude", unit="degree", default=None, low=-180, high=180, meaning="for the map"),
            Column(
                name="closed_from",
                kind="month",
                default="",
                meaning="from then on nothing works here and nothing is resold; blank: stays open",
            ),
        ),
    ),
)

REPORTS = (
    Report(
        name="siting",
        meaning="halls by site",
        keys=("site", "period"),
        values=(
            Value(name="fitout_mw", unit="MW", meaning="IT power entering service", of="fitout_mw"),
            Value(name="hall_mw", unit="MW", meaning="IT power of all halls", of="hall_mw"),
            Value(name="opened", unit="share", meaning="site opened, 1 when whole", of="opened"),
        ),
    ),
)
PRICES = (
    Price(
        constraint="within_site", heading="room at the site", unit="USD/kW/year", keys=("site", "period"), factor=1e3
    ),
)


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

    in_time = m.site_open & calendar.reached(build_years)
    b.FITOUT = Index.product(m.SITES, m.PERIODS, where=in_time)
    b.OPENING = Index.product(m.SITES, m.PERIODS, where=in_time & ~stands[:, None])
    b.NEW = Index.rows((m.SITES,), (np.flatnonzero(~stands),))
    b.WITH_MINIMUM = Index.product(m.SITES, m.PERIODS, where=m.site_open & (~stands & (min_it_mw > 0))[:, None])
    site, period = b.FITOUT.codes
    m.hall_reach_mw = np.minimum(
        max_it_mw[:, None],
        existing_it_mw[:, None]
        + np.cumsum(
            np.where(
                in_time,
                np.where(np.isinf(max_build_mw_per_year), max_it_mw, max_build_mw_per_year)[:, None]
                * np.where(np.isinf(max_build_mw_per_year)[:, None], 1.0, calendar.years[None, :]),
                0.0,
            ),
            axis=1,
        ),
    )

    b.max_it_mw = Numbers(m.SITES, max_it_mw, doc="[MW] largest IT power")
    b.min_it_mw = Numbers(m.SITES, min_it_mw, doc="[MW] smallest worthwhile hall")
    b.existing_it_mw = Numbers(m.SITES, existing_it_mw, doc="[MW] halls that stand at plan start")
    b.stands = Numbers(m.SITES, stands.astype(float), doc="[1] whether halls stand at plan start")
    b.fitout_musd_per_mw = Numbers(m.SITES, fitout_musd_per_mw, doc="[MUSD/MW] cost of halls")
    b.fixed_musd = Numbers(m.SITES, fixed_musd, doc="[MUSD] cost of opening the site")
    b.opex_musd_per_mw_year = Numbers(m.SITES, opex_musd_per_mw_year, doc="[MUSD/MW/yr] operation of halls")

    b.fitout_mw = Variables(
        b.FITOUT,
        doc="[MW] IT power entering service",
        upper=np.minimum((max_it_mw - existing_it_mw)[site], max_build_mw_per_year[site] * calendar.years[period]),
    )
    whole_opening = (min_it_mw[b.OPENING.codes[0]] > 0) & bool(m.whole) | ("sites" in m.whole)
    b.opened = Variables(b.OPENING, upper=1.0, whole=whole_opening, doc="[1] the site is opened")
    b.hall_mw = Variables(m.SITE_PERIODS, doc="[MW] IT power of all halls")

    b.fitted_mw = Total(m.SITE_PERIODS, doc="[MW] fitted out so far")
    b.fitted_mw.add(
        "fitout",
        over=b.FITOUT,
        rule=lambda b, s, t: b.fitout_mw[s, t],
        to=accumulated(b.FITOUT, m.SITE_PERIODS, calendar),
    )
    b.open_by = Total(m.SITE_PERIODS, doc="[1] open by then")
    b.open_by.add("standing", over=m.SITE_PERIODS, rule=lambda b, s, t: b.stands[s], to=lambda b, s, t: (s, t))
    b.open_by.add(
        "opened",
        over=b.OPENING,
        rule=lambda b, s, t: b.opened[s, t],
        to=accumulated(b.OPENING, m.SITE_PERIODS, calendar),
    )
    b.openings = Total(m.SITES, doc="[1] openings of the site")
    b.openings.add("opened", over=b.OPENING, rule=lambda b, s, t: b.opened[s, t], to=lambda b, s, t: s)

    def hall_follows_fitout(b: Any, s: Any, t: Any) -> Any:
        return b.hall_mw[s, t] == b.existing_it_mw[s] + b.fitted_mw[s, t]

    b.hall_follows_fitout = Family(
        m.SITE_PERIODS, rule=hall_follows_fitout, doc="[MW] a hall is what has been fitted out"
    )

    def within_site(b: Any, s: Any, t: Any) -> Any:
        return b.hall_mw[s, t] <= b.max_it_mw[s] * b.open_by[s, t]

    b.within_site = Family(m.SITE_PERIODS, rule=within_site, doc="[MW] halls stand at open sites, within their room")

    def worth_opening(b: Any, s: Any, t: Any) -> Any:
        return b.min_it_mw[s] * b.open_by[s, t] <= b.hall_mw[s, t]

    b.worth_opening = Family(b.WITH_MINIMUM, rule=worth_opening, doc="[MW] an open site has at least its smallest hall")

    def opened_once(b: Any, s: Any) -> Any:
        return b.openings[s] <= 1

    b.opened_once = Family(b.NEW, rule=opened_once, doc="[1] a site is opened once")

    opening_site, opening_period = b.OPENING.codes
    ledger.payment(
        m,
        "L1",
        "site opening",
        over=b.OPENING,
        block=b,
        rule=lambda b, s, t: b.fixed_musd[s] * b.opened[s, t],
        period=opening_period,
        lead_years=build_years[opening_site],
        site=opening_site,
    )
    ledger.payment(
        m,
        "L1",
        "halls",
        over=b.FITOUT,
        block=b,
        rule=lambda b, s, t: b.fitout_musd_per_mw[s] * b.fitout_mw[s, t],
        period=period,
        lead_years=build_years[site],
        site=site,
    )
    ledger.flow(
        m,
        "L1",
        "hall operation",
        over=m.SITE_PERIODS,
        block=b,
        period=m.SITE_PERIODS.codes[1],
        site=m.SITE_PERIODS.codes[0],
        rule=lambda b, s, t: m.years[t] * b.opex_musd_per_mw_year[s] * b.hall_mw[s, t],
    )
    stays = m.site_open[:, -1]
    b.hall_left = Numbers(
        b.FITOUT,
        stays[site] * calendar.residual(calendar.start[period], hall_life_years[site]),
        doc="[1] share of life left at the horizon",
    )
    b.opening_left = Numbers(
        b.OPENING,
        stays[opening_site] * calendar.residual(calendar.start[opening_period], hall_life_years[opening_site]),
        doc="[1] share of life left at the horizon",
    )
    ledger.residual(
        m,
        "L1",
        "halls",
        over=b.FITOUT,
        block=b,
        rule=lambda b, s, t: b.hall_left[s, t] * b.fitout_musd_per_mw[s] * b.fitout_mw[s, t],
    )
    ledger.residual(
        m,
        "L1",
        "site opening",
        over=b.OPENING,
        block=b,
        rule=lambda b, s, t: b.opening_left[s, t] * b.fixed_musd[s] * b.opened[s, t],
    )


def check(inputs: Inputs) -> list[Problem]:
    """Halls larger than their site, a smallest hall above the largest, a peak PUE below the average."""
    found = []
    for i, row in enumerate(inputs["sites"].itertuples()):
        if row.existing_it_mw > row.max_it_mw:
            found.append(
                Problem(
                    "sites",
                    f"{row.site} has more halls than room ({row.max_it_mw:g} MW)",
                    row=i,
                    column="existing_it_mw",
                    value=row.existing_it_mw,
                    right="at most max_it_mw",
                )
            )
        if row.min_it_mw > row.max_it_mw:
            found.append(
                Problem(
                    "sites",
                    f"the smallest hall of {row.site} is larger than the site ({row.max_it_mw:g} MW)",
                    row=i,
                    column="min_it_mw",
                    value=row.min_it_mw,
                    right="at most max_it_mw",
                )
            )
        if row.pue_peak < row.pue:
            found.append(
                Problem(
                    "sites",
                    f"peak PUE of {row.site} is below its average PUE ({row.pue:g})",
                    row=i,
                    column="pue_peak",
                    value=row.pue_peak,
                    right="at least pue",
                )
            )
    return found
