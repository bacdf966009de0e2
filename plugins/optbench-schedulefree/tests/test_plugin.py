"""What the plugin declares: read without torch, and in step with the installed schedulefree."""

from __future__ import annotations

import inspect
import subprocess
import sys

import optbench
import pytest
import schedulefree

from optbench_schedulefree.table import OPTIMIZERS

CLASSES = {
    "sf.sgd": "SGDScheduleFree",
    "sf.sgd-closure": "SGDScheduleFreeClosure",
    "sf.adamw": "AdamWScheduleFree",
    "sf.adamw-closure": "AdamWScheduleFreeClosure",
    "sf.adamw-paper": "AdamWScheduleFreePaper",
    "sf.radam": "RAdamScheduleFree",
    "sf.radam-closure": "RAdamScheduleFreeClosure",
    "sf.wrapped-adagrad": "ScheduleFreeWrapperReference",
}
LEFT_OUT = {"SGDScheduleFreeReference", "AdamWScheduleFreeReference", "ScheduleFreeWrapper"}
BY_NAME = {component.name: component for component in OPTIMIZERS}
OF_CLASSES = [name for name in CLASSES if name != "sf.wrapped-adagrad"]


def test_the_hook_imports_neither_torch_nor_schedulefree() -> None:
    program = """
import sys
from optbench_schedulefree.plugin import optbench_optimizers
assert len(list(optbench_optimizers())) == 8
heavy = {"torch", "schedulefree", "numpy"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_every_class_of_the_package_is_provided_or_known_to_be_left_out() -> None:
    exported = {name for name, found in vars(schedulefree).items() if inspect.isclass(found)}
    assert set(CLASSES.values()) | LEFT_OUT == exported
    assert set(CLASSES) == set(BY_NAME)


@pytest.mark.parametrize("name", OF_CLASSES)
def test_defaults_and_rates_are_those_of_the_class(name: str) -> None:
    own = {
        key: argument.default
        for key, argument in inspect.signature(getattr(schedulefree, CLASSES[name])).parameters.items()
        if key != "params"
    }
    component: optbench.Optimizer = BY_NAME[name]
    declared = {**component.defaults, "lr": component.lr_ref}
    if "warmup_steps" in own:
        declared["warmup_steps"] = declared.pop("warmup")
    assert declared == own


def test_the_wrapper_keeps_its_own_defaults() -> None:
    own = inspect.signature(schedulefree.ScheduleFreeWrapperReference).parameters
    declared = BY_NAME["sf.wrapped-adagrad"].defaults
    for name in ("momentum", "r", "weight_lr_power"):
        assert declared[name] == own[name].default
    assert declared["weight_decay"] == own["weight_decay_at_y"].default
