"""What is printed as the formulation is what is solved: every family is there, and known ones read as written."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo
import pytest

import compute_lp
from compute_lp.algebra import (
    Name,
    Number,
    Product,
    Quotient,
    Relation,
    Statement,
    Sum,
    SumOver,
    Symbol,
    statements,
    symbols,
)
from compute_lp.family import Family, Index, Link, Numbers, Objective, Total, Variables, subject_to
from planner.report.mathematics import Latex, Omml, Plain, Typst
from tests.models.features import everything
from tests.models.programmes import shorten_days


@pytest.fixture(scope="module")
def model() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        shorten_days(patch)
        return compute_lp.build(everything())


@pytest.fixture(scope="module")
def told(model: Any) -> dict[tuple[str, str], Statement]:
    return {(one.part, one.name): one for one in statements(model)}


def test_every_family_every_total_and_the_objective_are_told_once(model: Any) -> None:
    names = [f"{one.part}.{one.name}" if one.part else one.name for one in statements(model)]
    families = [c.name for c in model.component_objects(pyo.Constraint, active=True) if isinstance(c, Family)]
    totals = [c.name for c in model.component_objects(pyo.Expression, active=True) if isinstance(c, Total)]
    assert sorted(names) == sorted([*families, *totals, "goal"])


def test_every_variable_and_every_number_is_listed_once(model: Any) -> None:
    names = [f"{one.part}.{one.name}" if one.part else one.name for one in symbols(model)]
    variables = [c.name for c in model.component_objects(pyo.Var, active=True) if isinstance(c, Variables)]
    numbers = [c.name for c in model.component_objects(pyo.Param, active=True) if isinstance(c, Numbers)]
    assert names == [*variables, *numbers]


def test_a_symbol_says_what_it_is_over_what_in_which_unit_and_how_many() -> None:
    m = pyo.ConcreteModel()
    m.SITES = Index.of(["oslo", "pune"])
    m.YEARS = Index.of([2027, 2028, 2029])
    m.halls = b = pyo.Block()
    b.fitout_mw = Variables(Index.product(m.SITES, m.YEARS), doc="[MW] IT power entering service")
    b.opened = Variables(m.SITES, upper=1, whole=[True, False], doc="[1] the site is opened")
    b.fixed_musd = Numbers(m.SITES, [1.0, 2.0], doc="[MUSD] cost of opening")
    assert symbols(m) == [
        Symbol("halls", "fitout_mw", True, False, ("SITES", "YEARS"), "MW", "IT power entering service", 6),
        Symbol("halls", "opened", True, True, ("SITES",), "1", "the site is opened", 2),
        Symbol("halls", "fixed_musd", False, False, ("SITES",), "MUSD", "cost of opening", 2),
    ]


@pytest.mark.parametrize(
    ("part", "name", "plain"),
    [
        ("siting", "within_site", "hall_mw[s,t] ≤ max_it_mw[s]·open_by[s,t]"),
        ("grid", "stages_in_order", "connected_mw[o,t]/mw[o] ≤ connected_mw[earlier[o],t]/mw[earlier[o]]"),
        ("grid", "beyond_surplus", "zone_import_mw[z,t,h] − beyond_mw[z,t,h] ≤ surplus_mw[z,t,h]"),
        ("grid", "firm_mw", "firm_mw[s,t] = existing_mw[s] + Σ_{o: site_of[o] = s} firm_share[o]·connected_mw[o,t]"),
        ("grid", "import_gwh_per_year", "import_gwh_per_year[s,t] = Σ_{h} slice_gwh[h]·import_mw[s,t,h]"),
        ("training", "hosted_somewhere", "hosts[m,t] = run[m,t]"),
        ("", "goal", "Σ_{d} discounted[d] + Σ_{t} value_unserved[t]"),
    ],
)
def test_a_relation_reads_as_the_part_states_it(
    told: dict[tuple[str, str], Statement], part: str, name: str, plain: str
) -> None:
    assert Plain().formula(told[part, name].formula) == plain


def test_brackets_stand_where_a_sum_is_multiplied(told: dict[tuple[str, str], Statement]) -> None:
    left_over = Plain().formula(told["budget", "carried_from_leftover"].formula)
    assert left_over == "carried[l,t] ≤ carry_share[l,t]·(musd[l,t] + carried_in[l,t] − spent[l,t])"


def test_a_letter_that_a_total_has_for_something_else_gets_a_prime() -> None:
    m = pyo.ConcreteModel()
    m.DAYS = Index.of([1, 2])
    m.KINDS = Index.of(["a", "b"])
    m.x = Variables(m.DAYS, doc="[1] x")
    m.kind_of = Link(m.DAYS, of=m.KINDS, codes=[0, 1])
    m.lagged = Total(m.DAYS, doc="[1] of the day before")
    m.lagged.add("before", m.DAYS, lambda m, d: m.x[d], ([1], [0]))
    m.by_kind = Total(m.KINDS, doc="[1] by kind")
    m.by_kind.add("days", m.DAYS, lambda m, d: -1.0 * m.x[d], m.kind_of)
    m.scale = Numbers(m.DAYS, [1.0, 2.0], doc="[1] scale")

    @subject_to(m, m.DAYS, "[1] scaled")
    def scaled(m: Any, d: Any) -> Any:
        return m.x[d] / m.scale[d] - m.lagged[d] <= 1

    m.goal = Objective(rule=lambda m: sum(m.x[d] for d in m.DAYS), doc="[1] all")
    told = {one.name: Plain().formula(one.formula) for one in statements(m)}
    assert told == {
        "lagged": "lagged[d] = Σ_{d′} weight[d,d′]·x[d′]",
        "by_kind": "by_kind[k] = − Σ_{d: kind_of[d] = k} x[d]",
        "scaled": "x[d]/scale[d] − lagged[d] ≤ 1",
        "goal": "Σ_{d} x[d]",
    }


FORMULA = Relation(
    Name("a_b", ("t", Name("of", ("o",)))),
    "≤",
    Sum(((1, Number(2.0)), (-1, Product((Sum(((1, Name("c")), (1, Name("d")))), Quotient(Name("e"), Name("f"))))))),
)


def test_each_dialect_writes_the_same_tree() -> None:
    assert Plain().formula(FORMULA) == "a_b[t,of[o]] ≤ 2 − (c + d)·e/f"
    assert Latex().formula(FORMULA) == (
        r"\mathit{a\_b}_{t,\mathit{of}_{o}} \le 2 - "
        r"\left(\mathit{c} + \mathit{d}\right)\,\frac{\mathit{e}}{\mathit{f}}"
    )
    assert Typst().formula(FORMULA) == (
        'italic("a_b")_(t, italic("of")_(o)) <= 2 - (italic("c") + italic("d")) thin frac(italic("e"), italic("f"))'
    )
    omml = Omml().formula(FORMULA)
    assert omml.count("<m:sSub>") == 2
    assert "<m:f><m:num>" in omml


def test_word_equations_are_well_formed() -> None:
    from xml.etree import ElementTree

    summed = SumOver(("o",), Name("x<y", ("o",)), ((Name("site_of", ("o",)), "s"),))
    space = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    tree = ElementTree.fromstring(f"<m:oMath {space}>{Omml().formula(summed)}</m:oMath>")
    text = "".join(tree.itertext())
    assert text == "o: site_ofo=sx<yo"
