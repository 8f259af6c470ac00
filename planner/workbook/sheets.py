"""The sheets of a workbook: the programme's own, and those the planner keeps beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from compute_lp import TABLES as PROGRAMME_TABLES
from compute_lp.schema import Column, Table


def _text(name: str, meaning: str) -> Column:
    return Column(name=name, kind="text", default="", meaning=meaning)


LOG = (
    _text("what", "what it is"),
    _text("why", "reason"),
    _text("who", "who says so"),
    _text("when", "date"),
    _text("quality", "how good or how firm it is"),
)

PLANNER_TABLES: tuple[Table, ...] = (
    Table(
        name="currencies",
        title="Currencies",
        row="a currency in which a unit row may state money",
        columns=(
            Column(name="currency", kind="name", key=True, meaning="ISO 4217 code"),
            Column(name="usd", unit="USD", above=0, meaning="what one unit is worth"),
        ),
    ),
    Table(
        name="scenarios",
        title="Scenarios",
        row="a named combination of changes",
        columns=(
            Column(name="scenario", kind="name", key=True, meaning="name"),
            _text("parents", "scenarios applied first, joined by +"),
            _text("title", "title in reports"),
            Column(name="weight", unit="ratio", default=1.0, low=0, meaning="weight in averages over scenarios"),
            Column(name="run", kind="yes_no", default="yes", meaning="whether it is solved when no scenario is named"),
        ),
    ),
    Table(
        name="scenario_changes",
        title="Scenario changes",
        row="one change of a scenario, applied in the order of the steps",
        columns=(
            Column(name="scenario", kind="name", key=True, refers_to=("scenarios.scenario",), meaning="scenario"),
            Column(name="step", kind="integer", key=True, low=1, meaning="order within the scenario"),
            _text("lever", "group of changes that belong together"),
            Column(name="sheet", kind="name", meaning="sheet that is changed"),
            _text("rows", "which rows, as `country=GB,FR; start>=2028`; blank: all, and of append, a new row"),
            Column(
                name="field",
                kind="name",
                default="",
                meaning="column or setting that is changed; blank for append and remove",
            ),
            Column(
                name="change",
                kind="choice",
                choices=("set", "multiply", "add", "delay", "remove", "append"),
                meaning="what is done",
            ),
            _text("value", "by or to how much; of append, the cells of the row, as `column=value; column=value`"),
            _text("unit", "unit of the value; blank: the column's in the contract, whatever the unit row says"),
            _text("source", "where the value comes from"),
            _text("why", "reason"),
        ),
    ),
    Table(
        name="assumptions",
        title="Assumptions",
        row="something assumed",
        columns=(
            *LOG,
            _text("fields", "the figures it is about, as `demand.output_t_per_year, programme.discount_rate`"),
        ),
    ),
    Table(name="decisions", title="Decisions", row="something decided about the study", columns=LOG),
    Table(
        name="sources",
        title="Sources",
        row="a source that rows refer to",
        columns=(
            Column(name="source", kind="name", key=True, meaning="short name"),
            _text("title", "title"),
            _text("publisher", "publisher"),
            _text("date", "date"),
            _text("where", "address or page"),
        ),
    ),
)

TABLES: tuple[Table, ...] = (*PROGRAMME_TABLES, *PLANNER_TABLES)

NEWER = {"assumptions": ("fields",)}
"""Columns that the contract has had since workbooks were first hashed."""

EVERYWHERE = (
    _text("note", "anything worth saying about the row"),
    _text("source", "where the figures come from"),
    _text("confidence", "how far they can be trusted"),
)
"""Columns that every sheet may carry."""

SETTING_KEY = Column(name="key", kind="name", key=True, meaning="name of the setting")
SETTING_VALUE = Column(name="value", kind="text", default="", meaning="what it is set to")
SETTING_UNIT = Column(name="unit", kind="text", default="", meaning="unit of the value; blank: the setting's")


def _estimates(column: Column) -> tuple[Column, Column]:
    """The low and high columns that any numeric column may have beside it."""
    low, high = (
        replace(
            column,
            name=f"{column.name}_{end}",
            meaning=f"{end} estimate of {column.name}",
            key=False,
            default=None,
            default_from=None,
            default_by=None,
        )
        for end in ("low", "high")
    )
    return low, high


@dataclass(frozen=True)
class Sheet:
    """A table with every column that may stand on its sheet."""

    table: Table

    @property
    def name(self) -> str:
        return self.table.name

    @cached_property
    def settings(self) -> Mapping[str, Column]:
        """The settings of a key-value sheet by name; empty for an ordinary one."""
        return {c.name: c for c in self.table.columns} if self.table.settings else {}

    @cached_property
    def declared(self) -> Mapping[str, Column]:
        """The columns of the contract; of a key-value sheet, its key and value."""
        columns = (SETTING_KEY, SETTING_VALUE) if self.table.settings else self.table.columns
        return {c.name: c for c in columns}

    @cached_property
    def known(self) -> Mapping[str, Column]:
        """All columns that may stand on the sheet, the declared ones first."""
        known = dict(self.declared)
        extra = [*EVERYWHERE]
        if self.table.settings:
            extra += [SETTING_UNIT, *_estimates(SETTING_VALUE)]
        for column in self.declared.values():
            if column.numeric and not column.key:
                extra += _estimates(column)
        for column in extra:
            known.setdefault(column.name, column)
        return known

    @cached_property
    def hashed(self) -> tuple[str, ...]:
        """The columns that count in a hash even where they are blank, so that a run made before the contract had a
        column is still a run of its workbook."""
        return tuple(name for name in self.declared if name not in NEWER.get(self.name, ()))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.declared.values() if c.key)


def sheets_of(tables: tuple[Table, ...] | None = None) -> dict[str, Sheet]:
    """Sheets by name, of the workbook's contract unless other tables are given."""
    return {table.name: Sheet(table) for table in (TABLES if tables is None else tables)}


def share_like(column: Column) -> bool:
    """Whether the column holds shares, so that 12 is likely to mean 12 %."""
    return column.numeric and (column.unit == "share" or (column.high == 1 and column.unit in ("", "1", "ratio")))


FORMS = {
    "month": "YYYY-MM, as 2027-01",
    "date": "YYYY-MM or YYYY-MM-DD",
    "yes_no": "yes or no",
    "numbers": "numbers separated by blanks",
}


def range_text(column: Column) -> str:
    """The range of a column of numbers; "" where there is none."""
    low, high = column.low if column.low is not None else column.above, column.high
    if low is not None and high is not None:
        return f"{'above ' if column.low is None else ''}{low:g} to {high:g}"
    if low is not None:
        return f"{'≥' if column.low is not None else '>'} {low:g}"
    return f"≤ {high:g}" if high is not None else ""


def allowed(column: Column) -> str:
    """The choices, the columns a name must stand in, or the range; "" where anything of the kind will do."""
    if column.choices:
        return ", ".join(column.choices)
    return " or ".join(column.refers_to) if column.refers_to else range_text(column)


def form(column: Column) -> str:
    """What may stand in a cell of the column, in a few words; "" for a free text or name."""
    if column.choices:
        return f"one of {allowed(column)}"
    if column.refers_to:
        return f"a name that stands in {allowed(column)}"
    if column.numeric:
        unit = "" if column.unit in ("share", "ratio") else f" {column.unit}" if column.unit else ""
        what = "a whole number" if column.kind == "integer" else "a number"
        return f"{what}{unit and ' in' + unit}" + (f", {range_text(column)}" if range_text(column) else "")
    return FORMS.get(column.kind, "")


ACRONYMS = {
    "it": "IT", "mw": "MW", "kw": "kW", "w": "W", "usd": "USD", "musd": "MUSD", "pue": "PUE", "mwh": "MWh",
    "kwh": "kWh", "co2": "CO₂", "tpp": "TPP", "mtpp": "MTPP", "mfu": "MFU", "bf16": "BF16", "fp8": "FP8", "fp4": "FP4",
    "int8": "INT8", "tdp": "TDP", "gb": "GB", "tb": "TB", "h100e": "H100e", "mm2": "mm²", "tflops": "TFLOP/s",
    "tops": "TOP/s", "zflop": "ZFLOP", "l": "L", "t": "T", "b": "billions", "gap": "gap",
}  # fmt: skip


def label(name: str) -> str:
    """The plain words of a field name: `max_it_mw` reads Max IT MW."""
    words = [ACRONYMS.get(word, word) for word in name.lstrip("# ").split("_")]
    return " ".join([words[0] if words[0] in ACRONYMS.values() else words[0].capitalize(), *words[1:]])
