"""Appendix K, how to make the plan again: what it was made from and by, its proof, and the steps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import PurePath, PureWindowsPath
from typing import Any

import pandas as pd

import compute_lp
from planner.appendices.material import Material
from planner.compare.blocks.common import in_words
from planner.report.blocks import Block, Column, Heading, Note, Paragraph, Table
from planner.wording import money, significant, whole

STAGES = {
    "reading": "reading the workbook",
    "start": "opening the base's solution",
    "rates": "working out engineering rates",
    "formulating": "formulating",
    "expanding": "expanding to a matrix",
    "solving": "solving and proving",
    "results": "result tables and their audit",
    "writing": "writing",
    "all": "all but reading",
}
WORD = (Column("what", "What", kind="text"), Column("told", "In this run", kind="text"))
FOLDER = (
    ("manifest.json", "versions, command, hashes, times, status and proof of every scenario"),
    ("headline.json", "the figures of the scoreboard, by scenario, unrounded"),
    ("iamc.csv", "results by model, scenario, region, variable, unit and year"),
    ("inputs/", "the workbook as it was used, one CSV file a sheet"),
    ("scenarios/NAME/changes.csv", "each cell that the scenario changes, old and new, with its source"),
    ("scenarios/NAME/prices.csv", "shadow prices of the limits that bind"),
    ("scenarios/NAME/solution.npz", "the solution, unrounded, from which it is proven again"),
    ("scenarios/NAME/solver.log", "what the solver wrote"),
    ("scenarios/NAME/answer.txt", "the answer in a dozen lines"),
    ("report/", "comparison, measured uncertainty and reports made from the run; narrative.md is the author's"),
)
RESULT = "scenarios/NAME/results/{}.csv"


def identity(material: Material) -> dict[str, str]:
    """What a document comes from, in short."""
    manifest, record = material.manifest, material.record
    return {
        "Programme": material.name,
        "Scenario": _named(material.case.name),
        "Workbook": str(manifest["workbook"]),
        "Workbook's hash": workbook_hash(manifest["hashes"]),
        "Run of": str(manifest["started"]).replace("T", " ").replace("+00:00", " UTC"),
        "Planner": str(manifest["planner"]),
        "Solver": f"{record['solver']['name']} {record['solver']['version']}",
        "Status": material.case.status + _gap(material.figures),
    }


def workbook_hash(hashes: Mapping[str, str]) -> str:
    """One SHA-256 of the whole workbook: of a line `sheet hash` for each sheet, in the order of their names."""
    lines = "".join(f"{sheet} {hashes[sheet]}\n" for sheet in sorted(hashes))
    return hashlib.sha256(lines.encode()).hexdigest()


def reproduce(material: Material) -> list[Block]:
    """Appendix K."""
    manifest, record = material.manifest, material.record
    return [
        Heading("K Reproduce"),
        Paragraph(
            "The same workbook, planner and solver give the same plan: nothing in it is drawn by chance or depends on "
            "the time, the machine's cores or the order of scenarios, unless the search for whole numbers ended at its "
            "time limit, or gave up solves that stalled (table “The solve” tells)."
        ),
        Heading("Steps", 2),
        *(Paragraph(f"{number}. {step}") for number, step in enumerate(steps(material), start=1)),
        Heading("What it was made by", 2),
        _table("Versions", versions(manifest), WORD),
        _table("The solve", solve(material), WORD),
        Note(
            "Times are of one machine and of this run; a scenario that starts from the base's solution has the time of "
            "the rest only."
        ),
        Table("Seconds by stage", seconds(manifest, record), (WORD[0], Column("seconds", "Seconds")), sheet="Seconds"),
        Heading("What it was made from", 2),
        Paragraph(
            "A sheet's hash is the SHA-256 of its values as the programme read them, units converted and blanks "
            "filled, so that its format, looks and order of columns don't change it. The workbook's hash is the "
            "SHA-256 of the lines, a sheet's name, a blank and its hash, in the order of the sheets' names: "
            f"{workbook_hash(manifest['hashes'])}."
        ),
        _table(
            "Hash of each sheet",
            manifest["hashes"],
            (Column("what", "Sheet", kind="text"), Column("told", "SHA-256", kind="text")),
        ),
        *names(material),
        Heading("What the run folder holds", 2),
        Table(
            "Files of the run folder",
            pd.DataFrame(files(material), columns=["file", "holds"]),
            (Column("file", "File", kind="text"), Column("holds", "Holds", kind="text")),
            sheet="Files",
        ),
    ]


def names(material: Material) -> Iterator[Block]:
    """What the report calls scenarios beside what the workbook, commands and files call them, where they differ."""
    own = [case.name for case in material.cases]
    if all(in_words(name) == name for name in own):
        return
    yield Heading("Names of the scenarios", 2)
    yield Paragraph("The report tells scenarios in words. The workbook, commands and the run folder have their names.")
    frame = pd.DataFrame({"told": list(map(in_words, own)), "name": own})
    yield Table(
        "Scenarios, and their names in the workbook",
        frame,
        (Column("told", "In the report", kind="text"), Column("name", "In the workbook", kind="text")),
        sheet="Names of scenarios",
    )


def _named(scenario: str) -> str:
    """A scenario in words, and its name where that differs."""
    told = in_words(scenario)
    return told if told == scenario else f"{told} ({scenario} in the workbook)"


def steps(material: Material) -> Iterator[str]:
    """How to make the run again and see that it is the same."""
    manifest, name = material.manifest, material.case.scenario
    solver = material.record["solver"]
    python = manifest["versions"]["python"]
    yield (
        f"Install planner {manifest['planner']} for Python {python} with the libraries of its lock file "
        f"({solver['name']} {solver['version']}); **planner doctor** tells what is installed."
    )
    yield (
        f"Take the workbook {manifest['workbook']}, or the run folder's own inputs/; **planner check inputs --json** "
        "gives the hash of each sheet, which must be those below."
    )
    yield f"Run **{command(manifest['command'])}**."
    yield (
        f"Compare headline.json: {name} must have the objective "
        f"{float(material.figures['objective_musd']):.6f} M USD. **planner explain** opens the run again and proves "
        "its solution before it answers."
    )
    yield "Make this report: **planner report RUN" + ("" if name == "base" else f" --scenario {name}") + "**."


def command(words: list[str]) -> str:
    """A command as it was given, paths without the folders of the machine it ran on."""
    return " ".join(_quoted(_bare(word)) for word in words)


def _bare(word: str) -> str:
    path = PureWindowsPath(word) if "\\" in word else PurePath(word)
    return path.name if path.is_absolute() else word


def _quoted(word: str) -> str:
    return f"'{word}'" if set(word) & set(' *[];&|<>$"') else word


def versions(manifest: Mapping[str, Any]) -> dict[str, str]:
    return {"planner": manifest["planner"], **manifest["versions"]}


def solve(material: Material) -> dict[str, str]:
    """Solver, programme and proof, as label and text."""
    record, figures, manifest = material.record, material.figures, material.manifest
    size, found = record["size"], record["proof"]
    told = {
        "solver": f"{record['solver']['name']} {record['solver']['version']}",
        "method": record["solver"]["method"],
        "options": record["solver"]["options"],
        "seed": str(manifest["seed"]),
        "start": str(record["began"]),
        "size": f"{whole(size['columns'])} columns, {whole(size['rows'])} rows, {whole(size['non_zeros'])} non-zeros, "
        f"{whole(size['whole'])} whole numbers",
        "status": str(record["status"]),
        "objective": f"{money(float(figures['objective_musd']))} ({float(figures['objective_musd']):.6f} M USD)",
    }
    if "gap" in figures:
        told["bound"] = f"{float(figures['bound_musd']):.6f} M USD: no plan is better"
        told["gap"] = f"{significant(float(figures['gap']), 3)} of the objective"
    if "stalls" in found:
        told["stalled"] = str(found["stalls"])
    told["duality gap"] = f"{significant(float(found['duality_gap']), 2)}: of the programme with whole numbers held"
    return told


def seconds(manifest: Mapping[str, Any], record: Mapping[str, Any]) -> pd.DataFrame:
    spent = {"reading": manifest["seconds"]["reading"], **record["seconds"]}
    rows = [(said, spent[stage]) for stage, said in STAGES.items() if stage in spent]
    return pd.DataFrame(rows, columns=["what", "seconds"])


def files(material: Material) -> list[tuple[str, str]]:
    """What a run folder holds, result tables with their meaning."""
    reports = [report for part in compute_lp.REPORTS.values() for report in part]
    results = [(RESULT.format(report.name), report.meaning) for report in reports]
    results.append((RESULT.format("money"), "money by layer, heading and period, plain and discounted"))
    rows = [*FOLDER[:6], *results, *FOLDER[6:]]
    if material.case.scenario == "base" and len(material.cases) == 1:
        return [(file.replace("NAME", "base"), holds) for file, holds in rows]
    return rows


def _table(title: str, rows: Mapping[str, Any], columns: tuple[Column, ...]) -> Table:
    return Table(title, pd.DataFrame(rows.items(), columns=["what", "told"]), columns)


def _gap(figures: Mapping[str, Any]) -> str:
    return f", proven to {significant(100 * float(figures['gap']), 2)} %" if "gap" in figures else ", proven"
