"""Rows whose cells are right one by one and that can't all be meant: dates that pass before they count, limits above
the limits they are part of. Told beside what the parts of the programme check themselves."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Set

from compute_lp.calendar import SLACK_YEARS, date_years
from compute_lp.schema import Inputs, Problem
from compute_lp.units import MONTHS


def contradictions(inputs: Inputs, faulty: Set[str]) -> Iterator[Problem]:
    """What contradicts itself in sheets that have no error of their own; those in `faulty` are left out."""
    for reads, check in CHECKS:
        if not faulty & set(reads):
            yield from check(inputs)


def _years(month: str) -> float:
    return float(date_years([month])[0])


def _homes(inputs: Inputs) -> Iterator[Problem]:
    home = inputs.settings["home"]
    for row in inputs.rows("countries"):
        if row.group == "home" and row.country != home:
            yield row.problem("group", f"a second home beside {home}", "allied, if it is another country", "warning")


def _before_start(inputs: Inputs) -> Iterator[Problem]:
    start = inputs.settings["plan_start"]
    message = f"before the plan starts ({start})"
    for row in inputs.rows("sites"):
        if row.closed_from and row.closed_from <= start:
            yield row.problem("closed_from", f"{row.site} is closed {message}", "a later date, or no row", "warning")
    for row in inputs.rows("energy_assets"):
        if row.until and row.until <= start:
            yield row.problem("until", f"{row.asset} at {row.site} leaves {message}", "a later date", "warning")
    for row in inputs.rows("fleet"):
        if row.installed > start:
            message = f"arrives after the plan starts ({start}); the fleet is what stands there then"
            yield row.problem("installed", message, "an earlier date, or a row in supply", "warning")


def _stages(inputs: Inputs) -> Iterator[Problem]:
    """A later stage follows an earlier one, so it can't come before it."""
    offers = sorted(inputs.rows("grid_offers"), key=lambda row: (row.site, row.stage))
    for one, other in itertools.pairwise(offers):
        if one.site == other.site and other.lead_months < one.lead_months:
            message = f"stage {other.stage:g} of {other.site} would be there before stage {one.stage:g}"
            yield other.problem("lead_months", message, f"at least {one.lead_months:g} months", "warning")


def _licences(inputs: Inputs) -> Iterator[Problem]:
    periods = inputs["periods"]
    if periods.empty:
        return
    end = max(_years(start) + years for start, years in zip(periods["start"], periods["years"], strict=True))
    start = _years(inputs.settings["plan_start"])
    for row in inputs.rows("export_licences"):
        allocated, lasts = _years(row.allocated), row.expires_after_months * MONTHS
        if allocated >= end - SLACK_YEARS:
            message = f"pot {row.licence} is allocated after the last period"
            yield row.problem("allocated", message, "an earlier date, or no row", "warning")
        elif not math.isnan(lasts) and (lasts <= 0 or allocated + lasts <= start + SLACK_YEARS):
            message = f"pot {row.licence} lapses before it can serve"
            yield row.problem("expires_after_months", message, "more months; blank: for ever", "warning")


RULE_BOUNDS = (("min_tpp", "max_tpp"), ("min_density", "max_density"), ("min_bandwidth_tb_s", "max_bandwidth_tb_s"))


def _rules(inputs: Inputs) -> Iterator[Problem]:
    starts = inputs["export_rules"]["from"]  # a word of Python, so no attribute of a row
    for row, start in zip(inputs.rows("export_rules"), starts, strict=True):
        if start and row.to and row.to <= start:
            yield row.problem("to", f"rule {row.rule} ends before it begins ({start})", "a later date, or blank")
        for low, high in RULE_BOUNDS:
            if getattr(row, high) <= getattr(row, low):
                message = f"{high} is not above {low} ({getattr(row, low):g}), so rule {row.rule} holds for nothing"
                yield row.problem(high, message, f"above {getattr(row, low):g}, or blank")


SHARES = (("non_allied_share_max", "foreign_share_max"), ("non_allied_vendor_share_max", "foreign_vendor_share_max"))


def _shares(inputs: Inputs) -> Iterator[Problem]:
    """What is outside home and allies is outside home; a blank limit is 1 and says nothing."""
    for row in inputs.rows("workloads"):
        for part, whole in SHARES:
            if getattr(row, whole) < getattr(row, part) < 1:
                message = f"{part} is above {whole} ({getattr(row, whole):g}), of which it is a part"
                yield row.problem(part, message, f"at most {getattr(row, whole):g}", "warning")


CHECKS: tuple[tuple[tuple[str, ...], Callable[[Inputs], Iterator[Problem]]], ...] = (
    (("programme", "countries"), _homes),
    (("programme", "sites", "energy_assets", "fleet"), _before_start),
    (("grid_offers",), _stages),
    (("programme", "periods", "export_licences"), _licences),
    (("export_rules",), _rules),
    (("workloads",), _shares),
)
