"""What-ifs of a workbook, one after the other from the base's solution, and some of them as runs of their own from
nothing: what the start saves, and whether both prove the same.

    python -m benchmarks.whatifs [WORKBOOK] [--count 50] [--cold 10 | --all] [--only TEXT] [--relaxed]

--cold says how many of them are also run from nothing; --only the changes with TEXT in their name; --relaxed takes
fractions for whole numbers. Seconds are the processor's, so that a busy machine changes little: of a what-if those of
applying the change, building and solving; of a run from nothing those of its whole process, which also starts and reads
the workbook. Iterations are of simplex.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import measure
from benchmarks.measure import INDIA, apart, table
from planner import scenarios, workbook
from planner.plan import Programme, planned, programme, relaxed, relaxed_start, start_of
from planner.solve import Solution
from planner.solve.carry import Start

ITERATIONS = re.compile(r"(?:Simplex   iterations|Crossover iterations): (\d+)")
SINGLE: Mapping[str, Mapping[str, Sequence[str]]] = {
    "chips": {"accelerators.price_usd *=": ["0.7", "0.85", "1.15", "1.3", "1.5"]},
    "price decline": {"accelerators.price_decline_per_year +=": ["-0.05", "0.05"]},
    "energy": {"energy_prices.usd_per_mwh *=": ["1.3", "0.8", "1.15", "0.9"]},
    "halls": {"sites.fitout_usd_per_w *=": ["1.2", "0.8"]},
    "clouds": {"clouds.usd_per_hour *=": ["0.8", "1.25"]},
    "discount rate": {"programme.discount_rate =": ["0.1", "0.04"]},
    "grid leads": {"grid_offers.lead_months +=": ["12", "6", "24"]},
    "grid delay": {"programme.grid_delay =": ["high", "low"]},
    "chip leads": {"accelerators.lead_months +=": ["6", "12"]},
    "licences": {"export_licences.mtpp *=": ["0.5", "1.5"]},
    "supply": {"supply.max_units *=": ["0.8", "0.5", "1.25"]},
    "cloud room": {"clouds.max_units *=": ["0.5", "2"]},
    "budget L1": {"budgets[layer=L1].musd *=": ["0.8", "1.2"]},
    "budget L2": {"budgets[layer=L2].musd *=": ["0.8", "1.2"]},
    "budget L3": {"budgets[layer=L3].musd *=": ["0.9", "1.1"]},
    "sufficiency": {"sufficiency[share>=0.05].share +=": ["-0.05", "-0.02"]},
    "demand tiers": {"programme.demand_tiers =": ["public", "public_regulated"]},
}
"""By name, the start of a change and the values that it is tried with."""
JOINT: Mapping[str, Sequence[str]] = {"demand": ["1.2", "0.8", "0.9", "1.1"], "export caps": ["0.5", "0.75", "1.5"]}
"""Factors of what stands in several columns."""


@dataclass(frozen=True)
class Solved:
    """A solve and the seconds of the processor that it took, with what came before it."""

    objective: float
    gap: float
    status: str
    begun: str
    iterations: int
    seconds: float

    @classmethod
    def of(cls, solution: Solution, seconds: float) -> Solved:
        proof = solution.proof
        begun = "; ".join(str(proof[key]) for key in ("start", "plan_before") if key in proof)
        iterations = sum(map(int, ITERATIONS.findall(solution.log)))
        return cls(solution.objective, solution.gap, solution.status, begun, iterations, seconds)


def changes(book: workbook.Opened, count: int | None = None) -> dict[str, list[str]]:
    """By name, the texts of each change: of every kind the first, then of every kind the second, until `count`."""
    filled = book.filled
    caps = filled["export_caps"].frame
    joint = {
        "demand": ["demand.input_t_per_year", "demand.output_t_per_year"],
        "export caps": [
            f"export_caps.{name}" for name in ("mtpp", "h100e", "units", "share") if caps[name].notna().any()
        ],
    }
    kinds = [
        [
            (f"{name} {start.split()[-1]} {value}", [f"{start} {value}"])
            for start, values in kind.items()
            for value in values
        ]
        for name, kind in SINGLE.items()
        if filled[next(iter(kind)).split(".")[0].split("[")[0]].frame.size
    ]
    kinds += [
        [(f"{name} *= {value}", [f"{field} *= {value}" for field in fields]) for value in JOINT[name]]
        for name, fields in joint.items()
        if fields
    ]
    sites = [str(site) for site in filled["sites"].frame["site"]]
    kinds.append([(f"without {site}", [f"sites[site={site}] remove"]) for site in reversed(sites[1:])])
    turns = itertools.zip_longest(*kinds)
    return dict(list(itertools.islice((one for turn in turns for one in turn if one is not None), count)))


def asked(book: workbook.Opened, texts: Sequence[str]) -> Programme:
    return programme(scenarios.applied(book, scenarios.what_if(book, texts)).inputs)


def warm(book: workbook.Opened, texts: Sequence[str], start: Start | None, *, fractions: bool) -> Solved:
    begun = time.process_time()
    of = asked(book, texts)
    solution = relaxed(of, start) if fractions else planned(of, start=start).solution
    return Solved.of(solution, time.process_time() - begun)


def cold(path: Path, texts: Sequence[str], *, fractions: bool) -> Solved:
    """A what-if from nothing; for a process of its own, all of whose seconds count."""
    of = asked(workbook.opened(path), texts)
    solution = relaxed(of, None) if fractions else planned(of).solution
    return Solved.of(solution, time.process_time())


@dataclass(frozen=True)
class Base:
    """What the what-ifs start from, and the seconds it took from opening the workbook on."""

    book: workbook.Opened
    start: Start | None
    solved: Solved


def base(path: Path, *, fractions: bool) -> Base:
    begun = time.process_time()
    book = workbook.opened(path)
    of = programme(scenarios.applied(book, scenarios.scenarios(book)[scenarios.BASE]).inputs)
    if fractions:
        solution = relaxed(of, None)
        start = relaxed_start(of, solution)
    else:
        made = planned(of)
        solution, start = made.solution, start_of(made)
    return Base(book, start, Solved.of(solution, time.process_time() - begun))


Row = tuple[str, Solved | None, Solved]


def rows(
    path: Path, of: Base, texts: Mapping[str, Sequence[str]], cold_count: int, *, fractions: bool
) -> Iterator[Row]:
    """Each what-if from the base, and as many as are asked for, spread evenly, from nothing too."""
    also = {round((i + 0.5) * len(texts) / cold_count - 0.5) for i in range(cold_count)}
    for i, (name, change) in enumerate(texts.items()):
        again = apart(cold, path, change, fractions=fractions).answer if i in also else None
        yield name, again, warm(of.book, change, of.start, fractions=fractions)


def report(of: Base, found: Sequence[Row]) -> str:
    """The table, and what it comes to."""
    both = [(one, two) for _, one, two in found if one is not None]
    warm_s = sum(two.seconds for _, _, two in found)
    fallen = sum("from nothing" in two.begun for _, _, two in found)
    fallen_s = sum(two.seconds for _, _, two in found if "from nothing" in two.begun)
    lines = [
        f"The base: {of.solved.seconds:.1f} s, {of.solved.status}, gap {of.solved.gap:.2%}.",
        table(
            ("change", "cold s", "warm s", "ratio", "cold it", "warm it", "differs", "gap", "begun"), map(_line, found)
        ),
        f"{len(found)} what-ifs from the base took {warm_s:.0f} s, {warm_s / len(found):.1f} s each; {fallen} fell "
        f"back to a solve from nothing, which took {fallen_s:.0f} s of it.",
    ]
    if both:
        cold_s = sum(one.seconds for one, _ in both)
        each_s = cold_s / len(both)
        lines.append(
            f"{len(both)} of them from nothing took {cold_s:.0f} s, {each_s:.1f} s each. As many runs from nothing as "
            f"there are what-ifs would take {each_s * len(found):.0f} s; from the base they took "
            f"{warm_s / each_s / len(found):.2f} of it (goal 0.1), with the base's own solve "
            f"{(of.solved.seconds + warm_s) / each_s / len(found):.2f}."
        )
    return "\n\n".join(lines)


def _line(row: Row) -> tuple[object, ...]:
    name, one, two = row
    ended = f"{two.gap:.2%}" if two.gap == two.gap else two.status
    if one is None:
        return name, None, two.seconds, None, None, two.iterations, None, ended, two.begun
    differs = (two.objective - one.objective) / max(1.0, abs(one.objective))
    told = f"{differs:.1e}" if differs == differs else f"{one.status}, {two.status}"
    return (
        name,
        one.seconds,
        two.seconds,
        two.seconds / one.seconds,
        one.iterations,
        two.iterations,
        told,
        ended,
        two.begun,
    )


def main() -> None:
    parser = measure.parser(__doc__)
    parser.add_argument("workbook", nargs="?", type=Path, default=INDIA)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--cold", type=int, default=10)
    parser.add_argument("--all", action="store_true", help="all of them from nothing too")
    parser.add_argument("--only", default="")
    parser.add_argument("--relaxed", action="store_true")
    given = parser.parse_args()
    print(measure.machine())
    of = base(given.workbook, fractions=given.relaxed)
    texts = {name: change for name, change in changes(of.book, given.count).items() if given.only in name}
    count = len(texts) if given.all else min(given.cold, len(texts))
    found = []
    for row in rows(given.workbook, of, texts, count, fractions=given.relaxed):
        found.append(row)
        print(f"  {row[0]}: {row[2].seconds:.1f} s", flush=True)
    print(report(of, found))
    print(measure.load())


if __name__ == "__main__":
    main()
