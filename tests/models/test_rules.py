"""Rules that every part keeps: documented, named as claims, its columns read, its reports and prices true to units."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pyomo.environ as pyo
import pytest
from pyomo.util.check_units import assert_units_consistent

import compute_lp
from compute_lp.family import Arrays, Numbers, Total, Variables, expand, materialise, unit_problems
from compute_lp.units import PROGRAMME_UNITS, unit_of
from tests.models.features import everything
from tests.models.programmes import shorten_days

PARTS = compute_lp.PARTS


def name_of(part: ModuleType) -> str:
    return part.__name__.rsplit(".", 1)[-1]


def built(**settings: Any) -> Any:
    """The programme with everything in it, with days of two hours."""
    with pytest.MonkeyPatch.context() as patch:
        shorten_days(patch)
        return compute_lp.build(everything(**settings))


@cache
def model() -> Any:
    return built()


@cache
def arrays() -> Arrays:
    return expand(model())


def of_block(part: ModuleType, kind: Any) -> list[Any]:
    """What stands on a part's block, or on the model itself for the frame."""
    block, inside = (
        (model(), False) if part is compute_lp.frame else (model().component(compute_lp.block_name(part)), True)
    )
    return list(block.component_objects(kind, descend_into=inside))


def documented() -> list[Any]:
    kinds = (pyo.Constraint, pyo.Var, pyo.Expression, pyo.Objective)
    found = [c for kind in kinds for c in model().component_objects(kind, descend_into=True)]
    return found + [p for p in model().component_objects(pyo.Param, descend_into=True) if isinstance(p, Numbers)]


def test_every_programme_object_says_its_unit_and_its_meaning() -> None:
    for component in documented():
        unit = unit_of(str(component.doc))
        names = set(re.findall(r"[A-Za-z]\w*", unit))
        assert names <= set(PROGRAMME_UNITS) and (names or unit == "1"), f"{component.name}: [{unit}]"
        assert str(component.doc).partition("]")[2].strip(), f"{component.name} has a unit and no meaning"


@pytest.mark.parametrize("objective", ["least_cost", "most_served"])
def test_every_constraint_total_and_the_objective_is_consistent_in_its_units(objective: str) -> None:
    pytest.importorskip("pint")
    m = materialise(built(objective=objective), units=True)
    assert unit_problems(m) == []
    assert_units_consistent(m)


def test_a_wrong_unit_of_any_kind_of_number_is_found() -> None:
    """Energy for power, money for money a year, a year left out: what unit_problems must see in this very programme."""
    pytest.importorskip("pint")
    wrong = {
        "siting.max_it_mw": "[GWh] largest IT power",
        "grid.energy_musd_per_year": "[MUSD] energy bought",
        "procurement.mh_per_k_year": "[Mh/kacc] hours",
        "objective.value_musd_per_t": "[1/Ttoken] value",
    }
    for name, doc in wrong.items():
        m = built()
        m.find_component(name).doc = doc
        assert unit_problems(materialise(m, units=True)), name


def test_every_constraint_has_rows_somewhere() -> None:
    assert [name for name, rows in arrays().rows.items() if not rows.size] == []


WORDS = ("sets", "decides", "derives", "subject to", "ledgers", "least_cost", "most_served", "not modelled")
ADDS_TO_LEDGERS = re.compile(r"m\.(power|compute|carbon|water)\.add\(|ledger\.(payment|flow|terms|residual)\(")


def words(part: ModuleType) -> list[str]:
    return re.findall(r"^([a-z][a-z_ ]*?)  +\S|^(?:least_cost|most_served) ", str(part.__doc__), re.M)


@pytest.mark.parametrize("part", PARTS, ids=name_of)
def test_a_docstring_is_the_formulation_in_its_six_words(part: ModuleType) -> None:
    found = words(part)
    source = Path(str(part.__file__)).read_text(encoding="utf-8")
    assert found == [word for word in WORDS if word in found], "in this order, each once"
    assert "not modelled" in found
    assert ("decides" in found) == bool(of_block(part, pyo.Var))
    if part is not compute_lp.frame:
        assert ("subject to" in found) == bool(of_block(part, pyo.Constraint))
        assert ("ledgers" in found) == bool(ADDS_TO_LEDGERS.search(source))


MONEY_OF_HOURS = {"energy_musd_per_year", "shortfall_gwh_per_year", "sales_musd_per_year"}
"""Variables that sum up what others decide."""
TOLD_IN_WORDS = {
    "power_is_balanced",
    "compute_suffices",
    "energy_is_paid",
    "charge_within_power",
    "discharge_within_power",
    "credit_has_a_source",
    "sales_are_earned",
    "installed_is_all_cohorts",
    "resold_are_retired",
    "finds_buyers",
    "within_pot_units",
    "investment_matches",
    "available_when_finished",
    "experiments_are_done",
    "experiments_are_worked_off",
    "idle_is_drawn",
    "ceiling_is_reached",
    "following_is_drawn",
    "steady_is_drawn",
    "within_carbon",
    "within_water",
    "foreign_place_within_share",
    "foreign_operator_within_share",
    "foreign_vendor_within_share",
    "non_allied_place_within_share",
    "non_allied_operator_within_share",
    "non_allied_vendor_within_share",
}
"""Constraints that a docstring tells without their name; none may be added."""


@pytest.mark.parametrize("part", PARTS, ids=name_of)
def test_a_search_for_a_name_leads_from_the_code_to_the_formulation(part: ModuleType) -> None:
    names = {component.local_name for kind in (pyo.Var, pyo.Constraint) for component in of_block(part, kind)}
    unnamed = {without_rule(name) for name in names if name not in str(part.__doc__)}
    assert unnamed <= MONEY_OF_HOURS | TOLD_IN_WORDS


def without_rule(name: str) -> str:
    """Name of a constraint without the export rule that it stands for."""
    return re.sub("(investment_matches)_.*", r"\1", name)


NO_CLAIM = re.compile(r"(^|_)(rule|con|cons|constr|constraint|eq|equation|row|c\d+|v)($|_)|[A-Z]")


def test_constraints_are_named_as_claims_and_variables_as_verbs_or_states() -> None:
    kinds = {pyo.Constraint: set(), pyo.Var: set()}
    for kind, names in kinds.items():
        for component in model().component_objects(kind, descend_into=True):
            names.add(component.local_name)
            assert not NO_CLAIM.search(without_rule(component.local_name)), component.name
    assert not kinds[pyo.Constraint] & kinds[pyo.Var]


@cache
def rules(part: ModuleType) -> list[ast.AST]:
    """Functions of a part that are called with index placeholders: rules of constraints, totals and money, and keys."""
    tree = ast.parse(Path(str(part.__file__)).read_text(encoding="utf-8"))
    given = [
        k.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for k in node.keywords
        if k.arg in ("rule", "to")
    ]
    named = {node.id for node in given if isinstance(node, ast.Name)} | {"within_connection", "within_peak"}
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in named]
    return [*functions, *(node for node in ast.walk(tree) if isinstance(node, ast.Lambda))]


@pytest.mark.parametrize("part", PARTS, ids=name_of)
def test_no_number_stands_in_a_rule_but_0_and_1(part: ModuleType) -> None:
    for rule in rules(part):
        numbers = [n.value for n in ast.walk(rule) if isinstance(n, ast.Constant) and isinstance(n.value, int | float)]
        assert set(numbers) <= {0, 1}, f"{name_of(part)}.py line {getattr(rule, 'lineno', '?')}: {numbers}"


def test_rules_are_found_where_they_stand() -> None:
    assert sum(len(rules(part)) for part in PARTS) > 150
    named = {rule.name for part in PARTS for rule in rules(part) if isinstance(rule, ast.FunctionDef)}
    declared = {c.local_name for c in model().component_objects(pyo.Constraint, descend_into=True)}
    assert named - {"charge", "rule"} <= declared


KEYS = {
    "site": {"SITES", "PLACES"},
    "period": {"PERIODS"},
    "accelerator": {"ACCELERATORS"},
    "model": {"MODELS"},
    "workload": {"WORKLOADS"},
    "cloud": {"CLOUDS"},
    "licence": {"LICENCES"},
    "layer": {"LEVELS"},
    "segment": {"SEGMENTS"},
    "slice": {"SLICES"},
    "zone": {"ZONES"},
}
JOINED = {
    "OFFERS": {"site", "stage"},
    "ASSETS": {"site", "asset"},
    "SOURCES": {"site", "source"},
    "CAP_ROWS": {"cap", "period"},
}


def keys_of(index: Any) -> set[str]:
    """Keys of tables that an index can be told by."""
    found: set[str] = set()
    for base in index.bases:
        found |= JOINED.get(base.local_name, {key for key, names in KEYS.items() if base.local_name in names})
    return found


REPORTS = [(block, report) for block, listed in compute_lp.REPORTS.items() for report in listed]
PRICES = [(block, price) for block, listed in compute_lp.PRICES.items() for price in listed]
UNITS_OF_TABLES = {
    "units": (1e3, "kacc"),
    "H100-equivalents": (1e3, "kacc"),
    "h": (1e6, "Mh"),
    "share": (1.0, "1"),
    "runs": (1.0, "1"),
}
"""Units of result tables that aren't units of the programme: how many of them its unit holds."""


@pytest.mark.parametrize(("block", "report"), REPORTS, ids=lambda x: getattr(x, "name", x))
def test_a_report_reads_members_that_exist_by_keys_and_in_units_that_they_have(block: str, report: Any) -> None:
    for value in report.values:
        member = model().component(block).component(value.of)
        assert isinstance(member, Variables | Total), f"{block}.{value.of}"
        assert set(report.keys) <= keys_of(member.index_set()) | ({"site"} if value.of == "run" else set())
        factor, unit = UNITS_OF_TABLES.get(value.unit, (1.0, value.unit))
        assert (value.factor, unit_of(member.doc)) == (factor, unit), f"{value.name} is in {value.unit}"


@pytest.mark.parametrize(("block", "price"), PRICES, ids=lambda x: getattr(x, "constraint", x))
def test_a_price_belongs_to_a_constraint_that_exists_and_is_told_by_its_keys(block: str, price: Any) -> None:
    family = model().component(block).component(price.constraint)
    assert set(price.keys) <= keys_of(family.index_set())
    assert price.per == "horizon" or "period" in price.keys


@pytest.mark.parametrize(("block", "price"), PRICES, ids=lambda x: getattr(x, "constraint", x))
def test_the_factor_of_a_price_takes_money_per_programme_unit_to_the_workbooks(block: str, price: Any) -> None:
    """A dual is MUSD per unit of the row, over the years (or the hours, of years of slices) that it stands for."""
    pint = pytest.importorskip("pint")
    if price.unit == "MUSD per unit of the cap":
        assert price.factor == 1
        return
    registry = pint.UnitRegistry(None)
    for line in (
        "USD = [money]",
        "MUSD = 1e6 USD",
        "h = [time]",
        "s = h / 3600",
        "yr = 8760 h = _ = year",
        "kW = [power]",
        "MW = 1e3 kW",
        "MWh = MW h",
        "GWh = 1e3 MWh",
        "unit = [accelerator]",
        "H100e = unit",
        "kacc = 1e3 unit",
        "hour = h",
        "Mh = 1e6 unit h",
        "FLOP = [work]",
        "ZFLOP = 1e21 FLOP",
        "EFLOP = 1e18 FLOP",
        "token = [token]",
        "Mtoken = 1e6 token",
        "Ttoken = 1e12 token",
        "TPP = [control]",
        "MTPP = 1e6 TPP",
        "t = [carbon]",
        "kt = 1e3 t",
        "ML = [water]",
    ):
        registry.define(line)
    row = unit_of(model().component(block).component(price.constraint).doc)
    over = {"year": "yr", "hour": "h", "sum": "1", "horizon": "1"}[price.per]
    dual = registry.parse_expression(f"MUSD / ({row}) / {over}")
    unit = registry.parse_expression(price.unit.replace("unit-hour", "(unit*hour)"))
    assert (dual / unit).to("").magnitude == pytest.approx(price.factor)


def test_every_part_has_what_a_part_has() -> None:
    for part in PARTS:
        assert {"TABLES", "build", "check"} <= set(vars(part)), name_of(part)
        assert part is compute_lp.frame or {"REPORTS", "PRICES"} <= set(vars(part)), name_of(part)
