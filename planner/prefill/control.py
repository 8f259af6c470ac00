"""Export rules, pots of permission and caps, of three regimes: `export_rules`, `export_licences`, `export_caps`.

For every country with sites but the exporter's own (tier `home`), the row of `export_regimes` that speaks of the
programme as owner, regime by regime: the first owner class of `OWNER_CLASSES` that it belongs to. It belongs to
`named` where the row names its home, to `tier_1` and `uveu` where its home is the exporter's or of tier 1 of the
diffusion rule, to `tier_2` else; everybody belongs to the rest. A programme of a D:5 country is judged by the owner
rule abroad. A country without rows is taken as the stand-in, tier 2, and told.

rules      `current_<cc>`, `diffusion_<cc>`, `tightened_<cc>`; those of the regime in force come last, the others stand
           before them with a `from` that no plan reaches: a scenario wakes them (`sleeping`). The kind of cap gives the
           outcome: none or a share: free; a step threshold: notice for allies, a licence for others; a discretionary,
           yearly or total flow, or a ratio: licence; zero: denied.
pots       at home the regime's own figures: its total every three years, its yearly flow every year; elsewhere, and
           where a licence is discretionary, the grants of `plan_licences`: those of the country, else those of an ally,
           else those abroad.
caps       a share of the owner's compute (asleep like its rule: `sleeping_caps`), the installed base of a validated end
           user at home, the threshold for allies, the deal guide of named owners, and where a licence is asked abroad
           today the tightened regime's yearly figure as a planning ceiling.

Not modelled: the 75 % of a tier-1 holder's compute in tier 1 and the 50 % of a US holder's in the US, matching
investment, low processing performance exceptions, permits of other countries for onward moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compute_lp.columns import amount, choice, key, month, months, named, share
from compute_lp.schema import Column, Inputs, Problem, Row
from planner.prefill import places
from planner.prefill.case import Case, atlas_table, judged, number
from planner.prefill.sheet import Cell, Judged, Sheet

ASLEEP = "2090-01"
"""First date of a rule or cap that no plan reaches."""
IN_FORCE = "current"
REGIMES = {"diffusion": "diffusion-rule-2025", "tightened": "tightened", IN_FORCE: "current-2026"}
"""Regimes by the word their rules begin with, in the order of the rules."""
OUTCOMES = {
    "unlimited": "free",
    "share": "free",
    "step_threshold": "notify",
    "licence_discretionary": "licence",
    "annual_flow": "licence",
    "cumulative_flow": "licence",
    "ratio": "licence",
    "zero": "denied",
}
"""What follows from a kind of cap; the stock of a validated end user is no outcome of its own."""
OWNER_CLASSES = ("named", "chinese", "any", "tier_1", "tier_2", "uveu", "local", "other")
EXPORTER, FIRST_TIER, ALLY, OWNER_RULE = "home", "tier_1", "ally", "owner_rule"
ANY = "ANY"
STAND_IN = "BR"
"""The country as which one without rows is taken: tier 2, no licence today, no ally."""
TOTAL_YEARS = (2027, 2030, 2033)
FLOW_YEARS = tuple(range(2027, 2036))
TOTAL_MONTHS, FLOW_MONTHS = 35, 11
"""How long a pot of three years, or of one, lasts: its last month counts, so that no arrival of the next year, which
stands at its January, draws on it."""
PLANNING_LOW_MTPP = 60.0
"""1,000 GB300 a year, the simple review of the draft of 2026: the least a planning ceiling could be."""
H100_TPP = 15832
TPP_PER_MTPP = 1e6
TOLERANCE = 0.01

TABLES = (
    atlas_table(
        "export_regimes",
        "what a regime says of a country, a class of owners and a class of chips",
        key("country", "ISO alpha-2, or ANY"),
        choice("regime", "regime", tuple(REGIMES.values()), key=True),
        choice("owner", "class of owners", (*OWNER_CLASSES, "nveu", "g42", "deal_guide", "d5"), key=True),
        choice("chips", "class of chips", ("controlled", "band", "beyond_band", "below"), key=True),
        named("tier", "how the regime ranks the country"),
        Column("owner_homes", "countries whose programmes the class means; blank: all", kind="text", default=""),
        amount("min_tpp", "smallest TPP it concerns; blank: any", "TPP", None),
        amount("max_tpp", "TPP from which it no longer holds; blank: any", "TPP", None),
        amount("max_bandwidth_tb_s", "memory bandwidth from which it no longer holds; blank: any", "TB/s", None),
        choice("cap_kind", "kind of cap", (*OUTCOMES, "stock")),
        amount("total_mtpp", "cap on a total, or the threshold", "MTPP", None),
        amount("year_mtpp", "cap on a year", "MTPP", None),
        amount("year_h100e", "the same in H100-equivalents by TPP", "units", None),
        amount("governments_total_mtpp", "total under an agreement between governments", "MTPP", None),
        amount("exempt_mtpp_per_year", "free of a licence, per consignee and year", "MTPP", None),
        amount("stock_h100e_2025", "cap on the installed base at the end of 2025", "units", None),
        amount("stock_h100e_2026", "at the end of 2026", "units", None),
        amount("stock_h100e_2027", "at the end of 2027", "units", None),
        share("share", "cap as a share: of the owner's compute, or of shipments to the exporter's own users", None),
        months("delay_months", "wait for a licence, or notice; blank: denied", None),
        Column("price_multiplier", "factor on the price", "ratio", above=0),
        Column("condition", "condition on money or investment", kind="text", default=""),
        Column("starts", "first day", kind="date", default=""),
        Column("ends", "last day", kind="date", default=""),
    ),
    atlas_table(
        "plan_licences",
        "a grant that a programme reckons with where a regime's figures give none",
        key("plan", "programme, every or default", "plans.plan"),
        choice("regime", "regime", tuple(REGIMES), key=True),
        key("destination", "home, ally, abroad, or a country of its own"),
        month("allocated", "first date of arrival", key=True),
        amount("mtpp", "total TPP", "MTPP"),
        months("expires_after_months", "until when unused permission lasts"),
    ),
)


def check(atlas: Inputs) -> Iterator[Problem]:
    """Caps that don't follow from each other, delays that don't rise, regimes that leave a country out."""
    rows = atlas.rows("export_regimes")
    for row in rows:
        yield from _arithmetic(row)
        ends = [getattr(row, f"delay_months{end}", row.delay_months) for end in ("_low", "", "_high")]
        if ends != sorted(ends):
            yield row.problem("delay_months", "low, central and high delay don't rise", "low ≤ central ≤ high")
        if row.delay_months != row.delay_months and row.cap_kind != "zero":
            yield row.problem("delay_months", "a delay is missing", "months, or the cap kind zero")
    for country in dict.fromkeys(row.country for row in rows):
        own = [row for row in rows if row.country == country]
        missing = [name for name in REGIMES.values() if name not in {row.regime for row in own}]
        if missing:
            yield own[0].problem("regime", f"{country} has no row in {', '.join(missing)}", "a row in each regime")
    for row in atlas.rows("plan_licences"):
        if row.destination not in ("home", "ally", "abroad") and row.destination not in {r.country for r in rows}:
            yield row.problem(
                "destination", "an unknown destination", "home, ally, abroad, or a country of the regimes"
            )


def _arithmetic(row: Row) -> Iterator[Problem]:
    needed = {
        "cumulative_flow": "total_mtpp",
        "step_threshold": "total_mtpp",
        "annual_flow": "year_mtpp",
        "share": "share",
        "ratio": "share",
        "stock": "stock_h100e_2027",
    }.get(row.cap_kind)
    if needed and number(row, needed) is None:
        yield row.problem(needed, f"a cap of kind {row.cap_kind} without its figure", needed)
    total, year = number(row, "total_mtpp"), number(row, "year_mtpp")
    follows: dict[str, float] = {}
    if row.cap_kind == "cumulative_flow" and total is not None:
        follows |= {"year_mtpp": total / 3, "governments_total_mtpp": 2 * total}
    if year is not None:
        follows["year_h100e"] = year * TPP_PER_MTPP / H100_TPP
    for column, right in follows.items():
        found = number(row, column)
        if found is not None and abs(found - right) > TOLERANCE * right:
            yield row.problem(column, "it doesn't follow from the other figures", f"{right:,.6g}")
    stock = [each for year in (2025, 2026, 2027) if (each := number(row, f"stock_h100e_{year}")) is not None]
    if stock != sorted(stock):
        yield row.problem("stock_h100e_2027", "the stock caps don't rise with the years", "rising figures")


@dataclass(frozen=True)
class Rule:
    """A rule of a regime on a country: the row it is made of, and what follows for the programme as owner."""

    name: str
    word: str
    country: str
    row: Row
    outcome: str


def sheets(case: Case) -> list[Sheet]:
    """Rules, pots and caps of the case."""
    lines, pots, caps = Sheet("export_rules"), Sheet("export_licences"), Sheet("export_caps")
    for word in REGIMES:
        for rule in rules(case, word):
            _add_rule(lines, rule)
            if rule.outcome == "licence":
                _add_pots(pots, case, rule)
            _add_caps(caps, case, rule)
    return [lines, pots, caps]


def sleeping(case: Case, regime: str) -> list[str]:
    """Names of the rules of a regime (`diffusion`, `tightened`) that a scenario wakes by setting `from`."""
    return [rule.name for rule in rules(case, regime)]


def sleeping_caps(case: Case, regime: str) -> list[str]:
    """Names of the caps that must be woken with them: shares count all stock, whatever rule it arrived under."""
    return [_share_name(rule.country) for rule in rules(case, regime) if rule.row.cap_kind == "share"]


def destinations(case: Case) -> list[str]:
    """Countries with sites of the programme, home first, but for the exporter's own."""
    countries = dict.fromkeys([case.home, *(place.country for place in places.chosen(case))])
    return [country for country in countries if _tier(case, country, IN_FORCE) != EXPORTER]


def rules(case: Case, word: str) -> list[Rule]:
    """The rules of a regime, in the order in which they are asked."""
    abroad = _tier(case, case.home, "tightened") not in (EXPORTER, ALLY)
    found = []
    for country in destinations(case):
        for position, row in enumerate(_rows(case, word, country), 1):
            outcome = OUTCOMES[row.cap_kind]
            if outcome == "notify" and abroad:
                outcome = "licence"
            name = f"{word}_{country.lower()}" + (f"_{position}" if position > 1 else "")
            found.append(Rule(name, word, country, row, outcome))
    return found


def _listed(case: Case, word: str, country: str) -> list[Row]:
    """All rows of a regime on a country, or on its stand-in."""
    listed = [row for row in case.atlas.rows("export_regimes") if row.regime == REGIMES[word]]
    found = [row for row in listed if row.country == country]
    if not found:
        case.defaults[f"export_regimes {country}"] = (
            f"export rules: the atlas has none on {country}; taken as a country of tier 2 without a licence today"
        )
        found = [row for row in listed if row.country == STAND_IN]
    return found


def _tier(case: Case, country: str, word: str) -> str:
    return str(_listed(case, word, country)[-1].tier)


def _rows(case: Case, word: str, country: str) -> list[Row]:
    """The rows that speak of the programme as owner, a row a class of chips."""
    d5 = case.row("export_regimes", country=ANY, regime=REGIMES[word])
    if country != case.home and case.home in _homes(d5):
        return [d5]
    first = _tier(case, case.home, "diffusion") in (EXPORTER, FIRST_TIER)
    apart = {"tier_1": first, "uveu": first, "tier_2": not first}
    listed = _listed(case, word, country)
    for owner in OWNER_CLASSES:
        fits = apart.get(owner, True)
        found = [row for row in listed if row.owner == owner and fits and case.home in (_homes(row) or [case.home])]
        if found:
            return found
    raise LookupError(f"export_regimes has no row on {country} under {REGIMES[word]} for an owner of {case.home}")


def _homes(row: Row) -> list[str]:
    return str(row.owner_homes).split()


def _add_rule(sheet: Sheet, rule: Rule) -> None:
    row, asleep = rule.row, rule.word != IN_FORCE
    sheet.add(
        rule=rule.name,
        destination=rule.country,
        min_tpp=number(row, "min_tpp"),
        max_tpp=number(row, "max_tpp"),
        max_bandwidth_tb_s=number(row, "max_bandwidth_tb_s"),
        market="datacentre",
        class_="" if number(row, "min_tpp") is None else "3A090.a",
        outcome=rule.outcome,
        delay_months=judged(row, "delay_months"),
        price_multiplier=row.price_multiplier,
        from_=ASLEEP if asleep else "",
        source="atlas-export_regimes",
        confidence=row.confidence,
        note=f"{row.regime}. {row.note} ({row.source})"
        + (f" Condition, not modelled: {row.condition}." if row.condition else "")
        + (" Asleep: a scenario sets `from`." if asleep else ""),
    )


def _add_pots(sheet: Sheet, case: Case, rule: Rule) -> None:
    """The pots of a rule: the regime's own figures at home, else grants."""
    common = {"rule": rule.name, "destination": rule.country}
    own = list(_home_pots(rule.row)) if rule.country == case.home else []
    for year, mtpp, lasts, note in own:
        sheet.add(
            licence=f"{rule.name}_{year}",
            **common,
            allocated=f"{year}-01",
            mtpp=mtpp,
            expires_after_months=lasts,
            source="atlas-export_regimes",
            confidence=rule.row.confidence if year == FLOW_YEARS[0] else "low",
            note=note,
        )
    for grant in () if own else _grants(case, rule):
        sheet.add(
            licence=f"{rule.name}_{grant.allocated[:4]}",
            **common,
            allocated=grant.allocated,
            mtpp=judged(grant, "mtpp"),
            expires_after_months=grant.expires_after_months,
            source="atlas-plan_licences; programme",
            confidence=grant.confidence,
            note=grant.note,
        )


def _home_pots(row: Row) -> Iterator[tuple[int, Judged | float | None, int, str]]:
    """Year, size, months it lasts and why, of the pots that a regime's own figures give to the home country."""
    if row.cap_kind == "cumulative_flow":
        total = row.total_mtpp
        note = (
            f"{total:g} million TPP in three years (written for 2025 to 2027), twice that with a government agreement; "
            "that it would be granted again every three years, and all of it to the programme, is assumed"
        )
        for year in TOTAL_YEARS:
            yield year, Judged(total, total / 2, row.governments_total_mtpp), TOTAL_MONTHS, note
    elif number(row, "year_mtpp") is not None:
        for year in FLOW_YEARS:
            yield year, judged(row, "year_mtpp"), FLOW_MONTHS, f"a year's, not banked. {row.note}"


def _grants(case: Case, rule: Rule) -> list[Row]:
    """Grants to the country; else those of home, or those of an ally and abroad."""
    listed = [row for row in case.rows("plan_licences") if row.regime == rule.word]
    ally = ["ally"] if _tier(case, rule.country, "tightened") == ALLY else []
    kinds = ["home"] if rule.country == case.home else [*ally, "abroad"]
    for kind in [rule.country, *kinds]:
        found = [row for row in listed if row.destination == kind]
        if found:
            return found
    raise LookupError(f"plan_licences has no grant under {rule.name}, by which {case.home} needs a licence")


def _share_name(country: str) -> str:
    return f"tier_two_share_{country.lower()}"


def _add_caps(sheet: Sheet, case: Case, rule: Rule) -> None:
    row, at_home, code = rule.row, rule.country == case.home, rule.country.lower()
    listed = {each.owner: each for each in _listed(case, rule.word, rule.country)}
    guide = listed.get("deal_guide")

    def add(cap: str, told_by: Row, note: str, kind: str, **cells: Cell) -> None:
        sheet.add(
            cap=cap,
            rule=rule.name,
            destination=rule.country,
            kind=kind,
            **cells,
            source="atlas-export_regimes",
            confidence=told_by.confidence,
            note=note,
        )

    if row.cap_kind == "share":
        note = f"no more than {row.share:.0%} of an owner's controlled compute in one country of the second tier"
        note += ". Asleep: a scenario sets `from`."
        add(_share_name(rule.country), row, note, "share", from_=ASLEEP, share=row.share)
    if row.owner == "local" and at_home:
        note = "installed base of one validated end user, end of 2027, held constant; counts what was bought under the"
        add(f"validated_stock_{code}", listed["nveu"], f"{note} rule", "stock", h100e=listed["nveu"].stock_h100e_2027)
    if rule.outcome == "notify":
        add(f"threshold_{code}", row, f"{row.note} {row.condition}", "flow_total", mtpp=row.total_mtpp)
    if guide and row.owner == "named" and case.home in _homes(guide):
        add(f"deal_flow_{code}", guide, f"{guide.note} ({guide.source})", "flow_year", mtpp=judged(guide, "year_mtpp"))
    if rule.word == IN_FORCE and rule.outcome == "licence" and not at_home:
        ceiling = _rows(case, "tightened", rule.country)[0].year_mtpp
        high = max(ceiling, guide.year_mtpp) if guide else ceiling
        flow = Judged(ceiling, min(ceiling, PLANNING_LOW_MTPP), high)
        note = "a planning ceiling, not law: the tightened regime's yearly figure"
        add(f"planning_flow_{code}", row, note + ("; high: the deal guide's" if guide else ""), "flow_year", mtpp=flow)
