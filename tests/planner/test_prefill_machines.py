"""The atlas's machines and stock: defects are caught, and sheets follow from the tables as worked out by hand."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from compute_lp.schema import Inputs, Table
from planner import prefill
from planner.prefill import machines, mix
from planner.prefill.case import PERIODS, Case
from planner.prefill.machines import stock
from planner.prefill.sheet import Sheet

ROOT = Path(__file__).parents[2]
ATLAS = ROOT / "inputs" / "atlas"
REFERENCE = ROOT.parent / "shared" / "reference"
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference figures are not beside the project")
BESIDE = ("countries", "plan_sites", "plan_countries", "plan_models")
KEPT: tuple[Table, ...] = (*machines.TABLES, *stock.TABLES, *(t for t in prefill.TABLES if t.name in BESIDE))
H100, H200, MI308X = "H100 SXM5 80GB", "H200 SXM 141GB", "Instinct MI308X"
GB200, B200, VR200 = "GB200 (per GPU, NVL72)", "B200 SXM (HGX)", "VR200 / Rubin (per GPU package, NVL72)"


def frame_of(table: Table) -> pd.DataFrame:
    frame = pd.read_csv(ATLAS / f"{table.name}.csv", dtype=str, keep_default_na=False)
    for column in table.columns:
        if column.name not in frame:
            frame[column.name] = ""
        if column.numeric:
            for name in (column.name, f"{column.name}_low", f"{column.name}_high"):
                if name in frame:
                    frame[name] = pd.to_numeric(frame[name])
            if isinstance(column.default, float):
                frame[column.name] = frame[column.name].fillna(column.default)
    return frame


FRAMES = {table.name: frame_of(table) for table in KEPT}


def atlas(table: str = "", change: dict[str, Any] | None = None, **where: str) -> Inputs:
    """The atlas as shipped, with cells of the rows that match changed."""
    frames = {name: frame.copy() for name, frame in FRAMES.items()}
    if change:
        frame = frames[table]
        rows = pd.Series(True, index=frame.index)
        for column, value in where.items():
            rows &= frame[column].astype(str) == value
        assert rows.any()
        for column, value in change.items():
            frame.loc[rows, column] = value
    return Inputs(frames, {})


def found(inputs: Inputs) -> list[str]:
    problems = [*machines.check(inputs), *stock.check(inputs)]
    return [f"{p.sheet}.{p.column}: {p.message}; {p.right}" for p in problems]


def made(name: str, inputs: Inputs, plan: str = "india", home: str = "IN") -> list[dict[str, str]]:
    case = Case(inputs, plan, home)
    sheets: list[Sheet] = [*machines.sheets(case), *stock.sheets(case)]
    return next(sheet.rows for sheet in sheets if sheet.name == name)


def test_the_shipped_tables_are_sound() -> None:
    assert found(atlas()) == []


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        (H100, {"tpp": 15_000}, "tpp: not what its formats give; 15832"),
        (H100, {"bf16_tflops": 9895}, "tpp: not what its formats give; 158320"),
        (H100, {"performance_density": 20}, "performance_density: doesn't follow from its formats and die; 19.4496"),
        (H100, {"h100e_by_tpp": 1.1}, "h100e_by_tpp: doesn't follow from its formats and die; 1"),
        ("Maia 100", {"h100e_by_8bit": 0.404}, "h100e_by_8bit: doesn't follow from its formats and die; blank"),
        (MI308X, {"tpp": 2368}, "tpp: given without the rate of any format; put it in tpp_reported"),
        ("Instinct MI350X", {"tpp_reported": 37_440}, "tpp_reported: given beside formats, which decide; blank"),
        ("Gaudi 3 (OAM)", {"fp8_tflops": 1835}, "fp8_tflops: no faster than BF16"),
        (H100, {"export_class": "none"}, "export_class: not the class its figures give; 3A090.a"),
        (H100, {"server_w": 600}, "server_w: less with its server than the chip's 700 W"),
        (H100, {"price_usd": 15_000}, "price_usd: not between its low 20000 and high 27000"),
        (H100, {"price_date": ""}, "price_date: a price has a date"),
        (H100, {"release_quarter": "2022-07"}, "release_quarter: no quarter; YYYY-Qn"),
        (H100, {"release_quarter": "2027-Q1"}, "release_quarter: released after today, yet shipping"),
        ("L4 24GB", {"aliases": "H100"}, "aliases: H100 names H100 SXM5 80GB too"),
        (H100, {"estimated": "server_allin_w_per_gpu"}, "estimated: no columns: server_allin_w_per_gpu"),
    ],
)
def test_a_defect_of_an_accelerator_is_caught(name: str, change: dict[str, Any], told: str) -> None:
    assert any(
        text.startswith(f"accelerators.{told}") for text in found(atlas("accelerators", change, accelerator=name))
    )


@pytest.mark.parametrize(
    ("table", "where", "change", "told"),
    [
        (
            "serving_rates",
            {"model_class": "DENSE70", "accelerator": H200},
            {"output_s_per_mtoken": 175.7, "output_tokens_per_s": 1e6 / 175.7, "output_tokens_per_s_low": 5690},
            "output_tokens_per_s: slower than H100 SXM5 80GB, which has less memory bandwidth; at least 6313.13",
        ),
        (
            "serving_rates",
            {"model_class": "SLM8", "accelerator": H100},
            {"input_tokens_per_s": 21_932},
            "input_tokens_per_s: not the inverse of its seconds; 38759.7",
        ),
        (
            "machines",
            {"accelerator": "next_2029"},
            {"arithmetic_factor": 2.5},
            "arithmetic_factor: not what the trends",
        ),
        ("machines", {"accelerator": "mi455x"}, {"bf16_per_fp8": float("nan")}, "bf16_per_fp8: Instinct MI455X"),
        ("machines", {"accelerator": "mi455x"}, {"like": ""}, "like: goes with both factors"),
        ("machines", {"accelerator": "vr200"}, {"last_order": "2026-06"}, "last_order: before its release in 2026-07"),
        (
            "supply",
            {"vendor": "NVIDIA", "chips": "all data-centre GPUs since 2022", "year": "2025", "measure": stock.ADDED},
            {"units": 4_458_788},
            "units: not what the cumulative counts give; 4485788",
        ),
        (
            "supply",
            {"year": "2025", "holder": stock.OTHERS},
            {"units": 3_320_327},
            "units: not what the cumulative counts give; 3023327",
        ),
        ("supply", {"chips": "B200", "year": "2025"}, {"year": 2023}, "year: B200 were shipped before their release"),
        ("supply", {"year": "2023", "measure": stock.CUMULATIVE}, {"units_low": 3e6}, "units: not between its low"),
        ("price_paths", {"series": "unit_price", "period": "2022"}, {"value_high": 10.0}, "value: not between its low"),
        (
            "arrivals",
            {"accelerator": "h100", "period": "2028H1"},
            {"period": "2028"},
            "period: no period of the shipped",
        ),
        ("plan_arrivals", {"plan": "japan"}, {"share_per_tusd": 0.01}, "share: given together with share_per_tusd"),
        ("plan_arrivals", {"plan": "japan"}, {"accelerator": "h100"}, "accelerator: japan has no share of the other"),
        (
            "plan_fleet",
            {"site": "chennai"},
            {"units": 2000},
            "units: the fleet there needs 2.9 MW of halls; plan_sites has 2",
        ),
        ("plan_fleet", {"site": "chennai"}, {"site": "slough"}, "site: no site of india"),
        ("plan_clouds", {"cloud": "hyperscaler_sg"}, {"country": "ZZ"}, "country: not among the countries of india"),
    ],
)
def test_a_defect_of_another_table_is_caught(
    table: str, where: dict[str, str], change: dict[str, Any], told: str
) -> None:
    assert any(text.startswith(f"{table}.{told}") for text in found(atlas(table, change, **where)))


def test_a_machine_has_the_figures_of_its_accelerator_and_what_a_buyer_adds() -> None:
    rows = {row["accelerator"]: row for row in made("accelerators", atlas())}
    h100 = rows["h100"]
    assert (h100["release"], h100["last_order"], h100["price_date"]) == ("2022-07", "2027-06", "2025-07")
    assert [h100[f"price_usd{end}"] for end in ("_low", "", "_high")] == ["20000", "23238", "27000"]
    # 1,275 W with its server, of which network and storage are 12 % of the whole
    assert float(h100["nameplate_kw"]) == pytest.approx(1.275 / 0.88, rel=1e-5)
    assert (h100["tpp"], h100["die_mm2"], h100["system_adder"]) == ("15832", "814", "0.5")
    # a price without a range: 55,000 less a fifth, plus three tenths
    assert [rows["vr200"][f"price_usd{end}"] for end in ("_low", "", "_high")] == ["44000", "55000", "71500"]


def test_what_is_not_announced_is_taken_from_another() -> None:
    row = next(row for row in made("accelerators", atlas()) if row["accelerator"] == "mi455x")
    assert [row[f"price_usd{end}"] for end in ("_low", "", "_high")] == ["33000", "44000", "60500"]
    assert [row[f"bf16_tflops{end}"] for end in ("_low", "", "_high")] == ["4000", "10000", "10000"]
    assert float(row["nameplate_kw_high"]) == pytest.approx(1.2 * 3.194 / 0.88, rel=1e-5)
    assert (row["tdp_w"], row["fp4_tflops"], row["confidence"]) == ("1800", "40000", "low")


def test_a_machine_years_on_grows_by_the_trends() -> None:
    row = next(row for row in made("accelerators", atlas()) if row["accelerator"] == "next_2029")
    assert float(row["bf16_tflops"]) == pytest.approx(4000 * 1.4**2.5, rel=1e-4)
    assert float(row["price_usd"]) == pytest.approx(55_000 * 1.4**2.5 / 1.3**2.5, rel=1e-4)
    assert float(row["memory_gb"]) == pytest.approx(288 * 2 ** (2.5 / 4), rel=1e-4)
    assert float(row["nameplate_kw"]) == pytest.approx(3.194 / 0.88, rel=1e-5)
    assert "tpp" not in row
    assert "die_mm2" not in row


def test_rates_are_the_measured_ones_times_the_machines_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "served_classes", lambda case: {"small": "SLM8", "large": "MOE671", "tiny": "SLM3"})
    rows = {(row["model"], row["accelerator"]): row for row in made("throughput", atlas())}
    # 25.8 s and 45.6 s for a million tokens on H100, give or take 15 %
    h100 = rows["small", "h100"]
    assert float(h100["input_tokens_per_s"]) == pytest.approx(1e6 / 25.8, rel=1e-4)
    assert float(h100["output_tokens_per_s_low"]) == pytest.approx(0.85 * 1e6 / 45.6, rel=1e-4)
    # SLM8 wasn't measured on GB200, so B200's 8.1 s; MOE671 was: 99.3 s
    assert float(rows["small", "gb300"]["input_tokens_per_s"]) == pytest.approx(1.3 * 1e6 / 8.1, rel=1e-4)
    assert float(rows["large", "gb300"]["input_tokens_per_s"]) == pytest.approx(1.3 * 1e6 / 99.3, rel=1e-4)
    assert ("tiny", "h200") in rows
    assert ("tiny", "vr200") not in rows


def test_a_rate_slower_for_no_reason_is_the_older_chips() -> None:
    rates = {(row.model_class, row.accelerator): row for row in atlas().rows("serving_rates")}
    row = rates["DENSE70", H200]
    assert row.output_tokens_per_s == pytest.approx(1e6 / 158.4, rel=1e-4)
    assert (row.output_tokens_per_s_low, row.confidence) == (pytest.approx(1e6 / 175.7, rel=1e-4), "low")
    assert "output corrected to H100's rate" in row.note


def test_a_programme_gets_its_share_of_what_is_shipped() -> None:
    rows = {(row["accelerator"], row["period"]): row for row in made("supply", atlas())}
    # 307,700 · 0.013 = 4,000; low 230,775 · 0.0087 = 2,008, high 461,550 · 0.0173 = 7,985, to two digits
    row = rows["h200", "2027H1"]
    assert [row[f"max_units{end}"] for end in ("_low", "", "_high")] == ["2000", "4000", "8000"]
    assert len(rows) == 7 * len(PERIODS)
    assert rows["next_2029", "2028H2"]["max_units"] == "0"


def test_a_country_without_a_share_has_one_by_its_gdp() -> None:
    home = {"population_m": 10, "gdp_usd_per_head": 40_000}
    inputs = atlas("countries", home, country="NO")
    rows = {(row["accelerator"], row["period"]): row for row in made("supply", inputs, "default", "NO")}
    # 0.4 T USD · 0.0085 = 0.34 %, of 307,700: 1,046
    assert rows["h200", "2027H1"]["max_units"] == "1000"
    clouds = {row["cloud"]: row for row in made("clouds", inputs, "default", "NO")}
    # 1.5 for each of 400 bn USD
    assert clouds["hyperscaler_home"]["max_units"] == "600"
    assert (clouds["hyperscaler_home"]["country"], clouds["hyperscaler_home"]["operator_country"]) == ("NO", "US")


@pytest.mark.parametrize("plan", sorted(set(FRAMES["plan_clouds"]["plan"]) - {"default"}))
def test_every_programme_can_rent_at_home_and_abroad_and_not_everything(plan: str) -> None:
    offers = FRAMES["plan_clouds"][FRAMES["plan_clouds"]["plan"] == plan]
    assert (offers["country"] == "").any()
    assert (offers["operator_country"] == "").any()
    assert (offers["country"] != "").any()
    largest = offers["max_units"].max() / offers["max_units"].sum()
    assert largest < 0.6


def test_chips_not_yet_released_can_not_stand_in_a_fleet() -> None:
    releases = {row["accelerator"]: row["release"] for row in made("accelerators", atlas())}
    fleet = FRAMES["plan_fleet"]
    assert (fleet["installed"] >= fleet["accelerator"].map(releases)).all()


@needs_reference
def test_the_tables_are_what_the_reference_gives(tmp_path: Path) -> None:
    from atlas_machines import tables
    from reference import Reference

    for sheet in tables(Reference(REFERENCE)):
        sheet.write(tmp_path)
        name = f"{sheet.name}.csv"
        assert (tmp_path / name).read_text(encoding="utf-8") == (ATLAS / name).read_text(encoding="utf-8")


@needs_reference
@pytest.mark.parametrize(
    ("column", "wrong", "field", "right", "told"),
    [
        ("tpp", "16000", "tpp", "15832", "TPP 16,000 in the reference corrected"),
        ("performance_density", "21", "performance_density", "19.45", "density 21 corrected"),
        ("h100e_by_tpp", "1.2", "h100e_by_tpp", "1", "H100-equivalents 1.2 corrected"),
        ("h100e_by_8bit", "1.2", "h100e_by_8bit", "1", "8-bit H100-equivalents 1.2 corrected"),
        ("server_allin_w_per_gpu", "650", "server_w", "", "650 W with its server left out"),
    ],
)
def test_a_defect_of_the_reference_is_not_carried(
    tmp_path: Path, column: str, wrong: str, field: str, right: str, told: str
) -> None:
    from atlas_machines import accelerators
    from reference import Reference

    shutil.copytree(REFERENCE, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "accelerators.csv"
    path.chmod(0o644)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    line = next(row for row in rows if row[0] == H100)
    line[rows[0].index(column)] = wrong
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    row = next(row for row in accelerators(Reference(tmp_path)).rows if row["accelerator"] == H100)
    assert row[field] == right
    assert told in row["note"]


def test_models_served_by_an_api_have_no_rates() -> None:
    case = Case(atlas(), "india", "IN")
    apis = {row.model for row in mix.models_of(case) if row.route == "api"}
    assert apis
    assert not apis & {row["model"] for row in made("throughput", atlas())}
