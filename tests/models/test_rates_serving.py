"""Serving: the roofline, memory, degrees and derates. Expected values stand as arithmetic."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute_rates import RatesError, answer

CHIP = {"bf16_tflops": 1000.0, "fp8_tflops": 2000.0, "memory_gb": 80.0, "bandwidth_tb_s": 3.0}
MODEL = {"total_params_b": 8.0, "active_params_b": 8.0, "kv_bytes_per_token": 65536.0, "precision": "fp8"}
LOAD = {"input_tokens": 1000.0, "output_tokens": 500.0, "batch": 10.0, "accelerators_per_replica": 1.0}


def serve(**columns: object) -> pd.Series:
    row = {"model": "m", "accelerator": ""} | CHIP | MODEL | LOAD | columns
    return answer("serving", pd.DataFrame([row])).iloc[0]


def test_prefill_is_bound_by_arithmetic_and_decode_by_memory_at_a_small_batch() -> None:
    found = serve()
    assert found["input_s"] == pytest.approx(2 * 8e9 * 1000 / (2000e12 * 0.5))
    read = 8e9 + 10 * (1000 + 500 / 2) * 65536
    assert found["s_per_output_token"] == pytest.approx(read / (3e12 * 0.6))
    assert found["output_tokens_per_s"] == pytest.approx(
        1 / (found["s_per_output_token"] / 10 + found["input_s"] / 500)
    )


def test_decode_is_bound_by_arithmetic_at_a_large_batch_without_cache() -> None:
    found = serve(batch=2000.0, kv_bytes_per_token=1.0)
    assert found["s_per_output_token"] == pytest.approx(2 * 8e9 * 2000 / (2000e12 * 0.5))


def test_memory_holds_weights_full_context_and_overhead() -> None:
    found = serve(accelerators_per_replica=2.0)
    assert found["memory_gb"] == pytest.approx(8 + 10 * 1500 * 65536e-9 + 2 * 3.5)
    assert found["fits"] == "yes"


def test_a_rate_is_given_even_where_it_does_not_fit() -> None:
    found = serve(total_params_b=100.0, active_params_b=100.0)
    assert found["fits"] == "no"
    assert found["output_tokens_per_s"] > 0


@pytest.mark.parametrize(("degree", "efficiency"), [(2, 0.815), (4, 0.575), (8, 0.355), (16, 0.355 * 0.355 / 0.575)])
def test_a_wider_replica_loses_by_its_degree(degree: int, efficiency: float) -> None:
    # at the same batch per replica the roofline per accelerator is the same, so only the derate is left
    assert serve(accelerators_per_replica=degree)["output_tokens_per_s"] == pytest.approx(
        efficiency * serve()["output_tokens_per_s"]
    )


def test_the_derate_counts_from_the_smallest_degree_that_fits() -> None:
    # 100 GB of weights need two accelerators of 80 GB
    large = {"total_params_b": 100.0, "active_params_b": 100.0}
    two, four = (serve(accelerators_per_replica=n, **large)["output_tokens_per_s"] for n in (2, 4))
    assert four / two == pytest.approx(0.575 / 0.815)


def test_a_blank_degree_is_the_smallest_that_fits_and_a_blank_batch_the_largest() -> None:
    found = serve(total_params_b=100.0, active_params_b=100.0, accelerators_per_replica=None, batch=None)
    per_request = 1500 * 65536e-9
    batch = int((2 * (80 - 3.5) - 100) / per_request)
    assert f"degree 2, batch {batch}" in found["basis"]
    assert 160 - per_request < found["memory_gb"] <= 160


def test_a_mixture_reads_only_the_experts_its_batch_hits() -> None:
    mixture = {
        "total_params_b": 65.0,
        "active_params_b": 5.0,
        "experts": 64.0,
        "experts_per_token": 2.0,
        "shared_params_b": 1.0,
    }
    found = serve(**mixture, batch=4.0, kv_bytes_per_token=0.0)
    touched = 1 + 64 * (1 - (1 - 2 / 64) ** 4)
    assert found["s_per_output_token"] == pytest.approx(touched * 1e9 / (3e12 * 0.6) / 0.75)


def test_a_mixtures_shared_part_runs_as_a_dense_models_and_its_experts_at_a_fraction() -> None:
    mixture = {
        "total_params_b": 65.0,
        "active_params_b": 5.0,
        "experts": 64.0,
        "experts_per_token": 2.0,
        "shared_params_b": 1.0,
    }
    found = serve(**mixture)
    assert found["input_s"] == pytest.approx(2 * (1 + 4 / 0.15) * 1e9 * 1000 / (2000e12 * 0.5))
    fp4 = serve(**mixture, precision="fp4")
    assert fp4["input_s"] == pytest.approx(2 * (1 / 0.85 + 4 / 0.15) * 1e9 * 1000 / (2000e12 * 0.5))
    at_a_large_batch = serve(**mixture, batch=100_000.0, kv_bytes_per_token=0.0)["s_per_output_token"]
    assert at_a_large_batch == pytest.approx(2 * (1 + 4 / 0.15) * 1e9 * 100_000 / (2000e12 * 0.5))


def test_a_mixture_loses_nothing_by_its_degree() -> None:
    mixture = {"total_params_b": 65.0, "active_params_b": 5.0}
    one, four = (serve(accelerators_per_replica=n, **mixture)["output_tokens_per_s"] for n in (1, 4))
    assert four == pytest.approx(one)


@pytest.mark.parametrize("precision", ["bf16", "fp8", "fp4"])
def test_every_mixture_and_every_fp4_answer_says_that_it_is_uncertain(precision: str) -> None:
    uncertain = "uncertain within a factor of 2"
    assert uncertain in serve(total_params_b=60.0, precision=precision)["basis"]
    assert (uncertain in serve(precision=precision)["basis"]) == (precision == "fp4")


def test_a_chip_without_a_format_computes_in_the_next_and_keeps_the_weights_small() -> None:
    fp4, fp8 = serve(precision="fp4"), serve()
    assert fp4["input_s"] == pytest.approx(fp8["input_s"] / 0.85)
    assert fp4["memory_gb"] - 10 * 1500 * 65536e-9 - 3.5 == pytest.approx(8 * 0.5625)
    assert serve(fp8_tflops=None)["input_s"] == pytest.approx(2 * fp8["input_s"])


@pytest.mark.parametrize(
    ("latency", "active", "kept"),
    [
        ("batch", 8, 0.85),
        ("interactive", 8, 0.45),
        ("fast", 8, 0.30),
        ("realtime", 10, 0.20),
        ("realtime", 12, 0.08),
        ("", 8, 1),
    ],
)
def test_a_latency_class_keeps_a_share_of_the_saturated_rate(latency: str, active: float, kept: float) -> None:
    size = {"total_params_b": active, "active_params_b": active}
    assert serve(latency=latency, **size)["output_tokens_per_s"] == pytest.approx(
        kept * serve(**size)["output_tokens_per_s"]
    )


def test_a_known_model_brings_its_cache_and_a_given_one_is_not_rescaled() -> None:
    llama = {"model": "Llama 3.3 70B", "total_params_b": 70.6, "active_params_b": 70.6, "accelerators_per_replica": 8.0}
    at = {precision: serve(**llama, kv_bytes_per_token=None, precision=precision) for precision in ("fp8", "bf16")}
    cache = 10 * 1500 * 163840e-9
    assert at["fp8"]["memory_gb"] == pytest.approx(70.6 + cache + 28)
    assert at["bf16"]["memory_gb"] == pytest.approx(141.2 + 2 * cache + 28)
    given_cache = {**llama, "kv_bytes_per_token": 1e5}
    assert serve(**given_cache, precision="bf16")["memory_gb"] == pytest.approx(141.2 + 1.5 + 28)


def test_the_atlas_fills_what_a_row_leaves_blank() -> None:
    named = serve(accelerator="H100", bf16_tflops=None, fp8_tflops=None, memory_gb=None, bandwidth_tb_s=None)
    assert named["input_s"] == pytest.approx(2 * 8e9 * 1000 / (1979e12 * 0.5))


def test_problems_are_told_with_line_and_column() -> None:
    rows = pd.DataFrame([{**CHIP, **MODEL, **LOAD, "model": "m", "accelerator": ""} for _ in range(3)])
    rows["precision"] = ["fp8", "int3", "fp8"]
    rows["output_tokens"] = [0.0, 500.0, 500.0]
    rows["memory_gb"] = [80.0, 80.0, 3.0]
    rows["accelerators_per_replica"] = [1.0, 1.0, None]
    with pytest.raises(RatesError) as caught:
        answer("serving", rows)
    assert {(p.line, p.column) for p in caught.value.problems} == {
        (2, "output_tokens"),
        (3, "precision"),
        (4, "accelerators_per_replica"),
    }


def test_half_a_replicas_unit_and_half_of_the_experts_are_problems() -> None:
    with pytest.raises(RatesError) as caught:
        serve(accelerators_per_replica=1.5, total_params_b=60.0, experts=64.0)
    assert {p.column for p in caught.value.problems} == {"accelerators_per_replica", "experts_per_token"}


def test_a_known_model_brings_the_half_of_its_experts_that_is_blank() -> None:
    whole = {"model": "DeepSeek-R1", "total_params_b": 671.0, "active_params_b": 37.0, "batch": 4.0}
    given_half = serve(**whole, experts=256.0)["s_per_output_token"]
    assert given_half == pytest.approx(serve(**whole)["s_per_output_token"])


@settings(max_examples=25, deadline=None)
@given(st.floats(1, 4), st.sampled_from(["bandwidth_tb_s", "fp8_tflops"]))
def test_a_better_chip_never_serves_less(times: float, column: str) -> None:
    assert serve(**{column: CHIP[column] * times})["output_tokens_per_s"] >= serve()["output_tokens_per_s"] * (
        1 - 1e-12
    )
