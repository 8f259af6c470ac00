"""A map of sites: points by longitude and latitude on plain lines of the globe; no picture of a country is needed."""

from __future__ import annotations

import math

import pandas as pd

from planner.report.blocks import Column, Figure, shown
from planner.report.charts.style import (
    BLUE,
    LINE_PX,
    SOFT,
    WIDTH_PX,
    Box,
    Spec,
    axis,
    data,
    is_free,
    style,
    text_field,
    text_px,
    told,
    tooltip,
)

LARGEST_PX = 22.0
"""Radius of the largest site."""
TALLEST_PX = 620.0
LONGEST = 24
"""Letters of a name beside its circle."""
SIDES: dict[str, Spec] = {
    "right": {"align": "left", "baseline": "middle", "dx": {"expr": "datum.reach"}},
    "left": {"align": "right", "baseline": "middle", "dx": {"expr": "-datum.reach"}},
    "above": {"align": "center", "baseline": "bottom", "dy": {"expr": "2 - datum.reach"}},
    "below": {"align": "center", "baseline": "top", "dy": {"expr": "datum.reach - 2"}},
}
"""Where words stand by a circle, the best place first."""


def sites_map(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    caution: str,
    site: Column,
    longitude: Column,
    latitude: Column,
    value: Column,
    sheet: str = "",
) -> Figure:
    """A circle a site, its area by `value`, its name and figure beside it; where words would lie on one another, the
    smaller site's are left to the pointer and the data. A degree of longitude is shorter by the latitude's cosine."""
    columns = told(title, frame, site, value, longitude, latitude)
    rows = frame.sort_values(value.name, ascending=False, kind="stable")
    lon, lat = rows[longitude.name].astype(float), rows[latitude.name].astype(float)
    middle = math.cos(math.radians((lat.min() + lat.max()) / 2))
    span_lon, span_lat = max(lon.max() - lon.min(), 1.0), max(lat.max() - lat.min(), 1.0)
    margin = 1.3
    width = float(WIDTH_PX)
    height = width * span_lat / (span_lon * middle)
    if height > TALLEST_PX:
        width, height = max(width * TALLEST_PX / height, 260.0), TALLEST_PX
    lows = (lon.min() + lon.max() - span_lon * margin) / 2, (lat.min() + lat.max() - span_lat * margin) / 2
    highs = (lon.min() + lon.max() + span_lon * margin) / 2, (lat.min() + lat.max() + span_lat * margin) / 2
    px = (lon - lows[0]) / (highs[0] - lows[0]) * width
    py = (highs[1] - lat) / (highs[1] - lows[1]) * height
    sizes = rows[value.name].astype(float).clip(lower=0)
    radius = LARGEST_PX * (sizes / (sizes.max() or 1.0)) ** 0.5
    names = [_cut(str(name)) for name in rows[site.name]]
    whole = [f"{name} {shown(amount, value)}" for name, amount in zip(names, rows[value.name], strict=True)]
    sides = _placed(list(px), list(py), list(radius.clip(lower=2)), whole, width)
    fields = data(
        rows,
        columns,
        area=[max(math.pi * r * r, 12.0) for r in radius],
        label=names,
        side=sides,
        reach=[r + 4 for r in radius.clip(lower=2)],
    )
    place: Spec = {
        "x": {
            "field": longitude.name,
            "type": "quantitative",
            "axis": axis(longitude),
            "scale": {"domain": [lows[0], highs[0]], "nice": False, "zero": False},
        },
        "y": {
            "field": latitude.name,
            "type": "quantitative",
            "axis": axis(latitude),
            "scale": {"domain": [lows[1], highs[1]], "nice": False, "zero": False},
        },
    }
    circle = {
        "mark": {
            "type": "point",
            "filled": True,
            "color": BLUE,
            "opacity": 0.75,
            "stroke": "#ffffff",
            "strokeWidth": 1,
        },
        "encoding": {"size": {"field": "area", "type": "quantitative", "scale": None}, "tooltip": tooltip(columns)},
    }
    words = [
        {
            "transform": [{"filter": f"datum.side === '{side}'"}],
            "mark": place_of | {"type": "text", "text": {"expr": f"datum.label + ' ' + datum['{text_field(value)}']"}},
        }
        for side, place_of in SIDES.items()
    ]
    key = {
        "data": {"values": [{}]},
        "mark": {"type": "text", "align": "left", "baseline": "bottom", "color": SOFT},
        "encoding": {
            "x": {"value": 0},
            "y": {"value": -6},
            "text": {"value": f"Area of a circle and figure beside its name: {value.heading}"},
        },
    }
    spec = {"data": fields, "width": width, "height": height, "encoding": place, "layer": [circle, *words, key]}
    return Figure(title, style(spec), rows, columns, alt, caution, None, sheet)


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"


def _placed(px: list[float], py: list[float], radius: list[float], names: list[str], width: float) -> list[str]:
    """Where each name stands: the first side of its circle that is free, "" where none is; larger sites first."""
    circles = [(x - r, y - r, x + r, y + r) for x, y, r in zip(px, py, radius, strict=True)]
    taken: list[Box] = []
    sides = []
    for i, name in enumerate(names):
        others = [*circles[:i], *circles[i + 1 :], *taken]
        places = _places(px[i], py[i], radius[i] + 4, text_px(name))
        free = [side for side, box in places.items() if box[0] >= 0 and box[2] <= width + 90 and is_free(box, others)]
        sides.append(free[0] if free else "")
        if free:
            taken.append(places[free[0]])
    return sides


def _places(x: float, y: float, reach: float, long: float) -> dict[str, Box]:
    half = LINE_PX / 2
    return {
        "right": (x + reach, y - half, x + reach + long, y + half),
        "left": (x - reach - long, y - half, x - reach, y + half),
        "above": (x - long / 2, y - reach - LINE_PX + 2, x + long / 2, y - reach + 2),
        "below": (x - long / 2, y + reach - 2, x + long / 2, y + reach + LINE_PX - 2),
    }
