"""Result tables, headline figures and shadow prices of a plan: read from the solution's arrays, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from compute_lp import PRICES, REPORTS
from compute_lp.ledger import END, RESIDUAL
from compute_lp.schema import Codes, Floats, Per, Price, Report, Terms
from planner.plan import Plan

KEY_OF_SET = {
    "SITES": "site",
    "PLACES": "site",
    "PERIODS": "period",
    "ACCELERATORS": "accelerator",
    "MODELS": "model",
    "WORKLOADS": "workload",
    "CLOUDS": "cloud",
    "LICENCES": "licence",
    "ZONES": "zone",
    "SLICES": "slice",
    "SEGMENTS": "segment",
    "COHORTS": "cohort",
    "LEVELS": "layer",
    "LAYERS": "layer",
    "DATES": "period",
    "DAYS": "day",
    "VENDORS": "vendor",
    "ORIGINS": "origin",
}
"""Heading of each base set in result tables; sets of pairs have their own in the model's `names`."""
ROUNDING = 1e-9
"""Programme units (MW, thousand accelerators, T tokens, MUSD): a value below it is nothing but rounding."""
SMALLEST_PRICE = 1e-9
"""MUSD per unit: a dual below it is nothing but rounding."""
DEMAND = "demand_is_met"
"""The one price that is no limit's: what one more token asked for costs."""
SMALL_MODEL_B = 10.0
"""Billions of parameters up to which a model counts as small (7–10B on accessible hardware)."""


def tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Every result table by name, keys first; only of a plan that exists."""
    found = {report.name: _table(plan, block, report) for block, reports in REPORTS.items() for report in reports}
    found["money"] = money(plan)
    if plan.solution.row_dual.size:
        found["prices"] = prices(plan)
    return found


def labels(plan: Plan, index: Any) -> pd.DataFrame:
    """Labels of an index, one column per key."""
    columns: dict[str, Any] = {}
    for base, code in zip(index.bases, index.codes, strict=True):
        name = base.local_name
        if name in plan.model.names:
            for key, values in plan.model.names[name].items():
                columns[str(key)] = np.asarray(values, dtype=object)[code]
        else:
            columns[KEY_OF_SET[name]] = np.asarray(base.labels(), dtype=object)[code]
    return pd.DataFrame(columns)


def _values(plan: Plan, name: str) -> tuple[Any, Floats]:
    """Index and values of a variable or total, by qualified name."""
    if name in plan.arrays.columns:
        block = plan.arrays.columns[name]
        return block.index, _clean(plan.solution.x[block.start : block.start + block.size])
    total = plan.arrays.totals[name]
    return total.index, _clean(total.at(plan.solution.x))


def _clean(values: Floats) -> Floats:
    """Values without what is only rounding, and without -0."""
    return np.where(np.abs(values) < ROUNDING, 0.0, values)


def _table(plan: Plan, block: str, report: Report) -> pd.DataFrame:
    keys = list(report.keys)
    joined: pd.DataFrame | None = None
    for value in report.values:
        index, numbers = _values(plan, f"{block}.{value.of}")
        column = labels(plan, index)
        column[value.name] = np.minimum(numbers * value.factor, np.inf if value.most is None else value.most)
        for key in keys:
            if key not in column:
                column[key] = ""
        summed = column.groupby(keys, sort=False)[value.name].sum().reset_index()
        joined = summed if joined is None else joined.merge(summed, on=keys, how="outer", sort=False)
    assert joined is not None
    numbers_of = [value.name for value in report.values]
    joined[numbers_of] = joined[numbers_of].fillna(0.0)
    return _in_order(plan, joined[keys + numbers_of], keys)


def _in_order(plan: Plan, table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Rows in the order of the workbook's sheets, so that equal plans give equal files."""
    order: dict[str, Sequence[Any]] = {}
    for name, key in KEY_OF_SET.items():
        base = getattr(plan.model, name, None)
        if base is not None and key not in order:
            order[key] = base.labels()
    order["site"] = plan.model.PLACES.labels()
    ranks = [_ranks(table[key], order.get(key, ())) for key in keys]
    return table.iloc[np.lexsort(ranks[::-1])].reset_index(drop=True)


def _ranks(column: pd.Series[Any], known: Sequence[Any]) -> Codes:
    """The place of each label among those known; others after them, by their text."""
    codes, labels = pd.factorize(column, use_na_sentinel=False)
    place = {label: i for i, label in enumerate(known)}
    others = {text: len(place) + i for i, text in enumerate(sorted({str(one) for one in labels if one not in place}))}
    found = [place[one] if one in place else others[str(one)] for one in labels]
    return np.array(found, dtype=np.int64)[codes]


def money(plan: Plan) -> pd.DataFrame:
    """Money by layer, heading and period, plain and discounted; residual values, negative, in the period `end`."""
    arrays, x = plan.arrays, plan.solution.x
    periods = plan.model.PERIODS.labels()
    rows = []
    for name, entry in arrays.totals["money"].entries.items():
        layer, heading = name.split("|")
        amounts = entry.at(x)
        spent = np.asarray(entry.spread @ amounts).reshape(-1, len(periods)).sum(axis=0)
        discounted = np.asarray(arrays.totals["discounted"].entries[name].spread @ amounts)
        rows += [(layer, heading, period, spent[t], discounted[t]) for t, period in enumerate(periods)]
    residual: dict[str, tuple[float, float]] = {}
    factor = float(plan.model.calendar.factor(plan.model.calendar.horizon))
    for name, entry in arrays.totals["discounted"].entries.items():
        layer, heading = name.split("|")[:2]
        if heading == RESIDUAL:
            left = float((entry.spread @ entry.at(x)).sum())
            before = residual.get(layer, (0.0, 0.0))
            residual[layer] = (before[0] + left / factor, before[1] + left)
    rows += [(layer, RESIDUAL, END, undiscounted, discounted) for layer, (undiscounted, discounted) in residual.items()]
    table = pd.DataFrame(rows, columns=["layer", "heading", "period", "musd", "discounted_musd"])
    return table[(table["musd"] != 0) | (table["discounted_musd"] != 0)].reset_index(drop=True)


def limits(plan: Plan) -> Iterator[tuple[str, Price, pd.DataFrame, Floats, Floats]]:
    """Every constraint that states a limit with a price: its block, its price, the keys of its rows, their shadow
    prices, discounted MUSD a programme unit, and their limits, both without sign. What one more token asked for costs
    is no limit."""
    for block, listed in PRICES.items():
        for price in listed:
            name = f"{block}.{price.constraint}"
            if name not in plan.arrays.rows or price.constraint == DEMAND:
                continue
            rows = plan.arrays.rows[name]
            upper, lower = plan.arrays.row_upper[rows.slice], plan.arrays.row_lower[rows.slice]
            limit = np.abs(np.where(np.isfinite(upper), upper, lower))
            yield block, price, labels(plan, rows.index), np.abs(plan.solution.row_dual[rows.slice]), limit


def prices(plan: Plan) -> pd.DataFrame:
    """Shadow prices other than zero, undiscounted, per unit and year of the workbook, positive where relaxing helps."""
    found = [
        _prices(plan, block, price)
        for block, listed in PRICES.items()
        for price in listed
        if f"{block}.{price.constraint}" in plan.arrays.rows
    ]
    return pd.concat([table for table in found if len(table)] or [_no_prices()], ignore_index=True)


def _no_prices() -> pd.DataFrame:
    return pd.DataFrame(columns=["part", "constraint", "keys", "value", "unit", "degenerate", "heading"])


def _prices(plan: Plan, block: str, price: Price) -> pd.DataFrame:
    rows = plan.arrays.rows[f"{block}.{price.constraint}"]
    where = slice(rows.start, rows.start + rows.size)
    dual = plan.solution.row_dual[where]
    equality = plan.arrays.row_lower[where] == plan.arrays.row_upper[where]
    value = np.where(equality, dual, np.abs(dual))
    shown = np.flatnonzero(np.abs(value) > SMALLEST_PRICE)
    keys = labels(plan, rows.index).iloc[shown].reset_index(drop=True)
    told_in = [Terms(price.unit, price.factor, price.per)] * len(shown)
    if price.by_row:
        of_row = getattr(plan.model.component(block), price.by_row)
        told_in = [of_row[row] for row in shown]
    worth = np.empty(len(shown))
    for terms in dict.fromkeys(told_in):
        at = np.array([other == terms for other in told_in])
        worth[at] = value[shown[at]] * terms.factor / _discounting(plan, keys[at], terms.per)
    return pd.DataFrame(
        {
            "part": "load" if block == "loads" else block,
            "constraint": price.constraint,
            "keys": _key_texts(keys),
            "value": worth,
            "unit": [terms.unit for terms in told_in],
            "degenerate": np.where(plan.solution.degenerate[where][shown], "yes", "no"),
            "heading": price.heading,
        }
    )


def _key_texts(keys: pd.DataFrame) -> Any:
    """Each row's keys as one text: site=jamnagar; period=2029."""
    texts: Any = np.full(len(keys), "", dtype=object)
    for i, name in enumerate(keys.columns):
        codes, labels = pd.factorize(keys[name], use_na_sentinel=False)
        own = np.array([f"{'; ' if i else ''}{name}={label}" for label in labels], dtype=object)
        texts = texts + own[codes]
    return texts


def _discounting(plan: Plan, keys: pd.DataFrame, per: Per) -> Floats | float:
    """What a dual is divided by, so that it is undiscounted and per year, per sum of the period, or per hour."""
    calendar = plan.model.calendar
    if per == "horizon" or "period" not in keys:
        return 1.0
    time = np.array([plan.model.PERIODS.code(label) for label in keys["period"]], dtype=np.int64)
    if per == "sum":
        return np.asarray(calendar.flow_factor[time])
    if per == "hour":
        hours = plan.model.days.hours[keys["slice"].to_numpy(dtype=np.int64) - 1]
        return np.asarray(calendar.weight[time] * hours)
    return np.asarray(calendar.weight[time])


def headline(plan: Plan, found: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Status and the figures of the scoreboard; sums over the horizon unless a name says otherwise."""
    solution = plan.solution
    figures: dict[str, Any] = {"status": solution.status}
    if not plan.exists:
        return figures
    last = plan.model.PERIODS.labels()[-1]

    def at_end(table: str, column: str) -> float:
        rows = found[table]
        return float(rows.loc[rows["period"] == last, column].sum())

    cash = found["money"]
    figures |= {
        "objective_musd": plan.objective_musd,
        "cost_musd": float(cash["discounted_musd"].sum()),
        "spent_musd": float(cash.loc[cash["period"] != END, "musd"].sum()),
        "value_unserved_musd": float(_values(plan, "objective.value_unserved")[1].sum()),
        "served_t": float(found["serving"]["served_t"].sum()),
        "unserved_t": float(found["unserved"]["unserved_t"].sum()),
        "out_of_reach_t": float(found["unserved"]["out_of_reach_t"].sum()),
        "co2_kt": float(found["sovereignty"]["co2_kt"].sum()),
        "water_ml": float(found["sovereignty"]["water_ml"].sum()),
        "energy_gwh": float(found["energy"]["gwh"].sum()),
        "hall_mw_end": at_end("siting", "hall_mw"),
        "connected_mw_end": at_end("grid", "connected_mw"),
        "accelerators_end": at_end("procurement", "installed_units"),
        "rented_end": at_end("clouds", "rented_units"),
        "compute_h100e_end": at_end("sovereignty", "compute_h100e"),
        "home_h100e_end": at_end("sovereignty", "home_h100e"),
        "training_zflop": float(found["training"]["zflop"].sum()),
        "small_model_token_share": _small_share(plan, found["serving"], "served_t"),
        "small_model_training_share": _small_share(plan, found["training"], "accelerator_hours"),
    }
    return figures | whole_numbers(plan)


def whole_numbers(plan: Plan) -> dict[str, float]:
    """What is proven of a plan with whole numbers: bound, gap, the objective of the relaxation and its distance, MUSD.
    Of the most served they are of the value served, and once more, as cost_…, of what it costs."""
    solution = plan.solution
    if not plan.exists or solution.relaxation_objective is None:
        return {}

    def told(what: str, objective: float, bound: float, gap: float, relaxation: float) -> dict[str, float]:
        return {
            f"{what}bound_musd": bound,
            f"{what}gap": gap,
            f"{what}relaxation_objective_musd": relaxation,
            f"{what}relaxation_difference_musd": abs(objective - relaxation),
        }

    ends = (solution.objective, solution.bound, solution.gap, solution.relaxation_objective)
    if plan.inputs.settings["objective"] == "least_cost":
        return told("", *ends)
    value = (float(solution.proof[f"value {name}"]) for name in ("bound_musd", "gap", "relaxation_objective_musd"))
    return told("", plan.objective_musd, *value) | told("cost_", *ends)


def _small_share(plan: Plan, table: pd.DataFrame, column: str) -> float | None:
    """Share of a column that falls to small models, of at most SMALL_MODEL_B; None where there is nothing."""
    models = plan.inputs["models"]
    small = set(models.loc[models["total_params_b"] <= SMALL_MODEL_B, "model"])
    whole = float(table[column].sum())
    return float(table.loc[table["model"].isin(small), column].sum()) / whole if whole > 0 else None
