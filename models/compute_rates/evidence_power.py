"""Evidence for power: watts per accelerator of published clusters against the three figures."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from compute_rates import answer
from compute_rates.findings import Finding, Section, bullets, markdown

LEFT_OUT = {
    "JUPITER": "MW from memory",
    "AIRR: Isambard-AI": "MW from memory",
    "Fluidstack supercomputer": "`next-gen`: the chip isn't known",
    "Stargate Norway / Aker Nscale Narvik": "several chips, and how many of which isn't known",
}
"""Programmes with MW and accelerators both, and why they don't judge."""


def _megawatts(reference: Path) -> list[tuple[str, str, str, float]]:
    """Epoch's all-in power of training clusters: an average."""
    runs = pd.read_csv(reference / "training_runs.csv")
    rows = []
    for run in runs[runs["notes"].fillna("").str.contains("all-in power")].to_dict("records"):
        note, basis = str(run["notes"]), str(run["gpu_hours_basis"])
        megawatts = float(re.findall(r"all-in power (?:about )?([\d.]+) MW", note)[0])
        counted = (
            re.findall(r"for ([\d,]+) GPUs", note)
            or re.findall(r"([\d,]+) GPUs", note)
            or re.findall(r"^([\d,]+)", basis)
        )
        units = float(counted[0].replace(",", ""))
        rows.append((f"{run['model']} (Epoch)", str(run["gpu_type"]), "average_mw", 1e6 * megawatts / units))
    return rows


def published(reference: Path) -> pd.DataFrame:
    """Published watts per accelerator that were read in a source: what they are, and of what."""
    rows = _megawatts(reference)
    points = pd.read_csv(reference / "serving.csv")
    points = points[points["memory_only"] == "N"]
    for chip, watts in points.groupby("accelerator")["all_in_w_per_gpu"].median().dropna().items():
        rows.append(("SemiAnalysis InferenceX", str(chip), "facility_peak_mw", float(watts)))
    chips = pd.read_csv(reference / "accelerators.csv")
    for chip, note in zip(chips["name"], chips["notes"].fillna(""), strict=True):
        for watts in re.findall(r"([\d,]+) W per GPU of IT power", note):
            rows.append(("CoreWeave S-1 (Epoch)", chip, "it_nameplate_mw", float(watts.replace(",", ""))))
    return pd.DataFrame(rows, columns=["cluster", "accelerator", "figure", "published_w"])


def _from_memory(reference: Path) -> pd.DataFrame:
    trends = pd.read_csv(reference / "price_trends.csv")
    trends = trends[trends["series"] == "cross_check"]
    return pd.DataFrame(
        {
            "cluster": "SemiAnalysis InferenceMAX, from memory",
            "accelerator": trends["item"].str.split().str[-1],
            "figure": "facility_peak_mw",
            "published_w": trends["value_central"].astype(float),
        }
    )


def _shown(clusters: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    answers = answer("power", clusters.assign(units=1.0))
    watts = np.array([answers[figure].iloc[i] for i, figure in enumerate(clusters["figure"])], float) * 1e6
    ratio = watts / clusters["published_w"].to_numpy(float)
    shown = clusters.assign(
        published_w=clusters["published_w"].map("{:,.0f}".format),
        predicted_w=[f"{w:,.0f}" for w in watts],
        ratio=[f"{r:.2f}" for r in ratio],
    )
    return ratio, shown


def _programmes(reference: Path) -> list[str]:
    rows = pd.read_csv(reference / "programmes.csv")
    rows = rows[rows["mw"].notna() & rows["accelerators"].notna()]
    return [
        f"{r['programme']}: {1e6 * r['mw'] / r['accelerators']:,.0f} W of {r['accelerators']:,.0f} "
        f"{r['accelerator_type']}; {LEFT_OUT.get(str(r['programme']), 'no reason known')}"
        for r in rows.to_dict("records")
    ]


def _energies(reference: Path) -> list[str]:
    runs = pd.read_csv(reference / "training_runs.csv")
    runs = runs[runs["energy_mwh"].notna()]
    return [
        f"{r['model']}: {1e6 * r['energy_mwh'] / r['gpu_hours']:,.0f} W an {r['gpu_type']}; {r['energy_basis']}"
        for r in runs.to_dict("records")
    ]


def power(reference: Path) -> Section:
    """Power per accelerator of published clusters, each against the figure it is of."""
    ratio, shown = _shown(published(reference))
    all_ratio, remembered = _shown(_from_memory(reference))
    findings = (
        Finding("median of predicted / published", float(np.median(ratio)), 0.90, 1.10, len(ratio)),
        Finding("share within 0.7 to 1.3", float(np.mean((ratio >= 0.7) & (ratio <= 1.3))), 0.75, np.inf, len(ratio)),
        Finding(
            "median with those from memory too", float(np.median([*ratio, *all_ratio])), 0.90, 1.10,
            len(ratio) + len(all_ratio),
        ),
    )  # fmt: skip
    notes = [
        *markdown(shown),
        "Left out, for they stand in the reference from memory alone:",
        "",
        *markdown(remembered),
        *bullets("Left out, programmes that state MW and accelerators:", _programmes(reference)),
        *bullets(
            "Left out, energies of runs: below the chip's own TDP or worked out from it, so of the chips and not of "
            "the cluster:",
            _energies(reference),
        ),
        "No constant was set on these: server powers are vendors' nameplates or stated estimates, shares the design's. "
        "Epoch's three averages of H100 and H800 and its nameplate come of one method, close to ours, and agree more "
        "than four independent figures would.",
        "",
    ]
    intro = (
        "Watts per accelerator with the defaults (network 0.12, PUE 1.25, average share 0.75). Epoch's all-in power is "
        "an average, SemiAnalysis's an all-in peak, CoreWeave's an IT nameplate."
    )
    return Section("Power", intro, findings, tuple(notes))
