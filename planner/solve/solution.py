"""What a solve gives back, and the error that is ours and not the user's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from planner.solve.linear import Basis, Flags, Floats

Status = Literal["optimal", "feasible", "infeasible", "stopped"]


class SolverFailure(Exception):
    """No method gave an answer that our own check accepts, or the programme itself makes no sense: our bug or the
    solver's, never the user's input."""


@dataclass(frozen=True, eq=False)
class Solution:
    """The answer to one programme, as our own check of the arrays accepted it.

    `status`: optimal (with whole numbers: within the asked gap of the proven bound); feasible (a plan, but a limit came
    before the gap was reached); infeasible; stopped (a limit or Ctrl-C came before anything usable).

    `x` one value per column, empty where there is no plan. `row_dual` (per row, d objective / d right-hand side, so in
    MUSD per unit of the row) and `reduced_cost` (per column) are of the linear programme with its whole numbers fixed
    and from a basic solution; empty where prices were not asked for or there are none. `degenerate` marks the rows
    whose dual may not be the only one. `basis` is the one these duals are of, for solving again what has changed a
    little (`solve_from`); `x` may be another point of the same cost, where ties were broken. None where there is none.
    `relaxation_basis` is that of the optimum without whole numbers; None where no column is whole, or none is known.

    `bound` is proven from below, `gap` = |objective - bound| / max(1e-9, |objective|); `relaxation_objective` is None
    without whole numbers. `proof` holds residuals and what happened on the way, for the manifest; `log` is the
    solver's; `seconds` by stage; `solver` says which, which version, by which method and with which options;
    `iterations` are those of simplex, without those of the search for whole numbers.
    """

    status: Status
    x: Floats
    row_dual: Floats
    reduced_cost: Floats
    degenerate: Flags
    basis: Basis | None
    relaxation_basis: Basis | None
    objective: float
    bound: float
    gap: float
    relaxation_objective: float | None
    proof: Mapping[str, float | str | bool]
    log: str
    seconds: Mapping[str, float]
    solver: Mapping[str, str]
    iterations: int = 0


def relative_gap(objective: float, bound: float, noise: float) -> float:
    """|objective - bound| / max(1e-9, |objective|); 0 where they differ by less than `noise`, which is what rounding
    does to the objective, so that an objective near zero isn't measured against its own rounding."""
    if objective - bound <= noise:
        return 0.0
    return (objective - bound) / max(1e-9, abs(objective))
