"""The views that are solved for: bridge, regret, alternatives, trade-offs; made in a laboratory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pandas as pd

from planner.compare import alternatives as near
from planner.compare import bridge as bridging
from planner.compare import frontier as trading
from planner.compare import regret as regretting
from planner.compare.laboratory import BASE

if TYPE_CHECKING:
    from planner.compare.laboratory import Laboratory

Found = TypeVar("Found")
BRIDGE, REGRET, ALTERNATIVES, TRADE_OFF = "bridge", "regret", "alternatives", "tradeoff"
CURVES: tuple[trading.What, ...] = ("home", "carbon", "unserved")


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


class Keeper(Protocol):
    """What hands out what was solved before; see `planner.compare.kept`."""

    def made(self, view: str, key: str, scenarios: Sequence[str], make: Callable[[], Found]) -> Found: ...

    def knows(self, view: str, key: str, scenarios: Sequence[str]) -> bool: ...

    def keep(self, view: str, key: str, scenarios: Sequence[str], found: Any) -> None: ...


class Forgets:
    """A keeper that keeps nothing."""

    def made(self, view: str, key: str, scenarios: Sequence[str], make: Callable[[], Found]) -> Found:
        return make()

    def knows(self, view: str, key: str, scenarios: Sequence[str]) -> bool:
        return False

    def keep(self, view: str, key: str, scenarios: Sequence[str], found: Any) -> None:
        pass


def solve(
    lab: Laboratory,
    views: Collection[str],
    scenarios: Sequence[str],
    base: str,
    commit_months: float,
    keeper: Keeper | None = None,
) -> Solved:
    """The views that are asked for, of the run's scenarios. One that can't be made is told, the others go on."""
    from planner.questions.again import Unusable
    from planner.solve import SolverFailure

    keep: Keeper = keeper or Forgets()
    made: dict[str, Any] = {}
    failed: dict[str, str] = {}

    def bridges() -> dict[str, Any]:
        found, late = [], {}
        for name in scenarios:
            if name != base and lab.levers[name]:
                try:
                    found.append(keep.made(BRIDGE, name, (BASE, name), partial(bridging.bridge, lab, name)))
                except Unusable as fault:
                    late[name] = str(fault)
        if late:
            failed[BRIDGE] = "; ".join(f"{name}: {why}" for name, why in late.items())
        return {"bridges": found}

    def regrets() -> dict[str, Any]:
        make = partial(regretting.regret, lab, scenarios, commit_months, keep)
        return {"regret": keep.made(REGRET, f"{commit_months:g} months", scenarios, make)}

    def alternatives() -> dict[str, Any]:
        def make() -> tuple[pd.DataFrame, pd.DataFrame]:
            ranges = near.alternatives(lab, base)
            return ranges, near.unlike_plans(lab, base, ranges)

        ranges, unlike = keep.made(ALTERNATIVES, base, (base,), make)
        return {"ranges": ranges, "unlike": unlike}

    def curves() -> dict[str, Any]:
        def make(what: trading.What) -> pd.DataFrame:
            return trading.frontier(lab, what, scenario=base)

        return {"curves": [keep.made(TRADE_OFF, f"{base} {what}", (base,), partial(make, what)) for what in CURVES]}

    makers = {BRIDGE: bridges, REGRET: regrets, ALTERNATIVES: alternatives, TRADE_OFF: curves}
    for name, make in makers.items():
        if name not in views:
            continue
        try:
            made |= make()
        except (Unusable, SolverFailure) as fault:
            failed[name] = str(fault)
    return Solved(**made, value_served=lab.most_served, failed=failed)
