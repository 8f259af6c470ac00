"""The rates a programme needs, from its workbook's tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from compute_rates import RatesError, answer, for_programme

BLANK = np.nan
ACCELERATORS = pd.DataFrame(
    {
        "accelerator": ["H100", "old", "odd"],
        "bf16_tflops": [989.5, 312.0, 400.0],
        "fp8_tflops": [1979.0, BLANK, BLANK],
        "fp4_tflops": BLANK,
        "int8_tops": [1979.0, 624.0, BLANK],
        "memory_gb": [80.0, 40.0, 64.0],
        "bandwidth_tb_s": [3.35, 1.5, 1.0],
        "interconnect_gb_s": [900.0, BLANK, 99.0],
        "tpp": [BLANK, BLANK, 7000.0],
        "die_mm2": [814.0, BLANK, 1000.0],
    }
)
MODELS = pd.DataFrame(
    {
        "model": ["small", "large", "mixture", "adopted", "bought"],
        "route": ["pretrain", "continue", "pretrain", "adopt", "api"],
        "total_params_b": [8.0, 70.0, 400.0, 8.0, 400.0],
        "active_params_b": [8.0, 70.0, 17.0, 8.0, 17.0],
        "tokens_t": [15.0, BLANK, 10.0, BLANK, BLANK],
        "work_zflop": [BLANK, 126.0, BLANK, BLANK, BLANK],
        "overhead": [2.5, 1.5, 2.5, 2.5, 2.5],
        "mfu": [BLANK, 0.4, BLANK, BLANK, BLANK],
    }
)
WORKLOADS = pd.DataFrame({"workload": ["chat", "bulk"], "latency": ["interactive", "batch"]})
DEMAND = pd.DataFrame(
    {
        "workload": ["chat", "chat", "bulk"],
        "period": ["2027", "2028", "2027"],
        "input_t_per_year": [8.0, 3.0, 1.0],
        "output_t_per_year": [1.0, 0.0, 2.0],
    }
)
SUFFICIENCY = pd.DataFrame(
    {
        "workload": ["chat", "chat", "chat", "bulk"],
        "model": ["adopted", "large", "bought", "adopted"],
        "period": "",
        "share": [0.5, 0.9, 1.0, 0.4],
    }
)
NO_THROUGHPUT = pd.DataFrame(
    {"model": [], "accelerator": [], "latency": [], "input_tokens_per_s": [], "output_tokens_per_s": []}
)
NO_EFFICIENCY = pd.DataFrame({"model": [], "accelerator": [], "mfu": []})


def rates(
    throughput: list[tuple[str, str, str, float, float]] | None = None, **tables: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    rows = pd.DataFrame(throughput, columns=list(NO_THROUGHPUT)) if throughput else NO_THROUGHPUT
    given = {
        "accelerators": ACCELERATORS,
        "models": MODELS,
        "workloads": WORKLOADS,
        "demand": DEMAND,
        "sufficiency": SUFFICIENCY,
        "throughput": rows,
        "training_efficiency": NO_EFFICIENCY,
    }
    return for_programme(given | tables)


def per_mh(
    found: dict[str, pd.DataFrame], workload: str, model: str, accelerator: str, period: str = "2027"
) -> float | None:
    table = found["serving_rates"]
    rows = table[
        (table["workload"] == workload)
        & (table["model"] == model)
        & (table["accelerator"] == accelerator)
        & (table["period"] == period)
    ]
    assert len(rows) <= 1
    return float(rows["t_per_mh"].iloc[0]) if len(rows) else None


def test_work_is_given_or_six_operations_a_parameter_and_token_and_grows_by_overhead() -> None:
    work = rates()["work"].set_index("model")
    assert work["work_zflop"].to_dict() == pytest.approx({"small": 6 * 8 * 15, "large": 126, "mixture": 6 * 17 * 10})
    assert work["programme_zflop"].to_dict() == pytest.approx(
        {"small": 720 * 2.5, "large": 126 * 1.5, "mixture": 1020 * 2.5}
    )


def test_mfu_is_measured_or_the_models_own_or_the_regimes() -> None:
    efficiency = pd.DataFrame({"model": ["large"], "accelerator": ["old"], "mfu": [0.25]})
    table = rates(training_efficiency=efficiency)["training_rates"].set_index(["model", "accelerator"])
    assert table.loc[("large", "old"), "mfu"] == 0.25
    assert table.loc[("large", "H100"), "mfu"] == 0.4
    assert table.loc[("small", "H100"), "mfu"] == 0.195
    assert table.loc[("mixture", "H100"), "mfu"] == 0.265
    assert table.loc[("small", "H100"), "zflop_per_mh"] == pytest.approx(3.6 * 989.5 * 0.195)


def test_training_needs_sixteen_bytes_a_parameter_and_links_beyond_eight_units() -> None:
    table = rates()["training_rates"].set_index(["model", "accelerator"])
    assert table["units_needed"].loc["large"].to_dict() == {"H100": 14, "old": 28, "odd": 18}
    assert table["can_train"].loc["large"].to_dict() == {"H100": True, "old": False, "odd": False}
    assert table["can_train"].loc["small"].all(), "128 GB fit on four units, which need no links"
    giant = MODELS.assign(total_params_b=[8.0, 70.0, 5121.0, 8.0, 400.0])
    beyond = rates(models=giant)["training_rates"].set_index(["model", "accelerator"])
    assert not beyond.loc[("mixture", "H100"), "can_train"], "1,025 units of 80 GB"


def test_a_measured_zero_forbids_training() -> None:
    efficiency = pd.DataFrame({"model": ["small"], "accelerator": ["H100"], "mfu": [0.0]})
    table = rates(training_efficiency=efficiency)["training_rates"].set_index(["model", "accelerator"])
    assert not table.loc[("small", "H100"), "can_train"]


def test_measured_rates_combine_by_the_workloads_own_input_per_output() -> None:
    found = rates([("adopted", "H100", "", 20000.0, 10000.0)])
    assert per_mh(found, "chat", "adopted", "H100") == pytest.approx(0.45 * 3.6e-3 / (1 / 10000 + 8 / 20000))
    assert per_mh(found, "bulk", "adopted", "H100") == pytest.approx(0.85 * 3.6e-3 / (1 / 10000 + 0.5 / 20000))
    assert per_mh(found, "chat", "adopted", "H100", "2028") == pytest.approx(0.45 * 3.6e-3 * 10000), (
        "no output, no input"
    )


def test_a_blank_input_rate_is_free() -> None:
    found = rates([("adopted", "H100", "", BLANK, 10000.0)])
    assert per_mh(found, "chat", "adopted", "H100") == pytest.approx(0.45 * 36)


def test_a_row_of_the_workloads_latency_goes_first_and_is_not_derated() -> None:
    found = rates([("adopted", "H100", "", BLANK, 10000.0), ("adopted", "H100", "interactive", BLANK, 6000.0)])
    assert per_mh(found, "chat", "adopted", "H100") == pytest.approx(3.6e-3 * 6000)
    assert per_mh(found, "bulk", "adopted", "H100") == pytest.approx(0.85 * 36), "a row of another latency is not used"


def test_a_measured_zero_forbids_serving() -> None:
    found = rates([("adopted", "H100", "", BLANK, 0.0), ("adopted", "old", "interactive", BLANK, 0.0)])
    assert per_mh(found, "chat", "adopted", "H100") is None
    assert per_mh(found, "chat", "adopted", "old") is None
    assert per_mh(found, "bulk", "adopted", "old") is not None


def test_a_blank_output_rate_keeps_the_computed_decode() -> None:
    computed, with_input = rates(), rates([("adopted", "H100", "", 1e12, BLANK)])
    no_input = per_mh(rates([("adopted", "H100", "", BLANK, 1e12)]), "chat", "adopted", "H100")
    assert no_input is not None
    found, base = per_mh(with_input, "chat", "adopted", "H100"), per_mh(computed, "chat", "adopted", "H100")
    assert found is not None
    assert base is not None
    assert base < found < no_input


def test_a_throughput_row_with_neither_rate_is_a_problem() -> None:
    with pytest.raises(RatesError, match="throughput line 2, column output_tokens_per_s: blank, and so is input"):
        rates([("adopted", "H100", "", BLANK, BLANK)])


def test_a_trained_model_without_work_or_tokens_is_a_problem() -> None:
    with pytest.raises(RatesError, match="models line 4, column tokens_t: blank, and so is work_zflop"):
        rates(models=MODELS.assign(tokens_t=[15.0, BLANK, BLANK, BLANK, BLANK]))


def test_only_what_holds_the_weights_on_eight_units_serves_and_an_api_has_no_rate() -> None:
    both = pd.DataFrame({"workload": "chat", "model": ["mixture", "bought"], "period": "", "share": 1.0})
    found = rates(sufficiency=both)["serving_rates"]
    assert set(found["accelerator"]) == {"H100", "odd"}, "400 GB stand on eight of 80 or 64 GB, not of 40 GB"
    assert set(found["model"]) == {"mixture"}


def test_the_computed_rate_is_that_of_serving_at_the_standard_request() -> None:
    table = {
        "model": ["m"], "accelerator": ["H100"], "precision": ["fp8"], "total_params_b": [70.0], 
        "active_params_b": [70.0],
        "input_tokens": [8 * 500.0], "output_tokens": [500.0], "latency": ["interactive"],
    }  # fmt: skip
    alone = answer("serving", pd.DataFrame(table))["output_tokens_per_s"][0]
    assert per_mh(rates(), "chat", "large", "H100") == pytest.approx(3.6e-3 * alone)


def test_control_quantities_use_the_given_tpp_or_the_formats() -> None:
    table = rates()["accelerator_rates"].set_index("accelerator")
    assert table["tpp"].to_dict() == {"H100": 15832, "old": 4992, "odd": 7000}
    assert table.loc["H100", "performance_density"] == pytest.approx(15832 / 814)
    assert table["performance_density"].isna().tolist() == [False, True, False]
    assert table["h100e_8bit"].to_dict() == pytest.approx({"H100": 1, "old": 624 / 1979, "odd": 400 / 989})


def test_empty_tables_give_empty_rates() -> None:
    found = rates(demand=DEMAND.iloc[:0], sufficiency=SUFFICIENCY.iloc[:0], models=MODELS.iloc[:0])
    assert {name: len(table) for name, table in found.items()} == {
        "training_rates": 0, "work": 0, "serving_rates": 0, "accelerator_rates": 3,
    }  # fmt: skip
