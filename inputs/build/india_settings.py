"""India programme: settings, periods, currencies, scenarios."""

from __future__ import annotations

from india_zones import INR_PER_USD, TYPICAL_DAYS
from periods import PERIODS
from sheets import Judged, Sheet

WHEN = "2026-11"
LOCAL_HOURS = (
    1.5,
    1.0,
    0.7,
    0.5,
    0.5,
    0.8,
    1.5,
    2.5,
    4.0,
    5.8,
    6.8,
    6.8,
    6.0,
    5.6,
    6.2,
    6.4,
    6.2,
    5.8,
    5.6,
    5.8,
    6.2,
    6.0,
    4.6,
    3.2,
)
"""Weights of a day's serving by Indian hour: offices by day, households in the evening (judgement)."""
UTC_HALF_HOURS_BEHIND = 11


def serving_hours() -> str:
    """24 shares of a day's serving by UTC hour, since the typical days are on UTC: India is 5 h 30 min ahead, so each
    UTC hour takes halves of two Indian ones."""
    halves = [weight / 2 for weight in LOCAL_HOURS for _ in (1, 2)]
    moved = [halves[(2 * hour + half + UTC_HALF_HOURS_BEHIND) % len(halves)] for hour in range(24) for half in (0, 1)]
    total = sum(moved)
    return " ".join(f"{(moved[2 * hour] + moved[2 * hour + 1]) / total:.4f}" for hour in range(24))


def programme() -> Sheet:
    """Settings."""
    sheet = Sheet("programme")
    rows: tuple[tuple[str, str | float | Judged, str], ...] = (
        ("name", "India: sovereign AI compute, 2027 to 2035", ""),
        ("home", "IN", ""),
        ("base_year", "2026", "all money is real, of 2026"),
        ("plan_start", "2027-01", f"today is {WHEN}"),
        (
            "discount_rate",
            Judged(0.065, 0.04, 0.085),
            "10.5 % nominal cost of capital in the reference file, less 4 % inflation",
        ),
        ("objective", "least_cost", ""),
        ("grid_delay", "central", ""),
        ("representative_days", str(TYPICAL_DAYS), "the profiles sheet already holds typical days"),
        (
            "serving_hours",
            serving_hours(),
            "on UTC, as the typical days: Indian offices by day, households in the evening; judgement",
        ),
        ("flexible_share", Judged(0.2, 0.1, 0.3), "judgement"),
        ("integers", "runs", ""),
        ("most_served_tolerance", "0.001", ""),
        ("gap", "0.005", ""),
        ("time_limit_s", "300", ""),
        ("residual_values", "yes", ""),
    )
    for key, value, note in rows:
        sheet.add(
            key=key,
            value=value,
            source="programme",
            confidence="low" if isinstance(value, Judged) else "medium",
            note=note,
        )
    return sheet


def periods() -> Sheet:
    """Periods."""
    sheet = Sheet("periods")
    for period in PERIODS:
        sheet.add(period=period.name, start=period.start, years=period.years, source="programme", confidence="high")
    return sheet


def currencies() -> Sheet:
    """Currencies."""
    sheet = Sheet("currencies")
    rate = INR_PER_USD
    sheet.add(
        currency="INR",
        usd=Judged(1 / rate.value, 1 / rate.high, 1 / rate.low),
        source="atlas-programmes",
        confidence="medium",
        note=f"{rate.value:g} INR a USD, as the reference files convert",
    )
    return sheet


SCENARIOS: tuple[tuple[str, str, str, tuple[tuple[str, str, str, str, str, str, str], ...]], ...] = (
    ("base", "", "The regime in force", ()),
    (
        "diffusion_rule",
        "base",
        "The diffusion rule of 2025 comes back",
        (
            (
                "control",
                "export_rules",
                "rule=diffusion_in,diffusion_ae,diffusion_no",
                "from",
                "set",
                "2027-01",
                "wakes the rules; the allocation of 790 million TPP in three years is a pot, unused permission banks "
                "within them",
            ),
        ),
    ),
    (
        "tightened",
        "base",
        "Yearly ceilings on a country outside the alliance",
        (
            (
                "control",
                "export_rules",
                "rule=tightened_in,tightened_ae,tightened_no",
                "from",
                "set",
                "2027-01",
                "wakes the rules; 790 million TPP a year, not banked",
            ),
        ),
    ),
    (
        "slow_grid",
        "base",
        "Every connection takes its longest wait",
        (("grid", "programme", "", "grid_delay", "set", "high", "long end of the waits in the grid offers"),),
    ),
    (
        "price_shock",
        "base",
        "Accelerators don't get cheaper",
        (
            (
                "price",
                "accelerators",
                "",
                "price_decline_per_year",
                "set",
                "-0.05",
                "rents rose 38 % from October 2025 to March 2026",
            ),
        ),
    ),
)


def scenarios() -> tuple[Sheet, Sheet]:
    """Scenarios and their changes: both control regimes beside the one in force, and two ways the plan can be late or
    dear."""
    heads, changes = Sheet("scenarios"), Sheet("scenario_changes")
    for name, parents, title, rows in SCENARIOS:
        heads.add(
            scenario=name,
            parents=parents,
            title=title,
            run="yes" if name == "base" else "no",
            source="programme",
            confidence="medium",
        )
        for step, (lever, sheet, which, field, change, value, why) in enumerate(rows, 1):
            changes.add(
                scenario=name,
                step=step,
                lever=lever,
                sheet=sheet,
                rows=which,
                field=field,
                change=change,
                value=value,
                why=why,
                source="atlas-export" if lever == "control" else "programme",
                confidence="medium",
            )
    return heads, changes
