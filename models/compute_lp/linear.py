"""Linear expressions over arrays: the template of a rule, evaluated once for all rows of its index.

A number of a rule becomes an array with the rows on the last axis and one axis before it for every sum the number
stands in; a variable becomes an array of column numbers of that shape. Ordinary Pyomo expressions are the case of one
row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyomo.core.base.expression import NamedExpressionData
from pyomo.core.base.param import ParamData
from pyomo.core.base.var import VarData
from pyomo.core.expr.numeric_expr import DivisionExpression, NegationExpression, ProductExpression, SumExpression
from pyomo.core.expr.template_expr import GetItemExpression, IndexTemplate, TemplateSumExpression

from compute_lp.declare import Link, Numbers, Template, Total, Variables
from compute_lp.index import ABSENT, Index
from compute_lp.schema import Codes

Array = Any
"""A float or an array that broadcasts to the rows."""


@dataclass(frozen=True)
class Term:
    """Coefficients of columns, or (where `derived`) of rows of totals, numbered through all of them."""

    columns: Codes
    coefficients: Array
    derived: bool


@dataclass
class Linear:
    constant: Array = 0.0
    terms: list[Term] = field(default_factory=list)

    def __add__(self, other: Linear) -> Linear:
        return Linear(self.constant + other.constant, self.terms + other.terms)

    def times(self, factor: Array) -> Linear:
        # An infinity times 0 is caught where the coefficient is used, with the name of its row.
        with np.errstate(invalid="ignore"):
            terms = [Term(t.columns, t.coefficients * factor, t.derived) for t in self.terms]
            return Linear(self.constant * factor, terms)


@dataclass(frozen=True)
class Places:
    """Where each variable's columns and each total's rows start (by id), and the columns of Pyomo's own variables."""

    starts: Mapping[int, int]
    singles: Mapping[int, int]

    def start(self, component: Any, where: str) -> int:
        if id(component) not in self.starts:
            raise KeyError(f"{where} uses {component.name}, which is no active part of the model")
        return self.starts[id(component)]


@dataclass(frozen=True)
class _Item:
    """An index of a rule as codes of a base."""

    codes: Codes
    base: Index
    label: Any = None
    """The label itself where the rule names one."""


class Evaluator:
    """Evaluates the template of one component; `where` names it in errors."""

    def __init__(self, places: Places, where: str, template: Template | None = None, index: Index | None = None):
        self._places = places
        self._where = where
        self._items: dict[int, _Item] = {}
        self._links: dict[tuple[int, int], _Item] = {}
        self._found: dict[tuple[int, ...], tuple[Any, Codes]] = {}
        self._shape: tuple[int, ...] = (1,)
        if template is not None and index is not None:
            self._shape = (index.size,)
            self._bind(template.indices, index, index.codes)

    def _bind(self, placeholders: Sequence[Any], index: Index, codes: Sequence[Codes]) -> None:
        for placeholder, array, base in zip(placeholders, codes, index.bases, strict=True):
            self._items[id(placeholder)] = _Item(array, base)

    def linear(self, node: Any) -> Linear:
        """The expression as constants and terms."""
        handler = _HANDLERS.get(type(node))
        if handler is None:
            handler = _HANDLERS[type(node)] = _handler_for(node, self._where)
        return handler(self, node)

    def positions(self, index: Index, keys: Sequence[Any], called: str) -> Codes:
        """Positions in `index` of the rows that `keys` (indices, links, labels) name; KeyError for one it lacks."""
        items = [self._item(key, base) for key, base in zip(keys, index.bases, strict=True)]
        query = (id(index), *(id(item.codes) for item in items))
        if query not in self._found:
            # The items stay with what was found for them, so that no other array takes over their ids.
            self._found[query] = (items, self._positions(index, items, called))
        return self._found[query][1]

    def _positions(self, index: Index, items: Sequence[_Item], called: str) -> Codes:
        if all(item.codes is own for item, own in zip(items, index.codes, strict=True)):
            return np.arange(index.size)
        codes = [base.translate(item.base, item.codes) for item, base in zip(items, index.bases, strict=True)]
        found = index.find(*codes)
        if (found == ABSENT).any():
            if 0 in self._shape:
                return np.zeros(self._shape, dtype=np.int64)
            raise KeyError(self._absent(found, items, called))
        return found

    def _absent(self, found: Codes, items: Sequence[_Item], called: str) -> str:
        at = np.unravel_index(int(np.argmax(found == ABSENT)), found.shape)
        labels = []
        for item in items:
            code = int(np.broadcast_to(item.codes, found.shape)[at])
            labels.append(str(item.label if code == ABSENT else item.base.label(code)[0]))
        return f"{self._where} asks for {called}[{','.join(labels)}], which {called} doesn't have"

    def _item(self, key: Any, base: Index) -> _Item:
        if isinstance(key, IndexTemplate):
            if id(key) not in self._items:
                raise TypeError(f"{self._where} has a sum that runs over more than Indices, or an index out of its sum")
            return self._items[id(key)]
        if isinstance(key, GetItemExpression) and isinstance(key.arg(0), Link):
            link = key.arg(0)
            at = self.positions(link.index_set(), key.args[1:], link.name)
            if (id(link), id(at)) not in self._links:
                self._links[id(link), id(at)] = _Item(link.codes[at], link.of)
            return self._links[id(link), id(at)]
        if isinstance(key, str | int | np.integer):
            return _Item(np.array(base.code(key)), base, key)
        raise TypeError(
            f"{self._where} has the index {key}; indices are labels, indices of the rule or a Link of one, "
            "never arithmetic"
        )

    def _sum(self, node: Any) -> Linear:
        total = Linear()
        for child in node.args:
            total = total + self.linear(child)
        return total

    def _product(self, node: Any) -> Linear:
        left, right = (self.linear(child) for child in node.args)
        if left.terms and right.terms:
            raise TypeError(f"{self._where} multiplies variables with each other: {node}")
        return left.times(right.constant) if left.terms else right.times(left.constant)

    def _division(self, node: Any) -> Linear:
        left, right = (self.linear(child) for child in node.args)
        if right.terms:
            raise TypeError(f"{self._where} divides by a variable: {node}")
        if np.any(np.equal(right.constant, 0)):
            raise ValueError(f"{self._where} divides by 0: {node}")
        return left.times(1 / np.asarray(right.constant))

    def _negation(self, node: Any) -> Linear:
        return self.linear(node.arg(0)).times(-1.0)

    def _member(self, node: Any) -> Linear:
        component = node.arg(0)
        if isinstance(component, Numbers):
            return Linear(component.array[self.positions(component.index_set(), node.args[1:], component.name)])
        if isinstance(component, Variables | Total):
            at = self.positions(component.index_set(), node.args[1:], component.name)
            start = self._places.start(component, self._where)
            return Linear(terms=[Term(start + at, 1.0, isinstance(component, Total))])
        raise TypeError(
            f"{self._where} uses {node}; in a rule of arrays only Variables, Totals and Numbers (and Links as their "
            "indices) may have indices"
        )

    def _template_sum(self, node: Any) -> Linear:
        outer = self._shape
        for group in node.template_iters():
            index = group[0]._set
            if not isinstance(index, Index):
                raise TypeError(f"{self._where} sums over {index}, which is no Index")
            self._bind(group, index, [codes.reshape(-1, *(1,) * len(self._shape)) for codes in index.codes])
            self._shape = (index.size, *self._shape)
        inner = self.linear(node.template_args()[0])
        added = self._shape[: len(self._shape) - len(outer)]
        self._shape = outer
        # Every term gets the axes of this sum in full; an outer factor then meets all of its members.
        full = (*added, *(1,) * len(outer))
        terms = []
        for term in inner.terms:
            shape = np.broadcast_shapes(np.shape(term.columns), np.shape(term.coefficients), full)
            terms.append(Term(np.broadcast_to(term.columns, shape), term.coefficients, term.derived))
        constant = np.broadcast_to(inner.constant, np.broadcast_shapes(np.shape(inner.constant), full))
        return Linear(constant.sum(axis=tuple(range(len(added)))), terms)

    def _variable(self, node: Any) -> Linear:
        component = node.parent_component()
        if isinstance(component, Variables):
            column = self._places.start(component, self._where) + component.index_set().position(node.index())
        elif id(node) in self._places.singles:
            column = self._places.singles[id(node)]
        else:
            raise KeyError(f"{self._where} uses {node.name}, which is no active part of the model")
        return Linear(terms=[Term(np.array(column), 1.0, False)])

    def _named(self, node: Any) -> Linear:
        component = node.parent_component()
        if isinstance(component, Total):
            row = self._places.start(component, self._where) + component.index_set().position(node.index())
            return Linear(terms=[Term(np.array(row), 1.0, True)])
        return self.linear(node.expr)

    def _parameter(self, node: Any) -> Linear:
        return Linear(float(node.value))

    def _number(self, node: Any) -> Linear:
        return Linear(float(node))


Handler = Callable[[Evaluator, Any], Linear]
_HANDLERS: dict[type, Handler] = {}
_KINDS: tuple[tuple[type | tuple[type, ...], Handler], ...] = (
    ((int, float, np.integer, np.floating), Evaluator._number),
    (TemplateSumExpression, Evaluator._template_sum),
    (GetItemExpression, Evaluator._member),
    (ProductExpression, Evaluator._product),
    (DivisionExpression, Evaluator._division),
    (NegationExpression, Evaluator._negation),
    (SumExpression, Evaluator._sum),
    (VarData, Evaluator._variable),
    (ParamData, Evaluator._parameter),
    (NamedExpressionData, Evaluator._named),
)


def _handler_for(node: Any, where: str) -> Handler:
    if isinstance(node, IndexTemplate):
        raise TypeError(f"{where} uses an index as a number; make Numbers of it")
    for kind, handler in _KINDS:
        if isinstance(node, kind):
            return handler
    raise TypeError(f"{where} has a term that isn't linear: {node} ({type(node).__name__})")
