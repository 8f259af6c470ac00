"""Workbooks prefilled from the atlas: `sheets_for(programme("india"))`, or any other country of the atlas.

Each file or room beside this one is about some sheets of the workbook: `TABLES` are the tables of the atlas it reads (a
folder of CSV files, checked on loading like a workbook: keys, units, ranges, references, low and high), `check` finds
what is wrong with them beyond that, `sheets` makes the sheets of a case, `ASSUMPTIONS` and `assumed` what it takes for
granted. What is computed and how stands in its docstring.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from compute_lp.schema import InputError, Inputs, Row, Table
from planner.prefill import control, logs, machines, mix, money, places, power, scenarios, settings, workloads, zones
from planner.prefill.case import DEFAULT, EVERY, Case, remark_problems
from planner.prefill.machines import stock
from planner.prefill.sheet import Sheet
from planner.workbook import inspect
from planner.workbook.names import nearest

PARTS = (places, settings, power, zones, machines, stock, control, workloads, mix, money)
"""Places first: a country without a site stops there."""
LAST = (scenarios, logs)
"""Those that are about the sheets of the others."""
TABLES: tuple[Table, ...] = tuple(table for part in (*PARTS, *LAST) for table in part.TABLES)


@dataclass(frozen=True)
class Atlas(Inputs):
    """The tables of the atlas. Parts ask for the same rows thousands of times, so they are made once."""

    made: dict[str, list[Row]] = field(default_factory=dict, init=False)

    def rows(self, sheet: str) -> list[Row]:
        """As of any inputs."""
        if sheet not in self.made:
            self.made[sheet] = super().rows(sheet)
        return self.made[sheet]


def folder() -> Path:
    """Where the atlas lies: beside this file in an installed package, in `inputs/` of a checkout."""
    packed = Path(__file__).parent / "atlas"
    return packed if packed.is_dir() else Path(__file__).parents[2] / "inputs" / "atlas"


@cache
def atlas(path: Path | None = None) -> Atlas:
    """The checked atlas. Raises InputError with every problem, by file and line."""
    found = inspect(path or folder(), tables=TABLES)
    if found.inputs is None:
        raise InputError(found.problems)
    read = Atlas(found.inputs.tables, found.inputs.settings, cells=found.inputs.cells)
    problems = [problem for table in TABLES for problem in remark_problems(read, table.name)]
    problems += [problem for part in (*PARTS, *LAST) for problem in part.check(read)]
    if problems:
        raise InputError([replace(p, cell=p.cell or read.cells[p.sheet](p.row, p.column)) for p in problems])
    return read


def programmes() -> list[str]:
    """Names of the shipped programmes."""
    return [str(plan) for plan in atlas()["plans"]["plan"] if plan not in (DEFAULT, EVERY)]


def programme(name: str) -> Case:
    """The case of a shipped programme, by its name or its country's. Raises LookupError with the nearest and all."""
    known = {row.plan: row.home for row in atlas().rows("plans") if row.home}
    plan = name.strip().casefold().replace(" ", "_").replace("-", "_")
    if plan in known:
        return Case(atlas(), plan, known[plan])
    try:
        meant = country(name).plan
    except LookupError:
        meant = DEFAULT
    alike = meant if meant != DEFAULT else nearest(plan, list(known))
    hint = f"did you mean {alike}? " if alike else ""
    raise LookupError(f"there is no programme {name!r}; {hint}The programmes are {', '.join(known)}")


def country(name: str) -> Case:
    """The case of a country by ISO code, name or alias: its programme where it has one, else the defaults'.

    Raises LookupError with the nearest name where the atlas hasn't the country.
    """
    rows = atlas().rows("countries")
    names = {each.strip(): row.country for row in rows for each in (row.country, row.name, *row.aliases.split(";"))}
    names.pop("", None)
    folded = {each.casefold(): home for each, home in names.items()}
    home = folded.get(name.strip().casefold())
    if home is None:
        alike = nearest(name.strip(), list(names))
        hint = f"did you mean {alike}?" if alike else f"it has {', '.join(row.name for row in rows)}"
        raise LookupError(f"the atlas has no country {name!r}; {hint}")
    plans = {row.home: str(row.plan) for row in atlas().rows("plans") if row.home}
    return Case(atlas(), plans.get(home, DEFAULT), home)


def sheets_for(case: Case) -> Sequence[Sheet]:
    """All sheets of a case's workbook."""
    made = [sheet for part in PARTS for sheet in part.sheets(case)]
    about, left_out = scenarios.sheets(case, made)
    made += about
    made += logs.logs(case, [*_assumed(case), *left_out])
    made = [sheet for sheet in made if sheet.rows]
    return [*made, logs.sources(case.atlas, TABLES, made)]


def _assumed(case: Case) -> Iterator[logs.Assumed]:
    """What the parts take for granted: always, and in this case."""
    for part in PARTS:
        yield from getattr(part, "ASSUMPTIONS", ())
        of_case = getattr(part, "assumed", None)
        if of_case is not None:
            yield from of_case(case)
