"""The shipped workbooks are what the atlas makes, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner import prefill, workbook
from planner.prefill.write import write

INPUTS = Path(__file__).parents[2] / "inputs"
NAMES = ("united_states", "france", "united_kingdom", "india", "united_arab_emirates", "japan", "south_korea")


def test_the_atlas_has_these_programmes() -> None:
    assert tuple(prefill.programmes()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_workbook_is_what_the_atlas_makes(name: str, tmp_path: Path) -> None:
    shipped, made = INPUTS / f"{name}.xlsx", tmp_path / f"{name}.xlsx"
    write(prefill.programme(name), made)
    if shipped.read_bytes() != made.read_bytes():
        before, now = (workbook.input_hash(workbook.read(file)) for file in (shipped, made))
        differ = [sheet for sheet in now if before[sheet] != now[sheet]]
        pytest.fail(f"{name}: {', '.join(differ) or 'only notes and looks'} differ; make programmes")


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_workbook_has_no_errors_and_every_row_its_source(name: str) -> None:
    inputs = workbook.read(INPUTS / f"{name}.xlsx")
    listed = set(inputs["sources"]["source"])
    for sheet in inputs:
        table = inputs[sheet]
        if sheet in ("programme", "sources") or table.empty:  # settings left blank have no row of their own
            continue
        assert (table["source"] != "").all() and (table["confidence"] != "").all(), sheet
        cited = {one.strip() for text in table["source"] for one in text.split(";")}
        assert cited <= listed, sheet
