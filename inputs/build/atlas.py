"""Write the generated tables of the atlas: `python inputs/build/atlas.py REFERENCE_DIR DATA_DIR [ATLAS_DIR]`.

REFERENCE_DIR holds the reference figures, DATA_DIR the hourly series; neither is part of the project, and no series is
copied: only typical days are kept of them. Each `atlas_*` file beside this one tidies some reference files; what it
corrected or dropped stands in the note of the row. The other tables of the atlas are kept by hand and stay as they are.
The whole is then checked as it is whenever it is read.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atlas_control
import atlas_machines
import atlas_models
import atlas_places
import atlas_profiles
import atlas_programmes
import atlas_workloads
from compute_lp.schema import InputError
from planner import prefill
from reference import Reference

DOMAINS = (atlas_places, atlas_machines, atlas_control, atlas_models, atlas_workloads, atlas_programmes)


def main(arguments: list[str]) -> int:
    """Write the tables; 1 where the atlas then has problems, 2 for wrong usage."""
    if len(arguments) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    reference, data = Reference(Path(arguments[1])), Path(arguments[2])
    folder = Path(arguments[3]) if len(arguments) == 4 else prefill.folder()
    for sheet in (sheet for domain in DOMAINS for sheet in domain.tables(reference)):
        sheet.write(folder)
        print(f"{sheet.name}: {len(sheet.rows):,} rows")
    for sheet in atlas_profiles.tables(data, folder):
        sheet.write(folder)
        print(f"{sheet.name}: {len(sheet.rows):,} rows")
    try:
        prefill.atlas(folder)
    except InputError as fault:
        print(f"The atlas has problems:\n{fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
