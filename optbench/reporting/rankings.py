"""The ranking of every task: all of its optimizers, best first."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.analysis.setting import Setting
from optbench.reporting import numbers
from optbench.reporting.metric import label
from optbench.reporting.table import Column, Table, TableCell
from optbench.reporting.tables import anchors, result


def rankings(analysis: Analysis) -> tuple[Table, ...]:
    """One table for each setting and task; equal ranks are in the order of `standings`."""
    return tuple(
        _ranking(analysis, setting, task) for setting in analysis.settings for task in _tasks(analysis, setting)
    )


def _tasks(analysis: Analysis, setting: Setting) -> list[str]:
    return list(setting.of(analysis.quality)["task"].unique())


def _ranking(analysis: Analysis, setting: Setting, name: str) -> Table:
    task, ids, quality = analysis.results.tasks[name], anchors(analysis), setting.of(analysis.quality)
    order = setting.of(analysis.standings)["optimizer"]
    cells = quality[quality["task"] == name].set_index("optimizer", drop=False).loc[order]
    cells = cells.sort_values("rank", kind="stable", ignore_index=True)
    title = f"{name} ({setting.label})" if setting.label else name
    return Table(
        name=f"ranking-{name}",
        title=title,
        caption="",
        columns=(Column("rank"), Column("optimizer", numeric=False), Column(f"{title}: {label(task, 'test')}")),
        rows=tuple(
            (TableCell(numbers.setting(row["rank"])), TableCell(str(row["optimizer"])), result(row, task, ids))
            for row in cells.to_dict("records")
        ),
        data=cells,
    )
