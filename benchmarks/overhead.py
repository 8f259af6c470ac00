"""What everything but the solver takes, from the workbook to the written run, for programmes of several sizes; beside
it HiGHS alone, Pyomo's own interfaces to it, and the hourly part in linopy and as bare arrays.

    python -m benchmarks.overhead [--sizes 10k 100k] [--large] [--no-solve] [--solve-up-to 120000]

A size above --solve-up-to columns isn't solved: what comes after the solver is then measured on made-up values of the
right length. --large adds a million columns. Seconds are the processor's; every size and every way has a process of its
own, whose imports are not counted.
"""

from __future__ import annotations

import pickle
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks import hourly, measure
from benchmarks.measure import INDIA, Stopwatch, apart, ratio, table

SIZES: Mapping[str, Mapping[str, int]] = {
    "10k": {"sites": 4, "periods": 4, "days": 2},
    "100k": {"sites": 8, "periods": 11, "days": 4},
    "500k": {"sites": 28, "periods": 12, "days": 10},
    "1M": {"sites": 40, "periods": 12, "days": 16},
}
LARGE = ("1M",)
OTHERS_UP_TO = 120_000
"""Columns up to which Pyomo's own interfaces are asked too: they take some kilobytes a column."""
LIMIT_S = 3600.0
ARRAYS = "arrays.pickle"
"""Where a run leaves its arrays for HiGHS alone."""


@dataclass(frozen=True)
class Way:
    """What a way took: seconds, those of its last step, and the memory it added to its process, whose largest was
    `peak_mib`."""

    seconds: float
    added_mib: float
    last_s: float
    peak_mib: float


@dataclass(frozen=True)
class Measured:
    """A size: seconds by stage, NaN where not measured, and the other ways, absent where not asked."""

    name: str
    size: Mapping[str, int]
    hourly_columns: int
    seconds: Mapping[str, float]
    peak_mib: float
    alone_s: float | None
    loaded: Mapping[str, Way]
    parts: Mapping[str, Way]

    @property
    def but_solver_s(self) -> float:
        """All stages but the solver's, as far as they were measured."""
        return sum(value for stage, value in self.seconds.items() if stage != "solver" and value == value)


Cost = tuple[float, float, float]
"""Seconds, those of the last step, and MiB added."""


def way(function: Callable[..., Cost], *given: Any) -> Way:
    """A way, in a process of its own."""
    found = apart(function, *given)
    seconds, last_s, added_mib = found.answer
    return Way(seconds, added_mib, last_s, found.peak_mib)


def _cost(work: Callable[[], Any], last: Callable[[Any], object] = lambda made: None) -> Cost:
    """What some work and its last step take."""
    before, watch = measure.peak_mib(), Stopwatch()
    with watch.timed("work"):
        made = work()
    with watch.timed("last"):
        last(made)
    return sum(watch.seconds.values()), watch.seconds["last"], measure.peak_mib() - before


def write_workbook(path: Path, counts: Mapping[str, int], source: Path) -> int:
    """A workbook scaled, with fractions for whole numbers: HiGHS alone can then be asked for the same. Gives the
    columns of its programme."""
    from benchmarks.scaled import scaled, with_settings
    from planner import workbook
    from planner.plan import programme

    inputs = with_settings(scaled(workbook.read(source), **counts), integers="none", time_limit_s=LIMIT_S)
    workbook.write(inputs, path)
    return programme(workbook.read(path)).arrays.matrix.shape[1]


def ours(path: Path, folder: Path, *, solve: bool) -> tuple[dict[str, float], dict[str, int], str]:
    """Seconds by stage of a run as `planner run` makes it, its size, and the method that solved it. The arrays are
    left in the folder for HiGHS alone."""
    from compute_lp.schema import InputError
    from planner import plan, workbook
    from planner.runs import one
    from planner.solve import highs
    from planner.solve.linear import Linear
    from planner.solve.session import Session

    highs.library()
    watch = Stopwatch()
    made: list[plan.Programme] = []

    def remembered(*given: Any, **named: Any) -> plan.Programme:
        made.append(plan_programme(*given, **named))
        return made[-1]

    plan_programme = plan.programme
    with ExitStack() as stack:

        def put(place: Any, name: str, value: Any) -> None:
            stack.enter_context(mock.patch.object(place, name, value))

        put(time, "perf_counter", time.process_time)  # so that the planner's own stages are told in the same seconds
        put(highs.Engine, "__init__", watch.around("load", highs.Engine.__init__))
        put(highs.Engine, "run", watch.around("solver", highs.Engine.run))
        put(plan, "programme", remembered)
        if not solve:
            stack.enter_context(_unsolved())
        reading = mock.patch.object(workbook, "open_workbook", watch.around("read", workbook.open_workbook))
        with reading, watch.timed("read and check"):
            found = workbook.inspect(path)
        if found.inputs is None:
            raise InputError(found.problems)
        outcome = one.solve(one.Task("base", "", found.inputs), None, folder / "base", lambda stage: None)
        with watch.timed("copy"):
            workbook.convert(path, folder / "inputs")
        lp = Linear.of(made[0].arrays)
        if not solve:
            with Session(LIMIT_S) as session:
                highs.Engine(lp, session, "loaded only")
    own = outcome.record["seconds"]
    seconds = {
        "read": watch.seconds["read"],
        "check": watch.seconds["read and check"] - watch.seconds["read"],
        "rates": own["rates"],
        "build": own["formulating"],
        "expand": own["expanding"],
        "load": watch.seconds["load"],
        "solver": watch.seconds.get("solver", float("nan")),
        "verify": own["solving"] - watch.seconds["load"] - watch.seconds["solver"] if solve else float("nan"),
        "results": own["results"],
        "write": own["writing"] + watch.seconds["copy"],
    }
    (folder / ARRAYS).write_bytes(pickle.dumps(lp))
    return seconds, dict(outcome.record["size"]), str(outcome.record["solver"]["method"]).split(";")[0]


@contextmanager
def _unsolved() -> Iterator[None]:
    """Plans have made-up values in place of solved ones, and the audit is worked out and not heeded."""
    from benchmarks.scaled import made_up
    from planner import plan

    def planned(asked: plan.Programme, **_: Any) -> Any:
        return made_up(asked)

    with mock.patch.object(plan, "planned", planned), mock.patch("planner.audit.checks.TOLERANCE", np.inf):
        yield


def highs_alone(place: Path, method: str) -> float:
    """Seconds of HiGHS on the same arrays, from passModel to its optimum, with the options and the method of ours."""
    from benchmarks.alone import loaded
    from planner.solve.highs import METHODS, library

    library()
    lp = pickle.loads(place.read_bytes())
    watch = Stopwatch()
    with watch.timed("alone"):
        engine = loaded(lp, METHODS[method])
        engine.run()
    status = engine.getModelStatus().name
    if status != "kOptimal":
        raise RuntimeError(f"HiGHS alone ends with {status} by {method}; an optimum is needed to compare with")
    return watch.seconds["alone"]


def loaded_by_ours(path: Path) -> Cost:
    """From the inputs with their rates to a loaded solver: our rules, arrays and one pass."""
    import compute_lp
    from compute_lp.family import expand
    from planner.solve.highs import Engine, library
    from planner.solve.linear import Linear
    from planner.solve.session import Session

    library()
    inputs = _with_rates(path)
    with Session(LIMIT_S) as session:
        return _cost(
            lambda: expand(compute_lp.build(inputs)), lambda arrays: Engine(Linear.of(arrays), session, "loaded")
        )


def loaded_by_appsi(path: Path) -> Cost:
    """The same rules as ordinary Pyomo, by its persistent interface."""
    from pyomo.contrib.appsi.solvers.highs import Highs

    return _loaded_by_pyomo(path, Highs())


def loaded_by_contrib(path: Path) -> Cost:
    """The same rules as ordinary Pyomo, by the persistent interface of its new solver package."""
    from pyomo.contrib.solver.solvers.highs import Highs

    return _loaded_by_pyomo(path, Highs())


def _loaded_by_pyomo(path: Path, solver: Any) -> Cost:
    import compute_lp
    from compute_lp.family import materialise

    if not solver.available():
        raise RuntimeError("Pyomo finds no HiGHS")
    inputs = _with_rates(path)
    return _cost(lambda: materialise(compute_lp.build(inputs)), solver.set_instance)


def _with_rates(path: Path) -> Any:
    from planner import workbook
    from planner.plan import with_rates

    return with_rates(workbook.read(path))


PYOMOS_OWN = {"appsi": loaded_by_appsi, "contrib.solver": loaded_by_contrib}


def hourly_part(name: str, counts: Mapping[str, int]) -> Cost:
    """From the rules of the hourly part to its arrays, after one small go that isn't counted."""
    formulate = getattr(hourly, f"by_{name}")
    formulate(hourly.Data.of(2, 2, 1))
    data = hourly.Data.of(**counts)
    return _cost(lambda: formulate(data))


def measured(
    name: str, counts: Mapping[str, int], solve_up_to: int, others_up_to: int = OTHERS_UP_TO, source: Path = INDIA
) -> Measured:
    """A size, each way in a process of its own, one after the other."""
    with tempfile.TemporaryDirectory() as place:
        path, folder = Path(place) / "scaled.xlsx", Path(place) / "run"
        folder.mkdir()
        columns = int(apart(write_workbook, path, counts, source).answer)
        solve = columns <= solve_up_to
        run = apart(ours, path, folder, solve=solve)
        seconds, size, method = run.answer
        alone = float(apart(highs_alone, folder / ARRAYS, method).answer) if solve else None
        loaded = {"ours": way(loaded_by_ours, path)}
        if columns <= others_up_to:
            loaded |= {other: way(function, path) for other, function in PYOMOS_OWN.items()}
    parts = {part: way(hourly_part, part, counts) for part in ("families", "linopy", "numpy")}
    return Measured(name, size, hourly.Data.of(**counts).columns, seconds, run.peak_mib, alone, loaded, parts)


def report(found: Sequence[Measured]) -> str:
    """The tables, as text that is Markdown too."""
    names = [m.name for m in found]
    sizes = [(key.replace("_", "-"), *(m.size[key] for m in found)) for key in ("columns", "rows", "non_zeros")]
    stages = [(f"{stage}, s", *(m.seconds[stage] for m in found)) for stage in found[0].seconds]
    sums = [
        ("peak memory, MiB", *(m.peak_mib for m in found)),
        ("HiGHS alone, s", *(m.alone_s for m in found)),
        ("everything but the solver, s", *(m.but_solver_s for m in found)),
        ("… over HiGHS alone (goal 0.15)", *(ratio(m.but_solver_s, m.alone_s) for m in found)),
    ]
    parts = [
        table(("", *names), [*sizes, *stages, *sums]),
        table(
            ("rules to loaded solver", *names),
            [
                *_ways([m.loaded for m in found], ("ours", *PYOMOS_OWN)),
                *_field([m.loaded for m in found], ("ours", *PYOMOS_OWN), "last_s", "of which handing over, s"),
                *(_over([m.loaded for m in found], other, "ours", "at least 10") for other in PYOMOS_OWN),
            ],
        ),
        table(
            ("the hourly part, rules to arrays", *names),
            [
                ("columns", *(m.hourly_columns for m in found)),
                *_ways([m.parts for m in found], ("families", "linopy", "numpy")),
                _over([m.parts for m in found], "families", "linopy", "at most 0.5"),
                _over([m.parts for m in found], "families", "numpy", "at most 2"),
            ],
        ),
    ]
    unsolved = [m.name for m in found if m.alone_s is None]
    if unsolved:
        parts.insert(1, f"Not solved: {', '.join(unsolved)}. There, results and writing are of made-up values.")
    return "\n\n".join(parts)


Row = tuple[object, ...]


def _ways(by_size: Sequence[Mapping[str, Way]], names: Sequence[str]) -> Iterator[Row]:
    for field, unit in (("seconds", "s"), ("added_mib", "MiB added"), ("peak_mib", "peak MiB")):
        yield from _field(by_size, names, field, unit)


def _field(by_size: Sequence[Mapping[str, Way]], names: Sequence[str], field: str, unit: str) -> Iterator[Row]:
    for name in names:
        yield f"{name}, {unit}", *(getattr(ways[name], field) if name in ways else None for ways in by_size)


def _over(by_size: Sequence[Mapping[str, Way]], name: str, other: str, goal: str) -> Row:
    shares = (ways[name].seconds / ways[other].seconds if name in ways else None for ways in by_size)
    return f"{name} over {other} (goal: {goal})", *shares


def main() -> None:
    parser = measure.parser(__doc__)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=[name for name in SIZES if name not in LARGE])
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--no-solve", action="store_true")
    parser.add_argument("--solve-up-to", type=int, default=120_000, metavar="COLUMNS")
    given = parser.parse_args()
    names = [*given.sizes, *(name for name in LARGE if given.large and name not in given.sizes)]
    print(measure.machine())
    print(report([measured(name, SIZES[name], 0 if given.no_solve else given.solve_up_to) for name in names]))
    print(measure.load())


if __name__ == "__main__":
    main()
