"""What --device and --jobs mean."""

from __future__ import annotations

import pytest

from optbench.engine.devices import usable_cores, worker_slots
from optbench.errors import UsageError

CPU = {"cpu": ["x86"], "cuda": [], "mps": []}
GPUS = {"cpu": ["x86"], "cuda": ["H200", "H200"], "mps": []}
MAC = {"cpu": ["M4"], "cuda": [], "mps": ["M4"]}


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
def test_slots(requested, jobs, hardware, expected):
    assert worker_slots(requested, jobs, hardware) == expected


def test_by_default_there_is_a_worker_per_core():
    assert worker_slots(["cpu"], None, CPU) == {"cpu": ["cpu"] * usable_cores()}


def test_a_run_of_several_processes_has_as_many_cores_or_gpus():
    gpus = {"cpu": ["x86"], "cuda": ["H100"] * 5, "mps": []}
    assert worker_slots(["cuda"], None, gpus, processes=2) == {"cuda": ["cuda:0", "cuda:2"]}
    assert worker_slots(["cuda"], None, gpus, processes=5) == {"cuda": ["cuda:0"]}
    assert worker_slots(["cpu"], None, gpus, processes=10**6) == {"cpu": ["cpu"]}
    with pytest.raises(UsageError, match="processes = 6, each of which needs a GPU; there are 5"):
        worker_slots(["cuda"], None, gpus, processes=6)
    with pytest.raises(UsageError, match="--device mps: processes = 2 can share only cpu or cuda; use cpu"):
        worker_slots(["mps"], None, MAC, processes=2)


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("cuda", r"--device 'cuda': this machine has none that torch can use; it has: cpu"),
        ("mps", r"--device 'mps': this machine has none"),
        ("gpu", r"--device 'gpu': must be auto, cpu, cuda, cuda:INDEX or mps"),
        ("cpu:1", r"must be auto"),
    ],
)
def test_a_device_that_is_not_there_is_the_users_mistake(device, message):
    with pytest.raises(UsageError, match=message):
        worker_slots([device], None, CPU)
    with pytest.raises(UsageError, match=r"cuda:0 to cuda:1"):
        worker_slots(["cuda:2"], None, GPUS)
