"""A run: its folder, its exit status, and what it leaves behind when something goes wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from planner import cli, runs
from planner.runs import folder
from tests.independent.cases.workbook import base


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return base(2).write(tmp_path / "workbook")


def tables_of(run: Path) -> dict[str, bytes]:
    folder = run / "scenarios" / "base"
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*.csv"))}


def test_two_runs_and_a_run_of_its_own_inputs_give_the_same_tables_to_the_byte(workbook: Path, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    assert cli.main(["run", str(workbook), "-o", str(first)]) == 0
    assert cli.main(["run", str(workbook), "-o", str(second)]) == 0
    assert cli.main(["run", str(first / "inputs"), "-o", str(third)]) == 0
    assert tables_of(first) == tables_of(second) == tables_of(third)
    assert {"prices.csv", "changes.csv", "results/siting.csv", "results/money.csv"} <= set(tables_of(first))


def test_the_folder_holds_what_a_reader_looks_for(workbook: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    cli.main(["run", str(workbook), "-o", str(run)])
    headline = json.loads((run / "headline.json").read_text(encoding="utf-8"))["base"]
    assert headline["status"] == "optimal"
    money = pd.read_csv(run / "scenarios" / "base" / "results" / "money.csv")
    unserved = headline["value_unserved_musd"]
    assert headline["objective_musd"] == pytest.approx(money["discounted_musd"].sum() + unserved)
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["proof"]["duality_gap"] < 1e-6
    assert any(name.startswith("audit ") for name in manifest["proof"])
    assert manifest["hashes"]["periods"] and manifest["versions"]["highspy"] and manifest["seconds"]["solving"] > 0
    assert (run / "iamc.csv").is_file() and (run / "scenarios" / "base" / "solver.log").stat().st_size > 0


def test_a_workbook_with_an_error_leaves_nothing(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sites = workbook / "sites.csv"
    sites.write_text(sites.read_text(encoding="utf-8").replace("max_it_mw", "max_it_mv"), encoding="utf-8")
    run = tmp_path / "runs" / "mine"
    assert cli.main(["run", str(workbook), "-o", str(run)]) == 1
    assert not run.exists() and not list(tmp_path.glob("runs/.*"))
    assert "max_it_mw" in "".join(capsys.readouterr())


def test_a_run_that_breaks_while_writing_leaves_the_former_one_whole(
    workbook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    cli.main(["run", str(workbook), "-o", str(run)])
    before = tables_of(run)

    def broken(place: Path, content: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(folder, "write_json", broken)
    with pytest.raises(OSError, match="the disk is full"):
        runs.run(workbook, run, command=[], progress=lambda stage: None)
    assert tables_of(run) == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_that_is_no_run_is_never_replaced(workbook: Path, tmp_path: Path) -> None:
    place = tmp_path / "letters"
    place.mkdir()
    (place / "to_grandmother.txt").write_text("dear", encoding="utf-8")
    assert cli.main(["run", str(workbook), "-o", str(place)]) == 2
    assert (place / "to_grandmother.txt").read_text(encoding="utf-8") == "dear"
