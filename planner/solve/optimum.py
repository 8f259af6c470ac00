"""A linear programme solved until our own check is satisfied: method after method, each from nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import scipy.sparse as sp

from planner.solve.highs import LARGE_COLUMNS, Engine, Run, methods_for
from planner.solve.linear import AT_LOWER, AT_UPPER, BASIC, Basis, Codes, Floats, Linear, Point
from planner.solve.session import Clock, Session
from planner.solve.solution import SolverFailure
from planner.solve.verify import Proof, infeasibility, prove_optimal, reduced_costs

FROM_BASIS = "from a basis"
"""Ends the name of a method that was given a basis to start from."""

TWO_STEPS = "dual, then primal simplex"
"""The method for a basis that may be anything: not optimal, for other costs and other limits, even singular."""

START_SHARE = 0.2
"""Iterations a row that a large programme may take from a basis. It takes few where limits changed, or the basis is no
help: the Emirates' programme (44,000 rows) with a row more took under 1 s; with another objective altogether 52 and
98 s for what takes 5 and 12 s from nothing, presolved."""

CARRIED_SHARE = 0.06
"""The same for a basis carried from another programme, in two steps. Of a dozen what-ifs of India's programme (67,000
rows) ten took less than 1,300 and one 2,400 iterations; of those of the United Kingdom (62,000 rows) what was not done
after 3,600 was not after 6,200 either."""

DUAL_FEASIBLE = 1e-7
"""HiGHS's tolerance: duals of the wrong sign below it are none."""

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


def solve_linear(
    lp: Linear,
    session: Session,
    title: str,
    *,
    clock: Clock,
    basic: bool = True,
    start: Basis | None = None,
    start_by: str = "simplex",
) -> Answer:
    """Solve `lp`, from the basis `start` if given, by the method `start_by`; with `basic` the point has a basis and its
    duals are basic.

    Raises Unbounded, and SolverFailure when every method's answer is refused.
    """
    attempts = _Attempts(lp, session, title, clock, basic)
    if start is not None:
        if start_by == TWO_STEPS:
            attempts.run_in_two_steps(start, _patience(lp, CARRIED_SHARE))
        else:
            attempts.run(start_by, start, iterations=_patience(lp, START_SHARE))
    for method, iterations in methods_for(lp, basic=basic):
        if attempts.answer is None:
            attempts.run(method, iterations=iterations)
    if attempts.answer is None:
        raise SolverFailure(
            f"{title}: no method's answer passes our check of the arrays. " + "; ".join(attempts.refused)
        )
    return replace(attempts.answer, refused=tuple(attempts.refused))


def from_basis(lp: Linear, session: Session, title: str, *, clock: Clock, start: Basis) -> Answer | str:
    """Solve `lp` from a basis that may be anything, and by no other way; what our check refuses of it, in words."""
    attempts = _Attempts(lp, session, title, clock, basic=True)
    attempts.run_in_two_steps(start, _patience(lp, CARRIED_SHARE))
    return attempts.answer or "; ".join(attempts.refused)


def _patience(lp: Linear, share: float) -> int | None:
    return None if lp.columns < LARGE_COLUMNS else int(share * lp.rows)


@dataclass(eq=False)
class _Attempts:
    """Runs of one programme, until an answer is accepted; what was refused meanwhile, and why."""

    lp: Linear
    session: Session
    title: str
    clock: Clock
    basic: bool
    answer: Answer | None = None
    refused: list[str] = field(default_factory=list)

    def run(self, method: str, start: Basis | None = None, *, iterations: int | None = None) -> None:
        engine = Engine(self.lp, self.session, f"{self.title}, {method}" + (f" {FROM_BASIS}" if start else ""))
        if start is not None:
            engine.set_basis(start)
        with self.session.timed("solver"):
            run = engine.run(method, self.clock, iterations=iterations)
            if start is not None:
                run = replace(run, method=f"{run.method} {FROM_BASIS}")
        self.session.iterations += engine.iterations
        self._judge(run, engine)

    def run_in_two_steps(self, start: Basis, iterations: int | None) -> None:
        """From a basis that need be neither primal nor dual feasible.

        First costs are set so that it is dual feasible: what has a reduced cost of the wrong sign is made dearer or
        cheaper by that much. Dual simplex finds a point that keeps all limits, near to the old one. Then the costs are
        what they are, and primal simplex goes on from there. HiGHS's own way from such a basis, a first phase of dual
        simplex, forgets where it came from: India's programme with energy 30 % dearer took it 17,000 iterations, and
        two steps 2,400."""
        engine = Engine(self.lp, self.session, f"{self.title}, {TWO_STEPS} {FROM_BASIS}")
        with self.session.timed("solver"):
            engine.set_basis(start, repair=True)
            cost = _kept_dual_feasible(self.lp, engine)
            if cost is not None:
                engine.set_costs(cost)
            run = engine.run("plain dual simplex", self.clock, iterations=iterations)
            if cost is not None and run.claim == "optimal":
                engine.set_costs(self.lp.cost)
                left = None if iterations is None else max(0, iterations - engine.iterations)
                run = engine.run("plain primal simplex", self.clock, iterations=left)
        self.session.iterations += engine.iterations
        self._judge(replace(run, method=f"{TWO_STEPS} {FROM_BASIS}"), engine)

    def _judge(self, run: Run, engine: Engine) -> None:
        if run.claim == "stopped":
            self.answer = Answer("stopped", run.method)
        elif run.claim == "optimal" and run.point is not None:
            self._judge_optimal(run.method, run.point)
        elif run.claim == "infeasible":
            self._judge_infeasible(run.method, engine)
        elif run.claim == "unbounded":
            columns = _unbounded_columns(self.lp, engine)
            if columns:
                raise Unbounded(columns)
            self._refuse(run.method, "claimed unbounded, without a direction that shows it")
        else:
            self._refuse(run.method, f"ended with: {run.detail}")

    def _judge_optimal(self, method: str, point: Point) -> None:
        with self.session.timed("verification"):
            proof = prove_optimal(self.lp, point)
        if not proof.holds:
            self._refuse(method, f"claimed optimal, but {'; '.join(proof.faults)}")
        elif self.basic and point.basis is None:
            self._refuse(method, "optimal, but without a basis")
        else:
            self.answer = Answer("optimal", method, point, proof)

    def _judge_infeasible(self, method: str, engine: Engine) -> None:
        """By HiGHS's ray, or by one of our own: the least total violation of the rows has duals that are one."""
        ray = engine.dual_ray()
        margin = -np.inf if ray is None else max(infeasibility(self.lp, ray), infeasibility(self.lp, -ray))
        if margin <= PROVEN_INFEASIBLE:
            soft = violation(self.lp, np.ones(self.lp.rows))
            least = solve_linear(soft, self.session, f"{self.title}, least violation", clock=self.clock)
            if least.point is None:
                margin = np.nan
            else:
                margin = infeasibility(self.lp, least.point.row_dual)
                if margin <= PROVEN_INFEASIBLE:
                    missed = soft.objective(least.point.x)
                    self._refuse(method, f"claimed infeasible, but rows and bounds can be met to within {missed:.3g}")
                    return
        self.answer = Answer("infeasible", method, margin=margin)

    def _refuse(self, method: str, why: str) -> None:
        self.refused.append(f"{method}: {why}")


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


def _kept_dual_feasible(lp: Linear, engine: Engine) -> Floats | None:
    """Costs for which the basis at hand is dual feasible, as near to those of `lp` as may be; None where it is so with
    these, or no basis is known.

    A reduced cost of the wrong sign is taken from its column's cost; a dual of the wrong sign, from that of each of its
    row's columns in proportion to their coefficients, which changes that dual and no other."""
    basis = engine.basis()
    if basis is None:
        return None
    y = engine.row_duals(lp.cost)
    if not np.isfinite(y).all():
        return None
    wrong_rows = _wrong(basis.rows, y, lp.row_lower, lp.row_upper)
    wrong_columns = _wrong(basis.columns, reduced_costs(lp, y), lp.lower, lp.upper)
    if max(np.abs(wrong_rows).max(initial=0.0), np.abs(wrong_columns).max(initial=0.0)) <= DUAL_FEASIBLE:
        return None
    return np.asarray(lp.cost - wrong_columns - lp.matrix.T @ wrong_rows)


def _wrong(codes: Codes, duals: Floats, lower: Floats, upper: Floats) -> Floats:
    """The duals whose sign their place in the basis doesn't allow; 0 for the others."""
    rising = (codes != AT_LOWER) & (duals > 0)
    falling = (codes != AT_UPPER) & (duals < 0)
    return np.where((rising | falling) & (codes != BASIC) & (lower < upper), duals, 0.0)


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
