"""Pages written as an xlsx file, with drop-downs, input messages and a sheet of contents.

XlsxWriter writes numbers with 16 digits, one fewer than some need; `_Exact` writes them so that reading gives the same
number back.
"""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from compute_lp.schema import Column, InputError, Problem
from planner.workbook.grid import Cell, column_letter, is_note
from planner.workbook.pages import Page, cell_text, default_text, standard_units
from planner.workbook.sheets import label
from planner.workbook.xlsx_read import NO_UNIT_ROW

README = "README"
SPARE_ROWS = 500
"""Rows below the data that have drop-downs too."""
LONGEST_TEXT = 32_767
LONGEST_MESSAGE = 255
LONGEST_TITLE = 32
LONGEST_LIST = 255
WIDEST = 42
WIDEST_NOTE = 90
CREATED = datetime.datetime(2000, 1, 1)
"""The same in every file, so that equal workbooks are equal files."""

RULES = (
    "Field names (the row above the data) are what is read; rows may be added above them, columns may change places.",
    "The unit row says what the numbers are in. Another unit of the same kind may be put there; values are converted.",
    "A blank is never zero: it takes the default, or is an error where there is none. `planner check` tells which.",
    "Columns and rows that begin with # are private notes: kept, and read by nobody.",
    "Every sheet may carry note, source and confidence, and beside any column of numbers c also c_low and c_high.",
    "Dates are YYYY-MM. Shares are between 0 and 1 unless the unit row says %.",
    "Dark headers must be filled in; light ones have a default or may stay blank.",
    "This sheet is written anew whenever the workbook is.",
)


class _Exact(Worksheet):  # type: ignore[misc]
    def _xml_number_element(self, number: float, attributes: Any = ()) -> None:
        # private in XlsxWriter 3.2: the one place where it formats a number
        shown = "".join(f' {key}="{value}"' for key, value in attributes)
        self.fh.write(f"<c{shown}><v>{number!r}</v></c>")


@dataclass(frozen=True)
class _Place:
    """Where a page's data begin, for references between sheets."""

    first_row: int
    last_row: int
    columns: Mapping[str, int]


def write_xlsx(path: Path, pages: Sequence[Page], notes: Mapping[str, Sequence[Sequence[Cell]]] | None = None) -> None:
    """Writes the pages, and sheets of private notes as they stand. Raises InputError for a text that is too long."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    try:
        book = xlsxwriter.Workbook(str(beside), options)
        book.set_properties({"created": CREATED})
        formats = _formats(book)
        places = {page.sheet.name: _place(page) for page in pages}
        worksheets = {name: book.add_worksheet(name, _Exact) for name in (README, *places, *(notes or {}))}
        _write_readme(worksheets[README], pages, formats)
        for page in pages:
            _write_page(worksheets[page.sheet.name], page, places, formats)
            if page.units is None:
                book.set_custom_property(NO_UNIT_ROW + page.sheet.name, "true", "text")
        for name, rows in (notes or {}).items():
            for number, row in enumerate(rows):
                for position, cell in enumerate(row):
                    _put(worksheets[name], number, position, cell, None)
        book.close()
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _formats(book: Any) -> dict[str, Any]:
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "sentence": book.add_format({"italic": True, "font_color": "#595959"}),
        "label": book.add_format({"bold": True, "text_wrap": True, "valign": "bottom"}),
        "unit": book.add_format({"italic": True, "font_color": "#595959"}),
        "must": book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F4E79", "bottom": 1}),
        "may": book.add_format({"font_color": "#1F3864", "bg_color": "#DDEBF7", "bottom": 1}),
        "private": book.add_format({"font_color": "#7F7F7F", "bg_color": "#F2F2F2", "bottom": 1}),
        "text": book.add_format({"num_format": "@"}),
        "note": book.add_format({"font_color": "#7F7F7F"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "link": book.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top"}),
    }


def _place(page: Page) -> _Place:
    first = len(page.above) + 2
    last = first + len(page.rows) + (0 if page.sheet.settings else SPARE_ROWS) - 1
    return _Place(first, last, {name: i for i, name in enumerate(page.header)})


def _put(worksheet: Any, row: int, column: int, cell: Cell, form: Any) -> None:
    if cell is None:
        return
    if isinstance(cell, bool):
        worksheet.write_boolean(row, column, cell, form)
    elif isinstance(cell, (int, float)):
        worksheet.write_number(row, column, cell, form)
    else:
        text = cell_text(cell)
        if len(text) > LONGEST_TEXT:
            where = f"{worksheet.get_name()}!{column_letter(column)}{row + 1}"
            message = f"a text of {len(text):,} characters; an xlsx cell holds {LONGEST_TEXT:,}"
            raise InputError([Problem(worksheet.get_name(), message, right="shorten it", cell=where)])
        worksheet.write_string(row, column, text, form)


def _write_page(worksheet: Any, page: Page, places: Mapping[str, _Place], formats: Mapping[str, Any]) -> None:
    place = places[page.sheet.name]
    at = place.columns
    for i, row in enumerate(page.above):
        form = formats["title"] if i == 0 else formats["sentence"] if list(row) == [""] else formats["label"]
        for name, cell in row.items():
            position = 0 if not name else int(name[1:]) if name.startswith("@") else at.get(name)
            if position is not None:
                _put(worksheet, i, position, cell, form)
    units = standard_units(page.sheet, page.header) if page.units is None else page.units
    for position, cell in enumerate(units):
        _put(worksheet, place.first_row - 2, position, cell, formats["unit"])
    for position, name in enumerate(page.header):
        column = page.sheet.known.get(name)
        look = "private" if is_note(name) or column is None else "must" if column.required or name == "value" else "may"
        _put(worksheet, place.first_row - 1, position, name or None, formats[look])
    for i, cells in enumerate(page.rows):
        for position, cell in enumerate(cells):
            _put(worksheet, place.first_row + i, position, cell, _look(page, position, cell, formats))
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)
    _shape(worksheet, page, place, units, formats)
    _guide(worksheet, page, place, places, units)


def _look(page: Page, position: int, cell: Cell, formats: Mapping[str, Any]) -> Any:
    name = page.header[position] if position < len(page.header) else ""
    if is_note(name):
        return formats["note"]
    return formats["text"] if isinstance(cell, str) and "\n" not in cell else None


def _shape(worksheet: Any, page: Page, place: _Place, units: Sequence[Cell], formats: Mapping[str, Any]) -> None:
    for position, name in enumerate(page.header):
        column = page.sheet.known.get(name)
        shown = [
            name,
            *(str(row[position]) for row in page.rows[:100] if position < len(row) and row[position] is not None),
        ]
        if position < len(units) and units[position]:
            shown.append(str(units[position]))
        width = min(
            WIDEST_NOTE if is_note(name) else WIDEST, max(9, 2 + max(len(text.split("\n")[0]) for text in shown))
        )
        as_text = column is not None and not column.numeric and not (page.sheet.settings and name == "value")
        worksheet.set_column(
            position, position, max(width, 24) if name == "value" else width, formats["text"] if as_text else None
        )
    leading = 0
    while leading < min(2, len(page.header)) and page.header[leading] in page.sheet.keys:
        leading += 1
    worksheet.freeze_panes(place.first_row, leading)
    if not page.sheet.settings:
        worksheet.autofilter(
            place.first_row - 1, 0, max(place.first_row, place.first_row + len(page.rows) - 1), len(page.header) - 1
        )


def _guide(worksheet: Any, page: Page, place: _Place, places: Mapping[str, _Place], units: Sequence[Cell]) -> None:
    """Drop-downs and input messages."""
    if page.sheet.settings:
        key_at, value_at = place.columns.get("key"), place.columns.get("value")
        for i, row in enumerate(page.rows):
            column = page.sheet.settings.get(str(row[key_at])) if key_at is not None and len(row) > key_at else None
            if column is not None and value_at is not None:
                rule = _rule(column, places, standard=True)
                worksheet.data_validation(place.first_row + i, value_at, place.first_row + i, value_at, rule)
        return
    usual = standard_units(page.sheet, page.header)
    for position, name in enumerate(page.header):
        if name in page.sheet.known:
            standard = position < len(units) and units[position] == usual[position]
            rule = _rule(page.sheet.known[name], places, standard=standard)
            worksheet.data_validation(place.first_row, position, place.last_row, position, rule)


def _rule(column: Column, places: Mapping[str, _Place], *, standard: bool) -> dict[str, Any]:
    """XlsxWriter's data validation for a column; ranges only where the unit is the contract's."""
    unit = f" [{column.unit}]" if column.unit not in ("", "share", "ratio") else ""
    message = f"{column.meaning[:1].upper()}{column.meaning[1:]}{unit}. Blank: {default_text(column)}."
    rule: dict[str, Any] = {
        "validate": "any",
        "input_title": label(column.name)[:LONGEST_TITLE],
        "input_message": message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 1] + "…",
        "error_title": "Not what is read here",
    }
    choices = ("yes", "no") if column.kind == "yes_no" else column.choices
    if choices and len(",".join(choices)) <= LONGEST_LIST:
        return rule | {
            "validate": "list",
            "source": list(choices),
            "error_message": "One of " + _short(", ".join(choices)),
        }
    source = _names(column, places)
    if source:
        # a column may refer to several others, of which a list can show one; so other names are let through
        several = len(column.refers_to) > 1
        return rule | {
            "validate": "list",
            "source": source,
            "error_type": "information" if several else "warning",
            "error_message": _short(f"It should stand in {' or '.join(column.refers_to)}."),
        }
    if column.numeric and standard:
        return rule | _range(column)
    return rule


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _names(column: Column, places: Mapping[str, _Place]) -> str:
    for target in column.refers_to:
        sheet, _, name = target.partition(".")
        if sheet in places and name in places[sheet].columns:
            letter = column_letter(places[sheet].columns[name])
            quoted = sheet if re.fullmatch(r"[a-z_]+", sheet) else f"'{sheet}'"
            return f"={quoted}!${letter}${places[sheet].first_row + 1}:${letter}${places[sheet].last_row + 1}"
    return ""


def _range(column: Column) -> dict[str, Any]:
    low = column.low if column.low is not None else column.above
    kind = {"validate": "integer" if column.kind == "integer" else "decimal", "error_type": "warning"}
    if low is not None and column.high is not None:
        limits: dict[str, Any] = {"criteria": "between", "minimum": low, "maximum": column.high}
        return kind | limits | {"error_message": f"A number between {low:g} and {column.high:g}."}
    if low is not None:
        sign = ">=" if column.low is not None else ">"
        return kind | {"criteria": sign, "value": low, "error_message": f"A number {sign} {low:g}."}
    if column.high is not None:
        return kind | {"criteria": "<=", "value": column.high, "error_message": f"A number <= {column.high:g}."}
    return kind | {"criteria": "between", "minimum": -1e15, "maximum": 1e15, "error_message": "A number."}


def _write_readme(worksheet: Any, pages: Sequence[Page], formats: Mapping[str, Any]) -> None:
    worksheet.fit_to_pages(1, 0)
    worksheet.set_column(0, 0, 22)
    worksheet.set_column(1, 1, 84)
    worksheet.set_column(2, 2, 12)
    worksheet.write_string(0, 0, "A programme of sovereign AI compute", formats["title"])
    worksheet.write_string(
        1, 0, "Fill in the sheets, then run: planner check FILE, planner run FILE", formats["sentence"]
    )
    for position, heading in enumerate(("Sheet", "Each row is", "Needed")):
        worksheet.write_string(3, position, heading, formats["must"])
    row = 4
    for page in pages:
        table = page.sheet.table
        worksheet.write_url(row, 0, f"internal:'{table.name}'!A1", formats["link"], table.name)
        worksheet.write_string(row, 1, table.row, formats["wrap"])
        worksheet.write_string(row, 2, "always" if table.required else "if used")
        row += 1
    row += 1
    worksheet.write_string(row, 0, "How it is read", formats["label"])
    for i, rule in enumerate(RULES, start=row + 1):
        worksheet.merge_range(i, 0, i, 2, rule, formats["wrap"])
        worksheet.set_row(i, 15 if len(rule) < 120 else 30)
    worksheet.freeze_panes(4, 0)
