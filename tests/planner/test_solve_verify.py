"""The check of a solution against the arrays: it accepts what is so and refuses what is not, whoever says it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.solve import SolverFailure, highs, solve
from planner.solve.basis import check_basis
from planner.solve.highs import Engine, Run
from planner.solve.linear import AT_LOWER, AT_UPPER, BASIC, Basis, Linear, Point
from planner.solve.session import Clock, Session
from planner.solve.verify import infeasibility, lower_bound, prove_feasible, prove_optimal
from tests.planner.solve_programmes import BREAD, INF, programme

LP = Linear.of(BREAD)
BASIS = Basis(np.array([BASIC, BASIC], np.int8), np.array([AT_UPPER, AT_UPPER, BASIC], np.int8))
OPTIMUM = Point(np.array([3, 3 / 2]), np.array([-3 / 4, -1 / 2, 0]), BASIS)


def test_the_optimum_found_by_hand_is_proven() -> None:
    proof = prove_optimal(LP, OPTIMUM)
    assert proof.faults == ()
    assert proof.bound == pytest.approx(-3 / 4 * 24 + -1 / 2 * 6)
    assert max(proof.figures.values()) < 1e-12


@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize("change", [-1e-3, 1e-3, np.nan])
def test_one_value_changed_is_refused(column: int, change: float) -> None:
    x = OPTIMUM.x.copy()
    x[column] += change
    assert prove_optimal(LP, replace(OPTIMUM, x=x)).faults


@pytest.mark.parametrize("row", [0, 1, 2])
@pytest.mark.parametrize("change", [-1e-3, 1e-3, np.nan])
def test_one_dual_changed_is_refused(row: int, change: float) -> None:
    row_dual = OPTIMUM.row_dual.copy()
    row_dual[row] += change
    assert prove_optimal(LP, replace(OPTIMUM, row_dual=row_dual)).faults


def test_duals_of_the_opposite_sign_are_refused() -> None:
    assert prove_optimal(LP, replace(OPTIMUM, row_dual=-OPTIMUM.row_dual)).faults


def test_a_feasible_point_that_is_not_optimal_is_refused() -> None:
    assert prove_feasible(LP, np.array([1.0, 1.0])).holds
    assert prove_optimal(LP, replace(OPTIMUM, x=np.array([1.0, 1.0]), basis=None)).faults


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        ([AT_LOWER, BASIC], [AT_UPPER, AT_UPPER, BASIC]),
        ([AT_LOWER, BASIC], [AT_UPPER, BASIC, BASIC]),
        ([BASIC, BASIC], [AT_LOWER, AT_UPPER, BASIC]),
        ([BASIC, BASIC], [BASIC, AT_UPPER, AT_UPPER]),
        ([BASIC, BASIC], [BASIC, AT_UPPER, BASIC]),
        ([BASIC, BASIC, BASIC], [AT_UPPER, AT_UPPER, BASIC]),
    ],
)
def test_one_wrong_status_in_the_basis_is_refused(columns: list[int], rows: list[int]) -> None:
    wrong = Basis(np.array(columns, np.int8), np.array(rows, np.int8))
    assert prove_optimal(LP, replace(OPTIMUM, basis=wrong)).faults


def test_a_part_of_a_whole_number_is_refused() -> None:
    assert prove_feasible(LP, OPTIMUM.x, np.array([True, False])).holds
    assert "must be whole" in prove_feasible(LP, OPTIMUM.x, np.array([True, True])).faults[0]


def test_a_point_that_is_not_the_one_of_its_basis_is_not_confirmed_and_every_price_is_marked() -> None:
    assert check_basis(LP, OPTIMUM).confirmed
    for wrong in (replace(OPTIMUM, x=OPTIMUM.x + 1e-3), replace(OPTIMUM, row_dual=OPTIMUM.row_dual - 1e-3)):
        checked = check_basis(LP, wrong)
        assert not checked.confirmed and checked.degenerate.all() and "away from" in checked.why


def test_a_ray_proves_infeasible_only_what_it_contradicts() -> None:
    # x >= 3 and x <= 2: their difference is 0 >= 1.
    lp = Linear.of(programme([1], [([1], 3, INF), ([1], -INF, 2)]))
    assert infeasibility(lp, np.array([1.0, -1.0])) == pytest.approx((3 - 2) / (3 + 2))
    assert infeasibility(lp, np.array([1.0, 0.0])) <= 0
    assert infeasibility(lp, np.array([-1.0, 1.0])) <= 0
    assert infeasibility(lp, np.zeros(2)) <= 0
    # x >= 3 with x <= 2 as a column bound: one row is enough; with x <= 4 nothing is.
    for upper, proven in ((2.0, True), (4.0, False)):
        lp = Linear.of(programme([1], [([1], 3, INF)], upper=upper))
        assert (infeasibility(lp, np.array([1.0])) > 0) is proven


def test_the_optimal_duals_bound_the_cost_by_the_optimum_and_give_the_reduced_costs() -> None:
    bound, d = lower_bound(LP, OPTIMUM.row_dual)
    assert bound == pytest.approx(-21)
    np.testing.assert_allclose(d, [0, 0], atol=1e-12)


def test_a_dual_that_pushes_against_no_limit_counts_as_none() -> None:
    # b <= 2 has no lower side: a dual of +1 proves nothing, and nothing less either.
    bound, _ = lower_bound(LP, np.array([-3 / 4, -1 / 2, 1.0]))
    assert bound == pytest.approx(-21)


def test_duals_that_leave_a_cost_falling_without_end_bound_nothing() -> None:
    assert lower_bound(LP, np.zeros(3))[0] == -np.inf
    assert lower_bound(LP, np.array([np.nan, 0, 0]))[0] == -np.inf
    assert lower_bound(LP, np.zeros(2))[0] == -np.inf


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_the_duals_no_point_costs_less_than_their_bound(seed: int) -> None:
    draw = np.random.default_rng(seed)
    dense = draw.integers(-3, 4, (4, 5)).astype(float)
    x = draw.uniform(-1, 2, 5)
    rows = [(a.tolist(), float(a @ x) - draw.uniform(0, 2), float(a @ x) + draw.uniform(0, 2)) for a in dense]
    cost = draw.uniform(-3, 3, 5).tolist()
    lp = Linear.of(programme(cost, rows, lower=-1.0, upper=2.0, offset=float(draw.uniform(-5, 5))))
    bound, _ = lower_bound(lp, draw.uniform(-3, 3, 4))
    assert bound > -np.inf
    assert bound <= lp.objective(x) + 1e-9


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from([1e-4, 1e-2, 1.0]))
def test_any_value_or_dual_moved_is_refused_unless_it_is_optimal_still(seed: int, size: float) -> None:
    draw = np.random.default_rng(seed)
    rows, columns = 5, 7
    dense = draw.integers(0, 4, (rows, columns)).astype(float)
    dense[:, 0] += 1
    arrays = programme(
        draw.uniform(1, 2, columns).tolist(), [(a.tolist(), float(draw.uniform(1, 9)), INF) for a in dense]
    )
    lp, solution = Linear.of(arrays), solve(arrays)
    point = Point(solution.x, solution.row_dual)
    assert prove_optimal(lp, point).holds
    j, i = int(draw.integers(columns)), int(draw.integers(rows))
    x, row_dual = point.x.copy(), point.row_dual.copy()
    x[j] += size
    row_dual[i] += size
    # Every column has a cost, every row a limit: the objective, or the bound, moves.
    assert prove_optimal(lp, replace(point, x=x)).faults
    assert prove_optimal(lp, replace(point, row_dual=row_dual)).faults


def _lying(monkeypatch: pytest.MonkeyPatch, about: str, lie: Any) -> None:
    truth = Engine.run

    def run(self: Engine, method: str, clock: Clock, *, iterations: int | None = None) -> Run:
        told = truth(self, method, clock, iterations=iterations)
        return lie(told) if about in (method, "*") else told

    monkeypatch.setattr(Engine, "run", run)


def _wrong_value(run: Run) -> Run:
    assert run.point is not None
    return replace(run, point=replace(run.point, x=run.point.x * 0.9))


def test_a_wrong_optimum_is_refused_and_another_method_gives_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    _lying(monkeypatch, "simplex", _wrong_value)
    solution = solve(BREAD)
    assert solution.status == "optimal" and solution.objective == pytest.approx(-21)
    assert solution.solver["method"] == "simplex without presolve"
    assert str(solution.proof["refused"]).startswith("simplex: claimed optimal, but")


def test_when_no_method_tells_the_truth_it_is_a_failure_and_no_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    _lying(monkeypatch, "*", _wrong_value)
    with pytest.raises(SolverFailure, match="no method's answer passes our check"):
        solve(BREAD)


def test_a_wrong_claim_of_infeasibility_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = iter(["infeasible"])
    _lying(monkeypatch, "simplex", lambda run: replace(run, claim=next(claims, run.claim)))
    solution = solve(BREAD)
    assert solution.status == "optimal" and solution.objective == pytest.approx(-21)
    assert "claimed infeasible, but rows and bounds can be met" in str(solution.proof["refused"])


def test_a_solver_that_gives_up_is_replaced_by_the_next_method(monkeypatch: pytest.MonkeyPatch) -> None:
    _lying(monkeypatch, "simplex", lambda run: replace(run, claim="failed", detail="Unknown", point=None))
    solution = solve(BREAD)
    assert solution.status == "optimal"
    assert solution.proof["refused"] == "simplex: ended with: Unknown"


def test_every_option_the_table_sets_is_one_highs_has() -> None:
    with Session(10.0) as session:
        engine = Engine(LP, session, "options")
        assert engine.run("simplex", session.clock).claim == "optimal"
    assert all(why for _, _, why in highs.OPTIONS)
