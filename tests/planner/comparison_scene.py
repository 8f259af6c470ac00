"""A comparison of made-up scenarios, without a run: a base, a failure mode in three variants, a choice of no weight."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from planner.compare.bridge import Bridge
from planner.compare.insight import Insight
from planner.compare.page import Views
from planner.compare.regret import Regret, summarised
from planner.compare.views.differences import COLUMNS as DIFFERENCES
from planner.compare.views.scoreboard import scoreboard

RUN = Path("run")
COMMIT = "2028-01"
WORTH = pd.DataFrame(columns=["part", "constraint", "keys", "worth_musd", "later_musd"])


@dataclass(frozen=True, eq=False)
class Made:
    """What is asked of a case that is compared."""

    name: str
    figures: dict[str, Any]
    weight: float = 1.0
    title: str = ""
    run: Path = RUN
    record: dict[str, Any] = field(default_factory=dict)
    most_served: bool = False

    @property
    def scenario(self) -> str:
        return self.name

    @property
    def inputs(self) -> Any:
        return SimpleNamespace(settings={"name": "case"})

    @property
    def exists(self) -> bool:
        return "objective_musd" in self.figures

    @property
    def status(self) -> str:
        return "optimal" if self.exists else "failed"


def figures(objective: float, cost: float, unserved: float, home: float, bound: float | None = None) -> dict[str, Any]:
    """Headline figures; of 200 H100e at the end, `home` stand at home."""
    return {
        "objective_musd": objective,
        "bound_musd": objective if bound is None else bound,
        "cost_musd": cost,
        "unserved_t": unserved,
        "value_unserved_musd": objective - cost,
        "served_t": 100.0 - unserved,
        "compute_h100e_end": 200.0,
        "home_h100e_end": home,
    }


CASES = (
    Made("base", figures(1000, 800, 10, 200), 0.5, "As expected"),
    Made("political_fragility_high", figures(2000, 500, 40, 180), 0.1, "Budgets are cut by half"),
    Made("political_fragility_low", figures(1100, 780, 12, 200), 0.2, "Budgets are trimmed"),
    Made("political_fragility", figures(1300, 700, 20, 190), 0.2, "Budgets are frozen"),
    Made("all_at_home", figures(1200, 1000, 10, 200), 0.0, "A choice"),
    Made("tight_caps", {}, 0.1, "Ceilings", record={"reason": "no plan exists"}),
)


def orders(**amounts: float) -> Insight:
    """Sites, accelerators and clouds by name, each ordered in 2027-05 and as much again after the commitment date."""
    kinds = {"pune": "site", "agra": "site", "chip": "accelerator", "pool": "cloud"}
    rows = [(kinds[name], name, month, size) for name, size in amounts.items() for month in ("2027-05", "2028-05")]
    return Insight(WORTH, pd.DataFrame(rows, columns=["kind", "item", "ordered", "amount"]))


def views(cases: tuple[Made, ...] = CASES, **tables: pd.DataFrame) -> Views:
    """With scoreboard, what differs, and orders of the base and of the failure mode; `tables` beside these."""
    scenes: Any = cases
    changes = [
        ("political_fragility_low", "budget cuts", "budgets", "musd", 4, "100 to 200", "80 to 160", 0.8, ""),
        ("political_fragility_low", "grid delays", "grid_offers", "lead_months", 1, "24", "30", 1.25, ""),
        ("political_fragility_low", "grid delays", "grid_offers", "lead_months_low", 1, "12", "18", 1.5, ""),
        ("political_fragility", "budget cuts", "budgets", "musd", 4, "100 to 200", "60 to 120", 0.6, ""),
        ("political_fragility", "grid delays", "grid_offers", "lead_months", 1, "24", "36", 1.5, ""),
        ("political_fragility_high", "budget cuts", "budgets", "musd", 4, "100 to 200", "50 to 100", 0.5, ""),
        ("all_at_home", "borders", "sites", "", 2, "site=oslo; country=NO", "nothing", float("nan"), ""),
    ]
    found = {"scoreboard": scoreboard(scenes, scenes[0]), "differences": pd.DataFrame(changes, columns=DIFFERENCES)}
    told = {"base": orders(pune=10, chip=1000, pool=50), "political_fragility": orders(pune=4, agra=3, chip=1010)}
    return Views(scenes, scenes[0], COMMIT, told, {**found, **tables})


def bridge() -> Bridge:
    """From 1000 to 1300: budget cuts 280, grid delays -5, whole numbers 25."""
    rows = [
        ("political_fragility", lever, musd, musd - 1, musd + 1, 0.0, 4)
        for lever, musd in (("grid delays", -5.0), ("budget cuts", 280.0), ("whole numbers", 25.0))
    ]
    columns = ["scenario", "lever", "musd", "least_musd", "most_musd", "standard_error_musd", "subsets"]
    return Bridge("political_fragility", pd.DataFrame(rows, columns=columns), 1000, 1300, False, (), 2, 2, False)


def regret(**rows: dict[str, float]) -> Regret:
    """By plan, its regret in each scenario, MUSD; all weigh 1."""
    told = [(plan, world, musd, 0.1, 0.0) for plan, worlds in rows.items() for world, musd in worlds.items()]
    table = pd.DataFrame(told, columns=["plan_of", "lived_in", "regret_musd", "regret_share", "fallen_away_share"])
    none = pd.DataFrame(columns=["decision", "unit", "least", "most", "base", "scenarios"])
    return Regret(table, summarised(table, dict.fromkeys(rows, 1.0)), none, (), (), 12.0, False)


REGRET = {
    "base": {"base": 0.0, "political_fragility": 30.0, "all_at_home": 5.0},
    "political_fragility": {"base": 10.0, "political_fragility": 0.0, "all_at_home": 8.0},
    "all_at_home": {"base": 40.0, "political_fragility": 20.0, "all_at_home": 0.0},
}


def material(**more: Any) -> Any:
    """What an appendix reads, of the base unless told otherwise; nothing solved for or measured."""
    from planner.compare.solved import NOTHING

    empty = pd.DataFrame()
    given = {"case": CASES[0], "views": views(), "solved": NOTHING, "tornado": empty, "switching": empty} | more
    return SimpleNamespace(**given, figures=given["case"].figures)
