"""How tables are laid out: columns by what is in them, in letters, and in parts where a page is too narrow.

Each part of a wide table repeats the columns that name a row. On paper a wide table is first set in smaller type, then
on a page turned on its side, then in parts.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from planner.report.blocks import Block, Column, Heading, Note, Paragraph, Table, texts

GAP_LETTERS = 2
"""Between two columns."""
NARROW = 10
"""Letters that a column of words keeps, whatever stands beside it."""
SIZES_POINTS = (8.5, 8.0, 7.5, 7.0)
"""Type of tables on paper, the first that a table fits in; parts of one that fits in none are set in `PARTS_POINTS`."""
PARTS_POINTS = 8.0
CALM_LINES = 2
"""Lines of a row's name up to which rows are easily told apart."""
TALLEST_LINES = 9
"""Lines of a cell from which a column of words is too narrow to read."""
WHOLE_ROWS = 12
"""Rows of a table up to which no page parts it."""
LONGEST_WORD = 24
"""Letters from which a word may be broken in a cell."""
NARROW_LETTERS = frozenset("iljtfrI.,:;'|!()[]- ")
NARROW_EM, USUAL_EM, CAPITAL_EM = 0.3, 0.556, 0.72
"""Widths of letters of Arial as a share of their size: about, by kind."""
BOLD = 1.12
"""How much wider bold letters are."""
NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Cells:
    """A column's heading and cells, and the letters it is given."""

    column: Column
    heading: str
    cells: list[str]
    width: int

    @cached_property
    def widest(self) -> int:
        """Letters it takes with no cell wrapped; headings wrap at words in any case."""
        return max([_longest_word(self.heading), *map(len, self.cells)])

    @cached_property
    def least(self) -> int:
        """Letters it must have: figures are never wrapped."""
        if not self.column.is_words:
            return self.widest
        return min(self.widest, max(NARROW, _longest_word(self.heading)))

    def at(self, width: int) -> Cells:
        return Cells(self.column, self.heading, self.cells, width)

    def wrapped(self, text: str) -> list[str]:
        lines = textwrap.wrap(text, self.width, break_on_hyphens=False) or [""]
        return [line.ljust(self.width) if self.column.is_words else line.rjust(self.width) for line in lines]

    @cached_property
    def longest_word(self) -> int:
        return max(map(_longest_word, self.cells), default=0)

    @cached_property
    def longest_em(self) -> float:
        """Width of its longest word that isn't to be broken, as a share of the size of its letters."""
        words = {word for cell in self.cells for word in cell.split(" ") if len(word) <= LONGEST_WORD}
        return max([_em(word) for word in words] + [BOLD * _em(word) for word in self.heading.split(" ")])

    @cached_property
    def cell_em(self) -> float:
        """Width of its widest cell in one line."""
        return max(map(_em, self.cells), default=0.0)

    @property
    def is_calm(self) -> bool:
        """Whether no cell takes more than two lines."""
        return all(len(self.wrapped(cell)) <= CALM_LINES for cell in set(self.cells) if len(cell) > self.width)

    @property
    def is_readable(self) -> bool:
        """Whether no cell is a tower of lines, and no word but a very long one is broken."""
        lines = max((-(-len(cell) // max(self.width, 1)) for cell in self.cells), default=1)
        return lines <= TALLEST_LINES and self.width >= min(self.longest_word, LONGEST_WORD)


@dataclass(frozen=True)
class Setting:
    """How a table stands on paper: its columns in parts, whether the page is turned, the size of its type."""

    parts: list[list[Cells]]
    turned: bool
    points: float


def cells_of(table: Table) -> list[Cells]:
    """The columns as shown; short units stay in one line with their bracket."""
    rows = texts(table)
    columns = table.columns
    return [Cells(column, _heading(column), [row[i] for row in rows], 0) for i, column in enumerate(columns)]


def _heading(column: Column) -> str:
    unit = column.shown_unit
    return f"{column.label} ({unit.replace(' ', NO_BREAK)})" if 0 < len(unit) <= 8 else column.heading


def widths_points(columns: Sequence[Cells], points: float, letter_em: float, room_points: float) -> list[float]:
    """Widths of columns with their gaps, no wider together than the page; none breaks a word where there is room."""
    gap = GAP_LETTERS * letter_em
    unbroken = [points * (gap + column.longest_em) for column in columns]
    wanted = [
        max(points * (gap + column.width * letter_em), least) for column, least in zip(columns, unbroken, strict=True)
    ]
    in_one_line = [max(width, points * (gap + column.cell_em)) for width, column in zip(wanted, columns, strict=True)]
    if sum(in_one_line) <= room_points:
        return in_one_line
    over, spare = max(0.0, sum(wanted) - room_points), sum(wanted) - sum(unbroken)
    if over <= spare:  # columns give way by what they have beyond their longest word
        share = over / spare if spare else 0.0
        return [width - share * (width - least) for width, least in zip(wanted, unbroken, strict=True)]
    return [width * room_points / sum(wanted) for width in wanted]


def on_paper(columns: Sequence[Cells], keys: int, letters: Callable[[bool, float], int]) -> Setting:
    """The largest type in which a table fits upright and is readable, the names of its rows in two lines if some type
    allows it, else turned, else in parts on turned pages.

    `letters(turned, points)`: how many a line of the page takes.
    """
    needed = taken([column.least for column in columns])

    def settings(turned: bool) -> list[Setting]:
        rooms = ((points, letters(turned, points)) for points in SIZES_POINTS)
        return [Setting([_spread(columns, room)], turned, points) for points, room in rooms if needed <= room]

    if upright := [one for one in settings(False) if _is_readable(one)]:
        return next((one for one in upright if all(column.is_calm for column in one.parts[0][:keys])), upright[0])
    if turned := settings(True):
        return next(filter(_is_readable, turned), turned[0])
    width = letters(True, PARTS_POINTS)
    count = len(split(columns, keys, width))
    # As many parts as must be, and columns shared out among them: the narrowest page that takes no part more.
    even = next(each for each in range(width // 2, width + 1) if len(split(columns, keys, each)) <= count)
    return Setting(split(columns, keys, even), True, PARTS_POINTS)


def _is_readable(setting: Setting) -> bool:
    return all(column.is_readable for column in setting.parts[0])


def turned_pages(blocks: Sequence[Block], settings: Sequence[Setting | None]) -> list[bool]:
    """Which blocks stand on a page on its side: wide tables, the headings right before them, and words between two."""
    turned = [setting is not None and setting.turned for setting in settings]
    for i in range(len(blocks) - 2, -1, -1):
        if isinstance(blocks[i], Heading):
            turned[i] = turned[i + 1]
    i = 0
    while i < len(blocks):
        past = i
        while past < len(blocks) and isinstance(blocks[past], Heading | Paragraph | Note):
            past += 1
        if 0 < i < past < len(blocks) and turned[i - 1] and turned[past]:
            turned[i:past] = [True] * (past - i)
        i = max(past, i + 1)
    return turned


def split(columns: Sequence[Cells], keys: int, width: int) -> list[list[Cells]]:
    """Columns in parts that fit, each with its width; parts but the first begin with the keys."""
    if taken([column.least for column in columns]) <= width:
        return [_spread(columns, width)]
    names = list(columns[:keys])
    while len(names) > 1 and taken([column.least for column in names]) > width // 2:
        names.pop()
    parts: list[list[Cells]] = []
    part = list(names)
    for column in columns[len(names) :]:
        if len(part) > len(names) and taken([each.least for each in [*part, column]]) > width:
            parts.append(_spread(part, width))
            part = list(names)
        part.append(column)
    return [*parts, _spread(part, width)]


def _spread(columns: Sequence[Cells], width: int) -> list[Cells]:
    """Each column as wide as its cells; where they don't fit, the widest of words gives way first; where they do, room
    that is left goes to the headings of most lines."""
    widths = [column.widest for column in columns]
    least = [column.least for column in columns]
    while taken(widths) > width:
        spare = [i for i, now in enumerate(widths) if now > least[i]]
        widths[max(spare or range(len(widths)), key=lambda i: widths[i])] -= 1
    heights = [len(column.at(now).wrapped(column.heading)) for column, now in zip(columns, widths, strict=True)]
    while max(heights) > 1 and taken(widths) < width:
        i = heights.index(max(heights))
        widths[i] += 1
        heights[i] = len(columns[i].at(widths[i]).wrapped(columns[i].heading))
    return [column.at(now) for column, now in zip(columns, widths, strict=True)]


def taken(widths: Sequence[int]) -> int:
    """Letters of a line of columns of these widths."""
    return sum(widths) + GAP_LETTERS * (len(widths) - 1)


def _em(word: str) -> float:
    return sum(
        NARROW_EM if letter in NARROW_LETTERS else CAPITAL_EM if letter.isupper() or letter in "mw%" else USUAL_EM
        for letter in word
    )


def _longest_word(words: str) -> int:
    return max(map(len, words.split(" ")), default=0)
