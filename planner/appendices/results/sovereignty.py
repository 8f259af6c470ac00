"""F 8, sovereignty scorecard: by layer, who holds what the answers rest on, at first and at last, and what policy asks.

Shares of compute are of 8-bit H100-equivalents in service, installed and rented; shares of tokens of output tokens
served. A policy is at its limit in a period where the plan leaves no room to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from compute_lp.training import TRAINED
from planner.appendices.material import Material
from planner.appendices.results.across import percent, ranges
from planner.appendices.results.readings import HOME, at_limit, compute, group_of, places
from planner.report.blocks import Block, Column, Heading, Paragraph, Table
from planner.wording import NOTABLE, joined, several

NO_POLICY = "none"
L1, L2, L3, L4 = "L1", "L2", "L3", "L4"
AT_HOME, FOREIGN, LASTING = "Compute at home", "Compute of vendors abroad", "Tokens of weights that last"
SCORES = (
    Column("layer", "Layer", kind="text"),
    Column("what", "What", kind="text"),
    Column("first", "First period", kind="share"),
    Column("least", "Least", kind="share"),
    Column("most", "Most", kind="share"),
    Column("last", "Last period", kind="share"),
    Column("policy", "Policy or limit", kind="text"),
    Column("binds", "At its limit", kind="text"),
)


@dataclass(frozen=True)
class Score:
    """A row of the card: its share by period (NaN where there is nothing to share), the policy on it and when that is
    at its limit, in words."""

    layer: str
    what: str
    shares: Sequence[float]
    policy: str = NO_POLICY
    binds: str = ""

    @property
    def known(self) -> list[float]:
        return [share for share in self.shares if share == share]


def sovereignty(material: Material) -> Iterator[Block]:
    """Blocks of the section."""
    yield Heading("Sovereignty scorecard", 2)
    found = [score for score in scores(material) if score.known]
    yield Paragraph(of_scores(found))
    if not found:
        return
    frame = pd.DataFrame(
        [
            {
                "layer": score.layer,
                "what": score.what,
                "first": score.shares[0],
                "least": min(score.known, default=np.nan),
                "most": max(score.known, default=np.nan),
                "last": score.shares[-1],
                "policy": score.policy,
                "binds": score.binds,
            }
            for score in found
        ]
    )
    yield Table(
        f"Scorecard: shares of compute, tokens and demand, {material.periods[0]} to {material.periods[-1]}",
        frame,
        SCORES,
        "L1 compute, L2 models, L3 platform, L4 applications. Home: countries of the group home. Weights last where "
        "they are open or of home origin and answer at a place at home. Demand in reach is what some model in the "
        "workbook could answer.",
    )


def scores(material: Material) -> list[Score]:
    """The rows of the card."""
    return [*_compute(material), *_models(material), *_platform(material), *_applications(material)]


def of_scores(found: Sequence[Score]) -> str:
    """Home compute, foreign hardware, lasting tokens, and which policies are ever at their limit."""
    if not found:
        return "Nothing is in service, and nothing is asked for."
    named = {score.what: score for score in found}
    told = []
    for what, words in (
        (AT_HOME, "of compute stands at home"),
        (FOREIGN, "of it is of a vendor abroad"),
        (LASTING, "of tokens come from weights that nobody can withdraw"),
    ):
        if what in named and named[what].shares[-1] == named[what].shares[-1]:
            told.append(f"{percent(named[what].shares[-1])} {words}")
    first = f"In the last period {joined(told)}." if told else "Nothing is in service in the last period."
    limited = [score for score in found if score.policy != NO_POLICY]
    binding = [f"{score.what} {score.binds}" for score in limited if score.binds and score.binds != "never"]
    if not limited:
        return f"{first} No limit is set on them."
    rows = several(len(limited), "row")
    if not binding:
        return f"{first} Limits are set on {rows} and never reached."
    return f"{first} Limits are set on {rows} and reached by {len(binding)}: {'; '.join(binding)}."


def _compute(material: Material) -> Iterator[Score]:
    held = compute(material)
    about, group = places(material), group_of(material)
    chips = material.inputs["accelerators"].set_index("accelerator")
    whole = _by_period(material, held, held["h100e"])

    def share(which: pd.Series) -> list[float]:
        return _over(_by_period(material, held, held["h100e"].where(which, 0.0)), whole)

    def largest(key: pd.Series) -> list[float]:
        wide = held["h100e"].groupby([key, held["period"]]).sum().unstack("period")
        return _over(wide.max().reindex(material.periods).fillna(0.0), whole)

    place = held["site"]
    vendor, origin = held["accelerator"].map(chips["vendor"]), held["accelerator"].map(chips["vendor_country"])
    owned = place.map(about["owned"]).astype(bool)
    home = place.map(about["at_home"]).astype(bool)
    yield Score(L1, AT_HOME, share(home), *_policy(material, "home_compute_share_min", "home_compute"))
    yield Score(L1, "Compute under operators at home", share(place.map(about["home_operator"]).astype(bool)))
    yield Score(L1, "Compute that is owned", share(owned))
    yield Score(L1, "Compute rented abroad, which can be withdrawn", share(~owned & ~home))
    yield Score(L1, FOREIGN, share(origin.map(group) != HOME))
    yield Score(
        L1, "Compute of the largest vendor", largest(vendor), *_policy(material, "vendor_share_max", "vendor_share")
    )
    yield Score(
        L1,
        "Compute of the largest country of origin",
        largest(origin),
        *_policy(material, "origin_share_max", "origin_share"),
    )
    yield Score(
        L1,
        "Compute of the largest site, lost when it fails (N-1)",
        largest(place.where(owned)),
        *_policy(material, "n_minus_1_share", "n_minus_1"),
    )


def _models(material: Material) -> Iterator[Score]:
    card, served = material.table("sovereignty"), material.table("serving")
    models = material.inputs["models"].set_index("model")
    card = card.set_index("period").reindex(material.periods).fillna(0.0)
    policy, binds = _policy(material, "withdrawable_share_max", "withdrawable", complement=True)
    yield Score(L2, LASTING, _over(card["lasting_tokens_t"], card["tokens_t"]), policy, binds)
    home = str(material.inputs.settings["home"])
    origin = models["origin"].where(models["origin"] != "", models["route"].isin(TRAINED).map({True: home, False: ""}))
    is_home = origin.map(group_of(material)).eq(HOME)
    whole = _by_period(material, served, served["served_t"])

    def share(which: pd.Series) -> list[float]:
        answered = served["served_t"].where(served["model"].map(which).astype(bool), 0.0)
        return _over(_by_period(material, served, answered), whole)

    yield Score(L2, "Tokens of models of home origin", share(is_home))
    yield Score(L2, "Tokens of open weights", share(models["licence"] == "open"))
    yield Score(L2, "Tokens of an api", share(models["route"] == "api"))


def _platform(material: Material) -> Iterator[Score]:
    hosted, served = material.table("serving_hours"), material.table("serving")
    about = places(material)
    whole = _by_period(material, served, served["served_t"])
    limits = {
        "place": ("at_home", "Tokens answered at a place at home"),
        "operator": ("home_operator", "Tokens answered by operators at home"),
    }
    for view, (column, words) in limits.items():
        at_home = hosted["site"].map(about[column]).astype(bool)
        shares = _over(_by_period(material, hosted, hosted["tokens_t"].where(at_home, 0.0)), whole)
        yield Score(L3, words, shares, *_residency(material, view))


def _applications(material: Material) -> Iterator[Score]:
    asked, limits = material.table("unserved"), material.table("adoption")
    reach = asked.assign(reach=asked["demand_t"] - asked["out_of_reach_t"])
    whole = _by_period(material, reach, reach["reach"])
    served = whole - _by_period(material, reach, reach["unserved_t"])
    yield Score(L4, "Demand in reach that is answered", _over(served, whole))
    if limits.empty:
        return
    both = reach.merge(limits, on=["workload", "period"])
    room = both[["limit_t", "reach"]].min(axis=1)
    asked_of = _by_period(material, both, both["reach"])
    rows = at_limit(material.plan, "adoption.taken_up")
    tight = rows[rows["at_limit"]] if len(rows) else rows
    workloads = both["workload"].nunique()
    binds = ranges(tight["period"].unique(), material.periods) if len(tight) else "never"
    if len(tight):
        binds += f", by {tight['workload'].nunique()} of {several(workloads, 'workload')}"
    yield Score(
        L4,
        "Demand in reach that applications have taken up",
        _over(_by_period(material, both, room), asked_of),
        f"uptake of {several(workloads, 'workload')}",
        binds,
    )


def _policy(material: Material, policy: str, constraint: str, *, complement: bool = False) -> tuple[str, str]:
    """What a policy asks, and when it is at its limit."""
    rows = material.inputs["policies"]
    rows = rows[rows["policy"] == policy]
    if rows.empty:
        return NO_POLICY, ""
    values = (1 - rows["value"]) if complement else rows["value"]
    least, most = float(values.min()), float(values.max())
    bound = "at least" if complement or policy.endswith("min") else "at most"
    amount = percent(least) if least == most else f"{percent(least)} to {percent(most)}"
    dated = [str(period) for period in rows["period"] if period]
    when = "" if len(dated) < len(rows) else f" {ranges(dated, material.periods)}"
    found = at_limit(material.plan, f"sovereignty.{constraint}")
    tight = found.loc[found["at_limit"], "period"] if len(found) else []
    return f"{bound} {amount}{when}", ranges(tight, material.periods)


def _residency(material: Material, view: str) -> tuple[str, str]:
    """How many workloads limit what is answered outside home (or home and allies), and when any is at its limit."""
    workloads = material.inputs["workloads"]
    limited = (workloads["foreign_share_max"] < 1) | (workloads["non_allied_share_max"] < 1)
    if not limited.any():
        return NO_POLICY, ""
    tight: list[str] = []
    for near in ("foreign", "non_allied"):
        rows = at_limit(material.plan, f"serving.{near}_{view}_within_share")
        tight += list(rows.loc[rows["at_limit"], "period"]) if len(rows) else []
    said = f"limits abroad of {int(limited.sum())} of {several(len(workloads), 'workload')}"
    return said, ranges(tight, material.periods)


def _by_period(material: Material, rows: pd.DataFrame, values: pd.Series) -> pd.Series:
    return values.groupby(rows["period"]).sum().reindex(material.periods).fillna(0.0).astype(float)


def _over(part: pd.Series, whole: pd.Series) -> list[float]:
    return [float(value) for value in part / whole.where(whole > NOTABLE)]
