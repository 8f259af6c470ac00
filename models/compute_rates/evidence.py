"""How far the rates are from the published record: `python -m compute_rates.evidence REFERENCE_DIR > docs/evidence.md`.

Sets, not single cases: median of predicted over published, and shares within a factor. Where constants were set on
data, a half drawn by `SEED` set them and the other half judges; both are told. Flagged rows of the reference are left
out, and named.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from compute_rates import answer
from compute_rates.evidence_speed import serving_rates, training
from compute_rates.findings import SEED, Finding, Section, bullets, markdown, run_hours, started

CLASS_OF_REFERENCE = {
    "3A090.a": "3A090.a",
    "3A090.b": "3A090.b",
    "below_3A090": "none",
    "below_3A090_is_informed": "none",
    "CN_GP10_3A090": "3A090.a",
    "foreign_3A090.a": "3A090.a",
}
RULE_DATES = {
    "rule of 2022": ("2023-06-01", "interconnect_gb_s"),
    "rule of 2023": ("2024-06-01", "name"),
    "bands of 2026": ("2026-06-01", "memory_bandwidth_tb_s"),
}
"""A date under each rule, and the figure of the reference without which some chips can't be decided at it."""
GIGAWATT_OPERATION_BN_USD = 0.9
"""Yearly operation of a 1 GW site without depreciation (Epoch AI 2026: 8.5 bn USD a year with 38 bn over five
years).
"""


def _published_power(reference: Path) -> pd.DataFrame:
    """Published watts per accelerator: what they are, of what, and whether the figure was read or is from memory."""
    rows: list[tuple[str, str, str, float, str]] = []
    runs = pd.read_csv(reference / "training_runs.csv")
    for run in runs[runs["notes"].fillna("").str.contains("all-in power")].to_dict("records"):
        note, basis = str(run["notes"]), str(run["gpu_hours_basis"])
        megawatts = float(re.findall(r"all-in power (?:about )?([\d.]+) MW", note)[0])
        counted = (
            re.findall(r"for ([\d,]+) GPUs", note)
            or re.findall(r"([\d,]+) GPUs", note)
            or re.findall(r"^([\d,]+)", basis)
        )
        units = float(counted[0].replace(",", ""))
        rows.append((str(run["model"]), str(run["gpu_type"]), "average_mw", 1e6 * megawatts / units, "read"))
    points = pd.read_csv(reference / "serving.csv")
    for chip, watts in points.groupby("accelerator")["all_in_w_per_gpu"].median().dropna().items():
        rows.append(("SemiAnalysis InferenceX", str(chip), "facility_peak_mw", float(watts), "read"))
    trends = pd.read_csv(reference / "price_trends.csv")
    for trend in trends[trends["series"] == "cross_check"].to_dict("records"):
        chip = str(trend["item"]).split()[-1]
        rows.append(
            ("SemiAnalysis InferenceMAX", chip, "facility_peak_mw", float(trend["value_central"]), "from memory")
        )
    chips = pd.read_csv(reference / "accelerators.csv")
    for chip, note in zip(chips["name"], chips["notes"].fillna(""), strict=True):
        for watts in re.findall(r"([\d,]+) W per GPU of IT power", note):
            rows.append(
                ("CoreWeave S-1, as read by Epoch", chip, "it_nameplate_mw", float(watts.replace(",", "")), "read")
            )
    return pd.DataFrame(rows, columns=["cluster", "accelerator", "figure", "published_w", "how"])


def power(reference: Path) -> Section:
    """Power per accelerator of published clusters, each against the figure it is of."""
    clusters = _published_power(reference)
    answers = answer("power", clusters.assign(units=1.0))
    watts = np.array([answers.loc[i, figure] for i, figure in enumerate(clusters["figure"])], float) * 1e6
    ratio = watts / clusters["published_w"].to_numpy(float)
    findings = (
        Finding("median of predicted / published", float(np.median(ratio)), 0.90, 1.10, len(ratio)),
        Finding("share within 0.7 to 1.3", float(np.mean((ratio >= 0.7) & (ratio <= 1.3))), 0.75, np.inf, len(ratio)),
    )
    shown = clusters.assign(
        published_w=clusters["published_w"].map("{:,.0f}".format),
        predicted_w=[f"{w:,.0f}" for w in watts],
        ratio=[f"{r:.2f}" for r in ratio],
    )
    intro = (
        "Watts per accelerator with the defaults (network 0.12, PUE 1.25, average share 0.75). Epoch's all-in power is "
        "an average, SemiAnalysis's an all-in peak, CoreWeave's an IT nameplate. Programmes' MW in the reference are "
        "from memory and left out."
    )
    return Section("Power", intro, findings, tuple(markdown(shown)))


def control(reference: Path) -> Section:
    """TPP, density and class of the reference's accelerators, recomputed from their formats, under each dated rule."""
    chips = pd.read_csv(reference / "accelerators.csv")
    stated = chips["export_class"].map(CLASS_OF_REFERENCE)
    known = stated.notna()
    used = chips[known].reset_index(drop=True)
    asked = pd.DataFrame({"accelerator": used["name"]})
    today = answer("control", asked.assign(date="2026-11-01", destination="United States"))
    same_tpp = np.abs(today["tpp"] - used["tpp"]) <= 1e-6 * used["tpp"]
    density = used["performance_density"]
    same_density = density.isna() | (np.abs(today["performance_density"] - density) < 0.0051)
    same_class = today["class"] == stated[known].reset_index(drop=True)
    findings = tuple(
        Finding(f"{name}: share equal", float(np.mean(same)), 1.0, 1.0, len(used))
        for name, same in (("TPP", same_tpp), ("density", same_density), ("class of 2023", same_class))
    )
    counts = []
    for name, (date, hangs_on) in RULE_DATES.items():
        decidable = asked[used[hangs_on].notna()]
        under = answer("control", decidable.assign(date=date, destination="China"))
        kinds = under["class"].value_counts().sort_index()
        ends = under["outcome"].value_counts().sort_index()
        counts.append(
            {
                "at": f"{name} ({date})",
                "chips": len(under),
                "class": ", ".join(f"{k} {v}" for k, v in kinds.items()),
                "outcome to China": ", ".join(f"{k} {v}" for k, v in ends.items()),
            }
        )
    left_out = [f"{n} ({c})" for n, c in zip(chips["name"], chips["export_class"], strict=True)]
    left_out = [text for text, keep in zip(left_out, known, strict=True) if not keep]
    notes = [
        "Classes and outcomes under each dated rule, for China:",
        "",
        *markdown(pd.DataFrame(counts)),
        *bullets("Left out, for the reference leaves their class open:", left_out),
    ]
    return Section(
        "Control",
        "Recomputed from the formats; a reported TPP stands only for a chip without any.",
        findings,
        tuple(notes),
    )


def cost(reference: Path) -> Section:
    """An analyst's method as a row of settings, and the annuity of a 1 GW site."""
    runs = pd.read_csv(reference / "training_runs.csv")
    epoch = runs[
        runs["cost_basis"].fillna("").str.contains("Epoch, 2023 USD")
        & (runs["gpu_hours"] > 0)
        & (runs["check"] == "ok")
    ]
    epoch = epoch[epoch["gpu_type"].isin(["A100", "H100"])].reset_index(drop=True)
    asked = pd.DataFrame(
        {
            "model": epoch["model"],
            "accelerator": epoch["gpu_type"],
            "convention": "epoch-" + epoch["gpu_type"].str.lower(),
            "started": started(epoch),
            "hours": epoch["gpu_hours"],
        }
    )
    answers = answer("cost", asked)
    ratio = (answers["total"] / epoch["cost_usd_est"]).to_numpy(float)
    shown = pd.DataFrame(
        {
            "run": epoch["model"],
            "chip": epoch["gpu_type"],
            "published USD an hour": (epoch["cost_usd_est"] / epoch["gpu_hours"]).map("{:.2f}".format),
            "by the row": answers["usd_per_hour"].map("{:.2f}".format),
            "ratio": [f"{r:.2f}" for r in ratio],
        }
    )
    lives = [3.0, 5.0, 7.0]
    site = answer("cost", pd.DataFrame({"convention": "gigawatt-site-5-years", "units": 1.0, "life_years": lives}))
    yearly = [
        f"{life:g} years: {total / 1e9 + GIGAWATT_OPERATION_BN_USD:.2f}"
        for life, total in zip(lives, site["total"], strict=True)
    ]
    notes = [
        *markdown(shown),
        "The price falls with time, so a run counts only as well as its start is known. Published costs are also of "
        "several vintages of the method (2023 USD, other hours for Llama 2 7B and GPT-4.5).",
        "",
        "A 1 GW site of 38 bn USD with 0.9 bn USD a year of operation, bn USD a year by IT life at a discount rate of "
        "0 (Epoch gives 8.5 for five years): " + ", ".join(yearly) + ".",
        "",
    ]
    dated = run_hours(epoch).notna().to_numpy(bool)
    findings = tuple(
        Finding(
            f"Epoch's method by a row, {name}: median of ours / published",
            float(np.median(values)),
            0.85,
            1.15,
            len(values),
        )
        for name, values in (("runs of a published length", ratio[dated]), ("all runs", ratio))
    )
    return Section(
        "Cost", "The conventions `epoch-h100`, `epoch-a100` and `gigawatt-site-5-years`.", findings, tuple(notes)
    )


PARTS = (training, serving_rates, power, control, cost)


def report(reference: Path) -> str:
    """The whole document, in Markdown."""
    sections = [part(reference) for part in PARTS]
    head = (
        "# Evidence for the rates\n\n"
        "Generated by `python -m compute_rates.evidence REFERENCE_DIR`; not edited by hand. Splits in halves are "
        f"drawn by the seed {SEED}.\n"
    )
    return "\n".join([head, *(section.text() for section in sections)]).rstrip() + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m compute_rates.evidence REFERENCE_DIR")
    sys.stdout.write(report(Path(sys.argv[1])))
