"""F 2, procurement: what is bought when, at what price and under which permission, and what becomes of permission.

A cohort is what arrives at the start of a period. Its money is the price at the order date with price multiplier,
system adder and duty, before it is spread over the lead. Permission lapses unused where a pot ends within the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from compute_lp.schema import Inputs
from planner.appendices.material import Material
from planner.appendices.results.across import (
    ALL,
    MOST_ROWS,
    OTHER,
    across,
    each,
    every_period,
    largest,
    notable,
    percent,
)
from planner.appendices.results.readings import entry, period_starts, rate_of, reading
from planner.report.blocks import Block, Column, Heading, Paragraph, Table
from planner.report.charts import stacked
from planner.wording import NOTABLE, joined, money, number, several

UNITS_PER_K = 1e3
TPP_PER_MTPP = 1e6
LEAST_UNITS = 0.5
"""Units from which a cohort counts as bought: less is rounding."""
MOST_SERIES = 8
MOST_POTS = 6
NONE_NEEDED = "none needed"
LEDGER = (
    Column("accelerator", "Accelerator", kind="text"),
    Column("period", "Arrives", kind="text"),
    Column("units", "Units", kind="integer"),
    Column("usd_each", "Price of one", "USD"),
    Column("musd", "Money", kind="money"),
    Column("mtpp", "Control quantity", "MTPP"),
    Column("where", "Where", kind="text"),
    Column("licence", "Licence used", kind="text"),
)
POTS = (
    Column("licence", "Licence", kind="text"),
    Column("destination", "For", kind="text"),
    Column("allocated", "From", kind="month"),
    Column("ends", "Lapses", kind="month"),
    Column("size", "Size", "MTPP"),
    Column("used", "Used", "MTPP"),
    Column("lapsed", "Lapsed unused", "MTPP"),
    Column("left", "Left at the end", "MTPP"),
)


def procurement(material: Material) -> Iterator[Block]:
    """Blocks of the section."""
    yield Heading("Procurement ledger and control quantity", 2)
    bought = purchases(material)
    pots = licences(material)
    permission = of_licences(pots, len(material.inputs["export_licences"])) if len(bought) or len(pots) else ""
    yield Paragraph(f"{of_purchases(bought)} {permission}".strip())
    if len(bought):
        yield ledger(bought)
        yield from _cohorts(material, bought)
    if len(pots):
        yield pot_table(pots)
        yield permission_table(material, pots)
    yield from _caps(material)


def purchases(material: Material) -> pd.DataFrame:
    """A row an accelerator, site and period of arrival: `units`, `musd` to be paid for them, `mtpp`, `licence`; `start`
    is the month of arrival."""
    paid = entry(material.plan, "money", "L1|accelerators")
    if paid.empty:
        return pd.DataFrame(columns=["accelerator", "site", "period", "start", "units", "musd", "mtpp", "licence"])
    bought = reading(material.plan, "procurement.buy").rename(columns={"value": "units"})
    keys = ["accelerator", "site", "period"]
    rows = bought.merge(paid.rename(columns={"value": "musd"}), on=keys)
    rows["units"] *= UNITS_PER_K
    rows = rows[rows["units"] > LEAST_UNITS].reset_index(drop=True)
    rows["mtpp"] = rows["units"] * rows["accelerator"].map(rate_of(material, "tpp")).astype(float) / TPP_PER_MTPP
    drawn = reading(material.plan, "export_control.licensed")
    drawn = drawn[drawn["value"] > NOTABLE]
    rows["start"] = rows["period"].map(period_starts(material))
    names = drawn.groupby(keys, sort=False)["licence"].agg(lambda names: ", ".join(names)).rename("licence")
    if names.empty:
        return rows.assign(licence="")
    return rows.merge(names.reset_index(), on=keys, how="left").fillna({"licence": ""})


def ledger(bought: pd.DataFrame) -> Table:
    """Cohorts of all sites together, those of most money where there are many, with the sum of all."""
    rows = [
        {
            "accelerator": accelerator,
            "period": period,
            "start": cohort["start"].iloc[0],
            "units": cohort["units"].sum(),
            "musd": cohort["musd"].sum(),
            "mtpp": cohort["mtpp"].sum(),
            "where": joined(
                [
                    f"{row.site} {number(row.units)}"
                    for row in each(cohort.sort_values("units", ascending=False, kind="stable"))
                ]
            ),
            "licence": ", ".join(dict.fromkeys(cohort["licence"][cohort["licence"] != ""])) or NONE_NEEDED,
        }
        for (accelerator, period), cohort in bought.groupby(["accelerator", "period"], sort=False)
    ]
    cohorts = pd.DataFrame(rows)
    order = {name: i for i, name in enumerate(cohorts["accelerator"].unique())}
    by_kind = cohorts["accelerator"].map(order)
    cohorts = cohorts.assign(by_kind=by_kind).sort_values(["by_kind", "start"], kind="stable", ignore_index=True)
    if len(cohorts) > MOST_ROWS:
        kept = cohorts["musd"].sort_values(ascending=False, kind="stable").index[: MOST_ROWS - 1].sort_values()
        rest = cohorts.drop(index=kept)
        cohorts = pd.concat([cohorts.loc[kept], _summed(rest, f"{OTHER} ({len(rest)})")], ignore_index=True)
    cohorts = pd.concat([cohorts, _summed(bought, ALL)], ignore_index=True)
    cohorts["usd_each"] = cohorts["musd"] * 1e6 / cohorts["units"]
    return Table(
        "Accelerators bought, by kind and cohort",
        cohorts,
        LEDGER,
        "A price is that of the order date, with server, network and storage, duty and any multiplier; money is "
        "undiscounted and paid from order to arrival.",
        totals=1,
    )


def licences(material: Material) -> pd.DataFrame:
    """Pots that a purchase of this plan could draw on: `size`, `used`, `lapsed` and `left` in MTPP, `ends` the month
    they lapse. A pot in units counts in what was drawn from it alone."""
    table = material.inputs["export_licences"]
    drawable = set(reading(material.plan, "export_control.licensed").get("licence", ()))
    table = table[table["licence"].isin(drawable)]
    if table.empty:
        return pd.DataFrame(columns=[column.name for column in POTS])
    start, horizon = _ends_of_plan(material.inputs)
    used = material.table("export_control").groupby("licence")["licensed_mtpp"].sum()
    frame = pd.DataFrame(
        {
            "licence": table["licence"],
            "destination": table["destination"],
            "allocated": table["allocated"].replace("", start),
            "ends": [
                None if np.isnan(months) else str(pd.Period(begun or start, "M") + int(months))
                for begun, months in zip(table["allocated"], table["expires_after_months"], strict=True)
            ],
            "size": table["mtpp"],
            "used": table["licence"].map(used).fillna(0.0),
        }
    ).reset_index(drop=True)
    unused = frame["size"] - frame["used"]
    ended = frame["ends"].astype("str").fillna("9999-12") < horizon
    frame["lapsed"] = unused.where(ended, 0.0).where(unused.notna())
    frame["left"] = unused.where(~ended, 0.0)
    return frame


def pot_table(pots: pd.DataFrame) -> Table:
    """Pots with the sums of all."""
    shown = pots
    if len(pots) > MOST_ROWS:
        kept = pots["size"].sort_values(ascending=False, kind="stable").index[: MOST_ROWS - 1].sort_values()
        rest = pots.drop(index=kept)
        shown = pd.concat([pots.loc[kept], _pot(rest, f"{OTHER} ({len(rest)})")], ignore_index=True)
    return Table(
        "Export licences that could be drawn on",
        pd.concat([shown, _pot(pots, ALL)], ignore_index=True),
        POTS,
        "MTPP: a million of total processing performance, the quantity that export control counts. Pots whose rule "
        "isn't in force in this scenario are left out.",
        totals=1,
    )


def permission_table(material: Material, pots: pd.DataFrame) -> Table:
    """By licence and period: left at the start, used by what arrives, lapsed in the period."""
    table = material.table("export_control")
    largest_first = pots.sort_values(["used", "size"], ascending=False, kind="stable")["licence"]
    shown = set(largest_first[:MOST_POTS])
    rows = table[table["licence"].isin(shown)].copy()
    rows["start"] = rows["period"].map(period_starts(material))
    rows["ends"] = (
        rows["licence"].map(dict(zip(pots["licence"], pots["ends"], strict=True))).astype("str").fillna("9999-12")
    )
    _, horizon = _ends_of_plan(material.inputs)
    inside = rows[(rows["ends"] < horizon) & (rows["start"] <= rows["ends"]) & (rows["available_mtpp"] > 0)]
    last = inside.sort_values("start").groupby("licence").tail(1).index
    lapsed = (rows["available_mtpp"] - rows["licensed_mtpp"]).where(rows.index.isin(last), 0.0)
    parts = {"left at the start": rows["available_mtpp"], "used": rows["licensed_mtpp"], "lapsed unused": lapsed}
    long = pd.concat([rows[["licence", "period"]].assign(what=what, value=value) for what, value in parts.items()])
    long["order"] = long["licence"].map({name: i for i, name in enumerate(largest_first)})
    long = long.sort_values("order", kind="stable")
    heads = (Column("licence", "Licence", kind="text"), Column("what", "Permission", kind="text"))
    note = f"The {MOST_POTS} most used of {len(pots)}." if len(pots) > MOST_POTS else ""
    return across(
        "Permission by licence, MTPP",
        long,
        heads,
        material.periods,
        flow=False,
        total=False,
        most=3 * MOST_POTS,
        note=note,
    )


def caps(material: Material) -> pd.DataFrame:
    """A row a cap and period it holds in: `counted` and `limit` in its own `unit`; a share of stock is a share."""
    model = material.plan.model
    counts = reading(material.plan, "export_control.counted")
    if counts.empty:
        return pd.DataFrame(columns=["cap", "kind", "destination", "unit", "period", "counted", "limit"])
    rows = material.plan.arrays.rows["export_control.within_cap"]
    terms = model.export_control.cap_terms
    limit = material.plan.arrays.row_upper[rows.slice]
    table = material.inputs["export_caps"].set_index("cap")
    found = counts.rename(columns={"value": "counted"}).assign(
        limit=limit,
        kind=counts["cap"].map(table["kind"]),
        destination=counts["cap"].map(table["destination"]),
        unit=[_unit(term.unit) for term in terms],
        factor=[1.0 if _unit(term.unit) == "MTPP" else UNITS_PER_K for term in terms],
    )
    is_share = found["kind"].str.startswith("share")
    found["counted"] *= found["factor"]
    found["limit"] *= found["factor"]
    if is_share.any():
        stock = _stock_mtpp(material)
        share = found["cap"].map(table["share"])
        rule = found["cap"].map(table["rule"])
        whole = np.array(
            [stock.get((name, period), 0.0) for name, period in zip(rule, found["period"], strict=True)], dtype=float
        )
        sign = np.where(found["kind"] == "share_min", -1.0, 1.0)
        held = np.divide(sign * found["counted"], whole, out=np.zeros(len(found)), where=whole > 0) + share
        found["counted"] = held.where(is_share, found["counted"])
        found["limit"] = share.where(is_share, found["limit"])
        found["unit"] = found["unit"].where(~is_share, "share")
    return found[["cap", "kind", "destination", "unit", "period", "counted", "limit"]]


def of_purchases(bought: pd.DataFrame) -> str:
    """Units and money in all, over which periods, the kind of most money."""
    if bought.empty:
        return "No accelerator is bought."
    by_kind = bought.groupby("accelerator")["musd"].sum().sort_values(ascending=False, kind="stable")
    whole = bought["musd"].sum()
    periods = list(bought.sort_values("start", kind="stable")["period"].unique())
    span = f"in {periods[0]}" if len(periods) == 1 else f"from {periods[0]} to {periods[-1]}"
    most = (
        f", {percent(by_kind.iloc[0] / whole)} of it for {by_kind.index[0]}" if len(by_kind) > 1 and whole > 0 else ""
    )
    kinds = several(len(by_kind), "kind")
    units = number(bought["units"].sum())
    return f"{units} accelerators of {kinds} arrive {span}, bought for {money(whole)}{most}."


def of_licences(pots: pd.DataFrame, stated: int) -> str:
    """What of the permission is used, and what lapses."""
    if pots.empty:
        return (
            "None of them needs a licence."
            if not stated
            else f"{several(stated, 'export licence')} in the workbook: none can be drawn on by what could be bought."
        )
    size, used, lapsed = (float(pots[name].sum()) for name in ("size", "used", "lapsed"))
    told = f"{several(len(pots), 'export licence')} of {number(size)} MTPP could be drawn on: "
    told += f"{number(used)} MTPP is used" if used > NOTABLE else "nothing is used"
    return told + (f" and {number(lapsed)} MTPP lapses unused." if lapsed > NOTABLE else " and nothing lapses.")


def _cohorts(material: Material, bought: pd.DataFrame) -> Iterator[Block]:
    rows = bought.rename(columns={"units": "value"})[["accelerator", "period", "value"]]
    shown = every_period(largest(rows, "accelerator", MOST_SERIES), ["accelerator"], material.periods)
    yield stacked(
        shown,
        title="Accelerators bought, by cohort",
        alt=f"Units that arrive in each period, a layer a kind. {of_purchases(bought)}",
        caution="Units of different kinds are not the same compute, and periods may differ in length.",
        time=Column("period", "Arrives", kind="text"),
        value=Column("value", "Units", "units"),
        series=Column("accelerator", "Accelerator", kind="text"),
        sheet="Cohorts",
    )


def _caps(material: Material) -> Iterator[Block]:
    found = notable(caps(material).assign(value=lambda rows: rows["limit"]), ["cap"])
    if found.empty:
        return
    used = found.assign(value=found["counted"] / found["limit"].where(found["limit"] > 0))
    limits = [
        f"{_first_limit(rows)} ({str(rows['kind'].iloc[0]).replace('_', ' ')})"
        for _, rows in found.groupby("cap", sort=False)
    ]
    said = dict(zip(found["cap"].drop_duplicates(), limits, strict=True))
    used = used.assign(limit=used["cap"].map(said))
    heads = (
        Column("cap", "Cap", kind="text"),
        Column("destination", "For", kind="text"),
        Column("limit", "Ceiling", kind="text"),
    )
    yield across(
        "Export caps: share of the ceiling that is taken",
        used,
        heads,
        material.periods,
        kind="share",
        flow=False,
        total=False,
        note="0 where a cap isn't in force. A yearly flow is told in the last period of its calendar year.",
    )


def _first_limit(rows: pd.DataFrame) -> str:
    limit, unit = float(rows["limit"].iloc[0]), str(rows["unit"].iloc[0])
    return f"{limit:.0%} of the stock" if unit == "share" else f"{number(limit)} {unit}"


def _stock_mtpp(material: Material) -> Mapping[tuple[str, str], float]:
    """By rule and period: MTPP in service, at all sites, of accelerators with the properties that the rule names."""
    has = material.plan.model.export.has_properties
    installed = material.table("procurement")
    chips = list(material.inputs["accelerators"]["accelerator"].astype(str))
    tpp = rate_of(material, "tpp")
    mtpp = installed["installed_units"] * installed["accelerator"].map(tpp).astype(float) / TPP_PER_MTPP
    found: dict[tuple[str, str], float] = {}
    for i, rule in enumerate(material.inputs["export_rules"]["rule"].astype(str)):
        concerned = installed["accelerator"].isin([chip for chip, yes in zip(chips, has[i], strict=True) if yes])
        sums = mtpp.where(concerned, 0.0).groupby(installed["period"]).sum()
        found |= {(rule, str(period)): float(value) for period, value in sums.items()}
    return found


def _unit(terms: str) -> str:
    """Of a ceiling, from what its price is told in: USD/TPP/year, USD/H100e, USD/unit."""
    what = terms.split("/")[1]
    return {"TPP": "MTPP", "H100e": "H100e", "unit": "units"}[what]


def _ends_of_plan(inputs: Inputs) -> tuple[str, str]:
    """Months: plan start, and the end of the last period."""
    last = inputs["periods"].iloc[-1]
    months = round(float(last["years"]) * 12)
    return str(inputs.settings["plan_start"])[:7], str(pd.Period(str(last["start"])[:7], "M") + months)


def _summed(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    sums: dict[str, Any] = {column: rows[column].sum() for column in ("units", "musd", "mtpp")}
    return pd.DataFrame([{"accelerator": name, "period": "", "where": "", "licence": "", **sums}])


def _pot(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    sums: dict[str, Any] = {column: rows[column].sum() for column in ("size", "used", "lapsed", "left")}
    return pd.DataFrame([{"licence": name, "destination": "", "allocated": None, "ends": None, **sums}])
