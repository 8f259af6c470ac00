"""Sets, dates and ledgers: what every part stands on, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pytest import approx

import compute_lp
from compute_lp.schema import InputError
from tests.models.programmes import MH_A_YEAR, day, demand, programme, solve


def complaint(**changes: Any) -> str:
    with pytest.raises(InputError) as error:
        programme(**changes)
    (problem,) = error.value.problems
    return str(problem)


def test_supply_of_power_equals_its_use_in_every_hour() -> None:
    """1 k of chips at a PUE of 1.25, half from the plant, which is as large as it can be."""
    plan = solve(sites=[{"pue": 1.25}], energy_assets=[{"max_mw": 0.5}], energy_prices=[{"usd_per_mwh": 50}])
    power = plan.arrays.totals["power"]
    entries = {name: (entry.spread @ entry.at(plan.x)).mean() for name, entry in power.entries.items()}
    assert entries["grid import"] == approx(0.75) and entries["asset output"] == approx(0.5)
    assert entries["machines"] == approx(-1.25)
    assert power.at(plan.x) == approx(np.zeros(2 * 24), abs=1e-9)


def test_no_more_hours_are_used_than_there_are() -> None:
    """Half of the 1 k is free on average, and all of it at the peak, but for experiments there is only that half."""
    run = {"model": "own", "route": "pretrain", "work_zflop": 1e-6, "overhead": 1 + 0.5 * 8.76e6, "max_run_months": 12}
    plan = solve(
        models=[{}, run],
        workloads=[{"peak_to_average": 2}, {"workload": "next"}],
        sufficiency=[{}, {"workload": "next", "model": "own"}],
        demand=[*demand(0.75, 0.1), *demand(0, 1e-3, workload="next")],
    )
    # Serving takes 0.75 k and holds 1.5 for its peak; experiments take 0.5: 1.5 stand, of which 1.25 are used.
    assert plan["procurement.buy"] == approx(1.5, rel=1e-4)
    assert plan["compute", "gpu", "delhi", "2027"] == approx(0.25 * MH_A_YEAR, rel=1e-3)


def test_two_typical_days_count_by_their_days() -> None:
    """Energy at 90 on 146 days and at 30 on 219: the mean is 54, so at a mean price of 54 both are as they are."""
    index, days = [90] * 24 + [30] * 24, [146] * 24 + [219] * 24
    plan = solve(
        energy_prices=[{"usd_per_mwh": 54}], profiles=day(price_index=index, days=days), sites=[{"existing_mw": 100}]
    )
    assert plan.model.days.hours.sum() == approx(8760)
    assert plan.model.grid.price_musd_per_gwh.array.reshape(2, 2, 24)[0, :, 0] == approx([0.09, 0.03])
    assert plan.objective == approx(1 + 2 * (146 * 24e-3 * 0.09 + 219 * 24e-3 * 0.03))


def test_periods_follow_one_another() -> None:
    gap = [{"period": "2027"}, {"period": "2028", "start": "2028-03"}]
    assert (
        complaint(periods=gap)
        == "periods!start: period 2028 starts after the one above ends (found '2028-03'); 2028-01"
    )
    overlap = [{"period": "2027"}, {"period": "2028", "start": "2027-07"}]
    assert "starts before the one above ends" in complaint(periods=overlap)


def test_plan_start_is_no_later_than_the_first_period() -> None:
    assert "plan_start is after the first period's start" in complaint(settings={"plan_start": "2027-02"})


def test_home_is_a_country_of_the_group_home() -> None:
    assert "whose group is 'allied'" in complaint(countries=[{"group": "allied"}])


def test_integers_and_serving_hours_are_what_they_may_be() -> None:
    assert "integers names what is whole" in complaint(settings={"integers": "runs none"})
    assert "24 shares of a day" in complaint(settings={"serving_hours": "0.5 0.5"})
    assert "24 shares of a day" in complaint(settings={"serving_hours": " ".join(["0.05"] * 24)})


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (day(price_index=[1] * 23), "has 23 hours"),
        (day(price_index=[1] * 8759), "has 8,759 hours"),
        ([*day(price_index=[1] * 23), {"hour": 23}], "lacks some of the hours 1 to 24"),
        (day(price_index=[1] * 48, days=[100] * 48), "don't make a year"),
        (day(solar=[*[0.5] * 23, None]), "has hours without solar"),
    ],
    ids=["short day", "short year", "an hour twice", "days", "a gap"],
)
def test_profiles_fill_their_days(rows: Any, says: str) -> None:
    assert says in complaint(profiles=rows)


def test_a_cloud_has_a_name_of_its_own() -> None:
    assert "delhi is the name of a site too" in complaint(clouds=[{"cloud": "delhi"}])


BLANK = {"unserved_usd_per_mtoken": float("nan")}
"""As the workbook gives a blank setting."""


def test_a_workload_that_must_be_served_is_told() -> None:
    (warning,) = compute_lp.check(programme(settings=BLANK))
    assert "chat has no value, so it must be served in full" in str(warning)


def test_the_most_served_needs_a_value_of_tokens() -> None:
    says = complaint(settings={**BLANK, "objective": "most_served"})
    assert "most_served needs the value of a token" in says
