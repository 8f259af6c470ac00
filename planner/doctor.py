"""The verb `doctor`: the installation and the solver checked."""

from __future__ import annotations

import sys
from typing import Any

SOUND, UNSOUND = 0, 1
PACKAGES = (
    *("pyomo", "highspy", "highspy-extras", "numpy", "pandas", "scipy"),
    *("pint", "openpyxl", "xlsxwriter", "vl-convert-python", "distributed"),
)
OPTIONAL = {
    "highspy-extras": "large programmes then solve more slowly",
    "distributed": "needed for --cluster alone, by installing the extra [cluster]",
}


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def doctor() -> int:
    """Print what is installed and whether the solver solves; gives the exit status."""
    sound = sys.version_info >= (3, 11)
    print(
        f"{'ok ' if sound else 'BAD'} Python {sys.version.split()[0]}" + ("" if sound else ": 3.11 or later is needed")
    )
    for package in PACKAGES:
        found = _version(package)
        optional = package in OPTIONAL
        sound &= found is not None or optional
        missing = f"not installed; {OPTIONAL[package]}" if optional else "not installed"
        print(f"{'ok ' if found else '-- ' if optional else 'BAD'} {package} {found or missing}")
    solver = _solver_fault()
    print(f"{'BAD' if solver else 'ok '} solver: {solver or 'a small programme solves to its known optimum'}")
    return SOUND if sound and not solver else UNSOUND


def _solver_fault() -> str:
    """What is wrong with the solver; "" where it solves min x + 2y, x + y ≥ 3, x ≤ 2 to x = 2, y = 1."""
    try:
        import numpy as np
        import scipy.sparse

        from compute_lp.family import Arrays
        from planner.solve import solve

        none: dict[str, Any] = {}
        small = Arrays(
            cost=np.array([1.0, 2.0]),
            offset=0.0,
            matrix=scipy.sparse.csc_array(np.array([[1.0, 1.0]])),
            row_lower=np.array([3.0]),
            row_upper=np.array([np.inf]),
            lower=np.zeros(2),
            upper=np.array([2.0, np.inf]),
            whole=np.zeros(2, dtype=bool),
            columns=none,
            rows=none,
            totals=none,
        )
        solution = solve(small)
    except Exception as fault:  # whatever it is, the doctor tells it
        return f"{type(fault).__name__}: {fault}"
    if solution.status != "optimal" or not np.allclose(solution.x, [2.0, 1.0], atol=1e-6):
        return f"a small programme came out as {solution.status} with {solution.x}, not optimal with [2, 1]"
    return ""
