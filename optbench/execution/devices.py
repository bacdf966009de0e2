"""What `--device` means where runs happen."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from optbench.components.device import DEVICE_KINDS
from optbench.errors import UsageError
from optbench.runs.context import Place

Hardware = Mapping[str, Sequence[str]]
"""Names of the devices of each kind, by index."""


def places(
    requested: Sequence[str], jobs: int | None, hardware: Hardware, world_size: int = 1
) -> dict[str, list[Place]]:
    """Return where runs happen, one at a time in each place, by kind of device: two places `cpu` on two cores.

    `auto` is cuda where there is a GPU, else mps, else cpu. `cuda` is every GPU, `cuda:1` that one. `jobs` is the
    number of places per kind; by default one per core, or one per GPU. Where a run is spread over `world_size`
    processes, a place has so many cores, or so many GPUs in a row, the first of which is named.
    Raises `UsageError` for what is not there.
    """
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs {jobs}: must be at least 1")
    devices: dict[str, list[str]] = {}
    for request in requested:
        for device in _expand(request, hardware):
            found = devices.setdefault(device.partition(":")[0], [])
            if device not in found:
                found.append(device)
    return {kind: _places(kind, found, jobs, hardware[kind], world_size) for kind, found in devices.items()}


def _expand(request: str, hardware: Hardware) -> list[str]:
    kind, colon, index = request.partition(":")
    if kind not in ("auto", *DEVICE_KINDS) or (colon and not (_numbered(kind) and index.isdecimal())):
        forms = ", ".join(f"{name}, {name}:INDEX" if _numbered(name) else name for name in DEVICE_KINDS)
        raise UsageError(f"--device {request!r}: must be auto, {forms}")
    if kind == "auto":
        kind = next(name for name in DEVICE_KINDS if hardware[name])
    count = len(hardware[kind])
    if not count:
        there = ", ".join(name for name in DEVICE_KINDS if hardware[name])
        raise UsageError(f"--device {request!r}: this machine has none that torch can use; it has: {there}")
    if colon and int(index) >= count:
        raise UsageError(f"--device {request!r}: this machine's GPUs are {kind}:0 to {kind}:{count - 1}")
    if not _numbered(kind):
        return [kind]
    return [f"{kind}:{int(index)}"] if colon else [f"{kind}:{i}" for i in range(count)]


def _numbered(kind: str) -> bool:
    return kind in DEVICE_KINDS and DEVICE_KINDS[kind].numbered


def _places(kind: str, devices: Sequence[str], jobs: int | None, names: Sequence[str], world_size: int) -> list[Place]:
    if world_size > 1 and not DEVICE_KINDS[kind].parallel:
        raise UsageError(f"--device {kind}: processes = {world_size} can share only cpu or cuda; use cpu")
    numbered = _numbered(kind)
    if numbered and len(devices) < world_size:
        raise UsageError(
            f"--device {kind}: a task has processes = {world_size}, each of which needs a GPU; there are {len(devices)}"
        )
    firsts = devices[: len(devices) - world_size + 1 : world_size] if numbered else devices
    default = len(firsts) if kind != "cpu" else max(1, usable_cores() // world_size)
    chosen = [firsts[i % len(firsts)] for i in range(jobs or default)]
    return [Place(device, names[int(device.partition(":")[2] or 0)]) for device in chosen]


def usable_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
