"""Training: the work of a run and the accelerator-hours it takes.

work   = 6 · active parameters · tokens, times (1 + sequence / (6 · width)) where both are given; a stated work is
taken as it is
hours  = work / (dense BF16 peak · MFU · 3600), the run alone
programme hours = hours · overhead: experiments and failed runs included, 2.5 [1.5-5.6]

MFU is all-in: every hour paid for, on the dense BF16 peak even where the run was in FP8. A given one wins; else the
most specific regime of `tables/training_mfu.csv`: the first year of the chip's architecture, whatever the model (only
where `started` says so); then dense by size or mixture, on Ampere or Hopper. Rules between the regimes:
- dense from 15B to 30B active: interpolated on the logarithm of the active parameters between the two regimes;
- an architecture without runs of its own (later ones after their first year, other vendors): the Hopper regime;
- a model is a mixture where its total is more than 1.25 times its active parameters; a blank total means dense.

Source: work of Kaplan et al. 2020; medians of published runs (reference `training_runs.csv`). Known error
(`docs/evidence.md`): of 38 unflagged runs, each judged by all the others, the median of predicted over published hours
is 0.98, 82 % are within 1.5 times and 95 % within 2; in small dense models the same regime took from 0.106 (Llama 3.2
3B) to 0.299 (Olmo 3 7B). A first year on a new architecture rests on one unflagged run.
Not modelled: parallelism, precision, cluster size, restarts one by one, post-training as a share of its own.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from compute_rates.atlas import Accelerators, first_release, joined, table
from compute_rates.reading import Dates, Flags, Floats, Reader, Texts, answered

FLOP_PER_PARAMETER_TOKEN = 6.0
"""Operations of one forward and backward pass, per active parameter and token (Kaplan et al. 2020, section 2.1)."""
ZFLOP_PER_B_PARAMETERS_T_TOKENS = 1e9 * 1e12 / 1e21
SECONDS_PER_HOUR = 3600.0
PROGRAMME_OVERHEAD = 2.5
"""All work over the final run's [1.5-5.6]: OLMo 2 about 1.5, Olmo 3 5.6 (82.2 % of compute was development)."""
MIXTURE_FROM_RATIO = 1.25
"""Total over active parameters from which a model counts as a mixture of experts; embeddings alone stay below it."""
SMALL_DENSE_TO_B = 15.0
"""Active parameters, billions, up to which the small dense regime holds as it stands."""
FIRST_YEAR_DAYS = 365
DEFAULT_ARCHITECTURE = "hopper"


def work_zflop(active_params_b: Floats, tokens_t: Floats, sequence_length: Floats, width: Floats) -> Floats:
    """Work of a run [ZFLOP]. Attention over the sequence is added where sequence length and model width are both given.

    Source: 6ND of Kaplan et al. 2020, with the attention term of the same section divided by 6ND.
    """
    attention = np.nan_to_num(sequence_length / (FLOP_PER_PARAMETER_TOKEN * width), nan=0.0)
    return FLOP_PER_PARAMETER_TOKEN * active_params_b * tokens_t * ZFLOP_PER_B_PARAMETERS_T_TOKENS * (1 + attention)


def is_mixture(total_params_b: Floats, active_params_b: Floats) -> Flags:
    """True where a model is a mixture of experts; a blank total means dense."""
    return np.nan_to_num(total_params_b / active_params_b, nan=1.0) > MIXTURE_FROM_RATIO


def first_year(architectures: Texts, started: Dates) -> Flags:
    """True where a run started before its architecture had been out for a year; False where either date is unknown."""
    released = first_release(architectures)
    return ~np.isnat(released) & ~np.isnat(started) & (started < released + FIRST_YEAR_DAYS)


def regime_mfu(
    mixture: Flags, active_params_b: Floats, architectures: Texts, in_first_year: Flags
) -> tuple[Floats, Texts]:
    """MFU by regime, and the regime's name, both of (rows,). See the rules in the module's docstring."""
    regimes = table("training_mfu")

    def rows(kind: str, architecture: str) -> pd.DataFrame:
        return regimes[(regimes["kind"] == kind) & (regimes["architecture"] == architecture)]

    own = np.isin(architectures.astype(str), regimes["architecture"].unique().astype(str))
    used = np.where(own, architectures, DEFAULT_ARCHITECTURE)
    mfu, name = np.full(len(used), np.nan), np.full(len(used), "", object)
    for architecture in np.unique(used.astype(str)):
        here = used == architecture
        mixtures, dense = rows("mixture", architecture).iloc[0], rows("dense", architecture)
        mfu[here & mixture], name[here & mixture] = mixtures["mfu"], mixtures["regime"]
        anchors = np.maximum(dense["active_params_from_b"].to_numpy(float), SMALL_DENSE_TO_B)
        size = here & ~mixture
        mfu[size] = np.interp(np.log(active_params_b[size]), np.log(anchors), dense["mfu"].to_numpy(float))
        row = np.searchsorted(anchors, active_params_b[size], side="right").clip(1, len(dense)) - 1
        labels = dense["regime"].to_numpy(object)[row]
        between = (active_params_b[size] > anchors[0]) & (active_params_b[size] < anchors[-1])
        name[size] = np.where(
            between, f"dense between {anchors[0]:g}B and {anchors[-1]:g}B on {architecture.title()}", labels
        )
    name = np.where(
        own, name, name + np.array([f" (no runs known on {a or 'this chip'})" for a in architectures], object)
    )
    new = rows("any", "any").iloc[0]
    return np.where(in_first_year, new["mfu"], mfu), np.where(in_first_year, new["regime"], name)


def hours(work: Floats, bf16_tflops: Floats, mfu: Floats) -> Floats:
    """Accelerator-hours of `work` [ZFLOP] at the share `mfu` of the dense BF16 peak [TFLOP/s]."""
    return work * 1e21 / (bf16_tflops * 1e12 * mfu * SECONDS_PER_HOUR)


def answer(frame: pd.DataFrame) -> pd.DataFrame:
    """Adds zflop, mfu, accelerator_hours (the run alone), programme_accelerator_hours, basis.

    Columns in: accelerator, active_params_b [billions], tokens_t [trillions] or work_zflop; blank or left out:
    total_params_b, started, mfu, overhead, sequence_length and width [tokens, numbers], bf16_tflops. With work_zflop
    and mfu the parameters may be blank. Formula, source and known error: the module's docstring. Raises RatesError.
    """
    reader = Reader(frame)
    active = reader.numbers("active_params_b", above=0)
    total = reader.numbers("total_params_b", above=0)
    tokens = reader.numbers("tokens_t", above=0)
    stated_work = reader.numbers("work_zflop", above=0)
    given_mfu = reader.numbers("mfu", above=0, high=1)
    overhead = reader.numbers("overhead", low=1)
    sequence, width = reader.numbers("sequence_length", above=0), reader.numbers("width", above=0)
    started = reader.dates("started")
    chips = Accelerators(reader)
    bf16 = chips.numbers("bf16_tflops", needed=True)

    stated = ~np.isnan(stated_work)
    reader.require(~stated & reader.blank("tokens_t"), "tokens_t", "tokens_t or work_zflop would be right")
    reader.require(~stated | np.isnan(given_mfu), "active_params_b")
    reader.flag(total < active, "total_params_b", "at least the active parameters would be right")
    reader.close()

    architectures = chips.atlas_texts("architecture")
    regime, regime_name = regime_mfu(
        is_mixture(total, active), np.nan_to_num(active, nan=1.0), architectures, first_year(architectures, started)
    )
    mfu = np.where(np.isnan(given_mfu), regime, given_mfu)
    work = np.where(stated, stated_work, work_zflop(active, tokens, sequence, width))
    run_hours = hours(work, bf16, mfu)
    factor = np.where(np.isnan(overhead), PROGRAMME_OVERHEAD, overhead)
    attention = ~stated & ~np.isnan(sequence) & ~np.isnan(width)
    basis = joined(
        (
            np.where(stated, "work as given", np.where(attention, "work 6 N D and attention", "work 6 N D")),
            np.where(np.isnan(given_mfu), "MFU " + regime_name, "MFU as given"),
            np.where(
                reader.blank("bf16_tflops"), "BF16 peak of " + chips.atlas_texts("accelerator"), "BF16 peak as given"
            ),
            np.where(np.isnan(overhead), f"overhead {PROGRAMME_OVERHEAD:g}", "overhead as given"),
        ),
        reader.size,
    )
    answers = {
        "zflop": work,
        "mfu": mfu,
        "accelerator_hours": run_hours,
        "programme_accelerator_hours": run_hours * factor,
        "basis": basis,
    }
    return answered(frame, answers, filled=("mfu",))
