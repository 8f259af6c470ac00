"""A run is opened again only as what it was: the same inputs, and a solution that still proves itself; and programmes
that changed a little are solved again from a basis, to the same optimum."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest import approx

from planner import cli
from planner.questions.again import SOLUTION, Unusable, optimised, reopen
from planner.solve import Basis, recheck, solve, solve_from
from tests.independent.cases import shared_model
from tests.independent.cases.workbook import Workbook, base, cloud
from tests.planner.solve_programmes import BREAD

BREAD_OPTIMUM = -21.0


@pytest.fixture
def run_of(tmp_path: Path) -> Callable[[Workbook], Path]:
    def run(book: Workbook) -> Path:
        cli.main(["run", str(book.write(tmp_path / "workbook")), "-o", str(tmp_path / "run")])
        return tmp_path / "run"

    return run


def rented() -> Workbook:
    """1 k of chip for 10 MUSD, or rented at 8.76 a year."""
    book = base(2)
    book.add("clouds", **cloud("pool", 1))
    return book


def most_served() -> Workbook:
    """Of the value of 2 T·years no more than a thousandth is given up, so 0.999 k are bought."""
    book = rented()
    book.programme(objective="most_served")
    return book


BOOKS: dict[str, tuple[Callable[[], Workbook], float]] = {
    "least_cost": (rented, 10.0),
    "most_served": (most_served, 9.99),
    "whole numbers": (lambda: shared_model("runs"), 10.0),
}


@pytest.mark.parametrize("name", BOOKS)
def test_a_run_is_opened_with_its_plan_proven_again(name: str, run_of: Callable[[Workbook], Path]) -> None:
    book, cost_musd = BOOKS[name]
    plan = reopen(run_of(book()))
    assert plan.solution.objective == approx(cost_musd)
    assert plan.solution.status == "optimal" and plan.solution.basis is not None
    arrays, row_dual = optimised(plan)
    proof = recheck(arrays, plan.solution.x, row_dual)
    assert proof.holds and proof.bound == approx(cost_musd)


@pytest.mark.parametrize("name", BOOKS)
def test_it_is_solved_again_from_its_basis_to_the_same_cost(name: str, run_of: Callable[[Workbook], Path]) -> None:
    book, cost_musd = BOOKS[name]
    plan = reopen(run_of(book()))
    arrays, _ = optimised(plan)
    again = solve_from(arrays, plan.solution.basis)
    assert again.proof["start"] == "from a basis"
    assert again.objective == approx(cost_musd)


def test_inputs_changed_since_are_refused_by_sheet(run_of: Callable[[Workbook], Path]) -> None:
    run = run_of(rented())
    prices = run / "inputs" / "clouds.csv"
    prices.write_text(prices.read_text(encoding="utf-8").replace("2000", "2001"), encoding="utf-8")
    with pytest.raises(Unusable, match="has changed since the run, in clouds; run it again"):
        reopen(run)


def test_inputs_with_an_error_are_refused_with_it(run_of: Callable[[Workbook], Path]) -> None:
    run = run_of(rented())
    prices = run / "inputs" / "clouds.csv"
    prices.write_text(prices.read_text(encoding="utf-8").replace("2000", "many"), encoding="utf-8")
    with pytest.raises(Unusable, match=r"no longer reads as the run's inputs: .*max_units"):
        reopen(run)


def _rewrite(run: Path, **changes: Any) -> None:
    place = run / "scenarios" / "base" / SOLUTION
    with np.load(place) as file:
        stored = {name: file[name] for name in file.files}
    np.savez_compressed(
        place, **{name: changes[name](value) if name in changes else value for name, value in stored.items()}
    )


def _largest_off(values: Any) -> Any:
    changed = values.copy()
    changed[np.argmax(np.abs(changed))] *= 1.01
    return changed


@pytest.mark.parametrize("part", ["x", "row_dual"])
def test_a_solution_with_one_number_off_is_refused(part: str, run_of: Callable[[Workbook], Path]) -> None:
    run = run_of(rented())
    _rewrite(run, **{part: _largest_off})
    with pytest.raises(Unusable, match="is not this programme's optimum"):
        reopen(run)


def test_a_solution_of_another_version_says_so(run_of: Callable[[Workbook], Path]) -> None:
    run = run_of(rented())
    _rewrite(run, x=lambda x: x[:-1])
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    (run / "manifest.json").write_text(json.dumps({**manifest, "planner": "0.0.1"}), encoding="utf-8")
    with pytest.raises(Unusable, match=r"made by planner 0\.0\.1, has .* columns, the programme now"):
        reopen(run)


def test_a_run_without_a_plan_or_what_is_none_is_refused(run_of: Callable[[Workbook], Path], tmp_path: Path) -> None:
    book = rented()
    book.change("workloads", unserved_usd_per_mtoken=None)
    book["clouds"] = []
    book.change("accelerators", release="2035-01")
    with pytest.raises(Unusable, match="has no plan to ask about: it ended as infeasible"):
        reopen(run_of(book))
    with pytest.raises(Unusable, match=r"is no run folder: it holds no manifest\.json"):
        reopen(tmp_path / "workbook")
    with pytest.raises(Unusable, match="has no scenario 'dear'; it has base"):
        reopen(tmp_path / "run", "dear")


def test_the_verb_answers_for_people_and_machines(
    run_of: Callable[[Workbook], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(run_of(rented()))
    capsys.readouterr()
    assert cli.main(["explain", run]) == 0
    assert "accelerator  chip" in capsys.readouterr().out
    assert cli.main(["explain", run, "alpha", "1"]) == 0
    assert capsys.readouterr().out.startswith("alpha:1 (stage)")
    assert cli.main(["explain", run, "pool", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    (having,) = [change for change in answer["changes"] if change["what"] == "having"]
    # 0.5 k rented in each year leave 0.5 k to be bought.
    assert having["extra_musd"] == approx(8.76 - 5)
    assert answer["changes"][1]["cells"][0]["where"] == "clouds.csv line 2, column usd_per_hour"
    assert cli.main(["explain", run, "poool"]) == 2
    assert "did you mean 'pool'" in capsys.readouterr().err
    assert cli.main(["explain", run + "s", "pool"]) == 1


def test_a_changed_limit_is_solved_from_the_basis_to_the_optimum_of_a_cold_solve() -> None:
    # b <= 1 instead of 2 cuts off (3, 3/2): a = 10/3, b = 1, earned 50/3 + 4.
    first = solve(BREAD)
    upper = BREAD.row_upper.copy()
    upper[2] = 1
    changed = replace(BREAD, row_upper=upper)
    warm = solve_from(changed, first.basis)
    assert warm.objective == approx(-(50 / 3 + 4)) == approx(solve(changed).objective)
    assert warm.proof["start"] == "from a basis" and warm.solver["method"] == "simplex from a basis"


def test_a_changed_cost_is_solved_from_the_basis_by_primal_simplex() -> None:
    # Only b earns: b = 2.
    first = solve(BREAD)
    warm = solve_from(replace(BREAD, cost=np.array([0.0, -4.0])), first.basis, start_by="primal simplex")
    assert warm.objective == approx(-8)
    assert warm.solver["method"] == "primal simplex from a basis"


@pytest.mark.parametrize(
    "basis",
    [Basis(np.zeros(2, np.int8), np.zeros(3, np.int8)), Basis(np.ones(3, np.int8), np.zeros(3, np.int8))],
    ids=["too few basic", "of more columns"],
)
def test_a_basis_that_does_not_fit_is_left_and_said_so(basis: Basis) -> None:
    answer = solve_from(BREAD, basis)
    assert answer.objective == approx(BREAD_OPTIMUM)
    assert answer.proof["start"] == "from nothing: the basis does not fit"
    assert answer.solver["method"] == "simplex"


def test_a_start_from_a_basis_that_is_not_believed_is_followed_by_one_from_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from planner.solve import optimum

    honest = optimum.Engine.run

    def wrong(engine: Any, method: str, clock: Any, **how: Any) -> Any:
        run = honest(engine, method, clock, **how)
        if method != "primal simplex":
            return run
        return replace(run, point=replace(run.point, x=run.point.x + 1.0))

    first = solve(BREAD)
    monkeypatch.setattr(optimum.Engine, "run", wrong)
    answer = solve_from(BREAD, first.basis, start_by="primal simplex")
    assert answer.objective == approx(BREAD_OPTIMUM)
    assert str(answer.proof["start"]).startswith("from nothing: primal simplex from a basis: claimed optimal, but")
