"""Where the columns and rows of a table stand on pages: blocks that fit, each with its heading."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optbench.reporting.tables.cut import cut
from optbench.reporting.tables.table import Column, Table, TableCell

WIDTH = 125
"""Characters that a line takes, at the size of a footnote where they all are needed."""
LINES = 42
"""Lines of a small size that a page takes, with caption and notes."""
WRAP = 34
"""Texts longer than this are broken into lines."""
_HEADING = 17
"""Headings are broken into lines of at least so many characters."""


@dataclass(frozen=True)
class Row:
    """The cells of one row; `apart` is whether the row is about something else than the one above."""

    cells: tuple[TableCell, ...]
    apart: bool


@dataclass(frozen=True)
class Block:
    """A part of a table that fits on a page."""

    columns: tuple[Column, ...]
    wrapped: tuple[bool, ...]
    """Whether the texts of a column are broken into lines."""
    heading: tuple[tuple[str, ...], ...]
    """Its lines, each with a text for every column."""
    rows: tuple[Row, ...]


def blocks(table: Table) -> tuple[Block, ...]:
    """The table in as few blocks as its width and length take, columns first; rows are never broken."""
    longest = [max((len(row[i].text) for row in table.rows), default=0) for i in range(len(table.columns))]
    wrapped = [size > WRAP and not column.numeric for size, column in zip(longest, table.columns, strict=True)]
    sizes = [min(size, WRAP) if wrap else size for size, wrap in zip(longest, wrapped, strict=True)]
    headings = [_lines(column.text, size) for column, size in zip(table.columns, sizes, strict=True)]
    widths = [max(size, *map(len, heading)) for size, heading in zip(sizes, headings, strict=True)]
    return tuple(
        Block(
            columns=tuple(table.columns[i] for i in group),
            wrapped=tuple(wrapped[i] for i in group),
            heading=_heading([headings[i] for i in group]),
            rows=tuple(_grouped([[row[i] for i in group] for row in rows], table.names)),
        )
        for group in cut(widths, table.names, WIDTH)
        for rows in _pages(table.rows, wrapped)
    )


def _lines(text: str, width: int) -> list[str]:
    """What stands before a colon, then the rest, each in lines about as wide as what is below."""
    return [
        line
        for part in text.rsplit(": ", maxsplit=1)
        for line in textwrap.wrap(part, max(width, _HEADING), break_long_words=False, break_on_hyphens=False) or [""]
    ]


def _heading(columns: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Lines of all headings, which stand at the bottom."""
    height = max(map(len, columns))
    return tuple(zip(*([""] * (height - len(lines)) + list(lines) for lines in columns), strict=True))


def _pages(rows: Sequence[Sequence[TableCell]], wrapped: Sequence[bool]) -> Iterator[Sequence[Sequence[TableCell]]]:
    """Rows in parts of about the same height, as few as pages take."""
    heights = [
        max(math.ceil(len(cell.text) / WRAP) if wrap else 1 for cell, wrap in zip(row, wrapped, strict=True))
        for row in rows
    ]
    most = sum(heights) / max(math.ceil(sum(heights) / LINES), 1)
    start = height = 0
    for i, lines in enumerate(heights):
        if height and height + lines > most + 1:
            yield rows[start:i]
            start, height = i, 0
        height += lines
    yield rows[start:]


def _grouped(rows: Sequence[Sequence[TableCell]], names: int) -> Iterator[Row]:
    """Rows in which the first name is left out where it is that of the row above, if there are several names."""
    above = ""
    for i, (first, *others) in enumerate(rows):
        same = names > 1 and i > 0 and first.text == above
        above = first.text
        yield Row((TableCell("") if same else first, *others), apart=names > 1 and i > 0 and not same)
