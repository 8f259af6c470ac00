"""Faults of rows that contradict each other, and of scenarios."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults.shipped import FIRST, HEADER_AT, Fault, Shipped, Spot, put


def gap(book: Shipped) -> Spot:
    book.delete("periods", FIRST + 1)
    return Spot("periods", FIRST + 1, book.column("periods", "start"))


def overlap(book: Shipped) -> Spot:
    book.put("periods", FIRST, "years", 5)
    return Spot("periods", FIRST + 1, book.column("periods", "start"))


def hour_short(book: Shipped) -> Spot:
    zone = book.get("profiles", FIRST, "zone")
    book.delete("profiles", book.row("profiles", zone=zone, hour=5))
    return Spot("profiles", FIRST, book.column("profiles", "hour"))


def hour_twice(book: Shipped) -> Spot:
    return Spot("profiles", book.append("profiles"), 0)


def hour_blank(book: Shipped) -> Spot:
    return book.put("profiles", FIRST + 2, "solar", None)


def days_short(book: Shipped) -> Spot:
    zone = book.get("profiles", FIRST, "zone")
    for row, cells in enumerate(book.rows["profiles"]):
        if row >= FIRST and cells[0] == zone and book.get("profiles", row, "hour") <= 24:
            book.put("profiles", row, "days", book.get("profiles", row, "days") + 1)
    return Spot("profiles", FIRST, book.column("profiles", "days"))


def stage_skipped(book: Shipped) -> Spot:
    row = book.row("grid_offers", stage=2)
    site = book.get("grid_offers", row, "site")
    book.put("grid_offers", row, "stage", 7)
    return Spot("grid_offers", book.row("grid_offers", site=site), book.column("grid_offers", "stage"))


def stage_overtakes(book: Shipped) -> Spot:
    row = book.row("grid_offers", stage=2)
    for name in ("lead_months", "lead_months_low", "lead_months_high"):
        spot = book.put("grid_offers", row, name, 1)
    return Spot("grid_offers", spot.row, book.column("grid_offers", "lead_months"))


def leads_disordered(book: Shipped) -> Spot:
    book.put("grid_offers", FIRST, "lead_months_low", 400)
    return Spot("grid_offers", FIRST, book.column("grid_offers", "lead_months"))


def swapped(sheet: str, one: str, other: str, first: Any, second: Any, at: str) -> Callable[[Shipped], Spot]:
    """Two values that a row should have the other way round."""

    def inject(book: Shipped) -> Spot:
        book.put(sheet, FIRST, one, first)
        book.put(sheet, FIRST, other, second)
        return Spot(sheet, FIRST, book.column(sheet, at))

    return inject


def gone(book: Shipped, sheet: str, **cells: Any) -> None:
    """Every row with the cells is deleted."""
    while True:
        try:
            book.delete(sheet, book.row(sheet, **cells))
        except StopIteration:
            return


def no_demand(book: Shipped) -> Spot:
    workload = book.get("workloads", FIRST, "workload")
    book.delete("demand", book.row("demand", workload=workload))
    return Spot("workloads", FIRST, 0)


def no_answer(book: Shipped) -> Spot:
    gone(book, "sufficiency", workload=book.get("workloads", FIRST, "workload"))
    return Spot("workloads", FIRST, 0)


def no_quantity(book: Shipped) -> Spot:
    for name in ("mtpp_low", "mtpp_high"):
        book.put("export_licences", FIRST, name, None)
    return book.put("export_licences", FIRST, "mtpp", None)


def circle(book: Shipped) -> Spot:
    row = book.row("models", route="continue")
    return book.put("models", row, "base", book.get("models", row, "model"))


def route(sheet: str, column: str, value: Any, says: str, right: str = "", **where: Any) -> Fault:
    severity = where.pop("severity", "error")

    def inject(book: Shipped) -> Spot:
        row = book.row(sheet, **where)
        for name in (f"{column}_low", f"{column}_high"):
            if name in book.rows[sheet][HEADER_AT]:
                book.put(sheet, row, name, None)
        return book.put(sheet, row, column, value)

    return Fault(inject, says, right, severity=severity)


CONTRADICTIONS = {
    "periods that leave a gap": Fault(gap, "starts after", "2027-07", cascade=True),
    "periods that overlap": Fault(overlap, "starts before", "2032-01"),
    "period that stands twice": Fault(lambda book: Spot("periods", book.append("periods"), 0), "stands twice"),
    "profile an hour short": Fault(hour_short, "has 95 hours", "24", cascade=True),
    "hour that stands twice": Fault(hour_twice, "stands twice", cascade=True),
    "hour without sun": Fault(hour_blank, "without solar", "every hour", cascade=True),
    "typical days that make no year": Fault(days_short, "don't make a year", "365", cascade=True),
    "stages that skip a number": Fault(stage_skipped, "not numbered 1 to", "without gaps"),
    "stages out of order": Fault(stage_overtakes, "there before stage 1", "months", severity="warning"),
    "leads out of order": Fault(leads_disordered, "are not in order", "between"),
    "licence that lapses before it starts": route(
        "export_licences", "expires_after_months", 0, "lapses", "blank", licence="diffusion_in_2027", severity="warning"
    ),
    "licence after the horizon": route(
        "export_licences",
        "allocated",
        "2090-01",
        "after the last period",
        licence="diffusion_in_2027",
        severity="warning",
    ),
    "licence without a quantity": Fault(no_quantity, "no quantity", "mtpp or units"),
    "rule that ends before it begins": Fault(
        swapped("export_rules", "from", "to", "2029-01", "2028-01", "to"), "ends before it begins", "later"
    ),
    "rule for no machine": Fault(
        swapped("export_rules", "min_tpp", "max_tpp", 4800, 1600, "max_tpp"), "not above min_tpp", "above"
    ),
    "machine last ordered before its release": Fault(
        swapped("accelerators", "release", "last_order", "2027-06", "2022-07", "last_order"), "before its release"
    ),
    "offer that ends before it begins": Fault(
        swapped("clouds", "available_from", "available_to", "2029-07", "2027-01", "available_to"), "ends before"
    ),
    "asset that leaves before the plan starts": Fault(
        lambda book: book.put("energy_assets", FIRST, "until", "2026-01"), "before the plan starts", severity="warning"
    ),
    "site closed before the plan starts": Fault(
        lambda book: book.put("sites", FIRST, "closed_from", "2026-01"), "before the plan starts", severity="warning"
    ),
    "fleet installed after the plan starts": put(
        "fleet", "installed", "2031-01", "after the plan starts", severity="warning"
    ),
    "machine idler than at work": put("accelerators", "idle_share", 0.95, "draws more idle", cascade=True),
    "machine whose nameplate is below its design power": put(
        "accelerators", "nameplate_kw", 0.1, "below its design power", "at least", cascade=True
    ),
    "halls beyond the site": put("sites", "existing_it_mw", 9000, "more halls than room", "max_it_mw", cascade=True),
    "peak below the average": put("sites", "pue_peak", 1.1, "below its average", "pue", cascade=True),
    "energy cheaper beyond the surplus": put("energy_prices", "usd_per_mwh_beyond", 1, "cheaper beyond"),
    "battery without storage": route("energy_assets", "storage_hours", None, "no storage hours", "4", kind="battery"),
    "model with more active parameters than parameters": put(
        "models", "active_params_b", 900, "more active parameters", cascade=True
    ),
    "model without work": Fault(
        lambda book: [
            book.put("models", book.row("models", route="pretrain"), n, None) for n in ("tokens_t", "work_zflop")
        ][1],
        "can't be told",
        "tokens_t",
    ),
    "model that starts from itself": Fault(circle, "circle", "base"),
    "workload without demand in a period": Fault(no_demand, "no demand in", "0 where"),
    "workload that no model answers": Fault(no_answer, "no model answers", "sufficiency", severity="warning"),
    "foreign share below the part of it outside the alliance": Fault(
        swapped("workloads", "foreign_share_max", "non_allied_share_max", 0.1, 0.6, "non_allied_share_max"),
        "above foreign_share_max",
        severity="warning",
    ),
    "two homes": put("countries", "group", "home", "second home", row=1, severity="warning"),
}


WAKING: dict[str, Any] = {"scenario": "diffusion_rule"}
"""The change that sets a date."""
CHOICE: dict[str, Any] = {"field": "grid_delay"}
NUMBER: dict[str, Any] = {"scenario": "price_shock", "field": "price_decline_per_year"}


def change(column: str, value: Any, says: str, right: str = "", *, of: dict[str, Any] = WAKING) -> Fault:
    """A cell of the first change that holds the cells `of`."""
    return Fault(
        lambda book: book.put("scenario_changes", book.row("scenario_changes", **of), column, value), says, right
    )


SCENARIOS = {
    "loop of parents": put("scenarios", "parents", "tightened", "loop of parents", row=0, cascade=True),
    "no such parent": put("scenarios", "parents", "bas", "no such scenario", "'base'", row=1),
    "change of no scenario": change("scenario", "tight", "no such scenario", "'tightened'"),
    "change of no sheet": change("sheet", "export_rule", "no such sheet", "'export_rules'"),
    "change of no column": change("field", "form", "no such column", "'from'"),
    "change of no field": change("field", None, "needs a field"),
    "scenario that matches nothing": change("rows", "rule=diffusion", "matches no row"),
    "name among others that matches nothing": change(
        "rows", "rule=diffusion_in,diffusion_aa", "stands in no row", "'diffusion_ae'"
    ),
    "choice of rows that can't be read": change("rows", "diffusion_in", "chooses no rows", "column=name"),
    "rows by an unknown column": change("rows", "rules=diffusion_in", "no column of", "'rule'"),
    "no such change": change("change", "sets", "no change of that name", "'set'"),
    "factor on a date": change("change", "multiply", "needs a column of numbers", "set"),
    "value that is no number": change("value", "low", "no number", of=NUMBER),
    "value out of range": change("value", 5, "percentage", "0.05", of=NUMBER),
    "value that is no date": change("value", "soon", "no date", "YYYY-MM"),
    "value that is no choice": change("value", "slow", "no grid_delay", "low", of=CHOICE),
    "value in no unit": change("unit", "MW", "another kind", of=NUMBER),
    "step that stands twice": Fault(
        lambda book: Spot("scenario_changes", book.append("scenario_changes"), 0), "stands twice"
    ),
    "two changes of one cell": Fault(
        lambda book: (
            book.put("scenario_changes", book.append("scenario_changes", step=2), "lever", "another")
            and Spot(
                "scenario_changes", len(book.rows["scenario_changes"]) - 1, book.column("scenario_changes", "field")
            )
        ),
        "changed by",
        severity="warning",
    ),
}

ROWS = CONTRADICTIONS | SCENARIOS
