"""Cost: an analyst's method as a row of settings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from compute_rates import RatesError, answer

OWN = {
    "accelerator": "H100",
    "price_usd": 30000.0,
    "price_date": "2024-01-01",
    "network_share": 0.2,
    "tdp_w": 1000.0,
    "server_multiplier": 2.0,
    "average_share": 0.5,
    "pue": 1.1,
    "usd_per_mwh": 100.0,
    "hours": 8766.0,
}


def cost(**columns: object) -> pd.Series:
    return answer("cost", pd.DataFrame([OWN | columns])).iloc[0]


def test_a_decline_costs_its_logarithm_of_the_price_at_start() -> None:
    found = cost(capital_method="decline", price_decline_per_year=0.25, started="2026-01-01")
    at_start = 30000 * 0.75 ** (731 / 365.25)
    assert found["price_at_start"] == pytest.approx(at_start)
    assert found["capital"] == pytest.approx(at_start * -np.log(0.75))
    assert found["network"] == pytest.approx(found["capital"] * 0.2 / 0.8)
    assert found["energy"] == pytest.approx(1000 * 2 * 0.5 * 1.1 * 8766 / 1e6 * 100)
    assert found["total"] == pytest.approx(found["capital"] + found["network"] + found["energy"])
    assert found["usd_per_hour"] == pytest.approx(found["total"] / 8766)


def test_the_price_runs_both_ways_in_time() -> None:
    before = cost(capital_method="decline", price_decline_per_year=0.25, started="2023-01-01")
    assert before["price_at_start"] == pytest.approx(30000 * 0.75 ** (-365 / 365.25))


def test_an_annuity_pays_the_price_back_with_interest() -> None:
    found = cost(capital_method="annuity", discount_rate=0.08, life_years=5.0)
    assert found["capital"] == pytest.approx(30000 * 0.08 / (1 - 1.08**-5))
    assert cost(capital_method="annuity", discount_rate=0.0, life_years=5.0)["capital"] == pytest.approx(6000)


@pytest.mark.parametrize(("life", "billions"), [(3, 13.567), (5, 8.5), (7, 6.329)])
def test_a_gigawatt_site_costs_its_capital_over_its_life_and_its_operation(life: float, billions: float) -> None:
    table = pd.DataFrame({"convention": ["gigawatt-site-5-years"], "units": [1.0], "life_years": [life]})
    assert answer("cost", table)["total"][0] / 1e9 + 0.9 == pytest.approx(billions, abs=1e-3)


def test_units_alone_run_all_year() -> None:
    by_units = cost(hours=None, units=2.0, capital_method="annuity", discount_rate=0.0, life_years=5.0)
    by_hours = cost(hours=2 * 8766.0, units=7.0, capital_method="annuity", discount_rate=0.0, life_years=5.0)
    assert by_units["total"] == pytest.approx(by_hours["total"])


def test_epochs_method_is_a_row_that_a_rows_own_columns_override() -> None:
    table = pd.DataFrame(
        {"convention": ["epoch-h100"] * 2, "started": ["2024-01-14"] * 2, "hours": [1.0] * 2, "pue": [None, 1.25]}
    )
    found = answer("cost", table)
    at_start = 44489.88 * 10 ** (-0.14 * 381 / 365.25)
    capital = at_start * 0.14 * np.log(10) / 8766
    energy = [0.7 * 1.8214 * 0.75 * pue * 0.0771 for pue in (1.1, 1.25)]
    assert found["total"].tolist() == pytest.approx([capital / 0.81 + e for e in energy], rel=1e-5)
    # Nemotron-4 340B: published 1.576 USD an hour (Epoch, 2023 USD)
    assert found["usd_per_hour"][1] == pytest.approx(1.576, rel=0.05)


def test_what_the_row_and_convention_leave_blank_is_the_atlas() -> None:
    table = pd.DataFrame(
        {"accelerator": "H200", "price_basis": ["", "server"], "capital_method": "annuity", "life_years": 5,
         "discount_rate": 0,
         "usd_per_mwh": 0, "hours": 8766, "network_share": 0}
    )  # fmt: skip
    assert answer("cost", table)["total"].tolist() == pytest.approx([29500 / 5, 40750 / 5])


def test_a_convention_goes_by_its_name_in_any_case_and_an_unknown_one_is_told_alone() -> None:
    rows = pd.DataFrame({"convention": ["Epoch-H100"], "started": ["2024-01-14"], "hours": [1.0]})
    assert answer("cost", rows)["usd_per_hour"][0] > 0
    with pytest.raises(RatesError) as caught:
        answer("cost", rows.assign(convention="epoch"))
    assert str(caught.value) == "line 2, column convention: no such convention; nearest is 'epoch-h100' (found 'epoch')"


def test_a_rate_in_per_cent_and_a_server_below_its_chips_are_problems() -> None:
    with pytest.raises(RatesError) as caught:
        cost(capital_method="annuity", discount_rate=8.0, life_years=5.0, server_multiplier=0.5)
    assert {p.column for p in caught.value.problems} == {"discount_rate", "server_multiplier"}


def test_a_price_that_rises_or_stands_still_is_told_in_the_basis() -> None:
    rising = cost(capital_method="decline", price_decline_per_year=-0.38, started="2026-01-01")
    assert rising["capital"] == pytest.approx(30000 * 1.38 ** (731 / 365.25) * -np.log(1.38))
    assert "capital is a gain" in rising["basis"]
    assert "no capital" in cost(capital_method="decline", price_decline_per_year=0.0)["basis"]


def test_the_80_gb_a100_is_priced_from_its_own_release() -> None:
    table = pd.DataFrame({"convention": ["epoch-a100", "epoch-a100-80gb"], "started": "2022-01-19", "hours": 1.0})
    at_start = answer("cost", table)["price_at_start"]
    # 186 days from 2020-08-12 to 2021-02-14
    assert at_start[1] / at_start[0] == pytest.approx(10 ** (0.14 * 186 / 365.25), rel=1e-5)


def test_what_has_no_default_is_a_problem() -> None:
    table = pd.DataFrame(
        {
            "accelerator": ["H100", "H100", "H100", "H100"],
            "convention": ["", "", "", "epoch"],
            "capital_method": ["annuity", "decline", "lease", "annuity"],
            "life_years": [None, 5, 5, 5],
            "discount_rate": [None, 0, 0, 0],
            "usd_per_mwh": [50, None, 50, 50],
            "hours": [1, 1, None, 1],
        }
    )
    with pytest.raises(RatesError) as caught:
        answer("cost", table)
    assert {(p.line, p.column) for p in caught.value.problems} == {
        (2, "life_years"),
        (2, "discount_rate"),
        (3, "price_decline_per_year"),
        (3, "usd_per_mwh"),
        (4, "capital_method"),
        (4, "hours"),
        (5, "convention"),
    }
