"""The summary that a terminal shows at the end: plain text, at most `WIDTH` columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import replace

from optbench.analysis.analysis import analyse
from optbench.analysis.setting import varying
from optbench.reporting import words
from optbench.reporting.table import Table
from optbench.reporting.tables import footnotes, main_result
from optbench.reporting.words import Finding
from optbench.store.results import Results

WIDTH = 100


def summary(results: Results) -> str:
    """Main result as an aligned table, then the findings. Raises `ResultsError` where there is no run at all.

    The table's last column, the average rank, is left to the sentence that says it.
    """
    analysis = analyse(results)
    full = main_result(analysis)
    table = replace(full, columns=full.columns[:-1], rows=tuple(row[:-1] for row in full.rows))
    best = ["* best of its task"] if any(cell.best for row in table.rows for cell in row) else []
    parts = [
        textwrap.fill(words.banner(analysis), WIDTH),
        "\n\n".join(_blocks(table, names=len(varying(analysis.settings)) + 1)),
        "\n".join(textwrap.fill(note, WIDTH) for note in [*best, *footnotes(table.rows)]),
        _list(words.verdicts(analysis)),
        _list(words.rankings(analysis)),
        _list(words.troubles(analysis)),
    ]
    return "\n\n".join(part for part in parts if part)


def _blocks(table: Table, names: int) -> Iterable[str]:
    """The table in as many blocks of columns as its width takes, each starting with the first `names` columns."""
    columns = [
        [*_heading(column.text), *(row[i].text + ("*" if row[i].best else "") for row in table.rows)]
        for i, column in enumerate(table.columns)
    ]
    widths = [max(map(len, column)) for column in columns]
    block = list(range(names))
    for i in range(names, len(columns)):
        if len(block) > names and sum(widths[j] + 2 for j in [*block, i]) - 2 > WIDTH:
            yield _block(columns, widths, block, names)
            block = list(range(names))
        block.append(i)
    yield _block(columns, widths, block, names)


def _block(columns: Sequence[Sequence[str]], widths: Sequence[int], block: Sequence[int], names: int) -> str:
    lines = []
    for row in zip(*(columns[i] for i in block), strict=True):
        cells = (
            text.ljust(widths[i]) if i < names else text.rjust(widths[i]) for i, text in zip(block, row, strict=True)
        )
        lines.append("  ".join(cells).rstrip())
    lines.insert(2, "-" * (sum(widths[i] + 2 for i in block) - 2))
    return "\n".join(lines)


def _heading(text: str) -> tuple[str, str]:
    """Two lines: "digits: test accuracy (%)" breaks after the colon, anything else stands on the second."""
    name, _, rest = text.rpartition(": ")
    return (name, rest) if name else ("", text)


def _list(findings: Iterable[Finding]) -> str:
    return "\n".join(
        textwrap.fill(f"{finding.subject}: {finding.sentence}", WIDTH, subsequent_indent="  ") for finding in findings
    )
