"""Every benchmark runs, on programmes so small that its figures mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from benchmarks import __main__ as all_of_them
from benchmarks import growth, hourly, measure, overhead, solvers, start, whatifs
from planner import scenarios, workbook
from planner.solve.linear import Linear
from tests import workbooks

TINY = {"sites": 2, "periods": 2, "days": 1}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workbooks.to_xlsx(workbooks.of_today(workbooks.smallest()), tmp_path_factory.mktemp("source") / "small.xlsx")


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def apart(function: Callable[..., Any], *given: Any, **named: Any) -> measure.Apart:
        return measure.Apart(function(*given, **named), 1.0, 2.0)

    for script in (overhead, solvers, growth, start, whatifs):
        monkeypatch.setattr(script, "apart", apart)


def test_a_process_of_its_own_answers_and_tells_its_memory() -> None:
    found = measure.apart(sum, [1, 2])
    assert found.answer == 3
    assert 0 < found.start_mib <= found.peak_mib


def test_the_hourly_part_is_the_same_matrix_in_every_way() -> None:
    data = hourly.Data.of(sites=2, periods=3, days=2)
    ours, *others = (way(data) for way in (hourly.by_families, hourly.by_linopy, hourly.by_numpy))
    assert ours.matrix.shape == (2 * 3 * 2 * (11 * 24 + 1), data.columns)
    for other in others:
        assert abs(ours.matrix - other.matrix).max() == 0
        np.testing.assert_array_equal(ours.row_lower, other.row_lower)
        np.testing.assert_array_equal(ours.row_upper, other.row_upper)


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("solve_up_to", [0, 10**6])
def test_overhead_tells_every_stage(source: Path, solve_up_to: int) -> None:
    found = overhead.measured("tiny", TINY, solve_up_to, others_up_to=solve_up_to, source=source)
    stages = {stage for stage, seconds in found.seconds.items() if seconds >= 0}
    solved = {"solver", "verify"} if solve_up_to else set()
    assert stages == {"read", "check", "rates", "build", "expand", "load", "results", "write"} | solved
    assert (found.alone_s is not None) == bool(solve_up_to)
    assert set(found.loaded) == {"ours"} | (set(overhead.PYOMOS_OWN) if solve_up_to else set())
    assert ("Not solved: tiny" in overhead.report([found])) != bool(solve_up_to)


@pytest.mark.usefixtures("in_this_process")
def test_solvers_agree_where_our_check_accepts_their_answers(source: Path) -> None:
    methods = {name: options for name, options in solvers.TRIED.items() if "threads" not in options}  # a process's
    found = solvers.measured("tiny", TINY, methods, 60.0, source)
    assert set(found.took) == set(methods)
    assert {"simplex", "simplex without presolve", "IPX", "HiPO"} <= set(found.accepted)
    objectives = [one.objective for one in found.accepted.values()]
    assert objectives == pytest.approx([objectives[0]] * len(objectives), rel=1e-6)
    assert "simplex" in solvers.report([found]).splitlines()[-1]


def test_a_method_whose_process_dies_is_told_and_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    one, at_least_3 = np.ones(1), np.array([3.0])
    lp = Linear(one, 0.0, sp.csc_array(one[None, :]), at_least_3, one * np.inf, 0 * one, one * np.inf)
    dies = solvers.TRIED["IPX"]

    def apart(function: Callable[..., Any], *given: Any) -> measure.Apart:
        if given[1] is dies:
            raise BrokenProcessPool
        answer = solvers.Asked(lp, {"columns": 1}, []) if function is solvers.asked else function(*given)
        return measure.Apart(answer, 1.0, 2.0)

    monkeypatch.setattr(solvers, "apart", apart)
    found = solvers.measured("one", {}, {"IPX": dies, "simplex": solvers.TRIED["simplex"]}, 60.0)
    assert found.took["IPX"].stopped
    assert found.accepted["simplex"].objective == 3.0
    quickest = solvers.report([found]).splitlines()[-1]
    assert quickest.count("simplex") == 5
    assert "IPX" not in quickest


@pytest.mark.usefixtures("in_this_process")
def test_growth_is_fitted_from_several_sizes(source: Path) -> None:
    found = growth.measured("sites", (2, 4), 1, source)
    assert found[4].columns > found[2].columns
    assert "| sites" in growth.report({"sites": found})


def test_an_exponent_is_the_slope_of_the_logarithms() -> None:
    assert growth.exponent([1, 10, 100], [3, 300, 30_000]) == pytest.approx(2)


@pytest.mark.usefixtures("in_this_process")
def test_start_checks_a_workbook_of_its_own(source: Path) -> None:
    found = start.measured(run=False, rows={"days": 1, "sites": 2, "workloads": 3}, best_of=1, india=source)
    assert [goal for _, _, goal in found] == [None, 0.3, 2.0]
    assert "12 sheets" in found[2][0]


@pytest.mark.usefixtures("in_this_process")
def test_a_what_if_costs_the_same_from_the_base_and_from_nothing(source: Path) -> None:
    of = whatifs.base(source, fractions=True)
    texts = whatifs.changes(of.book, 2)
    assert len(texts) == 2
    found = list(whatifs.rows(source, of, texts, 1, fractions=True))
    both = [(one, two) for _, one, two in found if one is not None]
    assert [one.objective for one, _ in both] == pytest.approx([two.objective for _, two in both])
    assert "2 what-ifs" in whatifs.report(of, found)


def test_there_are_fifty_what_ifs_of_india_and_all_can_be_read() -> None:
    book = workbook.opened(measure.INDIA)
    texts = whatifs.changes(book, 50)
    assert len(texts) == 50
    for change in texts.values():
        assert scenarios.what_if(book, change).changes


def test_a_page_is_taken_apart_as_it_was_put_together() -> None:
    sections = {
        name: all_of_them.section_text(one, one.command(name), "a machine\n  progress\n| a |\n| - |\n| 1 |\nbusy")
        for name, one in all_of_them.SECTIONS.items()
    }
    text = all_of_them.page(sections)
    assert all_of_them.sections_of(text) == sections
    assert "progress" not in text
    assert "| 1 |\n\nbusy" in text
