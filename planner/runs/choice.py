"""Which scenarios a run solves, and what their changes make of the inputs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compute_lp.schema import InputError, Problem
from planner.runs import BASE, WHAT_IF, Refused

if TYPE_CHECKING:
    from planner.scenarios import Applied, Scenario
    from planner.workbook import Opened

ALL = "all"
NO_FOLDER = re.compile(r'[<>:"/\\|?*\x00-\x1f]|^\.|[. ]$')
"""What some system doesn't take in the name of a folder."""


@dataclass(frozen=True)
class Chosen:
    """A scenario of a workbook with its changes applied, or with what is wrong with them; with neither where it isn't
    asked for."""

    scenario: Scenario
    asked: bool
    applied: Applied | None
    problems: tuple[Problem, ...]

    @property
    def name(self) -> str:
        return str(self.scenario.name)


def chosen(opened: Opened, asked: Sequence[str], changes: Sequence[str]) -> list[Chosen]:
    """Every scenario of a workbook, base first, and last the one that `changes` make; those asked for with their
    changes applied.

    `asked` are names, or `all`; none: those that the workbook says are run. Raises InputError for `changes` at fault,
    also where they can only be judged once they are made, and for names that can't be those of folders; and Refused for
    names that no scenario has."""
    from planner.scenarios import scenarios, what_if

    known = scenarios(opened)
    wanted = _wanted(known, asked)
    if changes:
        known = {**known, WHAT_IF: what_if(opened, changes, WHAT_IF)}
        wanted.add(WHAT_IF)
    _name_folders(known)
    found = [
        applied_to(opened, scenario, asked=True) if name in wanted else Chosen(scenario, False, None, ())
        for name, scenario in known.items()
    ]
    if changes and found[-1].problems:
        raise InputError(found[-1].problems)
    return found


def _wanted(known: dict[str, Scenario], asked: Sequence[str]) -> set[str]:
    from planner.workbook.names import suggestion

    if ALL in asked:
        return set(known)
    for name in asked:
        if name not in known:
            meant = suggestion(name, list(known)) or "the sheet scenarios lists them"
            raise Refused(f"there is no scenario {name!r}; {meant}")
    return {BASE, *(asked or (name for name, scenario in known.items() if scenario.run))}


def _name_folders(known: dict[str, Scenario]) -> None:
    """Raises InputError for names that can't be those of folders beside each other."""
    seen: dict[str, str] = {}
    found = []
    for name in known:
        twin = seen.setdefault(name.casefold(), name)
        if NO_FOLDER.search(name):
            message, right = "a name that can't be that of a folder", "letters, figures, - and _"
            found.append(Problem("scenarios", message, column="scenario", value=name, right=right))
        elif twin != name:
            message, right = f"a name that differs from {twin} in capitals alone", "another name"
            found.append(Problem("scenarios", message, column="scenario", value=name, right=right))
    if found:
        raise InputError(found)


def applied_to(opened: Opened, scenario: Scenario, *, asked: bool) -> Chosen:
    """A scenario with its changes applied, or with what is wrong with them. Raises InputError for the base."""
    from planner.scenarios import applied

    try:
        return Chosen(scenario, asked, applied(opened, scenario), ())
    except InputError as fault:
        if scenario.name == BASE:
            raise
        return Chosen(scenario, asked, None, fault.problems)
