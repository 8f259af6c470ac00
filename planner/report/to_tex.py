"""A document as LaTeX, with its figures as PDF files beside it: for pdflatex, lualatex and xelatex alike.

The source is plain ASCII. Letters and signs beyond it are written as LaTeX's own commands, by `escaped`, so nothing
hangs on the encoding of a file or on an engine; a letter that LaTeX has no command for (Devanagari, say) is printed by
the engines that read Unicode, where the font has it, and as its number by pdflatex. Packages, all in TeX Live's
recommended sets: amsmath, array, booktabs, caption, geometry, graphicx, hyperref, iftex, lmodern, longtable,
pdflscape, xcolor.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from planner.report.blocks import (
    Block,
    Document,
    Equation,
    Figure,
    Heading,
    Note,
    Paragraph,
    Table,
    in_its_locale,
    paper_mm,
    spans,
)
from planner.report.layout import NARROW, Cells, Setting, cells_of, on_paper, turned_pages, widths_points
from planner.report.mathematics import Latex
from planner.report.pictures import pdf_picture, size_px

LETTER_EM = 0.59
"""Width of a letter of a table as a share of its size, on average, in Latin Modern."""
MARGIN_MM = 20.0
POINTS_AN_MM = 72.27 / 25.4
"""TeX's points."""
GAP_POINTS = 6.0
"""Between columns."""
POINTS_A_PIXEL = 8 / 12
"""So that a figure's letters of 12 px are 8 points on paper, where it fits."""
CAPTION_POINTS = 90.0
"""Height kept beside a picture for its caption and remark."""
LONGEST_WORD = 24
"""Letters after which a word in prose may be broken."""
PREAMBLE = r"""\documentclass[%(paper)s,10pt]{article}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage{textcomp}
  \DeclareRobustCommand{\otherletter}[1]{[U+#1]\allowbreak}
\else
  \usepackage{fontspec}
  \DeclareRobustCommand{\otherletter}[1]{\char"#1\relax}
\fi
\usepackage{lmodern}
\usepackage[margin=%(margin)smm]{geometry}
\usepackage{amsmath,array,booktabs,longtable,graphicx,pdflscape,xcolor}
\usepackage{caption}
\usepackage[hidelinks,unicode]{hyperref}
\hypersetup{pdftitle={%(title)s},pdflang={%(language)s}}
\captionsetup{labelsep=period,font={small,bf},justification=raggedright,singlelinecheck=false,skip=4pt,hypcap=false}
\setcounter{secnumdepth}{0}
\setcounter{tocdepth}{2}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt plus 2pt}
\setlength{\LTleft}{0pt}
\setlength{\LTpre}{8pt}
\setlength{\LTpost}{4pt}
\setlength{\emergencystretch}{3em}
\setlength{\tabcolsep}{%(gap)spt}
\newcolumntype{L}[1]{>{\raggedright\arraybackslash}p{#1}}
\newcolumntype{R}[1]{>{\raggedleft\arraybackslash}p{#1}}
\newcommand{\remark}[1]{{\small\color{black!65}#1\par}}
\newcommand{\note}[1]{\par\smallskip\noindent\colorbox{black!5}{\parbox{\dimexpr\linewidth-2\fboxsep}{#1}}\par\smallskip}
"""
SIGNS: Mapping[str, str] = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_\allowbreak{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": "-{}",
    "[": "{[}",
    "]": "{]}",
    "\u00a0": "~",
    "\u2009": r"\,",
    "\u202f": r"\,",
    "\u200b": r"\allowbreak{}",
    "\u00ad": r"\-",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "‑": "-{}",
    "−": r"\ensuremath{-}",
    "…": r"\dots{}",
    "‘": r"\textquoteleft{}",
    "’": r"\textquoteright{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "„": r"\quotedblbase{}",
    "‚": r"\quotesinglbase{}",
    "«": r"\guillemotleft{}",
    "»": r"\guillemotright{}",
    "•": r"\textbullet{}",
    "·": r"\textperiodcentered{}",
    "°": r"\textdegree{}",
    "§": r"\S{}",
    "¶": r"\P{}",
    "©": r"\textcopyright{}",
    "®": r"\textregistered{}",
    "™": r"\texttrademark{}",
    "€": r"\texteuro{}",
    "£": r"\textsterling{}",
    "¥": r"\textyen{}",
    "¢": r"\textcent{}",
    "½": r"\textonehalf{}",
    "¼": r"\textonequarter{}",
    "¾": r"\textthreequarters{}",
    "‰": r"\textperthousand{}",
    "¿": r"\textquestiondown{}",
    "¡": r"\textexclamdown{}",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    "đ": r"\dj{}",
    "ð": r"\dh{}",
    "þ": r"\th{}",
    "×": r"\ensuremath{\times}",
    "÷": r"\ensuremath{\div}",
    "±": r"\ensuremath{\pm}",
    "≤": r"\ensuremath{\le}",
    "≥": r"\ensuremath{\ge}",
    "≠": r"\ensuremath{\ne}",
    "≈": r"\ensuremath{\approx}",
    "∞": r"\ensuremath{\infty}",
    "∑": r"\ensuremath{\sum}",
    "√": r"\ensuremath{\surd}",
    "∈": r"\ensuremath{\in}",
    "∀": r"\ensuremath{\forall}",
    "∂": r"\ensuremath{\partial}",
    "→": r"\ensuremath{\to}",
    "←": r"\ensuremath{\leftarrow}",
    "↑": r"\ensuremath{\uparrow}",
    "↓": r"\ensuremath{\downarrow}",
    "↔": r"\ensuremath{\leftrightarrow}",
    "⇒": r"\ensuremath{\Rightarrow}",
    "′": r"\ensuremath{'}",
    "µ": r"\ensuremath{\mu}",
}
ACCENTS: Mapping[str, str] = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u ",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r ",
    "\u030b": "H ",
    "\u030c": "v ",
    "\u0323": "d ",
    "\u0327": "c ",
    "\u0328": "k ",
}
"""Commands of combining accents: a letter with one is written as the letter under it."""
GREEK_LIKE_LATIN: Mapping[str, str] = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo", strict=True))
"""Greek letters that TeX has no command for, since they look like Latin ones."""


@in_its_locale
def tex(
    document: Document, *, figures: str = "figures", paper: str = "a4", language: str = "en"
) -> tuple[str, dict[str, bytes]]:
    """The LaTeX source, in ASCII, and the PDF pictures that it names: they go into the folder `figures` beside it.

    `paper`: a4 or letter. `language`: of the words.
    """
    rooms = [_room(paper, turned=turned) for turned in (False, True)]

    def letters(turned: bool, points: float) -> int:
        return int(rooms[turned][0] / (LETTER_EM * points))

    settings = [
        on_paper(cells_of(block), block.keys, letters) if isinstance(block, Table) else None
        for block in document.blocks
    ]
    turned = turned_pages(document.blocks, settings)
    parts = [
        PREAMBLE
        % {
            "paper": f"{paper}paper",
            "margin": f"{MARGIN_MM:g}",
            "title": _bare(document.title),
            "language": language,
            "gap": f"{GAP_POINTS / 2:g}",
        },
        r"\begin{document}",
        rf"{{\LARGE\bfseries {escaped(document.title)}\par}}",
    ]
    if document.subtitle:
        parts.append(rf"{{\large {escaped(document.subtitle)}\par}}")
    parts.append(r"\tableofcontents")
    pictures: dict[str, bytes] = {}
    for i, (anchor, block) in enumerate(document.numbered()):
        before = i > 0 and turned[i - 1]
        if turned[i] != before:
            parts.append(r"\end{landscape}" if before else r"\begin{landscape}")
        room = rooms[turned[i]]
        if isinstance(block, Figure):
            name = f"{anchor}.pdf"
            pictures[name] = pdf_picture(block)
            parts.append(_figure(block, f"{figures}/{name}", anchor, size_px(block), room))
        else:
            parts.append("\n".join(_block(anchor, block, settings[i], room[0])))
    if turned and turned[-1]:
        parts.append(r"\end{landscape}")
    parts += _identity(document)
    return "\n\n".join([*parts, r"\end{document}"]) + "\n", pictures


def escaped(words: str, longest: int = LONGEST_WORD) -> str:
    """Words as LaTeX in ASCII that prints them as they are; those of more than `longest` letters may be broken."""
    return " ".join(
        r"\allowbreak{}".join(_escaped(word[i : i + longest]) for i in range(0, len(word), longest))
        for word in re.split(r"[ \t\r\n]+", words)
    )


def _escaped(word: str) -> str:
    return "".join(map(_letter, unicodedata.normalize("NFC", word)))


def _letter(letter: str) -> str:
    if letter in SIGNS:
        return SIGNS[letter]
    if " " <= letter <= "~":
        return letter
    if letter in GREEK_LIKE_LATIN:
        return GREEK_LIKE_LATIN[letter]
    name = unicodedata.name(letter, "")
    if match := re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?([A-Z]+)", name):
        greek = match[2].lower().replace("lamda", "lambda")
        return rf"\ensuremath{{\{greek.capitalize() if match[1] == 'CAPITAL' else greek}}}"
    parts = unicodedata.normalize("NFKD", letter)
    kind = unicodedata.decomposition(letter).partition(">")[0]
    if kind in ("<super", "<sub") and parts.isascii():
        return rf"\ensuremath{{{'^' if kind == '<super' else '_'}{{{parts}}}}}"
    if len(parts) == 2 and parts[0].isascii() and parts[1] in ACCENTS:
        return rf"\{ACCENTS[parts[1]]}{{{parts[0]}}}"
    if unicodedata.category(letter) in ("Cc", "Cf"):
        return ""
    if parts != letter and parts.isascii():
        return _escaped(parts)
    return rf"\otherletter{{{ord(letter):04X}}}"


def _bare(words: str) -> str:
    """Words for a file's properties, which hold no commands: what isn't plain ASCII in its nearest letters."""
    plain = unicodedata.normalize("NFKD", words).replace("–", "-").encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9 .,:;()/+=*!?@-]", " ", plain)


def _room(paper: str, *, turned: bool) -> tuple[float, float]:
    """Width and height for words, in points."""
    width, height = paper_mm(paper)
    if turned:
        width, height = height, width
    return (width - 2 * MARGIN_MM) * POINTS_AN_MM, (height - 2 * MARGIN_MM) * POINTS_AN_MM


def _prose(words: str) -> str:
    return "".join(rf"\textbf{{{escaped(piece)}}}" if bold else escaped(piece) for piece, bold in spans(words))


def _block(anchor: str, block: Block, setting: Setting | None, room_points: float) -> Iterator[str]:
    match block:
        case Heading(text, level):
            plain = _bare(text)
            words = escaped(text) if plain == text else rf"\texorpdfstring{{{escaped(text)}}}{{{plain}}}"
            yield rf"\{'sub' * (level - 1)}section{{{words}}}\label{{{anchor}}}"
        case Paragraph(text):
            yield _prose(text)
        case Note(text):
            yield rf"\note{{{_prose(text)}}}"
        case Equation(formula, alt):
            yield rf"% {_bare(alt)}"
            yield r"\begin{equation*}"
            yield Latex().formula(formula)
            yield r"\end{equation*}"
        case Table() if setting is not None:
            yield from _table(anchor, block, setting, room_points)


def _figure(figure: Figure, path: str, anchor: str, px: tuple[float, float], room: tuple[float, float]) -> str:
    scale = min(POINTS_A_PIXEL, room[0] / px[0], (room[1] - CAPTION_POINTS) / px[1])
    remark = rf"\par\remark{{{_prose(figure.caution)}}}" if figure.caution else ""
    return "\n".join(
        [
            rf"% {_bare(figure.alt)}",
            r"\noindent\begin{minipage}{\linewidth}",
            rf"\captionof{{figure}}{{{escaped(figure.title)}}}\label{{{anchor}}}",
            rf"\includegraphics[width={px[0] * scale:.1f}pt]{{{path}}}{remark}",
            r"\end{minipage}\par\medskip",
        ]
    )


def _table(anchor: str, table: Table, setting: Setting, room_points: float) -> Iterator[str]:
    count = len(setting.parts)
    yield rf"{{\fontsize{{{setting.points:g}}}{{{setting.points * 1.2:g}}}\selectfont"
    for i, part in enumerate(setting.parts):
        if i:
            yield r"\addtocounter{table}{-1}"
        of = "" if count == 1 else f" (part {i + 1} of {count})"
        label = rf"\label{{{anchor}}}" if i == 0 else ""
        yield from _grid(part, escaped(table.title + of) + label, table.totals, setting.points, room_points)
    yield "}"
    if table.note:
        yield rf"\remark{{{_prose(table.note)}}}"


def _grid(columns: Sequence[Cells], caption: str, totals: int, points: float, room_points: float) -> Iterator[str]:
    widths = [width - GAP_POINTS for width in widths_points(columns, points, LETTER_EM, room_points)]
    sides = "".join(
        f"{'L' if column.column.is_words else 'R'}{{{width:.1f}pt}}"
        for column, width in zip(columns, widths, strict=True)
    )
    heads = " & ".join(rf"\textbf{{{escaped(column.heading)}}}" for column in columns) + r" \\"
    yield rf"\begin{{longtable}}{{@{{}}{sides}@{{}}}}"
    yield rf"\caption{{{caption}}}\\"
    yield rf"\toprule {heads} \midrule \endfirsthead"
    yield rf"\toprule {heads} \midrule \endhead"
    yield r"\bottomrule \endlastfoot"
    count = len(columns[0].cells)
    for i in range(count):
        cells = [_cell(column, i) for column in columns]
        if i >= count - totals:
            cells = [rf"\textbf{{{cell}}}" for cell in cells]
        rule = r"\midrule " if totals and i == count - totals else ""
        yield f"{rule}{' & '.join(cells)} " + r"\\"
    if not count:
        yield rf"\multicolumn{{{len(columns)}}}{{l}}{{No rows.}} \\"
    yield r"\end{longtable}"


def _cell(column: Cells, row: int) -> str:
    """A cell; no date is broken at its hyphen."""
    text = escaped(column.cells[row], max(column.width, NARROW))
    return rf"\mbox{{{text}}}" if column.column.kind == "month" else text


def _identity(document: Document) -> Iterator[str]:
    if document.identity:
        yield r"\section{Where this comes from}"
        for label, told in document.identity.items():
            yield rf"\textbf{{{escaped(label)}:}} {escaped(told)}"
