"""A run opened again: its plan, made anew from the run's own inputs and proven once more before anything is said of it.

The run folder keeps the solution (`solution.npz`: values, row duals, whole values, the bases of the plan and of its
relaxation). The inputs are read again,
the programme is built again, and our own check (`planner.solve.recheck`) proves that the stored solution is the
optimum of these very arrays, with the whole numbers it has. That no other whole numbers are better than the run's gap
says is the run's own proof, which holds as long as the inputs are the same: their hashes must be those of the manifest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from compute_lp.schema import Floats, InputError, Inputs
from planner import __version__
from planner.plan import Plan, formulate, value_served, with_rates, with_value_kept

if TYPE_CHECKING:
    from compute_lp.family import Arrays
    from planner.solve import Basis
    from planner.solve.solution import Status
    from planner.workbook import Opened

BASE = "base"
SOLUTION = "solution.npz"
ENTRIES: Mapping[str, tuple[type, str]] = {
    "scenarios": (list, "the names of its scenarios"),
    "hashes": (dict, "what its inputs were"),
    "by_scenario": (dict, "what each scenario came to"),
}
"""Of a manifest: what kind of thing each is, and what it tells."""
WITHOUT_PLAN = ("infeasible", "stopped", "error", "failed")


class Unusable(Exception):
    """A run that can't be questioned, in a sentence that says why and what to do."""


def store(plan: Plan, folder: Path) -> None:
    """Write the solution of a plan that exists into a scenario's folder."""
    from planner.solve import Basis

    solution = plan.solution
    none = Basis(np.empty(0, dtype=np.int8), np.empty(0, dtype=np.int8))
    basis, relaxation = solution.basis or none, solution.relaxation_basis or none
    np.savez_compressed(
        folder / SOLUTION,
        x=solution.x,
        row_dual=solution.row_dual,
        degenerate=solution.degenerate,
        basis_columns=basis.columns,
        basis_rows=basis.rows,
        relaxation_basis_columns=relaxation.columns,
        relaxation_basis_rows=relaxation.rows,
        whole=solution.x[plan.arrays.whole],
        status=np.array(solution.status),
        objective_musd=np.array(plan.objective_musd),
        objective=np.array(solution.objective),
        bound=np.array(solution.bound),
        gap=np.array(solution.gap),
        relaxation_objective=np.array(
            np.nan if solution.relaxation_objective is None else solution.relaxation_objective
        ),
    )


def reopen(
    run_folder: Path, scenario: str = BASE, *, book: Opened | None = None, progress: Callable[[str], None] | None = None
) -> Plan:
    """The plan of a run folder, made again and proven again; raises Unusable where that can't be done.

    Nothing is solved. `book` is the run's workbook where it is open and checked already (`unchanged`). `seconds` and
    `shortfalls` of the plan are empty, its log is the run's."""
    from compute_lp.family import expand

    say = progress or (lambda stage: None)
    say("reading the run")
    manifest = manifest_of(run_folder)
    record = _record(run_folder, manifest, scenario)
    stored = _stored(run_folder, manifest, scenario, record)
    inputs = with_rates(_inputs(run_folder, manifest, scenario, book))
    say("formulating")
    model, warnings = formulate(inputs)
    say("expanding")
    arrays = expand(model)
    log = run_folder / "scenarios" / scenario / "solver.log"
    solution = _solution(stored, record, log.read_text(encoding="utf-8") if log.is_file() else "")
    plan = Plan(inputs, model, arrays, solution, float(stored["objective_musd"]), (), tuple(warnings), {})
    say("proving the plan again")
    return _proven(plan, run_folder, manifest)


def optimised(plan: Plan) -> tuple[Arrays, Floats]:
    """The arrays whose least cost the plan is, and the duals of their rows.

    With the objective most_served they have one row more than the plan's: the value that must be served. The plan
    leaves its dual out; it is what makes the reduced cost of a basic column 0."""
    arrays, solution = plan.arrays, plan.solution
    from planner.solve.linear import BASIC

    if plan.inputs.settings["objective"] == "least_cost":
        return arrays, solution.row_dual
    value = value_served(arrays)
    kept = (1 - float(plan.inputs.settings["most_served_tolerance"])) * plan.objective_musd
    dual = 0.0
    if solution.basis is not None and solution.row_dual.size:
        worth = np.where(solution.basis.columns == BASIC, np.abs(value), 0.0)
        j = int(np.argmax(worth))
        if worth[j] > 0:
            unpriced = arrays.cost - arrays.matrix.T @ solution.row_dual
            dual = float(unpriced[j] / value[j])
    return with_value_kept(arrays, kept), np.append(solution.row_dual, dual)


def manifest_of(run_folder: Path) -> Mapping[str, Any]:
    """The manifest of a run folder; raises Unusable where there is none that can be read."""
    place = run_folder / "manifest.json"
    if not place.is_file():
        raise Unusable(f"{run_folder} is no run folder: it holds no manifest.json; `planner run` makes one")
    try:
        manifest = json.loads(place.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise Unusable(f"{place} can't be read ({fault}); run the workbook again") from fault
    if not isinstance(manifest, dict):
        raise Unusable(f"{place} can't be read (it is no table of names and values); run the workbook again")
    return manifest


def records_of(run_folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """What the manifest of a run folder says of each scenario; raises Unusable where it is of before it did."""
    records: Mapping[str, Mapping[str, Any]] = _entry(run_folder, manifest_of(run_folder), "by_scenario")
    return records


def unchanged(run_folder: Path, opened: Callable[[], Opened] | None = None) -> Opened:
    """The workbook of a run folder, which is still what the run was of; raises Unusable where it isn't. `opened` gives
    that workbook where it may be open already."""
    from planner import workbook

    manifest, folder = manifest_of(run_folder), run_folder / "inputs"
    try:
        book = opened() if opened is not None else workbook.opened(folder)
        inputs = book.findings.inputs
        if inputs is None:
            raise InputError(book.findings.problems)
    except InputError as fault:
        raise Unusable(f"{folder} no longer reads as the run's inputs: {fault.problems[0]}; run it again") from fault
    now, then = workbook.input_hash(inputs), _entry(run_folder, manifest, "hashes")
    changed = sorted({sheet for sheet in now.keys() | then.keys() if now.get(sheet) != then.get(sheet)})
    if changed and manifest["planner"] != __version__:
        raise Unusable(
            f"{run_folder} was made by planner {manifest['planner']}, and {__version__} reads its inputs differently "
            f"({', '.join(changed)}); run it again"
        )
    if changed:
        raise Unusable(f"{folder} has changed since the run, in {', '.join(changed)}; run it again")
    return book


def _entry(run_folder: Path, manifest: Mapping[str, Any], name: str) -> Any:
    """An entry of a manifest, as its kind in `ENTRIES` is; raises Unusable where the manifest is older than it."""
    kind, meaning = ENTRIES[name]
    if not isinstance(manifest.get(name), kind):
        maker = manifest.get("planner", "of another version")
        place = run_folder / "manifest.json"
        raise Unusable(f"{place} lacks {name}, {meaning}: planner {maker} made it; run the workbook again")
    return manifest[name]


def _record(run_folder: Path, manifest: Mapping[str, Any], scenario: str) -> Mapping[str, Any]:
    """What the manifest says of a scenario; in one of before there were several, of the run."""
    known = _entry(run_folder, manifest, "scenarios")
    if scenario not in known:
        raise Unusable(f"{run_folder} has no scenario {scenario!r}; it has {', '.join(known)}")
    record: Mapping[str, Any] = manifest["by_scenario"][scenario] if "by_scenario" in manifest else manifest
    return record


def _stored(
    run_folder: Path, manifest: Mapping[str, Any], scenario: str, record: Mapping[str, Any]
) -> Mapping[str, Any]:
    place = run_folder / "scenarios" / scenario / SOLUTION
    if not place.is_file():
        if record["status"] in WITHOUT_PLAN:
            where = run_folder if scenario == BASE else f"the scenario {scenario} of {run_folder}"
            raise Unusable(f"{where} has no plan to ask about: it ended as {record['status']}")
        raise Unusable(f"{run_folder} holds no {SOLUTION}: planner {manifest['planner']} made it; run it again")
    try:
        with np.load(place) as file:
            stored = {name: file[name] for name in file.files}
    except (OSError, ValueError) as fault:
        raise Unusable(f"{place} can't be read ({fault}); run the workbook again") from fault
    if not stored["row_dual"].size:
        raise Unusable(f"{run_folder} was stopped before its prices were known; run it again to the end")
    return stored


def _inputs(run_folder: Path, manifest: Mapping[str, Any], scenario: str, book: Opened | None) -> Inputs:
    """The run's inputs with the changes of a scenario; those of one that stands in no workbook are the manifest's."""
    from planner.scenarios import applied, scenarios, what_if

    book = book or unchanged(run_folder)
    try:
        known = scenarios(book)
        chosen = known[scenario] if scenario in known else what_if(book, manifest.get("set", ()), scenario)
        return applied(book, chosen).inputs
    except InputError as fault:
        why = f"planner {__version__} can't apply the scenario {scenario}: {fault.problems[0]}"
        raise Unusable(f"{why}; run it again") from fault


def _solution(stored: Mapping[str, Any], record: Mapping[str, Any], log: str) -> Any:
    from planner.solve import Solution

    relaxation = float(stored["relaxation_objective"])
    return Solution(
        status=cast("Status", str(stored["status"])),
        x=stored["x"],
        row_dual=stored["row_dual"],
        reduced_cost=np.empty(0),
        degenerate=stored["degenerate"],
        basis=_basis(stored, "basis"),
        relaxation_basis=_basis(stored, "relaxation_basis"),
        objective=float(stored["objective"]),
        bound=float(stored["bound"]),
        gap=float(stored["gap"]),
        relaxation_objective=None if np.isnan(relaxation) else relaxation,
        proof=record["proof"],
        log=log,
        seconds={},
        solver=record["solver"],
    )


def _basis(stored: Mapping[str, Any], name: str) -> Basis | None:
    """A stored basis; None where the plan had none, or the run is older than what is stored now."""
    from planner.solve import Basis

    columns = stored.get(f"{name}_columns")
    return None if columns is None or not columns.size else Basis(columns, stored[f"{name}_rows"])


def _proven(plan: Plan, run_folder: Path, manifest: Mapping[str, Any]) -> Plan:
    """The plan with its reduced costs, where its solution proves itself optimal for its arrays."""
    from planner.solve import recheck

    arrays, row_dual = optimised(plan)
    stored = plan.solution.x
    other = "" if manifest["planner"] == __version__ else f", made by planner {manifest['planner']},"
    advice = f"planner {__version__} makes another programme of the same inputs; run it again"
    if stored.shape != arrays.lower.shape or row_dual.shape != arrays.row_lower.shape:
        size = f"{len(row_dual):,} rows and {len(stored):,} columns"
        now = f"{len(arrays.row_lower):,} and {len(arrays.lower):,}"
        raise Unusable(f"the solution of {run_folder}{other} has {size}, the programme now {now}: {advice}")
    proof = recheck(arrays, stored, row_dual)
    if not proof.holds:
        raise Unusable(
            f"the solution of {run_folder}{other} is not this programme's optimum ({proof.faults[0]}): {advice}"
        )
    reduced = np.asarray(arrays.cost - arrays.matrix.T @ row_dual)
    return replace(plan, solution=replace(plan.solution, reduced_cost=reduced))
