"""Linear expressions, rows, and the solve: columns are numbers in a list, an expression is a dictionary; linear solves
by HiGHS at tolerances of 1e-9."""

from __future__ import annotations

import math
from heapq import heappop, heappush
from itertools import count

import highspy
import numpy as np

EPS = 1e-9
INF = math.inf
WHOLE = 1e-7
"""How far from a whole number a whole column may be."""


class Lin:
    """A linear expression: {column: coefficient} and a constant."""

    __slots__ = ("c", "k")

    def __init__(self, c=None, k=0.0):
        self.c = dict(c) if c else {}
        self.k = float(k)

    def add(self, other, factor=1.0):
        if isinstance(other, Lin):
            for j, a in other.c.items():
                self.c[j] = self.c.get(j, 0.0) + factor * a
            self.k += factor * other.k
        else:
            self.k += factor * other
        return self

    def copy(self):
        return Lin(self.c, self.k)

    def __add__(self, other):
        return self.copy().add(other)

    __radd__ = __add__

    def __sub__(self, other):
        return self.copy().add(other, -1.0)

    def __rsub__(self, other):
        return (self * -1.0).add(other)

    def __mul__(self, factor):
        return Lin({j: a * factor for j, a in self.c.items()}, self.k * factor)

    __rmul__ = __mul__

    def __truediv__(self, divisor):
        return self * (1.0 / divisor)

    def value(self, x):
        return self.k + sum(a * x[j] for j, a in self.c.items())


def total(items):
    out = Lin()
    for item in items:
        out.add(item)
    return out


class Programme:
    """Columns with bounds, and rows."""

    def __init__(self):
        self.names, self.lo, self.hi, self.whole = [], [], [], []
        self.rows = []  # (name, coefficients, lower, upper)

    def var(self, *name, lo=0.0, hi=INF, whole=False):
        self.names.append(name)
        self.lo.append(lo)
        self.hi.append(hi)
        self.whole.append(whole)
        return Lin({len(self.names) - 1: 1.0})

    def le(self, name, a, b):
        self._row(name, Lin().add(a).add(b, -1.0), -INF)

    def ge(self, name, a, b):
        self.le(name, b, a)

    def eq(self, name, a, b):
        self._row(name, Lin().add(a).add(b, -1.0), 0.0)

    def _row(self, name, expression, lower):
        coefficients = {j: a for j, a in expression.c.items() if a != 0.0}
        self.rows.append((name, coefficients, lower - expression.k, 0.0 - expression.k))

    def minimise(self, objective, *, maximise=False):
        """-> (status, value, x); value and x are None without an optimum."""
        for _, coefficients, lower, upper in self.rows:
            if not coefficients and (lower > EPS or upper < -EPS):
                return "infeasible", None, None
        x = branch_and_bound(self._solver(objective, maximise), self.lo, self.hi, self.whole)
        return ("infeasible", None, None) if x is None else ("optimal", objective.value(x), x)

    def _solver(self, objective, maximise):
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.names), len(self.rows)
        cost = np.zeros(lp.num_col_)
        for j, a in objective.c.items():
            cost[j] = -a if maximise else a
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.array(self.lo, float), np.array(self.hi, float)
        lp.row_lower_ = np.array([lower for _, _, lower, _ in self.rows], float)
        lp.row_upper_ = np.array([upper for _, _, _, upper in self.rows], float)
        start, index, value = [0], [], []
        for _, coefficients, _, _ in self.rows:
            index.extend(coefficients)
            value.extend(coefficients.values())
            start.append(len(index))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array(start)
        lp.a_matrix_.index_ = np.array(index, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(value, float)
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("primal_feasibility_tolerance", 1e-9)
        solver.setOptionValue("dual_feasibility_tolerance", 1e-9)
        solver.passModel(lp)
        return solver


def relaxation(solver):
    """-> (value, x) of the linear programme in the solver; None where it is infeasible."""
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        solver.setOptionValue("presolve", "off")
        solver.run()
        status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kOptimal:
        return solver.getInfo().objective_function_value, list(solver.getSolution().col_value)
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    raise RuntimeError(f"HiGHS ended with {solver.modelStatusToString(status)}, neither optimal nor infeasible")


def branch_and_bound(solver, lo, hi, whole):
    """The best x, or None: best bound first, on the column furthest from whole; of linear solves alone, because HiGHS's
    own search for whole numbers isn't right in every release."""
    which = np.array([j for j, is_whole in enumerate(whole) if is_whole], dtype=np.int32)
    order = count()
    nodes = [(-INF, next(order), np.array(lo, float)[which], np.array(hi, float)[which])]
    best, best_x = INF, None
    while nodes:
        bound, _, lower, upper = heappop(nodes)
        if bound >= best - 1e-9 * max(1.0, abs(best)):
            break
        if len(which):
            solver.changeColsBounds(len(which), which, lower, upper)
        found = relaxation(solver)
        if found is None or found[0] >= best:
            continue
        value, x = found
        at = np.array(x)[which]
        off = np.abs(at - np.round(at))
        if not len(which) or off.max() <= WHOLE:
            best, best_x = value, x
            continue
        k = int(off.argmax())
        down, up = upper.copy(), lower.copy()
        down[k], up[k] = math.floor(at[k]), math.ceil(at[k])
        heappush(nodes, (value, next(order), lower, down))
        heappush(nodes, (value, next(order), up, upper))
    return best_x
