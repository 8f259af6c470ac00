"""Writes `tables/accelerators.csv` from the atlas: `python -m compute_rates.build_tables inputs/atlas`.

The package stands alone, so it carries the accelerators of the atlas under its own names. TPP is not copied: `control`
computes it from the formats; only a chip without any keeps the reported one. A defect in the atlas stops the writing.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from compute_rates.control import TPP_BITS, total_processing_performance

TABLES = Path(__file__).parent / "tables"

COLUMNS = {
    "accelerator": "accelerator",
    "aliases": "aliases",
    "vendor": "vendor",
    "vendor_country": "vendor_country",
    "architecture": "architecture",
    "release_quarter": "release",
    "market": "market",
    "bf16_tflops": "bf16_tflops",
    "fp8_tflops": "fp8_tflops",
    "fp4_tflops": "fp4_tflops",
    "int8_tops": "int8_tops",
    "int4_tops": "int4_tops",
    "memory_gb": "memory_gb",
    "bandwidth_tb_s": "bandwidth_tb_s",
    "interconnect_gb_s": "interconnect_gb_s",
    "tdp_w": "tdp_w",
    "die_mm2": "die_mm2",
    "server_w": "server_w",
    "server_w_basis": "server_w_basis",
    "life_years": "life_years",
    "price_usd": "price_usd",
    "price_usd_low": "price_low_usd",
    "price_usd_high": "price_high_usd",
    "price_basis": "price_basis",
    "server_price_usd": "server_price_usd",
    "tpp_reported": "tpp",
    "price_date": "price_date",
    "source": "source",
    "confidence": "confidence",
    "from_memory": "from_memory",
    "estimated": "estimated",
    "note": "note",
}
"""Columns of the atlas, and their names here, in the order written."""
NUMBERS = (*TPP_BITS, "memory_gb", "bandwidth_tb_s", "interconnect_gb_s", "tdp_w", "die_mm2", "server_w", "life_years")
CONFIDENCE = {"high": "high", "medium": "med", "low": "low"}
"""The atlas's words, and those of this package's tables."""


def defects(atlas: pd.DataFrame, frame: pd.DataFrame) -> list[str]:
    """What is wrong with the atlas's rows, in sentences; nothing where all is well."""
    found = [f"{name}: stands twice" for name in frame["accelerator"][frame["accelerator"].duplicated()]]
    for column in NUMBERS:
        wrong = ~(frame[column].isna() | (frame[column] > 0))
        found += [f"{name}: {column} is not above 0" for name in frame["accelerator"][wrong]]
    odd = (frame["price_usd"] < frame["price_low_usd"]) | (frame["price_usd"] > frame["price_high_usd"])
    found += [f"{name}: price_usd is outside its own range" for name in frame["accelerator"][odd]]
    found += [f"{name}: server_w is below tdp_w" for name in frame["accelerator"][frame["server_w"] < frame["tdp_w"]]]
    found += [
        f"{name}: release_quarter {text!r} is no YYYY-Qn"
        for name, text in zip(frame["accelerator"], frame["release"], strict=True)
        if not re.fullmatch(r"\d{4}-Q[1-4]", str(text))
    ]
    tpp = total_processing_performance({column: frame[column].to_numpy(float) for column in TPP_BITS})
    given = atlas["tpp"].to_numpy(float)
    for name, computed, stated in zip(frame["accelerator"], tpp, given, strict=True):
        if np.isnan(computed) != np.isnan(stated) or abs(computed - stated) > 1e-6 * stated:
            found.append(f"{name}: its formats give TPP {computed:,.1f}, the atlas says {stated:,.1f}")
    return found


def accelerators(atlas_dir: Path) -> pd.DataFrame:
    """The package's accelerators from the atlas's. Raises ValueError naming every defect."""
    atlas = pd.read_csv(atlas_dir / "accelerators.csv", keep_default_na=False, na_values=[""])
    frame = atlas[list(COLUMNS)].rename(columns=COLUMNS)
    numbers = [*NUMBERS, "price_usd", "price_low_usd", "price_high_usd", "server_price_usd", "tpp"]
    frame[numbers] = frame[numbers].astype(float)
    if found := defects(atlas, frame):
        raise ValueError("\n".join(found))
    frame["confidence"] = frame["confidence"].map(CONFIDENCE)
    frame["server_multiplier"] = frame["server_w"] / frame["tdp_w"]
    last = ["source", "confidence", "from_memory", "estimated", "note"]
    return frame[[column for column in frame if column not in last] + last]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m compute_rates.build_tables ATLAS_DIR")
    accelerators(Path(sys.argv[1])).to_csv(TABLES / "accelerators.csv", index=False, lineterminator="\n")
