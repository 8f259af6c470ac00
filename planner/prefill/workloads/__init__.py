"""What the programme's people ask for: workloads in three tiers, demand by period, and how fast it is taken up.

A workload of the programme is made of reference workloads, whose rows give tokens per million people of a rich
country's public sector. Each is taken `need` times over, and of that `addressed`, the part that the programme is meant
to carry rather than foreign subscriptions, handsets or nobody:

    tokens = population · reference tokens per million · need · addressed · growth of tokens · growth of adoption

A need stands for a rich country and is scaled to another one by its `basis`: (the country's statistic / the basis's
reference) ^ elasticity, at most `most`; where there is a second basis, by both. So a public sector's documents follow
income, its desks the public staff, code the developers, agents the office workers and income. Needs of plan india are
counts of its own, with the basis `as_given`; the rule would give most of them within a factor of two. What a programme
means to serve for people of other countries (`needs_abroad`) counts those people instead of its own.

Tokens per request grow as in the reference rows to 2030 and on after it; adoption grows from 2026 to 2030 and by a
further fifth of 2030's to 2035, at most to `FULL`. Worth of a token, cost of the platform and reach of a MUSD spent on
applications are judged at one country's income and go to another's by the ratio of incomes to an elasticity: staff time
is dearer where wages are, and tokens have a world market, so less than in proportion.
"""

from __future__ import annotations

from dataclasses import dataclass

from compute_lp.calendar import HOURS_PER_DAY
from compute_lp.schema import Row
from planner.prefill.case import PERIODS, Case, judged, number
from planner.prefill.sheet import Judged, Sheet
from planner.prefill.workloads.tables import BASES, TABLES, check

__all__ = [
    "LAST",
    "TABLES",
    "Part",
    "check",
    "language_share",
    "names",
    "parts",
    "serving_hours",
    "sheets",
    "tokens_t",
    "work",
]

FIRST, LAST, END = 2026.5, 2030.5, 2035.5
"""The reference rows' two years, taken at their middle, and the end of what is extrapolated."""
FULL = 0.95
LATER_ADOPTION = 1.2
"""Adoption of 2035 over that of 2030 (judgement)."""
CACHED_WEIGHT = 0.1
"""A cached input token counts as a tenth of a fresh one: it costs memory and bandwidth, and sells at about a tenth
(from memory)."""
BN_PER_T = 1000.0
PEAK_LOW, PEAK_HIGH = 1.5, 8.0
START_SHARE = 1.1
"""Tokens taken up at the start without spending: the first period's demand and a tenth (judgement)."""
START_LOW, START_HIGH = 0.5, 1.5


@dataclass(frozen=True)
class Part:
    """A reference workload inside a workload of a case.

    `reference` is its row; `need` already scaled to the country; `output_2030_t`, `input_2030_t`: T a year in 2030,
    cached input at its weight."""

    reference: Row
    need: Judged
    addressed: Judged
    why: str
    source: str
    population_m: float

    @property
    def output_2030_t(self) -> float:
        return self._scale * float(self.reference.output_tokens_bn_per_million_pop_year_2030)

    @property
    def input_2030_t(self) -> float:
        cached = float(self.reference.cached_input_share)
        fresh = 1 + CACHED_WEIGHT * cached / (1 - cached)
        return self._scale * fresh * float(self.reference.uncached_input_tokens_bn_per_million_pop_year_2030)

    @property
    def _scale(self) -> float:
        return self.population_m / BN_PER_T * self.need.value * self.addressed.value

    def tokens_t(self, year: float) -> tuple[float, float]:
        """Input and output tokens in T a year at a date."""
        row = self.reference
        early, late = float(row.adoption_2026), float(row.adoption_2030)
        if year <= LAST:
            adoption = early + (late - early) * (year - FIRST) / (LAST - FIRST)
        else:
            end = max(late, min(FULL, LATER_ADOPTION * late))
            adoption = late + (end - late) * (year - LAST) / (END - LAST)
        growth = (1 + float(row.tokens_per_request_growth_per_year)) ** (year - LAST) * adoption / late
        return self.input_2030_t * growth, self.output_2030_t * growth


def names(case: Case) -> list[str]:
    """Workloads of a case, in their order."""
    asked = {row.workload for row in (*case.rows("needs"), *_abroad(case))}
    return [str(row.workload) for row in case.atlas.rows("programme_workloads") if row.workload in asked]


def work(case: Case, workload: str) -> str:
    """Which models a workload asks: small, tongues, office or hard."""
    return str(case.row("programme_workloads", workload=workload).work)


def language_share(case: Case, workload: str) -> float:
    """Share of a workload's requests that suffer the loss of low-resource languages, 0 to 1."""
    return float(case.row("programme_workloads", workload=workload).language_share * case.country.language_gap)


def parts(case: Case, workload: str) -> tuple[Part, ...]:
    """The reference workloads that a workload of a case is made of. Raises LookupError where there are none."""
    found = tuple(
        [_part(case, row) for row in case.rows("needs") if row.workload == workload]
        + [_part_abroad(case, row) for row in _abroad(case) if row.workload == workload]
    )
    if not found:
        raise LookupError(f"the atlas's needs have no row of {workload} for {case.plan}")
    return found


def _part(case: Case, row: Row) -> Part:
    factor = need_factor(case, str(row.basis)) * (need_factor(case, str(row.and_basis)) if row.and_basis else 1.0)
    return Part(
        case.row("workloads", workload_id=row.like),
        _estimate(row, "need", factor),
        _estimate(row, "addressed"),
        str(row.why),
        str(row.source),
        float(case.country.population_m),
    )


def _abroad(case: Case) -> list[Row]:
    return [row for row in case.atlas.rows("needs_abroad") if row.plan == case.plan]


def _part_abroad(case: Case, row: Row) -> Part:
    return Part(
        case.row("workloads", workload_id=row.like),
        _estimate(row, "need"),
        _estimate(row, "addressed"),
        f"{row.why}; {row.people_m:,.0f} million people abroad",
        str(row.source),
        float(row.people_m),
    )


def need_factor(case: Case, basis: str) -> float:
    """By what a need of a rich country is multiplied in the case's."""
    row = case.row("need_bases", basis=basis)
    factor = float((BASES[basis](case.country) / row.reference) ** row.elasticity)
    most = number(row, "most")
    return factor if most is None else min(most, factor)


def _estimate(row: Row, column: str, factor: float = 1.0) -> Judged:
    value = judged(row, column, factor)
    if isinstance(value, Judged):
        return value
    raise LookupError(f"the atlas's {row.like} in needs has no low and high of {column}")


def tokens_t(case: Case, workload: str, year: float) -> tuple[float, float]:
    """Input and output tokens of a workload in T a year at a date, cached input at its weight."""
    made = [part.tokens_t(year) for part in parts(case, workload)]
    return sum(part[0] for part in made), sum(part[1] for part in made)


def serving_hours(case: Case) -> str:
    """24 shares of a day's serving by UTC hour, separated by blanks: the local curve moved by the country's offset,
    each hour in two halves for clocks that are half an hour off."""
    weights = {int(row.hour): float(row.weight) for row in case.atlas.rows("serving_curve")}
    halves = [weights[half // 2] for half in range(2 * HOURS_PER_DAY)]
    ahead = round(2 * float(case.country.utc_offset_h))
    moved = [sum(halves[(2 * hour + half + ahead) % len(halves)] for half in (0, 1)) for hour in range(HOURS_PER_DAY)]
    return " ".join(f"{hour / sum(moved):.4f}" for hour in moved)


def at_income(case: Case, row: Row, column: str, elasticity: str) -> Judged:
    """An amount judged at one country's income, at the case's. Low and high take the elasticity's own."""
    ratio = float(case.country.gdp_usd_per_head / case.row("countries", country=row.judged_for).gdp_usd_per_head)
    amount_, power = judged(row, column), judged(row, elasticity)
    if not (isinstance(amount_, Judged) and isinstance(power, Judged)):
        raise LookupError(f"the atlas's row of {row.workload} has no low and high of {column} or {elasticity}")
    factors = sorted(ratio**each for each in (power.low, power.high))
    return Judged(amount_.value * ratio**power.value, amount_.low * factors[0], amount_.high * factors[1])


def sheets(case: Case) -> list[Sheet]:
    """The sheets workloads, demand and adoption."""
    return [_workloads(case), _demand(case), _adoption(case)]


def _workloads(case: Case) -> Sheet:
    """Peak, deferrable share and residency as the reference rows', by their output tokens of 2030."""
    sheet = Sheet("workloads")
    laws = {row.workload: row for row in case.rows("plan_residency")}
    for name in names(case):
        kind, made, law = case.row("programme_workloads", workload=name), parts(case, name), laws.get(name)
        anywhere = _mean(made, "residency_anywhere_share")
        foreign = law.foreign_share_max if law else _mean(made, "residency_allied_share") + anywhere
        non_allied = law.non_allied_share_max if law else anywhere
        sheet.add(
            workload=name,
            tier=kind.tier,
            latency=kind.latency,
            peak_to_average=Judged(round(_mean(made, "peak_to_average"), 2), PEAK_LOW, PEAK_HIGH),
            deferrable_share=round(_mean(made, "deferrable_batch_share"), 2),
            foreign_share_max=round(foreign, 3),
            non_allied_share_max=round(non_allied, 3),
            unserved_usd_per_mtoken=at_income(case, kind, "unserved_usd_per_mtoken", "worth_elasticity"),
            platform_usd_per_mtoken=at_income(case, kind, "platform_usd_per_mtoken", "platform_elasticity"),
            source="atlas-workloads; atlas-programme_workloads; atlas-countries",
            confidence="low",
            note=f"Made of {', '.join(part.reference.workload_id for part in made)}, by output tokens. Worth of a "
            f"token at incomes of {kind.judged_for}: {kind.worth} (judgement). Platform cost: judgement."
            + (f" Residency: {law.note}." if law else ""),
        )
    return sheet


def _mean(made: tuple[Part, ...], column: str) -> float:
    total = sum(part.output_2030_t for part in made)
    return float(sum(part.output_2030_t * getattr(part.reference, column) for part in made) / total)


def _demand(case: Case) -> Sheet:
    """Demand by workload and period, at the middle of the period; low and high of the part that is least known."""
    sheet = Sheet("demand")
    for name in names(case):
        made = parts(case, name)
        low = min(p.need.low * p.addressed.low / (p.need.value * p.addressed.value) for p in made)
        high = max(p.need.high * p.addressed.high / (p.need.value * p.addressed.value) for p in made)
        press = [cited for p in made for cited in p.source.split("; ") if cited != "judgement"]
        for period in PERIODS:
            inward, outward = (sum(each) for each in zip(*(p.tokens_t(period.middle) for p in made), strict=True))
            sheet.add(
                workload=name,
                period=period.name,
                input_t_per_year=Judged(inward, inward * low, inward * high),
                output_t_per_year=Judged(outward, outward * low, outward * high),
                source="; ".join(dict.fromkeys(("atlas-workloads", "atlas-needs", "atlas-countries", *press))),
                confidence="low",
                note="; ".join(_told(part) for part in made) if period is PERIODS[0] else "",
            )
    return sheet


def _told(part: Part) -> str:
    need = part.need
    return (
        f"{part.reference.workload_id} x {need.value:.3g} [{need.low:.3g} to {need.high:.3g}] "
        f"x {part.addressed.value:g} addressed: {part.why}"
    )


def _adoption(case: Case) -> Sheet:
    """How fast the public and regulated tiers take tokens up; the wider economy pays for it by itself."""
    sheet = Sheet("adoption")
    asked = names(case)
    for row in case.atlas.rows("adoption_factors"):
        if row.workload not in asked:
            continue
        start = START_SHARE * tokens_t(case, row.workload, PERIODS[0].middle)[1]
        sheet.add(
            workload=row.workload,
            start_t_per_year=Judged(start, START_LOW * start, START_HIGH * start),
            uptake_t_per_year_per_musd=at_income(case, row, "uptake_t_per_year_per_musd", "uptake_elasticity"),
            source="atlas-adoption_factors; atlas-workloads; atlas-countries",
            confidence="low",
            note=f"judgement, at incomes of {row.judged_for}: {row.why}",
        )
    return sheet
