"""Small programmes as arrays, for the tests of planner.solve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import scipy.sparse as sp

from compute_lp.family import Arrays, Block, Index

INF = float("inf")

Row = tuple[Sequence[float], float, float]


def programme(
    cost: Sequence[float],
    rows: Sequence[Row],
    *,
    lower: float | Sequence[float] = 0.0,
    upper: float | Sequence[float] = INF,
    whole: Sequence[int] = (),
    offset: float = 0.0,
    blocks: Mapping[str, int] | None = None,
) -> Arrays:
    """Minimise cost x + offset; a row is (coefficients, at least, at most). `blocks` gives row blocks and their sizes,
    in order; one block `rows` where it is left out. Columns are `x[0]`, `x[1]`, ..."""
    n, m = len(cost), len(rows)
    dense = np.array([row[0] for row in rows], dtype=float).reshape(m, n)
    matrix = sp.csc_array(dense)
    flags = np.zeros(n, dtype=np.bool_)
    flags[list(whole)] = True
    named, start = {}, 0
    for name, size in (blocks or {"rows": m}).items():
        named[name] = Block(name, start, size, Index.of(list(range(size))))
        start += size
    return Arrays(
        cost=np.array(cost, dtype=float),
        offset=offset,
        matrix=matrix,
        row_lower=np.array([row[1] for row in rows], dtype=float),
        row_upper=np.array([row[2] for row in rows], dtype=float),
        lower=np.broadcast_to(np.asarray(lower, dtype=float), (n,)).copy(),
        upper=np.broadcast_to(np.asarray(upper, dtype=float), (n,)).copy(),
        whole=flags,
        columns={"x": Block("x", 0, n, Index.of(list(range(n))))},
        rows=named,
        totals={},
    )


BREAD = programme(
    # Two products, two ingredients, a market: 5 a + 4 b is earned, 6 a + 4 b <= 24, a + 2 b <= 6, b <= 2.
    # Both ingredients bind: a = 3, b = 3/2, earned 21. Prices u, v: 6 u + v = 5, 4 u + 2 v = 4, so u = 3/4, v = 1/2.
    cost=[-5, -4],
    rows=[([6, 4], -INF, 24), ([1, 2], -INF, 6), ([0, 1], -INF, 2)],
)
"""Optimal -21 at (3, 3/2), duals (-3/4, -1/2, 0); neither primal nor dual degenerate."""
