"""Money by layer, heading and period, undiscounted and discounted, from decisions and the unit costs of the workbook.

What can't be known from the result tables alone is enclosed: the hourly price of energy, the peak of import, the share of
a contract's surplus that was sold, the cohort of a retired machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compute_lp.schema import Floats
from planner.audit.checks import Checks
from planner.audit.known import HOURS_PER_DAY, MONTHS_PER_YEAR, Flags, Known
from planner.audit.machines import Machines
from planner.audit.power import GWH_PER_MW_YEAR, Power
from planner.audit.tokens import Tokens

RESIDUAL, END = "residual", "end"
LAYERS = ("L1", "L2", "L3", "L4")
MILLION = 1e6
KW = 1e3
Amounts = tuple[Floats, Floats]
"""Least and most."""


class Money:
    """What each heading must be: (layer, heading) -> least and most, undiscounted and discounted, shape (4, T)."""

    def __init__(self, known: Known, power: Power, machines: Machines, tokens: Tokens, days: Any, zones: list[str]):
        self.known = known
        self.power = power
        self.machines = machines
        self.tokens = tokens
        self.days = days
        self.zones = zones
        self.expected: dict[tuple[str, str], Floats] = {}
        self.residual: Floats = np.zeros(2)
        budgets = known.numbers("budgets", "min_musd", 0.0)
        self.tight = "prices" in known.tables and not (budgets > 0).any()
        """Nothing is spent for nothing: prices come from a plan that is optimal at its whole numbers, and no budget must be used up."""

    def check(self, checks: Checks) -> None:
        self._halls()
        self._connections()
        self._energy()
        self._assets()
        self._contracts()
        self._accelerators()
        self._rest()
        self._compare(checks)

    def _add(self, layer: str, heading: str, amounts: Floats) -> None:
        self.expected[layer, heading] = self.expected.get((layer, heading), np.zeros((4, len(self.known.T)))) + amounts

    def _flow(self, layer: str, heading: str, low: Floats, high: Floats | None = None) -> None:
        """Spent evenly within each period; arrays (…, T)."""
        ends = [
            np.asarray(end).reshape(-1, len(self.known.T)).sum(axis=0) for end in (low, low if high is None else high)
        ]
        self._add(layer, heading, np.array([*ends, *(end * self.known.flow_discount for end in ends)]))

    def _pay(self, layer: str, heading: str, musd: Floats, lead: Floats) -> None:
        """Paid evenly over the lead (…, broadcast) before service in each period; arrays (…, T)."""
        flat = musd.reshape(-1, len(self.known.T))
        years = np.broadcast_to(lead, musd.shape).reshape(flat.shape)
        row, period = np.nonzero(flat)
        share, discounted = self.known.instalments(self.known.start[period], years[row, period])
        spent, now = (flat[row, period][:, None] * part for part in (share, discounted))
        self._add(layer, heading, np.array([spent.sum(axis=0)] * 2 + [now.sum(axis=0)] * 2))

    def _leave(self, musd: Floats, high: Floats | None = None) -> None:
        """What is left at the horizon."""
        self.residual = self.residual + np.array([musd.sum(), (musd if high is None else high).sum()])

    def _stands_at_end(self) -> Flags:
        """(S) sites that are not closed by the horizon: what closing strands has no residual."""
        return self.known.site_open[:, -1]

    def _halls(self) -> None:
        k, power = self.known, self.power
        lead = (k.numbers("sites", "build_months") / MONTHS_PER_YEAR)[:, None]
        halls = power.fitout * k.numbers("sites", "fitout_usd_per_w")[:, None]
        opening = power.opened * k.numbers("sites", "fixed_musd")[:, None]
        self._pay("L1", "halls", halls, lead)
        self._pay("L1", "site opening", opening, lead)
        opex = k.numbers("sites", "opex_usd_per_kw_year")[:, None]
        self._flow("L1", "hall operation", power.hall * opex / KW * k.years)
        left = k.remaining(k.start[None, :], k.numbers("sites", "hall_life_years")[:, None])
        self._leave((halls + opening) * left * self._stands_at_end()[:, None])

    def _connections(self) -> None:
        k, power = self.known, self.power
        lead = power.lead[:, None]
        mw = k.numbers("grid_offers", "mw")
        fixed = k.numbers("grid_offers", "fixed_musd")
        left = k.remaining(k.start[None, :], k.numbers("grid_offers", "life_years")[:, None])
        left = left * self._stands_at_end()[power.offer_site][:, None]
        paid = power.energise * k.numbers("grid_offers", "usd_per_kw")[:, None] / KW
        if "stages" in k.whole:
            begun = np.cumsum(power.energise > 1e-6, axis=1) == 1
            begun &= power.energise > 1e-6
            self._pay("L1", "grid connection, fixed", begun * fixed[:, None], lead)
            self._leave(begun * fixed[:, None] * left)
        else:
            paid = paid + power.energise * (fixed / np.where(mw > 0, mw, 1.0))[:, None]
        self._pay("L1", "grid connection", paid, lead)
        self._leave(paid * left)
        annual = k.numbers("grid_offers", "annual_usd_per_kw")[:, None]
        self._flow("L1", "grid charges", power.connected * annual / KW * k.years)

    def _zone(self, column: str) -> Floats:
        """(S, T) a figure of the site's zone."""
        k = self.known
        row = np.array([self.zones.index(zone) for zone in k.text("sites", "zone")], dtype=np.int64)
        return k.keyed("energy_prices", "zone", column, self.zones, 0.0)[row]

    def _growth(self) -> Floats:
        return (1 + self._zone("growth_per_year")) ** self.known.middle

    def _price(self) -> tuple[Floats, Floats, Floats]:
        """(S, T) time-mean, least and most hourly price of energy, USD/MWh."""
        mean = self._zone("usd_per_mwh") * self._growth()
        row = np.array([self.zones.index(zone) for zone in self.known.text("sites", "zone")], dtype=np.int64)
        index = self.days.price_index.reshape(len(self.zones), -1)[row]
        hourly = np.sort(np.stack([mean * index.min(axis=1)[:, None], mean * index.max(axis=1)[:, None]]), axis=0)
        return mean, hourly[0], hourly[1]

    def _energy(self) -> None:
        k, power = self.known, self.power
        imported = power.imported
        mean, least, most = self._price()
        self._flow("L1", "energy", imported * least / KW, imported * most / KW)
        network = self._zone("network_usd_per_mwh")
        self._flow("L1", "network charges", imported * network / KW)
        contract = power.is_contract[:, None]
        used = power.output * contract
        self._flow("L1", "network charges on contracts", power.at_sites(used) * network / KW)
        through = imported + power.at_sites(used)
        charge = self._zone("capacity_usd_per_kw_year") * k.years / KW
        room = power.connection(np.ones(len(power.offers)), 1.0)
        mean_mw = through / (GWH_PER_MW_YEAR * k.years)
        self._flow(
            "L1", "capacity charge", mean_mw * charge, room * charge if self.tight else np.full_like(room, np.inf)
        )
        taken = power.connection(k.numbers("grid_offers", "min_take_share"), 0.0) * GWH_PER_MW_YEAR * k.years
        short = np.maximum(taken - imported, 0.0) * mean / KW
        self._flow("L1", "minimum take", short, short if self.tight else np.full_like(short, np.inf))
        self._beyond(imported)

    def _beyond(self, imported: Floats) -> None:
        """The surplus block: at least what its mean exceeds, at most all imports of the zone, at the addition."""
        k = self.known
        row = np.array([self.zones.index(zone) for zone in k.text("sites", "zone")], dtype=np.int64)
        of_zone = np.zeros((len(self.zones), len(k.T)))
        np.add.at(of_zone, row, imported)
        growth = (1 + k.keyed("energy_prices", "zone", "growth_per_year", self.zones, 0.0)) ** k.middle
        block = k.keyed("energy_prices", "zone", "surplus_mw", self.zones, np.inf)
        prices = [
            k.keyed("energy_prices", "zone", column, self.zones, 0.0)
            for column in ("usd_per_mwh", "usd_per_mwh_beyond")
        ]
        addition = np.where(np.isfinite(block), prices[1] - prices[0], 0.0) * growth / KW
        least = np.maximum(of_zone - np.where(np.isfinite(block), block, 0.0) * GWH_PER_MW_YEAR * k.years, 0.0)
        most = of_zone * addition if self.tight else np.where(addition > 0, np.inf, 0.0)
        self._flow("L1", "energy beyond the surplus", least * addition, most)

    def _assets(self) -> None:
        k, power = self.known, self.power
        lead = (k.numbers("energy_assets", "lead_months") / MONTHS_PER_YEAR)[:, None]
        paid = power.build * k.numbers("energy_assets", "capex_usd_per_kw")[:, None] / KW
        self._pay("L1", "energy assets", paid, lead)
        life = power.ends - k.start
        left = k.remaining(k.start[None, :], np.where(life > 0, life, 1.0))
        self._leave(paid * left * self._stands_at_end()[power.asset_site][:, None])
        fixed = k.numbers("energy_assets", "fixed_usd_per_kw_year")[:, None]
        self._flow("L1", "energy asset operation", power.capacity * fixed / KW * k.years)
        cost = k.numbers("energy_assets", "variable_usd_per_mwh")
        fuel = k.numbers("energy_assets", "fuel_usd_per_mwh") / k.numbers("energy_assets", "efficiency")
        cost = np.where(power.is_contract, 0.0, cost + np.where(power.is_battery, 0.0, fuel))[:, None]
        self._flow("L1", "fuel and variable cost", power.output * cost / KW)

    def _contracts(self) -> None:
        k, power = self.known, self.power
        produced = power.capacity * (power.mean_output * power.is_contract)[:, None] * GWH_PER_MW_YEAR * k.years
        price = k.numbers("energy_assets", "variable_usd_per_mwh")[:, None]
        self._flow("L1", "energy contracts", produced * price / KW)
        surplus = np.maximum(produced - power.output * power.is_contract[:, None], 0.0)
        worth = (
            np.maximum(self._price()[2], 0.0)[power.asset_site] * k.numbers("energy_assets", "resale_share")[:, None]
        )
        self._flow("L1", "contract surplus sold", -surplus * worth / KW, np.zeros_like(surplus))

    def _accelerators(self) -> None:
        k, machines = self.known, self.machines
        bought = machines.buy * machines.paid_usd / MILLION
        self._pay("L1", "accelerators", bought, machines.lead)
        share = k.numbers("accelerators", "maintenance_share")[:, None, None]
        upkeep = np.einsum("gsv,gvt->gst", bought, machines.works) * k.site_open * share * k.years
        gone = machines.alive - machines.installed
        dearest = machines.paid_usd.max(axis=2, keepdims=True) / MILLION * share * k.years
        untouched = machines.retired <= 0
        self._flow("L1", "maintenance", np.where(untouched, upkeep, np.maximum(upkeep - gone * dearest, 0.0)), upkeep)
        loss = np.nan_to_num(k.numbers("accelerators", "resale_loss_per_year"))
        age = np.maximum(k.start[None, :] - k.start[:, None], 0.0)
        fresh = np.maximum(1 - age / machines.life[:, None, None], 0.0) * (1 - loss)[:, None, None] ** age
        sells = ~np.isnan(k.numbers("accelerators", "resale_loss_per_year"))[:, None, None]
        cohort = np.where(machines.buy > 0, machines.bare_usd, 0.0) / MILLION
        best = np.max(cohort[:, :, :, None] * (fresh * machines.works)[:, None], axis=2)
        sold = machines.retire * best * sells * k.site_open
        spent = np.asarray(sold).sum(axis=(0, 1))
        at_start = self.known.discount(k.start)
        self._add("L1", "resale", np.array([-spent, 0 * spent, -spent * at_start, 0 * spent]))
        aged = np.maximum(k.horizon - k.start, 0.0)
        left = k.remaining(k.start[None, :], machines.life[:, None]) * (1 - loss)[:, None] ** aged
        worth = bought * left[:, None, :] * self._stands_at_end()[None, :, None]
        lost = machines.retired[:, :, -1:] * np.max(
            worth / np.where(machines.buy > 0, machines.buy, 1.0), axis=2, keepdims=True
        )
        self._leave(np.maximum(worth.sum(axis=2, keepdims=True) - lost, 0.0), worth.sum(axis=2, keepdims=True))

    def _rest(self) -> None:
        k, machines, tokens = self.known, self.machines, self.tokens
        change = 1 + k.numbers("clouds", "price_change_per_year")[:, None]
        hourly = k.numbers("clouds", "usd_per_hour")[:, None] * change**k.start
        signed = machines.rent * hourly * HOURS_PER_DAY * 365 / MILLION
        self._flow("L1", "clouds", np.einsum("uv,uvt->ut", signed, machines.terms) * k.years)
        self._flow("L2", "model runs", tokens.run * k.numbers("models", "cost_musd")[:, None])
        platform = k.numbers("workloads", "platform_usd_per_mtoken")[:, None, None]
        self._flow("L3", "platform", tokens.served * platform)
        api = (
            k.numbers("models", "usd_per_mtoken")[:, None]
            * (1 + k.numbers("models", "price_change_per_year")[:, None]) ** k.middle
        )
        self._flow("L2", "api", tokens.served * (api * tokens.is_api[:, None]))
        self._flow("L4", "applications", tokens.adopt)

    def _compare(self, checks: Checks) -> None:
        k = self.known
        rows = k.tables["money"]
        ended = (rows["period"] == END).to_numpy()
        headings = sorted({*self.expected, *zip(rows["layer"][~ended], rows["heading"][~ended], strict=True)})
        names = [f"{layer} {heading}" for layer, heading in headings]
        flows = rows[~ended].assign(item=rows["layer"].astype(str) + " " + rows["heading"].astype(str))
        nothing = np.zeros((4, len(k.T)))
        expected = np.array([self.expected.get(heading, nothing) for heading in headings])
        axes = {"heading": names, "period": k.T}
        spent = k.array("money", "musd", {"item": names, "period": k.T}, flows)
        now = k.array("money", "discounted_musd", {"item": names, "period": k.T}, flows)
        checks.between("money by heading", spent, expected[:, 0], expected[:, 1], axes, unit="MUSD")
        checks.between("discounted money by heading", now, expected[:, 2], expected[:, 3], axes, unit="MUSD")
        flowing = np.array([heading in FLOWS for _, heading in headings])
        named = {"heading": [name for name, flows_ in zip(names, flowing, strict=True) if flows_], "period": k.T}
        checks.equal("discounting of flows", now[flowing], (spent * k.flow_discount)[flowing], named, unit="MUSD")
        left = -self.residual[::-1] * (k.inputs.settings["residual_values"] == "yes")
        found = float(rows.loc[ended, "musd"].sum()), float(rows.loc[ended, "discounted_musd"].sum())
        factor = float(k.discount(k.horizon))
        checks.between("residual values", found[0], left[0], left[1], {}, unit="MUSD")
        checks.equal("discounting of residual values", found[1], found[0] * factor, {}, unit="MUSD")


FLOWS = frozenset(
    {
        "hall operation",
        "grid charges",
        "energy",
        "network charges",
        "network charges on contracts",
        "capacity charge",
        "minimum take",
        "energy beyond the surplus",
        "energy asset operation",
        "fuel and variable cost",
        "energy contracts",
        "contract surplus sold",
        "maintenance",
        "clouds",
        "model runs",
        "platform",
        "api",
        "applications",
    }
)
"""Headings that are spent evenly within each period."""
