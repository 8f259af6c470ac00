"""Figures: no words on one another, colours that differ in grey, what makers refuse."""

from __future__ import annotations

import math
import re
from itertools import combinations, pairwise
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from planner.report import charts
from planner.report.blocks import Column
from planner.report.charts.style import AREAS, between, clear, data, domain, is_dark, spread
from planner.report.pictures import svg
from planner.wording import said_in
from tests.planner.report_sample import WORDS, figures, month, word

FIGURES = figures()
with said_in("fr"):
    FRENCH = figures()
EM_SHARE = 0.5
"""Of its size, about how wide a letter of Arial is, and half of how high."""


class Words(NamedTuple):
    """A text's corners in the picture."""

    text: str
    corners: list[complex]


def words_of(picture: str) -> list[Words]:
    """Texts of a picture with their corners, by moving and turning as the picture says."""
    found: list[Words] = []

    def walk(node: ElementTree.Element, shift: complex, turn: complex, shown: bool) -> None:
        move = node.get("transform", "")
        for kind, numbers in re.findall(r"(translate|rotate)\(([^)]*)\)", move):
            parts = [float(each) for each in numbers.split(",")]
            if kind == "translate":
                shift += turn * complex(*parts)
            else:
                turn *= complex(math.cos(math.radians(parts[0])), math.sin(math.radians(parts[0])))
        shown = shown and node.get("opacity") != "0"
        text = "".join(node.itertext()).strip() if node.tag.endswith("text") else ""
        if text and shown:
            size = float(re.sub("[a-z]", "", node.get("font-size", "12px")))
            width, left = EM_SHARE * size * len(text), {"middle": 0.5, "end": 1.0}.get(node.get("text-anchor", ""), 0.0)
            x, top, bottom = -left * width, -0.7 * size, 0.05 * size
            found.append(Words(text, [shift + turn * complex(a, b) for b in (top, bottom) for a in (x, x + width)]))
        for child in node:
            walk(child, shift, turn, shown)

    walk(ElementTree.fromstring(picture), 0j, 1 + 0j, True)
    return found


def overlap(one: Words, other: Words) -> bool:
    """Whether two turned boxes lie on one another: no side of either parts them."""
    for corners in (one.corners, other.corners):
        for side in (corners[1] - corners[0], corners[2] - corners[0]):
            a, b = ([(corner * side.conjugate()).real for corner in each.corners] for each in (one, other))
            if max(a) <= min(b) + 1e-6 or max(b) <= min(a) + 1e-6:
                return False
    return True


def lightness(colour: str) -> float:
    """CIE L*, 0 to 100: how light the colour is in grey print."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


@pytest.mark.parametrize("name", FIGURES)
def test_no_words_of_a_figure_lie_on_one_another(name: str) -> None:
    words = words_of(svg(FIGURES[name]))
    assert len(words) > 3
    assert [(a.text, b.text) for a, b in combinations(words, 2) if overlap(a, b)] == []


def test_the_check_finds_words_that_do_lie_on_one_another() -> None:
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg"><g transform="translate(10,10)">'
        '<text font-size="10px">abcdef</text><text font-size="10px" transform="translate(20,3)">ghi</text>'
        '<text font-size="10px" transform="translate(5,-20) rotate(90)">jkl</text></g></svg>'
    )
    one, other, turned = words_of(picture)
    assert overlap(one, other)
    assert overlap(one, turned)
    assert not overlap(other, turned)


def test_neighbours_differ_in_grey() -> None:
    assert [(a, b) for a, b in pairwise(AREAS) if abs(lightness(a) - lightness(b)) < 10] == []


@pytest.mark.parametrize("colour", [*AREAS, *(between("#ffffff", AREAS[0], i / 9) for i in range(10))])
def test_letters_on_a_coloured_cell_can_be_read(colour: str) -> None:
    def luminance(of: str) -> float:
        return ((lightness(of) + 16) / 116) ** 3 if lightness(of) > 8 else lightness(of) / 903.3

    ink = "#ffffff" if is_dark(colour) else "#000000"
    light, dark = sorted((luminance(colour), luminance(ink)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("name", FIGURES)
def test_a_figures_words_for_those_who_cannot_see_it_are_in_its_picture(name: str) -> None:
    figure = FIGURES[name]
    assert figure.alt and figure.caution
    assert f'aria-label="{figure.alt}"' in svg(figure)


def test_a_bridge_goes_from_one_cost_to_the_other_step_by_step() -> None:
    rows = {row["name"]: row for row in FIGURES["bridge"].spec["data"]["values"]}
    assert [rows["prices"][end] for end in ("from", "to", "least", "most")] == [42_000, 36_600, 35_000, 42_000]
    assert [rows["work"][end] for end in ("from", "to")] == [36_600, 37_400]
    assert rows["slow grid"]["to"] == 42_000 - 5400 + 800 + 30
    assert [rows[name]["shown_label"] for name in ("base", "prices", "slow grid")] == ["42,000", "-5,400", "37,400"]


def test_tones_grow_with_size_and_the_least_difference_is_no_white() -> None:
    frame = pd.DataFrame({"a": list("vwxyz"), "b": "p", "v": [-1000.0, -1.0, 0.0, 1000.0, np.nan]})
    value = Column("v", "V", difference_of=("v", "v"))
    figure = charts.heat(frame, title="M", row=word("a"), column=word("b"), value=value, **WORDS)
    rows = figure.spec["data"]["values"]
    tones = [row["tone"] for row in rows]
    assert [row["shown_text"] for row in rows] == ["-1,000", "-1", "0", "+1,000", "–"]
    assert tones[2] == tones[4] == "#ffffff"
    assert lightness(tones[0]) < lightness(tones[1]) < 100
    assert (tones[0].upper(), tones[3].upper()) == ("#0072B2", "#E69F00")


def test_what_is_infinite_is_darkest_and_said() -> None:
    frame = pd.DataFrame({"a": ["x", "y"], "b": "p", "v": [np.inf, 5.0]})
    figure = charts.regret(frame, title="R", plan=word("a"), world=word("b"), value=Column("v", "V"), **WORDS)
    first = figure.spec["data"]["values"][0]
    assert (first["shown_text"], first["tone"].upper()) == ("infinite", "#0072B2")


def test_a_limit_without_letters_is_refused() -> None:
    frame = pd.DataFrame({"a": ["x"], "b": ["p"], "v": ["water"]})
    with pytest.raises(ValueError, match="no letters for water"):
        charts.limiters(
            frame, title="L", row=word("a"), column=word("b"), value=word("v"), codes={"grid": "Gr"}, **WORDS
        )


def test_a_figure_of_no_rows_is_refused() -> None:
    frame = pd.DataFrame({"s": [], "year": [], "mw": []})
    with pytest.raises(ValueError, match="a figure of no rows"):
        charts.lines(frame, title="P", time=month("year"), value=Column("mw", "MW"), series=word("s"), **WORDS)


def test_places_are_spread_as_near_as_may_be() -> None:
    assert spread([50, 51, 90], 10, 0, 100) == pytest.approx([45.5, 55.5, 90])
    assert spread([51, 50], 10, 0, 100) == pytest.approx([55.5, 45.5])
    assert spread([99, 99], 10, 0, 100) == pytest.approx([90, 100])
    assert spread([5, 5, 5], 10, 0, 10) == pytest.approx([0, 5, 10])
    assert spread([], 10, 0, 100) == []


def test_an_axis_has_room_for_the_words_at_its_ends() -> None:
    # 620 px for 100 and 56 px of words and gap: 100 take 564 px.
    assert domain([0.0, 100.0], 620, right_px=50) == pytest.approx([0, 100 * 620 / 564])
    assert domain([np.nan, np.inf, 0.0], 626) == pytest.approx([0.0, 626 / 620])


def test_of_boxes_that_lie_on_one_another_the_first_is_drawn() -> None:
    assert clear([(0, 0, 10, 10), (5, 5, 15, 15), (10, 0, 20, 10)]) == [True, False, True]


def test_data_carry_the_texts_that_tables_show() -> None:
    frame = pd.DataFrame({"v": [1234.5, np.inf, np.nan]})
    assert data(frame, [Column("v", "V")])["values"] == [
        {"v": 1234.5, "shown_v": "1,230"},
        {"v": None, "shown_v": "infinite"},
        {"v": None, "shown_v": "–"},
    ]


def test_columns_of_months_stand_in_the_order_of_time() -> None:
    frame = pd.DataFrame({"a": ["x", "y"], "m": ["2029", "2027H2"], "v": [1.0, 2.0]})
    figure = charts.heat(frame, title="M", row=word("a"), column=month("m"), value=Column("v", "V"), **WORDS)
    words = words_of(svg(figure))
    places = {each.text: each.corners[0].real for each in words}
    assert places["2027H2"] < places["2029"]


def test_figures_in_a_picture_are_written_as_the_place_writes_them_and_names_are_not() -> None:
    frame = pd.DataFrame({"site": ["hall 2.5", "north"], "mw": [1234.5, 41.5]})
    words = {}
    for locale in ("en", "de"):
        with said_in(locale):
            figure = charts.bars(frame, title="B", category=word("site"), value=Column("mw", "Power", "MW"), **WORDS)
        words[locale] = {each.text for each in words_of(svg(figure))}
    assert {"hall 2.5", "1.230", "41,5"} <= words["de"]
    assert "1,230" not in words["de"]
    assert {"hall 2.5", "1,230", "41.5"} <= words["en"]


@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_is_left_in_english_separators(name: str) -> None:
    english, french = ([each.text for each in words_of(svg(drawn[name]))] for drawn in (FIGURES, FRENCH))
    figure = re.compile(r"(?<![\w.])[-+]?\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w.])")

    def swapped(text: str) -> str:
        return figure.sub(lambda found: found[0].replace(",", "\u202f").replace(".", ","), text)

    assert french == [swapped(text) for text in english]
