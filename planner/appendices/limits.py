"""Appendix J, limits and checks: what was in fact checked of this plan and how exactly it held, what the inputs warn
of, and what the model can't say.

Nothing is assured beyond the record: a check that the run didn't need, as of caps in a programme without them, isn't
listed, and one that this file doesn't know stands under its own name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from inspect import getdoc
from types import ModuleType
from typing import Any

import pandas as pd

import compute_lp
from planner.appendices.material import Material
from planner.audit.checks import TOLERANCE
from planner.report.blocks import Block, Column, Heading, Note, Paragraph, Table
from planner.solve.verify import FEASIBLE, GAP, WHOLE
from planner.wording import several, significant, whole

AUDIT = "audit "
NOT_MODELLED = re.compile(r"^not modelled\s{2,}(.*?)(?:\n\n|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Group:
    """Checks of one kind: what holds where they pass, their names or (with *) how these begin, and what is allowed."""

    title: str
    claim: str
    names: tuple[str, ...]
    allowed: float = TOLERANCE

    def holds(self, name: str) -> bool:
        return any(name == own or (own.endswith("*") and name.startswith(own[:-1])) for own in self.names)


PROVEN = (
    Group(
        "Limits of the programme",
        "every row and column keeps its limits, each sum worked out again",
        ("row_residual", "column_residual"),
        FEASIBLE,
    ),
    Group("Whole numbers", "what is to be whole is whole", ("whole_number_residual",), WHOLE),
    Group(
        "Optimum",
        "whole numbers held, no plan costs less: shadow prices have the signs they must, and cost meets its bound",
        ("duality_gap", "column_dual_residual", "row_dual_residual", "complementarity"),
        FEASIBLE,
    ),
)
"""Checks of the solution on the programme's own arrays, that don't ask the solver."""
AUDITED = (
    Group(
        "Halls and sites",
        "halls follow from what is built, after their lead and within room and pace",
        ("halls*", "sites opened once", "smallest halls", "whole openings"),
    ),
    Group(
        "Connections and energy",
        "connections come after their queue, energy balances in every period, and nothing exceeds connection or size",
        (
            *("connections*", "stages in order", "whole stages in order", "energy*", "output of energy assets"),
            *("battery losses", "idle draw", "mean draw"),
        ),
    ),
    Group(
        "Accelerators",
        "fleets follow from purchases and leases, and stay within supply, market, halls and firm power",
        (
            *("installed accelerators", "orders*", "supply of accelerators", "nameplate*", "commitments*", "rented*"),
            "shrinking*",
        ),
    ),
    Group(
        "Export control",
        "every purchase that needs permission has it, within pots, dates and caps",
        ("purchases under licence", "permission*", "cap *"),
    ),
    Group(
        "Training",
        "runs are whole, on finished bases, at one site that finishes in time, with all their work done",
        ("available models", "runs*", "whole runs", "whole hosts", "hosted runs", "work of*", "work by*"),
    ),
    Group(
        "Policies",
        "compute, carbon, water and shares are as told, and within their policies",
        (
            *("compute*", "all tokens", "tokens of lasting weights", "carbon*", "water*", "home share of compute"),
            *("withdrawable share", "vendor share*", "origin share*", "share of*", "largest site"),
        ),
    ),
    Group(
        "Serving",
        "tokens add up to demand, by models that exist, on hours that the fleet has, where they may be answered",
        (
            *("accelerator-hours*", "peak*", "demand", "tokens*", "uptake of applications", "spending on applications"),
            *("foreign*", "non-allied*", "workloads that must be served"),
        ),
    ),
    Group(
        "Money",
        "every heading's spending and discounting, budgets and the objective, worked out again",
        (
            *("money by heading", "discount*", "fixed cost of stages", "residual values", "budgets", "spent*"),
            *("carried over", "objective", "days that stand for the year", "mean of the price index"),
        ),
    ),
)
"""Checks of the result tables, worked out again from the inputs."""
CHECKS = (
    Column("group", "Checked", kind="text"),
    Column("checks", "Checks", kind="integer"),
    Column("claim", "What holds", kind="text"),
    Column("largest", "Largest residual", kind="text"),
    Column("allowed", "Allowed", kind="text"),
)
BEYOND = (
    "It plans with foresight of all its inputs: prices, queues and releases come as the workbook says. Scenarios and "
    "measured ranges tell what else may come, not how likely it is.",
    "It is one owner's plan. Prices, queues and supply don't answer to what the plan does, and nobody else moves.",
    "A figure is no better than its row of the workbook: see the sources and confidences of the inputs.",
)


def limits(material: Material) -> list[Block]:
    """Appendix J."""
    record = material.record
    proof = record["proof"]
    checks = grouped(proof)
    return [
        Heading("J Limits and checks"),
        Heading("What was checked", 2),
        Paragraph(assurance(proof, material.figures, checks)),
        Table(
            "Checks carried out and passed",
            checks,
            CHECKS,
            "Of the programme's own rows a residual is in its units (MW, M USD, thousand accelerators, T tokens); of "
            "the result tables it is a share of 1 such unit and the figure's size. Cost and its bound may differ by "
            f"{significant(GAP, 6)}.",
            sheet="Checks",
        ),
        *_prices(material),
        *_warnings(material),
        Heading("What the plan can't say", 2),
        *(Paragraph(f"• {said}") for said in (*_ends(material), *BEYOND)),
        Table(
            "What is not modelled, part by part",
            pd.DataFrame(not_modelled(compute_lp.PARTS), columns=["part", "told"]),
            (Column("part", "Part", kind="text"), Column("told", "Not modelled", kind="text")),
            sheet="Not modelled",
        ),
    ]


def grouped(proof: Mapping[str, Any]) -> pd.DataFrame:
    """A row a group of checks that were carried out: how many, what holds, the largest residual, what is allowed."""
    figures = {name: float(value) for name, value in proof.items() if isinstance(value, float | int)}
    audited = {name.removeprefix(AUDIT): value for name, value in figures.items() if name.startswith(AUDIT)}
    left = set(audited)
    rows = []
    for group in PROVEN:
        found = [value for name, value in figures.items() if group.holds(name)]
        rows.append((group.title, len(found), group.claim, found, group.allowed))
    for group in AUDITED:
        mine = [name for name in audited if name in left and group.holds(name)]
        left -= set(mine)
        rows.append((group.title, len(mine), group.claim, [audited[name] for name in mine], group.allowed))
    rows += [(name, 1, "the result tables agree with it", [audited[name]], TOLERANCE) for name in sorted(left)]
    told = [
        (title, count, claim, significant(max(found), 2), significant(allowed, 6))
        for title, count, claim, found, allowed in rows
        if count
    ]
    return pd.DataFrame(told, columns=["group", "checks", "claim", "largest", "allowed"])


def assurance(proof: Mapping[str, Any], figures: Mapping[str, Any], checks: pd.DataFrame) -> str:
    """What is assured, and by what."""
    audited = sum(name.startswith(AUDIT) for name in proof)
    own = int(checks["checks"].sum()) - audited
    said = (
        f"The solver's word was not taken. {several(own, 'check')} on the programme's own arrays and "
        f"{audited or 'none'} that work the result tables out again from the inputs, by another route, were carried "
        "out when the plan was made; all passed. For this report the programme was built again from the run's inputs, "
        "and the stored plan proven on it once more."
    )
    if "gap" in figures:
        said += (
            f" That no other whole numbers are better by more than {significant(100 * float(figures['gap']), 2)} % is "
            "proven by the run's bound; it was not searched for again."
        )
    return said + (
        " What was not checked, and can't be from within: whether the inputs are true, and whether what is not "
        "modelled would change the plan."
    )


def _prices(material: Material) -> Iterator[Block]:
    prices = material.case.prices
    if prices.empty:
        yield Note("The plan has no shadow prices, so nothing is told of what a limit is worth.")
        return
    yield Paragraph(marginal(prices))


def marginal(prices: pd.DataFrame) -> str:
    """How many of the prices hold only at the margin."""
    share = float((prices["degenerate"] == "yes").mean())
    return (
        f"**Shadow prices.** {whole(len(prices))} rows have one; {100 * share:.0f} % of these are degenerate: the "
        "price holds only to one side or for no distance, because several limits meet. Read them as a sign of what "
        "binds, not as what the next unit is worth."
    )


def _warnings(material: Material) -> Iterator[Block]:
    yield Heading("What the inputs warn of", 2)
    rows = warnings(material.record["warnings"], material.record["foreseen"])
    if rows.empty:
        yield Paragraph("Neither reading the workbook nor looking ahead of the solve gave a warning.")
        return
    columns = (
        Column("cell", "Cell", kind="text"),
        Column("told", "Warning", kind="text"),
        Column("found", "Found by", kind="text"),
    )
    yield Table("Warnings", rows, columns, "A cell is one of the workbook that was run.", sheet="Warnings")


def warnings(texts: Collection[str], foreseen: Collection[str]) -> pd.DataFrame:
    """A row a warning of the run: its cell, its words, and whether reading the workbook or foresight gave it."""
    rows = [(*text.partition(": ")[::2], "foresight" if text in foreseen else "reading") for text in texts]
    return pd.DataFrame(rows, columns=["cell", "told", "found"])


def _ends(material: Material) -> Iterator[str]:
    periods = material.periods
    if len(periods) > 2:
        yield (
            f"{periods[-2]} and {periods[-1]} are too near the end: what is built there has little time to earn its "
            "cost, so the plan builds less than a longer one would."
        )


def not_modelled(parts: Collection[ModuleType]) -> list[tuple[str, str]]:
    """Each part with what its docstring says isn't modelled."""
    rows = []
    for part in parts:
        found = NOT_MODELLED.search(getdoc(part) or "")
        if found is not None:
            said = " ".join(found[1].split())
            rows.append((part.__name__.rsplit(".", 1)[-1].replace("_", " "), said[:1].upper() + said[1:]))
    return rows
