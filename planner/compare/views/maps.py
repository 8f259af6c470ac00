"""Difference maps: halls and connections by site and period, accelerators by kind and period, against the base."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from planner.compare.cases import Case
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
    found = []
    for quantity, unit, table, column, item in MAPS:
        before = _by_item(base, table, column, item).rename(columns={"value": "base"}).drop(columns="period")
        for case in among:
            if case is base or not case.exists:
                continue
            own = _by_item(case, table, column, item)
            starts = set(base.calendar["start"]) & set(case.calendar["start"])
            both = own.merge(before, on=["item", "start"], how="outer", sort=False)
            both = both[both["start"].isin(starts)].fillna({"value": 0.0, "base": 0.0})
            labels = case.calendar.set_index("start")["period"]
            both["period"] = both["start"].map(labels)
            both = both.assign(scenario=case.name, quantity=quantity, unit=unit)
            size = both[["value", "base"]].abs().max(axis=1).groupby(both["item"]).transform("max")
            difference = both["value"] - both["base"]
            both["difference"] = difference.where(difference.abs() > ROUNDING * size.clip(lower=1.0), 0.0)
            found.append(both[size > NOTABLE])
    return pd.concat(found, ignore_index=True)[list(COLUMNS)] if found else pd.DataFrame(columns=list(COLUMNS))


def _by_item(case: Case, table: str, column: str, item: str) -> pd.DataFrame:
    """`item`, `period`, `start`, `value`."""
    rows = case.table(table)
    if rows.empty:
        return pd.DataFrame({"item": [], "period": [], "start": [], "value": []}).astype({"item": str, "start": str})
    sums = rows.groupby([item, "period"], sort=False)[column].sum().rename("value").reset_index()
    sums = sums.rename(columns={item: "item"})
    return case.calendar[["period", "start"]].merge(sums, on="period", how="inner")[
        ["item", "period", "start", "value"]
    ]
