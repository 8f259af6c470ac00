"""What more of one aim costs: a policy row moved step by step, with the exact slope at each point.

`home`: the least share of compute at home, the same in every period (`policies.home_compute_share_min`). `carbon`: the
most carbon over the horizon; `carbon_by_period`: the most in any one period (`policies.carbon_kt_max`). `unserved`: the
most tokens left unserved over the horizon. Limits of the workbook on the same thing are lifted, as the curve takes
their place. It runs from the best plan, where the row doesn't bind, to the most that is possible, which is found by
solving for it (for carbon and tokens by the smallest ceiling, for the share by halving).

The slope is what one unit more costs, from the dual of the moved row: d cost / d value = dual · d limit / d value; of a
share v, whose row is home - v · all >= 0, it is the sum over periods of dual · all. At a corner, where the slope jumps,
it is that of one side. Costs are those with fractions in place of whole numbers; with the objective most_served they
are minus the value served.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import scipy.sparse as sp

from compute_lp.family import Block, Index
from compute_lp.schema import Floats
from planner.compare.laboratory import BASE, FRACTIONS, Laboratory, Programme, begun
from planner.solve import SolverFailure
from planner.wording import NOTABLE, money, number

if TYPE_CHECKING:
    from compute_lp.family import Arrays, TotalMap
    from planner.solve import Solution

What = Literal["home", "carbon", "carbon_by_period", "unserved"]
UNITS = {"home": "share", "carbon": "kt", "carbon_by_period": "kt", "unserved": "T"}
SAID = {
    "home": "home share of compute",
    "carbon": "carbon over the horizon",
    "carbon_by_period": "carbon in any period",
    "unserved": "tokens unserved",
}
STEP = {
    "home": ("one percentage point more", 0.01),
    "carbon": ("one kt less", 1.0),
    "carbon_by_period": ("one kt less", 1.0),
    "unserved": ("one T less", 1.0),
}
LIFTED = {
    "home": "sovereignty.home_compute",
    "carbon": "sovereignty.within_carbon",
    "carbon_by_period": "sovereignty.within_carbon",
}
"""Rows of the workbook that the curve takes the place of."""
HOME, COMPUTE = "sovereignty.home_h100e", "sovereignty.all_h100e"
CARBON, UNSERVED = "carbon", "serving.unserved"
MOVED = "frontier.moved"
STEPS = 8
HALVINGS = 20
"""Of the stretch in which the largest possible share lies: to a millionth."""
INSIDE = 1e-6
"""Of the curve's length: how far its last point stays within what is possible, where a proof would hang on rounding."""
COLUMNS = ("what", "value", "unit", "cost_musd", "slope_musd_per_unit", "binding")


def frontier(lab: Laboratory, what: What, steps: int = STEPS, scenario: str = BASE) -> pd.DataFrame:
    """`steps` points of the curve, the first where the row doesn't bind; one alone where nothing more is possible, none
    without a plan. Raises ValueError for a trade-off that there isn't."""
    if what not in UNITS:
        raise ValueError(f"{what!r} is no trade-off; there are {', '.join(UNITS)}")
    curve = _Curve(lab, lab.programme(scenario), what)
    if not curve.free.x.size:
        return pd.DataFrame(columns=list(COLUMNS))
    first, last = curve.unbound, curve.farthest()
    rows = [(what, first, UNITS[what], curve.free.objective, 0.0, False)]
    start = begun(curve.arrays, curve.free)
    moves = abs(last - first) > NOTABLE * max(1.0, abs(first))
    for value in np.linspace(first, last, steps)[1:].tolist() if moves else []:
        lab.say(f"trade-off of cost against {SAID[what]}: point {len(rows) + 1} of {steps}")
        moved = curve.moved_to(value)
        point = lab.solved(moved, start, prices=True)
        if not point.x.size:
            raise SolverFailure(f"{SAID[what]} at {value:.6g} {UNITS[what]} was found possible, and then has no plan")
        start, slope = begun(moved, point), curve.slope(point)
        rows.append((what, value, UNITS[what], point.objective, slope, abs(slope) > NOTABLE))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def sentences(curve: pd.DataFrame, *, value_served: bool = False) -> list[str]:
    """The curve in words."""
    if len(curve) < 2:
        return ["There is no plan to begin from." if curve.empty else "The row never binds: the curve is one point."]
    what, unit = str(curve["what"].iloc[0]), str(curve["unit"].iloc[0])
    ends = curve["value"].iloc[[0, -1]].to_list()
    dearer = float(curve["cost_musd"].iloc[-1] - curve["cost_musd"].iloc[0])
    price = "gives up value of" if value_served else "costs"
    said = SAID[what][0].upper() + SAID[what][1:]
    told = [f"{said} from {_amount(ends[0], unit)} to {_amount(ends[1], unit)} {price} {money(dearer)}."]
    bound = curve.loc[curve["binding"], ["value", "slope_musd_per_unit"]]
    for value, slope in [*bound.head(1).itertuples(index=False), *bound.tail(1).itertuples(index=False)]:
        told.append(f"At {_amount(value, unit)}, {STEP[what][0]} {price} {money(abs(slope) * STEP[what][1])}.")
    return [*dict.fromkeys(told), f"The curve is {FRACTIONS}."]


def _amount(value: float, unit: str) -> str:
    return f"{number(100 * value)} %" if unit == "share" else f"{number(value)} {unit}"


@dataclass(frozen=True, eq=False)
class _Curve:
    """A programme with a row, or a row a period, that is moved."""

    lab: Laboratory
    programme: Programme
    what: What

    @cached_property
    def arrays(self) -> Arrays:
        """Without the workbook's own limits on the same thing."""
        arrays = self.programme.compared
        if self.what not in LIFTED or LIFTED[self.what] not in arrays.rows:
            return arrays
        lower, upper = arrays.row_lower.copy(), arrays.row_upper.copy()
        lifted = arrays.rows[LIFTED[self.what]].slice
        lower[lifted], upper[lifted] = -np.inf, np.inf
        return replace(arrays, row_lower=lower, row_upper=upper)

    @cached_property
    def free(self) -> Solution:
        return self.lab.solved(self.arrays, self.lab.start)

    @cached_property
    def limited(self) -> tuple[sp.csr_array, Floats]:
        """What the moved rows limit: matrix @ x + constant, a row for each of them."""
        arrays = self.arrays
        if self.what == "unserved":
            matrix = np.zeros((1, len(arrays.lower)))
            matrix[0, arrays.columns[UNSERVED].slice] = 1.0
            return sp.csr_array(matrix), np.zeros(1)
        total = arrays.totals[HOME if self.what == "home" else CARBON]
        if self.what == "carbon":
            return sp.csr_array(total.matrix.sum(axis=0)[None, :]), np.array([total.constant.sum()])
        return total.matrix, total.constant

    def farthest(self) -> float:
        """The most that is possible."""
        if self.what == "home":
            return self._largest_share()
        matrix, constant = self.limited
        # One column more, the ceiling that all rows keep, is made as small as can be.
        size = len(self.arrays.lower)
        grown = replace(
            _with_rows(self.arrays, matrix, np.full(len(constant), -np.inf), -constant),
            cost=np.append(np.zeros(size), 1.0),
            offset=0.0,
            lower=np.append(self.arrays.lower, -np.inf),
            upper=np.append(self.arrays.upper, np.inf),
            whole=np.zeros(size + 1, dtype=np.bool_),
            columns={**self.arrays.columns, MOVED: Block(MOVED, size, 1, Index.point())},
        )
        ceiling = sp.csc_array(np.append(np.zeros(len(self.arrays.row_lower)), np.full(len(constant), -1.0))[:, None])
        least = self.lab.solved(replace(grown, matrix=sp.csc_array(sp.hstack([grown.matrix, ceiling]))), None)
        return least.objective + INSIDE * (self.unbound - least.objective)

    @property
    def unbound(self) -> float:
        """Where the row just doesn't bind: what the best plan comes to by itself."""
        matrix, constant = self.limited
        found = np.asarray(matrix @ self.free.x + constant)
        if self.what != "home":
            return float(found.max())
        everything = self.compute.at(self.free.x)
        there = everything > NOTABLE
        return float((found[there] / everything[there]).min(initial=1.0))

    @property
    def compute(self) -> TotalMap:
        return self.arrays.totals[COMPUTE]

    def moved_to(self, value: float) -> Arrays:
        """The programme with the row at a value."""
        matrix, constant = self.limited
        if self.what == "home":
            rows = matrix - value * self.compute.matrix
            lower = value * self.compute.constant - constant
            return _with_rows(self.arrays, rows, lower, np.full(len(constant), np.inf))
        return _with_rows(self.arrays, matrix, np.full(len(constant), -np.inf), value - constant)

    def slope(self, solution: Solution) -> float:
        """MUSD that a unit more of the value costs."""
        dual = solution.row_dual[len(self.arrays.row_lower) :]
        return float(dual @ self.compute.at(solution.x)) if self.what == "home" else float(dual.sum())

    def _possible(self, value: float) -> bool:
        return self.lab.solved(self.moved_to(value), begun(self.arrays, self.free)).x.size > 0

    def _largest_share(self) -> float:
        if self._possible(1.0):
            return 1.0
        possible, impossible = self.unbound, 1.0
        for _ in range(HALVINGS):
            middle = (possible + impossible) / 2
            if self._possible(middle):
                possible = middle
            else:
                impossible = middle
        return possible


def _with_rows(arrays: Arrays, matrix: sp.csr_array, lower: Floats, upper: Floats) -> Arrays:
    index = Index.of(list(range(len(lower))))
    return replace(
        arrays,
        matrix=sp.csc_array(sp.vstack([arrays.matrix, matrix], format="csc")),
        row_lower=np.append(arrays.row_lower, lower),
        row_upper=np.append(arrays.row_upper, upper),
        rows={**arrays.rows, MOVED: Block(MOVED, len(arrays.row_lower), len(lower), index)},
    )
