"""India programme: models over all routes, and what each is good enough for."""

from __future__ import annotations

import math

import numpy as np

from india_model_list import API_ACTIVE_B, API_PARAMS_B, CANDIDATES, MODELS, Model
from india_workloads import WORKLOADS, Workload
from reference import Reference, Row
from sheets import Judged, Sheet

ECI_YEARS = (2025.5, 2026.5, 2027.5, 2028.5, 2030.5)
"""The capability index of the reference file, by class, is taken as that of the middle of its years."""
ECI_COLUMNS = ("eci_2025", "eci_2026", "eci_2027", "eci_2028", "eci_2030")
LARGEST_SHARE = 0.99
DRIFT = Judged(0.7, 0.4, 1.0)
"""How much of the frontier's growth since the middle of 2026 goes into harder requests rather than more of the same
answered (judgement). Without it small models of 2029 would answer nine tenths of what agents are asked, and the plan
would shrink to nothing."""
DRIFT_FROM = 2026.5
FRONTIER = "FRONTIER_API"
NATIVE = 0.5
"""How much of the gap to full strength in India's languages a model trained on them from the start closes beyond one
whose training was only continued in them (judgement: 0 to 1)."""


def models(reference: Reference) -> Sheet:
    """Models."""
    sheet = Sheet("models")
    for model in MODELS:
        row = reference.row("model_classes", class_id=model.kind)
        trained = model.route in ("pretrain", "continue", "distil")
        api = model.route == "api"
        sheet.add(
            model=model.name,
            class_=model.kind,
            route=model.route,
            base=model.base,
            total_params_b=API_PARAMS_B if api else row.number("total_params_b"),
            active_params_b=API_ACTIVE_B if api else row.number("active_params_b"),
            tokens_t=_tokens(model, row),
            work_zflop=_work(model, row),
            overhead=Judged(*(row.number(f"programme_overhead_{each}") for each in ("base", "low", "high")))
            if trained
            else None,
            mfu=Judged(*(row.number(f"mfu_{each}") for each in ("base", "low", "high"))) if trained else None,
            available_from=model.available_from,
            max_run_months=model.max_run_months,
            shelf_months=Judged(24, 12, 36) if trained else Judged(48, 24, 96) if model.route == "adopt" else None,
            cost_musd=model.cost_musd,
            origin=model.origin,
            licence=model.licence,
            usd_per_mtoken=model.usd_per_mtoken,
            price_change_per_year=Judged(-0.2, -0.4, 0.0) if api else None,
            max_t_per_year=model.max_t_per_year,
            source="atlas-models" + ("; atlas-runs" if model.name == "sarvam_105b" else ""),
            confidence="low" if model.known > 2027 else row["confidence"],
            note=f"{model.why}. Capability of its class in {model.known:g} (index {_eci(row, model.known):.1f}); staff "
            "and data cost, shelf life"
            f"{', api price and quota' if api else ''} are judgements. {row['evidence']}",
        )
    return sheet


def sufficiency(reference: Reference) -> Sheet:
    """Share of each workload's requests a model answers acceptably.

    The logistic curve of the reference file in the capability index, times the loss in India's languages for the share
    of the workload that is in them; a workload of several reference workloads takes their mean by output tokens of
    2030.
    """
    sheet = Sheet("sufficiency")
    for workload in WORKLOADS:
        for model in MODELS:
            if model.name in CANDIDATES[workload.work]:
                share = _share(reference, workload, model)
                margin = max(
                    reference.row("workloads", workload_id=part.like).number("suff_uncertainty_pp")
                    for part in workload.parts
                )
                sheet.add(
                    workload=workload.name,
                    model=model.name,
                    share=Judged(share, max(0.0, share - margin), min(LARGEST_SHARE, share + margin)),
                    source="atlas-workloads; atlas-models; atlas-sufficiency",
                    confidence="low" if model.known > 2027 else "medium",
                    note=f"index {_net_index(reference, model):.1f}, net of harder requests, on "
                    f"{', '.join(part.like for part in workload.parts)}; {workload.language_share:.0%} in India's "
                    "languages, at "
                    f"{_tongue(reference, model):.2f} of full strength ({model.tongue})",
                )
    return sheet


def served_classes() -> dict[str, str]:
    """Planning class of each model that runs on the programme's hardware."""
    return {model.name: model.kind for model in MODELS if model.route != "api"}


def _tokens(model: Model, row: Row) -> Judged | None:
    if model.route == "pretrain":
        return Judged(*(row.number(f"tokens_t_{each}") for each in ("base", "low", "high")))
    if model.route == "continue":
        return Judged(row.number("cpt_tokens_t_base"), 0.1, 1.0)
    return None


def _work(model: Model, row: Row) -> Judged | None:
    if model.route != "distil":
        return None
    return Judged(*(row.number(f"distil_flop_{each}") / 1e21 for each in ("base", "low", "high")))


def _eci(row: Row, year: float) -> float:
    return float(np.interp(year, ECI_YEARS, [row.number(column) for column in ECI_COLUMNS]))


def _net_index(reference: Reference, model: Model) -> float:
    """Capability index of a model, less the part of the frontier's growth that harder requests have used up by its
    date."""
    frontier = reference.row("model_classes", class_id=FRONTIER)
    drift = DRIFT.value * max(0.0, _eci(frontier, model.known) - _eci(frontier, DRIFT_FROM))
    return _eci(reference.row("model_classes", class_id=model.kind), model.known) - drift


def _tongue(reference: Reference, model: Model) -> float:
    row = reference.row("model_classes", class_id=model.kind)
    without, continued = (row.number(f"lang_factor_lowresource_{each}_cpt") for each in ("no", "with"))
    return {
        "none": without,
        "grown": (without + continued) / 2,
        "continued": continued,
        "native": continued + NATIVE * (1 - continued),
    }[model.tongue]


def _share(reference: Reference, workload: Workload, model: Model) -> float:
    index = _net_index(reference, model)
    tongue = 1 - workload.language_share * (1 - _tongue(reference, model))
    total = weight = 0.0
    for part in workload.parts:
        row = reference.row("workloads", workload_id=part.like)
        steep = (index - row.number("suff_eci50")) / row.number("suff_scale_eci")
        tokens = part.tokens_t(reference, 2030.5)[1]
        total += tokens * row.number("suff_cap") / (1 + math.exp(-steep))
        weight += tokens
    return round(min(LARGEST_SHARE, total / weight * tongue), 2)
