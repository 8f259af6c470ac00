"""A marked copy of a workbook: faulty cells coloured, each with a comment, and a first sheet that lists and links them.

The original is never written. The copy says what it is in its name, its first sheet and a document property, by which
reading it warns; the list is a sheet of private notes, so that the copy reads like the workbook it was made from.
Made with openpyxl, which keeps values, formulas, formats and drop-downs, and loses charts and pictures.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from compute_lp.schema import Problem
from planner.new import Usage
from planner.review.checked import count
from planner.workbook import Source, open_workbook
from planner.workbook.pages import Page, page_above_raw, page_of_grid
from planner.workbook.xlsx_read import MARKED_COPY
from planner.workbook.xlsx_write import write_xlsx

FINDINGS = "# Findings"
COLOURS = {"error": "FFC7CE", "warning": "FFEB9C"}
HEADINGS = (("", 5), ("kind", 10), ("where", 34), ("found", 28), ("what is wrong", 52), ("what would be right", 60))
FONT = "Calibri"
FIRST_FINDING = 6
COMMENT_SIZE = (120, 360)
"""Points high and wide."""
IN_XLSX = re.compile(r"(?P<sheet>.+)!(?P<cells>[A-Z]+\d+(?::[A-Z]+\d+)?)")
IN_CSV = re.compile(r"(?P<sheet>.+)\.csv(?: line (?P<line>\d+))?(?:, column (?P<column>.+))?")

Place = tuple[str, str]
"""Sheet and cell."""


def annotate(path: Path, problems: Sequence[Problem], out: Path | None = None) -> Path:
    """Writes the marked copy of an xlsx file or a folder and gives its place: beside the original unless told.

    Raises Usage where something else stands in its place, and InputError for a text too long for an xlsx cell.
    """
    import openpyxl

    target = out or path.with_name(f"{path.name if path.is_dir() else path.stem}.checked.xlsx")
    _make_sure_free(target, path)
    beside = target.with_name(f".{target.name}.{os.getpid()}.part.xlsx")
    try:
        place = _as_xlsx(path, beside) if path.is_dir() else _place_in_xlsx
        book = openpyxl.load_workbook(beside if path.is_dir() else path, keep_links=False)
        if FINDINGS in book:
            del book[FINDINGS]
        places = [place(problem.cell) for problem in problems]
        places = [one if one is not None and one[0] in book.sheetnames else None for one in places]
        _mark(book, problems, places)
        _list(book, path, problems, places)
        _name_it(book, path)
        book.save(beside)
        beside.replace(target)
    except OSError as fault:
        raise Usage(f"{target} can't be written: {fault.strerror}") from fault
    finally:
        beside.unlink(missing_ok=True)
    return target


def _make_sure_free(target: Path, path: Path) -> None:
    if target.suffix.casefold() != ".xlsx":
        raise Usage(f"{target}: a marked copy is an .xlsx file; give a name that ends so")
    if target.resolve() == path.resolve():
        raise Usage(f"{target} is the original, which is never marked; give another name")
    if target.exists() and not _is_marked(target):
        raise Usage(f"{target} exists and is no marked copy; give another name with -o")


def _is_marked(file: Path) -> bool:
    import zipfile

    if not file.is_file() or not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        name = "docProps/custom.xml"
        return name in archive.namelist() and MARKED_COPY.encode() in archive.read(name)


def _place_in_xlsx(cell: str) -> Place | None:
    found = IN_XLSX.fullmatch(cell)
    return (found["sheet"], found["cells"]) if found else None


def _as_xlsx(folder: Path, file: Path) -> Callable[[str], Place | None]:
    """Writes a folder's sheets as they stand, and gives the way from a line of a CSV file to a cell."""
    source = open_workbook(folder)
    elsewhere = "profiles" if source.profile_file is not None else None
    pages = {
        name: page_of_grid(grid, source.above.get(name, source.above_elsewhere), unit_row=True)
        for name, grid in source.grids.items()
        if name != elsewhere
    }
    rest = {name: page_above_raw(raw) for name, raw in source.raws.items() if name not in source.grids}
    write_xlsx(file, list(pages.values()), rest)

    def place(cell: str) -> Place | None:
        found = IN_CSV.fullmatch(cell)
        if found is None:
            return None
        name = found["sheet"]
        if name in pages:
            return name, _cell_of_line(source, pages[name], name, found["line"], found["column"])
        return (name, f"A{found['line'] or 1}") if name in rest else None

    return place


def _cell_of_line(source: Source, page: Page, sheet: str, line: str | None, column: str | None) -> str:
    from openpyxl.utils import get_column_letter

    grid = source.grids[sheet]
    header = len(page.above) + 2
    row = header
    if line is not None and int(line) in grid.raw.numbers:
        at = list(grid.raw.numbers).index(int(line))
        if at == grid.unit_at:
            row = header - 1
        elif at > grid.at:
            row = header + at - grid.at - (grid.unit_at is not None and grid.at < grid.unit_at < at)
    if column is None:
        return f"A{row}"
    named = [position for position, name in enumerate(grid.header, start=1) if name == column]
    if not named:
        return f"{column}{row}" if re.fullmatch("[A-Z]{1,3}", column) else f"A{row}"
    return f"{get_column_letter(named[-1] if row == header else named[0])}{row}"


def _mark(book: Any, problems: Sequence[Problem], places: Sequence[Place | None]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    told: dict[Place, list[Problem]] = {}
    for problem, place in zip(problems, places, strict=True):
        if place is not None:
            told.setdefault(place, []).append(problem)
    for (sheet, cells), here in told.items():
        worst = "error" if any(problem.severity == "error" for problem in here) else "warning"
        cell = book[sheet][cells.partition(":")[0]]
        cell.fill = PatternFill("solid", fgColor=COLOURS[worst])
        before = [cell.comment.text] if cell.comment is not None else []
        said = [f"{problem.severity}: {_sentence(problem)}" for problem in here]
        cell.comment = Comment("\n".join([*before, *said]), "planner check", *COMMENT_SIZE)
        if book[sheet].sheet_properties.tabColor is None or worst == "error":
            book[sheet].sheet_properties.tabColor = COLOURS[worst]


def _sentence(problem: Problem) -> str:
    found = "" if problem.value is None else f" (found {problem.value!r})"
    return f"{problem.message}{found}" + (f"; {problem.right}" if problem.right else "")


def _list(book: Any, path: Path, problems: Sequence[Problem], places: Sequence[Place | None]) -> None:
    """The first sheet: what this file is, and every finding with a link to its cell."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.hyperlink import Hyperlink

    sheet = book.create_sheet(FINDINGS, 0)
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False
    sheet.sheet_properties.tabColor = "C00000"
    errors = sum(problem.severity == "error" for problem in problems)
    sheet["A1"] = f"MARKED COPY of {path.name}: not the original"
    sheet["A1"].font = Font(name=FONT, bold=True, size=16, color="FFFFFF")
    for position in range(1, len(HEADINGS) + 1):
        sheet.cell(1, position).fill = PatternFill("solid", fgColor="C00000")
    sheet["A2"] = (
        f"Mend {path.name} and check it again. This copy is written anew by every check; what is typed in it is lost."
    )
    sheet["A3"] = (
        f"{count(errors, 'error')} (red), {count(len(problems) - errors, 'warning')} (yellow); each cell has a comment."
    )
    for position, (heading, width) in enumerate(HEADINGS, start=1):
        cell = sheet.cell(FIRST_FINDING - 1, position, heading)
        cell.font = Font(name=FONT, bold=True)
        sheet.column_dimensions[cell.column_letter].width = width
    for number, (problem, place) in enumerate(zip(problems, places, strict=True), start=1):
        row = FIRST_FINDING + number - 1
        found = "" if problem.value is None else str(problem.value)
        cells = (number, problem.severity, problem.cell, found, problem.message, problem.right)
        for position, value in enumerate(cells, start=1):
            cell = sheet.cell(row, position)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # openpyxl would take a text that begins with = for a formula
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.cell(row, 2).fill = PatternFill("solid", fgColor=COLOURS[problem.severity])
        if place is not None:
            link = sheet.cell(row, 3)
            quoted = place[0].replace("'", "''")
            link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{quoted}'!{place[1]}", display=problem.cell)
            link.font = Font(name=FONT, color="0563C1", underline="single")
    sheet.freeze_panes = f"A{FIRST_FINDING}"
    sheet.page_setup.orientation = "landscape"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0


def _name_it(book: Any, path: Path) -> None:
    from openpyxl.packaging.custom import StringProperty

    book.properties.title = f"Marked copy of {path.name}"
    if MARKED_COPY not in book.custom_doc_props.names:
        book.custom_doc_props.append(StringProperty(name=MARKED_COPY, value=path.name))
