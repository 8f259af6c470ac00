"""From arrays to a verified solution: the order of the stages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from planner.solve import highs
from planner.solve.basis import check_basis
from planner.solve.carry import Joined, Start
from planner.solve.integers import search
from planner.solve.integers.whole import Search
from planner.solve.linear import Basis, Flags, Floats, Linear, Point
from planner.solve.optimum import FROM_BASIS, TWO_STEPS, Answer, Unbounded, from_basis, solve_linear
from planner.solve.session import Clock, Session
from planner.solve.solution import Solution, SolverFailure, Status, relative_gap
from planner.solve.ties import break_ties
from planner.solve.verify import Proof, prove_feasible, prove_optimal, reduced_costs

if TYPE_CHECKING:
    from compute_lp.family import Arrays

NO_LIMIT_S = 1e9
"""For stages that are finished whatever the clock says; Ctrl-C still ends them."""


def solve(
    arrays: Arrays,
    *,
    gap: float = 0.005,
    time_limit_s: float = 300.0,
    prices: bool = True,
    tie_break: Floats | None = None,
    progress: Callable[[str], None] | None = None,
) -> Solution:
    """Minimise `arrays` and prove it.

    `gap` is for whole numbers, relative. `time_limit_s` is for the search: the relaxation, and all that whole
    numbers need. The linear solve with whole numbers fixed, which the plan and its prices come from, and the tie-break
    are finished beyond it. `tie_break` is a rank cost per column, minimised among optimal points. `progress` gets a
    line per stage.

    Ctrl-C ends the stage at hand: what is there is returned, as `feasible` or `stopped`; a second one in the same stage
    is raised. Raises SolverFailure, for a bug of ours or of the solver's, and ValueError for arrays that make no sense.
    """
    return _solve(arrays, gap, time_limit_s, prices, tie_break, progress)


def solve_from(
    arrays: Arrays,
    basis: Basis | None,
    *,
    start_by: Literal["simplex", "primal simplex"] = "simplex",
    gap: float = 0.005,
    time_limit_s: float = 300.0,
    prices: bool = True,
    tie_break: Floats | None = None,
    progress: Callable[[str], None] | None = None,
) -> Solution:
    """As `solve`, from the basis of arrays that were much the same: other numbers, and rows and columns added at the
    end. Dual simplex suits changed limits, "primal simplex" changed costs.

    The first linear solve starts from the basis. Where its answer isn't accepted by our check, or takes too long, it is
    solved again from nothing: `proof["start"]` says which, and why, and `solver["method"]` what gave the answer."""

    def begun(lp: Linear) -> Begun:
        return Begun(None if basis is None else basis.grown(lp), start_by)

    return _solve(arrays, gap, time_limit_s, prices, tie_break, progress, None if basis is None else begun)


def solve_again(
    arrays: Arrays,
    start: Start,
    *,
    gap: float = 0.005,
    time_limit_s: float = 300.0,
    prices: bool = True,
    tie_break: Floats | None = None,
    progress: Callable[[str], None] | None = None,
) -> Solution:
    """As `solve`, from what is known of a programme whose inputs were nearly the same: its columns and rows are found
    by their names and labels, and may be more or fewer.

    The first linear solve starts from its basis, and its whole numbers are the first plan to be tried. All is proven as
    in `solve`, and `proof["start"]` and `proof["plan_before"]` say what came of them. A plan that was within the gap
    anyway is improved until it is within `integers.CLOSE` of it, or a dive has been made: the difference to
    another plan is only as good as the gaps of both."""
    return _solve(arrays, gap, time_limit_s, prices, tie_break, progress, _onto(arrays, start))


def solve_relaxed(
    arrays: Arrays,
    start: Start | None,
    *,
    time_limit_s: float = 300.0,
    prices: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Solution:
    """The optimum of `arrays` with fractions for whole numbers, proven, from what is known of another programme.
    Its `basis` starts the next one."""
    relaxed = replace(arrays, whole=np.zeros_like(arrays.whole))
    begun = None if start is None else _onto(relaxed, start)
    return _solve(relaxed, 0.0, time_limit_s, prices, None, progress, begun, basic=True)


@dataclass(frozen=True, eq=False)
class Begun:
    """What a solve begins from: a basis and the method that suits it, or a programme joined with an old one to get a
    basis from; and whole numbers that may make a plan."""

    basis: Basis | None
    start_by: str
    values: Floats | None = None
    joined: Joined | None = None


def _onto(arrays: Arrays, start: Start) -> Callable[[Linear], Begun]:
    def begun(lp: Linear) -> Begun:
        carried = start.onto(arrays, lp)
        return Begun(carried.basis, TWO_STEPS, carried.values, carried.joined)

    return begun


def recheck(arrays: Arrays, x: Floats, row_dual: Floats) -> Proof:
    """Is x still the optimum of `arrays`, with the whole numbers it has, by these row duals? Nothing is solved."""
    lp = Linear.of(arrays)
    if x.shape == lp.cost.shape:
        lp = lp.fixed(arrays.whole, x[arrays.whole])
    return prove_optimal(lp, Point(x, row_dual), arrays.whole)


def _solve(
    arrays: Arrays,
    gap: float,
    time_limit_s: float,
    prices: bool,
    tie_break: Floats | None,
    progress: Callable[[str], None] | None,
    begin: Callable[[Linear], Begun] | None = None,
    *,
    basic: bool = False,
) -> Solution:
    lp = Linear.of(arrays)
    if tie_break is not None and tie_break.shape != lp.cost.shape:
        raise ValueError(
            f"tie_break has the shape {tie_break.shape}; it needs one rank cost for each of {lp.columns} columns."
        )
    with Session(time_limit_s, progress) as session, session.timed("total"):
        session.say(f"solving: {lp.columns:,} columns, {lp.rows:,} rows, {lp.matrix.nnz:,} non-zeros")
        try:
            solving = _Solve(lp, arrays.whole, session, gap, prices, tie_break)
            with session.timed("carrying"):
                begun = None if begin is None else begin(lp)
            return solving.solution(begun, basic=basic)
        except Unbounded as unbounded:
            names = ", ".join(arrays.column_name(j) for j in unbounded.columns)
            raise SolverFailure(
                f"the cost falls without end as these columns grow: {names}. A limit on them, or a cost, is missing."
            ) from unbounded


def _start(answer: Answer) -> str:
    """How a solve that was given a basis came to its answer."""
    return FROM_BASIS if answer.method.endswith(FROM_BASIS) else f"from nothing: {'; '.join(answer.refused)}"


class _Solve:
    """One solve on its way."""

    def __init__(
        self, lp: Linear, whole: Flags, session: Session, gap: float, prices: bool, tie_break: Floats | None
    ) -> None:
        self._lp, self._whole, self._session = lp, whole, session
        self._gap, self._prices, self._tie_break = gap, prices, tie_break
        self._proof: dict[str, float | str | bool] = {}
        self._method = ""
        self._relaxation_objective: float | None = None
        self._basis: Basis | None = None
        self._relaxation_basis: Basis | None = None

    def solution(self, begun: Begun | None, *, basic: bool) -> Solution:
        integral = bool(self._whole.any())
        basic = basic or self._prices or self._tie_break is not None or integral
        with self._session.timed("relaxation" if integral else "linear"):
            answer = self._linear(self._lp, "relaxation" if integral else "linear", self._session.clock, basic, begun)
        if answer.status == "infeasible":
            if answer.margin > 0.0:
                self._proof["infeasibility_margin"] = answer.margin
            return self._infeasible(proven=answer.margin > 0.0)
        if answer.status == "stopped":
            self._proof["stopped_by"] = self._session.clock.reason
            return self._without_plan("stopped", -np.inf)
        assert answer.point is not None
        if not integral:
            return self._finish(self._lp, answer, "optimal", answer.bound)
        self._relaxation_objective = self._lp.objective(answer.point.x)
        self._relaxation_basis = answer.point.basis
        return self._with_whole_numbers(answer, None if begun is None else begun.values)

    def _with_whole_numbers(self, relaxed: Answer, values: Floats | None) -> Solution:
        clock = self._session.clock
        found = search(self._lp, self._whole, relaxed, self._gap, self._session, clock, values)
        self._proof |= {"bound_from": found.bound_from} | found.notes
        if found.plan is None:
            if found.infeasible:
                return self._infeasible(proven=True)
            self._proof["stopped_by"] = clock.reason if clock.stopped else "claims of the solver that can't be proven"
            return self._without_plan("stopped", found.bound)
        self._proof["plan_from"] = found.plan.origin
        fixed = self._lp.fixed(self._whole, found.plan.values)
        with self._session.timed("whole numbers fixed"):
            answer = solve_linear(
                fixed, self._session, "whole numbers fixed", clock=self._beyond_limit(), start=found.plan.point.basis
            )
        if answer.status == "infeasible":
            raise SolverFailure("a plan with whole numbers was found, and no plan exists with these whole numbers.")
        if answer.point is None:
            return self._unpriced(found)
        self._method = f"{self._method}; {found.plan.origin}; {answer.method}"
        self._note_refusals(answer)
        status: Status = "optimal" if self._gap_of(answer.point.x, found.bound) <= self._gap else "feasible"
        if status == "feasible" and clock.stopped:
            self._proof["stopped_by"] = clock.reason
        return self._finish(fixed, answer, status, found.bound)

    def _linear(self, lp: Linear, title: str, clock: Clock, basic: bool, begun: Begun | None) -> Answer:
        if begun is None:
            answer = solve_linear(lp, self._session, title, clock=clock, basic=basic)
        else:
            start, refused = begun.basis, "the basis does not fit"
            if begun.joined is not None:
                first = from_basis(
                    begun.joined.lp, self._session, f"{title}, joined", clock=clock, start=begun.joined.basis
                )
                if isinstance(first, Answer):
                    if first.point is None:
                        self._method, self._proof["start"] = first.method, _start(first)
                        return first
                    start = None if first.point.basis is None else begun.joined.left(first.point.basis)
                else:
                    refused = first
            answer = solve_linear(
                lp, self._session, title, clock=clock, basic=basic, start=start, start_by=begun.start_by
            )
            self._proof["start"] = f"from nothing: {refused}" if start is None else _start(answer)
        self._method = answer.method
        self._note_refusals(answer)
        return answer

    def _note_refusals(self, answer: Answer) -> None:
        if answer.refused:
            self._proof["refused"] = "; ".join(filter(None, (str(self._proof.get("refused", "")), *answer.refused)))

    def _beyond_limit(self) -> Clock:
        return Clock(NO_LIMIT_S)

    def _gap_of(self, x: Floats, bound: float) -> float:
        return relative_gap(self._lp.objective(x), bound, self._lp.noise(x))

    def _finish(self, lp: Linear, answer: Answer, status: Status, bound: float) -> Solution:
        """Prices, ties, the last check. `lp` has its whole numbers fixed; `answer` is its proven optimum."""
        assert answer.point is not None
        point = answer.point
        row_dual, reduced, degenerate = np.empty(0), np.empty(0), np.empty(0, dtype=np.bool_)
        if self._prices:
            with self._session.timed("prices"):
                checked = check_basis(lp, point)
            row_dual, reduced, degenerate = point.row_dual, reduced_costs(lp, point.row_dual), checked.degenerate
            self._proof |= {"basis_confirmed": checked.confirmed, "degenerate_rows": float(degenerate.sum())}
            if checked.why:
                self._proof["basis_not_confirmed"] = checked.why
        if self._tie_break is not None:
            with self._session.timed("ties"):
                broken = break_ties(lp, point, self._tie_break, self._session, self._beyond_limit())
            self._proof["ties"] = broken.outcome
            point = broken.point
        x, self._basis = self._exactly_whole(point), answer.point.basis
        proof = prove_optimal(lp, Point(x, point.row_dual), self._whole)
        if not proof.holds:
            raise SolverFailure(f"the solution does not pass the last check: {'; '.join(proof.faults)}")
        self._proof |= proof.figures
        return self._solution(status, x, row_dual, reduced, degenerate, bound)

    def _exactly_whole(self, point: Point) -> Floats:
        return np.where(self._whole, np.round(point.x), point.x)

    def _unpriced(self, found: Search) -> Solution:
        """Interrupted before the last linear solve: the plan as the search left it, checked, without prices."""
        assert found.plan is not None
        x = self._exactly_whole(found.plan.point)
        proof = prove_feasible(self._lp, x, self._whole)
        if not proof.holds:
            raise SolverFailure(f"the plan does not pass our check: {'; '.join(proof.faults)}")
        self._proof |= proof.figures | {"stopped_by": "interrupt"}
        status: Status = "optimal" if self._gap_of(x, found.bound) <= self._gap else "feasible"
        nothing = np.empty(0)
        return self._solution(status, x, nothing, nothing, np.empty(0, dtype=np.bool_), found.bound)

    def _infeasible(self, *, proven: bool) -> Solution:
        self._proof["infeasibility_proven"] = proven
        return self._without_plan("infeasible", np.inf)

    def _without_plan(self, status: Status, bound: float) -> Solution:
        nothing = np.empty(0)
        return self._solution(status, nothing, nothing, nothing, np.empty(0, dtype=np.bool_), bound)

    def _solution(
        self, status: Status, x: Floats, row_dual: Floats, reduced: Floats, degenerate: Flags, bound: float
    ) -> Solution:
        planned = x.size > 0
        objective = self._lp.objective(x) if planned else np.nan
        gap = self._gap_of(x, bound) if planned else np.nan
        if planned:
            self._session.say(f"solved: {status}, objective {objective:,.6g}" + (f", gap {gap:.2%}" if gap else ""))
        missing = highs.hipo_missing()
        return Solution(
            status=status,
            x=x,
            row_dual=row_dual,
            reduced_cost=reduced,
            degenerate=degenerate,
            basis=self._basis,
            relaxation_basis=self._relaxation_basis,
            objective=objective,
            bound=bound,
            gap=gap,
            relaxation_objective=self._relaxation_objective,
            proof=self._proof,
            log=self._session.log(),
            seconds=self._session.seconds,
            solver={
                "name": "HiGHS",
                "version": highs.version(),
                "hipo": "available" if missing is None else f"not available: {missing}",
                "method": self._method,
                "options": ", ".join(f"{name}={value}" for name, value, _ in highs.OPTIONS),
            },
            iterations=self._session.iterations,
        )
