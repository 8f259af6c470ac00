"""The connection queue.

sets            OFFERS o, stages of a connection at a site; QUEUED: (o,t) before closed_from; READY: those with start[t] ≥
                plan start + lead of the chosen percentile; CHARGED: (s,t) whose zone has a capacity charge; BLOCKS: (zone,t)
                with a surplus block; TAKEN: (s,t) where an offer has a minimum take
decides         energise_mw[o,t], begun[o,t] (whole; only where `stages` are), import_mw[s,t,h], peak_import_mw[s,t], beyond_mw[z,t,h]
derives         connected_mw[o,t] = Σ_{τ≤t} energise_mw; firm_mw[s,t]; carried_mw[s,t,h] = existing_mw +
                Σ_o (firm_share + (1 − firm_share)·available[o,h])·connected_mw
subject to      connected_follows · not_before_queue: connected ≤ mw once the lead is over, 0 before · stages_in_order:
                connected[n+1]/mw[n+1] ≤ connected[n]/mw[n]; with whole stages begun_once, connected_once_begun, begun_in_order: n is full before n+1
                begins · within_connection: import + contract output ≤ carried ·
                within_peak: the same ≤ peak_import · beyond_surplus: Σ_s import − surplus_mw ≤ beyond · take_or_pay
ledgers         power + import · carbon: the country's intensity · money L1: grid connection, grid charges, energy, network
                charges, capacity charge, minimum take, residual over life_years
not modelled    reactive power, losses, reserve; a network beyond the zone's surplus block
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from compute_lp import ledger
from compute_lp.family import Family, Index, Link, Numbers, Total, Variables
from compute_lp.schema import Column, Floats, Inputs, Price, Problem, Report, Table, Value
from compute_lp.tables import accumulated, by_key_and_period, codes, column, subset, text
from compute_lp.units import GWH_PER_MW_YEAR, KG_PER_MWH, MONTHS, USD_PER_KW, USD_PER_MWH

TABLES = (
    Table(
        name="grid_offers",
        title="Grid offers",
        row="a dated stage of a grid connection at a site",
        required=True,
        columns=(
            Column(name="site", kind="name", key=True, refers_to=("sites.site",), meaning="site it connects"),
            Column(
                name="stage", kind="integer", key=True, low=1, meaning="1, 2, …: a later stage follows an earlier one"
            ),
            Column(name="mw", unit="MW", above=0, meaning="power of the stage"),
            Column(
                name="lead_months_low",
                unit="months",
                default_from="lead_months",
                low=0,
                high=480,
                meaning="shortest wait from plan start",
            ),
            Column(name="lead_months", unit="months", low=0, high=480, meaning="wait from order to energisation"),
            Column(
                name="lead_months_high",
                unit="months",
                default_from="lead_months",
                low=0,
                high=480,
                meaning="longest wait",
            ),
            Column(
                name="fixed_musd",
                unit="MUSD",
                default=0.0,
                low=0,
                meaning="cost of the whole stage, paid in proportion to what is energised",
            ),
            Column(name="usd_per_kw", unit="USD/kW", default=0.0, low=0, meaning="connection cost"),
            Column(
                name="annual_usd_per_kw",
                unit="USD/kW/year",
                default=0.0,
                low=0,
                meaning="yearly charge on connected power",
            ),
            Column(
                name="firm_share", unit="share", default=1.0, low=0, high=1, meaning="share that is always available"
            ),
            Column(
                name="curtailed_hours",
                unit="h/year",
                default=0.0,
                low=0,
                high=8760,
                meaning="hours a year in which the rest may be unavailable, the dearest ones",
            ),
            Column(
                name="min_take_share",
                unit="share",
                default=0.0,
                low=0,
                high=1,
                meaning="share of connected power paid for even if not used",
            ),
            Column(name="life_years", unit="years", default=40.0, above=0, meaning="life for the residual value"),
            Column(
                name="happens_probability",
                unit="share",
                default=1.0,
                low=0,
                high=1,
                meaning="chance that the stage is built at all; used in runs under uncertainty",
            ),
        ),
    ),
    Table(
        name="energy_prices",
        title="Energy prices",
        row="the price of energy in a zone, in one period or (period blank) in all",
        required=True,
        columns=(
            Column(name="zone", kind="name", key=True, meaning="price zone"),
            Column(
                name="period",
                kind="name",
                key=True,
                default="",
                refers_to=("periods.period",),
                meaning="blank: all periods without a row of their own",
            ),
            Column(name="usd_per_mwh", unit="USD/MWh", low=-500, meaning="time-mean price of energy"),
            Column(
                name="network_usd_per_mwh",
                unit="USD/MWh",
                default=0.0,
                low=0,
                meaning="network charges and levies on each MWh through the connection",
            ),
            Column(
                name="capacity_usd_per_kw_year",
                unit="USD/kW/year",
                default=0.0,
                low=0,
                meaning="charge on the yearly peak of import",
            ),
            Column(
                name="growth_per_year",
                unit="1/year",
                default=0.0,
                low=-1,
                high=1,
                meaning="real growth of the price from plan start to the middle of the period",
            ),
            Column(
                name="surplus_mw",
                unit="MW",
                default=None,
                low=0,
                meaning="power to be had in the zone at this price; blank: no limit",
            ),
            Column(
                name="usd_per_mwh_beyond",
                unit="USD/MWh",
                default_from="usd_per_mwh",
                meaning="price beyond the surplus",
            ),
        ),
    ),
    Table(
        name="profiles",
        title="Profiles",
        row="one hour of a zone: of the year, of a day that stands for the year, or of one of several typical days",
        columns=(
            Column(name="zone", kind="name", key=True, refers_to=("energy_prices.zone",), meaning="price zone"),
            Column(
                name="hour",
                kind="integer",
                key=True,
                unit="h",
                low=1,
                high=8760,
                meaning="1…8760, or 1…24, or 1…24·n for n typical days",
            ),
            Column(
                name="days",
                unit="days",
                default=None,
                above=0,
                high=365,
                meaning="days of the year that this hour's day stands for, where typical days are given; they sum to 365",
            ),
            Column(
                name="price_index",
                unit="ratio",
                default=1.0,
                meaning="price relative to its mean; divided by its own time mean",
            ),
            Column(name="solar", unit="share", default=None, low=0, high=1, meaning="output of a solar plant per MW"),
            Column(name="wind", unit="share", default=None, low=0, high=1, meaning="output of a wind plant per MW"),
        ),
    ),
)

LEAD_COLUMN = {"low": "lead_months_low", "central": "lead_months", "high": "lead_months_high"}

REPORTS = (
    Report(
        name="grid",
        meaning="stages of grid connections",
        keys=("site", "stage", "period"),
        values=(
            Value(name="energise_mw", unit="MW", meaning="power entering service", of="energise_mw"),
            Value(name="connected_mw", unit="MW", meaning="power in service", of="connected_mw"),
        ),
    ),
)
PRICES = (
    Price(
        constraint="not_before_queue",
        heading="grid connection",
        unit="USD/kW/year",
        keys=("site", "stage", "period"),
        factor=1e3,
    ),
    Price(
        constraint="within_connection",
        heading="import in this hour",
        unit="USD/MWh",
        keys=("site", "period", "slice"),
        factor=1e6,
        per="hour",
    ),
    Price(
        constraint="beyond_surplus",
        heading="surplus energy of the zone",
        unit="USD/MWh",
        keys=("zone", "period", "slice"),
        factor=1e6,
        per="hour",
    ),
)


def build(m: Any, inputs: Inputs) -> None:
    """Declare connections and imports."""
    b, calendar = m.grid, m.calendar
    offers, sites, prices, countries = (
        inputs["grid_offers"],
        inputs["sites"],
        inputs["energy_prices"],
        inputs["countries"],
    )
    mw = column(offers, "mw")
    lead_years = column(offers, LEAD_COLUMN[inputs.settings["grid_delay"]]) * MONTHS
    fixed_musd = column(offers, "fixed_musd")
    musd_per_mw = column(offers, "usd_per_kw") * USD_PER_KW
    annual_musd_per_mw = column(offers, "annual_usd_per_kw") * USD_PER_KW
    firm_share = column(offers, "firm_share")
    curtailed_hours = column(offers, "curtailed_hours")
    min_take_share = column(offers, "min_take_share")
    life_years = column(offers, "life_years")
    existing_mw = column(sites, "existing_mw")
    grid_co2_kt_per_gwh = column(countries, "grid_co2_kg_per_mwh") * KG_PER_MWH
    grid_co2_change_per_year = column(countries, "grid_co2_change_per_year")

    def of_zone(name: str, default: float = np.nan) -> Floats:
        return by_key_and_period(prices, "zone", name, m.ZONES, m.PERIODS, default)

    growth = (1.0 + of_zone("growth_per_year")) ** calendar.middle
    mean_musd_per_gwh = of_zone("usd_per_mwh") * growth * USD_PER_MWH
    addition_musd_per_gwh = (of_zone("usd_per_mwh_beyond") - of_zone("usd_per_mwh")) * growth * USD_PER_MWH
    network_musd_per_gwh = of_zone("network_usd_per_mwh") * USD_PER_MWH
    capacity_musd_per_mw_year = of_zone("capacity_usd_per_kw_year") * USD_PER_KW
    surplus_mw = of_zone("surplus_mw")

    whole = "stages" in m.whole
    site_of_offer = codes(m.SITES, text(offers, "site"))
    zone_of_site = codes(m.ZONES, text(sites, "zone"))
    price_index = m.days.slices(m.days.price_index)
    m.price_musd_per_gwh = mean_musd_per_gwh[zone_of_site][:, :, None] * price_index[zone_of_site][:, None, :]
    m.site_network_musd_per_gwh = network_musd_per_gwh[zone_of_site]

    b.OFFERS = Index.of(
        [f"{site}:{stage:g}" for site, stage in zip(offers["site"], offers["stage"], strict=True)], doc="stages"
    )
    m.names["OFFERS"] = pd.DataFrame(
        {"site": text(offers, "site"), "stage": [f"{stage:g}" for stage in offers["stage"]]}
    )
    ready = calendar.reached(lead_years)
    b.QUEUED = Index.product(b.OFFERS, m.PERIODS, where=m.site_open[site_of_offer])
    b.READY = Index.product(b.OFFERS, m.PERIODS, where=m.site_open[site_of_offer] & ready)
    b.CHARGED = subset(m.SITE_PERIODS, capacity_musd_per_mw_year[zone_of_site][m.SITE_PERIODS.codes] > 0)
    b.CHARGED_SLICES = subset(
        m.SITE_SLICES, capacity_musd_per_mw_year[zone_of_site][m.SITE_SLICES.codes[0], m.SITE_SLICES.codes[1]] > 0
    )
    b.BLOCKS = Index.product(
        m.ZONES,
        m.PERIODS,
        m.SLICES,
        where=np.broadcast_to(np.isfinite(surplus_mw)[:, :, None], (m.ZONES.size, m.PERIODS.size, m.SLICES.size)),
    )
    b.site_of = Link(b.OFFERS, of=m.SITES, codes=site_of_offer)
    b.zone_of = Link(m.SITES, of=m.ZONES, codes=zone_of_site)
    offer, ready_period = b.READY.codes
    queued_offer, queued_period = b.QUEUED.codes

    firm_now = np.where(ready, mw[:, None], 0.0)
    m.firm_reach_mw = existing_mw[:, None] + _sum_by_site(m, site_of_offer, firm_now * firm_share[:, None])
    m.non_firm_reach_mw = _sum_by_site(m, site_of_offer, firm_now * (1 - firm_share)[:, None])
    available = _available(curtailed_hours, price_index[zone_of_site[site_of_offer]], m.days.hours)

    b.offered_mw = Numbers(b.QUEUED, firm_now[queued_offer, queued_period], doc="[MW] what can be connected by then")
    b.mw = Numbers(b.OFFERS, mw, doc="[MW] size of the stage")
    b.firm_share = Numbers(b.OFFERS, firm_share, doc="[1] always available")
    b.non_firm_share = Numbers(b.OFFERS, 1.0 - firm_share, doc="[1] not always available")
    b.carried_share = Numbers(
        Index.product(b.OFFERS, m.SLICES),
        firm_share[:, None] + (1 - firm_share)[:, None] * available,
        doc="[1] available in this hour",
    )
    b.existing_mw = Numbers(m.SITES, existing_mw, doc="[MW] connection at plan start")
    b.connection_musd_per_mw = Numbers(
        b.OFFERS,
        musd_per_mw + (0.0 if whole else fixed_musd / mw),
        doc="[MUSD/MW] cost of connection, the fixed cost in proportion",
    )
    b.annual_musd_per_mw = Numbers(b.OFFERS, annual_musd_per_mw, doc="[MUSD/MW/yr] yearly charge")
    b.min_take_share = Numbers(b.OFFERS, min_take_share, doc="[1] paid for even if not used")
    b.price_musd_per_gwh = Numbers(
        m.SITE_SLICES, m.price_musd_per_gwh[m.SITE_SLICES.codes], doc="[MUSD/GWh] price of energy"
    )
    b.mean_musd_per_gwh = Numbers(
        m.SITE_PERIODS, mean_musd_per_gwh[zone_of_site][m.SITE_PERIODS.codes], doc="[MUSD/GWh] mean price of energy"
    )
    b.network_musd_per_gwh = Numbers(
        m.SITE_PERIODS, m.site_network_musd_per_gwh[m.SITE_PERIODS.codes], doc="[MUSD/GWh] network charges"
    )
    b.capacity_musd_per_mw_year = Numbers(
        m.SITE_PERIODS,
        capacity_musd_per_mw_year[zone_of_site][m.SITE_PERIODS.codes],
        doc="[MUSD/MW/yr] charge on the peak",
    )
    b.surplus_mw = Numbers(
        b.BLOCKS, surplus_mw[b.BLOCKS.codes[0], b.BLOCKS.codes[1]], doc="[MW] power at the lower price"
    )
    b.addition_musd_per_gwh = Numbers(
        b.BLOCKS, addition_musd_per_gwh[b.BLOCKS.codes[0], b.BLOCKS.codes[1]], doc="[MUSD/GWh] dearer beyond the block"
    )
    b.gwh_per_mw_year = Numbers(m.PERIODS, GWH_PER_MW_YEAR, doc="[GWh/MW/yr] energy of a MW all year")
    m.country_co2_kt_per_gwh = grid_co2_kt_per_gwh[:, None] * (1 + grid_co2_change_per_year[:, None]) ** calendar.middle
    site_country = m.place_country[: m.SITES.size]
    b.co2_kt_per_gwh = Numbers(
        m.SITE_PERIODS, m.country_co2_kt_per_gwh[site_country][m.SITE_PERIODS.codes], doc="[kt/GWh] carbon intensity"
    )

    b.energise_mw = Variables(b.READY, upper=mw[offer], doc="[MW] power entering service")
    b.connected_mw = Variables(b.QUEUED, doc="[MW] power in service")
    b.import_mw = Variables(m.SITE_SLICES, doc="[MW] power drawn from the grid")
    b.peak_import_mw = Variables(b.CHARGED, doc="[MW] largest draw in the period")
    b.beyond_mw = Variables(b.BLOCKS, doc="[MW] power beyond the zone's surplus")
    b.energy_musd_per_year = Variables(m.SITE_PERIODS, lower=-np.inf, doc="[MUSD/yr] energy bought from the grid")

    b.energised_mw = Total(b.QUEUED, doc="[MW] energised so far")
    b.energised_mw.add(
        "energise", over=b.READY, rule=lambda b, o, t: b.energise_mw[o, t], to=accumulated(b.READY, b.QUEUED, calendar)
    )
    b.firm_mw = Total(m.SITE_PERIODS, doc="[MW] firm connection")
    b.firm_mw.add("existing", over=m.SITE_PERIODS, rule=lambda b, s, t: b.existing_mw[s], to=lambda b, s, t: (s, t))
    b.firm_mw.add(
        "stages",
        over=b.QUEUED,
        rule=lambda b, o, t: b.firm_share[o] * b.connected_mw[o, t],
        to=lambda b, o, t: (b.site_of[o], t),
    )
    b.non_firm_mw = Total(m.SITE_PERIODS, doc="[MW] non-firm connection")
    b.non_firm_mw.add(
        "stages",
        over=b.QUEUED,
        rule=lambda b, o, t: b.non_firm_share[o] * b.connected_mw[o, t],
        to=lambda b, o, t: (b.site_of[o], t),
    )
    queued_slices = Index.product(
        b.OFFERS,
        m.PERIODS,
        m.SLICES,
        where=np.broadcast_to(m.site_open[site_of_offer][:, :, None], (b.OFFERS.size, m.PERIODS.size, m.SLICES.size)),
    )
    b.carried_mw = Total(m.SITE_SLICES, doc="[MW] what the connection carries in this hour")
    b.carried_mw.add(
        "existing", over=m.SITE_SLICES, rule=lambda b, s, t, h: b.existing_mw[s], to=lambda b, s, t, h: (s, t, h)
    )
    b.carried_mw.add(
        "stages",
        over=queued_slices,
        rule=lambda b, o, t, h: b.carried_share[o, h] * b.connected_mw[o, t],
        to=lambda b, o, t, h: (b.site_of[o], t, h),
    )
    b.through_mw = Total(m.SITE_SLICES, doc="[MW] what comes through the connection")
    b.through_mw.add(
        "import", over=m.SITE_SLICES, rule=lambda b, s, t, h: b.import_mw[s, t, h], to=lambda b, s, t, h: (s, t, h)
    )
    b.zone_import_mw = Total(b.BLOCKS, doc="[MW] import of all sites of a zone")
    in_block = subset(
        m.SITE_SLICES, np.isfinite(surplus_mw)[zone_of_site[m.SITE_SLICES.codes[0]], m.SITE_SLICES.codes[1]]
    )
    b.zone_import_mw.add(
        "import",
        over=in_block,
        rule=lambda b, s, t, h: b.import_mw[s, t, h],
        to=lambda b, s, t, h: (b.zone_of[s], t, h),
    )
    b.hourly_musd_per_year = Total(m.SITE_PERIODS, doc="[MUSD/yr] energy bought, hour by hour")
    b.hourly_musd_per_year.add(
        "import",
        over=m.SITE_SLICES,
        to=lambda b, s, t, h: (s, t),
        rule=lambda b, s, t, h: m.slice_gwh[h] * b.price_musd_per_gwh[s, t, h] * b.import_mw[s, t, h],
    )
    b.import_gwh_per_year = Total(m.SITE_PERIODS, doc="[GWh/yr] energy drawn from the grid")
    b.import_gwh_per_year.add(
        "import",
        over=m.SITE_SLICES,
        rule=lambda b, s, t, h: m.slice_gwh[h] * b.import_mw[s, t, h],
        to=lambda b, s, t, h: (s, t),
    )

    def connected_follows(b: Any, o: Any, t: Any) -> Any:
        return b.connected_mw[o, t] == b.energised_mw[o, t]

    b.connected_follows = Family(b.READY, rule=connected_follows, doc="[MW] connected is what has been energised")

    def not_before_queue(b: Any, o: Any, t: Any) -> Any:
        return b.connected_mw[o, t] <= b.offered_mw[o, t]

    b.not_before_queue = Family(
        b.QUEUED, rule=not_before_queue, doc="[MW] no more than the stage, nothing before its lead is over"
    )
    _order_stages(b, offers, site_of_offer)
    if whole:
        _whole_stages(m, b, fixed_musd, lead_years, life_years, site_of_offer)

    def within_connection(b: Any, s: Any, t: Any, h: Any) -> Any:
        return b.through_mw[s, t, h] <= b.carried_mw[s, t, h]

    def within_peak(b: Any, s: Any, t: Any, h: Any) -> Any:
        return b.through_mw[s, t, h] <= b.peak_import_mw[s, t]

    m.rows_of_through = (within_connection, within_peak)

    def beyond_surplus(b: Any, z: Any, t: Any, h: Any) -> Any:
        return b.zone_import_mw[z, t, h] - b.beyond_mw[z, t, h] <= b.surplus_mw[z, t, h]

    b.beyond_surplus = Family(b.BLOCKS, rule=beyond_surplus, doc="[MW] the zone's cheap power is finite")

    def energy_is_paid(b: Any, s: Any, t: Any) -> Any:
        return b.energy_musd_per_year[s, t] == b.hourly_musd_per_year[s, t]

    b.energy_is_paid = Family(
        m.SITE_PERIODS, rule=energy_is_paid, doc="[MUSD/yr] every hour's energy is paid at its price"
    )
    _minimum_take(m, b, site_of_offer, min_take_share)
    _ledgers(m, b, offers, lead_years, life_years, site_of_offer)


def close(m: Any) -> None:
    """Limits on what comes through a connection, once contracts have added their energy to it."""
    b = m.grid
    within_connection, within_peak = m.rows_of_through
    b.within_connection = Family(
        m.SITE_SLICES, rule=within_connection, doc="[MW] import and contracts fit the connection"
    )
    b.within_peak = Family(b.CHARGED_SLICES, rule=within_peak, doc="[MW] the peak is the largest draw")


def _sum_by_site(m: Any, site_of_offer: np.ndarray, values: Floats) -> Floats:
    total = np.zeros((m.SITES.size, values.shape[1]))
    np.add.at(total, site_of_offer, values)
    return total


def _available(curtailed_hours: Floats, price_index: Floats, hours: Floats) -> Floats:
    """Share of each slice in which the non-firm part is available; shape (offers, slices).

    The dearest hours are cut, as many as the offer says; a slice cut in part counts its fraction, equal prices are cut in
    proportion.
    """
    available = np.ones_like(price_index)
    for o, (cut, price) in enumerate(zip(curtailed_hours, price_index, strict=True)):
        levels, level = np.unique(-np.round(price, 12), return_inverse=True)
        length = np.bincount(level, weights=hours, minlength=len(levels))
        before = np.concatenate([[0.0], np.cumsum(length)[:-1]])
        available[o] = 1.0 - np.clip((cut - before) / length, 0.0, 1.0)[level]
    return available


def _order_stages(b: Any, offers: pd.DataFrame, site_of_offer: np.ndarray) -> None:
    """A later stage follows an earlier one in proportion."""
    order = np.lexsort((column(offers, "stage"), site_of_offer))
    same = site_of_offer[order][1:] == site_of_offer[order][:-1]
    earlier = np.full(b.OFFERS.size, -1)
    earlier[order[1:][same]] = order[:-1][same]
    b.LATER = subset(b.QUEUED, earlier[b.QUEUED.codes[0]] >= 0)
    b.earlier = Link(b.OFFERS, of=b.OFFERS, codes=np.maximum(earlier, 0))

    def stages_in_order(b: Any, o: Any, t: Any) -> Any:
        return b.connected_mw[o, t] / b.mw[o] <= b.connected_mw[b.earlier[o], t] / b.mw[b.earlier[o]]

    b.stages_in_order = Family(b.LATER, rule=stages_in_order, doc="[1] a later stage follows the earlier one")


def _whole_stages(
    m: Any, b: Any, fixed_musd: Floats, lead_years: Floats, life_years: Floats, site_of_offer: np.ndarray
) -> None:
    """A stage is begun or not, its fixed cost paid at once; a later one begins when the earlier one is energised in full."""
    calendar = m.calendar
    offer, period = b.READY.codes
    b.fixed_musd = Numbers(b.OFFERS, fixed_musd, doc="[MUSD] fixed cost of the stage")
    b.begun = Variables(b.READY, upper=1.0, whole=True, doc="[1] the stage is begun")
    b.begun_by = Total(b.QUEUED, doc="[1] begun by then")
    b.begun_by.add(
        "begun", over=b.READY, rule=lambda b, o, t: b.begun[o, t], to=accumulated(b.READY, b.QUEUED, calendar)
    )
    b.beginnings = Total(b.OFFERS, doc="[1] beginnings of the stage")
    b.beginnings.add("begun", over=b.READY, rule=lambda b, o, t: b.begun[o, t], to=lambda b, o, t: o)

    def begun_once(b: Any, o: Any) -> Any:
        return b.beginnings[o] <= 1

    b.begun_once = Family(b.OFFERS, rule=begun_once, doc="[1] a stage is begun once")

    def connected_once_begun(b: Any, o: Any, t: Any) -> Any:
        return b.connected_mw[o, t] <= b.mw[o] * b.begun_by[o, t]

    b.connected_once_begun = Family(b.READY, rule=connected_once_begun, doc="[MW] only a stage that is begun connects")

    def begun_in_order(b: Any, o: Any, t: Any) -> Any:
        return b.begun_by[o, t] <= b.connected_mw[b.earlier[o], t] / b.mw[b.earlier[o]]

    b.begun_in_order = Family(
        b.LATER, rule=begun_in_order, doc="[1] a stage begins when the earlier one is energised in full"
    )
    site = site_of_offer[offer]
    ledger.payment(
        m,
        "L1",
        "grid connection, fixed",
        over=b.READY,
        block=b,
        rule=lambda b, o, t: b.fixed_musd[o] * b.begun[o, t],
        period=period,
        lead_years=lead_years[offer],
        site=site,
    )
    left = m.site_open[site, -1] * calendar.residual(calendar.start[period], life_years[offer])
    b.fixed_left = Numbers(b.READY, left, doc="[1] share of life left at the horizon")
    ledger.residual(
        m,
        "L1",
        "grid connection, fixed",
        over=b.READY,
        block=b,
        rule=lambda b, o, t: b.fixed_left[o, t] * b.fixed_musd[o] * b.begun[o, t],
    )


def _minimum_take(m: Any, b: Any, site_of_offer: np.ndarray, min_take_share: Floats) -> None:
    """Pay for the larger of use and a share of what is connected, at the mean price."""
    bound = np.zeros(m.SITES.size, dtype=bool)
    bound[site_of_offer[min_take_share > 0]] = True
    b.TAKEN = subset(m.SITE_PERIODS, bound[m.SITE_PERIODS.codes[0]])
    promised = subset(b.QUEUED, min_take_share[b.QUEUED.codes[0]] > 0)
    b.shortfall_gwh_per_year = Variables(b.TAKEN, doc="[GWh/yr] paid for and not used")
    b.promised_gwh_per_year = Total(b.TAKEN, doc="[GWh/yr] minimum take")
    b.promised_gwh_per_year.add(
        "stages",
        over=promised,
        to=lambda b, o, t: (b.site_of[o], t),
        rule=lambda b, o, t: b.min_take_share[o] * b.gwh_per_mw_year[t] * b.connected_mw[o, t],
    )

    def take_or_pay(b: Any, s: Any, t: Any) -> Any:
        return b.promised_gwh_per_year[s, t] - b.import_gwh_per_year[s, t] <= b.shortfall_gwh_per_year[s, t]

    b.take_or_pay = Family(b.TAKEN, rule=take_or_pay, doc="[GWh/yr] what is promised is taken or paid")


def _ledgers(
    m: Any, b: Any, offers: pd.DataFrame, lead_years: Floats, life_years: Floats, site_of_offer: np.ndarray
) -> None:
    calendar = m.calendar
    offer, period = b.READY.codes
    site, time = m.SITE_PERIODS.codes
    m.power.add(
        "grid import",
        over=m.SITE_SLICES,
        block=b,
        rule=lambda b, s, t, h: b.import_mw[s, t, h],
        to=lambda b, s, t, h: (s, t, h),
    )
    m.carbon.add(
        "grid import",
        over=m.SITE_PERIODS,
        block=b,
        to=lambda b, s, t: t,
        rule=lambda b, s, t: m.years[t] * b.co2_kt_per_gwh[s, t] * b.import_gwh_per_year[s, t],
    )
    ledger.payment(
        m,
        "L1",
        "grid connection",
        over=b.READY,
        block=b,
        rule=lambda b, o, t: b.connection_musd_per_mw[o] * b.energise_mw[o, t],
        period=period,
        lead_years=lead_years[offer],
        site=site_of_offer[offer],
    )
    left = m.site_open[site_of_offer[offer], -1] * calendar.residual(calendar.start[period], life_years[offer])
    b.connection_left = Numbers(b.READY, left, doc="[1] share of life left at the horizon")
    ledger.residual(
        m,
        "L1",
        "grid connection",
        over=b.READY,
        block=b,
        rule=lambda b, o, t: b.connection_left[o, t] * b.connection_musd_per_mw[o] * b.energise_mw[o, t],
    )
    ledger.flow(
        m,
        "L1",
        "grid charges",
        over=b.QUEUED,
        block=b,
        period=b.QUEUED.codes[1],
        site=site_of_offer[b.QUEUED.codes[0]],
        rule=lambda b, o, t: m.years[t] * b.annual_musd_per_mw[o] * b.connected_mw[o, t],
    )
    ledger.flow(
        m,
        "L1",
        "energy",
        over=m.SITE_PERIODS,
        block=b,
        period=time,
        site=site,
        rule=lambda b, s, t: m.years[t] * b.energy_musd_per_year[s, t],
    )
    ledger.flow(
        m,
        "L1",
        "network charges",
        over=m.SITE_PERIODS,
        block=b,
        period=time,
        site=site,
        rule=lambda b, s, t: m.years[t] * b.network_musd_per_gwh[s, t] * b.import_gwh_per_year[s, t],
    )
    ledger.flow(
        m,
        "L1",
        "capacity charge",
        over=b.CHARGED,
        block=b,
        period=b.CHARGED.codes[1],
        site=b.CHARGED.codes[0],
        rule=lambda b, s, t: m.years[t] * b.capacity_musd_per_mw_year[s, t] * b.peak_import_mw[s, t],
    )
    ledger.flow(
        m,
        "L1",
        "minimum take",
        over=b.TAKEN,
        block=b,
        period=b.TAKEN.codes[1],
        site=b.TAKEN.codes[0],
        rule=lambda b, s, t: m.years[t] * b.mean_musd_per_gwh[s, t] * b.shortfall_gwh_per_year[s, t],
    )
    ledger.flow(
        m,
        "L1",
        "energy beyond the surplus",
        over=b.BLOCKS,
        block=b,
        period=b.BLOCKS.codes[1],
        rule=lambda b, z, t, h: m.years[t] * m.slice_gwh[h] * b.addition_musd_per_gwh[z, t, h] * b.beyond_mw[z, t, h],
    )


def check(inputs: Inputs) -> list[Problem]:
    """Leads out of order, stages that skip a number, energy that gets cheaper beyond the surplus, periods without a price."""
    found = []
    offers, prices = inputs["grid_offers"], inputs["energy_prices"]
    for i, row in enumerate(offers.itertuples()):
        if not row.lead_months_low <= row.lead_months <= row.lead_months_high:
            found.append(
                Problem(
                    "grid_offers",
                    f"leads of {row.site} stage {row.stage:g} are not in order",
                    row=i,
                    column="lead_months",
                    value=row.lead_months,
                    right=f"between {row.lead_months_low:g} and {row.lead_months_high:g}",
                )
            )
    for site, rows in offers.groupby("site", sort=False):
        if sorted(rows["stage"]) != list(range(1, len(rows) + 1)):
            found.append(
                Problem(
                    "grid_offers",
                    f"stages of {site} are not numbered 1 to {len(rows)}",
                    row=int(np.flatnonzero(offers["site"] == site)[0]),
                    column="stage",
                    right="1, 2, … without gaps",
                )
            )
    for i, row in enumerate(prices.itertuples()):
        if row.usd_per_mwh_beyond < row.usd_per_mwh:
            found.append(
                Problem(
                    "energy_prices",
                    f"energy of {row.zone} gets cheaper beyond the surplus",
                    row=i,
                    column="usd_per_mwh_beyond",
                    value=row.usd_per_mwh_beyond,
                    right=f"at least {row.usd_per_mwh:g}",
                )
            )
    periods = list(inputs["periods"]["period"])
    for zone, rows in prices.groupby("zone", sort=False):
        missing = [] if "" in set(rows["period"]) else [t for t in periods if t not in set(rows["period"])]
        if missing:
            found.append(
                Problem(
                    "energy_prices",
                    f"zone {zone} has no price in {', '.join(missing)}",
                    row=int(np.flatnonzero(prices["zone"] == zone)[0]),
                    column="period",
                    right="a row for each period, or one with a blank period for the rest",
                )
            )
    return found
