"""A document as a workbook: a cover with linked contents, its text, then a sheet for each table and figure, and the
long tables in full.

Cells hold unrounded values and show them with the decimals that every format shows; from a thousand on they show all
whole digits, where other formats round to three figures. A difference is a live formula that carries its value. Text is
written as text: nothing in it becomes a formula or a link.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.report.blocks import (
    UNDATED,
    Block,
    Column,
    Document,
    Equation,
    Figure,
    Heading,
    Note,
    Paragraph,
    Table,
    in_its_locale,
    numbered_title,
    paper_mm,
    spans,
    texts,
    values,
)
from planner.report.mathematics import Plain
from planner.report.native import by_series, native_chart
from planner.report.pictures import png
from planner.wording import in_english, whole

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

LONGEST_NAME = 31
"""Letters of a sheet's name in Excel."""
COVER, TEXT = "Cover", "Text"
HEAD_ROW = 3
"""The row of the headings, from 0: title, link to the cover and note stand above."""
WIDEST = 60
COVER_LETTERS = 100
NOTE_LETTERS = 110
"""Letters of a line of notes, which run over several columns."""
MOST_LETTERS = 32767
"""Letters that a cell can hold."""
PAPERS: Mapping[str, int] = {"a4": 9, "letter": 1}
"""Excel's numbers of sheets of paper."""
READING = "Cells hold unrounded values, shown in your program's own separators. Differences are formulas of the cells."
STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "subtitle": {"font_size": 11, "font_color": "#525a64"},
    "heading": {"bold": True, "font_size": 12, "top": 1},
    "label": {"bold": True, "valign": "top"},
    "text": {"text_wrap": True, "valign": "top"},
    "cell": {"text_wrap": True, "valign": "top", "indent": 1},
    "note": {"font_color": "#525a64", "valign": "top", "text_wrap": True},
    "link": {"font_color": "#004f8c", "underline": 1},
    "link_strong": {"font_color": "#004f8c", "underline": 1, "bold": True},
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

    def __init__(self, book: Workbook, paper: str) -> None:
        self.book = book
        self.paper = PAPERS[paper]
        self.names: dict[str, str] = {}
        self._taken = {COVER.casefold(), TEXT.casefold()}
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


@in_its_locale
def xlsx(document: Document, *, paper: str = "a4", dated: date = UNDATED) -> bytes:
    """The workbook's bytes; the same document gives the same bytes.

    `paper`: a4 or letter, where it is printed. `dated`: in the file's properties. Cells that are figures are written by
    the program that opens the workbook, in its own separators.
    """
    import xlsxwriter

    paper_mm(paper)
    held = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(held, options)
    created = datetime(dated.year, dated.month, dated.day)
    book.set_properties({"title": document.title, "subject": document.subtitle, "created": created})
    pages = Pages(book, paper)
    cover = book.add_worksheet(COVER)
    blocks = list(document.numbered())
    for anchor, block in blocks:
        if isinstance(block, Table | Figure):
            pages.name(anchor, block.sheet or block.title)
    for name in document.data:
        pages.name(_data_anchor(name), name)
    places = _text(pages, blocks)
    _cover(pages, cover, document, blocks, places)
    for anchor, block in blocks:
        if isinstance(block, Table):
            _table_sheet(pages, anchor, block)
        elif isinstance(block, Figure):
            _figure_sheet(pages, anchor, block)
    for name, frame in document.data.items():
        _data_sheet(pages, name, frame)
    book.close()
    return held.getvalue()


def _data_anchor(name: str) -> str:
    return f"data {name}"


def _text(pages: Pages, blocks: Sequence[tuple[str, Block]]) -> dict[str, int]:
    """The sheet of the document's prose, where it has any, and the row of each heading, by its anchor."""
    if not any(isinstance(block, Paragraph | Note | Equation) for _, block in blocks):
        return {}
    sheet = pages.book.add_worksheet(TEXT)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, COVER_LETTERS)
    _link(pages, sheet, 0, 0, COVER, "Contents")
    places: dict[str, int] = {}
    row = 2
    for anchor, block in blocks:
        match block:
            case Heading(text, level):
                places[anchor] = row
                style = pages.style("heading") if level == 1 else pages.style("label")
                _string(sheet, row, 0, text, style)
                if level == 1:
                    sheet.write_blank(row, 1, None, style)
            case Table() | Figure():
                label, _, title = numbered_title(anchor, block.title).partition(". ")
                _string(sheet, row, 0, label, pages.style("text"))
                _link(pages, sheet, row, 1, pages.names[anchor], title)
            case _:
                told = _told(block)
                _string(sheet, row, 1, told, pages.style("text"))
                sheet.set_row(row, _height(told, COVER_LETTERS))
        row += 1
    _print(pages, sheet, landscape=False)
    return places


def _told(block: Paragraph | Note | Equation) -> str:
    if isinstance(block, Equation):
        return Plain().formula(block.formula)
    return "".join(piece for piece, _ in spans(block.text))


def _cover(
    pages: Pages, sheet: Worksheet, document: Document, blocks: Sequence[tuple[str, Block]], places: Mapping[str, int]
) -> None:
    """Title, where the document comes from, and its contents with links."""
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, COVER_LETTERS)
    _string(sheet, 0, 0, document.title, pages.style("title"))
    _string(sheet, 1, 0, document.subtitle, pages.style("subtitle"))
    row = 3
    for label, text in {**document.identity, "Reading": READING}.items():
        _string(sheet, row, 0, label, pages.style("label", text_wrap=True))
        _string(sheet, row, 1, text, pages.style("text"))
        sheet.set_row(row, max(_height(text, COVER_LETTERS), _height(label, 14)))
        row += 1
    row = _head(pages, sheet, row + 1, "Contents")
    for anchor, block in blocks:
        if isinstance(block, Heading):
            if anchor in places:
                at = 0 if block.level == 1 else 1
                _link(pages, sheet, row, at, TEXT, block.text, places[anchor], "link_strong")
            else:
                _string(sheet, row, 0, block.text, pages.style("label"))
        elif isinstance(block, Table | Figure):
            label, _, title = numbered_title(anchor, block.title).partition(". ")
            _string(sheet, row, 0, label, pages.style("text"))
            _link(pages, sheet, row, 1, pages.names[anchor], title)
        else:
            continue
        row += 1
    if document.data:
        row = _head(pages, sheet, row + 1, "Data in full")
    for i, (name, frame) in enumerate(document.data.items(), start=row):
        _string(sheet, i, 0, f"{whole(len(frame))} rows", pages.style("text"))
        _link(pages, sheet, i, 1, pages.names[_data_anchor(name)], name)
    _print(pages, sheet, landscape=False)


def _head(pages: Pages, sheet: Worksheet, row: int, text: str) -> int:
    """A heading across the cover, and the row after it."""
    _string(sheet, row, 0, text, pages.style("heading"))
    sheet.write_blank(row, 1, None, pages.style("heading"))
    return row + 1


def _data_sheet(pages: Pages, name: str, frame: pd.DataFrame) -> None:
    """A long table as it is, its names in the first row, for pivots and other programs."""
    sheet = pages.book.add_worksheet(pages.names[_data_anchor(name)])
    for j, column in enumerate(frame.columns):
        cells = frame[column]
        _string(sheet, 0, j, str(column), pages.style("head"))
        sheet.set_column(j, j, min(WIDEST, max(10, len(str(column)) + 3)))
        if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
            held = cells.astype(object).where(cells.notna(), None)
            sheet.write_column(1, j, held.replace({math.inf: "infinite", -math.inf: "-infinite"}).tolist())
        else:
            sheet.write_column(1, j, ["" if pd.isna(cell) else str(cell)[:MOST_LETTERS] for cell in cells])
    sheet.freeze_panes(1, 0)
    if len(frame):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
    _print(pages, sheet, landscape=True)
    sheet.repeat_rows(0)


def _table_sheet(pages: Pages, anchor: str, table: Table) -> None:
    _sheet(pages, anchor, table, numbered_title(anchor, table.title), table.note)


def _figure_sheet(pages: Pages, anchor: str, figure: Figure) -> None:
    rows = by_series(figure.frame, figure.chart)
    data = Table(figure.data.title, figure.frame if rows is None else rows, figure.columns)
    note = f"{figure.alt} {figure.caution}"
    sheet, width = _sheet(pages, anchor, data, numbered_title(anchor, figure.title), note)
    words = {"description": figure.alt, "object_position": 3}
    if figure.chart is None or rows is None:
        picture = {"image_data": BytesIO(png(figure)), "x_scale": 0.5, "y_scale": 0.5}
        sheet.insert_image(HEAD_ROW, width + 1, f"{anchor}.png", words | picture)
    else:
        sheet.insert_chart(
            HEAD_ROW, width + 1, native_chart(pages.book, data, figure.chart, pages.names[anchor], HEAD_ROW), words
        )


def _sheet(pages: Pages, anchor: str, table: Table, title: str, note: str) -> tuple[Worksheet, int]:
    """A sheet with a table, and how many columns it takes."""
    sheet = pages.book.add_worksheet(pages.names[anchor])
    _string(sheet, 0, 0, title, pages.style("title", font_size=13))
    _link(pages, sheet, 1, 0, COVER, "Contents")
    rows = texts(table)
    widths = [_width(column, [row[i] for row in rows]) for i, column in enumerate(table.columns)]
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
    _cells(pages, sheet, table, rows, widths)
    _print(pages, sheet, landscape=True)
    sheet.repeat_rows(HEAD_ROW)
    return sheet, len(widths)


def _cells(
    pages: Pages, sheet: Worksheet, table: Table, rows: Sequence[Sequence[str]], widths: Sequence[float]
) -> None:
    words = [j for j, column in enumerate(table.columns) if column.is_words]
    for i, row in enumerate(rows, start=HEAD_ROW + 1):
        height = max((_height(row[j], widths[j]) for j in words), default=15.0)
        if height > 15:
            sheet.set_row(i, height)
    heads = [_height(column.heading, width) for column, width in zip(table.columns, widths, strict=True)]
    sheet.set_row(HEAD_ROW, max(heads))
    last = HEAD_ROW + len(rows)
    for j, column in enumerate(table.columns):
        _string(sheet, HEAD_ROW, j, column.heading, pages.style("head" if column.is_words else "figure_head"))
        for i, value in enumerate(values(table, column), start=HEAD_ROW + 1):
            _cell(pages, sheet, table, (i, j), value, rows[i - HEAD_ROW - 1][j], is_total=i > last - table.totals)
    if not rows:
        _string(sheet, HEAD_ROW + 1, 0, "No rows.", pages.style("note"))
        return
    sheet.freeze_panes(HEAD_ROW + 1, min(table.keys, 2))
    if len(rows) > table.totals:
        sheet.autofilter(HEAD_ROW, 0, last - table.totals, len(table.columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{_reference(last, len(table.columns) - 1)}"})


def _cell(
    pages: Pages, sheet: Worksheet, table: Table, at: tuple[int, int], value: Any, text: str, *, is_total: bool
) -> None:
    row, place = at
    column = table.columns[place]
    extra = {"bold": True, "top": 1} if is_total else {}
    if column.is_words:
        _string(sheet, row, place, text, pages.style("cell", **extra))
        return
    if pd.isna(value) or math.isinf(value):
        _string(sheet, row, place, text, pages.format(align="right", valign="top", **extra))
        return
    form = pages.format(num_format=number_format(in_english(text), column), valign="top", **extra)
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


def _width(column: Column, cells: Sequence[str]) -> float:
    word = max(map(len, column.heading.split()))
    return min(WIDEST, max([8, word + 3, min(len(column.heading), 18), *(len(cell) + 3 for cell in cells)]))


def _height(text: str, letters: float) -> float:
    """Points that a text needs in a column of so many letters: no program but Excel finds that by itself."""
    return 15.0 if len(text) <= letters else 15.0 * math.ceil(1.15 * len(text) / letters)


def _string(sheet: Worksheet, row: int, place: int, text: str, form: Any) -> None:
    held = text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"
    sheet.write_string(row, place, held, form)


def _link(
    pages: Pages, sheet: Worksheet, row: int, place: int, name: str, text: str, to_row: int = 0, style: str = "link"
) -> None:
    quoted = name.replace("'", "''")
    sheet.write_url(row, place, f"internal:'{quoted}'!A{to_row + 1}", pages.style(style), text[:MOST_LETTERS])


def _reference(row: int, place: int) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(row, place))


def _print(pages: Pages, sheet: Worksheet, *, landscape: bool) -> None:
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(pages.paper)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&RPage &P of &N")
