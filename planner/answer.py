"""The answer in a dozen lines, and why there is none where no plan exists; every figure from the result tables."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.plan import Plan
from planner.results import SMALL_MODEL_B, labels, limits
from planner.wording import NOTABLE, money, number

WIDTH = 100
LISTED = 4
"""How many of a kind a line names before it says how many more there are."""
OF_OBJECTIVE = {"least_cost": "cost with unserved value", "most_served": "the value served"}
"""What `objective_musd` is the sum of, and so what a gap is a share of."""
SMALLEST_SAID = 0.0001
"""Gap from which it is said in figures."""


def lines(plan: Plan, tables: dict[str, pd.DataFrame], figures: dict[str, Any]) -> list[str]:
    """The answer, wrapped for a screen."""
    name = str(plan.inputs.settings["name"])
    if not plan.exists:
        return [f"{name}: {_no_plan(plan)}", *(f"  · {line}" for line in shortfalls(plan))]
    told = [
        ("Plan", _verdict(plan, figures)),
        ("Where", _where(plan, tables)),
        ("Grid", _grid(plan, tables)),
        ("Energy", _energy(plan, tables, figures)),
        ("Chips", _chips(plan, tables)),
        ("Rented", _rented(tables)),
        ("Trained", _trained(tables)),
        ("Served", _served(plan, tables, figures)),
        ("Costs", _costs(tables, figures)),
        ("Limits", _limits(plan)),
        ("Unserved", _unserved(plan, tables, figures)),
        ("Mind", _mind(plan)),
    ]
    return [f"{name}", *(_wrapped(head, text) for head, text in told if text)]


def _wrapped(head: str, text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=f"  {head:<10}", subsequent_indent=" " * 12)


def _rows(table: pd.DataFrame) -> list[Any]:
    return list(table.itertuples())


def _listed(items: list[str]) -> str:
    shown, rest = items[:LISTED], len(items) - LISTED
    return "; ".join(shown) + (f"; and {rest} more" if rest > 0 else "")


def _periods(plan: Plan) -> list[Any]:
    return list(plan.model.PERIODS.labels())


def _verdict(plan: Plan, figures: dict[str, Any]) -> str:
    periods = _periods(plan)
    how = "optimal" if plan.solution.status == "optimal" else "the best found in time"
    asked = figures["served_t"] + figures["unserved_t"]
    share = figures["served_t"] / asked if asked else 1.0
    proof = proven(figures, plan.inputs.settings["objective"])
    return (
        f"{periods[0]} to {periods[-1]}, {how}, {proof}. It serves {share:.1%} of the demand in reach for "
        f"{money(figures['cost_musd'])} "
        f"(discounted, residual values off; {money(figures['spent_musd'])} spent)."
    )


def proven(figures: Mapping[str, Any], objective: str) -> str:
    """How near a plan is to the best there can be: its gap, what that is a share of, and the money it comes to."""
    if "gap" not in figures:
        return "proven"
    left_musd = abs(figures["objective_musd"] - figures["bound_musd"])
    if left_musd <= NOTABLE:
        return "proven the best"
    gap = f"{figures['gap']:.2%}" if figures["gap"] >= SMALLEST_SAID else f"less than {SMALLEST_SAID:.2%}"
    return f"proven to {gap} of {OF_OBJECTIVE[objective]} ({money(left_musd)})"


def _by_key(table: pd.DataFrame, key: str, column: str, periods: list[Any]) -> list[tuple[str, pd.Series[Any]]]:
    """Paths of a column by key, over all periods, largest end first."""
    paths = (
        table.groupby([key, "period"], sort=False)[column].sum().unstack("period").reindex(columns=periods).fillna(0.0)
    )
    ordered = paths.loc[paths.max(axis=1).sort_values(ascending=False, kind="stable").index]
    return [(str(name), path) for name, path in ordered.iterrows() if path.max() > NOTABLE]


def _where(plan: Plan, tables: dict[str, pd.DataFrame]) -> str:
    periods = _periods(plan)
    sites = plan.inputs["sites"].set_index("site")
    added = tables["siting"].set_index(["site", "period"])["fitout_mw"]
    said = []
    for site, path in _by_key(tables["siting"], "site", "hall_mw", periods):
        standing_mw = float(sites["existing_it_mw"][site])
        grown = [period for period in periods if added.get((site, period), 0.0) > NOTABLE]
        most = path[path >= path.max() * (1 - 1e-6)]
        told = f" (standing), {number(standing_mw)} MW" if standing_mw > NOTABLE else ""
        if grown:
            told += f", more from {grown[0]}, up to" if told else f" from {grown[0]},"
            told += f" {number(path.max())} MW" + (f" by {most.index[0]}" if most.index[0] != grown[0] else "")
        said.append(f"{site} ({sites['country'][site]}){told}")
    total = tables["siting"].groupby("period", sort=False)["hall_mw"].sum()
    return f"{number(float(total.max()))} MW of IT halls: {_listed(said)}." if said else "no halls of its own."


def _grid(plan: Plan, tables: dict[str, pd.DataFrame]) -> str:
    table = tables["grid"]
    periods = _periods(plan)
    energised = table[table["energise_mw"] > NOTABLE].copy()
    if energised.empty:
        return "no new connection is energised."
    rank = {period: i for i, period in enumerate(periods)}
    energised["rank"] = energised["period"].map(rank)
    energised = energised.sort_values(["rank", "energise_mw"], ascending=[True, False], kind="stable")
    said = [f"{row.site} {number(row.energise_mw)} MW in {row.period}" for row in _rows(energised)]
    return f"{number(float(energised['energise_mw'].sum()))} MW of new connections: {_listed(said)}."


def _energy(plan: Plan, tables: dict[str, pd.DataFrame], figures: dict[str, Any]) -> str:
    by_source = tables["energy"].copy()
    by_source["kind"] = by_source["source"].where(by_source["source"] == "grid", by_source["source"])
    sums = by_source.groupby("kind")["gwh"].sum().sort_values(ascending=False)
    total = figures["energy_gwh"]
    said = [f"{kind} {gwh / total:.0%}" for kind, gwh in sums.items() if total > 0 and gwh / total >= 0.005]
    return f"{number(total)} GWh in all: {_listed(said)}; {number(figures['co2_kt'])} kt CO2." if total > 0 else ""


def _chips(plan: Plan, tables: dict[str, pd.DataFrame]) -> str:
    periods = _periods(plan)
    said = []
    for chip, path in _by_key(tables["procurement"], "accelerator", "buy_units", periods):
        bought = path[path > NOTABLE]
        span = f"{bought.index[0]}" if len(bought) == 1 else f"{bought.index[0]}–{bought.index[-1]}"
        said.append(f"{number(float(path.sum()))} {chip} ({span})")
    installed = (
        tables["procurement"].groupby("period", sort=False)["installed_units"].sum().reindex(periods).fillna(0.0)
    )
    if not said:
        return (
            f"none bought; {number(float(installed.max()))} in service at most."
            if installed.max() > NOTABLE
            else "none."
        )
    return f"{_listed(said)}; at most {number(float(installed.max()))} in service ({installed.idxmax()})."


def _rented(tables: dict[str, pd.DataFrame]) -> str:
    table = tables["clouds"]
    if table.empty or table["rented_units"].max() <= NOTABLE:
        return ""
    most = table.loc[table.groupby("cloud", sort=False)["rented_units"].idxmax()]
    most = most[most["rented_units"] > NOTABLE].sort_values("rented_units", ascending=False, kind="stable")
    return (
        "at most "
        + _listed([f"{number(row.rented_units)} from {row.cloud} ({row.period})" for row in _rows(most)])
        + "."
    )


def _trained(tables: dict[str, pd.DataFrame]) -> str:
    made, hosted = tables["models"], tables["training"]
    runs = made[made["run"] > 1e-4]
    said = []
    for model, rows in runs.groupby("model", sort=False):
        where = hosted[(hosted["model"] == model) & (hosted["runs"] > 1e-4)]
        at = ", ".join(dict.fromkeys(where["site"].astype(str)))
        when = ", ".join(
            f"{row.period}" if abs(row.run - 1) < 1e-4 else f"{row.run:.2f} of a run in {row.period}"
            for row in _rows(rows)
        )
        said.append(f"{model} {when}" + (f" at {at}" if at else ""))
    return "; ".join(said) + "." if said else "no model is trained or adopted at a cost."


def _served(plan: Plan, tables: dict[str, pd.DataFrame], figures: dict[str, Any]) -> str:
    sums = tables["serving"].groupby("model", sort=False)["served_t"].sum().sort_values(ascending=False, kind="stable")
    total = float(sums.sum())
    if total <= NOTABLE:
        return "nothing."
    said = [f"{model} {tokens / total:.0%}" for model, tokens in sums.items() if tokens / total >= 0.005]
    class_of = dict(zip(plan.inputs["models"]["model"], plan.inputs["models"]["class"], strict=True))
    classes = sums.groupby(sums.index.map(class_of), sort=False).sum().sort_values(ascending=False, kind="stable")
    mix = [f"{name} {tokens / total:.0%}" for name, tokens in classes.items() if tokens / total >= 0.005]
    trained = figures["small_model_training_share"]
    small = f"models up to {number(SMALL_MODEL_B)}B answer {figures['small_model_token_share']:.0%} of tokens" + (
        f" and take {trained:.0%} of training hours" if trained is not None else ""
    )
    return f"{number(total)} T output tokens: {_listed(said)}. By class: {_listed(mix)}; {small}."


def _costs(tables: dict[str, pd.DataFrame], figures: dict[str, Any]) -> str:
    table = tables["money"]
    spent = table[table["period"] != "end"]
    layers = spent.groupby("layer")["musd"].sum()
    headings = spent.groupby("heading", sort=False)["musd"].sum().sort_values(ascending=False, kind="stable")
    largest = [f"{heading} {money(musd)}" for heading, musd in headings.items() if musd > NOTABLE][:3]
    by_layer = ", ".join(f"{layer} {money(musd)}" for layer, musd in layers.items() if abs(musd) > NOTABLE)
    return f"spent: {by_layer}; most of it {', '.join(largest)}."


def _limits(plan: Plan) -> str:
    """Headings whose limits cost most: shadow price times limit, summed."""
    if not plan.solution.row_dual.size:
        return "no prices: the plan is not from a basic solution."
    weights: dict[tuple[str, str], float] = {}
    for _, price, key_rows, dual, limit in limits(plan):
        for keys, value in zip(key_rows.itertuples(index=False), dual * limit, strict=True):
            if value > NOTABLE:
                first = str(keys[0]) if len(keys) > 1 else ""
                weights[price.heading, first] = weights.get((price.heading, first), 0.0) + float(value)
    ordered = sorted(weights.items(), key=lambda item: -item[1])
    said = [f"{heading}{f' ({first})' if first else ''}, {money(value)}" for (heading, first), value in ordered]
    if not said:
        return "nothing but demand itself."
    return f"what costs most, shadow price times limit: {_listed(said)}."


def _unserved(plan: Plan, tables: dict[str, pd.DataFrame], figures: dict[str, Any]) -> str:
    table = tables["unserved"]
    out = (
        f" No model could ever answer another {number(figures['out_of_reach_t'])} T."
        if figures["out_of_reach_t"] > NOTABLE
        else ""
    )
    if figures["unserved_t"] <= NOTABLE:
        return f"nothing that a model could answer.{out}"
    periods = table.groupby("period", sort=False)[["unserved_t", "demand_t"]].sum().reindex(_periods(plan))
    share = (periods["unserved_t"] / periods["demand_t"]).fillna(0.0)
    workloads = table.groupby("workload", sort=False)["unserved_t"].sum().sort_values(ascending=False, kind="stable")
    most = [f"{name} {number(tokens)} T" for name, tokens in workloads.items() if tokens > NOTABLE]
    return (
        f"{number(figures['unserved_t'])} T, from {share.iloc[0]:.0%} of demand in {share.index[0]} "
        f"to {share.iloc[-1]:.0%} in {share.index[-1]}: "
        f"{_listed(most)}.{out}"
    )


def _mind(plan: Plan) -> str:
    fractional = plan.arrays.columns.get("training.run")
    said = []
    if fractional is not None and not plan.model.whole:
        run = plan.solution.x[fractional.start : fractional.start + fractional.size]
        if (abs(run - run.round()) > 1e-6).any():
            said.append("runs are fractions here (integers none): a bound, not a plan")
    periods = _periods(plan)
    if len(periods) > 2:
        said.append(f"{periods[-2]} and {periods[-1]} are too near the end to be read")
    return "; ".join(said) + "." if said else ""


def _no_plan(plan: Plan) -> str:
    if plan.solution.status == "stopped":
        return "stopped before a plan was found; raise time_limit_s."
    return "no plan exists. Least that would have to give way:"


def shortfall_table(plan: Plan) -> pd.DataFrame:
    """What falls short: part, constraint, keys, amount, unit, meaning."""
    rows = []
    for short in plan.shortfalls:
        block, _, constraint = short.block.rpartition(".")
        family = plan.model.find_component(short.block)
        unit, _, meaning = str(family.doc).removeprefix("[").partition("] ")
        index = plan.arrays.rows[short.block].index
        at = index.position(short.labels if len(short.labels) > 1 else short.labels[0])
        keys = labels(plan, index).iloc[at]
        rows.append(
            {
                "part": "load" if block == "loads" else block,
                "constraint": constraint,
                "keys": "; ".join(f"{key}={value}" for key, value in keys.items()),
                "amount": short.amount,
                "unit": unit,
                "direction": short.direction,
                "meaning": meaning,
            }
        )
    return pd.DataFrame(rows, columns=["part", "constraint", "keys", "amount", "unit", "direction", "meaning"])


def shortfalls(plan: Plan) -> list[str]:
    """Each shortfall as a sentence."""
    return [
        f"{row.keys}: {row.meaning}, which can't hold: {number(row.amount)} {row.unit} "
        f"{'short' if row.direction == 'short' else 'too much'} "
        f"({row.part}.{row.constraint})"
        for row in _rows(shortfall_table(plan))
    ]
