"""Documents from figures: blocks, and the writers of their formats.

`write` writes a document in several formats at once; a picture is drawn once for all of them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.report.blocks import Document

FORMATS = ("html", "docx", "pdf", "xlsx", "tex", "txt")
"""What a document is written as; `tex` is a file and a folder of its pictures beside it."""


class NotWritten(OSError):
    """Formats that could not be written, and why; `written` are the files of those that were."""

    def __init__(self, faults: dict[str, Exception], written: list[Path]) -> None:
        told = "; ".join(f"{name}: {_said(fault)}" for name, fault in faults.items())
        rest = f" Written all the same: {', '.join(path.name for path in written)}." if written else ""
        super().__init__(f"Not written: {told}.{rest}")
        self.written = written


def write(
    document: Document,
    folder: Path,
    stem: str,
    formats: Collection[str],
    *,
    paper: str = "a4",
    style: Path | None = None,
    language: str = "en",
    dated: date | None = None,
    progress: Callable[[str], object] | None = None,
) -> list[Path]:
    """Writes `stem.format` into the folder for each format, and gives the paths in the order of `FORMATS`.

    `paper`: a4 or letter. `style`: a .docx whose styles and page the Word file uses. `language`: of the words. `dated`:
    in the files' properties, a fixed day where none is given. `progress` is told each format as it begins. Each file is
    written beside its place and renamed into it. A format that fails takes no other with it: NotWritten is raised at
    the end. ValueError: no such format or paper.
    """
    from planner.report.blocks import UNDATED, paper_mm

    if unknown := sorted(set(formats) - set(FORMATS)):
        raise ValueError(f"Format {', '.join(unknown)}: no such format; there are {', '.join(FORMATS)}.")
    paper_mm(paper)
    day = dated or UNDATED
    folder.mkdir(parents=True, exist_ok=True)

    def made(name: str) -> bytes:
        match name:
            case "html":
                from planner.report.to_html import html

                return html(document, paper=paper, language=language).encode()
            case "docx":
                from planner.report.to_docx import docx

                return docx(document, paper=paper, language=language, style=style, dated=day)
            case "pdf":
                from planner.report.to_typst import pdf

                return pdf(document, paper=paper, language=language, dated=day)
            case "xlsx":
                from planner.report.to_xlsx import xlsx

                return xlsx(document, paper=paper, dated=day)
            case "tex":
                from planner.report.to_tex import tex

                text, pictures = tex(document, figures=f"{stem}-figures", paper=paper, language=language)
                _replace_folder(folder / f"{stem}-figures", pictures)
                return text.encode()
        from planner.report.to_text import text as plain

        return plain(document).encode()

    written: list[Path] = []
    faults: dict[str, Exception] = {}
    for name in FORMATS:
        if name not in formats:
            continue
        if progress:
            progress(f"writing {stem}.{name}")
        try:
            _replace(folder / f"{stem}.{name}", made(name))
            written.append(folder / f"{stem}.{name}")
        except Exception as fault:
            faults[name] = fault
    if faults:
        raise NotWritten(faults, written) from next(iter(faults.values()))
    return written


def _said(fault: Exception) -> str:
    """A fault that was foreseen is a sentence; of others the kind is told too."""
    return str(fault) if isinstance(fault, ValueError | OSError) else f"{type(fault).__name__} {fault}"


def _replace(path: Path, data: bytes) -> None:
    """The file whole or as it was: written beside its place, then renamed."""
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _replace_folder(path: Path, files: dict[str, bytes]) -> None:
    """The folder with these files and no others."""
    beside = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        beside.chmod(0o755)
        for name, data in files.items():
            (beside / name).write_bytes(data)
        if path.exists():
            path.rename(beside / ".old")
        beside.rename(path)
        shutil.rmtree(path / ".old", ignore_errors=True)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
