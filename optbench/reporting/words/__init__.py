"""Findings as sentences, the same in the terminal and on the page."""
