"""India programme: the workloads, in three tiers, and what they ask for.

The reference file gives tokens per million people for a rich country's public sector. Here each of its workloads is
taken `need` times over, which says how many documents, staff, pupils, calls or seats per head India has against the
reference row (or, for industry and the wider economy, how many of those), and of that `addressed`, the part that the
programme is meant to carry rather than foreign subscriptions, handsets or nobody. Tokens per request and adoption grow
as in the reference file to 2030; after it, tokens go on growing at that rate, adoption by a further fifth of 2030's, at
most to `FULL`.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference import Reference
from sheets import Judged

POPULATION_M = Judged(1450, 1430, 1500)
"""Million people; 1,430 in the reference file's evidence on translation, 1,450 for the middle twenties."""
FIRST, LAST, END = 2026.5, 2030.5, 2035.5
"""The reference file's two years, taken at their middle, and the end of what is extrapolated."""
FULL = 0.95
LATER_ADOPTION = 1.2
LATER_GROWTH = 1.0
CACHED_WEIGHT = 0.1
"""A cached input token counts as a tenth of a fresh one: it costs memory and bandwidth, and sells at about a tenth
(from memory)."""
BN_PER_T = 1000.0


@dataclass(frozen=True)
class Part:
    """A reference workload inside a workload: `need` against the reference row per head, `addressed` of it, and why."""

    like: str
    need: Judged
    addressed: Judged
    why: str

    def tokens_t(self, reference: Reference, year: float) -> tuple[float, float]:
        """Input and output tokens in T a year at a date, cached input at its weight."""
        row = reference.row("workloads", workload_id=self.like)
        growth = row.number("tokens_per_request_growth_per_year")
        early, late = row.number("adoption_2026"), row.number("adoption_2030")
        ends = min(FULL, LATER_ADOPTION * late)
        if year <= LAST:
            adoption = early + (late - early) * (year - FIRST) / (LAST - FIRST)
            tokens = (1 + growth) ** (year - LAST)
        else:
            adoption = late + (max(ends, late) - late) * (year - LAST) / (END - LAST)
            tokens = (1 + LATER_GROWTH * growth) ** (year - LAST)
        cached = row.number("cached_input_share")
        fresh = 1 + CACHED_WEIGHT * cached / (1 - cached)
        scale = POPULATION_M.value / BN_PER_T * self.need.value * self.addressed.value * tokens * adoption / late
        return (
            scale * fresh * row.number("uncached_input_tokens_bn_per_million_pop_year_2030"),
            scale * row.number("output_tokens_bn_per_million_pop_year_2030"),
        )


@dataclass(frozen=True)
class Residency:
    """Largest shares of tokens answered abroad, and outside home and allies, instead of the reference file's."""

    foreign: float
    non_allied: float
    why: str


@dataclass(frozen=True)
class Workload:
    """A workload of the programme. `work`: which models it asks; `usd_per_mtoken`: worth of an output token."""

    name: str
    tier: str
    work: str
    latency: str
    language_share: float
    usd_per_mtoken: Judged
    worth: str
    platform_usd_per_mtoken: Judged
    parts: tuple[Part, ...]
    residency: Residency | None = None


ALL = Judged(1.0, 0.8, 1.0)
WORKLOADS = (
    Workload(
        "public_documents",
        "public",
        "small",
        "batch",
        0.6,
        Judged(20, 5, 100),
        "a document of 290 output tokens at 0.006 USD: a clerk's five minutes at 4 USD an hour cost fifty times that, "
        "most of it not saved",
        Judged(0.03, 0.01, 0.1),
        (
            Part("W01", Judged(0.30, 0.15, 0.6), ALL, "4 documents an inhabitant and year, against 12"),
            Part("W05", Judged(0.30, 0.15, 0.6), ALL, "1 case document, against 3"),
            Part("W06", Judged(0.08, 0.04, 0.2), ALL, "0.16 returns and flagged invoices, against 2"),
        ),
    ),
    Workload(
        "public_office",
        "public",
        "office",
        "interactive",
        0.4,
        Judged(25, 10, 150),
        "UK trial: 26 minutes saved a day for about 3,500 output tokens; at 4 USD an hour 490 USD/Mtoken, a twentieth "
        "of it counted",
        Judged(0.2, 0.1, 0.5),
        (
            Part(
                "W02",
                Judged(0.20, 0.12, 0.35),
                ALL,
                "7,000 desk staff per million, against 35,000: India's state is small by head",
            ),
            Part("W07", Judged(0.25, 0.1, 0.5), ALL, "judges and public lawyers, about a quarter by head"),
            Part("W10", Judged(0.30, 0.15, 0.5), ALL, "1,500 staff per million, against 5,000"),
        ),
    ),
    Workload(
        "public_citizen",
        "public",
        "tongues",
        "interactive",
        0.9,
        Judged(12, 5, 60),
        "a question of 490 output tokens at 0.006 USD, against about 0.3 USD for a helpline call",
        Judged(0.15, 0.07, 0.4),
        (
            Part("W03", Judged(1.0, 0.7, 1.3), ALL, "the reference row is Bhashini, so India itself"),
            Part("W04", Judged(0.5, 0.3, 0.8), ALL, "fewer users of e-government by head"),
            Part("W08", Judged(0.15, 0.08, 0.3), ALL, "about one public encounter a year, against 6.5"),
        ),
    ),
    Workload(
        "public_voice",
        "public",
        "small",
        "realtime",
        0.95,
        Judged(15, 5, 80),
        "a turn of 100 output tokens at 0.0015 USD; an agent's minute costs about 0.05",
        Judged(0.15, 0.07, 0.4),
        (
            Part(
                "W14",
                Judged(0.5, 0.3, 1.0),
                ALL,
                "0.75 calls an inhabitant and year, against 1.5; speech itself isn't counted",
            ),
        ),
    ),
    Workload(
        "public_tutor",
        "public",
        "tongues",
        "interactive",
        0.7,
        Judged(4, 2, 25),
        "a pupil's year of 1.1 M tokens at 4 USD, against 100 and more for private tuition",
        Judged(0.1, 0.05, 0.3),
        (
            Part(
                "W09",
                Judged(1.05, 0.9, 1.2),
                Judged(0.25, 0.1, 0.5),
                "265 million pupils and 39 million students are 209,000 per million, against 200,000; a third has a "
                "device and time "
                "on it, most of those in public provision",
            ),
        ),
    ),
    Workload(
        "regulated_documents",
        "regulated",
        "small",
        "batch",
        0.4,
        Judged(20, 5, 100),
        "as public documents",
        Judged(0.03, 0.01, 0.1),
        (
            Part(
                "W01",
                Judged(1.0, 0.5, 2.0),
                Judged(0.6, 0.3, 0.8),
                "12 documents an inhabitant and year in banks, insurers, telecoms",
            ),
            Part("W05", Judged(1.0, 0.5, 2.0), Judged(0.6, 0.3, 0.8), "3 files an inhabitant and year"),
        ),
    ),
    Workload(
        "regulated_assistant",
        "regulated",
        "office",
        "interactive",
        0.3,
        Judged(20, 8, 100),
        "as the public office, with agents among it",
        Judged(0.2, 0.1, 0.5),
        (
            Part(
                "W02",
                Judged(0.30, 0.15, 0.5),
                Judged(0.6, 0.3, 0.8),
                "15 million desk staff in finance, health, telecoms, utilities",
            ),
            Part("W07", Judged(0.4, 0.2, 0.8), Judged(0.6, 0.3, 0.8), "lawyers and compliance"),
            Part("W08", Judged(0.45, 0.2, 0.7), Judged(0.6, 0.3, 0.8), "three private encounters, against 6.5"),
        ),
    ),
    Workload(
        "regulated_agents",
        "regulated",
        "hard",
        "fast",
        0.1,
        Judged(12, 3, 40),
        "as agents of the wider economy, and a fifth more",
        Judged(0.08, 0.04, 0.2),
        (
            Part(
                "W13",
                Judged(4.0, 1.5, 8.0),
                Judged(0.6, 0.3, 0.8),
                "2,000 seats per million in banks, insurers, telecoms, hospitals, against 500 in a public sector",
            ),
        ),
        Residency(0.2, 0.0, "data of payments must stay in India, other financial and health data mostly"),
    ),
    Workload(
        "regulated_voice",
        "regulated",
        "small",
        "realtime",
        0.9,
        Judged(15, 5, 80),
        "as public voice",
        Judged(0.15, 0.07, 0.4),
        (
            Part(
                "W14",
                Judged(4.0, 2.0, 8.0),
                Judged(0.6, 0.3, 0.8),
                "6 calls an inhabitant and year to banks, telecoms, shops",
            ),
        ),
    ),
    Workload(
        "economy_assistant",
        "economy",
        "tongues",
        "interactive",
        0.6,
        Judged(2, 0.5, 10),
        "tokens of open models of 100 B parameters sell at 0.5 to 1 USD/Mtoken, of the frontier at ten times that; "
        "users pay under 5 USD a month, mostly nothing",
        Judged(0.05, 0.02, 0.15),
        (
            Part(
                "W09",
                Judged(3.7, 1.9, 5.5),
                Judged(0.6, 0.3, 0.8),
                "276,000 weekly users per million in 2030 (100 million of one product in February 2026) with 3.7 "
                "messages a day, against "
                "140,000 pupils with 4 on 180 days",
            ),
        ),
    ),
    Workload(
        "economy_coding",
        "economy",
        "hard",
        "fast",
        0.0,
        Judged(12, 3, 40),
        "a developer's day of 435,000 output tokens sells at 13 USD, 30 USD/Mtoken, at the frontier; on open models "
        "at a tenth",
        Judged(0.08, 0.04, 0.2),
        (
            Part(
                "W12",
                Judged(9.6, 5.0, 15.0),
                Judged(0.6, 0.3, 0.8),
                "4 million professionals (of 5.8 million in the industry) and a tenth of 18 million others, against "
                "1,200 per million, and "
                "2.9 times the tokens: a developer's day sells at 13 USD, the row's would at 4.5",
            ),
        ),
    ),
    Workload(
        "economy_agents",
        "economy",
        "hard",
        "fast",
        0.1,
        Judged(10, 3, 40),
        "as coding, the easier part cheaper",
        Judged(0.08, 0.04, 0.2),
        (
            Part(
                "W13",
                Judged(16.0, 4.0, 40.0),
                Judged(0.4, 0.2, 0.6),
                "8,000 seats per million, one worker in fifty, against 500 in a public sector",
            ),
        ),
    ),
    Workload(
        "economy_research",
        "economy",
        "hard",
        "interactive",
        0.05,
        Judged(8, 3, 40),
        "a researcher's year of 70 M tokens at 560 USD",
        Judged(0.1, 0.05, 0.3),
        (Part("W11", Judged(0.07, 0.05, 0.12), ALL, "253 researchers per million in 2018 and growing, against 5,000"),),
    ),
)


def tokens_t(reference: Reference, workload: Workload, year: float) -> tuple[float, float]:
    """Input and output tokens of a workload in T a year at a date."""
    parts = [part.tokens_t(reference, year) for part in workload.parts]
    return sum(part[0] for part in parts), sum(part[1] for part in parts)
