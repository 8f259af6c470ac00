"""A document as one HTML file that asks nothing of a network: styles, scripts, figures and their data are in it.

Tables sort by a click; figures answer the pointer where scripts run, and stand as pictures where they don't and in
print. A content policy in the page forbids every request.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files

import pandas as pd

from planner.report.blocks import (
    Block,
    Column,
    Document,
    Equation,
    Figure,
    Heading,
    Note,
    Paragraph,
    Table,
    in_its_locale,
    numbered_title,
    paper_mm,
    spans,
    texts,
    values,
)
from planner.report.mathematics import MathMl, Plain
from planner.report.pictures import javascript, specification, svg

LONG = 30
"""Rows from which a table scrolls under its headings."""
PROSE = 40
"""Letters from which a cell is prose, and its column kept wide enough to read."""
IDENTITY = "Where this comes from"


@in_its_locale
def html(document: Document, *, paper: str = "a4", language: str = "en") -> str:
    """The page. `paper`: a4 or letter, where it is printed. `language`: of the document's words, as a tag like en or
    pt-BR."""
    blocks = list(document.numbered())
    body = [_block(anchor, block) for anchor, block in blocks]
    width_mm, height_mm = paper_mm(paper)
    draws = any(isinstance(block, Figure) for _, block in blocks)
    scripts = [*([javascript()] if draws else []), _asset("page.js")]
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; script-src "
        + " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
    )
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{escape(language)}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(document.title)}</title>",
            f"<style>\n{_asset('page.css')}@page {{ size: {width_mm}mm {height_mm}mm; margin: 18mm 16mm; }}\n</style>",
            "</head>",
            "<body>",
            '<a class="skip" href="#text">To the text</a>',
            f"<header>\n<h1>{escape(document.title)}</h1>",
            f'<p class="subtitle">{escape(document.subtitle)}</p>\n</header>',
            *_contents(blocks, bool(document.identity)),
            '<main id="text">',
            *body,
            *_identity(document),
            "</main>",
            *(f"<script>{script}</script>" for script in scripts),
            "</body>",
            "</html>\n",
        ]
    )


def _asset(name: str) -> str:
    return files("planner.report").joinpath(name).read_text(encoding="utf-8")


def _contents(blocks: Sequence[tuple[str, Block]], identity: bool) -> Iterator[str]:
    yield '<nav aria-labelledby="contents">\n<h2 id="contents">Contents</h2>\n<ul>'
    for anchor, block in blocks:
        if isinstance(block, Heading) and block.level < 3:
            yield f'<li class="level-{block.level}"><a href="#{anchor}">{escape(block.text)}</a></li>'
    if identity:
        yield f'<li class="level-1"><a href="#identity">{IDENTITY}</a></li>'
    yield "</ul>\n</nav>"


def _identity(document: Document) -> Iterator[str]:
    if document.identity:
        yield f'<h2 id="identity">{IDENTITY}</h2>\n<dl>'
        for label, told in document.identity.items():
            yield f"<dt>{escape(label)}</dt><dd>{escape(told)}</dd>"
        yield "</dl>"


def _block(anchor: str, block: Block) -> str:
    match block:
        case Heading(text, level):
            return f'<h{level + 1} id="{anchor}">{escape(text)}</h{level + 1}>'
        case Paragraph(text):
            return f"<p>{_prose(text)}</p>"
        case Note(text):
            return f'<div class="note" role="note">{_prose(text)}</div>'
        case Equation(formula, alt):
            plain = f"{alt}: {Plain().formula(formula)}" if alt else Plain().formula(formula)
            inner = MathMl().formula(formula)
            return (
                f'<div class="equation" tabindex="0"><math display="block" alttext="{escape(plain)}">'
                f"<mrow>{inner}</mrow></math></div>"
            )
        case Table():
            return _table(anchor, numbered_title(anchor, block.title), block)
        case Figure():
            return _figure(anchor, block)


def _prose(text: str) -> str:
    return "".join(f"<strong>{escape(piece)}</strong>" if bold else escape(piece) for piece, bold in spans(text))


def _figure(anchor: str, figure: Figure) -> str:
    picture = b64encode(svg(figure).encode()).decode()
    spec = json.dumps(specification(figure), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    remark = f'\n<p class="remark">{_prose(figure.caution)}</p>' if figure.caution else ""
    data = _table(f"{anchor}-data", figure.data.title, figure.data)
    return (
        f'<figure id="{anchor}">\n<figcaption>{escape(numbered_title(anchor, figure.title))}</figcaption>\n'
        f'<div class="chart"><img src="data:image/svg+xml;base64,{picture}" alt="{escape(figure.alt)}">'
        f'<script type="application/json">{spec}</script></div>{remark}\n'
        f"<details><summary>Data of this figure</summary>\n{data}</details>\n</figure>"
    )


def _table(anchor: str, title: str, table: Table) -> str:
    rows = list(_rows(table))
    cut = len(rows) - table.totals
    sortable = ' class="sortable"' if cut > 1 else ""
    head = "".join(_heading(column) for column in table.columns)
    body = "\n".join(rows[:cut]) if rows else f'<tr><td colspan="{len(table.columns)}">No rows.</td></tr>'
    foot = f"\n<tfoot>{''.join(rows[cut:])}</tfoot>" if table.totals else ""
    box = "box long" if len(rows) > LONG else "box"
    note = f'\n<p class="remark">{_prose(table.note)}</p>' if table.note else ""
    return (
        f'<div class="table" id="{anchor}">\n'
        f'<div class="{box}" role="region" tabindex="0" aria-labelledby="{anchor}-title">\n'
        f'<table{sortable}>\n<caption><span id="{anchor}-title">{escape(title)}</span></caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>{foot}\n</table>\n</div>{note}\n</div>"
    )


def _heading(column: Column) -> str:
    unit = f' <span class="unit">({escape(column.shown_unit)})</span>' if column.shown_unit else ""
    kind = "" if column.is_words else ' class="figure"'
    return f'<th scope="col"{kind}>{escape(column.label)}{unit}</th>'


def _rows(table: Table) -> Iterator[str]:
    data = [_sortable(values(table, column), column) for column in table.columns]
    rows = texts(table)
    kinds = [_class(column, cells) for column, cells in zip(table.columns, zip(*rows, strict=True), strict=bool(rows))]
    for i, cells in enumerate(rows):
        row = []
        for j, (text, column) in enumerate(zip(cells, table.columns, strict=True)):
            if j == 0 and column.is_words:
                row.append(f'<th scope="row">{escape(text)}</th>')
            elif column.is_words:
                row.append(f'<td class="{kinds[j]}">{escape(text)}</td>')
            else:
                row.append(f'<td class="figure" data-value="{data[j][i]}">{escape(text)}</td>')
        yield f"<tr>{''.join(row)}</tr>"


def _class(column: Column, cells: Sequence[str]) -> str:
    """How cells of words are laid out: in one line, wrapped, or wide enough to read."""
    if column.kind == "month":
        return "month"
    return "prose" if max(map(len, cells)) > PROSE else "words"


def _sortable(data: pd.Series, column: Column) -> list[str]:
    """What a row is sorted by: unrounded values, nothing where there is none."""
    if column.is_words:
        return [""] * len(data)
    return ["" if pd.isna(value) else str(value).replace("inf", "Infinity") for value in data]
