"""The appendices of a report, A to K: one file each, from a run folder to blocks of `planner.report.blocks`.

`Material` holds all they are made from: no appendix solves anything, and none but E, which reads the atlas, reads a
file. The author's own text stands after the heading of the appendix it was written for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame

    from planner.appendices.material import Material
    from planner.report.blocks import Block, Document

APPENDICES: Mapping[str, tuple[str, str]] = {
    "A": ("Purpose and sign-off", "purpose"),
    "B": ("The answer on one page", "answer"),
    "C": ("Method", "method"),
    "D": ("Inputs and sources", "inputs"),
    "E": ("Assumptions, decisions and data", "logs"),
    "F": ("Results", "results"),
    "G": ("Scenario comparison", "comparison"),
    "H": ("Uncertainty", "uncertainty"),
    "I": ("The four failure modes", "failure_modes"),
    "J": ("Limits and checks", "limits"),
    "K": ("Reproduce", "reproduce"),
}
"""By letter: the title, and the name of the file here and of the function in it."""
MOST_ROWS = 20_000
"""Rows of a table that a spreadsheet is given."""


def document(
    material: Material, *, only: Collection[str] | None = None, narrative: Mapping[str, str] | None = None
) -> Document:
    """The report of a scenario: all appendices in their order, or those whose letters are given. `narrative`: the
    author's text by letter, its tokens filled in (`narrative.filled`)."""
    from planner.appendices.reproduce import identity
    from planner.compare.blocks.common import in_words
    from planner.report.blocks import Document

    made: list[Block] = []
    for letter, (_, name) in APPENDICES.items():
        if only is not None and letter not in only:
            continue
        heading, *rest = getattr(import_module(f"{__name__}.{name}"), name)(material)
        made += [heading, *_own_text((narrative or {}).get(letter, "")), *rest]
    reported = "" if material.case.scenario == "base" else f", scenario {in_words(material.case.name)}"
    subtitle = f"Appendices to the plan {material.periods[0]} to {material.periods[-1]}{reported}"
    return Document(material.name, subtitle, tuple(made), identity(material), _data(material))


def _data(material: Material) -> Mapping[str, DataFrame]:
    """The result tables in full, for a spreadsheet; tables by the hour stay in the run folder."""
    import compute_lp

    names = [report.name for part in compute_lp.REPORTS.values() for report in part]
    tables = {name: material.table(name) for name in [*names, "money"]} | {"prices": material.case.prices}
    return {f"{name} data": table for name, table in tables.items() if 0 < len(table) <= MOST_ROWS}


def _own_text(text: str) -> list[Block]:
    from planner.appendices.narrative import blocks

    return blocks(text)
