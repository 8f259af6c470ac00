"""Small complete inputs, made from what a test changes; the solved plan; and days of two hours for texts.

The smallest programme has round numbers. One site, delhi, with 100 MW of halls and of firm connection for nothing,
and energy for nothing. One accelerator, gpu: 1,000 of them (1 k) draw 1 MW, cost 1 MUSD, have 8.76 Mh a year and give
one T of tokens an Mh. One model that answers all of one workload, chat, which asks 8.76 T in each of the years 2027
and 2028: the work of 1 k. So its optimum is 1 k bought in 2027, for 1 MUSD. Money isn't discounted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

import compute_lp
from compute_lp.family import Arrays, expand
from compute_lp.schema import REQUIRED, Column, InputError, Inputs, Table

Row = Mapping[str, Any]
Tables = Mapping[str, pd.DataFrame]

SETTINGS: Row = {
    "name": "small",
    "home": "IN",
    "base_year": 2027,
    "plan_start": "2027-01",
    "discount_rate": 0.0,
    "objective": "least_cost",
    "grid_delay": "central",
    "flexible_share": 0.0,
    "integers": "none",
    "unserved_usd_per_mtoken": 1000.0,
    "residual_values": "no",
}
EXAMPLE: Mapping[str, Row] = {
    "periods": {"period": "2027", "start": "2027-01", "years": 1},
    "countries": {"country": "IN", "group": "home"},
    "sites": {
        "site": "delhi",
        "country": "IN",
        "zone": "north",
        "max_it_mw": 100,
        "existing_it_mw": 100,
        "build_months": 0,
        "fitout_usd_per_w": 0,
        "pue": 1,
        "existing_mw": 100,
    },
    "grid_offers": {"site": "delhi", "stage": 1, "mw": 10, "lead_months": 0},
    "energy_prices": {"zone": "north", "usd_per_mwh": 0},
    "profiles": {"zone": "north"},
    "energy_assets": {"site": "delhi", "asset": "plant", "kind": "gas_turbine", "max_mw": 10, "lead_months": 0},
    "accelerators": {
        "accelerator": "gpu",
        "vendor": "V",
        "vendor_country": "US",
        "release": "2020-01",
        "price_usd": 1000,
        "price_date": "2027-01",
        "lead_months": 0,
        "life_years": 10,
        "availability": 1,
        "bf16_tflops": 1000,
        "memory_gb": 80,
        "bandwidth_tb_s": 3,
        "tdp_w": 700,
        "nameplate_kw": 1,
        "idle_share": 0,
        "average_share": 1,
    },
    "supply": {"accelerator": "gpu", "period": "2027", "max_units": 1000},
    "fleet": {"site": "delhi", "accelerator": "gpu", "installed": "2026-01", "units": 1000},
    "clouds": {
        "cloud": "hyper",
        "country": "IN",
        "operator_country": "IN",
        "accelerator": "gpu",
        "usd_per_hour": 1,
        "max_units": 100_000,
    },
    "export_rules": {"rule": "rule", "destination": "IN", "outcome": "licence"},
    "export_licences": {"licence": "pot", "rule": "rule", "destination": "IN", "allocated": "2027-01"},
    "export_caps": {"cap": "cap", "rule": "rule", "destination": "IN", "kind": "stock"},
    "models": {
        "model": "open",
        "class": "small",
        "route": "adopt",
        "total_params_b": 8,
        "active_params_b": 8,
        "licence": "open",
    },
    "training_efficiency": {"model": "open", "accelerator": "gpu", "mfu": 0.4},
    "workloads": {"workload": "chat", "latency": "interactive", "peak_to_average": 1},
    "demand": {"workload": "chat", "period": "2027", "input_t_per_year": 0, "output_t_per_year": 8.76},
    "sufficiency": {"workload": "chat", "model": "open", "share": 1},
    "throughput": {"model": "open", "accelerator": "gpu", "output_tokens_per_s": 100},
    "adoption": {"workload": "chat", "start_t_per_year": 1},
    "budgets": {"layer": "total", "period": "2027", "musd": 100},
    "policies": {"policy": "carbon_kt_max", "value": 100},
}
"""A row of each sheet; rows that a test gives state only what differs from it."""

YEARS = ({"period": "2027"}, {"period": "2028", "start": "2028-01"})
SMALLEST: Mapping[str, Sequence[Row]] = {
    "periods": YEARS,
    **{
        name: [{}]
        for name in ("countries", "sites", "energy_prices", "accelerators", "models", "workloads", "sufficiency")
    },
    "demand": [{"period": "2027"}, {"period": "2028"}],
}
MH_A_YEAR = 8.76
"""Million hours that a thousand accelerators have in a year, and the T of tokens that they give."""


def demand(*t_per_year: float, workload: str = "chat", first: int = 2027) -> list[Row]:
    """Output tokens asked for in the years from 2027 on, in the work of so many thousand gpu."""
    return [
        {"workload": workload, "period": str(first + i), "output_t_per_year": MH_A_YEAR * k}
        for i, k in enumerate(t_per_year)
    ]


def years(count: int, first: int = 2027) -> list[Row]:
    return [{"period": str(year), "start": f"{year}-01"} for year in range(first, first + count)]


def day(**hourly: Sequence[float]) -> list[Row]:
    """Profile of a zone from its hours, of one day or of several typical ones with their `days`."""
    zone = hourly.pop("zone", "north")
    count = len(next(iter(hourly.values())))
    return [{"zone": zone, "hour": h + 1} | {name: values[h] for name, values in hourly.items()} for h in range(count)]


def programme(
    *,
    settings: Row | None = None,
    rates: Mapping[str, Mapping[tuple[str, ...], float]] | None = None,
    **sheets: Sequence[Row],
) -> Inputs:
    """Checked inputs: the smallest programme, its settings and sheets replaced by those given.

    `rates`, by keys that start as those of the table do: `serving` T an Mh (workload, model, accelerator), 1 unless
    given; `training` ZFLOP an Mh (model, accelerator), 1; `tpp` (accelerator), 1000, so that 1 k is 1 MTPP; `h100e`
    (accelerator), 1; `density` (accelerator), 1.
    """
    known = {table.name: table for table in compute_lp.TABLES}
    unknown = sheets.keys() - known.keys()
    if unknown:
        raise KeyError(f"there are no sheets {unknown}")
    given = {**SMALLEST, **sheets}
    tables = {name: _table(t, given.get(name, ())) for name, t in known.items() if not t.settings}
    filled = _settings(next(t for t in known.values() if t.settings), {**SETTINGS, **(settings or {})})
    inputs = Inputs(tables, filled, _derived(tables, rates or {}))
    problems = [problem for problem in compute_lp.check(inputs) if problem.severity == "error"]
    if problems:
        raise InputError(problems)
    return inputs


def _settings(table: Table, given: Row) -> dict[str, Any]:
    blank = {c.name: (np.nan if c.numeric else "") if c.default is None else c.default for c in table.columns}
    filled = {**blank, **given}
    wrong = filled.keys() - blank.keys() | {name for name, value in filled.items() if value is REQUIRED}
    if wrong:
        raise KeyError(f"settings that are unknown, or missing: {wrong}")
    return filled


def _table(table: Table, rows: Sequence[Row]) -> pd.DataFrame:
    full = [{**EXAMPLE[table.name], **row} for row in rows]
    unknown = {name for row in full for name in row} - {column.name for column in table.columns}
    if unknown:
        raise KeyError(f"{table.name} has no columns {unknown}")
    for column in sorted(table.columns, key=lambda c: bool(c.default_by or c.default_from)):
        for row in full:
            if row.get(column.name) is None:
                row[column.name] = _default(table, column, row)
    return pd.DataFrame({c.name: _column(c, [row[c.name] for row in full]) for c in table.columns})


def _column(column: Column, values: list[Any]) -> Any:
    return np.array(values, dtype=np.float64) if column.numeric else pd.array(values, dtype="str")


def _default(table: Table, column: Column, row: Row) -> Any:
    if column.default_by and row[column.default_by[0]] in column.default_by[1]:
        return column.default_by[1][row[column.default_by[0]]]
    if column.default_from:
        return row[column.default_from]
    if column.default is REQUIRED:
        raise KeyError(f"a row of {table.name} needs {column.name}: {dict(row)}")
    return (np.nan if column.numeric else "") if column.default is None else column.default


def _derived(tables: Tables, rates: Mapping[str, Mapping[tuple[str, ...], float]]) -> dict[str, pd.DataFrame]:
    """Tables as the rates package makes them, with the rates that a test states."""
    models, chips = tables["models"], list(tables["accelerators"]["accelerator"])
    trained = models[models["route"].isin(["pretrain", "continue", "distil", "finetune"])]
    own = list(models["model"][models["route"] != "api"])

    def rate(kind: str, key: tuple[str, ...], default: float) -> float:
        stated = rates.get(kind, {})
        return next((stated[key[:n]] for n in range(len(key), 0, -1) if key[:n] in stated), default)

    serving = [
        (w, m, g, t)
        for w, t in tables["demand"][["workload", "period"]].itertuples(index=False)
        for m in own
        for g in chips
    ]
    training = [(m, g) for m in trained["model"] for g in chips]
    tables_of = {
        "serving_rates": [(*key, rate("serving", key, 1.0)) for key in serving],
        "training_rates": [(*key, rate("training", key, 1.0), rate("training", key, 1.0) > 0) for key in training],
        "work": [(r.model, r.work_zflop, r.work_zflop * r.overhead) for r in trained.itertuples()],
        "accelerator_rates": [
            (g, rate("tpp", (g,), 1000.0), rate("density", (g,), 1.0), rate("h100e", (g,), 1.0)) for g in chips
        ],
    }
    columns = {
        "serving_rates": ["workload", "model", "accelerator", "period", "t_per_mh"],
        "training_rates": ["model", "accelerator", "zflop_per_mh", "can_train"],
        "work": ["model", "work_zflop", "programme_zflop"],
        "accelerator_rates": ["accelerator", "tpp", "performance_density", "h100e_8bit"],
    }
    return {name: pd.DataFrame(rows, columns=columns[name]) for name, rows in tables_of.items()}


@dataclass(frozen=True)
class Plan:
    """A programme at its optimum, read by the names of its parts: `plan["siting.hall_mw", "delhi", "2027"]`."""

    model: Any
    arrays: Arrays
    x: npt.NDArray[np.float64]
    objective: float

    def __getitem__(self, key: str | tuple[Any, ...]) -> float:
        """Value of a variable or total, by its labels; without labels the sum of all its rows."""
        name, *labels = (key,) if isinstance(key, str) else key
        index = (self.arrays.columns.get(name) or self.arrays.totals[name]).index
        values = self.all(name)
        if not labels:
            return float(values.sum())
        position = index.position(tuple(labels))
        if position < 0:
            raise KeyError(f"{name} has no {labels}")
        return float(values[position])

    def all(self, name: str) -> npt.NDArray[np.float64]:
        if name in self.arrays.columns:
            return self.x[self.arrays.columns[name].slice]
        return self.arrays.totals[name].at(self.x)

    def spent(self, entry: str, *labels: str, discounted: bool = False) -> float:
        """Money of an entry, "L1|halls", in all periods or in one, MUSD."""
        total = self.arrays.totals["discounted" if discounted else "money"]
        part = total.entries[entry]
        values = part.spread @ part.at(self.x)
        if not labels:
            return float(values.sum())
        key = labels if discounted else (entry.split("|")[0], *labels)
        return float(values[total.index.position(key)])


def minimum(arrays: Arrays, cost: npt.NDArray[np.float64] | None = None) -> tuple[int, float, npt.NDArray[np.float64]]:
    """Status (0 optimal, 2 infeasible, 3 unbounded), value and place of the least cost, by the HiGHS of scipy."""
    answer = milp(
        arrays.cost if cost is None else cost,
        constraints=LinearConstraint(arrays.matrix, arrays.row_lower, arrays.row_upper),
        bounds=Bounds(arrays.lower, arrays.upper),
        integrality=arrays.whole.astype(int),
        options={"mip_rel_gap": 0.0},
    )
    if answer.x is None:
        return int(answer.status), np.nan, np.full(len(arrays.lower), np.nan)
    return int(answer.status), float(answer.fun) + (arrays.offset if cost is None else 0.0), np.asarray(answer.x)


def solve(inputs: Inputs | None = None, **changes: Any) -> Plan:
    """The optimal plan of a programme, given whole or as changes to the smallest one."""
    model = compute_lp.build(programme(**changes) if inputs is None else inputs)
    arrays = expand(model)
    status, objective, x = minimum(arrays)
    if status != 0:
        pytest.fail(f"no optimum, status {status} (2 infeasible, 3 unbounded)")
    return Plan(model, arrays, x, objective)


def is_infeasible(**changes: Any) -> bool:
    return minimum(expand(compute_lp.build(programme(**changes))))[0] == 2


def shorten_days(monkeypatch: pytest.MonkeyPatch, hours: int = 2) -> None:
    """Let a typical day have so few hours that all rows of a programme fit on a screen."""
    for module in (compute_lp.calendar, compute_lp.frame, compute_lp.load):
        monkeypatch.setattr(module, "HOURS_PER_DAY", hours)
