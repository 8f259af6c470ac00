"""Paths by year: halls, connections, chips, compute, tokens, money, carbon and energy of each scenario, by period.

Flows are rates a year, so that periods of unequal length can be read side by side; stocks are at the period.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from compute_lp.ledger import END
from planner.compare.cases import Case
from planner.results import SMALL_MODEL_B

COLUMNS = ("scenario", "quantity", "part", "unit", "period", "start", "years", "value")
"""A row a scenario, quantity, part of it ('' where it has none) and period that starts in `start` (YYYY-MM)."""


@dataclass(frozen=True)
class Path:
    """A quantity over time: a column of a result table summed by period, and by `part` where it has parts. A `flow` is
    divided by the length of its period."""

    quantity: str
    unit: str
    table: str
    column: str
    part: str = ""
    flow: bool = False


PATHS = (
    Path("halls", "MW", "siting", "hall_mw"),
    Path("new connections", "MW", "grid", "connected_mw"),
    Path("accelerators in service", "units", "procurement", "installed_units"),
    Path("rented accelerators", "units", "clouds", "rented_units"),
    Path("served", "T/year", "serving", "served_t", flow=True),
    Path("unserved", "T/year", "unserved", "unserved_t", flow=True),
    Path("spending", "M USD/year", "money", "musd", part="layer", flow=True),
    Path("carbon", "kt/year", "sovereignty", "co2_kt", flow=True),
    Path("energy", "GWh/year", "energy", "gwh", flow=True),
)
COMPUTE, SHARE = "compute", "tokens from small models"


def paths(among: Sequence[Case]) -> pd.DataFrame:
    """The paths of all scenarios with a plan."""
    makers: list[Callable[[Case], pd.DataFrame]] = [_summed, _compute, _small]
    found = [make(case).assign(scenario=case.name) for case in among if case.exists for make in makers]
    return pd.concat(found, ignore_index=True)[list(COLUMNS)] if found else pd.DataFrame(columns=list(COLUMNS))


def _summed(case: Case) -> pd.DataFrame:
    return pd.concat([_path(case, path) for path in PATHS], ignore_index=True)


def _path(case: Case, path: Path) -> pd.DataFrame:
    table = case.table(path.table)
    if table.empty:
        sums = case.calendar[["period"]].assign(part="", value=0.0)
    else:
        rows = table[table["period"] != END]
        rows = rows.assign(part=rows[path.part] if path.part else "")
        sums = rows.groupby(["part", "period"], sort=False)[path.column].sum().rename("value").reset_index()
        every = sums[["part"]].drop_duplicates().merge(case.calendar[["period"]], how="cross")
        sums = every.merge(sums, on=["part", "period"], how="left").fillna({"value": 0.0})
    told = case.calendar.merge(sums, on="period", how="inner").assign(quantity=path.quantity, unit=path.unit)
    if path.flow:
        told["value"] = told["value"] / told["years"]
    return told


def _compute(case: Case) -> pd.DataFrame:
    """All compute, in two parts: at home, whoever owns it, and abroad."""
    table = case.table("sovereignty")
    home = table[["period"]].assign(part="at home", value=table["home_h100e"])
    abroad = table[["period"]].assign(part="abroad", value=table["compute_h100e"] - table["home_h100e"])
    told = case.calendar.merge(pd.concat([home, abroad]), on="period", how="inner")
    return told.assign(quantity=COMPUTE, unit="H100e")


def _small(case: Case) -> pd.DataFrame:
    """Share of tokens answered by models of at most SMALL_MODEL_B; missing where nothing is served."""
    models, served = case.inputs["models"], case.table("serving")
    small = set(models.loc[models["total_params_b"] <= SMALL_MODEL_B, "model"])
    whole = served.groupby("period")["served_t"].sum()
    part = served[served["model"].isin(small)].groupby("period")["served_t"].sum().reindex(whole.index, fill_value=0.0)
    share = (part / whole.where(whole > 0)).rename("value").reset_index()
    return case.calendar.merge(share, on="period", how="inner").assign(quantity=SHARE, unit="share", part="")
