"""From declarations to arrays: every family, total and ordinary constraint of a model in one sparse matrix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyomo.core as pyo
from pyomo.core.expr.relational_expr import EqualityExpression, InequalityExpression, RangedExpression
from pyomo.core.expr.template_expr import tuple_to_relational_expr

from compute_lp.blocks import Arrays, Block, EntryMap, TotalMap
from compute_lp.declare import Entry, Family, Objective, Total, Variables
from compute_lp.index import Index
from compute_lp.linear import Evaluator, Linear, Places
from compute_lp.schema import Codes, Floats
from compute_lp.sparse import sp


def expand(model: Any) -> Arrays:
    """Arrays of all that is declared on `model` and its blocks, in the order of declaration.

    Raises KeyError where a rule reaches a row that an index doesn't have, ValueError where a coefficient is not a
    finite number, TypeError where a rule is not linear.
    """
    columns, lower, upper, whole, places = _columns(model)
    totals = _Totals(model, places, len(lower))
    rows = _Rows(totals)
    for constraint in _active(model, pyo.Constraint):
        if isinstance(constraint, Family):
            rows.add_family(constraint)
        else:
            rows.add_ordinary(constraint)
    matrix, row_lower, row_upper = rows.assembled()
    cost, offset = _objective(model, totals)
    return Arrays(
        cost, offset, matrix, row_lower, row_upper, lower, upper, whole, columns, rows.blocks, totals.by_name()
    )


def _active(model: Any, kind: Any) -> Iterator[Any]:
    yield from model.component_objects(kind, active=True, descend_into=True)


def _columns(model: Any) -> tuple[dict[str, Block], Floats, Floats, npt.NDArray[np.bool_], Places]:
    blocks: dict[str, Block] = {}
    lower: list[npt.ArrayLike] = [np.zeros(0)]
    upper: list[npt.ArrayLike] = [np.zeros(0)]
    whole: list[npt.ArrayLike] = [np.zeros(0, dtype=np.bool_)]
    starts: dict[int, int] = {}
    singles: dict[int, int] = {}
    count = 0
    for variable in _active(model, pyo.Var):
        if isinstance(variable, Variables):
            index, bounds = variable.index_set(), (variable.lower.copy(), variable.upper.copy(), variable.whole.copy())
            made = {index.position(key): data for key, data in variable._data.items()}
        else:
            index = _index_of(variable)
            bounds = (np.zeros(index.size), np.zeros(index.size), np.zeros(index.size, dtype=np.bool_))
            made = dict(enumerate(variable.values()))
            singles.update((id(data), count + position) for position, data in made.items())
        for position, data in made.items():
            low, high = (data.value, data.value) if data.fixed else data.bounds
            bounds[0][position] = -np.inf if low is None else low
            bounds[1][position] = np.inf if high is None else high
            bounds[2][position] = data.is_integer() or data.is_binary()
        starts[id(variable)] = count
        blocks[variable.name] = Block(variable.name, count, index.size, index)
        count += index.size
        for parts, part in zip((lower, upper, whole), bounds, strict=True):
            parts.append(part)
    places = Places(starts, singles)
    return blocks, np.concatenate(lower), np.concatenate(upper), np.concatenate(whole), places


def _index_of(component: Any) -> Index:
    """The index of the data an ordinary Pyomo component has."""
    if not component.is_indexed():
        return Index.point()
    keys = [key if isinstance(key, tuple) else (key,) for key in component]
    bases = [part.bases[0] for part in component.index_set().subsets() if isinstance(part, Index) and part.is_base]
    if isinstance(component.index_set(), Index):
        bases = list(component.index_set().bases)
    if keys and len(bases) == len(keys[0]):
        return Index.rows(bases, [[base.code(key[i]) for key in keys] for i, base in enumerate(bases)])
    return Index.of([",".join(map(str, key)) for key in keys])


class _Triplets:
    """Coefficients of a matrix under way."""

    def __init__(self) -> None:
        self._rows: list[Codes] = []
        self._columns: list[Codes] = []
        self._values: list[Floats] = []

    def add(self, rows: Codes, columns: Codes, values: Any) -> None:
        shape = np.broadcast_shapes(np.shape(rows), np.shape(columns), np.shape(values))
        for parts, part in ((self._rows, rows), (self._columns, columns), (self._values, values)):
            parts.append(np.broadcast_to(part, shape).reshape(-1))

    def matrix(self, shape: tuple[int, int]) -> sp.coo_array:
        if not self._rows:
            return sp.coo_array(shape)
        where = (np.concatenate(self._rows), np.concatenate(self._columns))
        return sp.coo_array((np.concatenate(self._values), where), shape=shape)

    def __bool__(self) -> bool:
        return bool(self._rows)


def _collect(linear: Linear, rows: Codes, where: str, index: Index, own: _Triplets, derived: _Triplets) -> Floats:
    """Put the terms into their matrices, give the constants row by row."""
    for term in linear.terms:
        if not np.isfinite(term.coefficients).all():
            raise ValueError(_not_finite(term.coefficients, where, index, "a coefficient"))
        (derived if term.derived else own).add(rows, term.columns, term.coefficients)
    constant = np.broadcast_to(np.asarray(linear.constant, dtype=np.float64), rows.shape)
    if not np.isfinite(constant).all():
        raise ValueError(_not_finite(constant, where, index, "a term without variables"))
    return constant


def _not_finite(values: Any, where: str, index: Index, what: str) -> str:
    array = np.broadcast_to(values, np.broadcast_shapes(np.shape(values), (index.size,)))
    at = np.unravel_index(int(np.argmin(np.isfinite(array))), array.shape)
    labels = ",".join(map(str, index.label(int(at[-1]))))
    return f"{what} of {where}[{labels}] is {array[at]}; a finite number is right"


class _Totals:
    """All totals as matrices over the columns, each resolved when it is first needed."""

    def __init__(self, model: Any, places: Places, columns: int):
        self._totals = {id(total): total for total in _active(model, pyo.Expression) if isinstance(total, Total)}
        starts = dict(places.starts)
        self.size = 0
        for key, total in self._totals.items():
            starts[key] = self.size
            self.size += total.index_set().size
        self.places = Places(starts, places.singles)
        self.columns = columns
        self._maps: dict[int, TotalMap] = {}
        self._evaluated: dict[tuple[int, int, int], tuple[sp.csr_array, Floats]] = {}
        self._under_way: list[str] = []
        for total in self._totals.values():
            self._resolved(total)
        self.matrix = sp.csr_array((0, columns))
        self.constant = np.zeros(0)
        if self._totals:
            maps = [self._maps[key] for key in self._totals]
            self.matrix = sp.vstack([m.matrix for m in maps], format="csr")
            self.constant = np.concatenate([m.constant for m in maps])

    def by_name(self) -> dict[str, TotalMap]:
        return {total.name: self._maps[key] for key, total in self._totals.items()}

    def _resolved(self, total: Any) -> TotalMap:
        known = self._maps.get(id(total))
        if known is not None:
            return known
        if total.name in self._under_way:
            raise ValueError(f"a Total is made of itself: {' -> '.join([*self._under_way, total.name])}")
        self._under_way.append(total.name)
        index = total.index_set()
        matrix, constant = sp.csr_array((index.size, self.columns)), np.zeros(index.size)
        entries = {name: self._entry(total, name, entry) for name, entry in total.entries.items()}
        if entries:
            spread = sp.hstack([entry.spread for entry in entries.values()], format="csr")
            matrix = spread @ sp.vstack([entry.matrix for entry in entries.values()], format="csr")
            constant = spread @ np.concatenate([entry.constant for entry in entries.values()])
        self._under_way.pop()
        self._maps[id(total)] = TotalMap(matrix, constant, index, entries)
        return self._maps[id(total)]

    def _entry(self, total: Any, name: str, entry: Entry) -> EntryMap:
        where = f"{total.name} (entry {name!r})"
        size = entry.over.size
        evaluator = Evaluator(self.places, where, entry.template, entry.over)
        # Money enters two ledgers, spent and discounted, by the same rule; it is evaluated once.
        same = (id(entry.rule), id(entry.over), id(entry.block))
        if same not in self._evaluated:
            self._evaluated[same] = self._expression(evaluator, where, entry)
        matrix, constant = self._evaluated[same]
        spread = entry.spread
        if spread is None:
            at = evaluator.positions(total.index_set(), entry.template.key or (), total.name)
            ones, keys = np.ones(size), np.broadcast_to(at, (size,))
            spread = sp.csr_array((ones, (keys, np.arange(size))), shape=(total.index_set().size, size))
        return EntryMap(matrix, constant, entry.over, spread)

    def _expression(self, evaluator: Evaluator, where: str, entry: Entry) -> tuple[sp.csr_array, Floats]:
        own, derived, size = _Triplets(), _Triplets(), entry.over.size
        linear = evaluator.linear(entry.template.expression)
        constant = _collect(linear, np.arange(size), where, entry.over, own, derived)
        matrix = own.matrix((size, self.columns)).tocsr()
        if derived:
            used = derived.matrix((size, self.size)).tocsc()
            occurring = np.flatnonzero(np.diff(used.indptr))
            for other in self._totals.values():
                start = self.places.starts[id(other)]
                end = start + other.index_set().size
                if np.searchsorted(occurring, start) < np.searchsorted(occurring, end):
                    part, resolved = used[:, start:end], self._resolved(other)
                    matrix = matrix + part @ resolved.matrix
                    constant = constant + part @ resolved.constant
        return matrix, constant


class _Rows:
    """All rows under way, block by block."""

    def __init__(self, totals: _Totals):
        self.blocks: dict[str, Block] = {}
        self._totals = totals
        self._own, self._derived = _Triplets(), _Triplets()
        self._lower: list[Floats] = [np.zeros(0)]
        self._upper: list[Floats] = [np.zeros(0)]
        self._count = 0

    def add_family(self, family: Any) -> None:
        index = family.index_set()
        start = self._open(family.name, index)
        evaluator = Evaluator(self._totals.places, family.name, family.template, index)
        self._relation(family.template.expression, evaluator, start + np.arange(index.size), family.name, index)

    def add_ordinary(self, constraint: Any) -> None:
        index = _index_of(constraint)
        start = self._open(constraint.name, index)
        for position, data in enumerate(constraint.values()):
            evaluator = Evaluator(self._totals.places, data.name)
            self._relation(data.expr, evaluator, np.array([start + position]), data.name, Index.point())

    def _open(self, name: str, index: Index) -> int:
        start = self._count
        self.blocks[name] = Block(name, start, index.size, index)
        self._count += index.size
        return start

    def _relation(self, relation: Any, evaluator: Evaluator, rows: Codes, where: str, index: Index) -> None:
        low, body, high = _sides(relation, where)
        shift = _collect(evaluator.linear(body), rows, where, index, self._own, self._derived)
        for side, free, parts in ((low, -np.inf, self._lower), (high, np.inf, self._upper)):
            if side is None:
                parts.append(np.full(len(rows), free))
                continue
            bound = evaluator.linear(side)
            if bound.terms:
                raise TypeError(f"{where} has a variable in the bound of a range: {side}")
            value = np.broadcast_to(bound.constant, rows.shape) - shift
            # An infinite side is no limit; the infinity on the wrong side could never be met.
            wrong = np.isnan(value) | (value == -free)
            if wrong.any():
                raise ValueError(_not_finite(np.where(wrong, value, 0.0), where, index, "a side"))
            parts.append(value)

    def assembled(self) -> tuple[sp.csc_array, Floats, Floats]:
        lower, upper = np.concatenate(self._lower), np.concatenate(self._upper)
        if self._derived:
            used = self._derived.matrix((self._count, self._totals.size)).tocsr()
            # As triplets among the rows' own: a sum of two matrices would go through all of both.
            by_totals = (used @ self._totals.matrix).tocoo()
            rows, columns = (place.astype(np.int64) for place in by_totals.coords)
            self._own.add(rows, columns, by_totals.data)
            shift = used @ self._totals.constant
            lower, upper = lower - shift, upper - shift
        matrix = self._own.matrix((self._count, self._totals.columns)).tocsc()
        matrix.eliminate_zeros()
        matrix.sort_indices()
        return matrix, lower, upper


def _sides(relation: Any, where: str) -> tuple[Any, Any, Any]:
    """Lower side, body and upper side; what has no variables is the side, as in Pyomo's own constraints."""
    if isinstance(relation, tuple):
        relation = tuple_to_relational_expr(relation)
    if isinstance(relation, RangedExpression):
        low, body, high = relation.args
        return low, body, high
    if not isinstance(relation, EqualityExpression | InequalityExpression) or getattr(relation, "strict", False):
        raise TypeError(f"the rule of {where} gave {relation}; a relation with ==, <= or >= is right")
    left, right = relation.args
    equal = isinstance(relation, EqualityExpression)
    if not _varies(right):
        return (right if equal else None), left, right
    if not _varies(left):
        return left, right, (left if equal else None)
    return (0.0 if equal else None), left - right, 0.0


def _varies(expression: Any) -> bool:
    return hasattr(expression, "is_potentially_variable") and bool(expression.is_potentially_variable())


def _objective(model: Any, totals: _Totals) -> tuple[Floats, float]:
    objectives = list(_active(model, pyo.Objective))
    if len(objectives) != 1:
        names = [str(objective.name) for objective in objectives]
        raise ValueError(f"a model has one objective, not {len(objectives)}: {', '.join(names) or 'none'}")
    objective = objectives[0]
    if objective.sense != pyo.minimize:
        raise ValueError(f"{objective.name} is maximised; a programme is minimised")
    expression = objective.template.expression if isinstance(objective, Objective) else objective.expr
    own, derived = _Triplets(), _Triplets()
    linear = Evaluator(totals.places, objective.name).linear(expression)
    offset = _collect(linear, np.zeros(1, dtype=np.int64), objective.name, Index.point(), own, derived)
    used = derived.matrix((1, totals.size)).tocsr()
    cost = own.matrix((1, totals.columns)).tocsr() + used @ totals.matrix
    return cost.toarray()[0], float(offset[0] + (used @ totals.constant)[0])
