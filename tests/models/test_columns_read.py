"""Exactly the declared columns are read: none for nothing, and none behind the schema's back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
import pytest

import compute_lp
import compute_rates
from compute_lp.schema import Inputs
from tests.models.features import everything
from tests.models.programmes import shorten_days


class Watched(pd.DataFrame):
    """A table that notes which of its columns are read, also by the rows of `itertuples`."""

    _metadata = ("noted",)
    noted: set[str]

    @property
    def _constructor(self) -> Any:
        return Watched

    def __getitem__(self, key: Any) -> Any:
        noted = getattr(self, "noted", None)
        if noted is not None and isinstance(key, str | list):
            noted.update([key] if isinstance(key, str) else [name for name in key if isinstance(name, str)])
        return super().__getitem__(key)

    def itertuples(self, *args: Any, **options: Any) -> Iterator[Any]:
        return (WatchedRow(row, self.noted) for row in super().itertuples(*args, **options))


class WatchedRow:
    def __init__(self, row: Any, noted: set[str]):
        self._row, self._noted = row, noted

    def __getattr__(self, name: str) -> Any:
        self._noted.add(name)
        return getattr(self._row, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._row)


class WatchedSettings(dict[str, Any]):
    noted: set[str]

    def __getitem__(self, key: str) -> Any:
        self.noted.add(key)
        return super().__getitem__(key)


def watched(inputs: Inputs) -> tuple[Inputs, dict[str, set[str]]]:
    noted: dict[str, set[str]] = {name: set() for name in inputs}
    tables = {}
    for name in inputs:
        tables[name] = Watched(inputs[name])
        tables[name].noted = noted[name]
    settings = WatchedSettings(inputs.settings)
    settings.noted = noted["programme"] = set()
    return replace(inputs, tables=tables, settings=settings), noted


NOT_OF_THE_PROGRAMME: Mapping[str, set[str]] = {
    "programme": {"base_year", "most_served_tolerance", "gap", "time_limit_s", "profile_file", "schema"},
    "sites": {"latitude", "longitude"},
    "grid_offers": {"happens_probability"},
    "export_rules": {"class"},
    "models": {"class", "mfu"},
}
"""Columns that only say something (maps, labels), or that the solve, the workbook or runs under uncertainty read, or
compute_rates from a join of two tables (mfu)."""


@cache
def columns_read() -> dict[str, set[str]]:
    with pytest.MonkeyPatch.context() as patch:
        shorten_days(patch)
        inputs, noted = watched(everything())
        compute_lp.build(inputs)
        compute_lp.check(inputs)
        compute_rates.for_programme(dict(inputs.tables))
    return noted


@pytest.mark.parametrize(
    "table", [table for part in compute_lp.PARTS for table in part.TABLES], ids=lambda table: table.name
)
def test_exactly_the_declared_columns_are_read(table: Any) -> None:
    declared = {column.name for column in table.columns}
    read = {name for name in columns_read()[table.name] if not name.startswith("_")}  # those pandas adds in a join
    unread = declared - read
    assert unread <= NOT_OF_THE_PROGRAMME.get(table.name, set()), "declared and never read"
    assert read <= declared, "read and nowhere declared"


def test_no_column_is_excused_that_is_read_or_does_not_exist() -> None:
    for name, excused in NOT_OF_THE_PROGRAMME.items():
        table = next(table for table in compute_lp.TABLES if table.name == name)
        assert excused <= {column.name for column in table.columns}
        assert not excused & columns_read()[name]
