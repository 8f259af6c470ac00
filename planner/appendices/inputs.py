"""Appendix D, inputs and sources: every sheet as used, with where its figures come from and how sure they are.

Values are those that the programme read: with a scenario's changes, blanks filled with their defaults. What all rows
of a sheet have in common is told once. A sheet of names and periods, or of two kinds of names, becomes a matrix, one of
few rows and many columns is turned round, others stand in parts of a few columns. Of one too long to print, such as
hours of profiles, a summary stands here. The run folder has all of them whole, with their ranges and notes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from compute_lp.schema import Column as Field
from planner.compare.blocks.common import in_words
from planner.report.blocks import Block, Column, Heading, Kind, Paragraph, Table, shown
from planner.wording import joined, localised, several, whole
from planner.workbook.fill import Default, Filled
from planner.workbook.sheets import Sheet, label
from planner.workbook.values import plain_number

if TYPE_CHECKING:
    from planner.appendices.material import Material

OTHERS = ("scenarios", "scenario_changes", "assumptions", "decisions", "sources")
"""Sheets that other appendices tell of, or the end of this one."""
MOST_ROWS = 60
"""Rows of a table; a longer sheet that makes no matrix is summed up."""
MOST_LINES = 120
"""Rows of all matrices of a sheet together."""
WIDE = 8
"""Columns of a table, and of a matrix of two kinds of names."""
FEW = 7
"""Rows of a sheet that can be turned round."""
ALIKE = 3
"""Rows from which a value that all have is told once."""
MOST_NAMES = 6
LEVELS = ("high", "medium", "low")
EVERY = "every period"
UNITS = "units"
"""What is counted, and so told to the last one."""
BETWEEN = ";"
"""What stands between the sources of a row."""


def text_column(name: str, heading: str = "") -> Column:
    return Column(name, heading or name.capitalize(), kind="text")


SOURCES = (
    *map(text_column, ("source", "title", "publisher", "date", "where")),
    text_column("cited", "Rows that cite it"),
)
DEFAULTS = (
    text_column("sheet"),
    text_column("column"),
    text_column("meaning", "What it is"),
    text_column("value", "Default taken"),
    Column("rows", "Cells", kind="integer"),
)
TRUST = (
    text_column("sheet"),
    *(Column(name, name.capitalize(), kind="integer") for name in ("rows", *LEVELS)),
    Column("none", "Not told", kind="integer"),
    Column("sourced", "With a source", kind="integer"),
    Column("ranges", "Figures with a low or high", kind="integer"),
)
SETTINGS = tuple(map(text_column, ("setting", "value", "unit", "meaning")))
PROVENANCE = tuple(map(text_column, ("rows", "source", "confidence")))


def inputs(material: Material) -> list[Block]:
    """The sheets of the workbook in the order of the contract, the list of sources, the defaults."""
    filled = material.opened.filled
    trusted = trust(filled)
    blocks: list[Block] = [
        Heading("D Inputs and sources"),
        Paragraph(
            "The workbook as the programme read it: in the units of the headings, with blanks filled with the defaults "
            "listed at the end, to three significant figures. A row is found again by its sheet and name. In the run "
            "folder each sheet is a file in inputs/, whole and to the digit, with the notes on its rows, and with the "
            "low and high estimates in columns that end in _low and _high. What those ranges do to the plan is told in "
            "appendix E, what scenarios change in appendices E and G."
        ),
    ]
    blocks += [Paragraph(said) for said in _differs(material)]
    blocks += [
        Heading("How sure they are", 2),
        Paragraph(trust_said({str(name): count for name, count in trusted.iloc[-1].items()})),
        Table("Rows by confidence, as the workbook states it", trusted, TRUST, totals=1),
    ]
    for name, one in filled.items():
        if name in OTHERS or one.frame.empty or (one.grid is None and not one.sheet.settings):
            continue
        frame = material.inputs[name]
        blocks.append(Heading(one.sheet.table.title, 2))
        if one.sheet.settings:
            blocks.append(_settings(one.sheet, material.inputs.settings))
        elif frame.empty:
            blocks.append(Paragraph(f"None of the {whole(len(one.frame))} rows of the sheet {name} is used."))
        else:
            blocks += _sheet(one.sheet, frame, material.periods)
    blocks += _sources(filled)
    blocks += _defaults(material.opened.findings.defaults, filled)
    return blocks


def _differs(material: Material) -> Iterator[str]:
    """What was used otherwise than the workbook states it."""
    changes = material.case.changes
    if len(changes):
        cells = several(len(changes), "change")
        yield f"The values are those of the scenario {in_words(material.case.name)}, with its {cells} of the workbook."
    left_out = len(material.opened.filled["workloads"].frame) - len(material.inputs["workloads"])
    if left_out > 0:
        tiers = material.inputs.settings["demand_tiers"]
        yield (
            f"The setting demand_tiers is {tiers}, so {left_out} of the workbook's workloads, with all rows about "
            "them, are left out."
        )


def trust(filled: Mapping[str, Filled]) -> pd.DataFrame:
    """By sheet and, last, in all: rows, those of each confidence, those that name a source, figures with a range."""
    rows = []
    for name, one in filled.items():
        frame = one.frame
        if frame.empty or name == "sources" or "confidence" not in frame:
            continue
        told = frame["confidence"].str.strip().str.lower()
        levels = {level: int((told == level).sum()) for level in LEVELS}
        sourced = int((frame["source"].str.strip() != "").sum()) if "source" in frame else 0
        none = len(frame) - sum(levels.values())
        rows.append(
            {"sheet": name, "rows": len(frame), **levels, "none": none, "sourced": sourced, "ranges": _ranges(frame)}
        )
    found = pd.DataFrame(rows, columns=[column.name for column in TRUST])
    return pd.concat([found, pd.DataFrame([{"sheet": "all", **found.drop(columns="sheet").sum()}])], ignore_index=True)


def _ranges(frame: pd.DataFrame) -> int:
    """Cells that have a low or a high beside them."""
    names = {str(name) for name in frame}
    stems = {name.rpartition("_")[0] for name in names if name.endswith(("_low", "_high"))} & names
    beside = ([f"{stem}{end}" for end in ("_low", "_high") if f"{stem}{end}" in names] for stem in stems)
    return sum(int((~frame[ends].apply(_blank)).any(axis="columns").sum()) for ends in beside)


def trust_said(counts: Mapping[str, Any]) -> str:
    """What share of the rows is how sure, and names a source."""
    rows = int(counts["rows"])
    if not rows:
        return "The workbook states no confidence for any row."
    shares = [(level, counts[level] / rows) for level in LEVELS if counts[level]]
    told = [f"{_share(share)} of {level} confidence" for level, share in shares]
    if counts["none"]:
        told.append(f"{_share(counts['none'] / rows)} without a statement")
    return f"Of {whole(rows)} rows, {joined(told)}; {_share(counts['sourced'] / rows)} name a source."


def _share(share: float) -> str:
    return shown(share, Column("share", "", kind="share"))


def _settings(sheet: Sheet, given: Mapping[str, Any]) -> Table:
    rows = [
        {"setting": name, "value": _said(given[name]), "unit": field.unit, "meaning": field.meaning}
        for name, field in sheet.settings.items()
        if _text(given[name]) != ""
    ]
    return Table(sheet.table.title, pd.DataFrame(rows), SETTINGS)


def _sheet(sheet: Sheet, frame: pd.DataFrame, periods: Sequence[str]) -> Iterator[Block]:
    """The tables of a sheet, and where its rows come from."""
    fields = [field for field in sheet.declared.values() if not _blank(frame[field.name]).all()]
    keys = [field for field in fields if field.key] or fields[:1]
    rest = [field for field in fields if field not in keys]
    alike = [field for field in rest if len(frame) >= ALIKE and frame[field.name].nunique(dropna=False) == 1]
    values = [field for field in rest if field not in alike]
    count = several(len(frame), "row")
    yield Paragraph(f"Each row is {sheet.table.row} ({count}, inputs/{sheet.name}.csv). {_alike(frame, alike)}".strip())
    title, by_name = sheet.table.title, keys[0].name
    if len(keys) == 2 and keys[1].name == "period":
        constant = [f for f in values if (frame.groupby(by_name)[f.name].nunique(dropna=False) == 1).all()]
        if constant:
            names = frame.drop_duplicates(by_name)
            yield from _list(f"{title}, the same in all periods", names, keys[:1], constant)
        values = [field for field in values if field not in constant]
    matrix = [field for field in values if field.numeric]
    if values and len(matrix) == len(values) and _is_matrix(frame, keys, len(values)):
        for field in matrix:
            yield _matrix(title, frame, keys, field, periods)
    elif len(frame) > MOST_ROWS:
        yield _summary(title, frame, keys[0], matrix)
    elif len(keys) + len(values) > WIDE and len(frame) <= FEW and len(keys) == 1:
        yield _turned(title, frame, keys[0], values)
    elif values or not alike:
        yield from _list(title, frame, keys, values)
    yield from _provenance(title, frame, [key.name for key in keys])


def _alike(frame: pd.DataFrame, alike: Sequence[Field]) -> str:
    told = [f"{label(field.name)} {shown(frame[field.name].iloc[0], _column(field))}" for field in alike]
    return f"The same in all of them: {'; '.join(told)}." if told else ""


def _is_matrix(frame: pd.DataFrame, keys: Sequence[Field], values: int) -> bool:
    """Whether the second key can stand across, in a table a value: periods, or a few names of many rows."""
    if len(keys) != 2 or frame[keys[0].name].nunique() * values > MOST_LINES:
        return False
    return keys[1].name == "period" or (len(frame) > MOST_ROWS and frame[keys[1].name].nunique() <= WIDE)


def _matrix(title: str, frame: pd.DataFrame, keys: Sequence[Field], value: Field, periods: Sequence[str]) -> Table:
    """The first key down, the second across; periods in their order, after a value for all of them."""
    down, over = (key.name for key in keys)
    wide = frame.assign(**{over: frame[over].map(_text)}).pivot(index=down, columns=over, values=value.name)
    order = ["", *periods] if over == "period" else list(dict.fromkeys(frame[over].map(_text)))
    wide = wide.reindex(index=list(dict.fromkeys(frame[down])), columns=[name for name in order if name in wide])
    wide = wide.rename(columns={"": EVERY}).reset_index()
    before = f"{label(over)} " if keys[1].numeric else ""
    columns = tuple(Column(str(name), f"{before}{name}", kind=_kind(value)) for name in wide.columns[1:])
    return Table(f"{title}: {label(value.name)}", wide, (_column(keys[0]), *columns))


def _turned(title: str, frame: pd.DataFrame, key: Field, values: Sequence[Field]) -> Table:
    """Columns down, rows across."""
    names = [str(name) for name in frame[key.name]]
    rows = [
        {"column": label(field.name)}
        | {name: shown(_value(cell), _column(field)) for name, cell in zip(names, frame[field.name], strict=True)}
        for field in values
    ]
    return Table(title, pd.DataFrame(rows), (text_column("column", ""), *map(text_column, names, names)))


def _list(title: str, frame: pd.DataFrame, keys: Sequence[Field], values: Sequence[Field]) -> Iterator[Table]:
    """Rows as they stand, in tables of a few columns that each begin with the keys."""
    parts = max(1, math.ceil(len(values) / (WIDE - len(keys))))
    ends = [round(i * len(values) / parts) for i in range(parts + 1)]
    for i in range(parts):
        which = "" if parts == 1 else f" ({i + 1} of {parts})"
        chosen = [*keys, *values[ends[i] : ends[i + 1]]]
        cells = frame[[field.name for field in chosen]].replace("", None)
        yield Table(f"{title}{which}", cells, tuple(map(_column, chosen)))


def _summary(title: str, frame: pd.DataFrame, key: Field, values: Sequence[Field]) -> Table:
    """Least, mean and most of the columns of numbers, by the first key where that isn't long."""
    names = list(dict.fromkeys(frame[key.name]))
    by_name = len(names) * len(values) <= MOST_ROWS
    groups = [(name, frame[frame[key.name] == name]) for name in names] if by_name else [("all", frame)]
    rows = [
        {"name": name, "column": label(field.name), "rows": len(group)}
        | {
            what: shown(getattr(group[field.name], how)(), _column(field))
            for what, how in (("least", "min"), ("mean", "mean"), ("most", "max"))
        }
        for name, group in groups
        for field in values
        if group[field.name].notna().any()
    ]
    columns = (
        text_column("name", label(key.name)),
        text_column("column"),
        Column("rows", "Rows", kind="integer"),
        *map(text_column, ("least", "mean", "most")),
    )
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    return Table(f"{title}, summed up", frame, columns)


def _provenance(title: str, frame: pd.DataFrame, keys: Sequence[str]) -> Iterator[Block]:
    """Rows by where they come from."""
    told = [name for name in ("source", "confidence") if name in frame and not _blank(frame[name]).all()]
    if not told:
        return
    groups = [(texts, rows) for texts, rows in frame.groupby(told, sort=False)]
    if len(groups) == 1:
        said = "; ".join(f"{name} {text}" for name, text in zip(told, groups[0][0], strict=True) if text)
        yield Paragraph(f"All rows: {said}.")
        return
    found = [{"rows": named(frame, rows, keys), **dict(zip(told, texts, strict=True))} for texts, rows in groups]
    columns = tuple(column for column in PROVENANCE if column.name in ("rows", *told))
    yield Table(f"{title}: where the figures come from", pd.DataFrame(found), columns)


def named(frame: pd.DataFrame, rows: pd.DataFrame, keys: Sequence[str]) -> str:
    """Names of some rows of a sheet: the first key alone where all rows that have it are among them, the others in
    full, the first few, and how many more there are."""
    first, count = keys[0], frame[keys[0]].value_counts()
    whole = rows[first].map(rows[first].value_counts()) == rows[first].map(count)
    full = rows[list(keys)].map(_text).apply(" ".join, axis="columns").str.strip()
    names = list(dict.fromkeys(rows[first].astype("str").where(whole, full)))
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _sources(filled: Mapping[str, Filled]) -> Iterator[Block]:
    """Every source with the rows that cite it, by sheet; words that are no key of the list as well."""
    cited: dict[str, dict[str, int]] = {}
    for name, one in filled.items():
        if name != "sources" and "source" in one.frame:
            for text, count in one.frame["source"].value_counts(sort=False).items():
                for source in filter(None, map(str.strip, str(text).split(BETWEEN))):
                    by_sheet = cited.setdefault(source, {})
                    by_sheet[name] = by_sheet.get(name, 0) + int(count)
    listed = filled["sources"].frame
    if not cited and listed.empty:
        return
    yield Heading("Sources", 2)
    if len(listed):
        told = [_cited(cited.pop(source, {})) for source in listed["source"]]
        yield Table("Sources, and how many rows of which sheets cite them", listed.assign(cited=told), SOURCES)
    if cited:
        rows = [{"source": source, "cited": _cited(by_sheet)} for source, by_sheet in cited.items()]
        yield Table("Other words that rows give as their source", pd.DataFrame(rows), (SOURCES[0], SOURCES[-1]))


def _cited(by_sheet: Mapping[str, int]) -> str:
    return ", ".join(f"{sheet} {whole(count)}" for sheet, count in by_sheet.items())


def _defaults(defaults: Sequence[Default], filled: Mapping[str, Filled]) -> Iterator[Block]:
    yield Heading("Defaults used", 2)
    if not defaults:
        yield Paragraph("The workbook leaves no cell to a default.")
        return
    yield Paragraph(f"Blanks of the workbook that took a default: {whole(sum(d.rows for d in defaults))} cells.")
    rows = [
        {
            "sheet": default.sheet,
            "column": default.column,
            "meaning": _meaning(filled[default.sheet].sheet, default.column),
            "value": _said(default.value),
            "rows": default.rows,
        }
        for default in defaults
    ]
    yield Table("Defaults, and the cells that took them", pd.DataFrame(rows), DEFAULTS)


def _meaning(sheet: Sheet, name: str) -> str:
    return (sheet.settings or sheet.known)[name].meaning


def _column(field: Field) -> Column:
    """Its unit is in its name already."""
    return Column(field.name, label(field.name), kind=_kind(field))


def _kind(field: Field) -> Kind:
    if not field.numeric:
        return "month" if field.kind in ("month", "date") else "text"
    if field.unit == "share":
        return "share"
    return "integer" if field.kind == "integer" or field.unit == UNITS else "number"


def _blank(cells: Any) -> Any:
    return cells.isna() if cells.dtype == np.float64 else cells == ""


def _value(value: object) -> object:
    return np.nan if value == "" else value


def _said(value: object) -> str:
    """A value as a reader has it; `_text` names what is found by it."""
    return localised(_text(value)) if isinstance(value, float) else _text(value)


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else plain_number(value)
    return str(value)
