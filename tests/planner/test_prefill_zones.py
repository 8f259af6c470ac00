"""Prices and typical days of a case: a small atlas worked out by hand, and the one that is shipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pytest import approx

from compute_lp.schema import Inputs, Problem
from planner import prefill
from planner.prefill import zones
from planner.prefill.case import Case
from planner.prefill.sheet import Sheet
from planner.workbook import inspect

ATLAS = Path(__file__).parents[2] / "inputs" / "atlas"
NONE = float("nan")
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

SAID = {"source": "programme", "confidence": "medium", "note": "Why."}
SITE = SAID | {
    "country": "DE",
    "wholesale_usd_per_mwh": 60.0,
    "wholesale_2026_usd_per_mwh": NONE,
    "wholesale_period": "2025",
    "delivered_usd_per_mwh": 100.0,
    "delivered_usd_per_mwh_low": 70.0,
    "delivered_usd_per_mwh_high": 130.0,
    "delivered_basis": "2025",
    "solar_share": 0.25,
    "wind_share": 0.5,
}
ZONE = SAID | {
    "country": "DE",
    "delivered_usd_per_mwh": NONE,
    "network_usd_per_mwh": NONE,
    "capacity_usd_per_kw_year": 70.0,
    "capacity_usd_per_kw_year_low": 35.0,
    "capacity_usd_per_kw_year_high": 140.0,
    "growth_per_year": 0.0,
    "growth_per_year_low": -0.01,
    "growth_per_year_high": 0.02,
    "surplus_mw": NONE,
    "usd_per_mwh_beyond": NONE,
    "price_series": "price",
    "solar_series": "sun",
    "wind_series": "wind",
    "solar_share": NONE,
    "wind_share": NONE,
}
SERIES = SAID | {"country": "DE", "degrees_east": 10.0}
CHOICE = SAID | {"plan": "germany", "like": "", "country": "", "zone": ""}


def day(zone: str, column: str, number: int, value: float) -> Mapping[str, Any]:
    """Two typical days, for 73 and 292 days of the year, level through the day."""
    key = {"clock": "germany", "zone": zone, "column": column, "day": number, "days": 73.0 if number == 1 else 292.0}
    return SAID | key | dict.fromkeys(zones.HOURS, value)


def loss(zone: str, column: str) -> Mapping[str, Any]:
    errors = {"mean_error": -0.1, "dearest_error": 0.05, "curve_error": 0.2}
    return SAID | {"clock": "germany", "zone": zone, "column": column} | errors


SMALL: dict[str, Rows] = {
    "plans": [{"plan": "germany", "home": "DE"}],
    "sites": [
        SITE | {"site": "ruhr", "zone": "A", "name": "Ruhr"},
        SITE | {"site": "elbe", "zone": "B", "name": "Elbe", "wholesale_usd_per_mwh": NONE},
    ],
    "plan_sites": [CHOICE | {"site": "ruhr"}, CHOICE | {"site": "elbe"}],
    "zones": [ZONE | {"zone": "A", "like": "ruhr"}, ZONE | {"zone": "B", "like": "elbe", "price_series": ""}],
    "series": [
        SERIES | {"series": "price", "kind": "price", "title": "a price", "source": "exchange"},
        SERIES | {"series": "sun", "kind": "solar", "title": "a sun", "source": "weather"},
        SERIES | {"series": "wind", "kind": "wind_speed", "title": "a wind", "source": "weather"},
    ],
    "profiles": [
        *(day("A", "price_index", n, value) for n, value in ((1, 3.0), (2, 0.5))),
        *(day(zone, "solar", n, value) for zone in "AB" for n, value in ((1, 0.05), (2, 0.3))),
        *(day(zone, "wind", n, value) for zone in "AB" for n, value in ((1, 0.1), (2, 0.6))),
    ],
    "profile_losses": [loss("A", "price_index"), *(loss(zone, c) for zone in "AB" for c in ("solar", "wind"))],
}


def atlas(**changes: Mapping[str, Any]) -> Inputs:
    """The small atlas; a change `table=` is laid over the table's first row."""
    tables = {name: [dict(row) for row in rows] for name, rows in SMALL.items()}
    for name, change in changes.items():
        tables[name][0] |= change
    return Inputs({name: pd.DataFrame(rows) for name, rows in tables.items()}, {})


def price(**zone: Any) -> dict[str, str]:
    """The row of zone A, with changes."""
    return prices(atlas(zones=zone))[0]


def prices(inputs: Inputs) -> list[dict[str, str]]:
    return zones.energy_prices(Case(inputs, "germany", "DE"), ["A", "B"]).rows


def figures(row: dict[str, str], column: str) -> list[float]:
    return [float(row[name]) for name in (column, f"{column}_low", f"{column}_high")]


def problems(**changes: Mapping[str, Any]) -> list[Problem]:
    return list(zones.check(atlas(**changes)))


def test_network_is_what_is_left_of_the_delivered_price_and_never_below_0() -> None:
    """100 [70 to 130] delivered, 60 wholesale, 70 USD/kW over 7,000 h are 10 USD/MWh: 30 [0 to 60]."""
    row = price()
    assert float(row["usd_per_mwh"]) == 60 and figures(row, "network_usd_per_mwh") == [30, 0, 60]
    assert figures(row, "capacity_usd_per_kw_year") == [70, 35, 140]
    assert figures(row, "growth_per_year") == [0, -0.01, 0.02]


def test_a_zone_of_its_own_price_is_priced_by_it() -> None:
    own = {"delivered_usd_per_mwh": 90.0, "delivered_usd_per_mwh_low": 80.0, "delivered_usd_per_mwh_high": 95.0}
    assert figures(price(**own), "network_usd_per_mwh") == [20, 10, 25]


def test_a_later_price_moves_energy_half_way_and_leaves_the_network() -> None:
    row = prices(atlas(sites={"wholesale_2026_usd_per_mwh": 90.0}))[0]
    assert figures(row, "usd_per_mwh") == [75, 60, 90] and figures(row, "network_usd_per_mwh") == [30, 0, 60]


def test_a_tariff_is_energy_but_for_its_capacity_charge() -> None:
    row = prices(atlas())[1]
    assert figures(row, "usd_per_mwh") == [90, 60, 120] and row.get("network_usd_per_mwh", "") == ""


def test_a_zone_of_known_network_charges_and_a_surplus_has_them() -> None:
    surplus = {"surplus_mw": 60.0, "surplus_mw_low": 20.0, "surplus_mw_high": 200.0}
    row = price(network_usd_per_mwh=16.2, usd_per_mwh_beyond=70.0, **surplus)
    assert row["network_usd_per_mwh"] == "16.2" and row["usd_per_mwh_beyond"] == "70"
    assert figures(row, "surplus_mw") == [60, 20, 200]


def test_the_note_says_how_a_price_was_got() -> None:
    text = "Network: delivered 100 USD/MWh all-in [70 to 130] (2025) less 60 and the capacity charge over 7,000 h. Why."
    assert price()["note"] == f"Energy: 2025. {text}"
    assert price()["source"] == "atlas-zones; atlas-sites; programme"


def days_of(zone: str) -> Sheet:
    return zones.profiles(Case(atlas(), "germany", "DE"), [zone])


def test_profiles_number_the_hours_of_all_days_and_say_how_many_days_each_stands_for() -> None:
    rows = days_of("A").rows
    assert [row["hour"] for row in rows] == [str(hour) for hour in range(1, 49)]
    assert [row["days"] for row in rows] == ["73"] * 24 + ["292"] * 24
    assert [rows[0][column] for column in zones.COLUMNS] == ["3", "0.05", "0.1"]
    assert [rows[47][column] for column in zones.COLUMNS] == ["0.5", "0.3", "0.6"]


def test_a_zone_without_hourly_prices_has_the_same_price_at_all_hours() -> None:
    assert {row["price_index"] for row in days_of("B").rows} == {"1"}


def test_the_first_hour_says_where_shapes_are_from_and_what_is_lost() -> None:
    first, *rest = days_of("A").rows
    assert first["note"].startswith("Shapes: price: a price; sun: a sun; wind: a wind. Lost by the reduction")
    assert "price: mean -10% before it was restored, highest 5 % of hours +5%, sorted hours off by 20%" in first["note"]
    assert not any(row["note"] for row in rest) and first["source"] == "atlas-profiles; exchange; weather"


def test_the_small_atlas_is_sound() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        ("zones", {"country": "FR"}, "stands in DE, where the zone lies in FR"),
        ("zones", {"solar_series": "price"}, "is a series of price"),
        ("zones", {"capacity_usd_per_kw_year_low": NONE}, "a judgement without low and high"),
        ("zones", {"capacity_usd_per_kw_year": 300.0}, "nothing is left for the network"),
        ("zones", {"usd_per_mwh_beyond": 70.0}, "go together"),
        ("zones", {"surplus_mw": 9.0, "usd_per_mwh_beyond": 50.0}, "is below the price of the surplus, 60 USD/MWh"),
        ("zones", {"wind_share": 0.4}, "the mean of wind in A is 0.5, not 0.4"),
        ("series", {"kind": "solar", "degrees_east": NONE}, "has a longitude"),
        ("profiles", {"days": 74.0}, "don't make a year"),
        ("profiles", {"h00": 4.0}, "the mean of price_index in A is"),
        ("plan_sites", {"plan": "france"}, "its zone A has no typical days of price_index for france"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(table: str, change: dict[str, Any], message: str) -> None:
    assert message in " ".join(problem.message for problem in problems(**{table: change}))


def test_output_above_1_is_told() -> None:
    rows = [dict(row) for row in SMALL["profiles"]]
    rows[2] |= {"h00": 1.2, "h01": -1.1}
    inputs = Inputs({**atlas().tables, "profiles": pd.DataFrame(rows)}, {})
    assert [problem.message for problem in zones.check(inputs)] == ["solar in A leaves the range 0 to 1"]


@cache
def shipped() -> Inputs:
    found = inspect(ATLAS, tables=prefill.TABLES)
    assert found.inputs is not None, found.problems
    return found.inputs


def test_the_shipped_zones_are_sound() -> None:
    assert [str(problem) for problem in zones.check(shipped())] == []


@pytest.mark.parametrize(("plan", "home"), [*HOMES.items(), ("default", "NO"), ("default", "BR")])
def test_every_programme_has_prices_and_a_year_of_hours_in_each_of_its_zones(plan: str, home: str) -> None:
    energy, hours = zones.sheets(Case(shipped(), plan, home))
    named = [row["zone"] for row in energy.rows]
    assert len(named) == len(set(named)) and list(dict.fromkeys(row["zone"] for row in hours.rows)) == named
    for zone in named:
        rows = [row for row in hours.rows if row["zone"] == zone]
        assert len(rows) == 96 and sum(float(row["days"]) for row in rows) == 8760
        mean = sum(float(row["days"]) * float(row["price_index"]) for row in rows) / 8760
        assert mean == approx(1, abs=1e-3)


def test_india_keeps_its_prices() -> None:
    """Worked out before from the same sites: Mumbai 100 - 52.5 - 60,000/7,000; NO4 the mean of 13.8 and 40."""
    energy, _ = zones.sheets(Case(shipped(), "india", "IN"))
    rows = {row["zone"]: row for row in energy.rows}
    assert figures(rows["IN-MH"], "network_usd_per_mwh") == approx([38.9286, 23.9286, 53.9286])
    assert figures(rows["NO4"], "usd_per_mwh") == [26.9, 13.8, 40]
    assert figures(rows["NO4"], "surplus_mw") == [60, 20, 200]
    assert figures(rows["AE-AUH"], "usd_per_mwh") == [55, 45, 70]


def test_the_capacity_price_of_pjm_is_that_of_the_auction() -> None:
    energy, _ = zones.sheets(Case(shipped(), "united_states", "US"))
    row = next(row for row in energy.rows if row["zone"] == "PJM-DOM")
    assert float(row["capacity_usd_per_kw_year"]) == approx(333.44 * 365 / 1000, abs=0.05)
