"""The scenarios a workbook comes with.

one scenario    a row of `plan_scenarios` and its rows of `plan_scenario_changes`
three ends      a scenario NAME that stands with NAME_low and NAME_high is told once: NAME takes the `value` of each
                change, the others its `low` and its `high`. They depart further and further from the base, whichever
                way the numbers run; where a cell is blank, that end leaves the change out. In any other scenario low
                and high say how far the value may lie
rows            as in a workbook (`select`), on cells as they are written, with names looked up in other sheets:
                `site={sites: country={countries: group=home}}` means every site at home
left out        changes that match nothing in the case, names among several that choose nothing, scenarios of which
                nothing remains or whose parents are left out: told among the assumptions. A change may also wake a
                regime: it sets `from` of the regime's sleeping rules and caps (`control`), where the case has any
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from compute_lp.columns import amount, choice, key, named
from compute_lp.schema import Column, Inputs, Problem, Row
from planner.prefill import control
from planner.prefill.case import Case, atlas_table, judged
from planner.prefill.logs import BETWEEN, OF_ATLAS, Assumed
from planner.prefill.sheet import Sheet
from planner.review.scenario_check import select
from planner.workbook.names import suggestion
from planner.workbook.numbers import NUMBER
from planner.workbook.sheets import sheets_of

WAKING = "2027-01"
"""Month from which a woken rule holds: the start of every plan."""
FIELD_OF_WAKING = "from"
CENTRAL, ENDS = "value", ("low", "high")
CHANGES, SCENARIOS = "plan_scenario_changes", "plan_scenarios"
LOOKED_UP = re.compile(r"\{(\w+): ([^{}]*)\}")
LISTED = re.compile(r"\s*(\w+)=(.*)", re.DOTALL)
BY_FACTOR = "multiply"
JUDGEMENT = "judgement"
"""A source that is none; the row is of low confidence, and its note says how it was judged."""


def _text(name: str, meaning: str) -> Column:
    return Column(name, meaning, kind="text", default="")


TABLES = (
    atlas_table(
        SCENARIOS,
        "a scenario that workbooks come with",
        key("plan", "programme, or every", "plans.plan"),
        key("scenario", "name; one that stands with name_low and name_high is told once, under its own name"),
        _text("parents", "scenarios applied first, joined by +"),
        Column("title", "title in reports", kind="text"),
        amount("weight", "weight in averages over scenarios; 0: a choice of ours, not a state of the world", "ratio"),
        Column("run", "whether it is solved when no scenario is named", kind="yes_no"),
    ),
    atlas_table(
        CHANGES,
        "a change of a scenario",
        key("plan", "programme, or every", "plans.plan"),
        key("scenario", "scenario", f"{SCENARIOS}.scenario"),
        Column("step", "order within the scenario", kind="integer", key=True, low=1),
        named("lever", "group of changes that belong together"),
        choice("wakes", "regime whose sleeping rules and caps it wakes; blank: none", tuple(control.REGIMES), ""),
        named("sheet", "sheet that is changed; blank where it wakes a regime", default=""),
        _text("rows", "which rows; blank: all. `{sheet: rows}` stands for the names of those rows"),
        named("field", "column that is changed", default=""),
        choice("change", "what is done", ("set", BY_FACTOR, "add", "delay", "remove"), "set"),
        _text(CENTRAL, "by or to how much"),
        _text("low", "the same in name_low, which departs least; blank: left out there"),
        _text("high", "the same in name_high, which departs most; blank: left out there"),
        Column("why", "what it stands for", kind="text"),
    ),
)


@dataclass(frozen=True)
class Change:
    """A change as a workbook has it, and the row of the atlas it is made from."""

    row: Row
    sheet: str
    rows: str
    field: str
    value: str


def sheets(case: Case, made: Sequence[Sheet]) -> tuple[list[Sheet], list[Assumed]]:
    """The sheets scenarios and scenario_changes for a workbook of the sheets made; what is left out, and why."""
    book = {sheet.name: _frame(sheet) for sheet in made}
    heads, changes, left_out = Sheet("scenarios"), Sheet("scenario_changes"), dict[str, str]()
    listed, asked = case.rows(SCENARIOS), case.rows(CHANGES)
    names, shipped = {row.scenario for row in listed}, set[str]()
    for head in listed:
        name, end = told_as(head.scenario, names)
        told = [row for row in asked if row.scenario == name]
        found = [one for row in told for change in _at(case, row, end, names) if (one := _matched(change, book))]
        orphaned = [parent for parent in _parents(head) if parent not in shipped]
        if orphaned or (told and not found):
            left_out[f"The scenario {head.scenario}"] = f"it builds on {orphaned[0]}" if orphaned else _nothing(told)
            continue
        used = {change.row.lever for change in found}
        for lever in dict.fromkeys(row.lever for row in told if end == CENTRAL and row.lever not in used):
            left_out[f"The lever {lever} of {name}"] = _nothing([row for row in told if row.lever == lever])
        shipped.add(head.scenario)
        _add_head(heads, head)
        for step, change in enumerate(found, 1):
            _add_change(changes, case, head.scenario, step, change)
    return [heads, changes], [(f"{what} is left out", why, "high") for what, why in left_out.items()]


def told_as(scenario: str, names: Collection[str]) -> tuple[str, str]:
    """The scenario whose changes it takes, and the column that holds their values."""
    for end in ENDS:
        name = scenario.removesuffix(f"_{end}")
        if name != scenario and name in names:
            return name, end
    return scenario, CENTRAL


def has_ends(scenario: str, names: Collection[str]) -> bool:
    """Whether it stands with its low and its high."""
    return all(f"{scenario}_{end}" in names for end in ENDS)


def _parents(head: Row) -> list[str]:
    return [parent.strip() for parent in head.parents.split("+") if parent.strip()]


def _nothing(told: Sequence[Row]) -> str:
    sought = dict.fromkeys(row.sheet or "export_rules" for row in told)
    return f"this programme has no such rows in {' and '.join(sought)}"


def _at(case: Case, row: Row, end: str, names: Collection[str]) -> Iterator[Change]:
    """The changes a row of the atlas stands for at an end; of a regime, one for its rules and one for its caps."""
    if row.wakes:
        for sheet, column, asleep in (
            ("export_rules", "rule", control.sleeping(case, row.wakes)),
            ("export_caps", "cap", control.sleeping_caps(case, row.wakes)),
        ):
            if asleep:
                yield Change(row, sheet, f"{column}={','.join(asleep)}", FIELD_OF_WAKING, WAKING)
        return
    value = str(getattr(row, end))
    if value or not has_ends(row.scenario, names):
        yield Change(row, row.sheet, row.rows, row.field, value)


def _matched(change: Change, book: Mapping[str, pd.DataFrame]) -> Change | None:
    """The change with its rows chosen by names that stand in the workbook; None where it has no such rows.

    Raises SelectorFault where the atlas chooses rows by a column that the sheet can't have.
    """
    if change.sheet not in book:
        return None
    if sheets_of()[change.sheet].settings:
        return change
    rows = change.rows
    while looked_up := LOOKED_UP.search(rows):
        rows = rows.replace(looked_up[0], ",".join(_names(book, looked_up[1], looked_up[2])))
    frame = book[change.sheet]
    rows = "; ".join(_idle_left_out(term.strip(), frame) for term in rows.split(";"))
    return replace(change, rows=rows) if select(sheets_of()[change.sheet], frame, rows).any() else None


def _names(book: Mapping[str, pd.DataFrame], sheet: str, rows: str) -> list[str]:
    """What tells the chosen rows of a sheet apart: its first key."""
    known, frame = sheets_of()[sheet], book[sheet]
    first = next(column.name for column in known.table.columns if column.key)
    return list(dict.fromkeys(frame[first][select(known, frame, rows)]))


def _idle_left_out(term: str, frame: pd.DataFrame) -> str:
    """A choice among names without those that stand in no row; as it is where none does, or where it is no such one."""
    listed = LISTED.fullmatch(term)
    if listed is None or frame[listed[1]].dtype == np.float64:
        return term
    here = [name for name in listed[2].split(",") if name in set(frame[listed[1]])]
    return f"{listed[1]}={','.join(here)}" if here else term


def _frame(sheet: Sheet) -> pd.DataFrame:
    """The cells of a sheet as `select` takes them; numbers that are left blank are NaN."""
    known = sheets_of()[sheet.name]
    names = dict.fromkeys([*known.declared, *sheet.columns])
    cells: dict[str, Any] = {name: [row.get(name, "") for row in sheet.rows] for name in names}
    for name, texts in cells.items():
        numeric = known.known[name].numeric
        cells[name] = [float(text or "nan") for text in texts] if numeric else pd.array(texts, dtype="str")
    return pd.DataFrame(cells)


def _add_head(heads: Sheet, head: Row) -> None:
    heads.add(
        scenario=head.scenario,
        parents=head.parents,
        title=head.title,
        weight=judged(head, "weight"),
        run=head.run,
        note=head.note,
        source=OF_ATLAS + SCENARIOS,
        confidence=head.confidence,
    )


def _add_change(changes: Sheet, case: Case, scenario: str, step: int, change: Change) -> None:
    row = change.row
    tables = [OF_ATLAS + name for part in row.source.split(BETWEEN) if (name := part.strip()) in case.atlas.tables]
    changes.add(
        scenario=scenario,
        step=step,
        lever=row.lever,
        sheet=change.sheet,
        rows=change.rows,
        field=change.field,
        change=row.change,
        value=change.value,
        why=row.why,
        note=row.note,
        source=f"{BETWEEN} ".join([OF_ATLAS + CHANGES, *tables]),
        confidence=row.confidence,
    )


def check(atlas: Inputs) -> Iterator[Problem]:
    """Changes of nothing, sources that aren't there, ends that don't depart further and further from the base."""
    names = {row.scenario for row in atlas.rows(SCENARIOS)}
    for row in atlas.rows(SCENARIOS):
        if any(f"{row.scenario}_{end}" in names for end in ENDS) and not has_ends(row.scenario, names):
            yield row.problem("scenario", "one end stands without the other", "both its low and its high, or neither")
    for row in atlas.rows(CHANGES):
        if bool(row.wakes) == bool(row.sheet):
            yield row.problem("sheet", "a change either wakes a regime or changes a sheet", "one of wakes and sheet")
        if row.sheet and row.sheet not in sheets_of():
            yield row.problem("sheet", "no sheet of a workbook", suggestion(row.sheet, list(sheets_of())))
        if told_as(row.scenario, names)[1] != CENTRAL:
            yield row.problem("scenario", "an end of a scenario has changes of its own", "its name without the end")
        for part in (part.strip() for part in row.source.split(BETWEEN)):
            if part != JUDGEMENT and part not in atlas.tables:
                yield row.problem("source", f"{part} is no table of the atlas", suggestion(part, list(atlas.tables)))
        values = [str(getattr(row, end)) for end in ("low", CENTRAL, "high")]
        if has_ends(row.scenario, names) and not row.wakes and not _rises(row.change, values):
            message = f"its low, value and high don't depart further and further: {', '.join(v or '–' for v in values)}"
            yield row.problem(CENTRAL, message, "in this order, whichever way the numbers run")


def _rises(change: str, values: Sequence[str]) -> bool:
    """Whether a change departs further at each end; words may set in at any of them, and then stay.

    Departure is measured from nothing changed. What a number is set to is compared with nothing here, so it needs but
    run one way.
    """
    given = [value for value in values if value]
    if values[len(values) - len(given) :] != given or not given:
        return False
    if not all(NUMBER.fullmatch(value) for value in given):
        return True
    numbers = [float(value) for value in given]
    if change == BY_FACTOR:
        numbers = [math.log(number) if number else -math.inf for number in numbers]
    if change != "set":
        numbers = [0.0, *numbers]
    steps = [later - earlier for earlier, later in pairwise(numbers)]
    return all(step > 0 for step in steps) or all(step < 0 for step in steps)
