"""Figures as pictures: Vega-Lite specifications drawn by vl-convert in this process; nothing is asked of a network.

Each picture is drawn once and kept for the next format that shows it.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from html import escape
from typing import Any

from planner.report.blocks import Figure
from planner.wording import ENGLISH, LOCALES

KEPT = 512
"""Pictures kept, for the next format that shows them."""
VEGA_LITE = "6.4"
"""The version that draws pictures and stands in pages, so that both show the same."""


def specification(figure: Figure) -> dict[str, Any]:
    """The figure's specification with its words for those who can't see it, axes with the separators of its texts."""
    schema = f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE.partition('.')[0]}.json"
    spec: dict[str, Any] = {"$schema": schema, **figure.spec, "description": figure.alt}
    if figure.locale == ENGLISH:
        return spec
    separators = LOCALES[figure.locale]
    number = {"decimal": separators.decimal, "thousands": separators.thousands, "grouping": [3], "currency": ["", ""]}
    return {**spec, "config": {**spec.get("config", {}), "locale": {"number": number}}}


@lru_cache(maxsize=KEPT)
def svg(figure: Figure) -> str:
    import vl_convert

    drawn = str(vl_convert.vegalite_to_svg(specification(figure), vl_version=VEGA_LITE))
    return drawn.replace(">", f' role="img" aria-label="{escape(figure.alt)}">', 1)


@lru_cache(maxsize=KEPT)
def png(figure: Figure, scale: float = 2.0) -> bytes:
    """On white: a sheet's lines would show through."""
    import vl_convert

    drawn = svg(figure)
    end = drawn.index(">") + 1
    return bytes(
        vl_convert.svg_to_png(f'{drawn[:end]}<rect width="100%" height="100%" fill="white"/>{drawn[end:]}', scale=scale)
    )


@lru_cache(maxsize=KEPT)
def pdf_picture(figure: Figure) -> bytes:
    """One page as large as the picture, its letters as letters."""
    import vl_convert

    return bytes(vl_convert.svg_to_pdf(svg(figure)))


def size_px(figure: Figure) -> tuple[float, float]:
    """Width and height of the picture."""
    head = svg(figure).partition(">")[0]
    found = dict(re.findall(r' (width|height)="([0-9.]+)"', head))
    if set(found) != {"width", "height"}:
        raise ValueError(f"{figure.title!r}: its picture tells no width and height: {head[:80]}")
    return float(found["width"]), float(found["height"])


@cache
def javascript() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, which defines `vegaEmbed`; making it takes some seconds."""
    import vl_convert

    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE))
