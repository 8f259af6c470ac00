"""The same rules as ordinary Pyomo: the same matrix, LP texts, and units that fit."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler
from pyomo.util.check_units import assert_units_consistent

from compute_lp.family import (
    Arrays,
    Family,
    Index,
    Link,
    Numbers,
    Objective,
    Total,
    Variables,
    expand,
    materialise,
    unit_problems,
)
from compute_lp.units import unit_of
from tests.models.array_cases import ledger, small_model

Form = tuple[dict[tuple[str, int], tuple[float, dict[str, float]]], dict[str, float], float]
"""Rows by name and kind (equal 0, below 1, above -1): side and coefficients; costs; offset."""


def everything(draw: Callable[[str, tuple[int, ...]], Any], sizes: tuple[int, int, int]) -> Any:
    """Sparse sets, links of links, totals of totals, spreads, ranges, sums and ordinary constraints in one model."""
    m = pyo.ConcreteModel()
    m.S, m.T, m.H = (Index.of([f"{name}{i}" for i in range(n)]) for name, n in zip("sth", sizes, strict=True))
    s, t, h = sizes
    m.ST = Index.product(m.S, m.T, where=draw("mask", (s, t)))
    m.STH = Index.product(m.S, m.T, m.H)
    m.E = Index.of([f"e{i}" for i in range(4)])
    m.ET = Index.rows((m.E, m.T), np.nonzero(draw("mask", (4, t))))
    m.next = Link(m.H, of=m.H, codes=(np.arange(h) + 1) % h)
    m.site = Link(m.E, of=m.S, codes=draw("codes", (4, s)))
    m.hour = Link(m.S, of=m.H, codes=draw("codes", (s, h)))
    m.scale = pyo.Var(bounds=(1, 2))
    m.part = b = pyo.Block()
    b.flow = Variables(m.STH, lower=-1.0, doc="[MW] flow")
    b.size = Variables(m.ST, upper=draw("number", (m.ST.size,)) + 10, whole=True, doc="[MW] size")
    b.asset = Variables(m.ET, doc="[MW] asset")
    b.a = Numbers(m.STH, draw("number", (s, t, h)), doc="[1] a")
    b.c = Numbers(m.ST, draw("number", (m.ST.size,)), doc="[1] c")
    b.d = Numbers(m.H, draw("number", (h,)) + 6, doc="[1] d")
    m.total = Total(m.STH, doc="[MW] total")
    m.total.add(
        "flow",
        over=m.STH,
        rule=lambda b, s, t, h: b.a[s, t, h] * b.flow[s, t, m.next[h]] - 1,
        to=lambda b, s, t, h: (s, t, m.next[m.next[h]]),
        block=b,
    )
    m.total.add(
        "asset",
        over=m.ET,
        rule=lambda b, e, t: b.asset[e, t] / b.d[m.hour[m.site[e]]],
        to=lambda b, e, t: (m.site[e], t, m.hour[m.site[e]]),
        block=b,
    )
    m.by_site = Total(m.S, doc="[MW] by site")
    m.by_site.add(
        "spread",
        over=m.ST,
        rule=lambda b, s, t: 2 * b.size[s, t] + b.c[s, t],
        to=sp.csr_array(draw("number", (s, m.ST.size))),
        block=b,
    )
    m.by_site.add("total", over=m.STH, rule=lambda m, s, t, h: m.total[s, t, h] * m.part.d[h], to=lambda m, s, t, h: s)
    b.balance = Family(m.STH, rule=lambda b, s, t, h: m.total[s, t, h] == m.scale + b.a[s, t, h], doc="[MW] balance")
    b.chain = Family(
        m.STH,
        rule=lambda b, s, t, h: b.flow[s, t, m.next[h]] + m.scale <= 2 - (b.flow[s, t, h] - b.a[s, t, h]) / 3,
        doc="[MW]",
    )
    b.range = Family(
        m.ST,
        rule=lambda b, s, t: (-5, b.size[s, t] + sum(b.flow[s, t, h] * b.d[h] for h in m.H), 5 + b.d[m.hour[s]]),
        doc="[MW]",
    )
    b.above = Family(
        m.T,
        rule=lambda b, t: (
            m.scale >= b.flow["s0", t, "h0"] + sum(b.a[s, t, h] * b.flow[s, t, h] + 1 for s in m.S for h in m.H)
        ),
        doc="[MW]",
    )
    b.site = pyo.Constraint(
        m.S, rule=lambda b, s: m.by_site[s] + sum(b.flow[s, "t0", h] for h in m.H) >= m.scale * b.d["h0"]
    )
    m.one = pyo.Constraint(expr=pyo.inequality(-4, m.total["s0", "t0", "h0"] + b.flow["s0", "t0", "h0"] * 2, 9))
    m.cost = Objective(
        rule=lambda m: (
            sum(m.part.d[h] * m.part.flow[s, t, h] for s, t, h in m.STH) + sum(m.by_site[s] + 1 for s in m.S) + m.scale
        ),
        doc="[MUSD] cost",
    )
    return m


def by_arrays(arrays: Arrays) -> Form:
    rows = {}
    matrix = arrays.matrix.tocsr()
    for i in range(matrix.shape[0]):
        span = slice(matrix.indptr[i], matrix.indptr[i + 1])
        row = {arrays.column_name(j): v for j, v in zip(matrix.indices[span], matrix.data[span], strict=True)}
        equal = arrays.row_lower[i] == arrays.row_upper[i]
        sides = ((0, arrays.row_upper[i]),) if equal else ((-1, arrays.row_lower[i]), (1, arrays.row_upper[i]))
        rows.update({(arrays.row_name(i), kind): (side, row) for kind, side in sides if np.isfinite(side) and row})
    cost = {arrays.column_name(j): cost for j, cost in enumerate(arrays.cost.tolist()) if cost}
    return rows, cost, arrays.offset


def by_pyomo(m: Any) -> Form:
    form = LinearStandardFormCompiler().write(materialise(m), mixed_form=True)
    names = [column.name for column in form.columns]
    rows = {}
    for (constraint, kind), side, row in zip(form.rows, form.rhs, form.A.toarray(), strict=True):
        found = {name: value for name, value in zip(names, row, strict=True) if value}
        if found:
            rows[constraint.name, kind] = (side, found)
    cost = {name: value for name, value in zip(names, form.c.toarray()[0], strict=True) if value}
    return rows, cost, float(form.c_offset[0])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), sizes=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4)))
def test_the_arrays_are_those_of_pyomos_own_compiler(seed: int, sizes: tuple[int, int, int]) -> None:
    random = np.random.default_rng(seed)

    def draw(kind: str, shape: tuple[int, ...]) -> Any:
        if kind == "codes":
            return random.integers(0, shape[1], shape[0])
        return random.random(shape) < 0.6 if kind == "mask" else random.integers(-5, 6, shape).astype(float)

    m = everything(draw, sizes)
    rows, cost, offset = by_arrays(expand(m))
    expected_rows, expected_cost, expected_offset = by_pyomo(m)
    assert rows.keys() == expected_rows.keys()
    for key, (side, row) in expected_rows.items():
        assert rows[key][0] == pytest.approx(side, abs=1e-12)
        assert rows[key][1] == pytest.approx(row, abs=1e-12)
    assert cost == pytest.approx(expected_cost, abs=1e-12)
    assert offset == pytest.approx(expected_offset, abs=1e-12)
    again = expand(m)
    assert (abs(again.matrix - expand(m).matrix)).sum() == 0 and again.whole[again.columns["part.size"].slice].all()


def test_expanding_a_materialised_model_gives_the_same_arrays() -> None:
    m = ledger()
    before, after = expand(m), expand(materialise(m))
    assert abs(before.matrix - after.matrix).sum() == 0
    for name in ("cost", "row_lower", "row_upper", "lower", "upper", "whole"):
        assert (getattr(before, name) == getattr(after, name)).all()


def test_pyomo_has_nothing_to_warn_of(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    m = ledger()
    expand(m)
    materialise(m).write(str(tmp_path / "ledger.lp"))
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_materialised_model_writes_its_lp_text(tmp_path: Path) -> None:
    m = ledger()
    m.bound.deactivate()
    m.SITES_ONLY = Index.rows((m.SITES,), ([0],))
    m.whole = Variables(m.SITES_ONLY, whole=True, upper=3, doc="[1] whole")
    m.link = Family(m.SITES_ONLY, rule=lambda m, s: m.whole[s] <= m.grid.import_mw[s, 1], doc="[1] link")
    text = tmp_path / "ledger.lp"
    materialise(m).write(str(text), io_options={"symbolic_solver_labels": True})
    lines = text.read_text().splitlines()
    assert lines[lines.index("c_e_balance(agra_1)_:") :][:4] == [
        "c_e_balance(agra_1)_:",
        "+1 grid_import_mw(agra_1)",
        "-0.5 grid_store_mw(agra)",
        "= -1.5",
    ]
    assert lines[lines.index("c_u_link(pune)_:") :][:4] == [
        "c_u_link(pune)_:",
        "-1 grid_import_mw(pune_1)",
        "+1 whole(pune)",
        "<= 0",
    ]
    assert "   0.0 <= whole(pune) <= 3.0" in lines and "   0.0 <= grid_import_mw(pune_2) <= 50.0" in lines
    assert lines[lines.index("general") + 1].split() == ["whole(pune)"]


def test_a_model_of_families_is_not_written_before_it_is_materialised(tmp_path: Path) -> None:
    m = ledger()
    with pytest.raises(RuntimeError, match="cost has no expression yet"):
        m.write(str(tmp_path / "empty.lp"))
    m.cost.deactivate()
    m.none = pyo.Objective(expr=0.0)
    with pytest.raises(RuntimeError, match="balance has no rows yet"):
        m.write(str(tmp_path / "empty.lp"))


def energy_model(rule: Callable[..., Any], *, claimed: str) -> Any:
    pytest.importorskip("pint")
    m = ledger()
    m.used_gwh = Variables(m.HOURS, doc="[GWh] energy used")
    m.slice_gwh = Numbers(m.HOURS, 2.0, doc="[GWh/MW] energy of a MW in this hour of all days like it")
    m.nothing = Total(m.HOURS, doc="[GWh] a total without entries")
    m.use = Family(m.HOURS, rule=rule, doc=f"[{claimed}] energy used")
    return materialise(m, units=True)


def test_units_that_fit_are_found_to_fit() -> None:
    m = energy_model(
        lambda m, h: m.used_gwh[h] + m.nothing[h] == m.slice_gwh[h] * m.grid.import_mw["pune", h], claimed="GWh"
    )
    assert unit_problems(m) == []
    assert_units_consistent(m)


def test_power_is_not_energy() -> None:
    m = energy_model(lambda m, h: m.used_gwh[h] == m.grid.import_mw["pune", h], claimed="GWh")
    assert unit_problems(m) == [f"use[{h}]: Units between GWh and MW are not consistent." for h in (1, 2, 3)]


def test_a_rule_is_held_to_the_unit_it_claims() -> None:
    m = energy_model(lambda m, h: m.used_gwh[h] >= 0, claimed="MW")
    assert unit_problems(m) == [f"use[{h}]: Units between MW and GWh are not consistent." for h in (1, 2, 3)]


def test_units_that_differ_by_a_factor_are_told_apart() -> None:
    """A thousand accelerators have 8.76 million hours a year, which is a factor that must stand in the rule."""
    pytest.importorskip("pint")
    m = small_model()
    m.fleet = Variables(m.SITES, doc="[kacc] accelerators")
    m.years = Numbers(m.SITES, 2.0, doc="[yr] length")
    m.mh = Numbers(m.SITES, 8.76, doc="[Mh/(kacc·yr)] hours in a year")
    m.used = Variables(m.SITES, doc="[Mh] hours used")
    m.right = Family(m.SITES, rule=lambda m, s: m.used[s] <= m.mh[s] * m.years[s] * m.fleet[s], doc="[Mh] hours")
    m.wrong = Family(m.SITES, rule=lambda m, s: m.used[s] <= m.years[s] * m.fleet[s], doc="[Mh] hours")
    assert [problem.split(":")[0] for problem in unit_problems(materialise(m, units=True))] == [
        "wrong[pune]",
        "wrong[agra]",
    ]


def test_only_units_of_the_programme_are_known() -> None:
    pytest.importorskip("pint")
    m = small_model()
    m.small = Variables(m.SITES, doc="[kW] a little power")
    with pytest.raises(ValueError, match=r"\[kW\] is no unit of the programme; they are MUSD, MW, MWh, GWh"):
        materialise(m, units=True)


def test_a_doc_starts_with_its_unit() -> None:
    assert unit_of("[MUSD/MW] price of a connection") == "MUSD/MW"
    assert unit_of("[] share") == ""
    with pytest.raises(ValueError, match="'price' bears no unit"):
        unit_of("price")
