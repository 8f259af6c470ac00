"""A document as blocks, whatever its format: what each holds, and the text that a value is shown as everywhere.

Values stay unrounded in the blocks; a writer shows them by `shown`, so each format has the same figures to the digit.
Cells of a spreadsheet hold the value itself, and show it with the decimals of that text.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from planner.wording import in_english, locale_here, localised, number, said_in, whole

if TYPE_CHECKING:
    from compute_lp.algebra import Node, Relation

P = ParamSpec("P")
R = TypeVar("R")
Kind = Literal["text", "number", "money", "share", "integer", "month"]
NONE = "–"
"""What stands where there is no value."""
WORDS: Collection[str] = ("text", "month")
"""Kinds that are read, not compared by size; the others stand on the right of their cells."""


PAPERS_MM: Mapping[str, tuple[float, float]] = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height of the sheets that pages are made for."""
UNDATED = date(2000, 1, 1)
"""The date in a file's properties where none is given, so that the same document gives the same bytes."""


def paper_mm(paper: str) -> tuple[float, float]:
    """Width and height of a sheet; raises ValueError for one that is not in `PAPERS_MM`."""
    if paper not in PAPERS_MM:
        raise ValueError(f"Paper {paper!r}: no such sheet; there are {', '.join(PAPERS_MM)}.")
    return PAPERS_MM[paper]


@dataclass(frozen=True)
class Column:
    """A column of a table: its name in the frame, and how it is headed and shown.

    Kinds: `text`; `number` in its unit; `money` in millions of USD unless the unit says else; `share`, 0 to 1, shown in
    per cent; `integer`, shown whole; `month`, as 2030-04, or a year. `difference_of` (a, b): its values are a - b, a
    live formula in a spreadsheet; the frame need not hold them. A difference of shares is in percentage points.
    """

    name: str
    label: str
    unit: str = ""
    kind: Kind = "number"
    difference_of: tuple[str, str] | None = None

    @property
    def shown_unit(self) -> str:
        if self.kind == "share":
            return "percentage points" if self.difference_of else self.unit
        return self.unit or ("M USD" if self.kind == "money" else "")

    @property
    def heading(self) -> str:
        """The label with its unit."""
        return f"{self.label} ({self.shown_unit})" if self.shown_unit else self.label

    @property
    def is_words(self) -> bool:
        return self.kind in WORDS


def shown(value: Any, column: Column) -> str:
    """The text of a value of a column in every format: three significant figures, no -0, – for none; figures with the
    separators of this place (`wording.said_in`)."""
    if pd.isna(value):
        return NONE
    if column.kind == "month":
        return _month(value)
    if isinstance(value, str):
        return value
    if column.kind == "text" and isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    amount = float(value)
    if math.isinf(amount):
        return "infinite" if amount > 0 else "-infinite"
    in_percent = column.kind == "share" and not column.difference_of
    text = whole(round(amount)) if column.kind == "integer" else _number(100 * amount if in_percent else amount)
    if column.difference_of and amount > 0 and text != "0":
        text = f"+{text}"
    return f"{text}\u00a0%" if in_percent else text


def _number(value: float) -> str:
    text = number(value)
    return localised(format(Decimal(in_english(text)), "f")) if "e" in text else text


def _month(value: Any) -> str:
    if isinstance(value, str):
        return value
    return value.strftime("%Y-%m") if hasattr(value, "strftime") else str(int(value))


@dataclass(frozen=True)
class Heading:
    """Level 1 to 3 below the document's title."""

    text: str
    level: int = 1

    def __post_init__(self) -> None:
        if self.level not in (1, 2, 3):
            raise ValueError(f"Heading {self.text!r}: level {self.level}; levels are 1, 2, 3.")


@dataclass(frozen=True)
class Paragraph:
    """Prose; **so** it says bold."""

    text: str


@dataclass(frozen=True)
class Note:
    """A remark set apart: a limit, a caution, what to do."""

    text: str


@dataclass(frozen=True)
class Equation:
    """A formula of the programme, set by `mathematics` in each format; `alt` says it in words."""

    formula: Relation | Node
    alt: str


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of a frame. `sheet`: its sheet in a workbook, its title unless given. `totals`: that many last rows are
    totals, set apart and kept last."""

    title: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    note: str = ""
    sheet: str = ""
    totals: int = 0

    def __post_init__(self) -> None:
        _check_columns(self.title, self.frame, self.columns)

    @property
    def keys(self) -> int:
        """How many leading columns name a row: those of words, and one at least."""
        words = next((i for i, column in enumerate(self.columns) if not column.is_words), 1)
        return max(words, 1)


@dataclass(frozen=True)
class Chart:
    """How a spreadsheet draws a figure by itself: values of a long frame, a series a column."""

    kind: Literal["bar", "column", "line", "stacked"]
    category: str
    series: str
    value: str


@dataclass(frozen=True, eq=False)
class Figure:
    """A Vega-Lite specification that holds its data, the same data with their columns, what it shows in words (`alt`),
    and one line of what not to read into it. `chart`: what a spreadsheet draws; where none, it shows a picture.
    `locale`: whose separators its texts have."""

    title: str
    spec: Mapping[str, Any]
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    alt: str
    caution: str
    chart: Chart | None = None
    sheet: str = ""
    locale: str = field(default_factory=locale_here)

    def __post_init__(self) -> None:
        _check_columns(self.title, self.frame, self.columns)

    @property
    def data(self) -> Table:
        """What the figure shows, as a table."""
        return Table(f"Data: {self.title}", self.frame, self.columns)


Block = Heading | Paragraph | Note | Equation | Table | Figure


@dataclass(frozen=True, eq=False)
class Document:
    """`identity`: what the document comes from, as label and value: versions, hashes, command, date. `data`: long
    tables in full that only a spreadsheet holds, by the name of their sheet; their columns' names end in their unit.
    `locale`: whose separators its sentences have, and so its tables in every format."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    identity: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    locale: str = field(default_factory=locale_here)

    def numbered(self) -> Iterator[tuple[str, Block]]:
        """Each block with its anchor: a heading's from its words, a table's and a figure's from its number."""
        taken: dict[str, int] = {}
        tables = figures = 0
        for block in self.blocks:
            anchor = ""
            if isinstance(block, Heading):
                anchor = slug(block.text)
                taken[anchor] = taken.get(anchor, 0) + 1
                anchor += f"-{taken[anchor]}" if taken[anchor] > 1 else ""
            elif isinstance(block, Table):
                tables += 1
                anchor = f"table-{tables}"
            elif isinstance(block, Figure):
                figures += 1
                anchor = f"figure-{figures}"
            yield anchor, block


def values(table: Table, column: Column) -> pd.Series:
    """The unrounded values of a column; of a difference, computed."""
    if column.difference_of is None:
        return table.frame[column.name]
    of, less = (table.frame[name].astype(float) for name in column.difference_of)
    return (of - less) * (100 if column.kind == "share" else 1)


def texts(table: Table) -> list[list[str]]:
    """The cells of a table as shown, row by row."""
    columns = [[shown(value, column) for value in values(table, column)] for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def in_its_locale(writer: Callable[Concatenate[Document, P], R]) -> Callable[Concatenate[Document, P], R]:
    """A writer that shows figures with the separators that the document's sentences have."""

    @wraps(writer)
    def written(document: Document, /, *more: P.args, **options: P.kwargs) -> R:
        with said_in(document.locale):
            return writer(document, *more, **options)

    return written


def spans(text: str) -> list[tuple[str, bool]]:
    """Pieces of a paragraph, and whether they are bold."""
    return [(piece, bool(i % 2)) for i, piece in enumerate(re.split(r"\*\*(.+?)\*\*", text)) if piece]


def numbered_title(anchor: str, title: str) -> str:
    """What stands over a table or figure: Table 1. Title"""
    return f"{anchor.replace('-', ' ').capitalize()}. {title}"


def slug(text: str) -> str:
    """A name of letters, digits and hyphens, fit for an anchor."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "section"


def _check_columns(title: str, frame: pd.DataFrame, columns: tuple[Column, ...]) -> None:
    names = [column.name for column in columns]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"{title!r}: columns {names}; needs one at least, each with a name of its own.")
    needed = {name for column in columns for name in column.difference_of or (column.name,)}
    if missing := sorted(needed - set(frame.columns)):
        raise ValueError(f"{title!r}: no column {', '.join(missing)} in its data, which have {list(frame.columns)}.")
