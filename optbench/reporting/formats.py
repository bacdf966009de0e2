"""Formats that figures can be written in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from optbench.errors import UnknownName

FORMATS = ("svg", "pdf", "png")
"""In the order in which they are linked."""


def wanted(formats: Iterable[str], folder: Path) -> tuple[str, ...]:
    """These formats and those that the figures of a report's folder have, so that none of them becomes outdated.

    Raises `UnknownName` for another one.
    """
    asked = {*formats}
    for name in sorted(asked - {*FORMATS}):
        raise UnknownName("format", name, FORMATS)
    there = {path.suffix[1:] for path in (folder / "figures").glob("*")}
    return tuple(name for name in FORMATS if name in asked | there)
