"""India programme: countries, sites, connections, energy assets."""

from __future__ import annotations

from dataclasses import dataclass

from reference import Reference
from sheets import Judged, Sheet


@dataclass(frozen=True)
class Place:
    """A site: the row of the reference file it is taken from, and what that file doesn't say about it.

    `lease_it_mw`: hall space in standing colocation that the programme can have at plan start; `build_mw_per_year`:
    fastest fit-out. `own`: the place is in the reference file itself, not only like one that is.
    """

    name: str
    country: str
    zone: str
    like: str
    max_it_mw: Judged
    lease_it_mw: Judged
    build_mw_per_year: Judged
    fixed_musd: Judged
    opex_usd_per_kw_year: Judged
    pue_peak: Judged
    why: str
    own: bool = True
    latitude: float | None = None
    longitude: float | None = None
    min_it_mw: Judged | None = None
    sources: str = "atlas-sites"


PLACES = (
    Place(
        "mumbai",
        "IN",
        "IN-MH",
        "Mumbai / Navi Mumbai",
        Judged(150, 80, 300),
        Judged(12.5, 12, 30),
        Judged(40, 25, 70),
        Judged(15, 8, 30),
        Judged(150, 100, 220),
        Judged(1.5, 1.45, 1.6),
        "largest market (916 MW planned to 2028, of which the programme a sixth); standing halls hold the existing "
        "fleet",
        sources="atlas-sites; cw-hyderabad-2024; trak-14000",
    ),
    Place(
        "chennai",
        "IN",
        "IN-TN",
        "Chennai",
        Judged(100, 50, 150),
        Judged(2, 1.5, 10),
        Judged(25, 15, 40),
        Judged(12, 6, 25),
        Judged(150, 100, 220),
        Judged(1.5, 1.45, 1.6),
        "152 MW planned in the city to 2028; cable landing",
        sources="atlas-sites; cw-hyderabad-2024",
    ),
    Place(
        "jamnagar",
        "IN",
        "IN-GJ",
        "Jamnagar (Reliance)",
        Judged(400, 120, 1000),
        Judged(0, 0, 40),
        Judged(80, 40, 200),
        Judged(30, 15, 60),
        Judged(140, 100, 220),
        Judged(1.5, 1.45, 1.6),
        "3 GW announced; the programme's part and pace are a judgement, the state of the first 120 MW isn't confirmed",
        min_it_mw=Judged(20, 10, 50),
        sources="atlas-sites; atlas-programmes",
    ),
    Place(
        "hyderabad",
        "IN",
        "IN-TS",
        "Chennai",
        Judged(120, 60, 200),
        Judged(3, 2.3, 10),
        Judged(30, 15, 50),
        Judged(12, 6, 25),
        Judged(150, 100, 220),
        Judged(1.5, 1.45, 1.6),
        "not in the reference file: costs, PUE and water as Chennai; second in planned capacity (261 MW to 2028)",
        own=False,
        latitude=17.38,
        longitude=78.48,
        sources="atlas-sites; cw-hyderabad-2024",
    ),
    Place(
        "noida",
        "IN",
        "IN-UP",
        "Chennai",
        Judged(80, 40, 150),
        Judged(3.2, 3, 10),
        Judged(20, 10, 40),
        Judged(12, 6, 25),
        Judged(150, 100, 220),
        Judged(1.55, 1.45, 1.65),
        "not in the reference file: costs, PUE and water as Chennai; nearest to the ministries",
        own=False,
        latitude=28.54,
        longitude=77.39,
    ),
    Place(
        "narvik",
        "NO",
        "NO4",
        "Narvik (NO4)",
        Judged(60, 30, 230),
        Judged(0, 0, 0),
        Judged(25, 10, 60),
        Judged(25, 10, 50),
        Judged(250, 180, 350),
        Judged(1.14, 1.1, 1.2),
        "haven; 230 + 290 MW there are already let to others",
        min_it_mw=Judged(10, 5, 25),
        sources="atlas-sites; atlas-programmes",
    ),
    Place(
        "abu_dhabi",
        "AE",
        "AE-AUH",
        "Abu Dhabi (Stargate UAE campus)",
        Judged(100, 40, 300),
        Judged(0, 0, 0),
        Judged(40, 20, 100),
        Judged(25, 10, 50),
        Judged(200, 150, 300),
        Judged(1.5, 1.4, 1.6),
        "haven; a slice of the 5 GW campus, on state-sponsored allocation",
        min_it_mw=Judged(10, 5, 25),
        sources="atlas-sites; atlas-programmes",
    ),
)


def countries(reference: Reference) -> Sheet:
    """Countries: group, carbon intensity of the grid, duty."""
    sheet = Sheet("countries")
    rows = (
        (
            "IN",
            "home",
            "Chennai",
            Judged(-0.03, -0.05, -0.01),
            "national mix; Mumbai's zone 738. Fall of intensity is a judgement",
        ),
        ("NO", "haven", "Narvik (NO4)", Judged(0.0, -0.02, 0.0), "zone NO4, where the only site stands; 27 in NO2"),
        (
            "AE",
            "haven",
            "Abu Dhabi (Stargate UAE campus)",
            Judged(-0.05, -0.08, -0.02),
            "2022, before the last units at Barakah: today's is lower. Fall is a judgement",
        ),
        ("SG", "haven", "Singapore (Jurong)", Judged(-0.02, -0.04, 0.0), "rented capacity only"),
    )
    for country, group, site, change, note in rows:
        row = reference.row("sites", site=site)
        sheet.add(
            country=country,
            group=group,
            grid_co2_kg_per_mwh=row.number("carbon_kgco2_per_mwh"),
            grid_co2_change_per_year=change,
            import_duty=Judged(0.0, 0.0, 0.18) if country == "IN" else 0,
            source="atlas-sites",
            confidence="low",
            note=f"{row['carbon_basis']}; {note}"
            + (
                "; servers bear no customs duty, the integrated tax of 18 % is creditable (high: it isn't)"
                if country == "IN"
                else ""
            ),
        )
    for country, group, note in (
        ("US", "allied", "vendor of every accelerator here, operator of the hyperscale clouds, origin of the api"),
        ("CN", "other", "origin of some open bases"),
    ):
        sheet.add(country=country, group=group, source="programme", confidence="medium", note=note)
    return sheet


def sites(reference: Reference) -> Sheet:
    """Sites."""
    sheet = Sheet("sites")
    for place in PLACES:
        row = reference.row("sites", site=place.like)
        cost = row.number("construction_usd_per_w_it")
        sheet.add(
            site=place.name,
            country=place.country,
            zone=place.zone,
            max_it_mw=place.max_it_mw,
            existing_it_mw=place.lease_it_mw,
            build_months=Judged(row.number("construction_lead_months"), 14, 30),
            fitout_usd_per_w=Judged(cost, 0.85 * cost, 1.5 * cost),
            fixed_musd=place.fixed_musd,
            max_build_mw_per_year=place.build_mw_per_year,
            opex_usd_per_kw_year=place.opex_usd_per_kw_year,
            pue=row.number("pue_mid"),
            pue_peak=place.pue_peak,
            water_l_per_kwh=row.number("wue_l_per_kwh"),
            hall_life_years=20,
            existing_mw=Judged(*(1.1 * place.pue_peak.value * each for each in _all(place.lease_it_mw))),
            min_it_mw=place.min_it_mw,
            latitude=row.number("lat") if place.latitude is None else place.latitude,
            longitude=row.number("lon") if place.longitude is None else place.longitude,
            source=place.sources,
            confidence=row["confidence"] if place.own else "low",
            note=f"{place.why}. Construction: {row['construction_basis']}; high end for liquid cooling. Maximum, "
            "leased halls, pace, "
            f"opening and operation are judgements; the standing connection is 1.1 times the leased halls at peak PUE",
        )
    return sheet


def _all(judged: Judged) -> tuple[float, float, float]:
    return judged.value, judged.low, judged.high
