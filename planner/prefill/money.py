"""Budgets and policies.

A budget is the year's money of a layer times the length of the period: what was announced at home, the part of it that
this plan carries and the private share stand in the notes of `plan_budgets`. Countries without a programme take shares
of their product (`gdp_share_per_year`), the same for all.

Ceilings of carbon and water are a year's, times the length of the period; shares hold as they are. A policy with
`starts` holds from the first period that begins then or later.
"""

from __future__ import annotations

from collections.abc import Iterator

from compute_lp.columns import amount, choice, key, month, share
from compute_lp.ledger import LAYERS
from compute_lp.schema import Inputs, Problem, Row
from compute_lp.sovereignty import POLICIES
from planner.prefill.case import PERIODS, Case, Period, atlas_table, judged, number
from planner.prefill.sheet import Judged, Sheet

CEILINGS = ("carbon_kt_max", "water_ml_max")
"""Policies whose value is an amount of a year; the others are shares."""

TABLES = (
    atlas_table(
        "plan_budgets",
        "a layer's money in a period, either stated or as a share of the country's product",
        key("plan", "programme, or default", "plans.plan"),
        choice("layer", "L1 compute, L2 models, L3 platform, L4 applications", LAYERS, key=True),
        key("period", "period"),
        amount("musd_per_year", "money a year; blank: by the share", "MUSD/year", None),
        share("gdp_share_per_year", "share of the country's product a year; blank: as stated", None),
    ),
    atlas_table(
        "budget_layers",
        "a layer of the budget",
        choice("layer", "layer", LAYERS, key=True),
        share("carry_share", "share of what is left over that may be carried into the next period"),
    ),
    atlas_table(
        "plan_policies",
        "a policy of a programme",
        key("plan", "programme, or default", "plans.plan"),
        choice("policy", "which policy", POLICIES, key=True),
        month("starts", "holds in periods that begin then or later; blank: in all", ""),
        amount("value", "a share, or kt of carbon or ML of water a year", ""),
    ),
)
ASSUMPTIONS = (
    (
        "Budgets are public money and what follows it, not public money alone; amounts by year are a judgement",
        "announced totals say neither in which years they are spent nor for whom; most capacity announced is for "
        "tenants from abroad and for training at the frontier, which isn't demand of this plan",
        "low",
        "budgets.musd",
    ),
)


def sheets(case: Case) -> list[Sheet]:
    """The sheets budgets and policies."""
    return [_budgets(case), _policies(case)]


def _budgets(case: Case) -> Sheet:
    sheet = Sheet("budgets")
    years = {period.name: period.years for period in PERIODS}
    for row in case.rows("plan_budgets"):
        sheet.add(
            layer=row.layer,
            period=row.period,
            musd=_times(_a_year(case, row), years[row.period]),
            carry_share=judged(case.row("budget_layers", layer=row.layer), "carry_share"),
            source="atlas-plan_budgets; atlas-programmes"
            if number(row, "gdp_share_per_year") is None
            else "atlas-plan_budgets; atlas-countries",
            confidence=row.confidence,
            note=row.note,
        )
    return sheet


def _a_year(case: Case, row: Row) -> Judged | float:
    stated = judged(row, "musd_per_year")
    if stated is not None:
        return stated
    product = float(case.country.gdp_usd_per_head * case.country.population_m)
    by_share = judged(row, "gdp_share_per_year", product)
    assert by_share is not None, "one of the two stands in every row: `check`"
    return by_share


def _times(value: Judged | float, factor: float) -> Judged | float:
    if isinstance(value, Judged):
        return Judged(value.value * factor, value.low * factor, value.high * factor)
    return value * factor


def _policies(case: Case) -> Sheet:
    sheet = Sheet("policies")
    for row in case.rows("plan_policies"):
        value = judged(row, "value")
        assert value is not None, "the schema wants one"
        periods = _periods(row)
        for period in periods:
            yearly = row.policy in CEILINGS
            sheet.add(
                policy=row.policy,
                period=period.name if yearly or len(periods) < len(PERIODS) else "",
                value=_times(value, period.years) if yearly else value,
                source="atlas-plan_policies",
                confidence=row.confidence,
                note=row.note if period is periods[0] else "",
            )
            if not yearly and len(periods) == len(PERIODS):
                break
    return sheet


def _periods(row: Row) -> list[Period]:
    return [period for period in PERIODS if period.start >= row.starts]


def check(atlas: Inputs) -> Iterator[Problem]:
    """Budgets of unknown periods, with two amounts or none, or with a period left out; shares above 1."""
    names = [period.name for period in PERIODS]
    found: dict[tuple[str, str], list[str]] = {}
    for row in atlas.rows("plan_budgets"):
        found.setdefault((row.plan, row.layer), []).append(row.period)
        if row.period not in names:
            yield row.problem("period", "no period of a plan", f"one of {', '.join(names)}")
        if (number(row, "musd_per_year") is None) == (number(row, "gdp_share_per_year") is None):
            yield row.problem("musd_per_year", "a budget is stated, or a share of the product", "one of the two")
    for (plan, layer), periods in found.items():
        missing = [name for name in names if name not in periods]
        if missing:
            yield Problem(
                "plan_budgets", f"{plan} has no money for {layer} in {', '.join(missing)}", right="a row each"
            )
    for row in atlas.rows("plan_policies"):
        if row.policy not in CEILINGS and row.value > 1:
            yield row.problem("value", "a share above 1", "0 to 1")
        if not _periods(row):
            yield row.problem("starts", "after the last period begins", f"at most {PERIODS[-1].start}")
