"""Places and power of a case: a small atlas worked out by hand, and the one that is shipped."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import atlas_places
from compute_lp.columns import amount, key, table
from compute_lp.schema import Column, InputError, Inputs, Problem
from planner.prefill import places, power
from planner.prefill.case import Case
from planner.prefill.sheet import Sheet
from planner.workbook import inspect
from reference import Reference

ATLAS = Path(__file__).parents[2] / "inputs" / "atlas"
REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
HOMES = {
    "united_states": "US",
    "france": "FR",
    "united_kingdom": "GB",
    "india": "IN",
    "united_arab_emirates": "AE",
    "japan": "JP",
    "south_korea": "KR",
}
Rows = Sequence[Mapping[str, Any]]

SAID = {"source": "programme", "confidence": "medium", "note": "why"}
PLACE = SAID | {
    "name": "A town",
    "zone": "Z",
    "latitude": 50.0,
    "longitude": 5.0,
    "wait_months": 20.0,
    "wait_months_low": 10.0,
    "wait_months_high": 30.0,
    "wait_applies_to": "",
    "connection_usd_per_kw": 100.0,
    "grid_co2_kg_per_mwh": 200.0,
    "grid_co2_basis": "2024",
    "pue": 1.2,
    "pue_low": 1.1,
    "pue_high": 1.5,
    "water_l_per_kwh": 0.1,
    "construction_usd_per_w": 10.0,
    "construction_basis": "a survey",
    "build_months": 20.0,
}
CHOICE = SAID | {
    "like": "",
    "country": "",
    "zone": "",
    "latitude": float("nan"),
    "longitude": float("nan"),
    "max_it_mw": 150.0,
    "existing_it_mw": 12.5,
    "max_build_mw_per_year": 40.0,
    "fixed_musd": 15.0,
    "opex_usd_per_kw_year": 150.0,
    "pue_peak": 1.3,
    "construction_usd_per_w": float("nan"),
    "min_it_mw": float("nan"),
}
STAGE = SAID | {
    "fixed_musd": 2.0,
    "annual_usd_per_kw": 8.0,
    "firm_share": 1.0,
    "curtailed_hours": 0.0,
    "min_take_share": 0.0,
}
OFFER = STAGE | {"mw": 60.0, "wait_months": float("nan"), "usd_per_kw": float("nan")}
GROUPS = {"DE": "allied", "FI": "haven", "NO": "haven", "GB": "allied", "VN": "other"}
SMALL: dict[str, Rows] = {
    "countries": [
        {"country": country, "name": name, "population_m": 10.0, "gdp_usd_per_head": 50000.0}
        for country, name in {"DE": "Germany", "FI": "Finland", "GB": "Britain", "VN": "Vietnam"}.items()
    ],
    "sites": [
        PLACE | {"site": "ruhr", "country": "DE"},
        PLACE | {"site": "oulu", "country": "FI", "confidence": "low"},
        PLACE | {"site": "leeds", "country": "GB"},
    ],
    "plan_countries": [
        SAID
        | {
            "plan": "every",
            "country": country,
            "group": group,
            "grid_co2_site": "ruhr" if country == "DE" else "",
            "grid_co2_change_per_year": -0.03,
            "import_duty": 0.0,
        }
        for country, group in GROUPS.items()
    ],
    "plan_sites": [
        CHOICE | {"plan": "britain", "site": "leeds"},
        CHOICE
        | {"plan": "britain", "site": "hull", "like": "leeds", "country": "GB", "zone": "Y"}
        | {"latitude": 53.7, "longitude": -0.3},
        CHOICE | {"plan": "default", "site": "oulu"},
    ],
    "plan_offers": [
        OFFER | {"plan": "britain", "site": "leeds", "stage": 1},
        OFFER | {"plan": "britain", "site": "leeds", "stage": 2, "wait_months": 40.0, "usd_per_kw": 70.0},
        OFFER | {"plan": "default", "site": "oulu", "stage": 1},
    ],
    "generic_sites": [
        SAID
        | {
            "plan": "default",
            "max_it_mw_per_busd": 0.15,
            "max_it_mw_per_busd_low": 0.06,
            "max_it_mw_per_busd_high": 0.4,
            "least_max_it_mw": 20.0,
            "existing_it_mw_per_busd": 0.006,
            "build_share_per_year": 0.2,
            "fixed_musd": 15.0,
            "opex_usd_per_kw_year": 220.0,
            "pue_peak_factor": 1.1,
        }
    ],
    "generic_offers": [
        STAGE | {"plan": "default", "country": "", "stage": 1, "power_share": 0.4, "wait_factor": 1.0},
        STAGE
        | {"plan": "default", "country": "", "stage": 2, "power_share": 0.6, "wait_factor": 1.75}
        | {"wait_factor_low": 1.5, "wait_factor_high": 2.0},
    ],
    "energy_options": [
        SAID
        | {"option": "gas_engine", "name": "Engines", "kind": "engine", "capex_usd_per_kw": 1800.0}
        | {"fixed_usd_per_kw_year": 25.0, "variable_usd_per_mwh": 12.0, "heat_mmbtu_per_mwh": 8.3}
        | {"lead_months": 18.0, "life_years": 20.0, "efficiency": 0.44, "co2_kg_per_mwh": 450.0}
    ],
    "plan_assets": [
        SAID
        | {"plan": "britain", "site": "leeds", "asset": "bridge", "option": "gas_engine", "kind": "", "max_mw": 30.0}
        | {"gas_usd_per_mmbtu": 10.0, "capex_usd_per_kw": 1500.0, "until": "2032-01"}
    ],
}


def atlas_of(tables: Mapping[str, Rows]) -> Inputs:
    """An atlas as loading would leave it: every declared column, blanks as NaN or empty text."""
    frames = {}
    declared = {each.name: each for part in (places, power) for each in part.TABLES}
    for name, rows in tables.items():
        frame = pd.DataFrame(rows)
        for column in declared[name].columns if name in declared else ():
            if column.name not in frame:
                frame[column.name] = float("nan") if column.numeric else ""
        frames[name] = frame
    return Inputs(frames, {})


def sheet_of(plan: str, home: str, name: str, atlas: Inputs | None = None) -> list[dict[str, str]]:
    case = Case(atlas or atlas_of(SMALL), plan, home)
    return next(sheet.rows for part in (places, power) for sheet in part.sheets(case) if sheet.name == name)


def test_standing_connection_is_leased_halls_at_peak_pue_and_a_tenth() -> None:
    leeds = sheet_of("britain", "GB", "sites")[0]
    assert float(leeds["existing_mw"]) == pytest.approx(12.5 * 1.3 * 1.1)
    assert (leeds["pue"], leeds["pue_low"], leeds["pue_high"]) == ("1.2", "1.1", "1.3")


def test_a_site_like_another_has_its_figures_and_a_place_of_its_own() -> None:
    hull = sheet_of("britain", "GB", "sites")[1]
    assert (hull["latitude"], hull["longitude"], hull["zone"]) == ("53.7", "-0.3", "Y")
    assert (hull["fitout_usd_per_w"], hull["build_months"]) == ("10", "20")


def test_a_stage_without_a_wait_waits_as_its_site_does() -> None:
    first, second = sheet_of("britain", "GB", "grid_offers")
    assert [first[f"lead_months{end}"] for end in ("_low", "", "_high")] == ["10", "20", "30"]
    assert (second["lead_months"], second["usd_per_kw"], first["usd_per_kw"]) == ("40", "70", "100")


def test_gas_costs_its_heat_and_what_a_programme_says_replaces_the_option() -> None:
    (bridge,) = sheet_of("britain", "GB", "energy_assets")
    cost = float(bridge["fuel_usd_per_mwh"]) / float(bridge["efficiency"])
    assert cost == pytest.approx(10 * 8.3)
    assert (bridge["capex_usd_per_kw"], bridge["lead_months"], bridge["until"]) == ("1500", "18", "2032-01")


def test_home_is_home_and_to_a_member_of_the_union_other_members_are_allied() -> None:
    german = {row["country"]: row["group"] for row in sheet_of("default", "DE", "countries")}
    assert german == {"DE": "home", "FI": "allied", "NO": "haven", "GB": "allied", "VN": "other"}
    british = {row["country"]: row["group"] for row in sheet_of("britain", "GB", "countries")}
    assert british == {"GB": "home", "DE": "allied", "FI": "haven", "NO": "haven", "VN": "other"}


def test_a_country_without_a_plan_has_its_own_sites_by_its_economy_and_the_havens() -> None:
    ruhr, oulu = sheet_of("default", "DE", "sites")
    assert [ruhr[f"max_it_mw{end}"] for end in ("_low", "", "_high")] == ["30", "75", "200"]
    assert (ruhr["existing_it_mw"], ruhr["max_build_mw_per_year"], ruhr["pue_peak"]) == ("3", "15", "1.32")
    assert oulu["site"] == "oulu"
    first, second, _ = sheet_of("default", "DE", "grid_offers")
    assert (first["mw"], second["mw"]) == ("40", "59")
    assert [second[f"lead_months{end}"] for end in ("_low", "", "_high")] == ["15", "35", "60"]


def test_a_haven_that_is_home_stands_once() -> None:
    assert [row["site"] for row in sheet_of("default", "FI", "sites")] == ["oulu"]


def test_the_smallest_economy_has_the_least_site() -> None:
    poor = [{**row, "gdp_usd_per_head": 1000.0} for row in SMALL["countries"]]
    ruhr = sheet_of("default", "DE", "sites", atlas_of(SMALL | {"countries": poor}))[0]
    assert ruhr["max_it_mw"] == "20"


def test_defaults_are_told() -> None:
    case = Case(atlas_of(SMALL), "default", "DE")
    places.sheets(case)
    assert "ruhr" in case.defaults["home sites"]


def test_a_country_without_a_site_is_told_so() -> None:
    with pytest.raises(InputError, match=r"no site in Vietnam \(VN\).*DE, FI, GB"):
        places.sheets(Case(atlas_of(SMALL), "default", "VN"))


def shipped(folder: Path, changes: Mapping[tuple[str, str, str], str] | None = None) -> Inputs:
    """The shipped tables about places, on stubs of those they refer to; `changes`: by table, key and column."""
    tables = [each for part in (places, power) for each in part.TABLES]
    changes = changes or {}
    for each in tables:
        with (ATLAS / f"{each.name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        sheet = Sheet(each.name, rows)
        for (name, which, column), value in changes.items():
            if name == each.name:
                (row,) = (row for row in rows if "/".join(row[k] for k in each.keys) == which)
                row[column] = value
        sheet.write(folder)
    stubs = (
        table("zones", "a zone", key("zone", "zone")),
        table(
            "countries",
            "a country",
            key("country", "code"),
            Column("name", "name", kind="text"),
            amount("population_m", "people", "million"),
            amount("gdp_usd_per_head", "GDP", "USD"),
        ),
    )
    for stub in stubs:
        with (ATLAS / f"{stub.name}.csv").open(encoding="utf-8", newline="") as file:
            names = [column.name for column in stub.columns]
            rows = [{name: row[name] for name in names} for row in csv.DictReader(file)]
        with (folder / f"{stub.name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
    found = inspect(folder, tables=(*tables, *stubs))
    assert found.inputs is not None, found.problems
    return found.inputs


def problems(atlas: Inputs) -> list[Problem]:
    return [problem for part in (places, power) for problem in part.check(atlas)]


def test_the_shipped_tables_are_sound(tmp_path: Path) -> None:
    assert problems(shipped(tmp_path)) == []


@pytest.mark.parametrize(
    ("table_name", "which", "column", "value"),
    [
        ("sites", "culham", "zone", "FR"),
        ("sites", "slough", "wholesale_usd_per_mwh", "270"),
        ("sites", "slough", "wait_months_high", ""),
        ("energy_options", "grid_ercot_large_load", "curtailed_hours", "100"),
        ("energy_options", "fuel_cell", "co2_kg_per_mwh", "340"),
        ("energy_options", "gas_turbine_frame", "heat_mmbtu_per_mwh", "10.5"),
        ("queue_evidence", "44", "value_low", "26"),
        ("plan_sites", "india/noida", "latitude", ""),
        ("plan_sites", "india/mumbai", "pue_peak_low", "1.3"),
        ("plan_sites", "india/mumbai", "existing_it_mw_high", "30"),
        ("plan_countries", "every/FR", "group", "home"),
        ("plan_countries", "every/FR", "grid_co2_site", "slough"),
        ("plan_offers", "united_kingdom/slough/2", "wait_months_low", "48"),
        ("plan_offers", "united_kingdom/slough/2", "stage", "3"),
        ("plan_offers", "india/noida/1", "curtailed_hours", "0"),
        ("plan_assets", "india/mumbai/gas_bridge", "gas_usd_per_mmbtu", ""),
        ("plan_assets", "india/jamnagar/battery", "storage_hours", ""),
    ],
)
def test_a_defect_is_caught_where_it_stands(
    tmp_path: Path, table_name: str, which: str, column: str, value: str
) -> None:
    changes = {(table_name, which, column): value}
    if value in ("", "0"):
        changes |= {(table_name, which, f"{column}{end}"): "" for end in ("_low", "_high") if "wait" not in column}
    if column == "existing_it_mw_high":
        changes |= {(table_name, which, "existing_it_mw"): "200", (table_name, which, column): "300"}
    found = problems(shipped(tmp_path, changes))
    assert found and all(problem.sheet == table_name for problem in found)


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    return shipped(tmp_path_factory.mktemp("atlas"))


@pytest.mark.parametrize("plan", HOMES)
def test_a_programme_has_home_sites_power_at_each_and_a_way_out(atlas: Inputs, plan: str) -> None:
    sites = sheet_of(plan, HOMES[plan], "sites", atlas)
    offers = sheet_of(plan, HOMES[plan], "grid_offers", atlas)
    assert sum(row["country"] == HOMES[plan] for row in sites) >= 2
    assert any(row["country"] != HOMES[plan] for row in sites)
    assert {row["site"] for row in offers} == {row["site"] for row in sites}
    for row in offers:
        waits = [float(row[f"lead_months{end}"]) for end in ("_low", "", "_high")]
        assert waits == sorted(waits)


def test_the_british_queue_reaches_beyond_five_years_and_is_kept(atlas: Inputs) -> None:
    offers = sheet_of("united_kingdom", "GB", "grid_offers", atlas)
    waits = {(row["site"], row["stage"]): float(row["lead_months"]) for row in offers}
    assert waits["slough", "1"] == 96 and waits["culham", "1"] == 36
    home = [waits[site, "1"] for site in ("slough", "culham", "lanarkshire", "teesside")]
    assert min(home) >= 36 and max(home) > 60
    assert all(waits[site, "2"] >= 60 for site in ("slough", "culham", "lanarkshire", "teesside"))


@pytest.mark.parametrize("home", ["NO", "SE", "FI", "IS", "CA", "DE", "IE", "NL", "ES", "IT", "SA", "MY", "SG", "BR"])
def test_any_country_with_a_site_has_a_workbook(atlas: Inputs, home: str) -> None:
    sites = sheet_of("default", home, "sites", atlas)
    assert sites[0]["country"] == home
    assert {row["site"] for row in sheet_of("default", home, "grid_offers", atlas)} == {row["site"] for row in sites}


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference files aren't here")
def test_the_generated_tables_are_those_the_reference_gives(tmp_path: Path) -> None:
    for sheet in atlas_places.tables(Reference(REFERENCE)):
        sheet.write(tmp_path)
        name = f"{sheet.name}.csv"
        assert (tmp_path / name).read_text(encoding="utf-8") == (ATLAS / name).read_text(encoding="utf-8")


def test_what_the_reference_contradicts_itself_in_is_corrected(atlas: Inputs) -> None:
    options = {row.option: row for row in atlas.rows("energy_options")}
    assert options["grid_ercot_large_load"].curtailed_hours == 88
    assert options["gas_turbine_frame"].heat_mmbtu_per_mwh == pytest.approx(1.108 * 3.412 / 0.405, abs=0.01)
    assert options["fuel_cell"].co2_kg_per_mwh == pytest.approx(202 / 0.54, abs=1)
    facts = {(row.country, row.metric): row for row in atlas.rows("queue_evidence")}
    assert facts["KR", "surplus"].value_low == 26 - 9
    assert facts["", "power transformer lead time"].value_low == pytest.approx(128 * 7 / 30.42, abs=0.1)
    assert "Corrected" in options["fuel_cell"].note
