"""What-ifs from a solved programme: its basis and whole numbers are carried over by name, and what is solved from them
is the optimum that a solve from nothing finds."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from pytest import approx
from scipy.optimize import Bounds, LinearConstraint, milp

from compute_lp.family import Arrays, Block, Index
from planner import workbook
from planner.plan import plan, programme, relaxed, relaxed_start, start_of
from planner.solve import Basis, Solution, Start, solve, solve_again, solve_relaxed
from planner.solve.carry import Joined, Places, carried, carried_values
from planner.solve.linear import AT_LOWER, AT_UPPER, AT_ZERO, BASIC, NONBASIC, Linear
from tests.independent.cases import cluster, rental
from tests.independent.cases.workbook import Workbook, base, cloud

INF = float("inf")


def supply(
    sites: Mapping[str, tuple[float, float]],
    asked: Mapping[int, float],
    *,
    whole: bool = False,
    closed: Sequence[tuple[str, int]] = (),
) -> Arrays:
    """Blocks of 10 MW are built at sites, each for a cost, up to so many; what is asked in each year is drawn from the
    sites, for 1 a MW. `closed` are sites and years that can't be drawn from."""
    places, periods = Index.of(list(sites)), Index.of(list(asked))
    open_ = np.array([[(s, t) not in closed for t in asked] for s in sites])
    pairs = Index.product(places, periods, where=open_)
    n, k = len(sites), pairs.size
    draws = sp.csr_array((np.ones(k), (pairs.codes[1], np.arange(k))), shape=(len(asked), k))
    built = sp.csr_array((np.full(k, -10.0), (np.arange(k), pairs.codes[0])), shape=(k, n))
    matrix = sp.csc_array(sp.block_array([[None, draws], [built, sp.eye_array(k)]]))
    most = [most for _, most in sites.values()]
    return Arrays(
        cost=np.array([cost for cost, _ in sites.values()] + [1.0] * k),
        offset=0.0,
        matrix=matrix,
        row_lower=np.array([*asked.values(), *[-INF] * k]),
        row_upper=np.array([INF] * len(asked) + [0.0] * k),
        lower=np.zeros(n + k),
        upper=np.array([*most, *[INF] * k]),
        whole=np.array([whole] * n + [False] * k),
        columns={"build": Block("build", 0, n, places), "draw": Block("draw", n, k, pairs)},
        rows={"met": Block("met", 0, len(asked), periods), "within": Block("within", len(asked), k, pairs)},
        totals={},
    )


SITES = {"a": (30.0, 2.0), "b": (40.0, 3.0), "c": (70.0, 9.0)}
ASKED = {2027: 12.0, 2028: 33.0, 2029: 41.0}
CHANGES: dict[str, Arrays] = {
    "nothing": supply(SITES, ASKED),
    "one dearer": supply(SITES | {"a": (90.0, 2.0)}, ASKED),
    "all dearer and less of each": supply({s: (3 * cost, most / 2 + 1) for s, (cost, most) in SITES.items()}, ASKED),
    "more asked": supply(SITES, {t: 1.5 * mw for t, mw in ASKED.items()}),
    "nothing asked": supply(SITES, dict.fromkeys(ASKED, 0.0)),
    "a site less": supply({s: v for s, v in SITES.items() if s != "b"}, ASKED),
    "the first site less": supply({s: v for s, v in SITES.items() if s != "a"}, ASKED),
    "a site more": supply({"z": (20.0, 1.0)} | SITES, ASKED),
    "a year less": supply(SITES, {2027: 12.0, 2029: 41.0}),
    "a year more": supply(SITES, {2026: 5.0} | ASKED | {2030: 60.0}),
    "a lead longer": supply(SITES, ASKED, closed=[("a", 2027), ("b", 2027), ("b", 2028)]),
    "another order": supply(dict(reversed(SITES.items())), dict(reversed(ASKED.items()))),
    "everything else": supply({"y": (5.0, 9.0), "x": (6.0, 9.0)}, {1990: 50.0}),
}


def start_from(arrays: Arrays, solution: Solution) -> Start:
    whole = solution.x[arrays.whole] if arrays.whole.any() else None
    return Start(arrays, solution.relaxation_basis, solution.basis, whole)


def linprog_of(lp: Linear) -> float:
    """The optimum by scipy."""
    rows = LinearConstraint(lp.matrix, lp.row_lower, lp.row_upper)
    return float(milp(lp.cost, constraints=rows, bounds=Bounds(lp.lower, lp.upper)).fun)


def square(basis: Basis) -> bool:
    return int((basis.columns == BASIC).sum() + (basis.rows == BASIC).sum()) == len(basis.rows)


def test_codes_follow_their_labels_and_what_is_new_stands_at_a_bound_or_is_basic() -> None:
    old = supply({"a": (1.0, INF), "b": (1.0, INF)}, {2027: 1.0})
    basis = Basis(
        np.array([AT_LOWER, BASIC, AT_LOWER, BASIC], dtype=np.int8),
        np.array([AT_LOWER, BASIC, AT_UPPER], dtype=np.int8),
    )
    new = supply({"b": (1.0, INF), "n": (1.0, 5.0), "a": (1.0, INF)}, {2027: 1.0, 2028: 1.0})
    # build b, n, a; draw (b 27), (b 28), (n 27), (n 28), (a 27), (a 28); met 27, 28; within in the order of the draws.
    found = carried(old, basis, new)
    assert found.columns.tolist() == [BASIC, *[AT_LOWER] * 2, BASIC, *[AT_LOWER] * 5]
    assert found.rows.tolist() == [AT_LOWER, BASIC, AT_UPPER, *[BASIC] * 5]
    assert square(found)


def test_a_bound_that_is_gone_is_not_stood_at() -> None:
    old = supply({"a": (1.0, 4.0)}, {2027: 1.0})
    basis = Basis(np.array([AT_UPPER, BASIC], dtype=np.int8), np.array([AT_LOWER, BASIC], dtype=np.int8))
    without = replace(old, upper=np.full(2, INF))
    assert carried(old, basis, without).columns.tolist() == [AT_LOWER, BASIC]
    free = replace(without, lower=np.full(2, -INF))
    assert carried(old, basis, free).columns.tolist() == [AT_ZERO, BASIC]
    assert NONBASIC not in carried(old, basis, free).rows


def test_whole_numbers_follow_their_labels_within_the_new_bounds() -> None:
    old, new = supply(SITES, ASKED, whole=True), supply({"n": (1.0, 9.0), "c": (1.0, 3.0), "a": (1.0, 9.0)}, ASKED)
    new = replace(new, whole=np.arange(len(new.lower)) < 3)
    x = np.zeros(len(old.lower))
    x[:3] = [2.0, 1.0, 7.0]
    assert carried_values(old, x, new).tolist() == [0.0, 3.0, 2.0]


def test_a_basis_of_another_programme_is_refused() -> None:
    basis = Basis(np.zeros(2, dtype=np.int8), np.zeros(2, dtype=np.int8))
    with pytest.raises(ValueError, match=r"2 columns and 2 rows; .* has 12 and 12"):
        carried(CHANGES["nothing"], basis, CHANGES["nothing"])


@pytest.mark.parametrize("name", CHANGES)
def test_a_carried_basis_is_square(name: str) -> None:
    old, new = CHANGES["nothing"], CHANGES[name]
    basis = solve(old).basis
    assert basis is not None
    assert square(carried(old, basis, new))


@pytest.mark.parametrize("name", ["a site less", "the first site less", "a year less", "a lead longer"])
def test_joined_with_what_vanished_the_basis_fits_and_the_optimum_is_the_same(name: str) -> None:
    old, new = CHANGES["nothing"], CHANGES[name]
    basis, lp = solve(old).basis, Linear.of(new)
    assert basis is not None
    joined = Joined.of(old, basis, lp, Places.of(old, new))
    assert joined is not None and square(joined.basis)
    more = joined.lp.columns - lp.columns
    assert more > 0 and not joined.lp.lower[-more:].any() and not joined.lp.upper[-more:].any()
    assert (joined.lp.matrix[lp.rows :, : lp.columns] != 0).nnz == 0
    both = linprog_of(joined.lp)
    assert both == approx(solve(new).objective, rel=1e-6)
    assert square(joined.left(joined.basis))


def test_nothing_is_joined_where_nothing_of_the_basis_vanished() -> None:
    old = CHANGES["nothing"]
    basis = solve(old).basis
    assert basis is not None
    new = CHANGES["a site more"]
    assert Joined.of(old, basis, Linear.of(new), Places.of(old, new)) is None


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("back", [False, True])
def test_the_optimum_from_a_start_is_that_from_nothing(name: str, back: bool) -> None:
    old, new = CHANGES["nothing"], CHANGES[name]
    if back:
        old, new = new, old
    warm = solve_relaxed(new, start_from(old, solve(old)))
    assert warm.status == "optimal" and warm.proof["start"] == "from a basis"
    assert warm.objective == approx(solve(new).objective, rel=1e-6)


@pytest.mark.parametrize("name", CHANGES)
def test_a_plan_from_a_start_is_proven_within_the_gap(name: str) -> None:
    first = np.arange(len(CHANGES["nothing"].lower)) < len(SITES)
    old = replace(CHANGES["nothing"], whole=first)
    new = CHANGES[name]
    new = replace(new, whole=np.arange(len(new.lower)) < new.columns["build"].size)
    warm, cold = solve_again(new, start_from(old, solve(old, gap=0.0)), gap=0.0), solve(new, gap=0.0)
    assert warm.status == "optimal" and warm.gap == 0.0 and "plan_before" in warm.proof
    assert warm.objective == approx(cold.objective, rel=1e-6)
    assert (warm.x[new.whole] == np.round(warm.x[new.whole])).all()


def test_a_plan_that_is_still_the_best_is_kept_and_one_that_is_none_is_told() -> None:
    old = replace(CHANGES["nothing"], whole=np.arange(12) < 3)
    start = start_from(old, solve(old, gap=0.0))
    kept = solve_again(replace(old, cost=old.cost * 1.01), start, gap=0.5)
    assert kept.proof["plan_from"] == "the plan before"
    assert str(kept.proof["plan_before"]).startswith("within ")
    assert kept.gap <= 0.5
    more = replace(CHANGES["more asked"], whole=old.whole)
    none = solve_again(more, start, gap=0.0)
    assert none.proof["plan_before"] == "is none any more, or too dear"
    assert none.status == "optimal" and none.objective == approx(solve(more, gap=0.0).objective)


@pytest.mark.parametrize("wrong", ["all slack", "upside down", "random"])
def test_a_wrong_basis_still_gives_the_right_optimum(wrong: str) -> None:
    new = CHANGES["more asked"]
    n, m = len(new.lower), len(new.row_lower)
    codes = {
        "all slack": (np.zeros(n), np.ones(m)),
        "upside down": (np.full(n, AT_UPPER), np.ones(m)),
        "random": (np.random.default_rng(1).integers(0, 3, n), np.random.default_rng(2).integers(0, 3, m)),
    }[wrong]
    basis = Basis(codes[0].astype(np.int8), codes[1].astype(np.int8))
    warm = solve_relaxed(new, Start(new, None, basis, None))
    assert warm.objective == approx(solve(new).objective, rel=1e-6)


def test_what_the_check_refuses_is_solved_from_nothing_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from planner.solve import optimum

    old, new = CHANGES["nothing"], CHANGES["one dearer"]
    start = start_from(old, solve(old))
    honest = optimum.prove_optimal
    asked: list[int] = []

    def refusing(*given: Any) -> Any:
        asked.append(1)
        proof = honest(*given)
        return replace(proof, faults=("a fault",)) if len(asked) == 1 else proof

    monkeypatch.setattr(optimum, "prove_optimal", refusing)
    answer = solve_relaxed(new, start)
    assert str(answer.proof["start"]).startswith(
        "from nothing: dual, then primal simplex from a basis: claimed optimal"
    )
    assert answer.objective == approx(solve(new).objective)


def test_a_contradiction_is_proven_from_a_start_too() -> None:
    old = CHANGES["nothing"]
    impossible = supply({"a": (1.0, 1.0)}, ASKED)
    assert solve_relaxed(impossible, start_from(old, solve(old))).status == "infeasible"


def test_the_same_start_gives_the_same_bytes() -> None:
    old, new = CHANGES["nothing"], CHANGES["a lead longer"]
    start = start_from(old, solve(old))
    one, other = solve_relaxed(new, start), solve_relaxed(new, start)
    assert one.x.tobytes() == other.x.tobytes()


BOOKS: dict[str, Callable[[], Workbook]] = {
    "whole runs": lambda: cluster((60, 60, 120), "runs"),
    "fractions": lambda: rental(8),
    "most served": lambda: most_served(),
}


def most_served() -> Workbook:
    book = base(2)
    book.add("clouds", **cloud("pool", 1))
    book.programme(objective="most_served")
    return book


@pytest.mark.parametrize("name", BOOKS)
def test_a_plan_hands_itself_to_changed_inputs_and_its_relaxation_too(name: str, tmp_path: Path) -> None:
    inputs = workbook.read(BOOKS[name]().write(tmp_path / "workbook"))
    before = plan(inputs)
    chips = inputs["accelerators"].assign(price_usd=inputs["accelerators"]["price_usd"] * 1.5)
    changed = replace(inputs, tables={**inputs.tables, "accelerators": chips})
    start = start_of(before)
    assert start is not None
    warm, cold = plan(changed, start=pickle.loads(pickle.dumps(start))), plan(changed)
    gap = float(inputs.settings["gap"])
    assert warm.solution.proof["start"] == "from a basis" and warm.solution.gap <= gap
    assert warm.objective_musd == approx(cold.objective_musd, rel=gap)

    asked = programme(changed)
    first = relaxed(asked, start)
    assert first.objective == approx(relaxed(asked, None).objective, rel=1e-6)
    again = relaxed(asked, relaxed_start(asked, first))
    assert again.proof["start"] == "from a basis" and again.objective == approx(first.objective)
