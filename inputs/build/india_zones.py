"""India programme: price zones, their prices and their typical days."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import profiles
from reference import Reference
from sheets import Judged, Sheet

INR_PER_USD = Judged(84.0, 82.0, 88.0)
"""The reference files convert INR 10,372 crore to USD 1,240 million and INR 4,393 to USD 52.5, which is about 84."""
TYPICAL_DAYS = 4
LOAD_HOURS = 7000
"""Full-load hours over which a capacity charge inside a delivered price is spread."""
MUMBAI_DEGREES_EAST = 72.99
PRICES = "prices_2024_hourly_utc_19zones_local_currency.csv"
SWEDISH_PRICES = "prices_SE1-4_2022_2023_hourly_utc_eur.csv"
WEATHER = "weather_2024_hourly_utc_10cities.csv"
PV = "pv_cf_2024_DERIVED_hourly_utc_10cities.csv"
NORDIC_OUTPUT = "res_cf_2017_hourly_utc_12countries.csv"


@dataclass(frozen=True)
class Zone:
    """A zone: the site of the reference file it is priced by, or a delivered price of our own; capacity charge; output
    of a solar and a wind plant there, as yearly means."""

    name: str
    like: str
    capacity_usd_per_kw_year: Judged
    solar: float
    wind: float
    degrees_east: float
    delivered: Judged | None = None
    why: str = ""


INDIAN_ZONES = (
    Zone("IN-MH", "Mumbai / Navi Mumbai", Judged(60, 30, 90), 0.166, 0.22, 72.99),
    Zone("IN-TN", "Chennai", Judged(60, 30, 90), 0.19, 0.30, 80.27),
    Zone("IN-GJ", "Jamnagar (Reliance)", Judged(10, 0, 40), 0.22, 0.35, 70.06),
    Zone(
        "IN-TS",
        "Chennai",
        Judged(60, 30, 90),
        0.19,
        0.24,
        78.48,
        Judged(90, 77, 104),
        "Telangana isn't in the reference file: between Chennai's and Mumbai's delivered price",
    ),
    Zone(
        "IN-UP",
        "Chennai",
        Judged(60, 30, 90),
        0.18,
        0.15,
        77.39,
        Judged(95, 80, 110),
        "Uttar Pradesh isn't in the reference file: towards Mumbai's delivered price",
    ),
)


def prices(reference: Reference) -> Sheet:
    """Energy prices: the wholesale price, and what is left of the delivered price as network charges.

    The delivered price in the reference file is all-in, so network = delivered - wholesale - capacity charge / load
    hours.
    """
    sheet = Sheet("energy_prices")
    for zone in INDIAN_ZONES:
        row = reference.row("sites", site=zone.like)
        wholesale = row.number("wholesale_price_usd_mwh")
        charge = zone.capacity_usd_per_kw_year
        delivered = zone.delivered or Judged(
            *(row.number(f"delivered_price_{each}_usd_mwh") for each in ("mid", "low", "high"))
        )
        rest = [
            value - wholesale - charge.value * 1000 / LOAD_HOURS
            for value in (delivered.value, delivered.low, delivered.high)
        ]
        sheet.add(
            zone=zone.name,
            usd_per_mwh=wholesale,
            network_usd_per_mwh=Judged(*(max(0.0, each) for each in rest)),
            capacity_usd_per_kw_year=charge,
            growth_per_year=Judged(0.0, -0.01, 0.02),
            source="atlas-sites; hourly-prices-2024",
            confidence="low" if zone.delivered else row["confidence"],
            note=f"delivered {delivered.value:g} USD/MWh all-in [{delivered.low:g} to {delivered.high:g}] less "
            "wholesale "
            f"{wholesale:g} and the capacity charge over {LOAD_HOURS:,} h; the capacity charge is a judgement. "
            f"{zone.why}".strip(),
        )
    narvik = reference.row("sites", site="Narvik (NO4)")
    sheet.add(
        zone="NO4",
        usd_per_mwh=Judged(26.9, 13.8, 40.0),
        network_usd_per_mwh=Judged(16.2, 10, 20),
        surplus_mw=Judged(60, 20, 200),
        usd_per_mwh_beyond=Judged(40.0, 30.0, 60.0),
        growth_per_year=Judged(0.02, 0.0, 0.05),
        source="atlas-sites",
        confidence="low",
        note="mean of 13.8 (January 2025 to January 2026) and 40.0 (January to August 2026): the northern surplus is a "
        "block of MW, "
        f"and moves; network is the 2025 delivered price of {narvik['delivered_price_mid_usd_mwh']} less wholesale; "
        "size of the block "
        "is a judgement (230 + 290 MW are already let to others)",
    )
    gulf = reference.row("sites", site="Abu Dhabi (Stargate UAE campus)")
    sheet.add(
        zone="AE-AUH",
        usd_per_mwh=Judged(*(gulf.number(f"delivered_price_{each}_usd_mwh") for each in ("mid", "low", "high"))),
        source="atlas-sites",
        confidence=gulf["confidence"],
        note="regulated tariff, all-in: no separate network or capacity charge, no hourly price",
    )
    return sheet


def typical(data: Path) -> profiles.Typical:
    """Typical days of all zones together, on UTC: Indian exchange prices and Mumbai weather of 2024, SE1 prices of 2023
    for northern Norway, Norwegian wind and solar output of 2017."""
    price = profiles.read_year(data / PRICES, "IN_INR", 2024)
    sun = profiles.read_year(data / PV, "IN-WE", 2024)
    wind = profiles.read_year(data / WEATHER, "IN-WE|wind10m_kmh", 2024)
    columns: dict[profiles.Key, profiles.Floats] = {}
    for zone in INDIAN_ZONES:
        columns[zone.name, "price_index"] = price / price.mean()
        moved = profiles.shifted(sun, zone.degrees_east - MUMBAI_DEGREES_EAST)
        columns[zone.name, "solar"] = profiles.solar_output(zone.solar, moved)
        columns[zone.name, "wind"] = profiles.wind_output(zone.wind, wind)
    northern = profiles.read_year(data / SWEDISH_PRICES, "SE1", 2023)
    columns["NO4", "price_index"] = northern / northern.mean()
    columns["NO4", "solar"] = profiles.solar_output(0.09, profiles.read_year(data / NORDIC_OUTPUT, "NO|PV", 2017))
    columns["NO4", "wind"] = profiles.solar_output(
        0.35, profiles.read_year(data / NORDIC_OUTPUT, "NO|WIND_ONSHORE", 2017)
    )
    return profiles.typical_days(columns, TYPICAL_DAYS)


def profile_rows(days: profiles.Typical) -> Sheet:
    """The profiles sheet: hours 1 to 96 of each zone, each with the days of the year its day stands for (hour 1 is
    00:00 UTC)."""
    sheet = Sheet("profiles")
    for zone in (*(zone.name for zone in INDIAN_ZONES), "NO4"):
        indian = zone.startswith("IN")
        for slot in range(TYPICAL_DAYS * profiles.HOURS):
            day, hour = divmod(slot, profiles.HOURS)
            sheet.add(
                zone=zone,
                hour=slot + 1,
                days=days.days[day],
                price_index=float(days.columns[zone, "price_index"][day, hour]),
                solar=float(days.columns[zone, "solar"][day, hour]),
                wind=float(days.columns[zone, "wind"][day, hour]),
                source="hourly-prices-2024; hourly-weather-2024" if indian else "hourly-prices-se; hourly-output-2017",
                confidence="medium" if zone == "IN-MH" else "low",
                note=_profile_note(days, zone) if slot == 0 else "",
            )
    return sheet


def _profile_note(days: profiles.Typical, zone: str) -> str:
    lost = f"Lost by the reduction to {TYPICAL_DAYS} typical days: {profiles.stated(days.loss, zone)}."
    if zone == "IN-MH":
        return f"Indian exchange day-ahead price and Mumbai weather of 2024. {lost}"
    if zone == "NO4":
        return (
            f"Shape only: SE1 price of 2023 stands for NO4, Norwegian output of 2017 scaled to Narvik's means. {lost}"
        )
    return f"Same national price; Mumbai's sun moved by longitude and its wind scaled to the zone's mean output. {lost}"
