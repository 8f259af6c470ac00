"""Appendix G, scenario comparison: the blocks of the comparison's page, bounded to what paper takes."""

from __future__ import annotations

from planner.appendices.material import Material
from planner.compare.blocks.common import printed, under
from planner.compare.blocks.hedges import COMMAND
from planner.compare.page import Views, blocks
from planner.compare.solved import BRIDGE, REGRET, Solved
from planner.report.blocks import Block, Heading, Note, Paragraph

ALONE = (
    "This run has one plan, so there is nothing to compare it with. **planner run WORKBOOK --scenario all** plans "
    "every scenario of the workbook, and a report of that run compares them here."
)
MADE_BY = {
    BRIDGE: ("Bridge", "which levers a scenario's difference in cost comes from"),
    REGRET: ("Regret", "what it costs to have begun with one scenario's plan and to live in another"),
}
"""Views that must be solved for: what they are called, and what they tell."""


def comparison(material: Material) -> list[Block]:
    """Appendix G."""
    head = Heading("G Scenario comparison")
    views = material.views
    if views is None or len(views.planned) < 2:
        return [head, Paragraph(ALONE)]
    intro = Paragraph(introduction(views, material.case.name))
    blocks = [head, intro, *under(_compared(views, material.solved)), *_missing(material.solved)]
    return printed(blocks, views.names)


def introduction(views: Views, reported: str) -> str:
    """What is compared with what."""
    planned, whole = len(views.planned), len(views.cases)
    without = whole - planned
    lost = f", of {whole}; {without} {'has' if without == 1 else 'have'} no plan" if without else ""
    other = f" The other appendices report {reported}." if reported != views.base.name else ""
    return (
        f"Compared are the plans of {planned} scenarios{lost}. Each is planned as if it were known from the start, "
        f"and told as its difference from {views.base.name}.{other} Scenarios stand in the workbook's order; low, "
        "central and high are variants of one family."
    )


def _compared(views: Views, solved: Solved) -> list[Block]:
    """The page's blocks, without alternatives and trade-off, which appendix H has."""
    failed = {view: why for view, why in solved.failed.items() if view in MADE_BY}
    return list(blocks(views, Solved(bridges=solved.bridges, regret=solved.regret, failed=failed), "print"))


def _missing(solved: Solved) -> list[Block]:
    """What wasn't solved for, and the command that makes it."""
    made = {BRIDGE: bool(solved.bridges), REGRET: solved.regret is not None}
    return [
        block
        for view, (heading, what) in MADE_BY.items()
        if not made[view] and view not in solved.failed
        for block in (
            Heading(heading, 2),
            Note(f"Not made yet: {what} must be solved for. **{COMMAND}** does so, and a new report shows it here."),
        )
    ]
