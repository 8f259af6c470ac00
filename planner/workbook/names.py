"""What someone probably meant by a name that doesn't exist."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.workbook.sheets import Sheet

MOST_LISTED = 8
"""Longest list of existing names that still fits into a sentence."""

COUNTRY_NAMES: tuple[tuple[str, ...], ...] = (
    ("AE", "ARE", "UAE", "United Arab Emirates", "Emirates"),
    ("AR", "ARG", "Argentina"),
    ("AT", "AUT", "Austria"),
    ("AU", "AUS", "Australia"),
    ("BE", "BEL", "Belgium"),
    ("BR", "BRA", "Brazil", "Brasil"),
    ("CA", "CAN", "Canada"),
    ("CH", "CHE", "Switzerland"),
    ("CL", "CHL", "Chile"),
    ("CN", "CHN", "PRC", "China"),
    ("CZ", "CZE", "Czechia", "Czech Republic"),
    ("DE", "DEU", "GER", "Germany", "Deutschland"),
    ("DK", "DNK", "Denmark"),
    ("EE", "EST", "Estonia"),
    ("EG", "EGY", "Egypt"),
    ("ES", "ESP", "Spain"),
    ("FI", "FIN", "Finland"),
    ("FR", "FRA", "France"),
    ("GB", "UK", "GBR", "United Kingdom", "Great Britain", "Britain", "England"),
    ("GR", "GRC", "EL", "Greece"),
    ("HK", "HKG", "Hong Kong"),
    ("ID", "IDN", "Indonesia"),
    ("IE", "IRL", "Ireland"),
    ("IL", "ISR", "Israel"),
    ("IN", "IND", "India", "Bharat"),
    ("IS", "ISL", "Iceland"),
    ("IT", "ITA", "Italy"),
    ("JP", "JPN", "Japan"),
    ("KE", "KEN", "Kenya"),
    ("KR", "KOR", "ROK", "South Korea", "Korea", "Republic of Korea"),
    ("KZ", "KAZ", "Kazakhstan"),
    ("LU", "LUX", "Luxembourg"),
    ("MX", "MEX", "Mexico"),
    ("MY", "MYS", "Malaysia"),
    ("NG", "NGA", "Nigeria"),
    ("NL", "NLD", "Netherlands", "Holland", "The Netherlands"),
    ("NO", "NOR", "Norway"),
    ("NZ", "NZL", "New Zealand"),
    ("PH", "PHL", "Philippines"),
    ("PK", "PAK", "Pakistan"),
    ("PL", "POL", "Poland"),
    ("PT", "PRT", "Portugal"),
    ("QA", "QAT", "Qatar"),
    ("RU", "RUS", "Russia", "Russian Federation"),
    ("SA", "SAU", "KSA", "Saudi Arabia"),
    ("SE", "SWE", "Sweden"),
    ("SG", "SGP", "Singapore"),
    ("TH", "THA", "Thailand"),
    ("TR", "TUR", "Turkey", "Türkiye"),
    ("TW", "TWN", "Taiwan"),
    ("UA", "UKR", "Ukraine"),
    ("US", "USA", "United States", "United States of America", "America"),
    ("VN", "VNM", "Vietnam", "Viet Nam"),
    ("ZA", "ZAF", "RSA", "South Africa"),
)  # ISO 3166-1 alpha-2 first, then alpha-3 and usual names

_COUNTRY_GROUP = {name.casefold(): group for group in COUNTRY_NAMES for name in group}


def nearest(name: str, existing: Collection[str], cutoff: float = 0.6) -> str | None:
    """The existing name that was probably meant: another name of the same country, the same but for case, the
    most alike by difflib; None where nothing is alike.

    Country names come first because difflib offers US for UK.
    """
    same_country = _COUNTRY_GROUP.get(name.casefold(), ())
    for alias in same_country:
        if alias in existing:
            return alias
    folded = {candidate.casefold(): candidate for candidate in existing}
    if name.casefold() in folded:
        return folded[name.casefold()]
    if same_country and len(name) <= 3:
        return None
    alike = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=cutoff)
    return folded[alike[0]] if alike else None


def look_alikes(name: str) -> str:
    """Letters of another alphabet in a name that has Latin ones, by their Unicode names; "" where there are none."""
    scripts = {c: unicodedata.name(c, "").split()[0] for c in name if c.isalpha()}
    if "LATIN" not in scripts.values():
        return ""
    return ", ".join(
        unicodedata.name(c) for c, script in scripts.items() if script in ("CYRILLIC", "GREEK", "ARMENIAN")
    )


def homes(field: str, sheets: Mapping[str, Sheet]) -> str:
    """A sentence with the fields of that name that other sheets have; "" where none has one."""
    found = [f"{name}.{field}" for name, sheet in sheets.items() if field in (sheet.settings or sheet.declared)]
    return f"did you mean {' or '.join(found)}?" if 0 < len(found) <= MOST_LISTED else ""


def suggestion(name: str, existing: Collection[str]) -> str:
    """A sentence with the nearest existing name, or with all of them where they are few; "" where there is none."""
    meant = nearest(name, existing)
    if meant is not None:
        foreign = look_alikes(name)
        return f"did you mean {meant!r}?" + (f" It holds {foreign}" if foreign else "")
    if 0 < len(existing) <= MOST_LISTED:
        return "one of " + ", ".join(existing)
    return ""
