"""Scenarios: changes of a workbook, applied to what was read of it without touching it."""

from __future__ import annotations

from planner.review.scenario_check import Change
from planner.scenarios.apply import Applied, applied
from planner.scenarios.change import BASE, Scenario, scenarios
from planner.scenarios.texts import as_text, what_if

__all__ = ["BASE", "Applied", "Change", "Scenario", "applied", "as_text", "scenarios", "what_if"]
