"""What can be told before solving, in the workbook's terms: what can't be powered, hosted, bought or answered whatever
the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from compute_lp.schema import Inputs, Problem
from compute_lp.training import TRAINED


def foreseen(inputs: Inputs, model: Any) -> list[Problem]:
    """Warnings about a programme, each with its cell.

    `inputs` with its rates, `model` as `compute_lp.reach` or `build` gives it.
    """
    found = [
        *_sites(inputs, model),
        *_accelerators(inputs, model),
        *_licences(inputs, model),
        *_models(inputs, model),
        *_workloads(inputs, model),
    ]
    return [replace(problem, cell=_cell(inputs, problem), severity="warning") for problem in found]


def _cell(inputs: Inputs, problem: Problem) -> str:
    find = inputs.cells.get(problem.sheet)
    return str(find(problem.row, problem.column)) if find is not None else ""


def _sites(inputs: Inputs, m: Any) -> Iterator[Problem]:
    power = m.firm_reach_mw + m.generator_credit_reach_mw + np.minimum(m.battery_credit_reach_mw, m.non_firm_reach_mw)
    for s in np.flatnonzero((power <= 0).all(axis=1)):
        site = m.SITES.labels()[s]
        yield Problem(
            "sites",
            f"{site} has no firm power in any period, so nothing can stand there",
            row=int(s),
            column="site",
            value=site,
            right="a firm stage in grid_offers whose lead ends within the horizon, or a firm generator",
        )


def _accelerators(inputs: Inputs, m: Any) -> Iterator[Problem]:
    had = m.procurement.owned.any(axis=(1, 2))
    for codes in (m.procurement.BUY.codes[0], m.cloud_chip):
        had[codes] = True
    for g in np.flatnonzero(~had):
        chip = m.ACCELERATORS.labels()[g]
        yield Problem(
            "accelerators",
            f"{chip} can be bought at no site in any period",
            row=int(g),
            column="accelerator",
            value=chip,
            right="release, last_order, lead_months and export_rules that leave a date of order after plan start",
        )


def _licences(inputs: Inputs, m: Any) -> Iterator[Problem]:
    used = m.export_control.fits.any(axis=1)
    table = inputs["export_licences"]
    names = table["licence"].to_list()
    sleeping = _sleeping_rules(inputs, m)
    idle = np.array([x for x in np.flatnonzero(~used) if table["rule"].iloc[int(x)] not in sleeping], dtype=np.intp)
    for rule in dict.fromkeys(table["rule"].iloc[idle]):
        pots = [int(x) for x in idle if table["rule"].iloc[int(x)] == rule]
        yield Problem(
            "export_licences",
            f"under rule {rule}, {_listed([names[x] for x in pots])} can serve no purchase",
            row=pots[0],
            column="allocated",
            value=str(table["allocated"].iloc[pots[0]]),
            right="dates that hold the start of a period in which something under the rule can arrive there",
        )


def _sleeping_rules(inputs: Inputs, m: Any) -> set[str]:
    """Rules that begin after the horizon: they wait for a scenario to wake them."""
    rules = inputs["export_rules"]
    begins = m.calendar.since_start(rules["from"], blank=0.0)
    return set(rules["rule"][begins >= m.calendar.horizon])


def _listed(names: list[str]) -> str:
    return f"pot {names[0]}" if len(names) == 1 else f"{len(names)} pots ({names[0]} … {names[-1]})"


def _models(inputs: Inputs, m: Any) -> Iterator[Problem]:
    models = inputs["models"]
    rates = inputs.rates("training_rates")
    carried = set(rates.loc[rates["can_train"].astype(bool), "model"])
    can_run = np.zeros(m.MODELS.size, dtype=bool)
    can_run[m.training.RUNS.codes[0]] = True
    for i, (name, route) in enumerate(zip(models["model"], models["route"], strict=True)):
        if route not in TRAINED or can_run[i]:
            continue
        if name not in carried:
            yield Problem(
                "models",
                f"no accelerator can train {name}: 16 bytes a parameter on at most 1,024 units, linked by at "
                "least 100 GB/s above 8 units",
                row=i,
                column="total_params_b",
                value=float(models["total_params_b"].iloc[i]),
                right="accelerators with more memory or a faster link, or a smaller model",
            )
        else:
            yield Problem(
                "models",
                f"no cluster that could stand at one site, with a base that is ready, can finish {name} in "
                f"{models['max_run_months'].iloc[i]:g} months in any period",
                row=i,
                column="max_run_months",
                value=float(models["max_run_months"].iloc[i]),
                right="more hall or firm power at a site, more supply, a longer run, a pool that trains, or less work",
            )


def _workloads(inputs: Inputs, m: Any) -> Iterator[Problem]:
    """Demand that nothing can answer: a problem for each workload of which all must be served, one for all others."""
    serving = m.serving
    answered = np.zeros(serving.DEMANDED.size, dtype=bool)
    w, b, _, t = serving.ANSWERS.codes
    answered[serving.DEMANDED.find(w, b, t)] = True
    demand = serving.demand_t[serving.DEMANDED.codes]
    said = []
    for workload in range(m.WORKLOADS.size):
        of_it = serving.DEMANDED.codes[0] == workload
        rows = np.flatnonzero(of_it & ~answered)
        if not rows.size:
            continue
        name = m.WORKLOADS.labels()[workload]
        times = np.unique(serving.DEMANDED.codes[2][rows])
        asked = demand[of_it & np.isin(serving.DEMANDED.codes[2], times)].sum()
        missing = demand[rows].sum()
        told = f"{missing / asked:.1%} of {name} in {_span([m.PERIODS.labels()[t] for t in times])}"
        if np.isnan(m.value_musd_per_t[workload]):
            yield Problem(
                "workloads",
                f"{told} ({missing:.3g} T) can be answered by no model that could be ready on an accelerator that "
                "could stand by then; all of it must be served, so no plan exists",
                row=workload,
                column="workload",
                value=name,
                right=ANSWERED_BY,
            )
        else:
            said.append(told)
    if said:
        yield Problem(
            "workloads",
            "shares of demand that no model could answer that is ready by then on an accelerator that could stand: "
            + "; ".join(said),
            right=ANSWERED_BY,
        )


ANSWERED_BY = (
    "a model with a share in sufficiency that is released or trained in time, and accelerators that arrive by the "
    "period's start (lead_months), stand in fleet, or are rented"
)


def _span(periods: list[Any]) -> str:
    return str(periods[0]) if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
