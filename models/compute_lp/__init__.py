"""The linear programme of the planner: parts, tables, reports and `build`."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pyomo.core as pyo

from compute_lp import (
    adoption,
    budget,
    clouds,
    energy,
    export_control,
    frame,
    grid,
    load,
    objective,
    procurement,
    serving,
    siting,
    sovereignty,
    training,
)
from compute_lp.ledger import close_ledgers
from compute_lp.schema import Inputs, Problem

PARTS = (
    frame,
    siting,
    grid,
    energy,
    procurement,
    clouds,
    export_control,
    training,
    serving,
    load,
    adoption,
    sovereignty,
    budget,
    objective,
)
TABLES = tuple(table for part in PARTS for table in part.TABLES)


def block_name(part: ModuleType) -> str:
    """Name of a part's block: its file's, save `loads` for load.py, a word Pyomo keeps for itself."""
    name = part.__name__.rsplit(".", 1)[-1]
    return "loads" if part is load else name


REPORTS = {block_name(part): part.REPORTS for part in PARTS[1:]}
PRICES = {block_name(part): part.PRICES for part in PARTS[1:]}


def reach(inputs: Inputs) -> Any:
    """What could be by when, whatever the plan: a model with its base sets and, of each part, the arrays that tell what
    could stand, be bought, be trained or answer; no programme is declared yet, and nothing has an hour."""
    m = pyo.ConcreteModel(str(inputs.settings["name"]))
    for part in PARTS:
        if part is not frame:
            m.add_component(block_name(part), pyo.Block())
        if hasattr(part, "reach"):
            part.reach(m, inputs)
    return m


def build(inputs: Inputs) -> Any:
    """The programme of checked inputs, as Pyomo rules over arrays; one block a part, named after its file."""
    m = reach(inputs)
    for part in PARTS:
        part.build(m, inputs)
        if part is energy:
            grid.close(m)
    close_ledgers(m)
    return m


def check(inputs: Inputs) -> list[Problem]:
    """What contradicts itself in inputs whose cells are right one by one; every part's own checks."""
    return [problem for part in PARTS for problem in part.check(inputs)]
