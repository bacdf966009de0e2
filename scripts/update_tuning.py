"""Put the effort curve of a real run of the suite `tuned` into docs/protocol.md.

python -m scripts.update_tuning results/tuned
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from optbench.analysis.analysis import Analysis, analyse
from optbench.errors import UsageError
from optbench.reporting.drawings import drawings
from optbench.reporting.tables.effort import effort_table
from optbench.reporting.tables.table import Table
from optbench.reporting.tables.tuned import tuned_table
from optbench.store.load import read_results
from scripts.command import run
from scripts.pages import ROOT, fill

FIGURE = "tuning-effort"
SELECTED = ("task", "optimizer", "learning rate", "also tuned", "trials", "diverged")


def update(root: Path, folder: Path) -> None:
    """Write the figure of a results folder beside the docs, and its numbers into docs/protocol.md."""
    analysis = analyse(read_results([folder]))
    drawn = drawings(analysis)[FIGURE]
    if not drawn:
        raise UsageError(f"{str(folder)!r} has no effort curve: its protocol draws no settings")
    image = root / "docs" / "images" / f"{FIGURE}.svg"
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_bytes(drawn[0].encoded("svg"))
    fill(root / "docs" / "protocol.md", "tuning", list(_lines(analysis, image.name)))


def _lines(analysis: Analysis, image: str) -> Iterator[str]:
    environment = analysis.results.sources[0].environments[0]
    day = analysis.results.frame["started"].max()[:10]
    yield f"![Tuning effort of the suite tuned](images/{image})"
    yield ""
    yield f"({day}, {environment['cores']} cores of an {environment['cpu']}, torch {environment['torch']}.)"
    yield ""
    yield from _markdown(effort_table(analysis))
    yield ""
    yield "What it selected:"
    yield ""
    yield from _markdown(tuned_table(analysis), SELECTED)


def _markdown(table: Table, only: tuple[str, ...] = ()) -> Iterator[str]:
    """A table's columns, or those with these headings, in Markdown."""
    places = [i for i, column in enumerate(table.columns) if not only or column.text in only]
    yield _line([table.columns[i].text for i in places])
    yield _line(["---" for _ in places])
    yield from (_line([row[i].text for i in places]) for row in table.rows)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
def update_tuning(results: Path) -> None:
    """Put the effort curve of a RESULTS folder of the suite tuned into docs/protocol.md."""
    update(ROOT, results)


if __name__ == "__main__":
    run(update_tuning)
