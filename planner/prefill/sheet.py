"""Sheets of a workbook as a folder of CSV files: one file a sheet, a row of field names, then the rows.

Every row says where it comes from and how far it can be trusted; a judgement carries its low and high beside it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CONFIDENCE = {"high": "high", "medium": "medium", "med": "medium", "low": "low"}
"""Spellings met in the reference files, and the one that is written."""
LAST = ("note", "source", "date", "confidence")
DIGITS = 6
"""Significant digits written; finer than any figure here is known."""


@dataclass(frozen=True)
class Judged:
    """A judgement: its central value, and the low and high it could reasonably take."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"a judgement of {self.value} doesn't lie between its low {self.low} and high {self.high}")


Cell = str | int | float | Judged | None


@dataclass
class Sheet:
    """One sheet under way. `rows` hold text as it will be written, field by field."""

    name: str
    rows: list[dict[str, str]] = field(default_factory=list)

    def add(self, *, source: str, confidence: str, note: str = "", **cells: Cell) -> None:
        """Append a row. A field that is a Python keyword is given with a trailing underscore (`from_`, `class_`)."""
        if not source:
            raise ValueError(f"a row of {self.name} has no source: {cells}")
        if confidence not in CONFIDENCE:
            raise ValueError(f"a row of {self.name} has the confidence {confidence!r}; high, medium or low is right")
        row: dict[str, str] = {}
        for name, cell in cells.items():
            row.update(_texts(name.rstrip("_"), cell))
        self.rows.append(row | {"note": note, "source": source, "confidence": CONFIDENCE[confidence]})

    @property
    def columns(self) -> list[str]:
        """Field names in the order first met, low and high right after their field, the remarks last."""
        names = list(dict.fromkeys(name for row in self.rows for name in row if name not in LAST))
        plain = [name for name in names if not _estimate_of(name, names)]
        ordered = [each for name in plain for each in (name, f"{name}_low", f"{name}_high") if each in names]
        dated = any("date" in row for row in self.rows)
        return [*dict.fromkeys(ordered), *(name for name in LAST if name != "date" or dated)]

    def write(self, folder: Path) -> None:
        """Write `<name>.csv` into the folder, UTF-8, with Unix line ends."""
        with (folder / f"{self.name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self.columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)


class SourceSheet(Sheet):
    """The list of sources, whose key is the field other sheets use for remarks."""

    def cite(self, key: str, *, title: str, publisher: str, date: str, where: str, confidence: str) -> None:
        """Append a source; its confidence is that of the source itself."""
        self.rows.append(
            {"source": key, "title": title, "publisher": publisher, "date": date, "where": where}
            | {"confidence": CONFIDENCE[confidence]}
        )

    @property
    def columns(self) -> list[str]:
        return ["source", "title", "publisher", "date", "where", "confidence"]


def text(value: str | int | float) -> str:
    """A cell as written: numbers to six significant digits, never in exponent form."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    rounded = float(f"{value:.{DIGITS}g}")
    return str(int(rounded)) if rounded == int(rounded) else format(rounded, ".10f").rstrip("0")


def _texts(name: str, cell: Cell) -> Iterator[tuple[str, str]]:
    if cell is None:
        return
    if isinstance(cell, Judged):
        yield name, text(cell.value)
        yield f"{name}_low", text(cell.low)
        yield f"{name}_high", text(cell.high)
    else:
        yield name, text(cell)


def _estimate_of(name: str, names: list[str]) -> bool:
    stem, _, end = name.rpartition("_")
    return end in ("low", "high") and stem in names
