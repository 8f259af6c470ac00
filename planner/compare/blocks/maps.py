"""Difference maps as blocks: sites and kinds of accelerators by period, against the base."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from planner.compare import told
from planner.compare.blocks.common import PERIOD, Form, across, in_order, in_words, period_columns, said
from planner.report.blocks import Block, Column, Heading, Paragraph, Table
from planner.report.charts import heat

if TYPE_CHECKING:
    import pandas as pd

    from planner.compare.page import Views

MAPS = "maps"
MOST_MAPPED = {"page": 4, "print": 2}
"""Scenarios that are mapped of each quantity: those that differ most."""
MOST_ITEMS = 24
"""Rows of a map: those that differ most."""
KEYS = ("scenario", "quantity", "unit", "item")


def map_blocks(views: Views, form: Form = "page") -> Iterator[Block]:
    """Sentences and maps of the scenarios that differ most; in a page, all differences as a table too."""
    found = views.tables.get(MAPS)
    if found is None:
        return
    yield Heading("Difference maps")
    if found.empty:
        yield Paragraph("There is nothing to compare with the base.")
        return
    yield from said(told.of_maps(found))
    if form == "screen":
        return
    for (quantity, unit), rows in found.groupby(["quantity", "unit"], sort=False):
        size = rows.groupby("scenario", sort=False)["difference"].agg(lambda values: values.abs().sum())
        largest = size[size > 0].sort_values(ascending=False, kind="stable").index[: MOST_MAPPED[form]]
        for scenario in (name for name in views.names if name in set(largest)):
            yield _map(rows[rows["scenario"] == scenario], str(quantity), str(unit), scenario, views.base.name)
    if form == "page" and (found["difference"] != 0).any():
        yield _table(in_order(found, views.names))


def _map(own: pd.DataFrame, quantity: str, unit: str, scenario: str, base: str) -> Block:
    most = own.groupby("item", sort=False)["difference"].agg(lambda values: values.abs().max())
    moved = most[most > 0].sort_values(ascending=False, kind="stable")
    caution = "A difference may be nothing but another of several plans that cost nearly the same."
    if len(moved) > MOST_ITEMS:
        caution += f" Rows are the {MOST_ITEMS} that differ most of {len(moved)}."
    return heat(
        own[own["item"].isin(moved.index[:MOST_ITEMS])].sort_values("start", kind="stable"),
        title=f"{quantity.capitalize()}: {in_words(scenario)} against {in_words(base)}",
        alt=f"{quantity.capitalize()} of {scenario} less those of {base}, by period.",
        caution=caution,
        row=Column("item", "Where" if unit == "MW" else "What", kind="text"),
        column=PERIOD,
        value=Column("difference", "Difference", unit, difference_of=("value", "base")),
        sheet=f"{quantity[:14]} {scenario}"[:31],
    )


def _table(found: pd.DataFrame) -> Table:
    """Differences with the periods across; of items that differ in any."""
    moved = found[found.groupby(list(KEYS))["difference"].transform(lambda values: values.abs().max()) > 0]
    heads = tuple(Column(name, name.capitalize(), kind="text") for name in KEYS)
    columns = period_columns(found, difference_of=("value", "base"))
    own, base = (across(moved, KEYS, name, list(columns), 0.0) for name in ("value", "base"))
    frame = own[list(KEYS)].copy()
    for start, column in columns.items():
        frame[f"{start} own"], frame[f"{start} base"] = own[start], base[start]
        columns[start] = Column(start, column.label, difference_of=(f"{start} own", f"{start} base"))
    note = "Less the base's. Both values stand in maps.csv of the comparison."
    return Table("All differences", frame, (*heads, *columns.values()), note, sheet="Maps")
