"""The table of changes: each measure of each cell before and after, and what may be said of it."""

from __future__ import annotations

import math

from optbench.analysis.analysis import Analysis
from optbench.analysis.comparison.change import Measure, Verdict
from optbench.analysis.comparison.memory import PEAK_MARGIN
from optbench.analysis.comparison.times import MARGINS
from optbench.components.task import Task
from optbench.reporting.metric import factor, is_share, label, unit
from optbench.reporting.numbers import memory, number, seconds, short, within
from optbench.reporting.tables.per_cell import Row
from optbench.reporting.tables.table import Column, Table, TableCell
from optbench.store.results import DEFAULT_MARGIN

_SIDES = ("before", "after")
_NAMES = {str(Measure.STATE): "state bytes/parameter", str(Measure.UPDATE): "optimizer.step"}
_VALUES = (Measure.QUALITY, Measure.OLD_SETTING)


def comparison_table(analysis: Analysis) -> Table:
    """One row per measure of each pair of cells, worse ones first."""
    changes, tasks = analysis.comparison.changes, analysis.results.tasks
    labels = list(dict.fromkeys(pair.labels for pair in analysis.comparison.pairs))
    several = len(labels) > 1
    sides = [f"{side}: {label}" for side, label in zip(_SIDES, labels[0], strict=True)] if len(labels) == 1 else _SIDES
    rows = []
    for row in changes.to_dict("records"):
        task = tasks[row["task"]]
        where = [f"{row['before_label']} → {row['after_label']}"] if several else []
        texts = (*where, row["task"], row["optimizer"], _measure(row, task), *_values(row, task))
        verdict = TableCell(change(row, task), best=row["verdict"] == Verdict.WORSE)
        rows.append((*map(TableCell, texts), verdict, TableCell(row["basis"])))
    heads = (*(["sides"] if several else []), "task", "optimizer", "measure")
    return Table(
        name="comparison",
        title="All comparisons",
        caption=_caption(analysis),
        columns=(
            *(Column(name, numeric=False) for name in heads),
            *(Column(name) for name in sides),
            *(Column(name, numeric=False) for name in ("change", "how")),
        ),
        rows=tuple(rows),
        data=changes,
        names=len(heads),
    )


def change(row: Row, task: Task) -> str:
    """The verdict and what it rests on: "worse: +1.2 (0.8 to 1.6)", "same within 0.3 %", "undecided: no runs"."""
    verdict = str(row["verdict"])
    if verdict == Verdict.SAME:
        return verdict if row["bound"] == 0 else f"{verdict} within {_bound(row, task)}"
    interval = _interval(row, task)
    return f"{verdict}: {interval or row['basis']}"


def _interval(row: Row, task: Task) -> str:
    """The change with its interval; empty where it is known from runs that failed, or not at all."""
    ends = (row["change"], row["low"], row["high"])
    if row["measure"] in _VALUES:
        by = factor(task)
        known = math.isfinite(row["low"])
        return ("+" if row["change"] > 0 else "") + within(*(end * by for end in ends)) + unit(task) if known else ""
    if row["measure"] == Measure.RUNS:
        return ""
    if row["measure"] in MARGINS and not math.isfinite(row["high"] - row["low"]):
        return ""
    return f"× {within(*ends) if math.isfinite(row['high'] - row['low']) else number(row['change'])}"


def _bound(row: Row, task: Task) -> str:
    if row["measure"] in _VALUES:
        return f"{number(row['bound'] * factor(task), 2)}{unit(task)}"
    return f"× {number(row['bound'])}"


def _measure(row: Row, task: Task) -> str:
    if row["measure"] == Measure.QUALITY:
        return label(task, "test")
    if row["measure"] == Measure.OLD_SETTING:
        return f"{row['measure']} (%)" if is_share(task) else str(row["measure"])
    return _NAMES.get(row["measure"], str(row["measure"]))


def _values(row: Row, task: Task) -> tuple[str, str]:
    def shown(value: float) -> str:
        if math.isnan(value):
            return number(value)
        if row["measure"] in _VALUES:
            return number(value * factor(task), 4)
        if row["measure"] in (Measure.RUNS, Measure.STATE):
            return short(value)
        return memory(value) if row["measure"] == Measure.PEAK else seconds(value)

    ended = row["measure"] == Measure.OLD_SETTING and math.isnan(row["low"]) and row["verdict"] == Verdict.WORSE
    return ("", "") if ended else (shown(row["before"]), shown(row["after"]))


def _caption(analysis: Analysis) -> str:
    margin = analysis.results.question.margin if analysis.results.question else DEFAULT_MARGIN
    points = f"{short(100 * margin)} percentage point{'s' if margin != 0.01 else ''}"
    return (
        "Worse or better: the interval of the change, in brackets, excludes no change; the intervals of all rows of a "
        "measure hold together with 95 % confidence. The same: the whole interval lies within the margin, "
        f"{short(100 * margin)} % of a loss before or {points} of a share. At the old setting: "
        "the validation metric of tuning runs with what was selected before. Times and peak memory are compared on "
        f"one machine only, and judged beyond a factor of {MARGINS[Measure.STEP]} for whole steps, "
        f"{MARGINS[Measure.UPDATE]} for optimizer.step and {PEAK_MARGIN} for peak memory."
    )
