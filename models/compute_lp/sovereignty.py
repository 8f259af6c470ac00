"""Policy rows.

sets            the periods in which a policy has a value; VENDORS and ORIGINS of accelerators
derives         compute in 8-bit H100-equivalents, installed and rented; tokens that can't be withdrawn: answered at a home place by weights
                that are open or of home origin
subject to      home_compute: home ≥ value·all · vendor_share, origin_share ≤ value·all, for each · n_minus_1: each site ≤ value·all (a cloud is
                never the largest site) · withdrawable: all tokens − those that can't be withdrawn ≤ value·all tokens · carbon, water ≤ value
not modelled    failures of two sites at once; who may read the data
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp.family import Family, Index, Link, Numbers, Total
from compute_lp.frame import groups_of
from compute_lp.schema import Column, Inputs, Price, Problem, Report, Table, Value
from compute_lp.tables import by_key_and_period, subset, text
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
    Table(
        name="policies",
        title="Policies",
        row="a policy, in one period or (period blank) in all",
        columns=(
            Column(name="policy", kind="choice", key=True, choices=POLICIES, meaning="which policy"),
            Column(
                name="period",
                kind="name",
                key=True,
                default="",
                refers_to=("periods.period",),
                meaning="blank: all periods without a row of their own",
            ),
            Column(
                name="value", unit="", low=0, meaning="a share, kt of carbon or ML of water, as the policy's name says"
            ),
        ),
    ),
)

REPORTS = (
    Report(
        name="sovereignty",
        meaning="compute and tokens by who holds them, carbon and water",
        keys=("period",),
        values=(
            Value(
                name="compute_h100e",
                unit="H100-equivalents",
                meaning="all compute, installed and rented, 8-bit",
                of="all_h100e",
                factor=1e3,
            ),
            Value(name="home_h100e", unit="H100-equivalents", meaning="of which at home", of="home_h100e", factor=1e3),
            Value(name="tokens_t", unit="Ttoken", meaning="output tokens served", of="all_tokens"),
            Value(
                name="lasting_tokens_t",
                unit="Ttoken",
                meaning="of which at home by weights that can't be withdrawn",
                of="lasting_tokens",
            ),
            Value(name="co2_kt", unit="kt", meaning="carbon dioxide", of="carbon"),
            Value(name="water_ml", unit="ML", meaning="water", of="water"),
        ),
    ),
)
PRICES = (
    Price(
        constraint="home_compute", heading="home share of compute", unit="USD/H100e/year", keys=("period",), factor=1e3
    ),
    Price(constraint="within_carbon", heading="carbon ceiling", unit="USD/t", keys=("period",), factor=1e3, per="sum"),
    Price(constraint="within_water", heading="water ceiling", unit="USD/ML", keys=("period",), factor=1e6, per="sum"),
    Price(
        constraint="withdrawable",
        heading="tokens that can be withdrawn",
        unit="USD/Mtoken",
        keys=("period",),
        per="sum",
    ),
)


def build(m: Any, inputs: Inputs) -> None:
    """Declare the policies that have a value."""
    b = m.sovereignty
    policies = Index.of(list(POLICIES))
    value = by_key_and_period(inputs["policies"], "policy", "value", policies, m.PERIODS, np.nan)
    vendor, origin = text(inputs["accelerators"], "vendor"), text(inputs["accelerators"], "vendor_country")
    at_home = m.group[m.place_country] == "home"

    def periods_of(policy: str) -> tuple[Index, Numbers]:
        given = value[policies.code(policy)]
        index = Index.rows((m.PERIODS,), (np.flatnonzero(~np.isnan(given)),))
        limit = Numbers(index, given[~np.isnan(given)], doc="[1] the policy's value")
        b.add_component(f"{policy}_value", limit)
        return index, limit

    b.h100e_per_k = Numbers(m.ACCELERATORS, m.h100e_per_k, doc="[1] 8-bit H100-equivalents per unit")
    b.VENDORS = Index.of(list(dict.fromkeys(vendor)))
    b.ORIGINS = Index.of(list(dict.fromkeys(origin)))
    b.vendor_of = Link(m.ACCELERATORS, of=b.VENDORS, codes=[b.VENDORS.code(name) for name in vendor])
    b.origin_of = Link(m.ACCELERATORS, of=b.ORIGINS, codes=[b.ORIGINS.code(name) for name in origin])
    owned, rented = m.procurement.OWNED, m.clouds.RENTED

    def total(
        name: str, index: Index, meaning: str, key: Any, cloud_key: Any, owned: Index = owned, rented: Index = rented
    ) -> Total:
        compute = Total(index, doc=f"[kacc] {meaning}, 8-bit H100-equivalents")
        b.add_component(name, compute)
        compute.add(
            "owned", over=owned, rule=lambda b, g, s, t: b.h100e_per_k[g] * m.procurement.installed[g, s, t], to=key
        )
        if cloud_key is not None:
            compute.add(
                "rented",
                over=rented,
                rule=lambda b, u, t: b.h100e_per_k[m.clouds.chip_of[u]] * m.clouds.rented[u, t],
                to=cloud_key,
            )
        return compute

    everything = total("all_h100e", m.PERIODS, "all compute", lambda b, g, s, t: t, lambda b, u, t: t)
    home = total(
        "home_h100e",
        m.PERIODS,
        "compute at home",
        lambda b, g, s, t: t,
        lambda b, u, t: t,
        subset(owned, at_home[owned.codes[1]]),
        subset(rented, at_home[m.SITES.size + rented.codes[0]]),
    )
    by_vendor = total(
        "vendor_h100e",
        Index.product(b.VENDORS, m.PERIODS),
        "compute of a vendor",
        lambda b, g, s, t: (b.vendor_of[g], t),
        lambda b, u, t: (b.vendor_of[m.clouds.chip_of[u]], t),
    )
    by_origin = total(
        "origin_h100e",
        Index.product(b.ORIGINS, m.PERIODS),
        "compute of an origin",
        lambda b, g, s, t: (b.origin_of[g], t),
        lambda b, u, t: (b.origin_of[m.clouds.chip_of[u]], t),
    )
    by_site = total("site_h100e", m.SITE_PERIODS, "compute of a site", lambda b, g, s, t: (s, t), None)
    periods, least = periods_of("home_compute_share_min")
    b.home_compute = Family(
        periods, rule=lambda b, t: home[t] >= least[t] * everything[t], doc="[kacc] a share of compute is at home"
    )
    periods, most_vendor = periods_of("vendor_share_max")
    b.vendor_share = Family(
        _crossed(b.VENDORS, periods),
        rule=lambda b, x, t: by_vendor[x, t] <= most_vendor[t] * everything[t],
        doc="[kacc] no vendor has too much",
    )
    periods, most_origin = periods_of("origin_share_max")
    b.origin_share = Family(
        _crossed(b.ORIGINS, periods),
        rule=lambda b, x, t: by_origin[x, t] <= most_origin[t] * everything[t],
        doc="[kacc] no origin has too much",
    )
    periods, most_site = periods_of("n_minus_1_share")
    sites = subset(m.SITE_PERIODS, np.isin(m.SITE_PERIODS.codes[1], periods.codes[0]))
    b.n_minus_1 = Family(
        sites,
        rule=lambda b, s, t: by_site[s, t] <= most_site[t] * everything[t],
        doc="[kacc] the largest loss when a site fails",
    )
    _tokens(m, b, inputs, at_home, *periods_of("withdrawable_share_max"))
    periods, most_kt = periods_of("carbon_kt_max")
    most_kt.doc = "[kt] ceiling"
    b.within_carbon = Family(periods, rule=lambda b, t: m.carbon[t] <= most_kt[t], doc="[kt] carbon ceiling")
    periods, most_ml = periods_of("water_ml_max")
    most_ml.doc = "[ML] ceiling"
    b.within_water = Family(periods, rule=lambda b, t: m.water[t] <= most_ml[t], doc="[ML] water ceiling")
    b.carbon = Total(m.PERIODS, doc="[kt] carbon dioxide")
    b.carbon.add("all", over=m.PERIODS, rule=lambda b, t: m.carbon[t], to=lambda b, t: t)
    b.water = Total(m.PERIODS, doc="[ML] water")
    b.water.add("all", over=m.PERIODS, rule=lambda b, t: m.water[t], to=lambda b, t: t)


def _crossed(base: Index, periods: Index) -> Index:
    every = periods.codes[0]
    return Index.rows(
        (base, periods.bases[0]), (np.repeat(np.arange(base.size), len(every)), np.tile(every, base.size))
    )


def _tokens(m: Any, b: Any, inputs: Inputs, at_home: np.ndarray, periods: Index, most: Numbers) -> None:
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
    b.all_tokens.add("served", over=everything, rule=lambda b, w, t: m.serving.served_all[w, t], to=lambda b, w, t: t)
    b.lasting_tokens = Total(m.PERIODS, doc="[Ttoken] answered at home by weights that can't be withdrawn")
    b.lasting_tokens.add(
        "served",
        over=kept,
        rule=lambda b, w, m_, g, p, t: m.serving.tokens[w, m_, g, p, t],
        to=lambda b, w, m_, g, p, t: t,
    )

    def withdrawable(b: Any, t: Any) -> Any:
        return b.all_tokens[t] - b.lasting_tokens[t] <= most[t] * b.all_tokens[t]

    b.withdrawable = Family(periods, rule=withdrawable, doc="[Ttoken] answers that could be withdrawn")


def check(inputs: Inputs) -> list[Problem]:
    """Shares above 1."""
    return [
        Problem("policies", f"{row.policy} is a share", row=i, column="value", value=row.value, right="between 0 and 1")
        for i, row in enumerate(inputs["policies"].itertuples())
        if "share" in row.policy and row.value > 1
    ]
