"""Where decisions change: 1 k of chip is bought for 10 MUSD, or rented at 8.76 MUSD a year in each of two years.

So renting takes over at 17.52 / 10 of the chip's price, and buying gives way at 10 / 17.52 of the rent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from planner.compare.laboratory import Laboratory
from planner.measure.source import Assumptions
from planner.measure.switching import FACTORS, WHAT, Scan, Step, switching
from tests.independent.cases.workbook import Workbook, model, trained
from tests.planner.test_measure import case, solved

DEAR, CHEAP = 17.52 / 10, 10 / 17.52


def table(
    book: Workbook, place: Path, said: list[str] | None = None, **how: Any
) -> tuple[pd.DataFrame, dict[str, str]]:
    source = Assumptions(solved(book, place), "base")
    with Laboratory(source, progress=None if said is None else said.append) as lab:
        return switching(lab, source, place, **how)


def row(found: pd.DataFrame, decision: str, lever: str) -> Any:
    return found[(found["decision"] == decision) & (found["lever"] == lever)].iloc[0]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return table(case(), tmp_path_factory.mktemp("switching"))[0]


def test_what_is_bought_falls_away_where_renting_gets_cheaper(found: pd.DataFrame) -> None:
    bought = row(found, "chip bought", "accelerator prices")
    assert (bought["now"], bought["becomes"]) == ("1,000 units", "none")
    assert bought["within"] <= 0.05
    assert bought["switch"] / (1 + bought["within"]) <= DEAR <= bought["switch"] * (1 + bought["within"])


def test_what_is_not_had_comes_in_at_the_same_factor(found: pd.DataFrame) -> None:
    rented = row(found, "pool rented", "rental prices")
    assert (rented["now"], rented["becomes"]) == ("none", "1,000 units")
    assert rented["switch"] / (1 + rented["within"]) <= CHEAP <= rented["switch"] * (1 + rented["within"])


def test_what_nothing_changes_has_no_factor(found: pd.DataFrame) -> None:
    for lever in ("demand", "connection leads"):
        one = row(found, "chip bought", lever)
        assert np.isnan(one["switch"]) and np.isnan(one["within"]) and one["becomes"] == ""
        assert (one["base"], one["least"], one["most"]) == (1, 0.5, 2)


def test_a_lever_with_nothing_to_move_is_not_moved(found: pd.DataFrame) -> None:
    # Energy costs nothing, no model is an api, there is no budget.
    assert set(found["lever"]) == {"accelerator prices", "rental prices", "demand", "connection leads"}


def test_no_more_programmes_are_solved_than_told(tmp_path: Path) -> None:
    # Four levers by four factors, and two more: each of the two changes is closed in on once.
    said: list[str] = []
    found, _ = table(case(), tmp_path, said, most_solves=18)
    assert [line for line in said if "left" not in line and WHAT in line] == [
        f"{WHAT}: 16 of 16 solved",
        f"{WHAT}: 2 of 2 solved",
    ]
    assert row(found, "chip bought", "accelerator prices")["within"] == approx(2**0.125 - 1, abs=1e-4)


def test_a_factor_without_a_plan_ends_the_range(tmp_path: Path) -> None:
    # All 1,000 chips that there are serve all that is asked, and it must be served.
    book = case()
    book.change("workloads", unserved_usd_per_mtoken=None)
    book.change("clouds", max_units=0)
    book["supply"] = [{"accelerator": "chip", "period": "2027", "max_units": 1000}]
    book["supply"] += [{"accelerator": "chip", "period": "2028", "max_units": 0}]
    found, told = table(book, tmp_path)
    assert row(found, "chip bought", "demand")["most"] == 1
    assert set(told) == {f"demand *= {factor!r}" for factor in FACTORS if factor > 1}


def test_a_run_is_a_decision_and_adopting_is_none(tmp_path: Path) -> None:
    # A run costs half a year of 1 k of chip and answers all; what is adopted answers half, the rest has a high value.
    book = case()
    book["models"] = [model("open", cost_musd=1), trained("own", cost_musd=2)]
    book["sufficiency"], book["throughput"] = [], []
    book.serve("open", share=0.5)
    book.serve("own")
    found, _ = table(book, tmp_path)
    assert {one for one in found["decision"] if one.startswith("runs of")} == {"runs of own"}


def state(musd: float = 1.0, **amounts: float) -> dict[str, dict[str, Any]]:
    return {name: {"amount": amount, "unit": "MW", "musd": musd} for name, amount in amounts.items()}


def test_of_two_changes_the_one_next_to_1_is_told() -> None:
    by_factor = {0.5: state(a=0.0), 0.7: state(a=5), 1.0: state(a=5), 1.4: state(a=0.0), 2.0: state(a=5)}
    assert Scan({"lever": by_factor}).step("lever", "a") == Step(1.0, 1.4)


def test_a_hundredth_of_what_there_is_counts_as_none() -> None:
    by_factor = {1.0: state(a=5), 2.0: state(a=0.04)}
    assert list(Scan({"lever": by_factor}).table()["becomes"]) == ["none"]
    assert list(Scan({"lever": {**by_factor, 2.0: state(a=0.06)}}).table()["becomes"]) == [""]


def test_the_twelve_dearest_decisions_are_told() -> None:
    many = {name: one for i in range(15) for name, one in state(float(i), **{f"d{i}": 1.0}).items()}
    assert Scan({"lever": {1.0: many}}).decisions == [f"d{i}" for i in range(14, 2, -1)]
