"""Changes of scenarios: what one is, which rows it chooses, what is wrong with it by itself; and the two sheets of a
workbook that hold scenarios, checked against the sheets they change.

What depends on earlier changes is judged here on the workbook as it stands, so only where those can't matter; the
application judges it again, on the workbook as changed so far.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from compute_lp.schema import Column, Problem
from planner.review.follow_on import ABSENT, EMPTY
from planner.wording import also
from planner.workbook.fill import Filled
from planner.workbook.folder import LOCATION
from planner.workbook.names import homes, suggestion
from planner.workbook.numbers import NUMBER, no_number
from planner.workbook.sheets import Sheet
from planner.workbook.units import UnitFault, Units
from planner.workbook.values import parse

Mask = npt.NDArray[np.bool_]
Faults = Iterator[tuple[str, str, str]]
"""Column of the change, message, and what would be right."""

TERM = re.compile(r"\s*([A-Za-z_0-9]+)\s*(!=|>=|<=|=|>|<)\s*(.*?)\s*", re.DOTALL)
GIVEN = re.compile(r"\s*([A-Za-z_0-9]+)\s*=\s*(.*?)\s*", re.DOTALL)
NEEDS_FIELD = ("set", "multiply", "add", "delay")
NEEDS_NUMBER = ("multiply", "add", "delay")
NO_INPUTS = ("scenarios", "scenario_changes", "assumptions", "decisions", "sources")
"""Sheets that say something about a workbook, and that no plan is made from."""
TWO_LEVERS = "changed by another lever too, in {}"
ONE_LEVER = "one lever for a cell, or another scenario"


@dataclass(frozen=True)
class Change:
    """One change of a scenario, as it is written; `cells` are the cells of its columns, by name."""

    scenario: str
    step: int
    lever: str
    sheet: str
    rows: str
    field: str
    change: str
    value: str
    unit: str
    source: str
    why: str
    cells: tuple[tuple[str, str], ...] = ()

    def cell(self, column: str) -> str:
        return dict(self.cells)[column]


class SelectorFault(ValueError):
    """A choice of rows, or the cells of a row, that can't be read, and what could be written instead."""

    def __init__(self, message: str, right: str):
        super().__init__(message)
        self.right = right


def select(sheet: Sheet, frame: pd.DataFrame, rows: str) -> Mask:
    """The rows of a table that a text such as `country=GB,FR; start>=2028` chooses; all for a blank one.

    Terms join by and, names separated by commas by or; text compares as text, so that months compare by date, and
    blank cells are neither before nor after. Raises SelectorFault.
    """
    chosen = np.ones(len(frame), dtype=bool)
    for name, operator, value in _terms(rows):
        if name not in frame:
            raise SelectorFault(f"{name!r} is no column of {sheet.name}", suggestion(name, list(sheet.declared)))
        chosen &= _compare(frame[name], operator, value, sheet.known[name])
    return chosen


def _terms(rows: str) -> list[tuple[str, str, str]]:
    """Column, operator and value of each term. Raises SelectorFault."""
    terms = []
    for term in filter(str.strip, rows.split(";")):
        found = TERM.fullmatch(term)
        if found is None:
            raise SelectorFault(f"{term.strip()!r} chooses no rows", "column=name,name; column>=value")
        terms.append((found[1], found[2], found[3]))
    return terms


def _compare(cells: pd.Series[str], operator: str, value: str, column: Column) -> Mask:
    texts = [v.strip() for v in value.split(",")] if operator in ("=", "!=") else [value]
    wanted: list[float] | list[str] = texts
    if column.numeric:
        bad = next((t for t in texts if not NUMBER.fullmatch(t)), None)
        if bad is not None:
            raise SelectorFault(f"{bad!r} is no number, and {column.name} holds numbers", f"a number in {column.unit}")
        wanted = [float(t) for t in texts]
    if operator in ("=", "!="):
        among = cells.isin(wanted).to_numpy(dtype=bool)
        return among if operator == "=" else ~among
    own = cells.to_numpy()
    compared = {">=": np.greater_equal, "<=": np.less_equal, ">": np.greater, "<": np.less}[operator](own, wanted[0])
    return np.asarray(compared if column.numeric else compared & (own != ""), dtype=bool)


def given_cells(sheet: Sheet, value: str) -> dict[str, str]:
    """The cells of a row to be added, as `site=oslo; max_it_mw=50` states them. Raises SelectorFault."""
    cells: dict[str, str] = {}
    for part in filter(str.strip, value.split(";")):
        found = GIVEN.fullmatch(part)
        if found is None:
            raise SelectorFault(f"{part.strip()!r} gives no cell", "column=value; column=value")
        if found[1] not in sheet.known:
            raise SelectorFault(f"{found[1]!r} is no column of {sheet.name}", suggestion(found[1], list(sheet.known)))
        if found[1] in cells:
            raise SelectorFault(f"{found[1]} is given twice", "each column once")
        cells[found[1]] = found[2]
    return cells


def target(change: Change, sheet: Sheet) -> Column | None:
    """The column or setting that is changed; None where there is none of that name."""
    return (sheet.settings or sheet.known).get(change.field)


def amount(change: Change, column: Column, units: Units) -> float:
    """The number a sound change is made with: a factor, months, or an amount in the column's unit."""
    value = parse(Column("value", ""), [change.value], text_only=True, factor=_factor(change, column, units)).values[0]
    return float(value)


def _factor(change: Change, column: Column, units: Units) -> float:
    """From the unit of the change to the one it is made in. Raises UnitFault."""
    wanted = {"multiply": "ratio", "delay": "months"}.get(change.change, column.unit)
    return units.factor(change.unit, wanted) if change.unit else 1.0


def change_faults(change: Change, filled: Mapping[str, Filled], units: Units) -> Faults:
    """What is wrong with a change whatever rows there are."""
    if change.sheet not in filled:
        yield "sheet", "no such sheet", suggestion(change.sheet, [name for name in filled if name not in NO_INPUTS])
        return
    if change.sheet in NO_INPUTS:
        yield "sheet", f"{change.sheet} is no input of the plan, so no scenario changes it", "a sheet of inputs"
        return
    sheet = filled[change.sheet].sheet
    if sheet.settings and change.rows:
        yield "rows", f"{sheet.name} has one row a setting, and its field names it", "leave rows blank"
    if change.change not in NEEDS_FIELD:
        yield from _row_faults(change, sheet)
        return
    fields = sheet.settings or sheet.known
    column = target(change, sheet)
    if not change.field:
        yield "field", f"{change.change} needs a field", "the column that is changed"
    elif column is None:
        others = homes(change.field, {name: filled[name].sheet for name in filled if name not in NO_INPUTS})
        yield "field", f"no such column in {change.sheet}", others or suggestion(change.field, list(fields))
    elif sheet.settings and change.field == LOCATION:
        yield "field", "no input, but where inputs lie", "change the sheet profiles"
    else:
        yield from _value_faults(change, column, units)


def _row_faults(change: Change, sheet: Sheet) -> Faults:
    """What is wrong with a change that removes or appends rows."""
    what = change.change
    if sheet.settings:
        yield "change", f"{sheet.name} holds settings, which none can {what}", "set; a blank value takes the default"
        return
    if change.field:
        right = (
            "leave field blank, or set a blank value" if what == "remove" else "leave field blank; value names columns"
        )
        yield "field", f"{what} is of whole rows, so it has no field", right
    if change.unit:
        yield "unit", f"{what} has no unit", "leave unit blank"
    if what == "remove":
        if change.value:
            yield "value", "remove is of whole rows, so it has no value", "leave value blank, or set"
        return
    try:
        cells = given_cells(sheet, change.value)
    except SelectorFault as fault:
        yield "value", str(fault), fault.right
        return
    if not cells:
        yield "value", "a row without cells", "column=value; column=value"
    for name, text in cells.items():
        for told in parse(sheet.known[name], [text], text_only=True).faults:
            yield "value", f"{name} of {text!r}: {told.message}", told.right


def _value_faults(change: Change, column: Column, units: Units) -> Faults:
    what, value = change.change, change.value
    dated = column.kind in ("month", "date")
    if what in ("multiply", "add") and not column.numeric:
        yield "change", f"{what} needs a column of numbers, and {column.name} holds none", "set"
        return
    if what == "delay" and not dated and column.unit != "months":
        message = f"delay needs a date or a column in months, and {column.name} is neither"
        yield "change", message, "set, add or multiply"
        return
    if change.unit and not column.numeric and what != "delay":
        yield "unit", f"{column.name} holds no numbers", "leave unit blank"
        return
    try:
        factor = _factor(change, column, units)
    except UnitFault as fault:
        right = fault.right or f"{'months' if what == 'delay' else column.unit}, or another unit of the same kind"
        yield "unit", str(fault), "leave unit blank: a factor has none" if what == "multiply" else right
        return
    if what in NEEDS_NUMBER or (what == "set" and column.numeric and value):
        if not NUMBER.fullmatch(value):
            unit = "" if what == "multiply" else "months" if what == "delay" else column.unit
            yield "value", *no_number(value, f"a number{' in ' + unit if unit else ''}")
        elif what == "delay" and dated and not amount(change, column, units).is_integer():
            yield "value", "no whole number of months", "dates are by the month"
        elif what == "set":
            yield from _faults_of(column, value, factor)
    elif value:
        yield from _faults_of(column, value, 1.0)
    elif column.required:
        yield "value", f"a blank empties the cell, and {column.name} has no default", "a value"


def _faults_of(column: Column, value: str, factor: float) -> Faults:
    """A value that the column itself could not hold."""
    for fault in parse(column, [value], text_only=True, factor=factor).faults:
        yield "value", fault.message, fault.right


def match_faults(change: Change, one: Filled) -> Faults:
    """What is wrong with the rows a change chooses among those there are."""
    if one.sheet.settings or (change.change == "append" and not change.rows):
        return
    if one.frame.empty:
        yield "sheet", ABSENT if one.grid is None else EMPTY, "put it back, or delete the changes of it"
        return
    try:
        matches = select(one.sheet, one.frame, change.rows).any()
    except SelectorFault as fault:
        yield "rows", str(fault), fault.right
        return
    idle = list(_idle_names(one.frame, change.rows))
    if matches:
        yield from idle
    else:
        nearest = next((right for _, _, right in idle if right), "a choice of rows that there are")
        yield "rows", f"matches no row of {change.sheet}", also(nearest, "blank: all rows")


def _idle_names(frame: pd.DataFrame, rows: str) -> Faults:
    """Names that choose nothing."""
    for column, operator, value in _terms(rows):
        if operator != "=" or frame[column].dtype == np.float64:
            continue
        existing = list(dict.fromkeys(frame[column]))
        for name in (part.strip() for part in value.split(",")):
            if name not in existing:
                yield "rows", f"{name} stands in no row", suggestion(name, [name for name in existing if name])


def changes_of(changes: Filled) -> list[Change]:
    """The rows of the sheet `scenario_changes`, in their order; a change without a lever has its scenario's name."""
    columns = list(changes.sheet.declared)
    return [
        Change(
            **{name: str(row[name]) for name in columns if name not in ("step", "lever")},
            step=0 if np.isnan(row["step"]) else int(row["step"]),
            lever=str(row["lever"] or row["scenario"]),
            cells=tuple((name, changes.cell(i, name)) for name in columns),
        )
        for i, row in enumerate(changes.frame[columns].to_dict("records"))
    ]


def parents_of(scenarios: Filled) -> dict[str, list[str]]:
    """Parents of each scenario, in the order they are applied."""
    pairs = zip(scenarios.frame["scenario"], scenarios.frame["parents"], strict=True)
    return {name: [parent.strip() for parent in text.split("+") if parent.strip()] for name, text in pairs}


def lineage(name: str, parents: Mapping[str, Sequence[str]]) -> list[str]:
    """A scenario with all it is built on, in the order they are applied, each once: parents first, itself last."""
    order: dict[str, None] = {}
    entered = {name}
    ahead = [(name, iter(parents.get(name, ())))]
    while ahead:
        one, rest = ahead[-1]
        parent = next((parent for parent in rest if parent not in entered), None)
        if parent is None:
            order[one] = None
            ahead.pop()
        else:
            entered.add(parent)
            ahead.append((parent, iter(parents.get(parent, ()))))
    return list(order)


def scenario_problems(filled: Mapping[str, Filled], units: Units) -> Iterator[Problem]:
    """What is wrong with the sheets `scenarios` and `scenario_changes`."""
    if "scenarios" not in filled or "scenario_changes" not in filled:
        return
    parents = parents_of(filled["scenarios"])
    yield from _orphans(filled["scenarios"], parents)
    yield from _loops(filled["scenarios"], parents)
    sheet = filled["scenario_changes"]
    changes = changes_of(sheet)
    yield from _two_levers(filled, changes, parents)
    for i, change in enumerate(changes):
        if any(sheet.bad[name][i] for name in ("scenario", "sheet", "field", "change")):
            continue
        faults = list(change_faults(change, filled, units))
        if change.sheet in filled and all(name not in ("sheet", "rows", "change") for name, _, _ in faults):
            before = [c for c in changes if c is not change and c.scenario in lineage(change.scenario, parents)]
            if not unsettled(change, before):
                faults += match_faults(change, filled[change.sheet])
        for name, message, right in faults:
            value = getattr(change, name) or None
            yield Problem(sheet.sheet.name, message, i, name, value, right, cell=change.cell(name))


def unsettled(change: Change, others: Collection[Change]) -> bool:
    """Whether other changes may decide which rows this one chooses."""
    try:
        names = {name for name, _, _ in _terms(change.rows)}
    except SelectorFault:
        return False
    return any(c.sheet == change.sheet and (c.change == "append" or c.field in names) for c in others)


def _orphans(scenarios: Filled, parents: Mapping[str, list[str]]) -> Iterator[Problem]:
    for i, name in enumerate(scenarios.frame["scenario"]):
        for parent in parents[name]:
            if parent not in parents:
                where = scenarios.cell(i, "parents")
                right = suggestion(parent, list(parents))
                yield Problem("scenarios", "no such scenario", i, "parents", parent, right, cell=where)


def _loops(scenarios: Filled, parents: Mapping[str, list[str]]) -> Iterator[Problem]:
    """Each loop once, at the first of its scenarios."""
    told: set[str] = set()
    for i, name in enumerate(scenarios.frame["scenario"]):
        back = [parent for parent in parents[name] if name in lineage(parent, parents)]
        if name and back and name not in told:
            told |= set(lineage(name, parents))
            where = scenarios.cell(i, "parents")
            right = f"{name} must not stand among the parents of its own parents"
            yield Problem("scenarios", "a loop of parents", i, "parents", back[0], right, cell=where)


def _two_levers(
    filled: Mapping[str, Filled], changes: Sequence[Change], parents: Mapping[str, list[str]]
) -> Iterator[Problem]:
    """Cells that two levers of one scenario change, told at the later change; where they come from two parents, at
    the first scenario that joins them."""
    chosen: dict[int, Mask] = {}
    for i, change in enumerate(changes):
        if change.sheet in filled and change.field:
            one = filled[change.sheet]
            try:
                chosen[i] = select(one.sheet, one.frame, "" if one.sheet.settings else change.rows)
            except SelectorFault:
                continue  # told by itself
    told: set[tuple[int, int]] = set()
    named = list(parents)
    for name in sorted(named, key=lambda name: len(lineage(name, parents))):
        at = named.index(name)
        order = {scenario: k for k, scenario in enumerate(lineage(name, parents))}
        own = sorted((i for i in chosen if changes[i].scenario in order), key=lambda i: order[changes[i].scenario])
        for k, i in enumerate(own):
            other = next((j for j in own[:k] if _clash(changes[i], changes[j]) and (chosen[i] & chosen[j]).any()), None)
            if other is None or (other, i) in told:
                continue
            told.add((other, i))
            if changes[i].scenario == name:
                message, where = TWO_LEVERS.format(changes[other].cell("field")), changes[i].cell("field")
                field = changes[i].field
                yield Problem("scenario_changes", message, i, "field", field, ONE_LEVER, "warning", where)
            else:
                both = f"{changes[i].field} of {changes[i].sheet} by the levers {changes[other].lever}"
                message = f"its parents change {both} and {changes[i].lever}, one after the other"
                where = filled["scenarios"].cell(at, "parents")
                yield Problem("scenarios", message, at, "parents", None, ONE_LEVER, "warning", where)


def _clash(one: Change, other: Change) -> bool:
    return (one.sheet, one.field) == (other.sheet, other.field) and one.lever != other.lever
