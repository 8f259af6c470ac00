"""What a comparison solved for is taken from beside the run, as long as the run is the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.compare.bridge import Bridge
from planner.compare.kept import PLACE, Kept, load
from planner.compare.regret import Regret


def run_folder(place: Path, **identities: str) -> Path:
    place.mkdir(exist_ok=True)
    records = {name: {"identity": identity} for name, identity in identities.items()}
    (place / "manifest.json").write_text(json.dumps({"by_scenario": records}), encoding="utf-8")
    return place


def a_bridge() -> Bridge:
    table = pd.DataFrame({"lever": ["duty", "chips"], "musd": [1 / 3, np.inf], "subsets": [4, 4]})
    return Bridge("dear", table, 10.0, np.nan, False, (("duty", "chips"),), 1, 2, False)


def a_regret() -> Regret:
    one = pd.DataFrame({"plan_of": ["base"], "regret_musd": [0.1]})
    return Regret(one, one, pd.DataFrame(columns=["decision", "least"]), (), ("dear",), 12.0, True)


def never() -> Bridge:
    raise AssertionError("solved again")


def test_what_was_made_comes_back_to_the_last_digit_and_is_not_made_again(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run", base="b", dear="d")
    Kept(run).made("bridge", "dear", ("base", "dear"), a_bridge)
    again = Kept(run).made("bridge", "dear", ("base", "dear"), never)
    pd.testing.assert_frame_equal(again.table, a_bridge().table, check_exact=True)
    assert (again.base_musd, again.impossible, again.drawn) == (10.0, (("duty", "chips"),), False)
    assert np.isnan(again.scenario_musd)


def test_a_scenario_that_was_solved_anew_makes_it_void(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run", base="b", dear="d")
    Kept(run).made("bridge", "dear", ("base", "dear"), a_bridge)
    run_folder(run, base="b", dear="another")
    assert not load(run).bridges
    with pytest.raises(AssertionError, match="solved again"):
        Kept(run).made("bridge", "dear", ("base", "dear"), never)


def test_a_report_finds_all_that_was_solved(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run", base="b", dear="d")
    kept = Kept(run)
    kept.made("bridge", "dear", ("base", "dear"), a_bridge)
    kept.made("regret", "12 months", ("base", "dear"), a_regret)
    curve = pd.DataFrame({"what": ["home"], "value": [0.5]})
    kept.made("tradeoff", "base home", ("base",), lambda: curve)
    found = load(run)
    assert [one.scenario for one in found.bridges] == ["dear"]
    assert found.regret is not None and found.regret.unsolved == ("dear",) and found.value_served
    assert list(found.regret.no_regret.columns) == ["decision", "least"]
    pd.testing.assert_frame_equal(found.curves[0], curve)


def test_a_run_that_nothing_was_solved_for_has_nothing(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run", base="b")
    assert not load(run).tables and not (run / PLACE).exists()
