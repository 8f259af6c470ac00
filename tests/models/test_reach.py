"""What could be by when is told by arrays alone: no variable, no row and no hour is needed for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.core as pyo

import compute_lp
from benchmarks.scaled import scaled
from compute_lp.index import Index
from tests.models.programmes import programme


def test_what_could_be_is_told_before_anything_is_declared() -> None:
    m = compute_lp.reach(programme())
    kinds = (pyo.Var, pyo.Constraint, pyo.Expression, pyo.Objective)
    assert [component.name for component in m.component_objects(kinds)] == []
    assert m.component("SLICES") is None, "nothing has an hour yet"
    declared = [component.name for component in compute_lp.build(programme()).component_objects(kinds)]
    assert declared, "the same question finds what a programme declares"


def test_a_site_more_costs_what_could_stand_there_and_no_more() -> None:
    """Largest: a cohort of each accelerator in each period, by period; and what each model could train by period."""
    m = compute_lp.reach(scaled(programme(), sites=5))
    cohorts, periods = m.procurement.COHORTS.size, m.PERIODS.size
    by_site = max(m.ACCELERATORS.size * cohorts * periods, m.MODELS.size * periods)
    without_sites = m.WORKLOADS.size * m.serving.SEGMENTS.size * m.MODELS.size * periods
    largest = max(held(m))
    assert largest <= max(by_site * m.PLACES.size, without_sites)
    totals = [sum(held(compute_lp.reach(scaled(programme(), sites=count)))) for count in (2, 4, 6)]
    assert totals[2] - totals[1] == totals[1] - totals[0] > 0


def held(m: Any) -> list[int]:
    """Elements of each array that the model and its blocks hold."""
    found = []
    for block in (m, *m.component_objects(pyo.Block)):
        for value in vars(block).values():
            arrays = value.codes if isinstance(value, Index) else (value,)
            found += [array.size for array in arrays if isinstance(array, np.ndarray)]
    return found
