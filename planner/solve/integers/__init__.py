"""Whole numbers: the relaxation, a plan of our own by diving from it, branch and bound for what is left.

Where the whole numbers of a plan before are known, they are tried first. The relaxation's proven bound says how good a
plan is; often the first dive's is good enough. Otherwise branch and bound starts from it, and dives on where it finds a
better place to: another dive from the relaxation can't help where it is the bound that is far away.
"""

from __future__ import annotations

from planner.solve.integers.dives import DIVES, dive
from planner.solve.integers.tree import branch_and_bound, node_of
from planner.solve.integers.whole import Programme, Search
from planner.solve.linear import Flags, Floats, Linear
from planner.solve.optimum import Answer
from planner.solve.session import Clock, Session

DIVE_SHARE = 0.4
"""Dives together may take this share of the time; the rest is for branch and bound."""


CLOSE = 0.2
"""A plan before is good enough within this share of the gap; what is only within the gap must stand one dive."""

MOST_ABOVE = 0.05
"""A plan before may cost so much more than the bound, relative to it."""


def search(
    lp: Linear, whole: Flags, relaxed: Answer, gap: float, session: Session, clock: Clock, before: Floats | None = None
) -> Search:
    """The best plan that the clock allows, stopping as soon as one is within `gap` of the bound. `relaxed` is the
    proven optimum of `lp` without its whole numbers, with a basis; `before` are whole numbers that may make a plan."""
    assert relaxed.point is not None
    found = Search(bound=relaxed.bound)
    programme = Programme(lp, whole, session, relaxed.point)
    if (programme.lower > programme.upper).any():
        found.infeasible = True
        return found
    root = node_of(programme, programme.lower, programme.upper, relaxed.point, relaxed.bound)
    if before is not None:
        with session.timed("plan before"), clock.heeding_interrupt():
            cutoff = found.bound + MOST_ABOVE * abs(found.bound)
            found.offer(programme.tried(before, relaxed.point.basis, clock, cutoff))
        away = found.gap(found.bound)
        found.notes["plan_before"] = (
            f"within {away:.2%} of the bound" if found.plan else "is none any more, or too dear"
        )
        session.say(f"whole numbers: the plan before {found.notes['plan_before']}")
        if away <= CLOSE * gap:
            return found
    dives = Clock(DIVE_SHARE * clock.left_s())
    made = 0
    with session.timed("dives"), clock.heeding_interrupt():
        for name in DIVES:
            made += 1
            if found.offer(dive(programme, root, name, dives, found.plan)):
                gap_now = found.gap(found.bound)
                session.say(f"whole numbers: dive {name} gives a plan within {gap_now:.2%} of the bound")
            clock.interrupted = clock.interrupted or dives.interrupted
            if found.plan is not None or dives.stopped:
                break
    if found.gap(found.bound) > gap and not clock.stopped:
        with session.timed("branch and bound"), clock.heeding_interrupt():
            branch_and_bound(programme, root, found, gap, session, clock, made)
    if programme.stalls:
        found.notes["stalls"] = f"{programme.stalls:,} solves from a basis, given up for a softer programme"
    return found
