"""Evidence for serving: measured points against the roofline.

The derates of mixtures (memory traffic and routed experts), of FP4 in dense models and of dense models that need eight
units are set by least absolute log error on one half of the points, on steps of 0.05, and judged on the other. Both
halves are judged so, and 1,000 other splits. Nothing else is set anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from compute_rates import answer, serving
from compute_rates.findings import SEED, Finding, Section, bullets, halves, markdown, within
from compute_rates.reading import Flags, Floats, Reader, Texts

STEPS = np.round(np.arange(0.05, 1.001, 0.05), 2)
SPLITS = 1000
DENSE_CLOSE = (0.7, 1.3)
REASONS = {
    (
        "DeepSeek-R1-0528",
        "H200",
        1024,
        8192,
    ): "its latent cache costs 17 MFLOP a cached token and token made, at a mean "
    "context of 5,120 more than the 74 GFLOP of its parameters, which the roofline doesn't count"
}
CLASS_SPEEDS = {"interactive": (20, 30), "fast": (38, 46), "realtime": (95, 105)}
"""Tokens per second and user that stand for a latency class on a dashboard."""
SETS = ("mixture", "dense FP4", "dense FP8 from 8 units")
Grid = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """Saturated points: the rows asked, published rates, and for each set of derates its grid of predictions."""

    asked: pd.DataFrame
    published: Floats
    ratio: Floats
    smallest: Floats
    belongs: dict[str, Flags]
    settings: dict[str, Floats]
    """By set, (settings, 2): traffic and routed derates, or the one derate of both twice."""
    log_ratio: dict[str, Grid]
    """By set, (settings, points): log of predicted over published with those derates."""

    @property
    def uncertain(self) -> Flags:
        return np.asarray(self.belongs["mixture"] | (self.asked["precision"] == "fp4").to_numpy(bool))

    @property
    def dense_smallest(self) -> Flags:
        """Dense FP8 at the smallest degree that fits."""
        return np.asarray(~self.uncertain & (self.smallest == self.asked["accelerators_per_replica"].to_numpy(float)))

    def fitted(self, setting: Flags) -> tuple[Floats, dict[str, tuple[float, float]]]:
        """Predicted over published of every point with derates set on `setting`, and those derates."""
        ratio, found = self.ratio.copy(), {}
        for name in SETS:
            here = self.belongs[name]
            if not (here & setting).any():
                continue
            errors = np.abs(self.log_ratio[name][:, here & setting]).sum(axis=1)
            best = int(errors.argmin())
            ratio[here] = np.exp(self.log_ratio[name][best, here])
            found[name] = (float(self.settings[name][best, 0]), float(self.settings[name][best, 1]))
        return ratio, found


def _asked(used: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "model": used["model"],
        "total_params_b": used["total_params_b"],
        "active_params_b": used["active_params_b"],
        "precision": used["precision"].str.lower(),
        "accelerator": used["accelerator"],
        "accelerators_per_replica": used["gpus_in_config"],
        "input_tokens": used["isl"],
        "output_tokens": used["osl"],
    }
    return pd.DataFrame(columns)


def points(reference: Path) -> Points:
    """TensorRT-LLM's points, which state model, chip, precision, degree, input and output."""
    rows = pd.read_csv(reference / "serving.csv")
    used = rows[rows["source"].str.contains("TensorRT") & rows["isl"].notna() & rows["osl"].notna()]
    used = used.reset_index(drop=True)
    asked, published = _asked(used), used["output_tok_s_gpu"].to_numpy(float)
    request = serving.requests(Reader(asked))
    context = request.input_tokens + request.output_tokens
    smallest = serving.smallest_degree(request.model, request.chip, context, request.batch)
    mixture, fp4 = request.model.mixture, (asked["precision"] == "fp4").to_numpy(bool)
    belongs = {
        "mixture": mixture,
        "dense FP4": ~mixture & fp4 & (smallest < 8),
        "dense FP8 from 8 units": ~mixture & ~fp4 & (smallest >= 8),
    }
    ones = np.ones(len(asked))
    in_force = serving.derates(mixture, request.model.precision, smallest)

    def log_ratio(derate: serving.Derates) -> Floats:
        served = serving.saturated(
            request.model,
            request.chip,
            request.input_tokens,
            request.output_tokens,
            degree=request.degree,
            batch=request.batch,
            derate=derate,
        )
        return np.asarray(np.log(served.tokens_per_s / published))

    pairs = np.array([(t, r) for t in STEPS for r in STEPS])
    same = np.stack([STEPS, STEPS], axis=1)
    settings = {"mixture": pairs, "dense FP4": same, "dense FP8 from 8 units": same}
    grids = {}
    for name, pairs_of in settings.items():
        whole = name != "mixture"
        grids[name] = np.array(
            [
                log_ratio(
                    serving.Derates(
                        t * ones, t * ones if whole else in_force.arithmetic, r * ones, in_force.degree_exponent
                    )
                )
                for t, r in pairs_of
            ]
        )
    return Points(asked, published, np.exp(log_ratio(in_force)), smallest, belongs, settings, grids)


def _three(name: str, at: Points, ratio: Floats, rows: Flags) -> list[Finding]:
    close, far = ratio[rows & at.dense_smallest], ratio[rows & at.uncertain]
    low, high = DENSE_CLOSE
    return [
        Finding(f"{name}: dense FP8 at the smallest degree, median", float(np.median(close)), 0.85, 1.15, len(close)),
        Finding(
            f"{name}: the same, share of points within 0.7 to 1.3",
            float(np.mean((close >= low) & (close <= high))),
            0.95,
            np.inf,
            len(close),
        ),
        Finding(f"{name}: mixtures and FP4, share within 2 times", within(far, 2.0), 0.90, np.inf, len(far)),
    ]


def _splits(at: Points) -> str:
    """In how many of 1,000 splits the judging half's mixtures and FP4 points are within 2."""
    shares = []
    for seed in range(SPLITS):
        setting = halves(len(at.ratio), seed)
        shares.append(within(at.fitted(setting)[0][~setting & at.uncertain], 2.0))
    low, middle = np.quantile(shares, [0.05, 0.5])
    return (
        f"Over {SPLITS:,} other splits (seeds 0 to {SPLITS - 1}), derates set on one half keep a median of "
        f"{middle:.2f} of the other half's mixtures and FP4 points within 2 times (5th percentile {low:.2f})."
    )


def _named(at: Points, ratio: Floats, rows: Flags) -> list[str]:
    found = []
    for i in np.flatnonzero(rows):
        r = at.asked.iloc[i]
        key = (r["model"], r["accelerator"], int(r["input_tokens"]), int(r["output_tokens"]))
        found.append(
            f"{r['model']} on {r['accelerators_per_replica']:.0f} {r['accelerator']}, {r['precision'].upper()}, "
            f"{key[2]}/{key[3]}: {ratio[i]:.2f}" + (f"; {REASONS[key]}" if key in REASONS else "")
        )
    return found


def _by_model(at: Points) -> list[str]:
    kind: Texts = np.where(at.belongs["mixture"], "mixture", "dense")
    frame = at.asked.assign(kind=kind, ratio=at.ratio)
    rows = [
        {
            "model": model,
            "kind": of,
            "precision": str(precision).upper(),
            "points": len(group),
            "lowest": f"{group['ratio'].min():.2f}",
            "median": f"{group['ratio'].median():.2f}",
            "highest": f"{group['ratio'].max():.2f}",
        }
        for (of, model, precision), group in frame.groupby(["kind", "model", "precision"])
    ]
    return markdown(pd.DataFrame(rows))


def _dashboards(reference: Path) -> list[str]:
    """Latency classes against points at a stated speed per user, whose batch and degree aren't published."""
    rows = pd.read_csv(reference / "serving.csv")
    rows = rows[rows["source"].str.contains("InferenceX")].reset_index(drop=True)
    speed = rows["latency_basis"].str.extract(r"^(\d+) tok/s/user")[0].astype(float)
    lines = []
    for latency, (low, high) in CLASS_SPEEDS.items():
        used = rows[(speed >= low) & (speed <= high)].reset_index(drop=True)
        given = answer("serving", _asked(used).assign(latency=latency))
        for asked, rate, told in zip(
            _asked(used).to_dict("records"), used["output_tok_s_gpu"], given["output_tokens_per_s"], strict=True
        ):
            lines.append(
                {
                    "class": f"{latency} ({low} to {high} tokens a second and user)",
                    "model": asked["model"],
                    "accelerator": asked["accelerator"],
                    "request": f"{asked['input_tokens']:.0f}/{asked['output_tokens']:.0f}",
                    "published": f"{rate:,.0f}",
                    "predicted": f"{told:,.0f}",
                    "ratio": f"{told / rate:.2f}",
                }
            )
    return markdown(pd.DataFrame(lines))


def serving_rates(reference: Path) -> Section:
    """Saturated output tokens per second and accelerator against TensorRT-LLM's published points."""
    at = points(reference)
    setting = halves(len(at.ratio))
    blind, found = at.fitted(setting)
    exchanged, other = at.fitted(~setting)
    told = answer("serving", at.asked)["basis"].str.contains("uncertain within a factor of 2").to_numpy(bool)
    every = np.ones(len(at.ratio), bool)
    findings = [
        *_three("judging half", at, blind, ~setting),
        *_three("halves exchanged", at, exchanged, setting),
        *_three("all points, the table in force", at, at.ratio, every),
        Finding(
            "mixtures and FP4, and no others, are told as uncertain: share of answers",
            float(np.mean(told == at.uncertain)), 1.0, 1.0, len(told),
        ),
    ]  # fmt: skip
    sets = [
        f"{name}: " + (f"traffic {a:.2f}, routed {b:.2f}" if name == "mixture" else f"{a:.2f}")
        + f" on {int((at.belongs[name] & half).sum())} points ({which})"
        for which, half, derates in (("setting half", setting, found), ("exchanged", ~setting, other))
        for name, (a, b) in derates.items()
    ]  # fmt: skip
    far = (at.ratio > 2) | (at.ratio < 0.5)
    wide = at.dense_smallest & ((at.ratio < DENSE_CLOSE[0]) | (at.ratio > DENSE_CLOSE[1]))
    notes = [
        *bullets("Derates set anew (those in force, in `serving_derates.csv`, are the setting half's):", sets),
        _splits(at),
        "",
        *bullets("All points, mixtures and FP4 off by more than 2 (predicted / published):", _named(at, at.ratio, far)),
        *bullets("All points, dense FP8 at the smallest degree outside 0.7 to 1.3:", _named(at, at.ratio, wide)),
        "Predicted over published by model, the table in force:",
        "",
        *_by_model(at),
        "Latency classes against InferenceX's dashboards (DeepSeek-R1, gpt-oss-120b), which give a speed per user and "
        "neither batch nor degree. The classes' derates are the design's and no bound is set on them. For large "
        "mixtures on Hopper and on AMD's chips they give far too much, and a measured row should be used:",
        "",
        *_dashboards(reference),
        "Left out: MLPerf's and the production fleets' points, which state no input and output lengths.",
        "",
    ]
    intro = (
        f"Output tokens per second and accelerator, saturated. Efficiencies {serving.PEAK_SHARE:g} of peak and "
        f"{serving.BANDWIDTH_SHARE:g} of bandwidth and the degrees' derate are the design's; the derates of mixtures, "
        f"FP4 and eight units were set on one half, drawn by the seed {SEED}. The mean context, "
        "the room for cache, the largest batch and which derates there are were chosen with all points in view: that "
        "a mixture's shared part runs as a dense model's, and that its degree costs nothing, were added for Llama 4, "
        "which had been put at a third. The issue gives no share for its factor of 2; nine in ten is training's."
    )
    return Section("Serving", intro, tuple(findings), tuple(notes))
