"""Is it so? Our own arithmetic on the arrays; the solver's status is not asked.

A point with row duals proves itself optimal when it keeps its bounds (rows and columns), the duals have the signs those
bounds allow, and cost and dual objective meet: then no point can cost less (weak duality). The reduced costs
are ours, d = c - A'y, so that a solver's wrong ones can't hide anything. A basis is checked as far as it says where
things stand: as many basic as there are rows, the others at the bound it names, no price on what is basic.

A ray proves rows and bounds contradictory (Farkas): the smallest that the rows' weighted sum must be exceeds the
largest that the columns' bounds let it be.

Tolerances. HiGHS works to 1e-7, absolute, on the unscaled programme. `FEASIBLE` leaves it one decade, and adds
`ROUNDING` times the sum of the sizes added up in the row or column concerned: doubles can't do better than that on
a sum of large terms, and a money row of 1e5 MUSD isn't held to 1e-7 of one. `GAP` is relative to the objective or to
the sum of its terms' sizes, whichever is larger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.solve.linear import AT_LOWER, AT_UPPER, AT_ZERO, BASIC, Basis, Codes, Flags, Floats, Linear, Point

FEASIBLE = 1e-6
ROUNDING = 1e-9
GAP = 1e-7
WHOLE = 1e-6


@dataclass(frozen=True)
class Proof:
    """Figures of the check, and a sentence for each fault found; none means proven.

    `bound` is the dual objective: what no point can undercut, if the duals passed."""

    figures: dict[str, float]
    faults: tuple[str, ...]
    bound: float

    @property
    def holds(self) -> bool:
        return not self.faults


def reduced_costs(lp: Linear, row_dual: Floats) -> Floats:
    """d = c - A'y, per column."""
    return np.asarray(lp.cost - lp.matrix.T @ row_dual, dtype=np.float64)


def prove_feasible(lp: Linear, x: Floats, whole: Flags | None = None) -> Proof:
    """Does x keep rows, bounds and, where `whole` says so, whole numbers?"""
    if x.shape != (lp.columns,) or not np.isfinite(x).all():
        return Proof({}, (f"the point has {x.size} values, some perhaps missing, for {lp.columns} columns",), -np.inf)
    activity = lp.matrix @ x
    sizes = abs(lp.matrix) @ np.abs(x)
    row, row_ratio = _breach(activity, lp.row_lower, lp.row_upper, sizes)
    column, column_ratio = _breach(x, lp.lower, lp.upper, np.abs(x))
    figures = {
        "row_residual": _largest(row),
        "row_residual_relative": _largest(row / np.maximum(1.0, sizes)),
        "column_residual": _largest(column),
    }
    faults = []
    if _largest(row_ratio) > 1.0:
        i = int(np.argmax(row_ratio))
        faults.append(
            f"row {i} is at {activity[i]:.9g}, outside {lp.row_lower[i]:.9g} to {lp.row_upper[i]:.9g} by {row[i]:.3g}"
        )
    if _largest(column_ratio) > 1.0:
        j = int(np.argmax(column_ratio))
        faults.append(f"column {j} is at {x[j]:.9g}, outside {lp.lower[j]:.9g} to {lp.upper[j]:.9g} by {column[j]:.3g}")
    if whole is not None and whole.any():
        off = np.where(whole, np.abs(x - np.round(x)), 0.0)
        figures["whole_number_residual"] = _largest(off)
        if _largest(off) > WHOLE:
            j = int(np.argmax(off))
            faults.append(f"column {j} must be whole and is at {x[j]:.9g}")
    return Proof(figures, tuple(faults), -np.inf)


def prove_optimal(lp: Linear, point: Point, whole: Flags | None = None) -> Proof:
    """Does the point, with its duals and basis, prove itself optimal for the linear programme?

    `whole` only adds the check that those columns are whole."""
    primal = prove_feasible(lp, point.x, whole)
    if not primal.figures:
        return primal
    x, y = point.x, point.row_dual
    if y.shape != (lp.rows,) or not np.isfinite(y).all():
        return Proof(primal.figures, (f"there are {y.size} duals, some perhaps missing, for {lp.rows} rows",), -np.inf)
    faults = list(primal.faults)
    d = reduced_costs(lp, y)
    sizes = np.abs(lp.cost) + abs(lp.matrix).T @ np.abs(y)
    wrong_d, d_ratio = _wrong_sign(d, lp.lower, lp.upper, sizes)
    wrong_y, y_ratio = _wrong_sign(y, lp.row_lower, lp.row_upper, np.abs(y))
    for kind, values, ratio in (("column", d, d_ratio), ("row", y, y_ratio)):
        if _largest(ratio) > 1.0:
            i = int(np.argmax(ratio))
            faults.append(f"the dual of {kind} {i} is {values[i]:.9g}, a sign its bounds do not allow")

    cost = lp.objective(x)
    column_terms = _worth(d, lp.lower, lp.upper)
    row_terms = _worth(y, lp.row_lower, lp.row_upper)
    bound = float(column_terms.sum() + row_terms.sum()) + lp.offset
    scale = max(abs(cost), float(np.abs(lp.cost) @ np.abs(x)), FEASIBLE)
    gap = abs(cost - bound) / scale
    slack = np.concatenate(
        [_complementarity(d, x, lp.lower, lp.upper), _complementarity(y, lp.matrix @ x, lp.row_lower, lp.row_upper)]
    )
    if gap > GAP:
        faults.append(f"the cost {cost:.12g} and the dual objective {bound:.12g} differ by {gap:.3g} of it")
    if _largest(slack) > GAP * scale:
        faults.append(f"a price of a limit that is not reached is worth {_largest(slack):.3g} of {scale:.6g}")
    figures = primal.figures | {
        "column_dual_residual": _largest(wrong_d),
        "row_dual_residual": _largest(wrong_y),
        "complementarity": _largest(slack),
        "duality_gap": gap,
    }
    if point.basis is not None:
        faults += _basis_faults(lp, point, d, sizes, point.basis)
    return Proof(figures, tuple(faults), bound)


def lower_bound(lp: Linear, row_dual: Floats) -> tuple[float, Floats]:
    """What no point of `lp` can cost less than, by weak duality from any row duals at all, and the reduced costs it is
    made of.

    A row's dual that pushes against a limit that isn't there counts as 0. A reduced cost that pushes against a bound
    that isn't there is 0 where `prove_optimal` would tolerate it too; otherwise these duals prove nothing and the bound
    is -inf."""
    if row_dual.shape != (lp.rows,) or not np.isfinite(row_dual).all():
        return -np.inf, np.zeros(lp.columns)
    y = np.where(np.isinf(np.where(row_dual > 0, lp.row_lower, lp.row_upper)), 0.0, row_dual)
    d = reduced_costs(lp, y)
    wrong, ratio = _wrong_sign(d, lp.lower, lp.upper, np.abs(lp.cost) + abs(lp.matrix).T @ np.abs(y))
    if _largest(ratio) > 1.0:
        return -np.inf, np.zeros(lp.columns)
    d[wrong > 0.0] = 0.0
    worth = _worth(d, lp.lower, lp.upper).sum() + _worth(y, lp.row_lower, lp.row_upper).sum()
    return float(worth) + lp.offset, d


def infeasibility(lp: Linear, ray: Floats) -> float:
    """By how much `ray` (one weight per row) proves the programme infeasible, as a share of the terms compared; 0 or
    less: it doesn't."""
    if ray.shape != (lp.rows,) or not np.isfinite(ray).all() or not ray.any():
        return -np.inf
    y = ray / np.abs(ray).max()
    y[np.abs(y) < ROUNDING] = 0.0
    y[(y > 0) & np.isinf(lp.row_lower) | (y < 0) & np.isinf(lp.row_upper)] = 0.0
    weights = np.asarray(lp.matrix.T @ y)
    weights[np.abs(weights) <= ROUNDING * (abs(lp.matrix).T @ np.abs(y))] = 0.0
    must = _worth(y, lp.row_lower, lp.row_upper)
    # The largest of w x over a column's bounds is minus the smallest of -w x.
    unbounded = (weights > 0) & np.isinf(lp.upper) | (weights < 0) & np.isinf(lp.lower)
    if unbounded.any():
        return -np.inf
    can = -_worth(-weights, lp.lower, lp.upper)
    scale = max(float(np.abs(must).sum() + np.abs(can).sum()), 1e-300)
    return float(must.sum() - can.sum()) / scale


def _breach(values: Floats, lower: Floats, upper: Floats, sizes: Floats) -> tuple[Floats, Floats]:
    """How far values lie outside their bounds, and that as a multiple of what is tolerated."""
    outside = np.maximum(np.maximum(lower - values, values - upper), 0.0)
    return outside, outside / (FEASIBLE + ROUNDING * sizes)


def _wrong_sign(dual: Floats, lower: Floats, upper: Floats, sizes: Floats) -> tuple[Floats, Floats]:
    """Size of duals that push against a bound that isn't there, and that as a multiple of what is tolerated."""
    wrong = np.where(np.isinf(lower), np.maximum(dual, 0.0), 0.0) + np.where(np.isinf(upper), np.maximum(-dual, 0.0), 0)
    return wrong, wrong / (FEASIBLE + ROUNDING * sizes)


def _worth(dual: Floats, lower: Floats, upper: Floats) -> Floats:
    """dual times the bound it pushes against: the least that dual * value can be. 0 where there is no bound."""
    bound = np.where(dual > 0, lower, upper)
    return np.asarray(np.where(np.isinf(bound), 0.0, dual) * np.where(np.isinf(bound), 0.0, bound))


def _complementarity(dual: Floats, values: Floats, lower: Floats, upper: Floats) -> Floats:
    """|dual| times the distance to the bound it pushes against; 0 where there is none (that is a wrong sign)."""
    bound = np.where(dual > 0, lower, upper)
    distance = np.where(np.isinf(bound), 0.0, np.abs(values - np.where(np.isinf(bound), 0.0, bound)))
    return np.asarray(np.abs(dual) * distance)


def _basis_faults(lp: Linear, point: Point, d: Floats, sizes: Floats, basis: Basis) -> list[str]:
    if len(basis.columns) != lp.columns or len(basis.rows) != lp.rows:
        return ["the basis is of another programme"]
    count = int((basis.columns == BASIC).sum() + (basis.rows == BASIC).sum())
    faults = [] if count == lp.rows else [f"the basis has {count} basic columns and slacks for {lp.rows} rows"]
    activity = np.asarray(lp.matrix @ point.x)
    row_sizes = abs(lp.matrix) @ np.abs(point.x)
    for kind, codes, values, lower, upper, dual, value_sizes, dual_sizes in (
        ("column", basis.columns, point.x, lp.lower, lp.upper, d, np.abs(point.x), sizes),
        ("row", basis.rows, activity, lp.row_lower, lp.row_upper, point.row_dual, row_sizes, np.abs(point.row_dual)),
    ):
        away = _away(codes, values, lower, upper) > FEASIBLE + ROUNDING * value_sizes
        priced = (codes == BASIC) & (np.abs(dual) > FEASIBLE + ROUNDING * dual_sizes)
        for wrong, what in ((away, "is not at the bound its basis names"), (priced, "is basic and has a price")):
            if wrong.any():
                faults.append(f"{kind} {int(np.argmax(wrong))} {what}")
    return faults


def _away(codes: Codes, values: Floats, lower: Floats, upper: Floats) -> Floats:
    """Distance of what isn't basic from where its code says it stands; infinite where there is no such bound."""
    with np.errstate(invalid="ignore"):
        either = np.minimum(np.abs(values - lower), np.abs(values - upper))
    distance = np.select(
        [codes == BASIC, codes == AT_LOWER, codes == AT_UPPER, codes == AT_ZERO],
        [np.zeros_like(values), np.abs(values - lower), np.abs(values - upper), np.abs(values)],
        either,
    )
    return np.asarray(distance)


def _largest(values: Floats) -> float:
    return float(values.max()) if values.size else 0.0
