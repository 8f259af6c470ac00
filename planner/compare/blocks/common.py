"""What the views' blocks share: how much of a view is shown, how scenarios are ordered, and what figures call them.

Tables and sentences of a page name scenarios as the workbook does; figures, and all that is printed, say these names in
words. The pointer, and a table beside the scoreboard, tell what each stands for; appendix K has both names of each.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import pandas as pd

from planner.report.blocks import Block, Column, Figure, Heading, Note, Paragraph, Table, spans

Form = Literal["screen", "page", "print"]
"""How much of a view is shown: words and small tables; everything; figures, and tables that paper takes."""
LOW, CENTRAL, HIGH = "low", "central", "high"
VARIANTS = (LOW, CENTRAL, HIGH)
TITLE = "stands_for"
DEEPEST = 3
"""Levels of headings."""
SCENARIO = Column("scenario", "Scenario", kind="text")
PERIOD = Column("period", "Period", kind="text")


def family(name: str, among: Collection[str]) -> tuple[str, str]:
    """What a scenario is a variant of, and which: low, central or high; '' for one that stands alone."""
    stem, _, end = name.rpartition("_")
    if end in (LOW, HIGH) and {stem, f"{stem}_{LOW}", f"{stem}_{HIGH}"} & set(among) - {name}:
        return stem, end
    return name, CENTRAL if {f"{name}_{LOW}", f"{name}_{HIGH}"} & set(among) else ""


def ordered(names: Sequence[str]) -> list[str]:
    """As they stand, but the variants of a family together: low, central, high."""
    families = {name: family(name, names) for name in names}
    first: dict[str, int] = {}
    for name in names:
        first.setdefault(families[name][0], len(first))
    rank = {variant: i for i, variant in enumerate(("", *VARIANTS))}
    return sorted(names, key=lambda name: (first[families[name][0]], rank[families[name][1]]))


def in_words(name: str) -> str:
    """A scenario's name as words: `slow_grid_high` is 'slow grid, high'."""
    stem, _, end = name.rpartition("_")
    return f"{stem.replace('_', ' ')}, {end}" if stem and end in (LOW, HIGH) else name.replace("_", " ")


def spoken(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The frame with the scenarios of these columns in words, for a figure."""
    return frame.assign(**{column: frame[column].map(in_words) for column in columns})


def with_titles(figure: Figure, column: str, titles: Mapping[str, str]) -> Figure:
    """The figure, whose pointer also tells what the scenario in a column stands for."""
    stands_for = {in_words(name): title for name, title in titles.items()}
    rows = [{**row, TITLE: stands_for.get(row[column], "")} for row in figure.spec["data"]["values"]]
    told = {"field": TITLE, "title": "Stands for", "type": "nominal"}
    layers: list[Any] = []
    for layer in figure.spec["layer"]:
        encoding = layer.get("encoding", {})
        if "tooltip" in encoding:
            layer = {**layer, "encoding": {**encoding, "tooltip": [*encoding["tooltip"], told]}}
        layers.append(layer)
    return replace(figure, spec={**figure.spec, "data": {"values": rows}, "layer": layers})


def in_order(frame: pd.DataFrame, names: Sequence[str], column: str = "scenario") -> pd.DataFrame:
    """The rows by scenario in this order, each scenario's as they stand."""
    rank = {name: i for i, name in enumerate(names)}
    return frame.loc[frame[column].map(rank).sort_values(kind="stable").index]


def across(
    frame: pd.DataFrame, keys: Sequence[str], value: str, starts: Sequence[str], fill: float | None = None
) -> pd.DataFrame:
    """A column a period, named by its start, a row for each of the keys in order of first appearance."""
    rows = frame[list(keys)].drop_duplicates()
    wide = frame.pivot(index=list(keys), columns="start", values=value).reindex(columns=list(starts))
    wide = wide.reindex(pd.MultiIndex.from_frame(rows) if len(keys) > 1 else pd.Index(rows[keys[0]], name=keys[0]))
    return (wide if fill is None else wide.fillna(fill)).reset_index()


def period_columns(frame: pd.DataFrame, **more: Any) -> dict[str, Column]:
    """By the start of each period in a frame, in order: the column of a table that has periods across."""
    labels = frame.drop_duplicates("start").set_index("start")["period"].sort_index()
    return {str(start): Column(str(start), str(label), **more) for start, label in labels.items()}


def said(sentences: Iterable[str]) -> Iterator[Block]:
    """A paragraph of sentences, where there are any."""
    if text := " ".join(sentences):
        yield Paragraph(text)


def under(blocks: Iterable[Block]) -> list[Block]:
    """The blocks as a part of something else: headings a level lower."""
    return [
        Heading(block.text, min(block.level + 1, DEEPEST)) if isinstance(block, Heading) else block for block in blocks
    ]


def printed(blocks: Iterable[Block], names: Collection[str]) -> list[Block]:
    """The blocks with the scenarios' names in words: a printed column breaks between words, and none of them is typed.
    What is bold is a command, and stays."""
    told = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?P<before>\. |)(?<![\w/])(?P<name>{told})(?!\w)")

    def words(text: str, *, begins: bool = False) -> str:
        def said(found: re.Match[str]) -> str:
            name = in_words(found["name"])
            first = found["before"] or (begins and found.start() == 0)
            return found["before"] + (name[:1].upper() + name[1:] if first else name)

        return pattern.sub(said, text)

    def prose(text: str) -> str:
        return "".join(
            f"**{piece}**" if is_bold else words(piece, begins=i == 0) for i, (piece, is_bold) in enumerate(spans(text))
        )

    def table(block: Table) -> Table:
        cells = {
            column.name: [words(cell) if isinstance(cell, str) else cell for cell in block.frame[column.name]]
            for column in block.columns
            if column.kind == "text"
        }
        return replace(block, title=words(block.title), note=prose(block.note), frame=block.frame.assign(**cells))

    def one(block: Block) -> Block:
        match block:
            case Heading(text, level):
                return Heading(words(text), level)
            case Paragraph(text):
                return Paragraph(prose(text))
            case Note(text):
                return Note(prose(text))
            case Table():
                return table(block)
            case Figure():
                return replace(block, title=words(block.title), alt=words(block.alt), caution=prose(block.caution))
            case _:
                return block

    return [one(block) for block in blocks]


def short(text: str, most: int = 40) -> str:
    """A text of at most so many letters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
