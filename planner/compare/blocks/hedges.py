"""Hedges against a scenario: what its plan orders otherwise before the commitment date, and what being wrong costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from planner.compare.insight import Insight
from planner.compare.regret import Regret
from planner.compare.views.stability import DECISIONS, SMALLEST
from planner.report.blocks import Column, Table
from planner.wording import NOTABLE, counted, money, number

COMMAND = "planner compare RUN"
"""What solves for regret; RUN is the run's folder."""
NAMED = 3
"""Orders that a sentence names."""
MOST_ORDERS = 12
"""Orders that a table lists."""
NOTICED = 0.05
"""Share of the larger amount by which an order must differ to be told."""
UNITS = {kind.kind: kind.unit for kind in DECISIONS}
STANDING = [kind.kind for kind in DECISIONS if kind.size == "max"]
"""Kinds of decision that stand while they last: the most that stands is their amount, not the sum."""


def early(told: Insight, commit: str) -> pd.Series[Any]:
    """What a plan orders before the commitment date, by kind and item."""
    orders = told.orders[told.orders["ordered"] < commit]
    stands = orders["kind"].isin(STANDING)
    keys = ["kind", "item"]
    sums = orders[~stands].groupby(keys, sort=False)["amount"].sum()
    most = orders[stands].groupby(keys, sort=False)["amount"].max()
    found: pd.Series[Any] = pd.concat([part for part in (sums, most) if len(part)] or [sums]).astype("float64")
    return found


def unlike(own: pd.Series[Any], base: pd.Series[Any]) -> pd.DataFrame:
    """Orders that differ by more than `NOTICED`, those first that are the largest part of their kind: `kind`,
    `decision`, `unit`, `own`, `base`."""
    both = pd.DataFrame({"own": own, "base": base}).fillna(0.0).rename_axis(["kind", "decision"]).reset_index()
    both["unit"] = both["kind"].map(UNITS)
    apart = (both["own"] - both["base"]).abs()
    least = np.maximum(both["unit"].map(SMALLEST).astype("float64"), NOTICED * both[["own", "base"]].max(axis=1))
    whole = both.groupby("kind")[["own", "base"]].transform("sum").max(axis=1)
    part = (apart / whole.where(whole > 0))[apart > least].sort_values(ascending=False, kind="stable")
    return both.loc[part.index, ["kind", "decision", "unit", "own", "base"]]


def of_orders(found: pd.DataFrame, commit: str) -> str:
    """What the mode's plan orders otherwise before the commitment date."""
    if found.empty:
        return f"Before {commit} its plan orders what the base's does: there is nothing to hedge now."
    rows = found.to_dict("records")
    more = [_ordered(row) for row in rows if row["own"] > row["base"]]
    less = [_ordered(row) for row in rows if row["own"] < row["base"]]
    said = [f"{word}: {'; '.join(told[:NAMED])}" for word, told in (("more of", more), ("less of", less)) if told]
    differ = "one order differs" if len(rows) == 1 else f"{len(rows)} orders differ"
    return f"In its plan {differ} before {commit}; chiefly {', and '.join(said)}."


def _ordered(row: Mapping[Any, Any]) -> str:
    amount = counted(row["own"], row["unit"])
    return f"{decided(row['kind'], row['decision'])} ({amount} in place of {number(row['base'])})"


def of_regret(regret: Regret | None, base: str, mode: str, weights: tuple[float, float]) -> list[str]:
    """What beginning with either plan costs where the other world comes, from what likelihood on hedging pays, and
    whose plan does best in the mode. `weights` of base and mode, which give a likelihood between the two."""
    unhedged, in_vain = regret_of(regret, base, mode), regret_of(regret, mode, base)
    if regret is None or not np.isfinite(unhedged) or not np.isfinite(in_vain):
        return [
            f"What beginning with the base's plan costs where {mode} comes isn't known: **{COMMAND}** solves for it."
        ]
    told = [
        f"Begun with the base's plan, it costs {money(unhedged)} more than having known; begun with its own plan, the "
        f"base costs {money(in_vain)} more."
    ]
    if unhedged + in_vain > NOTABLE:
        likelihood = number(100 * in_vain / (unhedged + in_vain))
        by_weight = f"; by their weights in the workbook it is {number(100 * weights[1] / sum(weights))} %"
        told.append(
            f"Between these two alone, its plan pays where it is likelier than {likelihood} %"
            + (f"{by_weight}." if sum(weights) > 0 else ".")
        )
    others = regret.table[(regret.table["lived_in"] == mode) & ~regret.table["plan_of"].isin([mode, base])]
    others = others[np.isfinite(others["regret_musd"])]
    if len(others) and others["regret_musd"].min() < unhedged - NOTABLE:
        best = others.iloc[int(others["regret_musd"].to_numpy().argmin())]
        told.append(f"Of the others' plans that of {best['plan_of']} loses least in it, {money(best['regret_musd'])}.")
    return told


def decided(kind: str, decision: str) -> str:
    """A decision as it is said: 'halls at jamnagar', 'connection at jamnagar, stage 2', 'solar_contract at mumbai'."""
    site, _, rest = decision.partition(":")
    match kind:
        case "site":
            return f"halls at {decision}"
        case "connection":
            return f"connection at {site}, stage {rest}"
        case "energy asset":
            return f"{rest} at {site}"
        case "cloud":
            return f"rents of {decision}"
        case "model":
            return f"runs of {decision}"
    return decision


def orders_table(found: pd.DataFrame, commit: str, title: str) -> Table:
    """The orders that differ, the largest part of their kind first."""
    more = len(found) - MOST_ORDERS
    return Table(
        title,
        found.head(MOST_ORDERS).assign(said=list(map(decided, found["kind"], found["decision"]))[:MOST_ORDERS]),
        (
            Column("said", "Decision", kind="text"),
            Column("base", f"Base's before {commit}"),
            Column("own", "Its plan's"),
            Column("difference", "Difference", difference_of=("own", "base")),
            Column("unit", "Unit", kind="text"),
        ),
        f"Another {more} differ, by less of their kind." if more > 0 else "",
    )


def regret_of(regret: Regret | None, plan: str, world: str) -> float:
    """Regret of beginning with one plan and living in another scenario; NaN where it isn't known."""
    if regret is None:
        return np.nan
    rows = regret.table[(regret.table["plan_of"] == plan) & (regret.table["lived_in"] == world)]
    return float(rows["regret_musd"].iloc[0]) if len(rows) else np.nan
