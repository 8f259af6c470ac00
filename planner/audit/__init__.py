"""The second computation: cost, energy, carbon, water and every balance, from the result tables and the inputs alone.

Written from the formulation and not from the programme's rows: what both get wrong in the same way was thought wrong
twice. Where a result table doesn't hold enough, the figure is enclosed between the least and the most it can be.
"""

from __future__ import annotations

import pandas as pd

from planner.audit.checks import AuditFailure, Checks
from planner.audit.control import check_caps, check_permission
from planner.audit.known import Known
from planner.audit.machines import Machines
from planner.audit.money import Days, Money
from planner.audit.policy import check_budgets, check_objective, check_sovereignty
from planner.audit.power import Power
from planner.audit.tokens import Tokens, check_draw
from planner.plan import Plan

__all__ = ["AuditFailure", "audit"]


def audit(plan: Plan, tables: dict[str, pd.DataFrame]) -> dict[str, float | str | bool]:
    """Largest relative deviation of each check, by "audit <check>"; only for a plan that exists.

    `tables` as `planner.results.tables` gives them. Raises AuditFailure, a sentence with the check, the place and the
    figures, for the first check whose deviation exceeds `checks.TOLERANCE`.
    """
    checks = Checks()
    known = Known(plan.inputs, tables)
    machines, power = Machines(known), Power(known)
    tokens = Tokens(known, machines)
    power.check(checks)
    machines.check(checks)
    check_permission(known, machines, checks)
    check_caps(known, machines, checks)
    tokens.check(checks)
    clouds_mw = check_draw(known, machines, tokens, checks)
    check_sovereignty(known, power, machines, tokens, clouds_mw, checks)
    days = Days([str(zone) for zone in plan.model.ZONES.labels()], plan.model.days.days, plan.model.days.price_index)
    days.check(known, checks)
    Money(known, power, machines, tokens, days).check(checks)
    check_budgets(known, checks)
    check_objective(known, tokens, plan, checks)
    return {f"audit {name}": deviation for name, deviation in checks.worst.items()}
