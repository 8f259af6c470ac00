"""Amounts of a whole over time against a line: money against a budget, supply against the load of each hour."""

from __future__ import annotations

import pandas as pd

from planner.report.blocks import Column, Figure
from planner.report.charts.style import (
    AREAS,
    HEIGHT_PX,
    INK,
    RULE,
    WIDTH_PX,
    Spec,
    axis,
    colours,
    data,
    style,
    told,
    tooltip,
)

STEPS: Spec = {"interpolate": "step-after"}
"""A value holds from its time to the next."""
MOST_TIMES = 40
"""More of them, and only the first of each group is named: that of the words before a comma."""


def against(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    caution: str,
    time: Column,
    value: Column,
    series: Column,
    line: str,
    area: bool = False,
    sheet: str = "",
) -> Figure:
    """Amounts stacked in the frame's order from below, and the series called `line` drawn over them in black.

    Times stand in the frame's order. With more than `MOST_TIMES` their names are read as 'group, time' and an upright
    rule parts the groups."""
    columns = told(title, frame, series, time, value)
    times = list(dict.fromkeys(frame[time.name]))
    names = [name for name in dict.fromkeys(frame[series.name]) if name != line]
    paints: Spec = {"domain": [*names, line], "range": [*colours(AREAS, len(names)), INK]}
    top = frame[frame[series.name] != line].groupby(time.name)[value.name].sum().max()
    highest = max(float(top if pd.notna(top) else 0.0), float(frame[value.name].max()), 0.0) or 1.0
    x: Spec = {"field": time.name, "type": "ordinal", "scale": {"domain": times}, "axis": {"title": None}}
    x["axis"] |= {"labelAngle": 0, "labelOverlap": "greedy"}
    firsts = list({str(name).split(",")[0]: name for name in reversed(times)}.values())[::-1]
    grouped = len(times) > MOST_TIMES
    if grouped:
        x["axis"] |= {"values": firsts, "labelExpr": "split(datum.label, ',')[0]", "labelAlign": "left", "ticks": False}
    y: Spec = {
        "field": value.name,
        "type": "quantitative",
        "axis": axis(value),
        "scale": {"domainMax": 1.05 * highest, "nice": False},
    }
    colour: Spec = {"field": series.name, "title": None, "scale": paints}
    layers: list[Spec] = [
        {
            "transform": [{"filter": f"datum['{series.name}'] !== {line!r}"}],
            "mark": STEPS | {"type": "area"} if area else {"type": "bar", "stroke": "#ffffff", "strokeWidth": 1},
            "encoding": {
                "x": x,
                "y": y | {"stack": "zero"},
                "order": {"field": "rank"},
                "color": colour,
                "tooltip": tooltip(columns),
            },
        },
        {
            "transform": [{"filter": f"datum['{series.name}'] === {line!r}"}],
            "mark": STEPS | {"type": "line", "strokeWidth": 2.5} if area else {"type": "tick", "thickness": 3},
            "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip(columns)},
        },
    ]
    if grouped:
        rules: Spec = {"data": {"values": [{time.name: first} for first in firsts[1:]]}}
        rules |= {"mark": {"type": "rule", "color": RULE}, "encoding": {"x": x}}
        layers.insert(0, rules)
    rank = {name: i for i, name in enumerate([*names, line])}
    spec = {
        "data": data(frame, columns, rank=[rank[each] for each in frame[series.name]]),
        "width": WIDTH_PX,
        "height": HEIGHT_PX,
        "layer": layers,
    }
    # A spreadsheet has no such chart by itself, so that it shows the picture.
    return Figure(title, style(spec), frame, columns, alt, caution, None, sheet)
