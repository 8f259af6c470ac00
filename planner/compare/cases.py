"""The plans that are compared: scenarios of one or several run folders, their tables read when they are asked for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from compute_lp.schema import InputError, Inputs
from planner.compare.laboratory import BASE, MOST_SERVED, RunFolder
from planner.questions.again import Unusable

CALENDAR = ("period", "start", "years")
MODELS = ("model", "class", "total_params_b")
TEXTS = ("period", "stage", "keys", "site", "accelerator", "model", "workload", "cloud", "asset")
"""Columns that are names or texts, also where they look like numbers."""


@dataclass(frozen=True, eq=False)
class Case:
    """A scenario of a run folder: `name` tells it from all others that are compared, `scenario` is its name in its run.
    `figures` are its headline figures, `record` what the manifest says of it."""

    name: str
    scenario: str
    run: Path
    source: RunFolder
    figures: Mapping[str, Any]
    record: Mapping[str, Any]

    @property
    def folder(self) -> Path:
        return self.run / "scenarios" / self.scenario

    @property
    def exists(self) -> bool:
        """Whether there is a plan."""
        return "objective_musd" in self.figures

    @property
    def status(self) -> str:
        return str(self.figures.get("status", self.record.get("status", "missing")))

    @cached_property
    def title(self) -> str:
        return self._row.get("title", "")

    @cached_property
    def weight(self) -> float:
        return float(self._row.get("weight") or 1.0)

    @cached_property
    def inputs(self) -> Inputs:
        """The workbook with the scenario's changes, without rates; raises Unusable where it no longer reads so."""
        try:
            return self.source.without_rates(self.scenario)
        except (InputError, KeyError) as fault:
            raise Unusable(f"{self.run / 'inputs'} no longer gives {self.scenario}: {fault}; run it again") from fault

    @cached_property
    def calendar(self) -> pd.DataFrame:
        """Periods in order: `period`, `start` (YYYY-MM), `years`."""
        return calendar_of(self.inputs)

    @cached_property
    def models(self) -> pd.DataFrame:
        """Models in order: `model`, `class`, `total_params_b`."""
        return models_of(self.inputs)

    def know(self, calendar: pd.DataFrame, models: pd.DataFrame) -> None:
        """What its plan told of its inputs, so that its changes need not be made to the workbook for that alone."""
        self.__dict__.update(calendar=calendar, models=models)

    @property
    def most_served(self) -> bool:
        """Whether its objective is the value served, and not cost."""
        return bool(self.inputs.settings["objective"] == MOST_SERVED)

    @cached_property
    def prices(self) -> pd.DataFrame:
        return _read(
            self.folder / "prices.csv", ("part", "constraint", "keys", "value", "unit", "degenerate", "heading")
        )

    @cached_property
    def changes(self) -> pd.DataFrame:
        columns = ("sheet", "cell", "key", "field", "old", "new", "lever", "source")
        return _read(self.folder / "changes.csv", columns, texts=True)

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {}

    def table(self, name: str) -> pd.DataFrame:
        """A result table by name; without rows where there is no plan."""
        if name not in self._tables:
            place = self.folder / "results" / f"{name}.csv"
            if self.exists and not place.is_file():
                raise Unusable(f"{place} is missing; run the workbook again")
            self._tables[name] = _read(place, ())
        return self._tables[name]

    @cached_property
    def _row(self) -> Mapping[str, str]:
        """Its row in the workbook's sheet `scenarios`."""
        place = self.run / "inputs" / "scenarios.csv"
        if not place.is_file():
            return {}
        rows = pd.read_csv(place, dtype=str, keep_default_na=False)
        found = rows[rows["scenario"] == self.scenario] if "scenario" in rows else rows.iloc[:0]
        return {str(name): str(text) for name, text in found.iloc[0].items()} if len(found) else {}


def calendar_of(inputs: Inputs) -> pd.DataFrame:
    return inputs["periods"][list(CALENDAR)].reset_index(drop=True)


def models_of(inputs: Inputs) -> pd.DataFrame:
    return inputs["models"][list(MODELS)].reset_index(drop=True)


def cases(run_folders: Sequence[Path]) -> tuple[Case, ...]:
    """The scenarios of one or several run folders, in their order; named run/scenario where two have one name.

    Raises Unusable for a folder that is no run folder, or one of which nothing can be compared."""
    read = [_run(folder) for folder in run_folders]
    count = Counter(name for _, figures in read for name in figures)
    runs = _run_names(run_folders)
    return tuple(
        Case(
            f"{run}/{name}" if count[name] > 1 else name,
            name,
            folder,
            source,
            figures[name],
            source.manifest.get("by_scenario", {}).get(name, {}),
        )
        for folder, run, (source, figures) in zip(run_folders, runs, read, strict=True)
        for name in figures
    )


def stacked(among: Sequence[Case], table: str, columns: Sequence[str]) -> pd.DataFrame:
    """These columns of a result table of all cases, one below the other, each row with its case's name: `scenario`."""
    frames = {case.name: frame[list(columns)] for case in among if len(frame := case.table(table))}
    if not frames:
        return pd.DataFrame(columns=["scenario", *columns])
    return pd.concat(frames, names=["scenario", None]).reset_index("scenario").reset_index(drop=True)


def calendars(among: Sequence[Case]) -> pd.DataFrame:
    """The calendars of all cases, one below the other, each row with its case's name: `scenario`."""
    return pd.concat([case.calendar.assign(scenario=case.name) for case in among], ignore_index=True)


def all_models(among: Sequence[Case]) -> pd.DataFrame:
    """The models of all cases, in the same way."""
    return pd.concat([case.models.assign(scenario=case.name) for case in among], ignore_index=True)


def by_scenario(rows: pd.DataFrame, among: Sequence[Case]) -> pd.DataFrame:
    """Rows in the order of the cases that their `scenario` names, and of a case as they stand."""
    place = rows["scenario"].map({case.name: at for at, case in enumerate(among)}).to_numpy()
    return rows.iloc[place.argsort(kind="stable")].reset_index(drop=True)


def find(among: Sequence[Case], name: str) -> Case:
    """The case of a name; a scenario's own name will do where it is the only one. Raises Unusable."""
    named = [case for case in among if case.name == name] or [case for case in among if case.scenario == name]
    if len(named) == 1:
        return named[0]
    listed = ", ".join(case.name for case in (named or among))
    raise Unusable(
        f"{name!r} may be any of {listed}; say which" if named else f"no scenario {name!r}; there are {listed}"
    )


def base_of(among: Sequence[Case], name: str | None) -> Case:
    """What the others are compared with: the case of that name, else the first base, else the first of all. Raises
    Unusable where it has no plan."""
    if name is not None:
        chosen = find(among, name)
    else:
        chosen = next((case for case in among if case.scenario == BASE), among[0])
    if not chosen.exists:
        raise Unusable(
            f"{chosen.name} has no plan ({chosen.status}), so nothing can be compared with it; name another with --base"
        )
    return chosen


def _run(folder: Path) -> tuple[RunFolder, dict[str, Any]]:
    source, place = RunFolder(folder), folder / "headline.json"
    try:
        figures: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError as fault:
        raise Unusable(f"{place} is missing; run the workbook again") from fault
    except ValueError as fault:
        raise Unusable(f"{place} can't be read ({fault}); run the workbook again") from fault
    if not figures:
        raise Unusable(f"{folder} holds no scenario; run the workbook again")
    return source, figures


def _read(place: Path, columns: Sequence[str], *, texts: bool = False) -> pd.DataFrame:
    """A CSV file, with nothing but `texts` where it says so; a missing or empty one has these columns and no rows."""
    if not place.is_file():
        return pd.DataFrame(columns=list(columns))
    try:
        if texts:
            return pd.read_csv(place, dtype="str", keep_default_na=False)
        return pd.read_csv(place, dtype=dict.fromkeys(TEXTS, "str"), keep_default_na=False, na_values=[""])
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=list(columns))
    except (pd.errors.ParserError, UnicodeDecodeError) as fault:
        raise Unusable(f"{place} can't be read ({fault}); run the workbook again") from fault


def _run_names(folders: Sequence[Path]) -> list[str]:
    """Short names of run folders, and their paths where two are called the same."""
    names = [folder.resolve().name for folder in folders]
    return names if len(set(names)) == len(names) else [str(folder) for folder in folders]
