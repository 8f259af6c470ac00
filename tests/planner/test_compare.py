"""Views that need no solve, of run folders small enough to be read: two scenarios, two sites, two periods.

The base spends 100 MUSD and serves 10 T; `late` has its connection at narvik a period later, at 108 MUSD and 9.7 T.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pytest import approx

import compute_lp
from planner.compare import told
from planner.compare.cases import Case, base_of, calendars, cases, find
from planner.compare.insight import ORDERS, WORTH, Insight
from planner.compare.laboratory import RunFolder
from planner.compare.views import differences, limits, maps, paths, scoreboard, stability
from planner.questions.again import Unusable

CALENDAR = pd.DataFrame({"period": ["2027H1", "2028"], "start": ["2027-01", "2028-01"], "years": [0.5, 2.0]})
MODELS = pd.DataFrame({"model": ["m", "l"], "class": ["small", "large"], "total_params_b": [8.0, 400.0]})
FIGURES: Mapping[str, Any] = {
    "status": "optimal",
    "objective_musd": 100.0,
    "cost_musd": 100.0,
    "served_t": 10.0,
    "unserved_t": 0.0,
}
LATE = {**FIGURES, "objective_musd": 108.0, "cost_musd": 108.0, "served_t": 9.7, "unserved_t": 0.3}


def run_folder(place: Path, figures: Mapping[str, Any], manifest: Mapping[str, Any] | None = None) -> Path:
    place.mkdir(parents=True)
    (place / "manifest.json").write_text(json.dumps({"scenarios": list(figures), **(manifest or {})}), encoding="utf-8")
    (place / "headline.json").write_text(json.dumps(figures), encoding="utf-8")
    return place


def write(case: Case, **tables: list[dict[str, Any]]) -> None:
    (case.folder / "results").mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        inside = case.folder if name in ("prices", "changes") else case.folder / "results"
        pd.DataFrame(rows).to_csv(inside / f"{name}.csv", index=False)


Order = tuple[str, str, str, float]
"""Kind, item, month and amount."""


def insights(*among: Case, **orders: list[Order]) -> dict[str, Insight]:
    none = pd.DataFrame(columns=list(WORTH))
    return {case.name: Insight(none, pd.DataFrame(orders.get(case.name, []), columns=list(ORDERS))) for case in among}


@pytest.fixture
def two(tmp_path: Path) -> tuple[Case, Case]:
    base, late = cases([run_folder(tmp_path / "run", {"base": FIGURES, "late": LATE})])
    for case in (base, late):
        case.know(CALENDAR, MODELS)  # instead of the workbook, which these folders lack
    return base, late


def site(name: str, *mw: float) -> list[dict[str, Any]]:
    return [
        {"site": name, "period": period, "fitout_mw": added, "hall_mw": sum(mw[: i + 1]), "opened": 0}
        for i, (period, added) in enumerate(zip(CALENDAR["period"], mw, strict=True))
    ]


# --- cases ---


def test_names_of_two_runs_that_clash_are_told_with_their_run(tmp_path: Path) -> None:
    before = run_folder(tmp_path / "before", {"base": FIGURES, "late": LATE})
    after = run_folder(tmp_path / "after", {"base": FIGURES})
    assert [case.name for case in cases([before, after])] == ["before/base", "late", "after/base"]


def test_a_name_that_could_be_two_is_asked_back(tmp_path: Path) -> None:
    among = cases([run_folder(tmp_path / name, {"base": FIGURES}) for name in ("a", "b")])
    assert find(among, "b/base").run.name == "b"
    with pytest.raises(Unusable, match="'base' may be any of a/base, b/base; say which"):
        find(among, "base")


def test_a_scenario_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    among = cases([run_folder(tmp_path / "run", {"base": FIGURES, "late": LATE})])
    with pytest.raises(Unusable, match="no scenario 'early'; there are base, late"):
        find(among, "early")


def test_a_base_without_a_plan_can_not_be_compared_with(tmp_path: Path) -> None:
    among = cases([run_folder(tmp_path / "run", {"base": {"status": "infeasible"}, "late": LATE})])
    with pytest.raises(Unusable, match=r"base has no plan \(infeasible\)"):
        base_of(among, None)
    assert base_of(among, "late").name == "late"


def test_a_folder_that_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"is no run folder: it holds no manifest\.json"):
        cases([tmp_path])


def test_a_result_table_that_is_missing_is_no_empty_table(two: tuple[Case, Case]) -> None:
    with pytest.raises(Unusable, match=r"siting\.csv is missing"):
        two[0].table("siting")


# --- scoreboard ---


def board_row(board: pd.DataFrame, scenario: str, figure: str) -> pd.Series[Any]:
    return board[(board["scenario"] == scenario) & (board["figure"] == figure)].iloc[0]


def test_differences_are_told_with_their_sign_in_a_word(two: tuple[Case, Case]) -> None:
    board = scoreboard.scoreboard(two, two[0])
    assert board_row(board, "late", "cost, discounted")["told"] == "8 % dearer"
    assert board_row(board, "late", "served")["told"] == "serves 3 % less"
    assert board_row(board, "late", "unserved")["told"] == "leaves 0.3 T more unserved"  # of nothing there is no share
    assert board_row(board, "base", "served")["told"] == "the base"


def proven(case: Case, objective_musd: float, bound_musd: float) -> Case:
    figures = {**FIGURES, "objective_musd": objective_musd, "cost_musd": objective_musd, "bound_musd": bound_musd}
    return replace(case, figures=figures)


def test_a_difference_within_the_two_gaps_is_not_told(two: tuple[Case, Case]) -> None:
    base, late = proven(two[0], 100, 99), proven(two[1], 102.5, 101)
    assert board_row(scoreboard.scoreboard([base, late], base), "late", "objective")["told"] == scoreboard.NOT_TOLD
    late = proven(two[1], 102.6, 101.2)  # gaps of 1 and 1.4
    assert board_row(scoreboard.scoreboard([base, late], base), "late", "objective")["told"] == "2.6 % higher"


def test_the_gaps_bound_the_difference_of_the_best_plans(two: tuple[Case, Case]) -> None:
    base, late = proven(two[0], 100, 99), proven(two[1], 108, 105)
    row = board_row(scoreboard.scoreboard([base, late], base), "late", "objective")
    assert (row["least_difference"], row["most_difference"]) == (105 - 100, 108 - 99)


def test_the_bound_of_a_value_served_lies_above_it(two: tuple[Case, Case]) -> None:
    base, late = proven(two[0], 100, 101), proven(two[1], 90, 92)
    row = board_row(scoreboard.scoreboard([base, late], base), "late", "objective")
    assert (row["least_difference"], row["most_difference"]) == (90 - 101, 92 - 100)


def test_of_the_most_served_the_gap_of_cost_is_its_own(two: tuple[Case, Case]) -> None:
    case = replace(proven(two[0], 100, 150), figures={**FIGURES, "bound_musd": 150.0, "cost_gap": 0.01})
    assert scoreboard.gap_musd(case, "cost_musd") == approx(0.01 * 100)
    assert scoreboard.gap_musd(case, "objective_musd") == 50


@pytest.mark.parametrize(
    ("value", "base", "said"),
    [
        (100.04, 100, "the same"),
        (300, 100, "200 M USD dearer, 3 times the base's"),
        (50, 100, "50 % cheaper"),
        (0, 0, "the same"),
        (float("nan"), 100, "not to be compared"),
    ],
)
def test_cost_in_words(value: float, base: float, said: str) -> None:
    assert scoreboard.words(scoreboard.FIGURES[0], value, base) == said


def test_shares_differ_in_points() -> None:
    small = next(figure for figure in scoreboard.FIGURES if figure.is_share)
    assert scoreboard.words(small, 0.5, 0.2) == "30 points more"


def test_the_scoreboard_is_told_in_sentences(two: tuple[Case, Case]) -> None:
    broken = replace(two[1], name="odd", figures={"status": "error"}, record={"reason": "sites!B2: no number"})
    board = scoreboard.scoreboard(two, two[0])
    assert told.of_scoreboard(board, [*two, broken], "base") == [
        "Cost against base: late (8 % dearer).",
        "late serves least: it serves 3 % less.",
        "No plan to compare: odd (sites!B2: no number).",
    ]


# --- what differs ---


def change(**given: Any) -> dict[str, Any]:
    row = {"sheet": "grid_offers", "cell": "grid_offers!E6", "key": "site=narvik; stage=1", "field": "lead_months"}
    return {**row, "old": 12, "new": 24, "lever": "grid waits", "source": "utility", **given}


def test_changed_cells_are_grouped_by_lever_sheet_and_field(two: tuple[Case, Case]) -> None:
    write(
        two[1], changes=[change(), change(old=30, new=60, source="letter"), change(sheet="sites", field="build_months")]
    )
    found = differences.differences(two, two[0])
    assert found[["sheet", "cells", "old", "new", "ratio", "source"]].values.tolist() == [
        ["grid_offers", 2, "12 to 30", "24 to 60", 2.0, "utility; letter"],
        ["sites", 1, "12", "24", 2.0, "utility"],
    ]
    assert told.of_differences(found) == ["late changes 3 cells: grid waits."]


def test_changes_that_are_not_one_factor_have_no_factor(two: tuple[Case, Case]) -> None:
    write(two[1], changes=[change(), change(old=30, new=40)])
    assert differences.differences(two, two[0])["ratio"].isna().all()


def test_texts_are_named_and_the_rest_counted() -> None:
    assert differences.span(["a", "b", "a", "c", "d", ""]) == "a, b, c and 1 more"
    assert differences.span(["", ""]) == "nothing"


# --- paths and maps ---


def test_flows_are_rates_a_year_and_stocks_are_not(two: tuple[Case, Case]) -> None:
    path = {path.quantity: path for path in paths.PATHS}
    write(
        two[0],
        siting=site("narvik", 5, 3),
        serving=[{"workload": "chat", "model": "m", "period": "2028", "served_t": 8}],
    )
    halls, served = (paths._path(two[:1], calendars(two[:1]), path[name]) for name in ("halls", "served"))
    assert halls["value"].tolist() == [5, 8]
    assert served["value"].tolist() == [0, 8 / 2]  # T in a period of two years


NO_ROWS: Mapping[str, list[dict[str, Any]]] = {
    name: [] for name in ("siting", "grid", "procurement", "clouds", "unserved", "money", "energy", "sovereignty")
}


def test_the_share_of_small_models_goes_by_each_scenarios_own_models(two: tuple[Case, Case]) -> None:
    served: list[dict[str, Any]] = [
        {"workload": "chat", "model": model, "period": "2028", "served_t": t} for model, t in (("m", 3), ("l", 1))
    ]
    for case in two:
        write(case, **NO_ROWS, serving=served)
    two[1].know(CALENDAR, MODELS.assign(total_params_b=[400.0, 8.0]))  # the other one is small there
    found = paths.paths(two)
    shares = found[found["quantity"] == paths.SHARE]
    assert shares[["scenario", "period", "value"]].values.tolist() == [["base", "2028", 0.75], ["late", "2028", 0.25]]
    assert found["scenario"].drop_duplicates().tolist() == ["base", "late"]
    assert found["quantity"].drop_duplicates().tolist() == [*(path.quantity for path in paths.PATHS), paths.SHARE]


def test_parts_of_a_path_are_those_that_a_scenario_has(two: tuple[Case, Case]) -> None:
    money: list[dict[str, Any]] = [{"layer": "grid", "period": "2028", "musd": 6.0}]
    money += [{"layer": "grid", "period": "end", "musd": -1.0}]
    for case in two:
        write(case, **NO_ROWS, serving=[])
    write(two[0], money=money)
    write(two[1], money=[*money, {"layer": "halls", "period": "2027H1", "musd": 2.0}])
    found = paths.paths(two)
    spent = found[found["quantity"] == "spending"]
    assert spent[["scenario", "part", "period", "value"]].values.tolist() == [
        ["base", "grid", "2027H1", 0.0],
        ["base", "grid", "2028", 6 / 2],
        ["late", "grid", "2027H1", 0.0],
        ["late", "halls", "2027H1", 2 / 0.5],
        ["late", "grid", "2028", 6 / 2],
        ["late", "halls", "2028", 0.0],
    ]


def test_maps_tell_each_cell_against_the_base_and_leave_out_what_is_nothing(two: tuple[Case, Case]) -> None:
    none: dict[str, list[dict[str, Any]]] = {"grid": [], "procurement": []}
    write(two[0], siting=[*site("narvik", 5, 3), *site("slough", 0, 0)], **none)
    write(two[1], siting=[*site("narvik", 0, 8), *site("slough", 0, 0)], **none)
    found = maps.maps(two, two[0])
    assert found[["item", "period", "difference"]].values.tolist() == [["narvik", "2027H1", -5], ["narvik", "2028", 0]]
    assert told.of_maps(found) == ["Halls, largest difference: late, narvik in 2027H1, 5 MW less."]


# --- limits ---


def test_every_price_belongs_to_a_kind_of_limit() -> None:
    headings = {price.heading for prices in compute_lp.PRICES.values() for price in prices}
    assert headings - set(limits.NO_LIMIT) == set(limits.KIND_OF)
    assert set(limits.LETTERS) == set(limits.KINDS)


def price(
    keys: str, value: float, heading: str = "grid connection", constraint: str = "not_before_queue"
) -> dict[str, Any]:
    told_in = {"unit": "USD/kW/year", "degenerate": "no", "heading": heading}
    return {"part": "grid", "constraint": constraint, "keys": keys, "value": value, **told_in}


def test_the_limit_of_largest_worth_is_named(two: tuple[Case, Case]) -> None:
    high, low = "site=narvik; stage=1; period=2028", "site=slough; stage=2; period=2028"
    halls = "site=slough; period=2028"
    rows = [price(high, 10), price(low, 50), price(halls, 1, "halls", "within_hall")]
    write(two[0], prices=rows)
    weights = [("grid", "not_before_queue", high, 30.0, 0.0), ("grid", "not_before_queue", low, 5.0, 0.0)]
    worth = pd.DataFrame([*weights, ("grid", "within_hall", halls, 7.0, 0.0)], columns=list(WORTH))
    found = limits.limits(two[:1], {"base": Insight(worth, pd.DataFrame())})
    assert found[["kind", "worth_musd", "binding", "where", "price"]].values.tolist() == [
        ["grid", 35, 2, "connection at narvik stage 1", 10],
        ["sites", 7, 1, "halls at slough", 1],
    ]
    assert limits.strongest(found)["kind"].tolist() == ["grid"]
    assert told.of_limits(found, two[:1], "base") == [
        "base: grid weighs most in 1 of 2 periods; heaviest is connection at narvik stage 1 in 2028, 35 M USD."
    ]


def test_a_limit_still_to_come_leads_only_where_no_other_has_a_worth(two: tuple[Case, Case]) -> None:
    queued, halls = "site=narvik; stage=1; period={}", "site=slough; period=2028"
    early, late = queued.format("2027H1"), queued.format("2028")
    write(two[0], prices=[price(early, 10), price(late, 10), price(halls, 1, "halls", "within_hall")])
    weights = [
        ("not_before_queue", early, 0.0, 90.0),
        ("not_before_queue", late, 0.0, 90.0),
        ("within_hall", halls, 7.0, 0.0),
    ]
    worth = pd.DataFrame([("grid", *row) for row in weights], columns=list(WORTH))
    found = limits.strongest(limits.limits(two[:1], {"base": Insight(worth, pd.DataFrame())}))
    assert found[["period", "kind"]].values.tolist() == [["2027H1", "grid"], ["2028", "sites"]]


def test_prices_in_different_units_are_not_ranked(two: tuple[Case, Case]) -> None:
    write(two[0], prices=[price("site=narvik; stage=1; period=2028", 10)])
    found = limits.limits(two[:1], insights(two[0]))
    assert found["worth_musd"].isna().all() and limits.strongest(found).empty


@pytest.mark.parametrize(
    ("heading", "keys", "said"),
    [
        ("grid connection", "site=jamnagar; stage=1.0; period=2029", "connection at jamnagar stage 1"),
        ("room at the site", "site=jamnagar; period=2029", "room at jamnagar"),
        ("supply of accelerators", "accelerator=h100; period=2028", "supply of accelerators: h100"),
        ("carbon ceiling", "period=2028", "carbon ceiling"),
    ],
)
def test_limits_are_named_by_their_place(heading: str, keys: str, said: str) -> None:
    assert limits.named(heading, keys) == said


# --- stability ---


@pytest.mark.parametrize(
    ("share", "ordered_share", "verdict"),
    [
        (0.0, 0.0, stability.NEVER),
        (1.0, 1.0, stability.DO_NOW),
        (0.95, 0.9, stability.DO_NOW),
        (1.0, 0.89, stability.KEEP_OPEN),
        (0.5, 0.0, stability.KEEP_OPEN),
        (1 / 3, 0.0, stability.ONLY_IF),
        (0.1, 0.1, stability.ONLY_IF),
    ],
)
def test_the_verdict_is_by_how_many_take_it_and_order_it_in_time(
    share: float, ordered_share: float, verdict: str
) -> None:
    assert stability.verdict(share, ordered_share) == verdict


NONE: Mapping[str, list[dict[str, Any]]] = {}


def stable(
    two: tuple[Case, Case], commit: str, tables: Mapping[str, list[dict[str, Any]]] = NONE, **orders: list[Order]
) -> pd.DataFrame:
    """Besides `tables`, which both have."""
    base, late = two
    kept = {
        table: tables.get(table, [])
        for table in ("grid", "procurement", "clouds", "models", "energy_assets", "serving")
    }
    write(base, siting=[*site("narvik", 5, 3), *site("slough", 0, 0), *site("rjukan", 0, 0)], **kept)
    write(late, siting=[*site("narvik", 0, 9), *site("slough", 0, 2), *site("rjukan", 0, 0)], **kept)
    return stability.stability(two, base, insights(base, late, **orders), commit).set_index("decision")


def test_a_decision_ordered_in_time_everywhere_is_done_now(two: tuple[Case, Case]) -> None:
    orders = {"base": [("site", "narvik", "2026-07", 8.0)], "late": [("site", "narvik", "2027-07", 9.0)]}
    found = stable(two, "2028-01", **orders)
    assert found.loc["narvik", "verdict"] == stability.DO_NOW
    assert found.loc["narvik", ["earliest", "latest", "base", "latest_first_order"]].tolist() == [
        "2027-01",
        "2028-01",
        "2027-01",
        "2027-07",
    ]
    assert found.loc["narvik", ["smallest", "largest", "base_size"]].tolist() == [8, 9, 8]
    assert (
        stable(two, "2027-07", **orders).loc["narvik", "verdict"] == stability.KEEP_OPEN
    )  # ordered on that day: not before


def test_what_is_ordered_before_the_date_is_told_apart_from_the_whole(two: tuple[Case, Case]) -> None:
    orders = {
        "base": [
            ("site", "narvik", "2026-07", 3.0),
            ("site", "narvik", "2027-03", 1.0),
            ("site", "narvik", "2027-09", 4.0),
        ],
        "late": [("site", "narvik", "2026-09", 2.0), ("site", "narvik", "2027-11", 7.0)],
    }
    found = stable(two, "2027-07", **orders)
    assert found.loc["narvik", "verdict"] == stability.DO_NOW
    assert found.loc["narvik", ["ordered_smallest", "ordered_largest", "base_ordered"]].tolist() == [2, 3 + 1, 3 + 1]
    assert found.loc["narvik", ["smallest", "largest"]].tolist() == [8, 9]
    assert found.loc["narvik", ["first_order", "latest_first_order", "last_order"]].tolist() == [
        "2026-07",
        "2026-09",
        "2027-11",
    ]
    assert told.of_stability(found.reset_index().head(1), 10, "2027-07") == [
        "Do now (ordered before 2027-07 in nearly all of 10 scenarios; in brackets how much by then): "
        "narvik (2 to 4 MW)."
    ]


def test_a_rent_that_replaces_another_is_not_counted_twice(two: tuple[Case, Case]) -> None:
    rented = [{"cloud": "pool", "period": p, "rented_units": n} for p, n in (("2027H1", 300), ("2028", 200))]
    orders = {
        name: [("cloud", "pool", "2027-01", 300.0), ("cloud", "pool", "2028-01", 200.0)] for name in ("base", "late")
    }
    found = stable(two, "2028-02", {"clouds": rented}, **orders)
    assert found.loc["pool", ["ordered_smallest", "ordered_largest", "largest"]].tolist() == [300, 300, 300]


def test_an_order_whose_lead_is_not_known_falls_at_service(two: tuple[Case, Case]) -> None:
    assert stable(two, "2028-01").loc["narvik", "ordered_share"] == 0.5
    assert stable(two, "2028-01").loc["narvik", ["ordered_smallest", "ordered_largest"]].tolist() == [0, 5]
    assert stable(two, "2028-02").loc["narvik", "ordered_share"] == 1.0


def test_what_is_less_than_a_hundredth_of_its_kind_everywhere_is_told_to_hardly_matter(two: tuple[Case, Case]) -> None:
    bought = {"chip": 197, "spare": 2, "odd": 1}  # of 200
    machines = [{"accelerator": chip, "period": "2027H1", "buy_units": units} for chip, units in bought.items()]
    found = stable(two, "2028-01", {"procurement": machines})
    assert found.loc[["chip", "spare", "odd", "rjukan"], "minor"].tolist() == ["", "", "yes", ""]
    assert told.of_stability(found.reset_index(), 10, "2028-01")[-1] == (
        "Hardly matter, below 1% of their kind in every scenario: odd (do now)."
    )


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        ([100.0, 108.0], "Stability says little here: only 2 scenarios."),
        ([100.0, 100.9], "Stability says little here: only 2 scenarios, and costs differ by 1% at most."),
        ([100.0, 100.5, 100.7, 101.0], "Stability says little here: costs differ by 1% at most."),
        ([100.0, 100.5, 100.7, 101.1], ""),
    ],
)
def test_few_or_near_scenarios_are_said_to_say_little(costs: list[float], said: str) -> None:
    assert stability.little_said(len(costs), costs) == said


def test_paths_that_read_the_same_have_no_range(two: tuple[Case, Case]) -> None:
    ends = pd.DataFrame({"scenario": ["base", "late"], "quantity": "halls", "unit": "MW", "start": "2028-01"})
    same = ends.assign(value=[139.2, 139.4])
    assert told.of_paths(same, "base") == ["Halls in the last period: 139 MW in both."]
    assert told.of_paths(ends.assign(value=[139.2, 138.4]), "base") == [
        "Halls in the last period: 138 MW (late) to 139 MW (base); base 139."
    ]


def test_what_one_of_two_takes_is_kept_open_and_what_none_takes_never_is(two: tuple[Case, Case]) -> None:
    found = stable(two, "2028-01")
    assert found.loc["slough", ["verdict", "share", "ordered_share"]].tolist() == [stability.KEEP_OPEN, 0.5, 0.0]
    assert pd.isna(found.loc["slough", "base"])
    assert found.loc["rjukan", "verdict"] == stability.NEVER


def test_the_class_that_answers_most_goes_by_each_scenarios_own_models(two: tuple[Case, Case]) -> None:
    two[1].know(CALENDAR, MODELS.assign(**{"class": ["medium", "large"]}))
    served: list[dict[str, Any]] = [
        {"workload": "chat", "model": model, "period": "2028", "served_t": t} for model, t in (("m", 3), ("l", 1))
    ]
    found = stable(two, "2028-01", {"serving": served})
    assert found.loc["chat: small models", ["base_size", "scenarios"]].tolist() == [0.75, ""]
    assert found.loc["chat: medium models", ["share", "smallest"]].tolist() == [0.5, 0.75]
    assert found.loc[["chat: medium models"], "base_size"].isna().all()


def test_shares_by_weight_are_told_beside(two: tuple[Case, Case]) -> None:
    two[0].__dict__["weight"], two[1].__dict__["weight"] = 0.6, 0.2
    assert stable(two, "2028-01").loc["slough", "weighted_share"] == approx(0.2 / 0.8)


def test_few_takers_are_named(two: tuple[Case, Case]) -> None:
    found = stable(two, "2028-01").reset_index()
    few = found.assign(verdict=[stability.ONLY_IF] * 3, scenarios="late")
    assert told.of_stability(few.head(1), 6, "2028-01") == ["Only if: narvik (late)."]
    assert told.of_stability(found, 2, "2028-01", [100.0, 108.0]) == [
        "Stability says little here: only 2 scenarios.",
        "Keep open: narvik, slough.",
        "Never (in none of the 2 scenarios): rjukan.",
    ]


def test_weights_come_from_the_workbook_of_the_run(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run", {"base": FIGURES, "late": LATE})
    (folder / "inputs").mkdir()
    (folder / "inputs" / "scenarios.csv").write_text("scenario,title,weight\nlate,Later,0.25\n", encoding="utf-8")
    base, late = cases([folder])
    assert (base.weight, late.weight, late.title) == (1.0, 0.25, "Later")
    assert isinstance(late.source, RunFolder)
