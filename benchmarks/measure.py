"""What all benchmarks share: processor seconds by stage, peak memory of a process of its own, machine and tables."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
INDIA = ROOT / "inputs" / "india.xlsx"
VERSIONS = ("numpy", "scipy", "pandas", "pyomo", "highspy", "linopy")
KIB_PER_MIB = 1024


@dataclass(frozen=True)
class Apart:
    """What a function gave in a process of its own. `start_mib` is that process's memory at its largest before the
    function began, imports included; `peak_mib` at its end."""

    answer: Any
    start_mib: float
    peak_mib: float


def apart(function: Callable[..., Any], *given: Any, **named: Any) -> Apart:
    """Call a function of a module in a new process. What it raises is raised here."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_called, function, given, named).result()


def _called(function: Callable[..., Any], given: Sequence[Any], named: Mapping[str, Any]) -> Apart:
    start = peak_mib()
    answer = function(*given, **named)
    return Apart(answer, start, peak_mib())


def peak_mib() -> float:
    """Largest memory of this process so far. Linux tells its own, which a new process doesn't inherit from the one
    that made it; elsewhere `getrusage`."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) / KIB_PER_MIB
    import resource

    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / KIB_PER_MIB / (KIB_PER_MIB if sys.platform == "darwin" else 1)


class Stopwatch:
    """Seconds of the processor by stage, all threads together, so that a busy machine changes little."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        begun = time.process_time()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.process_time() - begun

    def around(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with the seconds of its calls counted."""

        def counted(*given: Any, **named: Any) -> Any:
            with self.timed(stage):
                return function(*given, **named)

        return counted


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table in Markdown that reads well as text: the first column to the left, figures to the right."""
    texts = [list(head), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(len(line[i]) for line in texts) for i in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *rest = (
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "| " + " | ".join([first, *rest]) + " |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(texts[0]), line(rule), *(line(cells) for cells in texts[1:])])


def _text(cell: Any) -> str:
    if cell is None or cell != cell:
        return "–"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.2f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def ratio(part: float | None, whole: float | None) -> float | None:
    """A share of two figures; None where one wasn't measured."""
    return None if part is None or not whole else part / whole


def machine() -> str:
    """Processor, cores, memory and versions, in a sentence."""
    model = platform.processor() or platform.machine()
    described = Path("/proc/cpuinfo")
    if described.exists():
        names = [line.split(":", 1)[1].strip() for line in described.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    gib = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        gib = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB of memory"
    found = {}
    for name in VERSIONS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    versions = ", ".join(f"{name} {version}" for name, version in found.items())
    return f"{model}, {os.cpu_count()} cores{gib}; {platform.system()}, Python {platform.python_version()}, {versions}."


def load() -> str:
    """How busy the machine is, in a sentence."""
    if not hasattr(os, "getloadavg"):
        return ""
    waiting, cores = os.getloadavg()[1], os.cpu_count() or 1
    others = "other work ran beside" if waiting > 1.5 else "little else ran beside"
    return f"{others}: {waiting:.1f} processes wanted the {cores} cores over the last five minutes."


def parser(text: str | None) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
