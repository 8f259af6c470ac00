"""What is wrong with a changed workbook, told at the change that is to blame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from compute_lp.schema import Problem
from planner.review.scenario_check import Change
from planner.scenarios.draft import Draft
from planner.scenarios.log import key_of, tidy_text
from planner.workbook import Opened
from planner.workbook.fill import Filled

SHEET = "scenario_changes"
IN_ORDER = "low ≤ central ≤ high"
"""What is told to be right of estimates that are out of order."""


def new_warnings(before: Iterable[Problem], after: Iterable[Problem]) -> list[Problem]:
    """Warnings that the workbook has not had at this cell, whatever figures they named; but a scenario may well leave
    the range of the estimates."""
    known = {(p.sheet, p.cell, p.column, p.right) for p in before}
    return [p for p in after if p.right != IN_ORDER and (p.sheet, p.cell, p.column, p.right) not in known]


def blamed(
    problems: Sequence[Problem], book: Opened, drafts: Mapping[str, Draft], changes: Sequence[Change]
) -> list[Problem]:
    """Problems of the changed workbook as problems of changes, what one change does to many cells told once, in the
    order of the changes."""
    found: dict[tuple[int, str, str | None], tuple[Problem, int]] = {}
    for problem in problems:
        n, wrote = _to_blame(problem, book.filled, drafts, len(changes) - 1)
        if (n, problem.message, problem.column) in found:
            first, more = found[n, problem.message, problem.column]
            found[n, problem.message, problem.column] = first, more + 1
            continue
        change = changes[n]
        column = "value" if change.change != "remove" else "rows" if change.rows else "change"
        what, value = _told(problem, book.filled, drafts, wrote=wrote)
        told = Problem(SHEET, what, None, column, value, problem.right, problem.severity, change.cell(column))
        found[n, problem.message, problem.column] = told, 0
    return [
        replace(told, message=f"{told.message} (and {more} more like it)") if more else told
        for _, (told, more) in sorted(found.items(), key=lambda item: item[0][0])
    ]


def _place(problem: Problem, one: Filled) -> tuple[int | None, str | None]:
    """Row and column as a draft knows them: a setting is a column of row 0."""
    row, column = problem.row, problem.column
    if not one.sheet.settings:
        return row, column
    if column not in one.sheet.settings and row is not None and one.grid is not None:
        column = str(one.grid.column("key")[row]).strip()
    return 0, column


def _to_blame(
    problem: Problem, filled: Mapping[str, Filled], drafts: Mapping[str, Draft], last: int
) -> tuple[int, bool]:
    """The change to blame, and whether it wrote the very cell: else the last to touch the row, the sheet, a sheet the
    cell refers to, anything."""
    one, draft = filled.get(problem.sheet), drafts.get(problem.sheet)
    if one is not None and draft is not None and draft.written:
        row, column = _place(problem, one)
        named = None if row is None else row if one.sheet.settings else draft.ids[row]
        if named is not None and column is not None and (named, column) in draft.touched:
            return draft.touched[named, column], True
        in_row = [n for (where, _), n in draft.touched.items() if where == named]
        in_row += [draft.added[named]] if named in draft.added else []
        if in_row and named is not None:
            return max(in_row), False
        return max([*draft.touched.values(), *draft.added.values(), *draft.removed.values()]), False
    column_of = (
        None if one is None or problem.column is None else (one.sheet.settings or one.sheet.known).get(problem.column)
    )
    targets = [place.partition(".")[0] for place in column_of.refers_to] if column_of is not None else []
    touching = [
        n
        for name in targets
        if name in drafts
        for n in (*drafts[name].touched.values(), *drafts[name].added.values(), *drafts[name].removed.values())
    ]
    return max(touching, default=last), False


def _told(
    problem: Problem, filled: Mapping[str, Filled], drafts: Mapping[str, Draft], *, wrote: bool
) -> tuple[str, object]:
    """The message, and the value found where the message doesn't name it."""
    one, draft = filled.get(problem.sheet), drafts.get(problem.sheet)
    if one is None or (problem.row is None and problem.column is None):
        return f"{problem.sheet or 'the workbook'}: {problem.message}", problem.value
    row, column = problem.row, problem.column
    added = draft is not None and row is not None and not one.sheet.settings and draft.ids[row] in draft.added
    where = "the row added" if added else one.cell(row, column if one.grid is None or not one.grid.raw.file else None)
    named = key_of(one, row) if row is not None and not one.sheet.settings else ""
    where = f"{where} ({named})" if named else where
    if not wrote:
        return f"{column + ' of ' if column else ''}{where}: {problem.message}", problem.value
    _, column = _place(problem, one)
    found = problem.value
    if found is None and column is not None and row is not None:
        found = one.settings[column] if one.sheet.settings else one.frame[column].to_numpy()[row]
    value = tidy_text(found) if isinstance(found, (str, float, int)) else ""
    return f"{column} of {where} becomes {value or 'blank'}: {problem.message}", None
