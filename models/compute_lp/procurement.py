"""Accelerators by cohort.

sets            COHORTS v: the periods, and the dates at which the existing fleet arrived; BUY: (g,s,t) whose order date
                (arrival − lead − licence delay) is neither before plan start or release nor after the last order, and
                that no rule denies; FLEET: (g,s,v,t) with start[t] before arrival + life and closed_from
decides         buy[g,s,t] k arriving; retire[g,s,v,t], resold[g,s,v,t]
derives         fleet[g,s,v,t]; installed[g,s,t] = Σ_v fleet
subject to      cohort_arrives, cohort_stands, cohort_shrinks · within_supply: Σ_s buy ≤ supply[g,t] · within_hall: Σ_g
                nameplate_kw·installed ≤ hall_mw · within_firm_power: Σ_g nameplate_kw·pue_peak·(1 −
                flexible_cover_share)·installed ≤ firm connection + firm credit · resold_are_retired: resold ≤ retire ·
                finds_buyers: Σ_t resold ≤ resale_max_share·buy
ledgers         compute + installed·availability·8.76·years · money L1: accelerators (from order to arrival, at the
                price of the order date × price multiplier × (1 + system adder) × (1 + duty)), maintenance, resale (bare
                chip price), residual
not modelled    spare parts, leasing, moving machines between sites; maintenance of the existing fleet, for which the
                plan paid nothing
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp import ledger
from compute_lp.calendar import SLACK_YEARS
from compute_lp.columns import amount, choice, key, month, months, named, per_year, report, share, table
from compute_lp.export_control import outcomes
from compute_lp.family import Index, Numbers, Total, Variables, subject_to
from compute_lp.schema import Column, Floats, Inputs, Price, Problem, Value
from compute_lp.tables import by_key_and_period, codes, column, mask, subset, text
from compute_lp.units import MH_PER_K_YEAR, MONTHS, UNITS, USD_PER_UNIT, W_PER_KW

TABLES = (
    table(
        "accelerators",
        "an accelerator that could be bought, stands in the fleet or is rented",
        key("accelerator", "name"),
        named("vendor", "who makes it"),
        named("vendor_country", "country of the vendor; one that is not among the countries counts as other"),
        month("release", "first date of order"),
        month("last_order", "last date of order; blank: no end", ""),
        amount("price_usd", "price of one, at price_date", "USD"),
        Column("price_date", "date of the price", kind="date"),
        per_year("price_decline_per_year", "yearly fall of the price, both ways from price_date", -5, 0.999),
        amount("system_adder", "server, network and storage, as a share of the price", "share", 0.0, high=5),
        per_year("maintenance_share", "yearly maintenance as a share of all that was paid", 0, 1),
        months("lead_months", "from order to service", high=120),
        Column("life_years", "life", "years", above=0, high=30),
        Column("availability", "share of hours it can be used", "share", default=0.9, above=0, high=1),
        amount("bf16_tflops", "dense BF16 peak", "TFLOP/s"),
        amount("fp8_tflops", "dense FP8 peak; blank: no such format", "TFLOP/s", None),
        amount("fp4_tflops", "dense FP4 peak; blank: no such format", "TFLOP/s", None),
        Column("memory_gb", "memory of one", "GB", above=0),
        Column("bandwidth_tb_s", "memory bandwidth", "TB/s", above=0),
        amount(
            "interconnect_gb_s",
            "bandwidth to its neighbours; blank: not known, trains on at most 8 units",
            "GB/s",
            None,
        ),
        choice("market", "market it is designed for", ("datacentre", "consumer"), "datacentre"),
        Column("tdp_w", "thermal design power of one", "W", above=0),
        Column("nameplate_kw", "IT power per unit with its share of server, network and storage", "kW", above=0),
        share("idle_share", "draw of an idle unit, as a share of nameplate", 0.3),
        share("average_share", "draw of a working unit, as a share of nameplate", 0.75),
        amount("tpp", "total processing performance; blank: computed from the formats", "TPP", None),
        amount("int8_tops", "dense INT8 peak; blank: no such format", "TOP/s", None),
        Column(
            "die_mm2", "die area that counts for performance density; blank: not known", "mm^2", default=None, above=0
        ),
        per_year(
            "resale_loss_per_year",
            "yearly loss of value on top of age; blank: retired machines earn nothing",
            0,
            1,
            default=None,
        ),
        share("resale_max_share", "largest share of a cohort that finds a buyer", 1.0),
        required=True,
    ),
    table(
        "supply",
        "how many of an accelerator can arrive in a period; no row, no limit",
        key("accelerator", "accelerator", "accelerators.accelerator"),
        key("period", "period of arrival", "periods.period"),
        amount("max_units", "most that can arrive at all sites together", "units"),
    ),
    table(
        "fleet",
        "accelerators that stand at a site at plan start",
        key("site", "site", "sites.site"),
        key("accelerator", "accelerator", "accelerators.accelerator"),
        month("installed", "when they arrived", key=True),
        amount("units", "how many", "units"),
    ),
)

REPORTS = (
    report(
        "procurement",
        "accelerators by site",
        ("accelerator", "site", "period"),
        Value("buy_units", "units", "accelerators arriving", "buy", 1e3),
        Value("installed_units", "units", "accelerators in service", "installed", 1e3),
        Value("retire_units", "units", "accelerators retired early", "retired", 1e3),
    ),
)
PRICES = (
    Price("within_supply", "supply of accelerators", "USD/unit", ("accelerator", "period"), factor=1e3, per="sum"),
    Price("within_hall", "halls", "USD/kW/year", ("site", "period"), factor=1e3),
    Price("within_firm_power", "firm power", "USD/kW/year", ("site", "period"), factor=1e3),
)


def reach(m: Any, inputs: Inputs) -> None:
    """What can be bought where and when, which cohorts can stand, and how many accelerators (k) at most."""
    b, calendar = m.procurement, m.calendar
    accelerators, fleet = inputs["accelerators"], inputs["fleet"]
    release = calendar.since_start(text(accelerators, "release"), blank=-np.inf)
    last_order = calendar.since_start(text(accelerators, "last_order"), blank=np.inf)
    lead_years = column(accelerators, "lead_months") * MONTHS
    life_years = column(accelerators, "life_years")
    max_units = by_key_and_period(inputs["supply"], "accelerator", "max_units", m.ACCELERATORS, m.PERIODS, np.inf)
    fleet_site = codes(m.SITES, text(fleet, "site"))
    fleet_accelerator = codes(m.ACCELERATORS, text(fleet, "accelerator"))

    installed_dates = list(dict.fromkeys(text(fleet, "installed")))
    b.COHORTS = Index.of(
        [*m.PERIODS.labels(), *(f"fleet {date}" for date in installed_dates)], doc="when accelerators arrived"
    )
    b.arrival = np.concatenate([calendar.start, calendar.since_start(installed_dates, blank=np.nan)])
    fleet_cohort = (
        m.PERIODS.size + codes(Index.of(installed_dates), text(fleet, "installed")) if installed_dates else fleet_site
    )
    m.export = outcomes(m, inputs, b.arrival)
    places, times = m.SITES.size, m.PERIODS.size

    b.order = calendar.start[None, None, :] - lead_years[:, None, None] - m.export.delay_years[:, :, :times]
    in_time = b.order >= np.maximum(release, 0.0)[:, None, None] - SLACK_YEARS
    before_last = b.order <= last_order[:, None, None] + SLACK_YEARS
    allowed = ~m.export.denied[:, :, :times] & m.site_open[None, :, :]
    can_buy = in_time & before_last & allowed
    b.BUY = Index.product(m.ACCELERATORS, m.SITES, m.PERIODS, where=can_buy)

    exists = np.zeros((m.ACCELERATORS.size, places, b.COHORTS.size), dtype=bool)
    exists[:, :, :times] = can_buy
    exists[fleet_accelerator, fleet_site, fleet_cohort] = True
    start = calendar.start[None, :]
    arrived = start >= b.arrival[:, None] - SLACK_YEARS
    alive = arrived[None] & (start[None] < (b.arrival[None, :] + life_years[:, None])[:, :, None] - SLACK_YEARS)
    b.stands = exists[:, :, :, None] & alive[:, None, :, :] & m.site_open[None, :, None, :]
    b.owned = b.stands.any(axis=2)
    m.held[:, :places, :] |= b.owned
    b.fleet_k = np.zeros(exists.shape)
    np.add.at(b.fleet_k, (fleet_accelerator, fleet_site, fleet_cohort), column(fleet, "units") * UNITS)
    b.supply = max_units * UNITS
    arriving = np.where(can_buy, b.supply[:, None, :], 0.0)[..., None]
    from_supply = np.where((arriving > 0) & alive[:, None, :times, :], arriving, 0.0).sum(axis=2)
    from_fleet = (b.fleet_k[:, :, :, None] * alive[:, None, :, :]).sum(axis=2)
    m.chip_reach_k = np.where(m.site_open[None], from_supply + from_fleet, 0.0)


def build(m: Any, inputs: Inputs) -> None:
    """Declare cohorts."""
    b, calendar = m.procurement, m.calendar
    accelerators, sites = inputs["accelerators"], inputs["sites"]
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
    times, arrival = m.PERIODS.size, b.arrival
    chip, _, period = b.BUY.codes
    kept_per_year = (1 - price_decline_per_year)[:, None, None]
    bare = price_musd_per_k[:, None, None] * kept_per_year ** (b.order - price_date[:, None, None])
    whole_system = (1 + system_adder)[:, None, None]
    paid = bare * m.export.price_multiplier[:, :, :times] * whole_system * (1 + import_duty)[None, :, None]

    b.FLEET = Index.product(m.ACCELERATORS, m.SITES, b.COHORTS, m.PERIODS, where=b.stands)
    g, s, v, t = b.FLEET.codes
    bought = v < times
    first = np.where(bought, t == v, b.FLEET.find(g, s, v, np.maximum(t - 1, 0)) < 0) | (t == 0)
    b.ARRIVING, b.STANDING = subset(b.FLEET, bought & first), subset(b.FLEET, ~bought & first)
    b.AGEING, b.RETIRE = subset(b.FLEET, ~first), subset(b.FLEET, ~(bought & first))
    b.RESOLD = subset(b.FLEET, bought & ~first & ~np.isnan(resale_loss_per_year[g]))
    b.OWNED = Index.product(m.ACCELERATORS, m.SITES, m.PERIODS, where=b.owned)

    b.paid_musd_per_k = Numbers(b.BUY, paid, doc="[MUSD/kacc] price of the order date with adder, duty and multiplier")
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
    b.existing_k = Numbers(b.STANDING, b.fleet_k[b.STANDING.codes[:3]], doc="[kacc] fleet at plan start")
    b.SUPPLIED = Index.product(m.ACCELERATORS, m.PERIODS, where=np.isfinite(b.supply))
    b.supply_k = Numbers(b.SUPPLIED, b.supply, doc="[kacc] what can arrive")

    b.buy = Variables(b.BUY, doc="[kacc] accelerators arriving")
    b.fleet = Variables(b.FLEET, doc="[kacc] accelerators of a cohort in service")
    b.retire = Variables(b.RETIRE, doc="[kacc] accelerators retired early")
    b.resold = Variables(b.RESOLD, doc="[kacc] retired accelerators that find a buyer")
    b.installed = Variables(b.OWNED, doc="[kacc] accelerators in service")

    b.cohorts = Total(b.OWNED, doc="[kacc] all cohorts")
    b.cohorts.add("fleet", b.FLEET, lambda b, g, s, v, t: b.fleet[g, s, v, t])
    b.retired = Total(b.OWNED, doc="[kacc] retired early")
    b.retired.add("retire", b.RETIRE, lambda b, g, s, v, t: b.retire[g, s, v, t])
    b.ordered = Total(b.SUPPLIED, doc="[kacc] arriving at all sites")
    b.ordered.add("buy", subset(b.BUY, np.isfinite(b.supply)[chip, period]), lambda b, g, s, t: b.buy[g, s, t])
    b.it_mw = Total(m.SITE_PERIODS, doc="[MW] nameplate IT power installed")
    b.it_mw.add("installed", b.OWNED, lambda b, g, s, t: b.nameplate_mw_per_k[g] * b.installed[g, s, t])

    @subject_to(b, b.ARRIVING, "[kacc] a cohort is what was bought")
    def cohort_arrives(b: Any, g: Any, s: Any, v: Any, t: Any) -> Any:
        return b.fleet[g, s, v, t] == b.buy[g, s, t]

    @subject_to(b, b.STANDING, "[kacc] the existing fleet")
    def cohort_stands(b: Any, g: Any, s: Any, v: Any, t: Any) -> Any:
        return b.fleet[g, s, v, t] + b.retire[g, s, v, t] == b.existing_k[g, s, v, t]

    @subject_to(b, b.AGEING, "[kacc] a cohort only shrinks")
    def cohort_shrinks(b: Any, g: Any, s: Any, v: Any, t: Any) -> Any:
        return b.fleet[g, s, v, t] + b.retire[g, s, v, t] == b.fleet[g, s, v, m.previous[t]]

    @subject_to(b, b.OWNED, "[kacc] installed are all cohorts")
    def installed_is_all_cohorts(b: Any, g: Any, s: Any, t: Any) -> Any:
        return b.installed[g, s, t] == b.cohorts[g, s, t]

    @subject_to(b, b.SUPPLIED, "[kacc] no more than the vendor delivers")
    def within_supply(b: Any, g: Any, t: Any) -> Any:
        return b.ordered[g, t] <= b.supply_k[g, t]

    @subject_to(b, m.SITE_PERIODS, "[MW] nameplate power fits the halls")
    def within_hall(b: Any, s: Any, t: Any) -> Any:
        return b.it_mw[s, t] <= m.siting.hall_mw[s, t]

    @subject_to(b, m.SITE_PERIODS, "[MW] peak power has firm cover")
    def within_firm_power(b: Any, s: Any, t: Any) -> Any:
        return b.firm_mw_per_mw[s] * b.it_mw[s, t] <= m.grid.firm_mw[s, t] + m.energy.firm_credit_mw[s, t]

    m.compute.add(
        "owned", b.OWNED, lambda b, g, s, t: m.years[t] * b.mh_per_k_year[g] * b.installed[g, s, t], m.place_of, block=b
    )
    ledger.payment(
        b,
        "L1|accelerators",
        b.BUY,
        lambda b, g, s, t: b.paid_musd_per_k[g, s, t] * b.buy[g, s, t],
        lead_years=lead_years[chip] + m.export.delay_years[b.BUY.codes],
    )
    ledger.yearly(
        b,
        "L1|maintenance",
        b.FLEET,
        lambda b, g, s, v, t: b.maintenance_musd_per_k_year[g, s, v, t] * b.fleet[g, s, v, t],
    )
    m.bare_musd_per_k = bare
    _resale(m, b, bare, arrival, life_years, resale_loss_per_year, resale_max_share)
    _residual(m, b, paid, arrival, life_years, resale_loss_per_year)


def _resale(
    m: Any, b: Any, bare: Floats, arrival: Floats, life_years: Floats, loss_per_year: Floats, max_share: Floats
) -> None:
    g, s, v, t = b.RESOLD.codes
    age = m.calendar.start[t] - arrival[v]
    value = bare[g, s, v] * np.clip(1 - age / life_years[g], 0.0, 1.0) * (1 - loss_per_year[g]) ** age
    b.resale_musd_per_k = Numbers(b.RESOLD, value, doc="[MUSD/kacc] what a retired accelerator earns")
    chips = (m.ACCELERATORS, m.SITES, m.PERIODS)
    b.SELLERS = Index.product(*chips, where=mask(chips, g, s, v))
    b.resale_max_share = Numbers(m.ACCELERATORS, max_share, doc="[1] largest share of a cohort that finds a buyer")
    b.sold_on = Total(b.SELLERS, doc="[kacc] resold of a cohort")
    of_cohort = (b.SELLERS.find(g, s, v), np.arange(b.RESOLD.size))
    b.sold_on.add("resold", b.RESOLD, lambda b, g, s, v, t: b.resold[g, s, v, t], of_cohort)

    @subject_to(b, b.RESOLD, "[kacc] only what is retired is resold")
    def resold_are_retired(b: Any, g: Any, s: Any, v: Any, t: Any) -> Any:
        return b.resold[g, s, v, t] <= b.retire[g, s, v, t]

    @subject_to(b, b.SELLERS, "[kacc] the second-hand market is finite")
    def finds_buyers(b: Any, g: Any, s: Any, v: Any) -> Any:
        return b.sold_on[g, s, v] <= b.resale_max_share[g] * b.buy[g, s, v]

    ledger.payment(
        b, "L1|resale", b.RESOLD, lambda b, g, s, v, t: -b.resale_musd_per_k[g, s, v, t] * b.resold[g, s, v, t]
    )


def _residual(m: Any, b: Any, paid: Floats, arrival: Floats, life_years: Floats, loss_per_year: Floats) -> None:
    _, _, v, t = b.FLEET.codes
    last = subset(b.FLEET, (v < m.PERIODS.size) & (t == m.PERIODS.size - 1))
    g, s, v, _ = last.codes
    age = m.calendar.horizon - arrival[v]
    left = m.stays[s] * m.calendar.residual(arrival[v], life_years[g]) * (1 - np.nan_to_num(loss_per_year[g])) ** age
    b.left_musd_per_k = Numbers(last, left * paid[g, s, v], doc="[MUSD/kacc] value left at the horizon")
    ledger.residual(
        b, "L1|accelerators", last, lambda b, g, s, v, t: b.left_musd_per_k[g, s, v, t] * b.fleet[g, s, v, t]
    )


def check(inputs: Inputs) -> list[Problem]:
    """Dates and shares of an accelerator that contradict each other."""
    found = []
    for row in inputs.rows("accelerators"):
        if row.last_order and row.last_order < row.release:
            message = f"{row.accelerator} can last be ordered before its release ({row.release})"
            found.append(row.problem("last_order", message, "after release, or blank"))
        if row.idle_share > row.average_share:
            message = f"{row.accelerator} draws more idle than working ({row.average_share:g})"
            found.append(row.problem("idle_share", message, "at most average_share"))
        if row.nameplate_kw * W_PER_KW < row.tdp_w:
            message = (
                f"nameplate of {row.accelerator} is below its design power ({row.tdp_w:g} W); nameplate includes "
                "server, network and storage"
            )
            found.append(row.problem("nameplate_kw", message, f"at least {row.tdp_w / W_PER_KW:g}"))
    return found
