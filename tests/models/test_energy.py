"""Plants, stores and contracts, worked by hand: the load is 1 MW in all hours, 8.76 GWh a year; chips cost 1 MUSD."""

from __future__ import annotations

from pytest import approx

from tests.models.programmes import MH_A_YEAR, day, demand, solve

CHIPS = 1.0
GWH_A_YEAR = 8.76
UNSERVED_YEAR = 1000 * MH_A_YEAR
BARE = {"existing_mw": 0}
SUN = day(solar=[0.5] * 12 + [0] * 12)
"""Half of the power in half of the hours: 2.19 GWh a MW and year."""


def test_fuel_is_paid_by_the_fuel_and_burnt_with_its_efficiency() -> None:
    """20 / 0.4 + 5 = 55 USD/MWh of output, below the grid's 60; carbon is by the output."""
    plant = {
        "fuel_usd_per_mwh": 20,
        "efficiency": 0.4,
        "variable_usd_per_mwh": 5,
        "fixed_usd_per_kw_year": 10,
        "co2_kg_per_mwh": 520,
    }
    plan = solve(energy_prices=[{"usd_per_mwh": 60}], energy_assets=[plant])
    assert plan.objective == approx(CHIPS + 2 * (GWH_A_YEAR * 0.055 + 0.010))
    assert plan["carbon", "2027"] == approx(GWH_A_YEAR * 0.52)


def test_permitted_hours_are_full_load_hours_of_what_is_built() -> None:
    """1 MW for 4,380 hours: half of the year's energy."""
    plan = solve(energy_prices=[{"usd_per_mwh": 60}], energy_assets=[{"max_mw": 1, "max_hours_per_year": 4380}])
    assert plan.objective == approx(CHIPS + 2 * GWH_A_YEAR / 2 * 0.06)


def test_an_asset_comes_after_its_lead_and_is_no_larger_than_it_can_be() -> None:
    plant = {"max_mw": 0.4, "lead_months": 12, "capex_usd_per_kw": 100}
    plan = solve(energy_prices=[{"usd_per_mwh": 60}], energy_assets=[plant])
    assert plan.objective == approx(CHIPS + 0.4 * 0.1 + GWH_A_YEAR * 0.06 * (1 + 0.6))


def test_the_sun_gives_what_its_profile_says() -> None:
    plan = solve(energy_prices=[{"usd_per_mwh": 60}], energy_assets=[{"kind": "solar", "max_mw": 2}], profiles=SUN)
    assert plan.objective == approx(CHIPS + 2 * GWH_A_YEAR * 0.06 / 2)


def test_a_battery_loses_the_root_of_its_efficiency_each_way_and_its_last_hour_comes_before_its_first() -> None:
    """Energy costs 600 in the hours 24 and 1, nothing in the rest. Of 0.2 MWh stored, 0.2·√0.81 come out each day."""
    battery = {"kind": "battery", "max_mw": 0.1, "storage_hours": 2, "efficiency": 0.81}
    plan = solve(
        energy_prices=[{"usd_per_mwh": 50}], energy_assets=[battery], profiles=day(price_index=[12] + [0] * 22 + [12])
    )
    saved = 0.2 * 0.9 * 365 * 1e-3 * 0.6
    assert plan.objective == approx(CHIPS + 2 * (GWH_A_YEAR * 0.05 - saved))
    assert plan["energy.charge_gwh_per_year", "delhi:plant", "2027"] == approx(0.2 / 0.9 * 365e-3)


def test_a_battery_gives_and_takes_no_more_than_its_power() -> None:
    """Ten hours of store and free energy in one hour only: 0.1 MW go in and 0.1·0.81 MWh come out."""
    battery = {"kind": "battery", "max_mw": 0.1, "storage_hours": 10, "efficiency": 0.81}
    prices = {"usd_per_mwh": 50}
    free_hour = day(price_index=[0] + [24 / 23] * 23)
    dear_hour = day(price_index=[24] + [0] * 23)
    one_in = solve(energy_prices=[prices], energy_assets=[battery], profiles=free_hour)
    one_out = solve(energy_prices=[prices], energy_assets=[battery], profiles=dear_hour)
    assert one_in.objective == approx(CHIPS + 2 * (GWH_A_YEAR * 0.05 - 0.1 * 0.81 * 365e-3 * 0.05 * 24 / 23))
    assert one_out.objective == approx(CHIPS + 2 * (GWH_A_YEAR * 0.05 - 0.1 * 365e-3 * 0.05 * 24))


def test_a_contract_is_paid_as_produced_and_comes_through_the_connection() -> None:
    contract = {"kind": "contract_solar", "max_mw": 1, "variable_usd_per_mwh": 30}
    plan = solve(energy_prices=[{"usd_per_mwh": 50, "network_usd_per_mwh": 8}], energy_assets=[contract], profiles=SUN)
    assert plan.objective == approx(CHIPS + 2 * (GWH_A_YEAR * 0.008 + 2.19 * 0.03 + (GWH_A_YEAR - 2.19) * 0.05))


def test_import_and_contracts_together_fit_the_connection_and_make_the_peak() -> None:
    """Half a MW of connection runs half of the machines, though the contract could give more; the peak is charged."""
    plan = solve(
        sites=[{"existing_mw": 0.5, "flexible_cover_share": 1}],
        energy_prices=[{"usd_per_mwh": 50, "capacity_usd_per_kw_year": 60}],
        energy_assets=[{"kind": "contract_firm", "max_mw": 0.25, "variable_usd_per_mwh": 30}],
    )
    energy = 0.25 * GWH_A_YEAR * (0.03 + 0.05)
    assert plan.objective == approx(0.5 * CHIPS + 2 * (UNSERVED_YEAR / 2 + energy + 0.06 * 0.5))


def test_the_surplus_of_a_contract_is_sold_at_a_share_of_the_price() -> None:
    """4 MW give 2 MW in half of the hours: 1 is used, 1 is sold at 25, above what the contract costs."""
    contract = {"kind": "contract_solar", "max_mw": 4, "variable_usd_per_mwh": 20, "resale_share": 0.5}
    plan = solve(energy_prices=[{"usd_per_mwh": 50, "network_usd_per_mwh": 8}], energy_assets=[contract], profiles=SUN)
    half = GWH_A_YEAR / 2
    assert plan.objective == approx(CHIPS + 2 * (2 * half * 0.02 + half * (0.008 + 0.058 - 0.025)))


def test_a_firm_contract_is_paid_in_all_hours_and_nothing_is_sold_at_a_negative_price() -> None:
    """At −50 the grid pays for what it delivers and the contract's 1 MW is spilled; at 150 the contract is used."""
    contract = {"kind": "contract_firm", "max_mw": 1, "variable_usd_per_mwh": 40, "resale_share": 1}
    plan = solve(
        energy_prices=[{"usd_per_mwh": 50}], energy_assets=[contract], profiles=day(price_index=[-1] * 12 + [3] * 12)
    )
    assert plan.objective == approx(CHIPS + 2 * (GWH_A_YEAR * 0.04 - GWH_A_YEAR / 2 * 0.05))


def test_bridging_supply_leaves_when_it_must() -> None:
    """Gas at 80 with a firm credit for 2027, the connection from 2028 with energy at 50."""
    plant = {"fuel_usd_per_mwh": 80, "firm_credit": 1, "until": "2028-01", "capex_usd_per_kw": 100}
    plan = solve(
        sites=[BARE], grid_offers=[{"lead_months": 12}], energy_prices=[{"usd_per_mwh": 50}], energy_assets=[plant]
    )
    assert plan.objective == approx(CHIPS + 0.1 + GWH_A_YEAR * (0.08 + 0.05))


def test_an_asset_ends_with_its_life_and_may_be_rebuilt() -> None:
    plant = {"firm_credit": 1, "capex_usd_per_kw": 100, "life_years": 1}
    assert solve(sites=[BARE], energy_assets=[plant]).objective == approx(CHIPS + 2 * 0.1)


def test_firm_credit_is_a_share_of_the_power() -> None:
    plan = solve(sites=[BARE], energy_assets=[{"firm_credit": 0.8, "capex_usd_per_kw": 100}])
    assert plan.objective == approx(CHIPS + 0.1 / 0.8)


def test_a_battery_makes_firm_what_is_connected_and_not_firm() -> None:
    """2 MW connected, half of it firm. Batteries of 4 MW credited with half could cover 2 MW; the 1 not firm is all.

    Gas without a credit gives energy for all that is asked, so that only cover is short.
    """
    battery = {
        "asset": "cell",
        "kind": "battery",
        "storage_hours": 4,
        "max_mw": 4,
        "firm_credit": 0.5,
        "capex_usd_per_kw": 100,
    }
    plan = solve(
        sites=[BARE], grid_offers=[{"mw": 2, "firm_share": 0.5}], energy_assets=[battery, {}], demand=demand(3, 3)
    )
    assert plan.objective == approx(2 * CHIPS + 2 * 0.1 + 2 * UNSERVED_YEAR)


def test_a_battery_beside_a_generator_is_held_by_the_generators_credit() -> None:
    """Wind of 2 MW with a credit of 0.25 lets the battery add another 0.5 MW, not its own 2."""
    wind = {"asset": "wind", "kind": "wind", "max_mw": 2, "firm_credit": 0.25}
    battery = {"kind": "battery", "storage_hours": 4, "max_mw": 2, "firm_credit": 1}
    plan = solve(sites=[BARE], energy_assets=[wind, battery], profiles=day(wind=[1] * 24), demand=demand(3, 3))
    assert plan["procurement.buy"] == approx(2 * 0.25 + 2 * 0.25)


def test_no_hall_is_powered_without_a_connection_or_a_firm_generator() -> None:
    """Gas and a battery could carry the load, and neither has a credit to begin with."""
    battery = {"asset": "cell", "kind": "battery", "storage_hours": 24, "max_mw": 10, "firm_credit": 1}
    plan = solve(sites=[BARE], energy_assets=[{}, battery])
    assert plan.objective == approx(2 * UNSERVED_YEAR)


def test_an_asset_keeps_what_is_left_of_its_life_which_ends_when_it_must_leave() -> None:
    """Used for 2 of 20 years, or of the 3 until 2030."""
    plant = {"firm_credit": 1, "capex_usd_per_kw": 100, "life_years": 20}
    chips = [{"price_usd": 0}]
    for until, life in (("", 20), ("2030-01", 3)):
        plan = solve(
            sites=[BARE],
            energy_assets=[{**plant, "until": until}],
            accelerators=chips,
            settings={"residual_values": "yes"},
        )
        assert plan.objective == approx(0.1 * 2 / life)
