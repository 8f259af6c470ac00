"""What `planner explain` calls a cell: as it stands in the workbook that was run, and not in the run's own files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planner import cli
from planner.questions.cells import named_by_key
from planner.wording import counted, ranged
from planner.workbook import convert
from tests.planner.runs_scenes import run, scenarios
from tests.planner.test_explain import PAID_MODEL, asked, planned


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenarios().write(tmp_path_factory.mktemp("cells") / "workbook")


def explained(run_folder: Path, capsys: pytest.CaptureFixture[str], scenario: str, *more: str) -> str:
    capsys.readouterr()
    assert cli.main(["explain", str(run_folder), "chip", "--scenario", scenario, *more]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_of_a_spreadsheet_a_cell_is_named_by_its_key_and_who_changed_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In `dear` a chip costs 20,000 USD and none is bought; in the base it costs 10,000 and pays."""
    workbook = tmp_path / "workbook.xlsx"
    convert(folder, workbook)
    assert run(workbook, tmp_path / "run", scenarios=["dear"]) == 0
    dear = explained(tmp_path / "run", capsys, "dear")
    assert dear.startswith("chip (accelerator), scenario dear ")
    assert "accelerators: accelerator=chip, column price_usd, as dear has it (20,000)" in dear
    base = explained(tmp_path / "run", capsys, "base")
    assert base.startswith("chip (accelerator), scenario base ")
    assert ".csv" not in dear + base and "as base has it" not in base
    assert json.loads(explained(tmp_path / "run", capsys, "dear", "--json"))["scenario"] == "dear"


def test_of_a_folder_a_cell_is_named_by_file_and_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, tmp_path / "run", scenarios=["dear"]) == 0
    assert "accelerators.csv line 2, column price_usd (20,000)" in explained(tmp_path / "run", capsys, "dear")


def test_keys_that_are_blank_or_numbers_are_told_as_they_are_written() -> None:
    plan = planned(grid_offers=[{}], supply=[{"max_units": 500}])
    inputs = named_by_key(plan.inputs, "slow", {("grid_offers", "site=delhi; stage=1", "lead_months")})
    assert inputs.cells["grid_offers"](0, "mw") == "grid_offers: site=delhi; stage=1, column mw"
    assert inputs.cells["grid_offers"](0, "lead_months") == (
        "grid_offers: site=delhi; stage=1, column lead_months, as slow has it"
    )
    assert inputs.cells["energy_prices"](0, "usd_per_mwh") == "energy_prices: zone=north, column usd_per_mwh"


def test_one_of_a_thing_is_singular() -> None:
    """A model for 0.2 MUSD that halves the chips, which cost 1 MUSD."""
    models = [{}, {"model": "paid", "cost_musd": 0.2}]
    paid = asked("paid", **PAID_MODEL | {"models": models}, quick=True)
    assert paid.does[0] == "1 run finished in 2027"
    assert (counted(2, "runs"), counted(1, "units"), counted(1, "MW")) == ("2 runs", "1 unit", "1 MW")
    assert (ranged(1, 1, "runs"), ranged(1, 2, "runs"), ranged(138.6, 139.4, "MW")) == (
        "1 run",
        "1 to 2 runs",
        "139 MW",
    )
