"""The command line: what goes where, and with which exit status."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

import compute_lp
from compute_lp.schema import InputError, Problem
from planner import cli, runs
from planner.cli import main
from planner.workbook import inspect
from planner.workbook.sheets import TABLES
from tests.workbooks import put, smallest, to_csv, to_xlsx

VERBS = ("new", "check", "diff", "run", "compare", "explain", "convert", "fields", "rates", "doctor")


def test_help_answers_at_once_and_teaches_by_example() -> None:
    took = []
    for _ in range(3):
        start = time.monotonic()
        shown = subprocess.run(
            [sys.executable, "-m", "planner.cli", "--help"], capture_output=True, text=True, check=True
        )
        took.append(time.monotonic() - start)
    assert min(took) < 0.3
    assert "planner new mine.xlsx" in shown.stdout
    for verb in VERBS:
        assert f"\n    {verb}" in shown.stdout


def test_no_heavy_module_is_imported_for_help() -> None:
    heavy = "pandas numpy pyomo openpyxl pint"
    code = f"import sys, planner.cli; print([m for m in '{heavy}'.split() if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_every_verb_has_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([verb, "--help"])
    assert stopped.value.code == 0
    assert f"planner {verb}" in capsys.readouterr().out.split("examples:")[1]


@pytest.mark.parametrize(
    "arguments", [["rum"], ["run"], ["rates", "speed", "x.csv"], ["run", "x.xlsx", "--jobs", "0"], ["compare"]]
)
def test_wrong_usage_is_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


def test_no_verb_is_wrong_usage_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "first steps" in capsys.readouterr().err


def test_new_makes_a_workbook_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.xlsx"
    assert main(["new", str(file)]) == 0
    assert "planner check" in capsys.readouterr().out
    assert main(["new", str(file)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert main(["new", str(tmp_path / "mine.xls")]) == 2


def test_check_tells_errors_on_stdout_with_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "pue", "1,4")
    assert main(["check", str(to_xlsx(sheets, tmp_path / "plan.xlsx"))]) == 1
    out = capsys.readouterr().out
    assert out.startswith("plan.xlsx: 1 error; it can't be solved")
    assert "1 error:\n  sites!G6: a number with a decimal comma (found '1,4'); 1.4\n" in out
    assert "sites.hall_life_years = 20 in 3 rows" not in out
    assert main(["check", str(tmp_path / "plan.xlsx"), "--defaults"]) == 1
    assert "sites.hall_life_years = 20 in 3 rows" in capsys.readouterr().out


def test_check_of_a_sound_workbook_is_status_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(to_csv(smallest(), tmp_path / "plan"))]) == 0
    assert "no errors" in capsys.readouterr().out


def test_check_foresees_without_a_programme(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def formulates(*_: Any) -> Any:
        raise AssertionError("a check needs no programme")

    for part in compute_lp.PARTS:
        monkeypatch.setattr(part, "build", formulates)
    monkeypatch.setattr(compute_lp, "build", formulates)
    sheets = smallest()
    for row in range(4):
        put(sheets, "grid_offers", row, "firm_share", 0)
    assert main(["check", str(to_csv(sheets, tmp_path / "plan"))]) == 0
    assert "has no firm power in any period" in capsys.readouterr().out


def test_check_speaks_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = smallest()
    put(sheets, "grid_offers", 0, "firm_share", 80)
    assert main(["check", str(to_csv(sheets, tmp_path / "plan")), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    (problem,) = told["problems"]
    assert problem["cell"] == "grid_offers.csv line 3, column firm_share"
    assert problem["right"].startswith("0.8")
    assert {"sheet": "sites", "column": "hall_life_years", "value": 20.0, "rows": 3} in told["defaults"]
    assert main(["check", str(to_csv(smallest(), tmp_path / "sound")), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["hashes"]) == {table.name for table in TABLES}


def test_check_of_no_file_is_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "plan.xlsx")]) == 1
    assert "plan.xlsx: doesn't exist" in capsys.readouterr().out


def test_convert_there_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = to_csv(smallest(), tmp_path / "plan")
    assert main(["convert", str(given), str(tmp_path / "plan.xlsx")]) == 0
    assert main(["convert", str(tmp_path / "plan.xlsx"), str(tmp_path / "back")]) == 0
    assert inspect(tmp_path / "back").problems == ()
    assert main(["convert", str(tmp_path / "nothing.xlsx"), str(tmp_path / "x")]) == 1
    assert "doesn't exist" in capsys.readouterr().err
    assert main(["convert", str(given), str(given)]) == 1
    assert "over itself" in capsys.readouterr().err
    assert main(["convert", str(given), str(tmp_path / "plan.ods")]) == 1


def test_fields_prints_the_dictionary(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fields", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert len(records) == sum(len(table.columns) for table in TABLES)
    assert main(["fields"]) == 0
    assert "max_it_mw" in capsys.readouterr().out
    assert main(["fields", "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("# The data dictionary")


def test_run_hands_over_the_command_and_tells_progress_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = {}

    def run(path: Path, out: Path | None, *, progress: Any, **given: Any) -> int:
        seen.update(path=path, out=out, **given)
        progress("solving: 10 columns")
        progress("writing")
        return 3

    monkeypatch.setattr(runs, "run", run)
    given = ["run", "plan.xlsx", "-o", "there", "--scenario", "a, b", "--set", "sites.pue = 1.2", "--jobs", "3"]
    assert main(given) == 3
    assert seen == {
        "path": Path("plan.xlsx"),
        "out": Path("there"),
        "command": ["planner", *given],
        "scenarios": ("a", "b"),
        "changes": ["sites.pue = 1.2"],
        "jobs": 3,
        "cluster": None,
        "fresh": False,
    }
    shown = capsys.readouterr()
    assert shown.out == ""
    assert [line.split(" s  ")[1] for line in shown.err.splitlines()] == ["solving: 10 columns", "writing"]


def test_run_tells_input_errors_with_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*_: Any, **__: Any) -> int:
        raise InputError([Problem("sites", "out of range", cell="sites!F7", value=14.0)])

    monkeypatch.setattr(runs, "run", run)
    assert main(["run", "plan.xlsx"]) == 1
    assert "1 error in the inputs:\n  sites!F7: out of range (found 14.0)" in capsys.readouterr().err


def test_a_folder_in_the_way_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    plan = to_csv(smallest(), tmp_path / "plan")
    assert main(["run", str(plan), "-o", str(tmp_path / "mine")]) == 2
    assert "is not a run folder" in capsys.readouterr().err


def test_on_a_terminal_progress_is_one_rewritten_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = cli.Progress()
    progress("building a long stage")
    progress("solving")
    progress.close()
    shown = capsys.readouterr().err
    assert shown.count("\r") == 2
    assert shown.count("\n") == 1
    assert shown.rstrip("\n").rsplit("\r", maxsplit=1)[1].rstrip().endswith("solving")


def test_problems_beyond_what_a_screen_holds_are_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*_: Any, **__: Any) -> int:
        raise InputError([Problem("sites", "out of range", cell=f"sites!F{i}") for i in range(1000)])

    monkeypatch.setattr(runs, "run", run)
    assert main(["run", "plan.xlsx"]) == 1
    shown = capsys.readouterr().err.splitlines()
    assert len(shown) == 1 + cli.MOST_SHOWN + 1
    assert "and 800 more" in shown[-1]


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A stand-in for compute_rates that doubles a column and refuses blanks."""
    module: Any = ModuleType("compute_rates")

    class RatesError(Exception):
        pass

    def answer(what: str, table: pd.DataFrame) -> pd.DataFrame:
        if (table["units"] == "").any():
            raise RatesError("line 3, column units: a blank; a number of accelerators")
        return table.assign(twice=table["units"].astype(float) * 2, what=what)

    def read(path: Path) -> pd.DataFrame:
        return pd.read_csv(path, dtype=str, keep_default_na=False)

    module.RatesError, module.answer, module.read = RatesError, answer, read
    monkeypatch.setitem(sys.modules, "compute_rates", module)
    return module


def test_rates_answers_on_stdout_or_in_a_file(rates: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "in.csv"
    table.write_text("name,units\nNA,1\nb,2\n", encoding="utf-8")
    assert main(["rates", "power", str(table)]) == 0
    assert capsys.readouterr().out == "name,units,twice,what\nNA,1,2.0,power\nb,2,4.0,power\n"
    assert main(["rates", "power", str(table), "-o", str(tmp_path / "out.csv")]) == 0
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").startswith("name,units,twice,what\n")


def test_rates_tells_what_cannot_be_answered(rates: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "in.csv"
    table.write_text("name,units\na,1\nb,\n", encoding="utf-8")
    assert main(["rates", "power", str(table)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "line 3, column units" in shown.err
    assert main(["rates", "power", str(tmp_path / "none.csv")]) == 2
    table.write_bytes("name,units\nü,1\n".encode("utf-16"))
    assert main(["rates", "power", str(table)]) == 1


def test_doctor_says_what_is_installed_and_whether_the_solver_solves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert "ok  pyomo" in shown
    assert "ok  solver" in shown
    monkeypatch.setattr("planner.doctor._solver_fault", lambda: "it came out as stopped")
    assert main(["doctor"]) == 1
    assert "BAD solver: it came out as stopped" in capsys.readouterr().out
