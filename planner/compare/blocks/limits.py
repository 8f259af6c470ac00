"""The limiter map as blocks: which limit weighs most where and when, and its price in the planner's units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from planner.compare import told
from planner.compare.blocks.common import (
    PERIOD,
    SCENARIO,
    Form,
    across,
    in_order,
    period_columns,
    said,
    spoken,
    with_titles,
)
from planner.compare.views.limits import LETTERS, strongest
from planner.report.blocks import Block, Column, Heading, Note, Table
from planner.report.charts import limiters

if TYPE_CHECKING:
    from planner.compare.page import Views

LIMITS = "limits"
HALF = re.compile(r"(?<=\d)(?=[A-Z])")
"""Where 27H1 may be broken, so that a screen has room for all periods."""
KIND = Column("kind", "Limit", kind="text")
KEYS = ("scenario", "kind")


def limit_blocks(views: Views, form: Form = "page") -> Iterator[Block]:
    """Sentences and the map; in a page, all limits with the periods across, and the heaviest of each kind. In print,
    the heaviest of the base."""
    found = views.tables.get(LIMITS)
    if found is None:
        return
    yield Heading("Limiter map")
    yield from said(told.of_limits(found, views.planned, views.base.name))
    yield from (Note(sentence) for sentence in told.of_insights(views.insights))
    first = strongest(found)
    if form == "screen":
        if len(first):
            yield _in_short(in_order(first, views.names))
        return
    if len(first):
        yield _map(views, first)
    if form == "print":
        own = found[found["scenario"] == views.base.name]
        if len(own):
            yield _heaviest(own, f"Where limits weigh most in {views.base.name}", named=False)
        return
    ordered = in_order(found, views.names)
    if len(first):
        columns = period_columns(found)
        frame = across(ordered, KEYS, "worth_musd", list(columns))
        note = "Shadow price times limit, M USD, discounted, for the whole period; – where none of the kind binds."
        yield Table("All limits by period", frame, (SCENARIO, KIND, *columns.values()), note, sheet="Limits by period")
    yield _heaviest(ordered, "Where each kind of limit weighs most", named=True)


def _in_short(first: pd.DataFrame) -> Table:
    letters = first.assign(letters=first["kind"].map(LETTERS))
    columns = period_columns(first, kind="text")
    frame = across(letters, ("scenario",), "letters", list(columns))
    heads = [
        Column(name, HALF.sub(" ", column.label.removeprefix("20")), kind="text") for name, column in columns.items()
    ]
    key = "; ".join(f"{LETTERS[kind]} {kind}" for kind in LETTERS if kind in set(first["kind"]))
    return Table("The limit that weighs most", frame, (SCENARIO, *heads), key)


def _map(views: Views, first: pd.DataFrame) -> Block:
    periods = pd.concat([case.calendar[["period"]].assign(scenario=case.name) for case in views.planned])
    cells = periods.merge(first, on=["scenario", "period"], how="left")
    cells = in_order(cells[cells["scenario"].isin(first["scenario"])], views.names)
    chart = limiters(
        spoken(cells, "scenario"),
        title="The limit that weighs most, by period",
        alt="For each scenario and period the kind of limit with the largest shadow price times limit; where none has "
        "one, of limits still to come, by their later size.",
        caution="A weight is not what lifting the limit saves: the price falls on the way.",
        row=SCENARIO,
        column=PERIOD,
        value=KIND,
        codes=LETTERS,
        detail=Column("where", "Where", kind="text"),
        sheet="Limiter map",
    )
    return with_titles(chart, "scenario", views.titles)


def _heaviest(found: pd.DataFrame, title: str, *, named: bool) -> Table:
    """Of each scenario and kind of limit, the period in which it weighs most."""
    rank = found.assign(size=found["price"].abs())
    rank = rank.sort_values(["worth_musd", "later_musd", "size"], ascending=False, kind="stable", na_position="last")
    heaviest = found.loc[rank.drop_duplicates(list(KEYS)).index.sort_values()]
    periods = found.groupby(list(KEYS))["start"].nunique().rename("periods").reset_index()
    columns = (
        *((SCENARIO,) if named else ()),
        KIND,
        Column("where", "Largest", kind="text"),
        PERIOD,
        Column("worth_musd", "Shadow price times limit", "M USD"),
        Column("price", "Shadow price"),
        Column("unit", "Unit", kind="text"),
        Column("degenerate", "Only at the margin", kind="text"),
        Column("periods", "Periods", kind="integer"),
    )
    note = (
        "Weights are discounted, for the whole period and all limits of the kind; prices undiscounted, of the largest. "
        "Periods: in how many one of the kind binds."
    )
    frame = heaviest.merge(periods, on=list(KEYS), how="left")
    return Table(title, frame, columns, note, sheet=title[:31])
