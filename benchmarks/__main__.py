"""All benchmarks, and the page that tells what they found.

    python -m benchmarks [--only overhead solvers growth start whatifs] [-o docs/performance.md]

Sections that aren't run again stay as they are on the page. What each measures, and its options, are in the script of
its name; what is run here is the line under its heading.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import measure
from benchmarks.measure import ROOT

PAGE = ROOT / "docs" / "performance.md"
WIDTH = 120
HEAD = """\
# Performance

Made by `python -m benchmarks`; don't edit. A section's tables come from the command under its heading, run from the
root of the repository with the dev and bench groups installed. Seconds are the processor's unless the clock is named:
they change little when a machine has other work, but not nothing, as caches and memory are shared. Ratios are of
figures measured side by side in one run. A dash is what was not measured.
"""


@dataclass(frozen=True)
class Section:
    """A part of the page: its script with the options that are run, and what to know before its tables."""

    title: str
    options: str
    text: str

    def command(self, name: str) -> str:
        return f"python -m benchmarks.{name} {self.options}".strip()


SECTIONS: Mapping[str, Section] = {
    "overhead": Section(
        "Overhead",
        "--large",
        "India's workbook with more or fewer sites, periods and typical days, fractions for whole numbers, from the "
        "file to the written run as `planner run` makes it. `build` calls the rules, `expand` makes arrays of them, "
        "`load` hands them over; `verify` is what is left of the solve without the solver: the check of the arrays, "
        "our proof of the point and of its basis, and what is degenerate; `results` has the audit in it. HiGHS alone "
        "gets the same arrays, options and method in a fresh process. Pyomo's own interfaces get the same rules as "
        "ordinary Pyomo objects. The hourly part is in benchmarks/hourly.py in three ways, which a test proves to give "
        "the same matrix.",
    ),
    "solvers": Section(
        "Solvers",
        "--limit 300",
        "India's workbook and programmes made of it, with fractions for whole numbers, as the planner solves first. "
        "Every method gets the same arrays and the planner's options, from nothing, in a fresh process, and 300 s on "
        "the clock, which alone shows what two threads save. Ratios are to the quickest answer that our check accepts: "
        "the proof of planner/solve/verify.py, which also tells by how much rows, duals and the objective's bound are "
        "off, and refuses more than 1e-6, 1e-6 and 1e-7. Without crossover there is no basis, which whole numbers, "
        "what-ifs and prices need. PDLP is asked for 1e-7, HiGHS's default for all methods, and for 1e-4, relative. "
        "The first tables are of the programmes' own numbers; benchmarks/numerics.py says what is counted.",
    ),
    "growth": Section(
        "Growth",
        "",
        "From inputs to arrays, and from a solution to result tables, with more of one thing and of the rest as much "
        "as India has. Nothing is solved.",
    ),
    "start": Section("Start", "", "Commands in fresh processes, their imports included."),
    "whatifs": Section(
        "What-ifs",
        "--count 50 --cold 3",
        "Changes of India's workbook one after the other from the base's solution in one process, and some of them as "
        "runs of their own. Both prove their plans to the gap of the workbook; `differs` is of the objectives, and "
        "as large as both gaps allow.",
    ),
}
NOT_MEASURED = """\
## Not measured

- HiGHS alone with whole numbers: we never hand it any (planner/solve/highs.py says why), so nothing compares.
- HiGHS alone from 500,000 columns on, and Pyomo's own interfaces there: they take longer than a benchmark should
  (`--solve-up-to` asks for the first).
- Disks: files were in the system's cache.
- Memory that a process gives back: figures are its largest.
"""


def measured(name: str, section: Section) -> str:
    """A section, from a run of its script. Raises RuntimeError with what the script says where it fails."""
    command = [sys.executable, *shlex.split(section.command(name))[1:]]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(f"{section.command(name)} ends with {run.returncode}:\n{run.stderr[-4000:]}")
    return section_text(section, section.command(name), run.stdout)


def section_text(section: Section, command: str, output: str) -> str:
    """Heading, command, what to know, and what the script printed but for its lines of progress."""
    told = "\n".join(line for line in output.splitlines() if not line.startswith("  "))
    told = re.sub(r"\n{3,}", "\n\n", re.sub(r"(?m)^(\|.*\|)\n(?=[^|\n])", r"\1\n\n", told)).strip()
    machine, _, found = told.partition("\n")
    parts = (f"## {section.title}", f"    {command}", section.text, *found.strip().split("\n\n"), f"On {machine}")
    return "\n\n".join(map(_wrapped, parts)) + "\n"


def _wrapped(part: str) -> str:
    """Prose in lines of the usual width; tables and commands as they are."""
    return part if part.startswith(("|", " ", "#")) else textwrap.fill(part, WIDTH, break_on_hyphens=False)


def page(sections: Mapping[str, str]) -> str:
    """The whole page, its sections in order."""
    ordered = [sections[name] for name in SECTIONS if name in sections]
    return "\n".join([HEAD, *ordered, NOT_MEASURED])


def sections_of(text: str) -> dict[str, str]:
    """The sections that stand on a page."""
    parts = {part.splitlines()[0]: f"## {part}" for part in text.split("\n## ")[1:]}
    return {name: parts[one.title].rstrip() + "\n" for name, one in SECTIONS.items() if one.title in parts}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = measure.parser(__doc__)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("-o", "--out", type=Path, default=PAGE)
    given = parser.parse_args(arguments)
    sections = sections_of(given.out.read_text(encoding="utf-8")) if given.out.exists() else {}
    for name in given.only:
        print(SECTIONS[name].command(name), file=sys.stderr, flush=True)
        sections[name] = measured(name, SECTIONS[name])
        given.out.write_text(page(sections), encoding="utf-8")
    print(f"{given.out} written")


if __name__ == "__main__":
    main()
