"""Where a cell of a run's inputs stands, in the terms of the workbook that the run was made from.

A run folder keeps its inputs as CSV. Who planned in a spreadsheet has never seen those files, so a cell is named by
what names its row there: `grid_offers: site=narvik; stage=1, column lead_months`. Where the scenario changes it, the
workbook holds another value, so that is said.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from compute_lp.schema import Inputs
from planner.plan import Plan

Changed = Collection[tuple[str, str, str]]
"""Sheet, key and field of each cell that a scenario changes; without a field, of each row that it adds."""


def named_for_reader(plan: Plan, run_folder: Path, scenario: str) -> Plan:
    """The plan of a scenario of a run, its cells as they are called in the workbook: by their keys if it was a
    spreadsheet, and by file and line if it was a folder of CSV files."""
    manifest = json.loads((run_folder / "manifest.json").read_text(encoding="utf-8"))
    if not str(manifest["workbook"]).casefold().endswith((".xlsx", ".xlsm")):
        return plan
    return replace(plan, inputs=named_by_key(plan.inputs, scenario, _changed(run_folder, scenario)))


def named_by_key(inputs: Inputs, scenario: str = "", changed: Changed = ()) -> Inputs:
    """The inputs with cells that are named by sheet, row key and column."""
    from planner.workbook.sheets import sheets_of

    cells: dict[str, Callable[[int | None, str | None], str]] = {
        name: partial(_name, inputs, name, () if sheet.settings else sheet.keys, scenario, changed)
        for name, sheet in sheets_of().items()
        if name in inputs.tables
    }
    return replace(inputs, cells=cells)


def _name(
    inputs: Inputs,
    sheet: str,
    keys: Collection[str],
    scenario: str,
    changed: Changed,
    row: int | None,
    column: str | None,
) -> str:
    key = (
        "" if row is None else "; ".join(f"{name}={text}" for name in keys if (text := _text(inputs, sheet, row, name)))
    )
    where = [key] if key else [] if row is None else [f"row {row + 1}"]
    where += [f"column {column}"] if column is not None and row is not None else [column] if column else []
    said = f"{sheet}: {', '.join(where)}" if where else sheet
    by_scenario = (sheet, key, column or "") in changed or (bool(key) and (sheet, key, "") in changed)
    return f"{said}, as {scenario} has it" if by_scenario else said


def _text(inputs: Inputs, sheet: str, row: int, name: str) -> str:
    value: Any = inputs[sheet][name].iat[row]
    return value if isinstance(value, str) else "" if value != value else f"{value:g}"


def _changed(run_folder: Path, scenario: str) -> set[tuple[str, str, str]]:
    place = run_folder / "scenarios" / scenario / "changes.csv"
    if not place.is_file():
        return set()
    with place.open(encoding="utf-8", newline="") as file:
        return {(row["sheet"], row["key"], row["field"]) for row in csv.DictReader(file)}
