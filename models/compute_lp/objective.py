"""What the plan is for.

derives         value_served[t], value_unserved[t] MUSD, discounted flows of value·tokens
least_cost      minimise Σ discounted money, residual values off, + Σ value_unserved
most_served     first maximise Σ value_served, then minimise Σ discounted money with at least (1 −
                most_served_tolerance) of it: two programmes over the same rows, the second with one row more (see the
                planner's solve)
not modelled    the value of input tokens; risk
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from compute_lp.family import Numbers, Objective, Total
from compute_lp.schema import Inputs, Price, Problem, Report, Table
from compute_lp.tables import subset

TABLES: tuple[Table, ...] = ()
REPORTS: tuple[Report, ...] = ()
PRICES: tuple[Price, ...] = ()


def build(m: Any, inputs: Inputs) -> None:
    """Declare the objective of the least cost; the value served is a total beside it."""
    b, serving = m.objective, m.serving
    value = np.nan_to_num(m.value_musd_per_t)
    factor = m.calendar.flow_factor
    b.value_musd_per_t = Numbers(m.WORKLOADS, value, doc="[MUSD/Ttoken] value of an output token")
    b.value_served = Total(m.PERIODS, doc="[MUSD] value served, discounted")
    b.value_unserved = Total(m.PERIODS, doc="[MUSD] value of what stays unserved, discounted")
    for total, over, rule in (
        (b.value_served, serving.ANSWERS, lambda b, w, s, m_, t: b.value_musd_per_t[w] * serving.served[w, s, m_, t]),
        (b.value_unserved, serving.DEMANDED, lambda b, w, s, t: b.value_musd_per_t[w] * serving.unserved[w, s, t]),
    ):
        over = subset(over, value[over.codes[0]] > 0)
        total.add("tokens", over, rule, (over.codes[-1], np.arange(over.size), factor[over.codes[-1]]))
    if inputs.settings["objective"] == "least_cost":
        m.goal = Objective(
            rule=lambda m: sum(m.discounted[d] for d in m.DATES) + sum(b.value_unserved[t] for t in m.PERIODS),
            doc="[MUSD] discounted cost and value unserved",
        )
    else:
        m.goal = Objective(rule=lambda m: sum(m.discounted[d] for d in m.DATES), doc="[MUSD] discounted cost")


def check(inputs: Inputs) -> list[Problem]:
    """An objective of value needs values."""
    if (
        inputs.settings["objective"] == "most_served"
        and pd.isna(inputs.settings["unserved_usd_per_mtoken"])
        and inputs["workloads"]["unserved_usd_per_mtoken"].isna().all()
    ):
        message, right = "most_served needs the value of a token", "a value here, or in workloads"
        return [Problem("programme", message, None, "unserved_usd_per_mtoken", right=right)]
    return []
