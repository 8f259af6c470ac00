"""Ranges of headline decisions and unlike plans, on programmes solved by hand and against scipy.

The smallest programme: 1 k of gpu for 1 MUSD serves what chat asks in a year (tests/models/programmes). `SECOND` has a
chip that does the same for 1.1 MUSD, so with a share s of the cost given up, up to 10 s k of it stand in for gpu.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from planner.compare.alternatives import (
    RANGES,
    TOLD_WITHIN,
    UNLIKE,
    alternatives,
    headlines,
    sentences,
    unlike_plans,
    word,
)
from planner.compare.laboratory import BASE, Laboratory
from planner.questions.trials import with_row
from tests.models.features import UNITED_STATES, everything
from tests.models.programmes import MH_A_YEAR, demand, minimum, shorten_days, years
from tests.planner.compare_source import laboratory

ONE_YEAR = {"periods": years(1), "demand": demand(1)}
SECOND = {**ONE_YEAR, "accelerators": [{}, {"accelerator": "dear", "price_usd": 1100}]}


def ranges_of(sheets: Any) -> pd.DataFrame:
    return alternatives(laboratory(sheets), BASE).set_index(["decision", "within"])


def ends(found: pd.DataFrame, decision: str, within: float) -> tuple[float, float]:
    row = found.loc[(decision, within)]
    return float(row["least"]), float(row["most"])


@pytest.fixture
def all_kinds(monkeypatch: pytest.MonkeyPatch) -> Laboratory:
    shorten_days(monkeypatch)
    return laboratory({"integers": "none"}, make=everything)


def test_a_dearer_chip_may_stand_in_for_as_much_as_the_share_pays_for() -> None:
    found = ranges_of(SECOND)
    assert list(found.reset_index().columns[:2]) == ["decision", "within"] and set(found.columns) < set(RANGES)
    for share in (0.01, 0.02, 0.05):
        # Instead, the share may pay for gpu that nobody needs.
        assert ends(found, "gpu in service, 2027", share) == approx(
            (1000 - 10_000 * share, 1000 + 1000 * share), rel=1e-5
        )
        assert ends(found, "dear in service, 2027", share) == approx((0, 10_000 * share), rel=1e-5)


def test_the_best_plan_and_units_are_told_beside_the_range() -> None:
    row = ranges_of(SECOND).loc[("gpu in service, 2027", 0.01)]
    assert row["best"] == approx(1000) and row["unit"] == "units"


def test_the_home_share_is_ranged_as_the_ratio_it_is() -> None:
    # Renting abroad costs 1.1 MUSD a k: a tenth of all within 1 %, a fifth within 2 %.
    abroad = {"country": "US", "operator_country": "US", "usd_per_hour": 1.1 / MH_A_YEAR}
    found = ranges_of({**ONE_YEAR, "countries": [{}, UNITED_STATES], "clouds": [abroad]})
    assert ends(found, "home share of compute, 2027", 0.01) == approx((0.9, 1), abs=1e-6)
    assert ends(found, "home share of compute, 2027", 0.02) == approx((0.8, 1), abs=1e-6)
    assert ends(found, "rented over the horizon", 0.02) == approx((0, 200), rel=1e-5)


def test_tokens_left_unserved_are_as_many_as_their_value_allows() -> None:
    # A T unserved costs 0.2 MUSD and saves the 1 / 8.76 it takes to serve it.
    found = ranges_of({**ONE_YEAR, "settings": {"unserved_usd_per_mtoken": 0.2}})
    most = 0.01 / (0.2 - 1 / MH_A_YEAR)
    assert ends(found, "unserved", 0.01) == approx((0, most), abs=1e-6)
    assert ends(found, "answered by small models", 0.01) == approx((MH_A_YEAR - most, MH_A_YEAR), rel=1e-6)


def test_every_range_holds_the_best_plan_and_widens(all_kinds: Laboratory) -> None:
    found = alternatives(all_kinds, BASE)
    slack = 1e-5 * found[["least", "most"]].abs().max(axis=1).clip(lower=1)
    assert (found["least"] <= found["best"] + slack).all() and (found["best"] <= found["most"] + slack).all()
    for _, rows in found.sort_values("within").groupby("decision"):
        assert (np.diff(rows["most"] - rows["least"]) >= -slack[rows.index].max()).all()


def test_ends_of_ranges_are_those_that_scipy_finds(all_kinds: Laboratory) -> None:
    found = alternatives(all_kinds, BASE, within=(0.02,)).set_index("decision")
    plan = all_kinds.relaxed(BASE)
    most_musd = plan.solution.objective * 1.02 - plan.arrays.offset
    near = with_row(plan.arrays, plan.arrays.cost, -np.inf, most_musd)
    for one in headlines(plan):
        if one.over is None:
            for sign, end in ((1.0, "least"), (-1.0, "most")):
                status, value, _ = minimum(near, sign * one.weights)
                assert status == 0
                assert found.loc[one.decision, end] == approx(sign * value + one.constant, rel=1e-5, abs=1e-4)


def test_processes_side_by_side_give_the_same_to_the_last_digit() -> None:
    one, two = (alternatives(laboratory(SECOND, jobs=jobs), BASE, within=(0.02,)) for jobs in (1, 2))
    assert one.equals(two)


def test_the_first_unlike_plan_swaps_as_many_chips_as_it_may() -> None:
    lab = laboratory(SECOND)
    found = unlike_plans(lab, BASE, alternatives(lab, BASE))
    assert list(found.columns) == list(UNLIKE)
    first = found[found["plan"] == 1].set_index("decision")
    assert first.loc["dear in service, 2027", ["best", "value"]].to_list() == approx([0, 200], abs=1e-3)
    assert first.loc["gpu in service, 2027", ["best", "value"]].to_list() == approx([1000, 800], rel=1e-5)
    assert first["dearer_share"].to_list() == approx([TOLD_WITHIN] * len(first), rel=1e-5)


def test_unlike_plans_differ_from_each_other_and_stay_within_their_cost(all_kinds: Laboratory) -> None:
    ranges = alternatives(all_kinds, BASE, within=(TOLD_WITHIN,))
    found = unlike_plans(all_kinds, BASE, ranges, count=3)
    assert set(found["plan"]) == {1, 2, 3}
    assert found["dearer_share"].max() <= TOLD_WITHIN * (1 + 1e-6)
    width = (ranges.set_index("decision")["most"] - ranges.set_index("decision")["least"]).clip(lower=1e-3)
    plans = [rows.set_index("decision")["value"] for _, rows in found.groupby("plan")]
    plans.append(found[found["plan"] == 1].set_index("decision")["best"])
    for i, one in enumerate(plans):
        for other in plans[:i]:
            assert ((one - other).abs() / width).sum() > 0.5


def test_where_nothing_may_vary_there_is_no_unlike_plan() -> None:
    lab = laboratory(ONE_YEAR)
    ranges = alternatives(lab, BASE)
    firm = ranges.assign(least=ranges["best"], most=ranges["best"])
    assert unlike_plans(lab, BASE, firm).empty


def test_a_scenario_without_a_plan_has_no_alternatives() -> None:
    none = {**ONE_YEAR, "accelerators": [{"lead_months": 6}], "settings": {"unserved_usd_per_mtoken": np.nan}}
    lab = laboratory(none)
    ranges = alternatives(lab, BASE)
    assert ranges.empty and unlike_plans(lab, BASE, ranges).empty
    assert sentences(ranges, unlike_plans(lab, BASE, ranges)) == ["There is no plan to differ from."]


def test_of_the_most_served_plans_that_serve_as_much_are_ranged() -> None:
    budget = {"settings": {"objective": "most_served"}, "budgets": [{"musd": 5}]}
    found = ranges_of({**SECOND, **budget})
    # All but a thousandth of the value is served, for 0.999 MUSD; 1 % of it pays for 99.9 of the dearer chip.
    assert ends(found, "dear in service, 2027", 0.01) == approx((0, 99.9), rel=1e-4)


@pytest.mark.parametrize(
    ("best", "least", "most", "said"),
    [
        (0, 0, 0, "out"),
        (0, 0, 5, "possible"),
        (4, 0, 5, "can be left out"),
        (100, 95, 104, "firm"),
        (100, 60, 104, "open in size"),
    ],
)
def test_how_firm_a_decision_is_in_a_word(best: float, least: float, most: float, said: str) -> None:
    assert word(best, least, most) == said


def test_ranges_and_plans_in_words() -> None:
    lab = laboratory(SECOND)
    ranges = alternatives(lab, BASE)
    told = sentences(ranges, unlike_plans(lab, BASE, ranges))
    assert "dear in service, 2027: 0 units in the best plan, 0 to 200 within 2 % of its cost: possible." in told
    assert any(sentence.startswith("Plan 1, 2 % dearer: ") and "dear in service" in sentence for sentence in told)
