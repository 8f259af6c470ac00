"""The run folder: inputs as used, results, prices, headline, manifest; written beside its place and renamed into it."""

from __future__ import annotations

import json
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from planner import __version__

DONE, NO_PLAN, STOPPED_EARLY = 0, 1, 3
EXIT_STATUS = {"optimal": DONE, "feasible": STOPPED_EARLY, "infeasible": NO_PLAN, "stopped": STOPPED_EARLY}
BASE = "base"
VERSIONED = ("pyomo", "highspy", "highspy-extras", "numpy", "pandas", "scipy", "openpyxl", "pint")


class FolderInTheWay(Exception):
    """The run folder's place is taken by something that is not a run folder."""


def run(path: Path, out: Path | None, *, command: Sequence[str], progress: Callable[[str], None]) -> int:
    """Read, solve, check and write one run folder; print the answer. Returns the exit status.

    Raises InputError for a workbook with problems (nothing is written) and FolderInTheWay.
    """
    begun = time.perf_counter()
    started = datetime.now(UTC)
    place = out or Path("runs") / f"{path.stem}-{started:%Y%m%d-%H%M%S}"
    _make_sure_free(place)
    progress("reading")
    from planner import workbook

    found = workbook.inspect(path)
    if found.inputs is None:
        from compute_lp.schema import InputError

        raise InputError(found.problems)
    read_seconds = time.perf_counter() - begun
    from planner.answer import lines
    from planner.audit import audit
    from planner.plan import plan
    from planner.questions.conflict import contradiction
    from planner.results import headline, tables, whole_numbers

    made = plan(found.inputs, progress=progress)
    progress("results")
    mark = time.perf_counter()
    results = tables(made) if made.exists else {}
    checks = audit(made, results) if made.exists else {}
    figures = headline(made, results)
    why_none = contradiction(made, progress=progress) if made.solution.status == "infeasible" else None
    results_seconds = time.perf_counter() - mark
    progress("writing")
    manifest: dict[str, Any] = {
        "planner": __version__,
        "command": list(command),
        "workbook": path.name,
        "started": started.isoformat(timespec="seconds"),
        "status": made.solution.status,
        "scenarios": [BASE],
        "size": {
            "columns": int(made.arrays.matrix.shape[1]),
            "rows": int(made.arrays.matrix.shape[0]),
            "non_zeros": int(made.arrays.matrix.nnz),
            "whole": int(made.arrays.whole.sum()),
        },
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in VERSIONED},
        "solver": dict(made.solution.solver),
        "seed": 0,
        "proof": dict(made.solution.proof) | checks,
        "whole_numbers": whole_numbers(made),
        "hashes": workbook.input_hash(found.inputs),
        "warnings": [str(warning) for warning in (*found.warnings, *made.foreseen)],
        "defaults": [default._asdict() for default in found.defaults],
    }
    with _Beside(place) as folder:
        mark = time.perf_counter()
        _write_inputs(path, folder / "inputs")
        _write_scenario(folder / "scenarios" / BASE, made, results, why_none)
        _write_json(folder / "headline.json", {BASE: figures})
        if results:
            from planner.iamc import iamc

            iamc(made, results, BASE).to_csv(folder / "iamc.csv", index=False, lineterminator="\n")
        (folder / "report").mkdir()
        answer = "\n".join([*lines(made, results, figures), *(why_none.lines() if why_none is not None else [])])
        (folder / "report" / "answer.txt").write_text(answer + "\n", encoding="utf-8")
        manifest["seconds"] = {
            "reading": read_seconds,
            **made.seconds,
            **{f"solve: {stage}": value for stage, value in made.solution.seconds.items()},
            "results": results_seconds,
            "writing": time.perf_counter() - mark,
            "all": time.perf_counter() - begun,
        }
        manifest["peak_memory_mb"] = _peak_memory_mb()
        _write_json(folder / "manifest.json", manifest)
    progress("done")
    getattr(progress, "close", lambda: None)()
    print(answer)
    if made.foreseen and not made.exists:
        print("Known before solving:", *(f"  · {warning}" for warning in made.foreseen), sep="\n")
    print(f"\nRun folder: {place}")
    return EXIT_STATUS[made.solution.status]


def _make_sure_free(place: Path) -> None:
    if place.exists() and not (place / "manifest.json").is_file() and (not place.is_dir() or any(place.iterdir())):
        raise FolderInTheWay(f"{place} exists and is not a run folder; name another with -o, or move it away")


class _Beside:
    """A folder beside its final place, renamed into it when all is written; removed when something fails."""

    def __init__(self, place: Path):
        self.place = place

    def __enter__(self) -> Path:
        self.place.parent.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=f".{self.place.name}-", dir=self.place.parent))
        self.folder.chmod(0o755)
        return self.folder

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        if kind is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        if self.place.exists():
            old = self.folder.with_name(self.folder.name + "-old")
            self.place.rename(old)
            self.folder.rename(self.place)
            shutil.rmtree(old)
        else:
            self.folder.rename(self.place)


def _write_inputs(path: Path, folder: Path) -> None:
    from planner import workbook

    workbook.convert(path, folder)


def _write_scenario(folder: Path, made: Any, results: dict[str, Any], why_none: Any) -> None:
    from planner.questions.again import store

    (folder / "results").mkdir(parents=True)
    (folder / "changes.csv").write_text("sheet,cell,key,field,old,new,lever,source\n", encoding="utf-8")
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
        from planner.questions.conflict import table

        table(why_none).to_csv(folder / "contradiction.csv", index=False, lineterminator="\n")


def _write_json(place: Path, content: Any) -> None:
    place.write_text(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _peak_memory_mb() -> float | None:
    """Peak resident memory of this process; None where the system doesn't tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
