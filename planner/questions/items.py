"""What can be asked about: the things of a plan that the workbook names, and what is measured of each.

A measure is a column of a result table (`REPORTS` of the parts); its values by period are linear in the programme's
columns, so the same measure tells what the plan does, and is forced, forbidden or ranged in re-solves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp

from compute_lp import REPORTS
from compute_lp.schema import Floats, Inputs, Mask
from planner.plan import Plan
from planner.questions.limits import Cell
from planner.results import labels
from planner.wording import NOTABLE, also, counted, number
from planner.workbook.names import suggestion


class NotFound(Exception):
    """What was asked about isn't in the workbook, or is several things."""


@dataclass(frozen=True)
class Measure:
    """A column of a result table. `word`: what is said of it ("bought"). `stock`: it stands, and is not summed over
    periods. `renamed`: keys of the item that the table calls otherwise."""

    table: str
    column: str
    word: str
    stock: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Kind:
    """A kind of thing, a row of `sheet` each (or some, of a budget or policy), with `keys` that name it.

    `decision`: the measure by which it is in the plan or isn't; none where it only limits. `steady`: the measure whose
    range is told, where it isn't the decision's. `size`: the column that says how much of it there can be. `least`: the
    amount that is forced into a plan without it. `money`: headings of what its price cells, `priced`, pay for."""

    word: str
    sheet: str
    keys: tuple[str, ...]
    decision: Measure | None = None
    steady: Measure | None = None
    others: tuple[Measure, ...] = ()
    size: str = ""
    least: float = 0.0
    money: tuple[str, ...] = ()
    priced: tuple[str, ...] = ()


RUN = Measure("models", "run", "finished")
SERVED = Measure("serving", "served_t", "served")
RUNS = Kind("model", "models", ("model",), RUN, None, (SERVED,), "", 1.0, ("model runs",), ("cost_musd",))
"""A model that is had by a run; one that isn't is measured by what it answers."""
KINDS = (
    Kind(
        "site",
        "sites",
        ("site",),
        Measure("siting", "fitout_mw", "of halls fitted out"),
        Measure("siting", "hall_mw", "of halls", stock=True),
        (
            Measure("grid", "connected_mw", "of new connections", stock=True),
            Measure("procurement", "installed_units", "in service", stock=True),
        ),
        "max_it_mw",
        10.0,
        ("halls", "site opening"),
        ("fitout_usd_per_w", "fixed_musd"),
    ),
    Kind(
        "stage",
        "grid_offers",
        ("site", "stage"),
        Measure("grid", "energise_mw", "energised"),
        Measure("grid", "connected_mw", "connected", stock=True),
        (),
        "mw",
        10.0,
        ("grid connection", "grid connection, fixed"),
        ("usd_per_kw", "fixed_musd"),
    ),
    Kind(
        "accelerator",
        "accelerators",
        ("accelerator",),
        Measure("procurement", "buy_units", "bought"),
        None,
        (Measure("procurement", "installed_units", "in service", stock=True),),
        "",
        1000.0,
        ("accelerators", "maintenance", "resale"),
        ("price_usd",),
    ),
    Kind("model", "models", ("model",), SERVED, None, (), "", 0.0, ("api",), ("usd_per_mtoken",)),
    Kind(
        "workload",
        "workloads",
        ("workload",),
        SERVED,
        None,
        (Measure("unserved", "unserved_t", "unserved"), Measure("unserved", "out_of_reach_t", "out of reach")),
    ),
    Kind(
        "licence",
        "export_licences",
        ("licence",),
        Measure("export_control", "licensed_mtpp", "of permission used"),
        size="mtpp",
        least=1.0,
    ),
    Kind("cap", "export_caps", ("cap",)),
    Kind(
        "cloud",
        "clouds",
        ("cloud",),
        Measure("clouds", "rent_units", "committed to"),
        None,
        (Measure("clouds", "rented_units", "rented", stock=True),),
        "max_units",
        1000.0,
        ("clouds",),
        ("usd_per_hour",),
    ),
    Kind(
        "asset",
        "energy_assets",
        ("site", "asset"),
        Measure("energy_assets", "build_mw", "built"),
        Measure("energy_assets", "capacity_mw", "in service", stock=True),
        (Measure("energy", "gwh", "supplied", renamed={"asset": "source"}),),
        "max_mw",
        10.0,
        ("energy assets", "energy asset operation", "energy contracts", "fuel and variable cost"),
        ("capex_usd_per_kw", "fixed_usd_per_kw_year", "variable_usd_per_mwh", "fuel_usd_per_mwh"),
    ),
    Kind("budget", "budgets", ("layer",), others=(Measure("budgets", "spent_musd", "spent"),)),
    Kind("policy", "policies", ("policy",)),
)


@dataclass(frozen=True)
class Item:
    """A thing that was asked about. `row`: the first of its rows in its sheet."""

    kind: Kind
    keys: Mapping[str, str]
    row: int

    @property
    def name(self) -> str:
        return ":".join(self.keys.values())

    def __str__(self) -> str:
        return f"{self.kind.word} {self.name}"


def items(plan: Plan) -> list[Item]:
    """All that can be asked about, in the order of the sheets."""
    found = []
    for kind in KINDS:
        frame = plan.inputs[kind.sheet]
        seen: set[tuple[str, ...]] = set()
        for row, values in enumerate(frame[list(kind.keys)].itertuples(index=False)):
            key = tuple(text_of(value) for value in values)
            if key not in seen:
                seen.add(key)
                by_run = kind.word == "model" and plan.model.is_run[row]
                found.append(Item(RUNS if by_run else kind, dict(zip(kind.keys, key, strict=True)), row))
    return found


def find_item(plan: Plan, asked: str) -> Item:
    """The one thing meant by `asked`: its name, or kind:name. Raises NotFound, with what was probably meant."""
    everything = items(plan)
    wanted = _plain(asked)
    found = [item for item in everything if wanted in (_plain(item.name), _plain(f"{item.kind.word}:{item.name}"))]
    if len(found) == 1:
        return found[0]
    if found:
        choices = " or ".join(f"{item.kind.word}:{item.name}" for item in found)
        raise NotFound(f"{asked!r} is several things; ask for {choices}")
    names = {item.name for item in everything}
    meant = suggestion(asked, names | {f"{item.kind.word}:{item.name}" for item in everything})
    unknown = f"the plan knows no {asked!r}"
    raise NotFound(also(also(unknown, meant) if meant else unknown, "without a name all are listed"))


def listed(plan: Plan) -> dict[str, list[str]]:
    """Names of all that can be asked about, by kind."""
    found: dict[str, list[str]] = {kind.word: [] for kind in KINDS}
    for item in items(plan):
        found[item.kind.word].append(item.name)
    return {word: names for word, names in found.items() if names}


def _plain(text: str) -> str:
    return re.sub(r"[\s:]+", ":", text.strip()).casefold()


def text_of(value: Any) -> str:
    """A label as people write it: stage 1, not 1.0."""
    return f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)


def matching(plan: Plan, index: Any, keys: Mapping[str, str]) -> Mask:
    """Rows of an index that name all of `keys`; none where it lacks one of them."""
    if not index.bases:
        return np.zeros(index.size, dtype=np.bool_)
    named = labels(plan, index)
    found = np.ones(index.size, dtype=np.bool_)
    for key, value in keys.items():
        if key not in named:
            return np.zeros(index.size, dtype=np.bool_)
        found &= (named[key].map(text_of) == value).to_numpy(dtype=np.bool_)
    return found


def cell_of(inputs: Inputs, sheet: str, row: int, column: str) -> Cell:
    """The cell of a row, with what it says."""
    value = inputs[sheet][column].iloc[row]
    blank = value == "" or value != value
    where = inputs.cells[sheet](row, column) if sheet in inputs.cells else f"{sheet}.{column}"
    return Cell(str(where), column, "" if blank else value if isinstance(value, str) else f"{float(value):,.6g}")


@dataclass(frozen=True, eq=False)
class Path:
    """A measure of an item by period: `matrix @ x + constant`, a row a period, in `unit`. `open`: whether the programme
    has anything to say in the period."""

    measure: Measure
    unit: str
    periods: Sequence[Any]
    matrix: sp.csr_array
    constant: Floats
    open: Mask

    def at(self, x: Floats) -> Floats:
        """By period; without what is only rounding."""
        values = np.asarray(self.matrix @ x + self.constant)
        return np.where(np.abs(values) < NOTABLE, 0.0, values)

    def weights(self, periods: Mask | None = None) -> tuple[Floats, float]:
        """Coefficients and constant of the measure in one number: at its last period where it stands, summed over
        `periods` (all unless given) where it doesn't."""
        if self.measure.stock:
            last = int(np.flatnonzero(self.open)[-1]) if self.open.any() else len(self.periods) - 1
            chosen = np.arange(len(self.periods)) == last
        else:
            chosen = np.ones(len(self.periods), dtype=np.bool_) if periods is None else periods
        row = np.asarray(chosen.astype(np.float64) @ self.matrix, dtype=np.float64)
        return row, float(self.constant[chosen].sum())

    def sentence(self, x: Floats) -> str:
        """What happens, when: first and last, largest; "" where nothing does."""
        values = self.at(x)
        used = np.flatnonzero(values > NOTABLE)
        if not used.size:
            return ""
        first, last, most = used[0], used[-1], int(np.argmax(values))
        word, unit, when = self.measure.word, self.unit, self.periods
        if used.size == 1:
            return f"{counted(values[first], unit)} {word} in {when[first]}"
        if self.measure.stock:
            begins = f" (from {when[first]} on)" if first and values[first] < values[most] else ""
            return f"at most {counted(values[most], unit)} {word}, in {when[most]}{begins}"
        return (
            f"{counted(values.sum(), unit)} {word} between {when[first]} and {when[last]}, most in {when[most]} "
            f"({number(values[most])})"
        )


def path(plan: Plan, keys: Mapping[str, str], measure: Measure) -> Path:
    """A measure of what `keys` name."""
    block, value = next(
        (block, value)
        for block, reports in REPORTS.items()
        for report in reports
        if report.name == measure.table
        for value in report.values
        if value.name == measure.column
    )
    name, arrays, x_size = f"{block}.{value.of}", plan.arrays, len(plan.arrays.lower)
    if name in arrays.columns:
        own = arrays.columns[name]
        index, constant = own.index, np.zeros(own.size)
        at = np.arange(own.size)
        rows = sp.csr_array((np.ones(own.size), (at, at + own.start)), shape=(own.size, x_size))
    else:
        total = arrays.totals[name]
        index, rows, constant = total.index, total.matrix, total.constant
    chosen = np.flatnonzero(
        matching(plan, index, {measure.renamed.get(key, key): value for key, value in keys.items()})
    )
    period = index.codes[index.axis(plan.model.PERIODS)][chosen]
    count = plan.model.PERIODS.size
    gather = sp.csr_array((np.full(len(chosen), value.factor), (period, chosen)), shape=(count, index.size))
    opened = np.zeros(count, dtype=np.bool_)
    opened[period] = True
    return Path(
        measure,
        "T" if value.unit == "Ttoken" else value.unit,
        plan.model.PERIODS.labels(),
        sp.csr_array(gather @ rows),
        np.asarray(gather @ constant),
        opened,
    )
