"""Regret as blocks: what it costs to have begun with one scenario's plan and to live in another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from planner.compare.blocks.bridge import failed
from planner.compare.blocks.common import Form, in_order, ordered, spoken, with_titles
from planner.compare.regret import Regret, sentences
from planner.compare.solved import REGRET, Solved
from planner.report.blocks import Block, Column, Figure, Heading, Paragraph, Table
from planner.report.charts import regret as regret_chart

MOST_ACROSS = 14
"""Scenarios across a matrix; more stand in several."""
MOST_PRINTED = 30
"""Decisions of no regret in print."""
SUMMARY = (
    Column("plan_of", "Begun with the plan of", kind="text"),
    Column("maximum_musd", "Largest regret", "M USD"),
    Column("worst_in", "In", kind="text"),
    Column("mean_musd", "Mean", "M USD"),
    Column("weighted_mean_musd", "By weight", "M USD"),
    Column("most_fallen_away_share", "Most that falls away", kind="share"),
)
NO_REGRET = (
    Column("decision", "Decision", kind="text"),
    Column("least", "Least"),
    Column("most", "Most"),
    Column("base", "Base's"),
    Column("unit", "Unit", kind="text"),
    Column("scenarios", "Scenarios", kind="integer"),
)


def regret_blocks(solved: Solved, titles: Mapping[str, str], form: Form = "page") -> Iterator[Block]:
    """Sentences, the matrix, each plan's largest regret, decisions of no regret; on a screen without the matrix and the
    decisions."""
    yield from failed(solved, REGRET, "Regret")
    found = solved.regret
    if found is None:
        return
    yield Heading("Regret")
    yield Paragraph(" ".join(sentences(found)))
    if len(found.summary) < 2:
        return
    names = ordered(list(found.summary["plan_of"]))
    if form != "screen":
        yield from _matrices(found, names, titles)
    yield summary_table(found, names)
    if len(found.no_regret) and form != "screen":
        shown = found.no_regret.head(MOST_PRINTED) if form == "print" else found.no_regret
        more = len(found.no_regret) - len(shown)
        note = f"Another {more}, cheaper ones, are in no_regret.csv of the comparison." if more else ""
        yield Table("Decisions of no regret", shown, NO_REGRET, note, sheet="No regret")


def summary_table(found: Regret, names: Sequence[str]) -> Table:
    """Each plan's largest and mean regret."""
    note = "Most that falls away: of what is ordered at once, by money, the most that can't be had in another scenario."
    return Table("Largest regret of each plan", in_order(found.summary, names, "plan_of"), SUMMARY, note)


def _matrices(found: Regret, names: Sequence[str], titles: Mapping[str, str]) -> Iterator[Figure]:
    parts = [names[i : i + MOST_ACROSS] for i in range(0, len(names), MOST_ACROSS)]
    for i, part in enumerate(parts, start=1):
        suffix = f" ({i} of {len(parts)})" if len(parts) > 1 else ""
        rows = found.table[found.table["lived_in"].isin(part)]
        rows = in_order(in_order(rows, names, "lived_in"), names, "plan_of")
        chart = regret_chart(
            _reordered(rows, names),
            title=f"Regret of beginning with one plan and living in another scenario{suffix}",
            alt="A row a plan whose first orders are held, a column the scenario that comes; regret in M USD.",
            caution="Only first orders are held; all later ones are planned anew, knowing what came.",
            plan=Column("plan_of", "Plan", kind="text"),
            world=Column("lived_in", "Lived in", kind="text"),
            value=Column("regret_musd", "Regret", "M USD"),
            sheet=f"Regret{suffix}",
        )
        yield with_titles(chart, "lived_in", titles)


def _reordered(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    return spoken(in_order(rows, names, "plan_of"), "plan_of", "lived_in")
