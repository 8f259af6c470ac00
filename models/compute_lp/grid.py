"""The connection queue.

sets            OFFERS o, stages of a connection at a site; QUEUED: (o,t) before closed_from; READY: those with start[t]
                ≥ plan start + lead of the chosen percentile; CHARGED: (s,t) whose zone has a capacity charge; BLOCKS:
                (z,t,h) of zones with a surplus block; TAKEN: (s,t) where an offer has a minimum take
decides         energise_mw[o,t], begun[o,t] (whole; only where `stages` are), import_mw[s,t,h], peak_import_mw[s,t],
                beyond_mw[z,t,h], shortfall_gwh_per_year[s,t]
derives         connected_mw[o,t] = Σ_{τ≤t} energise_mw; firm_mw[s,t]; carried_mw[s,t,h] = existing_mw +
                Σ_o (firm_share + (1 − firm_share)·available[o,h])·connected_mw
subject to      connected_follows · not_before_queue: connected ≤ mw once the lead is over, 0 before · stages_in_order:
                connected[n+1]/mw[n+1] ≤ connected[n]/mw[n]; with whole stages begun_once, connected_once_begun,
                begun_in_order: n is full before n+1 begins · within_connection: import + contract output ≤ carried ·
                within_peak: the same ≤ peak_import · beyond_surplus: Σ_s import − surplus_mw ≤ beyond · take_or_pay
ledgers         power + import · carbon: the country's intensity · money L1: grid connection, grid charges, energy,
                network charges, capacity charge, minimum take, residual over life_years
not modelled    reactive power, losses, reserve; a network beyond the zone's surplus block
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from compute_lp import ledger
from compute_lp.columns import amount, key, months, per_year, report, share, table
from compute_lp.family import Index, Link, Numbers, Total, Variables, subject_to
from compute_lp.schema import Codes, Column, Floats, Inputs, Price, Problem, Value
from compute_lp.tables import accumulated, by_key_and_period, codes, column, crossed, joined, subset, summed, text
from compute_lp.units import GWH_PER_MW_YEAR, KG_PER_MWH, MONTHS, USD_PER_KW, USD_PER_MWH

TABLES = (
    table(
        "grid_offers",
        "a dated stage of a grid connection at a site",
        key("site", "site it connects", "sites.site"),
        Column("stage", "1, 2, …: a later stage follows an earlier one", kind="integer", key=True, low=1),
        Column("mw", "power of the stage", "MW", above=0),
        months("lead_months_low", "shortest wait from plan start", high=480, default_from="lead_months"),
        months("lead_months", "wait from order to energisation", high=480),
        months("lead_months_high", "longest wait", high=480, default_from="lead_months"),
        amount("fixed_musd", "cost of the whole stage, paid in proportion to what is energised", "MUSD", 0.0),
        amount("usd_per_kw", "connection cost", "USD/kW", 0.0),
        amount("annual_usd_per_kw", "yearly charge on connected power", "USD/kW/year", 0.0),
        share("firm_share", "share that is always available", 1.0),
        amount("curtailed_hours", "hours in which the rest may be unavailable, the dearest", "h/year", 0.0, high=8760),
        share("min_take_share", "share of connected power paid for even if not used", 0.0),
        Column("life_years", "life for the residual value", "years", default=40.0, above=0),
        share("happens_probability", "chance that the stage is built at all; used in runs under uncertainty", 1.0),
        required=True,
    ),
    table(
        "energy_prices",
        "the price of energy in a zone, in one period or (period blank) in all",
        key("zone", "price zone"),
        key("period", "blank: all periods without a row of their own", "periods.period", default=""),
        Column("usd_per_mwh", "time-mean price of energy", "USD/MWh", low=-500),
        amount("network_usd_per_mwh", "network charges and levies on each MWh through the connection", "USD/MWh", 0.0),
        amount("capacity_usd_per_kw_year", "charge on the yearly peak of import", "USD/kW/year", 0.0),
        per_year("growth_per_year", "real growth of the price from plan start to the middle of the period", -1, 1),
        amount("surplus_mw", "power to be had in the zone at this price; blank: no limit", "MW", None),
        Column("usd_per_mwh_beyond", "price beyond the surplus", "USD/MWh", default_from="usd_per_mwh"),
        required=True,
    ),
    table(
        "profiles",
        "one hour of a zone: of the year, of a day that stands for the year, or of one of several typical days",
        key("zone", "price zone", "energy_prices.zone"),
        Column(
            "hour", "1…8760, or 1…24, or 1…24·n for n typical days", "h", kind="integer", key=True, low=1, high=8760
        ),
        Column(
            "days",
            "days of the year that this hour's day stands for, where typical days are given; they sum to 365",
            "days",
            default=None,
            above=0,
            high=365,
        ),
        Column("price_index", "price relative to its mean; divided by its own time mean", "ratio", default=1.0),
        share("solar", "output of a solar plant per MW", None),
        share("wind", "output of a wind plant per MW", None),
    ),
)

LEAD_COLUMN = {"low": "lead_months_low", "central": "lead_months", "high": "lead_months_high"}

REPORTS = (
    report(
        "grid",
        "stages of grid connections",
        ("site", "stage", "period"),
        Value("energise_mw", "MW", "power entering service", "energise_mw"),
        Value("connected_mw", "MW", "power in service", "connected_mw"),
    ),
)
PRICES = (
    Price("not_before_queue", "grid connection", "USD/kW/year", ("site", "stage", "period"), factor=1e3),
    Price("within_connection", "import in this hour", "USD/MWh", ("site", "period", "slice"), 1e6, "hour"),
    Price("beyond_surplus", "surplus energy of the zone", "USD/MWh", ("zone", "period", "slice"), 1e6, "hour"),
)


def reach(m: Any, inputs: Inputs) -> None:
    """Power that connections could have by a period [MW], firm and not; shape (sites, periods)."""
    b, offers = m.grid, inputs["grid_offers"]
    at, sites = codes(m.SITES, text(offers, "site")), m.SITES.size
    firm_share = column(offers, "firm_share")[:, None]
    b.ready = m.calendar.reached(column(offers, LEAD_COLUMN[inputs.settings["grid_delay"]]) * MONTHS)
    b.reach_mw = np.where(b.ready, column(offers, "mw")[:, None], 0.0)
    m.firm_reach_mw = column(inputs["sites"], "existing_mw")[:, None] + summed(b.reach_mw * firm_share, at, sites)
    m.non_firm_reach_mw = summed(b.reach_mw * (1 - firm_share), at, sites)


def build(m: Any, inputs: Inputs) -> None:
    """Declare connections and imports."""
    b, calendar = m.grid, m.calendar
    offers, sites, prices = inputs["grid_offers"], inputs["sites"], inputs["energy_prices"]
    mw = column(offers, "mw")
    lead_years = column(offers, LEAD_COLUMN[inputs.settings["grid_delay"]]) * MONTHS
    fixed_musd = column(offers, "fixed_musd")
    musd_per_mw = column(offers, "usd_per_kw") * USD_PER_KW
    annual_musd_per_mw = column(offers, "annual_usd_per_kw") * USD_PER_KW
    firm_share = column(offers, "firm_share")
    curtailed_hours = column(offers, "curtailed_hours")
    min_take_share = column(offers, "min_take_share")
    life_years = column(offers, "life_years")
    site_of_offer = codes(m.SITES, text(offers, "site"))
    existing_mw = column(sites, "existing_mw")
    zone_of_site = codes(m.ZONES, text(sites, "zone"))
    grid_co2_kt_per_gwh = column(inputs["countries"], "grid_co2_kg_per_mwh") * KG_PER_MWH
    grid_co2_change_per_year = column(inputs["countries"], "grid_co2_change_per_year")

    def of_zone(name: str) -> Floats:
        return by_key_and_period(prices, "zone", name, m.ZONES, m.PERIODS, np.nan)

    growth = (1.0 + of_zone("growth_per_year")) ** calendar.middle
    mean_musd_per_gwh = (of_zone("usd_per_mwh") * growth * USD_PER_MWH)[zone_of_site]
    addition_musd_per_gwh = (of_zone("usd_per_mwh_beyond") - of_zone("usd_per_mwh")) * growth * USD_PER_MWH
    m.site_network_musd_per_gwh = (of_zone("network_usd_per_mwh") * USD_PER_MWH)[zone_of_site]
    capacity_musd_per_mw_year = (of_zone("capacity_usd_per_kw_year") * USD_PER_KW)[zone_of_site]
    surplus_mw = of_zone("surplus_mw")

    whole = "stages" in m.whole
    price_index = m.days.slices(m.days.price_index)[zone_of_site]
    m.price_musd_per_gwh = mean_musd_per_gwh[:, :, None] * price_index[:, None, :]

    stages = pd.DataFrame({"site": text(offers, "site"), "stage": [f"{number:g}" for number in offers["stage"]]})
    b.OFFERS, m.names["OFFERS"] = Index.of(joined(stages), doc="stages"), stages
    b.QUEUED = Index.product(b.OFFERS, m.PERIODS, where=m.site_open[site_of_offer])
    b.READY = Index.product(b.OFFERS, m.PERIODS, where=m.site_open[site_of_offer] & b.ready)
    b.CHARGED = subset(m.SITE_PERIODS, capacity_musd_per_mw_year > 0)
    b.CHARGED_SLICES = crossed(b.CHARGED, m.SLICES)
    limited = np.isfinite(surplus_mw)
    b.BLOCKS = crossed(Index.product(m.ZONES, m.PERIODS, where=limited), m.SLICES)
    b.site_of = Link(b.OFFERS, of=m.SITES, codes=site_of_offer)
    b.zone_of = Link(m.SITES, of=m.ZONES, codes=zone_of_site)

    available = m.days.uncut(curtailed_hours, price_index[site_of_offer])
    carried_share = firm_share[:, None] + (1 - firm_share)[:, None] * available
    connection_musd_per_mw = musd_per_mw + (0.0 if whole else fixed_musd / mw)
    m.country_co2_kt_per_gwh = grid_co2_kt_per_gwh[:, None] * (1 + grid_co2_change_per_year[:, None]) ** calendar.middle
    co2_kt_per_gwh = m.country_co2_kt_per_gwh[m.place_country[: m.SITES.size]]
    zone, period, _ = b.BLOCKS.codes

    b.offered_mw = Numbers(b.QUEUED, b.reach_mw, doc="[MW] what can be connected by then")
    b.mw = Numbers(b.OFFERS, mw, doc="[MW] size of the stage")
    b.firm_share = Numbers(b.OFFERS, firm_share, doc="[1] always available")
    b.non_firm_share = Numbers(b.OFFERS, 1.0 - firm_share, doc="[1] not always available")
    b.carried_share = Numbers(Index.product(b.OFFERS, m.SLICES), carried_share, doc="[1] available in this hour")
    b.existing_mw = Numbers(m.SITES, existing_mw, doc="[MW] connection at plan start")
    b.connection_musd_per_mw = Numbers(
        b.OFFERS, connection_musd_per_mw, doc="[MUSD/MW] cost of connection, the fixed cost in proportion"
    )
    b.annual_musd_per_mw = Numbers(b.OFFERS, annual_musd_per_mw, doc="[MUSD/MW/yr] yearly charge")
    b.min_take_share = Numbers(b.OFFERS, min_take_share, doc="[1] paid for even if not used")
    b.price_musd_per_gwh = Numbers(m.SITE_SLICES, m.price_musd_per_gwh, doc="[MUSD/GWh] price of energy")
    b.mean_musd_per_gwh = Numbers(m.SITE_PERIODS, mean_musd_per_gwh, doc="[MUSD/GWh] mean price of energy")
    b.network_musd_per_gwh = Numbers(m.SITE_PERIODS, m.site_network_musd_per_gwh, doc="[MUSD/GWh] network charges")
    b.capacity_musd_per_mw_year = Numbers(
        m.SITE_PERIODS, capacity_musd_per_mw_year, doc="[MUSD/MW/yr] charge on the peak"
    )
    b.surplus_mw = Numbers(b.BLOCKS, surplus_mw[zone, period], doc="[MW] power at the lower price")
    b.addition_musd_per_gwh = Numbers(
        b.BLOCKS, addition_musd_per_gwh[zone, period], doc="[MUSD/GWh] dearer beyond the block"
    )
    b.gwh_per_mw_year = Numbers(m.PERIODS, GWH_PER_MW_YEAR, doc="[GWh/MW/yr] energy of a MW all year")
    b.co2_kt_per_gwh = Numbers(m.SITE_PERIODS, co2_kt_per_gwh, doc="[kt/GWh] carbon intensity")

    b.energise_mw = Variables(b.READY, doc="[MW] power entering service")
    b.connected_mw = Variables(b.QUEUED, doc="[MW] power in service")
    b.import_mw = Variables(m.SITE_SLICES, doc="[MW] power drawn from the grid")
    b.peak_import_mw = Variables(b.CHARGED, doc="[MW] largest draw in the period")
    b.beyond_mw = Variables(b.BLOCKS, doc="[MW] power beyond the zone's surplus")
    b.energy_musd_per_year = Variables(m.SITE_PERIODS, lower=-np.inf, doc="[MUSD/yr] energy bought from the grid")

    b.energised_mw = Total(b.QUEUED, doc="[MW] energised so far")
    b.energised_mw.add(
        "energise", b.READY, lambda b, o, t: b.energise_mw[o, t], accumulated(b.READY, b.QUEUED, calendar)
    )
    b.firm_mw = Total(m.SITE_PERIODS, doc="[MW] firm connection")
    b.firm_mw.add("existing", m.SITE_PERIODS, lambda b, s, t: b.existing_mw[s])
    b.firm_mw.add("stages", b.QUEUED, lambda b, o, t: b.firm_share[o] * b.connected_mw[o, t], b.site_of)
    b.non_firm_mw = Total(m.SITE_PERIODS, doc="[MW] non-firm connection")
    b.non_firm_mw.add("stages", b.QUEUED, lambda b, o, t: b.non_firm_share[o] * b.connected_mw[o, t], b.site_of)
    b.carried_mw = Total(m.SITE_SLICES, doc="[MW] what the connection carries in this hour")
    b.carried_mw.add("existing", m.SITE_SLICES, lambda b, s, t, h: b.existing_mw[s])
    queued = crossed(b.QUEUED, m.SLICES)
    b.carried_mw.add("stages", queued, lambda b, o, t, h: b.carried_share[o, h] * b.connected_mw[o, t], b.site_of)
    b.through_mw = Total(m.SITE_SLICES, doc="[MW] what comes through the connection")
    b.through_mw.add("import", m.SITE_SLICES, lambda b, s, t, h: b.import_mw[s, t, h])
    b.zone_import_mw = Total(b.BLOCKS, doc="[MW] import of all sites of a zone")
    in_block = crossed(subset(m.SITE_PERIODS, limited[zone_of_site]), m.SLICES)
    b.zone_import_mw.add("import", in_block, lambda b, s, t, h: b.import_mw[s, t, h], b.zone_of)
    b.hourly_musd_per_year = Total(m.SITE_PERIODS, doc="[MUSD/yr] energy bought, hour by hour")
    b.hourly_musd_per_year.add(
        "import",
        m.SITE_SLICES,
        lambda b, s, t, h: m.slice_gwh[h] * b.price_musd_per_gwh[s, t, h] * b.import_mw[s, t, h],
    )
    b.import_gwh_per_year = Total(m.SITE_PERIODS, doc="[GWh/yr] energy drawn from the grid")
    b.import_gwh_per_year.add("import", m.SITE_SLICES, lambda b, s, t, h: m.slice_gwh[h] * b.import_mw[s, t, h])

    @subject_to(b, b.READY, "[MW] connected is what has been energised")
    def connected_follows(b: Any, o: Any, t: Any) -> Any:
        return b.connected_mw[o, t] == b.energised_mw[o, t]

    @subject_to(b, b.QUEUED, "[MW] no more than the stage, nothing before its lead is over")
    def not_before_queue(b: Any, o: Any, t: Any) -> Any:
        return b.connected_mw[o, t] <= b.offered_mw[o, t]

    _order_stages(b, column(offers, "stage"), site_of_offer)
    if whole:
        _whole_stages(b, fixed_musd, lead_years, life_years)

    @subject_to(b, b.BLOCKS, "[MW] the zone's cheap power is finite")
    def beyond_surplus(b: Any, z: Any, t: Any, h: Any) -> Any:
        return b.zone_import_mw[z, t, h] - b.beyond_mw[z, t, h] <= b.surplus_mw[z, t, h]

    @subject_to(b, m.SITE_PERIODS, "[MUSD/yr] every hour's energy is paid at its price")
    def energy_is_paid(b: Any, s: Any, t: Any) -> Any:
        return b.energy_musd_per_year[s, t] == b.hourly_musd_per_year[s, t]

    _minimum_take(m, b, site_of_offer, min_take_share)
    _ledgers(m, b, lead_years, life_years)


def close(m: Any) -> None:
    """Limits on what comes through a connection, once contracts have added their energy to it."""
    b = m.grid

    @subject_to(b, m.SITE_SLICES, "[MW] import and contracts fit the connection")
    def within_connection(b: Any, s: Any, t: Any, h: Any) -> Any:
        return b.through_mw[s, t, h] <= b.carried_mw[s, t, h]

    @subject_to(b, b.CHARGED_SLICES, "[MW] the peak is the largest draw")
    def within_peak(b: Any, s: Any, t: Any, h: Any) -> Any:
        return b.through_mw[s, t, h] <= b.peak_import_mw[s, t]


def _order_stages(b: Any, stage: Floats, site_of_offer: Codes) -> None:
    """A later stage follows an earlier one in proportion."""
    order = np.lexsort((stage, site_of_offer))
    same = site_of_offer[order][1:] == site_of_offer[order][:-1]
    earlier = np.full(b.OFFERS.size, -1)
    earlier[order[1:][same]] = order[:-1][same]
    b.LATER = subset(b.QUEUED, earlier[b.QUEUED.codes[0]] >= 0)
    b.earlier = Link(b.OFFERS, of=b.OFFERS, codes=np.maximum(earlier, 0))

    @subject_to(b, b.LATER, "[1] a later stage follows the earlier one")
    def stages_in_order(b: Any, o: Any, t: Any) -> Any:
        return b.connected_mw[o, t] / b.mw[o] <= b.connected_mw[b.earlier[o], t] / b.mw[b.earlier[o]]


def _whole_stages(b: Any, fixed_musd: Floats, lead_years: Floats, life_years: Floats) -> None:
    """A stage is begun or not, its fixed cost paid at once; a later one begins when the earlier one is full."""
    b.fixed_musd = Numbers(b.OFFERS, fixed_musd, doc="[MUSD] fixed cost of the stage")
    b.fixed_left = ledger.left(b, b.READY, life_years[b.READY.codes[0]], site=b.site_of)
    b.begun = Variables(b.READY, upper=1.0, whole=True, doc="[1] the stage is begun")
    b.begun_by = Total(b.QUEUED, doc="[1] begun by then")
    so_far = accumulated(b.READY, b.QUEUED, b.model().calendar)
    b.begun_by.add("begun", b.READY, lambda b, o, t: b.begun[o, t], so_far)
    b.beginnings = Total(b.OFFERS, doc="[1] beginnings of the stage")
    b.beginnings.add("begun", b.READY, lambda b, o, t: b.begun[o, t])

    @subject_to(b, b.OFFERS, "[1] a stage is begun once")
    def begun_once(b: Any, o: Any) -> Any:
        return b.beginnings[o] <= 1

    @subject_to(b, b.READY, "[MW] only a stage that is begun connects")
    def connected_once_begun(b: Any, o: Any, t: Any) -> Any:
        return b.connected_mw[o, t] <= b.mw[o] * b.begun_by[o, t]

    @subject_to(b, b.LATER, "[1] a stage begins when the earlier one is energised in full")
    def begun_in_order(b: Any, o: Any, t: Any) -> Any:
        return b.begun_by[o, t] <= b.connected_mw[b.earlier[o], t] / b.mw[b.earlier[o]]

    ledger.payment(
        b,
        "L1|grid connection, fixed",
        b.READY,
        lambda b, o, t: b.fixed_musd[o] * b.begun[o, t],
        lead_years=lead_years[b.READY.codes[0]],
        site=b.site_of,
        left=b.fixed_left,
    )


def _minimum_take(m: Any, b: Any, site_of_offer: Codes, min_take_share: Floats) -> None:
    """Pay for the larger of use and a share of what is connected, at the mean price."""
    bound = np.isin(np.arange(m.SITES.size), site_of_offer[min_take_share > 0])
    b.TAKEN = subset(m.SITE_PERIODS, bound[m.SITE_PERIODS.codes[0]])
    b.shortfall_gwh_per_year = Variables(b.TAKEN, doc="[GWh/yr] paid for and not used")
    b.promised_gwh_per_year = Total(b.TAKEN, doc="[GWh/yr] minimum take")
    b.promised_gwh_per_year.add(
        "stages",
        subset(b.QUEUED, min_take_share[b.QUEUED.codes[0]] > 0),
        lambda b, o, t: b.min_take_share[o] * b.gwh_per_mw_year[t] * b.connected_mw[o, t],
        b.site_of,
    )

    @subject_to(b, b.TAKEN, "[GWh/yr] what is promised is taken or paid")
    def take_or_pay(b: Any, s: Any, t: Any) -> Any:
        return b.promised_gwh_per_year[s, t] - b.import_gwh_per_year[s, t] <= b.shortfall_gwh_per_year[s, t]


def _ledgers(m: Any, b: Any, lead_years: Floats, life_years: Floats) -> None:
    m.power.add("grid import", m.SITE_SLICES, lambda b, s, t, h: b.import_mw[s, t, h], block=b)
    m.carbon.add(
        "grid import",
        m.SITE_PERIODS,
        lambda b, s, t: m.years[t] * b.co2_kt_per_gwh[s, t] * b.import_gwh_per_year[s, t],
        block=b,
    )
    b.connection_left = ledger.left(b, b.READY, life_years[b.READY.codes[0]], site=b.site_of)
    ledger.payment(
        b,
        "L1|grid connection",
        b.READY,
        lambda b, o, t: b.connection_musd_per_mw[o] * b.energise_mw[o, t],
        lead_years=lead_years[b.READY.codes[0]],
        site=b.site_of,
        left=b.connection_left,
    )
    ledger.yearly(
        b, "L1|grid charges", b.QUEUED, lambda b, o, t: b.annual_musd_per_mw[o] * b.connected_mw[o, t], site=b.site_of
    )
    ledger.yearly(b, "L1|energy", m.SITE_PERIODS, lambda b, s, t: b.energy_musd_per_year[s, t])
    ledger.yearly(
        b,
        "L1|network charges",
        m.SITE_PERIODS,
        lambda b, s, t: b.network_musd_per_gwh[s, t] * b.import_gwh_per_year[s, t],
    )
    ledger.yearly(
        b, "L1|capacity charge", b.CHARGED, lambda b, s, t: b.capacity_musd_per_mw_year[s, t] * b.peak_import_mw[s, t]
    )
    ledger.yearly(
        b, "L1|minimum take", b.TAKEN, lambda b, s, t: b.mean_musd_per_gwh[s, t] * b.shortfall_gwh_per_year[s, t]
    )
    ledger.flow(
        b,
        "L1|energy beyond the surplus",
        b.BLOCKS,
        lambda b, z, t, h: m.years[t] * m.slice_gwh[h] * b.addition_musd_per_gwh[z, t, h] * b.beyond_mw[z, t, h],
    )


def check(inputs: Inputs) -> list[Problem]:
    """Leads out of order, stages that skip a number, energy that gets cheaper beyond the surplus, missing prices."""
    found = []
    offers, prices = inputs["grid_offers"], inputs["energy_prices"]
    for row in inputs.rows("grid_offers"):
        if not row.lead_months_low <= row.lead_months <= row.lead_months_high:
            message = f"leads of {row.site} stage {row.stage:g} are not in order"
            right = f"between {row.lead_months_low:g} and {row.lead_months_high:g}"
            found.append(row.problem("lead_months", message, right))
    for site, rows in offers.groupby("site", sort=False):
        if sorted(rows["stage"]) != list(range(1, len(rows) + 1)):
            message, at = (
                f"stages of {site} are not numbered 1 to {len(rows)}",
                inputs.first_row("grid_offers", "site", str(site)),
            )
            found.append(Problem("grid_offers", message, at, "stage", right="1, 2, … without gaps"))
    for row in inputs.rows("energy_prices"):
        if row.usd_per_mwh_beyond < row.usd_per_mwh:
            message = f"energy of {row.zone} gets cheaper beyond the surplus"
            found.append(row.problem("usd_per_mwh_beyond", message, f"at least {row.usd_per_mwh:g}"))
    for zone, rows in prices.groupby("zone", sort=False):
        given = set(rows["period"])
        missing = [] if "" in given else [t for t in inputs["periods"]["period"] if t not in given]
        if missing:
            message, at = (
                f"zone {zone} has no price in {', '.join(missing)}",
                inputs.first_row("energy_prices", "zone", str(zone)),
            )
            right = "a row for each period, or one with a blank period for the rest"
            found.append(Problem("energy_prices", message, at, "period", right=right))
    return found
