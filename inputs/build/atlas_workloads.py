"""Atlas: reference workloads, what models were measured to do, and the published capability index.

Tokens a year are recomputed from a workload's factors, ratios from scores; what is off is written as recomputed, which
the row's note says. Shares answered by planning class are left out: they follow from the curve's parameters and the
classes' index (`check_curve` finds that they do).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from planner.prefill.sheet import Sheet
from reference import Reference, Row

WHEN = "2026-11"
YEARS = (2026, 2030)
CURVE_YEARS = (2026, 2028)
ROUNDED = 0.011
"""Shares are written with two decimals, and the index they come from with one."""
TOLERANCE = 0.01
NUMBERS = [
    "units_per_million_pop",
    "adoption_2026",
    "adoption_2030",
    "requests_per_unit_day",
    "active_days",
    "input_tokens_per_request",
    "cached_input_share",
    "output_tokens_per_request",
    "reasoning_share",
    "reasoning_output_multiplier",
    "tokens_per_request_growth_per_year",
    "peak_to_average",
    "deferrable_batch_share",
    "residency_domestic_share",
    "residency_allied_share",
    "residency_anywhere_share",
    "suff_cap",
    "suff_eci50",
    "suff_scale_eci",
    "suff_uncertainty_pp",
]
YES_NO = {"Y": "yes", "N": "no"}


def tables(reference: Reference) -> list[Sheet]:
    """The generated tables. Raises ValueError where the curve's shares don't follow from its parameters."""
    wrong = list(check_curve(reference))
    if wrong:
        raise ValueError("\n".join(wrong))
    return [_workloads(reference), _evidence(reference), _index(reference)]


def check_curve(reference: Reference) -> Iterator[str]:
    """Shares by class that aren't the logistic curve's at the class's index, or fall from 2026 to 2028."""
    for row in reference.rows("workloads"):
        for model in reference.rows("model_classes"):
            shares = []
            for year in CURVE_YEARS:
                column = f"suff_{year}_{model['class_id']}"
                steep = (model.number(f"eci_{year}") - row.number("suff_eci50")) / row.number("suff_scale_eci")
                right = row.number("suff_cap") / (1 + math.exp(-steep))
                shares.append(row.number(column))
                if abs(row.number(column) - right) > ROUNDED:
                    yield f"workloads.csv line {row.line}: {column} is {row[column]}, its curve gives {right:.2f}"
            if shares != sorted(shares):
                yield f"workloads.csv line {row.line}: {model['class_id']} answers less in 2028 than in 2026"


def _workloads(reference: Reference) -> Sheet:
    sheet = Sheet("workloads")
    for row in reference.rows("workloads"):
        derived, told = _derived(row)
        residency = sum(row.number(f"residency_{where}_share") for where in ("domestic", "allied", "anywhere"))
        if abs(residency - 1) > TOLERANCE:
            raise ValueError(f"workloads.csv line {row.line}: residency shares add up to {residency:g}")
        sheet.add(
            workload_id=row["workload_id"],
            name=row["name"],
            description=row["description"],
            user_basis=row["user_basis"],
            **{name: row.number(name) for name in NUMBERS},
            **derived,
            latency_class=row["latency_class"],
            date=WHEN,
            source=f"reference workloads.csv ({row['volume_basis']})",
            confidence=row["confidence"],
            note="; ".join([*told, row["demand_evidence"], row["sufficiency_evidence"]]),
        )
    return sheet


def _derived(row: Row) -> tuple[dict[str, float], list[str]]:
    """Requests and tokens a year, as the file has them or, where they are off, as their factors give them."""
    derived, told = {}, []
    for year in YEARS:
        growth = (1 + row.number("tokens_per_request_growth_per_year")) ** (year - YEARS[0])
        requests = row.number("units_per_million_pop") * row.number(f"adoption_{year}")
        requests *= row.number("requests_per_unit_day") * row.number("active_days")
        reasoning = 1 + row.number("reasoning_share") * (row.number("reasoning_output_multiplier") - 1)
        fresh = row.number("input_tokens_per_request") * (1 - row.number("cached_input_share"))
        output = row.number("output_tokens_per_request") * reasoning
        for column, right in (
            (f"requests_m_per_million_pop_year_{year}", requests / 1e6),
            (f"uncached_input_tokens_bn_per_million_pop_year_{year}", requests * fresh * growth / 1e9),
            (f"output_tokens_bn_per_million_pop_year_{year}", requests * output * growth / 1e9),
        ):
            stated = row.number(column)
            off = abs(stated - right) > TOLERANCE * right
            derived[column] = right if off else stated
            if off:
                told.append(f"corrected: {column} was {stated:g}, its factors give {right:.4g}")
    return derived, told


def _evidence(reference: Reference) -> Sheet:
    sheet = Sheet("sufficiency_evidence")
    for number, row in enumerate(reference.rows("sufficiency_evidence"), 1):
        small, large = _number(row["small_score"]), _number(row["large_score"])
        better = YES_NO[row["higher_is_better"]]
        ratio, told = _number(row["ratio_small_to_large"]), [row["notes"]]
        if ratio is not None and small and large:
            right = small / large if better == "yes" else large / small
            if abs(ratio - right) > TOLERANCE * right:
                told.append(f"corrected: ratio was {ratio:g}, the scores give {right:.3f}")
                ratio = right
        if small is None and row["small_score"]:
            told.append(f"score of the small model: {row['small_score']}")
        sheet.add(
            fact=f"E{number:02d}",
            task_family=row["task_family"],
            benchmark=row["benchmark"],
            metric=row["metric"],
            higher_is_better=better,
            small_model=row["small_model"],
            small_params_b=row.maybe("small_params_b"),
            small_score=small,
            large_model=row["large_model"],
            large_params_b=row.maybe("large_params_b"),
            large_score=large,
            ratio_small_to_large=ratio,
            date=row["year"],
            source=row["source"],
            confidence=row["confidence"],
            note="; ".join(filter(None, told)),
        )
    return sheet


def _index(reference: Reference) -> Sheet:
    sheet = Sheet("quality_index")
    classes = {row["class_id"] for row in reference.rows("model_classes")}
    for row in reference.rows("quality_index_eci"):
        known = row["model_class"] in classes
        sheet.add(
            model=row["model"],
            snapshot=row["snapshot"],
            model_class=row["model_class"] if known else "",
            access=row["access"],
            release=row["release"],
            eci=row.number("eci"),
            eci_low=row.maybe("ci90_low"),
            eci_high=row.maybe("ci90_high"),
            date=row["snapshot"],
            source=row["source"],
            confidence="high" if row["ci90_low"] else "medium",
            note="" if known else f"the file's class {row['model_class']} is none of the planning classes",
        )
    return sheet


def _number(cell: str) -> float | None:
    """The number in a cell; None where it is blank or text."""
    try:
        return float(cell)
    except ValueError:
        return None
