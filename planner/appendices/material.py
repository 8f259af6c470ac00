"""What the appendices are made from: a run folder opened once, its plan proven again, its comparison as far as made.

An appendix solves nothing and reads nothing else, but for the atlas that E compares the workbook with, so each is a
function from `Material` to blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from compute_lp.schema import Inputs
from planner.compare.cases import Case, cases, find
from planner.compare.kept import load
from planner.compare.laboratory import BASE
from planner.compare.page import Views
from planner.compare.solved import NOTHING, Solved
from planner.compare.verb import READ, views_of
from planner.measure import estimated, kept, measure
from planner.plan import Plan
from planner.questions.again import reopen
from planner.wording import ENGLISH, localised, said_in

if TYPE_CHECKING:
    from planner.workbook import Opened


@dataclass(frozen=True, eq=False)
class Material:
    """`case` is the scenario that is reported, `plan` its plan, proven again. `views` and `solved` compare all
    scenarios of the run; None and empty where it has one alone. `tornado` and `switching` are tables of
    `planner.measure`, empty where nothing was measured."""

    case: Case
    cases: Sequence[Case]
    plan: Plan
    opened: Opened
    manifest: Mapping[str, Any]
    views: Views | None = None
    solved: Solved = NOTHING
    tornado: pd.DataFrame = field(default_factory=pd.DataFrame)
    switching: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def name(self) -> str:
        """What the programme is called."""
        return str(self.inputs.settings["name"])

    @property
    def inputs(self) -> Inputs:
        """With the scenario's changes, and with rates."""
        return self.plan.inputs

    @property
    def figures(self) -> Mapping[str, Any]:
        """The headline figures of the scenario."""
        return self.case.figures

    @property
    def record(self) -> Mapping[str, Any]:
        """What the manifest says of the scenario: status, proof, size, solver, seconds."""
        return self.case.record

    @cached_property
    def periods(self) -> list[str]:
        return [str(period) for period in self.inputs["periods"]["period"]]

    def table(self, name: str) -> pd.DataFrame:
        """A result table as the run folder has it."""
        return self.case.table(name)


def material(
    run: Path, scenario: str = BASE, *, compare: bool = True, progress: Callable[[str], None] | None = None
) -> Material:
    """A run folder opened for its report; nothing is solved. `compare`: with the views of all scenarios, where the run
    has several. What was solved for a comparison, and what was measured, comes as far as it was kept.

    Raises Unusable, in a sentence, where the run can't be read, has no such scenario, or no plan of it."""
    say = progress or (lambda stage: None)
    among = cases([run])
    case = find(among, scenario)
    say("reading the workbook")
    opened, manifest = case.source.unchanged, case.source.manifest
    plan = reopen(run, case.scenario, book=opened, progress=progress)
    several = compare and len(among) > 1
    views, solved = (views_of(among, READ, say), load(run, say)) if several else (None, NOTHING)
    tornado, switching = kept(run, case.scenario)
    return Material(case, among, plan, opened, manifest, views, solved, tornado, said_here(switching))


def measured(material: Material, *, jobs: int = 1, progress: Callable[[str], None] | None = None) -> Material:
    """The same with its uncertainty measured, by solving again, where that isn't kept already."""
    if len(material.tornado) or len(material.switching):
        return material
    run, scenario = material.case.run, material.case.scenario
    if progress is not None:
        progress(estimated(run, scenario))
    with said_in(ENGLISH):  # kept for reports with any separators
        tornado, switching = measure(run, scenario, jobs=jobs, progress=progress)
    return replace(material, tornado=tornado, switching=said_here(switching))


def said_here(switching: pd.DataFrame) -> pd.DataFrame:
    """The table with its figures, which were kept in English, in the separators of this place."""
    return switching.assign(**{name: switching[name].map(localised) for name in ("now", "becomes")})
