"""Changes given as texts, and the shipped scenarios of a whole workbook."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_lp.schema import InputError
from planner.scenarios import Change, applied, as_text, scenarios, what_if
from planner.scenarios.texts import read_text
from planner.workbook import Opened, input_hash, opened
from tests.workbooks import smallest, to_xlsx

INDIA = Path(__file__).parents[2] / "inputs" / "india.xlsx"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return opened(to_xlsx(smallest(), tmp_path_factory.mktemp("small") / "a.xlsx"))


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        (
            "accelerators[vendor=NVIDIA].price_usd *= 1.2",
            ("accelerators", "vendor=NVIDIA", "price_usd", "multiply", "1.2", ""),
        ),
        ("programme.grid_delay = high", ("programme", "", "grid_delay", "set", "high", "")),
        (
            "grid_offers[site=slough; stage>=1].lead_months += 12",
            ("grid_offers", "site=slough; stage>=1", "lead_months", "add", "12", ""),
        ),
        ("models.available_from delay 6", ("models", "", "available_from", "delay", "6", "")),
        ("accelerators.release delay 1 year", ("accelerators", "", "release", "delay", "1", "year")),
        ("grid_offers.usd_per_kw set 1e5 USD/MW", ("grid_offers", "", "usd_per_kw", "set", "1e5", "USD/MW")),
        ("sites.closed_from =", ("sites", "", "closed_from", "set", "", "")),
        ("sites[site=narvik] remove", ("sites", "site=narvik", "", "remove", "", "")),
        (
            "sites[site=mumbai]append site=mumbai_2; max_it_mw=50",
            ("sites", "site=mumbai", "", "append", "site=mumbai_2; max_it_mw=50", ""),
        ),
        ("sites[note=[a]].note = [b].c = d", ("sites", "note=[a]", "note", "set", "[b].c = d", "")),
    ],
)
def test_a_text_reads_as_the_change_it_says(small: Opened, text: str, reads: tuple[str, ...]) -> None:
    change = read_text(small, text, "what_if", 1)
    assert (change.sheet, change.rows, change.field, change.change, change.value, change.unit) == reads
    assert (change.scenario, change.lever, change.cell("value")) == ("what_if", "what_if", "--set 1")


WORDS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
TERMS = st.lists(st.builds("{}{}{}".format, WORDS, st.sampled_from(["=", "!=", ">=", "<"]), WORDS), max_size=3)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(repr)
UNITS = st.sampled_from(["", "USD", "INR/kW year", "%"])


@given(st.data())
def test_what_is_written_of_a_change_reads_as_the_change(small: Opened, data: st.DataObject) -> None:
    rows, step = "; ".join(data.draw(TERMS)), data.draw(st.integers(1, 9))
    what = data.draw(st.sampled_from(["set", "multiply", "add", "delay", "remove", "append"]))
    sheet, field, value, unit = (
        "sites",
        data.draw(st.sampled_from(["pue", "max_it_mw"])),
        data.draw(NUMBERS),
        data.draw(UNITS),
    )
    if what == "set" and data.draw(st.booleans()):
        field, value, unit = (
            "zone",
            data.draw(st.from_regex(r"[A-Za-z]([A-Za-z0-9 .\[\]]{0,9}[A-Za-z])?", fullmatch=True)),
            "",
        )
    if what in ("remove", "append"):
        cells = data.draw(st.lists(st.builds("{}={}".format, WORDS, WORDS), min_size=1, max_size=3))
        field, value, unit = "", "; ".join(cells) if what == "append" else "", ""
    cells = read_text(small, "sites remove", "x", step).cells
    change = Change("x", step, "x", sheet, rows, field, what, value, unit, f"--set {step}", "", cells)
    assert read_text(small, as_text(change), "x", step) == change


FAULTS = [
    ("grid_offer.mw = 3", "no such sheet", "'grid_offers'"),
    ("sites.puee = 3", "no such column in sites", "'pue'"),
    ("sites[site=munbai].pue = 3", "matches no row of sites", "'mumbai'"),
    ("sites[sit=mumbai].pue = 3", "no column of sites", "'site'"),
    ("sites[mumbai].pue = 3", "chooses no rows", "column=name"),
    ("programme.grid_delay = hihg", "no grid_delay of that name", "'high'"),
    ("sites.pue *= high", "no number", "a number"),
    ("sites.pue = 3 MW", "another kind", "ratio"),
    ("pue *= 1.2", "no sheet is named before pue", "sites.pue"),
    ("sites = 3", "no field is named", "sites.FIELD"),
    ("sites.pue mutliply 3", "no change can be read", "'multiply'"),
    ("sites.pue -= 3", "-= is no change", "+="),
    ("sites.pue == 3", "== is no change", "="),
    ("", "no change can be read", "= VALUE, *= FACTOR, += AMOUNT or delay MONTHS"),
    ("sites.pue 3", "no change can be read", "*= FACTOR"),
    ("sites.pue", "no change is named", "add = VALUE, *= FACTOR, += AMOUNT or delay MONTHS"),
    ("sites[site=mumbai].price_usd", "no change is named", "did you mean accelerators.price_usd? Add = VALUE"),
    ("sites.price_usd *= 2", "no such column in sites", "did you mean accelerators.price_usd?"),
    ("sites.pue *= 1,3", "a number with a comma", "did you mean 1.3?"),
    ("sites.max_it_mw = 1,300", "a number with a comma", "did you mean 1.3 or 1300?"),
]


def test_every_text_at_fault_is_told_with_what_would_be_right(small: Opened) -> None:
    with pytest.raises(InputError) as raised:
        what_if(small, [text for text, _, _ in FAULTS])
    told = raised.value.problems
    assert [p.cell for p in told] == [f"--set {i}" for i in range(1, len(FAULTS) + 1)]
    for problem, (text, says, right) in zip(told, FAULTS, strict=True):
        assert says in problem.message and right in problem.right, (text, str(problem))


def test_a_what_if_stands_on_the_base_and_needs_a_name_of_its_own(small: Opened) -> None:
    one = what_if(small, ["sites.pue *= 1.1", "sites[site=rjukan].pue = 1.2"])
    assert (one.name, one.parents, one.levers) == ("what_if", ("base",), ("what_if",))
    assert applied(small, one).inputs["sites"]["pue"].to_list() == [1.4 * 1.1, 1.2 * 1.1, 1.2]
    with pytest.raises(InputError, match="a scenario of that name"):
        what_if(small, ["sites.pue *= 1.1"], name="base")


def test_every_shipped_scenario_of_india_applies_and_changes_what_its_log_says() -> None:
    book = opened(INDIA)
    assert book.findings.inputs is not None
    base, found = input_hash(book.findings.inputs), scenarios(book)
    assert len(found) > 6
    for name, scenario in found.items():
        result = applied(book, scenario)
        differs = {sheet for sheet, digest in input_hash(result.inputs).items() if digest != base[sheet]}
        assert differs == set(result.log["sheet"]), name
        assert set(result.log["lever"]) <= set(scenario.levers) and (name == "base" or differs)
    assert input_hash(book.findings.inputs) == base
