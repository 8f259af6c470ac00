"""How figures are said: three significant figures, money in the unit people say it in.

Which separators they have is a matter of where they are said: English ones, but within `said_in`. So sentences, cells
and captions made within it have the same ones, and what is no figure (a year, a name, a version, a command) has no part
in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Separators(NamedTuple):
    """What stands between thousands, and before decimals."""

    thousands: str
    decimal: str


LOCALES: Mapping[str, Separators] = {
    "en": Separators(",", "."),
    "de": Separators(".", ","),
    "fr": Separators("\u202f", ","),
    "iso": Separators("\u202f", "."),
}
"""English, continental, French, and ISO 31-0's thin space."""
ENGLISH = "en"
_HERE: ContextVar[str] = ContextVar("locale", default=ENGLISH)
NOTABLE = 1e-6
"""Below it a figure is 0 to a reader."""
THINGS = ("runs", "units", "stages", "scenarios")
"""Units that are things counted, so that one of them is a run, a unit, a stage."""


@contextmanager
def said_in(locale: str) -> Iterator[None]:
    """Within it figures have the separators of a locale. Raises ValueError for one that is not in `LOCALES`."""
    if locale not in LOCALES:
        raise ValueError(f"Locale {locale!r}: no such way to write figures; there are {', '.join(LOCALES)}.")
    before = _HERE.set(locale)
    try:
        yield
    finally:
        _HERE.reset(before)


def locale_here() -> str:
    """The locale whose separators figures have here."""
    return _HERE.get()


def localised(text: str) -> str:
    """The text of a figure that is written in English, with the separators of this place."""
    separators = LOCALES[_HERE.get()]
    return text.translate({ord(","): separators.thousands, ord("."): separators.decimal})


def in_english(text: str) -> str:
    """The text of a figure said here as it is written in English."""
    separators = LOCALES[_HERE.get()]
    return text.translate({ord(separators.thousands): ",", ord(separators.decimal): "."})


def number(value: float) -> str:
    """Three significant figures with thousands separators; whole numbers from a hundred on."""
    if abs(value) < NOTABLE:
        return "0"
    if abs(value) >= 100:
        digits = len(str(int(abs(value)))) - 3
        return whole(int(round(value, -digits)))
    return significant(value, 3)


def whole(count: int) -> str:
    """A count to the last one, with thousands separators."""
    return localised(f"{count:,}")


def significant(value: float, digits: int) -> str:
    """So many significant figures, without thousands separators; very large and small ones as 1.5e-07."""
    return localised(f"{value:.{digits}g}")


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
    return f"{whole(count)} {thing}{'' if count == 1 else 's'}"


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
