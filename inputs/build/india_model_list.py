"""India programme: the models that can be had, by route, and which of them each kind of work asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sheets import Judged


@dataclass(frozen=True)
class Model:
    """A planning version. `known`: the date whose capability, in its class, it has, as a calendar year.

    `tongue`: how it came by India's languages: none, grown (an open base of a later year), continued, native.
    """

    name: str
    kind: str
    route: str
    known: float
    tongue: str
    available_from: str
    cost_musd: Judged
    origin: str
    licence: str
    why: str
    base: str = ""
    max_run_months: int | None = None
    usd_per_mtoken: Judged | None = None
    max_t_per_year: Judged | None = None


MODELS = (
    Model(
        "open_8b",
        "SLM8",
        "adopt",
        2026.5,
        "none",
        "2026-09",
        Judged(2, 1, 5),
        "CN",
        "open",
        "an Apache-2.0 base of 2026",
    ),
    Model(
        "open_30b",
        "MOE30_A3",
        "adopt",
        2026.5,
        "none",
        "2026-09",
        Judged(2.5, 1, 6),
        "CN",
        "open",
        "an Apache-2.0 mixture of 2026 with 3 B active",
    ),
    Model(
        "open_120b",
        "MOE120",
        "adopt",
        2026.5,
        "none",
        "2026-09",
        Judged(4, 2, 10),
        "US",
        "open",
        "an Apache-2.0 mixture of 2026",
    ),
    Model(
        "open_671b",
        "MOE671",
        "adopt",
        2026.5,
        "none",
        "2026-09",
        Judged(6, 3, 15),
        "CN",
        "open",
        "an MIT-licensed mixture of 2026",
    ),
    Model(
        "sarvam_105b",
        "MOE120",
        "adopt",
        2025.9,
        "native",
        "2026-03",
        Judged(5, 2, 10),
        "IN",
        "open",
        "trained at home from nothing, released March 2026; licence and use by the programme assumed",
    ),
    Model(
        "indic_8b",
        "SLM8",
        "continue",
        2026.5,
        "continued",
        "2027-01",
        Judged(8, 4, 16),
        "CN",
        "open",
        "22 scheduled languages on 0.3 T tokens",
        "open_8b",
    ),
    Model(
        "indic_30b",
        "MOE30_A3",
        "continue",
        2026.5,
        "continued",
        "2027-01",
        Judged(10, 5, 20),
        "CN",
        "open",
        "22 scheduled languages on 0.3 T tokens",
        "open_30b",
    ),
    Model(
        "indic_120b",
        "MOE120",
        "continue",
        2026.5,
        "continued",
        "2027-01",
        Judged(15, 8, 30),
        "US",
        "open",
        "22 scheduled languages on 0.3 T tokens",
        "open_120b",
    ),
    Model(
        "bharat_8b",
        "SLM8",
        "pretrain",
        2026.75,
        "native",
        "2027-01",
        Judged(20, 10, 40),
        "IN",
        "open",
        "from nothing, own tokeniser",
    ),
    Model(
        "bharat_30b",
        "MOE30_A3",
        "pretrain",
        2026.75,
        "native",
        "2027-01",
        Judged(30, 15, 60),
        "IN",
        "open",
        "mixture with 3 B active",
    ),
    Model(
        "bharat_120b",
        "MOE120",
        "pretrain",
        2027.0,
        "native",
        "2027-07",
        Judged(50, 25, 100),
        "IN",
        "open",
        "mixture with 10 B active",
    ),
    Model(
        "bharat_400b",
        "MOE400",
        "pretrain",
        2028.5,
        "native",
        "2029-01",
        Judged(120, 60, 250),
        "IN",
        "open",
        "mixture with 18 B active",
        max_run_months=9,
    ),
    Model(
        "distil_8b",
        "SLM8",
        "distil",
        2029.0,
        "native",
        "2030-01",
        Judged(12, 6, 25),
        "IN",
        "open",
        "taught by bharat_400b; half a year ahead of its class for that",
        "bharat_400b",
    ),
    Model(
        "open_8b_2029",
        "SLM8",
        "adopt",
        2028.5,
        "grown",
        "2029-01",
        Judged(2, 1, 5),
        "CN",
        "open",
        "the class as of mid-2028, assumed open",
    ),
    Model(
        "open_30b_2029",
        "MOE30_A3",
        "adopt",
        2028.5,
        "grown",
        "2029-01",
        Judged(2.5, 1, 6),
        "CN",
        "open",
        "the class as of mid-2028, assumed open",
    ),
    Model(
        "open_120b_2029",
        "MOE120",
        "adopt",
        2028.5,
        "grown",
        "2029-01",
        Judged(4, 2, 10),
        "US",
        "restricted",
        "the class as of mid-2028; licences of large bases tighten (revenue caps were seen in 2026), assumed",
    ),
    Model(
        "indic_30b_2029",
        "MOE30_A3",
        "continue",
        2028.5,
        "continued",
        "2029-01",
        Judged(10, 5, 20),
        "CN",
        "open",
        "22 scheduled languages on 0.3 T tokens",
        "open_30b_2029",
    ),
    Model(
        "frontier_api",
        "FRONTIER_API",
        "api",
        2026.5,
        "grown",
        "2026-09",
        Judged(0, 0, 0),
        "US",
        "closed",
        "fallback of last resort",
        usd_per_mtoken=Judged(20, 8, 40),
        max_t_per_year=Judged(50, 20, 200),
    ),
    Model(
        "frontier_api_2029",
        "FRONTIER_API",
        "api",
        2028.5,
        "grown",
        "2029-01",
        Judged(0, 0, 0),
        "US",
        "closed",
        "fallback of last resort",
        usd_per_mtoken=Judged(20, 8, 40),
        max_t_per_year=Judged(300, 50, 1000),
    ),
)
API_PARAMS_B = Judged(1600, 500, 5000)
"""A closed model's size isn't known; it costs nothing in the plan but must stand in the column."""
API_ACTIVE_B = Judged(50, 20, 200)

SMALL = ("open_30b", "indic_8b", "bharat_8b", "indic_30b", "bharat_30b", "open_8b_2029", "indic_30b_2029", "distil_8b")
TONGUES = (
    "indic_8b",
    "bharat_8b",
    "indic_30b",
    "bharat_30b",
    "indic_120b",
    "sarvam_105b",
    "bharat_120b",
    "indic_30b_2029",
    "distil_8b",
    "frontier_api",
)
OFFICE = (
    "open_30b",
    "open_120b",
    "open_671b",
    "indic_30b",
    "indic_120b",
    "bharat_30b",
    "bharat_120b",
    "bharat_400b",
    "open_120b_2029",
    "indic_30b_2029",
    "frontier_api",
    "frontier_api_2029",
)
HARD = (
    "open_30b",
    "open_120b",
    "open_671b",
    "bharat_30b",
    "bharat_120b",
    "bharat_400b",
    "open_30b_2029",
    "open_120b_2029",
    "frontier_api",
    "frontier_api_2029",
)
CANDIDATES: Mapping[str, tuple[str, ...]] = {"small": SMALL, "tongues": TONGUES, "office": OFFICE, "hard": HARD}
"""Which models are worth asking for a kind of work: the others are dearer without being better, or too weak."""
