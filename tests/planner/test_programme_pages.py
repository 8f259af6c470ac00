"""The pages of the shipped programmes: each rule speaks where it should, and only there."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from compute_lp.schema import Inputs

SCRIPT = Path(__file__).parents[2] / "docs" / "programmes.py"
PERIODS = ["2027H1", "2028", "2030"]


@pytest.fixture(scope="module")
def pages() -> Any:
    spec = importlib.util.spec_from_file_location("programme_pages", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def paths(**columns: list[float]) -> dict[str, list[Any]]:
    return {"period": PERIODS, **columns}


SOUND: dict[str, dict[str, list[Any]]] = {
    "procurement": paths(buy_units=[10, 0, 5], installed_units=[10, 10, 15]) | {"accelerator": ["a", "a", "b"]},
    "clouds": paths(rented_units=[5, 5, 0]) | {"cloud": ["pool"] * 3},
    "siting": paths(hall_mw=[1, 1, 2]) | {"site": ["here"] * 3},
    "unserved": paths(unserved_t=[1, 1, 1], demand_t=[100, 100, 100]),
    "grid": paths(energise_mw=[0, 2, 0]),
    "sovereignty": paths(compute_h100e=[10, 10, 10], home_h100e=[8, 8, 8]),
    "budgets": paths(spent_musd=[6, 9, 9], budget_musd=[10, 10, 10]) | {"layer": ["L1"] * 3},
}
PRICES = {
    "constraint": ["not_before_queue", "not_before_queue", "demand_is_met"],
    "keys": ["site=here; stage=1; period=2027H1", "site=there; stage=1; period=2028", "workload=w"],
    "value": [20.0, 900.0, 7.0],
    "unit": ["USD/kW/year", "USD/kW/year", "USD/Mtoken"],
    "degenerate": ["no", "yes", "no"],
    "heading": ["grid connection", "grid connection", "one more token"],
}
HEADLINE = {"status": "optimal", "served_t": 97.0, "unserved_t": 3.0}


def run_of(pages: Any, folder: Path, *, headline: dict[str, Any] | None = None, **changed: dict[str, list[Any]]) -> Any:
    """A run folder of the sound tables but for those changed."""
    results = folder / "scenarios" / "base" / "results"
    results.mkdir(parents=True)
    (folder / "report").mkdir()
    for name, table in {**SOUND, **changed}.items():
        place = results.parent / "prices.csv" if name == "prices" else results / f"{name}.csv"
        pd.DataFrame(table).to_csv(place, index=False)
    if "prices" not in changed:
        pd.DataFrame(PRICES).to_csv(results.parent / "prices.csv", index=False)
    (folder / "manifest.json").write_text(json.dumps({"workbook": "japan.xlsx"}), encoding="utf-8")
    (folder / "headline.json").write_text(json.dumps({"base": headline or HEADLINE}), encoding="utf-8")
    (folder / "report" / "answer.txt").write_text("The answer.\n", encoding="utf-8")
    run = pages.Run(folder)
    frames = {
        "periods": pd.DataFrame({"period": PERIODS}),
        "fleet": pd.DataFrame({"units": [10.0]}),
        "sites": pd.DataFrame({"site": ["here"]}),
        "accelerators": pd.DataFrame({"accelerator": ["a", "b"], "vendor": ["one", "two"]}),
    }
    run.__dict__["inputs"] = Inputs(frames, {"name": "Japan", "home": "JP"})
    return run


def odd(pages: Any, run: Any) -> list[str]:
    return [sentence for rule in pages.ODDITIES for sentence in rule(run)]


def test_nothing_is_odd_about_a_sound_plan(pages: Any, tmp_path: Path) -> None:
    assert odd(pages, run_of(pages, tmp_path)) == []


@pytest.mark.parametrize(
    ("table", "column", "values", "said"),
    [
        ("procurement", "buy_units", [0, 0, 0], "No accelerator is ever bought: the plan lives on its fleet"),
        ("procurement", "buy_units", [0, 0, 5], "Nothing is bought before 2030."),
        ("procurement", "installed_units", [4, 4, 4], "Of the 10 accelerators that stand at the start, 6 go at once."),
        ("procurement", "buy_units", [99, 0, 1], "99% of what is bought is of one."),
        ("clouds", "rented_units", [5, 30, 0], "pool holds up to 75% of all accelerators in service (2028)."),
        ("siting", "hall_mw", [0, 0, 0], "Never built: here."),
        ("unserved", "unserved_t", [1, 40, 1], "In 2028 more than 30% of all demand is unserved, up to 40%."),
        ("grid", "energise_mw", [0, 0, 0], "No new connection is ever energised."),
        ("sovereignty", "home_h100e", [8, 4, 8], "Only 40% of compute stands at home in 2028."),
        ("budgets", "spent_musd", [1, 1, 1], "Only 10% of the budget of L1 is spent."),
        ("budgets", "spent_musd", [6, 10, 9], "All money of L1 is spent in 2028."),
    ],
)
def test_a_rule_says_what_is_odd(
    pages: Any, tmp_path: Path, table: str, column: str, values: list[float], said: str
) -> None:
    found = odd(pages, run_of(pages, tmp_path, **{table: {**SOUND[table], column: values}}))
    assert any(sentence.startswith(said) for sentence in found), found


def test_a_queue_without_a_price_is_told(pages: Any, tmp_path: Path) -> None:
    run = run_of(pages, tmp_path, prices={name: values[2:] for name, values in PRICES.items()})
    assert odd(pages, run) == ["No wait for a connection has a price: an earlier one would change nothing."]


def test_much_unserved_and_an_unproven_plan_are_told(pages: Any, tmp_path: Path) -> None:
    headline = {"status": "feasible", "gap": 0.02, "served_t": 80.0, "unserved_t": 20.0}
    assert odd(pages, run_of(pages, tmp_path, headline=headline)) == [
        "The plan is feasible, gap 2.00%: not proven.",
        "20% of the demand in reach stays unserved.",
    ]


def test_the_page_has_the_answer_what_binds_and_what_was_announced(pages: Any, tmp_path: Path) -> None:
    text = pages.page(run_of(pages, tmp_path))
    assert text.startswith("# Japan\n") and "```\nThe answer.\n```" in text
    assert "| grid connection | USD/kW/year | 2 | 20 | here, 1, 2027H1 |" in text and "one more token" not in text
    assert "| METI cloud-compute subsidies | disbursing |  |  | 470 M USD | 2027 | medium |" in text
    assert "The plan has 15 accelerators of its own and 0 rented in 2030" in text


def test_an_unfinished_run_is_told(pages: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no finished run folder"):
        pages.page(pages.Run(tmp_path))
