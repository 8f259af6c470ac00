"""The package's tables, and the evidence made from the reference where it is at hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import compute_rates
from compute_rates import RatesError, answer, build_tables, evidence
from compute_rates.atlas import folded, table

ROOT = Path(__file__).parents[2]
ATLAS = ROOT / "inputs" / "atlas"
REFERENCE = ROOT.parent / "shared" / "reference"
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference figures are not beside the project")
TABLES = sorted(path.stem for path in build_tables.TABLES.glob("*.csv"))


@pytest.mark.parametrize("name", [name for name in TABLES if name != "countries"])
def test_every_row_has_a_source_and_a_confidence(name: str) -> None:
    frame = table(name)
    assert (frame["source"] != "").all()
    assert frame["confidence"].isin(["high", "med", "low"]).all()


@pytest.mark.parametrize(
    ("name", "column"), [("accelerators", "accelerator"), ("models", "model"), ("countries", "country")]
)
def test_no_two_rows_answer_to_one_name(name: str, column: str) -> None:
    frame = table(name)
    known: dict[str, str] = {}
    for own, aliases in zip(frame[column], frame["aliases"], strict=True):
        for text in {folded(own), *(folded(alias) for alias in aliases.split(";") if alias)}:
            assert known.setdefault(text, own) == own


def test_rules_speak_of_known_chips_countries_groups_and_classes() -> None:
    rules, groups = table("export_rules"), set(table("country_groups")["group"])
    places = groups | set(table("countries")["iso2"])
    for column in ("destination", "destination_except", "owner"):
        assert set(" ".join(rules[column]).split()) <= places
    assert {name for text in rules["accelerators"] for name in text.split("|") if name} <= set(
        table("accelerators")["accelerator"]
    )
    assert set(rules["class"]) - {""} <= set(table("export_classes")["class"])
    assert set(rules["outcome"]) <= {"free", "licence", "denied", "notify"}


def test_an_unknown_kind_of_rate_names_the_five() -> None:
    with pytest.raises(ValueError, match="training, serving, power, control, cost"):
        answer("speed", pd.DataFrame())


@pytest.mark.parametrize("what", list(compute_rates.RATES))
def test_an_empty_table_is_answered_with_its_columns(what: str) -> None:
    found = answer(what, pd.DataFrame({"note": []}))
    assert len(found) == 0
    assert found.columns[0] == "note"
    assert "basis" in found


def test_numbers_that_are_none_are_told() -> None:
    rows = pd.DataFrame({"accelerator": "H100", "units": ["1,200", "12 %", "1.5e3", True, np.inf, " 7 "]})
    with pytest.raises(RatesError) as caught:
        answer("power", rows)
    assert [p.line for p in caught.value.problems] == [2, 3, 5, 6]


def test_a_column_that_stands_twice_is_told() -> None:
    twice = pd.DataFrame([["H100", 1.0, 2.0]], columns=["accelerator", "units", "units"])
    with pytest.raises(RatesError, match="the column stands twice"):
        answer("power", twice)


def test_the_packages_accelerators_are_those_of_the_atlas() -> None:
    written = (build_tables.TABLES / "accelerators.csv").read_text(encoding="utf-8")
    assert build_tables.accelerators(ATLAS).to_csv(index=False, lineterminator="\n") == written


def test_a_defect_in_the_atlas_stops_the_writing(tmp_path: Path) -> None:
    atlas = pd.read_csv(ATLAS / "accelerators.csv", keep_default_na=False, na_values=[""])
    atlas["bf16_tflops"] = atlas["bf16_tflops"].replace(989.5, 98950.0)
    atlas["accelerator"] = atlas["accelerator"].replace("H100 NVL 94GB", "H100 PCIe 80GB")
    atlas.loc[atlas["accelerator"] == "L4 24GB", ["server_w", "release_quarter"]] = [60, "2023"]
    atlas.to_csv(tmp_path / "accelerators.csv", index=False)
    with pytest.raises(ValueError, match="stands twice") as caught:
        build_tables.accelerators(tmp_path)
    for told in (
        "its formats give TPP 1,583,200.0, the atlas says 15,832.0",
        "L4 24GB: server_w is below tdp_w",
        "L4 24GB: release_quarter '2023' is no YYYY-Qn",
    ):
        assert told in str(caught.value)


@needs_reference
def test_the_evidence_is_the_generated_one_and_the_tables_in_force_meet_its_bounds() -> None:
    assert evidence.report(REFERENCE) == (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    in_force = [f for part in evidence.PARTS[:-1] for f in part(REFERENCE).findings if "setting half" not in f.figure]
    assert [f.figure for f in in_force if not f.met] == []
    runs_of_known_length, _ = evidence.PARTS[-1](REFERENCE).findings
    assert runs_of_known_length.met


def test_dates_stand_as_texts_days_or_time_stamps() -> None:
    days = ["2023-11-17", " 2023-12 ", dt.date(2024, 1, 2), pd.Timestamp("2024-01-02"), np.datetime64("2024-01-02")]
    found = answer(
        "control", pd.DataFrame({"accelerator": "H100", "destination": "CN", "date": pd.Series(days, dtype=object)})
    )
    assert found["class"].tolist() == ["3A090.a"] * 5
