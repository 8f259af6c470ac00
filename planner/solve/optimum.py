"""A linear programme solved until our own check is satisfied: method after method, each from nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import scipy.sparse as sp

from planner.solve.highs import Engine, Run, methods_for
from planner.solve.linear import Basis, Floats, Linear, Point
from planner.solve.session import Clock, Session
from planner.solve.solution import SolverFailure
from planner.solve.verify import Proof, infeasibility, prove_optimal

PROVEN_INFEASIBLE = 1e-9
"""A ray must prove infeasibility by more than this share of the terms it compares, or it may be rounding."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What is proven of a linear programme.

    optimal: `point` and `proof` hold. infeasible: `margin` > 0 by a ray, or NaN where a limit came before one was
    checked. stopped: nothing. `refused` says which answers our check did not accept."""

    status: Literal["optimal", "infeasible", "stopped"]
    method: str
    point: Point | None = None
    proof: Proof | None = None
    margin: float = np.nan
    refused: tuple[str, ...] = ()

    @property
    def bound(self) -> float:
        """The proven bound: no point costs less."""
        return self.proof.bound if self.proof is not None else -np.inf


class Unbounded(SolverFailure):
    """The cost falls without end along `columns`."""

    def __init__(self, columns: Sequence[int]) -> None:
        self.columns = tuple(columns)
        super().__init__(f"the cost falls without end along columns {', '.join(map(str, self.columns))}")


@dataclass(eq=False)
class _Attempts:
    """What was tried and why it was not accepted."""

    refused: list[str] = field(default_factory=list)
    claims_infeasible: bool = False

    def refuse(self, method: str, why: str) -> None:
        self.refused.append(f"{method}: {why}")


def solve_linear(
    lp: Linear, session: Session, title: str, *, clock: Clock, basic: bool = True, start: Basis | None = None
) -> Answer:
    """Solve `lp`, from the basis `start` if given; with `basic` the point has a basis and its duals are basic.

    Raises Unbounded, and SolverFailure when every method's answer is refused.
    """
    attempts = _Attempts()
    for method, warm in _plan(lp, basic, start):
        engine = Engine(lp, session, f"{title}, {'warm ' if warm else ''}{method}")
        if warm is not None:
            engine.set_basis(warm)
        with session.timed("solver"):
            run = engine.run(method, clock)
        if run.claim == "stopped":
            if attempts.claims_infeasible:
                return Answer("infeasible", run.method, refused=tuple(attempts.refused))
            return Answer("stopped", run.method, refused=tuple(attempts.refused))
        answer = _judge(lp, engine, run, session, attempts, basic)
        if answer is not None:
            return replace(answer, refused=tuple(attempts.refused))
        if attempts.claims_infeasible:
            answer = _prove_infeasible(lp, session, title, clock, run.method, attempts)
            if answer is not None:
                return replace(answer, refused=tuple(attempts.refused))
    raise SolverFailure(f"{title}: no method's answer passes our check of the arrays. " + "; ".join(attempts.refused))


def _plan(lp: Linear, basic: bool, start: Basis | None) -> list[tuple[str, Basis | None]]:
    cold: list[tuple[str, Basis | None]] = [(method, None) for method in methods_for(lp.columns, basic=basic)]
    return cold if start is None else [("simplex", start), *cold]


def _judge(lp: Linear, engine: Engine, run: Run, session: Session, attempts: _Attempts, basic: bool) -> Answer | None:
    """The answer, if what HiGHS claims is so."""
    if run.claim == "optimal" and run.point is not None:
        with session.timed("verification"):
            proof = prove_optimal(lp, run.point)
        if not proof.holds:
            attempts.refuse(run.method, f"claimed optimal, but {'; '.join(proof.faults)}")
            return None
        if basic and run.point.basis is None:
            attempts.refuse(run.method, "optimal, but without a basis")
            return None
        return Answer("optimal", run.method, run.point, proof)
    if run.claim == "infeasible":
        ray = engine.dual_ray()
        margin = -np.inf if ray is None else max(infeasibility(lp, ray), infeasibility(lp, -ray))
        if margin > PROVEN_INFEASIBLE:
            return Answer("infeasible", run.method, margin=margin)
        attempts.claims_infeasible = True
        return None
    if run.claim == "unbounded":
        columns = _unbounded_columns(lp, engine)
        if columns:
            raise Unbounded(columns)
        attempts.refuse(run.method, "claimed unbounded, without a direction that shows it")
        return None
    attempts.refuse(run.method, f"ended with: {run.detail}")
    return None


def _prove_infeasible(
    lp: Linear, session: Session, title: str, clock: Clock, method: str, attempts: _Attempts
) -> Answer | None:
    """Settle a claim of infeasibility that came without a ray: the least total violation of the rows has duals that are
    one. None where rows and bounds can be met after all."""
    least = solve_linear(violation(lp, np.ones(lp.rows)), session, f"{title}, least violation", clock=clock)
    if least.point is None:
        return Answer("infeasible", method)
    margin = infeasibility(lp, least.point.row_dual)
    if margin > PROVEN_INFEASIBLE:
        return Answer("infeasible", method, margin=margin)
    attempts.claims_infeasible = False
    attempts.refuse(method, "claimed infeasible, but rows and bounds can be met")
    return None


def violation(lp: Linear, weights: Floats) -> Linear:
    """The programme that minimises the weighted sum by which rows are missed, whatever the columns cost.

    Rows of weight 0 stay as they are. The columns after the first `lp.columns` are, in row order, what each elastic
    row with a lower bound falls short by, then what each with an upper bound exceeds it by."""
    short = np.flatnonzero((weights > 0) & np.isfinite(lp.row_lower))
    over = np.flatnonzero((weights > 0) & np.isfinite(lp.row_upper))
    extra = len(short) + len(over)
    unit = sp.eye_array(lp.rows, format="csc")
    matrix = sp.csc_array(sp.hstack([lp.matrix, unit[:, short], -unit[:, over]], format="csc"))
    return Linear(
        cost=np.concatenate([np.zeros(lp.columns), weights[short], weights[over]]),
        offset=0.0,
        matrix=matrix,
        row_lower=lp.row_lower,
        row_upper=lp.row_upper,
        lower=np.concatenate([lp.lower, np.zeros(extra)]),
        upper=np.concatenate([lp.upper, np.full(extra, np.inf)]),
    )


def _unbounded_columns(lp: Linear, engine: Engine) -> list[int]:
    """Columns of a direction along which the cost falls for ever, largest first, checked against the arrays."""
    ray = engine.primal_ray()
    if ray is None or ray.shape != (lp.columns,) or not ray.any():
        return []
    ray = ray / np.abs(ray).max()
    move = np.asarray(lp.matrix @ ray)
    tolerance = 1e-9 * (1.0 + abs(lp.matrix) @ np.abs(ray))
    stays = (
        ((move >= -tolerance) | np.isinf(lp.row_lower)).all()
        and ((move <= tolerance) | np.isinf(lp.row_upper)).all()
        and ((ray >= -1e-9) | np.isinf(lp.lower)).all()
        and ((ray <= 1e-9) | np.isinf(lp.upper)).all()
    )
    if not stays or float(lp.cost @ ray) >= 0.0:
        return []
    moving = np.flatnonzero(np.abs(ray) > 1e-9)
    return [int(j) for j in moving[np.argsort(-np.abs(ray[moving]), kind="stable")][:5]]
