"""Charts of what makes a difference: a tornado of assumptions, a bridge of levers, a trade-off curve."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from planner.report.blocks import Column, Figure, shown
from planner.report.charts.style import (
    BLUE,
    HEIGHT_PX,
    INK,
    LINE_PX,
    ORANGE,
    ROW_PX,
    WIDTH_PX,
    around,
    axis,
    clear,
    data,
    domain,
    label_mark,
    nought,
    style,
    text_px,
    told,
    tooltip,
    widest_px,
)


def tornado(
    frame: pd.DataFrame, *, title: str, alt: str, caution: str, name: Column, low: Column, high: Column, sheet: str = ""
) -> Figure:
    """What a figure changes by when each assumption is at its low and at its high, the widest first."""
    columns = told(title, frame, name, low, high)
    span = frame[[low.name, high.name]].max(axis=1) - frame[[low.name, high.name]].min(axis=1)
    rows = frame.loc[span.sort_values(ascending=False, kind="stable").index]
    long = pd.concat(
        [
            pd.DataFrame(
                {
                    "name": rows[name.name].astype(str),
                    "end": end.label,
                    "amount": rows[end.name],
                    "shown_label": [shown(each, end) for each in rows[end.name]],
                }
            )
            for end in (low, high)
        ],
        ignore_index=True,
    )
    # Two ends on one side of nothing: the inner figure would lie on the outer's bar, so only the outer is told.
    ends = long.assign(size=long["amount"].abs()).groupby("name")
    outer = long.index.isin(ends["size"].idxmax())
    long["shown_label"] = long["shown_label"].where(
        outer | (ends["amount"].transform("min") * ends["amount"].transform("max") < 0), ""
    )
    labels = widest_px(list(long["shown_label"]))
    fields = (Column("name", name.label, kind="text"), Column("end", "End", kind="text"), Column("amount", low.label))
    order = list(rows[name.name].astype(str))
    bar = {
        "mark": {"type": "bar", "height": 13},
        "encoding": {
            "color": {
                "field": "end",
                "title": None,
                "scale": {"domain": [low.label, high.label], "range": [BLUE, ORANGE]},
            },
            "tooltip": [{"field": "name", "title": name.label}, {"field": "end"}, {"field": "shown_label"}],
        },
    }
    end = {"mark": label_mark("amount"), "encoding": {"text": {"field": "shown_label"}}}
    spec = {
        "data": data(long, fields, shown_label=list(long["shown_label"])),
        "width": WIDTH_PX,
        "height": {"step": ROW_PX},
        "encoding": {
            "y": {"field": "name", "type": "nominal", "sort": order, "axis": {"title": None, "ticks": False}},
            "x": {
                "field": "amount",
                "type": "quantitative",
                "stack": None,
                "axis": axis(low, title=low.shown_unit, grid=False),
                "scale": {"domain": domain(long["amount"], WIDTH_PX, labels, labels), "nice": False},
            },
        },
        "layer": [bar, end, nought()],
    }
    return Figure(title, style(spec), rows, columns, alt, caution, None, sheet)


def bridge(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    caution: str,
    step: Column,
    value: Column,
    least: Column,
    most: Column,
    start: float,
    start_label: str,
    end_label: str,
    sheet: str = "",
) -> Figure:
    """From one cost to another, a step a lever, with the least and most that each adds in any order as a whisker.

    The axis begins near the costs, not at nothing, so the two costs are marks, not bars: steps are to be compared.
    """
    columns = told(title, frame, step, value, least, most)
    amounts = frame[value.name].to_numpy(dtype=float)
    after = start + np.cumsum(amounts)
    before = after - amounts
    end = float(after[-1]) if len(after) else start
    total = Column(value.name, value.label, value.unit, value.kind)
    delta = Column(value.name, value.label, value.unit, value.kind, difference_of=(value.name, value.name))
    rows = pd.DataFrame(
        {
            "place": range(len(frame) + 2),
            "name": [start_label, *frame[step.name].astype(str), end_label],
            "from": [start, *before, end],
            "to": [start, *after, end],
            "least": [np.nan, *(before + frame[least.name].to_numpy(dtype=float)), np.nan],
            "most": [np.nan, *(before + frame[most.name].to_numpy(dtype=float)), np.nan],
            "shown_label": [shown(start, total), *(shown(each, delta) for each in amounts), shown(end, total)],
            "shown_range": ["", *_ranges(frame, least, most), ""],
            "kind": ["total", *np.where(amounts > 0, "adds", "saves"), "total"],
        }
    )
    rows["right"] = rows[["from", "to", "least", "most"]].max(axis=1)
    ends = rows[["from", "to", "least", "most"]].to_numpy(dtype=float)
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    low -= 0.08 * ((high - low) or 1.0)
    per_px = ((high - low) or 1.0) / (WIDTH_PX - widest_px(list(rows["shown_label"])) - 10)
    high += (widest_px(list(rows["shown_label"])) + 10) * per_px
    fields = (
        Column("name", step.label, kind="text"),
        *(Column(each, each) for each in ("place", "from", "to", "least", "most", "right")),
        Column("kind", "Kind", kind="text"),
    )
    x_scale = {"domain": [low, high], "nice": False, "zero": False}
    bar = {
        "transform": [{"filter": "datum.kind !== 'total'"}],
        "mark": {"type": "bar", "height": 14},
        "encoding": {
            "x": {
                "field": "from",
                "type": "quantitative",
                "scale": x_scale,
                "axis": axis(total, title=value.shown_unit),
            },
            "x2": {"field": "to"},
            "color": {"field": "kind", "title": None, "scale": {"domain": ["adds", "saves"], "range": [ORANGE, BLUE]}},
            "tooltip": [
                {"field": "name", "title": step.label},
                {"field": "shown_label", "title": value.heading},
                {"field": "shown_range", "title": "in any order"},
            ],
        },
    }
    totals = {
        "transform": [{"filter": "datum.kind === 'total'"}],
        "mark": {"type": "tick", "size": 18, "thickness": 4, "color": INK},
        "encoding": {"x": {"field": "to", "type": "quantitative"}},
    }
    whisker = {
        "transform": [{"filter": "isValid(datum.least)"}],
        "mark": {"type": "rule", "strokeWidth": 1.5, "color": INK},
        "encoding": {"x": {"field": "least", "type": "quantitative"}, "x2": {"field": "most"}},
    }
    caps = [
        {
            "transform": [{"filter": "isValid(datum.least)"}],
            "mark": {"type": "tick", "size": 8, "thickness": 1.5, "color": INK},
            "encoding": {"x": {"field": end_, "type": "quantitative"}},
        }
        for end_ in ("least", "most")
    ]
    label = {
        "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 5},
        "encoding": {"x": {"field": "right", "type": "quantitative"}, "text": {"field": "shown_label"}},
    }
    spec = {
        "data": data(rows, fields, shown_label=rows["shown_label"], shown_range=rows["shown_range"]),
        "width": WIDTH_PX,
        "height": {"step": ROW_PX + 2},
        "encoding": {
            # By place, not by name: a lever may be named as the scenario is that it alone makes.
            "y": {
                "field": "place",
                "type": "ordinal",
                "axis": {"title": None, "ticks": False, "labelExpr": f"{json.dumps(list(rows['name']))}[datum.value]"},
            }
        },
        "layer": [bar, totals, whisker, *caps, label],
    }
    return Figure(title, style(spec), frame, columns, alt, caution, None, sheet)


def tradeoff(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    caution: str,
    across: Column,
    value: Column,
    slope: Column,
    sheet: str = "",
) -> Figure:
    """What more of one thing costs of another: a point a solved plan, its exact slope beside it."""
    columns = told(title, frame, across, value, slope)
    rows = frame.sort_values(across.name, kind="stable")
    height = HEIGHT_PX
    xs, ys = rows[across.name].to_numpy(dtype=float), rows[value.name].to_numpy(dtype=float)
    unit = f" {slope.shown_unit}" if slope.shown_unit else ""
    slopes = [shown(each, slope) if pd.notna(each) else "" for each in rows[slope.name]]
    labels = [each + unit if each else "" for each in slopes]
    x_low, x_high = around(list(xs), WIDTH_PX, 12, 12)
    x_high = x_low + WIDTH_PX * max(
        (x - x_low) / (WIDTH_PX - 12 - text_px(text)) for x, text in zip([*xs, x_high], [*labels, ""], strict=True)
    )
    y_low, y_high = around(list(ys), height, 14, 14)
    px = [WIDTH_PX * (x - x_low) / (x_high - x_low) for x in xs]
    py = [height * (y_high - y) / (y_high - y_low) for y in ys]
    rises = ys[-1] > ys[0]
    down = LINE_PX if rises else 0
    kept = clear(
        [
            (x + 8, y - LINE_PX + down, x + 8 + text_px(text), y + down)
            for x, y, text in zip(px, py, labels, strict=True)
        ]
    )
    fields = data(rows, columns, shown_label=[text if keep else "" for text, keep in zip(slopes, kept, strict=True)])
    x = {
        "field": across.name,
        "type": "quantitative",
        "axis": axis(across),
        "scale": {"domain": [x_low, x_high], "nice": False, "zero": False},
    }
    y = {
        "field": value.name,
        "type": "quantitative",
        "axis": axis(value),
        "scale": {"domain": [y_low, y_high], "nice": False, "zero": False},
    }
    spec = {
        "data": fields,
        "width": WIDTH_PX,
        "height": height,
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": {"type": "line", "color": BLUE, "strokeWidth": 2}},
            {
                "mark": {"type": "point", "filled": True, "size": 60, "color": BLUE, "opacity": 1},
                "encoding": {"tooltip": tooltip(columns)},
            },
            {
                "mark": {
                    "type": "text",
                    "align": "left",
                    "baseline": "top" if rises else "bottom",
                    "dx": 8,
                    "text": {"expr": f"datum.shown_label && datum.shown_label + {json.dumps(unit)}"},
                }
            },
        ],
    }
    return Figure(title, style(spec), rows, columns, alt, caution, None, sheet)


def _ranges(frame: pd.DataFrame, least: Column, most: Column) -> list[str]:
    """From least to most, as text."""
    signed = [Column(each.name, each.label, each.unit, each.kind, (each.name, each.name)) for each in (least, most)]
    ends = [[shown(value, column) for value in frame[column.name]] for column in signed]
    return [f"{low} to {high}" if low != high else low for low, high in zip(*ends, strict=True)]
