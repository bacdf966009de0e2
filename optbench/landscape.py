"""`landscape`: from a recorded run to a picture of the loss around its solution."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optbench.data.folders import data_folders
from optbench.errors import UsageError
from optbench.execution.process import WorkerProcess
from optbench.registry.discovery import load_registry
from optbench.runs.context import ExecutionContext
from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.runs.staleness import cause
from optbench.store.mixture import versions
from optbench.store.store import Store, write

if TYPE_CHECKING:
    from optbench.training.landscape import Survey

FORMATS = ("svg", "pdf", "png")


@dataclass(frozen=True)
class Landscape:
    """Where the picture lies, and in what the repeated run was not the recorded one."""

    figure: Path
    differs: str = ""
    """Why the losses are not those of the record, bit for bit; empty where they are."""

    @property
    def repeated(self) -> bool:
        """Whether the repeated run was the recorded one."""
        return not self.differs


def landscape(
    results: str | Path,
    run_id: str,
    out: str | Path | None = None,
    points: int = 25,
    plugins: Sequence[str | Path] = (),
    data: Path | None = None,
) -> Landscape:
    """Repeat a recorded run, map the loss around its solution, and write figures and a CSV file of what they show.

    `run_id` may be the beginning of one. They go to `out`, or to `landscapes/<run_id>/` in the results folder. Raises
    `UsageError` for a run that is not there or did not complete.
    """
    store = Store(Path(results))
    store.suite()
    record = _find(store, run_id)
    registry = load_registry(plugins)
    context = ExecutionContext(
        plugins=registry.files,
        distributions=registry.distributions,
        search_path=tuple(sys.path),
        folders=data_folders(data),
    )
    worker = WorkerProcess()
    try:
        found: Survey = worker.call(
            "optbench.training.landscape:survey", record.spec, record.spec.device, context, points
        )
        now, environment = worker.call("optbench.execution.identity:here_and_now", record.spec, context)
    finally:
        worker.close()
    folder = Path(out) if out else store.root / "landscapes" / record.run_id
    _write(record, found, folder)
    repeated = found.losses == tuple(point.validation_loss for point in record.evaluations)
    differs = "" if repeated else why_different(record, now, environment)
    return Landscape(folder / f"landscape.{FORMATS[-1]}", differs)


def why_different(record: RunRecord, now: RunSpec, environment: Mapping[str, Any]) -> str:
    """Say what has changed since a run was recorded, of what can make its numbers others.

    `now` is the run as its names are understood here, `environment` that of this process.
    """
    if words := cause(record.spec, now):
        return words
    then, here = versions(record.environment), versions(environment)
    changed = [name for name in here if name in then and then[name] != here[name]]
    if changed:
        return ", ".join(f"{name} {then[name]} made it, this is {name} {here[name]}" for name in changed)
    for name, what in (("device_name", "device"), ("cpu", "processor"), ("platform", "system")):
        if record.environment.get(name, environment[name]) != environment[name]:
            return f"another {what}: {record.environment[name]} made it, this is {environment[name]}"
    return "its code, its data, the versions and the machine are those of the record: it is not deterministic"


def _find(store: Store, run_id: str) -> RunRecord:
    records = store.records(lambda path, reason: None)
    matching = [found for found in records if found.startswith(run_id)] if run_id else []
    if not matching:
        raise UsageError(
            f"unknown run {run_id!r}; {len(records)} runs are recorded, by id, in {store.runs}/<task>/<optimizer>"
        )
    if len(matching) > 1:
        raise UsageError(f"run {run_id!r}: {len(matching)} runs begin like that: {', '.join(sorted(matching)[:4])}")
    record = records[matching[0]]
    if record.status is not RunStatus.COMPLETED:
        raise UsageError(f"run {record.run_id}: it ended as {record.status}; choose one that completed")
    return record


def _write(record: RunRecord, found: Survey, folder: Path) -> None:
    import pandas as pd

    from optbench.reporting.figures.drawing import Drawing
    from optbench.reporting.figures.landscape import draw_landscape
    from optbench.reporting.numbers import short
    from optbench.reporting.style import print_style

    spec = record.spec
    title = f"{spec.task.name}, {spec.optimizer}, learning rate {short(spec.lr)}, seed {spec.seed}"
    planes = {"around": found.around, "path": found.plane}
    rows = [
        {"plane": name, "x": x, "y": y, "loss": loss}
        for name, plane in planes.items()
        for y, line in zip(plane.y, plane.loss, strict=True)
        for x, loss in zip(plane.x, line, strict=True)
    ]
    with print_style():
        figure = draw_landscape(found.around, found.plane, found.path, found.explained, title)
        drawing = Drawing("landscape", title, "", figure, pd.DataFrame(rows))
        for format in FORMATS:
            write(folder / f"landscape.{format}", drawing.encoded(format))
    write(folder / "landscape.csv", drawing.data.to_csv(index=False).encode())
    path = pd.DataFrame({"step": found.steps, "x": found.path[:, 0], "y": found.path[:, 1]})
    write(folder / "path.csv", path.to_csv(index=False).encode())
