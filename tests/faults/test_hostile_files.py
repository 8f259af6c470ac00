"""Files made to do harm, or so large that they do: refused with a sentence, in bounded memory, and nothing is run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compute_lp.schema import InputError
from planner.workbook import inspect, xlsx_read
from tests.workbooks import smallest, to_csv, to_xlsx

MB = 1_000_000
MOST_MB = 1_200
"""Resident memory that reading may take, libraries included."""
ADDRESS_SPACE_MB = 6_000
CHILD = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
from compute_lp.schema import InputError
from planner.workbook import inspect
try:
    problems = inspect(sys.argv[1]).problems
except InputError as fault:
    problems = fault.problems
status = open("/proc/self/status").read() if sys.platform == "linux" else "VmHWM: 0"
peak = int(status.partition("VmHWM:")[2].split()[0]) / 1000
print(json.dumps({"told": [str(problem) for problem in problems], "peak_mb": peak}))
"""
"""`ru_maxrss` would count what the parent held when the child was forked off."""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited and measured as Linux does")


def in_bounds(path: Path) -> list[str]:
    """What is told of a workbook read by a process of its own, whose memory is measured."""
    run = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), str(ADDRESS_SPACE_MB * MB)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    told: dict[str, Any] = json.loads(run.stdout)
    assert told["peak_mb"] < MOST_MB, told
    return list(told["told"])


def stuffed(tmp_path: Path, name: str, write: Callable[[Any], None]) -> Path:
    """A sound workbook with one more part."""
    path = to_xlsx(smallest(), tmp_path / "plan.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w", force_zip64=True) as part:
        write(part)
    return path


def replaced(tmp_path: Path, name: str, content: bytes, *, ending: str = ".xlsx") -> Path:
    """A sound workbook in which one part holds something else."""
    path, other = to_xlsx(smallest(), tmp_path / "sound.xlsx"), tmp_path / f"plan{ending}"
    with zipfile.ZipFile(path) as sound, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as made:
        for part in sound.namelist():
            made.writestr(part, content if part == name else sound.read(part))
        if name not in sound.namelist():
            made.writestr(name, content)
    return other


@linux_only
def test_three_hundred_megabytes_of_nothing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    with path.open("wb") as file:
        file.truncate(300 * MB)
    (told,) = in_bounds(path)
    assert told.startswith("plan.xlsx: is no .xlsx file")


@linux_only
def test_a_csv_file_of_three_hundred_megabytes_is_refused(tmp_path: Path) -> None:
    folder = to_csv(smallest(), tmp_path / "plan")
    with (folder / "profiles.csv").open("ab") as file:
        file.truncate(300 * MB)
    (told,) = in_bounds(folder)
    assert told.startswith("profiles.csv: has 300 MB")


@linux_only
def test_the_longest_csv_file_that_is_read_stays_in_bounds(tmp_path: Path) -> None:
    folder = to_csv(smallest(), tmp_path / "plan")
    with (folder / "profiles.csv").open("a", encoding="utf-8") as file:
        for _ in range(250_000):
            file.write("NO2,1," + "1" * 220 + "\n")
    told = in_bounds(folder)
    assert told and all("profiles.csv" in line for line in told)


@linux_only
def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    def write(part: Any) -> None:
        for _ in range(40):
            part.write(bytes(10 * MB))

    path = stuffed(tmp_path, "xl/media/image1.png", write)
    assert path.stat().st_size < 10 * MB
    (told,) = in_bounds(path)
    assert "unpacks to 400 MB" in told


@linux_only
def test_a_part_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    path = replaced(tmp_path, "xl/worksheets/sheet4.xml", b"<worksheet>" + b" " * (120 * MB))
    data = path.read_bytes()
    path.write_bytes(data.replace((120 * MB + 11).to_bytes(4, "little"), (2000).to_bytes(4, "little")))
    (told,) = in_bounds(path)
    assert "can't be read as a workbook" in told


@linux_only
def test_shared_texts_without_end_stay_in_bounds(tmp_path: Path) -> None:
    texts = b"<si><t>a</t></si>" * (100 * MB // 17)
    space = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    in_bounds(replaced(tmp_path, "xl/sharedStrings.xml", space + texts + b"</sst>"))


@linux_only
def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
    xml = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY e0 "ha">{entities}]><worksheet><sheetData><row r="1">'
    xml += '<c r="A1" t="inlineStr"><is><t>&e11;</t></is></c></row></sheetData></worksheet>'
    (told,) = in_bounds(replaced(tmp_path, "xl/worksheets/sheet4.xml", xml.encode()))
    assert "can't be read as a workbook" in told


@linux_only
def test_a_file_outside_is_not_read_into_the_workbook(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret", encoding="utf-8")
    xml = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]><worksheet><sheetData>'
    xml += '<row r="1"><c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row></sheetData></worksheet>'
    told = in_bounds(replaced(tmp_path, "xl/worksheets/sheet4.xml", xml.encode()))
    assert told
    assert not any("the secret" in line for line in told)


@linux_only
def test_a_row_of_a_million_cells_is_refused(tmp_path: Path) -> None:
    folder = to_csv(smallest(), tmp_path / "plan")
    with (folder / "demand.csv").open("a", encoding="utf-8") as file:
        file.write("," * MB + "\n")
    assert in_bounds(folder)[0].startswith("demand.csv line 5: has 1,000,001 columns")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with a name")
def test_a_pipe_is_no_workbook(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.xlsx")
    assert "neither a file nor a folder" in in_bounds(tmp_path / "plan.xlsx")[0]


def test_the_mark_of_a_password_is_found_wherever_it_stands(tmp_path: Path) -> None:
    for before in (600, xlsx_read.CHUNK_BYTES - 20, 3 * xlsx_read.CHUNK_BYTES):
        path = tmp_path / "plan.xlsx"
        path.write_bytes(xlsx_read.OLE_MAGIC + bytes(before) + xlsx_read.ENCRYPTED + bytes(100))
        with pytest.raises(InputError, match="protected by a password"):
            inspect(path)


def test_macros_are_told_of_and_not_run(tmp_path: Path) -> None:
    found = inspect(replaced(tmp_path, "xl/vbaProject.bin", b'Shell("touch ran")', ending=".xlsm"))
    assert [(w.cell, w.message) for w in found.warnings] == [
        ("plan.xlsm", "it holds macros, which are neither run nor read")
    ]
    assert found.inputs is not None
    assert not (tmp_path / "ran").exists()
