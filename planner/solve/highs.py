"""HiGHS: arrays in by one passModel, a run by a named method, a point out. highspy is imported only here.

Known of its releases, and what is done about it:
- 1.14.0 returns wrong optima (presolve): refused.
- Branch and bound of 1.15.1 cuts optima off and calls what is left optimal (ERGO-Code/HiGHS#3273). A programme of ours,
  given a plan to start from, came back as optimal 0.8 % too dear, with a bound to match that no check of a point can
  refute. It has also crashed the process it ran in (#3262). So HiGHS is never told which columns are whole: `tree` is
  our own, of linear solves whose bounds we prove. That is why 1.15.1 need not be refused, and HiPO can be kept.
- A warm start has returned a point that is not optimal (#3194, #3294): `optimum` and `tree` believe no status, and
  start again cold.
- HiPO needs highspy-extras of the very same version; with another one HiGHS logs an error, returns ok and runs
  simplex. So the versions are compared here, and the interior-point iterations are counted after the run.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from planner.solve.linear import SMALLEST_COEFFICIENT, Basis, Floats, Linear, Point
from planner.solve.session import Clock, Session, interrupt_held
from planner.solve.solution import SolverFailure

OPTIONS: tuple[tuple[str, bool | int | float | str, str], ...] = (
    ("log_to_console", False, "nothing on standard output; the log goes to a file"),
    ("threads", 1, "the same result whatever the machine's cores; on the storage programme 2 threads gained nothing"),
    ("random_seed", 0, "the same result every time"),
    ("small_matrix_value", SMALLEST_COEFFICIENT, "smaller coefficients are dropped unasked; default 1e-9"),
    ("primal_feasibility_tolerance", 1e-7, "HiGHS's default, written down because `verify` builds on it"),
    ("dual_feasibility_tolerance", 1e-7, "as above"),
    ("allow_unbounded_or_infeasible", False, "we need to know which of the two"),
)
"""Options of every run: name, value, why."""

PERTURBED: Mapping[str, float] = {
    "dual_simplex_cost_perturbation_multiplier": 1.0,
    "primal_simplex_bound_perturbation_multiplier": 1.0,
}
PLAIN: Mapping[str, float] = dict.fromkeys(PERTURBED, 0.0)
"""Simplex perturbs costs or bounds lest it go round in circles, and then has that to undo. From a basis that is nearly
optimal the undoing is most of the work: India's programme with chips at 0.7 of their price took 5,900 iterations
perturbed and 900 plain."""

METHODS: Mapping[str, Mapping[str, str | int | float]] = {
    "simplex": {"solver": "simplex", "simplex_strategy": 1, "presolve": "choose"},
    "simplex without presolve": {"solver": "simplex", "simplex_strategy": 1, "presolve": "off"},
    "primal simplex": {"solver": "simplex", "simplex_strategy": 4, "presolve": "off"},
    "IPX": {"solver": "ipx", "run_crossover": "on", "presolve": "choose"},
    "HiPO": {"solver": "hipo", "run_crossover": "on", "presolve": "choose"},
    "IPX without crossover": {"solver": "ipx", "run_crossover": "off", "presolve": "choose"},
    "HiPO without crossover": {"solver": "hipo", "run_crossover": "off", "presolve": "choose"},
    "plain dual simplex": {"solver": "simplex", "simplex_strategy": 1, "presolve": "off", **PLAIN},
    "plain primal simplex": {"solver": "simplex", "simplex_strategy": 4, "presolve": "off", **PLAIN},
}
"""Our names for ways to solve. Simplex starts from a basis where it is given one."""

KNOWN_WRONG: Mapping[str, str] = {
    "1.14.0": "it returns wrong optima of small programmes, https://github.com/ERGO-Code/HiGHS/issues/2957 and /3043"
}
"""Releases that must not be used, and why. 1.15.1 is not among them: what it does wrong, with whole columns, it isn't
asked to do (see above)."""

LARGE_COLUMNS = 30_000
"""From here on simplex may take only `SIMPLEX_SHARE` iterations a row before interior point has its turn, and from
`HUGE_COLUMNS` on interior point comes first. Where most columns are hours of stores and plants interior point wins: one
thread, storage programme (hourly storage in representative days, investment over periods), seconds with crossover
(simplex / IPX / HiPO): 8,800 columns 0.9 / 1.3 / 1.3; 26,500 columns 7.6 / 9.6 / 6.9; 87,300 columns over 280 / 143 /
76. Where most answer workloads simplex does: India's programme, 85,000 columns, 25 / 51 / 63 in 34,550 iterations,
half its rows."""
HUGE_COLUMNS = 300_000
SIMPLEX_SHARE = 0.75

HIGHS_CHOOSES, DEVEX = -1, 1
"""HiGHS's codes for how dual simplex prices rows. From a basis it is told Devex: its own choice, steepest edge, first
works out a weight for every row, and on the British programme (62,000 rows) took 4.8 s where Devex took 1.8 after a run
was forbidden, and 72 s where Devex took 0.6 to find out that a run can't be had in one period."""

IIS_STRATEGY = 1 | 2 | 8
"""HiGHS's bits: start from a ray, else from an elastic programme, and go on to an irreducible set."""

Claim = Literal["optimal", "cut off", "infeasible", "unbounded", "stopped", "failed"]

_CLAIMS: Mapping[str, Claim] = {
    "kOptimal": "optimal",
    "kModelEmpty": "optimal",
    "kObjectiveBound": "cut off",
    "kInfeasible": "infeasible",
    "kUnbounded": "unbounded",
    "kTimeLimit": "stopped",
    "kInterrupt": "stopped",
}


@dataclass(frozen=True, eq=False)
class Run:
    """What HiGHS says of a run: to be believed only once verified. `detail` is its own word for the status. Of what is
    cut off only the duals of the point mean anything."""

    claim: Claim
    detail: str
    point: Point | None
    method: str
    misses: bool = False
    """The point is of a softer programme and misses rows (`integers.whole`)."""


@cache
def library() -> Any:
    """highspy, imported when first needed. Raises SolverFailure on a release known to be wrong."""
    highspy = importlib.import_module("highspy")
    release = version()
    if release in KNOWN_WRONG:
        raise SolverFailure(
            f"HiGHS {release} is installed, and {KNOWN_WRONG[release]}. Install the release the lock file names."
        )
    with _standard_output_closed():
        highspy.Highs()
    return highspy


@contextmanager
def _standard_output_closed() -> Iterator[None]:
    """HiGHS 1.16 prints a banner when its first instance is made, before any option can be set. It is C code: only
    the file descriptor stops it."""
    sys.stdout.flush()
    kept = os.dup(1)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def version() -> str:
    return metadata.version("highspy")


def extras_version() -> str | None:
    """Version of highspy-extras, which brings HiPO; None where it is not installed."""
    try:
        return metadata.version("highspy-extras")
    except metadata.PackageNotFoundError:
        return None


def hipo_missing() -> str | None:
    """Why HiPO can't run here, or None where it can."""
    extras = extras_version()
    if extras is None:
        return "highspy-extras is not installed"
    if extras != version():
        return f"highspy-extras {extras} does not go with highspy {version()}"
    return None


def methods_for(lp: Linear, *, basic: bool) -> list[tuple[str, int | None]]:
    """Methods to try in turn, best first, each with the iterations of simplex it may take. With `basic` a basis is
    needed at the end, so crossover is run."""
    interior = ["IPX"] if hipo_missing() else ["HiPO", "IPX"]
    if not basic:
        interior.insert(0, f"{interior[0]} without crossover")
    simplex = ["simplex", "simplex without presolve"]
    if lp.columns < LARGE_COLUMNS:
        return [(method, None) for method in (*simplex, *interior)]
    patient: list[tuple[str, int | None]] = [(method, None) for method in (*interior, *simplex)]
    return patient if lp.columns >= HUGE_COLUMNS else [("simplex", int(SIMPLEX_SHARE * lp.rows)), *patient]


class Engine:
    """One HiGHS instance holding one linear programme, whose bounds may be changed between runs."""

    def __init__(self, lp: Linear, session: Session, title: str) -> None:
        """Hand the programme over. Raises SolverFailure where HiGHS refuses it."""
        self._lib = library()
        self._highs = self._lib.Highs()
        self._session = session
        self._columns, self._rows = lp.columns, lp.rows
        self.iterations = 0
        """Of simplex, over all runs."""
        self._has_basis = False
        for name, value, _ in OPTIONS:
            self._set(name, value)
        self._log = session.new_log(title)
        self._set("log_file", str(self._log))
        self._highs.HandleUserInterrupt = True
        matrix = lp.matrix
        status = self._highs.passModel(
            lp.columns,
            lp.rows,
            matrix.nnz,
            int(self._lib.MatrixFormat.kColwise),
            int(self._lib.ObjSense.kMinimize),
            lp.offset,
            lp.cost,
            lp.lower,
            lp.upper,
            lp.row_lower,
            lp.row_upper,
            matrix.indptr.astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data,
            np.zeros(lp.columns, dtype=np.int32),
        )
        if status != self._lib.HighsStatus.kOk:
            raise SolverFailure(f"HiGHS takes the programme with {status.name}; its log says:\n{self._tail()}")

    def run(self, method: str, clock: Clock, *, iterations: int | None = None, cutoff: float = np.inf) -> Run:
        """Solve by `method` until done, out of time, interrupted, past `iterations` of simplex, or, in dual simplex,
        sure that nothing costs less than `cutoff`."""
        if clock.stopped:
            return Run("stopped", clock.reason, None, method)
        for name, value in {**PERTURBED, **METHODS[method]}.items():
            self._set(name, value)
        self._set("simplex_dual_edge_weight_strategy", DEVEX if self._has_basis else HIGHS_CHOOSES)
        self._set("simplex_iteration_limit", iterations if iterations is not None else self._lib.kHighsIInf)
        self._set("objective_bound", cutoff)
        # The time limit is measured against the clock of the instance, which runs on from one run to the next.
        self._set("time_limit", self._highs.getRunTime() + clock.left_s())
        self._wait(clock)
        self.iterations += max(0, self._highs.getInfo().simplex_iteration_count)
        self._has_basis = True
        status = self._highs.getModelStatus()
        claim = _CLAIMS.get(status.name, "failed")
        point = self._point() if claim in ("optimal", "cut off") else None
        if claim in ("optimal", "cut off") and point is None:
            claim = "failed"
        return Run(claim, self._highs.modelStatusToString(status), point, self._ran(method))

    def forget(self) -> None:
        """Drop what earlier runs left: basis, point, factors."""
        self._expect(self._highs.clearSolver(), "to forget")
        self._has_basis = False

    def mute(self) -> None:
        """No log from here on: thousands of short runs would fill it."""
        self._set("output_flag", False)

    def set_columns(self, columns: npt.NDArray[np.intp], lower: Floats, upper: Floats) -> None:
        """New bounds for some columns."""
        self._expect(self._highs.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper), "new bounds")

    def set_costs(self, cost: Floats) -> None:
        """Another cost of every column."""
        every = np.arange(self._columns, dtype=np.int32)
        self._expect(self._highs.changeColsCost(self._columns, every, cost), "new costs")

    def set_basis(self, basis: Basis, *, repair: bool = False) -> None:
        """Start the next run from `basis`; with `repair` it may be singular, or not square: HiGHS factorises it,
        leaves out what depends on the rest, and puts slacks in its place."""
        codes = self._lib.HighsBasisStatus
        names = [codes(code) for code in range(5)]
        given = self._lib.HighsBasis()
        given.col_status = [names[code] for code in basis.columns.tolist()]
        given.row_status = [names[code] for code in basis.rows.tolist()]
        given.valid = True
        given.alien = repair
        self._expect(self._highs.setBasis(given), "a basis")
        self._has_basis = True

    def basis(self) -> Basis | None:
        """The basis at hand: the last one set, or that of the last run."""
        found = self._highs.getBasis()
        if not found.valid:
            return None
        columns = np.fromiter(map(int, found.col_status), np.int8, self._columns)
        rows = np.fromiter(map(int, found.row_status), np.int8, self._rows)
        return Basis(columns, rows)

    def row_duals(self, cost: Floats) -> Floats:
        """Row duals that belong to the basis at hand, were the columns to cost `cost`: no reduced cost is left on what
        is basic."""
        status, basic = self._highs.getBasicVariables()
        self._expect(status, "the columns of a basis")
        position = np.asarray(basic, dtype=np.intp)
        of_basic = np.where(position >= 0, cost[np.maximum(position, 0)], 0.0)
        status, duals = self._highs.getBasisTransposeSolve(of_basic)[:2]
        self._expect(status, "a solve with a basis")
        return np.asarray(duals, dtype=np.float64)

    def dual_ray(self) -> Floats | None:
        """HiGHS's proof that the rows can't be met, where its last run left one."""
        status, exists = self._highs.getDualRayExist()
        if status == self._lib.HighsStatus.kError or not exists:
            return None
        status, exists, ray = self._highs.getDualRay()
        if status == self._lib.HighsStatus.kError or not exists:
            return None
        return np.asarray(ray, dtype=np.float64)

    def primal_ray(self) -> Floats | None:
        """A direction along which the cost falls without end, where the last run left one."""
        status, exists, ray = self._highs.getPrimalRay()
        if status == self._lib.HighsStatus.kError or not exists:
            return None
        return np.asarray(ray, dtype=np.float64)

    def irreducible_rows(self) -> npt.NDArray[np.bool_] | None:
        """The rows of an infeasible set that HiGHS finds in the programme, as flags; None where it finds none."""
        self._set("iis_strategy", IIS_STRATEGY)
        status, found = self._highs.getIis()
        if status == self._lib.HighsStatus.kError or not found.valid_:
            return None
        rows = np.zeros(self._rows, dtype=np.bool_)
        rows[np.array(found.row_index_, dtype=np.intp)] = True
        return rows

    def _wait(self, clock: Clock) -> None:
        """Run in a thread of its own, so that Ctrl-C is heard here and handed on; a second Ctrl-C isn't held back.

        Within highspy's own calls it is: they would leave the locks that all instances share in disorder."""
        started = finished = False
        while not finished:
            try:
                with interrupt_held():
                    if not started:
                        self._highs.startSolve()
                        started = True
                    finished, _ = self._highs.wait(0.1)
                if not finished and clock.stopped:
                    self._highs.cancelSolve()
            except KeyboardInterrupt:
                self._highs.cancelSolve()
                if clock.interrupted:
                    raise
                clock.interrupted = True

    def _point(self) -> Point | None:
        solution = self._highs.getSolution()
        if not (solution.value_valid and solution.dual_valid) and self._columns:
            return None
        x = np.array(solution.col_value, dtype=np.float64)
        row_dual = np.array(solution.row_dual, dtype=np.float64)
        if len(x) != self._columns or len(row_dual) != self._rows:
            return None
        return Point(x, row_dual, self.basis())

    def _ran(self, method: str) -> str:
        """What ran: HiGHS has put simplex in HiPO's place and only its log said so."""
        if method.startswith("HiPO") and self._highs.getInfo().ipm_iteration_count <= 0:
            return f"{method} asked for, simplex or presolve ran"
        return method

    def _set(self, name: str, value: bool | int | float | str) -> None:
        self._expect(self._highs.setOptionValue(name, value), f"the option {name} = {value}")

    def _expect(self, status: Any, what: str) -> None:
        if status == self._lib.HighsStatus.kError:
            raise SolverFailure(f"HiGHS {version()} refuses {what}; its log says:\n{self._tail()}")

    def _tail(self) -> str:
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else "(nothing)"
