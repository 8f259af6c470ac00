"""A run from its workbook to its folder: what is kept, what is solved where, and what is told."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compute_lp.schema import InputError, Problem
from planner import __version__
from planner.runs import BASE, EXIT_STATUS, WHAT_IF, cluster, local
from planner.runs.choice import Chosen, applied_to, chosen
from planner.runs.events import Again, Event, Failed, Finished, Handed, Stage, Started
from planner.runs.folder import BY_SCENARIO, Entry, entries, make_sure_free, working
from planner.runs.identity import identity, of_file, versions
from planner.runs.one import ANSWER, FORESEEN, INTERRUPTED, PRICED, Outcome, Task, solve
from planner.runs.progress import Progress
from planner.runs.scoreboard import next_step, scoreboard

if TYPE_CHECKING:
    from planner.workbook import Findings

KEPT = ("optimal", "infeasible")
"""Of what a former run solved; what a limit stopped may come out better."""


@dataclass(frozen=True)
class Asked:
    """A run as asked for; see `planner.runs.run`."""

    path: Path
    out: Path | None
    command: tuple[str, ...]
    scenarios: tuple[str, ...]
    changes: tuple[str, ...]
    jobs: int | None
    cluster: str | None
    fresh: bool


class Many:
    """One run."""

    def __init__(self, asked: Asked, say: Callable[[str], None]) -> None:
        self._asked, self._say = asked, say
        self._begun = time.perf_counter()
        self._started = datetime.now(UTC)
        self._place = asked.out or Path("runs") / f"{asked.path.stem}-{self._started:%Y%m%d-%H%M%S}"
        self._jobs = 0
        self._interrupted = False
        self._explained: set[str] = set()
        self._scheduler: cluster.Client | None = None

    def run(self) -> int:
        make_sure_free(self._place)
        self._say("reading")
        self._read()
        with working(self._place) as work, ExitStack() as self._closing:
            self._work = work
            if work.taken_over and not self._asked.fresh:
                left = len(work.taken_over)
                self._progress.tell(f"a run of {self._place} was ended; what it had finished is looked at ({left})")
            work.write_inputs(self._asked.path)
            to_solve = self._settle_base()
            if to_solve and not self._interrupted:
                self._solve(to_solve)
            self._complete()
            answer = (work.of(BASE) / ANSWER).read_text(encoding="utf-8")
        self._say("done")
        getattr(self._say, "close", lambda: None)()
        self._print(answer)
        return EXIT_STATUS[self._worst(self._asked_for)]

    def _read(self) -> None:
        from planner import workbook

        self._opened = workbook.opened(self._asked.path)
        self._found: Findings = self._opened.findings
        if self._found.inputs is None:
            raise InputError(self._found.problems)
        every = chosen(self._opened, self._asked.scenarios, self._asked.changes)
        self._chosen = {one.name: one for one in every}
        self._asked_for = [one.name for one in every if one.asked]
        self._alone = self._asked_for == [BASE]
        self._progress = Progress(self._say, [one.name for one in every if one.asked and not one.problems])
        self._read_s = time.perf_counter() - self._begun
        for one in every:
            if one.asked and one.problems:
                self._tell(f"scenario {one.name} is left out", one.problems, "error")
            elif one.name == WHAT_IF and one.applied is not None and one.applied.warnings:
                self._tell(f"scenario {one.name}", one.applied.warnings, "warning")

    def _tell(self, what: str, problems: Sequence[Problem], kind: str) -> None:
        from planner.review.checked import count, lines

        for line in (f"{what}; {count(len(problems), kind)}:", *lines(problems)):
            self._progress.tell(line)

    def _settle_base(self) -> list[Task]:
        """Keep or solve the base; keep what else is unchanged; give what is to be solved from it."""
        work = self._work
        base = self._identity(BASE, "")
        former = {} if self._asked.fresh else entries(self._place)
        if self._asked.fresh or not _kept(work.taken_over, BASE, base):
            work.empty()
        if _kept(work.taken_over, BASE, base):
            self._take_over(BASE, base, work.of(BASE), work.taken_over[BASE])
        elif _kept(former, BASE, base):
            self._take_over(BASE, base, self._place / "scenarios" / BASE, former[BASE])
        else:
            self._solve_base(base)
        start = self._start()
        to_solve = []
        for name, one in list(self._chosen.items()):
            if name == BASE:
                continue
            if not one.asked and (name in former or name in work.taken_over):
                one = self._chosen[name] = applied_to(self._opened, one.scenario, asked=False)
            if one.applied is None:
                continue
            wanted = self._identity(name, start)
            if _kept(work.taken_over, name, wanted):
                self._take_over(name, wanted, work.of(name), work.taken_over[name])
            elif _kept(former, name, wanted):
                self._take_over(name, wanted, self._place / "scenarios" / name, former[name])
            elif one.asked:
                to_solve.append(Task(name, one.scenario.title, one.applied.inputs))
        self._record()
        work.keep_only(work.entries)
        return to_solve

    def _identity(self, name: str, start: str) -> str:
        applied = self._chosen[name].applied
        assert applied is not None
        return identity(applied.inputs, start)

    def _start(self) -> str:
        """What identifies the solution that what-ifs start from; "" where they start from nothing."""
        record = self._work.entries[BASE].record
        if not record[PRICED]:
            return ""
        from planner.questions.again import SOLUTION

        return f"{record['identity']} {of_file(self._work.of(BASE) / SOLUTION)}"

    def _take_over(self, name: str, wanted: str, folder: Path, former: Entry) -> None:
        """A scenario that a former run solved and that would come out the same."""
        made = folder
        if folder != self._work.of(name):
            made = self._work.in_the_making()
            shutil.copytree(folder, made)
        self._enter(name, wanted, made, Outcome(former.record, former.figures, former.iamc), reused=True)
        if name in self._asked_for and not self._alone:
            self._progress.finished(name, f"{former.status}, reused: nothing that it depends on has changed")

    def _solve_base(self, wanted: str) -> None:
        applied = self._chosen[BASE].applied
        assert applied is not None
        task = Task(BASE, "", applied.inputs)
        if self._asked.cluster is not None:
            failed = self._follow(cluster.solve_all([task], None, self._client(), self._work.in_the_making))
            if failed:
                raise RuntimeError(f"the base could not be solved: {failed[0].why}\n{failed[0].details}")
            return
        if self._alone:
            outcome = solve(task, None, folder := self._work.in_the_making(), self._say)
        else:
            self._progress.started(BASE)
            mark = time.perf_counter()
            outcome = solve(task, None, folder := self._work.in_the_making(), partial(self._progress.stage, BASE))
            self._tell_finished(BASE, outcome, time.perf_counter() - mark)
        self._enter(BASE, wanted, folder, outcome)
        self._interrupted = bool(outcome.record[INTERRUPTED])

    def _solve(self, tasks: list[Task]) -> None:
        """Solve what-ifs, here or on the cluster; Ctrl-C ends those that are running."""
        base_run = self._work.folder if self._start() else None
        self._progress.tell(f"writing to {self._place}; if this is stopped, the same with -o {self._place} goes on")
        try:
            if self._asked.cluster is not None:
                events = cluster.solve_all(tasks, base_run, self._client(), self._work.in_the_making)
            else:
                self._jobs = self._progress.at_once = min(self._asked.jobs or local.cores(), len(tasks))
                events = local.solve_all(tasks, base_run, self._jobs, self._work.in_the_making)
            for failed in self._follow(events):
                self._note_failed(failed)
        except KeyboardInterrupt:
            self._interrupted = True

    def _client(self) -> cluster.Client:
        """Of the cluster, opened when first needed and closed with the run."""
        assert self._asked.cluster is not None
        if self._scheduler is None:
            self._scheduler = self._closing.enter_context(cluster.opened(self._asked.cluster))
        return self._scheduler

    def _follow(self, events: Generator[Event]) -> list[Failed]:
        """Tell what happens and enter what is finished; gives what failed."""
        from planner.solve.session import interrupt_held

        start = self._start() if BASE in self._work.entries else ""
        failures = []
        with closing(events):
            for event in events:
                match event:
                    case Handed(at_once):
                        self._progress.at_once = at_once
                        count = f"{at_once} worker" + ("" if at_once == 1 else "s")
                        self._progress.tell(f"handed to {self._asked.cluster}, which has {count}")
                    case Started(name):
                        self._progress.started(name)
                    case Stage(name, stage):
                        self._progress.stage(name, stage)
                    case Again(name, why):
                        self._progress.again(name, why)
                    case Finished(name, outcome, folder, seconds):
                        with interrupt_held():
                            self._enter(name, self._identity(name, start), folder, outcome)
                            if name != BASE:
                                self._record()
                        self._tell_finished(name, outcome, seconds)
                    case Failed(name, why):
                        failures.append(event)
                        self._progress.finished(name, f"failed: {why}")
                    case _:
                        self._progress.tick()
        return failures

    def _tell_finished(self, name: str, outcome: Outcome, seconds: float) -> None:
        objective = outcome.figures.get("objective_musd")
        figures = f", {self._objective(name)} {objective:,.6g} MUSD" if objective is not None else ""
        told = f"{outcome.record['status']}, {seconds:.1f} s{figures}"
        self._progress.finished(name, told, counts_s=None if name == BASE else seconds)

    def _objective(self, name: str) -> str:
        """What the figure of a scenario is, in full where it is told for the first time."""
        from planner.answer import OF_OBJECTIVE

        applied = self._chosen[name].applied
        assert applied is not None
        what = OF_OBJECTIVE[str(applied.inputs.settings["objective"])]
        if what in self._explained:
            return "objective"
        self._explained.add(what)
        return f"objective ({what})"

    def _enter(self, name: str, wanted: str, folder: Path, outcome: Outcome, *, reused: bool = False) -> None:
        """A scenario into the run folder, with its changes in the cells of this workbook."""
        one = self._chosen[name]
        assert one.applied is not None
        warnings = [*(self._found.warnings if name == BASE else ()), *one.applied.warnings]
        record = {
            **outcome.record,
            "warnings": [*map(str, warnings), *outcome.record[FORESEEN]],
            "identity": wanted,
            "reused": reused,
        }
        one.applied.log.to_csv(folder / "changes.csv", index=False, lineterminator="\n")
        self._work.take(name, folder, Entry(record, outcome.figures, outcome.iamc))

    def _note_failed(self, failed: Failed) -> None:
        folder = self._work.in_the_making()
        folder.mkdir()
        (folder / "failure.txt").write_text(failed.details or failed.why, encoding="utf-8")
        entry = Entry({"status": "failed", "reason": failed.why}, {"status": "failed"}, "")
        self._work.take(failed.name, folder, entry)

    def _complete(self) -> None:
        """Enter what has errors and what is missing, and write the manifest for the last time."""
        work = self._work
        for name in self._asked_for:
            one = self._chosen[name]
            if name in work.entries:
                continue
            if one.problems:
                folder = work.in_the_making()
                folder.mkdir()
                _write_problems(folder / "problems.csv", one)
                record: dict[str, Any] = {
                    "status": "error",
                    "reason": str(one.problems[0]),
                    "problems": [*map(str, one.problems)],
                }
                work.take(name, folder, Entry(record, {"status": "error"}, ""))
            else:
                record = {"status": "stopped", "reason": "stopped before it was finished", "missing": True}
                work.entries[name] = Entry(record, {"status": "stopped"}, "")
        self._record()
        report = work.folder / "report"
        report.mkdir(exist_ok=True)
        shutil.copyfile(work.of(BASE) / ANSWER, report / ANSWER)

    def _record(self) -> None:
        self._work.record(self._manifest())

    def _worst(self, names: Sequence[str]) -> str:
        order = list(EXIT_STATUS)
        return max((self._work.entries[name].status for name in names), key=order.index)

    def _manifest(self) -> dict[str, Any]:
        from planner import workbook

        found = self._work.entries
        finished = {name: found[name] for name in self._chosen if name in found}
        base = finished[BASE].record
        inputs = self._found.inputs
        assert inputs is not None
        return {
            "planner": __version__,
            "command": list(self._asked.command),
            "workbook": self._asked.path.name,
            "started": self._started.isoformat(timespec="seconds"),
            "status": self._worst(list(finished)),
            "scenarios": list(finished),
            "missing": [name for name, entry in finished.items() if entry.record.get("missing")],
            "set": list(self._asked.changes),
            "cores": local.cores(),
            "jobs": self._jobs,
            "cluster": self._asked.cluster,
            "size": base["size"],
            "versions": versions(),
            "solver": base["solver"],
            "seed": 0,
            "proof": base["proof"],
            "whole_numbers": base["whole_numbers"],
            "hashes": workbook.input_hash(inputs),
            "warnings": base["warnings"],
            "defaults": [default._asdict() for default in self._found.defaults],
            BY_SCENARIO: {name: dict(entry.record) for name, entry in finished.items()},
            "seconds": {"reading": self._read_s, **base["seconds"], "all": time.perf_counter() - self._begun},
            "peak_memory_mb": _peak_memory_mb(),
        }

    def _print(self, answer: str) -> None:
        found = self._work.entries
        print(answer, end="")
        base = found[BASE]
        if "cost_musd" not in base.figures and base.record[FORESEEN]:
            print("Known before solving:", *(f"  · {warning}" for warning in base.record[FORESEEN]), sep="\n")
        print()
        if self._alone and len(found) == 1:
            print(f"Run folder: {self._place}")
            return
        shown = {name: found[name] for name in self._chosen if name in found}
        print(*scoreboard(shown), "", next_step(self._place), sep="\n")
        kept = [name for name in shown if name not in self._asked_for]
        if kept:
            print(f"Kept from the former run, still as the workbook has them: {', '.join(kept)}")
        if self._interrupted:
            print(f"Stopped: the same command with -o {self._place} goes on with what is missing.")


def _kept(former: Mapping[str, Entry], name: str, wanted: str) -> bool:
    entry = former.get(name)
    return entry is not None and entry.record.get("identity") == wanted and entry.status in KEPT


def _write_problems(place: Path, one: Chosen) -> None:
    import pandas as pd

    columns = ("sheet", "cell", "column", "value", "message", "right")
    rows = [{name: getattr(problem, name) for name in columns} for problem in one.problems]
    pd.DataFrame(rows, columns=list(columns)).to_csv(place, index=False, lineterminator="\n")


def _peak_memory_mb() -> float | None:
    """Peak resident memory of this process; None where the system doesn't tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
