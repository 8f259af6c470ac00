"""What a scenario's results depend on, as one hash: what would come out the same isn't solved again.

That is the sheets as applied, but for those that only say something about the study; the solution of the base where it
is the start; and the programs: our own code, the solver and the libraries that compute. Changed code changes every
identity, so that what one version solved is never taken for what another would.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from planner import __version__

if TYPE_CHECKING:
    from compute_lp.schema import Inputs

VERSIONED = ("pyomo", "highspy", "highspy-extras", "numpy", "pandas", "scipy", "openpyxl", "pint")
COMPUTING = ("pyomo", "highspy", "highspy-extras", "numpy", "pandas", "scipy")
"""Libraries whose version may show in a result."""
PACKAGES = ("planner", "compute_lp", "compute_rates")
ASIDE = ("appendices", "compare", "measure", "prefill", "report", "cli.py", "doctor.py", "new.py")
"""Rooms and files of the planner whose code no result passes through."""


def versions() -> dict[str, str]:
    """Of Python and of every library that a run uses, for the manifest."""
    return {"python": platform.python_version()} | {name: _version(name) for name in VERSIONED}


@cache
def programs() -> Mapping[str, str]:
    """What computes: our version and a hash of our code, the solver and the libraries."""
    return {"planner": __version__, "code": _code()} | {name: _version(name) for name in COMPUTING}


def identity(inputs: Inputs, start: str) -> str:
    """SHA-256 of all that a scenario's results depend on. `start` is the hash of the solution that it starts from, or
    "" where it starts from nothing."""
    from planner import workbook
    from planner.review.scenario_check import NO_INPUTS

    sheets = {name: digest for name, digest in workbook.input_hash(inputs).items() if name not in NO_INPUTS}
    content = {"inputs": sheets, "start": start, "programs": dict(programs())}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def of_file(place: Path) -> str:
    """SHA-256 of a file; "" where there is none."""
    return hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else ""


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _code() -> str:
    from importlib.util import find_spec

    digest = hashlib.sha256()
    for package in PACKAGES:
        found = find_spec(package)
        assert found is not None and found.origin is not None
        home = Path(found.origin).parent
        for file in sorted(home.rglob("*.py")):
            name = file.relative_to(home)
            if package != "planner" or name.parts[0] not in ASIDE:
                digest.update(f"{package}/{name.as_posix()}\n".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()
