"""The periods of a plan: half-years while decisions bite, years after."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Period:
    """A period: name, first month, length in years."""

    name: str
    start: str
    years: float

    @property
    def middle(self) -> float:
        """Its middle as a calendar year with a fraction."""
        year, month = self.start.split("-")
        return int(year) + (int(month) - 1) / 12 + self.years / 2


def half_years_then_years(first: int, halved_to: int, last: int) -> tuple[Period, ...]:
    """Half-years from the first year to the end of `halved_to`, then years to the last, both inclusive."""
    halves = [
        Period(f"{year}H{half}", f"{year}-{1 if half == 1 else 7:02d}", 0.5)
        for year in range(first, halved_to + 1)
        for half in (1, 2)
    ]
    return (*halves, *(Period(str(year), f"{year}-01", 1.0) for year in range(halved_to + 1, last + 1)))


PERIODS = half_years_then_years(2027, 2028, 2035)
