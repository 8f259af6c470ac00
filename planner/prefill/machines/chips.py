"""The atlas's accelerators: their table, and what must hold of it.

TPP, performance density, class of the rule of 2023 and both H100-equivalents are computed again from each chip's own
formats and die by `compute_rates.control`; prices lie in their ranges, a server draws no less than its chip, FP8 is
faster than BF16, no name is given twice, releases agree with what is sold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from compute_lp.columns import amount, choice, key, named
from compute_lp.schema import Column, Inputs, Problem, Row
from compute_rates import RatesError, answer
from compute_rates.control import H100_8BIT_TOPS, H100_TPP, TPP_BITS, total_processing_performance
from planner.prefill.case import WHEN, atlas_table

QUARTER = re.compile(r"\d{4}-Q[1-4]")
QUARTER_MONTH = {"Q1": "01", "Q2": "04", "Q3": "07", "Q4": "10"}
HUNDREDTH = 0.0051
"""Densities are written to two decimals."""
THOUSANDTH = 0.00051
"""H100-equivalents are written to three decimals."""
CLASSED_ON = f"{WHEN}-01"


def _text(name: str, meaning: str) -> Column:
    return Column(name, meaning, kind="text", default="")


TABLE = atlas_table(
    "accelerators",
    "an accelerator",
    key("accelerator", "full name"),
    _text("aliases", "other names, separated by semicolons"),
    named("vendor", "who makes it"),
    named("vendor_country", "country of the vendor", "countries.country"),
    named("architecture", "what shares its software"),
    Column("release_quarter", "quarter of release, YYYY-Qn", kind="text"),
    choice("market", "market it is designed for", ("datacentre", "consumer")),
    _text("status", "whether it is sold"),
    amount("bf16_tflops", "dense BF16 peak; blank: none, or not known", "TFLOP/s", None),
    amount("fp8_tflops", "dense FP8 peak; blank: none, or not known", "TFLOP/s", None),
    amount("fp4_tflops", "dense FP4 peak; blank: none, or not known", "TFLOP/s", None),
    amount("int8_tops", "dense INT8 peak; blank: none, or not known", "TOP/s", None),
    amount("int4_tops", "dense INT4 peak; blank: none, or not known", "TOP/s", None),
    amount("memory_gb", "memory of one", "GB", None),
    amount("bandwidth_tb_s", "memory bandwidth", "TB/s", None),
    amount("interconnect_gb_s", "bandwidth to its neighbours", "GB/s", None),
    amount("tdp_w", "thermal design power of one", "W", None),
    amount("die_mm2", "die area that counts for performance density", "mm^2", None),
    amount("server_w", "draw of one with its share of the server", "W", None),
    _text("server_w_basis", "what that is of"),
    amount("life_years", "usual accounting life", "years"),
    amount("price_usd", "price of one; blank: not known", "USD", None),
    amount("server_price_usd", "price of a server, by accelerator", "USD", None),
    _text("price_basis", "what the price is of"),
    Column("price_date", "date of the price; a year is its middle", kind="date", default=""),
    amount("tpp", "total processing performance by its formats", "TPP", None),
    amount("tpp_reported", "the same as reported, of one whose formats aren't published", "TPP", None),
    amount("performance_density", "TPP over die area", "TPP/mm^2", None),
    choice("export_class", "class by the rule of 2023; blank: undecided", ("3A090.a", "3A090.b", "none"), ""),
    _text("export_reason", "why that class, and what letters and guidance add"),
    amount("h100e_by_tpp", "H100-equivalents by TPP", "H100e", None),
    amount("h100e_by_8bit", "H100-equivalents by the 8-bit rate", "H100e", None),
    _text("from_memory", "columns that were not read in a source, or `all`"),
    _text("estimated", "columns that are judgements"),
    required=True,
)


def check(atlas: Inputs) -> Iterator[Problem]:
    """Figures of accelerators that don't follow from others."""
    rows = atlas.rows("accelerators")
    yield from _names(rows)
    for row, tpp in zip(rows, _tpp(rows), strict=True):
        yield from _performance(row, tpp)
        yield from _consistency(row)
    yield from _classes(rows)


def unordered(atlas: Inputs, name: str) -> Iterator[Problem]:
    """Estimates out of order: low ≤ figure ≤ high. A figure may be blank beside a range."""
    frame = atlas.tables[name]
    for column in (c for c in map(str, frame) if f"{c}_low" in frame and f"{c}_high" in frame):
        for row in atlas.rows(name):
            low, value, high = (getattr(row, f"{column}{end}") for end in ("_low", "", "_high"))
            if low > value or value > high or low > high:
                yield row.problem(column, f"not between its low {low:g} and high {high:g}", "low ≤ figure ≤ high")


def _names(rows: list[Row]) -> Iterator[Problem]:
    known: dict[str, str] = {}
    for row in rows:
        for name in {row.accelerator, *filter(None, row.aliases.split(";"))}:
            if known.setdefault(name.casefold(), row.accelerator) != row.accelerator:
                yield row.problem("aliases", f"{name} names {known[name.casefold()]} too", "one name, one accelerator")


def _tpp(rows: list[Row]) -> list[float]:
    tops = {column: np.array([getattr(row, column) for row in rows], float) for column in TPP_BITS}
    return [float(each) for each in total_processing_performance(tops)]


def _performance(row: Row, tpp: float) -> Iterator[Problem]:
    if tpp == tpp and not abs(row.tpp - tpp) <= 1e-6 * tpp:
        yield row.problem("tpp", "not what its formats give", f"{tpp:.6g}")
    if tpp != tpp and row.tpp == row.tpp:
        yield row.problem("tpp", "given without the rate of any format", "put it in tpp_reported")
    if tpp == tpp and row.tpp_reported == row.tpp_reported:
        yield row.problem("tpp_reported", "given beside formats, which decide", "blank")
    tpp = row.tpp_reported if tpp != tpp else tpp
    eight = np.fmax(row.fp8_tflops, row.int8_tops)
    for column, right, error in (
        ("performance_density", tpp / row.die_mm2, HUNDREDTH),
        ("h100e_by_tpp", tpp / H100_TPP, THOUSANDTH),
        ("h100e_by_8bit", eight / H100_8BIT_TOPS, THOUSANDTH),
    ):
        given = getattr(row, column)
        if given == given and not abs(given - right) <= error:
            yield row.problem(column, "doesn't follow from its formats and die", f"{right:.6g}".replace("nan", "blank"))


def _consistency(row: Row) -> Iterator[Problem]:
    if row.bf16_tflops >= row.fp8_tflops:
        yield row.problem("fp8_tflops", "no faster than BF16", "blank, or the right rates")
    if row.server_w < row.tdp_w:
        yield row.problem("server_w", f"less with its server than the chip's {row.tdp_w:g} W", "more, or blank")
    if (row.price_usd == row.price_usd) != bool(row.price_date):
        yield row.problem("price_date", "a price has a date, and a date a price", "both or neither")
    if not QUARTER.fullmatch(row.release_quarter):
        yield row.problem("release_quarter", "no quarter", "YYYY-Qn")
    elif row.status == "shipping" and month_of(row.release_quarter) > WHEN:
        yield row.problem("release_quarter", "released after today, yet shipping", f"{WHEN} or before")
    for column in ("from_memory", "estimated"):
        wrong = [name for name in getattr(row, column).split(";") if name and not hasattr(row, name) and name != "all"]
        if wrong:
            yield row.problem(column, f"no columns: {', '.join(wrong)}", "names of columns of this table")


def _classes(rows: list[Row]) -> Iterator[Problem]:
    """Rows with a class other than the rule of 2023 gives by their own figures; blank is undecided, and stays so."""
    given = [row for row in rows if row.export_class]
    names = (*TPP_BITS, "bandwidth_tb_s", "interconnect_gb_s", "die_mm2")
    asked = pd.DataFrame([{name: getattr(row, name) for name in names} for row in given])
    asked["tpp"] = [row.tpp_reported for row in given]
    asked = asked.assign(
        accelerator=[row.accelerator for row in given],
        market=[row.market for row in given],
        date=CLASSED_ON,
        destination="US",
    )
    try:
        found = answer("control", asked)["class"]
    except RatesError as fault:
        for problem in fault.problems:
            yield Problem("accelerators", f"its class can't be told: {problem.message}", None, problem.column)
        return
    for row, right in zip(given, found, strict=True):
        if row.export_class != right:
            yield row.problem("export_class", "not the class its figures give", str(right))


def month_of(quarter: str) -> str:
    """First month of a quarter YYYY-Qn; blank where it is none, which `check` tells."""
    if not QUARTER.fullmatch(quarter):
        return ""
    year, _, which = quarter.partition("-")
    return f"{year}-{QUARTER_MONTH[which]}"
