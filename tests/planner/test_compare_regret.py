"""Order dates, and regret on programmes solved by hand.

The smallest programme: 1 k of gpu for 1 MUSD serves what chat asks in a year; a year unserved costs 8,760 MUSD
(tests/models/programmes). Here-and-now is what is ordered before 2028, so of chips without a lead what arrives in 2027.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from compute_lp.calendar import SLACK_YEARS
from planner.compare import regret as regretting
from planner.compare.laboratory import BASE, Laboratory
from planner.compare.orders import AMOUNT, MUSD, arrivals, order_book, order_dates
from planner.compare.regret import Regret, no_regret, regret, sentences, summarised
from planner.compare.solved import Forgets
from planner.plan import Plan
from tests.models.features import everything
from tests.models.programmes import demand, shorten_days, years
from tests.planner.compare_source import laboratory

YEAR_MUSD = 8760.0
CHEAPER = {"accelerators": [{"price_decline_per_year": 0.5}]}
BOOM = {"growth": {"demand": demand(1, 3)}}
"""In 2028 three times as much; of what is bought then, at half the price, no more than 1 k comes."""
SCARCE = {**CHEAPER, "supply": [{"period": "2028", "max_units": 1000}]}
MUST_SERVE = {"settings": {"unserved_usd_per_mtoken": np.nan}}


def lived(found: Regret, plan_of: str, lived_in: str) -> pd.Series[Any]:
    table = found.table.set_index(["plan_of", "lived_in"])
    row: pd.Series[Any] = table.loc[(plan_of, lived_in)]
    return row


def dates(plan: Plan, name: str) -> dict[tuple[Any, ...], float]:
    index = plan.arrays.columns[name].index
    return {index.label(i): date for i, date in enumerate(order_dates(plan)[name])}


@pytest.fixture
def all_kinds(monkeypatch: pytest.MonkeyPatch) -> Laboratory:
    """Everything there is, in a base and in a world with long queues; plan start is three months before the periods."""
    shorten_days(monkeypatch)
    integers = {"integers": "none"}
    return laboratory(integers, make=everything, slow={"queue": {"grid_delay": "high"}}, same={})


def test_an_order_falls_its_lead_and_licence_delay_before_service(all_kinds: Laboratory) -> None:
    plan = all_kinds.relaxed(BASE)
    # Periods start 0.25, 0.75, 1.25 and 2.25 years after plan start.
    assert dates(plan, "grid.energise_mw")["delhi:2", "b"] == approx(0.75 - 0.5)
    assert dates(plan, "grid.energise_mw")["delhi:1", "b"] == approx(0.75)
    assert dates(plan, "siting.fitout_mw")["delhi", "c"] == approx(1.25 - 0.25)
    assert dates(plan, "procurement.buy")["gpu", "delhi", "b"] == approx(0.75 - 1 / 12)
    assert dates(plan, "procurement.buy")["gpu", "ohio", "b"] == approx(0.75)
    assert dates(plan, "energy.build_mw")["oslo:mill", "a"] == approx(0)
    assert dates(plan, "clouds.rent")["hyper", "c"] == approx(1.25)
    assert dates(plan, "adoption.adopt")["chat", "a"] == approx(0.25)


def test_the_queue_that_the_plan_is_made_for_dates_the_order(all_kinds: Laboratory) -> None:
    assert dates(all_kinds.relaxed("slow"), "grid.energise_mw")["ohio:1", "c"] == approx(1.25 - 0.75)
    assert dates(all_kinds.relaxed(BASE), "grid.energise_mw")["ohio:1", "c"] == approx(1.25 - 0.5)


def test_a_run_begins_with_its_experiments(all_kinds: Laboratory) -> None:
    begun = dates(all_kinds.relaxed(BASE), "training.run")
    # A run ends at the end of b, 1.25 years after plan start; experiments may be done from a on, 0.25.
    assert begun["own", "b"] == approx(0.25)
    # The year before the end of c, 2.25, begins with c; a model adopted at a cost is had at once.
    assert begun["own", "c"] == approx(1.25) and begun["paid", "b"] == approx(0.75)


def test_no_order_falls_before_plan_start(all_kinds: Laboratory) -> None:
    for scenario in (BASE, "slow"):
        for found in order_dates(all_kinds.relaxed(scenario)).values():
            assert (found >= -SLACK_YEARS).all()


def test_orders_of_a_plan_stand_where_they_stood_in_the_same_programme(all_kinds: Laboratory) -> None:
    plan = all_kinds.relaxed(BASE)
    held = np.zeros(len(plan.arrays.lower))
    for name, orders in order_book(plan, 10.0).items():
        held[plan.arrays.columns[name].start + arrivals(orders, plan, name)] = orders[AMOUNT]
    for name in order_dates(plan):
        own = plan.arrays.columns[name].slice
        assert held[own] == approx(plan.solution.x[own], abs=1e-6)


def test_money_of_orders_is_what_the_ledgers_say(all_kinds: Laboratory) -> None:
    plan = all_kinds.relaxed(BASE)
    book = order_book(plan, 10.0)
    spent = {
        name: float((entry.spread @ entry.at(plan.solution.x)).sum())
        for name, entry in plan.arrays.totals["money"].entries.items()
    }
    for block, entry in (
        ("procurement.buy", "L1|accelerators"),
        ("siting.fitout_mw", "L1|halls"),
        ("clouds.rent", "L1|clouds"),
    ):
        assert book[block][MUSD].sum() == approx(spent[entry], abs=1e-5)
        assert spent[entry] > 0


def test_a_plan_lived_in_its_own_scenario_costs_nothing_more(all_kinds: Laboratory) -> None:
    found = regret(all_kinds, [BASE, "same"])
    assert found.table["regret_musd"].to_numpy() == approx(np.zeros(4), abs=1e-6)
    assert found.table["fallen_away_share"].to_numpy() == approx(np.zeros(4), abs=1e-6)


def test_regret_is_never_negative_and_the_same_for_the_same_plan(all_kinds: Laboratory) -> None:
    found = regret(all_kinds, [BASE, "slow", "same"])
    assert (found.table["regret_musd"] >= 0).all()
    assert lived(found, BASE, "slow")["regret_musd"] == approx(lived(found, "same", "slow")["regret_musd"])


def test_too_little_and_too_much_bought_early_are_regretted() -> None:
    # Best: 1 k in 2027 for 1 MUSD; with the boom 2 k for 2 and one of 2028 for 0.5.
    found = regret(laboratory(SCARCE, boom=BOOM), [BASE, "boom"])
    # Begun with 1 k, 1 k of the boom's year stays unserved, and 1 MUSD less is spent.
    assert lived(found, BASE, "boom")["regret_musd"] == approx(YEAR_MUSD - 1)
    assert lived(found, BASE, "boom")["regret_share"] == approx((YEAR_MUSD - 1) / 2.5)
    # Begun with 2 k, the base has 1 k too many.
    assert lived(found, "boom", BASE)["regret_musd"] == approx(1)
    assert found.minimax == "boom"
    assert found.summary.set_index("plan_of").loc["boom", "worst_in"] == BASE


def test_processes_side_by_side_give_the_same_to_the_last_digit() -> None:
    one, two = (regret(laboratory(SCARCE, boom=BOOM, jobs=jobs), [BASE, "boom"]) for jobs in (1, 2))
    assert one.table.equals(two.table) and one.no_regret.equals(two.no_regret)


class Remembers(Forgets):
    """A keeper in memory."""

    def __init__(self) -> None:
        self.kept: dict[Any, Any] = {}

    def made(self, view: str, key: str, scenarios: Sequence[str], make: Callable[[], Any]) -> Any:
        return self.kept[view, key, *scenarios]

    def knows(self, view: str, key: str, scenarios: Sequence[str]) -> bool:
        return (view, key, *scenarios) in self.kept

    def keep(self, view: str, key: str, scenarios: Sequence[str], found: Any) -> None:
        self.kept[view, key, *scenarios] = found


def test_a_regret_that_was_stopped_goes_on_with_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, keeper, live, lived_in = [BASE, "boom"], Remembers(), regretting._lived, list[str]()

    def stopped_in_the_second(lab: Any, world: Any) -> Any:
        if world.name == "boom" and not lived_in:
            raise KeyboardInterrupt
        return live(lab, world)

    def told(lab: Any, world: Any) -> Any:
        lived_in.append(world.name)
        return live(lab, world)

    monkeypatch.setattr(regretting, "_lived", stopped_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        regret(laboratory(SCARCE, boom=BOOM), asked, keeper=keeper)
    monkeypatch.setattr(regretting, "_lived", told)
    found = regret(laboratory(SCARCE, boom=BOOM), asked, keeper=keeper)
    assert lived_in == ["boom"]
    assert found.table.equals(regret(laboratory(SCARCE, boom=BOOM), asked).table)
    # With another commitment date other orders are here and now, and all is lived anew.
    del lived_in[:]
    regret(laboratory(SCARCE, boom=BOOM), asked, 24.0, keeper)
    assert lived_in == [BASE, "boom"]


def test_with_a_later_commitment_more_is_here_and_now() -> None:
    # Before 2029 all is: the 0.5 MUSD of 2028 are too much in the base as well, and the base has 2 k too few.
    found = regret(laboratory(SCARCE, boom=BOOM), [BASE, "boom"], commit_months=24)
    assert lived(found, "boom", BASE)["regret_musd"] == approx(1.5)
    assert lived(found, BASE, "boom")["regret_musd"] == approx(2 * YEAR_MUSD - 1.5)


def test_a_longer_wait_delays_what_is_ordered_and_a_shorter_one_brings_it_early() -> None:
    # Ordered at once, chips come in 2028 or, late, in 2029: the best that can be done in either world.
    sheets = {"periods": years(3), "demand": demand(0, 1, 1), "accelerators": [{"lead_months": 12}]}
    late = {"wait": {"accelerators": [{"lead_months": 24}]}}
    lab = laboratory(sheets, late=late)
    found = regret(lab, [BASE, "late"])
    assert lab.relaxed("late").objective_musd == approx(YEAR_MUSD + 1)
    assert found.table["regret_musd"].to_numpy() == approx(np.zeros(4), abs=1e-6)
    assert found.table["fallen_away_share"].to_numpy() == approx(np.zeros(4), abs=1e-6)


def test_what_a_scenario_does_not_allow_falls_away_and_is_told_by_money() -> None:
    # Half of what is ordered doesn't come; the half is made up for in 2028.
    embargo = {"supply": {"supply": [{"max_units": 500}]}}
    found = regret(laboratory(CHEAPER, embargo=embargo), [BASE, "embargo"])
    assert lived(found, BASE, "embargo")["fallen_away_share"] == approx(0.5, abs=1e-6)
    assert lived(found, BASE, "embargo")["regret_musd"] == approx(0, abs=1e-5)
    # Begun with half as much where all could have been had: 0.5 k at half the price, and half a year unserved.
    assert lived(found, "embargo", BASE)["regret_musd"] == approx(YEAR_MUSD / 2 - 0.25)
    assert any("50 % by money" in sentence for sentence in sentences(found))


def test_what_can_be_lived_is_lived_even_where_it_is_of_no_use() -> None:
    # Half still comes, though nobody asks for anything.
    bust = {"bust": {"supply": [{"max_units": 500}], "demand": demand(0, 0)}}
    found = regret(laboratory(CHEAPER, bust=bust), [BASE, "bust"])
    assert lived(found, BASE, "bust")["regret_musd"] == approx(0.5, abs=1e-6)
    assert np.isnan(lived(found, BASE, "bust")["regret_share"])


def test_a_chip_that_is_not_sold_falls_away_whole() -> None:
    ban = {"ban": {"export_rules": [{"outcome": "denied"}], "clouds": [{}]}}
    found = regret(laboratory(CHEAPER, ban=ban), [BASE, "ban"])
    assert lived(found, BASE, "ban")["fallen_away_share"] == approx(1)
    # What the ban's own plan rents in 2027 the base's didn't order: a year goes unserved, and 8.76 MUSD are saved.
    assert lived(found, BASE, "ban")["regret_musd"] == approx(YEAR_MUSD - 8.76)


def test_a_plan_that_orders_too_little_for_what_must_be_served_cannot_be_lived() -> None:
    found = regret(laboratory({**SCARCE, **MUST_SERVE}, boom=BOOM), [BASE, "boom"])
    assert np.isinf(lived(found, BASE, "boom")["regret_musd"])
    assert found.minimax == "boom" and lived(found, "boom", BASE)["regret_musd"] == approx(1)
    assert any("of base, which can't be lived in boom." in sentence for sentence in sentences(found))


def test_a_scenario_without_a_plan_is_left_out_and_told() -> None:
    sheets = {"periods": years(1), "demand": demand(1), **MUST_SERVE}
    found = regret(laboratory(sheets, late={"wait": {"accelerators": [{"lead_months": 6}]}}), [BASE, "late"])
    assert found.without_plan == ("late",)
    assert list(found.table["lived_in"]) == [BASE]
    assert sentences(found)[0].startswith("late: no plan exists")


def test_of_the_most_served_regret_is_value_served() -> None:
    # 1 MUSD in all buys 1 k in 2027; where 1 MUSD more comes in 2028, the boom is served but for what 1 k can't.
    sheets = {**SCARCE, "settings": {"objective": "most_served"}, "budgets": [{"musd": 2}]}
    found = regret(laboratory(sheets, boom=BOOM), [BASE, "boom"])
    assert found.value_served
    # The base's cheapest plan gives up a thousandth of the value of two years: 0.002 of 1 k.
    assert lived(found, BASE, "boom")["regret_musd"] == approx(YEAR_MUSD, rel=0.005)


def test_summary_has_the_largest_the_mean_and_the_weighted_mean() -> None:
    table = pd.DataFrame(
        {
            "plan_of": ["a", "a", "b", "b"],
            "lived_in": ["a", "b", "a", "b"],
            "regret_musd": [0.0, 6.0, 4.0, 0.0],
            "fallen_away_share": [0.0, 0.25, 0.0, 0.0],
        }
    )
    found = summarised(table, {"a": 3.0, "b": 1.0}).set_index("plan_of")
    assert list(found.loc["a"]) == [6.0, "b", 3.0, 1.5, 0.25]
    assert list(found.loc["b"]) == [4.0, "a", 2.0, 3.0, 0.0]
    assert summarised(table, {"a": 0.0, "b": 0.0})["weighted_mean_musd"].isna().all()


def test_a_scenario_without_weight_does_not_spoil_the_weighted_mean() -> None:
    table = pd.DataFrame(
        {"plan_of": ["a", "a"], "lived_in": ["a", "b"], "regret_musd": [1.0, np.inf], "fallen_away_share": [0.0, 0.0]}
    )
    found = summarised(table, {"a": 2.0, "b": 0.0}).iloc[0]
    assert found["weighted_mean_musd"] == 1.0 and np.isinf(found["maximum_musd"])


def test_decisions_of_no_regret_are_the_least_over_scenarios() -> None:
    found = regret(laboratory(SCARCE, boom=BOOM), [BASE, "boom"])
    (row,) = found.no_regret.to_dict("records")
    assert row["decision"] == "accelerators bought: gpu, delhi, 2027" and row["unit"] == "units"
    assert (row["least"], row["most"], row["base"], row["scenarios"]) == approx((1000, 2000, 1000, 2))
    assert any("gpu, delhi, 2027: 1,000 units" in sentence for sentence in sentences(found))


def test_a_decision_that_one_scenario_of_ten_lacks_is_listed_with_nothing_as_its_least() -> None:
    lab = laboratory(SCARCE, boom=BOOM, none={"bust": {"demand": demand(0, 0)}})
    books = {f"{i}": order_book(lab.relaxed("boom"), 1.0) for i in range(9)}
    with_base = {BASE: order_book(lab.relaxed("none"), 1.0), **books}
    (row,) = no_regret(with_base).to_dict("records")
    assert (row["least"], row["most"], row["base"], row["scenarios"]) == approx((0, 2000, 0, 9))
    assert no_regret({**with_base, "bust": order_book(lab.relaxed("none"), 1.0)}).empty
