"""The programme as algebra: every constraint family, total and the objective as small trees, read from the templates
that the solver's arrays are made from, so that what is printed is what is solved.

Names are the names in the code; index letters are those of the rules. A total's entry that a `Link` leads to its key
is a sum over the members linked to it; one that is spread by weights is a weighted sum, told as such.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyomo.core as pyo
from pyomo.core.expr.numeric_expr import DivisionExpression, NegationExpression, ProductExpression, SumExpression
from pyomo.core.expr.relational_expr import EqualityExpression, InequalityExpression, RangedExpression
from pyomo.core.expr.template_expr import GetItemExpression, IndexTemplate, TemplateSumExpression

from compute_lp.declare import Entry, Family, Numbers, Objective, Rule, Total, Variables
from compute_lp.index import Index
from compute_lp.units import unit_of

WEIGHT = "weight"
"""Name of the weights by which an entry is spread over the rows of its total."""


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Name:
    """A variable, number, total or link with its indices: letters, labels or links of them."""

    name: str
    indices: tuple[str | Name, ...] = ()


@dataclass(frozen=True)
class Sum:
    """Terms added, each with its sign, 1 or -1."""

    terms: tuple[tuple[int, Node], ...]


@dataclass(frozen=True)
class Product:
    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Quotient:
    top: Node
    bottom: Node


@dataclass(frozen=True)
class SumOver:
    """The body summed over letters; `where` says which members: pairs that are equal, or a set."""

    letters: tuple[str, ...]
    body: Node
    where: tuple[tuple[Name, str], ...] = ()
    members: str = ""


Node = Number | Name | Sum | Product | Quotient | SumOver


@dataclass(frozen=True)
class Relation:
    """`left sign right`, the sign one of =, ≤."""

    left: Node
    sign: str
    right: Node


@dataclass(frozen=True)
class Statement:
    """A constraint family, the definition of a total, or the objective.

    `kind` is constraint, derived or objective; `part` the block, "" for the frame's own; `over` the index set with
    `letters`; `unit` and `meaning` are its doc's; `rows` how many there are in the programme it was read from.
    """

    kind: str
    part: str
    name: str
    meaning: str
    unit: str
    letters: tuple[str, ...]
    over: str
    rows: int
    formula: Relation | Node


@dataclass(frozen=True)
class Symbol:
    """A variable (`whole` where some of it must be a whole number) or a number that is given, with its index bases;
    `members` is how many there are in the programme it was read from."""

    part: str
    name: str
    decided: bool
    whole: bool
    bases: tuple[str, ...]
    unit: str
    meaning: str
    members: int


def symbols(model: Any) -> list[Symbol]:
    """Every variable, then every number, of a formulated programme, in building order."""
    variables = [_symbol(one, decided=True) for one in _components(model, pyo.Var, Variables)]
    return variables + [_symbol(one, decided=False) for one in _components(model, pyo.Param, Numbers)]


def statements(model: Any) -> list[Statement]:
    """Every derived total, constraint family and the objective of a formulated programme, in building order."""
    letters = _letters(model)
    found = [_total(total, letters) for total in _components(model, pyo.Expression, Total)]
    found += [_family(family, letters) for family in _components(model, pyo.Constraint, Family)]
    found += [_objective(goal, letters) for goal in _components(model, pyo.Objective, Objective)]
    return found


def _symbol(one: Any, *, decided: bool) -> Symbol:
    unit, meaning = _doc(one)
    index = one.index_set()
    whole = decided and bool(one.whole.any())
    bases = tuple(base.local_name for base in index.bases)
    return Symbol(_part(one), one.local_name, decided, whole, bases, unit, meaning, index.size)


def _components(model: Any, kind: Any, ours: type) -> Iterator[Any]:
    return (c for c in model.component_objects(kind, active=True, descend_into=True) if isinstance(c, ours))


def _arguments(rule: Rule) -> tuple[str, ...]:
    """Letters of a rule's indices; one that would hide another name of the part has a _ after it in the code."""
    return tuple(name.rstrip("_") for name in tuple(inspect.signature(rule).parameters)[1:])


def _letters(model: Any) -> dict[int, str]:
    """The letter of each base, by its id: the one that most rules give it."""
    votes: dict[int, Counter[str]] = {}
    rules: list[tuple[Index, Rule]] = [(f.index_set(), f.relation) for f in _components(model, pyo.Constraint, Family)]
    for total in _components(model, pyo.Expression, Total):
        rules += [(entry.over, entry.rule) for entry in total.entries.values()]
    for index, rule in rules:
        names = _arguments(rule)
        if len(names) == len(index.bases):
            for base, letter in zip(index.bases, names, strict=True):
                votes.setdefault(id(base), Counter())[letter] += 1
    return {base: counted.most_common(1)[0][0] for base, counted in votes.items()}


class _Reader:
    """Reads one template; `names` gives the letter of each of its placeholders, by id."""

    def __init__(self, letters: Mapping[int, str]):
        self._letters = letters
        self._names: dict[int, str] = {}

    def bind(self, placeholders: Any, index: Index, names: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Give the placeholders of an index their letters; a letter taken already gets a prime."""
        if len(names) != len(index.bases):
            names = tuple(self._letters.get(id(base), base.local_name[:1].lower()) for base in index.bases)
        taken = set(self._names.values())
        given = []
        for placeholder, name in zip(placeholders, names, strict=True):
            while name in taken:
                name += "′"
            taken.add(name)
            self._names[id(placeholder)] = name
            given.append(name)
        return tuple(given)

    def relation(self, node: Any) -> Relation:
        if isinstance(node, RangedExpression):
            raise TypeError(f"{node} has two bounds; a family states one relation")
        sign = "=" if isinstance(node, EqualityExpression) else "≤"
        if not isinstance(node, EqualityExpression | InequalityExpression):
            raise TypeError(f"{node} is no relation")
        return Relation(self.node(node.arg(0)), sign, self.node(node.arg(1)))

    def node(self, node: Any) -> Node:
        for kind, read in _READERS:
            if isinstance(node, kind):
                return read(self, node)
        if isinstance(node, int | float):
            return Number(float(node))
        return Name(node.local_name) if hasattr(node, "local_name") else Number(float(pyo.value(node)))

    def item(self, key: Any) -> str | Name:
        """An index of a member: a letter, a link of one, or a label."""
        if isinstance(key, IndexTemplate):
            return self._names[id(key)]
        if isinstance(key, GetItemExpression):
            return Name(key.arg(0).local_name, tuple(self.item(each) for each in key.args[1:]))
        return str(key)

    def _member(self, node: Any) -> Node:
        return Name(node.arg(0).local_name, tuple(self.item(key) for key in node.args[1:]))

    def _sum(self, node: Any) -> Node:
        terms: list[tuple[int, Node]] = []
        for child in node.args:
            sign, inner = _signed(self.node(child))
            terms += [(sign * s, n) for s, n in inner.terms] if isinstance(inner, Sum) else [(sign, inner)]
        return Sum(tuple(terms))

    def _product(self, node: Any) -> Node:
        factors: list[Node] = []
        for child in node.args:
            inner = self.node(child)
            factors += inner.factors if isinstance(inner, Product) else [inner]
        kept = [factor for factor in factors if factor != Number(1.0)]
        return kept[0] if len(kept) == 1 else Product(tuple(kept))

    def _quotient(self, node: Any) -> Node:
        return Quotient(self.node(node.arg(0)), self.node(node.arg(1)))

    def _negated(self, node: Any) -> Node:
        inner = self.node(node.arg(0))
        if isinstance(inner, Sum):
            return Sum(tuple((-sign, term) for sign, term in inner.terms))
        return Sum(((-1, inner),))

    def _sum_over(self, node: Any) -> Node:
        letters: list[str] = []
        members = []
        for group in node.template_iters():
            index = group[0]._set
            letters += self.bind(group, index)
            members.append(_called(index))
        return SumOver(tuple(letters), self.node(node.template_args()[0]), members=" × ".join(members))


_READERS: tuple[tuple[type, Callable[[_Reader, Any], Node]], ...] = (
    (TemplateSumExpression, _Reader._sum_over),
    (GetItemExpression, _Reader._member),
    (ProductExpression, _Reader._product),
    (DivisionExpression, _Reader._quotient),
    (NegationExpression, _Reader._negated),
    (SumExpression, _Reader._sum),
)


def _signed(node: Node) -> tuple[int, Node]:
    """A term as its sign and what is left of it."""
    match node:
        case Product((Number(-1.0), *rest)):
            return -1, rest[0] if len(rest) == 1 else Product(tuple(rest))
        case Product((Sum(((-1, first),)), *rest)):
            return -1, Product((first, *rest))
        case Sum(((sign, only),)):
            return sign, only
    return 1, node


def _called(index: Index) -> str:
    """The name an index set bears in the code; of one made on the spot, its bases."""
    return index.local_name if index.local_name != "Index" else " × ".join(base.local_name for base in index.bases)


def _doc(component: Any) -> tuple[str, str]:
    return unit_of(component.doc), str(component.doc).partition("] ")[2]


def _part(component: Any) -> str:
    block = component.parent_block()
    return "" if block is block.model() else str(block.local_name)


def _statement(
    kind: str, component: Any, letters: tuple[str, ...], index: Index, formula: Relation | Node
) -> Statement:
    unit, meaning = _doc(component)
    over = _called(index) if index.bases else ""
    return Statement(kind, _part(component), component.local_name, meaning, unit, letters, over, index.size, formula)


def _family(family: Any, letters: Mapping[int, str]) -> Statement:
    reader = _Reader(letters)
    index = family.index_set()
    own = reader.bind(family.template.indices, index, _arguments(family.relation))
    return _statement("constraint", family, own, index, reader.relation(family.template.expression))


def _objective(goal: Any, letters: Mapping[int, str]) -> Statement:
    unit, meaning = _doc(goal)
    formula = _Reader(letters).node(goal.template.expression)
    return Statement("objective", "", goal.local_name, meaning, unit, (), "", 1, formula)


def _total(total: Any, letters: Mapping[int, str]) -> Statement:
    """A total as its name over the letters of its index, equal to the sum of its entries."""
    index = total.index_set()
    own = tuple(letters.get(id(base), base.local_name[:1].lower()) for base in index.bases)
    terms = tuple(term for entry in total.entries.values() for term in _entry(entry, own, letters))
    body = Sum(terms) if terms else Number(0.0)
    return _statement("derived", total, own, index, Relation(Name(total.local_name, own), "=", body))


def _entry(entry: Entry, own: tuple[str, ...], letters: Mapping[int, str]) -> Sequence[tuple[int, Node]]:
    """What an entry adds to the row `own` of its total: signed terms. Letters it sums over, and that the total has for
    something else, get a prime."""
    reader = _Reader(letters)
    given = reader.bind(entry.template.indices, entry.over, _arguments(entry.rule))
    body = reader.node(entry.template.expression)
    keys = None if entry.template.key is None else [reader.item(key) for key in entry.template.key]
    names = {key: letter for key, letter in zip(keys or (), own, strict=False) if isinstance(key, str) and key in given}
    names |= {letter: f"{letter}′" for letter in given if letter not in names and letter in own}
    over = tuple(names.get(letter, letter) for letter in given)
    sign, body = _signed(_renamed(body, names))
    if keys is None:
        weight = Name(WEIGHT, (*own, *over))
        factors = body.factors if isinstance(body, Product) else (body,)
        return [(sign, SumOver(over, Product((weight, *factors)), members=_called(entry.over)))]
    where = tuple(
        (_renamed_item(key, names) if isinstance(key, Name) else Name(letter), letter if isinstance(key, Name) else key)
        for key, letter in zip(keys, own, strict=True)
        if isinstance(key, Name) or key not in given
    )
    summed = tuple(letter for letter in over if letter not in own)
    if not summed and not where:
        return [(sign * s, n) for s, n in body.terms] if isinstance(body, Sum) else [(sign, body)]
    return [(sign, SumOver(summed, body, where, _called(entry.over)))]


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    """The tree with other letters."""

    match node:
        case Name():
            return _renamed_item(node, names)
        case Sum(terms):
            return Sum(tuple((sign, _renamed(term, names)) for sign, term in terms))
        case Product(factors):
            return Product(tuple(_renamed(factor, names) for factor in factors))
        case Quotient(top, bottom):
            return Quotient(_renamed(top, names), _renamed(bottom, names))
        case SumOver(over, body, where, members):
            linked = tuple((_renamed_item(link, names), names.get(letter, letter)) for link, letter in where)
            return SumOver(tuple(names.get(letter, letter) for letter in over), _renamed(body, names), linked, members)
    return node


def _renamed_item(item: Name, names: Mapping[str, str]) -> Name:
    """A member with other letters."""
    inside = (_renamed_item(key, names) if isinstance(key, Name) else names.get(key, key) for key in item.indices)
    return Name(item.name, tuple(inside))
