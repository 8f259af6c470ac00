"""How soon the planner answers: its help, the check of a large workbook, and India from workbook to written run.

    python -m benchmarks.start [--no-run]

Each command in a fresh process. Seconds of the processor are those of the process and all it starts; seconds on the
clock are longer where the machine has other work, and shorter where a command uses both cores. Of help the best of five
counts, as what a disk must first read is no fault of ours.
"""

from __future__ import annotations

import ast
import dataclasses
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import measure
from benchmarks.measure import INDIA, ROOT, apart, table

SHEETS = (
    "programme", "periods", "countries", "sites", "grid_offers", "energy_prices", "profiles", "accelerators", "models",
    "workloads", "demand", "sufficiency",
)  # fmt: skip
ROWS = {"days": 365, "sites": 2, "workloads": 91}
"""Of the large workbook: every hour of a year in the two sites' zones, and a few thousand rows besides."""
HELP = "from planner.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
MODULES = "import sys\nprint(sorted(sys.modules), file=sys.stderr)\n"


@dataclass(frozen=True)
class Took:
    processor_s: float
    clock_s: float


def took(*command: str) -> Took:
    """A command in a process of its own. Raises RuntimeError with what it says where it fails."""
    import resource

    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    clock_s, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ends with {run.returncode}:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return Took(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, clock_s)


def planner(*arguments: str) -> Took:
    return took(sys.executable, "-m", "planner.cli", *arguments)


def modules_of_help() -> set[str]:
    """Modules that `planner --help` loads, beyond Python's own and what its start brings."""
    loaded = _modules(HELP) - _modules("")
    return {name for name in loaded if name.split(".")[0] not in sys.stdlib_module_names}


def _modules(code: str) -> set[str]:
    run = subprocess.run([sys.executable, "-c", code + MODULES], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(ast.literal_eval(run.stderr.strip().splitlines()[-1]))


def large_workbook(path: Path, counts: dict[str, int], source: Path) -> tuple[int, int]:
    """A workbook of the twelve sheets every programme has; gives how many sheets and rows of data it holds."""
    from benchmarks.scaled import scaled, with_settings
    from planner import workbook

    original = workbook.read(source)
    inputs = scaled(original, **counts)
    inputs = with_settings(inputs, representative_days=original.settings["representative_days"])
    tables = {name: frame if name in SHEETS else frame.iloc[:0] for name, frame in inputs.tables.items()}
    zones = inputs["sites"]["zone"]
    tables |= {name: tables[name][tables[name]["zone"].isin(zones)] for name in ("energy_prices", "profiles")}
    workbook.write(dataclasses.replace(inputs, tables=tables), path)
    return len(SHEETS), sum(len(tables[name]) for name in SHEETS)


def measured(
    *, run: bool, rows: dict[str, int] = ROWS, best_of: int = 5, india: Path = INDIA
) -> list[tuple[str, Took, float | None]]:
    """What was asked, what it took, and the goal in seconds."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "large.xlsx"
        sheets, count = apart(large_workbook, path, rows, india).answer
        helped = min((planner("--help") for _ in range(best_of)), key=lambda one: one.processor_s)
        found: list[tuple[str, Took, float | None]] = [
            ("python -c pass", took(sys.executable, "-c", "pass"), None),
            (f"planner --help, best of {best_of}", helped, 0.3),
            (f"planner check, {sheets} sheets, {count:,} rows", planner("check", str(path)), 2.0),
        ]
        if run:
            where = str(Path(place) / "india")
            found.append(("planner check inputs/india.xlsx", planner("check", str(india)), None))
            found.append(("planner run inputs/india.xlsx", planner("run", str(india), "-o", where), 10.0))
    return found


def report(found: list[tuple[str, Took, float | None]]) -> str:
    ours = sorted(modules_of_help())
    strangers = sorted({name.split(".")[0] for name in ours} - {"planner", "compute_lp", "compute_rates"})
    lines = [(name, one.processor_s, one.clock_s, goal) for name, one, goal in found]
    return "\n\n".join(
        [
            table(("command", "processor s", "clock s", "goal, s"), lines),
            f"`planner --help` loads {len(ours)} modules beyond Python's own, "
            + (f"among them {', '.join(strangers)}" if strangers else "all of the planner itself: no pyomo, no highspy")
            + ".",
        ]
    )


def main() -> None:
    parser = measure.parser(__doc__)
    parser.add_argument("--no-run", action="store_true", help="leave out India")
    given = parser.parse_args()
    print(measure.machine())
    print(report(measured(run=not given.no_run)))
    print(measure.load())


if __name__ == "__main__":
    main()
