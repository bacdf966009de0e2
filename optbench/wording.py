"""How counts stand in sentences."""

from __future__ import annotations


def plural(n: int, noun: str, several: str = "") -> str:
    """ "1 run", "2 runs", "1 record is", "2 records are": `several` is the plural where it is not made with an s."""
    return f"{n} {noun}" if n == 1 else f"{n} {several or noun + 's'}"
