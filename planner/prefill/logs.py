"""The logs and the list of sources.

assumptions     what every part assumes (its `ASSUMPTIONS`, and what it computed: `assumed`), rows of the atlas, and a
                row for each default that was taken because the country has no row of its own
decisions       rows of the atlas
sources         those that some row of the workbook cites, by their keys: `atlas-<table>` is a table of the atlas, the
                others stand in its table `sources`. A key that is neither is an error
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from compute_lp.columns import key, named
from compute_lp.schema import Column, InputError, Inputs, Problem, Table
from planner.prefill.case import WHEN, Case, atlas_table
from planner.prefill.sheet import Sheet, SourceSheet
from planner.workbook.names import suggestion

OF_ATLAS = "atlas-"
BETWEEN = ";"
WHO = "builder of the workbook"
MEASURED = "measured"
"""Quality of what was computed, not judged."""
Assumed = tuple[str, str, str] | tuple[str, str, str, str]
"""What, why, quality, and the figures it is about: `sheet.column, …`."""

TABLES = (
    atlas_table(
        "assumptions",
        "something assumed",
        named("plan", "programme, or every", "plans.plan"),
        Column("what", "what", kind="text"),
        Column("why", "reason", kind="text"),
        Column("fields", "figures of the workbook it is about: sheet.column, …", kind="text", default=""),
    ),
    atlas_table(
        "decisions",
        "something decided about the study",
        named("plan", "programme, or every", "plans.plan"),
        Column("what", "what", kind="text"),
        Column("why", "reason", kind="text"),
    ),
    atlas_table(
        "sources",
        "a source outside the atlas",
        key("source", "short name, by which rows cite it"),
        Column("title", "title", kind="text"),
        Column("publisher", "publisher", kind="text"),
        Column("where", "address or page", kind="text"),
    ),
)


def logs(case: Case, assumed: Iterable[Assumed]) -> list[Sheet]:
    """The sheets assumptions and decisions; `assumed` is what the parts assume."""
    assumptions, decisions = Sheet("assumptions"), Sheet("decisions")
    own = [(row.what, row.why, row.confidence, row.fields) for row in case.rows("assumptions")]
    defaults = [
        (f"Default of the atlas: {told}", "the atlas has no row of this country alone", "low")
        for told in case.defaults.values()
    ]
    for what, why, quality, *fields in [*own, *assumed, *defaults]:
        assumptions.add(
            what=what,
            why=why,
            who=WHO,
            when=WHEN,
            quality=quality,
            fields="".join(fields),
            source="programme",
            confidence="medium" if quality == MEASURED else quality,
        )
    for row in case.rows("decisions"):
        decisions.add(
            what=row.what,
            why=row.why,
            who=WHO,
            when=WHEN,
            quality="decided",
            source="programme",
            confidence=row.confidence,
        )
    return [assumptions, decisions]


def sources(atlas: Inputs, tables: Sequence[Table], made: Iterable[Sheet]) -> SourceSheet:
    """The sources that rows of the sheets cite. Raises InputError for those that aren't known."""
    cited = {one.strip(): sheet.name for sheet in made for row in sheet.rows for one in row["source"].split(BETWEEN)}
    listed = SourceSheet("sources")
    for row in atlas.rows("sources"):
        if cited.pop(row.source, None) is not None:
            listed.cite(
                row.source,
                title=row.title,
                publisher=row.publisher,
                date=row.date,
                where=row.where,
                confidence=row.confidence,
            )
    for table in tables:
        if cited.pop(OF_ATLAS + table.name, None) is not None:
            listed.cite(
                OF_ATLAS + table.name,
                title=f"Atlas: {table.row}",
                publisher="this project, sources by row in the file",
                date=WHEN,
                where=f"inputs/atlas/{table.name}.csv",
                confidence="medium",
            )
    if cited:
        known = [*(row.source for row in atlas.rows("sources")), *(OF_ATLAS + table.name for table in tables)]
        raise InputError(
            [
                Problem(
                    sheet, "cites a source that the atlas doesn't list", None, "source", one, suggestion(one, known)
                )
                for one, sheet in cited.items()
            ]
        )
    return listed


def check(atlas: Inputs) -> Iterator[Problem]:
    """Sources that take the name of a table of the atlas."""
    for row in atlas.rows("sources"):
        if row.source.startswith(OF_ATLAS):
            yield row.problem("source", "reserved for tables of the atlas", "another short name")
