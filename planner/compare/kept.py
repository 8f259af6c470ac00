"""What a comparison solved for, and what plans told when they were opened again, kept beside the run: neither a report
nor the next comparison does it again.

Each entry stands with the identities of the scenarios that it is of (`runs.identity`), as the run's manifest has them:
a scenario that was solved anew, of changed inputs or by changed code, makes the entry void. What can't be read counts
as void too, and is told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from planner import __version__
from planner.compare import alternatives, bridge, frontier, regret
from planner.compare.bridge import Bridge
from planner.compare.cases import CALENDAR, MODELS, Case
from planner.compare.insight import OPENED, ORDERS, WORTH, Insight, insight
from planner.compare.regret import Regret
from planner.compare.solved import ALTERNATIVES, BRIDGE, NOTHING, REGRET, TRADE_OFF, Forgets, Keeper, Solved
from planner.questions.again import records_of
from planner.runs.folder import write_json
from planner.runs.identity import programs

Found = TypeVar("Found")
Progress = Callable[[str], None]
PLACE = Path("report") / "solved.json"
PLACE_OF_OPENED = Path("report") / "opened.json"
CLASSES: Mapping[str, Callable[..., Any]] = {one.__name__: one for one in (Bridge, Regret)}
FRAME = "frame"
PLANNER = "planner "
"""Stands with the scenarios' identities for our own version; no scenario can be called so."""
Columns = tuple[str, ...]
SHAPES: Mapping[str, tuple[type, tuple[Columns, ...]]] = {
    BRIDGE: (Bridge, (bridge.COLUMNS,)),
    REGRET: (Regret, (regret.TABLE, regret.SUMMARY, regret.NO_REGRET)),
    regret.LIVED: (pd.DataFrame, (regret.LIFE,)),
    ALTERNATIVES: (tuple, (alternatives.RANGES, alternatives.UNLIKE)),
    TRADE_OFF: (pd.DataFrame, (frontier.COLUMNS,)),
    OPENED: (tuple, (WORTH, ORDERS, CALENDAR, MODELS)),
}
"""What an entry of each view is, and the columns of its frames."""


class Kept:
    """The entries of a file in a run folder; those that are void count as none. `code`: a hash of the code that entries
    depend on beside the run and our version. `void`: what becomes of what a broken file kept, said by `progress`.
    Raises Unusable where the run's manifest is too old to tell the identities of its scenarios."""

    def __init__(
        self,
        run: Path,
        progress: Progress | None = None,
        *,
        place: Path = PLACE,
        code: str = "",
        void: str = "is solved again",
    ) -> None:
        self._place, self._void = run / place, void
        self._say = progress or (lambda line: None)
        self._identity = {name: str(record.get("identity", "")) for name, record in records_of(run).items()}
        self._planner = {PLANNER: f"{__version__} {code}".strip()}
        self._entries: dict[str, dict[str, Any]] = {}
        self._found: dict[str, Any] = {}
        for name, entry in self._read().items():
            self._take(name, entry)

    def made(self, view: str, key: str, scenarios: Sequence[str], make: Callable[[], Found]) -> Found:
        """The entry of a view, made and kept where there is none of these scenarios, in this order. `key` tells the
        entries of a view apart."""
        if not self.knows(view, key, scenarios):
            self.keep(view, key, scenarios, make())
        again: Found = self._found[f"{view}: {key}"]
        return again

    def knows(self, view: str, key: str, scenarios: Sequence[str]) -> bool:
        """Whether there is an entry of a view, of these scenarios in this order."""
        return bool(self._entries.get(f"{view}: {key}", {}).get("of") == self._of(scenarios))

    def keep(self, view: str, key: str, scenarios: Sequence[str], found: Any) -> None:
        """Keep an entry of a view, in place of any that there was."""
        name = f"{view}: {key}"
        self._entries[name], self._found[name] = {"of": self._of(scenarios), "found": _plain(found)}, found
        self._write()

    def all_of(self, view: str) -> list[Any]:
        """The entries of a view, in the order they were made."""
        return [found for name, found in self._found.items() if name.startswith(f"{view}: ")]

    def _of(self, scenarios: Collection[str]) -> dict[str, str]:
        return {one: self._identity.get(one, "") for one in scenarios} | self._planner

    def _read(self) -> dict[str, Any]:
        if not self._place.is_file():
            return {}
        try:
            entries = json.loads(self._place.read_text(encoding="utf-8"))
        except ValueError as fault:
            self._say(f"{self._place} can't be read ({fault}): what it kept {self._void}")
            return {}
        if not isinstance(entries, dict):
            self._say(f"{self._place} can't be read (it is no table of entries): what it kept {self._void}")
            return {}
        return entries

    def _take(self, name: str, entry: Any) -> None:
        """An entry of the file, if it isn't void."""
        try:
            if entry["of"] != self._of(entry["of"]):
                return
            found = _again(entry["found"])
            if not _fits(name.partition(": ")[0], found):
                raise TypeError(f"it is not what {name.partition(': ')[0]} is made of")
        except (AttributeError, KeyError, TypeError, ValueError) as fault:
            self._say(f"{self._place}: the entry {name!r} can't be read ({fault}): it {self._void}")
            return
        self._entries[name], self._found[name] = entry, found

    def _write(self) -> None:
        try:
            self._place.parent.mkdir(exist_ok=True)
            write_json(self._place, self._entries)
        except OSError as fault:
            self._say(f"{self._place} can't be written ({fault.strerror}): what is made now isn't kept")


def load(run: Path, progress: Progress | None = None) -> Solved:
    """All that comparisons of a run have solved for and that still holds; empty where they haven't. Raises Unusable."""
    kept = Kept(run, progress, void="is left out until `planner compare` solves it again")
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


def insights(among: Sequence[Case], progress: Progress) -> dict[str, Insight]:
    """What the programmes of cases tell, by their names. Each plan is opened once: what it told is kept beside its run,
    where that is of when scenarios had identities."""
    keepers: dict[Path, Keeper] = {}
    found: dict[str, Insight] = {}
    for case in among:
        if not case.record.get("identity"):
            found[case.name] = insight(case, Forgets(), progress)
            continue
        if case.run not in keepers:
            keepers[case.run] = Kept(
                case.run, progress, place=PLACE_OF_OPENED, code=_code(), void="is read from the plan again"
            )
        found[case.name] = insight(case, keepers[case.run], progress)
    return found


def _code() -> str:
    """Hash of the code that tells what a plan is worth: all that computes, and ours."""
    digest = hashlib.sha256(programs()["code"].encode())
    for name in ("insight.py", "orders.py"):
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()


def _plain(found: Any) -> Any:
    if isinstance(found, pd.DataFrame):
        return {FRAME: {str(name): found[name].tolist() for name in found.columns}}
    if is_dataclass(found):
        return {type(found).__name__: {one.name: _plain(getattr(found, one.name)) for one in fields(found)}}
    if isinstance(found, list | tuple):
        return [_plain(one) for one in found]
    return found


def _again(plain: Any) -> Any:
    """Raises AttributeError, KeyError, TypeError or ValueError for what `_plain` doesn't make."""
    if isinstance(plain, list):
        return tuple(_again(one) for one in plain)
    if not isinstance(plain, dict):
        return plain
    ((name, content),) = plain.items()
    if name == FRAME:
        frame = pd.DataFrame(dict(content.items()))
        return frame if len(frame) else frame.astype(object)  # as one is made that has columns alone
    return CLASSES[name](**{field: _again(one) for field, one in content.items()})


def _fits(view: str, found: Any) -> bool:
    """Whether an entry is what its view is made of. Raises KeyError for a view that there isn't."""
    kind, columns = SHAPES[view]
    if not isinstance(found, kind):
        return False
    parts = found if isinstance(found, tuple) else [found]
    if is_dataclass(found):
        parts = [getattr(found, one.name) for one in fields(found)]
    return tuple(tuple(part.columns) for part in parts if isinstance(part, pd.DataFrame)) == columns
