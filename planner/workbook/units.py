"""Units at the edge of the workbook: a unit that someone wrote, and the factor to the one a column is in.

The registry holds nothing but what planners of compute write; a name it lacks is an error, not a guess. Everything
after the first slash divides, so `USD/kW year`, `USD/kW/year` and `USD/(kW·year)` are the same unit. A year has
8,760 hours, as in the programme's calendar.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from planner.review.follow_on import NO_RATE

DEFINITIONS = """
USD = [money]
kUSD = 1e3 * USD
MUSD = 1e6 * USD
BUSD = 1e9 * USD
hour = [time] = h
minute = hour / 60
second = hour / 3600 = s
day = 24 * hour = d
week = 7 * day
year = 8760 * hour = yr
month = year / 12
quarter = year / 4
W = [power]
kW = 1e3 * W
MW = 1e6 * W
GW = 1e9 * W
TW = 1e12 * W
Wh = W * hour
kWh = kW * hour
MWh = MW * hour
GWh = GW * hour
TWh = TW * hour
J = W * second
MJ = 1e6 * J
GJ = 1e9 * J
MMBTU = 1055.05585262e6 * J
accelerator = [accelerator]
token = [token]
FLOP = [operation]
TPP = [processing_performance]
H100e = [h100_equivalent]
run = [run]
g = [mass]
kg = 1e3 * g
tonne = 1e6 * g
kt = 1e9 * g
Mt = 1e12 * g
L = [volume]
ML = 1e6 * L
GL = 1e9 * L
m3 = 1e3 * L
mm = [length]
cm = 10 * mm
byte = [information]
kB = 1e3 * byte
MB = 1e6 * byte
GB = 1e9 * byte
TB = 1e12 * byte
bit = byte / 8
Gbit = 1e9 * bit
degree = [angle]
percent = 0.01
thousand = 1e3
million = 1e6
billion = 1e9
trillion = 1e12
lakh = 1e5
crore = 1e7
"""

_PREFIXES = {"k": 1e3, "M": 1e6, "G": 1e9, "B": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21, "Y": 1e24}
_PREFIXED = {"token": "kMGBT", "FLOP": "MGTPEZY", "TPP": "kM", "accelerator": "k"}
"""Units that take decimal prefixes, and which; elsewhere a prefix is part of the name, so that `mUSD` isn't a unit."""

ALIASES = {
    "$": "USD", "US$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "k$": "kUSD", "M$": "MUSD", "m$": "MUSD",
    "mUSD": "MUSD", "bn$": "BUSD", "€": "EUR", "£": "GBP", "₹": "INR", "¥": "JPY", "Rs": "INR",
    "hours": "hour", "hr": "hour", "hrs": "hour", "min": "minute", "minutes": "minute", "sec": "second",
    "seconds": "second", "days": "day", "weeks": "week", "months": "month", "mo": "month",
    "years": "year", "yrs": "year",
    "a": "year", "y": "year", "annum": "year", "quarters": "quarter",
    "watt": "W", "watts": "W", "kilowatt": "kW", "megawatt": "MW", "MMBtu": "MMBTU", "mmbtu": "MMBTU",
    "unit": "accelerator", "units": "accelerator", "accelerators": "accelerator", "GPU": "accelerator",
    "GPUs": "accelerator", "chip": "accelerator", "chips": "accelerator", "kacc": "kaccelerator",
    "kunits": "kaccelerator", "kunit": "kaccelerator", "kaccelerators": "kaccelerator",
    "tokens": "token", "tok": "token", "Mtok": "Mtoken", "Mtokens": "Mtoken", "Ttokens": "Ttoken", "Btokens": "Btoken",
    "ktokens": "ktoken", "T": "Ttoken", "OP": "FLOP", "TOP": "TFLOP", "FLOPs": "FLOP", "runs": "run",
    "TFLOPS": "TFLOP/second", "PFLOPS": "PFLOP/second", "TOPS": "TFLOP/second", "parameter": "", "parameters": "",
    "Bparameters": "billion", "Mparameters": "million", "Tparameters": "trillion",
    "grams": "g", "t": "tonne", "tonnes": "tonne", "ktonne": "kt", "l": "L", "litre": "L", "litres": "L", "liter": "L",
    "liters": "L", "Ml": "ML", "m³": "m3", "B": "byte", "bytes": "byte", "Gb": "Gbit", "°": "degree", "deg": "degree",
    "degrees": "degree", "%": "percent", "pct": "percent", "bn": "billion", "mn": "million", "tn": "trillion",
    "share": "", "ratio": "", "fraction": "", "1": "", "-": "", "–": "", "index": "",
    "CO2": "", "CO2e": "", "CO₂": "", "CO₂e": "", "kgCO2": "kg", "kgCO2e": "kg", "gCO2": "g", "gCO2e": "g",
    "tCO2": "tonne", "ktCO2": "kt",
}  # fmt: skip

CURRENCY_CODE = re.compile(r"[A-Z]{3}")
_MONEY_PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6}
_POWER_OF_TEN = re.compile(r"10*(e\d+)?", re.ASCII)
_NAME = re.compile(r"[A-Za-z]\w*(/[A-Za-z]\w*)?", re.ASCII)
_TOKEN = re.compile(
    r"\s*(?:(?P<slash>/|\bper\b)|(?P<join>[·*()×]|(?<=\w)-(?=\w))|(?P<word>[^\s/·*()×^-]+)(?:\^(?P<power>[1-9]))?|(?P<dash>-))"
)
_SUPERSCRIPT = str.maketrans({"²": "^2", "³": "^3"})
_LOOSE_PREFIX = re.compile(r"\b([kMGBTPEZ])\s+(?=(?:tokens?|FLOPs?|TPP|units?|accelerators?|parameters?|USD)\b)")
_DIGIT_PREFIX = re.compile(r"\b1\s*([kMGBT])\s*(?=tokens?\b)")
_CURRENCY = re.compile(
    r"[kM]?(EUR|GBP|INR|JPY|CNY|CHF|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|AED|SAR|QAR|KWD|KRW|TWD|SGD|HKD|AUD|CAD|NZD|BRL"
    r"|MXN|CLP|ARS|ZAR|NGN|KES|EGP|MAD|TRY|ILS|UAH|RUB|KZT|PKR|BDT|LKR|MYR|THB|IDR|VND|PHP)"
)
SIGNIFICANT = ".14g"
"""Factors are products of rounded decimals; beyond this many digits is noise."""


class UnitFault(ValueError):
    """A unit that can't be used, and what could be written instead."""

    def __init__(self, message: str, right: str = ""):
        super().__init__(message)
        self.right = right


class Units:
    """Factors between units, money at the given rates (USD per unit of a currency)."""

    def __init__(self, usd_per_currency: Mapping[str, float] | None = None):
        rates = (usd_per_currency or {}).items()
        self._rates = {code: usd for code, usd in rates if CURRENCY_CODE.fullmatch(code) and usd > 0 and code != "USD"}
        self._factors: dict[tuple[str, str], float] = {}

    @cached_property
    def _registry(self) -> Any:
        import pint  # here, because most workbooks state the contract's own units and loading takes 0.3 s

        registry: Any = pint.UnitRegistry(None)
        lines = [line for line in DEFINITIONS.splitlines() if line]
        for unit, prefixes in _PREFIXED.items():
            lines += [f"{prefix}{unit} = {_PREFIXES[prefix]!r} * {unit}" for prefix in prefixes]
        for currency, usd in self._rates.items():
            lines += [f"{prefix}{currency} = {usd * size!r} * USD" for prefix, size in _MONEY_PREFIXES.items()]
        registry.load_definitions(lines)
        return registry

    def factor(self, written: str, wanted: str) -> float:
        """What a value in the unit `written` is multiplied by to be in the unit `wanted`.

        Raises UnitFault where `written` is unknown or another kind of unit.
        """
        written = written.strip()
        if written == wanted:
            return 1.0
        if (written, wanted) not in self._factors:
            self._factors[written, wanted] = self._compare(written, wanted)
        return self._factors[written, wanted]

    def _compare(self, written: str, wanted: str) -> float:
        if not wanted:
            raise UnitFault("this column has no unit of its own", "leave its unit blank")
        have, want = self.quantity(written), self.quantity(wanted)
        if have.dimensionality != want.dimensionality:
            raise UnitFault(f"a unit of another kind than {wanted}", f"{wanted}, or another unit of the same kind")
        return float(format((have / want).to_base_units().magnitude, SIGNIFICANT))

    def quantity(self, text: str) -> Any:
        """The pint quantity that one of a unit is. Raises UnitFault for a name that isn't known."""
        joined = _DIGIT_PREFIX.sub(r"\1", _LOOSE_PREFIX.sub(r"\1", text.translate(_SUPERSCRIPT)))
        product, below = self._registry.Quantity(1.0), False
        position = 0
        while position < len(joined.rstrip()):
            found = _TOKEN.match(joined, position)
            if found is None:
                raise UnitFault("a unit that can't be read")
            position = found.end()
            if found["slash"]:
                below = True
            elif found["word"] or found["dash"]:
                one = self._word(found["word"] or found["dash"]) ** int(found["power"] or 1)
                product = product / one if below else product * one
        return product

    def _word(self, word: str) -> Any:
        name = ALIASES.get(word, word)
        if not name:
            return self._registry.Quantity(1.0)
        if _POWER_OF_TEN.fullmatch(name):  # another number is a value that slipped into the unit row
            return self._registry.Quantity(float(name))
        if name in ("mm2", "cm2"):
            return self._registry.Quantity(1.0, name[:2]) ** 2
        if not _NAME.fullmatch(name):
            raise UnitFault("an unknown unit")
        above, _, below = name.partition("/")
        if all(part in self._registry for part in filter(None, (above, below))):
            one = self._registry.Quantity(1.0, above)
            return one / self._registry.Quantity(1.0, below) if below else one
        currency = _CURRENCY.fullmatch(name)
        if currency:
            right = "give its worth in USD in the sheet currencies, or state USD"
            raise UnitFault(f"{NO_RATE} {currency[1]}", right)
        raise UnitFault("an unknown unit")


def convert(values: Any, factor: float) -> Any:
    """Values times the factor, by a division where that is exact (kW to MW is a division by 1,000)."""
    inverse = round(1 / factor)
    if factor < 1 and abs(inverse * factor - 1) < 1e-15:
        return values / inverse
    return values * factor
