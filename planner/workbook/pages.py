"""What is written: a sheet as rows of cells, whichever the format, made from another workbook, from inputs or blank."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from compute_lp.schema import Column, Inputs, Problem
from planner.review.versions import SETTING, current
from planner.workbook.grid import Broken, Cell, Grid, Raw, blank, is_note
from planner.workbook.numbers import NUMBER
from planner.workbook.sheets import Sheet, label
from planner.workbook.values import plain_number

FORMS = {"month": "YYYY-MM", "date": "YYYY-MM-DD", "yes_no": "yes/no"}
"""What the unit row says over columns that have no unit but a form."""


@dataclass(frozen=True)
class Page:
    """A sheet to be written. Rows may be shorter than the header; None is a blank."""

    sheet: Sheet
    header: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    units: Sequence[Cell] | None = None
    """None where the source had no unit row."""
    above: Sequence[Mapping[str, Cell]] = field(default_factory=tuple)
    """Rows above the header, by field name; the first cell of a row under "" where it has no column to stand in."""


def standing_above(sheet: Sheet, header: Sequence[str]) -> list[dict[str, Cell]]:
    """Title, what a row is, plain labels."""
    labels: dict[str, Cell] = {name: label(name) for name in header if name}
    return [{"": sheet.table.title}, {"": f"Each row is {sheet.table.row}."}, labels]


def standard_units(sheet: Sheet, header: Sequence[str]) -> list[Cell]:
    """The unit row of the contract; the first cell, over a key, marks it."""
    units: list[Cell] = []
    for name in header:
        column = sheet.known.get(name)
        units.append(None if column is None else column.unit or FORMS.get(column.kind) if column else None)
    units[0] = "unit"
    return units


def blank_page(sheet: Sheet) -> Page:
    """The empty sheet of a new workbook; of a key-value sheet, all settings, with blank values but for the version."""
    if sheet.settings:
        header: tuple[str, ...] = ("key", "value", "unit", "# what it is", "# if blank", "note", "source", "confidence")
        rows: list[list[Cell]] = [
            [
                c.name,
                current() if c.name == SETTING else None,
                c.unit or FORMS.get(c.kind),
                _sentence(c),
                default_text(c),
            ]
            for c in sheet.settings.values()
        ]
    else:
        extra = [name for name in ("note", "source", "confidence") if name not in sheet.declared]
        header, rows = (*sheet.declared, *extra), []
    return Page(sheet, header, rows, standard_units(sheet, header), standing_above(sheet, header))


def _sentence(column: Column) -> str:
    choices = f" ({', '.join(column.choices)})" if column.choices else ""
    return column.meaning + choices


def default_text(column: Column) -> str:
    """What a blank means, in a few words."""
    if column.required:
        return "an error"
    words = []
    if column.default_by:
        by, values = column.default_by
        words.append(", ".join(f"{plain_number(float(v))} for {k}" for k, v in values.items()) + f" ({by})")
    if column.default_from:
        words.append(f"as {column.default_from}")
    if isinstance(column.default, (int, float)):
        words.append(plain_number(float(column.default)))
    elif isinstance(column.default, str) and column.default:
        words.append(column.default)
    return "; otherwise ".join(words) or "stays blank"


def page_of_grid(grid: Grid, above: Sequence[Mapping[str, Cell]] | None, *, unit_row: bool) -> Page:
    """A sheet as it stands, private notes and blank rows and all; numbers of a CSV file as numbers.

    `above` are the rows above the header where the source keeps them elsewhere. Without `unit_row` a unit row that
    states nothing but the contract's units is left out.
    """
    raw, header = grid.raw, grid.header
    shown = list(raw.rows[grid.unit_at]) if grid.unit_at is not None else None
    standard = standard_units(grid.sheet, header)
    if shown is not None and not unit_row and _same(shown, standard):
        shown = None
    rows: list[Sequence[Cell]] = []
    before = raw.numbers[grid.at]
    for i in range(grid.at + 1, len(raw.rows)):
        rows.extend([()] * (raw.numbers[i] - before - 1 if not raw.text_only else 0))
        before = raw.numbers[i]
        if i != grid.unit_at:
            rows.append(raw.rows[i])
    rows = _typed_rows(grid, rows) if raw.text_only else _dated_rows(grid, rows)
    own = [_by_name(raw.rows[i], header) for i in range(grid.at) if i != grid.unit_at]
    return Page(
        grid.sheet, header, rows, shown, own or (standing_above(grid.sheet, header) if above is None else above)
    )


def broken(grid: Grid) -> list[Problem]:
    """Cells that have no value to be written, as a formula that was never calculated."""
    return [
        Problem(grid.sheet.name, cell.message, row, name, cell.shown, cell.right, cell=grid.cell(row, name))
        for name in grid.positions
        for row, cell in enumerate(grid.column(name))
        if isinstance(cell, Broken)
    ]


def _same(shown: Sequence[Cell], standard: Sequence[Cell]) -> bool:
    width = max(len(shown), len(standard))
    return [*shown, *[None] * (width - len(shown))] == [*standard, *[None] * (width - len(standard))]


def _by_name(row: Sequence[Cell], header: Sequence[str]) -> dict[str, Cell]:
    filled = {position: cell for position, cell in enumerate(row) if not blank(cell)}
    if list(filled) == [0]:
        return {"": row[0]}
    return {header[i] if i < len(header) and header[i] else f"@{i}": cell for i, cell in filled.items()}


def _typed_rows(grid: Grid, rows: Sequence[Sequence[Cell]]) -> list[Sequence[Cell]]:
    """Texts of a CSV file that stand for numbers, as numbers: in columns of numbers all that read as one, in private
    ones those that would be written back just so."""
    numeric = [name in grid.sheet.known and grid.sheet.known[name].numeric for name in grid.header]
    private = [is_note(name) for name in grid.header]
    settings = {name for name, column in grid.sheet.settings.items() if column.numeric}
    value_at = {grid.positions.get(name) for name in ("value", "value_low", "value_high")}
    key_at = grid.positions.get("key")

    def typed(position: int, cell: Cell, row: Sequence[Cell]) -> Cell:
        if not isinstance(cell, str) or position >= len(numeric) or not NUMBER.fullmatch(cell.strip()):
            return cell
        number = float(cell)
        set_here = position in value_at and key_at is not None and key_at < len(row) and row[key_at] in settings
        reads_back = private[position] and plain_number(number) == cell
        return number if math.isfinite(number) and (numeric[position] or set_here or reads_back) else cell

    return [row if row and is_note(row[0]) else [typed(i, cell, row) for i, cell in enumerate(row)] for row in rows]


def _dated_rows(grid: Grid, rows: Sequence[Sequence[Cell]]) -> list[Sequence[Cell]]:
    """Date cells in columns and settings of months, as YYYY-MM."""
    months = {i for name, i in grid.positions.items() if grid.sheet.known[name].kind == "month"}
    settings = {name for name, column in grid.sheet.settings.items() if column.kind == "month"}
    value_at, key_at = grid.positions.get("value"), grid.positions.get("key")

    def dated(position: int, cell: Cell, row: Sequence[Cell]) -> Cell:
        if not isinstance(cell, datetime.date):
            return cell
        set_here = position == value_at and key_at is not None and key_at < len(row) and row[key_at] in settings
        return f"{cell:%Y-%m}" if position in months or set_here else cell

    return [[dated(i, cell, row) for i, cell in enumerate(row)] for row in rows]


def cell_text(cell: Cell) -> str:
    """A cell as it stands in a CSV file."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return plain_number(cell)
    if isinstance(cell, Broken):
        return cell.shown
    if hasattr(cell, "isoformat"):
        text = str(cell.isoformat())
        return text.removesuffix("T00:00:00")
    return str(cell).replace("\r\n", "\n").replace("\r", "\n")


def page_of_inputs(sheet: Sheet, inputs: Inputs) -> Page | None:
    """A checked table with its defaults filled in; None where the workbook has no rows for it."""
    frame = inputs.tables[sheet.name]
    if frame.empty:
        return None
    header: tuple[str, ...]
    if sheet.settings:
        numeric = {name for name, column in sheet.settings.items() if column.numeric}
        beside = [name for name in frame if name not in ("key", "value")]
        header = ("key", "value", "unit", *map(str, beside))
        rows: list[Any] = []
        for row in frame.to_dict("records"):
            if row["key"] == "profile_file":
                continue  # the profiles stand in a sheet of their own now
            number = row["key"] in numeric
            typed = {
                str(name): float(cell) if number and cell and str(name).startswith("value") else cell or None
                for name, cell in row.items()
            }
            unit = sheet.settings[str(row["key"])].unit or None
            rows.append([row["key"], typed["value"], unit, *(typed[str(name)] for name in beside)])
    else:
        header = tuple(map(str, frame.columns))
        columns = [_cells(frame[name].to_numpy()) for name in header]
        rows = list(zip(*columns, strict=True))
    return Page(sheet, header, rows, standard_units(sheet, header), standing_above(sheet, header))


def _cells(values: Any) -> list[Cell]:
    if values.dtype == np.float64:
        return [None if math.isnan(v) else v for v in values.tolist()]
    return [v or None for v in values.tolist()]


def page_above_raw(raw: Raw) -> list[list[Cell]]:
    """A sheet of private notes, row by row, blank ones included."""
    rows: list[list[Cell]] = []
    before = 0
    for number, row in zip(raw.numbers, raw.rows, strict=True):
        rows.extend([[] for _ in range(number - before - 1)] if not raw.text_only else [])
        before = number
        rows.append(list(row))
    return rows
