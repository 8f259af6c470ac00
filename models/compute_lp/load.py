"""What the machines draw.

sets            SITE_PERIODS (s,t), SITE_SLICES (s,t,h)
decides         movable_mw[s,t,h] draw of what can move within the day
derives         idle_mw[s,t] = Σ idle_share·nameplate·installed; ceiling_mw[s,t] = Σ average_share·nameplate·installed;
                following_mw[s,t], steady_mw[s,t]: mean dynamic draw of serving that can't wait, and of training,
                experiments and serving that can; it_mw[s,t,h] = idle + serving_shape[h]·following + movable
subject to      idle_is_drawn, ceiling_is_reached, following_is_drawn, steady_is_drawn · kept_within_day: Σ_{h in d}
                movable = 24·steady · not_below, not_above: (1 ∓ flexible_share)·steady · within_ceiling: it_mw ≤
                ceiling
ledgers         power − pue·it_mw · water on IT energy · carbon of clouds: draw as owned machines, at their country's
                intensity and PUE
not modelled    power caps and frequency, PUE by the hour (weather enters only through pue_peak)

A unit in use draws average_share of its nameplate, an idle one idle_share.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp.calendar import HOURS_PER_DAY
from compute_lp.columns import report
from compute_lp.family import Index, Link, Numbers, Total, Variables, subject_to
from compute_lp.frame import serving_shape
from compute_lp.schema import Floats, Inputs, Price, Problem, Table, Value
from compute_lp.tables import column, crossed, subset
from compute_lp.units import GWH_PER_MW_YEAR, L_PER_KWH, MH_PER_K_YEAR

TABLES: tuple[Table, ...] = ()
REPORTS = (
    report(
        "load",
        "power and energy of machines, period means and sums",
        ("site", "period"),
        Value("average_it_mw", "MW", "mean IT draw", "mean_it_mw"),
        Value("idle_mw", "MW", "of which idle", "idle_mw"),
    ),
)
PEAK_SLACK = 1e-9
"""Peaks over means nearer than this are the same."""
PRICES: tuple[Price, ...] = ()


def build(m: Any, inputs: Inputs) -> None:
    """Declare the draw of machines, hour by hour."""
    b = m.loads
    accelerators, sites, clouds = inputs["accelerators"], inputs["sites"], inputs["clouds"]
    nameplate_mw_per_k = column(accelerators, "nameplate_kw")
    idle_share = column(accelerators, "idle_share")
    average_share = column(accelerators, "average_share")
    pue = column(sites, "pue")
    water_ml_per_gwh = column(sites, "water_l_per_kwh") * L_PER_KWH
    deferrable_share = column(inputs["workloads"], "deferrable_share")
    flexible_share = float(inputs.settings["flexible_share"])
    shape = serving_shape(inputs)

    b.idle_mw_per_k = Numbers(m.ACCELERATORS, idle_share * nameplate_mw_per_k, doc="[MW/kacc] idle draw")
    b.working_mw_per_k = Numbers(m.ACCELERATORS, average_share * nameplate_mw_per_k, doc="[MW/kacc] working draw")
    b.dynamic_mw_per_k = Numbers(
        m.ACCELERATORS, (average_share - idle_share) * nameplate_mw_per_k, doc="[MW/kacc] working draw above idle"
    )
    b.k_per_mh = Numbers(m.PERIODS, 1 / (MH_PER_K_YEAR * m.calendar.years), doc="[kacc/Mh] mean machines in use")
    b.waiting_share = Numbers(m.WORKLOADS, deferrable_share, doc="[1] serving that can wait")
    b.following_share = Numbers(m.WORKLOADS, 1 - deferrable_share, doc="[1] serving that can't wait")
    b.pue = Numbers(m.SITES, pue, doc="[1] facility power per IT power")
    b.shape = Numbers(m.SLICES, np.tile(shape, len(m.days.days)), doc="[1] serving in this hour over its mean")
    b.day_hours = Numbers(m.SITES, HOURS_PER_DAY, doc="[1] hours of a day")
    b.lowest = Numbers(m.SITES, 1 - flexible_share, doc="[1] lowest movable draw over its mean")
    b.highest = Numbers(m.SITES, 1 + flexible_share, doc="[1] highest movable draw over its mean")
    b.water_ml_per_gwh = Numbers(m.SITES, water_ml_per_gwh, doc="[ML/GWh] water on IT energy")
    b.gwh_per_mw_year = Numbers(m.SITES, GWH_PER_MW_YEAR, doc="[GWh/MW/yr] energy of a MW all year")

    b.idle_mw = Variables(m.SITE_PERIODS, doc="[MW] idle draw of all machines")
    b.ceiling_mw = Variables(m.SITE_PERIODS, doc="[MW] draw when all machines work")
    b.following_mw = Variables(m.SITE_PERIODS, doc="[MW] mean dynamic draw of serving that can't wait")
    b.steady_mw = Variables(m.SITE_PERIODS, doc="[MW] mean dynamic draw of what can move within the day")
    b.movable_mw = Variables(m.SITE_SLICES, doc="[MW] dynamic draw of what can move, in this hour")
    _means(m, b)
    b.it_mw = Total(m.SITE_SLICES, doc="[MW] IT draw")
    b.it_mw.add(
        "machines",
        m.SITE_SLICES,
        lambda b, s, t, h: b.idle_mw[s, t] + b.shape[h] * b.following_mw[s, t] + b.movable_mw[s, t, h],
    )
    b.mean_it_mw = Total(m.SITE_PERIODS, doc="[MW] mean IT draw")
    b.mean_it_mw.add(
        "machines", m.SITE_PERIODS, lambda b, s, t: b.idle_mw[s, t] + b.following_mw[s, t] + b.steady_mw[s, t]
    )

    @subject_to(b, m.SITE_SLICES, "[MW] what can move doesn't fall too low")
    def not_below(b: Any, s: Any, t: Any, h: Any) -> Any:
        return b.movable_mw[s, t, h] >= b.lowest[s] * b.steady_mw[s, t]

    @subject_to(b, m.SITE_SLICES, "[MW] what can move doesn't rise too high")
    def not_above(b: Any, s: Any, t: Any, h: Any) -> Any:
        return b.movable_mw[s, t, h] <= b.highest[s] * b.steady_mw[s, t]

    b.DAYS = Index.of([int(d) + 1 for d in range(len(m.days.days))], doc="typical days")
    b.day_of = Link(m.SLICES, of=b.DAYS, codes=m.slice_day)
    SITE_DAYS = crossed(m.SITE_PERIODS, b.DAYS)
    b.moved_in_day = Total(SITE_DAYS, doc="[MW] draw of what can move, summed over the day's hours")
    b.moved_in_day.add("movable", m.SITE_SLICES, lambda b, s, t, h: b.movable_mw[s, t, h], b.day_of)

    @subject_to(b, SITE_DAYS, "[MW] what moves stays within its day")
    def kept_within_day(b: Any, s: Any, t: Any, d: Any) -> Any:
        return b.moved_in_day[s, t, d] == b.day_hours[s] * b.steady_mw[s, t]

    @subject_to(b, m.SITE_SLICES, "[MW] no more draw than when all machines work")
    def within_ceiling(b: Any, s: Any, t: Any, h: Any) -> Any:
        return b.it_mw[s, t, h] <= b.ceiling_mw[s, t]

    m.power.add("machines", m.SITE_SLICES, lambda b, s, t, h: -b.pue[s] * b.it_mw[s, t, h], block=b)
    m.water.add(
        "machines",
        m.SITE_PERIODS,
        lambda b, s, t: m.years[t] * b.water_ml_per_gwh[s] * b.gwh_per_mw_year[s] * b.mean_it_mw[s, t],
        block=b,
    )
    _clouds(m, b, column(clouds, "pue"))


def _means(m: Any, b: Any) -> None:
    """Tie the four means to machines and their use."""
    serving, training, owned = m.serving, m.training, m.procurement.OWNED

    def at_sites(index: Index) -> Index:
        return subset(index, index.codes[index.axis(m.PLACES)] < m.SITES.size)

    b.idle_sum = Total(m.SITE_PERIODS, doc="[MW] idle draw")
    b.idle_sum.add("machines", owned, lambda b, g, s, t: b.idle_mw_per_k[g] * m.procurement.installed[g, s, t])
    b.ceiling_sum = Total(m.SITE_PERIODS, doc="[MW] working draw")
    b.ceiling_sum.add("machines", owned, lambda b, g, s, t: b.working_mw_per_k[g] * m.procurement.installed[g, s, t])
    b.following_sum = Total(m.SITE_PERIODS, doc="[MW] serving that can't wait")
    b.following_sum.add(
        "serving",
        at_sites(serving.SERVE),
        lambda b, w, m_, g, p, t: (
            b.following_share[w] * b.dynamic_mw_per_k[g] * b.k_per_mh[t] * serving.serve_mh[w, m_, g, p, t]
        ),
        lambda b, w, m_, g, p, t: (p, t),
    )
    b.steady_sum = Total(m.SITE_PERIODS, doc="[MW] what can move")
    b.steady_sum.add(
        "serving",
        at_sites(serving.SERVE),
        lambda b, w, m_, g, p, t: (
            b.waiting_share[w] * b.dynamic_mw_per_k[g] * b.k_per_mh[t] * serving.serve_mh[w, m_, g, p, t]
        ),
        lambda b, w, m_, g, p, t: (p, t),
    )
    b.steady_sum.add(
        "training",
        at_sites(training.TRAIN),
        lambda b, m_, g, p, t: b.dynamic_mw_per_k[g] * b.k_per_mh[t] * training.train_mh[m_, g, p, t],
        lambda b, m_, g, p, t: (p, t),
    )
    b.steady_sum.add(
        "experiments",
        at_sites(training.EXPLORE),
        lambda b, m_, g, p, t: b.dynamic_mw_per_k[g] * b.k_per_mh[t] * training.explore_mh[m_, g, p, t],
        lambda b, m_, g, p, t: (p, t),
    )

    @subject_to(b, m.SITE_PERIODS, "[MW] idle draw of what is installed")
    def idle_is_drawn(b: Any, s: Any, t: Any) -> Any:
        return b.idle_mw[s, t] == b.idle_sum[s, t]

    @subject_to(b, m.SITE_PERIODS, "[MW] working draw of what is installed")
    def ceiling_is_reached(b: Any, s: Any, t: Any) -> Any:
        return b.ceiling_mw[s, t] == b.ceiling_sum[s, t]

    @subject_to(b, m.SITE_PERIODS, "[MW] draw of serving that can't wait")
    def following_is_drawn(b: Any, s: Any, t: Any) -> Any:
        return b.following_mw[s, t] == b.following_sum[s, t]

    @subject_to(b, m.SITE_PERIODS, "[MW] draw of what can move")
    def steady_is_drawn(b: Any, s: Any, t: Any) -> Any:
        return b.steady_mw[s, t] == b.steady_sum[s, t]


def _clouds(m: Any, b: Any, pue: Floats) -> None:
    """Carbon of rented machines."""
    serving, training = m.serving, m.training
    kt_per_gwh = m.country_co2_kt_per_gwh[m.place_country[m.SITES.size :]]
    b.cloud_kt_per_mw_year = Numbers(
        Index.product(m.CLOUDS, m.PERIODS),
        pue[:, None] * kt_per_gwh * GWH_PER_MW_YEAR,
        doc="[kt/MW/yr] carbon of IT draw",
    )
    b.cloud_chip_of = Link(m.CLOUDS, of=m.ACCELERATORS, codes=m.cloud_chip)

    def at_clouds(index: Index) -> Index:
        return subset(index, index.codes[index.axis(m.PLACES)] >= m.SITES.size)

    def kt_per_mh(b: Any, g: Any, p: Any, t: Any) -> Any:
        return m.years[t] * b.cloud_kt_per_mw_year[p, t] * b.dynamic_mw_per_k[g] * b.k_per_mh[t]

    m.carbon.add(
        "clouds idle",
        m.clouds.RENTED,
        lambda b, u, t: (
            m.years[t] * b.cloud_kt_per_mw_year[u, t] * b.idle_mw_per_k[b.cloud_chip_of[u]] * m.clouds.rented[u, t]
        ),
        block=b,
    )
    m.carbon.add(
        "clouds serving",
        at_clouds(serving.SERVE),
        lambda b, w, m_, g, p, t: kt_per_mh(b, g, p, t) * serving.serve_mh[w, m_, g, p, t],
        block=b,
    )
    m.carbon.add(
        "clouds training",
        at_clouds(training.TRAIN),
        lambda b, m_, g, p, t: kt_per_mh(b, g, p, t) * training.train_mh[m_, g, p, t],
        block=b,
    )
    m.carbon.add(
        "clouds experiments",
        at_clouds(training.EXPLORE),
        lambda b, m_, g, p, t: kt_per_mh(b, g, p, t) * training.explore_mh[m_, g, p, t],
        block=b,
    )


def check(inputs: Inputs) -> list[Problem]:
    """Peaks that the hourly shape already exceeds."""
    highest = float(serving_shape(inputs).max())
    return [
        row.problem(
            "peak_to_average",
            f"serving_hours alone peak at {highest:.2f} times the mean, above the peak of {row.workload}",
            f"at least {highest:.2f}, or flatter serving_hours",
            "warning",
        )
        for row in inputs.rows("workloads")
        if row.peak_to_average < highest - PEAK_SLACK
    ]
