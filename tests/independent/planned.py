"""A workbook through the planner as a user's goes: a folder of CSV files, read, solved, its figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from planner import workbook
from planner.plan import Plan, plan
from tests.independent.cases.workbook import Workbook

LAYERS = ("L1", "L2", "L3", "L4")


@dataclass(frozen=True)
class Planned:
    """`figures` are named as the oracle's; empty without a plan."""

    folder: Path
    plan: Plan

    @property
    def status(self) -> str:
        return self.plan.solution.status

    @property
    def objective_musd(self) -> float:
        return self.plan.objective_musd

    @property
    def figures(self) -> Mapping[str, float]:
        if not self.plan.exists:
            return {}
        by_layer = dict.fromkeys(LAYERS, 0.0)
        for name, entry in self.plan.arrays.totals["discounted"].entries.items():
            by_layer[name.split("|")[0]] += float((entry.spread @ entry.at(self.plan.solution.x)).sum())
        return {
            "served_t": self.of("serving.served"),
            "unserved_t": self.of("serving.unserved"),
            "carbon_kt": self.total("carbon"),
            "water_ml": self.total("water"),
            "discounted_musd": self.total("discounted"),
        } | {f"discounted_{layer}_musd": musd for layer, musd in by_layer.items()}

    def of(self, variables: str) -> float:
        block = self.plan.arrays.columns[variables]
        return float(self.plan.solution.x[block.start : block.start + block.size].sum())

    def total(self, name: str) -> float:
        return float(self.plan.arrays.totals[name].at(self.plan.solution.x).sum())


def planned(book: Workbook, folder: Path) -> Planned:
    """Writes the workbook, reads it with the planner, and solves it."""
    book.write(folder)
    return Planned(folder, plan(workbook.read(folder)))
