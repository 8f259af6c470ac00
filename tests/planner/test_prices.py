"""Published shadow prices against what one unit more of the workbook's limit is worth, found by solving twice."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pytest import approx

from planner.results import prices
from tests.independent.cases.workbook import RATE, T_OF_K, Workbook, base, flow
from tests.independent.planned import Planned, planned


class Kind(NamedTuple):
    """A limit that halves what is served: where it stands in the workbook, a step more of it, and `per_unit`, which
    turns MUSD per unit of the column into the price's unit. The discounted length of the year undiscounts it."""

    part: str
    constraint: str
    sheet: str
    column: str
    limit: float
    step: float
    per_unit: float
    also: Callable[[Workbook], Any] = lambda book: None


def licensed(book: Workbook) -> None:
    book.add("export_rules", rule="lic", destination="IN", min_tpp=1, outcome="licence")


def rentable(book: Workbook) -> None:
    book.add("budgets", layer="L1", period="2027", musd=1000)
    book.change("accelerators", last_order="2026-01", release="2025-01")


def unbuilt_hall(book: Workbook) -> None:
    book.change("sites", existing_it_mw=None, build_months=0)


def unconnected(book: Workbook) -> None:
    book.change("sites", existing_mw=None)
    book.change("grid_offers", lead_months=0)


KINDS = [
    Kind("budget", "within_budget", "budgets", "musd", 5, 0.1, 1),
    Kind("procurement", "within_supply", "supply", "max_units", 500, 10, 1e6),
    Kind("export_control", "within_pot", "export_licences", "mtpp", 0.4, 0.01, 1, licensed),
    Kind("adoption", "taken_up", "adoption", "start_t_per_year", T_OF_K / 2, T_OF_K / 100, 1),
    Kind("clouds", "within_market", "clouds", "max_units", 500, 10, 1e6, rentable),
    Kind("serving", "within_model", "models", "max_t_per_year", T_OF_K / 2, T_OF_K / 100, 1),
    Kind("siting", "within_site", "sites", "max_it_mw", 0.5, 0.01, 1e3, unbuilt_hall),
    Kind("grid", "not_before_queue", "grid_offers", "mw", 0.5, 0.01, 1e3, unconnected),
]
KEYS: dict[str, dict[str, Any]] = {
    "budgets": {"layer": "L1", "period": "2027"},
    "supply": {"accelerator": "chip", "period": "2027"},
    "export_licences": {"licence": "pot", "rule": "lic", "destination": "IN", "allocated": "2027-01"},
    "adoption": {"workload": "chat"},
    "clouds": {
        "cloud": "pool", "country": "IN", "operator_country": "IN", "accelerator": "chip", "usd_per_hour": 1,
        "term_years": 1, "pue": 1,
    },
}  # fmt: skip


def solved(kind: Kind, limit: float, folder: Path) -> Planned:
    book = copy.deepcopy(base(1))
    book.programme(discount_rate=RATE)
    if kind.sheet in KEYS:
        book.add(kind.sheet, **KEYS[kind.sheet], **{kind.column: limit})
    else:
        book.change(kind.sheet, **{kind.column: limit})
    kind.also(book)
    return planned(book, folder)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.part}.{kind.constraint}")
def test_a_price_is_what_one_unit_more_is_worth(kind: Kind, tmp_path: Path) -> None:
    tight = solved(kind, kind.limit, tmp_path / "tight")
    loose = solved(kind, kind.limit + kind.step, tmp_path / "loose")
    gained_musd = tight.objective_musd - loose.objective_musd
    assert gained_musd > 0
    table = prices(tight.plan)
    published = table[(table["part"] == kind.part) & (table["constraint"] == kind.constraint)]["value"].sum()
    discounting = 1.0 if kind.constraint == "within_pot" else flow(0, 1)
    assert published == approx(gained_musd / kind.step * kind.per_unit / discounting, rel=1e-6)
