"""A document with every block and every kind of column, and a figure of each maker, from a few made-up rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from compute_lp.algebra import Name, Product, Relation
from planner.report import charts
from planner.report.blocks import Column, Document, Equation, Figure, Heading, Note, Paragraph, Table

SCRIPT = "<script>alert('x')</script>"
FORMULA = "=1+1"
LINK = "http://example.org/"
WORDS = {"alt": "What it shows.", "caution": "Not a forecast."}


def word(name: str, label: str = "") -> Column:
    return Column(name, label or name.capitalize(), kind="text")


def month(name: str, label: str = "") -> Column:
    return Column(name, label or name.capitalize(), kind="month")


COLUMNS = (
    word("site"),
    month("first", "First power"),
    Column("mw", "Power", "MW"),
    Column("base", "Base cost", kind="money"),
    Column("cost", "Cost", kind="money"),
    Column("more", "Difference", kind="money", difference_of=("cost", "base")),
    Column("home", "Home", kind="share"),
    Column("home_before", "Home in the base", kind="share"),
    Column("home_more", "Home, difference", kind="share", difference_of=("home", "home_before")),
    Column("units", "Accelerators", "units", "integer"),
    word("why"),
)
ROWS = pd.DataFrame(
    {
        "site": [SCRIPT, FORMULA, LINK, "total"],
        "first": ["2030-04", None, "2031-01", "2030-04"],
        "mw": [0.012345, np.nan, 1234.5, 99.94],
        "base": [1000.0, 12.0, 0.0, 1012.0],
        "cost": [900.4, 12.0, 41_234.4, 42_146.8],
        "home": [0.5, 1.0, 0.0004, np.nan],
        "home_before": [0.25, 1.0, 0.0, np.nan],
        "units": [120_345.0, 0.0, 7.0, 120_352.0],
        "why": ["The grid sets the pace. " * 6, "", "money & chips", "all"],
    }
)
SHOWN = [
    [SCRIPT, "2030-04", "0.0123", "1,000", "900", "-99.6", "50\u00a0%", "25\u00a0%", "+25", "120,345"],
    [FORMULA, "–", "–", "12", "12", "0", "100\u00a0%", "100\u00a0%", "0", "0"],
    [LINK, "2031-01", "1,230", "0", "41,200", "+41,200", "0.04\u00a0%", "0\u00a0%", "+0.04", "7"],
    ["total", "2030-04", "99.9", "1,010", "42,100", "+41,100", "–", "–", "–", "120,352"],
]
"""What a reader sees of all columns but the last, in every format."""


def table() -> Table:
    return Table("Sites & costs", ROWS, COLUMNS, note="Rounded.", sheet="sites", totals=1)


def document(figures: tuple[Figure, ...] = ()) -> Document:
    return Document(
        "A <plan>",
        "For tests",
        (
            Heading("Results"),
            Paragraph("The grid sets the pace in **7 of 11** years."),
            Note("Not a forecast."),
            Equation(Relation(Product((Name("price"), Name("buy", ("a", "t")))), "≤", Name("budget")), "price within"),
            table(),
            Heading("Results", 2),
            Table("Nothing", ROWS.iloc[:0], COLUMNS[:3]),
            *figures,
        ),
        {"command": "planner compare", "hash": "ab" * 32},
    )


def figures() -> dict[str, Figure]:
    """One of each maker; names are long and ends lie close, as in real programmes."""
    draw = np.random.default_rng(3)
    scenarios = ["base", *(f"scenario number {i}, central" for i in range(12))]
    years = [str(year) for year in range(2026, 2037)]
    sites = [f"navi mumbai, corridor {i}" if i % 5 == 0 else f"site_{i}" for i in range(40)]
    cost = Column("musd", "Cost", kind="money")
    less = Column("musd", "Difference", kind="money", difference_of=("musd", "musd"))
    by_scenario = pd.DataFrame({"scenario": scenarios, "musd": 42_000 + draw.normal(0, 5000, 13)})
    grouped = pd.DataFrame(
        [(s, k, draw.random()) for s in scenarios[:4] for k in "abc"], columns=["scenario", "k", "v"]
    )
    paths = pd.DataFrame(
        [(s, y, 100 + i + j * 30) for i, s in enumerate(scenarios) for j, y in enumerate(years)],
        columns=["scenario", "year", "mw"],
    )
    layers = pd.DataFrame(
        [(f"layer {i}", y, (i % 3) * 90.0 + 5 * j) for i in range(10) for j, y in enumerate(years)],
        columns=["layer", "year", "musd"],
    )
    cells = pd.DataFrame([(s, y, draw.normal(0, 300)) for s in sites for y in years], columns=["site", "year", "musd"])
    limits = cells.assign(limit=draw.choice(["grid", "chips", None], len(cells)))
    worlds = pd.DataFrame(
        [(a, b, abs(draw.normal(0, 3000)) * (a != b)) for a in scenarios for b in scenarios],
        columns=["plan", "world", "musd"],
    )
    levers = pd.DataFrame(
        {
            "lever": ["prices", "work", "residual value"],
            "musd": [-5400.0, 800, 30],
            "low": [-7000.0, 0, 30],
            "high": [0, 900, 30],
        }
    )
    stages = pd.DataFrame(
        {
            "stage": sites[:8],
            "a": ["2027-01"] * 8,
            "b": ["2029-04"] * 8,
            "c": ["2028-01", None] * 4,
            "s": [0.5] * 8,
            "mw": ["120 MW"] * 8,
        }
    )
    points = pd.DataFrame(
        {"home": [0.2, 0.5, 0.9, 0.92, 1.0], "musd": [40.0, 41, 48, 50, 60], "k": [1.0, 10, 100, 200, np.nan]}
    )
    places = pd.DataFrame(
        {"site": sites, "lon": draw.uniform(70, 88, 40), "lat": draw.uniform(8, 30, 40), "mw": draw.lognormal(4, 1, 40)}
    )
    year, scenario, home = month("year"), word("scenario"), Column("home", "Home", kind="share")
    value = Column("v", "Share", kind="share")
    return {
        "bars": charts.bars(by_scenario, title="Bars", category=scenario, value=cost, **WORDS),
        "grouped": charts.bars(grouped, title="Groups", category=scenario, value=value, series=word("k"), **WORDS),
        "differences": charts.differences(
            by_scenario.assign(musd=draw.normal(0, 9e3, 13)), title="More", category=scenario, value=less, **WORDS
        ),
        "lines": charts.lines(
            paths, title="Paths", time=year, value=Column("mw", "Power", "MW"), series=scenario, first="base", **WORDS
        ),
        "stacked": charts.stacked(layers, title="Budget", time=year, value=cost, series=word("layer"), **WORDS),
        "areas": charts.stacked(layers, title="Areas", time=year, value=cost, series=word("layer"), area=True, **WORDS),
        "heat": charts.heat(cells, title="Map", row=word("site"), column=year, value=less, **WORDS),
        "limiters": charts.limiters(
            limits,
            title="Limits",
            row=word("site"),
            column=year,
            value=word("limit"),
            codes={"grid": "Gr", "chips": "Ch"},
            **WORDS,
        ),
        "regret": charts.regret(worlds, title="Regret", plan=word("plan"), world=word("world"), value=cost, **WORDS),
        "bridge": charts.bridge(
            levers,
            title="Bridge",
            step=word("lever"),
            value=cost,
            least=Column("low", "Least", kind="money"),
            most=Column("high", "Most", kind="money"),
            start=42_000,
            start_label="base",
            end_label="slow grid",
            **WORDS,
        ),
        "stability": charts.stability(
            stages,
            title="Dates",
            decision=word("stage"),
            base=month("c"),
            earliest=month("a"),
            latest=month("b"),
            share=Column("s", "Chosen", kind="share"),
            **WORDS,
        ),
        "gantt": charts.gantt(
            stages,
            title="Stages",
            row=word("stage"),
            offered=month("a"),
            slipped=month("b"),
            energised=month("c"),
            label=word("mw", "Size"),
            **WORDS,
        ),
        "tornado": charts.tornado(
            levers,
            title="Tornado",
            name=word("lever"),
            low=Column("low", "At its low", kind="money", difference_of=("low", "low")),
            high=Column("high", "At its high", kind="money", difference_of=("high", "high")),
            **WORDS,
        ),
        "tradeoff": charts.tradeoff(
            points, title="Trade-off", across=home, value=cost, slope=Column("k", "Slope", "M USD a point"), **WORDS
        ),
        "sites_map": charts.sites_map(
            places,
            title="Sites",
            site=word("site"),
            longitude=Column("lon", "Longitude", "°E"),
            latitude=Column("lat", "Latitude", "°N"),
            value=Column("mw", "Power", "MW"),
            **WORDS,
        ),
    }
