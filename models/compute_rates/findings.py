"""Figures with bounds, and the pieces the evidence is written of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from compute_rates.reading import Flags, Floats

SEED = 20261124
"""Seed of every split in halves."""
WRITING_DAYS, MEDIAN_RUN_HOURS, MID_MONTH_DAYS = 60, 793.5, 14
"""Epoch's training-cost-trends: 60 days from the end of a run to its publication, a median run where its length is
unknown.
"""


@dataclass(frozen=True)
class Finding:
    """One figure with its bound: `low` to `high`, over `cases` cases."""

    figure: str
    measured: float
    low: float
    high: float
    cases: int

    @property
    def met(self) -> bool:
        return self.low <= self.measured <= self.high

    def row(self) -> str:
        bound = f"at least {self.low:.2f}" if self.high == np.inf else f"{self.low:.2f} to {self.high:.2f}"
        return f"| {self.figure} | {bound} | {self.measured:.2f} | {self.cases} | {'yes' if self.met else 'no'} |"


@dataclass(frozen=True)
class Section:
    """A chapter: its findings, and the paragraphs and tables under them."""

    title: str
    intro: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    def text(self) -> str:
        lines = [f"## {self.title}", "", self.intro, ""]
        if self.findings:
            lines += ["| figure | bound | measured | cases | met |", "|---|---|---|---|---|"]
            lines += [finding.row() for finding in self.findings] + [""]
        return "\n".join([*lines, *self.notes])


def halves(count: int, seed: int = SEED) -> Flags:
    """True for the half that set constants, drawn by the seed; the other half judges."""
    chosen = np.zeros(count, bool)
    chosen[np.random.default_rng(seed).permutation(count)[: count // 2]] = True
    return chosen


def run_hours(runs: pd.DataFrame) -> pd.Series:
    """Length of the reference's training runs [h] where it is published as `units x hours h`, else NaN."""
    basis = runs["gpu_hours_basis"].fillna("")
    return basis.str.extract(r"^[\d,]+ x ([\d,]+) h")[0].str.replace(",", "").astype(float)


def length_hours(runs: pd.DataFrame) -> pd.Series:
    """Length of the reference's training runs [h]: published, or its hours over the chips that its notes give."""
    chips = runs["notes"].fillna("").str.extract(r"(?:^|; )([\d,]+) GPUs(?:;|$)")[0].str.replace(",", "").astype(float)
    return run_hours(runs).fillna(runs["gpu_hours"] / chips)


def started(runs: pd.DataFrame) -> pd.Series:
    """When the reference's training runs started, as texts: mid-month of publication, less writing and the run."""
    run = pd.to_timedelta(length_hours(runs).fillna(MEDIAN_RUN_HOURS), unit="h")
    published = pd.to_datetime(runs["date"], format="%Y-%m") + pd.Timedelta(days=MID_MONTH_DAYS)
    return (published - run - pd.Timedelta(days=WRITING_DAYS)).dt.strftime("%Y-%m-%d")


def within(ratio: Floats, factor: float) -> float:
    """Share of ratios between 1/factor and factor."""
    return float(np.mean((ratio <= factor) & (ratio >= 1 / factor)))


def bullets(title: str, lines: Sequence[str]) -> list[str]:
    return [title, "", *(f"- {line}" for line in lines), ""] if lines else []


def markdown(frame: pd.DataFrame) -> list[str]:
    rows = ["| " + " | ".join(map(str, row)) + " |" for row in frame.itertuples(index=False)]
    return ["| " + " | ".join(frame.columns) + " |", "|" + "---|" * frame.shape[1], *rows, ""]
