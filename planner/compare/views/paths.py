"""Paths by year: halls, connections, chips, compute, tokens, money, carbon and energy of each scenario, by period.

Flows are rates a year, so that periods of unequal length can be read side by side; stocks are at the period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from compute_lp.ledger import END
from planner.compare.cases import Case, all_models, by_scenario, calendars, stacked
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
    planned = [case for case in among if case.exists]
    if not planned:
        return pd.DataFrame(columns=list(COLUMNS))
    calendar = calendars(planned)
    found = [_path(planned, calendar, path) for path in PATHS]
    found += [_compute(planned, calendar), _small(planned, calendar)]
    return by_scenario(pd.concat(found, ignore_index=True)[list(COLUMNS)], planned)


def _path(planned: Sequence[Case], calendar: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Of a scenario whose table has no rows, zero in every period; of one whose rows name no part, nothing."""
    names = [path.part, "period"] if path.part else ["period"]
    rows = stacked(planned, path.table, [*names, path.column])
    rows = rows[rows["period"] != END]
    rows = rows.assign(part=rows[path.part] if path.part else "")
    keys = ["scenario", "part", "period"]
    sums = rows.groupby(keys, sort=False)[path.column].sum().astype(float).rename("value").reset_index()
    sums = sums.astype(dict.fromkeys(keys, str))
    none = [case.name for case in planned if case.table(path.table).empty]
    parts = pd.concat([sums[keys[:2]].drop_duplicates(), pd.DataFrame({"scenario": none, "part": ""}, dtype=str)])
    every = calendar.merge(parts, on="scenario", how="inner")
    told = every.merge(sums, on=keys, how="left").fillna({"value": 0.0})
    if path.flow:
        told["value"] = told["value"] / told["years"]
    return told.assign(quantity=path.quantity, unit=path.unit)


def _compute(planned: Sequence[Case], calendar: pd.DataFrame) -> pd.DataFrame:
    """All compute, in two parts: at home, whoever owns it, and abroad."""
    rows = stacked(planned, "sovereignty", ["period", "home_h100e", "compute_h100e"])
    keys = ["scenario", "period"]
    home = rows[keys].assign(part="at home", value=rows["home_h100e"])
    abroad = rows[keys].assign(part="abroad", value=rows["compute_h100e"] - rows["home_h100e"])
    told = calendar.merge(pd.concat([home, abroad]), on=keys, how="inner")
    return told.assign(quantity=COMPUTE, unit="H100e")


def _small(planned: Sequence[Case], calendar: pd.DataFrame) -> pd.DataFrame:
    """Share of tokens answered by models of at most SMALL_MODEL_B; missing where nothing is served."""
    keys = ["scenario", "period"]
    served = stacked(planned, "serving", ["model", "period", "served_t"])
    models = all_models(planned)
    pair = ["scenario", "model"]
    small = pd.MultiIndex.from_frame(models.loc[models["total_params_b"] <= SMALL_MODEL_B, pair])
    by_small = pd.MultiIndex.from_frame(served[pair]).isin(small)
    whole = served.groupby(keys)["served_t"].sum()
    part = served[by_small].groupby(keys)["served_t"].sum().reindex(whole.index, fill_value=0.0)
    share = (part / whole.where(whole > 0)).rename("value").reset_index()
    return calendar.merge(share, on=keys, how="inner").assign(quantity=SHARE, unit="share", part="")
