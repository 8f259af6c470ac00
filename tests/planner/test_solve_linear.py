"""planner.solve on linear programmes small enough to solve by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from compute_lp.family import Arrays
from planner.solve import SolverFailure, highs, solve
from tests.planner.solve_programmes import BREAD, INF, programme


def test_optimum_and_prices_are_those_found_by_hand() -> None:
    solution = solve(BREAD)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(-21)
    assert solution.bound == pytest.approx(-21)
    assert solution.gap == pytest.approx(0, abs=1e-12)
    assert solution.relaxation_objective is None
    np.testing.assert_allclose(solution.x, [3, 3 / 2])
    np.testing.assert_allclose(solution.row_dual, [-3 / 4, -1 / 2, 0], atol=1e-12)
    np.testing.assert_allclose(solution.reduced_cost, [0, 0], atol=1e-12)
    assert not solution.degenerate.any()


def test_a_row_dual_is_what_one_more_of_the_limit_changes_in_the_objective() -> None:
    step = 1e-3
    for i in range(3):
        moved = programme([-5, -4], [([6, 4], -INF, 24), ([1, 2], -INF, 6), ([0, 1], -INF, 2)])
        moved.row_upper[i] += step
        slope = (solve(moved).objective - -21) / step
        assert slope == pytest.approx([-3 / 4, -1 / 2, 0][i], abs=1e-6)


def test_a_column_at_its_upper_bound_has_a_negative_reduced_cost() -> None:
    # x is cheaper but ends at 3; y covers the rest of 4 and prices the row at 3; one more of x saves 3 - 2.
    solution = solve(programme([2, 3], [([1, 1], 4, INF)], upper=[3, INF]))
    np.testing.assert_allclose(solution.x, [3, 1])
    np.testing.assert_allclose(solution.row_dual, [3])
    np.testing.assert_allclose(solution.reduced_cost, [-1, 0])
    assert solution.objective == pytest.approx(2 * 3 + 3 * 1)


def test_an_equality_a_range_and_a_free_row_have_the_prices_their_sides_allow() -> None:
    # y = 4 - x by the equality; cost x + 3 (4 - x) falls with x, up to the range's upper side x <= 3.
    solution = solve(programme([1, 3], [([1, 1], 4, 4), ([1, 0], 2, 3), ([1, -1], -INF, INF)], lower=-INF))
    np.testing.assert_allclose(solution.x, [3, 1])
    np.testing.assert_allclose(solution.row_dual, [3, -2, 0], atol=1e-12)
    # With the cost of y at 0 the lower side x >= 2 binds instead.
    solution = solve(programme([1, 0], [([1, 1], 4, 4), ([1, 0], 2, 3), ([1, -1], -INF, INF)], lower=-INF))
    np.testing.assert_allclose(solution.x, [2, 2])
    np.testing.assert_allclose(solution.row_dual, [0, 1, 0], atol=1e-12)


def test_the_constant_of_the_objective_is_counted() -> None:
    solution = solve(programme([1], [([1], 2, INF)], offset=100.0))
    assert solution.objective == pytest.approx(102)
    assert solution.bound == pytest.approx(102)


def test_no_rows_at_all_leaves_the_columns_at_their_bounds() -> None:
    solution = solve(programme([1, -1], [], lower=[2, 0], upper=[5, 7]))
    np.testing.assert_allclose(solution.x, [2, 7])
    assert solution.row_dual.size == 0 and solution.degenerate.size == 0


def test_a_row_without_columns_binds_only_where_zero_breaks_it() -> None:
    assert solve(programme([1], [([0], -INF, 1), ([1], 1, INF)])).status == "optimal"
    assert solve(programme([1], [([0], 1, INF), ([1], 1, INF)])).status == "infeasible"


def test_contradictory_rows_are_infeasible_and_proven_so() -> None:
    solution = solve(programme([1, 1], [([1, 1], 3, INF), ([1, 1], -INF, 2)]))
    assert solution.status == "infeasible"
    assert solution.proof["infeasibility_proven"] is True
    assert solution.x.size == 0 and solution.row_dual.size == 0


def test_a_cost_that_falls_without_end_is_a_failure_naming_the_column() -> None:
    with pytest.raises(SolverFailure, match=r"x\[1\]"):
        solve(programme([1, -1], [([1, -1], -INF, 5)]))


def test_a_coefficient_the_solver_would_drop_by_default_counts() -> None:
    # 1e-10 * 1e9 = 0.1 of the 1 needed: 0.9 is left to buy.
    solution = solve(programme([0, 1], [([1e-10, 1], 1, INF)], lower=[1e9, 0], upper=[1e9, INF]))
    assert solution.objective == pytest.approx(0.9)


def test_numbers_that_make_no_sense_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"column x\[1\]: its cost is nan"):
        solve(programme([1, float("nan")], [([1, 1], 1, INF)]))
    with pytest.raises(ValueError, match=r"column x\[0\]: its lower bound 3 is above its upper bound 2"):
        solve(programme([1], [([1], 1, INF)], lower=3, upper=2))
    with pytest.raises(ValueError, match=r"row rows\[0\]: its upper bound is not a number"):
        solve(programme([1], [([1], 1, float("nan"))]))
    with pytest.raises(ValueError, match=r"row rows\[0\]: the coefficient of x\[0\] is 1e-13"):
        solve(programme([1], [([1e-13], 1, INF)]))
    with pytest.raises(ValueError, match="no columns"):
        solve(programme([], []))


def test_bounds_that_cross_by_rounding_are_equal() -> None:
    assert solve(programme([1], [], lower=0.1 + 0.2, upper=0.3)).objective == pytest.approx(0.3)


def test_of_two_rows_saying_the_same_neither_price_is_unique_and_both_are_marked() -> None:
    # x >= 1 twice, worth 1 together in any split; y >= 2 on its own is worth 1 and nothing else.
    solution = solve(programme([1, 1], [([1, 0], 1, INF), ([1, 0], 1, INF), ([0, 1], 2, INF)]))
    assert solution.row_dual[:2].sum() == pytest.approx(1)
    assert solution.degenerate.tolist() == [True, True, False]


def test_three_lines_through_one_corner_mark_their_rows() -> None:
    # Maximise a + b in a <= 1, b <= 1, a + b <= 2: the three meet in (1, 1). The row c <= 5, paid 2, is apart.
    rows = [([1, 0, 0], -INF, 1.0), ([0, 1, 0], -INF, 1.0), ([1, 1, 0], -INF, 2.0), ([0, 0, 1], -INF, 5.0)]
    solution = solve(programme([-1, -1, -2], rows))
    assert solution.objective == pytest.approx(-12)
    assert solution.degenerate.tolist() == [True, True, True, False]
    assert solution.row_dual[3] == pytest.approx(-2)


def test_without_prices_none_are_given() -> None:
    solution = solve(BREAD, prices=False)
    assert solution.status == "optimal"
    assert solution.row_dual.size == solution.reduced_cost.size == solution.degenerate.size == 0


EQUALS = programme([2, 2, 3], [([1, 1, 1], 4, INF), ([0, 0, 1], 1, INF)], upper=[3, 3, INF])
"""Two equal sites, 3 each, and a dearer one that must give 1: 3 are left to share, any way."""


@pytest.mark.parametrize(("ranks", "chosen"), [([1, 2, 3], [3, 0, 1]), ([2, 1, 3], [0, 3, 1])])
def test_equal_sites_are_chosen_by_rank_at_the_same_cost_and_prices(ranks: list[float], chosen: list[float]) -> None:
    plain, ranked = solve(EQUALS), solve(EQUALS, tie_break=np.array(ranks, dtype=float))
    np.testing.assert_allclose(ranked.x, chosen, atol=1e-9)
    assert ranked.proof["ties"] == "broken by rank"
    assert ranked.objective == plain.objective == pytest.approx(2 * 3 + 3)
    np.testing.assert_array_equal(ranked.row_dual, plain.row_dual)


def test_a_rank_never_buys_a_worse_objective() -> None:
    solution = solve(BREAD, tie_break=np.array([1e6, -1e6]))
    np.testing.assert_allclose(solution.x, [3, 3 / 2])


def test_a_rank_cost_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="one rank cost for each of 2 columns"):
        solve(BREAD, tie_break=np.ones(3))


def test_progress_says_how_large_it_is_and_nothing_goes_to_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    solution = solve(BREAD, progress=lines.append)
    assert lines[0] == "solving: 2 columns, 3 rows, 5 non-zeros"
    assert capfd.readouterr().out == ""
    assert "HiGHS" in solution.log and "Optimal" in solution.log


def test_no_time_means_stopped_and_says_why() -> None:
    solution = solve(BREAD, time_limit_s=0.0)
    assert (solution.status, solution.x.size, solution.proof["stopped_by"]) == ("stopped", 0, "time limit")


def test_ctrl_c_means_stopped_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = highs.library().Highs
    wait, calls = engine.wait, []

    def interrupted_at_first(self: Any, timeout: float) -> Any:
        calls.append(timeout)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return wait(self, timeout)

    monkeypatch.setattr(engine, "wait", interrupted_at_first)
    solution = solve(_random(np.random.default_rng(1), columns=400, rows=400))
    assert (solution.status, solution.x.size, solution.proof["stopped_by"]) == ("stopped", 0, "interrupt")


def test_the_same_arrays_give_the_same_bits() -> None:
    arrays = _random(np.random.default_rng(7), columns=40, rows=30)
    first, second = solve(arrays), solve(arrays)
    assert first.x.tobytes() == second.x.tobytes()
    assert first.row_dual.tobytes() == second.row_dual.tobytes()


def test_a_huge_programme_is_solved_by_interior_point_with_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = _random(np.random.default_rng(3), columns=60, rows=40)
    small = solve(arrays)
    monkeypatch.setattr(highs, "LARGE_COLUMNS", 1)
    monkeypatch.setattr(highs, "HUGE_COLUMNS", 1)
    large = solve(arrays)
    assert large.solver["method"] == ("HiPO" if highs.hipo_missing() is None else "IPX")
    assert large.objective == pytest.approx(small.objective, rel=1e-9)
    np.testing.assert_allclose(large.row_dual, small.row_dual, atol=1e-7)


def test_a_large_programme_goes_to_interior_point_when_simplex_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = _random(np.random.default_rng(3), columns=60, rows=40)
    small = solve(arrays)
    monkeypatch.setattr(highs, "LARGE_COLUMNS", 1)
    monkeypatch.setattr(highs, "SIMPLEX_SHARE", 100)
    assert solve(arrays).solver["method"] == "simplex"
    monkeypatch.setattr(highs, "SIMPLEX_SHARE", 0.05)
    large = solve(arrays)
    assert large.solver["method"] in ("HiPO", "IPX")
    assert large.objective == pytest.approx(small.objective, rel=1e-9)


def test_without_its_extras_interior_point_falls_back_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs, "LARGE_COLUMNS", 1)
    monkeypatch.setattr(highs, "HUGE_COLUMNS", 1)
    monkeypatch.setattr(highs, "extras_version", lambda: "0.0.1")
    solution = solve(_random(np.random.default_rng(3), columns=60, rows=40))
    assert solution.solver["method"] == "IPX"
    assert "highspy-extras 0.0.1 does not go with highspy" in solution.solver["hipo"]


def test_a_release_known_to_be_wrong_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs, "version", lambda: "1.14.0")
    highs.library.cache_clear()
    with pytest.raises(SolverFailure, match=r"HiGHS 1\.14\.0 is installed.*issues/2957"):
        solve(BREAD)
    highs.library.cache_clear()


def _random(draw: np.random.Generator, columns: int, rows: int) -> Arrays:
    """A feasible, bounded programme: rows hold at a known point, costs are positive, columns are bounded below."""
    matrix = draw.integers(-3, 4, (rows, columns)) * (draw.random((rows, columns)) < 0.4)
    activity = matrix @ draw.uniform(0, 5, columns)
    low, high = activity - draw.uniform(0, 2, rows), activity + draw.uniform(0, 2, rows)
    low[draw.random(rows) < 0.3] = -INF
    high[draw.random(rows) < 0.3] = INF
    equal = draw.random(rows) < 0.1
    low[equal] = high[equal] = activity[equal]
    cost = draw.uniform(0.1, 3, columns).tolist()
    return programme(cost, [(a.tolist(), lo, hi) for a, lo, hi in zip(matrix, low, high, strict=True)])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), columns=st.integers(1, 12), rows=st.integers(1, 10))
def test_random_programmes_have_the_objective_that_scipy_finds(seed: int, columns: int, rows: int) -> None:
    arrays = _random(np.random.default_rng(seed), columns, rows)
    dense = arrays.matrix.toarray()
    upper, lower = np.isfinite(arrays.row_upper), np.isfinite(arrays.row_lower)
    expected = linprog(
        arrays.cost,
        A_ub=np.vstack([dense[upper], -dense[lower]]),
        b_ub=np.concatenate([arrays.row_upper[upper], -arrays.row_lower[lower]]),
    )
    solution = solve(arrays)
    assert expected.status == 0 and solution.status == "optimal"
    assert solution.objective == pytest.approx(expected.fun, rel=1e-7, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), columns=st.integers(1, 6), rows=st.integers(2, 8))
def test_random_rows_are_infeasible_exactly_where_scipy_says_so(seed: int, columns: int, rows: int) -> None:
    draw = np.random.default_rng(seed)
    dense = draw.integers(-2, 3, (rows, columns)).astype(float)
    needed = draw.integers(-3, 4, rows).astype(float)
    expected = linprog(np.ones(columns), A_ub=-dense, b_ub=-needed)
    solution = solve(programme([1] * columns, [(a.tolist(), b, INF) for a, b in zip(dense, needed, strict=True)]))
    assert solution.status == {0: "optimal", 2: "infeasible"}[expected.status]
    if solution.status == "infeasible":
        assert solution.proof["infeasibility_proven"] is True


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), columns=st.integers(2, 6), rows=st.integers(2, 6))
def test_an_unmarked_price_is_the_slope_on_both_sides(seed: int, columns: int, rows: int) -> None:
    draw = np.random.default_rng(seed)
    # Small whole numbers make degenerate corners common.
    dense = draw.integers(0, 3, (rows, columns)).astype(float)
    needed = draw.integers(0, 4, rows).astype(float)
    cost = draw.integers(1, 4, columns).tolist()

    def objective(needed: np.ndarray[Any, Any]) -> float:
        return solve(programme(cost, [(a.tolist(), b, INF) for a, b in zip(dense, needed, strict=True)])).objective

    solution = solve(programme(cost, [(a.tolist(), b, INF) for a, b in zip(dense, needed, strict=True)]))
    if solution.status != "optimal":
        return
    step = 1e-4
    for i in np.flatnonzero(~solution.degenerate):
        for side in (step, -step):
            moved = needed.copy()
            moved[i] += side
            assert (objective(moved) - solution.objective) / side == pytest.approx(solution.row_dual[i], abs=1e-5)
