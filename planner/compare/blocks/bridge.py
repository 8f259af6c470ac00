"""The bridge as blocks: the difference of each scenario's objective from the base's, shared among its levers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from planner.compare.blocks.common import SCENARIO, Form, in_words
from planner.compare.bridge import WHOLE, Bridge, sentences
from planner.compare.laboratory import FRACTIONS
from planner.compare.solved import BRIDGE, Solved
from planner.report.blocks import Block, Column, Heading, Note, Paragraph, Table
from planner.report.charts import bridge as bridge_chart
from planner.wording import NOTABLE, money

MOST_LEVERS = 3
"""Levers of a scenario that are told on a screen."""
MOST_DRAWN = 6
"""Bridges drawn in print: those of the largest differences; the table has all."""
SHARES = (
    Column("lever", "Lever", kind="text"),
    Column("musd", "Share", "M USD"),
    Column("least_musd", "Least in any order", "M USD"),
    Column("most_musd", "Most", "M USD"),
)


def failed(solved: Solved, view: str, heading: str) -> Iterator[Block]:
    """That a view could not, or not all, be made, and why."""
    if view in solved.failed:
        yield Heading(heading)
        yield Note(f"Not all of this view could be made: {solved.failed[view]}.")


def bridge_blocks(solved: Solved, titles: Mapping[str, str], form: Form = "page") -> Iterator[Block]:
    """A figure and sentences a scenario, and the shares; `titles` of scenarios by their names in the run."""
    yield from failed(solved, BRIDGE, "Bridge")
    if not solved.bridges:
        return
    if BRIDGE not in solved.failed:
        yield Heading("Bridge")
    if form == "screen":
        for found in solved.bridges:
            if found.table.empty:
                yield Paragraph(" ".join(sentences(found)[:-1]))
        yield _shares(solved.bridges, MOST_LEVERS)
        return
    drawn = list(solved.bridges)
    if form == "print":
        by_size = sorted(drawn, key=lambda found: -abs(np.nan_to_num(found.difference_musd)))[:MOST_DRAWN]
        drawn = [found for found in drawn if found in by_size]
        yield Paragraph(
            "How much of each scenario's difference from the base comes from which of its levers. A lever's share is "
            "the mean over all orders in which levers can be added (its Shapley value), so that shares sum to the "
            f"difference. {FRACTIONS.capitalize()}; what whole numbers add is told by itself."
        )
    for found in drawn:
        yield from _one(found, titles.get(found.scenario, ""), form)
    if form == "print":
        yield _shares(solved.bridges, None)


def _one(found: Bridge, title: str, form: Form) -> Iterator[Block]:
    yield Heading(f"From base to {found.scenario}", 2)
    told = in_short(found) if form == "print" else sentences(found)
    yield Paragraph(" ".join([f"{title}." if title else "", *told]).strip())
    if found.table.empty:
        return
    if np.isfinite(found.difference_musd) and np.isfinite(found.table["musd"]).all():
        step, value, least, most = SHARES
        yield bridge_chart(
            found.table,
            title=f"From base to {in_words(found.scenario)}, by lever",
            alt=f"The objective of the base, what each lever adds, the objective of {found.scenario}.",
            caution="Levers work together: a share is the mean over orders, not what the lever does alone.",
            step=step,
            value=value,
            least=least,
            most=most,
            start=found.base_musd,
            start_label="base",
            end_label=in_words(found.scenario),
            sheet=f"Bridge {in_words(found.scenario)}"[:31],
        )
    if form == "page":
        columns = (*SHARES, Column("standard_error_musd", "Standard error", "M USD"))
        yield Table(f"Shares of levers, {found.scenario}", found.table, columns)


def in_short(found: Bridge) -> list[str]:
    """The difference and the lever that makes up most of it; all in words where some levers leave no plan."""
    told = sentences(found)
    if not found.orders or found.impossible or not np.isfinite(found.difference_musd):
        return told
    levers = found.table[found.table["lever"] != WHOLE]
    if levers.empty or levers["musd"].abs().max() <= NOTABLE:
        return told[:1]
    most = levers.iloc[int(levers["musd"].abs().to_numpy().argmax())]
    way = "adds" if most["musd"] > 0 else "takes off"
    return [told[0], f"The lever that weighs most is {most['lever']}: it {way} {money(abs(most['musd']))}."]


def _shares(bridges: Sequence[Bridge], most_levers: int | None) -> Table:
    """The shares of all scenarios' levers; of each the largest, where not all are told."""
    table = pd.concat([one.table for one in bridges], ignore_index=True)
    note = f"{FRACTIONS.capitalize()}."
    if most_levers is not None:
        largest = table["musd"].abs().groupby(table["scenario"]).rank(ascending=False, method="first")
        table = table[largest <= most_levers]
        note = f"Up to {most_levers} levers a scenario, the largest; all are in the page. {note}"
    return Table("Shares of levers in the difference", table, (SCENARIO, *SHARES), note)
