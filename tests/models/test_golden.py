"""Each part's constraints as LP text, on a small programme with days of two hours.

A change of the formulation changes these texts, and shows in a review what it changes. They are written anew by
`pytest tests/models/test_golden.py --rewrite-golden`, and then read.
"""

from __future__ import annotations

import logging
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
import scipy.sparse as sp
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

import compute_lp
from compute_lp.family import expand, materialise
from tests.models.features import BY_PART, everything
from tests.models.programmes import programme, shorten_days

GOLDEN = Path(__file__).parent / "golden"
PARTS = ("frame", *(part for part in compute_lp.REPORTS))


def of_part(model: Any, part: str, kind: Any) -> list[Any]:
    """Components of a part's block; of the frame, those that stand on the model itself."""
    found = model.component_objects(kind, active=True, descend_into=True)
    return [
        component for component in found if (component.name.split(".")[0] if "." in component.name else "frame") == part
    ]


def lp_text(part: str, path: Path) -> str:
    """The constraints of a part, each under its `doc`, and the bounds of its variables."""
    model = materialise(compute_lp.build(programme(**BY_PART[part])))
    own = of_part(model, part, pyo.Constraint)
    if part != "objective":
        model.goal.deactivate()
        model.no_goal = pyo.Objective(expr=0.0)
    for constraint in list(model.component_objects(pyo.Constraint, active=True, descend_into=True)):
        if not any(constraint is one for one in own):
            constraint.deactivate()
    docs = {constraint.name.replace(".", "_"): str(constraint.doc) for constraint in own}
    variables = [variable.name.replace(".", "_") for variable in of_part(model, part, pyo.Var)]
    model.write(str(path), io_options={"symbolic_solver_labels": True})
    return "\n".join(["\\ " + part, *_lines(path.read_text(encoding="utf-8"), part, docs, variables)]) + "\n"


def _lines(written: str, part: str, docs: dict[str, str], variables: list[str]) -> Iterator[str]:
    head, _, rest = written.partition("\ns.t.\n")
    rows, _, bounds = rest.partition("\nbounds\n")
    if part == "objective":
        yield from _wrapped("min " + " ".join(_short(head.partition("min \n")[2]).split()))
    yield "subject to"
    before = ""
    for row in rows.strip().split("\n\n"):
        name = re.match(r"c_[eulr]_(\w+?)\(", row)
        if name is None or name[1] not in docs:
            continue
        if name[1] != before:
            yield f"\\ {docs[name[1]]}"
        before = name[1]
        yield from _wrapped(" ".join(_short(row).split()))
    bounds, _, end = bounds.partition("\ngeneral\n")
    yield "bounds"
    for line in (" ".join(_short(line).split()) for line in bounds.splitlines()):
        limit = re.fullmatch(r"(\S+) <= (\w+)\(\S+\) <= (\S+)", line)
        if limit and limit[2] in variables and (limit[1], limit[3]) != ("0", "+inf"):
            yield line
    whole = [name for name in end.split() if name.partition("(")[0] in variables]
    if whole:
        yield from ("general", *whole)
    yield "end"


def _short(text: str) -> str:
    """Numbers to ten figures, which all machines agree on."""
    return re.sub(r"[-+]?\d+\.\d*(?:e[-+]?\d+)?", _rounded, text)


def _rounded(match: re.Match[str]) -> str:
    sign = "+" if match[0].startswith("+") else ""
    return sign + f"{float(match[0]):.10g}"


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, 116, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_says_what_its_golden_text_says(
    part: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    caplog.set_level(logging.ERROR, logger="pyomo")
    shorten_days(monkeypatch)
    text, golden = lp_text(part, tmp_path / "part.lp"), GOLDEN / f"{part}.lp"
    if request.config.getoption("--rewrite-golden", default=False):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8"), "meant? then write it anew with --rewrite-golden, and read it"


def test_every_constraint_of_a_part_stands_in_its_golden_text(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_days(monkeypatch)
    model = compute_lp.build(everything())
    for constraint in model.component_objects(pyo.Constraint, descend_into=True):
        part = constraint.name.split(".")[0] if "." in constraint.name else "frame"
        golden = (GOLDEN / f"{part}.lp").read_text(encoding="utf-8")
        assert f"_{constraint.name.replace('.', '_')}(" in golden, f"{constraint.name} has no row in golden/{part}.lp"


def test_there_is_a_golden_text_for_each_part_and_no_other() -> None:
    assert {path.stem for path in GOLDEN.glob("*.lp")} == set(PARTS)


def test_arrays_and_ordinary_pyomo_make_the_same_matrix_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_days(monkeypatch)
    model = compute_lp.build(everything())
    arrays = expand(model)
    form = LinearStandardFormCompiler().write(materialise(model), mixed_form=True)
    column = {arrays.column_name(j): j for j in range(arrays.matrix.shape[1])}
    row = {arrays.row_name(i): i for i in range(arrays.matrix.shape[0])}
    at = np.array([column[_plain(variable)] for variable in form.columns])
    rows = np.array([row[_plain(r.constraint)] for r in form.rows])
    other = sp.coo_array(form.A)
    shape = arrays.matrix.shape
    matrix = sp.csc_array((other.data, (rows[other.row], at[other.col])), shape=shape)
    assert abs(matrix - arrays.matrix).max() <= 1e-12 * abs(arrays.matrix).max()
    kinds = np.array([r.bound_type for r in form.rows])
    sides = np.where(kinds >= 0, arrays.row_upper[rows], arrays.row_lower[rows])
    assert sides == pytest.approx(np.asarray(form.rhs), rel=1e-12, abs=1e-15)
    assert (np.isfinite(arrays.row_upper[rows]) == (kinds >= 0)).all()
    assert (np.isfinite(arrays.row_lower[rows]) == (kinds <= 0)).all()
    cost = np.zeros(shape[1])
    cost[at] = form.c.toarray()[0]
    assert cost == pytest.approx(arrays.cost, rel=1e-12, abs=1e-15)
    # What stands in no row and costs nothing isn't listed by Pyomo.
    assert not arrays.matrix[:, np.setdiff1d(np.arange(shape[1]), at)].nnz and len(set(rows)) == len(rows)


def _plain(data: Any) -> str:
    """Name of a row or column as the arrays have it; Pyomo quotes labels that hold more than letters."""
    index = data.index()
    labels = ",".join(map(str, index if isinstance(index, tuple) else (index,)))
    return f"{data.parent_component().name}[{labels}]"
