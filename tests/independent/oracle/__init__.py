"""An independent reading of the linear programme: plain loops over the rows of a workbook, clarity before speed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.independent.oracle.control import export_control, matched_investment
from tests.independent.oracle.energy import energy
from tests.independent.oracle.frame import Plan
from tests.independent.oracle.grid import grid
from tests.independent.oracle.linear import total
from tests.independent.oracle.loads import loads
from tests.independent.oracle.machines import clouds, procurement
from tests.independent.oracle.policy import adoption, budget, sovereignty
from tests.independent.oracle.reading import num
from tests.independent.oracle.serving import serving
from tests.independent.oracle.siting import siting
from tests.independent.oracle.training import training

PARTS = (
    siting, grid, energy, procurement, clouds, export_control, training, serving, loads, adoption, matched_investment,
    sovereignty, budget,
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """`status` is optimal or infeasible; without an optimum the objective is None and there are no figures.

    `figures`, over the horizon: served_t, unserved_t, carbon_kt, water_ml, discounted_musd, and discounted money by
    layer.
    """

    status: str
    objective_musd: float | None
    figures: Mapping[str, float]


def solve(folder: Path) -> Answer:
    """The optimum of the workbook in a folder of CSV files."""
    plan = Plan(folder)
    for part in PARTS:
        part(plan)
    cost = total(discounted for _, _, _, discounted, _ in plan.entries)
    if plan.objective == "least_cost":
        status, best, x = plan.lp.minimise(cost + plan.value_unserved)
    else:
        status, best, x = plan.lp.minimise(plan.value_served, maximise=True)
        if x is not None:
            kept = 1 - num(plan.settings, "most_served_tolerance", 0.001)
            plan.lp.ge(("value kept",), plan.value_served, best * kept)
            status, _, x = plan.lp.minimise(cost)
    if x is None:
        return Answer(status, None, {})
    layers = {layer: total(e[3] for e in plan.entries if e[0] == layer) for layer in ("L1", "L2", "L3", "L4")}
    figures = {
        "served_t": total(plan.served.values()),
        "unserved_t": total(plan.unserved),
        "carbon_kt": total(plan.carbon.values()),
        "water_ml": total(plan.water.values()),
        "discounted_musd": cost,
    } | {f"discounted_{layer}_musd": musd for layer, musd in layers.items()}
    return Answer(status, best, {name: figure.value(x) for name, figure in figures.items()})
