"""The same workbook in the contract's units and in others gives the same programme: kW for MW, years for months, …"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

import compute_lp
import compute_rates
from compute_lp.family import Arrays, expand
from planner.workbook import read
from tests.workbooks import UNITS, Sheets, column, put, smallest, to_csv

OTHERWISE = {
    ("periods", "years"): ("months", 12),
    ("countries", "grid_co2_kg_per_mwh"): ("g/kWh", 1),
    ("sites", "max_it_mw"): ("kW", 1e3),
    ("sites", "build_months"): ("years", 1 / 12),
    ("sites", "fitout_usd_per_w"): ("MUSD/MW", 1),
    ("grid_offers", "mw"): ("GW", 1e-3),
    ("grid_offers", "lead_months"): ("quarters", 1 / 3),
    ("grid_offers", "usd_per_kw"): ("USD/W", 1e-3),
    ("grid_offers", "firm_share"): ("%", 100),
    ("energy_prices", "usd_per_mwh"): ("USD/kWh", 1e-3),
    ("accelerators", "price_usd"): ("kUSD", 1e-3),
    ("accelerators", "lead_months"): ("years", 1 / 12),
    ("accelerators", "life_years"): ("months", 12),
    ("accelerators", "bf16_tflops"): ("PFLOP/s", 1e-3),
    ("accelerators", "memory_gb"): ("TB", 1e-3),
    ("accelerators", "bandwidth_tb_s"): ("GB/s", 1e3),
    ("accelerators", "tdp_w"): ("kW", 1e-3),
    ("accelerators", "nameplate_kw"): ("W", 1e3),
    ("demand", "input_t_per_year"): ("Mtoken/month", 1e6 / 12),
    ("demand", "output_t_per_year"): ("Btoken/year", 1e3),
    ("sufficiency", "share"): ("%", 100),
    ("supply", "max_units"): ("kunits", 1e-3),
}
"""By column: another unit of the same kind, and how many of it the contract's unit holds."""


def workbook() -> Sheets:
    sheets = smallest()
    sheets["supply"] = [
        ["accelerator", "period", "max_units"],
        ["unit", None, "units"],
        ["H100", "2027", 5000],
        ["H100", "2028", 9000],
    ]
    for row, value in ((0, 50), (1, 0), (2, 25)):
        put(sheets, "sites", row, "opex_usd_per_kw_year", value)
    return sheets


def otherwise(sheets: Sheets) -> Sheets:
    for (sheet, name), (unit, factor) in OTHERWISE.items():
        at = column(sheets, sheet, name)
        put(sheets, sheet, UNITS, name, unit)
        for row in sheets[sheet][2:]:
            if row[at] is not None:
                # Twelve figures, as a spreadsheet shows them.
                row[at] = float(f"{row[at] * factor:.12g}")
    return sheets


def programme_of(folder: Path) -> Arrays:
    inputs = read(folder)
    return expand(compute_lp.build(dataclasses.replace(inputs, derived=compute_rates.for_programme(inputs.tables))))


def test_the_same_workbook_in_other_units_is_the_same_programme(tmp_path: Path) -> None:
    one, other = (
        programme_of(to_csv(workbook(), tmp_path / "one")),
        programme_of(to_csv(otherwise(workbook()), tmp_path / "other")),
    )
    assert [*one.columns] == [*other.columns] and [*one.rows] == [*other.rows]
    assert (one.matrix.indices == other.matrix.indices).all() and (one.matrix.indptr == other.matrix.indptr).all()
    np.testing.assert_allclose(other.matrix.data, one.matrix.data, rtol=1e-10)
    for name in ("cost", "row_lower", "row_upper", "lower", "upper"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-10, err_msg=name)
    assert other.offset == one.offset and (other.whole == one.whole).all()


def test_a_unit_that_is_only_written_and_not_meant_changes_the_programme(tmp_path: Path) -> None:
    """The comparison can fail: 80 kW at mumbai are no 80 MW."""
    sheets = workbook()
    put(sheets, "sites", UNITS, "max_it_mw", "kW")
    one, other = programme_of(to_csv(workbook(), tmp_path / "one")), programme_of(to_csv(sheets, tmp_path / "other"))
    assert not np.allclose(other.matrix.data, one.matrix.data)
