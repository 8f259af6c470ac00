"""Ranges in which figures of the field usually lie, for slips that no peer or estimate gives away: 0.09 for 0.9.

Wider than any figure known to the authors, narrower than ten times off at either end where the field agrees so far. A
figure outside is read and used; it is only asked about. Zero is none of something and lies in every range.

The reasons are the authors' knowledge of the sources they name, kept short; none is a limit of the programme: those
stand in its tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from compute_lp.schema import Floats, Mask

NARROW = 100.0


class Usual(NamedTuple):
    """From low to high, in the column's unit, and why."""

    low: float
    high: float
    why: str

    def __str__(self) -> str:
        low, high = (np.format_float_positional(end, trim="-") for end in (self.low, self.high))
        return f"{low} to {high}"

    @property
    def narrow(self) -> bool:
        """Whether the field agrees so far that ten times as much as elsewhere in a sheet is likely to be a slip."""
        return self.low > 0 and self.high / self.low <= NARROW

    def outside(self, values: Floats) -> Mask:
        """Where values are neither zero nor in the range; NaN is not outside."""
        return np.asarray((values != 0) & ((values < self.low) | (values > self.high)))


USUAL: Mapping[str, Mapping[str, Usual]] = {
    "programme": {
        "discount_rate": Usual(0.01, 0.15, "public guidance takes 3 to 5 % real, private infrastructure up to 12"),
        "flexible_share": Usual(0.02, 0.6, "field trials moved a quarter of a cluster's power for hours"),
        "most_served_tolerance": Usual(1e-5, 0.05, "more would give up what is asked for"),
        "gap": Usual(1e-6, 0.05, "solvers' own default is 0.0001; beyond 5 % sites are chosen by chance"),
    },
    "countries": {
        "grid_co2_kg_per_mwh": Usual(5, 1200, "from grids of water power alone to lignite alone"),
        "grid_co2_change_per_year": Usual(-0.15, 0.1, "Britain's fastest decade: about -0.1"),
    },
    "sites": {
        "max_it_mw": Usual(0.5, 5000, "the largest campuses announced have 5 GW"),
        "build_months": Usual(3, 72, "modules stand in half a year, halls in two"),
        "fitout_usd_per_w": Usual(4, 25, "surveys of construction cost say 6 to 15, liquid cooling more"),
        "opex_usd_per_kw_year": Usual(30, 800, "staff, upkeep, security: a few per cent of the hall a year"),
        "pue": Usual(1.0, 2.0, "surveys say 1.5 to 1.6 over all halls; the best fleets 1.1"),
        "pue_peak": Usual(1.0, 2.5, "the hottest hour over the mean adds a tenth to a half"),
        "water_l_per_kwh": Usual(0.01, 4, "evaporative halls take about 1.8, dry ones next to nothing"),
        "hall_life_years": Usual(8, 50, "electrical plant is renewed after 15 to 25 years"),
    },
    "grid_offers": {
        "mw": Usual(0.5, 5000, "the largest campuses announced have 5 GW"),
        "lead_months_low": Usual(1, 180, "queues of the longest kind offer dates 15 years off"),
        "lead_months": Usual(1, 180, "queues of the longest kind offer dates 15 years off"),
        "lead_months_high": Usual(1, 240, "queues of the longest kind offer dates 15 years off, and slip"),
        "usd_per_kw": Usual(10, 2000, "interconnection studies say 50 to 500, with a long tail"),
        "annual_usd_per_kw": Usual(0.5, 250, "capacity charges of networks"),
        "firm_share": Usual(0.3, 1, "non-firm offers still hold most of the year's hours"),
        "life_years": Usual(15, 60, "regulators write lines and substations off over 30 to 45"),
    },
    "energy_prices": {
        "usd_per_mwh": Usual(10, 400, "yearly means of wholesale zones were 20 to 300, the crisis of 2022 included"),
        "network_usd_per_mwh": Usual(0.5, 200, "industrial tariffs less energy"),
        "capacity_usd_per_kw_year": Usual(1, 400, "capacity auctions and demand charges"),
        "growth_per_year": Usual(-0.1, 0.1, "real; a tenth a year doubles in seven"),
        "usd_per_mwh_beyond": Usual(10, 600, "yearly means of wholesale zones, the crisis of 2022 included"),
    },
    "energy_assets": {
        "max_mw": Usual(0.5, 10_000, "the largest solar parks have several GW"),
        "lead_months": Usual(2, 180, "a battery takes a year, a reactor ten"),
        "capex_usd_per_kw": Usual(200, 25_000, "from solar parks to first reactors of a kind"),
        "fixed_usd_per_kw_year": Usual(2, 500, "yearly upkeep is 1 to 4 % of the cost of building"),
        "variable_usd_per_mwh": Usual(0.5, 300, "contracts for power cost 20 to 150"),
        "fuel_usd_per_mwh": Usual(1, 150, "gas at 3 to 40 USD/MMBtu is 10 to 136 USD/MWh"),
        "efficiency": Usual(0.25, 1, "small engines 0.3, combined cycles 0.6, batteries 0.85"),
        "life_years": Usual(10, 80, "batteries 15, dams 60 and more"),
        "co2_kg_per_mwh": Usual(5, 1200, "gas 350 to 550, coal about 900"),
    },
    "accelerators": {
        "price_usd": Usual(
            1000, 150_000, "one accelerator, not a server of eight: cards from 2,000, the dearest 60,000"
        ),
        "price_decline_per_year": Usual(-0.3, 0.6, "price for a given work falls by about 0.3 a year"),
        "system_adder": Usual(0.1, 3, "server, network and storage add 0.4 to 1.3 of the accelerator"),
        "maintenance_share": Usual(0.005, 0.2, "support contracts are 3 to 12 % a year"),
        "lead_months": Usual(1, 48, "shortages made it 12; a year and a half at the worst"),
        "life_years": Usual(2, 10, "operators write them off over 4 to 6"),
        "availability": Usual(0.7, 1, "fleets report 0.9 and more of hours at work"),
        "bf16_tflops": Usual(20, 30_000, "an A100 has 312, a rack-scale part of 2028 some 10,000, without sparsity"),
        "fp8_tflops": Usual(40, 100_000, "twice BF16 or more"),
        "memory_gb": Usual(16, 1600, "80 to 450 in parts of the data centre"),
        "bandwidth_tb_s": Usual(0.2, 100, "TB/s, not GB/s: an H100 has 3.35"),
        "interconnect_gb_s": Usual(16, 20_000, "GB/s, not TB/s: an H100 has 900"),
        "tdp_w": Usual(50, 4000, "W, not kW: cards from 70, the largest packages 2,000 to 3,600"),
        "nameplate_kw": Usual(0.1, 8, "kW, not W: one accelerator with its share of server and network"),
        "idle_share": Usual(0.05, 0.7, "idle servers draw a fifth to a half of their peak"),
        "average_share": Usual(0.3, 1, "busy servers draw 0.6 to 0.9 of their nameplate"),
        "tpp": Usual(500, 1_000_000, "an H100 has 15,824: TFLOP/s without sparsity times bits"),
        "die_mm2": Usual(50, 4000, "a reticle is 858, a package holds up to four"),
        "resale_loss_per_year": Usual(0.05, 0.7, "used accelerators lose a sixth to a half a year"),
    },
    "clouds": {
        "usd_per_hour": Usual(0.2, 20, "an H100 was rented at 1.4 to 12"),
        "price_change_per_year": Usual(-0.6, 0.3, "rents of an H100 fell by half in their worst year"),
        "pue": Usual(1.0, 2.0, "surveys say 1.5 to 1.6 over all halls; the best fleets 1.1"),
    },
    "export_rules": {
        "min_tpp": Usual(500, 200_000, "the rules of 2022 to 2026 name 1,600, 2,400, 4,800 and 21,000"),
        "max_tpp": Usual(500, 200_000, "the rules of 2022 to 2026 name 1,600, 2,400, 4,800 and 21,000"),
        "min_density": Usual(0.5, 60, "the rules of 2023 name 1.6, 3.2 and 5.92"),
        "max_density": Usual(0.5, 60, "the rules of 2023 name 1.6, 3.2 and 5.92"),
        "delay_months": Usual(0.25, 36, "licences took weeks to a year and a half"),
        "price_multiplier": Usual(0.5, 3, "grey-market prices were up to twice the list"),
    },
    "models": {
        "total_params_b": Usual(0.05, 5000, "billions, not units: the largest open models have 1,000 to 2,000"),
        "active_params_b": Usual(0.05, 2000, "billions, not units: at most the total"),
        "tokens_t": Usual(0.001, 100, "trillions, not units: open models saw 1 to 40"),
        "overhead": Usual(1, 10, "all work of a programme over its final run: published ones 1.2 to 5"),
        "mfu": Usual(0.05, 0.7, "published runs reach 0.1 to 0.55"),
        "max_run_months": Usual(0.1, 18, "final runs take one to six months"),
        "shelf_months": Usual(3, 120, "open models are superseded within one to three years"),
        "usd_per_mtoken": Usual(0.01, 600, "list prices of output tokens, from small models to reasoning ones"),
        "price_change_per_year": Usual(-0.98, 0.5, "prices for a given quality fall by half to fifty times a year"),
    },
    "training_efficiency": {"mfu": Usual(0.05, 0.7, "published runs reach 0.1 to 0.55")},
    "workloads": {"peak_to_average": Usual(1, 12, "a day's peak is 1.5 to 5 times its mean")},
    "currencies": {"usd": Usual(1e-5, 4, "USD for a unit, not units for a USD; no currency is worth more than 3.3")},
}
"""By sheet and column; settings by their names."""


def usual(sheet: str, column: str) -> Usual | None:
    """The usual range of a column or setting; None where the field has none."""
    return USUAL.get(sheet, {}).get(column)
