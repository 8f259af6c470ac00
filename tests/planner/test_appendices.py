"""The appendices that tell what is answered, checked and how to make it again: sentences by hand, tables complete.

The run is of the workbook of `runs_scenes`: in the base 1 k of chip is bought for 10 M USD and serves all in 2 years.
"""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from pytest import approx

import compute_lp
from planner import audit
from planner.appendices import APPENDICES, answer, document, limits, purpose, reproduce
from planner.appendices.material import Material, material, said_here
from planner.report.blocks import Heading, Paragraph, Table
from planner.wording import said_in
from tests.planner.runs_scenes import run, scenarios

SITES = pd.DataFrame({"site": ["pune", "agra", "oslo"], "country": ["IN", "IN", "NO"]})
SITING = pd.DataFrame(
    {
        "site": ["pune", "pune", "agra", "agra", "oslo", "oslo"],
        "period": ["2027", "2028"] * 3,
        "fitout_mw": [0, 10, 0, 0.5, 0, 0],
        "hall_mw": [5, 15, 0, 0.5, 2, 2],
    }
)
FIGURES = {
    "served_t": 90.0, "unserved_t": 10.0, "out_of_reach_t": 5.0, "cost_musd": 1234.0, "spent_musd": 2000.0,
    "small_model_token_share": 0.25, "small_model_training_share": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Material:
    place = tmp_path_factory.mktemp("appendices")
    run(scenarios().write(place / "book"), place / "run", jobs=1)
    return material(place / "run")


def table(blocks: Any, title: str) -> pd.DataFrame:
    return next(block.frame for block in blocks if isinstance(block, Table) and block.title == title)


def words(blocks: Any) -> str:
    return "\n".join(block.text for block in blocks if isinstance(block, Paragraph))


def test_a_report_has_every_appendix_in_its_order(made: Material) -> None:
    whole = document(made)
    titles = [block.text for block in whole.blocks if isinstance(block, Heading) and block.level == 1]
    assert titles == [f"{letter} {title}" for letter, (title, _) in APPENDICES.items()]
    assert whole.title == "case"
    assert whole.identity["Scenario"] == "base"


def test_appendices_that_are_not_asked_for_are_left_out_and_own_text_stands_below_its_heading(made: Material) -> None:
    part = document(made, only={"K", "B"}, narrative={"K": "Mine.", "A": "Lost."})
    titles = [block.text for block in part.blocks if isinstance(block, Heading) and block.level == 1]
    assert titles == ["B The answer on one page", "K Reproduce"]
    assert part.blocks[part.blocks.index(Heading("K Reproduce")) + 1] == Paragraph("Mine.")
    assert "Lost." not in words(part.blocks)


def test_purpose_tells_question_scenario_and_proof(made: Material) -> None:
    told = purpose.purpose(made)
    assert "Which compute for AI should India build" in words(told)
    assert "2027 to 2028, in 2 periods" in words(told)
    assert "The run holds 3 other scenarios." in words(told)
    assert "No plan that keeps the limits of the workbook is better than this one." in words(told)
    rows = table(told, "What the plan decides").set_index("decided")["choices"].to_dict()
    assert rows["Halls"] == "1 site in India"
    assert rows["Models"] == "1 model: 1 adopted"
    assert "Policies" not in rows
    assert list(table(told, "Sign-off")["role"]) == ["Prepared", "Reviewed", "Approved"]


def test_scenarios_are_told_in_words_and_beside_their_names_once() -> None:
    cases = [
        SimpleNamespace(name=name, title="", exists=name != "tight_caps")
        for name in ("base", "slow_grid_high", "tight_caps")
    ]
    told = SimpleNamespace(case=cases[1], cases=cases)
    assert purpose.reported(told) == (
        "Reported is the scenario **slow grid, high**. The run holds 2 other scenarios, "
        "of which tight caps has no plan."
    )
    assert table(reproduce.names(told), "Scenarios, and their names in the workbook").to_numpy().tolist() == [
        ["base", "base"],
        ["slow grid, high", "slow_grid_high"],
        ["tight caps", "tight_caps"],
    ]
    assert list(reproduce.names(SimpleNamespace(cases=cases[:1]))) == []


def test_what_was_measured_is_told_in_the_separators_of_the_report() -> None:
    kept = pd.DataFrame({"decision": ["v1.5 bought"], "now": ["12,300 units"], "becomes": ["0.5 units"]})
    with said_in("de"):
        told = said_here(kept)
    assert told.to_numpy().tolist() == [["v1.5 bought", "12.300 units", "0,5 units"]]
    assert said_here(kept).equals(kept)


def test_the_gap_is_told_in_money(made: Material) -> None:
    figures = {**made.figures, "objective_musd": 2000.0, "bound_musd": 1990.0, "gap": 0.005}
    told = SimpleNamespace(figures=figures, case=SimpleNamespace(figures=figures, status="feasible"))
    assert purpose.proof(told) == (
        "No plan that keeps the limits of the workbook is better by more than 0.5 % of the objective of 2 bn USD, "
        "which is 10 M USD. The search was stopped at its time limit. A difference smaller than that tells nothing."
    )


@pytest.mark.parametrize(
    ("code", "name"), [("IN", "India"), ("ZA", "South Africa"), ("GB", "United Kingdom"), ("XK", "XK")]
)
def test_countries_have_their_names(code: str, name: str) -> None:
    assert purpose.country(code) == name


def test_built_halls_are_told_largest_first_with_what_stands() -> None:
    assert answer.built(SITING, SITES) == (
        "**10.5 MW of IT halls are built** at 2 sites: pune (IN), 10 MW from 2028; agra (IN), 0.5 MW from 2028. "
        "At most 17.5 MW stand."
    )
    assert answer.built(SITING.assign(fitout_mw=0.0), SITES) == "No halls are built; at most 17.5 MW stand."


def test_power_is_told_by_its_first_and_half() -> None:
    grid = pd.DataFrame([("2030", 1.0), ("2028", 2.0), ("2029", 0.0), ("2030", 4.0)], columns=["period", "energise_mw"])
    assert answer.powered(grid, ["2028", "2029", "2030"]) == (
        "**Power** of 7 MW arrives over new connections, the first 2 MW in 2028, half of it by 2030."
    )


def test_what_is_bought_rented_and_trained_is_told() -> None:
    procurement = pd.DataFrame(
        [("a", "2027", 100.0), ("b", "2029", 250.0), ("a", "2028", 0.0)], columns=["accelerator", "period", "buy_units"]
    )
    years = ["2027", "2028", "2029"]
    assert (
        answer.bought(procurement, years)
        == "**350 accelerators are bought**, arriving from 2027 to 2029: 250 b; 100 a."
    )
    clouds = pd.DataFrame(
        [("x", "2027", 3.0), ("y", "2027", 4.0), ("x", "2028", 5.0)], columns=["cloud", "period", "rented_units"]
    )
    assert answer.rented(clouds) == "At most 7 are rented (2027)."
    models = pd.DataFrame({"model": ["own", "open"], "route": ["pretrain", "adopt"]})
    runs = pd.DataFrame([("own", 1.0), ("own", 1.0), ("open", 1.0)], columns=["model", "run"])
    assert answer.trained(runs, models) == "**Trained** are 1 model in 2 runs (own); 1 open model is adopted."
    assert answer.trained(runs[2:], models) == "No model is trained; 1 open model is adopted."


def test_what_is_served_and_what_not_is_told() -> None:
    assert answer.served(FIGURES) == "**90 % of the demand that a model could answer is served**: 90 T output tokens."
    assert answer.small(FIGURES) == "Small models, up to 10B parameters, answer 25 % of them."
    lost = pd.DataFrame([("chat", 3.0), ("code", 6.0), ("chat", 1.0)], columns=["workload", "unserved_t"])
    assert (
        answer.unserved(FIGURES, lost)
        == "Not served are 10 T, 60 % of them of code. Another 5 T no model could answer."
    )
    assert answer.unserved({"unserved_t": 0.0, "out_of_reach_t": 0.0}, lost) == "Nothing in reach stays unserved."


def test_cost_leaves_residual_values_to_the_discounted_figure() -> None:
    money = pd.DataFrame(
        [("L1", "2027", 1500.0), ("L3", "2028", 500.0), ("L1", "end", -300.0)], columns=["layer", "period", "musd"]
    )
    assert answer.cost(FIGURES, money) == (
        "**The plan costs 1.23 bn USD**, discounted and with residual values off; spent are 2 bn USD: compute 1.5 bn "
        "USD and platform 500 M USD."
    )


def test_what_would_change_the_answer_is_told_of_what_was_measured() -> None:
    ranges = pd.DataFrame(
        [
            ("a", "x", "a: x", "low", -500.0, float("nan")),
            ("b", "y", "b: y", "low", 0.0, -20.0),
            ("b", "y", "b: y", "high", 0.0, 30.0),
            ("c", "z", "c: z", "low", 0.0, -25.0),
        ],
        columns=["sheet", "field", "label", "end", "estimate_musd", "measured_musd"],
    )
    switches = pd.DataFrame(
        [
            ("halls at oslo", "none", "prices", 1.0, 1.8, "4 MW"),
            ("halls at pune", "9 MW", "prices", 1.0, 0.7, "none"),
            ("b bought", "3", "leads", 1.0, float("nan"), ""),
        ],
        columns=["decision", "now", "lever", "base", "switch", "becomes"],
    )
    assert answer.changing(ranges, switches) == (
        "**What would change the answer most**, of the objective: b: y at its high, +30 M USD; c: z at its low, "
        "-25 M USD. Nearest to changing is halls at pune, now 9 MW: at 0.7 times prices it becomes none."
    )
    nothing = "What would change the answer most was not measured for this report."
    assert answer.changing(ranges[:1], switches) == answer.changing(pd.DataFrame(), pd.DataFrame()) == nothing
    told = answer.changing(pd.DataFrame(), switches[2:])
    assert (
        told
        == "No assumption of the workbook has a range. None of the decisions tried changes within the ranges tried."
    )


def test_first_orders_are_summed_by_kind_with_their_first_month_and_money() -> None:
    columns = ["key0", "ordered_years", "told", "musd"]
    book = {
        "procurement.buy": pd.DataFrame(
            [("a", 0.5, 100.0, 3.0), ("b", 0.25, 50.0, 4.0), ("a", 0.75, 10.0, 2.0)], columns=columns
        ),
        "grid.energise_mw": pd.DataFrame([("oslo:2", 0.0, 8.0, 0.5)], columns=columns),
        "training.run": pd.DataFrame([(f"m{i}", 0.5, 1.0, float(i)) for i in range(5)], columns=columns),
        "siting.fitout_mw": pd.DataFrame(columns=columns),
    }
    assert answer.first_orders(book, "2027-01").fillna("").to_numpy().tolist() == [
        ["Order connections", "8 MW: oslo stage 2", "2027-01", 0.5],
        ["Buy accelerators", "160 units: a (110); b (50)", "2027-04", 9.0],
        ["Train or adopt models", "m4; m3; 3 more", "2027-07", 10.0],
        ["All", "", "", 19.5],
    ]


def test_the_answer_is_that_of_the_plan(made: Material) -> None:
    told = answer.answer(made)
    assert "1,000 accelerators are bought" in words(told)
    assert "100 % of the demand that a model could answer is served" in words(told)
    figures = table(told, "Headline figures").set_index("figure")["value"]
    assert figures["Cost, discounted, residual values off"] == approx(10.0)
    assert figures["Served"] == approx(2 * 31.536)
    orders = table(told, "Decisions to take before 2028-01")
    assert orders.iloc[-1]["musd"] == approx(10.0)


def test_every_check_of_the_audit_belongs_to_a_group() -> None:
    names = set()
    for file in Path(audit.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("equal", "at_most", "between")
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                names.add(str(node.args[0].value))
    assert len(names) > 60
    assert sorted(name for name in names if not any(group.holds(name) for group in limits.AUDITED)) == []


def test_checks_are_grouped_with_their_largest_residual_and_none_is_lost() -> None:
    proof = {
        "bound_from": "relaxation", "degenerate_rows": 7.0, "row_residual": 2e-9, "column_residual": 3e-8,
        "duality_gap": 1e-12, "audit halls": 0.0, "audit halls within their site": 4e-10, "audit moon": 5e-7,
    }  # fmt: skip
    rows = limits.grouped(proof)[["group", "checks", "largest", "allowed"]].to_numpy().tolist()
    assert rows == [
        ["Limits of the programme", 2, "3e-08", "1e-06"],
        ["Optimum", 1, "1e-12", "1e-06"],
        ["Halls and sites", 2, "4e-10", "1e-06"],
        ["moon", 1, "5e-07", "1e-06"],
    ]


def test_no_more_is_assured_than_was_checked() -> None:
    proof = {"row_residual": 0.0, "audit halls": 0.0, "audit demand": 0.0}
    assert "1 check on the programme's own arrays and 2 that work" in limits.assurance(proof, {}, limits.grouped(proof))
    bare = {"row_residual": 0.0}
    told = limits.assurance(bare, {}, limits.grouped(bare))
    assert "and none that work the result tables out again" in told
    assert "whole numbers" not in told
    assert "better by more than 0.5 %" in limits.assurance(bare, {"gap": 0.005}, limits.grouped(bare))


def test_checks_of_the_run_are_all_told(made: Material) -> None:
    told = table(limits.limits(made), "Checks carried out and passed")
    audited = [name for name in made.record["proof"] if name.startswith("audit ")]
    own = told[told["group"].isin([group.title for group in limits.PROVEN])]
    assert told["checks"].sum() - own["checks"].sum() == len(audited) > 30


def test_warnings_keep_their_cell_and_say_what_found_them() -> None:
    told = limits.warnings(["sites!B4: too small (found 1); more", "models!A2: late"], ["models!A2: late"])
    assert told.to_numpy().tolist() == [
        ["sites!B4", "too small (found 1); more", "reading"],
        ["models!A2", "late", "foresight"],
    ]


def test_what_a_part_says_it_does_not_model_is_told() -> None:
    told = dict(limits.not_modelled(compute_lp.PARTS))
    assert told["adoption"] == "Applications that fall out of use; uptake that slows"
    assert told["load"].endswith("(weather enters only through pue_peak)")
    says = {part.__name__.rpartition(".")[2] for part in compute_lp.PARTS if "not modelled" in (part.__doc__ or "")}
    assert {name.replace(" ", "_") for name in told} == says


def test_prices_that_hold_only_at_the_margin_are_counted() -> None:
    prices = pd.DataFrame({"degenerate": ["yes", "no", "yes", "yes"]})
    assert "4 rows have one; 75 % of these are degenerate" in limits.marginal(prices)


def test_the_workbook_has_one_hash_that_its_sheets_give() -> None:
    hashes = {"programme": "356d", "periods": "6917"}
    # printf 'periods 6917\nprogramme 356d\n' | sha256sum
    assert reproduce.workbook_hash(hashes) == "4ecf6c20dca28000e776d9eca106a7b4385832e15af0bdb78da138d1d73cc809"


def test_a_command_is_told_without_the_folders_of_its_machine() -> None:
    given = ["planner", "run", "/home/me/india.xlsx", "--set", "a.b *= 2", "-o", "runs/first"]
    assert reproduce.command(given) == "planner run india.xlsx --set 'a.b *= 2' -o runs/first"
    assert reproduce.command(["planner", "run", "C:\\work\\india.xlsx"]) == "planner run india.xlsx"


def test_reproduction_names_what_made_the_plan(made: Material) -> None:
    told = reproduce.reproduce(made)
    assert "Run **planner run**." in words(told)
    assert "objective 10.000000 M USD" in words(told)
    assert set(table(told, "Hash of each sheet")["what"]) == set(made.manifest["hashes"])
    assert table(told, "Versions").set_index("what")["told"]["highspy"] == made.manifest["versions"]["highspy"]
    names = [str(file) for file in table(told, "Files of the run folder")["file"]]
    results = made.case.folder / "results"
    assert {f"scenarios/NAME/results/{file.name}" for file in results.iterdir()} <= set(names)
    for name in names:
        assert (made.case.run / name.replace("NAME", "base")).exists(), name
