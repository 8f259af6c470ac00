"""The author's own text: where it is merged, what its tokens become, and what is refused with which line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from planner.appendices import APPENDICES
from planner.appendices.narrative import NarrativeError, blocks, figure_texts, filled, template
from planner.report.blocks import Heading, Note, Paragraph

FIGURES = {"cost_musd": "11.1 bn USD", "served_t": "45,000 T", "slow_grid.served_t": "41,000 T"}


def refused(text: str) -> list[str]:
    with pytest.raises(NarrativeError) as caught:
        filled(text, FIGURES)
    return list(caught.value.problems)


def case(name: str, **figures: Any) -> Any:
    return SimpleNamespace(name=name, figures=figures)


@pytest.mark.parametrize(
    "heading", ["B", "The answer on one page", "b the ANSWER on one page", "B. The answer on one page"]
)
def test_a_section_is_named_by_letter_title_or_both(heading: str) -> None:
    assert filled(f"# {heading}\n\nMine.\n", FIGURES) == {"B": "Mine."}


def test_tokens_become_the_figures_of_the_run() -> None:
    text = "# A\nFor {{cost_musd}}; slow: {{ slow_grid.served_t }}; seen: {{served_t=45,000 T}}.\n"
    assert filled(text, FIGURES) == {"A": "For 11.1 bn USD; slow: 41,000 T; seen: 45,000 T."}


def test_a_figure_is_said_as_the_report_says_it_and_held_as_it_or_the_template_does() -> None:
    german = {name: text.translate(str.maketrans(",.", ".,")) for name, text in FIGURES.items()}
    text = "# A\n{{cost_musd=11.1 bn USD}} {{cost_musd=11,1 bn USD}} {{served_t}}\n"
    assert filled(text, german, english=FIGURES) == {"A": "11,1 bn USD 11,1 bn USD 45.000 T"}
    with pytest.raises(NarrativeError, match="cost_musd was 11,2 bn USD, and is 11,1 bn USD in this run"):
        filled("# A\n{{cost_musd=11,2 bn USD}}\n", german, english=FIGURES)


def test_a_figure_that_changed_since_it_was_seen_is_an_error_with_both() -> None:
    (told,) = refused("# A\n\nIt costs {{cost_musd=9.9 bn USD}}.\n")
    assert told == (
        "narrative.md, line 3: {{cost_musd=9.9 bn USD}} is stale: "
        "cost_musd was 9.9 bn USD, and is 11.1 bn USD in this run"
    )


def test_all_problems_come_at_once_with_their_lines_and_the_nearest_name() -> None:
    told = refused("# A\n{{cost_mus}}\n# Z\n<!-- {{gone}}\n-->\n{{slow_gird.served_t}} and {{served_t\n# A\n")
    assert [line.split(": ")[0] for line in told] == [f"narrative.md, line {n}" for n in (2, 3, 6, 6, 7)]
    assert "{{cost_musd}} may be meant" in told[0]
    assert "{{slow_grid.served_t}} may be meant" in told[2]
    assert "has a section already" in told[4]


def test_a_misspelt_title_is_met_with_the_right_one() -> None:
    (told,) = refused("# The anser on one page\n")
    assert "# B The answer on one page may be meant" in told


def test_text_that_belongs_nowhere_is_refused_and_not_dropped() -> None:
    (told,) = refused("Hello.\n\n# A\nMine.\n")
    assert told.startswith("narrative.md, line 1: text before the first heading")


def test_the_template_merges_as_nothing_and_names_every_appendix_and_figure() -> None:
    made = template(FIGURES)
    assert filled(made, FIGURES) == {}
    assert [line[2:] for line in made.split("\n") if line.startswith("# ")] == [
        f"{letter} {title}" for letter, (title, _) in APPENDICES.items()
    ]
    assert "cost_musd: 11.1 bn USD" in made


def test_markdown_becomes_blocks() -> None:
    text = "One line\nand its **end**.\n\n- first\n- second\n  goes on\n\n> mind\n> this\n\n## Why\nSo."
    assert blocks(text) == [
        Paragraph("One line and its **end**."),
        Paragraph("• first"),
        Paragraph("• second goes on"),
        Note("mind this"),
        Heading("Why", 2),
        Paragraph("So."),
    ]


def test_figures_are_said_as_people_say_them() -> None:
    base = case(
        "base", status="optimal", cost_musd=11_054.1, served_t=44_963.2, gap=0.000425, small_model_token_share=None
    )
    other = case("slow", status="infeasible")
    told = figure_texts(base, [base, other])
    assert told == {
        "status": "optimal",
        "cost_musd": "11.1 bn USD",
        "served_t": "45,000 T",
        "gap": "0.0425\u00a0%",
        "base.status": "optimal",
        "base.cost_musd": "11.1 bn USD",
        "base.served_t": "45,000 T",
        "base.gap": "0.0425\u00a0%",
        "slow.status": "infeasible",
    }
    assert filled("# A\n{{gap=0.0425 %}}", told) == {"A": "0.0425\u00a0%"}  # a plain space is what people type
