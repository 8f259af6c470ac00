"""Policy rows.

sets            the periods in which a policy has a value; VENDORS and ORIGINS of accelerators
derives         compute in 8-bit H100-equivalents, installed and rented; tokens that can't be withdrawn: answered at a
                home place by weights that are open or of home origin
subject to      home_compute: home ≥ value·all · vendor_share, origin_share ≤ value·all, for each · n_minus_1: each site
                ≤ value·all (a cloud is never the largest site) · withdrawable: all tokens − those that can't be
                withdrawn ≤ value·all tokens · within_carbon, within_water ≤ value
not modelled    failures of two sites at once; who may read the data
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp.columns import amount, choice, key, report, table
from compute_lp.family import Index, Link, Numbers, Total, subject_to
from compute_lp.frame import groups_of
from compute_lp.schema import Inputs, Mask, Price, Problem, Value
from compute_lp.tables import by_key_and_period, codes, subset, text
from compute_lp.training import TRAINED

POLICIES = (
    "home_compute_share_min",
    "vendor_share_max",
    "origin_share_max",
    "n_minus_1_share",
    "withdrawable_share_max",
    "carbon_kt_max",
    "water_ml_max",
)

TABLES = (
    table(
        "policies",
        "a policy, in one period or (period blank) in all",
        choice("policy", "which policy", POLICIES, key=True),
        key("period", "blank: all periods without a row of their own", "periods.period", default=""),
        amount("value", "a share, kt of carbon or ML of water, as the policy's name says", ""),
    ),
)

REPORTS = (
    report(
        "sovereignty",
        "compute and tokens by who holds them, carbon and water",
        ("period",),
        Value("compute_h100e", "H100-equivalents", "all compute, installed and rented, 8-bit", "all_h100e", 1e3),
        Value("home_h100e", "H100-equivalents", "of which at home", "home_h100e", 1e3),
        Value("tokens_t", "Ttoken", "output tokens served", "all_tokens"),
        Value("lasting_tokens_t", "Ttoken", "of which at home by weights that can't be withdrawn", "lasting_tokens"),
        Value("co2_kt", "kt", "carbon dioxide", "carbon"),
        Value("water_ml", "ML", "water", "water"),
    ),
)
PRICES = (
    Price("home_compute", "home share of compute", "USD/H100e/year", ("period",), factor=1e3),
    Price("within_carbon", "carbon ceiling", "USD/t", ("period",), factor=1e3, per="sum"),
    Price("within_water", "water ceiling", "USD/ML", ("period",), factor=1e6, per="sum"),
    Price("withdrawable", "tokens that can be withdrawn", "USD/Mtoken", ("period",), per="sum"),
)


def build(m: Any, inputs: Inputs) -> None:
    """Declare the policies that have a value."""
    b = m.sovereignty
    policies = Index.of(list(POLICIES))
    value = by_key_and_period(inputs["policies"], "policy", "value", policies, m.PERIODS, np.nan)
    at_home = m.group[m.place_country] == "home"

    def periods_of(policy: str, doc: str = "[1] the policy's value") -> Index:
        """Periods in which a policy has a value, which becomes `policy`_value."""
        given = ~np.isnan(value[policies.code(policy)])
        index = subset(m.PERIODS, given)
        limit = Numbers(index, value[policies.code(policy)][given], doc=doc)
        b.add_component(f"{policy}_value", limit)
        return index

    _compute(m, b, inputs, at_home)

    @subject_to(b, periods_of("home_compute_share_min"), "[kacc] a share of compute is at home")
    def home_compute(b: Any, t: Any) -> Any:
        return b.home_h100e[t] >= b.home_compute_share_min_value[t] * b.all_h100e[t]

    @subject_to(b, _in_periods(b.vendor_h100e, periods_of("vendor_share_max")), "[kacc] no vendor has too much")
    def vendor_share(b: Any, x: Any, t: Any) -> Any:
        return b.vendor_h100e[x, t] <= b.vendor_share_max_value[t] * b.all_h100e[t]

    @subject_to(b, _in_periods(b.origin_h100e, periods_of("origin_share_max")), "[kacc] no origin has too much")
    def origin_share(b: Any, x: Any, t: Any) -> Any:
        return b.origin_h100e[x, t] <= b.origin_share_max_value[t] * b.all_h100e[t]

    @subject_to(
        b, _in_periods(b.site_h100e, periods_of("n_minus_1_share")), "[kacc] the largest loss when a site fails"
    )
    def n_minus_1(b: Any, s: Any, t: Any) -> Any:
        return b.site_h100e[s, t] <= b.n_minus_1_share_value[t] * b.all_h100e[t]

    _tokens(m, b, inputs, at_home)

    @subject_to(b, periods_of("withdrawable_share_max"), "[Ttoken] answers that could be withdrawn")
    def withdrawable(b: Any, t: Any) -> Any:
        return b.all_tokens[t] - b.lasting_tokens[t] <= b.withdrawable_share_max_value[t] * b.all_tokens[t]

    @subject_to(b, periods_of("carbon_kt_max", "[kt] ceiling"), "[kt] carbon ceiling")
    def within_carbon(b: Any, t: Any) -> Any:
        return m.carbon[t] <= b.carbon_kt_max_value[t]

    @subject_to(b, periods_of("water_ml_max", "[ML] ceiling"), "[ML] water ceiling")
    def within_water(b: Any, t: Any) -> Any:
        return m.water[t] <= b.water_ml_max_value[t]

    b.carbon = Total(m.PERIODS, doc="[kt] carbon dioxide")
    b.carbon.add("all", m.PERIODS, lambda b, t: m.carbon[t])
    b.water = Total(m.PERIODS, doc="[ML] water")
    b.water.add("all", m.PERIODS, lambda b, t: m.water[t])


def _in_periods(total: Any, periods: Index) -> Index:
    """The rows of a total in some periods."""
    index: Index = total.index_set()
    return subset(index, np.isin(index.codes[-1], periods.codes[0]))


def _compute(m: Any, b: Any, inputs: Inputs, at_home: Mask) -> None:
    """All compute, and that at home, of a vendor, of an origin and of a site."""
    vendor, origin = text(inputs["accelerators"], "vendor"), text(inputs["accelerators"], "vendor_country")
    owned, rented = m.procurement.OWNED, m.clouds.RENTED
    b.h100e_per_k = Numbers(m.ACCELERATORS, m.h100e_per_k, doc="[1] 8-bit H100-equivalents per unit")
    b.VENDORS, b.ORIGINS = Index.of(list(dict.fromkeys(vendor))), Index.of(list(dict.fromkeys(origin)))
    b.vendor_of = Link(m.ACCELERATORS, of=b.VENDORS, codes=codes(b.VENDORS, vendor))
    b.origin_of = Link(m.ACCELERATORS, of=b.ORIGINS, codes=codes(b.ORIGINS, origin))
    b.cloud_vendor_of = Link(m.CLOUDS, of=b.VENDORS, codes=b.vendor_of.codes[m.cloud_chip])
    b.cloud_origin_of = Link(m.CLOUDS, of=b.ORIGINS, codes=b.origin_of.codes[m.cloud_chip])

    def of_owned(b: Any, g: Any, s: Any, t: Any) -> Any:
        return b.h100e_per_k[g] * m.procurement.installed[g, s, t]

    def of_rented(b: Any, u: Any, t: Any) -> Any:
        return b.h100e_per_k[m.clouds.chip_of[u]] * m.clouds.rented[u, t]

    b.all_h100e = Total(m.PERIODS, doc="[kacc] all compute, 8-bit H100-equivalents")
    b.all_h100e.add("owned", owned, of_owned)
    b.all_h100e.add("rented", rented, of_rented)
    b.home_h100e = Total(m.PERIODS, doc="[kacc] compute at home, 8-bit H100-equivalents")
    b.home_h100e.add("owned", subset(owned, at_home[owned.codes[1]]), of_owned)
    b.home_h100e.add("rented", subset(rented, at_home[m.SITES.size + rented.codes[0]]), of_rented)
    vendors, origins = Index.product(b.VENDORS, m.PERIODS), Index.product(b.ORIGINS, m.PERIODS)
    b.vendor_h100e = Total(vendors, doc="[kacc] compute of a vendor, 8-bit H100-equivalents")
    b.vendor_h100e.add("owned", owned, of_owned, b.vendor_of)
    b.vendor_h100e.add("rented", rented, of_rented, b.cloud_vendor_of)
    b.origin_h100e = Total(origins, doc="[kacc] compute of an origin, 8-bit H100-equivalents")
    b.origin_h100e.add("owned", owned, of_owned, b.origin_of)
    b.origin_h100e.add("rented", rented, of_rented, b.cloud_origin_of)
    b.site_h100e = Total(m.SITE_PERIODS, doc="[kacc] compute of a site, 8-bit H100-equivalents")
    b.site_h100e.add("owned", owned, of_owned)


def _tokens(m: Any, b: Any, inputs: Inputs, at_home: Mask) -> None:
    models, serve = inputs["models"], m.serving.SERVE
    is_open = np.array(text(models, "licence")) == "open"
    origin = [
        name or (m.home if route in TRAINED else "")
        for name, route in zip(text(models, "origin"), text(models, "route"), strict=True)
    ]
    lasting = is_open | (groups_of(m, origin) == "home")
    kept = subset(serve, at_home[serve.codes[3]] & lasting[serve.codes[1]])
    b.all_tokens = Total(m.PERIODS, doc="[Ttoken] output tokens served")
    everything = Index.product(m.WORKLOADS, m.PERIODS)
    b.all_tokens.add("served", everything, lambda b, w, t: m.serving.served_all[w, t])
    b.lasting_tokens = Total(m.PERIODS, doc="[Ttoken] answered at home by weights that can't be withdrawn")
    b.lasting_tokens.add("served", kept, lambda b, w, m_, g, p, t: m.serving.tokens[w, m_, g, p, t])


def check(inputs: Inputs) -> list[Problem]:
    """Shares above 1."""
    return [
        row.problem("value", f"{row.policy} is a share", "between 0 and 1")
        for row in inputs.rows("policies")
        if "share" in row.policy and row.value > 1
    ]
