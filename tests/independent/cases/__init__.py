"""The cases: workbooks and what is expected of them, worked by hand."""

from tests.independent.cases import broad, control, ground, money, serving, training
from tests.independent.cases.known import banking, cluster, cohorts, rental, shared_model
from tests.independent.cases.registry import CASES, EXACT_GAP, Case, Expected

__all__ = [
    "CASES", "EXACT_GAP", "Case", "Expected", "banking", "broad", "cluster", "cohorts", "control", "ground", "money",
    "rental", "serving", "shared_model", "training",
]  # fmt: skip
