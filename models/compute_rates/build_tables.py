"""Writes `tables/accelerators.csv` from the reference figures: `python -m compute_rates.build_tables REFERENCE_DIR`.

Columns are renamed to the workbook's names and units, short names become aliases, each chip gets its architecture, and
the reference's notes on what was read and what was judged come along. TPP, density and class are not copied: `control`
computes them from the formats, and they are compared here. A defect in the reference stops the writing.
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
    "name": "accelerator",
    "vendor": "vendor",
    "vendor_country": "vendor_country",
    "release": "release",
    "bf16_dense_tflops": "bf16_tflops",
    "fp8_dense_tflops": "fp8_tflops",
    "fp4_dense_tflops": "fp4_tflops",
    "int8_dense_tops": "int8_tops",
    "int4_dense_tops": "int4_tops",
    "memory_gb": "memory_gb",
    "memory_bandwidth_tb_s": "bandwidth_tb_s",
    "interconnect_gb_s": "interconnect_gb_s",
    "tdp_w": "tdp_w",
    "die_area_mm2": "die_mm2",
    "server_allin_w_per_gpu": "server_w",
    "server_w_basis": "server_w_basis",
    "lifetime_years": "life_years",
    "est_unit_price_usd": "price_usd",
    "price_low_usd": "price_low_usd",
    "price_high_usd": "price_high_usd",
    "price_basis": "price_basis",
    "server_price_usd_per_gpu": "server_price_usd",
    "source": "source",
    "confidence": "confidence",
    "memory_fields": "from_memory",
    "estimated_fields": "estimated",
    "notes": "note",
}
NUMBERS = (*TPP_BITS, "memory_gb", "bandwidth_tb_s", "interconnect_gb_s", "tdp_w", "die_mm2", "server_w", "life_years")

ALIASES = {
    "A100 40GB SXM4": "A100 40GB",
    "A100 80GB SXM4": "A100;A100 80GB;A100 SXM;A100 SXM4",
    "A800 80GB SXM": "A800",
    "H100 SXM5 80GB": "H100;H100 SXM;H100 SXM5;H100 80GB",
    "H100 PCIe 80GB": "H100 PCIe",
    "H100 NVL 94GB": "H100 NVL",
    "H800 SXM": "H800",
    "H20 SXM 96GB": "H20",
    "H200 SXM 141GB": "H200;H200 SXM;H200 141GB",
    "H200 NVL 141GB": "H200 NVL",
    "L40S 48GB": "L40S",
    "L40 48GB": "L40",
    "L4 24GB": "L4",
    "L20 48GB PCIe": "L20",
    "RTX PRO 6000 Blackwell Server Edition": "RTX PRO 6000;RTX PRO 6000 Blackwell;RTX PRO 6000 Blackwell SE",
    "B200 SXM (HGX)": "B200;B200 SXM",
    "GB200 (per GPU, NVL72)": "GB200;GB200 NVL72",
    "B300 SXM (HGX)": "B300;B300 SXM",
    "GB300 (per GPU, NVL72)": "GB300;GB300 NVL72",
    "B30A (rumoured)": "B30A",
    "RTX PRO 6000D (China)": "RTX PRO 6000D",
    "VR200 / Rubin (per GPU package, NVL72)": "VR200;Rubin;VR200 NVL72",
    "Groq 3 LPX / LP30": "Groq 3 LPX;LP30",
    "Instinct MI250X": "MI250X",
    "Instinct MI300X": "MI300X",
    "Instinct MI308X": "MI308X;MI308",
    "Instinct MI325X": "MI325X",
    "Instinct MI350X": "MI350X",
    "Instinct MI355X": "MI355X",
    "Instinct MI455X (MI400 family, Helios)": "MI455X",
    "Gaudi 3 (OAM)": "Gaudi 3",
    "TPU v6e (Trillium)": "TPU v6e;Trillium",
    "TPU v7 (Ironwood)": "TPU v7;Ironwood",
    "TPU 8t (training)": "TPU 8t",
    "TPU 8i (inference)": "TPU 8i",
    "WSE-3 / CS-3 (whole system)": "WSE-3;CS-3",
    "Ascend 950PR (roadmap)": "Ascend 950PR",
    "Atlas 350 card (Ascend 950PR as shipped)": "Atlas 350",
    "Ascend 950DT (roadmap)": "Ascend 950DT",
    "Ascend 960 (roadmap)": "Ascend 960",
    "Ascend 970 (roadmap)": "Ascend 970",
    "MLU590 (Siyuan 590)": "MLU590",
    "REBEL-Quad (Rebel100)": "REBEL-Quad;Rebel100",
    "RNGD (Renegade)": "RNGD",
    "MN-Core (gen 1)": "MN-Core",
}
ARCHITECTURES = {
    "ampere": ("A100", "A800"),
    "hopper": ("H100", "H800", "H20 ", "H200", "GH200"),
    "ada": ("L40", "L4 ", "L20"),
    "blackwell": ("B100", "B200", "GB200", "B300", "GB300", "B30A", "RTX PRO 6000"),
    "rubin": ("VR200",),
    "cdna2": ("Instinct MI250",),
    "cdna3": ("Instinct MI300", "Instinct MI308", "Instinct MI325"),
    "cdna4": ("Instinct MI350", "Instinct MI355"),
    "ascend 910": ("Ascend 910",),
    "ascend 950": ("Ascend 950", "Atlas 350"),
}
"""Chips that share an architecture share its software, and so its first year. A chip not named here stands alone."""

GH200 = {
    "accelerator": "GH200",
    "aliases": "GH200 96GB;Grace Hopper",
    "vendor": "NVIDIA",
    "vendor_country": "US",
    "release": "2023-Q3",
    "bf16_tflops": 989.5,
    "fp8_tflops": 1979.0,
    "int8_tops": 1979.0,
    "memory_gb": 96.0,
    "bandwidth_tb_s": 4.0,
    "interconnect_gb_s": 900.0,
    "tdp_w": 700.0,
    "die_mm2": 814.0,
    "server_w": 1000.0,
    "server_w_basis": "module power, upper end of its 450-1000 W range, CPU and its memory included",
    "life_years": 5.0,
    "source": "NVIDIA GH200 datasheet (H100 die, HBM3 variant), from memory",
    "confidence": "med",
    "from_memory": "all",
    "estimated": "server_w",
    "note": "not among the reference's accelerators, but in its training runs and programmes",
}


def architecture(name: str) -> str:
    return next((a for a, starts in ARCHITECTURES.items() if name.startswith(starts)), name.lower())


def defects(reference: pd.DataFrame, frame: pd.DataFrame) -> list[str]:
    """What is wrong with the reference's rows, in sentences; nothing where all is well."""
    found = [f"{name}: stands twice" for name in frame["accelerator"][frame["accelerator"].duplicated()]]
    for column in NUMBERS:
        wrong = ~(frame[column].isna() | (frame[column] > 0))
        found += [f"{name}: {column} is not above 0" for name in frame["accelerator"][wrong]]
    odd = (frame["price_usd"] < frame["price_low_usd"]) | (frame["price_usd"] > frame["price_high_usd"])
    found += [f"{name}: price_usd is outside its own range" for name in frame["accelerator"][odd]]
    found += [f"{name}: server_w is below tdp_w" for name in frame["accelerator"][frame["server_w"] < frame["tdp_w"]]]
    found += [
        f"{name}: release {text!r} is no YYYY-Qn"
        for name, text in zip(frame["accelerator"], frame["release"], strict=True)
        if not re.fullmatch(r"\d{4}-Q[1-4]", str(text))
    ]
    tpp = total_processing_performance({column: frame[column].to_numpy(float) for column in TPP_BITS})
    given = reference["tpp"].to_numpy(float)
    for name, computed, stated in zip(frame["accelerator"], tpp, given, strict=True):
        if not np.isnan(computed) and abs(computed - stated) > 1e-6 * stated:
            found.append(f"{name}: its formats give TPP {computed:,.1f}, the reference says {stated:,.1f}")
    return found


def accelerators(reference_dir: Path) -> pd.DataFrame:
    """The atlas's accelerators from the reference's. Raises ValueError naming every defect."""
    reference = pd.read_csv(reference_dir / "accelerators.csv")
    frame = reference[list(COLUMNS)].rename(columns=COLUMNS)
    frame[list(NUMBERS)] = frame[list(NUMBERS)].apply(pd.to_numeric)
    if found := defects(reference, frame):
        raise ValueError("\n".join(found))
    tpp = total_processing_performance({column: frame[column].to_numpy(float) for column in TPP_BITS})
    frame["tpp"] = reference["tpp"].where(np.isnan(tpp))
    frame["price_date"] = reference["price_year"].map(lambda year: f"{int(year)}-07-01", na_action="ignore")
    frame["aliases"] = frame["accelerator"].map(ALIASES)
    frame = pd.concat([frame, pd.DataFrame([GH200])], ignore_index=True)
    frame["architecture"] = frame["accelerator"].map(architecture)
    frame["market"] = "datacentre"
    frame["server_multiplier"] = frame["server_w"] / frame["tdp_w"]
    first = ["accelerator", "aliases", "vendor", "vendor_country", "architecture", "release", "market"]
    last = ["source", "confidence", "from_memory", "estimated", "note"]
    return frame[first + [c for c in frame if c not in first + last] + last]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m compute_rates.build_tables REFERENCE_DIR")
    accelerators(Path(sys.argv[1])).to_csv(TABLES / "accelerators.csv", index=False, lineterminator="\n")
