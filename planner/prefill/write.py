"""A prefilled workbook on disk, by the project's own writer: `write(case, path)`."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path

from planner.prefill import sheets_for
from planner.prefill.case import Case
from planner.prefill.settings import TIERS_SETTING
from planner.prefill.sheet import Sheet
from planner.review.versions import SETTING, current
from planner.workbook import convert
from planner.workbook.pages import standard_units
from planner.workbook.sheets import sheets_of


def write(case: Case, path: Path, *, tiers: str | None = None) -> None:
    """Write the case's workbook: an .xlsx file or a folder of CSV files, the same bytes every time.

    `tiers` sets whose workloads count. Raises FileExistsError rather than writing over anything.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists already")
    made = sheets_for(case)
    if tiers is not None:
        set_tiers(made, tiers)
    state_version(made)
    with tempfile.TemporaryDirectory() as name:
        beside = Path(name)
        for sheet in made:
            _write_with_units(sheet, beside)
        convert(beside, path)


def set_tiers(made: Sequence[Sheet], tiers: str) -> None:
    """Put whose workloads count into the programme sheet."""
    (setting,) = (
        row for sheet in made if sheet.name == "programme" for row in sheet.rows if row["key"] == TIERS_SETTING
    )
    setting["value"] = tiers


def state_version(made: Sequence[Sheet]) -> None:
    """Put the version of today's contract into the programme sheet, below its other settings."""
    (programme,) = (sheet for sheet in made if sheet.name == "programme")
    programme.add(key=SETTING, value=current(), source="programme", confidence="high")


def _write_with_units(sheet: Sheet, folder: Path) -> None:
    """A sheet as CSV with the unit row of the contract, which a folder is read by."""
    header = sheet.columns
    units = standard_units(sheets_of()[sheet.name], header)
    with (folder / f"{sheet.name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerow([unit or "" for unit in units])
        writer.writerows([row.get(column, "") for column in header] for row in sheet.rows)
