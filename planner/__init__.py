"""A planner for sovereign AI compute: workbook in, verified plan out."""

__version__ = "0.1.0"
