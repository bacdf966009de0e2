"""Where the columns and rows of a table stand on pages: blocks that fit, each with its heading."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from optbench.reporting.tables.cut import cut
from optbench.reporting.tables.table import Column, Table, TableCell

WIDTH = 132
"""Characters that a line takes, at the size of a footnote where they all are needed."""
LINES = 48
"""Lines that a page takes besides heading, caption and notes."""
WRAP = 40
"""Texts longer than this are broken into lines."""
_HEADING = 17
"""Headings are broken into lines of at least so many characters."""


Cells = tuple[TableCell, ...]


@dataclass(frozen=True)
class Row:
    """The cells of one row; `apart` is whether it begins a group, set apart from the row above."""

    cells: Cells
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
    """The table in as few blocks as its width and length take, columns first.

    Rows of the same first name stay on a page where one takes them, and say it once.
    """
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
            rows=tuple(Row(tuple(row.cells[i] for i in group), row.apart) for row in rows),
        )
        for group in cut(widths, table.names, WIDTH)
        for rows in _pages(_groups(table), wrapped)
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


def _groups(table: Table) -> list[Sequence[Cells]]:
    """Rows that share the first of several names, if each name has one group only; else each row by itself."""
    groups = [list(rows) for _, rows in groupby(table.rows, key=lambda row: row[0].text)]
    if table.names > 1 and len(groups) == len({rows[0][0].text for rows in groups}):
        return list(groups)
    return [[row] for row in table.rows]


def _pages(groups: Sequence[Sequence[Cells]], wrapped: Sequence[bool]) -> Iterator[Sequence[Row]]:
    """Rows in parts that a page takes; a group that is longer than a page is broken between rows."""
    apart, page, height = any(len(group) > 1 for group in groups), list[Row](), 0
    for group in groups:
        heights = [_height(row, wrapped) for row in group]
        for i, row in enumerate(group):
            whole = sum(heights) if i == 0 and sum(heights) <= LINES else heights[i]
            if page and height + whole > LINES:
                yield page
                page, height = [], 0
            first = row[0] if i == 0 or not page else TableCell("")
            page.append(Row((first, *row[1:]), apart=apart and i == 0 and bool(page)))
            height += heights[i]
    yield page


def _height(row: Cells, wrapped: Sequence[bool]) -> int:
    """Lines of its tallest cell."""
    return max(
        math.ceil(len(cell.text) / WRAP) if wrap and cell.text else 1 for cell, wrap in zip(row, wrapped, strict=True)
    )
