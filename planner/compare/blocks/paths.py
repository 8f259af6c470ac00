"""Paths by year as blocks: a figure a quantity, and one table of all with the periods across."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.compare import told
from planner.compare.blocks.common import (
    PERIOD,
    SCENARIO,
    Form,
    across,
    in_order,
    in_words,
    period_columns,
    said,
    spoken,
    with_titles,
)
from planner.report.blocks import Block, Column, Figure, Heading, Table
from planner.report.charts import lines
from planner.wording import NOTABLE

if TYPE_CHECKING:
    from planner.compare.page import Views

PATHS = "paths"
MOST_LINES = 8
"""Lines of a chart: the base and the scenarios that end farthest from it."""
CHARTED = ("halls", "served", "compute", "spending", "carbon", "tokens from small models")
PRINTED = 5
"""The first so many of them are printed."""
KEYS = ("quantity", "part", "unit", "scenario")


def path_blocks(views: Views, form: Form = "page") -> Iterator[Block]:
    """Sentences and figures; in a page, all paths as a table too."""
    found = views.tables.get(PATHS)
    if found is None:
        return
    yield Heading("Paths by year")
    yield from said(told.of_paths(found, views.base.name))
    if form == "screen" or found.empty:
        return
    for quantity in CHARTED if form == "page" else CHARTED[:PRINTED]:
        yield from _figure(views, found[found["quantity"] == quantity], quantity)
    if form == "page":
        yield _table(found, views)


def _figure(views: Views, rows: pd.DataFrame, quantity: str) -> Iterator[Figure]:
    sums = rows.groupby(["scenario", "period"], sort=False)["value"].sum(min_count=1).reset_index()
    apart = sums.groupby("period")["value"].agg(np.ptp).fillna(0.0)
    if rows.empty or (len(views.planned) > 1 and apart.max() <= NOTABLE):
        return  # a line on a line
    unit = str(rows["unit"].iloc[0])
    drawn = _farthest(sums[sums["scenario"].isin(views.drawn)], views.base.name)
    left = len(views.drawn) - len(drawn)
    caution = "Periods differ in length, and the last ones are too near the end of the plan to be read."
    caution += views.undrawn
    if left > 0:
        caution += f" Drawn are the {len(drawn) - 1} scenarios farthest from the base; {left} lie nearer."
    chart = lines(
        spoken(in_order(sums[sums["scenario"].isin(drawn)], views.names), "scenario"),
        title=quantity.capitalize(),
        alt=f"{quantity.capitalize()} by period, a line a scenario; the base is thick.",
        caution=caution,
        time=PERIOD,
        value=Column(
            "value", quantity.capitalize(), "" if unit == "share" else unit, "share" if unit == "share" else "number"
        ),
        series=SCENARIO,
        first=in_words(views.base.name),
        sheet=quantity.capitalize(),
    )
    yield with_titles(chart, "scenario", views.titles)


def _farthest(sums: pd.DataFrame, base: str) -> list[str]:
    """The base and the scenarios whose paths lie farthest from its."""
    wide = sums.pivot(index="period", columns="scenario", values="value").fillna(0.0)
    apart = wide.sub(wide[base], axis=0).abs().sum().sort_values(ascending=False, kind="stable")
    return [base, *[name for name in apart.index if name != base][: MOST_LINES - 1]]


def _table(found: pd.DataFrame, views: Views) -> Table:
    columns = period_columns(found)
    rows = in_order(found.assign(part=found["part"].fillna("")), views.names)
    order = {quantity: i for i, quantity in enumerate(dict.fromkeys(found["quantity"]))}
    rows = rows.loc[rows["quantity"].map(order).sort_values(kind="stable").index]
    heads = tuple(Column(name, name.capitalize(), kind="text") for name in KEYS)
    note = "Flows are rates a year, so that periods of unequal length can be read side by side; shares are 0 to 1."
    return Table("All paths", across(rows, KEYS, "value", list(columns)), (*heads, *columns.values()), note, "Paths")
