"""Ranges and their worth: on arrays solved by hand, and on a workbook that solves in a moment.

In the workbook 1 k of chip is bought for 10 MUSD, or rented at 8.76 MUSD a year in each of two years, for 17.52 MUSD.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from compute_lp.family import Arrays, Block, Index
from planner import __version__, workbook
from planner.compare.laboratory import Laboratory
from planner.measure import TORNADO, estimated, kept, measure
from planner.measure.source import Assumptions, Optimum
from planner.measure.tornado import ESTIMATES, MEASURES, first_order, tornado
from planner.plan import plan
from planner.questions.again import Unusable, store
from planner.runs.folder import write_json
from planner.scenarios import applied, scenarios
from planner.solve import solve_relaxed
from tests.independent.cases.workbook import Workbook, base, chip, cloud
from tests.planner import runs_scenes as scenes
from tests.planner.solve_programmes import BREAD, INF, programme


def optimum(arrays: Arrays) -> Optimum:
    found = solve_relaxed(arrays, None, prices=True)
    return Optimum(arrays, found.x, found.row_dual, found.objective)


def least(arrays: Arrays) -> float:
    return solve_relaxed(arrays, None).objective


def with_matrix(arrays: Arrays, change: Callable[[Any], None]) -> Arrays:
    matrix = arrays.matrix.copy().tolil()
    change(matrix)
    return replace(arrays, matrix=matrix.tocsc())


def test_a_moved_limit_is_worth_its_price() -> None:
    # 0.6 more of the first ingredient, at 3/4 each.
    more = replace(BREAD, row_upper=np.array([24.6, 6, 2]))
    assert first_order(optimum(BREAD), more).musd == approx(-0.45)
    assert least(more) - least(BREAD) == approx(-0.45)


def test_a_changed_cost_is_worth_what_there_is_of_it() -> None:
    # 3 of the first product are sold, at 0.2 more; the constant rises by 1.
    dearer = replace(BREAD, cost=np.array([-5.2, -4]), offset=1.0)
    assert first_order(optimum(BREAD), dearer).musd == approx(-3 * 0.2 + 1)


def test_a_changed_coefficient_is_worth_its_derivative() -> None:
    # The first product takes 0.001 more of the first ingredient: 3 of them, at 3/4.
    def change(matrix: Any) -> None:
        matrix[0, 0] += 0.001

    more = with_matrix(BREAD, change)
    assert first_order(optimum(BREAD), more).musd == approx(0.001 * 3 * 0.75)
    assert least(more) - least(BREAD) == approx(0.001 * 3 * 0.75, rel=1e-3)


def test_a_columns_own_limit_is_worth_its_reduced_cost() -> None:
    # -3 a unit, at most 2 of the column itself; then 2.5.
    one = programme(cost=[-3], rows=[([1], -INF, 10)], upper=2)
    assert first_order(optimum(one), replace(one, upper=np.array([2.5]))).musd == approx(-1.5)


def test_columns_and_rows_are_known_by_name_wherever_they_stand() -> None:
    turned = replace(
        BREAD, cost=BREAD.cost[::-1], matrix=BREAD.matrix[:, [1, 0]], columns={"x": Block("x", 0, 2, Index.of([1, 0]))}
    )
    assert first_order(optimum(BREAD), turned).musd == approx(0)
    assert first_order(optimum(BREAD), turned).trusted


def test_no_estimate_is_trusted_where_a_column_that_was_used_is_gone() -> None:
    alone = programme(cost=[-5], rows=[([6], -INF, 24), ([1], -INF, 6), ([0], -INF, 2)])
    found = first_order(optimum(BREAD), alone)
    assert not found.trusted
    assert found.guess_musd == approx(6)  # 3/2 of it, at 4


def test_no_estimate_is_trusted_where_a_limit_that_did_not_bind_now_cuts_the_plan_off() -> None:
    # The market takes 1 of the second product in place of 2; 3/2 are sold.
    found = first_order(optimum(BREAD), replace(BREAD, row_upper=np.array([24, 6, 1.0])))
    assert found.musd == 0 and not found.trusted
    assert found.guess_musd == approx(0.5 * 4)
    assert first_order(optimum(BREAD), replace(BREAD, row_upper=np.array([24, 6, 1.75]))).trusted


def test_no_estimate_is_trusted_where_coefficients_use_more_of_a_limit_than_there_is() -> None:
    # 3/2 of the second product take 3/2 each of a market of 2.
    def change(matrix: Any) -> None:
        matrix[2, 1] = 1.5

    found = first_order(optimum(BREAD), with_matrix(BREAD, change))
    assert found.musd == 0 and not found.trusted


def test_no_estimate_is_trusted_where_a_limit_with_a_price_is_gone() -> None:
    found = first_order(optimum(BREAD), replace(BREAD, row_upper=np.array([INF, 6, 2])))
    assert not found.trusted
    assert found.guess_musd == approx(24 * 0.75)


sizes = st.lists(st.floats(0.25, 4), min_size=3, max_size=3)


@settings(deadline=None, max_examples=30)
@given(sizes, sizes)
def test_of_limits_an_estimate_is_never_above_the_change_and_of_costs_never_below(limits: Any, costs: Any) -> None:
    # The least cost of what 4 a + 2 b + c >= 8, a + b + c >= 3, a <= 2 ask for: convex in limits, concave in costs.
    asked = programme(cost=[3, 2, 1], rows=[([4, 2, 1], 8, INF), ([1, 1, 1], 3, INF), ([1, 0, 0], -INF, 2)])
    at = optimum(asked)
    moved = replace(
        asked, row_lower=asked.row_lower * [limits[0], limits[1], 1], row_upper=asked.row_upper * [1, 1, limits[2]]
    )
    assert first_order(at, moved).musd <= least(moved) - at.objective + 1e-7
    priced = replace(asked, cost=asked.cost * costs)
    assert first_order(at, priced).musd >= least(priced) - at.objective - 1e-7


def case(**chips: Any) -> Workbook:
    """1 k of chip for 10 MUSD, or rented at 8.76 a year."""
    book = base(2)
    book.add("clouds", **cloud("pool", 1))
    book.change("accelerators", **chips)
    return book


def written(book: Workbook, out: Path) -> Path:
    """A run folder before anything is solved."""
    out.mkdir(parents=True, exist_ok=True)
    book.write(out / "inputs")
    write_json(out / "manifest.json", {"planner": __version__, "scenarios": ["base"], "by_scenario": {}})
    return out


def solved(book: Workbook, out: Path, scenario: str = "base") -> Path:
    """A run folder as far as measures need one: its inputs, a scenario's solution, its record in the manifest."""
    opened = workbook.opened(written(book, out) / "inputs")
    found = plan(applied(opened, scenarios(opened)[scenario]).inputs)
    record = {"identity": "it", "status": found.solution.status, "proof": {}, "solver": {}, "seconds": found.seconds}
    assert opened.findings.inputs is not None
    manifest = {
        "planner": __version__,
        "scenarios": [scenario],
        "hashes": workbook.input_hash(opened.findings.inputs),
        "by_scenario": {scenario: record},
    }
    write_json(out / "manifest.json", manifest)
    if found.exists:
        folder = out / "scenarios" / scenario
        folder.mkdir(parents=True)
        store(found, folder)
    return out


def found(book: Workbook, out: Path, most: int = 12) -> tuple[pd.DataFrame, dict[str, str], list[str]]:
    """The table, what is left out of it, and what was said on the way."""
    said: list[str] = []
    source = Assumptions(solved(book, out), "base")
    with Laboratory(source, progress=said.append) as lab:
        return *tornado(lab, source, out, most=most), said


def by_end(table: pd.DataFrame, value: str) -> dict[tuple[str, str], float]:
    return {(row.label, row.end): getattr(row, value) for row in table.itertuples()}  # type: ignore[misc]


def test_a_price_is_worth_what_is_bought_times_its_change_until_another_choice_is_cheaper(tmp_path: Path) -> None:
    # 1,000 at 2,000 USD less; at 20,000 USD they are rented: 17.52 in place of 20.
    table, _, _ = found(case(price_usd_low=8000, price_usd_high=20000), tmp_path)
    price = "accelerators: price_usd"
    assert by_end(table, "estimate_musd") == approx({(price, "low"): -2, (price, "high"): 10})
    assert by_end(table, "measured_musd") == approx({(price, "low"): -2, (price, "high"): 7.52})
    assert list(table["cells"]) == [1, 1] and list(table["trusted"]) == ["yes", "yes"]


def test_a_lead_that_takes_the_first_year_away_is_measured_though_no_price_tells_it(tmp_path: Path) -> None:
    # Nothing bought serves in 2027: that year is rented, and the other too, as buying for it costs 10: 17.52 - 10.
    table, _, _ = found(case(lead_months_high=12), tmp_path)
    assert by_end(table, "measured_musd") == approx({("accelerators: lead_months", "high"): 7.52})
    assert list(table["trusted"]) == ["no"]


def test_what_a_field_does_not_reach_is_worth_nothing_and_not_solved_again(tmp_path: Path) -> None:
    book = case()
    book.change("grid_offers", usd_per_kw_low=50, usd_per_kw_high=200)
    table, _, said = found(book, tmp_path)
    assert list(table["estimate_musd"]) == [0, 0] and table["measured_musd"].isna().all()
    assert not [line for line in said if line.startswith(MEASURES)]


def test_an_end_without_a_plan_is_infinitely_dear(tmp_path: Path) -> None:
    book = case(lead_months_high=24)
    book.change("workloads", unserved_usd_per_mtoken=None)
    book.change("clouds", max_units=0)
    table, _, _ = found(book, tmp_path)
    assert list(table["measured_musd"]) == [np.inf]


def test_an_end_that_the_checks_refuse_is_left_out_and_told(tmp_path: Path) -> None:
    # 50 MW of room with 100 MW of halls.
    book = case()
    book.change("sites", max_it_mw_low=50, max_it_mw_high=120)
    table, left_out, _ = found(book, tmp_path)
    assert list(table["end"]) == ["high"]
    assert "more halls than room (50 MW)" in left_out["sites.max_it_mw at its low"]


def test_the_dearest_fields_come_first_and_only_the_most_wanted_are_measured(tmp_path: Path) -> None:
    book = case(price_usd_low=9000, price_usd_high=11000)
    book.change("sites", opex_usd_per_kw_year=1, opex_usd_per_kw_year_high=2)
    table, _, _ = found(book, tmp_path, most=1)
    assert list(table["field"]) == ["price_usd", "price_usd", "opex_usd_per_kw_year"]
    assert list(table["measured_musd"].notna()) == [True, True, False]
    # 100 MW of halls for two years, a USD a kW and year more.
    assert table["estimate_musd"].iloc[2] == approx(0.2)


def test_only_cells_with_an_end_move_to_it(tmp_path: Path) -> None:
    book = case(price_usd_low=8000)
    book.add("accelerators", **chip("other", price_usd=9000, price_usd_low=None, price_usd_high=12000))
    source = Assumptions(written(book, tmp_path), "base")
    assert [(one.label, one.cells, list(one.ends)) for one in source.ranges] == [
        ("accelerators: price_usd", 2, ["low", "high"])
    ]
    prices = {
        end: list(source.inputs(f"accelerators.price_usd at its {end}", None)["accelerators"]["price_usd"])
        for end in ("low", "high")
    }
    assert prices == {"low": [8000, 9000], "high": [10000, 12000]}


def test_a_cell_that_the_scenario_changes_has_no_range(tmp_path: Path) -> None:
    # The scenario dear doubles the price; its lead keeps its range.
    book = scenes.scenarios()
    book.change("accelerators", price_usd_low=8000, lead_months_high=12)
    out = written(book, tmp_path)
    assert [one.field for one in Assumptions(out, "base").ranges] == ["price_usd", "lead_months"]
    dear = Assumptions(out, "dear")
    assert [one.field for one in dear.ranges] == ["lead_months"]
    assert list(dear.inputs("accelerators.lead_months at its high", None)["accelerators"]["price_usd"]) == [20000]


def test_of_leads_the_column_that_the_setting_chooses_moves(tmp_path: Path) -> None:
    book = case()
    book.programme(grid_delay="high")
    book.change("grid_offers", lead_months_low=12, lead_months_high=36)
    source = Assumptions(written(book, tmp_path), "base")
    (one,) = source.ranges
    assert (one.field, list(one.ends)) == ("lead_months", ["low"])
    assert list(source.inputs(one.name("low"), None)["grid_offers"]["lead_months_high"]) == [12]


def test_a_setting_is_a_range_of_its_own(tmp_path: Path) -> None:
    place = written(case(), tmp_path) / "inputs" / "programme.csv"
    with place.open(encoding="utf-8", newline="") as file:
        rows = [[*row, "0.25" if row[0] == "flexible_share" else ""] for row in csv.reader(file)]
    rows[0][-1] = "value_high"
    with place.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    source = Assumptions(tmp_path, "base")
    assert [one.label for one in source.ranges] == ["programme: flexible_share"]
    assert source.inputs("programme.flexible_share at its high", None).settings["flexible_share"] == 0.25


@pytest.mark.parametrize(("musd", "low", "estimate_share"), [(8, 4, 1.0), (10, 5, 0.0)])
def test_of_the_most_served_value_served_is_measured(
    musd: float, low: float, estimate_share: float, tmp_path: Path
) -> None:
    # 10 MUSD buy the 1 k that serves all, 2 * 31.536 T at 1000 USD a M tokens; half the budget serves half of it.
    # Where the budget is just enough more of it is worth nothing, which says nothing of less: it is measured anyway.
    book = case()
    book.programme(objective="most_served")
    book.change("clouds", max_units=0)
    book.add("budgets", layer="total", period="2027", musd=musd, musd_low=low)
    book.add("budgets", layer="total", period="2028", musd=0)
    table, _, _ = found(book, tmp_path)
    lost_musd = -2 * 31.536 * 1000 * (musd - low) / 10
    assert by_end(table, "measured_musd") == approx({("budgets: musd", "low"): lost_musd})
    assert by_end(table, "estimate_musd") == approx({("budgets: musd", "low"): lost_musd * estimate_share})
    assert list(table["trusted"]) == ["yes" if estimate_share else "no"]


def test_what_was_measured_is_kept_as_long_as_the_scenario_is_the_same(tmp_path: Path) -> None:
    out = solved(case(price_usd_low=8000), tmp_path)
    assert [len(table) for table in kept(out)] == [0, 0]
    made = measure(out)
    for before, after in zip(made, kept(out), strict=True):
        pd.testing.assert_frame_equal(before, after)
    assert sorted(file.name for file in (out / "report" / "measured").iterdir()) == ["base"]
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    manifest["by_scenario"]["base"]["identity"] = "another"
    write_json(out / "manifest.json", manifest)
    empty = kept(out)
    assert [len(table) for table in empty] == [0, 0]
    assert [list(table.columns) for table in empty] == [list(table.columns) for table in made]


def test_what_was_interrupted_goes_on_where_it_was(tmp_path: Path) -> None:
    out = solved(case(price_usd_low=8000, price_usd_high=9000), tmp_path)

    def stop(line: str) -> None:
        if line.startswith(f"{MEASURES}: 1 of 2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(out, progress=stop)
    assert not (out / "report" / "measured" / "base" / TORNADO).exists()
    said: list[str] = []
    table, _ = measure(out, progress=said.append)
    assert f"{MEASURES}: 1 of 1 solved" in said and not [line for line in said if line.startswith(ESTIMATES)]
    assert list(table["measured_musd"]) == approx([-2, -1])


def test_two_processes_measure_the_same(tmp_path: Path) -> None:
    book = case(price_usd_low=8000, price_usd_high=20000)
    alone, _, _ = found(book, tmp_path / "alone")
    source = Assumptions(solved(book, tmp_path / "two"), "base")
    with Laboratory(source, jobs=2) as lab:
        pd.testing.assert_frame_equal(alone, tornado(lab, source, tmp_path / "two")[0])


def test_how_much_there_is_to_solve_is_told_before(tmp_path: Path) -> None:
    # Two ends; 60 programmes for switching values.
    out = solved(case(price_usd_low=8000, price_usd_high=9000), tmp_path)
    assert "1 range with 2 ends" in estimated(out) and "up to 62 programmes solved again" in estimated(out)


def test_a_scenario_without_a_plan_is_told(tmp_path: Path) -> None:
    out = solved(scenes.scenarios("hopeless"), tmp_path, "hopeless")
    with pytest.raises(Unusable, match="no plan"):
        measure(out, "hopeless")
    with pytest.raises(Unusable, match="no scenario 'other'"):
        measure(out, "other")
