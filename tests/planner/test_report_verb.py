"""`planner report` on a run of a small workbook: what is written where, refusals, the answer on its one page, and the
same figures in every format, read back from each file."""

from __future__ import annotations

import argparse
import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from planner.appendices import answer, document, verb
from planner.appendices.material import material
from planner.cli import main
from planner.report import write
from planner.report.blocks import Column, Document, Equation, Figure, Heading, Table, numbered_title, shown, texts
from planner.report.to_typst import source
from planner.report.to_xlsx import HEAD_ROW
from planner.wording import said_in
from tests.planner.runs_scenes import Told, run, scenarios


class Quiet(Told):
    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report")
    book = scenarios("hopeless")
    book.change("accelerators", price_usd_low=5_000, price_usd_high=20_000)
    run(book.write(place / "book"), place / "run", jobs=1)
    return place / "run"


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> Path:
    """A run folder that a test may change."""
    return Path(shutil.copytree(folder, tmp_path / "run"))


def report(*arguments: object, told: Quiet | None = None) -> int:
    parser = argparse.ArgumentParser()
    verb.arguments(parser)
    return verb.run(parser.parse_args([str(each) for each in arguments]), Quiet() if told is None else told)


def test_formats_that_are_asked_for_are_written_and_told(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(own, "--quick", "--to", "html,xlsx", "--appendix", "a,K") == verb.DONE
    place = own / "report" / "appendices"
    written = [str(place / f"appendices-AK.{ending}") for ending in ("html", "xlsx")]
    assert capsys.readouterr().out.split() == written
    assert sorted(map(str, place.iterdir())) == written
    assert not [file for file in place.parent.iterdir() if file.name.startswith(".")]


def test_a_scenario_is_reported_beside_the_base(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert report(own, "--quick", "--to", "html", "--scenario", "dear", "--appendix", "B", "-o", out) == verb.DONE
    page = (out / "appendices-dear-B.html").read_text(encoding="utf-8")
    assert "17.5 M USD" in page  # two years of rent, not 10 for chips
    assert "No accelerators are bought." in page


def test_own_text_is_asked_for_once_and_never_written_over(own: Path) -> None:
    place = own / "report" / "narrative.md"
    assert report(own, "--quick", "--to", "html", "--appendix", "K") == verb.DONE
    assert "# K Reproduce" in place.read_text(encoding="utf-8")
    mine = "# K\nMy words: {{cost_musd=10 M USD}}, {{dear.cost_musd}}.\n"
    place.write_text(mine, encoding="utf-8")
    assert report(own, "--quick", "--to", "html", "--appendix", "K") == verb.DONE
    assert place.read_text(encoding="utf-8") == mine
    page = (own / "report" / "appendices" / "appendices-K.html").read_text(encoding="utf-8")
    assert "My words: 10 M USD, 17.5 M USD." in page


def test_errors_of_own_text_stop_the_report_before_anything_is_solved_or_written(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.md"
    mine.write_text("# B\n{{cost}}\n{{cost_musd=9 M USD}}\n", encoding="utf-8")
    told = Quiet()
    assert report(own, "--narrative", mine, told=told) == verb.NO_REPORT
    said = capsys.readouterr()
    assert "mine.md, line 2: {{cost}} names no figure" in said.err
    assert "mine.md, line 3: {{cost_musd=9 M USD}} is stale: cost_musd was 9 M USD, and is 10 M USD" in said.err
    assert said.out == ""
    assert not (own / "report" / "appendices").exists()
    assert told == ["reading the run"]


def test_uncertainty_is_measured_once_told_beforehand_and_kept(own: Path) -> None:
    first, again = Quiet(), Quiet()
    page = own / "report" / "appendices" / "appendices-B.html"
    assert report(own, "--to", "html", "--appendix", "B", told=first) == verb.DONE
    assert first.holds("1 range with 2 ends")
    once = page.read_bytes()
    assert b"price_usd at its high, +7.52 M USD" in once  # for 20 M USD no chips are bought: 17.52 for rent, not 10
    assert report(own, "--to", "html", "--appendix", "B", told=again) == verb.DONE
    assert not again.holds("1 range with 2 ends")
    assert page.read_bytes() == once


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scenario", "hopeless"], "has no plan to ask about: it ended as infeasible"),
        (["--scenario", "nowhere"], "no scenario 'nowhere'; there are base, dear, cheap, rented, hopeless"),
        (["--narrative", "gone.md"], "there is no file gone.md"),
    ],
)
def test_what_cannot_be_reported_is_told_in_a_sentence(
    folder: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert report(folder, "--quick", *arguments, "-o", tmp_path / "out") == verb.NO_REPORT
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == verb.NO_REPORT
    assert "is no run folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "odt"], "no format odt; there are docx, pdf, html, tex, xlsx"),
        (["--appendix", "B,Z"], "no appendix Z"),
        (["--style", "gone.docx"], "there is no file gone.docx"),
        (["--jobs", "0"], "no number of processes"),
    ],
)
def test_wrong_usage_is_told_with_what_would_be_right(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["report", "run", *arguments])
    assert ended.value.code == verb.WRONG_USAGE
    assert said in capsys.readouterr().err


def test_the_answer_fits_on_its_page_with_forty_sites_and_long_names(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [large_answer(monkeypatch, paper) for paper in verb.PAPERS]
    assert pages == [("2", "2"), ("2", "2")]  # a document's title and contents are on the first


def large_answer(monkeypatch: pytest.MonkeyPatch, paper: str) -> tuple[str, ...]:
    """The pages on which the answer of a large programme begins and ends."""
    import typst

    made = Document("India", "", tuple(answer.answer(large(monkeypatch))))
    text, pictures = source(made, paper=paper)
    head, heading, rest = text.partition("#heading(level: 1")
    here = "\n#context [#metadata(str(here().page())) <{}>]\n"
    first, after = rest.split("\n", 1)
    text = head + heading + first + here.format("begins") + after + here.format("ends")
    with TemporaryDirectory() as folder:
        for name, picture in pictures.items():
            (Path(folder) / name).write_text(picture, encoding="utf-8")
        (Path(folder) / "main.typ").write_text(text, encoding="utf-8")
        found = [typst.query(f"{folder}/main.typ", f"<{at}>", field="value", one=True) for at in ("begins", "ends")]
    return tuple(each.strip('"') for each in found)


def large(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the answer asks of its material, of a programme with 40 sites."""
    names = [f"mumbai_corridor_{i:02}" for i in range(40)]
    periods = ["2027H1", "2035"]
    each = {"site": names * 2, "period": [period for period in periods for _ in names]}
    tables = {
        "siting": pd.DataFrame({**each, "fitout_mw": 123.4, "hall_mw": 234.5}),
        "grid": pd.DataFrame({**each, "energise_mw": 1234.5}),
        "procurement": pd.DataFrame({"accelerator": names * 2, "period": each["period"], "buy_units": 123_456.0}),
        "clouds": pd.DataFrame({"cloud": names * 2, "period": each["period"], "rented_units": 123_456.0}),
        "models": pd.DataFrame({"model": names, "run": 3.0}),
        "unserved": pd.DataFrame({"workload": names, "unserved_t": range(40)}),
        "money": pd.DataFrame({"layer": ["L1", "L2", "L3", "L4"], "period": "2035", "musd": 12_345.6}),
    }
    inputs = {
        "sites": pd.DataFrame({"site": names, "country": "IN"}),
        "models": pd.DataFrame({"model": names, "route": ["adopt", "pretrain"] * 20}),
    }
    told = "served_t unserved_t out_of_reach_t cost_musd spent_musd compute_h100e_end home_h100e_end hall_mw_end "
    figures = dict.fromkeys(f"{told}connected_mw_end accelerators_end".split(), 123_456.7)
    figures |= {"gap": 0.00123, "small_model_token_share": 0.1234, "small_model_training_share": 0.1234}
    ranges = {"sheet": names[:5], "field": names[:5], "label": [f"grid_offers: {name}_usd" for name in names[:5]]}
    tornado = pd.DataFrame({**ranges, "end": "high", "estimate_musd": 1.0, "measured_musd": 12_345.6})
    switching = pd.DataFrame(
        {"decision": [f"halls at {names[0]}"], "now": ["123 MW"], "lever": ["connection leads"], "base": [1.0]}
        | {"switch": [1.23], "becomes": ["none"]}
    )
    orders = pd.DataFrame({"key0": names, "ordered_years": 0.5, "told": 1234.5, "musd": 1e3})
    monkeypatch.setattr(answer, "order_book", lambda plan, years: dict.fromkeys(answer.KINDS, orders))
    worth = pd.Series({f"market for rented accelerators {i}": 12_345.6 for i in range(9)})
    monkeypatch.setattr(answer, "weights", lambda plan: worth)
    settings = {"plan_start": "2027-01"}
    return SimpleNamespace(
        inputs=type("Inputs", (dict,), {"settings": settings})(inputs),
        figures=figures, periods=periods, table=tables.__getitem__, tornado=tornado, switching=switching, plan=None,
    )  # fmt: skip


class Cells(HTMLParser):
    """Rows of cells of each table of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        self._inside = tag in ("td", "th") or self._inside

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.tables[-1][-1][-1] += data


@pytest.fixture(scope="module")
def report_of(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Document, Path]:
    """The whole report, and the folder it is written to in every format."""
    made, out = document(material(folder)), tmp_path_factory.mktemp("formats")
    write(made, out, "all", verb.FORMATS)
    return made, out


def plain(cell: Any) -> str:
    """A cell's text without what makes room to break a line."""
    return " ".join(str("" if cell is None else cell).replace("\u200b", "").split())


def expected(made: Document, *, data: bool = False) -> Iterator[tuple[Table, list[list[str]]]]:
    """Each table, that of a figure's data where told, with its cells as every format shows them."""
    for block in made.blocks:
        if isinstance(block, Table) or (data and isinstance(block, Figure)):
            table = block.data if isinstance(block, Figure) else block
            yield table, [[plain(cell) for cell in row] for row in texts(table)]


def joined(parts: Iterator[list[list[str]]], table: Table) -> list[list[str]]:
    """The rows of a table that stands in parts, each of which repeats the columns that name a row."""
    rows = [row[:] for row in next(parts)]
    while len(rows[0]) < len(table.columns):
        for row, more in zip(rows, next(parts), strict=True):
            row += more[table.keys :]
    return [[plain(cell) for cell in row] for row in rows]


def test_the_page_has_the_figures_of_the_document(report_of: tuple[Document, Path]) -> None:
    made, out = report_of
    page = Cells()
    page.feed((out / "all.html").read_text(encoding="utf-8"))
    for (table, rows), found in zip(expected(made, data=True), page.tables, strict=True):
        read = [[plain(cell) for cell in row] for row in found[1:]]
        assert [row for row in read if row != ["No rows."]] == rows, table.title


def words(made: Document) -> list[str]:
    """All that is read of a document, but for formulas and for what made the plan: C, K and A's identity."""
    told: list[str] = []
    named = [block for block in made.blocks if isinstance(block, Table) and block.title == "Identity of this report"]
    for block in made.blocks:
        if isinstance(block, Heading) and block.level == 1:
            letter = block.text[0]
        if letter in "CK" or isinstance(block, Equation) or block in named:
            continue
        if isinstance(block, Table | Figure):
            with said_in(made.locale):
                cells = texts(block.data if isinstance(block, Figure) else block)
            told += [block.title, *(column.heading for column in block.columns), *(c for row in cells for c in row)]
            told += [block.alt, block.caution] if isinstance(block, Figure) else [block.note]
        else:
            told.append(block.text)
    return told


def test_a_report_in_other_separators_says_the_same_figures(report_of: tuple[Document, Path], folder: Path) -> None:
    english = words(report_of[0])
    with said_in("de"):
        german = words(document(material(folder)))
    others = {",": ".", ".": ","}
    swapped = [re.sub(r"(?<=\d)[.,](?=\d)", lambda sign: others[sign[0]], text) for text in english]
    assert german == swapped
    assert sum(a != b for a, b in zip(english, german, strict=True)) > 50


def test_a_report_is_written_in_the_separators_that_are_asked_for(own: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.md"
    mine.write_text("# B\nSince 2030: {{dear.cost_musd=17.5 M USD}}.\n", encoding="utf-8")
    how = ["--quick", "--locale", "de", "--appendix", "B", "--to", "html", "--narrative", mine]
    assert report(own, *how, "-o", tmp_path / "out") == verb.DONE
    page = (tmp_path / "out" / "appendices-B.html").read_text(encoding="utf-8")
    assert "Since 2030: 17,5 M USD." in page
    assert "<strong>1.000 accelerators are bought</strong>" in page


def test_the_word_file_has_the_figures_of_the_document(report_of: tuple[Document, Path]) -> None:
    import docx

    made, out = report_of
    parts = (
        [[cell.text for cell in row.cells] for row in table.rows]
        for table in docx.Document(str(out / "all.docx")).tables
    )
    for table, rows in expected(made):
        assert not rows or joined(parts, table)[1:] == rows, table.title
        assert rows or next(parts)[1][0] == "No rows."
    assert list(parts) == []


def test_the_pdf_has_the_figures_of_the_document(report_of: tuple[Document, Path]) -> None:
    made, _ = report_of
    blocks = re.split(r"table\(columns: ", source(made)[0])[1:]
    cells = [
        re.findall(r'(?:text|strong)\(("(?:[^"\\]|\\.)*")\)', block.split("table.hline(stroke: 0.8pt)))")[0])
        for block in blocks
    ]
    counts = [len(re.findall("[0-9]pt", block.split("align:")[0])) for block in blocks]
    read = [
        [json.loads(re.sub(r"\\u\{(\w+)\}", lambda m: f"\\u{int(m[1], 16):04x}", cell)) for cell in each]
        for each in cells
    ]
    parts = ([each[i : i + n] for i in range(0, len(each), n)] for each, n in zip(read, counts, strict=True))
    for table, rows in expected(made):
        assert not rows or joined(parts, table)[1:] == rows, table.title
        assert rows or len(next(parts)) == 1


def test_the_workbook_has_the_figures_of_the_document(report_of: tuple[Document, Path]) -> None:
    import openpyxl

    made, out = report_of
    sheets = {sheet["A1"].value: sheet for sheet in openpyxl.load_workbook(out / "all.xlsx", data_only=True)}
    for anchor, block in made.numbered():
        if not isinstance(block, Table):
            continue
        sheet = sheets[numbered_title(anchor, block.title)]
        found = list(sheet.iter_rows(min_row=HEAD_ROW + 2, max_col=len(block.columns), values_only=True))
        read = [[as_shown(*cell) for cell in zip(row, block.columns, strict=True)] for row in found]
        assert [row for row in read if any(row)] == [[plain(cell) for cell in row] for row in texts(block)], block.title


def as_shown(value: Any, column: Column) -> str:
    """What a cell of a spreadsheet says: its unrounded value is shown as in every format."""
    return plain(shown(value, column) if isinstance(value, int | float) else value)


def test_the_latex_source_has_the_figures_of_the_document(report_of: tuple[Document, Path]) -> None:
    made, out = report_of
    bodies = re.findall(
        r"\\endlastfoot\n(.*?)\n\\end\{longtable\}", (out / "all.tex").read_text(encoding="utf-8"), re.DOTALL
    )
    parts = (
        [re.split(r"(?<!\\) & ", line) for line in re.findall(r"^(.*) \\\\$", body, re.MULTILINE)] for body in bodies
    )
    for table, rows in expected(made):
        found = [row[:] for row in next(parts)]
        while rows and len(found[0]) < len(table.columns):
            for row, more in zip(found, next(parts), strict=True):
                row += more[table.keys :]
        of_figures = [i for i, column in enumerate(table.columns) if not column.is_words]
        for row, wanted in zip(found, rows, strict=bool(rows)):
            assert [untexed(row[i]) for i in of_figures] == [wanted[i] for i in of_figures], table.title


def untexed(cell: str) -> str:
    """A figure as LaTeX prints it."""
    bare = re.sub(r"\\textbf\{(.*)\}", r"\1", cell).replace("{}", "").replace(r"\textendash", "–").replace("--", "–")
    return plain(bare.replace(r"\%", "%").replace("~", " ").replace("$", ""))
