"""Arrays in, a verified solution out; or, where there is no plan, what is short.

`solve` hands the arrays to HiGHS in one pass and believes nothing it says that our own check of the arrays
(`verify`) hasn't passed. No solver object leaves this package, and highspy is imported only when a programme is solved.
"""

from planner.solve.carry import Start, bare
from planner.solve.conflict import Conflict, find_conflict, least_relaxation, relaxed
from planner.solve.elastic import Shortfall, explain_infeasible
from planner.solve.linear import Basis
from planner.solve.run import recheck, solve, solve_again, solve_from, solve_relaxed
from planner.solve.solution import Solution, SolverFailure
from planner.solve.verify import Proof

__all__ = [
    "Basis",
    "Conflict",
    "Proof",
    "Shortfall",
    "Solution",
    "SolverFailure",
    "Start",
    "bare",
    "explain_infeasible",
    "find_conflict",
    "least_relaxation",
    "recheck",
    "relaxed",
    "solve",
    "solve_again",
    "solve_from",
    "solve_relaxed",
]
