"""Models of a case and what they suffice for, against values worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from compute_lp.schema import Inputs
from planner import prefill
from planner.prefill import mix
from planner.prefill.case import Case

Rows = Sequence[Mapping[str, Any]]
REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
CLASS = {
    "model_class": "SMALL",
    "total_params_b": 8,
    "active_params_b": 8,
    "tokens_t": 12,
    "tokens_t_low": 4,
    "tokens_t_high": 36,
    "pretrain_zflop": 576,
    "pretrain_zflop_low": 192,
    "pretrain_zflop_high": 1728,
    "cpt_tokens_t": 0.3,
    "cpt_tokens_t_low": 0.1,
    "cpt_tokens_t_high": 1,
    "cpt_zflop": 14.4,
    "cpt_zflop_low": 4.8,
    "cpt_zflop_high": 48,
    "distil_tokens_t": 0.15,
    "distil_tokens_t_low": 0.08,
    "distil_tokens_t_high": 1,
    "distil_teacher_active_b": 32,
    "distil_zflop": 16.8,
    "distil_zflop_low": 8.96,
    "distil_zflop_high": 112,
    "overhead": 2.5,
    "overhead_low": 1.5,
    "overhead_high": 5.6,
    "mfu": 0.25,
    "lang_factor_foreign": 0.7,
    "lang_factor_continued": 0.9,
    "note": "evidence",
}
"""6 · 8e9 · 12e12 = 576 ZFLOP; 6 · 8e9 · 0.3e12 = 14.4; (6 · 8e9 + 2 · 32e9) · 0.15e12 = 16.8."""
CAPABILITY: Rows = [
    {"model_class": name, "year": year, "eci": eci}
    for name, points in {
        "SMALL": ((2026.5, 140.0), (2027.5, 150.0)),
        "FRONTIER_API": ((2026.5, 160.0), (2027.5, 170.0)),
    }.items()
    for year, eci in points
]
BASE = {"plan": "every", "model_class": "SMALL", "known": 2026.5, "tongue": "foreign", "available_from": "2026-09"}
BASE |= {
    "cost_musd": 2,
    "origin": "CN",
    "licence": "open",
    "confidence": "medium",
    "note": "why",
    "source": "judgement",
}
API = {"model_class": "FRONTIER_API", "route": "api", "origin": "US", "licence": "closed", "tongue": "grown"}
API |= {"max_demand_share": 0.02, "max_demand_share_low": 0.01, "max_demand_share_high": 0.1}
MODELS: Rows = [
    BASE | {"model": "open", "role": "open", "route": "adopt"},
    BASE | {"model": "indic", "role": "tongue", "route": "continue", "base": "open", "tongue": "continued"},
    BASE
    | {"model": "home", "role": "home", "route": "pretrain", "origin": "home", "tongue": "native", "known": 2027.5},
    BASE | {"model": "taught", "role": "home", "route": "distil", "base": "home", "origin": "home", "tongue": "grown"},
    BASE
    | {"model": "closed", "role": "api", "total_params_b": 1600, "active_params_b": 50, "usd_per_mtoken": 20}
    | API,
]
CANDIDATES: Rows = [
    {"work": "small", "role": "home"},
    {"work": "small", "role": "tongue", "least_language_gap": 0.2},
    {"work": "small", "role": "open", "most_language_gap": 0.05},
    {"work": "hard", "role": "api"},
]
REFERENCES: Rows = [
    {"workload_id": name, "suff_cap": 0.98, "suff_eci50": eci50, "suff_scale_eci": 10.0, "suff_uncertainty_pp": margin}
    | {"output_tokens_bn_per_million_pop_year_2030": 40.0, "uncached_input_tokens_bn_per_million_pop_year_2030": 0.0}
    | {"adoption_2026": 0.2, "adoption_2030": 0.5, "tokens_per_request_growth_per_year": 0.3, "cached_input_share": 0.0}
    for name, eci50, margin in (("W01", 140.0, 0.06), ("W02", 1000.0, 0.1))
]
NEEDS: Rows = [
    {
        "plan": "every",
        "workload": "letters",
        "like": "W01",
        "basis": "as_given",
        "and_basis": "",
        "why": "",
        "source": "judgement",
    }
    | {f"{name}{end}": value for name, value in (("need", 1.0), ("addressed", 1.0)) for end in ("", "_low", "_high")}
]


def case(gap: float, needs: Rows = NEEDS, models: Rows = MODELS, classes: Rows = (CLASS,)) -> Case:
    wanted = {"work": "small", "workload": "letters", "language_share": 0.8}
    tables: dict[str, Rows] = {
        "countries": [{"country": "IN", "name": "India", "language_gap": gap, "population_m": 1000.0}],
        "model_classes": [*classes, {"model_class": "FRONTIER_API", "pretrain_zflop": 5e5, "note": "evidence"}],
        "capability": CAPABILITY,
        "plan_models": models,
        "work_candidates": CANDIDATES,
        "workloads": REFERENCES,
        "programme_workloads": [wanted],
        "needs": needs,
        "needs_abroad": [],
        "need_bases": [{"basis": "as_given", "reference": 1.0, "elasticity": 1.0, "most": np.nan}],
    }
    return Case(Inputs({name: frame(name, rows) for name, rows in tables.items()}, {}), "india", "IN")


def frame(table: str, rows: Rows) -> pd.DataFrame:
    """A table of the atlas with blanks where a row says nothing."""
    declared = {column.name: column for each in mix.TABLES if each.name == table for column in each.columns}
    names = dict.fromkeys([*declared, *(name for row in rows for name in row)])

    def blank(name: str) -> Any:
        column = declared.get(name)
        if column is None or column.default is None or not isinstance(column.default, (int, float, str)):
            numeric = column.numeric if column else name.endswith(("_low", "_high"))
            return np.nan if numeric else ""
        return column.default

    return pd.DataFrame({name: [row.get(name, blank(name)) for row in rows] for name in names})


def model(name: str, of: Case) -> Any:
    return next(row for row in mix.models_of(of) if row.model == name)


def lines(of: Case, sheet: str) -> dict[str, dict[str, str]]:
    return {row["model"]: row for made in mix.sheets(of) if made.name == sheet for row in made.rows}


def test_the_index_runs_straight_between_the_years_and_stays_beyond_them() -> None:
    asked = case(1.0)
    assert mix.index(asked, "SMALL", 2027.0) == 145
    assert mix.index(asked, "SMALL", 2020.0) == 140
    assert mix.index(asked, "SMALL", 2035.0) == 150


def test_harder_requests_use_up_seven_tenths_of_the_frontier_s_growth() -> None:
    asked = case(1.0)
    assert mix.net_index(asked, model("open", asked)) == 140
    assert mix.net_index(asked, model("home", asked)) == pytest.approx(150 - 0.7 * (170 - 160))


@pytest.mark.parametrize(
    ("name", "strength"), [("open", 0.7), ("taught", (0.7 + 0.9) / 2), ("indic", 0.9), ("home", 0.9 + 0.1 / 2)]
)
def test_a_model_is_as_strong_in_a_language_as_it_was_trained_on_it(name: str, strength: float) -> None:
    asked = case(1.0)
    assert mix.strength(asked, model(name, asked)) == pytest.approx(strength)


def test_at_half_the_curve_half_the_cap_is_answered_less_the_loss_in_languages() -> None:
    asked = case(1.0)
    assert mix.sufficient_share(asked, "letters", model("open", asked)) == round(0.98 / 2 * (1 - 0.8 * 0.3), 2)
    assert mix.sufficient_share(asked, "letters", model("indic", asked)) == round(0.98 / 2 * (1 - 0.8 * 0.1), 2)


def test_an_english_speaking_home_loses_nothing_and_half_a_gap_half_of_it() -> None:
    english, between = case(0.0), case(0.5)
    assert mix.sufficient_share(english, "letters", model("open", english)) == 0.49
    assert mix.sufficient_share(between, "letters", model("open", between)) == round(0.49 * (1 - 0.4 * 0.3), 2)


def test_a_workload_takes_the_mean_of_its_reference_workloads_by_their_tokens() -> None:
    hopeless = {**NEEDS[0], "like": "W02", "need": 3.0, "need_low": 3.0, "need_high": 3.0}
    asked = case(0.0, [*NEEDS, hopeless])
    assert mix.sufficient_share(asked, "letters", model("open", asked)) == round(0.49 / 4, 2)
    open_row = lines(asked, "sufficiency")["open"]
    assert (open_row["share_low"], open_row["share_high"]) == ("0.02", "0.22")


def test_no_model_answers_everything() -> None:
    asked = case(0.0, models=[{**MODELS[0], "model_class": "FRONTIER_API"}])
    sure = [{**REFERENCES[0], "suff_cap": 1.0, "suff_eci50": 0.0}]
    asked.atlas.tables["workloads"].loc[0, list(sure[0])] = list(sure[0].values())  # type: ignore[call-overload]
    assert mix.sufficient_share(asked, "letters", mix.models_of(asked)[0]) == 0.99


def test_the_roles_asked_depend_on_how_far_the_languages_are_from_english() -> None:
    assert [row.model for row in mix.candidates(case(0.0), "small")] == ["open", "home", "taught"]
    assert [row.model for row in mix.candidates(case(1.0), "small")] == ["indic", "home", "taught"]


def test_the_sheet_gives_each_route_its_work() -> None:
    found = lines(case(1.0), "models")
    assert (found["home"]["tokens_t"], found["home"]["tokens_t_low"], found["home"]["tokens_t_high"]) == (
        "12",
        "4",
        "36",
    )
    assert found["indic"]["tokens_t"] == "0.3"
    assert found["taught"]["work_zflop"] == "16.8"
    assert "tokens_t" not in found["open"] and "overhead" not in found["open"]
    assert (found["closed"]["total_params_b"], found["open"]["total_params_b"]) == ("1600", "8")
    assert (found["home"]["origin"], found["open"]["origin"]) == ("IN", "CN")
    assert (found["home"]["confidence"], found["open"]["confidence"]) == ("low", "medium")


def test_an_api_s_quota_goes_by_what_the_programme_asks_for_in_2030() -> None:
    asked = lines(case(1.0), "models")["closed"]
    tokens_t = 1000 * 40 / 1000
    assert float(asked["max_t_per_year"]) == pytest.approx(0.02 * tokens_t)
    assert float(asked["max_t_per_year_high"]) == pytest.approx(0.1 * tokens_t)


def test_an_api_runs_on_no_hardware_of_the_programme() -> None:
    assert mix.served_classes(case(1.0)) == dict.fromkeys(("open", "indic", "home", "taught"), "SMALL")


@pytest.mark.parametrize(
    ("column", "value"),
    [("pretrain_zflop", 600), ("cpt_zflop_high", 60), ("distil_zflop", 7.2), ("lang_factor_continued", 0.6)],
)
def test_work_that_isn_t_parameters_times_tokens_is_caught(column: str, value: float) -> None:
    problems = list(mix.check(case(1.0, classes=[{**CLASS, column: value}]).atlas))
    assert [problem.column for problem in problems] == [column]


def test_sound_tables_pass_and_a_base_must_be_named() -> None:
    assert list(mix.check(case(1.0).atlas)) == []
    lost = case(1.0, models=[*MODELS, {**MODELS[1], "model": "orphan", "base": ""}])
    assert [problem.column for problem in mix.check(lost.atlas)] == ["base"]


def test_the_index_of_a_class_never_falls() -> None:
    atlas = case(1.0).atlas
    atlas.tables["capability"].loc[1, "eci"] = 139.0
    assert [(problem.column, problem.value) for problem in mix.check(atlas)] == [("eci", 139.0)]


@pytest.mark.parametrize(
    "plan", ["united_states", "france", "united_kingdom", "india", "united_arab_emirates", "japan", "south_korea"]
)
def test_the_shipped_programmes_ask_ten_models_or_so_for_each_work(plan: str) -> None:
    atlas = prefill.atlas()
    home = next(row.home for row in atlas.rows("plans") if row.plan == plan)
    asked = Case(atlas, plan, home)
    assert 14 <= len(mix.models_of(asked)) <= 19
    for work in mix.WORKS:
        assert 7 <= len(mix.candidates(asked, work)) <= 13


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference files aren't here")
def test_the_shipped_classes_are_those_of_the_reference_file() -> None:
    import atlas_models
    from reference import Reference

    made = {sheet.name: sheet for sheet in atlas_models.tables(Reference(REFERENCE))}
    shipped = prefill.atlas()
    for name, key, column in (("model_classes", "model_class", "pretrain_zflop"), ("capability", "model_class", "eci")):
        found = [(getattr(row, key), getattr(row, column)) for row in shipped.rows(name)]
        assert found == [(row[key], pytest.approx(float(row[column]))) for row in made[name].rows]
