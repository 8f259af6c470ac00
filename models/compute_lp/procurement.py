"""Accelerators by cohort.

sets            COHORTS v: the periods, and the dates at which the existing fleet arrived; BUY: (g,s,t) whose order date
                (arrival − lead − licence delay) is neither before plan start or release nor after the last order, and that
                no rule denies; FLEET: (g,s,v,t) with start[t] before arrival + life and closed_from
decides         buy[g,s,t] k arriving; retire[g,s,v,t], resold[g,s,v,t]
derives         fleet[g,s,v,t]; installed[g,s,t] = Σ_v fleet
subject to      cohort_arrives, cohort_stands, cohort_shrinks · within_supply: Σ_s buy ≤ supply[g,t] · within_hall: Σ_g
                nameplate_kw·installed ≤ hall_mw · within_firm_power: Σ_g nameplate_kw·pue_peak·(1 − flexible_cover_share)·installed ≤
                firm connection + firm credit · resold ≤ retire, Σ_t resold ≤ resale_max_share·buy
ledgers         compute + installed·availability·8.76·years · money L1: accelerators (from order to arrival, at the price of the order
                date × price multiplier × (1 + system adder) × (1 + duty)), maintenance, resale (bare chip price), residual
not modelled    spare parts, leasing, moving machines between sites; maintenance of the existing fleet, for which the plan paid nothing
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp import ledger
from compute_lp.calendar import SLACK_YEARS
from compute_lp.export_control import outcomes
from compute_lp.family import Family, Index, Numbers, Total, Variables
from compute_lp.schema import Column, Inputs, Price, Problem, Report, Table, Value
from compute_lp.tables import by_key_and_period, codes, column, subset, text
from compute_lp.units import MH_PER_K_YEAR, MONTHS, UNITS, USD_PER_UNIT

TABLES = (
    Table(
        name="accelerators",
        title="Accelerators",
        row="an accelerator that could be bought, stands in the fleet or is rented",
        required=True,
        columns=(
            Column(name="accelerator", kind="name", key=True, meaning="name"),
            Column(name="vendor", kind="name", meaning="who makes it"),
            Column(
                name="vendor_country",
                kind="name",
                meaning="country of the vendor; one that is not among the countries counts as other",
            ),
            Column(name="release", kind="month", meaning="first date of order"),
            Column(name="last_order", kind="month", default="", meaning="last date of order; blank: no end"),
            Column(name="price_usd", unit="USD", low=0, meaning="price of one, at price_date"),
            Column(name="price_date", kind="date", meaning="date of the price"),
            Column(
                name="price_decline_per_year",
                unit="1/year",
                default=0.0,
                low=-5,
                high=0.999,
                meaning="yearly fall of the price, both ways from price_date",
            ),
            Column(
                name="system_adder",
                unit="share",
                default=0.0,
                low=0,
                high=5,
                meaning="server, network and storage, as a share of the price",
            ),
            Column(
                name="maintenance_share",
                unit="1/year",
                default=0.0,
                low=0,
                high=1,
                meaning="yearly maintenance as a share of all that was paid",
            ),
            Column(name="lead_months", unit="months", low=0, high=120, meaning="from order to service"),
            Column(name="life_years", unit="years", above=0, high=30, meaning="life"),
            Column(
                name="availability", unit="share", default=0.9, above=0, high=1, meaning="share of hours it can be used"
            ),
            Column(name="bf16_tflops", unit="TFLOP/s", low=0, meaning="dense BF16 peak"),
            Column(
                name="fp8_tflops", unit="TFLOP/s", default=None, low=0, meaning="dense FP8 peak; blank: no such format"
            ),
            Column(
                name="fp4_tflops", unit="TFLOP/s", default=None, low=0, meaning="dense FP4 peak; blank: no such format"
            ),
            Column(name="memory_gb", unit="GB", above=0, meaning="memory of one"),
            Column(name="bandwidth_tb_s", unit="TB/s", above=0, meaning="memory bandwidth"),
            Column(
                name="interconnect_gb_s",
                unit="GB/s",
                default=None,
                low=0,
                meaning="bandwidth to its neighbours; blank: not known, trains on at most 8 units",
            ),
            Column(
                name="market",
                kind="choice",
                choices=("datacentre", "consumer"),
                default="datacentre",
                meaning="market it is designed for",
            ),
            Column(name="tdp_w", unit="W", above=0, meaning="thermal design power of one"),
            Column(
                name="nameplate_kw",
                unit="kW",
                above=0,
                meaning="IT power per unit with its share of server, network and storage",
            ),
            Column(
                name="idle_share",
                unit="share",
                default=0.3,
                low=0,
                high=1,
                meaning="draw of an idle unit, as a share of nameplate",
            ),
            Column(
                name="average_share",
                unit="share",
                default=0.75,
                low=0,
                high=1,
                meaning="draw of a working unit, as a share of nameplate",
            ),
            Column(
                name="tpp",
                unit="TPP",
                default=None,
                low=0,
                meaning="total processing performance; blank: computed from the formats",
            ),
            Column(
                name="int8_tops", unit="TOP/s", default=None, low=0, meaning="dense INT8 peak; blank: no such format"
            ),
            Column(
                name="die_mm2",
                unit="mm^2",
                default=None,
                above=0,
                meaning="die area that counts for performance density; blank: not known",
            ),
            Column(
                name="resale_loss_per_year",
                unit="1/year",
                default=None,
                low=0,
                high=1,
                meaning="yearly loss of value on top of age; blank: retired machines earn nothing",
            ),
            Column(
                name="resale_max_share",
                unit="share",
                default=1.0,
                low=0,
                high=1,
                meaning="largest share of a cohort that finds a buyer",
            ),
        ),
    ),
    Table(
        name="supply",
        title="Supply",
        row="how many of an accelerator can arrive in a period; no row, no limit",
        columns=(
            Column(
                name="accelerator",
                kind="name",
                key=True,
                refers_to=("accelerators.accelerator",),
                meaning="accelerator",
            ),
            Column(name="period", kind="name", key=True, refers_to=("periods.period",), meaning="period of arrival"),
            Column(name="max_units", unit="units", low=0, meaning="most that can arrive at all sites together"),
        ),
    ),
    Table(
        name="fleet",
        title="Fleet",
        row="accelerators that stand at a site at plan start",
        columns=(
            Column(name="site", kind="name", key=True, refers_to=("sites.site",), meaning="site"),
            Column(
                name="accelerator",
                kind="name",
                key=True,
                refers_to=("accelerators.accelerator",),
                meaning="accelerator",
            ),
            Column(name="installed", kind="month", key=True, meaning="when they arrived"),
            Column(name="units", unit="units", low=0, meaning="how many"),
        ),
    ),
)

REPORTS = (
    Report(
        name="procurement",
        meaning="accelerators by site",
        keys=("accelerator", "site", "period"),
        values=(
            Value(name="buy_units", unit="units", meaning="accelerators arriving", of="buy", factor=1e3),
            Value(name="installed_units", unit="units", meaning="accelerators in service", of="installed", factor=1e3),
            Value(name="retire_units", unit="units", meaning="accelerators retired early", of="retired", factor=1e3),
        ),
    ),
)
PRICES = (
    Price(
        constraint="within_supply",
        heading="supply of accelerators",
        unit="USD/unit",
        keys=("accelerator", "period"),
        factor=1e3,
        per="sum",
    ),
    Price(constraint="within_hall", heading="halls", unit="USD/kW/year", keys=("site", "period"), factor=1e3),
    Price(
        constraint="within_firm_power", heading="firm power", unit="USD/kW/year", keys=("site", "period"), factor=1e3
    ),
)


def build(m: Any, inputs: Inputs) -> None:
    """Declare cohorts."""
    b, calendar = m.procurement, m.calendar
    accelerators, sites, fleet = inputs["accelerators"], inputs["sites"], inputs["fleet"]
    release = calendar.since_start(text(accelerators, "release"), blank=-np.inf)
    last_order = calendar.since_start(text(accelerators, "last_order"), blank=np.inf)
    price_musd_per_k = column(accelerators, "price_usd") * USD_PER_UNIT
    price_date = calendar.since_start(text(accelerators, "price_date"), blank=np.nan)
    price_decline_per_year = column(accelerators, "price_decline_per_year")
    system_adder = column(accelerators, "system_adder")
    maintenance_per_year = column(accelerators, "maintenance_share")
    lead_years = column(accelerators, "lead_months") * MONTHS
    life_years = column(accelerators, "life_years")
    availability = column(accelerators, "availability")
    nameplate_mw_per_k = column(accelerators, "nameplate_kw")
    resale_loss_per_year = column(accelerators, "resale_loss_per_year")
    resale_max_share = column(accelerators, "resale_max_share")
    import_duty = column(inputs["countries"], "import_duty")[m.place_country[: m.SITES.size]]
    pue_peak = column(sites, "pue_peak")
    flexible_cover_share = column(sites, "flexible_cover_share")
    supply_k = (
        by_key_and_period(inputs["supply"], "accelerator", "max_units", m.ACCELERATORS, m.PERIODS, np.inf) * UNITS
    )
    fleet_site = codes(m.SITES, text(fleet, "site"))
    fleet_accelerator = codes(m.ACCELERATORS, text(fleet, "accelerator"))
    fleet_k = column(fleet, "units") * UNITS

    installed_dates = list(dict.fromkeys(text(fleet, "installed")))
    b.COHORTS = Index.of(
        [*m.PERIODS.labels(), *(f"fleet {date}" for date in installed_dates)], doc="when accelerators arrived"
    )
    arrival = np.concatenate([calendar.start, calendar.since_start(installed_dates, blank=np.nan)])
    fleet_cohort = (
        m.PERIODS.size + codes(Index.of(installed_dates), text(fleet, "installed")) if installed_dates else fleet_site
    )
    m.export = outcomes(m, inputs, arrival)
    chips, places, times = m.ACCELERATORS.size, m.SITES.size, m.PERIODS.size

    delay_years = m.export.delay_years[:, :, :times]
    order = calendar.start[None, None, :] - lead_years[:, None, None] - delay_years
    in_time = order >= np.maximum(release, 0.0)[:, None, None] - SLACK_YEARS
    b.BUY = Index.product(
        m.ACCELERATORS,
        m.SITES,
        m.PERIODS,
        where=in_time
        & (order <= last_order[:, None, None] + SLACK_YEARS)
        & ~m.export.denied[:, :, :times]
        & m.site_open[None, :, :],
    )
    chip, site, period = b.BUY.codes
    bare = price_musd_per_k[:, None, None] * (1 - price_decline_per_year)[:, None, None] ** (
        order - price_date[:, None, None]
    )
    paid = (
        bare
        * m.export.price_multiplier[:, :, :times]
        * (1 + system_adder)[:, None, None]
        * (1 + import_duty)[None, :, None]
    )

    exists = np.zeros((chips, places, arrival.size), dtype=bool)
    exists[chip, site, period] = True
    exists[fleet_accelerator, fleet_site, fleet_cohort] = True
    start = calendar.start[None, :]
    arrived = start >= arrival[:, None] - SLACK_YEARS
    alive = arrived[None] & (start[None] < (arrival[None, :] + life_years[:, None])[:, :, None] - SLACK_YEARS)
    b.FLEET = Index.product(
        m.ACCELERATORS,
        m.SITES,
        b.COHORTS,
        m.PERIODS,
        where=exists[:, :, :, None] & alive[:, None, :, :] & m.site_open[None, :, None, :],
    )
    g, s, v, t = b.FLEET.codes
    bought = v < times
    first = np.where(bought, t == v, b.FLEET.find(g, s, v, np.maximum(t - 1, 0)) < 0) | (t == 0)
    b.ARRIVING, b.STANDING, b.AGEING = (
        subset(b.FLEET, bought & first),
        subset(b.FLEET, ~bought & first),
        subset(b.FLEET, ~first),
    )
    b.RETIRE = subset(b.FLEET, ~(bought & first))
    resale = bought & ~first & ~np.isnan(resale_loss_per_year[g])
    b.RESOLD = subset(b.FLEET, resale)
    owned = np.zeros((chips, places, times), dtype=bool)
    owned[g, s, t] = True
    b.OWNED = Index.product(m.ACCELERATORS, m.SITES, m.PERIODS, where=owned)
    m.held[:, :places, :] |= owned
    existing_k = np.zeros((chips, places, arrival.size))
    np.add.at(existing_k, (fleet_accelerator, fleet_site, fleet_cohort), fleet_k)

    _reach(m, supply_k, life_years, existing_k, alive)

    b.paid_musd_per_k = Numbers(
        b.BUY, paid[b.BUY.codes], doc="[MUSD/kacc] price of the order date with adder, duty and multiplier"
    )
    b.maintenance_musd_per_k_year = Numbers(
        b.FLEET,
        maintenance_per_year[g] * np.where(bought, paid[g, s, np.minimum(v, times - 1)], 0.0),
        doc="[MUSD/kacc/yr] maintenance",
    )
    b.nameplate_mw_per_k = Numbers(m.ACCELERATORS, nameplate_mw_per_k, doc="[MW/kacc] IT power")
    b.firm_mw_per_mw = Numbers(
        m.SITES, pue_peak * (1 - flexible_cover_share), doc="[1] firm facility power per IT power"
    )
    b.mh_per_k_year = Numbers(m.ACCELERATORS, availability * MH_PER_K_YEAR, doc="[Mh/kacc/yr] hours of use")
    b.existing_k = Numbers(b.STANDING, existing_k[b.STANDING.codes[:3]], doc="[kacc] fleet at plan start")
    b.SUPPLIED = Index.product(m.ACCELERATORS, m.PERIODS, where=np.isfinite(supply_k))
    b.supply_k = Numbers(b.SUPPLIED, supply_k[b.SUPPLIED.codes], doc="[kacc] what can arrive")

    b.buy = Variables(b.BUY, doc="[kacc] accelerators arriving")
    b.fleet = Variables(b.FLEET, doc="[kacc] accelerators of a cohort in service")
    b.retire = Variables(b.RETIRE, doc="[kacc] accelerators retired early")
    b.resold = Variables(b.RESOLD, doc="[kacc] retired accelerators that find a buyer")
    b.installed = Variables(b.OWNED, doc="[kacc] accelerators in service")

    b.cohorts = Total(b.OWNED, doc="[kacc] all cohorts")
    b.cohorts.add(
        "fleet", over=b.FLEET, rule=lambda b, g, s, v, t: b.fleet[g, s, v, t], to=lambda b, g, s, v, t: (g, s, t)
    )
    b.retired = Total(b.OWNED, doc="[kacc] retired early")
    b.retired.add(
        "retire", over=b.RETIRE, rule=lambda b, g, s, v, t: b.retire[g, s, v, t], to=lambda b, g, s, v, t: (g, s, t)
    )
    b.ordered = Total(b.SUPPLIED, doc="[kacc] arriving at all sites")
    b.ordered.add(
        "buy",
        over=subset(b.BUY, np.isfinite(supply_k)[chip, period]),
        rule=lambda b, g, s, t: b.buy[g, s, t],
        to=lambda b, g, s, t: (g, t),
    )
    b.it_mw = Total(m.SITE_PERIODS, doc="[MW] nameplate IT power installed")
    b.it_mw.add(
        "installed",
        over=b.OWNED,
        rule=lambda b, g, s, t: b.nameplate_mw_per_k[g] * b.installed[g, s, t],
        to=lambda b, g, s, t: (s, t),
    )

    def cohort_arrives(b: Any, g: Any, s: Any, v: Any, t: Any) -> Any:
        return b.fleet[g, s, v, t] == b.buy[g, s, t]

    b.cohort_arrives = Family(b.ARRIVING, rule=cohort_arrives, doc="[kacc] a cohort is what was bought")

    def cohort_stands(b: Any, g: Any, s: Any, v: Any, t: Any) -> Any:
        return b.fleet[g, s, v, t] + b.retire[g, s, v, t] == b.existing_k[g, s, v, t]

    b.cohort_stands = Family(b.STANDING, rule=cohort_stands, doc="[kacc] the existing fleet")

    def cohort_shrinks(b: Any, g: Any, s: Any, v: Any, t: Any) -> Any:
        return b.fleet[g, s, v, t] + b.retire[g, s, v, t] == b.fleet[g, s, v, m.previous[t]]

    b.cohort_shrinks = Family(b.AGEING, rule=cohort_shrinks, doc="[kacc] a cohort only shrinks")

    def installed_is_all_cohorts(b: Any, g: Any, s: Any, t: Any) -> Any:
        return b.installed[g, s, t] == b.cohorts[g, s, t]

    b.installed_is_all_cohorts = Family(b.OWNED, rule=installed_is_all_cohorts, doc="[kacc] installed are all cohorts")

    def within_supply(b: Any, g: Any, t: Any) -> Any:
        return b.ordered[g, t] <= b.supply_k[g, t]

    b.within_supply = Family(b.SUPPLIED, rule=within_supply, doc="[kacc] no more than the vendor delivers")

    def within_hall(b: Any, s: Any, t: Any) -> Any:
        return b.it_mw[s, t] <= m.siting.hall_mw[s, t]

    b.within_hall = Family(m.SITE_PERIODS, rule=within_hall, doc="[MW] nameplate power fits the halls")

    def within_firm_power(b: Any, s: Any, t: Any) -> Any:
        return b.firm_mw_per_mw[s] * b.it_mw[s, t] <= m.grid.firm_mw[s, t] + m.energy.firm_credit_mw[s, t]

    b.within_firm_power = Family(m.SITE_PERIODS, rule=within_firm_power, doc="[MW] peak power has firm cover")

    m.compute.add(
        "owned",
        over=b.OWNED,
        block=b,
        rule=lambda b, g, s, t: m.years[t] * b.mh_per_k_year[g] * b.installed[g, s, t],
        to=lambda b, g, s, t: (g, s, t),
    )
    total_lead = lead_years[chip] + delay_years[b.BUY.codes]
    ledger.payment(
        m,
        "L1",
        "accelerators",
        over=b.BUY,
        block=b,
        rule=lambda b, g, s, t: b.paid_musd_per_k[g, s, t] * b.buy[g, s, t],
        period=period,
        lead_years=total_lead,
        site=site,
    )
    ledger.flow(
        m,
        "L1",
        "maintenance",
        over=b.FLEET,
        block=b,
        period=t,
        site=s,
        rule=lambda b, g, s, v, t: m.years[t] * b.maintenance_musd_per_k_year[g, s, v, t] * b.fleet[g, s, v, t],
    )
    m.bare_musd_per_k = bare
    _resale(m, b, bare, arrival, life_years, resale_loss_per_year, resale_max_share)
    _residual(m, b, paid, arrival, life_years, resale_loss_per_year)


def _reach(m: Any, supply_k: np.ndarray, life_years: np.ndarray, existing_k: np.ndarray, alive: np.ndarray) -> None:
    """Most accelerators (k) that could stand at a site in a period, by supply and existing fleet alone."""
    times = m.PERIODS.size
    could_buy = np.zeros((m.ACCELERATORS.size, m.SITES.size, times), dtype=bool)
    could_buy[m.procurement.BUY.codes] = True
    arriving = np.where(could_buy, supply_k[:, None, :], 0.0)
    in_life = alive[:, :times, :]
    with np.errstate(invalid="ignore"):
        from_supply = np.where(arriving[..., None] > 0, np.where(in_life[:, None], arriving[..., None], 0.0), 0.0).sum(
            axis=2
        )
    from_fleet = (existing_k[:, :, :, None] * alive[:, None, :, :]).sum(axis=2)
    m.chip_reach_k = np.where(m.site_open[None], from_supply + from_fleet, 0.0)


def _resale(
    m: Any,
    b: Any,
    bare: np.ndarray,
    arrival: np.ndarray,
    life_years: np.ndarray,
    loss: np.ndarray,
    max_share: np.ndarray,
) -> None:
    g, s, v, t = b.RESOLD.codes
    age = m.calendar.start[t] - arrival[v]
    value = bare[g, s, v] * np.clip(1 - age / life_years[g], 0.0, 1.0) * (1 - loss[g]) ** age
    b.resale_musd_per_k = Numbers(b.RESOLD, value, doc="[MUSD/kacc] what a retired accelerator earns")
    sellers = np.zeros((m.ACCELERATORS.size, m.SITES.size, m.PERIODS.size), dtype=bool)
    sellers[g, s, v] = True
    b.SELLERS = Index.product(m.ACCELERATORS, m.SITES, m.PERIODS, where=sellers)
    b.resale_max_share = Numbers(m.ACCELERATORS, max_share, doc="[1] largest share of a cohort that finds a buyer")
    b.sold_on = Total(b.SELLERS, doc="[kacc] resold of a cohort")
    b.sold_on.add(
        "resold",
        over=b.RESOLD,
        rule=lambda b, g, s, v, t: b.resold[g, s, v, t],
        to=(b.SELLERS.find(g, s, v), np.arange(b.RESOLD.size), np.ones(b.RESOLD.size)),
    )

    def resold_are_retired(b: Any, g: Any, s: Any, v: Any, t: Any) -> Any:
        return b.resold[g, s, v, t] <= b.retire[g, s, v, t]

    b.resold_are_retired = Family(b.RESOLD, rule=resold_are_retired, doc="[kacc] only what is retired is resold")

    def finds_buyers(b: Any, g: Any, s: Any, v: Any) -> Any:
        return b.sold_on[g, s, v] <= b.resale_max_share[g] * b.buy[g, s, v]

    b.finds_buyers = Family(b.SELLERS, rule=finds_buyers, doc="[kacc] the second-hand market is finite")
    ledger.payment(
        m,
        "L1",
        "resale",
        over=b.RESOLD,
        block=b,
        rule=lambda b, g, s, v, t: -b.resale_musd_per_k[g, s, v, t] * b.resold[g, s, v, t],
        period=t,
        site=s,
    )


def _residual(m: Any, b: Any, paid: np.ndarray, arrival: np.ndarray, life_years: np.ndarray, loss: np.ndarray) -> None:
    g, s, v, t = b.FLEET.codes
    last = subset(b.FLEET, (v < m.PERIODS.size) & (t == m.PERIODS.size - 1))
    g, s, v, t = last.codes
    age = m.calendar.horizon - arrival[v]
    left = m.calendar.residual(arrival[v], life_years[g]) * (1 - np.nan_to_num(loss[g])) ** age
    b.left_musd_per_k = Numbers(last, left * paid[g, s, v], doc="[MUSD/kacc] value left at the horizon")
    ledger.residual(
        m,
        "L1",
        "accelerators",
        over=last,
        block=b,
        rule=lambda b, g, s, v, t: b.left_musd_per_k[g, s, v, t] * b.fleet[g, s, v, t],
    )


def check(inputs: Inputs) -> list[Problem]:
    """Dates and shares of an accelerator that contradict each other."""
    found = []
    for i, row in enumerate(inputs["accelerators"].itertuples()):
        if row.last_order and row.last_order < row.release:
            found.append(
                Problem(
                    "accelerators",
                    f"{row.accelerator} can last be ordered before its release ({row.release})",
                    row=i,
                    column="last_order",
                    value=row.last_order,
                    right="after release, or blank",
                )
            )
        if row.idle_share > row.average_share:
            found.append(
                Problem(
                    "accelerators",
                    f"{row.accelerator} draws more idle than working ({row.average_share:g})",
                    row=i,
                    column="idle_share",
                    value=row.idle_share,
                    right="at most average_share",
                )
            )
        if row.nameplate_kw * 1000 < row.tdp_w:
            found.append(
                Problem(
                    "accelerators",
                    f"nameplate of {row.accelerator} is below its design power ({row.tdp_w:g} W); nameplate includes server, network and storage",
                    row=i,
                    column="nameplate_kw",
                    value=row.nameplate_kw,
                    right=f"at least {row.tdp_w / 1000:g}",
                )
            )
    return found
