"""The process that `tree` starts: HiGHS's branch and bound on a programme in a folder, telling what it finds at once.

    python -m planner.solve.branch_process FOLDER

FOLDER holds `programme.npz` and `options.json`; `plan.npy` is the best plan so far. Standard output has one JSON object
a line: `objective` and `bound` where there are any, `end` with HiGHS's last word.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from planner.solve.highs import OPTIONS, library
from planner.solve.linear import Floats


def main(folder: Path) -> None:
    """The process: read the programme, run HiGHS, tell every better plan and bound as a line of JSON."""
    highspy = library()
    given = np.load(folder / "programme.npz")
    highs = highspy.Highs()
    for name, value, _ in OPTIONS:
        highs.setOptionValue(name, value)
    for name, value in json.loads((folder / "options.json").read_text()).items():
        highs.setOptionValue(name, value)
    columns, rows = len(given["cost"]), len(given["row_lower"])
    highs.passModel(
        columns,
        rows,
        len(given["value"]),
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        float(given["offset"]),
        *(given[name] for name in ("cost", "lower", "upper", "row_lower", "row_upper")),
        given["start"].astype(np.int32),
        given["index"].astype(np.int32),
        given["value"],
        given["whole"].astype(np.int32),
    )
    if given["plan"].size:
        highs.setSolution(columns, np.arange(columns, dtype=np.int32), given["plan"])

    def improved(event: Any) -> None:
        out = event.data_out
        _save(folder, np.array(out.mip_solution, dtype=np.float64))
        _tell(objective=float(out.objective_function_value), bound=float(out.mip_dual_bound))

    def logged(event: Any) -> None:
        _tell(bound=float(event.data_out.mip_dual_bound))

    highs.cbMipImprovingSolution += improved
    highs.cbMipLogging += logged
    highs.run()
    info = highs.getInfo()
    solution = highs.getSolution()
    if solution.value_valid:
        _save(folder, np.array(solution.col_value, dtype=np.float64))
        _tell(objective=float(info.objective_function_value))
    _tell(bound=float(info.mip_dual_bound), end=highs.modelStatusToString(highs.getModelStatus()))


def _save(folder: Path, x: Floats) -> None:
    """Written beside and renamed: the process may be ended at any moment."""
    beside = folder / "plan-new.npy"
    np.save(beside, x)
    beside.replace(folder / "plan.npy")


def _tell(end: str | None = None, **figures: float) -> None:
    told: dict[str, float | str | None] = {
        name: value if np.isfinite(value) and abs(value) < 1e30 else None for name, value in figures.items()
    }
    if end is not None:
        told["end"] = end
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
