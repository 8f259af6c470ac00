"""Where comparisons are solved: the scenarios of a run, and parts of them, with fractions in place of whole numbers.

A comparison asks for hundreds of programmes whose optima differ by less than the gap that whole numbers are solved to
(0.5 %). As linear programmes they are solved to the last digit our check asks for, each one proven, so that differences
mean something and sums are exact. What is told from them is told as of fractions.

Every solve starts from the base's basis, or from one that its task names, never from what happened to be solved before:
so an answer doesn't depend on how many processes work, or in which order.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from compute_lp.schema import Floats, Inputs, Settings
from planner.plan import Plan, formulate, to_minimise, with_rates, with_value_kept
from planner.questions.again import SOLUTION, Unusable, manifest_of, reopen, unchanged
from planner.questions.trials import PRECISION

if TYPE_CHECKING:
    from compute_lp.family import Arrays
    from planner.scenarios import Scenario
    from planner.solve import Solution, Start
    from planner.workbook import Opened
Task = TypeVar("Task")
Result = TypeVar("Result")
Progress = Callable[[str], None]
BASE = "base"
MOST_SERVED = "most_served"
FRACTIONS = "with fractions in place of whole numbers"


class Source(Protocol):
    """Where a laboratory has its scenarios from. It is sent to other processes, so it must be picklable."""

    def levers(self) -> Mapping[str, tuple[str, ...]]:
        """The levers that each scenario has beyond the base's; the base first, without any."""
        ...

    def weight(self, scenario: str) -> float: ...

    def inputs(self, scenario: str, levers: Collection[str] | None) -> Inputs:
        """Inputs with their rates; with the changes of some levers alone where they are given. Raises InputError."""
        ...

    def start(self) -> Start | None:
        """What the base's plan hands to other programmes; None where the base has no plan."""
        ...

    def headline(self, scenario: str) -> Mapping[str, Any]:
        """Figures of the scenario's plan with whole numbers; empty where the run has none."""
        ...


class RunFolder:
    """A run folder as a source: its inputs are the base, its scenarios their changes; `--set` is one more."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.manifest = manifest_of(run)

    def __reduce__(self) -> tuple[type[RunFolder], tuple[Path]]:
        return RunFolder, (self.run,)

    @cached_property
    def opened(self) -> Opened:
        """The run's workbook."""
        from planner import workbook

        return workbook.opened(self.run / "inputs")

    @cached_property
    def unchanged(self) -> Opened:
        """The run's workbook, checked to be what the run was of; raises Unusable."""
        return unchanged(self.run, lambda: self.opened)

    @cached_property
    def _scenarios(self) -> dict[str, Scenario]:
        from planner.scenarios import scenarios, what_if

        found = scenarios(self.opened)
        if self.manifest.get("set"):
            asked = what_if(self.opened, self.manifest["set"])
            found = {**found, asked.name: asked}
        return {name: found[name] for name in found if name == BASE or name in self.manifest["scenarios"]}

    def levers(self) -> Mapping[str, tuple[str, ...]]:
        base = self._scenarios[BASE].levers
        return {
            name: tuple(lever for lever in scenario.levers if lever not in base)
            for name, scenario in self._scenarios.items()
        }

    def weight(self, scenario: str) -> float:
        return float(self._scenarios[scenario].weight)

    def inputs(self, scenario: str, levers: Collection[str] | None) -> Inputs:
        return with_rates(self.without_rates(scenario, levers))

    def without_rates(self, scenario: str, levers: Collection[str] | None = None) -> Inputs:
        """The sheets of the workbook with the scenario's changes alone."""
        from planner.scenarios import applied

        asked = self._scenarios[scenario]
        if levers is not None:
            levers = {*levers, *(lever for lever in self._scenarios[BASE].levers if lever in asked.levers)}
        return applied(self.opened, asked, levers=levers).inputs

    def start(self) -> Start | None:
        from planner.plan import start_of

        if not (self.run / "scenarios" / BASE / SOLUTION).is_file():
            return None
        return start_of(reopen(self.run))

    def headline(self, scenario: str) -> Mapping[str, Any]:
        figures: dict[str, dict[str, Any]] = json.loads((self.run / "headline.json").read_text(encoding="utf-8"))
        return figures.get(scenario, {})


@dataclass(frozen=True, eq=False)
class Programme:
    """A programme without its whole numbers."""

    inputs: Inputs
    model: Any
    arrays: Arrays

    @property
    def most_served(self) -> bool:
        return bool(self.inputs.settings["objective"] == MOST_SERVED)

    @property
    def compared(self) -> Arrays:
        """The arrays by whose least objective scenarios are compared: cost, or minus the value served."""
        return to_minimise(self.inputs, self.arrays)


class Laboratory:
    """Programmes of a source and their optima. `jobs`: processes that work at a time; they are kept between tasks, so
    use it in a `with`."""

    def __init__(self, source: Source, *, jobs: int = 1, progress: Progress | None = None) -> None:
        self.source, self.jobs = source, jobs
        self.say: Progress = progress or (lambda stage: None)
        self._relaxed: dict[str, Plan] = {}
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Laboratory:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)
            self._pool = None

    @classmethod
    def opened(cls, run: Path, *, jobs: int = 1, progress: Progress | None = None) -> Laboratory:
        """The laboratory of a run folder; raises Unusable where it is none."""
        return cls(RunFolder(run), jobs=jobs, progress=progress)

    @cached_property
    def levers(self) -> Mapping[str, tuple[str, ...]]:
        return self.source.levers()

    @cached_property
    def start(self) -> Start | None:
        """From what every programme is solved: the base's plan, else the base's optimum with fractions."""
        kept = self.source.start()
        if kept is not None:
            return kept
        arrays = self.programme(BASE).compared
        return begun(arrays, self.solved(arrays, None))

    def programme(self, scenario: str, levers: Collection[str] | None = None) -> Programme:
        """A scenario's programme, or that of some of its levers; raises InputError where it can't be made."""
        from compute_lp.family import expand

        inputs = self.source.inputs(scenario, levers)
        model, _ = formulate(inputs)
        arrays = expand(model)
        return Programme(inputs, model, replace(arrays, whole=np.zeros_like(arrays.whole)))

    def relaxed(self, scenario: str, levers: Collection[str] | None = None) -> Plan:
        """A scenario's optimum, or that of some of its levers, with fractions; it may not exist."""
        if levers is not None:
            return self._planned(self.programme(scenario, levers))
        if scenario not in self._relaxed:
            self.say(f"solving {scenario} {FRACTIONS}")
            self._relaxed[scenario] = self._planned(self.programme(scenario))
        return self._relaxed[scenario]

    def given(self, scenario: str, solution: Solution, objective_musd: float) -> Plan:
        """The optimum of a scenario, solved elsewhere."""
        if scenario not in self._relaxed:
            self._relaxed[scenario] = _plan(self.programme(scenario), solution, objective_musd)
        return self._relaxed[scenario]

    def relax(self, scenarios: Sequence[str]) -> dict[str, Plan]:
        """The optima of several scenarios, solved side by side; without those that the time limit came before."""
        missing = [name for name in scenarios if name not in self._relaxed]
        solutions = self.mapped(_relaxed_solution, missing, self.left("scenarios", len(missing)))
        return {
            name: self.given(name, *found) if found is not None else self._relaxed[name]
            for name, found in {**dict.fromkeys(scenarios), **dict(zip(missing, solutions, strict=True))}.items()
            if found is not None or name in self._relaxed
        }

    def solved(self, arrays: Arrays, start: Start | None, *, prices: bool = False) -> Solution:
        """The proven optimum of arrays, from what another programme hands over. Raises Unusable where the workbook's
        time limit comes first."""
        from planner.solve import solve_relaxed

        solution = solve_relaxed(arrays, start, time_limit_s=self._limit_s, prices=prices)
        if solution.status == "stopped":
            raise Unusable(f"a re-solve took longer than the workbook's time_limit_s, {self._limit_s:g} s; raise it")
        return solution

    def mapped(
        self,
        do: Callable[[Laboratory, Task], Result],
        tasks: Sequence[Task],
        left: Left,
        sizes: Sequence[int] = (),
        keep: Callable[[Task, Result], None] = lambda task, result: None,
    ) -> list[Result]:
        """`do` of every task, in their order, by up to `jobs` processes; `do` is a function of a module. `left` tells
        the time left, by the solves that each task takes: `sizes`, or one. `keep` gets each result as soon as it is
        there."""
        weights = list(sizes) or [1] * len(tasks)
        if self.jobs == 1 or len(tasks) < 2:
            results = []
            for task, weight in zip(tasks, weights, strict=True):
                results.append(do(self, task))
                keep(task, results[-1])
                left.tick(weight)
            return results
        found: dict[int, Result] = {}
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                self.jobs, mp_context=context, initializer=_employ, initargs=(self.source,)
            )
        places = {self._pool.submit(_work, do, task): place for place, task in enumerate(tasks)}
        for done in as_completed(places):
            place = places[done]
            found[place] = done.result()
            keep(tasks[place], found[place])
            left.tick(weights[place])
        return [found[place] for place in range(len(tasks))]

    def left(self, what: str, solves: int) -> Left:
        """Progress of so many solves."""
        return Left(what, solves, self.say)

    @cached_property
    def most_served(self) -> bool:
        """Whether value served is compared, and not cost."""
        return bool(self._settings["objective"] == MOST_SERVED)

    @cached_property
    def _settings(self) -> Settings:
        return self.source.inputs(BASE, None).settings

    @property
    def _limit_s(self) -> float:
        return float(self._settings["time_limit_s"])

    def _planned(self, programme: Programme) -> Plan:
        arrays = programme.compared
        first = self.solved(arrays, self.start)
        if not programme.most_served or not first.x.size:
            return _plan(programme, first, first.objective)
        kept = (1 - float(programme.inputs.settings["most_served_tolerance"])) * -first.objective
        cheapest = with_value_kept(programme.arrays, kept)
        return _plan(programme, self.solved(cheapest, begun(arrays, first)), -first.objective)


def begun(arrays: Arrays, solution: Solution) -> Start | None:
    """What an optimum of arrays hands to another programme; None where there is none."""
    from planner.solve import Start

    return None if solution.basis is None else Start(replace(arrays, totals={}), solution.basis, None, None)


def rounding_musd(arrays: Arrays, x: Floats) -> float:
    """Differences of costs at `x` below it mean nothing."""
    return PRECISION * (abs(arrays.offset) + float(np.abs(arrays.cost) @ np.abs(x[: len(arrays.cost)])))


class Left:
    """Progress of many solves, with the time left by the mean of those done."""

    def __init__(self, what: str, count: int, say: Progress) -> None:
        self._what, self._count, self._say = what, count, say
        self._done, self._begun = 0, time.monotonic()

    def tick(self, weight: int) -> None:
        self._done += weight
        if not self._done:
            return
        left_s = (time.monotonic() - self._begun) / self._done * (self._count - self._done)
        when = f", about {duration(left_s)} left" if self._done < self._count else ""
        self._say(f"{self._what}: {self._done} of {self._count} solved{when}")


def duration(seconds: float) -> str:
    """A stretch of time as people say it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _plan(programme: Programme, solution: Solution, objective_musd: float) -> Plan:
    return Plan(programme.inputs, programme.model, programme.arrays, solution, objective_musd, (), (), {})


def _relaxed_solution(lab: Laboratory, scenario: str) -> tuple[Solution, float] | None:
    try:
        plan = lab.relaxed(scenario)
    except Unusable:
        return None
    return replace(plan.solution, log=""), plan.objective_musd


_employed: list[Laboratory] = []
"""The laboratory of a worker's process."""


def _employ(source: Source) -> None:
    _employed[:] = [Laboratory(source)]


def _work(do: Callable[[Laboratory, Any], Any], task: Any) -> Any:
    return do(_employed[0], task)
