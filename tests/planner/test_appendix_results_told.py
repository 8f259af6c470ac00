"""What appendix F says in sentences, and how its tables are bounded: figures worked by hand, nothing solved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
from pytest import approx

from planner.appendices.results import opening
from planner.appendices.results.across import Pool, across, every_period, largest, long, percent, ranges
from planner.appendices.results.balance import of_hours, of_tokens
from planner.appendices.results.budget import budget_line, of_budgets, of_spending
from planner.appendices.results.limiters import by_limit, of_limits
from planner.appendices.results.portfolio import of_models, of_small, runs_of
from planner.appendices.results.power import of_energy
from planner.appendices.results.procurement import ledger, of_licences, of_purchases
from planner.appendices.results.siting import of_halls, of_stages, stage_table
from planner.appendices.results.sovereignty import AT_HOME, FOREIGN, LASTING, Score, of_scores
from planner.appendices.results.unit_costs import Owned, of_hour, of_token
from planner.report.blocks import Column, Figure, texts
from planner.report.charts.against import against
from planner.wording import joined, several

YEARS = ["2027", "2028", "2029"]
NAME = Column("name", "Name", kind="text")


def rows(**paths: Sequence[float]) -> pd.DataFrame:
    """`name`, `period`, `value`, of one value a year."""
    return pd.DataFrame(
        [(name, period, value) for name, path in paths.items() for period, value in zip(YEARS, path, strict=True)],
        columns=["name", "period", "value"],
    )


def months(*stages: tuple[str, float, float, str | None, float]) -> pd.DataFrame:
    """Stages: site, MW offered, MW taken, month energised, months after the offer."""
    frame = pd.DataFrame(stages, columns=["site", "mw", "connected_mw", "energised", "slip_months"])
    share = frame["connected_mw"] / frame["mw"]
    return frame.assign(stage="1", lead_months=12.0, offered="2028-01", ordered=None, share=share)


def test_periods_beyond_a_page_are_pooled_flows_summed_and_stocks_at_their_last() -> None:
    quarters = [f"{2027 + i // 4}Q{i % 4 + 1}" for i in range(24)]
    pool = Pool(quarters)
    assert pool.at_a_time == 3
    assert pool.columns[:2] == ["2027Q1–2027Q3", "2027Q4–2028Q2"]
    given = pd.DataFrame({"name": "a", "period": quarters, "value": range(24)})
    flow = across("T", given, (NAME,), quarters, flow=True, total=False)
    assert list(flow.frame.iloc[0, 1:4]) == [0 + 1 + 2, 3 + 4 + 5, 6 + 7 + 8]
    assert flow.frame["All"].iloc[0] == sum(range(24))
    stock = across("T", given, (NAME,), quarters, flow=False, total=False)
    assert list(stock.frame.iloc[0, 1:4]) == [2, 5, 8]
    assert "3 periods a column, the last of them shown." in stock.note


def test_a_long_table_keeps_the_largest_and_sums_the_rest() -> None:
    given = pd.DataFrame([(f"site {i}", "2027", float(i)) for i in range(40)], columns=["name", "period", "value"])
    table = across("T", given, (NAME,), ["2027"], flow=False, most=15)
    assert len(table.frame) == 16
    assert list(table.frame["name"][:2]) == ["site 26", "site 27"]
    assert list(table.frame["name"][-2:]) == ["other (26)", "all"]
    assert list(table.frame["2027"][-2:]) == [sum(range(26)), sum(range(40))]


def test_rows_of_two_names_have_their_sum_in_one_row() -> None:
    given = rows(a=[1, 2, 3]).assign(what="x")
    table = across("T", given, (NAME, Column("what", "What", kind="text")), YEARS, flow=True)
    assert texts(table)[-1] == ["all", "", "1", "2", "3", "6"]


def test_what_has_no_row_is_nothing_or_left_blank() -> None:
    given = rows(a=[1, 2, 3]).iloc[:2]
    assert texts(across("T", given, (NAME,), YEARS, flow=False, total=False)) == [["a", "1", "2", "0"]]
    assert texts(across("T", given, (NAME,), YEARS, flow=False, total=False, blank=True)) == [["a", "1", "2", "–"]]


def test_the_smallest_layers_of_a_figure_are_summed() -> None:
    told = largest(rows(a=[1, 0, 0], b=[5, 5, 5], c=[2, 2, 2]), "name", 2)
    assert list(told["name"].unique()) == ["b", "other (2)"]
    assert list(told.loc[told["name"] == "other (2)", "value"]) == [3, 2, 2]


def test_a_layer_has_a_value_in_every_period() -> None:
    assert list(every_period(rows(a=[1, 2, 3]).iloc[1:], ["name"], YEARS)["value"]) == [0, 2, 3]


def test_a_wide_frame_becomes_rows() -> None:
    wide = pd.DataFrame([[1.0, 2.0]], index=pd.Index(["a"], name="name"), columns=pd.Index(["2027", "2028"], name="t"))
    assert long(wide, "mw").to_dict("list") == {"name": ["a", "a"], "t": ["2027", "2028"], "mw": [1, 2]}


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ([], "never"),
        (YEARS, "in every period"),
        (["2028"], "in 2028"),
        (["2027", "2029"], "in 2027 and 2029"),
        (["2029", "2028"], "in 2028 to 2029"),
    ],
)
def test_periods_are_said_in_few_words(chosen: list[str], said: str) -> None:
    assert ranges(chosen, YEARS) == said


def test_lists_counts_and_shares_are_said_as_people_say_them() -> None:
    assert joined([]) == ""
    assert joined(["a", "b", "c"]) == "a, b and c"
    assert joined(list("abcdef")) == "a, b, c, d and 2 more"
    assert (several(1, "site"), several(1200, "site")) == ("1 site", "1,200 sites")
    assert [percent(share) for share in (0.874, 0.0032, 0.0)] == ["87%", "0.3%", "0%"]


def test_the_opening_names_the_periods_not_to_be_read() -> None:
    assert "2028 and 2029 are too near the end" in opening("2026", YEARS)
    assert "too near" not in opening("2026", YEARS[:2])


def test_halls_are_told_from_first_to_last() -> None:
    at_end = pd.Series({"mumbai": 30.0, "narvik": 0.0, "jamnagar": 90.0})
    told = of_halls(pd.Series([20.0, 60.0, 120.0], index=YEARS), at_end, 3)
    assert told == "Halls grow from 20 MW in 2027 to 120 MW in 2029, at 2 of 3 sites; jamnagar holds 75% of them."
    assert "stay at 20 MW" in of_halls(pd.Series([20.0, 20.0], index=YEARS[:2]), pd.Series({"mumbai": 20.0}), 1)
    assert of_halls(pd.Series([0.0], index=YEARS[:1]), pd.Series({"mumbai": 0.0}), 2).startswith("No halls stand")


def test_stages_are_told_with_what_is_taken_and_how_late() -> None:
    found = months(("a", 60, 30, "2030-01", 24), ("b", 40, 40, "2028-01", 0), ("c", 100, 0, None, float("nan")))
    assert of_stages(found) == (
        "Of 3 stages of connection on offer 2 are taken, 70 of their 100 MW, the first at b in 2028-01; 1 as soon as "
        "it can be had, the latest 24 months after."
    )
    assert of_stages(found.iloc[2:]) == "1 stage of connection on offer, none taken."
    assert texts(stage_table(found, "central"))[-1][:3] == ["all", "", "200"]


def test_forty_sites_leave_a_short_table_of_stages() -> None:
    many = months(*((f"site {i}", 10.0, float(i < 3), "2030-01" if i < 3 else None, 0.0) for i in range(80)))
    table = stage_table(many, "central")
    assert len(table.frame) == 31
    assert list(table.frame["site"][:3]) == ["site 0", "site 1", "site 2"]
    assert table.frame.iloc[-2][["site", "mw", "connected_mw"]].to_list() == ["other (51)", 510, 0]
    assert table.frame["mw"].iloc[:-1].sum() == table.frame["mw"].iloc[-1] == 800


def bought(*cohorts: tuple[str, str, str, float, float]) -> pd.DataFrame:
    """Accelerator, site, period, units, MUSD."""
    frame = pd.DataFrame(cohorts, columns=["accelerator", "site", "period", "units", "musd"])
    return frame.assign(mtpp=frame["units"] / 1e3, licence="", start=frame["period"] + "-01")


def test_purchases_are_told_in_all_and_by_the_kind_of_most_money() -> None:
    found = bought(("a", "x", "2028", 1000, 30), ("b", "x", "2027", 500, 10), ("a", "y", "2027", 500, 60))
    told = "2,000 accelerators of 2 kinds arrive from 2027 to 2028, bought for 100 M USD, 90% of it for a."
    assert of_purchases(found) == told
    assert of_purchases(found.iloc[:0]) == "No accelerator is bought."


def test_a_long_ledger_keeps_the_dearest_cohorts_and_its_sum() -> None:
    found = bought(*(("chip", "x", str(2000 + i), 100.0, float(i)) for i in range(20)))
    table = ledger(found)
    assert len(table.frame) == 16
    rest, every = table.frame.iloc[-2], table.frame.iloc[-1]
    assert (rest["accelerator"], rest["units"], rest["musd"]) == ("other (6)", 600, 0 + 1 + 2 + 3 + 4 + 5)
    assert (every["units"], every["usd_each"]) == (2000, 190e6 / 2000)


def test_permission_is_told_as_used_and_lapsed() -> None:
    pots = pd.DataFrame({"licence": ["a", "b"], "size": [20.0, 30.0], "used": [15.0, 5.0], "lapsed": [5.0, 0.0]})
    told = of_licences(pots, 4)
    assert told == "2 export licences of 50 MTPP could be drawn on: 20 MTPP is used and 5 MTPP lapses unused."
    assert of_licences(pots.iloc[:0], 0) == "None of them needs a licence."
    assert "4 export licences in the workbook: none" in of_licences(pots.iloc[:0], 4)


def test_tokens_are_told_by_what_answers_them() -> None:
    found = rows(**{"owned at home": [6, 60, 600], "unserved": [4, 30, 300], "out of reach": [1, 1, 1]})
    found = found.rename(columns={"name": "where"})
    assert of_tokens(found, YEARS) == (
        "Of 1,000 T in reach of a model: owned at home 67%, unserved 33%. Unserved is 40% of what is in reach in 2027 "
        "and 33% in 2029."
    )
    assert of_tokens(found.iloc[:0], YEARS) == "Nothing is asked for that a model could answer."


def test_hours_are_told_as_used_and_trained() -> None:
    hours = pd.DataFrame({"use": ["serving", "training", "idle"], "value": [70.0, 10.0, 20.0]})
    assert of_hours(hours) == "Of the hours that accelerators can be used 80% are, 10% for training."
    assert of_hours(hours.iloc[:0]) == "No accelerator is in service."


def test_models_are_told_by_route_and_the_first_of_them() -> None:
    found = pd.DataFrame(
        {"model": ["a", "b"], "route": ["adopt", "api"], "served_t": [3.0, 1.0], "share": [0.75, 0.25]}
    )
    assert of_models(found, 5) == (
        "2 of 5 models on offer run or answer (by route: adopt 1, api 1). a answers 75% of all tokens."
    )
    assert of_models(found.iloc[:0], 5) == "5 models on offer, none used."
    small = of_small({"small_model_token_share": 0.2, "small_model_training_share": None})
    assert small == "Small models, of at most 10B parameters, answer 20% of tokens."
    assert of_small({"small_model_token_share": None}) == "Nothing is answered."


def test_runs_are_told_with_their_places_and_fractions_as_such() -> None:
    runs = pd.DataFrame({"model": "m", "period": YEARS, "run": [1.0, 0.0, 0.5]})
    hosted = pd.DataFrame({"model": "m", "period": ["2027"], "site": ["chennai"], "runs": [1.0]})
    assert runs_of("m", runs, hosted) == "2027 at chennai and 0.5 × 2029"


def test_energy_is_told_by_source_and_what_batteries_lose() -> None:
    energy = rows(**{"grid": [60, 0, 0], "solar": [45, 0, 0], "battery": [20, 0, 0], "battery (charge)": [-25, 0, 0]})
    energy = energy.rename(columns={"name": "source"})
    assert of_energy(energy) == "Sites use 100 GWh: grid 60% and solar 45%; batteries lose 5 GWh."
    assert of_energy(energy.iloc[:0]) == "No energy is used at sites of its own."


def test_spending_is_told_by_layer_and_budgets_by_when_they_end() -> None:
    spent = rows(**{"L1 compute": [30, 30, 20], "L2 models": [20, 0, 0]}).rename(columns={"name": "layer"})
    assert of_spending(spent) == "100 M USD is spent: L1 compute 80 M USD (80%) and L2 models 20 M USD (20%)."
    granted = spent.assign(what="budget")
    said = of_budgets({"L1 compute": ["2027", "2028"]}, granted, YEARS)
    assert said == "All that is granted and carried is spent by L1 compute in 2027 to 2028."
    assert of_budgets({}, granted, YEARS) == "No layer ever spends all that it is granted."
    assert of_budgets({}, granted.iloc[:0], YEARS) == "No budget limits it."


def test_the_budget_line_is_the_totals_or_the_sum_of_all_layers() -> None:
    layers = {
        "L1 compute": [10, 20, 30],
        "L2 models": [1, 1, 1],
        "L3 platform": [1, 1, 1],
        "L4 applications": [1, 1, 1],
    }
    granted = rows(**{name: [float(value) for value in path] for name, path in layers.items()})
    granted = granted.rename(columns={"name": "layer"}).assign(what="budget")
    assert list(budget_line(granted, YEARS)["value"]) == [13, 23, 33]
    assert budget_line(granted[granted["layer"] != "L4 applications"], YEARS).empty
    total = rows(total=[9, 9, 9]).rename(columns={"name": "layer"}).assign(what="budget")
    assert list(budget_line(pd.concat([granted, total]), YEARS)["value"]) == [9, 9, 9]


def test_an_owned_hour_stands_against_the_same_hours_rented() -> None:
    own = Owned(musd=100, hours=50e6, used=25e6, h100e_hours=200e6, rented_musd=400)
    assert (own.usd_per_hour, own.usd_per_used_hour, own.usd_per_h100e_hour) == approx((2, 4, 0.5))
    told = of_hour(own, pd.DataFrame({"usd_per_h100e": [2.0]}))
    assert "costs 0.5 USD" in told
    assert "50% of owned accelerator-hours are used" in told
    assert "would cost 2 USD each from the cheapest cloud, 4 times as much" in told
    assert of_hour(Owned(0, 0, 0, 0, 0), pd.DataFrame()) == "No accelerator is owned."


def test_a_token_stands_against_the_prices_of_apis() -> None:
    parts = pd.DataFrame({"part": ["own", "all"], "usd_per_mtoken": [0.2, 0.5]})
    asked = pd.DataFrame({"value": [3.0, 18.0]})
    assert of_token(parts, asked) == (
        "A million tokens answered by own models costs 0.2 USD in compute and models, 0.5 USD with platform and "
        "applications; apis ask 3 to 18 USD."
    )
    assert of_token(parts, asked.iloc[:0]).endswith("; no api is on offer.")


def test_the_scorecard_says_what_is_home_and_which_limits_are_reached() -> None:
    card = [
        Score("L1", AT_HOME, [0.5, 0.8], "at least 70%", "in 2027"),
        Score("L1", FOREIGN, [1.0, 1.0]),
        Score("L2", LASTING, [0.5, 0.9], "at least 60%", "never"),
    ]
    assert of_scores(card) == (
        "In the last period 80% of compute stands at home, 100% of it is of a vendor abroad and 90% of tokens come "
        "from weights that nobody can withdraw. Limits are set on 2 rows and reached by 1: Compute at home in 2027."
    )


def test_limits_are_named_without_their_hours_and_summed_by_period() -> None:
    limits = [
        ("grid", "not_before_queue", "site=a; stage=1.0; period=2027", 5.0),
        ("grid", "within_connection", "site=a; period=2028; slice=3", 1.0),
        ("grid", "within_connection", "site=a; period=2028; slice=4", 2.0),
        ("export_control", "within_pot", "licence=x", 9.0),
    ]
    worth = pd.DataFrame(limits, columns=["part", "constraint", "keys", "worth_musd"])
    headings = ["grid connection", "import in this hour", "import in this hour", "licence"]
    cells = by_limit(worth, worth.assign(heading=headings), YEARS).dropna()
    told = cells.set_index(["limit", "period"])["value"].to_dict()
    assert told == {("connection at a stage 1", "2027"): 5, ("import in this hour at a", "2028"): 3}
    assert by_limit(worth.iloc[:0], worth.assign(heading=headings), YEARS).empty


def test_the_pace_is_told_by_periods_and_the_heaviest_before_the_end() -> None:
    found = pd.DataFrame(
        {
            "scenario": "base",
            "period": [*YEARS, "2030", "2030"],
            "start": ["2027-01", "2028-01", "2029-01", "2030-01", "2030-01"],
            "kind": ["grid", "grid", "money", "grid", "chips"],
            "worth_musd": [5.0, 50.0, 7.0, 900.0, 1.0],
            "later_musd": 0.0,
            "where": ["a", "b", "c", "d", "e"],
        }
    )
    told = of_limits(found, [*YEARS, "2030"])
    assert (
        told
        == "Grid connection sets the pace in 3 of 4 periods; money in 1. Before 2029 heaviest is b in 2028, 50 M USD."
    )
    assert of_limits(found.iloc[:0], YEARS).startswith("No limit binds")


def test_a_line_is_drawn_over_its_stack_and_hours_are_named_by_their_day() -> None:
    words: dict[str, Any] = {
        "title": "T",
        "alt": "A",
        "caution": "C",
        "time": Column("t", "T", kind="text"),
        "value": Column("v", "V"),
    }
    hours = [f"day {d} (10 a year), {h:02}" for d in (1, 2) for h in range(24)]
    frame = pd.DataFrame([(s, t, 1.0) for s in ("grid", "solar", "load") for t in hours], columns=["s", "t", "v"])
    figure: Figure = against(frame, series=Column("s", "S", kind="text"), line="load", area=True, **words)
    rules, stack, line = figure.spec["layer"]
    assert stack["encoding"]["x"]["axis"]["values"] == [hours[0], hours[24]]
    assert len(rules["data"]["values"]) == 1
    assert "!== 'load'" in stack["transform"][0]["filter"]
    assert line["mark"]["type"] == "line"
    few = against(frame[frame["t"].isin(hours[:3])], series=Column("s", "S", kind="text"), line="load", **words)
    assert [layer["mark"]["type"] for layer in few.spec["layer"]] == ["bar", "tick"]
    assert few.spec["layer"][0]["encoding"]["y"]["scale"]["domainMax"] == approx(1.05 * 2)
