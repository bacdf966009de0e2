"""What a campaign is going to do, task by task."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from optbench.reporting.numbers import MISSING, count, seconds
from optbench.reporting.tables.table import Column, Table, TableCell


def planned_table(
    expected: Mapping[str, int], done: Mapping[str, int], left: Mapping[str, int], per_run: Mapping[str, float]
) -> Table:
    """Runs of each task: expected, recorded, to do; and the seconds that one takes, where they are known."""
    rows = [(task, runs, done[task], left[task], per_run.get(task)) for task, runs in expected.items()]
    return Table(
        name="planned",
        title="Planned runs",
        caption="",
        columns=(Column("task", numeric=False), *map(Column, ("runs", "recorded", "to do", "time of a run"))),
        rows=tuple(
            (
                TableCell(task),
                *(TableCell(count(number)) for number in numbers),
                TableCell(MISSING if time is None else seconds(time)),
            )
            for task, *numbers, time in rows
        ),
        data=pd.DataFrame(rows, columns=["task", "runs", "recorded", "left", "seconds"]),
    )
