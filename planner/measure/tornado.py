"""What each range of the workbook is worth: estimated for all, measured by solving again for those worth most.

estimate   By the envelope theorem the optimum of a linear programme changes, to first order, as its Lagrangian does at
           the optimal x and y (Gauvin 1979; Milgrom and Segal 2002; of coefficients in rows: Freund 1985). With
           d = c - A'y, both y and d split into what prices the lower and the upper side of a row and of a column,

               change = Δoffset + Δc x - y ΔA x + y⁺ Δb_low - y⁻ Δb_high + d⁺ Δl - d⁻ Δu

           Exact as long as the basis stays optimal and rows' coefficients stay; as a function of limits alone the
           optimum is convex, so that for them the estimate is a lower bound, and of costs alone it is concave, so that
           it is an upper one. Where prices aren't the only ones, it holds for one direction.
           Rows and columns are matched by their names, as positions shift.
trust      An estimate says nothing where what vanishes was used or had a price, where what is new would be used or
           cuts the optimum off, or where a limit without a price now cuts it off. Those ranges are ranked by a guess
           from above instead: what is cut off at its price, what is new as large as anything of its block.
measure    The difference of two proven optima with fractions in place of whole numbers, of the `most` ranges with the
           largest estimate and of up to `MOST_UNTRUSTED` others whose estimate can't be trusted.

Both are changes of the objective: cost with the value of what stays unserved or, of the most served, value served.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from compute_lp.schema import Floats, InputError, Mask
from planner.compare.laboratory import Laboratory
from planner.measure.finished import each
from planner.measure.ranges import Range
from planner.measure.source import Assumptions, Optimum
from planner.questions.again import Unusable
from planner.solve.carry import ABSENT, Places
from planner.wording import NOTABLE

if TYPE_CHECKING:
    from compute_lp.family import Arrays

COLUMNS: Mapping[str, str] = {
    "sheet": "str",
    "field": "str",
    "label": "str",
    "cells": "int64",
    "end": "str",
    "estimate_musd": "float64",
    "trusted": "str",
    "measured_musd": "float64",
}
"""`trusted`: whether the estimate is of the first order and nothing is cut off, yes or no."""
MOST = 12
MOST_UNTRUSTED = 6
ESTIMATES, MEASURES = "estimates", "ranges solved again"


@dataclass(frozen=True)
class Estimate:
    """First-order change of the least cost, MUSD; a guess of what it leaves out, 0 where it can be trusted."""

    musd: float
    trusted: bool
    guess_musd: float


def tornado(
    lab: Laboratory, source: Assumptions, folder: Path, *, most: int = MOST
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The table, the field whose ends move the objective most first; and, by what an end is called, why it is left out
    of it or isn't measured. Results of single programmes are kept in `folder`."""
    ends = {one.name(end): (one, end) for one in source.ranges for end in one.ends}
    estimates = each(lab, estimated_end, list(ends), ESTIMATES, folder)
    told = {name: str(found["refused"]) for name, found in estimates.items() if "refused" in found}
    ends = {name: end for name, end in ends.items() if name not in told}
    picked = chosen(source.ranges, estimates, most)
    names = [name for name, (one, _) in ends.items() if one in picked]
    measures = each(lab, measured_end, names, MEASURES, folder)
    told |= {name: str(found["why"]) for name, found in measures.items() if "why" in found}
    rows = [
        {
            "sheet": one.sheet,
            "field": one.field,
            "label": one.label,
            "cells": one.cells,
            "end": end,
            "estimate_musd": estimates[name]["musd"],
            "trusted": "yes" if estimates[name]["trusted"] else "no",
            "measured_musd": measures.get(name, {}).get("musd", np.nan),
        }
        for name, (one, end) in ends.items()
    ]
    return _in_order(pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict(COLUMNS))), told


def chosen(ranges: Sequence[Range], estimates: Mapping[str, Mapping[str, Any]], most: int) -> Collection[Range]:
    """The ranges that are measured."""
    found = {
        one: [estimates[one.name(end)] for end in one.ends if "refused" not in estimates[one.name(end)]]
        for one in ranges
    }
    size = {one: max((abs(end["musd"]) for end in ends), default=0.0) for one, ends in found.items()}
    guess = {
        one: max((end["guess_musd"] for end in ends if not end["trusted"]), default=0.0) for one, ends in found.items()
    }
    largest = sorted((one for one in found if size[one] > NOTABLE), key=lambda one: -size[one])[:most]
    open_ones = (one for one, ends in found.items() if one not in largest and not all(end["trusted"] for end in ends))
    others = sorted(open_ones, key=lambda one: -guess[one])
    return [*largest, *others[:MOST_UNTRUSTED]]


def estimated_end(lab: Laboratory, name: str) -> dict[str, Any]:
    """The estimate of an end, or why the workbook's own checks refuse it."""
    source = lab.source
    assert isinstance(source, Assumptions)
    at = source.optimum(lab)
    try:
        arrays = lab.programme(name).compared
    except InputError as fault:
        return {"refused": str(fault.problems[0])}
    found = first_order(at, arrays)
    sign = -1.0 if lab.most_served else 1.0
    return {"musd": sign * found.musd + 0.0, "trusted": found.trusted, "guess_musd": found.guess_musd}


def measured_end(lab: Laboratory, name: str) -> dict[str, Any]:
    """The change of the objective at an end, infinite where it has no plan; or why it isn't known."""
    source = lab.source
    assert isinstance(source, Assumptions)
    at = source.optimum(lab)
    try:
        found = lab.solved(lab.programme(name).compared, lab.start)
    except Unusable as fault:
        return {"why": str(fault)}
    if not found.x.size:
        return {"musd": np.inf, "why": "there is no plan at it"}
    sign = -1.0 if lab.most_served else 1.0
    return {"musd": sign * (found.objective - at.objective) + 0.0}


def first_order(at: Optimum, new: Arrays) -> Estimate:
    """The change of the least cost from an optimum's programme to another one, as the module says."""
    old = at.arrays
    places = Places.of(old, new)
    columns, rows = places.columns, places.rows
    had, kept = columns != ABSENT, rows != ABSENT
    x, y = np.where(had, at.x[columns], 0.0), np.where(kept, at.row_dual[rows], 0.0)
    reduced = np.where(had, (old.cost - old.matrix.T @ at.row_dual)[columns], 0.0)
    gone = np.ones(len(old.lower), dtype=np.bool_)
    gone[columns[had]] = False
    lost = np.ones(len(old.row_lower), dtype=np.bool_)
    lost[rows[kept]] = False
    amount, activity = np.where(gone, 0.0, at.x), np.asarray(new.matrix @ x)
    before = np.asarray(old.matrix @ amount)

    shifted = np.where(kept, np.abs(activity - before[rows]) > NOTABLE, False)
    row_sides = _sides(old.row_lower, old.row_upper, new.row_lower, new.row_upper, rows, y, activity, shifted)
    column_sides = _sides(old.lower, old.upper, new.lower, new.upper, columns, reduced, x, np.zeros_like(had))
    musd = new.offset - old.offset
    musd += float(np.where(had, new.cost - old.cost[columns], 0.0) @ x)
    musd -= float(y @ np.where(kept, activity - before[rows], 0.0))
    musd += row_sides.musd + column_sides.musd

    missing = np.abs(old.cost * at.x)[gone & (np.abs(at.x) > NOTABLE)].sum()
    missing += np.abs(at.row_dual * np.asarray(old.matrix @ at.x))[lost].sum()
    worth = np.where(had, 0.0, np.maximum(-(new.cost - new.matrix.T @ y), 0.0))
    more = float(worth @ _largest(at, new))
    cut = float(column_sides.cut @ np.abs(new.cost)) + _cut_rows(new, row_sides.cut)
    used = bool((gone & (np.abs(at.x) > NOTABLE)).any() or (lost & (np.abs(at.row_dual) > NOTABLE)).any())
    moved = row_sides.cut.any() or column_sides.cut.any() or row_sides.lifted_musd or column_sides.lifted_musd
    trusted = not (used or (worth > NOTABLE).any() or moved)
    guess = float(missing) + more + cut + row_sides.lifted_musd + column_sides.lifted_musd
    return Estimate(musd, trusted, 0.0 if trusted else guess)


@dataclass(frozen=True, eq=False)
class _Sides:
    """What moved limits are worth, by how much those without a price cut the optimum off, and what those with a price
    that are no more were worth."""

    musd: float
    cut: Floats
    lifted_musd: float


def _sides(
    old_lower: Floats,
    old_upper: Floats,
    lower: Floats,
    upper: Floats,
    places: Any,
    price: Floats,
    at: Floats,
    shifted: Mask,
) -> _Sides:
    """`shifted`: what stands elsewhere than at the optimum, though no limit of it has moved."""
    kept = places != ABSENT
    was_lower, was_upper = np.where(kept, old_lower[places], -np.inf), np.where(kept, old_upper[places], np.inf)
    worth, cut, lifted_musd = 0.0, np.zeros(len(lower)), 0.0
    for was, now, priced, over in (
        (was_lower, lower, np.maximum(price, 0.0), lower - at),
        (was_upper, upper, np.minimum(price, 0.0), at - upper),
    ):
        moved = was != now
        known = moved & np.isfinite(was) & np.isfinite(now)
        worth += float(priced[known] @ (now[known] - was[known]))
        lifted = moved & np.isfinite(was) & ~np.isfinite(now) & (np.abs(priced) > NOTABLE)
        lifted_musd += float(np.abs(priced[lifted] @ was[lifted]))
        unpriced = (moved | shifted) & ((np.abs(priced) <= NOTABLE) | (moved & ~known))
        cut = np.maximum(cut, np.where(unpriced & (over > NOTABLE * np.maximum(1.0, np.abs(at))), over, 0.0))
    return _Sides(worth, cut, lifted_musd)


def _largest(at: Optimum, new: Arrays) -> Floats:
    """Of each column, the largest amount of its block in the optimum."""
    found = np.zeros(len(new.lower))
    for name, block in new.columns.items():
        known = at.arrays.columns.get(name)
        if known is not None and known.size:
            found[block.slice] = np.abs(at.x[known.slice]).max()
    return found


def _cut_rows(new: Arrays, cut: Floats) -> float:
    """What is cut off by rows, at the dearest that a unit of the row can cost by a single column."""
    which = np.flatnonzero(cut)
    if not which.size:
        return 0.0
    entries = sp.csr_array(sp.csc_array(new.matrix).tocsr()[which]).tocoo()
    dearest = np.zeros(len(which))
    np.maximum.at(dearest, entries.row, np.abs(new.cost[entries.col] / entries.data))
    return float(dearest @ cut[which])


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Measured fields first, by the larger change of their ends; then the others by estimate; low before high."""
    known = table["measured_musd"].notna()
    size = table["measured_musd"].where(known, table["estimate_musd"]).abs()
    by = [table["sheet"], table["field"]]
    order = pd.DataFrame(
        {
            "estimated": ~known.groupby(by).transform("any"),
            "size": -size.groupby(by).transform("max"),
            "label": table["label"],
            "high": table["end"] == "high",
        }
    )
    return table.loc[order.sort_values([*map(str, order)], kind="stable").index].reset_index(drop=True)
