"""The scoreboard as blocks: what each scenario costs and serves against the base, and all figures side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from planner.compare import told
from planner.compare.blocks.common import SCENARIO, Form, in_order, said, short, spoken, with_titles
from planner.compare.cases import Case
from planner.compare.views.scoreboard import FIGURES, NOT_TOLD, PROVEN, Figure
from planner.report.blocks import Block, Column, Heading, Kind, Table
from planner.report.charts import differences as difference_chart
from planner.wording import localised

if TYPE_CHECKING:
    from planner.compare.page import Views

SCOREBOARD = "scoreboard"
WIDE = ("cost_musd", "served_t", "unserved_t", "co2_kt", "hall_mw_end", "compute_h100e_end")
"""Figures of the scoreboard's first table."""
IN_WORDS = {"cost_musd": "Cost against base", "served_t": "Served against base"}
"""Those of them whose difference is told in words beside them."""
PROVEN_BEST = "optimal"
SHORTER = {"^serves ": "", f"^{NOT_TOLD}$": "within the gaps"}
"""These words in the scoreboard."""
CHARTED = {
    "cost_musd": "A scenario that serves less may be cheaper and worse: read it with what is served.",
    "objective_musd": "It counts what goes unserved at the value that the workbook puts on it.",
}
"""Figures whose differences are drawn, and what not to read into them."""
SUBJECTS: Mapping[str, Sequence[str]] = {
    "money": ("cost_musd", "objective_musd", "spent_musd"),
    "tokens": ("served_t", "unserved_t", "out_of_reach_t", "small_model_token_share"),
    "what stands at the end": (
        "hall_mw_end",
        "connected_mw_end",
        "accelerators_end",
        "compute_h100e_end",
        "home_h100e_end",
    ),
    "energy, carbon, water and training": (
        "energy_gwh",
        "co2_kt",
        "water_ml",
        "training_zflop",
        "small_model_training_share",
    ),
}
"""All figures by subject, a table each."""
MOST_REASON = 120
"""Letters of why there is no plan; the manifest has the rest."""
BY_NAME = {figure.name: figure for figure in FIGURES}


def scoreboard_blocks(views: Views, form: Form = "page") -> Iterator[Block]:
    """Sentences, the scoreboard, what the scenarios stand for, and charts; in a page, tables of all figures too."""
    board = views.tables.get(SCOREBOARD)
    if board is None:
        return
    yield Heading("Scoreboard")
    yield from said([*told.of_scoreboard(board, views.planned, views.base.name), *without_plan(views.cases)])
    yield _table(views, board, form)
    titled = pd.DataFrame({"scenario": views.names, "title": [views.titles[name] for name in views.names]})
    if form != "screen" and (titled["title"] != "").any():
        weights = {case.name: case.weight for case in views.cases}
        titled["weight"] = titled["scenario"].map(weights)
        meant = [SCENARIO, Column("title", "What it stands for", kind="text"), Column("weight", "Weight")]
        note = "Appendix K has their names in the workbook." if form == "print" else ""
        yield Table("What the scenarios stand for", titled, tuple(meant), note, sheet="Scenarios")
    if form == "screen" or len(views.planned) < 2:
        return
    yield from _charts(views, board)
    if form == "page":
        yield from _figures(views, board)


def _table(views: Views, board: pd.DataFrame, form: Form) -> Table:
    values = board.pivot(index="scenario", columns="figure", values="value")
    words = board.pivot(index="scenario", columns="figure", values="told").replace(SHORTER, regex=True)
    status = {case.name: case.status for case in views.cases}
    frame = pd.DataFrame({"scenario": views.names, "status": [status[name] for name in views.names]})
    columns = [SCENARIO]
    told_apart = {case.status for case in views.planned} != {PROVEN_BEST}  # that others have no plan is told in words
    if form == "page" or (form == "print" and told_apart):
        columns.append(Column("status", "Status", kind="text"))
    for figure in (BY_NAME[name] for name in (IN_WORDS if form == "screen" else WIDE)):
        if figure.label not in values:
            continue
        frame[figure.name] = frame["scenario"].map(values[figure.label])
        if form != "screen":
            columns.append(_column(figure))
        elif figure.name == "cost_musd":
            columns.append(Column(figure.name, "Cost", figure.unit))
        if figure.name in IN_WORDS:
            frame[f"{figure.name}_told"] = frame["scenario"].map(words[figure.label])
            columns.append(Column(f"{figure.name}_told", IN_WORDS[figure.name], kind="text"))
    return Table("Scoreboard", frame, tuple(columns), gaps(views), sheet="Scoreboard")


def without_plan(among: Sequence[Case]) -> list[str]:
    """Which scenarios have no plan, those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for case in among:
        if not case.exists:
            why = short(str(case.record.get("reason") or case.status), MOST_REASON)
            by_reason.setdefault(why, []).append(case.name)
    said_of = [f"{', '.join(names)} ({why})" for why, names in by_reason.items()]
    return [f"No plan to compare: {'; '.join(said_of)}."] if said_of else []


def gaps(views: Views) -> str:
    """To what the plans are proven."""
    found = [float(case.figures["gap"]) for case in views.planned if "gap" in case.figures]
    return (
        f"Plans are proven to within {localised(f'{max(found):.2%}')} of the best."
        if found
        else "Every plan is proven the best."
    )


def _charts(views: Views, board: pd.DataFrame) -> Iterator[Block]:
    drawn: list[float] = []
    for name, caution in CHARTED.items():
        figure = BY_NAME[name]
        rows = board[(board["figure"] == figure.label) & board["scenario"].isin(views.drawn)]
        rows = rows[rows["scenario"] != views.base.name]
        sizes = rows["difference"].tolist()
        if not sizes or sizes == drawn:  # where nothing has a value, the objective is cost
            continue
        drawn = sizes
        said_of = figure.label.split(",")[0]
        chart = difference_chart(
            spoken(in_order(rows, views.names), "scenario"),
            title=f"{said_of.capitalize()} against {views.base.name}",
            alt=f"{figure.label.capitalize()} of each scenario less that of {views.base.name}.",
            caution=caution + views.undrawn,
            category=SCENARIO,
            value=Column("difference", f"Difference in {said_of}", figure.unit, difference_of=("value", "base")),
            sheet=f"{said_of.capitalize()} differences",
        )
        yield with_titles(chart, "scenario", views.titles)


def _figures(views: Views, board: pd.DataFrame) -> Iterator[Block]:
    """All figures, scenarios down and figures across; those that are nothing everywhere are left out."""
    known = {label: rows.set_index("scenario") for label, rows in board.groupby("figure")}
    names = [name for name in views.names if name in set(board["scenario"])]
    for subject, figures in SUBJECTS.items():
        shown = [
            BY_NAME[name]
            for name in figures
            if BY_NAME[name].label in known and (known[BY_NAME[name].label]["value"].fillna(0.0) != 0).any()
        ]
        if not shown:
            continue
        frame, columns = pd.DataFrame({"scenario": names}), [SCENARIO]
        for figure in shown:
            own = known[figure.label].reindex(names).reset_index(drop=True)
            frame[figure.name], frame[f"{figure.name}_base"] = own["value"], own["base"]
            columns.append(_column(figure))
            if figure.name in PROVEN:
                columns.append(Column(f"{figure.name}_base", "Base's", figure.unit))
            columns.append(_difference(figure))
            if figure.name in PROVEN:
                for end, label in (("least", "Least that the gaps allow"), ("most", "Most that they allow")):
                    frame[f"{figure.name}_{end}"] = own[f"{end}_difference"]
                    columns.append(Column(f"{figure.name}_{end}", label, figure.unit))
        note = "Differences are from the base."
        yield Table(f"All figures: {subject}", frame, tuple(columns), note, sheet=f"Figures, {subject}"[:31])


def _column(figure: Figure) -> Column:
    kind: Kind = "share" if figure.is_share else "number"
    return Column(figure.name, figure.label.capitalize(), "" if figure.is_share else figure.unit, kind)


def _difference(figure: Figure) -> Column:
    kind: Kind = "share" if figure.is_share else "number"
    unit = "" if figure.is_share else figure.unit
    of = (figure.name, f"{figure.name}_base")
    return Column(f"{figure.name}_difference", "Difference", unit, kind, difference_of=of)
