"""Rented capacity.

sets            CLOUDS u; SIGNED: (u,t) within available_from … available_to
decides         rent[u,t] k committed in t for term_years, at the price of that date
derives         rented[u,t] k in force: signed in a period τ with start[t] < start[τ] + term
subject to      rented_is_in_force · within_market: rented ≤ max_units
ledgers         compute + rented·8.76·years (no availability) · money L1: clouds, whole in every period that starts within the term
                (carbon in load; no power rows)
not modelled    spot prices, egress, breaking a commitment
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp import ledger
from compute_lp.calendar import SLACK_YEARS
from compute_lp.family import Family, Index, Link, Numbers, Total, Variables
from compute_lp.schema import Column, Inputs, Price, Problem, Report, Table, Value
from compute_lp.tables import accumulated, codes, column, text
from compute_lp.units import MH_PER_K_YEAR, UNITS, USD_PER_HOUR

TABLES = (
    Table(
        name="clouds",
        title="Clouds",
        row="accelerators for rent, on stated terms",
        columns=(
            Column(name="cloud", kind="name", key=True, meaning="name of the offer"),
            Column(
                name="country", kind="name", refers_to=("countries.country",), meaning="country the machines stand in"
            ),
            Column(
                name="operator_country",
                kind="name",
                refers_to=("countries.country",),
                meaning="country whose law the operator answers to",
            ),
            Column(name="accelerator", kind="name", refers_to=("accelerators.accelerator",), meaning="accelerator"),
            Column(name="usd_per_hour", unit="USD/h", low=0, meaning="price of one for an hour, at plan start"),
            Column(
                name="price_change_per_year",
                unit="1/year",
                default=0.0,
                low=-1,
                high=5,
                meaning="yearly change of the price until it is signed",
            ),
            Column(
                name="term_years", unit="years", default=1.0, above=0, high=20, meaning="how long a commitment lasts"
            ),
            Column(name="max_units", unit="units", low=0, meaning="most that can be rented at a time"),
            Column(
                name="pue", unit="ratio", default=1.2, low=1, high=3, meaning="power usage effectiveness, for carbon"
            ),
            Column(name="trains", kind="yes_no", default="no", meaning="whether the pool can host a training run"),
            Column(name="available_from", kind="month", default="", meaning="first date of signing; blank: plan start"),
            Column(name="available_to", kind="month", default="", meaning="last date of signing; blank: no end"),
        ),
    ),
)

REPORTS = (
    Report(
        name="clouds",
        meaning="rented accelerators",
        keys=("cloud", "period"),
        values=(
            Value(name="rent_units", unit="units", meaning="accelerators committed to", of="rent", factor=1e3),
            Value(name="rented_units", unit="units", meaning="accelerators in force", of="rented", factor=1e3),
        ),
    ),
)
PRICES = (
    Price(
        constraint="within_market",
        heading="market for rented accelerators",
        unit="USD/unit/year",
        keys=("cloud", "period"),
        factor=1e3,
    ),
)


def build(m: Any, inputs: Inputs) -> None:
    """Declare commitments."""
    b, calendar = m.clouds, m.calendar
    clouds = inputs["clouds"]
    m.cloud_chip = codes(m.ACCELERATORS, text(clouds, "accelerator"))
    usd_per_hour = column(clouds, "usd_per_hour") * USD_PER_HOUR
    price_change_per_year = column(clouds, "price_change_per_year")
    term_years = column(clouds, "term_years")
    m.cloud_max_k = column(clouds, "max_units") * UNITS
    m.cloud_trains = np.array([value == "yes" for value in text(clouds, "trains")], dtype=bool)
    available_from = calendar.since_start(text(clouds, "available_from"), blank=0.0)
    available_to = calendar.since_start(text(clouds, "available_to"), blank=np.inf)

    start = calendar.start[None, :]
    can_sign = (start >= np.maximum(available_from, 0.0)[:, None] - SLACK_YEARS) & (
        start <= available_to[:, None] + SLACK_YEARS
    )
    b.SIGNED = Index.product(m.CLOUDS, m.PERIODS, where=can_sign)
    cloud, period = b.SIGNED.codes
    ends = calendar.start[period] + term_years[cloud]
    in_force = (start >= calendar.start[period][:, None] - SLACK_YEARS) & calendar.before(ends)
    covered = np.zeros((m.CLOUDS.size, m.PERIODS.size), dtype=bool)
    np.logical_or.at(covered, cloud, in_force)
    b.RENTED = Index.product(m.CLOUDS, m.PERIODS, where=covered)
    rented_cloud, rented_period = b.RENTED.codes
    m.held[m.cloud_chip[rented_cloud], m.SITES.size + rented_cloud, rented_period] = True
    paid_years = np.where(in_force, calendar.years[None, :], 0.0)
    price = usd_per_hour[cloud] * (1 + price_change_per_year[cloud]) ** calendar.start[period] * MH_PER_K_YEAR

    b.max_k = Numbers(m.CLOUDS, m.cloud_max_k, doc="[kacc] most that can be rented")
    b.price_musd_per_k_year = Numbers(b.SIGNED, price, doc="[MUSD/kacc/yr] price at signing")
    b.paid_years = Numbers(b.SIGNED, paid_years.sum(axis=1), doc="[yr] length of the periods paid for")
    b.mh_per_k_year = Numbers(m.CLOUDS, MH_PER_K_YEAR, doc="[Mh/kacc/yr] hours of use")
    b.chip_of = Link(m.CLOUDS, of=m.ACCELERATORS, codes=m.cloud_chip)
    b.place_of = Link(m.CLOUDS, of=m.PLACES, codes=m.SITES.size + np.arange(m.CLOUDS.size))

    b.rent = Variables(b.SIGNED, upper=m.cloud_max_k[cloud], doc="[kacc] accelerators committed to")
    b.rented = Variables(b.RENTED, doc="[kacc] accelerators in force")
    b.committed = Total(b.RENTED, doc="[kacc] commitments in force")
    b.committed.add(
        "rent", over=b.SIGNED, rule=lambda b, u, t: b.rent[u, t], to=accumulated(b.SIGNED, b.RENTED, calendar, ends)
    )

    def rented_is_in_force(b: Any, u: Any, t: Any) -> Any:
        return b.rented[u, t] == b.committed[u, t]

    b.rented_is_in_force = Family(
        b.RENTED, rule=rented_is_in_force, doc="[kacc] rented is what is committed and in force"
    )

    def within_market(b: Any, u: Any, t: Any) -> Any:
        return b.rented[u, t] <= b.max_k[u]

    b.within_market = Family(b.RENTED, rule=within_market, doc="[kacc] no more than the market has")
    m.compute.add(
        "rented",
        over=b.RENTED,
        block=b,
        rule=lambda b, u, t: m.years[t] * b.mh_per_k_year[u] * b.rented[u, t],
        to=lambda b, u, t: (b.chip_of[u], b.place_of[u], t),
    )
    ledger.terms(
        m,
        "L1",
        "clouds",
        over=b.SIGNED,
        block=b,
        share=paid_years / paid_years.sum(axis=1, keepdims=True),
        rule=lambda b, u, t: b.price_musd_per_k_year[u, t] * b.paid_years[u, t] * b.rent[u, t],
    )


def check(inputs: Inputs) -> list[Problem]:
    """Offers that end before they begin."""
    return [
        Problem(
            "clouds",
            f"{row.cloud} ends before it begins ({row.available_from})",
            row=i,
            column="available_to",
            value=row.available_to,
            right="a later date, or blank",
        )
        for i, row in enumerate(inputs["clouds"].itertuples())
        if row.available_to and row.available_to < row.available_from
    ]
