"""Near-best plans and trade-offs as blocks: how far decisions may move for little cost, what more of an aim costs."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from planner.compare import alternatives as near
from planner.compare import frontier as trading
from planner.compare.blocks.bridge import failed
from planner.compare.blocks.common import Form
from planner.compare.laboratory import FRACTIONS
from planner.compare.solved import ALTERNATIVES, TRADE_OFF, Solved
from planner.compare.told import LISTED
from planner.report.blocks import Block, Column, Heading, Paragraph, Table
from planner.report.charts import tradeoff
from planner.wording import NOTABLE, number

MOST_PRINTED = 40
"""Decisions in print: those that move most."""
WORDS = {
    "firm": "Firm",
    "open in size": "Open in size",
    "can be left out": "Can be left out",
    "possible": "Possible, though not in the best plan",
    "out": "Out",
}
"""How firm decisions are, and how a sentence on them begins."""
KEYS = ["decision", "unit"]


def alternative_blocks(solved: Solved, form: Form = "page") -> Iterator[Block]:
    """What can be given up or added for little cost: sentences, ranges, and plans unlike the best."""
    yield from failed(solved, ALTERNATIVES, "Alternatives")
    if solved.ranges is None or solved.unlike is None:
        return
    yield Heading("Alternatives")
    if solved.ranges.empty:
        yield Paragraph("There is no plan to differ from.")
        return
    plans = near.sentences(solved.ranges.iloc[:0], solved.unlike)[:-1] if len(solved.unlike) else []
    yield Paragraph(" ".join([*of_ranges(solved.ranges), *plans, f"All {FRACTIONS}."]))
    if form == "screen":
        return
    yield _ranges(solved.ranges, form)
    if len(solved.unlike):
        yield _plans(solved.unlike, form)


def of_ranges(ranges: pd.DataFrame) -> list[str]:
    """The decisions by how firm they are within `TOLD_WITHIN` of the best cost."""
    told = ranges[(ranges["within"] == near.TOLD_WITHIN) & ranges[["best", "least", "most"]].notna().all(axis=1)]
    words = [near.word(*ends) for ends in told[["best", "least", "most"]].itertuples(index=False)]
    by_word = told["decision"].groupby(words).agg(list).to_dict()
    said = [f"{begin}: {_listed(by_word[word])}." for word, begin in WORDS.items() if word in by_word]
    return [f"Within {near.TOLD_WITHIN * 100:g} % of the best cost:", *said] if said else []


def _listed(decisions: list[str]) -> str:
    more = len(decisions) - LISTED
    return "; ".join(decisions[:LISTED]) + (f"; and {more} more" if more > 0 else "")


def _ranges(ranges: pd.DataFrame, form: Form) -> Table:
    """A row a decision, least and most within each share of the best cost across."""
    frame = ranges.drop_duplicates(KEYS)[[*KEYS, "best"]].reset_index(drop=True)
    columns = [
        Column("decision", "Decision", kind="text"),
        Column("unit", "Unit", kind="text"),
        Column("best", "In the best plan"),
    ]
    for within, rows in ranges.groupby("within", sort=True):
        ends = rows.set_index(KEYS)[["least", "most"]].reindex(pd.MultiIndex.from_frame(frame[KEYS]))
        for end in ("least", "most"):
            frame[f"{end} {within}"] = ends[end].to_numpy()
            columns.append(
                Column(f"{end} {within}", f"{end.capitalize()}, {number(100 * float(str(within)))}\u00a0% dearer")
            )
    last = ranges[ranges["within"] == near.TOLD_WITHIN].set_index(KEYS)
    words = {key: near.word(*ends) for key, *ends in last[["best", "least", "most"]].itertuples(name=None)}
    frame["word"] = [words.get((decision, unit), "") for decision, unit in frame[KEYS].itertuples(index=False)]
    columns.append(Column("word", "So it is", kind="text"))
    note = f"The last column goes by {near.TOLD_WITHIN * 100:g} %; shares are 0 to 1."
    if form == "print" and len(frame) > MOST_PRINTED:
        width = (last["most"] - last["least"]) / last[["best", "most"]].abs().max(axis=1).clip(lower=NOTABLE)
        width = width.reindex(pd.MultiIndex.from_frame(frame[KEYS])).fillna(0.0)
        kept = (
            width.reset_index(drop=True).sort_values(ascending=False, kind="stable").index[:MOST_PRINTED].sort_values()
        )
        note += f" Another {len(frame) - MOST_PRINTED} decisions, which move less, are in alternatives.csv."
        frame = frame.loc[kept]
    return Table("Ranges of decisions", frame, tuple(columns), note, sheet="Alternatives")


def _plans(unlike: pd.DataFrame, form: Form) -> Table:
    """Plans unlike the best, side by side."""
    frame = unlike.drop_duplicates(KEYS)[[*KEYS, "best"]].reset_index(drop=True)
    columns = [
        Column("decision", "Decision", kind="text"),
        Column("unit", "Unit", kind="text"),
        Column("best", "Best plan"),
    ]
    moved = pd.Series(0.0, index=frame.index)
    for plan, rows in unlike.groupby("plan", sort=True):
        values = rows.set_index(KEYS)["value"].reindex(pd.MultiIndex.from_frame(frame[KEYS])).to_numpy()
        frame[f"plan {plan}"] = values
        dearer = number(100 * float(rows["dearer_share"].iloc[0]))
        columns.append(Column(f"plan {plan}", f"Plan {plan}, {dearer}\u00a0% dearer"))
        size = frame[["best", f"plan {plan}"]].abs().max(axis=1).clip(lower=NOTABLE)
        moved = moved.combine((frame[f"plan {plan}"] - frame["best"]).abs() / size, max, fill_value=0.0)
    note = "Each as unlike the best, and those before it, as can be found."
    if form == "print" and len(frame) > MOST_PRINTED:
        note += f" Another {len(frame) - MOST_PRINTED} decisions, which move less, are in unlike_plans.csv."
        frame = frame.loc[moved.sort_values(ascending=False, kind="stable").index[:MOST_PRINTED].sort_values()]
    return Table("Plans unlike the best that cost little more", frame, tuple(columns), note, sheet="Unlike plans")


def curve_blocks(solved: Solved, form: Form = "page") -> Iterator[Block]:
    """What more of an aim costs: sentences, a figure a curve; in print its points too."""
    yield from failed(solved, TRADE_OFF, "Trade-off")
    if not solved.curves:
        return
    yield Heading("Trade-off")
    for curve in solved.curves:
        told = " ".join(trading.sentences(curve, value_served=solved.value_served))
        yield Paragraph(told[:1].upper() + told[1:])
        if form == "screen" or len(curve) < 2:
            continue
        what, unit = str(curve["what"].iloc[0]), str(curve["unit"].iloc[0])
        is_share = unit == "share"
        said = trading.SAID[what].capitalize()
        across = Column("value", said, "" if is_share else unit, "share" if is_share else "number")
        cost = Column("cost_musd", "Objective" if solved.value_served else "Cost", "M USD")
        slope = Column("slope_musd_per_unit", "Slope", f"M USD per {'percentage point' if is_share else unit}")
        frame = curve.assign(slope_musd_per_unit=curve["slope_musd_per_unit"] / (100 if is_share else 1))
        yield tradeoff(
            frame,
            title=f"Cost against {trading.SAID[what]}",
            alt=f"A point a solved plan: {trading.SAID[what]} across, cost upward, with the slope at each point.",
            caution="A slope holds at its point; between points the curve may bend.",
            across=across,
            value=cost,
            slope=slope,
            sheet=f"Trade-off {what}",
        )
        if form == "print":
            yield Table(f"Points of cost against {trading.SAID[what]}", frame, (across, cost, slope))
