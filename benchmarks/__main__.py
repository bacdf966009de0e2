"""All benchmarks in one command: `python -m benchmarks`; see README.md there."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import torch

from benchmarks import cluster, headline, isolation, loop, memory, report, side_by_side, startup, store, sweep
from benchmarks.pairs import Pair
from benchmarks.worktree import ROOT
from optbench.execution.environment import cpu_model

PAGE = ROOT / "docs" / "performance.md"
MARK = "<!-- measured -->"
BENCHMARKS: Mapping[str, Callable[[int], Iterator[Pair]]] = {
    "startup": startup.measure,
    "isolation": isolation.measure,
    "loop": loop.measure,
    "side-by-side": side_by_side.measure,
    "memory": memory.measure,
    "sweep": sweep.measure,
    "store": store.measure,
    "cluster": cluster.measure,
}
AGAINST: Mapping[str, Callable[[int, str], Iterator[Pair]]] = {"report": report.measure, "headline": headline.measure}
"""Those that measure against another commit."""
SLOWER = 1.1
"""A median ratio that is so many times an older one is told."""


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([*BENCHMARKS, *AGAINST]))
@click.option("--rounds", default=7, show_default=True, help="Rounds of each pair.")
@click.option("--against", metavar="COMMIT", help="Measure report and headline against this commit too.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write what was measured to this file.")
@click.option("--compare", "old", type=click.Path(exists=True, path_type=Path), help="Say what is slower than there.")
@click.option("--write", is_flag=True, help="Write the table of docs/performance.md anew.")
def main(
    names: Sequence[str], rounds: int, against: str | None, out: Path | None, old: Path | None, write: bool
) -> None:
    """Measure ratios within this run, of NAMES or of everything."""
    pairs = []
    for pair in _measured(names, rounds, against):
        click.echo(pair)
        pairs.append(pair)
    content = {"machine": _machine(), "pairs": [pair.as_json() for pair in pairs]}
    if out:
        out.write_text(json.dumps(content, indent=1), encoding="utf-8")
    if write:
        before, mark, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
        PAGE.write_text(f"{before}{mark}\n{_table(pairs, rounds)}", encoding="utf-8")
    if old:
        for line in slower(pairs, json.loads(old.read_text(encoding="utf-8"))):
            click.echo(line)


def slower(pairs: Sequence[Pair], old: Mapping[str, Any]) -> Iterator[str]:
    """Say which medians have grown by more than their rounds scatter."""
    known = {pair.name: pair for pair in map(Pair.from_json, old["pairs"])}
    for pair in pairs:
        if pair.name in known:
            (low, now, _), (_, before, high) = pair.quartiles, known[pair.name].quartiles
            if now > SLOWER * before and low > high:
                yield f"slower: {pair.name}: {now:.3f}, before {before:.3f} (against {pair.against})"


def _measured(names: Sequence[str], rounds: int, against: str | None) -> Iterator[Pair]:
    for name in names or (*BENCHMARKS, *(AGAINST if against else ())):
        if name in BENCHMARKS:
            yield from BENCHMARKS[name](rounds)
        elif against is None:
            raise click.UsageError(f"{name} needs a commit to measure against: --against COMMIT")
        else:
            yield from AGAINST[name](rounds, against)


def _table(pairs: Sequence[Pair], rounds: int) -> str:
    said = f"{_machine()}; {rounds} rounds, unless a row has one."
    head = (said, "", "| what | against | ratio (quartiles) | medians |", "|---|---|---|---|")
    return "\n".join([*head, *map(_row, pairs), ""])


def _row(pair: Pair) -> str:
    low, middle, high = pair.quartiles
    ours, theirs = (statistics.median(side) for side in (pair.ours, pair.theirs))
    rest = f"{low:.3f} to {high:.3f}" if len(pair.ours) > 1 else "one round"
    ratio = f"{middle:.3f} ({rest})"
    return f"| {pair.name} | {pair.against} | {ratio} | {ours:.3g} {pair.unit} and {theirs:.3g} {pair.unit} |"


def _machine() -> str:
    python, system = platform.python_version(), platform.system()
    return f"{os.cpu_count()} cores of {cpu_model()}, {system}, Python {python}, torch {torch.__version__}"


if __name__ == "__main__":
    main()
