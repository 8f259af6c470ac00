"""Platform and applications: how fast a workload can take compute up.

sets            LIMITED: workloads with a row in adoption
decides         adopt[w,t] MUSD spent on applications in a period
subject to      taken_up: Σ served/years ≤ start + uptake·Σ_{τ<t} adopt (apis included; uptake lasts) · adopt ≤ max_musd_per_year·years
ledgers         money L4: applications
not modelled    applications that fall out of use; uptake that slows
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp import ledger
from compute_lp.family import Family, Index, Numbers, Total, Variables
from compute_lp.schema import Column, Inputs, Price, Problem, Report, Table, Value
from compute_lp.tables import codes, column, text

TABLES = (
    Table(
        name="adoption",
        title="Adoption",
        row="how fast a workload takes up tokens; no row, no limit",
        columns=(
            Column(name="workload", kind="name", key=True, refers_to=("workloads.workload",), meaning="workload"),
            Column(
                name="start_t_per_year",
                unit="Ttoken/year",
                low=0,
                meaning="output tokens taken up without further spending",
            ),
            Column(
                name="uptake_t_per_year_per_musd",
                unit="Ttoken/year/MUSD",
                default=0.0,
                low=0,
                meaning="output tokens a year that each MUSD on applications adds, from the next period on",
            ),
            Column(
                name="max_musd_per_year",
                unit="MUSD/year",
                default=None,
                low=0,
                meaning="most that can be spent well; blank: no limit",
            ),
        ),
    ),
)

REPORTS = (
    Report(
        name="adoption",
        meaning="money on applications",
        keys=("workload", "period"),
        values=(
            Value(name="adopt_musd", unit="MUSD", meaning="spent on applications", of="adopt"),
            Value(name="limit_t", unit="Ttoken", meaning="most output tokens the applications take up", of="limit_t"),
        ),
    ),
)
PRICES = (
    Price(constraint="taken_up", heading="applications", unit="USD/Mtoken", keys=("workload", "period"), per="sum"),
)


def build(m: Any, inputs: Inputs) -> None:
    """Declare spending on applications."""
    b, calendar = m.adoption, m.calendar
    adoption = inputs["adoption"]
    start_t_per_year = column(adoption, "start_t_per_year")
    uptake_t_per_year_per_musd = column(adoption, "uptake_t_per_year_per_musd")
    max_musd_per_year = column(adoption, "max_musd_per_year", blank=np.inf)
    workload = codes(m.WORKLOADS, text(adoption, "workload"))

    b.LIMITED = Index.rows((m.WORKLOADS,), (workload,))
    limited = np.zeros((m.WORKLOADS.size, m.PERIODS.size), dtype=bool)
    limited[workload] = True
    b.ADOPT = Index.product(m.WORKLOADS, m.PERIODS, where=limited)
    at = b.LIMITED.find(b.ADOPT.codes[0])
    period = b.ADOPT.codes[1]
    b.start_t_per_year = Numbers(b.LIMITED, start_t_per_year, doc="[Ttoken/yr] taken up without spending")
    b.uptake_t_per_year_per_musd = Numbers(
        b.LIMITED, uptake_t_per_year_per_musd, doc="[Ttoken/yr/MUSD] what spending adds"
    )
    most = np.where(np.isinf(max_musd_per_year), np.inf, max_musd_per_year)[at] * calendar.years[period]
    b.adopt = Variables(b.ADOPT, upper=most, doc="[MUSD] spent on applications")

    rows, times = np.nonzero(period[:, None] < np.arange(m.PERIODS.size)[None, :])
    b.limit_t = Total(b.ADOPT, doc="[Ttoken] most that is taken up")
    b.limit_t.add(
        "start", over=b.ADOPT, rule=lambda b, w, t: m.years[t] * b.start_t_per_year[w], to=lambda b, w, t: (w, t)
    )
    b.uptake = Total(b.ADOPT, doc="[Ttoken/yr] what spending so far has added")
    b.uptake.add(
        "adopt",
        over=b.ADOPT,
        rule=lambda b, w, t: b.uptake_t_per_year_per_musd[w] * b.adopt[w, t],
        to=(b.ADOPT.find(b.ADOPT.codes[0][rows], times), rows, np.ones(len(rows))),
    )
    b.limit_t.add("uptake", over=b.ADOPT, rule=lambda b, w, t: m.years[t] * b.uptake[w, t], to=lambda b, w, t: (w, t))

    def taken_up(b: Any, w: Any, t: Any) -> Any:
        return m.serving.served_all[w, t] <= b.limit_t[w, t]

    b.taken_up = Family(b.ADOPT, rule=taken_up, doc="[Ttoken] served only as fast as applications take it up")
    ledger.flow(m, "L4", "applications", over=b.ADOPT, block=b, period=period, rule=lambda b, w, t: b.adopt[w, t])


def check(inputs: Inputs) -> list[Problem]:
    """Nothing beyond the columns' own rules."""
    return []
