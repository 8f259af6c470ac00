"""Halls: where they stand and how large they are."""

from __future__ import annotations

from tests.independent.oracle.linear import EPS, INF, Lin, total
from tests.independent.oracle.reading import num


def siting(plan):
    lp = plan.lp
    plan.hall = {}  # (site, period number): MW
    for s, row in plan.sites.items():
        existing, most = num(row, "existing_it_mw", 0.0), num(row, "max_it_mw")
        lead, least = num(row, "build_months") / 12, num(row, "min_it_mw", 0.0)
        rate, life = num(row, "max_build_mw_per_year", INF), num(row, "hall_life_years", 20.0)
        whole = bool(plan.integers) and ("sites" in plan.integers or least > 0)
        fitout, opened = {}, {}
        for t in plan.periods:
            can = t.start >= lead - EPS and not plan.closed(s, t)
            fitout[t.i] = lp.var("fitout", s, t.name, hi=rate * t.years if can else 0.0)
            opened[t.i] = lp.var("opened", s, t.name, hi=1.0 if can and not existing else 0.0, whole=whole)
            for cost in (fitout[t.i] * num(row, "fitout_usd_per_w"), opened[t.i] * num(row, "fixed_musd", 0.0)):
                plan.pay_over("L1", t.start - lead, t.start, cost, s)
                plan.residual("L1", cost, s, t.start, t.start + life)
        lp.le(("open once", s), total(opened.values()), 1.0)
        for t in plan.periods:
            if plan.closed(s, t):
                plan.hall[s, t.i] = Lin()
                continue
            built = total(fitout[v.i] for v in plan.up_to(t)) + existing
            is_open = Lin(k=1.0) if existing else total(opened[v.i] for v in plan.up_to(t))
            plan.hall[s, t.i] = built
            lp.le(("hall at most", s, t.name), built, is_open * most)
            if not existing:
                lp.ge(("hall at least", s, t.name), built, is_open * least)
            plan.flow("L1", t, built * (num(row, "opex_usd_per_kw_year", 0.0) * 1e-3), s)
