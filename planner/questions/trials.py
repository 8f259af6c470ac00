"""What-ifs by re-solving a plan, from its basis: something forced in, left out, ranged, or a limit moved.

A reduced cost or a price tells the first unit's worth at one corner of the programme, which misleads where several
columns must move together or the corner is degenerate. A re-solve doesn't: each figure here is the difference of two
proven optima of the same kind. Whole numbers stay as in the plan (`FIXED`), save the item's own, which may be
fractions (`OWN`); where that can't be done all may (`RELAXED`). A plan is compared with the plan solved that same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from compute_lp.schema import Codes, Floats, Mask
from planner.plan import Plan, with_row
from planner.questions.again import optimised
from planner.questions.items import Item, matching
from planner.wording import NOTABLE

if TYPE_CHECKING:
    from compute_lp.family import Arrays
    from planner.solve import Solution

Mode = Literal["fixed", "own", "relaxed"]
SAID = {
    "fixed": "whole numbers as in the plan",
    "own": "whole numbers as in the plan, its own as fractions",
    "relaxed": "fractions in place of whole numbers",
}
WITHIN = 0.01
"""Share of the best cost that may be given up when a decision is ranged."""
STEP = 0.01
"""Of a limit, by which it is moved to see what it is worth."""
PRECISION = 1e-7
"""Of the terms a cost is the sum of: what the proofs of two optima leave open about their difference."""
SMALLEST = 1e-11
"""Coefficients of rows that are asked for: a smaller one is rounding."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """A re-solve: what it costs more than the plan, its point, and how whole numbers were taken. Without a point there
    is no such plan, or (`stopped`) the time was too short to say."""

    extra_musd: float
    x: Floats
    mode: Mode
    stopped: bool = False

    @property
    def exists(self) -> bool:
        return self.x.size > 0


@dataclass(frozen=True)
class Range:
    """Least and most of a measure in plans that cost at most `WITHIN` more; NaN where the time was too short."""

    least: float
    most: float
    mode: Mode


class Trials:
    """Re-solves of one plan about one item, each within the workbook's time limit."""

    def __init__(self, plan: Plan, item: Item, progress: Callable[[str], None] | None = None) -> None:
        self._plan, self._item = plan, item
        self._say = progress or (lambda stage: None)
        self._arrays, _ = optimised(plan)
        self._limit_s = float(plan.inputs.settings["time_limit_s"])
        self._own = self._arrays.whole & _columns_of(plan, item)
        self._base: dict[Mode, float] = {"fixed": plan.solution.objective}
        if plan.solution.relaxation_objective is not None:
            self._base["relaxed"] = plan.solution.relaxation_objective
        cost = self._arrays.cost
        terms = float(np.abs(cost) @ np.abs(plan.solution.x))
        self.rounding_musd = PRECISION * max(abs(plan.solution.objective), terms)

    def having(self, what: str, weights: Floats, *, at_least: float = -np.inf, at_most: float = np.inf) -> Outcome:
        """The plan with weights @ x held between `at_least` and `at_most`."""
        return self._changed(what, lambda arrays: asking(arrays, weights, at_least, at_most))

    def without_rows(self, what: str, rows: Codes) -> Outcome:
        """The plan without the limits of some rows."""
        lower, upper = self._arrays.row_lower.copy(), self._arrays.row_upper.copy()
        lower[rows], upper[rows] = -np.inf, np.inf
        return self._changed(what, lambda arrays: replace(arrays, row_lower=lower, row_upper=upper))

    def moved(self, what: str, row: int, amount: float) -> Outcome:
        """The plan with the limit of a row moved up by `amount`, whole numbers fixed."""
        lower, upper = self._arrays.row_lower.copy(), self._arrays.row_upper.copy()
        lower[row] += amount
        upper[row] += amount
        return self._outcome(what, "fixed", replace(self._in_mode("fixed"), row_lower=lower, row_upper=upper))

    def ranged(self, what: str, weights: Floats, constant: float) -> Range:
        """Least and most of weights @ x + constant among plans that cost at most `WITHIN` more than the best."""
        mode: Mode = "relaxed" if self._own.any() else "fixed"
        best = self._plan.solution.objective
        most_musd = best + WITHIN * abs(best) - self._arrays.offset
        within = asking(self._in_mode(mode), self._arrays.cost, -np.inf, most_musd)
        ends = []
        for sign, word in ((1.0, "least"), (-1.0, "most")):
            toward = np.where(np.abs(weights) > SMALLEST, sign * weights, 0.0)
            if at_its_end(within, toward, self._plan.solution.x):
                ends.append(float(weights @ self._plan.solution.x) + constant)
                continue
            asked = replace(within, cost=toward, offset=sign * constant)
            ends.append(sign * self._solve(f"{word} {what}", asked, warm=False).objective)
        return Range(ends[0], ends[1], mode)

    def _changed(self, what: str, change: Callable[[Arrays], Arrays]) -> Outcome:
        modes: list[Mode] = ["own" if self._own.any() else "fixed"]
        if self._arrays.whole.any():
            modes.append("relaxed")
        for mode in modes:
            outcome = self._outcome(what, mode, change(self._in_mode(mode)))
            if outcome.exists or outcome.stopped:
                break
        return outcome

    def _outcome(self, what: str, mode: Mode, arrays: Arrays) -> Outcome:
        solution = self._solve(what, arrays)
        if not solution.x.size:
            return Outcome(np.nan, solution.x, mode, solution.status == "stopped")
        extra = solution.objective - self._base_musd(mode)
        return Outcome(0.0 if abs(extra) <= self.rounding_musd else extra, solution.x, mode)

    def _base_musd(self, mode: Mode) -> float:
        """What the plan costs when solved that way."""
        if mode not in self._base:
            self._base[mode] = self._solve("the plan to compare with", self._in_mode(mode)).objective
        return self._base[mode]

    def _in_mode(self, mode: Mode) -> Arrays:
        arrays = self._arrays
        held = {"fixed": arrays.whole, "own": arrays.whole & ~self._own, "relaxed": np.zeros_like(arrays.whole)}[mode]
        lower, upper = arrays.lower.copy(), arrays.upper.copy()
        lower[held] = upper[held] = self._plan.solution.x[held]
        return replace(arrays, lower=lower, upper=upper, whole=np.zeros_like(arrays.whole))

    def _solve(self, what: str, arrays: Arrays, *, warm: bool = True) -> Solution:
        """From the plan's basis; or from nothing, which is faster where the whole objective is another."""
        from planner.solve import solve_from

        self._say(f"re-solving: {what}")
        basis = self._plan.solution.basis if warm else None
        return solve_from(arrays, basis, time_limit_s=self._limit_s, prices=False)


def asking(arrays: Arrays, weights: Floats, lower: float, upper: float) -> Arrays:
    """The arrays with one row more, lower <= weights @ x <= upper, without what is rounding in the weights."""
    return with_row(arrays, np.where(np.abs(weights) > SMALLEST, weights, 0.0), lower, upper)


def at_its_end(arrays: Arrays, weights: Floats, x: Floats) -> bool:
    """Whether the bounds of the columns alone let weights @ x be no less than it is."""
    with np.errstate(invalid="ignore"):
        ends = np.where(weights > 0, weights * arrays.lower, np.where(weights < 0, weights * arrays.upper, 0.0))
    return float(weights @ x) <= float(ends.sum()) + NOTABLE


def money_of(plan: Plan, item: Item) -> Floats:
    """Discounted MUSD that the item's price cells pay for, as weights of the columns: all of it goes in proportion to
    these cells together."""
    found = np.zeros(len(plan.arrays.lower))
    for name, entry in plan.arrays.totals["discounted"].entries.items():
        if name.split("|")[-1] not in item.kind.money:
            continue
        own = matching(plan, entry.index, item.keys)
        if own.any():
            discounted: Floats = np.asarray(entry.spread.sum(axis=0)).ravel() * own
            found += np.asarray(discounted @ entry.matrix).ravel()
    return found


def _columns_of(plan: Any, item: Item) -> Mask:
    """Columns that name the item."""
    found = np.zeros(len(plan.arrays.lower), dtype=np.bool_)
    for block in plan.arrays.columns.values():
        if plan.arrays.whole[block.slice].any():
            found[block.slice] = matching(plan, block.index, item.keys)
    return found
