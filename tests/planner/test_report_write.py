"""All formats at once: whole files or none, and no format takes another with it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from planner.report import FORMATS, NotWritten, write
from planner.report.pictures import png, svg
from tests.planner.report_sample import document, figures

BEGINS = {
    "html": b"<!DOCTYPE html>",
    "docx": b"PK",
    "pdf": b"%PDF",
    "xlsx": b"PK",
    "tex": b"\\documentclass",
    "txt": b"A <PLAN>",
}


def test_each_format_is_written_under_its_name_and_told(tmp_path: Path) -> None:
    told: list[str] = []
    made = write(document((figures()["bridge"],)), tmp_path / "new", "plan", FORMATS, progress=told.append)
    assert [path.name for path in made] == [f"plan.{name}" for name in FORMATS]
    assert {path.suffix[1:]: path.read_bytes().startswith(BEGINS[path.suffix[1:]]) for path in made} == dict.fromkeys(
        FORMATS, True
    )
    assert told == [f"writing plan.{name}" for name in FORMATS]
    assert [path.name for path in (tmp_path / "new" / "plan-figures").iterdir()] == ["figure-1.pdf"]
    assert len(list((tmp_path / "new").iterdir())) == len(FORMATS) + 1


def test_a_picture_is_drawn_once_for_all_formats(tmp_path: Path) -> None:
    svg.cache_clear()
    png.cache_clear()
    write(document((figures()["bridge"],)), tmp_path, "plan", FORMATS)
    assert svg.cache_info().misses == png.cache_info().misses == 1


def test_a_format_that_fails_takes_no_other_with_it_and_leaves_its_old_file(tmp_path: Path) -> None:
    (tmp_path / "plan.docx").write_bytes(b"old")
    (tmp_path / "style.docx").write_bytes(b"no document")
    with pytest.raises(
        NotWritten,
        match=r"Not written: docx: .*style\.docx: no Word document.* Written all the same: plan\.html, plan\.xlsx\.$",
    ):
        write(document(), tmp_path, "plan", ["xlsx", "docx", "html"], style=tmp_path / "style.docx")
    assert (tmp_path / "plan.docx").read_bytes() == b"old"
    assert zipfile.is_zipfile(tmp_path / "plan.xlsx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.docx", "plan.html", "plan.xlsx", "style.docx"]


def test_pictures_of_an_earlier_writing_do_not_stay(tmp_path: Path) -> None:
    drawn = figures()
    write(document((drawn["bars"], drawn["bridge"])), tmp_path, "plan", ["tex"])
    write(document((drawn["bars"],)), tmp_path, "plan", ["tex"])
    assert [path.name for path in (tmp_path / "plan-figures").iterdir()] == ["figure-1.pdf"]


def test_options_that_are_none_are_named_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Paper 'a5'"):
        write(document(), tmp_path / "new", "plan", ["html"], paper="a5")
    with pytest.raises(ValueError, match="Format odt: no such format; there are html, docx"):
        write(document(), tmp_path / "new", "plan", ["odt"])
    assert not (tmp_path / "new").exists()
