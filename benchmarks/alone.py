"""HiGHS by itself: a programme in an instance of its own, with the planner's options, past the planner's engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from planner.solve.highs import OPTIONS, PERTURBED, library
from planner.solve.linear import Linear

Options = Mapping[str, bool | int | float | str]


def loaded(lp: Linear, options: Options) -> Any:
    """A HiGHS instance that holds the programme, with these options on top of the planner's own. Raises RuntimeError
    where HiGHS refuses one or the programme."""
    lib = library()
    engine = lib.Highs()
    own = {name: value for name, value, _ in OPTIONS}
    for name, value in {**own, **PERTURBED, **options}.items():
        if engine.setOptionValue(name, value) == lib.HighsStatus.kError:
            raise RuntimeError(f"HiGHS refuses the option {name} = {value}")
    matrix = lp.matrix
    status = engine.passModel(
        lp.columns, lp.rows, matrix.nnz, int(lib.MatrixFormat.kColwise), int(lib.ObjSense.kMinimize), lp.offset,
        lp.cost, lp.lower, lp.upper, lp.row_lower, lp.row_upper,
        matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data,
        np.zeros(lp.columns, dtype=np.int32),
    )  # fmt: skip
    if status != lib.HighsStatus.kOk:
        raise RuntimeError(f"HiGHS takes the programme with {status.name}")
    return engine
