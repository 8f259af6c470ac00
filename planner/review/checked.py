"""What `planner check` says: the verdict, errors, warnings, then what is not in the workbook: sheets and cells."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from compute_lp.schema import InputError, Inputs, Problem
from planner.review.follow_on import meant_by
from planner.workbook import Findings, input_hash, opened
from planner.workbook.fill import Filled

DONE, WRONG_INPUTS = 0, 1
MOST_SHOWN = 200
"""Problems printed before the rest are only counted; `--json` gives all."""
ABSENT: Mapping[str, str] = {
    "profiles": "energy costs the same in every hour",
    "energy_assets": "all power comes from the grid",
    "supply": "any number of each accelerator can arrive in any period",
    "fleet": "no accelerators stand anywhere at plan start",
    "clouds": "nothing can be rented",
    "export_rules": "every accelerator may be imported freely",
    "export_licences": "no licence is held",
    "export_caps": "no ceiling on imports and stocks",
    "training_efficiency": "utilisation in training is computed",
    "throughput": "serving rates are computed",
    "adoption": "workloads take up all they ask for at once",
    "policies": "no policy binds the plan",
    "budgets": "money has no limit",
    "currencies": "unit rows may state money in USD alone",
    "scenarios": "the workbook as it stands is the only case",
    "scenario_changes": "scenarios change nothing",
}
"""What it means that a sheet has no rows, of all that may have none but the logs (assumptions, decisions, sources)."""


def check(path: Path, *, as_json: bool, defaults: bool, annotate: bool, out: Path | None) -> int:
    """Checks a workbook, prints what was found and gives the exit status; writes a marked copy where asked to.

    Raises Usage where the marked copy can't be written.
    """
    readable, missing = True, dict[str, str]()
    try:
        book = opened(path)
        found = book.findings
        misspelt = {meant_by(problem, book.filled) for problem in found.problems}
        missing = {name: meaning for name, meaning in absent(book.filled).items() if name not in misspelt}
    except InputError as fault:
        readable, found = False, Findings(None, tuple(fault.problems), (), ())
    if found.inputs is not None:
        found = replace(found, warnings=(*found.warnings, *_foreseen(found.inputs)))
    copy = None
    if annotate and readable:
        from planner.review.annotate import annotate as mark

        copy = mark(path, [*found.problems, *found.warnings], out)
    if as_json:
        told = _records(found, missing) | ({"marked_copy": str(copy)} if copy is not None else {})
        print(json.dumps(told, indent=1, ensure_ascii=False, default=str))
    else:
        print("\n".join(_text(path, found, missing, defaults=defaults)))
        if copy is not None:
            print(f"marked copy: {copy}")
        elif annotate:
            print("no marked copy: there is no workbook to mark")
    return DONE if found.inputs is not None else WRONG_INPUTS


def _foreseen(inputs: Inputs) -> list[Problem]:
    """What can be told of a programme by what could be at all, without formulating it."""
    import compute_lp
    from planner.foresight import foreseen
    from planner.plan import with_rates

    rated = with_rates(inputs)
    return foreseen(rated, compute_lp.reach(rated))


def count(number: int, thing: str) -> str:
    """1 row, 2 rows."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def lines(problems: Sequence[Problem]) -> list[str]:
    """Problems as lines; beyond many only their number."""
    shown = [f"  {problem}" for problem in problems[:MOST_SHOWN]]
    if len(problems) > MOST_SHOWN:
        shown.append(f"  … and {len(problems) - MOST_SHOWN:,} more (--json of planner check gives all)")
    return shown


def _text(path: Path, found: Findings, missing: Mapping[str, str], *, defaults: bool) -> list[str]:
    warned = f", {count(len(found.warnings), 'warning')}" if found.warnings else ""
    if found.inputs is None:
        mended = "it is" if len(found.problems) == 1 else "they are"
        text = [
            f"{path.name}: {count(len(found.problems), 'error')}{warned}; it can't be solved before {mended} mended"
        ]
        text += ["", f"{count(len(found.problems), 'error')}:", *lines(found.problems)]
    else:
        rows = sum(len(table) for table in found.inputs.tables.values())
        filled = sum(not table.empty for table in found.inputs.tables.values())
        size = f"{count(filled, 'sheet')}, {count(rows, 'row')}"
        text = [f"{path.name}: no errors{warned} in {size}. Then: planner run {path}"]
    if found.warnings:
        text += ["", f"{count(len(found.warnings), 'warning')}:", *lines(found.warnings)]
    if missing:
        heading = f"{count(len(missing), 'sheet')} absent or without rows, which means:"
        text += ["", heading, *(f"  {sheet}: {meaning}" for sheet, meaning in missing.items())]
    return text + _defaults(found, full=defaults)


def absent(filled: Mapping[str, Filled]) -> dict[str, str]:
    """Sheets without a row that aren't faulty, and what that means."""
    return {
        sheet: meaning for sheet, meaning in ABSENT.items() if filled[sheet].frame.empty and not filled[sheet].problems
    }


def _defaults(found: Findings, *, full: bool) -> list[str]:
    if not found.defaults:
        return []
    if full:
        text = ["", "defaults that blanks take:"]
        for sheet, column, value, rows in found.defaults:
            shown = value if isinstance(value, str) else f"{value:g}"
            text.append(f"  {sheet}.{column} = {shown} in {count(rows, 'row')}")
        return text
    by_sheet = Counter(default.sheet for default in found.defaults)
    shown = ", ".join(f"{sheet} {number}" for sheet, number in by_sheet.items())
    return ["", f"{count(len(found.defaults), 'default')} where cells are blank: {shown} (--defaults lists them)"]


def _records(found: Findings, missing: Mapping[str, str]) -> dict[str, Any]:
    def records(problems: Sequence[Problem]) -> list[dict[str, Any]]:
        names = ("cell", "sheet", "row", "column", "value", "message", "right")
        return [{name: getattr(problem, name) for name in names} for problem in problems]

    return {
        "ok": found.inputs is not None,
        "problems": records(found.problems),
        "warnings": records(found.warnings),
        "absent": missing,
        "defaults": [default._asdict() for default in found.defaults],
        "hashes": input_hash(found.inputs) if found.inputs is not None else {},
    }
