"""Rented capacity.

sets            CLOUDS u; SIGNED: (u,t) within available_from … available_to
decides         rent[u,t] k committed in t for term_years, at the price of that date
derives         rented[u,t] k in force: signed in a period τ with start[t] < start[τ] + term
subject to      rented_is_in_force · within_market: rented ≤ max_units
ledgers         compute + rented·8.76·years (no availability) · money L1: clouds, whole in every period that starts
                within the term (carbon in load; no power rows)
not modelled    spot prices, egress, breaking a commitment
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp import ledger
from compute_lp.calendar import SLACK_YEARS
from compute_lp.columns import amount, key, month, named, per_year, report, table
from compute_lp.family import Index, Link, Numbers, Total, Variables, subject_to
from compute_lp.schema import Column, Inputs, Price, Problem, Value
from compute_lp.tables import accumulated, codes, column, summed, text
from compute_lp.units import MH_PER_K_YEAR, UNITS, USD_PER_HOUR

TABLES = (
    table(
        "clouds",
        "accelerators for rent, on stated terms",
        key("cloud", "name of the offer"),
        named("country", "country the machines stand in", "countries.country"),
        named("operator_country", "country whose law the operator answers to", "countries.country"),
        named("accelerator", "accelerator", "accelerators.accelerator"),
        amount("usd_per_hour", "price of one for an hour, at plan start", "USD/h"),
        per_year("price_change_per_year", "yearly change of the price until it is signed", -1, 5),
        Column("term_years", "how long a commitment lasts", "years", default=1.0, above=0, high=20),
        amount("max_units", "most that can be rented at a time", "units"),
        Column("pue", "power usage effectiveness, for carbon", "ratio", default=1.2, low=1, high=3),
        Column("trains", "whether the pool can host a training run", kind="yes_no", default="no"),
        month("available_from", "first date of signing; blank: plan start", ""),
        month("available_to", "last date of signing; blank: no end", ""),
    ),
)

REPORTS = (
    report(
        "clouds",
        "rented accelerators",
        ("cloud", "period"),
        Value("rent_units", "units", "accelerators committed to", "rent", 1e3),
        Value("rented_units", "units", "accelerators in force", "rented", 1e3),
    ),
)
PRICES = (Price("within_market", "market for rented accelerators", "USD/unit/year", ("cloud", "period"), factor=1e3),)


def reach(m: Any, inputs: Inputs) -> None:
    """Pools that could be rented, and in which periods."""
    b, calendar, clouds = m.clouds, m.calendar, inputs["clouds"]
    m.cloud_chip = codes(m.ACCELERATORS, text(clouds, "accelerator"))
    m.cloud_max_k = column(clouds, "max_units") * UNITS
    m.cloud_trains = np.array([value == "yes" for value in text(clouds, "trains")], dtype=bool)
    available_from = calendar.since_start(text(clouds, "available_from"), blank=0.0)
    available_to = calendar.since_start(text(clouds, "available_to"), blank=np.inf)

    start = calendar.start[None, :]
    begun = start >= np.maximum(available_from, 0.0)[:, None] - SLACK_YEARS
    b.SIGNED = Index.product(m.CLOUDS, m.PERIODS, where=begun & (start <= available_to[:, None] + SLACK_YEARS))
    cloud, period = b.SIGNED.codes
    b.ends = calendar.start[period] + column(clouds, "term_years")[cloud]
    b.in_force = (start >= calendar.start[period][:, None] - SLACK_YEARS) & calendar.before(b.ends)
    b.RENTED = Index.product(m.CLOUDS, m.PERIODS, where=summed(b.in_force, cloud, m.CLOUDS.size) > 0)
    rented_cloud, rented_period = b.RENTED.codes
    m.held[m.cloud_chip[rented_cloud], m.SITES.size + rented_cloud, rented_period] = True


def build(m: Any, inputs: Inputs) -> None:
    """Declare commitments."""
    b, calendar = m.clouds, m.calendar
    clouds = inputs["clouds"]
    usd_per_hour = column(clouds, "usd_per_hour") * USD_PER_HOUR
    price_change_per_year = column(clouds, "price_change_per_year")
    cloud, period = b.SIGNED.codes
    paid_years = np.where(b.in_force, calendar.years[None, :], 0.0)
    price = usd_per_hour[cloud] * (1 + price_change_per_year[cloud]) ** calendar.start[period] * MH_PER_K_YEAR

    b.max_k = Numbers(m.CLOUDS, m.cloud_max_k, doc="[kacc] most that can be rented")
    b.price_musd_per_k_year = Numbers(b.SIGNED, price, doc="[MUSD/kacc/yr] price at signing")
    b.paid_years = Numbers(b.SIGNED, paid_years.sum(axis=1), doc="[yr] length of the periods paid for")
    b.mh_per_k_year = Numbers(m.CLOUDS, MH_PER_K_YEAR, doc="[Mh/kacc/yr] hours of use")
    b.chip_of = Link(m.CLOUDS, of=m.ACCELERATORS, codes=m.cloud_chip)
    b.place_of = Link(m.CLOUDS, of=m.PLACES, codes=m.SITES.size + np.arange(m.CLOUDS.size))

    b.rent = Variables(b.SIGNED, doc="[kacc] accelerators committed to")
    b.rented = Variables(b.RENTED, doc="[kacc] accelerators in force")
    b.committed = Total(b.RENTED, doc="[kacc] commitments in force")
    b.committed.add("rent", b.SIGNED, lambda b, u, t: b.rent[u, t], accumulated(b.SIGNED, b.RENTED, calendar, b.ends))

    @subject_to(b, b.RENTED, "[kacc] rented is what is committed and in force")
    def rented_is_in_force(b: Any, u: Any, t: Any) -> Any:
        return b.rented[u, t] == b.committed[u, t]

    @subject_to(b, b.RENTED, "[kacc] no more than the market has")
    def within_market(b: Any, u: Any, t: Any) -> Any:
        return b.rented[u, t] <= b.max_k[u]

    m.compute.add(
        "rented",
        b.RENTED,
        lambda b, u, t: m.years[t] * b.mh_per_k_year[u] * b.rented[u, t],
        lambda b, u, t: (b.chip_of[u], b.place_of[u], t),
        block=b,
    )
    ledger.terms(
        b,
        "L1|clouds",
        b.SIGNED,
        lambda b, u, t: b.price_musd_per_k_year[u, t] * b.paid_years[u, t] * b.rent[u, t],
        share=paid_years / paid_years.sum(axis=1, keepdims=True),
    )


def check(inputs: Inputs) -> list[Problem]:
    """Offers that end before they begin."""
    return [
        row.problem(
            "available_to", f"{row.cloud} ends before it begins ({row.available_from})", "a later date, or blank"
        )
        for row in inputs.rows("clouds")
        if row.available_to and row.available_to < row.available_from
    ]
