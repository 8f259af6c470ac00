"""Which model answers what.

sets            SEGMENTS b, nested by difficulty: the sorted shares of the models that answer a workload in a period cut
                its demand; DEMANDED: (w,b,t); ANSWERS: (w,b,m,t) where m covers b and could be available; SERVE:
                (w,m,g,p,t) where the rate isn't 0
decides         served[w,b,m,t] T output tokens of the period, serve_mh[w,m,g,p,t], unserved[w,b,t]
derives         demand[w,b,t]; rate[w,m,g,t] T/Mh; what is above the best share of any model in any period is out of
                reach
subject to      demand_is_met: Σ_m served + unserved = demand · served_by_finished_models: served ≤ demand·available ·
                hours_suffice: Σ_{g,p} rate·serve_mh = Σ_b served · peak_is_covered, for each g and p: (Σ
                serve_mh·peak·(1 − deferrable) + Σ train_mh·(1 − flexible_share))/(8.76·years) ≤ availability·installed
                · within_model: Σ served ≤ max_t_per_year·years · residency: tokens outside home, and outside home and
                allies, by place, by operator and by chip vendor ≤ share of all served of the workload; an api counts
                where its origin is
ledgers         compute − serve_mh · money L3: platform per token; L2: api price per token
not modelled    experiments at the peak hour, which give way to what can't wait; caching across workloads, latency by
                distance, a mixture of models within one request
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from compute_lp import ledger
from compute_lp.columns import amount, choice, key, report, share, table
from compute_lp.family import Index, Numbers, Total, Variables, subject_to
from compute_lp.frame import DEMAND_TIERS, TIERS, groups_of
from compute_lp.index import ABSENT
from compute_lp.schema import Column, Floats, Inputs, Mask, Price, Problem, Value
from compute_lp.tables import by_key_and_period, codes, column, crossed, mask, subset, text
from compute_lp.units import USD_PER_MTOKEN

LATENCIES = ("batch", "interactive", "fast", "realtime")

SHARE_DIGITS = 9
"""Decimals of a share that count: 0.1 + 0.2 and 0.3 are one share, not two with a segment of 1e-16 between them."""

TABLES = (
    table(
        "workloads",
        "a kind of use",
        key("workload", "name"),
        choice("tier", "who asks; blank: counted whatever demand_tiers says", TIERS, ""),
        choice("latency", "how soon an answer must come", LATENCIES),
        Column("peak_to_average", "peak hour over the average", "ratio", default=2.0, low=1, high=100),
        share("deferrable_share", "share that can wait for a better hour of the day", 0.0),
        share("foreign_share_max", "largest share answered outside home, by place or by operator", 1.0),
        share("non_allied_share_max", "largest share answered outside home and allies, by place or by operator", 1.0),
        share("foreign_vendor_share_max", "largest share answered on chips whose vendor is not of home", 1.0),
        share(
            "non_allied_vendor_share_max",
            "largest share answered on chips whose vendor is neither of home nor of allies",
            1.0,
        ),
        amount("unserved_usd_per_mtoken", "value of an output token; blank: the programme's", "USD/Mtoken", None),
        amount("platform_usd_per_mtoken", "cost of the platform per million output tokens", "USD/Mtoken", 0.0),
        required=True,
    ),
    table(
        "demand",
        "what a workload asks for in a period",
        key("workload", "workload", "workloads.workload"),
        key("period", "period", "periods.period"),
        amount("input_t_per_year", "input tokens", "Ttoken/year"),
        amount("output_t_per_year", "output tokens", "Ttoken/year"),
        required=True,
    ),
    table(
        "sufficiency",
        "the share of a workload's requests that a model answers acceptably",
        key("workload", "workload", "workloads.workload"),
        key("model", "model; no row: it answers none", "models.model"),
        key("period", "blank: all periods without a row of their own", "periods.period", default=""),
        share("share", "share answered acceptably"),
        required=True,
    ),
    table(
        "throughput",
        "a measured serving rate of a model on an accelerator; it replaces the computed one",
        key("model", "model", "models.model"),
        key("accelerator", "accelerator", "accelerators.accelerator"),
        choice("latency", "latency it was measured at; blank: saturated, and derated", LATENCIES, "", key=True),
        amount("input_tokens_per_s", "input tokens per second and unit; blank: input is free", "token/s", None),
        amount("output_tokens_per_s", "output tokens per second and unit; 0: it can't", "token/s", None),
    ),
)

REPORTS = (
    report(
        "serving",
        "output tokens served, period sums",
        ("workload", "model", "period"),
        Value("served_t", "Ttoken", "output tokens served", "served"),
    ),
    report(
        "unserved",
        "output tokens not served, period sums",
        ("workload", "period"),
        Value("unserved_t", "Ttoken", "output tokens that a model could answer and the plan doesn't", "unserved"),
        Value("out_of_reach_t", "Ttoken", "output tokens no model in the workbook could ever answer", "out_of_reach"),
        Value("demand_t", "Ttoken", "output tokens asked for", "asked"),
    ),
    report(
        "serving_hours",
        "where and on what tokens are served",
        ("workload", "model", "accelerator", "site", "period"),
        Value("accelerator_hours", "h", "accelerator-hours used", "serve_mh", 1e6),
        Value("tokens_t", "Ttoken", "output tokens", "tokens"),
    ),
)
PRICES = (
    Price("demand_is_met", "one more token asked for", "USD/Mtoken", ("workload", "segment", "period"), per="sum"),
    Price("within_model", "most a model answers", "USD/Mtoken", ("model", "period"), per="sum"),
    Price("peak_is_covered", "capacity at the peak", "USD/unit-hour", ("accelerator", "site", "period"), per="sum"),
)
INSIDE = {"foreign": ("home",), "non_allied": ("home", "allied")}


def reach(m: Any, inputs: Inputs) -> None:
    """What is asked for, and who could answer it."""
    b, demand = m.serving, inputs["demand"]
    output_t_per_year = by_key_and_period(demand, "workload", "output_t_per_year", m.WORKLOADS, m.PERIODS, 0.0)
    b.asked_of_all = output_t_per_year * m.calendar.years
    b.is_api = np.array([route == "api" for route in text(inputs["models"], "route")], dtype=bool)
    b.demand_t, covers = _segments(m, _shares(m, inputs), b.asked_of_all)
    b.rates = _rates(m, inputs)
    runs_somewhere = ((b.rates > 0) & m.held.any(axis=1)).any(axis=2)
    reachable = m.can_serve & (runs_somewhere | b.is_api[:, None])
    b.SEGMENTS = Index.of([int(i) + 1 for i in range(b.demand_t.shape[1])], doc="difficulty")
    b.DEMANDED = Index.product(m.WORKLOADS, b.SEGMENTS, m.PERIODS, where=b.demand_t > 0)
    answers = covers & (b.demand_t > 0)[:, :, None, :] & reachable[:, None]
    b.ANSWERS = Index.product(m.WORKLOADS, b.SEGMENTS, m.MODELS, m.PERIODS, where=answers)
    m.value_musd_per_t = _values(inputs)


def build(m: Any, inputs: Inputs) -> None:
    """Declare who answers what, where."""
    b = m.serving
    workloads, models = inputs["workloads"], inputs["models"]
    peak_to_average = column(workloads, "peak_to_average")
    deferrable_share = column(workloads, "deferrable_share")
    platform_musd_per_t = column(workloads, "platform_usd_per_mtoken") * USD_PER_MTOKEN
    price_musd_per_t = column(models, "usd_per_mtoken") * USD_PER_MTOKEN
    price_change_per_year = column(models, "price_change_per_year")
    max_t_per_year = column(models, "max_t_per_year")
    asked, demand_t, rate, is_api = b.asked_of_all, b.demand_t, b.rates, b.is_api
    is_limited = np.isfinite(max_t_per_year)

    b.FROM_RUNS = subset(b.ANSWERS, m.is_run[b.ANSWERS.codes[2]])
    answered = mask((m.WORKLOADS, m.MODELS, m.PERIODS), *(b.ANSWERS.codes[i] for i in (0, 2, 3)))
    b.SERVED = Index.product(m.WORKLOADS, m.MODELS, m.PERIODS, where=answered & ~is_api[None, :, None])
    places = (rate[..., None, :] > 0) & m.held[None, None] & mask(b.SERVED.bases, *b.SERVED.codes)[:, :, None, None, :]
    b.SERVE = Index.product(m.WORKLOADS, m.MODELS, m.ACCELERATORS, m.PLACES, m.PERIODS, where=places)
    w, model, chip, _, time = b.SERVE.codes

    b.demand = Numbers(b.DEMANDED, demand_t, doc="[Ttoken] output tokens asked for")
    b.rate = Numbers(b.SERVE, rate[w, model, chip, time], doc="[Ttoken/Mh] output tokens per accelerator time")
    b.platform_musd_per_t = Numbers(m.WORKLOADS, platform_musd_per_t, doc="[MUSD/Ttoken] platform")
    b.price_musd_per_t = Numbers(
        Index.product(m.MODELS, m.PERIODS),
        price_musd_per_t[:, None] * (1 + price_change_per_year)[:, None] ** m.calendar.middle,
        doc="[MUSD/Ttoken] api price",
    )
    b.max_t_per_year = Numbers(m.MODELS, np.nan_to_num(max_t_per_year), doc="[Ttoken/yr] most a model answers")

    b.served = Variables(b.ANSWERS, doc="[Ttoken] output tokens served")
    b.serve_mh = Variables(b.SERVE, doc="[Mh] accelerator time serving")
    valued = ~np.isnan(m.value_musd_per_t[b.DEMANDED.codes[0]])
    b.unserved = Variables(b.DEMANDED, upper=np.where(valued, np.inf, 0.0), doc="[Ttoken] output tokens not served")
    everything = Index.product(m.WORKLOADS, m.PERIODS)
    b.asked = Total(everything, doc="[Ttoken] output tokens asked for")
    b.asked_t = Numbers(everything, asked, doc="[Ttoken] output tokens asked for")
    b.asked.add("demand", everything, lambda b, w, t: b.asked_t[w, t])
    b.out_of_reach = Total(everything, doc="[Ttoken] output tokens out of reach")
    b.out_of_reach_t = Numbers(everything, asked - demand_t.sum(axis=1), doc="[Ttoken] output tokens out of reach")
    b.out_of_reach.add("demand", everything, lambda b, w, t: b.out_of_reach_t[w, t])
    b.answered = Total(b.DEMANDED, doc="[Ttoken] served by all models")
    b.answered.add("served", b.ANSWERS, lambda b, w, s, m_, t: b.served[w, s, m_, t])
    b.served_all = Total(everything, doc="[Ttoken] served of a workload")
    b.served_all.add("served", b.ANSWERS, lambda b, w, s, m_, t: b.served[w, s, m_, t])
    b.by_model = Total(b.SERVED, doc="[Ttoken] served by a model")
    own = subset(b.ANSWERS, ~is_api[b.ANSWERS.codes[2]])
    b.by_model.add("served", own, lambda b, w, s, m_, t: b.served[w, s, m_, t])
    b.tokens = Total(b.SERVE, doc="[Ttoken] tokens by place")
    b.tokens.add("serve", b.SERVE, lambda b, w, m_, g, p, t: b.rate[w, m_, g, p, t] * b.serve_mh[w, m_, g, p, t])
    b.produced = Total(b.SERVED, doc="[Ttoken] tokens of all places")
    b.produced.add("serve", b.SERVE, lambda b, w, m_, g, p, t: b.rate[w, m_, g, p, t] * b.serve_mh[w, m_, g, p, t])

    @subject_to(b, b.DEMANDED, "[Ttoken] every token is served or counted as unserved")
    def demand_is_met(b: Any, w: Any, s: Any, t: Any) -> Any:
        return b.answered[w, s, t] + b.unserved[w, s, t] == b.demand[w, s, t]

    @subject_to(b, b.FROM_RUNS, "[Ttoken] only a finished model serves")
    def served_by_finished_models(b: Any, w: Any, s: Any, m_: Any, t: Any) -> Any:
        return b.served[w, s, m_, t] <= b.demand[w, s, t] * m.training.available[m_, t]

    @subject_to(b, b.SERVED, "[Ttoken] served tokens take accelerator time")
    def hours_suffice(b: Any, w: Any, m_: Any, t: Any) -> Any:
        return b.produced[w, m_, t] == b.by_model[w, m_, t]

    limited = subset(b.ANSWERS, is_limited[b.ANSWERS.codes[2]])
    model_periods = (m.MODELS, m.PERIODS)
    b.LIMITED = Index.product(*model_periods, where=mask(model_periods, *limited.codes[2:]))
    b.of_model = Total(b.LIMITED, doc="[Ttoken] served by a model")
    b.of_model.add("served", limited, lambda b, w, s, m_, t: b.served[w, s, m_, t])

    @subject_to(b, b.LIMITED, "[Ttoken] no more than a model or api may answer")
    def within_model(b: Any, m_: Any, t: Any) -> Any:
        return b.of_model[m_, t] <= m.years[t] * b.max_t_per_year[m_]

    _peak(m, b, inputs, peak_to_average * (1 - deferrable_share))
    _residency(m, b, inputs, is_api)

    m.compute.add("serving", b.SERVE, lambda b, w, m_, g, p, t: -b.serve_mh[w, m_, g, p, t], block=b)
    ledger.flow(b, "L3|platform", everything, lambda b, w, t: b.platform_musd_per_t[w] * b.served_all[w, t])
    api = subset(b.ANSWERS, is_api[b.ANSWERS.codes[2]])
    ledger.flow(b, "L2|api", api, lambda b, w, s, m_, t: b.price_musd_per_t[m_, t] * b.served[w, s, m_, t])


def _values(inputs: Inputs) -> Floats:
    """Value of an output token by workload [MUSD/T]; NaN where all must be served."""
    stated = inputs.settings["unserved_usd_per_mtoken"]
    general: float = np.nan if pd.isna(stated) else float(stated)
    return column(inputs["workloads"], "unserved_usd_per_mtoken", blank=general) * USD_PER_MTOKEN


def _shares(m: Any, inputs: Inputs) -> Floats:
    """Share of a workload's requests a model answers acceptably; shape (workloads, models, periods)."""
    table = inputs["sufficiency"]
    pair = Index.product(m.WORKLOADS, m.MODELS)
    row = pair.find(codes(m.WORKLOADS, text(table, "workload")), codes(m.MODELS, text(table, "model")))
    time, data = codes(m.PERIODS, text(table, "period")), column(table, "share")
    share = np.full((pair.size, m.PERIODS.size), np.nan)
    share[row[time == ABSENT]] = data[time == ABSENT][:, None]
    share[row[time != ABSENT], time[time != ABSENT]] = data[time != ABSENT]
    rounded = np.nan_to_num(share).round(SHARE_DIGITS)
    return rounded.reshape(m.WORKLOADS.size, m.MODELS.size, m.PERIODS.size)


def _segments(m: Any, share: Floats, asked: Floats) -> tuple[Floats, Mask]:
    """Demand by workload, segment and period [T], and whether a model covers a segment, shape (workloads, segments,
    models, periods).

    Cuts are the shares of the period's models and, last, the best share of any model in any period, which ends what is
    in reach.
    """
    best = share.max(axis=(1, 2), initial=0.0)
    cuts = np.concatenate([share, np.broadcast_to(best[:, None, None], (len(best), 1, share.shape[2]))], axis=1)
    cuts = np.sort(cuts, axis=1)
    width = np.diff(cuts, axis=1, prepend=0.0)
    used = (width > 0).any(axis=(0, 2))
    cuts, width = cuts[:, used], width[:, used]
    demand_t = width * asked[:, None, :]
    covers = share[:, None, :, :] >= cuts[:, :, None, :]
    return demand_t, covers


def _rates(m: Any, inputs: Inputs) -> Floats:
    """Output tokens per accelerator time [T/Mh] by workload, model, accelerator and period; 0 where it can't."""
    table = inputs.rates("serving_rates")
    rates = np.zeros((m.WORKLOADS.size, m.MODELS.size, m.ACCELERATORS.size, m.PERIODS.size))
    rates[
        codes(m.WORKLOADS, text(table, "workload")),
        codes(m.MODELS, text(table, "model")),
        codes(m.ACCELERATORS, text(table, "accelerator")),
        codes(m.PERIODS, text(table, "period")),
    ] = column(table, "t_per_mh")
    return rates


def _peak(m: Any, b: Any, inputs: Inputs, peak: Floats) -> None:
    """Capacity held at the peak hour covers what can't wait; peaks coincide."""
    held = Index.product(m.ACCELERATORS, m.PLACES, m.PERIODS, where=m.held)
    b.peak_share = Numbers(m.WORKLOADS, peak, doc="[1] peak use over average, of what can't wait")
    b.steady_share = Numbers(
        m.MODELS, 1 - float(inputs.settings["flexible_share"]), doc="[1] training that goes on at the peak"
    )
    b.peak_mh = Total(held, doc="[Mh] use at the peak, as if it lasted the period")
    b.peak_mh.add("serving", b.SERVE, lambda b, w, m_, g, p, t: b.peak_share[w] * b.serve_mh[w, m_, g, p, t])
    b.peak_mh.add(
        "training", m.training.TRAIN, lambda b, m_, g, p, t: b.steady_share[m_] * m.training.train_mh[m_, g, p, t]
    )
    b.capacity_mh = Total(held, doc="[Mh] accelerator time there is")
    b.capacity_mh.add(
        "owned",
        m.procurement.OWNED,
        lambda b, g, s, t: m.years[t] * m.procurement.mh_per_k_year[g] * m.procurement.installed[g, s, t],
        m.place_of,
    )
    b.capacity_mh.add(
        "rented",
        m.clouds.RENTED,
        lambda b, u, t: m.years[t] * m.clouds.mh_per_k_year[u] * m.clouds.rented[u, t],
        lambda b, u, t: (m.clouds.chip_of[u], m.clouds.place_of[u], t),
    )

    @subject_to(b, held, "[Mh] capacity covers the peak hour")
    def peak_is_covered(b: Any, g: Any, p: Any, t: Any) -> Any:
        return b.peak_mh[g, p, t] <= b.capacity_mh[g, p, t]


def _residency(m: Any, b: Any, inputs: Inputs, is_api: Mask) -> None:
    """Largest share of a workload's tokens outside home, and outside home and allies, by place, operator and vendor."""
    workloads = inputs["workloads"]
    origin = groups_of(m, text(inputs["models"], "origin"))
    groups = {
        "place": (m.PLACES, m.group[m.place_country], ""),
        "operator": (m.PLACES, m.group[m.place_operator], ""),
        "vendor": (m.ACCELERATORS, groups_of(m, text(inputs["accelerators"], "vendor_country")), "vendor_"),
    }
    for reach, inside in INSIDE.items():
        for by, (base, group, word) in groups.items():
            limit = column(workloads, f"{reach}_{word}share_max")
            outside = ~np.isin(group, inside)[b.SERVE.codes[b.SERVE.axis(base)]]
            bought = (is_api & ~np.isin(origin, inside))[b.ANSWERS.codes[2]]
            _within_share(b, f"{reach}_{by}", f"{reach} by {by}", limit, outside, bought)


def _within_share(b: Any, name: str, meaning: str, limit: Floats, outside: Mask, bought: Mask) -> None:
    """A row of residency; `outside` and `bought` mark rows of SERVE and ANSWERS that count."""
    m, limited = b.model(), limit < 1
    served = subset(b.SERVE, outside & limited[b.SERVE.codes[0]])
    answers = subset(b.ANSWERS, bought & limited[b.ANSWERS.codes[0]])
    rows = crossed(Index.rows((m.WORKLOADS,), (np.flatnonzero(limited),)), m.PERIODS)
    total = Total(rows, doc=f"[Ttoken] tokens outside, {meaning}")
    b.add_component(f"{name}_tokens", total)
    total.add("served", served, lambda b, w, m_, g, p, t: b.rate[w, m_, g, p, t] * b.serve_mh[w, m_, g, p, t])
    total.add("api", answers, lambda b, w, s, m_, t: b.served[w, s, m_, t])
    most = Numbers(m.WORKLOADS, limit, doc="[1] largest share outside")
    b.add_component(f"{name}_share_max", most)

    @subject_to(b, rows, f"[Ttoken] residency, {meaning}", name=f"{name}_within_share")
    def within_share(b: Any, w: Any, t: Any) -> Any:
        return total[w, t] <= most[w] * b.served_all[w, t]


def check(inputs: Inputs) -> list[Problem]:
    """Periods without demand, workloads nobody answers, tiers that leave none."""
    found = []
    tiers, tier = inputs.settings["demand_tiers"], inputs["workloads"]["tier"]
    if len(tier) and not tier.isin(["", *DEMAND_TIERS[tiers]]).any():
        message, right = "no workload is of these tiers", "tiers that stand in the sheet workloads, or all"
        found.append(Problem("programme", message, None, "demand_tiers", tiers, right))
    periods = list(inputs["periods"]["period"])
    demand, general = inputs["demand"], inputs.settings["unserved_usd_per_mtoken"]
    best = inputs["sufficiency"].groupby("workload")["share"].max().to_dict()
    given = set(zip(text(demand, "workload"), text(demand, "period"), strict=True))
    for row in inputs.rows("workloads"):
        missing = [period for period in periods if (row.workload, period) not in given]
        if missing:
            message = f"{row.workload} has no demand in {', '.join(missing)}"
            right = "a row in demand for each period, 0 where nothing is asked"
            found.append(row.problem("workload", message, right))
        if best.get(row.workload, 0.0) <= 0:
            message = f"no model answers {row.workload}"
            found.append(row.problem("workload", message, "a row in sufficiency", "warning"))
        if pd.isna(general) and np.isnan(row.unserved_usd_per_mtoken):
            message = f"{row.workload} has no value, so it must be served in full"
            right = "a value per million output tokens here or in programme"
            found.append(row.problem("unserved_usd_per_mtoken", message, right, "warning"))
    return found
