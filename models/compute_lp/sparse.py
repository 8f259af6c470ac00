"""scipy.sparse alone, and not what Pyomo adds to it.

Pyomo's finder on `sys.meta_path` answers the first import of scipy with imports of scipy.stats, scipy.spatial and
scipy.integrate. They take a fifth of `planner check`, and nothing here uses them; so scipy is imported past that
finder, which stands again afterwards. What of Pyomo uses scipy still gets all of it: it asks
`pyomo.common.dependencies`, which imports the rest then.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pyomo.common.dependencies import DeferredImportCallbackFinder

__all__ = ["sp"]


@contextmanager
def _past_pyomo() -> Iterator[None]:
    finders = [finder for finder in sys.meta_path if isinstance(finder, DeferredImportCallbackFinder)]
    for finder in finders:
        sys.meta_path.remove(finder)
    try:
        yield
    finally:
        sys.meta_path[:0] = finders


with _past_pyomo():
    import scipy.sparse as sp
