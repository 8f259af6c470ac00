"""F 1, siting and energisation: which halls stand where and when; connections offered, ordered, energised.

A stage is offered for plan start plus its lead, of the percentile that the programme plans with; ordered its lead
before it is first energised; its slip is the time between the two dates of energisation. A slip may be a choice: power
can be taken later than it is offered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from planner.appendices.material import Material
from planner.appendices.results.across import OTHER, across, each, notable
from planner.appendices.results.readings import period_starts
from planner.compare.insight import orders
from planner.questions.items import text_of
from planner.report.blocks import Block, Column, Heading, Paragraph, Table
from planner.report.charts import gantt, sites_map
from planner.wording import NOTABLE, joined, number, several

MOST_STAGES = 30
TAKEN_MW = 0.01
"""Energised power from which a stage counts as taken: less is rounding."""
LEADS = {"low": "lead_months_low", "central": "lead_months", "high": "lead_months_high"}
STAGES = (
    Column("site", "Site", kind="text"),
    Column("stage", "Stage", kind="text"),
    Column("mw", "Offered", "MW"),
    Column("lead_months", "Lead", "months"),
    Column("offered", "Could be had", kind="month"),
    Column("ordered", "Ordered", kind="month"),
    Column("energised", "First energised", kind="month"),
    Column("connected_mw", "Taken by the end", "MW"),
    Column("share", "Of the offer", kind="share"),
    Column("slip_months", "Later than offered", "months", "integer"),
)


def siting(material: Material) -> Iterator[Block]:
    """Blocks of the section."""
    yield Heading("Siting and energisation schedule", 2)
    halls = material.table("siting")
    found = stages(material)
    by_period = halls.groupby("period", sort=False)["hall_mw"].sum().reindex(material.periods).fillna(0.0)
    last = material.periods[-1]
    at_end = halls[halls["period"] == last].set_index("site")["hall_mw"] if len(halls) else pd.Series(dtype=float)
    yield Paragraph(f"{of_halls(by_period, at_end, len(material.inputs['sites']))} {of_stages(found)}")
    table = hall_table(material)
    if table is None:
        return
    yield table
    yield from _map(material, at_end)
    if len(found):
        yield stage_table(found, str(material.inputs.settings["grid_delay"]))
    if found["energised"].notna().any():
        yield from _gantt(found)


def hall_table(material: Material) -> Table | None:
    """Halls by site and period, what stood there, when the first was added; None where no hall ever stands."""
    halls, sites = material.table("siting"), material.inputs["sites"]
    if halls.empty:
        return None
    rows = notable(halls.assign(value=halls["hall_mw"], site=halls["site"].astype(str)), ["site"])
    if rows.empty:
        return None
    about = sites.assign(site=sites["site"].astype(str)).set_index("site")
    grown = halls[halls["fitout_mw"] > TAKEN_MW].drop_duplicates("site")
    added = dict(zip(grown["site"].astype(str), grown["period"].astype(str), strict=True))
    rows = rows.assign(
        country=rows["site"].map(about["country"]),
        zone=rows["site"].map(about["zone"]),
        standing=[f"{number(mw)} MW" if mw > NOTABLE else "none" for mw in rows["site"].map(about["existing_it_mw"])],
        first=[added.get(site, "none") for site in rows["site"]],
    )
    heads = (
        Column("site", "Site", kind="text"),
        Column("country", "Country", kind="text"),
        Column("zone", "Zone", kind="text"),
        Column("standing", "Standing", kind="text"),
        Column("first", "First added", kind="text"),
    )
    return across(
        "IT halls by site, MW",
        rows,
        heads,
        material.periods,
        flow=False,
        note="IT power of halls, of those that stood at plan start too.",
    )


def stages(material: Material) -> pd.DataFrame:
    """A row a stage that is offered: the columns of `STAGES`, and `high`, the month at the long end of its wait. Months
    are YYYY-MM; missing what never comes."""
    offers = material.inputs["grid_offers"]
    if offers.empty:
        return pd.DataFrame(columns=[*(column.name for column in STAGES), "high"])
    start = pd.Period(str(material.inputs.settings["plan_start"]), "M")
    lead = offers[LEADS[str(material.inputs.settings["grid_delay"])]]
    high = offers[LEADS["high"]].fillna(lead)
    frame = pd.DataFrame(
        {
            "site": offers["site"].astype(str),
            "stage": offers["stage"].map(text_of),
            "mw": offers["mw"],
            "lead_months": lead,
            "offered": [_month(start, months) for months in lead],
            "high": [_month(start, months) for months in high],
        }
    )
    names = frame["site"] + ":" + frame["stage"]
    grid = material.table("grid")
    grid = grid.assign(
        name=grid["site"].astype(str) + ":" + [text_of(float(stage)) for stage in grid["stage"]],
        month=grid["period"].map(period_starts(material)),
    )
    taken = grid[grid["energise_mw"] > TAKEN_MW]
    first = taken.groupby("name")["month"].min()
    ends = grid[grid["period"] == material.periods[-1]].set_index("name")["connected_mw"]
    book = orders(material.plan)
    ordered = book[book["kind"] == "connection"].groupby("item")["ordered"].min()
    energised = names.map(first)
    frame = frame.assign(
        ordered=names.map(ordered).where(energised.notna()),
        energised=energised,
        connected_mw=names.map(ends).fillna(0.0),
    )
    frame["share"] = frame["connected_mw"] / frame["mw"].where(frame["mw"] > 0)
    frame["slip_months"] = [
        np.nan if pd.isna(month) else _months(month) - _months(due)
        for month, due in zip(frame["energised"], frame["offered"], strict=True)
    ]
    return frame


def stage_table(found: pd.DataFrame, percentile: str) -> Table:
    """Stages, those that are taken first where there are too many."""
    shown = found
    if len(found) > MOST_STAGES:
        rank = found.assign(taken=found["energised"].notna()).sort_values(
            ["taken", "connected_mw", "mw"], ascending=False, kind="stable"
        )
        kept, rest = rank.iloc[: MOST_STAGES - 1], rank.iloc[MOST_STAGES - 1 :]
        kept = found.loc[kept.index.sort_values()]
        sums = rest[["mw", "connected_mw"]].sum()
        shown = pd.concat([kept, pd.DataFrame([_summed(f"{OTHER} ({len(rest)})", sums)])], ignore_index=True)
    every = pd.DataFrame([_summed("all", found[["mw", "connected_mw"]].sum())])
    return Table(
        "Stages of connection offered, ordered and energised",
        pd.concat([shown, every], ignore_index=True),
        STAGES,
        f"Leads are the {percentile} ones that the plan counts on. A stage that isn't taken has no order.",
        totals=1,
    )


def of_halls(by_period: pd.Series[Any], at_end: pd.Series[Any], offered: int) -> str:
    """Halls at first and last, at how many sites, the largest: `by_period` MW in order, `at_end` MW by site."""
    if by_period.empty or by_period.max() <= NOTABLE:
        return f"No halls stand or are built at any of the {several(offered, 'site')}."
    built = at_end[at_end > NOTABLE].sort_values(ascending=False, kind="stable")
    first, last = by_period.iloc[0], by_period.iloc[-1]
    if abs(last - first) <= NOTABLE * max(1.0, first):
        change = f"Halls stay at {number(first)} MW from {by_period.index[0]} to {by_period.index[-1]}"
    else:
        verb = "grow" if last > first else "shrink"
        change = (
            f"Halls {verb} from {number(first)} MW in {by_period.index[0]} to {number(last)} MW in "
            f"{by_period.index[-1]}"
        )
    if built.empty:
        return f"{change}."
    share = built.iloc[0] / built.sum()
    largest = f"; {built.index[0]} holds {share:.0%} of them" if len(built) > 1 else f", {built.index[0]}"
    return f"{change}, at {len(built)} of {several(offered, 'site')}{largest}."


def of_stages(found: pd.DataFrame) -> str:
    """How many stages are taken, how much of them, and how long after their offer."""
    if found.empty:
        return "No new connection is offered."
    taken = found[found["energised"].notna()]
    if taken.empty:
        return f"{several(len(found), 'stage')} of connection on offer, none taken."
    offered, connected = taken["mw"].sum(), taken["connected_mw"].sum()
    first = taken.sort_values("energised", kind="stable").iloc[0]
    on_time = int((taken["slip_months"] < 1).sum())
    late = taken["slip_months"].max()
    when = f"the first at {first['site']} in {first['energised']}"
    slip = (
        "each as soon as it can be had"
        if on_time == len(taken)
        else f"{on_time or 'none'} as soon as it can be had, the latest {late:.0f} months after"
    )
    return (
        f"Of {several(len(found), 'stage')} of connection on offer {len(taken)} "
        f"{'is' if len(taken) == 1 else 'are'} taken, {number(connected)} of their {number(offered)} MW, {when}; "
        f"{slip}."
    )


def _map(material: Material, at_end: pd.Series[Any]) -> Iterator[Block]:
    sites = material.inputs["sites"]
    sites = sites.assign(mw=sites["site"].astype(str).map(at_end).fillna(0.0))
    there = sites[(sites["mw"] > NOTABLE) & sites["latitude"].notna() & sites["longitude"].notna()]
    if there.empty:
        return
    last = material.periods[-1]
    without = int((sites["mw"] > NOTABLE).sum()) - len(there)
    missing = f" {several(without, 'site')} without coordinates left out." if without else ""
    yield sites_map(
        there[["site", "longitude", "latitude", "mw"]],
        title=f"Where halls stand in {last}",
        alt=f"Sites by longitude and latitude, circles by IT halls in {last}: "
        f"{joined([f'{row.site} {number(row.mw)} MW' for row in each(there)], 8)}.",
        caution=f"A circle is a place, not a plot: coordinates are those of the workbook.{missing}",
        site=Column("site", "Site", kind="text"),
        longitude=Column("longitude", "Longitude", "°E"),
        latitude=Column("latitude", "Latitude", "°N"),
        value=Column("mw", f"IT halls in {last}", "MW"),
        sheet="Map of sites",
    )


def _gantt(found: pd.DataFrame) -> Iterator[Block]:
    taken = found[found["energised"].notna()].sort_values("energised", kind="stable")
    rest = found[found["energised"].isna()].sort_values("offered", kind="stable")
    shown = pd.concat([taken, rest]).head(MOST_STAGES)
    shown = shown.assign(
        name=shown["site"] + ", stage " + shown["stage"],
        label=[
            f"{number(row.connected_mw)} of {number(row.mw)} MW" if pd.notna(row.energised) else "not taken"
            for row in each(shown)
        ],
    )
    yield gantt(
        shown.reset_index(drop=True),
        title="Connections: offered, at the long end of their wait, energised",
        alt="A row a stage of connection: a bar from the month it could be had to the month at the long end of its "
        f"wait, a diamond where power is first taken. {of_stages(found)}",
        caution="A diamond right of its bar's begin may be a choice and not a delay; one left of its bar's end stands "
        "only if the wait isn't the long one.",
        row=Column("name", "Stage", kind="text"),
        offered=Column("offered", "Could be had", kind="month"),
        slipped=Column("high", "At the long end of its wait", kind="month"),
        energised=Column("energised", "First energised", kind="month"),
        label=Column("label", "Taken", kind="text"),
        sheet="Connections",
    )


def _month(start: pd.Period, months: float) -> str:
    return str(start + int(np.ceil(months - NOTABLE)))


def _months(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7])


def _summed(name: str, sums: pd.Series[Any]) -> dict[str, Any]:
    share = sums["connected_mw"] / sums["mw"] if sums["mw"] > 0 else np.nan
    return {"site": name, "stage": "", "mw": sums["mw"], "connected_mw": sums["connected_mw"], "share": share}
