"""What a comparison solved for is taken from beside the run, as long as the run is the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner import __version__
from planner.compare import regret
from planner.compare.bridge import COLUMNS as BARS
from planner.compare.bridge import Bridge
from planner.compare.frontier import COLUMNS as CURVE
from planner.compare.kept import PLACE, Kept, load
from planner.compare.regret import Regret
from planner.questions.again import Unusable


def run_folder(place: Path, **identities: str) -> Path:
    place.mkdir(exist_ok=True)
    records = {name: {"identity": identity} for name, identity in identities.items()}
    (place / "manifest.json").write_text(json.dumps({"by_scenario": records}), encoding="utf-8")
    return place


def a_bridge() -> Bridge:
    rows = [("dear", lever, musd, 0.0, 0.0, 0.0, 4) for lever, musd in (("duty", 1 / 3), ("chips", np.inf))]
    table = pd.DataFrame(rows, columns=list(BARS))
    return Bridge("dear", table, 10.0, np.nan, False, (("duty", "chips"),), 1, 2, False)


def a_regret() -> Regret:
    table = pd.DataFrame([("base", "dear", 0.1, 0.01, 0.0)], columns=list(regret.TABLE))
    summary = pd.DataFrame([("base", 0.1, "dear", 0.1, 0.1, 0.0)], columns=list(regret.SUMMARY))
    return Regret(table, summary, pd.DataFrame(columns=list(regret.NO_REGRET)), (), ("dear",), 12.0, True)


def never() -> Bridge:
    raise AssertionError("solved again")


def test_what_was_made_comes_back_to_the_last_digit_and_is_not_made_again(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run", base="b", dear="d")
    Kept(run).made("bridge", "dear", ("base", "dear"), a_bridge)
    again = Kept(run).made("bridge", "dear", ("base", "dear"), never)
    pd.testing.assert_frame_equal(again.table, a_bridge().table, check_exact=True)
    assert (again.base_musd, again.impossible, again.drawn) == (10.0, (("duty", "chips"),), False)
    assert np.isnan(again.scenario_musd)


def test_lives_come_back_with_infinite_and_unknown_regrets(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run", base="b", dear="d")
    lives = pd.DataFrame([("base", np.inf, np.nan), ("dear", 1 / 3, 0.0)], columns=list(regret.LIFE))
    Kept(run).keep(regret.LIVED, "12 months, in dear", ("base", "dear", "orders 1"), lives)
    kept = Kept(run)
    assert kept.knows(regret.LIVED, "12 months, in dear", ("base", "dear", "orders 1"))
    assert not kept.knows(regret.LIVED, "12 months, in dear", ("base", "dear", "orders 2"))
    again = kept.made(regret.LIVED, "12 months, in dear", ("base", "dear", "orders 1"), pd.DataFrame)
    pd.testing.assert_frame_equal(again, lives, check_exact=True)


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
    curve = pd.DataFrame([("home", 0.5, "share", 9.0, 2.0, True)], columns=list(CURVE))
    kept.made("tradeoff", "base home", ("base",), lambda: curve)
    found = load(run)
    assert [one.scenario for one in found.bridges] == ["dear"]
    assert found.regret is not None and found.regret.unsolved == ("dear",) and found.value_served
    assert list(found.regret.no_regret.columns) == list(regret.NO_REGRET)
    pd.testing.assert_frame_equal(found.curves[0], curve)


def test_a_run_that_nothing_was_solved_for_has_nothing(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run", base="b")
    assert not load(run).tables and not (run / PLACE).exists()


def test_a_manifest_from_before_scenarios_had_identities_is_told(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"planner": "0.0.1", "scenarios": ["base"]}), encoding="utf-8")
    for opened in (Kept, load):
        with pytest.raises(Unusable, match=r"manifest\.json lacks by_scenario.*planner 0\.0\.1 made it; run the work"):
            opened(tmp_path)


WHOLE = {"of": {"base": "b", "dear": "d", "planner ": __version__}}
BROKEN = {
    "cut off": '{"bridge: dear": {"of": {"ba',
    "no JSON": "solved",
    "of another kind": "[1, 2]",
    "an entry that is a number": json.dumps({"bridge: dear": 3}),
    "an entry without its scenarios": json.dumps({"bridge: dear": {"found": 3}}),
    "an entry without what was found": json.dumps({"bridge: dear": WHOLE}),
    "a bridge that is none": json.dumps({"bridge: dear": {**WHOLE, "found": {"Bridge": {"scenario": "dear"}}}}),
    "a frame with columns of its own": json.dumps({"tradeoff: home": {**WHOLE, "found": {"frame": {"what": [1]}}}}),
    "columns of unlike length": json.dumps({"tradeoff: home": {**WHOLE, "found": {"frame": {"a": [1], "b": []}}}}),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_what_a_broken_file_kept_is_told_and_made_again(text: str, tmp_path: Path) -> None:
    run, said = run_folder(tmp_path / "run", base="b", dear="d"), list[str]()
    (run / "report").mkdir()
    (run / PLACE).write_text(text, encoding="utf-8")
    assert not load(run, said.append).tables
    kept = Kept(run, said.append)
    assert kept.made("bridge", "dear", ("base", "dear"), a_bridge).base_musd == 10.0
    assert len(said) == 2 and all(f"{PLACE}" in line and "can't be read" in line for line in said)
    assert said[0].endswith("is left out until `planner compare` solves it again")
    assert said[1].endswith("is solved again")
    assert Kept(run, said.append).made("bridge", "dear", ("base", "dear"), never).base_musd == 10.0
    assert len(said) == 2


def test_what_is_whole_beside_a_broken_entry_still_counts(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run", base="b", dear="d")
    Kept(run).made("bridge", "dear", ("base", "dear"), a_bridge)
    entries = json.loads((run / PLACE).read_text(encoding="utf-8"))
    (run / PLACE).write_text(json.dumps({**entries, "regret: 12 months": 3}), encoding="utf-8")
    said: list[str] = []
    found = load(run, said.append)
    assert [one.scenario for one in found.bridges] == ["dear"] and found.regret is None
    assert len(said) == 1 and "the entry 'regret: 12 months' can't be read" in said[0]


def test_where_nothing_can_be_written_it_is_told_and_what_was_made_goes_on(tmp_path: Path) -> None:
    run, said = run_folder(tmp_path / "run", base="b", dear="d"), list[str]()
    (run / "report").write_text("in the way of a folder", encoding="utf-8")
    assert Kept(run, said.append).made("bridge", "dear", ("base", "dear"), a_bridge).base_musd == 10.0
    assert len(said) == 1 and said[0].endswith("what is made now isn't kept")
