"""Tables of rates as files: lines keep their numbers, and what would shift them is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from compute_rates import RatesError, answer, read

MINIMAL = {
    "training": "model,active_params_b,tokens_t,accelerator\nm,70,15,H100\n",
    "serving": "model,total_params_b,active_params_b,precision,accelerator,input_tokens,output_tokens\n"
    "m,8,8,fp8,H100,1000,500\n",
    "power": "accelerator,units\nH100,1000\n",
    "control": "accelerator,date,destination\nH100,2026-11,China\n",
    "cost": "accelerator,started,hours,convention\nH100,2025-01,1000,epoch-h100\n",
}


def file(folder: Path, text: str) -> Path:
    path = folder / "in.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("what", list(MINIMAL))
def test_each_rate_answers_from_its_fewest_columns(what: str, tmp_path: Path) -> None:
    table = read(file(tmp_path, MINIMAL[what]))
    found = answer(what, table)
    assert list(found.columns[: table.shape[1]]) == list(table.columns)
    assert found["basis"][0]


@pytest.mark.parametrize("what", list(MINIMAL))
def test_each_column_of_the_fewest_is_asked_for_by_its_line(what: str, tmp_path: Path) -> None:
    header, row = (line.split(",") for line in MINIMAL[what].splitlines())
    for position, name in enumerate(header):
        if name == "model":
            continue
        cells = [cell if at != position else "" for at, cell in enumerate(row)]
        text = "\n".join([",".join(header), ",".join(row), ",".join(cells)]) + "\n"
        if (what, name) == ("cost", "accelerator"):
            assert len(answer(what, read(file(tmp_path, text)))) == 2, "the convention holds all a chip would give"
            continue
        with pytest.raises(RatesError) as caught:
            answer(what, read(file(tmp_path, text)))
        assert {problem.line for problem in caught.value.problems} == {3}


def test_blanks_around_names_and_at_the_end_do_not_count(tmp_path: Path) -> None:
    table = read(file(tmp_path, "\ufeffaccelerator, units\nH100,5\n\n,\n"))
    assert list(table.columns) == ["accelerator", "units"]
    assert len(table) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1, column all: the file is empty"),
        ("accelerator;units\nH100;5\n", "line 1, column all: semicolons stand between the columns"),
        ("accelerator,units\n\nH100,x\n", "line 2, column all: the line is blank"),
        ("accelerator,units\nH100,5\nH100,1,5\n", "line 3, column all: 3 cells under a header of 2"),
        ('accelerator,units\n"H\n100",5\n', "line 2, column all: a cell goes over several lines"),
    ],
)
def test_what_would_shift_rows_or_columns_is_told(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(RatesError) as caught:
        read(file(tmp_path, text))
    assert told in str(caught.value)


def test_a_column_that_stands_twice_in_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RatesError, match="column units: the column stands twice"):
        answer("power", read(file(tmp_path, "accelerator,units,units\nH100,1,2\n")))


def test_a_misspelt_column_is_likened_to_the_one_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(RatesError, match="the column is missing; the formula needs it; nearest is 'Units'"):
        answer("power", read(file(tmp_path, "accelerator,Units\nH100,1\n")))
