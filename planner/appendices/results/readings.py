"""What is read from the plan's own arrays, where the result tables don't tell it: values, entries of ledgers, limits.

Amounts are in the programme's units: MW, thousand accelerators, million hours, T tokens, MUSD, MTPP.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from compute_lp.schema import Floats
from planner.appendices.material import Material
from planner.plan import Plan
from planner.results import labels
from planner.wording import NOTABLE

HOME = "home"
AT_LIMIT = 1e-6
"""Share of a limit by which a row may stay below it and still stands at it: the solver's own tolerance."""


def reading(plan: Plan, name: str) -> pd.DataFrame:
    """Keys of a variable or total, by qualified name, and its `value`; without rows where the programme has none."""
    if name in plan.arrays.columns:
        block = plan.arrays.columns[name]
        return _keyed(plan, block.index, plan.solution.x[block.slice])
    if name in plan.arrays.totals:
        total = plan.arrays.totals[name]
        return _keyed(plan, total.index, total.at(plan.solution.x))
    raise KeyError(f"the programme has neither decisions nor totals called {name!r}")


def entry(plan: Plan, total: str, name: str) -> pd.DataFrame:
    """Keys of an entry of a ledger ("money", "L1|accelerators") and its `value`, undiscounted, before it is spread over
    periods; without rows where the programme has no such entry."""
    found = plan.arrays.totals[total].entries.get(name)
    return pd.DataFrame() if found is None else _keyed(plan, found.index, found.at(plan.solution.x))


def at_limit(plan: Plan, name: str) -> pd.DataFrame:
    """Keys of the rows of a constraint, and whether each stands `at_limit`; without rows where there is none."""
    if name not in plan.arrays.rows:
        return pd.DataFrame(columns=["at_limit"])
    block = plan.arrays.rows[name]
    rows = plan.arrays.matrix.tocsr()[block.slice]
    activity = rows @ plan.solution.x
    lower, upper = plan.arrays.row_lower[block.slice], plan.arrays.row_upper[block.slice]
    room = np.minimum(activity - lower, upper - activity)
    size = abs(rows) @ np.abs(plan.solution.x)
    keys = labels(plan, block.index)
    return keys.assign(at_limit=(room <= AT_LIMIT * np.maximum(size, 1.0)) & (size > NOTABLE))


def flow_factors(plan: Plan) -> dict[str, float]:
    """By period: what a period's sum that flows evenly is worth at plan start, per unit."""
    return dict(zip(plan.model.PERIODS.labels(), map(float, plan.model.calendar.flow_factor), strict=True))


def places(material: Material) -> pd.DataFrame:
    """Sites and clouds by name: `country`, `operator` (its country), `owned`, `at_home`, `home_operator`."""
    sites, clouds, countries = (material.inputs[name] for name in ("sites", "clouds", "countries"))
    home = str(material.inputs.settings["home"])
    operator = dict(zip(countries["country"], countries["operator"].replace("", home), strict=True))
    owned = pd.DataFrame(
        {"country": sites["country"], "operator": sites["country"].map(operator), "owned": True}
    ).set_index(sites["site"].astype(str))
    rented = pd.DataFrame(
        {"country": clouds["country"], "operator": clouds["operator_country"], "owned": False}
    ).set_index(clouds["cloud"].astype(str))
    both = pd.concat([owned, rented])
    groups = group_of(material)
    return both.assign(
        at_home=both["country"].map(groups).eq(HOME), home_operator=both["operator"].map(groups).eq(HOME)
    )


def group_of(material: Material) -> dict[str, str]:
    """Group of each country: home, allied, haven, other."""
    countries = material.inputs["countries"]
    return dict(zip(countries["country"], countries["group"], strict=True))


def rate_of(material: Material, rate: str) -> dict[str, float]:
    """An engineering rate of each accelerator: `tpp`, `h100e_8bit`."""
    rates = material.inputs.rates("accelerator_rates")
    return dict(zip(rates["accelerator"].astype(str), rates[rate].astype(float), strict=True))


def compute(material: Material) -> pd.DataFrame:
    """A row an accelerator, place and period with machines: `units`, `h100e`, and `hours` that can be used."""
    accelerators, clouds = material.inputs["accelerators"], material.inputs["clouds"]
    owned = material.table("procurement")
    owned = owned[["accelerator", "site", "period"]].assign(units=owned["installed_units"])
    chip = dict(zip(clouds["cloud"].astype(str), clouds["accelerator"].astype(str), strict=True))
    rented = material.table("clouds")
    rented = pd.DataFrame(
        {
            "accelerator": rented["cloud"].map(chip),
            "site": rented["cloud"],
            "period": rented["period"],
            "units": rented["rented_units"],
        }
    )
    both = pd.concat([frame for frame in (owned, rented) if len(frame)] or [owned], ignore_index=True)
    both = both[both["units"] > NOTABLE]
    availability = dict(zip(accelerators["accelerator"].astype(str), accelerators["availability"], strict=True))
    usable = both["accelerator"].map(availability).astype(float).where(~both["site"].isin(chip), 1.0)
    years = both["period"].map(period_years(material)).astype(float)
    return both.assign(
        h100e=both["units"] * both["accelerator"].map(rate_of(material, "h100e_8bit")).astype(float),
        hours=both["units"] * usable * 8760 * years,
    ).reset_index(drop=True)


def period_years(material: Material) -> dict[str, float]:
    """Length of each period."""
    return dict(zip(material.periods, material.inputs["periods"]["years"].astype(float), strict=True))


def period_starts(material: Material) -> dict[str, str]:
    """Month in which each period starts, YYYY-MM."""
    return dict(zip(material.periods, material.inputs["periods"]["start"].str[:7], strict=True))


def _keyed(plan: Plan, index: Any, values: Floats) -> pd.DataFrame:
    keys = labels(plan, index)
    return keys.assign(value=np.where(np.abs(values) < NOTABLE * 1e-3, 0.0, values))
