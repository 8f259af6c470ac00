"""Arrays in, a verified solution out; or, where there is no plan, what is short.

`solve` hands the arrays to HiGHS in one pass and believes nothing it says that our own check of the arrays
(`verify`) hasn't passed. No solver object leaves this package, and highspy is imported only when a programme is solved.
"""

from planner.solve.elastic import Shortfall, explain_infeasible
from planner.solve.run import solve
from planner.solve.solution import Solution, SolverFailure

__all__ = ["Shortfall", "Solution", "SolverFailure", "explain_infeasible", "solve"]
