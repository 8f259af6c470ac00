"""What a programme could do without is found, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
import scipy.sparse as sp

from benchmarks import numerics
from planner.solve.linear import Linear

INF = np.inf


def linear(
    rows: Sequence[Sequence[float]],
    row_lower: npt.ArrayLike,
    row_upper: npt.ArrayLike,
    *,
    cost: npt.ArrayLike | None = None,
    lower: npt.ArrayLike | None = None,
    upper: npt.ArrayLike | None = None,
) -> Linear:
    matrix = np.array(rows, dtype=float)
    columns = matrix.shape[1]
    return Linear(
        cost=np.ones(columns) if cost is None else np.array(cost, dtype=float),
        offset=0.0,
        matrix=sp.csc_array(matrix),
        row_lower=np.array(row_lower, dtype=float),
        row_upper=np.array(row_upper, dtype=float),
        lower=np.zeros(columns) if lower is None else np.array(lower, dtype=float),
        upper=np.full(columns, INF) if upper is None else np.array(upper, dtype=float),
    )


def where(flags: npt.NDArray[np.bool_]) -> list[int]:
    return np.flatnonzero(flags).tolist()


def test_of_parallel_rows_the_tightest_from_below_and_from_above_are_needed() -> None:
    rows: list[list[float]] = [
        [1, 2, 0],  # at least 1
        [-2, -4, 0],  # the same, times -2: at most 6 here is at least -3 there
        [3, 6, 0],  # at most 5 thirds
        [1, 2, 1],
        [0.1, 0.2, 0],  # at least 10 times 0.05
    ]
    lp = linear(rows, [1, -INF, -INF, 1, 0.05], [INF, 6, 5, INF, INF])
    assert where(numerics.Idle.of(lp).parallel) == [1, 4]


@pytest.mark.parametrize(
    ("lower", "upper", "needless"),
    [
        ([1, 1], [INF, 4], [0]),
        ([0, 2], [4, 4], [0]),
        ([1, 2], [INF, INF], [0]),
        ([-INF, -INF], [4, 3], [0]),
        ([1, 2], [3, 4], []),
    ],
)
def test_of_two_parallel_rows_one_that_is_as_tight_on_both_sides_is_enough(
    lower: list[float], upper: list[float], needless: list[int]
) -> None:
    lp = linear([[1, 2], [1, 2]], lower, upper)
    assert where(numerics.Idle.of(lp).parallel) == needless


def test_a_row_told_twice_is_needed_once() -> None:
    lp = linear([[1, 2], [2, 4], [1, 3]], [4, 8, 4], [4, 8, 4])
    assert where(numerics.Idle.of(lp).parallel) == [1]


def test_a_row_never_binds_where_its_columns_cannot_take_it_to_its_limit() -> None:
    rows = [[1, 1], [1, 1], [1, -1], [-1, 0], [0, 1], [1, -1]]
    lp = linear(
        rows,
        [-INF, 1, -3, -2, -INF, -2.9],  # the third is -3 at least, as the second column is 3 at most
        [5, INF, INF, INF, 2.9, INF],
        lower=[0, 0],
        upper=[2, 3],
    )
    assert where(numerics.Idle.of(lp).never) == [0, 2, 3]


def test_a_column_without_a_bound_takes_a_row_anywhere() -> None:
    lp = linear([[1, -1], [1, 1]], [-INF, -1], [9, INF])
    assert where(numerics.Idle.of(lp).never) == [1]


def test_rows_and_columns_for_nothing_are_told_by_kind() -> None:
    lp = linear([[1, 0, 1, 0], [0, 0, 0, 0], [1, 0, 1, 0]], [1, 0, -INF], [1, 0, INF], upper=[2, 1, 1, 0])
    idle = numerics.Idle.of(lp)
    assert [where(kind) for kind in (idle.empty, idle.free, idle.never, idle.parallel)] == [[1], [2], [], []]
    assert [where(kind) for kind in (idle.fixed, idle.unused, idle.single)] == [[3], [1, 3], []]


def test_columns_are_the_same_where_coefficients_and_cost_are() -> None:
    rows = [[1, 1, 2, 1], [3, 3, 6, 3]]
    lp = linear(rows, [1, 1], [INF, INF], cost=[2, 2, 4, 3])
    assert where(numerics.Idle.of(lp).twins) == [1]


def test_sizes_are_of_what_is_neither_zero_nor_infinite_and_the_goal_is_counted() -> None:
    lp = linear([[1e-4, 1], [0, 2e5]], [1, 1], [INF, INF], cost=[0, 5])
    found = numerics.figures(lp, numerics.Idle.of(lp))
    assert found["coefficients (goal 0.001 to 10000)"] == "1e-04 to 2e+05"
    assert (found["… smaller"], found["… larger"]) == (1, 1)
    assert (found["costs"], found["columns' bounds"]) == ("5e+00 to 5e+00", "none")
