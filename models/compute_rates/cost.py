"""Cost: what accelerator-hours cost under a stated convention, so that an analyst's method is a row and not code.

price at start = price · (1 - decline)^(days from price date to start / 365.25)
capital, decline = price at start · (-ln(1 - decline)) / 8,766 · hours
capital, annuity = price at start · r / (1 - (1 + r)^-life) / 8,766 · hours: real, in arrears; 1 / life at r = 0
network        = capital · s / (1 - s)
energy         = TDP · server multiplier · average share · PUE · hours · price of energy
total          = capital + network + energy, usd_per_hour = total / hours

`hours` are accelerator-hours in all; `units` alone means units · 8,766. A `convention` names a row of
`tables/cost_conventions.csv`, which the row's own columns override. What is still blank: price, price date, TDP and
server multiplier are the atlas's (price_basis `server` takes its server price; else the chip's), network share 0.12,
average share 0.75 and PUE 1.25 as in `power`, no decline under an annuity. Capital method, the life and rate of an
annuity, the decline of a decline, and the price of energy have no default.

Source: Cottier et al. 2024 (decline), standard annuity. Known error (`docs/evidence.md`): Epoch's method by a row is
0.64 to 1.08 of 12 published costs, median 0.97, and exact for a 1 GW site; declines are two-sided: H100
rent rose 38 % from October 2025 to March 2026. Not modelled: halls, staff, tax, resale, inflation.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from compute_rates.atlas import Accelerators, folded, joined, table
from compute_rates.power import AVERAGE_SHARE, NETWORK_SHARE, PUE
from compute_rates.reading import FIRST_LINE, Dates, Floats, Reader, Texts, answered, as_date, nearest

HOURS_PER_YEAR = 8766.0
DAYS_PER_YEAR = 365.25
MWH_PER_WH = 1e-6
METHODS = ("decline", "annuity")


def annuity_per_year(discount_rate: Floats, life_years: Floats) -> Floats:
    """Yearly payment per unit of capital, in arrears; straight-line at a rate of 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = discount_rate / -np.expm1(-life_years * np.log1p(discount_rate))
    return np.where(discount_rate == 0, 1 / life_years, factor)


class _Settings:
    """The row's own settings over those of the convention it names."""

    def __init__(self, reader: Reader):
        self.reader = reader
        names = reader.texts("convention")
        rows = table("cost_conventions")
        place = {name: row for row, name in enumerate(rows["convention"])}
        by_folded = {folded(name): row for name, row in place.items()}
        self.at = np.array([by_folded.get(folded(name), -1) for name in names], np.intp).reshape(reader.size)
        self.unknown = (self.at < 0) & (names != "")
        """True where a convention is named that isn't known: what it would have given is not asked for again."""
        for row in np.flatnonzero(self.unknown):
            reader.problem(
                int(row) + FIRST_LINE, "convention", f"no such convention{nearest(str(names[row]), place)}", names[row]
            )

    def _of_convention(self, column: str) -> pd.Series:
        return table("cost_conventions")[column].iloc[np.maximum(self.at, 0)]

    def number(self, column: str, **limits: float) -> Floats:
        own = self.reader.numbers(column, **limits)
        convention = np.where(self.at >= 0, self._of_convention(column).to_numpy(float), np.nan)
        return np.where(np.isnan(own), convention, own)

    def text(self, column: str, own: Texts) -> Texts:
        convention = np.where(self.at >= 0, self._of_convention(column).to_numpy(object), "")
        return np.where(own == "", convention, own)

    def day(self, column: str) -> Dates:
        own = self.reader.dates(column)
        stated = [
            as_date(text) if at >= 0 else None for text, at in zip(self._of_convention(column), self.at, strict=True)
        ]
        convention = np.array(
            [np.datetime64("NaT") if day is None else day for day in stated], "datetime64[D]"
        ).reshape(len(own))
        return np.where(np.isnat(own), convention, own)


def _atlas_price(chips: Accelerators, basis: Texts) -> tuple[Floats, Dates]:
    """The atlas's price of a chip, or of its share of a server, and the date it is of."""
    by_server = np.array([text.casefold() == "server" for text in basis], bool).reshape(len(basis))
    price = np.where(by_server, chips.atlas_numbers("server_price_usd"), chips.atlas_numbers("price_usd"))
    days = [as_date(text) or np.datetime64("NaT") for text in chips.atlas_texts("price_date")]
    return price, np.array(days, "datetime64[D]").reshape(len(price))


def answer(frame: pd.DataFrame) -> pd.DataFrame:
    """Adds price_at_start, capital, network, energy, total [USD], usd_per_hour, basis.

    Columns in: accelerator, started, hours or units, and a convention, by name (convention) or by its columns, which
    override it: price_basis, price_usd, price_date, price_decline_per_year, capital_method (decline, annuity),
    life_years, discount_rate, network_share, tdp_w, server_multiplier, average_share, pue, usd_per_mwh. Formula, source
    and known error: the module's docstring. Raises RatesError.
    """
    reader = Reader(frame)
    chips, settings = Accelerators(reader), _Settings(reader)
    started, own_hours, units = (
        reader.dates("started"),
        reader.numbers("hours", above=0),
        reader.numbers("units", above=0),
    )
    method = settings.text("capital_method", reader.choices("capital_method", METHODS))
    price_basis = settings.text("price_basis", reader.texts("price_basis"))
    atlas_price, atlas_date = _atlas_price(chips, price_basis)

    stated_price, stated_date = settings.number("price_usd", low=0), settings.day("price_date")
    price = np.where(np.isnan(stated_price), atlas_price, stated_price)
    price_date = np.where(np.isnat(stated_date) & np.isnan(stated_price), atlas_date, stated_date)
    stated_decline = settings.number("price_decline_per_year", high=0.999)
    life, rate = settings.number("life_years", above=0), settings.number("discount_rate", above=-1, high=1)
    energy_price = settings.number("usd_per_mwh")
    network = settings.number("network_share", low=0)
    tdp = settings.number("tdp_w", low=0)
    multiplier = settings.number("server_multiplier", low=1)
    average, pue = settings.number("average_share", low=0, high=1), settings.number("pue", low=1)

    tdp = np.where(np.isnan(tdp), chips.atlas_numbers("tdp_w"), tdp)
    multiplier = np.where(np.isnan(multiplier), chips.atlas_numbers("server_multiplier"), multiplier)
    network = np.where(np.isnan(network), NETWORK_SHARE, network)
    average, pue = np.where(np.isnan(average), AVERAGE_SHARE, average), np.where(np.isnan(pue), PUE, pue)
    hours = np.where(np.isnan(own_hours), units * HOURS_PER_YEAR, own_hours)
    annuity = method == "annuity"
    decline = np.where(np.isnan(stated_decline) & annuity, 0.0, stated_decline)

    known = ~settings.unknown
    reader.require(np.isnan(hours), "hours", "hours or units would be right")
    reader.require(known & (method == ""), "capital_method", "decline or annuity would be right")
    reader.require(known & ~annuity & np.isnan(decline) & (method != ""), "price_decline_per_year")
    reader.require(known & annuity & np.isnan(life), "life_years")
    reader.require(known & annuity & np.isnan(rate), "discount_rate")
    reader.require(known & np.isnan(energy_price), "usd_per_mwh")
    moves = np.nan_to_num(decline, nan=0.0) != 0
    reader.require(moves & np.isnat(price_date), "price_date", "a price that declines needs the date it is of")
    reader.require(moves & np.isnat(started), "started", "a price that declines needs the date the hours start")
    for column, missing in (
        ("price_usd", np.isnan(price)),
        ("tdp_w", np.isnan(tdp)),
        ("server_multiplier", np.isnan(multiplier)),
    ):
        chips.need(column, known & missing & reader.blank(column))
    reader.flag(network >= 1, "network_share", "less than 1 would be right")
    reader.close()

    years = np.where(moves, (started - price_date).astype("timedelta64[D]").astype(float) / DAYS_PER_YEAR, 0.0)
    at_start = price * np.exp(years * np.log1p(-decline))
    yearly = np.where(annuity, annuity_per_year(rate, life), -np.log1p(-decline))
    capital = at_start * yearly / HOURS_PER_YEAR * hours
    network_cost = capital * network / (1 - network)
    energy = tdp * multiplier * average * pue * hours * MWH_PER_WH * energy_price
    total = capital + network_cost + energy
    named = reader.texts("convention")
    basis = joined(
        (
            np.where(named == "", "", "convention " + named),
            "capital by " + method,
            np.where(price_basis == "", "", "price: " + price_basis),
            np.where(np.isnan(stated_price), "price of the atlas", ""),
            np.where(~annuity & (decline == 0), "no decline, so no capital", ""),
            np.where(~annuity & (decline < 0), "a price that rises, so capital is a gain", ""),
            np.where(np.isnan(own_hours), f"units for {HOURS_PER_YEAR:,.0f} hours", ""),
        ),
        reader.size,
    )
    answers = {
        "price_at_start": at_start,
        "capital": capital,
        "network": network_cost,
        "energy": energy,
        "total": total,
        "usd_per_hour": total / hours,
        "basis": basis,
    }
    return answered(frame, answers)
