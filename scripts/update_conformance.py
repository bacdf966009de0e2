"""Put the checks, and what they find in broken optimizers and releases, into docs/conformance.md."""

from __future__ import annotations

from pathlib import Path

import click

from scripts.command import run
from scripts.pages import ROOT, fill
from tests.support.mutants import MUTANTS
from tests.support.releases import release_rows
from tests.support.tables import check_lines, mutant_row


def update(page: Path) -> None:
    """Write the tables into the page."""
    rows = [mutant_row(name) for name in MUTANTS]
    caught = sum("not caught" not in row for row in rows)
    mutants = [
        f"{caught} of {len(rows)} broken variants are caught ({100 * caught / len(rows):.0f} %).",
        "",
        "| of | what is broken | caught by |",
        "|---|---|---|",
        *rows,
    ]
    fill(page, "checks", list(check_lines())[1:])
    fill(page, "mutants", mutants)
    fill(page, "releases", release_rows())


@click.command()
def update_conformance() -> None:
    """Put the checks, and what they find in broken optimizers and releases, into docs/conformance.md."""
    update(ROOT / "docs" / "conformance.md")


if __name__ == "__main__":
    run(update_conformance)
