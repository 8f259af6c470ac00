"""At which factor of a lever a decision changes: what is had falls away, or what isn't comes in.

Decisions are: halls at a site, an accelerator bought, a cloud rented, a model's run beyond adopting one; each over the
whole horizon, present where more than `LEAST_SHARE` is had of what the plan has or, of what it hasn't, of the most that
was met. Told are the `MOST_DECISIONS` on which most money is spent in any of the programmes solved.

Each programme, with fractions in place of whole numbers, tells all decisions at once. So each lever is moved by a few
factors between `FACTORS`' ends, and only where a decision changes between two of them is the change closed in on, by
halving the step in logarithms, to within `WITHIN` or until `most_solves` are made. Where a decision changes more than
once the change next to 1 is told; two changes between neighbouring factors are missed. A factor without a plan ends the
range. An optimum may not be the only one: another one, as cheap, may have the decision or not, and change elsewhere.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from compute_lp import REPORTS
from compute_lp.schema import Floats, InputError
from planner.compare.laboratory import BASE, Laboratory
from planner.measure.finished import each
from planner.measure.source import Assumptions, Lever
from planner.plan import Plan
from planner.questions.again import Unusable
from planner.results import labels
from planner.wording import NOTABLE, counted

COLUMNS: Mapping[str, str] = {
    "decision": "str",
    "now": "str",
    "lever": "str",
    "base": "float64",
    "switch": "float64",
    "becomes": "str",
    "least": "float64",
    "most": "float64",
    "within": "float64",
}
"""`within`: the share of the factor by which the change may lie to either side of it."""
FACTORS = (0.5, math.sqrt(0.5), math.sqrt(2.0), 2.0)
WITHIN = 0.05
LEAST_SHARE = 0.01
MOST_DECISIONS = 12
MOST_SOLVES = 60
DIGITS = 4
WHAT = "levers moved"
NONE = "none"
ADOPT = "adopt"


@dataclass(frozen=True)
class Kind:
    """A kind of decision: `key` names one among the labels of its columns `amounts`, `words` tell it. A stock counts by
    its largest period, all else is summed. `paid`: the columns that cost."""

    key: str
    words: str
    amounts: str
    paid: str
    stock: bool = False


KINDS = (
    Kind("site", "halls at {}", "siting.fitout_mw", "siting.fitout_mw"),
    Kind("accelerator", "{} bought", "procurement.buy", "procurement.buy"),
    Kind("cloud", "{} rented", "clouds.rented", "clouds.rent", stock=True),
    Kind("model", "runs of {}", "training.run", "training.run"),
)

State = Mapping[str, Mapping[str, Any]]
"""What a plan decides: by decision its `amount`, its `unit` and the discounted `musd` its columns cost."""


@dataclass(frozen=True)
class Step:
    """Two neighbouring factors between which a decision changes, the first nearer to 1."""

    near: float
    far: float

    @property
    def middle(self) -> float:
        return round(math.sqrt(self.near * self.far), DIGITS)

    @property
    def within(self) -> float:
        return math.exp(abs(math.log(self.far / self.near)) / 2) - 1


class Scan:
    """The plans at the factors tried of each lever."""

    def __init__(self, states: Mapping[str, Mapping[float, State]]) -> None:
        """`states`: by lever and factor; 1 among them, and none where there is no plan."""
        self.states = states
        met = [state for by_factor in states.values() for state in by_factor.values()]
        names = list(dict.fromkeys(name for state in met for name in state))
        largest = {name: max(float(state[name]["musd"]) for state in met if name in state) for name in names}
        self.base: State = next(iter(states.values()))[1.0] if states else {}
        self._most = {name: max(_amount(state, name) for state in met) for name in names}
        named = (name for name in names if self._most[name] > NOTABLE)
        self.decisions = sorted(named, key=lambda name: -largest[name])[:MOST_DECISIONS]

    def present(self, state: State, decision: str) -> bool:
        has = _amount(self.base, decision)
        return _amount(state, decision) > LEAST_SHARE * (has if has > NOTABLE else self._most[decision])

    def factors(self, lever: str, upward: bool) -> list[float]:
        """Factors from 1 outward as far as there are plans."""
        return sorted((f for f in self.states[lever] if f == 1.0 or (f > 1.0) == upward), reverse=not upward)

    def step(self, lever: str, decision: str) -> Step | None:
        """Where the decision changes next to 1; None where it doesn't."""
        found = []
        for upward in (False, True):
            tried = self.factors(lever, upward)
            for near, far in itertools.pairwise(tried):
                here = self.present(self.states[lever][far], decision)
                if here != self.present(self.base, decision):
                    found.append(Step(near, far))
                    break
        return min(found, key=lambda step: abs(math.log(step.near * step.far)), default=None)

    def open(self) -> Iterator[tuple[str, float]]:
        """Levers and factors that would close in on a change, of the dearest decision first."""
        for decision in self.decisions:
            for lever in self.states:
                step = self.step(lever, decision)
                if step is not None and step.within > WITHIN:
                    yield lever, step.middle

    def table(self) -> pd.DataFrame:
        rows = []
        for decision in self.decisions:
            for lever, states in self.states.items():
                step = self.step(lever, decision)
                rows.append(
                    {
                        "decision": decision,
                        "now": self._told(self.base, decision),
                        "lever": lever,
                        "base": 1.0,
                        "switch": np.nan if step is None else math.sqrt(step.near * step.far),
                        "becomes": "" if step is None else self._told(states[step.far], decision),
                        "least": min(states),
                        "most": max(states),
                        "within": np.nan if step is None else step.within,
                    }
                )
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict(COLUMNS))

    def _told(self, state: State, decision: str) -> str:
        if not self.present(state, decision):
            return NONE
        return counted(float(state[decision]["amount"]), str(state[decision]["unit"]))


def switching(
    lab: Laboratory, source: Assumptions, folder: Path, *, most_solves: int = MOST_SOLVES
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The table, a row a decision and lever; and why there is no plan at factors that have none, by what these
    programmes are called. The first few factors of each lever are solved in any case. Results of single programmes are
    kept in `folder`."""
    levers = {lever.name: lever for lever in source.movable}
    base = each(lab, decided, [BASE], "the plan itself", folder)[BASE]
    if "why" in base:
        raise Unusable(f"the scenario {source.scenario} of {source.run} can't be solved: {base['why']}")
    tried: dict[str, dict[float, Mapping[str, Any]]] = {name: {1.0: base} for name in levers}
    asked = [(name, factor) for name in levers for factor in FACTORS]
    left = max(most_solves, len(asked))
    while asked:
        _try(lab, levers, asked, tried, folder)
        left -= len(asked)
        wanted = dict.fromkeys(Scan(_planned(tried)).open())
        asked = [(lever, factor) for lever, factor in wanted if factor not in tried[lever]][:left]
    told = {
        levers[name].times(factor): str(found["why"])
        for name, by_factor in tried.items()
        for factor, found in by_factor.items()
        if "why" in found
    }
    return Scan(_planned(tried)).table(), told


def _try(
    lab: Laboratory,
    levers: Mapping[str, Lever],
    asked: Sequence[tuple[str, float]],
    tried: Mapping[str, dict[float, Mapping[str, Any]]],
    folder: Path,
) -> None:
    found = each(lab, decided, [levers[name].times(factor) for name, factor in asked], WHAT, folder)
    for name, factor in asked:
        tried[name][factor] = found[levers[name].times(factor)]


def _planned(tried: Mapping[str, Mapping[float, Mapping[str, Any]]]) -> dict[str, dict[float, State]]:
    """What is decided at each factor, from 1 outward until one has no plan."""
    found: dict[str, dict[float, State]] = {}
    for lever, by_factor in tried.items():
        low = max((f for f, one in by_factor.items() if f < 1.0 and "why" in one), default=0.0)
        high = min((f for f, one in by_factor.items() if f > 1.0 and "why" in one), default=math.inf)
        found[lever] = {f: one["decisions"] for f, one in by_factor.items() if low < f < high}
    return found


def decided(lab: Laboratory, name: str) -> dict[str, Any]:
    """What the optimum of a programme decides, or why it has none."""
    try:
        plan = lab.relaxed(name, ())
    except (InputError, Unusable) as fault:
        return {"why": str(fault.problems[0] if isinstance(fault, InputError) else fault)}
    return {"decisions": decisions(plan)} if plan.exists else {"why": "there is no plan"}


def decisions(plan: Plan) -> dict[str, dict[str, Any]]:
    """What a plan decides; what the programme has no columns for isn't among it."""
    models = plan.inputs["models"]
    adopted = set(models.loc[models["route"] == ADOPT, "model"])
    found: dict[str, dict[str, Any]] = {}
    for kind in KINDS:
        if kind.amounts not in plan.arrays.columns:
            continue
        part, of = kind.amounts.split(".")
        value = next(value for report in REPORTS[part] for value in report.values if value.of == of)
        by_period = _by_item(plan, kind, kind.amounts, plan.solution.x, [kind.key, "period"])
        amounts = by_period.groupby(level=kind.key, sort=False).agg("max" if kind.stock else "sum")
        musd = _by_item(plan, kind, kind.paid, plan.arrays.cost * plan.solution.x, [kind.key])
        for item, told in zip(amounts.index.astype(str), amounts, strict=True):
            if kind.key != "model" or item not in adopted:
                found[kind.words.format(item)] = {
                    "amount": float(told) * value.factor if told > NOTABLE else 0.0,
                    "unit": value.unit,
                    "musd": float(musd[item]),
                }
    return found


def _by_item(plan: Plan, kind: Kind, name: str, values: Floats, keys: list[str]) -> pd.Series[float]:
    block = plan.arrays.columns[name]
    table = labels(plan, block.index)
    table["value"] = values[block.slice]
    return table.groupby(keys, sort=False)["value"].sum()


def _amount(state: State, decision: str) -> float:
    return float(state[decision]["amount"]) if decision in state else 0.0
