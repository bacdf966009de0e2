"""What the tests share: records made up here, and event files read back."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import optbench
import pytest


@dataclass
class Read:
    """An event file read back: scalars as (step, seconds) -> value by tag, and what else is in it."""

    version: str = ""
    began: float = 0.0
    scalars: dict[str, dict[int, float]] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    """What came when: `version`, `start`, the steps, `end`."""


@pytest.fixture
def read() -> Callable[[Path], Read]:
    """Parse an event file, its checksums included."""
    return _read


def _read(path: Path) -> Read:
    from tensorboardX.proto.event_pb2 import Event

    found = Read()
    for data in _frames(path.read_bytes()):
        event = Event.FromString(data)
        if event.file_version:
            found.version, found.began = event.file_version, event.wall_time
            found.order.append("version")
            continue
        tags = [value.tag for value in event.summary.value]
        if tags == ["_hparams_/session_start_info"]:
            found.hyperparameters = _hyperparameters(event.summary.value[0])
            found.order.append("start")
        elif tags == ["_hparams_/session_end_info"]:
            found.order.append("end")
        else:
            found.order.append(str(event.step))
            found.seconds[event.step] = event.wall_time - found.began
            for value in event.summary.value:
                assert event.step not in found.scalars.setdefault(value.tag, {})
                found.scalars[value.tag][event.step] = value.simple_value
    return found


def _frames(content: bytes) -> Iterator[bytes]:
    """Yield the records of a TFRecord file: length, its checksum, the data, its checksum."""
    from tensorboardX.record_writer import masked_crc32c

    while content:
        (length,) = struct.unpack("<Q", content[:8])
        header, data, rest = content[:8], content[12 : 12 + length], content[12 + length + 4 :]
        assert struct.unpack("<I", content[8:12]) == (masked_crc32c(header),)
        assert struct.unpack("<I", content[12 + length : 12 + length + 4]) == (masked_crc32c(data),)
        yield data
        content = rest


def _hyperparameters(value: Any) -> dict[str, Any]:
    from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData

    start = HParamsPluginData.FromString(value.metadata.plugin_data.content).session_start_info
    return {name: getattr(held, held.WhichOneof("kind")) for name, held in start.hparams.items()}


@pytest.fixture
def record() -> Callable[..., optbench.RunRecord]:
    """Make up a record: its status, what its evaluation points measured, and more."""
    return _record


def _record(
    status: optbench.RunStatus = optbench.RunStatus.COMPLETED, metric: str = "accuracy", points: int = 3, **changes: Any
) -> optbench.RunRecord:
    task = optbench.Task(name="t", model="m", dataset="d", steps=20, metric=metric)
    spec = optbench.RunSpec(
        task=task,
        data_checksum="0",
        optimizer="adam-short",
        component="adam",
        revisions={},
        hyperparameters={"lr": 0.0031622776601683795, "betas": [0.9, 0.95], "amsgrad": False, "eps": 1e-8},
        schedule="constant",
        seed=1000,
        phase="report",
        device="cpu",
    )
    evaluations = tuple(
        optbench.Evaluation(
            step=10 * i,
            samples=640 * i,
            gradient_evaluations=10 * i,
            train_seconds=0.5 * i,
            data_seconds=0.125 * i,
            train_loss=1.5 / i if i else None,
            validation_loss=2.0 - 0.25 * i,
            validation_metric=0.25 * i,
        )
        for i in range(points)
    )
    completed = status is optbench.RunStatus.COMPLETED
    given: dict[str, Any] = {
        "run_id": spec.run_id,
        "spec": spec,
        "status": status,
        "evaluations": evaluations,
        "final": FINAL if completed else None,
        "costs": optbench.Costs(train_seconds=1.0),
        "started": "2026-11-23T12:00:00+00:00" if evaluations else "",
    }
    return optbench.RunRecord(**(given | changes))


FINAL = optbench.Final(
    step=20,
    smoothed_train_loss=0.75,
    train_eval_loss=0.625,
    train_eval_metric=0.875,
    validation_loss=1.5,
    validation_metric=0.5,
    test_loss=1.75,
    test_metric=0.375,
)
