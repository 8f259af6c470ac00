"""Array families: Pyomo rules, expanded over their whole index set with arrays.

A part declares with this module and Pyomo's `Block`; `expand` gives the arrays a solver takes, `materialise` the same
rules as ordinary Pyomo.

    m.SITES = Index.of(["mumbai", "jamnagar"])
    m.PERIODS = Index.of([2028, 2029])
    m.SITE_PERIODS = Index.product(m.SITES, m.PERIODS)
    m.grid = b = pyo.Block()
    b.import_mw = Variables(m.SITE_PERIODS, doc="[MW] power imported")
    b.limit_mw = Numbers(m.SITE_PERIODS, limits, doc="[MW] connection")

    @subject_to(b, m.SITE_PERIODS, "[MW] imports fit the grid")
    def within_limit(b, s, t):
        return b.import_mw[s, t] <= b.limit_mw[s, t]

Rules are written as for Pyomo and called once, with placeholders for the indices. So in a rule: no `if` on an index,
no arithmetic with it (a `Link` gives the next hour or the site of an asset), no dictionary, sums only over an Index.
"""

from compute_lp.blocks import Arrays, Block, EntryMap, LinearMap, TotalMap
from compute_lp.declare import Family, Link, Numbers, Objective, Rule, Spread, Total, Variables, subject_to
from compute_lp.expand import expand
from compute_lp.index import Index
from compute_lp.materialise import materialise, unit_problems

__all__ = [
    "Arrays",
    "Block",
    "EntryMap",
    "Family",
    "Index",
    "LinearMap",
    "Link",
    "Numbers",
    "Objective",
    "Rule",
    "Spread",
    "Total",
    "TotalMap",
    "Variables",
    "expand",
    "materialise",
    "subject_to",
    "unit_problems",
]
