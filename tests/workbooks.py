"""A smallest workbook, and ways to write it as someone's spreadsheet would, without the planner's own writers."""

from __future__ import annotations

import copy
import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from planner.review.versions import current

Sheets = dict[str, list[list[Any]]]
"""By sheet: the field names, the units, then the data."""

SMALLEST: Sheets = {
    "programme": [
        ["key", "value", "note"],
        ["unit", None, None],
        ["name", "Smallest", None],
        ["home", "IN", None],
        ["base_year", 2026, None],
        ["plan_start", "2027-01", None],
        ["discount_rate", 0.05, "as the treasury says"],
        ["objective", "least_cost", None],
        ["grid_delay", "central", None],
        ["unserved_usd_per_mtoken", 20, None],
    ],
    "periods": [["period", "start", "years"], ["unit", None, "years"], ["2027", "2027-01", 1], ["2028", "2028-01", 2]],
    "countries": [
        ["country", "group", "grid_co2_kg_per_mwh"],
        ["unit", None, "kg/MWh"],
        ["IN", "home", 700],
        ["GB", "allied", 150],
        ["NO", "haven", 20],
    ],
    "sites": [
        ["site", "country", "zone", "max_it_mw", "build_months", "fitout_usd_per_w", "pue", "source", "confidence"],
        ["unit", None, None, "MW", "months", "USD/W", "ratio", None, None],
        ["mumbai", "IN", "IN-W", 80, 6, 10, 1.4, "tender 12, p. 4", "high"],
        ["slough", "GB", "GB", 60, 9, 12, 1.2, None, None],
        ["rjukan", "NO", "NO2", 120, 12, 9, 1.1, None, None],
    ],
    "grid_offers": [
        ["site", "stage", "mw", "lead_months", "usd_per_kw", "firm_share", "mw_low", "mw_high"],
        ["unit", None, "MW", "months", "USD/kW", "share", "MW", "MW"],
        ["mumbai", 1, 60, 6, 100, 0.9, 50, 70],
        ["mumbai", 2, 40, 12, 90, 0.8, None, None],
        ["slough", 1, 50, 30, 150, 0.7, None, None],
        ["rjukan", 1, 100, 9, 80, 0.85, None, None],
    ],
    "energy_prices": [
        ["zone", "period", "usd_per_mwh"],
        ["unit", None, "USD/MWh"],
        ["IN-W", None, 70],
        ["GB", None, 100],
        ["NO2", None, 45],
        ["NO2", "2028", 50],
    ],
    "profiles": [["zone", "hour", "price_index"], ["unit", "h", "ratio"]]
    + [["NO2", h, 1 + h / 64] for h in range(1, 25)],
    "accelerators": [
        [
            "accelerator",
            "vendor",
            "vendor_country",
            "release",
            "price_usd",
            "price_date",
            "lead_months",
            "life_years",
            "bf16_tflops",
            "fp8_tflops",
            "memory_gb",
            "bandwidth_tb_s",
            "interconnect_gb_s",
            "tdp_w",
            "nameplate_kw",
            "die_mm2",
        ],
        [
            "unit",
            None,
            None,
            None,
            "USD",
            None,
            "months",
            "years",
            "TFLOP/s",
            "TFLOP/s",
            "GB",
            "TB/s",
            "GB/s",
            "W",
            "kW",
            "mm^2",
        ],
        ["H100", "NVIDIA", "US", "2022-10", 25000, "2026-01-15", 3, 5, 989, 1979, 80, 3.35, 900, 700, 1.47, 814],
    ],
    "models": [
        ["model", "class", "route", "total_params_b", "active_params_b", "licence"],
        ["unit", None, None, "1e9", "1e9", None],
        ["open-8b", "small", "adopt", 8, 8, "open"],
    ],
    "workloads": [["workload", "latency"], ["unit", None], ["forms", "interactive"]],
    "demand": [
        ["workload", "period", "input_t_per_year", "output_t_per_year"],
        ["unit", None, "Ttoken/year", "Ttoken/year"],
        ["forms", "2027", 1, 0.5],
        ["forms", "2028", 2, 1],
    ],
    "sufficiency": [
        ["workload", "model", "period", "share"],
        ["unit", None, None, "share"],
        ["forms", "open-8b", None, 0.8],
    ],
}

ABOVE = 3
"""Rows above the units in the xlsx: a title, what a row is, labels. Units: row 4, names: row 5, data from row 6."""
FIRST_XLSX_ROW = ABOVE + 3
FIRST_CSV_LINE = 3
HEADER, UNITS = -2, -1
"""In place of the number of a data row."""


def smallest() -> Sheets:
    return copy.deepcopy(SMALLEST)


def of_today(sheets: Sheets) -> Sheets:
    """States the version of today's contract, as all do that the planner has written."""
    sheets["programme"].append(["schema", current(), None])
    return sheets


def column(sheets: Sheets, sheet: str, name: str) -> int:
    return sheets[sheet][0].index(name)


def put(sheets: Sheets, sheet: str, row: int, name: str, value: Any) -> None:
    """Sets a cell, adding the column where the sheet lacks it."""
    if name not in sheets[sheet][0]:
        sheets[sheet][0].append(name)
        for line in sheets[sheet][1:]:
            line.append(None)
    sheets[sheet][2 + row][column(sheets, sheet, name)] = value


def drop(sheets: Sheets, sheet: str, name: str) -> None:
    at = column(sheets, sheet, name)
    for line in sheets[sheet]:
        del line[at]


def xlsx_cell(sheets: Sheets, sheet: str, row: int, name: str) -> str:
    """What a cell is called in the xlsx."""
    number = {HEADER: ABOVE + 2, UNITS: ABOVE + 1}.get(row, FIRST_XLSX_ROW + row)
    return f"{sheet}!{get_column_letter(1 + column(sheets, sheet, name))}{number}"


def csv_cell(sheets: Sheets, sheet: str, row: int, name: str) -> str:
    """What a cell is called in the CSV file."""
    return f"{sheet}.csv line {FIRST_CSV_LINE + row}, column {name}"


def to_xlsx(sheets: Sheets, path: Path, touch: Callable[[Any], None] | None = None) -> Path:
    """Writes title, sentence, labels, units, field names, data; `touch` may change the openpyxl workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, (header, units, *rows) in sheets.items():
        worksheet = book.create_sheet(name)
        worksheet.append([name.capitalize()])
        worksheet.append(["Each row is something."])
        worksheet.append([str(field).replace("_", " ").capitalize() for field in header])
        for row in (units, header, *rows):
            worksheet.append(row)
    if touch is not None:
        touch(book)
    book.save(path)
    return path


def to_csv(sheets: Sheets, folder: Path) -> Path:
    folder.mkdir()
    for name, rows in sheets.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(["" if cell is None else cell for cell in row] for row in rows)
    return folder
