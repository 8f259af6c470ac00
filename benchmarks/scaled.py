"""Programmes of any size, made of a shipped one: rows copied under new names, or left out.

What the copies say is that of their originals, so the figures of a plan mean nothing; its size and shape do: the same
kinds of sites, machines and hours as in the workbook, more or fewer of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

import compute_lp
from compute_lp.calendar import DAYS_PER_YEAR, HOURS_PER_DAY
from compute_lp.schema import Inputs

Tables = dict[str, pd.DataFrame]
LISTS = {"sites": "site", "accelerators": "accelerator", "workloads": "workload"}
"""Sheets whose rows may be copied under new names, and the column with the name."""
PER_COPY = 0.98
"""What each copy of a typical day has of the day before it, so that the calendar doesn't merge them."""
SHAPES = ("price_index", "solar", "wind")


def scaled(inputs: Inputs, *, periods: int | None = None, days: int | None = None, **counts: int) -> Inputs:
    """Inputs with so many sites, accelerators or workloads (`counts`), yearly periods and typical days.

    What isn't named stays as it is. Scenarios go: they name rows that may not be there. Raises KeyError for a list
    that can't be scaled.
    """
    tables = {name: frame.iloc[:0] if name.startswith("scenario") else frame for name, frame in inputs.tables.items()}
    for sheet, count in counts.items():
        tables = _counted(tables, sheet, LISTS[sheet], count)
    if periods is not None:
        tables = _with_periods(tables, periods)
    if days is not None:
        tables["profiles"] = _with_days(tables["profiles"], days)
        inputs = with_settings(inputs, representative_days=float(days))
        tables["programme"] = inputs.tables["programme"]
    return replace(inputs, tables=tables, cells={})


def _counted(tables: Tables, sheet: str, key: str, count: int) -> Tables:
    names = [str(name) for name in tables[sheet][key]]
    kept = names[:count]
    copies: dict[str, str] = {}
    for number in itertools.count(2):
        for name in names:
            if len(kept) + len(copies) == count:
                return _named(tables, sheet, key, kept, copies)
            copies[f"{name} {number}"] = name
    raise AssertionError("the count is reached before the numbers end")


def _named(tables: Tables, sheet: str, key: str, kept: list[str], copies: Mapping[str, str]) -> Tables:
    """Tables with the rows of `kept` and, under new names, those of `copies`: the list itself and every sheet of which
    the name is a key. Where it is none (a cloud's accelerator) rows stay, with another name in place of a lost one."""
    made = dict(tables)
    for table in compute_lp.TABLES:
        for column in table.columns:
            if not ((table.name == sheet and column.name == key) or f"{sheet}.{key}" in column.refers_to):
                continue
            frame = made[table.name]
            if not column.key:
                lost = ~frame[column.name].isin([*kept, ""])
                made[table.name] = frame.assign(**{column.name: frame[column.name].mask(lost, kept[0])})
                continue
            rows = dict(list(frame.groupby(column.name, sort=False)))
            parts = [frame[frame[column.name].isin([*kept, ""])]]
            parts += [rows[old].assign(**{column.name: new}) for new, old in copies.items() if old in rows]
            made[table.name] = pd.concat(parts, ignore_index=True)
    return made


def _with_periods(tables: Tables, count: int) -> Tables:
    """The first periods, or as many more of a year each as are needed, like the last."""
    periods = tables["periods"]
    kept = [str(name) for name in periods["period"][:count]]
    last = str(periods["period"].iloc[-1])
    first_year = int(str(periods["start"].iloc[-1])[:4]) + round(float(periods["years"].iloc[-1]))
    starts = {str(first_year + i): f"{first_year + i}-01" for i in range(max(0, count - len(periods)))}
    made = _named(tables, "periods", "period", kept, dict.fromkeys(starts, last))
    frame = made["periods"].copy()
    added = frame["period"].isin(list(starts))
    frame.loc[added, "start"] = frame.loc[added, "period"].map(starts)
    frame.loc[added, "years"] = 1.0
    return made | {"periods": frame}


def _with_days(profiles: pd.DataFrame, count: int) -> pd.DataFrame:
    """As many days as are asked for, those beyond the workbook's a little lower each; every day stands for as many."""
    if count * HOURS_PER_DAY * profiles["zone"].nunique() <= len(profiles):
        return profiles
    parts = []
    for _, rows in profiles.groupby("zone", sort=False):
        there = len(rows) // HOURS_PER_DAY
        of_day = np.arange(count)
        at = (of_day % there)[:, None] * HOURS_PER_DAY + np.arange(HOURS_PER_DAY)
        part = rows.sort_values("hour").iloc[at.ravel()].reset_index(drop=True)
        lower = np.repeat(PER_COPY ** (of_day // there), HOURS_PER_DAY)
        part[list(SHAPES)] = part[list(SHAPES)].mul(lower, axis=0)
        parts.append(part.assign(hour=np.arange(1.0, len(part) + 1), days=DAYS_PER_YEAR / count))
    return pd.concat(parts, ignore_index=True)


def with_settings(inputs: Inputs, **values: Any) -> Inputs:
    """Inputs with other settings, on the sheet too, as it would be written."""
    frame = inputs.tables["programme"]
    rows = pd.DataFrame({"key": list(values), "value": [str(value) for value in values.values()]}, dtype="str")
    kept = frame[~frame["key"].isin(rows["key"])]
    added = rows.reindex(columns=frame.columns, fill_value="").astype(frame.dtypes)
    sheet = pd.concat([kept, added], ignore_index=True)
    return replace(inputs, tables={**inputs.tables, "programme": sheet}, settings={**inputs.settings, **values})


def made_up(asked: Any) -> Any:
    """A plan of the programme with made-up values in place of solved ones, the same every time."""
    from planner.plan import Plan
    from planner.solve import Basis, Solution

    rows, columns = asked.arrays.matrix.shape
    random = np.random.default_rng(7)
    basis = Basis(random.integers(0, 3, columns).astype(np.int8), random.integers(0, 3, rows).astype(np.int8))
    solution = Solution(
        status="feasible",
        x=random.uniform(0.0, 1.0, columns),
        row_dual=random.uniform(0.0, 1.0, rows),
        reduced_cost=np.zeros(columns),
        degenerate=np.zeros(rows, dtype=np.bool_),
        basis=basis,
        relaxation_basis=None,
        objective=1.0,
        bound=1.0,
        gap=0.0,
        relaxation_objective=None,
        proof={},
        log="",
        seconds={},
        solver=dict.fromkeys(("name", "version", "hipo", "method", "options"), ""),
    )
    return Plan(
        asked.inputs, asked.model, asked.arrays, solution, 1.0, (), asked.foreseen, {**asked.seconds, "solving": 0.0}
    )
