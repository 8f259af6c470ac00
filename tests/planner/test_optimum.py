"""The optimum proven: duality by arithmetic of its own, lies refused, and whole numbers against enumeration."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest import approx

import compute_lp
from compute_lp.family import Arrays, expand
from planner import cli, workbook
from planner.plan import formulate, with_rates
from planner.solve import solve
from planner.solve.highs import Engine, Run
from planner.solve.linear import AT_LOWER, BASIC, Basis, Floats, Linear, Point
from planner.solve.optimum import solve_linear
from planner.solve.session import Clock, Session
from planner.solve.verify import prove_feasible, prove_optimal
from tests.independent.cases import CASES, banking, cluster, cohorts, rental, shared_model
from tests.independent.cases.workbook import T_OF_K, Workbook, base, unbuilt
from tests.models.features import BY_PART, everything
from tests.models.programmes import Row, demand, minimum, programme, shorten_days

EXACT = 1e-7
"""Of the objective: the tolerance the solver works to."""
EACH = 12
"""Every twelfth of the cases that have a plan is taken."""
BOOKS = {"rental": rental(8), "banking": banking(1), "cohorts": cohorts()} | {
    "shared model": shared_model("runs"),
    "cluster": cluster((60, 60, 120), "runs"),
}
BOOKS |= {case.name: case.workbook for case in [case for case in CASES if case.expected.status == "optimal"][::EACH]}
PROGRAMMES = [*BY_PART, "everything", *BOOKS]


@cache
def of_part(part: str) -> Arrays:
    """The programme of a part's features, or of all, with days of two hours."""
    with pytest.MonkeyPatch.context() as patch:
        shorten_days(patch)
        return expand(compute_lp.build(everything() if part == "everything" else programme(**BY_PART[part])))


def of_book(book: Workbook, folder: Path) -> Arrays:
    return expand(formulate(with_rates(workbook.read(book.write(folder))))[0])


def products(arrays: Arrays, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """A x and A'y, entry by entry."""
    entries = arrays.matrix.tocoo()
    rows, columns = arrays.matrix.shape
    ax, ay = np.zeros(rows), np.zeros(columns)
    np.add.at(ax, entries.row, entries.data * x[entries.col])
    np.add.at(ay, entries.col, entries.data * y[entries.row])
    return ax, ay


def worth(price: Floats, at: Floats, lower: Floats, upper: Floats) -> tuple[float, float]:
    """Sum of prices times the bounds they push against; and the largest price times the distance to its bound,
    infinite where there is no such bound."""
    bound = np.where(price > 0, lower, np.where(price < 0, upper, 0.0))
    there = np.isfinite(bound) | (np.abs(price) <= EXACT)
    if not there.all():
        return np.nan, np.inf
    finite = np.where(np.isfinite(bound), bound, 0.0)
    priced = np.isfinite(bound) & (price != 0)
    return float(price @ finite), float(np.abs(price * (at - finite))[priced].max(initial=0.0))


@pytest.mark.parametrize("name", PROGRAMMES)
def test_cost_and_dual_objective_meet_and_only_what_binds_has_a_price(name: str, tmp_path: Path) -> None:
    arrays = of_book(BOOKS[name], tmp_path / "workbook") if name in BOOKS else of_part(name)
    solution = solve(arrays, gap=EXACT)
    assert solution.status == "optimal"
    x, y, d = solution.x, solution.row_dual, solution.reduced_cost
    lower, upper = (np.where(arrays.whole, x, bound) for bound in (arrays.lower, arrays.upper))
    activity, paid = products(arrays, x, y)
    size = max(1.0, float(np.abs(arrays.cost) @ np.abs(x)))
    np.testing.assert_allclose(arrays.cost, paid + d, rtol=0, atol=1e-9 * (1 + float(np.abs(y).max(initial=0.0))))
    rows, of_rows = worth(y, activity, arrays.row_lower, arrays.row_upper)
    columns, of_columns = worth(d, x, lower, upper)
    assert rows + columns + arrays.offset == approx(solution.objective, abs=EXACT * size)
    assert max(of_rows, of_columns) <= EXACT * size
    assert solution.objective == approx(minimum(arrays)[1], rel=1e-6, abs=1e-6)


@cache
def truth() -> tuple[Linear, Point, Arrays]:
    """The linear programme of everything, and its proven optimum."""
    arrays = of_part("everything")
    lp = Linear.of(arrays)
    with Session(60.0) as session:
        point = solve_linear(lp, session, "truth", clock=session.clock).point
    assert point is not None and point.basis is not None and prove_optimal(lp, point).holds
    return lp, point, arrays


def moved(values: Floats, at: int, by: float) -> Floats:
    changed = values.copy()
    changed[at] += by
    return changed


def test_any_value_that_is_changed_is_refused() -> None:
    lp, point, _ = truth()
    for j in range(lp.columns):
        assert prove_optimal(lp, dataclasses.replace(point, x=moved(point.x, j, 1e-3))).faults, j


def test_any_dual_that_is_changed_is_refused() -> None:
    lp, point, _ = truth()
    for i in range(lp.rows):
        assert prove_optimal(lp, dataclasses.replace(point, row_dual=moved(point.row_dual, i, 1e-3))).faults, i


def test_any_status_of_the_basis_that_is_changed_is_refused() -> None:
    lp, point, _ = truth()
    assert point.basis is not None
    for kind in ("columns", "rows"):
        codes = getattr(point.basis, kind)
        for at in range(len(codes)):
            wrong = codes.copy()
            wrong[at] = AT_LOWER if codes[at] == BASIC else BASIC
            basis = dataclasses.replace(point.basis, **{kind: wrong})
            assert prove_optimal(lp, dataclasses.replace(point, basis=basis)).faults, (kind, at)


def test_the_basis_of_another_programme_is_refused() -> None:
    lp, point, arrays = truth()
    other = Linear.of(dataclasses.replace(arrays, cost=arrays.cost[::-1].copy()))
    bounded = dataclasses.replace(other, upper=np.minimum(other.upper, 1e3), lower=np.maximum(other.lower, -1e3))
    with Session(60.0) as session:
        theirs = solve_linear(bounded, session, "other", clock=session.clock).point
    assert theirs is not None
    assert prove_optimal(lp, dataclasses.replace(point, basis=theirs.basis)).faults
    assert prove_optimal(lp, dataclasses.replace(theirs, basis=None)).faults
    small = Basis(point.basis.columns[1:], point.basis.rows) if point.basis is not None else None
    assert prove_optimal(lp, dataclasses.replace(point, basis=small)).faults == ("the basis is of another programme",)


def test_a_cost_that_is_changed_after_is_refused() -> None:
    """The duals are then those of another programme, unless the column is at a bound that its price still holds."""
    lp, point, _ = truth()
    assert point.basis is not None
    for j in np.flatnonzero(point.basis.columns == BASIC):
        assert prove_optimal(dataclasses.replace(lp, cost=moved(lp.cost, int(j), 1e-3)), point).faults, j


@pytest.mark.parametrize("dearer", [1, 10_000])
def test_a_ten_thousandth_of_a_million_too_much_is_refused(dearer: int) -> None:
    """200 gpu can be had in 2027, of the 1,000 wanted in 2028; half of what is left is carried, and spent to the last.
    0.0001 MUSD less is carried, however dear a gpu is."""
    budgets = [
        {"layer": "L1", "musd": 0.4 * dearer, "carry_share": 0.5},
        {"layer": "L1", "period": "2028", "musd": 0.3 * dearer},
    ]
    arrays = expand(
        compute_lp.build(
            programme(
                accelerators=[{"price_usd": 1000 * dearer}],
                budgets=budgets,
                demand=demand(0.2, 1),
                supply=[{"max_units": 200}],
                settings={"unserved_usd_per_mtoken": 1000.0 * dearer},
            )
        )
    )
    solution = solve(arrays)
    row, column = arrays.rows["budget.within_budget"], arrays.columns["budget.carried"]
    assert solution.x[column.start] == approx(0.5 * (0.4 - 0.2) * dearer)
    lp, x = Linear.of(arrays), moved(solution.x, column.start, -1e-4)
    assert prove_feasible(lp, solution.x).holds
    assert f"row {row.start + 1} is" in prove_feasible(lp, x).faults[0]
    assert prove_optimal(lp, Point(x, solution.row_dual)).faults


def wrong_value(run: Run, point: Point) -> Run:
    return dataclasses.replace(run, point=dataclasses.replace(point, x=moved(point.x, int(np.argmax(point.x)), 1e-3)))


def wrong_dual(run: Run, point: Point) -> Run:
    at = int(np.argmax(np.abs(point.row_dual)))
    return dataclasses.replace(run, point=dataclasses.replace(point, row_dual=moved(point.row_dual, at, 1e-3)))


def wrong_basis(run: Run, point: Point) -> Run:
    assert point.basis is not None
    other = Basis(point.basis.columns[::-1].copy(), point.basis.rows)
    return dataclasses.replace(run, point=dataclasses.replace(point, basis=other))


def suboptimal(run: Run, point: Point) -> Run:
    """A plan, and the best of another programme: of all costs equal."""
    with Session(60.0) as session:
        other = solve_linear(
            dataclasses.replace(truth()[0], cost=np.ones(truth()[0].columns), lower=np.maximum(truth()[0].lower, -1e6)),
            session,
            "other",
            clock=session.clock,
        )
    return dataclasses.replace(run, point=other.point)


LIES: dict[str, tuple[Callable[[Run, Point], Run], str]] = {
    "a value": (wrong_value, "claimed optimal, but"),
    "a dual": (wrong_dual, "claimed optimal, but"),
    "a basis": (wrong_basis, "claimed optimal, but"),
    "another optimum": (suboptimal, "claimed optimal, but"),
    "infeasible": (lambda run, _: dataclasses.replace(run, claim="infeasible"), "claimed infeasible, but"),
    "unbounded": (lambda run, _: dataclasses.replace(run, claim="unbounded"), "claimed unbounded, without"),
    "cut off": (lambda run, _: dataclasses.replace(run, claim="cut off"), "ended with"),
    "nothing": (lambda run, _: dataclasses.replace(run, claim="failed", detail="Unknown", point=None), "ended with"),
}


def lying(monkeypatch: pytest.MonkeyPatch, lie: Callable[[Run, Point], Run], about: Callable[[int], bool]) -> list[str]:
    """HiGHS lies about some of its runs that end at a point, by their number from 0; their methods."""
    honest, ended, lied = Engine.run, itertools.count(), list[str]()

    def run(self: Engine, method: str, clock: Clock, **limits: Any) -> Run:
        told = honest(self, method, clock, **limits)
        if told.point is None or not about(next(ended)):
            return told
        lied.append(method)
        monkeypatch.setattr(Engine, "run", honest)
        false = lie(told, told.point)
        monkeypatch.setattr(Engine, "run", run)
        return false

    monkeypatch.setattr(Engine, "run", run)
    return lied


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_of_the_solver_is_refused_told_and_another_method_solves(
    lie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lp, point, arrays = truth()
    linear = dataclasses.replace(arrays, whole=np.zeros_like(arrays.whole))
    tell, why = LIES[lie]
    lied = lying(monkeypatch, tell, lambda run: run == 0)
    solution = solve(linear)
    assert solution.status == "optimal"
    assert solution.objective == approx(lp.objective(point.x), rel=1e-9)
    assert str(solution.proof["refused"]).startswith(f"{lied[0]}: {why}")
    assert solution.solver["method"] != lied[0]


def test_lies_during_the_search_for_whole_numbers_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third run is a lie."""
    arrays = whole_programmes()["stages"]
    for lie in ("a value", "a dual", "a basis", "infeasible", "cut off", "nothing"):
        with monkeypatch.context() as patch:
            lied = lying(patch, LIES[lie][0], lambda run: run % 3 == 0)
            assert solve(arrays, gap=0.0).objective == approx(least_of_all(arrays), rel=1e-9)
        assert len(lied) > 1, lie


@cache
def whole_programmes() -> dict[str, Arrays]:
    """Few enough whole columns to try all: stages of a connection, and sites that may be opened."""
    offers = [{"mw": 1, "fixed_musd": 2}, {"stage": 2, "mw": 1, "fixed_musd": 3, "usd_per_kw": 500}]
    new: Row = {"existing_it_mw": 0, "fitout_usd_per_w": 1, "max_it_mw": 2, "fixed_musd": 3}
    sites = [new, dict(new) | {"site": "agra", "fixed_musd": 1, "max_it_mw": 0.75}]
    with pytest.MonkeyPatch.context() as patch:
        shorten_days(patch)
        inputs = {
            "stages": programme(
                settings={"integers": "stages"}, sites=[{"existing_mw": 0}], grid_offers=offers, demand=demand(0.5, 1.6)
            ),
            "sites": programme(settings={"integers": "sites"}, sites=sites, demand=demand(0.5, 1.5)),
        }
        return {name: expand(compute_lp.build(one)) for name, one in inputs.items()}


def fixed(arrays: Arrays, values: tuple[float, ...]) -> Arrays:
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    lower[arrays.whole] = upper[arrays.whole] = values
    return dataclasses.replace(arrays, lower=lower, upper=upper, whole=np.zeros_like(arrays.whole))


def least_of_all(arrays: Arrays) -> float:
    """The least cost over every choice of the whole columns, each 0 or 1."""
    assert (arrays.lower[arrays.whole] == 0).all() and (arrays.upper[arrays.whole] == 1).all()
    choices = itertools.product((0.0, 1.0), repeat=int(arrays.whole.sum()))
    return float(np.nanmin([minimum(fixed(arrays, choice))[1] for choice in choices]))


@pytest.mark.parametrize("gap", [0.0, 0.5])
@pytest.mark.parametrize("name", ["stages", "sites"])
def test_objective_bound_gap_and_relaxation_are_those_of_enumeration(name: str, gap: float) -> None:
    arrays = whole_programmes()[name]
    best, relaxed = least_of_all(arrays), minimum(dataclasses.replace(arrays, whole=np.zeros_like(arrays.whole)))[1]
    assert relaxed < best * (1 - 1e-3)
    solution = solve(arrays, gap=gap)
    assert solution.status == "optimal"
    assert solution.relaxation_objective == approx(relaxed, rel=1e-9)
    slack = 1e-9 * best
    assert relaxed - slack <= solution.bound <= best + slack
    assert best - slack <= solution.objective <= best / (1 - gap) + slack
    assert solution.gap == approx((solution.objective - solution.bound) / solution.objective, abs=1e-9)
    assert solution.gap <= gap


@pytest.mark.parametrize(("gap", "bound"), [(1e-7, 8 + 2 + 10), (0.5, 8 / 10 + 2 + 10)])
def test_a_run_tells_bound_gap_and_relaxation(gap: float, bound: float, tmp_path: Path) -> None:
    """A site opened for 8, whole, or a tenth of it: 1 MW of hall at 2, of 10 MW; and 1 k of chips at 10. Half off is
    near enough for the second: its bound is the relaxation's."""
    book = base(1)
    book.programme(integers="sites", gap=gap)
    book["sites"] = [unbuilt("alpha", fixed_musd=8, max_it_mw=10, fitout_usd_per_w=2)]
    book.change("workloads", unserved_usd_per_mtoken=5)
    assert cli.main(["run", str(book.write(tmp_path / "workbook")), "-o", str(tmp_path / "run")]) == 0
    told = json.loads((tmp_path / "run" / "headline.json").read_text(encoding="utf-8"))["base"]
    assert told["objective_musd"] == approx(8 + 2 + 10)
    assert told["bound_musd"] == approx(bound)
    assert told["gap"] == approx((20 - bound) / 20, abs=1e-9)
    assert told["relaxation_objective_musd"] == approx(8 / 10 + 2 + 10)
    assert told["relaxation_difference_musd"] == approx(8 - 8 / 10)
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["whole_numbers"] == {name: told[name] for name in manifest["whole_numbers"]}
    assert len(manifest["whole_numbers"]) == 4


def test_of_the_most_served_the_bound_is_of_the_value_and_of_its_cost(tmp_path: Path) -> None:
    """0.5 k of chips and 0.5 MW of hall at 2, at a site of 1 MW that is opened for 8, or for half of that where half of
    it may be opened. Whole or not, as much is served."""
    book = base(1)
    book.programme(integers="sites", gap=1e-7, objective="most_served", most_served_tolerance=0)
    book["sites"] = [unbuilt("alpha", fixed_musd=8, max_it_mw=1, fitout_usd_per_w=2)]
    book.change("workloads", unserved_usd_per_mtoken=5)
    book.ask(T_OF_K / 2)
    assert cli.main(["run", str(book.write(tmp_path / "workbook")), "-o", str(tmp_path / "run")]) == 0
    told = json.loads((tmp_path / "run" / "headline.json").read_text(encoding="utf-8"))["base"]
    assert told["objective_musd"] == approx(T_OF_K / 2 * 5) == approx(told["bound_musd"])
    assert told["relaxation_difference_musd"] == approx(0, abs=1e-6)
    assert told["cost_musd"] == approx(8 + 0.5 * 2 + 0.5 * 10) == approx(told["cost_bound_musd"])
    assert told["cost_relaxation_objective_musd"] == approx(8 / 2 + 0.5 * 2 + 0.5 * 10)
    assert told["cost_relaxation_difference_musd"] == approx(8 / 2)
