"""Appendix E: each assumption with the measured change of the figures it names; logs, sureness, what was changed."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner import workbook
from planner.appendices.logs import (
    MOST_DATA,
    against_atlas,
    assumptions_said,
    atlas_said,
    changes_said,
    confidence,
    counted,
    impacts,
    logs,
    rest_said,
    sources,
    together,
    worth,
)
from planner.appendices.material import Material, material
from planner.prefill import programme
from planner.prefill.write import write
from planner.report.blocks import Block, Heading, Note, Paragraph, Table, texts
from planner.review.diff import Changed, SheetDiff
from planner.wording import said_in
from planner.workbook import input_hash, inspect
from tests.planner.runs_scenes import change, run, scenarios
from tests.workbooks import csv_cell, put, smallest, to_csv

NAN = np.nan
DEMAND, PRICE, SHARE = ("demand", "output_t_per_year"), ("accelerators", "price_usd"), ("sufficiency", "share")
# columns: field, end, estimated, trusted, measured
TORNADO = pd.DataFrame(
    [
        (*PRICE, "accelerators: price_usd", 7, "low", -90.0, "yes", -100.0),
        (*PRICE, "accelerators: price_usd", 7, "high", 95.0, "yes", 110.0),
        (*DEMAND, "demand: output_t_per_year", 12, "low", -300.0, "yes", NAN),
        (*DEMAND, "demand: output_t_per_year", 12, "high", 400.0, "yes", 2500.0),
        (*SHARE, "sufficiency: share", 3, "high", -5.0, "no", NAN),
    ],
    columns=["sheet", "field", "label", "cells", "end", "estimate_musd", "trusted", "measured_musd"],
)
ASSUMED = pd.DataFrame(
    [
        ("nothing linked", "low", ""),
        ("chips get cheaper", "medium", "accelerators.price_usd, accelerators.lead_months"),
        ("use grows", "low", "sufficiency.share, demand.output_t_per_year"),
        ("licences stay", "low", "models.licence"),
    ],
    columns=["what", "quality", "fields"],
)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("run")
    book = scenarios()
    change(book, "dear", "demand", "output_t_per_year", "multiply", 0.5)
    book.add(
        "assumptions", what="chips get cheaper", why="they did", who="A", quality="low", fields="accelerators.price_usd"
    )
    book.add("assumptions", what="use grows", why="it did", who="B", quality="low", fields="")
    book.add("decisions", what="two years", why="enough", quality="decided")
    run(book.write(place / "book"), place / "out", scenarios=["base", "dear"])
    return place / "out"


def of(done: Path, scenario: str = "base", **fields: Any) -> Material:
    made = material(done, scenario, compare=False)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def table(blocks: list[Block], title: str) -> Table:
    (found,) = (block for block in blocks if isinstance(block, Table) and block.title == title)
    return found


def test_a_change_is_the_measured_one_where_it_was_solved_and_the_largest_comes_first() -> None:
    found = impacts(TORNADO)
    assert found["field"].tolist() == ["output_t_per_year", "price_usd", "share"]
    assert found["low_musd"].tolist()[:2] == [-300.0, -100.0]
    assert found["high_musd"].tolist() == [2500.0, 110.0, -5.0]
    assert np.isnan(found["low_musd"].iloc[2])
    assert found["known"].tolist() == ["estimated", "solved again", "estimated, not to be trusted"]
    assert impacts(pd.DataFrame()).empty


def test_an_assumption_is_worth_what_its_figure_of_the_largest_change_is() -> None:
    rows = worth(ASSUMED, impacts(TORNADO))
    assert rows["what"].tolist() == ["use grows", "chips get cheaper", "nothing linked", "licences stay"]
    assert rows["label"].tolist()[:2] == ["demand: output_t_per_year", "accelerators: price_usd"]
    assert rows["high_musd"].tolist()[:2] == [2500.0, 110.0]
    assert rows["known"].tolist()[2:] == ["names no figure", "no range"]


def test_the_assumptions_are_said_with_the_largest_change() -> None:
    assert assumptions_said(worth(ASSUMED, impacts(TORNADO))) == (
        "4 assumptions, by quality 3 low, 1 medium. For 2 it is known what the figures they name are worth. The "
        "largest change comes from demand: output_t_per_year: 300 M USD less at its low, 2.5 bn USD more at its high."
    )
    unknown = worth(ASSUMED.iloc[:1], impacts(TORNADO))
    assert assumptions_said(unknown) == "1 assumption, by quality 1 low."


def test_what_isnt_listed_is_summed_up() -> None:
    assert rest_said(impacts(TORNADO).iloc[1:]) == (
        "2 other columns with ranges: each changes the objective by 110 M USD at most."
    )
    still = pd.DataFrame({"low_musd": [NAN], "high_musd": [0.0]})
    assert rest_said(still) == "1 other column with ranges: none changes the objective."


def test_the_report_says_which_command_measures_where_nothing_was(done: Path) -> None:
    blocks = logs(of(done))
    notes = [block.text for block in blocks if isinstance(block, Note)]
    assert len(notes) == 2 and all("planner report RUN" in note for note in notes)
    assert [column.name for column in table(blocks, "Assumptions").columns] == ["what", "why", "quality"]


def test_measured_changes_stand_beside_the_assumptions_and_the_data(done: Path) -> None:
    blocks = logs(of(done, tornado=TORNADO))
    rows = texts(table(blocks, "Assumptions, and what the figures they name are worth"))
    assert rows == [
        ["chips get cheaper", "they did", "low", "accelerators: price_usd", "-100", "110", "solved again"],
        ["use grows", "it did", "low", "–", "–", "–", "names no figure"],
    ]
    data = texts(table(blocks, "Columns of the workbook by the change of the objective that their ranges make"))
    assert data[0] == ["demand: output_t_per_year", "12", "-300", "2,500", "estimated"]
    assert len(data) == 3 < MOST_DATA


def test_who_says_it_is_told_once_where_all_say_the_same(done: Path) -> None:
    said = [block.text for block in logs(of(done)) if isinstance(block, Paragraph)]
    assert said[0].endswith("Who: A (1), B (1).")
    assert not any("decided" in text for text in said)


def test_a_scenarios_changes_are_logged_only_for_it(done: Path) -> None:
    base, dear = logs(of(done)), logs(of(done, "dear"))
    title = "Changes of the scenario dear"
    assert [any(isinstance(b, Heading) and b.text == title for b in blocks) for blocks in (base, dear)] == [False, True]
    rows = texts(table(dear, "Cells that the scenario changes"))
    assert rows == [
        ["accelerators", "accelerators", "chip", "price_usd", "10000", "20000"],
        ["demand", "demand", "chat 2027, chat 2028", "output_t_per_year", "31.536", "15.768"],
    ]


def changes(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["lever", "key", "field", "old", "new"]).assign(sheet="sites")


def test_changes_are_said_by_kind_and_lever() -> None:
    made = changes(
        ("grid", "site=a; stage=1", "mw", "5", "4"),
        ("grid", "site=a; stage=2", "mw", "5", "4"),
        ("closing", "site=b", "", "site=b; mw=3", ""),
        ("opening", "site=c", "", "", "site=c; mw=3"),
        ("opening", "site=d", "", "", "site=d; mw=4"),
    )
    assert changes_said(made) == "2 cells, 2 new rows, 1 row left out, by the levers grid, closing, opening."
    assert changes_said(made.iloc[:1]) == "1 cell, by the lever grid."
    assert together(made)["row"].tolist() == ["a 1, a 2", "b", "c", "d"]


def test_figures_of_changed_cells_have_the_separators_of_the_report_and_words_stay() -> None:
    made = changes(("grid", "site=a", "max_it_mw", "5.5", "4"), ("names", "site=a", "country", "v1.5", "v2.5"))
    with said_in("de"):
        told = together(made)
    assert told[["old", "new"]].to_numpy().tolist() == [["5,5", "4"], ["v1.5", "v2.5"]]


def test_sureness_is_told_with_and_without_hours_of_profiles() -> None:
    counts = {"high": [1, 0, 1], "medium": [0, 0, 0], "low": [3, 96, 99], "none": [0, 0, 0]}
    told = pd.DataFrame(counts, index=["sites", "profiles", "all"])
    shares = confidence(told).set_index("confidence")
    assert shares["rows"].tolist() == [1, 0, 99, 0]
    assert shares["share"].tolist() == [0.01, 0, 0.99, 0]
    assert shares["others"].tolist() == [1, 0, 3, 0]
    assert shares["share_others"].tolist() == [0.25, 0, 0.75, 0]


def test_a_source_counts_each_row_that_cites_it(tmp_path: Path) -> None:
    sheets = smallest()
    for row, text in enumerate(("tender; survey", "tender", "")):
        put(sheets, "sites", row, "source", text)
    sheets["sources"] = [["source", "title"], ["unit", None], ["tender", "Tender 12"]]
    found = sources(workbook.opened(to_csv(sheets, tmp_path / "book")).filled)
    # three sites are all the rows of sheets with a column source; one of them names none
    assert found[["source", "title", "rows"]].fillna("").to_numpy().tolist() == [
        ["tender", "Tender 12", 2],
        ["survey", "", 1],
    ]
    assert found["share"].tolist() == pytest.approx([2 / 3, 1 / 3])


def test_a_workbook_is_told_apart_from_the_atlas_by_what_was_changed(tmp_path: Path) -> None:
    write(programme("france"), tmp_path / "book")
    assert against_atlas("FR", tmp_path / "book") == ("the programme france", {})
    place = tmp_path / "book" / "sites.csv"
    with place.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    at, site = rows[0].index("build_months"), rows[2][0]
    old, rows[2][at] = rows[2][at], "61"
    with place.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    _, found = against_atlas("FR", tmp_path / "book")
    assert list(found) == ["sites"]
    assert found["sites"].changed == [Changed((site,), {"build_months": (old, "61", "months")})]
    assert counted(found).to_numpy().tolist() == [["sites", 1, 0, 0]]


def test_what_differs_from_the_atlas_is_said_in_rows() -> None:
    changed = SheetDiff(("site",), changed=[Changed(("a",), {}), Changed(("b",), {})])
    gone = SheetDiff(("workload",), removed={("chat",): {}}, added={("x",): {}, ("y",): {}, ("z",): {}})
    assert atlas_said({"sites": changed, "workloads": gone}) == (
        "Rows that differ: 2 changed, 3 added, 1 removed, in sites, workloads."
    )
    assert atlas_said({}) == "They are the same: nothing was changed."
    assert "another order" in atlas_said({"sites": SheetDiff(("site",), reordered=True)})


def test_a_workbook_without_the_atlas_is_compared_with_nothing(done: Path) -> None:
    said = [block.text for block in logs(of(done)) if isinstance(block, Paragraph)]
    assert any("cites no table of the atlas" in text for text in said)


@pytest.mark.parametrize(
    ("fields", "found", "right"),
    [
        ("sites.pue, demands.output_t_per_year", "demands", "did you mean 'demand'?"),
        ("demand.output_per_year", "output_per_year", "did you mean 'output_t_per_year'?"),
        ("programme.discount", "discount", "did you mean 'discount_rate'?"),
        ("sites", "sites", "sheet.column, separated by commas"),
    ],
)
def test_an_assumption_about_a_figure_that_isnt_there_is_an_error_at_its_cell(
    fields: str, found: str, right: str, tmp_path: Path
) -> None:
    sheets = smallest()
    sheets["assumptions"] = [["what", "fields"], ["unit", None], ["fine", "sites.pue"], ["wrong", fields]]
    (problem,) = inspect(to_csv(sheets, tmp_path / "book")).problems
    assert (problem.cell, problem.value) == (csv_cell(sheets, "assumptions", 1, "fields"), found)
    assert right in problem.right


def test_figures_named_count_in_the_hash_and_a_sheet_without_them_keeps_the_hash_it_had(tmp_path: Path) -> None:
    """A run made before the column was there stays a run of its workbook."""
    sheets = smallest()
    sheets["assumptions"] = [["what"], ["unit"], ["halls are cool"]]
    before = hashlib.sha256()
    for column, cell in (("what", "halls are cool"), ("why", ""), ("who", ""), ("when", ""), ("quality", "")):
        before.update(json.dumps([column, [cell]]).encode())
    assert input_hash(workbook.read(to_csv(sheets, tmp_path / "without")))["assumptions"] == before.hexdigest()
    put(sheets, "assumptions", 0, "fields", "sites.pue")
    assert input_hash(workbook.read(to_csv(sheets, tmp_path / "named")))["assumptions"] != before.hexdigest()
