"""Faults of single cells: numbers, names, dates, units, formulas and settings."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from tests.faults.shipped import FIRST, HEADER_AT, UNIT, Fault, Formula, Shipped, Spot, put, setting

XLSX, CSV = ("xlsx",), ("csv",)
NBSP, NARROW = "\u00a0", "\u202f"


def number(value: Any, says: str, right: str = "", **how: Any) -> Fault:
    """Where a site's largest power stands."""
    return put("sites", "max_it_mw", value, says, right, **how)


def price_moved(book: Shipped) -> Spot:
    """No estimates beside it tell that it is wrong."""
    return book.put("clouds", FIRST, "usd_per_hour", 137)


def low_above_high(book: Shipped) -> Spot:
    book.put("grid_offers", FIRST, "mw_low", 9000)
    return Spot("grid_offers", FIRST, book.column("grid_offers", "mw"))


def low_alone(book: Shipped) -> Spot:
    book.drop("sites", "pue_peak_high")
    book.put("sites", FIRST, "pue_peak_low", 3.9)
    return Spot("sites", FIRST, book.column("sites", "pue_peak"))


def point(sheet: str, name: str, factor: float, says: str, right: str = "point") -> Fault:
    """A point moved by one place, with no estimates beside it to contradict it."""

    def inject(book: Shipped) -> Spot:
        for estimate in (f"{name}_low", f"{name}_high"):
            if estimate in book.rows[sheet][HEADER_AT]:
                book.drop(sheet, estimate)
        return book.put(sheet, FIRST, name, factor * book.get(sheet, FIRST, name))

    return Fault(inject, says, right, severity="warning")


OF_PEERS, UNUSUAL = "the median of its peers", "an unusual figure"
NUMBERS = {
    "text number, English": number("1,200", "stored as text", "1200"),
    "text number, German": number("1.200,5", "stored as text", "1200.5"),
    "text number, French": number(f"1{NARROW}200,5", "stored as text", "1200.5"),
    "text number, Swiss": number("1'200", "stored as text", "1200"),
    "text number, Indian": number("1,20,000", "with separators", "120000"),
    "decimal comma": put("sites", "pue", "1,4", "decimal comma", "1.4"),
    "number stored as text": number("120", "stored as text", "120", formats=XLSX),
    "number behind an apostrophe": number("'120", "stored as text", "120"),
    "number with an unbreakable space": number(f"120{NBSP}", "stored as text", "120", formats=XLSX),
    "number with its unit": number("120 MW", "text behind", "120"),
    "number with a currency sign": put("accelerators", "price_usd", "$25,000", "currency", "25000"),
    "number with a currency code": put("accelerators", "price_usd", "USD 25000", "currency", "25000"),
    "number in brackets": put("energy_prices", "usd_per_mwh", "(5)", "brackets", "-5"),
    "number with a typographic minus": put("energy_prices", "usd_per_mwh", "−5", "typographic minus", "-5"),
    "approximate number": number("~120", "about a number", "120"),
    "open-ended number": number(">120", "about a number", "120"),
    "range for a number": number("100-120", "a range", "_low"),
    "letter O for zero": number("12O", "a letter stands for a digit", "120"),
    "letter l for one": number("l20", "a letter stands for a digit", "120"),
    "full-width digits": number("１２０", "digits of another script", "120"),
    "Arabic digits": number("١٢٠", "digits of another script", "120"),
    "two points in a number": number("1.2.3", "text where a number belongs"),
    "two numbers in a cell": number("80; 90", "text", "number"),
    "words for a number": number("plenty", "text where a number belongs", "MW"),
    "number spelt out": number("hundred", "text where a number belongs", "MW"),
    "placeholder for a number": number("TBC", "placeholder", "MW"),
    "n/a for a number": put("sites", "fixed_musd", "n/a", "placeholder", "blank"),
    "dash for a number": put("sites", "fixed_musd", "–", "placeholder", "blank"),
    "not a number": number("nan", "placeholder"),
    "infinite number": number("inf", "text where a number belongs"),
    "number too large": number("1e999", "too large", formats=CSV),
    "truth value for a number": put("sites", "pue", True, "truth value", formats=XLSX),
    "yes for a number": number("yes", "text where a number belongs", "MW"),
    "date for a number": put("sites", "pue", datetime.date(2027, 1, 4), "date", "number", formats=XLSX),
    "fraction for a number": put("sites", "pue", "1/2", "text", "number"),
    "underscore in a number": number("1_200", "text", formats=CSV),
    "negative lead": put("grid_offers", "lead_months", -6, "out of range", "0"),
    "negative power": number(-5, "out of range", "at least 0"),
    "zero where something must be": put("grid_offers", "mw", 0, "out of range", "above 0"),
    "beyond its range": put("sites", "pue", 14, "out of range", "at most 3"),
    "not whole": put("grid_offers", "stage", 1.5, "not a whole number"),
    "blank without a default": put("sites", "pue", None, "blank without a default", "1 to 3"),
    "percentage as text": put("grid_offers", "firm_share", "90 %", "percentage", "0.9"),
    "percentage for a share": put("grid_offers", "firm_share", 90, "percentage", "0.9"),
    "percentage for a yearly rate": put("countries", "grid_co2_change_per_year", -3, "percentage", "-0.03"),
    "percentage for a limit": put("policies", "value", 70, "is a share", "between 0 and 1"),
    "price with its point moved": Fault(price_moved, "times the median of its peers", "point", severity="warning"),
    "price outside its estimates": put("accelerators", "price_usd", 232380, "out of order", severity="warning"),
    "price of a hall ten times off": point("sites", "fitout_usd_per_w", 10, OF_PEERS),
    "months ten times off": point("sites", "build_months", 10, OF_PEERS),
    "life ten times off": point("sites", "hall_life_years", 10, OF_PEERS),
    "memory ten times off": point("accelerators", "memory_gb", 0.1, OF_PEERS),
    "power draw ten times off": point("accelerators", "tdp_w", 0.1, OF_PEERS),
    "delivery ten times off": point("accelerators", "lead_months", 10, UNUSUAL, "1 to 48 months"),
    "rent ten times off": point("clouds", "usd_per_hour", 0.1, OF_PEERS),
    "0.09 for 0.9": put("accelerators", "availability", 0.09, UNUSUAL, "0.7 to 1", severity="warning"),
    "0.09 for 0.9 of a connection": put("grid_offers", "firm_share", 0.09, UNUSUAL, "0.3 to 1", severity="warning"),
    "utilisation ten times off": put("models", "mfu", 0.023, UNUSUAL, "0.05 to 0.7", severity="warning"),
    "all work of a programme ten times off": put("models", "overhead", 25, UNUSUAL, "1 to 10", severity="warning"),
    "low above high": Fault(low_above_high, "out of order", severity="warning"),
    "low estimate above the value, without a high one": Fault(low_alone, "out of order", severity="warning"),
}


def share_in_percent(book: Shipped) -> Spot:
    """The unit row says %, and shares were left as they stood."""
    book.put("workloads", 3, "deferrable_share", "%")
    return book.put("workloads", FIRST, "deferrable_share", book.get("workloads", FIRST, "deferrable_share"))


def kilowatts(book: Shipped) -> Spot:
    """A site's power typed in kW, with no estimates beside it to contradict it."""
    for name in ("max_it_mw_low", "max_it_mw_high"):
        book.drop("sites", name)
    return book.put("sites", FIRST, "max_it_mw", 150_000)


UNITS = {
    "unknown unit": put("sites", "max_it_mw", "MWx", "unknown unit", "MW", row=UNIT),
    "unit of another kind": put("sites", "max_it_mw", "MWh", "another kind", "MW", row=UNIT),
    "unit of no column of numbers": put("sites", "pue", "MW", "another kind", "ratio", row=UNIT),
    "formula error for a unit": put("sites", "max_it_mw", "#REF!", "formula error", row=UNIT),
    "currency without a rate": put(
        "energy_prices", "usd_per_mwh", "EUR/MWh", "no rate is known for EUR", "currencies", row=UNIT
    ),
    "number for a unit": put("sites", "pue", 1.4, "unknown unit", "ratio", row=UNIT),
    "share left where the unit row says %": Fault(
        share_in_percent, "in a column in %", "share in the unit row", severity="warning"
    ),
    "kW typed where MW belongs": Fault(kilowatts, "times the median of its peers", "unit", severity="warning"),
    "GB/s where TB/s belong": put("accelerators", "bandwidth_tb_s", 3350, UNUSUAL, "not GB/s", severity="warning"),
    "kW where W belong": put("accelerators", "tdp_w", 0.7, OF_PEERS, "unit", severity="warning"),
    "currency the other way round": put("currencies", "usd", 83.4, UNUSUAL, "USD for a unit", severity="warning"),
    "currency that is no code": put("currencies", "currency", "Rupee", "ISO 4217", "EUR"),
    "dollar that is worth something else": Fault(
        lambda book: book.put("currencies", book.append("currencies", currency="USD"), "usd", 1.1),
        "a dollar is worth one",
        "1",
    ),
}


def reference(sheet: str, name: str, change: Callable[[str], str], says: str, right: str = "", **how: Any) -> Fault:
    """A name changed so that it no longer stands where it refers to."""

    def inject(book: Shipped) -> Spot:
        return book.put(sheet, FIRST, name, change(str(book.get(sheet, FIRST, name))))

    return Fault(inject, says, right, **how)


NAMES = {
    "missing key": put("sources", "source", None, "key is missing", row=1),
    "duplicate key": Fault(
        lambda book: (
            book.put("scenarios", book.append("scenarios"), "title", "again")
            and Spot("scenarios", len(book.rows["scenarios"]) - 1, 0)
        ),
        "stands twice",
        "already",
    ),
    "duplicate key of two columns": Fault(
        lambda book: Spot("demand", book.append("demand"), 0), "stands twice", "already"
    ),
    "key that differs in case alone": Fault(
        lambda book: Spot(
            "sources", book.append("sources", source=str(book.get("sources", FIRST, "source")).upper()), 0
        ),
        "only in case",
        severity="warning",
    ),
    "reference to nothing": reference("sites", "zone", lambda _: "XX-99", "no such zone", cascade=True),
    "reference a letter off": reference("fleet", "site", lambda name: f"{name}i", "no such site", "did you mean"),
    "reference in capitals": reference("fleet", "site", str.upper, "no such site", "did you mean"),
    "reference with a look-alike letter": reference(
        "fleet", "site", lambda name: name.replace("a", "\u0430", 1), "no such site", "CYRILLIC"
    ),
    "reference with another dash": reference(
        "sites", "zone", lambda name: name.replace("-", "\u2011"), "no such zone", "did you mean", cascade=True
    ),
    "reference with two spaces": reference("demand", "workload", lambda name: f"{name[:3]}  {name[3:]}", "no such"),
    "two names in a cell": reference("fleet", "site", lambda name: f"{name}, {name}", "no such site"),
    "label instead of a name": reference("fleet", "site", lambda name: f"{name.title()} (IN)", "no such site"),
    "country by its name": put("sites", "country", "India", "no such country", "'IN'"),
    "country by three letters": put("sites", "country", "IND", "no such country", "'IN'"),
    "country that is not in the workbook": put("sites", "country", "ZW", "no such country"),
    "reference left blank": put("sites", "zone", None, "blank without a default", "energy_prices.zone", cascade=True),
    "no such choice": put("countries", "group", "alied", "no group of that name", "'allied'", row=1),
    "choice in capitals": put("countries", "group", "HAVEN", "no group of that name", "'haven'", row=1),
    "neither yes nor no": put("clouds", "trains", "maybe", "neither yes nor no", "yes or no"),
    "placeholder for a name": put("sites", "zone", "TBD", "placeholder", "name", cascade=True),
    "date for a name": put("supply", "period", datetime.date(2027, 1, 1), "date", "text", formats=XLSX),
    "truth value for a name": put("sites", "zone", True, "truth value", formats=XLSX, cascade=True),
    "control character": put("accelerators", "vendor", "NV\x7fIDIA", "control character"),
    "name with a line break": put("accelerators", "vendor", "NVI\nDIA", "line break", "one line"),
    "key with a look-alike letter": put("export_caps", "cap", "validat\u0435d", "two alphabets", severity="warning"),
    "source that is a letter off": put(
        "sites", "source", "atlas-site", "no such source", "'atlas-sites'", severity="warning"
    ),
}

DATES = {
    "date as text, the month first": put("periods", "start", "01/2027", "no date", "2027-01"),
    "date as text, the American way": put("accelerators", "release", "07/15/2022", "no date", "2022-07"),
    "date as text, by points": put("accelerators", "release", "15.07.2022", "no date", "2022-07"),
    "month without a zero": put("periods", "start", "2027-1", "no date", "2027-01"),
    "month by name": put("periods", "start", "Jan 2027", "no date", "2027-01"),
    "quarter": put("accelerators", "release", "2022 Q3", "no date", "2022-07"),
    "thirteenth month": put("accelerators", "release", "2022-13", "doesn't exist", "YYYY-MM"),
    "day that doesn't exist": put("accelerators", "price_date", "2026-02-30", "doesn't exist"),
    "day where a month belongs": put("accelerators", "release", "2022-07-15", "no date", "2022-07"),
    "year alone": put("accelerators", "release", 2022, "", "2022-01"),
    "serial number of a date": put("accelerators", "release", 44743, "number where a date", "2022-07", formats=XLSX),
    "date of another century": put("accelerators", "release", "1022-07", "out of range"),
    "word for a date": put("accelerators", "release", "soon", "no date", "YYYY-MM"),
    "placeholder for a date": put("accelerators", "release", "TBC", "placeholder", "YYYY-MM"),
    "day that is dropped": put(
        "periods", "start", datetime.date(2027, 1, 15), "only the month", "2027-01", formats=XLSX, severity="warning"
    ),
}

FORMULAS = {
    "#REF! in a number": number("#REF!", "formula error", "mend"),
    "#DIV/0! in a number": number("#DIV/0!", "formula error", "mend"),
    "#N/A in a name": put("sites", "zone", "#N/A", "formula error", cascade=True),
    "#NAME? in a key": put("sources", "source", "#NAME?", "formula error"),
    "#VALUE! in a date": put("accelerators", "release", "#VALUE!", "formula error"),
    "an error of LibreOffice": number("Err:502", "formula error"),
    "#REF! in an optional cell": put("sites", "fixed_musd", "#REF!", "formula error"),
    "formula never calculated": number(Formula("=100+50"), "never calculated", "save", formats=XLSX),
    "formula whose stored value may be out of date": Fault(
        lambda book: book.put("sites", FIRST, "max_it_mw", Formula("=100+50", 150.0)) and "plan.xlsx",
        "stored values of formulas may be out of date, as the file asks to be recalculated: sites!",
        "recalculate",
        XLSX,
        "warning",
    ),
    "formula as text": number("=100+50", "text", "", formats=CSV),
    "formula that reads another file": number(
        Formula("=[1]Prices!$B$2", 150.0), "reads another file", "paste", formats=XLSX
    ),
    "formula that would start a programme": number(
        Formula("=cmd|'/C calc'!A0", 150.0), "reads another file", "paste", formats=XLSX
    ),
}

SETTINGS = {
    "unknown setting": Fault(
        lambda book: book.put("programme", book.row("programme", key="discount_rate"), "key", "discount"),
        "unknown setting",
        "'discount_rate'",
    ),
    "setting that stands twice": Fault(
        lambda book: Spot("programme", book.append("programme", key="discount_rate", value=0.07), 0),
        "stands twice",
        "keep one",
    ),
    "setting without a name": Fault(
        lambda book: Spot("programme", book.append("programme", key=None, value=0.07), 0), "key is missing", "delete"
    ),
    "setting left blank": setting("discount_rate", None, "discount_rate is missing", "0 to 1"),
    "choice left blank": setting("grid_delay", None, "grid_delay is missing", "low, central, high"),
    "date left blank": setting("plan_start", None, "plan_start is missing", "YYYY-MM"),
    "words for a setting": setting("discount_rate", "five", "text where a number belongs"),
    "percentage for a setting": setting("discount_rate", 6.5, "percentage", "0.065"),
    "setting ten times off": setting("discount_rate", 0.65, UNUSUAL, "0.01 to 0.15", severity="warning"),
    "gap of a half": setting("gap", 0.5, UNUSUAL, "0.000001 to 0.05", severity="warning"),
    "estimate of a setting that is none": Fault(
        lambda book: book.put("programme", book.row("programme", key="discount_rate"), "value_low", "low"),
        "text where a number belongs",
    ),
    "estimates of a setting out of order": Fault(
        lambda book: (
            book.put("programme", book.row("programme", key="discount_rate"), "value_low", 0.5)
            and Spot("programme", book.row("programme", key="discount_rate"), book.column("programme", "value"))
        ),
        "out of order",
        severity="warning",
    ),
    "setting that is no choice": setting("objective", "cheapest", "no objective of that name", "least_cost"),
    "setting neither yes nor no": setting("residual_values", "perhaps", "neither yes nor no", "yes or no"),
    "home that is no country": setting("home", "XX", "no such country"),
    "home by its name": setting("home", "India", "no such country", "'IN'"),
    "home that is an ally": setting("home", "US", "whose group is", "home"),
    "start after the first period": setting("plan_start", "2028-01", "after the first period", "2027-01"),
    "share of the day that is none": setting("serving_hours", "0.5 0,5", "is no number"),
    "shares of a day that sum past one": setting("serving_hours", " ".join(["0.05"] * 24), "sum to 1", "24 numbers"),
    "shares of 23 hours": setting("serving_hours", " ".join(["0.043478"] * 23), "24 shares", "24 numbers"),
    "whole numbers of nothing": setting("integers", "everything", "what is whole", "sites, stages, runs"),
    "no typical day": setting("representative_days", 0, "out of range", "at least 1"),
    "profile file that isn't there": setting("profile_file", "hours.csv", "no such file", cascade=True),
    "profile file far away": setting(
        "profile_file", "../../hours.csv", "leads away", "beside the workbook", cascade=True
    ),
    "unit of a setting of another kind": Fault(
        lambda book: book.put("programme", book.row("programme", key="time_limit_s"), "unit", "MW"), "another kind", "s"
    ),
}

CELLS = NUMBERS | UNITS | NAMES | DATES | FORMULAS | SETTINGS
