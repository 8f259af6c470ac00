"""What is measured, as a laboratory's source: a scenario of a run as it is, each end of its ranges, each lever moved.

Programmes are asked for by name, so that one made in another process is the same: `base` is the scenario itself,
`accelerators.price_usd at its low` an end, `demand *= 0.5` a lever. Each goes through the checks of a typed workbook.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compute_lp.schema import Floats, Inputs
from planner.compare.laboratory import BASE, Laboratory
from planner.measure.ranges import Range, ranges
from planner.plan import start_of, with_rates
from planner.questions.again import Unusable, reopen

if TYPE_CHECKING:
    from compute_lp.family import Arrays
    from planner.review.scenario_check import Change
    from planner.scenarios import Applied, Scenario
    from planner.solve import Start
    from planner.workbook import Opened

TIMES = " *= "


@dataclass(frozen=True)
class Lever:
    """Figures that are multiplied together; each part is the sheet, the choice of its rows, the field."""

    name: str
    parts: tuple[tuple[str, str, str], ...]

    def times(self, factor: float) -> str:
        """What the lever moved by a factor is called among programmes."""
        return f"{self.name}{TIMES}{factor!r}"


LEVERS = (
    Lever("accelerator prices", (("accelerators", "", "price_usd"),)),
    Lever("rental prices", (("clouds", "", "usd_per_hour"),)),
    Lever("energy prices", (("energy_prices", "", "usd_per_mwh"), ("energy_prices", "", "usd_per_mwh_beyond"))),
    Lever("demand", (("demand", "", "input_t_per_year"), ("demand", "", "output_t_per_year"))),
    Lever("connection leads", (("grid_offers", "", "lead_months"),)),
    Lever("API prices", (("models", "route=api", "usd_per_mtoken"),)),
    Lever("budgets", (("budgets", "", "musd"),)),
)


@dataclass(frozen=True, eq=False)
class Optimum:
    """The proven optimum of a programme with fractions for whole numbers: `row_dual`, by row, d cost / d right-hand
    side."""

    arrays: Arrays
    x: Floats
    row_dual: Floats
    objective: float


class Assumptions:
    """A scenario of a run folder as a source, in which it is the base. Raises Unusable where the run has none such."""

    def __init__(self, run: Path, scenario: str) -> None:
        self.run, self.scenario = run, scenario
        self._optimum: Optimum | None = None

    def __reduce__(self) -> tuple[type[Assumptions], tuple[Path, str]]:
        return Assumptions, (self.run, self.scenario)

    @cached_property
    def _book(self) -> Opened:
        from planner import workbook

        return workbook.opened(self.run / "inputs")

    @cached_property
    def _asked(self) -> Scenario:
        from planner.scenarios import scenarios, what_if

        manifest = json.loads((self.run / "manifest.json").read_text(encoding="utf-8"))
        known = scenarios(self._book)
        if self.scenario in known:
            return known[self.scenario]
        if not manifest.get("set"):
            raise Unusable(f"{self.run} has no scenario {self.scenario!r}; it has {', '.join(known)}")
        return what_if(self._book, manifest["set"], self.scenario)

    @cached_property
    def _applied(self) -> Applied:
        from planner.scenarios import applied

        return applied(self._book, self._asked)

    @cached_property
    def ranges(self) -> tuple[Range, ...]:
        return ranges(self._book, self._applied)

    @cached_property
    def movable(self) -> tuple[Lever, ...]:
        """The levers that have something to move, each with those of its parts that have."""
        parts = {lever.name: tuple(part for part in lever.parts if self._moves(*part)) for lever in LEVERS}
        return tuple(Lever(name, kept) for name, kept in parts.items() if kept)

    def _moves(self, sheet: str, rows: str, field: str) -> bool:
        from planner.review.scenario_check import select

        frame = self._applied.inputs[sheet]
        values = frame.loc[select(self._book.filled[sheet].sheet, frame, rows), field]
        return bool((values.notna() & (values != 0)).any())

    def changes(self, name: str) -> Sequence[Change]:
        """The changes that make a programme, on top of the scenario's."""
        from planner.scenarios.texts import read_text

        if name == BASE:
            return ()
        for one in self.ranges:
            for end, changes in one.ends.items():
                if one.name(end) == name:
                    return changes
        moved, _, factor = name.rpartition(TIMES)
        lever = next(lever for lever in self.movable if lever.name == moved)
        return [
            read_text(self._book, f"{sheet}[{rows}].{field} *= {factor}", self.scenario, step)
            for step, (sheet, rows, field) in enumerate(lever.parts, 1)
        ]

    def levers(self) -> Mapping[str, tuple[str, ...]]:
        return {BASE: ()}

    def weight(self, scenario: str) -> float:
        return 1.0

    def inputs(self, scenario: str, levers: Collection[str] | None) -> Inputs:
        """Inputs with their rates of the programme of that name; it has no levers of its own."""
        from planner.scenarios import applied

        more = self.changes(scenario)
        found = self._applied
        if more:
            found = applied(self._book, replace(self._asked, changes=(*self._asked.changes, *more)))
        return with_rates(found.inputs)

    def start(self) -> Start | None:
        return start_of(reopen(self.run, self.scenario))

    def headline(self, scenario: str) -> Mapping[str, Any]:
        return {}

    def optimum(self, lab: Laboratory) -> Optimum:
        """The scenario's own optimum, solved once a process. Raises Unusable where it has none."""
        if self._optimum is None:
            arrays = lab.programme(BASE).compared
            found = lab.solved(arrays, lab.start, prices=True)
            if not found.x.size:
                raise Unusable(f"the scenario {self.scenario} of {self.run} has no plan, so nothing can be measured")
            self._optimum = Optimum(arrays, found.x, found.row_dual, found.objective)
        return self._optimum
