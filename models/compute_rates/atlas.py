"""The package's own tables: accelerators, models, regimes, derates, rules, countries, conventions.

Each is a CSV under `tables/`, with a source and a confidence per row. `accelerators.csv` is written by `build_tables`
from the reference figures; the others are kept by hand. Names are matched without regard to case, blanks and
punctuation, and by the aliases in the table (H100 is the H100 SXM5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import pandas as pd

from compute_rates.reading import FIRST_LINE, Floats, Reader, Texts, nearest

Positions = npt.NDArray[np.intp]

SPECIFICATIONS = (
    "bf16_tflops",
    "fp8_tflops",
    "fp4_tflops",
    "int8_tops",
    "int4_tops",
    "memory_gb",
    "bandwidth_tb_s",
    "interconnect_gb_s",
    "tdp_w",
    "die_mm2",
    "average_share",
    "tpp",
    "server_multiplier",
)
"""Columns of a row that override the atlas's, blank meaning the atlas's."""


@cache
def table(name: str) -> pd.DataFrame:
    """A table of the package; treat it as read-only. Text columns hold "" for blank."""
    with (files("compute_rates") / "tables" / f"{name}.csv").open(encoding="utf-8") as file:
        frame = pd.read_csv(file, keep_default_na=False, na_values=[""])
    texts = [c for c in frame.columns if frame[c].dtype.kind not in "fiub"]
    empty = [c for c in frame.columns if frame[c].isna().all()]
    frame[texts] = frame[texts].fillna("")
    frame[empty] = frame[empty].astype(float)
    return frame


def folded(name: str) -> str:
    """A name without case, blanks and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


@cache
def _names(name: str, column: str) -> dict[str, int]:
    frame = table(name)
    found = {folded(text): row for row, text in enumerate(frame[column])}
    for row, aliases in enumerate(frame["aliases"]):
        found |= {folded(alias): row for alias in str(aliases).split(";") if alias}
    return found


def positions(name: str, column: str, sought: Texts) -> Positions:
    """Row of each name in a table with aliases, -1 where it isn't known (or blank). Shape as `sought`."""
    known = _names(name, column)
    of = {text: known.get(folded(text), -1) if text else -1 for text in set(sought)}
    return np.array([of[text] for text in sought], np.intp).reshape(len(sought))


class Accelerators:
    """The accelerator of every row of a table: the row's own specification, and the atlas's where it is blank."""

    def __init__(self, reader: Reader, column: str = "accelerator"):
        self.reader = reader
        self.column = column
        self.names = reader.texts(column)
        self.at = positions("accelerators", "accelerator", self.names)
        self.known = self.at >= 0
        self._told: set[int] = set()

    def atlas_numbers(self, column: str) -> Floats:
        """The atlas's figure for each row, NaN where it has none."""
        frame = table("accelerators")
        values = frame[column].to_numpy(float) if column in frame else np.full(len(frame), np.nan)
        return np.where(self.known, values[np.maximum(self.at, 0)], np.nan)

    def atlas_texts(self, column: str) -> Texts:
        values = table("accelerators")[column].to_numpy(object)
        return np.where(self.known, values[np.maximum(self.at, 0)], "")

    def numbers(self, column: str, *, needed: bool = False) -> Floats:
        """The row's figure, else the atlas's; NaN where neither has one, which is a problem where it is needed."""
        given = self.reader.numbers(column, above=0) if column in SPECIFICATIONS else np.full(self.reader.size, np.nan)
        found = np.where(np.isnan(given), self.atlas_numbers(column), given)
        if needed:
            self.need(column, np.isnan(found) & self.reader.blank(column))
        return found

    def need(self, column: str, missing: npt.NDArray[np.bool_]) -> None:
        """A problem in each row whose figure is missing; a name that isn't known is told once for its row."""
        for row in np.flatnonzero(missing):
            name, line = str(self.names[row]), int(row) + FIRST_LINE
            if self.known[row]:
                self.reader.problem(line, column, f"blank, and the atlas has none for {name!r}; give it")
            elif not name:
                self.reader.problem(line, column, f"blank, and so is {self.column}; one of them would be right")
            elif row not in self._told:
                self._told.add(int(row))
                near = nearest(name, accelerator_names())
                self.reader.problem(
                    line, self.column, f"not in the atlas; a known name, or {column}, would be right{near}", name
                )


@cache
def accelerator_names() -> tuple[str, ...]:
    """Every accelerator of the atlas, and every alias."""
    frame = table("accelerators")
    return (*frame["accelerator"], *(alias for text in frame["aliases"] for alias in text.split(";") if alias))


def first_release(architectures: Texts) -> npt.NDArray[np.datetime64]:
    """Day on which the first chip of each architecture was out, NaT where unknown.

    A quarter counts from its last day.
    """
    frame = table("accelerators")
    released = np.array([quarter_end(text) for text in frame["release"]], "datetime64[D]")
    first: dict[str, np.datetime64] = {}
    for architecture, day in zip(frame["architecture"], released, strict=True):
        if not np.isnat(day) and (architecture not in first or day < first[architecture]):
            first[architecture] = day
    return np.array([first.get(a, np.datetime64("NaT")) for a in architectures], "datetime64[D]").reshape(
        len(architectures)
    )


def quarter_end(text: str) -> np.datetime64:
    """The last day of `YYYY-Qn`, NaT where blank: machines announced in a quarter are in hand at its end."""
    if not text:
        return np.datetime64("NaT", "D")
    year, quarter = text.split("-Q")
    after = np.datetime64(f"{int(year):04d}-01", "M") + 3 * int(quarter)
    return np.datetime64(str(after), "D") - np.timedelta64(1, "D")


def joined(parts: Sequence[Texts | str], size: int) -> Texts:
    """Basis texts of (rows,): the parts that say something, separated by semicolons."""
    columns = [part if not isinstance(part, str) else np.full(size, part, object) for part in parts]
    return np.array(["; ".join(p for p in row if p) for row in zip(*columns, strict=True)], object).reshape(size)
