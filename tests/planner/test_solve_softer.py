"""Where every solve from a basis stalls, the softer programme gives the same optimum, bound and contradictions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from compute_lp.family import Arrays
from planner.solve import solve
from planner.solve.highs import Engine, Run
from planner.solve.integers import whole
from tests.planner.solve_programmes import INF, programme
from tests.planner.test_solve_tree import NO_HALVES, _whole_only
from tests.planner.test_solve_whole import PLANTS, knapsack


@pytest.fixture(autouse=True)
def _stalls(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stalling(Engine):
        def __init__(self, lp: Any, session: Any, title: str) -> None:
            super().__init__(lp, session, title)
            self.stalls = title == "whole numbers"

        def run(self, method: str, *args: Any, **options: Any) -> Run:
            run = super().run(method, *args, **options)
            return Run("failed", "stalled", None, method) if self.stalls else run

        def dual_ray(self) -> Any:
            return None if self.stalls else super().dual_ray()

    monkeypatch.setattr(whole, "Engine", Stalling)


@pytest.mark.parametrize("seed", range(12))
def test_the_optimum_is_that_of_enumeration(seed: int) -> None:
    arrays, best = knapsack(seed, whole=5, linear=3)
    _is_optimal(arrays, best)


@pytest.mark.parametrize("seed", range(24))
def test_whole_columns_alone_have_the_optimum_of_enumeration_or_none(seed: int) -> None:
    arrays, best = _whole_only(seed)
    _is_optimal(arrays, best)


def test_the_plan_found_by_hand_is_found_and_the_stalls_are_told() -> None:
    solution = solve(PLANTS, gap=0.0)
    np.testing.assert_allclose(solution.x, [1, 2])
    assert solution.bound == pytest.approx(16)
    assert "given up for a softer programme" in str(solution.proof["stalls"])


def test_a_row_that_is_cheap_to_miss_is_kept_all_the_same() -> None:
    # As little as 3e-6 of the largest coefficient is missing when nothing is opened; opening costs 10, and 3 flow.
    arrays = programme([10, 1], [([1e6, -1], 0, INF), ([0, 1], 3, INF)], upper=[1, INF], whole=[0])
    _is_optimal(arrays, 13.0)


def test_a_contradiction_of_whole_numbers_is_proven() -> None:
    _is_optimal(NO_HALVES, INF)


def test_a_ray_that_a_failed_run_leaves_is_proof_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unsure(Engine):
        def run(self, *args: Any, **options: Any) -> Run:
            run = super().run(*args, **options)
            return replace(run, claim="failed") if run.claim == "infeasible" else run

    monkeypatch.setattr(whole, "Engine", Unsure)
    solution = solve(NO_HALVES, gap=0.0)
    assert solution.status == "infeasible" and solution.proof["infeasibility_proven"]
    assert "stalls" not in solution.proof


def _is_optimal(arrays: Arrays, best: float) -> None:
    solution = solve(arrays, gap=0.0)
    if best == INF:
        assert (solution.status, solution.proof["infeasibility_proven"]) == ("infeasible", True)
        return
    assert (solution.status, solution.gap) == ("optimal", 0.0)
    assert solution.objective == pytest.approx(best, abs=1e-9, rel=1e-9)
    assert solution.bound == pytest.approx(best, abs=1e-9, rel=1e-9)
