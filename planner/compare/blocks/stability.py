"""Decision stability as blocks: what to do about each decision, how much of it before the commitment date, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from planner.compare import told
from planner.compare.blocks.common import Form, said
from planner.compare.views.stability import CLASS
from planner.report.blocks import Block, Column, Heading, Paragraph, Table
from planner.report.charts import stability as stability_chart
from planner.wording import NOTABLE, number, ranged

if TYPE_CHECKING:
    from planner.compare.page import Views

STABILITY = "stability"
MOST_DECISIONS = {"screen": 24, "print": 60}
"""Decisions listed."""
MOST_DRAWN = 32
"""Decisions whose dates are drawn."""


def stability_blocks(views: Views, form: Form = "page") -> Iterator[Block]:
    """Sentences, dates, and a table of the decisions; in a page, of all of them and in full."""
    found = views.tables.get(STABILITY)
    if found is None:
        return
    yield Heading("Decision stability")
    if len(views.planned) < 2:
        yield Paragraph("Stability needs two scenarios with a plan.")
        return
    costs_musd = [float(case.figures["cost_musd"]) for case in views.planned if "cost_musd" in case.figures]
    yield from said(told.of_stability(found, len(views.planned), views.commit, costs_musd))
    taken = found[(found["share"] > 0) & (found["minor"] != "yes")]
    if form != "screen" and taken["earliest"].notna().any():
        dated = taken[taken["earliest"].notna()]
        yield _dates(dated if form == "page" else dated[dated["kind"] != CLASS])
    yield _table(found, views) if form == "page" else _in_short(taken[taken["kind"] != CLASS], views, form)


def _dates(dated: pd.DataFrame) -> Block:
    caution = "Orders fall earlier, by the lead; scenarios count the same, whatever their weight."
    if len(dated) > MOST_DRAWN:
        caution += f" Drawn are the first {MOST_DRAWN} of {len(dated)} decisions."
    return stability_chart(
        dated.head(MOST_DRAWN),
        title="When decisions come into service",
        alt="A line a decision, from its earliest to its latest first service over scenarios, with the base's.",
        caution=caution,
        decision=Column("decision", "Decision", kind="text"),
        base=Column("base", "In the base", kind="month"),
        earliest=Column("earliest", "Earliest", kind="month"),
        latest=Column("latest", "Latest", kind="month"),
        share=Column("share", "In", kind="share"),
        sheet="Stability chart",
    )


def _table(found: pd.DataFrame, views: Views) -> Table:
    columns = (
        Column("decision", "Decision", kind="text"),
        Column("kind", "Kind", kind="text"),
        Column("verdict", "What to do", kind="text"),
        Column("share", "Scenarios", kind="share"),
        Column("weighted_share", "By weight", kind="share"),
        Column("ordered_share", f"Ordered before {views.commit}", kind="share"),
        Column("first_order", "First order", kind="month"),
        Column("latest_first_order", "Latest first order", kind="month"),
        Column("last_order", "Last order", kind="month"),
        Column("ordered_smallest", f"Least before {views.commit}"),
        Column("ordered_largest", f"Most before {views.commit}"),
        Column("base_ordered", f"Base's before {views.commit}"),
        Column("smallest", "Least in all"),
        Column("largest", "Most in all"),
        Column("base_size", "Base's in all"),
        Column("unit", "Unit", kind="text"),
        Column("earliest", "Earliest service", kind="month"),
        Column("latest", "Latest", kind="month"),
        Column("scenarios", "Only in", kind="text"),
        Column("minor", "Minor", kind="text"),
    )
    return Table("Decisions", found, columns, rule(views), sheet="Stability")


def _in_short(decided: pd.DataFrame, views: Views, form: Form) -> Table:
    shown = decided.head(MOST_DECISIONS[form])
    note = f"In: share of scenarios. {rule(views)}"
    if len(decided) > len(shown):
        where = "the page" if form == "screen" else "stability.csv of the comparison"
        note = f"{len(decided) - len(shown)} more are in {where}. {note}"
    units = list(shown["unit"])
    frame = shown.assign(
        decision=shown["decision"].str.replace(":", ": "),
        before=list(map(_amount, shown["ordered_smallest"], shown["ordered_largest"], units)),
        size=list(map(ranged, shown["smallest"], shown["largest"], units)),
        first=list(map(_months, shown["first_order"], shown["latest_first_order"])),
        base_in_all=list(map(_amount, shown["base_size"], shown["base_size"], units)),
    )
    columns = [
        Column("decision", "Decision", kind="text"),
        Column("verdict", "What to do", kind="text"),
        Column("share", "In", kind="share"),
        Column("first", "First order", kind="text"),
        Column("before", f"Ordered before {views.commit}", kind="text"),
        Column("size", "In all", kind="text"),
    ]
    if form == "print":
        columns.append(Column("base_in_all", "In all, base", kind="text"))
    return Table("Decisions", frame, tuple(columns), note, sheet="Stability")


def _amount(least: float, most: float, unit: str) -> str:
    """From least to most with the unit; a dash where there is none."""
    if pd.isna(most) or abs(most) <= NOTABLE or number(most) == "0":
        return "–"
    return ranged(least, most, unit)


def _months(first: str | None, last: str | None) -> str:
    if pd.isna(first) or pd.isna(last):
        return "–"
    return str(first) if first == last else f"{first} to {last}"


def rule(views: Views) -> str:
    """What the verdicts mean."""
    return (
        f"Do now: the first order is before {views.commit} in nine of ten scenarios at least. Only if: taken in a "
        "third at most. Keep open: all between. Never: in none. Sizes are of the scenarios that take it; what is "
        "ordered before that date is part of what stands in all."
    )
