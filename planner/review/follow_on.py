"""Errors that only follow from a sheet that isn't there: told once, at their cause, with how many follow.

A sheet that is deleted, misspelt, unreadable or emptied makes every reference to it and every change of it an error.
None of these can be judged before the sheet is back, so the cause is told first, and they are only counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from compute_lp.schema import Problem
from planner.wording import also

if TYPE_CHECKING:
    from planner.workbook.fill import Filled

UNKNOWN_SHEET = "an unknown sheet"
NO_SUCH = "no such {} in {}"
NO_RATE = "no rate is known for"
NO_SHEET = "there is no sheet {}"
NO_ROWS = "the sheet {} has no rows"
ABSENT, EMPTY = "the sheet is absent", "the sheet has no rows"
"""Of a change, whose sheet is told beside it."""
CHANGES, MONEY = "scenario_changes", "currencies"


def meant_by(problem: Problem, sheets: Mapping[str, Filled]) -> str | None:
    """The sheet that an unknown one was told to be; None where none was."""
    if problem.message != UNKNOWN_SHEET:
        return None
    return next((name for name in sheets if problem.right.startswith(f"did you mean {name!r}?")), None)


def causes(errors: Sequence[Problem], sheets: Mapping[str, Filled]) -> list[Problem]:
    """The errors without those that only follow from a sheet without rows. Its own error comes first and counts them;
    where it has none, as an optional sheet, the first that follows stands for the others."""
    lost = {name for name, one in sheets.items() if one.frame.empty}
    found = _own_causes(errors, sheets, lost)
    followers = dict.fromkeys(found, 0)
    rest = []
    for error in errors:
        if error in found.values():
            continue
        sheet = next((name for name in _hangs_on(error, sheets, found) if name in lost), None)
        if sheet is None:
            rest.append(error)
        elif sheet in found:
            followers[sheet] += 1
        else:
            found[sheet], followers[sheet] = error, 0
    return [*(_counting(cause, followers[sheet]) for sheet, cause in found.items()), *rest]


def _own_causes(errors: Sequence[Problem], sheets: Mapping[str, Filled], lost: set[str]) -> dict[str, Problem]:
    """By sheet, the error that says why it is not there: that it goes by another name, else its own."""
    misspelt = ((meant_by(error, sheets), error) for error in errors)
    found = {meant: error for meant, error in misspelt if meant in lost and sheets[meant].grid is None}
    for error in errors:
        if error.sheet in lost and error.row is None:
            found.setdefault(error.sheet, error)
    return found


def _hangs_on(error: Problem, sheets: Mapping[str, Filled], found: Mapping[str, Problem]) -> Iterator[str]:
    """Sheets whose rows would have to be there for the error to be judged."""
    one = sheets.get(error.sheet)
    if one is None:
        return
    if error.sheet in found and one.grid is None:
        yield error.sheet
    if error.message.startswith(NO_RATE) and MONEY in found:  # else each currency is an error of its own
        yield MONEY
    column = (one.sheet.settings or one.sheet.known).get(error.column or "")
    if column is not None and column.refers_to:
        targets = [target.split(".") for target in column.refers_to]
        if error.message == NO_SUCH.format(targets[0][1], targets[0][0]):
            names = [sheet for sheet, _ in targets]
            yield from (sheet for sheet in names if sheet in found)
            if all(sheets[sheet].frame.empty for sheet in names):
                yield names[0]
    if error.sheet == CHANGES and error.message in (ABSENT, EMPTY):
        yield str(error.value)


def _counting(cause: Problem, count: int) -> Problem:
    if not count:
        return cause
    follow = f"{count:,} more error{' follows' if count == 1 else 's follow'} from this and will show, if any are left"
    return replace(cause, right=also(cause.right, f"{follow}, when it is mended"))
