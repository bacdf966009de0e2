"""What optimizers raise, and the way out that is told."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from optbench.components.optimizer import Optimizer
from optbench.errors import PluginError
from optbench.execution.validation.remedies import Tried, explain, said

DECLARE = "in a plugin file: optbench.Optimizer(name='opt', build='mylib:Opt', lr_ref=0.1, {0}=True)"
WRAP = "name a function that calls it instead: def build(model, *, total_steps, lr): return Opt({0})"


def tried(is_bare: bool = True, first: str = "params", given: Any = None, **declared: Any) -> Tried:
    component = Optimizer(name="Opt", build="mylib:Opt", lr_ref=0.1, **declared)
    defaults = {"betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01}
    return Tried(component, is_bare, defaults, defaults | {"lr": 0.1} | (given or {}), first)


@pytest.mark.parametrize(
    ("error", "way_out"),
    [
        (RuntimeError("Gradient tensor 0 does not have grad_fn"), "declare create_graph=True {create_graph}"),
        (
            RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn"),
            "declare create_graph=True {create_graph}",
        ),
        (RuntimeError("SparseAdam does not support dense gradients"), "declare sparse=True {sparse}"),
        (TypeError("Opt.step() missing 1 required positional argument: 'closure'"), "declare closure=True {closure}"),
        (TypeError("'NoneType' object is not callable"), "declare closure=True {closure}"),
        (ValueError("too many values to unpack (expected 2)"), "{named}"),
        (TypeError("iteration over a 0-d tensor"), "{named}"),
        (AttributeError("'Parameter' object has no attribute 'lower'"), "{named}"),
        (AttributeError("'generator' object has no attribute 'named_parameters'"), "{model}"),
        (AttributeError("'list' object has no attribute 'modules'"), "{model}"),
        (
            AttributeError("'dict' object has no attribute 'numel'"),
            "weight decay needs parameter groups: set fixed = {{ weight_decay = 0.0 }} in a suite, or accept groups",
        ),
        (
            ValueError("Muon only supports 2D parameters"),
            "name a function (model, *, total_steps, lr) that gives Opt the matrices and another the rest",
        ),
    ],
)
def test_a_need_that_a_bare_class_cannot_say_has_a_way_out(error: Exception, way_out: str) -> None:
    words = {need: DECLARE.format(need) for need in ("create_graph", "sparse", "closure")}
    words |= {"named": WRAP.format("model.named_parameters(), lr=lr"), "model": WRAP.format("model, lr=lr")}
    assert explain(error, tried()) == f"{type(error).__name__}: {error}; {way_out.format(**words)}"


def test_a_class_without_a_rate_is_called_by_a_function() -> None:
    error = PluginError("optimizer 'Opt': mylib:Opt has no hyper-parameter 'lr'; there is: d0")
    expected = f"mylib:Opt has no hyper-parameter 'lr'; there is: d0; {WRAP.format('model.parameters()')}"
    assert explain(error, tried()) == expected


def test_a_class_whose_first_argument_is_called_named_parameters_wants_those_whatever_it_raises() -> None:
    text = explain(KeyError("weight"), tried(first="named_parameters"))
    assert text == f"KeyError: 'weight'; {WRAP.format('model.named_parameters(), lr=lr')}"


def test_a_component_that_is_declared_is_told_to_declare_it_and_not_twice() -> None:
    error = TypeError("step() missing 1 required positional argument: 'closure'")
    assert explain(error, tried(is_bare=False)).endswith("; declare closure=True in its optbench.Optimizer")
    assert explain(error, tried(is_bare=False, closure=True)) == f"TypeError: {error}"


def test_without_weight_decay_there_are_no_groups_to_blame() -> None:
    error = AttributeError("'dict' object has no attribute 'numel'")
    assert explain(error, tried(given={"weight_decay": 0.0})) == f"weight_decay = 0.0: AttributeError: {error}"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"betas": 0.9}, "betas = 0.9: TypeError: no (give betas as it is by default: [0.9, 0.999])"),
        ({"betas": [0.9]}, "betas = [0.9]: TypeError: no (give betas as it is by default: [0.9, 0.999])"),
        ({"eps": "1e-8"}, "eps = '1e-8': TypeError: no (give eps as it is by default: 1e-08)"),
        ({"betas": [0.9, 1.5]}, "betas = [0.9, 1.5]: TypeError: no"),
        ({"eps": 1, "ess": 3.0}, "eps = 1, ess = 3.0: TypeError: no"),
        ({}, "TypeError: no"),
    ],
)
def test_what_was_changed_is_named_and_how_its_default_looks(given: dict[str, Any], expected: str) -> None:
    assert explain(TypeError("no\nmore of it"), tried(given=given)) == expected


def test_an_assertion_without_a_text_is_shown_by_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "asserting.py").write_text("def step(closure=None):\n    assert closure is not None\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AssertionError) as caught:
        importlib.import_module("asserting").step()
    assert said(caught.value) == "AssertionError in asserting.py, line 2: assert closure is not None"
    assert explain(caught.value, tried()) == f"{said(caught.value)}; declare closure=True {DECLARE.format('closure')}"


def test_what_has_neither_a_text_nor_a_source_is_named() -> None:
    assert said(ValueError()) == "ValueError"


def test_a_text_that_no_terminal_can_show_is_shown_as_far_as_possible() -> None:
    assert said(ValueError("\udcff")) == "ValueError: ?"
