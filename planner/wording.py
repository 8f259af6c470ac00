"""How figures are said: three significant figures, money in the unit people say it in."""

from __future__ import annotations

NOTABLE = 1e-6
"""Below it a figure is 0 to a reader."""


def number(value: float) -> str:
    """Three significant figures with thousands separators; whole numbers from a hundred on."""
    if abs(value) < NOTABLE:
        return "0"
    if abs(value) >= 100:
        digits = len(str(int(abs(value)))) - 3
        return f"{int(round(value, -digits)):,}"
    return f"{value:.3g}"


def money(musd: float) -> str:
    """MUSD as people say it."""
    return f"{number(musd / 1000)} bn USD" if abs(musd) >= 1000 else f"{number(musd)} M USD"
