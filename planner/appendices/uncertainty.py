"""Appendix H, uncertainty: what assumptions are worth, where decisions switch, and how far scenarios lie apart.

Assumptions are moved one at a time, each to its low and its high.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from planner.appendices.material import Material
from planner.compare.blocks.common import ordered, printed, under
from planner.compare.blocks.hedges import COMMAND
from planner.compare.blocks.near import alternative_blocks, curve_blocks
from planner.compare.blocks.regret import summary_table
from planner.compare.blocks.spread import spread_blocks
from planner.compare.cases import Case
from planner.compare.page import Views
from planner.compare.regret import Regret, sentences
from planner.compare.solved import Solved
from planner.compare.told import listed
from planner.compare.views.scoreboard import gap_musd
from planner.report.blocks import Block, Column, Heading, Note, Paragraph, Table
from planner.report.charts import tornado as tornado_chart
from planner.wording import NOTABLE, money, number

MOST_BARS = 15
"""Assumptions that are drawn and listed."""
TIGHTEST = 3
"""Switches that a sentence tells."""
MOST_SWITCHES = 30
"""Switches that are listed."""
NO_BREAK = "\u00a0"
DOUBLE = 2.0
"""Factor from which per cent are no longer said."""
MEASURES = (
    "Not measured yet: **planner report RUN** solves the programme again for it, unless it is told **--quick**. "
    "What is solved once is kept in the run's folder."
)


def uncertainty(material: Material) -> list[Block]:
    """Appendix H."""
    objective_musd = float(material.figures["objective_musd"])
    blocks: list[Block] = [
        Heading("H Uncertainty"),
        Paragraph(
            "How far the answer hangs on what isn't known: each assumption at its low and its high, the value of each "
            "lever at which a decision changes, what it costs to begin with a plan that turns out wrong, how different "
            "a plan may be and cost nearly the same, and how far the scenarios lie apart."
        ),
    ]
    blocks += _tornado(material.tornado, objective_musd)
    blocks += _switching(material.switching)
    blocks += _regret(material.solved, material.views)
    blocks += _near(material.solved)
    if material.views is not None:
        blocks += under(spread_blocks(material.views))
    blocks += _reading(material)
    return printed(blocks, [material.case.name] if material.views is None else material.views.names)


MEASURED, ESTIMATED, DOUBTED = "solved again", "estimated", "estimated, not to be trusted"
KNOWN = (MEASURED, ESTIMATED, DOUBTED)


def spans(tornado: pd.DataFrame) -> pd.DataFrame:
    """A row a sheet and field, the widest first: `label`, `cells`, `low_musd`, `high_musd`, `span_musd` from the least
    to the most of low, as planned and high, and `known`: how the least known of its ends is. One that it doesn't have
    changes nothing."""
    ends = tornado.assign(
        musd=tornado["measured_musd"].fillna(tornado["estimate_musd"]),
        rank=np.select([tornado["measured_musd"].notna(), tornado["trusted"] == "yes"], [0, 1], 2),
    )
    keys = ["sheet", "field"]
    table = ends.pivot(index=keys, columns="end", values="musd").reindex(columns=["low", "high"]).fillna(0.0)
    table = table.set_axis(["low_musd", "high_musd"], axis=1)
    table["span_musd"] = table.max(axis=1).clip(lower=0.0) - table.min(axis=1).clip(upper=0.0)
    of = ends.groupby(keys).agg(label=("label", "first"), cells=("cells", "max"), rank=("rank", "max"))
    table = table.join(of[["label", "cells"]]).assign(known=of["rank"].map(dict(enumerate(KNOWN))))
    return table.sort_values("span_musd", ascending=False, kind="stable").reset_index()


def of_tornado(found: pd.DataFrame, objective_musd: float) -> list[str]:
    """What moves the objective most, how the others compare, and what hardly matters."""
    told = [
        f"There is no plan with {row['label']} at its {end}."
        for row in found.to_dict("records")
        for end in ("low", "high")
        if not np.isfinite(row[f"{end}_musd"])
    ]
    found = found[np.isfinite(found["span_musd"])]
    moving = found[found["span_musd"] > NOTABLE]
    if moving.empty:
        return [*told, "No assumption moves the objective."]
    first = moving.iloc[0]
    share = number(100 * first["span_musd"] / abs(objective_musd)) if objective_musd else ""
    told.append(
        f"{first['label']} moves the objective most: {moved(first['low_musd'])} at its low, "
        f"{moved(first['high_musd'])} at its high"
        + (f"; from end to end {share} % of the objective." if share else ".")
    )
    if len(moving) > 1:
        rest = [f"{row['label']} ({money(row['span_musd'])})" for row in moving.iloc[1:4].to_dict("records")]
        told.append(f"Next from end to end: {'; '.join(rest)}.")
    least = found[found["span_musd"] <= first["span_musd"] / 100]
    if len(least):
        told.append(f"{len(least)} of {len(found)} move it by less than a hundredth of the first.")
    doubted = found[found["known"] == DOUBTED]
    if len(doubted):
        told.append(f"Not to be trusted are the estimates of {listed(list(doubted['label']))}.")
    return told


def moved(musd: float) -> str:
    """A change of the objective with its direction."""
    if abs(musd) <= NOTABLE:
        return "no change"
    return f"{money(abs(musd))} {'more' if musd > 0 else 'less'}"


def _tornado(tornado: pd.DataFrame, objective_musd: float) -> Iterator[Block]:
    yield Heading("What assumptions are worth", 2)
    if tornado.empty:
        yield Note(MEASURES)
        return
    found = spans(tornado)
    yield Paragraph(" ".join(of_tornado(found, objective_musd)))
    top = found[found["span_musd"] > NOTABLE].head(MOST_BARS)
    if not np.isfinite(top["span_musd"]).any():
        return
    low = Column("low_musd", "At its low", "M USD", difference_of=("low_musd", "nothing"))
    high = Column("high_musd", "At its high", "M USD", difference_of=("high_musd", "nothing"))
    top = top.assign(nothing=0.0)
    is_measured = top["known"] == MEASURED
    marked = top["label"].where(is_measured, top["label"] + " *")
    caution = "One at a time, all cells of a column together; two that move together may do more or less."
    is_finite = np.isfinite(top["span_musd"])
    yield tornado_chart(
        top.assign(label=marked)[is_finite],
        title="What each assumption changes the objective by",
        alt="A bar an assumption, from the change of the objective at its low to that at its high, the widest first.",
        caution=caution if is_measured.all() else f"{caution} * Estimated, not solved again.",
        name=Column("label", "Assumption", kind="text"),
        low=low,
        high=high,
        sheet="Tornado",
    )
    more = len(found) - len(top)
    note = (
        "Solved again: the difference of two proven optima, with fractions in place of whole numbers. Estimated: to "
        "first order, from the plan's own prices; a lower bound for limits, an upper one for costs. Cells have a low "
        "or a high in the workbook."
    )
    yield Table(
        "Assumptions by what they change",
        top,
        (
            Column("label", "Assumption", kind="text"),
            low,
            high,
            Column("span_musd", "From end to end", "M USD"),
            Column("cells", "Cells", kind="integer"),
            Column("known", "How it is known", kind="text"),
        ),
        note + (f" Another {more} change it by less." if more else ""),
        sheet="Assumptions' worth",
    )


def of_switching(found: pd.DataFrame) -> list[str]:
    """The tightest switches, and how many decisions nothing that was tried changes."""
    switches = tightest(found)
    told = [
        f"{'Next' if i else 'First to change'}: {row['decision']}, from {row['now']} to {row['becomes']}, "
        f"{by(row['switch'] / row['base'])} {row['lever']}."
        for i, row in enumerate(switches.head(TIGHTEST).to_dict("records"))
    ]
    lasting = [name for name, own in found.groupby("decision", sort=False) if own["switch"].isna().all()]
    if lasting:
        told.append(f"Nothing that was tried changes {listed([str(name) for name in lasting])}.")
    return told


def tightest(found: pd.DataFrame) -> pd.DataFrame:
    """The switches there are, the smallest change of a lever first."""
    switches = found[found["switch"].notna()]
    size = np.abs(np.log((switches["switch"] / switches["base"]).to_numpy()))
    return switches.iloc[np.argsort(size, kind="stable")]


def by(factor: float) -> str:
    """A factor of a lever in words: 1.12 is 'at 12 % higher', 2.5 'at 2.5 times the'."""
    if factor >= DOUBLE:
        return f"at {number(factor)} times the"
    return f"at {number(100 * abs(factor - 1))} % {'higher' if factor > 1 else 'lower'}"


def _switching(switching: pd.DataFrame) -> Iterator[Block]:
    yield Heading("Where decisions switch", 2)
    if switching.empty:
        yield Note(MEASURES)
        return
    yield Paragraph(" ".join(of_switching(switching)))
    lasting = switching[switching["switch"].isna()]
    rows = pd.concat([tightest(switching), lasting]).head(MOST_SWITCHES)
    ranges = [f"{number(least)} to {number(most)}" for least, most in zip(rows["least"], rows["most"], strict=True)]
    changes = [_change(row) for row in rows.to_dict("records")]
    more = len(switching) - len(rows)
    yield Table(
        "The value of each lever at which a decision changes",
        rows.assign(
            tried=ranges,
            change=changes,
            now=rows["now"].str.replace(" ", NO_BREAK),
            becomes=rows["becomes"].where(rows["switch"].notna(), "").str.replace(" ", NO_BREAK),
        ),
        (
            Column("decision", "Decision", kind="text"),
            Column("now", "Now", kind="text"),
            Column("lever", "Lever", kind="text"),
            Column("switch", "Switches at, times"),
            Column("change", "That is", kind="text"),
            Column("becomes", "Becomes", kind="text"),
            Column("within", "Within", kind="share"),
            Column("tried", "Tried, times", kind="text"),
        ),
        "Times: all cells of the lever by this factor, others as planned. Within: the share of the factor by which the "
        "change may lie to either side. Beyond what was tried a decision may still change."
        + (f" Another {more} are in the run's folder." if more else ""),
        sheet="Switching values",
    )


def _change(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["switch"]):
        return "no change in what was tried"
    factor = float(row["switch"]) / float(row["base"])
    return f"{number(100 * abs(factor - 1))} % {'up' if factor > 1 else 'down'}"


def _regret(solved: Solved, views: Views | None) -> Iterator[Block]:
    yield Heading("Regret", 2)
    if solved.regret is None:
        if views is None or len(views.planned) < 2:
            yield Paragraph("Regret needs plans of two scenarios.")
        else:
            yield Note(f"Not made yet: **{COMMAND}** solves for it.")
        return
    yield Paragraph(" ".join(of_regret(solved.regret)))
    if len(solved.regret.summary) > 1:
        yield summary_table(solved.regret, ordered(list(solved.regret.summary["plan_of"])))


def of_regret(found: Regret) -> list[str]:
    """The plan of least regret, and what it costs against beginning with the base's."""
    if len(found.summary) < 2:
        return sentences(found)
    summary = found.summary.set_index("plan_of")["maximum_musd"]
    best = found.minimax
    told = [sentence for sentence in sentences(found) if "smallest largest regret" in sentence]
    told.append("Of all plans, it is the one that can turn out least wrong (minimax regret; no weights are needed).")
    if "base" in summary.index and best != "base" and np.isfinite(summary["base"]):
        told.append(f"Beginning with the base's plan can cost {money(summary['base'])} more than knowing what comes.")
    weighted = found.summary.dropna(subset="weighted_mean_musd")
    if len(weighted):
        least = weighted.iloc[int(weighted["weighted_mean_musd"].to_numpy().argmin())]
        told.append(
            f"By the workbook's weights the plan of {least['plan_of']} costs least to be wrong with: "
            f"{money(least['weighted_mean_musd'])} on average."
        )
    return told


def _near(solved: Solved) -> Iterator[Block]:
    made = [*alternative_blocks(solved, "print"), *curve_blocks(solved, "print")]
    if made:
        yield from under(made)
        return
    yield Heading("Near-best plans and trade-offs", 2)
    yield Note(f"Not made yet: **{COMMAND} --view alternatives,tradeoff** solves for both.")


def of_gaps(case: Case, planned: Sequence[Case]) -> list[str]:
    """What the proof of the plan leaves open, and what that means for a difference."""
    gap = gap_musd(case, "objective_musd")
    told = [
        f"The plan of {case.name} is proven to within {money(gap)} of the best possible objective."
        if gap > NOTABLE
        else f"The plan of {case.name} is proven the best."
    ]
    gaps = {one.name: gap_musd(one, "objective_musd") for one in planned}
    if gaps and len(gaps) > 1 and max(gaps.values()) > NOTABLE:
        widest = max(gaps, key=gaps.__getitem__)
        told.append(
            f"The widest gap of all scenarios is that of {widest}, {money(gaps[widest])}. Two objectives that differ "
            "by less than their two gaps together can't be told apart."
        )
    return told


def of_fractions(figures: Mapping[str, Any]) -> list[str]:
    """What whole numbers add, and so what a figure with fractions says."""
    told = [
        "Tornado, switching values, bridge, regret, near-best plans and trade-offs are solved with fractions in place "
        "of whole training runs, openings and stages: then every optimum is exact, and a small difference is one."
    ]
    added = figures.get("relaxation_difference_musd")
    if added is not None and float(added) > NOTABLE:
        told.append(
            f"Whole numbers add at most {money(float(added))} to the objective of this plan, "
            f"{number(100 * float(added) / abs(float(figures['objective_musd'])))} %; differences of that size may "
            "come out otherwise with them."
        )
    return told


def _reading(material: Material) -> Iterator[Block]:
    yield Heading("How differences are to be read", 2)
    planned = material.views.planned if material.views is not None else [material.case]
    yield Paragraph(" ".join([*of_gaps(material.case, planned), *of_fractions(material.figures)]))
