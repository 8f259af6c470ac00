"""Appendix C has every equation and every symbol of the programme that is solved, in lines that a page takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

import compute_lp
from compute_lp.algebra import Name, Relation, Sum, statements
from compute_lp.family import Arrays, expand
from compute_lp.schema import Inputs
from planner.appendices.method import LETTERS, goal, lines, method, size
from planner.report.blocks import Block, Equation, Heading, Paragraph, Table, texts
from planner.report.mathematics import Plain
from tests.models.features import everything
from tests.models.programmes import shorten_days

STATED = re.compile(r"\*\*(\w+)\*\*.*?(?:; ([\d,]+) rows?)?\.$")


@pytest.fixture(scope="module")
def inputs() -> Iterator[Inputs]:
    with pytest.MonkeyPatch.context() as patch:
        shorten_days(patch)
        yield everything()


@pytest.fixture(scope="module")
def model(inputs: Inputs) -> Any:
    return compute_lp.build(inputs)


@pytest.fixture(scope="module")
def arrays(model: Any) -> Arrays:
    return expand(model)


@pytest.fixture(scope="module")
def blocks(model: Any, inputs: Inputs) -> list[Block]:
    record = {"size": {"rows": 1200, "columns": 900, "whole": 4}}
    return method(cast("Any", SimpleNamespace(plan=SimpleNamespace(model=model), inputs=inputs, record=record)))


def by_part(blocks: Sequence[Block]) -> dict[str, list[Block]]:
    """The blocks under each part's heading, by the name of its block in the programme."""
    parts: dict[str, list[Block]] = {}
    under: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading) and block.level == 2:
            name = block.text.partition(":")[0].lower().replace(" ", "_")
            under = parts.setdefault({"frame": "", "load": "loads"}.get(name, name), [])
        under.append(block)
    return parts


def full(part: str, name: str) -> str:
    return f"{part}.{name}" if part else name


def test_every_constraint_family_is_stated_under_its_part_with_its_rows(blocks: list[Block], arrays: Arrays) -> None:
    stated = {}
    for part, under in by_part(blocks).items():
        said = [STATED.match(block.text) for block in under if isinstance(block, Paragraph)]
        stated |= {full(part, found[1]): int(found[2].replace(",", "")) for found in said if found and found[2]}
    with_rows = {name: block.size for name, block in arrays.rows.items()}
    assert {name: stated.get(name) for name in with_rows} == with_rows


def test_every_constraint_is_followed_by_its_equation(blocks: list[Block]) -> None:
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if isinstance(block, Paragraph) and re.search(r"; [\d,]+ rows?\.$", block.text):
            assert isinstance(following, Equation)


def test_every_column_of_the_arrays_is_among_the_decisions_of_its_part(blocks: list[Block], arrays: Arrays) -> None:
    listed = {
        full(part, row[0]): row[-1]
        for part, under in by_part(blocks).items()
        for block in under
        if isinstance(block, Table) and block.title.endswith(": decisions")
        for row in texts(block)
    }
    assert listed == {name: f"{block.size:,}" for name, block in arrays.columns.items()}


def test_what_a_part_leaves_out_is_told_and_its_remark_stands_apart(blocks: list[Block]) -> None:
    said = [block.text for block in by_part(blocks)["export_control"] if isinstance(block, Paragraph)]
    assert "**Not modelled.** exporters' own export of derived goods, re-export, use restrictions." in said[:3]
    assert any(text.startswith("A rule matches an accelerator") for text in said)


def test_money_is_told_by_layer_and_heading_and_residual_values_alone_make_discounted_differ(
    blocks: list[Block],
) -> None:
    tables = {block.title: block for block in blocks if isinstance(block, Table)}
    money, residual = (texts(tables[f"Entries of {name}"]) for name in ("money", "discounted"))
    assert ["L1", "halls", "s, t", "fitout_musd_per_mw[s]·fitout_mw[s,t]"] in money
    assert ["L1", "residual: halls", "s, t", "hall_left[s,t]·fitout_musd_per_mw[s]·fitout_mw[s,t]"] in residual
    assert all(row[1].startswith("residual: ") for row in residual)
    assert not any("weight" in row[3] or "residual" in row[1] for row in money)


def test_lines_of_a_formula_say_the_whole_and_fit(model: Any) -> None:
    whole = {(one.part, one.name): Plain().formula(one.formula) for one in statements(model)}
    parts = {(one.part, one.name): [Plain().formula(line) for line in lines(one.formula)] for one in statements(model)}
    assert {name: "".join(lined) for name, lined in parts.items()} == whole
    assert len(whole["", "carbon"]) > 4 * LETTERS
    assert max(map(len, parts["", "carbon"])) <= LETTERS


def test_a_formula_is_broken_between_terms_and_at_its_sign() -> None:
    long = "a" * (LETTERS - 10)
    terms = Sum(((1, Name(long)), (-1, Name("b")), (1, Name(long))))
    assert [Plain().formula(line) for line in lines(Relation(Name("x"), "=", terms))] == [
        f"x = {long} − b",
        f" + {long}",
    ]
    assert [Plain().formula(line) for line in lines(Relation(terms, "≤", terms))] == [
        f"{long} − b",
        f" + {long}",
        f" ≤ {long} − b",
        f" + {long}",
    ]


def test_the_size_is_told_with_what_is_whole() -> None:
    counted = {"rows": 66966, "columns": 84982, "whole": 923}
    assert size(counted, "stages runs") == (
        "It has 66,966 rows and 84,982 columns, 923 of them whole numbers (the setting integers: stages and runs)."
    )
    assert "none of them whole" in size({**counted, "whole": 0}, "none")


def test_the_second_stage_of_most_served_is_told_with_its_tolerance() -> None:
    assert "at least 99.9 % of that value is served" in goal("most_served", 0.001)
    assert "value_is_kept" in goal("most_served", 0.001)
    assert "residual value" in goal("least_cost", 0.001)
