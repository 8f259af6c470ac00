"""Training: work, regimes of MFU, hours. Expected values stand as arithmetic."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute_rates import RatesError, answer

H100_TFLOPS, A100_TFLOPS, B200_TFLOPS = 989.5, 312.0, 2250.0


def run(**columns: object) -> pd.Series:
    row = {"model": "m", "active_params_b": 70.0, "tokens_t": 15.0, "accelerator": "H100"} | columns
    return answer("training", pd.DataFrame([row])).iloc[0]


def hours(zflop: float, tflops: float, mfu: float) -> float:
    return zflop * 1e21 / (tflops * 1e12 * mfu * 3600)


def test_work_is_six_operations_per_active_parameter_and_token() -> None:
    found = run()
    assert found["zflop"] == pytest.approx(6 * 70 * 15)
    assert found["accelerator_hours"] == pytest.approx(hours(6300, H100_TFLOPS, 0.345))


def test_attention_adds_sequence_over_six_widths() -> None:
    assert run(sequence_length=8192, width=8192)["zflop"] == pytest.approx(6300 * (1 + 1 / 6))
    assert run(sequence_length=8192)["zflop"] == pytest.approx(6300), "without a width there is nothing to add"


def test_stated_work_is_taken_as_it_is() -> None:
    found = run(tokens_t=None, work_zflop=1000.0, sequence_length=8192, width=8192)
    assert found["zflop"] == pytest.approx(1000)


def test_programme_hours_include_experiments_and_failed_runs() -> None:
    found = run()
    assert found["programme_accelerator_hours"] == pytest.approx(2.5 * found["accelerator_hours"])
    assert run(overhead=1.5)["programme_accelerator_hours"] == pytest.approx(1.5 * found["accelerator_hours"])


@pytest.mark.parametrize(
    ("columns", "mfu"),
    [
        ({"active_params_b": 70}, 0.345),
        ({"active_params_b": 8}, 0.195),
        ({"active_params_b": 20}, 0.195 + (0.345 - 0.195) * np.log(20 / 15) / np.log(30 / 15)),
        ({"active_params_b": 37, "total_params_b": 671}, 0.265),
        ({"active_params_b": 70, "accelerator": "A100"}, 0.36),
        ({"active_params_b": 7, "accelerator": "A100"}, 0.36),
        ({"active_params_b": 20, "total_params_b": 200, "accelerator": "A100"}, 0.277),
        ({"active_params_b": 23, "total_params_b": 236, "accelerator": "B200", "started": "2025-08"}, 0.09),
        ({"active_params_b": 70, "accelerator": "B200", "started": "2025-08-30"}, 0.09),
        ({"active_params_b": 33, "total_params_b": 688, "accelerator": "B200", "started": "2026-04"}, 0.265),
        ({"active_params_b": 70, "accelerator": "B200"}, 0.345),
        ({"active_params_b": 32, "accelerator": "H200", "started": "2025-02"}, 0.345),
        ({"active_params_b": 70, "total_params_b": 72, "accelerator": "GH200"}, 0.345),
    ],
)
def test_the_most_specific_regime_wins(columns: dict[str, object], mfu: float) -> None:
    assert run(**columns)["mfu"] == pytest.approx(mfu)


def test_a_given_mfu_wins_and_stays_in_its_column() -> None:
    table = pd.DataFrame(
        {"mfu": [0.5, None], "active_params_b": [70.0, 70.0], "tokens_t": [15.0, 15.0], "accelerator": "H100"}
    )
    found = answer("training", table)
    assert found["mfu"].tolist() == pytest.approx([0.5, 0.345])
    assert list(found.columns[:4]) == list(table.columns)
    assert "as given" in found["basis"][0]


def test_the_rows_own_peak_serves_a_chip_the_atlas_lacks() -> None:
    found = run(accelerator="Home-grown 1", bf16_tflops=500.0, mfu=0.4)
    assert found["accelerator_hours"] == pytest.approx(hours(6300, 500, 0.4))


def test_a_given_peak_wins_over_the_atlas() -> None:
    assert run(bf16_tflops=900.0)["accelerator_hours"] == pytest.approx(hours(6300, 900, 0.345))


def test_every_row_that_cannot_be_answered_is_told_at_once() -> None:
    table = pd.DataFrame(
        {
            "active_params_b": ["70", "x", None, 3],
            "total_params_b": [70, 8, None, 2],
            "tokens_t": [15, 15, 15, None],
            "accelerator": ["H100", "H1000", "H200", "H100"],
            "started": ["2025-13", None, "2025-01", "2024-02-30"],
            "mfu": ["12 %", None, 2, None],
        }
    )
    with pytest.raises(RatesError) as caught:
        answer("training", table)
    assert {(p.line, p.column) for p in caught.value.problems} == {
        (2, "started"),
        (2, "mfu"),
        (3, "active_params_b"),
        (3, "accelerator"),
        (4, "active_params_b"),
        (4, "mfu"),
        (5, "started"),
        (5, "tokens_t"),
        (5, "total_params_b"),
    }
    assert "nearest is 'H100'" in str(caught.value)


def test_a_missing_column_is_told_once() -> None:
    with pytest.raises(RatesError, match="line 2, column active_params_b: the column is missing from 3 rows"):
        answer("training", pd.DataFrame({"tokens_t": [1.0] * 3, "accelerator": ["H100"] * 3}))


def test_published_hours_in_an_unknown_column_pass_through_and_an_answers_name_is_refused() -> None:
    table = pd.DataFrame(
        {"active_params_b": [70.0], "tokens_t": [15.0], "accelerator": ["H100"], "published_hours": [6.4e6]}
    )
    assert answer("training", table)["published_hours"].tolist() == [6.4e6]
    with pytest.raises(RatesError, match="this column is an answer"):
        answer("training", table.rename(columns={"published_hours": "accelerator_hours"}))


def test_rows_keep_their_order_and_index() -> None:
    table = pd.DataFrame({"active_params_b": [1.0, 70.0], "tokens_t": 15.0, "accelerator": "H100"}, index=[7, 3])
    found = answer("training", table)
    assert found.index.tolist() == [7, 3]
    assert found["zflop"].tolist() == pytest.approx([90, 6300])


@settings(max_examples=25, deadline=None)
@given(st.floats(0.1, 3000), st.floats(1.0, 2.0))
def test_a_larger_model_never_takes_less_work(active: float, times: float) -> None:
    small, large = run(active_params_b=active), run(active_params_b=active * times)
    assert large["zflop"] >= small["zflop"]
