"""Evidence for training and serving: published runs and measured serving points against what the rates say of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from compute_rates import answer, serving
from compute_rates.atlas import positions, table
from compute_rates.findings import Finding, Section, bullets, halves, markdown, started, within

DERATE_STEPS = np.round(np.arange(0.1, 1.001, 0.05), 2)


def training(reference: Path) -> Section:
    """Accelerator-hours of published runs that are not flagged and whose work and parameters are published."""
    runs = pd.read_csv(reference / "training_runs.csv")
    with_hours = runs[runs["gpu_hours"] > 0]
    chip = positions("accelerators", "accelerator", with_hours["gpu_type"].fillna("").to_numpy(object)) >= 0
    usable = (
        (with_hours["check"] == "ok") & chip & (with_hours["active_params_b"] > 0) & (with_hours["training_flop"] > 0)
    )
    used = with_hours[usable].reset_index(drop=True)
    asked = used[["model", "total_params_b", "active_params_b", "tokens_t"]].assign(
        work_zflop=(used["training_flop"] / 1e21).where(used["tokens_t"].isna()),
        accelerator=used["gpu_type"],
        started=started(used),
    )
    predicted = answer("training", asked)
    ratio = (predicted["accelerator_hours"] / used["gpu_hours"]).to_numpy(float)
    setting = halves(len(ratio))
    regime = predicted["basis"].str.extract(r"MFU ([^;]+)")[0]
    # each run's own MFU on the same work, so that regimes and record are compared on one footing
    own = predicted["mfu"] * ratio
    set_by_half = regime.map(own[setting].groupby(regime[setting]).median()).fillna(predicted["mfu"])
    blind = (own / set_by_half).to_numpy(float)
    findings = []
    for name, ratios in (
        ("judging half, medians of the setting half", blind[~setting]),
        ("judging half, the table in force", ratio[~setting]),
        ("all runs, the table in force", ratio),
    ):
        count = len(ratios)
        findings += [
            Finding(f"{name}: median of predicted / published", float(np.median(ratios)), 0.85, 1.15, count),
            Finding(f"{name}: share within 1.5 times", within(ratios, 1.5), 0.70, np.inf, count),
            Finding(f"{name}: share within 2 times", within(ratios, 2.0), 0.90, np.inf, count),
        ]
    medians = (
        pd.DataFrame({"regime": regime, "used": predicted["mfu"], "own": own, "half": setting})
        .groupby("regime")
        .apply(
            lambda g: pd.Series(
                {
                    "MFU used": f"{g['used'].median():.3f}",
                    "median, setting half": f"{g.loc[g['half'], 'own'].median():.3f}" if g["half"].any() else "none",
                    "median, all": f"{g['own'].median():.3f}",
                    "runs": len(g),
                }
            )
        )
        .reset_index()
    )
    far = np.flatnonzero((ratio > 1.5) | (ratio < 1 / 1.5))
    misses = [f"{used['model'][i]} ({used['gpu_type'][i]}): {ratio[i]:.2f}; {regime[i]}" for i in far]
    left_out = [f"{m} ({c})" for m, c in zip(with_hours["model"], with_hours["check"], strict=True)]
    left_out = [text for text, keep in zip(left_out, usable, strict=True) if not keep]
    notes = [
        "Regimes, and what the runs themselves had:",
        "",
        *markdown(medians),
        *bullets("Off by more than 1.5 (predicted / published):", misses),
        *bullets("With published hours but left out (flagged, or without work, parameters or a known chip):", left_out),
    ]
    intro = (
        "Accelerator-hours of the final run. The table in force holds the design's medians, which were seen on all "
        "runs; the judging half is blind only to the medians of the setting half (a regime without a run there keeps "
        "the table's). The start of a run is its publication less 60 days and its length, which matters only in a "
        "chip's first year."
    )
    return Section("Training", intro, tuple(findings), tuple(notes))


def _serving_points(reference: Path) -> pd.DataFrame:
    points = pd.read_csv(reference / "serving.csv")
    saturated = points["source"].str.contains("TensorRT") & points["isl"].notna() & points["osl"].notna()
    used = points[saturated].reset_index(drop=True)
    asked = pd.DataFrame(
        {
            "model": used["model"],
            "total_params_b": used["total_params_b"],
            "active_params_b": used["active_params_b"],
            "precision": used["precision"],
            "accelerator": used["accelerator"],
            "accelerators_per_replica": used["gpus_in_config"],
            "input_tokens": used["isl"],
            "output_tokens": used["osl"],
        }
    )
    given = answer("serving", asked)
    smallest = answer("serving", asked.drop(columns="accelerators_per_replica"))["basis"].str.extract(r"degree (\d+)")
    return asked.assign(
        published=used["output_tok_s_gpu"],
        ratio=given["output_tokens_per_s"] / used["output_tok_s_gpu"],
        decode_s=given["s_per_output_token"] / given["basis"].str.extract(r"batch (\d+)")[0].astype(float),
        prefill_s=given["input_s"] / used["osl"],
        kind=given["basis"].str.split(" ").str[0],
        smallest=smallest[0].astype(int),
        setting=halves(len(used)),
    )


def refitted(points: pd.DataFrame, *, together: bool) -> tuple[float, float]:
    """Decode and prefill derates of least absolute log error, on steps of 0.05; one and the same where `together`.

    The points carry the derates in force, which are taken out first.
    """
    rows = table("serving_derates")
    here = rows[
        (rows["kind"] == points["kind"].iloc[0]) & (rows["precision"] == points["precision"].str.lower().iloc[0])
    ]
    row = here[here["smallest_degree_from"] <= points["smallest"].iloc[0]].iloc[-1]
    units = points["accelerators_per_replica"].to_numpy(float)
    decode = points["decode_s"].to_numpy(float) * units * row["decode"]
    prefill = points["prefill_s"].to_numpy(float) * units * row["prefill"]
    published = points["published"].to_numpy(float)
    best = (np.inf, 1.0, 1.0)
    for of_decode in DERATE_STEPS:
        for of_prefill in (of_decode,) if together else DERATE_STEPS:
            error = float(np.abs(np.log((decode / of_decode + prefill / of_prefill) * published)).sum())
            best = min(best, (error, float(of_decode), float(of_prefill)))
    return best[1], best[2]


def serving_rates(reference: Path) -> Section:
    """Saturated output tokens per second and accelerator against TensorRT-LLM's published points."""
    points = _serving_points(reference)
    fp4, mixture = points["precision"].str.lower() == "fp4", points["kind"] == "mixture"
    dense_smallest = ~mixture & ~fp4 & (points["smallest"] == points["accelerators_per_replica"])
    wide = ~mixture & ~fp4 & (points["smallest"] >= 8)
    judging = ~points["setting"]
    everyone = np.ones(len(points), bool)
    findings = []
    for name, rows in (("judging half", judging), ("all points", everyone)):
        close = points.loc[rows & dense_smallest, "ratio"].to_numpy(float)
        far = points.loc[rows & (mixture | fp4), "ratio"].to_numpy(float)
        findings += [
            Finding(f"{name}: dense FP8 at the smallest degree, median", np.median(close), 0.85, 1.15, len(close)),
            Finding(
                f"{name}: the same, share of points within 0.7 to 1.3",
                float(np.mean((close >= 0.7) & (close <= 1.3))), 0.95, np.inf, len(close),
            ),
            Finding(f"{name}: mixtures and FP4, share within 2 times", within(far, 2.0), 0.90, np.inf, len(far)),
        ]  # fmt: skip
    half = points["setting"]
    sets = {
        "mixture, any precision": (mixture & half, False),
        "dense FP4": (~mixture & fp4 & half & (points["smallest"] < 8), True),
        "dense FP8, smallest degree 8": (wide & half, True),
    }
    refits = [
        f"{name}: decode {found[0]:.2f}, prefill {found[1]:.2f} on {int(rows.sum())} points"
        for name, (rows, together) in sets.items()
        if rows.any()
        for found in [refitted(points[rows], together=together)]
    ]
    misses = [
        f"{r['model']} on {r['accelerators_per_replica']:.0f} {r['accelerator']}, {r['precision']}, "
        f"{r['input_tokens']:.0f}/{r['output_tokens']:.0f}: {r['ratio']:.2f}"
        for r in points[(points["ratio"] > 2) | (points["ratio"] < 0.5)].to_dict("records")
    ]
    notes = [
        *bullets("Derates set anew on the setting half (those in force are in `serving_derates.csv`):", refits),
        *bullets("Off by more than 2 (predicted / published):", misses),
        "Left out: points without input and output lengths (MLPerf, production fleets), and dashboards at a stated "
        "user speed whose batch and degree aren't published.",
        "",
    ]
    intro = (
        f"Output tokens per second and accelerator, saturated. Efficiencies {serving.PEAK_SHARE:g} of peak and "
        f"{serving.BANDWIDTH_SHARE:g} of bandwidth are the design's; the derates of mixtures, FP4 and eight units were "
        "set on one half. Which derates there are, the mean context, the room for cache and the largest batch were "
        "chosen with all points in view."
    )
    return Section("Serving", intro, tuple(findings), tuple(notes))
