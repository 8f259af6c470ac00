"""The rates a programme needs, from the workbook's own rows: `for_programme`.

training    ZFLOP per Mh = 3.6 · dense BF16 peak [TFLOP/s] · MFU. MFU: a row of training_efficiency, else the model's
            own, else the regime's; a regime of a first year on a new architecture isn't used, for no date of the run
            is known before the solve.
can train   16 bytes a parameter on at most 1,024 units; where more than 8 are needed, an interconnect of at least 100
            GB/s
serving     T output tokens per Mh = 0.0036 · tokens per second, and 1/rate = 1/out + (input/output)/in by workload and
            period
can serve   weights at FP8, one byte a parameter, on at most 8 units; a measured 0 forbids
control     TPP as given, else the largest of dense TOPS · bits over the formats given; density per mm² of die

Serving, in this order: a throughput row of the workload's latency, taken as it is; a throughput row without a latency,
and the roofline, both times the latency's derate. A row of another latency is not used. In a row, a blank input rate
is free; a blank output rate with an input rate given keeps the computed decode; a row with neither is a problem. The
roofline is that of `serving`, for weights at FP8 (on a chip without FP8 arithmetic: stored at one byte, computed in
BF16), at the smallest degree that fits, for a standard request of 500 output tokens with the workload's own input per
output. A measured row doesn't lift the limit of 8 units.

Blank formats are formats the chip lacks, as the workbook has it: nothing is filled from the atlas, which gives only
the architecture of a known name, for the MFU's regime.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from compute_rates import control, serving, training
from compute_rates.atlas import joined, positions, table
from compute_rates.reading import FIRST_LINE, Flags, Floats, Problem, RatesError, Texts

ROUTES_WITH_WORK = ("pretrain", "continue", "distil", "finetune")
TRAINING_BYTES_PER_PARAMETER = 16.0
"""Weights, gradients and optimiser state in mixed precision (ZeRO, Rajbhandari et al. 2020, section 3.1)."""
LARGEST_TRAINING_DOMAIN_UNITS = 1024
UNITS_WITHOUT_INTERCONNECT = 8
"""Units that train together in one server, whatever the links between servers."""
TRAINING_INTERCONNECT_GB_S = 100.0
SERVING_GB_PER_B_PARAMETERS = 1.0
LARGEST_SERVING_UNITS = 8
STANDARD_OUTPUT_TOKENS = 500.0
"""Output tokens of the request for which the roofline is taken; public-sector workloads ask 250 to 1,200 (reference
workloads.csv).
"""
ZFLOP_PER_MH_PER_TFLOPS = 1e6 * 3600.0 * 1e12 / 1e21
T_PER_MH_PER_TOKEN_S = 1e6 * 3600.0 / 1e12


def for_programme(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables of rates from the workbook's accelerators, models, workloads, demand, sufficiency, throughput,
    training_efficiency.

    Columns in are the workbook's, in its units, NaN or "" where blank. Gives `training_rates` (model, accelerator,
    zflop_per_mh, mfu, can_train, units_needed, basis), `work` (model, work_zflop, programme_zflop), `serving_rates`
    (workload, model, accelerator, period, t_per_mh, basis; only what can serve) and `accelerator_rates` (accelerator,
    tpp, performance_density, h100e_8bit, basis). Raises RatesError naming sheet, line and column.
    """
    problems = [*_models_without_work(tables["models"]), *_empty_throughput(tables["throughput"])]
    if problems:
        raise RatesError(problems)
    return {
        "training_rates": training_rates(tables["models"], tables["accelerators"], tables["training_efficiency"]),
        "work": work(tables["models"]),
        "serving_rates": serving_rates(tables),
        "accelerator_rates": accelerator_rates(tables["accelerators"]),
    }


def _models_without_work(models: pd.DataFrame) -> list[Problem]:
    blank = models["route"].isin(ROUTES_WITH_WORK) & models["work_zflop"].isna() & models["tokens_t"].isna()
    why = "blank, and so is work_zflop; a trained model needs one of them"
    return [Problem(int(row) + FIRST_LINE, "tokens_t", why, sheet="models") for row in np.flatnonzero(blank)]


def _empty_throughput(throughput: pd.DataFrame) -> list[Problem]:
    blank = throughput["input_tokens_per_s"].isna() & throughput["output_tokens_per_s"].isna()
    why = "blank, and so is input_tokens_per_s; one of them would be right"
    return [
        Problem(int(row) + FIRST_LINE, "output_tokens_per_s", why, sheet="throughput") for row in np.flatnonzero(blank)
    ]


def work(models: pd.DataFrame) -> pd.DataFrame:
    """Work of the final run, and of it with experiments and failed runs [ZFLOP], for every model that is trained."""
    trained = models[models["route"].isin(ROUTES_WITH_WORK)]
    none = np.full(len(trained), np.nan)
    stated = trained["work_zflop"].to_numpy(float)
    computed = training.work_zflop(
        trained["active_params_b"].to_numpy(float), trained["tokens_t"].to_numpy(float), none, none
    )
    final = np.where(np.isnan(stated), computed, stated)
    columns = {
        "model": trained["model"].to_numpy(object),
        "work_zflop": final,
        "programme_zflop": final * trained["overhead"].to_numpy(float),
    }
    return pd.DataFrame(columns)


def training_rates(models: pd.DataFrame, accelerators: pd.DataFrame, efficiency: pd.DataFrame) -> pd.DataFrame:
    """ZFLOP per Mh of every trained model on every accelerator, and whether it can be trained there."""
    trained = models[models["route"].isin(ROUTES_WITH_WORK)]
    pairs = trained.merge(accelerators, how="cross", suffixes=("", "_of_accelerator"))
    measured = efficiency[["model", "accelerator", "mfu"]].rename(columns={"mfu": "measured_mfu"})
    measured = measured.astype({"model": object, "accelerator": object})
    pairs = pairs.merge(measured, how="left", on=["model", "accelerator"])
    total, active = pairs["total_params_b"].to_numpy(float), pairs["active_params_b"].to_numpy(float)

    names = pairs["accelerator"].to_numpy(object)
    at = positions("accelerators", "accelerator", names)
    architectures = np.where(at >= 0, table("accelerators")["architecture"].to_numpy(object)[np.maximum(at, 0)], "")
    regime, regime_name = training.regime_mfu(
        training.is_mixture(total, active), active, architectures, np.zeros(len(pairs), bool)
    )
    own, row = pairs["mfu"].to_numpy(float), pairs["measured_mfu"].to_numpy(float)
    mfu = np.where(~np.isnan(row), row, np.where(~np.isnan(own), own, regime))
    source = np.where(~np.isnan(row), "training_efficiency", np.where(~np.isnan(own), "the model's own", regime_name))

    units = np.ceil(TRAINING_BYTES_PER_PARAMETER * total / pairs["memory_gb"].to_numpy(float))
    linked = np.nan_to_num(pairs["interconnect_gb_s"].to_numpy(float), nan=0.0) >= TRAINING_INTERCONNECT_GB_S
    small = units <= UNITS_WITHOUT_INTERCONNECT
    rate = ZFLOP_PER_MH_PER_TFLOPS * pairs["bf16_tflops"].to_numpy(float) * mfu
    limits = joined(
        (
            np.where(
                units > LARGEST_TRAINING_DOMAIN_UNITS,
                f"needs more than {LARGEST_TRAINING_DOMAIN_UNITS:,} units of memory",
                "",
            ),
            np.where(small | linked, "", f"needs {TRAINING_INTERCONNECT_GB_S:g} GB/s between units"),
            np.where(rate > 0, "", "no BF16 peak or MFU"),
        ),
        len(pairs),
    )
    columns = {
        "model": pairs["model"].to_numpy(object),
        "accelerator": names,
        "zflop_per_mh": rate,
        "mfu": mfu,
        "can_train": limits == "",
        "units_needed": units,
        "basis": joined(("MFU: " + source.astype(object), limits), len(pairs)),
    }
    return pd.DataFrame(columns)


def accelerator_rates(accelerators: pd.DataFrame) -> pd.DataFrame:
    """Control quantities of the workbook's accelerators: TPP (given wins), TPP per mm² of die, 8-bit
    H100-equivalents of one.
    """
    tops = {column: accelerators[column].to_numpy(float) for column in control.TPP_BITS if column in accelerators}
    given, die = accelerators["tpp"].to_numpy(float), accelerators["die_mm2"].to_numpy(float)
    tpp = np.where(np.isnan(given), control.total_processing_performance(tops), given)
    eight_bit = control.h100e_by_8bit(
        accelerators["fp8_tflops"].to_numpy(float), accelerators["int8_tops"].to_numpy(float)
    )
    by_bf16 = accelerators["bf16_tflops"].to_numpy(float) / control.H100_BF16_TFLOPS
    columns = {
        "accelerator": accelerators["accelerator"].to_numpy(object),
        "tpp": tpp,
        "performance_density": tpp / die,
        "h100e_8bit": np.where(np.isnan(eight_bit), by_bf16, eight_bit),
        "basis": joined(
            (
                np.where(np.isnan(given), "TPP from the formats", "TPP as given"),
                np.where(np.isnan(die), "die area unknown", ""),
                np.where(np.isnan(eight_bit), "H100-equivalents by BF16, no 8-bit format", ""),
            ),
            len(accelerators),
        ),
    }
    return pd.DataFrame(columns)


def _candidates(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Workload, model, accelerator, period of everything that can serve, with what the roofline needs, row by row."""
    demand, models, accelerators = tables["demand"], tables["models"], tables["accelerators"]
    inputs, outputs = demand["input_t_per_year"].to_numpy(float), demand["output_t_per_year"].to_numpy(float)
    asked = pd.DataFrame(
        {
            "workload": demand["workload"].to_numpy(object),
            "period": demand["period"].to_numpy(object),
            "input_per_output": np.divide(inputs, outputs, out=np.zeros(len(demand)), where=outputs > 0),
        }
    )
    sufficient = tables["sufficiency"].loc[tables["sufficiency"]["share"] > 0, ["workload", "model"]].drop_duplicates()
    rows = asked.merge(tables["workloads"][["workload", "latency"]], on="workload").merge(sufficient, on="workload")
    own = models.loc[models["route"] != "api", ["model", "total_params_b", "active_params_b"]]
    chips = accelerators[["accelerator", "bf16_tflops", "fp8_tflops", "fp4_tflops", "memory_gb", "bandwidth_tb_s"]]
    rows = rows.merge(own, on="model").merge(chips, how="cross")
    weights_gb = SERVING_GB_PER_B_PARAMETERS * rows["total_params_b"]
    fits = (weights_gb <= LARGEST_SERVING_UNITS * rows["memory_gb"]).to_numpy(bool)
    return rows.loc[fits].reset_index(drop=True)


def _measured(rows: pd.DataFrame, throughput: pd.DataFrame, latency: str | None) -> tuple[Floats, Floats, Flags]:
    """Input rate, output rate and whether there is a measured row, of the row's own latency or (None) without one."""
    found = throughput[["model", "accelerator", "latency", "input_tokens_per_s", "output_tokens_per_s"]].astype(
        {"model": object, "accelerator": object, "latency": object}
    )
    keys = ["model", "accelerator", "latency"] if latency is None else ["model", "accelerator"]
    if latency is not None:
        found = found[found["latency"] == latency].drop(columns="latency")
    merged = rows[["model", "accelerator", "latency"]].merge(found, how="left", on=keys, indicator=True)
    present = (merged["_merge"] == "both").to_numpy(bool)
    return merged["input_tokens_per_s"].to_numpy(float), merged["output_tokens_per_s"].to_numpy(float), present


def _roofline(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Saturated input and output tokens per second and unit, each alone, at the standard request."""
    none, precision = np.full(len(rows), np.nan), np.full(len(rows), "fp8", object)

    def column(name: str) -> Floats:
        return rows[name].to_numpy(float)

    total, active = column("total_params_b"), column("active_params_b")
    model = serving.models(total, active, precision, experts=none, per_token=none, shared=none, cache_bytes=none)
    peaks = column("bf16_tflops"), column("fp8_tflops"), column("fp4_tflops")
    chip = serving.Chips(*peaks, memory_gb=column("memory_gb"), bandwidth_tb_s=column("bandwidth_tb_s"))
    inputs = column("input_per_output") * STANDARD_OUTPUT_TOKENS
    served = serving.saturated(model, chip, inputs, np.full(len(rows), STANDARD_OUTPUT_TOKENS), degree=none, batch=none)
    with np.errstate(divide="ignore", invalid="ignore"):
        input_rate = np.where(inputs > 0, inputs / (served.prefill_s * served.degree), np.nan)
    return input_rate, served.batch / (served.step_s * served.degree)


def serving_rates(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """T output tokens per Mh by workload, model, accelerator and period; only rows that can serve."""
    rows = _candidates(tables)
    computed_in, computed_out = _roofline(rows)
    plain_in, plain_out, plain = _measured(rows, tables["throughput"], "")
    own_in, own_out, own = _measured(rows, tables["throughput"], None)

    measured_in, measured_out = np.where(own, own_in, plain_in), np.where(own, own_out, plain_out)
    forbidden = (own | plain) & ((measured_out == 0) | (measured_in == 0))
    kept = serving.latency_derate(rows["latency"].to_numpy(object), rows["active_params_b"].to_numpy(float))
    output_rate = np.where(np.isnan(measured_out), computed_out * np.where(own, kept, 1.0), measured_out)
    input_rate = np.where(own | plain, measured_in, computed_in)
    with np.errstate(divide="ignore", invalid="ignore"):
        seconds = 1 / output_rate + np.nan_to_num(rows["input_per_output"].to_numpy(float) / input_rate, nan=0.0)
        per_s = np.where(own, 1.0, kept) / seconds
    columns = {
        "workload": rows["workload"].to_numpy(object),
        "model": rows["model"].to_numpy(object),
        "accelerator": rows["accelerator"].to_numpy(object),
        "period": rows["period"].to_numpy(object),
        "t_per_mh": T_PER_MH_PER_TOKEN_S * per_s,
        "basis": _serving_basis(rows, own, plain, np.isnan(measured_out), kept),
    }
    return pd.DataFrame(columns).iloc[np.flatnonzero(~forbidden & (per_s > 0))].reset_index(drop=True)


def _serving_basis(rows: pd.DataFrame, own: Flags, plain: Flags, decode_computed: Flags, kept: Floats) -> Texts:
    latency = rows["latency"].to_numpy(object)
    derate = latency + " derate " + np.array([f"{share:g}" for share in kept], object)
    what = np.select([own, plain], ["measured at its latency", "measured, saturated"], "roofline at FP8")
    return joined(
        (
            what,
            np.where((own | plain) & decode_computed, "output rate from the roofline", ""),
            np.where(own, "", derate),
        ),
        len(rows),
    )
