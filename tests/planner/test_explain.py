"""`planner explain`: every figure it tells, against small programmes solved by hand.

The smallest programme: 1 k of gpu for 1 MUSD serves all that chat asks in a year, 8.76 T. Renting them for a year at
1 USD/h costs 8.76 MUSD; a T unserved, 1,000 MUSD.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pytest import approx

from compute_lp.family import expand
from planner.plan import Plan, formulate
from planner.questions import trials
from planner.questions.evidence import binding, with_steps
from planner.questions.explain import Change, Explanation, explain
from planner.questions.items import NotFound, find_item, listed
from planner.results import tables
from planner.solve import solve
from tests.models.programmes import MH_A_YEAR, demand, programme, years

RENT_MUSD = 8.76
UNSERVED_MUSD = 1000 * MH_A_YEAR
"""A year of all that chat asks."""
ONE_YEAR: Mapping[str, Any] = {"periods": years(1), "demand": demand(1)}
DEAR: Mapping[str, Any] = {
    **ONE_YEAR,
    "accelerators": [{}, {"accelerator": "dear", "price_usd": 1600}],
    "supply": [{"max_units": 500}],
}
"""Half of gpu, 0.5 MUSD, and half of a dearer chip, 0.8 MUSD."""
PAID_MODEL: Mapping[str, Any] = {
    **ONE_YEAR,
    "models": [{}, {"model": "paid", "cost_musd": 5}],
    "sufficiency": [{}, {"model": "paid"}],
    "rates": {"serving": {("chat", "paid"): 2.0}},
}
"""A model adopted for 5 MUSD that halves the chips."""


def planned(**sheets: Any) -> Plan:
    inputs = programme(**sheets)
    model, warnings = formulate(inputs)
    arrays = expand(model)
    solution = solve(arrays, gap=0.0)
    assert solution.status == "optimal"
    return Plan(inputs, model, arrays, solution, solution.objective, (), tuple(warnings), {})


def asked(item: str, *, quick: bool = False, **sheets: Any) -> Explanation:
    plan = planned(**sheets)
    return explain(plan, find_item(plan, item), quick=quick)


def change(answer: Explanation, what: str) -> Change:
    (found,) = [one for one in answer.changes if one.what == what]
    return found


def test_what_the_plan_does_is_told_as_the_result_tables_have_it() -> None:
    plan = planned(**DEAR)
    answer = explain(plan, find_item(plan, "dear"), quick=True)
    bought = tables(plan)["procurement"].query("accelerator == 'dear'")["buy_units"].sum()
    assert answer.in_plan
    assert answer.paths["procurement.buy_units"] == {"2027": approx(bought)} == {"2027": approx(500)}
    assert answer.does[0] == "500 units bought in 2027"


def test_a_cloud_dearer_than_buying_is_told_what_it_would_have_to_cost() -> None:
    answer = asked("hyper", clouds=[{}], **ONE_YEAR)
    assert not answer.in_plan and answer.does == ("nothing committed to",)
    assert change(answer, "having").extra_musd == approx(RENT_MUSD - 1)
    price = change(answer, "price")
    assert price.share == approx((RENT_MUSD - 1) / RENT_MUSD, rel=1e-4)
    assert "usd_per_hour would have to fall by 88.6 %, to 0.114" in price.sentence
    assert [cell.where for cell in price.cells] == ["clouds.usd_per_hour"]


@pytest.mark.parametrize(("factor", "rented"), [(0.999, 1000), (1.001, 0)])
def test_at_that_price_and_not_before_the_plan_changes(factor: float, rented: float) -> None:
    clouds = [{"usd_per_hour": factor / RENT_MUSD}]
    answer = asked("hyper", quick=True, clouds=clouds, **ONE_YEAR)
    assert sum(answer.paths["clouds.rent_units"].values()) == approx(rented)


def test_a_price_is_that_of_the_first_unit_where_more_would_need_a_lower_one() -> None:
    # 0.5 k of dear are replaced by renting below 1.6 MUSD a k, all 1 k that are forced only below 1.3.
    answer = asked("hyper", clouds=[{}], **DEAR)
    assert change(answer, "having").extra_musd == approx(RENT_MUSD - 1.3)
    assert change(answer, "price").share == approx((RENT_MUSD - 1.6) / RENT_MUSD, rel=1e-4)


def test_what_would_not_come_into_the_plan_for_nothing_is_said_so() -> None:
    # Chips must be bought for 2028 and serve 2027 too, so renting in 2027 saves nothing.
    answer = asked("hyper", clouds=[{"available_to": "2027-06"}])
    assert change(answer, "having").extra_musd == approx(RENT_MUSD)
    assert change(answer, "price").share == approx(1)
    assert "even for nothing" in change(answer, "price").sentence


def test_a_stage_that_is_not_energised_is_told_what_it_costs_and_would_have_to() -> None:
    # A turbine of 1 MW costs 0.05 MUSD, the 10 MW of the stage 1 MUSD: 0.95 more, and half the price breaks even.
    answer = asked(
        "delhi 1",
        sites=[{"existing_mw": 0}],
        grid_offers=[{"usd_per_kw": 100}],
        energy_assets=[{"firm_credit": 1, "capex_usd_per_kw": 50}],
        **ONE_YEAR,
    )
    having = change(answer, "having")
    assert (having.amount, having.unit, having.extra_musd) == (10, "MW", approx(0.95))
    assert change(answer, "price").share == approx(0.5, rel=1e-4)
    assert "to 50" in change(answer, "price").sentence


def test_a_site_is_told_what_halls_there_would_cost() -> None:
    answer = asked("pune", sites=[{}, {"site": "pune", "existing_it_mw": 0, "fitout_usd_per_w": 5}], **ONE_YEAR)
    assert change(answer, "having").extra_musd == approx(10 * 5)
    assert answer.does[0] == "no halls fitted out"


def test_an_accelerator_that_costs_more_is_told_by_how_much_it_must_fall() -> None:
    answer = asked("dear", **{**DEAR, "supply": []})
    assert change(answer, "having").extra_musd == approx(0.6)
    assert change(answer, "price").share == approx(0.6 / 1.6, rel=1e-4)
    assert "price_usd would have to fall by 37.5 %, to 1,000" in change(answer, "price").sentence


def test_a_model_that_is_not_adopted_is_told_the_cost_of_a_run_beside_whole_numbers() -> None:
    answer = asked("paid", settings={"integers": "runs"}, **PAID_MODEL)
    having = change(answer, "having")
    assert (having.amount, having.unit, having.extra_musd, having.mode) == (1, "runs", approx(4.5), "own")
    assert change(answer, "price").share == approx(0.9)
    assert "its own as fractions" in having.sentence
    assert all("fractions" not in one.sentence for one in asked("paid", **PAID_MODEL).changes)
    assert answer.firmness is not None and answer.firmness.mode == "relaxed"
    # 1 % of 1 MUSD is 0.01; a run costs 5 and saves 0.5.
    assert answer.firmness.most == approx(0.01 / 4.5, rel=1e-3)


def test_a_model_that_costs_nothing_is_forced_to_answer_a_hundredth_of_what_it_could() -> None:
    # At half the rate a hundredth of 1 k of work takes a hundredth more of 1 MUSD.
    answer = asked(
        "slow",
        models=[{}, {"model": "slow"}],
        sufficiency=[{}, {"model": "slow"}],
        rates={"serving": {("chat", "slow"): 0.5}},
        **ONE_YEAR,
    )
    having = change(answer, "having")
    assert (having.amount, having.unit) == (approx(MH_A_YEAR / 100), "T")
    assert having.extra_musd == approx(0.01)
    assert [one.what for one in answer.changes] == ["having"]


def test_the_worth_of_supply_is_what_the_dearer_chip_costs_more() -> None:
    answer = asked("gpu", **DEAR)
    supply = next(limit for limit in answer.limits if limit.heading == "supply of accelerators")
    assert supply.worth == (approx(600),)
    assert supply.unit == "USD/unit" and supply.periods == ("2027",)
    assert [cell.where for cell in supply.limit.cells] == ["supply.max_units"]
    assert supply.weight_musd == approx(0.5 * 0.6)
    assert "one more is worth 600 USD/unit" in supply.sentence()


def test_a_degenerate_price_is_told_by_what_a_step_each_way_is_worth() -> None:
    # 1 k serves both years: a T more in either takes another share of a chip, a T less in one saves nothing.
    answer = asked("chat")
    (asks,) = [limit for limit in answer.limits if limit.heading == "one more token asked for"]
    assert asks.degenerate and asks.step is not None
    assert asks.step.more == approx(1 / MH_A_YEAR)
    assert asks.step.less == approx(0, abs=1e-9)
    assert "one more costs 0.114 USD/Mtoken, one less saves 0" in asks.sentence()


def test_a_limit_that_is_worth_nothing_is_not_told() -> None:
    # Halls at pune cost 5 MUSD a MW, but a MW there for nothing would be worth nothing: delhi has room.
    plan = planned(sites=[{}, {"site": "pune", "existing_it_mw": 0, "fitout_usd_per_w": 5}], **ONE_YEAR)
    pune = find_item(plan, "pune")
    binds = [limit for limit in binding(plan, pune) if limit.heading == "halls"]
    (halls,) = with_steps(binds, plan, trials.Trials(plan, pune, None), 1)
    assert halls.worth == (approx(5000),) and halls.degenerate
    assert halls.step is not None and halls.step.more == 0 and not halls.step.stands  # nothing stands: no less of it
    assert [limit for limit in explain(plan, pune).limits if limit.heading == "halls"] == []


def test_the_range_within_one_percent_is_what_one_percent_buys() -> None:
    # 1 % of 1.3 MUSD replaces 13/600 k of gpu with dear, or lets as little stay unserved; supply holds gpu at 500.
    exchanged, let_go = 1000 * 0.013 / 0.6, 1000 * 0.013 / (UNSERVED_MUSD - 1.6)
    gpu, dear = asked("gpu", **DEAR).firmness, asked("dear", **DEAR).firmness
    assert gpu is not None and dear is not None
    assert (gpu.least, gpu.most, gpu.planned) == (approx(500 - exchanged), approx(500), approx(500))
    assert (dear.least, dear.most, dear.planned) == (
        approx(500 - let_go, rel=1e-8),
        approx(500 + exchanged),
        approx(500),
    )
    assert gpu.sentence == "plans within 1% of the best cost have between 478 and 500 units bought, this one 500"


def test_doing_without_is_told_by_what_stays_unserved() -> None:
    assert change(asked("dear", **DEAR), "without").extra_musd == approx(UNSERVED_MUSD / 2 - 0.8)


def test_without_what_must_be_had_there_is_no_plan() -> None:
    must = {"settings": {"unserved_usd_per_mtoken": None}}
    without = change(asked("gpu", **must), "without")
    assert without.extra_musd is None and without.sentence == "without it there is no plan"


def test_having_it_earlier_is_told_by_what_waiting_saves() -> None:
    # Nothing is asked in 2027, and chips are a tenth cheaper in 2028.
    answer = asked("gpu", accelerators=[{"price_decline_per_year": 0.1}], demand=demand(0, 1))
    earlier = change(answer, "earlier")
    assert (earlier.amount, earlier.extra_musd) == (approx(1000), approx(0.1))
    assert "1,000 units bought in 2027 already" in earlier.sentence


WITHOUT: Mapping[str, tuple[str, Mapping[str, Any], float]] = {
    # Half is bought, half rented.
    "cap": (
        "cap",
        {"export_rules": [{"outcome": "free"}], "export_caps": [{"cap": "cap", "units": 500}], "clouds": [{}]},
        0.5 - RENT_MUSD / 2,
    ),
    "budget": ("total", {"budgets": [{"musd": 0.5}]}, 0.5 - UNSERVED_MUSD / 2),
    "policy": (
        "carbon_kt_max",
        {"countries": [{"grid_co2_kg_per_mwh": 1000}], "policies": [{"value": MH_A_YEAR / 2}]},
        0.5 - UNSERVED_MUSD / 2,
    ),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_without_a_limit_the_plan_costs_less_by_what_it_forbids(name: str) -> None:
    item, sheets, extra_musd = WITHOUT[name]
    answer = asked(item, **ONE_YEAR, **sheets)
    assert answer.in_plan is None
    assert change(answer, "without").extra_musd == approx(extra_musd)
    assert [limit.limit.cells[0].where.split(".")[0] for limit in answer.limits] == [answer.item.kind.sheet]


def test_a_cap_tells_what_it_counts_and_the_worth_of_a_unit() -> None:
    item, sheets, extra_musd = WITHOUT["cap"]
    answer = asked(item, **ONE_YEAR, **sheets)
    assert answer.does == ("at most 100 % of it is used, in 2027",)
    (limit,) = answer.limits
    assert limit.worth == (approx(-extra_musd / 500 * 1e6),) and limit.unit == "USD/unit/year"


def test_a_limit_touches_what_it_holds_back_by_another_name() -> None:
    _, sheets, _ = WITHOUT["budget"]
    assert "budget" in {limit.heading for limit in asked("gpu", quick=True, **ONE_YEAR, **sheets).limits}


LATE = {"accelerator": "next", "release": "2028-06", "lead_months": 12}
RULED = {"export_rules": [{"outcome": "licence"}]}
KEPT_OUT: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "a release too late": (
        "next",
        {"accelerators": [{}, LATE]},
        "it could arrive from 2029-06 on, and the last period starts in 2028-01: accelerators.release (release "
        "2028-06); accelerators.lead_months (lead_months 12)",
    ),
    "a release within the plan": (
        "next",
        {"accelerators": [{}, {**LATE, "release": "2027-06", "lead_months": 6}]},
        "it can arrive from 2028 on: accelerators.release (release 2027-06); accelerators.lead_months (lead_months 6)",
    ),
    "a last order too early": (
        "old",
        {"accelerators": [{}, {"accelerator": "old", "last_order": "2026-06", "lead_months": 3}]},
        "an order by its last date arrives by 2026-09, before any period that an order after plan start and release "
        "can reach",
    ),
    "a rule that denies": (
        "gpu",
        {"export_rules": [{"rule": "ban", "outcome": "denied"}], "clouds": [{}]},
        "delhi may not import it under ban: export_rules.outcome (outcome denied)",
    ),
    "a licence nobody holds": (
        "gpu",
        {**RULED, "clouds": [{}]},
        "it needs a licence, and no pot in export_licences is open where and when it could arrive",
    ),
    "a licence that lapses": (
        "pot",
        {**RULED, "export_licences": [{"mtpp": 1, "allocated": "2027-02", "expires_after_months": 6}], "clouds": [{}]},
        "no period starts while it is open: it is allocated in 2027-02 and lapses in 2027-08",
    ),
    "a queue too long": (
        "delhi:1",
        {"grid_offers": [{"lead_months": 60}]},
        "it could be energised from 2032-01 on, and the last period starts in 2028-01: grid_offers.lead_months "
        "(lead_months 60)",
    ),
    "a queue": ("delhi:1", {"grid_offers": [{"lead_months": 12}]}, "it can be energised from 2028 on"),
    "a plant too slow": (
        "delhi:plant",
        {"energy_assets": [{"lead_months": 30}]},
        "it could be in service from 2029-07",
    ),
    "halls too slow": ("delhi", {"sites": [{"build_months": 30}]}, "new halls could be in service from 2029-07 on"),
    "a haven that closes": (
        "pune",
        {"sites": [{}, {"site": "pune", "existing_it_mw": 0, "build_months": 12, "closed_from": "2028-01"}]},
        "the site closes: sites.closed_from (closed_from 2028-01)",
    ),
    "an offer that ends": (
        "hyper",
        {"clouds": [{"available_from": "2027-02", "available_to": "2027-12"}]},
        "no period starts while it can be signed: clouds.available_from (available_from 2027-02)",
    ),
    "a model not good enough": (
        "weak",
        {"models": [{}, {"model": "weak"}]},
        "it is good enough for no workload: sufficiency has no row of it with a share above 0",
    ),
    "a model not released": (
        "open2",
        {"models": [{}, {"model": "open2", "available_from": "2029-01"}], "sufficiency": [{}, {"model": "open2"}]},
        "it is released after the last period starts: models.available_from (available_from 2029-01)",
    ),
    "a model nothing runs": (
        "open2",
        {
            "models": [{}, {"model": "open2"}],
            "sufficiency": [{}, {"model": "open2"}],
            "rates": {"serving": {("chat", "open2"): 0.0}},
        },
        "no accelerator that could stand in a period in which it can serve runs it",
    ),
}


@pytest.mark.parametrize("name", KEPT_OUT)
def test_what_keeps_it_out_whatever_it_costs_is_told_with_its_cells(name: str) -> None:
    item, sheets, told = KEPT_OUT[name]
    answer = asked(item, quick=True, **sheets)
    assert any(reason.startswith(told) for reason in answer.reasons), answer.reasons


def test_what_could_be_had_from_the_first_period_on_has_no_such_reason() -> None:
    plan = planned(clouds=[{}], grid_offers=[{}], energy_assets=[{}])
    for item in ("gpu", "delhi", "delhi:1", "delhi:plant", "hyper", "open"):
        assert explain(plan, find_item(plan, item), quick=True).reasons == ()


def test_quick_solves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(**DEAR)
    monkeypatch.setattr(trials.Trials, "_solve", None)
    answer = explain(plan, find_item(plan, "gpu"), quick=True)
    assert (answer.changes, answer.firmness) == ((), None)
    assert answer.does and answer.limits


def test_the_reduced_cost_of_what_would_be_bought_can_be_0_though_it_costs_more() -> None:
    # Why re-solves are told instead: what was rented, not what is committed to, carries the cost here.
    plan = planned(clouds=[{}], **ONE_YEAR)
    assert plan.solution.reduced_cost[plan.arrays.columns["clouds.rent"].slice] == approx(0)


def test_names_are_found_however_they_are_written_and_near_misses_told() -> None:
    plan = planned(grid_offers=[{}], clouds=[{"cloud": "gpu"}], energy_assets=[{}])
    for name in ("delhi:1", "delhi 1", "Delhi 1", "stage:delhi:1", " stage: delhi 1"):
        assert str(find_item(plan, name)) == "stage delhi:1"
    assert str(find_item(plan, "cloud:gpu")) == "cloud gpu"
    with pytest.raises(NotFound, match="accelerator:gpu or cloud:gpu"):
        find_item(plan, "gpu")
    with pytest.raises(NotFound, match=r"'dehli'; did you mean 'delhi'\? Without a name all are listed$"):
        find_item(plan, "dehli")
    assert listed(plan) == {
        "site": ["delhi"],
        "stage": ["delhi:1"],
        "accelerator": ["gpu"],
        "model": ["open"],
        "workload": ["chat"],
        "cloud": ["gpu"],
        "asset": ["delhi:plant"],
    }


def test_everything_that_is_listed_can_be_explained() -> None:
    plan = planned(
        **ONE_YEAR,
        grid_offers=[{}],
        clouds=[{}],
        energy_assets=[{}],
        budgets=[{"musd": 50}],
        policies=[{}],
        export_rules=[{}],
        export_licences=[{"mtpp": 5}],
        export_caps=[{"units": 5000}],
    )
    for kind, names in listed(plan).items():
        for name in names:
            answer = explain(plan, find_item(plan, f"{kind}:{name}"))
            assert answer.sections() and answer.as_json()["kind"] == kind
