"""The data dictionary says of every column what the schema says, and `inputs/README.md` is what is generated."""

from __future__ import annotations

from pathlib import Path

from planner.workbook.dictionary import as_markdown, as_text, fields
from planner.workbook.sheets import TABLES, sheets_of

README = Path(__file__).parents[2] / "inputs" / "README.md"


def test_the_dictionary_in_the_repository_is_the_generated_one() -> None:
    assert README.read_text(encoding="utf-8") == as_markdown(sheets_of().values()), (
        "run: planner fields --markdown > inputs/README.md"
    )


def test_every_column_stands_in_every_form_of_it() -> None:
    sheets = sheets_of().values()
    text, markdown = as_text(sheets), as_markdown(sheets)
    records = {(record["sheet"], record["column"]) for record in fields(sheets)}
    for table in TABLES:
        for column in table.columns:
            assert (table.name, column.name) in records
            assert column.meaning in text
            assert f"| {column.meaning} |" in markdown, column.name


def test_a_default_that_depends_on_another_column_is_told_in_words() -> None:
    record = next(
        r for r in fields(sheets_of().values()) if (r["sheet"], r["column"]) == ("energy_assets", "efficiency")
    )
    assert record["default"] == "0.85 for battery (kind); otherwise 1"
    assert record["range"] == "above 0 to 1"


def test_every_column_has_a_meaning_and_every_quantity_a_unit() -> None:
    for table in TABLES:
        for column in table.columns:
            assert column.meaning.strip(), column.name
            assert not column.meaning.endswith("."), column.name
            if column.kind == "number" and f"{table.name}.{column.name}" != "policies.value":
                assert column.unit, f"{table.name}.{column.name}"  # that one's unit is in the policy's name
