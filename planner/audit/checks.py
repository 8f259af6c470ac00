"""Comparing what result tables say with what was worked out again: the largest deviation of each check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from compute_lp.schema import Floats

TOLERANCE = 1e-6
"""Largest deviation, relative to 1 programme unit plus the figure's size. The solver keeps rows and bounds to 1e-7,
absolute; a figure here is a sum of a few of them."""
Axes = Mapping[str, Sequence[Any]]


class AuditFailure(Exception):
    """A figure of the result tables is not what follows from the other tables and the inputs."""


class Checks:
    """Largest relative deviation of each check so far, by name; a check is passed once it returns."""

    def __init__(self) -> None:
        self.worst: dict[str, float] = {}

    def equal(
        self,
        check: str,
        found: npt.ArrayLike,
        expected: npt.ArrayLike,
        axes: Axes,
        *,
        unit: str,
        one: float = 1.0,
        size: npt.ArrayLike = 0.0,
    ) -> None:
        """Refuse `found` unless it is `expected`.

        `axes` names the dimensions and their labels; `one` is one programme unit in the figures' unit; `size` that of
        the terms added up, where they cancel.
        """
        self.between(check, found, expected, expected, axes, unit=unit, one=one, size=size)

    def at_most(
        self,
        check: str,
        found: npt.ArrayLike,
        limit: npt.ArrayLike,
        axes: Axes,
        *,
        unit: str,
        one: float = 1.0,
        size: npt.ArrayLike = 0.0,
    ) -> None:
        """Refuse `found` where it exceeds `limit`."""
        self.between(check, found, -np.inf, limit, axes, unit=unit, one=one, size=size)

    def between(
        self,
        check: str,
        found: npt.ArrayLike,
        low: npt.ArrayLike,
        high: npt.ArrayLike,
        axes: Axes,
        *,
        unit: str,
        one: float = 1.0,
        size: npt.ArrayLike = 0.0,
    ) -> None:
        """Refuse `found` outside [low, high]; an infinite end is no limit."""
        shape = tuple(len(labels) for labels in axes.values())
        value, lower, upper, terms = (_over(numbers, shape) for numbers in (found, low, high, size))
        if not value.size:
            return
        over = np.maximum(np.maximum(value - upper, lower - value), 0.0)
        ends = [np.where(np.isfinite(end), np.abs(end), 0.0) for end in (lower, upper)]
        scale = one + np.maximum(np.maximum(np.abs(value), terms), np.maximum(*ends))
        deviation = over / scale
        at = int(np.argmax(deviation))
        worst = float(deviation.flat[at])
        self.worst[check] = max(self.worst.get(check, 0.0), worst)
        if worst <= TOLERANCE:
            return
        place = [int(position) for position in np.unravel_index(at, shape)] if shape else []
        where = [f"{name} {labels[i]}" for (name, labels), i in zip(axes.items(), place, strict=True)]
        stands, least, most = (float(numbers.flat[at]) for numbers in (value, lower, upper))
        right = "is" if least == most else "may be at most" if stands > most else "may be at least"
        raise AuditFailure(
            f"audit of {', '.join([check, *where])}: the result tables say {stands:.10g} {unit}; worked out again from "
            f"the other tables and the inputs it {right} {most if stands > most else least:.10g} {unit} "
            f"(off by {worst:.2g} of its size, {TOLERANCE:g} is allowed)"
        )


def _over(numbers: npt.ArrayLike, shape: tuple[int, ...]) -> Floats:
    return np.broadcast_to(np.asarray(numbers, dtype=np.float64), shape)
