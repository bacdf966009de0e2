"""`landscape`: from a recorded run to a picture of the loss around its solution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from optbench.errors import UsageError
from optbench.execution.process import WorkerProcess
from optbench.repeat import HERE_AND_NOW, context_of, why_different
from optbench.runs.record import RunRecord, RunStatus
from optbench.store.find import find_run
from optbench.store.store import Store, write

if TYPE_CHECKING:
    from optbench.training.landscape import Survey

CLOSE = 1e-5
"""How far losses of a repeated run may lie apart, relatively: it trains alone, where others trained side by side."""
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
    Store(Path(results)).suite()
    store, record = find_run(run_id, [Path(results)])
    if record.status is not RunStatus.COMPLETED:
        raise UsageError(f"run {record.run_id}: it ended as {record.status}; choose one that completed")
    context = context_of(record, plugins, data)
    worker = WorkerProcess()
    try:
        found: Survey = worker.call(
            "optbench.training.landscape:survey", record.spec, record.spec.device, context, points
        )
        here, environment = worker.call(HERE_AND_NOW, record.spec, context)
    finally:
        worker.close()
    folder = Path(out) if out else store.root / "landscapes" / record.run_id
    _write(record, found, folder)
    now = dict(zip(found.steps, found.losses, strict=True))
    recorded = {point.step: point.validation_loss for point in record.evaluations}
    repeated = all(math.isclose(now.get(step, math.nan), loss, rel_tol=CLOSE) for step, loss in recorded.items())
    differs = "" if repeated else why_different(record, here, environment)
    return Landscape(folder / f"landscape.{FORMATS[-1]}", differs)


def _write(record: RunRecord, found: Survey, folder: Path) -> None:
    import pandas as pd

    from optbench.reporting.as_csv import as_csv
    from optbench.reporting.figures.drawing import Drawing
    from optbench.reporting.figures.landscape import draw_landscape
    from optbench.reporting.numbers import short

    spec = record.spec
    title = f"{spec.task.name}, {spec.optimizer}, learning rate {short(spec.lr)}, seed {spec.seed}"
    planes = {"around": found.around, "path": found.plane}
    rows = [
        {"plane": name, "x": x, "y": y, "loss": loss}
        for name, plane in planes.items()
        for y, line in zip(plane.y, plane.loss, strict=True)
        for x, loss in zip(plane.x, line, strict=True)
    ]
    draw = partial(draw_landscape, found.around, found.plane, found.path, found.explained, title)
    drawing = Drawing("landscape", title, "", draw, pd.DataFrame(rows))
    for format in FORMATS:
        write(folder / f"landscape.{format}", drawing.encoded(format))
    write(folder / "landscape.csv", as_csv(drawing.data).encode())
    path = pd.DataFrame({"step": found.steps, "x": found.path[:, 0], "y": found.path[:, 1]})
    write(folder / "path.csv", as_csv(path).encode())
