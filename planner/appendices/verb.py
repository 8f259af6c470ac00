"""The verb `planner report`: its words, arguments and work. Nothing heavy is imported before it is run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from planner.appendices import APPENDICES
from planner.wording import ENGLISH, LOCALES, said_in

if TYPE_CHECKING:
    from planner.compare.cases import Case

HELP = "write the appendices of a plan, to be handed in: A purpose to K how to reproduce it"
EXAMPLES = (
    "  planner report runs/first                        as docx, pdf and html, in runs/first/report/appendices\n"
    "  planner report runs/first --quick                without measuring uncertainty, which takes a while once\n"
    "  planner report runs/first --to docx --style ministry.docx --paper letter\n"
    "  planner report runs/first --to xlsx --appendix F,G --scenario slow_grid --locale fr\n"
    "  your own text: runs/first/report/narrative.md, made by the first report and never written over"
)
DONE, NO_REPORT, WRONG_USAGE = 0, 1, 2
FORMATS = ("docx", "pdf", "html", "tex", "xlsx")
USUAL = FORMATS[:3]
PAPERS = ("a4", "letter")
COMPARING, MEASURING = frozenset("GHI"), frozenset("BEH")
"""Appendices that compare scenarios, and those that tell what was measured."""
STEM = "appendices"


class Progress(Protocol):
    """What shows how far the work is."""

    def __call__(self, stage: str) -> None: ...

    def close(self) -> None: ...


def arguments(verb: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    verb.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    verb.add_argument(
        "--to", type=_formats, default=USUAL, metavar="A,B", help=f"{', '.join(FORMATS)} (default: {','.join(USUAL)})"
    )
    verb.add_argument("--scenario", default="base", metavar="NAME", help="of the run (default: base)")
    verb.add_argument("--appendix", type=_letters, metavar="A,F", help=f"these alone: {_titles()} (default: all)")
    verb.add_argument("--style", type=_style, metavar="FILE.docx", help="a Word file whose styles the docx takes")
    verb.add_argument("--paper", choices=PAPERS, default=PAPERS[0], help="of docx, pdf and tex (default: a4)")
    verb.add_argument("--locale", choices=tuple(LOCALES), default=ENGLISH, help="how figures are written (default: en)")
    verb.add_argument("--narrative", type=Path, metavar="FILE", help="your own text (default: RUN/report/narrative.md)")
    verb.add_argument("--quick", action="store_true", help="don't measure uncertainty; tell what was measured before")
    verb.add_argument("--jobs", type=_count, default=1, metavar="N", help="programmes solved at once (default: 1)")
    verb.add_argument("-o", "--out", type=Path, metavar="DIR", help="where to write (default: RUN/report/appendices)")


def run(given: argparse.Namespace, progress: Progress) -> int:
    """Open the run, measure, write, print what was written; gives the exit status."""
    from planner.appendices.narrative import NarrativeError
    from planner.questions.again import Unusable
    from planner.report import NotWritten

    if given.style is not None and "docx" not in given.to:
        print("planner report: --style gives the styles of a docx; ask for one with --to docx", file=sys.stderr)
        return WRONG_USAGE
    try:
        with said_in(given.locale):
            written = _report(given, progress)
        status = DONE
    except (NarrativeError, NotWritten, Unusable, OSError) as fault:
        progress.close()
        print(f"planner report: {fault}", file=sys.stderr)
        written, status = (fault.written if isinstance(fault, NotWritten) else []), NO_REPORT
    finally:
        progress.close()
    print(*written, sep="\n", end="\n" if written else "")
    return status


def _report(given: argparse.Namespace, progress: Progress) -> list[Path]:
    from planner.appendices import document
    from planner.appendices.material import material, measured
    from planner.compare.cases import cases, find
    from planner.report import write

    progress("reading the run")
    out = given.out or given.run / "report" / STEM
    among = cases([given.run])
    own = _narrative(given, find(among, given.scenario), among, progress)
    letters = frozenset(given.appendix or APPENDICES)
    found = material(given.run, given.scenario, compare=bool(letters & COMPARING), progress=progress)
    if letters & MEASURING and not given.quick:
        found = measured(found, jobs=given.jobs, progress=progress)
    progress("making the appendices")
    made = document(found, only=letters, narrative=own)
    reported = "" if found.case.scenario == "base" else f"-{found.case.scenario}"
    chosen = f"-{''.join(sorted(letters))}" if given.appendix else ""
    return write(
        made,
        out,
        f"{STEM}{reported}{chosen}",
        given.to,
        paper=given.paper,
        style=given.style,
        dated=date.fromisoformat(str(found.manifest["started"])[:10]),
        progress=progress,
    )


def _narrative(
    given: argparse.Namespace, reported: Case, among: Sequence[Case], progress: Progress
) -> Mapping[str, str]:
    """The author's text by appendix. Where there is none yet, a file to write it in is made."""
    from planner.appendices.narrative import FILE, figure_texts, filled, template
    from planner.questions.again import Unusable

    place = given.narrative or given.run / "report" / FILE
    with said_in(ENGLISH):
        english = figure_texts(reported, among)
    if place.is_file():
        try:
            text = place.read_text(encoding="utf-8-sig")
            return filled(text, figure_texts(reported, among), place.name, english)
        except UnicodeDecodeError as fault:
            raise Unusable(f"{place} can't be read as text in UTF-8 ({fault}); save it as such") from fault
    if given.narrative is not None:
        raise Unusable(f"there is no file {place}; without --narrative a first one is made in the run folder")
    try:
        place.parent.mkdir(exist_ok=True)
        with place.open("x", encoding="utf-8") as file:
            file.write(template(english))
    except OSError as fault:
        progress(f"no {FILE} is made for your own text: {fault.strerror}")
    return {}


def _formats(text: str) -> tuple[str, ...]:
    return _among(text, FORMATS, "format")


def _letters(text: str) -> tuple[str, ...]:
    return _among(text.upper(), tuple(APPENDICES), "appendix")


def _among(text: str, known: Sequence[str], what: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"no {what} {', '.join(unknown or [text])}; there are {', '.join(known)}")
    return names


def _titles() -> str:
    return "; ".join(f"{letter} {title}" for letter, (title, _) in APPENDICES.items())


def _style(text: str) -> Path:
    place = Path(text)
    if not place.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    if place.suffix.lower() != ".docx":
        raise argparse.ArgumentTypeError(f"{text} is no Word file; one that ends in .docx, as any document of your own")
    return place


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes; 1 or more")
    return int(text)
