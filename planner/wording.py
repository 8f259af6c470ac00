"""How figures are said: three significant figures, money in the unit people say it in."""

from __future__ import annotations

from collections.abc import Sequence

NOTABLE = 1e-6
"""Below it a figure is 0 to a reader."""
THINGS = ("runs", "units", "stages", "scenarios")
"""Units that are things counted, so that one of them is a run, a unit, a stage."""


def number(value: float) -> str:
    """Three significant figures with thousands separators; whole numbers from a hundred on."""
    if abs(value) < NOTABLE:
        return "0"
    if abs(value) >= 100:
        digits = len(str(int(abs(value)))) - 3
        return f"{int(round(value, -digits)):,}"
    return f"{value:.3g}"


def money(musd: float) -> str:
    """MUSD as people say it."""
    return f"{number(musd / 1000)} bn USD" if abs(musd) >= 1000 else f"{number(musd)} M USD"


def counted(value: float, unit: str) -> str:
    """A figure with its unit, which is singular for one: 1 run, 12 units, 3.4 MW."""
    return _with_unit(number(value), unit)


def ranged(least: float, most: float, unit: str) -> str:
    """From least to most, told once where both read the same: 3 to 12 MW, 12 MW."""
    ends = number(least), number(most)
    return _with_unit(ends[0] if ends[0] == ends[1] else " to ".join(ends), unit)


def several(count: int, thing: str) -> str:
    """1 site, 3 sites."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def joined(words: Sequence[str], most: int | None = 4) -> str:
    """A, B and C; after `most` how many more, without a limit where it is None."""
    if most is not None and len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def also(told: str, more: str) -> str:
    """What is told and what follows from it in one line; behind a question mark a sentence begins."""
    if told.endswith("?"):
        return f"{told} {more[:1].upper()}{more[1:]}"
    return f"{told}; {more}" if told else more


def _with_unit(said: str, unit: str) -> str:
    return f"{said} {unit.removesuffix('s') if said == '1' and unit in THINGS else unit}"
