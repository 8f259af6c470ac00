"""Which model answers what.

sets            SEGMENTS b, nested by difficulty: the sorted shares of the models that answer a workload in a period cut its demand;
                DEMANDED: (w,b,t); ANSWERS: (w,b,m,t) where m covers b and could be available; SERVE: (w,m,g,p,t) where the rate isn't 0
decides         served[w,b,m,t] T output tokens of the period, serve_mh[w,m,g,p,t], unserved[w,b,t]
derives         demand[w,b,t]; rate[w,m,g,t] T/Mh; what is above the best share of any model in any period is out of reach
subject to      demand_is_met: Σ_m served + unserved = demand · served_by_finished_models: served ≤ demand·available · hours_suffice:
                Σ_{g,p} rate·serve_mh = Σ_b served · peak_is_covered, for each g and p: (Σ serve_mh·peak·(1 − deferrable) + Σ
                train_mh·(1 − flexible_share))/(8.76·years) ≤ availability·installed · within_model: Σ served ≤ max_t_per_year·years ·
                residency: tokens outside home, and outside home and allies, by place, by operator and by chip vendor ≤ share of all
                served of the workload; an api counts where its origin is
ledgers         compute − serve_mh · money L3: platform per token; L2: api price per token
not modelled    experiments at the peak hour, which give way to what can't wait; caching across workloads, latency by distance, a mixture of models within one request
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp import ledger
from compute_lp.family import Family, Index, Numbers, Total, Variables
from compute_lp.frame import groups_of
from compute_lp.index import ABSENT
from compute_lp.schema import Column, Floats, Inputs, Price, Problem, Report, Table, Value
from compute_lp.tables import by_key_and_period, codes, column, subset, text
from compute_lp.units import USD_PER_MTOKEN

LATENCIES = ("batch", "interactive", "fast", "realtime")

TABLES = (
    Table(
        name="workloads",
        title="Workloads",
        row="a kind of use",
        required=True,
        columns=(
            Column(name="workload", kind="name", key=True, meaning="name"),
            Column(name="latency", kind="choice", choices=LATENCIES, meaning="how soon an answer must come"),
            Column(
                name="peak_to_average", unit="ratio", default=2.0, low=1, high=100, meaning="peak hour over the average"
            ),
            Column(
                name="deferrable_share",
                unit="share",
                default=0.0,
                low=0,
                high=1,
                meaning="share that can wait for a better hour of the day",
            ),
            Column(
                name="foreign_share_max",
                unit="share",
                default=1.0,
                low=0,
                high=1,
                meaning="largest share answered outside home, by place or by operator",
            ),
            Column(
                name="non_allied_share_max",
                unit="share",
                default=1.0,
                low=0,
                high=1,
                meaning="largest share answered outside home and allies, by place or by operator",
            ),
            Column(
                name="foreign_vendor_share_max",
                unit="share",
                default=1.0,
                low=0,
                high=1,
                meaning="largest share answered on chips whose vendor is not of home",
            ),
            Column(
                name="non_allied_vendor_share_max",
                unit="share",
                default=1.0,
                low=0,
                high=1,
                meaning="largest share answered on chips whose vendor is neither of home nor of allies",
            ),
            Column(
                name="unserved_usd_per_mtoken",
                unit="USD/Mtoken",
                default=None,
                low=0,
                meaning="value of an output token; blank: the programme's",
            ),
            Column(
                name="platform_usd_per_mtoken",
                unit="USD/Mtoken",
                default=0.0,
                low=0,
                meaning="cost of the platform per million output tokens",
            ),
        ),
    ),
    Table(
        name="demand",
        title="Demand",
        row="what a workload asks for in a period",
        required=True,
        columns=(
            Column(name="workload", kind="name", key=True, refers_to=("workloads.workload",), meaning="workload"),
            Column(name="period", kind="name", key=True, refers_to=("periods.period",), meaning="period"),
            Column(name="input_t_per_year", unit="Ttoken/year", low=0, meaning="input tokens"),
            Column(name="output_t_per_year", unit="Ttoken/year", low=0, meaning="output tokens"),
        ),
    ),
    Table(
        name="sufficiency",
        title="Sufficiency",
        row="the share of a workload's requests that a model answers acceptably",
        required=True,
        columns=(
            Column(name="workload", kind="name", key=True, refers_to=("workloads.workload",), meaning="workload"),
            Column(
                name="model",
                kind="name",
                key=True,
                refers_to=("models.model",),
                meaning="model; no row: it answers none",
            ),
            Column(
                name="period",
                kind="name",
                key=True,
                default="",
                refers_to=("periods.period",),
                meaning="blank: all periods without a row of their own",
            ),
            Column(name="share", unit="share", low=0, high=1, meaning="share answered acceptably"),
        ),
    ),
    Table(
        name="throughput",
        title="Throughput",
        row="a measured serving rate of a model on an accelerator; it replaces the computed one",
        columns=(
            Column(name="model", kind="name", key=True, refers_to=("models.model",), meaning="model"),
            Column(
                name="accelerator",
                kind="name",
                key=True,
                refers_to=("accelerators.accelerator",),
                meaning="accelerator",
            ),
            Column(
                name="latency",
                kind="choice",
                key=True,
                choices=LATENCIES,
                default="",
                meaning="latency it was measured at; blank: saturated, before the derate",
            ),
            Column(
                name="input_tokens_per_s",
                unit="token/s",
                default=None,
                low=0,
                meaning="input tokens per second and unit; blank: input is free",
            ),
            Column(
                name="output_tokens_per_s",
                unit="token/s",
                default=None,
                low=0,
                meaning="output tokens per second and unit; 0: it can't",
            ),
        ),
    ),
)

REPORTS = (
    Report(
        name="serving",
        meaning="output tokens served, period sums",
        keys=("workload", "model", "period"),
        values=(Value(name="served_t", unit="Ttoken", meaning="output tokens served", of="served"),),
    ),
    Report(
        name="unserved",
        meaning="output tokens not served, period sums",
        keys=("workload", "period"),
        values=(
            Value(
                name="unserved_t",
                unit="Ttoken",
                meaning="output tokens that a model could answer and the plan doesn't",
                of="unserved",
            ),
            Value(
                name="out_of_reach_t",
                unit="Ttoken",
                meaning="output tokens no model in the workbook could ever answer",
                of="out_of_reach",
            ),
            Value(name="demand_t", unit="Ttoken", meaning="output tokens asked for", of="asked"),
        ),
    ),
    Report(
        name="serving_hours",
        meaning="where and on what tokens are served",
        keys=("workload", "model", "accelerator", "site", "period"),
        values=(
            Value(name="accelerator_hours", unit="h", meaning="accelerator-hours used", of="serve_mh", factor=1e6),
            Value(name="tokens_t", unit="Ttoken", meaning="output tokens", of="tokens"),
        ),
    ),
)
PRICES = (
    Price(
        constraint="demand_is_met",
        heading="one more token asked for",
        unit="USD/Mtoken",
        keys=("workload", "segment", "period"),
        per="sum",
    ),
    Price(
        constraint="peak_is_covered",
        heading="capacity at the peak",
        unit="USD/unit-hour",
        keys=("accelerator", "site", "period"),
        per="sum",
    ),
)
INSIDE = {"foreign": ("home",), "non_allied": ("home", "allied")}


def build(m: Any, inputs: Inputs) -> None:
    """Declare who answers what, where."""
    b = m.serving
    workloads, models, demand = inputs["workloads"], inputs["models"], inputs["demand"]
    peak_to_average = column(workloads, "peak_to_average")
    deferrable_share = column(workloads, "deferrable_share")
    platform_musd_per_t = column(workloads, "platform_usd_per_mtoken") * USD_PER_MTOKEN
    price_musd_per_t = column(models, "usd_per_mtoken") * USD_PER_MTOKEN
    price_change_per_year = column(models, "price_change_per_year")
    max_t_per_year = column(models, "max_t_per_year")
    output_t_per_year = by_key_and_period(demand, "workload", "output_t_per_year", m.WORKLOADS, m.PERIODS, 0.0)
    is_api = np.array([route == "api" for route in text(models, "route")], dtype=bool)
    asked = output_t_per_year * m.calendar.years

    share = _shares(m, inputs)
    demand_t, covers = _segments(m, share, asked)
    rate = _rates(m, inputs)
    can_serve = (rate[..., None, :] > 0) & m.held[None, None]
    reachable = can_serve.any(axis=(2, 3)) | is_api[None, :, None]
    b.SEGMENTS = Index.of([int(i) + 1 for i in range(demand_t.shape[1])], doc="difficulty")
    b.DEMANDED = Index.product(m.WORKLOADS, b.SEGMENTS, m.PERIODS, where=demand_t > 0)
    answers = covers & (demand_t > 0)[:, :, None, :] & (m.can_serve[None] & reachable)[:, None]
    b.ANSWERS = Index.product(m.WORKLOADS, b.SEGMENTS, m.MODELS, m.PERIODS, where=answers)
    b.FROM_RUNS = subset(b.ANSWERS, m.is_run[b.ANSWERS.codes[2]])
    b.SERVED = Index.product(m.WORKLOADS, m.MODELS, m.PERIODS, where=answers.any(axis=1) & ~is_api[None, :, None])
    b.SERVE = Index.product(
        m.WORKLOADS,
        m.MODELS,
        m.ACCELERATORS,
        m.PLACES,
        m.PERIODS,
        where=can_serve & _mask(b.SERVED)[:, :, None, None, :],
    )
    w, model, chip, place, time = b.SERVE.codes
    value = _values(m, inputs)

    b.demand = Numbers(b.DEMANDED, demand_t[b.DEMANDED.codes], doc="[Ttoken] output tokens asked for")
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
    valued = ~np.isnan(value[b.DEMANDED.codes[0]])
    b.unserved = Variables(b.DEMANDED, upper=np.where(valued, np.inf, 0.0), doc="[Ttoken] output tokens not served")
    everything = Index.product(m.WORKLOADS, m.PERIODS)
    b.asked = Total(everything, doc="[Ttoken] output tokens asked for")
    b.asked_t = Numbers(everything, asked, doc="[Ttoken] output tokens asked for")
    b.asked.add("demand", over=everything, rule=lambda b, w, t: b.asked_t[w, t], to=lambda b, w, t: (w, t))
    b.out_of_reach = Total(everything, doc="[Ttoken] output tokens out of reach")
    b.out_of_reach_t = Numbers(everything, asked - demand_t.sum(axis=1), doc="[Ttoken] output tokens out of reach")
    b.out_of_reach.add(
        "demand", over=everything, rule=lambda b, w, t: b.out_of_reach_t[w, t], to=lambda b, w, t: (w, t)
    )
    b.answered = Total(b.DEMANDED, doc="[Ttoken] served by all models")
    b.answered.add(
        "served", over=b.ANSWERS, rule=lambda b, w, s, m_, t: b.served[w, s, m_, t], to=lambda b, w, s, m_, t: (w, s, t)
    )
    b.served_all = Total(everything, doc="[Ttoken] served of a workload")
    b.served_all.add(
        "served", over=b.ANSWERS, rule=lambda b, w, s, m_, t: b.served[w, s, m_, t], to=lambda b, w, s, m_, t: (w, t)
    )
    b.by_model = Total(b.SERVED, doc="[Ttoken] served by a model")
    own = subset(b.ANSWERS, ~is_api[b.ANSWERS.codes[2]])
    b.by_model.add(
        "served", over=own, rule=lambda b, w, s, m_, t: b.served[w, s, m_, t], to=lambda b, w, s, m_, t: (w, m_, t)
    )
    b.tokens = Total(b.SERVE, doc="[Ttoken] tokens by place")
    b.tokens.add(
        "serve",
        over=b.SERVE,
        rule=lambda b, w, m_, g, p, t: b.rate[w, m_, g, p, t] * b.serve_mh[w, m_, g, p, t],
        to=lambda b, w, m_, g, p, t: (w, m_, g, p, t),
    )
    b.produced = Total(b.SERVED, doc="[Ttoken] tokens of all places")
    b.produced.add(
        "serve",
        over=b.SERVE,
        rule=lambda b, w, m_, g, p, t: b.rate[w, m_, g, p, t] * b.serve_mh[w, m_, g, p, t],
        to=lambda b, w, m_, g, p, t: (w, m_, t),
    )

    def demand_is_met(b: Any, w: Any, s: Any, t: Any) -> Any:
        return b.answered[w, s, t] + b.unserved[w, s, t] == b.demand[w, s, t]

    b.demand_is_met = Family(
        b.DEMANDED, rule=demand_is_met, doc="[Ttoken] every token is served or counted as unserved"
    )

    def served_by_finished_models(b: Any, w: Any, s: Any, m_: Any, t: Any) -> Any:
        return b.served[w, s, m_, t] <= b.demand[w, s, t] * m.training.available[m_, t]

    b.served_by_finished_models = Family(
        b.FROM_RUNS, rule=served_by_finished_models, doc="[Ttoken] only a finished model serves"
    )

    def hours_suffice(b: Any, w: Any, m_: Any, t: Any) -> Any:
        return b.produced[w, m_, t] == b.by_model[w, m_, t]

    b.hours_suffice = Family(b.SERVED, rule=hours_suffice, doc="[Ttoken] served tokens take accelerator time")
    limited = np.zeros((m.MODELS.size, m.PERIODS.size), dtype=bool)
    limited[b.ANSWERS.codes[2], b.ANSWERS.codes[3]] = True
    b.LIMITED = Index.product(m.MODELS, m.PERIODS, where=limited & np.isfinite(max_t_per_year)[:, None])
    b.of_model = Total(b.LIMITED, doc="[Ttoken] served by a model")
    b.of_model.add(
        "served",
        over=subset(b.ANSWERS, np.isfinite(max_t_per_year)[b.ANSWERS.codes[2]]),
        rule=lambda b, w, s, m_, t: b.served[w, s, m_, t],
        to=lambda b, w, s, m_, t: (m_, t),
    )

    def within_model(b: Any, m_: Any, t: Any) -> Any:
        return b.of_model[m_, t] <= m.years[t] * b.max_t_per_year[m_]

    b.within_model = Family(b.LIMITED, rule=within_model, doc="[Ttoken] no more than a model or api may answer")
    _peak(m, b, inputs, peak_to_average * (1 - deferrable_share))
    _residency(m, b, inputs, is_api)

    m.compute.add(
        "serving",
        over=b.SERVE,
        block=b,
        rule=lambda b, w, m_, g, p, t: -b.serve_mh[w, m_, g, p, t],
        to=lambda b, w, m_, g, p, t: (g, p, t),
    )
    ledger.flow(
        m,
        "L3",
        "platform",
        over=everything,
        block=b,
        period=everything.codes[1],
        rule=lambda b, w, t: b.platform_musd_per_t[w] * b.served_all[w, t],
    )
    api = subset(b.ANSWERS, is_api[b.ANSWERS.codes[2]])
    ledger.flow(
        m,
        "L2",
        "api",
        over=api,
        block=b,
        period=api.codes[3],
        rule=lambda b, w, s, m_, t: b.price_musd_per_t[m_, t] * b.served[w, s, m_, t],
    )
    m.value_musd_per_t = value


def _values(m: Any, inputs: Inputs) -> Floats:
    """Value of an output token by workload [MUSD/T]; NaN where all must be served."""
    general = inputs.settings["unserved_usd_per_mtoken"]
    general = np.nan if general is None else float(general)
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
    return np.nan_to_num(share).reshape(m.WORKLOADS.size, m.MODELS.size, m.PERIODS.size)


def _segments(m: Any, share: Floats, asked: Floats) -> tuple[Floats, np.ndarray]:
    """Demand by workload, segment and period [T], and whether a model covers a segment, (workloads, segments, models, periods).

    Cuts are the shares of the period's models and, last, the best share of any model in any period, which ends what is in reach.
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


def _mask(index: Index) -> np.ndarray:
    mask = np.zeros(tuple(base.size for base in index.bases), dtype=bool)
    mask[index.codes] = True
    return mask


def _peak(m: Any, b: Any, inputs: Inputs, peak: Floats) -> None:
    """Capacity held at the peak hour covers what can't wait; peaks coincide."""
    held = Index.product(m.ACCELERATORS, m.PLACES, m.PERIODS, where=m.held)
    b.peak_share = Numbers(m.WORKLOADS, peak, doc="[1] peak use over average, of what can't wait")
    b.steady_share = Numbers(
        m.MODELS, 1 - float(inputs.settings["flexible_share"]), doc="[1] training that goes on at the peak"
    )
    b.peak_mh = Total(held, doc="[Mh] use at the peak, as if it lasted the period")
    b.peak_mh.add(
        "serving",
        over=b.SERVE,
        rule=lambda b, w, m_, g, p, t: b.peak_share[w] * b.serve_mh[w, m_, g, p, t],
        to=lambda b, w, m_, g, p, t: (g, p, t),
    )
    b.peak_mh.add(
        "training",
        over=m.training.TRAIN,
        rule=lambda b, m_, g, p, t: b.steady_share[m_] * m.training.train_mh[m_, g, p, t],
        to=lambda b, m_, g, p, t: (g, p, t),
    )
    b.capacity_mh = Total(held, doc="[Mh] accelerator time there is")
    b.capacity_mh.add(
        "owned",
        over=m.procurement.OWNED,
        rule=lambda b, g, s, t: m.years[t] * m.procurement.mh_per_k_year[g] * m.procurement.installed[g, s, t],
        to=lambda b, g, s, t: (g, s, t),
    )
    b.capacity_mh.add(
        "rented",
        over=m.clouds.RENTED,
        rule=lambda b, u, t: m.years[t] * m.clouds.mh_per_k_year[u] * m.clouds.rented[u, t],
        to=lambda b, u, t: (m.clouds.chip_of[u], m.clouds.place_of[u], t),
    )

    def peak_is_covered(b: Any, g: Any, p: Any, t: Any) -> Any:
        return b.peak_mh[g, p, t] <= b.capacity_mh[g, p, t]

    b.peak_is_covered = Family(held, rule=peak_is_covered, doc="[Mh] capacity covers the peak hour")


def _residency(m: Any, b: Any, inputs: Inputs, is_api: np.ndarray) -> None:
    """Largest share of a workload's tokens outside home, and outside home and allies, by place, operator and vendor."""
    workloads = inputs["workloads"]
    origin = groups_of(m, text(inputs["models"], "origin"))
    vendor = groups_of(m, text(inputs["accelerators"], "vendor_country"))
    where = {
        "place": (m.group[m.place_country], ""),
        "operator": (m.group[m.place_operator], ""),
        "vendor": (vendor, "vendor_"),
    }
    for reach, inside in INSIDE.items():
        for by, (group, word) in where.items():
            limit = column(workloads, f"{reach}_{word}share_max")
            outside = ~np.isin(group, inside)
            axis = 2 if by == "vendor" else 3
            rows = Index.product(
                m.WORKLOADS, m.PERIODS, where=np.broadcast_to((limit < 1)[:, None], (m.WORKLOADS.size, m.PERIODS.size))
            )
            served = subset(b.SERVE, outside[b.SERVE.codes[axis]] & (limit < 1)[b.SERVE.codes[0]])
            answers = b.ANSWERS.codes
            bought = subset(
                b.ANSWERS, is_api[answers[2]] & ~np.isin(origin, inside)[answers[2]] & (limit < 1)[answers[0]]
            )
            name = f"{reach}_{by}"
            total = Total(rows, doc=f"[Ttoken] tokens outside, {reach} by {by}")
            b.add_component(f"{name}_tokens", total)
            total.add(
                "served",
                over=served,
                rule=lambda b, w, m_, g, p, t: b.rate[w, m_, g, p, t] * b.serve_mh[w, m_, g, p, t],
                to=lambda b, w, m_, g, p, t: (w, t),
            )
            total.add(
                "api", over=bought, rule=lambda b, w, s, m_, t: b.served[w, s, m_, t], to=lambda b, w, s, m_, t: (w, t)
            )
            most = Numbers(m.WORKLOADS, limit, doc="[1] largest share outside")
            b.add_component(f"{name}_share_max", most)
            b.add_component(
                f"{name}_within_share",
                Family(
                    rows,
                    rule=lambda b, w, t, total=total, most=most: total[w, t] <= most[w] * b.served_all[w, t],
                    doc=f"[Ttoken] residency, {reach} by {by}",
                ),
            )


def check(inputs: Inputs) -> list[Problem]:
    """Periods without demand, workloads nobody answers, sharper limits inside looser ones."""
    found = []
    periods = list(inputs["periods"]["period"])
    demand, general = inputs["demand"], inputs.settings["unserved_usd_per_mtoken"]
    best = inputs["sufficiency"].groupby("workload")["share"].max()
    for i, row in enumerate(inputs["workloads"].itertuples()):
        given = set(demand["period"][demand["workload"] == row.workload])
        missing = [t for t in periods if t not in given]
        if missing:
            found.append(
                Problem(
                    "workloads",
                    f"{row.workload} has no demand in {', '.join(missing)}",
                    row=i,
                    column="workload",
                    value=row.workload,
                    right="a row in demand for each period, 0 where nothing is asked",
                )
            )
        if best.get(row.workload, 0.0) <= 0:
            found.append(
                Problem(
                    "workloads",
                    f"no model answers {row.workload}",
                    row=i,
                    column="workload",
                    value=row.workload,
                    right="a row in sufficiency",
                    severity="warning",
                )
            )
        if general is None and np.isnan(row.unserved_usd_per_mtoken):
            found.append(
                Problem(
                    "workloads",
                    f"{row.workload} has no value, so it must be served in full",
                    row=i,
                    column="unserved_usd_per_mtoken",
                    right="a value per million output tokens here or in programme",
                    severity="warning",
                )
            )
    return found
