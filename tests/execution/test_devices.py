"""What --device and --jobs mean."""

from __future__ import annotations

from typing import Any

import pytest

from optbench.errors import UsageError
from optbench.execution.devices import places, usable_cores

CPU = {"cpu": ["x86"], "cuda": [], "mps": []}
GPUS = {"cpu": ["x86"], "cuda": ["H200", "H200"], "mps": []}
MAC = {"cpu": ["M4"], "cuda": [], "mps": ["M4"]}


def slots(
    requested: list[str], jobs: int | None, hardware: dict[str, list[str]], world_size: int = 1
) -> dict[str, list[str]]:
    """The device of every place, each of which must have the name of its hardware."""
    found = places(requested, jobs, hardware, world_size)
    for kind, there in found.items():
        assert {place.hardware for place in there} <= set(hardware[kind])
    return {kind: [place.device for place in there] for kind, there in found.items()}


@pytest.mark.parametrize(
    ("requested", "jobs", "hardware", "expected"),
    [
        (["auto"], 3, CPU, {"cpu": ["cpu"] * 3}),
        (["auto"], None, GPUS, {"cuda": ["cuda:0", "cuda:1"]}),
        (["auto"], None, MAC, {"mps": ["mps"]}),
        (["cuda:1"], None, GPUS, {"cuda": ["cuda:1"]}),
        (["cuda"], 4, GPUS, {"cuda": ["cuda:0", "cuda:1", "cuda:0", "cuda:1"]}),
        (["cpu", "cuda:0", "cuda:0"], 1, GPUS, {"cpu": ["cpu"], "cuda": ["cuda:0"]}),
    ],
)
def test_slots(requested: list[str], jobs: int | None, hardware: dict[str, Any], expected: dict[str, Any]) -> None:
    assert slots(requested, jobs, hardware) == expected


def test_by_default_there_is_a_worker_per_core() -> None:
    assert slots(["cpu"], None, CPU) == {"cpu": ["cpu"] * usable_cores()}


def test_a_run_of_several_processes_has_as_many_cores_or_gpus() -> None:
    gpus = {"cpu": ["x86"], "cuda": ["H100"] * 5, "mps": []}
    assert slots(["cuda"], None, gpus, world_size=2) == {"cuda": ["cuda:0", "cuda:2"]}
    assert slots(["cuda"], None, gpus, world_size=5) == {"cuda": ["cuda:0"]}
    assert slots(["cpu"], None, gpus, world_size=10**6) == {"cpu": ["cpu"]}
    with pytest.raises(UsageError, match="processes = 6, each of which needs a GPU; there are 5"):
        slots(["cuda"], None, gpus, world_size=6)
    with pytest.raises(UsageError, match="--device mps: processes = 2 can share only cpu or cuda; use cpu"):
        slots(["mps"], None, MAC, world_size=2)


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("cuda", r"--device 'cuda': this machine has none that torch can use; it has: cpu"),
        ("mps", r"--device 'mps': this machine has none"),
        ("gpu", r"--device 'gpu': must be auto, cuda, cuda:INDEX, mps, cpu"),
        ("cpu:1", r"must be auto"),
    ],
)
def test_a_device_that_is_not_there_is_the_users_mistake(device: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        slots([device], None, CPU)
    with pytest.raises(UsageError, match=r"cuda:0 to cuda:1"):
        slots(["cuda:2"], None, GPUS)
