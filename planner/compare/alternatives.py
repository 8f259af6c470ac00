"""How far a plan may differ and cost hardly more: the range of each headline decision, and plans as unlike as can be.

Ranges: the least and the most of a decision among plans that cost at most 1, 2 or 5 % more than the best; of a share,
by Dinkelbach's method (1967), in which each linear programme betters the ratio until none can. Unlike plans (modelling
to generate alternatives; Brill, Chang and Hopkins 1982): each has the largest distance from all found before, which is
the sum over decisions of how far it lies from each of them, in widths of the decision's range. That sum is convex; it
is driven up by linear programmes, each along the slope at the one before, until none gains. So no small step leads
farther, though another plan might be farther still.

All is solved with fractions in place of whole numbers; with the objective most_served, cost is that of plans that serve
as much. Every point is checked against the scenario's own rows and bounds, and its cost summed anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from compute_lp.schema import Floats
from planner.compare.laboratory import FRACTIONS, Laboratory, begun, rounding_musd
from planner.plan import Plan
from planner.questions.again import optimised
from planner.questions.items import Measure, path
from planner.questions.trials import SMALLEST, asking, at_its_end
from planner.results import SMALL_MODEL_B
from planner.solve import SolverFailure
from planner.solve.linear import Linear
from planner.solve.verify import prove_feasible
from planner.wording import NOTABLE, number

if TYPE_CHECKING:
    from compute_lp.family import Arrays
    from planner.solve import Solution, Start

WITHIN = (0.01, 0.02, 0.05)
"""Shares of the best cost that may be given up."""
TOLD_WITHIN = 0.02
"""The one of them that words and unlike plans go by."""
PLANS = 4
"""Unlike plans that are sought."""
CLIMBS = 8
"""Linear programmes for one unlike plan, at most."""
MOVING = 1e-3
"""Width of a range, of the most or of what the decision is part of, from which it counts in distances."""
GAIN = 1e-3
"""Widths of a range, added up over decisions: less is no other plan."""
RATIO_STEPS = 20
RATIO_PRECISION = 1e-7
FIRM = 0.1
"""Of the best plan's amount: a decision that varies by no more is firm."""
RANGES = ("decision", "unit", "best", "within", "least", "most")
UNLIKE = ("plan", "decision", "unit", "best", "value", "dearer_share")
HALLS = Measure("siting", "hall_mw", "of halls")
INSTALLED = Measure("procurement", "installed_units", "in service")
CONNECTED = Measure("grid", "connected_mw", "of new connections")
RENTED = Measure("clouds", "rented_units", "rented")
HOME = Measure("sovereignty", "home_h100e", "at home")
COMPUTE = Measure("sovereignty", "compute_h100e", "in all")
SERVED = Measure("serving", "served_t", "served")
UNSERVED = Measure("unserved", "unserved_t", "unserved")
CO2 = Measure("sovereignty", "co2_kt", "emitted")
ASKED = "serving.asked"
Ends = dict[str, tuple[float, float]]
"""Least and most by decision."""


@dataclass(frozen=True, eq=False)
class Headline:
    """A headline decision: `weights @ x + constant` in `unit`, or that as a share of `over`. `whole`: what it is a part
    of, where that is given."""

    decision: str
    unit: str
    weights: Floats
    constant: float = 0.0
    over: Headline | None = None
    whole: float = 0.0

    def at(self, x: Floats) -> float:
        """NaN for a share of nothing."""
        value = float(self.weights @ x) + self.constant
        if self.over is None:
            return value
        whole = self.over.at(x)
        return value / whole if whole > NOTABLE else np.nan


def headlines(plan: Plan) -> list[Headline]:
    """The headline decisions of a programme; those that it has no columns for are left out."""
    end, middle = plan.model.PERIODS.labels()[-1], plan.model.PERIODS.labels()[(plan.model.PERIODS.size - 1) // 2]

    def told(decision: str, measure: Measure, by_period: Floats, **keys: str) -> Headline:
        found = path(plan, keys, measure)
        return Headline(decision, found.unit, np.asarray(by_period @ found.matrix), float(by_period @ found.constant))

    def at(period: str) -> Floats:
        return np.array([label == period for label in plan.model.PERIODS.labels()], dtype=np.float64)

    always = np.ones(plan.model.PERIODS.size)
    rented = told("rented over the horizon", RENTED, np.asarray(plan.model.calendar.years))
    home = told(f"home share of compute, {end}", HOME, at(end))
    models = plan.inputs["models"]
    names = models.loc[models["total_params_b"] <= SMALL_MODEL_B, "model"]
    small = np.sum([told("", SERVED, always, model=model).weights for model in names], axis=0)
    asked_t = float(plan.arrays.totals[ASKED].constant.sum())
    found = [
        *(told(f"halls at {site}, {end}", HALLS, at(end), site=site) for site in plan.model.SITES.labels()),
        *(
            told(f"{chip} in service, {end}", INSTALLED, at(end), accelerator=chip)
            for chip in plan.model.ACCELERATORS.labels()
        ),
        *(told(f"new connections, {period}", CONNECTED, at(period)) for period in dict.fromkeys((middle, end))),
        replace(rented, unit=f"{rented.unit}·years"),
        replace(home, unit="share", over=told("", COMPUTE, at(end))),
        *([Headline("answered by small models", "T", small, whole=asked_t)] if len(names) else []),
        replace(told("unserved", UNSERVED, always), whole=asked_t),
        told("carbon", CO2, always),
    ]
    return [one for one in found if (np.abs(one.weights) > SMALLEST).any()]


def alternatives(lab: Laboratory, scenario: str, within: Sequence[float] = WITHIN) -> pd.DataFrame:
    """Least and most of every headline decision, a row for each share of the cost given up; empty without a plan."""
    plan = lab.relaxed(scenario)
    if not plan.exists:
        return pd.DataFrame(columns=list(RANGES))
    decisions = headlines(plan)
    tasks = [
        _Task(scenario, replace(plan.solution, log=""), plan.objective_musd, place, tuple(within))
        for place in range(len(decisions))
    ]
    solves = [2 * len(within)] * len(tasks)
    found = lab.mapped(_ranged, tasks, lab.left(f"alternatives to {scenario}", sum(solves)), solves)
    return pd.DataFrame([row for rows in found for row in rows], columns=list(RANGES))


def unlike_plans(lab: Laboratory, scenario: str, ranges: pd.DataFrame, count: int = PLANS) -> pd.DataFrame:
    """Up to `count` plans as unlike the best and each other as can be within `TOLD_WITHIN` of its cost; a row a plan
    and decision."""
    if ranges.empty:
        return pd.DataFrame(columns=list(UNLIKE))
    near = _Near(lab, lab.relaxed(scenario))
    told = ranges.loc[ranges["within"] == TOLD_WITHIN, ["decision", "least", "most"]]
    ends: Ends = {decision: (least, most) for decision, least, most in told.itertuples(index=False, name=None)}
    moving = [one for one in headlines(near.plan) if one.over is None and _moves(one, ends)]
    best = near.plan.solution.x
    found, rows = [best], []
    for number_of in range(1, count + 1):
        lab.say(f"plan {number_of} unlike the {'best' if number_of == 1 else 'others'}")
        x = _farthest(near, moving, ends, found) if moving else best
        if _distances(moving, ends, found, x).min(initial=np.inf) <= GAIN or not moving:
            break
        found.append(x)
        dearer = near.cost_musd(x) / near.best_musd - 1 if near.best_musd else 0.0
        rows += [(number_of, one.decision, one.unit, one.at(best), one.at(x), dearer) for one in headlines(near.plan)]
    return pd.DataFrame(rows, columns=list(UNLIKE))


def word(best: float, least: float, most: float) -> str:
    """How firm a decision is."""
    none = NOTABLE * max(1.0, abs(most))
    if most <= none:
        return "out"
    if best <= none:
        return "possible"
    if least <= none:
        return "can be left out"
    return "firm" if most - least <= FIRM * best else "open in size"


def sentences(ranges: pd.DataFrame, unlike: pd.DataFrame) -> list[str]:
    """Ranges and unlike plans in words."""
    told = []
    for row in ranges[ranges["within"] == TOLD_WITHIN].itertuples(index=False, name=None):
        decision, unit, best, _, least, most = row
        told.append(
            f"{decision}: {number(best)} {unit} in the best plan, {number(least)} to {number(most)} within "
            f"{TOLD_WITHIN * 100:g} % of its cost: {word(best, least, most)}."
        )
    for plan, rows in unlike.groupby("plan", sort=False):
        change = (rows["value"] - rows["best"]).abs() / rows[["best", "value"]].abs().max(axis=1).clip(lower=NOTABLE)
        differs = rows.loc[change.sort_values(ascending=False, kind="stable").index[:3]]
        shown = "; ".join(
            f"{decision} {number(value)} {unit} in place of {number(best)}"
            for decision, unit, best, value in differs[["decision", "unit", "best", "value"]].itertuples(
                index=False, name=None
            )
        )
        told.append(f"Plan {plan}, {number(100 * rows['dearer_share'].iloc[0])} % dearer: {shown}.")
    return [*told, f"All {FRACTIONS}."] if told else ["There is no plan to differ from."]


@dataclass(frozen=True)
class _Task:
    """The range of one headline decision of a scenario, whose optimum comes with it."""

    scenario: str
    solution: Solution
    objective_musd: float
    place: int
    within: tuple[float, ...]


def _ranged(lab: Laboratory, task: _Task) -> list[tuple[str, str, float, float, float, float]]:
    near = _Near(lab, lab.given(task.scenario, task.solution, task.objective_musd))
    one = headlines(near.plan)[task.place]
    ends = {sign: near.extremes(one, sign, task.within) for sign in (1.0, -1.0)}
    best = one.at(near.plan.solution.x)
    return [(one.decision, one.unit, best, share, ends[1.0][share], ends[-1.0][share]) for share in task.within]


class _Near:
    """Plans of a scenario that cost little more than its best."""

    def __init__(self, lab: Laboratory, plan: Plan) -> None:
        self.plan = plan
        self._lab, self._arrays = lab, optimised(plan)[0]
        self.best_musd = plan.solution.objective

    def extremes(self, one: Headline, sign: float, within: Sequence[float]) -> dict[float, float]:
        """The least (sign 1) or most (sign -1) of a decision within each share of the best cost."""
        best = self.plan.solution.x
        toward = np.where(np.abs(one.weights) > SMALLEST, sign * one.weights, 0.0)
        if one.over is None and at_its_end(self._arrays, toward, best):
            return dict.fromkeys(within, one.at(best))
        found: dict[float, float] = {}
        x, start = best, None
        for share in sorted(within, reverse=True):
            x, start = self._end(one, sign, share, x, start)
            found[share] = one.at(x)
        return found

    def toward(self, weights: Floats, share: float, start: Start | None) -> tuple[Floats, Start | None]:
        """The plan with the least of `weights @ x`, checked, and what it hands to the next."""
        toward = np.where(np.abs(weights) > SMALLEST, weights, 0.0)
        arrays = replace(self._within(share), cost=toward, offset=0.0)
        solution = self._lab.solved(arrays, start)
        self._check(solution.x, share)
        return solution.x, begun(arrays, solution)

    def cost_musd(self, x: Floats) -> float:
        return float(self._arrays.cost @ x) + self._arrays.offset

    def limit_musd(self, share: float) -> float:
        return self.best_musd + share * abs(self.best_musd)

    def _within(self, share: float) -> Arrays:
        most = self.limit_musd(share) - self._arrays.offset
        return asking(self._arrays, self._arrays.cost, -np.inf, most)

    def _end(
        self, one: Headline, sign: float, share: float, x: Floats, start: Start | None
    ) -> tuple[Floats, Start | None]:
        """A plan at one end of a decision. The first solve is from nothing, presolved, which is faster where the whole
        objective is another; later ones start from where another share or ratio ended."""
        if one.over is None:
            return self.toward(sign * one.weights, share, start)
        ratio = one.at(x) if np.isfinite(one.at(x)) else 0.0
        for _ in range(RATIO_STEPS):
            lead = one.weights - ratio * one.over.weights
            x, start = self.toward(sign * lead, share, start)
            better = one.at(x)
            if not np.isfinite(better) or abs(better - ratio) <= RATIO_PRECISION:
                break
            ratio = better
        return x, start

    @cached_property
    def _linear(self) -> Linear:
        return Linear.of(self._arrays)

    def _check(self, x: Floats, share: float) -> None:
        """Against the scenario's own rows, without the one that was added."""
        proof = prove_feasible(self._linear, x)
        beyond = self.cost_musd(x) - self.limit_musd(share)
        if not proof.holds or beyond > rounding_musd(self._arrays, x):
            why = "; ".join(proof.faults) or f"it costs {beyond:.3g} MUSD more than it may"
            raise SolverFailure(f"an alternative does not pass our check: {why}")


def _farthest(near: _Near, moving: list[Headline], ends: Ends, found: list[Floats]) -> Floats:
    """A plan from which no step along the slope leads farther from those found."""
    own = np.array([[one.at(x) for one in moving] for x in found])
    least, most = np.array([ends[one.decision] for one in moving]).T
    mean = own.mean(axis=0)
    outward = np.where(most - mean >= mean - least, 1.0, -1.0)
    weights = np.array([one.weights for one in moving])
    slope, far, x = outward, -np.inf, found[0]
    start: Start | None = None
    for _ in range(CLIMBS):
        inward = -(slope / (most - least)) @ weights
        reached_x, start = near.toward(inward, TOLD_WITHIN, start)
        reached = float(_distances(moving, ends, found, reached_x).sum())
        if reached <= far + GAIN:
            break
        x, far = reached_x, reached
        here = np.array([one.at(x) for one in moving])
        signs = np.sign(here - own).sum(axis=0)
        slope = np.where(signs == 0, outward, signs)
    return x


def _distances(moving: list[Headline], ends: Ends, found: list[Floats], x: Floats) -> Floats:
    """How far a plan lies from each of those found, in widths of ranges added up over decisions."""
    width = np.array([ends[one.decision][1] - ends[one.decision][0] for one in moving])
    apart = np.array([[abs(one.at(x) - one.at(other)) for one in moving] for other in found])
    return np.asarray((apart / width).sum(axis=1)) if moving else np.zeros(len(found))


def _moves(one: Headline, ends: Ends) -> bool:
    least, most = ends[one.decision]
    return most - least > max(NOTABLE, MOVING * max(abs(most), one.whole))
