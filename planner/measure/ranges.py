"""The ranges of a workbook: each numeric column or setting some of whose cells have a low or a high estimate.

An end of a range is the workbook with all cells of the field at their low, or all at their high; a cell without that
estimate stays as it is. So a range says how far one assumption may be off everywhere at once, and nothing of cells that
are off in different ways. With a scenario, its changes come first: a cell that it changes, and all of a row that it
adds, is the scenario's own assumption, which the workbook's estimates no longer belong to, and stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compute_lp.grid import LEAD_COLUMN
from compute_lp.schema import Floats, Inputs
from planner.review.scenario_check import NO_INPUTS, Change
from planner.scenarios import Applied
from planner.scenarios.texts import COLUMNS
from planner.workbook import Opened
from planner.workbook.sheets import Sheet
from planner.workbook.values import plain_number

LOW, HIGH = "low", "high"
ENDS = (LOW, HIGH)
LEVER = "estimate"
QUEUES = ("grid_offers", "lead_months")
"""Of it the programme reads the column that the setting grid_delay chooses; all three are set, so that they stay in
order."""


@dataclass(frozen=True, eq=False)
class Range:
    """A field with estimates. `cells`: how many of its cells have a low or a high other than their value. `ends`: by
    end, the changes that make it, a cell each; without an end that no cell has."""

    sheet: str
    field: str
    cells: int
    ends: Mapping[str, tuple[Change, ...]]

    @property
    def label(self) -> str:
        """What a reader calls it."""
        return f"{self.sheet}: {self.field}"

    def name(self, end: str) -> str:
        """What an end is called among programmes."""
        return f"{self.sheet}.{self.field} at its {end}"


def ranges(book: Opened, applied: Applied) -> tuple[Range, ...]:
    """The ranges of a workbook with a scenario's changes, in the order of its sheets and columns."""
    found: list[Range] = []
    for name in applied.inputs:
        if name in NO_INPUTS:
            continue
        sheet = book.filled[name].sheet
        log = applied.log
        taken = set(log.loc[log["sheet"] == name, "cell"])
        found += _settings(sheet, applied.inputs, taken) if sheet.settings else _columns(sheet, applied.inputs, taken)
    return tuple(found)


def _columns(sheet: Sheet, inputs: Inputs, taken: set[str]) -> list[Range]:
    frame, where = inputs[sheet.name], inputs.cells[sheet.name]
    numeric = [name for name, column in sheet.declared.items() if column.numeric and not column.key]
    found = []
    for field in numeric:
        if any(field == f"{other}_{end}" for other in numeric for end in ENDS):
            continue
        queues = (sheet.name, field) == QUEUES
        read = LEAD_COLUMN[str(inputs.settings["grid_delay"])] if queues else field
        values = np.asarray(frame[read], dtype=np.float64)
        ends: dict[str, tuple[Change, ...]] = {}
        rows: set[int] = set()
        for end in ENDS:
            estimates = _numbers(frame.get(f"{field}_{end}"), len(frame))
            there = np.flatnonzero(~np.isnan(estimates) & (estimates != values))
            free = [int(row) for row in there if where(int(row), field) not in taken]
            if free:
                rows |= set(free)
                ends[end] = tuple(
                    _change(sheet, name, _key(sheet, frame, row), estimates[row], where(row, f"{field}_{end}"))
                    for row in free
                    for name in (LEAD_COLUMN.values() if queues else (field,))
                )
        if ends:
            found.append(Range(sheet.name, field, len(rows), ends))
    return found


def _settings(sheet: Sheet, inputs: Inputs, taken: set[str]) -> list[Range]:
    beside = inputs[sheet.name].set_index("key")
    found = []
    for field, column in sheet.settings.items():
        where = inputs.cells[sheet.name](None, field)
        if not column.numeric or where in taken:
            continue
        ends = {}
        for end in ENDS:
            text = str(beside[f"value_{end}"].get(field, "")) if f"value_{end}" in beside else ""
            if text and float(text) != float(inputs.settings[field]):
                ends[end] = (_change(sheet, field, "", float(text), where),)
        if ends:
            found.append(Range(sheet.name, field, 1, ends))
    return found


def _numbers(cells: Any, rows: int) -> Floats:
    return np.full(rows, np.nan) if cells is None else np.asarray(cells, dtype=np.float64)


def _key(sheet: Sheet, frame: Any, row: int) -> str:
    """The choice of a row by its keys, as scenario_changes states it; a blank key is one too."""
    cells = ((name, frame[name].iat[row]) for name in sheet.keys)
    texts = ((name, cell if isinstance(cell, str) else plain_number(float(cell))) for name, cell in cells)
    return "; ".join(f"{name}={text}" for name, text in texts)


def _change(sheet: Sheet, field: str, rows: str, value: float, where: str) -> Change:
    """A cell set to an estimate, told at the estimate's cell."""
    text = plain_number(float(value))
    cells: Sequence[tuple[str, str]] = [(column, where) for column in COLUMNS]
    return Change(LEVER, 1, LEVER, sheet.name, rows, field, "set", text, "", "", "", tuple(cells))
