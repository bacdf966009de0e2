"""Optimizer x task at a glance: the value in words, the rank as colour, failures hatched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from optbench.components.task import Task
from optbench.reporting.figures.panels import short_name
from optbench.reporting.metric import factor, is_share, label
from optbench.reporting.numbers import number
from optbench.reporting.style import FAINT, GREY, INK, ON_DARK, ON_LIGHT, ONE_COLUMN, PAGE, PANEL, PAPER, TWO_COLUMNS
from optbench.reporting.words.failures import ending

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HEAD, _ROW = 0.55, 0.23
_LONG_NAME = 24
_LETTER, _NARROWEST = 0.056, 0.36
"""Inches of a letter of a name, and of the narrowest cell."""
_WIDE = 12
"""Of more tasks, cells are too narrow for four digits."""
_SLANTED_LETTER = 0.035
"""Inches that a letter of a slanted heading adds to the height."""


def draw_heatmap(quality: pd.DataFrame, average_ranks: pd.DataFrame, tasks: Mapping[str, Task]) -> Figure:
    """Draw `analysis.quality` of one condition, optimizers in the order of their average rank (in brackets)."""
    import seaborn as sns
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    columns = list(dict.fromkeys(quality["task"]))
    order = dict(zip(average_ranks["optimizer"], average_ranks["average_rank"], strict=True))
    rows = sorted(dict.fromkeys(quality["optimizer"]), key=lambda name: order.get(name, np.inf))
    cells = {(row["optimizer"], row["task"]): row for row in quality.to_dict("records")}
    rank = quality.pivot(index="optimizer", columns="task", values="rank").loc[rows, columns]
    broken = quality.pivot(index="optimizer", columns="task", values="mean").loc[rows, columns].isna()
    share_digits = 4 if len(columns) <= _WIDE else 3
    words = [[_words(cells[row, column], tasks[column], share_digits) for column in columns] for row in rows]
    names = [short_name(name) + (f" ({order[name]:.1f})" if name in order else "") for name in rows]

    width = _width(columns, names)
    slanted = not _fit(columns, len(columns), width)
    measured = [f"{column}\n{label(tasks[column], 'test')}" for column in columns]
    headings = (
        measured
        if _fit("\n".join(measured).splitlines(), len(columns), width)
        else [short_name(name) + " (%)" * is_share(tasks[name]) for name in columns]
    )
    figure = Figure(figsize=(width, _head(columns, width) + _ROW * len(rows)), layout="constrained")
    axis = figure.subplots()
    worst = max(2, len(rows))
    sns.heatmap(
        rank.fillna(worst),
        mask=broken,
        annot=np.array(words, dtype=object),
        fmt="",
        annot_kws={"fontsize": 7 if len(columns) <= 6 else 5.5},
        cmap=sns.color_palette("blend:#2b7bb0,#a9cfe6,#f7f7f7", as_cmap=True),
        vmin=1,
        vmax=worst,
        cbar=False,
        linewidths=1.2,
        linecolor=PAPER,
        xticklabels=headings,
        yticklabels=names,
        ax=axis,
    )
    for text in axis.texts:
        text.set_color(ON_DARK if text.get_color() == "w" else ON_LIGHT)
    for y, x in zip(*np.nonzero(broken.to_numpy()), strict=True):
        axis.add_patch(Rectangle((x, y), 1, 1, facecolor=PANEL, edgecolor=GREY, hatch="////", linewidth=0, zorder=1))
        box = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0}
        axis.text(x + 0.5, y + 0.5, words[y][x], ha="center", va="center", fontsize=6.5, color=INK, bbox=box, zorder=3)
    axis.set(xlabel="", ylabel="")
    axis.tick_params(length=0, labelcolor=INK)
    axis.tick_params(axis="x", top=False, bottom=False, labeltop=True, labelbottom=False)
    axis.tick_params(axis="y", rotation=0)
    if slanted:
        for heading in axis.get_xticklabels():
            heading.set(rotation=30, horizontalalignment="left", rotation_mode="anchor")
    axis.grid(False)
    for spine in axis.spines.values():
        spine.set_color(FAINT)
        spine.set_visible(False)
    return figure


def lines_on_a_page(columns: Sequence[str]) -> int:
    """How many optimizers fit on a page above which these tasks stand."""
    return int((PAGE - _head(columns, ONE_COLUMN if len(columns) < 3 else TWO_COLUMNS)) / _ROW)


def _width(columns: Sequence[str], names: Sequence[str]) -> float:
    """One column of a page for one or two tasks, else two, or what the text in the cells of many tasks needs."""
    labels = _LETTER * max(map(len, names))
    narrow = len(columns) < 3 and max(map(len, names)) <= _LONG_NAME
    return ONE_COLUMN if narrow else max(TWO_COLUMNS, labels + _NARROWEST * len(columns))


def _head(columns: Sequence[str], width: float) -> float:
    if _fit(columns, len(columns), width):
        return _HEAD
    return _HEAD + _SLANTED_LETTER * max(len(f"{short_name(column)} (%)") for column in columns)


def _fit(headings: Sequence[str], columns: int, width: float) -> bool:
    """Whether lines of text fit side by side above the columns: 17 letters above each of six."""
    return max(map(len, headings)) <= 17 * width / TWO_COLUMNS * 6 / columns


def _words(cell: Mapping[object, object], task: Task, share_digits: int) -> str:
    if cell["task_failed"]:
        return "task failed"
    mean = float(str(cell["mean"]))
    if not np.isnan(mean):
        return number(mean * factor(task), share_digits if is_share(task) else 3) + str(cell["flags"])
    return ending(cell)
