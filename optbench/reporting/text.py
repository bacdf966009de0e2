"""The summary that a terminal shows at the end: plain text, as wide as the terminal, at most `WIDEST` columns."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest

from optbench.analysis.analysis import Analysis
from optbench.analysis.comparison.change import Verdict
from optbench.analysis.marks import footnotes
from optbench.reporting.many import MANY, many
from optbench.reporting.tables.comparison import comparison_table
from optbench.reporting.tables.cut import GAP, cut
from optbench.reporting.tables.main import AVERAGE_RANK, main_table
from optbench.reporting.tables.rankings import ranking_tables
from optbench.reporting.tables.table import Table, TableCell
from optbench.reporting.tables.timing import timing_table
from optbench.reporting.words.changes import changes
from optbench.reporting.words.control import noise_floor
from optbench.reporting.words.failures import failures
from optbench.reporting.words.finding import Finding
from optbench.reporting.words.notes import banner
from optbench.reporting.words.verdicts import average_ranks, verdicts
from optbench.runs.timing import Timing

WIDEST, NARROWEST = 100, 60
ROWS = 40
"""So many changes are all shown."""


def width() -> int:
    """Columns of text: those of the terminal, or `WIDEST` where there is none, as in a file or a pipe."""
    return min(max(shutil.get_terminal_size((WIDEST, 24)).columns, NARROWEST), WIDEST)


def summary(analysis: Analysis) -> str:
    """Main result as an aligned table, then the findings.

    The average rank is left to the sentence that says it. Of many optimizers the best of
    each task are listed instead.
    """
    parts = [
        textwrap.fill(banner(analysis), width()),
        *(_rankings(analysis) if many(analysis) else _main_result(analysis)),
        _list(verdicts(analysis)),
        _list(average_ranks(analysis)),
        _list(noise_floor(analysis)),
        _list(failures(analysis, brief=True)),
    ]
    return "\n\n".join(part for part in parts if part)


def comparison_summary(analysis: Analysis) -> str:
    """The table of changes, then how many there are and what they are; of many rows those that are not the same."""
    table = comparison_table(analysis)
    rows = table.rows
    if len(rows) > ROWS:
        rows = rows[: len(rows) - analysis.comparison.count(Verdict.SAME)]
    shown = replace(table, rows=tuple(tuple(TableCell(cell.text) for cell in row[:-1]) for row in rows))
    left = f"… and {len(table.rows) - len(rows)} rows that are the same" if len(rows) < len(table.rows) else ""
    block = "\n\n".join(_blocks(replace(shown, columns=table.columns[:-1]))) if rows else ""
    parts = (textwrap.fill(banner(analysis), width()), block, left, _list(changes(analysis)), _notes([table.caption]))
    return "\n\n".join(part for part in parts if part)


def timing_summary(timing: Timing) -> str:
    """What was measured on one task, as an aligned table under its title, and how."""
    table = timing_table(timing)
    return f"{table.title}\n{as_text(table)}"


def as_text(table: Table) -> str:
    """A table in blocks of no more columns than `width`, each with the columns that name a row, and its caption."""
    return "\n\n".join((*_blocks(table), _notes([table.caption])))


def _main_result(analysis: Analysis) -> tuple[str, str]:
    full = main_table(analysis)
    kept = [i for i, column in enumerate(full.columns) if column.text != AVERAGE_RANK]
    table = replace(
        full,
        columns=tuple(full.columns[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in full.rows),
    )
    best = ["* may be the best of its task"] if any(cell.best for row in table.rows for cell in row) else []
    notes = [*best, *_footnotes(table)]
    return "\n\n".join(_blocks(table)), _notes(notes)


def _rankings(analysis: Analysis) -> tuple[str, str]:
    """The best of each task, side by side as far as the width takes it, and how many more there are."""
    shown = [replace(table, rows=table.rows[:MANY]) for table in ranking_tables(analysis)]
    left = [len(table.rows) - MANY for table in ranking_tables(analysis)]
    boards: list[str] = []
    for board in map(_board, shown, left):
        joined = _beside(boards[-1], board) if boards else ""
        if joined and max(map(len, joined.splitlines())) <= width():
            boards[-1] = joined
        else:
            boards.append(board)
    return "\n\n".join(boards), _notes(_footnotes(*shown))


def _board(table: Table, left: int) -> str:
    """Names and results, which say by their order what is best."""
    rows = tuple(tuple(TableCell(cell.text) for cell in row[1:]) for row in table.rows)
    block = "".join(_blocks(replace(table, columns=table.columns[1:], rows=rows, names=1)))
    return f"{block}\n… {left} more: see the page" if left > 0 else block


def _beside(left: str, right: str) -> str:
    lines = left.splitlines()
    width = max(map(len, lines)) + 3
    return "\n".join(
        f"{first:{width}}{second}".rstrip() for first, second in zip_longest(lines, right.splitlines(), fillvalue="")
    )


def _blocks(table: Table) -> Iterable[str]:
    """The table in as many blocks of columns as its width takes."""
    columns = [
        [*_heading(column.text), *(row[i].text + ("*" if row[i].best else "") for row in table.rows)]
        for i, column in enumerate(table.columns)
    ]
    widths = [max(map(len, column)) for column in columns]
    return (_block(columns, widths, block, table.names) for block in cut(widths, table.names, width()))


def _block(columns: Sequence[Sequence[str]], widths: Sequence[int], block: Sequence[int], names: int) -> str:
    lines = []
    for row in zip(*(columns[i] for i in block), strict=True):
        cells = (
            text.ljust(widths[i]) if i < names else text.rjust(widths[i]) for i, text in zip(block, row, strict=True)
        )
        lines.append((" " * GAP).join(cells).rstrip())
    lines.insert(2, "-" * (sum(widths[i] + GAP for i in block) - GAP))
    return "\n".join(lines)


def _heading(text: str) -> tuple[str, str]:
    """Two lines: "digits: test accuracy (%)" breaks after the colon, anything else stands on the second."""
    name, _, rest = text.rpartition(": ")
    return (name, rest) if name else ("", text)


def _footnotes(*tables: Table) -> list[str]:
    return footnotes("".join(cell.text for table in tables for row in table.rows for cell in row))


def _notes(notes: Iterable[str]) -> str:
    return "\n".join(textwrap.fill(note, width()) for note in notes)


def _list(findings: Iterable[Finding]) -> str:
    return "\n".join(
        textwrap.fill(f"{finding.subject}: {finding.sentence}", width(), subsequent_indent="  ", break_on_hyphens=False)
        for finding in findings
    )
