"""Figures as pictures: Vega-Lite specifications drawn by vl-convert in this process; nothing is asked of a network."""

from __future__ import annotations

from functools import cache, lru_cache
from html import escape
from typing import Any

from planner.report.blocks import Figure

KEPT = 512
"""Pictures kept, for the next format that shows them."""
VEGA_LITE = "6.4"
"""The version that draws pictures and stands in pages, so that both show the same."""


def specification(figure: Figure) -> dict[str, Any]:
    """The figure's specification with its words for those who can't see it."""
    schema = f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE.partition('.')[0]}.json"
    return {"$schema": schema, **figure.spec, "description": figure.alt}


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


@cache
def javascript() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, which defines `vegaEmbed`; making it takes some seconds."""
    import vl_convert

    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE))
