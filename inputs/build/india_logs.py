"""India programme: the logs of what is assumed and decided."""

from __future__ import annotations

from india_control import ASLEEP
from india_settings import WHEN
from sheets import Sheet


def assumptions(measured: tuple[tuple[str, str], ...]) -> Sheet:
    """What is assumed. `measured`: what and how much, of what the builder itself computed."""
    sheet = Sheet("assumptions")
    rows = (
        (
            "Demand comes in three tiers, told by the names of the workloads: public_, regulated_, economy_",
            "public sector alone needs a few MW, and then neither grid nor chips bind; the announced fleet is meant "
            "for the economy",
            "low",
        ),
        (
            "Demand = tokens per million people of the reference file x population x need per head x part addressed "
            "by the programme",
            "each factor stands in the notes of the demand sheet with its low and high; drop rows of a tier to size "
            "the plan without it",
            "low",
        ),
        (
            "Adoption and tokens per request as in the reference file to 2030; after it, tokens go on growing at the "
            "same rate, and adoption "
            "by a fifth",
            "the reference file ends in 2030",
            "low",
        ),
        (
            "A cached input token counts as a tenth of a fresh one",
            "it costs memory and bandwidth, and sells at about a tenth",
            "low",
        ),
        (
            "Speech recognition and synthesis, images and video aren't counted",
            "no rates for them in the reference files",
            "low",
        ),
        (
            "Compute that start-ups and researchers use for training of their own isn't demand of this plan",
            "the programme's own runs are; idle hours of the fleet are what they would use",
            "low",
        ),
        (
            "The worth of an output token is what it saves or sells for, cut hard: several times the cost of serving "
            "it, a small part of the gain "
            "claimed for it",
            "with less, nothing is served; with more, nothing changes but the price of scarcity",
            "low",
        ),
        (
            "Capability of a class grows as in the reference file, by extrapolation of an index; seven tenths of the "
            "frontier's growth goes into "
            "harder requests",
            "the weakest assumption of the plan: with none of it small models of 2029 answer nearly all, and the fleet "
            "shrinks "
            "to a fifth; with all of it only the largest keep up",
            "low",
        ),
        (
            "A model trained at home on India's languages from the start is half way between one continued in them "
            "and full strength",
            "own tokeniser and data; no measurement",
            "low",
        ),
        (
            "Open bases above 100 B parameters of 2029 come with revocable terms, small ones don't",
            "revenue caps were seen in 2026",
            "low",
        ),
        (
            "Serving rates of accelerators without measurements are scaled from measured ones by arithmetic and "
            "bandwidth, less a part",
            "factors and reasons in the throughput sheet",
            "low",
        ),
        (
            "After VR200 comes one more generation, next_2029, on the trend of operations per W and per USD",
            "otherwise the plan would buy the chips of 2026 in 2034",
            "low",
        ),
        (
            "Of the pool of 38,000, 12,800 are the committed fleet, 13,800 can be rented, the rest are low-end and "
            "left out",
            "70 % of the first bids were high-end",
            "medium",
        ),
        ("Hyderabad and Noida are like Chennai but for price, wait and weather", "not in the reference file", "low"),
        (
            "Halls that stand can be leased at their operating cost only",
            "a colocation rent would fall under operation; small against the rest",
            "low",
        ),
        (
            "Prices have one national hourly course; zones differ in network charges",
            "one exchange, one file of prices",
            "medium",
        ),
        (
            "Series of different years are laid over each other by date",
            "no common year in the files; correlation of India with Norway means nothing",
            "low",
        ),
        *((what, how, "measured") for what, how in measured),
    )
    for what, why, quality in rows:
        sheet.add(
            what=what,
            why=why,
            who="builder of the workbook",
            when=WHEN,
            quality=quality,
            source="programme",
            confidence="medium" if quality == "measured" else quality,
        )
    return sheet


def decisions() -> Sheet:
    """What was decided about the study."""
    sheet = Sheet("decisions")
    rows = (
        ("Half-years to the end of 2028, years after", "leads of 5 to 24 months are told apart where they bite"),
        (
            "Norway, the Emirates and Singapore are havens, the United States an ally",
            "only what may be answered anywhere goes to a haven",
        ),
        (
            f"Rules of other regimes sleep in the workbook, with `from` {ASLEEP}",
            "a scenario wakes them with one change; first match wins, so they stand first",
        ),
        (
            "The diffusion allocation is a pot of three years, not a yearly flow",
            "the rule counts a total that can be used early",
        ),
        (
            "Seven sites, seven accelerators, nineteen models, thirteen workloads, eleven periods, four typical days",
            "below 100,000 columns",
        ),
        ("Each workload asks eight to twelve models", "the others are dearer without being better, or too weak"),
        (
            "Budgets are public money and what follows it, not public money alone",
            "public money alone is a tenth of what the announced fleet costs",
        ),
    )
    for what, why in rows:
        sheet.add(
            what=what,
            why=why,
            who="builder of the workbook",
            when=WHEN,
            quality="decided",
            source="programme",
            confidence="medium",
        )
    return sheet
