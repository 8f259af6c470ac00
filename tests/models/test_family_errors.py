"""What can't be said as arrays is an error that names where it stands and what would be right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
import scipy.sparse as sp

from compute_lp.family import Family, Index, Link, Numbers, Total, Variables, expand
from tests.models.array_cases import small_model, with_rule


@pytest.mark.parametrize(
    ("rule", "error", "says"),
    [
        (lambda m, s, h: m.grid.import_mw["delhi", h] <= 1, KeyError, r"claim asks for grid.import_mw\[delhi,1\]"),
        (lambda m, s, h: m.grid.import_mw[h, s] <= 1, KeyError, r"claim asks for grid.import_mw\[1,pune\]"),
        (lambda m, s, h: m.grid.import_mw[s] <= 1, KeyError, "grid.import_mw has 2 indices, not the 1"),
        (lambda m, s, h: m.grid.import_mw[s, h + 1] <= 1, TypeError, "never arithmetic"),
        (lambda m, s, h: h * m.grid.import_mw[s, h] <= 1, TypeError, "uses an index as a number"),
        (
            lambda m, s, h: m.grid.import_mw[s, h] <= (1 if s == "agra" else 2),
            TypeError,
            "compares its index with 'agra'",
        ),
        (lambda m, s, h: m.grid.import_mw[s, h] <= (1 if s in ("agra",) else 2), TypeError, "compares its index"),
        (lambda m, s, h: m.grid.import_mw[s, h] <= (1 if s in m.SITES else 2), TypeError, "whether its index is in"),
        (lambda m, s, h: m.grid.import_mw[s, h] <= (1 if m.next_hour[h] == 1 else 2), TypeError, "compares its index"),
        (lambda m, s, h: m.grid.import_mw[s, h] ** 2 <= 1, TypeError, "isn't linear"),
        (lambda m, s, h: m.grid.import_mw[s, h] * m.grid.import_mw[s, 1] <= 1, TypeError, "multiplies variables"),
        (lambda m, s, h: 1 / m.grid.import_mw[s, h] <= 1, TypeError, "divides by a variable"),
        (lambda m, s, h: m.grid.import_mw[s, h] / (m.grid.price[h] - 2) <= 1, ValueError, "claim divides by 0"),
        (lambda m, s, h: m.grid.import_mw[s, h], TypeError, "a relation with ==, <= or >= is right"),
        (lambda m, s, h: m.grid.import_mw[s, h] < 1, TypeError, "a relation with ==, <= or >= is right"),
        (lambda m, s, h: None, TypeError, "the rule of claim gave None"),
        (
            lambda m, s, h: sum(m.grid.import_mw[k, u] for k in ["agra"] for u in m.HOURS) <= 1,
            TypeError,
            "more than Indices",
        ),
    ],
)
def test_a_rule_that_cannot_be_expanded_is_an_error(rule: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        with_rule(rule)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_coefficient_that_is_no_number_is_an_error_with_its_row(bad: float) -> None:
    m = small_model()
    m.factor = Numbers(m.SITES, [1.0, bad], doc="[1] factor")
    m.claim = Family(m.SITE_HOURS, rule=lambda m, s, h: m.factor[s] * m.grid.import_mw[s, h] <= 1, doc="[MW] claim")
    with pytest.raises(ValueError, match=rf"a coefficient of claim\[agra,1\] is {bad}"):
        expand(m)


def test_a_side_that_is_no_number_or_never_met_is_an_error_with_its_row() -> None:
    m = small_model()
    m.most = Numbers(m.SITES, [5.0, -np.inf], doc="[MW] most")
    m.claim = Family(m.SITE_HOURS, rule=lambda m, s, h: m.grid.import_mw[s, h] <= m.most[s], doc="[MW] below the most")
    with pytest.raises(ValueError, match=r"a side of claim\[agra,1\] is -inf"):
        expand(m)


def test_a_key_a_total_does_not_have_is_an_error() -> None:
    m = small_model()
    m.early = Total(Index.rows((m.HOURS,), ([0, 1],)), doc="[MW] early")
    m.early.add("import", over=m.SITE_HOURS, rule=lambda m, s, h: m.grid.import_mw[s, h], to=lambda m, s, h: h)
    with pytest.raises(KeyError, match=r"early \(entry 'import'\) asks for early\[3\], which early doesn't have"):
        expand(m)


def test_a_model_has_one_objective_to_minimise() -> None:
    m = small_model()
    m.second = pyo.Objective(expr=0.0, sense=pyo.maximize)
    with pytest.raises(ValueError, match="one objective, not 2: cost, second"):
        expand(m)
    m.cost.deactivate()
    with pytest.raises(ValueError, match="second is maximised"):
        expand(m)
    m.second.deactivate()
    with pytest.raises(ValueError, match="one objective, not 0"):
        expand(m)


@pytest.mark.parametrize(
    ("declare", "error", "says"),
    [
        (
            lambda i: Numbers(i, [1.0, 2.0], doc="[MW] cap"),
            ValueError,
            r"shape \(2,\); a scalar, 6 values or an array of shape",
        ),
        (lambda i: Numbers(pyo.Set(), 1.0, doc="[MW] cap"), TypeError, "declared over an Index, not"),
        (
            lambda i: Variables(i, lower=2.0, upper=1.0, doc="[MW] x"),
            ValueError,
            r"at \('pune', 1\): no number lies between",
        ),
        (lambda i: Variables(i, lower=np.nan, doc="[MW] x"), ValueError, "no number lies between"),
        (lambda i: Link(i, of=i.bases[0], codes=2), ValueError, "run from 0 to 1, not 2 to 2"),
        (lambda i: Link(i, of=i, codes=0), TypeError, "a Link points into a base"),
    ],
)
def test_a_declaration_that_does_not_fit_its_index_is_refused(declare: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        declare(Index.product(Index.of(["pune", "agra"]), Index.of([1, 2, 3])))


def test_entries_of_a_total_are_checked_when_they_are_added() -> None:
    m = small_model()
    m.total = Total(m.SITES, doc="[MW] total")
    m.total.add("import", over=m.SITES, rule=lambda m, s: m.grid.import_mw[s, 1], to=lambda m, s: s)
    with pytest.raises(ValueError, match="an entry 'import' already"):
        m.total.add("import", over=m.SITES, rule=lambda m, s: 0, to=lambda m, s: s)
    with pytest.raises(KeyError, match="a key has 1 items, not 2"):
        m.total.add("keys", over=m.SITES, rule=lambda m, s: 0, to=lambda m, s: (s, s))
    with pytest.raises(ValueError, match=r"shape \(3, 2\); \(2, 2\) is right"):
        m.total.add("shape", over=m.SITES, rule=lambda m, s: 0, to=sp.csr_array((3, 2)))
    with pytest.raises(ValueError, match="a weight of the spread is not finite"):
        m.total.add("weight", over=m.SITES, rule=lambda m, s: 0, to=([0], [0], [np.nan]))
