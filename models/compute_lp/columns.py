"""Words in which a part states its sheets and result tables, a line a column."""

from __future__ import annotations

from compute_lp.schema import REQUIRED, Column, Default, Report, Table, Value


def table(name: str, row: str, *columns: Column, required: bool = False, settings: bool = False) -> Table:
    """A sheet whose title is its name in words."""
    title = name.replace("_", " ").capitalize()
    return Table(name=name, title=title, row=row, columns=columns, required=required, settings=settings)


def report(name: str, meaning: str, keys: tuple[str, ...], *values: Value) -> Report:
    """A result table of the values given."""
    return Report(name, meaning, keys, values)


def key(name: str, meaning: str, *refers_to: str, default: Default = REQUIRED) -> Column:
    """Names that tell the rows of a table apart, their own or those of another table's rows."""
    return Column(name, meaning, kind="name", key=True, default=default, refers_to=refers_to)


def named(name: str, meaning: str, *refers_to: str, default: Default = REQUIRED) -> Column:
    """Names, of another table's rows where it refers to one."""
    return Column(name, meaning, kind="name", default=default, refers_to=refers_to)


def choice(
    name: str, meaning: str, choices: tuple[str, ...], default: Default = REQUIRED, *, key: bool = False
) -> Column:
    """One of a few words."""
    return Column(name, meaning, kind="choice", key=key, default=default, choices=choices)


def amount(name: str, meaning: str, unit: str, default: Default = REQUIRED, *, high: float | None = None) -> Column:
    """Quantities of 0 or more."""
    return Column(name, meaning, unit, default=default, low=0, high=high)


def share(name: str, meaning: str, default: Default = REQUIRED) -> Column:
    """Shares, from 0 to 1."""
    return Column(name, meaning, "share", default=default, low=0, high=1)


def per_year(name: str, meaning: str, low: float, high: float, default: Default = 0.0) -> Column:
    """Changes, losses or charges a year, as a share of what they change."""
    return Column(name, meaning, "1/year", default=default, low=low, high=high)


def months(
    name: str, meaning: str, default: Default = REQUIRED, *, high: float | None = None, default_from: str | None = None
) -> Column:
    """Stretches of time."""
    return Column(name, meaning, "months", default=default, default_from=default_from, low=0, high=high)


def month(name: str, meaning: str, default: Default = REQUIRED, *, key: bool = False) -> Column:
    """Dates YYYY-MM."""
    return Column(name, meaning, kind="month", key=key, default=default)
