"""The verb `planner run`: its words, arguments and work. Nothing heavy is imported before it is run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Protocol

HELP = "solve a workbook and its scenarios and write one run folder with results, prices and a manifest"
EXAMPLES = (
    "  planner run mine.xlsx                     the base, and the scenarios that the workbook says are run\n"
    "  planner run mine -o runs/first            again with the same -o: what hasn't changed isn't solved again\n"
    "  planner run mine.xlsx --scenario slow_grid,tight_caps\n"
    "  planner run mine.xlsx --scenario base     the base alone\n"
    "  planner run mine.xlsx --set 'grid_offers.lead_months += 12' --jobs 4"
)
WRONG_INPUTS, WRONG_USAGE = 1, 2


class Progress(Protocol):
    """What shows how far the work is."""

    def __call__(self, stage: str) -> None: ...

    def close(self) -> None: ...


def arguments(verb: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    verb.add_argument("file", type=Path, metavar="FILE", help="an .xlsx file or a folder of CSV files")
    verb.add_argument(
        "--scenario",
        type=_names,
        default=(),
        metavar="A,B",
        help="the scenarios to run beside the base, or `all` (default: those with yes under run)",
    )
    verb.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="CHANGE",
        help="a change, as SHEET[ROWS].FIELD *= VALUE; may be repeated, and all together are the scenario what_if",
    )
    verb.add_argument("--jobs", type=_count, metavar="N", help="scenarios solved at once (default: one per core)")
    verb.add_argument("--cluster", metavar="ADDRESS", help="solve on the workers of this Dask scheduler")
    verb.add_argument("--fresh", action="store_true", help="solve anew what a former run of the same folder solved")
    verb.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="DIR",
        help="the run folder (default: one below runs/); a run that was stopped goes on with it",
    )


def run(given: argparse.Namespace, progress: Progress) -> int:
    """Solve, write, print; gives the exit status."""
    from compute_lp.schema import InputError
    from planner import runs

    try:
        return runs.run(
            given.file,
            given.out,
            command=given.command,
            progress=progress,
            scenarios=given.scenario,
            changes=given.changes,
            jobs=given.jobs,
            cluster=given.cluster,
            fresh=given.fresh,
        )
    except InputError as fault:
        from planner.review.checked import count, lines

        progress.close()
        changes = all(problem.cell.startswith("--set") for problem in fault.problems)
        where = "in what --set changes, so nothing is solved" if changes else "in the inputs"
        told = [f"{count(len(fault.problems), 'error')} {where}:", *lines(fault.problems)]
        print("\n".join(told), file=sys.stderr)
        return WRONG_INPUTS
    except runs.Refused as fault:
        progress.close()
        print(f"planner run: {fault}", file=sys.stderr)
        return WRONG_USAGE
    finally:
        progress.close()


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("names of scenarios, joined by commas, or all")
    return names


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes; 1, 2, …")
    return int(text)
