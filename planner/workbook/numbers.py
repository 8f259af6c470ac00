"""Why a cell is no number, and which number was probably meant.

Nothing is converted here: what was meant is offered in a sentence, and whoever wrote the cell decides.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable

from compute_lp.schema import Column
from planner.workbook.grid import ERROR_CODE, Broken, Cell
from planner.workbook.sheets import share_like

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
GROUPED = re.compile(r"[+-]?\d{1,3}([, ']\d{2,3})*[, ']\d{3}(\.\d+)?", re.ASCII)
"""In thousands, or in lakhs and crores."""
GROUPED_WITH_COMMA = re.compile(r"[+-]?\d{1,3}([ ']\d{3})+,\d+", re.ASCII)
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
POINTS_AND_COMMA = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?", re.ASCII)
PERCENT = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*(?:%|percent|pct)", re.ASCII)
WITH_UNIT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([^\d\s.,;:/%-].*)", re.ASCII)
MONEY = r"(?:[$€£₹¥]|[A-Z]{3}|Rs\.?)"
WITH_CURRENCY = re.compile(rf"{MONEY}\s*([+-]?\d[\d.,' ]*)|([+-]?\d[\d.,' ]*?)\s*{MONEY}", re.ASCII)
IN_BRACKETS = re.compile(r"\(\s*(\d[\d.,' ]*)\s*\)", re.ASCII)
ABOUT = re.compile(r"(?:[~≈<>≤≥±]=?|about|approx\.?|circa|ca?\.|up to)\s*(\d[\d.,' ]*)|(\d[\d.,' ]*)\s*\+", re.ASCII)
RANGE = re.compile(r"\d[\d.,]*\s*(?:-|–|—|\.\.+|…|to)\s*\d[\d.,]*", re.ASCII)
LETTERS = re.compile(r"[+-]?[\d.,OoIl]*\d[\d.,OoIl]*", re.ASCII)
"""Digits with letters among them that look like digits."""
LOOK_ALIKE = str.maketrans("OoIl", "0011")
PLACEHOLDERS = frozenset(("tbc", "tbd", "tba", "todo", "xxx", "?", "??", "???", "..", "...", "…", "fixme", "pending"))
NO_VALUE = PLACEHOLDERS | frozenset(
    ("n/a", "na", "n.a.", "nan", "null", "none", "nil", "-", "–", "—", "--", "unknown", "blank")
)
INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
SPACES = re.compile("[\u00a0\u2007\u202f\u2009]")


def tidy(text: str) -> str:
    """Without blanks at the ends or anything invisible, with plain spaces for unbreakable ones, in Unicode's NFC."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFC", INVISIBLE.sub("", SPACES.sub(" ", text))).strip()


def percent_meant(column: Column) -> bool:
    """Whether someone may have written 5 for 5 %."""
    return share_like(column) or column.unit == "1/year"


def number_fault(cell: Cell, column: Column, *, text_only: bool) -> tuple[str, str]:
    """Why a cell is no number, and what would be right."""
    wanted = f"a number in {column.unit}" if column.unit not in ("", "share", "ratio") else "a number"
    if isinstance(cell, Broken):
        return cell.message, cell.right
    if isinstance(cell, bool):
        return "a truth value where a number belongs", wanted
    if isinstance(cell, (datetime.date, datetime.time, datetime.timedelta)):
        return "a date or time where a number belongs", f"{wanted}; format the cell as a number"
    text = tidy(cell)
    if ERROR_CODE.fullmatch(text):
        return "a formula error", "mend the formula"
    if text.casefold() in NO_VALUE:
        return "a placeholder where a number belongs", _blank_means(column, wanted)
    if percent := PERCENT.fullmatch(text):
        value = float(percent[1].replace(",", "."))
        share = f"{value / 100:g}"
        return "a percentage stored as text", share if percent_meant(column) else f"{wanted}: {share}?"
    for shape in (_stored_as_text, _dressed_up):
        fault = shape(text, column, wanted, text_only)
        if fault is not None:
            return fault
    return "text where a number belongs", wanted


def no_number(text: str, wanted: str) -> tuple[str, str]:
    """Why a text is no number, of one that stands in no cell, and what would be right."""
    if DECIMAL_COMMA.fullmatch(text):
        grouped = f" or {_plain(text)}" if GROUPED.fullmatch(text) else ""
        return "a number with a comma", f"did you mean {float(text.replace(',', '.')):g}{grouped}?"
    return "no number", wanted


def _stored_as_text(text: str, column: Column, wanted: str, text_only: bool) -> tuple[str, str] | None:
    """Numbers with separators, decimal commas, other digits or another minus."""
    if GROUPED.fullmatch(text):
        also = (
            f" (or {text.replace(',', '.')}, if the comma was a decimal comma)"
            if text.count(",") == 1 and "." not in text
            else ""
        )
        return "a number stored as text, with separators", f"the number {_plain(text)}{also}"
    if GROUPED_WITH_COMMA.fullmatch(text):
        return "a number stored as text, with separators", f"the number {_plain(text)}"
    if DECIMAL_COMMA.fullmatch(text):
        return "a number with a decimal comma", text.replace(",", ".")
    if POINTS_AND_COMMA.fullmatch(text) and ("," in text or not text_only or text.count(".") > 1):
        also = f", or {float(text):g}" if NUMBER.fullmatch(text) else ""
        return "a number stored as text", f"the number {_plain(text, points=True)}{also}, entered as a number"
    bare = text.lstrip("'’")
    if NUMBER.fullmatch(bare):
        return "a number stored as text", f"the number {bare}, entered as a number"
    if NUMBER.fullmatch(text.replace("−", "-")):
        return "a number with a typographic minus", text.replace("−", "-")
    digits = "".join(str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in text)
    if digits != text and NUMBER.fullmatch(digits):
        return "a number in the digits of another script", f"the number {digits}"
    return None


def _dressed_up(text: str, column: Column, wanted: str, text_only: bool) -> tuple[str, str] | None:
    """Numbers with something before, behind or between them."""
    if LETTERS.fullmatch(text) and NUMBER.fullmatch(text.translate(LOOK_ALIKE)):
        return "a text: a letter stands for a digit", f"{text.translate(LOOK_ALIKE)}?"
    if RANGE.fullmatch(text):
        return "a range where a number belongs", f"{wanted}; {column.name}_low and {column.name}_high hold the ends"
    shapes: tuple[tuple[re.Pattern[str], str, Callable[[str], str]], ...] = (
        (WITH_CURRENCY, "a number with a currency", lambda n: f"{n} alone; the currency belongs in the unit row"),
        (IN_BRACKETS, "a number in brackets", lambda n: f"-{n}, if it is negative"),
        (
            ABOUT,
            "about a number, where a number belongs",
            lambda n: f"{n}; {column.name}_low and {column.name}_high hold how far it may lie",
        ),
    )
    for shape, message, right in shapes:
        if found := shape.fullmatch(text):
            return message, right(_plain(next(filter(None, found.groups()))))
    if (unit := WITH_UNIT.fullmatch(text)) and not unit[2].startswith(("–", "—")):
        return "a number with text behind it", f"{unit[1]} alone; units belong in the unit row"
    return None


def _plain(text: str, *, points: bool = False) -> str:
    """The number without separators; with `points` they are points, and a comma is the decimal sign."""
    text = text.strip().rstrip(".,")
    if points or GROUPED_WITH_COMMA.fullmatch(text):
        return re.sub(r"[^\d,+-]", "", text).replace(",", ".")
    return re.sub(r"[^\d.+-]", "", text)


def _blank_means(column: Column, wanted: str) -> str:
    if column.required:
        return wanted
    if column.default_from:
        return f"{wanted}, or leave it blank to take {column.default_from}"
    default = (
        ""
        if column.default is None
        else f" for the default ({column.default:g})"
        if isinstance(column.default, float)
        else ""
    )
    return f"{wanted}, or leave it blank{default}"
