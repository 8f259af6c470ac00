"""Which limits that speak of an item bind, and what one more unit of each is worth.

The prices are those that are published (`results.prices`: undiscounted, per unit and year of the workbook). A price
that isn't the only one fitting the plan (degenerate) says what a unit is worth only at one corner: it is told with what
a step of the limit, up and down, is worth by re-solves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from compute_lp import PRICES
from compute_lp.limits import LIMITS, MATCHED
from compute_lp.schema import Codes, Floats, Mask, Price
from planner.plan import Plan
from planner.questions.again import optimised
from planner.questions.items import Item, matching, path
from planner.questions.limits import Limit, limits_of
from planner.questions.trials import STEP, Trials
from planner.results import SMALLEST_PRICE, labels, prices
from planner.wording import NOTABLE, number

TIME = ("period", "slice", "segment")
"""Keys over which rows of a constraint are one limit."""
ONE = 1.0
"""Unit of a row: what the step is a share of where nothing stands on either side."""
MOST_PERIODS = 4
"""Periods whose prices a sentence names."""
OF_ANY_PLACE = "site"
"""Key of result tables in which a cloud stands too."""


@dataclass(frozen=True)
class Step:
    """What a unit of a limit is worth when it moves by `STEP` of itself: `more` where it is relaxed, `less` (what a
    unit less costs) where it is tightened; NaN where the time was too short, infinite where there is no plan then.
    `stands`: there is something of it, so that less of it means something."""

    more: float
    less: float
    stands: bool


@dataclass(frozen=True)
class Binding:
    """A limit that binds, over its periods: `worth` by period, the largest of a period's rows; None of limits whose
    price isn't published. `weight_musd`: shadow price times limit (or what stands
    on its sides, where that is 0), summed. `row`: the one of the largest worth."""

    limit: Limit
    heading: str
    unit: str
    periods: tuple[str, ...]
    worth: tuple[float, ...]
    degenerate: bool
    weight_musd: float
    row: int
    step: Step | None = None

    @property
    def worthless(self) -> bool:
        """Whether re-solves with more and less of it found that it is worth nothing either way."""
        ends = () if self.step is None else (self.step.more, self.step.less)[: 2 if self.step.stands else 1]
        return bool(ends) and all(abs(end) < NOTABLE for end in ends)

    def sentence(self) -> str:
        """What binds, when, what a unit is worth, and where it stands."""
        where = ", ".join(
            f"{key} {value}" if key == "stage" else str(value)
            for key, value in self.limit.keys.items()
            if key not in TIME and value != ""
        )
        when = _span(self.periods)
        said = f"{self.limit.meaning}" + (f" ({where})" if where else "") + (f": binds {when}" if when else ": binds")
        if self.worth:
            said += f"; {self._worth()}"
        cells = "; ".join(dict.fromkeys(map(str, self.limit.cells)))
        return said + (f". {cells}" if cells else "")

    def _worth(self) -> str:
        if self.limit.lower == self.limit.upper:
            told = "one more costs " + self._by_period()
        else:
            told = "one more is worth " + self._by_period()
        if not self.degenerate:
            return told
        if self.step is None:
            return f"{told}, though other prices fit the plan as well"
        at = f" in {self.limit.keys['period']}" if "period" in self.limit.keys else ""
        how = f"re-solves with {STEP:.0%} more and less" if self.step.stands else "a re-solve with a little more"
        return f"by {how} of it{at}, {self._step(self.step)}"

    def _step(self, step: Step) -> str:
        equal = self.limit.lower == self.limit.upper
        more = f"one more {'costs' if equal else 'is worth'} {number(step.more)} {self.unit}"
        if not step.stands:
            return more
        if np.isinf(step.less):
            return f"{more}, and with less there is no plan"
        return f"{more}, one less {'saves' if equal else 'costs'} {number(step.less)}"

    def _by_period(self) -> str:
        if len(set(map(number, self.worth))) == 1 or len(self.periods) <= 1:
            return f"{number(max(self.worth, key=abs))} {self.unit}"
        ordered = sorted(range(len(self.periods)), key=lambda i: -abs(self.worth[i]))[:MOST_PERIODS]
        shown = [f"{number(self.worth[i])} in {self.periods[i]}" for i in sorted(ordered)]
        rest = len(self.periods) - len(shown)
        return f"{', '.join(shown)}{f' and less in {rest} more' if rest else ''} {self.unit}"


def binding(plan: Plan, item: Item) -> list[Binding]:
    """Limits that bind and speak of an item, or limit its decision directly, those worth most first."""
    speaking = rows_of(plan, item) | _touching(plan, item)
    sizes = abs(plan.arrays.matrix) @ np.abs(plan.solution.x) / 2
    published, table = _published(plan), prices(plan)
    found = []
    for name, block in plan.arrays.rows.items():
        price = published.get(name)
        if price is None and name not in LIMITS and not name.startswith(MATCHED):
            continue
        dual = plan.solution.row_dual[block.slice]
        rows = np.flatnonzero(speaking[block.slice] & (np.abs(dual) > SMALLEST_PRICE))
        if price is None:
            # An equality without a price defines something, and 0 ≤ 0 limits nothing: that they hold says nothing.
            own = rows + block.start
            idle = (_bound(plan, own) == 0) & (sizes[own] <= NOTABLE)
            rows = rows[(plan.arrays.row_lower[own] != plan.arrays.row_upper[own]) & ~idle]
        if rows.size:
            found += _bindings(plan, name, rows + block.start, price, table, sizes)
    return sorted(found, key=lambda one: -one.weight_musd)


def rows_of(plan: Plan, item: Item) -> Mask:
    """Rows that name an item; of a policy, the rows that state it."""
    found = np.zeros(len(plan.arrays.row_lower), dtype=np.bool_)
    for name, block in plan.arrays.rows.items():
        if item.kind.word == "policy":
            found[block.slice] = f"policies.value[{item.name}]" in LIMITS.get(name, ())
        else:
            found[block.slice] = matching(plan, block.index, item.keys)
            if item.kind.word == "cloud":
                found[block.slice] |= matching(plan, block.index, {OF_ANY_PLACE: item.name})
    return found


def with_steps(bindings: Sequence[Binding], plan: Plan, trials: Trials, most: int) -> list[Binding]:
    """The same, the first `most` degenerate ones with what a step of them is worth by two re-solves each."""
    told, left = [], most
    for one in bindings:
        if one.degenerate and one.worth and left:
            left -= 1
            one = replace(one, step=_step(one, plan, trials))
        told.append(one)
    return told


def _step(one: Binding, plan: Plan, trials: Trials) -> Step:
    arrays, row_dual = optimised(plan)
    lower, upper = float(arrays.row_lower[one.row]), float(arrays.row_upper[one.row])
    bound = upper if np.isfinite(upper) else lower
    terms = arrays.matrix.tocsr()[[one.row]]
    # Of a balance or a share, whose limit is 0, half of what stands on its sides.
    size = abs(bound) or float(np.abs(terms.data) @ np.abs(plan.solution.x[terms.indices])) / 2
    stands = size > NOTABLE
    size = size if stands else ONE
    up = np.isfinite(upper)
    step = STEP * size if up else -STEP * size
    per_musd = max(one.worth, key=abs) / abs(float(row_dual[one.row]))
    equal = lower == upper
    values = []
    for sign, word in ((1.0, "more"), (-1.0, "less"))[: 2 if stands else 1]:
        outcome = trials.moved(f"{one.limit.subject} with {word} of it ({one.limit.meaning})", one.row, sign * step)
        if not outcome.exists:
            values.append(np.nan if outcome.stopped else np.inf)
            continue
        cost = sign * outcome.extra_musd / abs(step)
        values.append(abs(per_musd) * (cost if equal else -cost) + 0.0)
    return Step(values[0], values[1] if stands else np.nan, stands)


def _bound(plan: Plan, rows: Codes) -> Floats:
    """The limit of each row that has one."""
    upper, lower = plan.arrays.row_upper[rows], plan.arrays.row_lower[rows]
    return np.where(np.isfinite(upper), upper, lower)


def _published(plan: Plan) -> dict[str, Price]:
    return {f"{block}.{price.constraint}": price for block, listed in PRICES.items() for price in listed}


def _bindings(
    plan: Plan, name: str, rows: Codes, price: Price | None, table: pd.DataFrame, sizes: Floats
) -> list[Binding]:
    """The rows of one constraint, one binding for each thing they are about."""
    block = plan.arrays.rows[name]
    worth = _worth(plan, name, price, table)
    keys = labels(plan, block.index).iloc[rows - block.start].reset_index(drop=True) if block.index.bases else None
    about = [key for key in (keys.columns if keys is not None else ()) if key not in TIME]
    groups: dict[tuple[Any, ...], list[int]] = {}
    for i in range(len(rows)):
        groups.setdefault(tuple(keys[key].iloc[i] for key in about) if keys is not None else (), []).append(i)
    dual = plan.solution.row_dual
    found = []
    for members in groups.values():
        own = rows[members]
        bound = _bound(plan, own)
        weight = np.abs(dual[own]) * np.where(bound == 0, sizes[own], np.abs(bound))
        first = int(own[int(np.argmax(weight if weight.any() else np.abs(dual[own])))])
        by_period: dict[str, float] = {}
        for i, row in zip(members, own.tolist(), strict=True):
            period = str(keys["period"].iloc[i]) if keys is not None and "period" in keys else ""
            value = worth[row][0] if row in worth else 0.0
            if abs(value) >= abs(by_period.get(period, 0.0)):
                by_period[period] = value
        if price is not None:
            by_period = {period: value for period, value in by_period.items() if abs(value) > NOTABLE}
            if not by_period:
                continue
        found.append(
            Binding(
                limit=limits_of(plan, [first])[0],
                heading=price.heading if price is not None else name,
                unit=worth[first][1] if first in worth else "",
                periods=tuple(period for period in by_period if period),
                worth=tuple(by_period.values()) if price is not None else (),
                degenerate=bool(plan.solution.degenerate[own].any()),
                weight_musd=float(weight.sum()),
                row=first,
            )
        )
    return found


def _worth(plan: Plan, name: str, price: Price | None, table: pd.DataFrame) -> dict[int, tuple[float, str]]:
    """The published price of each row of a constraint, by position, and its unit."""
    if price is None:
        return {}
    block = plan.arrays.rows[name]
    part = name.partition(".")[0]
    own = table[(table["part"] == ("load" if part == "loads" else part)) & (table["constraint"] == price.constraint)]
    rows = block.start + np.flatnonzero(np.abs(plan.solution.row_dual[block.slice]) > SMALLEST_PRICE)
    return dict(zip(rows.tolist(), zip(own["value"].tolist(), own["unit"].tolist(), strict=True), strict=True))


def _touching(plan: Plan, item: Item) -> Mask:
    """Rows that the columns of the item's decision stand in."""
    found = np.zeros(len(plan.arrays.row_lower), dtype=np.bool_)
    if item.kind.decision is not None:
        row, _ = path(plan, item.keys, item.kind.decision).weights()
        found[np.unique(plan.arrays.matrix[:, np.flatnonzero(row)].indices)] = True
    return found


def _span(periods: Sequence[str]) -> str:
    if not periods:
        return ""
    return f"in {periods[0]}" if len(periods) == 1 else f"in {len(periods)} periods, {periods[0]} to {periods[-1]}"
