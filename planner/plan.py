"""From checked inputs to a verified plan: rates, programme, arrays, solve."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

import compute_rates
from compute_lp.schema import Floats, Inputs, Problem
from planner.tiers import within_tiers

if TYPE_CHECKING:
    from compute_lp.family import Arrays
    from planner.solve import Shortfall, Solution
    from planner.solve.carry import Start

Progress = Callable[[str], None]
VALUE_SERVED = "objective.value_served"
KEPT_VALUE = "objective.value_is_kept"
FINE_SETS = ("SLICES",)
"""Bases whose members are too many and too fine to be ranked in ties."""


@dataclass(frozen=True)
class Programme:
    """What is solved: inputs with their rates, the Pyomo model and its arrays. `foreseen` are warnings that can be told
    before solving; `seconds` by stage."""

    inputs: Inputs
    model: Any
    arrays: Arrays
    foreseen: tuple[Problem, ...]
    seconds: Mapping[str, float]


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


def programme(inputs: Inputs, *, progress: Progress | None = None) -> Programme:
    """What would be solved."""
    from compute_lp.family import expand

    stages = _Stages(progress)
    with stages.timed("rates"):
        inputs = with_rates(inputs)
    with stages.timed("formulating"):
        model, warnings = formulate(inputs)
    with stages.timed("expanding"):
        arrays = expand(model)
    return Programme(inputs, model, arrays, tuple(warnings), stages.seconds)


def plan(inputs: Inputs, *, start: Start | None = None, progress: Progress | None = None) -> Plan:
    """Solve a programme; never raises for one that has no plan (see `exists` and `shortfalls`).

    `start` is of a plan of nearly the same inputs (`start_of`): the solve goes on from there, and proves as much as one
    from nothing does. `solution.proof` tells how it began."""
    return planned(programme(inputs, progress=progress), start=start, progress=progress)


def planned(asked: Programme, *, start: Start | None = None, progress: Progress | None = None) -> Plan:
    """The plan of a programme that is formulated already."""
    stages = _Stages(progress, asked.seconds)
    with stages.timed("solving"):
        solution, objective_musd = _solve(asked.inputs, asked.arrays, start, stages.say)
    shortfalls: tuple[Shortfall, ...] = ()
    if solution.status == "infeasible":
        with stages.timed("explaining"):
            shortfalls = _explain(asked.model, asked.arrays, stages.say)
    return Plan(
        asked.inputs, asked.model, asked.arrays, solution, objective_musd, shortfalls, asked.foreseen, stages.seconds
    )


def start_of(plan: Plan) -> Start | None:
    """What a plan hands to the solve of changed inputs; None where it has no basis, so that there is nothing to start
    from. It holds no Pyomo model and is small enough to be sent to another process."""
    from planner.solve.carry import Start, bare

    solution, arrays = plan.solution, plan.arrays
    if solution.basis is None and solution.relaxation_basis is None:
        return None
    if plan.inputs.settings["objective"] == "most_served":
        arrays = with_value_kept(arrays, -np.inf)
    whole = solution.x[arrays.whole] if plan.exists and arrays.whole.any() else None
    return Start(bare(arrays), solution.relaxation_basis, solution.basis, whole)


def relaxed(asked: Programme, start: Start | None, *, prices: bool = False) -> Solution:
    """The proven optimum of a programme with fractions for whole numbers, from nothing or from a start: the least cost,
    or, with the objective most_served, minus the largest value. Row duals come only with `prices`. `relaxed_start`
    makes a start of it for the next one."""
    from planner.solve import solve_relaxed

    limit_s = float(asked.inputs.settings["time_limit_s"])
    return solve_relaxed(to_minimise(asked.inputs, asked.arrays), start, time_limit_s=limit_s, prices=prices)


def relaxed_start(asked: Programme, solution: Solution) -> Start | None:
    """What a relaxed optimum hands to the next what-if; None where there is none."""
    from planner.solve.carry import Start, bare

    return None if solution.basis is None else Start(bare(asked.arrays), solution.basis, None, None)


def formulate(inputs: Inputs) -> tuple[Any, list[Problem]]:
    """The Pyomo model of inputs with their rates, and what can be told before solving."""
    import compute_lp
    from planner.foresight import foreseen

    model = compute_lp.build(inputs)
    return model, foreseen(inputs, model)


class _Stages:
    """Seconds by stage, each told when it begins."""

    def __init__(self, progress: Progress | None, seconds: Mapping[str, float] = MappingProxyType({})) -> None:
        self.say: Progress = progress or (lambda stage: None)
        self.seconds = dict(seconds)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        self.say(stage)
        begun = time.perf_counter()
        yield
        self.seconds[stage] = time.perf_counter() - begun


def _solve(inputs: Inputs, arrays: Arrays, start: Start | None, progress: Progress) -> tuple[Solution, float]:
    from planner.solve import solve, solve_again

    def best(of: Arrays, **given: Any) -> Solution:
        return solve(of, **given, **limits) if start is None else solve_again(of, start, **given, **limits)

    settings = inputs.settings
    limits: dict[str, Any] = {
        "gap": float(settings["gap"]),
        "time_limit_s": float(settings["time_limit_s"]),
        "progress": progress,
    }
    rank = _rank(arrays)
    if settings["objective"] == "least_cost":
        solution = best(arrays, tie_break=rank)
        return solution, solution.objective
    first = best(to_minimise(inputs, arrays), prices=False)
    if not first.x.size:
        return first, float("nan")
    most = -first.objective
    kept = with_value_kept(arrays, (1 - float(settings["most_served_tolerance"])) * most)
    second = best(kept, tie_break=rank)
    status = "feasible" if "feasible" in (first.status, second.status) else second.status
    proof = {**{f"value {key}": entry for key, entry in first.proof.items()}, **second.proof}
    if first.relaxation_objective is not None:
        figures = {
            "bound_musd": -first.bound,
            "gap": first.gap,
            "relaxation_objective_musd": -first.relaxation_objective,
        }
        proof |= {f"value {key}": entry for key, entry in figures.items()}
    rows = len(arrays.row_lower)
    return dataclasses.replace(
        second, status=status, proof=proof, row_dual=second.row_dual[:rows], degenerate=second.degenerate[:rows]
    ), most


def value_served(arrays: Arrays) -> Floats:
    """Discounted value served, per unit of each column."""
    return np.asarray(arrays.totals[VALUE_SERVED].matrix.sum(axis=0), dtype=np.float64).ravel()


def to_minimise(inputs: Inputs, arrays: Arrays) -> Arrays:
    """The arrays to minimise, first where there are two stages."""
    if inputs.settings["objective"] == "least_cost":
        return arrays
    return dataclasses.replace(arrays, cost=-value_served(arrays), offset=0.0)


def with_value_kept(arrays: Arrays, least_musd: float) -> Arrays:
    """The arrays with one row more: so much value is served at least."""
    return with_row(arrays, value_served(arrays), least_musd, name=KEPT_VALUE)


def with_row(
    arrays: Arrays, weights: Floats, lower: float = -np.inf, upper: float = np.inf, *, name: str = ""
) -> Arrays:
    """The arrays with one row more: lower <= weights @ x <= upper, called `name`, else by its place."""
    import scipy.sparse as sp

    from compute_lp.family import Block, Index

    name = name or f"asked.{len(arrays.row_lower)}"
    row = Block(name, len(arrays.row_lower), 1, Index.point())
    return dataclasses.replace(
        arrays,
        matrix=sp.csc_array(sp.vstack([arrays.matrix, sp.csr_array(weights[None, :])], format="csc")),
        row_lower=np.append(arrays.row_lower, lower),
        row_upper=np.append(arrays.row_upper, upper),
        rows={**arrays.rows, name: row},
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
