"""The same rules as ordinary Pyomo: for LP texts, for units, and for the proof that the arrays say what the rules say.

Not for large programmes: every row becomes an object.
"""

from __future__ import annotations

import ast
import operator
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pyomo.core as pyo
from pyomo.core.base.units_container import UnitsError
from pyomo.core.base.units_container import units as pyomo_units
from pyomo.core.expr.numeric_expr import NPV_ProductExpression
from pyomo.util.check_units import assert_units_equivalent

from compute_lp.declare import Family, Numbers, Objective, Total, Variables
from compute_lp.index import ABSENT
from compute_lp.units import PROGRAMME_UNITS, unit_of


def materialise(model: Any, *, units: bool = False) -> Any:
    """Turn `model` into an ordinary Pyomo model, in place, and return it.

    Variables, parameters, totals (as named expressions), constraints and the objective get all their members, from
    the same rules that `expand` evaluates. With `units` they also bear the units at the head of their `doc`, so that
    `unit_problems` and Pyomo's `assert_units_consistent` can check them (needs pint).
    """
    for kind, ours in ((pyo.Param, Numbers), (pyo.Var, Variables)):
        for component in _all(model, kind, ours):
            if units:
                component._units = pyomo_units.get_units(_unit(component.doc))
            for key in component.index_set():
                component[key]
    for total in _all(model, pyo.Expression, Total):
        nothing = NPV_ProductExpression((0.0, _unit(total.doc))) if units else 0.0
        for key, parts in zip(total.index_set(), _parts(total), strict=True):
            total[key].set_value(sum(parts[1:], start=parts[0]) if parts else nothing)
    for family in _all(model, pyo.Constraint, Family):
        if len(family) != family.index_set().size:
            block = family.parent_block()
            for key in family.index_set():
                family[key] = family.relation(block, *(key if isinstance(key, tuple) else (key,)))
    for objective in _all(model, pyo.Objective, Objective):
        objective.set_value(objective.goal(objective.parent_block()))
    return model


def _all(model: Any, kind: Any, ours: type) -> Iterator[Any]:
    components = model.component_objects(kind, active=True, descend_into=True)
    return (component for component in components if isinstance(component, ours))


def _parts(total: Any) -> list[list[Any]]:
    """The terms of each row of a total, in the order of its entries."""
    index = total.index_set()
    parts: dict[int, list[Any]] = defaultdict(list)
    for name, entry in total.entries.items():
        keys = [key if isinstance(key, tuple) else (key,) for key in entry.over]
        terms = [entry.rule(entry.block, *key) for key in keys]
        if entry.spread is not None:
            spread = entry.spread.tocoo()
            for row, column, weight in zip(spread.row, spread.col, spread.data, strict=True):
                parts[int(row)].append(float(weight) * terms[column])
            continue
        for key, term in zip(keys, terms, strict=True):
            target = entry.to(entry.block, *key)
            row = index.position(target)
            if row == ABSENT:
                raise KeyError(f"{total.name} (entry {name!r}) asks for {total.name}[{target}], which it doesn't have")
            parts[row].append(term)
    return [parts[position] for position in range(index.size)]


def unit_problems(model: Any) -> list[str]:
    """What doesn't fit, one sentence each: sides of a constraint, terms of a sum, an expression and the unit it claims.

    `model` was materialised with `units`. A bare 0 has any unit.
    """
    problems = []
    for component in model.component_objects((pyo.Constraint, pyo.Expression, pyo.Objective), active=True):
        for data in component.values():
            expression = data.expr
            sides = expression.args if component.ctype is pyo.Constraint else [expression]
            claimed = [_unit(component.doc)] if component.doc else []
            try:
                assert_units_equivalent(*claimed, *(side for side in sides if not _bare_zero(side)))
            except UnitsError as error:
                problems.append(f"{data.name}: {str(error).replace(_PREFIX, '')}")
    return problems


def _bare_zero(side: Any) -> bool:
    return side is None or (isinstance(side, int | float) and side == 0)


_PREFIX = "programme_"
"""Keeps our units apart from the ones that pint knows under the same names (kt is a knot there)."""

_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def _unit(doc: str) -> Any:
    """The unit at the head of `doc` as Pyomo knows it."""
    text = unit_of(doc)
    _load()
    return _value(ast.parse(text.replace("·", "*") or "1", mode="eval").body, text)


@cache
def _load() -> None:
    definitions = [f"{_PREFIX}{name} = {meaning}" for name, meaning in PROGRAMME_UNITS.items()]
    pyomo_units.load_definitions_from_strings(definitions)


def _value(node: ast.expr, text: str) -> Any:
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        exponent = isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant)
        right = ast.literal_eval(node.right) if exponent else _value(node.right, text)
        return _OPERATORS[type(node.op)](_value(node.left, text), right)
    if isinstance(node, ast.Name) and node.id in PROGRAMME_UNITS:
        return getattr(pyomo_units, _PREFIX + node.id)
    if isinstance(node, ast.Constant) and node.value == 1:
        return pyomo_units.dimensionless
    raise ValueError(f"[{text}] is no unit of the programme; they are {', '.join(PROGRAMME_UNITS)}, joined by * / **")
