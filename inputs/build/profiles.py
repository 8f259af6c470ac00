"""Years of hourly figures from real series, and the typical days that stand for them.

A year is 365 days of 24 UTC hours, 29 February left out. The same calendar hour of all zones makes one day, so zones
stay correlated; series of different years are laid over each other by date, and their weekdays don't agree. Typical
days are chosen and their means restored as the programme does it (`compute_lp.calendar`: k-medoids on all zones'
columns together, the dearest day among them, output at most 1). What that loses is stated: `Loss`.

The dearest day stands for the days nearest to it, as any other does. Standing for itself alone it errs more: over the
seven programmes with four days, home prices miss their mean before it is restored by 10 % instead of 7 % and the
dearest 5 % of hours by 20 % instead of 16 %; prices of havens by 16 % instead of 13 % and 30 % instead of 19 %. Days
chosen by the home zones alone give home no better prices (8 % and 17 %), half the error of its sun and wind, and havens
41 % instead of 13 %; so all zones count alike.

Not modelled: weekdays, the order of days, more than one weather year.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from compute_lp.calendar import DAYS_PER_YEAR, HOURS_PER_DAY, medoids, restored, yearly_mean
from compute_lp.schema import Floats

LONGEST_GAP_HOURS = 6
"""Longest gap filled by a straight line; longer ones take the hours of the neighbouring day."""
DEAREST_SHARE = 0.05
"""The dearest hours by which a reduction is judged."""
CUT_IN_M_S, RATED_M_S, CUT_OUT_M_S = 3.0, 12.0, 25.0
"""Of a usual onshore turbine at hub height."""
HUB_FACTORS = np.arange(0.5, 3.001, 0.05)
"""Wind at hub height as multiples of wind at 10 m, from which the best is taken."""
KMH_PER_M_S = 3.6
BISECTIONS = 60
MEAN_SLACK = 1e-9
COLUMNS = ("price_index", "solar", "wind")

Key = tuple[str, str]
"""Zone and column: price_index, solar or wind."""


@dataclass(frozen=True)
class Loss:
    """What the typical days lose against the year, for one column of one zone.

    `mean`: mean of the typical days before it is restored, over the year's mean, less 1. `dearest`: mean over the
    highest 5 % of hours, likewise, after. `curve`: mean distance of the sorted hours from the year's, over the year's
    mean, after.
    """

    mean: float
    dearest: float
    curve: float


@dataclass(frozen=True)
class Typical:
    """Typical days: which of the year's (0 is 1 January), how many days each stands for, columns of shape (n, 24)."""

    chosen: tuple[int, ...]
    days: tuple[int, ...]
    columns: Mapping[Key, Floats]
    loss: Mapping[Key, Loss]


def read_year(path: Path, column: str, year: int) -> tuple[Floats, int]:
    """A column of an hourly UTC file as (365, 24), gaps filled, and how many of its hours are missing.

    Raises ValueError where a gap is longer than the day beside it can fill.
    """
    values = np.full((DAYS_PER_YEAR, HOURS_PER_DAY), np.nan)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        names = next(rows, [])
        if column not in names or "utc" not in names:
            raise ValueError(f"{path.name} has no columns utc and {column}")
        utc, place = names.index("utc"), names.index(column)
        for row in rows:
            time = datetime.fromisoformat(row[utc])
            if time.year == year and (time.month, time.day) != (2, 29) and row[place]:
                values[_day_of_year(time), time.hour] = float(row[place])
    filled = _filled(values.ravel(), f"{path.name} column {column}")
    return filled.reshape(values.shape), int(np.isnan(values).sum())


def shifted(days: Floats, degrees_east: float) -> Floats:
    """The same days seen from so many degrees further east, where the sun comes earlier; the ends of the year meet."""
    hours = np.arange(days.size, dtype=np.float64)
    ahead = np.interp(
        (hours + degrees_east * HOURS_PER_DAY / 360) % days.size,
        np.append(hours, days.size),
        np.append(days, days[0, 0]),
    )
    return np.asarray(ahead, dtype=np.float64).reshape(days.shape)


def output(mean: float, shape: Floats) -> Floats:
    """A year of output of the given mean and shape, at most 1. Raises ValueError where the shape can't reach it."""
    each = np.ones(len(shape))
    scaled = restored(shape, each, np.asarray(mean), ceiling=1.0)
    reached = float(yearly_mean(scaled, each))
    if abs(reached - mean) > MEAN_SLACK:
        raise ValueError(f"with output of at most 1 the mean of this shape is at most {reached:.3f}, not {mean:g}")
    return scaled


def wind_output(mean: float, speed_10m_km_h: Floats) -> Floats:
    """A year of output of a wind plant of the given mean from wind at 10 m: the factor to hub height is found from it.

    Cubic between cut-in and rated speed. Where cut-out keeps every factor below the mean, the output at the best one
    is scaled on. Known error: one factor for all hours, so the daily course is that of 10 m.
    """

    def at_hub(factor: float) -> Floats:
        speed = speed_10m_km_h / KMH_PER_M_S * factor
        cubic = (speed**3 - CUT_IN_M_S**3) / (RATED_M_S**3 - CUT_IN_M_S**3)
        return np.where(speed > CUT_OUT_M_S, 0.0, np.clip(cubic, 0.0, 1.0))

    best = float(max(HUB_FACTORS, key=lambda factor: float(at_hub(factor).mean())))
    return output(mean, at_hub(_factor_of(mean, at_hub, best)))


def typical_days(columns: Mapping[Key, Floats], count: int) -> Typical:
    """The days that stand for the year. `columns`: (365, 24) each."""
    zones = list(dict.fromkeys(zone for zone, _ in columns))
    raw = np.full((len(COLUMNS), len(zones), DAYS_PER_YEAR, HOURS_PER_DAY), np.nan)
    raw[0] = 1.0
    for (zone, column), year in columns.items():
        raw[COLUMNS.index(column), zones.index(zone)] = year
    chosen, member = medoids(raw, np.ones(DAYS_PER_YEAR), count)
    days = np.bincount(member, minlength=count).astype(np.float64)
    kept: dict[Key, Floats] = {}
    loss: dict[Key, Loss] = {}
    for key, year in columns.items():
        ceiling = np.inf if key[1] == "price_index" else 1.0
        kept[key] = restored(year[chosen], days, np.asarray(year.mean()), ceiling=ceiling)
        loss[key] = _loss(year, year[chosen], kept[key], days)
    return Typical(tuple(map(int, chosen)), tuple(map(int, days)), kept, loss)


def _factor_of(mean: float, at_hub: Callable[[float], Floats], best: float) -> float:
    """The factor up to the best at which the mean is reached; the best where none does."""
    low, high = 0.0, best
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if at_hub(middle).mean() < mean else (low, middle)
    return high


def _day_of_year(time: datetime) -> int:
    leap = time.year % 4 == 0 and (time.year % 100 != 0 or time.year % 400 == 0)
    return int((time - datetime(time.year, 1, 1)) / timedelta(days=1)) - int(leap and time.month > 2)


def _filled(values: Floats, where: str) -> Floats:
    """Hourly values, short gaps filled by a straight line, longer ones (at most a day) from the day beside."""
    filled = values.copy()
    missing = np.flatnonzero(np.isnan(values))
    for stretch in np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1) if len(missing) else []:
        inside = stretch[0] > 0 and stretch[-1] < len(values) - 1
        if len(stretch) <= LONGEST_GAP_HOURS and inside:
            ends = [stretch[0] - 1, stretch[-1] + 1]
            filled[stretch] = np.interp(stretch, ends, values[ends])
        elif len(stretch) <= HOURS_PER_DAY:
            filled[stretch] = values[stretch + (-HOURS_PER_DAY if stretch[0] >= HOURS_PER_DAY else HOURS_PER_DAY)]
    if np.isnan(filled).any():
        raise ValueError(f"{where}: {int(np.isnan(filled).sum())} hours are missing and no neighbouring day has them")
    return filled


def _loss(year: Floats, raw: Floats, kept: Floats, days: Floats) -> Loss:
    mean = float(year.mean())
    if mean == 0:
        return Loss(0.0, 0.0, 0.0)
    real = np.sort(year.ravel())[::-1]
    reduced = np.sort(np.repeat(kept, days.astype(int), axis=0).ravel())[::-1]
    top = int(DEAREST_SHARE * real.size)
    return Loss(
        mean=float(yearly_mean(raw, days)) / mean - 1,
        dearest=float(reduced[:top].mean() / real[:top].mean() - 1),
        curve=float(np.abs(real - reduced).mean() / mean),
    )
