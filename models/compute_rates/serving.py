"""Serving: output tokens per second and accelerator, by a roofline in two parts.

For one replica of n accelerators with B requests under way, each of I input and O output tokens:
prefill  = 2 · counted · I / (n · peak · 0.5) seconds a request, bound by arithmetic
step     = the larger of (weights touched + B · (I + O/2) · cache) / (n · bandwidth · 0.6 · traffic derate)
           and 2 · counted · B / (n · peak · 0.5)
counted  = shared / arithmetic derate + routed / routed derate: the active parameters, each at its own efficiency
rate     = latency derate / (n · (step / B + prefill / O)), per accelerator
memory   = weights + B · (I + O) · cache + 3.5 GB · n, for the replica
weights touched by a mixture = shared + expert part · (1 - (1 - k/E)^B)
The derates are rows of `tables/serving_derates.csv` (mixtures, FP4, dense models that need eight units). In a dense
model every parameter is shared. A mixture's batch is spread over many small products, which fill the arithmetic units
badly; its shared part runs as a dense model's. Step and prefill of a dense model are divided by the derate of the
parallel degree, d(n) / d(smallest degree that fits), d = 1, 0.815, 0.575, 0.355 at 1, 2, 4, 8; a mixture's are not
(`degree_exponent` 0): d was measured on dense models, which sum over all units in every layer, and a mixture is spread
by experts and requests.

Rules where the formula leaves room:
- the cache reserved is that of the full context, the cache read that of the mean one: a request under way holds its
  input and on average half its output. Reading the full context at every step halves the rate of long answers (22.7
  against 12.5 thousand tokens a second for an 8B model on one H100 at 128/2,048);
- a degree fits where it holds the weights, 3.5 GB each and the cache of the batch given; with a blank batch, room for
  a quarter of the weights (and one request): a replica full of weights alone serves nobody. Degrees are powers of two
  up to 1,024;
- d beyond 8 falls by its last ratio (0.617) at every doubling; between powers it is interpolated on log2 n; a degree
  below the smallest that fits has no derate;
- a blank batch is the largest that fits, at most 2,048 (the engines' own limit). The latency derate stands for the
  smaller batch a latency class allows, so the batch isn't cut a second time, and step and prefill are those of the
  batch stated;
- a chip without the precision's arithmetic computes in its next wider format; weights keep their size;
- a blank cache is that of `tables/models.csv` for a model known there, else 65,536 · (active / 8)^0.36 numbers a
  token, of 2 bytes at BF16 and 1 below; blank experts likewise, else a shared part of 0.45 of the active parameters.

Source: NVIDIA TensorRT-LLM performance overview (saturated points). Known error, over 119 points (`docs/evidence.md`):
dense FP8 at the smallest degree 0.79 to 1.26 of measured (median 0.92); mixtures and FP4 within a factor of 2 at 94
points of 95, which their `basis` says. Latency classes: 0.4 to 3.6 of dashboards' figures for a large mixture at 20 to
46 tokens a second and user, up to 11 at 100 on Hopper. The `memory_gb` of an accelerator, where given, gives way in its
place to the answer of that name. Not modelled: speculative decoding, prefix caches, prefill and
decode on separate machines, the arithmetic of attention over long inputs and of a latent cache.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from compute_rates.atlas import Accelerators, joined, positions, table
from compute_rates.reading import Flags, Floats, Reader, Texts, answered
from compute_rates.training import is_mixture

FLOP_PER_PARAMETER_TOKEN = 2.0
"""Operations of a forward pass, per active parameter and token."""
PEAK_SHARE = 0.5
"""Share of the dense peak that prefill and large batches reach; TensorRT-LLM dense FP8 points."""
BANDWIDTH_SHARE = 0.6
"""Share of the memory bandwidth that decode reaches; TensorRT-LLM dense FP8 points."""
OVERHEAD_GB_PER_ACCELERATOR = 3.5
"""Runtime, graphs and activations on each accelerator, GB."""
CACHE_ROOM_PER_WEIGHTS = 0.25
"""Room for cache, per GB of weights, without which a degree doesn't count as fitting (reference model_classes.csv,
serving_min_gb).
"""
LARGEST_BATCH = 2048
"""Requests under way in one replica; default max_batch_size of TensorRT-LLM."""
LARGEST_DEGREE = 1024
DEGREES = 2 ** np.arange(11)
DEGREE_EFFICIENCY = (1.0, 0.815, 0.575, 0.355)
"""d at 1, 2, 4, 8 accelerators per replica; medians over measured dense FP8 points."""
BYTES_PER_PARAMETER = {"bf16": 2.0, "fp8": 1.0, "fp4": 0.5625}
"""FP4 with one 8-bit scale for each 16 values (NVFP4)."""
CACHE_BYTES = {"bf16": 2.0, "fp8": 1.0, "fp4": 1.0}
CACHE_NUMBERS_AT_8B, CACHE_EXPONENT = 65536.0, 0.36
"""Numbers kept per token by an 8B model with grouped-query attention, and growth with active parameters (Llama 3.1
8B, 70B, 405B).
"""
SHARED_PER_ACTIVE = 0.45
"""Share of a mixture's active parameters that every token uses; DeepSeek-V3 0.45, gpt-oss 0.29, Qwen3 0.35-0.45,
Llama 4 0.64-0.82.
"""
LATENCIES = ("batch", "interactive", "fast", "realtime")
PRECISIONS = ("bf16", "fp8", "fp4")


@dataclass(frozen=True)
class Chips:
    """Accelerators of (rows,): dense peaks [TFLOP/s] (NaN: no such format), memory [GB], bandwidth [TB/s]."""

    bf16_tflops: Floats
    fp8_tflops: Floats
    fp4_tflops: Floats
    memory_gb: Floats
    bandwidth_tb_s: Floats

    def peak_tflops(self, precision: Texts) -> Floats:
        """Dense peak in the precision, or in the next wider format the chip has; NaN where it has none."""
        fp8 = np.where(np.isnan(self.fp8_tflops), self.bf16_tflops, self.fp8_tflops)
        fp4 = np.where(np.isnan(self.fp4_tflops), fp8, self.fp4_tflops)
        return np.select([precision == "fp4", precision == "fp8"], [fp4, fp8], self.bf16_tflops)


@dataclass(frozen=True)
class Models:
    """Models of (rows,): parameters [billions], expert share k/E (NaN: dense), cache [bytes per token], precision."""

    total_params_b: Floats
    active_params_b: Floats
    shared_params_b: Floats
    expert_share: Floats
    cache_bytes: Floats
    precision: Texts

    @property
    def mixture(self) -> Flags:
        return ~np.isnan(self.expert_share)

    @property
    def shared_active_b(self) -> Floats:
        """Active parameters that every token uses, billions: all of a dense model's."""
        return np.minimum(self.shared_params_b, self.active_params_b)

    @property
    def weights_gb(self) -> Floats:
        return self.total_params_b * _by_precision(BYTES_PER_PARAMETER, self.precision)

    def touched_gb(self, batch: Floats) -> Floats:
        """Weights read in one step, GB."""
        expert = self.total_params_b - self.shared_params_b
        hit = np.where(np.isnan(self.expert_share), 1.0, 1 - (1 - self.expert_share) ** batch)
        return (self.shared_params_b + expert * hit) * _by_precision(BYTES_PER_PARAMETER, self.precision)


@dataclass(frozen=True)
class Requests:
    """What is asked of (rows,): models on chips, tokens of a request, and degree and batch (NaN: blank)."""

    model: Models
    chip: Chips
    input_tokens: Floats
    output_tokens: Floats
    degree: Floats
    batch: Floats
    cache_of_model: Flags
    """True where a blank cache is that of a known model."""
    experts_by_rule: Flags
    """True where a mixture's shared part is neither given nor worked out from its experts."""


@dataclass(frozen=True)
class Served:
    """Answers of (rows,): seconds of one request's prefill and of one step, replica memory [GB], degree and batch used.

    `tokens_per_s` is per accelerator, saturated: before any latency derate.
    """

    tokens_per_s: Floats
    prefill_s: Floats
    step_s: Floats
    memory_gb: Floats
    fits: Flags
    degree: Floats
    batch: Floats


def _by_precision(figures: dict[str, float], precision: Texts) -> Floats:
    return np.select([precision == name for name in figures], list(figures.values()), np.nan)


def models(
    total: Floats,
    active: Floats,
    precision: Texts,
    *,
    experts: Floats,
    per_token: Floats,
    shared: Floats,
    cache_bytes: Floats,
) -> Models:
    """Fills what is blank by the rules of the module's docstring. Arrays of (rows,), parameters in billions."""
    mixture = is_mixture(total, active)
    share = per_token / experts
    with np.errstate(divide="ignore", invalid="ignore"):
        implied = np.maximum((active - share * total) / (1 - share), 0.0)
        shared = np.where(~np.isnan(shared), shared, np.where(np.isnan(share), SHARED_PER_ACTIVE * active, implied))
        share = np.where(np.isnan(share), (active - shared) / (total - shared), share)
    numbers = CACHE_NUMBERS_AT_8B * (active / 8.0) ** CACHE_EXPONENT
    cache = np.where(np.isnan(cache_bytes), numbers * _by_precision(CACHE_BYTES, precision), cache_bytes)
    return Models(total, active, np.where(mixture, shared, total), np.where(mixture, share, np.nan), cache, precision)


def degree_efficiency(degree: Floats) -> Floats:
    """d(n): efficiency of n accelerators per replica. Beyond 8 the last ratio is kept at every doubling."""
    log2 = np.log2(degree)
    known = np.log(DEGREE_EFFICIENCY)
    beyond = known[-1] + (log2 - 3) * (known[-1] - known[-2])
    return np.exp(np.where(log2 > 3, beyond, np.interp(log2, np.arange(4), known)))


def smallest_degree(model: Models, chip: Chips, context: Floats, batch: Floats) -> Floats:
    """Smallest power of two that fits, of (rows,); NaN where none up to 1,024 does."""
    request = context * model.cache_bytes / 1e9
    room = np.where(np.isnan(batch), np.maximum(request, CACHE_ROOM_PER_WEIGHTS * model.weights_gb), batch * request)
    needed = (model.weights_gb + room)[:, None] + OVERHEAD_GB_PER_ACCELERATOR * DEGREES
    fits = needed <= chip.memory_gb[:, None] * DEGREES
    return np.where(fits.any(axis=1), DEGREES[fits.argmax(axis=1)], np.nan)


@dataclass(frozen=True)
class Derates:
    """Derates of (rows,): of memory traffic, of arithmetic on the shared part and on routed experts; and the power of
    the parallel degree's derate.
    """

    traffic: Floats
    arithmetic: Floats
    routed: Floats
    degree_exponent: Floats


def derates(mixture: Flags, precision: Texts, smallest: Floats) -> Derates:
    """Rows of `tables/serving_derates.csv`; 1 where none matches. `smallest` is the smallest degree that fits."""
    columns = {name: np.ones(len(smallest)) for name in ("traffic", "arithmetic", "routed", "degree_exponent")}
    for row in table("serving_derates").to_dict("records"):
        same_kind = mixture == (row["kind"] == "mixture")
        here = same_kind & (precision == row["precision"]) & (smallest >= row["smallest_degree_from"])
        for name, values in columns.items():
            values[here] = row[name]
    return Derates(**columns)


@np.errstate(divide="ignore", invalid="ignore")
def saturated(
    model: Models,
    chip: Chips,
    input_tokens: Floats,
    output_tokens: Floats,
    *,
    degree: Floats,
    batch: Floats,
    derate: Derates | None = None,
) -> Served:
    """The roofline. A NaN degree is the smallest that fits, a NaN batch the largest that fits; output tokens above 0.

    A NaN result means that no degree up to 1,024 holds the model. Derates are the table's unless given.
    """
    context, mean_context = input_tokens + output_tokens, input_tokens + output_tokens / 2
    smallest = smallest_degree(model, chip, context, batch)
    n = np.where(np.isnan(degree), smallest, degree)
    request_gb = context * model.cache_bytes / 1e9
    room = (n * (chip.memory_gb - OVERHEAD_GB_PER_ACCELERATOR) - model.weights_gb) / request_gb
    b = np.where(np.isnan(batch), np.clip(np.floor(room), 1, LARGEST_BATCH), batch)

    if derate is None:
        derate = derates(model.mixture, model.precision, np.nan_to_num(smallest, nan=LARGEST_DEGREE))
    base = np.where(np.isnan(smallest) | (n <= smallest), n, smallest)
    wide = (degree_efficiency(n) / degree_efficiency(base)) ** derate.degree_exponent
    arithmetic = n * chip.peak_tflops(model.precision) * 1e12 * PEAK_SHARE
    traffic = n * chip.bandwidth_tb_s * 1e3 * BANDWIDTH_SHARE * derate.traffic
    routed = model.active_params_b - model.shared_active_b
    counted = model.shared_active_b / derate.arithmetic + routed / derate.routed
    operations = FLOP_PER_PARAMETER_TOKEN * counted * 1e9
    read_gb = model.touched_gb(b) + b * mean_context * model.cache_bytes / 1e9
    step_s = np.maximum(read_gb / traffic, operations * b / arithmetic) / wide
    prefill_s = operations * input_tokens / arithmetic / wide
    memory = model.weights_gb + b * request_gb + OVERHEAD_GB_PER_ACCELERATOR * n
    rate = 1 / (n * (step_s / b + prefill_s / output_tokens))
    return Served(rate, prefill_s, step_s, memory, memory <= n * chip.memory_gb, n, b)


def latency_derate(latency: Texts, active_params_b: Floats) -> Floats:
    """Share of the saturated rate kept at a latency class; 1 where it is blank."""
    kept = np.ones(len(latency))
    for row in table("latency_derates").to_dict("records"):
        kept[(latency == row["latency"]) & (active_params_b > row["active_params_above_b"])] = row["derate"]
    return kept


def requests(reader: Reader) -> Requests:
    """Reads what is asked, filling blanks from the tables; problems are kept in the reader."""
    at = positions("models", "model", reader.texts("model"))

    def known(column: str) -> Floats:
        return np.where(at >= 0, table("models")[column].to_numpy(float)[np.maximum(at, 0)], np.nan)

    total, active = reader.numbers("total_params_b", above=0), reader.numbers("active_params_b", above=0)
    precision = reader.choices("precision", PRECISIONS)
    experts, per_token = reader.numbers("experts", low=1), reader.numbers("experts_per_token", above=0)
    shared, cache = reader.numbers("shared_params_b", low=0), reader.numbers("kv_bytes_per_token", low=0)
    degree, batch = reader.numbers("accelerators_per_replica", low=1), reader.numbers("batch", low=1)
    inputs, outputs = reader.numbers("input_tokens", low=0), reader.numbers("output_tokens", above=0)
    chips = Accelerators(reader)
    chip = Chips(
        chips.numbers("bf16_tflops"),
        chips.numbers("fp8_tflops"),
        chips.numbers("fp4_tflops"),
        chips.numbers("memory_gb", needed=True),
        chips.numbers("bandwidth_tb_s", needed=True),
    )
    everywhere = np.ones(reader.size, bool)
    for column in ("total_params_b", "active_params_b", "precision", "input_tokens", "output_tokens"):
        reader.require(everywhere, column)
    reader.flag(total < active, "total_params_b", "at least the active parameters would be right")
    reader.flag(per_token > experts, "experts_per_token", "at most the number of experts would be right")
    reader.flag(shared > active, "shared_params_b", "at most the active parameters would be right")
    chips.need("bf16_tflops", np.isnan(chip.peak_tflops(precision)) & (precision != ""))

    reader.flag(degree % 1 > 0, "accelerators_per_replica", "a whole number would be right")
    experts = np.where(np.isnan(experts), known("experts"), experts)
    per_token = np.where(np.isnan(per_token), known("experts_per_token"), per_token)
    for column, here, other in (("experts", experts, per_token), ("experts_per_token", per_token, experts)):
        half = np.isnan(here) & ~np.isnan(other) & reader.blank(column)
        reader.flag(half, column, "blank, though the other of the two is given; both or neither would be right")
    numbers = known("cache_numbers_per_token") * _by_precision(CACHE_BYTES, precision)
    model = models(
        total,
        active,
        precision,
        experts=experts,
        per_token=per_token,
        shared=shared,
        cache_bytes=np.where(np.isnan(cache), numbers, cache),
    )
    by_rule = model.mixture & np.isnan(shared) & np.isnan(experts)
    return Requests(model, chip, inputs, outputs, degree, batch, ~np.isnan(numbers), by_rule)


def answer(frame: pd.DataFrame) -> pd.DataFrame:
    """Adds output_tokens_per_s (per accelerator), input_s, s_per_output_token, fits, memory_gb, basis.

    Columns in: accelerator, total_params_b and active_params_b [billions], precision (bf16, fp8, fp4), input_tokens,
    output_tokens; blank or left out: model, experts, experts_per_token, shared_params_b, kv_bytes_per_token,
    accelerators_per_replica, batch, latency (batch, interactive, fast, realtime) and the chip's specification. Formula,
    source and known error: the module's docstring. Raises RatesError.
    """
    reader = Reader(frame)
    asked, latency = requests(reader), reader.choices("latency", LATENCIES)
    model, chip = asked.model, asked.chip
    served = saturated(model, chip, asked.input_tokens, asked.output_tokens, degree=asked.degree, batch=asked.batch)
    reader.flag(
        np.isnan(served.degree) & ~np.isnan(model.weights_gb) & ~np.isnan(chip.memory_gb),
        "accelerators_per_replica", f"no degree up to {LARGEST_DEGREE:,} holds the model and its batch; give one",
    )  # fmt: skip
    reader.close()

    kept = latency_derate(latency, model.active_params_b)
    stated = ~reader.blank("kv_bytes_per_token")
    basis = joined(
        (
            np.where(model.mixture, "mixture", "dense") + (" " + model.precision),
            np.array([f"degree {n:g}, batch {b:g}" for n, b in zip(served.degree, served.batch, strict=True)], object),
            np.where(stated, "cache as given", np.where(asked.cache_of_model, "cache of the model", "cache by size")),
            np.where(latency == "", "saturated", latency + " derate " + kept.astype(str).astype(object)),
            np.where(asked.experts_by_rule, f"shared part {SHARED_PER_ACTIVE:g} of the active parameters", ""),
            np.where(model.mixture & (model.shared_params_b == 0), "no shared part", ""),
            np.where(model.mixture | (model.precision == "fp4"), "uncertain within a factor of 2", ""),
            np.where(model.mixture & (latency != ""), "more at a latency class", ""),
        ),
        reader.size,
    )
    answers = {
        "output_tokens_per_s": served.tokens_per_s * kept,
        "input_s": served.prefill_s,
        "s_per_output_token": served.step_s,
        "fits": np.where(served.fits, "yes", "no"),
        "memory_gb": served.memory_gb,
        "basis": basis,
    }
    return answered(frame, answers, filled=("memory_gb",))
