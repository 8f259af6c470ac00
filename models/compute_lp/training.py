"""Which models are made, when, where and on what.

sets            RUNS: (m,t) of models that are had by a run: routes with work, and adopting at a cost; HOSTS: (m,p,t) where the
                largest cluster that could stand there by t finishes the final run in time; TRAIN: (m,g,p,t) of hosts and accelerators
                that can carry the model; WINDOW: (m,t,τ), τ in which experiments for a run in t may be done; EXPLORE: (m,g,p,τ)
decides         run[m,t], hosted[m,p,t] (whole with `runs`), train_mh[m,g,p,t], explore_mh[m,g,p,τ], explore_zflop[m,t,τ]
derives         available[m,t] ≤ 1: Σ run finished within the shelf life (others from their release)
subject to      hosted_somewhere: Σ_p hosted = run · run_is_finished: Σ_g zflop_per_mh·train_mh = W·hosted · one_site_in_time: Σ_g
                zflop_per_mh·availability·installed ≥ W/(8.76·min(max_run_months/12, years))·hosted · experiments: Σ_τ explore_zflop =
                (F − W)·run, and Σ_t explore_zflop = Σ_{g,p} zflop_per_mh·explore_mh · base_is_finished · runs_at_most
ledgers         compute − train_mh − explore_mh · money L2: model runs (staff, data, licences), in the period of the run
not modelled    training across sites; a run that spans two periods; a chip's first year, in which utilisation is lower
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp import ledger
from compute_lp.calendar import SLACK_YEARS
from compute_lp.family import Family, Index, Numbers, Total, Variables
from compute_lp.schema import Column, Floats, Inputs, Price, Problem, Report, Table, Value
from compute_lp.tables import codes, column, subset, text
from compute_lp.units import MH_PER_K_YEAR, MONTHS

ROUTES = ("pretrain", "continue", "distil", "finetune", "adopt", "api")
TRAINED = ("pretrain", "continue", "distil", "finetune")

TABLES = (
    Table(
        name="models",
        title="Models",
        row="a planning version of an AI model, and the route by which it is had",
        required=True,
        columns=(
            Column(name="model", kind="name", key=True, meaning="name"),
            Column(name="class", kind="text", meaning="planning class, for the small and large mix"),
            Column(name="route", kind="choice", choices=ROUTES, meaning="how it is had"),
            Column(
                name="base",
                kind="name",
                default="",
                refers_to=("models.model",),
                meaning="model it starts from; blank: none, or one outside the plan",
            ),
            Column(name="total_params_b", unit="1e9", above=0, meaning="parameters, billions"),
            Column(name="active_params_b", unit="1e9", above=0, meaning="parameters active per token, billions"),
            Column(
                name="tokens_t",
                unit="Ttoken",
                default=None,
                low=0,
                meaning="training tokens; with the active parameters they give the work",
            ),
            Column(
                name="work_zflop",
                unit="ZFLOP",
                default=None,
                low=0,
                meaning="work of the final run; blank: 6 · active parameters · tokens",
            ),
            Column(
                name="overhead",
                unit="ratio",
                default=2.5,
                low=1,
                high=50,
                meaning="all work with experiments and failed runs, per work of the final run",
            ),
            Column(
                name="mfu",
                unit="share",
                default=None,
                above=0,
                high=1,
                meaning="model FLOP utilisation, all-in on BF16 peak; blank: by regime",
            ),
            Column(
                name="available_from",
                kind="month",
                default="",
                meaning="release of an open base or api; first start of a run; blank: plan start",
            ),
            Column(name="max_run_months", unit="months", default=6.0, above=0, high=120, meaning="longest final run"),
            Column(
                name="max_runs",
                kind="integer",
                unit="runs",
                default=None,
                low=0,
                meaning="most runs in the horizon; blank: no limit",
            ),
            Column(
                name="shelf_months",
                unit="months",
                default_by=("route", dict.fromkeys(TRAINED, 24.0)),
                default=None,
                above=0,
                meaning="how long after its end a run's model is fit to serve; blank for adopt and api: for ever",
            ),
            Column(name="cost_musd", unit="MUSD", default=0.0, low=0, meaning="staff, data and licences per run"),
            Column(
                name="origin",
                kind="name",
                default="",
                meaning="country of origin; blank: home for trained models, unknown (other) for adopt and api",
            ),
            Column(
                name="licence", kind="choice", choices=("open", "restricted", "closed"), meaning="terms of the weights"
            ),
            Column(
                name="usd_per_mtoken",
                unit="USD/Mtoken",
                default=0.0,
                low=0,
                meaning="api price per million output tokens, at plan start",
            ),
            Column(
                name="price_change_per_year",
                unit="1/year",
                default=0.0,
                low=-1,
                high=5,
                meaning="yearly change of the api price",
            ),
            Column(
                name="max_t_per_year",
                unit="Ttoken/year",
                default=None,
                low=0,
                meaning="most output tokens a year; blank: no limit",
            ),
        ),
    ),
    Table(
        name="training_efficiency",
        title="Training efficiency",
        row="a measured utilisation of a model on an accelerator; it replaces the computed one",
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
                name="mfu",
                unit="share",
                low=0,
                high=1,
                meaning="model FLOP utilisation, all-in on BF16 peak; 0: it can't",
            ),
        ),
    ),
)

EXPLORE_YEARS = 1.0
"""Experiments are done in the twelve months before a run's end."""

REPORTS = (
    Report(
        name="training",
        meaning="training runs and their experiments by place, period sums",
        keys=("model", "site", "period"),
        values=(
            Value(
                name="runs",
                unit="runs",
                meaning="final runs hosted; of an adopted model: adopted, without a site",
                of="runs_by_place",
            ),
            Value(name="zflop", unit="ZFLOP", meaning="work done, experiments included", of="work_zflop"),
            Value(
                name="accelerator_hours",
                unit="h",
                meaning="accelerator-hours used, experiments included",
                of="used_mh",
                factor=1e6,
            ),
        ),
    ),
    Report(
        name="models",
        meaning="models that can serve",
        keys=("model", "period"),
        values=(
            Value(
                name="available",
                unit="share",
                meaning="1 when the model can serve, less when a fraction of a run stands behind it",
                of="available",
            ),
            Value(name="run", unit="runs", meaning="runs finished at the end of the period", of="run"),
        ),
    ),
)
PRICES = (
    Price(
        constraint="one_site_in_time",
        heading="cluster for the run",
        unit="MUSD/(EFLOP/s)/year",
        keys=("model", "site", "period"),
        factor=31_536.0,
    ),
)


def build(m: Any, inputs: Inputs) -> None:
    """Declare runs and where they are hosted."""
    b, calendar = m.training, m.calendar
    models = inputs["models"]
    route = np.array(text(models, "route"))
    base = codes(m.MODELS, text(models, "base"))
    released = calendar.since_start(text(models, "available_from"), blank=0.0)
    max_run_years = column(models, "max_run_months") * MONTHS
    max_runs = column(models, "max_runs")
    shelf_years = column(models, "shelf_months", blank=np.inf) * MONTHS
    cost_musd = column(models, "cost_musd")
    work = inputs.rates("work").set_index("model")
    is_trained = np.isin(route, TRAINED)
    work_zflop = np.where(is_trained, work["work_zflop"].reindex(m.MODELS.labels()).fillna(0.0).to_numpy(float), 0.0)
    programme_zflop = np.where(
        is_trained, work["programme_zflop"].reindex(m.MODELS.labels()).fillna(0.0).to_numpy(float), 0.0
    )
    zflop_per_mh = _training_rates(m, inputs)
    availability = column(inputs["accelerators"], "availability")

    adopted_at_cost = (route == "adopt") & (cost_musd > 0)
    m.is_run = is_trained | adopted_at_cost
    out = calendar.reached(released)
    finish = np.where(is_trained[:, None], calendar.end[None, :], calendar.start[None, :])
    window_years = np.minimum(max_run_years[:, None], calendar.years[None, :])
    need_zflop_per_year = work_zflop[:, None] / window_years
    reach = np.concatenate([_site_reach(m, inputs, zflop_per_mh, availability), _cloud_reach(m, zflop_per_mh)], axis=1)
    can_host = (reach >= need_zflop_per_year[:, None, :] * (1 - 1e-9)) & (is_trained & (work_zflop > 0))[:, None, None]
    can_host &= out[:, None, :] & (reach > 0)
    has_base = base >= 0
    possible = out & np.where((work_zflop > 0)[:, None], can_host.any(axis=1), m.is_run[:, None])
    possible = _with_base(possible, base, has_base, m.is_run, out, finish, calendar)
    can_host &= possible[:, None, :]

    b.RUNS = Index.product(m.MODELS, m.PERIODS, where=possible & m.is_run[:, None])
    b.HOSTS = Index.product(m.MODELS, m.PLACES, m.PERIODS, where=can_host)
    carries = zflop_per_mh > 0
    b.TRAIN = Index.product(
        m.MODELS,
        m.ACCELERATORS,
        m.PLACES,
        m.PERIODS,
        where=carries[:, :, None, None] & m.held[None] & can_host[:, None],
    )
    model, period = b.RUNS.codes
    experiments = (programme_zflop > work_zflop) & (work_zflop > 0)
    start = calendar.start
    in_window = (start[None, :] >= calendar.end[:, None] - EXPLORE_YEARS - SLACK_YEARS) & (
        start[None, :] <= start[:, None]
    )
    trained_run = experiments[model]
    run_at, tau = np.nonzero(in_window[period] & trained_run[:, None])
    b.WINDOW = Index.rows((m.MODELS, m.PERIODS, m.PERIODS), (model[run_at], period[run_at], tau))
    exploring = np.zeros((m.MODELS.size, m.PERIODS.size), dtype=bool)
    exploring[model[run_at], tau] = True
    may_train = np.concatenate([np.ones(m.SITES.size, dtype=bool), m.cloud_trains])
    b.EXPLORE = Index.product(
        m.MODELS,
        m.ACCELERATORS,
        m.PLACES,
        m.PERIODS,
        where=carries[:, :, None, None] & m.held[None] & exploring[:, None, None, :] & may_train[None, None, :, None],
    )
    b.EXPLORED = Index.product(m.MODELS, m.PERIODS, where=exploring)

    b.zflop_per_mh = Numbers(
        Index.product(m.MODELS, m.ACCELERATORS), zflop_per_mh, doc="[ZFLOP/Mh] training work per accelerator time"
    )
    b.work_of_run = Numbers(m.MODELS, work_zflop, doc="[ZFLOP] final run")
    b.experiments_zflop = Numbers(m.MODELS, programme_zflop - work_zflop, doc="[ZFLOP] experiments and failed runs")
    b.cost_musd = Numbers(m.MODELS, cost_musd, doc="[MUSD] staff, data and licences per run")
    b.pace_zflop_per_year = Numbers(
        b.HOSTS,
        need_zflop_per_year[b.HOSTS.codes[0], b.HOSTS.codes[2]],
        doc="[ZFLOP/yr] pace that finishes the run in time",
    )
    hours = np.concatenate(
        [
            np.ones((m.ACCELERATORS.size, m.SITES.size)) * availability[:, None],
            np.ones((m.ACCELERATORS.size, m.CLOUDS.size)),
        ],
        axis=1,
    )
    b.mh_per_k_year = Numbers(
        Index.product(m.ACCELERATORS, m.PLACES), hours * MH_PER_K_YEAR, doc="[Mh/kacc/yr] hours of use"
    )

    whole = "runs" in m.whole
    run_limit = np.where(np.isnan(max_runs), np.inf, max_runs)
    b.run = Variables(
        b.RUNS, upper=np.minimum(1.0, run_limit[model]), whole=whole, doc="[1] runs finished at the end of the period"
    )
    b.hosted = Variables(b.HOSTS, upper=1.0, whole=whole, doc="[1] the run is hosted here")
    b.train_mh = Variables(b.TRAIN, doc="[Mh] final run")
    b.explore_mh = Variables(b.EXPLORE, doc="[Mh] experiments")
    b.explore_zflop = Variables(b.WINDOW, doc="[ZFLOP] experiments for a run, by period")
    fresh = (finish[:, :, None] <= start[None, None, :] + SLACK_YEARS) & (
        start[None, None, :] < (finish + shelf_years[:, None])[:, :, None] - SLACK_YEARS
    )
    run_at, when = np.nonzero(fresh[model, period])
    serves = np.zeros((m.MODELS.size, m.PERIODS.size), dtype=bool)
    serves[model[run_at], when] = True
    b.AVAILABLE = Index.product(m.MODELS, m.PERIODS, where=serves)
    b.available = Variables(b.AVAILABLE, upper=1.0, doc="[1] the model can serve")
    m.can_serve = np.where(m.is_run[:, None], serves, out)

    b.finished = Total(b.AVAILABLE, doc="[1] runs finished and fit to serve")
    b.finished.add(
        "run",
        over=b.RUNS,
        rule=lambda b, m_, t: b.run[m_, t],
        to=(b.AVAILABLE.find(model[run_at], when), run_at, np.ones(len(run_at))),
    )
    RUNS_WITH_WORK = subset(b.RUNS, work_zflop[model] > 0)
    b.hosts = Total(RUNS_WITH_WORK, doc="[1] hosted anywhere")
    b.hosts.add("hosted", over=b.HOSTS, rule=lambda b, m_, p, t: b.hosted[m_, p, t], to=lambda b, m_, p, t: (m_, t))
    b.trained_zflop = Total(b.HOSTS, doc="[ZFLOP] work of the final run")
    b.trained_zflop.add(
        "train",
        over=b.TRAIN,
        rule=lambda b, m_, g, p, t: b.zflop_per_mh[m_, g] * b.train_mh[m_, g, p, t],
        to=lambda b, m_, g, p, t: (m_, p, t),
    )
    b.cluster_zflop_per_year = Total(b.HOSTS, doc="[ZFLOP/yr] pace of the cluster that stands there")
    own, hired = subset(b.TRAIN, b.TRAIN.codes[2] < m.SITES.size), subset(b.TRAIN, b.TRAIN.codes[2] >= m.SITES.size)
    b.cluster_zflop_per_year.add(
        "owned",
        over=own,
        to=lambda b, m_, g, p, t: (m_, p, t),
        rule=lambda b, m_, g, p, t: b.zflop_per_mh[m_, g] * b.mh_per_k_year[g, p] * m.procurement.installed[g, p, t],
    )
    b.cluster_zflop_per_year.add(
        "rented",
        over=hired,
        to=lambda b, m_, g, p, t: (m_, p, t),
        rule=lambda b, m_, g, p, t: b.zflop_per_mh[m_, g] * b.mh_per_k_year[g, p] * m.clouds.rented[p, t],
    )

    def hosted_somewhere(b: Any, m_: Any, t: Any) -> Any:
        return b.hosts[m_, t] == b.run[m_, t]

    b.hosted_somewhere = Family(RUNS_WITH_WORK, rule=hosted_somewhere, doc="[1] every run is hosted")

    def run_is_finished(b: Any, m_: Any, p: Any, t: Any) -> Any:
        return b.trained_zflop[m_, p, t] == b.work_of_run[m_] * b.hosted[m_, p, t]

    b.run_is_finished = Family(
        b.HOSTS, rule=run_is_finished, doc="[ZFLOP] the final run is worked off where it is hosted"
    )

    def one_site_in_time(b: Any, m_: Any, p: Any, t: Any) -> Any:
        return b.cluster_zflop_per_year[m_, p, t] >= b.pace_zflop_per_year[m_, p, t] * b.hosted[m_, p, t]

    b.one_site_in_time = Family(b.HOSTS, rule=one_site_in_time, doc="[ZFLOP/yr] one site can finish the run in time")

    def available_when_finished(b: Any, m_: Any, t: Any) -> Any:
        return b.available[m_, t] <= b.finished[m_, t]

    b.available_when_finished = Family(
        b.AVAILABLE,
        rule=available_when_finished,
        doc="[1] a model serves once its run is finished, until its shelf life ends",
    )
    _experiments(m, b)
    _bases(m, b, base, max_runs, finish, out)

    m.compute.add(
        "training",
        over=b.TRAIN,
        block=b,
        rule=lambda b, m_, g, p, t: -b.train_mh[m_, g, p, t],
        to=lambda b, m_, g, p, t: (g, p, t),
    )
    m.compute.add(
        "experiments",
        over=b.EXPLORE,
        block=b,
        rule=lambda b, m_, g, p, t: -b.explore_mh[m_, g, p, t],
        to=lambda b, m_, g, p, t: (g, p, t),
    )
    ledger.flow(
        m, "L2", "model runs", over=b.RUNS, block=b, period=period, rule=lambda b, m_, t: b.cost_musd[m_] * b.run[m_, t]
    )
    _reported(m, b)


def _training_rates(m: Any, inputs: Inputs) -> Floats:
    """ZFLOP per Mh by model and accelerator; 0 where it can't."""
    table = inputs.rates("training_rates")
    rates = np.zeros((m.MODELS.size, m.ACCELERATORS.size))
    able = table[table["can_train"].astype(bool)]
    rates[codes(m.MODELS, text(able, "model")), codes(m.ACCELERATORS, text(able, "accelerator"))] = able[
        "zflop_per_mh"
    ].to_numpy(float)
    return rates


def _site_reach(m: Any, inputs: Inputs, zflop_per_mh: Floats, availability: Floats) -> Floats:
    """Most ZFLOP a year that could be trained at a site by a period, by model: the smaller of hall and firm power, filled with the
    accelerators that give most per MW, within supply. Shape (models, sites, periods)."""
    sites, accelerators = inputs["sites"], inputs["accelerators"]
    nameplate = column(accelerators, "nameplate_kw")
    firm_per_it = column(sites, "pue_peak") * (1 - column(sites, "flexible_cover_share"))
    battery = np.minimum(m.battery_credit_reach_mw, m.non_firm_reach_mw + m.generator_credit_reach_mw)
    firm_mw = m.firm_reach_mw + m.generator_credit_reach_mw + battery
    with np.errstate(divide="ignore"):
        room_mw = np.minimum(
            m.hall_reach_mw, np.where(firm_per_it[:, None] > 0, firm_mw / firm_per_it[:, None], np.inf)
        )
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
    in_force = (
        m.held[m.cloud_chip, m.SITES.size + np.arange(m.CLOUDS.size)]
        if m.CLOUDS.size
        else np.zeros((0, m.PERIODS.size), dtype=bool)
    )
    return np.asarray(pace[:, :, None] * in_force[None])


def _with_base(
    possible: np.ndarray,
    base: np.ndarray,
    has_base: np.ndarray,
    is_run: np.ndarray,
    out: np.ndarray,
    finish: Floats,
    calendar: Any,
) -> np.ndarray:
    """Runs whose base could be had by the start of the period; chains of bases are followed to their end."""
    while True:
        done = np.where(is_run[:, None], _could_be_finished(possible, finish, calendar), out)
        narrowed = possible & np.where(has_base[:, None], done[base], True)
        if (narrowed == possible).all():
            return possible
        possible = narrowed


def _could_be_finished(possible: np.ndarray, finish: Floats, calendar: Any) -> np.ndarray:
    by = finish[:, :, None] <= calendar.start[None, None, :] + SLACK_YEARS
    return np.asarray((possible[:, :, None] & by).any(axis=1))


def _experiments(m: Any, b: Any) -> None:
    with_experiments = Index.rows((m.MODELS, m.PERIODS), tuple(np.unique(np.stack(b.WINDOW.codes[:2]), axis=1)))
    b.planned_zflop = Total(with_experiments, doc="[ZFLOP] experiments for a run")
    b.planned_zflop.add(
        "window", over=b.WINDOW, rule=lambda b, m_, t, r: b.explore_zflop[m_, t, r], to=lambda b, m_, t, r: (m_, t)
    )
    b.explored_zflop = Total(b.EXPLORED, doc="[ZFLOP] experiments of a period")
    b.explored_zflop.add(
        "window", over=b.WINDOW, rule=lambda b, m_, t, r: b.explore_zflop[m_, t, r], to=lambda b, m_, t, r: (m_, r)
    )
    b.worked_zflop = Total(b.EXPLORED, doc="[ZFLOP] experiments worked off")
    b.worked_zflop.add(
        "explore",
        over=b.EXPLORE,
        rule=lambda b, m_, g, p, t: b.zflop_per_mh[m_, g] * b.explore_mh[m_, g, p, t],
        to=lambda b, m_, g, p, t: (m_, t),
    )

    def experiments_are_done(b: Any, m_: Any, t: Any) -> Any:
        return b.planned_zflop[m_, t] == b.experiments_zflop[m_] * b.run[m_, t]

    b.experiments_are_done = Family(
        with_experiments, rule=experiments_are_done, doc="[ZFLOP] a run has its experiments, in the year before its end"
    )

    def experiments_are_worked_off(b: Any, m_: Any, t: Any) -> Any:
        return b.worked_zflop[m_, t] == b.explored_zflop[m_, t]

    b.experiments_are_worked_off = Family(
        b.EXPLORED, rule=experiments_are_worked_off, doc="[ZFLOP] experiments are worked off in their period"
    )


def _bases(m: Any, b: Any, base: np.ndarray, max_runs: Floats, finish: Floats, out: np.ndarray) -> None:
    """A derived run needs its base finished; a model is run so many times at most."""
    model, period = b.RUNS.codes
    calendar = m.calendar
    b.LIMITED = Index.rows((m.MODELS,), (np.flatnonzero(np.isfinite(max_runs)),))
    b.max_runs = Numbers(b.LIMITED, max_runs[np.isfinite(max_runs)], doc="[1] most runs in the horizon")
    b.all_runs = Total(b.LIMITED, doc="[1] runs of the horizon")
    b.all_runs.add(
        "run",
        over=subset(b.RUNS, np.isfinite(max_runs)[model]),
        rule=lambda b, m_, t: b.run[m_, t],
        to=lambda b, m_, t: m_,
    )

    def runs_at_most(b: Any, m_: Any) -> Any:
        return b.all_runs[m_] <= b.max_runs[m_]

    b.runs_at_most = Family(b.LIMITED, rule=runs_at_most, doc="[1] a model is run so many times at most")

    derived = subset(b.RUNS, (base[model] >= 0) & m.is_run[base[model]])
    child, time = derived.codes
    child_row, run_row = np.nonzero(
        (model[None, :] == base[child][:, None])
        & (finish[model, period][None, :] <= calendar.start[time][:, None] + SLACK_YEARS)
    )
    b.finished_base = Total(derived, doc="[1] runs of the base finished so far")
    b.finished_base.add(
        "run", over=b.RUNS, rule=lambda b, m_, t: b.run[m_, t], to=(child_row, run_row, np.ones(len(run_row)))
    )
    so_far_row, own_row = np.nonzero((model[None, :] == child[:, None]) & (period[None, :] <= time[:, None]))
    b.so_far = Total(derived, doc="[1] runs so far")
    b.so_far.add(
        "run", over=b.RUNS, rule=lambda b, m_, t: b.run[m_, t], to=(so_far_row, own_row, np.ones(len(own_row)))
    )
    many = np.where(np.isfinite(max_runs), max_runs, np.bincount(model, minlength=m.MODELS.size))
    b.runs_per_base = Numbers(m.MODELS, many, doc="[1] runs one finished base allows")

    def base_is_finished(b: Any, m_: Any, t: Any) -> Any:
        return b.so_far[m_, t] <= b.runs_per_base[m_] * b.finished_base[m_, t]

    b.base_is_finished = Family(
        derived, rule=base_is_finished, doc="[1] a derived run needs its base finished before it starts"
    )


def _reported(m: Any, b: Any) -> None:
    """Runs, work and hours by model, place and period; an adopted model has no place."""
    anywhere = Index.product(
        m.MODELS, m.PLACES, m.PERIODS, where=np.logical_or(_mask(m, b.HOSTS), _any_chip(m, b.EXPLORE))
    )
    b.runs_by_place = Total(anywhere, doc="[1] final runs hosted")
    b.runs_by_place.add(
        "hosted", over=b.HOSTS, rule=lambda b, m_, p, t: b.hosted[m_, p, t], to=lambda b, m_, p, t: (m_, p, t)
    )
    b.work_zflop = Total(anywhere, doc="[ZFLOP] work done, experiments included")
    b.work_zflop.add(
        "train",
        over=b.TRAIN,
        rule=lambda b, m_, g, p, t: b.zflop_per_mh[m_, g] * b.train_mh[m_, g, p, t],
        to=lambda b, m_, g, p, t: (m_, p, t),
    )
    b.work_zflop.add(
        "explore",
        over=b.EXPLORE,
        rule=lambda b, m_, g, p, t: b.zflop_per_mh[m_, g] * b.explore_mh[m_, g, p, t],
        to=lambda b, m_, g, p, t: (m_, p, t),
    )
    b.used_mh = Total(anywhere, doc="[Mh] accelerator time, experiments included")
    b.used_mh.add(
        "train", over=b.TRAIN, rule=lambda b, m_, g, p, t: b.train_mh[m_, g, p, t], to=lambda b, m_, g, p, t: (m_, p, t)
    )
    b.used_mh.add(
        "explore",
        over=b.EXPLORE,
        rule=lambda b, m_, g, p, t: b.explore_mh[m_, g, p, t],
        to=lambda b, m_, g, p, t: (m_, p, t),
    )


def _mask(m: Any, index: Index) -> np.ndarray:
    mask = np.zeros((m.MODELS.size, m.PLACES.size, m.PERIODS.size), dtype=bool)
    mask[index.codes] = True
    return mask


def _any_chip(m: Any, index: Index) -> np.ndarray:
    mask = np.zeros((m.MODELS.size, m.PLACES.size, m.PERIODS.size), dtype=bool)
    mask[index.codes[0], index.codes[2], index.codes[3]] = True
    return mask


def check(inputs: Inputs) -> list[Problem]:
    """Routes without what they need, bases in a circle, work that can't be told."""
    found = []
    models = inputs["models"]
    base_of = dict(zip(models["model"], models["base"], strict=True))
    for i, row in enumerate(models.itertuples()):
        if row.route in TRAINED and np.isnan(row.work_zflop) and np.isnan(row.tokens_t):
            found.append(
                Problem(
                    "models",
                    f"the work of {row.model} can't be told",
                    row=i,
                    column="work_zflop",
                    right="work_zflop, or tokens_t",
                )
            )
        if row.active_params_b > row.total_params_b:
            found.append(
                Problem(
                    "models",
                    f"{row.model} has more active parameters than parameters ({row.total_params_b:g})",
                    row=i,
                    column="active_params_b",
                    value=row.active_params_b,
                    right="at most total_params_b",
                )
            )
        if row.route == "api" and not row.origin:
            found.append(
                Problem(
                    "models",
                    f"{row.model} is an api without an origin; it counts as other",
                    row=i,
                    column="origin",
                    right="the country it is operated from",
                    severity="warning",
                )
            )
        seen, name = {row.model}, base_of.get(row.model, "")
        while name and name not in seen:
            seen.add(name)
            name = base_of.get(name, "")
        if name:
            found.append(
                Problem(
                    "models",
                    f"the bases of {row.model} go in a circle",
                    row=i,
                    column="base",
                    value=row.base,
                    right="a base that doesn't start from it",
                )
            )
    return found
