"""Table `programmes` of the atlas: announced programmes, from `programmes.csv`.

Budgets of the reference file are converted at rates that differ from row to row (a euro is 1.04 to 1.15 USD); here each
is recomputed from the amount as announced, at the one rate of the atlas's `currency_rates`, and the note tells what the
file had. A figure inside an announced span stays. Years are read from the target; an open end stays blank.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

from planner.prefill.case import WHEN
from planner.prefill.settings import SAME, converted
from planner.prefill.sheet import Sheet
from planner.workbook.names import COUNTRY_NAMES
from reference import Reference, Row

RATES = Path(__file__).parents[1] / "atlas" / "currency_rates.csv"
EU = "EU"
MEMORY = "from memory, unverified"


def tables(reference: Reference) -> list[Sheet]:
    """The table `programmes`."""
    sheet = Sheet("programmes")
    codes = {name: group[0] for group in COUNTRY_NAMES for name in group}
    for row in reference.rows("programmes"):
        country = codes.get(row["country"], "")
        if not country and row["country"] != EU:
            raise ValueError(f"{row.file} line {row.line}: no country is called {row['country']}")
        budget, told = _budget(row)
        first, last = _years(row["target_year"])
        recalled = row["memory_only"] == "TRUE"
        note = "" if row["notes"] == MEMORY else row["notes"]
        sheet.add(
            programme=row["programme"],
            country=country,
            area=EU if not country else "",
            lead=row["lead"],
            status=row["status_2026"],
            accelerators=row.maybe("accelerators"),
            accelerator_type=row["accelerator_type"],
            mw=row.maybe("mw"),
            budget_musd=budget,
            announced=row["budget_original"],
            from_year=first,
            to_year=last,
            location=row["location"],
            date=WHEN,
            source="memory" if recalled else row["source"],
            confidence="low" if recalled else row["confidence"],
            note="; ".join(filter(None, (note, told))),
        )
    return [sheet]


@cache
def _rates() -> dict[str, float]:
    with RATES.open(encoding="utf-8", newline="") as file:
        return {row["currency"]: 1 / float(row["per_usd"]) for row in csv.DictReader(file)}


def _budget(row: Row) -> tuple[float | None, str]:
    """MUSD, and what was corrected."""
    given = row.maybe("budget_usd_m")
    if given is None:
        return None, ""
    right = converted(row["budget_original"], given, _rates())
    if right is None:
        return given, "the reference file doesn't say how it was announced"
    if abs(right - given) <= SAME * right:
        return given, ""
    return right, f"recomputed at one rate for all rows: the reference file has {given:,.0f} MUSD"


def _years(text: str) -> tuple[int | None, int | None]:
    """First and last year of a target: 2027, 2026-2028, 2027+ (no end), 2030s (no end)."""
    years = [int(year) for year in re.findall(r"20\d\d", text)]
    if not years:
        return None, None
    open_end = text.endswith(("+", "s"))
    return years[0], None if open_end else years[-1]
