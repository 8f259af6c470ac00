"""The timeseries format of the integrated-assessment community: model, scenario, region, variable, unit, years."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from planner.plan import Plan

MODEL = "planner"
SITE_VARIABLES = (
    ("siting", "hall_mw", "Capacity|Data Centre|IT", "MW", "last"),
    ("grid", "connected_mw", "Capacity|Grid Connection", "MW", "last"),
    ("procurement", "installed_units", "Capacity|Accelerators", "units", "last"),
    ("procurement", "buy_units", "Additions|Accelerators", "units", "sum"),
    ("energy", "gwh", "Secondary Energy|Electricity|Data Centre", "GWh", "sum"),
    ("training", "zflop", "Training Work", "ZFLOP", "sum"),
)
"""Table, column, variable, unit, and how the periods of a year combine."""
PROGRAMME_VARIABLES = (
    ("serving", "served_t", "Tokens Served", "T tokens", "sum"),
    ("unserved", "unserved_t", "Tokens Unserved", "T tokens", "sum"),
    ("sovereignty", "co2_kt", "Emissions|CO2", "kt", "sum"),
    ("sovereignty", "water_ml", "Water Consumption", "ML", "sum"),
)


def iamc(plan: Plan, tables: dict[str, pd.DataFrame], scenario: str) -> pd.DataFrame:
    """Result tables by country and year; a period counts in the year it starts in."""
    periods = plan.inputs["periods"]
    year = dict(zip(periods["period"], periods["start"].str[:4], strict=True))
    country = dict(zip(plan.inputs["sites"]["site"], plan.inputs["sites"]["country"], strict=True))
    country |= dict(zip(plan.inputs["clouds"]["cloud"], plan.inputs["clouds"]["country"], strict=True))
    home = str(plan.inputs.settings["home"])
    found = [
        _variable(tables[table], column, name, unit, how, year, lambda rows: rows["site"].map(country))
        for table, column, name, unit, how in SITE_VARIABLES
    ]
    found += [
        _variable(tables[table], column, name, unit, how, year, lambda rows: pd.Series(home, index=rows.index))
        for table, column, name, unit, how in PROGRAMME_VARIABLES
    ]
    cash = tables["money"][tables["money"]["period"].isin(list(year))]
    for layer, rows in cash.groupby("layer", sort=True):
        found.append(
            _variable(
                rows,
                "musd",
                f"Expenditure|{layer}",
                "MUSD",
                "sum",
                year,
                lambda rows: pd.Series(home, index=rows.index),
            )
        )
    long = pd.concat(found, ignore_index=True)
    wide = long.pivot_table(
        index=["region", "variable", "unit"], columns="year", values="value", aggfunc="sum", sort=True
    ).reset_index()
    wide.insert(0, "model", MODEL)
    wide.insert(1, "scenario", scenario)
    wide.columns.name = None
    return wide


def _variable(
    table: pd.DataFrame, column: str, name: str, unit: str, how: str, year: dict[Any, Any], region: Any
) -> pd.DataFrame:
    rows = pd.DataFrame(
        {"region": region(table), "period": table["period"], "year": table["period"].map(year), "value": table[column]}
    )
    rows = rows.groupby(["region", "year", "period"], sort=False)["value"].sum().reset_index()
    combined = rows.groupby(["region", "year"], sort=False)["value"].agg(how).reset_index()
    return combined.assign(variable=name, unit=unit, value=np.asarray(combined["value"], dtype=float))
