"""Array families: the arrays say what the rules say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
import scipy.sparse as sp

from compute_lp.family import Family, Index, Link, Numbers, Total, Variables, expand
from tests.models.array_cases import dense, ledger, small_model, with_rule


def test_rules_become_the_rows_worked_out_by_hand() -> None:
    """import[s,h] - 2 import[s, hour after next] + 1 <= limit[s] + import[s,1]"""
    arrays = with_rule(
        lambda m, s, h: (
            m.grid.import_mw[s, h] - 2 * m.grid.import_mw[s, m.next_hour[m.next_hour[h]]] + 1
            <= m.grid.limit_mw[s] + m.grid.import_mw[s, 1]
        )
    )
    at_a_site = [[1 - 1, 0, -2], [-2 - 1, 1, 0], [-1, -2, 1]]
    assert dense(arrays, "claim").tolist() == np.kron(np.eye(2), at_a_site).tolist()
    assert arrays.row_upper.tolist() == [9, 9, 9, 19, 19, 19]
    assert arrays.row_lower.tolist() == [-np.inf] * 6
    assert arrays.cost.tolist() == [1, 2, 3, 1, 2, 3] and arrays.upper.tolist() == [50] * 6


def test_sums_may_nest_and_share_an_expression() -> None:
    """Σ_k price[k] · (Σ_h price[h] · import[s, next h] + 1) = 6 Σ_h … + 6, beside the inner sum itself"""

    def rule(m: Any, s: Any) -> Any:
        inner = sum(m.grid.price[h] * m.grid.import_mw[s, m.next_hour[h]] + 1 for h in m.HOURS)
        return inner + sum(m.grid.price[k] * inner for k in m.HOURS) == 0

    arrays = with_rule(rule, "SITES")
    assert dense(arrays, "claim").tolist() == [[21, 7, 14, 0, 0, 0], [0, 0, 0, 21, 7, 14]]
    assert arrays.row_upper.tolist() == arrays.row_lower.tolist() == [-21, -21]


def test_labels_are_indices_too() -> None:
    arrays = with_rule(lambda m, s, h: m.grid.import_mw[s, 2] >= m.grid.import_mw["agra", h])
    assert dense(arrays, "claim")[0].tolist() == [0, -1, 0, 1, 0, 0]


def test_what_has_no_variable_is_the_side_whichever_way_it_is_written() -> None:
    below = with_rule(lambda m, s, h: m.grid.limit_mw[s] >= m.grid.import_mw[s, h])
    above = with_rule(lambda m, s, h: m.grid.limit_mw[s] <= m.grid.import_mw[s, h])
    both = with_rule(lambda m, s, h: (m.grid.limit_mw[s] / 2, m.grid.import_mw[s, h] + 1, m.grid.limit_mw[s]))
    assert [a.matrix.toarray().tolist() for a in (below, above, both)] == [np.eye(6).tolist()] * 3
    assert (below.row_lower[0], below.row_upper[0]) == (-np.inf, 10)
    assert (above.row_lower[0], above.row_upper[0]) == (10, np.inf)
    assert (both.row_lower[0], both.row_upper[0]) == (10 / 2 - 1, 10 - 1)


def test_a_rule_is_called_once_however_many_rows() -> None:
    calls = []

    def rule(m: Any, s: Any, h: Any) -> Any:
        calls.append((s, h))
        return m.grid.import_mw[s, h] <= m.grid.limit_mw[s]

    with_rule(rule)
    assert len(calls) == 1


def test_a_member_of_another_base_is_found_by_its_label() -> None:
    m = small_model()
    m.PLACES = Index.of(["cloud", "agra", "pune"])
    m.used = Variables(m.PLACES, doc="[1] used")
    m.claim = Family(m.SITES, rule=lambda m, s: m.used[s] == 1, doc="[1] sites are used")
    assert dense(expand(m), "claim")[:, :3].tolist() == [[0, 0, 1], [0, 1, 0]]


def test_zeros_leave_the_matrix_and_empty_rows_stay() -> None:
    arrays = with_rule(lambda m, s, h: m.grid.import_mw[s, h] * (m.grid.limit_mw[s] - 10) <= -1)
    assert arrays.matrix.nnz == 3
    assert arrays.matrix.shape == (6, 6)
    arrays = with_rule(lambda m, s, h: m.grid.import_mw[s, h] - m.grid.import_mw[s, h] <= -1)
    assert (arrays.matrix.nnz, arrays.row_upper.tolist()) == (0, [-1] * 6)
    arrays = with_rule(lambda m, s: m.grid.limit_mw[s] <= 15, "SITES")
    assert (arrays.matrix.nnz, arrays.row_upper.tolist()) == (0, [5, -5])


def test_an_infinite_side_is_no_limit() -> None:
    m = small_model()
    m.most = Numbers(m.SITES, [5.0, np.inf], doc="[MW] most")
    m.claim = Family(m.SITE_HOURS, rule=lambda m, s, h: m.grid.import_mw[s, h] <= m.most[s], doc="[MW] below the most")
    assert expand(m).row_upper.tolist() == [5, 5, 5, np.inf, np.inf, np.inf]


def test_a_workbook_without_clouds_gives_a_programme_without_clouds() -> None:
    m = small_model()
    m.CLOUDS = Index.of([])
    m.CLOUD_HOURS = Index.product(m.CLOUDS, m.HOURS)
    m.rent = Variables(m.CLOUD_HOURS, doc="[kacc] rented")
    m.site_of = Link(m.CLOUDS, of=m.SITES, codes=[])
    m.total = Total(m.SITES, doc="[kacc] rented")
    m.total.add("rent", over=m.CLOUD_HOURS, rule=lambda m, u, h: m.rent[u, h], to=lambda m, u, h: (m.site_of[u],))
    m.each = Family(m.CLOUD_HOURS, rule=lambda m, u, h: m.rent[u, h] <= m.rent["nimbus", h], doc="[kacc] each")
    m.all = Family(
        m.SITES,
        rule=lambda m, s: m.total[s] + sum(m.rent[u, 1] for u in m.CLOUDS) == m.grid.import_mw[s, 1],
        doc="[1] all",
    )
    arrays = expand(m)
    assert (arrays.columns["rent"].size, arrays.rows["each"].size) == (0, 0)
    assert dense(arrays, "all").tolist() == [[-1, 0, 0, 0, 0, 0], [0, 0, 0, -1, 0, 0]]


def test_totals_are_the_sums_of_their_entries() -> None:
    arrays = expand(ledger())
    stored = np.zeros((6, 1))
    stored[3:5] = -0.5
    assert dense(arrays, "balance").tolist() == np.hstack([np.eye(6), stored]).tolist()
    assert arrays.row_upper[:6].tolist() == [0, 0, 0, -1.5, -1.5, 0]
    assert dense(arrays, "bound").tolist() == [[2, 0, 0, 0, 1, 0, -0.5], [0, 0, 0, 2, 1, 0, -1 - 0.5]]
    assert arrays.row_upper[6:].tolist() == [10 - 1.5, 20 - 3 - 1.5]


def test_each_entry_of_a_total_can_be_valued_alone() -> None:
    arrays = expand(ledger())
    x = np.array([1.0, 2, 3, 4, 5, 6, 7])
    total = arrays.totals["power"]
    assert total.at(x).tolist() == [1, 2, 3, 4 - 2, 5 - 2, 6]
    assert total.entries["store"].at(x).tolist() == [3 - 7]
    assert total.entries["store"].spread.toarray().tolist() == [[0], [0], [0], [0.5], [0.5], [0]]
    assert total.entries["store"].index.labels() == ["agra"]
    assert arrays.totals["twice"].at(x).tolist() == [2 * 1, 2 * 2]


def test_a_total_may_be_declared_before_what_it_is_made_of_and_without_entries() -> None:
    m = small_model()
    m.first, m.second, m.none = (Total(m.SITES, doc="[MW] total") for _ in range(3))
    m.second.add("import", over=m.SITES, rule=lambda m, s: m.grid.import_mw[s, 1], to=lambda m, s: s)
    m.first.add("second", over=m.SITES, rule=lambda m, s: m.second[s] + m.none[s], to=sp.csr_array([[0, 1], [0, 0]]))
    m.claim = Family(m.SITES, rule=lambda m, s: m.first[s] <= 0, doc="[MW] claim")
    assert dense(expand(m), "claim").tolist() == [[0, 0, 0, 1, 0, 0], [0] * 6]


def test_a_total_made_of_itself_is_refused() -> None:
    m = small_model()
    m.a, m.b = Total(m.SITES, doc="[MW] a"), Total(m.SITES, doc="[MW] b")
    m.a.add("b", over=m.SITES, rule=lambda m, s: m.b[s], to=lambda m, s: s)
    m.b.add("a", over=m.SITES, rule=lambda m, s: m.a[s], to=lambda m, s: s)
    with pytest.raises(ValueError, match="a -> b -> a"):
        expand(m)


def test_blocks_name_every_column_and_row() -> None:
    m = ledger()
    m.agreed = pyo.Constraint(
        m.SITES, rule=lambda m, s: m.grid.import_mw[s, 1] <= 4 if s == "agra" else pyo.Constraint.Skip
    )
    m.once = pyo.Constraint(expr=m.grid.store_mw["agra"] <= 1)
    arrays = expand(m)
    assert list(arrays.columns) == ["grid.import_mw", "grid.store_mw"]
    assert [arrays.column_name(j) for j in (0, 5, 6)] == [
        "grid.import_mw[pune,1]",
        "grid.import_mw[agra,3]",
        "grid.store_mw[agra]",
    ]
    assert [(b.name, b.start, b.size) for b in arrays.rows.values()] == [
        ("balance", 0, 6),
        ("bound", 6, 2),
        ("agreed", 8, 1),
        ("once", 9, 1),
    ]
    assert [arrays.row_name(i) for i in (5, 6, 8, 9)] == ["balance[agra,3]", "bound[pune]", "agreed[agra]", "once"]
    assert arrays.rows["agreed"].index.frame(["site"])["site"].tolist() == ["agra"]
    with pytest.raises(IndexError, match="run from 0 to 9"):
        arrays.row_name(10)


def test_pyomos_own_variables_and_fixed_values_are_columns_with_bounds() -> None:
    m = small_model()
    m.share = pyo.Var(m.SITES, domain=pyo.Binary)
    m.share["agra"].fix(1)
    m.grid.import_mw["pune", 1].setub(7)
    m.claim = pyo.Constraint(expr=m.share["pune"] + m.share["agra"] + m.grid.import_mw["pune", 2] <= 3)
    arrays = expand(m)
    assert arrays.lower[:2].tolist() == [0, 1] and arrays.upper[:2].tolist() == [1, 1] and arrays.whole[:2].all()
    assert arrays.upper[2:4].tolist() == [7, 50]
    assert dense(arrays, "claim").tolist() == [[1, 1, 0, 1, 0, 0, 0, 0]]


def test_a_family_switched_off_has_no_rows() -> None:
    m = ledger()
    m.bound.deactivate()
    assert list(expand(m).rows) == ["balance"]
