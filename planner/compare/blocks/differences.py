"""What differs in the inputs as blocks: a row a lever and field, the variants of a family of scenarios side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from planner.compare import told
from planner.compare.blocks.common import CENTRAL, HIGH, LOW, SCENARIO, VARIANTS, Form, family, in_order, said, short
from planner.report.blocks import Block, Column, Heading, Table
from planner.wording import significant

if TYPE_CHECKING:
    from planner.compare.page import Views

DIFFERENCES = "differences"
MOST_ROWS = 40
"""Rows of a screen; of more, a row a scenario tells its levers."""
MOST_PRINTED = 120
"""Rows in print."""
MOST_LETTERS = 40
BOUNDS = ("_low", "_high")
"""Ends of fields that bound another field."""
NOTHING = "nothing"
"""What `views.differences` says of blanks."""
OUT, IN = "taken out", "added"
KEYS = ["family", "lever", "sheet", "field"]


def difference_blocks(views: Views, form: Form = "page") -> Iterator[Block]:
    """By family of scenarios; in a page, every change of every scenario with its source too."""
    found = views.tables.get(DIFFERENCES)
    if found is None:
        return
    yield Heading("What differs in the inputs")
    if found.empty:
        yield from said(told.of_differences(found))
        return
    found = in_order(found, views.names)
    if form == "screen":
        yield _in_short(found)
        return
    side_by_side = families(without_bounds(found) if form == "print" else found, views.names)
    note = "Values in the columns' units; 'times' is told where several cells are changed by one factor."
    if form == "print" and len(side_by_side) > MOST_PRINTED:
        note += f" Another {len(side_by_side) - MOST_PRINTED} rows are in the comparison's page."
        side_by_side = side_by_side.head(MOST_PRINTED)
    columns = [column for column in _columns(side_by_side) if form == "page" or column.name != "cells"]
    yield Table("What differs, the variants of a scenario side by side", side_by_side, tuple(columns), note)
    if form == "page":
        every = (
            SCENARIO,
            Column("lever", "Lever", kind="text"),
            Column("sheet", "Sheet", kind="text"),
            Column("field", "Field", kind="text"),
            Column("cells", "Cells", kind="integer"),
            Column("old", "From", kind="text"),
            Column("new", "To", kind="text"),
            Column("ratio", "Times"),
            Column("source", "Source", kind="text"),
        )
        yield Table("What differs, with sources", found, every, sheet="What differs")


def families(found: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """A row a family of scenarios, lever, sheet and field: what is planned, and what each variant makes of it. What a
    scenario of no family makes of it stands as its central case."""
    of = {name: family(name, names) for name in names}
    rows = found.assign(
        family=[of[name][0] for name in found["scenario"]],
        variant=[of[name][1] or CENTRAL for name in found["scenario"]],
        change=list(map(change, found["field"], found["ratio"], found["old"], found["new"])),
    )
    wide = rows.pivot_table(index=KEYS, columns="variant", values="change", aggfunc="first", sort=False)
    grouped = rows.groupby(KEYS, sort=False)
    wide = wide.reindex(columns=list(VARIANTS)).reset_index()
    planned = grouped.agg(cells=("cells", "max"), old=("old", "first")).reset_index()
    table = planned.merge(wide, on=KEYS, how="left")
    what = table["sheet"] + ": " + table["field"]
    whole_rows = "rows of " + table["sheet"]
    planned_values = table["old"].map(lambda text: short(text, MOST_LETTERS)).where(table["field"] != "", "")
    return table.assign(what=what.where(table["field"] != "", whole_rows), old=planned_values)


def change(field: str, ratio: float, old: str, new: str) -> str:
    """What values become: the value, or the factor where they are several; whole rows come or go."""
    if not field:
        return OUT if new == NOTHING else IN
    return f"times {significant(ratio, 3)}" if ratio > 0 and " to " in old else short(new, MOST_LETTERS)


def without_bounds(found: pd.DataFrame) -> pd.DataFrame:
    """What differs, without fields that only bound another one: `lead_months_low` beside `lead_months`."""
    fields = set(found["sheet"] + "." + found["field"])
    bounds = [
        any(field.endswith(end) and f"{sheet}.{field.removesuffix(end)}" in fields for end in BOUNDS)
        for sheet, field in zip(found["sheet"], found["field"], strict=True)
    ]
    return found[[not bound for bound in bounds]]


def _columns(table: pd.DataFrame) -> tuple[Column, ...]:
    columns = [
        Column("family", "Scenario", kind="text"),
        Column("lever", "Lever", kind="text"),
        Column("what", "Sheet and field", kind="text"),
        Column("cells", "Cells", kind="integer"),
        Column("old", "Planned", kind="text"),
    ]
    labels = {LOW: "Low", CENTRAL: "Central", HIGH: "High"}
    if table[[LOW, HIGH]].isna().all(axis=None):
        return (*columns, Column(CENTRAL, "Becomes", kind="text"))
    return (*columns, *(Column(variant, label, kind="text") for variant, label in labels.items()))


def _in_short(found: pd.DataFrame) -> Table:
    title = "What differs"
    if len(found) > MOST_ROWS:
        grouped = found.groupby("scenario", sort=False)
        levers = grouped["lever"].agg(lambda names: ", ".join(dict.fromkeys(names)))
        frame = pd.DataFrame({"levers": levers, "cells": grouped["cells"].sum()}).reset_index()
        short_columns = (SCENARIO, Column("levers", "Levers", kind="text"), Column("cells", "Cells", kind="integer"))
        return Table(title, frame, short_columns, "What each lever changes is in the page.")
    where = found["sheet"].where(found["field"] == "", found["sheet"] + "." + found["field"])
    changes = [
        short(f"times {significant(ratio, 3)}" if ratio == ratio else f"{old} → {new}", MOST_LETTERS)
        for ratio, old, new in found[["ratio", "old", "new"]].itertuples(index=False)
    ]
    columns = (
        SCENARIO,
        Column("lever", "Lever", kind="text"),
        Column("where", "Where", kind="text"),
        Column("cells", "Cells", kind="integer"),
        Column("change", "Change", kind="text"),
    )
    return Table(title, found.assign(where=where, change=changes), columns, "Values are in the columns' units.")
