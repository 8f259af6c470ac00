"""Tables of the atlas about workloads and demand, and what is wrong with them.

A reference workload's figures are recomputed from its factors:

    requests = units · adoption · requests a day · days
    output tokens = requests · output tokens a request · (1 + reasoning share · (multiplier − 1)) · growth since 2026
    fresh input tokens = requests · input tokens a request · (1 − cached share) · growth since 2026

Its shares of residency add up to 1, and adoption doesn't fall. A share of requests answered rises with the capability
index, since the curve's scale is positive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from compute_lp.calendar import HOURS_PER_DAY
from compute_lp.columns import amount, choice, key, named, share
from compute_lp.frame import TIERS
from compute_lp.schema import Column, Inputs, Problem, Row
from compute_lp.serving import LATENCIES
from planner.prefill.case import DEFAULT, atlas_table

PER_BN, PER_M, PER_K = 1e9, 1e6, 1e3
TOLERANCE = 0.01
"""Figures of the reference rows are rounded to three or four digits."""
YEARS = (2026, 2030)
RESIDENCIES = ("domestic", "allied", "anywhere")
WORKS = ("small", "tongues", "office", "hard")
BASES: Mapping[str, Callable[[Row], float]] = {
    "as_given": lambda country: 1.0,
    "income": lambda country: country.gdp_usd_per_head,
    "public_staff": lambda country: PER_K * country.employed_share * country.public_employment_share,
    "regulated_staff": lambda country: country.regulated_staff_per_k,
    "office_staff": lambda country: PER_K * country.employed_share * country.office_share,
    "developers": lambda country: country.developers_per_m,
    "researchers": lambda country: country.researchers_per_m,
    "internet": lambda country: country.internet_share,
    "pupils": lambda country: country.pupils_share,
    "languages": lambda country: country.official_languages,
}
"""What a need may go by: a statistic of a country."""


def _text(name: str, meaning: str, default: str = "") -> Column:
    return Column(name, meaning, kind="text", default=default)


def _elasticity(name: str, of: str) -> Column:
    return Column(name, f"{of} goes with income to this power", "1", low=-1, high=1)


TABLES = (
    atlas_table(
        "countries",
        "a country, and what sizes its demand",
        key("country", "ISO 3166 two-letter code"),
        Column("name", "name in English", kind="text"),
        _text("aliases", "other names, separated by semicolons"),
        Column("population_m", "people", "million", above=0),
        Column("gdp_usd_per_head", "product a head and year; Ireland's is national income", "USD/year", above=0),
        share("employed_share", "people at work, of all people"),
        share("public_employment_share", "general government's staff, of people at work"),
        share("office_share", "managers, professionals, technicians and clerks, of people at work"),
        amount("regulated_staff_per_k", "staff of finance, health, telecoms and utilities per thousand people", "1"),
        amount("developers_per_m", "software developers per million people", "1"),
        amount("researchers_per_m", "researchers, full time, per million people", "1"),
        share("internet_share", "people on the internet"),
        share("pupils_share", "pupils and students, of all people"),
        Column("official_languages", "official languages", kind="integer", low=1, high=30),
        share("language_gap", "how far models lag in the country's languages: 0 as English, 1 as those of India"),
        Column("utc_offset_h", "clock of most of its people, ahead of UTC", "h", low=-12, high=14),
    ),
    atlas_table(
        "workloads",
        "a reference workload: use per million people of a rich country's public sector",
        key("workload_id", "its number"),
        Column("name", "name", kind="text"),
        _text("description", "what is done"),
        _text("user_basis", "what its units are"),
        amount("units_per_million_pop", "units per million people", "1"),
        *(share(f"adoption_{year}", f"share of units that use it in {year}") for year in YEARS),
        amount("requests_per_unit_day", "requests a unit and active day", "1/day"),
        amount("active_days", "days of use", "days/year", high=366),
        amount("input_tokens_per_request", "input tokens, cached ones among them", "token"),
        share("cached_input_share", "of which cached"),
        amount("output_tokens_per_request", "output tokens without reasoning", "token"),
        share("reasoning_share", "requests that are reasoned about"),
        Column("reasoning_output_multiplier", "their output tokens over the others'", "ratio", low=1),
        amount("tokens_per_request_growth_per_year", "growth of tokens a request", "1/year"),
        *(amount(f"requests_m_per_million_pop_year_{y}", f"million requests a year in {y}", "1") for y in YEARS),
        *(
            amount(f"{what}_tokens_bn_per_million_pop_year_{year}", f"{what} tokens in {year}", "Gtoken/year")
            for year in YEARS
            for what in ("uncached_input", "output")
        ),
        Column("peak_to_average", "peak hour over the average", "ratio", low=1),
        choice("latency_class", "how soon an answer must come", LATENCIES),
        share("deferrable_batch_share", "share that can wait for a better hour"),
        *(share(f"residency_{where}_share", f"tokens answered: {where}") for where in RESIDENCIES),
        share("suff_cap", "share of requests a perfect model answers acceptably"),
        Column("suff_eci50", "capability index at which half of that is answered", "index"),
        Column("suff_scale_eci", "steepness: index from a half to three quarters, over ln 3", "index", above=0),
        share("suff_uncertainty_pp", "how far shares may be off"),
    ),
    atlas_table(
        "sufficiency_evidence",
        "a comparison of a small and a large model",
        key("fact", "its number"),
        _text("task_family", "kind of task"),
        _text("benchmark", "benchmark"),
        _text("metric", "what is measured"),
        Column("higher_is_better", "whether more is better", kind="yes_no"),
        _text("small_model", "the small model"),
        amount("small_params_b", "its parameters", "billion", None),
        Column("small_score", "its score", "1", default=None),
        _text("large_model", "the large model"),
        amount("large_params_b", "its parameters", "billion", None),
        Column("large_score", "its score", "1", default=None),
        amount("ratio_small_to_large", "small over large; the inverse where less is better", "ratio", None),
    ),
    atlas_table(
        "quality_index",
        "a model's capability index, as published",
        key("model", "model"),
        key("snapshot", "issue of the index"),
        named("model_class", "planning class; blank: none fits", default=""),
        choice("access", "who may have its weights", ("open", "open-nc", "closed")),
        Column("release", "first release", kind="month"),
        Column("eci", "capability index", "index"),
    ),
    atlas_table(
        "programme_workloads",
        "a workload of every programme",
        key("workload", "name"),
        choice("tier", "who asks", TIERS),
        choice("work", "which models it asks", WORKS),
        choice("latency", "how soon an answer must come", LATENCIES),
        share("language_share", "requests in India's languages, were it in India"),
        named("judged_for", "country whose incomes the amounts are judged for", "countries.country"),
        amount("unserved_usd_per_mtoken", "worth of a million output tokens", "USD/Mtoken"),
        _text("worth", "why"),
        _elasticity("worth_elasticity", "worth"),
        amount("platform_usd_per_mtoken", "cost of the platform", "USD/Mtoken"),
        _elasticity("platform_elasticity", "the platform's cost"),
    ),
    atlas_table(
        "need_bases",
        "what a need goes by",
        choice("basis", "statistic of a country", tuple(BASES), key=True),
        Column("reference", "value at which needs stand as they are", "1", above=0),
        Column("elasticity", "need goes with the statistic to this power", "1", low=0, high=2),
        Column("most", "largest factor; blank: no limit", "ratio", default=None, above=0),
    ),
    atlas_table(
        "needs",
        "a reference workload inside a programme's workload",
        key("plan", "programme, or default"),
        key("workload", "workload", "programme_workloads.workload"),
        key("like", "reference workload", "workloads.workload_id"),
        choice("basis", "what the need goes by from country to country", tuple(BASES)),
        choice("and_basis", "what it goes by as well; blank: nothing", tuple(BASES), ""),
        amount("need", "how many times the reference row applies", "ratio"),
        share("addressed", "part of it that the programme is meant to carry"),
        _text("why", "what is counted"),
    ),
    atlas_table(
        "needs_abroad",
        "a reference workload that a programme means to serve for people of other countries",
        key("plan", "programme"),
        key("workload", "workload", "programme_workloads.workload"),
        key("like", "reference workload", "workloads.workload_id"),
        amount("people_m", "people served abroad, million", "ratio"),
        amount("need", "how many times the reference row applies to them", "ratio"),
        share("addressed", "part of it that the programme is meant to carry"),
        _text("why", "what is counted"),
        required=False,
    ),
    atlas_table(
        "plan_residency",
        "shares answered abroad that a country's law sets, instead of the reference rows'",
        key("plan", "programme"),
        key("workload", "workload", "programme_workloads.workload"),
        share("foreign_share_max", "largest share answered outside home"),
        share("non_allied_share_max", "largest share answered outside home and allies"),
        required=False,
    ),
    atlas_table(
        "adoption_factors",
        "a workload that is taken up only as fast as money is spent on applications",
        key("workload", "workload", "programme_workloads.workload"),
        named("judged_for", "country whose incomes the amount is judged for", "countries.country"),
        amount("uptake_t_per_year_per_musd", "output tokens a year that a MUSD adds", "Ttoken/year/MUSD"),
        _elasticity("uptake_elasticity", "uptake"),
        _text("why", "why"),
    ),
    atlas_table(
        "serving_curve",
        "an hour of a day's serving on the country's clock",
        Column("hour", "hour that begins, from 0", "h", kind="integer", key=True, low=0, high=23),
        amount("weight", "serving in it, in any unit", "1"),
    ),
)


def check(atlas: Inputs) -> Iterator[Problem]:
    """What is wrong with the tables beyond their columns' own rules."""
    for row in atlas.rows("workloads"):
        yield from _reference_problems(row)
    for row in atlas.rows("sufficiency_evidence"):
        yield from _ratio_problems(row)
    for row in atlas.rows("countries"):
        if not (2 * row.utc_offset_h).is_integer():
            yield row.problem("utc_offset_h", f"{row.name} is off UTC by parts of half an hour", "a multiple of 0.5")
    yield from _need_problems(atlas)
    hours = [int(row.hour) for row in atlas.rows("serving_curve")]
    if sorted(hours) != list(range(HOURS_PER_DAY)):
        message = f"{len(hours)} hours that aren't those of a day"
        yield Problem("serving_curve", message, None, "hour", right="each hour from 0 to 23 once")


def recomputed(row: Row, year: int) -> dict[str, float]:
    """A reference workload's requests and tokens of a year, by column, from its factors."""
    requests = row.units_per_million_pop * getattr(row, f"adoption_{year}") * row.requests_per_unit_day
    requests *= row.active_days
    growth = (1 + row.tokens_per_request_growth_per_year) ** (year - YEARS[0])
    reasoning = 1 + row.reasoning_share * (row.reasoning_output_multiplier - 1)
    fresh = row.input_tokens_per_request * (1 - row.cached_input_share)
    return {
        f"requests_m_per_million_pop_year_{year}": requests / PER_M,
        f"uncached_input_tokens_bn_per_million_pop_year_{year}": requests * fresh * growth / PER_BN,
        f"output_tokens_bn_per_million_pop_year_{year}": requests
        * row.output_tokens_per_request
        * reasoning
        * growth
        / PER_BN,
    }


def _off(found: float, right: float) -> bool:
    return abs(found - right) > TOLERANCE * abs(right)


def _reference_problems(row: Row) -> Iterator[Problem]:
    for year in YEARS:
        for column, right in recomputed(row, year).items():
            if _off(getattr(row, column), right):
                yield row.problem(column, f"{row.workload_id} doesn't follow from its factors", f"{right:.4g}")
    residency = sum(getattr(row, f"residency_{where}_share") for where in RESIDENCIES)
    if _off(residency, 1.0):
        message = f"shares of residency of {row.workload_id} add up to {residency:g}"
        yield row.problem("residency_domestic_share", message, "three shares that make 1")
    if row.adoption_2030 < row.adoption_2026:
        message = f"adoption of {row.workload_id} falls from {row.adoption_2026:g}"
        yield row.problem("adoption_2030", message, "no less than adoption_2026")
    if row.cached_input_share >= 1:
        yield row.problem("cached_input_share", f"{row.workload_id} has no fresh input", "less than 1")


def _ratio_problems(row: Row) -> Iterator[Problem]:
    if row.ratio_small_to_large != row.ratio_small_to_large:
        return
    over = row.small_score / row.large_score
    right = over if row.higher_is_better == "yes" else 1 / over
    if not abs(row.ratio_small_to_large - right) <= TOLERANCE * right:
        yield row.problem("ratio_small_to_large", f"{row.fact} doesn't follow from its scores", f"{right:.3f}")


def _need_problems(atlas: Inputs) -> Iterator[Problem]:
    """Bases that aren't explained, plans that leave out a workload."""
    explained = {row.basis for row in atlas.rows("need_bases")}
    for basis in BASES:
        if basis not in explained:
            yield Problem("need_bases", f"the basis {basis} has no row", None, "basis", right="its reference")
    needs = atlas["needs"]
    workloads = set(atlas["programme_workloads"]["workload"]) - set(atlas["needs_abroad"]["workload"])
    for plan in dict.fromkeys([DEFAULT, *needs["plan"]]):
        missing = sorted(workloads - set(needs["workload"][needs["plan"] == plan]))
        if missing:
            message = f"plan {plan} has no need of {', '.join(missing)}"
            yield Problem("needs", message, None, "workload", right="a row for each workload, need 0 where none is")
