"""Money that may be spent.

sets            BUDGETS: (layer or total, t) with a row
decides         carried[l,t] MUSD carried into the next period
subject to      within_budget: Σ money ≤ musd + carried in · carried_from_leftover: carried ≤ carry_share·(musd +
                carried in − spent) · at_least: Σ money ≥ min_musd
not modelled    borrowing. Resale counts, residual values don't. Nothing is carried past a period without a budget
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp.columns import amount, choice, key, report, share, table
from compute_lp.family import Index, Numbers, Total, Variables, subject_to
from compute_lp.ledger import LAYERS
from compute_lp.schema import Inputs, Price, Problem, Value
from compute_lp.tables import codes, column, subset, text

TABLES = (
    table(
        "budgets",
        "money for a layer, or in total, in a period; no row, no limit",
        choice(
            "layer",
            "L1 compute, L2 models, L3 platform, L4 applications, or all together",
            (*LAYERS, "total"),
            key=True,
        ),
        key("period", "period", "periods.period"),
        amount("musd", "the period's money", "MUSD"),
        share("carry_share", "share of what is left over that may be carried into the next period", 0.0),
        amount("min_musd", "least to be spent; blank: none", "MUSD", None),
    ),
)

TOTAL = "total"
REPORTS = (
    report(
        "budgets",
        "money against budgets",
        ("layer", "period"),
        Value("spent_musd", "MUSD", "spent, resale counted", "spent"),
        Value("budget_musd", "MUSD", "budget of the period", "granted"),
        Value("carried_musd", "MUSD", "carried into the next period", "carried"),
    ),
)
PRICES = (Price("within_budget", "budget", "USD/USD", ("layer", "period"), per="sum"),)


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
    b.spent.add("layer", m.LAYER_PERIODS, lambda b, l, t: m.money[l, t], (b.BUDGETS.find(*layer_rows.codes), layered))
    total_rows = np.flatnonzero(level == len(LAYERS))
    each, row = np.nonzero(m.LAYER_PERIODS.codes[1][:, None] == period[total_rows][None, :])
    b.spent.add("total", m.LAYER_PERIODS, lambda b, l, t: m.money[l, t], (total_rows[row], each))
    b.carried_in = Total(b.BUDGETS, doc="[MUSD] carried in")
    b.carried_in.add("carried", b.CARRY, lambda b, l, t: b.carried[l, t], (following[carries], np.arange(b.CARRY.size)))
    b.granted = Total(b.BUDGETS, doc="[MUSD] budget")
    b.granted.add("budget", b.BUDGETS, lambda b, l, t: b.musd[l, t])

    @subject_to(b, b.BUDGETS, "[MUSD] no more is spent than there is")
    def within_budget(b: Any, l: Any, t: Any) -> Any:
        return b.spent[l, t] <= b.musd[l, t] + b.carried_in[l, t]

    @subject_to(b, b.CARRY, "[MUSD] a share of what is left is carried")
    def carried_from_leftover(b: Any, l: Any, t: Any) -> Any:
        return b.carried[l, t] <= b.carry_share[l, t] * (b.musd[l, t] + b.carried_in[l, t] - b.spent[l, t])

    b.LEAST = subset(b.BUDGETS, np.isfinite(min_musd))
    b.min_musd = Numbers(b.LEAST, min_musd[np.isfinite(min_musd)], doc="[MUSD] least to be spent")

    @subject_to(b, b.LEAST, "[MUSD] at least so much is spent")
    def at_least(b: Any, l: Any, t: Any) -> Any:
        return b.spent[l, t] >= b.min_musd[l, t]


def check(inputs: Inputs) -> list[Problem]:
    """A least spending above the budget."""
    return [
        row.problem(
            "min_musd",
            f"{row.layer} in {row.period} must spend more than it has ({row.musd:g} MUSD)",
            "at most musd",
            "warning",
        )
        for row in inputs.rows("budgets")
        if row.min_musd > row.musd
    ]
