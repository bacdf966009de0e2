"""Figures, tables, the page and the terminal's summary. No numbers are computed here."""
