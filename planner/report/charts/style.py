"""What all charts share: colours that differ in grey too, letters and lines, data with the texts that are shown.

Colours are those of Okabe and Ito (2008), told apart with any colour vision; their order keeps neighbours apart in
lightness. Words in a chart are dark grey, never coloured: some of the colours are too light to be read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from planner.report.blocks import Column, shown

Spec = dict[str, Any]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in px."""
INK = "#1b1f24"
CELL_INK = "#000000"
"""On coloured cells: a page that turns dark turns `INK` light, not this."""
SOFT = "#525a64"
RULE = "#d5d9df"
PALE = "#b4bac3"
BLUE, ORANGE, GREEN, YELLOW = "#0072B2", "#E69F00", "#009E73", "#F0E442"
VERMILLION, SKY, BLACK, PURPLE = "#D55E00", "#56B4E9", "#000000", "#CC79A7"
AREAS = (BLUE, ORANGE, GREEN, YELLOW, VERMILLION, SKY, "#4d4d4d", PURPLE, "#7a4a1e", "#c4c9d0", "#00513b", "#f7c6a3")
"""The eight, and four that go with them where a whole has more parts."""
LINES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
DASHES = ([1, 0], [6, 3], [2, 2], [9, 3, 2, 3])
LETTERS_PX = 12
LINE_PX = 15
"""Height that a line of words needs."""
ROW_PX = 22
WIDTH_PX = 620
HEIGHT_PX = 320
FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
"""Fonts of the same widths, so that a label keeps the place that was measured for it."""


def style(spec: Mapping[str, Any]) -> Spec:
    """A specification in the house style."""
    words = {"labelFont": FONT, "titleFont": FONT, "labelFontSize": LETTERS_PX, "titleFontSize": LETTERS_PX}
    config = {
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            **words,
            "labelColor": INK,
            "titleColor": SOFT,
            "titleFontWeight": "normal",
            "gridColor": RULE,
            "domainColor": SOFT,
            "tickColor": SOFT,
            "labelLimit": 230,
            "labelOverlap": "parity",
            "labelPadding": 4,
        },
        "legend": {
            **words,
            "labelColor": INK,
            "titleColor": SOFT,
            "titleFontWeight": "normal",
            "labelLimit": 230,
            "orient": "top",
            "symbolType": "square",
            "columns": 4,
        },
        "text": {"font": FONT, "fontSize": LETTERS_PX, "color": INK},
        "bar": {"color": BLUE},
        "rule": {"color": SOFT},
    }
    return {**spec, "background": None, "padding": 6, "config": config}


def data(frame: pd.DataFrame, columns: Sequence[Column], **more: Any) -> Spec:
    """Rows of the columns, with the texts of figures under `shown_` and the name, of words under `told_`, and fields
    given with them."""
    table = frame[[column.name for column in columns]].copy()
    for column in columns:
        table[text_field(column)] = [shown(value, column) for value in frame[column.name]]
    for name, field in more.items():
        table[name] = field
    table = table.replace([np.inf, -np.inf], np.nan)
    return {"values": json.loads(table.to_json(orient="records", double_precision=15))}


def text_field(column: Column) -> str:
    """The field that holds the texts of a column."""
    return f"{'told' if column.is_words else 'shown'}_{column.name}"


def tooltip(columns: Sequence[Column]) -> list[Spec]:
    return [{"field": text_field(column), "title": column.heading, "type": "nominal"} for column in columns]


def text_px(text: str, size_px: float = LETTERS_PX) -> float:
    """About how wide a text is: Arial's letters are 0.56 of its size on average, its figures too."""
    return 0.58 * size_px * len(text)


def widest_px(texts: Sequence[str]) -> float:
    return max(map(text_px, texts), default=0.0)


def axis(column: Column, **more: Any) -> Spec:
    """An axis titled by the column, its figures written as `shown` writes them."""
    percent = column.kind == "share" and not column.difference_of
    figure = "replace(format(datum.value, '.0%'), '%', '\u00a0%')" if percent else "datum.label"
    label = f"replace({figure}, '\u2212', '-')"
    return {"title": column.heading, "tickCount": 6, "labelExpr": label, **more}


def domain(
    values: Sequence[float] | pd.Series, width_px: float, left_px: float = 0, right_px: float = 0
) -> list[float]:
    """From the least to the greatest value and zero, with room for labels of these widths beside the ends."""
    finite = np.asarray(values, dtype=float)
    finite = finite[np.isfinite(finite)]
    low, high = min(0.0, *finite, 0.0), max(0.0, *finite, 0.0)
    high = high if high > low else 1.0
    span = high - low
    left, right = (left_px + 6 if low < 0 else 0.0), (right_px + 6 if high > 0 else 0.0)
    per_px = span / max(width_px - left - right, 40.0)
    return [low - left * per_px, high + right * per_px]


def spread(wanted_px: Sequence[float], apart_px: float, least_px: float, most_px: float) -> list[float]:
    """Places as near to those wanted as their distances allow, in the same order; more than fit stand closer."""
    count = len(wanted_px)
    if not count:
        return []
    apart = min(apart_px, (most_px - least_px) / max(count - 1, 1))
    order = np.argsort(np.asarray(wanted_px, dtype=float), kind="stable")
    shifted = np.asarray(wanted_px, dtype=float)[order] - apart * np.arange(count)
    # The nearest ascending places (isotonic regression): neighbours out of order take their mean.
    groups: list[tuple[float, int]] = []
    for place in shifted:
        groups.append((float(place), 1))
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (a, m), (b, n) = groups[-2:]
            groups[-2:] = [((a * m + b * n) / (m + n), m + n)]
    places = np.concatenate([np.full(size, place) for place, size in groups])
    places = np.clip(places, least_px, most_px - apart * (count - 1)) + apart * np.arange(count)
    found = np.empty(count)
    found[order] = places
    return [float(place) for place in found]


def is_dark(colour: str) -> bool:
    """Whether white letters are read better on it than dark ones (WCAG's relative luminance)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return luminance < 0.179


def between(low: str, high: str, share: float) -> str:
    """The colour that share of the way from one to the other."""
    pairs = [(int(low[i : i + 2], 16), int(high[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def colours(of: Sequence[str], count: int) -> list[str]:
    """That many colours, beginning again where there are more series than colours."""
    return [of[i % len(of)] for i in range(count)]


def label_mark(field: str) -> Spec:
    """Words at the end of a bar: right of it, or left where its value is negative."""
    left = f"datum['{field}'] < 0"
    return {
        "type": "text",
        "baseline": "middle",
        "align": {"expr": f"{left} ? 'right' : 'left'"},
        "dx": {"expr": f"{left} ? -4 : 4"},
    }


def end_labels(value: Column) -> Spec:
    return {"mark": label_mark(value.name), "encoding": {"text": {"field": f"shown_{value.name}", "type": "nominal"}}}


def nought() -> Spec:
    """The line that nothing stands on."""
    return {
        "data": {"values": [{}]},
        "mark": {"type": "rule", "color": INK},
        "encoding": {"x": {"datum": 0}, "y": None},
    }


def around(values: Sequence[float], length_px: float, before_px: float, after_px: float) -> tuple[float, float]:
    """From the least to the greatest value, with room before and after."""
    low, high = min(values), max(values)
    span = (high - low) or abs(high) or 1.0
    per_px = span / max(length_px - before_px - after_px, 40.0)
    return low - before_px * per_px, low + span + after_px * per_px


def is_free(box: Box, taken: Sequence[Box]) -> bool:
    left, top, right, bottom = box
    return all(right <= a or c <= left or bottom <= b or d <= top for a, b, c, d in taken)


def clear(boxes: Sequence[Box]) -> list[bool]:
    """Which boxes can be drawn, in their order, so that none lies on an earlier one."""
    kept: list[Box] = []
    free = []
    for box in boxes:
        free.append(is_free(box, kept))
        kept += [box] * free[-1]
    return free


def told(title: str, frame: pd.DataFrame, *columns: Column | None) -> tuple[Column, ...]:
    """The columns that a figure has, where there is something to draw.

    Raises ValueError where the frame has no rows.
    """
    if frame.empty:
        raise ValueError(f"{title!r}: a figure of no rows; a paragraph that says so would be right.")
    return tuple(column for column in columns if column)
