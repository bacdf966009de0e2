"""Checks of optimizers that methods and mistakes of released packages have taught us."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from optbench import Optimizer, PluginError
from optbench.builtin import rules
from optbench.components.update_rule import UPDATE_RULES
from optbench.runs.context import ExecutionContext
from optbench.testing.check import Check, Finding, Outcome, examine
from optbench.testing.examination import examine_one
from optbench.testing.optimizers import CHECKS
from tests.support.mutants import ADAMW, AdamW

BY_NAME = {check.name: check for check in CHECKS}


def apply(check: Check, component: Optimizer) -> Finding:
    return examine(check, "optimizer", component.name, lambda: component)


def failed(component: Optimizer) -> dict[str, str]:
    findings = [apply(check, component) for check in CHECKS]
    return {found.check: found.seen for found in findings if found.outcome is Outcome.FAILED}


class Adopt(AdamW):
    """Taniguchi et al. 2024: the second moment of the steps before divides; the first step only sets it up."""

    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        state["step"] += 1
        if state["step"] == 1:
            state["v"].addcmul_(g, g)
            return
        self.decay(p, group)
        state["m"].lerp_(g / state["v"].sqrt().clamp(min=group["eps"]), 1 - beta1)
        self.move(p, state["m"], self.rate(group))
        state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)


class Lion(AdamW):
    """Chen et al. 2023: the sign of an interpolation."""

    def direction(self, p: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        return state["m"].sign()


class TensorRate(AdamW):
    """Its learning rates are tensors."""

    def __init__(self, params: Any, lr: float = 1e-3, **options: Any) -> None:
        super().__init__(params, lr=torch.tensor(lr, dtype=torch.float64), **options)  # type: ignore[arg-type]

    def decay(self, p: Tensor, group: dict[str, Any]) -> None:
        p.mul_(1 - float(self.rate(group)) * group["weight_decay"])

    def move(self, p: Tensor, direction: Tensor, rate: float) -> None:
        p.add_(direction, alpha=-float(rate))


def undeclared(build: type, **changes: Any) -> Optimizer:
    declared: dict[str, Any] = {"update_rule": None, "state_bytes": None, "invariances": ()}
    return dataclasses.replace(ADAMW, build=build, **declared, **changes)


@pytest.mark.parametrize("build", [Adopt, Lion, TensorRate])
def test_methods_that_are_only_different_pass(build: type) -> None:
    assert failed(undeclared(build)) == {}


def test_where_only_signs_count_precision_has_nothing_to_say() -> None:
    assert apply(BY_NAME["precision"], undeclared(AdamW)).outcome is Outcome.PASSED
    assert apply(BY_NAME["precision"], undeclared(Lion)).outcome is Outcome.NOT_APPLICABLE


class Crashes(AdamW):
    def decay(self, p: Tensor, group: dict[str, Any]) -> None:
        if group["weight_decay"]:
            raise RuntimeError("no such operator")


def test_what_is_seen_with_weight_decay_only_says_so() -> None:
    found = apply(BY_NAME["determinism"], undeclared(Crashes))
    assert (found.outcome, found.seen) == (Outcome.FAILED, "with weight_decay=0.1: RuntimeError: no such operator")


def test_an_undeclared_rule_is_not_examined_and_says_how_it_would_be() -> None:
    found = apply(BY_NAME["update-rule"], undeclared(AdamW))
    assert found.outcome is Outcome.NOT_EXAMINED
    assert found.seen.startswith("its update rule: declare update_rule=… (sgd, ")
    assert "adamw" in found.seen


class NoBiasCorrection(AdamW):
    def corrected(self, state: dict[str, Any], group: dict[str, Any]) -> tuple[Tensor, Tensor]:
        return state["m"], state["v"]


@pytest.mark.parametrize(
    ("build", "outcome"), [(AdamW, Outcome.PASSED), (NoBiasCorrection, Outcome.FAILED)], ids=["right", "wrong"]
)
def test_a_rule_by_name_takes_from_the_optimizer_what_is_not_declared(build: type, outcome: Outcome) -> None:
    component = Optimizer(name="mine", build=build, lr_ref=1e-3, update_rule="adamw")
    assert apply(BY_NAME["update-rule"], component).outcome is outcome


def test_each_known_rule_is_there() -> None:
    for name, import_string in UPDATE_RULES.items():
        assert import_string == f"{rules.__name__}:{name}"
        assert callable(getattr(rules, name))


def test_an_unknown_rule_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PluginError, match=r"unknown update rule 'adamW'; did you mean 'adamw'.*known are sgd, .*radam"):
        dataclasses.replace(ADAMW, update_rule="adamW")


BARE = """
import torch
class AdamW(torch.optim.AdamW):
    def __init__(self, params, lr=1e-3, weight_decay=0.01):
        super().__init__(params, lr=lr, weight_decay=weight_decay)
class SGDW(torch.optim.SGD):
    def __init__(self, params, lr=0.1, weight_decay=0.0):
        super().__init__(params, lr=lr)
        for group in self.param_groups:
            group.setdefault("weight_decay", weight_decay)
            group["weight_decay"], group["constant"] = 0.0, group["weight_decay"] or weight_decay
    @torch.no_grad()
    def step(self, closure=None):
        loss = super().step(closure)
        for group in self.param_groups:
            for p in group["params"]:
                p.sub_(group["lr"] * group["constant"])
        return loss
"""


@pytest.fixture
def bare(tmp_path: Path) -> ExecutionContext:
    (tmp_path / "classes_to_examine.py").write_text(BARE, encoding="utf-8")
    return ExecutionContext(search_path=(str(tmp_path),))


def test_a_bare_class_is_examined_with_its_weight_decay_off_and_on_whatever_its_default(bare: ExecutionContext) -> None:
    findings = [examine_one("optimizer", "classes_to_examine:AdamW", check.name, bare) for check in CHECKS]
    outcomes = {found.check: found.outcome for found in findings}
    assert Outcome.FAILED not in outcomes.values()
    assert outcomes["zero-gradient"] is outcomes["weight-decay"] is outcomes["decay-direction"] is Outcome.PASSED


def test_decay_that_is_no_decay_of_any_mode_is_told_from_decay_that_is_wrong(bare: ExecutionContext) -> None:
    direction, mode = (
        examine_one("optimizer", "classes_to_examine:SGDW", check, bare)
        for check in ("decay-direction", "weight-decay")
    )
    assert direction.outcome is Outcome.FAILED
    assert "negative weights with negative gradients take other steps" in direction.seen
    assert mode.outcome is Outcome.LIMIT
    assert mode.seen == "its weight decay acts in none of the modes that an optimizer can declare"
