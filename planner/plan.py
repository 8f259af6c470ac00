"""From checked inputs to a verified plan: rates, programme, arrays, solve."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import compute_rates
from compute_lp.schema import Floats, Inputs, Problem
from planner.tiers import within_tiers

if TYPE_CHECKING:
    from compute_lp.family import Arrays
    from planner.solve import Shortfall, Solution

Progress = Callable[[str], None]
VALUE_SERVED = "objective.value_served"
KEPT_VALUE = "objective.value_is_kept"
FINE_SETS = ("SLICES",)
"""Bases whose members are too many and too fine to be ranked in ties."""


@dataclass(frozen=True)
class Plan:
    """A programme and its verified solution.

    `objective_musd`: discounted cost with the value of what stays unserved; with the objective most_served, the largest
    discounted value. `model` is the Pyomo model, whose sets and docs name rows and columns. `shortfalls` is filled
    when no plan exists; `foreseen` are warnings that could be told before solving. `seconds` by stage.
    """

    inputs: Inputs
    model: Any
    arrays: Arrays
    solution: Solution
    objective_musd: float
    shortfalls: tuple[Shortfall, ...]
    foreseen: tuple[Problem, ...]
    seconds: Mapping[str, float]

    @property
    def exists(self) -> bool:
        return self.solution.x.size > 0


def with_rates(inputs: Inputs) -> Inputs:
    """The inputs that are planned with: workloads within the programme's tiers, and the tables that the rates package
    derives."""
    inside = within_tiers(inputs)
    return dataclasses.replace(inside, derived=compute_rates.for_programme(inside.tables))


def plan(inputs: Inputs, *, progress: Progress | None = None) -> Plan:
    """Solve a programme; never raises for one that has no plan (see `exists` and `shortfalls`)."""
    from compute_lp.family import expand

    say = progress or (lambda stage: None)
    seconds: dict[str, float] = {}

    def timed(stage: str, do: Callable[[], Any]) -> Any:
        say(stage)
        begun = time.perf_counter()
        result = do()
        seconds[stage] = time.perf_counter() - begun
        return result

    inputs = timed("rates", lambda: with_rates(inputs))
    model, warnings = timed("formulating", lambda: formulate(inputs))
    arrays = timed("expanding", lambda: expand(model))
    solved = timed("solving", lambda: _solve(inputs, arrays, say))
    solution, objective_musd = solved
    shortfalls: tuple[Shortfall, ...] = ()
    if solution.status == "infeasible":
        shortfalls = timed("explaining", lambda: _explain(model, arrays, say))
    return Plan(inputs, model, arrays, solution, objective_musd, shortfalls, tuple(warnings), seconds)


def formulate(inputs: Inputs) -> tuple[Any, list[Problem]]:
    """The Pyomo model of inputs with their rates, and what can be told before solving."""
    import compute_lp
    from planner.foresight import foreseen

    model = compute_lp.build(inputs)
    return model, foreseen(inputs, model)


def _solve(inputs: Inputs, arrays: Arrays, progress: Progress) -> tuple[Solution, float]:
    from planner.solve import solve

    settings = inputs.settings
    limits: dict[str, Any] = {
        "gap": float(settings["gap"]),
        "time_limit_s": float(settings["time_limit_s"]),
        "progress": progress,
    }
    rank = _rank(arrays)
    if settings["objective"] == "least_cost":
        solution = solve(arrays, tie_break=rank, **limits)
        return solution, solution.objective
    served = arrays.totals[VALUE_SERVED]
    value: Floats = np.asarray(served.matrix.sum(axis=0), dtype=np.float64).ravel()
    first = solve(dataclasses.replace(arrays, cost=-value, offset=0.0), prices=False, tie_break=None, **limits)
    if not first.x.size:
        return first, float("nan")
    best = -first.objective
    second = solve(
        with_row(arrays, value, (1 - float(settings["most_served_tolerance"])) * best), tie_break=rank, **limits
    )
    status = "feasible" if "feasible" in (first.status, second.status) else second.status
    proof = {**{f"value {key}": entry for key, entry in first.proof.items()}, **second.proof}
    if first.relaxation_objective is not None:
        most = {"bound_musd": -first.bound, "gap": first.gap, "relaxation_objective_musd": -first.relaxation_objective}
        proof |= {f"value {key}": entry for key, entry in most.items()}
    rows = len(arrays.row_lower)
    return dataclasses.replace(
        second, status=status, proof=proof, row_dual=second.row_dual[:rows], degenerate=second.degenerate[:rows]
    ), best


def with_row(arrays: Arrays, coefficients: Floats, lower: float) -> Arrays:
    """The arrays with one row more: coefficients · x ≥ lower."""
    import scipy.sparse as sp

    from compute_lp.family import Block, Index

    row = sp.csc_array(coefficients[None, :])
    rows = dict(arrays.rows)
    rows[KEPT_VALUE] = Block(KEPT_VALUE, len(arrays.row_lower), 1, Index.point())
    return dataclasses.replace(
        arrays,
        matrix=sp.csc_array(sp.vstack([arrays.matrix, row], format="csc")),
        row_lower=np.append(arrays.row_lower, lower),
        row_upper=np.append(arrays.row_upper, np.inf),
        rows=rows,
    )


def _rank(arrays: Arrays) -> Floats:
    """Rank cost of each column, 1 to 2: of equal plans the one that does less, with what stands first in its sheet."""
    rank = np.zeros(len(arrays.lower))
    for block in arrays.columns.values():
        bases = block.index.bases
        if any(base.local_name in FINE_SETS for base in bases):
            continue
        place = [code / max(base.size, 1) for code, base in zip(block.index.codes, bases, strict=True)]
        rank[block.start : block.start + block.size] = 1.0 + np.mean(place, axis=0)
    return rank


def _explain(model: Any, arrays: Arrays, progress: Progress) -> tuple[Shortfall, ...]:
    """Rows that fall short, among those that state a limit of the workbook."""
    import compute_lp
    from planner.solve import explain_infeasible

    limits = [f"{block}.{price.constraint}" for block, prices in compute_lp.PRICES.items() for price in prices]
    return tuple(
        explain_infeasible(arrays, elastic=[name for name in limits if name in arrays.rows], progress=progress)
    )
