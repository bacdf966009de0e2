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
