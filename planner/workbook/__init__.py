"""A workbook, xlsx file or folder of CSV files, made into checked inputs, and back.

`read` gives inputs or raises InputError with every problem of every sheet; `inspect` gives both, with warnings and
the defaults that were used. `convert` and `write` make the one format from the other; `blank` makes a new workbook.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

import compute_lp
from compute_lp.schema import InputError, Inputs, Problem, Table
from planner.review.contradictions import contradictions
from planner.review.follow_on import UNKNOWN_SHEET, causes
from planner.review.versions import migrated
from planner.workbook.check import (
    currency_problems,
    dangling_references,
    missing_sheets,
    misspelt_sources,
    repeated_keys,
    slips,
    strange_names,
    unknown_fields,
)
from planner.workbook.fill import Default, Filled, fill
from planner.workbook.folder import (
    LOCATION,
    ProfileFile,
    copy_beside,
    profile_file,
    read_folder,
    read_profiles,
    rows_above,
    write_folder,
)
from planner.workbook.grid import Cell, Grid, Raw, lay_out
from planner.workbook.names import suggestion
from planner.workbook.pages import Page, blank_page, broken, page_above_raw, page_of_grid, page_of_inputs
from planner.workbook.sheets import Sheet, sheets_of
from planner.workbook.units import Units
from planner.workbook.xlsx_read import read_xlsx, unreadable
from planner.workbook.xlsx_write import README, write_xlsx

__all__ = [
    "LOCATION",
    "Default",
    "Findings",
    "Opened",
    "Source",
    "blank",
    "changed",
    "convert",
    "filled_sheets",
    "input_hash",
    "inspect",
    "open_workbook",
    "opened",
    "read",
    "write",
]

XLSX = (".xlsx", ".xlsm")


@dataclass(frozen=True)
class Findings:
    """What a workbook holds: inputs (None where there are errors), errors, warnings and the defaults used."""

    inputs: Inputs | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    defaults: tuple[Default, ...]


@dataclass
class Source:
    """A workbook as it stands, laid out."""

    raws: dict[str, Raw] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    """With files, and with sheets that are none."""
    grids: dict[str, Grid] = field(default_factory=dict)
    layout_problems: dict[str, list[Problem]] = field(default_factory=dict)
    notes: dict[str, Raw] = field(default_factory=dict)
    above: Mapping[str, list[dict[str, Cell]]] = field(default_factory=dict)
    above_elsewhere: list[dict[str, Cell]] | None = None
    """Rows above the header where the source says nothing: None for the standard ones."""
    without_units: frozenset[str] = frozenset()
    profile_file: ProfileFile | None = None
    older: list[str] = field(default_factory=list)
    """What changed since the workbook's version, where it is an older one, as lines."""

    @property
    def seen(self) -> set[str]:
        """Sheets that stand in the workbook, readable or not."""
        return {*self.raws, *self.grids, *(p.sheet for p in self.problems)}

    def take(self, raw: Raw, sheet: Sheet) -> None:
        layout = lay_out(raw, sheet)
        self.layout_problems[sheet.name] = layout.problems
        if layout.grid is not None:
            self.grids[sheet.name] = layout.grid


@dataclass(frozen=True)
class Opened:
    """A workbook as it stands, what its sheets are filled with, and what was found."""

    source: Source
    filled: Mapping[str, Filled]
    units: Units
    own_problems: Mapping[str, tuple[Problem, ...]]
    """By sheet, what is wrong within it."""
    findings: Findings


def read(path: Path | str) -> Inputs:
    """The checked inputs of a workbook. Raises InputError with all problems of all sheets, each with its cell."""
    found = inspect(path)
    if found.inputs is None:
        raise InputError(found.problems)
    return found.inputs


def inspect(path: Path | str, *, tables: tuple[Table, ...] | None = None) -> Findings:
    """What a workbook holds and what is wrong with it; `tables` other than the contract's are for tests.

    Raises InputError only where there is no workbook to be read.
    """
    return opened(path, tables=tables).findings


def opened(path: Path | str, *, tables: tuple[Table, ...] | None = None) -> Opened:
    """A workbook read and judged; arguments and errors as of `inspect`."""
    from planner.review.scenario_check import scenario_problems  # here, as it reads sheets as this room does

    sheets = sheets_of(tables)
    source = open_workbook(Path(path), sheets)
    filled, units = _fill_all(source.grids, sheets)
    for name, problems in source.layout_problems.items():
        filled[name].problems[:0] = problems
    for problem in source.problems:
        if problem.sheet in filled:
            filled[problem.sheet].problems.append(problem)
    found = [p for p in source.problems if p.sheet not in filled]
    found += [*misspelt_sources(filled), *scenario_problems(filled, units)]
    own = {name: _own_problems(one) for name, one in filled.items()}
    return Opened(source, filled, units, own, _judged(filled, own, source.seen, found, contract=tables is None))


def changed(book: Opened, grids: Mapping[str, Grid]) -> Opened:
    """A workbook without errors with other grids in place of some of its own, judged as if it had been typed that way.

    What other sheets were filled with is shared, and what is wrong within one isn't sought again; what is wrong
    between them is. The scenarios are those of the workbook as it stands, so they aren't checked against the changes.
    """
    sheets = {name: one.sheet for name, one in book.filled.items()}
    if "currencies" in grids:
        filled, units = _fill_all({name: grids.get(name, one.grid) for name, one in book.filled.items()}, sheets)
    else:
        units = book.units
        filled = {**book.filled, **{name: fill(sheets[name], grid, units) for name, grid in grids.items()}}
    own = {
        name: book.own_problems[name] if one is book.filled[name] else _own_problems(one)
        for name, one in filled.items()
    }
    return Opened(book.source, filled, units, own, _judged(filled, own, {*book.source.seen, *grids}, [], contract=True))


def filled_sheets(path: Path | str) -> dict[str, Filled]:
    """The sheets of a workbook, faulty or not, without the checks across them; raises InputError as `inspect` does."""
    sheets = sheets_of()
    return _fill_all(open_workbook(Path(path), sheets).grids, sheets)[0]


def _fill_all(grids: Mapping[str, Grid | None], sheets: Mapping[str, Sheet]) -> tuple[dict[str, Filled], Units]:
    units = Units()
    if "currencies" in sheets:
        money = fill(sheets["currencies"], grids.get("currencies"), units).frame
        units = Units(dict(zip(money["currency"], money["usd"], strict=True)))
    return {name: fill(sheet, grids.get(name), units) for name, sheet in sheets.items()}, units


def _own_problems(one: Filled) -> tuple[Problem, ...]:
    """What is wrong within a sheet."""
    return (*one.problems, *repeated_keys(one), *slips(one), *strange_names(one), *unknown_fields(one))


def _judged(
    filled: Mapping[str, Filled],
    own: Mapping[str, Sequence[Problem]],
    seen: set[str],
    found: list[Problem],
    *,
    contract: bool,
) -> Findings:
    """What a workbook holds, with all that is wrong within its sheets and between them, and what was found before."""
    found = [*missing_sheets(filled, seen), *itertools.chain(*own.values()), *dangling_references(filled), *found]
    found += currency_problems(filled)
    faulty = {p.sheet for p in found if p.severity == "error"}
    inputs = Inputs(
        {name: one.frame for name, one in filled.items()},
        {key: value for one in filled.values() for key, value in one.settings.items()},
        cells={name: one.cell for name, one in filled.items()},
    )
    if contract:
        crossed = [*_part_problems(inputs, faulty), *contradictions(inputs, faulty)]
        found += [replace(p, cell=p.cell or filled[p.sheet].cell(p.row, p.column)) for p in crossed]
    order = {name: i for i, name in enumerate(filled)}
    found.sort(key=lambda p: (order.get(p.sheet, -1), -1 if p.row is None else p.row))
    errors = tuple(causes([p for p in found if p.severity == "error"], filled))
    warnings = tuple(p for p in found if p.severity == "warning")
    defaults = tuple(default for one in filled.values() for default in one.defaults)
    return Findings(None if errors else inputs, errors, warnings, defaults)


def _part_problems(inputs: Inputs, faulty: set[str]) -> list[Problem]:
    """What the parts of the programme find wrong with sheets that are sound in themselves."""
    found: list[Problem] = []
    ground = {table.name for table in compute_lp.frame.TABLES}
    for part in compute_lp.PARTS:
        check = getattr(part, "check", None)
        if check is None or faulty & {*ground, *(table.name for table in part.TABLES)}:
            continue
        try:
            found += [p for p in check(inputs) if p.sheet not in faulty]
        except Exception:
            # a fault in another sheet, reported already, may stop a check that reads it too; else it is our bug
            if not faulty:
                raise
    return found


def write(inputs: Inputs, path: Path | str) -> None:
    """Writes inputs, defaults filled in, as an xlsx file or a folder of CSV."""
    sheets = sheets_of()
    pages = [page_of_inputs(sheets[name], inputs) for name in inputs]
    _write(Path(path), [page for page in pages if page is not None], sheets, {})


def blank(path: Path | str) -> None:
    """Makes an empty workbook with every sheet. Raises FileExistsError rather than writing over one."""
    path = Path(path)
    if path.exists():
        raise FileExistsError(f"{path} exists already")
    sheets = sheets_of()
    _write(path, [blank_page(sheet) for sheet in sheets.values()], sheets, {})


def convert(src: Path | str, dst: Path | str) -> list[str]:
    """Writes a workbook in the other format, with its private notes, units and estimates; values are not checked.

    One of an older version is written as one of today's; gives the list of what changed, empty for one of today's. The
    file of long profiles is copied beside it. Raises InputError for what would be lost: unknown sheets or columns,
    sheets without a header, formulas without a value.
    """
    src, dst = Path(src), Path(dst)
    sheets = sheets_of()
    source = open_workbook(src, sheets)
    layout = [p for problems in source.layout_problems.values() for p in problems]
    errors = [p for p in [*source.problems, *layout] if p.severity == "error"]
    errors += [problem for grid in source.grids.values() for problem in broken(grid)]
    if src.resolve() == dst.resolve():
        errors.append(Problem("", "would be written over itself", right="another name", cell=dst.name))
    if errors:
        raise InputError(errors)
    pages = [
        page_of_grid(grid, source.above.get(name, source.above_elsewhere), unit_row=name not in source.without_units)
        for name, grid in ((name, source.grids.get(name)) for name in sheets)
        if grid is not None and not (source.profile_file and name == "profiles")
    ]
    _write(dst, pages, sheets, {name: page_above_raw(raw) for name, raw in source.notes.items()})
    if source.profile_file is not None:
        copy_beside(source.profile_file, src, dst)
    return source.older


def input_hash(inputs: Inputs) -> dict[str, str]:
    """SHA-256 of each sheet's content, the same whichever format it was read from.

    Defaults count as filled in, values as converted; private notes, the order of columns and the name of the file with
    long profiles don't count.
    """
    sheets = sheets_of()
    hashes = {}
    for name in inputs:
        frame = inputs.tables[name]
        if sheets[name].settings:
            frame = frame[frame["key"] != LOCATION]
        extra = sorted(c for c in frame.columns if c not in sheets[name].hashed and not _all_blank(frame[c]))
        digest = hashlib.sha256()
        for column in [*sheets[name].hashed, *extra]:
            digest.update(json.dumps([column, frame[column].to_list()], ensure_ascii=False).encode())
        hashes[name] = digest.hexdigest()
    return hashes


def _all_blank(column: pd.Series[str]) -> bool:
    return bool((np.isnan(column.to_numpy()) if column.dtype == np.float64 else (column == "")).all())


def _write(
    path: Path, pages: list[Page], sheets: Mapping[str, Sheet], notes: Mapping[str, Sequence[Sequence[Cell]]]
) -> None:
    if path.suffix.casefold() == ".xlsx" and not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_xlsx(path, pages, notes)
    elif not path.suffix or path.is_dir():
        write_folder(path, pages, sheets, notes)
    else:
        raise unreadable(
            path, "is neither an .xlsx file nor a folder", "a name that ends in .xlsx, or one without a dot"
        )


def open_workbook(path: Path, sheets: Mapping[str, Sheet] | None = None) -> Source:
    """Opens a workbook and lays its sheets out. Raises InputError where there is none to be read."""
    sheets = sheets_of() if sheets is None else sheets
    if not path.exists():
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise unreadable(path, "doesn't exist", suggestion(path.name, siblings) if len(siblings) else "")
    try:
        source = _read(path, sheets)
        migration = migrated(source.raws, sheets)
        source.raws, source.older = dict(migration.raws), migration.told()
        source.problems += migration.changes
        _lay_out_all(source, sheets)
        _add_profiles(source, path, sheets)
    except OSError as fault:
        raise unreadable(
            path, f"can't be opened ({fault.strerror})", "close it elsewhere, or ask for access"
        ) from fault
    return source


def _read(path: Path, sheets: Mapping[str, Sheet]) -> Source:
    """The sheets of a file or folder, not laid out yet."""
    source = Source()
    if path.is_dir():
        source.raws, source.problems = read_folder(path, sheets)
        source.above = rows_above(path)
    elif not path.is_file():
        raise unreadable(path, "is neither a file nor a folder", "the name of an .xlsx file or of a folder")
    elif path.suffix.casefold() in XLSX:
        xlsx = read_xlsx(path)
        source.raws, source.without_units, source.above_elsewhere = dict(xlsx.sheets), xlsx.without_units, []
        source.problems += [
            Problem("", message, None, None, None, right, "warning", path.name) for message, right in xlsx.warnings
        ]
    else:
        right = "give the folder that it lies in" if path.suffix.casefold() == ".csv" else "save it as .xlsx"
        raise unreadable(path, "is no workbook: neither .xlsx nor a folder of CSV files", right)
    return source


def _lay_out_all(source: Source, sheets: Mapping[str, Sheet]) -> None:
    for name, raw in source.raws.items():
        if name.startswith("#"):
            source.notes[name] = raw
        elif name in sheets:
            source.take(raw, sheets[name])


def _add_profiles(source: Source, path: Path, sheets: Mapping[str, Sheet]) -> None:
    """Takes the profiles from the file that the setting names, and reports sheets that are none."""
    programme = source.grids.get("programme")
    name, where = profile_file(programme) if programme else ("", "")
    if name:
        beside = [path, path.parent] if path.is_dir() else [path.parent]
        if path.is_dir() and Path(name).stem != "profiles":
            source.raws.pop(Path(name).stem, None)
        source.problems = [p for p in source.problems if p.cell.partition(" ")[0] != name]
        raw, problems, file = read_profiles(beside, name, where)
        source.problems += problems
        own = source.grids.get("profiles")
        if own is not None and own.data and own.raw.file != name:
            right = f"keep the sheet or {name}"
            source.problems.append(
                Problem(
                    "profiles", "profiles stand in the sheet and in profile_file", right=right, cell=own.cell(0, None)
                )
            )
        if raw is not None and file is not None:
            source.profile_file = ProfileFile(name, file)
            source.take(raw, sheets["profiles"])
    for sheet, raw in source.raws.items():
        if sheet not in sheets and sheet not in source.notes and sheet.casefold() != README.casefold() and raw.rows:
            right = suggestion(sheet, list(sheets)) or "mark a sheet of your own with a # before its name"
            where = raw.file or raw.cell(None, 0)
            source.problems.append(Problem(sheet, UNKNOWN_SHEET, None, None, sheet, right, cell=where))
