"""What a value is shown as, and what blocks refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from planner.report.blocks import Column, Document, Figure, Heading, Table, shown, slug, spans, texts, values
from planner.wording import LOCALES, said_in

NUMBER = Column("x", "X")
SHARE = Column("x", "X", kind="share")
CHANGE = Column("x", "X", difference_of=("x", "x"))


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (0.0, NUMBER, "0"),
        (-0.0, NUMBER, "0"),
        (-1e-9, NUMBER, "0"),
        (0.0000123, NUMBER, "0.0000123"),
        (1.0, NUMBER, "1"),
        (1.2345, NUMBER, "1.23"),
        (99.96, NUMBER, "100"),
        (999.6, NUMBER, "1,000"),
        (-1_234_567, NUMBER, "-1,230,000"),
        (np.nan, NUMBER, "–"),
        (None, NUMBER, "–"),
        (np.inf, NUMBER, "infinite"),
        (0.1234, SHARE, "12.3\u00a0%"),
        (1.0, SHARE, "100\u00a0%"),
        (1234.5, CHANGE, "+1,230"),
        (-0.5, CHANGE, "-0.5"),
        (1e-9, CHANGE, "0"),
        (1234.5, Column("x", "X", kind="integer"), "1,234"),
        (-0.4, Column("x", "X", kind="integer"), "0"),
        ("2030-04", Column("x", "X", kind="month"), "2030-04"),
        (2030.0, Column("x", "X", kind="month"), "2030"),
        (pd.Timestamp("2030-04-01"), Column("x", "X", kind="month"), "2030-04"),
        (np.True_, Column("x", "X", kind="text"), "yes"),
        (None, Column("x", "X", kind="text"), "–"),
    ],
)
def test_a_value_is_shown_with_three_figures_and_no_minus_nought(value: object, column: Column, text: str) -> None:
    assert shown(value, column) == text


def test_separators_follow_the_place() -> None:
    told = {}
    for name in LOCALES:
        with said_in(name):
            told[name] = [shown(1234.5, NUMBER), shown(0.1234, SHARE), shown(0.0000123, NUMBER)]
    assert told == {
        "en": ["1,230", "12.3\u00a0%", "0.0000123"],
        "de": ["1.230", "12,3\u00a0%", "0,0000123"],
        "fr": ["1\u202f230", "12,3\u00a0%", "0,0000123"],
        "iso": ["1\u202f230", "12.3\u00a0%", "0.0000123"],
    }
    assert shown(1234.5, NUMBER) == "1,230"


def test_a_difference_is_taken_of_unrounded_values_and_of_shares_in_points() -> None:
    frame = pd.DataFrame({"a": [1004.9], "b": [1000.0], "s": [0.25], "t": [0.2]})
    columns = (
        Column("a", "A"),
        Column("b", "B"),
        Column("d", "D", difference_of=("a", "b")),
        Column("e", "E", kind="share", difference_of=("s", "t")),
    )
    table = Table("T", frame, columns)
    assert texts(table) == [["1,000", "1,000", "+4.9", "+5"]]
    assert values(table, columns[2]).tolist() == pytest.approx([4.9])
    assert columns[3].heading == "E (percentage points)"


def test_anchors_are_the_words_and_no_two_are_the_same() -> None:
    document = Document("T", "", (Heading("Où ça?"), Heading("Où ça?", 2), Heading("§")))
    assert [anchor for anchor, _ in document.numbered()] == ["ou-ca", "ou-ca-2", "section"]
    assert slug("A & b") == "a-b"


def test_bold_is_told_from_plain() -> None:
    assert spans("a **b** c") == [("a ", False), ("b", True), (" c", False)]
    assert spans("2 ** 3") == [("2 ** 3", False)]


def test_a_column_that_its_data_lack_is_named() -> None:
    with pytest.raises(ValueError, match=r"'T': no column c in its data, which have \['a'\]"):
        Table("T", pd.DataFrame({"a": [1]}), (Column("a", "A"), Column("d", "D", difference_of=("a", "c"))))
    with pytest.raises(ValueError, match="each with a name of its own"):
        Figure("F", {}, pd.DataFrame({"a": [1]}), (NUMBER, NUMBER), "", "")


def test_a_table_knows_which_columns_name_its_rows() -> None:
    frame = pd.DataFrame({"a": ["x"], "b": ["2030"], "c": [1.0], "d": ["why"]})
    columns = (
        Column("a", "A", kind="text"),
        Column("b", "B", kind="month"),
        Column("c", "C"),
        Column("d", "D", kind="text"),
    )
    assert Table("T", frame, columns).keys == 2
    assert Table("T", frame, columns[2:]).keys == 1
