"""What may be said about where runs happen: a name, `name:argument`, a file, a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import optbench
from optbench.cli.main import main
from optbench.errors import PluginError, UnknownName, UsageError
from optbench.execution.choice import chosen_executor
from optbench.registry.discovery import load_registry
from optbench.registry.registry import Registry

PLUGIN = """
import optbench

@optbench.hookimpl
def optbench_executors():
    yield optbench.Executor(
        name="far",
        build="far_away:Far",
        options={"address": "", "workers": 0, "adapt": {}, "spot": False, "hosts": []},
        argument="address",
    )
"""
DEFAULTS = {"address": "", "workers": 0, "adapt": {}, "spot": False, "hosts": []}


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "far_executor", raising=False)
    Path("far_executor.py").write_text(PLUGIN, encoding="utf-8")
    return load_registry(["far_executor.py"], use=())


def options(given: str | dict[str, Any], registry: Registry) -> dict[str, Any]:
    chosen = chosen_executor(given, registry)
    assert (chosen.name, chosen.build) == ("far", "far_away:Far")
    return dict(chosen.options)


def test_a_name_has_the_defaults_and_what_follows_a_colon_is_its_argument(registry: Registry) -> None:
    assert chosen_executor("local", registry) == registry.executors["local"].component
    assert options("far", registry) == DEFAULTS
    assert options("far:tcp://head:8786", registry) == DEFAULTS | {"address": "tcp://head:8786"}


def test_a_file_and_a_table_say_the_same(registry: Registry) -> None:
    Path("cluster.toml").write_text('name = "far"\nworkers = 2.5\n[adapt]\nmaximum = 8\n', encoding="utf-8")
    expected = DEFAULTS | {"workers": 2.5, "adapt": {"maximum": 8}}
    assert options("cluster.toml", registry) == expected
    assert options({"name": "far", "workers": 2.5, "adapt": {"maximum": 8}}, registry) == expected


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ("local:8", ["--executor 'local:8': local takes no argument; give local alone"]),
        ("fra:8", ["unknown executor 'fra'; did you mean 'far'?"]),
        ("nowhere.toml", ["--executor 'nowhere.toml' cannot be read: No such file or directory"]),
        ({"workers": 1}, ["executor: needs the name of an executor: name = 'local'"]),
        (
            {"name": "far", "wokers": 1},
            ["executor: executor 'far' has no option 'wokers'; did you mean 'workers'?"],
        ),
        (
            {"name": "local", "address": ""},
            ["executor: executor 'local' has no option 'address'; there is none"],
        ),
        (
            {"name": "far", "workers": "two", "spot": 1, "address": 1, "adapt": 1, "hosts": "h"},
            [
                "executor: option workers of executor 'far': must be a number, not 'two'",
                "executor: option spot of executor 'far': must be true or false, not 1",
                "executor: option address of executor 'far': must be text, not 1",
                "executor: option adapt of executor 'far': must be a table, not 1",
                "executor: option hosts of executor 'far': must be a list, not 'h'",
            ],
        ),
    ],
)
def test_each_mistake_is_a_line(given: str | dict[str, Any], lines: list[str], registry: Registry) -> None:
    with pytest.raises(UsageError) as caught:
        chosen_executor(given, registry)
    assert str(caught.value).splitlines() == lines
    assert isinstance(caught.value, UnknownName) == lines[0].startswith("unknown")


def test_a_file_that_is_no_toml_is_a_line(registry: Registry) -> None:
    Path("cluster.toml").write_text("name = far", encoding="utf-8")
    with pytest.raises(UsageError, match=r"^cluster\.toml is not a TOML file: Invalid value \(at line 1, column 8\)$"):
        chosen_executor("cluster.toml", registry)


def test_a_mistake_in_the_file_ends_the_command_before_anything_runs(
    tiny: Path, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("cluster.toml").write_text('name = "local"\njobs = 2\n', encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["run", str(tiny), "--executor", "cluster.toml"])
    assert ended.value.code == 2
    line = "optbench: cluster.toml: executor 'local' has no option 'jobs'; there is none"
    assert capsys.readouterr().err.splitlines() == [line]
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"argument": "address"}, "executor 'far': argument 'address' is none of its options"),
        ({"options": {"no name": 1}}, "executor 'far': option 'no name' cannot be the name of an argument"),
        ({"options": {"hosts": {1}}}, "executor 'far': hosts=.* is not plain data"),
    ],
)
def test_an_executor_that_breaks_a_rule_is_refused(declared: dict[str, Any], message: str) -> None:
    with pytest.raises(PluginError, match=message):
        optbench.Executor(name="far", build="far_away:Far", **declared)
