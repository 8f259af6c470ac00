"""The same figures in every format, and names that would be code or formulas held as the text they are."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from planner.report import charts
from planner.report.blocks import Chart, Column, Document, Figure, Heading, Note, Paragraph, Table, shown, texts
from planner.report.to_docx import docx
from planner.report.to_html import html
from planner.report.to_tex import tex
from planner.report.to_text import text
from planner.report.to_typst import source
from planner.report.to_xlsx import HEAD_ROW, xlsx
from planner.wording import counted, money, number, ranged, said_in, several, significant
from tests.planner.report_sample import COLUMNS, FORMULA, LINK, ROWS, SCRIPT, SHOWN, document, figures, table, word

WIDTH = 80


class Cells(HTMLParser):
    """Rows of cells of each table."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.tables[-1][-1][-1] += data


def from_html(page: str) -> list[list[str]]:
    parser = Cells()
    parser.feed(page)
    return [row[:-1] for row in parser.tables[0][1:]]


def from_text(lines: str, title: str) -> list[list[str]]:
    """Cells by the rules under the headings; wrapped cells joined, repeated keys left out of later parts."""
    found: dict[int, list[str]] = {}
    part = lines[lines.index(title) :].split("\n\nRESULTS")[0]
    for count, block in enumerate(re.split(r"\(part \d of \d\)", part)[1:]):
        rows = block.split("\n")
        first = next(i for i, line in enumerate(rows) if re.fullmatch(r"-[- ]+", line))
        spans = [match.span() for match in re.finditer("-+", rows[first])]
        row = -1
        for line in rows[first + 1 :]:
            if not line or line == "Rounded.":
                break
            if re.fullmatch(r"-[- ]+", line):
                continue
            cells = [line[start:end].strip() for start, end in spans]
            if cells[1]:
                row += 1
                found.setdefault(row, [])
                found[row] += cells if count == 0 else cells[2:]
            else:
                found[row][0] += cells[0] if count == 0 else ""
    return list(found.values())


def test_the_same_figures_stand_in_every_format() -> None:
    assert [row[:-1] for row in texts(table())] == SHOWN
    assert from_html(html(document())) == SHOWN
    plain = [[cell.replace("\u00a0", " ") for cell in row] for row in SHOWN]
    assert [row[: len(SHOWN[0])] for row in from_text(text(document()), "Table 1.")] == plain


def test_a_workbook_holds_unrounded_values_and_live_differences_with_their_values() -> None:
    data = xlsx(document())
    held = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["sites"]
    live = openpyxl.load_workbook(io.BytesIO(data))["sites"]
    rows = range(HEAD_ROW + 2, HEAD_ROW + 2 + len(ROWS))
    for row, expected in zip(rows, SHOWN, strict=True):
        for place, column in enumerate(COLUMNS[:-1], start=1):
            value = held.cell(row, place).value
            assert (value if isinstance(value, str) else shown(value, column)) == expected[place - 1]
    assert held.cell(rows[2], 5).value == 41_234.4
    assert live.cell(rows[0], 6).value == f"=E{rows[0]}-D{rows[0]}"
    assert live.cell(rows[0], 9).value == f"=(G{rows[0]}-H{rows[0]})*100"
    assert held.cell(rows[0], 9).value == 25
    assert live.cell(rows[3], 9).value == "–"


@pytest.mark.parametrize(
    ("value", "column", "form"),
    [
        (0.0123, Column("x", "X"), "#,##0.0000"),
        (1234.5, Column("x", "X"), "#,##0"),
        (-1e-9, Column("x", "X"), "0;0;0"),
        (0.123, Column("x", "X", kind="share"), '#,##0.0"\u00a0"%'),
        (1.5, Column("x", "X", difference_of=("x", "x")), "+#,##0.0;-#,##0.0;0"),
    ],
)
def test_cells_show_the_decimals_that_other_formats_show(value: float, column: Column, form: str) -> None:
    frame = pd.DataFrame({"x": [value], "y": [0.0]})
    column = column if not column.difference_of else Column("d", "D", difference_of=("x", "y"))
    extra = (Column("x", "X2"), Column("y", "Y")) if column.difference_of else ()
    book = openpyxl.load_workbook(io.BytesIO(xlsx(Document("T", "", (Table("T", frame, (column, *extra)),)))))
    assert book["T"].cell(HEAD_ROW + 2, 1).number_format == form


def test_a_name_that_would_be_code_a_formula_or_a_link_is_text() -> None:
    page = html(document())
    assert SCRIPT not in page and "&lt;script&gt;alert" in page
    assert "<title>A &lt;plan&gt;</title>" in page
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx(document())))["sites"]
    cells = [sheet.cell(HEAD_ROW + 2 + i, 1) for i in range(3)]
    assert [cell.value for cell in cells] == [SCRIPT, FORMULA, LINK]
    assert [cell.data_type for cell in cells] == ["s", "s", "s"]
    assert all(cell.hyperlink is None for cell in cells)
    assert LINK in text(document())


def test_a_name_that_would_end_a_script_stays_in_a_figures_data() -> None:
    frame = pd.DataFrame({"site": ["</script><script>alert(1)</script>", "=1+1"], "mw": [1.0, 2.0]})
    words = {"title": "Sites", "alt": "", "caution": ""}
    figure = charts.bars(
        frame, category=Column("site", "Site", kind="text"), value=Column("mw", "Power", "MW"), **words
    )
    page = html(Document("T", "", (figure,)))
    assert "<script>alert(1)" not in page
    assert page.count("</script>") == page.count("<script")


def test_lines_of_text_fit_the_screen_whatever_the_names() -> None:
    long = ROWS.assign(site=["a_name_of_more_letters_than_the_screen_is_wide_" * 3, *ROWS["site"][1:]])
    lines = text(
        Document("T" * 200, "word " * 60, (Table("Long " * 30, long, COLUMNS),), {"hash": "a" * 300})
    ).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert max(map(len, text(document(tuple(figures().values()))).splitlines())) <= WIDTH


def test_no_rows_are_said_in_every_format() -> None:
    assert "Table 2. Nothing\nNo rows." in text(document())
    assert ">No rows.</td>" in html(document())
    assert openpyxl.load_workbook(io.BytesIO(xlsx(document())))["Nothing"].cell(HEAD_ROW + 2, 1).value == "No rows."


def test_sheets_of_long_and_equal_titles_have_names_that_excel_allows() -> None:
    title = "What differs: each [cell] of 'inputs' / by scenario and lever"
    book = openpyxl.load_workbook(
        io.BytesIO(xlsx(Document("T", "", tuple(Table(title, ROWS, COLUMNS[:3]) for _ in range(3)))))
    )
    assert book.sheetnames == [
        "Cover",
        "What differs  each  cell  of",
        "What differs  each  cell  of 2",
        "What differs  each  cell  of 3",
    ]
    links = [cell.hyperlink.location for row in book["Cover"].iter_rows() for cell in row if cell.hyperlink]
    assert links == [f"'{name}'!A1" for name in book.sheetnames[1:]]


def test_the_cover_names_where_the_document_comes_from() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(document())))
    words = [str(cell.value) for row in book["Cover"].iter_rows() for cell in row if cell.value]
    assert words[0] == "A <plan>"
    assert words[words.index("command") + 1] == "planner compare"
    assert words[words.index("Contents") + 1 :] == [
        "Results",
        "Table 1",
        "Sites & costs",
        "Results",
        "Table 2",
        "Nothing",
    ]


def test_headings_of_the_cover_lead_to_the_text_and_titles_to_their_sheets() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(document())))
    links = {
        str(cell.value): cell.hyperlink.location for row in book["Cover"].iter_rows() for cell in row if cell.hyperlink
    }
    assert {links["Sites & costs"], links["Nothing"]} == {"'sites'!A1", "'Nothing'!A1"}
    sheet, _, place = links["Results"].partition("!")
    assert book[sheet.strip("'")][place].value == "Results"
    told = [cell.value for row in book["Text"].iter_rows() for cell in row if cell.value]
    assert "The grid sets the pace in 7 of 11 years." in told
    assert "price·buy[a,t] ≤ budget" in told


def test_long_tables_are_in_the_workbook_in_full_and_in_numbers() -> None:
    long = pd.DataFrame(
        {"site": ["=a", None], "year": [2030, 2031], "mw": [1234.5678, np.nan], "most_mw": [np.inf, 0.0]}
    )
    book = openpyxl.load_workbook(io.BytesIO(xlsx(replace(document(), data={"grid": long}))))
    assert list(book["grid"].values) == [
        ("site", "year", "mw", "most_mw"),
        ("=a", 2030, 1234.5678, "infinite"),
        (None, 2031, None, 0),
    ]
    assert book["grid"]["A2"].data_type == "s"


def test_simple_figures_are_charts_of_the_spreadsheet_and_others_pictures() -> None:
    drawn = figures()
    data = xlsx(document((drawn["bars"], drawn["lines"], drawn["stacked"], drawn["bridge"])))
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert len([name for name in names if name.startswith("xl/charts/chart")]) == 3
    assert len([name for name in names if name.startswith("xl/media/")]) == 1


@pytest.mark.parametrize(
    ("kind", "mark"),
    [
        ("bar", 'barDir val="bar"'),
        ("column", 'barDir val="col"'),
        ("line", "<c:lineChart>"),
        ("stacked", 'grouping val="stacked"'),
    ],
)
def test_each_kind_of_chart_is_drawn_by_the_spreadsheet(kind: Any, mark: str) -> None:
    frame = pd.DataFrame({"s": ["a", "b"], "year": ["2030", "2030"], "mw": [1.0, 2.0]})
    columns = (Column("s", "S", kind="text"), Column("year", "Year", kind="month"), Column("mw", "Power", "MW"))
    figure = Figure("F", {}, frame, columns, "", "", Chart(kind, "year", "s", "mw"))
    held = zipfile.ZipFile(io.BytesIO(xlsx(Document("T", "", (figure,)))))
    assert mark in held.read("xl/charts/chart1.xml").decode()


def test_a_series_of_other_years_is_shown_as_a_picture_not_against_the_wrong_years() -> None:
    frame = pd.DataFrame({"s": ["a", "a", "b"], "year": ["2030", "2031", "2031"], "mw": [1.0, 2.0, 3.0]})
    figure = charts.lines(
        frame,
        title="Paths",
        alt="",
        caution="",
        time=Column("year", "Year", kind="month"),
        value=Column("mw", "Power", "MW"),
        series=Column("s", "S", kind="text"),
    )
    names = zipfile.ZipFile(io.BytesIO(xlsx(Document("T", "", (figure,))))).namelist()
    assert not [name for name in names if name.startswith("xl/charts/")]


def test_the_same_document_gives_the_same_bytes() -> None:
    drawn = (figures()["lines"], figures()["bridge"])
    assert xlsx(document(drawn)) == xlsx(document(drawn))
    assert html(document(drawn)) == html(document(drawn))


def told(locale: str) -> Document:
    """A document whose words hold figures wherever words stand, and names, years and commands that look like some."""
    with said_in(locale):
        plan, mw, site = money(1234.5), number(41_234.4), counted(0.125, "MW")
        frame = pd.DataFrame({"site": [f"{STAYS}: {ranged(1.5, 2300, 'MW')}"], "mw": [1234.5]})
        columns = (word("site"), Column("mw", "Power", "MW"))
        return Document(
            "Plan",
            f"For {plan}",
            (
                Heading(f"{mw} MW"),
                Paragraph(f"It costs **{plan}**, {mw} MW in {STAYS}."),
                Note(f"Beyond {site} nothing."),
                Table(f"Of {plan}", frame, columns, f"Halls of {significant(0.25, 2)} % are left out."),
                charts.bars(
                    frame, title=f"Up to {mw} MW", alt=f"It shows {site}.", caution=f"Not {several(12_345, 'run')}.",
                    category=columns[0], value=columns[1],
                ),
            ),
            {"Planner": STAYS, "Gap": significant(0.0125, 3)},
        )  # fmt: skip


STAYS = "2030-04 v1.5.2 `a.b *= 2,5`"
SAID = {
    "For {} bn USD": "1.23", "{} MW": "41,200", "It costs {} bn USD": "1.23", ", {} MW in": "41,200",
    "Beyond {} MW nothing": "0.125", "Of {} bn USD": "1.23", "Halls of {} % are": "0.25", "Up to {} MW": "41,200",
    "It shows {} MW": "0.125", "Not {} runs": "12,345", ": 1{}5 to": ".", "5 to {} MW": "2,300", "{}": "0.0125",
}  # fmt: skip
"""What the words of `told` say, and the figure in it as English writes it."""


def words_in(made: Document) -> dict[str, str]:
    """All words of a document in each format, without what marks them as bold, breaks lines or hides signs."""
    page = re.sub("<style.*?</style>|<script.*?</script>", "", html(made), flags=re.DOTALL)
    alt = " ".join(re.findall('alt="([^"]*)"', page))
    held = zipfile.ZipFile(io.BytesIO(docx(made))).read("word/document.xml").decode()
    drawn = " ".join(re.findall('descr="([^"]*)"', held))
    book = openpyxl.load_workbook(io.BytesIO(xlsx(made)))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    latex = tex(made)[0].replace("-{}", "-").replace(r"\allowbreak{}", "")
    return {
        "html": f"{re.sub('<[^>]*>', '', page)} {alt}",
        "docx": f"{re.sub('<[^>]*>', '', held)} {drawn}",
        "xlsx": "\n".join(cells),
        "txt": text(made, width=1000),
        "typst": re.sub(r'"\) \+ (?:strong|text)\("', "", source(made)[0]).replace("\u200b", ""),
        "tex": re.sub(r"\\textbf\{([^}]*)\}", r"\1", latex).replace(r"\%", "%"),
    }


@pytest.mark.parametrize("locale", ["en", "de"])
def test_figures_in_words_are_written_as_the_place_writes_them_in_every_format(locale: str) -> None:
    swapped = str.maketrans(",.", ".,") if locale == "de" else {}
    for name, words in words_in(told(locale)).items():
        for said, figure in SAID.items():
            assert said.format(figure.translate(swapped)) in words, (name, said)


@pytest.mark.parametrize("locale", ["en", "de"])
def test_years_versions_and_commands_are_the_same_in_every_place(locale: str) -> None:
    for name, words in words_in(told(locale)).items():
        plain = words.replace(r"\textasciigrave{}", "`")
        assert plain.count(STAYS) >= 3, name


def test_separators_are_those_asked_for_in_text_and_page() -> None:
    with said_in("de"):
        made = document()
    assert "41.200" in text(made)
    assert from_html(html(made))[2][4] == "41.200"
