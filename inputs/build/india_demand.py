"""India programme: workloads and their demand."""

from __future__ import annotations

from india_workloads import LAST, WORKLOADS, Residency, Workload, tokens_t
from periods import PERIODS
from reference import Reference
from sheets import Judged, Sheet

COUNTED_IN = {
    "public_tutor": "udise-2022; embo-india",
    "economy_assistant": "techmarge-2026",
    "economy_coding": "nasscom-2025; octoverse-2024",
    "economy_research": "survey-2021",
}
"""Sources of the head counts behind `need`, where they aren't memory."""


def workloads(reference: Reference) -> Sheet:
    """Workloads: peak, deferrable share and residency as the reference rows', by their output tokens of 2030."""
    sheet = Sheet("workloads")
    for workload in WORKLOADS:

        def mean(column: str, workload: Workload = workload) -> float:
            tokens = [part.tokens_t(reference, LAST)[1] for part in workload.parts]
            values = [reference.row("workloads", workload_id=part.like).number(column) for part in workload.parts]
            return sum(t * v for t, v in zip(tokens, values, strict=True)) / sum(tokens)

        anywhere = mean("residency_anywhere_share")
        residency = workload.residency or Residency(mean("residency_allied_share") + anywhere, anywhere, "")
        sheet.add(
            workload=workload.name,
            latency=workload.latency,
            peak_to_average=Judged(round(mean("peak_to_average"), 2), 1.5, 8),
            deferrable_share=round(mean("deferrable_batch_share"), 2),
            foreign_share_max=round(residency.foreign, 3),
            non_allied_share_max=round(residency.non_allied, 3),
            unserved_usd_per_mtoken=workload.usd_per_mtoken,
            platform_usd_per_mtoken=workload.platform_usd_per_mtoken,
            source="atlas-workloads; programme",
            confidence="low",
            note=f"Tier: {workload.tier}. Made of {', '.join(part.like for part in workload.parts)}, by output tokens. "
            "Worth of a token: "
            f"{workload.worth} (judgement). Platform cost: judgement."
            + (f" Residency is a judgement: {residency.why}." if residency.why else ""),
        )
    return sheet


def demand(reference: Reference) -> Sheet:
    """Demand by workload and period, at the middle of the period."""
    sheet = Sheet("demand")
    for workload in WORKLOADS:
        for period in PERIODS:
            inward, outward = tokens_t(reference, workload, period.middle)
            low, high = _spread(workload)
            sheet.add(
                workload=workload.name,
                period=period.name,
                input_t_per_year=Judged(inward, inward * low, inward * high),
                output_t_per_year=Judged(outward, outward * low, outward * high),
                source="; ".join(filter(None, ("atlas-workloads", COUNTED_IN.get(workload.name), "programme"))),
                confidence="low",
                note=_parts_told(workload) if period is PERIODS[0] else "",
            )
    return sheet


def _spread(workload: Workload) -> tuple[float, float]:
    """Low and high factor of a workload's demand: the widest of its parts', all else central."""
    lows = [part.need.low * part.addressed.low / (part.need.value * part.addressed.value) for part in workload.parts]
    highs = [part.need.high * part.addressed.high / (part.need.value * part.addressed.value) for part in workload.parts]
    return min(lows), max(highs)


def _parts_told(workload: Workload) -> str:
    told = "; ".join(
        f"{part.like} x {part.need.value:g} [{part.need.low:g} to {part.need.high:g}] x {part.addressed.value:g} "
        f"addressed: {part.why}"
        for part in workload.parts
    )
    return f"Tier: {workload.tier}. {told}"
