"""Checks that need a whole table, or several: keys, references, and figures that look like slips."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from compute_lp.schema import Column, Problem
from planner.review.follow_on import NO_ROWS, NO_SHEET, NO_SUCH
from planner.review.usual import Usual, usual
from planner.workbook.fill import Filled
from planner.workbook.names import look_alikes, nearest, suggestion
from planner.workbook.sheets import share_like, sheets_of
from planner.workbook.units import CURRENCY_CODE

SLIP_FACTOR = 9.5
"""A price this many times the median of its peers is likely to have its point in the wrong place; so is a quantity that
is usually much the same everywhere."""
UNIT_SLIP_FACTOR = 300.0
"""Other quantities vary more from row to row; this far off, the unit is likely to be another."""
SLIP_SPREADS = 3.0
"""… unless its peers themselves spread so widely: this many robust standard deviations, in logarithms."""
NORMAL_SPREAD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
PERCENT_FACTOR = 20.0
"""A percentage below 1 is suspicious where half of its peers are this many times as large."""
FEWEST_PEERS = 2
FEW_ROWS = 30
FEWEST_FRACTIONS = 3
MOST_WHOLE_SHARE = 1 / 3
"""Zeros and ones are slips only where fractions are the rule."""
SOURCE_LIKENESS = 0.85
LARGEST_EXPONENT = 700.0
LIMITS_OF_SHARES = ("share_max", "share_min")
"""Limits of 0 and 1 are meant: nothing may, or all."""
UNUSUAL = "an unusual figure"
CHECK = "check the decimal point and the unit"
FIELDS = "sheet.column, separated by commas: demand.output_t_per_year, sites.pue"
REPEATED_MESSAGES = 3
"""Slips in one column beyond which they are likely to be meant: shares are let pass, prices told as one."""


def missing_sheets(filled: Mapping[str, Filled], seen: Collection[str]) -> list[Problem]:
    """Sheets that every workbook must have; `seen` are those that stand in it at all, readable or not."""
    problems = []
    for name, one in filled.items():
        if not one.sheet.table.required or (name in seen and one.grid is None):
            continue
        if name not in seen:
            right = f"add it: each row is {one.sheet.table.row}"
            problems.append(Problem(name, f"the sheet {name} is missing", right=right, cell=name))
        elif one.frame.empty:
            right = f"each row is {one.sheet.table.row}"
            problems.append(Problem(name, NO_ROWS.format(name), right=right, cell=one.cell(None, None)))
    return problems


def repeated_keys(one: Filled) -> Iterator[Problem]:
    """Rows whose key stands in an earlier row, and names that differ in nothing but case."""
    keys = [k for k in one.sheet.keys if k in one.frame]
    if not keys or one.frame.empty or one.sheet.settings:
        return
    sound = ~np.logical_or.reduce([one.bad[k] for k in keys])
    rows = list(zip(*(one.frame[k].to_list() for k in keys), strict=True))
    alike = len({tuple(k.casefold() if isinstance(k, str) else k for k in row) for row in rows}) < len(rows)
    if sound.all() and not alike:
        return
    frame = one.frame.loc[sound, keys]
    twice = frame.duplicated(keep=False)
    first: dict[tuple[object, ...], int] = {}
    for row, key in zip(frame.index[twice], frame[twice].itertuples(index=False, name=None), strict=True):
        if key not in first:
            first[key] = row
            continue
        shown = ", ".join(f"{k:g}" if isinstance(k, float) else k for k in key if k != "")
        right = f"it stands in {one.cell(first[key], keys[0])} already; change or delete one"
        yield Problem(
            one.sheet.name, "a key that stands twice", row, keys[0], shown, right, cell=one.cell(row, keys[0])
        )
    if len(keys) == 1 and not one.sheet.known[keys[0]].numeric:
        spelt: dict[str, str] = {}
        for row, name in frame[keys[0]].drop_duplicates().items():
            other = spelt.setdefault(name.casefold(), name)
            if other != name:
                where = one.cell(row, keys[0])
                right = f"is {other} meant?"
                yield Problem(
                    one.sheet.name, "differs from another only in case", row, keys[0], name, right, "warning", where
                )


def dangling_references(filled: Mapping[str, Filled]) -> Iterator[Problem]:
    """Names that stand nowhere in the columns they refer to."""
    for one in filled.values():
        for column in one.sheet.table.columns:
            if not column.refers_to:
                continue
            existing = _existing(filled, column)
            if existing is None:
                continue
            if one.sheet.settings:
                value = one.settings.get(column.name, "")
                if value and value not in existing:
                    yield _dangling(filled, one, None, column, value, existing)
                continue
            names = one.frame[column.name]
            wrong = ~(names.isin([*existing, ""]).to_numpy(dtype=bool) | one.bad[column.name])
            for row in np.flatnonzero(wrong):
                yield _dangling(filled, one, int(row), column, names.iloc[row], existing)


def _existing(filled: Mapping[str, Filled], column: Column) -> dict[str, None] | None:
    """The names a column may refer to, in order; None where the sheet with them couldn't be read in full.

    A reference to a column of choices may be any of the choices: a rule for `other` stands without a country of that
    group.
    """
    names: dict[str, None] = {}
    for target in column.refers_to:
        sheet, _, name = target.partition(".")
        if sheet not in filled:
            raise KeyError(f"{column.name} refers to {target}, which is no sheet of the schema")
        one = filled[sheet]
        known = one.sheet.declared[name]
        if known.choices:
            names |= dict.fromkeys(known.choices)
            continue
        if one.problems and (one.grid is None or name not in one.grid.positions or one.bad[name].any()):
            return None
        names |= dict.fromkeys(one.frame[name].to_list())
    names.pop("", None)
    return names


def _dangling(
    filled: Mapping[str, Filled], one: Filled, row: int | None, column: Column, value: str, existing: Collection[str]
) -> Problem:
    sheet, _, name = column.refers_to[0].partition(".")
    right = suggestion(value, existing)
    if not existing:
        right = (NO_ROWS if filled[sheet].grid else NO_SHEET).format(sheet)
    return Problem(
        one.sheet.name, NO_SUCH.format(name, sheet), row, column.name, value, right, cell=one.cell(row, column.name)
    )


def strange_names(one: Filled) -> Iterator[Problem]:
    """Names of two alphabets, where no reference to another sheet finds them already."""
    for column in one.sheet.table.columns:
        if column.kind != "name" or column.refers_to or one.sheet.settings:
            continue
        for row, name in enumerate(one.frame[column.name].to_list()):
            foreign = "" if name.isascii() else look_alikes(name)
            if foreign:
                where, right = one.cell(row, column.name), f"it holds {foreign}"
                message = "a name in letters of two alphabets"
                yield Problem(one.sheet.name, message, row, column.name, name, right, "warning", where)


def fields_of(text: str) -> list[tuple[str, str]]:
    """Sheet and column of each figure that an assumption is about: `demand.output_t_per_year, sites.pue`."""
    parts = (part.strip() for part in text.split(","))
    return [(sheet.strip(), name.strip()) for sheet, _, name in (part.partition(".") for part in parts if part)]


def unknown_fields(one: Filled) -> Iterator[Problem]:
    """Figures of assumptions that no sheet has: their sheet, or their column or setting, is unknown."""
    if one.sheet.name != "assumptions" or "fields" not in one.frame:
        return
    sheets = sheets_of()
    for row, text in enumerate(one.frame["fields"]):
        for sheet, name in fields_of(text):
            of = sheets.get(sheet)
            if of is not None and name in (of.settings or of.declared):
                continue
            if of is None:
                message, found, right = "no such sheet", sheet, suggestion(sheet, list(sheets)) or FIELDS
            elif not name:
                message, found, right = "a sheet without a column", sheet, FIELDS
            else:
                message, found = f"no such column in {sheet}", name
                right = suggestion(name, list(of.settings or of.declared)) or FIELDS
            yield Problem(one.sheet.name, message, row, "fields", found, right, cell=one.cell(row, "fields"))


def misspelt_sources(filled: Mapping[str, Filled]) -> Iterator[Problem]:
    """Sources that are nearly one of the sheet `sources`; any other text is let pass, as free words."""
    known = list(filled["sources"].frame["source"]) if "sources" in filled else []
    if not known:
        return
    meant: dict[str, str | None] = {}
    for one in filled.values():
        if one.sheet.name == "sources" or "source" not in one.frame:
            continue
        for row, text in enumerate(one.frame["source"].to_list()):
            for part in filter(None, map(str.strip, text.split(";"))):
                if part not in meant:
                    meant[part] = None if part in known else nearest(part, known, cutoff=SOURCE_LIKENESS)
                if meant[part] is not None:
                    right, where = f"did you mean {meant[part]!r}?", one.cell(row, "source")
                    yield Problem(one.sheet.name, "no such source", row, "source", part, right, "warning", where)


def currency_problems(filled: Mapping[str, Filled]) -> Iterator[Problem]:
    """Currencies whose names no unit can hold, and a dollar that isn't one."""
    one = filled.get("currencies")
    if one is None:
        return
    codes = zip(one.frame["currency"], one.frame["usd"], one.bad["currency"], strict=True)
    for row, (code, usd, bad) in enumerate(codes):
        if not bad and not CURRENCY_CODE.fullmatch(code):
            where = one.cell(row, "currency")
            yield Problem("currencies", "no ISO 4217 code", row, "currency", code, "three capitals, as EUR", cell=where)
        elif code == "USD" and usd != 1:
            yield Problem("currencies", "a dollar is worth one", row, "usd", usd, "1", cell=one.cell(row, "usd"))


def slips(one: Filled) -> Iterator[Problem]:
    """Warnings about figures that are likely to be typing slips."""
    if one.sheet.settings:
        yield from _unusual_settings(one)
        return
    for column in one.sheet.table.columns:
        if not column.numeric or column.key or column.name not in one.given:
            continue
        values = one.frame[column.name].to_numpy(dtype=np.float64)
        given = one.given[column.name]
        told: list[Problem] = []
        if one.factors.get(column.name, 1.0) != 1.0 and _in_percent(one, column):
            told += _percent_slips(one, column, values, np.flatnonzero(given))
        factor = _slip_factor(one, column)
        if factor:
            for group in _peers(one, column, given):
                told += _size_slips(one, column, values, group, factor)
        elif share_like(column) and not column.name.endswith(LIMITS_OF_SHARES):
            told += _share_slips(one, column, values, np.flatnonzero(given))
        yield from told
        rest = given.copy()
        rest[[problem.row for problem in told if problem.row is not None]] = False
        yield from _unusual(one, column, values, rest)


def _unusual(
    one: Filled, column: Column, values: npt.NDArray[np.float64], rows: npt.NDArray[np.bool_]
) -> Iterator[Problem]:
    """Figures outside the range that the field knows, in rows where nothing else was told."""
    known = usual(one.sheet.name, column.name)
    if known is not None:
        found = [(int(row), UNUSUAL) for row in np.flatnonzero(known.outside(values) & rows)]
        yield from _warn(one, column, values, found, _usually(column, known))


def _unusual_settings(one: Filled) -> Iterator[Problem]:
    for name, column in one.sheet.settings.items():
        known = usual(one.sheet.name, name)
        if known is not None and known.outside(np.array([one.settings[name]], dtype=np.float64)).any():
            where, right = one.cell(None, name), _usually(column, known)
            yield Problem(one.sheet.name, UNUSUAL, None, name, one.settings[name], right, "warning", where)


def _usually(column: Column, known: Usual) -> str:
    unit = "" if column.unit in ("", "share", "ratio", "1/year") else f" {column.unit}"
    return f"usually {known}{unit} ({known.why}); {CHECK}"


def _slip_factor(one: Filled, column: Column) -> float:
    """How far from its peers a value of the column is likely to be a slip; 0 where it may lie anywhere."""
    if column.unit.startswith("USD"):
        return SLIP_FACTOR
    if column.unit in ("", "ratio", "degree", "1/year", "h", "h/year") or share_like(column):
        return 0.0
    known = usual(one.sheet.name, column.name)
    return SLIP_FACTOR if known is not None and known.narrow else UNIT_SLIP_FACTOR


def _in_percent(one: Filled, column: Column) -> bool:
    return (share_like(column) or column.unit == "1/year") and bool(np.isclose(one.factors[column.name], 0.01))


def _percent_slips(
    one: Filled, column: Column, values: npt.NDArray[np.float64], rows: npt.NDArray[np.intp]
) -> Iterator[Problem]:
    """Values that were shares before the unit row said %."""
    written = np.abs(values[rows] / one.factors[column.name])
    small = rows[(written > 0) & (written <= 1)]
    if small.size and (written.max() <= 1 or np.median(written) >= PERCENT_FACTOR * written[written > 0].min()):
        row = int(small[0])
        shown = abs(values[row] / one.factors[column.name])
        message, right = "a share in a column in %", f"{100 * shown:g}, or share in the unit row"
        where = one.cell(row, column.name)
        yield Problem(one.sheet.name, message, row, column.name, float(shown), right, "warning", where)


def _peers(one: Filled, column: Column, given: npt.NDArray[np.bool_]) -> Iterator[npt.NDArray[np.intp]]:
    """Rows to compare with each other: all, or those of one kind or route where the sheet tells them apart; quantities
    that are no prices also by the first of several keys (the demand of one workload over the periods)."""
    telling = next((c.name for c in one.sheet.table.columns if c.name in ("kind", "route")), None)
    if telling is None and len(one.sheet.keys) > 1 and not column.unit.startswith("USD"):
        telling = one.sheet.keys[0]
    if telling is None or given.sum() <= FEWEST_PEERS:
        yield np.flatnonzero(given)
        return
    rows = np.flatnonzero(given)
    kinds, _ = pd.factorize(one.frame[telling].iloc[rows])
    rows, kinds = rows[kinds >= 0], kinds[kinds >= 0]
    few = []
    for peers in np.split(rows[np.argsort(kinds, kind="stable")], np.cumsum(np.bincount(kinds))[:-1]):
        if telling in one.sheet.keys and len(peers) <= FEWEST_PEERS:
            few.append(peers)
        else:
            yield peers
    yield np.sort(np.concatenate([rows[:0], *few]))


def _size_slips(
    one: Filled, column: Column, values: npt.NDArray[np.float64], rows: npt.NDArray[np.intp], factor: float
) -> Iterator[Problem]:
    rows = rows[values[rows] > 0]
    if len(rows) <= FEWEST_PEERS:
        return
    logs = np.log(values[rows])
    middle, spread = _middle(logs)
    found = []
    for i in np.flatnonzero(np.abs(logs - middle) >= np.log(factor) / 2):
        if len(rows) <= FEW_ROWS:  # so few that a slip moves the middle itself
            middle, spread = _middle(np.delete(logs, i))
        distance = abs(logs[i] - middle)
        if distance >= np.log(factor) and distance > SLIP_SPREADS * spread:
            times = np.exp(min(distance, LARGEST_EXPONENT))
            how = f"{times:.3g} times" if logs[i] > middle else f"a {times:.3g}th of"
            found.append((int(rows[i]), f"{how} the median of its peers ({np.exp(middle):.4g} {column.unit})"))
    known = usual(one.sheet.name, column.name)
    yield from _warn(one, column, values, found, _usually(column, known) if known else CHECK)


def _middle(logs: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Median, and robust standard deviation."""
    middle = float(np.median(logs))
    return middle, NORMAL_SPREAD * float(np.median(np.abs(logs - middle)))


def _share_slips(
    one: Filled, column: Column, values: npt.NDArray[np.float64], rows: npt.NDArray[np.intp]
) -> Iterator[Problem]:
    shares = values[rows]
    whole = (shares == 0) | (shares == 1)
    few = 0 < whole.sum() <= REPEATED_MESSAGES and whole.mean() <= MOST_WHOLE_SHARE
    if not few or (~whole).sum() < FEWEST_FRACTIONS:
        return
    found = [(int(row), f"a share of exactly {values[row]:g} among fractions") for row in rows[whole]]
    yield from _warn(one, column, values, found, "is it meant?")


def _warn(
    one: Filled, column: Column, values: npt.NDArray[np.float64], found: list[tuple[int, str]], right: str
) -> Iterator[Problem]:
    told = found if len(found) <= REPEATED_MESSAGES else found[:1]
    for row, message in told:
        if len(told) < len(found):
            message += f", and {len(found) - 1} more in this column"
        where = one.cell(row, column.name)
        yield Problem(one.sheet.name, message, row, column.name, float(values[row]), right, "warning", where)
