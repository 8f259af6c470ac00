"""Tables of the atlas on machines, from the reference files: accelerators, serving_rates, supply, price_paths.

Columns take the workbook's names and units, countries their two letters, confidence one spelling. Figures the reference
calls estimated get a low and a high. What can be recomputed and is wrong is corrected or left out, and the row's note
says so; `planner.prefill.machines` and `stock` check the tables written here again whenever they are loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from compute_rates.control import H100_8BIT_TOPS, H100_TPP
from compute_rates.evidence_control import CLASS_OF_REFERENCE
from planner.prefill.sheet import Cell, Judged, Sheet
from reference import BITS, Reference, Row

COUNTRIES = {"US": "US", "China": "CN", "South Korea": "KR", "Japan": "JP", "France": "FR", "India": "IN"}
COLUMNS = {
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
    "lifetime_years": "life_years",
    "est_unit_price_usd": "price_usd",
    "server_price_usd_per_gpu": "server_price_usd",
}
OTHER_NAMES = {"release": "release_quarter", "tpp": "tpp_reported"}
ESTIMATES = {"server_w": (0.85, 1.25), "tdp_w": (0.8, 1.25), "die_mm2": (0.9, 1.1)}
"""Low and high of what the reference estimates, as factors: served watts by rule of thumb, undisclosed design power and
die area (judgement). A server never draws less than its chip."""
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
    "GH200": "GH200 96GB;Grace Hopper",
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
GH200: dict[str, Cell] = {
    "vendor": "NVIDIA",
    "vendor_country": "US",
    "release_quarter": "2023-Q3",
    "status": "shipping",
    "bf16_tflops": 989.5,
    "fp8_tflops": 1979,
    "int8_tops": 1979,
    "memory_gb": 96,
    "bandwidth_tb_s": 4,
    "interconnect_gb_s": 900,
    "tdp_w": 700,
    "die_mm2": 814,
    "server_w": Judged(1000, 850, 1250),
    "life_years": 5,
    "server_w_basis": "module power, upper end of its 450-1000 W range, CPU and its memory included",
    "tpp": 15832,
    "performance_density": 19.45,
    "export_class": "3A090.a",
    "h100e_by_tpp": 1,
    "h100e_by_8bit": 1,
    "from_memory": "all",
    "estimated": "server_w",
    "date": "2023",
}
DATE = re.compile(r"\b20\d\d(?:-(?:0[1-9]|1[0-2])(?:-\d\d)?)?\b(?!-?\d)")
QUARTERS = {"Q1": ("01", "03"), "Q2": ("04", "06"), "Q3": ("07", "09"), "Q4": ("10", "12")}
LOOKED_UP = "2026-11"
"""When the reference was put together: the date of what is from memory."""
TOLERANCE = 0.01


def tables(reference: Reference) -> list[Sheet]:
    """The four tables."""
    return [accelerators(reference), serving_rates(reference), supply(reference), price_paths(reference)]


def accelerators(reference: Reference) -> Sheet:
    """The reference's accelerators, and GH200, which its runs and programmes use."""
    sheet = Sheet("accelerators")
    for row in reference.rows("accelerators"):
        cells = _specification(row)
        corrections = list(_corrected(row, cells))
        remarks = [each for each in (row["notes"], *corrections) if each]
        cells = {name: "" if cell is None else cell for name, cell in cells.items()}
        sheet.add(**cells, source=row["source"], confidence=row["confidence"], note="; ".join(remarks))
    sheet.add(
        **_named("GH200"),
        **GH200,
        source="NVIDIA GH200 datasheet (H100 die, HBM3 variant), from memory",
        confidence="medium",
        note="not among the reference's accelerators, but in its training runs and programmes",
    )
    return sheet


def _named(name: str) -> dict[str, Cell]:
    kind = next((a for a, starts in ARCHITECTURES.items() if name.startswith(starts)), name.lower())
    return {"accelerator": name, "aliases": ALIASES.get(name, ""), "architecture": kind, "market": "datacentre"}


def _specification(row: Row) -> dict[str, Cell]:
    memory, estimated = (_field_names(row[column]) for column in ("memory_fields", "estimated_fields"))
    cells: dict[str, Cell] = _named(row["name"]) | {
        "vendor": row["vendor"],
        "vendor_country": COUNTRIES[row["vendor_country"]],
        "release_quarter": row["release"],
        "status": row["availability"],
    }
    for theirs, ours in COLUMNS.items():
        value = row.maybe(theirs)
        if value is not None and ours in ESTIMATES and ours in estimated:
            low, high = (factor * value for factor in ESTIMATES[ours])
            if ours == "server_w":
                low = max(low, row.maybe("tdp_w") or 0.0)
            cells[ours] = Judged(value, low, high)
        else:
            cells[ours] = _figure(row[theirs])
    price, low_price, high_price = (row.maybe(c) for c in ("est_unit_price_usd", "price_low_usd", "price_high_usd"))
    if price is not None and low_price is not None and high_price is not None:
        cells["price_usd"] = Judged(price, low_price, high_price)
    year = row["price_year"]
    return cells | {
        "server_w_basis": row["server_w_basis"] or None,
        "price_date": f"{year}-07-01" if year else None,
        "price_basis": row["price_basis"] or None,
        "tpp": _figure(row["tpp"]),
        "tpp_reported": None,
        "performance_density": _figure(row["performance_density"]),
        "export_class": CLASS_OF_REFERENCE.get(row["export_class"]),
        "export_reason": row["export_class_reason"],
        "h100e_by_tpp": _figure(row["h100e_by_tpp"]),
        "h100e_by_8bit": _figure(row["h100e_by_8bit"]),
        "from_memory": ";".join(memory) or None,
        "estimated": ";".join(estimated) or None,
        "date": _dates(row["source"]),
    }


def _corrected(row: Row, cells: dict[str, Cell]) -> Iterator[str]:
    """Corrects the cells of a row, telling what."""
    tpp, reported = row.maybe("tpp"), row.maybe("tpp_reported")
    from_formats = max((row.maybe(column) or 0.0) * bits for column, bits in BITS.items())
    if tpp and not from_formats:
        cells["tpp"], cells["tpp_reported"] = None, _figure(row["tpp"])
        yield "no format's rate is published, so TPP and what follows from it are as reported"
    elif tpp and _off(tpp, from_formats):
        cells["tpp"] = from_formats
        yield f"TPP {tpp:,g} in the reference corrected to what its formats give"
    elif tpp and reported and _off(reported, tpp):
        yield f"TPP of {reported:,g} reported elsewhere left out: its formats give {tpp:,g}"
    tpp = from_formats or tpp
    area, density = row.maybe("die_area_mm2"), row.maybe("performance_density")
    if tpp and area and density and _off(density, tpp / area):
        cells["performance_density"] = round(tpp / area, 2)
        yield f"density {density:g} corrected to TPP over die area"
    equivalents = row.maybe("h100e_by_tpp")
    if tpp and equivalents and _off(equivalents, tpp / H100_TPP):
        cells["h100e_by_tpp"] = round(tpp / H100_TPP, 3)
        yield f"H100-equivalents {equivalents:g} corrected to what TPP gives"
    bf16, fp8, int8 = (row.maybe(f"{each}") for each in ("bf16_dense_tflops", "fp8_dense_tflops", "int8_dense_tops"))
    if bf16 and fp8 and bf16 >= fp8:
        cells["fp8_tflops"] = None
        yield f"FP8 at {fp8:g} TFLOP/s left out: no faster than BF16; its 8-bit rate is INT8"
    eight, by_8bit = max(fp8 or 0.0, int8 or 0.0), row.maybe("h100e_by_8bit")
    if by_8bit and not eight:
        cells["h100e_by_8bit"] = None
        yield f"8-bit H100-equivalents {by_8bit:g} left out: it has no 8-bit format"
    elif by_8bit and _off(by_8bit, eight / H100_8BIT_TOPS):
        cells["h100e_by_8bit"] = round(eight / H100_8BIT_TOPS, 3)
        yield f"8-bit H100-equivalents {by_8bit:g} corrected to what its 8-bit rate gives"
    watts, server = row.maybe("tdp_w"), row.maybe("server_allin_w_per_gpu")
    if watts and server and server < watts:
        cells["server_w"] = None
        yield f"{server:g} W with its server left out: less than the chip's"
    price, low, high = (row.maybe(c) for c in ("est_unit_price_usd", "price_low_usd", "price_high_usd"))
    if price and low and high and not low <= price <= high:
        raise ValueError(f"{row.file} line {row.line}: price {price:g} isn't between {low:g} and {high:g}")


def serving_rates(reference: Reference) -> Sheet:
    """Saturated serving rates of planning classes, from linear fits of seconds to millions of tokens."""
    sheet = Sheet("serving_rates")
    full = {alias: name for name, aliases in ALIASES.items() for alias in aliases.split(";")}
    bandwidth = {r["name"]: r.maybe("memory_bandwidth_tb_s") or 0.0 for r in reference.rows("accelerators")}
    fits = {(row["class_id"], row["accelerator"]): row for row in reference.rows("serving_linear_coeffs")}
    for (kind, chip), row in fits.items():
        inward, outward = row.number("gpu_s_per_m_input_tokens"), row.number("gpu_s_per_m_output_tokens")
        rate: Cell = 1e6 / outward
        remarks = [f"{row['representative_model']}, {row['basis']}"]
        implied = row.number("implied_pure_decode_tok_s_gpu")
        if _off(implied, 1e6 / outward):
            remarks.append(f"the reference's rate of {implied:,g} isn't the inverse of its seconds and left out")
        older = fits.get((kind, "H100"))
        if chip == "H200" and older and outward > older.number("gpu_s_per_m_output_tokens"):
            fitted, outward = outward, older.number("gpu_s_per_m_output_tokens")
            ratio = bandwidth[full["H200"]] / bandwidth[full["H100"]]
            rate = Judged(1e6 / outward, 1e6 / fitted, ratio * 1e6 / outward)
            remarks.append(
                f"output corrected to H100's rate: the fit through two points gave {1e6 / fitted:,.0f} (low), less "
                "than H100 with less memory bandwidth; high: as much faster as its memory"
            )
        sheet.add(
            model_class=kind,
            accelerator=full[chip],
            precision=row["precision"],
            input_s_per_mtoken=inward,
            output_s_per_mtoken=outward,
            input_tokens_per_s=1e6 / inward,
            output_tokens_per_s=rate,
            source="linear fits of published serving benchmarks of 2025 and 2026 (NVIDIA TensorRT-LLM performance "
            "overview, SemiAnalysis InferenceX, DeepSeek open-infra, AIMultiple)",
            date="2025 to 2026",
            confidence="low" if isinstance(rate, Judged) else row["confidence"],
            note="; ".join(remarks),
        )
    return sheet


def supply(reference: Reference) -> Sheet:
    """What vendors shipped, who holds it, what is forecast."""
    sheet = Sheet("supply")
    for row in reference.rows("supply"):
        chips, holder = row["chip_family"], ""
        if chips.startswith("held by "):
            chips, holder = "all data-centre GPUs since 2022", chips.removeprefix("held by ")
        until = DATE.findall(row["measure"])
        sheet.add(
            vendor=row["vendor"],
            chips=chips,
            holder=holder,
            year=row["year"],
            measure=row["measure"],
            **_ranged(row, "units", "units", "units_p5", "units_p95"),
            **_ranged(row, "h100e_by_8bit", "h100e_8bit", "h100e_p5", "h100e_p95"),
            chip_tdp_mw=_figure(row["chip_tdp_mw"]),
            value=_figure(row["value"]),
            unit=row["unit"],
            status=row["status"],
            source=row["source"],
            date=until[0] if until else row["year"],
            confidence=row["confidence"],
            note=row["notes"],
        )
    return sheet


def price_paths(reference: Reference) -> Sheet:
    """Prices, declines and lead times with their dates."""
    sheet = Sheet("price_paths")
    for row in reference.rows("price_trends"):
        where, _, through = row["geography"].partition(" via ")
        remarks = [row["notes"], f"through {through}" if through else ""]
        sheet.add(
            series=row["series"],
            item=row["item"],
            place=COUNTRIES.get(where, where),
            period=row["period"],
            age_years=_figure(row["age_years"]),
            **_ranged(row, "value", "value_central", "value_low", "value_high"),
            unit=row["unit"],
            basis=row["basis"],
            source=row["source"],
            date=_dates(row["period"], row["source"]),
            confidence=row["confidence"],
            note="; ".join(each for each in remarks if each),
        )
    return sheet


def _ranged(row: Row, name: str, column: str, low: str, high: str) -> dict[str, Cell]:
    """A figure with its low and high; one of them that isn't given is the figure. A range may have no figure in it."""
    value, least, most = (_figure(row[each]) for each in (column, low, high))
    if least is None and most is None:
        return {name: "" if value is None else value}
    if value is None:
        return {name: "", f"{name}_low": least, f"{name}_high": most}
    try:
        return {name: Judged(value, value if least is None else least, value if most is None else most)}
    except ValueError as fault:
        raise ValueError(f"{row.file} line {row.line}: {fault}") from fault


def _figure(cell: str) -> int | float | None:
    """A number as it stands: whole ones keep all their digits."""
    if not cell.strip():
        return None
    value = float(cell)
    return int(value) if value.is_integer() else value


def _field_names(cell: str) -> list[str]:
    names = COLUMNS | OTHER_NAMES
    return [names.get(each, each) for each in cell.split(";") if each]


def _dates(*texts: str) -> str:
    """The span of the dates in the first text that has any."""
    for text in texts:
        quarter = re.fullmatch(r"(\d{4})-(Q[1-4])", text)
        if quarter:
            first, last = QUARTERS[quarter[2]]
            return f"{quarter[1]}-{first} to {quarter[1]}-{last}"
        years = re.fullmatch(r"(\d{4})-(\d{4})", text)
        found = sorted(years.groups()) if years else sorted(DATE.findall(text))
        if found:
            return found[0] if found[0] == found[-1] else f"{found[0]} to {found[-1]}"
    return LOOKED_UP


def _off(found: float, right: float) -> bool:
    return abs(found - right) > TOLERANCE * abs(right)
