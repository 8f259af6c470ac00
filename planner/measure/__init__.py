"""What a plan depends on, measured by solving it again: the ranges of its assumptions, and where its decisions change.

Both tables of a scenario are kept in RUN/report/measured/SCENARIO/, with what they belong to: the scenario's identity
in the run's manifest, and the programs. They count only as long as both are the same. Until both tables are made, each
programme solved is kept beside them, so that what was interrupted goes on.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

BASE = "base"
MEASURED = Path("report", "measured")
TORNADO, SWITCHING, IDENTITY = "tornado.csv", "switching.csv", "identity.json"
LEFT_OUT = "left_out"
SHARE_OF_RELAXATION = 0.5
"""Of the seconds that the scenario took without whole numbers, from nothing: about what a
solve from its optimum takes on average; on India's programme it is from a tenth to three times of it."""
APPLYING_S = 0.3
"""Of changes, on India's workbook: applying and checking them, and the rates."""


def measure(
    run: Path, scenario: str = BASE, *, jobs: int = 1, progress: Callable[[str], None] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of ranges and of switching values of a scenario of a run folder, made and kept in it.

    `jobs`: processes that solve at a time. Ends of ranges and factors without a plan, or that the workbook's checks
    refuse, are told by `progress` and in identity.json. Raises Unusable, in a sentence, where the scenario has no plan
    that holds."""
    from planner.compare.laboratory import Laboratory
    from planner.measure.finished import written
    from planner.measure.source import Assumptions
    from planner.measure.switching import switching
    from planner.measure.tornado import tornado

    say: Callable[[str], None] = (lambda stage: None) if progress is None else progress
    belongs = _belongs(run, scenario)
    place = run / MEASURED / scenario
    unfinished = run / MEASURED / f".{scenario}-{_short(belongs)}"
    unfinished.mkdir(parents=True, exist_ok=True)
    source = Assumptions(run, scenario)
    with Laboratory(source, jobs=jobs, progress=progress) as lab:
        ranges, told = tornado(lab, source, unfinished)
        values, without = switching(lab, source, unfinished)
    told |= without
    for name, why in told.items():
        say(f"{name}: {why}")
    place.mkdir(parents=True, exist_ok=True)
    (place / IDENTITY).unlink(missing_ok=True)
    written(place / TORNADO, ranges.to_csv(index=False, lineterminator="\n"))
    written(place / SWITCHING, values.to_csv(index=False, lineterminator="\n"))
    written(place / IDENTITY, json.dumps({**belongs, LEFT_OUT: told}, indent=1, ensure_ascii=False) + "\n")
    for old in (run / MEASURED).glob(f".{scenario}-*"):
        shutil.rmtree(old)
    return ranges, values


def kept(run: Path, scenario: str = BASE) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables that `measure` kept, where they belong to this run and these programs; else empty ones."""
    from planner.measure.switching import COLUMNS as OF_SWITCHING
    from planner.measure.tornado import COLUMNS as OF_TORNADO

    place = run / MEASURED / scenario
    belongs = _kept_identity(place) == _belongs(run, scenario)
    return _table(place / TORNADO, OF_TORNADO, belongs), _table(place / SWITCHING, OF_SWITCHING, belongs)


def estimated(run: Path, scenario: str = BASE) -> str:
    """How much there is to solve for the measures of a scenario, and about how long it takes, as a sentence."""
    from planner.compare.laboratory import duration
    from planner.measure.source import Assumptions
    from planner.measure.switching import FACTORS, MOST_SOLVES
    from planner.measure.tornado import MOST, MOST_UNTRUSTED

    source = Assumptions(run, scenario)
    ends = sum(len(one.ends) for one in source.ranges)
    measured = min(ends, 2 * (MOST + MOST_UNTRUSTED))
    switched = max(MOST_SOLVES, len(source.movable) * len(FACTORS)) if source.movable else 0
    seconds = _record(run, scenario)["seconds"]
    build_s = APPLYING_S + sum(float(seconds.get(stage, 0.0)) for stage in ("formulating", "expanding"))
    relaxation_s = float(seconds.get("solve: relaxation", seconds.get("solve: linear", 0.0)))
    solve_s = SHARE_OF_RELAXATION * relaxation_s
    whole_s = build_s * ends + (build_s + solve_s) * (measured + switched)
    ranges = "1 range" if len(source.ranges) == 1 else f"{len(source.ranges)} ranges"
    return (
        f"{ranges} with {ends} ends are estimated, and up to {measured + switched} programmes solved again ({measured} "
        f"ends of ranges, {switched} for switching values): about {duration(whole_s)} of one process's work."
    )


def _record(run: Path, scenario: str) -> Mapping[str, Any]:
    """What the manifest says of a scenario. Raises Unusable."""
    from planner.questions.again import Unusable, records_of

    records = records_of(run)
    if scenario not in records:
        raise Unusable(f"{run} has no scenario {scenario!r}; it has {', '.join(records) or 'none: run it again'}")
    return records[scenario]


def _belongs(run: Path, scenario: str) -> dict[str, Any]:
    """What the measures of a scenario depend on. Raises Unusable where the run has none such."""
    from planner.runs.identity import programs

    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return {
        "scenario": scenario,
        "identity": str(_record(run, scenario)["identity"]),
        "programs": dict(programs()),
        "measure": digest.hexdigest(),
    }


def _short(belongs: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(belongs, sort_keys=True).encode()).hexdigest()[:16]


def _kept_identity(place: Path) -> dict[str, Any] | None:
    if not all((place / name).is_file() for name in (TORNADO, SWITCHING, IDENTITY)):
        return None
    found: dict[str, Any] = json.loads((place / IDENTITY).read_text(encoding="utf-8"))
    found.pop(LEFT_OUT, None)
    return found


def _table(place: Path, columns: Mapping[str, str], belongs: bool) -> pd.DataFrame:
    import pandas as pd

    if not belongs:
        return pd.DataFrame(columns=list(columns)).astype(dict(columns))
    texts = {name: kind for name, kind in columns.items() if kind == "str"}
    found = pd.read_csv(
        place, dtype=texts, keep_default_na=False, na_values={n: [""] for n in columns if n not in texts}
    )
    return found.astype(dict(columns))
