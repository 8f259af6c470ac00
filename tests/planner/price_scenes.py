"""Small workbooks in which every kind of shadow price binds, and the cells that state the limits.

They discount, and their periods have unequal lengths: a half-year that begins half a year after plan start, one and a
half years, two years. A chip lives for half a year and so serves the period it arrives in only, which keeps the
periods apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.independent.cases.workbook import (
    GWH_OF_MW,
    RATE,
    T_OF_K,
    ZFLOP_OF_K,
    Workbook,
    api,
    asset,
    base,
    cloud,
    day,
    flow,
    site,
    trained,
)

SPANS = {"a": (0.5, 1.0), "b": (1.0, 2.5), "c": (2.5, 4.5)}
"""Start and end of the periods, in years since plan start."""
FLOW = {period: flow(*span) for period, span in SPANS.items()}
"""Discounted length of a period: what 1 MUSD a year through it is worth."""
MEAN = {period: FLOW[period] / (end - start) for period, (start, end) in SPANS.items()}
"""What 1 MUSD spent evenly in a period is worth."""

Keys = Mapping[str, str]
Scene = Callable[[Workbook], None]


class Kind(NamedTuple):
    """A kind of price, its unit, and the cell that states its limit. `worth` is what a price of 1 says that one more of
    `quantity` is worth, discounted MUSD, by the keys of its row; 0 for rows that the cell doesn't state. `quantity` is
    what a cell's value gives of what is wanted: the value itself, unless told."""

    name: str
    unit: str
    cell: tuple[str, str]
    step: float
    worth: Callable[[Keys], float]
    quantity: Callable[[float], float] = lambda value: value
    at: int = 0


SCENES: list[tuple[Scene, Kind]] = []


def binding(*kinds: Kind) -> Callable[[Scene], Scene]:
    def register(scene: Scene) -> Scene:
        SCENES.extend((scene, kind) for kind in kinds)
        return scene

    return register


def usd_per_kw_year(keys: Keys) -> float:
    """Of a MW: 1,000 kW."""
    return 1e3 * 1e-6 * FLOW[keys["period"]]


def of_site(name: str) -> Callable[[Keys], float]:
    return lambda keys: usd_per_kw_year(keys) if keys["site"] == name else 0.0


def less(value: float) -> float:
    return -value


def scene_of_three_periods() -> Workbook:
    """The work of 1 k in each year, an unserved token worth 10 USD a million; energy at 50 USD/MWh; a chip of 1,000
    TPP, which is one H100-equivalent; connections come too late."""
    d = base(3)
    d.programme(discount_rate=RATE, plan_start="2026-07")
    starts = {"a": "2027-01", "b": "2027-07", "c": "2029-01"}
    d["periods"] = [{"period": p, "start": starts[p], "years": end - start} for p, (start, end) in SPANS.items()]
    d.ask(T_OF_K, T_OF_K, T_OF_K)
    d.change("workloads", unserved_usd_per_mtoken=10)
    d.change("accelerators", life_years=0.5, tpp=1000, fp8_tflops=1979)
    d.change("energy_prices", usd_per_mwh=50)
    d.change("grid_offers", lead_months=240)
    return d


@binding(Kind("siting.within_site", "USD/kW/year", ("sites", "max_it_mw"), 0.01, usd_per_kw_year))
def room_at_a_site(d: Workbook) -> None:
    """Full in the last period, as halls stay."""
    d.change("sites", existing_it_mw=0.1, max_it_mw=0.5, build_months=0)
    d.ask(0.2 * T_OF_K, 0.4 * T_OF_K, T_OF_K)


@binding(Kind("grid.not_before_queue", "USD/kW/year", ("grid_offers", "mw"), 0.01, usd_per_kw_year))
def a_stage_of_a_connection(d: Workbook) -> None:
    """0.5 MW for a peak of 1.25 MW a k, in the last period."""
    d.change("sites", existing_mw=None)
    d.change("grid_offers", lead_months=0, mw=0.5)
    d.ask(0.1 * T_OF_K, 0.2 * T_OF_K, T_OF_K)


@binding(
    Kind(
        "grid.within_connection",
        "USD/MWh",
        ("sites", "existing_mw"),
        0.01,
        lambda keys: 365 * 1e-6 * FLOW[keys["period"]],  # an hour of every day
    )
)
def a_connection_at_the_peak_hour(d: Workbook) -> None:
    """No firm cover is asked for; one hour of the day has twice the use of the others."""
    d.programme(serving_hours=" ".join(["0.04"] * 11 + ["0.08"] + ["0.04"] * 12))
    d.change("workloads", peak_to_average=3)
    d.change("sites", existing_mw=0.5, flexible_cover_share=1)


@binding(
    Kind(
        "grid.beyond_surplus",
        "USD/MWh",
        ("energy_prices", "surplus_mw"),
        0.01,
        lambda keys: (100 if int(keys["slice"]) <= 24 else 265) * 1e-6 * FLOW[keys["period"]],
    )
)
def surplus_energy(d: Workbook) -> None:
    """Two typical days, of which a year has 100 and 265, the second half as dear again."""
    for first, days, index in ((0, 100, 1), (24, 265, 1.5)):
        for row in day(price_index=lambda h, index=index: index):
            d.add("profiles", **row | {"hour": first + row["hour"], "days": days})
    d.change("energy_prices", surplus_mw=0.3, usd_per_mwh_beyond=80)


@binding(
    Kind(
        "energy.permitted_hours",
        "USD/MWh",
        ("energy_assets", "max_hours_per_year"),
        10,
        lambda keys: 0.4 * 1e-6 * FLOW[keys["period"]],  # an hour of 0.4 MW
    )
)
def hours_of_an_asset(d: Workbook) -> None:
    """0.4 MW, far cheaper than the grid, run in the dearest hours; no two are equally dear."""
    d["profiles"] = day(price_index=lambda h: 0.5 + h / 24)
    how = {"max_mw": 0.4, "variable_usd_per_mwh": 10, "max_hours_per_year": 4000, "life_years": 0.5}
    d.add("energy_assets", **asset("gas", "gas_turbine", **how))


@binding(
    Kind("procurement.within_hall", "USD/kW/year", ("sites", "existing_it_mw"), 0.01, of_site("hall")),
    Kind("procurement.within_firm_power", "USD/kW/year", ("sites", "existing_mw"), 0.01, of_site("power"), at=1),
    Kind("energy.within_asset", "USD/kW/year", ("energy_assets", "max_mw"), 0.01, of_site("plant")),
)
def sites_short_of_something(d: Workbook) -> None:
    """Of halls, which take too long to build; of a connection, whose 0.25 MW are a peak of 0.2 k; and of room for the
    only plant, which lasts half a year, as the chips do."""
    d["sites"] = [
        site("hall", existing_it_mw=0.3, build_months=240),
        site("power", existing_mw=0.25),
        site("plant", existing_mw=None),
    ]
    d.change("grid_offers", site="hall")
    how = {"max_mw": 0.25, "capex_usd_per_kw": 500, "fuel_usd_per_mwh": 20, "firm_credit": 1, "life_years": 0.5}
    d.add("energy_assets", **asset("gas", "gas_turbine", site="plant", **how))


@binding(
    Kind(
        "procurement.within_supply", "USD/unit", ("supply", "max_units"), 10, lambda keys: 1e-6 * MEAN[keys["period"]]
    ),
    Kind(
        "sovereignty.within_carbon",
        "USD/t",
        ("policies", "value"),
        0.01,
        lambda keys: 1e3 * 1e-6 * MEAN[keys["period"]],
    ),
    Kind("budget.within_budget", "USD/USD", ("budgets", "musd"), 0.1, lambda keys: MEAN[keys["period"]]),
)
def supply_then_carbon_then_money(d: Workbook) -> None:
    d.add("supply", accelerator="chip", period="a", max_units=500)
    d.add("policies", policy="carbon_kt_max", period="b", value=4)
    d.add("budgets", layer="L1", period="c", musd=5)


@binding(
    Kind("sovereignty.within_water", "USD/ML", ("policies", "value"), 0.01, lambda keys: 1e-6 * MEAN[keys["period"]]),
    Kind(
        "serving.demand_is_met",
        "USD/Mtoken",
        ("demand", "output_t_per_year"),
        T_OF_K / 100,
        lambda keys: FLOW["c"] if keys["period"] == "c" else 0.0,  # T in all of c: 2 years, at MEAN
        less,
        at=2,
    ),
)
def water_and_demand(d: Workbook) -> None:
    d.change("sites", water_l_per_kwh=1.5)
    d.add("policies", policy="water_ml_max", period="b", value=7)


@binding(
    Kind("clouds.within_market", "USD/unit/year", ("clouds", "max_units"), 10, lambda keys: 1e-6 * FLOW[keys["period"]])
)
def a_market_for_rent(d: Workbook) -> None:
    """Chips can't be bought; a term is half a year."""
    d.change("accelerators", last_order="2026-01", release="2025-01")
    d.add("clouds", **cloud("pool", 1, term_years=0.5, max_units=500))


@binding(
    Kind("export_control.within_pot", "USD/TPP", ("export_licences", "mtpp"), 0.01, lambda keys: 1e6 * 1e-6),
    Kind("export_control.within_pot_units", "USD/unit", ("export_licences", "units"), 10, lambda keys: 1e-6, at=1),
)
def two_pots_of_permission(d: Workbook) -> None:
    """0.4 k of the 3 k wanted, in the period in which they are worth most."""
    d.add("export_rules", rule="lic", destination="IN", min_tpp=1, outcome="licence")
    pot = {"rule": "lic", "destination": "IN", "allocated": "2026-01"}
    d["export_licences"] = [pot | {"licence": "tpp", "mtpp": 0.2}, pot | {"licence": "count", "units": 200}]


@binding(
    Kind(
        "export_control.within_cap",
        "USD/TPP",
        ("export_caps", "mtpp"),
        0.01,
        lambda keys: 1e6 * 1e-6 if keys["cap"] == "total" else 0.0,
    ),
    Kind(
        "export_control.within_cap",
        "USD/H100e/year",
        ("export_caps", "h100e"),
        10,
        lambda keys: 1e-6 * FLOW["b"] if keys["cap"] == "stock" else 0.0,
        at=1,
    ),
    Kind(
        "export_control.within_cap",
        "USD/unit",
        ("export_caps", "units"),
        10,
        lambda keys: 2 * 1e-6 * MEAN["c"] if keys["cap"] == "yearly" else 0.0,  # of each of the two years
        at=2,
    ),
)
def caps_on_quantities(d: Workbook) -> None:
    d.add("export_rules", rule="watch", destination="IN", min_tpp=1, outcome="free")
    cap = {"rule": "watch", "destination": "IN"}
    d["export_caps"] = [
        cap | {"cap": "total", "kind": "flow_total", "period": "a", "mtpp": 0.3},
        cap | {"cap": "stock", "kind": "stock", "period": "b", "h100e": 400},
        cap | {"cap": "yearly", "kind": "flow_year", "period": "c", "units": 200},
    ]


@binding(
    # A share of a stock of 1 k: 1 MTPP, 1,000 H100-equivalents.
    Kind(
        "export_control.within_cap",
        "USD/TPP/year",
        ("export_caps", "share"),
        0.01,
        lambda keys: 1e6 * 1e-6 * FLOW[keys["period"]],
    ),
    Kind(
        "sovereignty.home_compute",
        "USD/H100e/year",
        ("policies", "value"),
        0.01,
        lambda keys: 1e3 * 1e-6 * FLOW[keys["period"]],
        less,
    ),
)
def shares_of_a_stock(d: Workbook) -> None:
    """The site abroad is cheaper, by the duty at home."""
    d["sites"].append(site("fjord", country="NO"))
    d.change("countries", import_duty=0.5)
    d.add("export_rules", rule="watch", destination="NO", min_tpp=1, outcome="free")
    d.add("export_caps", cap="most", rule="watch", destination="NO", kind="share", share=0.3, period="c")
    d.add("policies", policy="home_compute_share_min", period="b", value=0.4)


@binding(
    Kind(
        "training.one_site_in_time",
        "MUSD/(EFLOP/s)/year",
        ("models", "max_run_months"),
        0.1,
        lambda keys: FLOW["b"] if keys["period"] == "b" else 0.0,
        lambda months: -ZFLOP_OF_K / 2 / (months / 12) / (3600 * 8760 / 1000),  # EFLOP/s that finish the run in time
    )
)
def a_run_against_the_clock(d: Workbook) -> None:
    """One model, trained here in b, answers what is asked in c; serving takes less than training."""
    d["models"] = [trained("own", max_run_months=4)]
    d.serve_only("own")
    d.ask(0, 0, 0.2 * T_OF_K)
    d.change("workloads", unserved_usd_per_mtoken=100)


@binding(
    Kind(
        "serving.within_model",
        "USD/Mtoken",
        ("models", "max_t_per_year"),
        T_OF_K / 100,
        lambda keys: FLOW[keys["period"]],
    )
)
def a_model_that_answers_only_so_much(d: Workbook) -> None:
    d.change("models", max_t_per_year=T_OF_K / 2)


@binding(
    Kind(
        "serving.peak_is_covered",
        "USD/unit-hour",
        ("workloads", "peak_to_average"),
        0.01,
        lambda keys: GWH_OF_MW * FLOW[keys["period"]],  # 1 k at work all year: 8.76 Mh
        less,
    )
)
def a_peak(d: Workbook) -> None:
    d.change("workloads", peak_to_average=2)


@binding(
    Kind(
        "adoption.taken_up",
        "USD/Mtoken",
        ("adoption", "start_t_per_year"),
        T_OF_K / 100,
        lambda keys: FLOW[keys["period"]],
    )
)
def applications(d: Workbook) -> None:
    d.add("adoption", workload="chat", start_t_per_year=T_OF_K / 2)


@binding(
    # A share of what is served, T_OF_K a year.
    Kind(
        "sovereignty.withdrawable",
        "USD/Mtoken",
        ("policies", "value"),
        0.01,
        lambda keys: T_OF_K * FLOW[keys["period"]],
    )
)
def tokens_that_can_be_withdrawn(d: Workbook) -> None:
    """An api, cheaper than chips."""
    d["models"].append(api(usd_per_mtoken=0.1))
    d.add("sufficiency", workload="chat", model="api", period=None, share=1)
    d.add("policies", policy="withdrawable_share_max", period="b", value=0.3)
