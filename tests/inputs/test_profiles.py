"""Typical days: hand-made years whose answer is known, and the days that are shipped."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from pytest import approx

import atlas_profiles
import profiles
from compute_lp.calendar import restored, yearly_mean
from compute_lp.schema import Floats
from planner.prefill.zones import HOURS

ATLAS = Path(__file__).parents[2] / "inputs" / "atlas"
DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the hourly series aren't here")


def year_of(values: dict[int, float], otherwise: float) -> Floats:
    days = np.full((365, 24), otherwise)
    for day, value in values.items():
        days[day] = value
    return days


def rows(name: str) -> list[dict[str, str]]:
    with (ATLAS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_two_kinds_of_days_are_found_with_their_weights_and_nothing_is_lost() -> None:
    price = year_of(dict.fromkeys(range(65), 3.0), 1.0)
    found = profiles.typical_days({("Z", "price_index"): price}, 2)
    assert sorted(found.days) == [65, 300]
    loss = found.loss["Z", "price_index"]
    assert abs(loss.mean) < 1e-9 and abs(loss.dearest) < 1e-9 and loss.curve < 1e-9


def test_the_dearest_day_is_kept_and_the_mean_restored() -> None:
    rng = np.random.default_rng(7)
    price = rng.uniform(0.5, 1.5, (365, 24))
    price[200] = 9.0
    found = profiles.typical_days({("Z", "price_index"): price}, 4)
    assert 200 in found.chosen and sum(found.days) == 365
    mean = np.dot(found.days, found.columns["Z", "price_index"].mean(axis=1)) / 365
    assert mean == approx(price.mean())


def test_zones_keep_the_same_days_so_they_stay_correlated() -> None:
    rng = np.random.default_rng(3)
    price = rng.uniform(0.5, 1.5, (365, 24))
    found = profiles.typical_days({("A", "price_index"): price, ("B", "price_index"): 2 * price}, 4)
    assert np.allclose(found.columns["B", "price_index"], 2 * found.columns["A", "price_index"])


def test_a_zone_without_prices_takes_part_with_its_sun() -> None:
    """73 dark days of 365: two kinds of day, though the price never moves."""
    sun = year_of(dict.fromkeys(range(0, 365, 5), 0.1), 0.6)
    found = profiles.typical_days({("Z", "solar"): sun}, 2)
    assert sorted(found.days) == [73, 292] and found.loss["Z", "solar"].curve < 1e-9


def test_losses_are_those_of_the_days_that_are_kept() -> None:
    """A price of 1 but for 73 days at 2, all for one day: its mean is 2 before and 1.2 after; of the dearest 5 % at 2
    it keeps 1.2, and the sorted hours are off by 0.8 in a fifth and 0.2 in four fifths of the year."""
    price = year_of(dict.fromkeys(range(73), 2.0), 1.0)
    loss = profiles.typical_days({("Z", "price_index"): price}, 1).loss["Z", "price_index"]
    assert loss.mean == approx(2 / 1.2 - 1) and loss.dearest == approx(1.2 / 2 - 1)
    assert loss.curve == approx((0.8 / 5 + 0.2 * 4 / 5) / 1.2)


def test_output_scaled_back_to_its_mean_is_held_at_1_and_the_rest_makes_up_for_it() -> None:
    """A day at 0.8 and one at 0.3, each for half the year, to a mean of 0.7: 1 and 0.4."""
    days = np.repeat([[0.8], [0.3]], 24, axis=1)
    scaled = restored(days, np.array([182.5, 182.5]), np.asarray(0.7), ceiling=1.0)
    assert scaled[:, 0] == approx([1.0, 0.4])


def test_hours_pass_1_one_after_the_other_and_zones_apart() -> None:
    """0.9, 0.6, 0.1 for a third of the year each, to 0.7: 1, then the second at 6/7 of 1.1 or 0.943; alone beside it
    a zone that needs no scaling."""
    days = np.repeat([[0.9], [0.6], [0.1]], 24, axis=1)
    scaled = restored(np.stack([days, days]), np.ones(3), np.array([0.7, 1.6 / 3]), ceiling=1.0)
    assert scaled[0, :, 0] == approx([1.0, 1.1 * 6 / 7, 1.1 / 7])
    assert scaled[1] == approx(days)


def test_a_mean_out_of_reach_leaves_all_light_hours_at_1() -> None:
    days = np.repeat([[0.5], [0.0]], 24, axis=1)
    assert restored(days, np.ones(2), np.asarray(0.6), ceiling=1.0)[:, 0].tolist() == [1.0, 0.0]


def test_prices_have_no_ceiling() -> None:
    days = np.repeat([[0.5], [1.5]], 24, axis=1)
    assert restored(days, np.ones(2), np.asarray(2.0))[:, 0] == approx([1.0, 3.0])


def test_the_sun_comes_earlier_further_east() -> None:
    days = year_of({}, 0.0)
    days[:, 12] = 1.0
    assert profiles.shifted(days, 15.0)[100].argmax() == 11


def test_solar_reaches_its_mean_and_never_passes_1() -> None:
    shape = np.tile(np.clip(np.sin((np.arange(24) - 6) * np.pi / 12), 0, None), (365, 1))
    output = profiles.output(0.4, shape)
    assert output.mean() == approx(0.4) and output.max() <= 1.0


def test_a_mean_that_no_scaling_reaches_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"at most 0\.042, not 0\.2"):
        profiles.output(0.2, np.tile(np.eye(24)[0], (365, 1)))


def test_wind_reaches_its_mean_by_the_factor_to_hub_height() -> None:
    """Half the year at 6 m/s, half still: at full power when the factor is 2, so a mean of 0.5 there."""
    speed = year_of(dict.fromkeys(range(365), 0.0), 0.0)
    speed[:, :12] = 6 * 3.6
    output = profiles.wind_output(0.25, speed)
    factor = (0.5 * (12**3 - 27) + 27) ** (1 / 3) / 6
    assert output.mean() == approx(0.25) and output[0, 0] == approx(0.5, abs=1e-9) and 1 < factor < 2


def test_short_gaps_are_bridged_and_long_ones_take_the_day_before(tmp_path: Path) -> None:
    """The price is the number of the hour; 3 hours of 2 January and 10 of 5 January are missing, and 29 February is no
    day."""
    missing = {26, 27, 28, *range(100, 110)}
    lines = ["utc,p"]
    for hour in range(366 * 24):
        day = np.datetime64("2024-01-01T00") + np.timedelta64(hour, "h")
        lines.append(f"{str(day).replace('T', ' ')}:00,{'' if hour in missing else hour}")
    file = tmp_path / "x.csv"
    file.write_text("\n".join(lines) + "\n")
    year, count = profiles.read_year(file, "p", 2024)
    hours = year.ravel()
    assert count == 13 and hours[25:30].tolist() == [25, 26, 27, 28, 29]
    assert hours[99:111].tolist() == [99, *range(76, 86), 110]
    assert hours[59 * 24] == 60 * 24


def test_a_gap_longer_than_a_day_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("utc,p\n2023-01-01 00:00,1\n")
    with pytest.raises(ValueError, match="missing"):
        profiles.read_year(file, "p", 2023)


def shipped() -> dict[tuple[str, str, str], tuple[Floats, Floats]]:
    """Days and hours of the shipped profiles by clock, zone and column."""
    found = defaultdict(list)
    for row in rows("profiles"):
        found[row["clock"], row["zone"], row["column"]].append(row)
    return {
        key: (np.array([float(day["days"]) for day in days]), np.array([[float(d[h]) for h in HOURS] for d in days]))
        for key, days in found.items()
    }


def test_shipped_days_make_a_year_of_8760_hours_and_are_the_same_in_all_zones_of_a_clock() -> None:
    weights = defaultdict(set)
    for (clock, _, _), (days, _) in shipped().items():
        weights[clock].add(tuple(days))
        assert 24 * days.sum() == 8760 and len(days) == 4
    assert {clock: len(each) for clock, each in weights.items()} == dict.fromkeys(weights, 1)
    assert "world" in weights and len(weights) == 8


def test_shipped_means_hold_after_rounding() -> None:
    """1 for prices, the yearly output of the zone, or of the site it is like, for sun and wind; within 0.1 %."""
    zones, sites = {row["zone"]: row for row in rows("zones")}, {row["site"]: row for row in rows("sites")}
    for (_, zone, column), (days, hours) in shipped().items():
        row = zones[zone]
        own = "1" if column == "price_index" else row[f"{column}_share"] or sites[row["like"]][f"{column}_share"]
        assert float(yearly_mean(hours, days)) == approx(float(own), rel=1e-3), (zone, column)
        assert column == "price_index" or (hours.min() >= 0 and hours.max() <= 1), (zone, column)


def test_every_zone_of_the_atlas_has_sun_and_wind_on_the_clock_of_the_world() -> None:
    found = {(zone, column) for clock, zone, column in shipped() if clock == "world"}
    zones = {row["zone"]: row["price_series"] for row in rows("zones")}
    assert {(zone, column) for zone in zones for column in ("solar", "wind")} <= found
    assert {zone for zone, column in found if column == "price_index"} == {zone for zone, name in zones.items() if name}


@needs_data
def test_shipped_days_and_losses_are_what_the_series_give(tmp_path: Path) -> None:
    for sheet in atlas_profiles.tables(DATA, ATLAS):
        sheet.write(tmp_path)
        made, kept = (folder / f"{sheet.name}.csv" for folder in (tmp_path, ATLAS))
        assert made.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")


@needs_data
@pytest.mark.parametrize(
    "row", [row for row in rows("series") if row["kind"] == "solar"], ids=lambda row: row["series"]
)
def test_the_sun_of_a_series_stands_highest_at_its_longitude(row: dict[str, str]) -> None:
    """Within 4 degrees, a quarter of an hour: so files are on UTC, and what they say of an hour is of its middle."""
    year, _ = profiles.read_year(DATA / row["file"], row["column"], int(row["year"]))
    angle = np.angle(np.sum(year.mean(axis=0) * np.exp(2j * np.pi * (np.arange(24) + 0.5) / 24)))
    noon_h = (angle / (2 * np.pi) * 24) % 24
    assert (12 - noon_h) * 15 == approx(float(row["degrees_east"]), abs=4)


@needs_data
def test_the_dearest_hour_of_a_price_is_in_the_evening_or_the_morning_of_its_country() -> None:
    """Clock of each price: dearest on average from 17 to 21 h local, in Korea at 9 h, when demand of offices starts."""
    offset_h = {"IN": 5.5, "JP": 9, "KR": 9, "SG": 8, "US": -5, "BR": -3, "GB": 0}
    for row in rows("series"):
        if row["kind"] == "price":
            year, _ = profiles.read_year(DATA / row["file"], row["column"], int(row["year"]))
            local_h = (int(year.mean(axis=0).argmax()) + offset_h.get(row["country"], 1)) % 24
            assert 17 <= local_h <= 21 or (row["country"] == "KR" and local_h == 9), row["series"]
