"""The reference programme, from its shipped workbook to its run folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner import cli, workbook

INDIA = Path(__file__).parents[2] / "inputs" / "india.xlsx"
MOST_COLUMNS = 100_000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("india") / "run"
    assert cli.main(["run", str(INDIA), "-o", str(place)]) == 0
    return place


@pytest.fixture(scope="module")
def headline(run: Path) -> dict[str, Any]:
    return dict(json.loads((run / "headline.json").read_text(encoding="utf-8"))["base"])


def table(run: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(run / "scenarios" / "base" / "results" / f"{name}.csv", dtype={"period": str})


def test_every_row_states_its_source_and_confidence() -> None:
    inputs = workbook.read(INDIA)
    bare = [
        name
        for name in inputs
        if name
        not in ("programme", "sources", "assumptions", "decisions", "scenarios", "scenario_changes", "currencies")
        and len(inputs[name])
        and ((inputs[name]["source"] == "").any() or (inputs[name]["confidence"] == "").any())
    ]
    assert bare == []


def test_it_is_as_broad_as_a_national_programme() -> None:
    inputs = workbook.read(INDIA)
    assert len(inputs["sites"]) >= 7 and {"mumbai", "chennai", "jamnagar"} <= set(inputs["sites"]["site"])
    assert set(inputs["sites"]["country"]) > {"IN"}
    assert len(inputs["accelerators"]) >= 6 and len(inputs["models"]) >= 8 and len(inputs["workloads"]) >= 10
    assert {"adopt", "continue", "pretrain"} <= set(inputs["models"]["route"])


def test_the_plan_is_proven_within_half_a_per_cent(run: Path, headline: dict[str, Any]) -> None:
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert headline["status"] == "optimal" and headline["gap"] <= 0.005
    assert manifest["size"]["columns"] <= MOST_COLUMNS


def test_its_scale_is_that_of_the_announced_fleet(run: Path, headline: dict[str, Any]) -> None:
    """Tens of thousands of accelerators, tens to hundreds of MW; over 38,000 were onboarded by March 2026."""
    assert 10_000 <= headline["accelerators_end"] <= 200_000
    assert 20 <= headline["hall_mw_end"] <= 1_000
    halls = table(run, "siting").groupby("period")["hall_mw"].sum()
    assert halls["2035"] > 2 * halls["2027H1"]


def test_nothing_stops_before_the_horizon(run: Path) -> None:
    """A policy that can't be met would empty the last periods."""
    served = table(run, "unserved").groupby("period")[["unserved_t", "demand_t"]].sum()
    assert (served["unserved_t"] < 0.3 * served["demand_t"]).all()


def test_the_public_sector_is_served_and_visible(run: Path) -> None:
    table_of = table(run, "unserved")
    public = table_of[table_of["workload"].str.startswith("public_")]
    assert 0 < public["demand_t"].sum() < 0.1 * table_of["demand_t"].sum()
    assert public["unserved_t"].sum() < 0.1 * public["demand_t"].sum()
