"""Dates, discounting, payments and typical days, worked by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pytest import approx

from compute_lp.calendar import Calendar, Days, date_years, typical_days
from tests.models.programmes import programme

HALVES_AND_A_YEAR = [
    {"period": "a", "years": 0.5},
    {"period": "b", "start": "2027-07", "years": 0.5},
    {"period": "c", "start": "2028-01"},
]
THREE = [{"period": name, "output_t_per_year": 0} for name in "abc"]


def calendar(rate: float = 0.0, plan_start: str = "2027-01") -> Calendar:
    """Two halves of 2027 and the year 2028."""
    settings = {"discount_rate": rate, "plan_start": plan_start}
    return Calendar.of(programme(periods=HALVES_AND_A_YEAR, demand=THREE, settings=settings))


def test_dates_are_years_and_a_day_is_its_part_of_the_month() -> None:
    assert date_years(["2027-01", "2027-07", "2027-02-15"]) == approx([2027, 2027.5, 2027 + (1 + 14 / 28) / 12])
    assert np.isnan(date_years([""])).all()


def test_periods_are_told_in_years_since_plan_start() -> None:
    c = calendar(plan_start="2026-10")
    assert c.start == approx([0.25, 0.75, 1.25]) and c.end == approx([0.75, 1.25, 2.25])
    assert c.middle == approx([0.5, 1.0, 1.75]) and c.horizon == approx(2.25)


def test_a_lead_is_over_on_the_day_it_ends() -> None:
    leads = np.array([0, 6, 7, 12, 13]) / 12
    assert calendar().reached(leads).sum(axis=1).tolist() == [3, 2, 1, 1, 0]


def test_what_ends_on_the_day_a_period_starts_is_over_in_it() -> None:
    assert calendar().before(np.array([0.5, 0.51, np.inf])).sum(axis=1).tolist() == [1, 2, 3]


def test_a_flow_is_weighted_by_the_integral_of_the_discount_factor() -> None:
    c = calendar(rate=0.1)
    expected = [(1.1**-a - 1.1**-b) / math.log(1.1) for a, b in ((0, 0.5), (0.5, 1), (1, 2))]
    assert c.weight == approx(expected)
    assert c.flow_factor == approx(np.array(expected) / [0.5, 0.5, 1])
    assert calendar(rate=0).weight == approx([0.5, 0.5, 1])


def test_a_payment_runs_evenly_over_its_lead() -> None:
    """Service in January 2028 after 9 months: 3 of them in the first half of 2027 and 6 in the second."""
    share, discounted = calendar(rate=0.1).instalments(np.array([1.0]), np.array([0.75]))
    assert share.tolist() == [approx([3 / 9, 6 / 9, 0])]
    integral = lambda a, b: (1.1**-a - 1.1**-b) / math.log(1.1)  # noqa: E731
    assert discounted.tolist() == [approx([integral(0.25, 0.5) / 0.75, integral(0.5, 1) / 0.75, 0])]


def test_a_payment_without_a_lead_falls_on_the_day_of_service() -> None:
    share, discounted = calendar(rate=0.1).instalments(np.array([0.5, 1.0]), np.array([0.0, 0.0]))
    assert share.tolist() == [[0, 1, 0], [0, 0, 1]]
    assert discounted.tolist() == [approx([0, 1.1**-0.5, 0]), approx([0, 0, 1.1**-1])]


def test_what_falls_before_plan_start_is_paid_at_plan_start() -> None:
    """A year of lead for service in July 2027: half of it is before plan start."""
    share, discounted = calendar(rate=0.1).instalments(np.array([0.5]), np.array([1.0]))
    assert share.tolist() == [approx([1, 0, 0])]
    assert discounted.tolist() == [approx([0.5 + (1 - 1.1**-0.5) / math.log(1.1), 0, 0])]


def test_what_falls_between_plan_start_and_the_first_period_counts_in_it_at_its_own_dates() -> None:
    c = calendar(rate=0.1, plan_start="2026-07")
    share, discounted = c.instalments(np.array([0.5]), np.array([0.5]))
    assert share.tolist() == [approx([1, 0, 0])]
    assert discounted.tolist() == [approx([(1 - 1.1**-0.5) / math.log(1.1) / 0.5, 0, 0])]


def test_a_residual_is_the_part_of_life_that_is_left_never_less_than_none() -> None:
    c = calendar()
    assert c.residual(np.array([0.0, 1.0, 0.0]), np.array([10.0, 4.0, 1.5])) == approx([0.8, 0.75, 0])


def days(*levels: tuple[float, ...], columns: tuple[str, ...] = ("price_index",), **settings: Any) -> Days:
    """Typical days of a year whose days have these levels, one column each, the same in all hours, over and over."""
    of_day = [levels[d % len(levels)] for d in range(365)]
    rows = [
        {"hour": 24 * d + h + 1, **dict(zip(columns, of_day[d], strict=True))} for d in range(365) for h in range(24)
    ]
    return typical_days(programme(profiles=rows, settings=settings), ["north"])


def test_without_profiles_a_day_stands_for_the_year() -> None:
    found = typical_days(programme(), ["north", "south"])
    assert found.days.tolist() == [365] and found.hours.tolist() == [365] * 24
    assert (found.price_index == 1).all() and np.isnan(found.solar).all()


def test_identical_days_are_one_exactly_however_many_are_asked_for() -> None:
    """Three kinds of day, 122, 122 and 121 of them: all three kept, in the order they come in, and nothing scaled."""
    found = days((1.0,), (3.0,), (2.0,), representative_days=10)
    assert found.days.tolist() == [122, 122, 121]
    mean = (122 * 1 + 122 * 3 + 121 * 2) / 365
    assert found.price_index[0, :, 0] == approx([1 / mean, 3 / mean, 2 / mean], rel=1e-12)


def test_the_dearest_day_is_kept_and_each_day_stands_for_those_like_it() -> None:
    """Days at 1, 1.1 and 9: two clusters, the one of 9 kept as it is but for what restores the mean."""
    found = days((1.0,), (1.1,), (9.0,), representative_days=2)
    assert sorted(found.days) == [121, 244]
    cheap, dear = found.price_index[0, :, 0]
    assert found.days.tolist() == [244, 121]
    assert dear / cheap == approx(9 / 1.0) or dear / cheap == approx(9 / 1.1)


def test_a_single_day_is_the_dearest() -> None:
    """By its sun, which differs: the dearest day is the darkest, and its sun is scaled to the year's mean of 0.4."""
    found = days((1.0, 0.5), (2.0, 0.2), columns=("price_index", "solar"), representative_days=1)
    assert found.days.tolist() == [365]
    assert found.price_index.ravel() == approx(np.ones(24))
    mean = (183 * 0.5 + 182 * 0.2) / 365
    assert found.solar.ravel() == approx(np.full(24, mean))


def test_means_of_all_columns_are_restored_by_scaling() -> None:
    rng = np.random.default_rng(7)
    levels = [tuple(row) for row in rng.uniform([0.5, 0.1, 0.2], [2.0, 0.9, 0.7], size=(30, 3))]
    found = days(*levels, columns=("price_index", "solar", "wind"), representative_days=4)
    year = np.array([levels[d % 30] for d in range(365)]).mean(axis=0)
    assert len(found.days) == 4 and found.days.sum() == 365
    weights = found.days / 365
    assert weights @ found.price_index[0].mean(axis=1) == approx(1, rel=1e-12)
    assert weights @ found.solar[0].mean(axis=1) == approx(year[1], rel=1e-12)
    assert weights @ found.wind[0].mean(axis=1) == approx(year[2], rel=1e-12)


def test_zones_stay_together() -> None:
    """Price of the north and wind of the south move as one: the dear and windless days are days of both."""
    rows = []
    for zone in ("north", "south"):
        for d in range(365):
            dear = d % 5 == 0
            values = {"price_index": 4.0 if dear else 1.0} if zone == "north" else {"wind": 0.1 if dear else 0.6}
            rows += [{"zone": zone, "hour": 24 * d + h + 1, **values} for h in range(24)]
    inputs = programme(profiles=rows, energy_prices=[{}, {"zone": "south"}], settings={"representative_days": 2})
    found = typical_days(inputs, ["north", "south"])
    assert found.days.tolist() == [73, 292]
    assert found.wind[1, :, 0] == approx([0.1, 0.6])
    assert found.price_index[0, 0, 0] / found.price_index[0, 1, 0] == approx(4)


def test_choosing_days_is_deterministic() -> None:
    levels = [tuple(row) for row in np.random.default_rng(3).uniform(0.5, 2.0, size=(40, 1))]
    first, second = days(*levels, representative_days=5), days(*levels, representative_days=5)
    assert (first.price_index == second.price_index).all() and (first.days == second.days).all()


def test_a_day_of_one_zone_holds_on_all_days_of_another() -> None:
    rows = [{"hour": h + 1, "price_index": 2.0} for h in range(24)]
    rows += [
        {"zone": "south", "hour": 24 * d + h + 1, "price_index": 1.0 + d % 2} for d in range(365) for h in range(24)
    ]
    inputs = programme(profiles=rows, energy_prices=[{}, {"zone": "south"}])
    found = typical_days(inputs, ["north", "south"])
    assert found.days.tolist() == [183, 182]
    assert found.price_index[0] == approx(np.ones((2, 24)))


@pytest.mark.parametrize("weights", [(100, 265), (365,)])
def test_typical_days_given_are_taken_as_they_are(weights: tuple[int, ...]) -> None:
    rows = [
        {"hour": 24 * d + h + 1, "days": count, "price_index": 1.0 + d}
        for d, count in enumerate(weights)
        for h in range(24)
    ]
    found = typical_days(programme(profiles=rows), ["north"])
    assert found.days == approx(weights)
