"""The data dictionary: every sheet and column with its unit, meaning, range and default, printed from the schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from compute_lp.schema import Column
from planner.review.usual import usual
from planner.workbook.pages import default_text
from planner.workbook.sheets import EVERYWHERE, Sheet, allowed, range_text

KINDS = {
    "number": "number",
    "integer": "whole number",
    "name": "name",
    "text": "text",
    "month": "YYYY-MM",
    "date": "YYYY-MM or YYYY-MM-DD",
    "choice": "choice",
    "yes_no": "yes or no",
    "numbers": "numbers separated by blanks",
}
HEAD = """\
# The data dictionary

Every sheet and column that a workbook may have, printed from the schema by `planner fields --markdown`; don't edit
it here.

A workbook is an `.xlsx` file or a folder with one CSV file per sheet (same names, same columns); `planner convert`
makes one from the other. **Bold** columns are keys. Sheets marked *needed* stand in every workbook, the others where
they are used. A blank takes the default; where the default is *an error*, it must be filled in. A figure outside its
range is an error; one outside the range in which it *usually* lies is read, and asked about. A unit row may state
another unit of the same kind (kW for MW, EUR for USD with a rate in `currencies`, % for a share). Every sheet may also
carry
"""


def fields(sheets: Iterable[Sheet]) -> list[dict[str, Any]]:
    """One record per column or setting."""
    return [
        {
            "sheet": sheet.name,
            "column": column.name,
            "key": column.key,
            "required": column.required,
            "kind": column.kind,
            "unit": column.unit,
            "range": range_text(column),
            "usual": str(usual(sheet.name, column.name) or ""),
            "choices": list(column.choices),
            "refers_to": list(column.refers_to),
            "default": default_text(column),
            "meaning": column.meaning,
        }
        for sheet in sheets
        for column in sheet.table.columns
    ]


def as_text(sheets: Iterable[Sheet]) -> str:
    """For a terminal."""
    lines = []
    for sheet in sheets:
        table = sheet.table
        lines += ["", f"{table.name}: each row is {table.row}" + (" (needed)" if table.required else "")]
        width = max(len(column.name) for column in table.columns)
        for column in table.columns:
            name = column.name + (" *" if column.key else "")
            limits = (allowed(column), _usually(sheet, column))
            what = "; ".join(
                filter(None, (column.unit or KINDS[column.kind], *limits, f"blank: {default_text(column)}"))
            )
            lines.append(f"  {name:<{width + 2}}  {column.meaning} [{what}]")
    return "\n".join(lines[1:]) + "\n\n* key\n"


def as_markdown(sheets: Iterable[Sheet]) -> str:
    """`inputs/README.md`."""
    known = list(sheets)
    everywhere = "; ".join(f"`{column.name}` ({column.meaning})" for column in EVERYWHERE)
    lines = [HEAD.rstrip() + f" {everywhere};", "and beside any column of numbers c, `c_low` and `c_high`.", ""]
    lines += [f"[{sheet.name}](#{sheet.name})" + (" ·" if sheet is not known[-1] else "") for sheet in known]
    for sheet in known:
        table = sheet.table
        needed = " *Needed.*" if table.required else ""
        first = "setting" if table.settings else "column"
        lines += [
            "",
            f"## {table.name}",
            "",
            f"Each row is {table.row}.{needed}",
            "",
            f"| {first} | what it is | unit or kind | range | if blank |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(sheet, column) for column in table.columns]
    return "\n".join(lines) + "\n"


def _row(sheet: Sheet, column: Column) -> str:
    name = f"**{column.name}**" if column.key else column.name
    limits = "; ".join(filter(None, (_allowed(column), _usually(sheet, column))))
    cells = (name, column.meaning, column.unit or KINDS[column.kind], limits, default_text(column))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _usually(sheet: Sheet, column: Column) -> str:
    known = usual(sheet.name, column.name)
    return f"usually {known}" if known else ""


def _allowed(column: Column) -> str:
    if column.refers_to and not column.choices:
        return " or ".join(f"`{target}`" for target in column.refers_to)
    return allowed(column)
