"""A workbook looked at: checked across its sheets, told of, marked, compared with another."""
