"""Charts that a spreadsheet draws by itself, from the cells of its sheets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.report.blocks import Chart, Table
from planner.report.charts.style import AREAS, LINES, RULE

if TYPE_CHECKING:
    from xlsxwriter import Workbook

TYPES: Mapping[str, dict[str, str]] = {
    "bar": {"type": "bar"},
    "column": {"type": "column"},
    "line": {"type": "line"},
    "stacked": {"type": "column", "subtype": "stacked"},
}
"""What XlsxWriter calls each kind of `Chart`."""
DASHES = ("solid", "dash", "square_dot", "long_dash_dot")


def by_series(frame: pd.DataFrame, chart: Chart | None) -> pd.DataFrame | None:
    """Rows with each series together, where all have the same categories in the same order; else none."""
    if chart is None or frame[chart.value].isna().any():
        return None
    if not chart.series:
        return frame
    rows = frame.iloc[pd.factorize(frame[chart.series])[0].argsort(kind="stable")]
    categories = [list(part[chart.category]) for _, part in rows.groupby(chart.series, sort=False)]
    return rows if all(each == categories[0] for each in categories) else None


def native_chart(book: Workbook, table: Table, chart: Chart, sheet: str, head_row: int) -> Any:
    """A chart of the rows of a table that stands under `head_row` of the sheet, a series a run of rows."""
    drawn = book.add_chart(TYPES[chart.kind])
    names = [column.name for column in table.columns]
    category, value = names.index(chart.category), names.index(chart.value)
    series = list(table.frame[chart.series]) if chart.series else [table.columns[value].label] * len(table.frame)
    starts = [i for i, name in enumerate(series) if i == 0 or series[i - 1] != name]
    palette = LINES if chart.kind == "line" else AREAS
    for count, (first, past) in enumerate(zip(starts, [*starts[1:], len(series)], strict=True)):
        rows = head_row + 1 + first, head_row + past
        colour = {"color": palette[count % len(palette)]}
        dash = DASHES[(count // len(palette)) % len(DASHES)]
        drawn.add_series(
            {
                "name": str(series[first]),
                "categories": [sheet, rows[0], category, rows[1], category],
                "values": [sheet, rows[0], value, rows[1], value],
                **({"line": colour | {"width": 2, "dash_type": dash}} if chart.kind == "line" else {"fill": colour}),
                **({"gap": 40} if count == 0 and chart.kind != "line" else {}),
            }
        )
    drawn.set_title({"none": True})
    shown_as = "0%" if table.columns[value].kind == "share" else "#,##0.###"
    amounts: dict[str, Any] = {
        "name": table.columns[value].heading,
        "num_format": shown_as,
        "name_font": {"bold": False},
    }
    names_axis: dict[str, Any] = {"label_position": "low", "major_gridlines": {"visible": False}}
    if chart.kind == "bar":
        # First row on top: the axis turned round, and crossed by the other at its end, which is then below.
        drawn.set_y_axis(names_axis | {"reverse": True, "crossing": "max"})
        drawn.set_x_axis(amounts | {"major_gridlines": {"visible": True, "line": {"color": RULE}}})
    else:
        drawn.set_x_axis(names_axis)
        drawn.set_y_axis(amounts | {"major_gridlines": {"visible": True, "line": {"color": RULE}}})
    drawn.set_legend({"position": "bottom"} if len(starts) > 1 else {"none": True})
    drawn.set_size({"width": 780, "height": 140 + 20 * len(series) if chart.kind == "bar" else 440})
    return drawn
