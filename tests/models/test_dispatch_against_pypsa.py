"""Dispatch against PyPSA: fixed capacities; four typical days of prices, sun and wind; gas, a battery, a connection.

PyPSA (MIT licence, Brown, Hörsch and Schlachtberger 2018) states and solves the same case by itself, a network per
typical day; what is compared is the cost of energy of a year.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pytest import approx

from tests.models.programmes import MH_A_YEAR, Plan, day, solve, years

pytestmark = pytest.mark.filterwarnings("ignore")  # what PyPSA and its solver interface warn of is theirs
pypsa = pytest.importorskip("pypsa", reason="PyPSA is a tool of the dev group")

DAYS = np.array([100, 120, 80, 65])
HOURS = np.arange(24)
SUN = np.maximum(0, np.sin((HOURS - 6) / 12 * np.pi))
PRICE_INDEX = np.array(
    [
        1 + 0.5 * np.sin((HOURS - 13) / 24 * 2 * np.pi),
        1 - 0.8 * SUN,
        np.where(HOURS // 4 % 2, 0.3, 1.6),
        1.5 + (HOURS > 16),
    ]
)
SOLAR = np.outer([0.9, 0.6, 0.2, 0.4], SUN)
WIND = np.array([0.2 + 0.1 * np.cos(HOURS / 3 + d) + 0.15 * d for d in range(4)])
SERVING = (1 + 0.5 * np.sin((HOURS - 9) / 24 * 2 * np.pi)) / 24
PUE, THOUSANDS = 1.25, 2.0
PRICE, NETWORK, CONNECTION = 60.0, 6.0, 1.5
SOLAR_MW, WIND_MW, GAS_MW, BATTERY_MW, BATTERY_HOURS, ROUND_TRIP = 2.0, 1.0, 1.75, 0.8, 3.0, 0.8
GAS_USD = 24 / 0.4 + 5
WIND_USD = 1.0


def ours(battery_mw: float, connection_mw: float) -> Plan:
    """All machines and plants for nothing, so that energy alone is paid for; all is served."""
    fixed = {"lead_months": 0}
    profile = {
        "price_index": PRICE_INDEX.ravel(),
        "solar": SOLAR.ravel(),
        "wind": WIND.ravel(),
        "days": np.repeat(DAYS, 24),
    }
    return solve(
        settings={"serving_hours": " ".join(map(repr, SERVING.tolist())), "unserved_usd_per_mtoken": float("nan")},
        periods=years(1),
        demand=[{"output_t_per_year": MH_A_YEAR * THOUSANDS}],
        accelerators=[{"price_usd": 0}],
        profiles=day(**profile),
        sites=[{"pue": PUE, "existing_mw": connection_mw, "flexible_cover_share": 1}],
        energy_prices=[{"usd_per_mwh": PRICE, "network_usd_per_mwh": NETWORK}],
        energy_assets=[
            {**fixed, "asset": "sun", "kind": "solar", "max_mw": SOLAR_MW},
            {**fixed, "asset": "wind", "kind": "wind", "max_mw": WIND_MW, "variable_usd_per_mwh": WIND_USD},
            {
                **fixed,
                "asset": "gas",
                "max_mw": GAS_MW,
                "fuel_usd_per_mwh": 24,
                "efficiency": 0.4,
                "variable_usd_per_mwh": 5,
            },
            {
                **fixed,
                "asset": "cell",
                "kind": "battery",
                "max_mw": battery_mw,
                "storage_hours": BATTERY_HOURS,
                "efficiency": ROUND_TRIP,
            },
        ],
    )


def theirs(battery_mw: float, connection_mw: float) -> float:
    """MUSD a year: cost of each typical day by its days; the time mean of the prices is PRICE."""
    index = PRICE_INDEX / (DAYS @ PRICE_INDEX.mean(axis=1) / 365)
    load = THOUSANDS * PUE * SERVING * 24
    usd = 0.0
    for d, count in enumerate(DAYS):
        n = pypsa.Network()
        n.set_snapshots(range(24))
        n.add("Bus", "site")
        n.add("Load", "machines", bus="site", p_set=load)
        n.add("Generator", "grid", bus="site", p_nom=connection_mw, marginal_cost=PRICE * index[d] + NETWORK)
        n.add("Generator", "sun", bus="site", p_nom=SOLAR_MW, p_max_pu=SOLAR[d])
        n.add("Generator", "wind", bus="site", p_nom=WIND_MW, p_max_pu=WIND[d], marginal_cost=WIND_USD)
        n.add("Generator", "gas", bus="site", p_nom=GAS_MW, marginal_cost=GAS_USD)
        n.add(
            "StorageUnit",
            "cell",
            bus="site",
            p_nom=battery_mw,
            max_hours=BATTERY_HOURS,
            cyclic_state_of_charge=True,
            efficiency_store=math.sqrt(ROUND_TRIP),
            efficiency_dispatch=math.sqrt(ROUND_TRIP),
        )
        status, condition = n.optimize(solver_name="highs", log_to_console=False)
        assert (status, condition) == ("ok", "optimal")
        usd += float(n.objective) * int(count)
    return usd * 1e-6


@pytest.mark.parametrize(
    ("battery_mw", "connection_mw"), [(BATTERY_MW, CONNECTION), (0.0, CONNECTION), (BATTERY_MW, 9.0)]
)
def test_a_year_of_energy_costs_what_pypsa_says(battery_mw: float, connection_mw: float) -> None:
    assert ours(battery_mw, connection_mw).objective == approx(theirs(battery_mw, connection_mw), rel=1e-6)


def test_the_case_asks_something_of_each_of_its_parts() -> None:
    plan: Any = ours(BATTERY_MW, CONNECTION)
    sources = {
        name: plan["energy.supplied_gwh", f"delhi:{name}", "2027"] for name in ("grid", "sun", "wind", "gas", "cell")
    }
    assert all(gwh > 0.1 for gwh in sources.values()), sources
    through = plan.all("grid.import_mw")
    assert through.max() == approx(CONNECTION) and through.min() < 0.1 * CONNECTION
    assert ours(0.0, CONNECTION).objective > plan.objective * 1.01
    assert ours(BATTERY_MW, 9.0).objective < plan.objective * 0.99
