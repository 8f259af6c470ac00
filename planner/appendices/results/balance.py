"""F 3, compute balance: what is asked for against what answers it: owned at home or abroad, rented, an api, nothing.

Tokens are output tokens of a period. Compute is in 8-bit H100-equivalents, in service in a period. Hours are those that
can be used: owned machines at their availability, rented ones whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from planner.appendices.material import Material
from planner.appendices.results.across import across, every_period, notable, percent
from planner.appendices.results.readings import compute, places
from planner.report.blocks import Block, Column, Heading, Paragraph
from planner.report.charts import stacked
from planner.wording import NOTABLE, number

OWNED_HOME, OWNED_ABROAD = "owned at home", "owned abroad"
RENTED_HOME, RENTED_ABROAD = "rented at home", "rented abroad"
API, UNSERVED, OUT_OF_REACH = "by an api", "unserved", "out of reach"
HOLDERS = (OWNED_HOME, OWNED_ABROAD, RENTED_HOME, RENTED_ABROAD)
SERVING, TRAINING, IDLE = "serving", "training", "idle"
WHERE = Column("where", "Where", kind="text")
PERIOD = Column("period", "Period", kind="text")


def balance(material: Material) -> Iterator[Block]:
    """Blocks of the section."""
    yield Heading("Compute balance", 2)
    answered, held, hours = tokens(material), holdings(material), use_of_hours(material)
    yield Paragraph(f"{of_tokens(answered, material.periods)} {of_hours(hours)}")
    if len(answered):
        yield across(
            "Demand and what answers it, T of output tokens",
            answered,
            (WHERE,),
            material.periods,
            flow=True,
            note="Out of reach: what no model in the workbook could ever answer; it is priced at nothing.",
        )
        yield stacked(
            answered,
            title="Demand and what answers it",
            alt=f"Output tokens by period, layers by where they are answered. {of_tokens(answered, material.periods)}",
            caution="Bars are sums of periods, which may differ in length: half a year's bar is half a year's demand.",
            time=PERIOD,
            value=Column("value", "Output tokens", "T"),
            series=WHERE,
            sheet="Demand answered",
        )
    if len(held):
        yield across("Compute in service, H100-equivalents", held, (WHERE,), material.periods, flow=False)
    if len(hours):
        yield across(
            "Accelerator-hours, million",
            hours.assign(value=hours["value"] / 1e6),
            (Column("where", "Where", kind="text"), Column("use", "Use", kind="text")),
            material.periods,
            flow=True,
            note="Hours of different accelerators are not the same work. Idle hours are owned or paid for and unused: "
            "peaks, hours of the night, and what applications don't yet ask for.",
        )


def holder(material: Material) -> dict[str, str]:
    """Which of `HOLDERS` each site and cloud is."""
    about = places(material)
    names = {(True, True): OWNED_HOME, (True, False): OWNED_ABROAD}
    names |= {(False, True): RENTED_HOME, (False, False): RENTED_ABROAD}
    keys = zip(about["owned"], about["at_home"], strict=True)
    return {str(place): names[bool(own), bool(home)] for place, (own, home) in zip(about.index, keys, strict=True)}


def tokens(material: Material) -> pd.DataFrame:
    """`where`, `period`, `value` in T: demand split by what answers it, in the order of its layers; they sum to it."""
    hosted, served, unserved = (material.table(name) for name in ("serving_hours", "serving", "unserved"))
    if unserved.empty:
        return pd.DataFrame(columns=["where", "period", "value"])
    own = hosted.assign(where=hosted["site"].map(holder(material)), value=hosted["tokens_t"])
    by_place = own.groupby(["where", "period"])["value"].sum().reset_index()
    routes = material.inputs["models"].set_index("model")["route"]
    api = served[served["model"].map(routes) == "api"]
    bought = api.groupby("period")["served_t"].sum().rename("value").reset_index().assign(where=API)
    rest = [
        unserved.groupby("period")[column].sum().rename("value").reset_index().assign(where=name)
        for name, column in ((UNSERVED, "unserved_t"), (OUT_OF_REACH, "out_of_reach_t"))
    ]
    return _ordered([by_place, bought, *rest], (*HOLDERS, API, UNSERVED, OUT_OF_REACH), material.periods)


def holdings(material: Material) -> pd.DataFrame:
    """`where`, `period`, `value` in 8-bit H100-equivalents."""
    held = compute(material)
    if held.empty:
        return pd.DataFrame(columns=["where", "period", "value"])
    named = held.assign(where=held["site"].map(holder(material)), value=held["h100e"])
    return _ordered([named.groupby(["where", "period"])["value"].sum().reset_index()], (*HOLDERS,), material.periods)


def use_of_hours(material: Material) -> pd.DataFrame:
    """`where` (owned, rented), `use` (serving, training, idle), `period`, `value` in hours; they sum to what can be
    used."""
    held = compute(material)
    if held.empty:
        return pd.DataFrame(columns=["where", "use", "period", "value"])
    owned = places(material)["owned"].map({True: "owned", False: "rented"})

    def by_period(rows: pd.DataFrame, column: str) -> Any:
        return rows.groupby([rows["site"].map(owned).rename("where"), "period"])[column].sum()

    there = by_period(held, "hours")
    serving = by_period(material.table("serving_hours"), "accelerator_hours").reindex(there.index).fillna(0.0)
    training = by_period(material.table("training"), "accelerator_hours").reindex(there.index).fillna(0.0)
    idle = (there - serving - training).clip(lower=0.0)
    parts = {SERVING: serving, TRAINING: training, IDLE: idle}
    long = pd.concat([part.rename("value").reset_index().assign(use=use) for use, part in parts.items()])
    return notable(
        long.sort_values("where", kind="stable")[["where", "use", "period", "value"]], ["where", "use"]
    ).reset_index(drop=True)


def of_tokens(answered: pd.DataFrame, periods: list[str]) -> str:
    """What answers most of the demand in reach, at first, at last and over the horizon."""
    reach = answered[answered["where"] != OUT_OF_REACH] if len(answered) else answered
    whole = float(reach["value"].sum()) if len(reach) else 0.0
    if whole <= NOTABLE:
        return "Nothing is asked for that a model could answer."
    sums = reach.groupby("where", sort=False)["value"].sum()
    parts = [f"{where} {percent(total / whole)}" for where, total in sums.items() if total / whole >= 0.005]
    told = f"Of {number(whole)} T in reach of a model: {', '.join(parts)}."
    unserved = reach[reach["where"] == UNSERVED].set_index("period")["value"]
    by_period = reach.groupby("period")["value"].sum()
    first, last = periods[0], periods[-1]
    if not {first, last} <= set(by_period[by_period > 0].index) or unserved.empty or unserved.max() <= NOTABLE:
        return told
    ends = [float(unserved.get(period, 0.0) / by_period[period]) for period in (first, last)]
    return f"{told} Unserved is {percent(ends[0])} of what is in reach in {first} and {percent(ends[1])} in {last}."


def of_hours(hours: pd.DataFrame) -> str:
    """How much of what can be used is used, and how much of that for training."""
    whole = float(hours["value"].sum()) if len(hours) else 0.0
    if whole <= NOTABLE:
        return "No accelerator is in service."
    by_use = hours.groupby("use")["value"].sum() / whole
    training, idle = float(by_use.get(TRAINING, 0.0)), float(by_use.get(IDLE, 0.0))
    return f"Of the hours that accelerators can be used {percent(1 - idle)} are, {percent(training)} for training."


def _ordered(parts: list[pd.DataFrame], order: tuple[str, ...], periods: list[str]) -> pd.DataFrame:
    found = pd.concat([part for part in parts if len(part)], ignore_index=True)[["where", "period", "value"]]
    found = every_period(notable(found, ["where"]), ["where"], periods)
    return found.sort_values("where", key=lambda names: names.map(order.index), kind="stable").reset_index(drop=True)
