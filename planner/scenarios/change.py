"""Scenarios: named combinations of changes, parents' first."""

from __future__ import annotations

from dataclasses import dataclass

from compute_lp.schema import InputError
from planner.review.scenario_check import Change, changes_of, lineage, parents_of
from planner.workbook import Opened

BASE = "base"


@dataclass(frozen=True)
class Scenario:
    """A scenario with all its changes in the order of their application: parents' first, each once."""

    name: str
    title: str
    weight: float
    run: bool
    parents: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def levers(self) -> tuple[str, ...]:
        """The levers of its changes, in the order of their first use."""
        return tuple(dict.fromkeys(change.lever for change in self.changes))


def scenarios(book: Opened) -> dict[str, Scenario]:
    """The scenarios of a workbook by name, in the order of its sheet; `base` is always there, and first.

    Raises InputError with what is wrong with the two sheets.
    """
    faults = [p for p in book.findings.problems if p.sheet in ("scenarios", "scenario_changes")]
    if faults:
        raise InputError(faults)
    heads, changes = book.filled["scenarios"], changes_of(book.filled["scenario_changes"])
    parents = parents_of(heads)
    own: dict[str, list[Change]] = {name: [] for name in parents}
    for change in sorted(changes, key=lambda change: change.step):
        own[change.scenario].append(change)
    found = {
        row["scenario"]: Scenario(
            row["scenario"],
            row["title"],
            float(row["weight"]),
            row["run"] == "yes",
            tuple(parents[row["scenario"]]),
            tuple(change for one in lineage(row["scenario"], parents) for change in own[one]),
        )
        for row in heads.frame.to_dict("records")
    }
    base = found.pop(BASE, Scenario(BASE, "", 1.0, True, (), ()))
    return {BASE: base, **found}
