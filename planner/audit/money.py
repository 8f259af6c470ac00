"""Money by layer, heading and period, undiscounted and discounted, from decisions and the unit costs of the workbook.

What the result tables alone don't tell is enclosed: the hourly price of energy, the peak of import, what was sold of a
contract's surplus, the cohort of a retired machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from compute_lp.schema import Floats
from planner.audit.checks import Checks
from planner.audit.known import HOURS_PER_YEAR, MONTHS_PER_YEAR, Flags, Known, Places
from planner.audit.machines import Machines
from planner.audit.power import GWH_PER_MW_YEAR, TRACE_MW, Power
from planner.audit.tokens import Tokens

END = "end"
FIXED = "grid connection, fixed"
MILLION = 1e6
KW = 1e3
DAYS_PER_YEAR = 365


@dataclass(frozen=True)
class Days:
    """The days that stand for the year, as chosen: `zones`, `days` of the year each stands for (n), `price_index`
    (zones, n, 24)."""

    zones: list[str]
    days: Floats
    price_index: Floats

    def check(self, known: Known, checks: Checks) -> None:
        """They make a year, and the price index has a time mean of 1."""
        checks.equal("days that stand for the year", self.days.sum(), DAYS_PER_YEAR, {}, unit="days")
        mean = np.einsum("znh,n->z", self.price_index, self.days) / self.days.sum() / self.price_index.shape[2]
        priced = np.isin(self.zones, known.text("sites", "zone"))
        named = {"zone": [zone for zone, shown in zip(self.zones, priced, strict=True) if shown]}
        checks.equal("mean of the price index", mean[priced], 1.0, named, unit="of the mean")


class Money:
    """What each heading must be: (layer, heading) -> least and most, undiscounted and discounted, shape (4, T)."""

    def __init__(self, known: Known, power: Power, machines: Machines, tokens: Tokens, days: Days):
        self.known = known
        self.power = power
        self.machines = machines
        self.tokens = tokens
        self.days = days
        self.zones = days.zones
        self.zone: Places = np.array([days.zones.index(zone) for zone in known.text("sites", "zone")], dtype=np.int64)
        self.expected: dict[tuple[str, str], Floats] = {}
        self.residual: Floats = np.zeros(2)
        self.begun_musd = 0.0
        budgets = known.numbers("budgets", "min_musd", 0.0)
        self.tight = "prices" in known.tables and not (budgets > 0).any()
        """Nothing is spent for nothing: there are prices, so the plan is optimal at its whole numbers, and no budget
        must be used up."""

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
            self._stages_begun(left)
        else:
            paid = paid + power.energise * (fixed / np.where(mw > 0, mw, 1.0))[:, None]
        self._pay("L1", "grid connection", paid, lead)
        self._leave(paid * left)
        annual = k.numbers("grid_offers", "annual_usd_per_kw")[:, None]
        self._flow("L1", "grid charges", power.connected * annual / KW * k.years)

    def _stages_begun(self, left: Floats) -> None:
        """A whole stage pays its fixed cost once, when it begins: with its first MW or, where a budget asks, before."""
        k, power = self.known, self.power
        once = np.where(power.energise.max(axis=1, initial=0.0) > TRACE_MW, k.numbers("grid_offers", "fixed_musd"), 0.0)
        high = np.full(len(k.T), once.sum())
        self._add("L1", FIXED, np.array([0 * high, high, 0 * high, high]))
        self.begun_musd = float(once.sum())
        with_first_mw = np.take_along_axis(left, np.argmax(power.energise > TRACE_MW, axis=1)[:, None], axis=1)
        self._leave((once * left.min(axis=1, initial=np.inf)).sum(keepdims=True), once[:, None] * with_first_mw)

    def _zone(self, column: str) -> Floats:
        """(S, T) a figure of the site's zone."""
        k = self.known
        return k.keyed("energy_prices", "zone", column, self.zones, 0.0)[self.zone]

    def _growth(self) -> Floats:
        return (1 + self._zone("growth_per_year")) ** self.known.middle

    def _price(self) -> tuple[Floats, Floats, Floats]:
        """(S, T) time-mean, least and most hourly price of energy, USD/MWh."""
        mean = self._zone("usd_per_mwh") * self._growth()
        index = self.days.price_index.reshape(len(self.zones), -1)[self.zone]
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
        of_zone = np.zeros((len(self.zones), len(k.T)))
        np.add.at(of_zone, self.zone, imported)
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
        own = power.output * ~power.is_contract[:, None]
        self._flow("L1", "fuel and variable cost", own * self._usd_per_mwh() / KW)

    def _usd_per_mwh(self) -> Floats:
        """(assets, 1) variable cost and fuel per MWh of output."""
        k = self.known
        fuel = k.numbers("energy_assets", "fuel_usd_per_mwh") / k.numbers("energy_assets", "efficiency")
        return np.asarray((k.numbers("energy_assets", "variable_usd_per_mwh") + fuel)[:, None])

    def _contracts(self) -> None:
        k, power = self.known, self.power
        produced = power.capacity * (power.mean_output * power.is_contract)[:, None] * GWH_PER_MW_YEAR * k.years
        self._flow("L1", "energy contracts", produced * self._usd_per_mwh() / KW)
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
        signed = machines.rent * hourly * HOURS_PER_YEAR / MILLION
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
        begun = float(rows.loc[rows["heading"] == FIXED, "musd"].sum())
        most = self.begun_musd if self.tight else np.inf
        checks.between("fixed cost of stages", begun, self.begun_musd, most, {}, unit="MUSD")
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
