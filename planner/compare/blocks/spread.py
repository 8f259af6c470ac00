"""How far scenarios lie apart, as blocks: mean and percentiles of the scoreboard's figures by the workbook's weights.

Percentiles are of the distribution that puts each weight on its scenario's figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from compute_lp.schema import Floats
from planner.compare.blocks.scoreboard import BY_NAME
from planner.compare.cases import Case
from planner.report.blocks import Block, Column, Heading, Paragraph, Table
from planner.wording import NOTABLE, money, number

if TYPE_CHECKING:
    from planner.compare.page import Views

SPREAD = ("cost_musd", "objective_musd", "served_t", "unserved_t", "co2_kt", "hall_mw_end", "compute_h100e_end")
"""Figures of the scoreboard whose spread over scenarios is told."""
TOLD = ("cost_musd", "objective_musd")
"""Those of them that sentences tell."""
TENTH = 0.1
HALF_A_PERCENT = 0.005


def spread(planned: Sequence[Case], base: Case) -> pd.DataFrame:
    """A row a figure: the base's, the mean by weight, the tenth and ninetieth percentile, the least and most and where.
    Of scenarios with a weight."""
    weighed = [case for case in planned if case.weight > 0]
    weights = np.array([case.weight for case in weighed])
    rows = []
    for name in SPREAD:
        values = np.array([_figure(case, name) for case in weighed])
        known = np.isfinite(values)
        if not known.any() or not np.abs(values[known]).max() > NOTABLE:
            continue
        values, weight = values[known], weights[known] / weights[known].sum()
        among = [case.name for case, is_known in zip(weighed, known, strict=True) if is_known]
        figure = BY_NAME[name]
        ends = [percentile(values, weight, share) for share in (TENTH, 1 - TENTH)]
        lowest, highest = int(values.argmin()), int(values.argmax())
        rows.append(
            (
                name,
                figure.label.capitalize(),
                f"{figure.label.capitalize()} ({figure.unit})".replace("M USD", "M\u00a0USD"),
                _figure(base, name),
                float(values @ weight),
                *ends,
                values[lowest],
                among[lowest],
                values[highest],
                among[highest],
            )
        )
    columns = [
        "name",
        "figure",
        "with_unit",
        "base",
        "mean",
        "tenth",
        "ninetieth",
        "least",
        "least_in",
        "most",
        "most_in",
    ]
    return pd.DataFrame(rows, columns=columns)


def percentile(values: Floats, weights: Floats, share: float) -> float:
    """The smallest of the values up to which at least this share of the weights lies."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][int(np.searchsorted(reached, share - NOTABLE))])


def of_spread(table: pd.DataFrame, without: Mapping[str, float]) -> list[str]:
    """How the base lies among the scenarios; `without`: weights of scenarios that have no plan."""
    told = []
    for row in table[table["name"].isin(TOLD)].to_dict("records"):
        apart = row["base"] - row["mean"]
        if abs(row["mean"]) <= NOTABLE or abs(apart) <= HALF_A_PERCENT * abs(row["mean"]):
            said = "is the mean of all scenarios by weight, within half a per cent"
        else:
            way = "above" if apart > 0 else "below"
            said = f"lies {number(100 * abs(apart / row['mean']))} % {way} the mean by weight, {money(row['mean'])}"
        told.append(
            f"{row['figure']}: the base's, {money(row['base'])}, {said}; four in five lie between "
            f"{money(row['tenth'])} and {money(row['ninetieth'])}."
        )
    if without:
        lost = ", ".join(f"{name} ({number(weight)})" for name, weight in without.items())
        told.append(f"Left out, as they have no plan: {lost}, by weight.")
    return told


def spread_blocks(views: Views) -> Iterator[Block]:
    yield Heading("Over scenarios")
    weighed = [case for case in views.planned if case.weight > 0]
    if len(weighed) < 2:
        yield Paragraph("A spread needs plans of two scenarios with a weight.")
        return
    table = spread(views.planned, views.base)
    without = {case.name: case.weight for case in views.cases if not case.exists and case.weight > 0}
    yield Paragraph(" ".join(of_spread(table, without)))
    yield Table(
        f"Figures over {len(weighed)} scenarios with a weight",
        table,
        (
            Column("with_unit", "Figure", kind="text"),
            Column("base", "Base"),
            Column("mean", "Mean by weight"),
            Column("tenth", "A tenth lies below"),
            Column("ninetieth", "A tenth lies above"),
            Column("least", "Least"),
            Column("least_in", "In", kind="text"),
            Column("most", "Most"),
            Column("most_in", "In", kind="text"),
        ),
        "Weights are the workbook's judgement, rescaled to the scenarios that have a plan; those of no weight, choices "
        "and not states of the world, are left out. Each scenario knows its future, so a plan that must do for all of "
        "them costs more than the mean.",
        sheet="Spread",
    )


def _figure(case: Case, name: str) -> float:
    value = case.figures.get(name)
    return np.nan if value is None else float(value)
