"""F 6, budget by layer: what is spent of what is granted and carried, and on what.

Money is undiscounted and real, resale taken off; a period's budget is that of its row, and what was left over of the
one before may be carried into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from compute_lp.ledger import END, RESIDUAL
from planner.appendices.material import Material
from planner.appendices.results.across import WHOLE, Pool, across, every_period, ranges
from planner.appendices.results.readings import at_limit
from planner.report.blocks import Block, Column, Heading, Paragraph, Table
from planner.report.charts import stacked
from planner.report.charts.against import against
from planner.wording import NOTABLE, joined, money

LAYERS = {"L1": "L1 compute", "L2": "L2 models", "L3": "L3 platform", "L4": "L4 applications"}
TOTAL = "total"
BUDGET, CARRIED = "budget", "carried"
CASH = Column("value", "Spent", kind="money")
LAYER = Column("layer", "Layer", kind="text")
PERIOD = Column("period", "Period", kind="text")


def budget(material: Material) -> Iterator[Block]:
    """Blocks of the section."""
    yield Heading("Budget by layer", 2)
    spent = spending(material)
    granted = grants(material)
    full = exhausted(material)
    yield Paragraph(f"{of_spending(spent)} {of_budgets(full, granted, material.periods)}")
    if spent.empty:
        return
    if len(granted):
        yield budget_table(granted, material.periods)
    yield heading_table(material)
    yield from _figure(material, spent, granted)


def spending(material: Material) -> pd.DataFrame:
    """`layer`, `period`, `value` in MUSD, undiscounted, without residual values."""
    cash = material.table("money")
    rows = cash[cash["period"] != END].groupby(["layer", "period"], sort=False)["musd"].sum().rename("value")
    told = every_period(rows.reset_index(), ["layer"], material.periods)
    named = told.assign(layer=told["layer"].map(LAYERS)).sort_values("layer", kind="stable")
    return named.reset_index(drop=True)


def grants(material: Material) -> pd.DataFrame:
    """`layer`, `what` (spent, budget, carried), `period`, `value` of layers that have budgets."""
    table = material.table("budgets")
    if table.empty:
        return pd.DataFrame(columns=["layer", "what", "period", "value"])
    parts = {"spent": "spent_musd", BUDGET: "budget_musd", CARRIED: "carried_musd"}
    long = pd.concat(
        [table[["layer", "period"]].assign(what=what, value=table[column]) for what, column in parts.items()],
        ignore_index=True,
    )
    named = long.assign(layer=long["layer"].map(LAYERS | {TOTAL: TOTAL}))
    return named.sort_values("layer", kind="stable").reset_index(drop=True)


def budget_table(granted: pd.DataFrame, periods: list[str]) -> Table:
    """Money spent, granted and carried by layer; what is carried has no sum over periods."""
    table = across(
        "Spent, granted and carried by layer, M USD",
        granted,
        (LAYER, Column("what", "Money", kind="text")),
        periods,
        flow=True,
        total=False,
        note="Spent may pass a period's budget by what was carried into it. Carried: into the next period.",
    )
    table.frame.loc[table.frame["what"] == CARRIED, WHOLE] = np.nan
    return table


def heading_table(material: Material) -> Table:
    """Money by heading and period, with the discounted sums that make the cost: undiscounted sums leave residual values
    out, discounted ones hold them in a row of their own."""
    cash = material.table("money")
    pool = Pool(material.periods)
    by_period = cash[cash["period"] != END].assign(column=lambda rows: rows["period"].map(pool.of))
    wide = by_period.groupby(["layer", "heading", "column"], sort=False)["musd"].sum().unstack("column")
    wide = wide.reindex(columns=pool.columns).fillna(0.0)
    wide[WHOLE] = wide.sum(axis=1)
    discounted = cash.groupby(["layer", "heading"], sort=False)["discounted_musd"].sum()
    left = [key for key in discounted.index if key[1] == RESIDUAL]
    wide = wide.reindex([*[key for key in wide.index if key[1] != RESIDUAL], *left])
    wide["discounted"] = discounted
    wide = wide.sort_index(level="layer", sort_remaining=False, kind="stable")
    wide.loc[("all", ""), :] = wide.sum()
    frame = wide.reset_index(drop=True)
    frame.insert(0, "heading", [f"{layer} {heading}".strip() for layer, heading in wide.index])
    columns = (
        Column("heading", "For", kind="text"),
        *(Column(name, name) for name in (*pool.columns, WHOLE)),
        Column("discounted", "Discounted"),
    )
    note = "The discounted sum is the plan's cost; residual is what outlives the plan, at its value at the end."
    said = " ".join(part for part in (note, pool.note(flow=True)) if part)
    return Table("Money by heading, M USD", frame, columns, said, totals=1)


def exhausted(material: Material) -> dict[str, list[str]]:
    """Periods in which a layer's budget, with what was carried into it, is spent to the limit."""
    rows = at_limit(material.plan, "budget.within_budget")
    full = rows[rows["at_limit"]] if len(rows) else rows
    if full.empty:
        return {}
    return {
        (LAYERS | {TOTAL: TOTAL})[str(layer)]: list(group["period"])
        for layer, group in full.groupby("layer", sort=False)
    }


def of_spending(spent: pd.DataFrame) -> str:
    """What is spent in all, and the layers' parts of it."""
    if spent.empty or spent["value"].abs().sum() <= NOTABLE:
        return "Nothing is spent."
    sums = spent.groupby("layer", sort=False)["value"].sum()
    whole = float(sums.sum())
    parts = [f"{layer} {money(value)} ({value / whole:.0%})" for layer, value in sums.items() if value > NOTABLE]
    return f"{money(whole)} is spent: {joined(parts)}."


def of_budgets(full: dict[str, list[str]], granted: pd.DataFrame, periods: list[str]) -> str:
    """Which layers spend all they have, and when."""
    if granted.empty:
        return "No budget limits it."
    if not full:
        return "No layer ever spends all that it is granted."
    said = [f"{layer} {ranges(when, periods)}" for layer, when in full.items()]
    return f"All that is granted and carried is spent by {joined(said, 5)}."


def _figure(material: Material, spent: pd.DataFrame, granted: pd.DataFrame) -> Iterator[Block]:
    words: dict[str, Any] = {
        "title": "Money spent by layer",
        "alt": f"Money by period, a layer of the bar a layer of the programme. {of_spending(spent)}",
        "caution": "Bars are sums of periods, which may differ in length; what arrives later is paid before.",
        "sheet": "Spent by layer",
    }
    line = budget_line(granted, material.periods)
    if line.empty:
        yield stacked(spent, time=PERIOD, value=CASH, series=LAYER, **words)
        return
    words["caution"] += " A bar may pass the line by what was carried over."
    yield against(pd.concat([spent, line]), time=PERIOD, value=CASH, series=LAYER, line=BUDGET, **words)


def budget_line(granted: pd.DataFrame, periods: list[str]) -> pd.DataFrame:
    """The budget of all layers together: the total's where there is one, else the sum where every layer has one;
    without rows for periods that have none."""
    rows = granted[granted["what"] == BUDGET] if len(granted) else granted
    wide = rows.pivot(index="layer", columns="period", values="value").reindex(columns=periods)
    if TOTAL in wide.index:
        line = wide.loc[TOTAL]
    elif set(LAYERS.values()) <= set(wide.index):
        line = wide.sum(min_count=len(LAYERS))
    else:
        line = pd.Series(np.nan, index=periods, dtype=float)
    return pd.DataFrame({"layer": BUDGET, "period": line.index, "value": line.to_numpy(float)}).dropna()
