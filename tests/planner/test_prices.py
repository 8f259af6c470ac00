"""Published shadow prices against what a little more or less in the workbook's cell is worth, by solving again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from pytest import approx

import compute_lp
from planner.plan import Plan, plan
from planner.results import labels, prices
from tests.independent.cases.workbook import GWH_OF_MW, T_OF_K, USE_MW, Workbook
from tests.independent.planned import planned
from tests.planner.price_scenes import FLOW, MEAN, SCENES, Keys, Kind, Scene, scene_of_three_periods, usd_per_kw_year

Solve = Callable[[Scene], Plan]


@pytest.fixture(scope="module")
def solve(tmp_path_factory: pytest.TempPathFactory) -> Solve:
    """The plan of a scene's workbook; each is solved once."""
    known: dict[Scene, Plan] = {}

    def solved(scene: Scene) -> Plan:
        if scene not in known:
            book = scene_of_three_periods()
            scene(book)
            known[scene] = planned(book, tmp_path_factory.mktemp("scene") / "workbook").plan
        return known[scene]

    return solved


def published(result: Plan, kind: Kind) -> list[tuple[float, float, str]]:
    """What a price of 1 is worth, value and mark, of the published prices that the cell states."""
    part, _, constraint = kind.name.partition(".")
    table = prices(result)
    rows = table[(table["part"] == part) & (table["constraint"] == constraint)]
    keys = [dict(entry.split("=", 1) for entry in row.split("; ")) for row in rows["keys"]]
    told = zip(map(kind.worth, keys), rows["value"], rows["degenerate"], rows["unit"], strict=True)
    stated = [row for row in told if row[0]]
    assert {unit for _, _, _, unit in stated} <= {kind.unit}
    return [(worth, value, mark) for worth, value, mark, _ in stated]


def slopes(result: Plan, kind: Kind) -> tuple[float, float]:
    """What one more of the quantity is worth, and what one less costs, MUSD, by a step of the cell to either side."""
    sheet, column = kind.cell
    of_side: dict[bool, float] = {}
    for step in (kind.step, -kind.step):
        cells = result.inputs[sheet].copy()
        stands = float(cells[column].iloc[kind.at])
        cells.loc[kind.at, column] = stands + step
        changed = plan(dataclasses.replace(result.inputs, tables={**result.inputs.tables, sheet: cells}))
        change = kind.quantity(stands + step) - kind.quantity(stands)
        of_side[change > 0] = (result.objective_musd - changed.objective_musd) / change
    return of_side[True], of_side[False]


@pytest.mark.parametrize(("scene", "kind"), SCENES, ids=[f"{kind.name}[{kind.cell[1]}]" for _, kind in SCENES])
def test_a_price_is_what_a_little_more_and_a_little_less_in_the_cell_are_worth(
    scene: Scene, kind: Kind, solve: Solve
) -> None:
    told = published(solve(scene), kind)
    more, less = slopes(solve(scene), kind)
    assert more > 0
    assert sum(worth * value for worth, value, _ in told) == approx(more, rel=1e-6) == approx(less, rel=1e-6)
    assert {mark for _, _, mark in told} == {"no"}


def test_no_kind_of_price_is_left_untested() -> None:
    listed = {f"{part}.{price.constraint}" for part, each in compute_lp.PRICES.items() for price in each}
    assert {kind.name for _, kind in SCENES} == listed


def as_much_supply_as_is_wanted(d: Workbook) -> None:
    d.add("supply", accelerator="chip", period="b", max_units=1000)


def as_much_carbon_as_is_emitted(d: Workbook) -> None:
    """In the year and a half of b, at 700 kg/MWh."""
    d.add("policies", policy="carbon_kt_max", period="b", value=USE_MW * GWH_OF_MW * 1.5 * 0.7)


def as_much_money_as_is_spent(d: Workbook) -> None:
    """1 k of chips and its energy, at 50 USD/MWh."""
    d.add("budgets", layer="L1", period="b", musd=10 + USE_MW * GWH_OF_MW * 1.5 * 0.05)


def as_much_uptake_as_is_asked(d: Workbook) -> None:
    d.add("adoption", workload="chat", start_t_per_year=T_OF_K)


def hall_and_power_for_as_many(d: Workbook) -> None:
    """0.4 k, in each period."""
    d.change("sites", existing_it_mw=0.4, existing_mw=0.5, build_months=240)


def of_b(worth: float) -> Callable[[Keys], float]:
    return lambda keys: worth if keys["period"] == "b" else 0.0


KINKS = [
    (
        as_much_supply_as_is_wanted,
        Kind("procurement.within_supply", "USD/unit", ("supply", "max_units"), 10, of_b(1e-6 * MEAN["b"])),
    ),
    (
        as_much_carbon_as_is_emitted,
        Kind("sovereignty.within_carbon", "USD/t", ("policies", "value"), 0.01, of_b(1e-3 * MEAN["b"])),
    ),
    (as_much_money_as_is_spent, Kind("budget.within_budget", "USD/USD", ("budgets", "musd"), 0.1, of_b(MEAN["b"]))),
    (
        as_much_uptake_as_is_asked,
        Kind(
            "adoption.taken_up", "USD/Mtoken", ("adoption", "start_t_per_year"), 0.1, lambda keys: FLOW[keys["period"]]
        ),
    ),
    (
        hall_and_power_for_as_many,
        Kind("procurement.within_hall", "USD/kW/year", ("sites", "existing_it_mw"), 0.01, usd_per_kw_year),
    ),
    (
        hall_and_power_for_as_many,
        Kind("procurement.within_firm_power", "USD/kW/year", ("sites", "existing_mw"), 0.01, usd_per_kw_year),
    ),
]
"""Scenes in which one more is worth less than one less costs."""


@pytest.mark.parametrize(("scene", "kind"), KINKS, ids=[kind.name for _, kind in KINKS])
def test_where_one_more_is_worth_less_than_one_less_costs_the_price_is_between_and_marked(
    scene: Scene, kind: Kind, solve: Solve
) -> None:
    result = solve(scene)
    more, less = slopes(solve(scene), kind)
    assert more < less * (1 - 1e-3)
    told = published(result, kind)
    assert {mark for _, _, mark in told} <= {"yes"}
    assert more - 1e-6 * less <= sum(worth * value for worth, value, _ in told) <= less * (1 + 1e-6)
    # A price that came out as 0 isn't published; the mark stands in the solution.
    block = result.arrays.rows[kind.name]
    keys = labels(result, block.index)
    stated = [
        block.start + i
        for i in range(block.size)
        if kind.worth({str(key): str(label) for key, label in keys.iloc[i].items()})
    ]
    assert stated and result.solution.degenerate[stated].all()


def test_a_kink_marks_no_price_of_what_it_does_not_touch(solve: Solve) -> None:
    """A token more in c costs what it costs whatever the supply of b."""
    asked_in_c = next(kind for _, kind in SCENES if kind.name == "serving.demand_is_met")
    ((worth, value, mark),) = published(solve(as_much_supply_as_is_wanted), asked_in_c)
    more, less = slopes(solve(as_much_supply_as_is_wanted), asked_in_c)
    assert worth * value == approx(more, rel=1e-6) == approx(less, rel=1e-6)
    assert mark == "no"
