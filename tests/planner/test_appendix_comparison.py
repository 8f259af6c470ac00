"""Appendix G: what is compared is told, what wasn't solved for too, and what is printed stays within bounds."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from planner.appendices.comparison import comparison, introduction
from planner.compare.blocks.bridge import MOST_DRAWN
from planner.compare.solved import Solved
from planner.report.blocks import Figure, Heading, Note, Paragraph, Table
from tests.planner.comparison_scene import CASES, REGRET, bridge, material, regret, views


def test_a_run_of_one_scenario_says_how_to_get_more() -> None:
    for alone in (material(views=None), material(views=views(CASES[:1]))):
        head, said = comparison(alone)
        assert head == Heading("G Scenario comparison")
        assert isinstance(said, Paragraph) and "**planner run WORKBOOK --scenario all**" in said.text


def test_the_introduction_counts_plans_and_names_what_is_reported() -> None:
    told = introduction(views(), "political_fragility")
    assert told.startswith("Compared are the plans of 5 scenarios, of 6; 1 has no plan.")
    assert "The other appendices report political_fragility." in told
    assert "other appendices" not in introduction(views(CASES[:3]), "base")


def test_what_was_not_solved_for_is_told_with_its_command() -> None:
    blocks = comparison(material())
    headings = [block.text for block in blocks if isinstance(block, Heading)]
    assert headings[-2:] == ["Bridge", "Regret"]
    notes = [block.text for block in blocks if isinstance(block, Note)]
    assert len(notes) == 2 and all("**planner compare RUN**" in note for note in notes)


def test_what_could_not_be_solved_is_told_once_with_its_reason() -> None:
    solved = Solved(regret=regret(**REGRET), failed={"bridge": "time ran out", "tradeoff": "also"})
    blocks = comparison(material(solved=solved))
    assert [block.text for block in blocks if isinstance(block, Note)] == [
        "Not all of this view could be made: time ran out."
    ]
    assert [block.text for block in blocks if isinstance(block, Heading)].count("Bridge") == 1


def test_headings_stand_below_the_appendix_and_names_are_in_words() -> None:
    blocks = comparison(material(solved=Solved(bridges=[bridge()], regret=regret(**REGRET))))
    levels = {block.text: block.level for block in blocks if isinstance(block, Heading)}
    assert levels["G Scenario comparison"] == 1
    assert (levels["Scoreboard"], levels["Bridge"], levels["From base to political fragility"]) == (2, 2, 3)
    board = next(block for block in blocks if isinstance(block, Table) and block.title == "Scoreboard")
    assert list(board.frame["scenario"]) == [
        "base",
        "political fragility, low",
        "political fragility",
        "political fragility, high",
        "all at home",
        "tight caps",
    ]
    meant = next(block for block in blocks if isinstance(block, Table) and "stand for" in block.title)
    assert meant.note == "Appendix K has their names in the workbook."


def test_of_many_bridges_the_largest_are_drawn_and_all_are_listed() -> None:
    many = [replace(bridge(), scenario=f"lever_{i}", scenario_musd=1000.0 + i) for i in range(MOST_DRAWN + 3)]
    many = [replace(one, table=pd.DataFrame(one.table.assign(scenario=one.scenario))) for one in many]
    blocks = comparison(material(solved=Solved(bridges=many)))
    drawn = [block.title for block in blocks if isinstance(block, Figure) and block.title.startswith("From base")]
    assert drawn == [f"From base to lever {i}, by lever" for i in range(3, MOST_DRAWN + 3)]
    shares = next(block for block in blocks if isinstance(block, Table) and block.title.startswith("Shares"))
    assert shares.frame["scenario"].nunique() == MOST_DRAWN + 3
