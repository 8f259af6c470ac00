"""Index sets hold codes, and give labels and positions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from compute_lp.family import Index


def test_the_last_index_of_a_product_runs_fastest() -> None:
    sites, hours = Index.of(["pune", "agra"]), Index.of([1, 2])
    assert Index.product(sites, hours).labels() == [("pune", 1), ("pune", 2), ("agra", 1), ("agra", 2)]


def test_a_mask_or_explicit_rows_make_a_sparse_index() -> None:
    sites, hours = Index.of(["pune", "agra"]), Index.of([1, 2])
    masked = Index.product(sites, hours, where=np.array([[True, False], [True, True]]))
    assert masked.labels() == [("pune", 1), ("agra", 1), ("agra", 2)]
    rows = Index.rows((hours, sites), ([1, 0], [0, 1]))
    assert rows.labels() == [(2, "pune"), (1, "agra")]
    assert rows.find([1, 0, 0], [0, 0, 1]).tolist() == [0, -1, 1]
    assert ("agra", 2) in masked and ("pune", 2) not in masked and "pune" not in masked


def test_a_part_of_a_base_may_be_a_dimension() -> None:
    sites, hours = Index.of(["pune", "agra"]), Index.of([1, 2, 3])
    late = Index.rows((hours,), ([2, 1],))
    assert Index.product(sites, late).labels() == [("pune", 3), ("pune", 2), ("agra", 3), ("agra", 2)]


def test_an_index_becomes_a_table() -> None:
    frame = Index.product(Index.of(["pune"]), Index.of([2028, 2029])).frame(["site", "period"])
    assert frame.to_dict("list") == {"site": ["pune", "pune"], "period": [2028, 2029]}


@pytest.mark.parametrize("sizes", [(5, 4, 3), (700, 800, 3)], ids=["by table", "by bisection"])
def test_positions_are_found_in_small_and_large_products(sizes: tuple[int, ...]) -> None:
    bases = [Index.of(list(range(size))) for size in sizes]
    keys = np.unique(np.random.default_rng(1).integers(0, np.prod(sizes), 30))[::-1]
    index = Index.rows(bases, np.unravel_index(keys, sizes))
    assert index.find(*index.codes).tolist() == list(range(index.size))
    first, second, third = (int(codes[0]) for codes in index.codes)
    expected = [0 if hour == third else -1 for hour in range(3)]
    assert index.find(first, second, [0, 1, 2]).tolist() == expected
    assert index.find(-1, 0, 0) == -1 and index.find(0, sizes[1], 0) == -1


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: Index.of(["pune", "pune"]), ValueError, "'pune' stands twice"),
        (lambda: Index.of(["pune", 1]), TypeError, "all str or all int"),
        (lambda: Index.of([True]), TypeError, "a label is str or int, not True"),
        (lambda: Index.rows((Index.of([7, 8]),), ([1, 1],)), ValueError, r"the row \(8,\) stands twice"),
        (lambda: Index.rows((Index.of([7, 8]),), ([2],)), ValueError, "run from 0 to 1"),
        (lambda: Index.rows((Index.of([7]), Index.of([8])), ([0], [0, 0])), ValueError, r"lengths \[1, 2\]"),
        (lambda: Index.product(Index.product(Index.of([7]), Index.of([8]))), TypeError, "2 dimensions"),
        (lambda: Index.product(Index.of([7]), where=np.array([[True]])), ValueError, r"shape \(1,\) is right"),
        (lambda: Index.of(["pune"]).encode(["agra"]), KeyError, "no 'agra'"),
    ],
)
def test_an_index_that_cannot_be_is_refused(make: Callable[[], Index], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make()
