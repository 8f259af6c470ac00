"""Money that may be spent.

sets            BUDGETS: (layer or total, t) with a row
decides         carried[l,t] MUSD carried into the next period
subject to      within_budget: Σ money ≤ musd + carried in · carried_from_leftover: carried ≤ carry_share·(musd + carried in − spent) ·
                at_least: Σ money ≥ min_musd
not modelled    borrowing. Resale counts, residual values don't. Nothing is carried past a period without a budget
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp.family import Family, Index, Numbers, Total, Variables
from compute_lp.ledger import LAYERS
from compute_lp.schema import Column, Inputs, Price, Problem, Report, Table, Value
from compute_lp.tables import codes, column, subset, text

TABLES = (
    Table(
        name="budgets",
        title="Budgets",
        row="money for a layer, or in total, in a period; no row, no limit",
        columns=(
            Column(
                name="layer",
                kind="choice",
                key=True,
                choices=(*LAYERS, "total"),
                meaning="L1 compute, L2 models, L3 platform, L4 applications, or all together",
            ),
            Column(name="period", kind="name", key=True, refers_to=("periods.period",), meaning="period"),
            Column(name="musd", unit="MUSD", low=0, meaning="the period's money"),
            Column(
                name="carry_share",
                unit="share",
                default=0.0,
                low=0,
                high=1,
                meaning="share of what is left over that may be carried into the next period",
            ),
            Column(name="min_musd", unit="MUSD", default=None, low=0, meaning="least to be spent; blank: none"),
        ),
    ),
)

TOTAL = "total"
REPORTS = (
    Report(
        name="budgets",
        meaning="money against budgets",
        keys=("layer", "period"),
        values=(
            Value(name="spent_musd", unit="MUSD", meaning="spent, resale counted", of="spent"),
            Value(name="budget_musd", unit="MUSD", meaning="budget of the period", of="granted"),
            Value(name="carried_musd", unit="MUSD", meaning="carried into the next period", of="carried"),
        ),
    ),
)
PRICES = (Price(constraint="within_budget", heading="budget", unit="USD/USD", keys=("layer", "period"), per="sum"),)


def build(m: Any, inputs: Inputs) -> None:
    """Declare budgets."""
    b = m.budget
    budgets = inputs["budgets"]
    musd = column(budgets, "musd")
    carry_share = column(budgets, "carry_share")
    min_musd = column(budgets, "min_musd")
    b.LEVELS = Index.of([*LAYERS, TOTAL], doc="layers and total")
    level, period = codes(b.LEVELS, text(budgets, "layer")), codes(m.PERIODS, text(budgets, "period"))
    order = np.lexsort((period, level))
    b.BUDGETS = Index.rows((b.LEVELS, m.PERIODS), (level[order], period[order]))
    musd, carry_share, min_musd = musd[order], carry_share[order], min_musd[order]
    level, period = b.BUDGETS.codes
    following = b.BUDGETS.find(level, period + 1)
    b.CARRY = subset(b.BUDGETS, (following >= 0) & (carry_share > 0))
    carries = b.BUDGETS.find(*b.CARRY.codes)

    b.musd = Numbers(b.BUDGETS, musd, doc="[MUSD] budget")
    b.carry_share = Numbers(b.BUDGETS, carry_share, doc="[1] share that may be carried")
    b.carried = Variables(b.CARRY, doc="[MUSD] carried into the next period")
    b.spent = Total(b.BUDGETS, doc="[MUSD] spent")
    layer_rows = subset(b.BUDGETS, level < len(LAYERS))
    layered = m.LAYER_PERIODS.find(*layer_rows.codes)
    b.spent.add(
        "layer",
        over=m.LAYER_PERIODS,
        rule=lambda b, l, t: m.money[l, t],
        to=(b.BUDGETS.find(*layer_rows.codes), layered, np.ones(layer_rows.size)),
    )
    total_rows = np.flatnonzero(level == len(LAYERS))
    each, row = np.nonzero(m.LAYER_PERIODS.codes[1][:, None] == period[total_rows][None, :])
    b.spent.add(
        "total",
        over=m.LAYER_PERIODS,
        rule=lambda b, l, t: m.money[l, t],
        to=(total_rows[row], each, np.ones(len(each))),
    )
    b.carried_in = Total(b.BUDGETS, doc="[MUSD] carried in")
    b.carried_in.add(
        "carried",
        over=b.CARRY,
        rule=lambda b, l, t: b.carried[l, t],
        to=(following[carries], np.arange(b.CARRY.size), np.ones(b.CARRY.size)),
    )
    b.granted = Total(b.BUDGETS, doc="[MUSD] budget")
    b.granted.add("budget", over=b.BUDGETS, rule=lambda b, l, t: b.musd[l, t], to=lambda b, l, t: (l, t))

    def within_budget(b: Any, l: Any, t: Any) -> Any:
        return b.spent[l, t] <= b.musd[l, t] + b.carried_in[l, t]

    b.within_budget = Family(b.BUDGETS, rule=within_budget, doc="[MUSD] no more is spent than there is")

    def carried_from_leftover(b: Any, l: Any, t: Any) -> Any:
        return b.carried[l, t] <= b.carry_share[l, t] * (b.musd[l, t] + b.carried_in[l, t] - b.spent[l, t])

    b.carried_from_leftover = Family(
        b.CARRY, rule=carried_from_leftover, doc="[MUSD] a share of what is left is carried"
    )
    b.LEAST = subset(b.BUDGETS, np.isfinite(min_musd))
    b.min_musd = Numbers(b.LEAST, min_musd[np.isfinite(min_musd)], doc="[MUSD] least to be spent")

    def at_least(b: Any, l: Any, t: Any) -> Any:
        return b.spent[l, t] >= b.min_musd[l, t]

    b.at_least = Family(b.LEAST, rule=at_least, doc="[MUSD] at least so much is spent")


def check(inputs: Inputs) -> list[Problem]:
    """A least spending above the budget."""
    return [
        Problem(
            "budgets",
            f"{row.layer} in {row.period} must spend more than it has ({row.musd:g} MUSD)",
            row=i,
            column="min_musd",
            value=row.min_musd,
            right="at most musd",
            severity="warning",
        )
        for i, row in enumerate(inputs["budgets"].itertuples())
        if row.min_musd > row.musd
    ]
