"""What it costs to have begun with one scenario's plan and to live in another.

The here-and-now part of a plan is what it orders before the commitment date, twelve months after plan start unless
said otherwise (`orders`). It is held in another scenario's programme, nothing else being ordered before that date, and
the rest is planned anew: regret = that cost - the cost of the scenario's own best plan. Both are proven optima with
fractions in place of whole numbers, and the here-and-now parts are those of such optima.

A longer wait delays what is ordered, a shorter one brings it early. What the other scenario doesn't allow (a chip no
longer sold, a smaller pot, less money) falls away, the least of it by money; the regret is then of the cheapest of the
nearest plans that can be lived, and the share of here-and-now money that fell away is told. Where what was not ordered
leaves no plan, regret is infinite.

The plan of least regret is the one whose largest regret is smallest (Savage 1951). A decision of no regret is in every
scenario's here-and-now part: the least amount over scenarios.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sp

from compute_lp.family import Block, Index
from compute_lp.index import ABSENT
from compute_lp.schema import Codes, Floats, Mask
from compute_lp.units import MONTHS
from planner.compare.laboratory import BASE, FRACTIONS, Laboratory, Programme, begun, duration, rounding_musd
from planner.compare.orders import AMOUNT, MUSD, OrderBook, arrivals, committed, order_book
from planner.plan import Plan
from planner.questions.again import Unusable
from planner.questions.trials import asking
from planner.wording import NOTABLE, money, number, several

if TYPE_CHECKING:
    from compute_lp.family import Arrays
    from planner.compare.solved import Keeper
    from planner.solve import Solution, Start

COMMIT_MONTHS = 12.0
"""From plan start to the commitment date."""
FREE = 1e-3
"""Weight by number and not by money, of all here-and-now money, when as little as can be falls away: some are free."""
SLACK = 1e-9
"""By how much the least that must fall away may be passed, of all here-and-now money: for rounding."""


ALIKE = 6
"""Decimals, of the programme's units, to which orders must be the same to count as the same."""
NEARLY = 0.9
"""Share of the scenarios in whose here-and-now part a decision must be to be listed."""
MOST_TOLD = 5
TABLE = ("plan_of", "lived_in", "regret_musd", "regret_share", "fallen_away_share")
LIVED, LIFE = "lived", ("plan_of", "regret_musd", "fallen_away_share")
"""What is kept of a scenario in which all plans have been lived."""
SUMMARY = ("plan_of", "maximum_musd", "worst_in", "mean_musd", "weighted_mean_musd", "most_fallen_away_share")
NO_REGRET = ("decision", "unit", "least", "most", "base", "scenarios")
FALLEN, ASKED = "regret.fallen_away", "regret.asked"


class Lived(NamedTuple):
    """A plan lived in another scenario: infinite regret where it can't be, NaN where the time limit came first."""

    regret_musd: float
    fallen_away_share: float


@dataclass(frozen=True, eq=False)
class Regret:
    """`table`: a row a plan and a scenario it is lived in, `regret_share` of that scenario's best. `summary`: see
    `summarised`. `no_regret`: see `no_regret`. `without_plan`: scenarios left out because they have none;
    `unsolved`: because the time limit came before their optimum."""

    table: pd.DataFrame
    summary: pd.DataFrame
    no_regret: pd.DataFrame
    without_plan: tuple[str, ...]
    unsolved: tuple[str, ...]
    commit_months: float
    value_served: bool

    @property
    def minimax(self) -> str:
        """The scenario whose plan has the smallest largest regret."""
        return str(self.summary["plan_of"].iloc[int(self.summary["maximum_musd"].to_numpy().argmin())])


@dataclass(frozen=True, eq=False)
class _World:
    """A scenario with its best plan, and the order books of the plans that are to be lived in it."""

    name: str
    solution: Solution
    objective_musd: float
    books: Mapping[str, OrderBook]
    commit_years: float


def regret(
    lab: Laboratory, names: Sequence[str], commit_months: float = COMMIT_MONTHS, keeper: Keeper | None = None
) -> Regret:
    """Every scenario's here-and-now part lived in every other: n optima and up to n (n - 1) re-solves. Scenarios that
    begin alike are lived once. `keeper` is handed each scenario that all plans have been lived in, and asked for it."""
    plans = lab.relax(names)
    possible = [name for name in names if name in plans and plans[name].exists]
    books = {name: order_book(plans[name], commit_months * MONTHS) for name in possible}
    first = _first_alike(books)
    worlds = [
        _World(
            name,
            replace(plans[name].solution, log=""),
            plans[name].objective_musd,
            {of: books[of] for of in dict.fromkeys(first.values()) if of != first[name]},
            commit_months * MONTHS,
        )
        for name in possible
    ]
    lives, keep = _kept(keeper, worlds, books)
    worlds = [world for world in worlds if world.name not in lives]
    solves = [len(world.books) for world in worlds]
    each_s = np.mean([plans[name].solution.seconds["total"] for name in possible]) if possible else 0.0
    again_s = float(each_s) * sum(solves) / min(lab.jobs, max(len(worlds), 1))
    kept = f"; the lives in {several(len(lives), 'scenario')} were kept" if lives else ""
    lab.say(f"regret: {sum(solves)} re-solves, about {duration(again_s)}{kept}")
    lived = lab.mapped(_lived, worlds, lab.left("regret", sum(solves)), solves, keep)
    lives |= {world.name: found for world, found in zip(worlds, lived, strict=True)}
    rows = [
        (of, world, *lives[world].get(first[of], Lived(0.0, 0.0)), abs(plans[world].objective_musd))
        for of in possible
        for world in possible
    ]
    table = pd.DataFrame(rows, columns=["plan_of", "lived_in", "regret_musd", "fallen_away_share", "own"])
    table.insert(3, "regret_share", (table["regret_musd"] / table["own"]).where(table["own"] > 0))
    table = table[list(TABLE)]
    weights = {name: lab.source.weight(name) for name in possible}
    impossible = tuple(name for name in plans if name not in possible)
    unsolved = tuple(name for name in names if name not in plans)
    summary = summarised(table, weights)
    return Regret(table, summary, no_regret(books), impossible, unsolved, commit_months, lab.most_served)


def _kept(
    keeper: Keeper | None, worlds: Sequence[_World], books: Mapping[str, OrderBook]
) -> tuple[dict[str, dict[str, Lived]], Callable[[_World, dict[str, Lived]], None]]:
    """The plans lived in each scenario as far as they were kept, and what keeps more of them. They hold for these
    scenarios and these orders alone: another optimum of the same scenario may begin otherwise."""
    if keeper is None:
        return {}, lambda world, found: None
    orders = hashlib.sha256()
    for name, book in books.items():
        for block, frame in book.items():
            orders.update(f"{name} {block}\n{frame.round(ALIKE).to_csv(index=False)}".encode())
    of = [*books, f"orders {orders.hexdigest()}"]

    def key(world: _World) -> str:
        return f"{world.commit_years / MONTHS:g} months, in {world.name}"

    def keep(world: _World, found: dict[str, Lived]) -> None:
        table = pd.DataFrame([(plan, *one) for plan, one in found.items()], columns=list(LIFE))
        keeper.keep(LIVED, key(world), of, table)

    lives = {}
    for world in worlds:
        if keeper.knows(LIVED, key(world), of):
            table = keeper.made(LIVED, key(world), of, pd.DataFrame)
            lives[world.name] = {plan: Lived(*one) for plan, *one in table.itertuples(index=False, name=None)}
    return lives, keep


def _first_alike(books: Mapping[str, OrderBook]) -> dict[str, str]:
    """For each plan the first one that begins like it."""
    first: dict[str, str] = {}
    for name, book in books.items():
        told = {block: frame.round(ALIKE) for block, frame in book.items() if len(frame)}
        alike = (
            one
            for one in dict.fromkeys(first.values())
            if {block for block, frame in books[one].items() if len(frame)} == told.keys()
            and all(books[one][block].round(ALIKE).equals(frame) for block, frame in told.items())
        )
        first[name] = next(alike, name)
    return first


def summarised(table: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """A row a plan: its largest regret and where, the mean over scenarios and the mean by their weights; of those
    regrets that are known."""
    rows = []
    for of, own in table.groupby("plan_of", sort=False):
        own = own[own["regret_musd"].notna()]
        regrets = own["regret_musd"].to_numpy(np.float64)
        weight = own["lived_in"].map(weights).to_numpy(np.float64)
        counted = weight > 0  # one of weight 0 counts for nothing, even where the plan can't be lived in it
        weighted = float(regrets[counted] @ weight[counted] / weight.sum()) if counted.any() else np.nan
        worst = own["lived_in"].iloc[int(regrets.argmax())]
        rows.append((of, regrets.max(), worst, regrets.mean(), weighted, own["fallen_away_share"].max()))
    return pd.DataFrame(rows, columns=list(SUMMARY))


def no_regret(books: Mapping[str, OrderBook]) -> pd.DataFrame:
    """Decisions in the here-and-now part of nearly every scenario, the dearest first: the least and most over all
    scenarios, what the base has, and in how many they are."""
    parts = [
        frame[["decision", "unit", "told", MUSD]].assign(scenario=name)
        for name, book in books.items()
        for frame in book.values()
        if len(frame)
    ]
    if not parts:
        return pd.DataFrame(columns=list(NO_REGRET))
    listed = pd.concat(parts, ignore_index=True)
    grouped = listed.groupby(["decision", "unit"], sort=False)
    found = grouped.agg(smallest=("told", "min"), most=("told", "max"), scenarios=("told", "size"), musd=(MUSD, "min"))
    base = listed[listed["scenario"] == BASE].set_index(["decision", "unit"])["told"]
    found["base"] = base.reindex(found.index).fillna(0.0) if BASE in books else np.nan
    found["least"] = found["smallest"].where(found["scenarios"] == len(books), 0.0)
    found = found[found["scenarios"] >= NEARLY * len(books)].sort_values("musd", ascending=False, kind="stable")
    return found.reset_index()[list(NO_REGRET)]


def sentences(found: Regret) -> list[str]:
    """The matrix in words."""
    summary = found.summary.sort_values("maximum_musd", kind="stable").reset_index(drop=True)
    told = [
        f"{', '.join(names)}: {why}."
        for names, why in (
            (found.without_plan, "no plan exists, so there is no regret to tell"),
            (found.unsolved, "not solved within the workbook's time_limit_s, so left out of regret"),
        )
        if names
    ]
    unknown = int(found.table["regret_musd"].isna().sum())
    if unknown:
        told.append(f"{unknown} of {len(found.table)} regrets took longer than time_limit_s and are left blank.")
    if len(summary) < 2:
        return [*told, "Regret needs two scenarios with a plan."]
    first, second = summary.iloc[0], summary.iloc[1]
    if not np.isfinite(first["maximum_musd"]):
        return [*told, "Every plan has a scenario in which it can't be lived."]
    what = "value served" if found.value_served else "cost"
    told.append(
        f"The plan of {first['plan_of']} has the smallest largest regret: {money(first['maximum_musd'])} of {what}, in "
        f"{first['worst_in']}. These two decide it; next best is the plan of {second['plan_of']}, {_worst(second)}."
    )
    last = summary.iloc[-1]
    told.append(f"The largest regret of all is that of the plan of {last['plan_of']}, {_worst(last)}.")
    fallen = found.table.sort_values("fallen_away_share", ascending=False, kind="stable", na_position="last").iloc[0]
    if fallen["fallen_away_share"] > NOTABLE:
        told.append(
            f"Of what the plan of {fallen['plan_of']} orders at once, {number(100 * fallen['fallen_away_share'])} % by "
            f"money can't be had in {fallen['lived_in']}; its regret there is of the nearest plan that can."
        )
    always = found.no_regret[found.no_regret["least"] > NOTABLE]
    if len(always):
        shown = always.head(MOST_TOLD)[["decision", "least", "unit"]].itertuples(index=False, name=None)
        listed = "; ".join(f"{decision}: {number(least)} {unit}" for decision, least, unit in shown)
        told.append(
            f"Decisions of no regret, in every scenario's plan of the first {number(found.commit_months)} months: "
            f"{listed}."
        )
    told.append(f"Plans are compared {FRACTIONS}, and begun with the here-and-now parts of such plans.")
    return told


def _worst(row: pd.Series[Any]) -> str:
    if np.isfinite(row["maximum_musd"]):
        return f"{money(row['maximum_musd'])} in {row['worst_in']}"
    return f"which can't be lived in {row['worst_in']}"


def _lived(lab: Laboratory, world: _World) -> dict[str, Lived]:
    """Each plan lived in one scenario."""
    plan = lab.given(world.name, world.solution, world.objective_musd)
    arrays = Programme(plan.inputs, plan.model, plan.arrays).compared
    best_musd = -world.objective_musd if lab.most_served else world.objective_musd
    # The plan of the most served is the optimum of another programme, the cheapest.
    own = lab.start if lab.most_served else begun(arrays, world.solution)
    starts = _Starts(own, own, own)
    at_once = committed(plan, world.commit_years)
    found = {}
    for of, book in world.books.items():
        lab.say(f"regret: the plan of {of} lived in {world.name}")
        held = _held(book, plan, at_once)
        try:
            found[of] = _relived(lab, arrays, starts, held, best_musd)
        except Unusable:
            found[of] = Lived(np.nan, np.nan)
    return found


@dataclass(eq=False)
class _Starts:
    """What the next plan lived in a scenario starts from, for each of its solves (held in full, with the least falling
    away, the cheapest of these): where the plan before ended, which most often is a variant of the same scenario. To
    begin with it is the scenario's own optimum."""

    held: Start | None
    falling: Start | None
    nearest: Start | None


@dataclass(frozen=True, eq=False)
class _Held:
    """Here-and-now decisions as they stand in a programme: the least of each column, and MUSD a unit of it; `capped`
    columns have no more than that; MUSD of all that was ordered, and of what has no place."""

    least: Floats
    musd_per_unit: Floats
    capped: Mask
    ordered_musd: float
    lost_musd: float


def _held(book: OrderBook, plan: Plan, at_once: Mapping[str, Codes]) -> _Held:
    size = len(plan.arrays.lower)
    least, musd, capped = np.zeros(size), np.zeros(size), np.zeros(size, dtype=np.bool_)
    lost_musd = 0.0
    for name, orders in book.items():
        at = arrivals(orders, plan, name)
        there = at != ABSENT
        if there.any():
            columns = plan.arrays.columns[name].start + at[there]
            np.add.at(least, columns, orders[AMOUNT].to_numpy()[there])
            np.add.at(musd, columns, orders[MUSD].to_numpy()[there])
        lost_musd += float(orders[MUSD].to_numpy()[~there].sum())
    for columns in at_once.values():
        capped[columns] = True
    per_unit = np.divide(musd, least, out=np.zeros(size), where=least > 0)
    return _Held(least, per_unit, capped, float(musd.sum()) + lost_musd, lost_musd)


def _relived(lab: Laboratory, arrays: Arrays, starts: _Starts, held: _Held, best_musd: float) -> Lived:
    """The rest planned anew around what is held; where it can't all be, around the nearest that can."""
    upper = np.where(held.capped, np.minimum(arrays.upper, held.least), arrays.upper)
    within = np.minimum(held.least, upper)
    fixed = replace(arrays, lower=np.maximum(arrays.lower, within), upper=upper)
    fallen_musd = held.lost_musd + float(held.musd_per_unit @ (held.least - within))
    solution = lab.solved(fixed, starts.held)
    starts.held = begun(fixed, solution) or starts.held
    if not solution.x.size:
        solution, given_up = _nearest(lab, replace(arrays, upper=upper), starts, within, held)
        fallen_musd += given_up
    if not solution.x.size:
        return Lived(np.inf, np.nan)
    extra = solution.objective - best_musd
    share = fallen_musd / held.ordered_musd if held.ordered_musd > 0 else 0.0
    return Lived(0.0 if abs(extra) <= rounding_musd(arrays, solution.x) else extra, share)


def _nearest(lab: Laboratory, arrays: Arrays, starts: _Starts, least: Floats, held: _Held) -> tuple[Solution, float]:
    """The cheapest of the plans in which the least of what was ordered falls away, and MUSD of that."""
    columns = np.flatnonzero(least > 0)
    amount = least[columns]
    scale_musd = max(held.ordered_musd, 1.0)
    weight = held.musd_per_unit[columns] + FREE * scale_musd / (len(columns) * amount)
    elastic = _elastic(arrays, columns, amount)
    size = len(arrays.lower)
    falling = np.concatenate([np.zeros(size), weight])
    asked = replace(elastic, cost=falling, offset=0.0)
    least_fall = lab.solved(asked, starts.falling)
    starts.falling = begun(asked, least_fall) or starts.falling
    if not least_fall.x.size:
        return least_fall, 0.0
    near = asking(elastic, falling, -np.inf, least_fall.objective + SLACK * scale_musd)
    # Not from where least falls away, which is far from any least cost.
    solution = lab.solved(near, starts.nearest)
    starts.nearest = begun(near, solution) or starts.nearest
    return solution, float(held.musd_per_unit[columns] @ solution.x[size:]) if solution.x.size else 0.0


def _elastic(arrays: Arrays, columns: Codes, least: Floats) -> Arrays:
    """The arrays with a row more for each of `columns`, which asks for its least, and a column for what falls away."""
    count, size, rows = len(columns), len(arrays.lower), len(arrays.row_lower)
    picked = sp.csc_array((np.ones(count), (np.arange(count), columns)), shape=(count, size))
    index = Index.of(columns.tolist())
    return replace(
        arrays,
        cost=np.concatenate([arrays.cost, np.zeros(count)]),
        matrix=sp.csc_array(sp.block_array([[arrays.matrix, None], [picked, sp.eye_array(count)]], format="csc")),
        row_lower=np.concatenate([arrays.row_lower, least]),
        row_upper=np.concatenate([arrays.row_upper, np.full(count, np.inf)]),
        lower=np.concatenate([arrays.lower, np.zeros(count)]),
        upper=np.concatenate([arrays.upper, least]),
        whole=np.zeros(size + count, dtype=np.bool_),
        columns={**arrays.columns, FALLEN: Block(FALLEN, size, count, index)},
        rows={**arrays.rows, ASKED: Block(ASKED, rows, count, index)},
    )
