"""The description of the atlas: `python -m planner.prefill > inputs/atlas/README.md`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.prefill import TABLES
from planner.workbook.dictionary import KINDS, fields
from planner.workbook.sheets import sheets_of

GENERATED = {
    "accelerators": "atlas_machines.py",
    "capability": "atlas_models.py",
    "energy_options": "atlas_places.py",
    "export_regimes": "atlas_control.py",
    "model_classes": "atlas_models.py",
    "price_paths": "atlas_machines.py",
    "profile_losses": "atlas_profiles.py",
    "profiles": "atlas_profiles.py",
    "programmes": "atlas_programmes.py",
    "quality_index": "atlas_workloads.py",
    "queue_evidence": "atlas_places.py",
    "serving_rates": "atlas_machines.py",
    "sites": "atlas_places.py",
    "sufficiency_evidence": "atlas_workloads.py",
    "supply": "atlas_machines.py",
    "workloads": "atlas_workloads.py",
}
"""Tables written from the reference figures, by the script in `inputs/build` that does it. The others are kept by
hand."""
HEAD = """\
# The atlas

The tables from which workbooks are filled in, printed by `python -m planner.prefill`; don't edit this text. A table is
a CSV file beside it, checked whenever it is read: names, units, ranges, references, low and high. Generated tables are
written anew by `python inputs/build/atlas.py REFERENCE_DIR DATA_DIR` and not edited; what their source has wrong is
corrected there and told in the note. The others hold choices and judgements, and are edited here.

Every row has `source`, `date`, `confidence` (high, medium, low) and `note`; a judgement has its low and high beside it,
in columns `_low` and `_high`. Countries are ISO 3166 codes of two letters. Where a table has a column `plan`, a row is
a choice of that programme, of `every` one, or the `default` of countries that have no rows of their own. **Bold**
columns are keys.
"""


def description() -> str:
    """Each table: what a row is, how it is kept, its columns with their units."""
    sheets = sheets_of(tuple(sorted(TABLES, key=lambda table: table.name)))
    by_table: dict[str, list[dict[str, Any]]] = {name: [] for name in sheets}
    for record in fields(sheets.values()):
        by_table[record["sheet"]].append(record)
    lines = [HEAD, "| table | a row is | kept |", "|---|---|---|"]
    lines += [f"| [{name}](#{name}) | {sheet.table.row} | {_kept(name)} |" for name, sheet in sheets.items()]
    for name, records in by_table.items():
        lines += ["", f"## {name}", "", "| column | what it is | unit or kind | allowed |", "|---|---|---|---|"]
        lines += _rows(records)
    return "\n".join(lines) + "\n"


def _kept(name: str) -> str:
    script = GENERATED.get(name)
    return f"by `{script}`" if script else "by hand"


def _rows(records: list[dict[str, Any]]) -> Iterator[str]:
    for record in records:
        name = f"**{record['column']}**" if record["key"] else record["column"]
        allowed = ", ".join(record["choices"]) or " or ".join(f"`{each}`" for each in record["refers_to"])
        cells = (name, record["meaning"], record["unit"] or KINDS[record["kind"]], allowed or record["range"])
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    print(description(), end="")
