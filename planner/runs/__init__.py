"""Running scenarios: the run folder with inputs as used, results, prices, headline figures and a manifest.

`run` reads a workbook, applies all scenarios, solves the base and then every other scenario from the base's solution,
here (`local`) or on a cluster (`cluster`), and writes one run folder (`folder`). What a scenario gives doesn't depend
on where, beside what, or after what it was solved: it starts from the base alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

BASE = "base"
WHAT_IF = "what_if"
"""The scenario that `--set` makes."""
DONE, WRONG, STOPPED_EARLY = 0, 1, 3
EXIT_STATUS = {
    "optimal": DONE,
    "feasible": STOPPED_EARLY,
    "stopped": STOPPED_EARLY,
    "infeasible": WRONG,
    "error": WRONG,
    "failed": WRONG,
}
"""Of each status, from the best to the worst. Of several scenarios the worst counts: what has errors, failed or has no
plan (1) before what was stopped early (3) before what is done (0)."""


class Refused(Exception):
    """A run that can't be begun as asked: wrong usage, in a sentence that says what would be right."""


class FolderInTheWay(Refused):
    """The run folder's place is taken, by something that is not a run folder or by a run that is still going on."""


def run(
    path: Path,
    out: Path | None,
    *,
    command: Sequence[str],
    progress: Callable[[str], None],
    scenarios: Sequence[str] = (),
    changes: Sequence[str] = (),
    jobs: int | None = None,
    cluster: str | None = None,
    fresh: bool = False,
) -> int:
    """Read, solve, check and write one run folder; print the answer. Returns the exit status.

    `scenarios` names those to be run beside the base, or is `all`; none: those that the workbook says are run.
    `changes` make one scenario more. `jobs` is how many are solved at once, `cluster` the address of a Dask scheduler.
    With `fresh` nothing is taken over from a former run of the same place.

    Raises InputError for a workbook whose base has problems, or changes that have (nothing is written), and Refused.
    """
    from planner.runs.many import Asked, Many

    asked = Asked(path, out, tuple(command), tuple(scenarios), tuple(changes), jobs, cluster, fresh)
    return Many(asked, progress).run()
