"""What the answer says of halls and of the gap, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planner.answer import lines, proven
from planner.plan import plan
from planner.results import headline, tables
from planner.workbook import read
from tests.independent.cases.workbook import T_OF_K, base, unbuilt


def test_a_hall_that_stands_is_not_dated_by_what_is_added_to_it(tmp_path: Path) -> None:
    """1 k of chip, 1 MW of hall, is asked for in the first year, and one more in each that follows. Alpha has 1 MW and
    room for as much again."""
    book = base(3)
    book.ask(T_OF_K, 2 * T_OF_K, 3 * T_OF_K)
    book.change("sites", max_it_mw=2, existing_it_mw=1)
    book["sites"].append(unbuilt("beta"))
    made = plan(read(book.write(tmp_path / "workbook")))
    found = tables(made)
    told = " ".join(" ".join(lines(made, found, headline(made, found))).split())
    assert (
        "3 MW of IT halls: alpha (IN) (standing), 1 MW, more from 2028, up to 2 MW; beta (IN) from 2029, 1 MW." in told
    )


@pytest.mark.parametrize(
    ("figures", "objective", "said"),
    [
        ({}, "least_cost", "proven"),
        # 50,000 less 49,980 is 20; 20/50,000 is 0.04 %.
        (
            {"objective_musd": 50_000.0, "bound_musd": 49_980.0, "gap": 0.0004},
            "least_cost",
            "proven to 0.04% of cost with unserved value (20 M USD)",
        ),
        (
            {"objective_musd": 50_000.0, "bound_musd": 50_100.0, "gap": 0.002},
            "most_served",
            "proven to 0.20% of the value served (100 M USD)",
        ),
        (
            {"objective_musd": 50_000.0, "bound_musd": 49_999.0, "gap": 0.00002},
            "least_cost",
            "proven to less than 0.01% of cost with unserved value (1 M USD)",
        ),
        ({"objective_musd": 50_000.0, "bound_musd": 50_000.0, "gap": 0.0}, "least_cost", "proven the best"),
    ],
)
def test_a_gap_is_told_with_what_it_is_a_share_of_and_in_money(
    figures: dict[str, Any], objective: str, said: str
) -> None:
    assert proven(figures, objective) == said
