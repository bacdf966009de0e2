"""What a notebook shows of results: a sentence, a table and a figure as HTML that needs no script and no other file."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from optbench.analysis.analysis import analyse
from optbench.reporting.drawings import drawings
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.overlays import NAME as OVERLAID
from optbench.reporting.page.svg import FIGURE_COLORS, inline_svg
from optbench.reporting.tables.comparison import comparison_table
from optbench.reporting.tables.main import main_table
from optbench.reporting.tables.table import Column, Table, TableCell
from optbench.reporting.words.notes import banner
from optbench.store.results import Results

ENLARGED = 1.4
"""Figures are at most so many times as wide as in print."""


def results_html(results: Results, sentence: str) -> str:
    """The main table and the first figure of the report."""
    analysis = analyse(results)
    drawn = [drawing for of_name in drawings(analysis).values() for drawing in of_name]
    return as_html(" ".join(filter(None, (f"{sentence}.", banner(analysis)))), main_table(analysis), drawn)


def comparison_html(results: Results, sentence: str) -> str:
    """The table of changes and the curves of both sides."""
    analysis = analyse(results)
    return as_html(sentence, comparison_table(analysis), drawings(analysis)[OVERLAID])


def as_html(sentence: str, table: Table, drawn: Sequence[Drawing] = ()) -> str:
    """A sentence, a table, and the first of some drawings, each of these two with its caption."""
    return Markup("\n").join([_paragraph(sentence), *_table(table), *map(_figure, drawn[:1])])


def _table(table: Table) -> tuple[Markup, Markup]:
    head = _row("th", [TableCell(column.text) for column in table.columns], table.columns)
    body = Markup("\n").join(_row("td", row, table.columns) for row in table.rows)
    filled = Markup("<table>\n<thead>{}</thead>\n<tbody>\n{}\n</tbody>\n</table>").format(head, body)
    return filled, _paragraph(table.caption)


def _row(tag: str, cells: Sequence[TableCell], columns: Sequence[Column]) -> Markup:
    return Markup("<tr>{}</tr>").format(
        Markup().join(_cell(tag, cell, column) for cell, column in zip(cells, columns, strict=True))
    )


def _cell(tag: str, cell: TableCell, column: Column) -> Markup:
    style = f"text-align: {'right' if column.numeric else 'left'}"
    if cell.shade is not None and cell.shade == cell.shade:
        style += f"; background: rgba(74, 155, 208, {0.42 * (1 - cell.shade):.2f})"
    text = Markup("<b>{}</b>" if cell.best else "{}").format(cell.text)
    return Markup('<{0} style="{1}">{2}</{0}>').format(Markup(tag), style, text)


def _figure(drawing: Drawing) -> Markup:
    """The figure in the colours of light pages."""
    width = ENLARGED * drawing.width
    return Markup('<div style="max-width: {}in; background: white; {}">{}</div>\n{}').format(
        f"{width:g}", FIGURE_COLORS, inline_svg(drawing), _paragraph(f"{drawing.title}. {drawing.caption}")
    )


def _paragraph(text: str) -> Markup:
    return Markup('<p style="max-width: 60em">{}</p>').format(text) if text else Markup()
