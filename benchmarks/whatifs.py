"""What-ifs of a workbook, each solved from nothing and from the base's solution: what the start saves, and whether both
prove the same.

    python benchmarks/whatifs.py [WORKBOOK] [--relaxed] [--only TEXT] [--warm]

--relaxed takes fractions for whole numbers; --only the changes with TEXT in their name; --warm leaves out the solves
from nothing. Seconds are the processor's, so that a busy machine changes little, and of the solve alone; iterations are
of simplex, over the whole solve.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from planner import scenarios, workbook
from planner.plan import Programme, Start, planned, programme, relaxed, relaxed_start, start_of
from planner.solve import Solution

ITERATIONS = re.compile(r"(?:Simplex   iterations|Crossover iterations): (\d+)")
HEAD = (
    f"{'change':22}{'cold s':>9}{'warm s':>9}{'ratio':>7}{'cold it':>9}{'warm it':>9}{'differs':>10}{'gap':>8}  begun"
)


@dataclass(frozen=True)
class Solved:
    """A solve and the seconds of the processor that it took."""

    solution: Solution
    seconds: float

    @property
    def iterations(self) -> int:
        return sum(map(int, ITERATIONS.findall(self.solution.log)))

    @property
    def begun(self) -> str:
        proof = self.solution.proof
        return "; ".join(str(proof[key]) for key in ("start", "plan_before") if key in proof)


def changes(book: workbook.Opened) -> Mapping[str, Sequence[str]]:
    """By name, the texts of each change."""
    filled = book.filled
    site = str(filled["sites"].frame["site"].iloc[-1])
    caps = filled["export_caps"].frame
    measures = [name for name in ("mtpp", "h100e", "units", "share") if caps[name].notna().any()]
    everything = {
        "chips x 0.7": ["accelerators.price_usd *= 0.7"],
        "price decline - 0.05": ["accelerators.price_decline_per_year += -0.05"],
        "grid leads + 12": ["grid_offers.lead_months += 12"],
        "grid delay high": ["programme.grid_delay = high"],
        "export caps x 0.5": [f"export_caps.{name} *= 0.5" for name in measures],
        "budget L2 x 0.8": ["budgets[layer=L2].musd *= 0.8"],
        "demand x 1.2": ["demand.input_t_per_year *= 1.2", "demand.output_t_per_year *= 1.2"],
        "sufficiency - 0.05": ["sufficiency[share>=0.05].share += -0.05"],
        "energy x 1.3": ["energy_prices.usd_per_mwh *= 1.3"],
        f"without {site}": [f"sites[site={site}] remove"],
        "public demand only": ["programme.demand_tiers = public"],
        "discount rate 0.1": ["programme.discount_rate = 0.1"],
    }
    return {name: texts for name, texts in everything.items() if texts}


def asked(book: workbook.Opened, texts: Sequence[str]) -> Programme:
    return programme(scenarios.applied(book, scenarios.what_if(book, texts)).inputs)


def solved(of: Programme, start: Start | None, *, fractions: bool) -> Solved:
    begun = time.process_time()
    solution = relaxed(of, start) if fractions else planned(of, start=start).solution
    return Solved(solution, time.process_time() - begun)


def rows(path: Path, only: str, *, fractions: bool, warm_only: bool) -> Iterator[tuple[str, Solved | None, Solved]]:
    """Each what-if, from nothing and from the base."""
    book = workbook.opened(path)
    of_base = programme(scenarios.applied(book, scenarios.scenarios(book)[scenarios.BASE]).inputs)
    begun = time.process_time()
    base = planned(of_base)
    print(f"base: {time.process_time() - begun:.1f} s, {base.solution.status}, gap {base.solution.gap:.2%}", flush=True)
    start = start_of(base)
    if fractions:
        start = relaxed_start(of_base, solved(of_base, start, fractions=True).solution)
    for name, texts in changes(book).items():
        if only in name:
            of = asked(book, texts)
            cold = None if warm_only else solved(of, None, fractions=fractions)
            yield name, cold, solved(of, start, fractions=fractions)


def line(name: str, cold: Solved | None, warm: Solved) -> str:
    ended = f"{warm.solution.gap:8.2%}" if warm.solution.x.size else f"{warm.solution.status:>8.8}"
    if cold is None:
        return f"{name:22}{'':9}{warm.seconds:9.2f}{'':16}{warm.iterations:9}{'':10}{ended}  {warm.begun}"
    differs = (warm.solution.objective - cold.solution.objective) / max(1.0, abs(cold.solution.objective))
    ratio = cold.seconds / warm.seconds
    return (
        f"{name:22}{cold.seconds:9.2f}{warm.seconds:9.2f}{ratio:7.1f}{cold.iterations:9}{warm.iterations:9}"
        f"{differs:10.1e}{ended}  {warm.begun}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workbook", nargs="?", type=Path, default=Path("inputs/india.xlsx"))
    parser.add_argument("--relaxed", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--warm", action="store_true")
    given = parser.parse_args()
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("highspy", "numpy", "scipy"))
    print(f"{given.workbook.name}; Python {platform.python_version()}, {versions}; {os.cpu_count()} cores")
    print(HEAD)
    cold_s = warm_s = 0.0
    fallen_back = count = 0
    for name, cold, warm in rows(given.workbook, given.only, fractions=given.relaxed, warm_only=given.warm):
        print(line(name, cold, warm), flush=True)
        count += 1
        cold_s += 0.0 if cold is None else cold.seconds
        warm_s += warm.seconds
        fallen_back += "from nothing" in warm.begun
    against = "" if given.warm else f", from nothing {cold_s:.1f} s, {cold_s / max(warm_s, 1e-9):.1f} times as long"
    print(f"{count} what-ifs: from the base {warm_s:.1f} s{against}; {fallen_back} fell back to a solve from nothing")


if __name__ == "__main__":
    main()
