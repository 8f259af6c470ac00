"""What must not grow: counts that are the same on every machine, where seconds are not."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

import compute_lp
from benchmarks.scaled import scaled
from benchmarks.start import modules_of_help
from compute_lp import declare
from compute_lp.family import Family, Total, expand
from compute_lp.schema import Inputs
from planner import plan, workbook
from tests.models.programmes import day, programme

INDIA = Path(__file__).parents[2] / "inputs" / "india.xlsx"
ROOM = 1.02
"""How much India's programme may grow before someone has to say that it was meant."""


def of_days(count: int) -> Inputs:
    """The smallest programme, two periods of so many typical days, all different, at a price that is paid."""
    hours = [1 + hour / 64 for hour in range(24 * count)]
    return programme(
        profiles=day(price_index=hours, days=[365 / count] * len(hours)),
        energy_prices=[{"zone": "north", "usd_per_mwh": 70}],
        settings={"representative_days": float(count)},
    )


def with_sites(count: int) -> Inputs:
    return scaled(of_days(1), sites=count)


def test_a_day_more_costs_as_many_columns_rows_and_coefficients_as_its_hours_must_have() -> None:
    one, two = (expand(compute_lp.build(of_days(count))) for count in (1, 2))
    site_days, site_hours = 2, 2 * 24  # one site in two periods
    decided = ["import", "movable draw"]
    balance, connection, paid = 4, 1, 1  # import, idle, following, movable · import · its price
    below, above, ceiling, day_sum = (
        2,
        2,
        4,
        1,
    )  # movable, steady · the same · the balance's, ceiling for import · movable
    rows = ["balance", "connection", "below", "above", "ceiling"]
    assert two.matrix.shape[1] - one.matrix.shape[1] == len(decided) * site_hours
    assert two.matrix.shape[0] - one.matrix.shape[0] == len(rows) * site_hours + site_days
    coefficients = balance + connection + paid + below + above + ceiling + day_sum
    assert two.matrix.nnz - one.matrix.nnz == coefficients * site_hours + site_days  # a day's sum has its mean, too


def test_india_is_no_larger_than_it_was(india: Inputs) -> None:
    arrays = plan.programme(india).arrays
    rows, columns = arrays.matrix.shape
    assert columns <= 84_982 * ROOM
    assert rows <= 66_966 * ROOM
    assert arrays.matrix.nnz <= 547_743 * ROOM
    assert arrays.whole.sum() <= 923 * ROOM


@pytest.fixture(scope="module")
def india() -> Inputs:
    return workbook.read(INDIA)


@pytest.mark.parametrize("sites", [1, 9])
def test_every_rule_is_called_once_for_all_its_rows(sites: int, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[int] = Counter()
    templates: list[Any] = []

    def counting(block: Any, rule: Callable[..., Any], *given: Any) -> declare.Template:
        place = len(templates)

        def counted(*indices: Any) -> Any:
            calls[place] += 1
            return rule(*indices)

        templates.append(rule)
        return template_of(block, counted, *given)

    template_of = declare.template_of
    monkeypatch.setattr(declare, "template_of", counting)
    model = compute_lp.build(with_sites(sites))
    expand(model)
    families = [one for one in model.component_objects(pyo.Constraint) if isinstance(one, Family)]
    entries = sum(len(one.entries) for one in model.component_objects(pyo.Expression) if isinstance(one, Total))
    objective = 1
    assert len(templates) == len(families) + entries + objective
    assert calls == dict.fromkeys(range(len(templates)), 1)


def test_pyomo_makes_no_object_for_a_row_or_a_column() -> None:
    assert objects(with_sites(9)) == objects(with_sites(1))


def objects(inputs: Inputs) -> int:
    """Data objects of all components of a programme once its arrays are made."""
    model = compute_lp.build(inputs)
    expand(model)
    kinds = (pyo.Var, pyo.Param, pyo.Expression, pyo.Constraint)
    return sum(len(component._data) for component in model.component_objects(kinds))


def test_building_calls_no_python_for_an_hour() -> None:
    one, four = (of_days(count) for count in (1, 4))
    calls_of(one)  # what is made at first use only
    before, after = calls_of(one), calls_of(four)
    labels = 3 * (24 + 1)  # of the hours of three days more, and of the days: each is looked at once
    assert after - before <= labels


def calls_of(inputs: Inputs) -> int:
    """Calls of our Python functions from inputs to arrays."""
    root, count = INDIA.parents[1], 0
    ours = (str(root / "planner"), str(root / "models"))  # and no environment that stands in the repository

    def told(frame: Any, event: str, _: Any) -> None:
        nonlocal count
        count += event == "call" and frame.f_code.co_filename.startswith(ours)

    before = sys.getprofile()
    sys.setprofile(told)
    try:
        expand(compute_lp.build(inputs))
    finally:
        sys.setprofile(before)
    return count


def test_the_arrays_of_copied_sites_hold_as_much_again() -> None:
    sizes = [expand(compute_lp.build(with_sites(count))).matrix.nnz for count in (2, 4, 6)]
    assert np.diff(sizes)[0] == np.diff(sizes)[1]


def test_help_loads_the_rooms_it_tells_of_and_nothing_else() -> None:
    loaded: Sequence[str] = sorted(modules_of_help())
    assert [name for name in loaded if name.split(".")[0] != "planner"] == []
    assert "planner.cli" in loaded
    assert len(loaded) <= 20


def test_the_programme_loads_scipy_without_its_statistics_which_pyomo_still_gets_when_it_asks() -> None:
    code = (
        "import sys, compute_lp\nloaded = 'scipy.stats' in sys.modules\n"
        "from pyomo.common.dependencies import scipy\nprint(loaded, scipy.stats.norm.cdf(0.0))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=INDIA.parents[1], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "0.5"]
