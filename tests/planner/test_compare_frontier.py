"""Trade-off curves on programmes solved by hand, and their slopes by finite difference.

The smallest programme: 1 k of gpu for 1 MUSD serves what chat asks in a year (tests/models/programmes).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from planner.compare import frontier as curves
from planner.compare.frontier import COLUMNS, What, frontier, sentences
from planner.compare.laboratory import BASE, Laboratory
from tests.models.features import UNITED_STATES, everything
from tests.models.programmes import MH_A_YEAR, demand, shorten_days, years
from tests.planner.compare_source import laboratory

ONE_YEAR = {"periods": years(1), "demand": demand(1)}
ABROAD = {
    **ONE_YEAR,
    "countries": [{}, UNITED_STATES],
    "clouds": [{"country": "US", "operator_country": "US", "usd_per_hour": 0.5 / MH_A_YEAR}],
}
"""Renting 1 k abroad costs 0.5 MUSD a year, half of buying it."""
DIRTY = {
    **ONE_YEAR,
    "energy_prices": [{"usd_per_mwh": 0}],
    "countries": [{"grid_co2_kg_per_mwh": 500}],
    "energy_assets": [{"kind": "small_reactor", "variable_usd_per_mwh": 100}],
}
"""The grid is free and gives 0.5 kt a GWh; a reactor is clean and costs 0.1 MUSD a GWh. 1 k takes 8.76 GWh."""
YEAR_GWH = 8.76


def test_a_home_share_costs_what_home_is_dearer_by() -> None:
    found = frontier(laboratory(ABROAD), "home", 6)
    assert list(found.columns) == list(COLUMNS)
    # A share v at home: v · 1 + (1 - v) · 0.5.
    assert found["value"].to_list() == approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert found["cost_musd"].to_list() == approx([0.5, 0.6, 0.7, 0.8, 0.9, 1])
    assert found["slope_musd_per_unit"].to_list()[:5] == approx([0, 0.5, 0.5, 0.5, 0.5])
    assert found["binding"].to_list() == [False, True, True, True, True, True]


def test_the_workbook_s_own_row_is_lifted() -> None:
    policy = [{"policy": "home_compute_share_min", "value": 0.75}]
    found = frontier(laboratory({**ABROAD, "policies": policy}), "home", 3)
    assert found["cost_musd"].to_list() == approx([0.5, 0.75, 1])


def test_the_largest_share_is_found_where_not_all_can_be_at_home() -> None:
    # Half must be bought, for the chips at home are few and all must be served.
    few = {"supply": [{"max_units": 600}], "settings": {"unserved_usd_per_mtoken": np.nan}}
    found = frontier(laboratory({**ABROAD, **few}), "home", 3)
    assert found["value"].iloc[-1] == approx(0.6, abs=1e-5)
    assert found["cost_musd"].iloc[-1] == approx(0.8, abs=1e-5)


def test_less_carbon_costs_what_clean_energy_does() -> None:
    found = frontier(laboratory(DIRTY), "carbon", 3)
    # 8.76 GWh at 0.5 kt; a kt less is 2 GWh of the reactor's.
    assert found["value"].to_list() == approx([YEAR_GWH / 2, YEAR_GWH / 4, 0], abs=1e-5)
    assert found["cost_musd"].to_list() == approx([1, 1 + 0.1 * YEAR_GWH / 2, 1 + 0.1 * YEAR_GWH], abs=1e-5)
    assert found["slope_musd_per_unit"].to_list()[1] == approx(-0.2)


def test_a_ceiling_of_each_period_binds_where_most_is_emitted() -> None:
    # 1 k in 2027 and 2 k in 2028: below 4.38 kt both are cut, above only 2028.
    twice = {**DIRTY, "periods": years(2), "demand": demand(1, 2)}
    found = frontier(laboratory(twice), "carbon_by_period", 5)
    assert found["value"].to_list() == approx(np.array([1, 0.75, 0.5, 0.25, 0]) * YEAR_GWH, abs=1e-5)
    assert found["slope_musd_per_unit"].to_list()[1] == approx(-0.2)
    assert found["slope_musd_per_unit"].to_list()[3] == approx(-0.4)


def test_serving_more_than_is_worth_its_price_costs_the_rest() -> None:
    # A T is worth 0.05 MUSD, and costs 1 / 8.76 to serve.
    found = frontier(laboratory({**ONE_YEAR, "settings": {"unserved_usd_per_mtoken": 0.05}}), "unserved", 3)
    assert found["value"].to_list() == approx([MH_A_YEAR, MH_A_YEAR / 2, 0], abs=1e-5)
    assert found["cost_musd"].to_list() == approx([0.05 * MH_A_YEAR, 0.5 + 0.05 * MH_A_YEAR / 2, 1], abs=1e-5)
    assert found["slope_musd_per_unit"].to_list()[1] == approx(0.05 - 1 / MH_A_YEAR)


def test_where_all_is_served_already_the_curve_is_a_point() -> None:
    found = frontier(laboratory(ONE_YEAR), "unserved")
    assert len(found) == 1 and not found["binding"].any()
    assert sentences(found) == ["The row never binds: the curve is one point."]


def test_a_scenario_without_a_plan_has_no_curve() -> None:
    none = {**ONE_YEAR, "accelerators": [{"lead_months": 6}], "settings": {"unserved_usd_per_mtoken": np.nan}}
    found = frontier(laboratory(none), "carbon")
    assert found.empty and sentences(found) == ["There is no plan to begin from."]


def test_a_trade_off_that_there_is_not_is_refused() -> None:
    what: Any = "beauty"
    with pytest.raises(ValueError, match="'beauty' is no trade-off; there are home, carbon"):
        frontier(laboratory(ONE_YEAR), what)


def test_of_the_most_served_the_curve_is_of_value_given_up() -> None:
    budget = {"settings": {"objective": "most_served"}, "budgets": [{"musd": 0.5}]}
    found = frontier(laboratory({**ABROAD, **budget}), "home", 2)
    # 0.5 MUSD rents 1 k or buys half of it; a T is worth 1,000 MUSD.
    assert found["cost_musd"].to_list() == approx([-1000 * MH_A_YEAR, -500 * MH_A_YEAR])


def test_the_curve_in_words_has_its_ends_and_slopes() -> None:
    told = sentences(frontier(laboratory(ABROAD), "home", 3))
    assert told[0] == "Home share of compute from 0 % to 100 % costs 0.5 M USD."
    assert told[1] == "At 50 %, one percentage point more costs 0.005 M USD."
    assert "fractions" in told[-1]


@pytest.fixture
def all_kinds(monkeypatch: pytest.MonkeyPatch) -> Laboratory:
    """Everything there is, of which not all is worth serving."""
    shorten_days(monkeypatch)
    return laboratory({"integers": "none", "unserved_usd_per_mtoken": 0.05}, make=everything)


@pytest.mark.parametrize("what", ["home", "carbon", "carbon_by_period", "unserved"])
def test_slopes_are_those_of_finite_differences(what: What, all_kinds: Laboratory) -> None:
    found = frontier(all_kinds, what, 6)
    curve = curves._Curve(all_kinds, all_kinds.programme(BASE), what)
    assert found["binding"].any()
    step = 1e-4 * abs(found["value"].iloc[-1] - found["value"].iloc[0])
    for value, cost_musd, slope in inner(found):
        below, above = (all_kinds.solved(curve.moved_to(value + move), None).objective for move in (-step, step))
        left, right = (cost_musd - below) / step, (above - cost_musd) / step
        least, most = sorted((left, right))
        slack = 1e-3 * max(abs(slope), 1e-3)
        assert least - slack <= slope <= most + slack


@pytest.mark.parametrize("what", ["home", "carbon", "unserved"])
def test_the_tighter_the_dearer(what: What, all_kinds: Laboratory) -> None:
    found = frontier(all_kinds, what, 6)
    costs = found["cost_musd"].to_numpy()
    assert (np.diff(costs) >= -1e-6 * abs(costs).max()).all()


def inner(found: pd.DataFrame) -> list[tuple[float, float, float]]:
    columns = ["value", "cost_musd", "slope_musd_per_unit"]
    return list(found[columns].iloc[1:-1].itertuples(index=False, name=None))
