"""Event files: one for each run, written whole beside its place and then moved there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tensorboardX import RecordWriter
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.summary_pb2 import Summary
from tensorboardX.summary import hparams

from optbench_tensorboard.curves import Scalars, final, hyperparameters, point

if TYPE_CHECKING:
    import optbench

VERSION = "brain.Event:2"
"""How the first event of each file names the format."""


def folder_of(record: optbench.RunRecord, root: Path) -> Path:
    """Return where a run's event file lies: `<task>/<optimizer>/lr-…-seed-…-<run_id>`."""
    spec = record.spec
    return root / spec.task.name / spec.optimizer / f"lr-{spec.lr:g}-seed-{spec.seed}-{record.run_id}"


def write(record: optbench.RunRecord, root: Path) -> Path:
    """Write a run's event file, in place of one that an earlier attempt left, and return its path."""
    folder = folder_of(record, root)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / ".unfinished"
    with closing(RecordWriter(str(unfinished))) as writer:
        for event in events(record):
            writer.write(event.SerializeToString())
    return unfinished.replace(folder / f"events.out.tfevents.{record.run_id}")


def events(record: optbench.RunRecord) -> Iterator[Any]:
    """Yield a run's events; their clock is the run's train clock, set to when it began."""
    began = datetime.fromisoformat(record.started).timestamp()
    yield Event(wall_time=began, file_version=VERSION)
    _, start, end = hparams(hyperparameters(record), {})
    yield Event(wall_time=began, summary=start)
    for evaluation in record.evaluations:
        yield _event(began + evaluation.train_seconds, evaluation.step, point(record, evaluation))
    finished = began + record.costs.train_seconds
    if record.final is not None:
        yield _event(finished, record.final.step, final(record))
    yield Event(wall_time=finished, summary=end)


def _event(when: float, step: int, scalars: Scalars) -> Any:
    values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
    return Event(wall_time=when, step=step, summary=Summary(value=values))
