"""Appendix A, purpose and sign-off: what the plan answers, for whom, from what, and how to read it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from compute_lp.ledger import LAYERS
from compute_lp.schema import Inputs
from planner.appendices.material import Material
from planner.appendices.reproduce import identity
from planner.compare.blocks.common import in_words
from planner.compare.views.scoreboard import gap_musd
from planner.report.blocks import Block, Column, Heading, Paragraph, Table
from planner.wording import joined, money, several, significant
from planner.workbook.names import COUNTRY_NAMES

WHO = {"public": "the public sector", "regulated": "regulated industry", "economy": "the wider economy"}
WHOLE = {"sites": "openings of sites", "stages": "stages of connections", "runs": "training runs"}
LAYER_WORDS = dict(zip(LAYERS, ("compute", "models", "platform", "applications"), strict=True))
POLICY_WORDS = {
    "home_compute_share_min": "a least share of compute at home",
    "vendor_share_max": "a largest share of one vendor",
    "origin_share_max": "a largest share of one country of origin",
    "n_minus_1_share": "a largest share of one site",
    "withdrawable_share_max": "a largest share of answers that others could withdraw",
    "carbon_kt_max": "a ceiling on carbon",
    "water_ml_max": "a ceiling on water",
}
ROUTE_WORDS = {
    "pretrain": "trained from nothing",
    "continue": "trained on from a base",
    "distil": "distilled",
    "finetune": "fine-tuned",
    "adopt": "adopted",
    "api": "bought by the token",
}
SIGNED = ("Prepared", "Reviewed", "Approved")
SIGNED_COLUMNS = (("role", "Role", 0), ("name", "Name", 30), ("date", "Date", 16), ("signature", "Signature", 40))
"""Columns of the table that is signed, and the letters that each leaves room for."""
NO_BREAK = "\u00a0"
SHORTEST_NAME = 4
"""Letters from which a name of a country isn't its code."""


def purpose(material: Material) -> list[Block]:
    """Appendix A."""
    inputs = material.inputs
    return [
        Heading("A Purpose and sign-off"),
        Paragraph(question(inputs)),
        Paragraph(need(inputs)),
        Paragraph(reported(material)),
        Table(
            "What the plan decides",
            decisions(inputs),
            (
                Column("decided", "Decided", kind="text"),
                Column("choices", "Choices in the workbook", kind="text"),
                Column("limits", "What limits them", kind="text"),
            ),
            sheet="Decided",
        ),
        Table(
            "Identity of this report",
            pd.DataFrame(identity(material).items(), columns=["what", "told"]),
            (Column("what", "What", kind="text"), Column("told", "Of this report", kind="text")),
            sheet="Identity",
        ),
        Table(
            "Sign-off",
            pd.DataFrame(
                [
                    {
                        name: f"{NO_BREAK * letters}\n{NO_BREAK}" if letters else role
                        for name, _, letters in SIGNED_COLUMNS
                    }
                    for role in SIGNED
                ]
            ),
            tuple(Column(name, label, kind="text") for name, label, _ in SIGNED_COLUMNS),
            sheet="Sign-off",
        ),
        Heading("How to read it", 2),
        *(Paragraph(said) for said in reading(material)),
    ]


def country(code: str) -> str:
    """The usual name of a country, its code where it has none here."""
    names = next((group for group in COUNTRY_NAMES if code in group), (code,))
    return next((name for name in names if len(name) >= SHORTEST_NAME), code)


def question(inputs: Inputs) -> str:
    """What is asked of the plan."""
    periods = inputs["periods"]
    span = f"{periods['period'].iloc[0]} to {periods['period'].iloc[-1]}"
    aim = (
        "It looks for the plan that costs least, where demand that stays unserved counts at its value"
        if inputs.settings["objective"] == "least_cost"
        else "It looks for the plan that serves the largest value within the budgets, and of these for the cheapest"
    )
    return (
        f"**Which compute for AI should {country(str(inputs.settings['home']))} build, buy, rent and serve from, "
        f"which models should it train, where and when?** This plan answers for {span}, in "
        f"{several(len(periods), 'period')}. {aim}, and keeps every limit of the workbook: dates, queues, supply, "
        "permissions, policies and budgets."
    )


def need(inputs: Inputs) -> str:
    """Whose demand counts."""
    tiers = list(dict.fromkeys(str(tier) for tier in inputs["workloads"]["tier"]))
    told = [WHO[tier] for tier in WHO if tier in tiers]
    whose = f" of {joined(told, None)}" if told else ""
    return f"Counted is the demand{whose}: {several(len(inputs['workloads']), 'workload')}."


def reported(material: Material) -> str:
    """The scenario that is reported, and what it is compared with."""
    case = material.case
    title = f" ({case.title})" if case.title else ""
    others = [each for each in material.cases if each is not case]
    said = f"Reported is the scenario **{in_words(case.name)}**{title}."
    if others:
        failed = [in_words(each.name) for each in others if not each.exists]
        without = f", of which {joined(failed, None)} {'has' if len(failed) == 1 else 'have'} no plan" if failed else ""
        said += f" The run holds {several(len(others), 'other scenario')}{without}."
    return said


def decisions(inputs: Inputs) -> pd.DataFrame:
    """A row a kind of decision: how many choices the workbook offers, and what limits them."""
    sites, offers, chips, clouds = (inputs[name] for name in ("sites", "grid_offers", "accelerators", "clouds"))
    assets, models, rules, caps = (inputs[name] for name in ("energy_assets", "models", "export_rules", "export_caps"))
    budgets, policies = inputs["budgets"], inputs["policies"]
    where = f" in {joined([country(str(code)) for code in dict.fromkeys(sites['country'])], None)}"
    routes = models["route"].value_counts(sort=False)
    control = f", {several(len(rules), 'row')} of export rules and {several(len(caps), 'cap')}" if len(rules) else ""
    rows = [
        ("Halls", len(sites), "site", where, "room, power, building time and pace"),
        (
            "Grid connections",
            len(offers),
            "stage",
            "",
            f"each stage's queue, at its {inputs.settings['grid_delay']} wait",
        ),
        ("Energy", len(assets), "asset", ", contracts among them", "size and lead of each"),
        ("Accelerators", len(chips), "type", _of(chips["vendor"], "vendor"), f"release, lead and supply{control}"),
        ("Rented accelerators", len(clouds), "offer", "", "size of the market, term and dates"),
        (
            "Models",
            len(models),
            "model",
            f": {joined([f'{count} {ROUTE_WORDS[str(route)]}' for route, count in routes.items()], None)}",
            "release, training work, one site that finishes in time",
        ),
        (
            "Serving",
            len(inputs["workloads"]),
            "workload",
            "",
            "what each model can answer, and where it may be answered",
        ),
    ]
    told = [(what, f"{several(count, thing)}{more}", limits) for what, count, thing, more, limits in rows if count]
    if len(policies):
        words = [POLICY_WORDS[name] for name in dict.fromkeys(policies["policy"])]
        told.append(("Policies", "kept, not chosen", joined(words, None)))
    if len(budgets):
        layers = [
            f"{layer} ({LAYER_WORDS[layer]})" if layer in LAYER_WORDS else "all together"
            for layer in dict.fromkeys(budgets["layer"])
        ]
        told.append(
            ("Money", f"budgets of {money(float(budgets['musd'].sum()))} over all periods", joined(layers, None))
        )
    return pd.DataFrame(told, columns=["decided", "choices", "limits"])


def _of(names: pd.Series, thing: str) -> str:
    return f" of {several(names.nunique(), thing)}"


def reading(material: Material) -> Iterator[str]:
    """How proof, money, units and periods are to be understood."""
    settings, periods = material.inputs.settings, material.periods
    whole = [WHOLE[name] for name in str(settings["integers"]).split() if name in WHOLE]
    fractions = (
        f"{joined(whole, None).capitalize()} are whole; all else may be a fraction."
        if whole
        else "Openings, stages and training runs may be fractions: a bound of what can be had, no plan to carry out."
    )
    yield f"**Proof.** {proof(material)} {fractions}"
    residual = (
        "what outlives the last period earns its residual value"
        if settings["residual_values"] == "yes"
        else "nothing that outlives the last period earns a residual value"
    )
    yield (
        f"**Money** is real, of {settings['base_year']}, in USD. Cost is discounted to {settings['plan_start']} at "
        f"{significant(100 * float(settings['discount_rate']), 3)} % a year, and {residual}. What is called spent is "
        "undiscounted."
    )
    yield (
        "**Figures.** MW of halls are of IT load, MW of connections at the meter. T are 1e12 output tokens. H100e are "
        "accelerators many as H100s by their 8-bit speed. ZFLOP are 1e21 operations. Three significant digits are "
        "shown; totals are of unrounded values, so that what is shown may not add up."
    )
    ends = f" {joined(periods[-2:], None)} are too near the end to be read: little that is begun there still pays."
    yield (
        f"**Periods** begin in {settings['plan_start']}; the last is {periods[-1]}.{ends if len(periods) > 2 else ''} "
        "Sums are over all periods unless a year is told."
    )


def proof(material: Material) -> str:
    """How near the best the plan is known to be."""
    figures = material.figures
    distance = gap_musd(material.case, "objective_musd")
    if "gap" not in figures:
        return "No plan that keeps the limits of the workbook is better than this one."
    ended = "" if material.case.status == "optimal" else " The search was stopped at its time limit."
    return (
        "No plan that keeps the limits of the workbook is better by more than "
        f"{significant(100 * float(figures['gap']), 2)} % of the objective of "
        f"{money(float(figures['objective_musd']))}, which is {money(distance)}.{ended} A difference smaller than that "
        "tells nothing."
    )
