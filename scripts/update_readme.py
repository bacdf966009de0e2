"""Put the result of a real run of the standard suite into the README.

python -m scripts.update_readme results/standard
"""

from __future__ import annotations

from pathlib import Path

import click

from optbench.analysis.analysis import analyse
from optbench.reporting.plot import drawing
from optbench.reporting.text import summary
from optbench.store.load import read_results
from scripts.command import run
from scripts.pages import ROOT, fill

FIGURE = "learning-curves"


def update(root: Path, folder: Path) -> None:
    """Write the tables of a results folder into README.md, and its figure beside the docs."""
    results = read_results([folder])
    (source,) = results.sources
    environment = source.environments[0]
    analysis = analyse(results)
    image = root / "docs" / "images" / f"{FIGURE}.svg"
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_bytes(drawing(analysis, FIGURE).encoded("svg"))
    lines = [
        f"This is the result of that command ({results.frame['started'].max()[:10]}, "
        f"{environment['cores']} cores of an {environment['cpu']}, torch {environment['torch']}):",
        "",
        "```text",
        summary(analysis),
        "```",
        "",
        f"![Learning curves of the standard suite](docs/images/{image.name})",
        "",
        "The page has more: sensitivity to the learning rate, values by seed, steps to target, costs, and every run.",
    ]
    fill(root / "README.md", "result", lines)


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
def update_readme(results: Path) -> None:
    """Put the tables and the figure of a RESULTS folder of the standard suite into the README."""
    update(ROOT, results)


if __name__ == "__main__":
    run(update_readme)
