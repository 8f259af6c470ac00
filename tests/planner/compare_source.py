"""Scenarios of small programmes for a laboratory, without a workbook or a run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from compute_lp.schema import Inputs
from planner.compare.laboratory import BASE, Laboratory
from tests.models.programmes import programme

Changes = Mapping[str, Any]
"""Sheets, or settings, that take the place of the base's."""


@dataclass(frozen=True)
class Small:
    """`sheets` of the base; by scenario and lever what it changes."""

    sheets: Changes
    changes: Mapping[str, Mapping[str, Changes]]
    weights: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    make: Callable[..., Inputs] = programme

    def levers(self) -> Mapping[str, tuple[str, ...]]:
        return {BASE: (), **{name: tuple(levers) for name, levers in self.changes.items()}}

    def weight(self, scenario: str) -> float:
        return self.weights.get(scenario, 1.0)

    def inputs(self, scenario: str, levers: Collection[str] | None) -> Inputs:
        sheets = dict(self.sheets)
        for lever, changed in self.changes.get(scenario, {}).items():
            if levers is None or lever in levers:
                sheets |= changed
        return self.make(**sheets)

    def start(self) -> None:
        return None

    def headline(self, scenario: str) -> Mapping[str, Any]:
        return self.figures.get(scenario, {})


def laboratory(
    sheets: Changes | None = None,
    weights: Mapping[str, float] | None = None,
    figures: Mapping[str, Mapping[str, Any]] | None = None,
    jobs: int = 1,
    make: Callable[..., Inputs] = programme,
    **scenarios: Mapping[str, Changes],
) -> Laboratory:
    return Laboratory(Small(sheets or {}, scenarios, weights or {}, figures or {}, make), jobs=jobs)
