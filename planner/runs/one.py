"""One scenario solved and written: from its applied inputs and the base's run folder to a folder and an `Outcome`.

It reads and writes nothing else and depends on nothing else, so a worker process, here or on a cluster, may run it.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compute_lp.schema import Inputs
from planner.runs import BASE

if TYPE_CHECKING:
    import pandas as pd

    from planner.plan import Plan
    from planner.questions.conflict import Contradiction
    from planner.solve.carry import Start

ANSWER = "answer.txt"
FORESEEN, INTERRUPTED, PRICED = "foreseen", "interrupted", "priced"
"""Of a record: what could be told before solving, whether Ctrl-C ended it, whether others can start from it."""


@dataclass(frozen=True)
class Task:
    """A scenario to be solved: its inputs with all its changes applied."""

    name: str
    title: str
    inputs: Inputs


@dataclass(frozen=True)
class Outcome:
    """What a scenario came to, beside its folder: its entry in the manifest, the figures of the scoreboard, and its
    rows of iamc.csv as text ("" where there is no plan)."""

    record: Mapping[str, Any]
    figures: Mapping[str, Any]
    iamc: str


def solve(task: Task, base_run: Path | None, folder: Path, progress: Callable[[str], None]) -> Outcome:
    """Solve a scenario and write its folder, which must not exist yet. `base_run` is the run folder whose base it
    starts from; None: from nothing."""
    begun = time.perf_counter()
    from planner.answer import lines
    from planner.audit import audit
    from planner.plan import plan
    from planner.questions.conflict import contradiction
    from planner.results import headline, tables, whole_numbers

    start, why_cold = _start(base_run, progress)
    started = time.perf_counter()
    made = plan(task.inputs, start=start, progress=progress)
    progress("results")
    mark = time.perf_counter()
    results = tables(made) if made.exists else {}
    checks = audit(made, results) if made.exists else {}
    figures = headline(made, results)
    why_none = contradiction(made, progress=progress) if made.solution.status == "infeasible" else None
    written = time.perf_counter()
    progress("writing")
    _write(folder, made, results, why_none)
    answer = [*lines(made, results, figures), *(why_none.lines() if why_none is not None else [])]
    if task.name != BASE:
        answer.insert(0, f"Scenario {task.name}" + (f": {task.title}" if task.title else ""))
    (folder / ANSWER).write_text("\n".join(answer) + "\n", encoding="utf-8")
    proof = dict(made.solution.proof) | checks
    record = {
        "status": made.solution.status,
        "began": str(proof.get("start", why_cold)),
        "proof": proof,
        "size": {
            "columns": int(made.arrays.matrix.shape[1]),
            "rows": int(made.arrays.matrix.shape[0]),
            "non_zeros": int(made.arrays.matrix.nnz),
            "whole": int(made.arrays.whole.sum()),
        },
        "whole_numbers": whole_numbers(made),
        "solver": dict(made.solution.solver),
        "seconds": {
            "start": started - begun,
            **made.seconds,
            **{f"solve: {stage}": value for stage, value in made.solution.seconds.items()},
            "results": written - mark,
            "writing": time.perf_counter() - written,
            "all": time.perf_counter() - begun,
        },
        PRICED: bool(made.solution.row_dual.size),
        FORESEEN: [str(warning) for warning in made.foreseen],
        INTERRUPTED: any(k.endswith("stopped_by") and v == "interrupt" for k, v in made.solution.proof.items()),
    }
    return Outcome(record, figures, _iamc(made, results, task.name))


def packed(folder: Path, *parts: str) -> bytes:
    """Files and folders of a folder as one zip file; all of them unless named."""
    content = io.BytesIO()
    places = [folder / part for part in parts] or [folder]
    files = [file for place in places for file in (sorted(place.rglob("*")) if place.is_dir() else [place])]
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    return content.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """The files of `packed`, in a folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)


def _start(base_run: Path | None, progress: Callable[[str], None]) -> tuple[Start | None, str]:
    """What the base hands over, or why it is nothing."""
    from planner.plan import start_of
    from planner.questions.again import Unusable, reopen

    if base_run is None:
        return None, "from nothing"
    try:
        start = start_of(reopen(base_run, BASE, progress=progress))
    except Unusable as fault:
        return None, f"from nothing: {fault}"
    return start, "from nothing: the base has no basis"


def _write(folder: Path, made: Plan, results: Mapping[str, pd.DataFrame], why_none: Contradiction | None) -> None:
    from planner.questions.again import store

    (folder / "results").mkdir(parents=True)
    for name, table in results.items():
        place = folder / "prices.csv" if name == "prices" else folder / "results" / f"{name}.csv"
        table.to_csv(place, index=False, lineterminator="\n")
    (folder / "solver.log").write_text(made.solution.log, encoding="utf-8")
    if made.exists:
        store(made, folder)
    if made.shortfalls:
        from planner.answer import shortfall_table

        shortfall_table(made).to_csv(folder / "shortfalls.csv", index=False, lineterminator="\n")
    if why_none is not None:
        from planner.questions.conflict import table as contradiction_table

        contradiction_table(why_none).to_csv(folder / "contradiction.csv", index=False, lineterminator="\n")


def _iamc(made: Plan, results: dict[str, pd.DataFrame], scenario: str) -> str:
    if not results:
        return ""
    from planner.iamc import iamc

    return iamc(made, results, scenario).to_csv(index=False, lineterminator="\n")
