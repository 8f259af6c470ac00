"""Early signs of a scenario: which of its own changes to watch for, and what is planned in their place."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planner.compare.blocks.common import VARIANTS
from planner.report.blocks import Column, Table
from planner.wording import in_english, money, number
from planner.workbook.sheets import sheets_of

NAMED = 3
"""Signs that a sentence names."""
MOST_SIGNS = 24
"""Signs that a table lists."""
IN_PERCENT = ("share", "1/year")
"""Units whose figures are said in per cent."""


def sign(sheet: str, field: str, old: str, new: str, ratio: float) -> str:
    """What to watch for: what a field means, and how it then stands to what is planned."""
    column = sheets_of()[sheet].declared.get(field) if sheet in sheets_of() else None
    if column is None:
        return f"{sheet}: {new} in place of {old}"
    what = f"{column.meaning.split(';')[0]} ({sheet}.{field})"
    if column.unit in IN_PERCENT:
        return f"{what}: {_in_percent(new)} in place of {_in_percent(old)}"
    if ratio == ratio and ratio > 0:
        size = f"{number(100 * abs(ratio - 1))} % {'below' if ratio < 1 else 'above'} what is planned"
        return f"{what}: {size}" + (f", {new} in place of {old}" if " to " not in old else "")
    return f"{what}: {new}{f' {column.unit}' if column.unit else ''} in place of {old}"


def of_signs(found: pd.DataFrame, lever: str, share_musd: float) -> str:
    """The first signs of the lever that weighs most, or of each lever in turn where no weight is known. `found`: what
    differs in the mode's mildest case."""
    own = found[found["lever"] == lever] if lever else found.drop_duplicates("lever")
    rows = own[["sheet", "field", "old", "new", "ratio"]].head(NAMED)
    signs = "; ".join(sign(*row) for row in rows.itertuples(index=False, name=None))
    if lever:
        return f"Watch {lever}, the lever that weighs most: {money(abs(share_musd))} of the difference. First: {signs}."
    more = len(own) - NAMED
    rest = f"; and {more} more levers below" if more > 0 else ""
    return f"No bridge says which of its levers weighs most. First signs of each: {signs}{rest}."


def signs_table(found: pd.DataFrame, shares: Mapping[str, float], scenario: str) -> Table:
    """What the variants of a scenario change, side by side; levers of the largest shares of its bridge first. `found`
    as `differences.families` gives it."""
    rank = {lever: i for i, lever in enumerate(shares)}
    rows = found.assign(share=found["lever"].map(dict(shares)).astype("float64"))
    rows = rows.loc[rows["lever"].map(rank).fillna(len(rank)).sort_values(kind="stable").index]
    columns = [Column("lever", "Lever", kind="text")]
    if shares:
        columns.append(Column("share", "Share of the difference", "M USD"))
    columns += [
        Column("what", "Sheet and field", kind="text"),
        Column("old", "Planned", kind="text"),
        *(Column(v, v.capitalize(), kind="text") for v in VARIANTS if rows[v].notna().any()),
    ]
    note = "In the columns' units; a share is the lever's whole, whatever its number of fields."
    more = len(rows) - MOST_SIGNS
    note += f" Another {more} are in appendix G." if more > 0 else ""
    return Table(f"What {scenario} changes", rows.head(MOST_SIGNS), tuple(columns), note)


def _in_percent(text: str) -> str:
    """Figures of a text in per cent: '0.1 to 0.2' is '10 to 20 %'."""
    try:
        figures = [number(100 * float(in_english(part).replace(",", ""))) for part in text.split(" to ")]
    except ValueError:
        return text
    return f"{' to '.join(figures)} %"
