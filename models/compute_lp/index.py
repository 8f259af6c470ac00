"""Index sets as arrays: a Pyomo set whose members are integer codes until somebody asks for labels.

A base is a list of labels. Every other index is a list of rows, each row a code per base: a product of bases, the
part of a product that a mask lets through, or rows given one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyomo.core.base.set import OrderedScalarSet
from pyomo.core.pyomoobject import PyomoObject

from compute_lp.schema import Codes

Label = str | int
ABSENT = -1
"""Position of what isn't in an index."""

TABLE_CELLS = 1 << 18
TABLE_CELLS_PER_ROW = 8
"""A product of at most so many cells (2 MB), or cells a row, is looked up in a table, a larger one by bisection."""


class Index(OrderedScalarSet):  # type: ignore[misc]
    """Rows of codes over one or more bases, in a fixed order; made by `of`, `product` or `rows`.

    `bases` are the base indices, `codes` one int64 array per base, all of length `size`. It serves as the index set
    of any Pyomo component, and rules and sums run over it like over any Pyomo set.
    """

    bases: tuple[Index, ...]
    codes: tuple[Codes, ...]
    size: int
    whole: bool
    """Whether the rows are the full product of the bases in their order, so that a position can be computed."""

    @classmethod
    def of(cls, labels: Sequence[Label], *, doc: str = "") -> Index:
        """A base of unique labels, all text or all whole numbers, in the order given."""
        plain = [_plain(label) for label in labels]
        kinds = {type(label) for label in plain}
        if len(kinds) > 1:
            raise TypeError(f"the labels of a base are all str or all int, not both: {plain}")
        code_of = {label: code for code, label in enumerate(plain)}
        if len(code_of) < len(plain):
            twice = next(label for code, label in enumerate(plain) if code_of[label] != code)
            raise ValueError(f"the label {twice!r} stands twice in a base; labels must be unique")
        self = cls(dimen=1, doc=doc or None)
        self._label_index = pd.Index(plain, dtype="int64" if kinds == {int} else "str")
        self._code_of = code_of
        self._fill((self,), (np.arange(len(plain)),), whole=True)
        return self

    @classmethod
    def product(cls, *parts: Index, where: npt.NDArray[np.bool_] | None = None, doc: str = "") -> Index:
        """All combinations of the rows of `parts` (the last runs fastest), or those that `where` lets through.

        `where` has one axis per part, as long as the part.
        """
        for part in parts:
            _one_dimension(part)
        shape = tuple(part.size for part in parts)
        if where is None:
            grid = np.indices(shape, sparse=False).reshape(len(shape), -1)
        else:
            if where.shape != shape or where.dtype != np.bool_:
                raise ValueError(
                    f"`where` of {_called(parts)} has shape {where.shape} and type {where.dtype}; "
                    f"a mask of truth values of shape {shape} is right"
                )
            grid = np.array(np.nonzero(where))
        codes = tuple(part.codes[0][positions] for part, positions in zip(parts, grid, strict=True))
        self = cls(dimen=len(parts), doc=doc or None)
        self._fill(tuple(part.bases[0] for part in parts), codes, whole=where is None and all(p.whole for p in parts))
        return self

    @classmethod
    def rows(cls, bases: Sequence[Index], codes: Sequence[npt.ArrayLike], *, doc: str = "") -> Index:
        """Explicit rows, one array of codes per base, unique, in the order given."""
        for base in bases:
            if not base.is_base:
                raise TypeError(f"{base} is no base; rows are codes of bases")
        arrays = tuple(np.array(c, dtype=np.int64).reshape(-1) for c in codes)
        if len(arrays) != len(bases) or len({len(a) for a in arrays}) != 1:
            raise ValueError(
                f"rows of {_called(bases)} need one array of codes per base, all of one length, "
                f"not lengths {[len(a) for a in arrays]}"
            )
        for base, array in zip(bases, arrays, strict=True):
            if array.size and (array.min() < 0 or array.max() >= base.size):
                raise ValueError(f"codes of {base} run from 0 to {base.size - 1}, not {array.min()} to {array.max()}")
        self = cls(dimen=len(bases), doc=doc or None)
        self._fill(tuple(bases), arrays, whole=False)
        keys = np.sort(self._ravel(arrays))
        if (keys[1:] == keys[:-1]).any():
            twice = keys[1:][keys[1:] == keys[:-1]][0]
            found = self._label_rows([np.array([c]) for c in np.unravel_index(twice, self._shape)])[0]
            raise ValueError(f"the row {found!r} stands twice in rows of {_called(bases)}; rows must be unique")
        return self

    @classmethod
    def point(cls) -> Index:
        """The index of what isn't indexed: one row of no bases."""
        self = cls(dimen=1)
        self.bases, self.codes, self.size, self.whole, self._shape = (), (), 1, True, ()
        return self

    def _fill(self, bases: tuple[Index, ...], codes: tuple[Codes, ...], *, whole: bool) -> None:
        self.bases = bases
        self.codes = codes
        self.size = len(codes[0])
        self.whole = whole
        self._shape = tuple(len(base._label_index) for base in bases)
        self._finder: tuple[Codes, Codes] | Codes | None = None
        self._translations: dict[int, tuple[Index, Codes]] = {}

    @property
    def is_base(self) -> bool:
        return len(self.bases) == 1 and self.bases[0] is self

    def axis(self, base: Index) -> int:
        """Where among the bases a base stands; TypeError unless it stands there once."""
        found = [i for i, own in enumerate(self.bases) if own is base]
        if len(found) != 1:
            raise TypeError(f"{base} stands {len(found)} times among the bases of {_called(self.bases)}, not once")
        return found[0]

    def find(self, *codes: npt.ArrayLike) -> Codes:
        """Positions of rows given by codes of the bases (arrays that broadcast together), -1 where absent."""
        arrays = [np.asarray(c, dtype=np.int64) for c in codes]
        if len(arrays) != len(self.bases):
            raise TypeError(f"{self} has {len(self.bases)} dimensions, not {len(arrays)}")
        if not arrays:
            return np.zeros((), dtype=np.int64)
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        if not self.size:
            return np.full(shape, ABSENT)
        inside = np.ones(shape, dtype=np.bool_)
        for array, length in zip(arrays, self._shape, strict=True):
            inside &= (array >= 0) & (array < length)
        if inside.all():
            return self._look_up(self._ravel(arrays))
        found = self._look_up(self._ravel([np.where(inside, array, 0) for array in arrays]))
        return np.where(inside, found, ABSENT)

    def _ravel(self, codes: Sequence[Codes]) -> Codes:
        key: Any = 0
        for array, length in zip(codes, self._shape, strict=True):
            key = key * length + array
        return cast(Codes, key)

    def _look_up(self, keys: Codes) -> Codes:
        if self.whole:
            return keys
        if self._finder is None:
            self._finder = self._make_finder()
        if isinstance(self._finder, np.ndarray):
            return self._finder[keys]
        ordered, order = self._finder
        at = np.minimum(np.searchsorted(ordered, keys), self.size - 1)
        return np.where(ordered[at] == keys, order[at], ABSENT)

    def _make_finder(self) -> tuple[Codes, Codes] | Codes:
        own = self._ravel(self.codes)
        cells = int(np.prod(self._shape, dtype=np.int64))
        if cells <= max(TABLE_CELLS, TABLE_CELLS_PER_ROW * self.size):
            table = np.full(cells, ABSENT)
            table[own] = np.arange(self.size)
            return table
        order = np.argsort(own)
        return own[order], order

    def encode(self, labels: Sequence[Any] | pd.Series | npt.NDArray[Any]) -> Codes:
        """Codes of labels of a base, in their order; KeyError for one it doesn't have."""
        codes = np.asarray(self._label_index.get_indexer(pd.Index(labels)), dtype=np.int64)
        if (codes < 0).any():
            unknown = list(labels)[int(np.argmax(codes < 0))]
            raise KeyError(f"{self} has no {unknown!r}; it has {list(self._label_index)}")
        return codes

    def code(self, label: Label | np.integer[Any]) -> int:
        """Code of one label of a base, -1 where absent."""
        return cast(int, self._code_of.get(_plain(label), ABSENT))

    def codes_of(self, labels: Sequence[Label]) -> Codes:
        """Codes of labels of a base, -1 where absent."""
        code_of = self._code_of
        return np.array([code_of.get(label, ABSENT) for label in labels], dtype=np.int64)

    def translate(self, other: Index, codes: Codes) -> Codes:
        """Codes of this base for codes of another one, by equal labels, -1 where this one lacks the label."""
        if other is self:
            return codes
        known = self._translations.get(id(other))
        if known is None:
            table = np.array([self._code_of.get(label, ABSENT) for label in other._label_index] + [ABSENT])
            known = self._translations[id(other)] = (other, table)
        return known[1][codes]

    def labels(self) -> list[Any]:
        """Labels row by row: scalars for one base, tuples for several."""
        rows = self._label_rows(self.codes)
        return [row[0] for row in rows] if len(self.bases) == 1 else rows

    def label(self, position: int) -> tuple[Label, ...]:
        """Labels of one row, always as a tuple."""
        return self._label_rows([c[position : position + 1] for c in self.codes])[0]

    def _label_rows(self, codes: Sequence[Codes]) -> list[tuple[Label, ...]]:
        if not self.bases:
            return [()]
        columns = [base._label_index.take(array).tolist() for base, array in zip(self.bases, codes, strict=True)]
        return list(zip(*columns, strict=True))

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """Labels as a table, one column per base, under the names given."""
        if len(names) != len(self.bases):
            raise ValueError(f"{self} has {len(self.bases)} dimensions, not the {len(names)} of {list(names)}")
        columns = zip(names, self.bases, self.codes, strict=True)
        return pd.DataFrame({name: base._label_index.take(codes) for name, base, codes in columns})

    def position(self, key: Any) -> int:
        """Position of a row given by its label or labels, -1 where absent."""
        labels = key if isinstance(key, tuple) else (key,)
        if len(labels) != len(self.bases):
            return ABSENT
        return int(self.find(*(base.code(label) for base, label in zip(self.bases, labels, strict=True))))

    # From here on: what Pyomo asks of a set, answered without storing a tuple. Pinned with Pyomo's version.

    def construct(self, data: Any = None) -> None:
        self._constructed = True
        self._data = {None: self}

    def get(self, value: Any, default: Any = None) -> Any:
        labels = value if isinstance(value, tuple) else (value,)
        if any(isinstance(label, PyomoObject) for label in labels):
            raise TypeError(f"a rule asks whether its index is in {self}; it is called once for all rows, so it can't")
        known = all(isinstance(label, str | int | np.integer) and not isinstance(label, bool) for label in labels)
        return value if known and self.position(value) != ABSENT else default

    def _iter_impl(self) -> Iterator[Any]:
        return iter(self.labels())

    def __len__(self) -> int:
        return self.size

    def __reversed__(self) -> Iterator[Any]:
        return iter(self.labels()[::-1])

    def data(self) -> tuple[Any, ...]:
        return tuple(self.labels())

    def at(self, index: int) -> Any:
        return self.labels()[index - 1]

    def ord(self, item: Any) -> int:
        position = self.position(item)
        if position == ABSENT:
            raise ValueError(f"{item!r} is not in {self}")
        return position + 1


def _plain(label: Any) -> Label:
    if isinstance(label, str):
        return str(label)
    if isinstance(label, int | np.integer) and not isinstance(label, bool):
        return int(label)
    raise TypeError(f"a label is str or int, not {label!r} ({type(label).__name__})")


def _called(parts: Sequence[Index]) -> str:
    return " × ".join(str(part) for part in parts)


def _one_dimension(part: Index) -> None:
    if len(part.bases) != 1:
        raise TypeError(
            f"{part} has {len(part.bases)} dimensions and can't be one dimension of a product; "
            "make a base of its joined labels with Index.of, or give the rows with Index.rows"
        )
