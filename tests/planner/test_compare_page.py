"""A run of a small workbook, compared with one command: what is written and printed, and that the page is whole.

The workbook is `cases.workbook`'s smallest: 1 k of chips for 10 MUSD, or rented for 8.76 MUSD a year, serve all that is
asked in two years. Dear chips cost twice that, so renting is cheaper: 17.52 MUSD; cheap ones half.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from pytest import approx

from planner.compare import verb
from planner.compare.cases import Case, calendar_of, cases, models_of
from planner.compare.kept import PLACE_OF_OPENED, insights
from planner.compare.views.stability import stability
from planner.runs import run
from tests.independent.cases.workbook import base, cloud
from tests.planner.browser import PROGRAM, Browser

CHANGES = {"dear": 2, "cheap": 0.5, "wrong": -1}


class Quiet:
    """Shows nothing."""

    def __call__(self, stage: str) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("compare")
    book = base(2)
    book.add("clouds", **cloud("pool", 1))
    for name, times in CHANGES.items():
        book.add("scenarios", scenario=name, parents=None, title=f"{name} chips", weight=None, run="yes")
        change = {"scenario": name, "step": 1, "lever": "chips", "sheet": "accelerators", "field": "price_usd"}
        book.setdefault("scenario_changes", []).append({**change, "change": "multiply", "value": times})
    book.write(place / "book")
    run(place / "book", place / "run", command=["planner", "run"], progress=Quiet(), jobs=1)
    return place / "run"


def compared(folder: Path, out: Path, *options: str) -> int:
    parser = argparse.ArgumentParser()
    verb.arguments(parser)
    return verb.run(parser.parse_args([str(folder), *options, "-o", str(out)]), Quiet())


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "comparison"
    assert compared(folder, out) == verb.DONE
    return out


def by_name(folder: Path) -> dict[str, Case]:
    return {case.name: case for case in cases([folder])}


def test_every_view_has_its_file(whole: Path) -> None:
    asked = {*verb.READ, *verb.SOLVED}
    assert asked <= {file.stem for file in whole.glob("*.csv")}
    assert not list(whole.parent.glob(".comparison*"))


def test_figures_are_those_of_the_plans(whole: Path) -> None:
    board = pd.read_csv(whole / "scoreboard.csv")
    cost = board[board["figure"] == "cost, discounted"].set_index("scenario")
    assert cost["value"].to_dict() == approx({"base": 10, "dear": 17.52, "cheap": 5})
    assert cost["told"].to_dict() == {"base": "the base", "dear": "75.2 % dearer", "cheap": "50 % cheaper"}


def test_the_bridge_sums_to_the_difference(whole: Path) -> None:
    bridge = pd.read_csv(whole / "bridge.csv")
    assert bridge.groupby("scenario")["musd"].sum().to_dict() == approx({"dear": 7.52, "cheap": -5})


def test_the_page_has_all_views_in_order_and_asks_for_nothing(whole: Path) -> None:
    page = (whole / "comparison.html").read_text(encoding="utf-8")
    headings = re.findall(r"<h2[^>]*>([^<]*)", page)
    views = ["Scoreboard", "What differs in the inputs", "Bridge", "Paths by year", "Difference maps", "Limiter map"]
    assert [heading for heading in headings if heading in {*views, "Decision stability", "Regret"}] == [
        *views,
        "Decision stability",
        "Regret",
    ]
    assert "default-src 'none'" in page


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine: the page isn't opened")
def test_a_browser_draws_every_view_with_no_complaint_and_no_request(whole: Path, tmp_path: Path) -> None:
    page = whole / "comparison.html"
    figures = page.read_text(encoding="utf-8").count('class="chart')
    with Browser(tmp_path / "profile") as browser:
        browser.open(page, until=f"document.documentElement.dataset.drawn === '{figures}'")
        assert browser.run("document.querySelectorAll('.chart.live svg.marks').length") == figures > 3
        assert browser.run("document.querySelectorAll('h2').length") >= 8
        assert browser.complaints() == []
        assert browser.requests() == []


def test_differences_are_live_in_the_spreadsheet(whole: Path) -> None:
    sheet = openpyxl.load_workbook(whole / "comparison.xlsx")["Figures, money"]
    formulas = [cell.value for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert formulas and all(re.fullmatch(r"=.*[A-Z]+\d+-[A-Z]+\d+.*", formula) for formula in formulas)


def test_the_screen_is_eighty_letters_wide(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compared(folder, tmp_path / "c", "--quick") == verb.DONE
    text = capsys.readouterr().out
    assert max(len(line) for line in text.splitlines() if not line.startswith("Written")) <= verb.WIDTH
    assert "Cost lies between cheap (50 % cheaper) and dear (75.2 % dearer)." in " ".join(text.split())
    assert "No plan to compare: wrong" in " ".join(text.split())
    assert "Regret" not in text and not (tmp_path / "c" / "bridge.csv").exists()


def test_a_view_asked_for_by_name_leaves_the_others_as_they_stand(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "c"
    compared(folder, out, "--quick")
    before = (out / "comparison.html").read_bytes()
    assert compared(folder, out, "--view", "maps", "--scenario", "cheap") == verb.DONE
    assert (out / "comparison.html").read_bytes() == before
    assert set(pd.read_csv(out / "maps.csv")["scenario"]) <= {"cheap"}


def test_json_is_the_tables(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compared(folder, tmp_path / "c", "--view", "differences", "--json")
    (dear, cheap) = json.loads(capsys.readouterr().out)["differences"]
    assert (dear["lever"], dear["ratio"], cheap["ratio"]) == ("chips", 2, 0.5)


def test_a_folder_that_is_something_else_is_not_written_over(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert compared(folder, tmp_path, "--quick") == verb.NOTHING_TO_COMPARE
    assert "exists and is no comparison" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_an_unknown_scenario_is_told_with_those_there_are(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compared(folder, tmp_path / "c", "--scenario", "dearer") == verb.NOTHING_TO_COMPARE
    assert "no scenario 'dearer'; there are base, dear, cheap, wrong" in capsys.readouterr().err


@pytest.mark.parametrize("options", [("--commit", "2027"), ("--view", "everything"), ("--jobs", "0")])
def test_wrong_options_are_wrong_usage(folder: Path, tmp_path: Path, options: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as ended:
        compared(folder, tmp_path / "c", *options)
    assert ended.value.code == verb.WRONG_USAGE


def test_runs_of_two_workbooks_differ_by_their_cells(folder: Path, tmp_path: Path) -> None:
    book = base(2)
    book.add("clouds", **cloud("pool", 2))  # twice the rent
    book.write(tmp_path / "book")
    run(tmp_path / "book", tmp_path / "other", command=["planner", "run"], progress=Quiet(), jobs=1)
    out = tmp_path / "c"
    assert compared(folder, out, str(tmp_path / "other"), "--view", "differences", "--base", "run/base") == verb.DONE
    found = pd.read_csv(out / "differences.csv")
    rent = found[(found["scenario"] == "other/base") & (found["field"] == "usd_per_hour")]
    assert rent[["lever", "sheet", "ratio"]].values.tolist() == [["another workbook", "clouds", 2.0]]


def test_orders_fall_their_lead_before_service(folder: Path) -> None:
    among = by_name(folder)
    told = insights([among["base"]], Quiet())["base"]
    assert told.orders.values.tolist() == [["accelerator", "chip", "2027-01", approx(1000)]]  # no lead: at service
    planned = [among[name] for name in ("base", "dear", "cheap")]
    found = stability(planned, among["base"], insights(planned, Quiet()), "2028-01")
    chip = found.set_index("decision").loc["chip"]
    assert chip["share"] == approx(2 / 3) and chip["verdict"] == "keep open"  # dear chips are rented
    assert found.set_index("decision").loc["pool", "scenarios"] == "dear"


def test_a_plan_is_opened_once_and_tells_the_same_from_what_was_kept(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(folder, run)
    (run / PLACE_OF_OPENED).unlink(missing_ok=True)
    said: list[str] = []
    first, cases_first = insights(cases([run]), said.append), by_name(run)
    assert said == ["opening base", "opening dear", "opening cheap"]
    again = insights(list(cases_first.values()), said.append)
    assert len(said) == 3
    for name in ("base", "dear", "cheap"):
        pd.testing.assert_frame_equal(again[name].worth, first[name].worth, check_exact=True)
        pd.testing.assert_frame_equal(again[name].orders, first[name].orders, check_exact=True)
        inputs = cases_first[name].inputs
        pd.testing.assert_frame_equal(cases_first[name].calendar, calendar_of(inputs), check_exact=True)
        pd.testing.assert_frame_equal(cases_first[name].models, models_of(inputs), check_exact=True)


def test_what_was_kept_counts_no_longer_when_the_inputs_have_changed(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(folder, run)
    insights(cases([run]), Quiet())
    prices = run / "inputs" / "accelerators.csv"
    prices.write_text(prices.read_text(encoding="utf-8").replace("10000", "11000"), encoding="utf-8")
    told = insights(cases([run]), Quiet())["base"]
    assert told.orders.empty and "has changed since the run, in accelerators; run it again" in told.why_not


def test_what_can_not_be_reopened_is_told_and_left_out(folder: Path) -> None:
    told = insights([by_name(folder)["wrong"]], Quiet())["wrong"]
    assert told.why_not == "no plan (error)" and told.orders.empty and told.worth.empty
