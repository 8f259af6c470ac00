"""Models over all routes, and what each is good enough for: `models`, `sufficiency`.

A model of `plan_models` is a planning class of `model_classes` as of a date, `known`: its parameters, training tokens,
overhead and utilisation are its class's. Its capability index is its class's at that date, by the line through the
years of `capability`, less the part of the frontier's growth that harder requests have used up (`DRIFT`).

sufficiency   share of a workload's requests that a model answers acceptably
              = cap / (1 + exp(−(index − eci50) / scale)), the mean over the workload's reference workloads by their
              output tokens of 2030, times 1 − language share · (1 − factor of its tongue), at most `LARGEST_SHARE`;
              low and high by the reference workloads' uncertainty
tongue        how a model came by the languages, and its strength in them where they have few texts: `foreign`, not
              trained in them, and `continued` as its class; `grown`, an open base of a later year, half way between;
              `native`, from the start, closes `NATIVE` of the rest. The language share of `workloads` says how much of
              that loss the programme's languages have: none in English
candidates    `work_candidates` says which roles are asked for a kind of work: the others are dearer without being
              better, or too weak

Not modelled: several models within one request, finetuning to a workload (the logistic curves hold for models as they
come).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from compute_lp.columns import amount, choice, key, month, months, named, share
from compute_lp.schema import Column, Inputs, Problem, Row
from compute_lp.training import ROUTES, TRAINED
from planner.prefill import workloads
from planner.prefill.case import Case, atlas_table, judged, number
from planner.prefill.sheet import Judged, Sheet
from planner.prefill.workloads.tables import WORKS

LARGEST_SHARE = 0.99
DRIFT = 0.7
"""How much of the frontier's growth since the middle of 2026 goes into harder requests rather than more of the same
answered (judgement, 0.4 to 1). Without it small models of 2029 would answer nine tenths of what agents are asked, and
a plan would shrink to nothing."""
DRIFT_FROM = 2026.5
FRONTIER = "FRONTIER_API"
NATIVE = 0.5
"""How much of the gap to full strength a model trained on the languages from the start closes beyond one whose training
was only continued in them (judgement, 0 to 1)."""
TONGUES = ("foreign", "grown", "continued", "native")
SHELF_MONTHS = {"adopt": Judged(48, 24, 96)} | dict.fromkeys(TRAINED, Judged(24, 12, 36))
"""How long a model is fit to serve (judgement)."""
LATE = 2027
"""A class's capability after this year is an extrapolation, of low confidence."""
HOME = "home"
TOKENS = {"pretrain": "tokens_t", "continue": "cpt_tokens_t"}
"""Column of `model_classes` with the tokens of a route; a run that distils has its work instead."""
TRAIN_FLOP, INFER_FLOP = 6.0, 2.0
"""FLOP per parameter and token, forwards and backwards, and forwards only. 1e9 parameters · 1e12 tokens · 1 FLOP are
1 ZFLOP."""
TOLERANCE = 0.01
OVERHEAD = Column("overhead", "all work with experiments, per work of the final run", "ratio", default=None, low=1)

TABLES = (
    atlas_table(
        "model_classes",
        "a planning class of models",
        key("model_class", "its name"),
        Column("name", "name in words", kind="text"),
        amount("total_params_b", "parameters; blank: not known", "1e9", None),
        amount("active_params_b", "parameters active per token", "1e9", None),
        amount("tokens_t", "tokens of a run from nothing", "Ttoken", None),
        amount("pretrain_zflop", "its work", "ZFLOP"),
        amount("cpt_tokens_t", "tokens of a run that continues a base", "Ttoken", None),
        amount("cpt_zflop", "its work", "ZFLOP", None),
        amount("distil_tokens_t", "tokens of a run that distils", "Ttoken", None),
        amount("distil_zflop", "its work, the teacher's among it", "ZFLOP", None),
        amount("distil_teacher_active_b", "the teacher's active parameters", "1e9", None),
        OVERHEAD,
        Column("mfu", "model FLOP utilisation, all-in on BF16 peak", "share", default=None, above=0, high=1),
        amount("weights_gb_fp8", "weights at 8 bits", "GB", None),
        amount("weights_gb_fp4", "weights at 4 bits", "GB", None),
        months("refresh_months", "how often a better one comes", None),
        months("lag_months", "how far the class is behind the frontier"),
        share("lang_factor_foreign", "strength in a language of few texts, untrained"),
        share("lang_factor_continued", "strength in it, training continued"),
        Column("open_bases", "open models of the class", kind="text", default=""),
        Column("open_licence", "their terms", kind="text"),
    ),
    atlas_table(
        "capability",
        "the capability index of a class at a date",
        key("model_class", "class", "model_classes.model_class"),
        Column("year", "date, as a calendar year with a fraction", "year", key=True, low=2020, high=2040),
        Column("eci", "capability index", "index", low=0, high=400),
        Column("basis", "observed, or how it was found", kind="text"),
    ),
    atlas_table(
        "plan_models",
        "a model a programme could have",
        key("plan", "programme, every or default", "plans.plan"),
        key("model", "name"),
        named("role", "what it is in a programme; `work_candidates` goes by it"),
        named("model_class", "planning class", "model_classes.model_class"),
        choice("route", "how it is had", ROUTES),
        named("base", "model it starts from; blank: none", "plan_models.model", default=""),
        Column("known", "date whose capability, in its class, it has, as a calendar year", "year", low=2024, high=2040),
        choice("tongue", "how it came by the programme's languages", TONGUES),
        month("available_from", "release, or first start of a run"),
        Column("max_run_months", "longest final run; blank: the workbook's default", "months", default=None, above=0),
        amount("cost_musd", "staff, data and licences per run", "MUSD"),
        named("origin", "country it is from, or home"),
        choice("licence", "terms of the weights", ("open", "restricted", "closed")),
        amount("total_params_b", "parameters; blank: its class's", "1e9", None),
        amount("active_params_b", "parameters active per token; blank: its class's", "1e9", None),
        amount("usd_per_mtoken", "price of an api", "USD/Mtoken", None),
        Column("price_change_per_year", "yearly change of that price", "1/year", default=None, low=-1, high=5),
        amount("max_t_per_year", "most output tokens a year; blank: by the next column", "Ttoken/year", None),
        amount("max_demand_share", "the same per output tokens the programme asks for in 2030", "ratio", None),
    ),
    atlas_table(
        "work_candidates",
        "a role whose models are asked for a kind of work",
        choice("work", "kind of work", WORKS, key=True),
        key("role", "role in plan_models"),
        share("least_language_gap", "only where the language gap is at least this", 0.0),
        share("most_language_gap", "only where the language gap is at most this", 1.0),
    ),
)


def check(atlas: Inputs) -> Iterator[Problem]:
    """Work that isn't parameters times tokens, capability that falls, models without a price or a role asked."""
    for row in atlas.rows("model_classes"):
        yield from _work_adds_up(row)
        if row.lang_factor_foreign > row.lang_factor_continued:
            right = f"at least {row.lang_factor_foreign:g}"
            yield row.problem("lang_factor_continued", "training continued in a language makes it worse", right)
    known: dict[str, tuple[float, float]] = {}
    for row in atlas.rows("capability"):
        year, eci = known.get(row.model_class, (0.0, 0.0))
        if row.year <= year or row.eci < eci:
            yield row.problem(
                "eci", f"the index of {row.model_class} falls, or its years don't rise", f"{eci:g} or more"
            )
        known[row.model_class] = (row.year, row.eci)
    for row in atlas.rows("model_classes"):
        if row.model_class not in known:
            yield row.problem("model_class", "a class without capability", "rows in capability")
    asked = {row.role for row in atlas.rows("work_candidates")}
    names = {row.model for row in atlas.rows("plan_models")}
    for row in atlas.rows("plan_models"):
        if row.route == "api" and (number(row, "usd_per_mtoken") is None or number(row, "total_params_b") is None):
            yield row.problem("usd_per_mtoken", "an api without price or parameters", "both, with low and high")
        if row.role not in asked and row.model not in {r.base for r in atlas.rows("plan_models")}:
            yield row.problem("role", "a role no work asks for", "a role of work_candidates")
        if row.route in ("continue", "distil") and row.base not in names:
            yield row.problem("base", f"a model of route {row.route} without a base", "the model it starts from")


def _work_adds_up(row: Row) -> Iterator[Problem]:
    active, teacher = number(row, "active_params_b"), number(row, "distil_teacher_active_b")
    if active is None or teacher is None:
        return
    for tokens, work, zflop_per_t in (
        ("tokens_t", "pretrain_zflop", TRAIN_FLOP * active),
        ("cpt_tokens_t", "cpt_zflop", TRAIN_FLOP * active),
        ("distil_tokens_t", "distil_zflop", TRAIN_FLOP * active + INFER_FLOP * teacher),
    ):
        for end in ("", "_low", "_high"):
            found, right = getattr(row, work + end), zflop_per_t * getattr(row, tokens + end)
            if abs(found - right) > TOLERANCE * right:
                yield row.problem(work + end, "parameters and tokens give another work", f"{right:.4g} ZFLOP")


def models_of(case: Case) -> list[Row]:
    """The models of a case, rows of `plan_models` in their order."""
    return case.rows("plan_models")


def served_classes(case: Case) -> dict[str, str]:
    """Planning class of each model that runs on the programme's hardware."""
    return {row.model: row.model_class for row in models_of(case) if row.route != "api"}


def candidates(case: Case, work: str) -> list[Row]:
    """The models asked for a kind of work."""
    gap = case.country.language_gap
    roles = {
        row.role
        for row in case.atlas.rows("work_candidates")
        if row.work == work and row.least_language_gap <= gap <= row.most_language_gap
    }
    return [row for row in models_of(case) if row.role in roles]


def index(case: Case, model_class: str, year: float) -> float:
    """Capability index of a class at a date; before the first and after the last year that of these."""
    rows = [row for row in case.atlas.rows("capability") if row.model_class == model_class]
    return float(np.interp(year, [row.year for row in rows], [row.eci for row in rows]))


def net_index(case: Case, model: Row) -> float:
    """Capability index of a model, less what harder requests have used up by its date."""
    growth = index(case, FRONTIER, model.known) - index(case, FRONTIER, DRIFT_FROM)
    return index(case, model.model_class, model.known) - DRIFT * max(0.0, growth)


def strength(case: Case, model: Row) -> float:
    """Strength of a model in languages of few texts, as a share of its strength in English."""
    row = case.row("model_classes", model_class=model.model_class)
    foreign, continued = float(row.lang_factor_foreign), float(row.lang_factor_continued)
    return {
        "foreign": foreign,
        "grown": (foreign + continued) / 2,
        "continued": continued,
        "native": continued + NATIVE * (1 - continued),
    }[model.tongue]


def sufficient_share(case: Case, workload: str, model: Row) -> float:
    """Share of a workload's requests that a model answers acceptably, to two digits."""
    net = net_index(case, model)
    tongue = 1 - workloads.language_share(case, workload) * (1 - strength(case, model))
    total = weight = 0.0
    for part in workloads.parts(case, workload):
        steep = (net - part.reference.suff_eci50) / part.reference.suff_scale_eci
        total += part.output_2030_t * part.reference.suff_cap / (1 + math.exp(-steep))
        weight += part.output_2030_t
    return round(min(LARGEST_SHARE, total / weight * tongue), 2)


def sheets(case: Case) -> list[Sheet]:
    """Models, and what they suffice for."""
    return [_models(case), _sufficiency(case)]


def _models(case: Case) -> Sheet:
    sheet = Sheet("models")
    for model in models_of(case):
        kind = case.row("model_classes", model_class=model.model_class)
        trained, own = model.route in TRAINED, number(model, "total_params_b") is not None
        late = model.known > LATE
        sheet.add(
            model=model.model,
            class_=model.model_class,
            route=model.route,
            base=model.base,
            total_params_b=judged(model if own else kind, "total_params_b"),
            active_params_b=judged(model if own else kind, "active_params_b"),
            tokens_t=judged(kind, TOKENS[model.route]) if model.route in TOKENS else None,
            work_zflop=judged(kind, "distil_zflop") if model.route == "distil" else None,
            overhead=judged(kind, "overhead") if trained else None,
            mfu=judged(kind, "mfu") if trained else None,
            available_from=model.available_from,
            max_run_months=number(model, "max_run_months"),
            shelf_months=SHELF_MONTHS.get(model.route),
            cost_musd=judged(model, "cost_musd"),
            origin=case.home if model.origin == HOME else model.origin,
            licence=model.licence,
            usd_per_mtoken=judged(model, "usd_per_mtoken"),
            price_change_per_year=judged(model, "price_change_per_year"),
            max_t_per_year=_most_t_per_year(case, model),
            source="atlas-plan_models; atlas-model_classes; atlas-capability",
            confidence="low" if late else model.confidence,
            note=f"{model.note}. Capability of its class in {model.known:g} (index "
            f"{index(case, model.model_class, model.known):.1f}). {kind.note}",
        )
    return sheet


def _most_t_per_year(case: Case, model: Row) -> Judged | float | None:
    if number(model, "max_demand_share") is None:
        return judged(model, "max_t_per_year")
    asked_t = sum(workloads.tokens_t(case, name, workloads.LAST)[1] for name in workloads.names(case))
    return judged(model, "max_demand_share", asked_t)


def _sufficiency(case: Case) -> Sheet:
    sheet = Sheet("sufficiency")
    for workload in workloads.names(case):
        parts = workloads.parts(case, workload)
        margin = max(float(part.reference.suff_uncertainty_pp) for part in parts)
        gap = workloads.language_share(case, workload)
        for model in candidates(case, workloads.work(case, workload)):
            found = sufficient_share(case, workload, model)
            sheet.add(
                workload=workload,
                model=model.model,
                share=Judged(found, max(0.0, found - margin), min(LARGEST_SHARE, found + margin)),
                source="atlas-workloads; atlas-capability; atlas-sufficiency_evidence; atlas-countries",
                confidence="low" if model.known > LATE else "medium",
                note=f"index {net_index(case, model):.1f}, net of harder requests, on "
                f"{', '.join(part.reference.workload_id for part in parts)}; {gap:.0%} in languages of few texts, at "
                f"{strength(case, model):.2f} of full strength ({model.tongue})",
            )
    return sheet
