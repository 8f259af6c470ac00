"""Control: what export rules see in an accelerator, and what follows at a date, for a destination and an owner.

TPP      = the largest over the formats of dense TOPS · bits (a given one wins)
density  = TPP / die area, mm²
class    = the first row of `tables/export_classes.csv` that matches at the date, else none
outcome  = the first row of `tables/export_rules.csv` that matches, else free: free, licence (case by case, or
           presumption of approval), denied (presumption of denial), notify (exception with notice)
h100e_by_tpp  = TPP / 15,832
h100e_by_8bit = the larger of dense FP8 and INT8 / 1,979, blank without either; the two are never mixed
units_in_cap = whole units in a cap given in million TPP

Conditions in a row join by and; minima are inclusive, maxima exclusive; `from` is its first day, `to` the first day
after it. Destinations and owners are countries or EAR country groups, dated. The rules are those of the United States
as enforced: the diffusion rule of January 2025 never was, and isn't among them. A chip of another country is judged as
if the rules reached it. A row that can't be decided for want of a figure (die area, memory bandwidth, interconnect) is
a problem, never a guess.

Source: per row. Known error (`docs/evidence.md`): none in TPP (60 chips), density (34) and class (58, the others open
for want of a die area or any format); 39 of 40 outcomes to China in 2026 and 43 of 43 countries are the reference's;
exemptions of named companies, notes to the letters and general embargoes of persons are not modelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compute_rates.atlas import Accelerators, Positions, joined, positions, table
from compute_rates.reading import FIRST_LINE, Dates, Flags, Floats, Reader, Texts, answered, as_date, nearest

TPP_BITS: Mapping[str, int] = {"bf16_tflops": 16, "fp8_tflops": 8, "fp4_tflops": 4, "int8_tops": 8, "int4_tops": 4}
H100_TPP = 15_832.0
"""TPP of an H100 SXM5: 989.5 dense BF16 TFLOP/s · 16, and 1,979 dense FP8 TFLOP/s · 8."""
H100_8BIT_TOPS = 1979.0
H100_BF16_TFLOPS = 989.0
MARKETS = ("datacentre", "consumer")
LIMITS = {
    "tpp": ("min_tpp", "max_tpp"),
    "die_mm2": ("min_density", "max_density"),
    "interconnect_gb_s": ("min_interconnect_gb_s", ""),
    "bandwidth_tb_s": ("", "max_bandwidth_tb_s"),
}
"""Column whose blank leaves a limit undecided, and the limits on what comes of it (TPP, density, links, memory
bandwidth).
"""


def total_processing_performance(tops: Mapping[str, Floats]) -> Floats:
    """TPP of (rows,) from dense TOPS by format, NaN where a chip has none of them.

    Source: 15 CFR 774, ECCN 3A090, note 2.
    """
    return np.asarray(np.fmax.reduce([values * TPP_BITS[column] for column, values in tops.items()]), float)


def h100e_by_8bit(fp8_tflops: Floats, int8_tops: Floats) -> Floats:
    """8-bit H100-equivalents of one unit, NaN for a chip without an 8-bit format."""
    return np.asarray(np.fmax(fp8_tflops, int8_tops) / H100_8BIT_TOPS, float)


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


class _Facts:
    """What the rules look at, row by row."""

    def __init__(
        self,
        quantities: Mapping[str, Floats],
        market: Texts,
        date: Dates,
        names: Texts,
        destination: Texts,
        owner: Texts,
    ):
        self.quantities = quantities
        self.market, self.date, self.names = market, date, names
        self.places = {"destination": destination, "owner": owner}
        self.size = len(market)

    def holds_at(self, row: Mapping[str, Any]) -> Flags:
        """True where the row is in force at the date."""
        start, end = (as_date(str(row[bound])) for bound in ("from", "to"))
        after = np.ones(self.size, bool) if start is None else self.date >= start
        return np.asarray(after if end is None else after & (self.date < end))

    def within(self, role: str, places: str) -> Flags:
        """True where the country in a role is one of `places`, or in one of its groups at the date."""
        iso = self.places[role].astype(str)
        wanted = places.split()
        found = np.isin(iso, wanted)
        groups = table("country_groups")
        for row in _records(groups[groups["group"].isin(wanted)]):
            found |= (iso == row["iso2"]) & self.holds_at(row)
        return found

    def limits(self, row: Mapping[str, Any]) -> tuple[Flags, dict[str, Flags]]:
        """Whether the row's limits are met (unknown counts as met), and, by column, where they hang on a blank."""
        met, unknown = np.ones(self.size, bool), {}
        for column, (low, high) in LIMITS.items():
            value = self.quantities[column]
            least, most = (float(row[bound]) if row.get(bound, "") != "" else np.nan for bound in (low, high))
            if np.isnan(least) and np.isnan(most):
                continue
            below, above = np.nan_to_num(value, nan=np.inf) < least, np.nan_to_num(value, nan=-np.inf) >= most
            met &= ~(below | above)
            unknown[column] = np.isnan(value)
        return met, unknown

    def base(self, row: Mapping[str, Any]) -> Flags:
        """True where date and market match."""
        market = row["market"]
        return np.asarray(self.holds_at(row) & ((self.market == market) | (market == "")))


def _first_match(facts: _Facts, rows: pd.DataFrame, matches: list[Flags]) -> tuple[Positions, dict[str, Flags]]:
    """Position of each row's first match (-1: none), and by column the rows undecided before any match was certain."""
    at = np.full(facts.size, -1, np.intp)
    undecided = np.zeros(facts.size, bool)
    missing: dict[str, Flags] = {}
    for position, (row, match) in enumerate(zip(_records(rows), matches, strict=True)):
        met, unknown = facts.limits(row)
        here = match & met & (at < 0) & ~undecided
        for column, blank in unknown.items():
            missing[column] = missing.get(column, np.zeros(facts.size, bool)) | (here & blank)
            undecided |= here & blank
        at[here & ~undecided] = position
    return at, missing


def classify(facts: _Facts) -> tuple[Texts, dict[str, Flags]]:
    """Class at the date, and where it hangs on a blank figure."""
    rows = table("export_classes")
    at, missing = _first_match(facts, rows, [facts.base(row) for row in _records(rows)])
    return np.where(at >= 0, rows["class"].to_numpy(object)[at], "none"), missing


def decide(facts: _Facts, classes: Texts) -> tuple[Texts, Texts, dict[str, Flags]]:
    """Outcome, the name of the rule it comes from, and where it hangs on a blank figure."""
    rows = table("export_rules")
    matches = []
    for row in _records(rows):
        match = facts.base(row)
        if row["class"]:
            match = match & (classes == row["class"])
        if row["accelerators"]:
            match = match & np.isin(facts.names.astype(str), row["accelerators"].split("|"))
        for role in ("destination", "owner"):
            if row[role]:
                match = match & facts.within(role, row[role])
        if row["destination_except"]:
            match = match & ~facts.within("destination", row["destination_except"])
        matches.append(match)
    at, missing = _first_match(facts, rows, matches)
    outcome = np.where(at >= 0, rows["outcome"].to_numpy(object)[at], "free")
    return outcome, np.where(at >= 0, rows["rule"].to_numpy(object)[at], "no rule"), missing


def _countries(reader: Reader, column: str) -> Texts:
    """ISO codes of two letters, "" where blank. A country goes by its name, its codes or an alias."""
    given = reader.texts(column)
    at = positions("countries", "country", given)
    known = table("countries")
    names = [*known["country"], *(alias for text in known["aliases"] for alias in text.split(";") if len(alias) > 3)]
    for row in np.flatnonzero((at < 0) & (given != "")):
        reader.problem(
            int(row) + FIRST_LINE, column, f"no country is called that{nearest(str(given[row]), names)}", given[row]
        )
    return np.where(at >= 0, known["iso2"].to_numpy(object)[at], "")


def answer(frame: pd.DataFrame) -> pd.DataFrame:
    """Adds tpp, performance_density, class, outcome, h100e_by_tpp, h100e_by_8bit, units_in_cap, basis.

    Columns in: accelerator or its specification, date, destination; blank or left out: market (datacentre, consumer),
    parent_country, cap_mtpp [million TPP]. Formula, source and known error: the module's docstring. Raises RatesError.
    """
    reader = Reader(frame)
    chips = Accelerators(reader)
    tops = {column: chips.numbers(column) for column in TPP_BITS}
    given, computed = reader.numbers("tpp", above=0), total_processing_performance(tops)
    tpp = np.where(np.isnan(given), np.where(np.isnan(computed), chips.atlas_numbers("tpp"), computed), given)
    chips.need("bf16_tflops", np.isnan(tpp) & reader.blank("tpp"))
    die = chips.numbers("die_mm2")
    density = tpp / die
    market = reader.choices("market", MARKETS)
    market = np.where(market == "", chips.atlas_texts("market"), market)
    date, cap = reader.dates("date"), reader.numbers("cap_mtpp", low=0)
    destination, owner = _countries(reader, "destination"), _countries(reader, "parent_country")
    everywhere = np.ones(reader.size, bool)
    reader.require(everywhere, "date")
    reader.require(everywhere, "destination")

    quantities = {
        "tpp": tpp,
        "die_mm2": density,
        "interconnect_gb_s": chips.numbers("interconnect_gb_s"),
        "bandwidth_tb_s": chips.numbers("bandwidth_tb_s"),
    }
    facts = _Facts(
        quantities,
        np.where(market == "", MARKETS[0], market),
        date,
        chips.atlas_texts("accelerator"),
        destination,
        owner,
    )
    classes, class_missing = classify(facts)
    outcome, rule, rule_missing = decide(facts, classes)
    answerable = ~np.isnat(date) & ~np.isnan(tpp)
    for missing, what in ((class_missing, "class"), (rule_missing, "outcome")):
        for column, rows in missing.items():
            for row in np.flatnonzero(rows & answerable):
                why = f"blank, and the {what} at this date hangs on it (TPP {tpp[row]:,.0f}); give it"
                reader.problem(int(row) + FIRST_LINE, column, why)
    reader.close()

    source = np.where(
        ~np.isnan(given),
        "TPP as given",
        np.where(np.isnan(computed), "TPP as reported in the atlas", "TPP from the formats"),
    )
    basis = joined((source, "outcome by: " + rule), reader.size)
    with np.errstate(invalid="ignore"):
        units = np.floor(cap * 1e6 / tpp)
    answers = {
        "tpp": tpp,
        "performance_density": density,
        "class": classes,
        "outcome": outcome,
        "h100e_by_tpp": tpp / H100_TPP,
        "h100e_by_8bit": h100e_by_8bit(tops["fp8_tflops"], tops["int8_tops"]),
        "units_in_cap": units,
        "basis": basis,
    }
    return answered(frame, answers, filled=("tpp",))
