"""Typical days: hand-made years whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import profiles


def year_of(values: dict[int, float], otherwise: float) -> profiles.Floats:
    days = np.full((365, 24), otherwise)
    for day, value in values.items():
        days[day] = value
    return days


def test_two_kinds_of_days_are_found_with_their_weights_and_nothing_is_lost() -> None:
    price = year_of(dict.fromkeys(range(65), 3.0), 1.0)
    found = profiles.typical_days({("Z", "price_index"): price}, 2)
    assert sorted(found.days) == [65, 300]
    loss = found.loss["Z", "price_index"]
    assert abs(loss.before_scaling) < 1e-9 and abs(loss.dearest) < 1e-9 and loss.curve < 1e-9


def test_the_dearest_day_is_kept_and_the_mean_restored() -> None:
    rng = np.random.default_rng(7)
    price = rng.uniform(0.5, 1.5, (365, 24))
    price[200] = 9.0
    found = profiles.typical_days({("Z", "price_index"): price}, 4)
    assert 200 in found.chosen and sum(found.days) == 365
    mean = np.dot(found.days, found.columns["Z", "price_index"].mean(axis=1)) / 365
    assert mean == pytest.approx(price.mean())


def test_zones_keep_the_same_days_so_they_stay_correlated() -> None:
    rng = np.random.default_rng(3)
    price = rng.uniform(0.5, 1.5, (365, 24))
    found = profiles.typical_days({("A", "price_index"): price, ("B", "price_index"): 2 * price}, 4)
    assert np.allclose(found.columns["B", "price_index"], 2 * found.columns["A", "price_index"])


def test_the_sun_comes_earlier_further_east() -> None:
    days = year_of({}, 0.0)
    days[:, 12] = 1.0
    assert profiles.shifted(days, 15.0)[100].argmax() == 11


def test_solar_reaches_its_mean_and_never_passes_1() -> None:
    shape = np.tile(np.clip(np.sin((np.arange(24) - 6) * np.pi / 12), 0, None), (365, 1))
    output = profiles.solar_output(0.4, shape)
    assert output.mean() == pytest.approx(0.4) and output.max() <= 1.0


def test_a_gap_longer_than_a_day_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("utc,p\n2023-01-01 00:00,1\n")
    with pytest.raises(ValueError, match="missing"):
        profiles.read_year(file, "p", 2023)
