"""The five small cases of the formulation with known answers, from a folder of CSV files to the result tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import pytest
from pytest import approx

from planner import results
from tests.independent.cases import banking, cluster, cohorts, rental, shared_model
from tests.independent.cases.workbook import T_OF_K, Workbook
from tests.independent.planned import Planned, planned

Solve = Callable[[Workbook], Planned]
SWITCH = 14 + 2 / 3
"""MUSD a unit-year at which renting until site a is ready costs as much as building at site b."""


@pytest.fixture
def solve(tmp_path_factory: pytest.TempPathFactory) -> Solve:
    return lambda workbook: planned(workbook, tmp_path_factory.mktemp("case") / "workbook")


def by(result: Planned, table: str, key: str, value: str) -> dict[str, float]:
    """Sums of a column of a result table, of those that aren't zero."""
    rows: pd.DataFrame = results.tables(result.plan)[table]
    sums = rows.groupby(key)[value].sum()
    return {str(name): float(amount) for name, amount in sums.items() if abs(amount) > 1e-6}


@pytest.mark.parametrize("c", [6, 8, 10, SWITCH - 0.01, SWITCH + 0.01, 16])
def test_rental_is_a_stop_gap_until_it_costs_more_than_building_early(solve: Solve, c: float) -> None:
    """Ten units for five years: rented throughout; rented for three, then two years at a, at 8; or at b, at 12."""
    assert solve(rental(c)).objective_musd == approx(min(50 * c, 160 + 30 * c, 600), rel=1e-9)


def test_rental_gives_way_to_the_early_site_at_14_and_two_thirds(solve: Solve) -> None:
    """Just below, three years are rented and the chips stand at a; just above, they stand at b and none are rented."""
    below, above = solve(rental(SWITCH - 0.01)), solve(rental(SWITCH + 0.01))
    rented = {period: approx(10_000) for period in ("2027", "2028", "2029")}
    assert by(below, "clouds", "period", "rented_units") == rented
    assert by(below, "procurement", "site", "buy_units") == {"a": approx(10_000)}
    assert by(above, "clouds", "period", "rented_units") == {}
    assert by(above, "procurement", "site", "buy_units") == {"b": approx(10_000)}
    assert approx(600) == 160 + 30 * SWITCH


@pytest.mark.parametrize(("lapses_after_years", "short"), [(0, 15), (1, 5), (2, 0)])
def test_permission_is_banked_until_it_lapses(solve: Solve, lapses_after_years: int, short: int) -> None:
    """Ten a year for three years, 25 wanted in the third; never borrowed from a pot that is still to come."""
    result = solve(banking(lapses_after_years))
    assert result.figures["unserved_t"] == approx(short * T_OF_K, abs=1e-6)
    assert by(result, "export_control", "period", "licensed_mtpp") == {"2029": approx(25 - short)}
    assert result.objective_musd == approx((25 - short) * 1 + short * T_OF_K * 10)


def test_permission_is_never_borrowed(solve: Solve) -> None:
    """25 wanted in the first year, when only the first pot is open: 15 short, however long the pots last."""
    book = banking(2)
    book.ask(25 * T_OF_K, 0, 0)
    assert solve(book).figures["unserved_t"] == approx(15 * T_OF_K)


def test_cohorts_are_bought_as_need_and_performance_grow(solve: Solve) -> None:
    """50 of the first; 50 more need 35.714 of the second; in the third year the first are gone: 25.510 of the third."""
    result = solve(cohorts())
    k = {"g0": 50.0, "g1": 50 / 1.4, "g2": 50 / 1.96}
    assert by(result, "procurement", "accelerator", "buy_units") == approx(
        {name: 1000 * units for name, units in k.items()}
    )
    assert result.objective_musd == approx(k["g0"] + 0.75 * k["g1"] + 0.75**2 * k["g2"])
    assert result.objective_musd == approx(91.13520408, abs=1e-8)


@pytest.mark.parametrize("integers", ["none", "runs"])
def test_a_shared_model_is_paid_in_full_by_whoever_uses_it(solve: Solve, integers: str) -> None:
    """10 once, against 8 for each of two workloads: min(10, 8 + 10, 16). Shared out to nothing it would have been 2."""
    result = solve(shared_model(integers))
    assert result.objective_musd == approx(10)
    assert by(result, "models", "model", "run") == {"shared": approx(1)}
    assert by(result, "serving", "model", "served_t") == {"shared": approx(16)}


@pytest.mark.parametrize("integers", ["none", "runs"])
def test_three_small_sites_are_no_cluster(solve: Solve, integers: str) -> None:
    """100 at one site, room for 40 at each: no plan. Together they have room for 120, at 108."""
    assert solve(cluster((40, 40, 40), integers)).status == "infeasible"


@pytest.mark.parametrize("integers", ["none", "runs"])
@pytest.mark.parametrize("rooms", [(60, 60, 120)])
def test_a_cluster_stands_where_it_fits(solve: Solve, rooms: Sequence[float], integers: str) -> None:
    """100 at the third site, at 1.2; glued together at the cheaper two, 60 and 40, it would have been 104."""
    result = solve(cluster(rooms, integers))
    assert result.objective_musd == approx(100 * 1.2)
    assert by(result, "procurement", "site", "buy_units") == {"c": approx(100_000)}
