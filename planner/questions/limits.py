"""A row of the programme in the workbook's terms: what it says, of what, its limit, and the cells that state it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compute_lp.grid import LEAD_COLUMN
from compute_lp.limits import LIMITS, MATCHED
from compute_lp.schema import Inputs
from planner.results import labels

LEAD = "grid_offers.lead_months"
"""Of its three columns the one that the setting grid_delay chooses states the limit."""
BLANK_SAYS = frozenset({"workloads.unserved_usd_per_mtoken"})
"""Fields whose blank is a statement: what has no price when unserved must be served."""


@dataclass(frozen=True)
class Cell:
    """A cell of the workbook: where it stands, its field and what it says ("" where blank)."""

    where: str
    field: str
    value: str

    def __str__(self) -> str:
        if f"column {self.field}" in self.where:
            return f"{self.where} ({self.value or 'blank'})"
        return f"{self.where} ({self.field} {self.value})" if self.value else f"{self.where} ({self.field}, blank)"


@dataclass(frozen=True)
class Limit:
    """`name`: the constraint, qualified. `keys`: what it speaks of. `lower`, `upper`: of its right-hand side, in
    `unit`; infinite where there is none."""

    name: str
    keys: Mapping[str, Any]
    meaning: str
    unit: str
    lower: float
    upper: float
    cells: tuple[Cell, ...]

    @property
    def stated(self) -> bool:
        """Does a cell of the workbook state it?"""
        return bool(self.cells)

    @property
    def subject(self) -> str:
        """What it speaks of, as people say it: "slough, stage 1, 2028"."""
        return ", ".join(
            f"{key} {value}" if key in ("stage", "slice", "segment") else str(value) for key, value in _shown(self)
        )

    def sentence(self) -> str:
        """What it says, and where."""
        cells = "; ".join(map(str, self.cells))
        return f"{self.subject}: {self.meaning}" + (f": {cells}" if cells else "")


def _shown(limit: Limit) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in limit.keys.items() if value != ""]


def limits_of(plan: Any, rows: Sequence[int]) -> list[Limit]:
    """Rows of a plan's arrays, by position, in the workbook's terms; the order is kept."""
    found: dict[int, Limit] = {}
    wanted = np.sort(np.asarray(rows, dtype=np.int64))
    for name, block in plan.arrays.rows.items():
        inside = wanted[(wanted >= block.start) & (wanted < block.start + block.size)]
        if not inside.size:
            continue
        unit, _, meaning = str(plan.model.find_component(name).doc).removeprefix("[").partition("] ")
        keys = labels(plan, block.index).iloc[inside - block.start] if block.index.bases else None
        for position, row in enumerate(inside.tolist()):
            of = {} if keys is None else {str(key): value for key, value in keys.iloc[position].items()}
            found[row] = Limit(
                name=name,
                keys=of,
                meaning=meaning,
                unit=unit,
                lower=float(plan.arrays.row_lower[row]),
                upper=float(plan.arrays.row_upper[row]),
                cells=tuple(cells_of(plan.inputs, name, of)),
            )
    return [found[int(row)] for row in rows]


def cells_of(inputs: Inputs, name: str, keys: Mapping[str, Any]) -> list[Cell]:
    """The cells that state a row of the constraint `name`, of the things named by `keys`."""
    fields = ("export_rules.matched_investment",) if name.startswith(MATCHED) else LIMITS.get(name, ())
    return [cell for field in fields for cell in _cells(inputs, field, keys)]


def _cells(inputs: Inputs, field: str, keys: Mapping[str, Any]) -> list[Cell]:
    sheet, _, column = field.partition(".")
    column, _, policy = column.removesuffix("]").partition("[")
    if field == LEAD:
        column = LEAD_COLUMN[inputs.settings["grid_delay"]]
    frame = inputs[sheet]
    matching = np.ones(len(frame), dtype=bool)
    if policy:
        matching &= (frame["policy"] == policy).to_numpy()
    for key, value in keys.items():
        if key in frame.columns and key != column:
            there = frame[key].map(_text).to_numpy()
            matching &= (there == _text(value)) | ((there == "") & (key == "period"))
    found = []
    for row in np.flatnonzero(matching):
        value = frame[column].iloc[int(row)]
        shown = "" if value == "" or value != value else value if isinstance(value, str) else f"{float(value):,.6g}"
        where = inputs.cells[sheet](int(row), column) if sheet in inputs.cells else f"{sheet}.{column}"
        if shown or field in BLANK_SAYS:
            found.append(Cell(str(where), column, str(shown)))
    return found


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)
