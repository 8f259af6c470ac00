"""Scenario sheets checked against the workbook they change: parents, sheets, fields, and rows that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from compute_lp.schema import Column, Problem
from planner.workbook.fill import Filled
from planner.workbook.names import suggestion
from planner.workbook.numbers import NUMBER
from planner.workbook.sheets import Sheet
from planner.workbook.units import UnitFault, Units
from planner.workbook.values import parse

TERM = re.compile(r"\s*([A-Za-z_0-9]+)\s*(!=|>=|<=|=|>|<)\s*(.*?)\s*", re.DOTALL)
NEEDS_FIELD = ("set", "multiply", "add", "delay")
NEEDS_NUMBER = ("multiply", "add", "delay")


class SelectorFault(ValueError):
    """A choice of rows that can't be read, and what could be written instead."""

    def __init__(self, message: str, right: str):
        super().__init__(message)
        self.right = right


def select(sheet: Sheet, frame: pd.DataFrame, rows: str) -> npt.NDArray[np.bool_]:
    """The rows of a table that a text such as `country=GB,FR; start>=2028` chooses; all for a blank one.

    Terms join by and, names separated by commas by or; text compares as text, so that months compare by date.
    Raises SelectorFault.
    """
    chosen = np.ones(len(frame), dtype=bool)
    for term in filter(str.strip, rows.split(";")):
        found = TERM.fullmatch(term)
        if found is None:
            raise SelectorFault(f"{term.strip()!r} chooses no rows", "column=name,name; column>=value")
        name, operator, value = found.groups()
        if name not in frame:
            raise SelectorFault(f"{name!r} is no column of {sheet.name}", suggestion(name, list(sheet.declared)))
        chosen &= _compare(frame[name], operator, value, sheet.known[name])
    return chosen


def _compare(cells: pd.Series[str], operator: str, value: str, column: Column) -> npt.NDArray[np.bool_]:
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
    return np.asarray(compared, dtype=bool)


def scenario_problems(filled: Mapping[str, Filled], units: Units) -> Iterator[Problem]:
    """What is wrong with the sheets `scenarios` and `scenario_changes`."""
    if "scenarios" not in filled or "scenario_changes" not in filled:
        return
    parents = _parents(filled["scenarios"])
    yield from _orphans(filled["scenarios"], parents)
    yield from _loops(filled["scenarios"], parents)
    changes = filled["scenario_changes"]
    yield from _two_levers(filled)
    appended = {(row.scenario, row.sheet) for row in changes.frame.itertuples() if row.change == "append"}
    for i, row in enumerate(changes.frame.to_dict("records")):
        if any(changes.bad[name][i] for name in ("scenario", "sheet", "field", "change")):
            continue
        lineage = _lineage(str(row["scenario"]), parents)
        grows = any((scenario, row["sheet"]) in appended for scenario in lineage)
        for name, message, right in _change_faults({str(k): str(v) for k, v in row.items()}, filled, units, grows):
            yield Problem(changes.sheet.name, message, i, name, row[name] or None, right, cell=changes.cell(i, name))


def _parents(scenarios: Filled) -> dict[str, list[str]]:
    """Parents of each scenario, in the order they are applied."""
    pairs = zip(scenarios.frame["scenario"], scenarios.frame["parents"], strict=True)
    return {name: [parent.strip() for parent in text.split("+") if parent.strip()] for name, text in pairs}


def _orphans(scenarios: Filled, parents: Mapping[str, list[str]]) -> Iterator[Problem]:
    for i, name in enumerate(scenarios.frame["scenario"]):
        for parent in parents[name]:
            if parent not in parents:
                where = scenarios.cell(i, "parents")
                right = suggestion(parent, list(parents))
                yield Problem("scenarios", "no such scenario", i, "parents", parent, right, cell=where)


def _lineage(name: str, parents: Mapping[str, list[str]]) -> set[str]:
    """A scenario with all it is built on."""
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        one = ahead.pop()
        if one not in seen:
            seen.add(one)
            ahead += parents.get(one, [])
    return seen


def _loops(scenarios: Filled, parents: Mapping[str, list[str]]) -> Iterator[Problem]:
    """Each loop once, at the first of its scenarios."""
    told: set[str] = set()
    for i, name in enumerate(scenarios.frame["scenario"]):
        back = [parent for parent in parents[name] if name in _lineage(parent, parents)]
        if name and back and name not in told:
            told |= _lineage(name, parents)
            where = scenarios.cell(i, "parents")
            right = f"{name} must not stand among the parents of its own parents"
            yield Problem("scenarios", "a loop of parents", i, "parents", back[0], right, cell=where)


def _change_faults(
    row: Mapping[str, str], filled: Mapping[str, Filled], units: Units, grows: bool
) -> Iterator[tuple[str, str, str]]:
    """Column, message and right for what is wrong with one change."""
    if row["sheet"] not in filled:
        yield "sheet", "no such sheet", suggestion(row["sheet"], list(filled))
        return
    target = filled[row["sheet"]]
    fields = target.sheet.settings or target.sheet.known
    change, name = row["change"], row["field"]
    column = fields.get(name)
    if change in NEEDS_FIELD and not name:
        yield "field", f"{change} needs a field", "the column that is changed"
    elif name and column is None:
        yield "field", f"no such column in {row['sheet']}", suggestion(name, list(fields))
    if column is not None:
        yield from _value_faults(row, column, units)
    if change == "append":
        return
    try:
        matches = select(target.sheet, target.frame, row["rows"]).any()
    except SelectorFault as fault:
        yield "rows", str(fault), fault.right
        return
    if not matches and not grows:
        right = "names that stand in the sheet, or leave it blank for all rows"
        yield "rows", f"matches no row of {row['sheet']}", right
    elif not grows:
        yield from _idle_names(target.frame, row["rows"])


def _idle_names(frame: pd.DataFrame, rows: str) -> Iterator[tuple[str, str, str]]:
    """Names among several that choose nothing."""
    for term in filter(str.strip, rows.split(";")):
        found = TERM.fullmatch(term)
        if found is None or found[2] != "=" or frame[found[1]].dtype == np.float64:
            continue
        existing = list(dict.fromkeys(frame[found[1]]))
        for name in (part.strip() for part in found[3].split(",")):
            if name not in existing:
                yield "rows", f"{name} stands in no row", suggestion(name, existing)


def _two_levers(filled: Mapping[str, Filled]) -> Iterator[Problem]:
    """Cells that two levers of one scenario change, so that neither can be told apart."""
    changes = filled["scenario_changes"]
    seen: dict[tuple[str, str, str], list[tuple[str, int, npt.NDArray[np.bool_]]]] = {}
    for i, row in enumerate(changes.frame.itertuples()):
        if row.sheet not in filled or not row.field:
            continue
        target = filled[str(row.sheet)]
        try:
            chosen = select(target.sheet, target.frame, str(row.rows))
        except SelectorFault:
            continue  # told already
        before = seen.setdefault((str(row.scenario), str(row.sheet), str(row.field)), [])
        other = next((at for lever, at, rows in before if lever != row.lever and (rows & chosen).any()), None)
        if other is not None:
            message = f"changed by another lever too, in {changes.cell(other, 'field')}"
            right, where = "one lever for a cell, or another scenario", changes.cell(i, "field")
            yield Problem("scenario_changes", message, i, "field", row.field, right, "warning", where)
        before.append((str(row.lever), i, chosen))


def _set_faults(row: Mapping[str, str], column: Column, units: Units) -> Iterator[tuple[str, str, str]]:
    """A value that the column itself could not hold."""
    factor = 1.0
    if row["unit"] and column.numeric:
        try:
            factor = units.factor(row["unit"], column.unit)
        except UnitFault:
            return  # told at the unit
    for fault in parse(column, [row["value"]], text_only=True, factor=factor).faults:
        yield "value", fault.message, fault.right


def _value_faults(row: Mapping[str, str], column: Column, units: Units) -> Iterator[tuple[str, str, str]]:
    change, value = row["change"], row["value"]
    if change in ("multiply", "add") and not column.numeric:
        yield "change", f"{change} needs a column of numbers, and {column.name} holds none", "set"
    elif change == "delay" and column.kind not in ("month", "date") and column.unit != "months":
        yield (
            "change",
            f"delay needs a date or a column in months, and {column.name} is neither",
            "set, add or multiply",
        )
    elif (change in NEEDS_NUMBER or (change == "set" and column.numeric and value)) and not NUMBER.fullmatch(value):
        yield "value", "no number", f"a number{' in ' + column.unit if column.unit and change != 'multiply' else ''}"
    elif change == "set" and value:
        yield from _set_faults(row, column, units)
    if row["unit"] and column.numeric and change != "multiply":
        try:
            units.factor(row["unit"], column.unit)
        except UnitFault as fault:
            yield "unit", str(fault), fault.right or f"{column.unit}, or another unit of the same kind"
