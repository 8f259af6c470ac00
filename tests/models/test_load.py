"""What machines draw, worked by hand: 1 k of gpu has a nameplate of 1 MW; chips are free where energy counts."""

from __future__ import annotations

from typing import Any

import pytest
from pytest import approx

from tests.models.programmes import Plan, day, demand, solve, years

GWH_A_YEAR = 8.76
FREE = {"price_usd": 0}
PRICE = {"usd_per_mwh": 50}
HALVES = " ".join([f"{1 / 36}"] * 12 + [f"{2 / 36}"] * 12)
"""Serving at 2/3 of its mean in the first half of the day and 4/3 in the second."""
NIGHT_FREE = day(price_index=[0] * 12 + [2] * 12)


def energy(chip: dict[str, Any], **changes: Any) -> float:
    """Cost of energy of a year, for a fleet of 2 k that stands, half of which is needed."""
    given: dict[str, Any] = {
        "accelerators": [{**FREE, **chip}],
        "fleet": [{"units": 2000}],
        "supply": [{"max_units": 0}],
        "periods": years(1),
        "demand": demand(1),
        "energy_prices": [PRICE],
    }
    return solve(**{**given, **changes}).objective


def test_a_unit_in_use_draws_its_average_share_and_an_idle_one_its_idle_share() -> None:
    """1 k works. The 1 k beside it would draw 0.3 idle, and is retired."""
    assert energy({"idle_share": 0.3, "average_share": 0.75}) == approx(GWH_A_YEAR * 0.05 * 0.75)
    both = energy({"idle_share": 0.3, "average_share": 0.75}, workloads=[{"peak_to_average": 2}])
    assert both == approx(GWH_A_YEAR * 0.05 * (0.75 + 0.3))


def test_units_out_of_service_draw_as_idle_ones_do() -> None:
    """Availability 0.5: of the 2 k, 1 works on average."""
    cost = energy({"idle_share": 0.3, "average_share": 0.75, "availability": 0.5})
    assert cost == approx(GWH_A_YEAR * 0.05 * (0.75 + 0.3))


def test_the_bill_is_by_the_average_pue_and_the_connection_by_the_peak_one() -> None:
    site = {"pue": 1.2, "pue_peak": 1.5, "existing_mw": 1.5}
    assert energy({}, sites=[site]) == approx(GWH_A_YEAR * 0.05 * 1.2)


def test_serving_follows_its_hours() -> None:
    """4/3 of the energy falls in the dear half of the day."""
    assert energy({}, settings={"serving_hours": HALVES}, profiles=NIGHT_FREE) == approx(GWH_A_YEAR * 0.05 * 4 / 3)


def test_an_idle_draw_follows_no_hours() -> None:
    cost = energy({"idle_share": 0.5, "average_share": 1}, settings={"serving_hours": HALVES}, profiles=NIGHT_FREE)
    # 4/3 k stand for the dear half: idle 2/3 MW in all hours, and half a MW of work on average, 4/3 of it then.
    assert cost == approx(GWH_A_YEAR * 0.05 * (4 / 3 * 0.5 + 0.5 * 4 / 3))


@pytest.mark.parametrize(("flexible", "share_dear"), [(0, 1), (0.2, 0.8), (1, 0)])
def test_what_can_wait_moves_within_its_band_and_its_day(flexible: float, share_dear: float) -> None:
    """All deferrable, flat at 1 MW but for the band; 2 k stand, so the ceiling doesn't bind."""
    cost = energy({}, workloads=[{"deferrable_share": 1}], settings={"flexible_share": flexible}, profiles=NIGHT_FREE)
    assert cost == approx(GWH_A_YEAR / 2 * 0.1 * share_dear)


def test_nothing_moves_from_one_day_to_another() -> None:
    """Energy is free on 100 days of the year and costs the same in all hours of the rest."""
    two = [[price, days] for days, price in ((100, 0), (265, 365 / 265)) for _ in range(24)]
    profile = day(price_index=[p for p, _ in two], days=[d for _, d in two])
    cost = energy({}, workloads=[{"deferrable_share": 1}], settings={"flexible_share": 1}, profiles=profile)
    assert cost == approx(GWH_A_YEAR * 0.05)


def test_no_more_is_drawn_than_when_all_machines_work() -> None:
    """Only 1 k stands, so what can wait finds no idle machine to move to."""
    flexible: dict[str, Any] = {
        "workloads": [{"deferrable_share": 1}],
        "settings": {"flexible_share": 1},
        "profiles": NIGHT_FREE,
    }
    assert energy({}, fleet=[{"units": 1000}], **flexible) == approx(GWH_A_YEAR * 0.05)
    assert energy({}, fleet=[{"units": 1500}], **flexible) == approx(GWH_A_YEAR / 2 * 0.1 * 0.5)


def test_training_is_flat_but_for_its_band() -> None:
    """A run of half a k·year: 0.5 MW, of which 0.8 are drawn in the dear half of the day; then half a k serves."""
    run = {"model": "own", "route": "pretrain", "work_zflop": 4.38, "overhead": 1, "max_run_months": 12}
    cost = energy(
        {},
        models=[run],
        sufficiency=[{"model": "own"}],
        periods=years(2),
        demand=demand(0, 0.5),
        settings={"serving_hours": HALVES, "flexible_share": 0.2},
        profiles=NIGHT_FREE,
    )
    assert cost == approx(GWH_A_YEAR * 0.05 * 0.5 * (0.8 + 4 / 3))


def test_water_is_by_the_energy_of_machines_and_not_of_their_cooling() -> None:
    plan = solve(sites=[{"pue": 1.4, "water_l_per_kwh": 1.5}])
    assert plan["water", "2027"] == approx(GWH_A_YEAR * 1.5)


def rented(**changes: Any) -> Plan:
    dirty = [{}, {"country": "US", "group": "allied", "grid_co2_kg_per_mwh": 400, "grid_co2_change_per_year": -0.1}]
    chip = {"idle_share": 0.3, "average_share": 0.75, "price_usd": 1e9}
    return solve(accelerators=[chip], countries=dirty, clouds=[{"country": "US", "pue": 1.3}], **changes)


def test_rented_machines_draw_as_owned_ones_do_at_the_carbon_of_their_country() -> None:
    """2 k for a peak of 2: half idle. No grid row, no water here."""
    plan = rented(workloads=[{"peak_to_average": 2}])
    assert plan["carbon", "2027"] == approx(GWH_A_YEAR * 0.4 * 0.9**0.5 * 1.3 * (0.75 + 0.3))
    assert plan["carbon", "2028"] == approx(GWH_A_YEAR * 0.4 * 0.9**1.5 * 1.3 * (0.75 + 0.3))
    assert plan["grid.import_mw"] == approx(0)


def test_experiments_draw_as_training_does() -> None:
    run = {"model": "own", "route": "pretrain", "work_zflop": 2.19, "overhead": 3, "max_run_months": 12}
    cost = energy({}, models=[run], sufficiency=[{"model": "own"}], periods=years(2), demand=demand(0, 0.5))
    assert cost == approx(GWH_A_YEAR * 0.05 * (3 * 0.25 + 0.5))
