"""Why a scenario costs more or less than the base: the difference shared among its levers.

One after another, levers get other shares in every order. The Shapley value (Shapley 1953) is the mean over all orders:
shares sum to the difference, levers that do the same get the same, one that does nothing gets nothing. Each subset of
up to `EXACT` levers is solved. Of more levers, `PAIRS` orders are drawn, each with its reverse, which takes out much of
the chance (antithetic sampling; Mitchell, Cooper, Frank and Holmes 2022), and the standard error is told. In every
order the steps sum to the difference, so their means do too.

Costs are those with fractions in place of whole numbers: the gaps of two plans with whole numbers are as large as many
a lever. What whole numbers add is one more bar: by how much the plan lies above its relaxation, in the scenario less
the same in the base. So all bars sum to the difference of the two plans' objectives.

A subset of levers may have no plan: its value is infinite. Then the mean is over the orders that pass by it, and what
makes a plan impossible is told; where no order passes by, the difference isn't shared.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import factorial, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from compute_lp.schema import InputError
from planner.compare.laboratory import BASE, FRACTIONS, Laboratory
from planner.wording import NOTABLE, money, whole

if TYPE_CHECKING:
    from planner.solve import Start

EXACT = 7
"""Levers up to which all subsets are solved: 128."""
PAIRS = 12
"""Orders drawn of more levers than that, each with its reverse."""
SEED = 0
WHOLE = "whole numbers"
COLUMNS = ("scenario", "lever", "musd", "least_musd", "most_musd", "standard_error_musd", "subsets")
Order = tuple[str, ...]
Subset = frozenset[str]
Values = Mapping[Subset, float]


class Share(NamedTuple):
    """A lever's share, the least and most that it adds in any order, and the standard error of the share."""

    musd: float
    least_musd: float
    most_musd: float
    standard_error_musd: float = 0.0


@dataclass(frozen=True, eq=False)
class Bridge:
    """`table`: a row a lever and one for whole numbers; empty where nothing can be shared. `base_musd` and
    `scenario_musd`: the plans' objectives, of the value served where `value_served`; NaN where the run has no such
    plan. `impossible`: the smallest sets of levers that leave no plan. `orders`: the shares are their mean, of
    `all_orders` that were drawn or, where not `drawn`, that there are."""

    scenario: str
    table: pd.DataFrame
    base_musd: float
    scenario_musd: float
    value_served: bool
    impossible: tuple[Order, ...]
    orders: int
    all_orders: int
    drawn: bool

    @property
    def difference_musd(self) -> float:
        return self.scenario_musd - self.base_musd


def bridge(lab: Laboratory, name: str) -> Bridge:
    """The bridge from the base to a scenario: 2^n solves for n levers, or `PAIRS` · 2 · (n - 1)."""
    levers = lab.levers[name]
    drawn = drawn_orders(levers) if len(levers) > EXACT else []
    subsets = _prefixes(drawn) if drawn else _all_subsets(levers)
    values = _solved(lab, name, levers, subsets)
    if drawn:
        passing = [pair for pair in zip(drawn[::2], drawn[1::2], strict=True) if _pass(pair, values)]
        shares, orders, all_orders = sampled(passing, values) if passing else {}, 2 * len(passing), len(drawn)
    else:
        orders, all_orders = _ways(levers, values)[1][frozenset()], factorial(len(levers))
        shares = shapley(levers, values) if orders else {}
    rows = [(name, lever, *shares[lever], len(subsets)) for lever in levers if orders]
    base_musd, scenario_musd = _objective(lab, BASE), _objective(lab, name)
    whole = (scenario_musd - values[frozenset(levers)]) - (base_musd - values[frozenset()])
    if orders and np.isfinite(whole):
        rows.append((name, WHOLE, whole, whole, whole, 0.0, 0))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    missing = _impossible(levers, values)
    return Bridge(
        name, table, base_musd, scenario_musd, lab.most_served, missing, orders, all_orders, drawn=bool(drawn)
    )


def shapley(levers: Sequence[str], values: Values) -> dict[str, Share]:
    """Each lever's share of values[all] - values[none], from the values of all subsets; NaN where no order of levers
    passes by the infinite ones.

    So many orders take the step from a subset to one with a lever more as there are ways to the one, times ways on from
    the other; the share is the mean of what the lever adds, weighted by these."""
    ways_to, ways_on = _ways(levers, values)
    everything = ways_on[frozenset()]
    shares = {}
    for lever in levers:
        steps = [(low, low | {lever}) for low in ways_to if lever not in low]
        taken = np.array([ways_to[low] * ways_on[high] for low, high in steps], dtype=np.float64)
        added = np.array(
            [values[high] - values[low] if w else 0.0 for (low, high), w in zip(steps, taken, strict=True)]
        )
        possible = added[taken > 0]
        if not possible.size:
            shares[lever] = Share(np.nan, np.nan, np.nan)
            continue
        shares[lever] = Share(float(added @ (taken / everything)), float(possible.min()), float(possible.max()))
    return shares


def drawn_orders(levers: Sequence[str]) -> list[Order]:
    """Orders drawn with a fixed seed, each followed by its reverse."""
    draw = np.random.default_rng(SEED)
    orders = [tuple(levers[i] for i in draw.permutation(len(levers))) for _ in range(PAIRS)]
    return [way for order in orders for way in (order, order[::-1])]


def sampled(pairs: Sequence[tuple[Order, Order]], values: Values) -> dict[str, Share]:
    """Each lever's mean over pairs of orders, the least and most among them, and the standard error by pairs, which is
    NaN with a single one."""
    levers = pairs[0][0]
    added = np.array([[_added(order, values) for order in pair] for pair in pairs])  # pairs, 2, levers by name
    by_pair = added.mean(axis=1)
    error = by_pair.std(axis=0, ddof=1) / sqrt(len(pairs)) if len(pairs) > 1 else np.full(len(levers), np.nan)
    ends = added.min(axis=(0, 1)), added.max(axis=(0, 1))
    figures = zip(sorted(levers), by_pair.mean(axis=0), *ends, error, strict=True)
    return {lever: Share(*map(float, share)) for lever, *share in figures}


def sentences(found: Bridge) -> list[str]:
    """The bridge in words, largest share first."""
    what = "The value served" if found.value_served else "The objective"
    told = []
    if np.isfinite(found.difference_musd):
        way = "above" if found.difference_musd > 0 else "below"
        told.append(f"{what} of {found.scenario} is {money(abs(found.difference_musd))} {way} the base's.")
    for levers in found.impossible:
        alone = f"With {' and '.join(levers)}, and no other lever," if levers else "In the base"
        told.append(f"{alone} there is no plan.")
    if not found.orders:
        told.append("The difference can't be shared among levers: each order of them meets a set without a plan.")
        return told
    if found.orders < found.all_orders:
        told.append(
            f"Shares are the mean of the {whole(found.orders)} orders of {whole(found.all_orders)} in which a plan "
            "exists at every step."
        )
    shares = [(lever, Share(*share)) for _, lever, *share, _ in found.table.itertuples(index=False, name=None)]
    by_size = sorted(shares, key=lambda named: -abs(named[1].musd))
    told += [_told(lever, share, drawn=found.drawn) for lever, share in by_size if abs(share.musd) > NOTABLE]
    told.append(f"Levers are compared {FRACTIONS}; what whole numbers add is told by itself.")
    return told


def _told(lever: str, share: Share, *, drawn: bool) -> str:
    size = money(abs(share.musd))
    if lever == WHOLE:
        return f"Whole numbers {'add' if share.musd > 0 else 'take off'} {size}."
    said = f"The lever {lever} {'adds' if share.musd > 0 else 'takes off'} {size}"
    if share.most_musd - share.least_musd > NOTABLE:
        said += f", by the order of levers {money(share.least_musd)} to {money(share.most_musd)}"
    return said + (f" (drawn orders, standard error {money(share.standard_error_musd)})." if drawn else ".")


class _Task(NamedTuple):
    """Some levers of a scenario, and what the optimum of all of these but one hands over; None: start from the base."""

    scenario: str
    levers: Order
    start: Start | None
    hands_over: bool


class _Point(NamedTuple):
    """What a task came to, in how many iterations, and what it hands over."""

    value_musd: float
    iterations: int
    start: Start | None


NO_POINT = _Point(np.inf, 0, None)


def _solved(lab: Laboratory, name: str, levers: Order, subsets: Sequence[Subset]) -> dict[Subset, float]:
    """The value of each subset, each solved from one with a lever fewer.

    The lever that is left out is the one that took fewest iterations alone. So the hardest is added once, to nothing,
    the next twice, and only the easiest to half of all subsets: India's late chips, dear ones, tariffs and delays take
    from 200 to 35,000 iterations each from the base."""
    left = lab.left(f"bridge to {name}", len(subsets))
    values: dict[Subset, float] = {}
    fewer: dict[Subset, _Point] = {}
    easiest_first = levers
    for size in range(len(levers) + 1):
        these = [subset for subset in subsets if len(subset) == size]
        tasks = [
            _Task(
                name, tuple(o for o in levers if o in subset), _start(subset, easiest_first, fewer), size < len(levers)
            )
            for subset in these
        ]
        fewer = dict(zip(these, lab.mapped(_point, tasks, left), strict=True))
        values |= {subset: point.value_musd for subset, point in fewer.items()}
        if size == 1:
            effort = {lever: fewer.get(frozenset([lever]), NO_POINT).iterations for lever in levers}
            easiest_first = tuple(sorted(levers, key=effort.__getitem__))
    return values


def _start(subset: Subset, easiest_first: Order, fewer: Mapping[Subset, _Point]) -> Start | None:
    starts = (fewer.get(subset - {lever}, NO_POINT).start for lever in easiest_first if lever in subset)
    return next((start for start in starts if start is not None), None)


def _point(lab: Laboratory, task: _Task) -> _Point:
    """What some of a scenario's levers come to; infinite where their changes can't be made without the others, or leave
    no plan."""
    from planner.solve import Start, bare

    try:
        programme = lab.programme(task.scenario if task.levers else BASE, task.levers or None)
    except InputError:
        return NO_POINT
    arrays = programme.compared
    solution = lab.solved(arrays, task.start or lab.start)
    if not solution.x.size:
        return NO_POINT
    value = -solution.objective if programme.most_served else solution.objective
    start = Start(bare(arrays), solution.basis, None, None) if task.hands_over else None
    return _Point(value, solution.iterations, start)


def _objective(lab: Laboratory, name: str) -> float:
    return float(lab.source.headline(name).get("objective_musd", np.nan))


def _all_subsets(levers: Sequence[str]) -> list[Subset]:
    return [frozenset(some) for size in range(len(levers) + 1) for some in combinations(levers, size)]


def _prefixes(orders: Sequence[Order]) -> list[Subset]:
    return list(dict.fromkeys(frozenset(order[:size]) for size in range(len(orders[0]) + 1) for order in orders))


def _pass(orders: Collection[Order], values: Values) -> bool:
    """Whether no order meets a subset without a plan."""
    return all(np.isfinite(values[frozenset(order[:size])]) for order in orders for size in range(len(order) + 1))


def _added(order: Order, values: Values) -> list[float]:
    """What each lever adds in an order, by the levers' names."""
    along = [values[frozenset(order[:size])] for size in range(len(order) + 1)]
    return [after - before for _, (before, after) in sorted(zip(order, pairwise(along), strict=True))]


def _ways(levers: Sequence[str], values: Values) -> tuple[dict[Subset, int], dict[Subset, int]]:
    """Orders in which levers can be added one by one through subsets with a finite value: from none to each subset, and
    from each on to all."""
    subsets = _all_subsets(levers)
    to: dict[Subset, int] = {}
    for subset in subsets:
        ways = sum(to[subset - {lever}] for lever in subset) if subset else 1
        to[subset] = ways if np.isfinite(values[subset]) else 0
    on: dict[Subset, int] = {}
    for subset in reversed(subsets):
        ways = sum(on[subset | {lever}] for lever in levers if lever not in subset) if len(subset) < len(levers) else 1
        on[subset] = ways if np.isfinite(values[subset]) else 0
    return to, on


def _impossible(levers: Sequence[str], values: Values) -> tuple[Order, ...]:
    """The smallest sets of levers without a plan: none of their own subsets is without one."""
    found: list[Subset] = []
    for subset in sorted(values, key=len):
        if not np.isfinite(values[subset]) and not any(smaller <= subset for smaller in found):
            found.append(subset)
    return tuple(tuple(lever for lever in levers if lever in subset) for subset in found)
