"""Appendix C, the method: what is decided, and every equation, read from the programme that was solved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from inspect import getdoc
from typing import TYPE_CHECKING, Any

import pandas as pd

import compute_lp
from compute_lp.algebra import (
    WEIGHT,
    Name,
    Node,
    Product,
    Relation,
    Statement,
    Sum,
    SumOver,
    Symbol,
    statements,
    symbols,
)
from planner.plan import KEPT_VALUE
from planner.report.blocks import Block, Column, Equation, Heading, Note, Paragraph, Table
from planner.report.mathematics import Plain
from planner.wording import number, several, whole

if TYPE_CHECKING:
    from planner.appendices.material import Material

SECTIONS = re.compile(r"^(sets|decides|derives|subject to|ledgers|not modelled)\s{2,}", re.MULTILINE)
TOLD_SECTIONS = ("sets", "ledgers", "not modelled")
"""Those that the tables and equations don't say."""
LETTERS = 110
"""Letters of a formula in one line that a page's width takes."""
GOES_ON = Name("")
"""What a line begins with that goes on with the one before it."""
SPENT, DISCOUNTED = LEDGERS = ("money", "discounted")
"""Totals whose entries are named by layer and heading, as in the result table `money`; the second has those of the
first, and residual values."""
SYMBOLS = (
    Column("name", "Name", kind="text"),
    Column("indices", "Over", kind="text"),
    Column("unit", "Unit", kind="text"),
    Column("meaning", "Meaning", kind="text"),
    Column("members", "Number", kind="integer"),
)
ENTRIES = (
    Column("layer", "Layer", kind="text"),
    Column("heading", "Heading", kind="text"),
    Column("over", "Summed over", kind="text"),
    Column("amount", "Amount before its weight", kind="text"),
)


def method(material: Material) -> list[Block]:
    """The formulation part by part: sets, decisions, data, totals, constraints."""
    model, settings = material.plan.model, material.inputs.settings
    told, named = statements(model), symbols(model)
    blocks: list[Block] = [
        Heading("C Method"),
        Paragraph(
            "The plan is the optimum of a linear programme. Names are those of the workbook and of "
            "the result tables. Each equation was read from the programme that was solved, so what is printed is what "
            "was solved; it stands for as many rows as are told with it."
        ),
        Paragraph(size(material.record["size"], str(settings["integers"]))),
        Paragraph(
            "Inside the programme money is in MUSD, power in MW, energy in GWh, accelerators in thousands (kacc), "
            "accelerator time in million hours (Mh), training work in ZFLOP (1e21 operations), tokens in T (1e12), "
            "control quantity in MTPP, carbon in kt, water in ML, time in years (yr). Letters in brackets are members "
            "of sets, one letter a set throughout; a name in brackets leads from a member to another, as site_of[o] "
            "from a stage of a connection to its site. A weight[…] says which part of an entry falls into a row: a "
            "share of a payment, a factor of discounting, or 1 for what counts and 0 for what doesn't."
        ),
        Heading("Objective", 2),
    ]
    for one in told:
        if one.kind == "objective":
            blocks += _statement(one, model)
    blocks.append(Paragraph(goal(str(settings["objective"]), float(settings["most_served_tolerance"]))))
    for part in compute_lp.PARTS:
        blocks += _part(part, told, named, model)
    return blocks


def size(counted: Mapping[str, int], integers: str) -> str:
    """How large the programme is, and which of its numbers are whole."""
    rows, columns, integral = (whole(counted[name]) for name in ("rows", "columns", "whole"))
    said = f"{integral} of them whole numbers (the setting integers: {' and '.join(integers.split())})"
    if integers == "none":
        said = "none of them whole (the setting integers is none): runs and stages may be fractions"
    return f"It has {rows} rows and {columns} columns, {said}."


def goal(objective: str, tolerance: float) -> str:
    """What the objective means, and what is done in its two stages with most_served."""
    if objective == "least_cost":
        return (
            "What stands at the horizon counts at its residual value, among the money discounted to plan start. The "
            "value of what stays unserved is that of the workbook, so the plan serves what costs less than it is worth."
        )
    kept = KEPT_VALUE.partition(".")[2]
    return (
        "With the objective most_served there are two stages over the same rows. First the sum of value_served (see "
        "the part Objective) is made as large as can be; then the cost above is made as small as can be, with one row "
        f"more, {kept}: at least {number(100 * (1 - tolerance))} % of that value is served."
    )


def _part(part: Any, told: Sequence[Statement], named: Sequence[Symbol], model: Any) -> Iterator[Block]:
    name = part.__name__.rsplit(".", 1)[-1]
    own = "" if part is compute_lp.frame else compute_lp.block_name(part)
    title, _, formulation = (getdoc(part) or "").partition("\n\n")
    yield Heading(f"{_plain(name)}: {title[:1].lower()}{title[1:].rstrip('.')}", 2)
    yield from _docstring(formulation)
    for decided, what in ((True, "decisions"), (False, "data")):
        rows = _rows(one for one in named if one.part == own and one.decided is decided)
        if rows:
            yield Table(f"{_plain(name)}: {what}", pd.DataFrame(rows), SYMBOLS)
    mine = [one for one in told if one.part == own and one.kind != "objective"]
    for kind, what in (("derived", "totals"), ("constraint", "subject to")):
        chosen = [one for one in mine if one.kind == kind]
        if chosen:
            yield Heading(f"{_plain(name)}: {what}", 3)
        for one in chosen:
            yield from _statement(one, model)
    if not any(one.kind == "constraint" for one in mine):
        yield Note("In this programme the part sets no constraint of its own.")


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _docstring(formulation: str) -> Iterator[Paragraph]:
    """The sections of a part's docstring that are told, and its remark below them."""
    listed, _, remark = formulation.partition("\n\n")
    pieces = SECTIONS.split(listed)[1:]
    sections = {name: " ".join(text.split()) for name, text in zip(pieces[::2], pieces[1::2], strict=True)}
    for name in TOLD_SECTIONS:
        if name in sections:
            yield Paragraph(f"**{name.capitalize()}.** {sections[name]}.")
    if remark:
        yield Paragraph(" ".join(remark.split()))


def _rows(symbols: Iterable[Symbol]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "indices": " × ".join(one.bases),
            "unit": _unit(one.unit),
            "meaning": one.meaning + (" (whole)" if one.whole else ""),
            "members": one.members,
        }
        for one in symbols
    ]


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit


def _statement(one: Statement, model: Any) -> Iterator[Block]:
    """What it says in words, then the formula in lines; of the ledgers of money, a table of their entries."""
    over = f", for each {', '.join(one.letters)} in {one.over}" if one.over else ""
    unit = f" [{one.unit}]" if _unit(one.unit) else ""
    rows = f"; {several(one.rows, 'row')}" if one.kind == "constraint" else ""
    said = f"**{one.name}**{unit}: {one.meaning}{over}{rows}."
    if one.name in LEDGERS and not one.part:
        yield from _ledger(said, one, model)
        return
    yield Paragraph(said)
    formulas = lines(one.formula)
    for i, formula in enumerate(formulas):
        line = f", line {i + 1} of {len(formulas)}" if len(formulas) > 1 else ""
        minimise = "minimise " if one.kind == "objective" else ""
        yield Equation(formula, f"{minimise}{one.name}{line}: {Plain().formula(formula).strip()}")


def _ledger(said: str, one: Statement, model: Any) -> Iterator[Block]:
    rows, spent = (_entries(model, name) for name in (one.name, SPENT))
    if one.name == DISCOUNTED and all(row in rows for row in spent):
        rows = [row for row in rows if row not in spent]
        said += f" Its entries are those of {SPENT}, with weights that discount them to plan start, and residual values"
        said += ", which are taken off:" if rows else "; this programme has none."
    else:
        said += " It is the sum of these entries, each with its weight:"
    yield Paragraph(said)
    if rows:
        yield Table(f"Entries of {one.name}", pd.DataFrame(rows), ENTRIES)


def _entries(model: Any, name: str) -> list[dict[str, str]]:
    (one,) = (each for each in statements(model) if each.name == name and not each.part)
    assert isinstance(one.formula, Relation)
    terms = one.formula.right.terms if isinstance(one.formula.right, Sum) else ()
    return [
        _entry(key, sign, term) for key, (sign, term) in zip(model.find_component(name).entries, terms, strict=True)
    ]


def _entry(name: str, sign: int, term: Node) -> dict[str, str]:
    """A weighted entry, named by layer and heading."""
    assert isinstance(term, SumOver) and isinstance(term.body, Product)
    layer, _, heading = name.partition("|")
    factors = [factor for factor in term.body.factors if not (isinstance(factor, Name) and factor.name == WEIGHT)]
    amount = Plain().formula(Product(tuple(factors))).replace("′", "")
    return {
        "layer": layer,
        "heading": heading.replace("|", ": "),
        "over": ", ".join(term.letters).replace("′", ""),
        "amount": f"− {amount}" if sign < 0 else amount,
    }


def lines(formula: Relation | Node) -> list[Relation | Node]:
    """A formula in as many lines as it needs, broken between the terms of its sums; those after the first go on with a
    sign."""
    if not isinstance(formula, Relation):
        return list(_broken(formula))
    if _fits(formula):
        return [formula]
    *above, left = _broken(formula.left)
    before = GOES_ON if above else left
    first, *rest = _broken(formula.right, before=Relation(before, formula.sign, GOES_ON))
    return [*above, *([left] if above else []), Relation(before, formula.sign, first), *rest]


def _fits(formula: Relation | Node) -> bool:
    return len(Plain().formula(formula)) <= LETTERS


def _broken(node: Node, *, before: Relation | None = None) -> Iterator[Node]:
    """The terms of a sum in lines; the first leaves room for what stands before it, the left and sign of a relation."""
    if not isinstance(node, Sum):
        yield node
        return
    line: list[tuple[int, Node]] = []
    for term in node.terms:
        tried: Node = Sum((*line, term))
        if line and not _fits(tried if before is None else Relation(before.left, before.sign, tried)):
            yield Sum(tuple(line))
            line, before = [(1, GOES_ON)], None
        line.append(term)
    yield Sum(tuple(line))
