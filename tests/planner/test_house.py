"""The house: which room may know which, and that nothing heavy is loaded before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [*(ROOT / "planner").rglob("*.py"), *(ROOT / "models").rglob("*.py")]
HEAVY = {
    "pyomo",
    "highspy",
    "pandas",
    "numpy",
    "scipy",
    "openpyxl",
    "pint",
    "xlsxwriter",
    "vl_convert",
    "distributed",
    "docx",
    "typst",
    "lxml",
}


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def packages(file: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(file)}


def test_models_never_import_the_planner() -> None:
    assert [file.name for file in (ROOT / "models").rglob("*.py") if "planner" in packages(file)] == []


def test_the_rates_know_nothing_of_the_programme() -> None:
    assert [
        file.name for file in (ROOT / "models" / "compute_rates").rglob("*.py") if "compute_lp" in packages(file)
    ] == []


def test_pyomo_and_highspy_stay_in_their_rooms() -> None:
    outside = [file for file in (ROOT / "planner").rglob("*.py") if file.parent.name != "solve"]
    assert [file.name for file in outside if packages(file) & {"pyomo", "highspy"}] == []


@pytest.mark.parametrize(
    ("room", "stranger"),
    [
        ("workbook", "planner.plan"),
        ("workbook", "planner.solve"),
        ("solve", "planner.workbook"),
        ("audit", "planner.runs"),
    ],
)
def test_arrows_run_one_way(room: str, stranger: str) -> None:
    knows = {name for file in (ROOT / "planner" / room).rglob("*.py") for name in imports(file)}
    assert not [name for name in knows if name == stranger or name.startswith(stranger + ".")]


def test_no_room_has_two_purposes() -> None:
    assert {
        file.name: lines for file in SOURCES if (lines := len(file.read_text(encoding="utf-8").splitlines())) > 400
    } == {}


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom planner.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted(sys.modules), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not HEAVY & set(ast.literal_eval(run.stderr.strip()))
