"""The page of a comparison: the views as blocks of one document, in their order, and in short for a screen."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.compare import told
from planner.compare.cases import Case
from planner.compare.insight import Insight
from planner.compare.solved import NOTHING, Solved, solved_blocks
from planner.compare.views.limits import LETTERS, strongest
from planner.compare.views.scoreboard import FIGURES
from planner.compare.views.stability import CLASS
from planner.report.blocks import Block, Column, Document, Figure, Heading, Note, Paragraph, Table
from planner.report.charts import differences as difference_chart
from planner.report.charts import heat, limiters, lines
from planner.report.charts import stability as stability_chart
from planner.wording import NOTABLE, number

SCOREBOARD, DIFFERENCES, PATHS, MAPS, LIMITS, STABILITY = (
    "scoreboard",
    "differences",
    "paths",
    "maps",
    "limits",
    "stability",
)
MOST_LINES = 8
"""Lines of a chart: the base and the scenarios that end farthest from it."""
MOST_MAPPED = 4
"""Scenarios that are mapped in the page: those that differ most; the tables have all."""
WIDE = ("cost_musd", "served_t", "unserved_t", "co2_kt", "hall_mw_end", "compute_h100e_end")
"""Figures of the scoreboard's first table."""
MOST_DECISIONS = 24
"""Decisions listed on a screen."""
IN_WORDS = ("cost_musd", "served_t")
"""Those of them whose difference is told beside them."""
CHARTED_PATHS = ("halls", "served", "compute", "spending", "carbon", "tokens from small models")
SCENARIO = Column("scenario", "Scenario", kind="text")
PERIOD = Column("period", "Period", kind="text")


@dataclass(frozen=True, eq=False)
class Views:
    """The views of a comparison by name, each a tidy table, and what they were made from."""

    cases: Sequence[Case]
    base: Case
    commit: str
    insights: Mapping[str, Insight]
    tables: Mapping[str, pd.DataFrame]

    @property
    def planned(self) -> list[Case]:
        return [case for case in self.cases if case.exists]


def document(views: Views, solved: Solved = NOTHING, identity: Mapping[str, str] | None = None) -> Document:
    """All views that were made, in their order."""
    bridges, rest = solved_blocks(solved)
    blocks = [*_scoreboard(views), *_differences(views), *bridges, *_paths(views), *_maps(views), *_limits(views)]
    blocks += [*_stability(views), *rest]
    name = str(views.base.inputs.settings["name"])
    count = len(views.planned)
    return Document(
        f"{name}: scenarios compared",
        f"{count} plan{'' if count == 1 else 's'}, against {views.base.name}",
        tuple(blocks),
        identity or {},
    )


def screen(views: Views, solved: Solved = NOTHING) -> Document:
    """The views in short: words and small tables, without figures."""
    bridges, rest = solved_blocks(solved, short=True)
    blocks: list[Block] = [
        *_without_figures(_scoreboard(views, short=True)),
        *_differences(views, short=True),
        *bridges,
    ]
    for name, make in ((PATHS, _paths), (MAPS, _maps)):
        if name in views.tables:
            blocks += [block for block in make(views) if isinstance(block, Heading | Paragraph)]
    blocks += [*_limits(views, short=True), *_without_figures(_stability(views, short=True)), *rest]
    name = str(views.base.inputs.settings["name"])
    return Document(f"{name}: scenarios compared", f"against {views.base.name}", tuple(blocks))


def _without_figures(blocks: Iterator[Block]) -> list[Block]:
    return [block for block in blocks if not isinstance(block, Figure)]


def _said(sentences: Collection[str]) -> Iterator[Block]:
    if sentences:
        yield Paragraph(" ".join(sentences))


def _scoreboard(views: Views, *, short: bool = False) -> Iterator[Block]:
    board = views.tables.get(SCOREBOARD)
    if board is None:
        return
    yield Heading("Scoreboard")
    yield from _said(told.of_scoreboard(board, views.cases, views.base.name))
    figures = [figure for figure in FIGURES if figure.name in (IN_WORDS if short else WIDE)]
    values = board.pivot(index="scenario", columns="figure", values="value")
    words = board.pivot(index="scenario", columns="figure", values="told")
    frame = pd.DataFrame({"scenario": [case.name for case in views.cases], "status": [c.status for c in views.cases]})
    shown = [figure for figure in figures if figure.label in values]
    for figure in shown:
        frame[figure.name] = frame["scenario"].map(values[figure.label])
        frame[f"{figure.name}_told"] = frame["scenario"].map(words[figure.label])
    columns = [SCENARIO, Column("status", "Status", kind="text")]
    if short:
        columns = [SCENARIO, Column("cost_musd", "Cost", "M USD"), Column("cost_musd_told", "Cost is", kind="text")]
        columns += [Column("served_t_told", "It", kind="text")]
    else:
        for figure in shown:
            columns.append(Column(figure.name, figure.label.capitalize(), figure.unit))
            if figure.name in IN_WORDS:
                columns.append(Column(f"{figure.name}_told", "Against the base", kind="text"))
    yield Table("Scoreboard", frame, tuple(columns), _gaps(views), sheet="Scoreboard")
    titled = pd.DataFrame({"scenario": [c.name for c in views.cases], "title": [c.title for c in views.cases]})
    if not short and (titled["title"] != "").any():
        titled["weight"] = [case.weight for case in views.cases]
        meant = (SCENARIO, Column("title", "What it stands for", kind="text"), Column("weight", "Weight"))
        yield Table("What the scenarios stand for", titled, meant, sheet="Scenarios")
    cost = board[(board["figure"] == FIGURES[0].label) & (board["scenario"] != views.base.name)]
    if short or cost.empty:
        return
    yield difference_chart(
        cost.sort_values("difference", kind="stable"),
        title=f"Cost against {views.base.name}",
        alt="Discounted cost of each scenario less that of the base.",
        caution="A scenario that serves less may be cheaper and worse: read it with what is served.",
        category=SCENARIO,
        value=Column("difference", "Difference in cost", "M USD", difference_of=("value", "base")),
        sheet="Cost differences",
    )
    yield Table(
        "All figures",
        board[(board["scenario"] != views.base.name) & (board[["value", "base"]].fillna(0.0) != 0).any(axis=1)],
        (
            SCENARIO,
            Column("figure", "Figure", kind="text"),
            Column("unit", "Unit", kind="text"),
            Column("value", "Scenario's"),
            Column("base", "Base's"),
            Column("change", "Difference", difference_of=("value", "base")),
            Column("least_difference", "Least that the gaps allow"),
            Column("most_difference", "Most"),
            Column("told", "In words", kind="text"),
        ),
        "The least and most are told of money that a gap is proven of; figures that are nothing are left out.",
        sheet="All figures",
    )


def _gaps(views: Views) -> str:
    gaps = [float(case.figures["gap"]) for case in views.planned if "gap" in case.figures]
    return f"Plans are proven to within {max(gaps):.2%} of the best." if gaps else "Every plan is proven the best."


def _differences(views: Views, *, short: bool = False) -> Iterator[Block]:
    found = views.tables.get(DIFFERENCES)
    if found is None:
        return
    yield Heading("What differs in the inputs")
    yield from _said([] if short and len(found) else told.of_differences(found))
    if found.empty:
        return
    columns: tuple[Column, ...] = (
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
    if short:
        where = found["sheet"].where(found["field"] == "", found["sheet"] + "." + found["field"])
        change = [
            f"times {ratio:.3g}" if ratio == ratio else f"{old} → {new}"
            for ratio, old, new in zip(found["ratio"], found["old"], found["new"], strict=True)
        ]
        kept = (SCENARIO, columns[1], Column("where", "Where", kind="text"), columns[4])
        columns = (*kept, Column("change", "Change", kind="text"))
        found = found.assign(where=where, change=[text if len(text) <= 40 else f"{text[:39]}…" for text in change])
    yield Table("What differs", found, columns, "Values are in the columns' units.", sheet="What differs")


def _paths(views: Views) -> Iterator[Block]:
    found = views.tables.get(PATHS)
    if found is None:
        return
    yield Heading("Paths by year")
    yield from _said(told.of_paths(found, views.base.name))
    for quantity in CHARTED_PATHS:
        rows = found[found["quantity"] == quantity]
        if rows.empty:
            continue
        sums = rows.groupby(["scenario", "period"], sort=False)["value"].sum(min_count=1).reset_index()
        if len(views.planned) > 1 and sums.groupby("period")["value"].agg(np.ptp).fillna(0.0).max() <= NOTABLE:
            continue  # a line on a line
        unit = str(rows["unit"].iloc[0])
        yield lines(
            sums[sums["scenario"].isin(_farthest(sums, views.base.name))],
            title=quantity.capitalize(),
            alt=f"{quantity.capitalize()} by period, a line a scenario; the base is thick.",
            caution="Periods differ in length, and the last ones are too near the end of the plan to be read.",
            time=PERIOD,
            value=Column("value", quantity.capitalize(), unit, "share" if unit == "share" else "number"),
            series=SCENARIO,
            first=views.base.name,
            sheet=quantity.capitalize(),
        )
    columns = [
        Column(name, name.capitalize(), kind="text") for name in ("scenario", "quantity", "part", "unit", "period")
    ]
    yield Table("All paths", found, (*columns, Column("value", "Value")), sheet="Paths")


def _farthest(sums: pd.DataFrame, base: str) -> list[str]:
    """The base and the scenarios whose paths lie farthest from its."""
    wide = sums.pivot(index="period", columns="scenario", values="value").fillna(0.0)
    apart = wide.sub(wide[base], axis=0).abs().sum().sort_values(ascending=False, kind="stable")
    return [base, *[name for name in apart.index if name != base][: MOST_LINES - 1]]


def _maps(views: Views) -> Iterator[Block]:
    found = views.tables.get(MAPS)
    if found is None:
        return
    yield Heading("Difference maps")
    if found.empty:
        yield Paragraph("There is nothing to compare with the base.")
        return
    yield from _said(told.of_maps(found))
    for (quantity, unit), rows in found.groupby(["quantity", "unit"], sort=False):
        size = rows.groupby("scenario", sort=False)["difference"].agg(lambda values: values.abs().sum())
        for scenario in size[size > 0].sort_values(ascending=False, kind="stable").index[:MOST_MAPPED]:
            own = rows[rows["scenario"] == scenario]
            moved = own.groupby("item")["difference"].transform(lambda values: values.abs().max()) > 0
            yield heat(
                own[moved],
                title=f"{str(quantity).capitalize()}: {scenario} against {views.base.name}",
                alt=f"{str(quantity).capitalize()} of {scenario} less those of the base, by period.",
                caution="A difference may be nothing but another of several plans that cost nearly the same.",
                row=Column("item", "Where" if unit == "MW" else "What", kind="text"),
                column=PERIOD,
                value=Column("difference", "Difference", str(unit), difference_of=("value", "base")),
                sheet=f"{str(quantity)[:14]} {str(scenario)[:14]}",
            )
    yield Table(
        "All differences",
        found[found["difference"] != 0],
        (
            *(
                Column(name, name.capitalize(), kind="text")
                for name in ("scenario", "quantity", "unit", "item", "period")
            ),
            Column("value", "Scenario's"),
            Column("base", "Base's"),
            Column("change", "Difference", difference_of=("value", "base")),
        ),
        sheet="Maps",
    )


def _limits(views: Views, *, short: bool = False) -> Iterator[Block]:
    found = views.tables.get(LIMITS)
    if found is None:
        return
    yield Heading("Limiter map")
    yield from _said(told.of_limits(found, views.planned, views.base.name))
    yield from (Note(sentence) for sentence in told.of_insights(views.insights))
    first = strongest(found)
    if first.empty:
        return
    if short:
        letters = first.assign(letters=first["kind"].map(LETTERS))
        wide = letters.pivot(index="scenario", columns="start", values="letters").reindex(first["scenario"].unique())
        period = dict(zip(first["start"], first["period"], strict=True))
        columns = tuple(Column(start, str(period[start]).removeprefix("20"), kind="text") for start in wide.columns)
        key = "; ".join(f"{LETTERS[kind]} {kind}" for kind in LETTERS if kind in set(first["kind"]))
        yield Table("The limit that weighs most", wide.reset_index(), (SCENARIO, *columns), key)
        return
    periods = pd.concat([case.calendar[["period"]].assign(scenario=case.name) for case in views.planned])
    cells = periods.merge(first, on=["scenario", "period"], how="left")
    yield limiters(
        cells[cells["scenario"].isin(first["scenario"])],
        title="The limit that weighs most, by period",
        alt="For each scenario and period the kind of limit with the largest shadow price times limit; where none has "
        "one, of limits still to come, by their later size.",
        caution="A weight is not what lifting the limit saves: the price falls on the way.",
        row=SCENARIO,
        column=PERIOD,
        value=Column("kind", "Limit", kind="text"),
        codes=LETTERS,
        detail=Column("where", "Where", kind="text"),
        sheet="Limiter map",
    )
    yield Table(
        "All limits that bind",
        found,
        (
            SCENARIO,
            PERIOD,
            Column("kind", "Limit", kind="text"),
            Column("worth_musd", "Shadow price times limit", "M USD"),
            Column("later_musd", "Of limits still to come", "M USD"),
            Column("binding", "Limits that bind", kind="integer"),
            Column("where", "Largest", kind="text"),
            Column("price", "Its shadow price"),
            Column("unit", "Unit", kind="text"),
            Column("degenerate", "Only at the margin", kind="text"),
        ),
        "Weights are discounted, for the whole period; prices undiscounted.",
        sheet="Limits",
    )


def _stability(views: Views, *, short: bool = False) -> Iterator[Block]:
    found = views.tables.get(STABILITY)
    if found is None:
        return
    yield Heading("Decision stability")
    if len(views.planned) < 2:
        yield Paragraph("Stability needs two scenarios with a plan.")
        return
    yield from _said(told.of_stability(found, len(views.planned), views.commit))
    taken = found[found["share"] > 0]
    dated = taken[taken["earliest"].notna()]
    if not short and len(dated):
        yield stability_chart(
            dated,
            title="When decisions come into service",
            alt="A line a decision, from its earliest to its latest first service over scenarios, with the base's.",
            caution="Orders fall earlier, by the lead; scenarios count the same, whatever their weight.",
            decision=Column("decision", "Decision", kind="text"),
            base=Column("base", "In the base", kind="month"),
            earliest=Column("earliest", "Earliest", kind="month"),
            latest=Column("latest", "Latest", kind="month"),
            share=Column("share", "In", kind="share"),
            sheet="Stability chart",
        )
    columns: tuple[Column, ...] = (
        Column("decision", "Decision", kind="text"),
        Column("kind", "Kind", kind="text"),
        Column("verdict", "What to do", kind="text"),
        Column("share", "Scenarios", kind="share"),
        Column("weighted_share", "By weight", kind="share"),
        Column("ordered_share", f"Ordered before {views.commit}", kind="share"),
        Column("earliest", "Earliest service", kind="month"),
        Column("latest", "Latest", kind="month"),
        Column("first_order", "First order", kind="month"),
        Column("last_order", "Last order", kind="month"),
        Column("smallest", "Smallest"),
        Column("largest", "Largest"),
        Column("base_size", "Base's"),
        Column("unit", "Unit", kind="text"),
        Column("scenarios", "Only in", kind="text"),
    )
    note = _rule(views)
    if short:
        decided = taken[taken["kind"] != CLASS]
        size = [
            f"{number(least)}{'' if number(least) == number(most) else f' to {number(most)}'} {unit}"
            for least, most, unit in zip(decided["smallest"], decided["largest"], decided["unit"], strict=True)
        ]
        found = decided.assign(size=size).head(MOST_DECISIONS)
        columns = (*(columns[i] for i in (0, 2, 3, 8, 9)), Column("size", "Size", kind="text"))
        if len(decided) > len(found):
            note = f"{len(decided) - len(found)} more are in the page. {note}"
    yield Table("Decisions", found, columns, note, sheet="Stability")


def _rule(views: Views) -> str:
    return (
        f"Do now: ordered before {views.commit} in nine of ten scenarios at least. Only if: taken in a third at "
        "most. Keep open: all between. Never: in none. Sizes are of the scenarios that take it."
    )
