"""The picture of the answer in the README: `python docs/picture.py RUN docs/answer.svg`, from a run folder's tables."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import vl_convert

from planner import workbook

OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999")
"""Colours that people with any colour vision tell apart (Okabe and Ito 2008)."""
KINDS_SHOWN = 6
WIDTH, HEIGHT = 250, 210


def largest(table: pd.DataFrame, kind: str, value: str) -> pd.DataFrame:
    """Sums by period and kind, the smaller kinds together as `others`."""
    sums = table.groupby(kind)[value].sum().sort_values(ascending=False)
    kept = list(sums[sums > 0].index[:KINDS_SHOWN])
    named = table.assign(kind=table[kind].where(table[kind].isin(kept), "others"))
    found = named.groupby(["period", "kind"], sort=False)[value].sum().reset_index(name="value")
    return found[found["kind"].isin([*kept, *(["others"] if len(sums[sums > 0]) > len(kept) else [])])]


def panel(table: pd.DataFrame, title: str, unit: str, periods: list[str]) -> dict[str, Any]:
    """A stacked bar per period, as a Vega-Lite specification."""
    kinds = list(dict.fromkeys(table.groupby("kind")["value"].sum().sort_values(ascending=False).index))
    return {
        "title": {"text": title, "subtitle": unit, "anchor": "start"},
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": table.to_dict("records")},
        "mark": {"type": "bar", "stroke": "white", "strokeWidth": 0.5},
        "encoding": {
            "x": {"field": "period", "type": "ordinal", "sort": periods, "axis": {"title": None, "labelAngle": -50}},
            "y": {"field": "value", "type": "quantitative", "axis": {"title": None, "tickCount": 5}},
            "color": {
                "field": "kind",
                "type": "nominal",
                "sort": kinds,
                "scale": {"domain": kinds, "range": list(OKABE_ITO[: len(kinds)])},
                "legend": {"title": None, "orient": "bottom", "columns": 3, "labelLimit": 110},
            },
            "order": {"field": "value", "sort": "descending"},
        },
    }


def picture(run: Path) -> dict[str, Any]:
    """Where, with what, and for which models, side by side."""
    results = run / "scenarios" / "base" / "results"
    read = {
        name: pd.read_csv(results / f"{name}.csv", dtype={"period": str})
        for name in ("siting", "procurement", "serving")
    }
    periods = list(dict.fromkeys(read["siting"]["period"]))
    years = workbook.read(run / "inputs")["periods"].set_index("period")["years"]
    serving = read["serving"].assign(rate=lambda rows: rows["served_t"] / rows["period"].map(years))
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "white",
        "spacing": 40,
        "resolve": {"scale": {"color": "independent"}},
        "hconcat": [
            panel(largest(read["siting"], "site", "hall_mw"), "Where: halls by site", "MW of IT", periods),
            panel(
                largest(read["procurement"], "accelerator", "installed_units"),
                "With what: accelerators",
                "units in service",
                periods,
            ),
            panel(largest(serving, "model", "rate"), "Which models answer", "T output tokens a year", periods),
        ],
        "config": {"font": "Helvetica, Arial, sans-serif", "view": {"stroke": None}, "axis": {"gridColor": "#e5e5e5"}},
    }


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(vl_convert.vegalite_to_svg(json.dumps(picture(Path(sys.argv[1])))), encoding="utf-8")
