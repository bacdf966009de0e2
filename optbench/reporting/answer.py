"""The first screen: for each task its entries as dots with intervals, best first, and what that means in a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.ticker import LogLocator, MaxNLocator

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import CELL
from optbench.analysis.intervals import Interval
from optbench.analysis.verdict import TaskVerdict
from optbench.components.task import Task
from optbench.reporting.allruns import anchors
from optbench.reporting.figures.panels import Limits, fence, limits
from optbench.reporting.metric import factor, label
from optbench.reporting.numbers import alike, with_interval
from optbench.reporting.tables.main import result
from optbench.reporting.tables.per_cell import Row
from optbench.reporting.words.finding import subject
from optbench.reporting.words.verdicts import verdicts

MOST = 10
"""So many entries of a task are shown; the main table has all."""
TICKS = 3


@dataclass(frozen=True)
class Dot:
    """One entry: places are shares of the axis from its left, and `None` where there is no number."""

    entry: str
    anchor: str
    text: str
    """The value with its interval, or how its runs ended."""
    best: bool
    worse: bool
    at: float | None = None
    low: float | None = None
    high: float | None = None
    beyond: bool = False
    """Whether the value lies outside the axis, at whose edge it is drawn."""
    cut: tuple[bool, bool] = (False, False)
    """Whether the interval goes on beyond the left and the right end of the axis."""


@dataclass(frozen=True)
class Answer:
    """What is known about one task."""

    task: str
    measured: str
    """The metric, and which direction is better."""
    sentence: str
    dots: tuple[Dot, ...]
    ticks: tuple[tuple[float, str], ...]
    more: int
    """How many entries are not shown."""
    judged: bool
    """Whether entries are compared at all."""


def answers(analysis: Analysis) -> tuple[Answer, ...]:
    """One for each task of each condition, in the order of the suites."""
    return tuple(
        _answer(analysis, verdict, finding.sentence)
        for verdict, finding in zip(analysis.verdicts, verdicts(analysis), strict=True)
    )


def _answer(analysis: Analysis, verdict: TaskVerdict, sentence: str) -> Answer:
    task, ids = analysis.results.tasks[verdict.task], anchors(analysis)
    cells = verdict.condition.of(analysis.quality)
    cells = cells[(cells["task"] == verdict.task) & ~cells["control"]].sort_values("rank", kind="stable")
    rows = cells.to_dict("records")
    shown = rows[:MOST] if len(rows) > MOST + 1 else rows
    axis = _axis(rows, shown, task)
    picked = {verdict.best[0].optimizer: verdict.best[0].interval} if verdict.best else {}
    return Answer(
        task=subject(verdict.task, verdict.condition),
        measured=f"{label(task, 'test')}, {'higher' if task.higher_is_better else 'lower'} is better",
        sentence=sentence,
        dots=tuple(_dot(row, task, axis, picked, ids[tuple(row[part] for part in CELL)]) for row in shown),
        ticks=tuple(_ticks(axis)) if any(_shown(row) for row in shown) else (),
        more=len(rows) - len(shown),
        judged=bool(verdict.best),
    )


def _dot(row: Row, task: Task, axis: Limits, picked: dict[str, Interval], anchor: str) -> Dot:
    entry, by = str(row["optimizer"]), factor(task)
    words = result(row, task, {tuple(row[part] for part in CELL): anchor})
    if not _shown(row):
        return Dot(entry, anchor, words.text, False, False)
    interval = picked.get(entry)
    low, high = (interval.low, interval.high) if interval else (row["low"], row["high"])
    text = words.text
    if interval:
        half = interval.half_width * by
        text = with_interval(row["mean"] * by, half) + str(row["flags"])
    mean = row["mean"] * by
    known = not math.isnan(low)
    return Dot(
        entry,
        anchor,
        text,
        bool(row["best"]),
        bool(row["worse"]),
        at=_place(axis, mean),
        low=_place(axis, low * by) if known else None,
        high=_place(axis, high * by) if known else None,
        beyond=not axis.low <= mean <= axis.high,
        cut=(low * by < axis.low, high * by > axis.high),
    )


def _shown(row: Row) -> bool:
    return not row["task_failed"] and math.isfinite(row["mean"])


def _axis(rows: Sequence[Row], shown: Sequence[Row], task: Task) -> Limits:
    """What shows the better half well, and the mean of every entry that may be the best."""
    by = factor(task)
    low, high = fence([[row["mean"] * by] for row in rows if _shown(row)], task.higher_is_better)
    best = [row["mean"] * by for row in shown if _shown(row) and row["best"]]
    low, high = min([low, *best]), max([high, *best])
    ends = [
        end
        for row in shown
        if _shown(row) and low <= row["mean"] * by <= high
        for end in (row["mean"] * by, *(row[side] * by for side in ("low", "high") if low <= row[side] * by <= high))
    ]
    return limits(ends)


def _place(axis: Limits, value: float) -> float:
    if axis.log:
        value = math.log10(max(value, axis.low)) - math.log10(axis.low)
        share = value / (math.log10(axis.high) - math.log10(axis.low))
    else:
        share = (value - axis.low) / (axis.high - axis.low)
    return round(min(max(share, 0.0), 1.0), 4)


def _ticks(axis: Limits) -> Iterator[tuple[float, str]]:
    far = axis.log and math.log10(axis.high / axis.low) > TICKS - 1
    locator = LogLocator(numticks=TICKS + 1) if far else MaxNLocator(TICKS)
    inside = [float(value) for value in locator.tick_values(axis.low, axis.high) if axis.low < value < axis.high]
    yield from zip((_place(axis, value) for value in inside), alike(inside), strict=True)
