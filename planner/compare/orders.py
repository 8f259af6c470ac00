"""What a plan orders and when: the decisions that stand before a date, named so that another programme knows them.

A decision is a column at the period it enters service; its order falls its lead earlier (licence delay included), so
what is here-and-now is a question of dates and not of periods. Decided are: accelerators bought, stages of connections
energised and begun, halls fitted out, sites opened, energy assets built (all with a lead); rents signed and money spent
on applications (at the start of their period); training runs (at the start of their period, or of the first one in
which experiments for them may be done). All else (what is served, hosted, imported, retired, licensed) follows later,
or from these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compute_lp import REPORTS
from compute_lp.calendar import SLACK_YEARS
from compute_lp.family import Block, Index
from compute_lp.grid import LEAD_COLUMN
from compute_lp.index import ABSENT
from compute_lp.schema import Codes, Floats, Inputs
from compute_lp.tables import codes, column
from compute_lp.units import MONTHS
from planner.plan import Plan
from planner.questions.items import text_of
from planner.results import labels
from planner.wording import NOTABLE

WORDS: Mapping[str, str] = {
    "procurement.buy": "accelerators bought",
    "grid.energise_mw": "connection energised",
    "grid.begun": "connection begun",
    "siting.fitout_mw": "halls fitted out",
    "siting.opened": "site opened",
    "energy.build_mw": "energy asset built",
    "clouds.rent": "accelerators rented",
    "training.run": "model run",
    "adoption.adopt": "money on applications",
}
"""Blocks of columns that are decisions with an order date, and what is said of them."""
UNIT_OF_BEGUN = "stages"
"""`grid.begun` stands in no result table, which would tell its unit."""
ORDERED, AMOUNT, MUSD = "ordered_years", "amount", "musd"
OrderBook = dict[str, pd.DataFrame]
"""By block, a row an order: the names of its keys but the period (`key0` …), `ordered_years` from plan start, `amount`
in the programme's unit, `musd` it commits to, undiscounted, and how it is told: `decision`, `unit`, `told`."""


def order_dates(plan: Plan) -> dict[str, Floats]:
    """Years from plan start to the order, for each row of each block of `WORDS` that the programme has."""
    leads = _lead_years(plan.model, plan.inputs)
    found: dict[str, Floats] = {}
    for name, block in _decisions(plan):
        service = _service(plan, block.index)
        found[name] = _first_work(plan, block.index) if name == "training.run" else service - leads[name](block.index)
    return found


def order_book(plan: Plan, commit_years: float) -> OrderBook:
    """What a plan orders before a date, years from plan start."""
    dates, paid = order_dates(plan), paid_musd(plan)
    return {
        name: _orders(plan, block, dates[name], paid[block.slice], commit_years) for name, block in _decisions(plan)
    }


def arrivals(orders: pd.DataFrame, plan: Plan, name: str) -> Codes:
    """Where orders of another plan stand in this one: positions in its block `name`, -1 for what it has no place for.

    What is ordered on a date comes in the first period in which this plan can have it from an order of that date: a
    longer wait delays it, a shorter one brings it early."""
    if name not in plan.arrays.columns or not len(orders):
        return np.full(len(orders), ABSENT)
    index = plan.arrays.columns[name].index
    keys: list[Any] = [
        np.arange(base.size)[None, :] if base is plan.model.PERIODS else codes(base, list(orders[f"key{i}"]))[:, None]
        for i, base in enumerate(index.bases)
    ]
    at = index.find(*keys)
    latest = np.append(order_dates(plan)[name], -np.inf)[at]  # what isn't there is never in time
    in_time = latest >= orders[ORDERED].to_numpy()[:, None] - SLACK_YEARS
    return np.where(in_time.any(axis=1), at[np.arange(len(orders)), in_time.argmax(axis=1)], ABSENT)


def committed(plan: Plan, commit_years: float) -> dict[str, Codes]:
    """Columns of the programme, by block, that are ordered before the date if at all."""
    dates = order_dates(plan)
    return {
        name: block.start + np.flatnonzero(dates[name] < commit_years - SLACK_YEARS) for name, block in _decisions(plan)
    }


def paid_musd(plan: Plan) -> Floats:
    """Undiscounted MUSD that a unit of each column costs by itself; of a decision: what its order commits to."""
    return np.asarray(plan.arrays.totals["money"].matrix.sum(axis=0), dtype=np.float64).ravel()


def _decisions(plan: Plan) -> list[tuple[str, Block]]:
    return [(name, plan.arrays.columns[name]) for name in WORDS if name in plan.arrays.columns]


def _orders(plan: Plan, block: Block, dates: Floats, paid: Floats, commit_years: float) -> pd.DataFrame:
    amount = plan.solution.x[block.slice]
    rows = np.flatnonzero((dates < commit_years - SLACK_YEARS) & (amount > NOTABLE))
    part, of = block.name.split(".")
    told = next((value for report in REPORTS[part] for value in report.values if value.of == of), None)
    factor = 1.0 if told is None else told.factor
    words = labels(plan, block.index).iloc[rows]
    keys = {
        f"key{i}": np.asarray(base.labels(), dtype=object)[code[rows]]
        for i, (base, code) in enumerate(zip(block.index.bases, block.index.codes, strict=True))
        if base is not plan.model.PERIODS
    }
    return pd.DataFrame(
        {
            **keys,
            ORDERED: dates[rows],
            AMOUNT: amount[rows],
            MUSD: (paid * amount)[rows],
            "decision": [
                f"{WORDS[block.name]}: {', '.join(map(text_of, row))}" for row in words.itertuples(index=False)
            ],
            "unit": UNIT_OF_BEGUN if told is None else told.unit,
            "told": amount[rows] * factor,
        }
    )


def _service(plan: Plan, index: Index) -> Floats:
    return np.asarray(plan.model.calendar.start[index.codes[index.axis(plan.model.PERIODS)]])


def _lead_years(model: Any, inputs: Inputs) -> Mapping[str, Any]:
    """By block: the wait between order and service of the rows of its index."""
    offers, sites, assets = inputs["grid_offers"], inputs["sites"], inputs["energy_assets"]
    queue = column(offers, LEAD_COLUMN[str(inputs.settings["grid_delay"])]) * MONTHS
    build = column(sites, "build_months") * MONTHS
    asset = column(assets, "lead_months") * MONTHS
    chip = column(inputs["accelerators"], "lead_months") * MONTHS
    delay = model.export.delay_years

    def first_key(lead_years: Floats) -> Any:
        return lambda index: lead_years[index.codes[0]]

    def none(index: Index) -> Floats:
        return np.zeros(index.size)

    return {
        "procurement.buy": lambda index: chip[index.codes[0]] + delay[index.codes],
        "grid.energise_mw": first_key(queue),
        "grid.begun": first_key(queue),
        "siting.fitout_mw": first_key(build),
        "siting.opened": first_key(build),
        "energy.build_mw": first_key(asset),
        "clouds.rent": none,
        "adoption.adopt": none,
    }


def _first_work(plan: Plan, index: Index) -> Floats:
    """Start of the first period in which a run, or experiments for it, may be worked on."""
    first = _service(plan, index).copy()
    run, period, worked = plan.model.training.WINDOW.codes
    np.minimum.at(first, index.find(run, period), plan.model.calendar.start[worked])
    return first
