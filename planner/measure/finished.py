"""Results of single programmes, each kept in a file when it is had, so that what was interrupted goes on from there."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from planner.compare.laboratory import Laboratory

Do = Callable[[Laboratory, str], dict[str, Any]]
"""From a laboratory and the name of a programme to a result that JSON can hold; a function of a module."""


def each(lab: Laboratory, do: Do, names: Sequence[str], what: str, folder: Path) -> dict[str, dict[str, Any]]:
    """What `do` gives for each name, from the folder where it is known, else made by the laboratory's processes. `what`
    tells it apart from other results of the same programmes, and is said while it is made."""
    missing = [name for name in names if not _place(folder, what, name).is_file()]
    lab.mapped(_kept, [(do, name, what, folder) for name in missing], lab.left(what, len(missing)))
    return {name: json.loads(_place(folder, what, name).read_text(encoding="utf-8"))["result"] for name in names}


def written(place: Path, text: str) -> None:
    """A file that is never seen half: written beside its place and renamed."""
    number, name = tempfile.mkstemp(prefix=f".{place.name}-", dir=place.parent)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
    beside = Path(name)
    beside.chmod(0o644)
    beside.replace(place)


def _place(folder: Path, what: str, name: str) -> Path:
    return folder / f"{hashlib.sha256(f'{what}/{name}'.encode()).hexdigest()[:20]}.json"


def _kept(lab: Laboratory, task: tuple[Do, str, str, Path]) -> None:
    do, name, what, folder = task
    written(_place(folder, what, name), json.dumps({"what": what, "name": name, "result": do(lab, name)}))
