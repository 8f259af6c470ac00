"""What a run prints: the base's answer, the scoreboard of its scenarios in 80 columns, and what to do next."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planner.runs import BASE
from planner.wording import number

WIDTH = 80
LONGEST_NAME = 29


def scoreboard(entries: Mapping[str, Any]) -> list[str]:
    """A line a scenario: status, discounted cost (of the base; of the others the difference from it), share of the
    demand in reach that is served, halls at the end. Of what has no plan, why, in as many lines as it takes. `entries`:
    by name, with `status`, `figures` and `record`."""
    width = min(LONGEST_NAME, max(len("scenario"), *map(len, entries)))
    base = entries[BASE].figures.get("cost_musd")
    lines = [f"{'scenario':<{width}}  {'status':<10}{'bn USD':>9}{'%':>9}{'served':>9}{'halls MW':>10}"]
    for name, entry in entries.items():
        begins = f"{_short(name, width):<{width}}  {entry.status:<10}"
        if "cost_musd" in entry.figures:
            difference = base if name != BASE and base is not None else None
            lines.append(begins + _figures(entry.figures, difference))
        else:
            reason = str(entry.record.get("reason", ""))
            wrap = textwrap.TextWrapper(WIDTH, f"{begins} ", " " * (len(begins) + 1), break_on_hyphens=False)
            lines += wrap.wrap(reason) or [begins.rstrip()]
    return lines


def next_step(place: Path) -> str:
    return f"Run folder: {place}\nNext: planner compare {place}"


def _figures(figures: Mapping[str, Any], base_musd: float | None) -> str:
    cost = figures["cost_musd"]
    asked = figures["served_t"] + figures["unserved_t"]
    served = figures["served_t"] / asked if asked else 1.0
    shown, share = f"{cost / 1000:.2f}", ""
    if base_musd is not None:
        shown = f"{_unsigned((cost - base_musd) / 1000, 2):+.2f}"
        share = f"{_unsigned(100 * (cost - base_musd) / abs(base_musd), 1):+.1f}" if base_musd else ""
    return f"{shown:>9}{share:>9}{f'{served:.1%}':>9}{number(figures['hall_mw_end']):>10}"


def _unsigned(value: float, digits: int) -> float:
    """Rounded, and 0 where that is 0: no -0."""
    return round(value, digits) or 0.0


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
