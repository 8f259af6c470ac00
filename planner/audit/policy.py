"""Sovereignty, budgets and the objective."""

from __future__ import annotations

import numpy as np

from compute_lp.schema import Floats
from planner.audit.checks import Checks
from planner.audit.known import Known
from planner.audit.machines import K, Machines
from planner.audit.power import GWH_PER_MW_YEAR, Power, intensity_kg_per_mwh
from planner.audit.tokens import Tokens
from planner.plan import Plan

END = "end"
LAYERS = ("L1", "L2", "L3", "L4")
TOTAL = "total"


def check_sovereignty(
    known: Known, power: Power, machines: Machines, tokens: Tokens, clouds_mw: Floats, checks: Checks
) -> None:
    """Compute, lasting tokens, carbon and water as reported, and the policies on them. `clouds_mw` (U, T) IT draw."""
    k = known
    axes = {"period": k.T}
    stated = {
        name: k.array("sovereignty", name, {"period": k.T})
        for name in ("compute_h100e", "home_h100e", "tokens_t", "lasting_tokens_t", "co2_kt", "water_ml")
    }
    held = machines.held * machines.h100e[:, None, None]
    at_home = k.groups(k.place_country) == "home"
    all_compute, home = held.sum(axis=(0, 1)), held[:, at_home].sum(axis=(0, 1))
    checks.equal("compute", stated["compute_h100e"], all_compute, axes, unit="H100-equivalents", one=K)
    checks.equal("compute at home", stated["home_h100e"], home, axes, unit="H100-equivalents", one=K)
    checks.equal("all tokens", stated["tokens_t"], tokens.served.sum(axis=(0, 1)), axes, unit="T tokens")
    origin = k.text("models", "origin")
    trained_at_home = tokens.is_trained & np.array([not country for country in origin], dtype=bool)
    stays = (np.array(k.text("models", "licence")) == "open") | (k.groups(origin) == "home") | trained_at_home
    lasting = tokens.over(tokens.tokens_t * at_home[tokens.at[3]] * stays[tokens.at[1]], 4)
    checks.equal("tokens of lasting weights", stated["lasting_tokens_t"], lasting, axes, unit="T tokens")
    gwh = clouds_mw * k.numbers("clouds", "pue")[:, None] * GWH_PER_MW_YEAR * k.years
    rented = (gwh * intensity_kg_per_mwh(k, k.text("clouds", "country"))).sum(axis=0) / 1e3
    checks.equal("carbon", stated["co2_kt"], power.carbon_kt() + rented, axes, unit="kt")
    checks.equal("water", stated["water_ml"], power.water_ml(), axes, unit="ML")
    _check_policies(k, held, stated, checks)


def _check_policies(k: Known, held: Floats, stated: dict[str, Floats], checks: Checks) -> None:
    def limit(policy: str) -> Floats:
        """(T) value of a policy; NaN where it has none."""
        return np.asarray(k.keyed("policies", "policy", "value", [policy], np.nan)[0])

    axes = {"period": k.T}
    compute = held.sum(axis=(0, 1))
    unit, one = "H100-equivalents", K

    def share_at_most(check: str, policy: str, amounts: Floats, labels: list[str], whole: Floats, of: str) -> None:
        value = limit(policy)
        ceiling = np.where(np.isnan(value), np.inf, np.nan_to_num(value) * whole)
        named = {of: labels, "period": k.T}
        checks.at_most(check, amounts, ceiling, named, unit=unit, one=one, size=whole)

    least = np.nan_to_num(limit("home_compute_share_min")) * compute
    checks.at_most("home share of compute", least, stated["home_h100e"], axes, unit=unit, one=one, size=compute)
    for check, policy, column in (
        ("share of a vendor", "vendor_share_max", "vendor"),
        ("share of an origin", "origin_share_max", "vendor_country"),
    ):
        owners = k.text("accelerators", column)
        labels = sorted(set(owners))
        by_owner = np.array([held[np.array(owners) == label].sum(axis=(0, 1)) for label in labels])
        share_at_most(check, policy, by_owner.reshape(len(labels), len(k.T)), labels, compute, column)
    by_site = held[:, : len(k.S)].sum(axis=0)
    share_at_most("share of the largest site", "n_minus_1_share", by_site, k.S, compute, "site")
    tokens = stated["tokens_t"]
    value = limit("withdrawable_share_max")
    ceiling = np.where(np.isnan(value), np.inf, np.nan_to_num(value) * tokens)
    withdrawable = tokens - stated["lasting_tokens_t"]
    checks.at_most("withdrawable share", withdrawable, ceiling, axes, unit="T tokens", size=tokens)
    for check, policy, name, unit_of in (
        ("carbon ceiling", "carbon_kt_max", "co2_kt", "kt"),
        ("water ceiling", "water_ml_max", "water_ml", "ML"),
    ):
        ceiling = np.where(np.isnan(limit(policy)), np.inf, limit(policy))
        checks.at_most(check, stated[name], ceiling, axes, unit=unit_of)


def check_budgets(known: Known, checks: Checks) -> None:
    """Spent by layer as money has it, within the budget and what was carried; carried from what was left."""
    k = known
    names = [*LAYERS, TOTAL]
    axes = {"layer": names, "period": k.T}
    rows = k.tables["money"]
    layers = k.array("money", "musd", {"layer": LAYERS, "period": k.T}, rows[rows["period"] != END])
    spent = np.vstack([layers, layers.sum(axis=0)])
    at = (k.codes("budgets", "layer", names), k.codes("budgets", "period", k.T))
    given = np.zeros(spent.shape, dtype=bool)
    given[at] = True
    musd, least, carry = np.full(spent.shape, np.inf), np.full(spent.shape, -np.inf), np.zeros(spent.shape)
    musd[at] = k.numbers("budgets", "musd")
    least[at] = k.numbers("budgets", "min_musd", -np.inf)
    carry[at] = k.numbers("budgets", "carry_share")
    stated = {
        name: k.array("budgets", name, {"layer": names, "period": k.T})
        for name in ("spent_musd", "budget_musd", "carried_musd")
    }
    checks.equal(
        "spent by layer", np.where(given, stated["spent_musd"], 0.0), np.where(given, spent, 0.0), axes, unit="MUSD"
    )
    granted = np.where(given, musd, 0.0)
    checks.equal("budgets", np.where(given, stated["budget_musd"], 0.0), granted, axes, unit="MUSD")
    carried = stated["carried_musd"]
    carried_in = np.concatenate([np.zeros_like(carried[:, :1]), carried[:, :-1]], axis=1)
    ceiling = np.where(given, musd, 0.0) + carried_in
    checks.at_most("spent within budgets", spent, np.where(given, ceiling, np.inf), axes, unit="MUSD")
    checks.at_most("spent at least", np.where(np.isfinite(least), least, spent), spent, axes, unit="MUSD")
    left = np.where(given, carry * (ceiling - np.where(given, spent, 0.0)), 0.0)
    checks.at_most("carried over", carried, left, axes, unit="MUSD", size=np.where(given, ceiling, 0.0))


def check_objective(known: Known, tokens: Tokens, plan: Plan, checks: Checks) -> None:
    """The sum of discounted money and of the value that stays unserved, or the value served."""
    k = known
    default = k.inputs.settings["unserved_usd_per_mtoken"]
    value = k.numbers("workloads", "unserved_usd_per_mtoken", np.nan if default is None else float(default))
    must = {"workload": k.W, "period": k.T}
    limit = np.where(np.isnan(value), 0.0, np.inf)[:, None]
    checks.at_most("workloads that must be served", tokens.unserved, limit, must, unit="T tokens")
    worth = np.nan_to_num(value)[:, None] * k.flow_discount
    if k.inputs.settings["objective"] == "least_cost":
        money = k.tables["money"]["discounted_musd"].to_numpy(np.float64)
        found = float(money.sum() + (worth * tokens.unserved).sum())
        checks.equal("objective", plan.objective_musd, found, {}, unit="MUSD", size=float(np.abs(money).sum()))
        return
    served = float((worth * tokens.served.sum(axis=1)).sum())
    tolerance = float(k.inputs.settings["most_served_tolerance"])
    gap = float(k.inputs.settings["gap"]) if k.whole else 0.0
    best = plan.objective_musd
    checks.between("objective", served, (1 - tolerance) * best, best * (1 + gap), {}, unit="MUSD")
