"""On which column to branch: pseudo-costs, what a column has raised the bound by, per unit that it was moved."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from planner.solve.linear import Floats
from planner.solve.verify import WHOLE

LEAST = 1e-6
"""A rise counts as at least this share of the mean rise, so that a column that raises one side much and the other not
at all still ranks above one that raises neither."""


class PseudoCosts:
    """Rises of the bound seen so far, for each whole column and side (down, up)."""

    def __init__(self, columns: int) -> None:
        self._rise = np.zeros((2, columns))
        self._seen = np.zeros((2, columns), dtype=np.intp)

    def learn(self, column: int, side: int, distance: float, rise: float) -> None:
        """The bound rose by `rise` when `column` was moved by `distance`, down (side 0) or up (1). What was whole
        already teaches nothing."""
        if distance > WHOLE:
            self._rise[side, column] += max(0.0, rise) / distance
            self._seen[side, column] += 1

    def known(self, column: int) -> bool:
        """Have both sides been seen?"""
        return bool(self._seen[:, column].all())

    def ranked(self, columns: npt.NDArray[np.intp], values: Floats) -> npt.NDArray[np.intp]:
        """`columns`, at `values`, most promising first: by what both sides are expected to rise by, with the mean of
        all columns for those never seen."""
        mean = self.mean()
        per_unit = np.where(self._seen > 0, self._rise / np.maximum(self._seen, 1), mean)[:, columns]
        fraction = values - np.floor(values)
        down, up = per_unit[0] * fraction, per_unit[1] * (1.0 - fraction)
        scores = np.array([score(*sides, mean) for sides in zip(down.tolist(), up.tolist(), strict=True)])
        return columns[np.argsort(-scores, kind="stable")]

    def mean(self) -> float:
        """Mean rise per unit; 1 while nothing has been seen to rise."""
        return float(self._rise.sum()) / int(self._seen.sum()) if self._rise.any() else 1.0


def score(down: float, up: float, mean: float) -> float:
    """How good it is to branch where the two sides rise by `down` and `up`."""
    return max(down, LEAST * mean) * max(up, LEAST * mean)
