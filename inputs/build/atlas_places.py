"""Tables of the atlas about places: `sites`, `energy_options`, `queue_evidence`, from the reference files.

What a reference row recalls instead of citing stands as a judgement: its figure with a low and a high (`MARGINS`), and
a word in the note. What can be recomputed is: a figure that contradicts its own parts is corrected, and the note says
so. Prices of gas supply are taken apart into fuel and the rest, since gas costs differ by country.
"""

from __future__ import annotations

import re

from planner.prefill.case import WHEN
from planner.prefill.sheet import Cell, Judged, Sheet
from reference import Reference, Row

SITES = {
    "Northern Virginia (Ashburn)": ("northern_virginia", "US", "PJM-DOM"),
    "Dallas-Fort Worth (ERCOT North)": ("dallas", "US", "ERCOT-N"),
    "West Texas (Abilene/Permian)": ("abilene", "US", "ERCOT-W"),
    "Columbus / New Albany (Ohio)": ("columbus", "US", "PJM-AEP"),
    "London / Slough": ("slough", "GB", "GB"),
    "Central Scotland (Lanarkshire / Ravenscraig AIGZ)": ("lanarkshire", "GB", "GB-SCO"),
    "Teesside (Teesworks AIGZ, North East)": ("teesside", "GB", "GB-NE"),
    "Culham (Oxfordshire AIGZ)": ("culham", "GB", "GB"),
    "Paris region (Fouju campus)": ("fouju", "FR", "FR"),
    "Le Bosquel (Fluidstack 1 GW, Hauts-de-France)": ("le_bosquel", "FR", "FR"),
    "Dunkirk": ("dunkirk", "FR", "FR"),
    "Grenoble": ("grenoble", "FR", "FR"),
    "Frankfurt am Main": ("frankfurt", "DE", "DE"),
    "Dublin": ("dublin", "IE", "IE"),
    "Amsterdam (Noord-Holland)": ("amsterdam", "NL", "NL"),
    "Madrid": ("madrid", "ES", "ES"),
    "Aragon (Zaragoza)": ("aragon", "ES", "ES"),
    "Milan (Lombardy)": ("milan", "IT", "IT-N"),
    "Southern Norway (Kristiansand, NO2)": ("kristiansand", "NO", "NO2"),
    "Narvik (NO4)": ("narvik", "NO", "NO4"),
    "Lulea / Boden (SE1)": ("lulea", "SE", "SE1"),
    "Sundsvall / Ostersund (SE2)": ("sundsvall", "SE", "SE2"),
    "Helsinki / Uusimaa": ("helsinki", "FI", "FI"),
    "Kajaani / Northern Finland": ("kajaani", "FI", "FI"),
    "Reykjanes (Keflavik)": ("reykjanes", "IS", "IS"),
    "Montreal / Quebec": ("quebec", "CA", "CA-QC"),
    "Abu Dhabi (Stargate UAE campus)": ("abu_dhabi", "AE", "AE-AUH"),
    "Riyadh (HUMAIN)": ("riyadh", "SA", "SA-C"),
    "NEOM Oxagon (DataVolt)": ("neom", "SA", "SA-NEOM"),
    "Mumbai / Navi Mumbai": ("mumbai", "IN", "IN-MH"),
    "Chennai": ("chennai", "IN", "IN-TN"),
    "Jamnagar (Reliance)": ("jamnagar", "IN", "IN-GJ"),
    "Tokyo - Inzai": ("inzai", "JP", "JP-TK"),
    "Hokkaido (Tomakomai)": ("tomakomai", "JP", "JP-HK"),
    "Seoul metropolitan": ("seoul", "KR", "KR-SEL"),
    "Haenam Solaseado (Jeollanam-do)": ("haenam", "KR", "KR-HN"),
    "Ulsan (SK-AWS)": ("ulsan", "KR", "KR-SE"),
    "Johor (Sedenak/Nusajaya)": ("johor", "MY", "MY"),
    "Singapore (Jurong)": ("singapore", "SG", "SG"),
    "Olkaria / Naivasha": ("olkaria", "KE", "KE"),
    "Pecem (Ceara)": ("pecem", "BR", "BR-NE"),
    "Eldorado do Sul (Rio Grande do Sul)": ("eldorado_do_sul", "BR", "BR-S"),
    "Ekibastuz (Data Center Valley)": ("ekibastuz", "KZ", "KZ"),
}
"""Site, country and price zone by the name a site has in the reference file."""

MARGINS = {
    "conn_cost": (0.6, 2.0),
    "carbon": (0.8, 1.2),
    "wue": (0.5, 2.0),
    "solar": (0.85, 1.15),
    "wind": (0.8, 1.2),
    "wholesale": (0.85, 1.15),
}
"""Low and high of a recalled figure, as factors of it (judgement)."""
CONSTRUCTION = (0.85, 1.5)
"""As factors of the published cost, which is of air-cooled halls; the high end is liquid cooling (judgement)."""
BUILD = (0.7, 1.5)
COST_OF_CAPITAL = 0.015
"""Either way (judgement); recalled for all sites but one."""
SITE_NOTES = {
    "London / Slough": " 41 to 125 GW is 205 % more; 460 % must be of another base.",
    "Columbus / New Albany (Ohio)": " Wholesale price is the neighbouring zone's.",
    "West Texas (Abilene/Permian)": " Wholesale price is the system's, not the west's.",
}
"""What else is to be said of a reference row."""

OPTIONS = {
    "Grid firm connection": ("grid_firm", ""),
    "Grid flexible: curtailment-enabled headroom (US)": ("grid_curtailable_us", ""),
    "Grid flexible: NL TDTR85 (non-firm 85%)": ("grid_tdtr85_nl", ""),
    "Grid flexible: ERCOT large load >=75 MW (SB6)": ("grid_ercot_large_load", ""),
    "Grid flexible: PJM connect-and-manage (no own capacity)": ("grid_pjm_connect_and_manage", ""),
    "PPA solar (US average)": ("contract_solar_us", "contract_solar"),
    "PPA wind (US average)": ("contract_wind_us", "contract_wind"),
    "PPA solar (Gulf)": ("contract_solar_gulf", "contract_solar"),
    "Utility solar PV, own build (EU cost basis)": ("solar_eu", "solar"),
    "Utility solar PV, own build (US cost basis)": ("solar_us", "solar"),
    "Onshore wind, own build": ("wind", "wind"),
    "Battery 4 h (Li-ion)": ("battery_4h", "battery"),
    "Reciprocating gas engines (BTM)": ("gas_engine", "engine"),
    "Aeroderivative gas turbine (simple cycle, BTM)": ("gas_turbine_aero", "gas_turbine"),
    "Simple-cycle frame turbine (OCGT)": ("gas_turbine_frame", "gas_turbine"),
    "Combined-cycle gas (CCGT)": ("gas_combined_cycle", "gas_turbine"),
    "CCGT gas PPA, Saudi Arabia": ("contract_gas_sa", "contract_firm"),
    "Solid-oxide fuel cells (gas, BTM)": ("fuel_cell", "fuel_cell"),
    "Diesel/HVO standby used as curtailment cover": ("diesel_standby", ""),
    "SMR: BWRX-300 first unit (Darlington)": ("small_reactor", "small_reactor"),
    "Large nuclear (new build)": ("large_nuclear", ""),
    "Nuclear PPA / uprate / restart": ("contract_nuclear", "contract_firm"),
    "Geothermal hydrothermal (flash/binary)": ("geothermal", "geothermal"),
    "Enhanced geothermal (near-field / deep)": ("geothermal_enhanced", "geothermal"),
    "Hydro, new build": ("hydro", "hydro"),
    "Existing-hydro long PPA (Nordic/Quebec/Iceland)": ("contract_hydro", "contract_firm"),
    "UAE round-the-clock PV + BESS (5.2 GW PV, 19 GWh)": ("contract_solar_storage_ae", "contract_firm"),
}
"""Short name and kind of asset by the name an option has in the reference file; no kind: no asset of a workbook."""
GAS = re.compile(r"([\d.]+)(?:-([\d.]+))? MMBtu/MWh x ([\d.]+) USD(?: \+ ([\d.]+)? ?VOM)?")
"""Gas per MWh (or a span of it), price of gas, cost beside fuel."""
SPAN = re.compile(r"^([\d.]+)-([\d.]+) USD/MWh")
HOURS_PER_YEAR = 8760
MMBTU_PER_MWH = 3.412
HIGHER_TO_LOWER = 1.108
"""Heating values of natural gas: gas is sold by the higher one, efficiencies are by the lower."""
GAS_CO2_KG_PER_MWH = 202
"""Carbon of natural gas by its lower heating value (56.1 kg/GJ, IPCC 2006)."""
EXACT, CLOSE = 0.02, 0.05
"""How far a figure may be from what its parts give: a rounding, and one more."""
DAYS_PER_MONTH = 365 / 12

QUEUE_COUNTRIES = {
    "Global": "",
    "Europe": "",
    "APAC": "",
    "United States": "US",
    "United Kingdom": "GB",
    "Ireland": "IE",
    "Netherlands": "NL",
    "France": "FR",
    "Germany": "DE",
    "Spain": "ES",
    "Italy": "IT",
    "Norway": "NO",
    "Sweden": "SE",
    "Finland": "FI",
    "Canada": "CA",
    "India": "IN",
    "Japan": "JP",
    "Korea": "KR",
    "Malaysia": "MY",
    "Singapore": "SG",
    "Kenya": "KE",
    "Brazil": "BR",
    "Kazakhstan": "KZ",
    "United Arab Emirates": "AE",
}
QUEUE_NOTES = {("GB", "demand queue"): "41 to 125 GW is 205 % more; 460 % must be of another base."}
WEEKS = re.compile(r"Average (\d+) weeks")
LATER_PRICE = re.compile(r"Jan-Aug 2026 mean ([\d.]+)")
"""A second mean that the period of the wholesale price mentions."""


def tables(reference: Reference) -> list[Sheet]:
    """The generated tables about places."""
    return [sites(reference), energy_options(reference), queue_evidence(reference)]


def sites(reference: Reference) -> Sheet:
    """Candidate sites."""
    sheet = Sheet("sites")
    for row in reference.rows("sites"):
        site, country, zone = SITES[row["site"]]
        recalled = {part.strip() for part in row["memory_fields"].split(";")}
        period = row["wholesale_price_period"]
        later = LATER_PRICE.search(period)

        def figure(column: str, field: str, row: Row = row, recalled: set[str] = recalled) -> Cell:
            value = row.maybe(column)
            if value is None or field not in recalled:
                return value
            low, high = MARGINS[field]
            return Judged(value, low * value, high * value)

        construction, build = row.number("construction_usd_per_w_it"), row.number("construction_lead_months")
        capital = row.number("wacc_nominal_pct") / 100
        sheet.add(
            site=site,
            name=row["site"],
            country=country,
            zone=zone,
            latitude=row.number("lat"),
            longitude=row.number("lon"),
            wholesale_usd_per_mwh=figure("wholesale_price_usd_mwh", "wholesale"),
            wholesale_2026_usd_per_mwh=float(later[1]) if later else None,
            wholesale_period=period,
            delivered_usd_per_mwh=_three(row, "delivered_price_{}_usd_mwh"),
            delivered_basis=row["delivered_price_year"],
            wait_months=_three(row, "conn_wait_{}_months"),
            wait_applies_to=row["conn_wait_mw_threshold"],
            connection_usd_per_kw=figure("conn_cost_usd_per_kw", "conn_cost"),
            grid_co2_kg_per_mwh=figure("carbon_kgco2_per_mwh", "carbon"),
            grid_co2_basis=row["carbon_basis"],
            pue=_pue(row),
            water_l_per_kwh=figure("wue_l_per_kwh", "wue"),
            construction_usd_per_w=Judged(construction, *(factor * construction for factor in CONSTRUCTION)),
            construction_basis=row["construction_basis"],
            build_months=Judged(build, *(factor * build for factor in BUILD)),
            cost_of_capital_share=Judged(capital, capital - COST_OF_CAPITAL, capital + COST_OF_CAPITAL),
            solar_share=figure("solar_cf", "solar"),
            wind_share=figure("onshore_wind_cf", "wind"),
            firm_low_carbon=row["firm_low_carbon_options"],
            headroom=row["headroom_mw_or_context"],
            source=row["source"],
            date=_years(row["delivered_price_year"]),
            confidence=row["confidence"],
            note=_recalled(row) + SITE_NOTES.get(row["site"], ""),
        )
    return sheet


def energy_options(reference: Reference) -> Sheet:
    """Ways to supply a site."""
    sheet = Sheet("energy_options")
    for row in reference.rows("energy_options"):
        option, kind = OPTIONS[row["option"]]
        recalled = {part.strip() for part in row["memory_fields"].split(";")}
        variable, heat, why = _variable(row, "variable" in recalled or row["memory_only"] == "TRUE")
        efficiency, hours = row.number("efficiency_lhv_or_rt"), row.number("curtailable_hours_yr")
        co2 = None if row["co2_kg_mwh"] == "site carbon" else row.number("co2_kg_mwh")
        if hours:
            implied = (1 - row.number("availability_or_cf")) * HOURS_PER_YEAR
            hours, why = _recomputed(hours, round(implied), EXACT, why, "curtailed hours, by availability")
        if heat is not None and co2 is not None:
            heat, why = _recomputed(
                heat, round(HIGHER_TO_LOWER * MMBTU_PER_MWH / efficiency, 2), CLOSE, why, "gas per MWh, by efficiency"
            )
            co2, why = _recomputed(co2, round(GAS_CO2_KG_PER_MWH / efficiency), CLOSE, why, "carbon, by efficiency")
        sheet.add(
            option=option,
            name=row["option"],
            kind=kind or None,
            capex_usd_per_kw=_three(row, "capex_{}_usd_kw") if row["capex_mid_usd_kw"] else None,
            fixed_usd_per_kw_year=row.number("fixed_om_usd_kw_yr"),
            variable_usd_per_mwh=variable,
            heat_mmbtu_per_mwh=heat,
            lead_months=_three(row, "lead_{}_months"),
            life_years=row.number("lifetime_years"),
            efficiency=efficiency,
            co2_kg_per_mwh=co2,
            availability_share=None if row["availability_or_cf"] == "site CF" else row.number("availability_or_cf"),
            curtailed_hours=hours,
            firmness=row["firmness"],
            use=row["bridge_or_permanent"],
            source=row["source"],
            date=WHEN,
            confidence=row["confidence"],
            note=f"{row['notes']}. Variable cost: {row['variable_basis']}. ".removeprefix(". ") + _recalled(row) + why,
        )
    return sheet


def _recomputed(value: float, right: float, tolerance: float, why: str, what: str) -> tuple[float, str]:
    """A figure, or what its parts give where they differ by more than the tolerance, and the note with that told."""
    if abs(value - right) <= tolerance * abs(right):
        return value, why
    return right, f"{why} Corrected: {what} {right:g}, where the file has {value:g}."


def _variable(row: Row, recalled: bool) -> tuple[Cell, float | None, str]:
    """Cost per MWh without fuel, gas per MWh, and what was corrected: fuel at the file's gas price is taken off, or the
    rest as stated stands, where the total contradicts it."""
    if row["variable_cost_usd_mwh"].startswith("site price"):
        return None, None, ""
    total = row.number("variable_cost_usd_mwh")
    parts = GAS.search(row["variable_basis"])
    if parts is None:
        span = SPAN.search(row["variable_basis"])
        if span:
            return Judged(total, float(span[1]), float(span[2])), None, ""
        return (Judged(total, 0.8 * total, 1.2 * total) if recalled and total else total), None, ""
    low, high, price, stated = parts.groups()
    heat = (float(low) + float(high or low)) / 2
    rest = float(stated) if stated else total - heat * float(price)
    _, why = _recomputed(total, heat * float(price) + rest, EXACT, "", "total with gas at 4 USD/MMBtu, by its parts")
    return Judged(rest, 0.7 * rest, 1.5 * rest), heat, why


def queue_evidence(reference: Reference) -> Sheet:
    """Facts about connection queues."""
    sheet = Sheet("queue_evidence")
    for number, row in enumerate(reference.rows("grid_queue_evidence"), 1):
        low, high, unit, why = row.maybe("value_low"), row.maybe("value_high"), row["unit"], ""
        weeks = WEEKS.search(row["fact"])
        if low is not None and high is not None and low > high:
            why = f"The file has {low:g} and {high:g} ({unit}) as low and high; their difference stands."
            low = high = low - high
            unit = unit.split()[0]
        elif weeks and unit == "months" and low is not None:
            low, why = _recomputed(low, round(float(weeks[1]) * 7 / DAYS_PER_MONTH, 1), EXACT, "", f"{weeks[1]} weeks")
        sheet.add(
            fact=number,
            country=QUEUE_COUNTRIES[row["country"]] or None,
            region=", ".join(filter(None, (row["country"] * (not QUEUE_COUNTRIES[row["country"]]), row["region"]))),
            metric=row["metric"],
            value_low=low,
            value_high=high,
            unit=unit,
            what=row["fact"],
            rule=row["reform_or_rule"],
            source=row["source"],
            date=_span(row["as_of"]),
            confidence=row["confidence"],
            note=" ".join(filter(None, (row["source_kind"], why, QUEUE_NOTES.get((row["region"], row["metric"]))))),
        )
    return sheet


def _recalled(row: Row) -> str:
    fields = row["memory_fields"]
    return f"Recalled, not read: {fields}." if fields else ""


def _three(row: Row, columns: str) -> Judged:
    """Central, low and high, from three columns whose names differ in one word."""
    return Judged(*(row.number(columns.format(each)) for each in ("mid", "low", "high")))


def _years(text: str) -> str:
    """The years a text names, as a date or a span of dates; today's where it names none."""
    found = [int(year) for year in re.findall(r"20\d\d", text)]
    found += [2000 + int(year) for year in re.findall(r"20\d\d-(\d\d)\b", text)]
    if not found:
        return WHEN
    return f"{min(found)}" if min(found) == max(found) else f"{min(found)} to {max(found)}"


def _span(text: str) -> str:
    """A date or a span of dates, from the ways the queue file writes them."""
    text = text.removesuffix(" (approx.)")
    quarter = re.fullmatch(r"(\d{4})-Q(\d)", text)
    if quarter:
        last = 3 * int(quarter[2])
        return f"{quarter[1]}-{last - 2:02d} to {quarter[1]}-{last:02d}"
    years = re.fullmatch(r"(\d{4})[-/](\d{4}|\d\d)", text)
    if years and (len(years[2]) == 4 or int(years[2]) > 12):
        return f"{years[1]} to {years[1][: 4 - len(years[2])]}{years[2]}"
    return text.replace("/", "-")


def _pue(row: Row) -> Judged:
    low, high = (float(end) for end in row["pue_range"].split("-"))
    return Judged(row.number("pue_mid"), low, high)
