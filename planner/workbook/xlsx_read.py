"""An xlsx file read into raw sheets.

openpyxl, read-only, in two passes: formulas, then (only for sheets that hold any) their values. Faster readers turn an
error such as #DIV/0! into a blank, and a blank means the default. What openpyxl's read-only mode doesn't tell (merged
cells, hidden rows and columns) is looked up in the sheet's XML.
"""

from __future__ import annotations

import datetime
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from compute_lp.schema import InputError, Problem
from planner.workbook.grid import Broken, Cell, Raw

MOST_UNPACKED_BYTES = 150_000_000
"""Twenty zones of hourly profiles take 50 MB; reading takes some four times as much."""
CHUNK_BYTES = 1_000_000
MOST_ROWS = 500_000
MOST_COLUMNS = 1_000
LAST_ROW = 1_048_576
"""Last row of an xlsx sheet."""

OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MARKED_COPY = "planner: marked copy"
"""Custom document property of a copy in which `planner check` marked faults."""
NO_UNIT_ROW = "planner: no unit row in "
"""Custom document property, followed by the sheet's name: its CSV file had no unit row."""

_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_ROW = re.compile(rb"<(?:\w+:)?row\s([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s([^>]*)>")
_ATTRIBUTE = re.compile(rb'(\w+)="([^"]*)"')
_PLAIN = (str, int, float, bool, type(None), datetime.date, datetime.time, datetime.timedelta)
_ELSEWHERE = re.compile(r"\[\d+\]|\w\|'|'file:|https?:|\b(?:WEBSERVICE|RTD|DDE|FILTERXML|IMPORTDATA)\(", re.IGNORECASE)
"""What makes a formula read another file, a programme or the net; LibreOffice and Excel number the other files."""
_CALCULATION = re.compile(rb"<(?:\w+:)?calcPr\s([^>]*)>")
_ON, _OFF = (b"1", b"true"), (b"0", b"false")
SHOWN_FORMULAS = 3
_TRUTH = {"=TRUE()": True, "=FALSE()": False}


@dataclass(frozen=True)
class XlsxSource:
    sheets: dict[str, Raw]
    without_units: frozenset[str]
    """Sheets whose CSV files had no unit row."""
    warnings: tuple[tuple[str, str], ...] = ()
    """About the file as a whole: what, and what would be right."""


def unreadable(path: Path, message: str, right: str = "") -> InputError:
    return InputError([Problem("", message, right=right, cell=path.name)])


def read_xlsx(path: Path) -> XlsxSource:
    """All worksheets of a file. Raises InputError where it can't be read at all."""
    _refuse_what_is_no_xlsx(path)
    try:
        return _read(path)
    except InputError:
        raise
    except Exception as fault:  # openpyxl raises a dozen kinds of exception on a damaged file
        raise unreadable(
            path,
            f"can't be read as a workbook ({type(fault).__name__}: {fault})",
            "open it in a spreadsheet and save it anew",
        ) from fault


def _refuse_what_is_no_xlsx(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(8)
        if head == OLE_MAGIC:
            if _holds(file, ENCRYPTED):
                raise unreadable(path, "is protected by a password", "save a copy without one")
            raise unreadable(path, "is an old .xls file under another name", "save it as .xlsx")
    if not zipfile.is_zipfile(path):
        raise unreadable(path, "is no .xlsx file", "save it as .xlsx")
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MOST_UNPACKED_BYTES:
            raise unreadable(
                path,
                f"unpacks to {unpacked / 1e6:,.0f} MB, more than {MOST_UNPACKED_BYTES / 1e6:,.0f} MB",
                "delete formatted blank rows; keep long profiles in a CSV file (profile_file)",
            )
        if "xl/workbook.xml" not in archive.namelist():
            right = "save it as .xlsx" if "content.xml" in archive.namelist() else ""
            raise unreadable(path, "is no .xlsx file", right)


def _holds(file: BinaryIO, mark: bytes) -> bool:
    """Whether a mark stands in what is left of a file, of which little is kept in memory."""
    tail = b""
    while chunk := file.read(CHUNK_BYTES):
        if mark in tail + chunk:
            return True
        tail = chunk[-len(mark) :]
    return False


def _read(path: Path) -> XlsxSource:
    import openpyxl

    raws, with_formulas = {}, []
    stored: list[str] = []
    # the file is opened here because openpyxl leaves a damaged one open
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")  # about drop-downs and formats that openpyxl doesn't keep; we only read values
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        with zipfile.ZipFile(file) as archive:
            for worksheet in book.worksheets:
                # the path of a sheet's XML is private in openpyxl 3.1
                xml = archive.read(worksheet._worksheet_path)
                raws[worksheet.title] = _raw(path, worksheet, xml)
                if _FORMULA.search(xml):
                    with_formulas.append(worksheet.title)
            recalculate = _stale(archive.read("xl/workbook.xml"))
            macros = any(part.casefold().endswith("vbaproject.bin") for part in archive.namelist())
        properties = [p.name for p in book.custom_doc_props.props]
        if with_formulas:
            values = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            for title in with_formulas:
                cells = _put_values(raws[title], values[title])
                stored += [] if title.startswith("#") else cells
    without = frozenset(p.removeprefix(NO_UNIT_ROW) for p in properties if p.startswith(NO_UNIT_ROW))
    told = []
    if macros:
        told.append(("it holds macros, which are neither run nor read", "save it as .xlsx"))
    if MARKED_COPY in properties:
        told.append(("a marked copy that planner check made, not the original", "mend the original and use that"))
    if recalculate and stored:
        told.append(_out_of_date(stored))
    return XlsxSource(raws, without, tuple(told))


def _raw(path: Path, worksheet: Any, xml: bytes) -> Raw:
    rows: list[Sequence[Cell]] = []
    numbers: list[int] = []
    for number, row in _filled(path, worksheet, values_only=True):
        rows.append(list(row))
        numbers.append(number)
    below, last = xml.find(b"sheetData"), max(numbers, default=0)
    return Raw(
        worksheet.title,
        rows,
        numbers,
        merged=tuple(_merged(xml[max(0, xml.rfind(b"sheetData")) :], last)),
        hidden_columns=frozenset(_hidden_columns(xml[:below])),
        hidden_rows=frozenset(_hidden_rows(xml)),
        hidden=worksheet.sheet_state != "visible",
    )


def _filled(path: Path, worksheet: Any, *, values_only: bool) -> Iterator[tuple[int, Sequence[Any]]]:
    """Rows that hold anything, with their numbers."""
    worksheet.reset_dimensions()  # files state them wrongly, and stated ones make openpyxl fill up a million rows
    kept = 0
    for number, row in enumerate(worksheet.iter_rows(values_only=values_only), start=1):
        if number > LAST_ROW:
            raise unreadable(path, f"the sheet {worksheet.title} has a row beyond {LAST_ROW:,}")
        if not row or (row.count(None) == len(row) if values_only else all(c.value is None for c in row)):
            continue
        kept += 1
        if kept > MOST_ROWS:
            raise unreadable(path, f"the sheet {worksheet.title} has more than {MOST_ROWS:,} rows")
        if len(row) > MOST_COLUMNS:
            raise unreadable(path, f"the sheet {worksheet.title} has something in column {len(row):,}, row {number:,}")
        yield number, row


def _merged(tail: bytes, last_row: int) -> Iterator[tuple[str, int, int]]:
    for found in _MERGED.finditer(tail):
        left, top, right, bottom = (part.decode() for part in found.groups())
        if int(top) <= last_row:
            yield f"{left}{top}:{right}{bottom}", int(top), int(bottom)


def _attributes(text: bytes) -> dict[bytes, bytes]:
    return dict(_ATTRIBUTE.findall(text))


def _hidden_columns(head: bytes) -> Iterator[int]:
    for found in _COLUMN.finditer(head):
        attributes = _attributes(found[1])
        if attributes.get(b"hidden") in (b"1", b"true"):
            yield from range(int(attributes[b"min"]) - 1, min(int(attributes[b"max"]), MOST_COLUMNS))


def _hidden_rows(xml: bytes) -> Iterator[int]:
    if b"hidden=" not in xml:
        return
    for found in _ROW.finditer(xml):
        attributes = _attributes(found[1])
        if attributes.get(b"hidden") in (b"1", b"true") and b"r" in attributes:
            yield int(attributes[b"r"])


def _stale(xml: bytes) -> bool:
    """Whether a workbook says that stored values may be older than the cells they are worked out from: its writer asked
    for a recalculation, didn't finish one, or left it to the reader and saved without."""
    found = _CALCULATION.search(xml)
    told = _attributes(found[1]) if found else {}
    by_hand = told.get(b"calcMode") == b"manual" and told.get(b"calcOnSave") in _OFF
    return by_hand or told.get(b"fullCalcOnLoad") in _ON or told.get(b"calcCompleted") in _OFF


def _out_of_date(cells: Sequence[str]) -> tuple[str, str]:
    shown = ", ".join(cells[:SHOWN_FORMULAS]) + (", …" if len(cells) > SHOWN_FORMULAS else "")
    message = f"stored values of formulas may be out of date, as the file asks to be recalculated: {shown}"
    return f"{message} ({len(cells)} in all)", "open it in a spreadsheet, recalculate, and save it"


def _put_values(raw: Raw, worksheet: Any) -> list[str]:
    """Puts the stored values of formulas in their place, and gives the cells of those; a formula without one becomes
    Broken."""
    stored = []
    worksheet.reset_dimensions()
    at = {number: i for i, number in enumerate(raw.numbers)}
    for number, cells in enumerate(worksheet.iter_rows(), start=1):
        if number not in at:
            continue
        row: Any = raw.rows[at[number]]
        for position, formula in enumerate(row):
            if (isinstance(formula, str) and formula.startswith("=")) or not isinstance(formula, _PLAIN):
                row[position] = _value(formula, cells[position] if position < len(cells) else None)
                if not isinstance(row[position], Broken):
                    stored.append(raw.cell(number, position))
    return stored


def _value(formula: Any, cell: Any) -> Cell:
    text = formula if isinstance(formula, str) else str(getattr(formula, "text", None) or "formula")
    if _ELSEWHERE.search(text):
        right = "paste its value, and say in note or source where it is from"
        return Broken(text, "a formula that reads another file", right)
    if cell is not None and cell.value is not None:
        return cell.value
    if cell is not None and cell.data_type == "str":
        return None  # the formula gives an empty text
    if text in _TRUTH:
        return _TRUTH[text]
    return Broken(text, "a formula that was never calculated", "open the file in a spreadsheet and save it")
