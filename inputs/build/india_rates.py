"""India programme: serving rates."""

from __future__ import annotations

from reference import Reference, Row
from sheets import Judged, Sheet

SCALED = {
    "gb300": ("GB200", Judged(1.3, 1.1, 1.5), Judged(1.1, 1.0, 1.3), "FP4 arithmetic 1.5 times, same bandwidth"),
    "mi355x": (
        "B200",
        Judged(0.6, 0.35, 0.95),
        Judged(0.6, 0.35, 0.95),
        "MLPerf 70B 0.93 of B300, but mixtures on the vendor's earlier chips 0.12 of B200: between",
    ),
    "mi455x": (
        "B200",
        Judged(2.0, 1.0, 3.5),
        Judged(1.5, 0.9, 2.4),
        "FP4 arithmetic 4.4 times, bandwidth 2.5 times, less as its forerunner",
    ),
    "vr200": (
        "GB200",
        Judged(3.0, 2.0, 3.5),
        Judged(2.4, 1.8, 2.75),
        "FP4 arithmetic 3.5 times, bandwidth 2.75 times, less early software",
    ),
    "next_2029": (
        "GB200",
        Judged(6.0, 3.0, 8.0),
        Judged(3.7, 2.2, 6.0),
        "VR200's factor, then arithmetic 2.3 and bandwidth 1.5 times, less",
    ),
}
"""Accelerators without measured rates here: the one they are scaled from, factor on input and on output rates, why."""


def throughput(reference: Reference, classes: dict[str, str]) -> Sheet:
    """Saturated serving rates by model and accelerator. `classes`: planning class of each model that is served."""
    sheet = Sheet("throughput")
    fits = {(row["class_id"], row["accelerator"]): row for row in reference.rows("serving_linear_coeffs")}
    names = {"h100": "H100", "h200": "H200"}
    for model, kind in classes.items():
        for name, measured in names.items():
            row = fits.get((kind, measured))
            if row is not None:
                _add_rate(sheet, model, name, row, Judged(1, 0.85, 1.15), Judged(1, 0.85, 1.15), "as measured")
        for name, (like, inward, outward, why) in SCALED.items():
            row = fits.get((kind, like)) or fits[kind, "B200"]
            _add_rate(sheet, model, name, row, inward, outward, why)
    return sheet


def _add_rate(sheet: Sheet, model: str, accelerator: str, row: Row, inward: Judged, outward: Judged, why: str) -> None:
    rates = {
        field: Judged(*(each * 1e6 / row.number(column) for each in (factor.value, factor.low, factor.high)))
        for field, column, factor in (
            ("input_tokens_per_s", "gpu_s_per_m_input_tokens", inward),
            ("output_tokens_per_s", "gpu_s_per_m_output_tokens", outward),
        )
    }
    scaled = (inward.value, outward.value) != (1, 1)
    sheet.add(
        model=model,
        accelerator=accelerator,
        **rates,
        source="atlas-serving",
        confidence="low" if scaled else row["confidence"],
        note=f"{row['representative_model']} on {row['accelerator']}, {row['precision']}, {row['basis']}"
        + (f"; input times {inward.value:g}, output times {outward.value:g}: {why}" if scaled else ""),
    )
