"""Appendix D has every sheet as the programme read it, in tables that pages take, with sources and defaults."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner import workbook
from planner.appendices.inputs import MOST_ROWS, OTHERS, WIDE, inputs, named, trust, trust_said
from planner.appendices.material import Material, material
from planner.report.blocks import Block, Heading, Paragraph, Table, texts
from tests.planner.runs_scenes import run, scenarios
from tests.workbooks import Sheets, put, smallest, to_csv

SITES, CHIPS, MODELS = 40, 6, 20


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("run")
    run(scenarios().write(place / "book"), place / "out", scenarios=["base", "dear"])
    return place / "out"


@pytest.fixture(scope="module")
def base(done: Path) -> Material:
    return material(done, compare=False)


def shown(blocks: list[Block], title: str) -> list[list[str]]:
    (table,) = (block for block in blocks if isinstance(block, Table) and block.title == title)
    return texts(table)


def said(blocks: list[Block]) -> str:
    return "\n".join(block.text for block in blocks if isinstance(block, Paragraph))


def of(base: Material, sheets: Sheets, folder: Path) -> list[Block]:
    """The appendix of another workbook, as if it had been solved."""
    opened = workbook.opened(to_csv(sheets, folder / "book"))
    assert opened.findings.inputs is not None, opened.findings.problems

    class Other(Material):
        inputs: Any = opened.findings.inputs

    return inputs(Other(base.case, base.cases, base.plan, opened, base.manifest))


def large() -> Sheets:
    """40 sites with three stages each, and measured rates of 20 models on 6 chips."""
    sheets = smallest()
    sites, offers = sheets["sites"], sheets["grid_offers"]
    for i in range(SITES - 3):
        sites.append([f"site_{i}", "NO", "NO2", 50 + i, 12, 9, 1.1 + i / 1000, None, None])
        offers += [[f"site_{i}", stage, 10 * stage, 6 * stage, 80, 0.9, None, None] for stage in (1, 2, 3)]
    put(sheets, "sites", 5, "water_l_per_kwh", 1.25)
    put(sheets, "sites", 6, "closed_from", "2028-01")
    put(sheets, "sites", 7, "opex_usd_per_kw_year", 120)
    chip = sheets["accelerators"][2]
    sheets["accelerators"] += [[f"chip_{i}", *chip[1:]] for i in range(CHIPS - 1)]
    model = sheets["models"][2]
    sheets["models"] += [[f"model-{i}", *model[1:]] for i in range(MODELS - 1)]
    sheets["throughput"] = [["model", "accelerator", "output_tokens_per_s"], ["unit", None, "token/s"]]
    sheets["throughput"] += [
        [row[0], column[0], 1000 * i + 10 * j]
        for i, row in enumerate(sheets["models"][2:])
        for j, column in enumerate(sheets["accelerators"][2:])
    ]
    return sheets


def test_every_used_sheet_has_a_heading_and_says_where_it_lies(base: Material) -> None:
    blocks = inputs(base)
    headings = [block.text for block in blocks if isinstance(block, Heading)]
    used = [one.sheet for name, one in base.opened.filled.items() if len(one.frame) and name not in OTHERS]
    assert len(used) > 10
    assert {sheet.table.title for sheet in used} <= set(headings)
    assert all(sheet.settings or f"inputs/{sheet.name}.csv" in said(blocks) for sheet in used)


def test_the_values_are_those_of_the_scenario(base: Material, done: Path) -> None:
    price = ["Price USD"]

    def chips(blocks: list[Block]) -> list[list[str]]:
        return [row for row in shown(blocks, "Accelerators") if row[:1] == price]

    dear = inputs(material(done, "dear", compare=False))
    assert (chips(inputs(base)), chips(dear)) == ([[*price, "10,000"]], [[*price, "20,000"]])
    assert "those of the scenario dear, with its 1 change of the workbook" in said(dear)
    assert "scenario dear" not in said(inputs(base))


def test_no_table_of_a_large_workbook_overflows(base: Material, tmp_path: Path) -> None:
    blocks = of(base, large(), tmp_path)
    tables = [block for block in blocks if isinstance(block, Table)]
    assert max(len(table.columns) for table in tables) <= WIDE
    assert max(len(table.frame) for table in tables) <= MOST_ROWS
    sites = [table for table in tables if table.title.startswith("Sites (")]
    assert [table.title for table in sites] == ["Sites (1 of 2)", "Sites (2 of 2)"]
    assert [len(table.frame) for table in sites] == [SITES, SITES]


def test_two_kinds_of_names_make_a_matrix(base: Material, tmp_path: Path) -> None:
    rows = shown(of(base, large(), tmp_path), "Throughput: Output tokens per s")
    assert len(rows) == MODELS
    assert rows[3] == ["model-2", "3,000", "3,010", "3,020", "3,030", "3,040", "3,050"]


def test_periods_stand_across_in_their_order(base: Material, tmp_path: Path) -> None:
    blocks = of(base, smallest(), tmp_path)
    (table,) = (block for block in blocks if isinstance(block, Table) and block.title == "Energy prices: USD per MWh")
    assert [column.label for column in table.columns] == ["Zone", "every period", "2028"]
    assert texts(table) == [["IN-W", "70", "–"], ["GB", "100", "–"], ["NO2", "45", "50"]]


def test_a_long_sheet_is_summed_up(base: Material, tmp_path: Path) -> None:
    blocks = of(base, large(), tmp_path)
    # stages of 60, 40, 50 and 100 MW stand beside those of 37 sites with 10, 20 and 30 MW: (250 + 37 · 60)/115 = 21.5
    rows = {row[1]: row for row in shown(blocks, "Grid offers, summed up")}
    assert rows["MW"] == ["all", "MW", "115", "10", "21.5", "100"]


def test_what_all_rows_have_in_common_is_told_once(base: Material, tmp_path: Path) -> None:
    blocks = of(base, smallest(), tmp_path)
    assert re.search(r"3 rows, inputs/sites.csv\). The same in all of them: .*; Hall life years 20;", said(blocks))
    tables = [block for block in blocks if isinstance(block, Table) and block.title.startswith("Sites")]
    assert tables
    assert not any(column.label == "Hall life years" for table in tables for column in table.columns)


def test_rows_are_named_by_their_first_key_where_all_of_it_is_meant() -> None:
    frame = pd.DataFrame({"site": ["a", "a", "b", "b", "c"], "stage": [1.0, 2.0, 1.0, 2.0, 1.0]})
    assert named(frame, frame.iloc[[0, 1, 3, 4]], ["site", "stage"]) == "a, b 2, c"
    many = pd.DataFrame({"site": list("abcdefgh"), "stage": 1.0})
    assert named(many, many, ["site", "stage"]) == "a, b, c, d, e, f and 2 more"


def test_sources_are_listed_with_the_rows_that_cite_them(base: Material, tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "source", "tender; survey")
    put(sheets, "sites", 1, "source", "tender")
    put(sheets, "models", 0, "source", "tender")
    sheets["sources"] = [["source", "title"], ["unit", None], ["tender", "Tender 12"], ["unused", "Never cited"]]
    blocks = of(base, sheets, tmp_path)
    listed = shown(blocks, "Sources, and how many rows of which sheets cite them")
    assert [(row[0], row[1], row[-1]) for row in listed] == [
        ("tender", "Tender 12", "sites 2, models 1"),
        ("unused", "Never cited", ""),
    ]
    assert shown(blocks, "Other words that rows give as their source") == [["survey", "sites 1"]]


def test_defaults_are_listed_with_their_cells(base: Material, tmp_path: Path) -> None:
    rows = shown(of(base, smallest(), tmp_path), "Defaults, and the cells that took them")
    (life,) = (row for row in rows if row[:2] == ["sites", "hall_life_years"])
    assert life[3:] == ["20", "3"]
    assert "life" in life[2]


def test_sureness_is_counted_by_row_and_ranges_by_figure(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "sites", 1, "confidence", "Low")
    filled = workbook.opened(to_csv(sheets, tmp_path / "book")).filled
    counted = trust(filled).set_index("sheet")
    # of three sites one is high, one low, one not told; one has a source. Two power stages: one has a low and a high.
    assert counted.loc["sites"].tolist() == [3, 1, 0, 1, 1, 1, 0]
    assert counted.loc["all"].tolist() == [3, 1, 0, 1, 1, 1, 0]


def test_sureness_is_said_in_shares() -> None:
    counts = {"rows": 200, "high": 50, "medium": 0, "low": 140, "none": 10, "sourced": 198}
    assert trust_said(counts) == (
        "Of 200 rows, 25\u00a0% of high confidence, 70\u00a0% of low confidence and 5\u00a0% without a statement; "
        "99\u00a0% name a source."
    )
    assert "no confidence" in trust_said({"rows": 0})
