"""Why something can't be in a plan, or not yet, whatever it costs: told with the cells that say so.

Each function gives sentences; none where nothing but its cost keeps the thing out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from compute_lp.calendar import SLACK_YEARS
from compute_lp.grid import LEAD_COLUMN
from compute_lp.schema import Mask, Problem
from compute_lp.units import MONTHS
from planner.plan import Plan
from planner.questions.items import Item, cell_of

MONTHS_A_YEAR = 12


def reasons(plan: Plan, item: Item) -> list[str]:
    """What keeps an item out of all periods, or of the first ones."""
    of_kind = REASONS.get(item.kind.word)
    told = list(of_kind(plan, item)) if of_kind is not None else []
    if item.kind.word != "accelerator":
        told += [
            f"{problem.message}: {_where(plan, problem)}"
            for problem in plan.foreseen
            if problem.sheet == item.kind.sheet and problem.row == item.row
        ]
    return told


def _where(plan: Plan, problem: Problem) -> str:
    find = plan.inputs.cells.get(problem.sheet)
    return problem.cell if find is None else str(find(problem.row, problem.column))


def _accelerator(plan: Plan, item: Item) -> Iterator[str]:
    m, calendar = plan.model, plan.model.calendar
    g, times, places = item.row, m.PERIODS.size, m.SITES.size
    chip = plan.inputs["accelerators"].iloc[g]
    release, last = (
        float(calendar.since_start([chip[c]], blank=b)[0]) for c, b in (("release", 0.0), ("last_order", np.inf))
    )
    lead_years = float(chip["lead_months"]) * MONTHS
    delay_years = m.export.delay_years[g, :, :times]
    order = calendar.start[None, :] - lead_years - delay_years
    denied, needs = m.export.denied[g, :, :times], m.export.licence[g, :, :times]
    early = order < max(release, 0.0) - SLACK_YEARS
    late = order > last + SLACK_YEARS
    licensed = np.zeros((places, times), dtype=bool)
    _, chips, sites, periods = m.export_control.LICENSED.codes
    licensed[sites[chips == g], periods[chips == g]] = True
    barred = needs & ~licensed
    possible = m.site_open & ~(denied | early | late | barred)
    cell = _cells(plan, item)
    if possible.any():
        first = int(np.flatnonzero(possible.any(axis=0))[0])
        if first and early[:, :first].all():
            yield f"it can arrive from {_label(plan, first)} on: {cell('release')}; {cell('lead_months')}"
        return
    open_sites = m.site_open & ~denied
    if denied.any():
        rules = sorted({int(r) for r in m.export.rule[g, :, :times][denied]})
        cells = "; ".join(str(cell_of(plan.inputs, "export_rules", r, "outcome")) for r in rules)
        named = ", ".join(str(plan.inputs["export_rules"]["rule"].iloc[r]) for r in rules)
        yield f"{_sites(plan, denied)} may not import it under {named}: {cells}"
    if (open_sites & early & ~late).any():
        begins = max(release, 0.0)
        wait = lead_years + float(delay_years[open_sites & early & ~late].min(initial=0.0))
        yield _too_late(plan, begins + wait, [cell("release"), cell("lead_months")], "it could arrive")
    if (open_sites & late).any():
        yield (
            f"an order by its last date arrives by {_month(plan, last + lead_years)}, before any period that an order "
            f"after plan start and release can reach: {cell('last_order')}; {cell('lead_months')}"
        )
    if (open_sites & barred & ~early & ~late).any():
        rules = sorted({int(r) for r in m.export.rule[g, :, :times][open_sites & barred]})
        cells = "; ".join(str(cell_of(plan.inputs, "export_rules", r, "outcome")) for r in rules)
        yield f"it needs a licence, and no pot in export_licences is open where and when it could arrive: {cells}"


def _stage(plan: Plan, item: Item) -> Iterator[str]:
    m = plan.model
    lead = LEAD_COLUMN[plan.inputs.settings["grid_delay"]]
    ready = _periods_of(plan, m.grid.READY, item.row)
    if not ready.any():
        energised = float(plan.inputs["grid_offers"][lead].iloc[item.row]) * MONTHS
        yield _too_late(plan, energised, [_cells(plan, item)(lead)], "it could be energised")
        yield from _closed(plan, item)
    elif not ready[0]:
        yield f"it can be energised from {_label(plan, int(np.argmax(ready)))} on: {_cells(plan, item)(lead)}"


def _asset(plan: Plan, item: Item) -> Iterator[str]:
    built = _periods_of(plan, plan.model.energy.BUILT, item.row)
    cell = _cells(plan, item)
    if not built.any():
        ready = float(plan.inputs["energy_assets"]["lead_months"].iloc[item.row]) * MONTHS
        if plan.inputs["energy_assets"]["until"].iloc[item.row]:
            yield f"it must leave before it could be in service: {cell('lead_months')}; {cell('until')}"
        else:
            yield _too_late(plan, ready, [cell("lead_months")], "it could be in service")
        yield from _closed(plan, item)
    elif not built[0]:
        yield f"it can be in service from {_label(plan, int(np.argmax(built)))} on: {cell('lead_months')}"


def _site(plan: Plan, item: Item) -> Iterator[str]:
    fitted = _periods_of(plan, plan.model.siting.FITOUT, item.row)
    cell = _cells(plan, item)
    if not fitted.any():
        ready = float(plan.inputs["sites"]["build_months"].iloc[item.row]) * MONTHS
        yield _too_late(plan, ready, [cell("build_months")], "new halls could be in service")
    elif not fitted[0]:
        yield f"new halls can be in service from {_label(plan, int(np.argmax(fitted)))} on: {cell('build_months')}"
    yield from _closed(plan, item)


def _cloud(plan: Plan, item: Item) -> Iterator[str]:
    signed = _periods_of(plan, plan.model.clouds.SIGNED, item.row)
    cell = _cells(plan, item)
    dates = [str(c) for c in (cell("available_from"), cell("available_to")) if c.value]
    if not signed.any():
        yield f"no period starts while it can be signed: {'; '.join(dates)}"
    elif not signed[0]:
        yield f"it can be signed from {_label(plan, int(np.argmax(signed)))} on: {'; '.join(dates)}"


def _model(plan: Plan, item: Item) -> Iterator[str]:
    m, cell = plan.model, _cells(plan, item)
    shares = plan.inputs["sufficiency"]
    own = np.flatnonzero((shares["model"] == item.name).to_numpy() & (shares["share"] > 0).to_numpy())
    if not own.size:
        yield f"it is good enough for no workload: sufficiency has no row of it with a share above 0 ({cell('model')})"
        return
    answers = (m.serving.ANSWERS.codes[2] == item.row).any()
    can_serve = m.can_serve[item.row]
    if not can_serve.any() and cell("available_from").value and not m.is_run[item.row]:
        yield f"it is released after the last period starts: {cell('available_from')}"
    elif can_serve.any() and not answers:
        yield "no accelerator that could stand in a period in which it can serve runs it (throughput, accelerators)"
    elif can_serve.any() and not can_serve[0] and not m.is_run[item.row]:
        since = cell("available_from")
        yield f"it can serve from {_label(plan, int(np.argmax(can_serve)))} on" + (f": {since}" if since.value else "")


def _licence(plan: Plan, item: Item) -> Iterator[str]:
    m, cell = plan.model, _cells(plan, item)
    if (m.export_control.LICENSED.codes[0] == item.row).any():
        return
    pot = plan.inputs["export_licences"].iloc[item.row]
    start = m.calendar.start
    begins = float(m.calendar.since_start([pot["allocated"]], blank=-np.inf)[0])
    ends = (
        begins + float(pot["expires_after_months"]) * MONTHS
        if pot["expires_after_months"] == pot["expires_after_months"]
        else np.inf
    )
    inside = (start >= begins - SLACK_YEARS) & (start <= ends + SLACK_YEARS)
    if not inside.any():
        cells = [cell("allocated"), cell("expires_after_months")]
        lapse = "" if np.isinf(ends) else f" and lapses in {_month(plan, ends)}"
        yield f"no period starts while it is open: it is allocated in {pot['allocated']}{lapse}: {_joined(cells)}"
    else:
        yield f"nothing that needs a licence under its rule can arrive there while it is open: {cell('rule')}"


REASONS: Mapping[str, Callable[[Plan, Item], Iterator[str]]] = {
    "accelerator": _accelerator,
    "stage": _stage,
    "asset": _asset,
    "site": _site,
    "cloud": _cloud,
    "model": _model,
    "licence": _licence,
}


def _periods_of(plan: Plan, index: Any, row: int) -> Mask:
    """Periods in which an index of (thing, period) has a row of a thing."""
    found = np.zeros(plan.model.PERIODS.size, dtype=np.bool_)
    found[index.codes[1][index.codes[0] == row]] = True
    return found


def _closed(plan: Plan, item: Item) -> Iterator[str]:
    sites = plan.inputs["sites"]
    row = int(np.flatnonzero(sites["site"] == item.keys["site"])[0])
    if sites["closed_from"].iloc[row]:
        yield f"the site closes: {cell_of(plan.inputs, 'sites', row, 'closed_from')}"


def _cells(plan: Plan, item: Item) -> Callable[[str], Any]:
    return lambda column: cell_of(plan.inputs, item.kind.sheet, item.row, column)


def _too_late(plan: Plan, ready_years: float, cells: Sequence[Any], what: str) -> str:
    last = _month(plan, float(plan.model.calendar.start[-1]))
    return f"{what} from {_month(plan, ready_years)} on, and the last period starts in {last}: {_joined(cells)}"


def _joined(cells: Sequence[Any]) -> str:
    return "; ".join(str(cell) for cell in cells if cell.value)


def _sites(plan: Plan, where: Mask) -> str:
    labels = plan.model.SITES.labels()
    return ", ".join(str(labels[s]) for s in np.flatnonzero(where.any(axis=1)))


def _label(plan: Plan, period: int) -> str:
    return str(plan.model.PERIODS.labels()[period])


def _month(plan: Plan, years: float) -> str:
    """A date, in years since plan start, by its month."""
    months = round((plan.model.calendar.plan_start + years) * MONTHS_A_YEAR)
    return f"{months // MONTHS_A_YEAR:04d}-{months % MONTHS_A_YEAR + 1:02d}"
