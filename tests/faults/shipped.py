"""A shipped workbook that a fault can be put into: read and written without the planner's own readers and writers, so
that what a cell is called is known from where the fault was put, not from where it was found."""

from __future__ import annotations

import copy
import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl
from openpyxl.utils import get_column_letter

INPUTS = Path(__file__).parents[2] / "inputs"
UNITS_AT, HEADER_AT, FIRST = 3, 4, 5
"""Rows, from 0: title, sentence, labels, units, field names, data."""
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@dataclass(frozen=True)
class Formula:
    """A formula with the value it had when last calculated; None: never calculated."""

    text: str
    value: float | None = None


@dataclass(frozen=True)
class Spot:
    """A cell by its row among all rows and its column, both from 0; without a column the row, without both a sheet."""

    sheet: str
    row: int | None = None
    column: int | None = None


@dataclass
class Shipped:
    """The sheets of a workbook as rows, and what is done to them beside the values."""

    base: Path
    rows: dict[str, list[list[Any]]]
    touched: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    added: dict[str, list[list[Any]]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    merged: dict[str, str] = field(default_factory=dict)
    hidden_rows: dict[str, int] = field(default_factory=dict)
    hidden_columns: dict[str, int] = field(default_factory=dict)

    def column(self, sheet: str, name: str) -> int:
        return self.rows[sheet][HEADER_AT].index(name)

    def row(self, sheet: str, **cells: Any) -> int:
        """The first row among the data that holds the cells; those are asked for by field name."""
        at = {self.column(sheet, name): value for name, value in cells.items()}
        return next(
            i
            for i, row in enumerate(self.rows[sheet])
            if i >= FIRST and all(self._at(row, position) == value for position, value in at.items())
        )

    @staticmethod
    def _at(row: list[Any], position: int) -> Any:
        return row[position] if position < len(row) else None

    def get(self, sheet: str, row: int, name: str) -> Any:
        return self._at(self.rows[sheet][row], self.column(sheet, name))

    def put(self, sheet: str, row: int, name: str, value: Any) -> Spot:
        """Sets a cell by field name; adds the column where the sheet lacks it."""
        self.touched.add(sheet)
        header = self.rows[sheet][HEADER_AT]
        if name not in header:
            header.append(name)
        position = header.index(name)
        cells = self.rows[sheet][row]
        cells.extend([None] * (position + 1 - len(cells)))
        cells[position] = value
        return Spot(sheet, row, position)

    def append(self, sheet: str, **cells: Any) -> int:
        """A row below the last, as a copy of it with other cells."""
        self.touched.add(sheet)
        self.rows[sheet].append(list(self.rows[sheet][-1]))
        for name, value in cells.items():
            self.put(sheet, len(self.rows[sheet]) - 1, name, value)
        return len(self.rows[sheet]) - 1

    def delete(self, sheet: str, row: int) -> None:
        self.touched.add(sheet)
        del self.rows[sheet][row]

    def drop(self, sheet: str, name: str) -> None:
        self.touched.add(sheet)
        position = self.column(sheet, name)
        for row in self.rows[sheet][2:]:
            del row[position : position + 1]

    def save(self, form: str, folder: Path) -> Path:
        return self.to_xlsx(folder / "plan.xlsx") if form == "xlsx" else self.to_csv(folder / "plan")

    def name(self, spot: Spot | str, form: str) -> str:
        """What the user calls the cell."""
        if isinstance(spot, str):
            return spot
        sheet = self.renamed.get(spot.sheet, spot.sheet)
        if form == "xlsx":
            return f"{sheet}!{get_column_letter(1 + (spot.column or 0))}{1 + (spot.row or 0)}"
        if spot.row is None:
            return f"{sheet}.csv"
        rows = self.rows[spot.sheet]
        before = [rows[HEADER_AT], rows[UNITS_AT], *rows[FIRST : spot.row]]
        ahead = 0 if spot.row == HEADER_AT else 1 if spot.row == UNITS_AT else len(before)
        line = 1 + _csv(before[:ahead]).count("\n")
        header = rows[HEADER_AT]
        if spot.column is None:
            return f"{sheet}.csv line {line}"
        named = spot.column < len(header) and header[spot.column] is not None
        return f"{sheet}.csv line {line}, column " + (
            str(header[spot.column]).strip() if named else get_column_letter(1 + spot.column)
        )

    def to_csv(self, folder: Path) -> Path:
        folder.mkdir()
        for name, rows in {**self.rows, **self.added}.items():
            if name not in self.removed and name != "README":
                text = _csv([rows[HEADER_AT], rows[UNITS_AT], *rows[FIRST:]])
                (folder / f"{self.renamed.get(name, name)}.csv").write_text(text, encoding="utf-8", newline="")
        return folder

    def to_xlsx(self, path: Path) -> Path:
        parts = dict(_parts(self.base))
        book = parts["xl/workbook.xml"].decode()
        sheets = dict(re.findall(r'<sheet name="(\w+)" sheetId="\d+" r:id="rId(\d+)"/>', book))
        for sheet in self.touched:
            parts[f"xl/worksheets/sheet{sheets[sheet]}.xml"] = self._xml(sheet, self.rows[sheet])
        for sheet, rows in self.added.items():
            number = len(sheets) + 90
            sheets[sheet] = str(number)
            parts[f"xl/worksheets/sheet{number}.xml"] = self._xml(sheet, rows)
            book = book.replace("</sheets>", f'<sheet name="{sheet}" sheetId="{number}" r:id="rId{number}"/></sheets>')
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
            _insert(
                parts,
                "[Content_Types].xml",
                f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{kind}"/>',
            )
            relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
            target = f'Target="worksheets/sheet{number}.xml"'
            _insert(parts, "xl/_rels/workbook.xml.rels", f'<Relationship Id="rId{number}" Type="{relation}" {target}/>')
        for sheet in self.removed:
            book = re.sub(rf'<sheet name="{sheet}"[^>]*/>', "", book)
            book = re.sub(rf"<definedName[^>]*>{sheet}!.*?</definedName>", "", book)
        for sheet in self.hidden:
            book = book.replace(f'<sheet name="{sheet}"', f'<sheet name="{sheet}" state="hidden"')
        for old, new in self.renamed.items():
            book = book.replace(f'<sheet name="{old}"', f"<sheet name={quoteattr(new)}")
        parts["xl/workbook.xml"] = re.sub(r"<definedNames>.*</definedNames>", "", book).encode()
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, data)
        return path

    def _xml(self, sheet: str, rows: list[list[Any]]) -> bytes:
        column, hidden = self.hidden_columns.get(sheet), self.hidden_rows.get(sheet)
        out = [f"<worksheet {NAMESPACE}>"]
        if column is not None:
            out.append(f'<cols><col min="{column + 1}" max="{column + 1}" width="9" hidden="1"/></cols>')
        out.append("<sheetData>")
        for number, row in enumerate(rows, start=1):
            out.append(f'<row r="{number}"{" hidden=" + quoteattr("1") if number - 1 == hidden else ""}>')
            out += [
                _cell(f"{get_column_letter(position)}{number}", cell)
                for position, cell in enumerate(row, start=1)
                if cell is not None
            ]
            out.append("</row>")
        out.append("</sheetData>")
        if sheet in self.merged:
            out.append(f'<mergeCells count="1"><mergeCell ref="{self.merged[sheet]}"/></mergeCells>')
        return "".join([*out, "</worksheet>"]).encode()


def _insert(parts: dict[str, bytes], name: str, text: str) -> None:
    """Puts a text before the end of the outermost element."""
    before, end, after = parts[name].rpartition(b"</")
    parts[name] = before + text.encode() + end + after


def _cell(where: str, cell: Any) -> str:
    if isinstance(cell, Formula):
        value = "" if cell.value is None else f"<v>{cell.value!r}</v>"
        return f'<c r="{where}"><f>{escape(cell.text.removeprefix("="))}</f>{value}</c>'
    if isinstance(cell, bool):
        return f'<c r="{where}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, (int, float)):
        return f'<c r="{where}"><v>{cell!r}</v></c>'
    if hasattr(cell, "isoformat"):
        return f'<c r="{where}" t="d"><v>{cell.isoformat()}</v></c>'
    if str(cell).startswith("#") and str(cell).endswith(("!", "?", "/A")):
        return f'<c r="{where}" t="e"><v>{cell}</v></c>'
    return f'<c r="{where}" t="inlineStr"><is><t xml:space="preserve">{escape(str(cell))}</t></is></c>'


def _csv(rows: list[list[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([_text(cell) for cell in row] for row in rows)
    return out.getvalue()


def _text(cell: Any) -> str:
    if isinstance(cell, Formula):
        return cell.text
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    return "" if cell is None else cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


@cache
def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@cache
def _rows(path: Path) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(path, read_only=True)
    rows = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
    book.close()
    for lines in rows.values():
        width = max((i + 1 for row in lines for i, cell in enumerate(row) if cell is not None), default=0)
        lines[:] = [row[:width] for row in lines]
    return rows


def shipped(path: Path) -> Shipped:
    """A workbook of `inputs/`, to be changed."""
    return Shipped(path, copy.deepcopy(_rows(path)))


def all_shipped() -> list[Path]:
    """India first, on which the whole catalogue is tried."""
    return sorted(INPUTS.glob("*.xlsx"), key=lambda path: (path.stem != "india", path.stem))


Inject = Callable[[Shipped], Spot | str]


@dataclass(frozen=True)
class Fault:
    """One kind of fault: how it is put in, and what must be told about it where it was put."""

    inject: Inject
    says: str
    right: str = ""
    formats: tuple[str, ...] = ("xlsx", "csv")
    severity: str = "error"
    cascade: bool = False
    """Whether other cells become faulty by it, as references to a key that is gone."""


def put(sheet: str, name: str, value: Any, says: str, right: str = "", *, row: int = 0, **how: Any) -> Fault:
    """A value put into a data row's cell, or (UNIT, NAME) into the unit row or the header."""

    def inject(book: Shipped) -> Spot:
        return book.put(sheet, {UNIT: UNITS_AT, NAME: HEADER_AT}.get(row, FIRST + row), name, value)

    return Fault(inject, says, right, **how)


def setting(key: str, value: Any, says: str, right: str = "", **how: Any) -> Fault:
    """A value put into a setting, which is added where it isn't given."""

    def inject(book: Shipped) -> Spot:
        keys = [row[0] for row in book.rows["programme"]]
        row = keys.index(key) if key in keys else book.append("programme", key=key)
        return book.put("programme", row, "value", value)

    return Fault(inject, says, right, **how)


UNIT, NAME = -1, -2


def names(faults: dict[str, Fault]) -> Iterator[tuple[str, str]]:
    for name, fault in faults.items():
        for form in fault.formats:
            yield name, form
