"""Directions: what makes a plan harder or dearer never improves it, and money has no unit of its own.

The plans have days of two hours. Budgets are left out where a lead is longer, for then money is spent earlier, perhaps
out of another period's budget; of prices those are left out that the plan earns as well as pays; and the shares that
models answer, for what none of them could ever answer is priced at nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import compute_lp
from compute_lp.family import Arrays, expand
from compute_lp.schema import Inputs
from tests.models.features import ALL_YEAR, UNITED_STATES, everything
from tests.models.programmes import day, demand, minimum, programme, shorten_days, years

Sheets = Mapping[str, Any]
FEW = settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
NOISE = 1e-6
"""Of the objective; the solver's tolerance."""

OWN = {
    "model": "own",
    "route": "pretrain",
    "work_zflop": 4,
    "overhead": 2,
    "max_run_months": 9,
    "shelf_months": 30,
    "max_runs": 2,
}
SHEETS: Sheets = {
    "periods": years(3),
    "countries": [{"grid_co2_kg_per_mwh": 600, "import_duty": 0.1}, UNITED_STATES],
    "sites": [
        {
            "existing_it_mw": 0.25,
            "existing_mw": 0.25,
            "max_it_mw": 3,
            "fitout_usd_per_w": 1,
            "pue": 1.2,
            "water_l_per_kwh": 1,
        },
        {
            "site": "agra",
            "existing_it_mw": 0,
            "existing_mw": 0,
            "max_it_mw": 2,
            "fitout_usd_per_w": 0.5,
            "fixed_musd": 0.5,
            "max_build_mw_per_year": 1,
            "opex_usd_per_kw_year": 50,
            "build_months": 6,
            "pue": 1.1,
        },
    ],
    "grid_offers": [
        {
            "mw": 1,
            "usd_per_kw": 100,
            "firm_share": 0.5,
            "curtailed_hours": 2000,
            "annual_usd_per_kw": 20,
            "fixed_musd": 0.1,
        },
        {"site": "agra", "mw": 2, "lead_months": 6, "usd_per_kw": 50, "min_take_share": 0.5},
    ],
    "energy_prices": [{"usd_per_mwh": 60, "network_usd_per_mwh": 5, "capacity_usd_per_kw_year": 30}],
    "profiles": day(price_index=[0.5, 1.5], solar=[0.75, 0.1], days=ALL_YEAR),
    "energy_assets": [
        {
            "asset": "gas",
            "max_mw": 1,
            "fuel_usd_per_mwh": 20,
            "efficiency": 0.5,
            "capex_usd_per_kw": 100,
            "firm_credit": 0.9,
            "max_hours_per_year": 5000,
        },
        {"site": "agra", "asset": "sun", "kind": "solar", "max_mw": 1, "capex_usd_per_kw": 200, "lead_months": 3},
    ],
    "accelerators": [
        {
            "idle_share": 0.25,
            "average_share": 0.75,
            "price_decline_per_year": 0.2,
            "maintenance_share": 0.05,
            "life_years": 2.5,
        },
        {
            "accelerator": "desi",
            "vendor_country": "IN",
            "price_usd": 1600,
            "life_years": 4,
            "lead_months": 3,
            "maintenance_share": 0.02,
        },
    ],
    "supply": [
        {"accelerator": g, "period": str(y), "max_units": n}
        for g, n in (("gpu", 900), ("desi", 350))
        for y in (2027, 2028, 2029)
    ],
    "clouds": [{"country": "US", "operator_country": "US", "usd_per_hour": 0.3, "max_units": 700, "trains": "yes"}],
    "export_rules": [{"min_tpp": 900}],
    "export_licences": [{"mtpp": 1.2, "expires_after_months": 18}],
    "rates": {"tpp": {("desi",): 500.0}},
    "models": [
        {},
        OWN,
        {
            "model": "api",
            "route": "api",
            "licence": "closed",
            "origin": "US",
            "usd_per_mtoken": 0.3,
            "max_t_per_year": 3,
        },
    ],
    "workloads": [
        {"peak_to_average": 1.5, "foreign_share_max": 0.5, "platform_usd_per_mtoken": 0.02},
        {"workload": "code", "deferrable_share": 0.5, "unserved_usd_per_mtoken": 2},
    ],
    "demand": [*demand(1, 1.5, 2), *demand(0.5, 1, 1, workload="code")],
    "sufficiency": [
        {"workload": w, "model": m, "share": share}
        for w in ("chat", "code")
        for m, share in (("open", 0.6), ("own", 1), ("api", 0.8))
    ],
    "adoption": [{"workload": "code", "start_t_per_year": 5, "uptake_t_per_year_per_musd": 3, "max_musd_per_year": 1}],
    "policies": [
        {"value": 0.5},
        {"policy": "water_ml_max", "value": 8},
        {"policy": "home_compute_share_min", "value": 0.4},
    ],
}
BUDGETS = [
    {"layer": "L1", "period": str(y), "musd": musd, "carry_share": 0.5}
    for y, musd in ((2027, 4.5), (2028, 1), (2029, 1))
]
GENERAL = {
    "discount_rate": 0.05,
    "residual_values": "yes",
    "flexible_share": 0.2,
    "unserved_usd_per_mtoken": 3.0,
    "plan_start": "2026-07",
}


def arrays_of(inputs: Inputs) -> Arrays:
    return expand(compute_lp.build(inputs))


@pytest.fixture(autouse=True, scope="module")
def short_days() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        shorten_days(patch)
        yield


def least(sheets: Sheets, **general: Any) -> float:
    status, cost, _ = minimum(arrays_of(programme(settings={**GENERAL, **general}, **sheets)))
    return cost if status == 0 else np.inf


@cache
def as_it_is(budgets: bool) -> float:
    return least({**SHEETS, "budgets": BUDGETS} if budgets else SHEETS)


def changed(sheets: Sheets, sheet: str, column: str, change: Any, default: float | None) -> Sheets:
    """The sheets with a column changed wherever it has a value, stated or by default."""
    rows = []
    for row in sheets[sheet]:
        value = row.get(column, default)
        rows.append(row if value is None else {**row, column: change(value)})
    return {**sheets, sheet: rows}


LONGER = [
    ("grid_offers", "lead_months", 0),
    ("sites", "build_months", 0),
    ("energy_assets", "lead_months", 0),
    ("accelerators", "lead_months", 0),
    ("export_rules", "delay_months", 0),
]
LESS = [
    ("grid_offers", "mw", None),
    ("grid_offers", "firm_share", 1),
    ("sites", "max_build_mw_per_year", None),
    ("energy_assets", "max_mw", None),
    ("energy_assets", "firm_credit", None),
    ("energy_assets", "max_hours_per_year", None),
    ("accelerators", "availability", 1),
    ("accelerators", "life_years", 10),
    ("supply", "max_units", None),
    ("clouds", "max_units", None),
    ("export_licences", "mtpp", None),
    ("export_licences", "expires_after_months", None),
    ("models", "max_run_months", None),
    ("models", "shelf_months", None),
    ("models", "max_t_per_year", None),
    ("workloads", "foreign_share_max", 1),
    ("adoption", "start_t_per_year", None),
    ("adoption", "uptake_t_per_year_per_musd", None),
    ("adoption", "max_musd_per_year", None),
    ("budgets", "musd", None),
    ("budgets", "carry_share", None),
]
DEARER = [
    ("grid_offers", "usd_per_kw", 0),
    ("grid_offers", "annual_usd_per_kw", 0),
    ("grid_offers", "fixed_musd", 0),
    ("sites", "fitout_usd_per_w", 0),
    ("sites", "fixed_musd", 0),
    ("sites", "opex_usd_per_kw_year", 0),
    ("energy_prices", "usd_per_mwh", None),
    ("energy_prices", "network_usd_per_mwh", None),
    ("energy_prices", "capacity_usd_per_kw_year", None),
    ("energy_assets", "capex_usd_per_kw", 0),
    ("energy_assets", "fuel_usd_per_mwh", None),
    ("accelerators", "price_usd", 1000),
    ("accelerators", "maintenance_share", None),
    ("countries", "import_duty", None),
    ("clouds", "usd_per_hour", None),
    ("models", "usd_per_mtoken", None),
    ("workloads", "platform_usd_per_mtoken", None),
    ("workloads", "unserved_usd_per_mtoken", None),
]
HUNGRIER = [
    ("sites", "pue", None),
    ("accelerators", "average_share", None),
    ("models", "work_zflop", None),
    ("models", "overhead", None),
    ("workloads", "peak_to_average", 1),
    ("grid_offers", "min_take_share", None),
    ("countries", "grid_co2_kg_per_mwh", None),
    ("sites", "water_l_per_kwh", None),
]


def names(rows: Sequence[tuple[str, str, Any]]) -> list[str]:
    return [f"{sheet}.{column}" for sheet, column, _ in rows]


LONGEST, LEAST, DEAREST, HUNGRIEST = 24, 0.1, 5.0, 1.3
"""The far end of each direction: months, and factors."""


@cache
def at_the_end(sheet: str, column: str, default: float | None, end: float) -> float:
    return moved(sheet, column, default, end)


def moved(sheet: str, column: str, default: float | None, by: float) -> float:
    """Least cost with a column made longer by months, or changed by a factor."""
    change = (lambda wait: wait + by) if "months" in column and default == 0 else (lambda value: value * by)
    sheets = {**SHEETS, "budgets": BUDGETS} if sheet == "budgets" else SHEETS
    return least(changed(sheets, sheet, column, change, default))


def only_worsens(sheet: str, column: str, default: float | None, by: float, end: float) -> None:
    """A step costs no less than none, the whole way no less than a step, and more than none."""
    before, after, last = (
        as_it_is(sheet == "budgets"),
        moved(sheet, column, default, by),
        at_the_end(sheet, column, default, end),
    )
    assert before - NOISE * before <= after <= last + NOISE * last
    assert before < last - NOISE * before


@pytest.mark.parametrize(("sheet", "column", "default"), LONGER, ids=names(LONGER))
@FEW
@given(months=st.integers(1, LONGEST - 1))
def test_a_longer_wait_never_improves_a_plan(sheet: str, column: str, default: float, months: int) -> None:
    only_worsens(sheet, column, default, months, LONGEST)


@pytest.mark.parametrize(("sheet", "column", "default"), LESS, ids=names(LESS))
@FEW
@given(factor=st.floats(LEAST, 0.99))
def test_less_of_what_there_is_never_improves_a_plan(sheet: str, column: str, default: Any, factor: float) -> None:
    only_worsens(sheet, column, default, factor, LEAST)


@pytest.mark.parametrize(("sheet", "column", "default"), DEARER, ids=names(DEARER))
@FEW
@given(factor=st.floats(1.01, DEAREST))
def test_a_dearer_price_never_improves_a_plan(sheet: str, column: str, default: Any, factor: float) -> None:
    only_worsens(sheet, column, default, factor, DEAREST)


@pytest.mark.parametrize(("sheet", "column", "default"), HUNGRIER, ids=names(HUNGRIER))
@FEW
@given(factor=st.floats(1.01, HUNGRIEST))
def test_greater_needs_never_improve_a_plan(sheet: str, column: str, default: Any, factor: float) -> None:
    only_worsens(sheet, column, default, factor, HUNGRIEST)


@FEW
@given(factor=st.floats(0.1, 0.99))
def test_a_lower_ceiling_and_a_higher_floor_never_improve_a_plan(factor: float) -> None:
    ceilings = [{**row, "value": row["value"] * factor} for row in SHEETS["policies"][:2]]
    floor = {**SHEETS["policies"][2], "value": 1 - (1 - SHEETS["policies"][2]["value"]) * factor}
    for policies in (ceilings + list(SHEETS["policies"][2:]), [*SHEETS["policies"][:2], floor]):
        assert least({**SHEETS, "policies": policies}) >= as_it_is(False) * (1 - NOISE)


@FEW
@given(
    workload=st.sampled_from(["chat", "code"]),
    period=st.sampled_from(["2027", "2028", "2029"]),
    factor=st.floats(1.05, 3),
)
def test_more_demand_with_a_value_never_lowers_the_cost(workload: str, period: str, factor: float) -> None:
    more = [
        {**row, "output_t_per_year": row["output_t_per_year"] * factor}
        if (row["workload"], row["period"]) == (workload, period)
        else row
        for row in SHEETS["demand"]
    ]
    assert least({**SHEETS, "demand": more}) >= as_it_is(False) * (1 - NOISE)


def money(factor: float, inputs: Inputs) -> Inputs:
    """The inputs with every column of money, as the schema's units say, times a factor."""
    tables, general = dict(inputs.tables), dict(inputs.settings)
    for table in compute_lp.TABLES:
        for column in table.columns:
            numerator, *denominators = column.unit.split("/")
            times = factor if "USD" in numerator else 1 / factor if any("USD" in d for d in denominators) else None
            if times is None:
                continue
            if table.settings:
                general[column.name] *= times
            else:
                tables[table.name] = tables[table.name].assign(**{column.name: tables[table.name][column.name] * times})
    return Inputs(tables, general, inputs.derived)


@FEW
@given(factor=st.floats(0.2, 5))
def test_all_money_in_another_currency_scales_the_cost_and_changes_no_plan(factor: float) -> None:
    inputs = programme(settings=GENERAL, **SHEETS, budgets=BUDGETS)
    before, after = arrays_of(inputs), arrays_of(money(factor, inputs))
    (_, cost, _), (_, scaled, x) = minimum(before), minimum(after)
    assert scaled == pytest.approx(factor * cost)
    # Its plan, money taken back, is as good a plan before.
    monetary = np.ones(len(x))
    for name, block in after.columns.items():
        if "musd" in name or name in ("adoption.adopt", "budget.carried"):
            monetary[block.slice] = 1 / factor
    assert before.cost @ (x * monetary) + before.offset == pytest.approx(cost)


def test_all_money_of_everything_scales_its_cost() -> None:
    inputs = everything(integers="none")
    before, after = minimum(arrays_of(inputs)), minimum(arrays_of(money(3.0, inputs)))
    assert after[1] == pytest.approx(3 * before[1])
