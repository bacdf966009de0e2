"""Put what the rule behind verdicts does in simulated campaigns into docs/protocol.md."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import click
import numpy as np
from tqdm import tqdm

from scripts.command import run
from scripts.pages import ROOT, fill
from tests.support.verdicts import FalseShares, Truth, coverage_of_best, false_shares, power

SEEDS, ENTRIES, CORRELATIONS = (3, 5, 10), (2, 8, 20), (0.0, 0.3, 0.7, 0.9)
SPREADS = {"equal": 1.0, "variances 1 to 10": 10**0.5, "deviations 1 to 10": 10.0}
COLUMNS = (
    "seeds",
    "entries",
    "false: worse",
    "where",
    "false: not the best",
    "where",
    "found at 0.7: set",
    "worse",
    "paired t",
    "found at 0: set",
    "worse",
    "Welch",
    "Welch, level shared",
    "best covered",
)
HEADER = (f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|")


def rows(campaigns: int) -> Iterator[str]:
    """Simulate so many campaigns of each truth; a row for each number of seeds and entries."""
    for number, (seeds, entries) in enumerate(tqdm(list(product(SEEDS, ENTRIES)))):
        rng = np.random.default_rng(number)
        shares: dict[str, FalseShares] = {}
        for correlation, (name, spread), heavy in product(CORRELATIONS, SPREADS.items(), (False, True)):
            truth = Truth(seeds, entries, correlation, spread, heavy)
            where = f"{correlation:g}, {name}, {'heavy tails' if heavy else 'normal'}"
            shares[where] = false_shares(truth, campaigns, rng)
        worse = max(shares, key=lambda where: shares[where].worse)
        missed = max(shares, key=lambda where: shares[where].missed)
        together, apart = (power(Truth(seeds, entries, correlation), campaigns, rng) for correlation in (0.7, 0.0))
        covered = min(
            coverage_of_best(Truth(seeds, entries, 0.0, spread), campaigns, rng) for spread in SPREADS.values()
        )
        shown = (
            shares[worse].worse,
            worse,
            shares[missed].missed,
            missed,
            *(together[rule] for rule in ("set", "worse", "paired")),
            *(apart[rule] for rule in ("set", "worse", "welch", "welch, all tasks")),
            covered,
        )
        cells = [f"{100 * value:.1f} %" if isinstance(value, float) else str(value) for value in shown]
        yield f"| {seeds} | {entries} | {' | '.join(cells)} |"


def update(page: Path, campaigns: int) -> None:
    """Write the table into the page."""
    fill(page, "verdicts", [*HEADER, *rows(campaigns)])


@click.command()
@click.option("--campaigns", default=2000, show_default=True, help="Campaigns of each truth.")
def update_verdicts(campaigns: int) -> None:
    """Put what the rule behind verdicts does in simulated campaigns into docs/protocol.md; takes minutes."""
    update(ROOT / "docs" / "protocol.md", campaigns)


if __name__ == "__main__":
    run(update_verdicts)
