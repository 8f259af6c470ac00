"""How time and memory grow with the programme: from inputs to arrays (build), and from a solution to result tables
(results).

    python -m benchmarks.growth [--only sites hours] [--repeat 2]

India's workbook with more of one thing and of the rest as much as it has; nothing is solved, results are of made-up
values. The exponent is the slope of the logarithm of seconds (of the processor), or of the memory that the programme
adds to the process, against that of the number of things. Non-zeros tell how the programme itself grows: where they
grow faster than the thing (machines of every year of purchase in every later year), so must all else.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import measure
from benchmarks.measure import INDIA, apart, peak_mib, table

AGAINST: Mapping[str, Sequence[int]] = {
    "sites": (14, 28, 56, 112),
    "periods": (11, 22, 44),
    "days": (8, 16, 32),
    "accelerators": (14, 28, 56),
    "workloads": (26, 52, 104),
    "scenarios": (2, 4, 8),
}
"""What there is more of, and how many; days are typical days of 24 hours."""
SMALL = {"sites": 2, "periods": 3, "days": 1}
GOAL = 1.1


@dataclass(frozen=True)
class Taken:
    """Of a programme, or of several one after the other."""

    columns: int
    non_zeros: int
    build_s: float
    results_s: float
    mib: float


def taken(dimension: str, count: int, repeat: int, path: Path = INDIA) -> Taken:
    """What so many take; for a process of its own. Of several goes the quickest counts; a small programme goes first,
    as what is loaded at first use is no growth."""
    from benchmarks.scaled import scaled
    from planner import scenarios, workbook

    book = workbook.opened(path)
    inputs = book.findings.inputs
    assert inputs is not None
    _once([scaled(inputs, **SMALL)])
    if dimension == "scenarios":
        every = list(scenarios.scenarios(book).values())
        asked = [scenarios.applied(book, every[i % len(every)]).inputs for i in range(count)]
    else:
        asked = [scaled(inputs, **{dimension: count})]
    before = peak_mib()
    goes = [_once(asked) for _ in range(repeat)]
    size, build_s, results_s = goes[0][0], min(go[1] for go in goes), min(go[2] for go in goes)
    return Taken(*size, build_s, results_s, peak_mib() - before)


def _once(asked: Sequence[Any]) -> tuple[tuple[int, int], float, float]:
    from benchmarks.scaled import made_up
    from planner.plan import programme
    from planner.results import headline, tables

    columns = non_zeros = 0
    build_s = results_s = 0.0
    for inputs in asked:
        begun = time.process_time()
        of = programme(inputs)
        built = time.process_time()
        made = made_up(of)
        mark = time.process_time()
        headline(made, tables(made))
        build_s += built - begun
        results_s += time.process_time() - mark
        columns += of.arrays.matrix.shape[1]
        non_zeros += of.arrays.matrix.nnz
    return (columns, non_zeros), build_s, results_s


def exponent(counts: Sequence[float], figures: Sequence[float]) -> float:
    """Slope of the line of least squares through the logarithms."""
    return float(np.polyfit(np.log(counts), np.log(np.maximum(figures, 1e-9)), 1)[0])


def report(found: Mapping[str, Mapping[int, Taken]]) -> str:
    lines = []
    for dimension, by_count in found.items():
        counts, figures = list(by_count), list(by_count.values())
        largest = figures[-1]
        slopes = [
            exponent(counts, [getattr(one, name) for one in figures])
            for name in ("non_zeros", "build_s", "results_s", "mib")
        ]
        tried = ", ".join(map(str, counts))
        lines.append((dimension, tried, *slopes, largest.columns, largest.build_s, largest.results_s, largest.mib))
    head = (
        "against", "tried", "non-zeros ^", "build ^", "results ^", "memory ^",
        "largest: columns", "build s", "results s", "MiB added",
    )  # fmt: skip
    return table(head, lines) + f"\n\n^: exponent; the goal for build and results is at most {GOAL}."


def main() -> None:
    parser = measure.parser(__doc__)
    parser.add_argument("--only", nargs="+", choices=AGAINST, default=list(AGAINST))
    parser.add_argument("--repeat", type=int, default=2)
    given = parser.parse_args()
    print(measure.machine())
    print(report({name: measured(name, AGAINST[name], given.repeat) for name in given.only}))
    print(measure.load())


def measured(dimension: str, counts: Sequence[int], repeat: int, path: Path = INDIA) -> dict[int, Taken]:
    """Each number of things in a process of its own."""
    return {count: apart(taken, dimension, count, repeat, path).answer for count in counts}


if __name__ == "__main__":
    main()
