"""A machine that carries out what was planned on another one: it looks at itself, and refuses what is not the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from optbench.errors import UsageError
from optbench.execution.environment import comparable_versions
from optbench.execution.node import Node
from optbench.observers import LoggingObserver
from optbench.options import parse_options
from optbench.plan import Plan, prepare
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.spec import RunSpec
from tests.execution.test_local import what_was_measured

GPUS = ("A100", "A100", "A100")


@pytest.fixture
def node() -> Iterator[Callable[..., Node]]:
    """Makes a node that is told what the coordinator has."""
    nodes: list[Node] = []

    def made(context: ExecutionContext | None = None, threads: int = 4, **facts: Any) -> Node:
        nodes.append(Node(dataclasses.replace(context or ExecutionContext(), **facts), threads))
        return nodes[-1]

    yield made
    for one in nodes:
        one.__exit__(None, None, None)


@pytest.fixture
def plan(tiny: Path, tmp_path: Path) -> Plan:
    return prepare(tiny, parse_options({"results": tmp_path, "devices": ["cpu"]}), LoggingObserver())


def first_run(plan: Plan) -> RunSpec:
    return plan.suite.protocol.first_run(plan.cells[0])


@pytest.mark.parametrize(
    ("devices", "threads", "world_size", "expected"),
    [
        (["auto"], 2, 1, {"cuda": 2}),
        (["auto"], 8, 1, {"cuda": 3}),
        (["cpu"], 2, 1, {"cpu": 2}),
        (["cpu"], 4, 2, {"cpu": 2}),
        (["mps", "cuda:1"], 4, 1, {"cuda": 1}),
        (["cpu", "cuda"], 1, 1, {"cpu": 1, "cuda": 1}),
    ],
)
def test_it_has_places_for_what_is_here_as_many_as_threads_at_most(
    devices: list[str],
    threads: int,
    world_size: int,
    expected: dict[str, int],
    node: Callable[..., Node],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("optbench.execution.devices.usable_cores", lambda: 16)
    found = node(devices=tuple(devices), threads=threads, world_size=world_size, jobs=1)
    monkeypatch.setattr(found, "call", lambda function: {"cuda": GPUS, "mps": (), "cpu": ("EPYC",)})
    assert {kind: len(places) for kind, places in found.places.items()} == expected
    assert found.places.get("cpu", [Place("cpu", "EPYC")])[0] == Place("cpu", "EPYC")


def test_it_says_that_no_device_of_the_campaign_is_here(
    node: Callable[..., Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = node(devices=("cuda", "mps"))
    monkeypatch.setattr(found, "call", lambda function: {"cuda": (), "mps": (), "cpu": ("EPYC",)})
    with pytest.raises(UsageError, match=r"^--device 'cuda': this machine has none that torch can use; it has: cpu$"):
        _ = found.places


def test_data_is_looked_for_where_the_user_said_and_then_in_the_folders_of_this_machine(
    node: Callable[..., Node], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTBENCH_DATA", str(tmp_path / "here"))
    found = node(data=tmp_path / "named", folders=(tmp_path / "coordinator",))
    assert found.context.folders[:2] == (tmp_path / "named", tmp_path / "here")
    assert tmp_path / "coordinator" not in found.context.folders


def test_versions_and_plugin_files_must_be_those_of_the_coordinator(node: Callable[..., Node]) -> None:
    versions = comparable_versions(())
    node(versions=tuple(versions.items())).refuse_other_versions()
    with pytest.raises(UsageError, match=rf"^it has torch {versions['torch']}, and the coordinator 1\.13\.0$"):
        node(versions=tuple((versions | {"torch": "1.13.0"}).items())).refuse_other_versions()
    with pytest.raises(UsageError, match=r"^it lacks no-such-plugin, and the coordinator has 2\.0$"):
        node(versions=(("no-such-plugin", "2.0"),)).refuse_other_versions()
    with pytest.raises(UsageError, match=r"^plugin file '/nowhere/mine.py' does not exist$"):
        node(plugins=("/nowhere/mine.py",)).refuse_other_versions()


def test_builds_and_patch_levels_are_no_other_version() -> None:
    versions = comparable_versions(("optbench",))
    assert versions["Python"].count(".") == 1
    assert "+" not in versions["torch"]
    assert list(versions)[:4] == ["Python", "optbench", "torch", "numpy"]


def test_data_and_code_must_be_those_that_a_run_was_planned_with(node: Callable[..., Node], plan: Plan) -> None:
    spec, found = first_run(plan), node(plan.context)
    found.refuse_unlike(spec)
    other = node(plan.context)
    with pytest.raises(UsageError, match=rf"^data set {spec.task.dataset!r} has checksum {spec.data_checksum} there"):
        other.refuse_unlike(spec.model_copy(update={"data_checksum": "0" * 16}))
    with pytest.raises(UsageError, match=r"^its code is not that of the coordinator: mine\.py is gone$"):
        other.refuse_unlike(spec.model_copy(update={"sources": {"optimizer": {"mine.py": "abc"}}}))


def test_its_runs_are_those_of_a_local_executor_bit_for_bit(node: Callable[..., Node], plan: Plan) -> None:
    spec = first_run(plan)
    one, other = (next(node(plan.context, threads).submit([[spec]])) for threads in (1, 2))
    assert one.result()[0].status == "completed"
    assert what_was_measured(one.result()[0]) == what_was_measured(other.result()[0])
