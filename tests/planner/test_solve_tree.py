"""Branch and bound: right where enumeration can tell, and nothing in it rests on a claim of the solver."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from compute_lp.family import Arrays
from planner.solve import SolverFailure, highs, solve
from planner.solve.highs import Engine, Run
from planner.solve.integers import tree
from planner.solve.integers.branching import PseudoCosts
from planner.solve.integers.tree import branch_and_bound, node_of
from planner.solve.integers.whole import Programme, Search
from planner.solve.linear import Linear
from planner.solve.session import Session
from tests.planner.solve_programmes import INF, Row, programme
from tests.planner.test_solve_whole import PLANTS, knapsack


@pytest.fixture(autouse=True)
def ctrl_c_is_heard() -> Iterator[None]:
    """A shell that starts the tests in the background has it ignored."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


NO_HALVES = programme([1], [([2], 1, 1)], whole=[0])
"""2 n = 1."""


def _whole_only(seed: int) -> tuple[Arrays, float]:
    """Four whole columns of 0 to 3 in random rows, equalities and contradictions among them; and the least cost, by
    enumeration, infinite where nothing fits."""
    draw = np.random.default_rng(seed)
    dense = draw.integers(-3, 5, (4, 4)).astype(float)
    middle = dense @ draw.integers(0, 4, 4) + (draw.random(4) < 0.3)
    low, high = middle - draw.integers(0, 3, 4), middle + draw.integers(0, 3, 4)
    low[draw.random(4) < 0.3] = -INF
    cost = draw.integers(-4, 9, 4).astype(float)
    rows: list[Row] = [(dense[i].tolist(), float(low[i]), float(high[i])) for i in range(4)]
    points = np.array(list(itertools.product(range(4), repeat=4)), dtype=float)
    activity = points @ dense.T
    fits = ((activity >= low) & (activity <= high)).all(axis=1)
    best = float((points @ cost)[fits].min()) if fits.any() else INF
    return programme(cost.tolist(), rows, upper=3.0, whole=range(4)), best


def test_whole_columns_alone_have_the_optimum_of_enumeration_or_none() -> None:
    searched = infeasible = 0
    for seed in range(40):
        arrays, best = _whole_only(seed)
        solution = solve(arrays, gap=0.0)
        searched += "tree" in solution.proof
        infeasible += best == INF
        if best == INF:
            assert (solution.status, solution.proof["infeasibility_proven"]) == ("infeasible", True), seed
        else:
            assert (solution.status, solution.gap) == ("optimal", 0.0), seed
            assert solution.objective == pytest.approx(best, abs=1e-9), seed
    assert searched >= 10 and infeasible >= 4


@pytest.mark.parametrize("seed", range(20))
def test_without_a_plan_to_start_from_the_optimum_is_found_all_the_same(seed: int) -> None:
    arrays, best = knapsack(seed, whole=5, linear=3)
    found = _search(arrays)
    assert found.plan is not None
    assert found.plan.objective == pytest.approx(best, rel=1e-9)
    assert found.bound == pytest.approx(best, rel=1e-9)


@pytest.mark.parametrize("solves", range(1, 26, 2))
def test_stopped_anywhere_the_bound_holds(solves: int, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays, best = knapsack(1, whole=6, linear=4)
    truth, left = Programme.run, [solves]

    def run(self: Programme, *args: Any, **options: Any) -> Run:
        left[0] -= 1
        return Run("stopped", "time limit", None, "simplex") if left[0] < 0 else truth(self, *args, **options)

    monkeypatch.setattr(Programme, "run", run)
    found = _search(arrays)
    assert left[0] < 0 and not found.infeasible
    assert found.bound <= best + 1e-9
    assert found.plan is None or found.plan.objective >= best - 1e-9


def test_whole_columns_without_an_upper_bound_are_searched() -> None:
    # 7 n + 5 m >= 23 at 4 and 3: (2, 2) gives 24 for 14, (4, 0) 28 for 16, (0, 5) 25 for 15, (1, 4) 27 for 16, (3, 1)
    # 26 for 15; 13 would buy (1, 3): 22, too little.
    solution = solve(programme([4, 3], [([7, 5], 23, INF)], whole=[0, 1]), gap=0.0)
    assert solution.objective == pytest.approx(14)
    np.testing.assert_array_equal(solution.x, [2, 2])


def test_a_cost_of_being_open_however_large_its_limit_is_paid_in_full() -> None:
    # 3 of flow under a limit of 1e6 * open: linear, 3e-6 of the opening is paid; whole, all of its 10.
    solution = solve(programme([10, 1], [([1e6, -1], 0, INF), ([0, 1], 3, INF)], upper=[1, INF], whole=[0]), gap=0.0)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(13)


def test_a_contradiction_of_whole_numbers_alone_is_proven() -> None:
    solution = solve(NO_HALVES)
    assert (solution.status, solution.proof["infeasibility_proven"]) == ("infeasible", True)


def test_the_same_arrays_give_the_same_search_and_the_same_bits() -> None:
    arrays, _ = knapsack(11, whole=8, linear=5)
    first, second = solve(arrays, gap=0.0), solve(arrays, gap=0.0)
    assert "tree" in first.proof
    assert first.proof == second.proof
    assert (first.x.tobytes(), first.row_dual.tobytes()) == (second.x.tobytes(), second.row_dual.tobytes())


def test_progress_tells_plan_bound_and_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "SAY_EVERY_S", 0.0)
    lines: list[str] = []
    solve(PLANTS, gap=0.0, progress=lines.append)
    assert "branch and bound: 1 whole columns, at most 300 s" in lines
    assert "branch and bound: 2 solves, best 16, gap 0.00%, bound 16" in lines


def test_a_wrong_claim_that_a_part_is_infeasible_cuts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    _parts(monkeypatch, lambda run: replace(run, claim="infeasible", point=None))
    solution = solve(PLANTS, gap=0.0)
    assert (solution.status, solution.gap) == ("optimal", 0.0)
    assert solution.objective == pytest.approx(16)
    assert "2 of them again from nothing" in str(solution.proof["tree"])


@pytest.mark.parametrize("claim", ["optimal", "cut off"])
def test_duals_that_do_not_prove_what_is_claimed_are_not_believed(
    claim: highs.Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lie(run: Run) -> Run:
        if run.point is None:
            return run
        return replace(run, claim=claim, point=replace(run.point, row_dual=np.zeros_like(run.point.row_dual)))

    _parts(monkeypatch, lie)
    solution = solve(PLANTS, gap=0.0)
    assert (solution.status, solution.gap) == ("optimal", 0.0)
    assert solution.objective == pytest.approx(16)
    # Of two plants and more even duals of 0 prove that they cost 20; of one and less they prove nothing.
    assert solution.proof["tree"] == "2 solves, 1 of them again from nothing; 0 parts open, 0 unproven"


def test_where_nothing_can_be_proven_the_gap_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    _parts(monkeypatch, lambda run: replace(run, claim="infeasible", point=None))
    monkeypatch.setattr(tree, "solve_linear", _no_answer)
    solution = solve(PLANTS, gap=0.0)
    assert solution.status == "feasible"
    assert solution.objective == pytest.approx(16)
    assert solution.bound == pytest.approx(14)
    assert solution.proof["tree"] == "2 solves, 2 of them again from nothing; 0 parts open, 2 unproven"


def test_without_a_plan_and_a_proof_it_is_stopped_and_not_infeasible(monkeypatch: pytest.MonkeyPatch) -> None:
    _parts(monkeypatch, lambda run: replace(run, claim="failed", point=None))
    monkeypatch.setattr(tree, "solve_linear", _no_answer)
    solution = solve(NO_HALVES)
    assert (solution.status, solution.proof["stopped_by"]) == ("stopped", "claims of the solver that can't be proven")


def test_ctrl_c_in_branch_and_bound_leaves_the_plan_its_bound_and_its_prices() -> None:
    def interrupt(line: str) -> None:
        if line.startswith("branch and bound"):
            signal.raise_signal(signal.SIGINT)

    solution = solve(PLANTS, gap=0.0, progress=interrupt)
    assert (solution.status, solution.proof["stopped_by"]) == ("feasible", "interrupt")
    assert solution.objective == pytest.approx(16)
    assert solution.bound == pytest.approx(14)
    np.testing.assert_allclose(solution.row_dual, [3])


def test_ctrl_c_while_a_part_is_being_solved_leaves_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = highs.library().Highs
    start, armed = engine.startSolve, [False]

    def arm(line: str) -> None:
        armed[0] = line.startswith("branch and bound")

    def interrupted(self: Any) -> Any:
        if armed[0]:
            armed[0] = False
            signal.raise_signal(signal.SIGINT)
        return start(self)

    monkeypatch.setattr(engine, "startSolve", interrupted)
    solution = solve(PLANTS, gap=0.0, progress=arm)
    assert (solution.status, solution.proof["stopped_by"]) == ("feasible", "interrupt")
    assert solution.objective == pytest.approx(16)


def test_the_column_that_raises_both_sides_most_is_branched_on_first() -> None:
    costs = PseudoCosts(3)
    for column, down, up in ((0, 1.0, 1.0), (1, 4.0, 4.0), (2, 9.0, 0.0)):
        costs.learn(column, 0, 0.5, down)
        costs.learn(column, 1, 0.5, up)
    assert costs.ranked(np.arange(3), np.full(3, 0.5)).tolist() == [1, 0, 2]
    assert costs.known(1)
    assert not PseudoCosts(1).known(0)


def test_of_columns_never_seen_the_one_furthest_from_whole_is_first() -> None:
    assert PseudoCosts(3).ranked(np.arange(3), np.array([1.1, 2.5, 0.7])).tolist() == [1, 2, 0]


def _search(arrays: Arrays) -> Search:
    """Branch and bound alone, without the dives that come before it."""
    lp = Linear.of(arrays)
    with Session(60.0) as session:
        relaxed = Engine(lp, session, "relaxation").run("simplex", session.clock)
        assert relaxed.point is not None
        loaded = Programme(lp, arrays.whole, session, relaxed.point)
        found = Search(bound=-INF)
        root = node_of(loaded, loaded.lower, loaded.upper, relaxed.point, -INF)
        branch_and_bound(loaded, root, found, 0.0, session, session.clock)
    return found


def _parts(monkeypatch: pytest.MonkeyPatch, lie: Callable[[Run], Run]) -> None:
    """Every solve of a part in the tree ends with a lie; those of plans are honest."""
    truth = Programme.run

    def run(self: Programme, *args: Any, **options: Any) -> Run:
        told = truth(self, *args, **options)
        return lie(told) if options.get("basis") is not None else told

    monkeypatch.setattr(Programme, "run", run)


def _no_answer(*_: object, **__: object) -> None:
    raise SolverFailure("no method's answer passes our check of the arrays")
