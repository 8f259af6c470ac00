"""Figures of twenty-eight scenarios and forty sites: as wide as a page takes, and no words on one another."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from planner.report import charts
from planner.report.blocks import Column, Figure
from planner.report.charts.amounts import MOST_LINES
from planner.report.pictures import size_px, svg
from tests.planner.report_sample import WORDS, month, word
from tests.planner.test_report_charts import overlap, words_of

LONG = "hardware nationalism lag: an export cap from 2028 on and no licence for large models"
SCENARIOS = ["base", LONG, *(f"political_fragility_{i}, central" for i in range(26))]
SITES = [f"navi mumbai, corridor number {i} of the western grid" if i % 5 == 0 else f"site_{i}" for i in range(40)]
YEARS = [str(year) for year in range(2026, 2037)]
MOST_PX = 980
"""A page of 170 mm shows as many at half a point each, and letters of 12 px at 6 points."""
COST = Column("musd", "Cost", kind="money")
MORE = Column("musd", "Difference", kind="money", difference_of=("musd", "musd"))


def figures() -> dict[str, Figure]:
    draw = np.random.default_rng(2)
    costs = pd.DataFrame({"scenario": SCENARIOS, "musd": 42_000 + draw.normal(0, 5000, 28)})
    pairs = pd.DataFrame(
        [(a, b, abs(draw.normal(0, 3000)) * (a != b)) for a in SCENARIOS for b in SCENARIOS],
        columns=["plan", "world", "musd"],
    )
    cells = pd.DataFrame(
        [(site, name, draw.normal(0, 300)) for site in SITES for name in SCENARIOS],
        columns=["site", "scenario", "musd"],
    )
    paths = pd.DataFrame(
        [(name, year, 100 + 3.0 * i + j * 30) for i, name in enumerate(SCENARIOS) for j, year in enumerate(YEARS)],
        columns=["scenario", "year", "mw"],
    )
    steps = pd.DataFrame({"lever": SCENARIOS, "musd": draw.normal(0, 2000, 28)}).assign(
        low=lambda rows: rows["musd"] - 300, high=lambda rows: rows["musd"] + 500
    )
    dates = pd.DataFrame(
        {
            "site": SITES,
            "a": [f"{2027 + i % 6}-{1 + i % 12:02d}" for i in range(40)],
            "b": [f"{2029 + i % 6}-{1 + i % 12:02d}" for i in range(40)],
            "c": [f"{2029 + i % 7}-04" if i % 3 else None for i in range(40)],
            "size": [f"{10 * i} MW" for i in range(40)],
        }
    )
    near = pd.DataFrame(
        {
            "site": SITES,
            "lon": [*draw.normal(72.9, 0.2, 20), *draw.uniform(70, 88, 20)],
            "lat": [*draw.normal(19.1, 0.2, 20), *draw.uniform(8, 30, 20)],
            "mw": draw.lognormal(4, 1, 40),
        }
    )
    return {
        "bars": charts.bars(costs, title="B", category=word("scenario"), value=COST, **WORDS),
        "differences": charts.differences(
            costs.assign(musd=draw.normal(0, 9e3, 28)), title="D", category=word("scenario"), value=MORE, **WORDS
        ),
        "regret": charts.regret(pairs, title="R", plan=word("plan"), world=word("world"), value=COST, **WORDS),
        "heat": charts.heat(cells, title="H", row=word("site"), column=word("scenario"), value=MORE, **WORDS),
        "lines": charts.lines(
            paths,
            title="L",
            time=month("year"),
            value=Column("mw", "Power", "MW"),
            series=word("scenario"),
            first="base",
            **WORDS,
        ),
        "bridge": charts.bridge(
            steps,
            title="S",
            step=word("lever"),
            value=COST,
            least=Column("low", "Least", kind="money"),
            most=Column("high", "Most", kind="money"),
            start=42_000,
            start_label="base",
            end_label=LONG,
            **WORDS,
        ),
        "gantt": charts.gantt(
            dates,
            title="G",
            row=word("site"),
            offered=month("a"),
            slipped=month("b"),
            energised=month("c"),
            label=word("size"),
            **WORDS,
        ),
        "sites_map": charts.sites_map(
            near,
            title="M",
            site=word("site"),
            longitude=Column("lon", "Longitude", "°E"),
            latitude=Column("lat", "Latitude", "°N"),
            value=Column("mw", "Power", "MW"),
            **WORDS,
        ),
    }


FIGURES = figures()


@pytest.mark.parametrize("name", FIGURES)
def test_words_of_many_scenarios_and_sites_do_not_lie_on_one_another(name: str) -> None:
    words = words_of(svg(FIGURES[name]))
    assert len(words) > 25
    assert [(a.text, b.text) for a, b in combinations(words, 2) if overlap(a, b)] == []


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_of_many_is_no_wider_than_its_letters_bear(name: str) -> None:
    assert size_px(FIGURES[name])[0] <= MOST_PX


def test_cells_too_many_for_figures_say_what_the_darkest_is() -> None:
    greatest = FIGURES["regret"].frame["musd"].max()
    words = [each.text for each in words_of(svg(FIGURES["regret"]))]
    assert f"Darkest: {round(greatest, -1):,.0f} M USD" in words
    assert not [text for text in words if text.replace(",", "").isdigit()]


def test_of_many_lines_the_first_and_those_that_end_farthest_from_it_are_named() -> None:
    words = [each.text for each in words_of(svg(FIGURES["lines"]))]
    named = [name for name in SCENARIOS if name in words]
    # Each ends 3 MW above the one before it, and the base is the lowest.
    assert named == ["base", *SCENARIOS[-(MOST_LINES - 1) :]]
    assert "grey: 16 more, named in the data" in words


def test_a_lever_named_as_the_scenario_has_a_row_of_its_own() -> None:
    places = [row["place"] for row in FIGURES["bridge"].spec["data"]["values"]]
    assert places == list(range(30))
    # Cut at their end, the lever and the scenario of the same long name.
    assert len([each for each in words_of(svg(FIGURES["bridge"])) if each.text.startswith(LONG[:20])]) == 2
