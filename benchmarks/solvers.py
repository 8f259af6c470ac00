"""Which way to solve from which size: every method of HiGHS on the same arrays, each in a process of its own, and what
our own check says of its answer; and the numbers of the programmes themselves.

    python -m benchmarks.solvers [--sizes 10k India] [--large] [--methods HiPO PDLP] [--limit 300] [--numerics]

--limit is in seconds on the clock; a method that is stopped by it isn't tried on larger sizes. --large adds the last
size, --methods takes names or their beginnings, --numerics solves nothing. Whole numbers may be fractions: this is the
first solve of `planner run`, and all the others are like it.
"""

from __future__ import annotations

import faulthandler
import os
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import measure, numerics
from benchmarks.alone import Options, loaded
from benchmarks.measure import INDIA, apart, ratio, table
from planner.solve.highs import METHODS, hipo_missing, library, methods_for
from planner.solve.linear import Basis, Linear, Point
from planner.solve.verify import prove_optimal

SIZES: Mapping[str, Mapping[str, int]] = {
    "10k": {"sites": 4, "periods": 4, "days": 2},
    "40k": {"sites": 6, "periods": 7, "days": 3},
    "India": {},
    "190k": {"sites": 14, "periods": 11, "days": 6},
    "300k": {"sites": 28},
}
"""From small to large, by their columns."""
LARGE = ("300k",)
TWO_THREADS: Options = {"threads": 2, "parallel": "on"}
TRIED: Mapping[str, Options] = {
    **{name: METHODS[name] for name in ("simplex", "simplex without presolve")},
    "simplex, 2 threads": {**METHODS["simplex"], **TWO_THREADS, "simplex_strategy": 3},
    **{name: METHODS[name] for name in ("IPX", "IPX without crossover", "HiPO", "HiPO without crossover")},
    "HiPO, 2 threads": {**METHODS["HiPO"], **TWO_THREADS},
    "HiPO without crossover, 2 threads": {**METHODS["HiPO without crossover"], **TWO_THREADS},
    "PDLP": {"solver": "pdlp", "presolve": "choose"},
    "PDLP without presolve": {"solver": "pdlp", "presolve": "off"},
    "PDLP to 1e-4": {"solver": "pdlp", "presolve": "choose", "pdlp_optimality_tolerance": 1e-4},
}
"""Names and options, beside those of every run. Parallel dual simplex is another algorithm, strategy 3. Where PDLP is
stopped it leaves a point, and so its accuracy, only without presolve."""
KILLED_AFTER = 1.5
"""Times the limit: a process whose solver doesn't heed it is ended then."""
LIMIT_S = 300.0
STOPPED, ENDED = "Time limit reached", "ended by us, or by itself"
SECONDS = ("processor_s", "clock_s")
OFF: Mapping[str, Sequence[str]] = {
    "rows off": ("row_residual", "column_residual"),
    "duals off": ("row_dual_residual", "column_dual_residual"),
    "gap": ("duality_gap",),
}
"""By heading, the figures of our check whose largest stands there; all but the last absolute."""

Row = tuple[object, ...]


@dataclass(frozen=True, eq=False)
class Asked:
    """A programme of some size, and what its numbers are like."""

    lp: Linear
    figures: Mapping[str, int | str]
    by_constraint: Sequence[Row]


@dataclass(frozen=True)
class Took:
    """What a method took and came to. `faults` are those of our check, none where it accepts the answer; `missed` are
    its figures: by how much rows, duals and the objective's bound are off."""

    processor_s: float
    clock_s: float
    status: str
    iterations: str
    objective: float
    missed: Mapping[str, float]
    faults: Sequence[str]

    @property
    def accepted(self) -> bool:
        return not self.faults

    @property
    def stopped(self) -> bool:
        return self.status in (STOPPED, ENDED)


@dataclass(frozen=True)
class Measured:
    """A size, and its methods: absent where not tried."""

    name: str
    asked: Asked
    took: Mapping[str, Took]

    @property
    def accepted(self) -> Mapping[str, Took]:
        return {method: one for method, one in self.took.items() if one.accepted}


def asked(counts: Mapping[str, int], source: Path) -> Asked:
    """A workbook's programme scaled, as it is solved first."""
    from benchmarks.scaled import scaled
    from planner import workbook
    from planner.plan import programme, to_minimise

    of = programme(scaled(workbook.read(source), **counts))
    arrays = to_minimise(of.inputs, of.arrays)
    lp = Linear.of(arrays)
    idle = numerics.Idle.of(lp)
    return Asked(lp, numerics.figures(lp, idle), numerics.by_constraint(arrays.rows, lp, idle))


def took(lp: Linear, options: Options, limit_s: float) -> Took:
    """A method's solve, from nothing; for a process of its own, which is ended where the solver doesn't heed its
    limit."""
    library()
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(KILLED_AFTER * limit_s, exit=True, file=nowhere)
        clock, processor = time.perf_counter(), time.process_time()
        engine = loaded(lp, {**options, "time_limit": limit_s, "output_flag": False})  # PDLP prints whatever its log is
        engine.run()
        processor_s, clock_s = time.process_time() - processor, time.perf_counter() - clock
        faulthandler.cancel_dump_traceback_later()
    status = engine.modelStatusToString(engine.getModelStatus())
    point = _point(engine)
    none = Took(processor_s, clock_s, status, _iterations(engine), np.nan, {}, ("no point with duals",))
    if point is None:
        return none
    proof = prove_optimal(lp, point)
    return replace(none, objective=lp.objective(point.x), missed=proof.figures, faults=proof.faults)


def _point(engine: Any) -> Point | None:
    """The point at hand with its duals, and its basis where there is one."""
    solution = engine.getSolution()
    if not (solution.value_valid and solution.dual_valid):
        return None
    basis, found = None, engine.getBasis()
    if found.valid:
        codes = (np.fromiter(map(int, status), np.int8) for status in (found.col_status, found.row_status))
        basis = Basis(*codes)
    return Point(np.array(solution.col_value), np.array(solution.row_dual), basis)


def _iterations(engine: Any) -> str:
    """Of everything that ran: HiGHS has put simplex in HiPO's place, and cleans up after crossover with it."""
    info = engine.getInfo()
    kinds = {"interior": "ipm", "crossover": "crossover", "PDLP": "pdlp", "simplex": "simplex"}
    counts = {kind: getattr(info, f"{name}_iteration_count") for kind, name in kinds.items()}
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count > 0) or "none"


def measured(
    name: str, counts: Mapping[str, int], methods: Mapping[str, Options], limit_s: float, source: Path = INDIA
) -> Measured:
    """A size, and its methods one after the other, each in a process of its own."""
    of: Asked = apart(asked, counts, source).answer
    found: dict[str, Took] = {}
    for method, options in methods.items():
        try:
            found[method] = apart(took, of.lp, options, limit_s).answer
        except BrokenProcessPool:
            found[method] = Took(np.nan, np.nan, ENDED, "", np.nan, {}, ("no point",))
        print(f"  {name}, {method}: {found[method].status}, {found[method].clock_s:.1f} s", flush=True)
    return Measured(name, of, found)


def report(found: Sequence[Measured]) -> str:
    """The tables, as text that is Markdown too."""
    names = [one.name for one in found]
    figures = found[0].asked.figures
    parts = [table(("", *names), [(key, *(one.asked.figures[key] for one in found)) for key in figures])]
    shown = next((one for one in found if one.name == "India"), found[-1])
    constraints = shown.asked.by_constraint
    parts.append(table((f"{shown.name}: {numerics.HEAD[0]}", *numerics.HEAD[1:]), constraints))
    if any(one.took for one in found):
        parts += [_tables(one) for one in found] + [_quickest(found)]
    return "\n\n".join(parts)


def _tables(one: Measured) -> str:
    """A size's methods, and what our check has against those it refuses."""
    least = {of: min((getattr(took, of) for took in one.accepted.values()), default=None) for of in SECONDS}
    objective = next((took.objective for took in one.accepted.values()), np.nan)

    def line(method: str, took: Took) -> Row:
        seconds = (cell for of in SECONDS for cell in (getattr(took, of), ratio(getattr(took, of), least[of])))
        differs = abs(took.objective - objective) / max(1.0, abs(objective))
        off = (max((took.missed.get(name, np.nan) for name in names), default=np.nan) for names in OFF.values())
        verdict = "accepts" if took.accepted else "refuses" if took.missed else took.status
        return method, *seconds, took.iterations, verdict, *map(_small, (differs, *off))

    head = ("processor s", "ratio", "clock s", "ratio", "iterations", "our check", "differs (goal 1e-6)", *OFF)
    lines = [line(method, took) for method, took in one.took.items()]
    refused = [
        f"{method} ({took.status}): {took.faults[0]}"
        + (f", and {len(took.faults) - 1} more" if took.faults[1:] else "")
        for method, took in one.took.items()
        if took.missed and not took.accepted
    ]
    told = [f"Refused on {one.name}: {'; '.join(refused)}."] if refused else []
    return "\n\n".join([table((f"{one.name}, {one.asked.lp.columns:,} columns", *head), lines), *told])


def _quickest(found: Sequence[Measured]) -> str:
    """By size the quickest of what our check accepts, and what the planner begins with."""

    def best(one: Measured, of: str, methods: Collection[str]) -> str:
        among = {method: getattr(took, of) for method, took in one.accepted.items() if method in methods}
        return min(among, key=among.__getitem__) if among else "none"

    basic = [method for method, options in TRIED.items() if options.get("run_crossover") != "off"]
    lines = [
        (
            f"{one.name}, {one.asked.lp.columns:,} columns",
            *(best(one, of, methods) for methods in (basic, TRIED) for of in SECONDS),
            methods_for(one.asked.lp, basic=True)[0][0],
        )
        for one in found
    ]
    head = ("with a basis, processor", "clock", "with or without, processor", "clock", "the planner begins with")
    return table(("quickest that our check accepts", *head), lines)


def _small(value: float) -> str | None:
    return f"{value:.0e}" if value == value else None


def main() -> None:
    parser = measure.parser(__doc__)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=[name for name in SIZES if name not in LARGE])
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--methods", nargs="+", default=[""])
    parser.add_argument("--limit", type=float, default=LIMIT_S)
    parser.add_argument("--numerics", action="store_true")
    given = parser.parse_args()
    missing = hipo_missing()
    methods = {
        name: options
        for name, options in ({} if given.numerics else TRIED).items()
        if name.startswith(tuple(given.methods)) and not (missing and options["solver"] == "hipo")
    }
    if not methods and not given.numerics:
        parser.error(f"no method's name begins with {' or '.join(given.methods)}; there are {', '.join(TRIED)}")
    print(measure.machine())
    found: list[Measured] = []
    for name in [name for name in SIZES if name in given.sizes or (given.large and name in LARGE)]:
        found.append(measured(name, SIZES[name], methods, given.limit))
        methods = {method: options for method, options in methods.items() if not found[-1].took[method].stopped}
    print(report(found))
    print(f"A method that {given.limit:g} s on the clock aren't enough for isn't tried on larger sizes.")
    if missing:
        print(f"HiPO is left out: {missing}.")
    print(measure.load())


if __name__ == "__main__":
    main()
