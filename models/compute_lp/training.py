"""Which models are made, when, where and on what.

sets            RUNS: (m,t) of models that are had by a run: routes with work, and adopting at a cost; HOSTS: (m,p,t)
                where the largest cluster that could stand there by t finishes the final run in time; TRAIN: (m,g,p,t)
                of hosts and accelerators that can carry the model; WINDOW: (m,t,τ), τ in which experiments for a run in
                t may be done; EXPLORE: (m,g,p,τ)
decides         run[m,t], hosted[m,p,t] (whole with `runs`), train_mh[m,g,p,t], explore_mh[m,g,p,τ],
                explore_zflop[m,t,τ]
derives         available[m,t] ≤ 1: Σ run finished within the shelf life (others from their release)
subject to      hosted_somewhere: Σ_p hosted = run · run_is_finished: Σ_g zflop_per_mh·train_mh = W·hosted ·
                one_site_in_time: Σ_g zflop_per_mh·availability·installed ≥ W/(8.76·min(max_run_months/12,
                years))·hosted · available_when_finished · experiments_are_done: Σ_τ explore_zflop = (F − W)·run ·
                experiments_are_worked_off: Σ_t explore_zflop = Σ_{g,p} zflop_per_mh·explore_mh · base_is_finished ·
                runs_at_most
ledgers         compute − train_mh − explore_mh · money L2: model runs (staff, data, licences), in the period of the run
not modelled    training across sites; a run that spans two periods; a chip's first year, in which utilisation is lower
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp import ledger
from compute_lp.calendar import SLACK_YEARS
from compute_lp.columns import amount, choice, key, month, named, per_year, report, share, table
from compute_lp.family import Index, Numbers, Total, Variables, subject_to
from compute_lp.schema import Codes, Column, Floats, Inputs, Mask, Price, Problem, Value
from compute_lp.tables import codes, column, mask, subset, text
from compute_lp.units import EFLOP_S_YEAR, MH_PER_K_YEAR, MONTHS

TRAINED = ("pretrain", "continue", "distil", "finetune")
ROUTES = (*TRAINED, "adopt", "api")

TABLES = (
    table(
        "models",
        "a planning version of an AI model, and the route by which it is had",
        key("model", "name"),
        Column("class", "planning class, for the small and large mix", kind="text"),
        choice("route", "how it is had", ROUTES),
        named("base", "model it starts from; blank: none, or one outside the plan", "models.model", default=""),
        Column("total_params_b", "parameters, billions", "1e9", above=0),
        Column("active_params_b", "parameters active per token, billions", "1e9", above=0),
        amount("tokens_t", "training tokens; with the active parameters they give the work", "Ttoken", None),
        amount("work_zflop", "work of the final run; blank: 6 · active parameters · tokens", "ZFLOP", None),
        Column(
            "overhead",
            "all work with experiments and failed runs, per work of the final run",
            "ratio",
            default=2.5,
            low=1,
            high=50,
        ),
        Column(
            "mfu",
            "model FLOP utilisation, all-in on BF16 peak; blank: by regime",
            "share",
            default=None,
            above=0,
            high=1,
        ),
        month("available_from", "release of an open base or api; first start of a run; blank: plan start", ""),
        Column("max_run_months", "longest final run", "months", default=6.0, above=0, high=120),
        Column("max_runs", "most runs in the horizon; blank: no limit", "runs", kind="integer", default=None, low=0),
        Column(
            "shelf_months",
            "how long after its end a run's model is fit to serve; blank for adopt and api: for ever",
            "months",
            default_by=("route", dict.fromkeys(TRAINED, 24.0)),
            default=None,
            above=0,
        ),
        amount("cost_musd", "staff, data and licences per run", "MUSD", 0.0),
        named(
            "origin", "country of origin; blank: home for trained models, unknown (other) for adopt and api", default=""
        ),
        choice("licence", "terms of the weights", ("open", "restricted", "closed")),
        amount("usd_per_mtoken", "api price per million output tokens, at plan start", "USD/Mtoken", 0.0),
        per_year("price_change_per_year", "yearly change of the api price", -1, 5),
        amount("max_t_per_year", "most output tokens a year; blank: no limit", "Ttoken/year", None),
        required=True,
    ),
    table(
        "training_efficiency",
        "a measured utilisation of a model on an accelerator; it replaces the computed one",
        key("model", "model", "models.model"),
        key("accelerator", "accelerator", "accelerators.accelerator"),
        share("mfu", "model FLOP utilisation, all-in on BF16 peak; 0: it can't"),
    ),
)

EXPLORE_YEARS = 1.0
"""Experiments are done in the twelve months before a run's end."""
REACH_SLACK = 1e-9
"""A cluster that falls short of a run's pace by a smaller share reaches it."""

REPORTS = (
    report(
        "training",
        "training runs and their experiments by place, period sums",
        ("model", "site", "period"),
        Value("runs", "runs", "final runs hosted (adopted models are in models.csv)", "runs_by_place"),
        Value("zflop", "ZFLOP", "work done, experiments included", "work_zflop"),
        Value("accelerator_hours", "h", "accelerator-hours used, experiments included", "used_mh", 1e6),
    ),
    report(
        "models",
        "models that can serve",
        ("model", "period"),
        Value(
            "available",
            "share",
            "1 when the model can serve, less when a fraction of a run stands behind it",
            "ready",
            most=1.0,
        ),
        Value("run", "runs", "runs finished at the end of the period", "run"),
    ),
)
PRICES = (Price("one_site_in_time", "cluster", "MUSD/(EFLOP/s)/year", ("model", "site", "period"), EFLOP_S_YEAR),)


def reach(m: Any, inputs: Inputs) -> None:
    """Which models could be run when and hosted where, and so which could serve when."""
    b, calendar, models = m.training, m.calendar, inputs["models"]
    route = np.array(text(models, "route"))
    shelf_years = column(models, "shelf_months", blank=np.inf) * MONTHS
    is_trained = np.isin(route, TRAINED)
    work = inputs.rates("work").set_index("model").reindex(m.MODELS.labels())
    b.run_zflop = np.where(is_trained, column(work, "work_zflop", blank=0.0), 0.0)
    b.programme_zflop = np.where(is_trained, column(work, "programme_zflop", blank=0.0), 0.0)
    zflop_per_mh, has_work = _training_rates(m, inputs), b.run_zflop > 0

    m.is_run = is_trained | ((route == "adopt") & (column(models, "cost_musd") > 0))
    is_out = calendar.reached(calendar.since_start(text(models, "available_from"), blank=0.0))
    b.finish = np.where(is_trained[:, None], calendar.end[None, :], calendar.start[None, :])
    window_years = np.minimum(column(models, "max_run_months")[:, None] * MONTHS, calendar.years[None, :])
    b.need_zflop_per_year = b.run_zflop[:, None] / window_years
    pace = np.concatenate([_site_reach(m, inputs, zflop_per_mh), _cloud_reach(m, zflop_per_mh)], axis=1)
    in_time = (pace > 0) & (pace >= b.need_zflop_per_year[:, None, :] * (1 - REACH_SLACK))
    can_host = in_time & has_work[:, None, None] & is_out[:, None, :]
    possible = is_out & np.where(has_work[:, None], can_host.any(axis=1), m.is_run[:, None])
    possible = _with_base(m, possible, codes(m.MODELS, text(models, "base")), b.finish, is_out)
    b.can_host = can_host & possible[:, None, :]
    b.RUNS = Index.product(m.MODELS, m.PERIODS, where=possible & m.is_run[:, None])
    over = (b.finish + shelf_years[:, None])[:, :, None] - SLACK_YEARS
    b.fresh = (_by_start(b.finish, calendar) & (calendar.start[None, None, :] < over))[b.RUNS.codes]
    run_at, when = np.nonzero(b.fresh)
    b.serves = mask((m.MODELS, m.PERIODS), b.RUNS.codes[0][run_at], when)
    m.can_serve = np.where(m.is_run[:, None], b.serves, is_out)


def build(m: Any, inputs: Inputs) -> None:
    """Declare runs and where they are hosted."""
    b, calendar = m.training, m.calendar
    models = inputs["models"]
    base = codes(m.MODELS, text(models, "base"))
    max_runs = column(models, "max_runs")
    cost_musd = column(models, "cost_musd")
    work_zflop, programme_zflop = b.run_zflop, b.programme_zflop
    zflop_per_mh = _training_rates(m, inputs)
    availability = column(inputs["accelerators"], "availability")

    b.HOSTS = Index.product(m.MODELS, m.PLACES, m.PERIODS, where=b.can_host)
    carries = (zflop_per_mh > 0)[:, :, None, None] & m.held[None]
    everywhere = (m.MODELS, m.ACCELERATORS, m.PLACES, m.PERIODS)
    b.TRAIN = Index.product(*everywhere, where=carries & b.can_host[:, None])
    model, period = b.RUNS.codes
    start = calendar.start
    in_window = start[None, :] >= calendar.end[:, None] - EXPLORE_YEARS - SLACK_YEARS
    in_window &= start[None, :] <= start[:, None]
    has_experiments = (programme_zflop > work_zflop) & (work_zflop > 0)
    run_at, tau = np.nonzero(in_window[period] & has_experiments[model][:, None])
    b.WINDOW = Index.rows((m.MODELS, m.PERIODS, m.PERIODS), (model[run_at], period[run_at], tau))
    exploring = mask((m.MODELS, m.PERIODS), model[run_at], tau)
    may_train = np.concatenate([np.ones(m.SITES.size, dtype=bool), m.cloud_trains])
    where = carries & exploring[:, None, None, :] & may_train[None, None, :, None]
    b.EXPLORE = Index.product(*everywhere, where=where)
    b.EXPLORED = Index.product(m.MODELS, m.PERIODS, where=exploring)

    b.zflop_per_mh = Numbers(
        Index.product(m.MODELS, m.ACCELERATORS), zflop_per_mh, doc="[ZFLOP/Mh] training work per accelerator time"
    )
    b.work_of_run = Numbers(m.MODELS, work_zflop, doc="[ZFLOP] final run")
    b.experiments_zflop = Numbers(m.MODELS, programme_zflop - work_zflop, doc="[ZFLOP] experiments and failed runs")
    b.cost_musd = Numbers(m.MODELS, cost_musd, doc="[MUSD] staff, data and licences per run")
    model_of_host, _, time_of_host = b.HOSTS.codes
    pace = b.need_zflop_per_year[model_of_host, time_of_host]
    b.pace_zflop_per_year = Numbers(b.HOSTS, pace, doc="[ZFLOP/yr] pace that finishes the run in time")
    usable = np.repeat([availability, np.ones(len(availability))], [m.SITES.size, m.CLOUDS.size], axis=0).T
    b.mh_per_k_year = Numbers(
        Index.product(m.ACCELERATORS, m.PLACES), usable * MH_PER_K_YEAR, doc="[Mh/kacc/yr] hours of use"
    )

    whole = "runs" in m.whole
    most_runs = np.fmin(1.0, max_runs)[model]
    b.run = Variables(b.RUNS, upper=most_runs, whole=whole, doc="[1] runs finished at the end of the period")
    b.hosted = Variables(b.HOSTS, upper=1.0, whole=whole, doc="[1] the run is hosted here")
    b.train_mh = Variables(b.TRAIN, doc="[Mh] final run")
    b.explore_mh = Variables(b.EXPLORE, doc="[Mh] experiments")
    b.explore_zflop = Variables(b.WINDOW, doc="[ZFLOP] experiments for a run, by period")
    run_at, when = np.nonzero(b.fresh)
    b.AVAILABLE = Index.product(m.MODELS, m.PERIODS, where=b.serves)
    b.available = Variables(b.AVAILABLE, upper=1.0, doc="[1] the model can serve")

    b.finished = Total(b.AVAILABLE, doc="[1] runs finished and fit to serve")
    b.finished.add("run", b.RUNS, lambda b, m_, t: b.run[m_, t], (b.AVAILABLE.find(model[run_at], when), run_at))
    RUNS_WITH_WORK = subset(b.RUNS, work_zflop[model] > 0)
    b.hosts = Total(RUNS_WITH_WORK, doc="[1] hosted anywhere")
    b.hosts.add("hosted", b.HOSTS, lambda b, m_, p, t: b.hosted[m_, p, t])
    b.trained_zflop = Total(b.HOSTS, doc="[ZFLOP] work of the final run")
    b.trained_zflop.add("train", b.TRAIN, lambda b, m_, g, p, t: b.zflop_per_mh[m_, g] * b.train_mh[m_, g, p, t])
    b.cluster_zflop_per_year = Total(b.HOSTS, doc="[ZFLOP/yr] pace of the cluster that stands there")
    own, hired = subset(b.TRAIN, b.TRAIN.codes[2] < m.SITES.size), subset(b.TRAIN, b.TRAIN.codes[2] >= m.SITES.size)
    b.cluster_zflop_per_year.add(
        "owned",
        own,
        lambda b, m_, g, p, t: b.zflop_per_mh[m_, g] * b.mh_per_k_year[g, p] * m.procurement.installed[g, p, t],
    )
    b.cluster_zflop_per_year.add(
        "rented", hired, lambda b, m_, g, p, t: b.zflop_per_mh[m_, g] * b.mh_per_k_year[g, p] * m.clouds.rented[p, t]
    )

    @subject_to(b, RUNS_WITH_WORK, "[1] every run is hosted")
    def hosted_somewhere(b: Any, m_: Any, t: Any) -> Any:
        return b.hosts[m_, t] == b.run[m_, t]

    @subject_to(b, b.HOSTS, "[ZFLOP] the final run is worked off where it is hosted")
    def run_is_finished(b: Any, m_: Any, p: Any, t: Any) -> Any:
        return b.trained_zflop[m_, p, t] == b.work_of_run[m_] * b.hosted[m_, p, t]

    @subject_to(b, b.HOSTS, "[ZFLOP/yr] one site can finish the run in time")
    def one_site_in_time(b: Any, m_: Any, p: Any, t: Any) -> Any:
        return b.cluster_zflop_per_year[m_, p, t] >= b.pace_zflop_per_year[m_, p, t] * b.hosted[m_, p, t]

    @subject_to(b, b.AVAILABLE, "[1] a model serves once its run is finished, until its shelf life ends")
    def available_when_finished(b: Any, m_: Any, t: Any) -> Any:
        return b.available[m_, t] <= b.finished[m_, t]

    _experiments(m, b)
    _bases(m, b, base, max_runs, b.finish)

    m.compute.add("training", b.TRAIN, lambda b, m_, g, p, t: -b.train_mh[m_, g, p, t], block=b)
    m.compute.add("experiments", b.EXPLORE, lambda b, m_, g, p, t: -b.explore_mh[m_, g, p, t], block=b)
    ledger.flow(b, "L2|model runs", b.RUNS, lambda b, m_, t: b.cost_musd[m_] * b.run[m_, t])
    _reported(m, b)


def _training_rates(m: Any, inputs: Inputs) -> Floats:
    """ZFLOP per Mh by model and accelerator; 0 where it can't."""
    table = inputs.rates("training_rates")
    able = table[table["can_train"].astype(bool)]
    rates = np.zeros((m.MODELS.size, m.ACCELERATORS.size))
    at = codes(m.MODELS, text(able, "model")), codes(m.ACCELERATORS, text(able, "accelerator"))
    rates[at] = column(able, "zflop_per_mh")
    return rates


def _site_reach(m: Any, inputs: Inputs, zflop_per_mh: Floats) -> Floats:
    """Most ZFLOP a year that could be trained at a site by a period, by model: the smaller of hall and firm power,
    filled with the accelerators that give most per MW, within supply. Shape (models, sites, periods)."""
    sites, accelerators = inputs["sites"], inputs["accelerators"]
    nameplate, availability = column(accelerators, "nameplate_kw"), column(accelerators, "availability")
    firm_per_it = column(sites, "pue_peak") * (1 - column(sites, "flexible_cover_share"))
    battery = np.minimum(m.battery_credit_reach_mw, m.non_firm_reach_mw + m.generator_credit_reach_mw)
    firm_mw = m.firm_reach_mw + m.generator_credit_reach_mw + battery
    with np.errstate(divide="ignore", invalid="ignore"):
        covered_mw = np.where(firm_per_it[:, None] > 0, firm_mw / firm_per_it[:, None], np.inf)
    room_mw = np.minimum(m.hall_reach_mw, covered_mw)
    chips_mw = m.chip_reach_k * nameplate[:, None, None]
    reach = np.zeros((m.MODELS.size, m.SITES.size, m.PERIODS.size))
    for model in range(m.MODELS.size):
        per_mw = zflop_per_mh[model] * availability * MH_PER_K_YEAR / nameplate
        room = room_mw.copy()
        for chip in np.argsort(-per_mw, kind="stable"):
            used = np.minimum(chips_mw[chip], room)
            reach[model] += per_mw[chip] * used
            room = room - used
    return np.where(m.site_open[None], reach, 0.0)


def _cloud_reach(m: Any, zflop_per_mh: Floats) -> Floats:
    """Most ZFLOP a year a pool could train, by model and period; shape (models, clouds, periods)."""
    pace = zflop_per_mh[:, m.cloud_chip] * MH_PER_K_YEAR * m.cloud_max_k * m.cloud_trains
    in_force = m.held[m.cloud_chip, m.SITES.size + np.arange(m.CLOUDS.size)]
    return np.asarray(pace[:, :, None] * in_force[None])


def _with_base(m: Any, possible: Mask, base: Codes, finish: Floats, is_out: Mask) -> Mask:
    """Runs whose base could be had by the start of the period; chains of bases are followed to their end."""
    while True:
        finished = (possible[:, :, None] & _by_start(finish, m.calendar)).any(axis=1)
        had = np.where(m.is_run[:, None], finished, is_out)
        narrowed = possible & ((base < 0)[:, None] | had[base])
        if (narrowed == possible).all():
            return possible
        possible = narrowed


def _by_start(finish: Floats, calendar: Any) -> Mask:
    """Whether a run of a model in a period is finished by the start of another; shape (models, periods, periods)."""
    return np.asarray(finish[:, :, None] <= calendar.start[None, None, :] + SLACK_YEARS)


def _experiments(m: Any, b: Any) -> None:
    with_experiments = Index.rows((m.MODELS, m.PERIODS), tuple(np.unique(np.stack(b.WINDOW.codes[:2]), axis=1)))
    b.planned_zflop = Total(with_experiments, doc="[ZFLOP] experiments for a run")
    b.planned_zflop.add("window", b.WINDOW, lambda b, m_, t, r: b.explore_zflop[m_, t, r], lambda b, m_, t, r: (m_, t))
    b.explored_zflop = Total(b.EXPLORED, doc="[ZFLOP] experiments of a period")
    b.explored_zflop.add("window", b.WINDOW, lambda b, m_, t, r: b.explore_zflop[m_, t, r], lambda b, m_, t, r: (m_, r))
    b.worked_zflop = Total(b.EXPLORED, doc="[ZFLOP] experiments worked off")
    b.worked_zflop.add("explore", b.EXPLORE, lambda b, m_, g, p, t: b.zflop_per_mh[m_, g] * b.explore_mh[m_, g, p, t])

    @subject_to(b, with_experiments, "[ZFLOP] a run has its experiments, in the year before its end")
    def experiments_are_done(b: Any, m_: Any, t: Any) -> Any:
        return b.planned_zflop[m_, t] == b.experiments_zflop[m_] * b.run[m_, t]

    @subject_to(b, b.EXPLORED, "[ZFLOP] experiments are worked off in their period")
    def experiments_are_worked_off(b: Any, m_: Any, t: Any) -> Any:
        return b.worked_zflop[m_, t] == b.explored_zflop[m_, t]


def _bases(m: Any, b: Any, base: Codes, max_runs: Floats, finish: Floats) -> None:
    """A derived run needs its base finished; a model is run so many times at most."""
    model, period = b.RUNS.codes
    calendar = m.calendar
    limited = np.isfinite(max_runs)
    b.LIMITED = subset(m.MODELS, limited)
    b.max_runs = Numbers(b.LIMITED, max_runs[limited], doc="[1] most runs in the horizon")
    b.all_runs = Total(b.LIMITED, doc="[1] runs of the horizon")
    b.all_runs.add("run", subset(b.RUNS, limited[model]), lambda b, m_, t: b.run[m_, t])

    @subject_to(b, b.LIMITED, "[1] a model is run so many times at most")
    def runs_at_most(b: Any, m_: Any) -> Any:
        return b.all_runs[m_] <= b.max_runs[m_]

    derived = subset(b.RUNS, (base[model] >= 0) & m.is_run[base[model]])
    child, time = derived.codes
    of_base = model[None, :] == base[child][:, None]
    child_row, run_row = np.nonzero(
        of_base & (finish[model, period][None, :] <= calendar.start[time][:, None] + SLACK_YEARS)
    )
    b.finished_base = Total(derived, doc="[1] runs of the base finished so far")
    b.finished_base.add("run", b.RUNS, lambda b, m_, t: b.run[m_, t], (child_row, run_row))
    so_far_row, own_row = np.nonzero((model[None, :] == child[:, None]) & (period[None, :] <= time[:, None]))
    b.so_far = Total(derived, doc="[1] runs so far")
    b.so_far.add("run", b.RUNS, lambda b, m_, t: b.run[m_, t], (so_far_row, own_row))
    many = np.where(limited, max_runs, np.bincount(model, minlength=m.MODELS.size))
    b.runs_per_base = Numbers(m.MODELS, many, doc="[1] runs one finished base allows")

    @subject_to(b, derived, "[1] a derived run needs its base finished before it starts")
    def base_is_finished(b: Any, m_: Any, t: Any) -> Any:
        return b.so_far[m_, t] <= b.runs_per_base[m_] * b.finished_base[m_, t]


def _reported(m: Any, b: Any) -> None:
    """Models that can serve; runs, work and hours by model, place and period (an adopted model has no place)."""
    released = Index.product(m.MODELS, m.PERIODS, where=m.can_serve & ~m.is_run[:, None])
    b.can_serve = Numbers(released, 1.0, doc="[1] can serve without a run")
    b.ready = Total(Index.product(m.MODELS, m.PERIODS, where=m.can_serve), doc="[1] can serve")
    b.ready.add("finished", b.AVAILABLE, lambda b, m_, t: b.finished[m_, t])
    b.ready.add("released", released, lambda b, m_, t: b.can_serve[m_, t])
    places = (m.MODELS, m.PLACES, m.PERIODS)
    model, _, place, time = b.EXPLORE.codes
    anywhere = Index.product(*places, where=mask(places, *b.HOSTS.codes) | mask(places, model, place, time))
    b.runs_by_place = Total(anywhere, doc="[1] final runs hosted")
    b.runs_by_place.add("hosted", b.HOSTS, lambda b, m_, p, t: b.hosted[m_, p, t])
    b.work_zflop = Total(anywhere, doc="[ZFLOP] work done, experiments included")
    b.work_zflop.add("train", b.TRAIN, lambda b, m_, g, p, t: b.zflop_per_mh[m_, g] * b.train_mh[m_, g, p, t])
    b.work_zflop.add("explore", b.EXPLORE, lambda b, m_, g, p, t: b.zflop_per_mh[m_, g] * b.explore_mh[m_, g, p, t])
    b.used_mh = Total(anywhere, doc="[Mh] accelerator time, experiments included")
    b.used_mh.add("train", b.TRAIN, lambda b, m_, g, p, t: b.train_mh[m_, g, p, t])
    b.used_mh.add("explore", b.EXPLORE, lambda b, m_, g, p, t: b.explore_mh[m_, g, p, t])


def check(inputs: Inputs) -> list[Problem]:
    """Routes without what they need, bases in a circle, work that can't be told."""
    found = []
    models = inputs["models"]
    base_of = dict(zip(models["model"], models["base"], strict=True))
    for row in inputs.rows("models"):
        if row.route in TRAINED and np.isnan(row.work_zflop) and np.isnan(row.tokens_t):
            found.append(row.problem("work_zflop", f"the work of {row.model} can't be told", "work_zflop, or tokens_t"))
        if row.active_params_b > row.total_params_b:
            message = f"{row.model} has more active parameters than parameters ({row.total_params_b:g})"
            found.append(row.problem("active_params_b", message, "at most total_params_b"))
        if row.route == "api" and not row.origin:
            message = f"{row.model} is an api without an origin; it counts as other"
            found.append(row.problem("origin", message, "the country it is operated from", "warning"))
        seen, base = {row.model}, base_of.get(row.model, "")
        while base and base not in seen:
            seen.add(base)
            base = base_of.get(base, "")
        if base:
            message = f"the bases of {row.model} go in a circle"
            found.append(row.problem("base", message, "a base that doesn't start from it"))
    return found
