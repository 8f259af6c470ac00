"""The views that are solved for: bridge, regret, alternatives, trade-offs; made in a laboratory, and as blocks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.compare import alternatives as near
from planner.compare import bridge as bridging
from planner.compare import frontier as trading
from planner.compare import regret as regretting
from planner.compare.laboratory import FRACTIONS
from planner.report.blocks import Block, Column, Heading, Note, Paragraph, Table
from planner.report.charts import bridge as bridge_chart
from planner.report.charts import regret as regret_chart
from planner.report.charts import tradeoff

if TYPE_CHECKING:
    from planner.compare.laboratory import Laboratory

BRIDGE, REGRET, ALTERNATIVES, TRADE_OFF = "bridge", "regret", "alternatives", "tradeoff"
CURVES: tuple[trading.What, ...] = ("home", "carbon", "unserved")


MOST_LEVERS = 3
"""Levers of a scenario that are told on a screen."""


@dataclass(frozen=True, eq=False)
class Solved:
    """What was solved for; what wasn't asked for is empty. `failed`: what couldn't be solved, and why, by view."""

    bridges: Sequence[bridging.Bridge] = ()
    regret: regretting.Regret | None = None
    ranges: pd.DataFrame | None = None
    unlike: pd.DataFrame | None = None
    curves: Sequence[pd.DataFrame] = ()
    value_served: bool = False
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Each view's tidy table, by its name."""
        found: dict[str, pd.DataFrame] = {}
        if self.bridges:
            found[BRIDGE] = pd.concat([one.table for one in self.bridges], ignore_index=True)
        if self.regret is not None:
            found |= {REGRET: self.regret.table, "regret_summary": self.regret.summary}
            found["no_regret"] = self.regret.no_regret
        if self.ranges is not None and self.unlike is not None:
            found |= {ALTERNATIVES: self.ranges, "unlike_plans": self.unlike}
        if self.curves:
            found[TRADE_OFF] = pd.concat(list(self.curves), ignore_index=True)
        return found


NOTHING = Solved()


def solve(lab: Laboratory, views: Collection[str], scenarios: Sequence[str], base: str, commit_months: float) -> Solved:
    """The views that are asked for, of the run's scenarios. One that can't be made is told, the others go on."""
    from planner.questions.again import Unusable
    from planner.solve import SolverFailure

    made: dict[str, Any] = {}
    failed: dict[str, str] = {}

    def bridges() -> dict[str, Any]:
        found, late = [], {}
        for name in scenarios:
            if name != base and lab.levers[name]:
                try:
                    found.append(bridging.bridge(lab, name))
                except Unusable as fault:
                    late[name] = str(fault)
        if late:
            failed[BRIDGE] = "; ".join(f"{name}: {why}" for name, why in late.items())
        return {"bridges": found}

    def regrets() -> dict[str, Any]:
        return {"regret": regretting.regret(lab, scenarios, commit_months)}

    def alternatives() -> dict[str, Any]:
        ranges = near.alternatives(lab, base)
        return {"ranges": ranges, "unlike": near.unlike_plans(lab, base, ranges)}

    def curves() -> dict[str, Any]:
        return {"curves": [trading.frontier(lab, what, scenario=base) for what in CURVES]}

    makers = {BRIDGE: bridges, REGRET: regrets, ALTERNATIVES: alternatives, TRADE_OFF: curves}
    for name, make in makers.items():
        if name not in views:
            continue
        try:
            made |= make()
        except (Unusable, SolverFailure) as fault:
            failed[name] = str(fault)
    return Solved(**made, value_served=lab.most_served, failed=failed)


def solved_blocks(solved: Solved, *, short: bool = False) -> tuple[list[Block], list[Block]]:
    """The bridge's blocks, which come third of all views, and those that come last."""
    rest = [*_regret(solved, short=short), *_alternatives(solved, short=short), *_curves(solved, short=short)]
    return [*_bridges(solved, short=short)], rest


def _failed(solved: Solved, view: str, heading: str) -> Iterator[Block]:
    if view in solved.failed:
        yield Heading(heading)
        yield Note(f"Not all of this view could be made: {solved.failed[view]}.")


def _bridges(solved: Solved, *, short: bool) -> Iterator[Block]:
    yield from _failed(solved, BRIDGE, "Bridge")
    if not solved.bridges:
        return
    if BRIDGE not in solved.failed:
        yield Heading("Bridge")
    if short:
        yield from _bridges_in_short(solved.bridges)
        return
    for found in solved.bridges:
        yield Heading(f"From base to {found.scenario}", 2)
        yield Paragraph(" ".join(bridging.sentences(found)))
        if found.table.empty:
            continue
        if np.isfinite(found.difference_musd) and np.isfinite(found.table["musd"]).all():
            yield bridge_chart(
                found.table,
                title=f"From base to {found.scenario}, by lever",
                alt=f"The objective of the base, what each lever adds, the objective of {found.scenario}.",
                caution="Levers work together: a share is the mean over orders, not what the lever does alone.",
                step=Column("lever", "Lever", kind="text"),
                value=Column("musd", "Share", "M USD"),
                least=Column("least_musd", "Least in any order", "M USD"),
                most=Column("most_musd", "Most", "M USD"),
                start=found.base_musd,
                start_label="base",
                end_label=found.scenario,
                sheet=f"Bridge {found.scenario}"[:31],
            )
        columns = (
            Column("lever", "Lever", kind="text"),
            Column("musd", "Share", "M USD"),
            Column("least_musd", "Least in any order", "M USD"),
            Column("most_musd", "Most", "M USD"),
            Column("standard_error_musd", "Standard error", "M USD"),
        )
        yield Table(f"Shares of levers, {found.scenario}", found.table, columns)


def _bridges_in_short(bridges: Sequence[bridging.Bridge]) -> Iterator[Block]:
    """The largest shares of each scenario; in words where nothing could be shared."""
    for found in bridges:
        if found.table.empty:
            yield Paragraph(" ".join(bridging.sentences(found)[:-1]))
    table = pd.concat([one.table for one in bridges], ignore_index=True)
    largest = table["musd"].abs().groupby(table["scenario"]).rank(ascending=False, method="first")
    columns = (
        Column("scenario", "Scenario", kind="text"),
        Column("lever", "Lever", kind="text"),
        Column("musd", "Share", "M USD"),
        Column("least_musd", "Least in any order", "M USD"),
        Column("most_musd", "Most", "M USD"),
    )
    note = f"Up to {MOST_LEVERS} levers a scenario, the largest; all are in the page. {FRACTIONS.capitalize()}."
    yield Table("Shares of levers in the difference", table[largest <= MOST_LEVERS], columns, note)


def _regret(solved: Solved, *, short: bool) -> Iterator[Block]:
    yield from _failed(solved, REGRET, "Regret")
    found = solved.regret
    if found is None:
        return
    yield Heading("Regret")
    yield Paragraph(" ".join(regretting.sentences(found)))
    if len(found.summary) < 2:
        return
    columns = (
        Column("plan_of", "Begun with the plan of", kind="text"),
        Column("maximum_musd", "Largest regret", "M USD"),
        Column("worst_in", "In", kind="text"),
        Column("mean_musd", "Mean", "M USD"),
        Column("weighted_mean_musd", "By weight", "M USD"),
        Column("most_fallen_away_share", "Most that falls away", kind="share"),
    )
    if not short:
        yield regret_chart(
            found.table,
            title="Regret of beginning with one plan and living in another scenario",
            alt="A row a plan whose first orders are held, a column the scenario that comes; regret in M USD.",
            caution="Only first orders are held; all later ones are planned anew, knowing what came.",
            plan=Column("plan_of", "Plan", kind="text"),
            world=Column("lived_in", "Lived in", kind="text"),
            value=Column("regret_musd", "Regret", "M USD"),
            sheet="Regret",
        )
    yield Table("Largest regret of each plan", found.summary, columns, sheet="Regret summary")
    if len(found.no_regret) and not short:
        named = (
            Column("decision", "Decision", kind="text"),
            Column("least", "Least"),
            Column("most", "Most"),
            Column("base", "Base's"),
            Column("unit", "Unit", kind="text"),
            Column("scenarios", "Scenarios", kind="integer"),
        )
        yield Table("Decisions of no regret", found.no_regret, named, sheet="No regret")


def _alternatives(solved: Solved, *, short: bool) -> Iterator[Block]:
    yield from _failed(solved, ALTERNATIVES, "Alternatives")
    if solved.ranges is None or solved.unlike is None:
        return
    yield Heading("Alternatives")
    yield Paragraph(" ".join(near.sentences(solved.ranges, solved.unlike)))
    if short or solved.ranges.empty:
        return
    columns = (
        Column("decision", "Decision", kind="text"),
        Column("unit", "Unit", kind="text"),
        Column("best", "In the best plan"),
        Column("within", "Dearer by up to", kind="share"),
        Column("least", "Least"),
        Column("most", "Most"),
    )
    yield Table("Ranges of decisions", solved.ranges, columns, sheet="Alternatives")


def _curves(solved: Solved, *, short: bool) -> Iterator[Block]:
    yield from _failed(solved, TRADE_OFF, "Trade-off")
    if not solved.curves:
        return
    yield Heading("Trade-off")
    for curve in solved.curves:
        yield Paragraph(" ".join(trading.sentences(curve, value_served=solved.value_served)))
        if short or len(curve) < 2:
            continue
        what, unit = str(curve["what"].iloc[0]), str(curve["unit"].iloc[0])
        yield tradeoff(
            curve,
            title=f"Cost against {trading.SAID[what]}",
            alt=f"A point a solved plan: {trading.SAID[what]} across, cost upward, with the slope at each point.",
            caution="A slope holds at its point; between points the curve may bend.",
            across=Column("value", trading.SAID[what].capitalize(), "" if unit == "share" else unit),
            value=Column("cost_musd", "Cost", "M USD"),
            slope=Column("slope_musd_per_unit", "Slope", f"M USD per {'1 of share' if unit == 'share' else unit}"),
            sheet=f"Trade-off {what}",
        )
