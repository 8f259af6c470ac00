"""The views in short sentences: what a reader should take from each, in figures of three digits."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from planner.compare.cases import Case
from planner.compare.insight import NO_PLAN, Insight
from planner.compare.views.limits import strongest
from planner.compare.views.scoreboard import FIGURES
from planner.compare.views.stability import DO_NOW, KEEP_OPEN, MINOR, NEVER, ONLY_IF, little_said
from planner.wording import NOTABLE, counted, money, number, ranged, several

LISTED = 5
"""How many of a kind a sentence names before it says how many more there are."""
COST, SERVED = FIGURES[0].label, FIGURES[3].label
TOLD_PATHS = {"halls": "Halls", "served": "Tokens served", "carbon": "Carbon"}


def listed(items: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(items) - LISTED
    return ", ".join(items[:LISTED]) + (f" and {more} more" if more > 0 else "")


def of_scoreboard(board: pd.DataFrame, among: Sequence[Case], base: str) -> list[str]:
    """The cheapest and dearest, what serves least, what the gaps leave open, and what has no plan."""
    told = []
    others = board[board["scenario"] != base]
    cost = others[others["figure"] == COST].sort_values("difference", kind="stable")
    if len(cost):
        ends = [cost.iloc[0], cost.iloc[-1]] if len(cost) > 1 else [cost.iloc[0]]
        words = " and ".join(f"{row['scenario']} ({row['told']})" for row in ends)
        told.append(f"Cost lies between {words}." if len(ends) > 1 else f"Cost against {base}: {words}.")
        unclear = cost[cost["told"].str.startswith("no difference")]
        if len(unclear):
            told.append(f"The gaps allow no difference in cost to be told for {listed(list(unclear['scenario']))}.")
    served = others[(others["figure"] == SERVED) & (others["difference"] < -NOTABLE)].sort_values("difference")
    if len(served):
        told.append(f"{served['scenario'].iloc[0]} serves least: it {served['told'].iloc[0]}.")
    without = [f"{case.name} ({case.record.get('reason') or case.status})" for case in among if not case.exists]
    if without:
        told.append(f"No plan to compare: {'; '.join(without)}.")
    return told


def of_differences(found: pd.DataFrame) -> list[str]:
    """How many cells each scenario changes, and by which levers."""
    told = []
    for scenario, rows in found.groupby("scenario", sort=False):
        levers = list(dict.fromkeys(rows["lever"]))
        cells = int(rows["cells"].sum())
        told.append(f"{scenario} changes {several(cells, 'cell')}: {listed(levers)}.")
    return told or ["Nothing differs in the inputs."]


def of_paths(found: pd.DataFrame, base: str) -> list[str]:
    """Between what scenarios end a few of the paths."""
    told = []
    for quantity in TOLD_PATHS:
        rows = found[found["quantity"] == quantity]
        last = rows[rows["start"] == rows.groupby("scenario")["start"].transform("max")]
        ends = last.groupby("scenario", sort=False)["value"].sum()
        if ends.empty:
            continue
        unit = rows["unit"].iloc[0]
        if number(ends.min()) == number(ends.max()):
            everywhere = {1: "", 2: " in both"}.get(len(ends), " in every scenario")
            told.append(f"{TOLD_PATHS[quantity]} in the last period: {number(ends.max())} {unit}{everywhere}.")
            continue
        own = f"; {base} {number(ends[base])}" if base in ends else ""
        told.append(
            f"{TOLD_PATHS[quantity]} in the last period: {number(ends.min())} {unit} ({ends.idxmin()}) to "
            f"{number(ends.max())} {unit} ({ends.idxmax()}){own}."
        )
    return told


def of_maps(found: pd.DataFrame) -> list[str]:
    """The largest difference of each map."""
    told = []
    for quantity, rows in found.groupby("quantity", sort=False):
        most = rows.iloc[int(rows["difference"].abs().to_numpy().argmax())]
        if abs(most["difference"]) <= NOTABLE:
            told.append(f"{str(quantity).capitalize()}: no difference in any scenario.")
            continue
        way = "more" if most["difference"] > 0 else "less" if most["unit"] == "MW" else "fewer"
        told.append(
            f"{str(quantity).capitalize()}, largest difference: {most['scenario']}, {most['item']} in "
            f"{most['period']}, {counted(abs(most['difference']), most['unit'])} {way}."
        )
    return told


def of_limits(found: pd.DataFrame, among: Sequence[Case], base: str) -> list[str]:
    """What sets the pace of the base, and of scenarios where that is another kind of limit."""
    first = strongest(found)
    told: dict[str, str] = {}
    leading: dict[str, str] = {}
    for case in among:
        rows = first[first["scenario"] == case.name]
        if rows.empty:
            continue
        count = len(case.calendar)
        kinds = rows["kind"].value_counts(sort=False).sort_values(ascending=False, kind="stable")
        most = rows.iloc[int(rows["worth_musd"].to_numpy().argmax())]
        leading[case.name] = str(kinds.index[0])
        others = "".join(f", {kind} in {periods}" for kind, periods in kinds.iloc[1:].items())
        said = f"{case.name}: {kinds.index[0]} weighs most in {kinds.iloc[0]} of {count} periods{others}"
        heaviest = f"; heaviest is {most['where']} in {most['period']}, {money(most['worth_musd'])}"
        told[case.name] = said + (heaviest if most["worth_musd"] > NOTABLE else "") + "."
    if not told:
        return ["No limit binds whose weight is known."]
    unlike = [name for name in told if name != base and leading[name] != leading.get(base)]
    more = len(unlike) - LISTED
    rest = [f"Another {more} differ from {base}; see the map."] if more > 0 else []
    same = [] if unlike else ["The same kind of limit leads in every scenario."] if len(told) > 1 else []
    return [told[name] for name in (base, *unlike[:LISTED]) if name in told] + rest + same


def of_stability(found: pd.DataFrame, count: int, commit: str, costs_musd: Sequence[float] = ()) -> list[str]:
    """The decisions by what to do about them, those to be done now with what is ordered before the commitment date;
    first, where it is so, that they say little. `costs_musd`: of each of the `count` scenarios, where they are known.
    """
    caution = little_said(count, costs_musd)
    told = [caution] if caution else []
    amounts = found.loc[found["verdict"] == DO_NOW, "ordered_largest"].notna()
    by_then = "; in brackets how much by then" if amounts.any() else ""
    said = {
        DO_NOW: f"Do now (ordered before {commit} in nearly all of {count} scenarios{by_then})",
        KEEP_OPEN: "Keep open",
        ONLY_IF: "Only if",
        NEVER: f"Never (in none of the {count} scenarios)",
    }
    for verdict, words in said.items():
        rows = found[(found["verdict"] == verdict) & (found["minor"] != "yes")]
        if len(rows):
            told.append(f"{words}: {listed([*map(_decision, rows.to_dict('records'))])}.")
    minor = found[found["minor"] == "yes"]
    if len(minor):
        items = [f"{decision} ({what})" for decision, what in zip(minor["decision"], minor["verdict"], strict=True)]
        told.append(f"Hardly matter, below {MINOR:.0%} of their kind in every scenario: {listed(items)}.")
    return told


def _decision(row: Mapping[Hashable, Any]) -> str:
    decision = str(row["decision"])
    if row["verdict"] == ONLY_IF:
        return f"{decision} ({row['scenarios']})"
    if row["verdict"] == DO_NOW and row["ordered_largest"] == row["ordered_largest"]:
        return f"{decision} ({ranged(row['ordered_smallest'], row['ordered_largest'], row['unit'])})"
    return decision


def of_insights(insights: Mapping[str, Insight]) -> list[str]:
    """Of which plans limits are not weighed and orders not dated, and why."""
    by_reason: dict[str, list[str]] = {}
    for name, one in insights.items():
        if one.why_not and not one.why_not.startswith(NO_PLAN):
            by_reason.setdefault(one.why_not, []).append(name)
    return [
        f"Of {listed(names)} limits can't be weighed, and orders count as late as services: {reason}."
        for reason, names in by_reason.items()
    ]
