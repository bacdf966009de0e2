"""Where the numbers come from: suites, tasks, entries, environments, and what a reader has to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from optbench.reporting.tables.table import Column, Table, TableCell
from optbench.reporting.words.notes import changes, without
from optbench.store.results import Results, Source


@dataclass(frozen=True)
class Provenance:
    """One results folder in words, its environments as (name, value) pairs, and its tasks and entries."""

    label: str
    path: str
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    environments: tuple[tuple[tuple[str, str], ...], ...]
    tables: tuple[Table, ...]


def provenance(results: Results) -> tuple[Provenance, ...]:
    """One for each source."""
    several = len(results.sources) > 1
    return tuple(_of_source(source, number if several else 0) for number, source in enumerate(results.sources, start=1))


def _of_source(source: Source, number: int) -> Provenance:
    """The source of this number; 0 where it is the only one."""
    suite = source.suite
    stand_ins = [
        f"{planned.task.name} stands in for {planned.instead_of}, whose data is not available."
        for planned in suite.tasks
        if planned.instead_of
    ]
    return Provenance(
        label=source.label,
        path=source.path,
        sentences=tuple(
            filter(
                None,
                (
                    suite.description,
                    f"Suite {suite.name}, {suite.profile} profile, on {', '.join(suite.devices)}; "
                    f"each run may take {suite.timeout:g} s.",
                    suite.protocol.describe(),
                    without(suite),
                    changes(suite),
                ),
            )
        ),
        notes=tuple(dict.fromkeys((*stand_ins, *suite.notes, *source.notes))),
        environments=tuple(
            tuple((str(name), _text(value)) for name, value in environment.items() if value not in ("", None, {}))
            for environment in source.environments
        ),
        tables=(_tasks(source, number), _entries(source, number)),
    )


def _text(value: object) -> str:
    return ", ".join(f"{name} {version}" for name, version in value.items()) if isinstance(value, dict) else str(value)


def _tasks(source: Source, number: int) -> Table:
    rows = [
        {
            "task": planned.task.name,
            "stands in for": planned.instead_of,
            "model": planned.task.model,
            "data set": planned.task.dataset,
            "loss": planned.task.loss,
            "metric": planned.task.metric,
            "steps": planned.task.steps,
            "batch": planned.task.batch_size,
            "schedule": planned.task.schedule,
            "primary": planned.task.primary,
            "data checksum": planned.data_checksum,
            "reference": planned.task.reference,
        }
        for planned in source.suite.tasks
    ]
    return _table("tasks", "Tasks", number, rows, {"steps", "batch"})


def _entries(source: Source, number: int) -> Table:
    rows = [
        {
            "optimizer": entry.name,
            "component": entry.component,
            "from": entry.distribution,
            "lr_ref": entry.lr_ref,
            "hyper-parameters": ", ".join(f"{name}={value}" for name, value in entry.hyperparameters.items()),
            "reference": entry.reference,
            "description": entry.description,
        }
        for entry in source.suite.optimizers
    ]
    return _table("optimizers", "Optimizers", number, rows, {"lr_ref"})


def _table(name: str, title: str, number: int, rows: Sequence[Mapping[str, object]], numeric: set[str]) -> Table:
    """A table without the columns that say nothing in any row."""
    data = pd.DataFrame(rows)
    data = data[[column for column in data if data[column].astype(str).any()]]
    return Table(
        name=f"{name}-{number}" if number else name,
        title=title,
        caption="",
        columns=tuple(Column(str(column), str(column) in numeric) for column in data.columns),
        rows=tuple(tuple(TableCell(str(row[column])) for column in data.columns) for row in rows),
        data=data,
    )
