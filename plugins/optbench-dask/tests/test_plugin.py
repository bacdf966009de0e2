"""Installed, it provides an executor, and costs nothing until a campaign chooses it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import optbench
import pytest


def test_it_provides_one_executor_and_nothing_else() -> None:
    registry = optbench.load_registry()
    (plugin,) = (plugin for plugin in registry.plugins if plugin.name == "optbench-dask")
    assert plugin.problem == ""
    provided = [
        (kind, name)
        for kind, shelf in registry.shelves().items()
        for name, item in shelf.items()
        if item.distribution == plugin.name
    ]
    assert provided == [("executors", "dask")]


def test_loading_it_imports_nothing_heavy() -> None:
    program = "import optbench_dask.plugin; import optbench; optbench.load_registry()"
    check = (
        f"import sys; {program}; assert not (found := {{'distributed', 'torch', 'numpy'}} & set(sys.modules)), found"
    )
    subprocess.run([sys.executable, "-c", check], check=True)


@pytest.mark.parametrize(
    ("executor", "reason"),
    [
        ("dask", "it needs the address of a scheduler, --executor dask:tcp://HOST:8786, or a TOML file that names a "),
        ("dask:tcp://127.0.0.1:9", "no scheduler answers at 'tcp://127.0.0.1:9'"),
        ("dask:nowhere.json", "no scheduler has written 'nowhere.json'"),
        (
            {"name": "dask", "cluster": "no_such_module:Cluster"},
            "cluster 'no_such_module:Cluster' cannot be imported: No module named 'no_such_module'; it is ",
        ),
        (
            {"name": "dask", "cluster": "distributed:LocalClustr"},
            "cluster 'distributed:LocalClustr' cannot be imported",
        ),
        (
            {"name": "dask", "cluster": "fractions:Fraction", "cluster_options": {"no_such_option": 1}},
            "cluster 'fractions:Fraction' does not start: TypeError: ",
        ),
        (
            {"name": "dask", "cluster": "distributed:LocalCluster", "address": "tcp://127.0.0.1:9"},
            "address = 'tcp://127.0.0.1:9' and cluster = 'distributed:LocalCluster' exclude each other; give one",
        ),
    ],
)
def test_a_cluster_that_is_not_there_is_a_line(
    executor: str | dict[str, Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optbench_dask.connection.PATIENCE", 0.5)
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    with pytest.raises(optbench.UsageError) as caught:
        optbench.run("suites/standard", executor=executor, profile="smoke")
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"executor 'dask' cannot be used: {reason}")
