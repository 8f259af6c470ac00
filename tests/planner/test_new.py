"""`planner new`: workbooks of programmes and countries, the same every time, and what is said where a name is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from compute_lp.schema import InputError
from planner import prefill, workbook
from planner.cli import main
from planner.prefill import __main__ as description
from planner.prefill import logs, money, settings
from planner.prefill.case import PERIODS, Case
from planner.prefill.sheet import Sheet

ROOT = Path(__file__).parents[2]
EMIRATES = "united_arab_emirates"


@pytest.fixture(scope="module")
def norway(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("norway") / "mine.xlsx"
    assert main(["new", str(file), "--country", "Norge"]) == 0
    return file


def test_a_country_without_a_programme_takes_defaults_that_stand_in_the_workbook(norway: Path) -> None:
    inputs = workbook.read(norway)
    assert inputs.settings["home"] == "NO"
    told = [what for what in inputs["assumptions"]["what"] if what.startswith("Default of the atlas")]
    assert any("budgets: no rows for NO" in what for what in told)


def test_the_defaults_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "mine"), "--country", "NO"]) == 0
    told = capsys.readouterr().out
    assert "budgets: no rows for NO; the default ones" in told and "planner check" in told
    assert (tmp_path / "mine" / "budgets.csv").read_text(encoding="utf-8").splitlines()[1].startswith("unit,")


def test_a_folder_and_a_file_hold_the_same(tmp_path: Path, norway: Path) -> None:
    assert main(["new", str(tmp_path / "mine"), "--country", "NO"]) == 0
    folder, file = workbook.inspect(tmp_path / "mine"), workbook.inspect(norway)
    assert folder.inputs is not None and file.inputs is not None
    assert workbook.input_hash(folder.inputs) == workbook.input_hash(file.inputs)


def test_the_file_is_the_same_every_time(tmp_path: Path, norway: Path) -> None:
    assert main(["new", str(tmp_path / "again.xlsx"), "--country", "NO"]) == 0
    assert (tmp_path / "again.xlsx").read_bytes() == norway.read_bytes()


def test_a_country_with_a_programme_gets_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "mine"), "--country", "UAE", "--tiers", "public"]) == 0
    assert f"has a programme in the atlas: {EMIRATES}" in capsys.readouterr().out
    assert workbook.read(tmp_path / "mine").settings["demand_tiers"] == "public"


def test_a_workbook_in_the_way_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.xlsx").write_text("mine", encoding="utf-8")
    assert main(["new", str(tmp_path / "mine.xlsx"), "--programme", "india"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "mine.xlsx").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("option", "name", "said"),
    [
        ("--programme", "japn", "did you mean japan? The programmes are united_states, france"),
        ("--programme", "Korea", "did you mean south_korea?"),
        ("--programme", "Atlantis", "The programmes are united_states, france"),
        ("--country", "Norwey", "did you mean Norway?"),
        ("--country", "Atlantis", "it has United States, United Kingdom"),
    ],
)
def test_a_wrong_name_is_wrong_usage_with_the_nearest(
    option: str, name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", str(tmp_path / "mine.xlsx"), option, name]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "mine.xlsx").exists()


def test_tiers_of_an_empty_workbook_are_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "mine.xlsx"), "--tiers", "public"]) == 2
    assert "--programme or --country" in capsys.readouterr().err


def test_the_discount_rate_is_the_cost_of_capital_less_inflation() -> None:
    rate, _ = settings.discount_rate(prefill.programme("india"))
    assert rate.value == pytest.approx(0.105 - 0.04)
    assert (rate.low, rate.high) == pytest.approx((0.09 - 0.05, 0.12 - 0.03))


def test_budgets_by_share_are_shares_of_the_product() -> None:
    case = prefill.country("NO")
    (sheet,) = (sheet for sheet in money.sheets(case) if sheet.name == "budgets")
    (row,) = (row for row in sheet.rows if (row["layer"], row["period"]) == ("L1", "2027H1"))
    assert float(row["musd"]) == pytest.approx(5.6 * 86_800 * 0.00006 / 2, rel=1e-4)


def test_a_ceiling_is_a_years_times_the_period_and_a_share_holds_as_it_is() -> None:
    (sheet,) = (sheet for sheet in money.sheets(prefill.programme("india")) if sheet.name == "policies")
    carbon = {row["period"]: float(row["value"]) for row in sheet.rows if row["policy"] == "carbon_kt_max"}
    assert (carbon["2027H1"], carbon["2029"]) == (250, 500)
    assert [row["period"] for row in sheet.rows if row["policy"] == "home_compute_share_min"] == [""]
    late = [row["period"] for row in sheet.rows if row["policy"] == "n_minus_1_share"]
    assert late == [period.name for period in PERIODS if period.start >= "2029-01"]


def test_a_source_nobody_knows_is_an_error_with_the_nearest() -> None:
    sheet = Sheet("sites")
    sheet.add(site="a", source="atlas-sites; udise-2021", confidence="low")
    with pytest.raises(InputError, match="udise-2022"):
        logs.sources(prefill.atlas(), prefill.TABLES, [sheet])


def test_only_cited_sources_are_listed() -> None:
    sheet = Sheet("sites")
    sheet.add(site="a", source="atlas-sites; udise-2022", confidence="low")
    listed = logs.sources(prefill.atlas(), prefill.TABLES, [sheet])
    assert [row["source"] for row in listed.rows] == ["udise-2022", "atlas-sites"]


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "said"),
    [
        ("programmes", 0, "budget_musd", 1290.0, "INR 10,372 crore is 1,235 MUSD"),
        ("programmes", 0, "mw", 950.0, "25 kW for each of 38000 accelerators"),
        ("programmes", 0, "to_year", 2020.0, "ends before 2024"),
        ("plan_settings", 0, "key", "base_yaer", "did you mean 'base_year'?"),
        ("plans", 0, "home", "", "united_states has no home"),
        ("plans", 0, "home", "IN", "the home of united_states too"),
        ("plan_budgets", 0, "period", "2026", "no period of a plan"),
        ("plan_budgets", 0, "musd_per_year", float("nan"), "stated, or a share"),
        ("plan_policies", 0, "value", 1.5, "a share above 1"),
        ("plan_policies", 0, "starts", "2036-01", "after the last period"),
    ],
)
def test_a_wrong_row_of_the_atlas_is_found(table: str, row: int, column: str, value: str | float, said: str) -> None:
    atlas = prefill.atlas()
    frame: pd.DataFrame = atlas[table].copy()
    frame.loc[row, column] = value
    wrong = replace(atlas, tables={**atlas.tables, table: frame})
    found = [str(problem) for part in (settings, money, logs) for problem in part.check(wrong)]
    assert any(said in problem for problem in found)


def test_the_description_of_the_atlas_is_as_printed() -> None:
    kept = (ROOT / "inputs" / "atlas" / "README.md").read_text(encoding="utf-8")
    assert kept == description.description(), "python -m planner.prefill > inputs/atlas/README.md"


def test_tables_that_are_called_generated_are_written_by_that_script() -> None:
    for table, script in description.GENERATED.items():
        assert f'"{table}"' in (ROOT / "inputs" / "build" / script).read_text(encoding="utf-8"), table


def test_every_file_of_the_atlas_is_a_table() -> None:
    assert {file.stem for file in prefill.folder().glob("*.csv")} == {table.name for table in prefill.TABLES}


def test_every_programme_is_known_by_its_name_and_its_country() -> None:
    for name in prefill.programmes():
        case = prefill.programme(name.replace("_", " ").title())
        assert isinstance(case, Case) and prefill.country(case.country.name).plan == name
