"""What a scenario changes, cell by cell: old to new, by which lever and change, and where its value comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from planner.review.scenario_check import Change
from planner.scenarios.draft import Draft
from planner.workbook import Opened
from planner.workbook.fill import Filled
from planner.workbook.sheets import EVERYWHERE
from planner.workbook.values import plain_number

COLUMNS = ("sheet", "cell", "key", "field", "old", "new", "lever", "source", "scenario", "step", "why")
DIGITS = ".12g"
"""Digits of a value that are told; products of decimals are noise beyond."""
LONGEST = 200
"""Characters of a row told in short."""


def change_log(book: Opened, after: Opened, drafts: Mapping[str, Draft], changes: Sequence[Change]) -> pd.DataFrame:
    """A row for each cell whose value differs in the end, and for each row that is gone or new, in the order of the
    workbook, each told with the change that last touched it. Values are in the column's unit, defaults filled in; what
    follows from them elsewhere, as a blank that takes the changed value, isn't told."""
    rows: list[dict[str, Any]] = []
    for name in book.filled:
        if name in drafts and drafts[name].written:
            old, new = book.filled[name], after.filled[name]
            told = _settings(drafts[name], old, new) if old.sheet.settings else _rows(drafts[name], old, new)
            for n, record in told:
                change = changes[n]
                by = {column: getattr(change, column) for column in ("lever", "source", "scenario", "step", "why")}
                rows.append({"sheet": name, **record, **by})
    texts = {column: "str" for column in COLUMNS if column != "step"}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({**texts, "step": "int64"})


def key_of(one: Filled, row: int) -> str:
    """What names a row: `site=narvik; stage=1`; "" for a sheet without keys."""
    cells = ((name, tidy_text(one.frame[name].iat[row])) for name in one.sheet.keys if name in one.frame)
    return "; ".join(f"{name}={text}" for name, text in cells if text)


def tidy_text(value: Any) -> str:
    """A value as short as it can be told: 1.2, 2027-01, nothing for a blank."""
    if isinstance(value, str):
        return value
    return "" if value != value else plain_number(float(format(float(value), DIGITS)))


def _settings(draft: Draft, old: Filled, new: Filled) -> Iterator[tuple[int, dict[str, str]]]:
    for (_, name), n in draft.touched.items():
        before, after = tidy_text(old.settings[name]), tidy_text(new.settings[name])
        if before != after:
            yield n, {"cell": new.cell(None, name), "key": "", "field": name, "old": before, "new": after}


def _rows(draft: Draft, old: Filled, new: Filled) -> Iterator[tuple[int, dict[str, str]]]:
    at = {one: i for i, one in enumerate(draft.ids)}
    cells = [(at[one], one, field, n) for (one, field), n in draft.touched.items() if one in at]
    for row, one, field, n in sorted(cells, key=lambda cell: cell[0]):
        if one in draft.added:
            continue
        before = _value(old, one, field)
        after = _value(new, row, field)
        if before == after or (before != before and after != after):
            continue
        texts = {"old": tidy_text(before), "new": tidy_text(after)}
        yield n, {"cell": new.cell(row, field), "key": key_of(old, one), "field": field, **texts}
    for one, n in sorted(draft.removed.items()):
        yield n, {"cell": old.cell(one, None), "key": key_of(old, one), "field": "", "old": _short(old, one), "new": ""}
    for one, n in draft.added.items():
        row = at[one]
        yield n, {"cell": new.cell(row, None), "key": key_of(new, row), "field": "", "old": "", "new": _short(new, row)}


def _value(one: Filled, row: int, field: str) -> Any:
    if field in one.frame:
        return one.frame[field].iat[row]
    return float("nan") if one.sheet.known[field].numeric else ""


def _short(one: Filled, row: int) -> str:
    """The cells of a row that the workbook states, without remarks on it."""
    remarks = {column.name for column in EVERYWHERE}
    present = one.grid.positions if one.grid is not None else {}
    named = [name for name in one.frame.columns if name in present and name not in remarks]
    given = [name for name in named if name not in one.given or one.given[name][row]]
    texts = [(name, tidy_text(one.frame[name].iat[row])) for name in given]
    text = "; ".join(f"{name}={text}" for name, text in texts if text)
    return text if len(text) <= LONGEST else f"{text[: text.rindex('; ', 0, LONGEST)]}; …"
