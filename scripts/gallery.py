"""Collect the reports that the site shows.

python -m scripts.gallery --results results

Reports of finished campaigns are copied as they are. A suite that has none is run with the profile `smoke`, which
takes less than a minute.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import click

import optbench
from optbench.reporting.formats import FORMATS
from optbench.store.load import read_results
from scripts.command import run
from scripts.pages import ROOT

PICTURES = {"standard": "learning-curves", "surfaces": "paths", "gradients": "gradients-by-depth", "systems": "heatmap"}
"""The figure that stands for the report of each suite that is shown."""


def finished_report(results: Path, suite: str) -> Path:
    """The folder of a suite's campaign that has a report: the full one, else the smoke one, which is run if need be."""
    for folder in (results / suite, results / f"{suite}-smoke"):
        if (folder / "report" / "index.html").is_file():
            return folder
    return optbench.run(ROOT / "suites" / suite, profile="smoke", results=results).folder


def collect(folder: Path, gallery: Path, picture: str) -> None:
    """Copy the report of a results folder into the gallery, and write what the site's page says of it.

    The report goes to `pages/reports/<suite>/`, its picture and the words to `<suite>.svg` and `<suite>.md`.
    """
    (source,) = read_results([folder]).sources
    suite = source.suite.name
    report = gallery / "pages" / "reports" / suite
    shutil.copytree(folder / "report", report)
    lines = list(_words(folder, suite))
    figure = report / "figures" / f"{picture}.svg"
    if figure.is_file():
        shutil.copy(figure, gallery / f"{suite}.svg")
        lines = [f"![{suite}: {picture.replace('-', ' ')}](../build/gallery/{suite}.svg)", "", *lines]
    (gallery / f"{suite}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _words(folder: Path, suite: str) -> Iterator[str]:
    results = read_results([folder])
    (source,) = results.sources
    smoke = source.suite.profile == "smoke"
    environment = source.environments[0]
    yield f'<a class="open-report" href="reports/{suite}/index.html">Open the report of `{suite}`</a>'
    yield ""
    yield (
        f"Made by `optbench run suites/{suite}{' --profile smoke' if smoke else ''}` on "
        f"{results.frame['started'].max()[:10]}, {environment['cores']} cores of {environment['cpu']}, "
        f"torch {environment['torch']}."
        + (" The smoke profile shows that everything runs, not which optimizer is better." if smoke else "")
    )


@click.command()
@click.option("--results", type=click.Path(path_type=Path), default=ROOT / "results", help="Root of results folders.")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "build" / "gallery", help="Where they go.")
def gallery(results: Path, out: Path) -> None:
    """Collect the reports that the site shows, from the RESULTS folders of the suites that have some."""
    shutil.rmtree(out, ignore_errors=True)
    for suite, picture in PICTURES.items():
        folder = finished_report(results, suite)
        optbench.report(folder, formats=FORMATS)
        collect(folder, out, picture)


if __name__ == "__main__":
    run(gallery)
