"""The label of the shelf, printed from the parts' docstrings: `python -m compute_lp.shelf > models/README.md`."""

from __future__ import annotations

import importlib
import pkgutil
from inspect import getdoc
from types import ModuleType

import compute_lp
import compute_rates

HEAD = """\
# The shelf of models

Printed from the docstrings by `python -m compute_lp.shelf`; a test compares. Two packages stand here, and neither
knows the planner: `compute_lp`, the linear programme, one part a file, and `compute_rates`, the engineering rates that
feed it.

Inside the programme: money in MUSD, real, of the base year; power in MW; energy in GWh; accelerators in thousands
(kacc); accelerator time in million accelerator-hours (Mh); training work in ZFLOP (1e21 operations); tokens in T
(1e12); control quantity in MTPP; carbon in kt; water in ML; time in years since plan start. One index letter per set:
sites s (places p: sites and clouds), periods t, hours h, offers o, energy assets e, accelerators g, cohorts v,
licences x, models m, workloads w, segments b, clouds u.

In a part's docstring the words down the left say what its sets are, what it decides and derives, which constraints it
sets (their names are the names in the code), what it adds to the ledgers, and what it leaves out.
"""


def label() -> str:
    """The text of models/README.md."""
    lines = [HEAD, "## compute_lp: the parts, in building order\n"]
    for part in compute_lp.PARTS:
        title, _, formulation = (getdoc(part) or "").partition("\n\n")
        lines += [f"### {_file(part)} — {title}\n", f"```text\n{formulation}\n```\n"]
    lines.append("## compute_lp: what the parts stand on\n")
    parts = {part.__name__ for part in compute_lp.PARTS}
    standing = [name for name in _modules(compute_lp) if f"compute_lp.{name}" not in parts]
    lines += [f"- `{name}.py` — {_first_sentence(importlib.import_module(f'compute_lp.{name}'))}" for name in standing]
    lines.append("\n## compute_rates\n")
    lines += [
        f"- `{name}.py` — {_first_sentence(importlib.import_module(f'compute_rates.{name}'))}"
        for name in _modules(compute_rates)
    ]
    return "\n".join(lines) + "\n"


def _modules(package: ModuleType) -> list[str]:
    return sorted(found.name for found in pkgutil.iter_modules(package.__path__))


def _file(module: ModuleType) -> str:
    return module.__name__.rsplit(".", 1)[-1] + ".py"


def _first_sentence(module: ModuleType) -> str:
    return " ".join((getdoc(module) or "").partition("\n\n")[0].split())


if __name__ == "__main__":
    print(label(), end="")
