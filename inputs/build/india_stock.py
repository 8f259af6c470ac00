"""India programme: what can be had of each accelerator, what stands, what can be rented."""

from __future__ import annotations

from periods import PERIODS
from sheets import Judged, Sheet

ARRIVALS = {
    "h100": (2000, 2000, 1000, 0, 0, 0, 0, 0, 0, 0, 0),
    "h200": (4000, 5000, 5000, 3000, 0, 0, 0, 0, 0, 0, 0),
    "gb300": (3000, 5000, 7000, 8000, 14000, 10000, 0, 0, 0, 0, 0),
    "mi355x": (1500, 2500, 3500, 4000, 6000, 0, 0, 0, 0, 0, 0),
    "vr200": (0, 0, 2000, 4000, 12000, 20000, 24000, 24000, 0, 0, 0),
    "mi455x": (0, 0, 500, 1500, 4000, 6000, 8000, 8000, 8000, 8000, 8000),
    "next_2029": (0, 0, 0, 0, 0, 6000, 16000, 26000, 32000, 36000, 40000),
}
"""Most that can arrive in each period. India's pool of 38,000 was 1.3 % of the 3.0 million in the hands of all but the
six named owners at the end of 2025; the same part of yearly shipments (5.7 million in 2026, a third of them to those
others, growing by about a quarter a year) is 24,000 in 2026, 38,000 in 2028, 60,000 in 2030, of all types."""


def supply() -> Sheet:
    """What the programme can get of each accelerator in each period.

    No row where none can arrive anyway, by release, lead time and last order.
    """
    sheet = Sheet("supply")
    for name, units in ARRIVALS.items():
        for period, most in zip(PERIODS, units, strict=True):
            if not most:
                continue
            sheet.add(
                accelerator=name,
                period=period.name,
                max_units=Judged(most, most // 2, most * 2),
                source="atlas-supply; programme",
                confidence="low",
                note="judgement: 1.3 % of what the vendors ship to buyers outside the six largest",
            )
    return sheet


def fleet() -> Sheet:
    """What stands at plan start and is committed to the programme; the rest of the pool is rented."""
    sheet = Sheet("fleet")
    rows = (
        (
            "mumbai",
            "h100",
            "2025-03",
            Judged(8192, 4096, 9216),
            "medium",
            "trak-14000; efy-17300",
            "the largest bidder's 8,192 H100, half of them let to one model maker; campus is a judgement",
        ),
        (
            "noida",
            "h100",
            "2025-08",
            Judged(2048, 1024, 4096),
            "low",
            "trak-14000; programme",
            "part of the 4,000 due by August 2025",
        ),
        (
            "hyderabad",
            "h200",
            "2025-08",
            Judged(1536, 512, 2048),
            "low",
            "trak-14000; programme",
            "part of the 4,000 due by August 2025",
        ),
        ("chennai", "h200", "2026-02", Judged(1024, 512, 2048), "low", "programme", "later rounds of the pool"),
    )
    for site, accelerator, installed, units, confidence, source, note in rows:
        sheet.add(
            site=site,
            accelerator=accelerator,
            installed=installed,
            units=units,
            source=source,
            confidence=confidence,
            note=note,
        )
    return sheet


def clouds() -> Sheet:
    """What can be rented: the national pool, a foreign operator's home region, and a foreign region."""
    sheet = Sheet("clouds")
    pool = (
        "national pool: 38,000 of which 70 % high-end (26,600), less the committed fleet (12,800); price before "
        "subsidy; empanelled for 36 + 12 months"
    )
    rows = (
        (
            "pool_h100",
            "IN",
            "IN",
            "h100",
            Judged(1.37, 1.10, 1.79),
            Judged(8000, 5000, 12000),
            1.4,
            "yes",
            "2029-07",
            "medium",
            f"{pool}; market average INR 115/h [92 to 150]",
            "dailydigest-gpu; efy-17300; atlas-programmes",
        ),
        (
            "pool_h200",
            "IN",
            "IN",
            "h200",
            Judged(1.75, 1.40, 2.40),
            Judged(5800, 3000, 9000),
            1.4,
            "yes",
            "2029-07",
            "low",
            f"{pool}; H100's price times the ratio of chip prices",
            "dailydigest-gpu; atlas-prices",
        ),
        (
            "hyperscaler_in",
            "IN",
            "US",
            "h200",
            Judged(3.41, 2.6, 4.5),
            Judged(6000, 3000, 12000),
            1.4,
            "yes",
            "",
            "low",
            "a US operator's region in India, at the spot index of 2026; size is a judgement",
            "atlas-prices",
        ),
        (
            "hyperscaler_sg",
            "SG",
            "US",
            "gb300",
            Judged(5.6, 4.5, 7.0),
            Judged(10000, 5000, 30000),
            1.25,
            "yes",
            "",
            "low",
            "a US operator abroad: index of B200 5.3, plus 5 %; size is a judgement",
            "atlas-prices",
        ),
    )
    for cloud, country, operator, accelerator, price, units, pue, trains, to, confidence, note, source in rows:
        sheet.add(
            cloud=cloud,
            country=country,
            operator_country=operator,
            accelerator=accelerator,
            usd_per_hour=price,
            price_change_per_year=Judged(-0.08, -0.2, 0.1),
            term_years=1,
            max_units=units,
            pue=pue,
            trains=trains,
            available_to=to,
            source=source,
            confidence=confidence,
            note=note,
        )
    return sheet
