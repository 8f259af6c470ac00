"""Engineering rates: what a machine does, draws, costs and counts for. Table in, table out.

`answer(what, table)` gives one of training, serving, power, control, cost, of a table that `read(path)` may have read;
`for_programme(tables)` gives the rates a
programme needs from its workbook's tables. Each module's docstring is its formula, its source and its known error;
figures the package knows are in `tables/`, each row with a source and a confidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from compute_rates import control, cost, power, serving, training
from compute_rates.programme import for_programme
from compute_rates.reading import Problem, RatesError, read

RATES: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "training": training.answer,
    "serving": serving.answer,
    "power": power.answer,
    "control": control.answer,
    "cost": cost.answer,
}

__all__ = ["RATES", "Problem", "RatesError", "answer", "for_programme", "read"]


def answer(what: str, table: pd.DataFrame) -> pd.DataFrame:
    """The table's columns, then the answers and their `basis`: one row out per row in, in the same order.

    `what` is training, serving, power, control or cost. A column that is asked for and answered (mfu, tpp, memory_gb)
    stays in its place with the value used. Raises RatesError with every row that can't be answered, by line and
    column; ValueError for another `what`.
    """
    if what not in RATES:
        raise ValueError(f"no rates are called {what!r}; one of {', '.join(RATES)} would be right")
    return RATES[what](table)
