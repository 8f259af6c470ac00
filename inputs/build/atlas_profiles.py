"""Tables of the atlas made from hourly series: `profiles`, typical days of every zone, and `profile_losses`.

    python inputs/build/atlas_profiles.py DATA_DIR ATLAS_DIR

Which series gives which zone its shapes stands in the atlas (`zones`, `series`), which zones a programme has in
`plan_sites`. Each programme has a set of days of its own, chosen from all its zones together; the clock `world` has all
zones, for countries without a programme. The series stay where they are: only typical days come into the project.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from compute_lp.schema import Floats
from planner.prefill.case import DEFAULT, EVERY
from planner.prefill.sheet import Sheet
from planner.prefill.zones import COLUMNS, HOURS, KINDS_OF, SERIES_OF, WORLD
from profiles import Key, Typical, output, read_year, shifted, typical_days, wind_output

TYPICAL_DAYS = 4
DECIMALS = 4
A_YEAR = date(2023, 1, 1)
"""The first day of a year of 365 days."""

Cells = dict[str, str]


@dataclass(frozen=True)
class Atlas:
    """The tables kept by hand that say what to make, and where the series lie."""

    data: Path
    zones: dict[str, Cells]
    series: dict[str, Cells]
    sites: dict[str, Cells]
    plan_sites: list[Cells]

    @classmethod
    def read(cls, data: Path, atlas: Path) -> Atlas:
        def by(key: str, name: str) -> dict[str, Cells]:
            return {row[key]: row for row in _rows(atlas / f"{name}.csv")}

        return cls(
            data, by("zone", "zones"), by("series", "series"), by("site", "sites"), _rows(atlas / "plan_sites.csv")
        )

    def clocks(self) -> dict[str, list[str]]:
        """Zones by programme, and all zones."""
        every = [self._zone(row) for row in self.plan_sites if row["plan"] == EVERY]
        found: dict[str, list[str]] = {}
        for row in self.plan_sites:
            if row["plan"] not in (EVERY, DEFAULT):
                found.setdefault(row["plan"], []).append(self._zone(row))
        return {plan: list(dict.fromkeys(zones + every)) for plan, zones in found.items()} | {WORLD: list(self.zones)}

    def _zone(self, row: Cells) -> str:
        return row["zone"] or self.sites[row["like"] or row["site"]]["zone"]

    def of_zone(self, zone: str, column: str) -> str:
        """A figure of a zone: its own, or else that of the site it is priced by."""
        row = self.zones[zone]
        name = {"degrees_east": "longitude"}.get(column, column)
        return row[column] or self.sites[row["like"]][name]


def tables(data: Path, atlas: Path) -> list[Sheet]:
    """Both tables, from the hourly series in `data` and the tables kept by hand in the folder `atlas`."""
    source = Atlas.read(data, atlas)
    years = Years(source)
    profiles, losses = Sheet("profiles"), Sheet("profile_losses")
    for clock, zones in source.clocks().items():
        named = ((zone, column) for zone in zones for column in COLUMNS)
        columns = {key: year for key in named if (year := years.of(*key)) is not None}
        days = typical_days(columns, TYPICAL_DAYS)
        for zone, column in columns:
            _add_days(profiles, source, clock, (zone, column), days)
            loss = days.loss[zone, column]
            losses.add(
                clock=clock,
                zone=zone,
                column=column,
                mean_error=round(loss.mean, DECIMALS),
                dearest_error=round(loss.dearest, DECIMALS),
                curve_error=round(loss.curve, DECIMALS),
                **_remarks(source, zone, column),
            )
    return [profiles, losses]


class Years:
    """Years of hours by zone and column, each series read once."""

    def __init__(self, source: Atlas):
        self._source = source
        self._read = cache(self._read_series)
        self.of = cache(self._of)

    def _of(self, zone: str, column: str) -> Floats | None:
        """A zone's price relative to its mean, or its output per MW; None where the price is the same at all hours.

        Raises ValueError where the series is of another kind, or lacks other hours than the atlas says.
        """
        name = self._source.zones[zone][SERIES_OF[column]]
        if not name:
            return None
        series = self._source.series[name]
        if series["kind"] not in KINDS_OF[SERIES_OF[column]]:
            raise ValueError(f"{zone}: {name} is a series of {series['kind']}; another is right for {column}")
        year = self._read(name)
        if column == "price_index":
            return year / float(year.mean())
        mean = float(self._source.of_zone(zone, f"{column}_share"))
        if series["kind"] == "wind_speed":
            return wind_output(mean, year)
        if column == "solar":
            east = float(self._source.of_zone(zone, "degrees_east")) - float(series["degrees_east"])
            return output(mean, shifted(year, east))
        return output(mean, year)

    def _read_series(self, name: str) -> Floats:
        series = self._source.series[name]
        year, missing = read_year(self._source.data / series["file"], series["column"], int(series["year"]))
        if missing != int(series["missing_hours"]):
            raise ValueError(f"{name} lacks {missing} hours, where the atlas says {series['missing_hours']}")
        return year


def _add_days(sheet: Sheet, source: Atlas, clock: str, key: Key, days: Typical) -> None:
    zone, column = key
    for n, (day, count) in enumerate(zip(days.chosen, days.days, strict=True)):
        values = (round(float(value), DECIMALS) for value in days.columns[key][n])
        hours: dict[str, Any] = dict(zip(HOURS, values, strict=True))
        sheet.add(
            clock=clock,
            zone=zone,
            column=column,
            day=n + 1,
            days=count,
            calendar_day=f"{A_YEAR + timedelta(days=day):%m-%d}",
            **hours,
            **_remarks(source, zone, column),
        )


def _remarks(source: Atlas, zone: str, column: str) -> dict[str, str]:
    """Source, year and confidence: medium for a series of the zone's own country that can be trusted, else low."""
    row = source.zones[zone]
    series = source.series[row[SERIES_OF[column]]]
    own = series["country"] == row["country"] and series["confidence"] != "low"
    return {"source": series["source"], "confidence": "medium" if own else "low", "date": series["year"]}


def _rows(path: Path) -> list[Cells]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main(arguments: Sequence[str]) -> None:
    """Write both tables into the atlas."""
    data, atlas = map(Path, arguments)
    for sheet in tables(data, atlas):
        sheet.write(atlas)


if __name__ == "__main__":
    main(sys.argv[1:])
