"""What is known of one run as plain text, for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from optbench.components.task import Task
from optbench.reporting.metric import factor
from optbench.reporting.numbers import count, number, seconds
from optbench.reporting.run_view import RunView, curve_names
from optbench.reporting.tables.table import Column, Table, TableCell
from optbench.reporting.text import as_text, width

POINTS = 24
"""Evaluation points that are shown; of more, so many are chosen evenly, the first and the last among them."""


def run_text(view: RunView, points: pd.DataFrame, task: Task) -> str:
    """The view of a run with its evaluation points (rows of the tidy frame): title, groups, curve, end of output."""
    parts = [
        view.title,
        *(_group(heading, pairs) for heading, pairs in view.groups),
        *_curve(points.dropna(subset=["step"]), task),
        *(f"{heading}\n{textwrap.indent(text.rstrip(), '  ')}" for heading, text in view.ends),
    ]
    return "\n\n".join(parts)


def _group(heading: str, pairs: Sequence[tuple[str, str]]) -> str:
    indent = max(len(name) for name, _ in pairs) + 2
    lines = [
        textwrap.fill(
            text,
            width(),
            initial_indent=f"  {name:{indent}}",
            subsequent_indent=" " * (indent + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for name, text in pairs
    ]
    return "\n".join((heading, *lines))


def _curve(points: pd.DataFrame, task: Task) -> Iterator[str]:
    if points.empty:
        return
    names = curve_names(task)
    if task.metric == "loss":
        del names["validation_metric"]
    shown = points.iloc[np.unique(np.linspace(0, len(points) - 1, POINTS).round().astype(int))]
    chosen = f" ({len(shown)} of {len(points)} points)" if len(shown) < len(points) else ""
    rows = tuple(
        tuple(TableCell(_value(column, row[column], task)) for column in names) for row in shown.to_dict("records")
    )
    table = Table("curve", "", "", tuple(map(Column, names.values())), rows, shown, names=0)
    lines = as_text(table).strip("\n").splitlines()
    yield f"Curve{chosen}\n" + textwrap.indent("\n".join(lines), "  ")


def _value(column: str, value: float, task: Task) -> str:
    if column == "step":
        return count(value)
    if column == "train_seconds":
        return seconds(value)
    return number(value * factor(task) if column == "validation_metric" else value, 5)
