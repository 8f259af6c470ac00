"""Appendix B, the answer on one page: what a minister is told, and the orders of the first year.

Every sentence is a function of result tables. Orders are the plan's own, dated by their lead (`compare.orders`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from planner.appendices.material import Material
from planner.appendices.purpose import LAYER_WORDS
from planner.compare.orders import MUSD, ORDERED, OrderBook, order_book
from planner.plan import Plan
from planner.report.blocks import Block, Column, Heading, Paragraph, Table
from planner.report.charts import bars
from planner.results import SMALL_MODEL_B, limits
from planner.wording import NOTABLE, counted, joined, money, number, several, significant

FIRST_YEARS = 1.0
"""The orders that are listed: those placed before a year after plan start has passed."""
MONTHS_A_YEAR = 12
NAMED = 2
"""How many of a kind a sentence or a row names."""
CHARTED = 3
"""Sites that have a bar of their own."""
TAKEN = 1e-4
"""Of a run: from here on it is made."""
KINDS: Mapping[str, tuple[str, str]] = {
    "siting.opened": ("Open sites", ""),
    "siting.fitout_mw": ("Fit out halls", "MW"),
    "grid.begun": ("Begin connections", ""),
    "grid.energise_mw": ("Order connections", "MW"),
    "energy.build_mw": ("Build or contract energy", "MW"),
    "procurement.buy": ("Buy accelerators", "units"),
    "clouds.rent": ("Rent accelerators", "units"),
    "training.run": ("Train or adopt models", ""),
    "adoption.adopt": ("Pay for applications", "M USD"),
}
"""By block of orders: what is done, and the unit it is told in; "" where items are only named."""
HEADINGS = {"applications": "uptake of applications"}
"""Of limits whose heading alone would be taken for money."""
HEADLINES = (Column("figure", "Figure", kind="text"), Column("value", "Value"), Column("unit", "Unit", kind="text"))
DECISIONS = (
    Column("decision", "Decision", kind="text"),
    Column("what", "What: in all, and the largest", kind="text"),
    Column("first", "First order", kind="month"),
    Column(MUSD, "Commits", kind="money"),
)


def answer(material: Material) -> list[Block]:
    """Appendix B."""
    inputs, figures = material.inputs, material.figures
    start = str(inputs.settings["plan_start"])
    decided = first_orders(order_book(material.plan, FIRST_YEARS), start)
    told = [
        " ".join([built(material.table("siting"), inputs["sites"]), powered(material.table("grid"), material.periods)]),
        " ".join(
            [
                bought(material.table("procurement"), material.periods),
                rented(material.table("clouds")),
                trained(material.table("models"), inputs["models"]),
            ]
        ),
        " ".join([served(figures), small(figures), unserved(figures, material.table("unserved"))]),
        " ".join([cost(figures, material.table("money")), proven(figures), limiting(weights(material.plan))]),
        changing(material.tornado, material.switching),
    ]
    return [
        Heading("B The answer on one page"),
        *(Paragraph(" ".join(said.split())) for said in told),
        Table("Headline figures", headlines(material), HEADLINES, sheet="Headline figures"),
        *_halls(material),
        Table(
            f"Decisions to take before {pd.Period(start, 'M') + MONTHS_A_YEAR}",
            decided,
            DECISIONS,
            "What an order alone leads to over the plan, undiscounted; a contract pays through its energy, so 0 here.",
            sheet="First decisions",
            totals=1 if len(decided) else 0,
        ),
    ]


def built(siting: pd.DataFrame, sites: pd.DataFrame) -> str:
    """The halls that are built, and where most of them."""
    found = siting.groupby("site", sort=False)["fitout_mw"].sum()
    found = found[found > NOTABLE].sort_values(ascending=False, kind="stable")
    stand = siting.groupby("period", sort=False)["hall_mw"].sum()
    if found.empty:
        return f"No halls are built; at most {number(float(stand.max()))} MW stand."
    country = dict(zip(sites["site"], sites["country"], strict=True))
    begun = siting[siting["fitout_mw"] > NOTABLE].drop_duplicates("site")
    first = dict(zip(begun["site"], begun["period"], strict=True))
    named = [f"{site} ({country[site]}), {number(mw)} MW from {first[site]}" for site, mw in found[:NAMED].items()]
    return (
        f"**{number(float(found.sum()))} MW of IT halls are built** at {several(len(found), 'site')}: "
        f"{_with_rest(named, len(found))}. At most {number(float(stand.max()))} MW stand."
    )


def powered(grid: pd.DataFrame, periods: Sequence[str]) -> str:
    """When power arrives."""
    rows = grid[grid["energise_mw"] > NOTABLE]
    if rows.empty:
        return "No new grid connection is energised."
    by_period = rows.groupby("period", sort=False)["energise_mw"].sum().reindex(list(periods)).dropna()
    half = by_period.cumsum() >= by_period.sum() / 2
    return (
        f"**Power** of {number(float(by_period.sum()))} MW arrives over new connections, the first "
        f"{number(float(by_period.iloc[0]))} MW in {by_period.index[0]}, half of it by {half.idxmax()}."
    )


def bought(procurement: pd.DataFrame, periods: Sequence[str]) -> str:
    """The accelerators that are bought."""
    found = procurement.groupby("accelerator", sort=False)["buy_units"].sum()
    found = found[found > NOTABLE].sort_values(ascending=False, kind="stable")
    if found.empty:
        return "No accelerators are bought."
    when = procurement.loc[procurement["buy_units"] > NOTABLE, "period"]
    years = [period for period in periods if period in set(when)]
    span = f"in {years[0]}" if len(years) == 1 else f"from {years[0]} to {years[-1]}"
    named = [f"{number(units)} {chip}" for chip, units in found[:NAMED].items()]
    return (
        f"**{number(float(found.sum()))} accelerators are bought**, arriving {span}: {_with_rest(named, len(found))}."
    )


def rented(clouds: pd.DataFrame) -> str:
    """The largest number of accelerators that are rented at a time."""
    if clouds.empty or clouds["rented_units"].max() <= NOTABLE:
        return "None are rented."
    by_period = clouds.groupby("period", sort=False)["rented_units"].sum()
    return f"At most {number(float(by_period.max()))} are rented ({by_period.idxmax()})."


def trained(made: pd.DataFrame, models: pd.DataFrame) -> str:
    """The runs of models by what they are: trained, adopted."""
    runs = made[made["run"] > TAKEN].groupby("model", sort=False)["run"].sum()
    if runs.empty:
        return "No model is trained, or adopted at a cost."
    route = dict(zip(models["model"], models["route"], strict=True))
    adopted = [str(model) for model in runs.index if route[model] == "adopt"]
    own = [str(model) for model in runs.index if route[model] != "adopt"]
    taken = f"{several(len(adopted), 'open model')} {'is' if len(adopted) == 1 else 'are'} adopted" if adopted else ""
    if not own:
        return f"No model is trained; {taken}."
    named = _with_rest(own[:NAMED], len(own))
    work = counted(float(runs[own].sum()), "runs")
    return f"**Trained** are {several(len(own), 'model')} in {work} ({named})" + (f"; {taken}." if taken else ".")


def served(figures: Mapping[str, Any]) -> str:
    """What is served of the demand in reach."""
    had = float(figures["served_t"])
    asked = had + float(figures["unserved_t"])
    share = number(100 * had / asked) if asked else "100"
    return f"**{share} % of the demand that a model could answer is served**: {number(had)} T output tokens."


def small(figures: Mapping[str, Any]) -> str:
    """What small models do."""
    tokens, hours = figures["small_model_token_share"], figures["small_model_training_share"]
    if tokens is None:
        return ""
    said = f"Small models, up to {number(SMALL_MODEL_B)}B parameters, answer {number(100 * float(tokens))} % of them"
    return f"{said}." if hours is None else f"{said} and take {number(100 * float(hours))} % of training hours."


def unserved(figures: Mapping[str, Any], table: pd.DataFrame) -> str:
    """What is not served, and of which workloads."""
    lost = float(figures["unserved_t"])
    beyond = float(figures["out_of_reach_t"])
    reach = f" Another {number(beyond)} T no model could answer." if beyond > NOTABLE else ""
    if lost <= NOTABLE:
        return f"Nothing in reach stays unserved.{reach}"
    most = table.groupby("workload", sort=False)["unserved_t"].sum().sort_values(ascending=False, kind="stable")
    name, tokens = str(most.index[0]), float(most.iloc[0])
    if tokens / lost >= 0.995:
        return f"Not served are {number(lost)} T, of {name}.{reach}"
    return f"Not served are {number(lost)} T, {number(100 * tokens / lost)} % of them of {name}.{reach}"


def cost(figures: Mapping[str, Any], table: pd.DataFrame) -> str:
    """What the plan costs, and what most of the money is for."""
    spent = table[table["period"] != "end"]
    layers = spent.groupby("layer")["musd"].sum()
    told = [f"{LAYER_WORDS[str(layer)]} {money(float(musd))}" for layer, musd in layers.items() if abs(musd) > NOTABLE]
    return (
        f"**The plan costs {money(float(figures['cost_musd']))}**, discounted and with residual values off; spent are "
        f"{money(float(figures['spent_musd']))}: {joined(told, None)}."
    )


def proven(figures: Mapping[str, Any]) -> str:
    """How near the best the plan is known to be."""
    if "gap" not in figures:
        return "It is proven to be the best."
    return f"It is proven to be within {significant(100 * float(figures['gap']), 2)} % of the best."


def weights(plan: Plan) -> pd.Series:
    """Discounted MUSD that limits weigh, shadow price times limit, by what limits; the largest first."""
    found: dict[str, float] = {}
    for _, price, keys, dual, limit in limits(plan):
        layers = keys["layer"].astype(str) if "layer" in keys else pd.Series("", index=keys.index)
        by_layer = pd.Series(dual * limit).groupby(layers.to_numpy()).sum()
        for layer, musd in by_layer.items():
            heading = HEADINGS.get(price.heading, price.heading)
            name = f"{heading} for {LAYER_WORDS[str(layer)]}" if layer in LAYER_WORDS else heading
            found[name] = found.get(name, 0.0) + float(musd)
    told = pd.Series(found, dtype=float)
    return told[told > NOTABLE].sort_values(ascending=False, kind="stable")


def limiting(worth: pd.Series) -> str:
    """What holds the plan back."""
    if worth.empty:
        return "Nothing but demand itself limits it."
    named = [f"{name}, {money(float(musd))}" for name, musd in worth.head(NAMED).items()]
    return f"**What limits it most**, by shadow price times limit: {'; '.join(named)}."


def changing(tornado: pd.DataFrame, switching: pd.DataFrame) -> str:
    """Which assumptions move the answer most, and which lever changes a decision first."""
    if tornado.empty and len(switching):
        return f"No assumption of the workbook has a range.{_switch(switching)}"
    measured = tornado[tornado["measured_musd"].notna()] if len(tornado) else tornado
    if measured.empty:
        return "What would change the answer most was not measured for this report."
    size = measured["measured_musd"].abs()
    largest = measured[size > NOTABLE].assign(size=size).sort_values("size", ascending=False, kind="stable")
    largest = largest.drop_duplicates(["sheet", "field"]).head(NAMED)
    if largest.empty:
        return f"No assumption within its range moves the objective.{_switch(switching)}"
    said = [
        f"{label} at its {end}, {'+' if musd > 0 else '-'}{money(abs(musd))}"
        for label, end, musd in largest[["label", "end", "measured_musd"]].itertuples(index=False)
    ]
    return f"**What would change the answer most**, of the objective: {'; '.join(said)}.{_switch(switching)}"


def _switch(switching: pd.DataFrame) -> str:
    """The decision that changes nearest to how things are, where one does."""
    if switching.empty:
        return ""
    found = switching[switching["switch"].notna()]
    if found.empty:
        return " None of the decisions tried changes within the ranges tried."
    nearest = int(np.argmin(np.abs(np.log(found["switch"].to_numpy(float) / found["base"].to_numpy(float)))))
    columns = found[["decision", "now", "switch", "lever", "becomes"]]
    decision, now, switch, lever, becomes = columns.iloc[nearest]
    at = f"at {number(float(switch))} times {lever}"
    return f" Nearest to changing is {decision}, now {now}: {at} it becomes {becomes}."


def headlines(material: Material) -> pd.DataFrame:
    """The figures of the page, with their units."""
    figures = material.figures
    compute, home = float(figures["compute_h100e_end"]), float(figures["home_h100e_end"])
    last = material.periods[-1]
    rows = [
        ("Served", figures["served_t"], "T output tokens"),
        ("Cost, discounted, residual values off", figures["cost_musd"], "M USD"),
        (f"Halls, {last}", figures["hall_mw_end"], "MW of IT load"),
        (f"Accelerators owned, {last}", figures["accelerators_end"], "units"),
        (f"Compute, {last}", compute, "H100e"),
        ("of which at home", 100 * home / compute if compute else np.nan, "%"),
    ]
    return pd.DataFrame(rows, columns=["figure", "value", "unit"]).astype({"value": float})


def first_orders(book: OrderBook, start: str) -> pd.DataFrame:
    """A row a kind of decision with orders, what they are of, when the first falls and what they commit to; the "
    "whole."""
    begin = pd.Period(start, "M")
    rows = []
    for block, (decision, unit) in KINDS.items():
        orders = book.get(block)
        if orders is None or orders.empty:
            continue
        first = begin + int(np.floor(float(orders[ORDERED].min()) * MONTHS_A_YEAR + NOTABLE))
        weight = MUSD if orders[MUSD].abs().max() > NOTABLE else "told"
        sums = orders.groupby("key0", sort=False)[[MUSD, "told"]].sum()
        sums = sums.sort_values(weight, ascending=False, kind="stable")
        sizes = unit and len(sums) > 1
        named = [
            f"{_item(block, str(item))}{f' ({number(told)})' if sizes else ''}"
            for item, told in sums["told"].head(NAMED).items()
        ]
        whole = f"{counted(float(sums['told'].sum()), unit)}: " if unit else ""
        rows.append((decision, whole + _with_rest(named, len(sums)), str(first), float(orders[MUSD].sum())))
    last = ("All", "", None, float(sum(row[3] for row in rows)))
    return pd.DataFrame([*rows, last] if rows else [], columns=["decision", "what", "first", MUSD])


def halls(siting: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """MW of halls at the end by site, the largest first, what is beyond the largest together."""
    last = siting[siting["period"] == siting["period"].iloc[-1]].set_index("site")["hall_mw"]
    stands = last[last > NOTABLE].sort_values(ascending=False, kind="stable")
    country = dict(zip(sites["site"], sites["country"], strict=True))
    own = len(stands) if len(stands) <= CHARTED + 1 else CHARTED
    rows = [(f"{site} ({country[site]})", float(mw)) for site, mw in stands.head(own).items()]
    if len(stands) > own:
        rows.append((f"{len(stands) - own} others", float(stands.iloc[own:].sum())))
    return pd.DataFrame(rows, columns=["site", "hall_mw"])


def _halls(material: Material) -> Iterator[Block]:
    frame = halls(material.table("siting"), material.inputs["sites"])
    if len(frame):
        yield bars(
            frame,
            title=f"IT halls by site, {material.periods[-1]}",
            alt="MW of halls at the end of the plan, a bar a site, the largest first.",
            caution="Halls are room for machines; what is in them, and when, is told in the results.",
            category=Column("site", "Site", kind="text"),
            value=Column("hall_mw", "Halls", "MW"),
            sheet="Halls by site",
        )


def _item(block: str, name: str) -> str:
    """What is ordered; a stage and an asset are named by their site first."""
    return name.replace(":", " stage " if block.startswith("grid.") else " ")


def _with_rest(named: Sequence[str], count: int) -> str:
    """Names, and how many there are beyond them."""
    rest = count - len(named)
    return "; ".join([*named, f"{rest} more"] if rest > 0 else named)
