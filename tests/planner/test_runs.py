"""Many scenarios in one run: which are run, what each gives, what is kept, and what the run says of itself."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pytest import approx

from compute_lp.schema import InputError
from planner import cli, runs
from planner.questions.again import Unusable, reopen
from planner.runs import identity
from tests.planner.runs_scenes import COST_MUSD, Told, change, leftovers, results, run, scenarios


def manifest_of(place: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def headline_of(place: Path) -> dict[str, Any]:
    headline: dict[str, Any] = json.loads((place / "headline.json").read_text(encoding="utf-8"))
    return headline


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenarios("aside").write(tmp_path_factory.mktemp("scenarios") / "workbook")


@pytest.fixture(scope="module")
def done(workbook: Path) -> Path:
    """A run of all that the workbook says are run."""
    place = workbook.with_name("done")
    assert run(workbook, place, jobs=2) == 0
    return place


def test_every_scenario_costs_what_it_costs_by_hand(done: Path) -> None:
    assert {name: figures["cost_musd"] for name, figures in headline_of(done).items()} == approx(COST_MUSD)
    assert [*pd.read_csv(done / "iamc.csv")["scenario"].unique()] == list(COST_MUSD)
    for name in COST_MUSD:
        assert (done / "scenarios" / name / "results" / "siting.csv").is_file()
    assert (done / "scenarios" / "dear" / "answer.txt").read_text().startswith("Scenario dear: the dear one\n")
    assert (done / "report" / "answer.txt").read_bytes() == (done / "scenarios" / "base" / "answer.txt").read_bytes()


def test_what_a_scenario_changed_stands_in_its_folder(done: Path) -> None:
    (row,) = pd.read_csv(done / "scenarios" / "dear" / "changes.csv", dtype=str).to_dict("records")
    assert (row["sheet"], row["field"], row["key"]) == ("accelerators", "price_usd", "accelerator=chip")
    assert (float(row["old"]), float(row["new"]), row["lever"]) == (10000, 20000, "accelerators")
    assert pd.read_csv(done / "scenarios" / "base" / "changes.csv").empty


def test_the_manifest_tells_each_scenario_and_the_worst_status(done: Path) -> None:
    manifest = manifest_of(done)
    assert manifest["scenarios"] == list(manifest["by_scenario"]) == list(COST_MUSD)
    assert manifest["status"] == "optimal" and manifest["missing"] == [] and manifest["set"] == []
    assert manifest["jobs"] == 2 and manifest["cores"] >= 1
    for record in manifest["by_scenario"].values():
        assert record["proof"]["duality_gap"] < 1e-6 and record["seconds"]["solving"] > 0
        assert record["reused"] is False and record["warnings"] == [] and record["size"]["columns"] > 0
        assert record["solver"]["name"] == "HiGHS"
    assert manifest["by_scenario"]["base"]["began"] == "from nothing"
    assert manifest["by_scenario"]["dear"]["began"] != "from nothing"
    assert len({record["identity"] for record in manifest["by_scenario"].values()}) == len(COST_MUSD)


def test_results_are_the_same_to_the_byte_with_one_process_or_two(done: Path, workbook: Path, tmp_path: Path) -> None:
    assert run(workbook, tmp_path / "one", jobs=1) == 0
    assert results(tmp_path / "one") == results(done)


@pytest.mark.parametrize(
    ("named", "solved"),
    [
        (["base"], ["base"]),
        (["aside"], ["base", "aside"]),
        (["cheap", "aside"], ["base", "cheap", "aside"]),
        (["all"], ["base", "dear", "cheap", "rented", "aside"]),
        ([], ["base", "dear", "cheap", "rented"]),
    ],
    ids=["base", "one", "two", "all", "none"],
)
def test_named_scenarios_are_run_or_those_that_the_workbook_says(
    named: Sequence[str], solved: Sequence[str], workbook: Path
) -> None:
    from planner.runs.choice import chosen
    from planner.workbook import opened

    assert [one.name for one in chosen(opened(workbook), named, ()) if one.asked] == solved


def test_an_unknown_scenario_is_told_with_the_nearest_name(workbook: Path, tmp_path: Path) -> None:
    with pytest.raises(runs.Refused, match=r"no scenario 'rentd'; did you mean 'rented'\?"):
        run(workbook, tmp_path / "run", scenarios=["rentd"])
    assert leftovers(tmp_path / "run") == []


def test_a_change_of_the_command_line_is_the_scenario_what_if(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "accelerators.price_usd *= 0.25"
    assert run(workbook, tmp_path / "run", scenarios=["base"], changes=[text]) == 0
    assert headline_of(tmp_path / "run")["what_if"]["cost_musd"] == approx(2.5)
    assert reopen(tmp_path / "run", "what_if").solution.objective == approx(2.5)
    assert manifest_of(tmp_path / "run")["set"] == [text]
    assert "what_if   optimal" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["accelerators.availability *= 12", "accelerators.price_usd *= 1,3"])
def test_a_change_of_the_command_line_that_can_not_be_made_is_told_before_anything_is_solved(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """Out of range only once it is made, and by itself."""
    assert cli.main(["run", str(workbook), "--set", text, "-o", str(tmp_path / "run")]) == 1
    told = capsys.readouterr()
    assert told.out == "" and "1 error in what --set changes, so nothing is solved:\n  --set 1: " in told.err
    assert not (tmp_path / "run").exists() and leftovers(tmp_path / "run") == []


def test_what_is_odd_about_a_change_of_the_command_line_is_told_and_it_is_solved(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Told()
    assert run(workbook, tmp_path / "run", told, scenarios=["base"], changes=["accelerators.availability = 0.09"]) == 0
    assert told.holds("scenario what_if; 1 warning:") and told.holds("--set 1", "usually 0.7 to 1")


def test_the_objective_is_told_for_what_it_is_once(workbook: Path, tmp_path: Path) -> None:
    told = Told()
    assert run(workbook, tmp_path / "run", told, scenarios=["dear"]) == 0
    assert told.holds("base: optimal", "objective (cost with unserved value) 10 MUSD")
    assert told.holds("dear: optimal", "s, objective 17.52 MUSD")


def test_a_scenario_that_is_wrong_is_told_by_cell_before_the_rest_is_solved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Told()
    workbook = scenarios("wrong", "hopeless").write(tmp_path / "workbook")
    assert run(workbook, tmp_path / "run", told, scenarios=["dear", "wrong", "hopeless"]) == 1
    first = next(i for i, line in enumerate(told) if "scenario wrong is left out; 1 error" in line)
    assert "scenario_changes.csv line" in told[first + 1]
    assert first < next(i for i, line in enumerate(told) if "base: started" in line)
    figures, manifest = headline_of(tmp_path / "run"), manifest_of(tmp_path / "run")
    assert figures["dear"]["cost_musd"] == approx(COST_MUSD["dear"])
    assert figures["wrong"] == {"status": "error"} and figures["hopeless"] == {"status": "infeasible"}
    assert manifest["status"] == "error" and manifest["scenarios"] == ["base", "dear", "wrong", "hopeless"]
    (problem,) = pd.read_csv(tmp_path / "run" / "scenarios" / "wrong" / "problems.csv").to_dict("records")
    assert problem["cell"].startswith("scenario_changes.csv line")
    lines = capsys.readouterr().out.splitlines()
    board = lines[lines.index(next(line for line in lines if line.startswith("scenario "))) :]
    assert "wrong     error" in board[3] and "scenario_changes.csv line" in board[3]
    last = next(i for i, line in enumerate(board) if line.startswith("hopeless  infeasible"))
    assert " ".join(line[20:].strip() for line in board[3:last]) == manifest["by_scenario"]["wrong"]["reason"]
    assert max(map(len, board[: last + 1])) <= 80


def test_a_base_that_is_wrong_leaves_nothing(tmp_path: Path) -> None:
    book = scenarios()
    book.change("sites", pue=-1)
    with pytest.raises(InputError, match="pue"):
        run(book.write(tmp_path / "workbook"), tmp_path / "run")
    assert not (tmp_path / "run").exists() and leftovers(tmp_path / "run") == []


def test_names_that_are_no_folders_are_refused(tmp_path: Path) -> None:
    book = scenarios()
    book.change("scenarios", scenario="../dear")
    book.change("scenario_changes", scenario="../dear")
    with pytest.raises(InputError, match="can't be that of a folder"):
        run(book.write(tmp_path / "workbook"), tmp_path / "run")


def test_what_has_not_changed_is_kept_and_what_has_is_solved_again(
    done: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = scenarios("aside")
    change(book, "cheap", "accelerators", "price_usd", "multiply", 0.8)
    book.change("scenarios", row=2, title="another title")
    place, told = tmp_path / "run", Told()
    _copy(done, place)
    assert run(book.write(tmp_path / "workbook"), place, told) == 0
    records = manifest_of(place)["by_scenario"]
    assert {name: record["reused"] for name, record in records.items()} == {
        "base": True, "dear": True, "cheap": False, "rented": True
    }  # fmt: skip
    assert told.holds("dear", "reused") and told.holds("cheap", "started") and not told.holds("rented", "started")
    assert headline_of(place)["cheap"]["cost_musd"] == approx(4)
    before, after = results(done), results(place)
    kept = {name for name in before if name.startswith(("scenarios/base", "scenarios/dear", "scenarios/rented"))}
    assert kept and {name: after[name] for name in kept} == {name: before[name] for name in kept}


def test_a_new_run_of_the_same_place_keeps_the_authors_text_and_no_old_report(
    done: Path, workbook: Path, tmp_path: Path
) -> None:
    place = tmp_path / "run"
    _copy(done, place)
    (place / "report" / "narrative.md").write_text("# B\nOurs.\n", encoding="utf-8")
    (place / "report" / "measured" / "base").mkdir(parents=True)
    (place / "report" / "appendices").mkdir()
    assert run(workbook, place, Told()) == 0
    assert (place / "report" / "narrative.md").read_text(encoding="utf-8") == "# B\nOurs.\n"
    assert (place / "report" / "measured" / "base").is_dir()
    assert not (place / "report" / "appendices").exists()


def test_a_changed_base_changes_all(done: Path, tmp_path: Path) -> None:
    book = scenarios()
    book.change("accelerators", price_usd=9000)
    place = tmp_path / "run"
    _copy(done, place)
    assert run(book.write(tmp_path / "workbook"), place, scenarios=["cheap"]) == 0
    records = manifest_of(place)["by_scenario"]
    assert {name: record["reused"] for name, record in records.items()} == {"base": False, "cheap": False}
    assert headline_of(place)["base"]["cost_musd"] == approx(9)
    assert sorted(path.name for path in (place / "scenarios").iterdir()) == ["base", "cheap"]


def test_fresh_solves_what_could_be_kept(done: Path, workbook: Path, tmp_path: Path) -> None:
    place = tmp_path / "run"
    _copy(done, place)
    assert run(workbook, place, scenarios=["cheap"], fresh=True) == 0
    records = manifest_of(place)["by_scenario"]
    assert {name: record["reused"] for name, record in records.items()} == {"base": False, "cheap": False}


def test_what_is_not_asked_for_this_time_is_kept_where_it_still_holds(
    done: Path, workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "run"
    _copy(done, place)
    assert run(workbook, place, scenarios=["cheap"]) == 0
    assert results(place) == results(done)
    assert "Kept from the former run, still as the workbook has them: dear, rented" in capsys.readouterr().out


@pytest.mark.parametrize("status", ["feasible", "stopped", "failed"])
def test_what_a_limit_stopped_is_not_kept(status: str, done: Path, workbook: Path, tmp_path: Path) -> None:
    place = tmp_path / "run"
    _copy(done, place)
    manifest = manifest_of(place)
    manifest["by_scenario"]["cheap"]["status"] = status
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert run(workbook, place, scenarios=["cheap"]) == 0
    records = manifest_of(place)["by_scenario"]
    assert (records["base"]["reused"], records["cheap"]["reused"]) == (True, False)
    assert results(place) == results(done)


def test_no_result_passes_through_the_rooms_that_identities_leave_out() -> None:
    code = (
        "import sys, planner.runs.many, planner.plan, planner.results, planner.answer, planner.audit, planner.iamc\n"
        "import planner.questions.again, planner.questions.conflict, planner.scenarios, planner.foresight\n"
        "import planner.solve\n"
        "print([name.split('.')[1] for name in sys.modules if name.startswith('planner.')])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    rooms = set(ast.literal_eval(shown))
    assert "solve" in rooms and not rooms & {name.removesuffix(".py") for name in identity.ASIDE}


def test_a_scenario_is_reproduced_from_the_inputs_in_the_run_folder(done: Path, tmp_path: Path) -> None:
    assert run(done / "inputs", tmp_path / "again", scenarios=["dear"]) == 0
    again, before = results(tmp_path / "again"), results(done)
    mine = {name for name in again if name.startswith("scenarios/")}
    assert mine and {name: again[name] for name in mine} == {name: before[name] for name in mine}


def test_a_scenario_is_opened_and_explained_as_what_it_was(
    done: Path, workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = reopen(done, "dear")
    assert plan.solution.objective == approx(COST_MUSD["dear"])
    assert plan.inputs["accelerators"]["price_usd"].tolist() == [20000]
    assert plan.solution.proof["start"] == manifest_of(done)["by_scenario"]["dear"]["began"]
    assert cli.main(["explain", str(done), "chip", "--quick", "--scenario", "dear"]) == 0
    in_dear = capsys.readouterr().out
    assert cli.main(["explain", str(done), "chip", "--quick"]) == 0
    assert in_dear != capsys.readouterr().out


def test_what_has_no_plan_is_not_opened(done: Path, tmp_path: Path) -> None:
    place = tmp_path / "run"
    _copy(done, place)
    manifest = manifest_of(place)
    manifest["by_scenario"]["cheap"]["status"] = "stopped"
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (place / "scenarios" / "cheap" / "solution.npz").unlink()
    with pytest.raises(Unusable, match=r"the scenario cheap of .* has no plan to ask about: it ended as stopped"):
        reopen(place, "cheap")


def _copy(run_folder: Path, place: Path) -> None:
    import shutil

    shutil.copytree(run_folder, place)
