"""Charts of cells: a map of values by row and column, of limits, of regret."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from planner.report.blocks import Column, Figure, shown
from planner.report.charts.style import (
    AREAS,
    BLUE,
    CELL_INK,
    LETTERS_PX,
    ORANGE,
    RULE,
    SOFT,
    WIDTH_PX,
    Spec,
    between,
    data,
    is_dark,
    style,
    told,
    tooltip,
    widest_px,
)

CELL_PX = 22
PAPER = "#ffffff"
DEEP = {True: ORANGE, False: BLUE}
"""The ends of the scale of differences: more, less."""
WORD_PX = 64.0
"""Width up to which a column is made wide enough for its heading to lie flat."""
WIDEST_PX = 1.25 * WIDTH_PX
"""Width of all cells up to which they have figures in them: on paper those of wider ones are too small to read."""
STEPS = 9
"""Tones that a value is told in; the figure in the cell says it exactly."""
NOTHING = "nothing binds"


def heat(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    caution: str,
    row: Column,
    column: Column,
    value: Column,
    sheet: str = "",
) -> Figure:
    """A cell for each row and column, toned by its value: blue less, orange more, white nothing; its figure in it.

    The figure carries its sign where `value` is a difference, so grey print can be read. Where columns are too many for
    figures, cells carry + or -.
    """
    columns = told(title, frame, row, column, value)
    shares = _shares(frame[value.name])
    tones = [PAPER if pd.isna(share) else between(PAPER, DEEP[share > 0], abs(share)) for share in shares]
    texts = [shown(each, value) for each in frame[value.name]]
    count = frame[column.name].nunique()
    wide = max(CELL_PX, widest_px(texts) + 8, min(widest_px([str(head) for head in frame[column.name]]) + 8, WORD_PX))
    left_out = wide * count > WIDEST_PX
    if left_out:
        wide = CELL_PX
        texts = [text[0] if text[0] in "+-–" else "" for text in texts]
    words: dict[str, Any] = {"title": title, "alt": alt, "caution": caution, "sheet": sheet}
    return _cells(frame, columns, tones, texts, wide, **words, darkest=_darkest(frame, value) if left_out else None)


def limiters(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    caution: str,
    row: Column,
    column: Column,
    value: Column,
    codes: Mapping[str, str],
    detail: Column | None = None,
    sheet: str = "",
) -> Figure:
    """Which limit binds in each row and column: its colour and its letters, from `codes` (limit: two or three letters).

    `detail`: what the pointer tells too, such as its price. A missing value is a cell where nothing binds.
    """
    columns = told(title, frame, row, column, value, detail)
    limits = list(codes)
    if unknown := sorted(set(frame[value.name].dropna()) - set(limits)):
        raise ValueError(f"{title!r}: no letters for {', '.join(map(str, unknown))}; codes are for {limits}.")
    paint = {limit: AREAS[i % len(AREAS)] for i, limit in enumerate(limits)}
    tones = [PAPER if pd.isna(limit) else paint[limit] for limit in frame[value.name]]
    texts = ["" if pd.isna(limit) else codes[limit] for limit in frame[value.name]]
    wide = max(
        CELL_PX + 4, widest_px(texts) + 8, min(widest_px([str(head) for head in frame[column.name]]) + 8, WORD_PX)
    )
    present = [limit for limit in limits if limit in set(frame[value.name])]
    legend = {
        "values": [*(f"{codes[limit]}  {limit}" for limit in present), NOTHING],
        "colours": [*(paint[limit] for limit in present), PAPER],
    }
    return _cells(frame, columns, tones, texts, wide, title=title, alt=alt, caution=caution, sheet=sheet, legend=legend)


def regret(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    caution: str,
    plan: Column,
    world: Column,
    value: Column,
    sheet: str = "",
) -> Figure:
    """What each plan's first decisions lose in each world: darker is more, white is nothing; figures in the cells where
    there is room for them, else in the data alone."""
    columns = told(title, frame, plan, world, value)
    shares = _shares(frame[value.name])
    tones = [PAPER if pd.isna(share) else between(PAPER, BLUE, abs(share)) for share in shares]
    texts = [shown(each, value) for each in frame[value.name]]
    wide = max(CELL_PX, widest_px(texts) + 10)
    left_out = wide * frame[world.name].nunique() > WIDEST_PX
    if left_out:
        wide, texts = CELL_PX, [""] * len(texts)
    words: dict[str, Any] = {"title": title, "alt": alt, "caution": caution, "sheet": sheet}
    return _cells(frame, columns, tones, texts, wide, **words, darkest=_darkest(frame, value) if left_out else None)


def _darkest(frame: pd.DataFrame, value: Column) -> Spec:
    """What the darkest tone stands for, in place of figures in the cells."""
    sizes = frame[value.name].astype(float).abs()
    most = shown(sizes[sizes < float("inf")].max(), Column(value.name, value.label, value.unit, value.kind))
    unit = f" {value.shown_unit}" if value.shown_unit else ""
    return {
        "data": {"values": [{"shown_most": most}]},
        "mark": {
            "type": "text",
            "align": "left",
            "baseline": "top",
            "color": SOFT,
            "text": {"expr": f"'Darkest: ' + datum.shown_most + {json.dumps(unit)}"},
        },
        "encoding": {"x": {"value": 0}, "y": {"value": {"expr": "height + 6"}}},
    }


def _shares(values: pd.Series) -> list[float]:
    """Each value as a share of the greatest size, in steps: at least one where it isn't nothing, all where infinite."""
    sizes = values.astype(float).abs()
    greatest = float(sizes[sizes < float("inf")].max()) if (sizes < float("inf")).any() else 1.0
    shares = (values.astype(float) / (greatest or 1.0)).clip(-1, 1)
    stepped = (shares.abs() ** 0.7 * STEPS).apply(lambda size: size if pd.isna(size) else -(-size // 1)) / STEPS
    return [float(share) for share in stepped.where(shares >= 0, -stepped)]


def _cells(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    tones: Sequence[str],
    texts: Sequence[str],
    wide: float,
    *,
    title: str,
    alt: str,
    caution: str,
    sheet: str,
    legend: Mapping[str, Sequence[str]] | None = None,
    darkest: Spec | None = None,
) -> Figure:
    row, column = columns[:2]
    rows = list(dict.fromkeys(frame[row.name]))
    heads = list(dict.fromkeys(frame[column.name]))
    if column.kind == "month":
        heads.sort()
    flat = widest_px([str(head) for head in heads]) + 6 <= wide
    head_axis: Spec = {"title": None, "orient": "top", "ticks": False, "domain": False, "labelOverlap": False}
    if not flat:
        head_axis |= {"labelAngle": -50, "labelAlign": "left", "labelLimit": 170}
    else:
        head_axis |= {"labelAngle": 0}
    inks = [PAPER if is_dark(tone) else CELL_INK for tone in tones]
    text = "told_text" if columns[2].is_words else "shown_text"
    fields = data(frame, columns, **{"tone": tones, text: texts, "ink": inks})
    cell = {
        "mark": {"type": "rect", "stroke": RULE, "strokeWidth": 1},
        "encoding": {"color": {"field": "tone", "type": "nominal", "scale": None}, "tooltip": tooltip(columns)},
    }
    word = {
        "mark": {"type": "text", "baseline": "middle", "fontSize": LETTERS_PX - 0.5},
        "encoding": {
            "text": {"field": text, "type": "nominal"},
            "color": {"field": "ink", "type": "nominal", "scale": None},
        },
    }
    layers: list[Spec] = [cell, word, *([darkest] if darkest else [])]
    if legend:
        # A layer with nothing to show, for its legend: cells have their colours from the data.
        layers.append(
            {
                "data": {"values": [{"limit": name} for name in legend["values"]]},
                "mark": {"type": "point", "opacity": 0, "filled": True},
                "encoding": {
                    "x": None,
                    "y": None,
                    "color": {
                        "field": "limit",
                        "type": "nominal",
                        "title": None,
                        "sort": None,
                        "scale": {"domain": legend["values"], "range": legend["colours"]},
                        "legend": {
                            "orient": "bottom",
                            "symbolOpacity": 1,
                            "symbolStrokeColor": SOFT,
                            "symbolStrokeWidth": 0.5,
                            "symbolType": "square",
                            "symbolSize": 160,
                            "columns": 3,
                        },
                    },
                },
            }
        )
    spec = {
        "data": fields,
        "width": {"step": wide},
        "height": {"step": CELL_PX},
        "encoding": {
            "x": {"field": column.name, "type": "nominal", "sort": heads, "axis": head_axis, "scale": {"padding": 0}},
            "y": {
                "field": row.name,
                "type": "nominal",
                "sort": rows,
                "axis": {"title": None, "ticks": False, "domain": False},
                "scale": {"padding": 0},
            },
        },
        "layer": layers,
    }
    return Figure(title, style(spec), frame, tuple(columns), alt, caution, None, sheet)
