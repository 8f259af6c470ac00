"""What differs in the inputs: changed cells of each scenario by lever, sheet and field; workbooks compared by key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from planner.compare.cases import Case
from planner.wording import number

COLUMNS = ("scenario", "lever", "sheet", "field", "cells", "old", "new", "ratio", "source")
"""A row a scenario, lever, sheet and field. `cells`: how many differ; `old`, `new`: their values, a range where they
are several figures; `ratio`: what the old were multiplied by, where that is the same for all; rows that came or went
have the field ''."""
OTHER_WORKBOOK = "another workbook"
"""In place of a lever, where two runs are of different workbooks."""
SHOWN = 3
"""Texts named before the rest are only counted."""
SAME_RATIO = 1e-6
KEYS = ["lever", "sheet", "field"]


def differences(among: Sequence[Case], base: Case) -> pd.DataFrame:
    """What every case but the base changes; raises InputError where another run's workbook can't be read."""
    rows: list[tuple[Any, ...]] = []
    workbooks: dict[Path, pd.DataFrame] = {base.run: pd.DataFrame(columns=[*KEYS, "old", "new", "source"])}
    for case in among:
        if case is base:
            continue
        if case.run not in workbooks:
            workbooks[case.run] = _workbooks(base.run / "inputs", case.run / "inputs")
        log = pd.concat([workbooks[case.run], case.changes], ignore_index=True).fillna("")
        rows += [(case.name, *row) for row in _grouped(log)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _workbooks(before: Path, after: Path) -> pd.DataFrame:
    """Cells that differ between two workbooks, as a log of changes."""
    from planner.review.diff import WORDS, compare

    rows = [
        (OTHER_WORKBOOK, sheet, column, old, new, "")
        for sheet, found in compare(before, after).items()
        for changed in found.changed
        for column, (old, new, _) in changed.columns.items()
        if column not in WORDS
    ]
    for sheet, found in compare(before, after).items():
        rows += [(OTHER_WORKBOOK, sheet, "", "", " · ".join(key), "") for key in found.added]
        rows += [(OTHER_WORKBOOK, sheet, "", " · ".join(key), "", "") for key in found.removed]
    return pd.DataFrame(rows, columns=[*KEYS, "old", "new", "source"])


def _grouped(log: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    for (lever, sheet, field), cells in log.groupby(KEYS, sort=False):
        sources = [source for source in dict.fromkeys(cells["source"]) if source]
        yield (
            lever,
            sheet,
            field,
            len(cells),
            span(list(cells["old"])),
            span(list(cells["new"])),
            _ratio(cells),
            "; ".join(sources),
        )


def span(values: Sequence[str]) -> str:
    """Values as one: a range of figures, the first of several texts, 'nothing' for blanks."""
    given = [value for value in dict.fromkeys(values) if value]
    if not given:
        return "nothing"
    figures = pd.to_numeric(pd.Series(given), errors="coerce")
    if figures.notna().all():
        ends = [number(float(figures.min())), number(float(figures.max()))]
        return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
    more = len(given) - SHOWN
    return ", ".join(given[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _ratio(cells: pd.DataFrame) -> float:
    """What all old figures were multiplied by; NaN where they are no figures, or it isn't the same for all."""
    old, new = (pd.to_numeric(cells[column], errors="coerce") for column in ("old", "new"))
    if not (old.notna() & new.notna() & (old != 0)).all():
        return float("nan")
    ratios = new / old
    return float(ratios.iloc[0]) if ratios.max() - ratios.min() <= SAME_RATIO * abs(ratios.max()) else float("nan")
