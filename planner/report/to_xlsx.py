"""A document as a workbook: a cover with linked contents, then a sheet for each table and figure.

Cells hold unrounded values and show them with the decimals that every format shows; from a thousand on they show all
whole digits, where other formats round to three figures. A difference is a live formula that carries its value. Text is
written as text: nothing in it becomes a formula or a link.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.report.blocks import (
    Block,
    Chart,
    Column,
    Document,
    Equation,
    Figure,
    Heading,
    Note,
    Paragraph,
    Table,
    numbered_title,
    shown,
    spans,
    values,
)
from planner.report.charts.style import AREAS, LINES, RULE
from planner.report.mathematics import Plain
from planner.report.pictures import png

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

LONGEST_NAME = 31
"""Letters of a sheet's name in Excel."""
COVER = "Cover"
HEAD_ROW = 3
"""The row of the headings, from 0: title, link to the cover and note stand above."""
WIDEST = 60
COVER_LETTERS = 100
NOTE_LETTERS = 110
"""Letters of a line of notes, which run over several columns."""
MOST_LETTERS = 32767
"""Letters that a cell can hold."""
DASHES = ("solid", "dash", "square_dot", "long_dash_dot")
EPOCH = datetime(2000, 1, 1)
"""In place of the time of writing: when a document was made stands in its identity."""
STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "subtitle": {"font_size": 11, "font_color": "#525a64"},
    "heading": {"bold": True, "font_size": 12, "top": 1},
    "label": {"bold": True, "valign": "top"},
    "text": {"text_wrap": True, "valign": "top"},
    "cell": {"text_wrap": True, "valign": "top", "indent": 1},
    "note": {"font_color": "#525a64", "valign": "top", "text_wrap": True},
    "link": {"font_color": "#004f8c", "underline": 1},
    "head": {"indent": 1, "bold": True, "text_wrap": True, "valign": "bottom", "bottom": 2, "bg_color": "#e9edf2"},
    "figure_head": {
        "bold": True,
        "text_wrap": True,
        "valign": "bottom",
        "align": "right",
        "bottom": 2,
        "bg_color": "#e9edf2",
    },
}


class Pages:
    """The workbook that is written, its formats, and the names of its sheets."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.names: dict[str, str] = {}
        self._taken = {COVER.casefold()}
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(properties)
        return self._formats[key]

    def style(self, name: str, **more: Any) -> Any:
        return self.format(**(STYLES[name] | more))

    def name(self, anchor: str, wanted: str) -> str:
        """A name that Excel allows and no other sheet has."""
        bare = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", wanted).strip().strip("'")
        if len(bare) > LONGEST_NAME:
            bare = bare[:LONGEST_NAME].rpartition(" ")[0] or bare[:LONGEST_NAME]
        bare = bare or anchor
        name, count = bare, 1
        while name.casefold() in self._taken or name.casefold() == "history":
            count += 1
            end = f" {count}"
            name = bare[: LONGEST_NAME - len(end)] + end
        self._taken.add(name.casefold())
        self.names[anchor] = name
        return name


def write(document: Document, path: Path) -> None:
    """Writes the workbook; a file that stands there is replaced."""
    path.write_bytes(xlsx(document))


def xlsx(document: Document) -> bytes:
    """The workbook's bytes; the same document gives the same bytes."""
    import xlsxwriter

    held = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(held, options)
    book.set_properties({"title": document.title, "subject": document.subtitle, "created": EPOCH})
    pages = Pages(book)
    cover = book.add_worksheet(COVER)
    blocks = list(document.numbered())
    for anchor, block in blocks:
        if isinstance(block, Table | Figure):
            pages.name(anchor, block.sheet or block.title)
    _cover(pages, cover, document, blocks)
    for anchor, block in blocks:
        if isinstance(block, Table):
            _table_sheet(pages, anchor, block)
        elif isinstance(block, Figure):
            _figure_sheet(pages, anchor, block)
    book.close()
    return held.getvalue()


def _cover(pages: Pages, sheet: Worksheet, document: Document, blocks: Sequence[tuple[str, Block]]) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, COVER_LETTERS)
    _string(sheet, 0, 0, document.title, pages.style("title"))
    _string(sheet, 1, 0, document.subtitle, pages.style("subtitle"))
    row = 3
    for anchor, block in blocks:
        match block:
            case Heading(text, level):
                _string(sheet, row, 0, text, pages.style("heading") if level == 1 else pages.style("label"))
                if level == 1:
                    sheet.write_blank(row, 1, None, pages.style("heading"))
            case Paragraph(text) | Note(text):
                told = "".join(piece for piece, _ in spans(text))
                _string(sheet, row, 1, told, pages.style("text"))
                sheet.set_row(row, _height(told, COVER_LETTERS))
            case Equation(formula, _):
                told = Plain().formula(formula)
                _string(sheet, row, 1, told, pages.style("text"))
                sheet.set_row(row, _height(told, COVER_LETTERS))
            case Table() | Figure():
                label, _, title = numbered_title(anchor, block.title).partition(". ")
                _string(sheet, row, 0, label, pages.style("text"))
                _link(pages, sheet, row, 1, pages.names[anchor], title)
        row += 1
    if document.identity:
        _string(sheet, row + 1, 0, "Where this comes from", pages.style("heading"))
        sheet.write_blank(row + 1, 1, None, pages.style("heading"))
        for i, (label, text) in enumerate(document.identity.items(), start=row + 2):
            _string(sheet, i, 0, label, pages.style("label", text_wrap=True))
            _string(sheet, i, 1, text, pages.style("text"))
            sheet.set_row(i, max(_height(text, COVER_LETTERS), _height(label, 14)))
    _print(sheet, landscape=False)


def _table_sheet(pages: Pages, anchor: str, table: Table) -> None:
    _sheet(pages, anchor, table, numbered_title(anchor, table.title), table.note)


def _figure_sheet(pages: Pages, anchor: str, figure: Figure) -> None:
    rows = _by_series(figure.frame, figure.chart)
    data = Table(figure.data.title, figure.frame if rows is None else rows, figure.columns)
    note = f"{figure.alt} {figure.caution}"
    sheet, width = _sheet(pages, anchor, data, numbered_title(anchor, figure.title), note)
    words = {"description": figure.alt, "object_position": 3}
    if figure.chart is None or rows is None:
        picture = {"image_data": BytesIO(png(figure)), "x_scale": 0.5, "y_scale": 0.5}
        sheet.insert_image(HEAD_ROW, width + 1, f"{anchor}.png", words | picture)
    else:
        sheet.insert_chart(HEAD_ROW, width + 1, _chart(pages, data, figure.chart, pages.names[anchor]), words)


def _sheet(pages: Pages, anchor: str, table: Table, title: str, note: str) -> tuple[Worksheet, int]:
    """A sheet with a table, and how many columns it takes."""
    sheet = pages.book.add_worksheet(pages.names[anchor])
    _string(sheet, 0, 0, title, pages.style("title", font_size=13))
    _link(pages, sheet, 1, 0, COVER, "Contents")
    widths = [_width(table, column) for column in table.columns]
    for i, width in enumerate(widths):
        sheet.set_column(i, i, width)
    if text := "".join(piece for piece, _ in spans(note)).strip():
        taken, last = widths[0], 0
        while taken < NOTE_LETTERS or not last:
            last += 1
            taken += widths[last] if last < len(widths) else 8.43
        sheet.set_row(HEAD_ROW - 1, _height(text, taken))
        sheet.merge_range(HEAD_ROW - 1, 0, HEAD_ROW - 1, last, "", pages.style("note"))
        _string(sheet, HEAD_ROW - 1, 0, text, pages.style("note"))
    _cells(pages, sheet, table, widths)
    _print(sheet, landscape=True)
    sheet.repeat_rows(HEAD_ROW)
    return sheet, len(widths)


def _cells(pages: Pages, sheet: Worksheet, table: Table, widths: Sequence[float]) -> None:
    words = [(column, width) for column, width in zip(table.columns, widths, strict=True) if column.is_words]
    for i in range(len(table.frame)):
        height = max((_height(shown(table.frame[c.name].iloc[i], c), width) for c, width in words), default=15.0)
        if height > 15:
            sheet.set_row(HEAD_ROW + 1 + i, height)
    heads = [_height(column.heading, width) for column, width in zip(table.columns, widths, strict=True)]
    sheet.set_row(HEAD_ROW, max(heads))
    for j, column in enumerate(table.columns):
        _string(sheet, HEAD_ROW, j, column.heading, pages.style("head" if column.is_words else "figure_head"))
        for i, value in enumerate(values(table, column), start=HEAD_ROW + 1):
            _cell(pages, sheet, table, i, j, value)
    rows = len(table.frame)
    if not rows:
        _string(sheet, HEAD_ROW + 1, 0, "No rows.", pages.style("note"))
        return
    sheet.freeze_panes(HEAD_ROW + 1, min(table.keys, 2))
    if rows > table.totals:
        sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + rows - table.totals, len(table.columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{_reference(HEAD_ROW + rows, len(table.columns) - 1)}"})


def _cell(pages: Pages, sheet: Worksheet, table: Table, row: int, place: int, value: Any) -> None:
    column = table.columns[place]
    text = shown(value, column)
    is_total = row > HEAD_ROW + len(table.frame) - table.totals
    extra = {"bold": True, "top": 1} if is_total else {}
    if column.is_words:
        _string(sheet, row, place, text, pages.style("cell", **extra))
        return
    if pd.isna(value) or math.isinf(value):
        _string(sheet, row, place, text, pages.format(align="right", valign="top", **extra))
        return
    form = pages.format(num_format=number_format(text, column), valign="top", **extra)
    names = [each.name for each in table.columns]
    if column.difference_of and set(column.difference_of) <= set(names):
        of, less = (_reference(row, names.index(name)) for name in column.difference_of)
        formula = f"=({of}-{less})*100" if column.kind == "share" else f"={of}-{less}"
        sheet.write_formula(row, place, formula, form, float(value))
    else:
        sheet.write_number(row, place, float(value), form)


def number_format(text: str, column: Column) -> str:
    """A spreadsheet's number format that shows a value with the decimals of its English text."""
    if text in ("0", "+0", "0\u00a0%"):
        return '0"\u00a0"%' if "%" in text else "0;0;0"
    decimals = len(text.partition(".")[2].rstrip("%\u00a0"))
    form = "#,##0" + ("." + "0" * decimals if decimals else "")
    if "%" in text:
        return form + '"\u00a0"%'
    return f"+{form};-{form};0" if column.difference_of else form


def _by_series(frame: pd.DataFrame, chart: Chart | None) -> pd.DataFrame | None:
    """Rows with each series together, where all have the same categories in the same order; else none."""
    if chart is None or frame[chart.value].isna().any():
        return None
    if not chart.series:
        return frame
    rows = frame.iloc[pd.factorize(frame[chart.series])[0].argsort(kind="stable")]
    categories = [list(part[chart.category]) for _, part in rows.groupby(chart.series, sort=False)]
    return rows if all(each == categories[0] for each in categories) else None


def _chart(pages: Pages, table: Table, chart: Chart, sheet: str) -> Any:
    types = {"bar": {"type": "bar"}, "line": {"type": "line"}, "stacked": {"type": "column", "subtype": "stacked"}}
    drawn = pages.book.add_chart(types[chart.kind])
    names = [column.name for column in table.columns]
    category, value = names.index(chart.category), names.index(chart.value)
    series = list(table.frame[chart.series]) if chart.series else [table.columns[value].label] * len(table.frame)
    starts = [i for i, name in enumerate(series) if i == 0 or series[i - 1] != name]
    palette = LINES if chart.kind == "line" else AREAS
    for count, (first, past) in enumerate(zip(starts, [*starts[1:], len(series)], strict=True)):
        rows = HEAD_ROW + 1 + first, HEAD_ROW + past
        colour = {"color": palette[count % len(palette)]}
        dash = DASHES[(count // len(palette)) % len(DASHES)]
        drawn.add_series(
            {
                "name": str(series[first]),
                "categories": [sheet, rows[0], category, rows[1], category],
                "values": [sheet, rows[0], value, rows[1], value],
                **({"line": colour | {"width": 2, "dash_type": dash}} if chart.kind == "line" else {"fill": colour}),
                **({"gap": 40} if count == 0 and chart.kind != "line" else {}),
            }
        )
    drawn.set_title({"none": True})
    shown_as = "0%" if table.columns[value].kind == "share" else "#,##0.###"
    amounts: dict[str, Any] = {
        "name": table.columns[value].heading,
        "num_format": shown_as,
        "name_font": {"bold": False},
    }
    names_axis: dict[str, Any] = {"label_position": "low", "major_gridlines": {"visible": False}}
    if chart.kind == "bar":
        # First row on top: the axis turned round, and crossed by the other at its end, which is then below.
        drawn.set_y_axis(names_axis | {"reverse": True, "crossing": "max"})
        drawn.set_x_axis(amounts | {"major_gridlines": {"visible": True, "line": {"color": RULE}}})
    else:
        drawn.set_x_axis(names_axis)
        drawn.set_y_axis(amounts | {"major_gridlines": {"visible": True, "line": {"color": RULE}}})
    drawn.set_legend({"position": "bottom"} if len(starts) > 1 else {"none": True})
    drawn.set_size({"width": 780, "height": 140 + 20 * len(series) if chart.kind == "bar" else 440})
    return drawn


def _width(table: Table, column: Column) -> float:
    texts = [shown(value, column) for value in values(table, column)]
    word = max(map(len, column.heading.split()))
    return min(WIDEST, max([8, word + 3, min(len(column.heading), 18), *(len(text) + 3 for text in texts)]))


def _height(text: str, letters: float) -> float:
    """Points that a text needs in a column of so many letters: no program but Excel finds that by itself."""
    return 15.0 if len(text) <= letters else 15.0 * math.ceil(1.15 * len(text) / letters)


def _string(sheet: Worksheet, row: int, place: int, text: str, form: Any) -> None:
    held = text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"
    sheet.write_string(row, place, held, form)


def _link(pages: Pages, sheet: Worksheet, row: int, place: int, name: str, text: str) -> None:
    quoted = name.replace("'", "''")
    sheet.write_url(row, place, f"internal:'{quoted}'!A1", pages.style("link"), text[:MOST_LETTERS])


def _reference(row: int, place: int) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(row, place))


def _print(sheet: Worksheet, *, landscape: bool) -> None:
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&RPage &P of &N")
