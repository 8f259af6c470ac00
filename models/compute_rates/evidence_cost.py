"""Evidence for cost: an analyst's published method as rows of settings, and the annuity of a 1 GW site."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from compute_rates import answer
from compute_rates.findings import Finding, Section, bullets, length_hours, markdown, started

LARGE_OPERATORS = ("Google", "Microsoft", "Amazon", "Meta")
PUE_LARGE, PUE_OTHERS = 1.1, 1.25
USD_PER_MWH = {2022: 83.2, 2023: 80.6, 2024: 77.1, 2025: 82.6}
"""US industrial price in the year of publication (Epoch AI, training-cost-trends, hardware.py)."""
ON_A100_80GB = ("Llama 2 7B", "Llama 2 70B", "StarCoder 15B", "NLLB-200 54.5B MoE", "BLOOM 176B")
"""Runs on the 80 GB version of the A100, by their model cards and papers (from memory); the reference says A100."""
STARTED = {"GPT-4": "2022-05-12"}
"""Starts stated in Epoch's own code: GPT-4's end on 2022-08-15, less 2,280 hours (training-cost-trends, pricing.py)."""
REASONS = {
    "Llama 2 7B": "published at 1.5 times the hourly cost of Llama 2 70B, of the same month and chip: the two can't be "
    "of one vintage of the method",
    "GPT-4.5": "hours by an analysis of a cluster; whether the published cost is of the same hours isn't known",
}
GIGAWATT_OPERATION_BN_USD = 0.9
"""Yearly operation of a 1 GW site without depreciation (Epoch AI 2026: 8.5 bn USD a year with 38 bn over five
years).
"""
EPOCH_YEARLY_BN_USD = 8.5
LIVES_YEARS = (3.0, 5.0, 7.0)
RATES = (0.0, 0.08, 0.10)


def _asked(reference: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Runs whose cost Epoch published in 2023 USD, and for each the row of settings of Epoch's method."""
    runs = pd.read_csv(reference / "training_runs.csv")
    by_epoch = runs["cost_basis"].fillna("").str.contains("Epoch, 2023 USD")
    used = runs[by_epoch & (runs["gpu_hours"] > 0) & (runs["check"] == "ok") & runs["gpu_type"].isin(["A100", "H100"])]
    used = used.reset_index(drop=True)
    version = np.where(used["model"].isin(ON_A100_80GB), "-80gb", "")
    asked = pd.DataFrame(
        {
            "model": used["model"],
            "accelerator": used["gpu_type"],
            "convention": "epoch-" + used["gpu_type"].str.lower() + version,
            "started": used["model"].map(STARTED).fillna(started(used)),
            "hours": used["gpu_hours"],
            "pue": np.where(used["org"].isin(LARGE_OPERATORS), PUE_LARGE, PUE_OTHERS),
            "usd_per_mwh": used["date"].str[:4].astype(int).map(USD_PER_MWH),
        }
    )
    return used, asked


def cost(reference: Path) -> Section:
    """An analyst's method as rows of settings."""
    used, asked = _asked(reference)
    answers = answer("cost", asked)
    ratio = (answers["total"] / used["cost_usd_est"]).to_numpy(float)
    dated = length_hours(used).notna().to_numpy(bool)
    shown = pd.DataFrame(
        {
            "run": used["model"],
            "convention": asked["convention"],
            "started": asked["started"],
            "length": np.where(used["model"].isin(STARTED), "start stated", np.where(dated, "published", "assumed")),
            "published USD an hour": (used["cost_usd_est"] / used["gpu_hours"]).map("{:.2f}".format),
            "by the row": answers["usd_per_hour"].map("{:.2f}".format),
            "ratio": [f"{r:.2f}" for r in ratio],
        }
    )
    far = np.flatnonzero((ratio < 0.85) | (ratio > 1.15))
    misses = [f"{used['model'][i]}: {ratio[i]:.2f}; {REASONS.get(used['model'][i], 'no reason known')}" for i in far]
    findings = tuple(
        Finding(
            f"Epoch's method by a row, {name}: median of ours / published", float(np.median(values)), 0.85, 1.15,
            len(values),
        )
        for name, values in (("runs of a published length", ratio[dated]), ("all runs", ratio))
    )  # fmt: skip
    notes = [
        *markdown(shown),
        *bullets("Off by more than 0.15:", misses),
        "The row carries what Epoch's method asks of a run: price of a server by version of the chip, which falls from "
        "90 days after that version's release (the 80 GB A100's half a year after the 40 GB one's: 1.18 times the "
        "value at the same start); a PUE of 1.1 for large operators and 1.25 for others; the industrial price of "
        "energy in the year of publication; a start 60 days and the run's length before publication, 33 days where "
        "the length isn't published. Not in the row: the producer price index to 2023 USD, a few per cent.",
        "",
    ]
    intro = (
        "The conventions `epoch-h100`, `epoch-a100` and `epoch-a100-80gb`, with each run's own PUE and energy price."
    )
    return Section("Cost", intro, findings, tuple(notes))


def gigawatt_site(_: Path) -> Section:
    """A year of a 1 GW site by IT life and discount rate."""
    rows = [(life, rate) for life in LIVES_YEARS for rate in RATES]
    asked = pd.DataFrame(rows, columns=["life_years", "discount_rate"]).assign(
        convention="gigawatt-site-5-years", units=1.0
    )
    yearly = answer("cost", asked)["total"].to_numpy(float) / 1e9 + GIGAWATT_OPERATION_BN_USD
    by = dict(zip(rows, yearly, strict=True))
    shown = pd.DataFrame(
        [
            {"IT life": f"{life:g} years", **{f"at {rate:.0%}": f"{by[life, rate]:.2f}" for rate in RATES}}
            for life in LIVES_YEARS
        ]
    )
    five = by[5.0, 0.0]
    findings = (
        Finding("five years at a rate of 0, of Epoch's 8.5 bn USD a year", five / EPOCH_YEARLY_BN_USD, 0.99, 1.01, 1),
    )
    notes = [
        *markdown(shown),
        "Epoch's 8.5 is straight-line: 38 / 5 + 0.9, a discount rate of 0. At 8 to 10 % the same site costs "
        f"{by[5.0, 0.08]:.1f} to {by[5.0, 0.10]:.1f} bn USD a year over five years. Halls and grid are given the "
        "machines' life, as Epoch does, though they outlive them.",
        "",
    ]
    intro = (
        "bn USD a year of 38 bn USD of capital and 0.9 bn USD of operation, by the convention `gigawatt-site-5-years` "
        "with the row's own `life_years` and `discount_rate`; annuity in arrears, real."
    )
    return Section("A site of 1 GW", intro, findings, tuple(notes))
