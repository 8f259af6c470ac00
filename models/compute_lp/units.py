"""Units: the factors that take workbook units to programme units, and the programme units as Pyomo knows them.

Inside the programme: money MUSD, power MW, energy GWh, accelerators in thousands (kacc), accelerator time in million
accelerator-hours (Mh), work ZFLOP (1e21 operations), tokens Ttoken (1e12), control quantity MTPP, carbon kt, water ML,
time years (yr).
A factor reads as its unit: `usd_per_kw * USD_PER_KW` is in MUSD per MW.
"""

from __future__ import annotations

MONTHS = 1 / 12
"""years"""
UNITS = 1e-3
"""thousand accelerators"""
W_PER_KW = 1000
USD_PER_W = 1.0
"""MUSD per MW"""
USD_PER_KW = 1e-3
"""MUSD per MW"""
USD_PER_MWH = 1e-3
"""MUSD per GWh"""
USD_PER_UNIT = 1e-3
"""MUSD per thousand accelerators"""
USD_PER_HOUR = 1.0
"""MUSD per million accelerator-hours"""
USD_PER_MTOKEN = 1.0
"""MUSD per T tokens"""
KG_PER_MWH = 1e-3
"""kt per GWh"""
L_PER_KWH = 1.0
"""ML per GWh"""
TPP = 1e-3
"""MTPP per thousand accelerators"""
MWH = 1e-3
"""GWh"""
HOURS_PER_YEAR = 8760
MH_PER_K_YEAR = HOURS_PER_YEAR * 1e-3
"""million accelerator-hours that a thousand accelerators have in a year"""
SECONDS_PER_HOUR = 3600
EFLOP_S_YEAR = HOURS_PER_YEAR * SECONDS_PER_HOUR * 1e-3
"""ZFLOP that a cluster of 1 EFLOP/s works off in a year"""
GWH_PER_MW_YEAR = HOURS_PER_YEAR * MWH
"""GWh that a MW gives in a year"""

PROGRAMME_UNITS = {
    "MUSD": "[programme_money]",
    "MW": "1e6 * watt",
    "MWh": "1e6 * watt * hour",
    "GWh": "1e9 * watt * hour",
    "kacc": "[programme_accelerators]",
    "Mh": "1e3 * programme_kacc * hour",
    "ZFLOP": "[programme_work]",
    "Ttoken": "[programme_tokens]",
    "MTPP": "[programme_control]",
    "kt": "[programme_carbon]",
    "ML": "[programme_water]",
    "yr": "8760 * hour",
    "h": "hour",
}
"""Units that may stand at the head of a `doc`, joined by * / **; each as pint defines it, prefixed by `programme_`.

MWh, GWh, Mh and yr follow from MW, kacc and h, so that 1 GWh = 1000 MW*h and 1 kacc*yr = 8.76 Mh are checked too."""


def unit_of(doc: str) -> str:
    """The unit at the head of a `doc`: "MUSD/MW" of "[MUSD/MW] price of a connection"; ValueError without one."""
    head, bracket, _ = doc.partition("]")
    if not head.startswith("[") or not bracket:
        raise ValueError(f"the doc {doc!r} bears no unit; '[MW] meaning' is right, '[1] meaning' for a plain number")
    return head[1:].strip()
