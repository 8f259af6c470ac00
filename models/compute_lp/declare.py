"""What a part declares: links, numbers, variables, totals, families and the objective, as arrays and templates.

The one place that leans on Pyomo's insides (pinned version): components that take the place of Pyomo's indexed
ones, hold arrays, and make a data object only for a member that is asked for by its labels. Asked with the indices of a
rule, they give Pyomo's own template node, which `linear` evaluates over whole arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyomo.core as pyo
from pyomo.core.base.component import ActiveComponent
from pyomo.core.base.constraint import IndexedConstraint
from pyomo.core.base.expression import ExpressionData, IndexedExpression
from pyomo.core.base.objective import ScalarObjective
from pyomo.core.base.param import IndexedParam, ParamData
from pyomo.core.base.var import IndexedVar, VarData
from pyomo.core.expr.template_expr import (
    GetItemExpression,
    IndexTemplate,
    NPV_Numeric_GetItemExpression,
    NPV_Structural_GetItemExpression,
    Numeric_GetItemExpression,
    templatize_rule,
)

from compute_lp.index import ABSENT, Index
from compute_lp.schema import Codes, Floats
from compute_lp.sparse import sp

Rule = Callable[..., Any]
Spread = Any
"""A scipy sparse matrix, or (key positions, positions in `over`, weights)."""


@dataclass(frozen=True)
class Template:
    """What a rule gave for its indices: an expression, and for a total's entry the key it belongs to."""

    expression: Any
    indices: tuple[Any, ...]
    key: tuple[Any, ...] | None = None


def template_of(block: Any, rule: Rule, index: Index | None, to: Rule | None = None) -> Template:
    """Call a rule once, with Pyomo's placeholders for its indices."""

    def both(block: Any, indices: tuple[Any, ...]) -> Any:
        return rule(block, *indices), None if to is None else to(block, *indices)

    with _no_comparing():
        (expression, key), indices = templatize_rule(block, both, index)
    if to is not None and not isinstance(key, tuple):
        key = (key,)
    return Template(expression, indices, key)


def _compared(index: Any, other: Any) -> bool:
    raise TypeError(
        f"a rule compares its index with {str(other)!r}; it is called once for all rows, so what depends on the row "
        "belongs into the index set, Numbers or a Link"
    )


@contextmanager
def _no_comparing() -> Iterator[None]:
    """Make `if s == "mumbai"` and `s in (...)` errors in a rule; a Pyomo placeholder says no to any text, silently."""
    inherited = IndexTemplate.__dict__.get("__eq__")
    IndexTemplate.__eq__ = _compared
    try:
        yield
    finally:
        if inherited is None:
            del IndexTemplate.__eq__
        else:
            IndexTemplate.__eq__ = inherited


class _LinkMember(NPV_Structural_GetItemExpression):  # type: ignore[misc]
    """A link of an index in a rule; it is no number, and can't be compared either."""

    __slots__ = ()
    __eq__ = _compared
    __hash__ = None  # type: ignore[assignment]


def _is_template(key: Any) -> bool:
    parts = key if isinstance(key, tuple) else (key,)
    return any(isinstance(part, IndexTemplate | GetItemExpression) for part in parts)


class _Kept:
    """A component over an Index that makes no data objects of its own accord."""

    _node: Any
    _constructed: bool
    name: str

    def construct(self: Any, data: Any = None) -> None:
        if not self._constructed:
            self._constructed = True
            for index in self._anonymous_sets or ():
                index.construct()

    def __getitem__(self: Any, key: Any) -> Any:
        if _is_template(key):
            parts = key if isinstance(key, tuple) else (key,)
            self._right_dimensions(parts)
            return self._node((self, *parts))
        try:
            return self._data[key]
        except (KeyError, TypeError):
            return self._made(key)

    def _right_dimensions(self: Any, parts: tuple[Any, ...]) -> None:
        wanted = len(self._index_set.bases)
        if len(parts) != wanted:
            raise KeyError(f"{self.name} has {wanted} indices, not the {len(parts)} of {[str(p) for p in parts]}")

    def _made(self: Any, key: Any) -> Any:
        self._right_dimensions(key if isinstance(key, tuple) else (key,))
        for part in key if isinstance(key, tuple) else (key,):
            if not isinstance(part, str | int | np.integer):
                raise TypeError(
                    f"{self.name} is asked for {part}, which is no label; "
                    "indices are labels, indices of the rule or a Link of one, never arithmetic"
                )
        position = self._index_set.position(key)
        if position == ABSENT:
            raise KeyError(f"{self.name} has no {key!r}")
        return self._make(key, position)


def _checked_index(index: Any, what: str) -> Index:
    if not isinstance(index, Index):
        raise TypeError(f"{what} is declared over an Index, not {type(index).__name__}")
    return index


def aligned(index: Index, values: npt.ArrayLike, what: str, kind: Any = np.float64) -> Any:
    """Values as a 1-D array over the rows of `index`, from a scalar, such an array, or one of the product's shape."""
    array = np.asarray(values, dtype=kind)
    if array.ndim == 0:
        return np.full(index.size, array[()])
    if array.ndim == 1 and len(array) == index.size:
        return array.copy()
    shape = tuple(base.size for base in index.bases)
    if array.ndim > 1 and array.shape == shape:
        return array[index.codes]
    right = f"{index.size} values" + (f" or an array of shape {shape}" if len(shape) > 1 else "")
    raise ValueError(f"{what} has shape {array.shape}; a scalar, {right} is right")


class Link(_Kept, IndexedParam):  # type: ignore[misc]
    """A parameter whose values are members of the base `of`; in rules an index: `b.stored[e, t, m.next_slice[h]]`."""

    _node = _LinkMember

    def __init__(self, index: Index, *, of: Index, codes: npt.ArrayLike, doc: str = ""):
        super().__init__(_checked_index(index, "a Link"), within=pyo.Any, doc=doc or None)
        if not of.is_base:
            raise TypeError(f"a Link points into a base; {of} has {len(of.bases)} dimensions or is a part of a base")
        self.of = of
        self.codes: Codes = aligned(index, codes, f"codes of a Link to {of}", np.int64)
        if index.size and (self.codes.min() < 0 or self.codes.max() >= of.size):
            raise ValueError(
                f"codes of a Link to {of} run from 0 to {of.size - 1}, not {self.codes.min()} to {self.codes.max()}"
            )

    def _make(self, key: Any, position: int) -> Any:
        return self.of.label(int(self.codes[position]))[0]


class Numbers(_Kept, IndexedParam):  # type: ignore[misc]
    """A parameter over `index`: `array` has one number per row. `doc` starts with the unit: "[MW] meaning"."""

    _node = NPV_Numeric_GetItemExpression

    def __init__(self, index: Index, array: npt.ArrayLike, *, doc: str):
        super().__init__(_checked_index(index, "Numbers"), within=pyo.Any, mutable=True, doc=doc)
        self.array: Floats = aligned(index, array, f"Numbers ({doc})")

    def _make(self, key: Any, position: int) -> Any:
        data = self._data[key] = ParamData(self)
        data._index = key
        data.set_value(float(self.array[position]), key)
        return data


class Variables(_Kept, IndexedVar):  # type: ignore[misc]
    """A variable over `index`, with arrays (or scalars) of bounds; `whole` where it must be a whole number.

    A limit whose shadow price is published is a row and no bound: beside it, a bound would take the price."""

    _node = Numeric_GetItemExpression

    def __init__(
        self,
        index: Index,
        *,
        lower: npt.ArrayLike = 0.0,
        upper: npt.ArrayLike = np.inf,
        whole: npt.ArrayLike = False,
        doc: str,
    ):
        super().__init__(_checked_index(index, "Variables"), dense=False, doc=doc)
        self.lower: Floats = aligned(index, lower, f"the lower bound of Variables ({doc})")
        self.upper: Floats = aligned(index, upper, f"the upper bound of Variables ({doc})")
        self.whole: npt.NDArray[np.bool_] = aligned(index, whole, f"whole of Variables ({doc})", np.bool_)
        fits = (self.lower <= self.upper) & (self.lower < np.inf) & (self.upper > -np.inf)
        if not fits.all():
            at = int(np.argmin(fits))
            raise ValueError(
                f"Variables ({doc}) at {index.label(at)}: no number lies between the lower bound {self.lower[at]} "
                f"and the upper bound {self.upper[at]}"
            )

    def _make(self, key: Any, position: int) -> Any:
        data = self._data[key] = VarData(self)
        data._index = key
        data.domain = pyo.Integers if self.whole[position] else pyo.Reals
        data.setlb(_finite(self.lower[position]))
        data.setub(_finite(self.upper[position]))
        return data


def _finite(bound: float) -> float | None:
    return float(bound) if np.isfinite(bound) else None


@dataclass(frozen=True)
class Entry:
    """A term of a total: a rule over `over`, and where its rows go: `to` a key, or by a `spread` (keys × rows)."""

    over: Index
    rule: Rule
    to: Rule | None
    spread: sp.csr_array[np.float64] | None
    block: Any
    template: Template


class Total(_Kept, IndexedExpression):  # type: ignore[misc]
    """A named sum over entries, one linear expression per row of `index`; in rules like a variable."""

    _node = Numeric_GetItemExpression

    def __init__(self, index: Index, *, doc: str):
        super().__init__(_checked_index(index, "a Total"), doc=doc)
        self.entries: dict[str, Entry] = {}

    def add(self, name: str, over: Index, rule: Rule, to: Rule | Spread | None = None, *, block: Any = None) -> None:
        """Add `rule`, for each row of `over`, to the row of the total that `to` names, or to several, weighted.

        `to` is a function of the rule's arguments giving the key, an item (an index, a link, a label) for each base of
        the total; or a scipy sparse matrix of shape (rows of the total, rows of `over`); or its arrays (row, column,
        weight), or (row, column) for a weight of 1. It may be left out where each base of the total is one of `over`:
        the entry is then summed over the others; and be the `Link` that leads from a base of `over` to one that the
        total has instead. `block` is the first argument of both functions; without it they get the block the total is
        declared on.
        """
        if name in self.entries:
            raise ValueError(f"{self.name} has an entry {name!r} already; entries have names of their own")
        block = self.parent_block() if block is None else block
        if block is None:
            raise RuntimeError(f"a Total ({self.doc}) must be declared on a block before entries are added")
        over.construct()
        if to is None or isinstance(to, Link):
            to = self._projection(name, over, to)
        key, spread = (to, None) if callable(to) else (None, self._matrix(name, over, to))
        template = template_of(block, rule, over, key)
        if template.key is not None and len(template.key) != len(self._index_set.bases):
            raise KeyError(
                f"{self.name}, entry {name!r}: a key has {len(self._index_set.bases)} items, not {len(template.key)}"
            )
        self.entries[name] = Entry(over, rule, key, spread, block, template)

    def _projection(self, name: str, over: Index, link: Link | None) -> Rule:
        """The key of an entry whose bases, with the one a link leads to, hold those of the total."""
        bases = self._index_set.bases
        try:
            if link is None:
                places = [over.axis(base) for base in bases]
                return lambda block, *row: tuple(row[place] for place in places)
            start = over.axis(link.index_set())
            linked = [ABSENT if base is link.of else over.axis(base) for base in bases]
        except TypeError as error:
            raise TypeError(f"{self.name}, entry {name!r}: {error}; `to` must say where its rows go") from error
        return lambda block, *row: tuple(link[row[start]] if place == ABSENT else row[place] for place in linked)

    def _matrix(self, name: str, over: Index, to: Any) -> sp.csr_array[np.float64]:
        shape = (self._index_set.size, over.size)
        if not sp.issparse(to):
            keys, rows, *weight = to
            weights = weight[0] if weight else np.ones(len(rows))
            to = sp.coo_array((np.asarray(weights, dtype=np.float64), (keys, rows)), shape=shape)
        matrix: sp.csr_array[np.float64] = to.tocsr().astype(np.float64)
        if matrix.shape != shape:
            raise ValueError(f"{self.name}, entry {name!r}: the spread has shape {matrix.shape}; {shape} is right")
        if not np.isfinite(matrix.data).all():
            raise ValueError(f"{self.name}, entry {name!r}: a weight of the spread is not finite")
        return matrix

    def _make(self, key: Any, position: int) -> Any:
        data = self._data[key] = ExpressionData(None, component=self)
        data._index = key
        return data


class Family(_Kept, IndexedConstraint):  # type: ignore[misc]
    """An indexed constraint that keeps the template of its rule and makes no rows until it is materialised."""

    def __init__(self, index: Index, *, rule: Rule, doc: str):
        super().__init__(_checked_index(index, "a Family"), doc=doc)
        self.relation = rule
        self.template: Template

    def construct(self, data: Any = None) -> None:
        if not self._constructed:
            super().construct(data)
            self.template = template_of(self.parent_block(), self.relation, self._index_set)

    def __getitem__(self, key: Any) -> Any:
        return IndexedConstraint.__getitem__(self, key)

    def activate(self) -> None:
        ActiveComponent.activate(self)

    def deactivate(self) -> None:
        ActiveComponent.deactivate(self)

    def keys(self, *args: Any, **options: Any) -> Iterator[Any]:
        if len(self._data) != self._index_set.size:
            raise RuntimeError(f"{self.name} has no rows yet: expand the model, or materialise it first")
        return super().keys(*args, **options)  # type: ignore[no-any-return]


def subject_to(block: Any, index: Index, doc: str, *, name: str = "") -> Callable[[Rule], Rule]:
    """Declare the decorated rule as a `Family` over `index` on `block`, under the rule's own name or the one given."""

    def declare(rule: Rule) -> Rule:
        block.add_component(name or rule.__name__, Family(index, rule=rule, doc=doc))
        return rule

    return declare


class Objective(ScalarObjective):  # type: ignore[misc]
    """The one linear expression to minimise, kept as the template of its rule."""

    def __init__(self, *, rule: Rule, doc: str):
        super().__init__(doc=doc)
        self.goal = rule
        self.template: Template

    def construct(self, data: Any = None) -> None:
        if not self._constructed:
            super().construct(data)
            self._data[None] = self
            self.set_sense(pyo.minimize)
            self.template = template_of(self.parent_block(), self.goal, None)

    @property
    def args(self) -> Any:
        if self._args_[0] is None:
            raise RuntimeError(f"{self.name} has no expression yet: expand the model, or materialise it first")
        return self._args_
