"""Difference maps: halls and connections by site and period, accelerators by kind and period, against the base."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from planner.compare.cases import Case, by_scenario, calendars, stacked
from planner.wording import NOTABLE

ROUNDING = 1e-6
"""Of an item's largest value: a difference below it is only rounding."""
COLUMNS = ("scenario", "quantity", "unit", "item", "period", "start", "value", "base", "difference")
"""A row a scenario, quantity, item (a site or a kind of accelerator) and period; of periods that both plans have, told
apart by their start. The base is left out."""
MAPS = (
    ("halls", "MW", "siting", "hall_mw", "site"),
    ("new connections", "MW", "grid", "connected_mw", "site"),
    ("accelerators bought", "units", "procurement", "buy_units", "accelerator"),
    ("accelerators in service", "units", "procurement", "installed_units", "accelerator"),
)
"""Quantity, unit, result table, column, and the key that is an item."""


def maps(among: Sequence[Case], base: Case) -> pd.DataFrame:
    """How every plan but the base's differs, cell by cell; items that are nothing in both are left out."""
    planned = [case for case in among if case.exists and case is not base]
    if not planned:
        return pd.DataFrame(columns=list(COLUMNS))
    calendar = calendars(planned)
    shared = calendar[calendar["start"].isin(base.calendar["start"])].drop(columns="years")
    found = []
    for quantity, unit, table, column, item in MAPS:
        own = _by_item(planned, calendar, table, column, item)
        before = _by_item([base], calendars([base]), table, column, item).rename(columns={"value": "base"})
        each = before.drop(columns="scenario").merge(calendar[["scenario"]].drop_duplicates(), how="cross")
        both = own.merge(each, on=["scenario", "item", "start"], how="outer", sort=False)
        both = both.merge(shared, on=["scenario", "start"], how="inner").fillna({"value": 0.0, "base": 0.0})
        of_item = [both["scenario"], both["item"]]
        size = both[["value", "base"]].abs().max(axis=1).groupby(of_item).transform("max")
        difference = both["value"] - both["base"]
        both["difference"] = difference.where(difference.abs() > ROUNDING * size.clip(lower=1.0), 0.0)
        found.append(by_scenario(both.assign(quantity=quantity, unit=unit)[size > NOTABLE], planned))
    return pd.concat(found, ignore_index=True)[list(COLUMNS)]


def _by_item(among: Sequence[Case], calendar: pd.DataFrame, table: str, column: str, item: str) -> pd.DataFrame:
    """`scenario`, `start`, `item`, `value`."""
    keys = ["scenario", "period"]
    rows = stacked(among, table, [item, "period", column])
    sums = rows.groupby([item, *keys], sort=False)[column].sum().astype(float).rename("value").reset_index()
    found = calendar[[*keys, "start"]].merge(sums, on=keys, how="inner").rename(columns={item: "item"})
    return found.drop(columns="period")
