"""Export rules, pots and caps of a case: which row of a regime speaks of the programme, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from compute_lp.schema import Inputs
from planner import prefill
from planner.prefill import control
from planner.prefill.case import Case

Rows = Sequence[Mapping[str, Any]]
REGIME = {"current": "current-2026", "diffusion": "diffusion-rule-2025", "tightened": "tightened"}
FREE = {"cap_kind": "unlimited", "delay_months": 0}
PLACES = {
    "india": ("IN", ["IN", "NO", "AE"]),
    "france": ("FR", ["FR", "NO", "AE", "IS"]),
    "united_arab_emirates": ("AE", ["AE", "FR"]),
    "united_states": ("US", ["US", "NO", "AE"]),
    "zambia": ("ZM", ["ZM"]),
}


def regime(country: str, word: str, owner: str, tier: str, **cells: Any) -> dict[str, Any]:
    names = {"country": country, "regime": REGIME[word], "owner": owner, "chips": "controlled", "tier": tier}
    return (
        names | {"price_multiplier": 1, "source": "BIS", "confidence": "high", "note": "said", "min_tpp": 4800} | cells
    )


def first_tier(country: str) -> Rows:
    return (
        regime(country, "current", "any", "no_licence", **FREE),
        regime(country, "diffusion", "tier_1", "tier_1", **FREE),
        regime(country, "diffusion", "tier_2", "tier_1", cap_kind="licence_discretionary", delay_months=6),
        regime(country, "tightened", "any", "ally", cap_kind="step_threshold", total_mtpp=12000, delay_months=4),
    )


def second_tier(country: str, year_mtpp: float, *current: Mapping[str, Any]) -> Rows:
    total = {"total_mtpp": 790, "year_mtpp": 790 / 3, "governments_total_mtpp": 1580}
    year = {"year_mtpp": year_mtpp, "year_mtpp_low": year_mtpp / 3, "year_mtpp_high": 12000}
    return (
        *(current or [regime(country, "current", "any", "no_licence", **FREE)]),
        regime(country, "diffusion", "local", "tier_2", cap_kind="cumulative_flow", delay_months=4, **total),
        regime(country, "diffusion", "nveu", "tier_2", cap_kind="stock", delay_months=6, stock_h100e_2027=320000),
        regime(country, "diffusion", "uveu", "tier_2", cap_kind="share", delay_months=3, share=0.07),
        regime(country, "tightened", "any", "non_ally", cap_kind="annual_flow", delay_months=9, **year),
    )


DEAL = {"year_mtpp": 6000, "year_mtpp_low": 2100, "year_mtpp_high": 30000}
EMIRATES = second_tier(
    "AE",
    790 / 3,
    regime("AE", "current", "named", "named", owner_homes="AE US", **FREE),
    regime(
        "AE", "current", "deal_guide", "deal_guide", owner_homes="AE", cap_kind="annual_flow", delay_months=0, **DEAL
    ),
    regime("AE", "current", "other", "licence", cap_kind="licence_discretionary", delay_months=9),
)
HOMELAND = tuple(regime("US", word, "any", "home", **FREE) for word in REGIME)
OWNERS = tuple(regime("ANY", word, "d5", "owner_rule", owner_homes="CN", cap_kind="zero") for word in REGIME)
REGIMES: Rows = (
    *HOMELAND,
    *first_tier("FR"),
    *first_tier("NO"),
    *second_tier("IN", 790),
    *second_tier("IS", 790),
    *second_tier("BR", 790),
    *EMIRATES,
    *OWNERS,
)
GRANTS: Rows = [
    {"plan": "every", "regime": word, "destination": where, "allocated": when, "mtpp": mtpp, "expires_after_months": 36}
    | {"source": "judgement", "confidence": "low", "note": "assumed"}
    for word, where, when, mtpp in (
        ("diffusion", "abroad", "2027-01", 60),
        ("tightened", "abroad", "2027-01", 60),
        ("tightened", "ally", "2027-01", 200),
        ("current", "abroad", "2028-01", 301.5),
    )
]


def frame(table: str, rows: Rows) -> pd.DataFrame:
    declared = {column.name: column for each in control.TABLES if each.name == table for column in each.columns}
    names = dict.fromkeys([*declared, *(name for row in rows for name in row)])
    numeric = {n for n in names if (n in declared and declared[n].numeric) or n.endswith(("_low", "_high"))}
    columns = {n: [row.get(n, np.nan if n in numeric else "") for row in rows] for n in names}
    return pd.DataFrame(columns)


def case(plan: str, regimes: Rows = REGIMES) -> Case:
    home, countries = PLACES[plan]
    sites = [{"site": f"in_{c}", "country": c, "zone": c} for c in countries]
    chosen = [{"plan": plan, "site": f"in_{c}", "like": "", "country": "", "zone": ""} for c in countries]
    tables = {
        "export_regimes": frame("export_regimes", regimes),
        "plan_licences": frame("plan_licences", GRANTS),
        "sites": pd.DataFrame(sites),
        "plan_sites": pd.DataFrame(chosen),
    }
    return Case(Inputs(tables, {}), plan, home)


def outcomes(plan: str) -> dict[str, tuple[str, str]]:
    rows = control.sheets(case(plan))[0].rows
    return {row["rule"]: (row["outcome"], row.get("delay_months", "")) for row in rows}


def sizes(plan: str) -> dict[str, float]:
    return {row["licence"]: float(row["mtpp"]) for row in control.sheets(case(plan))[1].rows}


def caps(plan: str) -> dict[str, dict[str, str]]:
    return {row["cap"]: row for row in control.sheets(case(plan))[2].rows}


def test_the_regime_in_force_stands_last_and_the_others_sleep() -> None:
    rows = control.sheets(case("france"))[0].rows
    words = [row["rule"].split("_")[0] for row in rows]
    assert words == ["diffusion"] * 4 + ["tightened"] * 4 + ["current"] * 4
    assert [row["from"] for row in rows] == ["2090-01"] * 8 + [""] * 4


def test_the_exporter_exports_nothing_to_itself() -> None:
    assert [name for name in outcomes("united_states") if name.endswith("_us")] == []


def test_an_ally_is_free_but_for_the_threshold_of_the_tightened_regime() -> None:
    found = outcomes("france")
    assert found["current_fr"] == found["diffusion_fr"] == ("free", "0")
    assert found["tightened_fr"] == ("notify", "4")
    threshold = caps("france")["threshold_fr"]
    assert (threshold["kind"], threshold["mtpp"]) == ("flow_total", "12000")


def test_an_owner_of_the_second_tier_needs_a_licence_on_an_ally_s_soil() -> None:
    found = outcomes("india")
    assert found["diffusion_no"] == ("licence", "6")
    assert found["tightened_no"] == ("licence", "4")
    assert sizes("india")["tightened_no_2027"] == 200
    assert "threshold_no" not in caps("india")


def test_home_draws_on_the_regime_s_own_figures_and_others_on_grants() -> None:
    found = sizes("india")
    assert [found[f"diffusion_in_{year}"] for year in (2027, 2030, 2033)] == [790, 790, 790]
    assert [found[f"tightened_in_{year}"] for year in range(2027, 2036)] == [790] * 9
    assert found["diffusion_ae_2027"] == 60
    assert found["current_ae_2028"] == 301.5


def test_a_pot_of_a_year_is_gone_before_the_next_begins() -> None:
    rows = {row["licence"]: row for row in control.sheets(case("india"))[1].rows}
    assert rows["tightened_in_2027"]["expires_after_months"] == "11"
    assert rows["diffusion_in_2027"]["expires_after_months"] == "35"


def test_every_rule_that_asks_for_a_licence_has_a_pot() -> None:
    for plan in PLACES:
        rules, pots, _ = control.sheets(case(plan))
        asking = {row["rule"] for row in rules.rows if row["outcome"] == "licence"}
        assert asking == {row["rule"] for row in pots.rows}


def test_named_owners_need_no_licence_at_home_and_have_the_deal_guide_as_a_cap() -> None:
    assert outcomes("united_arab_emirates")["current_ae"] == ("free", "0")
    deal = caps("united_arab_emirates")["deal_flow_ae"]
    assert (deal["mtpp"], deal["mtpp_low"], deal["mtpp_high"]) == ("6000", "2100", "30000")
    assert outcomes("united_states")["current_ae"] == ("free", "0")
    assert "deal_flow_ae" not in caps("united_states")


def test_a_haven_that_asks_for_licences_has_a_planning_ceiling() -> None:
    assert outcomes("france")["current_ae"] == ("licence", "9")
    ceiling = caps("france")["planning_flow_ae"]
    assert (ceiling["kind"], ceiling["mtpp"], ceiling["mtpp_low"], ceiling["mtpp_high"]) == (
        "flow_year",
        "263.333",
        "60",
        "6000",
    )


def test_a_share_cap_sleeps_with_its_rule_and_only_binds_validated_owners() -> None:
    share = caps("france")["tier_two_share_ae"]
    assert (share["kind"], share["share"], share["from"]) == ("share", "0.07", "2090-01")
    assert outcomes("france")["diffusion_ae"] == ("free", "3")
    assert control.sleeping_caps(case("france"), "diffusion") == ["tier_two_share_ae", "tier_two_share_is"]
    assert "tier_two_share_ae" not in caps("india")


def test_a_validated_end_user_s_stock_is_capped_at_home() -> None:
    stock = caps("india")["validated_stock_in"]
    assert (stock["rule"], stock["kind"], stock["h100e"]) == ("diffusion_in", "stock", "320000")


def test_scenarios_learn_which_rules_sleep() -> None:
    assert control.sleeping(case("india"), "tightened") == ["tightened_in", "tightened_no", "tightened_ae"]


def test_a_country_without_rows_is_taken_as_the_stand_in_and_told() -> None:
    asked = case("zambia")
    rules, _, _ = control.sheets(asked)
    assert [row["outcome"] for row in rules.rows] == ["licence", "licence", "free"]
    assert "none on ZM" in asked.defaults["export_regimes ZM"]


def faults(*rows: Mapping[str, Any]) -> list[tuple[str | None, str]]:
    *own, tightened = first_tier("XX")
    atlas = case("india", [*own, *(rows or [tightened])]).atlas
    return [(problem.column, problem.message) for problem in control.check(atlas)]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"cap_kind": "cumulative_flow", "total_mtpp": 790, "year_mtpp": 300}, "year_mtpp"),
        ({"cap_kind": "annual_flow", "year_mtpp": 790, "year_h100e": 60000}, "year_h100e"),
        ({"cap_kind": "annual_flow"}, "year_mtpp"),
        ({"cap_kind": "stock", "stock_h100e_2026": 320000, "stock_h100e_2027": 270000}, "stock_h100e_2027"),
        ({"cap_kind": "unlimited", "delay_months_low": 5, "delay_months_high": 9}, "delay_months"),
        ({"cap_kind": "unlimited", "delay_months": np.nan}, "delay_months"),
    ],
)
def test_caps_that_don_t_follow_and_delays_that_don_t_rise_are_caught(cells: dict[str, Any], column: str) -> None:
    found = faults(regime("XX", "tightened", "any", "non_ally", **({"delay_months": 4} | cells)))
    assert [name for name, _ in found] == [column]


def test_a_sound_regime_passes() -> None:
    assert faults() == []


def test_a_country_that_a_regime_leaves_out_is_caught() -> None:
    found = faults(regime("XX", "current", "other", "licence", cap_kind="zero"))
    assert found == [("regime", "XX has no row in tightened")]


def test_the_shipped_regimes_hold_the_figures_of_the_rules() -> None:
    rows = {(r.country, r.regime, r.owner): r for r in prefill.atlas().rows("export_regimes")}
    assert len({country for country, *_ in rows}) == 46
    allocation = rows["IN", "diffusion-rule-2025", "local"]
    assert allocation.total_mtpp == 790
    assert allocation.year_h100e == pytest.approx(790e6 / 3 / 15832, rel=1e-4)
    assert rows["AE", "current-2026", "deal_guide"].year_mtpp == pytest.approx(100_000 * 60_000 / 1e6)
