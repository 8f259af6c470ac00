"""Appendix F, results: nine sections, each a file, that begin with what to take from it and end in tables and figures.

Figures of a plan come from its result tables as the run folder has them, and where these don't tell, from the plan
itself. Every table is bounded: the full ones are in the run folder.
"""

from __future__ import annotations

from planner.appendices.material import Material
from planner.appendices.results.balance import balance
from planner.appendices.results.budget import budget
from planner.appendices.results.limiters import ENDING, limiters
from planner.appendices.results.portfolio import portfolio
from planner.appendices.results.power import power
from planner.appendices.results.procurement import procurement
from planner.appendices.results.siting import siting
from planner.appendices.results.sovereignty import sovereignty
from planner.appendices.results.unit_costs import unit_costs
from planner.report.blocks import Block, Heading, Paragraph
from planner.wording import joined

SECTIONS = (siting, procurement, balance, portfolio, power, budget, unit_costs, sovereignty, limiters)


def results(material: Material) -> list[Block]:
    """The blocks of the appendix, of the scenario that is reported."""
    begin: list[Block] = [
        Heading("F Results"),
        Paragraph(opening(str(material.inputs.settings["base_year"]), material.periods)),
    ]
    return [*begin, *(block for section in SECTIONS for block in section(material))]


def opening(base_year: str, periods: list[str]) -> str:
    """In what money is told, and which periods are too near the end to be read."""
    told = f"Money is real, of {base_year}. Sums are of unrounded figures."
    if len(periods) <= ENDING:
        return told
    return (
        f"{told} {joined(periods[-ENDING:])} are too near the end of the plan to be read: money that would pay off "
        "after it, as that for applications, isn't spent."
    )
