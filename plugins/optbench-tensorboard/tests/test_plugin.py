"""Installed, it listens, and costs nothing until a run has finished."""

from __future__ import annotations

import subprocess
import sys

import optbench
import pytest


def test_it_listens_to_finished_runs_and_provides_nothing_else():
    registry = optbench.load_registry()
    (plugin,) = (plugin for plugin in registry.plugins if plugin.name == "optbench-tensorboard")
    assert plugin.problem == ""
    assert [listener.hook for listener in registry.listeners if listener.distribution == plugin.name] == [
        "optbench_run_finished"
    ]
    assert not [
        name
        for shelf in registry.shelves().values()
        for name, provided in shelf.items()
        if provided.distribution == plugin.name
    ]


@pytest.mark.parametrize(
    "program",
    ["import optbench_tensorboard.plugin", "import optbench; optbench.load_registry()"],
)
def test_loading_it_imports_nothing_heavy(program):
    heavy = '{"tensorboardX", "torch", "numpy", "google.protobuf"}'
    check = f"import sys; {program}; assert not (found := {heavy} & set(sys.modules)), found"
    environment = {"OPTBENCH_PLUGINS": "optbench-tensorboard"}
    subprocess.run([sys.executable, "-c", check], check=True, env=environment)
