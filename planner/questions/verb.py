"""The verb `planner explain`: its words, arguments and work. Nothing heavy is imported before it is run."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from planner.questions.explain import Explanation

HELP = "tell why something is in a plan or isn't, what limits it, what would change that, and how firm it is"
EXAMPLES = (
    "  planner explain runs/first                what can be asked about\n"
    "  planner explain runs/first narvik         a site; a stage is slough:1, an asset slough:gas\n"
    "  planner explain runs/first cloud:hyper    where several things have the name\n"
    "  planner explain runs/first gb300 --quick  without re-solves, which may take a while on a large programme"
)
DONE, NO_ANSWER, WRONG_USAGE = 0, 1, 2
WIDTH = 100
HEADING = 13


def arguments(verb: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    verb.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    verb.add_argument("item", nargs="*", metavar="ITEM", help="what to ask about, by its name or as kind:name")
    verb.add_argument("--scenario", default="base", metavar="NAME", help="of the run (default: base)")
    verb.add_argument("--quick", action="store_true", help="leave re-solves out")
    verb.add_argument("--json", action="store_true", help="for machines")


class Progress(Protocol):
    """What shows how far the work is."""

    def __call__(self, stage: str) -> None: ...

    def close(self) -> None: ...


def run(given: argparse.Namespace, progress: Progress) -> int:
    """Open the run, answer, print; gives the exit status."""
    from planner.questions.again import Unusable, reopen
    from planner.questions.cells import named_for_reader
    from planner.questions.explain import explain
    from planner.questions.items import NotFound, find_item, listed

    try:
        plan = reopen(given.run, given.scenario, progress=progress)
        plan = named_for_reader(plan, given.run, given.scenario)
        if given.item:
            answer = explain(plan, find_item(plan, " ".join(given.item)), quick=given.quick, progress=progress)
            plain = {"scenario": given.scenario} | answer.as_json()
            told = lines(answer, given.scenario)
        else:
            plain = listed(plan)
            told = _list_lines(plain)
    except (Unusable, NotFound) as fault:
        progress.close()
        print(f"planner explain: {fault}", file=sys.stderr)
        return NO_ANSWER if isinstance(fault, Unusable) else WRONG_USAGE
    finally:
        progress.close()
    print(json.dumps(plain, indent=1, ensure_ascii=False) if given.json else "\n".join(told))
    return DONE


def lines(answer: Explanation, scenario: str) -> list[str]:
    """An explanation of a scenario's plan, wrapped for a screen."""
    told = [f"{answer.item.name} ({answer.item.kind.word}), scenario {scenario}"]
    for heading, sentences in answer.sections():
        for i, sentence in enumerate(sentences):
            first = f"  {heading if i == 0 else '':<{HEADING}}"
            told.append(textwrap.fill(f"{sentence}.", WIDTH, initial_indent=first, subsequent_indent=" " * len(first)))
    return told


def _list_lines(names: dict[str, list[str]]) -> list[str]:
    return ["What can be asked about:"] + [
        textwrap.fill(
            ", ".join(of_kind), WIDTH, initial_indent=f"  {kind:<{HEADING}}", subsequent_indent=" " * (HEADING + 2)
        )
        for kind, of_kind in names.items()
    ]
