"""Why there is no plan: which rows, by how much, in which direction."""

from __future__ import annotations

import pytest

from planner.solve import explain_infeasible
from tests.planner.solve_programmes import INF, Row, programme

NAMES = {"siting.needed_mw": 1, "grid.within_offers": 2}
ROWS: list[Row] = [([1, 1], 240, INF), ([1, 0], -INF, 60), ([0, 1], -INF, 30)]
"""240 MW needed; two offers of 60 and 30."""
SHORT = programme([1, 1], ROWS, blocks=NAMES)


def test_what_is_needed_is_named_as_short_by_what_the_offers_leave() -> None:
    (row,) = explain_infeasible(SHORT, elastic=["siting.needed_mw"])
    assert (row.row, row.block, row.labels) == ("siting.needed_mw[0]", "siting.needed_mw", (0,))
    assert row.direction == "short"
    assert row.amount == pytest.approx(240 - 60 - 30)


def test_where_only_the_offers_may_give_way_they_are_over_by_as_much() -> None:
    rows = explain_infeasible(SHORT, elastic=["grid.within_offers"])
    assert {row.direction for row in rows} == {"over"}
    assert sum(row.amount for row in rows) == pytest.approx(240 - 60 - 30)
    assert {row.block for row in rows} == {"grid.within_offers"}


def test_rows_that_are_named_but_do_not_suffice_let_all_give_way() -> None:
    lines: list[str] = []
    arrays = programme([1, 1], [*ROWS, ([1, 1], -INF, 100)], blocks=NAMES | {"budget.spend": 1})
    rows = explain_infeasible(arrays, elastic=["grid.within_offers"], progress=lines.append)
    assert {row.block for row in rows} - {"grid.within_offers"}
    assert any("every row may" in line for line in lines)


def test_a_violation_counts_by_its_share_so_that_units_do_not_decide() -> None:
    # x is at most 50 and at least 100. Stated in MW both, or the need in kW: the same row gives way, by 50 MW.
    for factor in (1.0, 1000.0):
        arrays = programme([1], [([factor], 100 * factor, INF), ([1], -INF, 50)], blocks={"needed": 1, "offered": 1})
        (row,) = explain_infeasible(arrays)
        assert (row.block, row.direction) == ("needed", "short")
        assert row.amount == pytest.approx(50 * factor)


def test_bounds_of_columns_do_not_give_way() -> None:
    (row,) = explain_infeasible(programme([1], [([1], 5, INF)], upper=0.0))
    assert (row.row, row.direction) == ("rows[0]", "short")
    assert row.amount == pytest.approx(5)


def test_what_is_feasible_falls_short_of_nothing() -> None:
    assert explain_infeasible(programme([1], [([1], 5, INF)])) == []


def test_whole_numbers_that_alone_forbid_a_plan_are_explained_too() -> None:
    (row,) = explain_infeasible(programme([1], [([2], 3, 3)], whole=[0]))
    assert row.amount == pytest.approx(1)


def test_a_block_that_is_not_there_is_an_error_naming_those_that_are() -> None:
    with pytest.raises(KeyError, match=r"grid\.limits is no block of rows; there are grid\.within_offers, siting"):
        explain_infeasible(SHORT, elastic=["grid.limits"])
