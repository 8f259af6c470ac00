"""Figures as pictures: Vega-Lite specifications drawn by vl-convert in this process; nothing is asked of a network.

Each picture is drawn once and kept for the next format that shows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from html import escape
from typing import Any

from planner.report.blocks import ENGLISH, Figure, localised, separators_of

KEPT = 512
"""Pictures kept, for the next format that shows them."""
VEGA_LITE = "6.4"
"""The version that draws pictures and stands in pages, so that both show the same."""
SHOWN = "shown_"
"""How fields begin that hold figures as text (`charts.style.data`)."""


def specification(figure: Figure, locale: str = "en") -> dict[str, Any]:
    """The figure's specification with its words for those who can't see it, and figures in the locale's separators."""
    schema = f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE.partition('.')[0]}.json"
    spec: dict[str, Any] = {"$schema": schema, **figure.spec, "description": figure.alt}
    separators = separators_of(locale)
    if separators == ENGLISH:
        return spec
    number = {"decimal": separators.decimal, "thousands": separators.thousands, "grouping": [3], "currency": ["", ""]}
    spec["config"] = {**spec.get("config", {}), "locale": {"number": number}}

    def put(part: Any) -> Any:
        if isinstance(part, Mapping):
            return {
                key: localised(each, separators) if key.startswith(SHOWN) and isinstance(each, str) else put(each)
                for key, each in part.items()
            }
        return [put(each) for each in part] if isinstance(part, list) else part

    return {key: put(part) for key, part in spec.items()}


@lru_cache(maxsize=KEPT)
def svg(figure: Figure, locale: str = "en") -> str:
    import vl_convert

    drawn = str(vl_convert.vegalite_to_svg(specification(figure, locale), vl_version=VEGA_LITE))
    return drawn.replace(">", f' role="img" aria-label="{escape(figure.alt)}">', 1)


@lru_cache(maxsize=KEPT)
def png(figure: Figure, locale: str = "en", scale: float = 2.0) -> bytes:
    """On white: a sheet's lines would show through."""
    import vl_convert

    drawn = svg(figure, locale)
    end = drawn.index(">") + 1
    return bytes(
        vl_convert.svg_to_png(f'{drawn[:end]}<rect width="100%" height="100%" fill="white"/>{drawn[end:]}', scale=scale)
    )


@lru_cache(maxsize=KEPT)
def pdf_picture(figure: Figure, locale: str = "en") -> bytes:
    """One page as large as the picture, its letters as letters."""
    import vl_convert

    return bytes(vl_convert.svg_to_pdf(svg(figure, locale)))


def size_px(figure: Figure, locale: str = "en") -> tuple[float, float]:
    """Width and height of the picture."""
    head = svg(figure, locale).partition(">")[0]
    found = dict(re.findall(r' (width|height)="([0-9.]+)"', head))
    if set(found) != {"width", "height"}:
        raise ValueError(f"{figure.title!r}: its picture tells no width and height: {head[:80]}")
    return float(found["width"]), float(found["height"])


@cache
def javascript() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, which defines `vegaEmbed`; making it takes some seconds."""
    import vl_convert

    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE))
