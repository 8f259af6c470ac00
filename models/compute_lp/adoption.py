"""Platform and applications: how fast a workload can take compute up.

sets            LIMITED: workloads with a row in adoption
decides         adopt[w,t] MUSD spent on applications in a period
subject to      taken_up: Σ served/years ≤ start + uptake·Σ_{τ<t} adopt (apis included; uptake lasts) · adopt ≤
                max_musd_per_year·years
ledgers         money L4: applications
not modelled    applications that fall out of use; uptake that slows
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp import ledger
from compute_lp.columns import amount, key, report, table
from compute_lp.family import Index, Numbers, Total, Variables, subject_to
from compute_lp.schema import Inputs, Price, Problem, Value
from compute_lp.tables import codes, column, mask, text

TABLES = (
    table(
        "adoption",
        "how fast a workload takes up tokens; no row, no limit",
        key("workload", "workload", "workloads.workload"),
        amount("start_t_per_year", "output tokens taken up without further spending", "Ttoken/year"),
        amount(
            "uptake_t_per_year_per_musd",
            "output tokens a year that each MUSD on applications adds, from the next period on",
            "Ttoken/year/MUSD",
            0.0,
        ),
        amount("max_musd_per_year", "most that can be spent well; blank: no limit", "MUSD/year", None),
    ),
)

REPORTS = (
    report(
        "adoption",
        "money on applications",
        ("workload", "period"),
        Value("adopt_musd", "MUSD", "spent on applications", "adopt"),
        Value("limit_t", "Ttoken", "most output tokens the applications take up", "limit_t"),
    ),
)
PRICES = (Price("taken_up", "applications", "USD/Mtoken", ("workload", "period"), per="sum"),)


def build(m: Any, inputs: Inputs) -> None:
    """Declare spending on applications."""
    b, calendar = m.adoption, m.calendar
    adoption = inputs["adoption"]
    start_t_per_year = column(adoption, "start_t_per_year")
    uptake_t_per_year_per_musd = column(adoption, "uptake_t_per_year_per_musd")
    max_musd_per_year = column(adoption, "max_musd_per_year", blank=np.inf)
    workload = codes(m.WORKLOADS, text(adoption, "workload"))

    b.LIMITED = Index.rows((m.WORKLOADS,), (workload,))
    b.ADOPT = Index.product(m.WORKLOADS, m.PERIODS, where=mask((m.WORKLOADS, m.PERIODS), workload))
    at, period = b.LIMITED.find(b.ADOPT.codes[0]), b.ADOPT.codes[1]
    b.start_t_per_year = Numbers(b.LIMITED, start_t_per_year, doc="[Ttoken/yr] taken up without spending")
    b.uptake_t_per_year_per_musd = Numbers(
        b.LIMITED, uptake_t_per_year_per_musd, doc="[Ttoken/yr/MUSD] what spending adds"
    )
    b.adopt = Variables(
        b.ADOPT, upper=max_musd_per_year[at] * calendar.years[period], doc="[MUSD] spent on applications"
    )

    rows, times = np.nonzero(period[:, None] < np.arange(m.PERIODS.size)[None, :])
    b.limit_t = Total(b.ADOPT, doc="[Ttoken] most that is taken up")
    b.limit_t.add("start", b.ADOPT, lambda b, w, t: m.years[t] * b.start_t_per_year[w])
    b.uptake = Total(b.ADOPT, doc="[Ttoken/yr] what spending so far has added")
    b.uptake.add(
        "adopt",
        b.ADOPT,
        lambda b, w, t: b.uptake_t_per_year_per_musd[w] * b.adopt[w, t],
        (b.ADOPT.find(b.ADOPT.codes[0][rows], times), rows),
    )
    b.limit_t.add("uptake", b.ADOPT, lambda b, w, t: m.years[t] * b.uptake[w, t])

    @subject_to(b, b.ADOPT, "[Ttoken] served only as fast as applications take it up")
    def taken_up(b: Any, w: Any, t: Any) -> Any:
        return m.serving.served_all[w, t] <= b.limit_t[w, t]

    ledger.flow(b, "L4|applications", b.ADOPT, lambda b, w, t: b.adopt[w, t])


def check(inputs: Inputs) -> list[Problem]:
    """Nothing beyond the columns' own rules."""
    return []
