"""Files that are no workbook, or a damaged, protected, oversized or misencoded one, are told as such, and in time."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from compute_lp.schema import InputError, Problem
from planner.workbook import folder, inspect, read, xlsx_read
from tests.workbooks import put, smallest, to_csv, to_xlsx


def refusal(path: Path) -> Problem:
    with pytest.raises(InputError) as raised:
        read(path)
    (problem,) = raised.value.problems
    return problem


def test_a_missing_file_is_told_with_the_nearest(tmp_path: Path) -> None:
    to_xlsx(smallest(), tmp_path / "india.xlsx")
    problem = refusal(tmp_path / "idnia.xlsx")
    assert (problem.cell, problem.message, problem.right) == (
        "idnia.xlsx",
        "doesn't exist",
        "did you mean 'india.xlsx'?",
    )


def test_a_folder_of_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    assert refusal(tmp_path / "plan").message == "holds no CSV file"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("plan.xlsx", b"this is no workbook", "is no .xlsx file"),
        ("plan.xlsx", b"", "is no .xlsx file"),
        ("plan.xlsx", xlsx_read.OLE_MAGIC + bytes(600) + xlsx_read.ENCRYPTED + bytes(100), "protected by a password"),
        ("plan.xlsx", xlsx_read.OLE_MAGIC + bytes(600), "old .xls file"),
        ("plan.ods", b"PK", "neither .xlsx nor a folder"),
        ("sites.csv", b"site\n", "neither .xlsx nor a folder"),
    ],
)
def test_what_is_no_workbook_is_refused(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    problem = refusal(tmp_path / name)
    assert says in problem.message
    assert problem.cell == name


@pytest.mark.parametrize("name", ["plan.xlsx", "plan"])
def test_a_file_that_cannot_be_opened_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = to_xlsx(smallest(), tmp_path / name) if name.endswith("xlsx") else to_csv(smallest(), tmp_path / name)

    def refuse(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert refusal(path).message == "can't be opened (Permission denied)"


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = to_xlsx(smallest(), tmp_path / "plan.xlsx")
    path.write_bytes(path.read_bytes()[:3000])
    assert refusal(path).message == "is no .xlsx file"


def test_a_file_with_damaged_xml_is_refused(tmp_path: Path) -> None:
    path = to_xlsx(smallest(), tmp_path / "plan.xlsx")
    damaged = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(damaged, "w") as broken:
        for name in whole.namelist():
            broken.writestr(name, whole.read(name)[: 200 if name.endswith("sheet4.xml") else None])
    assert "can't be read as a workbook" in refusal(damaged).message


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = to_xlsx(smallest(), tmp_path / "plan.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/bomb.xml", "w") as bomb:
        for _ in range(31):
            bomb.write(bytes(10_000_000))
    assert path.stat().st_size < 1_000_000
    assert "unpacks to" in refusal(path).message


def test_a_sheet_of_too_many_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_read, "MOST_ROWS", 20)
    monkeypatch.setattr(folder, "MOST_ROWS", 20)
    assert "the sheet profiles has more than 20 rows" in refusal(to_xlsx(smallest(), tmp_path / "plan.xlsx")).message
    (problem,) = inspect(to_csv(smallest(), tmp_path / "plan")).problems
    assert (problem.cell, problem.message) == ("profiles.csv line 21", "has more than 20 rows")


def test_a_macro_workbook_is_read_without_its_macros(tmp_path: Path) -> None:
    path = to_xlsx(smallest(), tmp_path / "plan.xlsx")
    assert read(path.rename(tmp_path / "plan.xlsm"))["sites"]["site"].to_list() == ["mumbai", "slough", "rjukan"]


@pytest.mark.parametrize(
    ("encoding", "says", "line"),
    [("utf-16", "UTF-16", ""), ("utf-16-le", "zero bytes", " line 1"), ("cp1252", "not UTF-8", " line 3")],
)
def test_another_encoding_is_told(encoding: str, says: str, line: str, tmp_path: Path) -> None:
    path = to_csv(smallest(), tmp_path / "plan")
    text = (path / "sites.csv").read_text(encoding="utf-8").replace("tender 12", "Ausschreibung für 12")
    (path / "sites.csv").write_bytes(text.encode(encoding))
    (problem,) = inspect(path).problems
    assert says in problem.message
    assert problem.cell == f"sites.csv{line}"
    assert "UTF-8" in problem.right


def test_utf_8_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = to_csv(smallest(), tmp_path / "plan")
    text = (path / "sites.csv").read_text(encoding="utf-8")
    (path / "sites.csv").write_text(text, encoding="utf-8-sig")
    assert read(path)["sites"]["site"].to_list() == ["mumbai", "slough", "rjukan"]


@pytest.mark.parametrize(("separator", "says"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_is_told(separator: str, says: str, tmp_path: Path) -> None:
    path = to_csv(smallest(), tmp_path / "plan")
    file = path / "demand.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",", separator), encoding="utf-8")
    (problem,) = inspect(path).problems
    assert says in problem.message
    assert problem.cell == "demand.csv line 1"


def test_a_quote_left_open_is_told_at_its_line(tmp_path: Path) -> None:
    path = to_csv(smallest(), tmp_path / "plan")
    with (path / "demand.csv").open("a", encoding="utf-8") as file:
        file.write('forms,"2029,3,4\n')
    (problem,) = inspect(path).problems
    assert problem.cell == "demand.csv line 5"
    assert "quote" in problem.right


def test_a_comma_outside_quotes_is_told_at_its_line(tmp_path: Path) -> None:
    path = to_csv(smallest(), tmp_path / "plan")
    file = path / "sites.csv"
    file.write_text(file.read_text(encoding="utf-8").replace('"tender 12, p. 4"', "tender 12, p. 4"), encoding="utf-8")
    (problem,) = inspect(path).problems
    assert problem.cell == "sites.csv line 3, column J"
    assert "must stand in quotes" in problem.right


def test_a_line_of_a_file_with_line_breaks_in_texts_is_counted_as_an_editor_does(tmp_path: Path) -> None:
    sheets = smallest()
    put(sheets, "sites", 0, "source", "one\ntwo\nthree")
    put(sheets, "sites", 1, "pue", "1,2")
    (problem,) = inspect(to_csv(sheets, tmp_path / "plan")).problems
    assert problem.cell == "sites.csv line 6, column pue"


def test_a_sheet_in_another_format_in_the_folder_is_told(tmp_path: Path) -> None:
    path = to_csv(smallest(), tmp_path / "plan")
    (path / "supply.tsv").write_text("accelerator\tperiod\tmax_units\n", encoding="utf-8")
    (problem,) = inspect(path).problems
    assert (problem.cell, problem.right) == ("supply.tsv", "save it as supply.csv")


def test_other_files_in_the_folder_do_no_harm(tmp_path: Path) -> None:
    path = to_csv(smallest(), tmp_path / "plan")
    for name in ("README.md", ".DS_Store", "#thoughts.csv", "narrative.docx"):
        (path / name).write_bytes(b"\xff\xfe" if name.startswith(".") else b"anything")
    assert inspect(path).problems == ()


def change(sheet: str, **what: Any) -> Any:
    """A change of the openpyxl worksheet before it is saved."""

    def touch(book: Any) -> None:
        worksheet = book[sheet]
        for merged in what.get("merge", ()):
            worksheet.merge_cells(merged)
        for letter in what.get("hide_columns", ()):
            worksheet.column_dimensions[letter].hidden = True
        for number in what.get("hide_rows", ()):
            worksheet.row_dimensions[number].hidden = True
        worksheet.sheet_state = what.get("state", "visible")

    return touch


@pytest.mark.parametrize(
    ("what", "cell", "says"),
    [
        ({"merge": ["B5:C5"]}, "sites!B5:C5", "the header is merged"),
        ({"merge": ["B6:B7"]}, "sites!B6:B7", "merged cells among the data"),
        ({"hide_rows": [5]}, "sites!A5", "the header is hidden"),
        ({"hide_columns": "D"}, "sites!D5", "the header of max_it_mw is hidden"),
    ],
)
def test_merged_and_hidden_headers_are_told(what: dict[str, Any], cell: str, says: str, tmp_path: Path) -> None:
    path = to_xlsx(smallest(), tmp_path / "plan.xlsx", change("sites", **what))
    assert [(p.cell, p.message) for p in inspect(path).problems if "blank" not in p.message] == [(cell, says)]


@pytest.mark.parametrize(
    ("what", "cell", "says"),
    [
        ({"hide_rows": [7, 8]}, "sites!A7", "2 hidden rows are read like any other"),
        ({"state": "hidden"}, "sites!A1", "a hidden sheet is read like any other"),
    ],
)
def test_hidden_data_are_read_with_a_warning(what: dict[str, Any], cell: str, says: str, tmp_path: Path) -> None:
    found = inspect(to_xlsx(smallest(), tmp_path / "plan.xlsx", change("sites", **what)))
    assert [(p.cell, p.message) for p in found.warnings] == [(cell, says)]
    assert found.inputs is not None
    assert len(found.inputs["sites"]) == 3


def test_a_merged_title_does_no_harm(tmp_path: Path) -> None:
    assert inspect(to_xlsx(smallest(), tmp_path / "plan.xlsx", change("sites", merge=["A1:F1"]))).problems == ()


def with_profiles(tmp_path: Path, name: str = "hours.csv", **setting: str) -> Path:
    """An xlsx whose profiles stand in a CSV file beside it."""
    sheets = smallest()
    profiles = {"profiles": sheets.pop("profiles")}
    sheets["programme"].append(["profile_file", setting.get("given", name), None])
    to_csv(profiles, tmp_path / "apart")
    (tmp_path / "apart" / "profiles.csv").rename(tmp_path / name)
    return to_xlsx(sheets, tmp_path / "plan.xlsx")


def test_profiles_are_read_from_the_file_beside_the_workbook(tmp_path: Path) -> None:
    assert read(with_profiles(tmp_path))["profiles"]["price_index"].iloc[31 - 8] == 1 + 24 / 64


@pytest.mark.parametrize(
    ("given", "says", "right"),
    [
        ("hors.csv", "no such file", "did you mean 'hours.csv'?"),
        ("../hours.csv", "leads away", "beside the workbook"),
        ("hours.xlsx", "no CSV file", ".csv"),
    ],
)
def test_a_profile_file_that_cannot_be_had_is_told_at_the_setting(
    given: str, says: str, right: str, tmp_path: Path
) -> None:
    (problem,) = inspect(with_profiles(tmp_path, given=given)).problems
    assert problem.cell == "programme!B14"
    assert says in problem.message
    assert right in problem.right


def test_problems_of_the_profile_file_have_its_name_and_line(tmp_path: Path) -> None:
    path = with_profiles(tmp_path)
    hours = tmp_path / "hours.csv"
    hours.write_text(hours.read_text(encoding="utf-8").replace("NO2,2,1.03125", 'NO2,2,"1,5"'), encoding="utf-8")
    (problem,) = inspect(path).problems
    assert problem.cell == "hours.csv line 4, column price_index"


def test_profiles_in_both_places_are_an_error(tmp_path: Path) -> None:
    path = with_profiles(tmp_path)
    sheets = smallest()
    sheets["programme"].append(["profile_file", "hours.csv", None])
    (problem,) = inspect(to_xlsx(sheets, path)).problems
    assert problem.cell == "profiles!A6"
    assert "stand in the sheet and in profile_file" in problem.message
