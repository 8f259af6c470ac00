"""India programme: adoption, budgets, policies."""

from __future__ import annotations

from india_workloads import WORKLOADS, tokens_t
from periods import PERIODS, Period
from reference import Reference
from sheets import Judged, Sheet

USERS = (
    (
        "public_office",
        0.20,
        0.1,
        0.4,
        "training and roll-out of 25 USD a user, whose year in the thirties is 5 M tokens",
    ),
    ("public_citizen", 0.10, 0.05, 0.2, "a service of 1 MUSD reaches 8 million users of 12,000 tokens a year"),
    ("public_tutor", 0.30, 0.15, 0.6, "4 USD a pupil for teachers and material, whose year is 1.2 M tokens"),
    ("public_documents", 0.10, 0.05, 0.2, "integration of a register for 1 MUSD brings 300 million documents"),
    ("public_voice", 0.10, 0.05, 0.2, "a helpline for 1 MUSD brings 500 million turns of 200 tokens"),
    ("regulated_assistant", 0.20, 0.1, 0.4, "as the public office"),
    ("regulated_agents", 2.0, 1.0, 4.0, "500 USD a seat, whose year in the thirties is a billion tokens"),
    ("regulated_documents", 0.15, 0.07, 0.3, "as public documents, larger registers"),
    ("regulated_voice", 0.15, 0.07, 0.3, "as public voice, larger lines"),
)
START_SHARE = 1.1
"""Tokens taken up at the start without spending: the first period's demand and a tenth."""


def adoption(reference: Reference) -> Sheet:
    """How fast the public and regulated tiers take tokens up; the wider economy pays for it by itself."""
    sheet = Sheet("adoption")
    by_name = {workload.name: workload for workload in WORKLOADS}
    for name, uptake, low, high, why in USERS:
        start = START_SHARE * tokens_t(reference, by_name[name], PERIODS[0].middle)[1]
        sheet.add(
            workload=name,
            start_t_per_year=Judged(start, 0.5 * start, 1.5 * start),
            uptake_t_per_year_per_musd=Judged(uptake, low, high),
            source="programme; atlas-workloads",
            confidence="low",
            note=f"judgement: {why}",
        )
    return sheet


LAYER_MUSD_PER_YEAR = {
    "L1": (500, 700, 1000, 1200, 1600, 1600, 1800, 2000, 2300, 2600, 2600),
    "L2": (130, 120, 120, 120, 160, 180, 220, 260, 300, 350, 400),
    "L3": (60, 80, 110, 150, 220, 320, 450, 620, 850, 1150, 1500),
    "L4": (140, 160, 200, 240, 320, 400, 450, 500, 550, 600, 600),
}
CARRY = {
    "L1": Judged(0.8, 0.5, 1.0),
    "L2": Judged(0.2, 0.0, 0.5),
    "L3": Judged(0.5, 0.2, 0.8),
    "L4": Judged(0.5, 0.2, 0.8),
}
LAYER_WHY = {
    "L1": "announced: INR 4,563 crore of the mission for compute to 2029 (110 MUSD a year), its doubling to 2030 "
    "proposed; with three to ten "
    "times that from operators who build for the pool (25 bn and 15 bn USD announced at Jamnagar and Visakhapatnam)",
    "L2": "announced: innovation centre and datasets, about a fifth of the mission (50 MUSD a year), and as much from "
    "makers of models",
    "L3": "platform: what users and departments pay for operation, in proportion to tokens",
    "L4": "announced: applications, skills, start-ups, about a third of the mission (80 MUSD a year), and as much "
    "again from users",
}


def budgets() -> Sheet:
    """Money by layer and period, of the period as a whole."""
    sheet = Sheet("budgets")
    for layer, yearly in LAYER_MUSD_PER_YEAR.items():
        for period, amount in zip(PERIODS, yearly, strict=True):
            money = amount * period.years
            sheet.add(
                layer=layer,
                period=period.name,
                musd=Judged(money, 0.6 * money, 1.6 * money),
                carry_share=CARRY[layer],
                source="atlas-programmes; trak-14000; programme",
                confidence="low",
                note=f"{LAYER_WHY[layer]}; amounts by year are a judgement" if period is PERIODS[0] else "",
            )
    return sheet


def policies() -> Sheet:
    """Policies. Carbon and water are ceilings of a whole period."""
    sheet = Sheet("policies")

    def add(policy: str, value: Judged, note: str, periods: tuple[Period, ...] = ()) -> None:
        for period in periods or (None,):
            sheet.add(
                policy=policy,
                period=period.name if period else "",
                value=value,
                source="programme",
                confidence="low",
                note=f"judgement: {note}",
            )

    late = tuple(period for period in PERIODS if period.middle > 2029)
    add("home_compute_share_min", Judged(0.7, 0.5, 0.9), "most compute at home; rented capacity counts by its place")
    add("n_minus_1_share", Judged(0.5, 0.4, 0.7), "no site holds more than half", late)
    add("vendor_share_max", Judged(0.9, 0.7, 0.95), "a second vendor holds a tenth", late)
    add(
        "withdrawable_share_max",
        Judged(0.4, 0.2, 0.6),
        "from 2029 six tokens in ten come from weights nobody can withdraw",
        late,
    )
    for period in PERIODS:
        carbon = CARBON_KT_PER_YEAR * period.years
        water = WATER_ML_PER_YEAR * period.years
        add(
            "carbon_kt_max",
            Judged(carbon, 0.5 * carbon, 2 * carbon),
            "ceiling of the programme's own pledge",
            (period,),
        )
        add("water_ml_max", Judged(water, 0.5 * water, 2 * water), "ceiling in stressed basins", (period,))
    return sheet


CARBON_KT_PER_YEAR = 500.0
WATER_ML_PER_YEAR = 2000.0
