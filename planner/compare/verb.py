"""The verb `planner compare`: its words, arguments and work. Nothing heavy is imported before it is run."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from planner.compare.cases import Case
    from planner.compare.page import Views
    from planner.compare.solved import Solved

HELP = "compare the scenarios of a run, or of several runs, in eight views"
EXAMPLES = (
    "  planner compare runs/first                       all of its scenarios against its base\n"
    "  planner compare runs/first --quick               without what must be solved: bridge and regret\n"
    "  planner compare runs/first --scenario slow_grid,price_shock --view bridge\n"
    "  planner compare runs/before runs/after           runs of different workbooks\n"
    "  planner compare runs/first --view alternatives,tradeoff"
)
DONE, NOTHING_TO_COMPARE, WRONG_USAGE = 0, 1, 2
READ = ("scoreboard", "differences", "paths", "maps", "limits", "stability")
SOLVED = ("bridge", "regret")
ON_REQUEST = ("alternatives", "tradeoff")
VIEWS = (*READ[:2], "bridge", *READ[2:], "regret", *ON_REQUEST)
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
WIDTH = 80


class Progress(Protocol):
    """What shows how far the work is."""

    def __call__(self, stage: str) -> None: ...

    def close(self) -> None: ...


def arguments(verb: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    verb.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="run folders")
    verb.add_argument("--base", metavar="NAME", help="what the others are compared with (default: base)")
    verb.add_argument("--scenario", type=_names, metavar="A,B", help="these scenarios alone, beside the base")
    verb.add_argument(
        "--commit", type=_month, metavar="YYYY-MM", help="commitment date (default: a year after plan start)"
    )
    verb.add_argument("--quick", action="store_true", help="leave out what must be solved: bridge and regret")
    verb.add_argument(
        "--view", type=_views, metavar="NAME", help=f"these views alone, on screen and as CSV: {', '.join(VIEWS)}"
    )
    verb.add_argument("--jobs", type=_count, default=1, metavar="N", help="programmes solved at once (default: 1)")
    verb.add_argument("-o", "--out", type=Path, metavar="DIR", help="where to write (default: RUN/report/comparison)")
    verb.add_argument("--json", action="store_true", help="for machines: every view's table")


def run(given: argparse.Namespace, progress: Progress) -> int:
    """Read the runs, make the views, write them, print them in short; gives the exit status."""
    from compute_lp.schema import InputError
    from planner.compare.cases import cases
    from planner.compare.solved import NOTHING
    from planner.questions.again import Unusable

    asked = given.view or (READ if given.quick else (*READ, *SOLVED))
    try:
        progress("reading")
        views = views_of(
            cases(given.runs),
            asked,
            progress,
            base_name=given.base,
            scenarios=given.scenario or (),
            commit=given.commit,
        )
        place = given.out or given.runs[0] / "report" / "comparison"
        _make_sure_free(place)
        if not given.view:
            _write(place, views, NOTHING, given)
        solved = _solve(given, asked, views, progress)
        if given.view or solved is not NOTHING:
            _write(place, views, solved, given)
    except (Unusable, InputError, OSError) as fault:
        progress.close()
        print(f"planner compare: {fault}", file=sys.stderr)
        return NOTHING_TO_COMPARE
    finally:
        progress.close()
    if given.json:
        print(json.dumps(_plain({**views.tables, **solved.tables}), indent=1, ensure_ascii=False))
        return DONE
    from planner.compare.page import screen
    from planner.report.to_text import text

    print(text(screen(views, solved), width=WIDTH))
    print(f"Written to {place}" + ("" if given.view else ": comparison.html, comparison.xlsx, a CSV a view"))
    return DONE


def views_of(
    among: Sequence[Case],
    asked: Collection[str],
    progress: Callable[[str], None],
    *,
    base_name: str | None = None,
    scenarios: Sequence[str] = (),
    commit: str | None = None,
) -> Views:
    """The views of `asked` that are read, not solved for. `scenarios`: these of the cases alone, beside the base; all
    unless given. `commit`: the commitment date, a year after plan start unless given. Raises Unusable."""
    from planner.compare.cases import base_of, find
    from planner.compare.kept import insights
    from planner.compare.page import Views
    from planner.compare.views import differences, limits, maps, paths, scoreboard, stability

    base = base_of(among, base_name)
    if scenarios:
        chosen = [find(among, name) for name in scenarios]
        among = (base, *(case for case in among if case in chosen and case is not base))
    insight = insights(among, progress) if {"limits", "stability"} & set(asked) else {}
    commit = commit or stability.commitment(base)
    makers: dict[str, Callable[[], pd.DataFrame]] = {
        "scoreboard": lambda: scoreboard.scoreboard(among, base),
        "differences": lambda: differences.differences(among, base),
        "paths": lambda: paths.paths(among),
        "maps": lambda: maps.maps(among, base),
        "limits": lambda: limits.limits(among, insight),
        "stability": lambda: stability.stability(among, base, insight, commit),
    }
    tables: dict[str, pd.DataFrame] = {}
    for name, make in makers.items():
        if name in asked:
            progress(name)
            tables[name] = make()
    return Views(among, base, commit, insight, tables)


def _solve(given: argparse.Namespace, asked: Collection[str], views: Views, progress: Progress) -> Solved:
    """What must be solved, of the run that the base is of."""
    import pandas as pd

    from planner.compare.solved import NOTHING, solve

    wanted = set(asked) - set(READ)
    if not wanted:
        return NOTHING
    from planner.compare.kept import Kept
    from planner.compare.laboratory import Laboratory

    plan_start = str(views.base.inputs.settings["plan_start"])
    months = (pd.Period(views.commit, "M") - pd.Period(plan_start, "M")).n
    scenarios = [case.scenario for case in views.planned if case.run == views.base.run]
    with Laboratory.opened(views.base.run, jobs=given.jobs, progress=progress) as lab:
        return solve(lab, wanted, scenarios, views.base.scenario, float(months), Kept(views.base.run, progress))


def _write(place: Path, views: Views, solved: Solved, given: argparse.Namespace) -> None:
    """The page, the workbook and a CSV a view; of views asked for by name the CSV alone, beside what stands there."""
    from planner import __version__
    from planner.compare.page import document
    from planner.report.to_html import html
    from planner.report.to_xlsx import xlsx

    tables = {**views.tables, **solved.tables}
    with _beside(place, keep=bool(given.view)) as folder:
        for name, table in tables.items():
            table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        if given.view:
            return
        runs = ", ".join(sorted({case.run.resolve().name for case in views.cases}))
        made = document(views, solved, {"Runs": runs, "Commitment date": views.commit, "Planner": __version__})
        (folder / "comparison.html").write_text(html(made), encoding="utf-8")
        (folder / "comparison.xlsx").write_bytes(xlsx(made))


@contextmanager
def _beside(place: Path, *, keep: bool) -> Iterator[Path]:
    """A folder beside its place, renamed into it when all is written, with what stood there where that is kept."""
    place.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    folder.chmod(0o755)
    try:
        if keep and place.is_dir():
            shutil.copytree(place, folder, dirs_exist_ok=True)
        yield folder
        old = folder.with_name(folder.name + "-old")
        if place.exists():
            place.rename(old)
        folder.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _make_sure_free(place: Path) -> None:
    from planner.questions.again import Unusable

    ours = place.is_dir() and (not any(place.iterdir()) or any((place / f"{view}.csv").is_file() for view in VIEWS))
    if place.exists() and not ours:
        raise Unusable(f"{place} exists and is no comparison; name another with -o, or move it away")


def _plain(tables: dict[str, pd.DataFrame]) -> dict[str, list[dict[str, Any]]]:
    return {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _views(text: str) -> tuple[str, ...]:
    names: Sequence[str] = _names(text)
    unknown = [name for name in names if name not in VIEWS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"no view {', '.join(unknown) or text!r}; there are {', '.join(VIEWS)}")
    return tuple(names)


def _month(text: str) -> str:
    if not MONTH.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no month; a month is YYYY-MM, as 2027-12")
    return text


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes; 1 or more")
    return int(text)
