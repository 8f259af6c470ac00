"""What the programme of a stored plan tells beyond its tables: what its limits are worth and when its orders fall.

The plan is reopened and proven, not solved (`questions.again`); what it told is kept beside the run. What can't be
reopened, as a plan that was stopped before its prices were known, is told with the reason and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from compute_lp.schema import InputError
from planner.compare.cases import Case, calendar_of, models_of
from planner.compare.orders import ORDERED, order_book
from planner.compare.solved import Keeper
from planner.plan import Plan
from planner.questions.again import Unusable, reopen
from planner.results import limits
from planner.wording import NOTABLE

MONTHS_A_YEAR = 12
NO_PLAN = "no plan"
OPENED = "opened"
"""What is kept of a plan that was opened, in place of the name of a view."""
WORTH = ("part", "constraint", "keys", "worth_musd", "later_musd")
ORDERS = ("kind", "item", "ordered", "amount")
KIND_OF_BLOCK = {
    "siting.fitout_mw": "site",
    "grid.energise_mw": "connection",
    "procurement.buy": "accelerator",
    "clouds.rent": "cloud",
    "training.run": "model",
    "energy.build_mw": "energy asset",
}
"""The kind of decision of each block of orders, whose first key names what is decided."""


@dataclass(frozen=True, eq=False)
class Insight:
    """`worth`: a row a limit with a price, `worth_musd` its shadow price times the limit, discounted. `orders`: a row
    an order, `kind` and `item` of the decision (a stage is `slough:1`, an asset `slough:gas`), `ordered` its month
    (YYYY-MM), `amount` in the unit of the result tables (MW, units, runs). `why_not`: why both are empty."""

    worth: pd.DataFrame
    orders: pd.DataFrame
    why_not: str = ""


def insight(case: Case, keeper: Keeper, progress: Callable[[str], None]) -> Insight:
    """What the programme of a case tells, from what is kept of it or from its plan, opened again; never raises for a
    case that can't be. Its calendar and models are the case's from then on."""
    nothing = pd.DataFrame(columns=list(WORTH)), pd.DataFrame(columns=list(ORDERS))
    if not case.exists:
        return Insight(*nothing, f"{NO_PLAN} ({case.status})")
    try:
        book = case.source.unchanged

        def opened() -> tuple[pd.DataFrame, ...]:
            progress(f"opening {case.name}")
            plan = reopen(case.run, case.scenario, book=book)
            return worth(plan), orders(plan), calendar_of(plan.inputs), models_of(plan.inputs)

        found = keeper.made(OPENED, case.scenario, (case.scenario,), opened)
    except (Unusable, InputError) as fault:
        return Insight(*nothing, str(fault))
    case.know(calendar=found[2], models=found[3])
    return Insight(found[0], found[1])


def worth(plan: Plan) -> pd.DataFrame:
    """Shadow price times limit of every limit that has a price; what one more token costs is no limit.

    A limit that is nothing in a period has no such worth, though it may bind hardest: a connection in its queue, a chip
    before its release. `later_musd` is of these, with the largest limit of any period in place of the period's."""
    found = []
    for block, price, keys, price_musd, limits_now in limits(plan):
        limit = pd.Series(limits_now)
        item = [name for name in keys.columns if name != "period"]
        largest = limit.groupby([keys[name] for name in item]).transform("max") if item else limit
        now_musd = price_musd * limits_now
        later_musd = np.where(now_musd > NOTABLE, 0.0, price_musd * largest.to_numpy())
        at = np.flatnonzero((now_musd > NOTABLE) | (later_musd > NOTABLE))
        keys = keys.iloc[at]
        texts = [
            "; ".join(f"{key}={entry}" for key, entry in zip(keys.columns, row, strict=True))
            for row in keys.itertuples(index=False)
        ]
        part = "load" if block == "loads" else block
        weights = {"worth_musd": now_musd[at], "later_musd": later_musd[at]}
        found.append(pd.DataFrame({"part": part, "constraint": price.constraint, "keys": texts, **weights}))
    filled = [frame for frame in found if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(WORTH))


def orders(plan: Plan) -> pd.DataFrame:
    """When each decision of the plan is ordered, and how much: in-service date less lead, licence delay included."""
    book = order_book(plan, np.inf)
    start = pd.Period(str(plan.inputs.settings["plan_start"]), "M")
    rows = [
        (kind, str(key), str(start + int(np.floor(years * MONTHS_A_YEAR + NOTABLE))), amount)
        for block, kind in KIND_OF_BLOCK.items()
        for key, years, amount in _ordered(book.get(block))
    ]
    return pd.DataFrame(rows, columns=list(ORDERS))


def _ordered(book: pd.DataFrame | None) -> Iterator[tuple[object, float, float]]:
    """First key, date and amount of each order of a block."""
    if book is not None and len(book):
        yield from zip(book["key0"], book[ORDERED], book["told"], strict=True)
