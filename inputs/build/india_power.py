"""India programme: stages of grid connections, and what could supply the sites beside the grid."""

from __future__ import annotations

from dataclasses import dataclass

from india_places import PLACES
from reference import Reference
from sheets import Judged, Sheet


@dataclass(frozen=True)
class Offer:
    """A stage of a connection. `months` None: the reference file's wait for the site."""

    site: str
    stage: int
    mw: float
    months: Judged | None
    firm_share: float
    curtailed_hours: float
    min_take_share: float
    why: str


OFFERS = (
    Offer("mumbai", 1, 60, None, 1, 0, 0, "first feeder"),
    Offer("mumbai", 2, 150, Judged(42, 24, 66), 1, 0, 0, "dedicated 400/220 kV at Ambernath, due 2028 at the earliest"),
    Offer("chennai", 1, 50, None, 1, 0, 0, "first feeder"),
    Offer("chennai", 2, 100, Judged(36, 18, 60), 1, 0, 0, "new line, paid for by the developer"),
    Offer("jamnagar", 1, 120, None, 1, 0, 0, "captive complex, first stage as announced"),
    Offer("jamnagar", 2, 440, Judged(36, 24, 60), 1, 0, 0, "captive complex, later stages"),
    Offer("hyderabad", 1, 50, Judged(18, 9, 36), 1, 0, 0, "first feeder; as Chennai"),
    Offer("hyderabad", 2, 120, Judged(36, 18, 60), 1, 0, 0, "new line, paid for by the developer"),
    Offer(
        "noida",
        1,
        30,
        Judged(9, 6, 18),
        0.6,
        440,
        0,
        "temporary access, cut in scarce hours; hours as the 5 % of the Dutch and US offers",
    ),
    Offer("noida", 2, 90, Judged(30, 18, 54), 1, 0, 0, "firm access"),
    Offer("narvik", 1, 40, None, 0.8, 200, 0, "north of Ofoten new load is refused or conditional"),
    Offer("narvik", 2, 40, Judged(84, 60, 120), 1, 0, 0, "after reinforcement"),
    Offer(
        "abu_dhabi",
        1,
        80,
        None,
        1,
        0,
        0.6,
        "state-sponsored allocation, with a minimum take as in US large-load tariffs",
    ),
    Offer("abu_dhabi", 2, 80, Judged(36, 24, 60), 1, 0, 0.6, "second block"),
)


def grid_offers(reference: Reference) -> Sheet:
    """Stages of connections, with low, central and high waits."""
    sheet = Sheet("grid_offers")
    places = {place.name: place for place in PLACES}
    for offer in OFFERS:
        place = places[offer.site]
        row = reference.row("sites", site=place.like)
        months = offer.months or Judged(*(row.number(f"conn_wait_{each}_months") for each in ("mid", "low", "high")))
        cost = row.number("conn_cost_usd_per_kw")
        sheet.add(
            site=offer.site,
            stage=offer.stage,
            mw=Judged(offer.mw, offer.mw / 2, 2 * offer.mw),
            lead_months=months,
            fixed_musd=Judged(2, 1, 5) if offer.stage == 1 else Judged(8, 4, 20),
            usd_per_kw=Judged(cost, 0.6 * cost, 2 * cost),
            annual_usd_per_kw=Judged(8, 4, 20),
            firm_share=_around(offer.firm_share, 0.2),
            curtailed_hours=_around(offer.curtailed_hours, 200),
            min_take_share=_around(offer.min_take_share, 0.25),
            life_years=40,
            source="atlas-sites; atlas-queues" + ("; atlas-energy" if offer.firm_share < 1 else ""),
            confidence=row["confidence"] if offer.months is None else "low",
            note=f"{offer.why}. Wait: {'reference file' if offer.months is None else 'judgement'}; size of the stage "
            "and costs beyond "
            f"{cost:g} USD/kW are judgements",
        )
    return sheet


def energy_assets(reference: Reference) -> Sheet:
    """What could supply the sites beside the grid: captive plants, contracts, a gas bridge that leaves."""
    sheet = Sheet("energy_assets")
    solar = reference.row("energy_options", option="Utility solar PV, own build (EU cost basis)")
    wind = reference.row("energy_options", option="Onshore wind, own build")
    engine = reference.row("energy_options", option="Reciprocating gas engines (BTM)")
    battery = reference.row("energy_options", option="Battery 4 h (Li-ion)")
    hydro = reference.row("energy_options", option="Existing-hydro long PPA (Nordic/Quebec/Iceland)")
    gulf = reference.row("energy_options", option="UAE round-the-clock PV + BESS (5.2 GW PV, 19 GWh)")
    sheet.add(
        site="jamnagar",
        asset="captive_solar",
        kind="solar",
        max_mw=Judged(250, 100, 500),
        lead_months=Judged(20, 12, 30),
        capex_usd_per_kw=Judged(*(solar.number(f"capex_{each}_usd_kw") for each in ("mid", "low", "high"))),
        fixed_usd_per_kw_year=solar.number("fixed_om_usd_kw_yr"),
        life_years=30,
        source="atlas-energy",
        confidence="medium",
        note="European cost basis, near India's; largest size is a judgement",
    )
    sheet.add(
        site="jamnagar",
        asset="captive_wind",
        kind="wind",
        max_mw=Judged(120, 50, 300),
        lead_months=Judged(36, 24, 60),
        capex_usd_per_kw=Judged(1200, 950, wind.number("capex_mid_usd_kw")),
        fixed_usd_per_kw_year=Judged(28, 20, wind.number("fixed_om_usd_kw_yr")),
        variable_usd_per_mwh=2,
        life_years=27,
        source="atlas-energy; programme",
        confidence="low",
        note="the reference file has US cost only (high); Indian cost is a judgement from memory",
    )
    sheet.add(
        site="jamnagar",
        asset="battery",
        kind="battery",
        max_mw=Judged(100, 50, 300),
        lead_months=battery.number("lead_mid_months"),
        capex_usd_per_kw=Judged(500, 400, battery.number("capex_mid_usd_kw")),
        fixed_usd_per_kw_year=Judged(12, 8, 30),
        efficiency=battery.number("efficiency_lhv_or_rt"),
        storage_hours=4,
        life_years=battery.number("lifetime_years"),
        firm_credit=Judged(0.8, 0.5, 0.95),
        source="atlas-energy; saur-bess-2025; constructionworld-bess-2025",
        confidence="medium",
        note="the reference cost predates the fall of cell prices and is the high end; Uttar Pradesh awarded 4 h at "
        "INR 3.6 lakh/MW/month "
        "with INR 27 lakh/MWh of support, worth about 480 USD/kW at 10 % over 12 years",
    )
    solar_contract = Judged(30, 28, 40)
    for site, max_mw in (("mumbai", 150.0), ("hyderabad", 120.0)):
        sheet.add(
            site=site,
            asset="solar_contract",
            kind="contract_solar",
            max_mw=Judged(max_mw, max_mw / 2, 2 * max_mw),
            lead_months=Judged(18, 12, 30),
            variable_usd_per_mwh=solar_contract,
            resale_share=Judged(0.5, 0.2, 0.8),
            source="constructionworld-bess-2025; programme",
            confidence="medium",
            note="recent solar tenders average INR 2.5/kWh, before charges of the network, which the zone adds; size "
            "and resale "
            "are judgements",
        )
    sheet.add(
        site="chennai",
        asset="wind_contract",
        kind="contract_wind",
        max_mw=Judged(100, 50, 200),
        lead_months=Judged(24, 18, 48),
        variable_usd_per_mwh=Judged(42, 36, 50),
        resale_share=Judged(0.5, 0.2, 0.8),
        source="programme",
        confidence="low",
        note="about INR 3.5/kWh in wind tenders, from memory",
    )
    sheet.add(
        site="noida",
        asset="firm_contract",
        kind="contract_firm",
        max_mw=Judged(60, 30, 120),
        lead_months=Judged(24, 18, 36),
        variable_usd_per_mwh=Judged(60, 52, 67),
        resale_share=Judged(0.5, 0.2, 0.8),
        source="pv-magazine-rtc-2025",
        confidence="medium",
        note="round-the-clock renewable tender of May 2025: INR 5.06/kWh; low and high from firm tenders of INR 4.38 "
        "and 5.60; "
        "the tender asks for 80 % of the year's energy, taken as firm",
    )
    for site, max_mw in (("mumbai", 40.0), ("noida", 30.0)):
        sheet.add(
            site=site,
            asset="gas_bridge",
            kind="engine",
            max_mw=Judged(max_mw, max_mw / 2, 2 * max_mw),
            lead_months=Judged(*(engine.number(f"lead_{each}_months") for each in ("mid", "low", "high"))),
            capex_usd_per_kw=Judged(*(engine.number(f"capex_{each}_usd_kw") for each in ("mid", "low", "high"))),
            fixed_usd_per_kw_year=engine.number("fixed_om_usd_kw_yr"),
            variable_usd_per_mwh=12,
            fuel_usd_per_mwh=Judged(37.5, 30, 48),
            efficiency=engine.number("efficiency_lhv_or_rt"),
            life_years=20,
            co2_kg_per_mwh=engine.number("co2_kg_mwh"),
            firm_credit=Judged(0.85, 0.75, 0.96),
            until="2032-01",
            source="atlas-energy; programme",
            confidence="medium",
            note="leaves when the second connection has come; imported gas at 11 USD/MMBtu [9 to 14] is a judgement "
            "(the reference "
            "file's variable cost is for US gas at 4), firm credit for one spare in seven",
        )
    sheet.add(
        site="narvik",
        asset="hydro_contract",
        kind="contract_firm",
        max_mw=Judged(40, 20, 80),
        lead_months=Judged(24, 12, 48),
        variable_usd_per_mwh=Judged(hydro.number("variable_cost_usd_mwh"), 35, 65),
        co2_kg_per_mwh=hydro.number("co2_kg_mwh"),
        resale_share=Judged(0.7, 0.4, 0.9),
        source="atlas-energy",
        confidence="low",
        note="long contracts with existing hydro, 35 to 65 USD/MWh from memory",
    )
    sheet.add(
        site="abu_dhabi",
        asset="solar_storage_contract",
        kind="contract_firm",
        max_mw=Judged(80, 40, 200),
        lead_months=Judged(*(gulf.number(f"lead_{each}_months") for each in ("mid", "low", "high"))),
        variable_usd_per_mwh=Judged(gulf.number("variable_cost_usd_mwh"), 55, 80),
        resale_share=0,
        source="atlas-energy",
        confidence="low",
        note="the 5.2 GW round-the-clock project; price from memory",
    )
    return sheet


def _around(value: float, margin: float) -> float | Judged:
    """A judgement within a margin; a plain 0 or 1 is meant as such."""
    if value in (0, 1):
        return value
    return Judged(value, max(0.0, value - margin), value + margin)
