"""The page: nothing asked of a network, and what a browser makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from compute_lp.algebra import Name, Number, Quotient, Sum, SumOver
from planner.report.blocks import Document, Heading, Table
from planner.report.mathematics import MathMl
from planner.report.to_html import html
from tests.planner.browser import PROGRAM, Browser
from tests.planner.report_sample import COLUMNS, ROWS, document, figures

CHOSEN = tuple(figures())
SITES = 40


def long_table() -> Table:
    rows = pd.concat([ROWS.iloc[:3]] * 14, ignore_index=True).head(SITES)
    return Table("Forty sites", rows.assign(site=[f"site number {i} of the corridor" for i in range(SITES)]), COLUMNS)


@pytest.fixture(scope="module")
def page() -> str:
    drawn = figures()
    whole = document(tuple(drawn[name] for name in CHOSEN))
    return html(Document(whole.title, whole.subtitle, (*whole.blocks, Heading("Long"), long_table()), whole.identity))


@pytest.fixture(scope="module")
def file(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("no Chromium on this machine: the page isn't opened")
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_nothing_outside_the_file_is_named_as_a_resource(page: str) -> None:
    parser = Tags()
    parser.feed(page)
    asked = [
        value
        for _, attributes in parser.tags
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action", "data", "poster")
        and value
        and not value.startswith(("#", "data:"))
    ]
    assert asked == []
    assert not {tag for tag, _ in parser.tags} & {"link", "iframe", "object", "embed", "base"}
    styles = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    assert styles and not re.search(r"@import|url\(|http", styles)


def test_the_page_forbids_every_request_itself(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none';")
    assert "unsafe-eval" not in policy[1] and "http" not in policy[1]


def test_headings_go_down_by_one_and_anchors_are_met(page: str) -> None:
    parser = Tags()
    parser.feed(page)
    levels = [int(tag[1]) for tag, _ in parser.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    anchors = [attributes["id"] for _, attributes in parser.tags if "id" in attributes]
    assert len(set(anchors)) == len(anchors)
    links = [str(attributes["href"])[1:] for tag, attributes in parser.tags if tag == "a"]
    assert len(links) > 3 and set(links) <= set(anchors)
    assert [attributes.get("lang") for tag, attributes in parser.tags if tag == "html"] == ["en"]


def test_tables_have_captions_and_headings_with_scope_and_pictures_have_words(page: str) -> None:
    parser = Tags()
    parser.feed(page)
    tags = [tag for tag, _ in parser.tags]
    assert tags.count("caption") == tags.count("table") > 2
    assert {attributes.get("scope") for tag, attributes in parser.tags if tag == "th"} == {"col", "row"}
    assert [attributes.get("alt") for tag, attributes in parser.tags if tag == "img"] == ["What it shows."] * len(
        CHOSEN
    )


def test_a_page_without_figures_carries_no_script_for_them() -> None:
    assert len(html(document())) < 40_000


def test_formulas_are_mathml_with_words_for_those_who_listen(page: str) -> None:
    found = re.search(r"<math.*?</math>", page, re.DOTALL)
    assert found
    tree = ElementTree.fromstring(found[0])
    assert tree.get("alttext") == "price within: price·buy[a,t] ≤ budget"
    assert "".join(tree.itertext()) == "price·buya,t≤budget"
    assert [each.tag for each in tree.iter("msub")] == ["msub"]


def test_each_kind_of_formula_is_well_formed_mathml() -> None:
    summed = SumOver(("o",), Sum(((-1, Name("x<y", ("o",))), (1, Number(2.5)))), ((Name("site_of", ("o",)), "s"),))
    tree = ElementTree.fromstring(f"<math>{MathMl().formula(Quotient(summed, Name('d', ('t′',))))}</math>")
    assert "".join(tree.itertext()) == "∑o:site_ofo=s(−x<yo+2.5)dt′"
    assert [each.tag for each in tree[0]] == ["mrow", "mrow"] and tree[0].tag == "mfrac"
    minus = next(each for each in tree.iter("mo") if each.text == "−")
    assert minus.get("form") == "prefix"


def test_the_page_is_printed_on_the_paper_asked_for() -> None:
    assert "@page { size: 210.0mm 297.0mm;" in html(document())
    assert "@page { size: 215.9mm 279.4mm;" in html(document(), paper="letter")


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [
            int(2 * digit if len(colour) == 4 else digit, 16) / 255
            for digit in re.findall("." if len(colour) == 4 else "..", colour[1:])
        ]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_words_stand_out_from_the_paper_in_light_dark_and_print(page: str) -> None:
    palettes = [
        dict(re.findall(r"--(\w+): (#\w+)", block)) for block in re.findall(r":root \{(.*?)\}", page, re.DOTALL)
    ]
    assert len(palettes) == 3
    for palette in palettes:
        colours = palettes[0] | palette
        for ink in ("ink", "soft", "link"):
            for ground in ("paper", "stripe"):
                assert contrast(colours[ink], colours[ground]) >= 4.5


def test_a_browser_draws_every_figure_with_no_complaint_and_no_request(browser: Browser, file: Path) -> None:
    browser.open(file, until=f"document.documentElement.dataset.drawn === '{len(CHOSEN)}'")
    assert browser.run("document.querySelectorAll('.chart.live svg.marks').length") == len(CHOSEN)
    assert browser.run("[...document.querySelectorAll('.chart.live svg')].every(svg => svg.getBBox().width > 200)")
    assert browser.run("[...document.querySelectorAll('.chart svg')].every(svg => svg.closest('[aria-label]'))")
    assert browser.run("document.querySelectorAll('table').length") == 3 + len(CHOSEN)
    assert browser.run("document.querySelector('math').getBoundingClientRect().height") > 10
    assert browser.complaints() == []
    assert browser.requests() == []


def test_tables_sort_by_value_keep_totals_last_and_say_so(browser: Browser, file: Path) -> None:
    browser.open(file, until="document.querySelector('th button')")
    click = "document.querySelectorAll('#table-1 th')[4].querySelector('button').click(); "
    column = "[...document.querySelectorAll('#table-1 tr')].slice(1).map(row => row.cells[4].textContent)"
    said = "document.querySelectorAll('#table-1 th')[4].getAttribute('aria-sort')"
    assert browser.run(column) == ["900", "12", "41,200", "42,100"]
    assert browser.run(click + column) == ["12", "900", "41,200", "42,100"]
    assert browser.run(said) == "ascending"
    assert browser.run(click + column) == ["41,200", "900", "12", "42,100"]
    assert browser.run(said) == "descending"
    assert browser.run(click + column) == ["900", "12", "41,200", "42,100"]
    assert browser.run(said) == "none"


def test_rows_without_a_value_come_last_in_either_order(browser: Browser, file: Path) -> None:
    browser.open(file, until="document.querySelector('th button')")
    click = "document.querySelectorAll('#table-1 th')[2].click(); "
    column = "[...document.querySelectorAll('#table-1 tbody tr')].map(row => row.cells[2].textContent)"
    assert browser.run(click + column) == ["0.0123", "1,230", "–"]
    assert browser.run(click + column) == ["1,230", "0.0123", "–"]


@pytest.mark.parametrize("width", [400, 1280])
def test_wide_tables_and_figures_scroll_in_their_own_boxes(browser: Browser, file: Path, width: int) -> None:
    browser.open(file, until="document.querySelector('.chart')", width=width)
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("Boolean(document.querySelector('.box.long'))")


def test_a_name_that_would_be_code_runs_nothing(browser: Browser, file: Path) -> None:
    browser.open(file, until="document.querySelector('th button')")
    assert browser.run("document.querySelector('#table-1 tbody th').textContent") == ROWS["site"][0]


def test_a_page_opened_without_scripts_shows_pictures(browser: Browser, file: Path) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(file, until="true")
        pictures = "[...document.querySelectorAll('.chart img')]"
        seen = f"{pictures}.every(image => image.naturalWidth > 200 && image.offsetWidth > 200)"
        assert browser.run(seen)
        assert browser.run(f"{pictures}.length") == len(CHOSEN)
        assert browser.run("document.querySelectorAll('th button').length") == 0
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
