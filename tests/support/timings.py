"""Synthetic measurements of `optbench time`, for campaigns that were never carried out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from optbench.runs.timing import StepTimes, Timing
from optbench.store.results import Results, Source

ENVIRONMENT = {
    "machine": "a1b2c3",
    "cpu": "Imaginary CPU 9000",
    "cores": 8,
    "platform": "Linux",
    "torch": "2.13.0",
    "device_name": "Imaginary CPU 9000",
    "threads": 1,
}


def timing(
    source: Source, task: str, seconds: Mapping[str, Sequence[float]], machine: str = "a1b2c3", **changes: Any
) -> Timing:
    """What was measured of some optimizers of a suite on one task; updates are a tenth of a step."""
    cells = {cell.entry.name: cell for cell in source.suite.cells() if cell.task.name == task}
    given: dict[str, Any] = {
        "suite": source.suite.name,
        "task": task,
        "device": "cpu",
        "reference": "sgd",
        "rounds": max(map(len, seconds.values())),
        "warmup": 20,
        "optimizers": tuple(
            StepTimes(
                spec=source.suite.protocol.first_run(cells[name]),
                block=10,
                step_seconds=tuple(times),
                update_seconds=tuple(time / 10 for time in times),
                gradient_evaluations=1,
            )
            for name, times in seconds.items()
        ),
        "load": 1.0,
        "cores": 8,
        "started": "2026-11-26T10:00:00+00:00",
        "environment": ENVIRONMENT | {"machine": machine},
    }
    return Timing(**given | changes)


def with_timings(results: Results, *timings: Timing) -> Results:
    """The same results with what was timed in their first folder."""
    first, *others = results.sources
    return dataclasses.replace(results, sources=(dataclasses.replace(first, timings=timings), *others))
