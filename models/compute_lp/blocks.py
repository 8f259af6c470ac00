"""What a model becomes: the arrays of a linear programme, with names for every block of columns and rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from compute_lp.index import Index
from compute_lp.schema import Floats
from compute_lp.sparse import sp


@dataclass(frozen=True)
class Block:
    """A block of columns or rows: those of one variable or constraint."""

    name: str
    start: int
    size: int
    index: Index

    @property
    def slice(self) -> slice:
        return slice(self.start, self.start + self.size)


@dataclass(frozen=True)
class LinearMap:
    """Linear expressions of the columns, `matrix @ x + constant`, over the rows of `index`."""

    matrix: sp.csr_array[np.float64]
    constant: Floats
    index: Index

    def at(self, x: Floats) -> Floats:
        """Values of the rows at the columns' values `x`."""
        return np.asarray(self.matrix @ x + self.constant)


@dataclass(frozen=True)
class EntryMap(LinearMap):
    """An entry of a total, over its own rows; `spread` (keys × rows) carries them to the total's keys."""

    spread: sp.csr_array[np.float64]


@dataclass(frozen=True)
class TotalMap(LinearMap):
    """A total, over its keys, and each of its entries by name."""

    entries: Mapping[str, EntryMap]


@dataclass(frozen=True)
class Arrays:
    """min cost @ x + offset, row_lower <= matrix @ x <= row_upper, lower <= x <= upper, x[whole] integer.

    `matrix` is a csc_array (rows × columns) without explicit zeros or duplicates. `columns`, `rows` and `totals` are by
    qualified name ("grid.import_mw"), in the order of declaration.
    """

    cost: Floats
    offset: float
    matrix: sp.csc_array[np.float64]
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    whole: npt.NDArray[np.bool_]
    columns: Mapping[str, Block]
    rows: Mapping[str, Block]
    totals: Mapping[str, TotalMap]

    def column_name(self, j: int) -> str:
        """Name of a column: "grid.import_mw[mumbai,2028,3]"."""
        return _name(self.columns, j, len(self.lower))

    def row_name(self, i: int) -> str:
        """Name of a row: "grid.within_connection[mumbai,2028,3]"."""
        return _name(self.rows, i, len(self.row_lower))


def _name(blocks: Mapping[str, Block], position: int, size: int) -> str:
    if not 0 <= position < size:
        raise IndexError(f"there is no {position}; they run from 0 to {size - 1}")
    block = next(b for b in blocks.values() if b.start <= position < b.start + b.size)
    labels = ",".join(map(str, block.index.label(position - block.start)))
    return f"{block.name}[{labels}]" if labels else block.name
