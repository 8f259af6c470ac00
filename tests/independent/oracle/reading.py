"""A folder of CSV files as rows of text. The input is taken to be right: nothing is checked beyond what arithmetic
needs."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path


def load(folder):
    """{sheet: [row]}, a row being {column: text, or None for a blank}."""
    sheets = defaultdict(list)
    for path in sorted(Path(folder).glob("*.csv")):
        with path.open(newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                values = {name: (text or "").strip() or None for name, text in row.items()}
                sheets[path.stem].append(values)
    return sheets


def num(row, column, default=...):
    """The number in a column; the default where it is blank, an error where there is none."""
    text = row.get(column)
    if text is not None:
        return float(text)
    if default is ...:
        raise ValueError(f"{column} is blank in {row}")
    return default


def months(text):
    """YYYY-MM as a count of months."""
    year, month = text.split("-")
    return int(year) * 12 + int(month) - 1
