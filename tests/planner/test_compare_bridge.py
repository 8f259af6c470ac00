"""The bridge against games whose Shapley values are known, and on programmes solved by hand.

The smallest programme: 1 k of gpu for 1 MUSD serves all that chat asks (tests/models/programmes).
"""

from __future__ import annotations

import json
import pickle
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from planner import cli
from planner.compare import bridge as bridging
from planner.compare.bridge import (
    COLUMNS,
    PAIRS,
    WHOLE,
    Bridge,
    Values,
    bridge,
    drawn_orders,
    sampled,
    sentences,
    shapley,
)
from planner.compare.laboratory import BASE, Laboratory, RunFolder
from planner.questions.again import Unusable
from tests.independent.cases.workbook import base as workbook
from tests.models.programmes import demand, years
from tests.planner.compare_source import laboratory

NAMES = "abcdefghij"
DEAR = {"accelerators": [{"price_usd": 2000}]}
MORE = {"demand": demand(2), "periods": years(1)}
BASE_SHEETS = {"demand": demand(1), "periods": years(1)}
LATE = {"accelerators": [{"lead_months": 6}]}
"""Nothing bought can serve in 2027."""
MUST_SERVE = {"settings": {"unserved_usd_per_mtoken": np.nan}}


def game(levers: str, value: Any) -> Values:
    sets = [frozenset(some) for size in range(len(levers) + 1) for some in combinations(levers, size)]
    return {some: float(value(some)) for some in sets}


def shares(levers: str, values: Values) -> dict[str, float]:
    return {lever: share.musd for lever, share in shapley(levers, values).items()}


def test_levers_that_add_up_get_what_they_add_in_every_order() -> None:
    own = {"a": 3.0, "b": -1.0, "c": 0.5}
    found = shapley("abc", game("abc", lambda some: sum(own[lever] for lever in some)))
    for lever, value in own.items():
        assert found[lever][:3] == approx((value, value, value))


def test_two_levers_that_need_each_other_share_what_they_do_together() -> None:
    found = shapley("ab", game("ab", lambda some: 6 if len(some) == 2 else 0))
    assert found["a"] == found["b"] == (3, 0, 6, 0)


def test_a_lever_that_matters_only_with_another_gets_half_of_what_it_adds_then() -> None:
    # a alone 4, with b 10; b alone nothing: a is worth 4 or 10, b 0 or 6.
    values = {frozenset(): 0.0, frozenset("a"): 4.0, frozenset("b"): 0.0, frozenset("ab"): 10.0}
    found = shapley("ab", values)
    assert found["a"] == (7, 4, 10, 0) and found["b"] == (3, 0, 6, 0)


def test_the_glove_game_gives_the_rare_glove_two_thirds() -> None:
    # Of one left and two right gloves a pair is worth 1 (Shapley 1953): 2/3, 1/6, 1/6.
    assert shares("lrs", game("lrs", lambda some: "l" in some and len(some) > 1)) == approx(
        {"l": 2 / 3, "r": 1 / 6, "s": 1 / 6}
    )


def test_orders_through_sets_without_a_plan_are_left_out() -> None:
    # b alone leaves no plan, so a comes before it: a, b, c; a, c, b; c, a, b. c adds 1 before a or b and 4 after both.
    values = game("abc", lambda some: np.inf if "b" in some and "a" not in some else 2 * ("a" in some) + ("c" in some))
    values = {**values, frozenset("ab"): 5.0, frozenset("abc"): 9.0}
    found = shapley("abc", values)
    assert found["a"].musd == approx(2)
    assert found["b"].musd == approx((3 + 6 + 6) / 3)
    assert found["c"].musd == approx((4 + 1 + 1) / 3)
    assert (found["c"].least_musd, found["c"].most_musd) == approx((1, 4))


def test_nothing_is_shared_where_every_order_meets_a_set_without_a_plan() -> None:
    values = {frozenset(): 0.0, frozenset("a"): np.inf, frozenset("b"): np.inf, frozenset("ab"): 1.0}
    assert all(np.isnan(share.musd) for share in shapley("ab", values).values())


games = st.integers(1, 5).flatmap(
    lambda n: st.lists(st.floats(-1e4, 1e4, allow_subnormal=False), min_size=2**n, max_size=2**n).map(
        lambda numbers: (NAMES[:n], dict(zip(game(NAMES[:n], len), numbers, strict=True)))
    )
)


@given(games)
@settings(max_examples=60, deadline=None)
def test_shares_sum_to_the_difference(drawn: tuple[str, Values]) -> None:
    levers, values = drawn
    assert sum(shares(levers, values).values()) == approx(values[frozenset(levers)] - values[frozenset()], abs=1e-6)


@given(games)
@settings(max_examples=60, deadline=None)
def test_a_lever_that_does_nothing_gets_nothing_and_twins_the_same(drawn: tuple[str, Values]) -> None:
    levers, values = drawn
    # y is a twin of x: either or both do what the first lever does; z does nothing.
    first = levers[0]

    def value(some: frozenset[str]) -> float:
        kept = (some - {"x", "y", "z", first}) | ({first} if some & {"x", "y"} else frozenset())
        return values[kept]

    found = shares(levers[1:] + "xyz", game(levers[1:] + "xyz", value))
    assert found["z"] == approx(0, abs=1e-6)
    assert found["x"] == approx(found["y"], abs=1e-6)


def test_the_mean_over_drawn_orders_sums_exactly_and_lies_within_its_error() -> None:
    levers = NAMES[:9]
    # Squares of sums of levers worth 1 to 9: a lever is worth i * 45 in the mean of all orders, as pairs share evenly.
    worth = {lever: i + 1 for i, lever in enumerate(levers)}
    values = game(levers, lambda some: sum(worth[lever] for lever in some) ** 2)
    orders = drawn_orders(levers)
    found = sampled(list(zip(orders[::2], orders[1::2], strict=True)), values)
    assert sum(share.musd for share in found.values()) == approx(45**2)
    for lever, share in found.items():
        # Of a game of pairs an order and its reverse give the mean of all orders, so there is no error.
        assert share.musd == approx(45 * worth[lever]) and share.standard_error_musd == approx(0, abs=1e-9)
        assert share.least_musd < share.musd < share.most_musd


def test_the_standard_error_covers_the_exact_share() -> None:
    levers = NAMES[:8]
    worth = {lever: (i + 1) ** 0.5 for i, lever in enumerate(levers)}
    values = game(levers, lambda some: sum(worth[lever] for lever in some) ** 3)
    orders = drawn_orders(levers)
    found = sampled(list(zip(orders[::2], orders[1::2], strict=True)), values)
    exact = shapley(levers, values)
    off = [abs(found[lever].musd - exact[lever].musd) / found[lever].standard_error_musd for lever in levers]
    assert min(found[lever].standard_error_musd for lever in levers) > 0
    assert max(off) < 4 and np.mean([error < 2 for error in off]) >= 0.75


def solved(figures: Any = None, jobs: int = 1, base: Any = None, **levers: Any) -> Bridge:
    lab = laboratory({**BASE_SHEETS, **(base or {})}, figures=figures, jobs=jobs, tried=levers)
    return bridge(lab, "tried")


def test_a_dearer_chip_and_twice_the_demand_share_three_million() -> None:
    # 1 alone; 2 dearer; 2 with more demand; 4 with both. Each adds 1 first or 2 last.
    found = solved(price=DEAR, growth=MORE)
    assert list(found.table.columns) == list(COLUMNS)
    rows = found.table.set_index("lever")
    for lever in ("price", "growth"):
        assert tuple(rows.loc[lever, ["musd", "least_musd", "most_musd"]]) == approx((1.5, 1, 2))
    assert (rows["subsets"] == 4).all() and found.orders == found.all_orders == 2


def test_bars_with_that_of_whole_numbers_sum_to_the_difference_of_the_plans() -> None:
    figures = {BASE: {"objective_musd": 1.25}, "tried": {"objective_musd": 4.75}}
    found = solved(figures, price=DEAR, growth=MORE)
    rows = found.table.set_index("lever")
    assert rows.loc[WHOLE, "musd"] == approx(0.75 - 0.25)
    assert found.table["musd"].sum() == found.difference_musd == 3.5


def test_processes_side_by_side_give_the_same_to_the_last_digit() -> None:
    one, two = solved(price=DEAR, growth=MORE), solved(price=DEAR, growth=MORE, jobs=2)
    assert one.table.equals(two.table)


def test_of_the_most_served_the_value_is_shared() -> None:
    # 1 MUSD a year buys 1 k at the base's price and half of it at twice that; a T is worth 1,000 MUSD.
    budget = {"settings": {"objective": "most_served"}, "budgets": [{"musd": 1}]}
    found = solved(base=budget, price=DEAR)
    assert found.value_served
    assert found.table["musd"].sum() == approx(-8760 / 2)


def test_what_leaves_no_plan_is_told_and_the_rest_shared_over_the_orders_that_pass_by() -> None:
    # Chips ordered late leave nothing to serve with, unless something is rented, at 8.76 a year.
    found = solved(base=MUST_SERVE, late=LATE, pool={"clouds": [{}]})
    assert found.impossible == (("late",),)
    assert (found.orders, found.all_orders) == (1, 2)
    rows = found.table.set_index("lever")
    assert rows.loc["pool", "musd"] == approx(0) and rows.loc["late", "musd"] == approx(8.76 - 1)
    assert "With late, and no other lever, there is no plan." in sentences(found)


def test_a_scenario_without_a_plan_is_told_so_and_not_shared() -> None:
    found = solved(base=MUST_SERVE, late=LATE, growth=MORE)
    assert found.table.empty and found.orders == 0
    assert sentences(found)[-1].startswith("The difference can't be shared")


def test_the_bridge_in_words_says_what_each_lever_adds_and_in_which_range() -> None:
    figures = {BASE: {"objective_musd": 1.0}, "tried": {"objective_musd": 4.0}}
    told = sentences(solved(figures, price=DEAR, growth=MORE))
    assert told[0] == "The objective of tried is 3 M USD above the base's."
    assert "The lever price adds 1.5 M USD, by the order of levers 1 M USD to 2 M USD." in told


def test_more_levers_than_are_solved_in_full_are_drawn_in_pairs_of_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    # Of two levers an order and its reverse are all orders.
    monkeypatch.setattr(bridging, "EXACT", 1)
    found = solved(price=DEAR, growth=MORE)
    assert found.drawn and found.orders == 2 * PAIRS
    rows = found.table.set_index("lever")
    assert tuple(rows.loc["price", ["musd", "least_musd", "most_musd"]]) == approx((1.5, 1, 2))
    assert rows.loc["price", "standard_error_musd"] == approx(0)
    assert any("standard error" in sentence for sentence in sentences(found))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """1 k of chip for 10 MUSD, and its scenarios: the base's own lever halves the price, tried's two double price and
    demand."""
    book = workbook(2)
    book.add("scenarios", scenario=BASE)
    book.add("scenarios", scenario="tried", parents=BASE, weight=3)
    price = {"sheet": "accelerators", "field": "price_usd", "change": "multiply"}
    growth = {"sheet": "demand", "field": "output_t_per_year", "change": "multiply"}
    book["scenario_changes"] = [
        {"scenario": BASE, "step": 1, "lever": "sale", **price, "value": 0.5},
        {"scenario": "tried", "step": 1, "lever": "price", **price, "value": 2},
        {"scenario": "tried", "step": 2, "lever": "growth", **growth, "value": 2},
    ]
    folder = tmp_path / "run"
    cli.main(["run", str(book.write(tmp_path / "workbook")), "-o", str(folder)])
    changed(folder / "manifest.json", scenarios=[BASE, "tried", "what_if"], set=["accelerators.price_usd *= 3"])
    changed(folder / "headline.json", **{BASE: {"objective_musd": 5.5}, "tried": {"objective_musd": 21.0}})
    return folder


def changed(place: Path, **entries: Any) -> None:
    place.write_text(json.dumps(json.loads(place.read_text(encoding="utf-8")) | entries), encoding="utf-8")


def test_a_run_folder_is_bridged_from_its_own_workbook_and_plans(run: Path) -> None:
    # 5 in the base, 10 with either lever, 20 with both; whole numbers are as if they cost 0.5 and 1.
    found = bridge(Laboratory.opened(run), "tried")
    rows = found.table.set_index("lever")
    assert list(rows.index) == ["price", "growth", WHOLE]
    for lever in ("price", "growth"):
        assert tuple(rows.loc[lever, ["musd", "least_musd", "most_musd"]]) == approx((7.5, 5, 10))
    assert rows.loc[WHOLE, "musd"] == approx(1 - 0.5)
    assert found.table["musd"].sum() == approx(found.difference_musd, abs=1e-12) and found.difference_musd == 15.5


def test_a_run_folder_has_its_weights_and_its_what_if(run: Path) -> None:
    source: RunFolder = pickle.loads(pickle.dumps(RunFolder(run)))
    assert source.weight("tried") == 3
    assert source.levers() == {BASE: (), "tried": ("price", "growth"), "what_if": ("what_if",)}
    # On the base's half price, three times as much.
    assert source.inputs("what_if", None)["accelerators"]["price_usd"].to_list() == [15000]
    assert source.inputs("tried", ["growth"])["accelerators"]["price_usd"].to_list() == [5000]


def test_a_base_without_a_plan_leaves_other_scenarios_to_be_solved(run: Path) -> None:
    (run / "scenarios" / BASE / "solution.npz").unlink()
    assert Laboratory.opened(run).relaxed("tried").objective_musd == approx(20)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="is no run folder"):
        Laboratory.opened(tmp_path)
