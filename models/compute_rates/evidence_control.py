"""Evidence for control: TPP, density, class and outcome against the reference, under each dated rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from compute_rates import RatesError, answer
from compute_rates.atlas import table
from compute_rates.findings import Finding, Section, bullets, markdown
from compute_rates.reading import FIRST_LINE, Flags

CLASS_OF_REFERENCE = {
    "3A090.a": "3A090.a",
    "3A090.b": "3A090.b",
    "below_3A090": "none",
    "below_3A090_is_informed": "none",
    "CN_GP10_3A090": "3A090.a",
    "foreign_3A090.a": "3A090.a",
}
RULE_DATES = {
    "letters of August 2022": "2022-09-15",
    "rule of 2022": "2023-06-01",
    "rule of 2023": "2024-06-01",
    "letter on H20 and MI308": "2025-06-01",
    "bands of 2026": "2026-06-01",
}
"""A date at which each rule is the latest."""
CASE_BY_CASE = {"yes": "licence", "no": "denied"}
"""The reference's `china_case_by_case_2026`, and our outcome for it."""
BAND_EXCEPTIONS = {
    "L40 48GB": "3A090.b goes by exception with notice (15 CFR 740.8), which asks for less than a licence; the "
    "reference tests the band alone"
}
TIERS = {"home": "free", "no destination licence": "free", "licence required": "licence"}
"""Tiers of the reference's `export_regimes.csv` for an owner from no D:5 country, and our outcome for them."""
TODAY = "2026-11-01"


def _under(names: pd.Series, date: str, destination: str) -> tuple[pd.DataFrame, list[str]]:
    """Answers of the chips that can be decided at a date, and the others with the figure they lack."""
    asked = pd.DataFrame({"accelerator": names.to_numpy(object), "date": date, "destination": destination})
    try:
        return answer("control", asked), []
    except RatesError as fault:
        lacking = {problem.line - FIRST_LINE: problem.column for problem in fault.problems}
    decided = asked.drop(index=list(lacking)).reset_index(drop=True)
    return answer("control", decided), [f"{names.iloc[row]} ({column})" for row, column in lacking.items()]


def _dated(names: pd.Series) -> list[str]:
    rows = []
    for rule, date in RULE_DATES.items():
        found, lacking = _under(names, date, "China")
        kinds, ends = found["class"].value_counts().sort_index(), found["outcome"].value_counts().sort_index()
        rows.append(
            {
                "at": f"{rule} ({date})",
                "chips": len(found),
                "class": ", ".join(f"{k} {v}" for k, v in kinds.items()),
                "outcome to China": ", ".join(f"{k} {v}" for k, v in ends.items()),
                "undecided for want of": ", ".join(lacking) or "nothing",
            }
        )
    return markdown(pd.DataFrame(rows))


def _band(chips: pd.DataFrame) -> tuple[Flags, list[str]]:
    """Whether the outcome to China in 2026 is the reference's, chip by chip, and where it isn't."""
    stated = chips["china_case_by_case_2026"].map(CASE_BY_CASE)
    used = chips[stated.notna()].reset_index(drop=True)
    found, _ = _under(used["name"], RULE_DATES["bands of 2026"], "China")
    same = (found["outcome"] == stated.dropna().reset_index(drop=True)).to_numpy(bool)
    return same, [
        f"{name}: ours {outcome}, the reference {theirs}; {BAND_EXCEPTIONS.get(name, 'no reason known')}"
        for name, outcome, theirs in zip(
            used["name"][~same], found["outcome"][~same], used["china_case_by_case_2026"][~same], strict=True
        )
    ]


def _open_class(name: str, tpp: float) -> str:
    """What a chip's class would be by die area, of the rule of 2023; for a chip whose die area isn't known."""
    if np.isnan(tpp):
        return f"{name}: neither formats nor TPP are known"
    rows = table("export_classes")
    rows = rows[(rows["class"] != "3A090") & (rows["min_tpp"] <= tpp) & ~(rows["max_tpp"] <= tpp)]
    least = rows.groupby("class")["min_density"].min()
    steps = [f"{label} up to {tpp / density:,.0f} mm²" for label, density in least.items()]
    return f"{name}: TPP {tpp:,.0f}, die area unknown; {', '.join(steps)}, none above"


def control(reference: Path) -> Section:
    """TPP, density and class of the reference's accelerators, recomputed from their formats, under each dated rule."""
    chips = pd.read_csv(reference / "accelerators.csv")
    stated = chips["export_class"].map(CLASS_OF_REFERENCE)
    known = stated.notna()
    used = chips[known].reset_index(drop=True)
    today = answer(
        "control", pd.DataFrame({"accelerator": used["name"], "date": TODAY, "destination": "United States"})
    )
    tpp = chips[chips["tpp"].notna()].reset_index(drop=True)
    early = answer(
        "control", pd.DataFrame({"accelerator": tpp["name"], "date": "2022-06-01", "destination": "United States"})
    )
    same_tpp = np.abs(early["tpp"] - tpp["tpp"]) <= 1e-6 * tpp["tpp"]
    dense = tpp["performance_density"].notna()
    same_density = np.abs(early["performance_density"] - tpp["performance_density"])[dense] < 0.0051
    same_class = today["class"] == stated[known].reset_index(drop=True)
    same_band, band_differences = _band(chips)
    regimes = pd.read_csv(reference / "export_regimes.csv")
    here = regimes[
        (regimes["regime"] == "current-2026")
        & (regimes["owner_class"] == "any (not D:5-parented)")
        & regimes["tier"].isin(TIERS)
    ]
    places = answer(
        "control", pd.DataFrame({"accelerator": "H100", "date": TODAY, "destination": here["country"].to_numpy(object)})
    )
    same_place = places["outcome"].to_numpy(object) == here["tier"].map(TIERS).to_numpy(object)
    findings = tuple(
        Finding(f"{name}: share equal", float(np.mean(same)), 1.0 if exact else 0.95, 1.0, len(same))
        for name, same, exact in (
            ("TPP", same_tpp, True),
            ("density, where the die area is known", same_density, True),
            ("class of 2023", same_class, True),
            ("outcome to China by the bands of 2026", same_band, False),
            ("outcome of an H100 by country, as enforced", same_place, True),
        )
    )
    no_formats = [
        f"{name}: {value:,.0f}"
        for name, value, basis in zip(tpp["name"], early["tpp"], early["basis"], strict=True)
        if "as reported" in basis
    ]
    notes = [
        "Classes and outcomes under each dated rule, for China:",
        "",
        *_dated(chips["name"]),
        *bullets("Outcome to China unlike the reference's:", band_differences),
        *bullets("TPP as reported, for no format is known:", no_formats),
        *bullets(
            "Class left open, here and in the reference:",
            [_open_class(str(r["name"]), float(r["tpp"])) for r in chips[~known].to_dict("records")],
        ),
        "Chips that China, Korea, Japan or France design are judged as if the rules reached them. The reference says "
        "nothing of their licences.",
        "",
    ]
    intro = (
        "Recomputed from the formats; a reported TPP stands only for a chip without any. A chip that can't be decided "
        "for want of a figure is a problem and not a guess."
    )
    return Section("Control", intro, findings, tuple(notes))
