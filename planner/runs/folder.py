"""The run folder in the making: a hidden folder beside its place, renamed into it when all is written.

A scenario that is finished is renamed into it whole and then entered into its manifest, so that a run which is killed
leaves every finished scenario usable: the next run of the same place takes them over. A lock keeps two runs from
writing to one place; it goes with its process, however that ends.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from planner.runs import FolderInTheWay

MANIFEST, HEADLINE, IAMC = "manifest.json", "headline.json", "iamc.csv"
REPORT = "report"
LASTING = ("narrative.md", "solved.json", "opened.json", "measured")
"""Of a run's folder report: the author's own text, and what was solved for and is void by itself where the run is
another. A new run of the same place keeps them."""
BY_SCENARIO = "by_scenario"
"""Of the manifest: what each scenario came to."""


@dataclass(frozen=True)
class Entry:
    """A scenario as a run folder tells it: in the manifest, in the headline figures, and its rows of iamc.csv."""

    record: Mapping[str, Any]
    figures: Mapping[str, Any]
    iamc: str

    @property
    def status(self) -> str:
        return str(self.record["status"])


def make_sure_free(place: Path) -> None:
    """Raises FolderInTheWay where something stands that is no run folder and not empty."""
    if place.exists() and not (place / MANIFEST).is_file() and (not place.is_dir() or any(place.iterdir())):
        raise FolderInTheWay(f"{place} exists and is not a run folder; name another with -o, or move it away")


def entries(run_folder: Path) -> dict[str, Entry]:
    """The scenarios of a run folder, finished or in the making; none where there is no manifest, or an older one."""
    try:
        records = json.loads((run_folder / MANIFEST).read_text(encoding="utf-8"))[BY_SCENARIO]
        figures = json.loads((run_folder / HEADLINE).read_text(encoding="utf-8"))
        return {
            name: Entry(record, figures[name], rows)
            for (name, record), rows in zip(records.items(), _iamc_rows(run_folder, records), strict=True)
        }
    except (OSError, ValueError, KeyError):
        return {}


def write_json(place: Path, content: Any) -> None:
    """Write a file that is never seen half."""
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"
    _replace(place, text)


class Working:
    """A run folder in the making. `taken_over` are the scenarios that a run which was killed left in it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.folder = _beside(place, "unfinished")
        self.taken_over = entries(self.folder)
        self.entries: dict[str, Entry] = {}
        self.worth_keeping = bool(self.taken_over)
        """Whether a scenario is finished and recorded in it."""
        self._scenarios.mkdir(parents=True, exist_ok=True)
        self._clear()

    @property
    def _scenarios(self) -> Path:
        return self.folder / "scenarios"

    def of(self, name: str) -> Path:
        """Where a scenario's folder is, or will be."""
        return self._scenarios / name

    def in_the_making(self) -> Path:
        """A place for a scenario's folder until it is whole."""
        return Path(tempfile.mkdtemp(prefix=".", dir=self._scenarios)) / "scenario"

    def write_inputs(self, path: Path) -> None:
        """Write the workbook as it was used."""
        from planner import workbook

        shutil.rmtree(self.folder / "inputs", ignore_errors=True)
        workbook.convert(path, self.folder / "inputs")

    def take(self, name: str, made: Path, entry: Entry) -> None:
        """Put the folder of a finished scenario in its place. It counts as finished once it is recorded."""
        if made != self.of(name):
            shutil.rmtree(self.of(name), ignore_errors=True)
            made.rename(self.of(name))
        self.entries[name] = entry

    def record(self, manifest: Mapping[str, Any]) -> None:
        """Write headline figures and iamc.csv of what is finished, in the order of the manifest, and the manifest."""
        found = [self.entries[name] for name in manifest[BY_SCENARIO]]
        figures = {name: dict(entry.figures) for name, entry in zip(manifest[BY_SCENARIO], found, strict=True)}
        write_json(self.folder / HEADLINE, figures)
        _write_iamc(self.folder / IAMC, [entry.iamc for entry in found if entry.iamc])
        write_json(self.folder / MANIFEST, manifest)
        self.worth_keeping = True

    def keep_only(self, names: Collection[str]) -> None:
        """Remove the scenarios that a former run left, but for these."""
        for folder in self._scenarios.iterdir():
            if folder.name not in names:
                shutil.rmtree(folder)

    def empty(self) -> None:
        """Forget what a former run left."""
        (self.folder / MANIFEST).unlink(missing_ok=True)
        self.taken_over, self.worth_keeping = {}, False
        self.keep_only(())

    def finish(self) -> None:
        """Rename it into its place; what stood there goes, but for what lasts."""
        self._clear()
        if not self.place.exists():
            self.folder.rename(self.place)
            return
        old = _beside(self.place, "old")
        shutil.rmtree(old, ignore_errors=True)
        for name in LASTING:
            kept, new = self.place / REPORT / name, self.folder / REPORT / name
            if kept.exists() and not new.exists():
                new.parent.mkdir(exist_ok=True)
                (shutil.copytree if kept.is_dir() else shutil.copy2)(kept, new)
        self.place.rename(old)
        self.folder.rename(self.place)
        shutil.rmtree(old)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _clear(self) -> None:
        """Remove scenarios that never were finished."""
        for rest in self._scenarios.glob(".*"):
            shutil.rmtree(rest)


@contextmanager
def working(place: Path) -> Iterator[Working]:
    """A run folder in the making, locked. When the block ends early it is removed, unless a scenario is finished.

    Raises FolderInTheWay where another run writes to the same place."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with _locked(place):
        made = Working(place)
        try:
            yield made
        except BaseException:
            if not made.worth_keeping:
                made.remove()
            raise
        made.finish()


def _beside(place: Path, what: str) -> Path:
    return place.with_name(f".{place.name}.{what}")


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Hold the lock of a place. The system lets it go when the process ends, so none can be stale; the process id in it
    is for whoever finds it held."""
    path = _beside(place, "lock")
    while True:
        file = path.open("a+", encoding="utf-8")
        if not _lock(file):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise FolderInTheWay(
                f"another run, process {holder}, is writing to {place}; wait for it, or name another folder with -o"
            )
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            break
        file.close()  # its holder removed it between our opening and our locking
    with file:
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            if sys.platform == "win32":
                file.close()  # an open file can't be removed there
            path.unlink(missing_ok=True)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> bool:
        file.seek(1 << 20)  # beyond the text, which others are to read
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _replace(place: Path, text: str) -> None:
    new = place.with_name(f".{place.name}")
    new.write_text(text, encoding="utf-8")
    new.replace(place)


def _write_iamc(place: Path, texts: list[str]) -> None:
    """Rows of several scenarios under one header, every cell as it stands."""
    import pandas as pd

    if not texts:
        place.unlink(missing_ok=True)
        return
    tables = [pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False) for text in texts]
    whole = pd.concat(tables, ignore_index=True).fillna("")
    years = sorted(column for column in whole.columns if column.isdecimal())
    others = [column for column in tables[0].columns if column not in years]
    _replace(place, whole[[*others, *years]].to_csv(index=False, lineterminator="\n"))


def _iamc_rows(run_folder: Path, names: Iterable[str]) -> list[str]:
    """The rows of each scenario in a run folder's iamc.csv, with their header; "" where it has none."""
    import pandas as pd

    place = run_folder / IAMC
    if not place.is_file():
        return ["" for _ in names]
    whole = pd.read_csv(place, dtype=str, keep_default_na=False)
    found = []
    for name in names:
        rows = whole[whole["scenario"] == name]
        columns = [str(c) for c in rows.columns if not str(c).isdecimal() or (rows[c] != "").any()]
        found.append(rows[columns].to_csv(index=False, lineterminator="\n") if len(rows) else "")
    return found
