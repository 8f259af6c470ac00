"""Charts of amounts: bars, differences from a base, lines over time, parts of a whole over time."""

from __future__ import annotations

import pandas as pd

from planner.report.blocks import Chart, Column, Figure, shown
from planner.report.charts.style import (
    AREAS,
    BLUE,
    DASHES,
    HEIGHT_PX,
    INK,
    LINE_PX,
    LINES,
    ORANGE,
    PALE,
    ROW_PX,
    SOFT,
    WIDTH_PX,
    Spec,
    axis,
    colours,
    data,
    domain,
    end_labels,
    nought,
    spread,
    style,
    text_px,
    told,
    tooltip,
    widest_px,
)

LONGEST_PX = 230
"""Width at which a name is cut."""
MOST_LINES = 12
"""Lines of their own colour; of more, those that end farthest from the first have one and the rest are grey."""
TIMES: Spec = {"title": None, "labelAngle": 0, "labelOverlap": "greedy"}


def bars(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    caution: str,
    category: Column,
    value: Column,
    series: Column | None = None,
    sheet: str = "",
) -> Figure:
    """A bar a row, in the frame's order, with its figure at its end; `series` groups bars of a category."""
    columns = told(title, frame, category, series, value)
    labels = widest_px([shown(each, value) for each in frame[value.name]])
    names = list(dict.fromkeys(frame[category.name]))
    y: Spec = {"field": category.name, "type": "nominal", "sort": names, "axis": {"title": None, "ticks": False}}
    x = {
        "field": value.name,
        "type": "quantitative",
        "axis": axis(value, grid=False),
        "scale": {"domain": domain(frame[value.name], WIDTH_PX, labels, labels), "nice": False},
    }
    bar: Spec = {"mark": {"type": "bar"}, "encoding": {"tooltip": tooltip(columns)}}
    encoding: Spec = {"y": y, "x": x}
    step: Spec | int = {"step": ROW_PX}
    if series:
        groups = list(dict.fromkeys(frame[series.name]))
        encoding["yOffset"] = {"field": series.name, "sort": groups}
        bar["encoding"]["color"] = {
            "field": series.name,
            "title": None,
            "scale": {"domain": groups, "range": colours(AREAS, len(groups))},
        }
        step = {"step": LINE_PX + 1, "for": "offset"}
    spec = {
        "data": data(frame, columns),
        "width": WIDTH_PX,
        "height": step,
        "encoding": encoding,
        "layer": [bar, end_labels(value)],
    }
    return Figure(
        title,
        style(spec),
        frame,
        columns,
        alt,
        caution,
        Chart("bar", category.name, series.name if series else "", value.name),
        sheet,
    )


def differences(
    frame: pd.DataFrame, *, title: str, alt: str, caution: str, category: Column, value: Column, sheet: str = ""
) -> Figure:
    """Bars to both sides of nothing: more than the base in orange, less in blue, each with its signed figure.

    `value` is a column of differences: its `difference_of` puts the sign before its figures.
    """
    columns = told(title, frame, category, value)
    labels = widest_px([shown(each, value) for each in frame[value.name]])
    names = list(dict.fromkeys(frame[category.name]))
    sign = f"datum['{value.name}'] > 0"
    bar = {
        "mark": "bar",
        "encoding": {
            "color": {"condition": {"test": sign, "value": ORANGE}, "value": BLUE},
            "tooltip": tooltip(columns),
        },
    }
    spec = {
        "data": data(frame, columns),
        "width": WIDTH_PX,
        "height": {"step": ROW_PX},
        "encoding": {
            "y": {"field": category.name, "type": "nominal", "sort": names, "axis": {"title": None, "ticks": False}},
            "x": {
                "field": value.name,
                "type": "quantitative",
                "axis": axis(value, grid=False),
                "scale": {"domain": domain(frame[value.name], WIDTH_PX, labels, labels), "nice": False},
            },
        },
        "layer": [bar, end_labels(value), nought()],
    }
    return Figure(title, style(spec), frame, columns, alt, caution, Chart("bar", category.name, "", value.name), sheet)


def lines(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    caution: str,
    time: Column,
    value: Column,
    series: Column,
    first: str = "",
    sheet: str = "",
) -> Figure:
    """A line a series over time, its name at its end; the series `first`, the base, is black and thick.

    Of more than `MOST_LINES`, those that end nearest to the first are grey and have no name: the data name them.
    """
    columns = told(title, frame, series, time, value)
    names = list(dict.fromkeys(frame[series.name]))
    ends = frame.dropna(subset=[value.name]).sort_values(time.name).groupby(series.name, sort=False).tail(1)
    last = ends[ends[series.name].isin(_told_apart(ends, series.name, value.name, first))]
    named = [name for name in names if name in set(last[series.name])]
    grey = [name for name in names if name not in named]
    others = [name for name in named if name != first]
    paints = {name: LINES[i % len(LINES)] for i, name in enumerate(others)} | {first: INK} | dict.fromkeys(grey, PALE)
    dashes = {name: DASHES[(i // len(LINES)) % len(DASHES)] for i, name in enumerate(others)}
    dashes |= dict.fromkeys([first, *grey], DASHES[0])
    height = max(HEIGHT_PX, LINE_PX * (len(named) + 1))
    low, high = domain(frame[value.name], height, 6, 6)
    times = sorted(frame[time.name].unique())
    wanted = [height * (high - end) / (high - low) for end in last[value.name]]
    places = spread(wanted, LINE_PX, 4, height - 4)
    room = text_px("0") * max((len(str(name)) for name in named), default=0)
    x = {"field": time.name, "type": "ordinal", "axis": TIMES}
    y = {
        "field": value.name,
        "type": "quantitative",
        "axis": axis(value),
        "scale": {"domain": [low, high], "nice": False},
    }
    scale = {"domain": names, "range": [paints[name] for name in names]}
    line = {
        "mark": {"type": "line", "strokeWidth": 2, "point": {"size": 18}},
        "encoding": {
            "x": x | {"scale": {"domain": times}},
            "y": y,
            "color": {"field": series.name, "scale": scale, "legend": None},
            "strokeDash": {
                "field": series.name,
                "scale": {"domain": names, "range": [dashes[name] for name in names]},
                "legend": None,
            },
            "strokeWidth": {"condition": {"test": f"datum['{series.name}'] == {first!r}", "value": 3.5}, "value": 2},
            "tooltip": tooltip(columns),
        },
    }
    labels = data(last, columns, label_px=places, end_px=wanted)
    label = {"x": {"value": WIDTH_PX - 2}, "y": {"field": "label_px", "type": "quantitative", "scale": None}}
    leader = {
        "data": labels,
        "mark": {"type": "rule", "strokeWidth": 1.5},
        "encoding": {
            "x": {"value": WIDTH_PX - WIDTH_PX / max(len(times), 1) / 2 + 5},
            "x2": {"value": WIDTH_PX + 4},
            "y": {"field": "end_px", "type": "quantitative", "scale": None},
            "y2": {"field": "label_px"},
            "color": {"field": series.name, "scale": scale, "legend": None},
        },
    }
    name = {
        "data": labels,
        "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 10, "limit": min(room + 20, LONGEST_PX)},
        "encoding": label | {"text": {"field": series.name}},
    }
    rest = {
        "data": {"values": [{"told": f"grey: {len(grey)} more, named in the data"}]},
        "mark": {"type": "text", "align": "left", "baseline": "bottom", "color": SOFT},
        "encoding": {"x": {"value": 0}, "y": {"value": -6}, "text": {"field": "told"}},
    }
    layers = [line, leader, name, *([rest] if grey else [])]
    # Lines are drawn in the order of their rows: the grey lie under the others, the first over them.
    above = frame[series.name].map(dict.fromkeys(named, 1) | dict.fromkeys(grey, 0) | {first: 2})
    rows = frame.loc[above.sort_values(kind="stable").index]
    spec = {"data": data(rows, columns), "width": WIDTH_PX, "height": height, "layer": layers}
    return Figure(
        title, style(spec), frame, columns, alt, caution, Chart("line", time.name, series.name, value.name), sheet
    )


def _told_apart(ends: pd.DataFrame, series: str, value: str, first: str) -> list[str]:
    """The series that have a colour: all where they are few, else the first and those that end farthest from it."""
    if len(ends) <= MOST_LINES:
        return list(ends[series])
    base = ends.loc[ends[series] == first, value]
    middle = float(base.iloc[0]) if len(base) else float(ends[value].median())
    far = ends.assign(far=(ends[value] - middle).abs()).sort_values("far", ascending=False, kind="stable")
    return [*ends.loc[ends[series] == first, series], *far.loc[far[series] != first, series].head(MOST_LINES - 1)]


def stacked(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    caution: str,
    time: Column,
    value: Column,
    series: Column,
    area: bool = False,
    sheet: str = "",
) -> Figure:
    """Amounts of a whole over time, a layer a series in the frame's order from below, white lines between them."""
    columns = told(title, frame, series, time, value)
    names = list(dict.fromkeys(frame[series.name]))
    rank = {name: i for i, name in enumerate(names)}
    times = sorted(frame[time.name].unique())
    totals = frame.groupby(time.name)[value.name].sum()
    per_px = (1.03 * float(totals.max()) or 1.0) / HEIGHT_PX
    ends = frame[frame[time.name] == times[-1]].groupby(series.name)[value.name].sum().reindex(names).fillna(0.0)
    middles = (HEIGHT_PX - (ends.cumsum() - ends / 2) / per_px).tolist()
    places = spread(middles, LINE_PX, 6, HEIGHT_PX - 6)
    scale = {"domain": names, "range": colours(AREAS, len(names))}
    labels = pd.DataFrame({series.name: names, "label_px": places, "end_px": middles})
    edge = WIDTH_PX - WIDTH_PX / max(len(times), 1) / 2 if area else WIDTH_PX
    y_px: Spec = {"field": "label_px", "type": "quantitative", "scale": None, "axis": None}
    layers = {
        "mark": {"type": "area" if area else "bar", "stroke": "#ffffff", "strokeWidth": 1},
        "encoding": {
            "x": {"field": time.name, "type": "ordinal", "scale": {"domain": times}, "axis": TIMES},
            "y": {
                "field": value.name,
                "type": "quantitative",
                "stack": "zero",
                "axis": axis(value),
                "scale": {"domainMax": per_px * HEIGHT_PX, "nice": False},
            },
            "order": {"field": "rank"},
            "color": {"field": series.name, "scale": scale, "legend": None},
            "tooltip": tooltip(columns),
        },
    }
    leader = {
        "mark": {"type": "rule", "color": SOFT},
        "encoding": {
            "x": {"value": edge + 1},
            "x2": {"value": edge + 14},
            "y": y_px | {"field": "end_px"},
            "y2": {"field": "label_px"},
        },
    }
    square = {
        "mark": {"type": "square", "size": 90, "opacity": 1, "stroke": SOFT, "strokeWidth": 0.5, "filled": True},
        "encoding": {
            "x": {"value": edge + 20},
            "y": y_px,
            "color": {"field": series.name, "scale": scale, "legend": None},
        },
    }
    name = {
        "mark": {"type": "text", "align": "left", "baseline": "middle", "limit": LONGEST_PX},
        "encoding": {"x": {"value": edge + 29}, "y": y_px, "text": {"field": series.name, "type": "nominal"}},
    }
    ends_data = data(
        labels, (Column(series.name, series.label, kind="text"), *(Column(n, n) for n in ("label_px", "end_px")))
    )
    spec = {
        "data": data(frame, columns, rank=[rank[each] for each in frame[series.name]]),
        "width": WIDTH_PX,
        "height": HEIGHT_PX,
        "layer": [layers, *({"data": ends_data, **each} for each in (leader, square, name))],
    }
    chart = Chart("stacked", time.name, series.name, value.name)
    return Figure(title, style(spec), frame, columns, alt, caution, chart, sheet)
