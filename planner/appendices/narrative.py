"""The author's own text: sections of a Markdown file, merged into the appendices, with figures that can't go stale.

A section begins with a heading of one `#` and the letter or the title of an appendix. Its text stands after that
appendix's heading. A token in double braces names a headline figure and is replaced by its text: `{{cost_musd}}` is of
the scenario that is reported, `{{slow_grid.served_t}}` of another. Written `{{cost_musd=11.1 bn USD}}` it also says
what the author saw, in English or as the report writes figures: if the figure reads differently now, that is an error.
So is a token that names nothing, and a section of no appendix. Comments as in HTML are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from planner.appendices import APPENDICES

if TYPE_CHECKING:
    from planner.compare.cases import Case
    from planner.report.blocks import Block

FILE = "narrative.md"
TOKEN = re.compile(r"\{\{([^{}\n]*)\}\}")
LOOSE = re.compile(r"\{\{|\}\}")
HEADING = re.compile(r"^#\s+(.*?)\s*$")
COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
TEMPLATE = """\
<!-- Your own text for the report. `planner report` merges it: the text below a heading stands at the beginning of that
appendix. A comment like this one, and a section without text, add nothing. The file is yours: it is never written over.

Paragraphs are parted by an empty line; ** makes bold; a line that begins with "- " is an item of a list, one with "> "
a remark set apart, one with "## " a heading within the appendix.

Figures: a name in double braces becomes the figure's text, so that it is that of the run. With what you saw,
as in cost_musd=11.1 bn USD, a figure that has changed is an error. A figure of another scenario has its name and a dot
before it, as in slow_grid.served_t. Figures of this run:
{figures}
-->
{sections}"""


class NarrativeError(Exception):
    """What is wrong with the author's text: `problems`, a line each, all of them."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n  ".join(["your own text has errors, so nothing is written:", *problems]))
        self.problems = problems


def figure_texts(reported: Case, among: Sequence[Case]) -> dict[str, str]:
    """The text of every headline figure by its token; those of the scenario that is reported without its name, too."""
    named = {f"{case.name}.{name}": text for case in among for name, text in _texts(case.figures).items()}
    return _texts(reported.figures) | named


def filled(
    text: str, figures: Mapping[str, str], name: str = FILE, english: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Text by letter of the appendix, with its tokens filled in; raises NarrativeError with every problem in it.

    `figures`: their texts by token; `name`: of the file, for the problems; `english`: the texts in English separators,
    as the template lists them, where `figures` has others."""
    known = {token: (said, (english or figures)[token]) for token, said in figures.items()}
    problems: list[str] = []
    sections: dict[str, list[str]] = {}
    letter: str | None = None
    for number, line in enumerate(_without_comments(text).split("\n"), start=1):
        where = f"{name}, line {number}"
        if (heading := HEADING.match(line)) is not None:
            letter = _letter(heading[1])
            if letter is None:
                problems.append(f"{where}: no appendix is called {heading[1]!r}; {_nearest_title(heading[1])}")
            elif letter in sections:
                problems.append(f"{where}: appendix {letter} has a section already; put the two together")
            sections.setdefault(letter or "", [])
            continue
        said, faults = _filled(line, known)
        problems += [f"{where}: {fault}" for fault in faults]
        if letter is None and not sections and line.strip():
            problems.append(f"{where}: text before the first heading; a section begins with # and a letter, as # B")
            sections[""] = []
        sections.setdefault(letter or "", []).append(said)
    if problems:
        raise NarrativeError(problems)
    return {key: "\n".join(lines).strip() for key, lines in sections.items() if key and any(map(str.strip, lines))}


def template(figures: Mapping[str, str]) -> str:
    """A file to begin with, which merges as nothing."""
    own = {name: text for name, text in figures.items() if "." not in name}
    return TEMPLATE.format(
        figures="\n".join(f"  {name}: {text}" for name, text in own.items()),
        sections="\n".join(f"# {letter} {title}\n" for letter, (title, _) in APPENDICES.items()),
    )


def blocks(text: str) -> list[Block]:
    """Markdown as blocks: paragraphs, items, remarks, headings within the appendix."""
    from planner.report.blocks import Heading, Note, Paragraph

    made: list[Block] = []
    for kind, words in _pieces(text):
        if kind.startswith("##"):
            made.append(Heading(words, min(len(kind), 3)))
        elif kind == ">":
            made.append(Note(words))
        else:
            made.append(Paragraph(f"• {words}" if kind else words))
    return made


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Lines that belong together, and the mark they begin with."""
    mark = ""
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        found = re.match(r"^(#{2,6}|>|[-*+])\s+(.*)$", line.strip())
        goes_on = found is not None and found[1] == ">" == mark
        if lines and (not line.strip() or (found is not None and not goes_on) or mark.startswith("##")):
            yield mark, " ".join(lines)
            mark, lines = "", []
        if found is not None:
            mark = found[1]
        if line.strip():
            lines.append(found[2] if found is not None else line.strip())


def _without_comments(text: str) -> str:
    """Comments as the line ends they hold, so that lines keep their numbers."""
    return COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)


def _letter(heading: str) -> str | None:
    """The appendix that a heading means: by its letter, its title, or both."""
    told = heading.casefold().removeprefix("appendix ").strip()
    for letter, (title, _) in APPENDICES.items():
        names = (letter, title, f"{letter} {title}", f"{letter}. {title}", f"{letter}: {title}", f"{letter}, {title}")
        if told in {name.casefold() for name in names}:
            return letter
    return None


def _nearest_title(heading: str) -> str:
    titles = {f"{letter} {title}".casefold(): f"{letter} {title}" for letter, (title, _) in APPENDICES.items()}
    by_title = {title.casefold(): f"{letter} {title}" for letter, (title, _) in APPENDICES.items()}
    near = _nearest(heading.casefold(), {**titles, **by_title})
    return f"# {near} may be meant" if near else f"there are # {', # '.join(titles.values())}"


def _filled(line: str, figures: Mapping[str, tuple[str, str]]) -> tuple[str, list[str]]:
    """The line with its tokens replaced by the first of their texts, and what is wrong with them."""
    faults: list[str] = []

    def replaced(found: re.Match[str]) -> str:
        name, equals, seen = (part.strip() for part in found[1].partition("="))
        if name not in figures:
            near = _nearest(name, {each: each for each in figures})
            right = f"{{{{{near}}}}} may be meant" if near else "the template lists the figures that there are"
            faults.append(f"{found[0]} names no figure; {right}")
            return found[0]
        if equals and _plain(seen) not in map(_plain, figures[name]):
            faults.append(f"{found[0]} is stale: {name} was {seen}, and is {figures[name][0]} in this run")
        return figures[name][0]

    said = TOKEN.sub(replaced, line)
    if LOOSE.search(TOKEN.sub("", line)):
        faults.append("braces that don't pair; a figure is {{its_name}}")
    return said, faults


def _plain(text: str) -> str:
    """Letters as they are typed: any space for a no-break space."""
    return " ".join(text.split())


def _nearest(name: str, among: Mapping[str, str]) -> str | None:
    from difflib import get_close_matches

    found = get_close_matches(name, list(among), n=1)
    return among[found[0]] if found else None


def _texts(figures: Mapping[str, Any]) -> dict[str, str]:
    from planner.compare.views.scoreboard import FIGURES
    from planner.report.blocks import Column, shown
    from planner.wording import money, number

    units = {figure.name: figure.unit for figure in FIGURES}
    told: dict[str, str] = {}
    for name, value in figures.items():
        if value is None:
            continue
        unit = units.get(name, "")
        if isinstance(value, str):
            told[name] = value
        elif name.endswith("_musd"):
            told[name] = money(float(value))
        elif unit == "share" or name.endswith(("_share", "gap")):
            told[name] = shown(float(value), Column(name, name, kind="share"))
        else:
            told[name] = f"{number(float(value))} {unit}".rstrip()
    return told
