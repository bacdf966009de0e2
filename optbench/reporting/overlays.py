"""Learning curves before and after, in one drawing for each two conditions that are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.analysis.comparison.pairs import Pair
from optbench.analysis.condition import CELL
from optbench.reporting.figures.curves import draw_curves
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.many import LEADERS
from optbench.reporting.style import Look, looks

NAME, TITLE = "overlaid-curves", "Learning curves before and after"
_BEFORE, _AFTER = "-", (0, (4, 1.5))
_CAPTION = (
    "Mean over the completed report runs with its 95 % Student t interval, one panel per task: solid before, dashed "
    "after, where the lines lie on each other nothing changed. A thin line that ends in a cross is a run that did not "
    "complete. Where the optimum is known, y is the suboptimality of the training loss."
)


@dataclass(frozen=True)
class Overlay:
    """Two sides that have curves: `curves` tables whose optimizers are the names of lines, and what each line is."""

    file: str
    title: str
    tasks: tuple[str, ...]
    means: pd.DataFrame
    points: pd.DataFrame
    lines: Mapping[str, tuple[str, bool]]
    """By the name of each line: its optimizer, and whether it is the later side."""


def overlays(analysis: Analysis) -> Iterator[Drawing]:
    """Draw each two sides."""
    for found in compared(analysis):
        base = looks(optimizer for optimizer, _ in found.lines.values())
        look = {
            line: Look(base[optimizer].color, base[optimizer].marker, _AFTER if after else _BEFORE)
            for line, (optimizer, after) in found.lines.items()
        }
        draw = partial(draw_curves, found.means, found.points, found.tasks, look, "step")
        yield Drawing(found.file, found.title, _CAPTION, draw, found.means)


def compared(analysis: Analysis) -> Iterator[Overlay]:
    """Each two sides that have curves; of many entries those whose changes are listed first."""
    pairs, order = analysis.comparison.pairs, list(analysis.comparison.changes["optimizer"])
    for labels in dict.fromkeys(pair.labels for pair in pairs):
        sides = [pair for pair in pairs if pair.labels == labels]
        names = sorted(dict.fromkeys(pair.optimizer for pair in sides), key=[*order, *_names(sides)].index)[:LEADERS]
        sides = [pair for pair in sides if pair.optimizer in names]
        means, points = (_named(table, sides) for table in (analysis.curves, analysis.curve_runs))
        if points.empty:
            continue
        lines = {
            line: (name, after)
            for name in names
            for pair in sides
            if pair.optimizer == name
            for line, after in zip(_lines(pair), (False, True), strict=True)
        }
        tasks = tuple(dict.fromkeys(pair.task.name for pair in sides))
        slug = "-".join([NAME, *labels]).replace("/", "-").replace(", ", "-").replace(" ", "-")
        yield Overlay(slug, f"{TITLE}: {labels[0]} and {labels[1]}", tasks, means, points, lines)


def _lines(pair: Pair) -> tuple[str, str]:
    """Names of the two curves in the legend."""
    before, after = pair.before[-1], pair.after[-1]
    return (before, after) if before != after else (f"{before} [{pair.labels[0]}]", f"{after} [{pair.labels[1]}]")


def _named(table: pd.DataFrame, pairs: Sequence[Pair]) -> pd.DataFrame:
    """The rows of the cells that are compared, with the names of their curves."""
    names = {key: name for pair in pairs for key, name in zip((pair.before, pair.after), _lines(pair), strict=True)}
    named = [names.get(key, "") for key in table[CELL].itertuples(index=False, name=None)]
    return table.assign(optimizer=named).query("optimizer != ''")


def _names(pairs: Sequence[Pair]) -> list[str]:
    return [pair.optimizer for pair in pairs]
