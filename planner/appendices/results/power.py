"""F 5, power and energy: connections, mean IT load, energy by source, the hours of the largest site, carbon and water.

Energy is at the meter of a site: what its connection, plants and contracts give; a battery's charge counts as negative,
so that the sum is IT energy times PUE. The hours are those of the days that stand for the year in the programme.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from planner.appendices.material import Material
from planner.appendices.results.across import across, every_period, largest, long, notable, percent, ranges
from planner.appendices.results.readings import at_limit, reading
from planner.report.blocks import Block, Column, Heading, Note, Paragraph
from planner.report.charts import stacked
from planner.report.charts.against import against
from planner.wording import NOTABLE, joined, number

GRID = "grid"
CHARGE = " (charge)"
LOAD = "load"
HOURS_A_DAY = 24
MOST_DAYS = 7
MOST_SOURCES = 8
CEILINGS = {"within_carbon": "carbon", "within_water": "water"}
SITE = Column("site", "Site", kind="text")
SOURCE = Column("source", "Source", kind="text")
PERIOD = Column("period", "Period", kind="text")


def power(material: Material) -> Iterator[Block]:
    """Blocks of the section."""
    yield Heading("Power and energy", 2)
    energy = by_source(material)
    yield Paragraph(f"{of_energy(energy)} {of_air(material)}")
    connected = connections(material)
    if len(connected):
        yield across(
            "Connections in service by site, MW",
            connected,
            (SITE,),
            material.periods,
            flow=False,
            note="New ones and those that stood at plan start.",
        )
    load = material.table("load")
    if len(load) and load["average_it_mw"].max() > NOTABLE:
        mean = notable(load.assign(value=load["average_it_mw"], site=load["site"].astype(str)), ["site"])
        note = "Below the halls' MW, which are nameplate: machines idle, and draw less than their nameplate."
        yield across("Mean IT load by site, MW", mean, (SITE,), material.periods, flow=False, note=note)
    if len(energy):
        yield from _sources(material, energy)
        yield from _hours(material)
    yield from _air(material)


def connections(material: Material) -> pd.DataFrame:
    """`site`, `period`, `value` in MW in service, those of plan start with them while the site isn't closed."""
    table, sites = material.table("grid"), material.inputs["sites"]
    new = table.groupby(["site", "period"])["connected_mw"].sum() if len(table) else pd.Series(dtype=float)
    starts = material.inputs["periods"]["start"].str[:7].to_numpy(str)
    closed = sites["closed_from"].str[:7].replace("", "9999-12").to_numpy(str)
    stood = np.where(starts[None, :] < closed[:, None], sites["existing_mw"].to_numpy(float)[:, None], 0.0)
    grid = pd.MultiIndex.from_product([sites["site"].astype(str), material.periods], names=["site", "period"])
    whole = pd.Series(stood.ravel(), index=grid).add(new.reindex(grid).fillna(0.0)).rename("value").reset_index()
    return notable(whole, ["site"])


def by_source(material: Material) -> pd.DataFrame:
    """`source`, `period`, `value` in GWh, all sites together, assets of one name as one; what batteries take in is
    negative."""
    table = material.table("energy")
    if table.empty:
        return pd.DataFrame(columns=["source", "period", "value"])
    sums = table.groupby(["source", "period"], sort=False)["gwh"].sum().rename("value").reset_index()
    found = notable(sums, ["source"])
    order = found.groupby("source")["value"].sum().sort_values(ascending=False, kind="stable").index
    told = every_period(found, ["source"], material.periods)
    return told.sort_values("source", key=lambda names: names.map(list(order).index), kind="stable", ignore_index=True)


def hours(material: Material, site: str, period: str) -> pd.DataFrame:
    """`hour` ('day 1 (90 days a year), 07'), `source`, `value` in MW of a site in a period: what gives power, and the
    `load` of its machines with cooling. The first `MOST_DAYS` of the days that stand for the year."""
    plan = material.plan
    imported = _at(reading(plan, "grid.import_mw"), site, period).assign(source=GRID)
    parts = [imported]
    for name in ("energy.output_mw", "energy.discharge_mw"):
        found = _at(reading(plan, name), site, period)
        parts.append(found.rename(columns={"asset": "source"}))
    it_mw = _at(reading(plan, "loads.it_mw"), site, period)
    sites = material.inputs["sites"]
    pue = dict(zip(sites["site"].astype(str), sites["pue"].astype(float), strict=True))
    parts.append(it_mw.assign(source=LOAD, value=it_mw["value"] * pue[site]))
    rows = pd.concat([part[["slice", "source", "value"]] for part in parts if len(part)], ignore_index=True)
    sums = rows.groupby(["source", "slice"], sort=False)["value"].sum().unstack("slice").fillna(0.0)
    sums = sums[sums.max(axis=1) > NOTABLE]
    length = plan.model.days.days
    names = {
        slice_: f"day {day + 1} ({number(float(length[day]))} a year), {hour:02}"
        for slice_ in map(int, sums.columns.to_numpy())
        for day, hour in [divmod(slice_ - 1, HOURS_A_DAY)]
        if day < MOST_DAYS
    }
    rows = long(sums[list(names)].sort_index(axis=1), "value")
    return rows.assign(hour=rows["slice"].map(names))[["hour", "source", "value"]]


def busiest(material: Material) -> tuple[str, str] | None:
    """The site and period of the largest mean IT load, the first of equals."""
    load = material.table("load")
    if load.empty or load["average_it_mw"].max() <= NOTABLE:
        return None
    mean = load["average_it_mw"].to_numpy()
    row = load.iloc[int((mean >= mean.max() - NOTABLE).argmax())]
    return str(row["site"]), str(row["period"])


def air(material: Material) -> pd.DataFrame:
    """`what`, `period`, `value` of carbon and water, and the ceilings on them where there are any."""
    table = material.table("sovereignty")
    parts = [
        table[["period"]].assign(what="carbon, kt", value=table["co2_kt"]),
        table[["period"]].assign(what="water, ML", value=table["water_ml"]),
    ]
    policies = material.inputs["policies"]
    for policy, name in (("carbon_kt_max", "ceiling on carbon, kt"), ("water_ml_max", "ceiling on water, ML")):
        found = policies[policies["policy"] == policy]
        if len(found):
            always = found.loc[found["period"] == "", "value"]
            dated = dict(zip(found["period"], found["value"], strict=True))
            rest = float(always.iloc[0]) if len(always) else np.nan
            values = [dated.get(period, rest) for period in material.periods]
            parts.append(pd.DataFrame({"period": material.periods, "what": name, "value": values}))
    return pd.concat(parts, ignore_index=True)


def of_energy(energy: pd.DataFrame) -> str:
    """Energy in all, and its sources."""
    whole = float(energy["value"].sum()) if len(energy) else 0.0
    if whole <= NOTABLE:
        return "No energy is used at sites of its own."
    sums = energy.groupby("source", sort=False)["value"].sum()
    taken = [name for name in sums.index if name.endswith(CHARGE)]
    stores = [*taken, *(name.removesuffix(CHARGE) for name in taken)]
    parts = [f"{name} {percent(gwh / whole)}" for name, gwh in sums.drop(stores, errors="ignore").items()]
    lost = -float(sums.reindex(stores).sum())
    battery = f"; batteries lose {number(lost)} GWh" if lost > NOTABLE else ""
    return f"Sites use {number(whole)} GWh: {joined(parts, 6)}{battery}."


def of_air(material: Material) -> str:
    """Carbon and water in all, and whether a ceiling on them is ever reached."""
    co2, water = (float(material.figures[name]) for name in ("co2_kt", "water_ml"))
    told = f"All compute emits {number(co2)} kt of carbon dioxide, and sites take {number(water)} ML of water"
    reached = []
    for constraint, name in CEILINGS.items():
        rows = at_limit(material.plan, f"sovereignty.{constraint}")
        if len(rows):
            when = ranges(rows.loc[rows["at_limit"], "period"], material.periods)
            reached.append(f"the ceiling on {name} is {'never reached' if when == 'never' else f'reached {when}'}")
    return f"{told}; {joined(reached)}." if reached else f"{told}."


def _sources(material: Material, energy: pd.DataFrame) -> Iterator[Block]:
    yield across(
        "Energy by source, GWh",
        energy,
        (SOURCE,),
        material.periods,
        flow=True,
        note="Sums of periods. What batteries take in is negative; the sum is what sites use.",
    )
    taken = energy["source"].str.endswith(CHARGE)
    given = energy[~taken]
    stored = " A battery's energy was a source's before, so bars stand above what is used." if taken.any() else ""
    yield stacked(
        every_period(largest(given, "source", MOST_SOURCES), ["source"], material.periods),
        title="Energy by source",
        alt=f"Energy given to sites by period, a layer a source. {of_energy(energy)}",
        caution=f"Bars are sums of periods, which may differ in length.{stored}",
        time=PERIOD,
        value=Column("value", "Energy", "GWh"),
        series=SOURCE,
        sheet="Energy by source chart",
    )


def _hours(material: Material) -> Iterator[Block]:
    at = busiest(material)
    if at is None:
        return
    site, period = at
    found = hours(material, site, period)
    days = len(material.plan.model.days.days)
    some = f"the first {MOST_DAYS} of {days}" if days > MOST_DAYS else f"all {days}"
    if days == 1:
        some = "the one day that stands for the year"
    else:
        some += " days that stand for the year"
    batteries = set(material.inputs["energy_assets"].query("kind == 'battery'")["asset"].astype(str))
    stored = " What stands above the line charges batteries." if batteries & set(found["source"]) else ""
    yield against(
        found,
        title=f"Supply by source against load, hour by hour: {site} in {period}",
        alt=f"Power at {site} in {period} over {some}: layers a source, the load of machines and cooling as a line.",
        caution=f"Typical days and not a year's weather: rare hours are not among them.{stored}",
        time=Column("hour", "Hour", kind="text"),
        value=Column("value", "Power", "MW"),
        series=SOURCE,
        line=LOAD,
        area=True,
        sheet="Hours of the largest site",
    )


def _air(material: Material) -> Iterator[Block]:
    rows = air(material)
    if rows.empty:
        return
    yield across(
        "Carbon and water",
        rows[~rows["what"].str.startswith("ceiling")],
        (Column("what", "What", kind="text"),),
        material.periods,
        flow=True,
        total=False,
        note="Carbon of imports, of plants and of what is rented, at the intensity of their country; water at sites.",
    )
    ceilings = rows[rows["what"].str.startswith("ceiling")]
    if len(ceilings):
        told = [f"{what}: {_range(values['value'])}" for what, values in ceilings.groupby("what", sort=False)]
        yield Note(f"Policy, by period: {'; '.join(told)}.")


def _range(values: pd.Series) -> str:
    least, most = float(values.min()), float(values.max())
    return number(least) if least == most else f"{number(least)} to {number(most)}"


def _at(rows: pd.DataFrame, site: str, period: str) -> pd.DataFrame:
    return rows[(rows["site"] == site) & (rows["period"] == period)] if len(rows) else rows
