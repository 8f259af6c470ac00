"""Decision stability: in how many scenarios a decision is taken, when and how large, and so what to do about it.

A decision is often ordered in parts, over years. What is ordered before the commitment date is told apart from the size
over the whole horizon: only the former is meant by *do now*.

Of the scenarios that have a plan:
- *do now*: ordered before the commitment date in at least `NEARLY_ALL` of them. The order falls its lead before the
  in-service date, licence delay included; where no lead is known, at the in-service date.
- *never*: taken in none.
- *only if*: taken in at most `FEW` of them, which are named.
- *keep open*: all else; taken in some, or in most but ordered later.
Every scenario counts the same in these shares; shares by the scenarios' weights are told beside them.

The decisions: a site's halls fitted out, a stage of a connection energised, accelerators bought, clouds rented, models
trained or adopted, energy assets built, and the class of models that answers most of a workload.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.compare.cases import Case, all_models, by_scenario, calendars, stacked
from planner.compare.insight import Insight
from planner.compare.regret import NEARLY as NEARLY_ALL
from planner.questions.items import text_of
from planner.wording import NOTABLE

FEW = 1 / 3
COLUMNS = (
    "kind",
    "decision",
    "unit",
    "verdict",
    "share",
    "weighted_share",
    "ordered_share",
    "earliest",
    "latest",
    "base",
    "first_order",
    "latest_first_order",
    "last_order",
    "ordered_smallest",
    "ordered_largest",
    "base_ordered",
    "smallest",
    "largest",
    "base_size",
    "minor",
    "scenarios",
)
"""A row a decision, figures of those scenarios that take it. Shares of scenarios that do (`ordered_share`: and order it
before the commitment date). Months (YYYY-MM) of first service (`earliest`, `latest`, `base`); of the first order in any
scenario, of the latest of their first orders, and of the very last order in any. What is ordered before the commitment
date, smallest, largest and in the base, and the same of the size over the whole horizon, in `unit`. `minor`: yes where
in no scenario it comes to `MINOR` of its kind. `scenarios`: their names where it is *only if*. What an answer's class
comes to is not ordered, so it has no amount before the date; nothing is told of the base where it doesn't take it."""
DO_NOW, KEEP_OPEN, ONLY_IF, NEVER = "do now", "keep open", "only if", "never"
VERDICTS = (DO_NOW, KEEP_OPEN, ONLY_IF, NEVER)
SMALLEST = {"MW": 0.01, "units": 0.5, "runs": 1e-3, "share": 0.0}
"""Sizes from which a decision counts as taken, in its unit: less is rounding."""
MINOR = 0.01
"""Share of all that a plan has of a kind, in its unit, below which a decision hardly matters; of MW and units alone, as
one run of a hundred may be the one that all hangs on."""
WEIGHED = ("MW", "units")
FEW_SCENARIOS = 3
NEAR = 0.01
"""Least range of costs, as a share of the least of them, from which scenarios count as different."""
CLASS = "answered by"


@dataclass(frozen=True)
class Kind:
    """A kind of decision: the columns of a result table that name one, the amount, and how amounts of several periods
    come to a size."""

    kind: str
    table: str
    keys: tuple[str, ...]
    amount: str
    unit: str
    size: str = "sum"


DECISIONS = (
    Kind("site", "siting", ("site",), "fitout_mw", "MW"),
    Kind("connection", "grid", ("site", "stage"), "energise_mw", "MW"),
    Kind("accelerator", "procurement", ("accelerator",), "buy_units", "units"),
    Kind("cloud", "clouds", ("cloud",), "rented_units", "units", "max"),
    Kind("model", "models", ("model",), "run", "runs"),
    Kind("energy asset", "energy_assets", ("site", "asset"), "build_mw", "MW"),
)
TAKEN = ("kind", "decision", "unit", "in_service", "size")
KEY = ["kind", "decision"]


def commitment(case: Case) -> str:
    """The commitment date unless another is asked for, YYYY-MM: a year after plan start."""
    start = str(case.inputs.settings["plan_start"])
    return str(pd.Period(start, "M") + 12)


def stability(among: Sequence[Case], base: Case, insights: Mapping[str, Insight], commit: str) -> pd.DataFrame:
    """Every decision that is offered in any plan; `commit` is the commitment date, YYYY-MM."""
    planned = [case for case in among if case.exists]
    found = _taken(planned, insights, commit)
    weights = pd.Series({case.name: case.weight for case in planned})
    rows = [
        _judged(key, offered, base.name, weights, commit)
        for key, offered in found.groupby(["kind", "decision", "unit"], sort=False)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    kinds = [kind.kind for kind in DECISIONS] + [CLASS]
    rank = table["verdict"].map(VERDICTS.index) * len(kinds) + table["kind"].map(kinds.index)
    return table.loc[rank.sort_values(kind="stable").index].reset_index(drop=True)


def little_said(count: int, costs_musd: Sequence[float] = ()) -> str:
    """Why stability over so few scenarios, or over such as hardly differ in cost, says little; "" where it may say
    something."""
    why = [f"only {count} scenarios"] if count <= FEW_SCENARIOS else []
    if costs_musd and max(costs_musd) - min(costs_musd) <= NEAR * abs(min(costs_musd)):
        why.append(f"costs differ by {NEAR:.0%} at most")
    return f"Stability says little here: {', and '.join(why)}." if why else ""


def verdict(share: float, ordered_share: float) -> str:
    """What to do about a decision, by the shares of scenarios that take it, and order it before commitment."""
    if share <= 0:
        return NEVER
    if ordered_share >= NEARLY_ALL:
        return DO_NOW
    return ONLY_IF if share <= FEW else KEEP_OPEN


def _judged(key: Any, offered: pd.DataFrame, base: str, weights: pd.Series[Any], commit: str) -> tuple[Any, ...]:
    kind, decision, unit = key
    taken = offered[offered["size"] > SMALLEST[unit]].set_index("scenario")
    before = taken["ordered"] < commit
    count = len(weights)
    share, ordered_share = len(taken) / count, int(before.sum()) / count
    whole = float(weights.sum())
    weighted = float(weights[taken.index].sum()) / whole if whole > 0 else np.nan
    judged = verdict(share, ordered_share)
    own = taken.loc[base] if base in taken.index else None
    size, early = taken["size"], taken["before"]
    minor = unit in WEIGHED and len(taken) > 0 and bool((taken["of_kind"] < MINOR).all())
    return (
        kind,
        decision,
        unit,
        judged,
        share,
        weighted,
        ordered_share,
        _least(taken["in_service"]),
        _most(taken["in_service"]),
        None if own is None else own["in_service"],
        _least(taken["ordered"]),
        _most(taken["ordered"]),
        _most(taken["last_order"].dropna()),
        early.min(),
        early.max(),
        np.nan if own is None else own["before"],
        size.min(),
        size.max(),
        np.nan if own is None else own["size"],
        "yes" if minor else "",
        ", ".join(taken.index) if judged == ONLY_IF else "",
    )


def _least(months: pd.Series[Any]) -> str | None:
    return str(months.min()) if len(months) else None


def _most(months: pd.Series[Any]) -> str | None:
    return str(months.max()) if len(months) else None


def _taken(planned: Sequence[Case], insights: Mapping[str, Insight], commit: str) -> pd.DataFrame:
    """What each plan is offered: first service, size, orders; taken or not."""
    calendar = calendars(planned)
    services = {kind.kind: _services(planned, calendar, kind) for kind in DECISIONS}
    served = stacked(planned, "serving", ["workload", "model", "period", "served_t"])
    served = served[served["served_t"] > NOTABLE]
    offered = [_of(services[kind.kind], served, kind) for kind in DECISIONS]
    filled = [part for part in (*offered, _classes(planned, calendar, served)) if len(part)]
    found = by_scenario(pd.concat(filled or offered[:1], ignore_index=True), planned)
    joined = found.merge(_orders(planned, insights, services, commit), on=["scenario", *KEY], how="left")
    joined["ordered"] = joined["ordered"].where(joined["ordered"].notna(), joined["in_service"])
    joined.loc[joined["before"].isna() & (joined["kind"] != CLASS), "before"] = 0.0
    whole = joined.groupby(["scenario", "kind"])["size"].transform("sum")
    return joined.assign(of_kind=joined["size"] / whole.where(whole > 0))


def _orders(
    planned: Sequence[Case], insights: Mapping[str, Insight], services: Mapping[str, pd.DataFrame], commit: str
) -> pd.DataFrame:
    """Month of the first order of each decision and of its last, and what is ordered before the commitment date.

    Where no orders are known they fall at service. Of what stands while it lasts, as a rent, it is the most that stands
    in a period that begins before the date, as an order that replaces another adds nothing."""
    key = ["scenario", *KEY]
    told = pd.concat([insights[case.name].orders.assign(scenario=case.name) for case in planned], ignore_index=True)
    orders = told.rename(columns={"item": "decision"}).astype(dict.fromkeys(key, str))
    in_service = pd.concat([rows.assign(kind=kind) for kind, rows in services.items()], ignore_index=True)
    known = pd.MultiIndex.from_frame(orders[key])
    dated = [orders, in_service[~pd.MultiIndex.from_frame(in_service[key]).isin(known)]]
    each = pd.concat([part for part in dated if len(part)] or dated[:1], ignore_index=True)
    least = {kind.kind: SMALLEST[kind.unit] for kind in DECISIONS}
    each = each[each["amount"] > each["kind"].map(least)]
    dates = each.groupby(key)["ordered"].agg(["min", "max"]).set_axis(["ordered", "last_order"], axis=1)
    standing = [kind.kind for kind in DECISIONS if kind.size == "max"]
    sums = each[(each["ordered"] < commit) & ~each["kind"].isin(standing)].groupby(key)["amount"].sum()
    stand = in_service[(in_service["ordered"] < commit) & in_service["kind"].isin(standing)]
    most = stand.groupby(key)["amount"].max()
    before = pd.concat([part for part in (sums, most) if len(part)] or [sums])
    return dates.join(before.rename("before"), how="outer").reset_index()


def _services(planned: Sequence[Case], calendar: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """What comes into service, or stands, by scenario, decision and first month of its period, as if it were ordered
    then."""
    rows = stacked(planned, kind.table, [*kind.keys, "period", kind.amount])
    rows = rows.merge(calendar[["scenario", "period", "start"]], on=["scenario", "period"], how="inner")
    names = [rows[key].map(_text).astype(str) for key in kind.keys]
    rows = rows.assign(decision=names[0] if len(names) == 1 else names[0] + ":" + names[1])
    sums = rows.groupby(["scenario", "decision", "start"], sort=False)[kind.amount].sum().astype(float)
    return sums.rename("amount").reset_index().rename(columns={"start": "ordered"})


def _of(services: pd.DataFrame, served: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """`services` are those of the kind."""
    key = ["scenario", "decision"]
    sizes = services.groupby(key, sort=False)["amount"].agg(kind.size).rename("size").reset_index()
    if kind.table == "models":  # one that answers without a run left nothing to decide
        free = pd.MultiIndex.from_frame(sizes[key]).isin(pd.MultiIndex.from_frame(served[["scenario", "model"]]))
        sizes = sizes[(sizes["size"] > SMALLEST[kind.unit]) | ~free]
    used = services[services["amount"] > max(SMALLEST[kind.unit], NOTABLE)]
    first = used.groupby(key)["ordered"].min().rename("in_service").reset_index()
    found = sizes.merge(first, on=key, how="left").assign(kind=kind.kind, unit=kind.unit)
    return found[["scenario", *TAKEN]]


def _classes(planned: Sequence[Case], calendar: pd.DataFrame, served: pd.DataFrame) -> pd.DataFrame:
    """The class of models that answers most of each workload; its size is its share of what is served."""
    answer = ["scenario", "workload", "class"]
    rows = served.merge(all_models(planned)[["scenario", "model", "class"]], on=["scenario", "model"], how="left")
    rows = rows.merge(calendar, on=["scenario", "period"], how="inner")
    sums = rows.groupby(answer, sort=False)["served_t"].sum()
    largest = sums.groupby(answer[:2]).transform("max") == sums
    most = sums[largest].reset_index().drop_duplicates(answer[:2])
    whole = rows.groupby(answer[:2])["served_t"].sum().rename("whole").reset_index()
    first = rows.groupby(answer)["start"].min().rename("in_service").reset_index()
    found = most.merge(whole, on=answer[:2], how="left").merge(first, on=answer, how="left")
    words = found["workload"] + ": " + found["class"].astype(str) + " models"
    share = found["served_t"] / found["whole"]
    return found.assign(kind=CLASS, decision=words, unit="share", size=share)[["scenario", *TAKEN]]


def _text(value: Any) -> str:
    """A stage read from a file is text, and may be 1 or 1.0."""
    try:
        return text_of(float(value)) if not isinstance(value, str) or value.replace(".", "", 1).isdigit() else value
    except ValueError:
        return str(value)
