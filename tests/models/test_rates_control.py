"""Control: TPP, density, class and outcome by date, destination and owner."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from compute_rates import RatesError, answer


def control(
    accelerator: str = "H100", date: str = "2026-11-01", destination: str = "China", **columns: Any
) -> pd.Series:
    row = {"accelerator": accelerator, "date": date, "destination": destination} | columns
    return answer("control", pd.DataFrame([row])).iloc[0]


def test_tpp_is_the_largest_of_tops_times_bits() -> None:
    found = control()
    assert found["tpp"] == pytest.approx(max(989.5 * 16, 1979 * 8))
    assert found["performance_density"] == pytest.approx(15832 / 814)
    assert control("GB300")["tpp"] == pytest.approx(15000 * 4)


def test_one_allocation_of_790_million_tpp_is_49900_h100_or_13166_gb300() -> None:
    assert control(cap_mtpp=790)["units_in_cap"] == pytest.approx(49_900, rel=1e-4)
    assert control("GB300", cap_mtpp=790)["units_in_cap"] == 13_166


def test_the_two_h100_equivalents_differ_and_a_chip_without_8_bit_has_one() -> None:
    found = control("GB300")
    assert found["h100e_by_tpp"] == pytest.approx(60000 / 15832)
    assert found["h100e_by_8bit"] == pytest.approx(5000 / 1979)
    assert pd.isna(control("Maia 100", destination="US")["h100e_by_8bit"])


@pytest.mark.parametrize(
    ("accelerator", "date", "destination", "label", "outcome"),
    [
        ("A100", "2022-06-01", "China", "none", "free"),
        ("A100", "2022-09-01", "China", "none", "licence"),
        ("A100", "2022-10-21", "China", "3A090", "denied"),
        ("A800", "2023-06-01", "China", "none", "free"),
        ("A800", "2023-11-17", "China", "3A090.a", "denied"),
        ("H100", "2023-06-01", "Vietnam", "3A090", "free"),
        ("H100", "2024-06-01", "Vietnam", "3A090.a", "licence"),
        ("H20", "2024-06-01", "China", "none", "free"),
        ("H20", "2025-04-08", "China", "none", "free"),
        ("H20", "2025-04-09", "China", "none", "licence"),
        ("L40", "2024-06-01", "China", "3A090.b", "notify"),
        ("L40", "2024-06-01", "Saudi Arabia", "3A090.b", "free"),
        ("L20", "2024-06-01", "China", "none", "free"),
        ("L4", "2024-06-01", "China", "3A090.a", "denied"),
        ("H200", "2026-01-14", "China", "3A090.a", "denied"),
        ("H200", "2026-01-15", "China", "3A090.a", "licence"),
        ("H200", "2026-06-01", "Russia", "3A090.a", "denied"),
        ("MI325X", "2026-06-01", "Macau", "3A090.a", "licence"),
        ("B200", "2026-06-01", "China", "3A090.a", "denied"),
        ("B200", "2026-06-01", "FR", "3A090.a", "free"),
        ("B200", "2026-06-01", "IND", "3A090.a", "free"),
        ("B200", "2026-06-01", "Israel", "3A090.a", "free"),
        ("B200", "2026-06-01", "UAE", "3A090.a", "licence"),
        ("B200", "2026-08-01", "UAE", "3A090.a", "licence"),
        ("L20", "2026-06-01", "Iran", "none", "denied"),
    ],
)
def test_the_first_rule_in_force_decides(
    accelerator: str, date: str, destination: str, label: str, outcome: str
) -> None:
    found = control(accelerator, date, destination)
    assert (found["class"], found["outcome"]) == (label, outcome)


def test_an_owner_from_an_embargoed_country_is_denied_anywhere() -> None:
    assert control(destination="Malaysia", parent_country="China")["outcome"] == "denied"
    assert control(destination="Malaysia", parent_country="US")["outcome"] == "free"
    assert control("L40", destination="Malaysia", parent_country="China")["outcome"] == "notify"


def test_minima_are_inclusive_and_maxima_exclusive() -> None:
    def at(tpp: float, die_mm2: float) -> str:
        return str(control("", destination="US", tpp=tpp, die_mm2=die_mm2)["class"])

    assert at(4800, 4800) == "3A090.a"
    assert at(4799, 4799 / 1.6) == "3A090.b"
    assert at(2400, 2400 / 1.59) == "none"
    assert at(1600, 1600 / 5.92) == "3A090.a"
    assert at(1600, 1600 / 3.2) == "3A090.b"
    assert at(1599, 10) == "none"


def test_a_consumer_card_counts_only_from_4800_and_goes_by_notice() -> None:
    card: dict[str, Any] = {"bf16_tflops": 330.3, "market": "consumer", "interconnect_gb_s": 64.0}
    found = control("RTX 4090", "2024-06-01", **card, die_mm2=608.4)
    assert (found["class"], found["outcome"]) == ("3A090.a", "notify")
    assert control("card", "2024-06-01", **card | {"bf16_tflops": 250.0}, die_mm2=300.0)["class"] == "none"


def test_a_class_that_hangs_on_an_unknown_die_is_a_problem_and_not_a_guess() -> None:
    with pytest.raises(RatesError, match="line 2, column die_mm2: blank, and the class at this date hangs on it"):
        control("DCU K100")
    assert control("DCU K100", die_mm2=400.0)["class"] == "3A090.a"
    with pytest.raises(RatesError, match="column bandwidth_tb_s: blank, and the outcome"):
        control("MN-Core")


def test_a_given_tpp_wins_and_a_reported_one_serves_where_no_format_is_known() -> None:
    assert control("H100", tpp=20000.0)["tpp"] == 20000
    assert control("MI308X", date="2025-06-01")["tpp"] == 2368
    with pytest.raises(RatesError, match="the atlas has none for 'RTX PRO 6000D'"):
        control("RTX PRO 6000D")


def test_a_name_too_short_to_tell_is_likened_to_none() -> None:
    with pytest.raises(RatesError) as caught:
        control(destination="EU")
    assert str(caught.value) == "line 2, column destination: no country is called that (found 'EU')"


def test_unknown_places_dates_and_markets_are_told_with_the_nearest_name() -> None:
    with pytest.raises(RatesError) as caught:
        control(destination="Frnce", date="2026-02-30", market="edge", parent_country="Cihna")
    assert {p.column for p in caught.value.problems} == {"destination", "date", "market", "parent_country"}
    assert "nearest is 'France'" in str(caught.value)
