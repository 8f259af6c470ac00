"""Power: nameplate, facility peak, average."""

from __future__ import annotations

import pandas as pd
import pytest

from compute_rates import RatesError, answer


def power(**columns: object) -> pd.Series:
    return answer("power", pd.DataFrame([{"accelerator": "H100", "units": 1e6} | columns])).iloc[0]


def test_an_h100_is_1275_w_in_its_server_and_1449_w_with_its_network() -> None:
    nameplate = 1.275 / (1 - 0.12)
    found = power()
    assert found["it_nameplate_mw"] == pytest.approx(1000 * nameplate)
    assert found["facility_peak_mw"] == pytest.approx(1000 * nameplate * 1.25)
    assert found["average_mw"] == pytest.approx(1000 * nameplate * 0.75 * 1.25)


def test_what_a_row_gives_wins() -> None:
    found = power(tdp_w=500.0, server_multiplier=2.0, network_share=0.5, pue=1.1, pue_peak=1.4, average_share=0.5)
    assert found["it_nameplate_mw"] == pytest.approx(2000)
    assert found["facility_peak_mw"] == pytest.approx(2800)
    assert found["average_mw"] == pytest.approx(2000 * 0.5 * 1.1)


def test_the_peak_pue_is_never_below_the_pue() -> None:
    assert power(pue=1.3, pue_peak=1.1)["facility_peak_mw"] == pytest.approx(1.3 * power()["it_nameplate_mw"])
    assert power(pue=1.3)["facility_peak_mw"] == pytest.approx(1.3 * power()["it_nameplate_mw"])


def test_the_basis_names_what_was_used() -> None:
    assert power()["basis"] == "700 W · 1.82; network 0.12, PUE 1.25 (peak 1.25), average 0.75"


def test_a_name_the_atlas_lacks_needs_tdp_and_multiplier() -> None:
    assert power(accelerator="new", tdp_w=1000.0, server_multiplier=1.5)["it_nameplate_mw"] == pytest.approx(
        1500 / 0.88
    )
    with pytest.raises(RatesError, match="line 2, column accelerator: not in the atlas"):
        power(accelerator="new", tdp_w=1000.0)


def test_shares_and_pue_out_of_range_are_problems() -> None:
    with pytest.raises(RatesError) as caught:
        power(network_share=1.0, pue=0.9, average_share=75.0, units=-1.0, server_multiplier=0.9)
    assert {p.column for p in caught.value.problems} == {
        "network_share",
        "pue",
        "average_share",
        "units",
        "server_multiplier",
    }
