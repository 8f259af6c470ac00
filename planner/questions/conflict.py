"""Why no plan exists, in the workbook's cells, and the cheapest ways out.

Limits that contradict each other: an irreducible set (`solve.conflict`), none of which can be left out. A way out is
one statement of the workbook, a cell or the cells of one row, that gives way: by as little as makes a plan possible
while all others hold, and then the plan is solved with it, so that ways can be ranked by what the plan costs. Where no
single statement suffices, the least that together would have to give (`plan.shortfalls`) is what there is to say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.plan import Plan
from planner.questions.limits import Cell, Limit, limits_of
from planner.wording import money, number

MOST_WAYS = 8
"""Statements tried as ways out: each costs a solve."""


@dataclass(frozen=True)
class WayOut:
    """A statement that gives way by `amount` (of its largest row, in `unit`), and what the plan then costs; NaN where
    the time was too short to say."""

    limit: Limit
    amount: float
    objective_musd: float

    def sentence(self) -> str:
        cells = "; ".join(map(str, self.limit.cells))
        kind = "more" if np.isfinite(self.limit.upper) else "less"
        if np.isfinite(self.limit.upper) and np.isfinite(self.limit.lower):
            kind = "off"
        cost = "" if np.isnan(self.objective_musd) else f"; the plan then comes to {money(self.objective_musd)}"
        return f"{cells}: {number(self.amount)} {self.limit.unit} {kind} for {self.limit.subject}{cost}"


@dataclass(frozen=True)
class Contradiction:
    """The limits that contradict each other, those stated in the workbook first, and the ways out, cheapest first.
    `whole`: without whole numbers there is a plan."""

    limits: tuple[Limit, ...]
    ways: tuple[WayOut, ...]
    whole: bool

    def lines(self) -> list[str]:
        """In sentences."""
        if self.whole:
            return ["With fractions of runs, sites or stages a plan exists; with whole ones none does."]
        if not self.limits:
            return []
        stated = [limit for limit in self.limits if limit.stated]
        following = sorted({limit.meaning for limit in self.limits if not limit.stated})
        told = ["These can't all hold, and without any one of them the rest can:"]
        told += [f"  · {sentence}" for sentence in dict.fromkeys(limit.sentence() for limit in stated)]
        if following:
            told.append(f"  · and what follows: {'; '.join(following)}")
        if self.ways:
            told.append("Any of these alone makes a plan possible, cheapest first:")
            told += [f"  · {way.sentence()}" for way in self.ways]
        else:
            told.append("No single one of them suffices: there are other contradictions beside this one.")
        return told


def contradiction(plan: Plan, *, progress: Callable[[str], None] | None = None) -> Contradiction:
    """Why a plan that doesn't exist doesn't. Takes a few solves, each within the workbook's time limit."""
    from planner.solve import find_conflict

    limit_s = float(plan.inputs.settings["time_limit_s"])
    found = find_conflict(plan.arrays, time_limit_s=limit_s, progress=progress)
    if found is None:
        return Contradiction((), (), whole=bool(plan.arrays.whole.any()))
    limits = limits_of(plan, found.rows.tolist())
    ordered = sorted(limits, key=lambda limit: not limit.stated)
    return Contradiction(tuple(ordered), tuple(_ways_out(plan, ordered, limit_s, progress)), whole=False)


def _ways_out(
    plan: Plan, limits: list[Limit], time_limit_s: float, progress: Callable[[str], None] | None
) -> list[WayOut]:
    from planner.solve import least_relaxation, relaxed, solve

    statements: dict[tuple[str, tuple[Cell, ...]], Limit] = {}
    for limit in limits:
        if limit.stated:
            statements.setdefault((limit.name, limit.cells), limit)
    ways = []
    for (name, cells), limit in list(statements.items())[:MOST_WAYS]:
        rows = _rows_of_statement(plan, name, cells)
        amounts = least_relaxation(plan.arrays, rows, time_limit_s=time_limit_s, progress=progress)
        if amounts is None or not amounts.any():
            continue
        wider = amounts * (1 + ROOM)
        solution = solve(
            relaxed(plan.arrays, rows, wider),
            gap=float(plan.inputs.settings["gap"]),
            time_limit_s=time_limit_s,
            prices=False,
            progress=progress,
        )
        if solution.status == "infeasible":
            continue  # with whole numbers this statement alone isn't enough
        ways.append(WayOut(limit, float(amounts.max()), solution.objective if solution.x.size else float("nan")))
    return sorted(ways, key=lambda way: (np.isnan(way.objective_musd), way.objective_musd))


ROOM = 1e-6
"""Beyond what is least, so that the plan isn't one single point."""


def _rows_of_statement(plan: Plan, name: str, cells: tuple[Cell, ...]) -> Any:
    """All rows of a constraint that the same cells state."""
    block = plan.arrays.rows[name]
    rows = np.arange(block.start, block.start + block.size)
    told = limits_of(plan, rows.tolist())
    return rows[[limit.cells == cells for limit in told]]


def table(found: Contradiction) -> pd.DataFrame:
    """The contradiction's limits, a row each: constraint, keys, meaning, unit, lower, upper, cells."""
    return pd.DataFrame(
        [
            {
                "constraint": limit.name,
                "keys": "; ".join(f"{key}={value}" for key, value in limit.keys.items()),
                "meaning": limit.meaning,
                "unit": limit.unit,
                "lower": limit.lower,
                "upper": limit.upper,
                "cells": "; ".join(map(str, limit.cells)),
            }
            for limit in found.limits
        ],
        columns=["constraint", "keys", "meaning", "unit", "lower", "upper", "cells"],
    )
