"""The page of a comparison: the views as blocks of one document, in their order, and in short for a screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from planner.compare.blocks.bridge import bridge_blocks
from planner.compare.blocks.common import Form, ordered
from planner.compare.blocks.differences import difference_blocks
from planner.compare.blocks.limits import limit_blocks
from planner.compare.blocks.maps import map_blocks
from planner.compare.blocks.near import alternative_blocks, curve_blocks
from planner.compare.blocks.paths import path_blocks
from planner.compare.blocks.regret import regret_blocks
from planner.compare.blocks.scoreboard import scoreboard_blocks
from planner.compare.blocks.stability import stability_blocks
from planner.compare.cases import Case
from planner.compare.insight import Insight
from planner.compare.solved import NOTHING, Solved
from planner.report.blocks import Block, Document

MANY = 12
"""Scenarios from which charts show only those that have a weight."""


@dataclass(frozen=True, eq=False)
class Views:
    """The views of a comparison by name, each a tidy table, and what they were made from."""

    cases: Sequence[Case]
    base: Case
    commit: str
    insights: Mapping[str, Insight]
    tables: Mapping[str, pd.DataFrame]

    @property
    def planned(self) -> list[Case]:
        return [case for case in self.cases if case.exists]

    @cached_property
    def names(self) -> list[str]:
        """Of all scenarios, in the workbook's order, with the variants of a family together."""
        return ordered([case.name for case in self.cases])

    @cached_property
    def drawn(self) -> list[str]:
        """Scenarios that charts of many show: where they are many, those that have a weight, which are states of the
        world and not choices, and the base."""
        weighed = [case.name for case in self.planned if case.weight > 0 or case is self.base]
        return weighed if len(self.planned) > MANY and len(weighed) > 1 else [case.name for case in self.planned]

    @property
    def undrawn(self) -> str:
        """What a chart of many leaves out, to be said with it."""
        left = [case.name for case in self.planned if case.name not in self.drawn]
        return f" Scenarios of no weight, which are choices, stand in the tables alone: {len(left)}." if left else ""

    @cached_property
    def titles(self) -> dict[str, str]:
        """What each scenario stands for, by its name here; '' where the workbook doesn't say."""
        return {case.name: case.title for case in self.cases}

    @cached_property
    def titles_in_run(self) -> dict[str, str]:
        """The same by its name in the base's run, as the views that are solved for call it."""
        return {case.scenario: case.title for case in self.cases if case.run == self.base.run}


def document(views: Views, solved: Solved = NOTHING, identity: Mapping[str, str] | None = None) -> Document:
    """All views that were made, in their order."""
    name = str(views.base.inputs.settings["name"])
    count = len(views.planned)
    return Document(
        f"{name}: scenarios compared",
        f"{count} plan{'' if count == 1 else 's'}, against {views.base.name}",
        tuple(blocks(views, solved, "page")),
        identity or {},
    )


def screen(views: Views, solved: Solved = NOTHING) -> Document:
    """The views in short: words and small tables, without figures."""
    name = str(views.base.inputs.settings["name"])
    made = tuple(blocks(views, solved, "screen"))
    return Document(f"{name}: scenarios compared", f"against {views.base.name}", made)


def blocks(views: Views, solved: Solved, form: Form) -> Iterator[Block]:
    """The blocks of all views that were made, in their order."""
    yield from scoreboard_blocks(views, form)
    yield from difference_blocks(views, form)
    yield from bridge_blocks(solved, views.titles_in_run, form)
    yield from path_blocks(views, form)
    yield from map_blocks(views, form)
    yield from limit_blocks(views, form)
    yield from stability_blocks(views, form)
    yield from regret_blocks(solved, views.titles_in_run, form)
    yield from alternative_blocks(solved, form)
    yield from curve_blocks(solved, form)
