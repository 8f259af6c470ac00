"""Evidence for training: accelerator-hours of published runs against what the rates say of them.

Every run is judged by medians it had no part in: of the other half of a split drawn by the seed, of the other half of
1,000 splits, and of all other runs. A median is that of the runs' own all-in MFU in a regime, on the work the rates
compute; nothing of `tables/training_mfu.csv` is used. A regime without a run in the setting half takes its parent:
- the first year of an architecture: the regime the run would have in a later year;
- mixture on Ampere: dense on Ampere, times mixture over dense from 30B on Hopper (the table's own rule);
- any other: the median of all runs in the setting half.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from compute_rates import answer
from compute_rates.atlas import positions, table
from compute_rates.findings import SEED, Finding, Section, bullets, halves, markdown, started, within
from compute_rates.reading import Flags, Floats, Texts

FIRST_YEAR = "first year of an architecture"
SMALL, LARGE = "dense below 15B on Hopper", "dense from 30B on Hopper"
MIXTURE, AMPERE, AMPERE_MIXTURE = "mixture on Hopper", "dense on Ampere", "mixture on Ampere"
SPLITS = 1000
BOUNDS = (("median of predicted / published", 0.85, 1.15), ("share within 1.5 times", 0.70, np.inf),
          ("share within 2 times", 0.90, np.inf))  # fmt: skip
REASONS = {
    "Llama 3.2 3B": "distilled: pruned from 8B, with logits of 8B and 70B as targets, so that 6ND isn't its work",
    "Llama 3.1 8B": "its card counts all GPU time",
    "Olmo 3 7B": "hours by way of a secondary source",
    "StarCoder 15B": "0.23 by its own report, low for its chip",
    "Poro 34B": "MI250X, a chip without a regime of its own: 97 of 383 TFLOP/s, hours derived from its speed",
    "EXAONE 4.0 32B": "trained in FP8, counted on the BF16 peak",
    "Falcon-180B": "its length is assumed by Epoch, not published, and of low confidence",
    "K-EXAONE 236B-A23B": "the one unflagged run of a chip's first year: blind, it is judged as a later one",
    "GPT-4.5": "analysts' estimates of work and hours, of low confidence",
    "Grok 3": "analysts' estimates of work and hours, of low confidence",
    "GPT-6 Astra": "analysts' estimates, of low confidence; the number of chips is a lower bound",
}
"""Why a run is far off, from the reference's notes on it."""


@dataclass(frozen=True)
class Runs:
    """The unflagged published runs: the reference's rows, their own MFU, their regimes now and in a later year."""

    frame: pd.DataFrame
    own_mfu: Floats
    table_mfu: Floats
    regime: Texts
    later_regime: Texts

    @property
    def ratio(self) -> Floats:
        """Predicted over published hours with the table in force."""
        return np.asarray(self.own_mfu / self.table_mfu, float)

    def blind(self, setting: Flags) -> Floats:
        """Predicted over published hours of every run, with medians of the setting runs alone."""
        own = np.log(self.own_mfu)
        everywhere = float(np.median(own[setting]))

        def median(regime: str) -> float:
            here = own[setting & (self.regime == regime)]
            return float(np.median(here)) if here.size else np.nan

        found = {regime: median(regime) for regime in np.unique(self.regime.astype(str))}
        plain = {r: everywhere if np.isnan(found.get(r, np.nan)) else found[r] for r in (SMALL, LARGE, MIXTURE, AMPERE)}
        by_rule = {**found, **plain}
        if np.isnan(by_rule.get(AMPERE_MIXTURE, np.nan)):
            by_rule[AMPERE_MIXTURE] = plain[AMPERE] + plain[MIXTURE] - plain[LARGE]
        used = np.array([by_rule[r] for r in self.regime])
        later = np.array([by_rule[r] for r in self.later_regime])
        return np.asarray(np.exp(own - np.where(np.isnan(used), later, used)))


def _regime(basis: pd.Series) -> Texts:
    """The regime named in a basis, without the note on chips that have none."""
    return np.asarray(basis.str.extract(r"MFU ([^;(]+)")[0].str.strip().to_numpy(object))


def published(reference: Path) -> tuple[Runs, pd.DataFrame]:
    """Runs judged, and the rows with hours that can't be: flagged, or without work, parameters or a known chip."""
    rows = pd.read_csv(reference / "training_runs.csv")
    rows = rows[rows["gpu_hours"] > 0]
    chip = positions("accelerators", "accelerator", rows["gpu_type"].fillna("").to_numpy(object)) >= 0
    usable = (rows["check"] == "ok") & chip & (rows["active_params_b"] > 0) & (rows["training_flop"] > 0)
    used = rows[usable].reset_index(drop=True)
    asked = used[["model", "total_params_b", "active_params_b", "tokens_t"]].assign(
        work_zflop=(used["training_flop"] / 1e21).where(used["tokens_t"].isna()),
        accelerator=used["gpu_type"],
        started=started(used),
    )
    told, later = answer("training", asked), answer("training", asked.drop(columns="started"))
    mfu = told["mfu"].to_numpy(float)
    own = mfu * (told["accelerator_hours"] / used["gpu_hours"]).to_numpy(float)
    return Runs(used, own, mfu, _regime(told["basis"]), _regime(later["basis"])), rows[~usable]


def three(name: str, ratio: Floats) -> list[Finding]:
    """The issue's three figures of a set of runs."""
    measured = (float(np.median(ratio)), within(ratio, 1.5), within(ratio, 2.0))
    return [
        Finding(f"{name}: {what}", value, low, high, len(ratio))
        for (what, low, high), value in zip(BOUNDS, measured, strict=True)
    ]


def _crossed(runs: Runs, setting: Flags) -> Floats:
    """Every run judged by the half it isn't in."""
    return np.where(setting, runs.blind(~setting), runs.blind(setting))


def _many_splits(runs: Runs) -> list[str]:
    """In how many of 1,000 splits each bound is met, and the quartiles of the figure."""
    count = len(runs.own_mfu)
    figures = []
    for seed in range(SPLITS):
        setting = halves(count, seed)
        sets = (runs.blind(setting)[~setting], _crossed(runs, setting))
        figures.append([f.measured for ratio in sets for f in three("", ratio)])
    values = np.array(figures)
    rows = []
    for column, (name, (what, low, high)) in enumerate((n, b) for n in ("one half", "both halves") for b in BOUNDS):
        here = values[:, column]
        rows.append(
            {
                "judged": name,
                "figure": what,
                "bound met in": f"{np.mean((here >= low) & (here <= high)):.0%} of splits",
                "5th percentile": f"{np.quantile(here, 0.05):.2f}",
                "median": f"{np.median(here):.2f}",
                "95th percentile": f"{np.quantile(here, 0.95):.2f}",
            }
        )
    return markdown(pd.DataFrame(rows))


def _unknown_active(left: pd.DataFrame) -> pd.DataFrame:
    """Unflagged runs whose active parameters aren't known, as mixtures: model, chip, predicted over published hours."""
    rows = left[(left["check"] == "ok") & (left["training_flop"] > 0)].reset_index(drop=True)
    regimes = table("training_mfu").set_index("regime")["mfu"]
    asked = pd.DataFrame(
        {
            "work_zflop": rows["training_flop"] / 1e21,
            "accelerator": rows["gpu_type"],
            "mfu": np.where(rows["gpu_type"] == "A100", regimes[AMPERE_MIXTURE], regimes[MIXTURE]),
        }
    )
    ratio = answer("training", asked)["accelerator_hours"] / rows["gpu_hours"]
    return pd.DataFrame({"model": rows["model"], "gpu_type": rows["gpu_type"], "ratio": ratio})


def _misses(runs: Runs, ratio: Floats, factor: float) -> list[str]:
    far = np.flatnonzero((ratio > factor) | (ratio < 1 / factor))
    models, chips, hours = (runs.frame[c] for c in ("model", "gpu_type", "gpu_hours_basis"))
    return [
        f"{models[i]} ({chips[i]}), {runs.regime[i]}: {ratio[i]:.2f}; hours {hours[i]}"
        + (f"; {REASONS[models[i]]}" if models[i] in REASONS else "")
        for i in far
    ]


def _regimes(runs: Runs, setting: Flags) -> list[str]:
    rows = []
    for regime in np.unique(runs.regime.astype(str)):
        here = runs.regime == regime
        both = [runs.own_mfu[here & half] for half in (setting, ~setting)]
        rows.append(
            {
                "regime": regime,
                "MFU in force": f"{runs.table_mfu[here][0]:.3f}",
                "median of the half": f"{np.median(both[0]):.3f}" if both[0].size else "none",
                "of the other half": f"{np.median(both[1]):.3f}" if both[1].size else "none",
                "of all": f"{np.median(runs.own_mfu[here]):.3f}",
                "lowest": f"{runs.own_mfu[here].min():.3f}",
                "highest": f"{runs.own_mfu[here].max():.3f}",
                "runs": here.sum(),
            }
        )
    return markdown(pd.DataFrame(rows))


def training(reference: Path) -> Section:
    """Accelerator-hours of published runs, judged by medians they had no part in and by the table in force."""
    runs, left = published(reference)
    count = len(runs.own_mfu)
    setting = halves(count)
    alone = np.array([runs.blind(np.arange(count) != i)[i] for i in range(count)])
    crossed = _crossed(runs, setting)
    unknown = _unknown_active(left)
    plain_run = runs.frame["stage"].isin(["pretrain", "cpt"]).to_numpy(bool)
    stated = plain_run & ~runs.frame["gpu_hours_basis"].str.contains("assumed|speculative|inferred|derived")
    findings = [
        *three("judging half, medians of the setting half", runs.blind(setting)[~setting]),
        *three("halves exchanged, medians of the other (judging) half", runs.blind(~setting)[setting]),
        *three("both halves, each judged by the other", crossed),
        *three("each run judged by all others", alone),
        *three("pretraining of stated hours, each judged by all others", alone[stated]),
        *three("all runs, the table in force", runs.ratio),
        *three("and the runs of unknown active parameters as mixtures", np.append(runs.ratio, unknown["ratio"])),
    ]
    blind_half = np.where(setting, np.nan, runs.blind(setting))
    without = [
        f"{model} ({check}; {basis})"
        for model, check, basis in zip(left["model"], left["check"], left["gpu_hours_basis"], strict=True)
        if model not in set(unknown["model"])
    ]
    notes = [
        f"The halves are drawn once, by the seed {SEED}, and weren't chosen by their result; of the 19 runs of a "
        "half only one may be off by 2, so that one split says little. Over 1,000 splits (seeds 0 to 999):",
        "",
        *_many_splits(runs),
        "Regimes, and what the runs themselves had:",
        "",
        *_regimes(runs, setting),
        *bullets("Judging half, off by more than 2 (predicted / published):", _misses(runs, blind_half, 2.0)),
        *bullets("Each judged by all others, off by more than 1.5:", _misses(runs, alone, 1.5)),
        *bullets(
            "Runs whose active parameters aren't published, as mixtures with the table in force:",
            [
                f"{r['model']} ({r['gpu_type']}): {r['ratio']:.2f}"
                + (f"; {REASONS[r['model']]}" if r["model"] in REASONS else "")
                for r in unknown.to_dict("records")
            ],
        ),
        *bullets("With published hours but left out (flagged, or without work or a known chip):", without),
    ]
    intro = (
        "Accelerator-hours of the final run. Medians set on some runs judge the others: a regime without a run among "
        "those that set takes its parent (a later year; the ratio of mixture to dense on Hopper), never the table in "
        "force, whose figures are the design's and were seen on all runs. The start of a run is its publication less "
        "60 days and its length, which matters only in a chip's first year. Stated hours are those not marked as "
        "assumed, speculative, inferred or derived; pretraining leaves out distillation and reinforcement learning, "
        "whose work 6ND isn't."
    )
    return Section("Training", intro, tuple(findings), tuple(notes))
