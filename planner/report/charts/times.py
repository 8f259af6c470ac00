"""Charts of when: connections from offer to energisation, and how a decision's date moves over scenarios."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.report.blocks import Column, Figure
from planner.report.charts.style import BLUE, INK, PALE, ROW_PX, WIDTH_PX, Spec, data, style, text_field, told, tooltip


def gantt(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    caution: str,
    row: Column,
    offered: Column,
    slipped: Column,
    energised: Column,
    label: Column,
    sheet: str = "",
) -> Figure:
    """A connection a row: a bar from the date offered to the date after slippage, a diamond where power is taken.

    Dates are months such as 2030-04; a missing `energised` is a stage never built. `label` stands at the row's end.
    """
    columns = told(title, frame, row, offered, slipped, energised, label)
    names = list(dict.fromkeys(frame[row.name]))
    dates = pd.DataFrame({f"at_{date.name}": _years(frame[date.name]) for date in (offered, slipped, energised)})
    y: Spec = {"field": row.name, "type": "nominal", "sort": names, "axis": {"title": None, "ticks": False}}
    x = _at(offered, dates)
    more = {str(name): dates[name].tolist() for name in dates} | {"at_last": dates.max(axis=1).tolist()}
    key = {"domain": ["offered to expected", "energised"], "range": [PALE, BLUE]}
    spec = {
        "data": data(frame, columns, **more, bar="offered to expected", mark="energised"),
        "width": WIDTH_PX,
        "height": {"step": ROW_PX},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "bar", "height": 9},
                "encoding": {
                    "x": x,
                    "x2": {"field": f"at_{slipped.name}"},
                    "color": {"field": "bar", "title": None, "scale": key},
                    "tooltip": tooltip(columns),
                },
            },
            {"mark": {"type": "tick", "thickness": 2, "size": 13, "color": INK}, "encoding": {"x": _at(offered)}},
            {
                "transform": [{"filter": f"isValid(datum['at_{energised.name}'])"}],
                "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 110, "opacity": 1},
                "encoding": {
                    "x": _at(energised),
                    "color": {"field": "mark", "title": None, "scale": key},
                    "tooltip": tooltip(columns),
                },
            },
            {
                "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 10},
                "encoding": {
                    "x": {"field": "at_last", "type": "quantitative"},
                    "text": {"field": text_field(label), "type": "nominal"},
                },
            },
        ],
    }
    return Figure(title, style(spec), frame, columns, alt, caution, None, sheet)


def stability(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    caution: str,
    decision: Column,
    base: Column,
    earliest: Column,
    latest: Column,
    share: Column,
    sheet: str = "",
) -> Figure:
    """A decision a row: a line from the earliest to the latest month over scenarios, a dot for the base, and the share
    of scenarios that choose it. A missing `base` is a decision that the base doesn't take."""
    columns = told(title, frame, decision, share, base, earliest, latest)
    names = list(dict.fromkeys(frame[decision.name]))
    dates = pd.DataFrame({f"at_{date.name}": _years(frame[date.name]) for date in (base, earliest, latest)})
    x = _at(earliest, dates)
    more = {str(name): dates[name].tolist() for name in dates}
    key = {"domain": ["earliest to latest", "base"], "range": [PALE, BLUE]}
    spec = {
        "data": data(frame, columns, **more, line="earliest to latest", dot="base"),
        "width": WIDTH_PX,
        "height": {"step": ROW_PX},
        "encoding": {
            "y": {"field": decision.name, "type": "nominal", "sort": names, "axis": {"title": None, "ticks": False}}
        },
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 6, "strokeCap": "round"},
                "encoding": {
                    "x": x,
                    "x2": {"field": f"at_{latest.name}"},
                    "color": {"field": "line", "title": None, "scale": key},
                    "tooltip": tooltip(columns),
                },
            },
            {
                "transform": [{"filter": f"isValid(datum['at_{base.name}'])"}],
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {
                    "x": _at(base),
                    "color": {"field": "dot", "title": None, "scale": key},
                    "tooltip": tooltip(columns),
                },
            },
            {
                "mark": {"type": "text", "align": "right", "baseline": "middle"},
                "encoding": {"x": {"value": WIDTH_PX + 52}, "text": {"field": text_field(share), "type": "nominal"}},
            },
            {
                "data": {"values": [{}]},
                "mark": {"type": "text", "align": "right", "baseline": "bottom", "color": "#525a64"},
                "encoding": {"x": {"value": WIDTH_PX + 52}, "y": {"value": -5}, "text": {"value": share.label}},
            },
        ],
    }
    return Figure(title, style(spec), frame, columns, alt, caution, None, sheet)


def _years(months: pd.Series) -> list[float]:
    """Months such as 2030-04 as years with fractions."""
    parts = months.astype("string").str.split("-", expand=True).astype("Float64")
    years: list[float] = (parts[0] + (parts[1] - 1) / 12).to_numpy(dtype=float, na_value=np.nan).tolist()
    return years


def _at(column: Column, dates: pd.DataFrame | None = None) -> Spec:
    """A place on the axis of years; with `dates`, an axis on which all of them have their place."""
    x: Spec = {"field": f"at_{column.name}", "type": "quantitative"}
    if dates is not None:
        first, last = float(np.nanmin(dates)), float(np.nanmax(dates))
        # Whole years are marked, and the axis begins and ends between them.
        x["scale"] = {"domain": [first - 0.35, last + 0.65], "nice": False, "zero": False}
        x["axis"] = {"title": None, "format": "d", "tickMinStep": 1, "tickCount": 14, "labelOverlap": "greedy"}
    return x
