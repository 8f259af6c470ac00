"""LaTeX: the figures of every format, nothing unescaped, environments closed; and compiled, where TeX is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from planner.report.blocks import Column, Document, Heading, Note, Paragraph, Table
from planner.report.to_tex import escaped, tex
from planner.wording import said_in
from tests.planner.report_sample import SHOWN, document, figures

ODD = r"a_b & 50% #1 $x$ ~ ^ \ {z} – × Δ ² € 1" + "\u202f000 ≤ µ é Łódź ø नम 中 [x] -- 'q' \"r\" <s> |t| `u` ½ … → ő"
FILL = {"&": "and", r"\&": "&", r"\%": "%", "~": "\u00a0", r"\_\allowbreak{}": "_", r"\textless{}": "<"}


def odd() -> Document:
    """A document whose every word is awkward."""
    frame = pd.DataFrame({"site": [ODD, "[first]", "*"], "mw": [1.0, 2345.0, -0.5]})
    table = Table(ODD, frame, (Column("site", ODD, kind="text"), Column("mw", "Power", "€/kW")), note=ODD, totals=1)
    wide = Table(
        "Wide",
        frame.assign(**{f"y{i}": 12345.6 for i in range(40)}),
        tuple(Column(f"y{i}", f"{i}", "MW") for i in range(40)),
    )
    return Document(
        ODD,
        ODD,
        (Heading(ODD), Paragraph(f"**b** {ODD}"), Note(ODD), table, Heading("Wide", 2), wide),
        {ODD: ODD, "hash": "ab" * 32},
    )


@pytest.mark.parametrize(
    ("words", "source"),
    [
        ("50% of a_b & c#1", r"50\% of a\_\allowbreak{}b \& c\#1"),
        (r"$x$ ~ ^ \ {z}", r"\$x\$ \textasciitilde{} \textasciicircum{} \textbackslash{} \{z\}"),
        (
            "– × Δ ² € µ",
            r"\textendash{} \ensuremath{\times} \ensuremath{\Delta} \ensuremath{^{2}} \texteuro{} \ensuremath{\mu}",
        ),
        ("1\u202f000\u00a0%", r"1\,000~\%"),
        ("Łódź é ü", "\\L{}\\'{o}d\\'{z} \\'{e} \\\"{u}"),
        ("न", r"\otherletter{0928}"),
        ("a -- b", "a -{}-{} b"),
        ("ﬁrst", "first"),
    ],
)
def test_words_are_written_in_ascii_that_prints_them_as_they_are(words: str, source: str) -> None:
    assert escaped(words) == source


def test_the_figures_of_every_format_stand_in_the_source() -> None:
    text, _ = tex(document())
    rows = [line.removesuffix(r" \\").removeprefix(r"\midrule ") for line in text.splitlines() if line.endswith(r"\\")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)&", row)] for row in rows]
    plain = [
        [re.sub(r"\\(?:textbf|mbox)\{(.*)\}$", r"\1", re.sub(r"^\\textbf\{(.*)\}$", r"\1", each)) for each in row]
        for row in cells
    ]
    for row in SHOWN:
        wanted = [escaped(cell) for cell in row]
        assert [
            each
            for each in plain
            if [part.replace(r"\allowbreak{}", "") for part in each[:10]]
            == [part.replace(r"\allowbreak{}", "") for part in wanted]
        ]


def test_every_environment_and_brace_is_closed_and_the_source_is_ascii() -> None:
    text, _ = tex(odd())
    assert text.isascii()
    open_: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{([a-z*]+)\}", text):
        if kind == "begin":
            open_.append(name)
        else:
            assert open_.pop() == name
    assert open_ == []
    bare = re.sub(r"\\[\\{}%]", "", text)
    assert bare.count("{") == bare.count("}")


def test_no_sign_that_latex_reads_as_its_own_is_left_in_words() -> None:
    text, _ = tex(odd())
    body = text.partition(r"\begin{document}")[2]
    assert not re.search(r"(?<!\\)[#$]", body)
    assert [line for line in body.splitlines() if re.search(r"(?<!\\)%", line) and not line.startswith("% ")] == []
    assert not re.search(r"(?<!\\)_(?!\{)", re.sub(r"\\label\{[^}]*\}", "", body))


def test_pictures_are_named_and_handed_over() -> None:
    drawn = figures()
    text, pictures = tex(document((drawn["bars"], drawn["bridge"])), figures="plan-figures")
    named = re.findall(r"\\includegraphics\[width=[0-9.]+pt\]\{plan-figures/([^}]*)\}", text)
    assert named == list(pictures) == ["figure-1.pdf", "figure-2.pdf"]
    assert all(picture.startswith(b"%PDF") for picture in pictures.values())
    assert text.count(r"\captionof{figure}") == 2


def test_paper_and_separators_are_those_asked_for() -> None:
    with said_in("de"):
        made = document()
    text, _ = tex(made, paper="letter")
    assert r"\documentclass[letterpaper,10pt]" in text
    assert "41.200" in text and "41,200" not in text


def test_wide_tables_stand_on_pages_on_their_side_and_their_parts_have_one_number() -> None:
    text, _ = tex(odd())
    wide = text.partition(r"\begin{landscape}")[2].partition(r"\end{landscape}")[0]
    assert r"\subsection{Wide}" in wide
    assert wide.count(r"\begin{longtable}") == 1 + wide.count(r"\addtocounter{table}{-1}") > 1


@pytest.mark.parametrize("engine", ["pdflatex", "lualatex"])
def test_it_compiles(engine: str, tmp_path: Path) -> None:
    program = shutil.which(engine)
    if program is None:
        pytest.skip(f"no {engine} on this machine: the source isn't compiled")
    whole = odd()
    drawn = figures()["bridge"]
    text, pictures = tex(Document(whole.title, "", (*whole.blocks, *document((drawn,)).blocks), whole.identity))
    (tmp_path / "figures").mkdir()
    for name, picture in pictures.items():
        (tmp_path / "figures" / name).write_bytes(picture)
    (tmp_path / "report.tex").write_text(text, encoding="ascii")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "report.tex"]
    for _ in range(2):
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
        assert run.returncode == 0, run.stdout[-2000:]
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
