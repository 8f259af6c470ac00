"""Demand by tier: the setting `demand_tiers` of the programme leaves out workloads of the tiers it doesn't name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

import compute_lp
from compute_lp.frame import DEMAND_TIERS
from compute_lp.schema import Codes, Inputs, Mask, Table

WORKLOAD = "workloads.workload"


def within_tiers(inputs: Inputs) -> Inputs:
    """The inputs, not yet with rates, without the workloads outside the tiers and all rows that refer to them.

    A workload without a tier stays. Cells are those of the workbook still.
    """
    workloads = inputs["workloads"]
    counted = workloads["tier"].isin(["", *DEMAND_TIERS[inputs.settings["demand_tiers"]]]).to_numpy(dtype=np.bool_)
    if counted.all():
        return inputs
    left_out = set(workloads["workload"][~counted])
    tables, cells = dict(inputs.tables), dict(inputs.cells)
    for table in compute_lp.TABLES:
        if table.settings:
            continue
        kept = _kept(table, inputs, left_out)
        if kept.all():
            continue
        tables[table.name] = inputs[table.name][kept].reset_index(drop=True)
        if table.name in cells:
            cells[table.name] = _moved(cells[table.name], np.flatnonzero(kept))
    return replace(inputs, tables=tables, cells=cells)


def _kept(table: Table, inputs: Inputs, left_out: set[str]) -> Mask:
    """Rows of a table that don't stand for or refer to what is left out."""
    frame = inputs[table.name]
    kept = np.ones(len(frame), dtype=np.bool_)
    for column in table.columns:
        if f"{table.name}.{column.name}" == WORKLOAD or WORKLOAD in column.refers_to:
            kept &= ~frame[column.name].isin(left_out).to_numpy(dtype=np.bool_)
    return kept


def _moved(cell: Callable[[int | None, str | None], str], positions: Codes) -> Callable[[int | None, str | None], str]:
    """The cell of a row by its new position."""
    return lambda row, column: cell(None if row is None else int(positions[row]), column)
