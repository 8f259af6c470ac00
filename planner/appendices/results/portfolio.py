"""F 4, model portfolio: each model's kind, its runs and where they are done, what they take and cost, what it answers.

Its cost is that of layer L2: people, data and licences of its runs, and api fees; accelerators and power are L1's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from planner.appendices.material import Material
from planner.appendices.results.across import ALL, MOST_ROWS, OTHER, across, each, every_period, largest, long, percent
from planner.appendices.results.readings import entry
from planner.report.blocks import Block, Column, Heading, Paragraph, Table
from planner.report.charts import stacked
from planner.results import SMALL_MODEL_B
from planner.wording import NOTABLE, joined, number, several

LEAST_RUN = 1e-4
MOST_CLASSES = 8
MODELS = (
    Column("model", "Model", kind="text"),
    Column("class", "Class", kind="text"),
    Column("how", "Route", kind="text"),
    Column("total_params_b", "Size", "B"),
    Column("runs", "Runs", kind="text"),
    Column("hours", "Training", "M h"),
    Column("musd", "Cost in L2", kind="money"),
    Column("served_t", "Answers", "T"),
    Column("share", "Of all tokens", kind="share"),
)


def portfolio(material: Material) -> Iterator[Block]:
    """Blocks of the section."""
    yield Heading("Model portfolio", 2)
    found = models(material)
    mix = by_class(material)
    yield Paragraph(f"{of_models(found, len(material.inputs['models']))} {of_small(material.figures)}")
    if found.empty:
        return
    yield model_table(found)
    if mix.empty:
        return
    sizes = size_of_classes(material)
    yield stacked(
        mix.assign(name=[f"{name} ({sizes[name]})" if name in sizes else name for name in mix["class"]]),
        title="Tokens by class of model",
        alt=f"Output tokens by period, a layer a class of models with their sizes. {of_small(material.figures)}",
        caution="A token of a small model isn't the answer that one of a large model is; periods may differ in length.",
        time=Column("period", "Period", kind="text"),
        value=Column("value", "Output tokens", "T"),
        series=Column("name", "Class", kind="text"),
        sheet="Tokens by class of model",
    )
    yield across(
        "Tokens by size of model, share of all",
        by_size(material),
        (Column("size", "Models", kind="text"),),
        material.periods,
        kind="share",
        flow=False,
        total=False,
        blank=True,
    )


def models(material: Material) -> pd.DataFrame:
    """A row a model that runs or answers: the columns of `MODELS`, those that answer most first."""
    table = material.inputs["models"]
    runs, hosted, served = (material.table(name) for name in ("models", "training", "serving"))
    answered = served.groupby("model")["served_t"].sum() if len(served) else pd.Series(dtype=float)
    hours = hosted.groupby("model")["accelerator_hours"].sum() / 1e6 if len(hosted) else pd.Series(dtype=float)
    cost = pd.Series(dtype=float)
    for name in ("L2|model runs", "L2|api"):
        paid = entry(material.plan, "money", name)
        if len(paid):
            cost = cost.add(paid.groupby("model")["value"].sum(), fill_value=0.0)
    names = table["model"].astype(str)
    frame = table[["class", "route", "total_params_b"]].assign(
        model=names,
        how=table["route"] + (" from " + table["base"]).where(table["base"] != "", ""),
        runs=[runs_of(name, runs, hosted) for name in names],
        hours=names.map(hours).fillna(0.0),
        musd=names.map(cost).fillna(0.0),
        served_t=names.map(answered).fillna(0.0),
    )
    whole = frame["served_t"].sum()
    frame["share"] = frame["served_t"] / whole if whole > NOTABLE else np.nan
    used = frame[(frame["runs"] != "") | (frame["served_t"] > NOTABLE)]
    return used.sort_values("served_t", ascending=False, kind="stable").reset_index(drop=True)


def model_table(found: pd.DataFrame) -> Table:
    """Models, the smallest of a long list summed, and all of them."""
    shown = found
    if len(found) > MOST_ROWS:
        rest = found.iloc[MOST_ROWS - 1 :]
        shown = pd.concat([found.iloc[: MOST_ROWS - 1], _summed(rest, f"{OTHER} ({len(rest)})")], ignore_index=True)
    return Table(
        "Models trained, adopted and used",
        pd.concat([shown, _summed(found, ALL)], ignore_index=True),
        MODELS,
        "Size in billions of parameters; training in million accelerator-hours, experiments and failed runs included. "
        "A run of an adopted model is its adaptation, without training. Costs are undiscounted; accelerators and power "
        "are in L1.",
        totals=1,
    )


def by_class(material: Material) -> pd.DataFrame:
    """`class`, `period`, `value` in T, largest class first."""
    served = material.table("serving")
    if served.empty or served["served_t"].sum() <= NOTABLE:
        return pd.DataFrame(columns=["class", "period", "value"])
    classes = material.inputs["models"].set_index("model")["class"]
    sums = served.assign(**{"class": served["model"].map(classes)}).groupby(["class", "period"])["served_t"].sum()
    rows = sums.rename("value").reset_index()
    present = rows[rows.groupby("class")["value"].transform("sum") > NOTABLE]
    return every_period(largest(present, "class", MOST_CLASSES), ["class"], material.periods)


def by_size(material: Material) -> pd.DataFrame:
    """`size` (small, larger), `period`, `value`: share of the period's tokens; missing where nothing is answered."""
    served, table = material.table("serving"), material.inputs["models"]
    small = set(table.loc[table["total_params_b"] <= SMALL_MODEL_B, "model"])
    names = {True: f"small, up to {number(SMALL_MODEL_B)}B", False: "larger"}
    sums = served.assign(size=served["model"].isin(small).map(names)).groupby(["size", "period"])["served_t"].sum()
    wide = sums.unstack("period").reindex(index=pd.Index(names.values(), name="size")).fillna(0.0)
    whole = wide.sum()
    return long(wide / whole.where(whole > NOTABLE), "value")


def size_of_classes(material: Material) -> dict[str, str]:
    """The sizes of the models of each class, in words: 8B, 117 to 280B."""
    sizes = material.inputs["models"].groupby("class")["total_params_b"].agg(["min", "max"])
    return {
        str(name): f"{number(least)}B" if least == most else f"{number(least)} to {number(most)}B"
        for name, least, most in zip(sizes.index, sizes["min"], sizes["max"], strict=True)
    }


def runs_of(model: str, runs: pd.DataFrame, hosted: pd.DataFrame) -> str:
    """When and where a model runs: '2029 at chennai, 2031 at jamnagar'; a fraction is told as such."""
    said = []
    for row in each(runs[(runs["model"] == model) & (runs["run"] > LEAST_RUN)]):
        there = hosted[(hosted["model"] == model) & (hosted["period"] == row.period) & (hosted["runs"] > LEAST_RUN)]
        amount = "" if abs(row.run - 1) < LEAST_RUN else f"{number(row.run)} × "
        at = f" at {' and '.join(there['site'].astype(str))}" if len(there) else ""
        said.append(f"{amount}{row.period}{at}")
    return joined(said, 6)


def of_models(found: pd.DataFrame, offered: int) -> str:
    """How many models are used, by route; the one that answers most."""
    if found.empty:
        return f"{several(offered, 'model')} on offer, none used."
    routes = found["route"].value_counts(sort=False)
    parts = ", ".join(f"{route} {count}" for route, count in routes.items())
    verb = "runs or answers" if len(found) == 1 else "run or answer"
    told = f"{len(found)} of {several(offered, 'model')} on offer {verb} (by route: {parts})."
    if found["served_t"].sum() <= NOTABLE:
        return told
    first = found.sort_values("served_t", ascending=False, kind="stable").iloc[0]
    return f"{told} {first['model']} answers {percent(float(first['share']))} of all tokens."


def of_small(figures: Mapping[str, Any]) -> str:
    """What small models do of the answers and of training."""
    served, trained = figures.get("small_model_token_share"), figures.get("small_model_training_share")
    if served is None:
        return "Nothing is answered."
    told = f"Small models, of at most {number(SMALL_MODEL_B)}B parameters, answer {percent(float(served))} of tokens"
    return told + (f" and take {percent(float(trained))} of training hours." if trained is not None else ".")


def _summed(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    sums = {column: rows[column].sum() for column in ("hours", "musd", "served_t", "share")}
    blank = {"model": name, "class": "", "route": "", "how": "", "total_params_b": np.nan, "runs": ""}
    return pd.DataFrame([{**blank, **sums}])
