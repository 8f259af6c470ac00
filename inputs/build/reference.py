"""The reference files, read as they stand: a row is looked up by name and a figure by column; what is missing is an
error that says where.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

BITS = {
    "bf16_dense_tflops": 16,
    "fp8_dense_tflops": 8,
    "fp4_dense_tflops": 4,
    "int8_dense_tops": 8,
    "int4_dense_tops": 4,
}
"""Bits an operation of each format counts for (total processing performance: dense TOPS times bits, the largest)."""
TOLERANCE = 0.01


@dataclass(frozen=True)
class Row:
    """A row of a reference file: its cells as text, and where it stands."""

    file: str
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def maybe(self, column: str) -> float | None:
        """The number in a column, or None where the cell is blank."""
        cell = self.cells[column].strip()
        return float(cell) if cell else None

    def number(self, column: str) -> float:
        """The number in a column, which must be there."""
        value = self.maybe(column)
        if value is None:
            raise ValueError(f"{self.file} line {self.line} has no {column}")
        return value


@dataclass(frozen=True)
class Reference:
    """The folder of reference files."""

    folder: Path

    def rows(self, name: str) -> Sequence[Row]:
        """All rows of a file, given without its ending."""
        return _read(self.folder / f"{name}.csv")

    def row(self, name: str, /, **match: str) -> Row:
        """The one row whose columns have the given values."""
        found = [row for row in self.rows(name) if all(row[column] == value for column, value in match.items())]
        if len(found) != 1:
            raise ValueError(f"{name}.csv has {len(found)} rows with {match}, where one is wanted")
        return found[0]


@cache
def _read(path: Path) -> Sequence[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    header = lines[0]
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) != len(header):
            raise ValueError(f"{path.name} line {number} has {len(cells)} cells under {len(header)} names")
    return [Row(path.name, number, dict(zip(header, cells, strict=True))) for number, cells in enumerate(lines[1:], 2)]
