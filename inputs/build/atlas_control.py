"""Atlas: export control by country, regime and owner, from `export_regimes.csv`.

Owner classes and chip classes of the reference file are sentences; here they are words, with the sentence in the note,
and chip classes their thresholds. TPP becomes MTPP. What follows from other figures (the year's part of a three-year
total, H100-equivalents of a TPP, the total under an agreement between governments) is recomputed; where the file says
otherwise the recomputed figure stands and the note says so.
"""

from __future__ import annotations

import re

from compute_rates.control import H100_TPP
from planner.prefill.case import WHEN
from planner.prefill.sheet import Judged, Sheet
from planner.workbook.names import COUNTRY_NAMES
from reference import TOLERANCE, Reference, Row

ANY = "ANY"
TPP_PER_MTPP = 1e6
OWNERS = {
    "any (not D:5-parented)": ("any", ""),
    "HQ and parent in Tier 1 or US": ("tier_1", ""),
    "HQ or parent in Tier 2": ("tier_2", ""),
    "UVEU holder (Tier 1 or US parent)": ("uveu", ""),
    "NVEU holder (one company, this country)": ("nveu", ""),
    "local or other owner without VEU": ("local", ""),
    "UAE government; US-parented Amazon Apple Google Meta Microsoft OpenAI Oracle xAI": ("named", "AE US"),
    "G42 and Core42": ("g42", "AE"),
    "G42 (deal guide volume)": ("deal_guide", "AE"),
    "any other owner": ("other", ""),
    "any in China or Macau": ("chinese", "CN"),
    "HQ or ultimate parent in D:5 or Macau": ("d5", "CN"),
}
"""Owner class in a word, and the countries whose programmes are meant where it names owners."""
CONTROLLED_TPP = 4800
"""3A090.a: TPP of 4,800 and more (88 FR 73458). Items below it that density brings under control are left out: every
accelerator for data centres in the programmes is far above."""
BAND_TPP = 21000
BAND_BANDWIDTH_TB_S = 6.5
CHIPS: dict[str, tuple[str, float | None, float | None, float | None]] = {
    "3A090.a and .b": ("controlled", CONTROLLED_TPP, None, None),
    "3A090.a and 4A090.a": ("controlled", CONTROLLED_TPP, None, None),
    "TPP < 21,000 and DRAM bandwidth < 6,500 GB/s (from the US)": (
        "band",
        CONTROLLED_TPP,
        BAND_TPP,
        BAND_BANDWIDTH_TB_S,
    ),
    "TPP >= 21,000 or DRAM bandwidth >= 6,500 GB/s": ("beyond_band", CONTROLLED_TPP, None, None),
    "H20 and MI308 class (below 3A090, is-informed letter)": ("below", None, CONTROLLED_TPP, None),
}
"""Chip class in a word, smallest TPP, TPP and TB/s from which it no longer holds. What is beyond the band is what the
band, which stands before it, leaves."""
TIERS = {
    "home": "home",
    "no destination licence": "no_licence",
    "licence required": "licence",
    "licence-free named owners": "named",
    "deal guide": "deal_guide",
    "owner rule": "owner_rule",
    "Tier 1": "tier_1",
    "Tier 1 location, Tier 2 owner": "tier_1",
    "Tier 2": "tier_2",
    "Tier 3": "tier_3",
    "ally": "ally",
    "non-ally": "non_ally",
    "non-ally, licence-required today": "non_ally_licence",
    "D:5 case-by-case": "denied",
    "D:5 denial": "denied",
    "D:5 licence": "denied",
}
KINDS = {"none": "unlimited", "ratio": "ratio", "zero": "zero"}
"""Kinds of caps that go by another word here; the others keep theirs."""
DATE = re.compile(r"\b20\d\d-\d\d(?:-\d\d)?\b")
JUDGED_YEARS: dict[str, tuple[float, float | None]] = {
    "assumption": (1 / 3, None),
    "reported deal": (2100 / 6000, 30000 / 6000),
    "size of one reported grant": (1 / 3, 12000 / 2100),
}
"""How a basis that is no rule begins, and the low and high of its yearly cap as factors; None: up to the total of the
row. Of the deal: the 35,000 GB300 granted to G42 in 2025-11, and all 500,000 chips a year, at 60,000 TPP. Of the grant:
Humain's 600,000 chips in three years."""
YEARS_OF_TOTAL = 3
GOVERNMENTS_FACTOR = 2
"""The diffusion rule doubles a country's allocation under an agreement between governments."""


def tables(reference: Reference) -> list[Sheet]:
    """The table `export_regimes`."""
    sheet = Sheet("export_regimes")
    iso2 = {name: group[0] for group in COUNTRY_NAMES for name in group} | {"MAR": "MA", ANY: ANY}
    for row in reference.rows("export_regimes"):
        owner, homes = OWNERS[row["owner_class"]]
        chips, low_tpp, high_tpp, bandwidth = CHIPS[row["chip_class"]]
        caps, wrong = _caps(row)
        delays = [row.maybe(f"licence_lead_months_{end}") for end in ("central", "low", "high")]
        delay = Judged(*(each for each in delays if each is not None)) if None not in delays else None
        sheet.add(
            country=iso2[row["iso3"] or row["country"]],
            regime=row["regime"],
            owner=owner,
            chips=chips,
            tier=TIERS[row["tier"]],
            owner_homes=homes,
            min_tpp=low_tpp,
            max_tpp=high_tpp,
            max_bandwidth_tb_s=bandwidth,
            cap_kind=KINDS.get(row["cap_kind"], row["cap_kind"]),
            **caps,
            exempt_mtpp_per_year=_mtpp(row, "exempt_tpp_per_consignee_year"),
            stock_h100e_2025=row.maybe("stock_cap_h100e_2025"),
            stock_h100e_2026=row.maybe("stock_cap_h100e_2026"),
            stock_h100e_2027=row.maybe("stock_cap_h100e_2027"),
            share=row.maybe("share_cap_of_owner_global_tpp"),
            delay_months=delay,
            price_multiplier=row.number("price_multiplier"),
            condition=row["revenue_or_investment_condition"],
            starts=row["regime_start"],
            ends=row["regime_end"],
            date=max(DATE.findall(row["source"]), default=row["regime_start"] or WHEN),
            source=row["source"],
            confidence=row["confidence"],
            note=" ".join(filter(None, (*_remarks(row), *wrong))),
        )
    return [sheet]


def _mtpp(row: Row, column: str) -> float | None:
    value = row.maybe(column)
    return None if value is None else value / TPP_PER_MTPP


def _caps(row: Row) -> tuple[dict[str, Judged | float | None], list[str]]:
    """The caps of a row, MTPP and H100-equivalents, what follows from others recomputed; and what was corrected."""
    total, year = _mtpp(row, "cap_total_tpp"), _mtpp(row, "annual_cap_tpp")
    both, h100e = _mtpp(row, "cap_with_g2g_total_tpp"), row.maybe("annual_cap_h100e")
    wrong: list[str] = []

    def settled(what: str, found: float | None, right: float) -> float:
        if found is not None and abs(found - right) > TOLERANCE * abs(right):
            wrong.append(f"Corrected: {what} was {found:g}, {right:g} follows from the other figures.")
        return right

    if row["cap_kind"] == "cumulative_flow" and total is not None:
        year = settled("the year's part in MTPP", year, total / YEARS_OF_TOTAL)
        both = settled("the total in MTPP under an agreement", both, total * GOVERNMENTS_FACTOR)
    if year is not None:
        h100e = settled("the year's cap in H100-equivalents", h100e, year * TPP_PER_MTPP / H100_TPP)
    found: dict[str, Judged | float | None] = {"total_mtpp": total, "year_mtpp": year, "year_h100e": h100e}
    for basis, (low, high) in JUDGED_YEARS.items():
        if year and row["cap_basis"].startswith(basis):
            most = total if high is None else year * high
            found["year_mtpp"] = Judged(year, year * low, year if most is None else most)
    return found | {"governments_total_mtpp": both}, wrong


def _remarks(row: Row) -> list[str]:
    said = [f"Owner: {row['owner_class']}. {row['chip_class']}."]
    if row["notes"]:
        said.append(row["notes"].rstrip(".") + ".")
    if row["cap_basis"] not in ("", "rule"):
        said.append(f"Basis of the cap: {row['cap_basis']}.")
    if row["country_group_from_memory"] == "yes":
        said.append("The country's group in the EAR is from memory.")
    return said
