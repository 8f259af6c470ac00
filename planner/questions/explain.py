"""Why something is in the plan or isn't, what limits it, what would change that, and how firm the decision is.

What the plan does with it comes from the measures of the result tables; the limits from the prices (`evidence`); what
keeps it out whatever it costs from the dates and rules of the workbook (`reasons`); what it costs to have it, to have
it earlier or to do without it, and the range of the decision within 1 % of the best cost, from re-solves (`trials`).

The price at which something would come into the plan is found by forcing money on it, not units: with K the money its
price cells pay for, all of it in proportion to them, a plan that spends K on it and costs d more is as good as the plan
once these cells fall by d / K; the least d for that much K is a re-solve. The reduced cost of what would be bought
isn't told: it is often 0, where columns that stand for the same thing (bought, in a cohort, installed) carry the cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from compute_lp.schema import Floats
from planner.plan import Plan
from planner.questions.evidence import Binding, binding, rows_of, with_steps
from planner.questions.items import RUNS, Item, Measure, Path, cell_of, path
from planner.questions.limits import Cell, limits_of
from planner.questions.reasons import reasons
from planner.questions.trials import SAID, WITHIN, Mode, Outcome, Trials, money_of
from planner.wording import NOTABLE, counted, money, number

LIMITS_TOLD = 6
LIMITS_STEPPED = 2
"""Degenerate limits whose worth is re-solved: each costs two solves."""
SHRINK = (1.0, 0.1, 0.01)
"""Of the amount that is forced in, where so much can't be had."""
FIRST = 0.01
"""Of the money on that amount, that is forced to find the price at which a first unit pays; of a run, all."""
MEASURABLE = 1e3
"""Least money that is forced, in what rounding does to the cost: so the price is right to a thousandth."""
TOKEN_SHARE = 0.01
"""Of what it could answer, that a model or workload is made to."""


@dataclass(frozen=True)
class Change:
    """A plan with something changed. `what`: having, earlier, without or price. `amount` in `unit` of what is had;
    `extra_musd` against the plan, None where no such plan exists; `share` by which the price `cells` would have to
    fall."""

    what: str
    sentence: str
    amount: float | None = None
    unit: str = ""
    extra_musd: float | None = None
    share: float | None = None
    mode: Mode | None = None
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Firmness:
    """Range of a measure within `WITHIN` of the best cost, and what the plan has."""

    least: float
    most: float
    planned: float
    unit: str
    mode: Mode
    sentence: str


@dataclass(frozen=True)
class Explanation:
    """The answer. `paths`: values by measure and period. `in_plan`: None of what only limits."""

    item: Item
    paths: dict[str, dict[str, float]]
    does: tuple[str, ...]
    in_plan: bool | None
    limits: tuple[Binding, ...]
    reasons: tuple[str, ...]
    changes: tuple[Change, ...]
    firmness: Firmness | None

    def sections(self) -> list[tuple[str, list[str]]]:
        """Headings with their sentences."""
        more = len(self.limits) - LIMITS_TOLD
        limits = [limit.sentence() for limit in self.limits[:LIMITS_TOLD]]
        if more > 0:
            limits.append(f"and {more} more that {'is' if more == 1 else 'are'} worth less (--json gives all)")
        if not limits:
            limits = ["no limit that speaks of it binds"]
        told = [
            ("In the plan", list(self.does)),
            ("Limits", limits),
            ("Reasons", list(self.reasons)),
            ("Changes", [change.sentence for change in self.changes]),
            ("Firmness", [self.firmness.sentence] if self.firmness is not None else []),
        ]
        return [(heading, sentences) for heading, sentences in told if sentences]

    def as_json(self) -> dict[str, Any]:
        """For machines: figures, and the sentences made of them; null for what is infinite or not known."""
        answer: dict[str, Any] = _finite(
            {
                "kind": self.item.kind.word,
                "name": self.item.name,
                "in_plan": self.in_plan,
                "paths": self.paths,
                "does": self.does,
                "limits": [asdict(limit) | {"sentence": limit.sentence()} for limit in self.limits],
                "reasons": self.reasons,
                "changes": [asdict(change) for change in self.changes],
                "firmness": None if self.firmness is None else asdict(self.firmness),
            }
        )
        return answer


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def explain(
    plan: Plan, item: Item, *, quick: bool = False, progress: Callable[[str], None] | None = None
) -> Explanation:
    """Everything there is to say of an item; with `quick` without re-solves, so without changes and firmness."""
    kind, x = item.kind, plan.solution.x
    measures = [m for m in (kind.decision, kind.steady, *kind.others) if m is not None]
    paths = {measure: path(plan, item.keys, measure) for measure in measures}
    decided = paths.get(kind.decision) if kind.decision is not None else None
    in_plan = None if decided is None else bool(decided.at(x).max(initial=0.0) > NOTABLE)
    limits = binding(plan, item)
    trials = Trials(plan, item, progress)
    changes: list[Change] = []
    firmness = None
    if not quick:
        limits = [one for one in with_steps(limits, plan, trials, LIMITS_STEPPED) if not one.worthless]
        changes = _changes(plan, item, decided, trials)
        steady = kind.steady or kind.decision
        if steady is not None and paths[steady].open.any():
            firmness = _firmness(plan, item, paths[steady], trials)
    return Explanation(
        item=item,
        paths={f"{m.table}.{m.column}": _by_period(plan, paths[m]) for m in measures},
        does=tuple(_does(plan, item, paths, in_plan)),
        in_plan=in_plan,
        limits=tuple(limits),
        reasons=tuple(reasons(plan, item)),
        changes=tuple(changes),
        firmness=firmness,
    )


def _by_period(plan: Plan, one: Path) -> dict[str, float]:
    return {str(period): float(value) for period, value in zip(one.periods, one.at(plan.solution.x), strict=True)}


def _does(plan: Plan, item: Item, paths: dict[Measure, Path], in_plan: bool | None) -> list[str]:
    x = plan.solution.x
    told = [sentence for one in paths.values() if (sentence := one.sentence(x))]
    if item.kind.word == "accelerator":
        clouds = plan.inputs["clouds"]
        rented = Measure("clouds", "rented_units", "rented", stock=True)
        for cloud in clouds.loc[clouds["accelerator"] == item.name, "cloud"]:
            sentence = path(plan, {"cloud": str(cloud)}, rented).sentence(x)
            told += [f"{sentence} from {cloud}"] if sentence else []
    if item.kind.word == "cap":
        told += [sentence] if (sentence := _standing(plan, item)) else []
    if in_plan is False:
        decision = item.kind.decision
        assert decision is not None
        told.insert(0, f"nothing {decision.word}" if item.kind.word != "site" else "no halls fitted out")
    return told


def _standing(plan: Plan, item: Item) -> str:
    """How much of a cap is used at most; "" of one on a share, which counts for and against."""
    rows = np.flatnonzero(rows_of(plan, item))
    limit, counted = plan.arrays.row_upper[rows], np.asarray(plan.arrays.matrix @ plan.solution.x)[rows]
    used = np.divide(counted, limit, out=np.zeros_like(counted), where=limit > 0)
    if not (limit > 0).any():
        return ""
    most = int(np.argmax(used))
    if used[most] <= NOTABLE:
        return "nothing of it is used"
    (fullest,) = limits_of(plan, [int(rows[most])])
    return f"at most {_percent(float(used[most]))} of it is used, in {fullest.keys['period']}"


def _changes(plan: Plan, item: Item, decided: Path | None, trials: Trials) -> list[Change]:
    if decided is None:
        rows = np.flatnonzero(rows_of(plan, item))
        return [_without(plan, trials.without_rows(f"the plan without {item}", rows))] if rows.size else []
    if not decided.open.any():
        return []
    used = np.flatnonzero(decided.at(plan.solution.x) > NOTABLE)
    if not used.size:
        return _having(plan, item, decided, trials)
    if item.kind.word == "workload":
        return []
    weights, constant = decided.weights()
    changes = [_without(plan, trials.having(f"the plan without {item}", weights, at_most=-constant))]
    earliest = int(np.argmax(decided.open))
    if earliest < used[0]:
        changes += _earlier(plan, item, decided, trials, earliest)
    return changes


def _having(plan: Plan, item: Item, decided: Path, trials: Trials) -> list[Change]:
    weights, constant = decided.weights()
    wanted = _least_amount(plan, item)
    for share in SHRINK if item.kind.least != 1.0 or decided.unit != "runs" else SHRINK[:1]:
        amount = share * wanted
        said = f"{counted(amount, decided.unit)} {decided.measure.word}"
        outcome = trials.having(f"{item} with {said}", weights, at_least=amount - constant)
        if outcome.exists or outcome.stopped:
            break
    if not outcome.exists:
        return [Change("having", _no_such_plan(outcome, f"with {said}"), amount, decided.unit, mode=outcome.mode)]
    begins = np.flatnonzero(decided.at(outcome.x) > NOTABLE)
    when = f", first in {decided.periods[begins[0]]}" if begins.size else ""
    sentence = f"with {said}{when}, the plan would cost {_more(outcome)}{_aside(plan, outcome.mode)}"
    had = Change("having", sentence, amount, decided.unit, outcome.extra_musd, mode=outcome.mode)
    return [had, *_price(plan, item, trials, outcome)]


def _price(plan: Plan, item: Item, trials: Trials, had: Outcome) -> list[Change]:
    weights = money_of(plan, item)
    paid_musd = float(weights @ had.x)
    a_little_musd = max(FIRST * paid_musd, MEASURABLE * trials.rounding_musd)
    spent_musd = paid_musd if item.kind is RUNS else min(paid_musd, a_little_musd)
    cells = [cell_of(plan.inputs, item.kind.sheet, item.row, column) for column in item.kind.priced]
    paying = tuple(cell for cell in cells if cell.value not in ("", "0"))
    if spent_musd <= trials.rounding_musd or not paying:
        return []
    outcome = trials.having(f"the least cost of spending on {item}", weights, at_least=spent_musd)
    if not outcome.exists or outcome.mode != had.mode:
        return []
    share = outcome.extra_musd / spent_musd
    named, first = "; ".join(map(str, paying)), "a run" if item.kind is RUNS else "a first unit of it"
    if share <= 0:
        sentence = f"at its price it would do as well as what is in the plan: {named}"
    elif share > 1 - NOTABLE:
        sentence = f"even for nothing it would not come into the plan: {named}"
    elif len(paying) == 1:
        column = item.kind.priced[cells.index(paying[0])]
        price = float(plan.inputs[item.kind.sheet][column].iloc[item.row]) * (1 - share)
        sentence = f"for {first} to pay, {column} would have to fall by {_percent(share)}, to {number(price)}: {named}"
    else:
        sentence = f"for {first} to pay, these would have to fall together by {_percent(share)}: {named}"
    return [Change("price", sentence, share=share, mode=outcome.mode, cells=paying)]


def _earlier(plan: Plan, item: Item, decided: Path, trials: Trials, earliest: int) -> list[Change]:
    by_then = np.arange(len(decided.periods)) <= earliest
    weights, constant = decided.weights(by_then)
    amount = min(_least_amount(plan, item), float(decided.at(plan.solution.x).sum()))
    said = f"{counted(amount, decided.unit)} {decided.measure.word} in {decided.periods[earliest]} already"
    outcome = trials.having(f"{item} with {said}", weights, at_least=amount - constant)
    if not outcome.exists:
        return [Change("earlier", _no_such_plan(outcome, f"with {said}"), amount, decided.unit, mode=outcome.mode)]
    sentence = f"with {said} the plan would cost {_more(outcome)}{_aside(plan, outcome.mode)}"
    return [Change("earlier", sentence, amount, decided.unit, outcome.extra_musd, mode=outcome.mode)]


def _without(plan: Plan, outcome: Outcome) -> Change:
    if not outcome.exists:
        return Change("without", _no_such_plan(outcome, "without it"), mode=outcome.mode)
    sentence = f"without it the plan would cost {_more(outcome)}{_aside(plan, outcome.mode)}"
    return Change("without", sentence, extra_musd=outcome.extra_musd, mode=outcome.mode)


def _firmness(plan: Plan, item: Item, steady: Path, trials: Trials) -> Firmness:
    weights, constant = steady.weights()
    planned = float(weights @ plan.solution.x + constant)
    found = trials.ranged(str(item), weights, constant)
    least, most = (0.0 if abs(end) < NOTABLE else end for end in (found.least, found.most))
    when = f" in {steady.periods[int(np.flatnonzero(steady.open)[-1])]}" if steady.measure.stock else ""
    what = f"{steady.measure.word}{when}"
    same = number(least) == number(most)
    ends = counted(least, steady.unit) if same else f"between {number(least)} and {number(most)} {steady.unit}"
    sentence = (
        f"plans within {WITHIN:.0%} of the best cost have {ends} {what}, this one {number(planned)}"
        f"{_aside(plan, found.mode)}"
    )
    return Firmness(least, most, planned, steady.unit, found.mode, sentence)


def _least_amount(plan: Plan, item: Item) -> float:
    """The smallest sensible amount of an item's decision: what its kind says, no more than there can be."""
    kind = item.kind
    if kind.least:
        size = float(plan.inputs[kind.sheet][kind.size].iloc[item.row]) if kind.size else np.nan
        return kind.least if np.isnan(size) or size <= 0 else min(kind.least, size)
    serving = plan.model.serving
    w, segment, model, time = serving.ANSWERS.codes
    own = model == item.row if kind.word == "model" else w == item.row
    asked = np.unique(serving.DEMANDED.find(w[own], segment[own], time[own]))
    demand: Floats = serving.demand.array
    return TOKEN_SHARE * float(demand[asked].sum())


def _percent(share: float) -> str:
    return f"{number(100 * share)} %"


def _more(outcome: Outcome) -> str:
    if outcome.extra_musd == 0:
        return "the same"
    return f"{money(abs(outcome.extra_musd))} {'more' if outcome.extra_musd > 0 else 'less'}"


def _no_such_plan(outcome: Outcome, what: str) -> str:
    return f"{what}: the time was too short to say" if outcome.stopped else f"{what} there is no plan"


def _aside(plan: Plan, mode: Mode) -> str:
    """How whole numbers were taken, where there are any."""
    return f" ({SAID[mode]})" if plan.arrays.whole.any() else ""
