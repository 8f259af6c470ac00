"""Columns of a table as arrays, and every problem of the table at once.

Blank is None, NaN or an empty text; it reads as NaN, NaT or "". A number may stand as text (`"989.5"`), as in a file
read without types; a decimal comma, a thousands separator or a percent sign is a problem and is never guessed at.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Dates = npt.NDArray[np.datetime64]
Texts = npt.NDArray[Any]
"""Texts, of objects or of fixed width."""

HEADER_LINE = 1
FIRST_LINE = 2
"""Line of a table's first row in its file, under the header."""

SHORTEST_LIKENED = 3
"""Letters a name needs to be likened to others: EU is no misspelt Peru."""

_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")


@dataclass(frozen=True)
class Problem:
    """Something wrong in a table: where (`sheet` for a table of a workbook), what stands there, what would be right."""

    line: int
    column: str
    message: str
    value: Any = None
    sheet: str = ""

    def __str__(self) -> str:
        where = f"{self.sheet} " if self.sheet else ""
        stands = "" if self.value is None else f" (found {self.value!r})"
        return f"{where}line {self.line}, column {self.column}: {self.message}{stands}"


class RatesError(Exception):
    """All rows of a table that can't be answered, at once."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = tuple(sorted(problems, key=lambda p: (p.sheet, p.line, p.column)))
        super().__init__("\n".join(map(str, self.problems)))


def nearest(name: str, names: Iterable[str]) -> str:
    """`; nearest is 'X'` for the name most like `name`, or nothing where none is, or where it is too short to tell."""
    if len(name) < SHORTEST_LIKENED:
        return ""
    by_folded = {known.casefold(): known for known in names}
    close = difflib.get_close_matches(name.casefold(), list(by_folded), n=1)
    return f"; nearest is {by_folded[close[0]]!r}" if close else ""


def read(path: Path) -> pd.DataFrame:
    """A CSV file as texts, its rows where its lines say: row 0 is line 2. Blank lines at the end don't count.

    UTF-8, commas, a header in the first line. Raises RatesError for an empty file, a header with semicolons, a line
    with more or fewer cells than the header, a blank line between others and a cell over several lines: with any of
    them a row's number, or its columns, would be wrong. UnicodeDecodeError and csv.Error are the caller's.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file, strict=True))
    while lines and not any(cell.strip() for cell in lines[-1]):
        lines.pop()
    if not lines:
        raise RatesError([Problem(HEADER_LINE, "all", "the file is empty; a header and rows would be right")])
    header, problems = [name.strip() for name in lines[0]], []
    if len(header) == 1 and ";" in header[0]:
        problems.append(Problem(HEADER_LINE, "all", "semicolons stand between the columns; commas would be right"))
    for line, cells in enumerate(lines[1:], FIRST_LINE):
        if not any(cell.strip() for cell in cells):
            problems.append(Problem(line, "all", "the line is blank; no blank line between others would be right"))
        elif len(cells) != len(header):
            problems.append(
                Problem(line, "all", f"{len(cells)} cells under a header of {len(header)}; as many would be right")
            )
        elif any("\n" in cell for cell in cells):
            problems.append(Problem(line, "all", "a cell goes over several lines; one line would be right"))
    if problems:
        raise RatesError(problems)
    return pd.DataFrame(lines[1:], columns=pd.Index(header, dtype=object), dtype=object)


def as_date(text: str) -> np.datetime64 | None:
    """YYYY-MM-DD, or YYYY-MM meaning its first day; None for anything else."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = match.groups(default="1")
    try:
        return np.datetime64(dt.date(int(year), int(month), int(day)), "D")
    except ValueError:
        return None


def _date_text(value: Any) -> str:
    return str(value)[:10] if isinstance(value, dt.date | np.datetime64) else str(value).strip()


class Reader:
    """Reads the columns of one table, collecting problems; `close` raises them all."""

    def __init__(self, table: pd.DataFrame, *, sheet: str = ""):
        self.table = table
        self.sheet = sheet
        self.size = len(table)
        self.problems: list[Problem] = []
        self._blank: dict[str, Flags] = {}
        for name in table.columns[table.columns.duplicated()]:
            self.problem(HEADER_LINE, str(name), "the column stands twice; one of them would be right")

    def problem(self, line: int, column: str, message: str, value: Any = None) -> None:
        self.problems.append(Problem(line, column, message, value, self.sheet))

    def flag(self, rows: Flags, column: str, message: str | Texts, *, show: bool = True) -> None:
        """A problem for every row marked, showing what stands in the column."""
        values = self.table[column].to_numpy(object) if show and column in self.table else None
        for row in np.flatnonzero(rows):
            text = message if isinstance(message, str) else message[row]
            value = None if values is None or self.blank(column)[row] else values[row]
            self.problem(int(row) + FIRST_LINE, column, text, value)

    def close(self) -> None:
        if self.problems:
            raise RatesError(self.problems)

    def has(self, column: str) -> bool:
        return column in self.table.columns

    def blank(self, column: str) -> Flags:
        """True where the column holds nothing, or isn't there."""
        if not self.has(column) or list(self.table.columns).count(column) > 1:
            return np.ones(self.size, bool)
        if column not in self._blank:
            values = self.table[column]
            empty = values.isna().to_numpy(bool)
            if values.dtype.kind not in "fiub":
                empty = empty | values.map(lambda v: isinstance(v, str) and not v.strip()).to_numpy(bool)
            self._blank[column] = empty
        return self._blank[column]

    def numbers(
        self, column: str, *, low: float | None = None, above: float | None = None, high: float | None = None
    ) -> Floats:
        """Floats of (rows,), NaN where blank."""
        blank = self.blank(column)
        found = np.full(self.size, np.nan)
        if blank.all():
            return found
        values = self.table[column]
        is_truth = values.map(lambda v: isinstance(v, bool | np.bool_)).to_numpy(bool)
        found[~blank] = pd.to_numeric(values[~blank], errors="coerce").to_numpy(float)
        wrong = ~blank & (~np.isfinite(found) | is_truth)
        self.flag(wrong, column, "a number such as 1234.5 would be right")
        for limit, breaks, text in (
            (low, np.less, "at least"),
            (above, np.less_equal, "more than"),
            (high, np.greater, "at most"),
        ):
            if limit is not None:
                self.flag(~wrong & ~blank & breaks(found, limit), column, f"{text} {limit:g} would be right")
        return found

    def texts(self, column: str) -> Texts:
        """Texts of (rows,) without surrounding blanks, "" where blank."""
        found = np.full(self.size, "", object)
        rows = ~self.blank(column)
        if rows.any():
            found[rows] = self.table[column][rows].map(lambda v: str(v).strip()).to_numpy(object)
        return found

    def choices(self, column: str, allowed: Sequence[str], *, default: str = "") -> Texts:
        """One of `allowed` in lower case, `default` where blank."""
        found = self.texts(column)
        found = np.array([text.lower() for text in found], object).reshape(self.size)
        known = np.isin(found.astype(str), [*allowed, ""])
        self.flag(~known, column, f"one of {', '.join(allowed)} would be right")
        return np.where(found == "", default, found)

    def dates(self, column: str) -> Dates:
        """Days of (rows,), NaT where blank. A month stands for its first day."""
        found = np.full(self.size, np.datetime64("NaT", "D"))
        rows = np.flatnonzero(~self.blank(column))
        wrong = np.zeros(self.size, bool)
        if rows.size:
            texts = [_date_text(value) for value in self.table[column].to_numpy(object)[rows]]
            days = {text: as_date(text) for text in set(texts)}
            wrong[rows] = [days[text] is None for text in texts]
            found[rows] = [np.datetime64("NaT", "D") if days[text] is None else days[text] for text in texts]
        self.flag(wrong, column, "a date YYYY-MM-DD or YYYY-MM would be right")
        return found

    def require(self, needed: Flags, column: str, why: str = "the formula needs it") -> None:
        """A problem where the column is blank in a row that needs it; where the whole column is missing, one at the
        first such row.
        """
        missing = needed & self.blank(column)
        if self.has(column):
            self.flag(missing, column, f"blank; {why}")
        elif missing.any():
            first = int(np.flatnonzero(missing)[0])
            rows = f" from {missing.sum():,} rows" if missing.sum() > 1 else ""
            near = nearest(column, map(str, self.table.columns))
            self.problem(first + FIRST_LINE, column, f"the column is missing{rows}; {why}{near}")


def answered(table: pd.DataFrame, answers: Mapping[str, Any], *, filled: Sequence[str] = ()) -> pd.DataFrame:
    """The table's own columns first, then the answers. A column in `filled` is both, and is filled in its place.

    Raises RatesError where the table already has a column of another answer's name: it would be lost.
    """
    taken = [name for name in answers if name in table.columns and name not in filled]
    if taken:
        raise RatesError(
            [Problem(HEADER_LINE, name, "this column is an answer; another name would be right") for name in taken]
        )
    result = table.copy()
    for name, values in answers.items():
        result[name] = values
    return result
