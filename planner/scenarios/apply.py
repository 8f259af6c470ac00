"""Changes made to a workbook: its inputs as they would be had it been typed that way, and what has changed in them.

purity      the workbook opened stays as it is; sheets that no change touches are shared with it
order       parents first, then by step; the later change counts on top of the earlier. Changes of `currencies` come
            before all others, so that one rate holds for the whole scenario
rows        chosen on the workbook as changed so far
set         a blank value empties the cell, which then takes its default; a cell that takes its default from another
            column follows that column's change
multiply,   of a blank cell: of the default it takes. Where blank means something of its own, as no limit, it stays
add, delay  blank: twice no limit is no limit. A change none of whose cells has anything to change is an error
            Low and high ends that the programme reads beside a column (`lead_months_low`) move along with it, unless
            a change of the scenario moves them itself; other estimates stay
delay       dates by whole months, columns in months by months; a negative delay is an earlier date
remove      takes along rows of other sheets whose key names what is gone. What else refers to it is an error
append      a row at the end of the sheet, or a copy of each chosen row there; `value` gives cells of its own
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass

import numpy as np
import pandas as pd

from compute_lp.schema import Column, InputError, Inputs, Problem
from planner.review.scenario_check import (
    NO_INPUTS,
    ONE_LEVER,
    TWO_LEVERS,
    Change,
    amount,
    change_faults,
    given_cells,
    match_faults,
    select,
    target,
)
from planner.scenarios.change import Scenario
from planner.scenarios.draft import Draft
from planner.scenarios.log import change_log
from planner.scenarios.told import blamed, new_warnings
from planner.workbook import Opened, changed
from planner.workbook.check import dangling_references
from planner.workbook.units import UnitFault, Units
from planner.workbook.values import parse

ENDS = ("_low", "_high")
MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Applied:
    """The inputs of a scenario, without rates; the cells that it changes; and warnings that the base hasn't."""

    inputs: Inputs
    log: pd.DataFrame
    """A row for each cell that ends otherwise than it began, and for each row added or removed (`field` blank)."""
    warnings: tuple[Problem, ...]


class _Fault(Exception):
    """Why a change can't be made: the column of the change, the message, and what would be right."""


def applied(book: Opened, scenario: Scenario, levers: Collection[str] | None = None) -> Applied:
    """The workbook with a scenario's changes, or with those of some of its levers, made and checked.

    Of some levers, a change that finds nothing to act on does nothing, as what it acts on may be another lever's; a
    row that refers to one another lever adds is an error all the same.
    Raises InputError with the cell of each change at fault, all at once; with the workbook's own problems where it
    has any, as nothing can be made from it.
    """
    if book.findings.inputs is None:
        raise InputError(book.findings.problems)
    strange = set(levers or ()) - set(scenario.levers)
    if strange:
        raise ValueError(f"{scenario.name} has no lever {sorted(strange)[0]!r}; it has {', '.join(scenario.levers)}")
    changes = [change for change in scenario.changes if levers is None or change.lever in levers]
    by_itself = {(change.sheet, change.field) for change in scenario.changes}
    making = _Making(book, changes, by_itself, partial=levers is not None)
    making.make_all()
    if making.problems:
        raise InputError(making.problems)
    grids = {name: draft.grid() for name, draft in making.drafts.items() if draft.written}
    after = changed(book, grids) if grids else book
    if after.findings.inputs is None:
        raise InputError(blamed(after.findings.problems, after, making.drafts, changes))
    warned = blamed(new_warnings(book.findings.warnings, after.findings.warnings), after, making.drafts, changes)
    log = change_log(book, after, making.drafts, changes)
    return Applied(after.findings.inputs, log, (*making.warnings, *warned))


class _Making:
    """A workbook while changes are made to it."""

    def __init__(self, book: Opened, changes: Sequence[Change], by_itself: Set[tuple[str, str]], *, partial: bool):
        self.book, self.changes, self.partial = book, changes, partial
        self._by_itself = by_itself
        """Columns that some change of the scenario names, by sheet."""
        self.drafts: dict[str, Draft] = {}
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self._units = book.units
        self._text_only = any(raw.text_only for raw in book.source.raws.values())
        self._known = {p.cell for p in book.findings.warnings}

    def make_all(self) -> None:
        order = sorted(range(len(self.changes)), key=lambda n: self.changes[n].sheet != "currencies")
        for n in order:
            change = self.changes[n]
            if change.sheet != "currencies" and "currencies" in self.drafts and self._units is self.book.units:
                money = self.drafts["currencies"].filled.frame
                self._units = Units(dict(zip(money["currency"], money["usd"], strict=True)))
            filled = dict(self.book.filled)
            if change.sheet in filled and change.sheet not in NO_INPUTS:
                filled[change.sheet] = self._draft(change.sheet).filled
            faults = list(change_faults(change, filled, self._units))
            if not faults and not self.partial:
                faults = list(match_faults(change, filled[change.sheet]))
            try:
                if not faults:
                    self._make(n, change)
            except _Fault as fault:
                faults = [fault.args]
            except UnitFault as fault:
                faults = [("sheet", str(fault), fault.right)]
            for column, message, right in faults:
                value = getattr(change, column) or None
                problem = Problem("scenario_changes", message, None, column, value, right, cell=change.cell(column))
                self.problems.append(problem)

    def _draft(self, sheet: str) -> Draft:
        if sheet not in self.drafts:
            stale = self._units is not self.book.units
            base = self.book.filled[sheet]
            self.drafts[sheet] = Draft(base, self._units, text_only=self._text_only, stale=stale)
        return self.drafts[sheet]

    def _make(self, n: int, change: Change) -> None:
        """Makes a change that is sound by itself. Raises _Fault."""
        draft = self._draft(change.sheet)
        column = target(change, draft.sheet)
        if draft.sheet.settings and column is not None:
            old = draft.setting(change.field)
            if (value := self._changed(change, column, old)) is None:
                if self.partial:
                    return
                raise _nothing_to_change(change, column)
            self._warn_of_two(n, draft, [0])
            draft.put_setting(change.field, value, change.cell("value"), n)
            return
        rows = [] if change.change == "append" and not change.rows else self._chosen(change, draft)
        if change.change == "append":
            self._append(n, change, draft, rows)
        elif change.change == "remove":
            self._remove(n, change, draft, rows)
        elif column is not None and rows:
            self._write(n, change, draft, column, rows)

    @staticmethod
    def _chosen(change: Change, draft: Draft) -> list[int]:
        return [int(i) for i in np.flatnonzero(select(draft.sheet, draft.filled.frame, change.rows))]

    def _write(self, n: int, change: Change, draft: Draft, column: Column, rows: Sequence[int]) -> None:
        olds = draft.values(column.name)
        values = {row: value for row in rows if (value := self._changed(change, column, olds[row])) is not None}
        if not values and not self.partial:
            raise _nothing_to_change(change, column)
        self._warn_of_two(n, draft, [draft.ids[row] for row in values])
        cells = [(row, column.name, value) for row, value in values.items()]
        for end in self._ends(change, draft, column):
            given, own = draft.filled.given.get(end.name), draft.values(end.name)
            moved = ((row, self._changed(change, end, own[row])) for row in rows if given is not None and given[row])
            cells += [(row, end.name, value) for row, value in moved if value is not None]
        for row, name, value in cells:
            draft.put(row, name, value, n)

    def _ends(self, change: Change, draft: Draft, column: Column) -> list[Column]:
        """The low and high ends that move along with a column."""
        names = [f"{column.name}{end}" for end in ENDS] if change.change != "set" else []
        free = [name for name in names if (change.sheet, name) not in self._by_itself]
        return [draft.sheet.declared[name] for name in free if name in draft.sheet.declared]

    def _changed(self, change: Change, column: Column, old: float | str) -> float | str | None:
        """What a cell holds after a change, in the column's own unit; None where there is nothing to change."""
        what = change.change
        if what == "set":
            return amount(change, column, self._units) if column.numeric and change.value else change.value
        by = amount(change, column, self._units)
        if not column.numeric:
            return _later(str(old), int(by)) if old else None
        if math.isnan(float(old)):
            return None
        new = float(old) * by if what == "multiply" else float(old) + by
        if not math.isfinite(new):
            raise _Fault("value", f"makes {column.name} too large for a number", "a smaller one")
        return new

    def _append(self, n: int, change: Change, draft: Draft, rows: Sequence[int]) -> None:
        known = draft.sheet.known
        given = {
            name: float(parse(known[name], [text], text_only=True).values[0]) if known[name].numeric and text else text
            for name, text in given_cells(draft.sheet, change.value).items()
        }
        for copied in rows if change.rows else [None]:
            draft.append(copied, given, change.cell("value"), n)

    def _remove(self, n: int, change: Change, draft: Draft, rows: Sequence[int]) -> None:
        before = draft.filled.frame
        draft.remove(rows, n)
        gone = {
            f"{change.sheet}.{name}": set(before[name]) - set(draft.filled.frame[name])
            for name, column in draft.sheet.declared.items()
            if not column.numeric
        }
        self._remove_along(n, gone)

    def _remove_along(self, n: int, gone: dict[str, set[str]]) -> None:
        """Removes rows of other sheets whose key names what is gone, and what their going takes along."""
        while True:
            filled = {**self.book.filled, **{name: draft.filled for name, draft in self.drafts.items()}}
            orphans: dict[str, list[int]] = {}
            for problem in dangling_references(filled):
                sheet = filled[problem.sheet].sheet
                column = sheet.declared.get(problem.column or "")
                if column is None or not column.key or problem.row is None:
                    continue
                if any(problem.value in gone.get(place, ()) for place in column.refers_to):
                    orphans.setdefault(problem.sheet, []).append(problem.row)
            if not orphans:
                return
            for name, rows in orphans.items():
                draft = self._draft(name)
                before = draft.filled.frame
                draft.remove(list(dict.fromkeys(rows)), n)
                for column_name, column in draft.sheet.declared.items():
                    if not column.numeric:
                        left = set(draft.filled.frame[column_name])
                        gone.setdefault(f"{name}.{column_name}", set()).update(set(before[column_name]) - left)

    def _warn_of_two(self, n: int, draft: Draft, ids: Sequence[int]) -> None:
        """Warns of a cell that a change of another lever wrote before, unless the workbook's own check has."""
        change, where = self.changes[n], self.changes[n].cell("field")
        before = (draft.touched.get((one, change.field)) for one in ids)
        other = next((m for m in before if m is not None and self.changes[m].lever != change.lever), None)
        if other is not None and where not in self._known:
            message = TWO_LEVERS.format(self.changes[other].cell("field"))
            self.warnings.append(
                Problem("scenario_changes", message, None, "field", change.field, ONE_LEVER, "warning", where)
            )


def _nothing_to_change(change: Change, column: Column) -> _Fault:
    message = f"every chosen cell of {column.name} is blank, so there is nothing to {change.change}"
    return _Fault(
        "change", message, f"set a value; a blank means {column.meaning}" if column.meaning else "set a value"
    )


def _later(date: str, months: int) -> str:
    """A date so many months later; a day that the month lacks is its last."""
    year, month = divmod(int(date[:4]) * MONTHS_A_YEAR + int(date[5:7]) - 1 + months, MONTHS_A_YEAR)
    moved = f"{year:04d}-{month + 1:02d}"
    if len(date) == len("2027-01"):
        return moved
    return f"{moved}-{min(int(date[8:10]), calendar.monthrange(year, month + 1)[1]):02d}"
