"""What a comparison solved for, kept beside its run: neither a report nor the next comparison solves it again.

Each entry stands with the identities of the scenarios that it is of (`runs.identity`), as the run's manifest has them:
a scenario that was solved anew, of changed inputs or by changed code, makes the entry void.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from planner import __version__
from planner.compare.bridge import Bridge
from planner.compare.regret import Regret
from planner.compare.solved import ALTERNATIVES, BRIDGE, NOTHING, REGRET, TRADE_OFF, Solved
from planner.runs.folder import BY_SCENARIO, MANIFEST, write_json

Found = TypeVar("Found")
PLACE = Path("report") / "solved.json"
CLASSES: Mapping[str, Callable[..., Any]] = {one.__name__: one for one in (Bridge, Regret)}
FRAME = "frame"
PLANNER = "planner "
"""Stands with the scenarios' identities for our own version; no scenario can be called so."""


class Kept:
    """The entries of a run folder; those that are void count as none."""

    def __init__(self, run: Path) -> None:
        self._place = run / PLACE
        records = json.loads((run / MANIFEST).read_text(encoding="utf-8"))[BY_SCENARIO]
        self._identity = {name: record.get("identity", "") for name, record in records.items()}
        entries: dict[str, Any] = {}
        if self._place.is_file():
            entries = json.loads(self._place.read_text(encoding="utf-8"))
        self._entries = {key: entry for key, entry in entries.items() if entry["of"] == self._of(entry["of"])}

    def made(self, view: str, key: str, scenarios: Sequence[str], make: Callable[[], Found]) -> Found:
        """The entry of a view, made and kept where there is none of these scenarios, in this order. `key` tells the
        entries of a view apart."""
        name, of = f"{view}: {key}", self._of(scenarios)
        if self._entries.get(name, {}).get("of") != of:
            found = make()
            self._entries[name] = {"of": of, "found": _plain(found)}
            self._place.parent.mkdir(exist_ok=True)
            write_json(self._place, self._entries)
            return found
        again: Found = _again(self._entries[name]["found"])
        return again

    def all_of(self, view: str) -> list[Any]:
        """The entries of a view, in the order they were made."""
        return [_again(entry["found"]) for name, entry in self._entries.items() if name.startswith(f"{view}: ")]

    def _of(self, scenarios: Collection[str]) -> dict[str, str]:
        return {one: self._identity.get(one, "") for one in scenarios} | {PLANNER: __version__}


def load(run: Path) -> Solved:
    """All that comparisons of a run have solved for and that still holds; empty where they haven't."""
    kept = Kept(run)
    regrets, ranges = kept.all_of(REGRET), kept.all_of(ALTERNATIVES)
    found = Solved(
        bridges=kept.all_of(BRIDGE),
        regret=regrets[-1] if regrets else None,
        ranges=ranges[-1][0] if ranges else None,
        unlike=ranges[-1][1] if ranges else None,
        curves=kept.all_of(TRADE_OFF),
        value_served=any(one.value_served for one in [*kept.all_of(BRIDGE), *regrets]),
    )
    return found if found.tables else NOTHING


def _plain(found: Any) -> Any:
    if isinstance(found, pd.DataFrame):
        return {FRAME: {str(name): found[name].tolist() for name in found.columns}}
    if is_dataclass(found):
        return {type(found).__name__: {one.name: _plain(getattr(found, one.name)) for one in fields(found)}}
    if isinstance(found, list | tuple):
        return [_plain(one) for one in found]
    return found


def _again(plain: Any) -> Any:
    if isinstance(plain, list):
        return tuple(_again(one) for one in plain)
    if not isinstance(plain, dict):
        return plain
    ((name, content),) = plain.items()
    if name == FRAME:
        return pd.DataFrame(content)
    return CLASSES[name](**{field: _again(one) for field, one in content.items()})
