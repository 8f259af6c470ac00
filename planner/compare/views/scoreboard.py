"""The scoreboard: headline figures by scenario and how they differ from the base, in figures and in words.

Plans are proven to a gap: the best possible lies between a plan's objective and its bound. So the difference of two
best plans lies between bound - objective of the base and objective - bound of the base, and a difference in cost no
larger than the two gaps together is no difference that can be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.compare.cases import Case
from planner.wording import NOTABLE, money, number

COLUMNS = (
    "scenario",
    "figure",
    "unit",
    "value",
    "base",
    "difference",
    "difference_share",
    "least_difference",
    "most_difference",
    "told",
)
"""A row a scenario and figure. `least_difference` and `most_difference`: what the gaps allow, of figures in money that
are proven; `difference_share`: of the base's size, missing where that is nothing."""
NOT_TOLD = "no difference that the gaps allow to tell"
SAME = "the same"
LEAST_SHARE = 5e-4
"""Difference from which it is told in per cent: below it, 0.05 %, it is the same."""


MANY_TIMES = 2
"""Shares of the base from which per cent are no longer read: 200 %."""


@dataclass(frozen=True)
class Figure:
    """A headline figure: what it is, its unit, and what more and less of it are called; a share differs in points."""

    name: str
    label: str
    unit: str
    more: str
    less: str

    @property
    def is_share(self) -> bool:
        return self.unit == "share"


FIGURES = (
    Figure("cost_musd", "cost, discounted", "M USD", "{} dearer", "{} cheaper"),
    Figure("objective_musd", "objective", "M USD", "{} higher", "{} lower"),
    Figure("spent_musd", "spent", "M USD", "spends {} more", "spends {} less"),
    Figure("served_t", "served", "T", "serves {} more", "serves {} less"),
    Figure("unserved_t", "unserved", "T", "leaves {} more unserved", "leaves {} less unserved"),
    Figure("out_of_reach_t", "out of reach", "T", "{} more out of reach", "{} less out of reach"),
    Figure("co2_kt", "carbon", "kt", "emits {} more", "emits {} less"),
    Figure("water_ml", "water", "ML", "takes {} more water", "takes {} less water"),
    Figure("energy_gwh", "energy", "GWh", "takes {} more energy", "takes {} less energy"),
    Figure("hall_mw_end", "halls at the end", "MW", "{} more halls", "{} less halls"),
    Figure("connected_mw_end", "new connections at the end", "MW", "{} more connected", "{} less connected"),
    Figure("accelerators_end", "accelerators at the end", "units", "{} more accelerators", "{} fewer accelerators"),
    Figure("compute_h100e_end", "compute at the end", "H100e", "{} more compute", "{} less compute"),
    Figure("home_h100e_end", "compute at home at the end", "H100e", "{} more at home", "{} less at home"),
    Figure("training_zflop", "training", "ZFLOP", "trains {} more", "trains {} less"),
    Figure("small_model_token_share", "tokens from small models", "share", "{} more", "{} less"),
    Figure("small_model_training_share", "training hours of small models", "share", "{} more", "{} less"),
)
"""What is compared, in this order. Sums over the horizon unless a name says otherwise."""
PROVEN = ("objective_musd", "cost_musd")
"""Figures that a gap is proven of."""


def scoreboard(among: Sequence[Case], base: Case) -> pd.DataFrame:
    """A row for each scenario with a plan and each figure; of the base too, with no difference."""
    rows = [
        _row(case, base, figure)
        for case in among
        if case.exists
        for figure in FIGURES
        if figure.name in case.figures and figure.name in base.figures
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def ends(case: Case, figure: str) -> tuple[float, float] | None:
    """Between what a proven figure of the best possible plan lies; None for a figure of which nothing is proven. The
    objective lies between plan and bound; its part that is cost may lie a gap to either side."""
    if figure not in PROVEN:
        return None
    value, gap = float(case.figures[figure]), gap_musd(case, figure)
    if figure == "objective_musd":
        bound = float(case.figures.get("bound_musd", value))
        return min(value, bound), max(value, bound)
    return value - gap, value + gap


def gap_musd(case: Case, figure: str) -> float:
    """How far the best plan's figure may lie from this one's, MUSD; 0 where the plan is proven to be the best."""
    if figure == "cost_musd" and "cost_gap" in case.figures:  # of the most served, of which cost is the second aim
        return float(case.figures["cost_gap"]) * abs(float(case.figures["cost_musd"]))
    bound = case.figures.get("bound_musd")
    return 0.0 if bound is None else abs(float(case.figures["objective_musd"]) - float(bound))


def words(figure: Figure, value: float, base: float, *, gap_musd: float = 0.0) -> str:
    """How a figure differs from the base's, with its sign in a word: '8 % dearer', 'serves 3 % less'."""
    difference = value - base
    if pd.isna(difference):
        return "not to be compared"
    if abs(difference) <= NOTABLE * max(1.0, abs(base)):
        return SAME
    if abs(difference) <= gap_musd:
        return NOT_TOLD
    pattern = figure.more if difference > 0 else figure.less
    if figure.is_share:
        return pattern.format(f"{number(100 * abs(difference))} points")
    if abs(base) <= NOTABLE:
        return pattern.format(_amount(abs(difference), figure.unit))
    share = abs(difference / base)
    if share < LEAST_SHARE:
        return SAME
    if share >= MANY_TIMES and difference / base > 0:
        return pattern.format(_amount(abs(difference), figure.unit)) + f", {number(value / base)} times the base's"
    return pattern.format(f"{number(100 * share)} %")


def _row(case: Case, base: Case, figure: Figure) -> tuple[Any, ...]:
    value, before = _float(case.figures[figure.name]), _float(base.figures[figure.name])
    own, other = ends(case, figure.name), ends(base, figure.name)
    least, most, gap = np.nan, np.nan, 0.0
    if own is not None and other is not None and case is not base:
        least, most = own[0] - other[1], own[1] - other[0]
        gap = gap_musd(case, figure.name) + gap_musd(base, figure.name)
    share = (value - before) / abs(before) if abs(before) > NOTABLE and not figure.is_share else np.nan
    told = "the base" if case is base else words(figure, value, before, gap_musd=gap)
    return case.name, figure.label, figure.unit, value, before, value - before, share, least, most, told


def _amount(value: float, unit: str) -> str:
    return money(value) if unit == "M USD" else f"{number(value)} {unit}"


def _float(value: Any) -> float:
    return np.nan if value is None else float(value)
