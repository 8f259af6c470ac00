"""What whoever solves scenarios tells while it does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from planner.runs.one import Outcome

TICK_S = 0.5
"""Longest silence, so that whoever listens can tell the time."""


@dataclass(frozen=True)
class Handed:
    """All were handed to others, who take `at_once` at a time and don't tell which."""

    at_once: int


@dataclass(frozen=True)
class Started:
    name: str


@dataclass(frozen=True)
class Stage:
    name: str
    stage: str


@dataclass(frozen=True)
class Again:
    """Its worker died; it is tried once more."""

    name: str
    why: str


@dataclass(frozen=True)
class Finished:
    """`folder` is where its files lie, to be taken from there; `seconds` from its start to its end."""

    name: str
    outcome: Outcome
    folder: Path
    seconds: float


@dataclass(frozen=True)
class Failed:
    """No answer: why, in a sentence, and all that is known of it (a traceback, where our own code failed)."""

    name: str
    why: str
    details: str = ""


@dataclass(frozen=True)
class Tick:
    """Nothing new."""


Event = Handed | Started | Stage | Again | Finished | Failed | Tick
