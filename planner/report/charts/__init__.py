"""Makers of figures: tidy frames in, Vega-Lite specifications with their data and words out."""

from planner.report.charts.amounts import bars, differences, lines, stacked
from planner.report.charts.grids import heat, limiters, regret
from planner.report.charts.maps import sites_map
from planner.report.charts.steps import bridge, tornado, tradeoff
from planner.report.charts.times import gantt, stability

__all__ = [
    "bars",
    "bridge",
    "differences",
    "gantt",
    "heat",
    "limiters",
    "lines",
    "regret",
    "sites_map",
    "stability",
    "stacked",
    "tornado",
    "tradeoff",
]
