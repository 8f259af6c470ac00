"""What a case is, and the decorator that makes one of a function.

The function changes the base workbook and returns what is expected, as the arithmetic by hand: a number for the
objective, `by_hand` for other figures beside it, INFEASIBLE, or OPEN where only the two implementations can be
compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.independent.cases.workbook import Workbook, base

EXACT_GAP = 1e-7
"""Of cases with whole numbers, so that their optimum compares to 1e-6."""


@dataclass(frozen=True)
class Expected:
    status: str = "optimal"
    objective_musd: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


OPEN = Expected()
INFEASIBLE = Expected(status="infeasible")


def by_hand(objective_musd: float, **figures: float) -> Expected:
    """The objective and some of served_t, unserved_t, carbon_kt."""
    return Expected(objective_musd=objective_musd, figures=figures)


@dataclass(frozen=True)
class Case:
    """`ties` names figures that equally good plans don't share, so that they can't be compared."""

    name: str
    workbook: Workbook
    expected: Expected
    ties: tuple[str, ...]


CASES: list[Case] = []


def case(
    years: int = 1, *, integers: str = "none", variants: Mapping[str, Any] | None = None, ties: tuple[str, ...] = ()
) -> Callable[[Callable[..., float | Expected]], Callable[..., float | Expected]]:
    """Registers a case on the base workbook of so many years; with `variants`, one for each, which the function is
    handed."""

    def register(make: Callable[..., float | Expected]) -> Callable[..., float | Expected]:
        for variant, value in ({"": None} if variants is None else variants).items():
            workbook = base(years)
            workbook.programme(integers=integers)
            expected = make(workbook) if variants is None else make(workbook, value)
            CASES.append(
                finished(f"{make.__name__}[{variant}]" if variant else make.__name__, workbook, expected, ties)
            )
        return make

    return register


def finished(name: str, workbook: Workbook, expected: float | Expected, ties: tuple[str, ...] = ()) -> Case:
    if workbook["programme"][0]["integers"] != "none":
        workbook.programme(gap=EXACT_GAP)
    return Case(name, workbook, by_hand(expected) if isinstance(expected, float | int) else expected, ties)
