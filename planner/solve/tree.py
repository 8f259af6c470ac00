"""Branch and bound, HiGHS's own, in a process of its own.

HiGHS 1.15's branch and bound has crashed the process it ran in, with one thread too (ERGO-Code/HiGHS#3262,
FlexMeasures/flexmeasures#2527, vtjeng/MIPVerify.jl#218), and has outrun its time limit. Here that costs the tree and
not the plan: what it finds is told as it is found, and the process is ended when its time is up.

Its plans are checked like any others. Its bound can't be checked by us; it is used only where nothing
contradicts it, and reported as the tree's word.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from planner.solve.linear import Flags, Floats, Linear
from planner.solve.session import Clock, Session

GRACE_S = 10.0
"""How long past its time limit the process may take to stop by itself."""

ENDED_WITHOUT_A_WORD = "ended without a word"


@dataclass(eq=False)
class Tree:
    """What branch and bound told. `end` is HiGHS's last word, or how the process ended without one."""

    x: Floats | None = None
    objective: float = np.inf
    bound: float = -np.inf
    end: str = ENDED_WITHOUT_A_WORD


def branch_and_bound(
    lp: Linear, whole: Flags, start: Floats | None, gap: float, session: Session, clock: Clock, lp_solver: str
) -> Tree:
    """Run it within the clock until the relative gap is `gap`, from the plan `start` if there is one."""
    folder = session.folder / "tree"
    folder.mkdir(exist_ok=True)
    np.savez(
        folder / "programme.npz",
        cost=lp.cost,
        offset=lp.offset,
        start=lp.matrix.indptr,
        index=lp.matrix.indices,
        value=lp.matrix.data,
        row_lower=lp.row_lower,
        row_upper=lp.row_upper,
        lower=lp.lower,
        upper=lp.upper,
        whole=whole,
        plan=np.empty(0) if start is None else start,
    )
    options = {"time_limit": clock.left_s(), "mip_rel_gap": gap, "mip_abs_gap": 0.0, "mip_lp_solver": lp_solver}
    (folder / "options.json").write_text(json.dumps(options | {"log_file": str(session.new_log("branch and bound"))}))
    tree = Tree()
    with (
        (folder / "complaints.txt").open("w") as complaints,
        subprocess.Popen(
            [sys.executable, "-m", "planner.solve.branch_process", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            # A group of its own: Ctrl-C is for us to hear and pass on.
            start_new_session=True,
        ) as process,
    ):
        try:
            _listen(process, tree, session, clock)
        except KeyboardInterrupt:
            clock.interrupted = True
            tree.end = "interrupted"
        finally:
            process.kill()
    if tree.end == ENDED_WITHOUT_A_WORD:
        said = (folder / "complaints.txt").read_text(errors="replace")[-500:].strip()
        tree.end = f"crashed (exit status {process.returncode}) {said}".strip()
    plan = folder / "plan.npy"
    if plan.exists():
        tree.x = np.load(plan)
    return tree


def _listen(process: subprocess.Popen[str], tree: Tree, session: Session, clock: Clock) -> None:
    """Take what the process tells until it ends, or the time and the grace are up."""
    assert process.stdout is not None
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_pump, args=(process.stdout, lines), daemon=True).start()
    grace = Clock(clock.left_s() + GRACE_S)
    while not grace.stopped:
        try:
            line = lines.get(timeout=0.2)
        except queue.Empty:
            continue
        if line is None:
            process.wait()
            return
        _note(json.loads(line), tree, session)
    tree.end = "did not stop in time and was ended"


def _pump(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    # Closed under it when the process is ended.
    with suppress(ValueError):
        for line in stream:
            lines.put(line)
    lines.put(None)


def _note(told: dict[str, Any], tree: Tree, session: Session) -> None:
    known = (tree.objective, tree.bound)
    if "end" in told:
        tree.end = str(told["end"])
    if told.get("objective") is not None:
        tree.objective = float(told["objective"])
    if told.get("bound") is not None:
        tree.bound = max(tree.bound, float(told["bound"]))
    if (tree.objective, tree.bound) != known and np.isfinite(tree.objective) and np.isfinite(tree.bound):
        session.say(f"branch and bound: best {tree.objective:,.6g}, bound {tree.bound:,.6g}")
