"""What `--device` means on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import cast

from optbench.errors import UsageError
from optbench.suite.suite import DeviceKind

Hardware = Mapping[str, Sequence[str]]
"""Names of the devices of each kind, by index."""

_DEVICE = re.compile(r"(auto|cpu|mps|cuda)(?::(\d+))?\Z")


def worker_slots(
    requested: Sequence[str], jobs: int | None, hardware: Hardware, processes: int = 1
) -> dict[DeviceKind, list[str]]:
    """Return the device of every worker, by kind of device: `{"cpu": ["cpu", "cpu"]}`.

    `auto` is cuda where there is a GPU, else mps, else cpu. `cuda` is every GPU, `cuda:1` that one. `jobs` is the
    number of workers per kind; by default one per core, or one per GPU. Where a run is spread over `processes`, a
    worker has so many cores, or so many GPUs in a row, of which it is given the first.
    Raises `UsageError` for what is not there.
    """
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs {jobs}: must be at least 1")
    devices: dict[DeviceKind, list[str]] = {}
    for request in requested:
        for device in _expand(request, hardware):
            kind = cast(DeviceKind, device.partition(":")[0])
            if device not in devices.setdefault(kind, []):
                devices[kind].append(device)
    return {kind: _slots(kind, found, jobs, processes) for kind, found in devices.items()}


def _expand(request: str, hardware: Hardware) -> list[str]:
    match = _DEVICE.match(request)
    if not match or (match[2] and match[1] != "cuda"):
        raise UsageError(f"--device {request!r}: must be auto, cpu, cuda, cuda:INDEX or mps")
    kind, index = match[1], match[2]
    if kind == "auto":
        kind = next(k for k in ("cuda", "mps", "cpu") if hardware[k])
    count = len(hardware[kind])
    if not count:
        there = ", ".join(k for k in ("cpu", "cuda", "mps") if hardware[k])
        raise UsageError(f"--device {request!r}: this machine has none that torch can use; it has: {there}")
    if index is not None and int(index) >= count:
        raise UsageError(f"--device {request!r}: this machine's GPUs are cuda:0 to cuda:{count - 1}")
    if kind != "cuda":
        return [kind]
    return [f"cuda:{index}"] if index is not None else [f"cuda:{i}" for i in range(count)]


def _slots(kind: DeviceKind, devices: Sequence[str], jobs: int | None, processes: int) -> list[str]:
    if kind == "mps" and processes > 1:
        raise UsageError(f"--device mps: processes = {processes} can share only cpu or cuda; use cpu")
    if kind == "cuda" and len(devices) < processes:
        raise UsageError(
            f"--device cuda: a task has processes = {processes}, each of which needs a GPU; there are {len(devices)}"
        )
    firsts = devices if kind == "cpu" else devices[: len(devices) - processes + 1 : processes]
    default = max(1, usable_cores() // processes) if kind == "cpu" else len(firsts)
    return [firsts[i % len(firsts)] for i in range(jobs or default)]


def usable_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
