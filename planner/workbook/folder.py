"""A folder with one CSV file per sheet, read and written, and the file of long profiles beside a workbook.

Written folders carry a Frictionless datapackage.json that describes them and keeps what a CSV file has no place for:
the rows above the header of an xlsx sheet.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from compute_lp.schema import InputError, Problem
from planner.workbook.grid import Cell, Grid, Raw, blank, is_note
from planner.workbook.names import suggestion
from planner.workbook.pages import Page, cell_text
from planner.workbook.sheets import Sheet, label
from planner.workbook.xlsx_read import unreadable

MOST_BYTES = 60_000_000
"""Twenty zones of hourly profiles take 10 MB; reading takes some ten times the file."""
MOST_ROWS = 500_000
MOST_COLUMNS = 1_000
FIELD_LIMIT = 1_000_000
"""Longest text in a cell, in characters."""

OTHER_FORMATS = (".xlsx", ".xlsm", ".xls", ".ods", ".tsv", ".txt", ".numbers", ".parquet")

PACKAGE = "datapackage.json"
TYPES = {"number": "number", "integer": "integer", "month": "yearmonth", "yes_no": "boolean"}
ABOVE = "above"
"""Key in a resource under which the rows that stand above the header in an xlsx are kept."""


LOCATION = "profile_file"
"""The one setting that is no input but says where inputs lie."""


class ProfileFile(NamedTuple):
    """A file of long profiles."""

    name: str
    """As the setting states it."""
    path: Path


class CsvFault(Exception):
    """A file that can't be read as CSV."""

    def __init__(self, message: str, right: str = "", line: int | None = None):
        super().__init__(message)
        self.message, self.right, self.line = message, right, line


def read_folder(folder: Path, sheets: Collection[str]) -> tuple[dict[str, Raw], list[Problem]]:
    """The CSV files of a folder by sheet. Raises InputError where the folder holds none at all."""
    files = sorted(f for f in folder.iterdir() if f.is_file() and not f.name.startswith("."))
    tables = [f for f in files if f.suffix.casefold() == ".csv"]
    if not tables:
        raise InputError([Problem("", "holds no CSV file", right="put one per sheet, as sites.csv", cell=folder.name)])
    raws: dict[str, Raw] = {}
    problems = []
    for file in files:
        if file.suffix.casefold() in OTHER_FORMATS and file.stem in sheets:
            right = f"save it as {file.stem}.csv"
            problems.append(Problem(file.stem, "a sheet that isn't CSV is not read", right=right, cell=file.name))
    for file in tables:
        if file.stem in raws:
            problems.append(
                Problem(file.stem, "a sheet that stands twice", right="keep one of the files", cell=file.name)
            )
            continue
        try:
            raws[file.stem] = read_csv(file, file.stem)
        except CsvFault as fault:
            problems.append(csv_problem(file.name, file.stem, fault))
    return raws, problems


def csv_problem(name: str, sheet: str, fault: CsvFault) -> Problem:
    where = name if fault.line is None else f"{name} line {fault.line}"
    return Problem(sheet, fault.message, right=fault.right, cell=where)


def read_csv(file: Path, sheet: str) -> Raw:
    """One CSV file, blank rows at its end left out. Raises CsvFault."""
    text = _decode(file)
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[Cell]] = []
    numbers: list[int] = []
    line = 1
    try:
        for row in reader:
            rows.append([cell or None for cell in row])
            numbers.append(line)
            if len(rows) > MOST_ROWS:
                raise CsvFault(f"has more than {MOST_ROWS:,} rows", line=line)
            if len(row) > MOST_COLUMNS:
                raise CsvFault(f"has {len(row):,} columns", "delete what stands far to the right", line)
            line = reader.line_num + 1
    except csv.Error as fault:
        raise CsvFault(
            f"can't be read as CSV ({fault})", "close every quote; double a quote inside a text", line
        ) from fault
    while rows and not any(rows[-1]):
        rows.pop()
    if rows and len(rows[0]) == 1 and isinstance(rows[0][0], str):
        for separator, name in ((";", "semicolons"), ("\t", "tabs")):
            if separator in rows[0][0]:
                raise CsvFault(f"the columns are separated by {name}", "save it with commas, and decimal points", 1)
    return Raw(sheet, rows, numbers[: len(rows)], file=file.name)


def _decode(file: Path) -> str:
    if file.stat().st_size > MOST_BYTES:
        size = file.stat().st_size / 1e6
        raise CsvFault(f"has {size:,.0f} MB, more than {MOST_BYTES / 1e6:,.0f} MB", "delete columns that nobody needs")
    data = file.read_bytes()
    utf8 = "save it as UTF-8 (in Excel: CSV UTF-8)"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise CsvFault("is encoded as UTF-16", utf8)
    if b"\0" in data:
        raise CsvFault(
            "holds zero bytes: it is no text, or UTF-16",
            utf8,
            data.index(b"\0") and data.count(b"\n", 0, data.index(b"\0")) + 1,
        )
    if data.startswith(b"PK\x03\x04"):
        raise CsvFault("is a packed file (an .xlsx?) under another name", "save it as CSV")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise CsvFault(f"is not UTF-8 (byte {data[fault.start]:#04x}); Windows-1252 perhaps", utf8, line) from fault
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_profiles(beside: Sequence[Path], name: str, where: str) -> tuple[Raw | None, list[Problem], Path | None]:
    """The profiles sheet from the file that `profile_file` names, in the first of the folders `beside` that has it.

    `where` is the cell of the setting, for problems with the name itself.
    """

    def problem(message: str, right: str) -> tuple[None, list[Problem], None]:
        return None, [Problem("programme", message, None, "profile_file", name, right, cell=where)], None

    given = Path(name)
    if given.is_absolute() or ".." in given.parts or "\\" in name:
        return problem("a path that leads away from the workbook", "put the file beside the workbook and give its name")
    if given.suffix.casefold() != ".csv":
        return problem("no CSV file", "give the name of a .csv file with the columns of profiles")
    file = next((folder / given for folder in beside if (folder / given).is_file()), None)
    if file is None:
        there = sorted(f.name for folder in beside if folder.is_dir() for f in folder.glob("*.csv"))
        return problem("there is no such file beside the workbook", suggestion(name, there))
    try:
        return read_csv(file, "profiles"), [], file
    except CsvFault as fault:
        return None, [csv_problem(file.name, "profiles", fault)], file


def write_folder(
    folder: Path,
    pages: Sequence[Page],
    sheets: Mapping[str, Sheet],
    notes: Mapping[str, Sequence[Sequence[Cell]]] | None = None,
) -> None:
    """Writes the sheets, and removes the files of sheets of the contract that are no longer there."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {page.sheet.name for page in pages}
    for name in sheets:
        if name not in written:
            (folder / f"{name}.csv").unlink(missing_ok=True)
    for page in pages:
        rows: list[Sequence[Cell]] = [page.header]
        if page.units is not None:
            rows.append(page.units)
        _write(folder / f"{page.sheet.name}.csv", _csv([*rows, *page.rows], len(page.header)))
    for name, lines in (notes or {}).items():
        _write(folder / f"{name}.csv", _csv(lines, 0))
    package = {"profile": "tabular-data-package", "name": "programme", "resources": [_resource(page) for page in pages]}
    _write(folder / PACKAGE, json.dumps(package, indent=1, ensure_ascii=False) + "\n")


def _write(file: Path, text: str) -> None:
    beside = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _csv(rows: Sequence[Sequence[Cell]], width: int) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        if all(blank(cell) for cell in row):
            out.write("\n")
        else:
            texts = [cell_text(cell) for cell in row]
            writer.writerow([*texts, *[""] * (width - len(texts))])
    return out.getvalue()


def _resource(page: Page) -> dict[str, Any]:
    table = page.sheet.table
    schema: dict[str, Any] = {"fields": [_field(page, i) for i in range(len(page.header))], "missingValues": [""]}
    if page.sheet.keys:
        schema["primaryKey"] = list(page.sheet.keys)
    references = [
        _foreign_key(column.name, column.refers_to[0]) for column in table.columns if len(column.refers_to) == 1
    ]
    if references and not table.settings:
        schema["foreignKeys"] = references
    dialect: dict[str, Any] = {"header": True, "commentChar": "#"}
    if page.units is not None:
        dialect |= {"headerRows": [1], "commentRows": [2]}
    return {
        "name": table.name,
        "path": f"{table.name}.csv",
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "title": table.title,
        "description": f"Each row is {table.row}.",
        "dialect": dialect,
        "schema": schema,
        ABOVE: [{name: cell_text(cell) for name, cell in row.items()} for row in page.above],
    }


def _foreign_key(name: str, target: str) -> dict[str, Any]:
    sheet, _, column = target.partition(".")
    return {"fields": name, "reference": {"resource": sheet, "fields": column}}


def _field(page: Page, position: int) -> dict[str, Any]:
    name = page.header[position]
    column = page.sheet.known.get(name)
    if column is None or is_note(name):
        return {"name": name, "type": "any", "description": "private note"}
    shown = {
        "name": name,
        "type": TYPES.get(column.kind, "string"),
        "title": label(name),
        "description": column.meaning,
    }
    described: dict[str, Any] = dict(shown)
    if column.unit:
        described["unit"] = column.unit
        if page.units is not None and position < len(page.units) and page.units[position] and position:
            described["unit"] = cell_text(page.units[position])
    if column.kind == "yes_no":
        described |= {"trueValues": ["yes"], "falseValues": ["no"]}
    constraints: dict[str, Any] = {"required": True} if column.required else {}
    if column.choices:
        constraints["enum"] = list(column.choices)
    if constraints:
        described["constraints"] = constraints
    return described


def rows_above(folder: Path) -> dict[str, list[dict[str, Cell]]]:
    """The rows kept for above the headers, by sheet; none where the folder has no datapackage.json.

    Raises InputError where the file is there and can't be read.
    """
    file = folder / PACKAGE
    if not file.is_file():
        return {}
    try:
        resources = json.loads(file.read_text(encoding="utf-8"))["resources"]
        return {resource["name"]: [dict(row) for row in resource[ABOVE]] for resource in resources if ABOVE in resource}
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        problem = Problem("", "can't be read", right="delete it; it is written anew", cell=PACKAGE)
        raise InputError([problem]) from fault


def profile_file(programme: Grid) -> tuple[str, str]:
    """What the setting says, and its cell; "" where it is blank."""
    if not {"key", "value"} <= programme.positions.keys():
        return "", ""
    for row, (key, value) in enumerate(zip(programme.column("key"), programme.column("value"), strict=True)):
        if isinstance(key, str) and key.strip() == LOCATION and not blank(value):
            return str(value).strip(), programme.cell(row, "value")
    return "", ""


def copy_beside(file: ProfileFile, src: Path, dst: Path) -> None:
    """Copies the file of long profiles beside a workbook written from another. Raises InputError for another there."""
    places = [dst, dst.parent] if dst.is_dir() else [dst.parent]
    there = [place / file.name for place in places if (place / file.name).exists()]
    if not there:
        target = places[0] / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.path, target)
    elif there[0].read_bytes() != file.path.read_bytes():
        raise unreadable(there[0], "is another file of profiles than the one converted", "move it away")
