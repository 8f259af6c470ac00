"""How tables stand on paper: in which type, on which page, in how many parts."""

from __future__ import annotations

import pandas as pd
import pytest

from planner.report.blocks import Block, Column, Figure, Heading, Note, Paragraph, Table
from planner.report.layout import BOLD, CAPITAL_EM, Setting, cells_of, on_paper, turned_pages, widths_points


def letters(turned: bool, points: float) -> int:
    """A page of 600 and, turned, of 900 points, of letters as wide as high."""
    return int((900 if turned else 600) / points)


def numbers(count: int) -> Table:
    """Columns of a name of four letters and `count` figures of six."""
    frame = pd.DataFrame({"site": ["east"], **{f"y{i}": [12345.6] for i in range(count)}})
    return Table("T", frame, (Column("site", "Site", kind="text"), *(Column(f"y{i}", f"Y{i}") for i in range(count))))


def setting(table: Table) -> Setting:
    return on_paper(cells_of(table), table.keys, letters)


@pytest.mark.parametrize(
    ("count", "turned", "points", "parts"),
    [
        # 4 letters and 8 a figure with its gap: 600 points hold 70 letters of 8.5, 85 of 7; 900 hold 105 and 128.
        (8, False, 8.5, 1),
        (10, False, 7.0, 1),
        (12, True, 8.5, 1),
        (15, True, 7.0, 1),
        (16, True, 8.0, 2),
    ],
)
def test_a_table_is_set_smaller_then_turned_then_parted(count: int, turned: bool, points: float, parts: int) -> None:
    found = setting(numbers(count))
    assert (found.turned, found.points, len(found.parts)) == (turned, points, parts)


def test_parts_share_the_columns_evenly_and_repeat_the_names() -> None:
    parts = setting(numbers(16)).parts
    assert [[column.heading for column in part][:2] for part in parts] == [["Site", "Y0"], ["Site", "Y8"]]
    assert [len(part) for part in parts] == [9, 9]


def test_a_table_whose_words_would_be_broken_upright_is_turned() -> None:
    frame = numbers(8).frame.assign(site="navi_mumbai_corridor_7")
    assert setting(Table("T", frame, numbers(8).columns)).turned
    assert not setting(Table("T", frame.assign(site="navi mumbai"), numbers(8).columns)).turned


def test_type_is_smaller_where_names_would_take_three_lines() -> None:
    # Beside six figures of six letters and their gaps, 48 in all, a name has 22 letters in type of 8.5, 27 in 8.
    name = "an open base is withdrawn and a chip is late"  # 44 letters: 22 a line don't do, 27 do
    frame = numbers(6).frame.assign(site=name)
    found = setting(Table("T", frame, numbers(6).columns))
    assert not found.turned and (found.points, found.parts[0][0].width) == (8.0, 27)
    assert setting(Table("T", frame.assign(site="a chip is late"), numbers(6).columns)).points == 8.5


def test_short_units_are_kept_in_one_line() -> None:
    frame = pd.DataFrame({"a": [1.0], "b": [2.0]})
    table = Table("T", frame, (Column("a", "Cost", "M USD"), Column("b", "Price", "USD per megawatt-hour")))
    assert [column.heading for column in cells_of(table)] == ["Cost (M\u00a0USD)", "Price (USD per megawatt-hour)"]


def test_headings_before_a_wide_table_and_words_between_two_turn_with_them() -> None:
    wide, narrow = numbers(12), numbers(2)
    column = (Column("site", "Site", kind="text"),)
    figure = Figure("F", {}, narrow.frame, column, "", "")
    blocks: list[Block] = [
        Paragraph("a"), Heading("A"), wide, Note("b"), Heading("B", 2), wide, Paragraph("c"), figure, narrow, wide,
    ]  # fmt: skip
    settings = [setting(block) if isinstance(block, Table) else None for block in blocks]
    assert turned_pages(blocks, settings) == [False, True, True, True, True, True, False, False, False, True]


def test_a_column_of_capitals_is_as_wide_as_they_are_where_there_is_room() -> None:
    table = Table(
        "T",
        pd.DataFrame({"a": ["MUSD PER SITE"], "b": ["x"]}),
        (Column("a", "A", kind="text"), Column("b", "B", kind="text")),
    )
    (part,) = setting(table).parts
    wide, narrow = widths_points(part, 8.0, 0.5, 600)
    # A gap of two letters, then twelve capitals (of which I is narrow) in one line; the other's is its bold heading.
    assert wide == pytest.approx(8 * (2 * 0.5 + 10 * CAPITAL_EM + 3 * 0.3))
    assert narrow == pytest.approx(8 * (2 * 0.5 + BOLD * CAPITAL_EM))
    assert sum(widths_points(part, 8.0, 0.5, 30)) == pytest.approx(30)


def test_what_gives_way_where_there_is_no_room_is_not_the_words_of_a_heading() -> None:
    columns = (Column("a", "A", kind="text"), Column("b", "MMMMMMM"))
    (part,) = setting(Table("T", pd.DataFrame({"a": ["x x x x x x x x x x"], "b": [1.0]}), columns)).parts
    # Of letters of 8 points, half as wide as high: 19 of them and 7, each with a gap of 2. M is wider than that.
    heading = 8 * (2 * 0.5 + 7 * BOLD * CAPITAL_EM)
    assert widths_points(part, 8.0, 0.5, 100) == pytest.approx([100 - heading, heading])
