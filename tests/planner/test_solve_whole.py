"""Whole numbers: plans, bounds and gaps, against enumeration and by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute_lp.family import Arrays
from planner.solve import integers, solve
from planner.solve.integers.whole import Node, Programme, Search
from planner.solve.session import Clock, Session
from planner.solve.solution import relative_gap
from tests.planner.solve_programmes import INF, programme

PLANTS = programme(
    # Columns: plants of 5 for 10 each (whole), and power bought at 3. Demand 7.
    # Linear: 7/5 of a plant, 14. Whole: one plant and 2 bought, 10 + 6 = 16; two plants cost 20, none 21.
    cost=[10, 3],
    rows=[([5, 1], 7, INF)],
    whole=[0],
)


def test_the_whole_plan_its_bound_and_its_prices_are_those_found_by_hand() -> None:
    solution = solve(PLANTS, gap=0.0)
    assert solution.status == "optimal"
    np.testing.assert_allclose(solution.x, [1, 2])
    assert solution.objective == pytest.approx(16)
    assert solution.bound == pytest.approx(16)
    assert solution.gap == 0.0
    assert solution.relaxation_objective == pytest.approx(14)
    # With one plant fixed, one more of demand is bought at 3, and a plant more saves 5 * 3 of its 10.
    np.testing.assert_allclose(solution.row_dual, [3])
    np.testing.assert_allclose(solution.reduced_cost, [10 - 15, 0])


def test_a_plan_within_the_gap_of_the_relaxation_is_taken_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integers, "branch_and_bound", _never)
    solution = solve(PLANTS, gap=0.2)
    assert solution.status == "optimal"
    assert solution.proof["bound_from"] == "relaxation"
    assert solution.objective == pytest.approx(16)
    assert solution.bound == pytest.approx(14)
    assert solution.gap == pytest.approx((16 - 14) / 16)


def test_a_relaxation_that_is_whole_already_needs_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integers, "branch_and_bound", _never)
    solution = solve(programme([1, 3], [([5, 1], 10, INF)], whole=[0]), gap=0.0)
    assert (solution.status, solution.gap) == ("optimal", 0.0)
    assert solution.objective == pytest.approx(2)


def test_stopped_above_the_gap_is_feasible_with_its_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(
        programme: Programme, root: Node, found: Search, gap: float, session: Session, clock: Clock, dives: int
    ) -> None:
        found.bound = 15.0

    monkeypatch.setattr(integers, "branch_and_bound", stopped)
    solution = solve(PLANTS, gap=0.005)
    assert solution.status == "feasible"
    assert solution.objective == pytest.approx(16)
    assert solution.bound == 15.0
    assert solution.gap == pytest.approx(1 / 16)
    np.testing.assert_allclose(solution.row_dual, [3])


def test_no_time_for_any_plan_is_stopped() -> None:
    solution = solve(PLANTS, time_limit_s=0.0)
    assert (solution.status, solution.x.size) == ("stopped", 0)


def test_bounds_between_which_nothing_is_whole_are_infeasible() -> None:
    solution = solve(programme([1], [([1], 0, 1)], lower=0.2, upper=0.8, whole=[0]))
    assert (solution.status, solution.proof["infeasibility_proven"]) == ("infeasible", True)


def test_fractions_in_the_bounds_of_a_whole_column_are_not_used() -> None:
    solution = solve(programme([-1], [([1], -INF, 10)], lower=0.5, upper=2.5, whole=[0]), gap=0.0)
    np.testing.assert_array_equal(solution.x, [2])


def test_a_gap_is_relative_to_the_plan_and_rounding_near_zero_is_none() -> None:
    assert relative_gap(16, 14, noise=1e-9) == pytest.approx(2 / 16)
    assert relative_gap(-10, -11, noise=1e-9) == pytest.approx(1 / 10)
    assert relative_gap(1e-12, 0.0, noise=1e-9) == 0.0
    assert relative_gap(0.0, -1.0, noise=1e-9) == pytest.approx(1e9)
    assert relative_gap(5.0, 5.0 + 1e-12, noise=1e-9) == 0.0


def test_an_objective_of_zero_is_proven() -> None:
    # Costs 3 n - 3 with n >= 1/2 whole: n = 1, exactly nothing; the relaxation says -3/2.
    solution = solve(programme([3], [([2], 1, INF)], whole=[0], offset=-3.0), gap=0.005)
    assert (solution.status, solution.gap) == ("optimal", 0.0)
    assert solution.objective == pytest.approx(0, abs=1e-12)


def _never(*_: object) -> None:
    raise AssertionError("branch and bound was called")


def knapsack(seed: int, whole: int, linear: int) -> tuple[Arrays, float]:
    """Cover random needs with whole columns of 0 to 3 and dear linear ones; and the least cost, by enumeration of the
    whole ones: what is left is bought, each need from its own linear column."""
    draw = np.random.default_rng(seed)
    gives = draw.integers(0, 6, (linear, whole)).astype(float)
    needs = draw.integers(3, 20, linear).astype(float)
    cost, price = draw.uniform(1, 9, whole), draw.uniform(1, 4, linear)
    rows = [([*gives[i].tolist(), *np.eye(linear)[i].tolist()], float(needs[i]), INF) for i in range(linear)]
    arrays = programme(
        [*cost.tolist(), *price.tolist()], rows, upper=[3.0] * whole + [INF] * linear, whole=range(whole)
    )
    best = min(
        float(cost @ chosen + price @ np.maximum(needs - gives @ np.array(chosen), 0.0))
        for chosen in itertools.product(range(4), repeat=whole)
    )
    return arrays, best


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_random_programmes_have_the_objective_of_enumeration(seed: int) -> None:
    arrays, best = knapsack(seed, whole=4, linear=3)
    solution = solve(arrays, gap=0.0)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(best, rel=1e-7)
    np.testing.assert_array_equal(solution.x[:4], np.round(solution.x[:4]))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_dives_alone_give_a_plan_between_the_bound_and_nothing_worse_than_no_plan(seed: int) -> None:
    arrays, best = knapsack(seed, whole=4, linear=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(integers, "branch_and_bound", lambda *_: None)
        solution = solve(arrays, gap=0.0)
    assert solution.bound <= best + 1e-7
    assert best - 1e-7 <= solution.objective
