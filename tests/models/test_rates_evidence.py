"""The evidence: what is judged had no part in what judges it, and what the docstrings tell is what was found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compute_rates import control, cost, evidence, power, serving, training
from compute_rates.evidence_cost import gigawatt_site
from compute_rates.evidence_serving import points
from compute_rates.evidence_training import AMPERE, AMPERE_MIXTURE, FIRST_YEAR, LARGE, MIXTURE, SMALL, Runs
from compute_rates.findings import Finding, halves, length_hours, started, within

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference figures are not beside the project")


def runs(*rows: tuple[str, float]) -> Runs:
    """Runs of a regime and an own MFU; what would be the first year is a mixture on Hopper later."""
    regimes = np.array([regime for regime, _ in rows], object)
    later = np.array([MIXTURE if regime == FIRST_YEAR else regime for regime in regimes], object)
    return Runs(pd.DataFrame(), np.array([mfu for _, mfu in rows]), np.full(len(rows), 0.3), regimes, later)


def test_a_run_is_judged_by_the_median_of_the_setting_runs_of_its_regime() -> None:
    case = runs((SMALL, 0.1), (SMALL, 0.4), (SMALL, 0.3), (LARGE, 0.5))
    ratio = case.blind(np.array([True, True, False, True]))
    assert ratio[2] == pytest.approx(0.3 / (0.1 * 0.4) ** 0.5)


def test_a_regime_without_a_setting_run_takes_its_parent_and_never_the_table_in_force() -> None:
    case = runs((AMPERE, 0.4), (MIXTURE, 0.2), (LARGE, 0.3), (AMPERE_MIXTURE, 0.3), (FIRST_YEAR, 0.1), (SMALL, 0.2))
    ratio = case.blind(np.array([True, True, True, False, False, False]))
    assert ratio[3] == pytest.approx(0.3 / (0.4 * 0.2 / 0.3))
    assert ratio[4] == pytest.approx(0.1 / 0.2), "a first year is judged as a later one"
    assert ratio[5] == pytest.approx(0.2 / 0.3), "else the median of all that set"


def test_what_is_judged_has_no_part_in_what_judges_it() -> None:
    setting = np.array([True, True, False, False])
    first = runs((SMALL, 0.1), (SMALL, 0.4), (SMALL, 0.3), (SMALL, 0.2)).blind(setting)
    other = runs((SMALL, 0.1), (SMALL, 0.4), (SMALL, 0.3), (SMALL, 0.9)).blind(setting)
    assert first[2] == other[2]


def test_halves_are_halves_and_the_same_at_every_call() -> None:
    assert halves(19).sum() == 9
    assert (halves(40) == halves(40)).all()
    assert (halves(40, 1) != halves(40, 2)).any()


def test_within_a_factor_counts_both_sides_and_the_bound_itself() -> None:
    assert within(np.array([0.5, 0.49, 1.0, 2.0, 2.1]), 2.0) == pytest.approx(3 / 5)


def test_a_start_is_a_publication_less_writing_and_the_run() -> None:
    published = {"date": "2023-03", "gpu_hours": 2400.0, "notes": "10 GPUs; else", "gpu_hours_basis": ""}
    table = pd.DataFrame([published, published | {"notes": "another page says 56 days x 10 GPUs = 1.4M h"}])
    assert length_hours(table).tolist()[0] == 240
    assert np.isnan(length_hours(table)[1]), "a number of chips in passing isn't the run's"
    assert started(table).tolist() == ["2023-01-04", "2022-12-11"]


def test_a_bound_missed_is_told_as_missed() -> None:
    assert Finding("f", 0.89, 0.9, np.inf, 19).row() == "| f | at least 0.90 | 0.89 | 19 | no |"


@needs_reference
def test_the_derates_in_force_are_those_the_setting_half_gives() -> None:
    at = points(REFERENCE)
    found = at.fitted(halves(len(at.ratio)))[1]
    assert found == {"mixture": (0.75, 0.15), "dense FP4": (0.85, 0.85), "dense FP8 from 8 units": (0.7, 0.7)}


@needs_reference
def test_the_docstrings_tell_the_error_the_evidence_found() -> None:
    found = {f.figure: f.measured for part in evidence.PARTS for f in part(REFERENCE).findings}
    alone = [found[f"each run judged by all others: {what}"] for what in
             ("median of predicted / published", "share within 1.5 times", "share within 2 times")]  # fmt: skip
    assert f"published hours\nis {alone[0]:.2f}, {alone[1]:.0%}".replace("%", " %") in str(training.__doc__)
    assert f"{alone[2]:.0%} within 2".replace("%", " %") in str(training.__doc__)
    dense = found["all points, the table in force: dense FP8 at the smallest degree, median"]
    assert f"(median {dense:.2f})" in str(serving.__doc__)
    assert round(found["all points, the table in force: mixtures and FP4, share within 2 times"] * 95) == 94
    assert f"median {found['median of predicted / published']:.2f}" in str(power.__doc__)
    assert "39 of 40" in str(control.__doc__)
    assert found["outcome to China by the bands of 2026: share equal"] == pytest.approx(39 / 40)
    everything = found["Epoch's method by a row, all runs: median of ours / published"]
    assert f"median {everything:.2f}" in str(cost.__doc__)


@needs_reference
def test_a_published_years_cost_of_a_gigawatt_is_straight_line() -> None:
    text = gigawatt_site(REFERENCE).text()
    annuity = 38 * 0.08 / (1 - 1.08**-5) + 0.9
    assert f"| 5 years | {38 / 5 + 0.9:.2f} | {annuity:.2f} |" in text
