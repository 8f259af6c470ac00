"""F 9, limiter map: which limit binds where and when, and what it is worth.

A limit's worth in a period is its shadow price times its size, discounted: how much of the plan hangs on it, so that
limits in different units can be ranked. A limit that is nothing yet, such as a connection in its queue, has its worth
by its later size and is told apart. No worth is what lifting the limit would save: the price falls on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from planner.appendices.material import Material
from planner.appendices.results.across import each, long
from planner.compare.insight import Insight, worth
from planner.compare.views.limits import KIND_OF, limits, named, strongest
from planner.report.blocks import Block, Column, Heading, Note, Paragraph, Table
from planner.report.charts import heat
from planner.wording import NOTABLE, joined, money, several

MOST_LIMITS = 15
ENDING = 2
"""Last periods, too near the end of the plan to be read."""
STRONGEST = (
    Column("period", "Period", kind="text"),
    Column("kind", "Weighs most", kind="text"),
    Column("worth_musd", "Its worth, discounted", kind="money"),
    Column("later_musd", "Still to come", kind="money"),
    Column("where", "Largest of them", kind="text"),
    Column("price", "Its shadow price"),
    Column("unit", "Unit", kind="text"),
    Column("others", "Also binding", kind="text"),
)


def limiters(material: Material) -> Iterator[Block]:
    """Blocks of the section."""
    yield Heading("Limiter map", 2)
    if not material.plan.solution.row_dual.size:
        yield Note("The plan isn't from a basic solution, so that its limits have no prices.")
        return
    found = kinds(material)
    yield Paragraph(of_limits(found, material.periods))
    if found.empty:
        return
    yield strongest_table(found)
    cells = by_limit(worth(material.plan), material.case.prices, material.periods)
    if len(cells):
        yield heat(
            cells,
            title="Worth of the limits that weigh most",
            alt="Limits down, periods across, each cell the shadow price times the limit, discounted, in M USD. "
            f"{of_limits(found, material.periods)}",
            caution="A worth isn't what lifting the limit saves: the price falls on the way. Limits worth less than "
            "those shown bind too.",
            row=Column("limit", "Limit", kind="text"),
            column=Column("period", "Period", kind="text"),
            value=Column("value", "Worth", kind="money"),
            sheet="Limits by worth",
        )


def kinds(material: Material) -> pd.DataFrame:
    """Of the scenario: a row a period and kind of limit that binds, as the comparison's limiter map has it."""
    tables = {} if material.views is None else material.views.tables
    compared = tables.get("limits")
    if compared is not None and (compared["scenario"] == material.case.name).any():
        return compared[compared["scenario"] == material.case.name].reset_index(drop=True)
    told = Insight(worth(material.plan), pd.DataFrame(columns=["kind", "item", "ordered"]))
    return limits((material.case,), {material.case.name: told})


def by_limit(found: pd.DataFrame, prices: pd.DataFrame, periods: Sequence[str]) -> pd.DataFrame:
    """`limit`, `period`, `value` in MUSD: the limits of the largest worth over all periods, largest first; missing
    where a limit is worth nothing. `found` as `worth` gives it, `prices` as the result table."""
    headings = prices.drop_duplicates(["part", "constraint"]).set_index(["part", "constraint"])["heading"]
    keys = pd.MultiIndex.from_frame(found[["part", "constraint"]])
    rows = found.assign(
        heading=headings.reindex(keys).to_numpy(),
        period=found["keys"].astype("str").str.extract(r"(?:^|; )period=([^;]*)", expand=False),
        value=found["worth_musd"],
    ).dropna(subset=["period", "heading"])
    rows = rows[(rows["value"] > NOTABLE) & rows["heading"].isin(KIND_OF)]
    if rows.empty:
        return pd.DataFrame(columns=["limit", "period", "value"])
    rows["limit"] = [named(str(of), str(at)) for of, at in zip(rows["heading"], rows["keys"], strict=True)]
    sums = rows.groupby(["limit", "period"])["value"].sum().unstack("period").reindex(columns=list(periods))
    order = sums.sum(axis=1).sort_values(ascending=False, kind="stable").index[:MOST_LIMITS]
    return long(sums.loc[order], "value")


def strongest_table(found: pd.DataFrame) -> Table:
    """By period: the kind of limit that weighs most, and which others bind."""
    first = strongest(found).sort_values("start", kind="stable")
    others = [
        joined(list(rows[rows["kind"] != kind].sort_values("worth_musd", ascending=False, kind="stable")["kind"]), 4)
        for kind, rows in ((row.kind, found[found["start"] == row.start]) for row in each(first))
    ]
    return Table(
        "The limit that weighs most, by period",
        first.assign(others=others).reset_index(drop=True),
        STRONGEST,
        "Worth is discounted and for the whole period, of all limits of the kind; the price is undiscounted, of the "
        "largest. Still to come: limits that are nothing in the period, by their later size.",
    )


def of_limits(found: pd.DataFrame, periods: list[str]) -> str:
    """What sets the pace, in how many periods, and the heaviest."""
    first = strongest(found) if len(found) else found
    if first.empty:
        return "No limit binds: nothing but demand itself holds the plan back."
    counts = first["kind"].value_counts(sort=False).sort_values(ascending=False, kind="stable")
    kind, times = str(counts.index[0]), int(counts.iloc[0])
    others = [f"{other} in {count}" for other, count in counts.iloc[1:].items()]
    told = f"{SUBJECTS[kind]} the pace in {times} of {several(len(periods), 'period')}"
    told += f"; {joined(others)}." if others else "."
    read = first if len(periods) <= ENDING + 1 else first[~first["period"].isin(periods[-ENDING:])]
    if read.empty or read["worth_musd"].max() <= NOTABLE:
        return told
    heaviest = read.iloc[int(read["worth_musd"].to_numpy().argmax())]
    before = "" if len(read) == len(first) else f"Before {periods[-ENDING]} "
    is_, where, period = "heaviest is" if before else "Heaviest is", heaviest["where"], heaviest["period"]
    return f"{told} {before}{is_} {where} in {period}, {money(float(heaviest['worth_musd']))}."


SUBJECTS = {
    "grid": "Grid connection sets",
    "chips": "The supply of chips sets",
    "caps": "Export control sets",
    "energy price": "The price of energy sets",
    "money": "Money sets",
    "deadlines": "Deadlines of training set",
    "adoption": "Adoption sets",
    "sites": "Room at sites sets",
    "models": "What models can answer sets",
    "policy": "Policy sets",
}
"""The kinds of limit at the begin of a sentence."""
