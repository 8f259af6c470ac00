"""Halls, grid connections, energy assets, and the energy, carbon and water of a plan."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from compute_lp.schema import Floats
from planner.audit.checks import Checks
from planner.audit.known import HOURS_PER_YEAR, MONTHS_PER_YEAR, Flags, Known, Places, summed

GWH_PER_MW_YEAR = HOURS_PER_YEAR / 1e3
GRID = "grid"
CHARGE = " (charge)"
TRACE_MW = 1e-6
"""Below it nothing is energised: the solver keeps bounds to 1e-7."""
PROFILE_OF_KIND = {"solar": "solar", "contract_solar": "solar", "wind": "wind", "contract_wind": "wind"}


class Power:
    """Arrays over sites and periods; offers (stages) and assets in the order of their sheets."""

    def __init__(self, known: Known):
        k = self.known = known
        self.axes = k.at_sites
        self.offers = _pairs(k, "grid_offers", "stage")
        self.offer_site = k.codes("grid_offers", "site", k.S)
        self.firm_share = k.numbers("grid_offers", "firm_share")
        self.assets = _pairs(k, "energy_assets", "asset")
        self.asset_site = k.codes("energy_assets", "site", k.S)
        self.kind = np.array(k.text("energy_assets", "kind"), dtype=str)
        self.is_contract: Flags = (
            np.char.startswith(self.kind, "contract") if self.kind.size else np.zeros(0, dtype=bool)
        )
        self.is_battery: Flags = self.kind == "battery" if self.kind.size else np.zeros(0, dtype=bool)
        self.hall = k.array("siting", "hall_mw", self.axes)
        self.fitout = k.array("siting", "fitout_mw", self.axes)
        self.opened = k.array("siting", "opened", self.axes)
        self.energise = self._of_pairs("grid", "stage", "energise_mw", self.offers)
        self.connected = self._of_pairs("grid", "stage", "connected_mw", self.offers)
        self.build = self._of_pairs("energy_assets", "asset", "build_mw", self.assets)
        self.capacity = self._of_pairs("energy_assets", "asset", "capacity_mw", self.assets)
        self.it_mw = k.array("load", "average_it_mw", self.axes)

    def _of_pairs(self, table: str, key: str, value: str, labels: list[str]) -> Floats:
        """(offers or assets, T) a column of a table with the keys site, `key` and period."""
        k = self.known
        rows = k.tables[table]
        return k.array(table, value, {"pair": labels, "period": k.T}, _paired(rows, rows[key].astype(str)))

    @cached_property
    def lead(self) -> Floats:
        """(offers) years to energisation, of the chosen percentile."""
        delay = str(self.known.inputs.settings["grid_delay"])
        column = "lead_months" if delay == "central" else f"lead_months_{delay}"
        return self.known.numbers("grid_offers", column) / MONTHS_PER_YEAR

    @cached_property
    def imported(self) -> Floats:
        """(S, T) energy through the connection but for contracts, GWh."""
        rows = self.known.tables["energy"]
        return self.known.array("energy", "gwh", self.axes, rows[rows["source"] == GRID])

    @cached_property
    def output(self) -> Floats:
        """(assets, T) what each gives the site, GWh: of a battery its discharge, of a contract what the site uses."""
        return self._behind_the_meter(charging=False)

    @cached_property
    def charged(self) -> Floats:
        """(assets, T) what batteries take, GWh."""
        return -self._behind_the_meter(charging=True)

    def _behind_the_meter(self, charging: bool) -> Floats:
        rows = self.known.tables["energy"]
        source = rows["source"].astype(str)
        chosen = (source != GRID) & (source.str.endswith(CHARGE) == charging)
        pairs = _paired(rows[chosen], source[chosen].str.removesuffix(CHARGE))
        return self.known.array("energy", "gwh", {"pair": self.assets, "period": self.known.T}, pairs)

    def at_sites(self, values: Floats) -> Floats:
        """(S, T) of (assets, T)."""
        return _at(values, self.asset_site, len(self.known.S))

    def connection(self, share: Floats, existing: float) -> Floats:
        """(S, T) a share of what is connected, and of what was connected at plan start."""
        k = self.known
        stood = existing * k.numbers("sites", "existing_mw")[:, None] * k.site_open
        return stood + _at(share[:, None] * self.connected, self.offer_site, len(k.S))

    def credit(self, which: Flags) -> Floats:
        """(S, T) firm credit of the assets marked."""
        return self.at_sites(
            np.where(which, self.known.numbers("energy_assets", "firm_credit"), 0.0)[:, None] * self.capacity
        )

    @cached_property
    def ends(self) -> Floats:
        """(assets, V) date by which what entered service in v has left."""
        k = self.known
        life = k.start[None, :] + k.numbers("energy_assets", "life_years")[:, None]
        return np.minimum(life, k.dates("energy_assets", "until", np.inf)[:, None])

    @cached_property
    def mean_output(self) -> Floats:
        """(assets) mean output per MW: the time mean of the zone's profile, 1 where the kind has none."""
        k = self.known
        profiles = k.inputs["profiles"]
        zone = np.array(k.text("sites", "zone"))[self.asset_site] if len(self.assets) else np.zeros(0, dtype=str)
        means = np.ones(len(self.assets))
        for e, kind in enumerate(self.kind):
            if kind in PROFILE_OF_KIND:
                rows = profiles[profiles["zone"] == zone[e]]
                weight = rows["days"].fillna(1.0).to_numpy(np.float64)
                means[e] = np.average(rows[PROFILE_OF_KIND[kind]].to_numpy(np.float64), weights=weight)
        return means

    def check(self, checks: Checks) -> None:
        self._check_halls(checks)
        self._check_connections(checks)
        self._check_assets(checks)
        self._check_energy(checks)

    def _check_halls(self, checks: Checks) -> None:
        k = self.known
        existing = k.numbers("sites", "existing_it_mw")[:, None]
        built = np.cumsum(self.fitout, axis=1)
        checks.equal("halls", self.hall, (existing + built) * k.site_open, self.axes, unit="MW")
        open_by = np.where(existing > 0, 1.0, np.cumsum(self.opened, axis=1))
        room = k.numbers("sites", "max_it_mw")[:, None]
        checks.at_most("halls within their site", self.hall, room * open_by, self.axes, unit="MW", size=room)
        checks.at_most("sites opened once", np.cumsum(self.opened, axis=1), 1.0, self.axes, unit="openings")
        least = k.numbers("sites", "min_it_mw", 0.0)[:, None] * np.cumsum(self.opened, axis=1) * (existing == 0)
        checks.at_most("smallest halls", least * k.site_open, self.hall, self.axes, unit="MW")
        ready = k.not_before(k.numbers("sites", "build_months") / MONTHS_PER_YEAR) & k.site_open
        pace = k.numbers("sites", "max_build_mw_per_year", np.inf)[:, None] * k.years
        limit = np.where(ready, pace, 0.0)
        checks.at_most("halls after their lead and within their pace", self.fitout, limit, self.axes, unit="MW")
        whole = np.full(len(k.S), "sites" in k.whole)
        if k.whole:
            whole |= ~np.isnan(k.numbers("sites", "min_it_mw"))
        part = np.where(whole[:, None], np.abs(self.opened - np.round(self.opened)), 0.0)
        checks.at_most("whole openings", part, 0.0, self.axes, unit="openings")

    def _check_connections(self, checks: Checks) -> None:
        k = self.known
        axes = {"stage": self.offers, "period": k.T}
        stays = k.site_open[self.offer_site]
        checks.equal("connections", self.connected, np.cumsum(self.energise, axis=1) * stays, axes, unit="MW")
        mw = k.numbers("grid_offers", "mw")[:, None]
        limit = np.where(k.not_before(self.lead) & stays, mw, 0.0)
        checks.at_most("connections after their lead and within their offer", self.connected, limit, axes, unit="MW")
        stage = k.numbers("grid_offers", "stage")
        order = np.lexsort((stage, self.offer_site))
        follows = self.offer_site[order[1:]] == self.offer_site[order[:-1]]
        later, earlier = order[1:][follows], order[:-1][follows]
        share = self.connected / np.where(mw > 0, mw, 1.0)
        names = {"stage": [self.offers[o] for o in later], "period": k.T}
        checks.at_most("stages in order", share[later], share[earlier], names, unit="of the stage")
        if "stages" in k.whole:
            begun = np.where(share[later] > TRACE_MW, 1.0, 0.0)
            checks.at_most("whole stages in order", begun, share[earlier], names, unit="of the stage")

    def _check_assets(self, checks: Checks) -> None:
        k = self.known
        axes = {"asset": self.assets, "period": k.T}
        works = k.until_now(self.ends) & (np.arange(len(k.T)) >= np.arange(len(k.T))[:, None])
        stays = k.site_open[self.asset_site]
        expected = np.einsum("ev,evt->et", self.build, works) * stays
        checks.equal("energy assets", self.capacity, expected, axes, unit="MW")
        ready = k.not_before(k.numbers("energy_assets", "lead_months") / MONTHS_PER_YEAR) & stays
        limit = np.where(ready, k.numbers("energy_assets", "max_mw")[:, None], 0.0)
        checks.at_most("energy assets after their lead", self.build, limit, axes, unit="MW")
        checks.at_most(
            "energy assets within their size",
            self.capacity,
            k.numbers("energy_assets", "max_mw")[:, None],
            axes,
            unit="MW",
        )
        hours = k.numbers("energy_assets", "max_hours_per_year", HOURS_PER_YEAR)
        yearly = np.minimum(self.mean_output * GWH_PER_MW_YEAR, hours / 1e3)[:, None]
        checks.at_most("output of energy assets", self.output, yearly * self.capacity * k.years, axes, unit="GWh")

    def _check_energy(self, checks: Checks) -> None:
        k = self.known
        pue = k.numbers("sites", "pue")[:, None]
        used = self.it_mw * pue * GWH_PER_MW_YEAR * k.years
        size = self.imported + self.at_sites(self.output)
        supply = size - self.at_sites(self.charged)
        checks.equal("energy balance", supply, used, self.axes, unit="GWh", size=size)
        checks.at_most("energy not negative", -self.imported, 0.0, self.axes, unit="GWh")
        assets = {"asset": self.assets, "period": k.T}
        checks.at_most("energy not negative", -self.output, 0.0, assets, unit="GWh")
        charge = np.where(self.is_battery, 1 / k.numbers("energy_assets", "efficiency"), 0.0)[:, None] * self.output
        checks.equal("battery losses", self.charged, charge, assets, unit="GWh")
        cut = (1 - self.firm_share) * k.numbers("grid_offers", "curtailed_hours") / HOURS_PER_YEAR
        through = self.imported + self.at_sites(self.output * self.is_contract[:, None])
        most = self.connection(1 - cut, 1.0) * GWH_PER_MW_YEAR * k.years
        checks.at_most("energy within the connection", through, most, self.axes, unit="GWh")

    def carbon_kt(self) -> Floats:
        """(T) carbon of imports, at the country's intensity, and of the output of assets."""
        k = self.known
        imports = self.imported * intensity_kg_per_mwh(k, k.place_country[: len(k.S)])
        assets = self.output * k.numbers("energy_assets", "co2_kg_per_mwh")[:, None]
        return np.asarray((imports.sum(axis=0) + assets.sum(axis=0)) / 1e3)

    def water_ml(self) -> Floats:
        """(T) water on IT energy."""
        k = self.known
        gwh = self.it_mw * GWH_PER_MW_YEAR * k.years
        return np.asarray((k.numbers("sites", "water_l_per_kwh")[:, None] * gwh).sum(axis=0))


def intensity_kg_per_mwh(k: Known, countries: list[str]) -> Floats:
    """(countries, T) carbon intensity of the grid in the middle of each period."""
    change = 1 + k.of_country("grid_co2_change_per_year", countries)
    return np.asarray(k.of_country("grid_co2_kg_per_mwh", countries)[:, None] * change[:, None] ** k.middle)


def _pairs(k: Known, sheet: str, key: str) -> list[str]:
    entries = k.inputs[sheet][key]
    names = [str(int(entry)) for entry in entries] if key == "stage" else [str(entry) for entry in entries]
    return [f"{site}:{name}" for site, name in zip(k.text(sheet, "site"), names, strict=True)]


def _paired(rows: pd.DataFrame, names: pd.Series[str]) -> pd.DataFrame:
    """Rows of a result table with the site and the name joined, as `_pairs` joins them."""
    return pd.DataFrame({"pair": rows["site"].astype(str) + ":" + names, **{c: rows[c] for c in rows if c != "site"}})


def _at(values: Floats, site: Places, sites: int) -> Floats:
    periods = values.shape[1]
    at = (np.repeat(site, periods), np.tile(np.arange(periods), len(site)))
    return summed(np.ascontiguousarray(values, dtype=np.float64).ravel(), at, (sites, periods))
