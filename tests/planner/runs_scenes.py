"""A workbook with scenarios that solve in a moment, and how to run it and compare what it gives.

In the base 1 k of chip is bought for 10 MUSD, or rented at 8.76 MUSD a year in each of two years.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from planner import runs
from tests.independent.cases.workbook import Workbook, base, cloud

COST_MUSD = {"base": 10.0, "dear": 17.52, "cheap": 5.0, "rented": 8.76}
"""Of dear chips, at 20 MUSD, none is bought; rented at half the price it is 4.38 a year."""


def scenarios(*more: str) -> Workbook:
    """The scenarios dear, cheap and rented, and others by name: `wrong`, a price below 0; `hopeless`, without chips;
    `aside`, a price of 15 MUSD, which isn't run unless named."""
    book = base(2)
    book.add("clouds", **cloud("pool", 1))
    chips = {"dear": 2.0, "cheap": 0.5, "wrong": -1.0, "aside": 1.5}
    for name in ("dear", "cheap", "rented", *more):
        run = "no" if name == "aside" else "yes"
        book.add("scenarios", scenario=name, parents=None, title=f"the {name} one", run=run)
        if name in chips:
            change(book, name, "accelerators", "price_usd", "multiply", chips[name])
    change(book, "rented", "clouds", "usd_per_hour", "multiply", 0.5)
    if "hopeless" in more:
        change(book, "hopeless", "accelerators", "release", "set", "2035-01")
        change(book, "hopeless", "clouds", "max_units", "set", 0)
        change(book, "hopeless", "workloads", "unserved_usd_per_mtoken", "set", None)
    return book


def change(book: Workbook, scenario: str, sheet: str, field: str, how: str, value: Any) -> None:
    rows = book.setdefault("scenario_changes", [])
    step = 1 + sum(row["scenario"] == scenario for row in rows)
    rows.append(
        {"scenario": scenario, "step": step, "sheet": sheet, "rows": None, "field": field, "change": how}
        | {"value": value, "lever": sheet}
    )


class Told(list[str]):
    """The progress lines of a run; `then` is called with each."""

    def __init__(self, then: Callable[[str], None] = lambda line: None) -> None:
        super().__init__()
        self._then = then

    def __call__(self, line: str) -> None:
        self.append(line)
        self._then(line)

    def holds(self, *words: str) -> bool:
        return any(all(word in line for word in words) for line in self)


def run(workbook: Path, out: Path, told: Told | None = None, **how: Any) -> int:
    return runs.run(workbook, out, command=["planner", "run"], progress=told if told is not None else Told(), **how)


def results(run_folder: Path) -> dict[str, bytes]:
    """All that must be the same however it was run: everything but the solver's log and the manifest, which tell
    times."""
    return {
        str(file.relative_to(run_folder)): file.read_bytes()
        for file in sorted(run_folder.rglob("*"))
        if file.is_file() and file.name not in ("solver.log", "manifest.json")
    }


def leftovers(place: Path) -> list[str]:
    """Hidden files and folders beside a run folder."""
    return sorted(path.name for path in place.parent.iterdir() if path.name.startswith("."))
