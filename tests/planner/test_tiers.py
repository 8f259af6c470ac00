"""Demand by tier: what `demand_tiers` leaves out is as if it had never been written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pytest import approx

from compute_lp.schema import InputError, Inputs
from planner.plan import plan
from planner.tiers import within_tiers
from tests.models.programmes import demand, programme

TIERS = {"letters": "public", "claims": "regulated", "code": "economy", "other": ""}
"""A workload of each tier, and one without."""
T_PER_MH = 1e6 / 3600
"""Tokens a second that make a T in a million hours, so that a thousand units' year makes 8.76 T."""
ASKED_K = {"letters": 1.0, "claims": 2.0, "code": 4.0, "other": 8.0}
"""Work of so many thousand units, all different, so that each sum says which were counted."""


def book(names: list[str], tiers: str = "all") -> Inputs:
    """The smallest programme with some of the workloads, each in all sheets that refer to one."""
    sheets: dict[str, Any] = {
        "workloads": [{"workload": name, "tier": TIERS[name]} for name in names],
        "demand": [row for name in names for row in demand(ASKED_K[name], ASKED_K[name], workload=name)],
        "sufficiency": [{"workload": name} for name in names],
        "throughput": [{"latency": "interactive", "output_tokens_per_s": T_PER_MH}],
        "adoption": [{"workload": name, "start_t_per_year": 1000} for name in names],
    }
    return programme(settings={"demand_tiers": tiers}, **sheets)


@pytest.mark.parametrize(
    ("tiers", "left"),
    [
        ("public", ["letters", "other"]),
        ("public_regulated", ["letters", "claims", "other"]),
        ("all", ["letters", "claims", "code", "other"]),
    ],
)
def test_a_plan_within_tiers_is_that_of_the_workbook_with_the_other_rows_deleted(tiers: str, left: list[str]) -> None:
    """A unit costs 1,000 USD and nothing else does, so the plan costs a MUSD for each thousand units of work."""
    made, deleted = plan(book(list(TIERS), tiers)), plan(book(left))
    assert made.objective_musd == approx(sum(ASKED_K[name] for name in left))
    assert made.objective_musd == deleted.objective_musd
    assert made.arrays.matrix.shape == deleted.arrays.matrix.shape
    assert (made.solution.x == deleted.solution.x).all()
    for sheet in ("workloads", "demand", "sufficiency", "adoption"):
        assert made.inputs[sheet].equals(deleted.inputs[sheet])


def test_all_tiers_leave_the_inputs_as_they_are() -> None:
    inputs = book(list(TIERS))
    assert within_tiers(inputs) is inputs


def test_cells_stay_those_of_the_workbook() -> None:
    """Rows 0 and 3 of the workloads are left; the second of them is still the workbook's fourth."""
    inputs = book(list(TIERS), "public")
    cells = {name: lambda row, column, name=name: f"{name}!{column}{row}" for name in ("workloads", "demand", "sites")}
    found = within_tiers(replace(inputs, cells=cells))
    assert list(found["workloads"]["workload"]) == ["letters", "other"]
    assert found.cells["workloads"](1, "latency") == "workloads!latency3"
    assert found.cells["workloads"](None, "latency") == "workloads!latencyNone"
    assert found.cells["demand"](2, "period") == "demand!period6"
    assert found.cells["sites"](0, "pue") == "sites!pue0"


def test_tiers_that_leave_no_workload_are_a_problem() -> None:
    with pytest.raises(InputError, match="no workload is of these tiers"):
        book(["claims", "code"], "public")
