"""Appendix E, the logs: assumptions with what each is worth, ranges of the data, decisions, how sure the data are, and
what was changed, against the atlas and by the scenario.

What an assumption is worth is the change of the objective that the ranges of the figures it names make, each figure at
its low and at its high in all its rows (`planner.measure`). An assumption names its figures in the column `fields`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.appendices.inputs import BETWEEN, LEVELS, text_column, trust
from planner.appendices.uncertainty import KNOWN, MEASURES, moved
from planner.compare.blocks.common import in_words
from planner.compare.told import listed
from planner.report.blocks import Block, Column, Heading, Note, Paragraph, Table
from planner.wording import NOTABLE, localised, number, whole
from planner.workbook.check import fields_of
from planner.workbook.sheets import sheets_of

if TYPE_CHECKING:
    from planner.appendices.material import Material
    from planner.review.diff import SheetDiff
    from planner.workbook.fill import Filled

MOST_DATA = 20
"""Ranges of the data that are listed."""
MOST_CHANGES = 60
"""Changed cells that are listed one by one."""
MOST_SOURCES = 12
MOST_NAMES = 4
LOGS = ("assumptions", "decisions", "sources")
"""Sheets of words, whose changes are counted but not told cell by cell."""
ATLAS = "atlas-"
"""What the key of a source begins with that is a table of the atlas."""
OBJECTIVES = {
    "least_cost": "discounted cost with the value of what stays unserved",
    "most_served": "discounted value served",
}
KINDS = (("cell", "cells"), ("new row", "new rows"), ("row left out", "rows left out"))
NOT_LINKED, NO_RANGE = "names no figure", "no range"
LOW = Column("low_musd", "At its low", kind="money")
HIGH = Column("high_musd", "At its high", kind="money")
HOW = text_column("known", "How known")
LOG = tuple(map(text_column, ("what", "why", "quality")))
WORTH = (text_column("label", "Figure that changes it most"), LOW, HIGH, HOW)
DATA = (text_column("label", "Figures"), Column("cells", "Cells with a range", kind="integer"), LOW, HIGH, HOW)
PROFILES = "profiles"
SHARES = (Column("rows", "Rows", kind="integer"), Column("share", "Share of rows", kind="share"))
CONFIDENCE = (
    text_column("confidence"),
    *SHARES,
    Column("others", "Rows without hours of profiles", kind="integer"),
    Column("share_others", "Share of these", kind="share"),
)
LEVERS = (text_column("lever"), text_column("why"), text_column("source"), Column("cells", "Cells", kind="integer"))
CELLS = (
    text_column("lever"),
    text_column("sheet"),
    text_column("row"),
    text_column("field", "Column"),
    text_column("old", "In the workbook"),
    text_column("new", "In the scenario"),
)
SHEETS = (text_column("sheet"), *(Column(n, n.capitalize(), kind="integer") for n in ("changed", "added", "removed")))
AGAINST = tuple(map(text_column, ("sheet", "row", "column", "atlas", "here")))


def logs(material: Material) -> list[Block]:
    """Appendix E."""
    filled, found = material.opened.filled, impacts(material.tornado)
    goal = "" if material.tornado.empty else OBJECTIVES[str(material.inputs.settings["objective"])]
    blocks: list[Block] = [Heading("E Assumptions, decisions and data")]
    blocks += [Heading("Assumptions", 2), *_assumptions(filled["assumptions"].frame, found, goal)]
    blocks += [Heading("Data, by what their ranges are worth", 2), *_data(found)]
    blocks += [Heading("Decisions about the study", 2), *_log("Decisions", filled["decisions"].frame, "decided")]
    blocks += [Heading("Sources and confidence", 2), *_trusted(filled)]
    blocks += [Heading("Defaults used", 2), Paragraph(_defaults(material))]
    blocks += [Heading("Changes from the atlas", 2), *_since_atlas(material)]
    if len(material.case.changes):
        blocks += [
            Heading(f"Changes of the scenario {in_words(material.case.name)}", 2),
            *_scenario(material.case.changes),
        ]
    return blocks


def impacts(tornado: pd.DataFrame) -> pd.DataFrame:
    """By `sheet` and `field`, the largest change first: `label`, `cells`, `low_musd` and `high_musd`, NaN at an end
    that has no range, and `known`, how the less known of its ends is."""
    columns = ["sheet", "field", "label", "cells", "low_musd", "high_musd", "known"]
    if tornado.empty:
        return pd.DataFrame(columns=columns)
    solved = tornado["measured_musd"].notna()
    ends = tornado.assign(
        musd=tornado["measured_musd"].fillna(tornado["estimate_musd"]),
        rank=np.select([solved, tornado["trusted"] == "yes"], [0, 1], 2),
    )
    keys = ["sheet", "field", "label", "cells"]
    table = ends.pivot(index=keys, columns="end", values="musd").reindex(columns=["low", "high"])
    table = table.set_axis(["low_musd", "high_musd"], axis=1)
    table["known"] = ends.groupby(keys)["rank"].max().reindex(table.index).map(dict(enumerate(KNOWN)))
    largest = table[["low_musd", "high_musd"]].abs().max(axis=1).sort_values(ascending=False, kind="stable")
    return table.reindex(largest.index).reset_index()[columns]


def worth(assumptions: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The assumptions with the figure, of those each names, that changes the objective most, the largest change first;
    then those of which nothing is known, in their order."""
    place = {key: i for i, key in enumerate(zip(found["sheet"], found["field"], strict=True))}
    rows = []
    for text in assumptions["fields"]:
        named = fields_of(text)
        ranged = sorted(place[key] for key in named if key in place)
        none = {"label": None, "low_musd": np.nan, "high_musd": np.nan, "known": NO_RANGE if named else NOT_LINKED}
        rows.append({"order": ranged[0], **found.iloc[ranged[0]]} if ranged else {"order": len(found), **none})
    beside = pd.DataFrame(rows, index=assumptions.index, columns=["order", *(column.name for column in WORTH)])
    joined = pd.concat([assumptions, beside], axis="columns")
    return joined.sort_values("order", kind="stable").drop(columns="order").reset_index(drop=True)


def assumptions_said(assumptions: pd.DataFrame) -> str:
    """How many there are, of which quality, how many are linked to figures, and what the largest is worth. With the
    columns of `worth`."""
    count = len(assumptions)
    quality = assumptions["quality"].str.strip().str.lower().value_counts()
    told = [f"{number} {level}" for level, number in quality.items() if level]
    said = f"{count} assumption{'' if count == 1 else 's'}" + (f", by quality {', '.join(told)}." if told else ".")
    known = assumptions[assumptions["known"].isin(KNOWN)]
    if known.empty:
        return said
    first = known.iloc[0]
    said += (
        f" For {len(known)} it is known what the figures they name are worth. The largest change comes from "
        f"{first['label']}: {_ends(first)}."
    )
    return said


def _ends(row: Mapping[str, Any] | pd.Series) -> str:
    """The changes of the objective at both ends."""
    ends = [(row["low_musd"], "at its low"), (row["high_musd"], "at its high")]
    return ", ".join(f"{moved(musd)} {where}" for musd, where in ends if musd == musd)


def rest_said(rest: pd.DataFrame) -> str:
    """What is left of `impacts` where not all are listed."""
    largest = float(rest[["low_musd", "high_musd"]].abs().fillna(0.0).to_numpy().max())
    count = f"{len(rest)} other column{'' if len(rest) == 1 else 's'} with ranges"
    if largest < NOTABLE:
        return f"{count}: none changes the objective."
    return f"{count}: each changes the objective by {number(largest)} M USD at most."


def _assumptions(frame: pd.DataFrame, found: pd.DataFrame, goal: str) -> Iterator[Block]:
    """`goal`: what the objective is, "" where nothing was measured."""
    if frame.empty:
        yield Paragraph("The workbook's sheet assumptions has no rows.")
        return
    rows = worth(frame, found)
    yield Paragraph(f"{assumptions_said(rows)} {_shared(frame)}".strip())
    if not goal:
        yield Note(f"What they are worth: {MEASURES[0].lower()}{MEASURES[1:]}")
        yield Table("Assumptions", _words(frame, LOG), LOG)
        return
    yield Table(
        "Assumptions, and what the figures they name are worth",
        rows.assign(**_words(rows, LOG)),
        (*LOG, *WORTH),
        note=f"Changes of the objective, {goal}, with the figure at its low or its high in all its rows, also in those "
        "that the assumption isn't about. One figure at a time: changes of several don't add up.",
    )


def _data(found: pd.DataFrame) -> Iterator[Block]:
    if found.empty:
        yield Note(MEASURES)
        return
    yield Table(
        "Columns of the workbook by the change of the objective that their ranges make",
        found.iloc[:MOST_DATA],
        DATA,
        note="All cells of a column at their low, then all at their high, one column at a time.",
    )
    if len(found) > MOST_DATA:
        yield Paragraph(rest_said(found.iloc[MOST_DATA:]))


def _log(title: str, frame: pd.DataFrame, usual: str) -> Iterator[Block]:
    """A log as it stands; a quality that all rows have and that is usual isn't told."""
    if frame.empty:
        yield Paragraph(f"The workbook's sheet {title.lower()} has no rows.")
        return
    if said := _shared(frame):
        yield Paragraph(said)
    columns = LOG[:2] if set(frame["quality"]) <= {"", usual} else LOG
    yield Table(title, _words(frame, columns), columns)


def _shared(frame: pd.DataFrame) -> str:
    """Who says so, when and from what source: once where all rows say the same, else with the number of rows."""
    told = []
    for name in ("who", "when", "source"):
        counts = frame[name].value_counts() if name in frame else pd.Series(dtype="int64")
        texts = [text if count == len(frame) else f"{text} ({count})" for text, count in counts.items() if text]
        told += [f"{name.capitalize()}: {listed(list(map(str, texts)))}."] if texts else []
    return " ".join(told)


def _words(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    return frame[[column.name for column in columns]].replace("", None)


def _trusted(filled: Mapping[str, Filled]) -> Iterator[Block]:
    told = trust(filled).set_index("sheet")
    if told.at["all", "rows"]:
        yield Table("Rows of the workbook by confidence", confidence(told), CONFIDENCE)
    cited = sources(filled)
    if len(cited):
        top = cited.iloc[:MOST_SOURCES]
        yield Table("Sources by the rows that cite them", top, (text_column("source"), text_column("title"), *SHARES))
        more = len(cited) - len(top)
        yield Paragraph(
            "A row that cites several counts with each."
            + (
                f" {more} more are cited by {int(cited['rows'].iloc[MOST_SOURCES])} rows or less each."
                if more > 0
                else ""
            )
            + " By sheet, and with where each is found: appendix D."
        )


def confidence(told: pd.DataFrame) -> pd.DataFrame:
    """Rows of each confidence and their share, of all sheets and of all but the hours of profiles; `told` is `trust` by
    sheet."""
    counts = told[[*LEVELS, "none"]].astype("int64")
    others = counts.drop(["all", PROFILES], errors="ignore").sum()
    table = pd.DataFrame({"rows": counts.loc["all"], "others": others})
    shares = (table / table.sum()).set_axis(["share", "share_others"], axis=1)
    names = [*LEVELS, "not told"]
    return pd.concat([table, shares], axis=1).assign(confidence=names).reset_index(drop=True)


def sources(filled: Mapping[str, Filled]) -> pd.DataFrame:
    """The sources that rows cite, the most cited first: `source`, `title`, `rows`, `share` of the rows of all sheets
    that have a column source."""
    frames = [one.frame for name, one in filled.items() if name != "sources" and "source" in one.frame]
    if not frames:
        return pd.DataFrame(columns=["source", "title", "rows", "share"])
    texts = pd.concat([frame["source"] for frame in frames], ignore_index=True).str.split(BETWEEN)
    cited = texts.explode().str.strip()
    counts = cited[cited != ""].value_counts()
    listed_ones = filled["sources"].frame.set_index("source")["title"]
    titles = listed_ones.reindex(counts.index).to_numpy()
    return pd.DataFrame(
        {"source": counts.index, "title": titles, "rows": counts.to_numpy(), "share": counts.to_numpy() / len(texts)}
    )


def _defaults(material: Material) -> str:
    defaults = material.opened.findings.defaults
    if not defaults:
        return "The workbook leaves no cell to a default."
    columns = len({(default.sheet, default.column) for default in defaults})
    cells = sum(default.rows for default in defaults)
    return f"{whole(cells)} blank cells of {columns} columns took the default; appendix D lists them."


def _since_atlas(material: Material) -> Iterator[Block]:
    """What the workbook has otherwise than the atlas fills it in."""
    keys = material.opened.filled["sources"].frame["source"]
    home = str(material.inputs.settings["home"])
    if not keys.str.startswith(ATLAS).any():
        yield Paragraph("The workbook cites no table of the atlas, so there is nothing that it was changed from.")
        return
    try:
        name, found = against_atlas(home, material.case.run / "inputs")
    except LookupError as fault:
        yield Paragraph(f"The workbook cites the atlas, but its home isn't there: {fault}.")
        return
    yield Paragraph(
        f"A workbook doesn't state what it was made from. This one cites the atlas and its home is {home}, so it is "
        f"compared with {name} as this version of the planner fills it in. {atlas_said(found)}"
    )
    if found:
        yield Table("Rows that differ from the atlas", counted(found), SHEETS)
    changed = pd.DataFrame(_cells(found), columns=[column.name for column in AGAINST])
    if len(changed):
        yield Table("Cells that differ from the atlas", changed.iloc[:MOST_CHANGES], AGAINST)
    if len(changed) > MOST_CHANGES:
        yield Paragraph(
            f"{whole(len(changed) - MOST_CHANGES)} more cells differ; `planner new` makes the atlas's workbook, and "
            "`planner diff` lists them all."
        )


def against_atlas(home: str, workbook: Path) -> tuple[str, Mapping[str, SheetDiff]]:
    """The programme of a country in the atlas, as what a sentence calls it, and what a workbook has otherwise. Raises
    LookupError where the atlas hasn't the country."""
    from planner.prefill import country
    from planner.prefill.case import DEFAULT
    from planner.prefill.write import write
    from planner.review.diff import compare

    case = country(home)
    name = "the atlas's defaults" if case.plan == DEFAULT else f"the programme {case.plan}"
    with tempfile.TemporaryDirectory() as folder:
        shipped = Path(folder) / "workbook"
        write(case, shipped)
        return name, compare(shipped, workbook)


def counted(found: Mapping[str, SheetDiff]) -> pd.DataFrame:
    """Rows changed, added and removed, by sheet."""
    rows = [
        {"sheet": name, "changed": len(one.changed), "added": len(one.added), "removed": len(one.removed)}
        for name, one in found.items()
    ]
    return pd.DataFrame(rows, columns=[column.name for column in SHEETS])


def atlas_said(found: Mapping[str, SheetDiff]) -> str:
    """How much differs, and in how many sheets."""
    totals = counted(found)[["changed", "added", "removed"]].sum()
    told = [f"{whole(int(count))} {what}" for what, count in totals.items() if count]
    if not told:
        return "Rows stand in another order." if found else "They are the same: nothing was changed."
    return f"Rows that differ: {', '.join(told)}, in {listed(list(found))}."


def _cells(found: Mapping[str, SheetDiff]) -> Iterator[dict[str, str]]:
    from planner.review.diff import WORDS

    for sheet, one in found.items():
        for row in one.changed if sheet not in LOGS else ():
            for column, (old, new, unit) in row.columns.items():
                if column not in WORDS:
                    told = (figure_text(sheet, column, text) for text in (old, new))
                    old, new = (f"{text} {unit}".strip() if text else "blank" for text in told)
                    yield {"sheet": sheet, "row": " ".join(row.key), "column": column, "atlas": old, "here": new}


def _scenario(changes: pd.DataFrame) -> Iterator[Block]:
    keys = ["lever", "why", "source"]
    levers = changes.groupby(keys, sort=False).size().rename("cells").reset_index()
    yield Paragraph(changes_said(changes))
    yield Table("What the scenario changes, and why", levers.replace("", None), LEVERS)
    cells = together(changes)
    yield Table(
        "Cells that the scenario changes", cells.iloc[:MOST_CHANGES].replace("", None), CELLS,
        note="Rows of one lever and column with the same old and new value stand together."
    )  # fmt: skip
    if len(cells) > MOST_CHANGES:
        yield Paragraph(
            f"{whole(len(cells) - MOST_CHANGES)} more stand in the scenario's changes.csv in the run folder."
        )


def changes_said(changes: pd.DataFrame) -> str:
    """How many cells and rows change, by how many levers."""
    added, removed = ((changes["field"] == "") & (changes[end] == "") for end in ("old", "new"))
    counts = (int((~(added | removed)).sum()), int(added.sum()), int(removed.sum()))
    told = [
        f"{whole(count)} {one if count == 1 else many}"
        for count, (one, many) in zip(counts, KINDS, strict=True)
        if count
    ]
    names = list(dict.fromkeys(changes["lever"]))
    return f"{', '.join(told)}, by the lever{'' if len(names) == 1 else 's'} {listed(names)}."


def together(changes: pd.DataFrame) -> pd.DataFrame:
    """The changes with rows in one that have the same lever, sheet, column, old and new value."""
    rows = changes["key"].str.replace(r"[^=;]+=", " ", regex=True).str.replace(";", "").str.strip()
    keys = ["lever", "sheet", "field", "old", "new"]
    found = changes.assign(row=rows).groupby(keys, sort=False)["row"].agg(_names).reset_index()
    for end in ("old", "new"):
        found[end] = list(map(figure_text, found["sheet"], found["field"], found[end]))
    return found


def figure_text(sheet: str, field: str, text: str) -> str:
    """The text of a cell of the workbook, with the separators of this place where its column holds figures."""
    found = sheets_of().get(sheet)
    column = None if found is None else {**found.known, **found.settings}.get(field)
    return localised(text) if column is not None and column.numeric else text


def _names(names: pd.Series[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names.iloc[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
