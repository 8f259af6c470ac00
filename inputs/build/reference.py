"""The reference files, read as they stand, and the defects they are known to have.

A row is looked up by name and a figure by column; what is missing is an error that says where. `defects` recomputes
what can be recomputed: a programme is built from figures that pass, and its builder prints what doesn't.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

BITS = {
    "bf16_dense_tflops": 16,
    "fp8_dense_tflops": 8,
    "fp4_dense_tflops": 4,
    "int8_dense_tops": 8,
    "int4_dense_tops": 4,
}
"""Bits an operation of each format counts for (total processing performance: dense TOPS times bits, the largest)."""
H100_TPP = 15832
H100_8BIT_TOPS = 1979
RANGES = {
    "sites": (
        ("delivered_price_low_usd_mwh", "delivered_price_mid_usd_mwh", "delivered_price_high_usd_mwh"),
        ("conn_wait_low_months", "conn_wait_mid_months", "conn_wait_high_months"),
    ),
    "energy_options": (
        ("capex_low_usd_kw", "capex_mid_usd_kw", "capex_high_usd_kw"),
        ("lead_low_months", "lead_mid_months", "lead_high_months"),
    ),
    "price_trends": (("value_low", "value_central", "value_high"),),
    "export_regimes": (("licence_lead_months_low", "licence_lead_months_central", "licence_lead_months_high"),),
    "supply": (("units_p5", "units", "units_p95"),),
}
"""Columns of which each must not exceed the next."""
COUNTRY_COLUMNS = {
    "accelerators": "vendor_country",
    "sites": "country",
    "programmes": "country",
    "export_regimes": "country",
}
TOLERANCE = 0.01


@dataclass(frozen=True)
class Row:
    """A row of a reference file: its cells as text, and where it stands."""

    file: str
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def maybe(self, column: str) -> float | None:
        """The number in a column, or None where the cell is blank."""
        cell = self.cells[column].strip()
        return float(cell) if cell else None

    def number(self, column: str) -> float:
        """The number in a column, which must be there."""
        value = self.maybe(column)
        if value is None:
            raise ValueError(f"{self.file} line {self.line} has no {column}")
        return value


@dataclass(frozen=True)
class Reference:
    """The folder of reference files."""

    folder: Path

    def rows(self, name: str) -> Sequence[Row]:
        """All rows of a file, given without its ending."""
        return _read(self.folder / f"{name}.csv")

    def row(self, name: str, /, **match: str) -> Row:
        """The one row whose columns have the given values."""
        found = [row for row in self.rows(name) if all(row[column] == value for column, value in match.items())]
        if len(found) != 1:
            raise ValueError(f"{name}.csv has {len(found)} rows with {match}, where one is wanted")
        return found[0]

    def defects(self) -> list[str]:
        """What is wrong or doubtful in the files, one sentence each, with file and line."""
        checks = (_accelerators, _workloads, _model_classes, _serving, _ranges, _spellings, _duplicates)
        return [sentence for check in checks for sentence in check(self)]


@cache
def _read(path: Path) -> Sequence[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    header = lines[0]
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) != len(header):
            raise ValueError(f"{path.name} line {number} has {len(cells)} cells under {len(header)} names")
    return [Row(path.name, number, dict(zip(header, cells, strict=True))) for number, cells in enumerate(lines[1:], 2)]


def _off(found: float | None, right: float) -> bool:
    return found is not None and abs(found - right) > TOLERANCE * abs(right)


def _accelerators(reference: Reference) -> Iterator[str]:
    for row in reference.rows("accelerators"):
        name = f"accelerators.csv line {row.line} ({row['name']})"
        tpp = row.maybe("tpp")
        tops = [(row.maybe(column) or 0.0) * bits for column, bits in BITS.items()]
        if tpp and not max(tops):
            yield f"{name}: TPP {tpp:g} without the rate of any format"
        elif tpp and _off(tpp, max(tops)):
            yield f"{name}: TPP {tpp:g}, but its formats give {max(tops):g}"
        reported = row.maybe("tpp_reported")
        if tpp and reported and _off(reported, tpp):
            yield f"{name}: TPP {tpp:g} here, {reported:g} reported elsewhere"
        area, density = row.maybe("die_area_mm2"), row.maybe("performance_density")
        if tpp and area and _off(density, tpp / area):
            yield f"{name}: density {density:g}, but TPP over die area is {tpp / area:.2f}"
        if tpp and _off(row.maybe("h100e_by_tpp"), tpp / H100_TPP):
            yield f"{name}: h100e_by_tpp {row['h100e_by_tpp']}, but TPP gives {tpp / H100_TPP:.3f}"
        eight = max(row.maybe("fp8_dense_tflops") or 0.0, row.maybe("int8_dense_tops") or 0.0)
        if eight == 0 and row.maybe("h100e_by_8bit"):
            yield f"{name}: h100e_by_8bit {row['h100e_by_8bit']} without an 8-bit format"
        elif eight and _off(row.maybe("h100e_by_8bit"), eight / H100_8BIT_TOPS):
            yield f"{name}: h100e_by_8bit {row['h100e_by_8bit']}, but its 8-bit rate gives {eight / H100_8BIT_TOPS:.3f}"
        if (row.maybe("bf16_dense_tflops") or 0.0) >= (row.maybe("fp8_dense_tflops") or math.inf):
            yield f"{name}: as fast in BF16 as in FP8"
        watts, server = row.maybe("tdp_w"), row.maybe("server_allin_w_per_gpu")
        if watts and server and server <= watts:
            yield f"{name}: {server:g} W with its server, no more than the chip's {watts:g} W"


def _workloads(reference: Reference) -> Iterator[str]:
    for row in reference.rows("workloads"):
        for year in (2026, 2030):
            growth = (1 + row.number("tokens_per_request_growth_per_year")) ** (year - 2026)
            requests = row.number("units_per_million_pop") * row.number(f"adoption_{year}")
            requests *= row.number("requests_per_unit_day") * row.number("active_days")
            reasoning = 1 + row.number("reasoning_share") * (row.number("reasoning_output_multiplier") - 1)
            output = requests * row.number("output_tokens_per_request") * reasoning * growth / 1e9
            uncached = row.number("input_tokens_per_request") * (1 - row.number("cached_input_share"))
            for column, right in (
                (f"output_tokens_bn_per_million_pop_year_{year}", output),
                (f"uncached_input_tokens_bn_per_million_pop_year_{year}", requests * uncached * growth / 1e9),
            ):
                if _off(row.number(column), right):
                    yield f"workloads.csv line {row.line}: {column} is {row[column]}, its factors give {right:.4g}"
        shares = sum(row.number(f"residency_{where}_share") for where in ("domestic", "allied", "anywhere"))
        if _off(shares, 1.0):
            yield f"workloads.csv line {row.line}: residency shares add up to {shares:g}"


def _model_classes(reference: Reference) -> Iterator[str]:
    for row in reference.rows("model_classes"):
        active = row.maybe("active_params_b")
        if active is None:
            continue
        for column, tokens in (("pretrain_flop_base", "tokens_t_base"), ("cpt_flop_base", "cpt_tokens_t_base")):
            right = 6 * active * 1e9 * row.number(tokens) * 1e12
            if _off(row.number(column), right):
                yield f"model_classes.csv line {row.line}: {column} is {row[column]}, 6 N D gives {right:.4g}"


def _serving(reference: Reference) -> Iterator[str]:
    seconds = {(row["class_id"], row["accelerator"]): row for row in reference.rows("serving_linear_coeffs")}
    for (model, accelerator), row in seconds.items():
        implied = 1e6 / row.number("gpu_s_per_m_output_tokens")
        if _off(row.number("implied_pure_decode_tok_s_gpu"), implied):
            yield f"serving_linear_coeffs.csv line {row.line}: implied rate isn't the inverse of the seconds"
        older = seconds.get((model, "H100"))
        column = "gpu_s_per_m_output_tokens"
        if accelerator == "H200" and older and row.number(column) > older.number(column):
            yield (
                f"serving_linear_coeffs.csv line {row.line} ({model}): decode slower on H200 than on H100, which has "
                "less "
                "memory bandwidth: an artefact of a two-point fit"
            )


def _ranges(reference: Reference) -> Iterator[str]:
    for name, triples in RANGES.items():
        for row in reference.rows(name):
            for columns in triples:
                values = [value for column in columns if (value := row.maybe(column)) is not None]
                if values != sorted(values):
                    yield f"{name}.csv line {row.line}: {', '.join(columns)} don't rise"


def _spellings(reference: Reference) -> Iterator[str]:
    for path in sorted(reference.folder.glob("*.csv")):
        rows = reference.rows(path.stem)
        short = sum(row.cells.get("confidence") == "med" for row in rows)
        if short:
            yield f"{path.name}: {short} rows say 'med' where other files say 'medium'"
    names = {name: {row[column] for row in reference.rows(name)} for name, column in COUNTRY_COLUMNS.items()}
    for name, countries in names.items():
        if "Korea" in countries and any("South Korea" in others for others in names.values()):
            yield f"{name}.csv: 'Korea' where other files say 'South Korea'"


def _duplicates(reference: Reference) -> Iterator[str]:
    keys = {
        "accelerators": ("name",),
        "sites": ("site",),
        "energy_options": ("option",),
        "model_classes": ("class_id",),
        "workloads": ("workload_id",),
        "serving_linear_coeffs": ("class_id", "accelerator", "precision"),
        "export_regimes": ("country", "regime", "owner_class"),
    }
    for name, columns in keys.items():
        counts = Counter(tuple(row[column] for column in columns) for row in reference.rows(name))
        for key, count in counts.items():
            if count > 1:
                yield f"{name}.csv: {count} rows with the key {', '.join(key)}"
