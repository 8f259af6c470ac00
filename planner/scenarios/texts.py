"""Changes as texts, for what is asked in passing:

    SHEET[ROWS].FIELD CHANGE VALUE [UNIT]

    accelerators[vendor=NVIDIA].price_usd *= 1.2        programme.grid_delay = high
    grid_offers[site=slough].lead_months += 12          models.available_from delay 6
    sites[site=narvik] remove                           sites[site=mumbai] append site=mumbai_2; max_it_mw=50

`[ROWS]` chooses rows as the sheet `scenario_changes` does; without it, all. `=`, `*=` and `+=` stand for set, multiply
and add. Behind a number follows its unit; nothing behind `=` empties the cell. Remove and append have no field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from compute_lp.schema import InputError, Problem
from planner.review.scenario_check import NO_INPUTS, Change, change_faults, match_faults, unsettled
from planner.scenarios.change import BASE, Scenario, scenarios
from planner.wording import also
from planner.workbook import Opened
from planner.workbook.names import homes, nearest, suggestion
from planner.workbook.numbers import NUMBER

SHORT = {"=": "set", "*=": "multiply", "+=": "add"}
WORDS = ("set", "multiply", "add", "delay", "remove", "append")
FORM = re.compile(
    r"(?P<sheet>\w*)\s*(?:\[(?P<rows>.*?)\])?\s*(?:\.\s*(?P<field>\w+))?\s*"
    rf"(?:(?P<short>\*=|\+=|=(?!=))|\b(?P<word>{'|'.join(WORDS)})\b)\s*(?P<value>.*)",
    re.DOTALL,
)
BARE = re.compile(r"\s*(?P<sheet>\w+)\s*(?:\[.*?\])?\s*\.\s*(?P<field>\w+)\s*")
"""A field, and nothing that is done to it."""
ALIKE = {"/=": "*= with the reciprocal", "-=": "+= with a minus", "==": "="}
FORMS = "= VALUE, *= FACTOR, += AMOUNT or delay MONTHS"
WANTED = f"SHEET[ROWS].FIELD and then {FORMS}; as accelerators[vendor=NVIDIA].price_usd *= 1.2"
COLUMNS = ("scenario", "step", "lever", "sheet", "rows", "field", "change", "value", "unit", "source", "why")


def what_if(book: Opened, texts: Sequence[str], name: str = "what_if") -> Scenario:
    """A scenario of changes given as texts, on top of the base.

    Raises InputError with what is wrong with each text, as `--set 1`, and where a scenario has that name already.
    """
    known = scenarios(book)
    if name in known:
        right = "another name"
        raise InputError(
            [Problem("", "a scenario of that name stands in the workbook", None, None, name, right, cell="--set")]
        )
    changes: list[Change] = []
    problems = []
    for step, text in enumerate(texts, 1):
        where = f"--set {step}"
        try:
            change = read_text(book, text, name, step)
        except ValueError as fault:
            message, right = fault.args
            problems.append(Problem("", message, None, None, text, right, cell=where))
            continue
        faults = list(change_faults(change, book.filled, book.units))
        if not faults and not unsettled(change, (*known[BASE].changes, *changes)):
            faults = list(match_faults(change, book.filled[change.sheet]))
        for column, message, right in faults:
            value = getattr(change, column) or None
            problems.append(Problem("", f"{column}: {message}", None, column, value, right, cell=where))
        changes.append(change)
    if problems:
        raise InputError(problems)
    return Scenario(name, "; ".join(map(as_text, changes)), 1.0, True, (BASE,), (*known[BASE].changes, *changes))


def as_text(change: Change) -> str:
    """A change as `--set` takes it."""
    chosen = f"[{change.rows}]" if change.rows else ""
    field = f".{change.field}" if change.field else ""
    short = next((short for short, word in SHORT.items() if word == change.change), change.change)
    return " ".join(part for part in (f"{change.sheet}{chosen}{field}", short, change.value, change.unit) if part)


def read_text(book: Opened, text: str, name: str, step: int) -> Change:
    """The change that a text says. Raises ValueError with what is wrong with it, and what would be right."""
    found = FORM.fullmatch(text.strip())
    if found is None or not found["sheet"] or (found["short"] and not found["field"]):
        raise ValueError(*_misread(book, text))
    change = found["word"] or SHORT[found["short"]]
    value, unit = _apart(book, found["sheet"], found["field"] or "", change, found["value"].strip())
    given = (name, step, name, found["sheet"], (found["rows"] or "").strip(), found["field"] or "", change, value, unit)
    cells = tuple((column, f"--set {step}") for column in COLUMNS)
    return Change(*given, source=f"--set {step}", why="", cells=cells)


def _apart(book: Opened, sheet: str, field: str, change: str, text: str) -> tuple[str, str]:
    """Value and unit: where a number belongs, the unit is what follows it."""
    one = book.filled.get(sheet)
    column = (one.sheet.settings or one.sheet.known).get(field) if one is not None else None
    number = change in ("multiply", "add", "delay") or (change == "set" and column is not None and column.numeric)
    if number:
        value, _, unit = text.partition(" ")
        if NUMBER.fullmatch(value):
            return value, unit.strip()
    return text, ""


def _misread(book: Opened, text: str) -> tuple[str, str]:
    for wrong, right in ALIKE.items():
        if wrong in text:
            return f"{wrong} is no change", right
    field = re.match(r"\s*(\w+)\s*(?:\[.*?\])?\s*(\*=|\+=|=(?!=))", text)
    if field and field[1] in book.filled:
        return "no field is named", f"{field[1]}.FIELD {field[2]} …"
    sheets = {name: one.sheet for name, one in book.filled.items() if name not in NO_INPUTS}
    if field:
        return f"no sheet is named before {field[1]}", homes(field[1], sheets) or WANTED
    bare = BARE.fullmatch(text)
    if bare:
        sheet, named = sheets.get(bare["sheet"]), bare["field"]
        known = sheet is not None and named in (sheet.settings or sheet.known)
        meant = "" if known else homes(named, sheets)
        if not known and not meant and sheet is not None:
            meant = suggestion(named, list(sheet.settings or sheet.declared))
        return "no change is named", also(meant, f"add {FORMS}")
    word = re.match(r"\s*\w+\s*(?:\[.*?\])?\s*(?:\.\s*\w+)?\s+(\w+)", text)
    close = nearest(word[1], WORDS) if word else None
    return "no change can be read", WANTED if close is None else f"did you mean {close!r}?"
