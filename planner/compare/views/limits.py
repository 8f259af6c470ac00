"""The limiter map: which limit binds where and when, what relaxing it by a unit is worth, and what it costs in all.

Every published price belongs to a kind of limit. A price says what the last unit is worth; the price times the limit,
`worth_musd`, says how much of the plan's cost hangs on it, so that limits in different units can be ranked. That is
discounted and for the whole period. It isn't what lifting the limit would save: the price falls on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from planner.compare.cases import Case, by_scenario, calendars
from planner.compare.insight import Insight
from planner.questions.items import text_of
from planner.results import DEMAND

COLUMNS = (
    "scenario",
    "period",
    "start",
    "kind",
    "worth_musd",
    "later_musd",
    "binding",
    "where",
    "price",
    "unit",
    "degenerate",
)
"""A row a scenario, period and kind of limit that binds. `later_musd`: the same of limits that are nothing in this
period and are still to come (a connection in its queue), by their later size. `binding`: limits of the kind with a
price; `where`, `price`, `unit`: the one of largest worth, of largest price where no worth is known; `degenerate`:
whether that price holds for no finite step to one side ('yes', 'no')."""
KINDS: Mapping[str, tuple[str, ...]] = {
    "grid": ("grid connection", "firm power", "import in this hour"),
    "chips": ("supply of accelerators", "market for rented accelerators", "capacity at the peak"),
    "caps": ("licence", "export cap"),
    "energy price": ("surplus energy of the zone", "room for the asset", "permitted hours"),
    "money": ("budget",),
    "deadlines": ("cluster",),
    "adoption": ("applications",),
    "sites": ("room at the site", "halls"),
    "models": ("most a model answers",),
    "policy": ("home share of compute", "carbon ceiling", "water ceiling", "tokens that can be withdrawn"),
}
"""Headings of prices by kind of limit. Deadlines: a run of training must end in time, which asks for a cluster of its
size; waits for the grid are the grid's."""
LETTERS = {
    "grid": "GR",
    "chips": "CH",
    "caps": "CA",
    "energy price": "EN",
    "money": "MO",
    "deadlines": "DL",
    "adoption": "AD",
    "sites": "SI",
    "models": "ML",
    "policy": "PO",
}
NO_LIMIT = ("one more token asked for",)
"""Headings of prices that are no limit's."""
KIND_OF = {heading: kind for kind, headings in KINDS.items() for heading in headings}
WORDS = {"grid connection": "connection", "room at the site": "room"}
"""Headings said shorter before the name of a place."""


def limits(among: Sequence[Case], insights: Mapping[str, Insight]) -> pd.DataFrame:
    """What binds in every scenario with prices, by period; limits that are of no period are left out."""
    planned = [case for case in among if case.exists]
    priced = {case.name: case.prices for case in planned if len(case.prices)}
    if not priced:
        return pd.DataFrame(columns=list(COLUMNS))
    prices = pd.concat(priced, names=["scenario", None]).reset_index("scenario")
    prices = prices[prices["constraint"] != DEMAND]
    period = prices["keys"].str.extract(r"(?:^|; )period=([^;]*)", expand=False)
    rows = prices.assign(period=period, kind=prices["heading"].map(KIND_OF)).dropna(subset=["period"])
    by = ["scenario", "part", "constraint", "keys"]
    worth = pd.concat([insights[name].worth.assign(scenario=name) for name in priced]).drop_duplicates(by)
    rows = rows.merge(worth.astype({"worth_musd": float, "later_musd": float}), on=by, how="left")
    rows = rows.merge(calendars(planned)[["scenario", "period", "start"]], on=["scenario", "period"], how="inner")
    rows = rows[rows["worth_musd"].notna() | ~rows["scenario"].isin(worth["scenario"])]
    rows = rows.assign(size=rows["value"].abs()).sort_values(
        ["worth_musd", "later_musd", "size"], ascending=False, kind="stable", na_position="last"
    )
    groups = rows.groupby(["scenario", "start", "kind"], sort=True)
    first = groups.first()
    sums = groups[["worth_musd", "later_musd"]].sum(min_count=1)
    where = [named(heading, keys) for heading, keys in zip(first["heading"], first["keys"], strict=True)]
    told = first.assign(**sums, binding=groups.size(), where=where).rename(columns={"value": "price"})
    return by_scenario(told.reset_index()[list(COLUMNS)], planned)


def strongest(found: pd.DataFrame) -> pd.DataFrame:
    """Of each scenario and period, the kind of limit of the largest worth; where nothing has one, of those to come.
    Prices in different units can't be ranked, so scenarios without worths are left out."""
    by = ["worth_musd", "later_musd"]
    ranked = found.dropna(subset=by).sort_values(by, ascending=False, kind="stable")
    return ranked.drop_duplicates(["scenario", "start"]).sort_index()


def named(heading: str, keys: str) -> str:
    """A limit by its place: 'connection at jamnagar stage 1', 'supply of accelerators: h100'."""
    entries = dict(part.split("=", 1) for part in keys.split("; ") if "=" in part)
    rest = {key: value for key, value in entries.items() if key not in ("period", "slice", "segment")}
    site = rest.pop("site", "")
    others = " ".join(f"stage {_plain(value)}" if key == "stage" else value for key, value in rest.items() if value)
    said = WORDS.get(heading, heading)
    if site:
        return f"{said} at {site}" + (f" {others}" if others.startswith("stage") else f": {others}" if others else "")
    return f"{said}: {others}" if others else said


def _plain(value: str) -> str:
    try:
        return text_of(float(value))
    except ValueError:
        return value
