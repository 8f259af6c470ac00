"""No mathematics without a test: each constraint, left out, makes some small programme cheaper, boundless or possible.

A constraint that nobody misses is either redundant or of no consequence, and its own test could not fail.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

import compute_lp
from compute_lp.family import Arrays, expand
from tests.models.features import ALL_LIMITS, BY_PART, UNITED_STATES, everything
from tests.models.programmes import day, demand, minimum, programme, shorten_days, years

BARE = {"existing_mw": 0}
NO_COVER = {"existing_mw": 0, "flexible_cover_share": 1}
STAGES = [{"mw": 5, "usd_per_kw": 100, "fixed_musd": 1}, {"stage": 2, "mw": 10, "fixed_musd": 2}]
TWO_OF_STAGES = {"sites": [BARE], "grid_offers": STAGES, "demand": demand(6, 6)}
WHOLE_STAGES = {"settings": {"integers": "stages"}}
DEAR_CHIPS = [{"price_usd": 1e8}]
SHORT_LIVED = [{"life_years": 1}]
PRICE = [{"usd_per_mwh": 60}]
BATTERY = {"kind": "battery", "max_mw": 0.1, "storage_hours": 10}
OWN = {"model": "own", "route": "pretrain", "work_zflop": 8.76, "overhead": 1, "max_run_months": 6}
ONLY_OWN = {"models": [OWN], "sufficiency": [{"model": "own"}], "demand": demand(0, 1)}
CAN_WAIT = {
    "workloads": [{"deferrable_share": 1}],
    "settings": {"flexible_share": 0.2},
    "accelerators": [{"price_usd": 0}],
    "energy_prices": PRICE,
}
FREE_CLOUD = {
    "countries": [{}, UNITED_STATES, {"country": "XX", "group": "other"}],
    "clouds": [{"country": "XX", "operator_country": "IN", "usd_per_hour": 0}],
}


def limited(name: str, **cloud: Any) -> dict[str, Any]:
    return {**FREE_CLOUD, "workloads": [{name: ALL_LIMITS[name]}], "clouds": [{**FREE_CLOUD["clouds"][0], **cloud}]}


HOME_CHIPS = [{"vendor_country": "IN"}, {"accelerator": "far", "vendor_country": "XX", "price_usd": 1e8}]
WHERE: Mapping[str, dict[str, Any]] = {
    "budget.within_budget": {"budgets": [{"layer": "L1", "musd": 0.5}]},
    "budget.at_least": {"budgets": [{"layer": "L1", "musd": 9, "min_musd": 3}]},
    "budget.carried_from_leftover": {
        "budgets": [{"layer": "L1", "musd": 1, "carry_share": 0.5}, {"layer": "L1", "period": "2028", "musd": 1}],
        "accelerators": SHORT_LIVED,
        "demand": demand(0, 9),
    },
    "clouds.within_market": {
        "accelerators": DEAR_CHIPS,
        "clouds": [{"term_years": 2, "max_units": 600}],
        "demand": demand(0.5, 1),
    },
    "energy.charge_within_power": {
        "energy_prices": PRICE,
        "energy_assets": [BATTERY],
        "profiles": day(price_index=[0] + [24 / 23] * 23),
    },
    "energy.discharge_within_power": {
        "energy_prices": PRICE,
        "energy_assets": [BATTERY],
        "profiles": day(price_index=[24] + [0] * 23),
    },
    "energy.within_store": {
        "energy_prices": PRICE,
        "energy_assets": [{**BATTERY, "storage_hours": 2}],
        "profiles": day(price_index=[6] * 4 + [0] * 20),
    },
    "energy.within_asset": {"energy_prices": PRICE, "energy_assets": [{"max_mw": 0.4}]},
    "energy.permitted_hours": {"energy_prices": PRICE, "energy_assets": [{"max_mw": 1, "max_hours_per_year": 4380}]},
    "energy.credit_has_a_source": {
        "sites": [BARE],
        "grid_offers": [{"mw": 2, "firm_share": 0.5}],
        "energy_assets": [{**BATTERY, "max_mw": 4, "firm_credit": 0.5}, {"asset": "gas"}],
        "demand": demand(3, 3),
    },
    "export_control.every_import_is_licensed": {"export_rules": [{}]},
    "export_control.investment_matches": {
        "countries": [{}, UNITED_STATES],
        "sites": [{}, {"site": "ohio", "country": "US", "existing_it_mw": 0, "fitout_usd_per_w": 8}],
        "export_rules": [{"outcome": "free", "matched_investment": 2}],
    },
    "export_control.within_pot": {"export_rules": [{}], "export_licences": [{"mtpp": 0.5}]},
    "export_control.within_pot_units": {"export_rules": [{}], "export_licences": [{"units": 500}]},
    "grid.begun_in_order": {**TWO_OF_STAGES, **WHOLE_STAGES},
    "grid.begun_once": {
        # A stage begun a second time would be the only way to spend what must be spent.
        **WHOLE_STAGES,
        "grid_offers": [{"fixed_musd": 1}],
        "accelerators": [{"price_usd": 0}],
        "budgets": [{"musd": 1, "min_musd": 1}, {"period": "2028", "musd": 1, "min_musd": 1}],
    },
    "grid.beyond_surplus": {"energy_prices": [{"usd_per_mwh": 60, "surplus_mw": 0.4, "usd_per_mwh_beyond": 80}]},
    "grid.stages_in_order": TWO_OF_STAGES,
    "grid.take_or_pay": {
        "sites": [BARE],
        "grid_offers": [{"mw": 1, "min_take_share": 0.5}],
        "energy_prices": PRICE,
        "energy_assets": [{}],
    },
    "grid.within_connection": {
        "sites": [NO_COVER],
        "grid_offers": [{"firm_share": 0.6, "curtailed_hours": 1460, "usd_per_kw": 1000}],
    },
    "loads.within_ceiling": {"settings": {"serving_hours": " ".join([f"{1 / 36}"] * 12 + [f"{2 / 36}"] * 12)}},
    "loads.ceiling_is_reached": {"settings": {"serving_hours": " ".join([f"{1 / 36}"] * 12 + [f"{2 / 36}"] * 12)}},
    "loads.not_above": {**CAN_WAIT, "profiles": day(price_index=[0] * 6 + [1] * 18)},
    "loads.not_below": {**CAN_WAIT, "profiles": day(price_index=[0] * 18 + [1] * 6)},
    "procurement.cohort_stands": {"fleet": [{"units": 500}]},
    "procurement.finds_buyers": {
        "accelerators": [{"resale_loss_per_year": 0.2, "resale_max_share": 0.5}],
        "demand": demand(1, 0),
    },
    "procurement.within_supply": {"supply": [{"max_units": 600}]},
    "serving.foreign_place_within_share": limited("foreign_share_max"),
    "serving.foreign_operator_within_share": limited("foreign_share_max", country="IN", operator_country="XX"),
    "serving.non_allied_place_within_share": limited("non_allied_share_max"),
    "serving.non_allied_operator_within_share": limited("non_allied_share_max", country="IN", operator_country="XX"),
    "serving.foreign_vendor_within_share": {
        **limited("foreign_vendor_share_max", accelerator="far"),
        "accelerators": HOME_CHIPS,
    },
    "serving.non_allied_vendor_within_share": {
        **limited("non_allied_vendor_share_max", accelerator="far"),
        "accelerators": HOME_CHIPS,
    },
    "serving.within_model": {
        "models": [{"model": "api", "route": "api", "licence": "closed", "max_t_per_year": 4}],
        "sufficiency": [{"model": "api"}],
    },
    "siting.opened_once": {"sites": [{"existing_it_mw": 0, "max_it_mw": 10}], "demand": demand(20, 20)},
    "sovereignty.home_compute": {**FREE_CLOUD, "policies": [{"policy": "home_compute_share_min", "value": 0.4}]},
    "sovereignty.vendor_share": {
        "accelerators": [{}, {"accelerator": "desi", "vendor": "D", "price_usd": 3000}],
        "policies": [{"policy": "vendor_share_max", "value": 0.6}],
    },
    "sovereignty.within_carbon": {"countries": [{"grid_co2_kg_per_mwh": 500}], "policies": [{"value": 2}]},
    "sovereignty.within_water": {
        "sites": [{"water_l_per_kwh": 1}],
        "policies": [{"policy": "water_ml_max", "value": 2}],
    },
    "training.one_site_in_time": ONLY_OWN,
    "training.runs_at_most": {
        **ONLY_OWN,
        "models": [{**OWN, "shelf_months": 12, "max_runs": 1}],
        "periods": years(3),
        "demand": demand(0, 1, 1),
    },
}
"""Programmes in which a constraint is missed where the general ones below don't miss it."""


@cache
def general() -> dict[str, tuple[Arrays, float]]:
    """The programmes of `features`, with days of two hours, and their least cost; the largest last."""
    with pytest.MonkeyPatch.context() as patch:
        shorten_days(patch)
        given = {part: programme(**changes) for part, changes in BY_PART.items()} | {"everything": everything()}
        arrays = {name: expand(compute_lp.build(inputs)) for name, inputs in given.items()}
    return {name: (one, minimum(one)[1]) for name, one in arrays.items()}


FAMILIES = sorted({name for arrays, _ in general().values() for name in arrays.rows})


def without_rule(name: str) -> str:
    """Name of a constraint without the export rule that it stands for."""
    return name.partition("_matches_")[0] + "_matches" if "_matches_" in name else name


def is_missed(arrays: Arrays, least: float, name: str) -> bool:
    """Whether a programme without that constraint costs less, has no least cost, or has one where it had none."""
    kept = np.ones(len(arrays.row_lower), dtype=bool)
    kept[arrays.rows[name].slice] = False
    without = dataclasses.replace(
        arrays, matrix=arrays.matrix[kept], row_lower=arrays.row_lower[kept], row_upper=arrays.row_upper[kept]
    )
    status, cost, _ = minimum(without)
    if np.isnan(least):
        return status == 0
    return status != 0 or cost < least - 1e-6 * max(1.0, abs(least))


@pytest.mark.parametrize("name", FAMILIES)
def test_a_constraint_is_missed_where_it_is_left_out(name: str) -> None:
    if without_rule(name) in WHERE:
        arrays = expand(compute_lp.build(programme(**WHERE[without_rule(name)])))
        assert is_missed(arrays, minimum(arrays)[1], name)
        return
    part = name.split(".")[0]
    order = sorted(general(), key=lambda one: (one == "everything", one != part))
    assert any(is_missed(*general()[one], name) for one in order if name in general()[one][0].rows)


def test_programmes_are_named_after_constraints_that_exist() -> None:
    assert WHERE.keys() <= {without_rule(name) for name in FAMILIES}
