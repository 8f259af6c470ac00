"""Build the India programme as a folder of CSV files: `python inputs/build/india.py REFERENCE_DIR DATA_DIR OUT_FOLDER`.

REFERENCE_DIR holds the reference figures, DATA_DIR the hourly series; neither is part of the project, and no series is
copied: only four typical days are kept of them. Prints the defects met in the reference files, what the typical days
lose, and how large demand is.
"""

from __future__ import annotations

import sys
from pathlib import Path

import india_control
import india_demand
import india_logs
import india_machines
import india_models
import india_money
import india_places
import india_power
import india_rates
import india_settings
import india_sources
import india_stock
import india_workloads
import india_zones
import profiles
from periods import PERIODS
from reference import Reference
from sheets import Sheet


def build(reference: Reference, data: Path) -> list[Sheet]:
    """All sheets of the programme."""
    days = india_zones.typical(data)
    measured = tuple(
        (
            f"The year is {len(days.days)} typical days, standing for {', '.join(map(str, days.days))} days; loss in "
            f"{zone}",
            profiles.stated(days.loss, zone),
        )
        for zone in ("IN-MH", "IN-GJ", "NO4")
    )
    return [
        india_settings.programme(),
        india_settings.periods(),
        india_places.countries(reference),
        india_places.sites(reference),
        india_power.grid_offers(reference),
        india_zones.prices(reference),
        india_zones.profile_rows(days),
        india_power.energy_assets(reference),
        india_machines.accelerators(reference),
        india_stock.supply(),
        india_stock.fleet(),
        india_stock.clouds(),
        india_control.rules(reference),
        india_control.licences(reference),
        india_control.caps(reference),
        india_models.models(reference),
        india_demand.workloads(reference),
        india_demand.demand(reference),
        india_models.sufficiency(reference),
        india_rates.throughput(reference, india_models.served_classes()),
        india_money.adoption(reference),
        india_money.budgets(),
        india_money.policies(),
        india_settings.currencies(),
        *india_settings.scenarios(),
        india_logs.assumptions(measured),
        india_logs.decisions(),
        india_sources.sources(),
    ]


def tiers(reference: Reference) -> list[str]:
    """Output tokens by tier and period, a line each."""
    lines = []
    for period in PERIODS:
        by_tier: dict[str, float] = {}
        for workload in india_workloads.WORKLOADS:
            output = india_workloads.tokens_t(reference, workload, period.middle)[1]
            by_tier[workload.tier] = by_tier.get(workload.tier, 0.0) + output
        lines.append(
            f"{period.name:>7}: "
            + ", ".join(f"{tier} {tokens:,.0f}" for tier, tokens in by_tier.items())
            + " T output a year"
        )
    return lines


def main(arguments: list[str]) -> int:
    """Write the folder; 2 for wrong usage."""
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    reference, data, out = Reference(Path(arguments[0])), Path(arguments[1]), Path(arguments[2])
    sheets = build(reference, data)
    out.mkdir(parents=True, exist_ok=True)
    for sheet in sheets:
        sheet.write(out)
    by_name = {sheet.name: sheet for sheet in sheets}
    print("Defects met in the reference files:", *reference.defects(), sep="\n  ")
    print(
        "Typical days:",
        *(row["what"] + ": " + row["why"] for row in by_name["assumptions"].rows if row["quality"] == "measured"),
        sep="\n  ",
    )
    print("Demand:", *tiers(reference), sep="\n  ")
    print(f"{len(sheets)} sheets, {sum(len(sheet.rows) for sheet in sheets):,} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
