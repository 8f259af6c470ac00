"""What the shipped programmes come to: `python docs/programmes.py RUN_DIR...` makes `docs/programmes/<name>.md`.

A run folder must be finished and of a workbook named like its programme (`planner run inputs/japan.xlsx`). Nothing is
solved here: the answer is the run's own text, what binds are its prices, what was announced are the atlas's rows of the
home country, and what looks odd is found by the rules of `ODDITIES`, each a sentence with its figures or nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from compute_lp.schema import Inputs
from planner import prefill, workbook
from planner.wording import money, number

OUT = Path(__file__).parent / "programmes"
UNION = ("DE", "ES", "FI", "FR", "IE", "IT", "NL", "SE")
"""Member states of the European Union in the atlas, for which its programmes were announced too."""
LATE_YEAR = 2028
MOST_OF_ONE_CLOUD = 0.6
MOST_OF_ONE_VENDOR = 0.95
MOST_UNSERVED = 0.1
MOST_UNSERVED_IN_A_PERIOD = 0.3
LEAST_AT_HOME = 0.5
LEAST_OF_BUDGET = 0.5
ALL_OF_BUDGET = 0.99
LEAST_OF_FLEET = 0.5
COMPARED_TO = "2030"
"""Period whose end most announcements aim at."""
NOTABLE = 1e-6
ONE_WAY = (
    "The highest is of places where the plan isn't degenerate, if there are any; elsewhere a price holds one way only."
)
TOKEN_PRICE = "demand_is_met"
"""The price of one more token: what all limits come to, no limit itself."""


@dataclass(frozen=True)
class Run:
    """A finished run folder."""

    folder: Path

    @property
    def name(self) -> str:
        return Path(self.manifest["workbook"]).stem

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return dict(json.loads(self._text("manifest.json")))

    @cached_property
    def headline(self) -> dict[str, Any]:
        return dict(json.loads(self._text("headline.json"))["base"])

    @cached_property
    def answer(self) -> str:
        return self._text("report/answer.txt").rstrip()

    @cached_property
    def inputs(self) -> Inputs:
        return workbook.read(self.folder / "inputs")

    @cached_property
    def prices(self) -> pd.DataFrame:
        return self._table("prices.csv")

    def results(self, name: str) -> pd.DataFrame:
        """A result table."""
        return self._table(f"results/{name}.csv")

    @property
    def periods(self) -> list[str]:
        return list(self.inputs["periods"]["period"])

    def by_period(self, table: str, column: str) -> pd.Series[float]:
        """A column of a result table summed over all but the period."""
        return self.results(table).groupby("period")[column].sum().reindex(self.periods).fillna(0.0)

    def _table(self, name: str) -> pd.DataFrame:
        place = self.folder / "scenarios" / "base" / name
        if not place.is_file():
            raise SystemExit(f"{place} is missing: no finished run, or one without a plan")
        return pd.read_csv(place, dtype={"period": str}, keep_default_na=False)

    def _text(self, name: str) -> str:
        place = self.folder / name
        if not place.is_file():
            raise SystemExit(f"{place} is missing: {self.folder} is no finished run folder")
        return place.read_text(encoding="utf-8")


def page(run: Run) -> str:
    """The page of a programme."""
    found = [sentence for rule in ODDITIES for sentence in rule(run)]
    own = [row.note for row in prefill.atlas().rows("plans") if row.plan == run.name and row.note]
    parts = [
        f"# {run.inputs.settings['name']}",
        f"Written by `python docs/programmes.py` from a run of `inputs/{run.name}.xlsx`; don't edit it here.",
        "## The answer",
        f"```\n{run.answer}\n```",
        "## What binds",
        binding(run),
        "## Against what was announced",
        announced(run),
        "## What looks odd",
        "\n".join(f"- {sentence}" for sentence in [*found, *own]) or "Nothing that the rules look for.",
    ]
    return "\n\n".join(parts) + "\n"


def binding(run: Run) -> str:
    """Limits that have a price: how often, where it is highest, and how high."""
    prices = run.prices[run.prices["constraint"] != TOKEN_PRICE]
    if prices.empty:
        return "No limit has a price: nothing binds but demand itself."
    lines = [
        "| limit | unit of its price | in how many places and periods | highest | where |",
        "|---|---|---|---|---|",
    ]
    for (heading, unit), rows in prices.groupby(["heading", "unit"], sort=False):
        firm = rows[rows["degenerate"] == "no"]
        top = (rows if firm.empty else firm).sort_values("value", key=abs, kind="stable").iloc[-1]
        where = ", ".join(part.split("=", 1)[1] for part in top["keys"].split("; "))
        lines.append(f"| {heading} | {unit} | {len(rows)} | {number(top['value'])} | {where} |")
    lines += ["", ONE_WAY]
    return "\n".join(lines)


def announced(run: Run) -> str:
    """The atlas's programmes of the home country, and what the plan has."""
    home = run.inputs.settings["home"]
    rows = [
        row for row in prefill.atlas().rows("programmes") if row.country == home or (row.area == "EU" and home in UNION)
    ]
    lines = [
        "| announced | where it stood in 2026 | accelerators | MW | money | by | confidence |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        end = f"{row.to_year:.0f}" if row.to_year == row.to_year else "open"
        cash = money(row.budget_musd) if row.budget_musd == row.budget_musd else ""
        cells = (row.programme, row.status, _plain(row.accelerators), _plain(row.mw), cash, end, row.confidence)
        lines.append("| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |")
    until = [period for period in run.periods if period <= COMPARED_TO]
    chips, rented = run.by_period("procurement", "installed_units"), run.by_period("clouds", "rented_units")
    halls = run.by_period("siting", "hall_mw")
    budgets, spent = run.by_period("budgets", "budget_musd"), run.by_period("budgets", "spent_musd")
    lines += [
        "",
        f"The plan has {number(chips[until[-1]])} accelerators of its own and {number(rented[until[-1]])} rented in "
        f"{until[-1]}, {number(chips.max())} of its own at most ({chips.idxmax()}); {number(halls[until[-1]])} MW of "
        f"IT halls in {until[-1]}, {number(halls.max())} at most. Its budgets of all layers to {until[-1]} are "
        f"{money(budgets[until].sum())}, of which it spends {money(spent[until].sum())}; to {run.periods[-1]} "
        f"{money(budgets.sum())} and {money(spent.sum())}.",
        _coverage(rows, chips[until[-1]] + rented[until[-1]], halls[until[-1]], budgets[until].sum(), until[-1]),
    ]
    return "\n".join(lines)


def _coverage(rows: list[Any], chips: float, halls: float, budget: float, period: str) -> str:
    """Shares of what was announced to that year; announcements overlap and most of them serve others too."""
    year = int(period[:4])
    due = [row for row in rows if row.to_year <= year]
    said = []
    for what, have, column in (
        ("accelerators", chips, "accelerators"),
        ("MW", halls, "mw"),
        ("money", budget, "budget_musd"),
    ):
        total = sum(value for row in due if (value := getattr(row, column)) == value)
        if total > 0:
            said.append(f"{have / total:.0%} of the {what}")
    if not said:
        return f"Nothing announced has an amount due by {period}."
    return (
        f"That is {', '.join(said)} announced to {period}, where announcements are simply added up: they overlap, and "
        "most capacity is meant for tenants from abroad and for training at the frontier, little or none of which is "
        "demand of this plan (see the notes in its sheet `budgets`)."
    )


def _plain(value: float) -> str:
    return number(value) if value == value else ""


def first_purchase(run: Run) -> Iterator[str]:
    """Nothing bought for years, or ever."""
    bought = run.by_period("procurement", "buy_units")
    when = [period for period in run.periods if bought[period] > NOTABLE]
    if not when:
        yield "No accelerator is ever bought: the plan lives on its fleet and on what it rents."
    elif int(when[0][:4]) > LATE_YEAR:
        yield f"Nothing is bought before {when[0]}."


def idle_fleet(run: Run) -> Iterator[str]:
    """A fleet that stands at the start and is given up at once."""
    fleet = float(run.inputs["fleet"]["units"].sum())
    kept = run.by_period("procurement", "installed_units")[run.periods[0]]
    if kept < LEAST_OF_FLEET * fleet:
        yield f"Of the {number(fleet)} accelerators that stand at the start, {number(fleet - kept)} go at once."


def one_cloud(run: Run) -> Iterator[str]:
    """A cloud that holds most accelerators in service."""
    own = run.by_period("procurement", "installed_units")
    rented = run.results("clouds").pivot_table(index="period", columns="cloud", values="rented_units", aggfunc="sum")
    rented = rented.reindex(run.periods).fillna(0.0)
    share = rented.div(own + rented.sum(axis=1), axis=0).fillna(0.0)
    for cloud in share.columns[share.max() > MOST_OF_ONE_CLOUD]:
        held = [str(period) for period in share.index[share[cloud] > MOST_OF_ONE_CLOUD]]
        yield (
            f"{cloud} holds up to {share[cloud].max():.0%} of all accelerators in service "
            f"({held[0]}{f' to {held[-1]}' if len(held) > 1 else ''})."
        )


def one_vendor(run: Run) -> Iterator[str]:
    """A vendor of nearly everything that is bought."""
    vendor = dict(zip(run.inputs["accelerators"]["accelerator"], run.inputs["accelerators"]["vendor"], strict=True))
    table = run.results("procurement")
    bought = table.groupby(table["accelerator"].map(vendor))["buy_units"].sum()
    if bought.sum() > NOTABLE and bought.max() / bought.sum() > MOST_OF_ONE_VENDOR:
        yield f"{bought.max() / bought.sum():.0%} of what is bought is of {bought.idxmax()}."


def empty_sites(run: Run) -> Iterator[str]:
    """Sites without a hall in any period."""
    most = run.results("siting").groupby("site", sort=False)["hall_mw"].max()
    never = [str(site) for site, mw in most.items() if mw <= NOTABLE]
    never += [site for site in run.inputs["sites"]["site"] if site not in most.index]
    if never:
        yield f"Never built: {', '.join(never)}."


def unserved(run: Run) -> Iterator[str]:
    """Much demand in reach that isn't served, in all or in a period."""
    left, served = run.headline["unserved_t"], run.headline["served_t"]
    if left > MOST_UNSERVED * (left + served):
        yield f"{left / (left + served):.0%} of the demand in reach stays unserved."
    share = (run.by_period("unserved", "unserved_t") / run.by_period("unserved", "demand_t")).fillna(0.0)
    bad = [period for period in run.periods if share[period] > MOST_UNSERVED_IN_A_PERIOD]
    if bad:
        most = f"up to {share.max():.0%}"
        yield f"In {', '.join(bad)} more than {MOST_UNSERVED_IN_A_PERIOD:.0%} of all demand is unserved, {most}."


def queue(run: Run) -> Iterator[str]:
    """Whether the wait for connections holds anything back: a wait without a price changes nothing at the margin."""
    waits = run.prices[run.prices["constraint"] == "not_before_queue"]
    first = run.by_period("grid", "energise_mw")
    when = [period for period in run.periods if first[period] > NOTABLE]
    if waits.empty:
        yield "No wait for a connection has a price: an earlier one would change nothing."
    if not when:
        yield "No new connection is ever energised."
    elif waits.empty and int(when[0][:4]) > LATE_YEAR:
        yield f"The first new connection is energised in {when[0]}."


def at_home(run: Run) -> Iterator[str]:
    """Little compute at home."""
    table = run.results("sovereignty").set_index("period")
    share = (table["home_h100e"] / table["compute_h100e"]).fillna(1.0)
    if share.min() < LEAST_AT_HOME:
        yield f"Only {share.min():.0%} of compute stands at home in {share.idxmin()}."


def budgets(run: Run) -> Iterator[str]:
    """Layers whose money is spent to the last, and those whose isn't needed."""
    table = run.results("budgets")
    for layer, rows in table.groupby("layer", sort=False):
        used = rows["spent_musd"].sum() / rows["budget_musd"].sum() if rows["budget_musd"].sum() > 0 else 0.0
        if used < LEAST_OF_BUDGET:
            yield f"Only {used:.0%} of the budget of {layer} is spent."
        full = rows.loc[rows["spent_musd"] >= ALL_OF_BUDGET * rows["budget_musd"], "period"]
        if len(full):
            yield f"All money of {layer} is spent in {', '.join(full)}."


def proof(run: Run) -> Iterator[str]:
    """A plan that isn't proven."""
    if run.headline["status"] != "optimal":
        yield f"The plan is {run.headline['status']}, gap {run.headline.get('gap', float('nan')):.2%}: not proven."


ODDITIES: tuple[Callable[[Run], Iterator[str]], ...] = (
    proof,
    first_purchase,
    idle_fleet,
    one_cloud,
    one_vendor,
    empty_sites,
    unserved,
    queue,
    at_home,
    budgets,
)


def main(folders: list[str]) -> int:
    """Write the pages; 2 for wrong usage."""
    if not folders:
        print(__doc__, file=sys.stderr)
        return 2
    OUT.mkdir(exist_ok=True)
    for folder in folders:
        run = Run(Path(folder))
        (OUT / f"{run.name}.md").write_text(page(run), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
