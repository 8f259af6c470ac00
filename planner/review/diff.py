"""Two workbooks compared by sheet and key, in either format: rows added, removed and changed, values after units and
defaults. Private notes, the order of columns and the format don't count; the order of rows does, as rules are read in
it. Workbooks with errors are compared too: a faulty cell counts as it stands.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.workbook import LOCATION, filled_sheets
from planner.workbook.fill import Filled
from planner.workbook.values import plain_number

Key = tuple[str, ...]
WORDS = ("note", "source", "confidence", "why")
"""Columns whose change the text only names; JSON has them in full."""
MOST_SHOWN = 200
"""Rows of a sheet printed before the rest are only counted."""


@dataclass(frozen=True)
class Changed:
    """A row that stands in both: by column the old value, the new one and the unit ("" where it has none)."""

    key: Key
    columns: Mapping[str, tuple[str, str, str]]


@dataclass
class SheetDiff:
    """What differs in a sheet."""

    keys: tuple[str, ...]
    added: dict[Key, dict[str, str]] = field(default_factory=dict)
    removed: dict[Key, dict[str, str]] = field(default_factory=dict)
    changed: list[Changed] = field(default_factory=list)
    reordered: bool = False
    """Whether rows that stand in both stand in another order."""

    @property
    def same(self) -> bool:
        return not (self.added or self.removed or self.changed or self.reordered)


def compare(old: Path, new: Path) -> dict[str, SheetDiff]:
    """What differs, by sheet, in the order of the schema; sheets that are the same are left out.

    Raises InputError where one of the two can't be read at all.
    """
    before, after = filled_sheets(old), filled_sheets(new)
    found = {name: _compare(before[name], after[name]) for name in before}
    return {name: one for name, one in found.items() if not one.same}


def diff(old: Path, new: Path, *, as_json: bool) -> str:
    """The comparison as text, or as JSON for machines."""
    found = compare(old, new)
    if as_json:
        told = {"same": not found, "sheets": {name: _record(one) for name, one in found.items()}}
        return json.dumps(told, indent=1, ensure_ascii=False)
    if not found:
        return f"{old} and {new} hold the same inputs"
    return "\n".join([f"from {old} to {new}", *(line for name, one in found.items() for line in _lines(name, one))])


def _rows(one: Filled) -> dict[Key, dict[str, str]]:
    """The rows of a sheet by key; a second row of one key has its number at the end."""
    frame = one.frame
    keys = [name for name in one.sheet.keys if name in frame] or list(frame.columns[:1])
    columns = {str(name): _texts(one, str(name)) for name in frame.columns}
    seen: Counter[Key] = Counter()
    rows: dict[Key, dict[str, str]] = {}
    for i in range(len(frame)):
        key: Key = tuple(columns[name][i] for name in keys)
        if one.sheet.settings and key == (LOCATION,):
            continue  # where the profiles lie is no input
        seen[key] += 1
        again = (f"row {seen[key]} of this key",) if seen[key] > 1 else ()
        rows[(*key, *again)] = {name: texts[i] for name, texts in columns.items() if texts[i]}
    return rows


def _texts(one: Filled, name: str) -> list[str]:
    """The cells of a column as texts: values as they are read, faulty cells as they stand."""
    texts = [
        "" if cell != cell else plain_number(cell) if isinstance(cell, float) else cell for cell in one.frame[name]
    ]
    bad = one.bad.get(name)
    if bad is not None and bad.any() and one.grid is not None and name in one.grid.positions:
        for row, cell in enumerate(one.grid.column(name)):
            if bad[row] and cell is not None:
                texts[row] = str(getattr(cell, "shown", cell))
    return texts


def _compare(old: Filled, new: Filled) -> SheetDiff:
    before, after = _rows(old), _rows(new)
    found = SheetDiff(old.sheet.keys)
    found.added = {key: row for key, row in after.items() if key not in before}
    found.removed = {key: row for key, row in before.items() if key not in after}
    common = [key for key in after if key in before]
    for key in common:
        names = dict.fromkeys([*before[key], *after[key]])
        changes = {
            name: (before[key].get(name, ""), after[key].get(name, ""), _unit(old, key, name))
            for name in names
            if before[key].get(name) != after[key].get(name)
        }
        if changes:
            found.changed.append(Changed(key, changes))
    found.reordered = common != [key for key in before if key in after]
    return found


def _unit(one: Filled, key: Key, name: str) -> str:
    if one.sheet.settings:
        column = one.sheet.settings.get(key[0]) if name.startswith("value") else None
    else:
        column = one.sheet.known.get(name)
    unit = column.unit if column is not None and column.numeric else ""
    return "" if unit in ("share", "ratio") else unit


def _record(one: SheetDiff) -> dict[str, Any]:
    def named(key: Key) -> dict[str, str]:
        return dict(zip(one.keys or ("row",), key, strict=False))

    return {
        "added": [{"key": named(key), "values": row} for key, row in one.added.items()],
        "removed": [{"key": named(key), "values": row} for key, row in one.removed.items()],
        "changed": [
            {
                "key": named(row.key),
                "columns": {
                    name: {"from": old, "to": new, "unit": unit} for name, (old, new, unit) in row.columns.items()
                },
            }
            for row in one.changed
        ],
        "reordered": one.reordered,
    }


def _lines(name: str, one: SheetDiff) -> Iterator[str]:
    counts = {"added": len(one.added), "removed": len(one.removed), "changed": len(one.changed)}
    parts = [f"{number:,} {what}" for what, number in counts.items() if number]
    yield f"\n{name}: " + ", ".join([*parts, *(["rows in another order"] if one.reordered else [])])
    values = [row for row in one.changed if not row.columns.keys() <= set(WORDS)]
    rows = [
        *(f"  + {_shown(key)}" for key in one.added),
        *(f"  - {_shown(key)}" for key in one.removed),
        *(f"  ~ {_shown(row.key)}: {_changes(row)}" for row in values),
    ]
    if len(values) < len(one.changed):
        names = sorted({name for row in one.changed if row not in values for name in row.columns})
        rows.append(f"  ~ {len(one.changed) - len(values):,} in nothing but {', '.join(names)}")
    yield from rows[:MOST_SHOWN]
    if len(rows) > MOST_SHOWN:
        yield f"  … and {len(rows) - MOST_SHOWN:,} more (--json gives all)"


def _shown(key: Key) -> str:
    return " · ".join(part for part in key if part) or "(no name)"


def _changes(row: Changed) -> str:
    values = [
        f"{name} {old or '(blank)'} → {new or '(blank)'}" + (f" {unit}" if unit else "")
        for name, (old, new, unit) in row.columns.items()
        if name not in WORDS
    ]
    return "; ".join([*values, *(name for name in row.columns if name in WORDS)])
