"""The planner and the oracle, over all cases, against each other and against what was worked by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest import approx

from planner import results
from planner.audit import audit
from tests.independent import oracle
from tests.independent.cases import CASES, Case, banking, cluster, cohorts, rental, shared_model
from tests.independent.cases.workbook import T_OF_K, Workbook
from tests.independent.planned import Planned, planned

SAME = {"rel": 1e-6, "abs": 1e-6}
BY_HAND = [case for case in CASES if case.expected.status != "optimal" or case.expected.objective_musd is not None]
Outcome = Callable[[Case], Planned]


def name(case: Case) -> str:
    return case.name


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Each case is solved once."""
    solved: dict[str, Planned] = {}

    def of(case: Case) -> Planned:
        if case.name not in solved:
            solved[case.name] = planned(case.workbook, tmp_path_factory.mktemp("case") / "workbook")
        return solved[case.name]

    return of


@pytest.mark.parametrize("case", BY_HAND, ids=name)
def test_a_case_has_its_value_by_hand(case: Case, outcome: Outcome) -> None:
    result, expected = outcome(case), case.expected
    assert result.status == expected.status
    if expected.objective_musd is not None:
        assert result.objective_musd == approx(expected.objective_musd, **SAME)
        assert {figure: result.figures[figure] for figure in expected.figures} == approx(dict(expected.figures), **SAME)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_planner_and_oracle_agree(case: Case, outcome: Outcome) -> None:
    result = outcome(case)
    answer = oracle.solve(result.folder)
    assert result.status == answer.status
    if answer.objective_musd is not None:
        assert result.objective_musd == approx(answer.objective_musd, **SAME)
        compared = [figure for figure in answer.figures if figure not in case.ties]
        assert {f: result.figures[f] for f in compared} == approx({f: answer.figures[f] for f in compared}, **SAME)


@pytest.mark.parametrize("case", [case for case in CASES if case.expected.status == "optimal"], ids=name)
def test_every_plan_passes_the_second_computation(case: Case, outcome: Outcome) -> None:
    plan = outcome(case).plan
    assert max(map(float, audit(plan, results.tables(plan)).values())) <= 1e-6


def test_result_tables_add_up_to_the_figures(outcome: Outcome) -> None:
    """Tables as the user gets them, of the plan with most features."""
    result = outcome(next(case for case in CASES if case.name == "broad[linear]"))
    tables = results.tables(result.plan)
    published = {
        "served_t": tables["serving"]["served_t"],
        "unserved_t": tables["unserved"]["unserved_t"],
        "carbon_kt": tables["sovereignty"]["co2_kt"],
        "water_ml": tables["sovereignty"]["water_ml"],
        "discounted_musd": tables["money"]["discounted_musd"],
    }
    assert {figure: column.sum() for figure, column in published.items()} == approx(
        {figure: result.figures[figure] for figure in published}, **SAME
    )


@pytest.mark.parametrize(
    ("book", "objective_musd"),
    [
        (rental(14.6), 160 + 30 * 14.6),
        (rental(14.7), 600),
        (banking(1), 20 + 5 * T_OF_K * 10),
        (cohorts(), 50 + 0.75 * 50 / 1.4 + 0.75**2 * 50 / 1.96),
        (shared_model("none"), 10),
        (cluster((40, 40, 40), "none"), None),
        (cluster((60, 60, 120), "runs"), 100 * 1.2),
    ],
)
def test_the_oracle_knows_the_small_cases(book: Workbook, objective_musd: float | None, tmp_path: Path) -> None:
    assert oracle.solve(book.write(tmp_path / "workbook")).objective_musd == approx(objective_musd)


def test_case_names_are_told_apart() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
