"""Typical days that stand for a year, from real hourly series of several zones on one clock (UTC).

A year is cut into 365 days of 24 UTC hours, 29 February left out. The same calendar hour of all zones makes one day, so
zones stay correlated; series of different years are laid over each other by date, and their weekdays don't agree.
Typical days are found by k-medoids on all zones' normalised columns together (Kaufman and Rousseeuw 1990: build, then
swap), deterministic, the dearest day among them; each stands for as many days as belong to it, and the yearly mean of
each column is restored by scaling. What that loses is stated: `Loss`.

Not modelled: weekdays, the order of days, more than one weather year.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DAYS = 365
HOURS = 24
LONGEST_GAP_HOURS = 6
"""Longest gap filled by a straight line; longer ones take the hours of the neighbouring day."""
DEAREST_SHARE = 0.05
"""The dearest hours by which a reduction is judged."""
CUT_IN_M_S, RATED_M_S, CUT_OUT_M_S = 3.0, 12.0, 25.0
"""Of a usual onshore turbine at hub height."""
KMH_PER_M_S = 3.6
BISECTIONS = 60

Key = tuple[str, str]
"""Zone and column: price_index, solar or wind."""


@dataclass(frozen=True)
class Loss:
    """What the typical days lose against the year, for one column of one zone.

    `before_scaling`: mean of the typical days over the year's mean, less 1. `dearest`: mean over the highest 5 % of
    hours, likewise. `curve`: mean distance of the sorted hours from the year's, over the year's mean.
    """

    before_scaling: float
    dearest: float
    curve: float


@dataclass(frozen=True)
class Typical:
    """Typical days: which of the year's (0 is 1 January), how many days each stands for, columns of shape (n, 24)."""

    chosen: tuple[int, ...]
    days: tuple[int, ...]
    columns: Mapping[Key, Floats]
    loss: Mapping[Key, Loss]


def read_year(path: Path, column: str, year: int) -> Floats:
    """A column of an hourly UTC file as (365, 24), gaps filled; longer gaps than a day are an error."""
    values = np.full((DAYS, HOURS), np.nan)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if column not in (rows.fieldnames or ()):
            raise ValueError(f"{path.name} has no column {column}")
        for row in rows:
            time = datetime.strptime(row["utc"], "%Y-%m-%d %H:%M")
            if time.year == year and (time.month, time.day) != (2, 29) and row[column]:
                values[_day_of_year(time), time.hour] = float(row[column])
    return _filled(values.ravel(), f"{path.name} column {column}").reshape(DAYS, HOURS)


def shifted(days: Floats, degrees_east: float) -> Floats:
    """The same days seen from so many degrees further east, where the sun comes earlier; the ends of the year meet."""
    hours = np.arange(days.size, dtype=np.float64)
    ahead = np.interp(
        (hours + degrees_east * HOURS / 360) % days.size, np.append(hours, days.size), np.append(days, days[0, 0])
    )
    return np.asarray(ahead, dtype=np.float64).reshape(days.shape)


def scaled_to(mean: float, shape: Callable[[float], Floats]) -> Floats:
    """`shape(f)` with the factor f for which its mean is the given one; the mean must rise with f, up to f = 64."""
    low, high = 0.0, 64.0
    if shape(high).mean() < mean:
        raise ValueError(f"no factor up to {high:g} brings the mean to {mean:g}")
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if shape(middle).mean() < mean else (low, middle)
    return shape(high)


def solar_output(capacity_factor: float, shape: Floats) -> Floats:
    """A solar series of the given yearly mean, at most 1."""
    return scaled_to(capacity_factor, lambda factor: np.minimum(1.0, shape * factor))


def wind_output(capacity_factor: float, speed_10m_km_h: Floats) -> Floats:
    """Output of a wind plant of the given yearly mean from wind at 10 m: the factor to hub height is found from the
    mean.

    Cubic between cut-in and rated speed. Known error: one factor for all hours, so the daily course is that of 10 m.
    """

    def output(factor: float) -> Floats:
        speed = speed_10m_km_h / KMH_PER_M_S * factor
        cubic = (speed**3 - CUT_IN_M_S**3) / (RATED_M_S**3 - CUT_IN_M_S**3)
        return np.where(speed > CUT_OUT_M_S, 0.0, np.clip(cubic, 0.0, 1.0))

    usable = float(np.max([output(factor).mean() for factor in (1.0, 1.5, 2.0, 2.5, 3.0)]))
    if usable < capacity_factor:
        raise ValueError(f"wind at 10 m supports a mean output of {usable:.2f}, not {capacity_factor:g}")
    return scaled_to(capacity_factor, lambda factor: output(min(factor, 3.0)))


def typical_days(columns: Mapping[Key, Floats], count: int) -> Typical:
    """The days that stand for the year. `columns`: (365, 24) each; a column that never changes takes no part in the
    choice."""
    features = _features(list(columns.values()))
    distance = np.sqrt(np.maximum(_squared(features), 0.0))
    chosen = _medoids(distance, _dearest(columns), count)
    member = np.argmin(distance[:, chosen], axis=1)
    days = np.bincount(member, minlength=count)
    weight = days / DAYS
    kept: dict[Key, Floats] = {}
    loss: dict[Key, Loss] = {}
    for key, year in columns.items():
        mean = float(year.mean())
        raw = year[chosen]
        raw_mean = float(weight @ raw.mean(axis=1))
        kept[key] = _restored(raw, weight, mean, ceiling=np.inf if key[1] == "price_index" else 1.0)
        loss[key] = _loss(year, kept[key], days, raw_mean)
    return Typical(tuple(map(int, chosen)), tuple(map(int, days)), kept, loss)


def stated(loss: Mapping[Key, Loss], zone: str) -> str:
    """The loss of a zone's columns in a sentence."""
    parts = [
        f"{column}: mean {each.before_scaling:+.1%} before it was restored, highest 5 % of hours {each.dearest:+.1%}, "
        f"duration curve {each.curve:.1%} of the mean"
        for (place, column), each in loss.items()
        if place == zone
    ]
    return "; ".join(parts)


def _day_of_year(time: datetime) -> int:
    leap = time.year % 4 == 0 and (time.year % 100 != 0 or time.year % 400 == 0)
    return int((time - datetime(time.year, 1, 1)) / timedelta(days=1)) - int(leap and time.month > 2)


def _filled(values: Floats, where: str) -> Floats:
    """Hourly values, short gaps filled by a straight line, longer ones (at most a day) from the day beside."""
    filled = values.copy()
    missing = np.flatnonzero(np.isnan(values))
    for stretch in np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1):
        if not len(stretch):
            continue
        inside = stretch[0] > 0 and stretch[-1] < len(values) - 1
        if len(stretch) <= LONGEST_GAP_HOURS and inside:
            ends = [stretch[0] - 1, stretch[-1] + 1]
            filled[stretch] = np.interp(stretch, ends, values[ends])
        elif len(stretch) <= HOURS:
            filled[stretch] = values[stretch - HOURS if stretch[0] >= HOURS else stretch + HOURS]
    if np.isnan(filled).any():
        raise ValueError(f"{where}: {int(np.isnan(filled).sum())} hours are missing and no neighbouring day has them")
    return filled


def _features(columns: Sequence[Floats]) -> Floats:
    """Days by features: all columns less their mean, over their spread."""
    moving = [column for column in columns if column.std() > 0]
    return np.concatenate([(column - column.mean()) / column.std() for column in moving], axis=1)


def _squared(features: Floats) -> Floats:
    squares = (features**2).sum(axis=1)
    return np.asarray(squares[:, None] + squares[None, :] - 2 * features @ features.T)


def _dearest(columns: Mapping[Key, Floats]) -> int:
    """The day with the highest price index, summed over zones."""
    prices = [column.mean(axis=1) / column.mean() for (_, name), column in columns.items() if name == "price_index"]
    return int(np.argmax(np.sum(prices, axis=0)))


def _medoids(distance: Floats, fixed: int, count: int) -> npt.NDArray[np.int64]:
    """Days nearest to all in the order of the year, `fixed` among them: greedy build, swaps while they improve."""
    chosen = [fixed]
    while len(chosen) < count:
        nearest = distance[:, chosen].min(axis=1)
        gain = np.maximum(nearest[:, None] - distance, 0.0).sum(axis=0)
        gain[chosen] = -1.0
        chosen.append(int(np.argmax(gain)))
    improved = True
    while improved:
        improved = False
        for place in range(1, count):
            others = chosen[:place] + chosen[place + 1 :]
            costs = np.minimum(distance[:, others].min(axis=1)[:, None], distance).sum(axis=0)
            costs[others] = np.inf
            best = int(np.argmin(costs))
            if costs[best] < costs[chosen[place]] * (1 - 1e-12):
                chosen[place] = best
                improved = True
    return np.sort(np.array(chosen, dtype=np.int64))


def _restored(raw: Floats, weight: Floats, mean: float, *, ceiling: float) -> Floats:
    """The typical days scaled to the year's mean, without passing the ceiling."""
    if mean == 0 or not raw.any():
        return raw
    return (
        scaled_to(mean, lambda factor: np.minimum(ceiling, raw * factor) * (weight * len(weight))[:, None])
        / (weight * len(weight))[:, None]
    )


def _loss(year: Floats, kept: Floats, days: npt.NDArray[np.int64], raw_mean: float) -> Loss:
    mean = float(year.mean())
    if mean == 0:
        return Loss(0.0, 0.0, 0.0)
    real = np.sort(year.ravel())[::-1]
    reduced = np.sort(np.repeat(kept, days, axis=0).ravel())[::-1]
    top = int(DEAREST_SHARE * real.size)
    return Loss(
        before_scaling=raw_mean / mean - 1,
        dearest=float(reduced[:top].mean() / real[:top].mean() - 1),
        curve=float(np.abs(real - reduced).mean() / mean),
    )
