"""Appendix I, the four failure modes: what each means, what it costs, the early sign to watch, the hedge.

Loss        the scenario's plan less the base's: both know their future, so it is what can't be avoided.
Early sign  what the scenario itself changes, first of the lever that weighs most in its bridge; the low case is the
            first sign.
Hedge       what the scenario's plan orders otherwise before the commitment date, and two regrets: of beginning with the
            base's plan where the mode comes, and with the mode's plan where it doesn't. Between these two worlds alone
            hedging pays where the mode is likelier than the second regret by the sum of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.appendices.material import Material
from planner.compare.blocks.common import CENTRAL, VARIANTS, in_words, printed
from planner.compare.blocks.differences import DIFFERENCES, families, without_bounds
from planner.compare.blocks.hedges import early, of_orders, of_regret, orders_table, regret_of, unlike
from planner.compare.blocks.signs import of_signs, signs_table
from planner.compare.blocks.stability import STABILITY
from planner.compare.bridge import WHOLE
from planner.compare.cases import Case
from planner.compare.page import Views
from planner.compare.regret import Regret
from planner.compare.solved import Solved
from planner.compare.told import listed
from planner.compare.views.scoreboard import gap_musd
from planner.compare.views.stability import KEEP_OPEN
from planner.report.blocks import Block, Column, Figure, Heading, Note, Paragraph, Table
from planner.report.charts import bars
from planner.wording import NOTABLE, counted, money, number

NOT_RUN = (
    "None of the scenarios of the failure modes has a plan in this run. **planner run WORKBOOK --scenario all** plans "
    "all that the workbook has."
)
POINT = 1e-3
"""Difference of two shares that is told."""
OBJECTIVE, COST, UNSERVED = "objective_musd", "cost_musd", "unserved_t"


@dataclass(frozen=True)
class Mode:
    """A failure mode: its scenarios are `key` and its variants low and high."""

    key: str
    title: str

    @property
    def short(self) -> str:
        return self.title.split(",")[0]

    def variants(self, by_scenario: Mapping[str, Case]) -> dict[str, Case]:
        """By variant, the scenarios of it that there are."""
        names = {variant: self.key if variant == CENTRAL else f"{self.key}_{variant}" for variant in VARIANTS}
        return {variant: by_scenario[name] for variant, name in names.items() if name in by_scenario}


MODES = (
    Mode("cost_curve_collapse", "Cost curve collapse"),
    Mode("price_shock", "Price shock, the mirror of a collapse"),
    Mode("open_source_convergence", "Open-source convergence"),
    Mode("hardware_nationalism_lag", "Hardware nationalism lag"),
    Mode("political_fragility", "Political fragility"),
)


def failure_modes(material: Material) -> list[Block]:
    """Appendix I."""
    head = Heading("I The four failure modes")
    views = material.views
    if views is None:
        return [head, Paragraph(NOT_RUN)]
    by_scenario = {case.scenario: case for case in views.cases if case.run == views.base.run}
    run = {mode: mode.variants(by_scenario) for mode in MODES}
    planned = {mode: {v: case for v, case in of.items() if case.exists} for mode, of in run.items()}
    if not any(planned.values()):
        return [head, Paragraph(NOT_RUN)]
    blocks: list[Block] = [head, *_overview(planned, views, material.solved.regret)]
    for mode in MODES:
        blocks.append(Heading(mode.title, 2))
        blocks += _mode(mode, run[mode], planned[mode], views, material.solved)
    return printed([*blocks, *_open(views, material.solved.regret)], views.names)


def losses(planned: Mapping[str, Case], base: Case, regret: Regret | None) -> pd.DataFrame:
    """A row a variant: cost, objective and unserved less the base's, the home share of compute at the end and the
    base's, the regret of beginning with the base's plan; NaN where it isn't known."""
    rows = [
        {
            "scenario": case.name,
            "variant": variant,
            **{name: _figure(case, name) - _figure(base, name) for name in (COST, OBJECTIVE, UNSERVED)},
            "objective_share": _figure(case, OBJECTIVE) / _figure(base, OBJECTIVE) - 1
            if _figure(base, OBJECTIVE) > 0
            else np.nan,
            "gaps_musd": gap_musd(case, OBJECTIVE) + gap_musd(base, OBJECTIVE),
            "home": home_share(case),
            "home_base": home_share(base),
            "regret_musd": regret_of(regret, base.scenario, case.scenario),
        }
        for variant, case in planned.items()
    ]
    return pd.DataFrame(rows)


def home_share(case: Case) -> float:
    """Of compute at the end of the horizon, what stands at home; NaN where there is none."""
    whole = _figure(case, "compute_h100e_end")
    return _figure(case, "home_h100e_end") / whole if whole > 0 else np.nan


def of_loss(rows: pd.DataFrame) -> list[str]:
    """The loss in its central case, or the first there is, and from low to high."""
    chosen = rows[rows["variant"] == CENTRAL] if CENTRAL in set(rows["variant"]) else rows.head(1)
    row = chosen.iloc[0].to_dict()
    if abs(row[OBJECTIVE]) <= row["gaps_musd"]:
        told = [f"In its {row['variant']} case the gaps allow no difference in the objective to be told."]
    else:
        share = row["objective_share"]
        size = f", {number(100 * abs(share))} %" if share == share else ""
        told = [
            f"In its {row['variant']} case {changed('the objective', row[OBJECTIVE], money)}{size}: "
            f"{changed('cost', row[COST], money)}, {changed('what goes unserved', row[UNSERVED], _tokens)}."
        ]
    if len(rows) > 1:
        said = [f"{signed(rows[OBJECTIVE].iloc[i])} in its {rows['variant'].iloc[i]} case" for i in (0, -1)]
        told.append(f"The objective moves by {' to '.join(said)}.")
    if abs(row["home"] - row["home_base"]) >= POINT:
        told.append(
            f"The home share of compute at the end is {_percent(row['home'])} in place of {_percent(row['home_base'])}."
        )
    elif row["home"] == row["home"]:
        told.append(f"The home share of compute at the end stays at {_percent(row['home'])}.")
    return told


def changed(what: str, difference: float, say: Callable[[float], str]) -> str:
    """A difference with its direction: 'cost falls by 2 bn USD'."""
    if not np.isfinite(difference) or abs(difference) <= NOTABLE:
        return f"{what} stays"
    return f"{what} {'rises' if difference > 0 else 'falls'} by {say(abs(difference))}"


def signed(musd: float) -> str:
    """Money with its sign."""
    return money(0.0) if abs(musd) <= NOTABLE else f"{'+' if musd > 0 else '-'}{money(abs(musd))}"


def _overview(planned: Mapping[Mode, Mapping[str, Case]], views: Views, regret: Regret | None) -> Iterator[Block]:
    yield Paragraph(
        "Four ways in which a plan for sovereign compute fails though each of its parts was right, and the mirror of "
        f"one; each is a family of scenarios, low, central and high. Losses are differences from {views.base.name}; "
        f"{objective_said(views.base)}."
    )
    rows = pd.concat(
        [losses(of, views.base, regret).assign(mode=mode.short) for mode, of in planned.items() if of],
        ignore_index=True,
    )
    yield _drawn(rows)
    yield _table(rows, "Losses by failure mode", (Column("mode", "Mode", kind="text"),), "Losses")


def objective_said(base: Case) -> str:
    """What the objective is made of."""
    if base.most_served:
        return "the objective is the value served, so that less of it is the loss"
    if _figure(base, "value_unserved_musd") > NOTABLE:
        return "the objective is cost with the value of what goes unserved, so that serving less is no saving"
    return "the objective is the plan's discounted cost"


def _drawn(rows: pd.DataFrame) -> Figure:
    return bars(
        rows.assign(nothing=0.0),
        title="What each failure mode adds to the objective",
        alt="For each mode and variant, the objective of its plan less that of the base.",
        caution="Each plan knows its future from the start; one that doesn't loses more, by its regret.",
        category=Column("mode", "Mode", kind="text"),
        value=Column(OBJECTIVE, "Added to the objective", "M USD", difference_of=(OBJECTIVE, "nothing")),
        series=Column("variant", "Variant", kind="text"),
        sheet="Failure modes",
    )


def _table(rows: pd.DataFrame, title: str, first: tuple[Column, ...], sheet: str) -> Table:
    columns = [
        *first,
        Column("variant", "Variant", kind="text"),
        _difference(OBJECTIVE, "Objective", "M USD"),
        _difference(COST, "Cost", "M USD"),
        _difference(UNSERVED, "Unserved", "T"),
        Column("home", "Home share at the end", kind="share"),
    ]
    if rows["regret_musd"].notna().any():
        columns.append(Column("regret_musd", "Regret of the base's plan", "M USD"))
    note = (
        "Objective, cost and unserved tokens are differences from the base. Regret: of beginning with the base's plan."
    )
    return Table(title, rows.assign(nothing=0.0), tuple(columns), note, sheet=sheet)


def _difference(name: str, heading: str, unit: str) -> Column:
    return Column(name, heading, unit, difference_of=(name, "nothing"))


def _mode(
    mode: Mode, run: Mapping[str, Case], planned: Mapping[str, Case], views: Views, solved: Solved
) -> Iterator[Block]:
    if not planned:
        failed = [f"{case.name} ({case.record.get('reason') or case.status})" for case in run.values()]
        why = f"has no plan: {'; '.join(failed)}" if failed else "was not run"
        yield Note(
            f"The scenario {in_words(mode.key)} {why}. **planner run WORKBOOK --scenario {mode.key}** plans it, if the "
            "workbook has it."
        )
        return
    meant = [f"{variant.capitalize()}: {case.title}." for variant, case in planned.items() if case.title]
    rows = losses(planned, views.base, solved.regret)
    central = planned.get(CENTRAL, next(iter(planned.values())))
    yield Paragraph(" ".join(["**Meaning.**", *meant, *_levers(views, central)]))
    gain = rows[OBJECTIVE].max() < 0 and not views.base.most_served
    known = ["A plan that knows it gains; what one loses that doesn't is its regret, below."] if gain else []
    yield Paragraph(" ".join(["**Loss.**", *of_loss(rows), *known]))
    yield from _signs(planned, central, views, solved)
    yield from _hedge(central, views, solved)


def _levers(views: Views, central: Case) -> list[str]:
    found = views.tables.get(DIFFERENCES)
    if found is None:
        return []
    levers = list(dict.fromkeys(found.loc[found["scenario"] == central.name, "lever"]))
    return [f"It moves {', '.join(levers)}."] if levers else []


def weights(solved: Solved, scenario: str) -> dict[str, float]:
    """The share of each lever in a scenario's bridge, MUSD, the largest first; empty where there is none."""
    for found in solved.bridges:
        if found.scenario == scenario and not found.table.empty:
            shares = found.table[found.table["lever"] != WHOLE].set_index("lever")["musd"]
            ranked = shares.reindex(shares.abs().sort_values(ascending=False, kind="stable").index)
            return {str(lever): float(musd) for lever, musd in ranked.items()}
    return {}


def _signs(planned: Mapping[str, Case], central: Case, views: Views, solved: Solved) -> Iterator[Block]:
    differences = views.tables.get(DIFFERENCES)
    mildest = next(iter(planned.values()))
    if differences is None or differences.empty:
        yield Paragraph("**Early sign.** What it changes isn't known here: the comparison has no differences.")
        return
    changed_cells = without_bounds(differences)
    found = changed_cells[changed_cells["scenario"] == mildest.name]
    shares = weights(solved, central.scenario)
    lever = next(iter(shares), "")
    yield Paragraph(f"**Early sign.** {of_signs(found, lever, shares.get(lever, 0.0))}")
    own = changed_cells[changed_cells["scenario"].isin([case.name for case in planned.values()])]
    yield signs_table(families(own, views.names), shares, central.name)


def _hedge(central: Case, views: Views, solved: Solved) -> Iterator[Block]:
    own, base = views.insights.get(central.name), views.insights.get(views.base.name)
    wrong = of_regret(solved.regret, views.base.scenario, central.scenario, (views.base.weight, central.weight))
    if own is None or base is None or own.why_not or base.why_not:
        why = next((told.why_not for told in (own, base) if told is not None and told.why_not), "no orders were read")
        yield Paragraph(" ".join(["**Hedge.**", *wrong]))
        yield Note(f"What its plan orders otherwise isn't known: {why}.")
        return
    found = unlike(early(own, views.commit), early(base, views.commit))
    yield Paragraph(" ".join(["**Hedge.**", of_orders(found, views.commit), *wrong]))
    if len(found):
        yield orders_table(found, views.commit, f"Orders before {views.commit} that differ in {central.name}")


def _open(views: Views, regret: Regret | None) -> Iterator[Block]:
    """What no failure mode asks to be decided now, and the plan to begin with where none of them may go far wrong."""
    found = views.tables.get(STABILITY)
    told = []
    if found is not None:
        still = found[(found["verdict"] == KEEP_OPEN) & (found["minor"] != "yes")]
        if len(still):
            told.append(
                f"Over all {len(views.planned)} scenarios {len(still)} decisions are taken in some only, or ordered "
                f"later: {listed([str(name) for name in still['decision']])}. Appendix G has each with its dates."
            )
    if regret is not None and len(regret.summary) > 1:
        least = regret.summary.set_index("plan_of")["maximum_musd"][regret.minimax]
        told.append(
            f"Of the plans compared in appendix H, that of {regret.minimax} can go least wrong: {money(least)} at most."
        )
    if told:
        yield Heading("What stays open", 2)
        yield Paragraph(" ".join(told))


def _tokens(tokens_t: float) -> str:
    return counted(tokens_t, "T")


def _percent(share: float) -> str:
    return f"{number(100 * share)} %"


def _figure(case: Case, name: str) -> float:
    value = case.figures.get(name)
    return np.nan if value is None else float(value)
