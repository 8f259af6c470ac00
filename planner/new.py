"""The verb `new`: a workbook of a programme, of a country, or empty; and what is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.prefill.case import Case


class Usage(Exception):
    """A command that can't be carried out as it was given."""


def new(file: Path, *, programme: str | None, country: str | None, tiers: str | None) -> str:
    """Make the workbook and say what it is. Raises Usage."""
    if file.suffix not in ("", ".xlsx"):
        raise Usage(
            f"{file}: a workbook is an .xlsx file or a folder; give a name ending in .xlsx, or one without a dot"
        )
    if file.exists():
        raise Usage(f"{file} exists already; give another name")
    try:
        if programme is None and country is None:
            return _empty(file, tiers)
        return _filled(file, _case(programme, country), programme, tiers)
    except FileExistsError as fault:
        raise Usage(f"{fault}; give another name") from fault
    except OSError as fault:
        raise Usage(f"{file} can't be written: {fault.strerror}") from fault


def _empty(file: Path, tiers: str | None) -> str:
    from planner.workbook import blank

    if tiers is not None:
        raise Usage("--tiers chooses among the demand of a programme; give --programme or --country with it")
    blank(file)
    return f"{file} is ready to be filled in; its sheet README says how. Then: planner check {file}"


def _case(programme: str | None, country: str | None) -> Case:
    from planner import prefill

    try:
        if programme is not None:
            return prefill.programme(programme)
        assert country is not None
        return prefill.country(country)
    except LookupError as fault:
        raise Usage(str(fault)) from fault


def _filled(file: Path, case: Case, programme: str | None, tiers: str | None) -> str:
    from planner.prefill.case import DEFAULT
    from planner.prefill.write import write

    write(case, file, tiers=tiers)
    lines = []
    if programme is None and case.plan != DEFAULT:
        lines.append(f"{case.country.name} has a programme in the atlas: {case.plan}")
    if case.defaults:
        lines += ["defaults used (they stand in the sheet assumptions too):"]
        lines += [f"  {told}" for told in case.defaults.values()]
    lines.append(f"{file} is filled in for {case.country.name}. Then: planner check {file}, planner run {file}")
    return "\n".join(lines)
