"""Faults of sheets, columns, headers and unit rows."""

from __future__ import annotations

from typing import Any

from tests.faults.shipped import FIRST, HEADER_AT, NAME, UNITS_AT, Fault, Shipped, Spot, put

XLSX, CSV = ("xlsx",), ("csv",)


def renamed(sheet: str, name: str, right: str, **how: Any) -> Fault:
    def inject(book: Shipped) -> Spot:
        book.renamed[sheet] = name
        return Spot(sheet)

    return Fault(inject, "an unknown sheet", right, cascade=True, **how)


def copied(book: Shipped) -> Spot:
    book.added["sites (2)"] = book.rows["sites"]
    book.rows["sites (2)"] = book.rows["sites"]
    return Spot("sites (2)")


def without(sheet: str) -> Fault:
    def inject(book: Shipped) -> str:
        book.removed.add(sheet)
        return sheet

    return Fault(inject, f"the sheet {sheet} is missing", "each row is", cascade=True)


def emptied(book: Shipped) -> Spot:
    book.touched.add("demand")
    del book.rows["demand"][FIRST:]
    return Spot("demand", HEADER_AT, None)


def headless(book: Shipped) -> Spot:
    book.touched.add("sites")
    book.rows["sites"][HEADER_AT] = ["place", "land"]
    return Spot("sites")


def twice(book: Shipped) -> Spot:
    book.touched.add("sites")
    at = book.column("sites", "pue")
    for row in book.rows["sites"][2:]:
        row.append(row[at])
    return Spot("sites", HEADER_AT, len(book.rows["sites"][HEADER_AT]) - 1)


def absent(book: Shipped) -> Spot:
    book.drop("sites", "pue")
    return Spot("sites", HEADER_AT)


def stray(book: Shipped) -> Spot:
    book.touched.add("sites")
    book.rows["sites"][FIRST].append(1.5)
    return Spot("sites", FIRST, len(book.rows["sites"][FIRST]) - 1)


def merged(cells: str, **what: Any) -> Fault:
    def inject(book: Shipped) -> str:
        book.touched.add("sites")
        book.merged["sites"] = cells
        return f"sites!{cells}"

    return Fault(inject, what["says"], "unmerge", XLSX, cascade=True)


def hidden_header(book: Shipped) -> Spot:
    book.touched.add("sites")
    book.hidden_rows["sites"] = HEADER_AT
    return Spot("sites", HEADER_AT)


def hidden_column(book: Shipped) -> Spot:
    book.touched.add("sites")
    book.hidden_columns["sites"] = book.column("sites", "max_it_mw")
    return Spot("sites", HEADER_AT, book.hidden_columns["sites"])


def hidden_row(book: Shipped) -> Spot:
    book.touched.add("sites")
    book.hidden_rows["sites"] = FIRST
    return Spot("sites", FIRST)


def hidden_sheet(book: Shipped) -> Spot:
    book.hidden.add("sites")
    return Spot("sites")


def header_sorted_into_the_data(book: Shipped) -> Spot:
    """All rows below the title were sorted, and the header went with them."""
    book.touched.add("fleet")
    rows = book.rows["fleet"]
    rows.insert(HEADER_AT + 2, rows.pop(HEADER_AT))
    return Spot("fleet", HEADER_AT)


def pasted_with_its_header(book: Shipped) -> Spot:
    """Another table pasted below, field names and all."""
    book.touched.add("fleet")
    rows = book.rows["fleet"]
    rows.append(list(rows[HEADER_AT]))
    return Spot("fleet", len(rows) - 1)


def pasted_with_its_units(book: Shipped) -> Spot:
    book.touched.add("fleet")
    rows = book.rows["fleet"]
    rows.append(list(rows[UNITS_AT]))
    return Spot("fleet", len(rows) - 1)


def units_shifted(book: Shipped) -> Spot:
    """A cell of the unit row was deleted, and those to its right moved up."""
    book.touched.add("sites")
    at = book.column("sites", "build_months") - 1
    book.rows["sites"][UNITS_AT] = [*book.rows["sites"][UNITS_AT][: at + 1], *book.rows["sites"][UNITS_AT][at + 2 :]]
    return Spot("sites", UNITS_AT, book.column("sites", "build_months_high"))


def row_shifted(book: Shipped) -> Spot:
    """A cell was deleted, and those to its right moved left."""
    book.touched.add("sites")
    at = book.column("sites", "country")
    del book.rows["sites"][FIRST][at]
    return Spot("sites", FIRST, at)


def sentence_below(book: Shipped) -> Spot:
    """A remark typed under the table."""
    book.touched.add("sites")
    rows = book.rows["sites"]
    rows += [[], ["Prices as of October; ask the operator again."]]
    return Spot("sites", len(rows) - 1, 0)


def total_below(book: Shipped) -> Spot:
    row = book.append("budgets", layer="Total")
    return Spot("budgets", row, 0)


def sum_below(book: Shipped) -> Spot:
    """A sum under a column, and no name before it."""
    book.touched.add("fleet")
    rows = book.rows["fleet"]
    rows.append([None] * len(rows[HEADER_AT]))
    return book.put("fleet", len(rows) - 1, "units", 16000)


SHEETS = {
    "sheet misspelt": renamed("sites", "site", "'sites'"),
    "sheet in capitals": renamed("sites", "SITES", "'sites'"),
    "sheet with a blank behind its name": renamed("sites", "sites ", "'sites'"),
    "sheet by its title": renamed("grid_offers", "Grid offers", "'grid_offers'"),
    "optional sheet misspelt": renamed("clouds", "cloud", "'clouds'"),
    "sheet copied": Fault(copied, "an unknown sheet", "sites"),
    "sheet deleted": without("demand"),
    "sheet deleted that others refer to": without("countries"),
    "sheet without rows": Fault(emptied, "has no rows", "each row is", cascade=True),
    "sheet without field names": Fault(headless, "no row holds the field names", "site, country", cascade=True),
    "hidden sheet": Fault(hidden_sheet, "hidden sheet is read", "unhide", XLSX, "warning"),
    "hidden row": Fault(hidden_row, "1 hidden row", "unhide", XLSX, "warning"),
    "hidden header": Fault(hidden_header, "the header is hidden", "unhide", XLSX),
    "hidden column": Fault(hidden_column, "the header of max_it_mw is hidden", "unhide", XLSX),
    "merged header": merged(f"B{HEADER_AT + 1}:C{HEADER_AT + 1}", says="the header is merged"),
    "merged data": merged(f"B{FIRST + 1}:B{FIRST + 2}", says="merged cells among the data"),
    "header sorted into the data": Fault(
        header_sorted_into_the_data, "data above the field names", "below", XLSX, cascade=True
    ),
    "header pasted again below": Fault(pasted_with_its_header, "field names stand here again", "delete"),
    "unit row pasted again below": Fault(pasted_with_its_units, "second unit row", "delete"),
    "remark under the table": Fault(sentence_below, "nothing but this", "#"),
    "total under the table": Fault(total_below, "no layer of that name", "'total'"),
    "sum under a column": Fault(sum_below, "nothing but this", "#", cascade=True),
    "units moved by a column": Fault(units_shifted, "another kind", "months", cascade=True),
    "cells moved by a column": Fault(row_shifted, "no such country", cascade=True),
}

COLUMNS = {
    "column misspelt": put("sites", "pue", "peu", "unknown column", "'pue'", row=NAME),
    "column in capitals": put("sites", "pue", "PUE", "unknown column", "'pue'", row=NAME),
    "column by its label": put("sites", "max_it_mw", "Max IT MW", "unknown column", "'max_it_mw'", row=NAME),
    "column in another unit": put("sites", "max_it_mw", "max_it_kw", "unknown column", "'max_it_mw'", row=NAME),
    "column with a look-alike letter": put("sites", "pue", "pu\u0435", "unknown column", "'pue'", row=NAME),
    "optional column misspelt": put("sites", "fixed_musd", "fixed_mUSD", "unknown column", "'fixed_musd'", row=NAME),
    "estimate of no column": put("sites", "pue_peak_low", "pue_pk_low", "unknown column", "'pue_peak_low'", row=NAME),
    "formula error for a field name": put(
        "sites", "pue", "#REF!", "formula error", "field name", row=NAME, cascade=True
    ),
    "field name deleted": Fault(
        lambda book: (
            book.put("sites", HEADER_AT, "water_l_per_kwh", None)
            and Spot("sites", FIRST, [*book.rows["sites"][HEADER_AT]].index(None))
        ),
        "column without a name",
        "field name",
    ),
    "column that stands twice": Fault(twice, "a column that stands twice", "keep"),
    "column deleted": Fault(absent, "the column pue is missing", "add it"),
    "value under no field name": Fault(stray, "column without a name"),
}

LAYOUT = SHEETS | COLUMNS
