"""The ranking of every task: all of its optimizers, best first."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import Condition
from optbench.reporting.allruns import anchors
from optbench.reporting.metric import label
from optbench.reporting.numbers import short
from optbench.reporting.tables.main import result
from optbench.reporting.tables.table import Column, Table, TableCell


def ranking_tables(analysis: Analysis) -> tuple[Table, ...]:
    """One table for each condition and task that did not fail; equal ranks are in the order of `leaderboard`."""
    return tuple(
        _ranking(analysis, condition, task) for condition in analysis.conditions for task in _tasks(analysis, condition)
    )


def _tasks(analysis: Analysis, condition: Condition) -> list[str]:
    quality = condition.of(analysis.quality)
    return list(quality.loc[~quality["task_failed"], "task"].unique())


def _ranking(analysis: Analysis, condition: Condition, name: str) -> Table:
    task, ids, quality = analysis.results.tasks[name], anchors(analysis), condition.of(analysis.quality)
    order = condition.of(analysis.leaderboard)["optimizer"]
    cells = quality[quality["task"] == name].set_index("optimizer", drop=False).loc[order]
    cells = cells.sort_values("rank", kind="stable", ignore_index=True)
    title = f"{name} ({condition.label})" if condition.label else name
    return Table(
        name=f"ranking-{name}",
        title=title,
        caption="",
        columns=(Column("rank"), Column("optimizer", numeric=False), Column(f"{title}: {label(task, 'test')}")),
        rows=tuple(
            (TableCell(short(row["rank"])), TableCell(str(row["optimizer"])), result(row, task, ids))
            for row in cells.to_dict("records")
        ),
        data=cells,
        names=2,
    )
