"""Plugins: found, checked, and quarantined one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import optbench
from optbench.errors import PluginError, UnknownName
from optbench.registry import discovery
from optbench.registry.discovery import load_registry


def module(name: str = "someones_plugin", **members: Any) -> ModuleType:
    plugin = ModuleType(name)
    vars(plugin).update(members)
    return plugin


def optimizers(*names: str) -> Any:
    @optbench.hookimpl
    def optbench_optimizers():
        return [optbench.Optimizer(name=name, build="torch.optim:SGD", lr_ref=0.1) for name in names]

    return optbench_optimizers


@dataclass
class Distribution:
    name: str
    version: str = "2.0"


class EntryPoint:
    """An installed plugin whose import gives a module or raises."""

    def __init__(self, name: str, result: ModuleType | BaseException) -> None:
        self.dist, self.module, self._result = Distribution(name), name, result

    def load(self) -> ModuleType:
        if isinstance(self._result, BaseException):
            raise self._result
        return self._result


@pytest.fixture
def install(monkeypatch):
    def pretend(*points: EntryPoint) -> None:
        monkeypatch.setattr(discovery, "entry_points", lambda group: points)

    return pretend


def test_an_installed_plugin_provides_its_components_with_their_origin(install):
    install(EntryPoint("optbench-lion", module(optbench_optimizers=optimizers("lion"))))
    registry = load_registry()
    assert registry.optimizers["lion"].origin == "optbench-lion 2.0"
    assert registry.problems == []


@pytest.mark.parametrize("error", [ImportError("no module named x"), RuntimeError("a\nb"), SystemExit(3)])
def test_a_plugin_that_fails_at_import_is_quarantined_and_the_others_stay(install, error):
    install(EntryPoint("broken", error), EntryPoint("fine", module(optbench_optimizers=optimizers("lion"))))
    registry = load_registry()
    assert "lion" in registry.optimizers
    assert "adam" in registry.optimizers
    (problem,) = registry.problems
    assert problem.plugin == "broken"
    assert str(problem).startswith(f"plugin broken is not used: its import failed: {type(error).__name__}")
    assert "\n" not in str(problem)


def test_a_clash_of_names_names_both_distributions_and_keeps_the_first(install):
    install(
        EntryPoint("one", module("one", optbench_optimizers=optimizers("lion"))),
        EntryPoint("two", module("two", optbench_optimizers=optimizers("tiger", "lion"))),
    )
    registry = load_registry()
    assert registry.optimizers["lion"].distribution == "one"
    assert "tiger" not in registry.optimizers
    assert "'lion' of two 2.0 clashes with the one of one 2.0" in str(registry.problems[0])


def test_a_misspelt_hook_is_named_with_the_closest_one(install):
    @optbench.hookimpl
    def optbench_optimisers():
        return []

    install(EntryPoint("british", module(optbench_optimisers=optbench_optimisers)))
    (problem,) = load_registry().problems
    assert "unknown hook 'optbench_optimisers'; did you mean 'optbench_optimizers'?" in str(problem)


def test_a_hook_without_its_decorator_is_not_ignored_silently(install):
    install(EntryPoint("bare", module(optbench_tasks=list)))
    assert "optbench_tasks lacks the decorator @optbench.hookimpl" in str(load_registry().problems[0])


def test_a_hook_that_yields_something_else_is_named(install):
    @optbench.hookimpl
    def optbench_models():
        return ["resnet"]

    install(EntryPoint("odd", module(optbench_models=optbench_models)))
    assert "'resnet' is not an optbench.Model" in str(load_registry().problems[0])


def test_a_hook_that_raises_is_contained(install):
    @optbench.hookimpl
    def optbench_datasets():
        raise OSError("no disk")

    install(EntryPoint("sad", module(optbench_datasets=optbench_datasets)))
    assert "optbench_datasets failed: OSError: no disk" in str(load_registry().problems[0])


def test_a_plugin_file_works_without_packaging(tmp_path):
    file = tmp_path / "my_lion_plugin.py"
    file.write_text(
        "import optbench\n"
        "@optbench.hookimpl\n"
        "def optbench_optimizers():\n"
        "    yield optbench.Optimizer(name='lion', build='my_lion_plugin:Lion', lr_ref=1e-4)\n"
    )
    assert load_registry([file]).optimizers["lion"].distribution == "my_lion_plugin.py"


def test_a_plugin_file_that_is_not_there_or_clashes_is_the_users_mistake(tmp_path):
    with pytest.raises(PluginError, match=r"plugin file '.*nowhere.py' does not exist"):
        load_registry(["nowhere.py"])
    clash = tmp_path / "clashing_plugin.py"
    clash.write_text(
        "import optbench\n@optbench.hookimpl\ndef optbench_optimizers():\n"
        "    yield optbench.Optimizer(name='adam', build='x:Y', lr_ref=1)\n"
    )
    with pytest.raises(PluginError, match=r"'adam' of clashing_plugin.py [0-9a-f]{6} clashes with the one of optbench"):
        load_registry([clash])


def test_a_plugin_file_that_fails_at_import_is_quarantined():
    registry = load_registry([Path(__file__).parent.parent / "support" / "plugin_that_fails_at_import.py"])
    assert "RuntimeError: this plugin cannot be imported" in str(registry.problems[0])
    assert "adam" in registry.optimizers


def test_an_unknown_component_names_the_closest(registry):
    with pytest.raises(UnknownName, match=r"unknown optimizer 'adan'; did you mean 'adam'\?"):
        registry.optimizers["adan"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "a/b"}, "optimizer name 'a/b'"),
        ({"lr_ref": 0.0}, "lr_ref=0.0 must be positive"),
        ({"build": "torch.optim"}, "neither callable nor 'module:name'"),
        ({"weight_decay_mode": "L2"}, "must be one of none, l2"),
        ({"defaults": {"lr": 1}}, "give the learning rate as lr_ref"),
        ({"space": {"beta": optbench.Choice((1, 2))}}, "space has 'beta', which is not among its defaults"),
    ],
)
def test_an_optimizer_that_breaks_a_rule_says_which(changes, message):
    with pytest.raises(PluginError, match=message):
        optbench.Optimizer(**({"name": "o", "build": "m:o", "lr_ref": 0.1} | changes))


@pytest.mark.parametrize(
    ("space", "arguments"),
    [
        (optbench.Uniform, (2, 1)),
        (optbench.LogUniform, (0, 1)),
        (optbench.LogitUniform, (0.5, 1.0)),
        (optbench.Choice, ((),)),
    ],
)
def test_a_space_with_impossible_bounds_is_refused(space, arguments):
    with pytest.raises(PluginError):
        space(*arguments)
